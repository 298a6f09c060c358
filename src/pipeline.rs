//! The steps of a run, in order: import, rules, report. `cli` resolves a plan; nothing from here on knows the command line.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use crate::casestore::frame::to_polars;
use crate::casestore::store::{Store, StoreError};
use crate::dispositions::{Dispositions, Learnt};
use crate::explained::{Explained, Told};
use crate::findings::build::{Build, Findings, FindingsError, Wanted};
use crate::findings::model::Suspect;
use crate::findings::{evidence, history};
use crate::import::settle::DiagnosisLists;
use crate::import::summary::ImportSummary;
use crate::import::{self, ImportError};
use crate::knowledge::{self, Knowledge, KnowledgeError};
use crate::lang::{Lang, Text};
use crate::privacy::{Disguise, PERSONAL_COLUMNS};
use crate::ranking::{self, elsewhere::elsewhere};
use crate::report::changes::Changes;
use crate::report::figures::Figures;
use crate::report::outdir::{OutDir, OutDirError};
use crate::report::stored::StoredError;
use crate::report::summary::{Clock, ModelTitle, ParamUsed, RuleRun, RuleSkipped, RunSummary, Scope};
use crate::report::tables::{RejectRow, RejectsCsv, TableError};
use crate::report::{self, Report, ReportError, institutions, manifest};
use crate::rings::{self, RingsError};
use crate::rules::catalog::Rule;
use crate::rules::models::{MODELS, REGULATION_EN, model};
use crate::rules::runner::{self, Trace};
use crate::rules::spec::RuleSpec;
use crate::rules::spec::Status as RuleStatus;
use crate::rules::{Catalog, RuleError, RuleOutcome, Settings, TableSource, Values, explain, run};

