//! The rejects of a store, one CSV file per input: written while the input is read, and read back for rejects.csv.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::error::{ImportError, SinkError};
use super::reject::{Reason, Reject, RejectSink};
use crate::casestore::store::{Store, StoreError};
use crate::files;
use crate::lang::Lang;

/// What could not be used of one input file.
fn path_of(store: &Store, file_id: i32) -> PathBuf {
    store.root().join("rejects").join(format!("f{file_id:05}.csv"))
}

/// Rows of all input files that contradict a kept one.
fn conflicts_path(store: &Store) -> PathBuf {
    store.root().join("rejects").join("conflicts.csv")
}

/// Columns of a stored rejects file.
const REJECT_COLUMNS: [&str; 5] = ["line", "column", "value", "reason", "row_dropped"];

/// Reason of rows that contradict a kept one; found while netting, not while reading.
pub const CONFLICT: &str = "conflict";

/// Rejects of one input file, on disk as they come.
pub struct RejectFile {
    path: PathBuf,
    writer: csv::Writer<File>,
}

impl RejectFile {
    /// An empty file for the rejects of input file number `file_id`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn create(store: &Store, file_id: i32) -> Result<Self, ImportError> {
        let path = path_of(store, file_id);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(StoreError::io(folder))?;
            files::restrict(folder).map_err(StoreError::io(folder))?;
        }
        let mut writer = csv::Writer::from_path(&path).map_err(failed(&path))?;
        writer.write_record(REJECT_COLUMNS).map_err(failed(&path))?;
        Ok(Self { path, writer })
    }

    /// Writes what is still held back.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn finish(mut self) -> Result<(), ImportError> {
        self.writer.flush().map_err(StoreError::io(&self.path)).map_err(ImportError::from)
    }
}

impl RejectSink for RejectFile {
    fn push(&mut self, reject: Reject) -> Result<(), SinkError> {
        let line = reject.line.to_string();
        let dropped = if reject.row_dropped { "1" } else { "0" };
        self.writer.write_record([line.as_str(), &reject.column, &reject.value, reject.reason.id(), dropped])?;
        Ok(())
    }
}

fn failed(path: &Path) -> impl Fn(csv::Error) -> ImportError + '_ {
    move |source| ImportError::Rejects { path: path.to_path_buf(), source }
}

/// Removes the rejects of an input file.
///
/// # Errors
/// If the file cannot be removed.
pub fn discard(store: &Store, file_id: i32) -> Result<(), ImportError> {
    let path = path_of(store, file_id);
    if path.exists() {
        fs::remove_file(&path).map_err(StoreError::io(&path))?;
    }
    Ok(())
}

/// Conflicts of the whole store (file, line, staged table), rewritten at every import because each nets everything anew.
///
/// # Errors
/// If the file cannot be written.
pub fn write_conflicts(store: &Store, conflicts: &[(i32, i64, &str)]) -> Result<(), ImportError> {
    let path = conflicts_path(store);
    let mut writer = csv::Writer::from_path(&path).map_err(failed(&path))?;
    writer.write_record(["file_id", "line", "table"]).map_err(failed(&path))?;
    let mut conflicts = conflicts.to_vec();
    conflicts.sort_unstable();
    for (file, line, table) in conflicts {
        writer.write_record([&file.to_string(), &line.to_string(), table]).map_err(failed(&path))?;
    }
    writer.flush().map_err(StoreError::io(&path)).map_err(ImportError::from)
}

/// One row of rejects.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Path of the export.
    pub file: String,
    /// Line in it.
    pub line: u64,
    /// Column; empty when the whole row is meant.
    pub column: String,
    /// What stood there.
    pub value: String,
    /// Reason, as an id of [`Reason`] or [`CONFLICT`].
    pub reason: String,
}

/// The sentence for the reason of a [`RejectedRow`].
pub fn reason_text(id: &str, lang: Lang) -> &'static str {
    match Reason::from_id(id) {
        Some(reason) => reason.text(lang),
        None => lang.pick(
            "与另一行主键相同而内容不同，采用金额较低的一行",
            "same key as another row, other content: the row with the lower amount is kept",
        ),
    }
}

/// Hands every reject of `store` to `each`, by file and line.
///
/// # Errors
/// If a rejects file cannot be read, or `each` fails.
pub fn for_each_reject<E: From<ImportError>>(
    store: &Store,
    mut each: impl FnMut(&RejectedRow) -> Result<(), E>,
) -> Result<(), E> {
    let name = |file_id: i32| {
        let file = store.index.files.iter().find(|file| file.file_id == file_id);
        file.map(|file| file.source.clone()).unwrap_or_default()
    };
    for file in &store.index.files {
        for record in records(path_of(store, file.file_id))? {
            let record = record?;
            let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
            each(&RejectedRow {
                file: file.source.clone(),
                line: cell(0).parse().unwrap_or_default(),
                column: cell(1),
                value: cell(2),
                reason: cell(3),
            })?;
        }
    }
    for record in records(conflicts_path(store))? {
        let record = record?;
        let cell = |at: usize| record.get(at).unwrap_or_default();
        each(&RejectedRow {
            file: name(cell(0).parse().unwrap_or_default()),
            line: cell(1).parse().unwrap_or_default(),
            column: String::new(),
            value: cell(2).to_owned(),
            reason: CONFLICT.to_owned(),
        })?;
    }
    Ok(())
}

/// The records of a CSV file with a header.
fn records(path: PathBuf) -> Result<impl Iterator<Item = Result<csv::StringRecord, ImportError>>, ImportError> {
    let reader = csv::Reader::from_path(&path).map_err(failed(&path))?;
    Ok(reader.into_records().map(move |record| record.map_err(failed(&path))))
}
