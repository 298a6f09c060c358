//! A finished report read back: its findings and evidence as rows of plain values, its manifest, the names of institutions.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimeUnit, TimestampMillisecondType,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::cell::{push_day, push_minute, push_scaled};
use super::manifest;
use super::summary::RunSummary;
use crate::explained::{Explained, Told, io_zh};
use crate::findings::model::SuspectKind;

/// Milliseconds of a minute.
const MINUTE_MS: i64 = 60_000;

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

/// A cell of a stored table.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A number times 10 to the power of the places.
    Decimal(i64, u32),
    /// A day since 1970-01-01.
    Day(i32),
    /// A minute since 1970-01-01.
    Minute(i64),
}

impl Value {
    /// As it stands in the report's CSV files; empty for nothing.
    pub fn text(&self) -> String {
        let mut text = String::new();
        match self {
            Self::Null => {}
            Self::Text(value) => text.push_str(value),
            Self::Int(value) => text = value.to_string(),
            Self::Float(value) => text = value.to_string(),
            Self::Decimal(value, places) => push_scaled(&mut text, *value, *places),
            Self::Day(day) => push_day(&mut text, *day),
            Self::Minute(minute) => push_minute(&mut text, *minute),
        }
        text
    }

    /// As JSON: numbers are numbers, decimals keep their digits as text would, days and minutes are ISO 8601.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Int(value) => (*value).into(),
            Self::Float(value) => (*value).into(),
            // Amounts stay far below 2⁵³ of their smallest unit, so the nearest double prints as the same digits.
            Self::Decimal(value, places) => (*value as f64 / 10_f64.powi((*places).cast_signed())).into(),
            Self::Minute(_) => self.text().replace(' ', "T").into(),
            other => other.text().into(),
        }
    }
}

/// A stored table: columns and rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredTable {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Cells of each row.
    pub rows: Vec<Vec<Value>>,
}

impl StoredTable {
    /// The number of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// The cell of a row in a named column; nothing where there is no such column.
    pub fn value<'a>(&self, row: &'a [Value], name: &str) -> &'a Value {
        self.column(name).and_then(|at| row.get(at)).unwrap_or(&Value::Null)
    }

    /// The text of that cell.
    pub fn text(&self, row: &[Value], name: &str) -> String {
        self.value(row, name).text()
    }

    /// Its whole number, or the smallest units of its decimal.
    pub fn units(&self, row: &[Value], name: &str) -> i64 {
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
    /// What the run did.
    pub summary: RunSummary,
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
        let summary =
            serde_json::from_slice(&text).map_err(|error| StoredError::Damaged { path, message: error.to_string() })?;
        Ok(Self { dir: dir.to_owned(), summary })
    }

    /// The findings that pass `keep`, by rank.
    ///
    /// # Errors
    /// If findings.parquet cannot be read.
    pub fn findings(&self, keep: impl Fn(&StoredTable, &[Value]) -> bool) -> Result<StoredTable, StoredError> {
        self.table("findings.parquet", keep)
    }

    /// The evidence rows that pass `keep`, in their order.
    ///
    /// # Errors
    /// If evidence.parquet cannot be read.
    pub fn evidence(&self, keep: impl Fn(&StoredTable, &[Value]) -> bool) -> Result<StoredTable, StoredError> {
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

    fn table(&self, name: &str, keep: impl Fn(&StoredTable, &[Value]) -> bool) -> Result<StoredTable, StoredError> {
        let path = self.dir.join(name);
        let damaged = |message: String| StoredError::Damaged { path: path.clone(), message };
        let file = File::open(&path).map_err(|source| StoredError::Io { path: path.clone(), source })?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| damaged(error.to_string()))?;
        let columns = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
        let mut table = StoredTable { columns, rows: Vec::new() };
        for batch in builder.build().map_err(|error| damaged(error.to_string()))? {
            let batch = batch.map_err(|error| damaged(error.to_string()))?;
            for row in 0..batch.num_rows() {
                let cells: Option<Vec<Value>> = (0..batch.num_columns()).map(|col| value(&batch, col, row)).collect();
                let cells = cells.ok_or_else(|| damaged("a column of a type this program does not write".into()))?;
                if keep(&table, &cells) {
                    table.rows.push(cells);
                }
            }
        }
        Ok(table)
    }
}

/// The cell of a batch; none for a type that no report has.
fn value(batch: &RecordBatch, column: usize, row: usize) -> Option<Value> {
    let column = batch.column(column);
    if column.is_null(row) {
        return Some(Value::Null);
    }
    Some(match column.data_type() {
        DataType::Utf8 => Value::Text(column.as_string::<i32>().value(row).to_owned()),
        DataType::Int32 => Value::Int(column.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => Value::Int(column.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => Value::Float(column.as_primitive::<Float64Type>().value(row)),
        DataType::Date32 => Value::Day(column.as_primitive::<Date32Type>().value(row)),
        DataType::Decimal128(_, places) => {
            let units = i64::try_from(column.as_primitive::<Decimal128Type>().value(row)).ok()?;
            Value::Decimal(units, u32::try_from(*places).ok()?)
        }
        DataType::Timestamp(TimeUnit::Millisecond, None) => {
            Value::Minute(column.as_primitive::<TimestampMillisecondType>().value(row).div_euclid(MINUTE_MS))
        }
        _ => return None,
    })
}
