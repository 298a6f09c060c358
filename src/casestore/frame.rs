//! Case-store rows in memory, from Arrow to Polars.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType as ArrowType, Int32Type, Int64Type};
use polars::prelude::*;

/// A batch of case-store columns (64- and 32-bit integers, text) as a Polars frame.
///
/// # Errors
/// If the batch holds a column of another type or two of one name.
pub fn to_polars(batch: &RecordBatch) -> PolarsResult<DataFrame> {
    let mut columns = Vec::with_capacity(batch.num_columns());
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let name = PlSmallStr::from_str(field.name());
        let column = match array.data_type() {
            ArrowType::Int64 => {
                Int64Chunked::from_iter_options(name, array.as_primitive::<Int64Type>().iter()).into_column()
            }
            ArrowType::Int32 => {
                Int32Chunked::from_iter_options(name, array.as_primitive::<Int32Type>().iter()).into_column()
            }
            ArrowType::Utf8 => StringChunked::from_iter_options(name, array.as_string::<i32>().iter()).into_column(),
            other => {
                polars_bail!(SchemaMismatch: "column {} is of type {other}, the case store has none", field.name())
            }
        };
        columns.push(column);
    }
    DataFrame::new(batch.num_rows(), columns)
}
