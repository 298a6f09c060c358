//! The `k_*` tables: seeds and knowledge folder merged, codes hashed to keys, in the columns that rules read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::error::ArrowError;
use include_dir::Dir;

use super::error::KnowledgeError;
use super::folder::{self, KnowledgeFile, UnmatchedDrugs};
use super::indication::{Meaning, Terms};
use super::prefix;
use super::stored::{self, StoredFile, StoredRow, Subject};
use super::validity;
use crate::casestore::key::{self, Namespace};
use crate::casestore::schema::{self, Column, ColumnType, Layout, TABLES};
use crate::item_code;
use crate::spelling::normalise;

/// Where rows of a table are from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Embedded in the program.
    Seed,
    /// From the knowledge folder: the notice or whatever else the rows name as their source.
    Folder(String),
}

/// How many rows of a table are from one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRows {
    /// Name of the table, such as `k_sex_limit`.
    pub table: String,
    /// Where the rows are from.
    pub origin: Origin,
    /// How many, after duplicates have collapsed.
    pub rows: usize,
}

/// The knowledge of a run.
#[derive(Debug)]
pub struct Knowledge {
    tables: BTreeMap<String, RecordBatch>,
    sources: Vec<SourceRows>,
    unmatched: Vec<UnmatchedDrugs>,
    indications: Indications,
}

/// What became of the indications (药品限适应症) that are known: by how many a claim can be judged at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Indications {
    /// Texts that are understood whole.
    pub decided: usize,
    /// Texts that are not, so that they decide nothing.
    pub undecided: usize,
    /// The phrases of these that no term is known for, with the number of texts they stand in, the commonest first.
    pub unknown: Vec<(String, usize)>,
}

impl Indications {
    /// Counts texts, not drugs: products of one name share theirs.
    fn of(file: &StoredFile, rows: &[&StoredRow], terms: &Terms) -> Self {
        let texts: BTreeSet<(&str, &str)> =
            rows.iter().map(|row| (file.cell(row, "item_name"), file.cell(row, "indication"))).collect();
        let mut counted = Self::default();
        let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
        for (_, text) in texts {
            match terms.meaning(text) {
                Meaning::Categories(_) => counted.decided += 1,
                Meaning::Undecided(phrases) => {
                    counted.undecided += 1;
                    for phrase in phrases.into_iter().collect::<BTreeSet<_>>() {
                        *unknown.entry(phrase).or_default() += 1;
                    }
                }
            }
        }
        counted.unknown = unknown.into_iter().collect();
        counted.unknown.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counted
    }
}

impl Knowledge {
    /// Merges `seeds` (see [`SEEDS`](super::seeds::SEEDS)) with the CSV files of a knowledge folder, where one is given.
    ///
    /// Rows are sorted by what they speak about and duplicates collapse. Where a seed and the folder say different things
    /// about the same item, the folder holds.
    ///
    /// # Errors
    /// When the folder is missing, a file of it is unusable, or two of its rows contradict each other.
    pub fn load(seeds: &Dir<'_>, dir: Option<&Path>) -> Result<Self, KnowledgeError> {
        let seeds = read_seeds(seeds)?;
        let mut folder = dir.map_or_else(|| Ok(Vec::new()), folder::read)?;
        let (joined, unmatched) = folder::join_drugs(&folder)?;
        folder.extend(joined);

        let terms = terms(&seeds, &folder)?;
        let mut indications = Indications::default();
        let mut tables = BTreeMap::new();
        let mut sources = Vec::new();
        for table in TABLES.iter().filter(|table| table.layout == Layout::Knowledge) {
            let kind = table.name.strip_prefix("k_").unwrap_or(&table.name);
            let Some(file) = stored::stored_file(kind, Subject::Item) else { continue };
            let mut rows: BTreeMap<Vec<String>, (Origin, &StoredRow)> = BTreeMap::new();
            for (identity, placed) in folder::collect(&folder, file)? {
                let source = file.cell(placed.row, "source").to_owned();
                rows.insert(identity, (Origin::Folder(source), placed.row));
            }
            for (identity, placed) in folder::collect(&seeds, file)? {
                rows.entry(identity).or_insert((Origin::Seed, placed.row));
            }
            let mut counts: BTreeMap<&Origin, usize> = BTreeMap::new();
            for (origin, _) in rows.values() {
                *counts.entry(origin).or_default() += 1;
            }
            sources.extend(counts.into_iter().map(|(origin, rows)| SourceRows {
                table: table.name.clone(),
                origin: origin.clone(),
                rows,
            }));
            let rows: Vec<&StoredRow> = rows.values().map(|(_, row)| *row).collect();
            let held = held_rows(file, &rows);
            let batch = if kind == INDICATION.kind {
                indications = Indications::of(file, &rows, &terms);
                batch(table, &INDICATION, &decided(file, &held, &terms))
            } else {
                batch(table, file, &held)
            };
            let batch = batch.map_err(|source| KnowledgeError::Table { table: table.name.clone(), source })?;
            tables.insert(table.name.clone(), batch);
        }
        Ok(Self { tables, sources, unmatched, indications })
    }

