//! Rings: planted ones are found, benign groups stay silent, and nothing but when and where people were matters.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use feijian::casestore::source::FrameTables;
use feijian::report::page::ring as picture;
use feijian::rings::events::Events;
use feijian::rings::groups::{self, Edge};
use feijian::rings::leiden;
use feijian::rings::model::{Benign, Member, MemberKind, Role};
use feijian::rings::sweep::{self, edges_sql};
use feijian::rings::{self, Ring, RingKind, Rings, Settings};
use feijian::sql::engine::{Bucket, Plan};
use polars::prelude::*;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::engines;
use crate::rules::repository;
use crate::support::{done, rows, run};

/// 2024-01-01.
const FIRST_DAY: i64 = 19_723;
/// Days of the made-up area.
const DAYS: i64 = 360;
/// Institutions: the first are hospitals, the others pharmacies.
const HOSPITALS: i64 = 12;
const INSTITUTIONS: i64 = 40;
/// Persons who come and go by chance.
const PUBLIC: i64 = 4000;
/// Contacts of each of them over the year.
const CONTACTS: i64 = 8;

/// What visits bill: code and category of charge.
const ITEMS: [(&str, &str, &str); 5] = [
    ("XA10BAE045A001010100001", "western", "09"),
    ("003402000200000", "service", "05"),
    ("001102000010000", "service", "02"),
    ("LOCAL-77", "service", "05"),
    ("003110000060000", "service", "05"),
];
/// A box of tablets.
const DRUG: usize = 0;
/// An hour of exercise under guidance.
const EXERCISE: usize = 1;
/// An item of treatment that only the hospital's own price list knows.
const LOCAL_TREATMENT: usize = 3;
/// A session of haemodialysis.
const DIALYSIS: usize = 4;

/// One visit.
#[derive(Debug, Clone)]
struct Visit {
    person: i64,
    institution: i64,
    /// Settlement of a contact; admission day and nights of a stay.
    minute: i64,
    nights: i64,
    planned: bool,
    birth: bool,
    doctor: Option<i64>,
    /// What is billed: a place in [`ITEMS`].
    item: Option<usize>,
}

/// What persons have besides visits.
#[derive(Debug, Clone, Default)]
struct About {
    tel: Option<String>,
    addr: Option<String>,
    birth_day: Option<i64>,
}

/// A made-up area.
#[derive(Debug, Clone)]
struct Area {
    random: Pcg64Mcg,
    visits: Vec<Visit>,
    persons: BTreeMap<i64, About>,
    next: i64,
}

impl Area {
    /// Persons who come by chance, mornings more than afternoons.
    fn new(seed: u64) -> Self {
        let mut area =
            Self { random: Pcg64Mcg::seed_from_u64(seed), visits: Vec::new(), persons: BTreeMap::new(), next: 0 };
        for _ in 0..PUBLIC {
            let person = area.person();
            let home = area.below(INSTITUTIONS);
            for _ in 0..CONTACTS {
                let institution = if area.below(3) > 0 { home } else { area.below(INSTITUTIONS) };
                let (day, minute) = (area.below(DAYS), area.office_minute());
                area.contact(person, institution, day, minute);
            }
            if area.below(4) == 0 {
                let (hospital, day, nights) = (area.below(HOSPITALS), area.below(DAYS - 30), 2 + area.below(12));
                area.stay(person, hospital, day, nights);
            }
        }
        area
    }

    fn below(&mut self, limit: i64) -> i64 {
        (self.random.next_u64() % limit as u64) as i64
    }

    /// A minute of the day between 8:00 and 18:00, mornings twice as often.
    fn office_minute(&mut self) -> i64 {
        480 + if self.below(3) < 2 { self.below(240) } else { 240 + self.below(360) }
    }

    fn person(&mut self) -> i64 {
        self.next += 1;
        let birth_day = Some(FIRST_DAY - 365 * (25 + self.below(50)) - self.below(365));
        self.persons.insert(self.next, About { birth_day, ..About::default() });
        self.next
    }

    fn people(&mut self, count: i64) -> Vec<i64> {
        (0..count).map(|_| self.person()).collect()
    }

    fn contact(&mut self, person: i64, institution: i64, day: i64, minute_of_day: i64) {
        let minute = (FIRST_DAY + day) * 1440 + minute_of_day;
        self.visits.push(Visit {
            person,
            institution,
            minute,
            nights: 0,
            planned: false,
            birth: false,
            doctor: None,
            item: None,
        });
    }

    fn stay(&mut self, person: i64, institution: i64, day: i64, nights: i64) {
        let minute = (FIRST_DAY + day) * 1440 + 600;
        self.visits.push(Visit {
            person,
            institution,
            minute,
            nights,
            planned: false,
            birth: false,
            doctor: None,
            item: None,
        });
    }

    /// A ring: on each of `days` days `attending` % of the members are settled at one place, a minute or so after each other.
    /// `camouflage` ordinary visits each besides.
    fn ring(&mut self, members: i64, days: i64, attending: i64, camouflage: i64) -> BTreeSet<i64> {
        let ring = self.people(members);
        let places: Vec<i64> = (0..2).map(|_| HOSPITALS + self.below(INSTITUTIONS - HOSPITALS)).collect();
        for meeting in 0..days {
            let (day, mut minute) = (meeting * (DAYS / days) + self.below(DAYS / days), self.office_minute());
            let place = places[(meeting % 2) as usize];
            for member in &ring {
                if self.below(100) < attending {
                    self.contact(*member, place, day, minute);
                    minute += self.below(2);
                }
            }
        }
        for member in &ring {
            for _ in 0..camouflage {
                let (place, day, minute) = (self.below(INSTITUTIONS), self.below(DAYS), self.office_minute());
                self.contact(*member, place, day, minute);
            }
        }
        ring.into_iter().collect()
    }

