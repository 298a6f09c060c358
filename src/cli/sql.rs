//! `feijian sql`: a query over a case store, its rows to stdout.

use std::io::Read;

use polars::prelude::{AnyValue, DataFrame};

use super::args::SqlArgs;
use super::exit::{Failure, Status};
use super::plan;
use super::print::print_rows;
use crate::casestore::store::Store;
use crate::pipeline::{self, PipelineError, Tables};

/// Runs the statement and prints its rows.
///
/// # Errors
/// If the store cannot be read or the engine refuses the statement.
pub fn run(args: SqlArgs) -> Result<Status, Failure> {
    let store = Store::open(&args.store)?;
    let statement = if args.statement == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text
    } else {
        args.statement
    };
    let tables = Tables::open(&store, args.known.knowledge.as_deref())?;
    let rows = pipeline::query(&tables, &statement, &plan::disguise(&args.privacy, &store)?)?;
    let header: Vec<&str> = rows.get_column_names().into_iter().map(|name| name.as_str()).collect();
    let columns = rows.columns().iter().enumerate();
    let numbers: Vec<usize> = columns.filter(|(_, column)| column.dtype().is_numeric()).map(|(at, _)| at).collect();
    let lines = (0..rows.height()).map(|row| cells(&rows, row)).collect::<Result<Vec<_>, _>>()?;
    print_rows(args.format, &header, &numbers, lines)?;
    Ok(Status::Done)
}

fn cells(rows: &DataFrame, row: usize) -> Result<Vec<String>, Failure> {
    rows.columns()
        .iter()
        .map(|column| {
            let value = column.get(row).map_err(PipelineError::Query)?;
            Ok(match value {
                AnyValue::Null => String::new(),
                AnyValue::String(text) => text.to_owned(),
                AnyValue::StringOwned(text) => text.to_string(),
                other => other.to_string(),
            })
        })
        .collect()
}
