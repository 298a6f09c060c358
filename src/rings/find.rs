//! The search over a store, step by step, and rings of persons put together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;

use super::benign::{self, Explain};
use super::blocks;
use super::confirm::{self, Meeting};
use super::events::{Events, PRESENCE_SQL, PersonEvents, Place};
use super::groups::{self, Edge};
use super::model::{
    CardSet, Link, Member, MemberKind, Parts, Ring, RingKind, RingMeeting, RingVisit, Rings, Role, ring_id,
};
use super::settings::Settings;
use super::sweep::{self, Pair, Swept};
use super::{RingsError, institutions, query, rotation, score, surprise};
use crate::calendar;
use crate::lang::{Text, counted};
use crate::rules::runner::TableSource;
use crate::spelling::normalise;

/// Finds the rings of a store.
///
/// # Errors
/// If a table cannot be read.
pub fn find(source: &dyn TableSource, settings: &Settings) -> Result<Rings, RingsError> {
    let events = Events::read(source)?;
    let directory = Directory::read(source)?;
    let mut rings = Rings::default();
    rings.account.presences = events.events.len() as u64;
    rings.account.persons = events.persons.len() as u64;
    rings.account.planned_visits = planned_visits(source)?;
    patient_rings(source, &events, &directory, settings, &mut rings)?;
    institutions::add_rings(source, &events, &directory, settings, &mut rings)?;
    drop(events);
    rotation::add_rings(source, &directory, settings, &mut rings)?;
    score::rank(&mut rings.rings);
    Ok(rings)
}

/// Institutions by key: small, and needed everywhere.
#[derive(Debug, Default)]
pub struct Directory {
    institutions: HashMap<i64, Institution>,
}

/// What is known of an institution.
#[derive(Debug, Clone, Default)]
pub struct Institution {
    /// Code of the export.
    pub code: String,
    /// Name.
    pub name: Option<String>,
    /// Whether it is a pharmacy.
    pub pharmacy: bool,
    /// 3, 2, 1; 0 without a level, −1 unknown.
    pub level: i64,
    /// Division.
    pub admdvs: Option<String>,
}

impl Directory {
    fn read(source: &dyn TableSource) -> Result<Self, RingsError> {
        let Some(rows) = source.scan("institution", None)? else { return Ok(Self::default()) };
        let columns = ["inst_key", "fixmedins_code", "fixmedins_name", "inst_type", "level", "admdvs"];
        let rows = rows.select(columns.map(col)).collect_with_engine(Engine::Streaming)?.unwrap_single();
        let keys = query::integers(&rows, "inst_key", 0)?;
        let levels = query::integers(&rows, "level", -1)?;
        let (codes, names) = (query::texts(&rows, "fixmedins_code")?, query::texts(&rows, "fixmedins_name")?);
        let (kinds, divisions) = (query::texts(&rows, "inst_type")?, query::texts(&rows, "admdvs")?);
        let institutions = (0..keys.len()).map(|row| {
            let institution = Institution {
                code: codes[row].clone().unwrap_or_default(),
                name: names[row].clone(),
                pharmacy: kinds[row].as_deref() == Some("pharmacy"),
                level: levels[row],
                admdvs: divisions[row].clone(),
            };
            (keys[row], institution)
        });
        Ok(Self { institutions: institutions.collect() })
    }

    /// The institution with this key; one that no table names has its key for a code.
    pub fn institution(&self, key: i64) -> Institution {
        self.institutions.get(&key).cloned().unwrap_or_else(|| Institution {
            code: key.to_string(),
            level: -1,
            ..Institution::default()
        })
    }
}

fn planned_visits(source: &dyn TableSource) -> Result<u64, RingsError> {
    let sql = "SELECT COUNT(*) AS visits FROM visit WHERE planned_cycle = 1 OR birth = 1";
    let Some(rows) = query::rows(source, None, &["visit"], sql)? else { return Ok(0) };
    Ok(query::integers(&rows, "visits", 0)?.first().and_then(|visits| u64::try_from(*visits).ok()).unwrap_or(0))
}

