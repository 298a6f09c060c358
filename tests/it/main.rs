//! The one integration-test binary: each further one would link Polars again.

#![expect(clippy::unwrap_used, reason = "it is how a test fails, in what tests share too")]

mod cli;
mod determinism;
mod elsewhere;
mod engines;
mod errors;
mod evaluate;
mod fields;
mod formats;
mod import;
mod item_codes;
mod knowledge;
mod losses;
mod pages;
mod problems;
mod report;
mod reward;
mod rings;
mod rules;
mod rules_json;
mod sample;
mod second_opinion;
mod structure;
mod support;
mod sweep;
mod texts;
mod two_sources;
