//! The stored form of knowledge: which CSV files there are, their columns, and what each cell may hold.
//!
//! Seeds and the files of a knowledge folder have this one form. A file is known by its columns, so a user's own file may
//! have any name; `item_name`, `wording`, `label` and `source` are for readers and may be left out.

use std::path::Path;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::error::KnowledgeError;
use super::sheets::csv_rows;
use crate::calendar;
use crate::lang::Text;
use crate::spelling::normalise;

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Rows with equal identities speak about the same thing.
    Identity,
    /// What is said about it; two rows of one identity must agree.
    Value,
    /// For readers.
    Note,
    /// The first day on which the row holds: part of what it speaks about, and may be left out for "always".
    Begin,
    /// When the row stops to hold, and by which newer edition of which rule it is superseded. No part of what it says: a notice that is
    /// imported again does not contradict a row whose end somebody wrote down.
    End,
}

/// What a cell may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    /// A code, national or local.
    Code,
    /// Any text.
    Text,
    /// A whole number from 1.
    Count,
    /// A whole number from 0, or empty.
    OptionalCount,
    /// A calendar date, `2024-01-05`.
    Date,
    /// A calendar date, or empty for an open end.
    OptionalDate,
    /// Any text, or empty.
    OptionalText,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// A column of a stored file.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoredColumn {
    /// Header.
    pub name: &'static str,
    /// What it is for.
    pub role: Role,
    check: Check,
}

const fn identity(name: &'static str, check: Check) -> StoredColumn {
    StoredColumn { name, role: Role::Identity, check }
}

const fn value(name: &'static str, check: Check) -> StoredColumn {
    StoredColumn { name, role: Role::Value, check }
}

const fn note(name: &'static str) -> StoredColumn {
    StoredColumn { name, role: Role::Note, check: Check::Text }
}

/// The days on which a row holds, and the rule of the notice and its edition, by which newer rows supersede older ones (see `days`).
/// All may be left out: then the row always holds.
const HELD: [StoredColumn; 4] = [
    StoredColumn { name: "begin_date", role: Role::Begin, check: Check::OptionalDate },
    StoredColumn { name: "end_date", role: Role::End, check: Check::OptionalDate },
    StoredColumn { name: "rule", role: Role::End, check: Check::OptionalText },
    StoredColumn { name: "edition", role: Role::End, check: Check::OptionalCount },
];

/// The lists of periods that users bring. Their days are what they say, so no row of theirs supersedes another.
const PERIOD_LISTS: [&str; 2] = ["catalogue", "watch"];

/// What the rows of a stored file are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// Items by code: the rows of a `k_*` table.
    Item,
    /// Drugs by generic name, to be joined with their codes.
    DrugName,
    /// The codes of generic names.
    DrugCode,
}

/// A kind of stored file.
#[derive(Debug)]
pub(super) struct StoredFile {
    /// Name of the kind: the table without `k_`, or `drug_codes`.
    pub kind: &'static str,
    /// What its rows are about.
    pub subject: Subject,
    /// Columns in written order.
    pub columns: Vec<StoredColumn>,
}

/// One row of a stored file: checked cells in the order of its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredRow(Vec<String>);

/// The rows of a stored file, each with its line.
pub(super) type LinedRows = Vec<(u64, StoredRow)>;

/// The limits that notices state per generic drug name.
const DRUG_LIMITS: [&str; 10] = [
    "age_limit",
    "sex_limit",
    "insurance_limit",
    "setting_limit",
    "level_limit",
    "course_limit",
    "second_line",
    "internet_limit",
    "indication_limit",
    "supply_limit",
];

