//! Repeated and conflicting rows: overlapping extracts hold the same record twice.
//!
//! Same record and same content is one row. Same record and other content is a conflict: the row with the lower amount is kept, because
//! no accusation may rest on the larger of two rows that contradict each other, and the other is reported.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::super::error::SettleError;
use super::super::staged::StagedTable;
use crate::sql::engine::Workbench;

/// What became of the rows of one staged table in one bucket.
pub struct Kept {
    /// One row per record.
    pub rows: DataFrame,
    /// Repeats per input file.
    pub repeats: BTreeMap<i32, u64>,
    /// Rows that contradict a kept one: `file_id`, `source_line`.
    pub conflicts: DataFrame,
}

/// Keeps one row per record of `staged`.
///
/// # Errors
/// If Polars fails.
pub fn keep_one(table: &'static StagedTable, staged: LazyFrame) -> Result<Kept, SettleError> {
    let step = SettleError::step(table.name.as_str());
    let content: Vec<String> = table.record.iter().cloned().chain(["row_hash".into()]).collect();
    let amount = table.position("gross_fen").map(|_| "gross_fen".to_owned());
    let order: Vec<String> = content.iter().cloned().chain(["file_id".into(), "source_line".into()]).collect();

    let all = staged.collect().map_err(&step)?;
    let total = counts_by_file(&all).map_err(&step)?;
    let sorted = all.lazy().sort(order, SortMultipleOptions::default());
    let contents = sorted
        .unique_stable(Some(by_name(content.clone(), true, false)), UniqueKeepStrategy::First)
        .collect()
        .map_err(&step)?;
    let distinct = counts_by_file(&contents).map_err(&step)?;
    let repeats = fewer(&total, &distinct);

    if table.record.is_empty() {
        let conflicts = contents.clear();
        return Ok(Kept { rows: contents, repeats, conflicts });
    }
    let preferred: Vec<String> = table.record.iter().cloned().chain(amount).chain(["row_hash".into()]).collect();
    let rows = contents
        .clone()
        .lazy()
        .sort(preferred, SortMultipleOptions::default())
        .unique_stable(Some(by_name(table.record.clone(), true, false)), UniqueKeepStrategy::First);
    let rows = rows.collect().map_err(&step)?;
    let on: Vec<Expr> = content.iter().map(col).collect();
    let conflicts = if rows.height() == contents.height() {
        contents.clear()
    } else {
        let kept = rows.clone().lazy().select(on.clone());
        contents.lazy().join(kept, on.clone(), on, JoinArgs::new(JoinType::Anti)).collect().map_err(&step)?
    };
    let conflicts = conflicts.select(["file_id", "source_line"]).map_err(&step)?;
    Ok(Kept { rows, repeats, conflicts })
}

/// Fee lines without a line number, where equal rows may be repeats of an extract or the same item billed twice.
///
/// The bill decides: lines are kept as often as makes them add up to the bill's total best. Without a bill they are taken for repeats.
/// A further copy gets the next key, so that every kept line has its own.
const COUNTED_BY_BILL: &str = "
WITH copy AS (              -- equal lines of a bill, numbered
    SELECT *, ROW_NUMBER() OVER (PARTITION BY unit_key, fee_key ORDER BY file_id, source_line) AS nth
    FROM staged
),
content AS (                -- one row per content with its number of copies
    SELECT setl_key, fee_key, COUNT(*) AS copies, MIN(gross_fen) AS gross_fen FROM staged GROUP BY setl_key, fee_key
),
reading AS (                -- what a bill adds up to: every copy, every copy of an extract taken twice or three times, each content once
    SELECT setl_key, SUM(copies * gross_fen) AS one, SUM(CAST(CEIL(CAST(copies AS DOUBLE) / 2) AS BIGINT) * gross_fen) AS two,
           SUM(CAST(CEIL(CAST(copies AS DOUBLE) / 3) AS BIGINT) * gross_fen) AS three, SUM(gross_fen) AS each_once
    FROM content
    GROUP BY setl_key
),
distance AS (               -- how far each reading is from the bill's total
    SELECT r.setl_key, ABS(r.one - b.gross_fen) AS one, ABS(r.two - b.gross_fen) AS two,
           ABS(r.three - b.gross_fen) AS three, ABS(r.each_once - b.gross_fen) AS each_once
    FROM reading AS r
    JOIN (SELECT setl_key, MIN(gross_fen) AS gross_fen FROM setl_row GROUP BY setl_key) AS b ON r.setl_key = b.setl_key
),
divisor AS (                -- the nearest reading; equally near ones: fewer lines
    SELECT setl_key,
           CASE WHEN each_once <= one AND each_once <= two AND each_once <= three THEN 0
                WHEN three <= one AND three <= two THEN 3
                WHEN two <= one THEN 2
                ELSE 1 END AS extracts
    FROM distance
)
SELECT c.*, CASE WHEN COALESCE(d.extracts, 0) = 0 THEN 1
                 ELSE CAST(CEIL(CAST(k.copies AS DOUBLE) / GREATEST(d.extracts, 1)) AS BIGINT) END AS kept_copies
