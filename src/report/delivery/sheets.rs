//! The workbook of a delivery, for the team: what to ask for again, files, months, institutions, checks, and which rules could run.

use std::io::Write;

use super::{Delivery, asks};
use crate::import::summary::{CheckResult, Skipped};
use crate::lang::{Label, Lang};
use crate::report::export::ExportError;
use crate::report::sheet::{Book, Cell, Page, ROWS_PER_SHEET};
use crate::report::text::{self, labels};

labels! {
    TITLE: "数据接收核对", "The delivery as received";
    SHEET_ASKS: "请重新提供", "Deliver again";
    SHEET_FILES: "文件", "Files";
    SHEET_PERIODS: "期间", "Months";
    SHEET_INSTITUTIONS: "机构", "Institutions";
    SHEET_CHECKS: "验收检查", "Checks";
    SHEET_RULES: "规则", "Rules";
    SUBJECT: "表、列或文件", "Table, column or file";
    PROBLEM: "问题", "What is wrong";
    EXAMPLE: "示例（行号：样子）", "Example (line: shape)";
    WANTED: "请这样提供", "What is wanted";
    NOTHING: "没有需要重新提供的内容。", "Nothing needs to be delivered again.";
    TABLE: "表", "Table";
    FIRST: "最早", "First";
    LAST: "最晚", "Last";
    MISSING: "没有数据的月份", "Months without data";
    VISITS: "就诊人次", "Visits";
    FEE_LINES: "费用明细行", "Fee lines";
    STATE: "能否运行", "Can it run";
    WHY: "缺少或受损的数据", "What is missing or damaged";
    STATE_OF_FILE: "处理", "What became of it";
    FILE_READ: "已读取", "read";
    FILE_STRAY: "未读取：不是数据", "not read: no data";
    FILE_REFUSED: "未能读取：可能含有数据", "could not be read: may hold data";
}

/// Writes the workbook.
///
/// # Errors
/// When its rows cannot be kept meanwhile or `out` not be written.
pub fn write(delivery: &Delivery, lang: Lang, mut out: impl Write) -> Result<(), ExportError> {
    let temporary = tempfile::tempdir()?;
    let mut book = Book::new(temporary.path(), TITLE.pick(lang), lang, ROWS_PER_SHEET)?;
    let heading = |label: Label| label.pick(lang);

    let mut page = Page::open(&mut book, heading(SHEET_ASKS), &[34.0, 30.0, 60.0, 30.0, 60.0])?;
    page.title(heading(TITLE))?;
    if let Some(headline) = &delivery.headline {
        page.alert(headline.pick(lang))?;
    }
    if delivery.asks.is_empty() {
        page.note(heading(NOTHING))?;
    } else {
        page.header(&[SUBJECT, text::FILE, PROBLEM, EXAMPLE, WANTED])?;
    }
    for ask in &delivery.asks {
        page.cells(&[
            Cell::Prose(ask.subject.pick(lang)),
            Cell::Prose(&ask.file),
            Cell::Prose(ask.problem.pick(lang)),
            Cell::Text(&ask.example),
            Cell::Prose(ask.wanted.pick(lang)),
        ])?;
    }

    let mut page =
        Page::open(&mut book, heading(SHEET_FILES), &[60.0, 24.0, 24.0, 12.0, 12.0, 12.0, 12.0, 12.0, 60.0])?;
    page.header(&[
        text::FILE,
        text::LAYOUT,
        STATE_OF_FILE,
        text::ENCODING,
        text::ROWS_IN,
        text::ROWS_STORED,
        text::ROWS_REJECTED,
        text::CELLS_REJECTED,
        WHY,
    ])?;
    for file in &delivery.imported.inputs {
        page.cells(&[
            Cell::Prose(&file.name),
            Cell::Prose(file.layout_title.pick(lang)),
            Cell::Prose(heading(FILE_READ)),
            Cell::Text(&file.encoding),
            Cell::count(file.rows_in),
            Cell::count(file.rows_stored),
            Cell::count(file.rows_rejected),
            Cell::count(file.cells_rejected),
            Cell::Empty,
        ])?;
    }
    for file in &delivery.imported.skipped_files {
        let refused = file.kind == Skipped::Refused;
        let state = if refused { Cell::Notable(heading(FILE_REFUSED)) } else { Cell::Prose(heading(FILE_STRAY)) };
        let mut cells = vec![Cell::Prose(&file.name), Cell::Empty, state];
        cells.extend([Cell::Empty; 5]);
        cells.push(Cell::Prose(file.reason.pick(lang)));
        page.cells(&cells)?;
    }

    let mut page = Page::open(&mut book, heading(SHEET_PERIODS), &[30.0, 14.0, 14.0, 12.0, 80.0])?;
    page.header(&[TABLE, FIRST, LAST, text::ROWS, MISSING])?;
    for period in &delivery.periods {
        let missing = asks::months(&period.missing, heading(Label::new("、", ", ")));
        page.cells(&[
            Cell::Prose(period.title.pick(lang)),
            Cell::Text(&period.first),
            Cell::Text(&period.last),
            Cell::count(period.rows),
            if missing.is_empty() { Cell::Empty } else { Cell::Notable(&missing) },
        ])?;
    }

    let mut page = Page::open(&mut book, heading(SHEET_INSTITUTIONS), &[20.0, 50.0, 14.0, 14.0])?;
    page.header(&[text::INST_CODE, text::INST_NAME, VISITS, FEE_LINES])?;
    for place in &delivery.institutions {
        page.cells(&[
            Cell::Text(&place.code),
            Cell::prose(place.name.as_deref()),
            Cell::count(place.visits),
            Cell::count(place.fee_lines),
        ])?;
    }

    let mut page = Page::open(&mut book, heading(SHEET_CHECKS), &[50.0, 14.0, 14.0, 14.0, 90.0])?;
    page.header(&[text::CHECK, text::RESULT, text::FIGURE, text::LIMIT, text::DETAIL])?;
    for check in &delivery.imported.checks {
        let result = text::check_result(check.result).pick(lang);
        page.cells(&[
            Cell::Prose(check.title.pick(lang)),
            if check.result == CheckResult::Failed { Cell::Notable(result) } else { Cell::Prose(result) },
            Cell::Prose(check.figure.pick(lang)),
            Cell::Prose(check.limit.pick(lang)),
            Cell::Prose(check.detail.pick(lang)),
        ])?;
    }

    let mut page = Page::open(&mut book, heading(SHEET_RULES), &[28.0, 40.0, 8.0, 22.0, 90.0])?;
    page.header(&[text::RULE_ID, text::RULE, text::MODEL, STATE, WHY])?;
    for rule in &delivery.rules {
        let state = rule.state.label();
        page.cells(&[
            Cell::Text(&rule.rule_id),
            Cell::Prose(rule.title.pick(lang)),
            Cell::Int(i64::from(rule.model)),
            Cell::Prose(state.pick(lang)),
            Cell::Prose(rule.why.pick(lang)),
        ])?;
    }
    out.write_all(&book.into_bytes()?)?;
    Ok(out.flush()?)
}
