//! What a threshold does: one rule run with several values of one parameter, its findings and money side by side.
//!
//! Nothing is written: the store stays as it is, and each value's findings are counted as a run with that value alone would count them.

use polars::prelude::DataFrame;

use crate::explained::Explained;
use crate::findings::build::{Build, Wanted};
use crate::findings::records::NameAt;
use crate::lang::{Lang, Text};
use crate::model::Money;
use crate::pipeline::{PipelineError, Tables};
use crate::problems::Links;
use crate::rules::catalog::Rule;
use crate::rules::{Catalog, RuleError, RuleOutcome, Settings, run};

/// One parameter of one rule with the values to try.
#[derive(Debug)]
pub struct Sweep<'c> {
    rule: &'c Rule,
    param: String,
    /// Value as written, with all settings of that run.
    tries: Vec<(String, Settings)>,
}

impl<'c> Sweep<'c> {
    /// Reads `split-stay.max_gap_days=3,7,10,15`; `settings` are those of the whole run, as typed.
    ///
    /// # Errors
    /// If it is malformed, names no rule or parameter, or a value is out of range.
    pub fn parse(text: &str, settings: &[String], catalog: &'c Catalog) -> Result<Self, RuleError> {
        let fail = |problem: Text| RuleError::Setting { setting: text.to_owned(), problem };
        let form =
            || fail(Text::new("不是“规则.参数=数值,数值,…”的写法", "not of the form RULE.PARAMETER=VALUE,VALUE,…"));
        let (target, values) = text.split_once('=').ok_or_else(form)?;
        let (id, param) = target.trim().split_once('.').ok_or_else(form)?;
        let rule = catalog.rule(id).ok_or_else(|| fail(catalog.unknown(id)))?;
        if rule.is_ring() {
            return Err(fail(Text::new(
                format!(
                    "{id} 由团伙查找得出，一次查找服务多条规则，不能逐个取值试算；\
                     请分别运行再比较：`feijian rings 数据仓 --set {target}=数值 --out 文件夹`"
                ),
                format!(
                    "{id} is found by the search for rings, which serves several rules at once and is not tried value by \
                     value; compare runs: `feijian rings STORE --set {target}=VALUE --out DIR`"
                ),
            )));
        }
        let tries = values.split(',').map(str::trim).map(|value| {
            let mut all = settings.to_vec();
            all.push(format!("{id}.{param}={value}"));
            Ok((value.to_owned(), Settings::parse(&all, catalog)?))
        });
        Ok(Self { rule, param: param.to_owned(), tries: tries.collect::<Result<_, RuleError>>()? })
    }

    /// The rule.
    pub const fn rule(&self) -> &'c Rule {
        self.rule
    }

    /// How many values are tried.
    pub const fn values(&self) -> usize {
        self.tries.len()
    }
}

/// What one value of a parameter comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The rule.
    pub rule_id: String,
    /// The parameter.
    pub param: String,
    /// The value, as typed.
    pub value: String,
    /// Whether it is the rule's default.
    pub default: bool,
    /// What was found with it.
    pub found: Found,
}

/// Findings added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Findings.
    pub findings: u64,
    /// Known persons among the counted records.
    pub persons: u64,
    /// Institutions among the counted records.
    pub institutions: u64,
    /// At risk, each record once.
    pub money: Money,
}

/// What became of a sweep.
#[derive(Debug)]
pub enum Swept {
    /// One row per value, in the order typed.
    Tried(Vec<Tried>),
    /// The rule could not run, and why.
    NotRun {
        /// The reason.
        reason: Text,
        /// It failed; otherwise the data it needs is not there.
        failed: bool,
    },
}

/// Runs the rule once per value. `progress` is told how many values are done before each.
///
/// # Errors
/// If the records behind the findings cannot be read. A rule that cannot run is no error here.
pub fn sweep(
    sweep: &Sweep<'_>,
    tables: &Tables<'_>,
    wanted: &Wanted,
    progress: &dyn Fn(usize),
) -> Result<Swept, PipelineError> {
    let rule = sweep.rule;
    let mut rows = Vec::with_capacity(sweep.tries.len());
    for (done, (value, settings)) in sweep.tries.iter().enumerate() {
        progress(done);
        let values = settings.of(rule);
        let evidence = match run(rule, &values, tables) {
            RuleOutcome::Ran { evidence, .. } => evidence,
            RuleOutcome::NotApplicable { reason_zh, reason_en } => {
                return Ok(Swept::NotRun { reason: Text::new(reason_zh, reason_en), failed: false });
            }
            RuleOutcome::Failed { error } => {
                let reason = Text::new(format!("运行失败：{}", error.told().zh), format!("failed: {error}"));
                return Ok(Swept::NotRun { reason, failed: true });
            }
        };
        let default = rule.spec.params.get(&sweep.param).map(|param| param.default.as_f64());
        let tried = values.get(&sweep.param).map(|value| value.as_f64());
        rows.push(Tried {
            rule_id: rule.spec.id.clone(),
            param: sweep.param.clone(),
            value: value.clone(),
            default: tried == default,
            found: found(rule, tables, wanted, &evidence)?,
        });
    }
    Ok(Swept::Tried(rows))
}

/// The findings that the evidence of one run comes to, added up.
fn found(rule: &Rule, tables: &Tables<'_>, wanted: &Wanted, evidence: &DataFrame) -> Result<Found, PipelineError> {
    // The language is that of sentences nobody reads here.
    let mut build = Build::new(tables, wanted.clone(), Lang::Zh);
    if !wanted.problems.is_empty() {
        build = build.listed(tables.problems(), Links::of(tables.problems(), tables.resolved()?));
    }
    build.add(rule, evidence)?;
    let found = build.findings()?;
    let mut money = Money::default();
    let (mut persons, mut institutions) = (Vec::new(), Vec::new());
    let evidence = found.findings.iter().flat_map(|finding| found.evidence(finding));
    for row in evidence.filter(|row| row.suspect) {
        money += row.counted;
        if let Some(record) = found.records.record(row.visit_key, row.fee_key) {
            persons.extend(record.person);
            institutions.extend(record.institution);
        }
    }
    Ok(Found {
        findings: found.findings.len() as u64,
        persons: distinct(persons),
        institutions: distinct(institutions),
        money,
    })
}

fn distinct(mut keys: Vec<NameAt>) -> u64 {
    keys.sort_unstable();
    keys.dedup();
    keys.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked_before_anything_runs() {
        let catalog = Catalog::embedded().unwrap();
        let parse = |text: &str| Sweep::parse(text, &[], &catalog);
        let sweep = parse("split-stay.max_gap_days=3, 7,10,15").unwrap();
        assert_eq!(sweep.rule().spec.id, "split-stay");
        assert_eq!(sweep.tries.iter().map(|(value, _)| value.as_str()).collect::<Vec<_>>(), ["3", "7", "10", "15"]);
        for (text, problem) in [
            ("split-stay.max_gap_days", "not of the form RULE.PARAMETER=VALUE,VALUE"),
            ("split-stay=3", "not of the form RULE.PARAMETER=VALUE,VALUE"),
            ("split-sta.max_gap_days=3", "did you mean split-stay?"),
            ("split-stay.max_gap=3", "did you mean max_gap_days?"),
            ("split-stay.max_gap_days=3,1000", "1000 is out of range"),
            ("split-stay.max_gap_days=3,", "is not a number"),
            ("patient-ring.min_days=3,4", "feijian rings STORE --set patient-ring.min_days=VALUE"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(problem), "{text}: {error}");
        }
    }
}
