//! One file of an export taken into a store: told from those that the store has already, read, and entered in its index.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use super::decisions::{DateOrders, Decisions};
use super::error::{ImportError, ReadError};
use super::evidence::FileEvidence;
use super::layout::Layouts;
use super::notes;
use super::read::{Guidance, Header, Read, read_source};
use super::rejected::{self, RejectFile};
use super::source::{Source, hive};
use super::stage::{self, StageWriter};
use crate::casestore::store::{ImportedFile, Store};
use crate::lang::Text;

/// What the files of an import say that concerns other files of it.
#[derive(Debug, Default)]
pub struct Gathered {
    /// Of each file taken: itself, its number, what its values say about its columns, and whose header it was read by if it has none.
    files: Vec<(Source, i32, FileEvidence, Option<Header>)>,
    /// The headers of the texts.
    headers: Vec<Header>,
}

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
    gathered: &mut Gathered,
    progress: &dyn Fn(u64, u64),
) -> Result<Option<Text>, ImportError> {
    // A map may read the same bytes otherwise, so only without maps do the bytes alone decide.
    if !mapped && let Some(known) = same_bytes(store, source)? {
        return Ok(Some(imported_already(known)));
    }
    let file_id = next_id(store);
    let read = match read_one(store, source, file_id, layouts, &Guidance::default(), progress) {
        Ok(read) => read,
        Err(error) => {
            // Half of a file would pass for a whole one.
            discard(store, file_id)?;
            return Err(error);
        }
    };
    enter(store, source, read, None, gathered)
}

/// Reads the files just taken that hold further tables in the same rows once more for each of these, unless another file is that table: it
/// says more than what is repeated beside every line.
///
/// # Errors
/// If a file cannot be read any more, or the store not be written.
pub fn take_beside(
    store: &mut Store,
    layouts: &Layouts,
    gathered: &mut Gathered,
    progress: &dyn Fn(u64, u64),
) -> Result<(), ImportError> {
    let alone: BTreeSet<&str> =
        store.index.files.iter().filter(|file| file.beside.is_empty()).map(|file| file.layout.as_str()).collect();
    let mut beside: Vec<(Source, String)> = Vec::new();
    for (source, file_id, ..) in &gathered.files {
        let file = store.index.files.iter().find(|file| file.file_id == *file_id);
        let tables = file.iter().flat_map(|file| &file.beside).filter(|table| !alone.contains(table.as_str()));
        beside.extend(tables.map(|table| (source.clone(), table.clone())));
    }
    for (source, table) in beside {
        let guidance = Guidance { table: Some(&table), ..Guidance::default() };
        let read = read_one(store, &source, next_id(store), layouts, &guidance, progress)?;
        enter(store, &source, read, None, gathered)?;
    }
    Ok(())
}

/// Reads a file without a header by that of another part of its table, if there is one: a file of a like name whose columns fit it. `None`
/// where there is none.
///
/// # Errors
/// If the store cannot be written.
pub fn take_part(
    store: &mut Store,
    source: &Source,
    layouts: &Layouts,
    gathered: &mut Gathered,
    progress: &dyn Fn(u64, u64),
) -> Result<Option<Option<Text>>, ImportError> {
    let name = like_name(&source.name());
    let like: Vec<Header> =
        gathered.headers.iter().filter(|header| like_name(&header.source) == name).cloned().collect();
    for header in like {
        let file_id = next_id(store);
        let guidance = Guidance { header: Some(&header), ..Guidance::default() };
        let Ok(mut read) = read_one(store, source, file_id, layouts, &guidance, progress) else { continue };
        // Columns that do not fit reject what is read by them.
        let fits = read.file.rows_in > 0
            && read.file.rows_rejected * 10 <= read.file.rows_in
            && read.file.cells_rejected <= read.file.rows_in;
        if fits {
            read.file.notes.push(notes::part(&header.source));
            return enter(store, source, read, Some(header), gathered).map(Some);
        }
        discard(store, file_id)?;
    }
    discard(store, next_id(store))?;
    Ok(None)
}

