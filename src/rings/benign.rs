//! Pairs of persons that everyday life explains: households, homes, school classes, courses of treatment. They form no ring.
//!
//! Dialysis, chemotherapy, rehabilitation and births are gone before: presence.sql leaves their visits out. Health-check days are left out by
//! the sweep. An employer is in no table of the store: colleagues who are sent somewhere once fail `min_days`, colleagues on a
//! mass day the sweep, and other colleagues are not recognised.

use std::collections::{BTreeSet, HashMap};

use polars::prelude::*;

use super::courses;
use super::error::RingsError;
use super::events::{Event, PersonEvents, Place};
use super::model::Benign;
use super::query;
use super::settings::Settings;
use super::store::member_visits;
use crate::casestore::source::{TableSource, matching};
use crate::frames::Columns;

/// Days of a year, for ages.
const YEAR_DAYS: f64 = 365.25;
/// Age below which somebody is brought by others.
const MINOR_YEARS: f64 = 18.0;

/// What is known about a person besides the visits.
#[derive(Debug, Clone, Default)]
pub struct Attributes {
    /// Telephone and the number of persons who gave it.
    tel: Option<(String, u32)>,
    /// Address and the number of persons who gave it.
    addr: Option<(String, u32)>,
    /// Day of birth.
    birth_day: Option<i32>,
}

/// Attributes of the persons with these keys.
///
/// # Errors
/// If the table of persons cannot be read.
pub fn attributes(source: &dyn TableSource, keys: &[i64]) -> Result<HashMap<i64, Attributes>, RingsError> {
    let columns = ["psn_key", "tel", "addr", "birth_day"];
    let Some(rows) = matching(source, "person", None, &columns, keys)? else {
        return Ok(HashMap::new());
    };
    let (tels, addrs) = (sharers(source, &rows, "tel")?, sharers(source, &rows, "addr")?);
    let (texts, places) = (query::texts(&rows, "tel")?, query::texts(&rows, "addr")?);
    let births = query::optional(&rows, "birth_day")?;
    let keys = query::integers(&rows, "psn_key", 0)?;
    let counted = |text: &Option<String>, counts: &HashMap<String, u32>| {
        text.as_ref().and_then(|text| Some((text.clone(), *counts.get(text)?)))
    };
    Ok((0..keys.len())
        .map(|row| {
            let birth_day = births[row].and_then(|day| i32::try_from(day).ok());
            (keys[row], Attributes { tel: counted(&texts[row], &tels), addr: counted(&places[row], &addrs), birth_day })
        })
        .collect())
}

/// How many persons of the whole table have each of the values of `column` in `rows`.
fn sharers(source: &dyn TableSource, rows: &DataFrame, column: &str) -> Result<HashMap<String, u32>, RingsError> {
    let Some(persons) = source.read("person", None, Columns::Named(&[column]))? else { return Ok(HashMap::new()) };
    let wanted = rows
        .clone()
        .lazy()
        .select([col(column)])
        .filter(col(column).is_not_null())
        .unique(None, UniqueKeepStrategy::Any);
    let counts = persons
        .lazy()
        .join(wanted, [col(column)], [col(column)], JoinArgs::new(JoinType::Semi))
        .group_by([col(column)])
        .agg([len().cast(DataType::Int64).alias("persons")])
        .collect()?;
    let (texts, persons) = (query::texts(&counts, column)?, query::integers(&counts, "persons", 0)?);
    let count = |persons: i64| u32::try_from(persons).unwrap_or(u32::MAX);
    Ok(texts.into_iter().zip(persons).filter_map(|(text, persons)| Some((text?, count(persons)))).collect())
}

/// What explains two persons, if something does.
pub struct Explain<'a> {
    /// The store.
    pub source: &'a dyn TableSource,
    /// Limits.
    pub settings: &'a Settings,
    /// What is known of persons, by key.
    pub attributes: &'a HashMap<i64, Attributes>,
    /// Person keys by number.
    pub persons: &'a [i64],
    /// Their events.
    pub by_person: &'a PersonEvents,
    /// Places by number.
    pub places: &'a [Place],
    /// Places that are pharmacies: nobody has a course of treatment there.
    pub pharmacies: &'a [bool],
}

