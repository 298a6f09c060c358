//! A knowledge folder: its CSV files, read together, written one by one and atomically, by one import at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::KnowledgeError;
use super::stored::{self, LinedRows, STORED_FILES, StoredFile, StoredRow, Subject};
use crate::files::{self, Readers};

/// Held by an import while it writes; stays in the folder, empty.
const LOCK_FILE: &str = ".import.lock";

/// One CSV file of a folder or of the seeds.
#[derive(Debug)]
pub(super) struct KnowledgeFile {
    /// Where it is.
    pub path: PathBuf,
    /// What kind it is.
    pub file: &'static StoredFile,
    /// Its rows, each with its line.
    pub rows: LinedRows,
}

/// A row and where it stands.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    /// The row.
    pub row: &'a StoredRow,
    /// File and line, for messages.
    place: String,
}

/// What the drug sheets of a folder leave open: names on one side that the other does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnmatchedDrugs {
    /// Kind of limit, such as `sex_limit`.
    pub limit: &'static str,
    /// Codes whose generic name has no limit: they are not limited.
    pub codes: usize,
    /// The generic names of those codes, sorted.
    pub names_without_limit: Vec<String>,
    /// Generic names with a limit but without codes, sorted: the limit takes no effect.
    pub names_without_codes: Vec<String>,
}

/// Reads all CSV files of a folder, sorted by name.
///
/// # Errors
/// When the folder is missing, a file cannot be read, or is none of the stored kinds.
pub(super) fn read(dir: &Path) -> Result<Vec<KnowledgeFile>, KnowledgeError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(KnowledgeError::io(dir))? {
        let path = entry.map_err(KnowledgeError::io(dir))?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            paths.push(path);
        }
    }
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let bytes = fs::read(&path).map_err(KnowledgeError::io(&path))?;
        let (file, rows) = stored::parse(&path, &bytes)?;
        files.push(KnowledgeFile { path, file, rows });
    }
    Ok(files)
}

/// All rows of one kind, by what they speak about; equal rows collapse to the first.
///
/// # Errors
/// When two rows say different things about the same.
pub(super) fn collect<'a>(
    files: &'a [KnowledgeFile],
    kind: &StoredFile,
) -> Result<BTreeMap<Vec<String>, Placed<'a>>, KnowledgeError> {
    let mut collected: BTreeMap<Vec<String>, Placed<'a>> = BTreeMap::new();
    for source in files.iter().filter(|source| std::ptr::eq(source.file, kind)) {
        for (line, row) in &source.rows {
            let place = format!("{}, line {line}", source.path.display());
            match collected.get(&kind.identity(row)) {
                None => {
                    collected.insert(kind.identity(row), Placed { row, place });
                }
                Some(earlier) if kind.says(earlier.row) == kind.says(row) => {}
                Some(earlier) => {
                    return Err(KnowledgeError::Contradiction {
                        what: kind.about(row),
                        first: earlier.place.clone(),
                        one: kind.says(earlier.row),
                        second: place,
                        other: kind.says(row),
                    });
                }
            }
        }
    }
    Ok(collected)
}

/// The limits stated per generic name, put on the codes of the name: rows of the item file of each kind, and what is left.
///
/// # Errors
/// When rows contradict each other, also two names that give one code different limits.
pub(super) fn join_drugs(files: &[KnowledgeFile]) -> Result<(Vec<KnowledgeFile>, Vec<UnmatchedDrugs>), KnowledgeError> {
    let mut joined = Vec::new();
    let mut unmatched = Vec::new();
    let Some(code_file) = STORED_FILES.iter().find(|file| file.subject == Subject::DrugCode) else {
        return Ok((joined, unmatched));
    };
    let codes = collect(files, code_file)?;
    for limit_file in STORED_FILES.iter().filter(|file| file.subject == Subject::DrugName) {
        let Some(item_file) = stored::stored_file(limit_file.kind, Subject::Item) else { continue };
        let limits = collect(files, limit_file)?;
        // The identity of a limit is its name and its first day.
        let mut by_name: BTreeMap<&str, Vec<&Placed<'_>>> = BTreeMap::new();
        for (identity, limit) in &limits {
            by_name.entry(identity.first().map_or("", String::as_str)).or_default().push(limit);
        }
        let mut rows = LinedRows::new();
        let mut with_codes = BTreeSet::new();
        let mut names_without_limit = BTreeSet::new();
        let mut codes_without_limit = 0;
        for (identity, code) in codes.iter().filter(|(_, code)| code_file.cell(code.row, "limit") == limit_file.kind) {
            // identity of a code: limit, drug_name, item_code.
            let Some((name, limits)) = identity.get(1).and_then(|name| by_name.get_key_value(name.as_str())) else {
                codes_without_limit += 1;
                names_without_limit.insert(code_file.cell(code.row, "drug_name").to_owned());
                continue;
            };
            with_codes.insert(*name);
            for limit in limits {
                let mut values: Vec<(&str, String)> = limit_file
                    .columns
                    .iter()
                    .map(|column| (column.name, limit_file.cell(limit.row, column.name).to_owned()))
                    .collect();
                values.push(("item_code", code_file.cell(code.row, "item_code").to_owned()));
                values.push(("item_name", limit_file.cell(limit.row, "drug_name").to_owned()));
                rows.push((rows.len() as u64 + 1, item_file.row(&values)));
            }
        }
        let names_without_codes: Vec<String> = by_name
            .iter()
            .filter(|(name, _)| !with_codes.contains(*name))
            .filter_map(|(_, limits)| limits.first())
            .map(|limit| limit_file.cell(limit.row, "drug_name").to_owned())
            .collect();
        if codes_without_limit > 0 || !names_without_codes.is_empty() {
            unmatched.push(UnmatchedDrugs {
                limit: limit_file.kind,
                codes: codes_without_limit,
                names_without_limit: names_without_limit.into_iter().collect(),
                names_without_codes,
            });
        }
        let path = PathBuf::from(format!("{} + {}", limit_file.file_name(), code_file.file_name()));
        joined.push(KnowledgeFile { path, file: item_file, rows });
    }
    Ok((joined, unmatched))
}

/// Makes the folder and locks it for one import. The lock ends with the returned file.
///
/// # Errors
/// When the folder cannot be made, or another import holds the lock.
pub(super) fn lock(dir: &Path) -> Result<File, KnowledgeError> {
    fs::create_dir_all(dir).map_err(KnowledgeError::io(dir))?;
    let path = dir.join(LOCK_FILE);
    let held = files::lock(&path).map_err(KnowledgeError::io(&path))?;
    held.ok_or_else(|| KnowledgeError::Busy(dir.to_path_buf()))
}

/// Replaces a file of the folder in one step; a reader sees the old or the new one. Only under the lock.
///
/// # Errors
/// When the file cannot be written, for instance because a spreadsheet program holds it open on Windows.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), KnowledgeError> {
    // A team shares the folder.
    files::replace(path, Readers::Folder, |file| file.write_all(bytes)).map_err(KnowledgeError::io(path))
}