/// A pair that is an edge, with how surprising it is.
struct Kept {
    pair: Pair,
    surprise: f64,
}

fn patient_rings(
    source: &dyn TableSource,
    events: &Events,
    directory: &Directory,
    settings: &Settings,
    rings: &mut Rings,
) -> Result<(), RingsError> {
    let swept = sweep::sweep(events, settings);
    let bursts = blocks::bursts(events, &swept.blocks, settings);
    let all_bursts = bursts.len() as u64;
    let core = blocks::core(bursts, settings);
    rings.account.bursts = (all_bursts, core.len() as u64);
    let core_pairs = blocks::pairs(&core);
    let named = swept.pairs.iter().chain(&core_pairs).flat_map(|pair| [pair.low, pair.high]);
    let by_person = events.of_persons(&sweep::marked(events.persons.len(), named));

    let kept = surprising(&swept, core_pairs, events, &by_person, settings, rings);
    let kept = unexplained(kept, source, events, directory, &by_person, settings, rings)?;

    // From here on persons are numbered by when and where they were.
    let places = events.place_signatures();
    let persons: BTreeSet<u32> = kept.iter().flat_map(|kept| [kept.pair.low, kept.pair.high]).collect();
    let mut order: Vec<(u64, u32)> =
        persons.into_iter().map(|person| (by_person.signature(person, &places), person)).collect();
    order.sort_unstable();
    let numbers: HashMap<u32, usize> =
        order.iter().enumerate().map(|(number, (_, person))| (*person, number)).collect();
    let mut edges: Vec<Edge> = kept
        .iter()
        .map(|kept| {
            let (one, other) = (numbers[&kept.pair.low], numbers[&kept.pair.high]);
            let crowd = kept.pair.crowd as f64 / f64::from(kept.pair.meetings.max(1));
            // Adamic and Adar: who meets in a crowd has met everybody.
            let weight_e3 = (1000.0 / (1.0 + crowd).log2()).round().max(1.0) as i64;
            Edge { one: one.min(other), other: one.max(other), weight_e3 }
        })
        .collect();
    edges.sort_unstable();
    let links: HashMap<(u32, u32), &Kept> = kept.iter().map(|kept| ((kept.pair.low, kept.pair.high), kept)).collect();
    let found: Vec<Vec<u32>> = groups::groups(order.len(), &edges, settings)
        .iter()
        .map(|group| group.iter().map(|number| order[*number].1).collect())
        .collect();
    let mut linked: HashMap<u32, Vec<u32>> = HashMap::new();
    for edge in &edges {
        let (one, other) = (order[edge.one].1, order[edge.other].1);
        linked.entry(one).or_default().push(other);
        linked.entry(other).or_default().push(one);
    }
    let view = confirm::View { events, blocks: &swept.blocks, by_person: &by_person, settings };
    let mut drafts = Vec::new();
    for members in view.completed(view.merged(found), &linked) {
        let meetings = view.meetings(&members);
        if confirm::days(&meetings).len() >= settings.min_days as usize {
            drafts.push(Draft { members, meetings });
        }
    }
    let context = Context { source, events, directory, by_person: &by_person, links: &links, settings };
    rings.rings.extend(context.rings(&drafts)?);
    Ok(())
}

