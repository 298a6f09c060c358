//! Persons who keep being together: a sweep over sorted moments, in work bounded per place and memory bounded whatever the city.
//!
//! The same answer as edges.sql. Most pairs meet once; keeping them all would take many gigabytes. So the sweep goes round twice: first it
//! only counts, in one byte per hash of a pair, then it keeps the pairs whose byte says that they can have met often enough. More pairs
//! than the bytes can tell apart are taken in several rounds, each a share of the hashes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};

use rayon::prelude::*;

use super::events::{Event, Events, PRESENCE_SQL, PersonEvents, Place};
use super::model::Capped;
use super::query;
use super::settings::Settings;

/// Bytes of the counting table at most: 256 MiB.
const MAX_COUNTERS: usize = 1 << 28;
/// Bytes per pair of a round that keep false survivors rare.
const COUNTERS_PER_PAIR: u64 = 3;
/// A counter is left alone from here: it says "often" and must not overflow.
const FULL: u8 = 250;

/// The presences of one place on one day: a run of [`Events::events`].
#[derive(Debug, Clone, Copy)]
pub struct Block {
    /// Place.
    pub place: u32,
    /// Day.
    pub day: i32,
    /// First event.
    pub from: usize,
    /// Behind the last event.
    pub to: usize,
    /// Too many persons for the place: a day of health checks or the like, which forms no pairs.
    pub mass: bool,
}

/// Two persons who were together on several days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The person with the smaller number.
    pub low: u32,
    /// The other.
    pub high: u32,
    /// Distinct days together.
    pub days: u32,
    /// Places and days together.
    pub meetings: u32,
    /// Places and days both were at, together or not.
    pub common_days: u32,
    /// Persons in the slots they met in, added up.
    pub crowd: u64,
    /// First day together.
    pub first_day: i32,
    /// Last day together.
    pub last_day: i32,
    /// Meetings that chance would give, thousand-millionths.
    pub expected_e9: i64,
}

/// What the sweep found.
#[derive(Debug, Default)]
pub struct Swept {
    /// Pairs, by persons.
    pub pairs: Vec<Pair>,
    /// Places and days.
    pub blocks: Vec<Block>,
    /// How often two random presences at a place are together, thousand-millionths, by place.
    pub close_e9: Vec<i64>,
    /// Pairs of persons who have a place in common, counted per place: what the significance is corrected for.
    pub tested: u64,
    /// Pairs together, each day counted.
    pub together: u64,
    /// What was left out.
    pub capped: Capped,
}

/// Sweeps all events.
pub fn sweep(events: &Events, settings: &Settings) -> Swept {
    let mut swept = Swept { blocks: blocks(events, settings), ..Swept::default() };
    let counted: Vec<(u64, Capped)> = swept
        .blocks
        .par_iter()
        .map(|block| {
            let mut together = 0_u64;
            let capped = meet(events, block, settings, &mut |_, _, _| together += 1);
            (together, capped)
        })
        .collect();
    swept.close_e9 = closeness(events, &swept.blocks, settings);
    for (together, capped) in &counted {
        swept.together += together;
        swept.capped.crowded_slots += capped.crowded_slots;
        swept.capped.crowded_presences += capped.crowded_presences;
        swept.capped.mass_days += capped.mass_days;
        swept.capped.mass_presences += capped.mass_presences;
    }
    swept.tested = tested(events);

    let rounds = (swept.together * COUNTERS_PER_PAIR).div_ceil(MAX_COUNTERS as u64).max(1);
    let mut hits = Vec::new();
    for round in 0..rounds {
        hits.append(&mut frequent(events, &swept.blocks, settings, (round, rounds), swept.together));
    }
    hits.par_sort_unstable();
    let met = group(&hits, settings.patients.min_days);
    drop(hits);
    let by_person = events.of_persons(&marked(events.persons.len(), met.iter().flat_map(|pair| [pair.low, pair.high])));
    swept.pairs = met.into_par_iter().map(|pair| compared(pair, &by_person, &events.places, &swept.close_e9)).collect();
    swept
}

/// A flag per person, set for those named.
pub fn marked(persons: usize, named: impl Iterator<Item = u32>) -> Vec<bool> {
    let mut flags = vec![false; persons];
    for person in named {
        flags[person as usize] = true;
    }
    flags
}

