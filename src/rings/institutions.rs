//! Institutions and practitioners that share more patients than size, distance and specialty explain.
//!
//! Two comparisons. Hospitals that admit the same persons: `overlap` says what they would share anyway. A practitioner and a pharmacy:
//! expected is the share of the other patients of the same institution that go to that pharmacy, so that the pharmacy at the gate is no
//! surprise. Practitioners are not compared with each other: patients of one institution share its practitioners as a matter of course.

use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use super::assemble::Draft;
use super::courses;
use super::error::RingsError;
use super::events::{Events, mix};
use super::groups::{self, Edge};
use super::model::{Link, Member, MemberKind, Parts, Ring, RingKind, RingVisit, Rings, Role};
use super::numbering::Numbering;
use super::overlap::{Overlap, Shared};
use super::settings::Settings;
use super::store::{self, Directory, Institution, Names, member_visits};
use super::{query, surprise};
use crate::casestore::source::{TableSource, matching};
use crate::lang::{Text, counted};

/// Institutions or practitioners of one person beyond which the person says nothing about who belongs together.
const MAX_PER_PERSON: usize = 40;

/// A node of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Node {
    Institution(i64),
    Practitioner(i64),
}

/// Two nodes and the persons they share.
struct Sharing {
    one: Node,
    other: Node,
    shared: u32,
    expected: f64,
    surprise: f64,
    /// Shared persons as a share of the smaller one's.
    share: f64,
}

/// Adds the rings of institutions and practitioners.
///
/// # Errors
/// If a table cannot be read.
pub fn add_rings(
    source: &dyn TableSource,
    events: &Events,
    directory: &Directory,
    settings: &Settings,
    rings: &mut Rings,
) -> Result<(), RingsError> {
    let contacts = Contacts::read(source, events)?;
    let mut kept = hospitals(source, events, &contacts, directory, settings, rings)?;
    kept.extend(practitioners(&contacts, directory, settings, rings));
    let signatures = signatures(&contacts, events);
    let order = Numbering::new(kept.iter().flat_map(|sharing| [sharing.one, sharing.other]), |node| {
        signatures.get(&node).copied().unwrap_or_default()
    });
    let mut edges: Vec<Edge> = kept
        .iter()
        .map(|sharing| {
            let weight_e3 = (sharing.share * 1000.0).round() as i64;
            Edge::new(order.number(sharing.one), order.number(sharing.other), weight_e3)
        })
        .collect();
    edges.sort_unstable();
    for group in groups::clusters(order.len(), &edges, settings) {
        let members: BTreeSet<Node> = group.iter().map(|number| order.thing(*number)).collect();
        let inside: Vec<&Sharing> =
            kept.iter().filter(|sharing| members.contains(&sharing.one) && members.contains(&sharing.other)).collect();
        if !inside.is_empty() {
            rings.rings.push(ring(source, directory, &contacts, &members, &inside)?);
        }
    }
    Ok(())
}

/// Who was where, once per person and node: sorted lists of (person, node number).
struct Contacts {
    /// Persons × institutions of stays.
    stays: Vec<(u32, u32)>,
    /// Persons × pharmacies and hospitals of any visit.
    visits: Vec<(u32, u32)>,
    /// Persons × practitioners.
    doctors: Vec<(u32, u32)>,
    /// Institution keys by number.
    institutions: Vec<i64>,
    /// Practitioner keys and their institutions' numbers, by number.
    practitioners: Vec<(i64, u32)>,
    /// Person keys by number.
    persons: Vec<i64>,
}

