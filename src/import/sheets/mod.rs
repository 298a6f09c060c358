//! Tables that are no text — sheets of workbooks, dBASE, tables of web pages — as a stream of text, so that the text path reads them all:
//! title lines, units, totals and short rows are its business, whatever the table came in.
//!
//! A row is a line, its cells separated by U+001F, none quoted; a row without any cell is a blank line. So a line's number is the row's,
//! as a spreadsheet program shows it.
//!
//! - `cells`: values of spreadsheet cells as text; `workbook`: .xlsx, .xlsm, .xlsb, .xls, .ods; `html`: tables of web pages;
//!   `spreadsheetml`: the XML of Excel 2003; `dbf`: dBASE

pub mod cells;
pub mod dbf;
pub mod html;
pub mod spreadsheetml;
pub mod workbook;

use std::io::{self, Read};

use super::decode::TextReader;
use super::error::ReadError;
use super::records::Dialect;

/// Between the cells of a row.
pub const SEPARATOR: char = '\u{1f}';

/// How the text of a table is split: no character is a quotation mark.
pub const DIALECT: Dialect = Dialect { delimiter: "\u{1f}", quote: 0, escapes: false };

/// Most columns of a row: what Excel has.
const WIDEST: usize = 16_384;

/// Text that is handed on at a time, bytes.
const CHUNK: usize = 1 << 16;

/// A table, row by row.
pub trait Rows {
    /// Reads on until `text` is full, or the table ends: then `false`.
    ///
    /// # Errors
    /// The table is damaged.
    fn rows(&mut self, text: &mut RowText) -> Result<bool, ReadError>;
}

impl<R: Rows> Rows for &mut R {
    fn rows(&mut self, text: &mut RowText) -> Result<bool, ReadError> {
        (**self).rows(text)
    }
}

/// Lays cells out as lines of text.
#[derive(Debug, Default)]
pub struct RowText {
    /// Whole rows, and the cells of the row begun.
    text: String,
    /// Rows ended.
    rows: usize,
    /// Cells of the row begun, empty ones before the last filled one included.
    cells: usize,
    /// Most cells of a row so far: rows are filled up to it, for spreadsheets leave out empty cells at the end.
    widest: usize,
}

impl RowText {
    /// Puts a cell into a row; rows and columns count from 0 and only grow. What lies between is empty.
    pub fn put(&mut self, row: usize, column: usize, value: &str) {
        while self.rows < row {
            self.end_row();
        }
        self.cell(column, value);
    }

    /// Puts a cell into the row begun. An empty one is no cell.
    pub fn cell(&mut self, column: usize, value: &str) {
        if value.trim().is_empty() || column >= WIDEST {
            return;
        }
        debug_assert!(column >= self.cells, "cells come in order");
        while self.cells <= column {
            if self.cells > 0 {
                self.text.push(SEPARATOR);
            }
            self.cells += 1;
        }
        // Line breaks, and the separator itself, cannot be told from those between cells.
        match value.find(char::is_control) {
            None => self.text.push_str(value),
            Some(_) => self.text.extend(value.chars().map(|c| if c.is_control() { ' ' } else { c })),
        }
    }

    /// Ends the row begun.
    pub fn end_row(&mut self) {
        self.widest = self.widest.max(self.cells);
        if self.cells > 0 {
            (self.cells..self.widest).for_each(|_| self.text.push(SEPARATOR));
        }
        self.text.push('\n');
        self.cells = 0;
        self.rows += 1;
    }

    /// Ends the row begun if it has a cell.
    pub fn end(&mut self) {
        if self.cells > 0 {
            self.end_row();
        }
    }

    /// Whether there is enough to hand on.
    pub const fn is_full(&self) -> bool {
        self.text.len() >= CHUNK
    }
}

/// The rows of a table as bytes of UTF-8.
pub struct TableText<R> {
    rows: R,
    text: RowText,
    taken: usize,
    ended: bool,
    failure: Option<ReadError>,
}

impl<R: Rows> TableText<R> {
    /// Nothing is read yet.
    pub fn new(rows: R) -> Self {
        Self { rows, text: RowText::default(), taken: 0, ended: false, failure: None }
    }

    /// Why reading failed, where it did.
    pub fn failure(&mut self) -> Option<ReadError> {
        self.failure.take()
    }
}

impl<R: Rows> Read for TableText<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.text.text.len() {
            if self.ended {
                return Ok(0);
            }
            self.text.text.clear();
            self.taken = 0;
            match self.rows.rows(&mut self.text) {
                Ok(more) => self.ended = !more,
                Err(error) => {
                    self.ended = true;
                    self.failure = Some(error);
                    return Err(io::Error::from(io::ErrorKind::InvalidData));
                }
            }
        }
        let rest = &self.text.text.as_bytes()[self.taken..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }
}

/// Bytes in any of the encodings of exports, as bytes of UTF-8.
pub struct Utf8<R> {
    reader: Option<TextReader<R>>,
    inner: Option<R>,
    text: String,
    taken: usize,
}

impl<R: Read> Utf8<R> {
    /// Nothing is read yet.
    pub const fn new(inner: R) -> Self {
        Self { reader: None, inner: Some(inner), text: String::new(), taken: 0 }
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(inner) = self.inner.take() {
            self.reader = Some(TextReader::new(inner)?);
        }
        while self.taken == self.text.len() {
            self.text.clear();
            self.taken = 0;
            let Some(reader) = &mut self.reader else { return Ok(0) };
            if reader.append(&mut self.text)?.is_none() {
                return Ok(0);
            }
        }
        let rest = &self.text.as_bytes()[self.taken..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Given(Vec<(usize, usize, &'static str)>);

    impl Rows for Given {
        fn rows(&mut self, text: &mut RowText) -> Result<bool, ReadError> {
            for (row, column, value) in self.0.drain(..) {
                text.put(row, column, value);
            }
            text.end();
            Ok(false)
        }
    }

    #[test]
    fn a_line_is_a_row_and_rows_are_filled_up() {
        let cells =
            vec![(1, 0, "标题"), (3, 0, "a"), (3, 2, "c"), (4, 1, "two\nlines\u{1f}"), (5, 7, "  "), (6, 0, "z")];
        let mut text = String::new();
        TableText::new(Given(cells)).read_to_string(&mut text).expect("readable");
        assert_eq!(text, "\n标题\n\na\u{1f}\u{1f}c\n\u{1f}two lines \u{1f}\n\nz\u{1f}\u{1f}\n");
    }

    #[test]
    fn bytes_of_any_encoding_become_utf8() {
        let text = "<table>就诊ID 姓名\n张三\n</table>";
        let gbk = encoding_rs::GB18030.encode(text).0;
        let mut read = String::new();
        Utf8::new(&*gbk).read_to_string(&mut read).expect("readable");
        assert_eq!(read, text);
    }
}
