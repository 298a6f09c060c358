//! What surrounds a finding: the stays and visits of the person it is about, laid out lane by lane.
//!
//! A finding about one person shows that person's visits around the period in question, a lane for each institution. A finding
//! about several persons shows the visits behind it, a lane for each person.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;

use super::build::{EvidenceRow, Findings};
use super::model::Finding;
use super::records::{INSTITUTION_COLUMNS, named};
use crate::casestore::source::{TableSource, matching};

/// Days shown before and after the days of a finding.
const MARGIN_DAYS: i32 = 30;
/// Lanes of one history; what does not fit is counted in [`History::more`].
const LANES: usize = 8;

/// The visits around one finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// The finding.
    pub finding_id: String,
    /// First day shown, days since 1970-01-01.
    pub first_day: i32,
    /// Last day shown.
    pub last_day: i32,
    /// Institutions, or persons, in the order of their first visit.
    pub lanes: Vec<Lane>,
    /// Lanes left out for lack of room.
    pub more: usize,
}

/// The visits at one institution, or of one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lane {
    /// Institution or person; `None` when unknown.
    pub name: Option<String>,
    /// Visits in the order of their days.
    pub contacts: Vec<Contact>,
    /// Suspect fee lines: day and how many.
    pub lines: BTreeMap<i32, u64>,
}

/// One stay or visit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// Day of admission or of the visit.
    pub first_day: i32,
    /// Day of discharge; that of the visit outside stays.
    pub last_day: i32,
    /// Whether it is a stay.
    pub stay: bool,
    /// Whether the finding counts it, or a line of it.
    pub suspect: bool,
    /// Number of the visit.
    pub mdtrt_id: String,
    /// Paid by the fund, fen.
    pub fund_fen: i64,
}

/// A visit as it is read for this purpose.
struct Visit {
    visit_key: i64,
    psn_key: Option<i64>,
    inst_key: Option<i64>,
    contact: Contact,
}

/// The histories of the findings at these places of `all.findings`.
///
/// # Errors
/// If a table cannot be read.
pub fn histories(all: &Findings, places: &[usize], source: &dyn TableSource) -> PolarsResult<Vec<History>> {
    let mut persons = BTreeSet::new();
    let mut visits = BTreeSet::new();
    for place in places {
        match person_of(all, *place) {
            Some(person) => {
                persons.insert(person);
            }
            None => visits.extend(rows_of(all, *place).iter().map(|row| row.visit_key)),
        }
    }
    let of_persons = read(source, "psn_key", &persons)?;
    let of_visits = read(source, "visit_key", &visits)?;
    let institutions: BTreeSet<i64> = of_persons.iter().chain(&of_visits).filter_map(|visit| visit.inst_key).collect();
    let names = institution_names(source, &institutions)?;
    let mut by_person: HashMap<i64, Vec<&Visit>> = HashMap::new();
    for visit in &of_persons {
        if let Some(person) = visit.psn_key {
            by_person.entry(person).or_default().push(visit);
        }
    }
    let by_key: HashMap<i64, &Visit> = of_visits.iter().map(|visit| (visit.visit_key, visit)).collect();
    let shown = places.iter().map(|place| {
        let finding = &all.findings[*place];
        let (visits, by_place) = match person_of(all, *place) {
            Some(person) => (by_person.get(&person).cloned().unwrap_or_default(), true),
            None => {
                let keys: BTreeSet<i64> = rows_of(all, *place).iter().map(|row| row.visit_key).collect();
                (keys.iter().filter_map(|key| by_key.get(key).copied()).collect(), false)
            }
        };
        history(all, *place, finding, &visits, by_place, &names)
    });
    Ok(shown.collect())
}

fn rows_of(all: &Findings, place: usize) -> &[EvidenceRow] {
    all.evidence(&all.findings[place])
}

/// The one person that all suspect records of a finding name.
fn person_of(all: &Findings, place: usize) -> Option<i64> {
    let mut suspects = rows_of(all, place).iter().filter(|row| row.suspect);
    let person = |row: &EvidenceRow| all.records.record(row.visit_key, row.fee_key)?.person;
    let first = person(suspects.next()?)?;
    suspects.all(|row| person(row) == Some(first)).then(|| all.records.persons.key(first))
}

