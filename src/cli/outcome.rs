//! What came of a run: told in tables or in one line, and as an exit code.

use std::path::Path;

use super::args::OutArgs;
use super::exit::Status;
use super::log;
use super::print::table;
use super::session::Session;
use super::usage::UsageError;
use crate::explained::Explained;
use crate::format::yuan;
use crate::lang::{Lang, counted};
use crate::model::{Grade, Money, SuspectKind};
use crate::pipeline::Reported;

/// Tells what came of a run; `failed` says whether rules failed in it.
pub fn finished(session: &Session, reported: &Reported, failed: bool, out: &OutArgs) -> Status {
    let (status, why) = status(reported, failed, out);
    let id = why.as_ref().map(|why| why.told().id);
    match log::finished(reported, &out.out, status, id, session.log_format, session.lang) {
        Some(line) if !session.quiet => eprintln!("{line}"),
        Some(_) => {}
        None => {
            session.say(&outcome(reported, &out.out, session.lang));
            if let Some(why) = why.filter(|_| !session.quiet) {
                session.fail(why);
            }
        }
    }
    status
}

/// How a run ends that did its work, and why not with 0 where that was not told yet.
fn status(reported: &Reported, failed: bool, out: &OutArgs) -> (Status, Option<UsageError>) {
    if let Some(level) = out.fail_on.map(Grade::from) {
        let reached = |grade: Grade| level == Grade::Lead || grade == Grade::Violation;
        let findings = reported.findings.findings.iter().filter(|finding| reached(finding.grade)).count();
        if findings > 0 {
            return (Status::Found, Some(UsageError::Found { level: level.as_str(), findings }));
        }
    }
    if failed {
        return (Status::Skipped, None);
    }
    let skipped = &reported.summary.rules_skipped;
    if out.strict && !skipped.is_empty() {
        let ids = skipped.iter().map(|skipped| skipped.rule_id.clone()).collect();
        return (Status::Skipped, Some(UsageError::Skipped(ids)));
    }
    (Status::Done, None)
}

/// What was found, per model, and where it lies.
fn outcome(reported: &Reported, out: &Path, lang: Lang) -> String {
    let findings = &reported.findings.findings;
    let header = match lang {
        Lang::Zh => ["模型", "规则", "疑点", "总费用", "范围内", "基金"],
        Lang::En => ["model", "rule", "indications", "gross", "in scope", "fund"],
    };
    let rows = reported.summary.rules_run.iter().map(|rule| {
        let (mut count, mut money) = (0_u64, Money::default());
        for finding in findings.iter().filter(|finding| *finding.rule_id == *rule.rule_id) {
            count += 1;
            money += finding.counted;
        }
        vec![
            rule.model.to_string(),
            format!("{} {}", rule.rule_id, rule.title.pick(lang)),
            count.to_string(),
            yuan(money.gross_fen),
            yuan(money.inscp_fen),
            yuan(money.fund_fen),
        ]
    });
    let mut text = match &reported.changes {
        // What is new is what somebody reads first in the morning.
        Some(changes) => format!("{}\n\n", changes.sentence(findings, lang)),
        None => String::new(),
    };
    text.push_str(&table(&header, &[2, 3, 4, 5], rows));
    let skipped = reported.summary.rules_skipped.len();
    let institutions = reported.suspects.iter().filter(|suspect| suspect.kind == SuspectKind::Institution).count();
    text.push_str(&match lang {
        Lang::Zh => format!(
            "\n\n疑点 {} 条，涉及机构 {institutions} 家；未运行规则 {skipped} 条（原因见报告）。疑点均需核实。\n报告：{}\n\
             先看网页 {}；单条疑点的依据、记录和应调材料：feijian case 1 --report {}",
            findings.len(),
            out.join("report.xlsx").display(),
            out.join("report.html").display(),
            out.display()
        ),
        Lang::En => format!(
            "\n\n{} at {}; {} did not run (reasons in the report). \
             All are to verify.\nReport: {}\nRead {} first; one indication's reasons, records and papers to ask for: \
             feijian case 1 --report {}",
            counted(findings.len() as u64, "indication"),
            counted(institutions as u64, "institution"),
            counted(skipped as u64, "rule"),
            out.join("report.xlsx").display(),
            out.join("report.html").display(),
            out.display()
        ),
    });
    text
}
