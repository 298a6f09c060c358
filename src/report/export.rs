//! Rows of a finished report for other programs: CSV, TSV, JSON, or a workbook of one sheet.

use std::io::{self, Write};

use rust_xlsxwriter::XlsxError;

use super::cell::safe_text;
use super::sheet::{Book, Cell, Column, ROWS_PER_SHEET, Table};
use super::stored::{StoredTable, Value};
use super::text::{self, Label};
use crate::explained::{Explained, Told};
use crate::lang::Lang;

/// Why rows cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The workbook.
    #[error("cannot write the workbook: {0}")]
    Workbook(#[from] XlsxError),
}

impl Explained for ExportError {
    fn told(&self) -> Told {
        match self {
            Self::Io(error) => error.told(),
            Self::Workbook(error) => Told::new("FJ-615", format!("工作簿写不出来（{error}）")),
        }
    }
}

impl From<csv::Error> for ExportError {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Self::Io(error),
            other => Self::Io(io::Error::other(format!("{other:?}"))),
        }
    }
}

/// Rows separated by `delimiter`, behind a byte-order mark for spreadsheet programs if asked for. Text cannot start a formula.
///
/// # Errors
/// When `out` cannot be written.
pub fn separated(table: &StoredTable, delimiter: u8, bom: bool, out: impl Write) -> Result<(), ExportError> {
    let mut out = io::BufWriter::new(out);
    if bom {
        out.write_all("\u{feff}".as_bytes())?;
    }
    let mut csv = csv::WriterBuilder::new().delimiter(delimiter).from_writer(out);
    csv.write_record(&table.columns)?;
    for row in &table.rows {
        for value in row {
            let text = value.text();
            match value {
                Value::Text(_) => csv.write_field(safe_text(&text).as_ref())?,
                _ => csv.write_field(&text)?,
            }
        }
        csv.write_record(None::<&[u8]>)?;
    }
    Ok(csv.flush()?)
}

/// An array with an object a line.
///
/// # Errors
/// When `out` cannot be written.
pub fn json(table: &StoredTable, out: impl Write) -> Result<(), ExportError> {
    let mut out = io::BufWriter::new(out);
    write!(out, "[")?;
    for (at, row) in table.rows.iter().enumerate() {
        let object: serde_json::Map<String, serde_json::Value> =
            table.columns.iter().cloned().zip(row.iter().map(Value::json)).collect();
        write!(out, "{}{}", if at == 0 { "\n" } else { ",\n" }, serde_json::Value::Object(object))?;
    }
    writeln!(out, "\n]")?;
    Ok(out.flush()?)
}

/// A workbook with one table, its headers in `lang`.
///
/// # Errors
/// When the rows cannot be kept meanwhile or `out` not be written.
pub fn xlsx(table: &StoredTable, lang: Lang, mut out: impl Write) -> Result<(), ExportError> {
    let temporary = tempfile::tempdir()?;
    let mut book = Book::new(temporary.path(), text::TITLE.pick(lang), lang, ROWS_PER_SHEET)?;
    let columns: Vec<Column> = table.columns.iter().map(|name| column(name)).collect();
    let mut sheet = Table::open(&mut book, text::SHEET_FINDINGS.pick(lang), &columns, 3)?;
    for row in &table.rows {
        let cells: Vec<Cell<'_>> = row.iter().zip(&table.columns).map(|(value, name)| cell(value, name)).collect();
        sheet.push(&mut book, &cells)?;
    }
    sheet.finish(&mut book)?;
    out.write_all(&book.into_bytes()?)?;
    Ok(out.flush()?)
}

fn cell<'a>(value: &'a Value, name: &str) -> Cell<'a> {
    match value {
        Value::Null => Cell::Empty,
        Value::Text(text) if name == "situation" => Cell::Prose(text),
        Value::Text(text) => Cell::Text(text),
        Value::Int(value) => Cell::Int(*value),
        Value::Float(value) => Cell::Number(*value),
        Value::Decimal(fen, 2) => Cell::Fen(*fen),
        Value::Decimal(units, places) => Cell::Number(*units as f64 / 10_f64.powi((*places).cast_signed())),
        Value::Day(day) => Cell::Day(*day),
        Value::Minute(minute) => Cell::Minute(*minute),
    }
}

/// Header and width of a column of the contract; a column of later versions keeps the name.
fn column(name: &str) -> Column {
    const COLUMNS: [(&str, Label, f64); 29] = [
        ("finding_id", text::FINDING_ID, 38.0),
        ("model", text::MODEL, 8.0),
        ("rule_id", text::RULE_ID, 24.0),
        ("grade", text::GRADE, 11.0),
        ("psn_no", text::PERSON, 28.0),
        ("fixmedins_code", text::INST_CODE, 17.0),
        ("dr_code", text::DOCTOR_CODE, 18.0),
        ("mdtrt_id", text::VISIT, 28.0),
        ("first_day", text::FIRST_DAY, 12.0),
        ("last_day", text::LAST_DAY, 12.0),
        ("records", text::RECORDS, 9.0),
        ("gross_amount", text::GROSS, 14.0),
        ("inscp_amount", text::INSCP, 14.0),
        ("fund_amount", text::FUND, 14.0),
        ("measure", text::MEASURE, 10.0),
        ("threshold", text::THRESHOLD, 10.0),
        ("confidence", text::CONFIDENCE, 10.0),
        ("score", text::SCORE, 12.0),
        ("rank", text::RANK, 8.0),
        ("situation", text::SITUATION, 50.0),
        ("role", text::ROLE, 11.0),
        ("setl_id", text::SETTLEMENT, 28.0),
        ("bkkp_sn", text::FEE_LINE, 28.0),
        ("event_time", text::TIME, 17.0),
        ("item_code", text::ITEM_CODE, 28.0),
        ("item_name", text::ITEM_NAME, 30.0),
        ("cnt", text::COUNT, 9.0),
        ("pric", text::PRICE, 11.0),
        ("source_line", text::SOURCE_LINE, 10.0),
    ];
    let known = COLUMNS.iter().find(|(known, _, _)| *known == name);
    let (label, width) = match name {
        "source_file" => (text::SOURCE_FILE, 40.0),
        "ring_id" => (text::RING_ID, 20.0),
        _ => known.map_or((text::OTHER_COLUMN, 16.0), |(_, label, width)| (*label, *width)),
    };
    Column::new(label, width)
}
