//! Pairs of persons that neither chance nor everyday life explains.

use std::collections::BTreeMap;

use super::benign::{self, Explain};
use super::error::RingsError;
use super::events::{Events, PersonEvents};
use super::model::Account;
use super::settings::Settings;
use super::store::Directory;
use super::surprise;
use super::sweep::{self, Pair, Swept};
use crate::casestore::source::TableSource;

/// A pair that is an edge, with how surprising it is.
pub struct Kept {
    /// The pair.
    pub pair: Pair,
    /// −log10 of the chance of so many days together.
    pub surprise: f64,
}

/// Pairs that chance does not explain, and pairs of the dense core.
pub fn surprising(
    swept: &Swept,
    core_pairs: Vec<Pair>,
    events: &Events,
    by_person: &PersonEvents,
    settings: &Settings,
    account: &mut Account,
) -> Vec<Kept> {
    let measure = |pair: Pair| {
        let expected = pair.expected_e9.max(1) as f64 / 1e9;
        Kept { surprise: surprise::poisson(pair.days.into(), expected), pair }
    };
    let measured: Vec<Kept> = swept.pairs.iter().copied().map(measure).collect();
    let cutoff = surprise::cutoff(
        measured.iter().map(|kept| kept.surprise).collect(),
        swept.tested,
        settings.patients.false_discovery_pct / 100.0,
    );
    (account.together, account.tested, account.pairs) = (swept.together, swept.tested, measured.len() as u64);
    account.cutoff = cutoff.is_finite().then_some(cutoff);
    account.capped = swept.capped;
    let mut kept: BTreeMap<(u32, u32), Kept> = BTreeMap::new();
    for pair in core_pairs {
        let pair = sweep::compared(pair, by_person, &events.places, &swept.close_e9);
        kept.insert((pair.low, pair.high), measure(pair));
    }
    for found in measured {
        if found.surprise >= cutoff {
            account.surprising += 1;
            kept.insert((found.pair.low, found.pair.high), found);
        }
    }
    let mut kept: Vec<Kept> = kept.into_values().collect();
    // Days at one place without meeting there speak against a common purpose.
    kept.retain(|kept| kept.pair.meetings * 100 >= settings.patients.min_together_pct * kept.pair.common_days);
    kept
}

/// Takes out the pairs that everyday life explains.
///
/// # Errors
/// If a table cannot be read.
pub fn unexplained(
    mut kept: Vec<Kept>,
    source: &dyn TableSource,
    events: &Events,
    directory: &Directory,
    by_person: &PersonEvents,
    settings: &Settings,
    account: &mut Account,
) -> Result<Vec<Kept>, RingsError> {
    let mut keys: Vec<i64> = kept
        .iter()
        .flat_map(|kept| [kept.pair.low, kept.pair.high])
        .map(|person| events.persons[person as usize])
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let attributes = benign::attributes(source, &keys)?;
    let pharmacies: Vec<bool> =
        events.places.iter().map(|place| directory.institution(place.inst_key).pharmacy).collect();
    let explain = Explain {
        source,
        settings,
        attributes: &attributes,
        persons: &events.persons,
        by_person,
        places: &events.places,
        pharmacies: &pharmacies,
    };
    let reasons = explain.pairs(&kept.iter().map(|kept| (kept.pair.low, kept.pair.high)).collect::<Vec<_>>())?;
    let mut reasons = reasons.into_iter();
    kept.retain(|_| match reasons.next().flatten() {
        Some(reason) => {
            *account.explained.entry(reason).or_default() += 1;
            false
        }
        None => true,
    });
    Ok(kept)
}
