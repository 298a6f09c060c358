//! What inspectors found out: read back from workbooks, kept in one file, used by later runs.
//!
//! From then on a rule's confidence is the share of its verified findings that were confirmed, starting from the prior of rule.toml as if
//! that had been seen on ten findings: (10 × prior + confirmed) ÷ (10 + confirmed + not confirmed). Pending ones count for nothing.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use calamine::{Data, Reader, Xlsx, XlsxError, open_workbook};
use serde::{Deserialize, Serialize};

use super::text;
use crate::explained::{Explained, Told, csv_zh, io_zh};
use crate::files::{self, Readers};
use crate::lang::{Label, Lang};

/// Findings that the prior of a rule is worth.
const PRIOR_FINDINGS: f64 = 10.0;

/// What came of verifying a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// 属实.
    Confirmed,
    /// 不属实.
    Unfounded,
    /// 待查.
    Pending,
}

impl Verdict {
    /// The word of the workbook's drop-down.
    pub const fn label(self) -> Label {
        match self {
            Self::Confirmed => text::CONFIRMED,
            Self::Unfounded => text::UNFOUNDED,
            Self::Pending => text::PENDING,
        }
    }

    /// The verdict that a cell names, in either language.
    fn of(cell: &str) -> Option<Self> {
        [Self::Confirmed, Self::Unfounded, Self::Pending].into_iter().find(|verdict| is(verdict.label(), cell))
    }
}

/// One finding's outcome: a row of the dispositions file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposition {
    /// The finding.
    pub finding_id: String,
    /// Its rule.
    pub rule_id: String,
    /// What came of it.
    pub result: Verdict,
    /// Who looked.
    #[serde(default)]
    pub inspector: String,
    /// What they wrote.
    #[serde(default)]
    pub remark: String,
}

/// How many findings of a rule were verified, and what its confidence is by that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Learnt {
    /// The prior of rule.toml.
    pub prior: f64,
    /// 属实.
    pub confirmed: u64,
    /// 不属实.
    pub unfounded: u64,
    /// 待查.
    pub pending: u64,
    /// What is used instead of the prior.
    pub confidence: f64,
}

/// Outcomes by finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dispositions {
    by_finding: BTreeMap<String, Disposition>,
}

/// Why outcomes cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum DispositionsError {
    /// The system refused.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No workbook.
    #[error("{}: {source}", .path.display())]
    Workbook {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: XlsxError,
    },
    /// A workbook of something else.
    #[error("{} has no sheet with the columns 疑点编号 and 核查结果", .0.display())]
    NotAReport(PathBuf),
    /// A result outside the drop-down.
    #[error("{}, sheet {sheet}, row {row}: 核查结果 is none of the words to choose from", .path.display())]
    UnknownResult {
        /// The workbook.
        path: PathBuf,
        /// Its sheet.
        sheet: String,
        /// The row as spreadsheets count.
        row: usize,
    },
    /// The dispositions file is damaged.
    #[error("{}: {source}", .path.display())]
    Csv {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: csv::Error,
    },
}

impl Explained for DispositionsError {
    fn told(&self) -> Told {
        match self {
            Self::Io { path, source } => Told::new("FJ-701", format!("{}：{}", path.display(), io_zh(source))),
            Self::Workbook { path, source } => {
                Told::new("FJ-702", format!("{} 不是能读的 .xlsx 工作簿（{source}）", path.display()))
            }
            Self::NotAReport(path) => {
                Told::new("FJ-703", format!("{} 中没有同时有“疑点编号”和“核查结果”两列的工作表", path.display()))
            }
            Self::UnknownResult { path, sheet, row } => Told::new(
                "FJ-704",
                format!("{} 的工作表“{sheet}”第 {row} 行：“核查结果”填的不是可选的词", path.display()),
            ),
            Self::Csv { path, source } => Told::new("FJ-705", format!("{}：{}", path.display(), csv_zh(source))),
        }
    }
}

impl Dispositions {
    /// Reads a dispositions file.
    ///
    /// # Errors
    /// If it cannot be read or is none.
    pub fn read(path: &Path) -> Result<Self, DispositionsError> {
        let fail = |source| DispositionsError::Csv { path: path.to_owned(), source };
        let file = File::open(path).map_err(|source| DispositionsError::Io { path: path.to_owned(), source })?;
        let mut all = Self::default();
        for row in csv::Reader::from_reader(file).deserialize() {
            all.add(row.map_err(fail)?);
        }
        Ok(all)
    }

