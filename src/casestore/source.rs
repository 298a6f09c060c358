//! Where canonical tables come from: a case store, or frames in a test.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::schema::{self, ColumnType};
use crate::frames::Columns;

/// The canonical tables of somebody's claims.
pub trait TableSource: Sync {
    /// Number of buckets that the person-keyed tables are split into, at least 1.
    fn buckets(&self) -> usize;

    /// The rows of a table, of one bucket or whole; tables that are not split are whole either way. `None` without rows.
    ///
    /// Every call for the same table and bucket returns the rows in the same order, whatever the columns.
    ///
    /// # Errors
    /// If the table is there but cannot be read.
    fn read(&self, table: &str, bucket: Option<usize>, columns: Columns<'_>) -> PolarsResult<Option<DataFrame>>;

    /// Rows of a table over all buckets; 0 for one that is not there.
    ///
    /// # Errors
    /// If the table is there but cannot be read.
    fn rows(&self, table: &str) -> PolarsResult<u64>;
}

/// A canonical table without rows.
pub fn empty(table: &str) -> DataFrame {
    let columns = schema::table(table).map_or(&[][..], |table| &table.columns);
    let fields = columns.iter().map(|column| Field::new(column.name.as_str().into(), polars_type(column.kind)));
    DataFrame::empty_with_schema(&fields.collect())
}

/// The type that Polars reads a column of the case store as.
pub const fn polars_type(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Bigint => DataType::Int64,
        ColumnType::Int => DataType::Int32,
        ColumnType::Text => DataType::String,
    }
}

/// These columns of the rows of `table` whose first column is among `keys`; `None` without rows or keys.
///
/// # Errors
/// If the table cannot be read or has no such columns.
pub fn matching(
    source: &dyn TableSource,
    table: &str,
    bucket: Option<usize>,
    columns: &[&str],
    keys: &[i64],
) -> PolarsResult<Option<DataFrame>> {
    let (Some(key), false) = (columns.first().copied(), keys.is_empty()) else { return Ok(None) };
    let Some(rows) = source.read(table, bucket, Columns::Named(columns))? else { return Ok(None) };
    let wanted = df![key => keys]?.lazy();
    let columns: Vec<Expr> = columns.iter().map(|column| col(*column)).collect();
    rows.lazy().select(columns).join(wanted, [col(key)], [col(key)], JoinArgs::new(JoinType::Semi)).collect().map(Some)
}

/// Tables in memory, in one bucket: what tests give where a run gives a store.
#[derive(Debug, Clone, Default)]
pub struct FrameTables(pub BTreeMap<String, DataFrame>);

impl TableSource for FrameTables {
    fn buckets(&self) -> usize {
        1
    }

    fn read(&self, table: &str, _bucket: Option<usize>, columns: Columns<'_>) -> PolarsResult<Option<DataFrame>> {
        self.0.get(table).map(|rows| columns.of(rows)).transpose()
    }

    fn rows(&self, table: &str) -> PolarsResult<u64> {
        Ok(self.0.get(table).map_or(0, |rows| rows.height() as u64))
    }
}