/// Every kind of stored file.
pub(super) static STORED_FILES: LazyLock<Vec<StoredFile>> = LazyLock::new(|| {
    let pair = [
        identity("main_item_code", Check::Code),
        note("main_item_name"),
        identity("part_item_code", Check::Code),
        note("part_item_name"),
        identity("time_window", Check::OneOf(&["day", "visit", "hours"])),
        identity("window_minutes", Check::OptionalCount),
    ];
    let swap =
        [identity("provided_name", Check::Text), identity("billed_item_code", Check::Code), note("billed_item_name")];
    let package = [
        identity("package_item_code", Check::Code),
        note("package_item_name"),
        identity("component_item_code", Check::Code),
        note("component_item_name"),
    ];
    let prerequisite = [
        identity("item_code", Check::Code),
        note("item_name"),
        identity("need", Check::Text),
        identity("required_item_code", Check::Code),
        note("required_item_name"),
    ];
    let support = [
        identity("benefit_dx3", Check::Text),
        note("benefit_name"),
        identity("support_dx3", Check::Text),
        note("support_name"),
    ];
    let watch = [
        identity("psn_no", Check::OptionalText),
        identity("certno", Check::OptionalText),
        identity("watch_kind", Check::OneOf(&["death", "custody", "abroad", "work_injury"])),
        identity("begin_date", Check::Date),
        value("end_date", Check::OptionalDate),
    ];
    let mut files = vec![
        file("included_item", Subject::Item, &pair),
        file("known_swap", Subject::Item, &swap),
        file("package", Subject::Item, &package),
        file("prerequisite", Subject::Item, &prerequisite),
        file("resale_drug", Subject::Item, &[identity("resale_drug_name", Check::Text)]),
        file("benefit_support", Subject::Item, &support),
        // Not a table: what the words of an indication stand for, see `indication`.
        file("disease_term", Subject::Item, &[identity("term", Check::Text), value("dx3", Check::Text)]),
        // Drug classes that come before another one: what `second-line` looks for.
        file(
            "first_line",
            Subject::Item,
            &[identity("drug_class", Check::Text), identity("earlier_class", Check::Text), note("class_name")],
        ),
        file("watch", Subject::Item, &watch),
    ];
    for (kind, columns) in limits() {
        let item = [identity("item_code", Check::Code), note("item_name")];
        files.push(file(kind, Subject::Item, &[&item, columns.as_slice()].concat()));
        if DRUG_LIMITS.contains(&kind) {
            let drug = [identity("drug_name", Check::Text)];
            files.push(file(kind, Subject::DrugName, &[&drug, columns.as_slice()].concat()));
        }
    }
    files.push(StoredFile {
        kind: "drug_codes",
        subject: Subject::DrugCode,
        columns: vec![
            identity("limit", Check::OneOf(&DRUG_LIMITS)),
            identity("drug_name", Check::Text),
            identity("item_code", Check::Code),
            note("source"),
        ],
    });
    files
});

/// The kinds that say something about single items, with what they say.
fn limits() -> Vec<(&'static str, Vec<StoredColumn>)> {
    const PER: &[&str] = &["day", "visit", "hour", "week", "month", "year"];
    const SETTING: &[&str] = &["inpatient", "emergency", "outpatient", "inpatient_or_emergency"];
    vec![
        ("second_operation", vec![identity("operation_group", Check::Text)]),
        ("frequency_limit", vec![value("max_cnt", Check::Count), identity("per", Check::OneOf(PER))]),
        ("period_limit", vec![value("max_cnt", Check::Count), identity("period_days", Check::Count)]),
        ("course_limit", vec![value("max_days", Check::Count), value("min_gap_days", Check::OptionalCount)]),
        ("sex_limit", vec![value("gend", Check::OneOf(&["1", "2"]))]),
        (
            "age_limit",
            vec![value("min_age", Check::OptionalCount), value("max_age", Check::OptionalCount), note("label")],
        ),
        ("insurance_limit", vec![value("insurance", Check::OneOf(&["工伤", "生育"]))]),
        ("setting_limit", vec![value("setting", Check::OneOf(SETTING))]),
        ("level_limit", vec![value("min_level", Check::OneOf(&["1", "2", "3"]))]),
        ("daily_item", vec![value("daily_group", Check::OneOf(&["bed", "nursing", "consult", "other"]))]),
        ("hourly_item", vec![value("minutes_per_unit", Check::Count)]),
        (
            "service_minutes",
            vec![
                value("service_minutes", Check::Count),
                value("performed_by", Check::OneOf(&["practitioner", "machine"])),
            ],
        ),
        ("second_line", vec![value("treatment_line", Check::Count)]),
        ("internet_limit", vec![value("internet", Check::OneOf(&["barred"]))]),
        // On both lists a piece is paid neither alone nor with others.
        ("herb_limit", vec![identity("herb_use", Check::OneOf(&["never", "alone"]))]),
        ("indication_limit", vec![value("indication", Check::Text)]),
        ("supply_limit", vec![value("max_supply_days", Check::Count)]),
        ("dual_channel", vec![value("dual_channel_days", Check::Count)]),
        ("catalogue", vec![identity("begin_date", Check::Date), value("end_date", Check::OptionalDate)]),
    ]
}

