//! From the evidence of the rules to the report in its folder.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use polars::prelude::*;

use super::coverage;
use super::error::PipelineError;
use super::needs::Needs;
use super::problems;
use super::rules::{RulesRun, damage, read_evidence, read_rules_run};
use super::tables::Tables;
use crate::casestore::store::{Store, StoreError};
use crate::findings::build::{Build, Findings, Wanted};
use crate::findings::model::Suspect;
use crate::findings::{evidence, history};
use crate::import;
use crate::lang::Lang;
use crate::model::Money;
use crate::privacy::Disguise;
use crate::problems::Links;
use crate::ranking::{self, elsewhere::elsewhere};
use crate::report::changes::Changes;
use crate::report::contract::RejectRow;
use crate::report::dispositions::{Dispositions, Learnt};
use crate::report::figures::Figures;
use crate::report::outdir::OutDir;
use crate::report::problems::ProblemRow;
use crate::report::summary::{Clock, ModelTitle, RuleRun, RuleSkipped, RunSummary, Scope};
use crate::report::tables::RejectsCsv;
use crate::report::{self, Report, institutions, manifest, two_sources};
use crate::rings;
use crate::rules::catalog::{Catalog, Rule};
use crate::rules::models::{MODELS, Model};
use crate::rules::spec::RuleSpec;
use crate::sql::engine::{Bucket, Plan};

/// What a report is to hold, and for whom.
#[derive(Debug, Clone)]
pub struct ReportPlan {
    /// Whose findings.
    pub wanted: Wanted,
    /// Language.
    pub lang: Lang,
    /// How persons appear.
    pub disguise: Disguise,
    /// What was verified before.
    pub dispositions: Dispositions,
    /// Report of an earlier run to compare with.
    pub since: Option<PathBuf>,
    /// Whether each institution gets a workbook of its own.
    pub split_by_institution: bool,
    /// Whether losses in the data are taken as they are.
    pub accept_losses: bool,
}

/// Where a report comes from: told in its manifest and its notes, and nothing that a finding depends on.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The command as typed.
    pub command_line: Vec<String>,
    /// Start of the run, UTC, `2024-01-05T08:30:00Z`.
    pub started: String,
    /// When the run began.
    pub began: Instant,
    /// Seconds of the stages before.
    pub stage_seconds: BTreeMap<String, f64>,
    /// Threads used.
    pub threads: usize,
}

impl Origin {
    /// The time until now; `rule_seconds` are those of each rule.
    pub fn clock(&self, rule_seconds: BTreeMap<String, f64>) -> Clock {
        Clock {
            started: self.started.clone(),
            seconds: self.began.elapsed().as_secs_f64(),
            stage_seconds: self.stage_seconds.clone(),
            rule_seconds,
            threads: self.threads,
        }
    }
}

/// What a report came to.
#[derive(Debug)]
pub struct Reported {
    /// Summary as in the manifest.
    pub summary: RunSummary,
    /// Findings with their evidence.
    pub findings: Findings,
    /// Suspects.
    pub suspects: Vec<Suspect>,
    /// This run against an earlier one, if asked for.
    pub changes: Option<Changes>,
    /// The problem lists, item by item.
    pub problems: Vec<ProblemRow>,
}

