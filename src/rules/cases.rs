//! cases.toml: small given tables and the records expected as suspects, and the check that they cover the rule.
//!
//! Every case runs twice, the second time with its rows reversed and, for person rules, split into buckets: a result that
//! depends on the order of rows or on the layout of the store is wrong even where it happens to match. The cases of a
//! person rule also run together as one store: what other persons do there must change nothing.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;
use serde::Deserialize;

use super::catalog::Rule;
use super::error::RuleError;
use super::params::Values;
use super::runner;
use super::spec::{Number, Scope};
use crate::casestore::schema::{self, Column as TableColumn, ColumnType, Layout};
use crate::casestore::source::{TableSource, polars_type};
use crate::frames::Columns;

/// Stands for null in a row, where the default is something else.
const NULL_WORD: &str = "null";

/// Buckets that person rules are tried with.
const TEST_BUCKETS: usize = 2;

/// Keys of what belongs to one person: cases put into one store get their own. Institutions, practitioners and items
/// they share, as persons in a store do.
const PERSONS_KEYS: [&str; 5] = ["psn_key", "visit_key", "fee_key", "setl_key", "rx_key"];

/// Room for the keys of one case among others; even, so that persons stay in their bucket.
const KEYS_OF_A_CASE: i64 = 1_000_000;

/// cases.toml as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    defaults: BTreeMap<String, toml::Table>,
    #[serde(rename = "case")]
    cases: Vec<CaseText>,
}

/// One `[[case]]`; every other field is a table name with its rows.
#[derive(Debug, Clone, Deserialize)]
struct CaseText {
    name: String,
    #[serde(default)]
    shows: Vec<String>,
    suspects: Vec<i64>,
    #[serde(default)]
    params: BTreeMap<String, Number>,
    fund_fen: Option<i64>,
    findings: Option<usize>,
    basis: Option<Vec<i64>>,
    measures: Option<Vec<f64>>,
    problems: Option<Vec<String>>,
    grades: Option<Vec<String>>,
    #[serde(flatten)]
    tables: BTreeMap<String, toml::Value>,
}

/// A case with its tables built.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it shows, in words.
    pub name: String,
    /// What it covers: `hit`, `over …`, `under …`, `look-alike …`.
    pub shows: Vec<String>,
    /// Values it runs with.
    pub values: Values,
    /// Every table the rule reads, with rows as given.
    pub tables: BTreeMap<String, DataFrame>,
    suspects: Vec<i64>,
    fund_fen: Option<i64>,
    findings: Option<usize>,
    basis: Option<Vec<i64>>,
    measures: Option<Vec<f64>>,
    problems: Option<Vec<String>>,
    grades: Option<Vec<String>>,
}

/// Everything that is wrong with a rule's cases, a line each: what none of them shows, and what does not match.
///
/// # Errors
/// If cases.toml is malformed, or names a table, column or parameter that the rule does not have.
pub fn problems(rule: &Rule) -> Result<Vec<String>, RuleError> {
    let cases = cases(rule)?;
    let mut problems: Vec<_> =
        not_shown(rule, &cases).into_iter().map(|missing| format!("no case shows {missing}")).collect();
    let together = together(rule, &cases).unwrap_or_else(|error| {
        problems.push(format!("the cases cannot be put into one store: {error}"));
        Together::default()
    });
    for case in cases.iter().chain(&together.joint) {
        problems.extend(failures(rule, case).into_iter().map(|problem| format!("{}: {problem}", case.name)));
    }
    Ok(problems.into_iter().map(|problem| format!("{}: {problem}", rule.spec.id)).collect())
}

/// The cases of a rule; none when it has no cases.toml.
///
/// # Errors
/// If cases.toml is malformed, or names a table, column or parameter that the rule does not have.
pub fn cases(rule: &Rule) -> Result<Vec<Case>, RuleError> {
    let file = format!("{}/cases.toml", rule.place);
    let Some(text) = &rule.cases else { return Ok(Vec::new()) };
    let document: Document =
        toml::from_str(text).map_err(|source| RuleError::Toml { file: file.clone(), source: Box::new(source) })?;
    let invalid = |field: String, problem: String| RuleError::Invalid {
        file: file.clone(),
        field,
        problem,
        remedy: "see rule.toml and docs/case-store.md".to_owned(),
    };
    for (table, defaults) in &document.defaults {
        check_columns(rule, table, defaults.keys()).map_err(|problem| invalid("defaults".to_owned(), problem))?;
    }
    let build = |case: CaseText| {
        let name = case.name.clone();
        build(rule, &document.defaults, case).map_err(|problem| invalid(format!("case {name:?}"), problem))
    };
    document.cases.iter().cloned().map(build).collect()
}