fn file(kind: &'static str, subject: Subject, columns: &[StoredColumn]) -> StoredFile {
    let readers = [note("wording"), note("source")];
    let held = if PERIOD_LISTS.contains(&kind) { &[] } else { HELD.as_slice() };
    StoredFile { kind, subject, columns: [columns, held, &readers].concat() }
}

/// The stored file of a kind.
pub(super) fn stored_file(kind: &str, subject: Subject) -> Option<&'static StoredFile> {
    STORED_FILES.iter().find(|file| file.kind == kind && file.subject == subject)
}

impl StoredFile {
    /// A form of rows that no file has, made of others.
    pub fn plain(kind: &'static str, columns: &[&'static str]) -> Self {
        let columns = columns.iter().map(|name| identity(name, Check::OptionalText)).collect();
        Self { kind, subject: Subject::Item, columns }
    }

    /// The name under which an import writes it.
    pub fn file_name(&self) -> String {
        match self.subject {
            Subject::Item | Subject::DrugCode => format!("{}.csv", self.kind),
            Subject::DrugName => format!("drug_{}.csv", self.kind),
        }
    }

    /// The row made of named values; columns not named are empty.
    pub fn row(&self, values: &[(&str, String)]) -> StoredRow {
        let cell = |column: &StoredColumn| {
            values.iter().find(|(name, _)| *name == column.name).map_or_else(String::new, |(_, value)| value.clone())
        };
        StoredRow(self.columns.iter().map(cell).collect())
    }

    /// What a row speaks about, comparable across files: normalised as keys are.
    pub fn identity(&self, row: &StoredRow) -> Vec<String> {
        let identity = self.cells(row, Role::Identity).chain(self.cells(row, Role::Begin));
        identity.map(|(_, cell)| normalise(cell).into_owned()).collect()
    }

    /// What a row speaks about, whenever it holds.
    pub fn subject(&self, row: &StoredRow) -> Vec<String> {
        self.cells(row, Role::Identity).map(|(_, cell)| normalise(cell).into_owned()).collect()
    }

    /// Whether rows of this file hold on days of their own, which newer rows may end.
    pub fn is_dated(&self) -> bool {
        self.columns.iter().any(|column| column.role == Role::Begin)
    }

    /// The identity that a row with these identity cells has when it always holds.
    pub fn undated(&self, row: &StoredRow) -> Vec<String> {
        let mut identity = self.subject(row);
        identity.extend(self.is_dated().then(String::new));
        identity
    }

    /// What a row says, for comparison and messages.
    pub fn says(&self, row: &StoredRow) -> String {
        self.spelt(row, Role::Value)
    }

    /// What a row speaks about, for messages.
    pub fn about(&self, row: &StoredRow) -> String {
        self.spelt(row, Role::Identity)
    }

    fn spelt(&self, row: &StoredRow, role: Role) -> String {
        self.cells(row, role).map(|(name, cell)| format!("{name}={cell}")).collect::<Vec<_>>().join(" ")
    }

    /// What a row lacks although each of its cells may be empty: the column and the problem.
    fn incomplete(&self, row: &StoredRow) -> Option<(&'static str, Text)> {
        let empty = |name| self.cell(row, name).is_empty();
        match self.kind {
            "included_item" if (self.cell(row, "time_window") == "hours") == empty("window_minutes") => {
                let problem = Text::new(
                    "：time_window 为 hours 时必填，其他时候不填",
                    "must be given for hours, and only for hours",
                );
                Some(("window_minutes", problem))
            }
            "age_limit" if empty("min_age") && empty("max_age") => {
                let problem = Text::new(
                    "：max_age 与 min_age 都为空，等于没有限定",
                    "and min_age are both empty, so nothing is limited",
                );
                Some(("max_age", problem))
            }
            "watch" if empty("psn_no") && empty("certno") => {
                let problem = Text::new(
                    "：psn_no 与 certno 都为空，没有指明是谁",
                    "and certno are both empty, so nobody is named",
                );
                Some(("psn_no", problem))
            }
            _ => None,
        }
    }

    /// The cell of a column; empty when the file has no such column.
    pub fn cell<'a>(&self, row: &'a StoredRow, name: &str) -> &'a str {
        let index = self.columns.iter().position(|column| column.name == name);
        index.and_then(|index| row.0.get(index)).map_or("", String::as_str)
    }

    fn cells<'a>(&'a self, row: &'a StoredRow, role: Role) -> impl Iterator<Item = (&'static str, &'a str)> {
        let cells = self.columns.iter().zip(&row.0);
        cells.filter(move |(column, _)| column.role == role).map(|(column, cell)| (column.name, cell.as_str()))
    }

    fn header(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.name).collect()
    }

    /// Whether a file with this header is of this kind: nothing needed is missing, nothing is unknown.
    pub fn matches(&self, header: &[String]) -> bool {
        let needed = self.columns.iter().filter(|column| matches!(column.role, Role::Identity | Role::Value));
        needed.into_iter().all(|column| header.iter().any(|name| name == column.name))
            && header.iter().all(|name| self.columns.iter().any(|column| column.name == name))
    }

    /// The file's text: UTF-8 with BOM, because spreadsheet programs take it for a local encoding otherwise.
    ///
    /// # Errors
    /// Never in practice: writing to memory.
    pub fn text<'a>(&self, path: &Path, rows: impl Iterator<Item = &'a StoredRow>) -> Result<Vec<u8>, KnowledgeError> {
        let mut writer = csv::Writer::from_writer(b"\xef\xbb\xbf".to_vec());
        writer.write_record(self.header()).map_err(KnowledgeError::csv(path))?;
        for row in rows {
            writer.write_record(&row.0).map_err(KnowledgeError::csv(path))?;
        }
        writer.into_inner().map_err(|error| KnowledgeError::io(path)(error.into_error()))
    }
}

