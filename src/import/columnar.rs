//! Parquet exports: every column becomes text cells, so that one set of rules types both kinds of file.
//!
//! Floats are written out in full, unless they have lost digits. A timestamp with a zone, and INT96, is an instant and is shown as the
//! clock of whoever wrote it had it (`zone`); one without a zone is taken as it is. Columns in the names of folders are columns.

use std::fmt::Write;
use std::fs::File;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Field, Float32Type, Float64Type, Schema, TimeUnit, TimestampMicrosecondType as Microseconds,
};
use arrow::error::ArrowError;
use encoding_rs::GB18030;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::Type as PhysicalType;

use super::decode::REPLACEMENT;
use super::error::ReadError;
use super::records::Block;
use super::source::Source;
use super::source::hive::{self, Partition};
use super::zone::{Clock, Clocks, clocks};

/// Rows per block.
const ROWS: usize = 16_384;

/// From here on doubles no longer tell one whole number from the next.
const DOUBLES_ARE_WHOLE: f64 = 9_007_199_254_740_992.0;
/// The same for floats.
const FLOATS_ARE_WHOLE: f32 = 16_777_216.0;

/// A Parquet file whose columns are known.
pub struct ParquetSource {
    builder: ParquetRecordBatchReaderBuilder<File>,
    clocks: Clocks,
    /// For each column of the file, whether it is INT96.
    int96: Vec<bool>,
    /// Columns that only the names of folders tell.
    partitions: Vec<Partition>,
}

