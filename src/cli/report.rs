//! `feijian report`: the report of a case store whose rules have run.

use std::collections::BTreeMap;

use super::args::ReportArgs;
use super::exit::{Failure, Status};
use super::session::Session;
use super::{outcome, plan};
use crate::casestore::store::Store;
use crate::pipeline::{self, Tables};
use crate::report::outdir::OutDir;
use crate::rules::Catalog;

/// Writes the report.
///
/// # Errors
/// If the store or the evidence cannot be read, or the report not be written.
pub fn run(session: &Session, args: ReportArgs) -> Result<Status, Failure> {
    let catalog = Catalog::with_folder(args.own.rules_dir.as_deref())?;
    let store = Store::open(&args.store)?;
    let wanted = plan::wanted(&args.wanted, &plan::lists(args.known.knowledge.as_deref(), &catalog)?)?;
    let target = OutDir::create(&args.out.out)?;
    let evidence = args.evidence.unwrap_or_else(|| pipeline::evidence_dir(&store));
    let plan = plan::report(&args.out, wanted, &args.losses, &store, session.lang)?;
    let origin = session.origin(BTreeMap::new());
    let tables = Tables::open(&store, args.known.knowledge.as_deref())?;
    let reported = pipeline::write_report(&plan, &origin, target, &tables, &evidence, &catalog)?;
    Ok(outcome::finished(session, &reported, false, &args.out))
}
