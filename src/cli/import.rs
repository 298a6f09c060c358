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
    let judging = plan::judging(&args.source, &Catalog::embedded()?);
    let plan = ImportPlan {
        exports: args.exports,
        patterns: args.source.patterns(),
        maps: args.source.maps,
        store: args.store,
        period,
        date_orders: args.source.date_orders.into_iter().collect(),
        judging,
    };
    let (_, imported) = intake::import_exports(session, &plan)?;
    Ok(outcome::imported(session, &imported.losses, &args.losses))
}
