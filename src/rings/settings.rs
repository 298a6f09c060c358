//! Every limit of the search, with where it comes from.

use super::events::BIN_MINUTES;

/// Limits. The defaults suit a pooling area; a test or a small store may narrow them.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Two contacts this many minutes apart or less are together. A clerk who swipes card after card needs less than a minute for each, and
    /// neighbours in an ordinary queue are mostly further apart.
    pub minutes: i32,
    /// Days that two persons have to be together on. Two can be chance or a shared errand.
    pub min_days: u32,
    /// Persons in one time slot of one place beyond which the slot forms no pairs. Larger than any ring that somebody can hold cards for
    /// plus the ordinary queue; it bounds the work, and what it leaves out is counted.
    pub max_crowd: u32,
    /// Persons at one place on one day from which the day can be a mass day (health checks, vaccination).
    pub mass_persons: u32,
    /// A mass day also has at least this many times the place's median day.
    pub mass_times: u32,
    /// Of the days that two persons were at one place, this share has to be together. Neighbours with one habit share days, not minutes.
    pub min_together_pct: u32,
    /// Expected share of chance pairs among those kept (Benjamini and Hochberg).
    pub false_discovery: f64,
    /// Smallest ring. Two or three persons are a household more often than a ring.
    pub min_members: usize,
    /// A member is linked with at least this share of the others; less holds a chain of acquaintances together.
    pub core_pct: usize,
    /// Internal density below which Leiden splits a community, relative to the component's mean link.
    pub resolution_pct: u32,
    /// Persons with one telephone that still are a household; one number for more is no benign reason.
    pub household: u32,
    /// Adults of an older generation who come with one minor: parents and grandparents. More is no family.
    pub elders: u32,
    /// Persons with one address beyond which it is the name of a village or street and explains nothing.
    pub crowded_address: u32,
    /// Visits at one hospital from which a person's calendar can be a course of treatment.
    pub course_visits: usize,
    /// Longest median gap of such a course, days: weekly treatment, with a day's grace.
    pub course_gap_days: i32,
    /// Share of gaps within a day of the median that makes a calendar regular.
    pub course_regular_pct: usize,
    /// Persons at a place within `minutes` that make a burst, at least.
    pub burst_persons: usize,
    /// −log10 of the chance of a burst at that time of day.
    pub burst_surprise: f64,
    /// Persons that two institutions, or a practitioner and a pharmacy, share at least.
    pub min_shared: u32,
    /// Shared persons as a share of the smaller one's, at least.
    pub min_shared_pct: u32,
    /// Times the expected number of shared persons.
    pub min_lift: f64,
    /// Persons who walk one cycle of institutions, at least.
    pub min_walkers: u32,
    /// Days between two stays beyond which they are not consecutive.
    pub walk_gap_days: i32,
    /// Institutions in a cycle, at most. A→B→A alone is everyday care.
    pub max_cycle: usize,
    /// Share of a ring's money in drugs known to be resold from which it is held under model 5.
    pub resale_pct: i64,
    /// Seed of the communities' visiting order.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            minutes: 5,
            min_days: 3,
            max_crowd: 64,
            mass_persons: 100,
            mass_times: 4,
            min_together_pct: 50,
            false_discovery: 0.01,
            min_members: 4,
            core_pct: 20,
            resolution_pct: 20,
            household: 8,
            elders: 4,
            crowded_address: 300,
            course_visits: 8,
            course_gap_days: 8,
            course_regular_pct: 80,
            burst_persons: 4,
            burst_surprise: 4.0,
            min_shared: 20,
            min_shared_pct: 20,
            min_lift: 5.0,
            min_walkers: 5,
            walk_gap_days: 30,
            max_cycle: 5,
            resale_pct: 50,
            seed: 20_240_105,
        }
    }
}

/// Days of a place differ in size, and two presences are on a large day rather than on a small one: by how much, generously.
const UNEVEN_DAYS: i64 = 2;

impl Settings {
    /// Of two contacts in one half hour of one day, the share that is within reach, thousand-millionths, for uneven days.
    pub fn contact_e9(&self) -> i64 {
        UNEVEN_DAYS * 1_000_000_000 * i64::from(2 * self.minutes + 1) / i64::from(BIN_MINUTES)
    }

    /// The same of two stays of as many nights that begin on one day.
    pub const fn stay_e9(&self) -> i64 {
        UNEVEN_DAYS * 1_000_000_000
    }

    /// The limits that the SQL texts name, by name.
    pub fn sql_values(&self) -> [(&'static str, i64); 7] {
        [
            ("max_crowd", self.max_crowd.into()),
            ("mass_persons", self.mass_persons.into()),
            ("mass_times", self.mass_times.into()),
            ("minutes", self.minutes.into()),
            ("contact_e9", self.contact_e9()),
            ("stay_e9", self.stay_e9()),
            ("min_days", self.min_days.into()),
        ]
    }
}
