//! Problem lists (问题清单): the items that an inspection is worked through by, as data, and how each is looked for in claims.
//!
//! `spec` is what is written: lists (`queries/problems/*.toml`) whose items name checks of a few shapes and existing rules, and groups of items,
//! diagnoses and departments. `lists` loads and merges them with the official words that `published` keeps; `checked` refuses what cannot be;
//! `groups` tells which of an export's own items fall into a group; `resolve` makes of all that the tables which rules join; `links` tells which
//! items the findings of existing rules count for; `filter` narrows a
//! report to some items.

mod checked;
mod error;
mod filter;
mod groups;
mod links;
mod lists;
mod published;
mod resolve;
mod spec;

pub use error::ProblemsError;
pub use filter::{ProblemFilter, id};
pub use groups::Groups;
pub use links::{Claim, Links};
pub use lists::{List, Problem, ProblemId, Problems};
pub use published::{Item, ListImport, import_lists, told_apart};
pub use resolve::Resolved;
pub use spec::{Basis, Check, Kind, RuleLink, Setting, Shape, Status, TimeFrom};