/// A file's path without what tells the parts of a table apart: `fee_1.csv` and `fee_2.csv`, `fee.csv` and `fee(2).csv`.
fn like_name(name: &str) -> String {
    let path = Path::new(name);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    let folder = path.parent().unwrap_or_else(|| Path::new("")).display();
    let numbers = |c: char| c.is_ascii_digit() || "_-.() （）一二三四五六七八九十".contains(c);
    let mut plain = stem.as_str();
    loop {
        let shorter = ["部分", "part", "第"]
            .iter()
            .fold(plain.trim_end_matches(numbers), |name, word| name.trim_end_matches(word));
        if shorter.len() == plain.len() || shorter.is_empty() {
            break;
        }
        plain = shorter;
    }
    format!("{folder}/{plain}")
}

/// Draws conclusions from what all files say, and reads those that they concern again.
///
/// # Errors
/// A file cannot be read, the store not be written, or the values of a column leave its dates open.
pub fn read_again(
    store: &mut Store,
    gathered: &Gathered,
    layouts: &Layouts,
    orders: &DateOrders,
    progress: &dyn Fn(&Source, u64, u64),
) -> Result<(), ImportError> {
    let evidence: Vec<FileEvidence> = gathered.files.iter().map(|(_, _, evidence, _)| evidence.clone()).collect();
    let decisions = Decisions::draw(&evidence, orders)?;
    for (source, file_id, evidence, header) in &gathered.files {
        let told = decisions.notes(evidence);
        let Some(at) = store.index.files.iter().position(|file| file.file_id == *file_id) else { continue };
        if decisions.concern(evidence) {
            let guidance = Guidance {
                decisions: decisions.about_file(evidence),
                header: header.as_ref(),
                table: Some(&evidence.layout),
            };
            let mut read =
                read_one(store, source, *file_id, layouts, &guidance, &|bytes, rows| progress(source, bytes, rows))?;
            if let Some(header) = header {
                read.file.notes.push(notes::part(&header.source));
            }
            store.index.files[at] = read.file;
        }
        let file = &mut store.index.files[at];
        file.notes.extend(told);
        file.notes.extend(notes::of(file));
    }
    Ok(())
}

fn next_id(store: &Store) -> i32 {
    store.index.files.iter().map(|file| file.file_id).max().unwrap_or(0) + 1
}

fn enter(
    store: &mut Store,
    source: &Source,
    read: Read,
    by: Option<Header>,
    gathered: &mut Gathered,
) -> Result<Option<Text>, ImportError> {
    let Read { file, evidence, header } = read;
    let same =
        |known: &&ImportedFile| known.sha256 == file.sha256 && known.layout == file.layout && same_place(known, source);
    let known = store.index.files.iter().find(same);
    if let Some(known) = known {
        let reason = imported_already(known);
        discard(store, file.file_id)?;
        return Ok(Some(reason));
    }
    if by.is_none() && !header.names.is_empty() {
        gathered.headers.push(header);
    }
    gathered.files.push((source.clone(), file.file_id, evidence, by));
    store.index.files.push(file);
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
    guidance: &Guidance<'_>,
    progress: &dyn Fn(u64, u64),
) -> Result<Read, ImportError> {
    // What a killed import left under this number.
    discard(store, file_id)?;
    let mut stage = StageWriter::new(store, file_id);
    let mut rejects = RejectFile::create(store, file_id)?;
    let read = read_source(source, file_id, layouts, guidance, &mut stage, &mut rejects, progress)?;
    stage.finish().map_err(|error| ReadError::Sink { source_name: source.name(), error })?;
    rejects.finish()?;
    Ok(read)
}

/// Removes the staged rows and rejects of a file number.
fn discard(store: &Store, file_id: i32) -> Result<(), ImportError> {
    stage::discard(store, file_id)?;
    rejected::discard(store, file_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_table_have_like_names() {
        for (one, other) in [
            ("d/fee_1.csv", "d/fee_2.csv"),
            ("fee.csv", "fee(2).csv"),
            ("费用第一部分.csv", "费用第二部分.csv"),
            ("fee-part1.csv", "fee-part2.csv"),
        ] {
            assert_eq!(like_name(one), like_name(other));
        }
        assert_ne!(like_name("fee_1.csv"), like_name("setl_1.csv"));
        assert_ne!(like_name("a/fee_1.csv"), like_name("b/fee_2.csv"));
    }
}
