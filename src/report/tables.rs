//! The files that programs read, CSV and Parquet, written by the columns of the [`contract`](super::contract).
//!
//! In CSV, text cells cannot start a formula; amounts keep two decimals, quantities four, prices six; an empty cell is null.

use std::borrow::Borrow;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::columns::Column;
use super::contract::{self, RejectRow};
use crate::explained::{Explained, Told, csv_zh, io_zh};
use crate::findings::evidence::ClaimRecord;

/// Rows per Parquet batch: bounds memory, not the file.
const CHUNK: usize = 65_536;

/// Why an output table cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The system refused.
    #[error("cannot write {}", .0.display())]
    Io(PathBuf, #[source] std::io::Error),
    /// A CSV row could not be written.
    #[error("cannot write {}", .0.display())]
    Csv(PathBuf, #[source] csv::Error),
    /// A Parquet batch could not be written.
    #[error("cannot write {}", .0.display())]
    Parquet(PathBuf, #[source] ParquetError),
    /// Columns of unequal length: a bug here.
    #[error("cannot build a batch")]
    Arrow(#[from] ArrowError),
}

impl Explained for TableError {
    fn told(&self) -> Told {
        let (path, cause) = match self {
            Self::Io(path, error) => (path, io_zh(error)),
            Self::Csv(path, error) => (path, csv_zh(error)),
            Self::Parquet(path, error) => (path, error.to_string()),
            Self::Arrow(error) => return Told::new("FJ-621", format!("报告的表拼不起来（{error}）")),
        };
        Told::new("FJ-620", format!("无法写入 {}：{cause}", path.display()))
    }
}

/// For whom a CSV file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Programs.
    Programs,
    /// Spreadsheet programs too: the byte order mark makes Excel read it as UTF-8.
    Spreadsheets,
}

/// A CSV file written row by row through one reused buffer.
struct CsvFile {
    path: PathBuf,
    writer: csv::Writer<BufWriter<File>>,
    cell: String,
}

impl CsvFile {
    /// Creates the file with its header.
    fn create<R>(path: &Path, columns: &[Column<R>], audience: Audience) -> Result<Self, TableError> {
        let failed = |error| TableError::Io(path.to_owned(), error);
        let mut file = BufWriter::new(File::create(path).map_err(failed)?);
        if audience == Audience::Spreadsheets {
            file.write_all("\u{feff}".as_bytes()).map_err(failed)?;
        }
        let mut csv = Self { path: path.to_owned(), writer: csv::Writer::from_writer(file), cell: String::new() };
        let header = csv.writer.write_record(columns.iter().map(|column| column.name));
        header.map_err(|error| csv.failed(error))?;
        Ok(csv)
    }

    /// Appends a row.
    fn push<R>(&mut self, columns: &[Column<R>], row: &R) -> Result<(), TableError> {
        for column in columns {
            self.cell.clear();
            column.value(row).push_cell(&mut self.cell);
            self.writer.write_field(&self.cell).map_err(|error| self.failed(error))?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(|error| self.failed(error))
    }

    /// Writes what is buffered.
    fn finish(mut self) -> Result<(), TableError> {
        self.writer.flush().map_err(|error| TableError::Io(self.path, error))
    }

    fn failed(&self, error: csv::Error) -> TableError {
        TableError::Csv(self.path.clone(), error)
    }
}

/// Writes a CSV file, in the order given.
///
/// # Errors
/// When the file cannot be written.
pub fn write_csv<R>(
    path: &Path,
    columns: &[Column<R>],
    audience: Audience,
    rows: impl IntoIterator<Item = impl Borrow<R>>,
) -> Result<(), TableError> {
    let mut csv = CsvFile::create(path, columns, audience)?;
    for row in rows {
        csv.push(columns, row.borrow())?;
    }
    csv.finish()
}

/// A Parquet file whose bytes depend on its rows alone.
struct ParquetFile {
    path: PathBuf,
    schema: SchemaRef,
    writer: ArrowWriter<File>,
}

impl ParquetFile {
    fn create<R>(path: &Path, columns: &[Column<R>]) -> Result<Self, TableError> {
        let file = File::create(path).map_err(|error| TableError::Io(path.to_owned(), error))?;
        let schema = Arc::new(Schema::new(columns.iter().map(Column::field).collect::<Vec<_>>()));
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
        let writer = ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties))
            .map_err(|error| TableError::Parquet(path.to_owned(), error))?;
        Ok(Self { path: path.to_owned(), schema, writer })
    }

    /// Appends these rows, [`CHUNK`] of them at most.
    fn push<R>(&mut self, columns: &[Column<R>], rows: &[R]) -> Result<(), TableError> {
        let arrays = columns.iter().map(|column| column.array(rows)).collect::<Result<_, _>>()?;
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays)?;
        self.writer.write(&batch).map_err(|error| TableError::Parquet(self.path.clone(), error))
    }

    fn finish(self) -> Result<(), TableError> {
        self.writer.close().map(|_| ()).map_err(|error| TableError::Parquet(self.path, error))
    }
}

/// Writes a Parquet file, in the order given.
///
/// # Errors
/// When the file cannot be written.
pub fn write_parquet<R>(path: &Path, columns: &[Column<R>], rows: &[R]) -> Result<(), TableError> {
    let mut file = ParquetFile::create(path, columns)?;
    rows.chunks(CHUNK).try_for_each(|rows| file.push(columns, rows))?;
    file.finish()
}

/// evidence.parquet and evidence.csv, record by record.
pub struct EvidenceFiles<'a> {
    columns: [Column<ClaimRecord<'a>>; 21],
    parquet: ParquetFile,
    csv: CsvFile,
    /// Records not in the Parquet file yet.
    waiting: Vec<ClaimRecord<'a>>,
}

impl<'a> EvidenceFiles<'a> {
    /// Creates both files in `dir`.
    ///
    /// # Errors
    /// When a file cannot be created.
    pub fn create(dir: &Path) -> Result<Self, TableError> {
        let columns = contract::evidence();
        let parquet = ParquetFile::create(&dir.join("evidence.parquet"), &columns)?;
        let csv = CsvFile::create(&dir.join("evidence.csv"), &columns, Audience::Programs)?;
        Ok(Self { columns, parquet, csv, waiting: Vec::new() })
    }

    /// Appends a record to both.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn push(&mut self, record: ClaimRecord<'a>) -> Result<(), TableError> {
        self.csv.push(&self.columns, &record)?;
        self.waiting.push(record);
        if self.waiting.len() == CHUNK {
            self.parquet.push(&self.columns, &self.waiting)?;
            self.waiting.clear();
        }
        Ok(())
    }

    /// Closes both files.
    ///
    /// # Errors
    /// When the rest cannot be written.
    pub fn finish(mut self) -> Result<(), TableError> {
        if !self.waiting.is_empty() {
            self.parquet.push(&self.columns, &self.waiting)?;
        }
        self.parquet.finish()?;
        self.csv.finish()
    }
}

/// rejects.csv, row by row.
pub struct RejectsCsv(CsvFile);

impl RejectsCsv {
    /// Creates the file.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path) -> Result<Self, TableError> {
        CsvFile::create(path, &contract::rejects(), Audience::Programs).map(Self)
    }

    /// Appends one row.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn push(&mut self, reject: &RejectRow<'_>) -> Result<(), TableError> {
        self.0.push(&contract::rejects(), reject)
    }

    /// Closes the file.
    ///
    /// # Errors
    /// When the rest cannot be written.
    pub fn finish(self) -> Result<(), TableError> {
        self.0.finish()
    }
}