impl Contacts {
    fn read(source: &dyn TableSource, events: &Events) -> Result<Self, RingsError> {
        let mut contacts = Self {
            stays: Vec::new(),
            visits: Vec::with_capacity(events.events.len()),
            doctors: Vec::new(),
            institutions: Vec::new(),
            practitioners: Vec::new(),
            persons: events.persons.clone(),
        };
        let mut numbers: HashMap<i64, u32> = HashMap::new();
        let of_place: Vec<u32> = events
            .places
            .iter()
            .map(|place| {
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                *numbers.entry(place.inst_key).or_insert_with(|| {
                    contacts.institutions.push(place.inst_key);
                    next
                })
            })
            .collect();
        for event in &events.events {
            let pair = (event.person, of_place[event.place as usize]);
            contacts.visits.push(pair);
            if events.place(event).stay {
                contacts.stays.push(pair);
            }
        }
        let mut by_key: Vec<(i64, u32)> =
            events.persons.iter().zip(0_u32..).map(|(key, number)| (*key, number)).collect();
        by_key.par_sort_unstable();
        let mut doctors: HashMap<(i64, u32), u32> = HashMap::new();
        let sql = "SELECT psn_key, dr_key, inst_key, COUNT(*) AS visits FROM visit
                   WHERE psn_key IS NOT NULL AND dr_key IS NOT NULL AND insured = 1 AND planned_cycle = 0 AND birth = 0
                   GROUP BY psn_key, dr_key, inst_key";
        for bucket in 0..source.buckets() {
            let rows = query::rows(source, Some(bucket), sql)?;
            let (persons, keys) = (query::integers(&rows, "psn_key", 0)?, query::integers(&rows, "dr_key", 0)?);
            let institutions = query::integers(&rows, "inst_key", 0)?;
            for row in 0..keys.len() {
                let person = by_key.binary_search_by_key(&persons[row], |(key, _)| *key);
                let (Ok(person), Some(institution)) = (person, numbers.get(&institutions[row])) else { continue };
                let next = u32::try_from(doctors.len()).map_err(|_| RingsError::TooMany(MemberKind::Practitioner))?;
                let doctor = *doctors.entry((keys[row], *institution)).or_insert_with(|| {
                    contacts.practitioners.push((keys[row], *institution));
                    next
                });
                contacts.doctors.push((by_key[person].1, doctor));
            }
        }
        for list in [&mut contacts.stays, &mut contacts.visits, &mut contacts.doctors] {
            list.par_sort_unstable();
            list.dedup();
        }
        Ok(contacts)
    }
}

/// Persons per node.
fn sizes(contacts: &[(u32, u32)], nodes: usize) -> Vec<u32> {
    let mut sizes = vec![0_u32; nodes];
    for (_, node) in contacts {
        sizes[*node as usize] += 1;
    }
    sizes
}

/// Persons that each two nodes share: pairs packed as (smaller, larger) with their count, sorted.
fn shared(contacts: &[(u32, u32)]) -> Vec<((u32, u32), u32)> {
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for person in contacts.chunk_by(|one, other| one.0 == other.0).filter(|nodes| nodes.len() <= MAX_PER_PERSON) {
        for (place, (_, one)) in person.iter().enumerate() {
            pairs.extend(person[place + 1..].iter().map(|(_, other)| (*one, *other)));
        }
    }
    tallied(pairs)
}

fn tallied(mut pairs: Vec<(u32, u32)>) -> Vec<((u32, u32), u32)> {
    pairs.par_sort_unstable();
    let runs = pairs.chunk_by(|one, other| one == other);
    runs.filter_map(|run| Some((*run.first()?, u32::try_from(run.len()).unwrap_or(u32::MAX)))).collect()
}

/// Hospitals that admit the same persons.
fn hospitals(
    source: &dyn TableSource,
    events: &Events,
    contacts: &Contacts,
    directory: &Directory,
    settings: &Settings,
    rings: &mut Rings,
) -> Result<Vec<Sharing>, RingsError> {
    let sizes = sizes(&contacts.stays, contacts.institutions.len());
    let known: Vec<Institution> = contacts.institutions.iter().map(|key| directory.institution(*key)).collect();
    let found: Vec<Shared> =
        shared(&contacts.stays).into_iter().map(|((one, other), persons)| Shared { one, other, persons }).collect();
    let overlap = Overlap::new(&known, &contacts.stays, sizes.clone(), &found);
    let tested = overlap.tested();
    rings.account.places_compared += tested;
    let measure = |pair: Shared, expected: f64| {
        let (one, other) = (pair.one as usize, pair.other as usize);
        let sharing = Sharing {
            one: Node::Institution(contacts.institutions[one]),
            other: Node::Institution(contacts.institutions[other]),
            shared: pair.persons,
            expected,
            surprise: surprise::poisson(pair.persons.into(), expected),
            share: f64::from(pair.persons) / f64::from(sizes[one].min(sizes[other]).max(1)),
        };
        (pair, sharing)
    };
    let measured = found.into_iter().filter(|pair| pair.persons >= settings.shared.min_shared);
    let measured = measured.map(|pair| measure(pair, overlap.expected(pair))).collect();
    // What takes longer to ask is asked of those only that would be named.
    let asked = significant(measured, tested, settings);
    let patients = Patients::of(&asked.iter().map(|(pair, _)| *pair).collect::<Vec<_>>(), contacts, events);
    let next_door = |(pair, sharing): (Shared, Sharing)| {
        let lift = patients.outpatient_lift(pair, events.persons.len());
        measure(pair, sharing.expected.max(overlap.next_door(pair, lift)))
    };
    let left = significant(asked.into_iter().map(next_door).collect(), tested, settings);
    let planned = planned(source, contacts, &patients, &left, settings)?;
    Ok(left.into_iter().filter(|(pair, _)| !planned.contains(pair)).map(|(_, sharing)| sharing).collect())
}

