//! The subcommands: each resolves what was typed, carries it out and prints.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono::{DateTime, SecondsFormat};
use clap::CommandFactory;
use polars::prelude::{AnyValue, DataFrame};
use rayon::prelude::*;
use tempfile::TempDir;

use super::args::{
    Cli, Command, FamilyArg, ImportArgs, KnowledgeCommand, LogFormat, OutArgs, PlantArg, PrivacyArgs, ReportArgs,
    RuleArgs, RulesArgs, RunArgs, SourceArgs, SplitArg, SqlArgs, SynthArgs,
};
use super::exit::{Failure, Status};
use super::log;
use super::plan::period;
use super::progress::Progress;
use super::table::{print_rows, table, yuan};
use super::{evaluate, reward, rings, sweep};
use crate::casestore::store::Store;
use crate::dispositions::Dispositions;
use crate::fields;
use crate::findings::build::Wanted;
use crate::findings::model::{Grade, SuspectKind};
use crate::import::summary::{CheckResult, ImportSummary};
use crate::import::{self, ImportPlan, import};
use crate::knowledge::{self, Knowledge, Origin};
use crate::lang::{Lang, counted};
use crate::pipeline::{self, ReportPlan, Reported, RulesRun, StepTrace, Tables};
use crate::privacy::{Disguise, Key, user_folder};
use crate::report::outdir::OutDir;
use crate::report::stored::StoredReport;
use crate::rules::catalog::Rule;
use crate::rules::{Catalog, RuleError, Settings, Values, cases, explain};
use crate::synth::{self, SynthPlan};

/// What every command knows.
pub(super) struct Session {
    pub(super) lang: Lang,
    quiet: bool,
    log_format: LogFormat,
    pub(super) verbose: bool,
    pub(super) threads: usize,
    pub(super) began: Instant,
    pub(super) progress: Progress,
}

impl Session {
    /// Says something to the person at the terminal; data goes to stdout, this does not.
    pub(super) fn say(&self, text: &str) {
        if !self.quiet && self.log_format == LogFormat::Text {
            self.progress.clear();
            eprintln!("{text}");
        }
    }
}

/// Carries out what was typed.
///
/// # Errors
/// Whatever keeps the command from being done.
pub fn run(cli: Cli) -> Result<Status, Failure> {
    let session = Session {
        lang: cli.lang.into(),
        quiet: cli.quiet,
        log_format: cli.log_format,
        verbose: cli.verbose,
        threads: use_threads(cli.threads)?,
        began: Instant::now(),
        progress: Progress::new(cli.quiet || cli.log_format != LogFormat::Text),
    };
    match cli.command {
        Command::Run(args) => run_all(&session, args),
        Command::Import(args) => import_only(&session, args),
        Command::Report(args) => report_only(&session, args),
        Command::Learn(args) => super::learn::run(&session, &args),
        Command::Case(args) => super::case::run(&session, &args),
        Command::Findings(args) => super::findings::run(&session, &args),
        Command::Rules(args) => list_rules(&session, args),
        Command::Rule(args) => explain_rule(&session, args),
        Command::Sql(args) => query(args),
        Command::Rings(args) => rings::rings(&session, &args),
        Command::Sweep(args) => sweep::over_store(&session, args),
        Command::Knowledge(KnowledgeCommand::Import { files, dir }) => import_knowledge(&session, &files, &dir),
        Command::Knowledge(KnowledgeCommand::List { dir }) => list_knowledge(&session, dir.as_deref()),
        Command::Synth(args) => synthesise(&session, args),
        Command::Evaluate(args) => evaluate::evaluate(&session, &args),
        Command::Reward(args) => reward::reward(&session, &args),
        Command::Completions { shell } => {
            // Through memory: clap_complete panics when whoever reads the script stops reading.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "feijian", &mut script);
            std::io::stdout().write_all(&script)?;
            Ok(Status::Done)
        }
        Command::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut std::io::stdout())?;
            Ok(Status::Done)
        }
    }
}

/// Sets the size of the thread pools, before the first of them is used.
fn use_threads(threads: Option<u16>) -> Result<usize, Failure> {
    let all = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let Some(threads) = threads else { return Ok(all) };
    // Polars sizes its pool from the environment only; no other thread runs yet that could read it meanwhile.
    unsafe { std::env::set_var("POLARS_MAX_THREADS", threads.to_string()) };
    rayon::ThreadPoolBuilder::new()
        .num_threads(usize::from(threads))
        .build_global()
        .map_err(|error| Failure::usage(format!("--threads {threads}: {error}")))?;
    Ok(usize::from(threads))
}

