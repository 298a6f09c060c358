//! Who was where and when, as sorted integers: the small, engine-free form that the sweep runs over.

use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_64;

use super::error::RingsError;
use super::model::MemberKind;
use super::query;
use super::settings::{BIN_MINUTES, Settings};
use crate::casestore::source::TableSource;

/// The statement every ring query begins with.
pub const PRESENCE_SQL: &str = include_str!("presence.sql");

/// Minutes of a day.
const DAY_MINUTES: i32 = 1440;
/// Moments of a stay: admission day × 512 + nights.
const STAY_SCALE: i32 = 512;

/// A person at a place: 12 bytes, because there is one for each contact of a city's years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// Number of the place, see [`Events::places`].
    pub place: u32,
    /// As `moment` in presence.sql.
    pub moment: i32,
    /// Number of the person, see [`Events::persons`].
    pub person: u32,
}

/// An institution, its contacts and its stays apart: they crowd differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Key of the institution.
    pub inst_key: i64,
    /// Whether its events are stays.
    pub stay: bool,
}

impl Place {
    /// The day of a moment at this place, days since 1970-01-01.
    pub const fn day(&self, moment: i32) -> i32 {
        moment.div_euclid(if self.stay { STAY_SCALE } else { DAY_MINUTES })
    }

    /// The half hour of the day of a contact, or the nights of a stay, at most 511: what a place's habit is counted in.
    pub const fn bin(&self, moment: i32) -> i32 {
        if self.stay { moment.rem_euclid(STAY_SCALE) } else { moment.rem_euclid(DAY_MINUTES) / BIN_MINUTES }
    }

    /// How far apart two moments at this place may be to count as together.
    pub const fn reach(&self, settings: &Settings) -> i32 {
        if self.stay { 0 } else { settings.patients.minutes }
    }

    /// The slot of a moment: `minutes` wide for contacts, the equal stay for stays.
    pub const fn slot(&self, moment: i32, settings: &Settings) -> i32 {
        if self.stay { moment } else { moment.div_euclid(settings.patients.minutes) }
    }
}

/// All events, sorted by place, moment and person; one per person, place and day.
#[derive(Debug, Default)]
pub struct Events {
    /// Sorted.
    pub events: Vec<Event>,
    /// Person keys by number.
    pub persons: Vec<i64>,
    /// Places by number.
    pub places: Vec<Place>,
}

impl Events {
    /// Reads the events of a store, bucket by bucket: memory holds the compact events and one bucket's rows.
    ///
    /// # Errors
    /// If a table cannot be read, or persons or places are more than 32 bits can number.
    pub fn read(source: &dyn TableSource) -> Result<Self, RingsError> {
        let sql = format!("{PRESENCE_SQL}SELECT psn_key, inst_key, stay, moment FROM presence");
        let mut rows: Vec<(i64, Place, i32)> = Vec::new();
        let mut read = Self::default();
        let mut numbers: std::collections::HashMap<Place, u32> = std::collections::HashMap::new();
        for bucket in 0..source.buckets() {
            let found = query::rows(source, Some(bucket), &sql)?;
            let persons = query::integers(&found, "psn_key", 0)?;
            let institutions = query::integers(&found, "inst_key", 0)?;
            let stays = query::integers(&found, "stay", 0)?;
            let moments = query::integers(&found, "moment", 0)?;
            rows.clear();
            rows.reserve(persons.len());
            for row in 0..persons.len() {
                let place = Place { inst_key: institutions[row], stay: stays[row] == 1 };
                // A clock outside 32-bit minutes is no time of this millennium.
                let Ok(moment) = i32::try_from(moments[row]) else { continue };
                rows.push((persons[row], place, moment));
            }
            drop(found);
            // A person is in one bucket only, so numbers can be given bucket by bucket.
            rows.par_sort_unstable();
            read.events.reserve(rows.len());
            for (person, place, moment) in &rows {
                if read.persons.last() != Some(person) {
                    read.persons.push(*person);
                }
                let next = number(numbers.len(), MemberKind::Institution)?;
                let place = *numbers.entry(*place).or_insert_with(|| {
                    read.places.push(*place);
                    next
                });
                let person = number(read.persons.len() - 1, MemberKind::Person)?;
                read.events.push(Event { place, moment: *moment, person });
            }
        }
        drop(rows);
        read.events.par_sort_unstable();
        Ok(read)
    }

    /// The place of an event.
    pub fn place(&self, event: &Event) -> Place {
        self.places[event.place as usize]
    }

    /// The events of a place.
    pub fn at(&self, place: u32) -> &[Event] {
        let from = self.events.partition_point(|event| event.place < place);
        let to = self.events.partition_point(|event| event.place <= place);
        &self.events[from..to]
    }

    /// One number per place that says when somebody was there, and not what anything is called.
    pub fn place_signatures(&self) -> Vec<u64> {
        let mut signatures = vec![0_u64; self.places.len()];
        for event in &self.events {
            let stay = self.places[event.place as usize].stay;
            let mixed = mix(&[event.moment.cast_unsigned().into(), stay.into()]);
            let signature = &mut signatures[event.place as usize];
            *signature = signature.wrapping_add(mixed);
        }
        signatures
    }

    /// The events of the persons that `wanted` marks, sorted by person, place and moment.
    pub fn of_persons(&self, wanted: &[bool]) -> PersonEvents {
        let mut events: Vec<Event> =
            self.events.iter().filter(|event| wanted[event.person as usize]).copied().collect();
        events.par_sort_unstable_by_key(|event| (event.person, event.place, event.moment));
        PersonEvents { events }
    }
}

/// Events by person.
#[derive(Debug, Default)]
pub struct PersonEvents {
    events: Vec<Event>,
}

impl PersonEvents {
    /// The events of a person, by place and moment.
    pub fn of(&self, person: u32) -> &[Event] {
        let from = self.events.partition_point(|event| event.person < person);
        let to = self.events.partition_point(|event| event.person <= person);
        &self.events[from..to]
    }

    /// One number per person that says where and when they were, and not what they or the places are called: algorithms that go
    /// through persons in some order go by this, so that renaming changes nothing.
    pub fn signature(&self, person: u32, places: &[u64]) -> u64 {
        self.of(person).iter().fold(0_u64, |sum, event| {
            sum.wrapping_add(mix(&[places[event.place as usize], event.moment.cast_unsigned().into()]))
        })
    }
}

/// A hash of some numbers.
pub fn mix(numbers: &[u64]) -> u64 {
    let mut bytes = [0_u8; 32];
    for (place, number) in bytes.chunks_exact_mut(8).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    xxh3_64(&bytes)
}

/// A count as the next 32-bit number.
fn number(count: usize, kind: MemberKind) -> Result<u32, RingsError> {
    u32::try_from(count).map_err(|_| RingsError::TooMany(kind))
}
