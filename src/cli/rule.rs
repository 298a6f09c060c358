//! `feijian rule`: one rule explained, for reading or for a program.

use super::args::{RuleArgs, RuleFormat};
use super::exit::{Failure, Status};
use super::print::{json, print};
use super::session::Session;
use super::usage::UsageError;
use crate::pipeline::PipelineError;
use crate::rules::description::RuleDescription;
use crate::rules::{Catalog, Values, explain};

/// Prints the explanation.
///
/// # Errors
/// If there is no such rule, or no SQL where it was asked for.
pub fn run(session: &Session, args: &RuleArgs) -> Result<Status, Failure> {
    let catalog = Catalog::with_folder(args.own.rules_dir.as_deref())?;
    let rule = catalog.rule(&args.id).ok_or_else(|| PipelineError::NoSuchRule(catalog.unknown(&args.id)))?;
    if args.sql && rule.is_ring() {
        return Err(UsageError::NoSql(args.id.clone()).into());
    }
    match args.format {
        RuleFormat::Json => print(&json(&RuleDescription::of(rule))?)?,
        RuleFormat::Text => {
            print(&explain::text(rule, &Values::defaults(&rule.spec.params), session.lang))?;
            if args.sql {
                print(rule.sql())?;
            }
        }
    }
    Ok(Status::Done)
}