/// Pairs that chance does not explain, and pairs of the dense core.
fn surprising(
    swept: &Swept,
    core_pairs: Vec<Pair>,
    events: &Events,
    by_person: &PersonEvents,
    settings: &Settings,
    rings: &mut Rings,
) -> Vec<Kept> {
    let measure = |pair: Pair| {
        let expected = pair.expected_e9.max(1) as f64 / 1e9;
        Kept { surprise: surprise::poisson(pair.days.into(), expected), pair }
    };
    let measured: Vec<Kept> = swept.pairs.iter().copied().map(measure).collect();
    let cutoff = surprise::cutoff(
        measured.iter().map(|kept| kept.surprise).collect(),
        swept.tested,
        settings.false_discovery_pct / 100.0,
    );
    let account = &mut rings.account;
    (account.together, account.tested, account.pairs) = (swept.together, swept.tested, measured.len() as u64);
    account.cutoff = cutoff.is_finite().then_some(cutoff);
    account.capped = swept.capped;
    let mut kept: BTreeMap<(u32, u32), Kept> = BTreeMap::new();
    for pair in core_pairs {
        let pair = sweep::compared(pair, by_person, &events.places, &swept.close_e9);
        kept.insert((pair.low, pair.high), measure(pair));
    }
    for found in measured {
        if found.surprise >= cutoff {
            account.surprising += 1;
            kept.insert((found.pair.low, found.pair.high), found);
        }
    }
    let mut kept: Vec<Kept> = kept.into_values().collect();
    // Days at one place without meeting there speak against a common purpose.
    kept.retain(|kept| kept.pair.meetings * 100 >= settings.min_together_pct * kept.pair.common_days);
    kept
}

/// Takes out the pairs that everyday life explains.
fn unexplained(
    mut kept: Vec<Kept>,
    source: &dyn TableSource,
    events: &Events,
    directory: &Directory,
    by_person: &PersonEvents,
    settings: &Settings,
    rings: &mut Rings,
) -> Result<Vec<Kept>, RingsError> {
    let mut keys: Vec<i64> = kept
        .iter()
        .flat_map(|kept| [kept.pair.low, kept.pair.high])
        .map(|person| events.persons[person as usize])
        .collect();
    keys.sort_unstable();
    keys.dedup();
    let attributes = benign::attributes(source, &keys)?;
    let pharmacies: Vec<bool> =
        events.places.iter().map(|place| directory.institution(place.inst_key).pharmacy).collect();
    let explain = Explain {
        source,
        settings,
        attributes: &attributes,
        persons: &events.persons,
        by_person,
        places: &events.places,
        pharmacies: &pharmacies,
    };
    let reasons = explain.pairs(&kept.iter().map(|kept| (kept.pair.low, kept.pair.high)).collect::<Vec<_>>())?;
    let mut reasons = reasons.into_iter();
    kept.retain(|_| match reasons.next().flatten() {
        Some(reason) => {
            *rings.account.explained.entry(reason).or_default() += 1;
            false
        }
        None => true,
    });
    Ok(kept)
}

/// A group on its way to a ring.
struct Draft {
    members: Vec<u32>,
    meetings: Vec<Meeting>,
}

/// What rings of persons are put together from.
struct Context<'a> {
    source: &'a dyn TableSource,
    events: &'a Events,
    directory: &'a Directory,
    by_person: &'a PersonEvents,
    links: &'a HashMap<(u32, u32), &'a Kept>,
    settings: &'a Settings,
}

/// A visit of a ring's member: person, place, day and record.
pub struct MemberVisit {
    /// Key of the person.
    pub person: i64,
    /// Where.
    pub place: Place,
    /// When, days since 1970-01-01.
    pub day: i32,
    /// The record.
    pub visit: RingVisit,
}

