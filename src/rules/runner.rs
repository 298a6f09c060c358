//! Runs rules over the tables of a case store and returns their evidence, checked and in one order.
//!
//! Person rules run bucket by bucket, all of them over a bucket while it is open, so memory is bounded by the largest bucket; area rules see
//! all buckets at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use polars::prelude::*;

use super::catalog::Rule;
use super::params::Values;
use super::spec::Scope;
use crate::casestore::schema;
use crate::casestore::source::TableSource;
use crate::explained::{Explained, Told};
use crate::frames::Columns;
use crate::model::Grade;
use crate::sql::engine::{Bucket, Plan, each_bucket};
use crate::sql::{Cut, SyntaxError};

/// Why a rule could not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The engine refused the statement or failed in it.
    #[error("{0}")]
    Engine(#[from] PolarsError),
    /// The statement is none that the engine reads.
    #[error("{0}")]
    Statement(#[from] SyntaxError),
    /// The statement returned something else than evidence.
    #[error("the rule's SQL breaks the evidence contract: {0}")]
    Contract(String),
}

impl Explained for RunError {
    fn told(&self) -> Told {
        match self {
            Self::Engine(error) => Told::new("FJ-512", format!("规则的 SQL 无法执行：{error}")),
            Self::Statement(error) => Told::new("FJ-513", format!("规则的 SQL 无法理解：{error}")),
            Self::Contract(problem) => Told::new("FJ-514", format!("规则的 SQL 给出的证据不合要求：{problem}")),
        }
    }
}

/// A rule and the values it runs with.
#[derive(Debug, Clone)]
pub struct Job<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Values of its parameters.
    pub values: Values,
}

/// What became of a rule. "Not applicable" and "failed" are never "clean".
#[derive(Debug)]
pub enum RuleOutcome {
    /// It ran.
    Ran {
        /// Columns of [`EVIDENCE`], sorted by them from left to right; no rows when nothing was found.
        evidence: DataFrame,
        /// Rows the rule looked at, as its population counts them.
        population: u64,
        /// Rows over all buckets of the steps that were computed by themselves, in the order of the statement.
        steps: Vec<(String, u64)>,
        /// Seconds of computing; those of buckets that ran at the same time are added up.
        seconds: f64,
    },
    /// The data it needs is not there.
    NotApplicable {
        /// Reason, Chinese.
        reason_zh: String,
        /// Reason, English.
        reason_en: String,
    },
    /// It could not run.
    Failed {
        /// Reason.
        error: RunError,
    },
}

/// Columns of the evidence, in order. Keys and amounts (fen) are 64-bit integers, measure and threshold doubles; problem (list and number, such
/// as `2025-hospital:16`) and grade are texts, null where the rule serves no problem list and its own grade holds.
pub const EVIDENCE: [&str; 11] = [
    "case_key",
    "role",
    "visit_key",
    "fee_key",
    "gross_fen",
    "inscp_fen",
    "fund_fen",
    "measure",
    "threshold",
    PROBLEM,
    GRADE,
];

/// The evidence column that a rule about visits leaves out.
const FEE_KEY: &str = "fee_key";

/// The evidence columns that only rules of problem lists have: the problem that a finding belongs to, and its grade, at most the rule's.
const PROBLEM: &str = "problem";
const GRADE: &str = "grade";

/// The table that the checks of problem lists are in.
const PROBLEM_TABLE: &str = "problem_check";

/// What a statement may leave out.
const OPTIONAL: [&str; 3] = [FEE_KEY, PROBLEM, GRADE];

