//! Writing what a run found: the workbook and the page for inspectors, tables for programs, the manifest, one folder put in place whole.
//!
//! A run opens an [`outdir::OutDir`], lets the import write rejects.csv into it ([`tables::RejectsCsv`]), calls [`write`],
//! then [`manifest::write`], then commits.

pub mod cell;
pub mod changes;
pub mod dossier;
mod elsewhere;
pub mod evidence;
#[cfg(test)]
mod example;
pub mod export;
pub mod figures;
pub mod institutions;
pub mod manifest;
pub mod outdir;
pub mod page;
mod ranking_sheets;
mod sheet;
pub mod stored;
pub mod summary;
pub mod tables;
pub mod text;
mod workbook;

use std::error::Error;
use std::fs;

use arrow::array::RecordBatch;

use self::changes::Changes;
use self::evidence::EvidenceBatch;
use self::figures::Figures;
use self::outdir::OutDir;
use self::summary::RunSummary;
use self::tables::EvidenceFiles;
use crate::dispositions::Dispositions;
use crate::explained::{Explained, Told, io_zh};
use crate::findings::history::History;
use crate::findings::model::{Finding, Suspect};
use crate::lang::Lang;
use crate::ranking::elsewhere::Elsewhere;
use crate::rings::{self, Ring, RingsError};

/// What a report is written from, besides the evidence.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What the run did.
    pub summary: &'a RunSummary,
    /// Findings by rank.
    pub findings: &'a [Finding],
    /// Suspects by kind and rank.
    pub suspects: &'a [Suspect],
    /// Sums of the findings.
    pub figures: &'a Figures,
    /// What surrounds the findings that the page shows, see [`page::shown`].
    pub histories: &'a [History],
    /// Findings by insured place and place of care.
    pub elsewhere: &'a [Elsewhere],
    /// What was verified before.
    pub dispositions: &'a Dispositions,
    /// This run against an earlier one, if there was one to compare with.
    pub changes: Option<&'a Changes>,
    /// Rings with findings, by rank.
    pub rings: &'a [&'a Ring],
    /// Language of the workbook and the page.
    pub lang: Lang,
}

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A table.
    #[error(transparent)]
    Table(#[from] tables::TableError),
    /// The workbook.
    #[error("cannot write report.xlsx")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The page.
    #[error("cannot write report.html")]
    Page(#[source] std::io::Error),
    /// The folder of working papers.
    #[error("cannot make the folder of working papers")]
    Institutions(#[source] std::io::Error),
    /// The files of the rings.
    #[error(transparent)]
    Rings(#[from] RingsError),
    /// The evidence could not be read.
    #[error("cannot read the evidence")]
    Evidence(#[source] Box<dyn Error + Send + Sync>),
    /// The evidence is not what was agreed.
    #[error(transparent)]
    EvidenceSchema(#[from] evidence::EvidenceSchemaError),
}

impl Explained for ReportError {
    fn told(&self) -> Told {
        match self {
            Self::Table(error) => error.told(),
            Self::Workbook(error) => Told::new("FJ-622", format!("report.xlsx 写不出来（{error}）")),
            Self::Page(error) => Told::new("FJ-623", format!("report.html 写不出来：{}", io_zh(error))),
            Self::Institutions(error) => {
                Told::new("FJ-624", format!("取证材料的文件夹 institutions 建不了：{}", io_zh(error)))
            }
            Self::Rings(error) => error.told(),
            Self::Evidence(error) => Told::new("FJ-625", format!("证据读不出来（{error}）")),
            Self::EvidenceSchema(error) => error.told(),
        }
    }
}

/// Writes findings, suspects, evidence, the page and the workbook into the folder. Evidence is read once, batch by batch, in one
/// pass for all files, and kept in the order given: by rank of its finding reads best.
///
/// # Errors
/// When a file cannot be written or the evidence not be read.
pub fn write<E>(
    out: &OutDir,
    report: &Report<'_>,
    evidence: impl IntoIterator<Item = Result<RecordBatch, E>>,
) -> Result<(), ReportError>
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    let dir = out.path();
    tables::write_findings_parquet(&dir.join("findings.parquet"), report.findings)?;
    tables::write_findings_csv(&dir.join("findings.csv"), report.findings)?;
    tables::write_suspects_csv(&dir.join("suspects.csv"), report.suspects)?;
    if let Some(changes) = report.changes {
        changes.write(dir, report.findings)?;
    }
    fs::write(dir.join("report.html"), page::page(report)).map_err(ReportError::Page)?;
    tables::write_elsewhere_csv(&dir.join("elsewhere.csv"), report.elsewhere)?;
    rings::files::write(dir, report.rings, report.lang)?;
    let mut files = EvidenceFiles::create(dir)?;
    let mut workbook = workbook::ReportWorkbook::begin(dir, report)?;
    for batch in evidence {
        let batch = batch.map_err(|error| ReportError::Evidence(error.into()))?;
        let batch = EvidenceBatch::new(&batch)?;
        files.push(&batch)?;
        workbook.push_evidence(&batch)?;
    }
    files.finish()?;
    workbook.finish(&dir.join("report.xlsx"))?;
    Ok(())
}
