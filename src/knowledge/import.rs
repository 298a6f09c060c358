//! `feijian knowledge import`: reads official notices into a knowledge folder and accounts for every row.
//!
//! Nothing is written until all files have been read. A file that cannot be read is told with its reason and stops no other. Importing a
//! notice again stores nothing: its rows are repeats.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::days::{self, Held};
use super::error::KnowledgeError;
use super::folder::{self, UnmatchedDrugs};
use super::layout::{self, Field, Layout, Recognised};
use super::notice::{self, Point};
use super::sheets::{self, Sheet};
use super::stored::{STORED_FILES, StoredFile, StoredRow, Subject, stored_file};
use super::wording::{self, RejectReason};

/// A row that was not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Line (CSV) or row (workbook) in the file, 1 is the first.
    pub line: u64,
    /// Header of the cell concerned; empty when the row as a whole is.
    pub column: String,
    /// Text of that cell, or the first text of the row.
    pub value: String,
    /// Why.
    pub reason: RejectReason,
}

/// What became of one sheet: `rows_in = stored + repeats + rejected`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetSummary {
    /// The file.
    pub file: PathBuf,
    /// The sheet; none for CSV.
    pub sheet: Option<String>,
    /// What its header was recognised as; none when it was not, then all its rows are rejects.
    pub layout: Option<Layout>,
    /// Rows below the header that hold anything.
    pub rows_in: usize,
    /// Rows new to the folder.
    pub stored: usize,
    /// Rows that the folder, or the same import, already held.
    pub repeats: usize,
    /// Rows that were not stored, with the reason.
    pub rejected: Vec<Reject>,
    /// First day of its rows, ISO; empty when none is known: they always hold.
    pub begin_date: String,
    /// Last day of its rows, ISO; empty while it is not known.
    pub end_date: String,
}

/// What an import did.
#[derive(Debug)]
pub struct ImportSummary {
    /// One entry per sheet, in order of file name and sheet.
    pub sheets: Vec<SheetSummary>,
    /// Drug names of the whole folder that lack their other half.
    pub unmatched: Vec<UnmatchedDrugs>,
    /// Files of the folder that changed.
    pub written: Vec<PathBuf>,
    /// Why files could not be used, in order of file name; the others were.
    pub unreadable: Vec<KnowledgeError>,
}

/// Reads notices and adds what they say to the knowledge folder, which is made when missing.
///
/// The result does not depend on the order of `files`; drug names and drug codes may come in one call or in several. Of a folder among
/// them all workbooks and CSV files are read. `valid_from` is the first day of all their rows, where the user knows it better than the
/// notices say (see `days`).
///
/// # Errors
/// When a file of the knowledge folder is unusable, or when another import is writing. Then the folder is as it was, except after an error
/// while writing: repeat the import.
pub fn import_notices(files: &[PathBuf], dir: &Path, valid_from: Option<i32>) -> Result<ImportSummary, KnowledgeError> {
    let lock = folder::lock(dir)?;
    let before = folder::read(dir)?;
    let mut shelves = Vec::new();
    for file in STORED_FILES.iter() {
        shelves.push(Shelf::open(file, dir, &before)?);
    }

    let mut unreadable = Vec::new();
    let mut ordered = Vec::new();
    for path in files {
        match notice_files(path) {
            Ok(paths) => ordered.extend(paths),
            Err(error) => unreadable.push(error),
        }
    }
    ordered.sort_by_key(|path| (path.file_name().map(ToOwned::to_owned), path.clone()));
    let mut sheets = Vec::new();
    for path in ordered {
        match import_file(&path, &mut shelves, valid_from) {
            Ok(read) => sheets.extend(read),
            Err(error) => unreadable.push(error),
        }
    }
    for sheet in &sheets {
        let accounted = sheet.stored + sheet.repeats + sheet.rejected.len();
        balanced(|| sheet_title(&sheet.file, sheet.sheet.as_deref()), sheet.rows_in, accounted)?;
    }
    let stored = sheets.iter().map(|sheet| sheet.stored).sum();
    let added = shelves.iter().map(|shelf| shelf.rows.len() - shelf.rows_before).sum();
    balanced(|| dir.display().to_string(), stored, added)?;

    let mut written = Vec::new();
    for shelf in shelves.iter().filter(|shelf| shelf.rows.len() > shelf.rows_before) {
        folder::replace(&shelf.path, &shelf.file.text(&shelf.path, shelf.rows.values())?)?;
        written.push(shelf.path.clone());
    }
    let (_, unmatched) = folder::join_drugs(&folder::read(dir)?)?;
    drop(lock);
    Ok(ImportSummary { sheets, unmatched, written, unreadable })
}

