//! How much of what the knowledge tables speak of occurs in this export: what does not occur can be found by no rule, which is no clean result.

use std::collections::{BTreeSet, HashSet};

use polars::prelude::*;

use super::error::PipelineError;
use super::tables::Tables;
use crate::casestore::schema::{self, Layout};
use crate::casestore::source::TableSource;
use crate::frames::Columns;
use crate::import::summary::{Check, CheckResult};
use crate::lang::Text;
use crate::report::summary::Coverage;
use crate::sql::engine::{Bucket, Plan};

/// Keys of items whose absence is what a rule looks for: an item without one of those it needs.
const SOUGHT: [&str; 1] = ["required_item_key"];

/// Of every knowledge table with rows, how many of its codes occur in the store's claims, in the order of the tables.
///
/// # Errors
/// If a table of the store cannot be read.
pub fn of(tables: &Tables<'_>) -> Result<Vec<Coverage>, PipelineError> {
    let items = items(tables)?;
    let mut all = Vec::new();
    for table in schema::TABLES.iter().filter(|table| table.layout == Layout::Knowledge) {
        let Some(rows) = tables.read(&table.name, None, Columns::All)? else { continue };
        let keys: Vec<&str> = table
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .filter(|name| name.ends_with("item_key") && !SOUGHT.contains(name))
            .collect();
        let (unit, counted) = match table.name.as_str() {
            _ if keys.len() > 1 => (Text::new("对编码", "pairs"), items_here(&rows, &keys, &items.keys)?),
            _ if keys.len() == 1 => (Text::new("个编码", "codes"), items_here(&rows, &keys, &items.keys)?),
            "k_resale_drug" => (Text::new("种药品", "drugs"), texts_here(&rows, "resale_drug_name", &items.names)?),
            "k_benefit_support" => {
                (Text::new("个病种", "diseases"), texts_here(&rows, "benefit_dx3", &diagnoses(tables)?)?)
            }
            "k_watch" => (Text::new("人", "persons"), persons_here(&rows, tables)?),
            _ => continue,
        };
        let zh = table.zh.split('：').next().unwrap_or(&table.zh).to_owned();
        let en = table.en.split(['：', ':']).next().unwrap_or(&table.en).to_owned();
        let [known, here] = counted;
        all.push(Coverage { table: table.name.clone(), title: Text::new(zh, en), unit, known, here });
    }
    Ok(all)
}

/// The acceptance check over a table: one of whose codes none occurs looked at nothing.
pub fn check(coverage: &Coverage) -> Check {
    let told = coverage.told();
    let passed = coverage.here > 0;
    let detail = if passed {
        Text::default()
    } else {
        Text::new(
            "依据本表的规则没有可查的内容，没有查出不等于没有问题：核对编码写法（国家编码、地方编码），或提供编码对照表",
            "rules that rest on this table had nothing to look at, which is no clean result: compare how codes are written (national, local), or give a table of both",
        )
    };
    Check {
        id: format!("knowledge/{}", coverage.table),
        title: Text::new(
            format!("知识表的内容在本次数据中出现（{}）", coverage.title.zh),
            format!("what the knowledge table speaks of occurs in this export ({})", coverage.table),
        ),
        result: if passed { CheckResult::Passed } else { CheckResult::Failed },
        figure: told,
        limit: Text::new("> 0", "> 0"),
        detail,
    }
}

/// The items that were billed.
struct Billed {
    keys: HashSet<i64>,
    /// Upper case, as rules compare them.
    names: HashSet<String>,
}

fn items(tables: &Tables<'_>) -> Result<Billed, PipelineError> {
    let mut billed = Billed { keys: HashSet::new(), names: HashSet::new() };
    if let Some(rows) = tables.read("item", None, Columns::Named(&["item_key", "item_name"]))? {
        billed.keys.extend(rows.column("item_key")?.i64()?.iter().flatten());
        billed.names.extend(rows.column("item_name")?.str()?.iter().flatten().map(str::to_uppercase));
    }
    Ok(billed)
}

/// How many different combinations of these keys there are, and how many of them occur whole.
fn items_here(rows: &DataFrame, columns: &[&str], here: &HashSet<i64>) -> PolarsResult<[u64; 2]> {
    let columns: Vec<&Int64Chunked> =
        columns.iter().map(|name| rows.column(name)?.i64()).collect::<PolarsResult<_>>()?;
    let known: BTreeSet<Vec<Option<i64>>> =
        (0..rows.height()).map(|row| columns.iter().map(|column| column.get(row)).collect()).collect();
    let whole = |keys: &&Vec<Option<i64>>| keys.iter().all(|key| key.is_some_and(|key| here.contains(&key)));
    Ok([known.len() as u64, known.iter().filter(whole).count() as u64])
}

fn texts_here(rows: &DataFrame, column: &str, here: &HashSet<String>) -> PolarsResult<[u64; 2]> {
    let known: BTreeSet<&str> = rows.column(column)?.str()?.iter().flatten().collect();
    Ok([known.len() as u64, known.iter().filter(|text| here.contains(**text)).count() as u64])
}

/// The first three characters of all diagnoses.
fn diagnoses(tables: &Tables<'_>) -> Result<HashSet<String>, PipelineError> {
    let mut found = HashSet::new();
    let whole = Bucket::open(tables, None);
    for (table, column) in [("diagnosis", "dx3"), ("visit", "main_dx3")] {
        if tables.rows(table)? > 0 {
            let sql = format!("SELECT {column} AS dx3 FROM {table} WHERE {column} IS NOT NULL GROUP BY {column}");
            let rows = whole.rows(&Plan::parse(&sql)?)?;
            found.extend(rows.column("dx3")?.str()?.iter().flatten().map(str::to_owned));
        }
    }
    Ok(found)
}

/// Persons of a list, by person number or identity number, who are in the claims.
fn persons_here(rows: &DataFrame, tables: &Tables<'_>) -> PolarsResult<[u64; 2]> {
    let (mut keys, mut cards): (HashSet<i64>, HashSet<String>) = Default::default();
    if let Some(persons) = tables.read("person", None, Columns::Named(&["psn_key", "certno"]))? {
        keys.extend(persons.column("psn_key")?.i64()?.iter().flatten());
        cards.extend(persons.column("certno")?.str()?.iter().flatten().map(str::to_owned));
    }
    let listed: BTreeSet<(Option<i64>, Option<&str>)> =
        rows.column("psn_key")?.i64()?.iter().zip(rows.column("certno")?.str()?.iter()).collect();
    let here = listed.iter().filter(|(key, card)| {
        key.is_some_and(|key| keys.contains(&key)) || card.is_some_and(|card| cards.contains(card))
    });
    Ok([listed.len() as u64, here.count() as u64])
}