fn build(rule: &Rule, defaults: &BTreeMap<String, toml::Table>, case: CaseText) -> Result<Case, String> {
    let mut values = Values::defaults(&rule.spec.params);
    for (name, value) in &case.params {
        values.set(&rule.spec.params, name, *value).map_err(|problem| problem.en)?;
    }
    for table in case.tables.keys() {
        check_columns(rule, table, [])?;
    }
    let mut tables = BTreeMap::new();
    for name in rule.tables() {
        let rows: Vec<toml::Table> = match case.tables.get(name) {
            Some(rows) => rows.clone().try_into().map_err(|error| format!("{name}: {error}"))?,
            None => Vec::new(),
        };
        for row in &rows {
            check_columns(rule, name, row.keys())?;
        }
        let given = defaults.get(name).cloned().unwrap_or_default();
        tables.insert(name.to_owned(), frame(name, &given, &rows)?);
    }
    let (mut suspects, mut basis, mut measures) = (case.suspects, case.basis, case.measures);
    suspects.sort_unstable();
    if let Some(basis) = &mut basis {
        basis.sort_unstable();
    }
    if let Some(measures) = &mut measures {
        measures.sort_by(f64::total_cmp);
    }
    let in_order = |words: Option<Vec<String>>| {
        words.map(|mut words| {
            words.sort_unstable();
            words
        })
    };
    Ok(Case {
        name: case.name,
        shows: case.shows,
        values,
        tables,
        suspects,
        fund_fen: case.fund_fen,
        findings: case.findings,
        basis,
        measures,
        problems: in_order(case.problems),
        grades: in_order(case.grades),
    })
}

/// The cases of a rule, as few as they can be.
#[derive(Debug, Clone, Default)]
pub struct Together {
    /// Several cases each.
    pub joint: Vec<Case>,
    /// Cases that share a store with no other.
    pub alone: Vec<Case>,
}

/// The cases of a person rule as few large ones: those with the same values and the same knowledge in one store, each
/// with persons of its own. A person rule sees one bucket of persons, so none may change another's result. Alone stay
/// the cases of other rules, which compare persons with each other, and those with an outside list of persons, which
/// names them by identity numbers too.
///
/// # Errors
/// If tables of one name differ in their columns.
pub fn together(rule: &Rule, cases: &[Case]) -> PolarsResult<Together> {
    let mut groups: Vec<Vec<(i64, &Case)>> = Vec::new();
    for (number, case) in (0..).zip(cases) {
        let joins = |case| rule.spec.scope == Scope::Person && !lists_persons(case);
        match groups.iter_mut().find(|group| joins(group[0].1) && joins(case) && shares_store(group[0].1, case)) {
            Some(group) => group.push((number, case)),
            None => groups.push(vec![(number, case)]),
        }
    }
    let mut together = Together::default();
    for group in groups {
        match group.as_slice() {
            [(_, case)] => together.alone.push((*case).clone()),
            _ => together.joint.push(joined(&group)?),
        }
    }
    Ok(together)
}

/// Do two cases differ in nothing but what their persons did?
fn shares_store(one: &Case, other: &Case) -> bool {
    let same = |(name, frame): (&String, &DataFrame)| {
        has_persons(frame) || other.tables.get(name).is_some_and(|other| frame.equals_missing(other))
    };
    one.values == other.values && one.tables.iter().all(same)
}

/// Has it rows in a knowledge table that names persons?
fn lists_persons(case: &Case) -> bool {
    let is_list = |name: &str| schema::table(name).is_some_and(|table| table.layout == Layout::Knowledge);
    case.tables.iter().any(|(name, frame)| is_list(name) && has_persons(frame) && frame.height() > 0)
}

fn has_persons(frame: &DataFrame) -> bool {
    PERSONS_KEYS.iter().any(|key| frame.column(key).is_ok())
}