/// Reads a stored file of whatever kind, with the line of each row; `path` is for messages.
///
/// # Errors
/// When the columns are those of no kind, or a cell cannot be used.
pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<(&'static StoredFile, LinedRows), KnowledgeError> {
    let mut rows = csv_rows(path, bytes)?.into_iter();
    let header: Vec<String> =
        rows.next().map_or_else(Vec::new, |row| row.cells.iter().map(|cell| cell.to_lowercase()).collect());
    let Some(file) = STORED_FILES.iter().find(|file| file.matches(&header)) else {
        let known: Vec<String> = STORED_FILES.iter().map(|file| file.header().join(",")).collect();
        return Err(KnowledgeError::StoredHeader {
            path: path.to_path_buf(),
            seen: header.join(","),
            known: known.join("; "),
        });
    };
    let mut parsed = Vec::new();
    for row in rows {
        let refuse = |column: &str, value: &str, problem: Text| KnowledgeError::Cell {
            path: path.to_path_buf(),
            line: row.line,
            column: column.to_owned(),
            value: value.to_owned(),
            problem: Box::new(problem),
        };
        if let Some(extra) = row.cells.get(header.len()..).unwrap_or_default().iter().find(|cell| !cell.is_empty()) {
            let problem =
                Text::new("在最后一列之外；检查逗号和引号", "stands beyond the last column; check commas and quotes");
            return Err(refuse("-", extra, problem));
        }
        let mut cells = Vec::with_capacity(file.columns.len());
        for column in &file.columns {
            let at = header.iter().position(|name| name == column.name);
            let text = at.and_then(|at| row.cells.get(at)).map_or("", String::as_str);
            cells.push(checked(column, text).map_err(|problem| refuse(column.name, text, problem))?);
        }
        let stored = StoredRow(cells);
        if let Some((column, problem)) = file.incomplete(&stored) {
            return Err(refuse(column, file.cell(&stored, column), problem));
        }
        parsed.push((row.line, stored));
    }
    Ok((file, parsed))
}

