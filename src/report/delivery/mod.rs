//! What `feijian check` finds in a delivery before anything is done with it, as plain data: shown as text, JSON, a workbook, and a letter to
//! whoever delivered it.
//!
//! The workbook is the team's and says which rules would run. The letter goes to the institution: it says what is wrong with the files and
//! what is wanted, with shapes in place of values, and nothing of what will be looked for.

mod asks;
pub mod letter;
pub mod sheets;

use std::collections::BTreeMap;

use serde::Serialize;

pub use self::asks::{Ask, asks};
use crate::import::summary::ImportSummary;
use crate::lang::Text;

/// A delivery, read and not kept.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Delivery {
    /// Version of the program.
    pub version: String,
    /// What stands first: that data were lost. None where all is within the limits.
    pub headline: Option<Text>,
    /// What to ask for again.
    pub asks: Vec<Ask>,
    /// What the import found out.
    pub imported: ImportSummary,
    /// Rows per canonical table.
    pub tables: BTreeMap<String, u64>,
    /// Months of each table that has days.
    pub periods: Vec<Period>,
    /// Who is in it.
    pub institutions: Vec<Place>,
    /// Whether each rule could run.
    pub rules: Vec<Readiness>,
}

/// The months of a canonical table.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Period {
    /// The table, such as `fee`.
    pub table: String,
    /// What it holds.
    pub title: Text,
    /// Its rows with a day.
    pub rows: u64,
    /// First day, `2024-01-05`.
    pub first: String,
    /// Last day.
    pub last: String,
    /// Rows of each month that has some, `2024-01`.
    pub months: BTreeMap<String, u64>,
    /// Months without a row, between the first and the last, or of the period asked for.
    pub missing: Vec<String>,
}

/// An institution of the delivery.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Place {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: Option<String>,
    /// Visits there.
    pub visits: u64,
    /// Fee lines.
    pub fee_lines: u64,
}

/// Whether a rule could run.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Readiness {
    /// Such as `split-stay`.
    pub rule_id: String,
    /// 1–9.
    pub model: i32,
    /// Title of the rule.
    pub title: Text,
    /// Whether it would run, and on what.
    pub state: State,
    /// What is missing or damaged.
    pub why: Text,
}

/// What would become of a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A table, a column or knowledge it needs is not there.
    #[default]
    Missing,
    /// It would run on data of which too much was lost.
    Damaged,
    /// It would run.
    Ready,
}

impl State {
    /// In words.
    pub fn label(self) -> Text {
        match self {
            Self::Missing => Text::new("不能运行", "cannot run"),
            Self::Damaged => Text::new("只能带损运行", "would run on damaged data"),
            Self::Ready => Text::new("可以运行", "would run"),
        }
    }
}