    /// A `k_*` table, in the schema of the case store's definition; with no rows when nothing is known. `None` for names
    /// that are no knowledge table.
    pub fn table(&self, name: &str) -> Option<&RecordBatch> {
        self.tables.get(name)
    }

    /// Rows per table and source, sorted.
    pub fn describe(&self) -> &[SourceRows] {
        &self.sources
    }

    /// What became of the indications.
    pub const fn indications(&self) -> &Indications {
        &self.indications
    }

    /// Drug names of the folder that lack their other half.
    pub fn unmatched(&self) -> &[UnmatchedDrugs] {
        &self.unmatched
    }
}

fn read_seeds(seeds: &Dir<'_>) -> Result<Vec<KnowledgeFile>, KnowledgeError> {
    let mut files = Vec::new();
    for seed in seeds.files().filter(|seed| !prefix::is_prefix_list(seed.path())) {
        let path = PathBuf::from(format!("built-in {}", seed.path().display()));
        let (file, rows) = stored::parse(&path, seed.contents())?;
        files.push(KnowledgeFile { path, file, rows });
    }
    Ok(files)
}

/// A row of a table with its first and its last day.
struct HeldRow {
    row: StoredRow,
    begin_day: i32,
    end_day: i32,
}

/// The rows of a file, once for each stretch of days on which they hold.
fn held_rows(file: &StoredFile, rows: &[&StoredRow]) -> Vec<HeldRow> {
    let stretches = validity::stretches(file, rows);
    let rows = rows.iter().zip(stretches);
    let held = rows.flat_map(|(row, days)| {
        days.into_iter().map(|(begin_day, end_day)| HeldRow { row: (*row).clone(), begin_day, end_day })
    });
    held.collect()
}

/// The terms of seeds and folder.
fn terms(seeds: &[KnowledgeFile], folder: &[KnowledgeFile]) -> Result<Terms, KnowledgeError> {
    let Some(file) = stored::stored_file("disease_term", Subject::Item) else { return Ok(Terms::default()) };
    // The folder has the last word.
    let mut rows = folder::collect(seeds, file)?;
    rows.extend(folder::collect(folder, file)?);
    Ok(Terms::new(rows.values().map(|placed| (file.cell(placed.row, "term"), file.cell(placed.row, "dx3")))))
}

/// The form of `k_indication_limit`: what the stored texts mean, one row for each category.
static INDICATION: LazyLock<StoredFile> =
    LazyLock::new(|| StoredFile::plain("indication_limit", &["item_code", "indication", "dx3"]));

