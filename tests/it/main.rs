//! The one integration-test binary: each further one would link Polars again.

mod duckdb;
mod knowledge;
mod rules;
