//! The outputs that programs read: findings and evidence as Parquet and CSV, suspects and rejects as CSV.
//!
//! Column names and types are the contract of a run's folder. In CSV, text cells cannot start a formula; amounts keep
//! two decimals, quantities four, prices six; an empty cell is null.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::cell::{push_day, push_minute, push_scaled, safe_text};
use super::evidence::{EvidenceBatch, day_at, int_at, text_at};
use crate::explained::{Explained, Told, csv_zh, io_zh};
use crate::findings::model::{Finding, Suspect};
use crate::ranking::elsewhere::Elsewhere;

/// Findings per Parquet batch: bounds memory, not the file.
const CHUNK: usize = 65_536;
/// Milliseconds of a minute and of a day.
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;

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

/// A CSV file written cell by cell through one reused buffer.
struct CsvFile {
    path: PathBuf,
    writer: csv::Writer<BufWriter<File>>,
    cell: String,
}

impl CsvFile {
    /// Creates the file with its header, behind a byte order mark if it is meant for spreadsheets.
    fn create(path: &Path, header: &[&str], bom: bool) -> Result<Self, TableError> {
        let mut file = BufWriter::new(File::create(path).map_err(|error| TableError::Io(path.to_owned(), error))?);
        if bom {
            file.write_all("\u{feff}".as_bytes()).map_err(|error| TableError::Io(path.to_owned(), error))?;
        }
        let mut csv = Self { path: path.to_owned(), writer: csv::Writer::from_writer(file), cell: String::new() };
        csv.writer.write_record(header).map_err(|error| TableError::Csv(path.to_owned(), error))?;
        Ok(csv)
    }

    /// A cell as it is: for numbers and days.
    fn raw(&mut self, text: &str) -> Result<(), TableError> {
        self.writer.write_field(text).map_err(|error| TableError::Csv(self.path.clone(), error))
    }

    /// A cell of text that came with the data.
    fn text(&mut self, text: Option<&str>) -> Result<(), TableError> {
        self.raw(&safe_text(text.unwrap_or_default()))
    }

    /// A cell filled by `push`, or empty.
    fn pushed<T>(&mut self, value: Option<T>, push: impl FnOnce(&mut String, T)) -> Result<(), TableError> {
        self.cell.clear();
        if let Some(value) = value {
            push(&mut self.cell, value);
        }
        self.writer.write_field(&self.cell).map_err(|error| TableError::Csv(self.path.clone(), error))
    }

    /// A number in its shortest form.
    fn number(&mut self, value: Option<impl std::fmt::Display>) -> Result<(), TableError> {
        self.pushed(value, |cell, value| {
            // Writing to a String cannot fail.
            let _ = std::fmt::Write::write_fmt(cell, format_args!("{value}"));
        })
    }

    /// A scaled integer.
    fn scaled(&mut self, value: Option<i64>, places: u32) -> Result<(), TableError> {
        self.pushed(value, |cell, value| push_scaled(cell, value, places))
    }

    /// A day.
    fn day(&mut self, value: Option<i32>) -> Result<(), TableError> {
        self.pushed(value, push_day)
    }

    /// Ends the row.
    fn end(&mut self) -> Result<(), TableError> {
        self.writer.write_record(None::<&[u8]>).map_err(|error| TableError::Csv(self.path.clone(), error))
    }

    /// Writes what is buffered.
    fn finish(mut self) -> Result<(), TableError> {
        self.writer.flush().map_err(|error| TableError::Io(self.path, error))
    }
}

/// A Parquet file whose bytes depend on its rows alone.
struct ParquetFile {
    path: PathBuf,
    writer: ArrowWriter<File>,
}

impl ParquetFile {
    fn create(path: &Path, schema: &SchemaRef) -> Result<Self, TableError> {
        let file = File::create(path).map_err(|error| TableError::Io(path.to_owned(), error))?;
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
        let writer = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties))
            .map_err(|error| TableError::Parquet(path.to_owned(), error))?;
        Ok(Self { path: path.to_owned(), writer })
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), TableError> {
        self.writer.write(batch).map_err(|error| TableError::Parquet(self.path.clone(), error))
    }

    fn finish(self) -> Result<(), TableError> {
        self.writer.close().map(|_| ()).map_err(|error| TableError::Parquet(self.path, error))
    }
}

