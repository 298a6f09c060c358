//! Runs a rule over the tables of a case store and returns its evidence, checked and in one order.
//!
//! Person rules run bucket by bucket, so memory is bounded by the largest bucket; area rules see all buckets at once.

use std::thread;
use std::time::Instant;

use polars::prelude::*;
use polars::sql::SQLContext;
use rayon::prelude::*;

use super::catalog::Rule;
use super::params::Values;
use super::spec::Scope;
use crate::casestore::schema::{self, ColumnType};
use crate::sql::{Cut, Step, dialect, steps};

/// Where the tables come from: a case store, or frames in a test.
pub trait TableSource: Sync {
    /// Number of buckets that the person-keyed tables are split into, at least 1.
    fn buckets(&self) -> usize;

    /// A table, of one bucket or whole; tables that are not split are whole either way. `None` without rows.
    ///
    /// # Errors
    /// If the table is there but cannot be opened.
    fn scan(&self, table: &str, bucket: Option<usize>) -> PolarsResult<Option<LazyFrame>>;
}

/// Why a rule could not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The engine refused the statement or failed in it.
    #[error("{0}")]
    Engine(#[from] PolarsError),
    /// The statement returned something else than evidence.
    #[error("the rule's SQL breaks the evidence contract: {0}")]
    Contract(String),
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
        /// Wall time, seconds.
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

/// Called once per CTE with its name and its rows over all buckets, in the order of the statement.
pub type Trace<'a> = &'a mut dyn FnMut(&str, u64);

/// Columns of the evidence, in order. Keys and amounts (fen) are 64-bit integers, measure and threshold doubles.
pub const EVIDENCE: [&str; 9] =
    ["case_key", "role", "visit_key", "fee_key", "gross_fen", "inscp_fen", "fund_fen", "measure", "threshold"];

/// The evidence column that a rule about visits leaves out.
const FEE_KEY: &str = "fee_key";

/// Runs `rule` with `values` over `source`; with `trace` every CTE is computed by itself to count its rows, which takes longer.
pub fn run(rule: &Rule, values: &Values, source: &dyn TableSource, trace: Option<Trace<'_>>) -> RuleOutcome {
    let started = Instant::now();
    if rule.is_ring() {
        let error = RunError::Contract(format!("{} has no SQL: the search for rings looks for it", rule.spec.id));
        return RuleOutcome::Failed { error };
    }
    match missing(rule, source) {
        Err(error) => return RuleOutcome::Failed { error: error.into() },
        Ok(Some((reason_zh, reason_en))) => return RuleOutcome::NotApplicable { reason_zh, reason_en },
        Ok(None) => {}
    }
    let ran = || Ok((traced_evidence(rule, values, source, trace)?, population(rule, values, source)?));
    match ran() {
        Err(error) => RuleOutcome::Failed { error },
        Ok((evidence, population)) => {
            RuleOutcome::Ran { evidence, population, seconds: started.elapsed().as_secs_f64() }
        }
    }
}

/// The evidence of `rule` with `values` over `source`, whether or not the tables it needs have rows.
///
/// # Errors
/// If the engine fails or the statement returns something else than evidence.
pub fn evidence(rule: &Rule, values: &Values, source: &dyn TableSource) -> Result<DataFrame, RunError> {
    traced_evidence(rule, values, source, None)
}

fn traced_evidence(
    rule: &Rule,
    values: &Values,
    source: &dyn TableSource,
    trace: Option<Trace<'_>>,
) -> Result<DataFrame, RunError> {
    let cut = if trace.is_some() { Cut::All } else { Cut::Shared };
    let statement = rule.statement(values).map_err(PolarsError::from)?;
    let steps = steps(&statement, cut, schema::column_names).map_err(PolarsError::from)?;
    // A bucket is too small to keep all threads busy, so several run at once; `collect` keeps their order.
    let parts: Vec<(DataFrame, Vec<u64>)> = buckets(rule, source)
        .into_par_iter()
        .map(|bucket| {
            let (found, rows) = stepwise(rule, source, bucket, &steps)?;
            Ok((shaped(found)?, rows))
        })
        .collect::<Result<_, RunError>>()?;
    if let Some(trace) = trace {
        for (at, name) in steps.iter().filter_map(|step| step.name.as_deref()).enumerate() {
            trace(name, parts.iter().filter_map(|(_, rows)| rows.get(at)).sum());
        }
    }
    let mut parts = parts.into_iter().map(|(found, _)| found);
    let mut found = parts.next().ok_or_else(|| RunError::Contract("the table source has no buckets".to_owned()))?;
    for part in parts {
        found.vstack_mut(&part)?;
    }
    let sorted = found.sort(EVIDENCE, SortMultipleOptions::default())?;
    check_rows(&sorted)?;
    Ok(sorted)
}

/// The result of a rule's statement over one bucket or all, and the rows of each CTE that is a step.
fn stepwise(
    rule: &Rule,
    source: &dyn TableSource,
    bucket: Option<usize>,
    steps: &[Step],
) -> PolarsResult<(DataFrame, Vec<u64>)> {
    let mut computed: Vec<(&str, DataFrame)> = Vec::new();
    for step in steps {
        // A context of its own for each: Polars remembers aliases between the statements of one.
        let context = context(rule, source, bucket)?;
        for (name, rows) in &computed {
            context.register(name, rows.clone().lazy());
        }
        let rows = collect(context, &step.sql)?;
        match &step.name {
            Some(name) => computed.push((name, rows)),
            None => return Ok((rows, computed.iter().map(|(_, rows)| rows.height() as u64).collect())),
        }
    }
    Err(polars_err!(ComputeError: "the statement of {} has no result", rule.spec.id))
}

/// The reason why a rule does not apply to this data, Chinese and English, if it does not.
pub(crate) fn missing(rule: &Rule, source: &dyn TableSource) -> PolarsResult<Option<(String, String)>> {
    let empty = |name: &str| -> PolarsResult<bool> {
        Ok(source.scan(name, None)?.map_or(Ok(0), |frame| counted(frame.select([len()])))? == 0)
    };
    let titled = |name: &String| {
        let what = schema::table(name).map_or("", |table| table.zh.split('：').next().unwrap_or_default());
        format!("{name}（{what}）")
    };
    for name in &rule.spec.tables {
        if empty(name)? {
            return Ok(Some((format!("没有 {} 的数据", titled(name)), format!("table {name} has no rows"))));
        }
    }
    let any = &rule.spec.any_tables;
    let mut lacking = !any.is_empty();
    for name in any {
        lacking = lacking && empty(name)?;
    }
    if lacking {
        let zh = any.iter().map(titled).collect::<Vec<_>>().join("、");
        return Ok(Some((format!("{zh} 均无数据"), format!("none of the tables {} has rows", any.join(", ")))));
    }
    for column in &rule.spec.columns {
        let Some((table, name)) = column.split_once('.') else { continue };
        let Some(frame) = source.scan(table, None)? else { continue };
        if counted(frame.select([col(name).count()]))? == 0 {
            let what = schema::table(table).and_then(|table| table.column(name)).map_or("", |column| &column.zh);
            return Ok(Some((format!("{column}（{what}）全部为空"), format!("column {column} is empty in every row"))));
        }
    }
    Ok(None)
}

/// Rows of the rule's population over all buckets.
pub(crate) fn population(rule: &Rule, values: &Values, source: &dyn TableSource) -> PolarsResult<u64> {
    let statement = dialect::polars(&rule.population(values)?)?;
    let count = |bucket| single(&collect(context(rule, source, bucket)?, statement.text())?);
    buckets(rule, source).into_par_iter().map(count).sum()
}

/// The parts a rule runs over.
fn buckets(rule: &Rule, source: &dyn TableSource) -> Vec<Option<usize>> {
    match rule.spec.scope {
        Scope::Person => (0..source.buckets()).map(Some).collect(),
        Scope::Area => vec![None],
    }
}

/// A SQL context with the rule's tables; a table without rows there is an empty one.
fn context(rule: &Rule, source: &dyn TableSource, bucket: Option<usize>) -> PolarsResult<SQLContext> {
    let context = SQLContext::new();
    for name in rule.tables() {
        let frame = source.scan(name, bucket)?.unwrap_or_else(|| empty(name));
        context.register(name, frame);
    }
    Ok(context)
}

/// A canonical table without rows.
pub(crate) fn empty(name: &str) -> LazyFrame {
    let columns = schema::table(name).map_or(&[][..], |table| &table.columns);
    let fields = columns.iter().map(|column| Field::new(column.name.as_str().into(), polars_type(column.kind)));
    DataFrame::empty_with_schema(&fields.collect()).lazy()
}

/// The type that Polars reads a column of the case store as.
pub(super) const fn polars_type(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Bigint => DataType::Int64,
        ColumnType::Int => DataType::Int32,
        ColumnType::Text => DataType::String,
    }
}

