//! What can go wrong while rings are looked for.

use std::io;
use std::path::PathBuf;

use polars::prelude::PolarsError;

use crate::knowledge::KnowledgeError;

/// What can go wrong while rings are looked for.
#[derive(Debug, thiserror::Error)]
pub enum RingsError {
    /// A table of the store cannot be read.
    #[error("the records that rings are found in cannot be read: {0}")]
    Query(#[from] PolarsError),
    /// More persons or places than 32-bit numbers can count.
    #[error("{0} are more than this program can number")]
    TooMany(&'static str),
    /// An edge list that is none.
    #[error("{path}: {reason}")]
    EdgeList { path: PathBuf, reason: String },
    /// The list of what courses of treatment bill.
    #[error(transparent)]
    Knowledge(#[from] Box<KnowledgeError>),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
}
