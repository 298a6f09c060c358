//! Rings of persons: who keeps being settled together, with whom, when, where and for how much.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::assemble::Draft;
use super::confirm::{self, Meeting};
use super::error::RingsError;
use super::events::{Events, PersonEvents, Place};
use super::groups::{self, Edge};
use super::model::{Link, Member, MemberKind, Parts, Ring, RingKind, RingMeeting, RingVisit, Rings, Role};
use super::numbering::Numbering;
use super::pairs::{self, Kept};
use super::purchases::Purchases;
use super::settings::Settings;
use super::store::{Directory, Names, member_visits};
use super::{blocks, sweep};
use crate::calendar;
use crate::casestore::source::TableSource;
use crate::lang::{Text, counted};

/// Adds the rings of persons.
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
    let swept = sweep::sweep(events, settings);
    let bursts = blocks::bursts(events, &swept.blocks, settings);
    let all_bursts = bursts.len() as u64;
    let core = blocks::core(bursts, settings);
    rings.account.bursts = (all_bursts, core.len() as u64);
    let core_pairs = blocks::pairs(&core);
    let named = swept.pairs.iter().chain(&core_pairs).flat_map(|pair| [pair.low, pair.high]);
    let by_person = events.of_persons(&sweep::marked(events.persons.len(), named));

    let account = &mut rings.account;
    let kept = pairs::surprising(&swept, core_pairs, events, &by_person, settings, account);
    let kept = pairs::unexplained(kept, source, events, directory, &by_person, settings, account)?;

    // From here on persons are numbered by when and where they were.
    let places = events.place_signatures();
    let order = Numbering::new(kept.iter().flat_map(|kept| [kept.pair.low, kept.pair.high]), |person| {
        by_person.signature(person, &places)
    });
    let mut edges: Vec<Edge> = kept
        .iter()
        .map(|Kept { pair, .. }| {
            let weight_e3 = groups::weight_e3(pair.crowd, pair.meetings.into());
            Edge::new(order.number(pair.low), order.number(pair.high), weight_e3)
        })
        .collect();
    edges.sort_unstable();
    let found: Vec<Vec<u32>> = groups::groups(order.len(), &edges, settings)
        .iter()
        .map(|group| group.iter().map(|number| order.thing(*number)).collect())
        .collect();
    let mut linked: HashMap<u32, Vec<u32>> = HashMap::new();
    for edge in &edges {
        let (one, other) = (order.thing(edge.one), order.thing(edge.other));
        linked.entry(one).or_default().push(other);
        linked.entry(other).or_default().push(one);
    }
    let view = confirm::View { events, blocks: &swept.blocks, by_person: &by_person, settings };
    let mut groups = Vec::new();
    for members in view.completed(view.merged(found), &linked) {
        let meetings = view.meetings(&members);
        if confirm::days(&meetings).len() >= settings.patients.min_days as usize {
            groups.push(Group { members, meetings });
        }
    }
    let links: HashMap<(u32, u32), &Kept> = kept.iter().map(|kept| ((kept.pair.low, kept.pair.high), kept)).collect();
    let context = Context { events, directory, by_person: &by_person, links: &links };
    rings.rings.extend(context.rings(source, &groups, settings)?);
    Ok(())
}

/// Persons who met often enough, and their meetings.
struct Group {
    members: Vec<u32>,
    meetings: Vec<Meeting>,
}

/// What rings of persons are put together from.
struct Context<'a> {
    events: &'a Events,
    directory: &'a Directory,
    by_person: &'a PersonEvents,
    links: &'a HashMap<(u32, u32), &'a Kept>,
}

/// Visits by person, place and day.
type Visits = HashMap<(i64, Place, i32), Vec<RingVisit>>;

