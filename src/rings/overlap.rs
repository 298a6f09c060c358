//! How many inpatients two hospitals would share anyway: by size, level and division, because one of them is where everybody is sent, or
//! because they stand next to each other.
//!
//! The largest of these answers is taken, in favour of the hospitals. Each leaves out the persons that the two share, so that sharing does not explain itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::store::Institution;
use super::sweep::pairs_of;

/// Persons with stays at several hospitals from which a division says where they go; fewer say nothing.
const ENOUGH_ELSEWHERE: u32 = 20;

/// Division, and the levels of two hospitals, the lower one first: what two hospitals are compared by.
type Class = (bool, i64, i64);

/// The hospitals of an area by number, with their patients: sorted lists of (person, hospital).
pub struct Overlap<'a> {
    known: &'a [Institution],
    /// Persons with a stay, by hospital.
    sizes: Vec<u32>,
    persons: f64,
    /// Shared persons seen, and by chance, by class.
    classes: BTreeMap<Class, (f64, f64)>,
    /// Persons with stays at several hospitals: all of them, by division that one of the hospitals is in, by hospital, and by both.
    several: u32,
    several_in: HashMap<&'a str, u32>,
    several_at: Vec<u32>,
    several_at_in: HashMap<(u32, &'a str), u32>,
    /// Hospitals with a stay.
    active: Vec<u32>,
}

/// Two hospitals and the inpatients they share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shared {
    /// Number of the first.
    pub one: u32,
    /// Number of the second.
    pub other: u32,
    /// Persons.
    pub persons: u32,
}

impl<'a> Overlap<'a> {
    /// `stays` are sorted and without repeats, `sizes` the persons of each hospital in them, `found` all pairs of hospitals that share somebody.
    pub fn new(known: &'a [Institution], stays: &[(u32, u32)], sizes: Vec<u32>, found: &[Shared]) -> Self {
        let active: Vec<u32> = (0_u32..).zip(&sizes).filter(|(_, size)| **size > 0).map(|(node, _)| node).collect();
        let persons = stays.chunk_by(|one, other| one.0 == other.0).count().max(1) as f64;
        let mut overlap = Self {
            known,
            persons,
            classes: BTreeMap::new(),
            several: 0,
            several_in: HashMap::new(),
            several_at: vec![0; sizes.len()],
            several_at_in: HashMap::new(),
            sizes,
            active,
        };
        overlap.count_classes(found);
        for hospitals in stays.chunk_by(|one, other| one.0 == other.0).filter(|hospitals| hospitals.len() > 1) {
            overlap.several += 1;
            let divisions: BTreeSet<&str> =
                hospitals.iter().filter_map(|(_, node)| known[*node as usize].admdvs.as_deref()).collect();
            for division in &divisions {
                *overlap.several_in.entry(division).or_default() += 1;
            }
            for (_, node) in hospitals {
                overlap.several_at[*node as usize] += 1;
                for division in &divisions {
                    *overlap.several_at_in.entry((*node, division)).or_default() += 1;
                }
            }
        }
        overlap
    }

    /// Pairs that could share somebody.
    pub fn tested(&self) -> u64 {
        pairs_of(self.active.len() as u64)
    }

    /// Persons that two hospitals would share anyway, by what is known of the whole area; see also [`next_door`](Self::next_door).
    pub fn expected(&self, pair: Shared) -> f64 {
        let (one, other) = (pair.one, pair.other);
        let swapped = Shared { one: other, other: one, persons: pair.persons };
        [self.elsewhere(pair), self.elsewhere(swapped)].into_iter().fold(self.by_size(pair), f64::max)
    }

    fn count_classes(&mut self, found: &[Shared]) {
        let mut classes: BTreeMap<Class, (f64, f64)> = BTreeMap::new();
        for (place, one) in self.active.iter().enumerate() {
            for other in &self.active[place + 1..] {
                classes.entry(self.class(*one, *other)).or_default().1 += self.by_chance(*one, *other);
            }
        }
        for pair in found {
            classes.entry(self.class(pair.one, pair.other)).or_default().0 += f64::from(pair.persons);
        }
        self.classes = classes;
    }

    fn by_chance(&self, one: u32, other: u32) -> f64 {
        f64::from(self.sizes[one as usize]) * f64::from(self.sizes[other as usize]) / self.persons
    }

    fn class(&self, one: u32, other: u32) -> Class {
        let (one, other) = (&self.known[one as usize], &self.known[other as usize]);
        let near = one.admdvs.is_some() && one.admdvs == other.admdvs;
        (near, one.level.min(other.level), one.level.max(other.level))
    }

    /// What hospitals of these sizes share by chance, times what those of these levels, in one division or in two, share beyond it.
    fn by_size(&self, pair: Shared) -> f64 {
        let (seen, chance) = self.classes.get(&self.class(pair.one, pair.other)).copied().unwrap_or_default();
        let by_chance = self.by_chance(pair.one, pair.other);
        // Without this pair: it may be all that its class shares.
        let (seen, chance) = (seen - f64::from(pair.persons), chance - by_chance);
        by_chance * if chance > 0.0 { (seen / chance).max(1.0) } else { 1.0 }
    }

    /// How many of the patients of `one` who have other hospitals too would be at `other`, if they went where such patients of the other
    /// hospitals in the division of `one` go: a referral or specialist hospital is where everybody goes.
    fn elsewhere(&self, pair: Shared) -> f64 {
        let own = self.several_at[pair.one as usize];
        let division = self.known[pair.one as usize].admdvs.as_deref();
        let near = division.map(|division| {
            let at = self.several_at_in.get(&(pair.other, division)).copied().unwrap_or(0);
            (self.several_in.get(division).copied().unwrap_or(0), at)
        });
        let far = (self.several, self.several_at[pair.other as usize]);
        // Whoever the two share is at both, and so in both counts.
        let without = |(all, there): (u32, u32)| (all.saturating_sub(own), there.saturating_sub(pair.persons));
        let compared = near.into_iter().chain([far]).map(without).find(|(all, _)| *all >= ENOUGH_ELSEWHERE);
        compared.map_or(0.0, |(all, there)| f64::from(own) * f64::from(there + 1) / f64::from(all + 1))
    }

    /// What chance gives, times what their outpatients share beyond chance: people go to both of two hospitals that stand next to each
    /// other, for a cold as well.
    pub fn next_door(&self, pair: Shared, outpatient_lift: f64) -> f64 {
        self.by_chance(pair.one, pair.other) * outpatient_lift
    }
}