/// Several cases, with their numbers, as one.
fn joined(group: &[(i64, &Case)]) -> PolarsResult<Case> {
    let moved =
        |keys: &[i64], number: i64| -> Vec<i64> { keys.iter().map(|key| key + number * KEYS_OF_A_CASE).collect() };
    let first = group[0].1;
    let mut tables = BTreeMap::new();
    for (name, frame) in &first.tables {
        let mut rows = frame.clear();
        let parts = if has_persons(frame) { group } else { &group[..1] };
        for (number, case) in parts {
            let mut part = case.tables[name].clone();
            for key in PERSONS_KEYS {
                if let Ok(column) = part.column(key) {
                    let own = column.i64()? + number * KEYS_OF_A_CASE;
                    part.with_column(own.with_name(key.into()).into_column())?;
                }
            }
            rows.vstack_mut(&part)?;
        }
        tables.insert(name.clone(), rows);
    }
    // Expectations that not every case has are expectations of none.
    let total = |value: fn(&Case) -> Option<i64>| group.iter().map(|(_, case)| value(case)).sum::<Option<i64>>();
    let basis = group.iter().map(|(number, case)| Some(moved(case.basis.as_ref()?, *number)));
    Ok(Case {
        name: format!("{} cases in one store, {:?} the first", group.len(), first.name),
        shows: Vec::new(),
        values: first.values.clone(),
        tables,
        suspects: group.iter().flat_map(|(number, case)| moved(&case.suspects, *number)).collect(),
        fund_fen: total(|case| case.fund_fen),
        findings: group.iter().map(|(_, case)| case.findings).sum(),
        basis: basis.collect::<Option<Vec<_>>>().map(|keys| keys.concat()),
        measures: None,
        problems: None,
        grades: None,
    })
}

fn check_columns<'a>(rule: &Rule, table: &str, columns: impl IntoIterator<Item = &'a String>) -> Result<(), String> {
    let known = rule.tables().any(|name| name == table).then(|| schema::table(table)).flatten();
    let known = known.ok_or_else(|| format!("{table} is neither a field of a case nor a table the rule reads"))?;
    match columns.into_iter().find(|column| known.column(column).is_none()) {
        Some(column) => Err(format!("table {table} has no column {column}")),
        None => Ok(()),
    }
}

/// The rows of a canonical table, columns left out filled in.
fn frame(table: &str, defaults: &toml::Table, rows: &[toml::Table]) -> Result<DataFrame, String> {
    let known = schema::table(table).ok_or_else(|| format!("there is no table {table}"))?;
    let columns = known.columns.iter().map(|column| {
        let cells: Result<Vec<_>, _> =
            rows.iter().map(|row| cell(column, row.get(&column.name).or_else(|| defaults.get(&column.name)))).collect();
        let cells = cells.map_err(|problem| format!("{table}.{}: {problem}", column.name))?;
        let name = column.name.as_str().into();
        Series::from_any_values_and_dtype(name, &cells, &polars_type(column.kind), true)
            .map(Column::from)
            .map_err(|error| format!("{table}.{}: {error}", column.name))
    });
    let columns: Vec<_> = columns.collect::<Result<_, String>>()?;
    DataFrame::new(rows.len(), columns).map_err(|error| format!("{table}: {error}"))
}

/// A cell as given, else the default of the definition, else null, 0 or "".
fn cell(column: &TableColumn, given: Option<&toml::Value>) -> Result<AnyValue<'static>, String> {
    let value = given.or(column.case.as_ref());
    match (column.kind, value) {
        (_, None) if column.null => Ok(AnyValue::Null),
        (ColumnType::Text, None) => Ok(AnyValue::StringOwned("".into())),
        (_, None) => Ok(AnyValue::Int64(0)),
        (_, Some(toml::Value::String(text))) if text == NULL_WORD && column.null => Ok(AnyValue::Null),
        (ColumnType::Text, Some(toml::Value::String(text))) => Ok(AnyValue::StringOwned(text.as_str().into())),
        (ColumnType::Bigint, Some(toml::Value::Integer(value))) => Ok(AnyValue::Int64(*value)),
        (ColumnType::Int, Some(toml::Value::Integer(value))) if i32::try_from(*value).is_ok() => {
            Ok(AnyValue::Int64(*value))
        }
        (_, Some(value)) => Err(format!("{value} does not fit the column")),
    }
}

