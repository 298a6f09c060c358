//! `feijian import`: exports into a case store, and no further.

use super::args::ImportArgs;
use super::exit::{Failure, Status};
use super::session::Session;
use super::{intake, outcome, plan};
use crate::import::ImportPlan;
use crate::rules::Catalog;

/// Imports and tells what became of the exports.
///
/// # Errors
/// If an export cannot be read or the store not be written.
pub fn run(session: &Session, args: ImportArgs) -> Result<Status, Failure> {
    let period = args.period.as_deref().map(plan::period).transpose()?;
    let patterns = args.source.patterns();
    let judging = plan::judging(&args.source, &Catalog::embedded()?);
    let plan =
        ImportPlan { exports: args.exports, patterns, maps: args.source.maps, store: args.store, period, judging };
    let (_, imported) = intake::import_exports(session, &plan)?;
    Ok(outcome::imported(session, &imported.losses, &args.losses))
}
