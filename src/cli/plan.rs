//! From what was typed to what is done: periods, persons and paths resolved, nothing of the command line left.

use std::path::Path;

use chrono::{Datelike, NaiveDate};

use super::args::{LossArgs, OutArgs, PrivacyArgs, SourceArgs, SplitArg, WantedArgs};
use super::exit::Failure;
use super::usage::UsageError;
use crate::calendar;
use crate::casestore::store::Store;
use crate::fields;
use crate::findings::build::Wanted;
use crate::import::losses::{Judging, LossLimits};
use crate::lang::Lang;
use crate::pipeline::{Needs, PipelineError, ReportPlan};
use crate::privacy::{Disguise, Key, user_folder};
use crate::problems::{ProblemFilter, Problems};
use crate::report::dispositions::Dispositions;
use crate::report::stored::StoredReport;
use crate::rules::Catalog;

/// The problem lists, with those of a knowledge folder; each rule they name is one of `catalog`.
///
/// # Errors
/// If a list cannot be used.
pub fn lists(knowledge: Option<&Path>, catalog: &Catalog) -> Result<Problems, Failure> {
    let lists = Problems::load(knowledge).map_err(PipelineError::from)?;
    lists.know_rules(catalog.rules().iter().map(|rule| rule.spec.id.as_str())).map_err(PipelineError::from)?;
    Ok(lists)
}

/// Whose findings are wanted, and when.
///
/// # Errors
/// If the period is none or there is no such field, problem list or item of one.
pub fn wanted(args: &WantedArgs, lists: &Problems) -> Result<Wanted, Failure> {
    let problems = ProblemFilter::parse(&args.listed.lists, &args.listed.problems).map_err(PipelineError::from)?;
    problems.known_to(lists).map_err(PipelineError::from)?;
    Ok(Wanted {
        problems,
        period: args.period.as_deref().map(period).transpose()?,
        institutions: args.institutions.clone(),
        fields: args
            .fields
            .iter()
            .map(|name| fields::field(name))
            .collect::<Result<_, _>>()
            .map_err(UsageError::Field)?,
    })
}

/// How persons appear in what is made from a store.
///
/// # Errors
/// If the key of the pseudonyms cannot be read or made.
pub fn disguise(args: &PrivacyArgs, store: &Store) -> Result<Disguise, Failure> {
    Ok(match &args.pseudonym_key {
        _ if args.reveal => Disguise::Reveal,
        Some(path) => Disguise::Mask(Key::read(path)?),
        None => Disguise::Mask(Key::of_store(store.root(), user_folder().as_deref())?),
    })
}

/// What the report of a store is to hold.
///
/// # Errors
/// If the key of the pseudonyms or the dispositions cannot be read.
pub fn report(
    args: &OutArgs,
    wanted: Wanted,
    losses: &LossArgs,
    store: &Store,
    lang: Lang,
) -> Result<ReportPlan, Failure> {
    Ok(ReportPlan {
        wanted,
        lang,
        disguise: disguise(&args.privacy, store)?,
        dispositions: args.dispositions.as_deref().map(Dispositions::read).transpose()?.unwrap_or_default(),
        since: args.since.clone(),
        split_by_institution: matches!(args.split_by, Some(SplitArg::Institution)),
        accept_losses: losses.accept_losses,
    })
}

/// By what an import is judged: the limits as typed, over the columns that any built-in rule or rule of `catalog` needs.
pub fn judging(source: &SourceArgs, catalog: &Catalog) -> Judging {
    let limits = LossLimits { rows_ppm: source.max_lost_rows, cells_ppm: source.max_lost_cells };
    Judging { limits, needed: Needs::of(catalog).all() }
}

/// Reads what a report will need besides the store, so that a wrong path is told before hours of work.
///
/// # Errors
/// If one of the files cannot be read.
pub fn check_files(args: &OutArgs) -> Result<(), Failure> {
    if let Some(path) = &args.dispositions {
        Dispositions::read(path)?;
    }
    if let Some(dir) = &args.since {
        StoredReport::open(dir)?;
    }
    if let Some(path) = args.privacy.pseudonym_key.as_ref().filter(|_| !args.privacy.reveal) {
        Key::read(path)?;
    }
    Ok(())
}

/// First and last day of `2023-01..2024-12`, `2024-03` or `2024-01-15..2024-02-14`, both ends included.
///
/// # Errors
/// If an end is neither a month nor a day, or the last comes before the first.
pub fn period(text: &str) -> Result<(i32, i32), UsageError> {
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    let (first, _) = days(from.trim()).ok_or_else(|| not_a_period(text, from))?;
    let (_, last) = days(to.trim()).ok_or_else(|| not_a_period(text, to))?;
    if last < first {
        return Err(UsageError::Backwards(text.to_owned()));
    }
    Ok((first, last))
}

fn not_a_period(text: &str, end: &str) -> UsageError {
    UsageError::Period { period: text.to_owned(), end: end.to_owned() }
}

fn days(end: &str) -> Option<(i32, i32)> {
    if let Ok(day) = NaiveDate::parse_from_str(end, "%Y-%m-%d") {
        return Some((day.to_epoch_days(), day.to_epoch_days()));
    }
    let first = NaiveDate::parse_from_str(&format!("{end}-01"), "%Y-%m-%d").ok()?;
    calendar::month_days(first.year() * 12 + first.month0().cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> i32 {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap().to_epoch_days()
    }

    #[test]
    fn periods_include_both_ends() {
        assert_eq!(period("2023-01..2024-12").unwrap(), (day("2023-01-01"), day("2024-12-31")));
        assert_eq!(period("2024-02").unwrap(), (day("2024-02-01"), day("2024-02-29")));
        assert_eq!(period("2024-01-15..2024-02").unwrap(), (day("2024-01-15"), day("2024-02-29")));
        assert!(period("2024-13").is_err());
        assert!(period("2024-05..2024-01").is_err());
    }
}