/// What can go wrong in a run; the command line turns each into an exit code.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// Import.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Rules.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// Knowledge.
    #[error(transparent)]
    Knowledge(#[from] Box<KnowledgeError>),
    /// Findings.
    #[error(transparent)]
    Findings(#[from] FindingsError),
    /// The output folder.
    #[error(transparent)]
    OutDir(#[from] OutDirError),
    /// The report.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A table of the report.
    #[error(transparent)]
    Table(#[from] TableError),
    /// An earlier report.
    #[error(transparent)]
    Earlier(#[from] StoredError),
    /// Rings.
    #[error(transparent)]
    Rings(#[from] RingsError),
    /// A Parquet file of the store.
    #[error("{path}: {source}")]
    Frame { path: PathBuf, source: PolarsError },
    /// rules.json.
    #[error("{path}: {source}")]
    Json { path: PathBuf, source: serde_json::Error },
    /// A query over the store.
    #[error("{0}")]
    Query(#[from] PolarsError),
    /// A rule or model that does not exist.
    #[error("{}", .0.en)]
    NoSuchRule(Text),
    /// No evidence to report.
    #[error("{0} has no evidence: rules.json is missing")]
    NoEvidence(PathBuf),
}

impl Explained for PipelineError {
    fn told(&self) -> Told {
        match self {
            Self::Import(error) => error.told(),
            Self::Store(error) => error.told(),
            Self::Rule(error) => error.told(),
            Self::Knowledge(error) => error.told(),
            Self::Findings(error) => error.told(),
            Self::OutDir(error) => error.told(),
            Self::Report(error) => error.told(),
            Self::Table(error) => error.told(),
            Self::Earlier(error) => error.told(),
            Self::Rings(error) => error.told(),
            Self::Frame { path, source } => Told::new("FJ-205", format!("{} 无法读写（{source}）", path.display())),
            Self::Json { path, source } => Told::new("FJ-206", format!("{} 无法读写（{source}）", path.display())),
            Self::Query(error) => Told::new("FJ-507", format!("查询无法执行：{error}")),
            Self::NoSuchRule(problem) => Told::new("FJ-505", problem.zh.clone()),
            Self::NoEvidence(path) => Told::new("FJ-207", format!("{} 里没有证据：缺少 rules.json", path.display())),
        }
    }
}

/// Tables that rules read: a case store with knowledge beside it.
pub struct Tables<'a> {
    store: &'a Store,
    knowledge: HashMap<String, DataFrame>,
}

impl<'a> Tables<'a> {
    /// The store's tables and the knowledge seeds, with the knowledge folder where one is given.
    ///
    /// # Errors
    /// If the knowledge folder cannot be read.
    pub fn open(store: &'a Store, knowledge_dir: Option<&Path>) -> Result<Self, PipelineError> {
        let loaded = Knowledge::load(&knowledge::SEEDS, knowledge_dir).map_err(Box::new)?;
        let mut knowledge = HashMap::new();
        for table in crate::casestore::schema::TABLES.iter() {
            if let Some(batch) = loaded.table(&table.name) {
                knowledge.insert(table.name.clone(), to_polars(batch)?);
            }
        }
        Ok(Self { store, knowledge })
    }

    /// Names of the tables that have rows.
    pub fn names(&self) -> Vec<String> {
        let stored = self.store.index.rows.iter().filter(|(_, rows)| **rows > 0).map(|(name, _)| name.clone());
        let known = self.knowledge.iter().filter(|(_, rows)| rows.height() > 0).map(|(name, _)| name.clone());
        let mut names: Vec<String> = stored.chain(known).collect();
        names.sort_unstable();
        names
    }
}

impl TableSource for Tables<'_> {
    fn buckets(&self) -> usize {
        self.store.index.buckets
    }

    fn scan(&self, table: &str, bucket: Option<usize>) -> PolarsResult<Option<LazyFrame>> {
        match self.knowledge.get(table) {
            Some(rows) if rows.height() == 0 => Ok(None),
            Some(rows) => Ok(Some(rows.clone().lazy())),
            None => self.store.scan(table, bucket),
        }
    }
}

/// The diagnosis lists that mark visits at import.
///
/// # Errors
/// If an embedded list does not parse, which the tests rule out.
pub fn diagnosis_lists() -> Result<DiagnosisLists, PipelineError> {
    let prefixes = |list: Vec<knowledge::Prefix>| list.into_iter().map(|entry| entry.prefix).collect();
    Ok(DiagnosisLists {
        planned_cycle: prefixes(knowledge::planned_cycle_prefixes().map_err(Box::new)?),
        birth: prefixes(knowledge::birth_prefixes().map_err(Box::new)?),
    })
}

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
    progress: &dyn Fn(usize, &str),
    mut trace: Option<StepTrace<'_>>,
) -> Result<RulesRun, PipelineError> {
    let folder = evidence_dir(tables.store);
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(StoreError::io(&folder))?;
    }
    fs::create_dir_all(&folder).map_err(StoreError::io(&folder))?;
    let mut done = RulesRun::default();
    let (ring_rules, sql_rules): (Vec<&Rule>, Vec<&Rule>) = rules.iter().copied().partition(|rule| rule.is_ring());
    for (number, rule) in sql_rules.iter().enumerate() {
        let spec = &rule.spec;
        progress(number, &spec.id);
        let values = settings.of(rule);
        let mut step = trace.as_mut().map(|trace| |name: &str, rows: u64| trace(&spec.id, name, rows));
        match run(rule, &values, tables, step.as_mut().map(|step| -> Trace<'_> { step })) {
            RuleOutcome::NotApplicable { reason_zh, reason_en } => {
                done.skipped.push(skipped(rule, Text::new(reason_zh, reason_en)));
            }
            RuleOutcome::Failed { error } => failed(rule, &error, &mut done),
            RuleOutcome::Ran { mut evidence, population, seconds } => {
                write_evidence(&folder, rule, &mut evidence)?;
                done.seconds.insert(spec.id.clone(), seconds);
                done.run.push(rule_run(rule, &values, population));
            }
        }
    }
    if let Some(rule) = ring_rules.first() {
        progress(sql_rules.len(), &rule.spec.id);
        apply_rings(tables, catalog, &ring_rules, settings, &mut done)?;
    }
    let path = folder.join("rules.json");
    let text = serde_json::to_vec_pretty(&done).map_err(|source| PipelineError::Json { path: path.clone(), source })?;
    fs::write(&path, text).map_err(StoreError::io(&path))?;
    Ok(done)
}

/// Looks for rings and writes the evidence of the ring rules `rules`, and the rings themselves, to the store.
fn apply_rings(
    tables: &Tables<'_>,
    catalog: &Catalog,
    rules: &[&Rule],
    settings: &Settings,
    done: &mut RulesRun,
) -> Result<(), PipelineError> {
    let folder = evidence_dir(tables.store);
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
        let mut evidence = rings::indications::evidence(&rule.spec.id, &chosen, &found, &limits)?;
        write_evidence(&folder, rule, &mut evidence)?;
        let values = settings.of(rule);
        let population = runner::population(rule, &values, tables)?;
        // One search serves all ring rules; each took as long as it.
        done.seconds.insert(rule.spec.id.clone(), began.elapsed().as_secs_f64());
        done.run.push(rule_run(rule, &values, population));
    }
    Ok(rings::indications::keep(&folder, &found)?)
}

fn failed(rule: &Rule, error: &dyn std::fmt::Display, done: &mut RulesRun) {
    done.skipped.push(skipped(rule, Text::new(format!("运行失败：{error}"), format!("failed: {error}"))));
    done.failed.push(rule.spec.id.clone());
}

fn skipped(rule: &Rule, reason: Text) -> RuleSkipped {
    let spec = &rule.spec;
    let title = Text::new(spec.title.zh.clone(), spec.title.en.clone());
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
        title: Text::new(spec.title.zh.clone(), spec.title.en.clone()),
        basis: basis(rule),
        population,
        population_label: Text::new(spec.population.zh.clone(), spec.population.en.clone()),
        findings: 0,
        params,
    }
}

fn write_evidence(folder: &Path, rule: &Rule, evidence: &mut DataFrame) -> Result<(), PipelineError> {
    let path = folder.join(format!("{}.parquet", rule.spec.id));
    let file = File::create(&path).map_err(StoreError::io(&path))?;
    ParquetWriter::new(file).finish(evidence).map_err(|source| PipelineError::Frame { path, source })?;
    Ok(())
}

fn read_evidence(folder: &Path, rule: &Rule) -> Result<DataFrame, PipelineError> {
    let path = folder.join(format!("{}.parquet", rule.spec.id));
    let file = File::open(&path).map_err(StoreError::io(&path))?;
    ParquetReader::new(file).finish().map_err(|source| PipelineError::Frame { path, source })
}

fn basis(rule: &Rule) -> Text {
    let basis = &rule.spec.basis;
    Text::new(
        format!("《{}》第{}条第{}项", basis.regulation, basis.article, basis.item),
        format!("{REGULATION_EN}, article {}, item {}", basis.article, basis.item),
    )
}

/// What a report is made for.
#[derive(Debug, Clone)]
pub struct ReportPlan {
    /// Output folder.
    pub out: PathBuf,
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
    /// The command as typed.
    pub command_line: Vec<String>,
    /// Folder of the knowledge points.
    pub knowledge: Option<PathBuf>,
    /// Seconds of the stages before, for the manifest.
    pub stage_seconds: BTreeMap<String, f64>,
    /// Start of the run, UTC, `2024-01-05T08:30:00Z`.
    pub started: String,
    /// When the run began.
    pub began: Instant,
    /// Threads used.
    pub threads: usize,
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
}

/// Builds findings and suspects from the evidence in `evidence_dir` and fills the output folder. `out` is locked already.
///
/// # Errors
/// If the evidence or the store cannot be read, or an output not be written.
pub fn write_report(
    plan: &ReportPlan,
    out: OutDir,
    store: &Store,
    evidence_dir: &Path,
    catalog: &Catalog,
) -> Result<Reported, PipelineError> {
    let imported = import::read_summary(store)?;
    let rules = read_rules_run(evidence_dir)?;
    let tables = Tables::open(store, plan.knowledge.as_deref())?;
    let mut ran: Vec<&Rule> = Vec::with_capacity(rules.run.len());
    for rule in &rules.run {
        let known = catalog.rule(&rule.rule_id);
        ran.push(known.ok_or_else(|| PipelineError::NoSuchRule(catalog.unknown(&rule.rule_id)))?);
    }
    let learnt = learnt(&plan.dispositions, &ran);
    let mut build = Build::new(&tables, plan.wanted.clone(), plan.lang)
        .disguised(plan.disguise.clone())
        .confident(learnt.iter().map(|(rule, learnt)| (rule.clone(), learnt.confidence)).collect());
    for rule in &ran {
        build.add(rule, &read_evidence(evidence_dir, rule)?)?;
    }
    let mut findings = build.findings()?;
    let specs: HashMap<&str, &RuleSpec> = ran.iter().map(|rule| (rule.spec.id.as_str(), &rule.spec)).collect();
    let ran: HashSet<&str> = specs.keys().copied().collect();
    let changes = plan.since.as_deref().map(|dir| Changes::since(dir, &findings.findings, &ran)).transpose()?;
    let mut suspects = ranking::suspects(&findings, &specs, &tables, plan.wanted.period, plan.lang)?;
    let elsewhere = elsewhere(&findings, &tables, &plan.wanted)?;
    let mut rings = rings::indications::kept(evidence_dir)?;
    for ring in rings.iter_mut().flat_map(|rings| &mut rings.rings) {
        ring.disguise_persons(&plan.disguise);
    }
    let ring_of = rings.as_ref().map(|rings| rings::indications::by_finding(&findings, rings)).unwrap_or_default();
    suspects.extend(rings::indications::suspects(&findings.findings, &ring_of, plan.lang));
    findings.rings = ring_of.iter().map(|(finding, ring)| (finding.clone(), ring.ring_id.clone())).collect();
    let mut shown: Vec<&rings::Ring> = ring_of.into_values().collect();
    shown.sort_by_key(|ring| ring.rank);
    let mut summary = summary(plan, store, &tables, imported, rules, &findings)?;
    summary.learnt = learnt;
    summary.rings = rings.as_ref().map(|rings| rings.account.clone());
    let figures = Figures::of(&findings);
    let histories = history::histories(&findings, &report::page::shown(&findings.findings), &tables)?;
    let report = Report {
        summary: &summary,
        findings: &findings.findings,
        suspects: &suspects,
        figures: &figures,
        histories: &histories,
        elsewhere: &elsewhere,
        dispositions: &plan.dispositions,
        changes: changes.as_ref(),
        rings: &shown,
        lang: plan.lang,
    };
    report::write(&out, &report, evidence::batches(&findings))?;
    if plan.split_by_institution {
        institutions::write(out.path(), &report, &findings)?;
    }
    write_rejects(&out.path().join("rejects.csv"), store, plan)?;
    manifest::write(&out, &summary).map_err(StoreError::io(&out.path().join("manifest.json")))?;
    out.commit()?;
    Ok(Reported { summary, findings, suspects, changes })
}

/// What is known of each rule by findings verified before; empty when none was.
fn learnt(dispositions: &Dispositions, rules: &[&Rule]) -> BTreeMap<String, Learnt> {
    if dispositions.is_empty() {
        return BTreeMap::new();
    }
    rules.iter().map(|rule| (rule.spec.id.clone(), dispositions.learnt(&rule.spec.id, rule.spec.confidence))).collect()
}

fn read_rules_run(evidence_dir: &Path) -> Result<RulesRun, PipelineError> {
    let path = evidence_dir.join("rules.json");
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(PipelineError::NoEvidence(evidence_dir.to_path_buf()));
        }
        Err(error) => return Err(StoreError::io(&path)(error).into()),
    };
    serde_json::from_slice(&text).map_err(|source| PipelineError::Json { path, source })
}

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

