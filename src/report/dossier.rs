//! The dossier of one finding: what, why, the records in order, what to ask the hospital for, innocent explanations.
//!
//! Made from a finished report and the rule's own text, so it needs neither the store nor the exports.

use super::columns::Value;
use super::contract;
use super::stored::{StoredError, StoredReport, StoredTable};
use super::summary::model_name;
use super::text::{self, labels};
use crate::explained::{Explained, Told};
use crate::format::{plain, trimmed};
use crate::lang::{Label, Lang};
use crate::model::Grade;
use crate::rules::catalog::Rule;

labels! {
    WHAT: "问题情形", "What";
    WHY: "为何可疑", "Why it matters";
    BASIS: "法规依据", "Legal basis";
    DECIDED: "判断方法", "How it was decided";
    EXCLUDED: "已排除的合理情形", "Left out as legitimate";
    RECORDS: "记录（按时间）", "Records, in order";
    ASK: "向机构调取", "Ask the hospital for";
    INNOCENT: "需人工排除的正当解释", "Innocent explanations to check";
    VERIFY: "以上为数据筛查得到的疑点，须核实后方可认定。", "This is an indication to verify, not a finding of fact.";
    INSTITUTION: "机构", "Institution";
    PERIOD: "期间", "Period";
    SOURCE: "来源", "Source";
    AMOUNTS: "总额 / 范围内 / 基金（元）", "Billed / in scope / fund (yuan)";
    MEASURED: "观测值 / 限值", "Observed / limit";
}