/// Runs rules over `source` and returns what became of each, in their order. `cut` says which steps are counted: with [`Cut::All`] every CTE
/// is computed by itself, which takes longer. `progress` is told how many of the rules are done and which one is next.
pub fn run_all(
    jobs: &[Job<'_>],
    source: &dyn TableSource,
    cut: Cut,
    progress: &(dyn Fn(usize, &str) + Sync),
) -> Vec<RuleOutcome> {
    let prepared: Vec<Result<Prepared<'_>, RuleOutcome>> =
        jobs.iter().map(|job| Prepared::of(job, source, cut)).collect();
    let of_scope = |scope: Scope| -> Vec<(usize, &Prepared<'_>)> {
        let ready = prepared.iter().enumerate().filter_map(|(at, prepared)| Some((at, prepared.as_ref().ok()?)));
        ready.filter(|(_, prepared)| prepared.rule.spec.scope == scope).collect()
    };
    let (persons, area) = (of_scope(Scope::Person), of_scope(Scope::Area));
    let mut parts: Vec<Vec<Result<Part, RunError>>> = jobs.iter().map(|_| Vec::new()).collect();

    let (buckets, begun) = (source.buckets(), AtomicUsize::new(0));
    // A bucket is too small to keep all threads busy, so several run at once.
    let by_bucket: Vec<Vec<Result<Part, RunError>>> = each_bucket(buckets, |bucket| {
        let tables = Bucket::open(source, Some(bucket));
        let part = |(_, prepared): &(usize, &Prepared<'_>)| {
            progress(begun.fetch_add(1, Ordering::Relaxed) / buckets, &prepared.rule.spec.id);
            prepared.part(&tables)
        };
        persons.iter().map(part).collect()
    });
    for bucket in by_bucket {
        for ((at, _), part) in persons.iter().zip(bucket) {
            parts[*at].push(part);
        }
    }
    let whole = Bucket::open(source, None);
    for (number, (at, prepared)) in area.iter().enumerate() {
        progress(persons.len() + number, &prepared.rule.spec.id);
        parts[*at].push(prepared.part(&whole));
    }
    let outcomes = prepared.into_iter().zip(parts).map(|(prepared, parts)| match prepared {
        Ok(prepared) => prepared.outcome(parts).unwrap_or_else(|error| RuleOutcome::Failed { error }),
        Err(outcome) => outcome,
    });
    outcomes.collect()
}

/// Runs one rule, as [`run_all`] runs several.
pub fn run(rule: &Rule, values: &Values, source: &dyn TableSource) -> RuleOutcome {
    let job = Job { rule, values: values.clone() };
    let nothing = || RuleOutcome::Failed { error: RunError::Contract("the rule was not run".to_owned()) };
    run_all(&[job], source, Cut::Shared, &|_, _| {}).pop().unwrap_or_else(nothing)
}

/// The evidence of `rule` with `values` over `source`, whether or not the tables it needs have rows.
///
/// # Errors
/// If the engine fails or the statement returns something else than evidence.
pub fn evidence(rule: &Rule, values: &Values, source: &dyn TableSource) -> Result<DataFrame, RunError> {
    let plan = Plan::of(&rule.statement(values)?, Cut::Shared)?;
    let parts = in_scope(rule, source, |bucket| shaped(Bucket::open(source, bucket).rows(&plan)?));
    whole(rule, parts.into_iter().collect::<Result<_, RunError>>()?)
}

/// A rule with its plans.
struct Prepared<'a> {
    rule: &'a Rule,
    evidence: Plan,
    population: Plan,
}

/// What a rule came to over one bucket, or over all of them.
struct Part {
    evidence: DataFrame,
    population: u64,
    step_rows: Vec<u64>,
    seconds: f64,
}

impl<'a> Prepared<'a> {
    /// The plans of a rule, or what became of it without running.
    fn of(job: &Job<'a>, source: &dyn TableSource, cut: Cut) -> Result<Self, RuleOutcome> {
        let failed = |error: RunError| RuleOutcome::Failed { error };
        let rule = job.rule;
        if rule.is_ring() {
            let problem = format!("{} has no SQL: the search for rings looks for it", rule.spec.id);
            return Err(failed(RunError::Contract(problem)));
        }
        if let Some((reason_zh, reason_en)) = missing(rule, source).map_err(|error| failed(error.into()))? {
            return Err(RuleOutcome::NotApplicable { reason_zh, reason_en });
        }
        let plans = || -> Result<Self, RunError> {
            let evidence = Plan::of(&rule.statement(&job.values)?, cut)?;
            let population = Plan::of(&rule.population(&job.values)?, Cut::Shared)?;
            Ok(Self { rule, evidence, population })
        };
        plans().map_err(failed)
    }

    fn part(&self, tables: &Bucket<'_>) -> Result<Part, RunError> {
        let started = Instant::now();
        let computed = tables.run(&self.evidence)?;
        let evidence = shaped(computed.rows)?;
        let population = single(&tables.rows(&self.population)?)?;
        Ok(Part { evidence, population, step_rows: computed.step_rows, seconds: started.elapsed().as_secs_f64() })
    }

