//! `feijian check`: reads a delivery, keeps nothing, and tells what is there, what was lost, and what to ask for again.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::args::{CheckArgs, CheckFormat};
use super::exit::{Failure, Status};
use super::print::table;
use super::session::Session;
use super::usage::UsageError;
use super::{intake, outcome, plan, print};
use crate::files::{self, Readers};
use crate::import::ImportPlan;
use crate::lang::Lang;
use crate::pipeline::{self, Tables};
use crate::report::delivery::{Delivery, State, letter, sheets};
use crate::rules::Catalog;

/// Reads the exports and tells what is there.
///
/// # Errors
/// If something typed cannot be, an export cannot be read, or the result not be written.
pub fn run(session: &Session, args: CheckArgs) -> Result<Status, Failure> {
    let stdout = args.out.as_os_str() == "-";
    if stdout && matches!(args.format, CheckFormat::Xlsx) && std::io::stdout().is_terminal() {
        return Err(UsageError::WorkbookOnTerminal.into());
    }
    let period = args.period.as_deref().map(plan::period).transpose()?;
    let catalog = Catalog::with_folder(args.own.rules_dir.as_deref())?;
    let rules = pipeline::choose(&catalog, &[], &[], &BTreeSet::new())?;
    let folder = store_place(&args.out)?;
    let judging = plan::judging(&args.source, &catalog);
    let plan = ImportPlan {
        exports: args.exports,
        patterns: args.source.patterns(),
        maps: args.source.maps,
        store: folder.path().join("store"),
        period,
        date_orders: args.source.date_orders.into_iter().collect(),
        judging,
    };
    let (store, imported) = intake::read_exports(session, &plan)?;
    let tables = Tables::open(&store, args.known.knowledge.as_deref())?;
    let losses = imported.losses.clone();
    let delivery = pipeline::delivery(&tables, imported, &catalog, &rules)?;
    if stdout {
        write(session, args.format, &delivery, std::io::stdout().lock())?;
    } else {
        let refused = |source| UsageError::Output { path: args.out.clone(), source };
        write(session, args.format, &delivery, files::create(&args.out, Readers::Owner).map_err(refused)?)?;
    }
    Ok(outcome::imported(session, &losses, &args.losses))
}

/// A store that lasts as long as the command: beside what is written, else here, else where temporary files are.
fn store_place(out: &Path) -> Result<TempDir, Failure> {
    let beside = out
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".feijian-check-");
    // A stick with exports is often read-only, and the temporary folder of a laptop often small.
    match builder.tempdir_in(beside) {
        Ok(folder) => Ok(folder),
        Err(_) => Ok(builder.tempdir()?),
    }
}

fn write(session: &Session, format: CheckFormat, delivery: &Delivery, mut out: impl Write) -> Result<(), Failure> {
    match format {
        CheckFormat::Text => writeln!(out, "{}", text(session, delivery))?,
        CheckFormat::Json => writeln!(out, "{}", print::json(delivery)?)?,
        CheckFormat::Html => out.write_all(letter::letter(delivery, session.lang).as_bytes())?,
        CheckFormat::Xlsx => sheets::write(delivery, session.lang, out)?,
    }
    Ok(())
}

/// Everything to read: losses and files first, then months, institutions and rules, then what to ask for.
fn text(session: &Session, delivery: &Delivery) -> String {
    let lang = session.lang;
    let mut parts = vec![intake::accounts(&delivery.imported, true, lang)];
    let header = match lang {
        Lang::Zh => ["表", "行数", "最早", "最晚", "没有数据的月份"],
        Lang::En => ["table", "rows", "first", "last", "months without data"],
    };
    let rows = delivery.periods.iter().map(|period| {
        let missing = period.missing.join(lang.pick("、", ", "));
        vec![
            period.title.pick(lang).to_owned(),
            period.rows.to_string(),
            period.first.clone(),
            period.last.clone(),
            missing,
        ]
    });
    parts.push(table(&header, &[1], rows));
    let header = match lang {
        Lang::Zh => ["机构", "名称", "就诊人次", "费用明细行"],
        Lang::En => ["institution", "name", "visits", "fee lines"],
    };
    let rows = delivery.institutions.iter().map(|place| {
        let name = place.name.clone().unwrap_or_default();
        vec![place.code.clone(), name, place.visits.to_string(), place.fee_lines.to_string()]
    });
    parts.push(table(&header, &[2, 3], rows));
    let of = |state: State| delivery.rules.iter().filter(|rule| rule.state == state).count();
    let (ready, damaged, missing) = (of(State::Ready), of(State::Damaged), of(State::Missing));
    parts.push(match lang {
        Lang::Zh => format!("规则：{ready} 条可以运行，{damaged} 条只能带损运行，{missing} 条缺数据不能运行"),
        Lang::En => format!("Rules: {ready} would run, {damaged} on damaged data, {missing} lack data"),
    });
    let header = match lang {
        Lang::Zh => ["规则", "能否运行", "缺少或受损的数据"],
        Lang::En => ["rule", "can it run", "what is missing or damaged"],
    };
    let not_ready = delivery.rules.iter().filter(|rule| rule.state != State::Ready);
    let rows = not_ready.map(|rule| {
        let name = format!("{} {}", rule.rule_id, rule.title.pick(lang));
        vec![name, rule.state.label().pick(lang).to_owned(), rule.why.pick(lang).to_owned()]
    });
    parts.push(table(&header, &[], rows));
    if !delivery.asks.is_empty() {
        let mut lines = vec![lang.pick("请重新提供：", "Please deliver again:").to_owned()];
        for (at, ask) in delivery.asks.iter().enumerate() {
            let (subject, problem, wanted) = (ask.subject.pick(lang), ask.problem.pick(lang), ask.wanted.pick(lang));
            lines.push(match lang {
                Lang::Zh => format!("{}. {subject}：{problem}。请提供：{wanted}", at + 1),
                Lang::En => format!("{}. {subject}: {problem}. Wanted: {wanted}", at + 1),
            });
        }
        parts.push(lines.join("\n"));
    }
    parts.join("\n\n")
}
