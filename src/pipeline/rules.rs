//! The rules of a run, one after the other: which are chosen, what they return, and the evidence folder in which a store keeps that.
//!
//! The folder holds a Parquet file for each rule that ran, and rules.json. A cluster may write them in our place.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::coverage;
use super::error::PipelineError;
use super::needs::Needs;
use super::tables::Tables;
use crate::casestore::source::TableSource;
use crate::casestore::store::{Store, StoreError};
use crate::explained::Explained;
use crate::frames::{self, Columns};
use crate::import;
use crate::import::losses::{Loss, Losses};
use crate::lang::{Lang, Text};
use crate::report::summary::{Coverage, Damage, ParamUsed, RuleRun, RuleSkipped};
use crate::rings;
use crate::rules::catalog::Rule;
use crate::rules::models::{REGULATION_EN, model};
use crate::rules::runner::{self, Job, run_all};
use crate::rules::spec::Status;
use crate::rules::{Catalog, RuleOutcome, Settings, Values, explain};
use crate::sql::Cut;

/// File of the evidence folder that names the rules.
const RULES_JSON: &str = "rules.json";

/// What a run of the rules did: evidence/rules.json of the store.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RulesRun {
    /// Rules that ran.
    pub run: Vec<RuleRun>,
    /// Rules that did not.
    pub skipped: Vec<RuleSkipped>,
    /// Ids of rules that failed; also among the skipped.
    pub failed: Vec<String>,
    /// Seconds per rule.
    pub seconds: BTreeMap<String, f64>,
    /// How much of what the knowledge tables speak of occurs in the claims.
    #[serde(default)]
    pub knowledge: Vec<Coverage>,
}

/// The rules of the chosen models and ids, in catalog order; without a choice all but those on trial, which run only when named, or when an item
/// of a problem list that they look for was asked for: `listed`.
///
/// # Errors
/// If there is no such model or rule.
pub fn choose<'c>(
    catalog: &'c Catalog,
    models: &[u8],
    ids: &[String],
    listed: &BTreeSet<String>,
) -> Result<Vec<&'c Rule>, PipelineError> {
    for id in ids {
        if catalog.rule(id).is_none() {
            return Err(PipelineError::NoSuchRule(catalog.unknown(id)));
        }
    }
    for number in models {
        if model(*number).is_none() {
            return Err(PipelineError::NoSuchRule(Text::new(
                format!("没有模型 {number}：模型为 1 到 9"),
                format!("there is no model {number}: the models are 1 to 9"),
            )));
        }
    }
    let wanted = |rule: &Rule| {
        let served = rule.spec.status == Status::Stable || listed.contains(&rule.spec.id);
        let unasked = models.is_empty() && ids.is_empty() && served;
        unasked || models.contains(&rule.spec.model) || ids.contains(&rule.spec.id)
    };
    Ok(catalog.rules().iter().filter(|rule| wanted(rule)).collect())
}

/// Folder of the evidence in a store.
pub fn evidence_dir(store: &Store) -> PathBuf {
    store.root().join("evidence")
}

/// Told the rows of each step of a rule: rule, step, rows.
pub type StepTrace<'a> = &'a mut (dyn FnMut(&str, &str, u64) + Send);

