//! Parquet exports: every column becomes text cells, so that one set of rules types both kinds of file.
//!
//! Floats are written out in full, never in scientific notation. A timestamp with a zone is an instant and is shown as the Beijing
//! clock had it; one without a zone is taken as it is.

use std::fmt::Write;
use std::fs::File;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type, Float64Type, TimeUnit};
use arrow::error::ArrowError;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::error::ReadError;
use super::records::Block;
use super::source::Source;

/// Rows per block.
const ROWS: usize = 16_384;
/// Beijing is eight hours ahead of UTC all year.
const BEIJING_MICROSECONDS: i64 = 8 * 3_600 * 1_000_000;

/// A Parquet file whose columns are known.
pub struct ParquetSource {
    builder: ParquetRecordBatchReaderBuilder<File>,
}

/// Opens a Parquet file and reads its schema.
///
/// # Errors
/// It cannot be opened, or is no Parquet.
pub fn open(source: &Source) -> Result<ParquetSource, ReadError> {
    let file = File::open(&source.path).map_err(|error| ReadError::Io { source_name: source.name(), error })?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)
        .map_err(|error| ReadError::Parquet { source_name: source.name(), error })?;
    Ok(ParquetSource { builder })
}

impl ParquetSource {
    /// Names of the columns.
    pub fn names(&self) -> Vec<String> {
        self.builder.schema().fields().iter().map(|field| field.name().clone()).collect()
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
        let roots: Vec<usize> = (0..wanted.len()).filter(|column| wanted[*column].is_some()).collect();
        // Where each place of the block is among the columns read.
        let mut order: Vec<usize> = (0..roots.len()).collect();
        order.sort_by_key(|read| wanted[roots[*read]]);
        let mask = ProjectionMask::roots(self.builder.parquet_schema(), roots);
        let reader = self.builder.with_projection(mask).with_batch_size(ROWS).build().map_err(broken)?;
        let mut row = 0;
        for batch in reader {
            let batch = batch.map_err(unreadable)?;
            if !take(block(&batch, &order, row).map_err(unreadable)?) {
                return Ok(());
            }
            row += batch.num_rows() as u64;
        }
        Ok(())
    }
}

/// A batch as a block of text cells. `row` is the number of rows before it.
fn block(batch: &RecordBatch, order: &[usize], row: u64) -> Result<Block, ArrowError> {
    let columns: Vec<ArrayRef> = order.iter().map(|column| text(batch.column(*column))).collect::<Result<_, _>>()?;
    let columns: Vec<_> = columns.iter().map(|column| column.as_string::<i32>()).collect();
    let mut block = Block::new(columns.len());
    // The first row stands on line 2, as if there were a header.
    block.lines = (0..batch.num_rows() as u64).map(|number| row + number + 2).collect();
    for row in 0..batch.num_rows() {
        for column in &columns {
            block.push(if column.is_null(row) { "" } else { column.value(row) });
        }
    }
    Ok(block)
}

/// A column as text.
fn text(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match column.data_type() {
        DataType::Utf8 => Ok(column.clone()),
        DataType::Float16 | DataType::Float32 => {
            let column = cast(column, &DataType::Float32)?;
            Ok(std::sync::Arc::new(plain_floats(column.as_primitive::<Float32Type>().iter())))
        }
        DataType::Float64 => Ok(std::sync::Arc::new(plain_floats(column.as_primitive::<Float64Type>().iter()))),
        DataType::Timestamp(_, zone) => {
            let shift = if zone.is_some() { BEIJING_MICROSECONDS } else { 0 };
            let instants = cast(column, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
            let instants = instants.as_primitive::<arrow::datatypes::TimestampMicrosecondType>();
            let clock = instants.unary_opt::<_, arrow::datatypes::TimestampMicrosecondType>(|at| at.checked_add(shift));
            cast(&clock, &DataType::Utf8)
        }
        _ => cast(column, &DataType::Utf8),
    }
}

/// Floats written out in full; `12345.0` is written `12345`.
fn plain_floats<T: std::fmt::Display>(values: impl Iterator<Item = Option<T>>) -> arrow::array::StringArray {
    let mut buffer = String::new();
    let mut builder = arrow::array::StringBuilder::new();
    for value in values {
        match value {
            Some(value) => {
                buffer.clear();
                // Writing to a String cannot fail.
                let _ = write!(buffer, "{value}");
                builder.append_value(&buffer);
            }
            None => builder.append_null(),
        }
    }
    builder.finish()
}
