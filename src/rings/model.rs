//! What a ring is: what rings.csv, the graph, the findings and the picture are written from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::format::hex;
use crate::lang::{Lang, Text};
use crate::privacy::Disguise;

/// Kinds of rings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RingKind {
    /// Persons who are settled together.
    Patients,
    /// Institutions, or a practitioner and pharmacies, that share patients.
    Institutions,
    /// Institutions that pass patients round in a circle.
    Rotation,
}

impl RingKind {
    /// The word of the output contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Patients => "patients",
            Self::Institutions => "institutions",
            Self::Rotation => "rotation",
        }
    }

    /// Whether links lead from one member to the other.
    pub const fn is_directed(self) -> bool {
        matches!(self, Self::Rotation)
    }
}

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberKind {
    /// A person.
    Person,
    /// An institution.
    Institution,
    /// A practitioner.
    Practitioner,
}

impl MemberKind {
    /// The word of the output contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Institution => "institution",
            Self::Practitioner => "practitioner",
        }
    }
}

/// Part a member has in a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// In the largest set of "these cards on these days".
    Core,
    /// Another member.
    Member,
    /// Where members met.
    Place,
    /// Whom a rotation passed round.
    Patient,
}

impl Role {
    /// The word of the output contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Member => "member",
            Self::Place => "place",
            Self::Patient => "patient",
        }
    }
}

/// A member of a ring, or a place it uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Key in the case store.
    pub key: i64,
    /// Kind.
    pub kind: MemberKind,
    /// Code of the export.
    pub code: String,
    /// Name, where known.
    pub name: Option<String>,
    /// Part.
    pub role: Role,
    /// Other members it is linked with; for a place, members who met there.
    pub degree: u64,
    /// Meetings attended, patients shared or cycles walked; for a place, meetings there.
    pub events: u64,
    /// Paid by the fund for its visits in the ring, fen.
    pub fund_fen: i64,
}

/// Two members linked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Position among the members.
    pub one: usize,
    /// Position among the members.
    pub other: usize,
    /// Days together, patients shared, or persons who went from one to the other.
    pub count: u64,
    /// −log10 of the chance of that.
    pub surprise: f64,
}

/// Members together at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingMeeting {
    /// Position of the place among the members.
    pub place: usize,
    /// Day, since 1970-01-01.
    pub day: i32,
    /// First and last minute of the day; none for stays.
    pub minutes: Option<(i32, i32)>,
    /// Positions of the members who were there.
    pub members: Vec<usize>,
    /// Everybody there between the first and the last of them.
    pub persons: usize,
}

/// These members on these days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardSet {
    /// Positions among the members, sorted.
    pub members: Vec<usize>,
    /// Days on which all of them met, since 1970-01-01, sorted.
    pub days: Vec<i32>,
}

impl CardSet {
    /// Cards × days.
    pub fn area(&self) -> usize {
        self.members.len() * self.days.len()
    }
}

/// The parts of a ring's score, each 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Parts {
    /// Members' presences at the ring's places that were meetings.
    pub synchrony: f64,
    /// Of all persons at the meetings, the share that are members.
    pub exclusivity: f64,
    /// Linked pairs of all pairs.
    pub density: f64,
    /// Surprise as a share of what cannot be doubted.
    pub surprise: f64,
    /// More than one institution.
    pub spread: f64,
    /// Members who got the item that most of them got.
    pub similarity: f64,
}

/// A record of the case store that a ring rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RingVisit {
    /// Key of the visit.
    pub visit_key: i64,
    /// Its money, fen: billed, in scope, fund.
    pub gross_fen: i64,
    /// Within the fund's scope, fen.
    pub inscp_fen: i64,
    /// Paid by the fund, fen.
    pub fund_fen: i64,
}