/// Columns of findings.
static FINDINGS_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("finding_id", DataType::Utf8, false),
        Field::new("model", DataType::Int32, false),
        Field::new("rule_id", DataType::Utf8, false),
        Field::new("grade", DataType::Utf8, false),
        Field::new("psn_no", DataType::Utf8, true),
        Field::new("fixmedins_code", DataType::Utf8, true),
        Field::new("dr_code", DataType::Utf8, true),
        Field::new("mdtrt_id", DataType::Utf8, true),
        Field::new("first_day", DataType::Date32, true),
        Field::new("last_day", DataType::Date32, true),
        Field::new("records", DataType::Int64, false),
        Field::new("gross_amount", DataType::Decimal128(18, 2), false),
        Field::new("inscp_amount", DataType::Decimal128(18, 2), false),
        Field::new("fund_amount", DataType::Decimal128(18, 2), false),
        Field::new("measure", DataType::Float64, true),
        Field::new("threshold", DataType::Float64, true),
        Field::new("confidence", DataType::Float64, false),
        Field::new("score", DataType::Float64, false),
        Field::new("rank", DataType::Int64, false),
        Field::new("situation", DataType::Utf8, false),
    ]))
});

/// Columns of evidence.
static EVIDENCE_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("finding_id", DataType::Utf8, false),
        Field::new("rule_id", DataType::Utf8, false),
        Field::new("role", DataType::Utf8, false),
        Field::new("mdtrt_id", DataType::Utf8, true),
        Field::new("setl_id", DataType::Utf8, true),
        Field::new("bkkp_sn", DataType::Utf8, true),
        Field::new("psn_no", DataType::Utf8, true),
        Field::new("fixmedins_code", DataType::Utf8, true),
        Field::new("dr_code", DataType::Utf8, true),
        Field::new("event_time", DataType::Timestamp(TimeUnit::Millisecond, None), true),
        Field::new("item_code", DataType::Utf8, true),
        Field::new("item_name", DataType::Utf8, true),
        Field::new("cnt", DataType::Decimal128(16, 4), true),
        Field::new("pric", DataType::Decimal128(16, 6), true),
        Field::new("gross_amount", DataType::Decimal128(18, 2), false),
        Field::new("inscp_amount", DataType::Decimal128(18, 2), false),
        Field::new("fund_amount", DataType::Decimal128(18, 2), false),
        Field::new("ring_id", DataType::Utf8, true),
        Field::new("source_file", DataType::Utf8, true),
        Field::new("source_line", DataType::Int64, true),
    ]))
});

/// Header of suspects.csv.
const SUSPECTS_HEADER: [&str; 15] = [
    "kind",
    "rank",
    "code",
    "name",
    "findings",
    "models",
    "gross_amount",
    "inscp_amount",
    "fund_amount",
    "share",
    "peer_ratio",
    "score",
    "top_rules",
    "points",
    "reason",
];

/// Header of elsewhere.csv.
const ELSEWHERE_HEADER: [&str; 10] = [
    "insu_admdvs",
    "care_admdvs",
    "relation",
    "visits",
    "fund_paid",
    "findings",
    "gross_amount",
    "inscp_amount",
    "fund_amount",
    "share",
];

/// Names of a schema's columns.
fn header(schema: &SchemaRef) -> Vec<&str> {
    schema.fields().iter().map(|field| field.name().as_str()).collect()
}

/// Scaled integers as decimals of the same scale.
fn decimals(values: impl Iterator<Item = Option<i64>>, precision: u8, scale: i8) -> Result<ArrayRef, TableError> {
    let array: Decimal128Array = values.map(|value| value.map(i128::from)).collect();
    Ok(Arc::new(array.with_precision_and_scale(precision, scale)?))
}

/// Writes findings.parquet, in the order given.
///
/// # Errors
/// When the file cannot be written.
pub fn write_findings_parquet(path: &Path, findings: &[Finding]) -> Result<(), TableError> {
    let mut file = ParquetFile::create(path, &FINDINGS_SCHEMA)?;
    for chunk in findings.chunks(CHUNK) {
        file.write(&findings_batch(chunk)?)?;
    }
    file.finish()
}

