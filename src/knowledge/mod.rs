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

pub use error::KnowledgeError;
pub use folder::UnmatchedDrugs;
pub use import::{ImportSummary, Reject, SheetSummary, import_notices};
pub use layout::Layout;
pub use prefix::{Prefix, birth_prefixes, course_item_prefixes, planned_cycle_prefixes};
pub use seeds::SEEDS;
pub use tables::{Indications, Knowledge, Origin, SourceRows};
pub use wording::RejectReason;

/// Whether a file with these columns is one of a knowledge folder.
pub fn is_stored_header(columns: &[&str]) -> bool {
    let columns: Vec<String> = columns.iter().map(|name| name.trim().to_lowercase()).collect();
    stored::STORED_FILES.iter().any(|file| file.matches(&columns))
}