    /// The tables of a store, rows in an order and keys with names of their own.
    fn tables(&self, order: u64, names: i64) -> FrameTables {
        let mut visits: Vec<(i64, &Visit)> = (1..).zip(&self.visits).collect();
        let mut random = Pcg64Mcg::seed_from_u64(order);
        for last in (1..visits.len()).rev() {
            visits.swap(last, (random.next_u64() % (last as u64 + 1)) as usize);
        }
        let name =
            |what: i64, key: i64| (key * 7 + what + names * 1_000_003).wrapping_mul(0x9e37_79b9_7f4a_7c15_u64 as i64);
        let big = |value: &dyn Fn(i64, &Visit) -> i64| {
            visits.iter().map(|(key, visit)| value(*key, visit)).collect::<Vec<i64>>()
        };
        let int =
            |value: &dyn Fn(&Visit) -> i64| visits.iter().map(|(_, visit)| value(visit) as i32).collect::<Vec<i32>>();
        let day = |visit: &Visit| visit.minute.div_euclid(1440);
        let visit = df![
            "visit_key" => big(&|key, _| name(1, key)),
            "psn_key" => big(&|_, visit| name(2, visit.person)),
            "inst_key" => big(&|_, visit| name(3, visit.institution)),
            "dr_key" => visits.iter().map(|(_, visit)| visit.doctor.map(|key| name(4, key))).collect::<Vec<Option<i64>>>(),
            "care_setting" => visits.iter().map(|(_, visit)| if visit.nights > 0 { "inpatient" } else { "outpatient" }).collect::<Vec<_>>(),
            "insured" => vec![1_i32; visits.len()],
            "still_in" => vec![0_i32; visits.len()],
            "planned_cycle" => int(&|visit| visit.planned.into()),
            "birth" => int(&|visit| visit.birth.into()),
            "referral" => vec![0_i32; visits.len()],
            "adm_day" => int(&day),
            "dscg_day" => int(&|visit| day(visit) + visit.nights),
            "adm_min" => visits.iter().map(|(_, visit)| Some(visit.minute - 7)).collect::<Vec<_>>(),
            "gross_fen" => vec![20_000_i64; visits.len()],
            "inscp_fen" => vec![15_000_i64; visits.len()],
            "fund_fen" => vec![10_000_i64; visits.len()],
        ];
        let settlement = df![
            "visit_key" => big(&|key, _| name(1, key)),
            "psn_key" => big(&|_, visit| name(2, visit.person)),
            "setl_min" => big(&|_, visit| visit.minute + visit.nights * 1440),
        ];
        let text = |value: &dyn Fn(&About) -> Option<String>| self.persons.values().map(value).collect::<Vec<_>>();
        let person = df![
            "psn_key" => self.persons.keys().map(|key| name(2, *key)).collect::<Vec<_>>(),
            "psn_no" => self.persons.keys().map(|key| format!("{names}P{key:06}")).collect::<Vec<_>>(),
            "psn_name" => vec![None::<&str>; self.persons.len()],
            "tel" => text(&|about| about.tel.clone()),
            "addr" => text(&|about| about.addr.clone()),
            "birth_day" => self.persons.values().map(|about| about.birth_day.map(|day| day as i32)).collect::<Vec<_>>(),
        ];
        let institutions: Vec<i64> = (0..INSTITUTIONS).collect();
        let institution = df![
            "inst_key" => institutions.iter().map(|key| name(3, *key)).collect::<Vec<_>>(),
            "fixmedins_code" => institutions.iter().map(|key| format!("{}{key:04}", if *key < HOSPITALS { "H" } else { "P" })).collect::<Vec<_>>(),
            "fixmedins_name" => vec![None::<&str>; institutions.len()],
            "inst_type" => institutions.iter().map(|key| if *key < HOSPITALS { "hospital" } else { "pharmacy" }).collect::<Vec<_>>(),
            "level" => institutions.iter().map(|key| Some(if *key < HOSPITALS { (key % 3 + 1) as i32 } else { 0 })).collect::<Vec<_>>(),
            "admdvs" => institutions.iter().map(|key| format!("3415{:02}", division(*key))).collect::<Vec<_>>(),
        ];
        let lines: Vec<(i64, i64, usize)> =
            visits.iter().filter_map(|(key, visit)| Some((*key, visit.person, visit.item?))).collect();
        let fee = df![
            "visit_key" => lines.iter().map(|(key, _, _)| name(1, *key)).collect::<Vec<_>>(),
            "psn_key" => lines.iter().map(|(_, person, _)| name(2, *person)).collect::<Vec<_>>(),
            "item_key" => lines.iter().map(|(_, _, item)| Some(*item as i64)).collect::<Vec<_>>(),
            "charge_type" => lines.iter().map(|(_, _, item)| ITEMS[*item].2).collect::<Vec<_>>(),
            "fee_day" => vec![100_i32; lines.len()],
            "fund_fen" => vec![10_000_i64; lines.len()],
        ];
        let item = df![
            "item_key" => (0..ITEMS.len() as i64).collect::<Vec<_>>(),
            "item_code" => ITEMS.map(|(code, _, _)| code),
            "item_name" => ITEMS.map(|(code, _, _)| code),
            "item_kind" => ITEMS.map(|(_, kind, _)| kind),
        ];
        let tables = [
            ("visit", visit),
            ("settlement", settlement),
            ("person", person),
            ("institution", institution),
            ("fee", fee),
            ("item", item),
        ];
        FrameTables(tables.into_iter().map(|(name, frame)| (name.to_owned(), frame.unwrap())).collect())
    }

