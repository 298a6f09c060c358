//! The same SQL on other engines: every case of every rule, and every construct that rule authors may write, must give
//! the rows that Polars gives. DuckDB is asked in every run of the tests, Spark by `just spark`: it takes minutes and
//! needs Java.
//!
//! Both run through their Python packages in virtual environments under Cargo's target folder, made on the first run.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use feijian::frames;
use feijian::rules::runner::EVIDENCE;
use polars::prelude::*;
use serde_json::{Value, json};

use crate::rules::{CONSTRUCTS, TRIED, TriedCase, construct_tables, repository};

/// An engine that gives a second opinion.
pub struct Engine {
    /// As run_sql.py calls it.
    name: &'static str,
    /// What its environment has; pinned, so that a release changes no test by surprise.
    packages: &'static [&'static str],
    /// Named when something of it is missing.
    needs: &'static str,
}

/// Its environment also has networkx, the second opinion on the graphs of rings.
pub const DUCKDB: Engine = Engine {
    name: "duckdb",
    packages: &["duckdb==2.0.0", "networkx==3.4.2"],
    needs: "the DuckDB tests need Python 3 with venv and pip, and a package index to install them from",
};

const SPARK: Engine = Engine {
    name: "spark",
    packages: &["pyspark==4.3.0"],
    needs: "the Spark test needs Java 17 or 21 (`java -version` must work), Python 3 with venv and pip, and a package index to install them from",
};

#[test]
fn duckdb_finds_the_same_evidence_as_polars() {
    assert_same_evidence(&DUCKDB, |_| true);
}

#[test]
#[ignore = "takes minutes and needs Java: `just spark`"]
fn spark_finds_the_same_evidence_as_polars() {
    finish(&SPARK, Command::new("java").arg("-version"));
    // A query takes Spark a good part of a second, however few the rows: as few queries as possible.
    assert_same_evidence(&SPARK, |case| case.fewest);
}

/// The cases asked for must give the same evidence rows on Polars and on the other engine.
fn assert_same_evidence(engine: &Engine, asked: fn(&TriedCase) -> bool) {
    let folder = tempfile::tempdir().unwrap();
    let (mut jobs, mut expected) = (Vec::new(), Vec::new());
    for TriedCase { rule_id, sql, case, tried, .. } in TRIED.iter().filter(|case| asked(case)) {
        jobs.push(job(folder.path(), jobs.len(), sql, case.tables.clone()));
        let rows = tried.evidence.as_ref().map(rows_of_frame).unwrap_or_default();
        expected.push((format!("{rule_id}: {}", case.name), rows));
    }
    let mut problems = Vec::new();
    for ((name, expected), result) in expected.iter().zip(run(engine, folder.path(), &jobs)) {
        match rows_of_json(&result) {
            Err(error) => problems.push(format!("{name}: {error}")),
            Ok(rows) if rows != *expected => {
                problems.push(format!("{name}:\nPolars {expected:?}\n{} {rows:?}", engine.name));
            }
            Ok(_) => {}
        }
    }
    assert!(!expected.is_empty());
    assert!(problems.is_empty(), "{} of {} cases differ:\n{}", problems.len(), expected.len(), problems.join("\n"));
}

#[test]
fn constructs_give_the_same_on_duckdb() {
    let folder = tempfile::tempdir().unwrap();
    let tables: BTreeMap<_, _> = construct_tables().into_iter().map(|(name, frame)| (name.to_owned(), frame)).collect();
    let jobs: Vec<_> = CONSTRUCTS
        .iter()
        .enumerate()
        .map(|(number, (_, sql, _))| job(folder.path(), number, sql, tables.clone()))
        .collect();
    for ((name, _, expected), result) in CONSTRUCTS.iter().zip(run(&DUCKDB, folder.path(), &jobs)) {
        let rows = result.as_array().unwrap_or_else(|| panic!("{name}: {result}"));
        let mut values: Vec<_> = rows.iter().map(|row| row["r"].as_f64()).collect();
        values.sort_by(|a, b| a.partial_cmp(b).unwrap());
        assert_eq!(values, *expected, "{name}");
    }
}

