//! What a finding and a suspect are: the rows of findings.parquet and suspects.csv.

use std::ops::Range;
use std::sync::Arc;

use crate::model::{Grade, Money, SuspectKind};

/// One row of findings: an indication to verify.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Hash of the rule and the records behind it, 32 hex digits.
    pub finding_id: String,
    /// 1–9, the Lu'an item; 0 for data quality.
    pub model: i32,
    /// Such as `split-stay`.
    pub rule_id: Arc<str>,
    /// Violation or lead.
    pub grade: Grade,
    /// Items of problem lists that it counts for, such as `2025-hospital:16`, with blanks between them.
    pub problem: Option<Arc<str>>,
    /// The person, when all counted records share one.
    pub psn_no: Option<Arc<str>>,
    /// The institution, when all counted records share one.
    pub fixmedins_code: Option<Arc<str>>,
    /// Name of that institution (not part of findings.csv, for the workbook and the sentence).
    pub fixmedins_name: Option<Arc<str>>,
    /// The practitioner, when all counted records share one.
    pub dr_code: Option<Arc<str>>,
    /// Name of that practitioner.
    pub dr_name: Option<Arc<str>>,
    /// The visit, when all counted records share one.
    pub mdtrt_id: Option<Box<str>>,
    /// First day spanned, days since 1970-01-01.
    pub first_day: Option<i32>,
    /// Last day spanned, days since 1970-01-01.
    pub last_day: Option<i32>,
    /// Evidence rows, suspect and basis.
    pub records: i64,
    /// Where these rows are among those of [`Findings`](super::build::Findings).
    pub rows: Range<usize>,
    /// At risk by this finding on its own.
    pub at_risk: Money,
    /// The part of `at_risk` not already counted by a finding ranked before this one.
    pub counted: Money,
    /// What was observed.
    pub measure: Option<f64>,
    /// The limit it broke.
    pub threshold: Option<f64>,
    /// 0–1, the rule's prior adjusted by how far the limit was broken.
    pub confidence: f64,
    /// Confidence × counted fund amount, in yuan.
    pub score: f64,
    /// 1 is first.
    pub rank: i64,
    /// One sentence an inspector can read.
    pub situation: Box<str>,
}

/// One row of suspects.csv.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// Kind.
    pub kind: SuspectKind,
    /// 1 is first within its kind.
    pub rank: i64,
    /// Code of the export.
    pub code: String,
    /// Name, where known.
    pub name: Option<String>,
    /// Findings that concern it.
    pub findings: i64,
    /// Models, ascending, such as `1 3 4`.
    pub models: String,
    /// Each record's money once.
    pub counted: Money,
    /// Counted fund amount ÷ the suspect's own fund total in the period, 0–1; null without a total.
    pub share: Option<f64>,
    /// share ÷ median share of its peer group; null where the median is 0 or unknown.
    pub peer_ratio: Option<f64>,
    /// Sum of its findings' scores, in yuan.
    pub score: f64,
    /// The three rules with the highest scores, such as `split-stay 3`.
    pub top_rules: String,
    /// Suggested range of 支付资格记分; practitioners only.
    pub points: Option<String>,
    /// One sentence.
    pub reason: String,
}