impl Context<'_> {
    fn rings(&self, source: &dyn TableSource, groups: &[Group], settings: &Settings) -> Result<Vec<Ring>, RingsError> {
        let mut keys: Vec<i64> =
            groups.iter().flat_map(|group| &group.members).map(|person| self.key(*person)).collect();
        keys.sort_unstable();
        keys.dedup();
        let names = Names::of_persons(source, &keys)?;
        let mut visits = Visits::new();
        for visit in member_visits(source, &keys)? {
            visits.entry((visit.person, visit.place, visit.day)).or_default().push(visit.visit);
        }
        let drafts: Vec<Draft> = groups.iter().map(|group| self.draft(group, &names, &visits)).collect();
        let mut keys: Vec<i64> = drafts.iter().flat_map(|draft| &draft.visits).map(|visit| visit.visit_key).collect();
        keys.sort_unstable();
        keys.dedup();
        let purchases = Purchases::read(source, &keys)?;
        let ring = |mut draft: Draft| {
            draft.parts.similarity = purchases.most_buyers(&draft.visits) as f64 / draft.members.len().max(1) as f64;
            draft.resale_pct = purchases.resale_pct(&draft.visits);
            Ring::assemble(draft, |ring| explanation(ring, settings))
        };
        Ok(drafts.into_iter().map(ring).collect())
    }

    fn key(&self, person: u32) -> i64 {
        self.events.persons[person as usize]
    }

    fn draft(&self, group: &Group, names: &Names, visits: &Visits) -> Draft {
        let sets = confirm::closed_sets(&group.meetings);
        let attended = confirm::attendances(&group.meetings);
        let money = self.money(group, visits);
        let mut links = Vec::new();
        for (one, low) in group.members.iter().enumerate() {
            for (other, high) in group.members.iter().enumerate().skip(one + 1) {
                if let Some(kept) = self.links.get(&(*low.min(high), *low.max(high))) {
                    links.push(Link { one, other, count: kept.pair.days.into(), surprise: kept.surprise });
                }
            }
        }
        let member = |(position, person): (usize, &u32)| {
            let key = self.key(*person);
            let (code, name) = names.of(key);
            let core = sets.first().is_some_and(|set| set.members.contains(&position));
            Member {
                key,
                kind: MemberKind::Person,
                code,
                name,
                role: if core { Role::Core } else { Role::Member },
                degree: 0,
                events: attended.get(&position).copied().unwrap_or(0),
                fund_fen: money.of_members[position],
            }
        };
        let members: Vec<Member> = group.members.iter().enumerate().map(member).collect();
        let place_of: HashMap<i64, usize> =
            money.of_places.keys().enumerate().map(|(position, key)| (*key, position)).collect();
        let meetings: Vec<RingMeeting> = group
            .meetings
            .iter()
            .map(|meeting| {
                let place = self.events.places[meeting.place as usize];
                RingMeeting {
                    place: place_of[&place.inst_key],
                    day: meeting.day,
                    minutes: (!place.stay).then(|| (meeting.from.rem_euclid(1440), meeting.to.rem_euclid(1440))),
                    members: meeting.members.clone(),
                    persons: meeting.persons,
                }
            })
            .collect();
        Draft {
            others: money.of_places.into_iter().map(|(key, used)| self.place(key, &used)).collect(),
            co_events: meetings.len() as u64,
            first_day: meetings.iter().map(|meeting| meeting.day).min(),
            last_day: meetings.iter().map(|meeting| meeting.day).max(),
            parts: self.parts(group),
            meetings,
            sets,
            visits: money.visits.into_iter().collect(),
            ..Draft::new(RingKind::Patients, members, links)
        }
    }

    /// The visits of the meetings, and their money by member and by institution.
    fn money(&self, group: &Group, visits: &Visits) -> Money {
        let mut money = Money { of_members: vec![0; group.members.len()], ..Money::default() };
        for meeting in &group.meetings {
            let place = self.events.places[meeting.place as usize];
            let used = money.of_places.entry(place.inst_key).or_default();
            used.meetings += 1;
            for member in &meeting.members {
                used.members.insert(*member);
                let key = (self.key(group.members[*member]), place, meeting.day);
                for visit in visits.get(&key).into_iter().flatten() {
                    if money.visits.insert(*visit) {
                        money.of_members[*member] += visit.fund_fen;
                        used.fund_fen += visit.fund_fen;
                    }
                }
            }
        }
        money
    }

    fn place(&self, key: i64, used: &Used) -> Member {
        let institution = self.directory.institution(key);
        Member {
            key,
            kind: MemberKind::Institution,
            code: institution.code,
            name: institution.name,
            role: Role::Place,
            degree: used.members.len() as u64,
            events: used.meetings,
            fund_fen: used.fund_fen,
        }
    }

    fn parts(&self, group: &Group) -> Parts {
        let attended: usize = group.meetings.iter().map(|meeting| meeting.members.len()).sum();
        let there: usize = group.meetings.iter().map(|meeting| meeting.persons).sum();
        let used: BTreeSet<u32> = group.meetings.iter().map(|meeting| meeting.place).collect();
        let presences =
            |person: &u32| self.by_person.of(*person).iter().filter(|event| used.contains(&event.place)).count();
        let all: usize = group.members.iter().map(presences).sum();
        let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { (part as f64 / whole as f64).min(1.0) };
        Parts { synchrony: share(attended, all), exclusivity: share(attended, there), ..Parts::default() }
    }
}

/// The visits of a group's meetings, each once, and where their money went.
#[derive(Default)]
struct Money {
    visits: BTreeSet<RingVisit>,
    /// Paid by the fund, fen, by position among the members.
    of_members: Vec<i64>,
    /// By key of the institution.
    of_places: BTreeMap<i64, Used>,
}

/// What a group used an institution for.
#[derive(Default)]
struct Used {
    meetings: u64,
    /// Positions of those who met there.
    members: BTreeSet<usize>,
    /// Paid by the fund, fen.
    fund_fen: i64,
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
            settings.patients.minutes
        ),
        format!(
            "{} were settled {} or less apart {} on {} from {first} to {last} at {}",
            counted(members as u64, "person"),
            counted(settings.patients.minutes.unsigned_abs().into(), "minute"),
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
