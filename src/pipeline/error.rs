//! What can go wrong between exports and report.

use std::path::PathBuf;

use polars::prelude::PolarsError;

use crate::casestore::store::StoreError;
use crate::explained::{Explained, Told};
use crate::findings::build::FindingsError;
use crate::frames::FrameError;
use crate::import::ImportError;
use crate::knowledge::KnowledgeError;
use crate::lang::Text;
use crate::problems::ProblemsError;
use crate::report::ReportError;
use crate::report::outdir::OutDirError;
use crate::report::stored::StoredError;
use crate::report::tables::TableError;
use crate::rings::RingsError;
use crate::rules::RuleError;
use crate::rules::runner::RunError;

/// What can go wrong in a run; the command line turns each into an exit code.
#[expect(missing_docs, reason = "the fields are what the messages name")]
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
    /// Problem lists.
    #[error(transparent)]
    Problems(#[from] ProblemsError),
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
    #[error("{}", .0.en)]
    NoSuchRule(Text),
    /// No evidence to report.
    #[error("{0} has no evidence: rules.json is missing")]
    NoEvidence(PathBuf),
}

impl Explained for PipelineError {
    fn told(&self) -> Told {
        match self {
            Self::Import(error) => error.told(),
            Self::Store(error) => error.told(),
            Self::Rule(error) => error.told(),
            Self::Run(error) => error.told(),
            Self::Knowledge(error) => error.told(),
            Self::Problems(error) => error.told(),
            Self::Findings(error) => error.told(),
            Self::OutDir(error) => error.told(),
            Self::Report(error) => error.told(),
            Self::Table(error) => error.told(),
            Self::Earlier(error) => error.told(),
            Self::Rings(error) => error.told(),
            Self::Frame(error) => error.told(),
            Self::Json { path, source } => Told::new("FJ-206", format!("{} 无法读写（{source}）", path.display())),
            Self::Query(error) => Told::new("FJ-507", format!("查询无法执行：{error}")),
            Self::NoSuchRule(problem) => Told::new("FJ-505", problem.zh.clone()),
            Self::NoEvidence(path) => Told::new("FJ-207", format!("{} 里没有证据：缺少 rules.json", path.display())),
        }
    }
}