/// A part of a dossier below its heading.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Labels and values.
    Facts(Vec<(&'static str, String)>),
    /// Sentences.
    Paragraphs(Vec<String>),
    /// Points.
    List(Vec<String>),
    /// A table: header, columns that are numbers, rows.
    Table(Vec<&'static str>, Vec<usize>, Vec<Vec<String>>),
}

/// Headings with their parts, in the order an inspector reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Dossier {
    /// Rank, title of the rule and grade.
    pub title: String,
    /// Headings and parts; the first has none.
    pub sections: Vec<(&'static str, Part)>,
}

/// Why there is no dossier.
#[derive(Debug, thiserror::Error)]
pub enum DossierError {
    /// The report.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// No finding by that name.
    #[error("no finding {0} in this report")]
    Unknown(String),
    /// Several findings by that name.
    #[error("{0} is the beginning of {1} finding ids")]
    Ambiguous(String, usize),
}

impl Explained for DossierError {
    fn told(&self) -> Told {
        match self {
            Self::Stored(error) => error.told(),
            Self::Unknown(name) => Told::new("FJ-613", format!("这份报告里没有疑点 {name}")),
            Self::Ambiguous(name, several) => Told::new("FJ-614", format!("有 {several} 条疑点的编号以 {name} 开头")),
        }
    }
}

/// Fewer characters than this are a rank when all are digits, more are the beginning of an id.
const RANK_DIGITS: usize = 8;

/// The finding called `name`: its id, the beginning of its id, or its rank.
///
/// # Errors
/// If there is none or more than one.
pub fn find(report: &StoredReport, name: &str) -> Result<(StoredTable, Vec<Value<'static>>), DossierError> {
    let rank = name.parse::<i64>().ok().filter(|_| name.len() < RANK_DIGITS);
    let mut found = report.findings(|table, row| match rank {
        Some(rank) => table.units(row, "rank") == rank,
        None => !name.is_empty() && table.text(row, "finding_id").starts_with(name),
    })?;
    match found.rows.len() {
        0 => Err(DossierError::Unknown(name.to_owned())),
        1 => {
            let row = found.rows.remove(0);
            Ok((found, row))
        }
        several => Err(DossierError::Ambiguous(name.to_owned(), several)),
    }
}

/// The dossier of the finding called `name`. `rule` gives the text of its rule, when it is known here.
///
/// # Errors
/// If there is no such finding or the report cannot be read.
pub fn dossier<'r>(
    report: &StoredReport,
    name: &str,
    rule: impl Fn(&str) -> Option<&'r Rule>,
    lang: Lang,
) -> Result<Dossier, DossierError> {
    let (findings, finding) = find(report, name)?;
    let get = |column: &str| findings.text(&finding, column);
    let (id, rule_id) = (get("finding_id"), get("rule_id"));
    let ran = report.run.rules_run.iter().find(|ran| ran.rule_id == rule_id);
    let grade = if get("grade") == Grade::Violation.as_str() { Grade::Violation } else { Grade::Lead };
    let rule_title = ran.map_or(rule_id.as_str(), |ran| ran.title.pick(lang));
    let title = format!("{}. {rule_title}  [{}]", get("rank"), text::grade(grade).pick(lang));

    let names = report.institution_names()?;
    let (problem, words) = (get("problem"), report.problem_words()?);
    let named = problem.split(' ').filter(|id| !id.is_empty()).map(|id| match words.get(id) {
        Some(words) => format!("{id} {words}"),
        None => id.to_owned(),
    });
    let problem = named.collect::<Vec<_>>().join(lang.pick("；", "; "));
    let model = i32::try_from(findings.units(&finding, "model")).unwrap_or_default();
    let code = get("fixmedins_code");
    let institution = names.get(&code).map_or_else(|| code.clone(), |name| format!("{name} {code}"));
    let observed = |column: &str| match findings.value(&finding, column) {
        Value::Float(value) => plain(*value),
        other => other.text(),
    };
    let facts = [
        (text::FINDING_ID, id.clone()),
        (text::MODEL, model_name(&report.run.models, model, lang)),
        (text::RULE_ID, rule_id.clone()),
        (text::PROBLEM, problem),
        (INSTITUTION, institution),
        (text::PERSON, get("psn_no")),
        (text::DOCTOR_CODE, get("dr_code")),
        (text::VISIT, get("mdtrt_id")),
        (PERIOD, [get("first_day"), get("last_day")].join(lang.pick(" 至 ", " to "))),
        (MEASURED, pair(&observed("measure"), &observed("threshold"))),
        (AMOUNTS, ["gross_amount", "inscp_amount", "fund_amount"].map(get).join(" / ")),
        (text::CONFIDENCE, number(findings.value(&finding, "confidence"))),
        (text::SCORE, number(findings.value(&finding, "score"))),
    ];
    let facts = facts.into_iter().filter(|(_, value)| !value.trim().is_empty());
    let mut sections = vec![
        ("", Part::Facts(facts.map(|(label, value)| (label.pick(lang), value)).collect())),
        (WHAT.pick(lang), Part::Paragraphs(vec![get("situation")])),
    ];
    let mut say = |heading: Label, lines: Vec<String>, listed: bool| {
        if !lines.is_empty() {
            let part = if listed { Part::List(lines) } else { Part::Paragraphs(lines) };
            sections.push((heading.pick(lang), part));
        }
    };
    if let Some(rule) = rule(&rule_id) {
        let text = rule.spec.text.pick(lang);
        say(WHY, vec![text.breaks.clone()], false);
        say(BASIS, ran.map(|ran| ran.basis.pick(lang).to_owned()).into_iter().collect(), false);
        let mut decided = vec![text.finds.clone()];
        let params = ran.map(|ran| ran.params.as_slice()).unwrap_or_default();
        decided
            .extend(params.iter().map(|param| format!("{} = {} {}", param.name, param.value, param.unit.pick(lang))));
        say(DECIDED, decided, true);
        say(EXCLUDED, rule.spec.exclusions.values().map(|one| one.pick(lang).to_owned()).collect(), true);
    } else {
        say(BASIS, ran.map(|ran| ran.basis.pick(lang).to_owned()).into_iter().collect(), false);
    }

    let evidence = report.evidence(|table, row| table.value(row, "finding_id") == &Value::Text(id.as_str().into()))?;
    sections.push((RECORDS.pick(lang), records(&evidence, lang)));
    if let Some(rule) = rule(&rule_id) {
        let text = rule.spec.text.pick(lang);
        sections.push((ASK.pick(lang), Part::List(text.ask_for.clone())));
        sections.push((INNOCENT.pick(lang), Part::List(text.innocent.clone())));
    }
    sections.push(("", Part::Paragraphs(vec![VERIFY.pick(lang).to_owned()])));
    Ok(Dossier { title, sections })
}

/// The records in the order of their time; columns that are empty in all of them are left out.
fn records(evidence: &StoredTable, lang: Lang) -> Part {
    let mut rows: Vec<&Vec<Value<'_>>> = evidence.rows.iter().collect();
    // Stable: records of the same minute stay in the order of the report.
    rows.sort_by_key(|row| match evidence.value(row, "event_time") {
        Value::Minute(minute) => *minute,
        _ => i64::MAX,
    });
    let columns = [
        "role",
        "event_time",
        "fixmedins_code",
        "psn_no",
        "mdtrt_id",
        "bkkp_sn",
        "dr_code",
        "item_name",
        "cnt",
        "pric",
        "gross_amount",
        "inscp_amount",
        "fund_amount",
    ];
    let cell = |row: &[Value<'_>], column: &str| match (column, evidence.value(row, column)) {
        ("role", Value::Text(role)) => text::role(role).pick(lang).to_owned(),
        // Midnight is how a record known by its day alone is stored.
        ("event_time", value) => value.text().trim_end_matches(" 00:00").to_owned(),
        ("cnt" | "pric", Value::Decimal(units, places)) => trimmed(*units, *places),
        (_, value) => value.text(),
    };
    let shown: Vec<&str> =
        columns.into_iter().filter(|column| rows.iter().any(|row| !cell(row, column).is_empty())).collect();
    let numbers = |(_, column): &(usize, &&str)| {
        matches!(**column, "cnt" | "pric" | "gross_amount" | "inscp_amount" | "fund_amount")
    };
    let numbers = shown.iter().enumerate().filter(numbers).map(|(at, _)| at).collect();
    let mut header: Vec<&'static str> = shown.iter().map(|column| contract::shown(column).0.pick(lang)).collect();
    header.push(SOURCE.pick(lang));
    let rows = rows.into_iter().map(|row| {
        let mut cells: Vec<String> = shown.iter().map(|column| cell(row, column)).collect();
        cells.push(format!("{}:{}", evidence.text(row, "source_file"), evidence.text(row, "source_line")));
        cells
    });
    Part::Table(header, numbers, rows.collect())
}

/// A number with two decimals.
fn number(value: &Value) -> String {
    match value {
        Value::Float(value) => format!("{value:.2}"),
        other => other.text(),
    }
}

/// Two values, if there is one at all.
fn pair(one: &str, other: &str) -> String {
    if one.is_empty() && other.is_empty() { String::new() } else { format!("{one} / {other}") }
}
