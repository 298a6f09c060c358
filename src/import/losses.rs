//! What an import lost: rows, cells of columns that rules need, and whole files, judged against limits per table and per file.
//!
//! A cell is lost when it holds something that could not be used; what the deliverer left empty, masked or filled with a placeholder was read
//! well. A table is judged by all its files together. A file of several is judged by itself too, since a small damaged one disappears in a
//! large table; but not for a handful of rows: see [`of_a_file`]. Rows that contradict a kept row are no loss, they have their own figure.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::layout::{Layout, Layouts, columns_of, header_name};
use super::reject::Reason;
use super::staged::STAGED;
use super::summary::{Skipped, SkippedFile, Waterfall};
use crate::casestore::store::{ColumnAccount, Example, ImportedFile, MASKED_KEY};
use crate::lang::Text;

/// Rows that a file of several has to lose for being judged by itself, unless it loses more than half of what it has.
const HANDFUL: u64 = 10;

/// Masked numbers of persons that are told as a defect, in millionths: of a fifth of the patients nobody can say who they are. Fewer are
/// common, as some platforms mask children and staff, and are shown beside the check.
pub const MASKED_PERSONS_PPM: u32 = 200_000;

/// How much of what was delivered may be lost, in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossLimits {
    /// Of the rows of a table or file.
    pub rows_ppm: u32,
    /// Of the filled cells of a column that a rule needs.
    pub cells_ppm: u32,
}

impl Default for LossLimits {
    /// 0.1 % of the rows, as the collection list allows for bills, and 1 % of the cells.
    fn default() -> Self {
        Self { rows_ppm: 1_000, cells_ppm: 10_000 }
    }
}

/// By what an import is judged.
#[derive(Debug, Clone, Default)]
pub struct Judging {
    /// What may be lost.
    pub limits: LossLimits,
    /// Staged columns, `table.column`, that some rule needs.
    pub needed: BTreeSet<String>,
}

/// What is lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossKind {
    /// A whole file that may hold claims could not be read.
    #[default]
    File,
    /// Rows that could not be used.
    Rows,
    /// Cells of a needed column that could not be used.
    Cells,
    /// Rows that were read and then had no date, visit or institution to be looked at by.
    Unplaced,
    /// Rows whose key was delivered masked or as a placeholder.
    MaskedKeys,
    /// Numbers of persons that were delivered masked: the rows are there, but nobody can be told apart.
    MaskedPersons,
}

impl LossKind {
    /// Whether data is missing from the tables; masked persons are in them, namelessly.
    pub fn is_missing(self) -> bool {
        self != Self::MaskedPersons
    }
}

/// One loss beyond its limit: of a table over all its files, or of one file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    /// What is lost.
    pub kind: LossKind,
    /// The file that lost most, or the only one.
    pub file: String,
    /// How many files lost something of the kind.
    pub files: u64,
    /// Layout of the table, such as `fee_list_d`; empty where it cannot be told.
    pub layout: String,
    /// What that layout holds.
    pub title: Text,
    /// Header of the column; empty where rows or a file are lost.
    pub column: String,
    /// Rows or cells that could not be used.
    pub lost: u64,
    /// Of so many.
    pub of: u64,
    /// Why, as in rejects.csv: reason and number.
    pub reasons: BTreeMap<String, u64>,
    /// The first of them in the file.
    pub example: Option<Example>,
    /// Header of the column that the row of the example was rejected for, where there is one.
    pub because_of: String,
    /// Columns that the file lacks, where rows have no key for it.
    pub lacking: Vec<String>,
    /// Why a whole file was not read.
    pub why: Text,
    /// Staged columns that this hurts; where there are none, the staged tables do.
    pub columns: Vec<String>,
    /// Staged tables that this hurts; none where it may be any.
    pub tables: Vec<String>,
}

