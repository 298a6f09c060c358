//! `feijian sweep`: findings and money per value of a parameter.

use super::args::{Format, SweepArgs};
use super::exit::{Failure, Status};
use super::plan;
use super::print::print_rows;
use super::session::Session;
use super::usage::UsageError;
use crate::casestore::store::Store;
use crate::format::{scaled, yuan};
use crate::lang::Lang;
use crate::pipeline::Tables;
use crate::rules::{Catalog, RuleError};
use crate::sweep::{Sweep, Swept, Tried, sweep};

/// Tries the values over a case store, without a report.
///
/// # Errors
/// If a sweep is malformed or the store cannot be read.
pub fn run(session: &Session, args: &SweepArgs) -> Result<Status, Failure> {
    let catalog = Catalog::with_folder(args.own.rules_dir.as_deref())?;
    let parse = |text: &String| Sweep::parse(text, &args.set.settings, &catalog);
    let sweeps = args.sweep.iter().map(parse).collect::<Result<Vec<_>, RuleError>>()?;
    let wanted = plan::wanted(&args.wanted, &plan::lists(args.known.knowledge.as_deref(), &catalog)?)?;
    let store = Store::open(&args.store)?;
    let tables = Tables::open(&store, args.known.knowledge.as_deref())?;
    let mut rows = Vec::new();
    let mut status = Status::Done;
    for one in &sweeps {
        let id = &one.rule().spec.id;
        let swept = sweep(one, &tables, &wanted, &|done| session.progress.rule(done, one.values(), id));
        session.progress.clear();
        match swept? {
            Swept::Tried(tried) => rows.extend(tried.into_iter().map(|tried| cells(tried, args.format, session.lang))),
            Swept::NotRun { reason, failed } => {
                if failed {
                    session.fail(UsageError::RuleFailed { rule: id.clone(), reason });
                } else {
                    session.say(&format!("{id}: {}", reason.pick(session.lang)));
                }
                if failed || args.strict {
                    status = Status::Skipped;
                }
            }
        }
    }
    print_rows(args.format, &header(args.format, session.lang), &[2, 4, 5, 6, 7, 8, 9], rows)?;
    Ok(status)
}

fn header(format: Format, lang: Lang) -> [&'static str; 10] {
    match (format, lang) {
        (Format::Table, Lang::Zh) => {
            ["规则", "参数", "取值", "默认", "疑点", "人数", "机构", "总费用", "范围内", "基金"]
        }
        (Format::Table, Lang::En) => [
            "rule",
            "parameter",
            "value",
            "default",
            "indications",
            "persons",
            "institutions",
            "gross",
            "in scope",
            "fund",
        ],
        (Format::Csv, _) => [
            "rule_id",
            "param",
            "value",
            "default",
            "findings",
            "persons",
            "institutions",
            "gross_amount",
            "inscp_amount",
            "fund_amount",
        ],
    }
}

fn cells(tried: Tried, format: Format, lang: Lang) -> Vec<String> {
    let money = |fen| match format {
        Format::Table => yuan(fen),
        Format::Csv => scaled(fen, 2),
    };
    let default = match (format, tried.default) {
        (Format::Table, true) => lang.pick("是", "yes"),
        (Format::Table, false) => "",
        (Format::Csv, true) => "1",
        (Format::Csv, false) => "0",
    };
    vec![
        tried.rule_id,
        tried.param,
        tried.value,
        default.to_owned(),
        tried.found.findings.to_string(),
        tried.found.persons.to_string(),
        tried.found.institutions.to_string(),
        money(tried.found.money.gross_fen),
        money(tried.found.money.inscp_fen),
        money(tried.found.money.fund_fen),
    ]
}