/// The result of one statement over the tables of `context`.
///
/// Polars walks the plan of a statement recursively, and a chain of CTEs is a deep plan: a thread's usual stack is not
/// enough for it, and an overflow would end the process. A panic of the engine comes back as an error.
///
/// # Errors
/// If the engine refuses the statement or fails in it.
pub(crate) fn collect(mut context: SQLContext, sql: &str) -> PolarsResult<DataFrame> {
    let run = || Ok(context.execute(sql)?.collect_with_engine(Engine::Streaming)?.unwrap_single());
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("rule".to_owned()).stack_size(PLAN_STACK_BYTES);
        match builder.spawn_scoped(scope, run)?.join() {
            Ok(result) => result,
            Err(_) => Err(polars_err!(ComputeError: "the engine failed (its message is on stderr)")),
        }
    })
}

/// Stack for planning a statement; only what is used takes memory.
const PLAN_STACK_BYTES: usize = 256 << 20;

/// The only value of a frame that holds one count.
fn single(frame: &DataFrame) -> PolarsResult<u64> {
    let column = frame.columns().first().ok_or_else(|| polars_err!(NoData: "a count returned no column"))?;
    column.get(0)?.try_extract()
}

/// The count that `frame` computes.
fn counted(frame: LazyFrame) -> PolarsResult<u64> {
    single(&frame.collect_with_engine(Engine::Streaming)?.unwrap_single())
}

/// The columns of the contract, in its order and types.
fn shaped(found: DataFrame) -> Result<DataFrame, RunError> {
    let names = found.get_column_names();
    if let Some(extra) = names.iter().find(|name| !EVIDENCE.contains(&name.as_str())) {
        return Err(RunError::Contract(format!("column {extra} is no evidence column: leave it out")));
    }
    let lacks = |name: &str| !names.iter().any(|column| column.as_str() == name);
    if let Some(absent) = EVIDENCE.iter().find(|name| **name != FEE_KEY && lacks(name)) {
        return Err(RunError::Contract(format!("column {absent} is missing")));
    }
    let expressions = EVIDENCE.map(|name| {
        let kind = match name {
            "role" => DataType::String,
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