/// Builds findings and suspects from the evidence in `evidence_dir` and fills the output folder. `out` is locked already.
///
/// # Errors
/// If the evidence or the store cannot be read, or an output not be written.
pub fn write_report(
    plan: &ReportPlan,
    origin: &Origin,
    out: OutDir,
    tables: &Tables<'_>,
    evidence_dir: &Path,
    catalog: &Catalog,
) -> Result<Reported, PipelineError> {
    let mut imported = import::read_summary(tables.store())?;
    let mut rules = read_rules_run(evidence_dir)?;
    // Here and not where rules run: a cluster that ran them knows nothing of what an import lost.
    let needs = Needs::of(catalog);
    for ran in &mut rules.run {
        ran.damage = damage(&needs.rule(&ran.rule_id), &imported.losses);
    }
    imported.checks.extend(rules.knowledge.iter().map(coverage::check));
    let ran = known(&rules, catalog)?;
    let learnt = learnt(&plan.dispositions, &ran);
    let mut build = Build::new(tables, plan.wanted.clone(), plan.lang)
        .disguised(plan.disguise.clone())
        .listed(tables.problems(), Links::of(tables.problems(), tables.resolved()?))
        .confident(learnt.iter().map(|(rule, learnt)| (rule.clone(), learnt.confidence)).collect());
    for rule in &ran {
        build.add(rule, &read_evidence(evidence_dir, rule)?)?;
    }
    let mut findings = build.findings()?;
    let specs: HashMap<&str, &RuleSpec> = ran.iter().map(|rule| (rule.spec.id.as_str(), &rule.spec)).collect();
    let ran: HashSet<&str> = specs.keys().copied().collect();
    let changes = plan.since.as_deref().map(|dir| Changes::since(dir, &findings.findings, &ran)).transpose()?;
    let mut suspects = ranking::suspects(&findings, &specs, tables, plan.wanted.period, plan.lang)?;
    let elsewhere = elsewhere(&findings, tables, &plan.wanted)?;
    let compared = imported.two_sources.is_some();
    let two_sources =
        compared.then(|| two_sources::rows(tables, &plan.wanted, &plan.disguise, plan.lang)).transpose()?;
    let mut rings = rings::indications::kept(evidence_dir)?;
    for ring in rings.iter_mut().flat_map(|rings| &mut rings.rings) {
        ring.disguise_persons(&plan.disguise);
    }
    let ring_of = rings.as_ref().map(|rings| ranking::rings::by_finding(&findings, rings)).unwrap_or_default();
    suspects.extend(ranking::rings::suspects(&findings.findings, &ring_of, plan.lang));
    findings.rings = ring_of.iter().map(|(finding, ring)| (finding.clone(), ring.ring_id.clone())).collect();
    let mut shown: Vec<&rings::Ring> = ring_of.into_values().collect();
    shown.sort_by_key(|ring| ring.rank);
    let problems = problems::rows(tables, &rules, &findings, &plan.wanted.problems, plan.lang)?;
    let summary = RunSummary {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command_line: origin.command_line.clone(),
        revealed: matches!(plan.disguise, Disguise::Reveal),
        pseudonym_key: plan.disguise.key_id(),
        learnt,
        scope: scope(&plan.wanted, tables)?,
        imported,
        losses_accepted: plan.accept_losses,
        tables: tables.store().index.rows.clone(),
        models: models(),
        findings: of_each(&rules.run, &findings),
        rules_run: rules.run,
        knowledge: rules.knowledge,
        rules_skipped: in_order(rules.skipped),
        rings: rings.as_ref().map(|rings| rings.account.clone()),
        clock: origin.clock(rules.seconds),
    };
    let figures = Figures::of(&findings);
    let histories = history::histories(&findings, &report::page::shown(&findings.findings), tables)?;
    let report = Report {
        summary: &summary,
        findings: &findings.findings,
        suspects: &suspects,
        figures: &figures,
        problems: &problems,
        histories: &histories,
        elsewhere: &elsewhere,
        two_sources: two_sources.as_deref(),
        dispositions: &plan.dispositions,
        changes: changes.as_ref(),
        rings: &shown,
        lang: plan.lang,
    };
    report::write(&out, &report, evidence::records(&findings))?;
    if plan.split_by_institution {
        institutions::write(out.path(), &report, &findings)?;
    }
    write_rejects(&out.path().join("rejects.csv"), tables.store(), plan)?;
    manifest::write(&out, &summary).map_err(StoreError::io(&out.path().join(manifest::FILE_NAME)))?;
    out.commit()?;
    Ok(Reported { summary, findings, suspects, changes, problems })
}

/// The rules that left evidence, in its order.
fn known<'c>(rules: &RulesRun, catalog: &'c Catalog) -> Result<Vec<&'c Rule>, PipelineError> {
    let of = |id: &str| catalog.rule(id).ok_or_else(|| PipelineError::NoSuchRule(catalog.unknown(id)));
    rules.run.iter().map(|ran| of(&ran.rule_id)).collect()
}

