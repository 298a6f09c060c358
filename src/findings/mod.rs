//! From evidence rows to findings: grouping, stable ids, money counted once, sentences.
//!
//! `records` looks up the claim records behind the evidence and keeps them tightly (`keyed`, `maybe`), `build` groups them, `netting` counts
//! each record's money once, `sentence` says what was found, `evidence` lays out the rows that lead back to the export, `history` the visits
//! around a finding.

pub mod build;
pub mod evidence;
pub mod history;
pub mod keyed;
pub mod maybe;
pub mod model;
mod netting;
pub mod records;
mod sentence;

pub use build::{Build, Findings, FindingsError};