/// Each row once for each category that its words allow; once without a category where they decide nothing.
fn decided(file: &StoredFile, rows: &[HeldRow], terms: &Terms) -> Vec<HeldRow> {
    // Most drugs share their text with others.
    let mut meanings: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut decided = Vec::new();
    for held in rows {
        let categories =
            meanings.entry(file.cell(&held.row, "indication")).or_insert_with_key(|text| match terms.meaning(text) {
                Meaning::Categories(categories) => categories.into_iter().collect(),
                Meaning::Undecided(_) => vec![String::new()],
            });
        for dx3 in categories.iter() {
            let code = file.cell(&held.row, "item_code").to_owned();
            let indication = file.cell(&held.row, "indication").to_owned();
            let row = INDICATION.row(&[("item_code", code), ("indication", indication), ("dx3", dx3.clone())]);
            decided.push(HeldRow { row, begin_day: held.begin_day, end_day: held.end_day });
        }
    }
    decided
}

fn batch(table: &schema::Table, file: &StoredFile, rows: &[HeldRow]) -> Result<RecordBatch, ArrowError> {
    let columns: Result<Vec<ArrayRef>, ArrowError> =
        table.columns.iter().map(|column| array(column, file, rows)).collect();
    RecordBatch::try_new(table.arrow(), columns?)
}

/// Text columns that rules compare with what exports hold.
const NORMALISED: [&str; 8] =
    ["provided_name", "resale_drug_name", "certno", "benefit_dx3", "support_dx3", "dx3", "drug_class", "earlier_class"];

/// The stored column that a column of a table is made of.
fn stored_name(column: &str) -> String {
    match column {
        "note" => "source".to_owned(),
        "psn_key" => "psn_no".to_owned(),
        _ => {
            let made = [("_key", "_code"), ("_e4", ""), ("_day", "_date")];
            let made = made.iter().find_map(|(suffix, stored)| Some((column.strip_suffix(suffix)?, stored)));
            made.map_or_else(|| column.to_owned(), |(stem, stored)| format!("{stem}{stored}"))
        }
    }
}

