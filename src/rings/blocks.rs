//! Dense blocks on the bipartite side, persons × bursts: groups that send other members each time, and hide between ordinary visits.
//!
//! A burst is a moment at which a place has far more persons within minutes than its time of day explains. Ordinary visits are in no
//! burst, so camouflage takes nothing away. What is left after persons in few bursts and bursts with few of those persons are
//! peeled off, until nothing changes, is the (α,β)-core: α = `min_days` bursts of a person, β = `burst_persons` persons of a burst.

use std::collections::HashMap;

use rayon::prelude::*;

use super::events::Events;
use super::settings::{BIN_MINUTES, Settings};
use super::surprise;
use super::sweep::{self, Block, Hit, Pair};

/// Half hours of a day, or nights of a stay: the resolution of a place's ordinary day.
const BINS: usize = 48;
/// Bursts that two persons of the core have to share to be linked: one could be anybody's.
const SHARED_BURSTS: u32 = 2;

/// Persons at one place within minutes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burst {
    /// Place.
    pub place: u32,
    /// Day.
    pub day: i32,
    /// Persons, sorted.
    pub persons: Vec<u32>,
}

/// The bursts of all places, by place and day.
pub fn bursts(events: &Events, blocks: &[Block], settings: &Settings) -> Vec<Burst> {
    blocks
        .par_chunk_by(|one, other| one.place == other.place)
        .flat_map_iter(|days| of_place(events, days, settings))
        .collect()
}

fn of_place(events: &Events, days: &[Block], settings: &Settings) -> Vec<Burst> {
    let Some(place) = days.first().map(|block| events.places[block.place as usize]) else { return Vec::new() };
    let plain = || days.iter().filter(|block| !block.mass);
    let active = plain().count() as f64;
    let bin = |moment: i32| (place.bin(moment) as usize).min(BINS - 1);
    let mut histogram = [0_u64; BINS];
    for block in plain() {
        for event in &events.events[block.from..block.to] {
            histogram[bin(event.moment)] += 1;
        }
    }
    let reach = place.reach(settings);
    let share = if place.stay { 1.0 } else { f64::from(reach + 1) / f64::from(BIN_MINUTES) };
    let mut bursts = Vec::new();
    for block in plain() {
        let run = &events.events[block.from..block.to];
        let mut first = 0;
        while first < run.len() {
            let start = run[first].moment;
            let length = run[first..].partition_point(|event| event.moment - start <= reach);
            let expected = histogram[bin(start)] as f64 / active * share;
            let is_burst = length >= settings.patients.burst_persons
                && length <= settings.patients.max_crowd as usize
                && surprise::poisson(length as u64, expected) >= settings.patients.burst_surprise;
            if is_burst {
                let mut persons: Vec<u32> = run[first..first + length].iter().map(|event| event.person).collect();
                persons.sort_unstable();
                bursts.push(Burst { place: block.place, day: block.day, persons });
            }
            first += if is_burst { length } else { 1 };
        }
    }
    bursts
}

/// The (α,β)-core of persons and bursts: the bursts that are left, with the persons that are left in them.
pub fn core(mut bursts: Vec<Burst>, settings: &Settings) -> Vec<Burst> {
    loop {
        let mut days: HashMap<u32, Vec<i32>> = HashMap::new();
        for burst in &bursts {
            for person in &burst.persons {
                days.entry(*person).or_default().push(burst.day);
            }
        }
        let stays: HashMap<u32, bool> = days
            .into_iter()
            .map(|(person, mut days)| {
                days.sort_unstable();
                days.dedup();
                (person, days.len() >= settings.patients.min_days as usize)
            })
            .collect();
        let before: usize = bursts.iter().map(|burst| burst.persons.len()).sum();
        for burst in &mut bursts {
            burst.persons.retain(|person| stays.get(person) == Some(&true));
        }
        bursts.retain(|burst| burst.persons.len() >= settings.patients.burst_persons);
        if bursts.iter().map(|burst| burst.persons.len()).sum::<usize>() == before {
            return bursts;
        }
    }
}

/// Pairs of persons who share bursts of the core; what chance would give is left open.
pub fn pairs(core: &[Burst]) -> Vec<Pair> {
    let mut hits: Vec<Hit> = Vec::new();
    for burst in core {
        let crowd = u32::try_from(burst.persons.len()).unwrap_or(u32::MAX);
        for (place, low) in burst.persons.iter().enumerate() {
            let hit = |high: &u32| Hit { low: *low, high: *high, day: burst.day, crowd };
            hits.extend(burst.persons[place + 1..].iter().map(hit));
        }
    }
    hits.par_sort_unstable();
    sweep::group(&hits, SHARED_BURSTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peeling_leaves_the_dense_block() {
        let burst = |day, persons: &[u32]| Burst { place: 0, day, persons: persons.to_vec() };
        let bursts = vec![
            burst(1, &[1, 2, 3, 4, 9]),
            burst(2, &[1, 2, 3, 5]),
            burst(3, &[2, 3, 4, 5]),
            burst(4, &[1, 3, 4, 5, 7]),
            burst(5, &[1, 2, 4, 5]),
            burst(6, &[7, 8, 9, 10]),
        ];
        let core = core(bursts, &Settings::default());
        assert_eq!(core.len(), 5);
        assert!(core.iter().all(|burst| burst.persons.iter().all(|person| *person <= 5)));
        // Persons of 4 shared bursts at most, and nobody outside the block.
        assert_eq!(pairs(&core).len(), 10);
    }
}
