//! `feijian sweep` and `feijian run --sweep`: findings and money per value of a parameter.

use super::args::{Format, RunArgs, SweepArgs};
use super::commands::{Session, accounts, catalog, filled_store, store_place, wanted};
use super::exit::{Failure, Status};
use super::table::{print_rows, yuan};
use super::usage::UsageError;
use crate::casestore::store::Store;
use crate::findings::build::Wanted;
use crate::lang::Lang;
use crate::pipeline::Tables;
use crate::rules::RuleError;
use crate::sweep::{Sweep, Swept, Tried, sweep};

/// Tries the values over the exports of a run, without a report.
///
/// # Errors
/// If a sweep is malformed or an export cannot be read.
pub fn over_exports(session: &Session, args: RunArgs) -> Result<Status, Failure> {
    let RunArgs { exports, source, store, choice, out, sweep, format } = args;
    let catalog = catalog(choice.rules_dir.as_deref())?;
    let sweeps = sweep
        .iter()
        .map(|text| Sweep::parse(text, &choice.settings, &catalog))
        .collect::<Result<Vec<_>, RuleError>>()?;
    let wanted = wanted(source.period.as_deref(), &out.institution, &out.field)?;
    let (path, _temporary) = store_place(store, &out.out)?;
    let (store, imported) = filled_store(session, exports, source, path, wanted.period)?;
    session.say(&accounts(&imported, session));
    let tables = Tables::open(&store, choice.knowledge.as_deref())?;
    try_all(session, &sweeps, &tables, &wanted, format, out.strict)
}

/// Tries the values over a case store.
///
/// # Errors
/// If a sweep is malformed or the store cannot be read.
pub fn over_store(session: &Session, args: SweepArgs) -> Result<Status, Failure> {
    let catalog = catalog(args.rules_dir.as_deref())?;
    let sweeps = args
        .sweep
        .iter()
        .map(|text| Sweep::parse(text, &args.settings, &catalog))
        .collect::<Result<Vec<_>, RuleError>>()?;
    let wanted = wanted(args.period.as_deref(), &args.institution, &args.field)?;
    let store = Store::open(&args.store)?;
    let tables = Tables::open(&store, args.knowledge.as_deref())?;
    try_all(session, &sweeps, &tables, &wanted, args.format, args.strict)
}

fn try_all(
    session: &Session,
    sweeps: &[Sweep<'_>],
    tables: &Tables<'_>,
    wanted: &Wanted,
    format: Format,
    strict: bool,
) -> Result<Status, Failure> {
    let mut rows = Vec::new();
    let mut status = Status::Done;
    for one in sweeps {
        let id = &one.rule().spec.id;
        let swept = sweep(one, tables, wanted, &|done| session.progress.rule(done, one.values(), id));
        session.progress.clear();
        match swept? {
            Swept::Tried(tried) => rows.extend(tried.into_iter().map(|tried| cells(tried, format, session.lang))),
            Swept::NotRun { reason, failed } => {
                if failed {
                    session.fail(UsageError::RuleFailed { rule: id.clone(), reason });
                } else {
                    session.say(&format!("{id}: {}", reason.pick(session.lang)));
                }
                if failed || strict {
                    status = Status::Skipped;
                }
            }
        }
    }
    let header = match (format, session.lang) {
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
    };
    print_rows(format, &header, &[2, 4, 5, 6, 7, 8, 9], rows)?;
    Ok(status)
}

fn cells(tried: Tried, format: Format, lang: Lang) -> Vec<String> {
    let money = |fen| match format {
        Format::Table => yuan(fen),
        Format::Csv => yuan(fen).replace(',', ""),
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
        tried.findings.to_string(),
        tried.persons.to_string(),
        tried.institutions.to_string(),
        money(tried.money.gross_fen),
        money(tried.money.inscp_fen),
        money(tried.money.fund_fen),
    ]
}
