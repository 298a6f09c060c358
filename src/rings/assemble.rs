//! A ring put together from what a search found of it: one way for persons, institutions, rotations and edge lists.

use super::model::{CardSet, Link, Member, MemberKind, Parts, Ring, RingKind, RingMeeting, RingVisit, ring_id};
use super::score;
use crate::lang::Text;

/// What a search found of a ring. Links, sets and meetings name members, and meetings places, by their positions here.
#[derive(Debug)]
pub struct Draft {
    /// Kind.
    pub kind: RingKind,
    /// Members proper, their `degree` left open.
    pub members: Vec<Member>,
    /// Places where they met, or patients whom they passed round.
    pub others: Vec<Member>,
    /// Links between members; each pair once, except that a rotation may lead both ways.
    pub links: Vec<Link>,
    /// Meetings, shared patients or walks.
    pub co_events: u64,
    /// First day.
    pub first_day: Option<i32>,
    /// Last day.
    pub last_day: Option<i32>,
    /// Synchrony, exclusivity and similarity; the other parts follow from the rest.
    pub parts: Parts,
    /// Share of the fund money that went for drugs known to be resold, percent, where known.
    pub resale_pct: Option<i64>,
    /// Meetings.
    pub meetings: Vec<RingMeeting>,
    /// Largest sets of the same members on several days, largest first.
    pub sets: Vec<CardSet>,
    /// Records, each once.
    pub visits: Vec<RingVisit>,
}

impl Draft {
    /// Members and their links, and nothing else yet.
    pub fn new(kind: RingKind, members: Vec<Member>, links: Vec<Link>) -> Self {
        Self {
            kind,
            members,
            others: Vec::new(),
            links,
            co_events: 0,
            first_day: None,
            last_day: None,
            parts: Parts::default(),
            resale_pct: None,
            meetings: Vec::new(),
            sets: Vec::new(),
            visits: Vec::new(),
        }
    }
}

impl Ring {
    /// Puts members, and places or patients behind them, in the order of their codes, and works out degrees, money, surprise, parts, score
    /// and id. `explain` then says the ring in a sentence; its rank is given among all rings.
    pub fn assemble(draft: Draft, explain: impl FnOnce(&Self) -> Text) -> Self {
        let Draft { kind, members, others, mut links, mut meetings, mut sets, visits, .. } = draft;
        let (mut members, position) = by_code(members);
        let (mut others, place) = by_code(others);
        let size = members.len();
        for link in &mut links {
            (link.one, link.other) = (position[link.one], position[link.other]);
            if !kind.is_directed() && link.one > link.other {
                std::mem::swap(&mut link.one, &mut link.other);
            }
        }
        links.sort_by_key(|link| (link.one, link.other));
        for link in &links {
            members[link.one].degree += 1;
            members[link.other].degree += 1;
        }
        for set in &mut sets {
            renumber(&mut set.members, &position);
        }
        for meeting in &mut meetings {
            meeting.place = size + place[meeting.place];
            renumber(&mut meeting.members, &position);
        }
        meetings.sort_by(|one, other| {
            let key = |meeting: &RingMeeting| (meeting.day, meeting.minutes, meeting.place);
            key(one).cmp(&key(other)).then_with(|| one.members.cmp(&other.members))
        });
        let ring_id = ring_id(kind, members.iter().map(|member| (member.kind, member.code.as_str())));
        members.append(&mut others);
        let institutions = members.iter().filter(|member| member.kind == MemberKind::Institution).count();
        let (surprise, surprise_part) = score::surprise(kind, size, &links);
        let parts = Parts {
            density: score::density(kind, size, links.len()),
            surprise: surprise_part,
            spread: score::spread_part(institutions),
            ..draft.parts
        };
        let fund_fen = visits.iter().map(|visit| visit.fund_fen).sum();
        let mut ring = Self {
            ring_id,
            kind,
            members,
            institutions: institutions as u64,
            co_events: draft.co_events,
            first_day: draft.first_day,
            last_day: draft.last_day,
            fund_fen,
            surprise,
            parts,
            // An edge list has no records: without money the parts alone rank.
            score: if visits.is_empty() { score::mean(&parts) } else { score::score(fund_fen, &parts) },
            rank: 0,
            resale_pct: draft.resale_pct,
            explanation: Text::default(),
            links,
            meetings,
            sets,
            visits,
        };
        ring.explanation = explain(&ring);
        ring
    }
}