/// Opens a Parquet file and reads its schema.
///
/// # Errors
/// It cannot be opened, or is no Parquet.
pub fn open(source: &Source) -> Result<ParquetSource, ReadError> {
    let broken = |error| ReadError::Parquet { source_name: source.name(), error };
    let file = source.file()?;
    // What Arrow adds to a file's schema are types for its own convenience; the file's own do.
    let plain = || ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let loaded = ArrowReaderMetadata::load(&file, plain()).map_err(broken)?;
    let parquet = loaded.parquet_schema();
    let columns = parquet.root_schema().get_fields();
    let int96: Vec<bool> = columns
        .iter()
        .map(|column| column.is_primitive() && column.get_physical_type() == PhysicalType::INT96)
        .collect();
    let first = int96.iter().position(|is| *is);
    // Only of INT96 does Arrow know more: whether the times were instants at all.
    let hinted = first.and_then(|column| {
        let keys = loaded.metadata().file_metadata().key_value_metadata()?;
        keys.iter().find(|pair| pair.key == "ARROW:schema")?;
        let hinted = ArrowReaderMetadata::try_new(loaded.metadata().clone(), ArrowReaderOptions::new()).ok()?;
        hinted.schema().fields().get(column).map(|field| field.data_type().clone())
    });
    let clocks = clocks(loaded.metadata().file_metadata(), hinted.as_ref());
    source.note(first.and(clocks.assumed.clone()).into_iter().collect());
    let mut metadata = loaded.clone();
    if first.is_some() {
        // Nanoseconds end in 2262, and placeholders such as 9999-12-31 lie beyond.
        let fields = loaded.schema().fields().iter().zip(&int96).map(|(field, int96)| match int96 {
            true => {
                let kind = DataType::Timestamp(TimeUnit::Microsecond, None);
                Arc::new(Field::new(field.name(), kind, field.is_nullable()))
            }
            false => field.clone(),
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let options = plain().with_schema(schema);
        metadata = ArrowReaderMetadata::try_new(loaded.metadata().clone(), options).map_err(broken)?;
    }
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
    let own: Vec<String> = builder.schema().fields().iter().map(|field| field.name().clone()).collect();
    let partitions = hive::lacking(source.partitions(), &own);
    Ok(ParquetSource { builder, clocks, int96, partitions })
}

impl ParquetSource {
    /// Names of the columns.
    pub fn names(&self) -> Vec<String> {
        let own = self.builder.schema().fields().iter().map(|field| field.name().clone());
        own.chain(self.partitions.iter().map(|(column, _)| column.clone())).collect()
    }

    /// Gives the rows block by block until `take` has had enough. `wanted` says for each column its place in the block, if any.
    ///
    /// # Errors
    /// The file is broken, or a wanted column holds lists or structures.
    pub fn blocks(
        self,
        source: &Source,
        wanted: &[Option<usize>],
        mut take: impl FnMut(Block) -> bool,
    ) -> Result<(), ReadError> {
        let broken = |error| ReadError::Parquet { source_name: source.name(), error };
        let unreadable = |error| ReadError::Arrow { source_name: source.name(), error };
        let fields = self.builder.schema().fields().clone();
        let roots: Vec<usize> = (0..fields.len()).filter(|column| wanted[*column].is_some()).collect();
        if let Some(nested) = roots.iter().find(|column| fields[**column].data_type().is_nested()) {
            return Err(ReadError::Nested { source_name: source.name(), column: fields[*nested].name().clone() });
        }
        // For each place of the block, its column among those read, or its constant.
        let mut cells: Vec<(usize, Cells)> = roots
            .iter()
            .enumerate()
            .filter_map(|(read, root)| {
                let clock = if self.int96[*root] { self.clocks.int96 } else { self.clocks.instants };
                Some((wanted[*root]?, Cells::Column { read, int96: self.int96[*root], clock }))
            })
            .collect();
        let told = self.partitions.iter().zip(&wanted[fields.len()..]);
        cells.extend(
            told.filter_map(|((_, value), place)| {
                Some(((*place)?, Cells::Constant(value.clone().unwrap_or_default())))
            }),
        );
        cells.sort_by_key(|(place, _)| *place);
        let cells: Vec<Cells> = cells.into_iter().map(|(_, cells)| cells).collect();

        let mask = ProjectionMask::roots(self.builder.parquet_schema(), roots);
        let reader = self.builder.with_projection(mask).with_batch_size(ROWS).build().map_err(broken)?;
        let mut row = 0;
        for batch in reader {
            let batch = batch.map_err(unreadable)?;
            if !take(block(&batch, &cells, row).map_err(unreadable)?) {
                return Ok(());
            }
            row += batch.num_rows() as u64;
        }
        Ok(())
    }
}

/// Where the cells of one place of a block come from.
enum Cells {
    Column { read: usize, int96: bool, clock: Clock },
    Constant(String),
}

/// A batch as a block of text cells. `row` is the number of rows before it.
fn block(batch: &RecordBatch, cells: &[Cells], row: u64) -> Result<Block, ArrowError> {
    let mut damaged = false;
    let mut columns: Vec<Result<ArrayRef, &str>> = Vec::with_capacity(cells.len());
    for cells in cells {
        columns.push(match cells {
            Cells::Column { read, int96, clock } => {
                let column = batch.column(*read);
                damaged |= is_binary(column.data_type());
                Ok(text(column, *int96, *clock)?)
            }
            Cells::Constant(value) => Err(value),
        });
    }
    let columns: Vec<_> =
        columns.iter().map(|column| column.as_ref().map(|column| column.as_string::<i32>())).collect();
    let mut block = Block { damaged, ..Block::new(columns.len()) };
    // The first row stands on line 2, as if there were a header.
    block.lines = (0..batch.num_rows() as u64).map(|number| row + number + 2).collect();
    for row in 0..batch.num_rows() {
        for column in &columns {
            block.push(match column {
                Ok(column) if column.is_null(row) => "",
                Ok(column) => column.value(row),
                Err(constant) => constant,
            });
        }
    }
    Ok(block)
}

const fn is_binary(kind: &DataType) -> bool {
    matches!(kind, DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_))
}

/// A column as text.
fn text(column: &ArrayRef, int96: bool, clock: Clock) -> Result<ArrayRef, ArrowError> {
    match column.data_type() {
        DataType::Utf8 => Ok(column.clone()),
        DataType::Float16 | DataType::Float32 => {
            let column = cast(column, &DataType::Float32)?;
            let lost = |value: &f32| value.abs() >= FLOATS_ARE_WHOLE && value.is_finite();
            Ok(Arc::new(plain_floats(column.as_primitive::<Float32Type>().iter(), lost)))
        }
        DataType::Float64 => {
            let lost = |value: &f64| value.abs() >= DOUBLES_ARE_WHOLE && value.is_finite();
            Ok(Arc::new(plain_floats(column.as_primitive::<Float64Type>().iter(), lost)))
        }
        DataType::Timestamp(_, zone) => {
            let clock = if int96 || zone.is_some() { clock } else { Clock::AsItStands };
            let instants = cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
            let shown = instants.as_primitive::<Microseconds>().unary_opt::<_, Microseconds>(|at| clock.show(at));
            cast(&shown, &DataType::Utf8)
        }
        kind if is_binary(kind) => {
            let column = cast(column, &DataType::LargeBinary)?;
            Ok(Arc::new(column.as_binary::<i64>().iter().map(|bytes| bytes.map(decoded)).collect::<StringArray>()))
        }
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale)
            if *scale > 0 =>
        {
            let written = cast(column, &DataType::Utf8)?;
            Ok(Arc::new(without_empty_decimals(written.as_string::<i32>())))
        }
        _ => cast(column, &DataType::Utf8),
    }
}