/// One batch of findings.
fn findings_batch(findings: &[Finding]) -> Result<RecordBatch, TableError> {
    let text = |value: fn(&Finding) -> Option<&str>| -> ArrayRef {
        Arc::new(findings.iter().map(value).collect::<StringArray>())
    };
    let day = |value: fn(&Finding) -> Option<i32>| -> ArrayRef {
        Arc::new(findings.iter().map(value).collect::<Date32Array>())
    };
    let number = |value: fn(&Finding) -> Option<f64>| -> ArrayRef {
        Arc::new(findings.iter().map(value).collect::<Float64Array>())
    };
    let money = |value: fn(&Finding) -> i64| decimals(findings.iter().map(|finding| Some(value(finding))), 18, 2);
    let columns: Vec<ArrayRef> = vec![
        text(|finding| Some(&finding.finding_id)),
        Arc::new(findings.iter().map(|finding| Some(finding.model)).collect::<Int32Array>()),
        text(|finding| Some(&finding.rule_id)),
        text(|finding| Some(finding.grade.as_str())),
        text(|finding| finding.psn_no.as_deref()),
        text(|finding| finding.fixmedins_code.as_deref()),
        text(|finding| finding.dr_code.as_deref()),
        text(|finding| finding.mdtrt_id.as_deref()),
        day(|finding| finding.first_day),
        day(|finding| finding.last_day),
        Arc::new(findings.iter().map(|finding| Some(finding.records)).collect::<Int64Array>()),
        money(|finding| finding.at_risk.gross_fen)?,
        money(|finding| finding.at_risk.inscp_fen)?,
        money(|finding| finding.at_risk.fund_fen)?,
        number(|finding| finding.measure),
        number(|finding| finding.threshold),
        number(|finding| Some(finding.confidence)),
        number(|finding| Some(finding.score)),
        Arc::new(findings.iter().map(|finding| Some(finding.rank)).collect::<Int64Array>()),
        text(|finding| Some(&finding.situation)),
    ];
    Ok(RecordBatch::try_new(Arc::clone(&FINDINGS_SCHEMA), columns)?)
}

/// Writes elsewhere.csv, in the order given.
///
/// # Errors
/// When the file cannot be written.
pub fn write_elsewhere_csv(path: &Path, rows: &[Elsewhere]) -> Result<(), TableError> {
    let mut csv = CsvFile::create(path, &ELSEWHERE_HEADER, true)?;
    for row in rows {
        csv.text(row.insured.as_deref())?;
        csv.text(row.care.as_deref())?;
        csv.raw(row.relation.as_str())?;
        csv.number(Some(row.visits))?;
        csv.scaled(Some(row.fund_fen), 2)?;
        csv.number(Some(row.findings))?;
        csv.scaled(Some(row.counted.gross_fen), 2)?;
        csv.scaled(Some(row.counted.inscp_fen), 2)?;
        csv.scaled(Some(row.counted.fund_fen), 2)?;
        csv.number(row.share())?;
        csv.end()?;
    }
    csv.finish()
}

/// Writes findings.csv, in the order given.
///
/// # Errors
/// When the file cannot be written.
pub fn write_findings_csv(path: &Path, findings: &[Finding]) -> Result<(), TableError> {
    let mut csv = CsvFile::create(path, &header(&FINDINGS_SCHEMA), false)?;
    for finding in findings {
        csv.text(Some(&finding.finding_id))?;
        csv.number(Some(finding.model))?;
        csv.text(Some(&finding.rule_id))?;
        csv.raw(finding.grade.as_str())?;
        csv.text(finding.psn_no.as_deref())?;
        csv.text(finding.fixmedins_code.as_deref())?;
        csv.text(finding.dr_code.as_deref())?;
        csv.text(finding.mdtrt_id.as_deref())?;
        csv.day(finding.first_day)?;
        csv.day(finding.last_day)?;
        csv.number(Some(finding.records))?;
        csv.scaled(Some(finding.at_risk.gross_fen), 2)?;
        csv.scaled(Some(finding.at_risk.inscp_fen), 2)?;
        csv.scaled(Some(finding.at_risk.fund_fen), 2)?;
        csv.number(finding.measure)?;
        csv.number(finding.threshold)?;
        csv.number(Some(finding.confidence))?;
        csv.number(Some(finding.score))?;
        csv.number(Some(finding.rank))?;
        csv.text(Some(&finding.situation))?;
        csv.end()?;
    }
    csv.finish()
}

