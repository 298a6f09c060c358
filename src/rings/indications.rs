//! Rings as evidence in the form that rules return, so that money is counted once over rules and rings.

use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::*;

use super::error::RingsError;
use super::model::{Ring, RingKind, Rings};
use super::settings::{PATIENT_RING, RESALE_RING, ROTATION_RING, SHARED_PATIENTS_RING, Settings};
use crate::rules::runner::EVIDENCE;

/// File of the rings in a store's evidence folder.
pub const RINGS_JSON: &str = "rings.json";

/// The rules that a ring of this kind may be held under.
pub const fn rules_of(kind: RingKind) -> &'static [&'static str] {
    match kind {
        RingKind::Rotation => &[ROTATION_RING],
        RingKind::Institutions => &[SHARED_PATIENTS_RING],
        RingKind::Patients => &[RESALE_RING, PATIENT_RING],
    }
}

/// The rule a ring is held under: model 1 for rotation, 5 for drugs known to be resold if that rule is among `chosen`, else 7.
fn rule_of(ring: &Ring, settings: &Settings, chosen: &[&str]) -> &'static str {
    let resold = ring.resale_pct.is_some_and(|pct| pct >= settings.resale.resale_pct);
    match ring.kind {
        RingKind::Rotation => ROTATION_RING,
        RingKind::Institutions => SHARED_PATIENTS_RING,
        RingKind::Patients if resold && chosen.contains(&RESALE_RING) => RESALE_RING,
        RingKind::Patients => PATIENT_RING,
    }
}

/// The evidence of the ring rule called `rule`, one of those `chosen`, in the columns that rules return; a rule without rings has no rows.
///
/// # Errors
/// If a frame cannot be built.
pub fn evidence(rule: &str, chosen: &[&str], rings: &Rings, settings: &Settings) -> PolarsResult<DataFrame> {
    let mut cases = Vec::new();
    let mut visits = Vec::new();
    let mut measures = Vec::new();
    for ring in rings.rings.iter().filter(|ring| rule_of(ring, settings, chosen) == rule) {
        for visit in &ring.visits {
            cases.push(case_key(ring));
            visits.push(*visit);
            measures.push(ring.size() as f64);
        }
    }
    let money = |fen: fn(&super::model::RingVisit) -> i64| visits.iter().map(fen).collect::<Vec<i64>>();
    let rows = cases.len();
    df![
        "case_key" => cases,
        "role" => vec!["suspect"; rows],
        "visit_key" => money(|visit| visit.visit_key),
        "fee_key" => vec![None::<i64>; rows],
        "gross_fen" => money(|visit| visit.gross_fen),
        "inscp_fen" => money(|visit| visit.inscp_fen),
        "fund_fen" => money(|visit| visit.fund_fen),
        "measure" => measures,
        "threshold" => vec![None::<f64>; rows],
        "problem" => vec![None::<&str>; rows],
        "grade" => vec![None::<&str>; rows],
    ]?
    .sort(EVIDENCE, SortMultipleOptions::default())
}

/// The first 64 bits of the ring's id.
fn case_key(ring: &Ring) -> i64 {
    u64::from_str_radix(ring.ring_id.get(..16).unwrap_or_default(), 16).unwrap_or_default().cast_signed()
}

/// Writes the rings beside the evidence of the rules, for reports made later.
///
/// # Errors
/// If the file cannot be written.
pub fn keep(folder: &Path, rings: &Rings) -> Result<(), RingsError> {
    let path = folder.join(RINGS_JSON);
    let failed = |path: PathBuf| |source| RingsError::Io { path, source };
    let text = serde_json::to_vec(rings).map_err(|error| failed(path.clone())(error.into()))?;
    fs::write(&path, text).map_err(failed(path.clone()))
}

/// The rings kept beside the evidence; `None` when none were looked for.
///
/// # Errors
/// If the file is there and cannot be read.
pub fn kept(folder: &Path) -> Result<Option<Rings>, RingsError> {
    let path = folder.join(RINGS_JSON);
    match fs::read(&path) {
        Ok(text) => {
            serde_json::from_slice(&text).map(Some).map_err(|error| RingsError::Io { path, source: error.into() })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(RingsError::Io { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_the_search_are_those_it_knows() {
        let catalog = crate::rules::Catalog::embedded().unwrap();
        let described: Vec<(&str, u8)> = catalog
            .rules()
            .iter()
            .filter(|rule| rule.is_ring())
            .map(|rule| (rule.spec.id.as_str(), rule.spec.model))
            .collect();
        assert_eq!(described, [(ROTATION_RING, 1), (RESALE_RING, 5), (PATIENT_RING, 7), (SHARED_PATIENTS_RING, 7)]);
    }
}