/// Who was at some hospitals, by their numbers: sorted persons.
struct Patients {
    stays: HashMap<u32, Vec<u32>>,
    outpatients: HashMap<u32, Vec<u32>>,
}

impl Patients {
    fn of(pairs: &[Shared], contacts: &Contacts, events: &Events) -> Self {
        let mut stays: HashMap<u32, Vec<u32>> =
            pairs.iter().flat_map(|pair| [(pair.one, Vec::new()), (pair.other, Vec::new())]).collect();
        for (person, hospital) in &contacts.stays {
            if let Some(persons) = stays.get_mut(hospital) {
                persons.push(*person);
            }
        }
        let wanted: HashMap<i64, u32> =
            stays.keys().map(|hospital| (contacts.institutions[*hospital as usize], *hospital)).collect();
        let places: Vec<(u32, u32)> = (0_u32..)
            .zip(&events.places)
            .filter(|(_, place)| !place.stay)
            .filter_map(|(number, place)| Some((number, *wanted.get(&place.inst_key)?)))
            .collect();
        let outpatients = places.into_par_iter().map(|(place, hospital)| {
            let mut persons: Vec<u32> = events.at(place).iter().map(|event| event.person).collect();
            persons.sort_unstable();
            persons.dedup();
            (hospital, persons)
        });
        Self { outpatients: outpatients.collect(), stays }
    }

    /// Persons with a stay at both hospitals of a pair.
    fn admitted(&self, pair: Shared) -> Vec<u32> {
        let of = |hospital: u32| self.stays.get(&hospital).map_or(&[][..], Vec::as_slice);
        in_both(of(pair.one), of(pair.other))
    }

    /// Times that the outpatients of two hospitals are the same persons more often than chance would have it, among `all` persons and without
    /// those with a stay at both; 0 without any.
    fn outpatient_lift(&self, pair: Shared, all: usize) -> f64 {
        let admitted = self.admitted(pair);
        let of = |hospital: u32| self.outpatients.get(&hospital).map_or(&[][..], Vec::as_slice);
        let others = |persons: &[u32]| persons.len() - in_both(persons, &admitted).len();
        let both = in_both(of(pair.one), of(pair.other));
        let (one, other) = (others(of(pair.one)), others(of(pair.other)));
        if one == 0 || other == 0 { 0.0 } else { others(&both) as f64 * all as f64 / (one as f64 * other as f64) }
    }
}

/// What two sorted lists have in common.
fn in_both(one: &[u32], other: &[u32]) -> Vec<u32> {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    short.iter().filter(|person| long.binary_search(person).is_ok()).copied().collect()
}