/// Writes suspects.csv, in the order given, with the byte order mark that makes Excel read it as UTF-8.
///
/// # Errors
/// When the file cannot be written.
pub fn write_suspects_csv(path: &Path, suspects: &[Suspect]) -> Result<(), TableError> {
    let mut csv = CsvFile::create(path, &SUSPECTS_HEADER, true)?;
    for suspect in suspects {
        csv.raw(suspect.kind.as_str())?;
        csv.number(Some(suspect.rank))?;
        csv.text(Some(&suspect.code))?;
        csv.text(suspect.name.as_deref())?;
        csv.number(Some(suspect.findings))?;
        csv.text(Some(&suspect.models))?;
        csv.scaled(Some(suspect.counted.gross_fen), 2)?;
        csv.scaled(Some(suspect.counted.inscp_fen), 2)?;
        csv.scaled(Some(suspect.counted.fund_fen), 2)?;
        csv.number(suspect.share)?;
        csv.number(suspect.peer_ratio)?;
        csv.number(Some(suspect.score))?;
        csv.text(Some(&suspect.top_rules))?;
        csv.text(suspect.points.as_deref())?;
        csv.text(Some(&suspect.reason))?;
        csv.end()?;
    }
    csv.finish()
}

/// evidence.parquet and evidence.csv, batch by batch.
pub struct EvidenceFiles {
    parquet: ParquetFile,
    csv: CsvFile,
}

impl EvidenceFiles {
    /// Creates both files in `dir`.
    ///
    /// # Errors
    /// When a file cannot be created.
    pub fn create(dir: &Path) -> Result<Self, TableError> {
        Ok(Self {
            parquet: ParquetFile::create(&dir.join("evidence.parquet"), &EVIDENCE_SCHEMA)?,
            csv: CsvFile::create(&dir.join("evidence.csv"), &header(&EVIDENCE_SCHEMA), false)?,
        })
    }

    /// Appends one batch to both.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn push(&mut self, batch: &EvidenceBatch<'_>) -> Result<(), TableError> {
        self.parquet.write(&evidence_batch(batch)?)?;
        (0..batch.rows).try_for_each(|row| self.push_csv(batch, row))
    }

    fn push_csv(&mut self, batch: &EvidenceBatch<'_>, row: usize) -> Result<(), TableError> {
        let csv = &mut self.csv;
        for column in [
            batch.finding_id,
            batch.rule_id,
            batch.role,
            batch.mdtrt_id,
            batch.setl_id,
            batch.bkkp_sn,
            batch.psn_no,
            batch.fixmedins_code,
            batch.dr_code,
        ] {
            csv.text(text_at(column, row))?;
        }
        match int_at(batch.event_min, row) {
            Some(minute) => csv.pushed(Some(minute), push_minute)?,
            None => csv.day(day_at(batch.event_day, row))?,
        }
        csv.text(text_at(batch.item_code, row))?;
        csv.text(text_at(batch.item_name, row))?;
        csv.scaled(int_at(batch.cnt_e4, row), 4)?;
        csv.scaled(int_at(batch.pric_e6, row), 6)?;
        csv.scaled(int_at(batch.gross_fen, row), 2)?;
        csv.scaled(int_at(batch.inscp_fen, row), 2)?;
        csv.scaled(int_at(batch.fund_fen, row), 2)?;
        csv.text(text_at(batch.ring_id, row))?;
        csv.text(text_at(batch.source_file, row))?;
        csv.number(int_at(batch.source_line, row))?;
        csv.end()
    }

    /// Closes both files.
    ///
    /// # Errors
    /// When the rest cannot be written.
    pub fn finish(self) -> Result<(), TableError> {
        self.parquet.finish()?;
        self.csv.finish()
    }
}

