//! `feijian evaluate`: what a run found of what was planted.

use super::args::{EvaluateArgs, Format};
use super::exit::{Failure, Status};
use super::print::print_rows;
use super::session::Session;
use crate::evaluate::{self, Evaluation, Expected, Score};
use crate::lang::Lang;

/// Prints recall, precision and look-alikes per rule.
///
/// # Errors
/// If the truth or the report cannot be read.
pub fn run(session: &Session, args: &EvaluateArgs) -> Result<Status, Failure> {
    let found = evaluate::evaluate(&args.truth, &args.from.report)?;
    let lang = session.lang;
    let header = match (args.format, lang) {
        (Format::Table, Lang::Zh) => {
            ["规则", "运行", "植入", "发现", "漏检", "召回率", "疑点", "属植入", "精确率", "相似情形", "未报", "误报"]
        }
        (Format::Table, Lang::En) => [
            "rule",
            "ran",
            "planted",
            "found",
            "missed",
            "recall",
            "indications",
            "at planted",
            "precision",
            "look-alikes",
            "silent",
            "fired",
        ],
        (Format::Csv, _) => [
            "rule_id",
            "ran",
            "planted",
            "found",
            "missed",
            "recall",
            "findings",
            "at_planted",
            "precision",
            "look_alikes",
            "silent",
            "fired",
        ],
    };
    let total = match args.format {
        Format::Table => lang.pick("合计", "total"),
        Format::Csv => "total",
    };
    let rows = rows(&found, total, lang);
    print_rows(args.format, &header, &[2, 3, 4, 5, 6, 7, 8, 9, 10, 11], rows)?;
    if session.verbose {
        for case in found.surprises() {
            let ended = match case.expected {
                Expected::Hit => lang.pick("漏检", "missed"),
                Expected::Silent => lang.pick("误报", "fired"),
            };
            let folder = case.folder.file_name().unwrap_or_default().to_string_lossy();
            session.say(&format!("{ended} {folder} {}: {}", case.case_id, case.note));
        }
    }
    session.say(lang.pick(
        "以上为合成数据上的回归指标，不代表对真实数据的准确率。精确率只计属于本规则植入情形的疑点。",
        "Measured on invented data, to notice regressions: not the accuracy on real claims. Precision counts findings at \
         cases planted for the same rule.",
    ));
    Ok(Status::Done)
}

fn rows(found: &Evaluation, total: &str, lang: Lang) -> Vec<Vec<String>> {
    let ran = found.rules.iter().filter(|(_, score)| **score != Score::default());
    let ran = ran.map(|(rule, score)| row(rule, lang.pick("是", "yes"), score));
    let not_run = found.not_run.iter().map(|rule| {
        let mut row = vec![rule.clone(), lang.pick("否", "no").to_owned()];
        row.resize(12, String::new());
        row
    });
    ran.chain(not_run).chain([row(total, "", &found.total())]).collect()
}

fn row(name: &str, ran: &str, score: &Score) -> Vec<String> {
    let share = |share: Option<f64>| share.map_or_else(String::new, |share| format!("{share:.3}"));
    vec![
        name.to_owned(),
        ran.to_owned(),
        score.planted.to_string(),
        score.found.to_string(),
        (score.planted - score.found).to_string(),
        share(score.recall()),
        score.findings.to_string(),
        score.at_planted.to_string(),
        share(score.precision()),
        score.look_alikes.to_string(),
        (score.look_alikes - score.fired).to_string(),
        score.fired.to_string(),
    ]
}