fn run_all(session: &Session, args: RunArgs) -> Result<Status, Failure> {
    if !args.sweep.is_empty() {
        return sweep::over_exports(session, args);
    }
    let RunArgs { exports, source, store, choice, out, .. } = args;
    let catalog = catalog(choice.rules_dir.as_deref())?;
    let settings = Settings::parse(&choice.settings, &catalog)?;
    let rules = pipeline::choose(&catalog, &choice.models, &choice.rules)?;
    let wanted = wanted(source.period.as_deref(), &out.institution, &out.field)?;
    check_files(&out)?;
    // Taken before hours of work, not after.
    let target = OutDir::create(&out.out)?;
    let (store_path, _temporary) = store_place(store, &out.out)?;
    let mut stage_seconds = BTreeMap::new();
    let started = utc_now();

    let clock = Instant::now();
    let (store, imported) = filled_store(session, exports, source, store_path, wanted.period)?;
    stage_seconds.insert("import".to_owned(), clock.elapsed().as_secs_f64());
    session.say(&accounts(&imported, session));

    let clock = Instant::now();
    let ran = run_rules(session, &store, &catalog, &rules, &settings, choice.knowledge.as_deref())?;
    stage_seconds.insert("rules".to_owned(), clock.elapsed().as_secs_f64());

    let plan =
        report_plan(session, &out, disguise(&out.privacy, &store)?, wanted, choice.knowledge, stage_seconds, started)?;
    let reported = pipeline::write_report(&plan, target, &store, &pipeline::evidence_dir(&store), &catalog)?;
    Ok(finished(session, &reported, &ran, &out))
}

/// Where the case store goes: to the folder asked for, or to a temporary one that lasts as long as what is returned with it. That one is
/// made beside the report: the temporary folder of a laptop may be too small for years of claims.
pub(super) fn store_place(store: Option<PathBuf>, out: &Path) -> Result<(PathBuf, Option<TempDir>), Failure> {
    if let Some(store) = store {
        return Ok((store, None));
    }
    let folder = tempfile::Builder::new().prefix(".feijian-store-").tempdir_in(parent(out))?;
    Ok((folder.path().to_path_buf(), Some(folder)))
}

fn import_only(session: &Session, args: ImportArgs) -> Result<Status, Failure> {
    let asked = args.source.period.as_deref().map(period).transpose()?;
    let (_, imported) = import_exports(session, args.exports, args.source, args.store, asked)?;
    session.say(&accounts(&imported, session));
    Ok(Status::Done)
}

fn report_only(session: &Session, args: ReportArgs) -> Result<Status, Failure> {
    let catalog = catalog(args.rules_dir.as_deref())?;
    let store = Store::open(&args.store)?;
    let wanted = wanted(args.period.as_deref(), &args.out.institution, &args.out.field)?;
    let target = OutDir::create(&args.out.out)?;
    let evidence = args.evidence.unwrap_or_else(|| pipeline::evidence_dir(&store));
    let plan = report_plan(
        session,
        &args.out,
        disguise(&args.out.privacy, &store)?,
        wanted,
        None,
        BTreeMap::new(),
        utc_now(),
    )?;
    let reported = pipeline::write_report(&plan, target, &store, &evidence, &catalog)?;
    Ok(finished(session, &reported, &RulesRun::default(), &args.out))
}

/// Reads what a report will need besides the store, so that a wrong path is told before hours of work.
fn check_files(out: &OutArgs) -> Result<(), Failure> {
    if let Some(path) = &out.dispositions {
        Dispositions::read(path)?;
    }
    if let Some(dir) = &out.since {
        StoredReport::open(dir)?;
    }
    if let Some(path) = out.privacy.pseudonym_key.as_ref().filter(|_| !out.privacy.reveal) {
        Key::read(path)?;
    }
    Ok(())
}

/// Tells what came of a run: in tables, or in one line.
fn finished(session: &Session, reported: &Reported, ran: &RulesRun, out: &OutArgs) -> Status {
    let status = status(reported, ran, out);
    match log::finished(reported, &out.out, status, session.log_format, session.lang) {
        Some(line) if !session.quiet => eprintln!("{line}"),
        Some(_) => {}
        None => session.say(&outcome(reported, &out.out, session.lang)),
    }
    status
}