impl Loss {
    /// Whether it hurts one of these staged columns.
    pub fn hurts(&self, needed: &BTreeSet<String>) -> bool {
        if !self.columns.is_empty() {
            return self.columns.iter().any(|column| needed.contains(column));
        }
        let of_table = |column: &str| {
            let table = column.split('.').next().unwrap_or_default();
            self.tables.is_empty() || self.tables.iter().any(|hurt| hurt == table)
        };
        needed.iter().any(|column| of_table(column))
    }

    /// Whether nothing is left.
    pub const fn is_whole(&self) -> bool {
        self.lost >= self.of
    }
}

/// The greatest share of a kind that was found, within its limit or not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worst {
    /// Rows or cells lost.
    pub lost: u64,
    /// Of so many.
    pub of: u64,
    /// Layout, or layout and column.
    pub name: String,
}

/// What was lost, against the limits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Losses {
    /// What may be lost.
    pub limits: LossLimits,
    /// What is beyond its limit, the gravest kind first.
    pub beyond: Vec<Loss>,
    /// The greatest share of each kind over the tables.
    pub worst: BTreeMap<LossKind, Worst>,
}

impl Losses {
    /// Whether data is missing beyond the limits: a run over it does not end as one over whole data.
    pub fn are_missing(&self) -> bool {
        self.beyond.iter().any(|loss| loss.kind.is_missing())
    }

    /// The losses of a kind.
    pub fn of(&self, kind: LossKind) -> impl Iterator<Item = &Loss> {
        self.beyond.iter().filter(move |loss| loss.kind == kind)
    }
}

/// Judges what was delivered: `files` are those in the store, `skipped` those that were not read, `waterfall` and `rows` (per canonical table)
/// tell what became of the rows that were staged.
pub fn judge(
    files: &[ImportedFile],
    skipped: &[SkippedFile],
    waterfall: &Waterfall,
    rows: &BTreeMap<String, u64>,
    judging: &Judging,
    layouts: &Layouts,
) -> Losses {
    let mut judge = Judge { judging, layouts, losses: Losses { limits: judging.limits, ..Losses::default() } };
    for file in skipped.iter().filter(|file| file.kind == Skipped::Refused) {
        judge.refused(file);
    }
    let mut tables: BTreeMap<&str, Vec<&ImportedFile>> = BTreeMap::new();
    for file in files {
        tables.entry(&file.layout).or_default().push(file);
    }
    for (layout, files) in tables {
        judge.table(layout, &files);
    }
    judge.unplaced(waterfall, rows);
    // Gravest kind first, then by share; names decide between equals, so that the order never depends on that of the files.
    let mut losses = judge.losses;
    losses.beyond.sort_by(|one, other| {
        let by_share =
            (u128::from(other.lost) * u128::from(one.of)).cmp(&(u128::from(one.lost) * u128::from(other.of)));
        one.kind
            .cmp(&other.kind)
            .then(by_share)
            .then_with(|| (&one.layout, &one.column, &one.file).cmp(&(&other.layout, &other.column, &other.file)))
    });
    losses
}

/// What one file lost of a kind.
struct Part<'a> {
    file: &'a ImportedFile,
    lost: u64,
    of: u64,
    reasons: BTreeMap<String, u64>,
    example: Option<Example>,
    because_of: String,
}

impl Part<'_> {
    /// The columns for keys that the file lacks, where rows have no key.
    fn lacking(&self, keys: &[String]) -> Vec<String> {
        let keyless = self.reasons.contains_key(Reason::MissingKey.id());
        let missing = self.file.missing_columns.iter().filter(|column| keyless && keys.contains(column));
        missing.cloned().collect()
    }
}

struct Judge<'a> {
    judging: &'a Judging,
    layouts: &'a Layouts,
    losses: Losses,
}