/// A ring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ring {
    /// Hash of the sorted members, 32 hex digits.
    pub ring_id: String,
    /// Kind.
    pub kind: RingKind,
    /// Members first, then places or patients; each by code.
    pub members: Vec<Member>,
    /// Institutions involved.
    pub institutions: u64,
    /// Meetings, shared patients or walks.
    pub co_events: u64,
    /// First day.
    pub first_day: Option<i32>,
    /// Last day.
    pub last_day: Option<i32>,
    /// Paid by the fund for the visits in the ring, fen.
    pub fund_fen: i64,
    /// −log10 of the chance that the links that hold the ring together are chance: its strongest spanning tree, links taken as independent.
    pub surprise: f64,
    /// Parts of the score.
    pub parts: Parts,
    /// Fund money in yuan × mean of the parts.
    pub score: f64,
    /// 1 is first, over all kinds.
    pub rank: u64,
    /// Share of the fund money that went for drugs known to be resold, percent; null where fee lines are not known.
    pub resale_pct: Option<i64>,
    /// One sentence.
    pub explanation: Text,
    /// Links between members.
    pub links: Vec<Link>,
    /// Meetings, by day.
    pub meetings: Vec<RingMeeting>,
    /// Largest sets of the same members on several days.
    pub sets: Vec<CardSet>,
    /// Records.
    pub visits: Vec<RingVisit>,
}

impl Ring {
    /// Puts what `disguise` says in the place of the persons' numbers and names; the id stays that of the real members.
    pub fn disguise_persons(&mut self, disguise: &Disguise) {
        for person in self.members.iter_mut().filter(|member| member.kind == MemberKind::Person) {
            person.code = disguise.number(std::mem::take(&mut person.code));
            person.name = person.name.take().map(|name| disguise.name(name));
        }
    }

    /// Members proper, without places and patients.
    pub fn size(&self) -> usize {
        self.members.iter().filter(|member| !matches!(member.role, Role::Place | Role::Patient)).count()
    }

    /// The explanation in `lang`.
    pub fn explained(&self, lang: Lang) -> &str {
        self.explanation.pick(lang)
    }
}

/// The id of a ring: a hash of its kind and its sorted member codes, so that every run and machine gives the same.
pub fn ring_id<'a>(kind: RingKind, codes: impl Iterator<Item = (MemberKind, &'a str)>) -> String {
    let mut codes: Vec<(MemberKind, &str)> = codes.collect();
    codes.sort_unstable();
    let mut hasher = Sha256::new();
    hasher.update(kind.as_str());
    for (kind, code) in codes {
        hasher.update([0x1f]);
        hasher.update(kind.as_str());
        hasher.update([0x1e]);
        hasher.update(code);
    }
    hex(&hasher.finalize()[..16])
}

/// Why two persons are together without a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Benign {
    /// One address or telephone.
    Household,
    /// One address of many: a nursing home, a dormitory.
    Home,
    /// A minor and somebody a generation older.
    ParentChild,
    /// Two minors: siblings or a school class.
    Minors,
    /// Both keep a regular calendar at a hospital, and the visits of one of them were mostly treatment.
    Course,
    /// Both keep a regular calendar at a hospital, and what the visits billed is not known.
    Calendar,
}

/// How often each explanation held, for the manifest.
pub type Explained = BTreeMap<Benign, u64>;

/// What the sweep left out, to be reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capped {
    /// Slots with more persons than `max_crowd`.
    pub crowded_slots: u64,
    /// Presences in them.
    pub crowded_presences: u64,
    /// Places' mass days.
    pub mass_days: u64,
    /// Presences on them.
    pub mass_presences: u64,
}

/// What was looked at and left out: for the manifest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// Presences of known persons, after courses of treatment and births.
    pub presences: u64,
    /// Persons with a presence.
    pub persons: u64,
    /// Visits left out as planned cycles or births.
    pub planned_visits: u64,
    /// Pairs of persons together, each day counted.
    pub together: u64,
    /// Pairs of persons with a place in common: the tests that significance is corrected for.
    pub tested: u64,
    /// Pairs together on enough days.
    pub pairs: u64,
    /// Pairs more surprising than the limit.
    pub surprising: u64,
    /// −log10 of the chance that a pair has to reach; null when no pair did.
    pub cutoff: Option<f64>,
    /// Pairs that everyday life explains, by reason.
    pub explained: Explained,
    /// Slots and days left out for their crowd.
    pub capped: Capped,
    /// Bursts found, and those in the dense core.
    pub bursts: (u64, u64),
    /// Pairs of institutions, and of practitioners and pharmacies, compared.
    pub places_compared: u64,
    /// Consecutive stays looked at for cycles.
    pub moves: u64,
}

/// Rings by rank.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rings {
    /// Rings, rank 1 first.
    pub rings: Vec<Ring>,
    /// What was looked at.
    pub account: Account,
}