/// How persons appear in what is made from a store.
pub(super) fn disguise(privacy: &PrivacyArgs, store: &Store) -> Result<Disguise, Failure> {
    Ok(match &privacy.pseudonym_key {
        _ if privacy.reveal => Disguise::Reveal,
        Some(path) => Disguise::Mask(Key::read(path)?),
        None => Disguise::Mask(Key::of_store(store.root(), user_folder().as_deref())?),
    })
}

fn report_plan(
    session: &Session,
    out: &OutArgs,
    disguise: Disguise,
    wanted: Wanted,
    knowledge: Option<PathBuf>,
    stage_seconds: BTreeMap<String, f64>,
    started: String,
) -> Result<ReportPlan, Failure> {
    Ok(ReportPlan {
        out: out.out.clone(),
        wanted,
        lang: session.lang,
        disguise,
        dispositions: out.dispositions.as_deref().map(Dispositions::read).transpose()?.unwrap_or_default(),
        since: out.since.clone(),
        split_by_institution: matches!(out.split_by, Some(SplitArg::Institution)),
        command_line: std::env::args().collect(),
        knowledge,
        stage_seconds,
        started,
        began: session.began,
        threads: session.threads,
    })
}

/// The case store with the exports added, or as it is when there are none.
pub(super) fn filled_store(
    session: &Session,
    exports: Vec<PathBuf>,
    source: SourceArgs,
    store: PathBuf,
    asked: Option<(i32, i32)>,
) -> Result<(Store, ImportSummary), Failure> {
    if !exports.is_empty() {
        return import_exports(session, exports, source, store, asked);
    }
    let store = Store::open(&store)?;
    let imported = import::read_summary(&store)?;
    Ok((store, imported))
}

fn import_exports(
    session: &Session,
    exports: Vec<PathBuf>,
    source: SourceArgs,
    store: PathBuf,
    asked: Option<(i32, i32)>,
) -> Result<(Store, ImportSummary), Failure> {
    let plan = ImportPlan { exports, maps: source.maps, store, period: asked };
    let result = import(&plan, &pipeline::diagnosis_lists()?, &session.progress);
    session.progress.clear();
    Ok(result?)
}

fn run_rules(
    session: &Session,
    store: &Store,
    catalog: &Catalog,
    rules: &[&Rule],
    settings: &Settings,
    knowledge: Option<&Path>,
) -> Result<RulesRun, Failure> {
    let tables = Tables::open(store, knowledge)?;
    let count = rules.len();
    let mut step = |rule: &str, name: &str, rows: u64| eprintln!("{rule}: {name}: {rows}");
    let trace: Option<StepTrace<'_>> = if session.verbose { Some(&mut step) } else { None };
    let progress = |done: usize, id: &str| session.progress.rule(done, count, id);
    let ran = pipeline::apply_rules(&tables, catalog, rules, settings, &progress, trace);
    session.progress.clear();
    let ran = ran?;
    for id in &ran.failed {
        let reason = ran.skipped.iter().find(|skipped| skipped.rule_id == *id);
        eprintln!("feijian: {id}: {}", reason.map_or("", |skipped| skipped.reason.pick(session.lang)));
    }
    Ok(ran)
}

fn status(reported: &Reported, ran: &RulesRun, out: &OutArgs) -> Status {
    if let Some(level) = out.fail_on {
        let reached = |grade: Grade| Grade::from(level) == Grade::Lead || grade == Grade::Violation;
        if reported.findings.findings.iter().any(|finding| reached(finding.grade)) {
            return Status::Found;
        }
    }
    let skipped_for_data = out.strict && !reported.summary.rules_skipped.is_empty();
    if skipped_for_data || !ran.failed.is_empty() { Status::Skipped } else { Status::Done }
}

pub(super) fn wanted(asked: Option<&str>, institutions: &[String], named: &[String]) -> Result<Wanted, Failure> {
    Ok(Wanted {
        period: asked.map(period).transpose()?,
        institutions: institutions.to_vec(),
        fields: named.iter().map(|name| fields::field(name)).collect::<Result<_, _>>().map_err(Failure::usage)?,
    })
}

pub(super) fn catalog(rules_dir: Option<&Path>) -> Result<Catalog, Failure> {
    let mut catalog = Catalog::embedded()?;
    if let Some(folder) = rules_dir {
        catalog.add_folder(folder)?;
    }
    Ok(catalog)
}

/// The folder that `path` is in.
fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

pub(super) fn utc_now() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let time = i64::try_from(seconds).ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    time.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)).unwrap_or_default()
}

