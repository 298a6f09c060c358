//! changes.csv: what is new, what continues and what is gone since an earlier run.
//!
//! A finding's id is a hash of its rule and its records, so the same records found again are the same finding on any machine.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::contract::{self, ChangeRow};
use super::stored::{StoredError, StoredReport};
use super::tables::{Audience, TableError, write_csv};
use super::text;
use crate::findings::model::Finding;
use crate::lang::{Label, Lang};

/// Name of the file.
pub const FILE_NAME: &str = "changes.csv";

/// What became of a finding between two runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Not in the earlier run.
    New,
    /// In both.
    Continued,
    /// In the earlier run only.
    Gone,
    /// In the earlier run only, but its rule did not run this time.
    NotChecked,
}

impl Change {
    /// The word of the output contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Continued => "continued",
            Self::Gone => "gone",
            Self::NotChecked => "not-checked",
        }
    }

    /// The word for people.
    pub const fn label(self) -> Label {
        match self {
            Self::New => Label::new("新增", "new"),
            Self::Continued => Label::new("延续", "continued"),
            Self::Gone => Label::new("消失", "gone"),
            Self::NotChecked => Label::new("未复查", "not checked"),
        }
    }
}

/// A finding of the earlier run that this one does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Former {
    /// Gone or not checked.
    pub change: Change,
    /// Its id.
    pub finding_id: String,
    /// 1–9; 0 for data quality.
    pub model: i32,
    /// Such as `split-stay`.
    pub rule_id: String,
    /// The institution, when it was one.
    pub fixmedins_code: String,
    /// Paid by the fund, fen at risk.
    pub fund_fen: i64,
    /// Its sentence.
    pub situation: String,
}

/// This run against an earlier one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Folder of the earlier run, as given.
    pub since: String,
    before: HashSet<String>,
    /// What is no longer found, by its rank in the earlier run.
    pub former: Vec<Former>,
}

impl Changes {
    /// Compares the findings of this run, whose rules are `ran`, with the report in `dir`.
    ///
    /// # Errors
    /// If there is no readable report in `dir`.
    pub fn since(dir: &Path, findings: &[Finding], ran: &HashSet<&str>) -> Result<Self, StoredError> {
        let report = StoredReport::open(dir)?;
        let now: HashSet<&str> = findings.iter().map(|finding| finding.finding_id.as_str()).collect();
        let earlier = report.findings(|_, _| true)?;
        let (mut before, mut former) = (HashSet::new(), Vec::new());
        for row in &earlier.rows {
            let get = |name: &str| earlier.text(row, name);
            let finding_id = get("finding_id");
            if now.contains(finding_id.as_str()) {
                before.insert(finding_id);
                continue;
            }
            let rule_id = get("rule_id");
            former.push(Former {
                change: if ran.contains(rule_id.as_str()) { Change::Gone } else { Change::NotChecked },
                finding_id,
                model: i32::try_from(earlier.units(row, "model")).unwrap_or_default(),
                rule_id,
                fixmedins_code: get("fixmedins_code"),
                fund_fen: earlier.units(row, "fund_amount"),
                situation: get("situation"),
            });
        }
        Ok(Self { since: dir.display().to_string(), before, former })
    }

    /// What became of a finding of this run.
    pub fn of(&self, finding_id: &str) -> Change {
        if self.before.contains(finding_id) { Change::Continued } else { Change::New }
    }

    /// How many of each.
    pub fn counts(&self, findings: &[Finding]) -> HashMap<&'static str, usize> {
        let mut counts: HashMap<&'static str, usize> = HashMap::new();
        let now = findings.iter().map(|finding| self.of(&finding.finding_id));
        for change in now.chain(self.former.iter().map(|former| former.change)) {
            *counts.entry(change.as_str()).or_default() += 1;
        }
        counts
    }

    /// All that changed, in one sentence.
    pub fn sentence(&self, findings: &[Finding], lang: Lang) -> String {
        let counts = self.counts(findings);
        let [new, continued, gone, not_checked] = [Change::New, Change::Continued, Change::Gone, Change::NotChecked]
            .map(|change| counts.get(change.as_str()).copied().unwrap_or_default());
        text::changed(&self.since, new, continued, gone, not_checked, lang)
    }

    /// The findings that the earlier run did not have, by rank.
    pub fn new_ones<'a>(&'a self, findings: &'a [Finding]) -> impl Iterator<Item = &'a Finding> {
        findings.iter().filter(|finding| self.of(&finding.finding_id) == Change::New)
    }

    /// Writes changes.csv: the new ones first, then what continues, then what is gone.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, dir: &Path, findings: &[Finding]) -> Result<(), TableError> {
        let of_now = [Change::New, Change::Continued].into_iter().flat_map(|change| {
            let such = findings.iter().filter(move |finding| self.of(&finding.finding_id) == change);
            such.map(move |finding| ChangeRow {
                finding_id: &finding.finding_id,
                status: change.as_str(),
                model: finding.model,
                rule_id: &finding.rule_id,
                fixmedins_code: finding.fixmedins_code.as_deref().unwrap_or_default(),
                fund_fen: finding.at_risk.fund_fen,
                situation: &finding.situation,
            })
        });
        let of_before = self.former.iter().map(|former| ChangeRow {
            finding_id: &former.finding_id,
            status: former.change.as_str(),
            model: former.model,
            rule_id: &former.rule_id,
            fixmedins_code: &former.fixmedins_code,
            fund_fen: former.fund_fen,
            situation: &former.situation,
        });
        write_csv(&dir.join(FILE_NAME), &contract::changes(), Audience::Programs, of_now.chain(of_before))
    }
}
