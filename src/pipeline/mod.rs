//! The steps of a run, in order: import, rules, report. `cli` resolves a plan; nothing from here on knows the command line.
//!
//! `coverage` says how much of the knowledge occurs in the claims, `delivery` looks at exports before rules run, `needs` says which columns of the exports rules depend on, `tables` is what rules read, `problems` what became of each item of the problem lists, `rules` runs them and keeps their evidence in the store, `report` makes a report of that evidence.

mod coverage;
mod delivery;
mod error;
mod needs;
mod problems;
mod report;
mod rules;
mod tables;

pub use self::delivery::delivery;
pub use self::error::PipelineError;
pub use self::needs::Needs;
pub use self::report::{Origin, ReportPlan, Reported, write_report};
pub use self::rules::{RulesRun, StepTrace, apply_rules, choose, evidence_dir};
pub use self::tables::{Tables, query};
use crate::import::settle::DiagnosisLists;
use crate::knowledge;

/// The diagnosis lists that mark visits at import.
///
/// # Errors
/// If an embedded list does not parse, which the tests rule out.
pub fn diagnosis_lists() -> Result<DiagnosisLists, PipelineError> {
    let prefixes = |list: Vec<knowledge::Prefix>| list.into_iter().map(|entry| entry.prefix).collect();
    Ok(DiagnosisLists {
        planned_cycle: prefixes(knowledge::planned_cycle_prefixes().map_err(Box::new)?),
        birth: prefixes(knowledge::birth_prefixes().map_err(Box::new)?),
    })
}
