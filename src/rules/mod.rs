//! Rules are data: a folder of rule.toml, rule.sql and cases.toml under `queries/`; this module loads, checks, runs and
//! explains them. The ring rules have a rule.toml only: `src/rings/` looks for them.
//!
//! `catalog` loads (`spec` is rule.toml, `text` a SQL text read and judged by `crate::sql`, `shared` the steps that several rules read),
//! `params` holds values, `runner` runs, `cases` tests, `explain` writes what people read, `description` what programs read, `models` names
//! the nine models.

pub mod cases;
pub mod catalog;
pub mod description;
pub mod error;
pub mod explain;
pub mod models;
pub mod params;
pub mod runner;
mod shared;
pub mod spec;
mod text;

pub use catalog::{Catalog, Rule};
pub use error::RuleError;
pub use params::{Settings, Values};
pub use runner::{RuleOutcome, run};
