//! Polars frames from Parquet files and to them.
//!
//! Files are read and written with the `parquet` crate, not by Polars: its reader, and its streaming engine, bring an HTTP client, TLS and
//! the object stores of three clouds into a program that must never touch a network (docs/structure.md, "What is not linked").

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, RecordBatch, RecordBatchReader, StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{ArrowPrimitiveType, Float64Type, Int32Type, Int64Type, UInt32Type};
use arrow::datatypes::{
    DataType as ArrowType, Field as ArrowField, Schema as ArrowSchema, SchemaRef as ArrowSchemaRef,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use polars::prelude::*;

use crate::explained::{Explained, Told, io_zh};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 65_536;

/// Why a Parquet file cannot be read or written.
#[expect(missing_docs, reason = "the fields are what the messages name")]
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The system refused.
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    /// No Parquet file, or a damaged one.
    #[error("{path}: {source}")]
    Parquet { path: PathBuf, source: ParquetError },
    /// It holds what the frames of this program do not.
    #[error("{path}: {source}")]
    Frame { path: PathBuf, source: PolarsError },
}

impl Explained for FrameError {
    fn told(&self) -> Told {
        match self {
            Self::Io { path, source } => Told::new("FJ-208", format!("{}：{}", path.display(), io_zh(source))),
            Self::Parquet { path, source } => {
                Told::new("FJ-205", format!("{} 不是完好的 Parquet 文件（{source}）", path.display()))
            }
            Self::Frame { path, source } => {
                Told::new("FJ-209", format!("{} 的内容不合要求（{source}）", path.display()))
            }
        }
    }
}

impl FrameError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_path_buf(), source }
    }

    fn parquet(path: &Path) -> impl Fn(ParquetError) -> Self + '_ {
        move |source| Self::Parquet { path: path.to_path_buf(), source }
    }

    fn frame(path: &Path) -> impl Fn(PolarsError) -> Self + '_ {
        move |source| Self::Frame { path: path.to_path_buf(), source }
    }
}

impl From<FrameError> for PolarsError {
    fn from(error: FrameError) -> Self {
        polars_err!(ComputeError: "{error}")
    }
}

/// Which columns of a file are read.
#[derive(Debug, Clone, Copy)]
pub enum Columns<'a> {
    /// All of them.
    All,
    /// These; those that a file does not have are left out.
    Named(&'a [&'a str]),
}

impl Columns<'_> {
    /// These columns of a frame that is in memory.
    ///
    /// # Errors
    /// None that a frame can cause; Polars' signature has one.
    pub fn of(self, rows: &DataFrame) -> PolarsResult<DataFrame> {
        match self {
            Self::All => Ok(rows.clone()),
            Self::Named(names) => rows.select(names.iter().copied().filter(|name| rows.column(name).is_ok())),
        }
    }
}

/// The rows of Parquet files of one schema, file after file; `None` for no file. Columns stand in the order of the files.
///
/// # Errors
/// If a file cannot be read, or holds columns that are neither whole numbers, doubles, texts nor truth values.
pub fn read(files: &[PathBuf], columns: Columns<'_>) -> Result<Option<DataFrame>, FrameError> {
    let mut all: Option<DataFrame> = None;
    for path in files {
        let rows = read_file(path, columns)?;
        match &mut all {
            Some(all) => {
                all.vstack_mut_owned(rows).map_err(FrameError::frame(path))?;
            }
            None => all = Some(rows),
        }
    }
    Ok(all)
}

