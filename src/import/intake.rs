//! One file of an export taken into a store: told from those that the store has already, read, and entered in its index.

use std::sync::atomic::AtomicU64;

use super::error::{ImportError, ReadError};
use super::layout::Layouts;
use super::read::read_source;
use super::rejected::{self, RejectFile};
use super::source::{Source, hive};
use super::stage::{self, StageWriter};
use crate::casestore::store::{ImportedFile, Store};
use crate::lang::Text;

/// Reads `source` into `store` and enters it in the index, which is not saved yet. Where the store has it already nothing changes, and why
/// it is passed over is returned. `mapped` says that `layouts` holds maps of the user's; `progress` is told the bytes and rows done so far.
///
/// # Errors
/// If the file cannot be read, or the store not be written.
pub fn take(
    store: &mut Store,
    source: &Source,
    layouts: &Layouts,
    mapped: bool,
    progress: &dyn Fn(u64, u64),
) -> Result<Option<Text>, ImportError> {
    // A map may read the same bytes otherwise, so only without maps do the bytes alone decide.
    if !mapped && let Some(known) = same_bytes(store, source)? {
        return Ok(Some(imported_already(known)));
    }
    let file_id = store.index.files.iter().map(|file| file.file_id).max().unwrap_or(0) + 1;
    let read = match read_one(store, source, file_id, layouts, progress) {
        Ok(read) => read,
        Err(error) => {
            // Half of a file would pass for a whole one.
            discard(store, file_id)?;
            return Err(error);
        }
    };
    let same =
        |file: &&ImportedFile| file.sha256 == read.sha256 && file.layout == read.layout && same_place(file, source);
    let known = store.index.files.iter().find(same);
    if let Some(known) = known {
        discard(store, file_id)?;
        return Ok(Some(imported_already(known)));
    }
    store.index.files.push(read);
    Ok(None)
}

/// Whether the folders of both tell the same columns: parts of a partitioned table may hold the same bytes and other rows.
fn same_place(known: &ImportedFile, source: &Source) -> bool {
    hive::of_name(&known.source) == source.partitions()
}

/// The imported file with the bytes of `source`, if there is one. Nothing is hashed unless the size is that of a known file.
fn same_bytes<'a>(store: &'a Store, source: &Source) -> Result<Option<&'a ImportedFile>, ImportError> {
    // The sheets of a workbook all have its size, and to hash one is to read it: whether it is known is seen when it has been read.
    if source.sheet.is_some() || !store.index.files.iter().any(|file| file.bytes == source.bytes) {
        return Ok(None);
    }
    let ((), sha256) = source.with_bytes(&AtomicU64::new(0), |_| Ok(()))?;
    Ok(store.index.files.iter().find(|file| file.sha256 == sha256 && same_place(file, source)))
}

fn imported_already(known: &ImportedFile) -> Text {
    Text::new(
        format!("与已导入的 {} 内容完全相同", known.source),
        format!("has the same bytes as {}, which is imported already", known.source),
    )
}

fn read_one(
    store: &Store,
    source: &Source,
    file_id: i32,
    layouts: &Layouts,
    progress: &dyn Fn(u64, u64),
) -> Result<ImportedFile, ImportError> {
    // What a killed import left under this number.
    discard(store, file_id)?;
    let mut stage = StageWriter::new(store, file_id);
    let mut rejects = RejectFile::create(store, file_id)?;
    let read = read_source(source, file_id, layouts, &mut stage, &mut rejects, progress)?;
    stage.finish().map_err(|error| ReadError::Sink { source_name: source.name(), error })?;
    rejects.finish()?;
    Ok(read)
}

/// Removes the staged rows and rejects of a file number.
fn discard(store: &Store, file_id: i32) -> Result<(), ImportError> {
    stage::discard(store, file_id)?;
    rejected::discard(store, file_id)
}
