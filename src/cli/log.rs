//! How a finished run is told: tables for people, one line for a log, or one JSON object for a program.

use std::collections::HashMap;
use std::path::Path;

use serde_json::json;

use super::args::LogFormat;
use super::exit::Status;
use crate::format::yuan;
use crate::lang::Lang;
use crate::model::{SuspectKind, in_yuan};
use crate::pipeline::Reported;

/// The one line of a finished run; none for [`LogFormat::Text`], which tells more. `id` is that of what keeps the run from ending with 0.
pub fn finished(
    reported: &Reported,
    out: &Path,
    status: Status,
    id: Option<&str>,
    format: LogFormat,
    lang: Lang,
) -> Option<String> {
    let findings = &reported.findings.findings;
    let fund: i64 = findings.iter().map(|finding| finding.counted.fund_fen).sum();
    let institutions = reported.suspects.iter().filter(|suspect| suspect.kind == SuspectKind::Institution).count();
    let changes = reported.changes.as_ref().map(|changes| changes.counts(findings));
    let summary = &reported.summary;
    match format {
        LogFormat::Text => None,
        LogFormat::Short => Some(short(findings.len(), institutions, fund, changes.as_ref(), reported, out, lang)),
        LogFormat::Json => {
            let line = json!({
                "level": "info",
                "event": "finished",
                "started": summary.clock.started,
                "seconds": summary.clock.seconds,
                "exit_code": status as u8,
                "id": id,
                "report": out.display().to_string(),
                "findings": findings.len(),
                "institutions": institutions,
                "fund_amount": in_yuan(fund),
                "rules_run": summary.rules_run.len(),
                "rules_skipped": summary.rules_skipped.len(),
                "rows_rejected": summary.imported.inputs.iter().map(|input| input.rows_rejected).sum::<u64>(),
                "changes": changes,
                "rules_damaged": summary.damaged().count(),
                "losses": {
                    "beyond_limits": summary.imported.losses.are_missing(),
                    "accepted": summary.losses_accepted,
                    "headline": summary.headline(lang),
                    "places": summary.imported.losses.beyond.iter().map(|loss| json!({
                        "kind": loss.kind, "file": loss.file, "layout": loss.layout, "column": loss.column,
                        "lost": loss.lost, "of": loss.of,
                    })).collect::<Vec<_>>(),
                },
            });
            Some(line.to_string())
        }
    }
}

fn short(
    findings: usize,
    institutions: usize,
    fund: i64,
    changes: Option<&HashMap<&'static str, usize>>,
    reported: &Reported,
    out: &Path,
    lang: Lang,
) -> String {
    let count = |changes: &HashMap<&'static str, usize>, change: &str| changes.get(change).copied().unwrap_or_default();
    let compared = changes.map(|changes| {
        let [new, continued, gone] = ["new", "continued", "gone"].map(|change| count(changes, change));
        match lang {
            Lang::Zh => format!("（新增 {new}，延续 {continued}，消失 {gone}）"),
            Lang::En => format!(" ({new} new, {continued} continued, {gone} gone)"),
        }
    });
    let compared = compared.unwrap_or_default();
    let (fund, seconds) = (yuan(fund), reported.summary.clock.seconds);
    let (path, started) = (out.display(), &reported.summary.clock.started);
    // Before the number of findings, which is one of what was left.
    let lost = reported.summary.headline(lang).map(|headline| format!("{headline} ")).unwrap_or_default();
    match lang {
        Lang::Zh => format!(
            "{started} {lost}疑点 {findings} 条{compared}，机构 {institutions} 家，基金 {fund} 元，用时 {seconds:.0} 秒，{path}"
        ),
        Lang::En => format!(
            "{started} {lost}{findings} indications{compared}, {institutions} institutions, fund {fund} yuan, {seconds:.0} s, {path}"
        ),
    }
}

/// An error as one JSON object.
pub fn error(id: &str, exit_code: u8, message: &str, remedy: &str) -> String {
    json!({
        "level": "error",
        "event": "failed",
        "exit_code": exit_code,
        "id": id,
        "message": message,
        "remedy": remedy,
    })
    .to_string()
}