/// What was read and what became of it: files, then acceptance checks.
pub(super) fn accounts(imported: &ImportSummary, session: &Session) -> String {
    let lang = session.lang;
    let header = match lang {
        Lang::Zh => ["文件", "表", "编码", "读入", "入库", "重复", "拒收行", "弃用单元格"],
        Lang::En => ["file", "table", "encoding", "rows in", "stored", "repeats", "rejected", "cells unusable"],
    };
    let files = table(
        &header,
        &[3, 4, 5, 6, 7],
        imported.inputs.iter().map(|file| {
            let name =
                Path::new(&file.name).file_name().map_or(file.name.as_str().into(), |name| name.to_string_lossy());
            vec![
                name.into_owned(),
                file.layout.clone(),
                file.encoding.clone(),
                file.rows_in.to_string(),
                file.rows_stored.to_string(),
                file.rows_repeated.to_string(),
                file.rows_rejected.to_string(),
                file.cells_rejected.to_string(),
            ]
        }),
    );
    let header = match lang {
        Lang::Zh => ["验收检查", "结果", "实际", "限值", "说明"],
        Lang::En => ["acceptance check", "result", "figure", "limit", "detail"],
    };
    let applicable = imported.checks.iter().filter(|check| check.result != CheckResult::NotApplicable);
    let skipped = imported.checks.len() - applicable.clone().count();
    let checks = table(
        &header,
        &[2, 3],
        applicable.map(|check| {
            let result = match check.result {
                CheckResult::Passed => lang.pick("通过", "passed"),
                CheckResult::Failed => lang.pick("不通过", "failed"),
                CheckResult::NotApplicable => lang.pick("不适用", "not applicable"),
            };
            let text = |text: &crate::lang::Text| text.pick(lang).to_owned();
            vec![text(&check.title), result.to_owned(), text(&check.figure), text(&check.limit), text(&check.detail)]
        }),
    );
    let mut lines = vec![files, String::new(), checks];
    if skipped > 0 {
        lines.push(match lang {
            Lang::Zh => format!("另有 {skipped} 项检查因未提供相应文件而不适用"),
            Lang::En => format!("{skipped} further checks do not apply: their files are not there"),
        });
    }
    if !imported.skipped_files.is_empty() {
        lines.push(match lang {
            Lang::Zh => format!("未读取的文件 {} 个", imported.skipped_files.len()),
            Lang::En => format!("{} files not read", imported.skipped_files.len()),
        });
        if session.verbose {
            let each = imported.skipped_files.iter();
            lines.extend(each.map(|file| format!("  {}: {}", file.name, file.reason.pick(lang))));
        }
    }
    lines.join("\n")
}

/// What was found, per model, and where it lies.
fn outcome(reported: &Reported, out: &Path, lang: Lang) -> String {
    let findings = &reported.findings.findings;
    let header = match lang {
        Lang::Zh => ["模型", "规则", "疑点", "总费用", "范围内", "基金"],
        Lang::En => ["model", "rule", "indications", "gross", "in scope", "fund"],
    };
    let rows = reported.summary.rules_run.iter().map(|rule| {
        let mut money = crate::findings::model::Money::default();
        for finding in findings.iter().filter(|finding| *finding.rule_id == *rule.rule_id) {
            money += finding.counted;
        }
        vec![
            rule.model.to_string(),
            format!("{} {}", rule.rule_id, rule.title.pick(lang)),
            rule.findings.to_string(),
            yuan(money.gross_fen),
            yuan(money.inscp_fen),
            yuan(money.fund_fen),
        ]
    });
    let mut text = match &reported.changes {
        // What is new is what somebody reads first in the morning.
        Some(changes) => format!("{}\n\n", changes.sentence(findings, lang)),
        None => String::new(),
    };
    text.push_str(&table(&header, &[2, 3, 4, 5], rows));
    let skipped = reported.summary.rules_skipped.len();
    let institutions = reported.suspects.iter().filter(|suspect| suspect.kind == SuspectKind::Institution).count();
    text.push_str(&match lang {
        Lang::Zh => format!(
            "\n\n疑点 {} 条，涉及机构 {institutions} 家；未运行规则 {skipped} 条（原因见报告）。疑点均需核实。\n报告：{}\n\
             先看网页 {}；单条疑点的依据、记录和应调材料：feijian case 1 --report {}",
            findings.len(),
            out.join("report.xlsx").display(),
            out.join("report.html").display(),
            out.display()
        ),
        Lang::En => format!(
            "\n\n{} at {}; {} did not run (reasons in the report). \
             All are to verify.\nReport: {}\nRead {} first; one indication's reasons, records and papers to ask for: \
             feijian case 1 --report {}",
            counted(findings.len() as u64, "indication"),
            counted(institutions as u64, "institution"),
            counted(skipped as u64, "rule"),
            out.join("report.xlsx").display(),
            out.join("report.html").display(),
            out.display()
        ),
    });
    text
}

