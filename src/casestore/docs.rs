//! docs/case-store.md, written from the definition of the tables.

use std::fmt::Write;

use super::schema::{Column, ColumnType, Layout, TABLES};

/// The page that documents every canonical table, as Markdown.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for table in TABLES.iter() {
        let layout = match table.layout {
            Layout::Bucketed => "split by person · 按人分桶",
            Layout::Small => "one file · 单文件",
            Layout::Knowledge => "knowledge · 知识库",
            Layout::Problem => "problem lists · 问题清单",
        };
        let _ = write!(page, "\n## {}\n\n{}\n\n{}. ({layout})\n\n", table.name, table.zh, table.en);
        page.push_str("| column | type | 含义 | meaning |\n| --- | --- | --- | --- |\n");
        for column in &table.columns {
            let _ = writeln!(page, "| {} | {} | {} | {} |", column.name, kind(column), column.zh, column.en);
        }
    }
    page
}

/// Type in words; a column that may be empty has a question mark.
fn kind(column: &Column) -> String {
    let name = match column.kind {
        ColumnType::Bigint => "bigint",
        ColumnType::Int => "int",
        ColumnType::Text => "text",
    };
    format!("{name}{}", if column.null { "?" } else { "" })
}

const HEAD: &str = "# The case store · 案卷库

<!-- Generated from src/casestore/tables.toml by `FEIJIAN_BLESS=1 cargo test --test it docs`: edit that file, not this page. -->

Plain Parquet files that any tool can open, and the tables that rules read. A type with `?` can be empty.

- Money is in fen (`_fen`), quantities in ten-thousandths (`_e4`), prices in millionths of a yuan (`_e6`).
- Days count from 1970-01-01 (`_day`), minutes from 1970-01-01 00:00 (`_min`), in the export's own clock.
- Keys (`_key`) are hashes of the normalised codes; the small tables hold the codes. An unknown person has no key.
- Refunds, reversals and repeats are netted: no amount is negative.
";