    fn rings(&self) -> Rings {
        rings::find(&self.tables(1, 0), &Settings::default()).unwrap()
    }
}

/// The division that an institution is in: hospital 0 is the city's, 3 and 9 have a county for themselves.
fn division(institution: i64) -> i64 {
    match institution {
        0 => 3,
        6 => 1,
        _ => institution % 3,
    }
}

/// The persons of a ring, as the area numbers them.
fn persons(ring: &Ring) -> BTreeSet<i64> {
    let number = |member: &Member| member.code[member.code.find('P')? + 1..].parse().ok();
    ring.members
        .iter()
        .filter(|member| member.kind == MemberKind::Person && member.role != Role::Patient)
        .filter_map(number)
        .collect()
}

fn jaccard(one: &BTreeSet<i64>, other: &BTreeSet<i64>) -> f64 {
    one.intersection(other).count() as f64 / one.union(other).count().max(1) as f64
}

/// Each planted ring is found, and nothing else is.
fn assert_found(found: &Rings, planted: &[BTreeSet<i64>]) {
    let groups: Vec<BTreeSet<i64>> =
        found.rings.iter().filter(|ring| ring.kind == RingKind::Patients).map(persons).collect();
    for ring in planted {
        let best = groups.iter().map(|group| jaccard(ring, group)).fold(0.0, f64::max);
        assert!(best >= 0.8, "a ring of {} is found with Jaccard {best:.2} only; {:?}", ring.len(), found.account);
    }
    let strangers = groups.iter().filter(|group| planted.iter().all(|ring| jaccard(ring, group) < 0.5)).count();
    assert_eq!(
        strangers,
        0,
        "groups that nobody planted: {:?}",
        found.rings.iter().map(|ring| &ring.explanation.en).collect::<Vec<_>>()
    );
}

#[test]
fn planted_rings_are_found_with_and_without_camouflage() {
    let mut area = Area::new(11);
    let mut planted = Vec::new();
    for members in [4, 6, 10, 20, 40] {
        for camouflage in [0, 20] {
            planted.push(area.ring(members, 8, 100, camouflage));
        }
    }
    planted.push(area.ring(12, 12, 80, 10));
    planted.push(area.ring(24, 20, 60, 20));
    let found = area.rings();
    assert_found(&found, &planted);
    for ring in found.rings.iter().filter(|ring| ring.kind == RingKind::Patients) {
        assert!(ring.fund_fen > 0 && !ring.visits.is_empty() && !ring.sets.is_empty());
        assert!(ring.sets[0].members.len() >= 2 && ring.sets[0].days.len() >= 2);
    }
}

#[test]
fn a_ring_that_sends_others_each_time_is_found_by_its_bursts() {
    let mut area = Area::new(12);
    let planted = [area.ring(30, 16, 35, 10)];
    assert_found(&area.rings(), &planted);
}

#[test]
fn rings_of_equal_stays_are_found() {
    let mut area = Area::new(13);
    let ring = area.people(8);
    for (stay, hospital) in [(0, 1), (1, 3), (2, 1), (3, 5)] {
        for member in &ring {
            area.stay(*member, hospital, 20 + stay * 70, 9);
        }
    }
    assert_found(&area.rings(), &[ring.into_iter().collect()]);
}

