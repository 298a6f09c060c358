//! The words of the field that rules, findings, rankings and reports share: a finding's grade, whom it can be held against, money.

use serde::{Deserialize, Serialize};

use crate::lang::Lang;

/// Whether the record itself shows the breach or somebody has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// The record itself shows it.
    Violation,
    /// To verify.
    Lead,
}

impl Grade {
    /// The word of the output contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Violation => "violation",
            Self::Lead => "lead",
        }
    }
}

/// Whom a row of suspects is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SuspectKind {
    /// A hospital or pharmacy.
    Institution,
    /// A doctor, nurse or pharmacist.
    Practitioner,
    /// An insured person.
    Person,
    /// A group found by the sharing graphs.
    Ring,
}

impl SuspectKind {
    /// The word of the output contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Institution => "institution",
            Self::Practitioner => "practitioner",
            Self::Person => "person",
            Self::Ring => "ring",
        }
    }

    /// Several of them, in words.
    pub const fn several(self, lang: Lang) -> &'static str {
        match self {
            Self::Institution => lang.pick("定点机构", "institutions"),
            Self::Practitioner => lang.pick("医务人员", "practitioners"),
            Self::Person => lang.pick("参保人", "persons"),
            Self::Ring => lang.pick("关联群组", "rings"),
        }
    }
}

/// Gross, in-scope and fund amounts, always side by side, in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Money {
    /// Billed, fen.
    pub gross_fen: i64,
    /// Within the fund's scope, fen.
    pub inscp_fen: i64,
    /// Paid by the fund, fen.
    pub fund_fen: i64,
}

impl std::ops::AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        self.gross_fen += other.gross_fen;
        self.inscp_fen += other.inscp_fen;
        self.fund_fen += other.fund_fen;
    }
}

/// Fen as yuan, for scores and charts; amounts stay far below 2⁵³ fen, so this is exact to the fen.
pub fn in_yuan(fen: i64) -> f64 {
    fen as f64 / 100.0
}