/// Decimals without zeros at their end: `3401.0000000000` is the number of a person in a column that was made for money.
fn without_empty_decimals(written: &StringArray) -> StringArray {
    written
        .iter()
        .map(|text| {
            text.map(|text| if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text })
        })
        .collect()
}

/// Bytes as text: UTF-8, else GBK, as tools write strings that they were not told to be strings. What is neither is marked as damage.
fn decoded(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => text.into_owned(),
        None => REPLACEMENT.to_string(),
    }
}

/// Floats written out in full, `12345.0` as `12345`; those that have `lost` digits in scientific notation, by which the reading of
/// identifiers knows them.
fn plain_floats<T: std::fmt::Display + std::fmt::UpperExp>(
    values: impl Iterator<Item = Option<T>>,
    lost: impl Fn(&T) -> bool,
) -> StringArray {
    let mut buffer = String::new();
    let mut builder = StringBuilder::new();
    for value in values {
        match value {
            Some(value) => {
                buffer.clear();
                // Writing to a String cannot fail.
                let _ = match lost(&value) {
                    true => write!(buffer, "{}", format!("{value:E}").replace('E', "E+")),
                    false => write!(buffer, "{value}"),
                };
                builder.append_value(&buffer);
            }
            None => builder.append_null(),
        }
    }
    builder.finish()
}

#[cfg(test)]
mod tests {
    use arrow::array::{BinaryArray, Decimal128Array, Float32Array, Float64Array};

    use super::*;

    fn texts(column: ArrayRef) -> Vec<Option<String>> {
        let text = text(&column, false, Clock::AsItStands).expect("plain cells");
        text.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
    }

    #[test]
    fn numbers_lose_nothing_or_say_so() {
        let some = |texts: &[&str]| texts.iter().map(|text| Some((*text).to_owned())).collect::<Vec<_>>();
        let doubles = Float64Array::from(vec![12_345.0, 0.1, 9_007_199_254_740_991.0, 340_103_199_001_011_234.0]);
        assert_eq!(texts(Arc::new(doubles)), some(&["12345", "0.1", "9007199254740991", "3.4010319900101126E+17"]));
        let floats = Float32Array::from(vec![12.3, 16_777_215.0, 34_010_320.0]);
        assert_eq!(texts(Arc::new(floats)), some(&["12.3", "16777215", "3.401032E+7"]));
        let decimals = Decimal128Array::from(vec![1_250, 1_200, 0, -50, 100_000]).with_precision_and_scale(18, 2);
        assert_eq!(texts(Arc::new(decimals.expect("a scale"))), some(&["12.5", "12", "0", "-0.5", "1000"]));
    }

    #[test]
    fn bytes_are_text_of_one_of_two_encodings_or_damage() {
        let gbk = GB18030.encode("张三").0.into_owned();
        let column = BinaryArray::from_opt_vec(vec![Some("李四".as_bytes()), Some(&gbk), Some(b"\xff\xff"), None]);
        let told = [Some("李四"), Some("张三"), Some("\u{fffd}"), None].map(|text| text.map(str::to_owned));
        assert_eq!(texts(Arc::new(column)), told);
    }
}