/// Runs `rules`, some of `catalog`'s, over `tables` and writes each one's evidence to the store; rings are looked for after the others.
/// `progress` is told each rule's id before it runs; `trace` the rows of each CTE.
///
/// # Errors
/// If evidence cannot be written. A rule that fails is reported among the skipped ones and the others go on.
pub fn apply_rules(
    tables: &Tables<'_>,
    catalog: &Catalog,
    rules: &[&Rule],
    settings: &Settings,
    progress: &(dyn Fn(usize, &str) + Sync),
    mut trace: Option<StepTrace<'_>>,
) -> Result<RulesRun, PipelineError> {
    let folder = evidence_dir(tables.store());
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(StoreError::io(&folder))?;
    }
    fs::create_dir_all(&folder).map_err(StoreError::io(&folder))?;
    let mut done = RulesRun::default();
    let (needs, losses) = (Needs::of(catalog), import::read_summary(tables.store())?.losses);
    let blind = blind(rules, &needs, &losses, tables)?;
    done.skipped.extend(blind.iter().map(|(rule, reason)| skipped(rule, reason.clone())));
    let rules: Vec<&Rule> =
        rules.iter().copied().filter(|rule| !blind.iter().any(|(blind, _)| blind.spec.id == rule.spec.id)).collect();
    let (ring_rules, sql_rules): (Vec<&Rule>, Vec<&Rule>) = rules.iter().copied().partition(|rule| rule.is_ring());
    let jobs: Vec<Job<'_>> = sql_rules.iter().map(|rule| Job { rule, values: settings.of(rule) }).collect();
    let cut = if trace.is_some() { Cut::All } else { Cut::Shared };
    for (Job { rule, values }, outcome) in jobs.iter().zip(run_all(&jobs, tables, cut, progress)) {
        match outcome {
            RuleOutcome::NotApplicable { reason_zh, reason_en } => {
                done.skipped.push(skipped(rule, Text::new(reason_zh, reason_en)));
            }
            RuleOutcome::Failed { error } => failed(rule, &error, &mut done),
            RuleOutcome::Ran { evidence, population, steps, seconds } => {
                if let Some(trace) = &mut trace {
                    steps.iter().for_each(|(step, rows)| trace(&rule.spec.id, step, *rows));
                }
                write_evidence(&folder, rule, &evidence)?;
                done.seconds.insert(rule.spec.id.clone(), seconds);
                done.run.push(rule_run(rule, values, population));
            }
        }
    }
    if let Some(rule) = ring_rules.first() {
        progress(sql_rules.len(), &rule.spec.id);
        apply_rings(tables, catalog, &ring_rules, settings, &mut done)?;
    }
    done.knowledge = coverage::of(tables)?;
    for ran in &mut done.run {
        // Optional tables leave something out of account; a rule finds without them.
        let rests_on = |table: &String| catalog.rule(&ran.rule_id).is_some_and(|rule| rule.spec.tables.contains(table));
        let absent = done.knowledge.iter().filter(|known| known.here == 0 && rests_on(&known.table));
        ran.absent = absent.cloned().collect();
    }
    let path = folder.join(RULES_JSON);
    let text = serde_json::to_vec_pretty(&done).map_err(|source| PipelineError::Json { path: path.clone(), source })?;
    fs::write(&path, text).map_err(StoreError::io(&path))?;
    Ok(done)
}

/// What was lost of the staged columns that a rule needs.
pub(super) fn damage(needed: &BTreeSet<String>, losses: &Losses) -> Vec<Damage> {
    let hurt = losses.beyond.iter().filter(|loss| loss.hurts(needed));
    hurt.map(|loss| Damage {
        what: Text::new(loss.brief(Lang::Zh), loss.brief(Lang::En)),
        layout: loss.layout.clone(),
        column: loss.column.clone(),
        file: loss.file.clone(),
        lost: loss.lost,
        of: loss.of,
    })
    .collect()
}

/// The rules that cannot tell persons apart, and why: they need persons, numbers of persons were lost or masked, and no visit has any.
/// Nothing would be found by them, which must not read as nothing there.
pub(super) fn blind<'r>(
    rules: &[&'r Rule],
    needs: &Needs,
    losses: &Losses,
    tables: &Tables<'_>,
) -> Result<Vec<(&'r Rule, Text)>, PipelineError> {
    let of_persons = |column: &String| column.ends_with(".psn_key");
    let lost: Vec<&Loss> = losses.beyond.iter().filter(|loss| loss.columns.iter().any(of_persons)).collect();
    if lost.is_empty() || anybody(tables)? {
        return Ok(Vec::new());
    }
    let why = |lang: Lang| lost.iter().map(|loss| loss.brief(lang)).collect::<Vec<_>>();
    let reason = Text::new(
        format!("人员编号整列不能用，认不出是谁：{}", why(Lang::Zh).join("；")),
        format!("no number of a person can be used, so nobody can be told apart: {}", why(Lang::En).join("; ")),
    );
    let needing = rules.iter().filter(|rule| needs.rule(&rule.spec.id).iter().any(of_persons));
    Ok(needing.map(|rule| (*rule, reason.clone())).collect())
}

