//! Writing what a run found: the workbook and the page for inspectors, tables for programs, the manifest, one folder put in place whole.
//!
//! A run opens an [`outdir::OutDir`], lets the import write rejects.csv into it ([`tables::RejectsCsv`]), calls [`write`],
//! then [`manifest::write`], then commits.
//!
//! What programs read is listed in [`contract`], column by column, and written by [`tables`]; what people read is said in `text`, laid out by
//! `sheet` and put into sheets by `workbook`, `ranking_sheets`, `problems` and `elsewhere`, and into report.html by [`page`]. [`stored`] reads a finished
//! report back, [`dispositions`] what inspectors wrote into it. [`delivery`] is what is told of exports before there is a report.

pub mod changes;
pub mod columns;
pub mod contract;
pub mod delivery;
pub mod dispositions;
pub mod dossier;
mod elsewhere;
#[cfg(test)]
mod example;
pub mod export;
pub mod figures;
pub mod institutions;
pub mod manifest;
pub mod outdir;
pub mod page;
pub mod problems;
mod ranking_sheets;
pub mod rings;
mod sheet;
pub mod stored;
pub mod summary;
pub mod tables;
pub mod text;
pub mod two_sources;
mod workbook;

use std::fs;

use self::changes::Changes;
use self::dispositions::Dispositions;
use self::figures::Figures;
use self::outdir::OutDir;
use self::problems::ProblemRow;
use self::summary::RunSummary;
use self::tables::{Audience, EvidenceFiles, write_csv, write_parquet};
use self::two_sources::TwoSourcesRow;
use crate::explained::{Explained, Told, io_zh};
use crate::findings::evidence::ClaimRecord;
use crate::findings::history::History;
use crate::findings::model::{Finding, Suspect};
use crate::lang::Lang;
use crate::ranking::elsewhere::Elsewhere;
use crate::rings::Ring;

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
    /// The problem lists, item by item.
    pub problems: &'a [ProblemRow],
    /// What surrounds the findings that the page shows, see [`page::shown`].
    pub histories: &'a [History],
    /// Findings by insured place and place of care.
    pub elsewhere: &'a [Elsewhere],
    /// What one of two sources alone has; `None` where no institution came from both.
    pub two_sources: Option<&'a [TwoSourcesRow]>,
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
        }
    }
}

/// Writes findings, suspects, evidence, the page and the workbook into the folder. Evidence is gone through once for all files and kept in
/// the order given: by rank of its finding reads best.
///
/// # Errors
/// When a file cannot be written.
pub fn write<'a>(
    out: &OutDir,
    report: &Report<'a>,
    evidence: impl IntoIterator<Item = ClaimRecord<'a>>,
) -> Result<(), ReportError> {
    let dir = out.path();
    write_parquet(&dir.join("findings.parquet"), &contract::findings(), report.findings)?;
    write_csv(&dir.join("findings.csv"), &contract::findings(), Audience::Programs, report.findings)?;
    write_csv(&dir.join("suspects.csv"), &contract::suspects(), Audience::Spreadsheets, report.suspects)?;
    if let Some(changes) = report.changes {
        changes.write(dir, report.findings)?;
    }
    fs::write(dir.join("report.html"), page::page(report)).map_err(ReportError::Page)?;
    write_csv(&dir.join("elsewhere.csv"), &contract::elsewhere(), Audience::Spreadsheets, report.elsewhere)?;
    write_csv(&dir.join("problems.csv"), &problems::contract(), Audience::Spreadsheets, report.problems)?;
    if let Some(rows) = report.two_sources {
        write_csv(&dir.join("two-sources.csv"), &contract::two_sources(), Audience::Spreadsheets, rows)?;
    }
    rings::write(dir, report.rings, report.lang)?;
    let mut files = EvidenceFiles::create(dir)?;
    let mut workbook = workbook::ReportWorkbook::begin(dir, report)?;
    for record in evidence {
        files.push(record)?;
        workbook.push_evidence(record)?;
    }
    files.finish()?;
    workbook.finish(&dir.join("report.xlsx"))?;
    Ok(())
}