/// A file, or the notices of a folder in the order of their names: what spreadsheet programs leave beside an open workbook (`~$…`) is none.
///
/// # Errors
/// If the folder cannot be listed, or holds none.
pub fn notice_files(path: &Path) -> Result<Vec<PathBuf>, KnowledgeError> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(KnowledgeError::io(path))? {
        let file = entry.map_err(KnowledgeError::io(path))?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        let notice = [".xlsx", ".csv"].iter().any(|ending| name.ends_with(ending));
        if notice && !name.starts_with(['.', '~']) {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() { Err(KnowledgeError::NoNotices(path.to_path_buf())) } else { Ok(files) }
}

fn balanced(what: impl FnOnce() -> String, rows_in: usize, accounted: usize) -> Result<(), KnowledgeError> {
    if rows_in == accounted {
        return Ok(());
    }
    Err(KnowledgeError::Unbalanced { what: what(), rows_in, accounted })
}

/// One kind's file of the folder while an import adds to it.
struct Shelf {
    file: &'static StoredFile,
    path: PathBuf,
    /// Rows of the file itself, sorted by what they speak about.
    rows: BTreeMap<Vec<String>, StoredRow>,
    rows_before: usize,
    /// Rows of the same kind in people's own files, which are never rewritten.
    elsewhere: BTreeMap<Vec<String>, StoredRow>,
}

/// What a shelf made of a row.
enum Put {
    Stored,
    Repeat,
    Contradicts { stored: String, source: String },
}

impl Shelf {
    fn open(file: &'static StoredFile, dir: &Path, folder: &[folder::KnowledgeFile]) -> Result<Self, KnowledgeError> {
        let name = file.file_name();
        // Upper and lower case do not tell files apart on Windows, where writing would replace the other one.
        let same_name = |other: &&folder::KnowledgeFile| {
            other.path.file_name().is_some_and(|other| other.to_string_lossy().eq_ignore_ascii_case(&name))
        };
        let existing = folder.iter().find(same_name);
        if let Some(other) = existing.filter(|other| !std::ptr::eq(other.file, file)) {
            return Err(KnowledgeError::Misnamed { path: other.path.clone(), holds: other.file.file_name() });
        }
        let path = existing.map_or_else(|| dir.join(&name), |own| own.path.clone());
        let own: BTreeSet<Vec<String>> = folder
            .iter()
            .filter(|other| other.path == path)
            .flat_map(|other| other.rows.iter().map(|(_, row)| file.identity(row)))
            .collect();
        let mut rows = BTreeMap::new();
        let mut elsewhere = BTreeMap::new();
        for (identity, placed) in folder::collect(folder, file)? {
            let target = if own.contains(&identity) { &mut rows } else { &mut elsewhere };
            target.insert(identity, placed.row.clone());
        }
        Ok(Self { file, path, rows_before: rows.len(), rows, elsewhere })
    }

    fn put(&mut self, row: StoredRow) -> Put {
        let identity = self.file.identity(&row);
        // A row without days says what always holds, so a notice says it again or contradicts it.
        let undated = self.file.undated(&row);
        let known = [&identity, &undated]
            .into_iter()
            .find_map(|known| self.rows.get(known).or_else(|| self.elsewhere.get(known)));
        match known {
            Some(known) if self.file.says(known) == self.file.says(&row) => Put::Repeat,
            Some(known) => {
                Put::Contradicts { stored: self.file.says(known), source: self.file.cell(known, "source").to_owned() }
            }
            None => {
                self.rows.insert(identity, row);
                Put::Stored
            }
        }
    }
}

fn import_file(
    path: &Path,
    shelves: &mut [Shelf],
    valid_from: Option<i32>,
) -> Result<Vec<SheetSummary>, KnowledgeError> {
    let sheets = sheets::read(path)?;
    let recognised: Vec<Option<Recognised>> = sheets.iter().map(layout::recognise).collect();
    if recognised.iter().all(Option::is_none) {
        let first = sheets.iter().find_map(|sheet| Some((sheet, sheet.rows.first()?)));
        return Err(KnowledgeError::Notice {
            path: path.to_path_buf(),
            sheet: first.and_then(|(sheet, _)| sheet.name.clone()).unwrap_or_else(|| "the file".to_owned()),
            seen: first.map_or_else(|| "(empty)".to_owned(), |(_, row)| row.cells.join(",")),
            known: layout::known_headers(),
        });
    }
    let source = source_name(path);
    // The sheet of codes does not say on what the limits rest; its rows have no days of their own.
    let held = |known: Option<&Recognised>| match known {
        Some(known) if !matches!(known.layout, Layout::DrugCode | Layout::PointCodes) => {
            days::held(&source, known.basis(), valid_from)
        }
        _ => Held::default(),
    };
    let filled = sheets.iter().zip(&recognised).filter(|(sheet, _)| !sheet.rows.is_empty());
    let summaries = filled.map(|(sheet, known)| {
        let origin = Origin { source: &source, held: held(known.as_ref()) };
        import_sheet(path, sheet, known.as_ref(), &origin, shelves)
    });
    Ok(summaries.collect())
}

/// Where the rows of a sheet are from, and when they hold.
struct Origin<'a> {
    source: &'a str,
    held: Held,
}