/// The pairs whose shared persons were at one of the two for dialysis or radiotherapy, mostly: nobody chooses the place of that each time.
fn planned(
    source: &dyn TableSource,
    contacts: &Contacts,
    patients: &Patients,
    pairs: &[(Shared, Sharing)],
    settings: &Settings,
) -> Result<BTreeSet<Shared>, RingsError> {
    let shared: Vec<(Shared, Vec<i64>)> = pairs
        .iter()
        .map(|(pair, _)| {
            let persons = patients.admitted(*pair).into_iter().map(|person| contacts.persons[person as usize]);
            (*pair, persons.collect())
        })
        .collect();
    let keys: BTreeSet<i64> = shared.iter().flat_map(|(_, keys)| keys).copied().collect();
    if keys.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut stays: HashMap<(i64, i64), Vec<i64>> = HashMap::new();
    for visit in member_visits(source, &keys.into_iter().collect::<Vec<_>>())? {
        if visit.place.stay {
            stays.entry((visit.person, visit.place.inst_key)).or_default().push(visit.visit.visit_key);
        }
    }
    let all: Vec<i64> = stays.values().flatten().copied().collect();
    let billed = courses::treated(source, &all, &["dialysis", "radiotherapy"])?;
    let mostly = |persons: &[i64], hospital: u32| {
        let hospital = contacts.institutions[hospital as usize];
        let visits: Vec<i64> =
            persons.iter().filter_map(|person| stays.get(&(*person, hospital))).flatten().copied().collect();
        let planned = visits.iter().filter(|visit| billed.get(visit) == Some(&true)).count();
        planned > 0 && planned * 100 >= visits.len() * settings.patients.course_treated_pct
    };
    let of = shared.iter().filter(|(pair, keys)| mostly(keys, pair.one) || mostly(keys, pair.other));
    Ok(of.map(|(pair, _)| *pair).collect())
}

/// Practitioners whose patients go to one pharmacy.
fn practitioners(contacts: &Contacts, directory: &Directory, settings: &Settings, rings: &mut Rings) -> Vec<Sharing> {
    let pharmacy: Vec<bool> = contacts.institutions.iter().map(|key| directory.institution(*key).pharmacy).collect();
    let at_pharmacies: Vec<(u32, u32)> =
        contacts.visits.iter().filter(|(_, node)| pharmacy[*node as usize]).copied().collect();
    let institution_sizes = sizes(&contacts.visits, contacts.institutions.len());
    let doctor_sizes = sizes(&contacts.doctors, contacts.practitioners.len());
    let with_pharmacy: HashMap<(u32, u32), u32> = meeting(&contacts.visits, &at_pharmacies).into_iter().collect();
    let found = meeting(&contacts.doctors, &at_pharmacies);
    let doctors = doctor_sizes.iter().filter(|size| **size >= settings.shared.min_shared).count() as u64;
    let tested = (doctors * pharmacy.iter().filter(|is| **is).count() as u64).max(1);
    rings.account.places_compared += tested;
    let measured: Vec<((), Sharing)> = found
        .iter()
        .filter(|((doctor, drugstore), shared)| {
            // A pharmacist is no practitioner of another place.
            *shared >= settings.shared.min_shared && contacts.practitioners[*doctor as usize].1 != *drugstore
        })
        .map(|((doctor, drugstore), shared)| {
            let (key, institution) = contacts.practitioners[*doctor as usize];
            let own = doctor_sizes[*doctor as usize];
            let all = with_pharmacy.get(&(institution, *drugstore)).copied().unwrap_or(*shared);
            // The other patients of the institution; at least one of them is assumed to go there.
            let (others, others_there) =
                (institution_sizes[institution as usize].saturating_sub(own), all.saturating_sub(*shared).max(1));
            let share = if others == 0 { 1.0 } else { f64::from(others_there) / f64::from(others) };
            let expected = f64::from(own) * share.min(1.0);
            let sharing = Sharing {
                one: Node::Practitioner(key),
                other: Node::Institution(contacts.institutions[*drugstore as usize]),
                shared: *shared,
                expected,
                surprise: surprise::poisson((*shared).into(), expected),
                share: f64::from(*shared) / f64::from(own.max(1)),
            };
            ((), sharing)
        })
        .collect();
    significant(measured, tested, settings).into_iter().map(|(_, sharing)| sharing).collect()
}

