//! The problem lists in the report: item by item, in the list's order and words, what was found, that nothing was, or why nothing could be.
//! problems.csv for programs, the sheet 问题清单 for people; the page has its own part of it.

use std::collections::{BTreeMap, HashMap};

use rust_xlsxwriter::XlsxError;

use super::columns::Column as Col;
use super::sheet::{Book, Cell, Column, ROWS_PER_SHEET, write_table};
use super::text::{self, labels};
use crate::findings::model::Finding;
use crate::lang::{Label, Lang, Text};
use crate::model::Money;
use crate::problems::{ProblemId, Status};

labels! {
    EVALUATED: "可查", "evaluated";
    PARTLY: "部分可查", "evaluated in part";
    NOT_IN_CLAIMS: "费用数据不可查", "not in claims";
    NOT_ENCODED: "尚未编码", "not yet encoded";
    HITS: "有疑点", "indications";
    NOTHING: "已查，未发现", "checked, nothing found";
    NOT_EVALUATED: "本次未能查", "could not be checked here";
    LIST: "清单", "List";
    NUMBER: "序号", "Number";
    FIELD: "领域", "Field";
    TYPE: "问题类型", "Type";
    OFFICIAL: "典型问题（清单原文）", "Problem, in the list's words";
    SHORT: "简称", "In short";
    OUTCOME: "结果", "Result";
    STATUS: "可查程度", "How far claims show it";
    FIRST: "首条疑点", "First finding";
    NOTE: "未查部分及原因", "What was not looked at, and why";
    ASK: "应调取的材料", "Records to ask for";
    BASIS: "依据", "Legal basis";
}

/// The word for how far claims show an item.
pub const fn status(status: Status) -> Label {
    match status {
        Status::Evaluated => EVALUATED,
        Status::Partly => PARTLY,
        Status::NotInClaims => NOT_IN_CLAIMS,
        Status::NotEncoded => NOT_ENCODED,
    }
}

/// What a run came to for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Findings.
    Hits,
    /// Looked for and not found.
    Nothing,
    /// It could be looked for, but not in this export or this run.
    NotEvaluated,
    /// No claim shows it.
    NotInClaims,
    /// Nobody has written down yet how it is looked for.
    NotEncoded,
}

impl Outcome {
    /// The word of the output contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hits => "hits",
            Self::Nothing => "nothing-found",
            Self::NotEvaluated => "not-evaluated",
            Self::NotInClaims => "not-in-claims",
            Self::NotEncoded => "not-encoded",
        }
    }

    /// The word for people.
    pub const fn label(self) -> Label {
        match self {
            Self::Hits => HITS,
            Self::Nothing => NOTHING,
            Self::NotEvaluated => NOT_EVALUATED,
            Self::NotInClaims => NOT_IN_CLAIMS,
            Self::NotEncoded => NOT_ENCODED,
        }
    }
}

/// An item of a list and what the run came to: a row of problems.csv.
#[derive(Debug, Clone, PartialEq)]
pub struct ProblemRow {
    /// List and number.
    pub id: ProblemId,
    /// Title of the list.
    pub list: Text,
    /// Field, in the list's words.
    pub field: String,
    /// Type, in the list's words.
    pub kind: String,
    /// Our own short words; none for an item that came as words only.
    pub title: Option<String>,
    /// The official words, where the list was imported.
    pub official: Option<String>,
    /// Legal basis, readable.
    pub basis: Option<String>,
    /// How far claims show it.
    pub status: Status,
    /// What the run came to.
    pub outcome: Outcome,
    /// Findings that count for it.
    pub findings: u64,
    /// Different persons of their suspect records.
    pub persons: u64,
    /// Different institutions of them.
    pub institutions: u64,
    /// Money at risk, each record once within the item.
    pub money: Money,
    /// What was not looked at, and why; empty where everything was.
    pub note: String,
    /// The record to ask for.
    pub ask: Option<String>,
    /// Rules that look for it, with blanks between them.
    pub rules: String,
    /// The finding that is ranked first.
    pub first_finding: Option<String>,
}

impl ProblemRow {
    /// What it is called: the official words, else our short ones.
    pub fn words(&self) -> &str {
        self.official.as_deref().or(self.title.as_deref()).unwrap_or_default()
    }
}

/// problems.csv, a row for each item of each list.
pub fn contract() -> [Col<ProblemRow>; 20] {
    [
        Col::text("list", |row| Some(&row.id.list)),
        Col::int("number", |row| Some(i64::from(row.id.number))),
        Col::text("field", |row| Some(&row.field)),
        Col::text("type", |row| Some(&row.kind)),
        Col::text("title", |row| row.title.as_deref()),
        Col::text("text", |row| row.official.as_deref()),
        Col::text("status", |row| Some(row.status.as_str())),
        Col::text("outcome", |row| Some(row.outcome.as_str())),
        Col::count("findings", |row| row.findings),
        Col::count("persons", |row| row.persons),
        Col::count("institutions", |row| row.institutions),
        Col::money("gross_amount", |row| row.money.gross_fen),
        Col::money("inscp_amount", |row| row.money.inscp_fen),
        Col::money("fund_amount", |row| row.money.fund_fen),
        Col::text("rules", |row| Some(&row.rules)),
        Col::text("note", |row| Some(&row.note)),
        Col::text("ask", |row| row.ask.as_deref()),
        Col::text("basis", |row| row.basis.as_deref()),
        Col::text("first_finding", |row| row.first_finding.as_deref()),
        Col::text("list_title", |row| Some(&row.list.zh)),
    ]
}

