//! A second opinion on a whole delivery: the sample data is imported, every rule runs over it on Polars and on DuckDB, and both must
//! name the same findings. The number of buckets must not matter either.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use feijian::casestore::schema::{self, ColumnType};
use feijian::casestore::store::Store;
use feijian::findings::build::finding_ids;
use feijian::import::{ImportPlan, ImportProgress, import};
use feijian::pipeline::{Tables, diagnosis_lists};
use feijian::rules::runner::{EVIDENCE, TableSource};
use feijian::rules::{Catalog, Rule, RuleOutcome, Values, run};
use polars::prelude::*;
use serde_json::{Map, Value, json};

use crate::engines::{self, DUCKDB};
use crate::rules::repository;

/// Nobody waits.
struct Silent;

impl ImportProgress for Silent {
    fn file(&self, _name: &str, _bytes: u64) {}
    fn advanced(&self, _bytes: u64, _rows: u64) {}
    fn settling(&self, _done: usize, _steps: usize) {}
}

/// What both engines are compared by: the findings of a rule and the money its suspects add up to (gross, in scope, fund; fen).
#[derive(Debug, PartialEq, Eq)]
struct Opinion {
    findings: Vec<String>,
    money: [i64; 3],
}

#[test]
fn polars_and_duckdb_find_the_same_in_the_sample_data() {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Catalog::embedded().unwrap();
    let one = imported(&folder.path().join("one"), 1);
    let five = imported(&folder.path().join("five"), 5);
    let knowledge = repository().join("sample-data/knowledge");
    let (one, five) = (Tables::open(&one, Some(&knowledge)).unwrap(), Tables::open(&five, Some(&knowledge)).unwrap());
    let (mut rules, mut polars, mut jobs, mut problems) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut paths = Map::new();
    // The search for rings has a second opinion of its own, see rings.rs.
    for rule in catalog.rules().iter().filter(|rule| !rule.is_ring()) {
        let values = Values::defaults(&rule.spec.params);
        match run(rule, &values, &one, None) {
            RuleOutcome::NotApplicable { reason_en, .. } => println!("{}: not applicable, {reason_en}", rule.spec.id),
            RuleOutcome::Failed { error } => problems.push(format!("{}: Polars: {error}", rule.spec.id)),
            RuleOutcome::Ran { evidence, .. } => {
                let found = opinion(rule, &evidence);
                match run(rule, &values, &five, None) {
                    RuleOutcome::Ran { evidence, .. } if opinion(rule, &evidence) == found => {}
                    other => problems.push(format!("{}: five buckets give something else: {other:?}", rule.spec.id)),
                }
                for table in rule.tables() {
                    if !paths.contains_key(table) {
                        paths.insert(table.to_owned(), written(folder.path(), &one, table).into());
                    }
                }
                let tables: Map<_, _> = rule.tables().map(|table| (table.to_owned(), paths[table].clone())).collect();
                jobs.push(json!({ "sql": rule.statement(&values).unwrap().text(), "tables": tables }));
                rules.push(rule);
                polars.push(found);
            }
        }
    }
    let mut fired = 0;
    for ((rule, found), result) in rules.iter().zip(&polars).zip(engines::run(&DUCKDB, folder.path(), &jobs)) {
        let id = &rule.spec.id;
        match evidence_of(&result).map(|evidence| opinion(rule, &evidence)) {
            Err(error) => problems.push(format!("{id}: DuckDB: {error}")),
            Ok(other) if other != *found => problems.push(format!("{id}:\nPolars {found:?}\nDuckDB {other:?}")),
            Ok(_) => println!("{id}: {} findings on both, {} fen of the fund", found.findings.len(), found.money[2]),
        }
        fired += usize::from(!found.findings.is_empty());
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(fired > 10, "only {fired} of {} rules found anything: the comparison says little", rules.len());
}

fn imported(store: &Path, buckets: usize) -> Store {
    Store::open_or_create(store, buckets).unwrap();
    let exports = vec![repository().join("sample-data")];
    let plan = ImportPlan { exports, maps: Vec::new(), store: store.to_path_buf(), period: None };
    import(&plan, &diagnosis_lists().unwrap(), &Silent).unwrap().0
}

/// Writes a table of all buckets as one Parquet file for DuckDB; one without rows gets its columns from the case store's definition.
fn written(folder: &Path, tables: &Tables<'_>, name: &str) -> String {
    let mut rows = match tables.scan(name, None).unwrap() {
        Some(rows) => rows.collect().unwrap(),
        None => empty(name),
    };
    let path = folder.join(format!("{name}.parquet"));
    ParquetWriter::new(File::create(&path).unwrap()).finish(&mut rows).unwrap();
    path.to_string_lossy().into_owned()
}

fn empty(table: &str) -> DataFrame {
    let field = |column: &schema::Column| {
        let dtype = match column.kind {
            ColumnType::Bigint => DataType::Int64,
            ColumnType::Int => DataType::Int32,
            ColumnType::Text => DataType::String,
        };
        Field::new(column.name.as_str().into(), dtype)
    };
    let columns = schema::table(table).map(|table| table.columns.as_slice()).unwrap_or_default();
    DataFrame::empty_with_schema(&columns.iter().map(field).collect())
}

fn opinion(rule: &Rule, evidence: &DataFrame) -> Opinion {
    let roles = evidence.column("role").unwrap().str().unwrap();
    let sum = |name: &str| {
        let amounts = evidence.column(name).unwrap().i64().unwrap();
        roles.iter().zip(amounts.iter()).filter(|(role, _)| *role == Some("suspect")).filter_map(|(_, fen)| fen).sum()
    };
    Opinion { findings: finding_ids(rule, evidence).unwrap(), money: ["gross_fen", "inscp_fen", "fund_fen"].map(sum) }
}

/// DuckDB's rows as the runner would hand them out; its error as text.
fn evidence_of(result: &Value) -> Result<DataFrame, String> {
    let rows = result.as_array().ok_or_else(|| result.to_string())?;
    let columns: BTreeMap<&str, Column> = EVIDENCE
        .iter()
        .map(|name| {
            let cells = rows.iter().map(|row| row.get(*name));
            let series = match *name {
                "role" => {
                    Series::new((*name).into(), cells.map(|cell| cell.and_then(Value::as_str)).collect::<Vec<_>>())
                }
                "measure" | "threshold" => {
                    Series::new((*name).into(), cells.map(|cell| cell.and_then(Value::as_f64)).collect::<Vec<_>>())
                }
                _ => Series::new((*name).into(), cells.map(|cell| cell.and_then(Value::as_i64)).collect::<Vec<_>>()),
            };
            (*name, series.into_column())
        })
        .collect();
    let frame = DataFrame::new(rows.len(), EVIDENCE.iter().map(|name| columns[name].clone()).collect());
    let sorted = frame.and_then(|frame| frame.sort(EVIDENCE, SortMultipleOptions::default()));
    sorted.map_err(|error| error.to_string())
}
