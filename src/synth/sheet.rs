//! Sheets: one exported table on its way to a file, as delimited text or as Parquet.
//!
//! Rows are given cell by cell, so that no cell needs a text of its own. A sheet is filled in pieces, one per chunk of
//! persons and on any thread; a `SheetFile` takes the pieces in order.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow::array::{
    ArrayBuilder, ArrayRef, Date32Builder, Decimal128Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMillisecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::SynthError;
use crate::calendar::{DAY_MINUTES, parts};

/// What the cells of a column hold, and how text exports write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Codes and names.
    Text,
    /// Fen, written as yuan with two decimals.
    Money,
    /// Ten-thousandths, written with four decimals.
    Quantity,
    /// Millionths of a yuan, written with six decimals.
    Price,
    /// Days since 1970-01-01, written `2024-01-05`.
    Day,
    /// Days since 1970-01-01, written `20240105` as some registers do.
    CompactDay,
    /// Minutes since 1970-01-01 00:00, written `2024-01-05 08:30:00`.
    Minute,
    /// Whole numbers.
    Int,
}

/// A column of an exported table.
pub(super) type Column = (&'static str, Kind);

/// An exported table: the name of its file without suffix, and its columns.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: &'static [Column],
}

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text { gb18030: bool, delimiter: &'static str },
    Parquet,
}

/// A piece of a table: some of its rows.
pub(super) struct Sheet {
    table: &'static Table,
    content: Content,
    next: usize,
    rows: u64,
    // Codes made of several parts are put together here, one after another.
    scratch: String,
}

enum Content {
    Text { bytes: Vec<u8>, gb18030: bool, delimiter: &'static str },
    Columns(Vec<ColumnBuilder>),
}

enum ColumnBuilder {
    Text(StringBuilder),
    Decimal(Decimal128Builder),
    Day(Date32Builder),
    Minute(TimestampMillisecondBuilder),
    Int(Int64Builder),
}

impl Sheet {
    /// An empty piece of `table`.
    pub(super) fn new(table: &'static Table, form: Form) -> Self {
        let content = match form {
            Form::Text { gb18030, delimiter } => Content::Text { bytes: Vec::new(), gb18030, delimiter },
            Form::Parquet => {
                Content::Columns(table.columns.iter().map(|(_, kind)| ColumnBuilder::new(*kind)).collect())
            }
        };
        Self { table, content, next: 0, rows: 0, scratch: String::new() }
    }

    /// Codes or names; an empty text is an empty cell.
    pub(super) fn text(&mut self, value: &str) -> &mut Self {
        self.delimit();
        match &mut self.content {
            Content::Text { bytes, gb18030, delimiter } => {
                debug_assert!(!value.contains(*delimiter), "{value}: nothing is quoted here");
                push_text(bytes, value, *gb18030);
            }
            Content::Columns(builders) => {
                if let ColumnBuilder::Text(builder) = &mut builders[self.next] {
                    builder.append_option((!value.is_empty()).then_some(value));
                }
            }
        }
        self.step()
    }

    /// A code made of a prefix and a number of at least `width` digits.
    pub(super) fn code(&mut self, prefix: &str, number: u64, width: usize) -> &mut Self {
        let mut code = std::mem::take(&mut self.scratch);
        code.clear();
        // Writing to a String cannot fail.
        let _ = write!(code, "{prefix}{number:0width$}");
        self.text(&code);
        self.scratch = code;
        self
    }

    /// A word that means "nothing": delimited text holds the word, Parquet a null.
    pub(super) fn null_word(&mut self, word: &'static str) -> &mut Self {
        self.delimit();
        match &mut self.content {
            Content::Text { bytes, .. } => bytes.extend_from_slice(word.as_bytes()),
            Content::Columns(builders) => builders[self.next].append_null(),
        }
        self.step()
    }