/// Persons that a node of one list and a node of the other share. Both lists are sorted by person.
fn meeting(one: &[(u32, u32)], other: &[(u32, u32)]) -> Vec<((u32, u32), u32)> {
    let mut pairs = Vec::new();
    let mut rest = other;
    for mine in one.chunk_by(|a, b| a.0 == b.0) {
        let Some((person, _)) = mine.first() else { continue };
        rest = &rest[rest.partition_point(|(other, _)| other < person)..];
        let theirs = &rest[..rest.partition_point(|(other, _)| other == person)];
        if mine.len() <= MAX_PER_PERSON && theirs.len() <= MAX_PER_PERSON {
            pairs.extend(mine.iter().flat_map(|(_, a)| theirs.iter().map(|(_, b)| (*a, *b))));
        }
    }
    tallied(pairs)
}

/// Those of what was measured that are beyond chance and large enough to be named; each with what it is of.
fn significant<T>(mut measured: Vec<(T, Sharing)>, tested: u64, settings: &Settings) -> Vec<(T, Sharing)> {
    let surprises = measured.iter().map(|(_, sharing)| sharing.surprise).collect();
    let cutoff = surprise::cutoff(surprises, tested, settings.shared.false_discovery_pct / 100.0);
    measured.retain(|(_, sharing)| {
        sharing.surprise >= cutoff
            && f64::from(sharing.shared) >= settings.shared.min_lift * sharing.expected
            && sharing.share * 100.0 >= f64::from(settings.shared.min_shared_pct)
    });
    measured
}

/// One number per node that says who came, and not what it is called.
fn signatures(contacts: &Contacts, events: &Events) -> HashMap<Node, u64> {
    let places = events.place_signatures();
    let mut signatures: HashMap<Node, u64> = HashMap::new();
    for (place, signature) in events.places.iter().zip(places) {
        let entry = signatures.entry(Node::Institution(place.inst_key)).or_default();
        *entry = entry.wrapping_add(signature);
    }
    let sizes = sizes(&contacts.doctors, contacts.practitioners.len());
    for ((key, institution), size) in contacts.practitioners.iter().zip(sizes) {
        let institution = contacts.institutions[*institution as usize];
        let at = signatures.get(&Node::Institution(institution)).copied().unwrap_or_default();
        let entry = signatures.entry(Node::Practitioner(*key)).or_default();
        *entry = entry.wrapping_add(mix(&[at, size.into()]));
    }
    signatures
}

fn ring(
    source: &dyn TableSource,
    directory: &Directory,
    contacts: &Contacts,
    nodes: &BTreeSet<Node>,
    inside: &[&Sharing],
) -> Result<Ring, RingsError> {
    let doctors: Vec<i64> =
        nodes.iter().filter_map(|node| if let Node::Practitioner(key) = node { Some(*key) } else { None }).collect();
    let names = Names::of_practitioners(source, &doctors)?;
    let records = Records::read(source, contacts, nodes)?;
    let member = |node: &Node| {
        let (kind, key, (code, name)) = match node {
            Node::Institution(key) => {
                let institution = directory.institution(*key);
                (MemberKind::Institution, *key, (institution.code, institution.name))
            }
            Node::Practitioner(key) => (MemberKind::Practitioner, *key, names.of(*key)),
        };
        let touching = inside.iter().filter(|sharing| sharing.one == *node || sharing.other == *node);
        Member {
            key,
            kind,
            code,
            name,
            role: Role::Member,
            degree: 0,
            events: touching.map(|sharing| u64::from(sharing.shared)).sum(),
            fund_fen: records.fund_of.get(node).copied().unwrap_or(0),
        }
    };
    let members: Vec<Member> = nodes.iter().map(member).collect();
    let position: HashMap<Node, usize> = nodes.iter().enumerate().map(|(position, node)| (*node, position)).collect();
    let link = |sharing: &&Sharing| Link {
        one: position[&sharing.one],
        other: position[&sharing.other],
        count: sharing.shared.into(),
        surprise: sharing.surprise,
    };
    let links: Vec<Link> = inside.iter().map(link).collect();
    let mean = |value: fn(&Sharing) -> f64| {
        inside.iter().map(|sharing| value(sharing)).sum::<f64>() / inside.len().max(1) as f64
    };
    let draft = Draft {
        co_events: inside.iter().map(|sharing| u64::from(sharing.shared)).sum(),
        first_day: records.first_day,
        last_day: records.last_day,
        parts: Parts {
            synchrony: mean(|sharing| 1.0 - (sharing.expected / f64::from(sharing.shared.max(1))).min(1.0)),
            exclusivity: mean(|sharing| sharing.share.min(1.0)),
            ..Parts::default()
        },
        visits: records.visits,
        ..Draft::new(RingKind::Institutions, members, links)
    };
    Ok(Ring::assemble(draft, |ring| explanation(ring, inside)))
}