/// What is known of each rule by findings verified before; empty when none was.
fn learnt(dispositions: &Dispositions, rules: &[&Rule]) -> BTreeMap<String, Learnt> {
    if dispositions.is_empty() {
        return BTreeMap::new();
    }
    rules.iter().map(|rule| (rule.spec.id.clone(), dispositions.learnt(&rule.spec.id, rule.spec.confidence))).collect()
}

/// How many findings each rule that ran has.
fn of_each(rules: &[RuleRun], findings: &Findings) -> BTreeMap<String, u64> {
    let mut of_each: BTreeMap<String, u64> = rules.iter().map(|rule| (rule.rule_id.clone(), 0)).collect();
    for finding in &findings.findings {
        if let Some(count) = of_each.get_mut(&*finding.rule_id) {
            *count += 1;
        }
    }
    of_each
}

/// Rules by model and name.
fn in_order(mut skipped: Vec<RuleSkipped>) -> Vec<RuleSkipped> {
    skipped.sort_by(|one, other| (one.model, &one.rule_id).cmp(&(other.model, &other.rule_id)));
    skipped
}

/// All models, run or not.
fn models() -> Vec<ModelTitle> {
    let title = |model: &Model| ModelTitle { model: i32::from(model.number), title: model.title.into() };
    MODELS.iter().map(title).collect()
}

/// Size of what the rules looked at.
fn scope(wanted: &Wanted, tables: &Tables<'_>) -> Result<Scope, PipelineError> {
    let rows = |name: &str| tables.store().rows(name);
    let billed = billed(tables)?;
    let (first_day, last_day) = match wanted.period {
        Some((first, last)) => (Some(first), Some(last)),
        None => (billed.first_day, billed.last_day),
    };
    Ok(Scope {
        first_day,
        last_day,
        only_institutions: wanted.institutions.clone(),
        only_fields: wanted.fields.iter().map(|field| field.title()).collect(),
        only_problems: wanted.problems.told(),
        persons: rows("person"),
        institutions: rows("institution"),
        visits: rows("visit"),
        fee_lines: rows("fee"),
        gross_fen: billed.money.gross_fen,
        inscp_fen: billed.money.inscp_fen,
        fund_fen: billed.money.fund_fen,
    })
}

/// The days and the money of all visits.
#[derive(Default)]
struct Billed {
    first_day: Option<i32>,
    last_day: Option<i32>,
    money: Money,
}

fn billed(tables: &Tables<'_>) -> PolarsResult<Billed> {
    if tables.store().rows("visit") == 0 {
        return Ok(Billed::default());
    }
    let sql = "SELECT MIN(adm_day) AS adm_day, MAX(dscg_day) AS dscg_day, SUM(gross_fen) AS gross_fen,
                      SUM(inscp_fen) AS inscp_fen, SUM(fund_fen) AS fund_fen
               FROM visit";
    let sums = Bucket::open(tables, None).rows(&Plan::parse(sql)?)?;
    let number = |name: &str| -> PolarsResult<Option<i64>> { Ok(sums.column(name)?.get(0)?.extract::<i64>()) };
    let day = |name: &str| -> PolarsResult<_> { Ok(number(name)?.and_then(|day| i32::try_from(day).ok())) };
    let fen = |name: &str| -> PolarsResult<_> { Ok(number(name)?.unwrap_or_default()) };
    Ok(Billed {
        first_day: day("adm_day")?,
        last_day: day("dscg_day")?,
        money: Money { gross_fen: fen("gross_fen")?, inscp_fen: fen("inscp_fen")?, fund_fen: fen("fund_fen")? },
    })
}

/// What could not be used of the exports, persons disguised.
fn write_rejects(path: &Path, store: &Store, plan: &ReportPlan) -> Result<(), PipelineError> {
    let mut csv = RejectsCsv::create(path)?;
    import::for_each_reject(store, |row| -> Result<(), PipelineError> {
        let reason = import::reason_text(&row.reason, plan.lang);
        let value = plan.disguise.refused(&row.value);
        csv.push(&RejectRow { file: &row.file, line: row.line, column: &row.column, value: &value, reason })?;
        Ok(())
    })?;
    csv.finish()?;
    Ok(())
}