/// Runs of one place and day, mass days marked.
fn blocks(events: &Events, settings: &Settings) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut from = 0;
    while from < events.events.len() {
        let first = events.events[from];
        let place = events.place(&first);
        let day = place.day(first.moment);
        let rest = &events.events[from..];
        let length = rest.partition_point(|event| event.place == first.place && place.day(event.moment) == day);
        blocks.push(Block { place: first.place, day, from, to: from + length, mass: false });
        from += length;
    }
    for days in blocks.chunk_by_mut(|one, other| one.place == other.place) {
        let mut sizes: Vec<usize> = days.iter().map(|block| block.to - block.from).collect();
        sizes.sort_unstable();
        let middle = sizes.len() / 2;
        // Twice the median, so that the mean of two middle sizes is exact.
        let median2 = if sizes.len() % 2 == 1 { 2 * sizes[middle] } else { sizes[middle - 1] + sizes[middle] };
        for block in days {
            let persons = block.to - block.from;
            block.mass = persons >= settings.patients.mass_persons as usize
                && 2 * persons >= settings.patients.mass_times as usize * median2;
        }
    }
    blocks
}

/// Tells `found` each two events of a block that are together (their places in the block, and the larger crowd of their slots), the earlier
/// event first. Returns what was left out.
pub fn meet(events: &Events, block: &Block, settings: &Settings, found: &mut dyn FnMut(&Event, &Event, u32)) -> Capped {
    let run = &events.events[block.from..block.to];
    let mut capped = Capped::default();
    if block.mass {
        return Capped { mass_days: 1, mass_presences: run.len() as u64, ..capped };
    }
    if run.len() < 2 {
        return capped;
    }
    let place = events.places[block.place as usize];
    let reach = place.reach(settings);
    let mut crowds: Vec<u32> = Vec::with_capacity(run.len());
    for slot in run.chunk_by(|one, other| place.slot(one.moment, settings) == place.slot(other.moment, settings)) {
        let crowd = u32::try_from(slot.len()).unwrap_or(u32::MAX);
        if crowd > settings.patients.max_crowd {
            capped.crowded_slots += 1;
            capped.crowded_presences += u64::from(crowd);
        }
        crowds.resize(crowds.len() + slot.len(), crowd);
    }
    for (first, one) in run.iter().enumerate() {
        if crowds[first] > settings.patients.max_crowd {
            continue;
        }
        for (other, crowd) in run[first + 1..].iter().zip(&crowds[first + 1..]) {
            if other.moment - one.moment > reach {
                break;
            }
            if *crowd <= settings.patients.max_crowd {
                found(one, other, crowds[first].max(*crowd));
            }
        }
    }
    capped
}

/// By place, the chance that two of its presences are together when each takes a day and a time as the place's habit has it, in
/// thousand-millionths, as edges.sql computes it. The habit is counted in days, so that a ring does not make its own meetings look usual.
fn closeness(events: &Events, blocks: &[Block], settings: &Settings) -> Vec<i64> {
    let mut close_e9 = vec![0; events.places.len()];
    for days in blocks.chunk_by(|one, other| one.place == other.place) {
        let Some(number) = days.first().map(|block| block.place as usize) else { continue };
        let place = events.places[number];
        let mut bin_days: BTreeMap<i32, i64> = BTreeMap::new();
        for block in days {
            let mut bins: Vec<i32> =
                events.events[block.from..block.to].iter().map(|event| place.bin(event.moment)).collect();
            // Sorted already, as moments are.
            bins.dedup();
            for bin in bins {
                *bin_days.entry(bin).or_default() += 1;
            }
        }
        let (squares, total) =
            bin_days.values().fold((0, 0), |(squares, total), days| (squares + days * days, total + days));
        let reach_e9 = if place.stay { settings.stay_e9() } else { settings.contact_e9() };
        let chance = squares as f64 * reach_e9 as f64 / (total as f64 * total as f64 * days.len() as f64);
        close_e9[number] = chance.floor() as i64;
    }
    close_e9
}

/// Pairs of persons with a place in common, over places, and not more than all pairs.
fn tested(events: &Events) -> u64 {
    let per_place: u64 = events
        .events
        .par_chunk_by(|one, other| one.place == other.place)
        .map(|visits| {
            let mut persons: Vec<u32> = visits.iter().map(|event| event.person).collect();
            persons.sort_unstable();
            persons.dedup();
            pairs_of(persons.len() as u64)
        })
        .sum();
    per_place.min(pairs_of(events.persons.len() as u64)).max(1)
}

/// Pairs of `n` things.
pub const fn pairs_of(n: u64) -> u64 {
    n * n.saturating_sub(1) / 2
}

/// Two persons together at a place on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// The person with the smaller number.
    pub low: u32,
    /// The other.
    pub high: u32,
    /// The day.
    pub day: i32,
    /// Persons in the slot they met in.
    pub crowd: u32,
}