/// One batch of evidence as it is stored. A record known only by its day is at midnight; evidence.csv shows the day alone.
fn evidence_batch(batch: &EvidenceBatch<'_>) -> Result<RecordBatch, TableError> {
    let text = |column: &StringArray| -> ArrayRef { Arc::new(column.clone()) };
    let times: TimestampMillisecondArray = (0..batch.rows)
        .map(|row| {
            let minute = int_at(batch.event_min, row).map(|minute| minute * MINUTE_MS);
            minute.or_else(|| day_at(batch.event_day, row).map(|day| i64::from(day) * DAY_MS))
        })
        .collect();
    let columns: Vec<ArrayRef> = vec![
        text(batch.finding_id),
        text(batch.rule_id),
        text(batch.role),
        text(batch.mdtrt_id),
        text(batch.setl_id),
        text(batch.bkkp_sn),
        text(batch.psn_no),
        text(batch.fixmedins_code),
        text(batch.dr_code),
        Arc::new(times),
        text(batch.item_code),
        text(batch.item_name),
        decimals(batch.cnt_e4.iter(), 16, 4)?,
        decimals(batch.pric_e6.iter(), 16, 6)?,
        decimals(batch.gross_fen.iter(), 18, 2)?,
        decimals(batch.inscp_fen.iter(), 18, 2)?,
        decimals(batch.fund_fen.iter(), 18, 2)?,
        text(batch.ring_id),
        text(batch.source_file),
        Arc::new(batch.source_line.clone()),
    ];
    Ok(RecordBatch::try_new(Arc::clone(&EVIDENCE_SCHEMA), columns)?)
}

/// A finding and what became of it since an earlier run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow<'a> {
    /// The finding.
    pub finding_id: &'a str,
    /// `new`, `continued`, `gone` or `not-checked`.
    pub status: &'a str,
    /// 1–9; 0 for data quality.
    pub model: i32,
    /// Such as `split-stay`.
    pub rule_id: &'a str,
    /// The institution, empty when there are several.
    pub fixmedins_code: &'a str,
    /// Paid by the fund, fen at risk.
    pub fund_fen: i64,
    /// Its sentence.
    pub situation: &'a str,
}

/// changes.csv, row by row.
pub struct ChangesCsv {
    csv: CsvFile,
}

impl ChangesCsv {
    /// Creates the file.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path) -> Result<Self, TableError> {
        let header = ["finding_id", "status", "model", "rule_id", "fixmedins_code", "fund_amount", "situation"];
        Ok(Self { csv: CsvFile::create(path, &header, false)? })
    }

    /// Appends one row.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn push(&mut self, change: &ChangeRow<'_>) -> Result<(), TableError> {
        self.csv.raw(change.finding_id)?;
        self.csv.raw(change.status)?;
        self.csv.number(Some(change.model))?;
        self.csv.text(Some(change.rule_id))?;
        self.csv.text(Some(change.fixmedins_code))?;
        self.csv.scaled(Some(change.fund_fen), 2)?;
        self.csv.text(Some(change.situation))?;
        self.csv.end()
    }

    /// Closes the file.
    ///
    /// # Errors
    /// When the rest cannot be written.
    pub fn finish(self) -> Result<(), TableError> {
        self.csv.finish()
    }
}

/// One input row or cell that could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectRow<'a> {
    /// File of the export.
    pub file: &'a str,
    /// Line of that file; the header is line 1.
    pub line: u64,
    /// Column, empty when the whole row is meant.
    pub column: &'a str,
    /// What stood there.
    pub value: &'a str,
    /// Why it could not be used.
    pub reason: &'a str,
}

/// rejects.csv, row by row.
pub struct RejectsCsv {
    csv: CsvFile,
}

impl RejectsCsv {
    /// Creates the file.
    ///
    /// # Errors
    /// When it cannot be created.
    pub fn create(path: &Path) -> Result<Self, TableError> {
        Ok(Self { csv: CsvFile::create(path, &["file", "line", "column", "value", "reason"], false)? })
    }

    /// Appends one row.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn push(&mut self, reject: &RejectRow<'_>) -> Result<(), TableError> {
        self.csv.text(Some(reject.file))?;
        self.csv.number(Some(reject.line))?;
        self.csv.text(Some(reject.column))?;
        self.csv.text(Some(reject.value))?;
        self.csv.text(Some(reject.reason))?;
        self.csv.end()
    }

    /// Closes the file.
    ///
    /// # Errors
    /// When the rest cannot be written.
    pub fn finish(self) -> Result<(), TableError> {
        self.csv.finish()
    }
}