fn import_sheet(
    path: &Path,
    sheet: &Sheet,
    recognised: Option<&Recognised>,
    origin: &Origin<'_>,
    shelves: &mut [Shelf],
) -> SheetSummary {
    // Titles above the header are no rows; in a sheet without a known header every row is one, and a reject.
    let first = recognised.map_or(0, |known| known.header_row + 1);
    let rows = sheet.rows.get(first..).unwrap_or_default();
    let mut summary = SheetSummary {
        file: path.to_path_buf(),
        sheet: sheet.name.clone(),
        layout: recognised.map(|known| known.layout),
        rows_in: rows.len(),
        stored: 0,
        repeats: 0,
        rejected: Vec::new(),
        begin_date: origin.held.begin_date.clone(),
        end_date: origin.held.end_date.clone(),
    };
    for row in rows {
        let refusal = match recognised {
            None => Some(Refusal::row(&row.cells, RejectReason::UnknownSheet)),
            Some(known) => match interpret(known, &row.cells, origin) {
                Err(refusal) => Some(refusal),
                Ok((file, stored_row)) => match shelves.iter_mut().find(|shelf| std::ptr::eq(shelf.file, file)) {
                    None => Some(Refusal::row(&row.cells, RejectReason::UnknownLimitType)),
                    Some(shelf) => match shelf.put(stored_row) {
                        Put::Stored => {
                            summary.stored += 1;
                            None
                        }
                        Put::Repeat => {
                            summary.repeats += 1;
                            None
                        }
                        Put::Contradicts { stored, source } => {
                            Some(Refusal::row(&row.cells, RejectReason::Contradicts { stored, source }))
                        }
                    },
                },
            },
        };
        if let Some(Refusal { column, value, reason }) = refusal {
            summary.rejected.push(Reject { line: row.line, column, value, reason });
        }
    }
    summary
}

/// Why a row cannot be stored, and the cell that it is about.
struct Refusal {
    column: String,
    value: String,
    reason: RejectReason,
}

impl Refusal {
    /// The row as a whole is refused; its first text stands for it.
    fn row(cells: &[String], reason: RejectReason) -> Self {
        let value = cells.iter().find(|cell| !cell.is_empty()).cloned().unwrap_or_default();
        Self { column: String::new(), value, reason }
    }
}