/// The meetings of pairs that can have met on `min_days` days, of one share of all pairs.
fn frequent(
    events: &Events,
    blocks: &[Block],
    settings: &Settings,
    (round, rounds): (u64, u64),
    together: u64,
) -> Vec<Hit> {
    let wanted = usize::try_from(together / rounds * COUNTERS_PER_PAIR).unwrap_or(MAX_COUNTERS);
    let size = wanted.next_power_of_two().clamp(1 << 16, MAX_COUNTERS);
    let counters: Vec<AtomicU8> = std::iter::repeat_with(|| AtomicU8::new(0)).take(size).collect();
    let counter = |one: &Event, other: &Event| {
        let (low, high) = (one.person.min(other.person), one.person.max(other.person));
        let hash = pair_hash(low, high);
        (hash % rounds == round).then(|| &counters[(hash >> 32) as usize & (size - 1)])
    };
    blocks.par_iter().for_each(|block| {
        meet(events, block, settings, &mut |one, other, _| {
            if let Some(counter) = counter(one, other)
                && counter.load(Ordering::Relaxed) < FULL
            {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
    });
    let least = u8::try_from(settings.patients.min_days).unwrap_or(FULL).min(FULL);
    blocks
        .par_iter()
        .fold(Vec::new, |mut hits, block| {
            meet(events, block, settings, &mut |one, other, crowd| {
                if counter(one, other).is_some_and(|counter| counter.load(Ordering::Relaxed) >= least) {
                    let (low, high) = (one.person.min(other.person), one.person.max(other.person));
                    hits.push(Hit { low, high, day: block.day, crowd });
                }
            });
            hits
        })
        .reduce(Vec::new, |mut all, mut some| {
            all.append(&mut some);
            all
        })
}

/// Spreads pairs over the counters; splitmix64 is enough and fast.
fn pair_hash(low: u32, high: u32) -> u64 {
    let mut z = (u64::from(low) << 32 | u64::from(high)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Pairs with at least so many distinct days. `hits` is sorted. What chance would give is left open, see [`compared`].
pub fn group(hits: &[Hit], least_days: u32) -> Vec<Pair> {
    hits.chunk_by(|one, other| (one.low, one.high) == (other.low, other.high))
        .filter_map(|met| {
            let (first, last) = (met.first()?, met.last()?);
            let days = met.chunk_by(|one, other| one.day == other.day).count();
            let days = u32::try_from(days).unwrap_or(u32::MAX);
            (days >= least_days).then(|| Pair {
                low: first.low,
                high: first.high,
                days,
                meetings: u32::try_from(met.len()).unwrap_or(u32::MAX),
                common_days: 0,
                crowd: met.iter().map(|hit| u64::from(hit.crowd)).sum(),
                first_day: first.day,
                last_day: last.day,
                expected_e9: 0,
            })
        })
        .collect()
}

/// The pair with what chance would give and the days both were at one place.
pub fn compared(mut pair: Pair, by_person: &PersonEvents, places: &[Place], close_e9: &[i64]) -> Pair {
    let (mut one, mut other) = (by_person.of(pair.low), by_person.of(pair.high));
    let (mut expected, mut common) = (0_i64, 0_u32);
    while let (Some(a), Some(b)) = (one.first(), other.first()) {
        let of_one = one.partition_point(|event| event.place == a.place);
        let of_other = other.partition_point(|event| event.place == b.place);
        match a.place.cmp(&b.place) {
            std::cmp::Ordering::Less => one = &one[of_one..],
            std::cmp::Ordering::Greater => other = &other[of_other..],
            std::cmp::Ordering::Equal => {
                let both = (of_one as i64).saturating_mul(of_other as i64);
                expected = expected.saturating_add(both.saturating_mul(close_e9[a.place as usize]));
                common += common_days(&one[..of_one], &other[..of_other], places[a.place as usize]);
                (one, other) = (&one[of_one..], &other[of_other..]);
            }
        }
    }
    pair.expected_e9 = expected;
    pair.common_days = common;
    pair
}

/// Days on which both runs, of one place, have an event.
fn common_days(mut one: &[Event], mut other: &[Event], place: Place) -> u32 {
    let mut days = 0;
    while let (Some(a), Some(b)) = (one.first(), other.first()) {
        let (day_a, day_b) = (place.day(a.moment), place.day(b.moment));
        days += u32::from(day_a == day_b);
        if day_a <= day_b {
            one = &one[1..];
        }
        if day_b <= day_a {
            other = &other[1..];
        }
    }
    days
}

/// The statement that finds the same pairs on another engine, limits put in: its rows are what `feijian rings --edges` reads.
pub fn edges_sql(settings: &Settings) -> String {
    let edges = include_str!("edges.sql");
    query::with_limits(&format!("{PRESENCE_SQL}{edges}"), settings)
}
