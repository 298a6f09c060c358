//! What an inspector can use: when and where members met, and the largest sets "these n cards on these m days".

use std::collections::{BTreeMap, BTreeSet, HashMap};

use petgraph::unionfind::UnionFind;

use super::events::{Event, Events, PersonEvents};
use super::model::CardSet;
use super::settings::Settings;
use super::sweep::Block;

/// Sets looked at per ring; rings of ordinary size have far fewer.
const MAX_SETS: usize = 1024;
/// Members compared per ring, so that thousands of persons under one upload time take no minutes.
const MAX_COMPARED: usize = 50_000_000;

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

/// Where meetings are looked up.
pub struct View<'a> {
    /// All events.
    pub events: &'a Events,
    /// Their places and days.
    pub blocks: &'a [Block],
    /// Events of the persons in question.
    pub by_person: &'a PersonEvents,
    /// Limits.
    pub settings: &'a Settings,
}

impl View<'_> {
    /// Meetings of `members`: two at least, each within reach of the next. By place and time.
    pub fn meetings(&self, members: &[u32]) -> Vec<Meeting> {
        let mut present: Vec<(Event, usize)> = Vec::new();
        for (position, member) in members.iter().enumerate() {
            present.extend(self.by_person.of(*member).iter().map(|event| (*event, position)));
        }
        present.sort_unstable_by_key(|(event, position)| (event.place, event.moment, *position));
        let together = |one: &(Event, usize), other: &(Event, usize)| {
            let place = self.events.place(&one.0);
            one.0.place == other.0.place
                && other.0.moment - one.0.moment <= place.reach(self.settings)
                && place.day(one.0.moment) == place.day(other.0.moment)
        };
        present
            .chunk_by(together)
            .filter_map(|run| {
                let ((first, _), (last, _)) = (run.first()?, run.last()?);
                let day = self.events.place(first).day(first.moment);
                let block = self.block(first.place, day).filter(|block| !block.mass && run.len() >= 2)?;
                let all = &self.events.events[block.from..block.to];
                let from = all.partition_point(|event| event.moment < first.moment);
                let to = all.partition_point(|event| event.moment <= last.moment);
                let mut members: Vec<usize> = run.iter().map(|(_, position)| *position).collect();
                members.sort_unstable();
                Some(Meeting {
                    place: first.place,
                    day,
                    from: first.moment,
                    to: last.moment,
                    members,
                    persons: to - from,
                })
            })
            .collect()
    }

    fn block(&self, place: u32, day: i32) -> Option<&Block> {
        self.blocks
            .binary_search_by_key(&(place, day), |block| (block.place, block.day))
            .ok()
            .map(|at| &self.blocks[at])
    }

    /// Joins groups that come one behind the other: forty cards take longer than `minutes`, so the first and the last of a ring are never
    /// together, and the ring falls into parts that meet in one unbroken row on most of their days.
    pub fn merged(&self, groups: Vec<Vec<u32>>) -> Vec<Vec<u32>> {
        let everybody: Vec<u32> = groups.iter().flatten().copied().collect();
        let of_position: Vec<usize> =
            groups.iter().enumerate().flat_map(|(number, group)| std::iter::repeat_n(number, group.len())).collect();
        let mut own_days: Vec<BTreeSet<i32>> = vec![BTreeSet::new(); groups.len()];
        let mut shared_days: BTreeMap<(usize, usize), BTreeSet<i32>> = BTreeMap::new();
        for meeting in self.meetings(&everybody) {
            let mut there: BTreeMap<usize, usize> = BTreeMap::new();
            for position in &meeting.members {
                *there.entry(of_position[*position]).or_default() += 1;
            }
            // One member of a group in another's row is a neighbour in the queue.
            let there: Vec<usize> =
                there.into_iter().filter(|(_, members)| *members > 1).map(|(group, _)| group).collect();
            for (place, one) in there.iter().enumerate() {
                own_days[*one].insert(meeting.day);
                for other in &there[place + 1..] {
                    shared_days.entry((*one, *other)).or_default().insert(meeting.day);
                }
            }
        }
        let mut joined = UnionFind::<usize>::new(groups.len());
        for ((one, other), days) in shared_days {
            let fewer = own_days[one].len().min(own_days[other].len());
            if days.len() >= self.settings.patients.min_days as usize && days.len() * 2 >= fewer {
                joined.union(one, other);
            }
        }
        let mut parts: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        let labels = joined.into_labeling();
        for (number, group) in groups.into_iter().enumerate() {
            // Labelled by the first group of each part: the order says nothing about names.
            let first = labels.iter().position(|label| *label == labels[number]).unwrap_or(number);
            parts.entry(first).or_default().extend(group);
        }
        parts.into_values().collect()
    }

    /// Adds to each group those linked with its members (`linked`, by person) who were in the row on at least half of its days: a core leaves
    /// out whoever stood at an end.
    pub fn completed(&self, groups: Vec<Vec<u32>>, linked: &HashMap<u32, Vec<u32>>) -> Vec<Vec<u32>> {
        let mut taken: BTreeSet<u32> = groups.iter().flatten().copied().collect();
        groups
            .into_iter()
            .map(|mut group| {
                let meetings = self.meetings(&group);
                let all = days(&meetings).len();
                let mut rows: HashMap<(u32, i32), Vec<(i32, i32)>> = HashMap::new();
                for meeting in meetings {
                    rows.entry((meeting.place, meeting.day)).or_default().push((meeting.from, meeting.to));
                }
                let mut asked: BTreeSet<u32> = BTreeSet::new();
                let neighbours: Vec<u32> =
                    group.iter().filter_map(|member| linked.get(member)).flatten().copied().collect();
                for person in neighbours {
                    if taken.contains(&person) || !asked.insert(person) {
                        continue;
                    }
                    let there: BTreeSet<i32> = self
                        .by_person
                        .of(person)
                        .iter()
                        .filter_map(|event| {
                            let place = self.events.place(event);
                            let reach = place.reach(self.settings);
                            let day = place.day(event.moment);
                            let near =
                                |(from, to): &(i32, i32)| from - reach <= event.moment && event.moment <= to + reach;
                            rows.get(&(event.place, day)).is_some_and(|rows| rows.iter().any(near)).then_some(day)
                        })
                        .collect();
                    if there.len() >= self.settings.patients.min_days as usize && there.len() * 2 >= all {
                        taken.insert(person);
                        group.push(person);
                    }
                }
                group
            })
            .collect()
    }
}