    /// A number in the unit of the column's kind: fen, ten-thousandths, days, minutes …
    pub(super) fn number(&mut self, value: i64) -> &mut Self {
        self.delimit();
        let kind = self.table.columns[self.next].1;
        match &mut self.content {
            Content::Text { bytes, .. } => push_number(bytes, value, kind),
            Content::Columns(builders) => builders[self.next].append_number(value),
        }
        self.step()
    }

    /// A number, or an empty cell.
    pub(super) fn optional(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.number(value),
            None => self.null_word(""),
        }
    }

    /// Ends the row.
    pub(super) fn end_row(&mut self) {
        debug_assert_eq!(self.next, self.table.columns.len(), "{}: a row with missing cells", self.table.name);
        self.next = 0;
        self.rows += 1;
        if let Content::Text { bytes, .. } = &mut self.content {
            bytes.push(b'\n');
        }
    }

    fn delimit(&mut self) {
        if self.next > 0
            && let Content::Text { bytes, delimiter, .. } = &mut self.content
        {
            bytes.extend_from_slice(delimiter.as_bytes());
        }
    }

    fn step(&mut self) -> &mut Self {
        self.next += 1;
        self
    }
}

impl ColumnBuilder {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Money | Kind::Quantity | Kind::Price => {
                Self::Decimal(Decimal128Builder::new().with_data_type(data_type(kind)))
            }
            Kind::Day | Kind::CompactDay => Self::Day(Date32Builder::new()),
            Kind::Minute => Self::Minute(TimestampMillisecondBuilder::new()),
            Kind::Int => Self::Int(Int64Builder::new()),
        }
    }

    fn append_number(&mut self, value: i64) {
        match self {
            Self::Text(builder) => builder.append_value(value.to_string()),
            Self::Decimal(builder) => builder.append_value(i128::from(value)),
            // Day numbers of any date a calendar writes fit.
            Self::Day(builder) => builder.append_value(value as i32),
            Self::Minute(builder) => builder.append_value(value * 60_000),
            Self::Int(builder) => builder.append_value(value),
        }
    }

    fn append_null(&mut self) {
        match self {
            Self::Text(builder) => builder.append_null(),
            Self::Decimal(builder) => builder.append_null(),
            Self::Day(builder) => builder.append_null(),
            Self::Minute(builder) => builder.append_null(),
            Self::Int(builder) => builder.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(builder) => ArrayBuilder::finish(builder),
            Self::Decimal(builder) => ArrayBuilder::finish(builder),
            Self::Day(builder) => ArrayBuilder::finish(builder),
            Self::Minute(builder) => ArrayBuilder::finish(builder),
            Self::Int(builder) => ArrayBuilder::finish(builder),
        }
    }
}

fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Money => DataType::Decimal128(16, 2),
        Kind::Quantity => DataType::Decimal128(16, 4),
        Kind::Price => DataType::Decimal128(16, 6),
        Kind::Day | Kind::CompactDay => DataType::Date32,
        Kind::Minute => DataType::Timestamp(TimeUnit::Millisecond, None),
        Kind::Int => DataType::Int64,
    }
}

/// A table's file, which takes the table's pieces one after another.
pub(super) struct SheetFile {
    path: PathBuf,
    form: Form,
    sink: Sink,
    rows: u64,
}

