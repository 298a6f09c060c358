//! feijian (飞检): batch analytics for medical-insurance inspection teams.
//!
//! Data flows one way, a folder each: `import` → `casestore` → `rules` → `findings` → `ranking` → `report`. `rings` finds groups
//! beside the rules, `knowledge` brings the tables that rules read beside the claims, `problems` the lists an inspection is worked through by, `fields` names the inspection fields, `pipeline`
//! puts the steps together and `cli` starts them. Below them all are the words of the field (`model`), the two languages (`lang`), days
//! (`calendar`), how values are written (`format`) and codes compared (`spelling`, `item_code`), how files are made (`files`), how persons appear in
//! outputs (`privacy`) and how errors are told in both languages (`explained`). Beside them `synth` makes exports to try it on, `evaluate` compares a report with what they hold, `sweep` tries
//! values of a parameter and `reward` tells what a reporter gets.

pub mod calendar;
pub mod casestore;
pub mod cli;
pub mod evaluate;
pub mod explained;
pub mod fields;
pub mod files;
pub mod findings;
pub mod format;
pub mod frames;
pub mod import;
pub mod item_code;
pub mod knowledge;
pub mod lang;
pub mod model;
pub mod pipeline;
pub mod privacy;
pub mod problems;
pub mod ranking;
pub mod report;
pub mod reward;
pub mod rings;
pub mod rules;
pub mod spelling;
pub mod sql;
pub mod sweep;
pub mod synth;