    fn outcome(&self, parts: Vec<Result<Part, RunError>>) -> Result<RuleOutcome, RunError> {
        let parts = parts.into_iter().collect::<Result<Vec<Part>, RunError>>()?;
        let steps = self
            .evidence
            .step_names()
            .enumerate()
            .map(|(at, name)| (name.to_owned(), parts.iter().filter_map(|part| part.step_rows.get(at)).sum()));
        let steps = steps.collect();
        let population = parts.iter().map(|part| part.population).sum();
        let seconds = parts.iter().map(|part| part.seconds).sum();
        let evidence = whole(self.rule, parts.into_iter().map(|part| part.evidence).collect())?;
        Ok(RuleOutcome::Ran { evidence, population, steps, seconds })
    }
}

/// The evidence of all buckets in the one order, checked.
fn whole(rule: &Rule, parts: Vec<DataFrame>) -> Result<DataFrame, RunError> {
    let mut parts = parts.into_iter();
    let mut found = parts.next().ok_or_else(|| RunError::Contract("the table source has no buckets".to_owned()))?;
    for part in parts {
        found.vstack_mut_owned(part)?;
    }
    let sorted = found.sort(EVIDENCE, SortMultipleOptions::default())?;
    check_rows(&sorted)?;
    check_problems(rule, &sorted)?;
    Ok(sorted)
}

/// The reason why a rule does not apply to this data, Chinese and English, if it does not.
pub(crate) fn missing(rule: &Rule, source: &dyn TableSource) -> PolarsResult<Option<(String, String)>> {
    let titled = |name: &String| {
        let what = schema::table(name).map_or("", |table| table.zh.split('：').next().unwrap_or_default());
        format!("{name}（{what}）")
    };
    for name in &rule.spec.tables {
        if source.rows(name)? == 0 {
            return Ok(Some((format!("没有 {} 的数据", titled(name)), format!("table {name} has no rows"))));
        }
    }
    let any = &rule.spec.any_tables;
    let mut lacking = !any.is_empty();
    for name in any {
        lacking = lacking && source.rows(name)? == 0;
    }
    if lacking {
        let zh = any.iter().map(titled).collect::<Vec<_>>().join("、");
        return Ok(Some((format!("{zh} 均无数据"), format!("none of the tables {} has rows", any.join(", ")))));
    }
    for column in &rule.spec.columns {
        let Some((table, name)) = column.split_once('.') else { continue };
        if source.rows(table)? > 0 && !is_filled(source, table, name)? {
            let what = schema::table(table).and_then(|table| table.column(name)).map_or("", |column| &column.zh);
            return Ok(Some((format!("{column}（{what}）全部为空"), format!("column {column} is empty in every row"))));
        }
    }
    Ok(None)
}