fn summary(
    plan: &ReportPlan,
    store: &Store,
    tables: &Tables<'_>,
    imported: ImportSummary,
    mut rules: RulesRun,
    findings: &Findings,
) -> Result<RunSummary, PipelineError> {
    for ran in &mut rules.run {
        ran.findings = findings.findings.iter().filter(|finding| *finding.rule_id == *ran.rule_id).count() as u64;
    }
    let mut skipped = rules.skipped;
    skipped.sort_by(|one, other| (one.model, &one.rule_id).cmp(&(other.model, &other.rule_id)));
    Ok(RunSummary {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command_line: plan.command_line.clone(),
        revealed: matches!(plan.disguise, Disguise::Reveal),
        pseudonym_key: plan.disguise.key_id(),
        learnt: BTreeMap::new(),
        scope: scope(plan, tables)?,
        inputs: imported.inputs,
        skipped_files: imported.skipped_files,
        tables: store.index.rows.clone(),
        models: MODELS
            .iter()
            .map(|model| ModelTitle { model: i32::from(model.number), title: Text::new(model.zh, model.en) })
            .collect(),
        rules_run: rules.run,
        rules_skipped: skipped,
        rings: None,
        checks: imported.checks,
        conflicts: imported.conflicts,
        reversals: imported.reversals,
        waterfall: imported.waterfall,
        clock: Clock {
            started: plan.started.clone(),
            seconds: plan.began.elapsed().as_secs_f64(),
            stage_seconds: plan.stage_seconds.clone(),
            rule_seconds: rules.seconds,
            threads: plan.threads,
        },
    })
}