impl Context<'_> {
    fn rings(&self, drafts: &[Draft]) -> Result<Vec<Ring>, RingsError> {
        let mut keys: Vec<i64> =
            drafts.iter().flat_map(|draft| &draft.members).map(|person| self.key(*person)).collect();
        keys.sort_unstable();
        keys.dedup();
        let names = names(self.source, "person", "psn_key", "psn_no", "psn_name", &keys)?;
        let mut visits: HashMap<(i64, Place, i32), Vec<RingVisit>> = HashMap::new();
        for visit in member_visits(self.source, &keys)? {
            visits.entry((visit.person, visit.place, visit.day)).or_default().push(visit.visit);
        }
        let mut rings: Vec<Ring> = drafts.iter().map(|draft| self.ring(draft, &names, &visits)).collect();
        add_items(self.source, &mut rings)?;
        for ring in &mut rings {
            ring.score = score::score(ring.fund_fen, &ring.parts);
            ring.explanation = explanation(ring, self.settings);
        }
        Ok(rings)
    }

    fn key(&self, person: u32) -> i64 {
        self.events.persons[person as usize]
    }

    fn ring(&self, draft: &Draft, names: &Names, visits: &HashMap<(i64, Place, i32), Vec<RingVisit>>) -> Ring {
        let named =
            |person: u32| names.get(&self.key(person)).cloned().unwrap_or_else(|| (self.key(person).to_string(), None));
        // Members by code; `position` leads from the draft's order to it.
        let mut by_code: Vec<usize> = (0..draft.members.len()).collect();
        by_code.sort_by_key(|member| named(draft.members[*member]).0);
        let mut position = vec![0; by_code.len()];
        for (place, member) in by_code.iter().enumerate() {
            position[*member] = place;
        }
        let persons: Vec<u32> = by_code.iter().map(|member| draft.members[*member]).collect();
        let mut links = Vec::new();
        for (one, low) in persons.iter().enumerate() {
            for (other, high) in persons.iter().enumerate().skip(one + 1) {
                if let Some(kept) = self.links.get(&(*low.min(high), *low.max(high))) {
                    links.push(Link { one, other, count: kept.pair.days.into(), surprise: kept.surprise });
                }
            }
        }
        let sets = confirm::closed_sets(&draft.meetings);
        let sets: Vec<CardSet> = sets
            .into_iter()
            .map(|set| {
                let mut members: Vec<usize> = set.members.iter().map(|member| position[*member]).collect();
                members.sort_unstable();
                CardSet { members, days: set.days }
            })
            .collect();
        let attended = confirm::attendances(&draft.meetings);
        let mut degrees = vec![0_u64; persons.len()];
        for link in &links {
            degrees[link.one] += 1;
            degrees[link.other] += 1;
        }
        let mut members: Vec<Member> = persons
            .iter()
            .enumerate()
            .map(|(place, person)| {
                let (code, name) = named(*person);
                let core = sets.first().is_some_and(|set| set.members.contains(&place));
                Member {
                    key: self.key(*person),
                    kind: MemberKind::Person,
                    code,
                    name,
                    role: if core { Role::Core } else { Role::Member },
                    degree: degrees[place],
                    events: attended.get(&by_code[place]).copied().unwrap_or(0),
                    fund_fen: 0,
                }
            })
            .collect();
        let records = self.add_places(draft, &position, &mut members, visits);
        let fund_fen = records.iter().map(|visit| visit.fund_fen).sum();
        let meetings = self.meetings(draft, &position, &members);
        let size = persons.len();
        let surprise = score::spanning_surprise(size, &links);
        let institutions = members.len() - size;
        let parts = self.parts(draft, &links, surprise, institutions);
        Ring {
            ring_id: ring_id(
                RingKind::Patients,
                members[..size].iter().map(|member| (member.kind, member.code.as_str())),
            ),
            kind: RingKind::Patients,
            institutions: institutions as u64,
            co_events: meetings.len() as u64,
            first_day: meetings.iter().map(|meeting| meeting.day).min(),
            last_day: meetings.iter().map(|meeting| meeting.day).max(),
            fund_fen,
            surprise,
            parts,
            score: 0.0,
            rank: 0,
            resale_pct: None,
            explanation: Text::default(),
            members,
            links,
            meetings,
            sets,
            visits: records,
        }
    }

    /// Adds the institutions that members met at, spreads the money of the visits over members and places, and returns the visits.
    fn add_places(
        &self,
        draft: &Draft,
        position: &[usize],
        members: &mut Vec<Member>,
        visits: &HashMap<(i64, Place, i32), Vec<RingVisit>>,
    ) -> Vec<RingVisit> {
        let mut records: BTreeSet<RingVisit> = BTreeSet::new();
        let mut places: BTreeMap<i64, (u64, BTreeSet<usize>, i64)> = BTreeMap::new();
        for meeting in &draft.meetings {
            let place = self.events.places[meeting.place as usize];
            let entry = places.entry(place.inst_key).or_default();
            entry.0 += 1;
            for member in &meeting.members {
                entry.1.insert(*member);
                let key = (self.key(draft.members[*member]), place, meeting.day);
                for visit in visits.get(&key).into_iter().flatten() {
                    if records.insert(*visit) {
                        members[position[*member]].fund_fen += visit.fund_fen;
                        entry.2 += visit.fund_fen;
                    }
                }
            }
        }
        let mut added: Vec<Member> = places
            .into_iter()
            .map(|(key, (meetings, met, fund_fen))| {
                let institution = self.directory.institution(key);
                Member {
                    key,
                    kind: MemberKind::Institution,
                    code: institution.code,
                    name: institution.name,
                    role: Role::Place,
                    degree: met.len() as u64,
                    events: meetings,
                    fund_fen,
                }
            })
            .collect();
        added.sort_by(|one, other| one.code.cmp(&other.code));
        members.append(&mut added);
        records.into_iter().collect()
    }

    fn meetings(&self, draft: &Draft, position: &[usize], members: &[Member]) -> Vec<RingMeeting> {
        let mut meetings: Vec<RingMeeting> = draft
            .meetings
            .iter()
            .map(|meeting| {
                let place = self.events.places[meeting.place as usize];
                let mut there: Vec<usize> = meeting.members.iter().map(|member| position[*member]).collect();
                there.sort_unstable();
                let is_place = |member: &Member| member.role == Role::Place && member.key == place.inst_key;
                RingMeeting {
                    place: members.iter().position(is_place).unwrap_or_default(),
                    day: meeting.day,
                    minutes: (!place.stay).then(|| (meeting.from.rem_euclid(1440), meeting.to.rem_euclid(1440))),
                    members: there,
                    persons: meeting.persons,
                }
            })
            .collect();
        meetings.sort_by(|one, other| {
            (one.day, one.minutes, one.place, &one.members).cmp(&(
                other.day,
                other.minutes,
                other.place,
                &other.members,
            ))
        });
        meetings
    }

    fn parts(&self, draft: &Draft, links: &[Link], surprise: f64, institutions: usize) -> Parts {
        let attended: usize = draft.meetings.iter().map(|meeting| meeting.members.len()).sum();
        let there: usize = draft.meetings.iter().map(|meeting| meeting.persons).sum();
        let used: BTreeSet<u32> = draft.meetings.iter().map(|meeting| meeting.place).collect();
        let presences =
            |person: &u32| self.by_person.of(*person).iter().filter(|event| used.contains(&event.place)).count();
        let all: usize = draft.members.iter().map(presences).sum();
        let size = draft.members.len();
        let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { (part as f64 / whole as f64).min(1.0) };
        Parts {
            synchrony: share(attended, all),
            exclusivity: share(attended, there),
            density: share(links.len(), size * (size - 1) / 2),
            surprise: score::surprise_part(surprise, size),
            spread: score::spread_part(institutions),
            similarity: 0.0,
        }
    }
}