#[test]
fn benign_groups_stay_silent() {
    let mut area = Area::new(14);
    let together = |area: &mut Area, members: &[i64], place: i64, days: &[i64]| {
        for day in days {
            let mut minute = area.office_minute();
            for member in members {
                area.contact(*member, place, *day, minute);
                minute += area.below(2);
            }
        }
    };
    let days: Vec<i64> = (0..8).map(|visit| visit * 40 + visit * visit % 17).collect();
    // A household of five by address, another by telephone, and parents with three children without either.
    let family = area.people(5);
    for member in &family {
        area.persons.get_mut(member).unwrap().addr = Some("幸福路12号3栋201".into());
    }
    together(&mut area, &family, 20, &days);
    let family = area.people(4);
    for member in &family {
        area.persons.get_mut(member).unwrap().tel = Some("13900000001".into());
    }
    together(&mut area, &family, 21, &days);
    let family = area.people(5);
    for (member, age) in family.iter().zip([38, 36, 12, 9, 3]) {
        area.persons.get_mut(member).unwrap().birth_day = Some(FIRST_DAY - age * 366);
    }
    together(&mut area, &family, 2, &days);
    // A nursing home of thirty.
    let home = area.people(30);
    for member in &home {
        area.persons.get_mut(member).unwrap().addr = Some("夕阳红养老院".into());
    }
    together(&mut area, &home, 4, &days);
    // Dialysis three times a week, marked by its diagnosis; rehabilitation every other day, marked by what it bills; the same billed by
    // the hospital's own code; and one of which no lines are known.
    let dialysis = area.people(12);
    let courses = [(1, Some(EXERCISE)), (2, Some(LOCAL_TREATMENT)), (3, None)].map(|course| (course, area.people(10)));
    for session in 0..40 {
        for patient in &dialysis {
            let minute = 480 + area.below(4);
            area.contact(*patient, 0, session * 7 / 3, minute);
            area.visits.last_mut().unwrap().planned = true;
        }
        for ((hospital, item), patients) in &courses {
            for patient in patients {
                let minute = 540 + area.below(4);
                area.contact(*patient, *hospital, session * 2, minute);
                area.visits.last_mut().unwrap().item = *item;
            }
        }
    }
    // A village clinic whose doctor comes once a month: thirty villagers over three hours.
    let village = area.people(30);
    for month in 0..12 {
        for villager in &village {
            let minute = 480 + area.below(180);
            area.contact(*villager, 11, month * 30, minute);
        }
    }
    // Health checks: two hundred persons on one day, the same school class of thirty each term.
    let checked = area.people(200);
    let class = area.people(30);
    for pupil in &class {
        area.persons.get_mut(pupil).unwrap().birth_day = Some(FIRST_DAY - 10 * 365);
    }
    for day in [30, 150, 270] {
        for person in &checked {
            let minute = 480 + area.below(200);
            area.contact(*person, 6, day, minute);
        }
        together(&mut area, &class, 7, &[day + 9]);
    }
    // Colleagues sent once, and mothers with their newborns.
    let colleagues = area.people(25);
    together(&mut area, &colleagues, 8, &[77, 78]);
    for _ in 0..6 {
        let pair = area.people(2);
        for visit in 0..4 {
            for person in &pair {
                area.stay(*person, 9, 40 + visit * 50, 4);
                area.visits.last_mut().unwrap().birth = true;
            }
        }
    }
    let found = area.rings();
    assert_found(&found, &[]);
    let explained = |reason| found.account.explained.get(&reason).copied().unwrap_or(0);
    assert_eq!((explained(Benign::Course), explained(Benign::Calendar)), (90, 45), "{:?}", found.account.explained);
    assert!(found.account.capped.mass_days >= 3, "{:?}", found.account.capped);
}

#[test]
fn a_ring_that_comes_by_the_calendar_for_drugs_is_found() {
    let mut area = Area::new(22);
    let mut planted = Vec::new();
    // Every Tuesday for half a year, at a hospital; the second brings a twelfth of treatment along and others come as well.
    for (hospital, members, treated) in [(4, 9, 0), (7, 14, 12)] {
        let ring = area.people(members);
        for week in 0..26 {
            let mut minute = 560 + area.below(20);
            for member in &ring {
                area.contact(*member, hospital, week * 7 + 1, minute);
                let exercise = treated > 0 && area.below(treated) == 0;
                area.visits.last_mut().unwrap().item = Some(if exercise { EXERCISE } else { DRUG });
                minute += area.below(2);
            }
        }
        planted.push(ring.into_iter().collect());
    }
    // A course of treatment on the same day, hour and hospital stays out of it.
    for patient in area.people(8) {
        for week in 0..26 {
            let minute = 570 + area.below(8);
            area.contact(patient, 4, week * 7 + 1, minute);
            area.visits.last_mut().unwrap().item = Some(EXERCISE);
        }
    }
    assert_found(&area.rings(), &planted);
}

#[test]
fn rings_depend_on_neither_row_order_nor_names() {
    let mut area = Area::new(15);
    area.ring(6, 6, 100, 5);
    area.ring(25, 12, 70, 5);
    let figures = |found: &Rings| -> Vec<(BTreeSet<i64>, String, i64)> {
        found
            .rings
            .iter()
            .map(|ring| (persons(ring), format!("{:.9} {:.6}", ring.score, ring.surprise), ring.fund_fen))
            .collect()
    };
    let settings = Settings::default();
    let first = rings::find(&area.tables(1, 0), &settings).unwrap();
    assert_eq!(first, rings::find(&area.tables(2, 0), &settings).unwrap(), "another row order");
    let renamed = rings::find(&area.tables(3, 1), &settings).unwrap();
    assert_eq!(figures(&first), figures(&renamed), "other names");
    let one_thread = rayon_threads(1, || rings::find(&area.tables(1, 0), &settings).unwrap());
    assert_eq!(first, one_thread, "one thread");
}

/// Runs `work` on a pool of its own.
fn rayon_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

