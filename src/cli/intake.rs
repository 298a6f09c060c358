//! Exports on their way into a case store, and the account of them: files, then acceptance checks.

use std::path::Path;

use super::exit::Failure;
use super::print::table;
use super::session::Session;
use super::unread;
use crate::casestore::store::Store;
use crate::import::losses::Judging;
use crate::import::summary::{CheckResult, ImportSummary};
use crate::import::{self, ImportPlan, import, loss_text};
use crate::lang::{Lang, Text};
use crate::pipeline;

/// Imports exports into a store and tells what became of them.
///
/// # Errors
/// If an export cannot be read or the store not be written.
pub fn import_exports(session: &Session, plan: &ImportPlan) -> Result<(Store, ImportSummary), Failure> {
    let (store, imported) = read_exports(session, plan)?;
    session.say(&accounts(&imported, session.verbose, session.lang));
    Ok((store, imported))
}

/// Imports exports into a store without a word on them.
///
/// # Errors
/// If an export cannot be read or the store not be written.
pub fn read_exports(session: &Session, plan: &ImportPlan) -> Result<(Store, ImportSummary), Failure> {
    let result = import(plan, &pipeline::diagnosis_lists()?, &session.progress);
    session.progress.clear();
    Ok(result?)
}

/// Opens a store as it is, judges its losses and tells what became of the exports in it.
///
/// # Errors
/// If there is no store.
pub fn open_store(session: &Session, path: &Path, judging: &Judging) -> Result<Store, Failure> {
    let store = Store::open(path)?;
    session.say(&accounts(&import::rejudge(&store, judging)?, session.verbose, session.lang));
    Ok(store)
}

/// What was read and what became of it: what was lost, files, then acceptance checks.
///
/// `verbose` names the files that were not read.
pub fn accounts(imported: &ImportSummary, verbose: bool, lang: Lang) -> String {
    let header = match lang {
        Lang::Zh => ["文件", "表", "编码", "读入", "入库", "重复", "拒收行", "弃用单元格"],
        Lang::En => ["file", "table", "encoding", "rows in", "stored", "repeats", "rejected", "cells unusable"],
    };
    let files = table(
        &header,
        &[3, 4, 5, 6, 7],
        imported.inputs.iter().map(|file| {
            let name =
                Path::new(&file.name).file_name().map_or(file.name.as_str().into(), |name| name.to_string_lossy());
            vec![
                name.into_owned(),
                file.layout.clone(),
                file.encoding.clone(),
                file.rows_in.to_string(),
                file.rows_stored.to_string(),
                file.rows_repeated.to_string(),
                file.rows_rejected.to_string(),
                file.cells_rejected.to_string(),
            ]
        }),
    );
    let notes = imported.inputs.iter().flat_map(|file| {
        let name = Path::new(&file.name).file_name().map_or(file.name.as_str().into(), |name| name.to_string_lossy());
        file.notes.iter().map(move |note| format!("  {name}: {}", note.pick(lang)))
    });
    let notes: Vec<String> = notes.collect();
    let header = match lang {
        Lang::Zh => ["验收检查", "结果", "实际", "限值", "说明"],
        Lang::En => ["acceptance check", "result", "figure", "limit", "detail"],
    };
    let applicable = imported.checks.iter().filter(|check| check.result != CheckResult::NotApplicable);
    let skipped = imported.checks.len() - applicable.clone().count();
    let checks = table(
        &header,
        &[2, 3],
        applicable.map(|check| {
            let result = match check.result {
                CheckResult::Passed => lang.pick("通过", "passed"),
                CheckResult::Failed => lang.pick("不通过", "failed"),
                CheckResult::NotApplicable => lang.pick("不适用", "not applicable"),
            };
            let text = |text: &Text| text.pick(lang).to_owned();
            vec![text(&check.title), result.to_owned(), text(&check.figure), text(&check.limit), text(&check.detail)]
        }),
    );
    let headline = loss_text::headline(&imported.losses);
    let headline = headline.iter().flat_map(|headline| [headline.pick(lang).to_owned(), String::new()]);
    let mut lines: Vec<String> = headline.chain([files]).collect();
    lines.extend(notes);
    lines.extend([String::new(), checks]);
    if skipped > 0 {
        // That files are not there is only said where nothing that was there got lost.
        lines.push(match (lang, imported.losses.are_missing()) {
            (Lang::Zh, false) => format!("另有 {skipped} 项检查因未提供相应文件而不适用"),
            (Lang::En, false) => format!("{skipped} further checks do not apply: their files are not there"),
            (Lang::Zh, true) => format!("另有 {skipped} 项检查无从比较：相应的文件没有提供，或在丢失的数据里"),
            (Lang::En, true) => {
                format!(
                    "{skipped} further checks have nothing to compare: it was not delivered, or is among what was lost"
                )
            }
        });
    }
    lines.extend(imported.two_sources.iter().map(|both| both.told().pick(lang).to_owned()));
    lines.extend(unread::lines(&imported.skipped_files, lang, verbose));
    lines.join("\n")
}
