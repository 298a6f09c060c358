//! The search over a store, step by step.

use super::error::RingsError;
use super::events::Events;
use super::model::Rings;
use super::settings::Settings;
use super::store::{self, Directory};
use super::{institutions, persons, rotation, score};
use crate::casestore::source::TableSource;

/// Finds the rings of a store.
///
/// # Errors
/// If a table cannot be read.
pub fn find(source: &dyn TableSource, settings: &Settings) -> Result<Rings, RingsError> {
    let events = Events::read(source)?;
    let directory = Directory::read(source)?;
    let mut rings = Rings::default();
    rings.account.presences = events.events.len() as u64;
    rings.account.persons = events.persons.len() as u64;
    rings.account.planned_visits = store::planned_visits(source)?;
    persons::add_rings(source, &events, &directory, settings, &mut rings)?;
    institutions::add_rings(source, &events, &directory, settings, &mut rings)?;
    drop(events);
    rotation::add_rings(source, &directory, settings, &mut rings)?;
    score::rank(&mut rings.rings);
    Ok(rings)
}