#[test]
fn the_sweep_polars_and_duckdb_find_the_same_edges() {
    let mut area = Area::new(16);
    area.ring(15, 9, 70, 4);
    for session in 0..3 {
        let crowd = area.people(150);
        for person in crowd {
            area.contact(person, 3, 50 + session, 600);
        }
    }
    let mut settings = Settings::default();
    settings.patients.min_days = 2;
    let tables = area.tables(5, 0);
    let events = Events::read(&tables).unwrap();
    let mut swept: Vec<Vec<i64>> = sweep::sweep(&events, &settings)
        .pairs
        .iter()
        .map(|pair| {
            let (one, other) = (events.persons[pair.low as usize], events.persons[pair.high as usize]);
            vec![
                one.min(other),
                one.max(other),
                pair.days.into(),
                pair.meetings.into(),
                pair.common_days.into(),
                pair.crowd as i64,
                pair.first_day.into(),
                pair.last_day.into(),
                pair.expected_e9,
            ]
        })
        .collect();
    swept.sort();
    assert!(swept.len() > 100, "{} pairs say little", swept.len());
    let sql = edges_sql(&settings);
    let columns =
        ["low_key", "high_key", "days", "meetings", "common_days", "crowd", "first_day", "last_day", "expected_e9"];

    let frame = Bucket::open(&tables, None).rows(&Plan::parse(&sql).unwrap()).unwrap();
    let column =
        |name: &str| frame.column(name).unwrap().strict_cast(&DataType::Int64).unwrap().i64().unwrap().to_vec();
    let values: Vec<Vec<Option<i64>>> = columns.iter().map(|name| column(name)).collect();
    let mut polars: Vec<Vec<i64>> =
        (0..frame.height()).map(|row| values.iter().map(|column| column[row].unwrap()).collect()).collect();
    polars.sort();
    assert_eq!(polars, swept);

    let folder = tempfile::tempdir().unwrap();
    let results =
        engines::run(&engines::DUCKDB, folder.path(), &[engines::job(folder.path(), 0, &sql, tables.0.clone())]);
    let rows = results[0].as_array().unwrap_or_else(|| panic!("{}", results[0]));
    let number =
        |row: &Value, name: &str| row[name].as_i64().or_else(|| row[name].as_f64().map(|value| value as i64)).unwrap();
    let mut duckdb: Vec<Vec<i64>> =
        rows.iter().map(|row| columns.iter().map(|name| number(row, name)).collect()).collect();
    duckdb.sort();
    assert_eq!(duckdb, swept);
}

#[test]
fn graphs_agree_with_networkx() {
    let mut random = Pcg64Mcg::seed_from_u64(17);
    let mut below = |limit: u64| (random.next_u64() % limit) as usize;
    let mut jobs = Vec::new();
    let mut ours = Vec::new();
    for round in 0..12 {
        // Sparse graphs for components, blocks with noise between for communities.
        let (nodes, edges): (usize, BTreeSet<(usize, usize)>) = if round % 2 == 0 {
            let nodes = 60 + below(60);
            (nodes, (0..nodes * 2 / 3).map(|_| (below(nodes as u64), below(nodes as u64))).collect())
        } else {
            let (blocks, size) = (3 + below(4), 8 + below(8));
            let nodes = blocks * size;
            let inside = (0..nodes).flat_map(|one| (one + 1..nodes).map(move |other| (one, other)));
            let edges =
                inside.filter(|(one, other)| below(100) < if one / size == other / size { 70 } else { 3 }).collect();
            (nodes, edges)
        };
        let edges: BTreeSet<(usize, usize)> = edges
            .into_iter()
            .filter(|(one, other)| one != other)
            .map(|(one, other)| (one.min(other), one.max(other)))
            .collect();
        let list: Vec<Edge> =
            edges.iter().map(|(one, other)| Edge { one: *one, other: *other, weight_e3: 1000 }).collect();
        let components = groups::components(nodes, &list);
        let links: Vec<_> = edges.iter().map(|(one, other)| (*one, *other, 1000)).collect();
        let graph = leiden::Graph::new(nodes, &links);
        let communities = leiden::communities(&graph, 200, 1);
        ours.push((components, leiden::quality(&graph, &communities, 200)));
        jobs.push(json!({ "nodes": nodes, "edges": edges, "communities": communities, "dense": round % 2 == 1 }));
    }
    let folder = tempfile::tempdir().unwrap();
    let (jobs_path, results_path) = (folder.path().join("graphs.json"), folder.path().join("answers.json"));
    fs::write(&jobs_path, serde_json::to_vec(&jobs).unwrap()).unwrap();
    let script = repository().join("tests").join("engines").join("graphs.py");
    engines::finish(
        &engines::DUCKDB,
        Command::new(engines::python(&engines::DUCKDB)).arg(script).arg(&jobs_path).arg(&results_path),
    );
    let answers: Vec<Value> = serde_json::from_slice(&fs::read(results_path).unwrap()).unwrap();
    for (round, ((components, quality), answer)) in ours.iter().zip(&answers).enumerate() {
        assert_eq!(json!(components), answer["components"], "components of graph {round}");
        assert_eq!(json!(quality), answer["quality"], "quality of graph {round}, by networkx's count");
        assert_eq!(json!(true), answer["connected"], "a community of graph {round} is not connected");
        if round % 2 == 1 {
            assert_eq!(json!(true), answer["same"], "communities of graph {round} differ from Louvain's");
        }
        assert!(
            *quality >= answer["louvain_quality"].as_i64().unwrap(),
            "graph {round}: Louvain's partition is better"
        );
    }
}

