//! SQL over the store for the ring search: the same portable text that other engines run.

use polars::prelude::*;
use polars::sql::SQLContext;

use super::RingsError;
use super::settings::Settings;
use crate::rules::runner::{self, TableSource};
use crate::sql::{Statement, dialect};

/// The rows that `sql` returns over `tables` of one bucket or of all; `None` when the first of the tables has no rows there. Another table
/// without rows is an empty one.
///
/// # Errors
/// If a table cannot be read or the engine refuses the statement.
pub fn rows(
    source: &dyn TableSource,
    bucket: Option<usize>,
    tables: &[&'static str],
    sql: &str,
) -> Result<Option<DataFrame>, RingsError> {
    let context = SQLContext::new();
    for (place, table) in tables.iter().enumerate() {
        match source.scan(table, bucket)? {
            Some(rows) => context.register(table, rows),
            None if place == 0 => return Ok(None),
            None => context.register(table, runner::empty(table)),
        }
    }
    let statement =
        Statement::parse(sql).and_then(|statement| dialect::polars(&statement)).map_err(PolarsError::from)?;
    Ok(Some(runner::collect(context, statement.text())?))
}

/// Rows of `table` whose `key` is among `keys`, of one bucket or of all.
///
/// # Errors
/// If the table cannot be read.
pub fn matching(
    source: &dyn TableSource,
    bucket: Option<usize>,
    table: &str,
    key: &str,
    keys: &[i64],
    columns: &[&str],
) -> Result<Option<DataFrame>, RingsError> {
    let Some(rows) = source.scan(table, bucket)? else { return Ok(None) };
    let wanted = df![key => keys]?.lazy();
    let columns: Vec<Expr> = columns.iter().map(|name| col(*name)).collect();
    let found = rows.select(columns).join(wanted, [col(key)], [col(key)], JoinArgs::new(JoinType::Semi));
    Ok(Some(found.collect_with_engine(Engine::Streaming)?.unwrap_single()))
}

/// `sql` with the limits put in where it names them, such as `:max_crowd`.
pub fn with_limits(sql: &str, settings: &Settings) -> String {
    let mut text = sql.to_owned();
    for (name, value) in settings.sql_values() {
        text = text.replace(&format!(":{name}"), &value.to_string());
    }
    text
}

/// An integer column without its nulls' places: a null is `absent`.
///
/// # Errors
/// If there is no such column or it holds no whole numbers.
pub fn integers(rows: &DataFrame, name: &str, absent: i64) -> Result<Vec<i64>, RingsError> {
    let column = rows.column(name)?.strict_cast(&DataType::Int64)?;
    Ok(column.i64()?.iter().map(|value| value.unwrap_or(absent)).collect())
}

/// An integer column with its nulls.
///
/// # Errors
/// If there is no such column or it holds no whole numbers.
pub fn optional(rows: &DataFrame, name: &str) -> Result<Vec<Option<i64>>, RingsError> {
    let column = rows.column(name)?.strict_cast(&DataType::Int64)?;
    Ok(column.i64()?.iter().collect())
}

/// A text column.
///
/// # Errors
/// If there is no such column or it holds no text.
pub fn texts(rows: &DataFrame, name: &str) -> Result<Vec<Option<String>>, RingsError> {
    Ok(rows.column(name)?.str()?.iter().map(|text| text.map(str::to_owned)).collect())
}