fn list_rules(session: &Session, args: RulesArgs) -> Result<Status, Failure> {
    let catalog = catalog(args.rules_dir.as_deref())?;
    let header = match session.lang {
        Lang::Zh => ["模型", "规则", "名称", "等级", "状态", "所需表"],
        Lang::En => ["model", "rule", "title", "grade", "status", "tables"],
    };
    if let Some(unknown) = args.rules.iter().find(|id| catalog.rule(id).is_none()) {
        return Err(Failure::usage(catalog.unknown(unknown)));
    }
    let wanted = |id: &str| args.rules.is_empty() || args.rules.iter().any(|rule| rule == id);
    let listed = explain::list(&catalog, session.lang).into_iter().filter(|rule| wanted(rule.id));
    let rows = listed.map(|rule| {
        vec![
            rule.model.to_string(),
            rule.id.to_owned(),
            rule.title.to_owned(),
            rule.grade.to_owned(),
            rule.status.to_owned(),
            rule.tables.join(" "),
        ]
    });
    print(&table(&header, &[], rows))?;
    if !args.test {
        return Ok(Status::Done);
    }
    let tested: Vec<&Rule> = catalog.rules().iter().filter(|rule| wanted(&rule.spec.id)).collect();
    let failures = tested.par_iter().map(|rule| cases::problems(rule)).collect::<Result<Vec<_>, RuleError>>()?;
    let failures = failures.concat();
    if failures.is_empty() {
        return Ok(Status::Done);
    }
    Err(Failure::usage(failures.join("\n")))
}

fn explain_rule(session: &Session, args: RuleArgs) -> Result<Status, Failure> {
    let catalog = catalog(args.rules_dir.as_deref())?;
    let rule = catalog.rule(&args.id).ok_or_else(|| Failure::usage(catalog.unknown(&args.id)))?;
    if args.sql && rule.is_ring() {
        return Err(Failure::usage(format!(
            "{} has no SQL of its own: the search for rings looks for it; `feijian rings --sql` prints how it finds pairs",
            args.id
        )));
    }
    print(&explain::text(rule, &Values::defaults(&rule.spec.params), session.lang))?;
    if args.sql {
        print(rule.sql())?;
    }
    Ok(Status::Done)
}

fn query(args: SqlArgs) -> Result<Status, Failure> {
    let store = Store::open(&args.store)?;
    let statement = if args.statement == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        text
    } else {
        args.statement
    };
    let tables = Tables::open(&store, args.knowledge.as_deref())?;
    let rows = pipeline::query(&tables, &statement, &disguise(&args.privacy, &store)?)?;
    let header: Vec<&str> = rows.get_column_names().into_iter().map(|name| name.as_str()).collect();
    let columns = rows.columns().iter().enumerate();
    let numbers: Vec<usize> = columns.filter(|(_, column)| column.dtype().is_numeric()).map(|(at, _)| at).collect();
    let lines = (0..rows.height()).map(|row| cells(&rows, row)).collect::<Result<Vec<_>, _>>()?;
    print_rows(args.format, &header, &numbers, lines)?;
    Ok(Status::Done)
}

fn cells(rows: &DataFrame, row: usize) -> Result<Vec<String>, Failure> {
    rows.columns()
        .iter()
        .map(|column| {
            let value = column.get(row).map_err(|error| Failure::usage(error.to_string()))?;
            Ok(match value {
                AnyValue::Null => String::new(),
                AnyValue::String(text) => text.to_owned(),
                AnyValue::StringOwned(text) => text.to_string(),
                other => other.to_string(),
            })
        })
        .collect()
}