/// Whether a column has a value in any row.
fn is_filled(source: &dyn TableSource, table: &str, column: &str) -> PolarsResult<bool> {
    for bucket in 0..source.buckets() {
        if let Some(rows) = source.read(table, Some(bucket), Columns::Named(&[column]))?
            && rows.column(column)?.null_count() < rows.height()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Rows of the rule's population over all buckets.
pub(crate) fn population(rule: &Rule, values: &Values, source: &dyn TableSource) -> Result<u64, RunError> {
    let plan = Plan::of(&rule.population(values)?, Cut::Shared)?;
    let counts = in_scope(rule, source, |bucket| Ok(single(&Bucket::open(source, bucket).rows(&plan)?)?));
    counts.into_iter().sum()
}

/// What `work` makes of each part that a rule runs over: the buckets, or the whole.
fn in_scope<T: Send>(rule: &Rule, source: &dyn TableSource, work: impl Fn(Option<usize>) -> T + Sync) -> Vec<T> {
    match rule.spec.scope {
        Scope::Person => each_bucket(source.buckets(), |bucket| work(Some(bucket))),
        Scope::Area => vec![work(None)],
    }
}

/// The only value of a frame that holds one count.
fn single(frame: &DataFrame) -> PolarsResult<u64> {
    let column = frame.columns().first().ok_or_else(|| polars_err!(NoData: "a count returned no column"))?;
    column.get(0)?.try_extract()
}

/// The columns of the contract, in its order and types.
fn shaped(found: DataFrame) -> Result<DataFrame, RunError> {
    let names = found.get_column_names();
    if let Some(extra) = names.iter().find(|name| !EVIDENCE.contains(&name.as_str())) {
        return Err(RunError::Contract(format!("column {extra} is no evidence column: leave it out")));
    }
    let lacks = |name: &str| !names.iter().any(|column| column.as_str() == name);
    if let Some(absent) = EVIDENCE.iter().find(|name| !OPTIONAL.contains(name) && lacks(name)) {
        return Err(RunError::Contract(format!("column {absent} is missing")));
    }
    let expressions = EVIDENCE.map(|name| {
        let kind = match name {
            "role" | PROBLEM | GRADE => DataType::String,
            "measure" | "threshold" => DataType::Float64,
            _ => DataType::Int64,
        };
        let value = if lacks(name) { lit(NULL) } else { col(name) };
        value.strict_cast(kind).alias(name)
    });
    Ok(found.lazy().select(expressions).collect()?)
}

/// Checks what the types do not say. `sorted` is sorted by all columns from left to right.
fn check_rows(sorted: &DataFrame) -> Result<(), RunError> {
    for name in ["case_key", "role", "visit_key", "gross_fen", "inscp_fen", "fund_fen"] {
        if sorted.column(name)?.null_count() > 0 {
            return Err(RunError::Contract(format!("{name} is null in a row")));
        }
    }
    let integers = |name: &str| Ok::<_, PolarsError>(sorted.column(name)?.i64()?.clone());
    let roles = sorted.column("role")?.str()?.clone();
    let (cases, visits, fees) = (integers("case_key")?, integers("visit_key")?, integers(FEE_KEY)?);
    let amounts = [integers("gross_fen")?, integers("inscp_fen")?, integers("fund_fen")?];
    let mut previous = None;
    for row in 0..sorted.height() {
        let place = || format!("case_key {}", cases.get(row).unwrap_or_default());
        let money = amounts.each_ref().map(|amount| amount.get(row).unwrap_or_default());
        match roles.get(row) {
            Some("suspect") if money.iter().any(|fen| *fen < 0) => {
                return Err(RunError::Contract(format!("{} has a negative amount", place())));
            }
            Some("suspect") => {
                let record = (cases.get(row), visits.get(row), fees.get(row));
                if previous == Some(record) {
                    return Err(RunError::Contract(format!("{} counts one record twice", place())));
                }
                previous = Some(record);
            }
            Some("basis") if money.iter().any(|fen| *fen != 0) => {
                return Err(RunError::Contract(format!("{} has an amount in a basis row: write 0", place())));
            }
            Some("basis") => {}
            other => {
                let role = other.unwrap_or_default();
                return Err(RunError::Contract(format!("{} has role {role:?}: write suspect or basis", place())));
            }
        }
    }
    Ok(())
}

/// Checks that a finding of a rule that serves problem lists belongs to one problem and has one grade, not above the rule's; other rules name
/// neither. `sorted` is sorted by all columns from left to right.
fn check_problems(rule: &Rule, sorted: &DataFrame) -> Result<(), RunError> {
    let serves_lists = rule.tables().any(|table| table == PROBLEM_TABLE);
    for name in [PROBLEM, GRADE] {
        let nulls = sorted.column(name)?.null_count();
        if serves_lists && nulls > 0 {
            return Err(RunError::Contract(format!("{name} is null in a row of a rule that reads {PROBLEM_TABLE}")));
        }
        if !serves_lists && nulls < sorted.height() {
            return Err(RunError::Contract(format!(
                "{name} is only for rules that read {PROBLEM_TABLE}: leave it out"
            )));
        }
    }
    let cases = sorted.column("case_key")?.i64()?.clone();
    let (problems, grades) = (sorted.column(PROBLEM)?.str()?.clone(), sorted.column(GRADE)?.str()?.clone());
    let mut previous = None;
    for row in 0..sorted.height() {
        let (case, told) = (cases.get(row).unwrap_or_default(), (problems.get(row), grades.get(row)));
        let most = rule.spec.grade.as_str();
        if let Some(word) = told.1.filter(|word| *word != most && *word != Grade::Lead.as_str()) {
            return Err(RunError::Contract(format!(
                "case_key {case} has grade {word:?}: the rule allows {most} at most"
            )));
        }
        if previous.is_some_and(|(before, what)| before == case && what != told) {
            return Err(RunError::Contract(format!("case_key {case} has rows of two problems or grades")));
        }
        previous = Some((case, told));
    }
    Ok(())
}
