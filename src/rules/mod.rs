//! Rules are data: a folder of rule.toml, rule.sql and cases.toml under `queries/`; this module loads, checks, runs and
//! explains them. The ring rules have a rule.toml only: `src/rings/` looks for them.
//!
//! `catalog` loads (`spec` is rule.toml; rule.sql is read and judged by `crate::sql`), `params` holds values, `runner` runs, `cases` tests,
//! `explain` writes what people read, `description` what programs read, `models` names the nine models.

pub mod cases;
pub mod catalog;
pub mod description;
pub mod error;
pub mod explain;
pub mod models;
pub mod params;
pub mod runner;
pub mod spec;

pub use catalog::{Catalog, Rule};
pub use error::RuleError;
pub use params::{Settings, Values};
pub use runner::{RuleOutcome, run};