enum Sink {
    Text(BufWriter<File>),
    Parquet { writer: Box<ArrowWriter<BufWriter<File>>>, schema: Arc<Schema> },
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SynthFile {
    /// Where it is.
    pub path: PathBuf,
    /// Rows without the header, repeated rows counted as often as they are there.
    pub rows: u64,
    /// Length in bytes.
    pub bytes: u64,
}

impl SheetFile {
    /// Creates the file of `table` in `folder` and writes the header.
    pub(super) fn create(folder: &Path, table: &'static Table, form: Form) -> Result<Self, SynthError> {
        let suffix = if form == Form::Parquet { "parquet" } else { "csv" };
        let path = folder.join(format!("{}.{suffix}", table.name));
        let file = File::create(&path).map_err(|source| SynthError::Write { path: path.clone(), source })?;
        let mut writer = BufWriter::with_capacity(1 << 20, file);
        let sink = match form {
            Form::Text { delimiter, .. } => {
                let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
                writeln!(writer, "{}", names.join(delimiter))
                    .map_err(|source| SynthError::Write { path: path.clone(), source })?;
                Sink::Text(writer)
            }
            Form::Parquet => {
                let fields: Vec<Field> =
                    table.columns.iter().map(|(name, kind)| Field::new(*name, data_type(*kind), true)).collect();
                let schema = Arc::new(Schema::new(fields));
                let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default()));
                let writer = ArrowWriter::try_new(writer, Arc::clone(&schema), Some(properties.build()))
                    .map_err(|source| SynthError::Parquet { path: path.clone(), source })?;
                Sink::Parquet { writer: Box::new(writer), schema }
            }
        };
        Ok(Self { path, form, sink, rows: 0 })
    }

    /// How its pieces must be made.
    pub(super) fn form(&self) -> Form {
        self.form
    }

    /// Adds a piece.
    pub(super) fn append(&mut self, sheet: Sheet) -> Result<(), SynthError> {
        if sheet.rows == 0 {
            return Ok(());
        }
        self.rows += sheet.rows;
        match (&mut self.sink, sheet.content) {
            (Sink::Text(writer), Content::Text { bytes, .. }) => {
                writer.write_all(&bytes).map_err(|source| SynthError::Write { path: self.path.clone(), source })
            }
            (Sink::Parquet { writer, schema }, Content::Columns(mut builders)) => {
                let columns = builders.iter_mut().map(ColumnBuilder::finish).collect();
                RecordBatch::try_new(Arc::clone(schema), columns)
                    .map_err(parquet::errors::ParquetError::from)
                    .and_then(|batch| writer.write(&batch))
                    .map_err(|source| SynthError::Parquet { path: self.path.clone(), source })
            }
            _ => unreachable!("a piece is made in its file's form"),
        }
    }

    /// Completes the file.
    pub(super) fn finish(self) -> Result<SynthFile, SynthError> {
        let Self { path, sink, rows, .. } = self;
        match sink {
            Sink::Text(mut writer) => {
                writer.flush().map_err(|source| SynthError::Write { path: path.clone(), source })?;
            }
            Sink::Parquet { writer, .. } => {
                let mut inner =
                    writer.into_inner().map_err(|source| SynthError::Parquet { path: path.clone(), source })?;
                inner.flush().map_err(|source| SynthError::Write { path: path.clone(), source })?;
            }
        }
        let length = std::fs::metadata(&path).map_err(|source| SynthError::Write { path: path.clone(), source })?.len();
        Ok(SynthFile { path, rows, bytes: length })
    }
}

fn push_number(bytes: &mut Vec<u8>, value: i64, kind: Kind) {
    match kind {
        Kind::Money => push_scaled(bytes, value, 2),
        Kind::Quantity => push_scaled(bytes, value, 4),
        Kind::Price => push_scaled(bytes, value, 6),
        Kind::Day => push_day(bytes, value, "-"),
        Kind::CompactDay => push_day(bytes, value, ""),
        Kind::Minute => {
            push_day(bytes, value.div_euclid(DAY_MINUTES), "-");
            let minute = value.rem_euclid(DAY_MINUTES);
            bytes.push(b' ');
            push_padded(bytes, (minute / 60).cast_unsigned(), 2);
            bytes.push(b':');
            push_padded(bytes, (minute % 60).cast_unsigned(), 2);
            bytes.extend_from_slice(b":00");
        }
        Kind::Int | Kind::Text => push_scaled(bytes, value, 0),
    }
}