    /// Writes them, by finding id, readable by the owner only: remarks may say anything about anybody.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), DispositionsError> {
        let written = files::replace(path, Readers::Owner, |file| {
            let mut csv = csv::WriterBuilder::new().has_headers(false).from_writer(file);
            csv.write_record(["finding_id", "rule_id", "result", "inspector", "remark"])?;
            for disposition in self.by_finding.values() {
                csv.serialize(disposition)?;
            }
            csv.flush()
        });
        written.map_err(|source| DispositionsError::Io { path: path.to_owned(), source })
    }

    /// Takes the outcomes out of a workbook that inspectors filled in; later ones replace earlier ones. Says how many.
    ///
    /// # Errors
    /// If it is no workbook of this program, or a result is none of the words to choose from.
    pub fn learn(&mut self, path: &Path) -> Result<usize, DispositionsError> {
        let fail = |source| DispositionsError::Workbook { path: path.to_owned(), source };
        let mut workbook: Xlsx<_> = open_workbook(path).map_err(fail)?;
        let (mut sheets, mut learnt) = (0, 0);
        for name in workbook.sheet_names() {
            let range = workbook.worksheet_range(&name).map_err(fail)?;
            let mut rows = range.rows();
            let Some(header) = rows.next() else { continue };
            let column = |label: Label| header.iter().position(|cell| is(label, &said(cell)));
            let columns = (column(text::FINDING_ID), column(text::RULE_ID), column(text::VERDICT));
            let (Some(id), Some(rule), Some(result)) = columns else { continue };
            let (inspector, remark) = (column(text::INSPECTOR), column(text::REMARK));
            sheets += 1;
            for (at, row) in rows.enumerate() {
                let cell = |column: Option<usize>| column.and_then(|at| row.get(at)).map(said).unwrap_or_default();
                let word = cell(Some(result));
                if word.is_empty() {
                    continue;
                }
                let refused = || DispositionsError::UnknownResult {
                    path: path.to_owned(),
                    sheet: name.clone(),
                    // The header is row 1.
                    row: at + 2,
                };
                self.add(Disposition {
                    finding_id: cell(Some(id)),
                    rule_id: cell(Some(rule)),
                    result: Verdict::of(&word).ok_or_else(refused)?,
                    inspector: cell(inspector),
                    remark: cell(remark),
                });
                learnt += 1;
            }
        }
        if sheets == 0 {
            return Err(DispositionsError::NotAReport(path.to_owned()));
        }
        Ok(learnt)
    }

    fn add(&mut self, disposition: Disposition) {
        self.by_finding.insert(disposition.finding_id.clone(), disposition);
    }

    /// The outcome of a finding, if it was verified.
    pub fn of(&self, finding_id: &str) -> Option<&Disposition> {
        self.by_finding.get(finding_id)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_finding.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_finding.is_empty()
    }

    /// What is known of a rule whose prior is `prior`.
    pub fn learnt(&self, rule_id: &str, prior: f64) -> Learnt {
        let mut learnt = Learnt { prior, ..Learnt::default() };
        for disposition in self.by_finding.values().filter(|disposition| disposition.rule_id == rule_id) {
            match disposition.result {
                Verdict::Confirmed => learnt.confirmed += 1,
                Verdict::Unfounded => learnt.unfounded += 1,
                Verdict::Pending => learnt.pending += 1,
            }
        }
        let verified = (learnt.confirmed + learnt.unfounded) as f64;
        learnt.confidence = (PRIOR_FINDINGS * prior + learnt.confirmed as f64) / (PRIOR_FINDINGS + verified);
        learnt
    }
}

/// Whether a cell says a label, in either language.
fn is(label: Label, cell: &str) -> bool {
    [Lang::Zh, Lang::En].into_iter().any(|lang| label.pick(lang) == cell)
}

/// The text of a cell, without blanks around it.
fn said(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn disposition(number: u32, result: Verdict) -> Disposition {
        Disposition {
            finding_id: format!("{number:032x}"),
            rule_id: "split-stay".into(),
            result,
            inspector: "李".into(),
            remark: "a, \"b\"\nc".into(),
        }
    }

    #[test]
    fn confidence_moves_from_the_prior_to_the_confirmed_share() {
        let mut all = Dispositions::default();
        assert!((all.learnt("split-stay", 0.6).confidence - 0.6).abs() < 1e-12, "nothing verified: the prior");
        for number in 0..30 {
            all.add(disposition(number, if number < 3 { Verdict::Confirmed } else { Verdict::Unfounded }));
        }
        all.add(disposition(99, Verdict::Pending));
        let learnt = all.learnt("split-stay", 0.6);
        assert_eq!((learnt.confirmed, learnt.unfounded, learnt.pending), (3, 27, 1));
        assert!((learnt.confidence - 9.0 / 40.0).abs() < 1e-12);
        assert!((all.learnt("duplicate-line", 0.8).confidence - 0.8).abs() < 1e-12, "other rules keep theirs");
    }

    #[test]
    fn the_file_reads_back_as_written() {
        let folder = tempfile::tempdir().expect("temp");
        let path = folder.path().join("dispositions.csv");
        let mut all = Dispositions::default();
        all.add(disposition(1, Verdict::Confirmed));
        all.add(disposition(2, Verdict::Pending));
        all.add(disposition(1, Verdict::Unfounded));
        all.write(&path).expect("writable");
        let read = Dispositions::read(&path).expect("readable");
        assert_eq!(read, all);
        assert_eq!((read.len(), read.of(&format!("{:032x}", 1)).map(|one| one.result)), (2, Some(Verdict::Unfounded)));
        fs::write(&path, "finding_id,rule_id,result\n1,split-stay,perhaps\n").expect("writable");
        assert!(Dispositions::read(&path).is_err());
    }
}
