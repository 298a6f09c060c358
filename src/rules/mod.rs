//! Rules are data: a folder of rule.toml, rule.sql and cases.toml under `queries/`; this module loads, checks, runs and
//! explains them. The ring rules have a rule.toml only: `src/rings/` looks for them.
//!
//! `catalog` loads (`spec` is rule.toml, `portable` the check of rule.sql, built on `tokens`), `params` holds values,
//! `runner` runs (`dialect` adapts the text to Polars, `steps` cuts it), `cases` tests, `explain` writes what people read, `models` names the nine models.

pub mod cases;
pub mod catalog;
pub mod dialect;
pub mod error;
pub mod explain;
pub mod models;
pub mod params;
pub mod portable;
pub mod runner;
pub mod spec;
pub mod steps;
pub mod tokens;

pub use catalog::{Catalog, Rule};
pub use error::RuleError;
pub use params::{Settings, Values};
pub use runner::{RuleOutcome, TableSource, run};