/// What cases have to show and none does, in words such as `over max_gap_days`.
///
/// A rule of the search for rings is tried with whole areas, in `tests/it/rings.rs`, and shows nothing here.
pub fn not_shown(rule: &Rule, cases: &[Case]) -> Vec<String> {
    if rule.is_ring() {
        return Vec::new();
    }
    let mut wanted = BTreeSet::from(["hit".to_owned()]);
    for (name, _) in rule.spec.params.iter().filter(|(_, param)| param.edge) {
        wanted.insert(format!("over {name}"));
        wanted.insert(format!("under {name}"));
    }
    wanted.extend(rule.spec.exclusions.keys().map(|id| format!("look-alike {id}")));
    for shown in cases.iter().flat_map(|case| &case.shows) {
        wanted.remove(shown);
    }
    wanted.into_iter().collect()
}

/// Runs a case both ways and says in words what does not match; nothing when all is well.
pub fn failures(rule: &Rule, case: &Case) -> Vec<String> {
    tried(rule, case).problems
}

/// What came of a case.
#[derive(Debug, Clone)]
pub struct Tried {
    /// What does not match, in words; nothing when all is well.
    pub problems: Vec<String>,
    /// The evidence of the rows as given; none where the rule failed on them.
    pub evidence: Option<DataFrame>,
}

/// Runs a case both ways: as given, and with its rows reversed and split into buckets.
pub fn tried(rule: &Rule, case: &Case) -> Tried {
    let mut problems = wrong_shows(rule, case);
    let mut first: Option<DataFrame> = None;
    let buckets = if rule.spec.scope == Scope::Person { TEST_BUCKETS } else { 1 };
    for (way, reversed, buckets) in [("as given", false, 1), ("rows reversed, in buckets", true, buckets)] {
        let source = CaseTables { tables: &case.tables, reversed, buckets };
        match runner::evidence(rule, &case.values, &source) {
            Err(error) => problems.push(format!("{way}: {error}")),
            Ok(evidence) => match &first {
                Some(first) if !first.equals_missing(&evidence) => {
                    problems.push(format!("{way}: other evidence than as given\n{first}\n{evidence}"));
                }
                Some(_) => {}
                None => {
                    problems.extend(mismatch(case, &evidence).unwrap_or_else(|error| Some(error.to_string())));
                    first = Some(evidence);
                }
            },
        }
    }
    Tried { problems, evidence: first }
}

/// Words in `shows` that mean nothing, and look-alikes that are not expected to be silent.
fn wrong_shows(rule: &Rule, case: &Case) -> Vec<String> {
    let mut problems = Vec::new();
    for shown in &case.shows {
        let known = match shown.split_once(' ') {
            None => shown == "hit",
            Some(("over" | "under", name)) => rule.spec.params.contains_key(name),
            Some(("look-alike", id)) => rule.spec.exclusions.contains_key(id),
            Some(_) => false,
        };
        if !known {
            problems
                .push(format!("shows {shown:?}: neither hit, over or under a parameter, nor look-alike an exclusion"));
        }
        if shown.starts_with("look-alike") && !case.suspects.is_empty() {
            problems.push(format!("shows {shown:?} but expects suspects"));
        }
    }
    problems
}