impl Explain<'_> {
    /// What explains each of these pairs. A minor with more elders than a family has is nobody's child among them.
    ///
    /// # Errors
    /// If what visits billed cannot be read.
    pub fn pairs(&self, pairs: &[(u32, u32)]) -> Result<Vec<Option<Benign>>, RingsError> {
        let mut reasons: Vec<Option<Benign>> = pairs.iter().map(|(low, high)| self.pair(*low, *high)).collect();
        let mut elders: HashMap<u32, u32> = HashMap::new();
        let minor = |(low, high): (u32, u32)| if self.birth_day(low) > self.birth_day(high) { low } else { high };
        for (pair, _) in pairs.iter().zip(&reasons).filter(|(_, reason)| **reason == Some(Benign::ParentChild)) {
            *elders.entry(minor(*pair)).or_default() += 1;
        }
        for (pair, reason) in pairs.iter().zip(&mut reasons) {
            if *reason == Some(Benign::ParentChild)
                && elders.get(&minor(*pair)).is_some_and(|elders| *elders > self.settings.patients.elders)
            {
                *reason = None;
            }
        }
        let open: Vec<usize> = (0..pairs.len()).filter(|pair| reasons[*pair].is_none()).collect();
        let courses = self.courses(&open.iter().map(|pair| pairs[*pair]).collect::<Vec<_>>())?;
        for (pair, course) in open.into_iter().zip(courses) {
            reasons[pair] = course;
        }
        Ok(reasons)
    }

    fn birth_day(&self, person: u32) -> Option<i32> {
        self.attributes.get(&self.persons[person as usize])?.birth_day
    }

    /// Why these two persons are together, if everyday life explains it.
    fn pair(&self, low: u32, high: u32) -> Option<Benign> {
        let nobody = Attributes::default();
        let of = |person: u32| self.attributes.get(&self.persons[person as usize]).unwrap_or(&nobody);
        let (one, other) = (of(low), of(high));
        let same = |one: &Option<(String, u32)>, other: &Option<(String, u32)>| match (one, other) {
            (Some((a, persons)), Some((b, _))) if a == b => Some(*persons),
            _ => None,
        };
        if let Some(persons) =
            same(&one.addr, &other.addr).filter(|persons| *persons <= self.settings.patients.crowded_address)
        {
            return Some(if persons <= self.settings.patients.household { Benign::Household } else { Benign::Home });
        }
        // One telephone for many cards is how a card holder registers them: it explains a household only.
        if same(&one.tel, &other.tel).is_some_and(|persons| persons <= self.settings.patients.household) {
            return Some(Benign::Household);
        }
        if let (Some(a), Some(b)) = (one.birth_day, other.birth_day) {
            let last = self.last_day(low).max(self.last_day(high));
            let age = |birth: i32| f64::from(last - birth) / YEAR_DAYS;
            let (younger, older) = (age(a.max(b)), age(a.min(b)));
            if older < MINOR_YEARS {
                return Some(Benign::Minors);
            }
            if younger < MINOR_YEARS && older - younger >= 16.0 {
                return Some(Benign::ParentChild);
            }
        }
        None
    }

    fn last_day(&self, person: u32) -> i32 {
        let days = self.by_person.of(person).iter().map(|event| self.places[event.place as usize].day(event.moment));
        days.max().unwrap_or_default()
    }

    /// Whether a course of treatment explains each of these pairs: both come to one hospital by a regular calendar, and one of them at
    /// least to be treated. Who is treated is there for that, whoever else comes on those days.
    fn courses(&self, pairs: &[(u32, u32)]) -> Result<Vec<Option<Benign>>, RingsError> {
        let persons: BTreeSet<u32> = pairs.iter().flat_map(|(low, high)| [*low, *high]).collect();
        let regular: HashMap<u32, BTreeSet<u32>> =
            persons.into_iter().map(|person| (person, self.regular_places(person))).collect();
        let shared = |(low, high): (u32, u32)| regular[&low].intersection(&regular[&high]).copied();
        let asked: BTreeSet<(u32, u32)> =
            pairs.iter().flat_map(|pair| shared(*pair).flat_map(|place| [(pair.0, place), (pair.1, place)])).collect();
        let treated = self.treated(&asked)?;
        let course = |pair: &(u32, u32)| {
            let both = shared(*pair).map(|place| match (treated[&(pair.0, place)], treated[&(pair.1, place)]) {
                (Some(true), _) | (_, Some(true)) => Some(Benign::Course),
                (None, None) => Some(Benign::Calendar),
                _ => None,
            });
            both.flatten().min()
        };
        Ok(pairs.iter().map(course).collect())
    }

    /// Hospitals that a person comes to by a regular calendar.
    fn regular_places(&self, person: u32) -> BTreeSet<u32> {
        let by_place = self.by_person.of(person).chunk_by(|one, other| one.place == other.place);
        by_place.filter(|run| self.is_regular(run)).filter_map(|run| run.first().map(|event| event.place)).collect()
    }

    /// Whether these persons were treated at these places on enough of their visits; none where no line of them is known.
    fn treated(&self, asked: &BTreeSet<(u32, u32)>) -> Result<HashMap<(u32, u32), Option<bool>>, RingsError> {
        if asked.is_empty() {
            return Ok(HashMap::new());
        }
        let mut keys: Vec<i64> = asked.iter().map(|(person, _)| self.persons[*person as usize]).collect();
        keys.dedup();
        let mut visits: HashMap<(i64, Place), Vec<i64>> = HashMap::new();
        for visit in member_visits(self.source, &keys)? {
            visits.entry((visit.person, visit.place)).or_default().push(visit.visit.visit_key);
        }
        let known = courses::treated(self.source, &visits.values().flatten().copied().collect::<Vec<_>>(), &[])?;
        let share = |(person, place): (u32, u32)| {
            let visits = visits
                .get(&(self.persons[person as usize], self.places[place as usize]))
                .map_or(&[][..], Vec::as_slice);
            let billed: Vec<bool> = visits.iter().filter_map(|visit| known.get(visit).copied()).collect();
            let treated = billed.iter().filter(|treated| **treated).count();
            (!billed.is_empty()).then(|| treated * 100 >= billed.len() * self.settings.patients.course_treated_pct)
        };
        Ok(asked.iter().map(|pair| (*pair, share(*pair))).collect())
    }

    fn is_regular(&self, run: &[Event]) -> bool {
        let Some(first) = run.first() else { return false };
        let place = self.places[first.place as usize];
        if place.stay || self.pharmacies[first.place as usize] || run.len() < self.settings.patients.course_visits {
            return false;
        }
        let days: Vec<i32> = run.iter().map(|event| place.day(event.moment)).collect();
        let mut gaps: Vec<i32> = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
        gaps.sort_unstable();
        let median = gaps[gaps.len() / 2];
        let near = gaps.iter().filter(|gap| (**gap - median).abs() <= 1).count();
        median <= self.settings.patients.course_gap_days
            && near * 100 >= gaps.len() * self.settings.patients.course_regular_pct
    }
}