fn import_knowledge(session: &Session, files: &[PathBuf], dir: &Path) -> Result<Status, Failure> {
    let summary = knowledge::import_notices(files, dir)?;
    let header = match session.lang {
        Lang::Zh => ["文件", "工作表", "读入", "入库", "重复", "拒收"],
        Lang::En => ["file", "sheet", "rows in", "stored", "repeats", "rejected"],
    };
    let rows = summary.sheets.iter().map(|sheet| {
        vec![
            sheet.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sheet.sheet.clone().unwrap_or_default(),
            sheet.rows_in.to_string(),
            sheet.stored.to_string(),
            sheet.repeats.to_string(),
            sheet.rejected.len().to_string(),
        ]
    });
    print(&table(&header, &[2, 3, 4, 5], rows))?;
    for sheet in &summary.sheets {
        for reject in &sheet.rejected {
            session.say(&format!(
                "{}:{}: {} {:?}: {}",
                sheet.file.display(),
                reject.line,
                reject.column,
                reject.value,
                reject.reason.text(session.lang)
            ));
        }
    }
    for unmatched in &summary.unmatched {
        let (no_limit, no_codes) = (unmatched.names_without_limit.len(), unmatched.names_without_codes.len());
        if no_limit + no_codes > 0 {
            session.say(&match session.lang {
                Lang::Zh => {
                    format!("{}：{no_limit} 个药名有编码而无限定，{no_codes} 个药名有限定而无编码", unmatched.limit)
                }
                Lang::En => format!(
                    "{}: {no_limit} drug names have codes but no limit, {no_codes} have a limit but no codes",
                    unmatched.limit
                ),
            });
        }
    }
    Ok(Status::Done)
}

fn list_knowledge(session: &Session, dir: Option<&Path>) -> Result<Status, Failure> {
    let knowledge = Knowledge::load(&knowledge::SEEDS, dir)?;
    let header = match session.lang {
        Lang::Zh => ["表", "来源", "行数"],
        Lang::En => ["table", "source", "rows"],
    };
    let rows = knowledge.describe().iter().map(|source| {
        let origin = match &source.origin {
            Origin::Seed => session.lang.pick("内置", "built in").to_owned(),
            Origin::Folder(notice) => notice.clone(),
        };
        vec![source.table.clone(), origin, source.rows.to_string()]
    });
    print(&table(&header, &[2], rows))?;
    Ok(Status::Done)
}

fn synthesise(session: &Session, args: SynthArgs) -> Result<Status, Failure> {
    let plans = if args.sample { synth::sample(&args.out).to_vec() } else { vec![synth_plan(&args)?] };
    // The first plan is the area, whose persons stand on the outside lists.
    if let Some(plan) = plans.first() {
        synth::write_knowledge(plan, &args.out.join("knowledge"))?;
    }
    for plan in plans {
        let what = plan.out.display().to_string();
        let summary = synth::write_area(&plan, &|done, all| session.progress.units(&what, done, all))?;
        session.progress.clear();
        session.say(&match session.lang {
            Lang::Zh => format!(
                "{what}：人员 {}，就诊 {}，费用明细 {}，植入疑点 {}，植入正常相似情形 {}",
                summary.persons, summary.visits, summary.fee_lines, summary.planted, summary.look_alikes
            ),
            Lang::En => format!(
                "{what}: {} persons, {} visits, {} fee lines, {} planted cases, {} look-alikes",
                summary.persons, summary.visits, summary.fee_lines, summary.planted, summary.look_alikes
            ),
        });
    }
    Ok(Status::Done)
}

fn synth_plan(args: &SynthArgs) -> Result<SynthPlan, Failure> {
    use synth::{Encoding, Family, ParquetTables, Plants};
    let bureau = |encoding, parquet| Family::Bureau { encoding, parquet };
    let first_day = chrono::NaiveDate::from_ymd_opt(2025, 1, 1)
        .ok_or_else(|| Failure::usage("2025-01-01 is not in the calendar"))?;
    Ok(SynthPlan {
        out: args.out.clone(),
        seed: args.seed,
        first_day,
        months: args.months,
        persons: args.persons,
        institutions: args.institutions,
        family: match args.family {
            FamilyArg::Csv => bureau(Encoding::Utf8, ParquetTables::None),
            FamilyArg::Gb18030 => bureau(Encoding::Gb18030, ParquetTables::None),
            FamilyArg::Parquet => bureau(Encoding::Utf8, ParquetTables::All),
            FamilyArg::Hospital => Family::Hospital,
        },
        plants: match args.plant {
            PlantArg::All => Some(Plants { violations: true, each: PLANTED_EACH }),
            PlantArg::Benign => Some(Plants { violations: false, each: PLANTED_EACH }),
            PlantArg::None => None,
        },
    })
}

/// How often each scenario is planted in an area of one's own.
const PLANTED_EACH: u32 = 3;

/// Data for stdout.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", text.trim_end())?;
    Ok(())
}