/// Writes the tables of a job as Parquet and describes it for `run_sql.py`.
pub fn job(folder: &Path, number: usize, sql: &str, tables: BTreeMap<String, DataFrame>) -> Value {
    let mut paths = serde_json::Map::new();
    for (name, frame) in tables {
        let path = folder.join(format!("{number}-{name}.parquet"));
        frames::write(&path, &frame).unwrap();
        paths.insert(name, path.to_string_lossy().into_owned().into());
    }
    json!({ "sql": sql, "tables": paths })
}

/// What an engine answers to each job: its rows as objects, or its error as text.
pub fn run(engine: &Engine, folder: &Path, jobs: &[Value]) -> Vec<Value> {
    let (jobs_path, results_path) = (folder.join("jobs.json"), folder.join("results.json"));
    fs::write(&jobs_path, serde_json::to_vec(jobs).unwrap()).unwrap();
    let script = repository().join("tests").join("engines").join("run_sql.py");
    let mut command = Command::new(python(engine));
    finish(engine, command.arg(script).arg(engine.name).arg(&jobs_path).arg(&results_path));
    serde_json::from_slice(&fs::read(results_path).unwrap()).unwrap()
}

/// Python of the virtual environment that has an engine's packages, made when it is not there yet.
pub fn python(engine: &Engine) -> PathBuf {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(cache).unwrap();
    let environment = cache.join(engine.packages.join("-").replace("==", "-"));
    let python = match cfg!(windows) {
        true => environment.join("Scripts").join("python.exe"),
        false => environment.join("bin").join("python"),
    };
    let complete = environment.join("complete");
    // Tests run side by side, in threads and in processes: one of them makes the environment, the others wait.
    let lock = File::create(cache.join(format!("{}.lock", engine.name))).unwrap();
    lock.lock().unwrap();
    if !complete.exists() {
        let system = if cfg!(windows) { "python" } else { "python3" };
        finish(engine, Command::new(system).args(["-m", "venv", "--clear"]).arg(&environment));
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        finish(engine, install.args(engine.packages));
        fs::write(complete, engine.packages.join(" ")).unwrap();
    }
    python
}

/// Runs a command to its end; the test fails, and says what the engine needs, when it does not succeed.
pub fn finish(engine: &Engine, command: &mut Command) {
    let needs = engine.needs;
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}\n{needs}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed:\n{errors}\n{needs}");
}

/// Rows of evidence as sortable texts, one way for both engines: whole numbers plain, nothing for null.
fn rows_of_frame(evidence: &DataFrame) -> Vec<String> {
    let cell = |name: &str, row: usize| match evidence.column(name).and_then(|column| column.get(row)) {
        Ok(AnyValue::String(text)) => text.to_owned(),
        Ok(AnyValue::StringOwned(text)) => text.to_string(),
        Ok(AnyValue::Int64(value)) => value.to_string(),
        Ok(AnyValue::Float64(value)) => value.to_string(),
        _ => String::new(),
    };
    let line = |row| EVIDENCE.map(|name| cell(name, row)).join(" ");
    sorted((0..evidence.height()).map(line).collect())
}

fn rows_of_json(result: &Value) -> Result<Vec<String>, String> {
    let rows = result.as_array().ok_or_else(|| result.to_string())?;
    let cell = |row: &Value, name: &str| match row.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.as_i64().map_or_else(
            || number.as_f64().map(|value| value.to_string()).unwrap_or_default(),
            |value| value.to_string(),
        ),
        _ => String::new(),
    };
    Ok(sorted(rows.iter().map(|row| EVIDENCE.map(|name| cell(row, name)).join(" ")).collect()))
}

fn sorted(mut rows: Vec<String>) -> Vec<String> {
    rows.sort_unstable();
    rows
}