/// The cell in its one written form, or what is wrong with it.
fn checked(column: &StoredColumn, text: &str) -> Result<String, Text> {
    if column.role == Role::Note {
        return Ok(text.to_owned());
    }
    let folded = text.nfkc().collect::<String>();
    match column.check {
        Check::OptionalCount | Check::OptionalDate | Check::OptionalText if text.is_empty() => Ok(String::new()),
        _ if text.is_empty() => Err(Text::new("：必填，却是空的", "is needed, but empty")),
        Check::Text | Check::OptionalText => Ok(text.to_owned()),
        Check::Date | Check::OptionalDate => match calendar::parse_iso(&folded) {
            Some(_) => Ok(folded),
            None => Err(Text::new("不是 2024-01-05 这样的日期", "is no date such as 2024-01-05")),
        },
        Check::Code => code(&normalise(text)),
        Check::Count | Check::OptionalCount => match folded.parse::<u16>() {
            Ok(0) if column.check == Check::Count => Err(Text::new("太小，至少为 1", "must be at least 1")),
            Ok(number) => Ok(number.to_string()),
            Err(_) => Err(Text::new("不是 65535 以内的整数", "is no whole number up to 65535")),
        },
        Check::OneOf(words) if words.contains(&folded.as_str()) => Ok(folded),
        Check::OneOf(words) => {
            let words = words.join(", ");
            Err(Text::new(format!("不在可取的值之内：{words}"), format!("is none of {words}")))
        }
    }
}

/// Local codes have all shapes, so only what a spreadsheet makes of the 15 digits of a national code is refused.
fn code(text: &str) -> Result<String, Text> {
    let scientific = text.contains("E+") && text.starts_with(|first: char| first.is_ascii_digit());
    let zeros_lost = text.len() == 13 && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    if scientific || zeros_lost {
        return Err(Text::new(
            "是被电子表格改成数字的编码；把该列设为文本格式，恢复原编码",
            "is a code that a spreadsheet turned into a number; format the column as text and restore it",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_text(text: &str) -> Result<(&'static StoredFile, LinedRows), KnowledgeError> {
        parse(Path::new("own.csv"), text.as_bytes())
    }

    #[test]
    fn each_kind_is_known_by_its_columns_alone() {
        for file in STORED_FILES.iter() {
            let header: Vec<String> = file.header().into_iter().map(str::to_owned).collect();
            let matching: Vec<_> = STORED_FILES.iter().filter(|other| other.matches(&header)).collect();
            assert_eq!(matching.len(), 1, "{}", file.file_name());
        }
    }

    #[test]
    fn columns_may_come_in_any_order_and_notes_may_be_left_out() {
        let (file, rows) = parse_text("GEND,item_code\n２,003313030140000\n").expect("a sex limit");
        assert_eq!((file.kind, file.subject), ("sex_limit", Subject::Item));
        assert_eq!(file.about(&rows[0].1), "item_code=003313030140000");
        assert_eq!(file.says(&rows[0].1), "gend=2");
    }

    #[test]
    fn unusable_cells_name_their_place() {
        let message = |text: &str| parse_text(text).expect_err("unusable").to_string();
        assert!(message("item_code,gend\nA1,1\nA2,3\n").starts_with("own.csv, line 3, column gend: \"3\""));
        assert!(message("item_code,gend\n3.31E+12,1\n").contains("spreadsheet turned into a number"));
        assert!(message("item_code,gend\n3313030140000,1\n").contains("spreadsheet turned into a number"));
        assert!(message("item_code,gend\nA1,1,x\n").contains("beyond the last column"));
        assert!(message("item_code,minutes_per_unit\nA1,0\n").contains("at least 1"));
        assert!(message("item_code,min_age,max_age\nA1,,\n").contains("both empty"));
        let pairs = "main_item_code,part_item_code,time_window,window_minutes\n";
        assert!(message(&format!("{pairs}A1,A2,hours,\n")).contains("only for hours"));
        assert!(message(&format!("{pairs}A1,A2,day,60\n")).contains("only for hours"));
        assert!(message("item_code,sex\nA1,1\n").contains("those of no knowledge file"));
    }

    #[test]
    fn written_text_reads_back_the_same() {
        let file = stored_file("age_limit", Subject::DrugName).expect("a kind");
        let row = file.row(&[
            ("drug_name", "小儿氨基酸注射液(19AA-Ⅰ)".to_owned()),
            ("max_age", "17".to_owned()),
            ("wording", "清肺，\"化痰\",\n止咳".to_owned()),
        ]);
        let bytes = file.text(Path::new("x.csv"), [&row].into_iter()).expect("written");
        let (again, rows) = parse(Path::new("x.csv"), &bytes).expect("read");
        assert_eq!(again.file_name(), "drug_age_limit.csv");
        assert_eq!(rows, [(2, row)]);
    }
}
