//! A finished report read back: its findings and evidence as rows of plain values, its manifest, the names of institutions.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Deserialize;

use super::columns::Value;
use super::manifest;
use super::summary::{ModelTitle, RuleRun};
use crate::explained::{Explained, Told, io_zh};
use crate::model::SuspectKind;

/// Why a report cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// No report there.
    #[error("{} is no report of this program", .0.display())]
    NotAReport(PathBuf),
    /// A file of it cannot be read.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A Parquet file of it is damaged.
    #[error("{}: {message}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

impl Explained for StoredError {
    fn told(&self) -> Told {
        match self {
            Self::NotAReport(path) => Told::new("FJ-610", format!("{} 不是本程序的报告", path.display())),
            Self::Io { path, source } => Told::new("FJ-611", format!("{}：{}", path.display(), io_zh(source))),
            Self::Damaged { path, message } => Told::new("FJ-612", format!("{} 已损坏（{message}）", path.display())),
        }
    }
}

/// A stored table: columns and rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredTable {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Cells of each row.
    pub rows: Vec<Vec<Value<'static>>>,
}

impl StoredTable {
    /// The number of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The cell of a row in a named column; nothing where there is no such column.
    pub fn value<'a, 'v>(&self, row: &'a [Value<'v>], name: &str) -> &'a Value<'v> {
        self.column(name).and_then(|at| row.get(at)).unwrap_or(&Value::Null)
    }

    /// The text of that cell.
    pub fn text(&self, row: &[Value<'_>], name: &str) -> String {
        self.value(row, name).text()
    }

    /// Its whole number, or the smallest units of its decimal.
    pub fn units(&self, row: &[Value<'_>], name: &str) -> i64 {
        match self.value(row, name) {
            Value::Int(value) | Value::Decimal(value, _) => *value,
            _ => 0,
        }
    }
}

/// A finished report.
#[derive(Debug, Clone)]
pub struct StoredReport {
    dir: PathBuf,
    /// What its manifest says of the run.
    pub run: StoredRun,
}

/// The part of a manifest that a report read back is explained with.
#[derive(Debug, Clone, Deserialize)]
pub struct StoredRun {
    /// The models the program knew, ascending.
    pub models: Vec<ModelTitle>,
    /// Rules that ran, in the order of the catalog.
    pub rules_run: Vec<RuleRun>,
}

impl StoredReport {
    /// Opens the report in `dir`.
    ///
    /// # Errors
    /// If there is none, or its manifest is of another version.
    pub fn open(dir: &Path) -> Result<Self, StoredError> {
        if manifest::outputs_of(dir).is_none() {
            return Err(StoredError::NotAReport(dir.to_owned()));
        }
        let path = dir.join(manifest::FILE_NAME);
        let text = fs::read(&path).map_err(|source| StoredError::Io { path: path.clone(), source })?;
        let run =
            serde_json::from_slice(&text).map_err(|error| StoredError::Damaged { path, message: error.to_string() })?;
        Ok(Self { dir: dir.to_owned(), run })
    }

    /// The findings that pass `keep`, by rank.
    ///
    /// # Errors
    /// If findings.parquet cannot be read.
    pub fn findings(&self, keep: impl Fn(&StoredTable, &[Value<'_>]) -> bool) -> Result<StoredTable, StoredError> {
        self.table("findings.parquet", keep)
    }

    /// The evidence rows that pass `keep`, in their order.
    ///
    /// # Errors
    /// If evidence.parquet cannot be read.
    pub fn evidence(&self, keep: impl Fn(&StoredTable, &[Value<'_>]) -> bool) -> Result<StoredTable, StoredError> {
        self.table("evidence.parquet", keep)
    }

    /// Names of the institutions that are suspects, by code.
    ///
    /// # Errors
    /// If suspects.csv cannot be read.
    pub fn institution_names(&self) -> Result<HashMap<String, String>, StoredError> {
        let path = self.dir.join("suspects.csv");
        let damaged = |error: csv::Error| StoredError::Damaged { path: path.clone(), message: error.to_string() };
        let text = fs::read_to_string(&path).map_err(|source| StoredError::Io { path: path.clone(), source })?;
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let mut names = HashMap::new();
        for row in reader.deserialize::<BTreeMap<String, String>>() {
            let mut row = row.map_err(damaged)?;
            let mut cell = |name: &str| row.remove(name).unwrap_or_default();
            if cell("kind") == SuspectKind::Institution.as_str() {
                names.insert(cell("code"), cell("name"));
            }
        }
        names.retain(|_, name| !name.is_empty());
        Ok(names)
    }

    /// Words of the items of problem lists by list and number, such as `2025-hospital:16`: the official ones, else our short ones. None in a
    /// report of before problem lists.
    ///
    /// # Errors
    /// If problems.csv is there and cannot be read.
    pub fn problem_words(&self) -> Result<HashMap<String, String>, StoredError> {
        let path = self.dir.join("problems.csv");
        if !path.exists() {
            return Ok(HashMap::new());
        }
        let damaged = |error: csv::Error| StoredError::Damaged { path: path.clone(), message: error.to_string() };
        let text = fs::read_to_string(&path).map_err(|source| StoredError::Io { path: path.clone(), source })?;
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let mut words = HashMap::new();
        for row in reader.deserialize::<BTreeMap<String, String>>() {
            let mut row = row.map_err(damaged)?;
            let mut cell = |name: &str| row.remove(name).unwrap_or_default();
            let (id, official) = (format!("{}:{}", cell("list"), cell("number")), cell("text"));
            words.insert(id, if official.is_empty() { cell("title") } else { official });
        }
        Ok(words)
    }

    fn table(&self, name: &str, keep: impl Fn(&StoredTable, &[Value<'_>]) -> bool) -> Result<StoredTable, StoredError> {
        let path = self.dir.join(name);
        let damaged = |message: String| StoredError::Damaged { path: path.clone(), message };
        let file = File::open(&path).map_err(|source| StoredError::Io { path: path.clone(), source })?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| damaged(error.to_string()))?;
        let columns = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
        let mut table = StoredTable { columns, rows: Vec::new() };
        for batch in builder.build().map_err(|error| damaged(error.to_string()))? {
            let batch = batch.map_err(|error| damaged(error.to_string()))?;
            for row in 0..batch.num_rows() {
                let cells: Option<Vec<Value<'_>>> =
                    batch.columns().iter().map(|column| Value::stored(column, row)).collect();
                let cells = cells.ok_or_else(|| damaged("a column of a type this program does not write".into()))?;
                if keep(&table, &cells) {
                    table.rows.push(cells);
                }
            }
        }
        Ok(table)
    }
}