/// Code and name by key.
pub type Names = HashMap<i64, (String, Option<String>)>;

/// Codes and names of some keys of a small table.
///
/// # Errors
/// If the table cannot be read.
pub fn names(
    source: &dyn TableSource,
    table: &str,
    key: &str,
    code: &str,
    name: &str,
    keys: &[i64],
) -> Result<Names, RingsError> {
    let Some(rows) = query::matching(source, None, table, key, keys, &[key, code, name])? else {
        return Ok(Names::new());
    };
    let (codes, titles) = (query::texts(&rows, code)?, query::texts(&rows, name)?);
    let keys = query::integers(&rows, key, 0)?;
    Ok(keys.into_iter().zip(codes.into_iter().map(Option::unwrap_or_default).zip(titles)).collect())
}

/// All visits of some persons, as presence.sql sees them.
///
/// # Errors
/// If a table cannot be read.
pub fn member_visits(source: &dyn TableSource, persons: &[i64]) -> Result<Vec<MemberVisit>, RingsError> {
    let sql = format!(
        "{PRESENCE_SQL}SELECT p.psn_key, p.inst_key, p.stay, p.day_no, v.visit_key, v.gross_fen, v.inscp_fen, v.fund_fen
         FROM present AS p JOIN visit AS v ON p.visit_key = v.visit_key"
    );
    let some = OfPersons { source, persons };
    let mut visits = Vec::new();
    for bucket in 0..source.buckets() {
        let Some(rows) = query::rows(&some, Some(bucket), &["visit", "settlement"], &sql)? else { continue };
        let column = |name: &str| query::integers(&rows, name, 0);
        let (persons, institutions, stays, days) =
            (column("psn_key")?, column("inst_key")?, column("stay")?, column("day_no")?);
        let (keys, gross, inscp, fund) =
            (column("visit_key")?, column("gross_fen")?, column("inscp_fen")?, column("fund_fen")?);
        for row in 0..keys.len() {
            let Ok(day) = i32::try_from(days[row]) else { continue };
            visits.push(MemberVisit {
                person: persons[row],
                place: Place { inst_key: institutions[row], stay: stays[row] == 1 },
                day,
                visit: RingVisit {
                    visit_key: keys[row],
                    gross_fen: gross[row],
                    inscp_fen: inscp[row],
                    fund_fen: fund[row],
                },
            });
        }
    }
    Ok(visits)
}

