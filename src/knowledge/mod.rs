//! Knowledge points: what the insurance bureau has published about items and drugs (the 两库), as the `k_*` tables of rules.
//!
//! Two sources meet here. **Seeds** are general facts embedded in the program (`queries/knowledge/*.csv`). A **knowledge
//! folder** holds what `feijian knowledge import` read from the official notices, as plain CSV files that people can
//! review, edit and add to. The folder has the last word: where it and a seed speak about the same item, the folder holds.
//!
//! ```text
//! notice (.xlsx, .csv) ──sheets──▶ rows ──layout──▶ named cells ──wording, notice──▶ facts ──import──▶ folder (stored CSV)
//!                                              seeds + folder ──validity──▶ rows with their days ──tables──▶ k_* record batches
//! ```
//!
//! Every row has the days on which it holds (`days` says where they are from): a claim of 2019 breaks no notice of 2026.
//!
//! Nothing is guessed: a row whose wording is unknown is rejected with a reason and counted. Where a wording leaves room,
//! the bound in favour of the one examined is taken (see `wording`).

pub mod classes;
mod days;
mod error;
mod folder;
mod import;
mod indication;
mod layout;
mod notice;
mod prefix;
mod seeds;
mod sheets;
mod stored;
mod tables;
mod validity;
mod wording;

use std::fs::File;
use std::path::Path;

pub use error::KnowledgeError;
pub use folder::UnmatchedDrugs;
pub use import::{ImportSummary, Reject, SheetSummary, import_notices, notice_files};
pub use layout::Layout;
pub use prefix::{Prefix, birth_prefixes, course_item_prefixes, planned_cycle_prefixes};
pub use seeds::SEEDS;
pub use tables::{Indications, Knowledge, Origin, SourceRows};
pub use wording::RejectReason;

/// A sheet of a workbook, or a whole CSV file, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetText {
    /// Name of the sheet; none for CSV.
    pub name: Option<String>,
    /// Rows that hold anything: their line in the file, counted from 1, and their trimmed cells.
    pub rows: Vec<(u64, Vec<String>)>,
}

/// The sheets of a `.xlsx` or `.csv` file, for what is published like a notice and is none.
///
/// # Errors
/// When the file is of another kind, cannot be read, or is neither UTF-8 nor GB18030.
pub fn read_sheets(path: &Path) -> Result<Vec<SheetText>, KnowledgeError> {
    let text = |sheet: sheets::Sheet| SheetText {
        name: sheet.name,
        rows: sheet.rows.into_iter().map(|row| (row.line, row.cells)).collect(),
    };
    Ok(sheets::read(path)?.into_iter().map(text).collect())
}

/// Makes a knowledge folder and locks it for one import. The lock ends with the returned file.
///
/// # Errors
/// When the folder cannot be made, or another import holds the lock.
pub fn lock_folder(dir: &Path) -> Result<File, KnowledgeError> {
    folder::lock(dir)
}

/// Whether a file with these columns is one of a knowledge folder.
pub fn is_stored_header(columns: &[&str]) -> bool {
    let columns: Vec<String> = columns.iter().map(|name| name.trim().to_lowercase()).collect();
    stored::STORED_FILES.iter().any(|file| file.matches(&columns))
}
