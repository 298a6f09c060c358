//! `feijian run`: exports in, ranked report out; import, rules and report in one go.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use tempfile::TempDir;

use super::args::RunArgs;
use super::exit::{Failure, Status};
use super::session::Session;
use super::usage::UsageError;
use super::{intake, outcome, plan};
use crate::import::ImportPlan;
use crate::pipeline::{self, RulesRun, StepTrace, Tables};
use crate::report::outdir::OutDir;
use crate::rules::{Catalog, Rule, Settings};

/// Imports, runs the rules and writes the report.
///
/// # Errors
/// If something typed cannot be, an export cannot be read or the report not be written.
pub fn run(session: &Session, args: RunArgs) -> Result<Status, Failure> {
    let RunArgs { exports, source, store, choice, wanted, out, losses } = args;
    let catalog = Catalog::with_folder(choice.own.rules_dir.as_deref())?;
    let settings = Settings::parse(&choice.set.settings, &catalog)?;
    let lists = plan::lists(choice.known.knowledge.as_deref(), &catalog)?;
    let wanted = plan::wanted(&wanted, &lists)?;
    let listed = if wanted.problems.is_empty() { BTreeSet::new() } else { lists.rules(&wanted.problems) };
    let rules = pipeline::choose(&catalog, &choice.models, &choice.rules, &listed)?;
    plan::check_files(&out)?;
    // Taken before hours of work, not after.
    let target = OutDir::create(&out.out)?;
    let (place, _temporary) = store_place(store, &out.out)?;
    let mut stage_seconds = BTreeMap::new();

    let clock = Instant::now();
    let judging = plan::judging(&source, &catalog);
    let store = if exports.is_empty() {
        intake::open_store(session, &place, &judging)?
    } else {
        let plan = ImportPlan {
            exports,
            patterns: source.patterns(),
            maps: source.maps,
            store: place,
            period: wanted.period,
            date_orders: source.date_orders.into_iter().collect(),
            judging,
        };
        intake::import_exports(session, &plan)?.0
    };
    stage_seconds.insert("import".to_owned(), clock.elapsed().as_secs_f64());

    let clock = Instant::now();
    let tables = Tables::open(&store, choice.known.knowledge.as_deref())?;
    let ran = run_rules(session, &tables, &catalog, &rules, &settings)?;
    stage_seconds.insert("rules".to_owned(), clock.elapsed().as_secs_f64());

    let plan = plan::report(&out, wanted, &losses, &store, session.lang)?;
    let origin = session.origin(stage_seconds);
    let evidence = pipeline::evidence_dir(&store);
    let reported = pipeline::write_report(&plan, &origin, target, &tables, &evidence, &catalog)?;
    Ok(outcome::finished(session, &reported, !ran.failed.is_empty(), &out))
}

/// Where the case store goes: to the folder asked for, or to a temporary one that lasts as long as what is returned with it. That one is
/// made beside the report: the temporary folder of a laptop may be too small for years of claims.
fn store_place(store: Option<PathBuf>, out: &Path) -> Result<(PathBuf, Option<TempDir>), Failure> {
    if let Some(store) = store {
        return Ok((store, None));
    }
    let folder = tempfile::Builder::new().prefix(".feijian-store-").tempdir_in(parent(out))?;
    Ok((folder.path().to_path_buf(), Some(folder)))
}

/// The folder that `path` is in.
fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

fn run_rules(
    session: &Session,
    tables: &Tables<'_>,
    catalog: &Catalog,
    rules: &[&Rule],
    settings: &Settings,
) -> Result<RulesRun, Failure> {
    let count = rules.len();
    let mut step = |rule: &str, name: &str, rows: u64| session.say(&format!("{rule}: {name}: {rows}"));
    let trace: Option<StepTrace<'_>> = if session.verbose { Some(&mut step) } else { None };
    let progress = |done: usize, id: &str| session.progress.rule(done, count, id);
    let ran = pipeline::apply_rules(tables, catalog, rules, settings, &progress, trace);
    session.progress.clear();
    let ran = ran?;
    for id in &ran.failed {
        let reason = ran.skipped.iter().find(|skipped| skipped.rule_id == *id);
        let reason = reason.map(|skipped| skipped.reason.clone()).unwrap_or_default();
        session.fail(UsageError::RuleFailed { rule: id.clone(), reason });
    }
    Ok(ran)
}