impl Judge<'_> {
    fn layout(&self, name: &str) -> Option<&Layout> {
        self.layouts.own.iter().chain(&self.layouts.built_in).find(|layout| layout.name == name)
    }

    fn title(&self, layout: &str) -> Text {
        self.layout(layout).map(|known| Text::new(known.zh.clone(), known.name.clone())).unwrap_or_default()
    }

    /// Columns of a layout that keys without which no row is staged are made from.
    fn keys(&self, layout: &str) -> Vec<String> {
        let mut keys = Vec::new();
        for row in self.layout(layout).iter().flat_map(|layout| &layout.rows) {
            let table = &STAGED[row.table];
            for (position, expr) in &row.set {
                if table.required.contains(&table.columns[*position].name) {
                    columns_of(expr, &mut keys);
                }
            }
        }
        keys.into_iter().map(str::to_owned).collect()
    }

    fn table(&mut self, layout: &str, files: &[&ImportedFile]) {
        let mut tables: BTreeSet<String> = BTreeSet::new();
        for file in files {
            tables.insert(file.counted_table.clone());
            let fed = file.feeds.values().flatten();
            tables.extend(fed.filter_map(|column| Some(column.split_once('.')?.0.to_owned())));
        }
        let whole = Loss {
            layout: layout.to_owned(),
            title: self.title(layout),
            tables: tables.into_iter().collect(),
            ..Loss::default()
        };
        let rows = files.iter().map(|file| lost_rows(file)).collect();
        self.parts(Loss { kind: LossKind::Rows, ..whole.clone() }, rows);
        let masked = files.iter().map(|file| masked_rows(file)).collect();
        self.parts(Loss { kind: LossKind::MaskedKeys, ..whole.clone() }, masked);
        let mut columns: BTreeMap<String, Vec<(&ImportedFile, &str, &ColumnAccount)>> = BTreeMap::new();
        for file in files {
            for (column, account) in &file.columns {
                columns.entry(header_name(column)).or_default().push((file, column, account));
            }
        }
        for of_files in columns.into_values() {
            let Some((_, header, _)) = of_files.first() else { continue };
            let fed: BTreeSet<&String> =
                of_files.iter().flat_map(|(file, column, _)| file.feeds.get(*column).into_iter().flatten()).collect();
            let hurt: Vec<String> =
                fed.into_iter().filter(|column| self.judging.needed.contains(*column)).cloned().collect();
            if hurt.is_empty() {
                continue;
            }
            let cells = of_files.iter().map(|(file, _, account)| Part {
                file,
                lost: account.lost(),
                of: account.filled.max(account.lost()),
                reasons: account.unusable.clone(),
                example: account.example.clone(),
                because_of: String::new(),
            });
            let column = Loss { column: (*header).to_owned(), columns: hurt.clone(), ..whole.clone() };
            self.parts(Loss { kind: LossKind::Cells, ..column.clone() }, cells.collect());
            let persons: Vec<String> = hurt.into_iter().filter(|column| column.ends_with(".psn_key")).collect();
            if !persons.is_empty() {
                let masked = of_files.iter().map(|(file, column, account)| masked_persons(file, column, account));
                self.parts(Loss { kind: LossKind::MaskedPersons, columns: persons, ..column }, masked.collect());
            }
        }
    }

    /// Judges what the files of a table lost: together, and each by itself where together they are within the limit.
    fn parts(&mut self, mut loss: Loss, mut parts: Vec<Part<'_>>) {
        let limits = self.judging.limits;
        let keys = self.keys(&loss.layout);
        let limit = match loss.kind {
            LossKind::File | LossKind::Rows | LossKind::Unplaced => limits.rows_ppm,
            LossKind::Cells | LossKind::MaskedKeys => limits.cells_ppm,
            LossKind::MaskedPersons => MASKED_PERSONS_PPM,
        };
        let (lost, of) = parts.iter().fold((0, 0), |(lost, all), part| (lost + part.lost, all + part.of));
        self.worst(&loss, lost, of);
        parts.retain(|part| part.lost > 0);
        // The one that lost most is shown; of equals the first by name.
        parts.sort_by(|one, other| (other.lost, &one.file.source).cmp(&(one.lost, &other.file.source)));
        if is_beyond(lost, of, limit) {
            let Some(worst) = parts.first() else { return };
            loss.file.clone_from(&worst.file.source);
            loss.example.clone_from(&worst.example);
            loss.because_of.clone_from(&worst.because_of);
            loss.lacking = worst.lacking(&keys);
            loss.files = parts.len() as u64;
            (loss.lost, loss.of) = (lost, of);
            for (reason, count) in parts.iter().flat_map(|part| &part.reasons) {
                *loss.reasons.entry(reason.clone()).or_default() += count;
            }
            self.losses.beyond.push(loss);
            return;
        }
        for part in parts.into_iter().filter(|part| of_a_file(part.lost, part.of, limit)) {
            self.losses.beyond.push(Loss {
                file: part.file.source.clone(),
                files: 1,
                lost: part.lost,
                of: part.of,
                lacking: part.lacking(&keys),
                reasons: part.reasons,
                example: part.example,
                because_of: part.because_of,
                ..loss.clone()
            });
        }
    }

    fn worst(&mut self, loss: &Loss, lost: u64, of: u64) {
        let worst = self.losses.worst.entry(loss.kind).or_default();
        if u128::from(lost) * u128::from(worst.of.max(1)) > u128::from(worst.lost) * u128::from(of.max(1))
            || worst.of == 0
        {
            let dot = if loss.column.is_empty() { "" } else { "." };
            *worst = Worst { lost, of, name: format!("{}{dot}{}", loss.layout, loss.column) };
        }
    }

    fn refused(&mut self, file: &SkippedFile) {
        let name = file.name.rsplit(['/', '\\', '!']).next().unwrap_or_default().to_lowercase();
        let all = self.layouts.own.iter().chain(&self.layouts.built_in);
        let spoken = all.filter_map(|layout| {
            let word = layout.file_words.iter().filter(|word| name.contains(word.as_str())).map(String::len).max();
            Some((word?, layout))
        });
        // The longest word decides: settle_zy_detail holds settle_zy.
        let likely = spoken.max_by_key(|(length, layout)| (*length, std::cmp::Reverse(layout.name.clone())));
        let likely = likely.map(|(_, layout)| layout);
        let tables: BTreeSet<String> =
            likely.iter().flat_map(|layout| &layout.rows).map(|row| STAGED[row.table].name.clone()).collect();
        let layout = likely.map(|layout| layout.name.clone()).unwrap_or_default();
        self.losses.beyond.push(Loss {
            kind: LossKind::File,
            file: file.name.clone(),
            files: 1,
            title: self.title(&layout),
            layout,
            lost: 1,
            of: 1,
            why: file.reason.clone(),
            tables: tables.into_iter().collect(),
            ..Loss::default()
        });
    }

    /// Rows that were staged and are in no canonical table, as they have no day, visit or institution.
    fn unplaced(&mut self, waterfall: &Waterfall, rows: &BTreeMap<String, u64>) {
        let visits = waterfall.visits_undated + waterfall.visits_without_institution;
        let lines = waterfall.fee_lines_undated + waterfall.fee_lines_unplaced;
        let limits = self.judging.limits;
        let judged = |table: &str, lost: u64, limit: u32| {
            let of = rows.get(table).copied().unwrap_or_default() + lost;
            (lost, of, is_beyond(lost, of, limit))
        };
        let mut fees = judged("fee", lines, limits.rows_ppm);
        // Numbers of visits that were spelt otherwise in one of the tables: the lines are there, and belong to nobody. Some lines of visits
        // that are not in the export are common at its ends, so the limit is that of cells; without any visit a table is missing, not a match.
        let strangers = waterfall.fee_lines_without_visit.saturating_sub(waterfall.fee_lines_unplaced);
        if !fees.2 && rows.get("visit").is_some_and(|visits| *visits > 0) {
            let of = fees.1;
            let lost = lines + strangers;
            if is_beyond(lost, of, limits.cells_ppm) {
                fees = (lost, of, true);
            }
        }
        let visits = judged("visit", visits, limits.rows_ppm);
        for (table, zh, staged, (lost, of, beyond)) in
            [("visit", "就诊", "mdtrt", visits), ("fee", "费用明细", "fee", fees)]
        {
            let loss = Loss {
                kind: LossKind::Unplaced,
                layout: table.to_owned(),
                title: Text::new(zh, table),
                lost,
                of,
                tables: vec![staged.to_owned()],
                ..Loss::default()
            };
            self.worst(&loss, lost, of);
            if beyond {
                self.losses.beyond.push(loss);
            }
        }
    }
}