fn array(column: &Column, file: &StoredFile, rows: &[HeldRow]) -> Result<ArrayRef, ArrowError> {
    let stored = stored_name(&column.name);
    let cells =
        rows.iter().map(|held| Some(file.cell(&held.row, &stored)).filter(|cell| !(column.null && cell.is_empty())));
    let number = |cell: Option<&str>| match cell {
        None => Ok(None),
        Some(cell) => cell.parse::<i32>().map(Some).map_err(|error| ArrowError::ParseError(error.to_string())),
    };
    Ok(match column.kind {
        ColumnType::Bigint if column.name.ends_with("_key") => {
            let of_person = column.name == "psn_key";
            let keyed = |code: &str| match of_person {
                true => key::key(Namespace::Person, &[code]),
                // What is said of a code with a local part is said of its national item, which fee lines are joined by.
                false => key::key(Namespace::Item, &[&item_code::joined_by(code)]),
            };
            Arc::new(cells.map(|cell| cell.map(keyed)).collect::<Int64Array>())
        }
        // An open end is the day that stands for it everywhere in the case store.
        ColumnType::Int if column.name == "begin_day" => {
            Arc::new(rows.iter().map(|held| Some(held.begin_day)).collect::<Int32Array>())
        }
        ColumnType::Int if column.name == "end_day" => {
            Arc::new(rows.iter().map(|held| Some(held.end_day)).collect::<Int32Array>())
        }
        ColumnType::Bigint => {
            let scaled = cells.map(|cell| Ok(number(cell)?.map(|count| i64::from(count) * 10_000)));
            Arc::new(scaled.collect::<Result<Int64Array, ArrowError>>()?)
        }
        ColumnType::Int => Arc::new(cells.map(number).collect::<Result<Int32Array, ArrowError>>()?),
        // Names and numbers are compared with those of exports, so they are normalised like them; notes are shown as they are.
        ColumnType::Text if NORMALISED.contains(&column.name.as_str()) => {
            Arc::new(cells.map(|cell| cell.map(normalise)).collect::<StringArray>())
        }
        ColumnType::Text => Arc::new(cells.collect::<StringArray>()),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use arrow::array::AsArray;
    use arrow::datatypes::{Int32Type, Int64Type};

    use super::super::seeds::SEEDS;
    use super::*;

    #[test]
    fn every_column_of_every_table_has_a_stored_column() {
        for table in TABLES.iter().filter(|table| table.layout == Layout::Knowledge) {
            let file = stored::stored_file(table.name.trim_start_matches("k_"), Subject::Item);
            let file = file.unwrap_or_else(|| panic!("{} has no stored file", table.name));
            // Indications are stored as their words.
            for column in table.columns.iter().filter(|column| column.name != "dx3") {
                let stored = stored_name(&column.name);
                assert!(file.columns.iter().any(|known| known.name == stored), "{}.{}", table.name, column.name);
            }
        }
    }

    #[test]
    fn seeds_load_alone_and_give_every_table() {
        let knowledge = Knowledge::load(&SEEDS, None).expect("loaded");
        for table in TABLES.iter().filter(|table| table.layout == Layout::Knowledge) {
            let batch = knowledge.table(&table.name).expect("a table");
            assert_eq!(batch.schema(), table.arrow());
        }
        for table in ["k_included_item", "k_daily_item", "k_hourly_item", "k_second_operation", "k_known_swap"] {
            assert!(knowledge.table(table).expect("a table").num_rows() > 0, "{table}");
        }
        assert!(knowledge.table("fee").is_none());
    }

    #[test]
    fn the_folder_has_the_last_word_and_duplicates_collapse() {
        let temp = tempfile::tempdir().expect("temporary folder");
        let seeds = Dir::new("", &[]);
        fs::write(temp.path().join("own.csv"), "item_code,minutes_per_unit\na1,30\nＡ１,30\nA2,60\n").expect("written");
        fs::write(temp.path().join("notes.txt"), "not read").expect("written");
        let folder_only = Knowledge::load(&seeds, Some(temp.path())).expect("loaded");
        let batch = folder_only.table("k_hourly_item").expect("a table");
        assert_eq!(batch.column(0).as_primitive::<Int64Type>().value(0), key::key(Namespace::Item, &["A1"]));
        assert_eq!(batch.column(1).as_primitive::<Int32Type>().values(), &[30, 60]);

        let alone = Knowledge::load(&SEEDS, None).expect("loaded");
        let rows = alone.table("k_hourly_item").expect("a table").num_rows();
        fs::write(temp.path().join("own.csv"), "item_code,minutes_per_unit\n001201000010000,30\n").expect("written");
        let both = Knowledge::load(&SEEDS, Some(temp.path())).expect("loaded");
        assert_eq!(both.table("k_hourly_item").expect("a table").num_rows(), rows);
        let hourly: Vec<_> = both.describe().iter().filter(|source| source.table == "k_hourly_item").collect();
        assert_eq!((hourly[0].rows, &hourly[1].origin), (rows - 1, &Origin::Folder(String::new())));
    }

    #[test]
    fn rows_that_contradict_each_other_are_an_error_that_names_both() {
        let temp = tempfile::tempdir().expect("temporary folder");
        fs::write(temp.path().join("a.csv"), "item_code,gend\nA1,1\n").expect("written");
        fs::write(temp.path().join("b.csv"), "gend,item_code\n2,A1\n").expect("written");
        let message = Knowledge::load(&SEEDS, Some(temp.path())).expect_err("contradiction").to_string();
        assert!(message.contains("a.csv, line 2") && message.contains("b.csv, line 2"), "{message}");
        assert!(Knowledge::load(&SEEDS, Some(&temp.path().join("missing"))).is_err());
    }
}
