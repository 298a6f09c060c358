//! A second opinion on a whole delivery: every rule runs over the sample data on Polars and on DuckDB, and both must name the same
//! findings. The number of buckets must not matter either.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use feijian::casestore::source::{TableSource, empty};
use feijian::casestore::store::Store;
use feijian::findings::build::finding_ids;
use feijian::frames::{self, Columns};
use feijian::import::{ImportPlan, ImportProgress, import};
use feijian::pipeline::{Tables, diagnosis_lists};
use feijian::rules::runner::EVIDENCE;
use feijian::rules::{Catalog, Rule, RuleOutcome, Values, run};
use polars::prelude::*;
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use crate::engines::{self, DUCKDB};
use crate::rules::repository;
use crate::support::sample_run;

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
    let one = Store::open(&sample_run().store()).unwrap();
    let five = imported(&folder.path().join("five"), 5);
    assert_eq!((one.index.buckets, five.index.buckets), (1, 5));
    let knowledge = repository().join("sample-data/knowledge");
    let (one, five) = (Tables::open(&one, Some(&knowledge)).unwrap(), Tables::open(&five, Some(&knowledge)).unwrap());
    // The search for rings has a second opinion of its own, see rings.rs. Of rules that rest on a notice the sample has no like of, the cases
    // have one, see engines.rs.
    let unknown = |rule: &Rule| {
        rule.spec.tables.iter().any(|table| table.starts_with("k_") && one.rows(table).is_ok_and(|rows| rows == 0))
    };
    let rules: Vec<&Rule> = catalog.rules().iter().filter(|rule| !rule.is_ring() && !unknown(rule)).collect();
    let polars: Vec<Result<Opinion, String>> = rules
        .par_iter()
        .map(|rule| {
            let found = opinion(rule, &in_one_bucket(rule, &one)?);
            match opinion(rule, &evidence(rule, &five)?) {
                other if other == found => Ok(found),
                other => Err(format!("one bucket gives {found:?}, five give {other:?}")),
            }
        })
        .collect();
    let used: BTreeSet<&str> = rules.iter().flat_map(|rule| rule.tables()).collect();
    let paths: Map<_, _> =
        used.iter().map(|table| ((*table).to_owned(), written(folder.path(), &one, table).into())).collect();
    let job = |rule: &&Rule| {
        let tables: Map<_, _> = rule.tables().map(|table| (table.to_owned(), paths[table].clone())).collect();
        json!({ "sql": rule.statement(&Values::defaults(&rule.spec.params)).unwrap().text(), "tables": tables })
    };
    let jobs: Vec<Value> = rules.iter().map(job).collect();

    let (mut problems, mut fired) = (Vec::new(), 0);
    for ((rule, found), result) in rules.iter().zip(&polars).zip(engines::run(&DUCKDB, folder.path(), &jobs)) {
        let id = &rule.spec.id;
        match (found, evidence_of(&result).map(|evidence| opinion(rule, &evidence))) {
            (Err(error), _) => problems.push(format!("{id}: Polars: {error}")),
            (_, Err(error)) => problems.push(format!("{id}: DuckDB: {error}")),
            (Ok(found), Ok(other)) if other != *found => {
                problems.push(format!("{id}:\nPolars {found:?}\nDuckDB {other:?}"));
            }
            (Ok(found), Ok(_)) => {
                println!("{id}: {} findings on both, {} fen of the fund", found.findings.len(), found.money[2]);
                fired += usize::from(!found.findings.is_empty());
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(fired > 10, "only {fired} of {} rules found anything: the comparison says little", rules.len());
}

/// The evidence of a rule over `one`, the store of the shared run, as that run kept it; a rule on trial, which it left out, runs here.
fn in_one_bucket(rule: &Rule, one: &Tables<'_>) -> Result<DataFrame, String> {
    let kept = sample_run().store().join("evidence").join(format!("{}.parquet", rule.spec.id));
    if !kept.exists() {
        return evidence(rule, one);
    }
    let rows = frames::read(&[kept], Columns::All).map_err(|error| error.to_string())?;
    Ok(rows.expect("one file"))
}

/// What a rule finds by its defaults.
fn evidence(rule: &Rule, tables: &Tables<'_>) -> Result<DataFrame, String> {
    match run(rule, &Values::defaults(&rule.spec.params), tables) {
        RuleOutcome::Ran { evidence, .. } => Ok(evidence),
        RuleOutcome::NotApplicable { reason_en, .. } => Err(format!("not applicable to the sample: {reason_en}")),
        RuleOutcome::Failed { error } => Err(error.to_string()),
    }
}

fn imported(store: &Path, buckets: usize) -> Store {
    Store::open_or_create(store, buckets).unwrap();
    let exports = vec![repository().join("sample-data")];
    let plan = ImportPlan { exports, store: store.to_path_buf(), ..ImportPlan::default() };
    import(&plan, &diagnosis_lists().unwrap(), &Silent).unwrap().0
}

/// Writes a table of all buckets as one Parquet file for DuckDB; one without rows gets its columns from the case store's definition.
fn written(folder: &Path, tables: &Tables<'_>, name: &str) -> String {
    let rows = tables.read(name, None, Columns::All).unwrap().unwrap_or_else(|| empty(name));
    let path = folder.join(format!("{name}.parquet"));
    frames::write(&path, &rows).unwrap();
    path.to_string_lossy().into_owned()
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
                "role" | "problem" | "grade" => {
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
