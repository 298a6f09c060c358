//! Running the settle statements on Polars.

use std::collections::BTreeMap;

use polars::prelude::*;
use polars::sql::SQLContext;

/// Named frames that statements read.
///
/// Each statement gets a context of its own: in Polars 0.55 the table aliases of one statement are still known to the next one on the
/// same context, and then hide its own.
#[derive(Default)]
pub struct Frames {
    tables: BTreeMap<String, LazyFrame>,
}

impl Frames {
    /// Makes `rows` known as `name`.
    pub fn register(&mut self, name: &str, rows: LazyFrame) {
        self.tables.insert(name.to_owned(), rows);
    }

    /// Runs one statement and collects its rows.
    ///
    /// # Errors
    /// If Polars refuses or fails the statement.
    pub fn run(&self, statement: &str) -> PolarsResult<DataFrame> {
        let mut context = SQLContext::new();
        for (name, rows) in &self.tables {
            context.register(name, rows.clone());
        }
        collect(context.execute(statement)?)
    }
}

/// Collects a frame with the streaming engine, which measured 2.5–3 times faster than the in-memory one.
///
/// # Errors
/// As Polars.
pub fn collect(frame: LazyFrame) -> PolarsResult<DataFrame> {
    Ok(frame.collect_with_engine(Engine::Streaming)?.unwrap_single())
}
