//! What came of a run: told in tables or in one line, and as an exit code.

use std::path::Path;

use super::args::{LogFormat, LossArgs, OutArgs};
use super::exit::Status;
use super::log;
use super::print::table;
use super::session::Session;
use super::usage::UsageError;
use crate::explained::Explained;
use crate::format::yuan;
use crate::import::loss_text;
use crate::import::losses::{LossKind, Losses};
use crate::lang::{Lang, counted};
use crate::model::{Grade, Money, SuspectKind};
use crate::pipeline::Reported;
use crate::report::problems::counts;

/// Tells what came of a run; `failed` says whether rules failed in it.
pub fn finished(session: &Session, reported: &Reported, failed: bool, out: &OutArgs) -> Status {
    let (status, why) = status(reported, failed, out);
    let id = why.as_ref().map(|why| why.told().id);
    // What is lost is told where nothing else is.
    let telling = !session.quiet || status == Status::Lost;
    match log::finished(reported, &out.out, status, id, session.log_format, session.lang) {
        Some(line) if telling => eprintln!("{line}"),
        Some(_) => {}
        None => {
            session.say(&outcome(reported, &out.out, session.lang));
            if let Some(why) = why.filter(|_| telling) {
                session.fail(why);
            }
            // Last, where an eye or a mail of a job looks first.
            if let Some(headline) = reported.summary.headline(session.lang).filter(|_| telling) {
                eprintln!("{headline}");
            }
        }
    }
    status
}

/// Tells what an import lost, and how it ends.
pub fn imported(session: &Session, losses: &Losses, args: &LossArgs) -> Status {
    let Some(headline) = loss_text::headline(losses) else { return Status::Done };
    let status = if losses.are_missing() && !args.accept_losses { Status::Lost } else { Status::Done };
    if status == Status::Lost {
        session.fail(lost(losses));
    }
    if session.log_format == LogFormat::Text && (status == Status::Lost || !session.quiet) {
        eprintln!("{}", headline.pick(session.lang));
    }
    status
}

/// That too much was lost.
fn lost(losses: &Losses) -> UsageError {
    let missing = losses.beyond.iter().filter(|loss| loss.kind.is_missing()).count();
    UsageError::Lost { places: missing as u64, files: losses.of(LossKind::File).count() as u64 }
}

/// How a run ends that did its work, and why not with 0 where that was not told yet.
fn status(reported: &Reported, failed: bool, out: &OutArgs) -> (Status, Option<UsageError>) {
    let summary = &reported.summary;
    if summary.imported.losses.are_missing() && !summary.losses_accepted {
        return (Status::Lost, Some(lost(&summary.imported.losses)));
    }
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
        let damaged = if rule.damage.is_empty() { "" } else { lang.pick("【带损数据】", " [damaged data]") };
        vec![
            rule.model.to_string(),
            format!("{} {}{damaged}", rule.rule_id, rule.title.pick(lang)),
            count.to_string(),
            yuan(money.gross_fen),
            yuan(money.inscp_fen),
            yuan(money.fund_fen),
        ]
    });
    // Before everything: what is said below is said of what was left.
    let mut text = reported.summary.headline(lang).map(|headline| format!("{headline}\n\n")).unwrap_or_default();
    if let Some(changes) = &reported.changes {
        // What is new is what somebody reads first in the morning.
        text.push_str(&format!("{}\n\n", changes.sentence(findings, lang)));
    }
    text.push_str(&table(&header, &[2, 3, 4, 5], rows));
    let damaged = reported.summary.damaged().count();
    if damaged > 0 {
        text.push_str(&match lang {
            Lang::Zh => format!("\n\n带损数据上运行的规则 {damaged} 条：没有查出不等于没有问题（丢失了什么见报告）。"),
            Lang::En => format!(
                "\n\n{} ran on damaged data: nothing found does not mean nothing there (what was lost is in the report).",
                counted(damaged as u64, "rule")
            ),
        });
    }
    text.push_str(&match lang {
        Lang::Zh => format!(
            "\n\n问题清单 {} 项：{}（逐项见报告“问题清单”）。",
            reported.problems.len(),
            counts(&reported.problems, lang)
        ),
        Lang::En => format!(
            "\n\n{} of the problem lists: {} (each in the report's sheet \"Problem lists\").",
            counted(reported.problems.len() as u64, "item"),
            counts(&reported.problems, lang)
        ),
    });
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