/// Size of what the rules looked at.
fn scope(plan: &ReportPlan, tables: &Tables<'_>) -> Result<Scope, PipelineError> {
    let mut scope = Scope {
        only_institutions: plan.wanted.institutions.clone(),
        only_fields: plan.wanted.fields.iter().map(|field| field.title()).collect(),
        ..Scope::default()
    };
    let rows = |name: &str| tables.store.rows(name);
    scope.persons = rows("person");
    scope.institutions = rows("institution");
    scope.visits = rows("visit");
    scope.fee_lines = rows("fee");
    if let Some(visits) = tables.scan("visit", None)? {
        let sums = visits.select([
            col("adm_day").min(),
            col("dscg_day").max(),
            col("gross_fen").sum(),
            col("inscp_fen").sum(),
            col("fund_fen").sum(),
        ]);
        let sums = sums.collect_with_engine(Engine::Streaming)?.unwrap_single();
        let number = |name: &str| -> PolarsResult<Option<i64>> { Ok(sums.column(name)?.get(0)?.extract::<i64>()) };
        let day = |value: Option<i64>| value.and_then(|value| i32::try_from(value).ok());
        scope.first_day = day(number("adm_day")?);
        scope.last_day = day(number("dscg_day")?);
        scope.gross_fen = number("gross_fen")?.unwrap_or_default();
        scope.inscp_fen = number("inscp_fen")?.unwrap_or_default();
        scope.fund_fen = number("fund_fen")?.unwrap_or_default();
    }
    if let Some((first, last)) = plan.wanted.period {
        scope.first_day = Some(first);
        scope.last_day = Some(last);
    }
    Ok(scope)
}

