//! What to ask for again, and how it is wanted: of each loss, gap and failed check the words for the letter.

use serde::Serialize;

use super::Period;
use crate::import::losses::{Loss, LossKind};
use crate::import::summary::{CheckResult, ImportSummary};
use crate::lang::{Lang, Text};

/// Something to ask for again. Values are told by their shape.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Ask {
    /// Table, column or file.
    pub subject: Text,
    /// File it was seen in; empty where it is of the whole table.
    pub file: String,
    /// What is wrong, with the figures.
    pub problem: Text,
    /// Line and shape of an example; empty where there is none.
    pub example: String,
    /// What is wanted.
    pub wanted: Text,
}

/// How cells of a reason are wanted.
fn wanted(reason: &str) -> Option<(&'static str, &'static str)> {
    Some(match reason {
        "not-a-date" | "date-range" | "time-only" | "date-order" => (
            "日期统一写成 2024-01-05 或 2024-01-05 08:30:00（年月日齐全）",
            "dates as 2024-01-05 or 2024-01-05 08:30:00, with year, month and day",
        ),
        "not-a-number" | "too-many-decimals" | "out-of-range" | "not-whole" => (
            "金额、数量、单价只写数字，例如 1234.50",
            "amounts, quantities and prices as plain numbers such as 1234.50",
        ),
        "spreadsheet-error" => (
            "从数据库直接导出，不经 Excel 公式（#N/A、#REF! 是公式的错误值）",
            "straight from the database, without formulas of a spreadsheet: #N/A and #REF! are their errors",
        ),
        "unknown-code" => {
            ("请附该列的代码字典（代码和含义）", "the dictionary of this column: its codes and what they mean")
        }
        "encoding" => ("整个文件用同一种编码，UTF-8 或 GB18030", "one encoding for the whole file, UTF-8 or GB18030"),
        "field-count" | "open-quote" => (
            "每行的列数与表头一致；内容里有分隔符、引号或换行的，按 CSV 规则加引号，或改用 |@| 分隔",
            "as many fields in each row as in the header; quote fields that hold delimiters, quotes or line ends, or separate them by |@|",
        ),
        "missing-key" | "masked-key" => (
            "主键列（就诊、结算、明细流水号、机构编码）逐行填写，不掩码",
            "key columns (visit, settlement, line and institution numbers) filled in every row, not masked",
        ),
        "age" => ("年龄用周岁整数", "ages in full years"),
        "nothing-usable" => {
            ("请按标准列名提供，或附列名对照", "the columns under their standard names, or a list of what they mean")
        }
        // Whatever else keeps codes from being read is a spreadsheet's doing.
        _ => (
            "编码按文本从数据库直接导出，不要用 Excel 打开后另存（位数会丢失）",
            "codes exported from the database as text; opened and saved by a spreadsheet program they lose digits",
        ),
    })
}

fn of_loss(loss: &Loss) -> Ask {
    let mut texts: Vec<(&str, &str)> = Vec::new();
    for text in loss.reasons.keys().filter_map(|reason| wanted(reason)) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    match loss.kind {
        LossKind::File => texts.push((
            "重新从数据库导出为带表头的 CSV（UTF-8，分隔符 |@| 或逗号）或 Parquet，不加密",
            "the table exported again from the database as CSV with a header (UTF-8, separated by |@| or commas) or Parquet, without a password",
        )),
        LossKind::Unplaced => texts.push((
            "日期、就诊号和机构编码逐行填写，并提供它们所属的就诊和结算",
            "date, visit number and institution in every row, and the visits and settlements that they belong to",
        )),
        LossKind::MaskedPersons => texts.push((
            "人员编号不掩码；不便提供的，用固定的替代编号，同一个人前后一致",
            "numbers of persons unmasked, or replaced by others that stay the same for the same person",
        )),
        LossKind::Rows | LossKind::Cells | LossKind::MaskedKeys => {}
    }
    if !loss.lacking.is_empty() {
        texts.push(("补上缺少的列", "the columns that are not there"));
    }
    let example = loss.example.as_ref().map(|example| match example.shape.trim() {
        "" => example.line.to_string(),
        shape => format!("{}: {shape}", example.line),
    });
    let joined = |lang: Lang, gap: &str| texts.iter().map(|(zh, en)| lang.pick(zh, en)).collect::<Vec<_>>().join(gap);
    let problem = match loss.kind {
        LossKind::File => loss.why.clone(),
        _ => Text::new(loss.sentence(Lang::Zh), loss.sentence(Lang::En)),
    };
    Ask {
        subject: Text::new(loss.subject(Lang::Zh), loss.subject(Lang::En)),
        file: loss.file.clone(),
        problem,
        example: example.unwrap_or_default(),
        wanted: Text::new(joined(Lang::Zh, "；"), joined(Lang::En, "; ")),
    }
}

/// What to ask for again: what was lost, months without data, and what failed the other checks.
pub fn asks(imported: &ImportSummary, periods: &[Period]) -> Vec<Ask> {
    let mut asks: Vec<Ask> = imported.losses.beyond.iter().map(of_loss).collect();
    for period in periods.iter().filter(|period| !period.missing.is_empty()) {
        asks.push(Ask {
            subject: period.title.clone(),
            problem: Text::new(
                format!("没有这些月份的数据：{}", months(&period.missing, "、")),
                format!("no data of these months: {}", months(&period.missing, ", ")),
            ),
            wanted: Text::new(
                "补齐这些月份；确实没有业务的请说明",
                "these months; or a word that nothing happened in them",
            ),
            ..Ask::default()
        });
    }
    // Months are told above, by table.
    let others = imported.checks.iter().filter(|check| {
        let told = check.id.starts_with(crate::import::loss_text::CHECKS) || check.id.contains("/every-month/");
        check.result == CheckResult::Failed && !told
    });
    for check in others {
        let detail = |lang: Lang| format!("{}（{}）", check.detail.pick(lang), check.figure.pick(lang));
        asks.push(Ask {
            subject: check.title.clone(),
            problem: Text::new(detail(Lang::Zh), detail(Lang::En).replace('（', " (").replace('）', ")")),
            wanted: Text::new(
                format!("核对后补齐，限值 {}", check.limit.zh),
                format!("what is missing or wrong, limit {}", check.limit.en),
            ),
            ..Ask::default()
        });
    }
    asks
}

/// Months in one line, no more of them than can be read.
pub fn months(missing: &[String], gap: &str) -> String {
    const SHOWN: usize = 24;
    let more = if missing.len() > SHOWN { format!(" … ({})", missing.len()) } else { String::new() };
    format!("{}{more}", missing.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(gap))
}