fn mismatch(case: &Case, evidence: &DataFrame) -> PolarsResult<Option<String>> {
    let (roles, visits, fees) =
        (evidence.column("role")?.str()?, evidence.column("visit_key")?.i64()?, evidence.column("fee_key")?.i64()?);
    let (funds, keys) = (evidence.column("fund_fen")?.i64()?, evidence.column("case_key")?.i64()?);
    let measures = evidence.column("measure")?.f64()?;
    let with_role = |role: &str| (0..evidence.height()).filter(|row| roles.get(*row) == Some(role)).collect::<Vec<_>>();
    let records = |rows: &[usize]| -> Vec<i64> {
        let mut records: Vec<_> = rows.iter().filter_map(|row| fees.get(*row).or_else(|| visits.get(*row))).collect();
        records.sort_unstable();
        records
    };
    let (counted, compared) = (with_role("suspect"), with_role("basis"));
    let (suspects, basis) = (records(&counted), records(&compared));
    let fund_fen: i64 = counted.iter().filter_map(|row| funds.get(*row)).sum();
    let findings = keys.iter().flatten().collect::<BTreeSet<_>>();
    let named: BTreeSet<_> = counted.iter().filter_map(|row| keys.get(*row)).collect();
    let mut observed: Vec<_> = counted.iter().filter_map(|row| measures.get(*row)).collect();
    observed.sort_by(f64::total_cmp);
    observed.dedup();
    let mut wrong = Vec::new();
    if suspects != case.suspects {
        wrong.push(format!("suspects are {suspects:?}, expected {:?}", case.suspects));
    }
    if case.basis.as_ref().is_some_and(|expected| *expected != basis) {
        wrong.push(format!("basis is {basis:?}, expected {:?}", case.basis));
    }
    if case.fund_fen.is_some_and(|expected| expected != fund_fen) {
        wrong.push(format!("fund_fen is {fund_fen}, expected {:?}", case.fund_fen));
    }
    if case.findings.is_some_and(|expected| expected != findings.len()) {
        wrong.push(format!("there are {} findings, expected {:?}", findings.len(), case.findings));
    }
    if case.measures.as_ref().is_some_and(|expected| *expected != observed) {
        wrong.push(format!("measures are {observed:?}, expected {:?}", case.measures));
    }
    for (name, expected) in [("problem", &case.problems), ("grade", &case.grades)] {
        let words = evidence.column(name)?.str()?.clone();
        let found: BTreeSet<_> = words.iter().flatten().collect();
        if expected.as_ref().is_some_and(|expected| !expected.iter().map(String::as_str).eq(found.iter().copied())) {
            wrong.push(format!("{name}s are {found:?}, expected {expected:?}"));
        }
    }
    if let Some(key) = findings.iter().find(|key| !named.contains(*key)) {
        wrong.push(format!("finding {key} has no suspect"));
    }
    Ok((!wrong.is_empty()).then(|| wrong.join("; ")))
}

/// The tables of a case as a table source, split by person as a store splits them.
struct CaseTables<'a> {
    tables: &'a BTreeMap<String, DataFrame>,
    reversed: bool,
    buckets: usize,
}

impl TableSource for CaseTables<'_> {
    fn buckets(&self) -> usize {
        self.buckets
    }

    fn read(&self, table: &str, bucket: Option<usize>, columns: Columns<'_>) -> PolarsResult<Option<DataFrame>> {
        let Some(frame) = self.tables.get(table) else { return Ok(None) };
        let frame = if self.reversed { frame.reverse() } else { frame.clone() };
        let bucketed = schema::table(table).is_some_and(|table| table.layout == Layout::Bucketed);
        let Some(bucket) = bucket.filter(|_| bucketed && self.buckets > 1) else { return columns.of(&frame).map(Some) };
        let inside: BooleanChunked =
            self.persons(&frame)?.into_iter().map(|person| Some(self.bucket_of(person) == bucket)).collect();
        columns.of(&frame.filter(&inside)?).map(Some)
    }

    fn rows(&self, table: &str) -> PolarsResult<u64> {
        Ok(self.tables.get(table).map_or(0, |rows| rows.height() as u64))
    }
}

impl CaseTables<'_> {
    /// Unknown persons are together in bucket 0, as in a store.
    fn bucket_of(&self, person: Option<i64>) -> usize {
        person.map_or(0, |key| key.unsigned_abs() as usize % self.buckets)
    }

    /// The person of every row. In a store all rows of a visit have the same person; cases need not write it out in
    /// every table.
    fn persons(&self, frame: &DataFrame) -> PolarsResult<Vec<Option<i64>>> {
        let keys = |frame: &DataFrame| {
            let (visits, persons) = (frame.column("visit_key")?.i64()?, frame.column("psn_key")?.i64()?);
            PolarsResult::Ok(visits.iter().zip(persons.iter()).collect::<Vec<_>>())
        };
        let mut of_visit = BTreeMap::new();
        for (name, other) in self.tables {
            if schema::table(name).is_some_and(|table| table.layout == Layout::Bucketed) {
                of_visit.extend(keys(other)?.into_iter().filter(|(_, person)| person.is_some()));
            }
        }
        let person = |(visit, person): (Option<i64>, Option<i64>)| person.or_else(|| of_visit.get(&visit).copied()?);
        Ok(keys(frame)?.into_iter().map(person).collect())
    }
}
