//! SQL over the store for the ring search: the same portable text that other engines run.

use polars::prelude::*;

use super::error::RingsError;
use super::settings::Settings;
use crate::casestore::source::TableSource;
use crate::sql::engine::{Bucket, Plan};

/// The rows that `sql` returns over the tables of one bucket or of all.
///
/// # Errors
/// If a table cannot be read or the engine refuses the statement.
pub fn rows(source: &dyn TableSource, bucket: Option<usize>, sql: &str) -> Result<DataFrame, RingsError> {
    Ok(Bucket::open(source, bucket).rows(&Plan::parse(sql)?)?)
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