fn push_day(bytes: &mut Vec<u8>, day: i64, separator: &str) {
    let (year, month, date) = parts(day);
    push_padded(bytes, year.cast_unsigned(), 4);
    bytes.extend_from_slice(separator.as_bytes());
    push_padded(bytes, month.cast_unsigned(), 2);
    bytes.extend_from_slice(separator.as_bytes());
    push_padded(bytes, date.cast_unsigned(), 2);
}

/// A whole number of 10^−decimals.
fn push_scaled(bytes: &mut Vec<u8>, value: i64, decimals: usize) {
    if value < 0 {
        bytes.push(b'-');
    }
    let unit = 10_u64.pow(decimals as u32);
    let magnitude = value.unsigned_abs();
    push_padded(bytes, magnitude / unit, 1);
    if decimals > 0 {
        bytes.push(b'.');
        push_padded(bytes, magnitude % unit, decimals);
    }
}

fn push_padded(bytes: &mut Vec<u8>, mut value: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut used = 0;
    while value > 0 {
        used += 1;
        digits[20 - used] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    bytes.extend_from_slice(&digits[20 - used.max(width)..]);
}

fn push_text(bytes: &mut Vec<u8>, value: &str, gb18030: bool) {
    if !gb18030 || value.is_ascii() {
        bytes.extend_from_slice(value.as_bytes());
        return;
    }
    for character in value.chars() {
        if character.is_ascii() {
            bytes.push(character as u8);
        } else {
            let code = gb18030_code(character).to_be_bytes();
            let start = code.iter().position(|byte| *byte != 0).unwrap_or(3);
            bytes.extend_from_slice(&code[start..]);
        }
    }
}

/// The two or four bytes of a character in GB18030, as a number.
///
/// encoding_rs encodes Chinese by searching its decoding tables, which would be most of the time of writing an area. So
/// each character is asked for once and remembered.
fn gb18030_code(character: char) -> u32 {
    static KNOWN: [AtomicU32; 1 << 16] = [const { AtomicU32::new(0) }; 1 << 16];
    let slot = KNOWN.get(character as usize);
    if let Some(code) = slot.map(|slot| slot.load(Ordering::Relaxed))
        && code != 0
    {
        return code;
    }
    let mut text = [0_u8; 4];
    let (encoded, _, _) = encoding_rs::GB18030.encode(character.encode_utf8(&mut text));
    let code = encoded.iter().fold(0, |code, byte| code << 8 | u32::from(*byte));
    if let Some(slot) = slot {
        slot.store(code, Ordering::Relaxed);
    }
    code
}

#[cfg(test)]
mod tests {
    use super::{Kind, push_number, push_text};

    fn written(value: i64, kind: Kind) -> String {
        let mut bytes = Vec::new();
        push_number(&mut bytes, value, kind);
        String::from_utf8(bytes).expect("numbers are ASCII")
    }

    #[test]
    fn numbers_are_written_exactly() {
        assert_eq!(written(-5, Kind::Money), "-0.05");
        assert_eq!(written(123_456, Kind::Money), "1234.56");
        assert_eq!(written(15_000, Kind::Quantity), "1.5000");
        assert_eq!(written(12_345_678, Kind::Price), "12.345678");
        assert_eq!(written(0, Kind::Int), "0");
        assert_eq!(written(19_782, Kind::Day), "2024-02-29");
        assert_eq!(written(19_782, Kind::CompactDay), "20240229");
        assert_eq!(written(19_782 * 1440 + 510, Kind::Minute), "2024-02-29 08:30:00");
    }

    #[test]
    fn remembered_characters_are_gb18030() {
        for text in ["注射用头孢呋辛钠（0.75g）", "Ⅱ级护理α·①", "𠀀"] {
            let mut bytes = Vec::new();
            push_text(&mut bytes, text, true);
            assert_eq!(bytes, encoding_rs::GB18030.encode(text).0.as_ref());
        }
    }
}