/// Rows of a file that could not be used. Rows in which there is nothing count only where a file has no others: an empty line of a list of
/// diagnoses is no loss, a list in which no column is recognised is.
fn lost_rows(file: &ImportedFile) -> Part<'_> {
    let whole = file.rows_in > 0 && file.rows_rejected >= file.rows_in;
    let counted = |reason: &str| whole || ![MASKED_KEY, Reason::NothingUsable.id()].contains(&reason);
    let named: u64 = file.lost_rows.values().map(|lost| lost.rows).sum();
    let mut part = Part {
        file,
        lost: file.rows_rejected.saturating_sub(named),
        of: file.rows_in,
        reasons: BTreeMap::new(),
        example: None,
        because_of: String::new(),
    };
    for (reason, lost) in file.lost_rows.iter().filter(|(reason, _)| counted(reason)) {
        part.lost += lost.rows;
        part.reasons.insert(reason.clone(), lost.rows);
        if part.example.as_ref().is_none_or(|known| lost.example.line < known.line) {
            part.example = Some(lost.example.clone());
            part.because_of.clone_from(&lost.column);
        }
    }
    part
}

/// Rows of a file whose key was delivered masked or as a placeholder.
fn masked_rows(file: &ImportedFile) -> Part<'_> {
    let whole = file.rows_rejected >= file.rows_in;
    let masked = file.lost_rows.get(MASKED_KEY).filter(|_| !whole);
    Part {
        file,
        lost: masked.map_or(0, |masked| masked.rows),
        of: file.rows_in,
        reasons: masked.map(|masked| (MASKED_KEY.to_owned(), masked.rows)).into_iter().collect(),
        example: masked.map(|masked| masked.example.clone()),
        because_of: masked.map(|masked| masked.column.clone()).unwrap_or_default(),
    }
}