fn history(
    all: &Findings,
    place: usize,
    finding: &Finding,
    visits: &[&Visit],
    by_place: bool,
    names: &HashMap<i64, String>,
) -> History {
    let suspects: BTreeSet<i64> =
        rows_of(all, place).iter().filter(|row| row.suspect).map(|row| row.visit_key).collect();
    let first_day = finding.first_day.unwrap_or_default().saturating_sub(MARGIN_DAYS);
    let last_day = finding.last_day.unwrap_or_default().saturating_add(MARGIN_DAYS);
    let mut lanes: BTreeMap<Option<i64>, Lane> = BTreeMap::new();
    let mut lane_of_visit: HashMap<i64, Option<i64>> = HashMap::new();
    for visit in visits {
        if visit.contact.last_day < first_day || visit.contact.first_day > last_day {
            continue;
        }
        let key = if by_place { visit.inst_key } else { visit.psn_key };
        let lane = lanes.entry(key).or_insert_with(|| Lane {
            name: key.and_then(|key| {
                if by_place {
                    names.get(&key).cloned()
                } else {
                    all.records.persons.of_key(key).map(|named| named.code.to_string())
                }
            }),
            ..Lane::default()
        });
        lane.contacts.push(Contact { suspect: suspects.contains(&visit.visit_key), ..visit.contact.clone() });
        lane_of_visit.insert(visit.visit_key, key);
    }
    for row in rows_of(all, place).iter().filter(|row| row.suspect && row.fee_key.get().is_some()) {
        let lane = lane_of_visit.get(&row.visit_key).and_then(|key| lanes.get_mut(key));
        if let (Some(lane), Some(record)) = (lane, all.records.record(row.visit_key, row.fee_key)) {
            *lane.lines.entry(record.first_day).or_default() += 1;
        }
    }
    let mut lanes: Vec<Lane> = lanes.into_values().collect();
    for lane in &mut lanes {
        lane.contacts.sort_by(|one, other| {
            (one.first_day, one.last_day, &one.mdtrt_id).cmp(&(other.first_day, other.last_day, &other.mdtrt_id))
        });
    }
    // What the finding is about comes first, whatever happened before it.
    lanes.sort_by_cached_key(|lane| {
        let first = lane.contacts.first().map(|contact| contact.first_day);
        (!lane.contacts.iter().any(|contact| contact.suspect), first, lane.name.clone())
    });
    let more = lanes.len().saturating_sub(LANES);
    lanes.truncate(LANES);
    History { finding_id: finding.finding_id.clone(), first_day, last_day, lanes, more }
}

/// Visits whose `key`, that of the visit or of the person, is among `keys`.
fn read(source: &dyn TableSource, key: &str, keys: &BTreeSet<i64>) -> PolarsResult<Vec<Visit>> {
    let keys: Vec<i64> = keys.iter().copied().collect();
    let mut columns = vec!["visit_key", "psn_key", "inst_key"];
    columns.extend(["adm_day", "dscg_day", "fund_fen", "mdtrt_id", "care_setting"]);
    columns.sort_by_key(|column| *column != key);
    let mut visits = Vec::new();
    for bucket in 0..source.buckets() {
        let Some(rows) = matching(source, "visit", Some(bucket), &columns, &keys)? else { continue };
        let big = |name: &str| rows.column(name).and_then(|column| column.i64().cloned());
        let int = |name: &str| rows.column(name).and_then(|column| column.i32().cloned());
        let (keys, persons, institutions) = (big("visit_key")?, big("psn_key")?, big("inst_key")?);
        let (first, last, fund) = (int("adm_day")?, int("dscg_day")?, big("fund_fen")?);
        let (numbers, settings) = (rows.column("mdtrt_id")?.str()?, rows.column("care_setting")?.str()?);
        for row in 0..rows.height() {
            let (Some(visit_key), Some(first_day)) = (keys.get(row), first.get(row)) else { continue };
            visits.push(Visit {
                visit_key,
                psn_key: persons.get(row),
                inst_key: institutions.get(row),
                contact: Contact {
                    first_day,
                    last_day: last.get(row).unwrap_or(first_day),
                    stay: settings.get(row) == Some("inpatient"),
                    suspect: false,
                    mdtrt_id: numbers.get(row).unwrap_or_default().to_owned(),
                    fund_fen: fund.get(row).unwrap_or_default(),
                },
            });
        }
    }
    Ok(visits)
}

/// Name of each institution, its code where it has none.
fn institution_names(source: &dyn TableSource, keys: &BTreeSet<i64>) -> PolarsResult<HashMap<i64, String>> {
    let keys: Vec<i64> = keys.iter().copied().collect();
    let Some(rows) = matching(source, "institution", None, &INSTITUTION_COLUMNS, &keys)? else {
        return Ok(HashMap::new());
    };
    let names = named(&rows, &INSTITUTION_COLUMNS)?.into_iter();
    Ok(names.map(|(key, named)| (key, named.name.unwrap_or(named.code).to_string())).collect())
}
