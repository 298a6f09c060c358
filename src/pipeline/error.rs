//! What can go wrong between exports and report.

use std::path::PathBuf;

use polars::prelude::PolarsError;

use crate::casestore::store::StoreError;
use crate::findings::build::FindingsError;
use crate::frames::FrameError;
use crate::import::ImportError;
use crate::knowledge::KnowledgeError;
use crate::report::ReportError;
use crate::report::outdir::OutDirError;
use crate::report::stored::StoredError;
use crate::report::tables::TableError;
use crate::rings::RingsError;
use crate::rules::RuleError;
use crate::rules::runner::RunError;

/// What can go wrong in a run; the command line turns each into an exit code.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// Import.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Rules.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The population of a rule.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Knowledge.
    #[error(transparent)]
    Knowledge(#[from] Box<KnowledgeError>),
    /// Findings.
    #[error(transparent)]
    Findings(#[from] FindingsError),
    /// The output folder.
    #[error(transparent)]
    OutDir(#[from] OutDirError),
    /// The report.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A table of the report.
    #[error(transparent)]
    Table(#[from] TableError),
    /// An earlier report.
    #[error(transparent)]
    Earlier(#[from] StoredError),
    /// Rings.
    #[error(transparent)]
    Rings(#[from] RingsError),
    /// A Parquet file of the store.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// rules.json.
    #[error("{path}: {source}")]
    Json { path: PathBuf, source: serde_json::Error },
    /// A query over the store.
    #[error("{0}")]
    Query(#[from] PolarsError),
    /// A rule or model that does not exist.
    #[error("{0}")]
    NoSuchRule(String),
    /// No evidence to report.
    #[error("{0} has no evidence (rules.json is missing): run `feijian run --store` or the rules on a cluster first")]
    NoEvidence(PathBuf),
}
