//! `feijian knowledge`: notices into a knowledge folder, and what is in one.

use std::path::{Path, PathBuf};

use super::args::KnowledgeCommand;
use super::exit::{Failure, Status};
use super::print::{print, table};
use super::session::Session;
use crate::knowledge::{self, Knowledge, Origin};
use crate::lang::Lang;

/// Imports notices, or lists what is known.
///
/// # Errors
/// If a notice or the folder cannot be read, or the folder not be written.
pub fn run(session: &Session, command: &KnowledgeCommand) -> Result<Status, Failure> {
    match command {
        KnowledgeCommand::Import { files, knowledge, valid_from } => import(session, files, knowledge, *valid_from),
        KnowledgeCommand::List(args) => list(session, args.knowledge.as_deref()),
    }
}

fn import(session: &Session, files: &[PathBuf], folder: &Path, valid_from: Option<i32>) -> Result<Status, Failure> {
    let summary = knowledge::import_notices(files, folder, valid_from)?;
    let header = match session.lang {
        Lang::Zh => ["文件", "工作表", "读入", "入库", "重复", "拒收", "起效", "截止"],
        Lang::En => ["file", "sheet", "rows in", "stored", "repeats", "rejected", "from", "to"],
    };
    let rows = summary.sheets.iter().map(|sheet| {
        vec![
            sheet.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sheet.sheet.clone().unwrap_or_default(),
            sheet.rows_in.to_string(),
            sheet.stored.to_string(),
            sheet.repeats.to_string(),
            sheet.rejected.len().to_string(),
            sheet.begin_date.clone(),
            sheet.end_date.clone(),
        ]
    });
    print(&table(&header, &[2, 3, 4, 5], rows))?;
    for sheet in &summary.sheets {
        for reject in &sheet.rejected {
            session.say(&format!(
                "{}:{}: {} {:?}: {}",
                sheet.file.display(),
                reject.line,
                reject.column,
                reject.value,
                reject.reason.text(session.lang)
            ));
        }
    }
    for unmatched in &summary.unmatched {
        let (no_limit, no_codes) = (unmatched.names_without_limit.len(), unmatched.names_without_codes.len());
        if no_limit + no_codes > 0 {
            session.say(&match session.lang {
                Lang::Zh => {
                    format!("{}：{no_limit} 个药名有编码而无限定，{no_codes} 个药名有限定而无编码", unmatched.limit)
                }
                Lang::En => format!(
                    "{}: {no_limit} drug names have codes but no limit, {no_codes} have a limit but no codes",
                    unmatched.limit
                ),
            });
        }
    }
    // The others are in; the exit code is that of the last one told.
    let mut unreadable: Vec<Failure> = summary.unreadable.into_iter().map(Failure::from).collect();
    let last = unreadable.pop();
    for failure in &unreadable {
        failure.report(session.log_format, session.lang);
    }
    last.map_or(Ok(Status::Done), Err)
}

fn list(session: &Session, folder: Option<&Path>) -> Result<Status, Failure> {
    let knowledge = Knowledge::load(&knowledge::SEEDS, folder)?;
    let header = match session.lang {
        Lang::Zh => ["表", "来源", "行数"],
        Lang::En => ["table", "source", "rows"],
    };
    let rows = knowledge.describe().iter().map(|source| {
        let origin = match &source.origin {
            Origin::Seed => session.lang.pick("内置", "built in").to_owned(),
            Origin::Folder(notice) => notice.clone(),
        };
        vec![source.table.clone(), origin, source.rows.to_string()]
    });
    print(&table(&header, &[2], rows))?;
    Ok(Status::Done)
}
