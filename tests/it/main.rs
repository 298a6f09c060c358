//! The one integration-test binary: each further one would link Polars again.

mod cli;
mod determinism;
mod duckdb;
mod evaluate;
mod import;
mod knowledge;
mod reward;
mod rules;
mod sample;
mod second_opinion;
mod support;
mod sweep;