#[test]
fn institutions_that_pass_patients_round_are_found() {
    let mut area = Area::new(18);
    // Fifteen persons walk 2→5→8→2 twice.
    for person in area.people(15) {
        let start = area.below(40);
        for (stop, hospital) in [2, 5, 8, 2, 5, 8, 2].into_iter().enumerate() {
            area.stay(person, hospital, start + stop as i64 * 20, 8);
        }
    }
    // A practitioner of hospital 1 whose patients go to pharmacy 33, hospital 1's others do not.
    for person in area.people(40) {
        for visit in 0..2 {
            let (day, minute) = (area.below(DAYS), area.office_minute());
            area.contact(person, 1, day, minute);
            area.visits.last_mut().unwrap().doctor = Some(77);
            let later = minute + 60 + area.below(200) + visit;
            area.contact(person, 33, day, later);
        }
    }
    let found = area.rings();
    let rotation: Vec<&Ring> = found.rings.iter().filter(|ring| ring.kind == RingKind::Rotation).collect();
    assert_eq!(rotation.len(), 1, "{rotation:?}");
    let hospitals: Vec<&str> =
        rotation[0].members.iter().take(rotation[0].size()).map(|member| member.code.as_str()).collect();
    assert_eq!(hospitals, ["H0002", "H0005", "H0008"]);
    assert_eq!(rotation[0].members.iter().filter(|member| member.role == Role::Patient).count(), 15);
    let sharing: Vec<&Ring> = found.rings.iter().filter(|ring| ring.kind == RingKind::Institutions).collect();
    let with_doctor = sharing.iter().any(|ring| {
        ring.members.iter().any(|member| member.kind == MemberKind::Practitioner)
            && ring.members.iter().any(|member| member.code == "P0033")
    });
    assert!(with_doctor, "{sharing:?}");
    assert_eq!(found.rings.iter().filter(|ring| ring.kind == RingKind::Patients).count(), 0);
}

impl Area {
    /// An area of inpatients without anybody who comes by chance only: 3,640 persons, each at home at one hospital, and at the great one
    /// (hospital 0) or another when that does not do.
    fn of_inpatients(seed: u64) -> Self {
        let mut area =
            Self { random: Pcg64Mcg::seed_from_u64(seed), visits: Vec::new(), persons: BTreeMap::new(), next: 0 };
        // The small hospitals are 4 and 8; 1 and 7 are a town's and 9 is for one disease, see below.
        for (home, persons) in
            [(0, 1200), (2, 700), (5, 600), (6, 400), (3, 200), (10, 200), (11, 200), (4, 70), (8, 70)]
        {
            for person in area.people(persons) {
                area.home_life(person, home);
            }
        }
        area
    }

    /// Contacts and stays of somebody at home at one hospital.
    fn home_life(&mut self, person: i64, home: i64) {
        for _ in 0..4 {
            let hospital = if self.below(5) > 0 { home } else { self.anywhere() };
            let (day, minute) = (self.below(DAYS), self.office_minute());
            self.contact(person, hospital, day, minute);
        }
        self.stay_some_time(person, home);
        if self.below(3) == 0 {
            let elsewhere = if self.below(10) < 7 { 0 } else { self.anywhere() };
            self.stay_some_time(person, elsewhere);
        }
    }

    /// A hospital that has no one place or disease.
    fn anywhere(&mut self) -> i64 {
        [0, 2, 3, 4, 5, 6, 8, 10, 11][self.below(9) as usize]
    }

    fn stay_some_time(&mut self, person: i64, hospital: i64) {
        let (day, nights) = (self.below(DAYS - 20), 3 + self.below(12));
        self.stay(person, hospital, day, nights);
    }

    /// The pairs of hospitals found to share too many.
    fn sharing_hospitals(&self) -> Vec<Vec<String>> {
        let found = self.rings();
        let sharing = found.rings.iter().filter(|ring| ring.kind == RingKind::Institutions);
        sharing.map(|ring| ring.members.iter().map(|member| member.code.clone()).collect()).collect()
    }
}

#[test]
fn hospitals_that_share_an_improbable_set_of_patients_are_found() {
    let mut area = Area::of_inpatients(23);
    assert_eq!(area.sharing_hospitals(), Vec::<Vec<String>>::new(), "nothing is planted yet");
    // Fifty persons lie in both of two small hospitals of different divisions, which have nothing else in common.
    for person in area.people(50) {
        for hospital in [4, 8, 4, 8] {
            area.stay_some_time(person, hospital);
        }
        for _ in 0..3 {
            let (place, day, minute) = (area.below(INSTITUTIONS), area.below(DAYS), area.office_minute());
            area.contact(person, place, day, minute);
        }
    }
    assert_eq!(area.sharing_hospitals(), [["H0004", "H0008"]]);
    let english = area.rings().rings[0].explanation.en.clone();
    assert!(english.starts_with("2 institutions"), "{english}");
}