/// The days of meetings.
pub fn days(meetings: &[Meeting]) -> BTreeSet<i32> {
    meetings.iter().map(|meeting| meeting.day).collect()
}

/// The largest closed sets, by cards × days: of two members and two days at least, none inside another, three at most.
///
/// A set is closed when nobody else was at all of its meetings: intersections of meetings are, and all are tried up to a bound.
pub fn closed_sets(meetings: &[Meeting]) -> Vec<CardSet> {
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
    let (mut next, mut compared) = (0, 0);
    while next < waiting.len() && compared < MAX_COMPARED {
        for base in &bases {
            compared += waiting[next].len();
            let common: Vec<usize> =
                waiting[next].iter().filter(|member| base.binary_search(member).is_ok()).copied().collect();
            if common.len() >= 2 && seen.len() < MAX_SETS && seen.insert(common.clone()) {
                waiting.push(common);
            }
        }
        next += 1;
    }
    let days = |set: &[usize]| {
        let all =
            meetings.iter().filter(|meeting| set.iter().all(|member| meeting.members.binary_search(member).is_ok()));
        let mut days: Vec<i32> = all.map(|meeting| meeting.day).collect();
        days.sort_unstable();
        days.dedup();
        days
    };
    let mut sets: Vec<CardSet> = seen.into_iter().map(|members| CardSet { days: days(&members), members }).collect();
    sets.retain(|set| set.days.len() >= 2);
    sets.sort_by(|one, other| {
        let key = |set: &CardSet| (set.area(), set.days.len());
        key(other).cmp(&key(one)).then_with(|| one.members.cmp(&other.members))
    });
    let mut largest: Vec<CardSet> = Vec::new();
    for set in sets {
        let inside = |outer: &CardSet| {
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
        let meeting =
            |day, members: &[usize]| Meeting { place: 0, day, from: 0, to: 0, members: members.to_vec(), persons: 9 };
        let sets = closed_sets(&[
            meeting(1, &[0, 1, 2, 3]),
            meeting(2, &[0, 1, 2, 4]),
            meeting(3, &[0, 1, 2, 3, 4]),
            meeting(9, &[3, 4]),
        ]);
        assert_eq!(sets[0], CardSet { members: vec![0, 1, 2], days: vec![1, 2, 3] });
        assert!(sets[1..].iter().all(|set| set.area() <= 9));
        assert!(closed_sets(&[meeting(1, &[0, 1])]).is_empty());
    }
}
