//! The one integration-test binary: each further one would link Polars again.

mod cli;
mod determinism;
mod elsewhere;
mod engines;
mod errors;
mod evaluate;
mod fields;
mod import;
mod knowledge;
mod pages;
mod report;
mod reward;
mod rings;
mod rules;
mod sample;
mod second_opinion;
mod support;
mod sweep;