#[test]
fn hospitals_that_share_patients_for_a_reason_stay_silent() {
    let mut area = Area::of_inpatients(24);
    // A town with two hospitals: whoever lives there goes to both, for a cold as for a stay; nobody else does.
    for (number, person) in (0..).zip(area.people(300)) {
        for contact in 0..6 {
            let (day, minute) = (area.below(DAYS), area.office_minute());
            area.contact(person, if contact % 2 == 0 { 1 } else { 7 }, day, minute);
        }
        area.stay_some_time(person, if number % 2 == 0 { 1 } else { 7 });
        if number % 3 == 0 {
            area.stay_some_time(person, if number % 2 == 0 { 7 } else { 1 });
        }
    }
    // A hospital for one disease: all who have it stay there, two thirds of them come from the county hospital 3 of its own division.
    for (number, person) in (0..).zip(area.people(90)) {
        let home = if number % 3 > 0 { 3 } else { [2, 5, 6, 10, 11][number % 5] };
        area.home_life(person, home);
        area.stay_some_time(person, 9);
    }
    // A great hospital to which a small one sends nearly everybody.
    for person in area.people(80) {
        area.stay_some_time(person, 11);
        area.stay_some_time(person, 0);
    }
    assert_eq!(area.sharing_hospitals(), Vec::<Vec<String>>::new());
    // A dialysis centre beside a small hospital: its patients have all else done there. Marked by what it bills, not by a diagnosis.
    for person in area.people(60) {
        for _ in 0..5 {
            area.stay_some_time(person, 8);
            area.visits.last_mut().unwrap().item = Some(DIALYSIS);
        }
        area.stay_some_time(person, 4);
    }
    assert_eq!(area.sharing_hospitals(), Vec::<Vec<String>>::new());
    let billed_otherwise = |visit: &mut Visit| visit.item = visit.item.map(|_| DRUG);
    area.visits.iter_mut().for_each(billed_otherwise);
    assert_eq!(area.sharing_hospitals(), [["H0004", "H0008"]], "what it bills is what explains it");
}

#[test]
fn an_edge_list_gives_the_same_groups() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("edges.csv");
    let mut text = String::from("low,high,days,expected_e9\n");
    for one in 1..=6 {
        for other in one + 1..=6 {
            text += &format!("P{one},P{other},6,1000\n");
        }
    }
    text += "P6,P7,4,1000\nP8,P9,5,1000\n";
    fs::write(&path, text).unwrap();
    let found = rings::from_edges(&path, &Settings::default()).unwrap();
    assert_eq!(found.rings.len(), 1);
    assert_eq!(persons(&found.rings[0]), (1..=6).collect());
    fs::write(&path, "low,high,days\nP1,P2,often\n").unwrap();
    let error = rings::from_edges(&path, &Settings::default()).unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains("days"), "{error}");
    assert!(rings::from_edges(Path::new("missing.csv"), &Settings::default()).is_err());
}

#[test]
fn rings_that_buy_resale_prone_drugs_are_held_under_model_5() {
    let mut area = Area::new(19);
    let ring = area.ring(8, 6, 100, 0);
    let mut tables = area.tables(1, 0);
    let visit = &tables.0["visit"];
    let column = |name: &str| visit.column(name).unwrap().clone();
    let rows = visit.height();
    // Everybody buys item 1; the list names it in another width and case.
    let fee = df![
        "visit_key" => column("visit_key").i64().unwrap().clone(),
        "psn_key" => column("psn_key").i64().unwrap().clone(),
        "item_key" => vec![Some(1_i64); rows],
        "fee_day" => vec![100_i64; rows],
        "fund_fen" => vec![10_000_i64; rows],
    ];
    tables.0.insert("fee".to_owned(), fee.unwrap());
    let item = df!["item_key" => [1_i64], "item_name" => ["Ａ药缓释片"]];
    tables.0.insert("item".to_owned(), item.unwrap());
    let known = |end_day: i64| {
        df!["resale_drug_name" => ["a药缓释片"], "begin_day" => [0_i64], "end_day" => [end_day]].unwrap()
    };
    tables.0.insert("k_resale_drug".to_owned(), known(i64::MAX));
    let settings = Settings::default();
    let found = rings::find(&tables, &settings).unwrap();
    assert_found(&found, &[ring]);
    assert_eq!(found.rings[0].resale_pct, Some(100));
    let rows =
        |rule: &str, chosen: &[&str]| rings::indications::evidence(rule, chosen, &found, &settings).unwrap().height();
    let (both, visits) = (["patient-ring", "resale-ring"], found.rings[0].visits.len());
    assert_eq!((rows("resale-ring", &both), rows("patient-ring", &both)), (visits, 0));
    assert_eq!(rows("patient-ring", &["patient-ring"]), visits, "it is a ring whatever it buys");
    tables.0.insert("k_resale_drug".to_owned(), known(99));
    assert_eq!(
        rings::find(&tables, &settings).unwrap().rings[0].resale_pct,
        Some(0),
        "what no longer holds names no drug"
    );
}