/// Whether any visit or settlement says whose it is.
fn anybody(tables: &Tables<'_>) -> Result<bool, PipelineError> {
    for bucket in 0..tables.buckets() {
        for table in ["visit", "settlement"] {
            let rows = tables.read(table, Some(bucket), Columns::Named(&["psn_key"]))?;
            if rows.is_some_and(|rows| rows.column("psn_key").is_ok_and(|column| column.null_count() < rows.height())) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Looks for rings and writes the evidence of the ring rules `rules`, and the rings themselves, to the store.
fn apply_rings(
    tables: &Tables<'_>,
    catalog: &Catalog,
    rules: &[&Rule],
    settings: &Settings,
    done: &mut RulesRun,
) -> Result<(), PipelineError> {
    let folder = evidence_dir(tables.store());
    let limits = rings::Settings::new(catalog, settings)?;
    let began = Instant::now();
    let mut applicable = Vec::new();
    for rule in rules {
        match runner::missing(rule, tables)? {
            Some((zh, en)) => done.skipped.push(skipped(rule, Text::new(zh, en))),
            None => applicable.push(*rule),
        }
    }
    if applicable.is_empty() {
        return Ok(());
    }
    let found = match rings::find(tables, &limits) {
        Ok(found) => found,
        Err(error) => {
            applicable.into_iter().for_each(|rule| failed(rule, &error, done));
            return Ok(());
        }
    };
    let chosen: Vec<&str> = applicable.iter().map(|rule| rule.spec.id.as_str()).collect();
    for rule in applicable {
        let evidence = rings::indications::evidence(&rule.spec.id, &chosen, &found, &limits)?;
        write_evidence(&folder, rule, &evidence)?;
        let values = settings.of(rule);
        let population = runner::population(rule, &values, tables)?;
        // One search serves all ring rules; each took as long as it.
        done.seconds.insert(rule.spec.id.clone(), began.elapsed().as_secs_f64());
        done.run.push(rule_run(rule, &values, population));
    }
    Ok(rings::indications::keep(&folder, &found)?)
}

fn failed(rule: &Rule, error: &dyn Explained, done: &mut RulesRun) {
    let reason = Text::new(format!("运行失败：{}", error.told().zh), format!("failed: {error}"));
    done.skipped.push(skipped(rule, reason));
    done.failed.push(rule.spec.id.clone());
}

fn skipped(rule: &Rule, reason: Text) -> RuleSkipped {
    let spec = &rule.spec;
    let title = spec.title.clone();
    RuleSkipped { rule_id: spec.id.clone(), model: i32::from(spec.model), title, reason }
}

/// What is told of a rule that ran with `values`.
fn rule_run(rule: &Rule, values: &Values, population: u64) -> RuleRun {
    let spec = &rule.spec;
    let params = values
        .iter()
        .filter_map(|(name, value)| Some((name, value, spec.params.get(name)?)))
        .map(|(name, value, param)| ParamUsed {
            name: name.to_owned(),
            value: value.to_string(),
            default: param.default.to_string(),
            unit: explain::unit(&param.unit),
            why: Text::new(param.why_zh.clone(), param.why.clone()),
        })
        .collect();
    RuleRun {
        rule_id: spec.id.clone(),
        model: i32::from(spec.model),
        title: spec.title.clone(),
        basis: basis(rule),
        population,
        population_label: Text::new(spec.population.zh.clone(), spec.population.en.clone()),
        params,
        damage: Vec::new(),
        absent: Vec::new(),
    }
}

fn basis(rule: &Rule) -> Text {
    let basis = &rule.spec.basis;
    Text::new(
        format!("《{}》第{}条第{}项", basis.regulation, basis.article, basis.item),
        format!("{REGULATION_EN}, article {}, item {}", basis.article, basis.item),
    )
}

fn write_evidence(folder: &Path, rule: &Rule, evidence: &DataFrame) -> Result<(), PipelineError> {
    Ok(frames::write(&evidence_file(folder, rule), evidence)?)
}

fn evidence_file(folder: &Path, rule: &Rule) -> PathBuf {
    folder.join(format!("{}.parquet", rule.spec.id))
}

pub(super) fn read_evidence(folder: &Path, rule: &Rule) -> Result<DataFrame, PipelineError> {
    Ok(frames::read(&[evidence_file(folder, rule)], Columns::All)?.unwrap_or_default())
}

pub(super) fn read_rules_run(evidence_dir: &Path) -> Result<RulesRun, PipelineError> {
    let path = evidence_dir.join(RULES_JSON);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(PipelineError::NoEvidence(evidence_dir.to_path_buf()));
        }
        Err(error) => return Err(StoreError::io(&path)(error).into()),
    };
    serde_json::from_slice(&text).map_err(|source| PipelineError::Json { path, source })
}
