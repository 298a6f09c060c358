//! feijian (飞检): batch analytics for medical-insurance inspection teams.
//!
//! Data flows one way, a folder each: `import` → `casestore` → `rules` → `findings` → `ranking` → `report`. `rings` finds groups
//! beside the rules, `knowledge` brings the tables
//! that rules read beside the claims, `synth` makes exports to try it on and `evaluate` compares a report with what they hold, `sweep` tries
//! values of a parameter, `reward` tells what a reporter gets, `fields` names the inspection fields, `dispositions` keeps what
//! inspectors found out, `privacy` decides how persons appear in
//! outputs, `pipeline` puts the steps together and `cli` starts them.

pub mod calendar;
pub mod casestore;
pub mod cli;
pub mod dispositions;
pub mod evaluate;
pub mod fields;
pub mod findings;
pub mod import;
pub mod knowledge;
pub mod lang;
pub mod pipeline;
pub mod privacy;
pub mod ranking;
pub mod report;
pub mod reward;
pub mod rings;
pub mod rules;
pub mod sql;
pub mod sweep;
pub mod synth;