/// The stored row that a row of a notice is, and the file it belongs to.
fn interpret(
    known: &Recognised,
    cells: &[String],
    origin: &Origin<'_>,
) -> Result<(&'static StoredFile, StoredRow), Refusal> {
    // A total or a remark fills one cell, often merged over the whole width; a knowledge point needs at least two.
    // Others have the total's number beside their name, or a remark in place of an item.
    let remark = |cell: &String| {
        ["合计", "总计", "备注:", "备注：", "说明:", "说明："].iter().any(|word| cell.starts_with(word))
    };
    if cells.iter().filter(|cell| !cell.is_empty()).count() < 2 || cells.iter().take(2).any(remark) {
        return Err(Refusal::row(cells, RejectReason::NoKnowledge));
    }
    if cells.iter().skip(known.width).any(|cell| !cell.is_empty()) {
        return Err(Refusal::row(cells, RejectReason::TooWide));
    }
    let text = |field| known.cell(field, cells);
    let at = |field| {
        move |reason| Refusal {
            column: known.header(field).to_owned(),
            value: known.cell(field, cells).to_owned(),
            reason,
        }
    };
    let code = |field| wording::national_code(text(field)).map_err(at(field));
    let drug_name = || match text(Field::DrugName) {
        "" => Err(at(Field::DrugName)(RejectReason::Empty)),
        name => Ok(name.to_owned()),
    };
    let limit = || {
        let kind = wording::kind(text(Field::LimitType)).map_err(at(Field::LimitType))?;
        wording::limit(kind, text(Field::Limit), text(Field::Wording)).map_err(at(Field::Limit))
    };

    let mut subject = Subject::Item;
    let mut values = Vec::new();
    let kind = match known.layout {
        Layout::DrugCode => {
            let kind = wording::kind(text(Field::LimitType)).map_err(at(Field::LimitType))?;
            if stored_file(kind, Subject::DrugName).is_none() {
                return Err(at(Field::LimitType)(RejectReason::UnknownLimitType));
            }
            subject = Subject::DrugCode;
            values.push(("limit", kind.to_owned()));
            values.push(("drug_name", drug_name()?));
            values.push(("item_code", code(Field::Code)?));
            "drug_codes"
        }
        Layout::DrugLimit => {
            let fact = limit()?;
            subject = Subject::DrugName;
            values.push(("drug_name", drug_name()?));
            values.extend(fact.values);
            fact.kind
        }
        Layout::IncludedItem => {
            values.push(("main_item_code", code(Field::MainCode)?));
            values.push(("main_item_name", text(Field::MainName).to_owned()));
            values.push(("part_item_code", code(Field::PartCode)?));
            values.push(("part_item_name", text(Field::PartName).to_owned()));
            let fact = wording::window(text(Field::Window)).map_err(at(Field::Window))?;
            values.extend(fact.values);
            fact.kind
        }
        Layout::PointCodes => {
            let rule = known.rule.filter(|rule| stored_file(rule.kind, Subject::DrugName).is_some());
            let rule = rule.ok_or_else(|| Refusal::row(cells, RejectReason::UnknownLimitType))?;
            subject = Subject::DrugCode;
            values.push(("limit", rule.kind.to_owned()));
            values.push(("drug_name", drug_name()?));
            values.push(("item_code", code(Field::Code)?));
            "drug_codes"
        }
        Layout::Points => {
            let rule = known.rule.ok_or_else(|| Refusal::row(cells, RejectReason::UnknownLimitType))?;
            let point = Point {
                limit: text(Field::Limit),
                logic: text(Field::Logic),
                basis: text(Field::Basis),
                window: text(Field::Window),
                max_count: text(Field::MaxCount),
                period: text(Field::PeriodDays),
            };
            let fact = notice::fact(rule, &point).map_err(at(Field::Basis))?;
            if known.has(Field::MainCode) {
                values.push(("main_item_code", code(Field::MainCode)?));
                values.push(("main_item_name", text(Field::MainName).to_owned()));
                values.push(("part_item_code", code(Field::PartCode)?));
                values.push(("part_item_name", text(Field::PartName).to_owned()));
            } else if known.has(Field::Code) {
                values.push(("item_code", code(Field::Code)?));
                values.push(("item_name", text(Field::ItemName).to_owned()));
            } else {
                subject = Subject::DrugName;
                values.push(("drug_name", drug_name()?));
            }
            values.extend(fact.values);
            values.push(("rule", rule.name.to_owned()));
            fact.kind
        }
        Layout::ItemLimit | Layout::Frequency | Layout::Period | Layout::Remark => {
            let fact =
                match known.layout {
                    Layout::Frequency => wording::frequency(text(Field::MaxCount), text(Field::CountUnit))
                        .map_err(at(Field::MaxCount))?,
                    Layout::Period => wording::period(text(Field::MaxCount), text(Field::PeriodDays))
                        .map_err(at(Field::PeriodDays))?,
                    Layout::Remark => wording::remark(text(Field::Wording)).map_err(at(Field::Wording))?,
                    _ => limit()?,
                };
            let name = [Field::ItemName, Field::DrugName].map(text).into_iter().find(|name| !name.is_empty());
            values.push(("item_code", code(Field::Code)?));
            values.push(("item_name", name.unwrap_or_default().to_owned()));
            values.extend(fact.values);
            fact.kind
        }
    };
    // A frequency has no explanation of its own; its unit (24 小时, stored as 24 a day) should stay readable.
    let wording = match known.layout {
        Layout::Frequency => format!("{}{}", text(Field::MaxCount), text(Field::CountUnit)),
        Layout::Points if known.has(Field::MaxCount) => format!("{}{}", text(Field::MaxCount), text(Field::Basis)),
        Layout::Points => text(Field::Basis).to_owned(),
        _ => text(Field::Wording).to_owned(),
    };
    values.push(("wording", wording));
    values.push(("source", origin.source.to_owned()));
    values.push(("begin_date", origin.held.begin_date.clone()));
    values.push(("end_date", origin.held.end_date.clone()));
    values.push(("edition", origin.held.edition.clone()));
    let file = stored_file(kind, subject).ok_or_else(|| at(Field::LimitType)(RejectReason::UnknownLimitType))?;
    Ok((file, file.row(&values)))
}

