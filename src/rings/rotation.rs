//! Rotation: cycles of stays, A→B→C→A, that many persons walk.
//!
//! A walk is a person's consecutive stays that come back to where they began, with other institutions between, short gaps and no referral.
//! Expected is what patients who choose their next hospital by its size, within their own division as often as everybody does, would
//! walk. A→B→A is everyday care and no cycle here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;
use rayon::prelude::*;

use super::assemble::Draft;
use super::error::RingsError;
use super::events::mix;
use super::model::{Link, Member, MemberKind, Parts, Ring, RingKind, RingVisit, Rings, Role};
use super::numbering::Numbering;
use super::settings::Settings;
use super::store::{self, Directory, Names};
use super::{query, surprise};
use crate::calendar;
use crate::casestore::source::TableSource;
use crate::lang::{Text, counted};

/// Institutions in a cycle, at least.
const MIN_CYCLE: usize = 3;

/// A stay on a person's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Stay {
    person: i64,
    adm_day: i32,
    dscg_day: i32,
    institution: i64,
    /// Referred here, or discharged to be transferred: a move that somebody answers for.
    referred: bool,
    visit: RingVisit,
}

/// Somebody who walked a cycle, with the stays of it.
type Walk<'a> = &'a [Stay];

/// Adds the rotation rings.
///
/// # Errors
/// If a table cannot be read.
pub fn add_rings(
    source: &dyn TableSource,
    directory: &Directory,
    settings: &Settings,
    rings: &mut Rings,
) -> Result<(), RingsError> {
    let stays = read(source)?;
    let order = numbering(&stays);
    let mut walks: BTreeMap<Vec<usize>, Vec<Walk<'_>>> = BTreeMap::new();
    let chance = Chance::new(&stays, directory, settings);
    rings.account.moves = chance.moves;
    for way in stays.chunk_by(|one, other| one.person == other.person) {
        for walk in walks_of(way, settings) {
            let cycle: Vec<usize> = walk[..walk.len() - 1].iter().map(|stay| order.number(stay.institution)).collect();
            walks.entry(canonical(&cycle)).or_default().push(walk);
        }
    }
    let measured: Vec<(&Vec<usize>, &Vec<Walk<'_>>, f64)> = walks
        .iter()
        .filter(|(_, walks)| walkers(walks).len() >= settings.rotation.min_walkers as usize)
        .map(|(cycle, walks)| {
            let keys: Vec<i64> = cycle.iter().map(|number| order.thing(*number)).collect();
            (cycle, walks, surprise::poisson(walkers(walks).len() as u64, chance.expected(&keys)))
        })
        .collect();
    // Every cycle of three that could be; longer ones are found through their moves anyway.
    let n = order.len() as u64;
    let tested = n.saturating_mul(n.saturating_sub(1)).saturating_mul(n.saturating_sub(2)) / 3;
    let cutoff = surprise::cutoff(
        measured.iter().map(|(_, _, surprise)| *surprise).collect(),
        tested,
        settings.rotation.false_discovery_pct / 100.0,
    );
    let kept: Vec<_> = measured.into_iter().filter(|(_, _, surprise)| *surprise >= cutoff).collect();

    let mut graph: DiGraphMap<usize, ()> = DiGraphMap::new();
    for (cycle, _, _) in &kept {
        for (place, from) in cycle.iter().enumerate() {
            graph.add_edge(*from, cycle[(place + 1) % cycle.len()], ());
        }
    }
    let mut circles: Vec<Vec<usize>> =
        tarjan_scc(&graph).into_iter().filter(|circle| circle.len() >= MIN_CYCLE).collect();
    for circle in &mut circles {
        circle.sort_unstable();
    }
    circles.sort_unstable();
    for circle in circles {
        let inside: Vec<(&Vec<usize>, &Vec<Walk<'_>>, f64)> = kept
            .iter()
            .filter(|(cycle, _, _)| cycle.iter().all(|number| circle.binary_search(number).is_ok()))
            .copied()
            .collect();
        rings.rings.push(ring(source, directory, &circle, &order, &inside)?);
    }
    Ok(())
}

/// All stays of known insured persons, by person and day.
fn read(source: &dyn TableSource) -> Result<Vec<Stay>, RingsError> {
    let sql = "SELECT psn_key, inst_key, visit_key, adm_day, dscg_day, gross_fen, inscp_fen, fund_fen,
                      CASE WHEN referral = 1 THEN 1 ELSE 0 END AS referred
               FROM visit
               WHERE psn_key IS NOT NULL AND insured = 1 AND still_in = 0 AND care_setting = 'inpatient'
                 AND planned_cycle = 0 AND birth = 0";
    let mut stays = Vec::new();
    for bucket in 0..source.buckets() {
        let rows = query::rows(source, Some(bucket), sql)?;
        let column = |name: &str| query::integers(&rows, name, 0);
        let (persons, institutions) = (column("psn_key")?, column("inst_key")?);
        let (first, last, referred) = (column("adm_day")?, column("dscg_day")?, column("referred")?);
        for (row, visit) in store::records(&rows)?.into_iter().enumerate() {
            let (Ok(adm_day), Ok(dscg_day)) = (i32::try_from(first[row]), i32::try_from(last[row])) else { continue };
            stays.push(Stay {
                person: persons[row],
                adm_day,
                dscg_day,
                institution: institutions[row],
                referred: referred[row] == 1,
                visit,
            });
        }
    }
    stays.par_sort_unstable();
    Ok(stays)
}

/// Institutions numbered by when their stays were, so that renaming changes no order.
fn numbering(stays: &[Stay]) -> Numbering<i64> {
    let mut signatures: HashMap<i64, u64> = HashMap::new();
    for stay in stays {
        let entry = signatures.entry(stay.institution).or_default();
        *entry = entry.wrapping_add(mix(&[stay.adm_day.cast_unsigned().into(), stay.dscg_day.cast_unsigned().into()]));
    }
    Numbering::new(signatures.keys().copied(), |institution| signatures[&institution])
}

/// Whether one stay leads to the next: elsewhere, soon, on nobody's referral.
fn leads(from: &Stay, to: &Stay, settings: &Settings) -> bool {
    from.institution != to.institution && !to.referred && to.adm_day - from.dscg_day <= settings.rotation.walk_gap_days
}

/// The closed walks of a person: each begins and ends at one institution, with others, each once, between.
fn walks_of<'a>(way: &'a [Stay], settings: &'a Settings) -> impl Iterator<Item = Walk<'a>> {
    (0..way.len()).filter_map(move |first| {
        let mut seen = vec![way[first].institution];
        for next in first + 1..way.len().min(first + settings.rotation.max_cycle + 1) {
            if !leads(&way[next - 1], &way[next], settings) {
                return None;
            }
            let here = way[next].institution;
            if here == way[first].institution {
                return (seen.len() >= MIN_CYCLE).then(|| &way[first..=next]);
            }
            if seen.contains(&here) {
                return None;
            }
            seen.push(here);
        }
        None
    })
}

/// The cycle turned so that the smallest number comes first.
fn canonical(cycle: &[usize]) -> Vec<usize> {
    let start = cycle.iter().enumerate().min_by_key(|(_, number)| **number).map_or(0, |(place, _)| place);
    cycle[start..].iter().chain(&cycle[..start]).copied().collect()
}

/// Who walked, each once.
fn walkers(walks: &[Walk<'_>]) -> BTreeSet<i64> {
    walks.iter().filter_map(|walk| walk.first()).map(|stay| stay.person).collect()
}

/// How often patients would walk a cycle by chance.
struct Chance<'a> {
    directory: &'a Directory,
    /// Stays per institution.
    stays: HashMap<i64, f64>,
    /// Stays per division.
    division: HashMap<Option<String>, f64>,
    all: f64,
    /// Moves, and those within a division.
    moves: u64,
    near: u64,
}

impl<'a> Chance<'a> {
    fn new(stays: &[Stay], directory: &'a Directory, settings: &Settings) -> Self {
        let mut chance = Self {
            directory,
            stays: HashMap::new(),
            division: HashMap::new(),
            all: stays.len() as f64,
            moves: 0,
            near: 0,
        };
        for stay in stays {
            *chance.stays.entry(stay.institution).or_default() += 1.0;
        }
        for (key, count) in &chance.stays {
            // Whole numbers, so the order of the sum does not matter.
            *chance.division.entry(directory.institution(*key).admdvs).or_default() += count;
        }
        for way in stays.chunk_by(|one, other| one.person == other.person) {
            for pair in way.windows(2).filter(|pair| leads(&pair[0], &pair[1], settings)) {
                chance.moves += 1;
                let of = |stay: &Stay| directory.institution(stay.institution).admdvs;
                chance.near += u64::from(of(&pair[0]) == of(&pair[1]));
            }
        }
        chance
    }

    /// Chance that somebody who leaves one institution for another goes to this one.
    fn step(&self, from: i64, to: i64) -> f64 {
        let (own, there) = (self.directory.institution(from).admdvs, self.directory.institution(to).admdvs);
        let share = self.near as f64 / self.moves.max(1) as f64;
        let size = |key: i64| self.stays.get(&key).copied().unwrap_or(0.0);
        let near = self.division.get(&own).copied().unwrap_or(0.0);
        let (share, choice) = if own == there { (share, near - size(from)) } else { (1.0 - share, self.all - near) };
        if choice > 0.0 { (share * size(to) / choice).min(1.0) } else { 0.0 }
    }

    /// Expected walks of a cycle, wherever in it they begin.
    fn expected(&self, cycle: &[i64]) -> f64 {
        let steps: f64 =
            (0..cycle.len()).map(|place| self.step(cycle[place], cycle[(place + 1) % cycle.len()])).product();
        let starts: f64 = cycle.iter().map(|key| self.stays.get(key).copied().unwrap_or(0.0) / self.all.max(1.0)).sum();
        (self.moves as f64 * starts * steps).max(1e-9)
    }
}

fn ring(
    source: &dyn TableSource,
    directory: &Directory,
    circle: &[usize],
    order: &Numbering<i64>,
    inside: &[(&Vec<usize>, &Vec<Walk<'_>>, f64)],
) -> Result<Ring, RingsError> {
    let walks: Vec<Walk<'_>> = inside.iter().flat_map(|(_, walks, _)| walks.iter().copied()).collect();
    let walked = walkers(&walks);
    let stays: BTreeSet<Stay> = walks.iter().flat_map(|walk| walk.iter()).copied().collect();
    let visits: BTreeSet<RingVisit> = stays.iter().map(|stay| stay.visit).collect();
    let fund_of = |of: &dyn Fn(&Stay) -> bool| -> i64 {
        stays.iter().filter(|stay| of(stay)).map(|stay| stay.visit.fund_fen).sum()
    };
    let member = |number: &usize| {
        let key = order.thing(*number);
        let institution = directory.institution(key);
        Member {
            key,
            kind: MemberKind::Institution,
            code: institution.code,
            name: institution.name,
            role: Role::Member,
            degree: 0,
            events: stays.iter().filter(|stay| stay.institution == key).count() as u64,
            fund_fen: fund_of(&|stay| stay.institution == key),
        }
    };
    let members: Vec<Member> = circle.iter().map(member).collect();
    let position = |key: i64| members.iter().position(|member| member.key == key).unwrap_or_default();
    let mut moves: BTreeMap<(usize, usize), BTreeSet<i64>> = BTreeMap::new();
    for walk in &walks {
        for pair in walk.windows(2) {
            let way = (position(pair[0].institution), position(pair[1].institution));
            moves.entry(way).or_default().insert(pair[0].person);
        }
    }
    let surprise = inside.iter().map(|(_, _, surprise)| *surprise).fold(0.0, f64::max);
    let links: Vec<Link> = moves
        .into_iter()
        .map(|((one, other), persons)| Link { one, other, count: persons.len() as u64, surprise })
        .collect();
    let keys: Vec<i64> = walked.iter().copied().collect();
    let names = Names::of_persons(source, &keys)?;
    let patient = |key: &i64| {
        let (code, name) = names.of(*key);
        Member {
            key: *key,
            kind: MemberKind::Person,
            code,
            name,
            role: Role::Patient,
            degree: 0,
            events: walks.iter().filter(|walk| walk.first().is_some_and(|stay| stay.person == *key)).count() as u64,
            fund_fen: fund_of(&|stay| stay.person == *key),
        }
    };
    let all_moves: usize = walks.iter().map(|walk| walk.len() - 1).sum();
    let draft = Draft {
        others: keys.iter().map(patient).collect(),
        co_events: walks.len() as u64,
        first_day: stays.iter().map(|stay| stay.adm_day).min(),
        last_day: stays.iter().map(|stay| stay.dscg_day).max(),
        parts: Parts {
            // Walks per walker: whoever goes round again is no chance patient.
            synchrony: (walks.len() as f64 / walked.len().max(1) as f64 / 2.0).min(1.0),
            exclusivity: (all_moves as f64 / stays.len().max(1) as f64).min(1.0),
            ..Parts::default()
        },
        visits: visits.into_iter().collect(),
        ..Draft::new(RingKind::Rotation, members, links)
    };
    let most = inside.iter().max_by_key(|(cycle, walks, _)| (walkers(walks).len(), std::cmp::Reverse(*cycle)));
    let code = |number: &usize| directory.institution(order.thing(*number)).code;
    let route: Vec<String> =
        most.iter().flat_map(|(cycle, _, _)| cycle.iter().chain(cycle.first())).map(code).collect();
    Ok(Ring::assemble(draft, |ring| explanation(ring, walked.len() as u64, &route.join("→"))))
}

fn explanation(ring: &Ring, persons: u64, route: &str) -> Text {
    let day = |day: Option<i32>| day.map(calendar::iso).unwrap_or_default();
    let (from, to, size, walks) = (day(ring.first_day), day(ring.last_day), ring.size(), ring.co_events);
    Text::new(
        format!(
            "{from} 至 {to}，{persons} 人在 {size} 家医院间循环住院 {walks} 次（多为 {route}），且无转诊记录；需核实住院必要性与介绍来源"
        ),
        format!(
            "{} went round {size} hospitals {} from {from} to {to} (mostly {route}) without a referral: to verify",
            counted(persons, "person"),
            counted(walks, "time")
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(stays: &[(i64, i32)]) -> Vec<Stay> {
        let visit = RingVisit { visit_key: 0, gross_fen: 0, inscp_fen: 0, fund_fen: 0 };
        let stay = |(institution, day): &(i64, i32)| Stay {
            person: 1,
            adm_day: *day,
            dscg_day: day + 5,
            institution: *institution,
            referred: false,
            visit,
        };
        stays.iter().map(stay).collect()
    }

    #[test]
    fn a_walk_comes_back_by_way_of_others() {
        let settings = Settings::default();
        let lengths = |stays: &[(i64, i32)]| walks_of(&way(stays), &settings).map(<[Stay]>::len).collect::<Vec<_>>();
        assert_eq!(lengths(&[(1, 0), (2, 10), (3, 20), (1, 30)]), [4]);
        assert_eq!(lengths(&[(1, 0), (2, 10), (1, 20), (3, 30)]), [0_usize; 0], "there and back is no cycle");
        assert_eq!(lengths(&[(1, 0), (2, 10), (3, 60), (1, 70)]), [0_usize; 0], "a long pause ends the way");
        assert_eq!(lengths(&[(1, 0), (2, 10), (3, 20), (1, 30), (2, 40), (3, 50)]), [4, 4, 4]);
        assert_eq!(canonical(&[2, 0, 1]), [0, 1, 2]);
    }
}