/// Runs a query over the tables and collects its rows. Columns that identify a person hold what `disguise` puts there, for the whole query:
/// the same value is the same pseudonym, so they can still be joined and counted.
///
/// # Errors
/// If the statement names unknown tables or the engine refuses it.
pub fn query(tables: &Tables<'_>, statement: &str, disguise: &Disguise) -> Result<DataFrame, PipelineError> {
    let mut context = polars::sql::SQLContext::new();
    for name in tables.names() {
        if let Some(rows) = tables.scan(&name, None)? {
            context.register(&name, disguised(rows, &name, disguise));
        }
    }
    Ok(context.execute(statement)?.collect_with_engine(Engine::Streaming)?.unwrap_single())
}

/// A table with the columns that identify a person as `disguise` says.
fn disguised(rows: LazyFrame, table: &str, disguise: &Disguise) -> LazyFrame {
    if matches!(disguise, Disguise::Reveal) {
        return rows;
    }
    let Some(table) = crate::casestore::schema::table(table) else { return rows };
    let masked = PERSONAL_COLUMNS.iter().filter(|(name, _)| table.columns.iter().any(|column| column.name == *name));
    let masked: Vec<Expr> = masked
        .map(|(name, is_name)| {
            let disguise = disguise.clone();
            let mask = move |column: Column| {
                let masked = column.str()?.iter().map(|value| {
                    let value = value?.to_owned();
                    Some(if *is_name { disguise.name(value) } else { disguise.value(name, value) })
                });
                Ok(masked.collect::<StringChunked>().with_name((*name).into()).into_column())
            };
            col(*name).map(mask, |_, field| Ok(field.clone()))
        })
        .collect();
    if masked.is_empty() { rows } else { rows.with_columns(masked) }
}

/// The rules of the chosen models and ids, in catalog order; without a choice all but those on trial, which run only when named.
///
/// # Errors
/// If there is no such model or rule.
pub fn choose<'c>(catalog: &'c Catalog, models: &[u8], ids: &[String]) -> Result<Vec<&'c Rule>, PipelineError> {
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
        let unasked = models.is_empty() && ids.is_empty() && rule.spec.status == RuleStatus::Stable;
        unasked || models.contains(&rule.spec.model) || ids.contains(&rule.spec.id)
    };
    Ok(catalog.rules().iter().filter(|rule| wanted(rule)).collect())
}
