//! The tables that rules and free queries read: a case store with knowledge beside it, and what the problem lists check in it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::OnceLock;

use polars::prelude::*;

use super::error::PipelineError;
use crate::casestore::schema::{self, Layout};
use crate::casestore::source::TableSource;
use crate::casestore::store::Store;
use crate::frames::{self, Columns};
use crate::knowledge::{self, Knowledge};
use crate::privacy::{Disguise, PERSONAL_COLUMNS};
use crate::problems::{Problems, Resolved};
use crate::sql::engine::{Bucket, Plan};
use crate::sql::{Cut, Statement};

/// Tables that rules read: a case store with knowledge beside it.
pub struct Tables<'a> {
    store: &'a Store,
    knowledge: HashMap<String, DataFrame>,
    problems: Problems,
    /// Found out when first asked for: not everybody needs it, and every diagnosis of the store is gone through.
    resolved: OnceLock<Resolved>,
}

impl<'a> Tables<'a> {
    /// The store's tables, the knowledge seeds and the problem lists, with those of the knowledge folder where one is given.
    ///
    /// # Errors
    /// If the knowledge folder cannot be read or a list of it cannot be used.
    pub fn open(store: &'a Store, knowledge_dir: Option<&Path>) -> Result<Self, PipelineError> {
        let loaded = Knowledge::load(&knowledge::SEEDS, knowledge_dir).map_err(Box::new)?;
        let mut knowledge = HashMap::new();
        for table in schema::TABLES.iter() {
            if let Some(batch) = loaded.table(&table.name) {
                knowledge.insert(table.name.clone(), frames::from_arrow(std::slice::from_ref(batch))?);
            }
        }
        let problems = Problems::load(knowledge_dir)?;
        Ok(Self { store, knowledge, problems, resolved: OnceLock::new() })
    }

    /// The problem lists.
    pub const fn problems(&self) -> &Problems {
        &self.problems
    }

    /// What the problem lists come to in this store.
    ///
    /// # Errors
    /// If a table of the store cannot be read.
    pub fn resolved(&self) -> PolarsResult<&Resolved> {
        if let Some(resolved) = self.resolved.get() {
            return Ok(resolved);
        }
        // Whoever comes at the same time finds out the same.
        let resolved = Resolved::of(&self.problems, self)?;
        Ok(self.resolved.get_or_init(|| resolved))
    }

    /// A table of the problem lists; none for another.
    fn problem_table(&self, name: &str) -> PolarsResult<Option<&DataFrame>> {
        if schema::table(name).is_none_or(|table| table.layout != Layout::Problem) {
            return Ok(None);
        }
        Ok(self.resolved()?.table(name))
    }

    /// The case store.
    pub const fn store(&self) -> &'a Store {
        self.store
    }

    /// Names of the tables that have rows.
    ///
    /// # Errors
    /// If a table of the store cannot be read.
    pub fn names(&self) -> PolarsResult<Vec<String>> {
        let stored = self.store.index.rows.iter().filter(|(_, rows)| **rows > 0).map(|(name, _)| name.clone());
        let known = self.knowledge.iter().filter(|(_, rows)| rows.height() > 0).map(|(name, _)| name.clone());
        let mut names: Vec<String> = stored.chain(known).collect();
        for table in schema::TABLES.iter().filter(|table| table.layout == Layout::Problem) {
            if self.rows(&table.name)? > 0 {
                names.push(table.name.clone());
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}

impl TableSource for Tables<'_> {
    fn buckets(&self) -> usize {
        self.store.index.buckets
    }

    fn read(&self, table: &str, bucket: Option<usize>, columns: Columns<'_>) -> PolarsResult<Option<DataFrame>> {
        match self.knowledge.get(table) {
            Some(rows) if rows.height() == 0 => Ok(None),
            Some(rows) => columns.of(rows).map(Some),
            None => match self.problem_table(table)? {
                Some(rows) if rows.height() == 0 => Ok(None),
                Some(rows) => columns.of(rows).map(Some),
                None => self.store.read(table, bucket, columns),
            },
        }
    }

    fn rows(&self, table: &str) -> PolarsResult<u64> {
        if let Some(rows) = self.knowledge.get(table) {
            return Ok(rows.height() as u64);
        }
        Ok(self.problem_table(table)?.map_or_else(|| self.store.rows(table), |rows| rows.height() as u64))
    }
}

/// Runs a query over the tables and collects its rows. Columns that identify a person hold what `disguise` puts there, for the whole query:
/// the same value is the same pseudonym, so they can still be joined and counted.
///
/// # Errors
/// If the statement names unknown tables or the engine refuses it.
pub fn query(tables: &Tables<'_>, statement: &str, disguise: &Disguise) -> Result<DataFrame, PipelineError> {
    let statement = Statement::parse(statement).map_err(PolarsError::from)?;
    if statement.shows_tables() {
        return Ok(df!["name" => tables.names()?]?);
    }
    Ok(Bucket::open(&Disguised { tables, disguise }, None).rows(&Plan::of(&statement, Cut::Shared)?)?)
}

/// Tables whose columns that identify a person are as `disguise` says.
struct Disguised<'a> {
    tables: &'a Tables<'a>,
    disguise: &'a Disguise,
}

impl TableSource for Disguised<'_> {
    fn buckets(&self) -> usize {
        self.tables.buckets()
    }

    fn read(&self, table: &str, bucket: Option<usize>, columns: Columns<'_>) -> PolarsResult<Option<DataFrame>> {
        let rows = self.tables.read(table, bucket, columns)?;
        rows.map(|rows| disguised(rows, self.disguise)).transpose()
    }

    fn rows(&self, table: &str) -> PolarsResult<u64> {
        self.tables.rows(table)
    }
}

fn disguised(mut rows: DataFrame, disguise: &Disguise) -> PolarsResult<DataFrame> {
    if matches!(disguise, Disguise::Reveal) {
        return Ok(rows);
    }
    for (name, is_name) in PERSONAL_COLUMNS {
        let Ok(column) = rows.column(name) else { continue };
        let masked = column.str()?.iter().map(|value| {
            let value = value?.to_owned();
            Some(if is_name { disguise.name(value) } else { disguise.value(name, value) })
        });
        let masked: StringChunked = masked.collect();
        rows.with_column(masked.with_name(name.into()).into_column())?;
    }
    Ok(rows)
}
