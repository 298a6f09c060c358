//! What goes to stdout: text, JSON, and tables aligned by display width, so that Chinese lines up.

use std::io::Write;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;

use super::args::Format;
use super::exit::Failure;

/// Prints a text and the end of its last line.
///
/// # Errors
/// If stdout cannot be written.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", text.trim_end())?;
    Ok(())
}

/// A value as JSON, indented.
///
/// # Errors
/// If it is nothing that JSON can say.
pub fn json(value: &impl Serialize) -> Result<String, Failure> {
    Ok(serde_json::to_string_pretty(value).map_err(std::io::Error::from)?)
}

/// A table with a header; the columns named in `numbers` are aligned right.
pub fn table(header: &[&str], numbers: &[usize], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for column in numbers {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// Prints rows to stdout in the form asked for. Cells of a table for reading are aligned; those of CSV are as they are.
///
/// # Errors
/// If stdout cannot be written.
pub fn print_rows(
    format: Format,
    header: &[&str],
    numbers: &[usize],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match format {
        Format::Table => writeln!(out, "{}", table(header, numbers, rows).trim_end())?,
        Format::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(header)?;
            for row in rows {
                csv.write_record(row)?;
            }
            csv.flush()?;
        }
    }
    Ok(())
}