/// Masked cells of a column that tells persons, where no other column tells them.
fn masked_persons<'a>(file: &'a ImportedFile, column: &str, account: &ColumnAccount) -> Part<'a> {
    let usable = |column: &str, account: &ColumnAccount| {
        let left_out = [&file.masked, &file.placeholders].map(|counts| counts.get(column).copied().unwrap_or_default());
        account.filled.saturating_sub(account.lost() + left_out[0] + left_out[1])
    };
    let tells = |column: &str| {
        file.feeds.get(column).is_some_and(|feeds| feeds.iter().any(|staged| staged.ends_with(".psn_key")))
    };
    let others = file.columns.iter().filter(|(other, _)| *other != column && tells(other));
    let by_another = others.map(|(other, account)| usable(other, account)).max().unwrap_or_default();
    let masked = file.masked.get(column).copied().unwrap_or_default();
    let lost = if by_another >= account.filled { 0 } else { masked };
    Part { file, lost, of: account.filled, reasons: BTreeMap::new(), example: None, because_of: String::new() }
}

const fn is_beyond(lost: u64, of: u64, limit_ppm: u32) -> bool {
    lost as u128 * 1_000_000 > limit_ppm as u128 * of as u128
}

/// Whether a file of several is damaged by itself. Its share must be beyond the limit, and that not for smallness alone: one bad row of three
/// is what happens, nine of two hundred too. Ten are more than happens, and so is more than half of whatever a file has.
const fn of_a_file(lost: u64, of: u64, limit_ppm: u32) -> bool {
    is_beyond(lost, of, limit_ppm) && (lost >= HANDFUL || lost.saturating_mul(2) > of)
}