fn read_file(path: &Path, columns: Columns<'_>) -> Result<DataFrame, FrameError> {
    let damaged = FrameError::parquet(path);
    let file = File::open(path).map_err(FrameError::io(path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(&damaged)?;
    let mask = match columns {
        Columns::All => ProjectionMask::all(),
        Columns::Named(names) => ProjectionMask::columns(builder.parquet_schema(), names.iter().copied()),
    };
    let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build().map_err(&damaged)?;
    // A file without rows has no batch, and its columns all the same.
    let mut batches = vec![RecordBatch::new_empty(reader.schema())];
    for batch in reader {
        batches.push(batch.map_err(|error| damaged(error.into()))?);
    }
    from_arrow(&batches).map_err(FrameError::frame(path))
}

/// A Parquet file of any origin with every column as text.
///
/// # Errors
/// If it cannot be read, or has a column that is no text, number, day or time.
pub fn read_texts(path: &Path) -> Result<DataFrame, FrameError> {
    let damaged = FrameError::parquet(path);
    let file = File::open(path).map_err(FrameError::io(path))?;
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(file).and_then(|builder| builder.build()).map_err(&damaged)?;
    let fields: Vec<_> = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
    let fields = fields.into_iter().map(|name| ArrowField::new(name, ArrowType::Utf8, true)).collect::<Vec<_>>();
    let schema: ArrowSchemaRef = Arc::new(ArrowSchema::new(fields));
    let mut batches = vec![RecordBatch::new_empty(Arc::clone(&schema))];
    for batch in reader {
        let batch = batch.map_err(|error| damaged(error.into()))?;
        let texts = batch.columns().iter().map(|column| cast(column, &ArrowType::Utf8)).collect::<Result<Vec<_>, _>>();
        let texts = texts.and_then(|texts| RecordBatch::try_new(Arc::clone(&schema), texts));
        batches.push(texts.map_err(|error| damaged(error.into()))?);
    }
    from_arrow(&batches).map_err(FrameError::frame(path))
}

/// Batches of one schema as a frame, each column in one piece.
///
/// # Errors
/// If a column is of a type that the case store does not have, or two have one name.
pub fn from_arrow(batches: &[RecordBatch]) -> PolarsResult<DataFrame> {
    let Some(first) = batches.first() else { return Ok(DataFrame::empty()) };
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let mut columns = Vec::with_capacity(first.num_columns());
    for (at, field) in first.schema().fields().iter().enumerate() {
        let name = PlSmallStr::from_str(field.name());
        let pieces: Vec<&ArrayRef> = batches.iter().map(|batch| batch.column(at)).collect();
        let column = match field.data_type() {
            ArrowType::Int64 => primitive::<Int64Type, polars::prelude::Int64Type>(name, &pieces, rows),
            ArrowType::Int32 => primitive::<Int32Type, polars::prelude::Int32Type>(name, &pieces, rows),
            ArrowType::UInt32 => primitive::<UInt32Type, polars::prelude::UInt32Type>(name, &pieces, rows),
            ArrowType::Float64 => primitive::<Float64Type, polars::prelude::Float64Type>(name, &pieces, rows),
            ArrowType::Utf8 => {
                let values = pieces.iter().flat_map(|piece| piece.as_string::<i32>().iter());
                let mut builder = StringChunkedBuilder::new(name, rows);
                values.for_each(|value| builder.append_option(value));
                builder.finish().into_column()
            }
            ArrowType::Boolean => {
                let values = pieces.iter().flat_map(|piece| piece.as_boolean().iter());
                BooleanChunked::from_iter_options(name, values).into_column()
            }
            other => {
                polars_bail!(SchemaMismatch: "column {} is of type {other}, the case store has none", field.name())
            }
        };
        columns.push(column);
    }
    DataFrame::new(rows, columns)
}

fn primitive<A, P>(name: PlSmallStr, pieces: &[&ArrayRef], rows: usize) -> Column
where
    A: ArrowPrimitiveType,
    P: PolarsNumericType<Native = A::Native>,
    ChunkedArray<P>: IntoColumn,
{
    let arrays = || pieces.iter().map(|piece| piece.as_primitive::<A>());
    if arrays().all(|array| array.null_count() == 0) {
        let mut values = Vec::with_capacity(rows);
        arrays().for_each(|array| values.extend_from_slice(array.values()));
        return ChunkedArray::<P>::from_vec(name, values).into_column();
    }
    let mut builder = PrimitiveChunkedBuilder::<P>::new(name, rows);
    arrays().flat_map(PrimitiveArray::iter).for_each(|value| builder.append_option(value));
    builder.finish().into_column()
}

/// A frame as one batch.
///
/// # Errors
/// If a column is of a type that the case store does not have.
pub fn to_arrow(rows: &DataFrame) -> PolarsResult<RecordBatch> {
    let schema = arrow_schema(rows.schema())?;
    let mut arrays: Vec<ArrayRef> = Vec::with_capacity(rows.width());
    for column in rows.columns() {
        let array: ArrayRef = match column.dtype() {
            DataType::Int64 => Arc::new(PrimitiveArray::<Int64Type>::from_iter(column.i64()?.iter())),
            DataType::Int32 => Arc::new(PrimitiveArray::<Int32Type>::from_iter(column.i32()?.iter())),
            DataType::UInt32 => Arc::new(PrimitiveArray::<UInt32Type>::from_iter(column.u32()?.iter())),
            DataType::Float64 => Arc::new(PrimitiveArray::<Float64Type>::from_iter(column.f64()?.iter())),
            DataType::Boolean => Arc::new(BooleanArray::from_iter(column.bool()?.iter())),
            _ => Arc::new(StringArray::from_iter(column.str()?.iter())),
        };
        arrays.push(array);
    }
    RecordBatch::try_new(schema, arrays).map_err(|error| polars_err!(SchemaMismatch: "{error}"))
}

fn arrow_schema(schema: &Schema) -> PolarsResult<ArrowSchemaRef> {
    let field = |(name, kind): (&PlSmallStr, &DataType)| {
        let kind = match kind {
            DataType::Int64 => ArrowType::Int64,
            DataType::Int32 => ArrowType::Int32,
            DataType::UInt32 => ArrowType::UInt32,
            DataType::Float64 => ArrowType::Float64,
            DataType::Boolean => ArrowType::Boolean,
            DataType::String => ArrowType::Utf8,
            other => polars_bail!(SchemaMismatch: "column {name} is of type {other}, the case store has none"),
        };
        Ok(ArrowField::new(name.as_str(), kind, true))
    };
    Ok(Arc::new(ArrowSchema::new(schema.iter().map(field).collect::<PolarsResult<Vec<_>>>()?)))
}

/// A Parquet file that frames of one schema are written to, each a row group, so that none is held back in memory.
pub struct FrameWriter {
    path: PathBuf,
    writer: ArrowWriter<File>,
}

impl FrameWriter {
    /// Creates the file.
    ///
    /// # Errors
    /// If the system refuses, or a column is of a type that the case store does not have.
    pub fn create(path: &Path, schema: &Schema) -> Result<Self, FrameError> {
        let file = File::create(path).map_err(FrameError::io(path))?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let schema = arrow_schema(schema).map_err(FrameError::frame(path))?;
        let writer = ArrowWriter::try_new(file, schema, Some(properties)).map_err(FrameError::parquet(path))?;
        Ok(Self { path: path.to_path_buf(), writer })
    }

    /// Writes a row group.
    ///
    /// # Errors
    /// If the system refuses, or the columns are not those the file was created with.
    pub fn write(&mut self, rows: &DataFrame) -> Result<(), FrameError> {
        let batch = to_arrow(rows).map_err(FrameError::frame(&self.path))?;
        self.writer.write(&batch).and_then(|()| self.writer.flush()).map_err(FrameError::parquet(&self.path))
    }

    /// Writes what closes the file; without it the file is no Parquet file.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn finish(self) -> Result<(), FrameError> {
        self.writer.close().map(|_| ()).map_err(FrameError::parquet(&self.path))
    }
}

/// Writes one frame as a file of its own.
///
/// # Errors
/// As [`FrameWriter`].
pub fn write(path: &Path, rows: &DataFrame) -> Result<(), FrameError> {
    let mut writer = FrameWriter::create(path, rows.schema())?;
    writer.write(rows)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> DataFrame {
        df![
            "key" => [Some(i64::MIN), None, Some(3)],
            "day" => [Some(1_i32), Some(2), None],
            "share" => [Some(0.5), None, Some(f64::MAX)],
            "name" => [Some("一"), Some(""), None],
            "known" => [Some(true), None, Some(false)],
            "rows" => [1_u32, 2, 3],
        ]
        .unwrap()
    }

    #[test]
    fn what_is_written_is_read_back_in_groups_and_in_files() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one.parquet"), folder.path().join("two.parquet"));
        let mut writer = FrameWriter::create(&one, frame().schema()).unwrap();
        writer.write(&frame()).unwrap();
        writer.write(&frame()).unwrap();
        writer.finish().unwrap();
        write(&two, &frame().clear()).unwrap();
        let read_back = read(&[one.clone(), two], Columns::All).unwrap().unwrap();
        assert!(read_back.equals_missing(&frame().vstack(&frame()).unwrap()), "{read_back}");
        let some = read(&[one], Columns::Named(&["name", "nowhere", "key"])).unwrap().unwrap();
        assert_eq!(some.get_column_names(), ["key", "name"]);
    }

    #[test]
    fn no_file_is_no_frame_and_a_file_without_rows_has_columns() {
        assert!(read(&[], Columns::All).unwrap().is_none());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("empty.parquet");
        write(&path, &frame().clear()).unwrap();
        assert_eq!(read(&[path], Columns::All).unwrap().unwrap().schema(), frame().schema());
    }

    #[test]
    fn a_damaged_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("damaged.parquet");
        std::fs::write(&path, "PAR1 nothing").unwrap();
        let error = read(&[path], Columns::All).unwrap_err().to_string();
        assert!(error.contains("damaged.parquet"), "{error}");
    }
}
