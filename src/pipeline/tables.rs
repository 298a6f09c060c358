//! The tables that rules and free queries read: a case store with knowledge beside it.

use std::collections::HashMap;
use std::path::Path;

use polars::prelude::*;

use super::error::PipelineError;
use crate::casestore::frame::to_polars;
use crate::casestore::schema;
use crate::casestore::store::Store;
use crate::knowledge::{self, Knowledge};
use crate::privacy::{Disguise, PERSONAL_COLUMNS};
use crate::rules::TableSource;

/// Tables that rules read: a case store with knowledge beside it.
pub struct Tables<'a> {
    store: &'a Store,
    knowledge: HashMap<String, DataFrame>,
}

impl<'a> Tables<'a> {
    /// The store's tables and the knowledge seeds, with the knowledge folder where one is given.
    ///
    /// # Errors
    /// If the knowledge folder cannot be read.
    pub fn open(store: &'a Store, knowledge_dir: Option<&Path>) -> Result<Self, PipelineError> {
        let loaded = Knowledge::load(&knowledge::SEEDS, knowledge_dir).map_err(Box::new)?;
        let mut knowledge = HashMap::new();
        for table in schema::TABLES.iter() {
            if let Some(batch) = loaded.table(&table.name) {
                knowledge.insert(table.name.clone(), to_polars(batch)?);
            }
        }
        Ok(Self { store, knowledge })
    }

    /// The case store.
    pub const fn store(&self) -> &'a Store {
        self.store
    }

    /// Names of the tables that have rows.
    pub fn names(&self) -> Vec<String> {
        let stored = self.store.index.rows.iter().filter(|(_, rows)| **rows > 0).map(|(name, _)| name.clone());
        let known = self.knowledge.iter().filter(|(_, rows)| rows.height() > 0).map(|(name, _)| name.clone());
        let mut names: Vec<String> = stored.chain(known).collect();
        names.sort_unstable();
        names
    }
}

impl TableSource for Tables<'_> {
    fn buckets(&self) -> usize {
        self.store.index.buckets
    }

    fn scan(&self, table: &str, bucket: Option<usize>) -> PolarsResult<Option<LazyFrame>> {
        match self.knowledge.get(table) {
            Some(rows) if rows.height() == 0 => Ok(None),
            Some(rows) => Ok(Some(rows.clone().lazy())),
            None => self.store.scan(table, bucket),
        }
    }
}

/// Runs a query over the tables and collects its rows. Columns that identify a person hold what `disguise` puts there, for the whole query:
/// the same value is the same pseudonym, so they can still be joined and counted.
///
/// # Errors
/// If the statement names unknown tables or the engine refuses it.
pub fn query(tables: &Tables<'_>, statement: &str, disguise: &Disguise) -> Result<DataFrame, PipelineError> {
    let mut context = polars::sql::SQLContext::new();
    for name in tables.names() {
        if let Some(rows) = tables.scan(&name, None)? {
            context.register(&name, disguised(rows, &name, disguise));
        }
    }
    Ok(context.execute(statement)?.collect_with_engine(Engine::Streaming)?.unwrap_single())
}

/// A table with the columns that identify a person as `disguise` says.
fn disguised(rows: LazyFrame, table: &str, disguise: &Disguise) -> LazyFrame {
    if matches!(disguise, Disguise::Reveal) {
        return rows;
    }
    let Some(table) = schema::table(table) else { return rows };
    let masked = PERSONAL_COLUMNS.iter().filter(|(name, _)| table.columns.iter().any(|column| column.name == *name));
    let masked: Vec<Expr> = masked
        .map(|(name, is_name)| {
            let disguise = disguise.clone();
            let mask = move |column: Column| {
                let masked = column.str()?.iter().map(|value| {
                    let value = value?.to_owned();
                    Some(if *is_name { disguise.name(value) } else { disguise.value(name, value) })
                });
                Ok(masked.collect::<StringChunked>().with_name((*name).into()).into_column())
            };
            col(*name).map(mask, |_, field| Ok(field.clone()))
        })
        .collect();
    if masked.is_empty() { rows } else { rows.with_columns(masked) }
}