fn explanation(ring: &Ring, inside: &[&Sharing]) -> Text {
    let most = inside.iter().map(|sharing| sharing.shared).max().unwrap_or(0);
    let lift = inside.iter().map(|sharing| f64::from(sharing.shared) / sharing.expected.max(0.1)).fold(0.0, f64::max);
    let who = parties(ring.institutions, (ring.size() as u64).saturating_sub(ring.institutions));
    Text::new(
        format!(
            "{}的患者两两高度重合，远超规模、距离与级别所能解释：最多共有 {most} 人，为预期的 {lift:.0} 倍；需核实患者去向及有无利益往来",
            who.zh
        ),
        format!(
            "{} share far more patients than size, distance and level explain: up to {most}, {lift:.0} times what is expected: to verify",
            who.en
        ),
    )
}

/// So many institutions and practitioners, in words.
pub fn parties(institutions: u64, practitioners: u64) -> Text {
    let (mut zh, mut en) = (Vec::new(), Vec::new());
    if institutions > 0 {
        zh.push(format!("{institutions} 家机构"));
        en.push(counted(institutions, "institution"));
    }
    if practitioners > 0 {
        zh.push(format!("{practitioners} 名医师"));
        en.push(counted(practitioners, "practitioner"));
    }
    Text::new(zh.join("与 "), en.join(" and "))
}

/// The visits of the persons whom members share.
#[derive(Default)]
struct Records {
    visits: Vec<RingVisit>,
    fund_of: HashMap<Node, i64>,
    first_day: Option<i32>,
    last_day: Option<i32>,
}

impl Records {
    fn read(source: &dyn TableSource, contacts: &Contacts, nodes: &BTreeSet<Node>) -> Result<Self, RingsError> {
        let mut touched: Vec<u32> = Vec::new();
        let has = |node: Node| nodes.contains(&node);
        let at =
            contacts.visits.iter().filter(|(_, node)| has(Node::Institution(contacts.institutions[*node as usize])));
        touched.extend(at.map(|(person, _)| *person));
        let with = contacts
            .doctors
            .iter()
            .filter(|(_, node)| has(Node::Practitioner(contacts.practitioners[*node as usize].0)));
        touched.extend(with.map(|(person, _)| *person));
        touched.sort_unstable();
        let shared: Vec<i64> = touched
            .chunk_by(|one, other| one == other)
            .filter(|run| run.len() > 1)
            .filter_map(|run| run.first().map(|person| contacts.persons[*person as usize]))
            .collect();
        let mut records = Self::default();
        let columns =
            ["psn_key", "visit_key", "inst_key", "dr_key", "adm_day", "dscg_day", "gross_fen", "inscp_fen", "fund_fen"];
        for bucket in 0..source.buckets() {
            let Some(rows) = matching(source, "visit", Some(bucket), &columns, &shared)? else {
                continue;
            };
            let column = |name: &str| query::integers(&rows, name, 0);
            let (institutions, doctors) = (column("inst_key")?, query::optional(&rows, "dr_key")?);
            let (first, last) = (column("adm_day")?, column("dscg_day")?);
            for (row, visit) in store::records(&rows)?.into_iter().enumerate() {
                let nodes = [Some(Node::Institution(institutions[row])), doctors[row].map(Node::Practitioner)];
                let own: Vec<Node> = nodes.into_iter().flatten().filter(|node| has(*node)).collect();
                if own.is_empty() {
                    continue;
                }
                for node in own {
                    *records.fund_of.entry(node).or_default() += visit.fund_fen;
                }
                let day = |day: i64| i32::try_from(day).ok();
                records.first_day = records.first_day.into_iter().chain(day(first[row])).min();
                records.last_day = records.last_day.into_iter().chain(day(last[row])).max();
                records.visits.push(visit);
            }
        }
        records.visits.sort_unstable();
        Ok(records)
    }
}
