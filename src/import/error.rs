//! What can go wrong between exports and case store: while a map is read, a file is read, its rows are stored, and all rows are netted.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use arrow::error::ArrowError;
use parquet::errors::ParquetError;
use polars::prelude::PolarsError;
use zip::result::ZipError;

use crate::casestore::store::StoreError;
use crate::frames::FrameError;

/// What can go wrong between exports and case store.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A map does not parse.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A file cannot be read or told apart.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Netting failed.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// The store cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rejects cannot be written.
    #[error("{path}: {source}")]
    Rejects { path: PathBuf, source: csv::Error },
    /// The system grants no thread.
    #[error("no thread to settle on: {0}")]
    Thread(std::io::Error),
    /// The summary cannot be written or read.
    #[error("{path}: {source}")]
    Summary { path: PathBuf, source: serde_json::Error },
    /// Nothing to read.
    #[error(
        "no export among the files given: {skipped} file(s) skipped, see -v; exports are .csv, .txt, .parquet, .gz and .zip files"
    )]
    NothingToRead { skipped: usize },
    /// The program's own accounts do not balance: a defect, reported rather than hidden.
    #[error(
        "{file}: {rows_in} rows in, but {stored} stored + {repeats} repeats + {rejected} rejected; this is a defect of feijian, please report it"
    )]
    Unbalanced { file: String, rows_in: u64, stored: u64, repeats: u64, rejected: u64 },
}

/// What is wrong with a layout file.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {message}")]
pub struct LayoutError {
    /// The file.
    pub file: String,
    /// Where in it and what.
    pub message: String,
}

/// Longest line that is still believed to be one.
pub(super) const LINE_LIMIT: usize = 64 << 20;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be opened or read.
    #[error("{source_name}: {error}")]
    Io {
        /// The file.
        source_name: String,
        /// What the system says.
        error: io::Error,
    },
    /// A zip archive is broken or encrypted.
    #[error(
        "{source_name}: {error}\n  The archive is damaged or has a password: unpack it by hand and give the folder."
    )]
    Zip {
        /// The archive.
        source_name: String,
        /// What is wrong with it.
        error: ZipError,
    },
    /// A Parquet file is broken.
    #[error(
        "{source_name}: {error}\n  The file is damaged or was cut off while being copied: copy it again, or ask for it again."
    )]
    Parquet {
        /// The file.
        source_name: String,
        /// What is wrong with it.
        error: ParquetError,
    },
    /// A column of a Parquet file holds something that is no cell: a list, a structure.
    #[error("{source_name}: {error}")]
    Arrow {
        /// The file.
        source_name: String,
        /// What Arrow says.
        error: ArrowError,
    },
    /// Nothing in the file.
    #[error("{source_name}: the file is empty, there is not even a header")]
    Empty {
        /// The file.
        source_name: String,
    },
    /// No line break for a long while.
    #[error("{source_name}: no line break within {} MiB; is this a text file?", LINE_LIMIT >> 20)]
    NoLines {
        /// The file.
        source_name: String,
    },
    /// The header fits no known table.
    #[error(
        "{source_name}: which table this is cannot be told from its columns: {columns}\n  {hint}\n  \
         Describe the file in a map and pass it with --map FILE.toml (docs/map-format.md), or leave the file out."
    )]
    UnknownTable {
        /// The file.
        source_name: String,
        /// The columns seen.
        columns: String,
        /// The nearest table and what it lacks.
        hint: String,
    },
    /// The map that fits the file cannot be applied to it.
    #[error("{source_name}: {message}")]
    Layout {
        /// The file.
        source_name: String,
        /// What is wrong.
        message: String,
    },
    /// The caller could not store what was read.
    #[error("{source_name}: {error}")]
    Sink {
        /// The file.
        source_name: String,
        /// What the caller says.
        error: SinkError,
    },
}

/// What a sink says when it fails.
pub type SinkError = Box<dyn Error + Send + Sync>;

/// What can go wrong while settling.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// A statement failed on the data.
    #[error("settling failed at '{step}': {source}")]
    Step { step: String, source: Box<PolarsError> },
    /// Two codes have the same 64-bit key.
    #[error(
        "table {table}: the codes {one} and {other} have the same key {key}; please report this, and import them into two stores"
    )]
    Collision { table: &'static str, key: String, one: String, other: String },
    /// The store's folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A Parquet file of the store.
    #[error(transparent)]
    Frame(#[from] FrameError),
}

impl SettleError {
    /// Names the step that a Polars error concerns.
    pub(super) fn step(step: &str) -> impl Fn(PolarsError) -> Self + '_ {
        move |source| Self::Step { step: step.to_owned(), source: Box::new(source) }
    }
}
