//! What an inspector can use: when and where members met, and the largest sets "these n cards on these m days".

use std::collections::{BTreeSet, HashMap};

use super::events::{Event, Events, PersonEvents};
use super::settings::Settings;
use super::sweep::Block;

/// Sets looked at per ring; rings of ordinary size have far fewer.
const MAX_SETS: usize = 4096;

/// Members together at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Place.
    pub place: u32,
    /// Day.
    pub day: i32,
    /// First member's moment.
    pub from: i32,
    /// Last member's moment.
    pub to: i32,
    /// Members there, as positions in the ring, sorted.
    pub members: Vec<usize>,
    /// Everybody there between the first and the last member, members included.
    pub persons: usize,
}

/// The same members on several days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedSet {
    /// Members, as positions in the ring, sorted.
    pub members: Vec<usize>,
    /// Days on which all of them met, sorted.
    pub days: Vec<i32>,
}

impl ClosedSet {
    /// Cards × days.
    pub fn area(&self) -> usize {
        self.members.len() * self.days.len()
    }
}

/// Meetings of `members`: two at least, each within reach of the next. By place and time.
pub fn meetings(
    members: &[u32],
    events: &Events,
    blocks: &[Block],
    by_person: &PersonEvents,
    settings: &Settings,
) -> Vec<Meeting> {
    let mut present: Vec<(Event, usize)> = Vec::new();
    for (position, member) in members.iter().enumerate() {
        present.extend(by_person.of(*member).iter().map(|event| (*event, position)));
    }
    present.sort_unstable_by_key(|(event, position)| (event.place, event.moment, *position));
    let together = |one: &(Event, usize), other: &(Event, usize)| {
        let place = events.place(&one.0);
        one.0.place == other.0.place
            && other.0.moment - one.0.moment <= place.reach(settings)
            && place.day(one.0.moment) == place.day(other.0.moment)
    };
    present
        .chunk_by(together)
        .filter_map(|run| {
            let ((first, _), (last, _)) = (run.first()?, run.last()?);
            let day = events.place(first).day(first.moment);
            let block = block(blocks, first.place, day).filter(|block| !block.mass && run.len() >= 2)?;
            let all = &events.events[block.from..block.to];
            let from = all.partition_point(|event| event.moment < first.moment);
            let to = all.partition_point(|event| event.moment <= last.moment);
            let mut members: Vec<usize> = run.iter().map(|(_, position)| *position).collect();
            members.sort_unstable();
            Some(Meeting { place: first.place, day, from: first.moment, to: last.moment, members, persons: to - from })
        })
        .collect()
}

fn block(blocks: &[Block], place: u32, day: i32) -> Option<&Block> {
    blocks.binary_search_by_key(&(place, day), |block| (block.place, block.day)).ok().map(|at| &blocks[at])
}

/// The largest closed sets, by cards × days: of two members and two days at least, none inside another, three at most.
///
/// A set is closed when nobody else was at all of its meetings: intersections of meetings are, and all are tried up to a bound.
pub fn closed_sets(meetings: &[Meeting]) -> Vec<ClosedSet> {
    let mut seen: BTreeSet<Vec<usize>> = BTreeSet::new();
    let mut waiting: Vec<Vec<usize>> = Vec::new();
    // Large meetings first: when the bound is reached, the largest sets have been tried.
    let mut bases: Vec<&Vec<usize>> = meetings.iter().map(|meeting| &meeting.members).collect();
    bases.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    bases.dedup();
    for base in &bases {
        if seen.len() < MAX_SETS && seen.insert((*base).clone()) {
            waiting.push((*base).clone());
        }
    }
    let mut next = 0;
    while next < waiting.len() {
        for base in &bases {
            let common: Vec<usize> = waiting[next].iter().filter(|member| base.binary_search(member).is_ok()).copied().collect();
            if common.len() >= 2 && seen.len() < MAX_SETS && seen.insert(common.clone()) {
                waiting.push(common);
            }
        }
        next += 1;
    }
    let days = |set: &[usize]| {
        let all = meetings.iter().filter(|meeting| set.iter().all(|member| meeting.members.binary_search(member).is_ok()));
        let mut days: Vec<i32> = all.map(|meeting| meeting.day).collect();
        days.sort_unstable();
        days.dedup();
        days
    };
    let mut sets: Vec<ClosedSet> = seen.into_iter().map(|members| ClosedSet { days: days(&members), members }).collect();
    sets.retain(|set| set.days.len() >= 2);
    sets.sort_by(|one, other| {
        let key = |set: &ClosedSet| (set.area(), set.days.len());
        key(other).cmp(&key(one)).then_with(|| one.members.cmp(&other.members))
    });
    let mut largest: Vec<ClosedSet> = Vec::new();
    for set in sets {
        let inside = |outer: &ClosedSet| {
            set.members.iter().all(|member| outer.members.binary_search(member).is_ok())
                && set.days.iter().all(|day| outer.days.binary_search(day).is_ok())
        };
        if !largest.iter().any(inside) {
            largest.push(set);
        }
        if largest.len() == 3 {
            break;
        }
    }
    largest
}

/// How often each member was at a meeting, by position.
pub fn attendances(meetings: &[Meeting]) -> HashMap<usize, u64> {
    let mut counts = HashMap::new();
    for member in meetings.iter().flat_map(|meeting| &meeting.members) {
        *counts.entry(*member).or_insert(0) += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_set_is_that_of_most_cards_times_days() {
        let meeting = |day, members: &[usize]| Meeting { place: 0, day, from: 0, to: 0, members: members.to_vec(), persons: 9 };
        let sets = closed_sets(&[
            meeting(1, &[0, 1, 2, 3]),
            meeting(2, &[0, 1, 2, 4]),
            meeting(3, &[0, 1, 2, 3, 4]),
            meeting(9, &[3, 4]),
        ]);
        assert_eq!(sets[0], ClosedSet { members: vec![0, 1, 2], days: vec![1, 2, 3] });
        assert!(sets[1..].iter().all(|set| set.area() <= 9));
        assert!(closed_sets(&[meeting(1, &[0, 1])]).is_empty());
    }
}