/// Members by kind and code, and where each of them went.
fn by_code(members: Vec<Member>) -> (Vec<Member>, Vec<usize>) {
    let mut order: Vec<(usize, Member)> = members.into_iter().enumerate().collect();
    order.sort_by(|(_, one), (_, other)| (one.kind, &one.code).cmp(&(other.kind, &other.code)));
    let mut position = vec![0; order.len()];
    for (new, (old, _)) in order.iter().enumerate() {
        position[*old] = new;
    }
    (order.into_iter().map(|(_, member)| member).collect(), position)
}

fn renumber(members: &mut [usize], position: &[usize]) {
    for member in members.iter_mut() {
        *member = position[*member];
    }
    members.sort_unstable();
}

#[cfg(test)]
mod tests {
    use super::super::model::Role;
    use super::*;

    fn member(kind: MemberKind, role: Role, code: &str) -> Member {
        Member { key: 0, kind, code: code.to_owned(), name: None, role, degree: 0, events: 0, fund_fen: 0 }
    }

    #[test]
    fn links_sets_and_meetings_follow_their_members() {
        let persons = ["C", "A", "B"].map(|code| member(MemberKind::Person, Role::Member, code)).to_vec();
        let links = vec![
            Link { one: 0, other: 1, count: 4, surprise: 7.0 },
            Link { one: 1, other: 2, count: 5, surprise: 9.0 },
        ];
        let visit = RingVisit { visit_key: 1, gross_fen: 300, inscp_fen: 200, fund_fen: 100 };
        let ring = Ring::assemble(
            Draft {
                others: ["Y", "X"].map(|code| member(MemberKind::Institution, Role::Place, code)).to_vec(),
                meetings: vec![
                    RingMeeting { place: 0, day: 9, minutes: None, members: vec![0, 1], persons: 2 },
                    RingMeeting { place: 1, day: 8, minutes: None, members: vec![0, 1, 2], persons: 3 },
                ],
                sets: vec![CardSet { members: vec![0, 2], days: vec![8, 9] }],
                visits: vec![visit],
                ..Draft::new(RingKind::Patients, persons, links)
            },
            |ring| Text::new(ring.size().to_string(), ring.institutions.to_string()),
        );
        let codes: Vec<&str> = ring.members.iter().map(|member| member.code.as_str()).collect();
        assert_eq!(codes, ["A", "B", "C", "X", "Y"]);
        let degrees: Vec<u64> = ring.members.iter().map(|member| member.degree).collect();
        assert_eq!(degrees, [2, 1, 1, 0, 0]);
        let links: Vec<(usize, usize, u64)> =
            ring.links.iter().map(|link| (link.one, link.other, link.count)).collect();
        assert_eq!(links, [(0, 1, 5), (0, 2, 4)]);
        let met: Vec<(usize, &[usize])> =
            ring.meetings.iter().map(|meeting| (meeting.place, meeting.members.as_slice())).collect();
        assert_eq!(met, [(3, &[0, 1, 2][..]), (4, &[0, 2])]);
        assert_eq!(ring.sets[0].members, [1, 2]);
        assert_eq!((ring.fund_fen, ring.surprise, ring.parts.density), (100, 16.0, 2.0 / 3.0));
        assert_eq!(ring.explanation, Text::new("3", "2"));
    }

    #[test]
    fn a_rotation_keeps_the_way_its_links_lead() {
        let hospitals = ["H2", "H1"].map(|code| member(MemberKind::Institution, Role::Member, code)).to_vec();
        let link = |one, other| Link { one, other, count: 3, surprise: 5.0 };
        let ring = Ring::assemble(Draft::new(RingKind::Rotation, hospitals, vec![link(0, 1), link(1, 0)]), |_| {
            Text::default()
        });
        assert_eq!(ring.links.iter().map(|link| (link.one, link.other)).collect::<Vec<_>>(), [(0, 1), (1, 0)]);
        assert_eq!((ring.surprise, ring.parts.density), (5.0, 1.0), "one walk is one surprise, whatever its links");
    }
}