/// The notice a file is: its name without ending, and without the mark of a sheet saved as CSV (`…__Sheet1.csv`), so that
/// both sheets of a notice, and the workbook itself, have one source.
fn source_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    match stem.rsplit_once("__") {
        Some((notice, sheet)) if sheet.starts_with("Sheet") => notice.to_owned(),
        _ => stem.into_owned(),
    }
}

fn sheet_title(path: &Path, sheet: Option<&str>) -> String {
    sheet.map_or_else(|| path.display().to_string(), |sheet| format!("{} ({sheet})", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn notice(dir: &Path, name: &str, text: &str) -> PathBuf {
        let path = dir.join(name);
        fs::write(&path, text).expect("written");
        path
    }

    fn counts(summary: &ImportSummary) -> Vec<(usize, usize, usize, usize)> {
        let sheets = summary.sheets.iter();
        sheets.map(|sheet| (sheet.rows_in, sheet.stored, sheet.repeats, sheet.rejected.len())).collect()
    }

    const SEX: &str = "项目名称,项目说明,国标代码,限定类型,限定性别\n甲,,002101030280000,限定性别对象,男\n\
                       乙,,002101030300000,限定性别对象,女\n丙,,2101030300000,限定性别对象,女\n\
                       丁,,002101030310000,限定性别对象,双\n合计,,,,\n";

    #[test]
    fn every_row_is_stored_repeated_or_rejected_with_its_reason() {
        let temp = tempfile::tempdir().expect("temporary folder");
        let file = notice(temp.path(), "限定性别.csv", SEX);
        let dir = temp.path().join("knowledge");
        let summary = import_notices(std::slice::from_ref(&file), &dir, None).expect("imported");
        assert_eq!(counts(&summary), [(5, 2, 0, 3)]);
        let rejected: Vec<_> = summary.sheets[0]
            .rejected
            .iter()
            .map(|reject| (reject.line, reject.column.as_str(), &reject.reason))
            .collect();
        assert_eq!(
            rejected,
            [
                (4, "国标代码", &RejectReason::NotACode),
                (5, "限定性别", &RejectReason::UnknownWording),
                (6, "", &RejectReason::NoKnowledge),
            ]
        );
        let stored = fs::read(dir.join("sex_limit.csv")).expect("stored");
        assert!(stored.starts_with(
            b"\xef\xbb\xbfitem_code,item_name,gend,begin_date,end_date,rule,edition,wording,source\n002101030280000,"
        ));

        let again = import_notices(&[file], &dir, None).expect("imported again");
        assert_eq!(counts(&again), [(5, 0, 2, 3)]);
        assert!(again.written.is_empty());
        assert_eq!(fs::read(dir.join("sex_limit.csv")).expect("stored"), stored);
    }

    #[test]
    fn a_contradiction_is_a_reject_that_names_what_is_stored() {
        let temp = tempfile::tempdir().expect("temporary folder");
        let first = notice(temp.path(), "a.csv", SEX);
        let second =
            notice(temp.path(), "b.csv", "项目名称,国标代码,限定类型,限定性别\n甲,002101030280000,限定性别,女\n");
        let dir = temp.path().join("knowledge");
        // Whatever the order of the arguments, a.csv is read first.
        let summary = import_notices(&[second, first], &dir, None).expect("imported");
        assert_eq!(counts(&summary), [(5, 2, 0, 3), (1, 0, 0, 1)]);
        let stored = RejectReason::Contradicts { stored: "gend=1".to_owned(), source: "a".to_owned() };
        assert_eq!(summary.sheets[1].rejected[0].reason, stored);
    }

    #[test]
    fn drug_sheets_may_come_in_any_order_and_in_two_calls() {
        let temp = tempfile::tempdir().expect("temporary folder");
        let limits = "药品通用名,药品说明,限定类型,限定对象\n丸Ⅱ,,限定性别对象,女\n散,,限定性别对象,男\n";
        let codes = "药品通用名,序号,药品代码,限定类型\n丸II,1,ZA04CAE0023010100166,限定性别对象\n\
                     膏,1,ZA04CAE0023010100167,限定性别对象\n";
        let limits = notice(temp.path(), "药品__Sheet1.csv", limits);
        let codes = notice(temp.path(), "药品__Sheet2.csv", codes);
        let dir = temp.path().join("knowledge");
        let first = import_notices(&[codes], &dir, None).expect("imported");
        assert_eq!((counts(&first), first.unmatched[0].codes), (vec![(2, 2, 0, 0)], 2));
        let second = import_notices(&[limits], &dir, None).expect("imported");
        assert_eq!(
            second.unmatched,
            [UnmatchedDrugs {
                limit: "sex_limit",
                codes: 1,
                names_without_limit: vec!["膏".to_owned()],
                names_without_codes: vec!["散".to_owned()],
            }]
        );
    }

    #[test]
    fn peoples_own_files_count_as_known_and_are_left_alone() {
        let temp = tempfile::tempdir().expect("temporary folder");
        let file = notice(temp.path(), "a.csv", SEX);
        let dir = temp.path().join("knowledge");
        fs::create_dir(&dir).expect("made");
        let own = notice(&dir, "own.csv", "item_code,gend\n002101030280000,1\n");
        let summary = import_notices(&[file], &dir, None).expect("imported");
        assert_eq!(counts(&summary), [(5, 1, 1, 3)]);
        assert_eq!(fs::read_to_string(own).expect("there"), "item_code,gend\n002101030280000,1\n");
    }

    #[test]
    fn an_unknown_file_stops_no_other_and_a_locked_folder_all() {
        let temp = tempfile::tempdir().expect("temporary folder");
        let known = notice(temp.path(), "a.csv", SEX);
        let unknown = notice(temp.path(), "b.csv", "序号,名称\n1,甲\n");
        let dir = temp.path().join("knowledge");
        let summary = import_notices(&[known.clone(), unknown], &dir, None).expect("the other is imported");
        assert!(matches!(summary.unreadable[..], [KnowledgeError::Notice { .. }]));
        assert_eq!(counts(&summary), [(5, 2, 0, 3)]);
        fs::write(dir.join("sex_limit.csv"), "item_code,min_level\nA1,2\n").expect("written");
        let error = import_notices(std::slice::from_ref(&known), &dir, None).expect_err("another kind");
        assert!(matches!(error, KnowledgeError::Misnamed { .. }));
        fs::remove_file(dir.join("sex_limit.csv")).expect("removed");

        let lock = folder::lock(&dir).expect("free");
        assert!(matches!(import_notices(std::slice::from_ref(&known), &dir, None), Err(KnowledgeError::Busy(_))));
        drop(lock);
        assert!(import_notices(&[known], &dir, None).is_ok());
    }
}