#[test]
fn a_run_reports_rings_as_findings_and_suspects() {
    let folder = tempfile::tempdir().unwrap();
    let exports = folder.path().join("exports");
    fs::create_dir(&exports).unwrap();
    let mut area = Area::new(20);
    let ring = area.ring(9, 6, 100, 2);
    let mut visits = String::from(
        "mdtrt_id,psn_no,gend,brdy,fixmedins_code,hosp_lv,begntime,endtime,med_type,chfpdr_code,vali_flag\n",
    );
    let mut settlements = String::from(
        "setl_id,init_setl_id,mdtrt_id,psn_no,fixmedins_code,begndate,enddate,setl_time,med_type,medfee_sumamt,inscp_amt,fund_pay_sumamt,refd_setl_flag,vali_flag\n",
    );
    // A tenth of the public is enough.
    let shown = |visit: &&Visit| visit.nights == 0 && (visit.person % 10 == 0 || ring.contains(&visit.person));
    for (number, visit) in area.visits.iter().filter(shown).enumerate() {
        let time = |minute: i64| chrono::DateTime::from_timestamp(minute * 60, 0).unwrap().format("%Y-%m-%d %H:%M:00");
        let day = chrono::DateTime::from_timestamp(visit.minute * 60, 0).unwrap().format("%Y-%m-%d");
        let code = format!("{}341502{:05}", if visit.institution < HOSPITALS { "H" } else { "P" }, visit.institution);
        let kind = if visit.institution < HOSPITALS { "11" } else { "41" };
        let (begin, settled) = (time(visit.minute - 3), time(visit.minute));
        visits += &format!("M{number},P{:06},1,1970-05-05,{code},08,{begin},{begin},{kind},D1,1\n", visit.person);
        settlements += &format!(
            "S{number},,M{number},P{:06},{code},{day},{day},{settled},{kind},200.00,150.00,100.00,0,1\n",
            visit.person
        );
    }
    fs::write(exports.join("mdtrt_d.csv"), visits).unwrap();
    fs::write(exports.join("setl_d.csv"), settlements).unwrap();
    done(
        folder.path(),
        "run exports --rule patient-ring,rotation-ring --set patient-ring.min_days=4 --out report --store store --reveal",
    );
    let report = folder.path().join("report");
    let found = rows(&report.join("rings.csv"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["kind"], "patients");
    let members: BTreeSet<i64> = rows(&report.join("ring_members.csv"))
        .iter()
        .filter(|row| row["kind"] == "person")
        .map(|row| row["code"][1..].parse().unwrap())
        .collect();
    assert!(jaccard(&members, &ring) >= 0.8);
    let findings = rows(&report.join("findings.csv"));
    assert_eq!(findings.len(), 1);
    assert_eq!((findings[0]["rule_id"].as_str(), findings[0]["model"].as_str()), ("patient-ring", "7"));
    assert_eq!(findings[0]["fund_amount"], found[0]["fund_amount"]);
    let evidence = rows(&report.join("evidence.csv"));
    assert!(!evidence.is_empty() && evidence.iter().all(|row| row["ring_id"] == found[0]["ring_id"]));
    let suspects = rows(&report.join("suspects.csv"));
    assert!(suspects.iter().any(|row| row["kind"] == "ring" && row["code"] == found[0]["ring_id"]));
    let manifest: Value = serde_json::from_slice(&fs::read(report.join("manifest.json")).unwrap()).unwrap();
    assert!(manifest["rings"]["presences"].as_u64() > Some(1000));
    let ran = manifest["rules_run"].as_array().unwrap().iter().find(|rule| rule["rule_id"] == "patient-ring").unwrap();
    let used = ran["params"].as_array().unwrap().iter().find(|param| param["name"] == "min_days").unwrap();
    assert_eq!((&used["value"], &used["default"]), (&json!("4"), &json!("3")));
    assert!(manifest["outputs"].as_array().unwrap().iter().any(|output| output["name"] == "rings.graphml"));
    let graph = fs::read_to_string(report.join("rings.graphml")).unwrap();
    assert_eq!(graph.matches("<node ").count(), graph.matches("</node>").count());
    assert!(graph.contains("attr.name=\"surprise\""));

    // The same by the command of its own, and the statement for clusters.
    let listed = done(folder.path(), "rings store --out rings --reveal");
    assert!(listed.stdout.contains("patients") && listed.stderr.contains("需核实"), "{}", listed.stderr);
    let alone = rows(&folder.path().join("rings").join("rings.csv"));
    assert_eq!(alone, found);
    assert!(done(folder.path(), "rings --sql").stdout.contains("HAVING COUNT(DISTINCT day_no) >= 3"));
    assert!(
        done(folder.path(), "rings --sql --set patient-ring.min_days=4")
            .stdout
            .contains("HAVING COUNT(DISTINCT day_no) >= 4")
    );
    // Limits reach the search: nobody is together on seven days.
    done(folder.path(), "rings store --out none --set patient-ring.min_days=7");
    assert!(rows(&folder.path().join("none").join("rings.csv")).is_empty());
    let listed = done(folder.path(), "rules patient-ring --lang en").stdout;
    assert!(listed.contains("Persons settled together"), "{listed}");
    assert!(done(folder.path(), "rule rotation-ring --lang en").stdout.contains("walk_gap_days = 30 days (1 to 180)"));
    let refused = run(folder.path(), "rule rotation-ring --sql");
    assert!(refused.code == Some(2) && refused.stderr.contains("FJ-508"), "{}", refused.stderr);
}

#[test]
fn a_picture_shows_members_places_and_days() {
    let mut area = Area::new(21);
    area.ring(5, 6, 100, 0);
    let found = area.rings();
    let ring = &found.rings[0];
    let layout = picture::layout(ring);
    assert_eq!(layout.members.len(), 5);
    assert_eq!(layout.days.len(), ring.meetings.iter().map(|meeting| meeting.day).collect::<BTreeSet<_>>().len());
    assert_eq!(layout.places.len(), ring.institutions as usize);
    assert!(layout.meetings.iter().all(|bar| bar.x < layout.row_end && bar.ys.iter().all(|y| *y < layout.height)));
    assert!(layout.row_end < layout.width, "the last day has room for its label");
    let svg = picture::svg(ring, feijian::lang::Lang::Zh);
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>") && svg.matches("<circle").count() > 20);
}
