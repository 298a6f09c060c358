//! Staging: typed rows go to Parquet files by bucket, so that everything about one visit can be netted together later.
//!
//! Row groups are closed early when the open files together hold more than the budget, so memory does not grow with the input.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::Int64Type;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::error::SinkError;
use super::read::StageSink;
use super::staged::{STAGED, StagedTable};
use crate::casestore::store::{Store, StoreError, bucket_of, parquet_files};

/// Bytes that the open row groups of one input file may hold together.
const OPEN_BUDGET: usize = 96 << 20;

/// Rows after which a row group is closed in any case.
const ROW_GROUP_ROWS: usize = 1 << 17;

/// Staged rows of one bucket from one input file. The number comes first and the bucket last, so that the files of either are told by the
/// beginning or the end of their names.
fn file_name(file_id: i32, bucket: usize) -> String {
    format!("{}{}", of_file(file_id), of_bucket(bucket))
}

fn of_file(file_id: i32) -> String {
    format!("f{file_id:05}-")
}

fn of_bucket(bucket: usize) -> String {
    format!("b{bucket:03}.parquet")
}

/// The files that hold the staged rows of a table in a bucket, sorted.
///
/// # Errors
/// If the folder cannot be listed.
pub fn files(store: &Store, table: &str, bucket: usize) -> Result<Vec<PathBuf>, StoreError> {
    let mut files = parquet_files(&store.staged_dir(table))?;
    files.retain(|file| file.to_string_lossy().ends_with(&of_bucket(bucket)));
    Ok(files)
}

/// The files that hold the staged rows of a table from these input files, sorted.
///
/// # Errors
/// If the folder cannot be listed.
pub fn files_from(store: &Store, table: &str, inputs: &BTreeSet<i32>) -> Result<Vec<PathBuf>, StoreError> {
    let mut files = parquet_files(&store.staged_dir(table))?;
    let beginnings: Vec<String> = inputs.iter().map(|input| of_file(*input)).collect();
    let name = |file: &PathBuf| file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    files.retain(|file| beginnings.iter().any(|beginning| name(file).starts_with(beginning)));
    Ok(files)
}

/// Removes the staged rows of an input file.
///
/// # Errors
/// If a folder cannot be listed or a file not be removed.
pub fn discard(store: &Store, file_id: i32) -> Result<(), StoreError> {
    for table in STAGED.iter() {
        for file in parquet_files(&store.staged_dir(&table.name))? {
            if file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&of_file(file_id))) {
                fs::remove_file(&file).map_err(StoreError::io(&file))?;
            }
        }
    }
    Ok(())
}

/// Writes the staged rows of one input file.
pub struct StageWriter<'a> {
    store: &'a Store,
    file_id: i32,
    open: BTreeMap<(&'static str, usize), ArrowWriter<File>>,
}

impl<'a> StageWriter<'a> {
    /// A writer for input file number `file_id` of `store`.
    pub fn new(store: &'a Store, file_id: i32) -> Self {
        Self { store, file_id, open: BTreeMap::new() }
    }

    /// Closes all files.
    ///
    /// # Errors
    /// If the last row groups cannot be written.
    pub fn finish(self) -> Result<(), SinkError> {
        for (_, writer) in self.open {
            writer.close()?;
        }
        Ok(())
    }

    fn write(&mut self, table: &'static StagedTable, bucket: usize, batch: &RecordBatch) -> Result<(), SinkError> {
        let name = table.name.as_str();
        let writer = match self.open.entry((name, bucket)) {
            std::collections::btree_map::Entry::Occupied(open) => open.into_mut(),
            std::collections::btree_map::Entry::Vacant(vacant) => {
                let folder = self.store.staged_dir(name);
                fs::create_dir_all(&folder)?;
                let path = folder.join(file_name(self.file_id, bucket));
                let properties = WriterProperties::builder()
                    .set_compression(Compression::SNAPPY)
                    .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
                    .build();
                vacant.insert(ArrowWriter::try_new(File::create(path)?, batch.schema(), Some(properties))?)
            }
        };
        writer.write(batch)?;
        Ok(())
    }

    /// Closes the largest open row groups until the rest fits the budget.
    fn shrink(&mut self) -> Result<(), SinkError> {
        let mut held: usize = self.open.values().map(ArrowWriter::memory_size).sum();
        while held > OPEN_BUDGET {
            let Some(largest) = self.open.values_mut().max_by_key(|writer| writer.memory_size()) else { break };
            let size = largest.memory_size();
            if size == 0 {
                break;
            }
            largest.flush()?;
            held -= size;
        }
        Ok(())
    }
}

impl StageSink for StageWriter<'_> {
    fn push(&mut self, table: &'static StagedTable, batch: RecordBatch) -> Result<(), SinkError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let buckets = self.store.index.buckets;
        if buckets == 1 {
            self.write(table, 0, &batch)?;
        } else {
            for (bucket, rows) in rows_by_bucket(table, &batch, buckets).into_iter().enumerate() {
                if !rows.is_empty() {
                    let part = take_record_batch(&batch, &UInt32Array::from(rows))?;
                    self.write(table, bucket, &part)?;
                }
            }
        }
        self.shrink()
    }
}

/// Row numbers of each bucket. The first required column decides: the unit for claims, the person for persons.
fn rows_by_bucket(table: &StagedTable, batch: &RecordBatch, buckets: usize) -> Vec<Vec<u32>> {
    let mut rows = vec![Vec::new(); buckets];
    let keys = table.required.first().and_then(|name| batch.column_by_name(name));
    let keys: Option<Arc<dyn Array>> = keys.cloned();
    let keys = keys.as_ref().and_then(|keys| keys.as_primitive_opt::<Int64Type>());
    for row in 0..u32::try_from(batch.num_rows()).unwrap_or(u32::MAX) {
        let at = row as usize;
        let bucket = keys.filter(|keys| keys.is_valid(at)).map_or(0, |keys| bucket_of(keys.value(at), buckets));
        rows[bucket].push(row);
    }
    rows
}
