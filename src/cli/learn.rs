//! `feijian learn`: takes what inspectors filled in out of their workbooks into the dispositions file.

use super::args::LearnArgs;
use super::exit::{Failure, Status};
use super::print::{print, table};
use super::session::Session;
use crate::lang::Lang;
use crate::report::dispositions::Dispositions;
use crate::rules::Catalog;

/// Adds the outcomes of the workbooks to the file and says what is known of each rule by now.
///
/// # Errors
/// If a workbook or the file cannot be read, or the file not be written; then it stays as it was.
pub fn run(session: &Session, args: &LearnArgs) -> Result<Status, Failure> {
    let catalog = Catalog::with_folder(args.own.rules_dir.as_deref())?;
    let mut all =
        if args.dispositions.exists() { Dispositions::read(&args.dispositions)? } else { Dispositions::default() };
    let mut read = 0;
    for report in &args.reports {
        read += all.learn(report)?;
    }
    all.write(&args.dispositions)?;
    let header = match session.lang {
        Lang::Zh => ["规则", "先验可信度", "属实", "不属实", "待查", "可信度"],
        Lang::En => ["rule", "prior", "confirmed", "not confirmed", "pending", "confidence"],
    };
    let known = catalog.rules().iter().map(|rule| (&rule.spec, all.learnt(&rule.spec.id, rule.spec.confidence)));
    let rows = known.filter(|(_, learnt)| learnt.confirmed + learnt.unfounded + learnt.pending > 0);
    let rows = rows.map(|(spec, learnt)| {
        vec![
            format!("{} {}", spec.id, spec.title.pick(session.lang)),
            format!("{:.2}", learnt.prior),
            learnt.confirmed.to_string(),
            learnt.unfounded.to_string(),
            learnt.pending.to_string(),
            format!("{:.2}", learnt.confidence),
        ]
    });
    print(&table(&header, &[1, 2, 3, 4, 5], rows))?;
    let path = args.dispositions.display();
    session.say(&match session.lang {
        Lang::Zh => format!("读入核查结果 {read} 条，累计 {} 条：{path}", all.len()),
        Lang::En => format!("{read} outcomes read, {} in all: {path}", all.len()),
    });
    Ok(Status::Done)
}