/// A row of the sheet: an item and where its first finding stands.
struct SheetRow<'a> {
    row: &'a ProblemRow,
    place: Option<&'a Place>,
}

/// Where a finding stands in the workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    sheet: String,
    /// Row of the sheet, counted from 1.
    row: u32,
    rank: String,
}

/// The place of each finding in the sheets of the models, `by_model`.
pub(super) fn places<'a>(by_model: &[(String, Vec<&'a Finding>)]) -> HashMap<&'a str, Place> {
    let mut places = HashMap::new();
    for (name, findings) in by_model {
        for (at, finding) in (0_u32..).zip(findings) {
            let part = at / ROWS_PER_SHEET;
            let sheet = if part == 0 { name.clone() } else { format!("{name} ({})", part + 1) };
            // The header is row 1.
            let row = at % ROWS_PER_SHEET + 2;
            places.insert(finding.finding_id.as_str(), Place { sheet, row, rank: finding.rank.to_string() });
        }
    }
    places
}

fn columns<'a>() -> Vec<Column<SheetRow<'a>>> {
    type Col<'a> = Column<SheetRow<'a>>;
    let counted = |row: &SheetRow<'_>, cell: Cell<'static>| match row.row.outcome {
        Outcome::Hits | Outcome::Nothing => cell,
        // Blank, not zero: nobody has looked.
        _ => Cell::Empty,
    };
    vec![
        Col::new(NUMBER, 7.0, |row, _| Cell::Rank(i64::from(row.row.id.number))),
        Col::new(LIST, 15.0, |row, _| Cell::Text(&row.row.id.list)),
        Col::new(FIELD, 14.0, |row, _| Cell::Prose(&row.row.field)),
        Col::new(TYPE, 16.0, |row, _| Cell::Prose(&row.row.kind)),
        Col::new(OFFICIAL, 56.0, |row, _| Cell::Prose(row.row.words())),
        Col::new(SHORT, 26.0, |row, _| Cell::prose(row.row.title.as_deref())),
        Col::new(OUTCOME, 14.0, |row, lang| {
            let word = row.row.outcome.label().pick(lang);
            if row.row.outcome == Outcome::Hits { Cell::Notable(word) } else { Cell::Prose(word) }
        }),
        Col::new(text::FINDINGS, 9.0, move |row, _| counted(row, Cell::count(row.row.findings))),
        Col::new(text::PERSONS, 9.0, move |row, _| counted(row, Cell::count(row.row.persons))),
        Col::new(text::INSTITUTIONS, 9.0, move |row, _| counted(row, Cell::count(row.row.institutions))),
        Col::new(text::GROSS_ONCE, 14.0, move |row, _| counted(row, Cell::Fen(row.row.money.gross_fen))),
        Col::new(text::INSCP_ONCE, 14.0, move |row, _| counted(row, Cell::Fen(row.row.money.inscp_fen))),
        Col::new(text::FUND_ONCE_SUM, 14.0, move |row, _| counted(row, Cell::Fen(row.row.money.fund_fen))),
        Col::new(FIRST, 10.0, |row, _| {
            row.place.map_or(Cell::Empty, |place| Cell::LinkTo {
                sheet: &place.sheet,
                row: place.row,
                text: &place.rank,
            })
        }),
        Col::new(NOTE, 50.0, |row, _| Cell::Prose(&row.row.note)),
        Col::new(ASK, 32.0, |row, _| Cell::prose(row.row.ask.as_deref())),
        Col::new(STATUS, 15.0, |row, lang| Cell::Text(status(row.row.status).pick(lang))),
        Col::new(BASIS, 30.0, |row, _| Cell::prose(row.row.basis.as_deref())),
        Col::new(text::RULE_ID, 30.0, |row, _| Cell::Text(&row.row.rules)),
    ]
}

/// Writes the sheet, a row for each item; each with a link to where its first finding stands.
pub(super) fn write(
    book: &mut Book,
    rows: &[ProblemRow],
    places: &HashMap<&str, Place>,
    lang: Lang,
) -> Result<(), XlsxError> {
    let place = |row: &ProblemRow| row.first_finding.as_deref().and_then(|finding| places.get(finding));
    let rows = rows.iter().map(|row| SheetRow { row, place: place(row) });
    write_table(book, text::SHEET_PROBLEMS.pick(lang), columns(), 3, rows)
}

/// Items by what the run came to, in words: one line for people.
pub fn counts(rows: &[ProblemRow], lang: Lang) -> String {
    let mut counts: BTreeMap<Outcome, usize> = BTreeMap::new();
    for row in rows {
        *counts.entry(row.outcome).or_default() += 1;
    }
    let told: Vec<String> =
        counts.iter().map(|(outcome, count)| format!("{} {count}", outcome.label().pick(lang))).collect();
    told.join(lang.pick("，", ", "))
}
