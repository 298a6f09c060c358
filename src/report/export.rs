//! Rows of a finished report for other programs: CSV, TSV, JSON, or a workbook of one sheet.

use std::io::{self, Write};

use rust_xlsxwriter::XlsxError;

use super::columns::Value;
use super::contract;
use super::sheet::{Book, Cell, Column, ROWS_PER_SHEET, write_table};
use super::stored::StoredTable;
use super::text;
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
    let mut cell = String::new();
    for row in &table.rows {
        for value in row {
            cell.clear();
            value.push_cell(&mut cell);
            csv.write_field(&cell)?;
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
    let column = |(at, name): (usize, &String)| {
        let (label, width) = contract::shown(name);
        let prose = name == "situation";
        Column::new(label, width, move |row: &Vec<Value<'_>>, _| {
            row.get(at).map_or(Cell::Empty, |value| cell(value, prose))
        })
    };
    let columns = table.columns.iter().enumerate().map(column).collect();
    write_table(&mut book, text::SHEET_FINDINGS.pick(lang), columns, 3, &table.rows)?;
    out.write_all(&book.into_bytes()?)?;
    Ok(out.flush()?)
}

fn cell<'a>(value: &'a Value<'_>, prose: bool) -> Cell<'a> {
    match value {
        Value::Null => Cell::Empty,
        Value::Text(text) if prose => Cell::Prose(text),
        Value::Text(text) => Cell::Text(text),
        Value::Int(value) => Cell::Int(*value),
        Value::Float(value) | Value::Rounded(value) => Cell::Number(*value),
        Value::Decimal(fen, 2) => Cell::Fen(*fen),
        Value::Decimal(units, places) => Cell::scaled(Some(*units), (*places).cast_signed()),
        Value::Day(day) => Cell::Day(*day),
        Value::Minute(minute) => Cell::Minute(*minute),
    }
}