/// A store cut down to some persons, so that a statement costs what they cost.
pub struct OfPersons<'a> {
    /// The whole store.
    pub source: &'a dyn TableSource,
    /// Keys of the persons.
    pub persons: &'a [i64],
}

impl TableSource for OfPersons<'_> {
    fn buckets(&self) -> usize {
        self.source.buckets()
    }

    fn scan(&self, table: &str, bucket: Option<usize>) -> PolarsResult<Option<LazyFrame>> {
        let Some(rows) = self.source.scan(table, bucket)? else { return Ok(None) };
        let wanted = df!["psn_key" => self.persons]?.lazy();
        Ok(Some(rows.join(wanted, [col("psn_key")], [col("psn_key")], JoinArgs::new(JoinType::Semi))))
    }
}

/// Adds what the rings' visits were for: similarity, and the share of drugs known to be resold.
fn add_items(source: &dyn TableSource, rings: &mut [Ring]) -> Result<(), RingsError> {
    let mut keys: Vec<i64> = rings.iter().flat_map(|ring| &ring.visits).map(|visit| visit.visit_key).collect();
    keys.sort_unstable();
    keys.dedup();
    // Visit → (person, item, fund money) of each line.
    let mut lines: HashMap<i64, Vec<(i64, i64, i64)>> = HashMap::new();
    let columns = ["visit_key", "psn_key", "item_key", "fund_fen"];
    for bucket in 0..source.buckets() {
        let Some(rows) = query::matching(source, Some(bucket), "fee", "visit_key", &keys, &columns)? else { continue };
        let (visits, persons) = (query::integers(&rows, "visit_key", 0)?, query::integers(&rows, "psn_key", 0)?);
        let (items, funds) = (query::optional(&rows, "item_key")?, query::integers(&rows, "fund_fen", 0)?);
        for row in 0..visits.len() {
            if let Some(item) = items[row] {
                lines.entry(visits[row]).or_default().push((persons[row], item, funds[row]));
            }
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    let mut items: Vec<i64> = lines.values().flatten().map(|(_, item, _)| *item).collect();
    items.sort_unstable();
    items.dedup();
    let resold = resold(source, &items)?;
    for ring in rings {
        let mut buyers: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
        let (mut drugs, mut all) = (0_i64, 0_i64);
        for (person, item, fund) in ring.visits.iter().filter_map(|visit| lines.get(&visit.visit_key)).flatten() {
            buyers.entry(*item).or_default().insert(*person);
            all += fund;
            drugs += if resold.contains(item) { *fund } else { 0 };
        }
        let most = buyers.values().map(BTreeSet::len).max().unwrap_or(0);
        ring.parts.similarity = most as f64 / ring.size().max(1) as f64;
        ring.resale_pct = (all > 0).then(|| drugs * 100 / all);
    }
    Ok(())
}

/// Those of `items` that the knowledge folder lists as resold.
fn resold(source: &dyn TableSource, items: &[i64]) -> Result<BTreeSet<i64>, RingsError> {
    let Some(known) = source.scan("k_resale_drug", None)? else { return Ok(BTreeSet::new()) };
    let known = known.select([col("resale_drug_name")]).collect()?;
    let known: BTreeSet<String> = query::texts(&known, "resale_drug_name")?
        .into_iter()
        .flatten()
        .map(|name| normalise(&name).into_owned())
        .collect();
    let Some(rows) = query::matching(source, None, "item", "item_key", items, &["item_key", "item_name"])? else {
        return Ok(BTreeSet::new());
    };
    let (keys, names) = (query::integers(&rows, "item_key", 0)?, query::texts(&rows, "item_name")?);
    let is_known = |name: &Option<String>| name.as_ref().is_some_and(|name| known.contains(normalise(name).as_ref()));
    Ok(keys.into_iter().zip(names).filter(|(_, name)| is_known(name)).map(|(key, _)| key).collect())
}

fn explanation(ring: &Ring, settings: &Settings) -> Text {
    let day = |day: Option<i32>| day.map(calendar::iso).unwrap_or_default();
    let (first, last) = (day(ring.first_day), day(ring.last_day));
    let (members, places, meetings) = (ring.size(), ring.institutions, ring.co_events);
    let days: BTreeSet<i32> = ring.meetings.iter().map(|meeting| meeting.day).collect();
    let days = days.len();
    let pct = |part: f64| (part * 100.0).round();
    let stays = ring.meetings.iter().filter(|meeting| meeting.minutes.is_none()).count();
    let (mut zh, mut en) = (
        format!(
            "{members} 人于 {first} 至 {last} 的 {days} 天内在 {places} 家机构 {meetings} 次相隔不超过 {} 分钟先后结算",
            settings.minutes
        ),
        format!(
            "{} were settled {} or less apart {} on {} from {first} to {last} at {}",
            counted(members as u64, "person"),
            counted(settings.minutes.unsigned_abs().into(), "minute"),
            counted(meetings, "time"),
            counted(days as u64, "day"),
            counted(places, "institution")
        ),
    );
    if stays > 0 {
        zh += &format!("（其中 {stays} 次为同日入院、同日出院）");
        en += &format!(" ({stays} of them the same days of admission and discharge)");
    }
    if let Some(set) = ring.sets.first() {
        let (cards, days) = (set.members.len(), set.days.len());
        zh += &format!("；其中 {cards} 张卡在 {days} 天全部同时出现");
        en += &format!("; {} were all there on {}", counted(cards as u64, "card"), counted(days as u64, "day"));
    }
    let (synchrony, exclusivity) = (pct(ring.parts.synchrony), pct(ring.parts.exclusivity));
    zh += &format!("；到这些机构的就诊 {synchrony}% 为结伴，当时在场者 {exclusivity}% 为其成员；需核实是否集中刷卡");
    en += &format!(
        "; {synchrony} % of their visits there were together, {exclusivity} % of those present were members: to verify"
    );
    Text::new(zh, en)
}