FROM copy AS c
JOIN (SELECT fee_key, setl_key, copies FROM content) AS k ON c.fee_key = k.fee_key AND c.setl_key = k.setl_key
LEFT JOIN divisor AS d ON c.setl_key = d.setl_key";

/// Keeps the unnumbered fee lines of `staged` as often as their bills say; `bills` are the settlement rows of the bucket.
///
/// # Errors
/// If Polars fails.
pub fn keep_by_bill(staged: DataFrame, bills: &DataFrame) -> Result<Kept, SettleError> {
    let step = SettleError::step("fee lines without a line number");
    if staged.height() == 0 {
        let conflicts = staged.select(["file_id", "source_line"]).map_err(&step)?;
        return Ok(Kept { rows: staged, repeats: BTreeMap::new(), conflicts });
    }
    let columns: Vec<Expr> = staged.get_column_names().into_iter().map(|name| col(name.clone())).collect();
    let total = counts_by_file(&staged).map_err(&step)?;
    // A line that names no bill is kept once, like one whose bill says nothing.
    let billed = staged.clone().lazy().filter(col("setl_key").is_not_null()).collect().map_err(&step)?;
    let alone = staged
        .lazy()
        .filter(col("setl_key").is_null())
        .sort(["fee_key", "file_id", "source_line"], SortMultipleOptions::default())
        .unique_stable(Some(by_name(["fee_key"], true, false)), UniqueKeepStrategy::First)
        .collect()
        .map_err(&step)?;
    let staged = billed;
    let mut tables = Workbench::default();
    tables.put("staged", staged);
    tables.put("setl_row", bills.clone());
    let counted = tables.run(COUNTED_BY_BILL).map_err(&step)?;
    let kept = counted
        .lazy()
        .filter(col("nth").lt_eq(col("kept_copies")))
        .with_column((col("fee_key") + col("nth").cast(DataType::Int64) - lit(1i64)).alias("fee_key"))
        .select(columns);
    let rows = kept.collect().and_then(|rows| rows.vstack(&alone)).map_err(&step)?;
    let left = counts_by_file(&rows).map_err(&step)?;
    let repeats = fewer(&total, &left);
    let conflicts = rows.clear().select(["file_id", "source_line"]).map_err(&step)?;
    Ok(Kept { rows, repeats, conflicts })
}

/// How many of the rows per file in `total` are not in `left`; files that lost none are left out.
fn fewer(total: &BTreeMap<i32, u64>, left: &BTreeMap<i32, u64>) -> BTreeMap<i32, u64> {
    let lost = total.iter().map(|(file, rows)| (*file, rows - left.get(file).copied().unwrap_or(0)));
    lost.filter(|(_, rows)| *rows > 0).collect()
}

/// Source rows per file; a source row can have filled several staged rows.
pub fn counts_by_file(frame: &DataFrame) -> PolarsResult<BTreeMap<i32, u64>> {
    let mut counts = BTreeMap::new();
    let lines =
        frame.select(["file_id", "source_line"])?.unique::<String, String>(None, UniqueKeepStrategy::Any, None)?;
    for file in lines.column("file_id")?.i32()?.iter().flatten() {
        *counts.entry(file).or_insert(0) += 1;
    }
    Ok(counts)
}
