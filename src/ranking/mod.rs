//! Suspects: findings added up per institution, practitioner and person, compared with peers and ranked. `points` suggests a range of
//! 支付资格记分 for practitioners, `elsewhere` adds up by insured place and place of care, `rings` ranks groups.
//!
//! Only counted money is added up, so a record that several findings name weighs once, whoever it is held against.

pub mod elsewhere;
pub mod points;
pub mod rings;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use polars::prelude::*;

use crate::casestore::source::TableSource;
use crate::findings::build::Findings;
use crate::findings::model::Suspect;
use crate::findings::records::Names;
use crate::format::percent;
use crate::lang::Lang;
use crate::model::{Money, SuspectKind, in_yuan};
use crate::rules::spec::RuleSpec;
use crate::sql::engine::{Bucket, Plan};

/// Rules named in a suspect's row.
const TOP_RULES: usize = 3;

/// What the findings hold against one suspect.
#[derive(Default)]
struct Tally {
    counted: Money,
    score: f64,
    findings: u64,
    models: BTreeSet<i32>,
    /// The gravest range of points among the findings.
    points: Option<points::Range>,
    /// Findings and score per rule.
    rules: BTreeMap<Arc<str>, (u64, f64)>,
}

/// A suspect's own total in the period and its peers.
struct Total {
    fund_fen: i64,
    peer_group: String,
}

/// One kind of suspect: whose key is taken from a record, and where its totals come from.
struct Kind {
    kind: SuspectKind,
    /// key, fund_fen and peer group of every member of the kind in the period, findings or not.
    totals: &'static str,
}

const KINDS: [Kind; 3] = [
    Kind {
        kind: SuspectKind::Institution,
        totals: "SELECT v.inst_key AS suspect_key, v.fund_fen, CONCAT(i.inst_type, ' ', CAST(COALESCE(i.level, -1) AS VARCHAR)) AS peer_group
                 FROM (SELECT inst_key, SUM(fund_fen) AS fund_fen FROM visit
                       WHERE adm_day <= :last_day AND dscg_day >= :first_day GROUP BY inst_key) AS v
                 JOIN institution AS i ON v.inst_key = i.inst_key",
    },
    Kind {
        kind: SuspectKind::Practitioner,
        totals: "SELECT dr_key AS suspect_key, SUM(fund_fen) AS fund_fen, 'practitioner' AS peer_group FROM fee
                 WHERE dr_key IS NOT NULL AND fee_day BETWEEN :first_day AND :last_day GROUP BY dr_key",
    },
    Kind {
        kind: SuspectKind::Person,
        totals: "SELECT psn_key AS suspect_key, SUM(fund_fen) AS fund_fen, 'person' AS peer_group FROM visit
                 WHERE psn_key IS NOT NULL AND adm_day <= :last_day AND dscg_day >= :first_day GROUP BY psn_key",
    },
];

/// Ranks everybody whose records a finding counts and whom its rule concerns. `rules` are those of the findings by id, `period` is first and
/// last day; all days without it.
///
/// # Errors
/// If a table of `source` cannot be read.
pub fn suspects(
    findings: &Findings,
    rules: &HashMap<&str, &RuleSpec>,
    source: &dyn TableSource,
    period: Option<(i32, i32)>,
    lang: Lang,
) -> PolarsResult<Vec<Suspect>> {
    let mut all = Vec::new();
    for kind in &KINDS {
        let tallies = tally(findings, rules, kind.kind);
        if tallies.is_empty() {
            continue;
        }
        let mut totals = totals(kind, source, period)?;
        if kind.kind == SuspectKind::Institution {
            split_by_size(&mut totals);
        }
        let peers = peers(&tallies, &totals);
        let mut ranked: Vec<Suspect> = tallies
            .iter()
            .map(|(key, tally)| {
                let total = totals.get(key);
                let share = total.and_then(|total| share(tally.counted.fund_fen, total.fund_fen));
                let ratio = total.and_then(|total| {
                    let peers = peers.get(&total.peer_group)?;
                    (peers.median > 0.0).then(|| peers.shrunk(tally.counted.fund_fen, total.fund_fen) / peers.median)
                });
                suspect(findings, kind.kind, *key, tally, share, ratio, lang)
            })
            .collect();
        ranked.sort_by(|one, other| other.score.total_cmp(&one.score).then_with(|| one.code.cmp(&other.code)));
        for (rank, suspect) in (1..).zip(&mut ranked) {
            suspect.rank = rank;
        }
        all.append(&mut ranked);
    }
    Ok(all)
}

fn tally(findings: &Findings, rules: &HashMap<&str, &RuleSpec>, kind: SuspectKind) -> BTreeMap<i64, Tally> {
    let mut tallies: BTreeMap<i64, Tally> = BTreeMap::new();
    for finding in &findings.findings {
        let concerns = rules.get(&*finding.rule_id).map_or(&[][..], |rule| &rule.concerns);
        if !concerns.contains(&kind) {
            continue;
        }
        let mut concerned: BTreeMap<i64, Money> = BTreeMap::new();
        for row in findings.evidence(finding).iter().filter(|row| row.suspect) {
            let Some(record) = findings.records.record(row.visit_key, row.fee_key) else { continue };
            let at = match kind {
                SuspectKind::Institution => record.institution,
                SuspectKind::Practitioner => record.practitioner,
                SuspectKind::Person => record.person,
                SuspectKind::Ring => None,
            };
            if let Some(at) = at {
                *concerned.entry(names(findings, kind).key(at)).or_default() += row.counted;
            }
        }
        for (key, counted) in concerned {
            let tally = tallies.entry(key).or_default();
            let score = finding.confidence * in_yuan(counted.fund_fen);
            tally.counted += counted;
            tally.score += score;
            tally.findings += 1;
            tally.models.insert(finding.model);
            tally.points = tally.points.max(points::range(concerns, finding.model, finding.grade));
            let rule = tally.rules.entry(Arc::clone(&finding.rule_id)).or_default();
            rule.0 += 1;
            rule.1 += score;
        }
    }
    tallies
}

/// The names of a kind.
const fn names(findings: &Findings, kind: SuspectKind) -> &Names {
    match kind {
        SuspectKind::Institution => &findings.records.institutions,
        SuspectKind::Practitioner => &findings.records.practitioners,
        SuspectKind::Person | SuspectKind::Ring => &findings.records.persons,
    }
}

fn totals(kind: &Kind, source: &dyn TableSource, period: Option<(i32, i32)>) -> PolarsResult<HashMap<i64, Total>> {
    let (first, last) = period.unwrap_or((i32::MIN, i32::MAX));
    let period = [("first_day", first.into()), ("last_day", last.into())];
    let rows = Bucket::open(source, None).rows(&Plan::parse_with(kind.totals, &period)?)?;
    let keys = rows.column("suspect_key")?.i64()?;
    let funds = rows.column("fund_fen")?.i64()?;
    let groups = rows.column("peer_group")?.str()?;
    let mut totals = HashMap::with_capacity(rows.height());
    for ((key, fund), group) in keys.iter().zip(funds.iter()).zip(groups.iter()) {
        if let (Some(key), Some(fund)) = (key, fund) {
            totals.insert(key, Total { fund_fen: fund, peer_group: group.unwrap_or_default().to_owned() });
        }
    }
    Ok(totals)
}

/// Least members of a peer group that is split into the larger and the smaller ones: halves of four still have a median.
const SPLIT_FROM: usize = 8;

/// Weight of the peers' common share in a member's own, as a part of the typical member's fund money. A tenth hardly moves anybody of usual
/// size, and takes from a place with three claims the share of 100 % that one finding gives it. Own choice.
const PRIOR_WEIGHT: f64 = 0.1;

/// What the members of a peer group are compared with.
struct Peers {
    /// Fund money in question of all fund money of the group.
    common_share: f64,
    /// Fund money that speaks for the common share, fen.
    prior_fen: f64,
    /// Median of the members' shrunk shares; members without findings are among them.
    median: f64,
}

impl Peers {
    /// A member's share, drawn towards the common one the more the less money the member had.
    fn shrunk(&self, counted_fen: i64, total_fen: i64) -> f64 {
        ((counted_fen as f64 + self.common_share * self.prior_fen) / (total_fen as f64 + self.prior_fen)).min(1.0)
    }
}

fn peers(tallies: &BTreeMap<i64, Tally>, totals: &HashMap<i64, Total>) -> HashMap<String, Peers> {
    let mut groups: HashMap<&str, Vec<(i64, i64)>> = HashMap::new();
    for (key, total) in totals.iter().filter(|(_, total)| total.fund_fen > 0) {
        let counted = tallies.get(key).map_or(0, |tally| tally.counted.fund_fen);
        groups.entry(&total.peer_group).or_default().push((counted, total.fund_fen));
    }
    let compared = |members: Vec<(i64, i64)>| {
        let sum = |of: fn(&(i64, i64)) -> i64| members.iter().map(of).sum::<i64>() as f64;
        let typical = median(members.iter().map(|(_, total)| *total as f64).collect());
        let common_share = (sum(|(counted, _)| *counted) / sum(|(_, total)| *total)).min(1.0);
        let mut peers = Peers { common_share, prior_fen: typical * PRIOR_WEIGHT, median: 0.0 };
        peers.median = median(members.iter().map(|(counted, total)| peers.shrunk(*counted, *total)).collect());
        peers
    };
    groups.into_iter().map(|(group, members)| (group.to_owned(), compared(members))).collect()
}

/// Splits groups of many institutions into the larger and the smaller half, so that size is compared with like size.
fn split_by_size(totals: &mut HashMap<i64, Total>) {
    let mut sizes: HashMap<String, Vec<f64>> = HashMap::new();
    for total in totals.values() {
        sizes.entry(total.peer_group.clone()).or_default().push(total.fund_fen as f64);
    }
    let middles: HashMap<String, f64> = sizes
        .into_iter()
        .filter(|(_, sizes)| sizes.len() >= SPLIT_FROM)
        .map(|(group, sizes)| (group, median(sizes)))
        .collect();
    for total in totals.values_mut() {
        if let Some(middle) = middles.get(&total.peer_group) {
            total.peer_group += if total.fund_fen as f64 > *middle { " large" } else { " small" };
        }
    }
}

/// The middle of `values`, 0 without any.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

fn share(part_fen: i64, whole_fen: i64) -> Option<f64> {
    (whole_fen > 0).then(|| (part_fen as f64 / whole_fen as f64).min(1.0))
}

fn suspect(
    findings: &Findings,
    kind: SuspectKind,
    key: i64,
    tally: &Tally,
    share: Option<f64>,
    peer_ratio: Option<f64>,
    lang: Lang,
) -> Suspect {
    let named = names(findings, kind).of_key(key).cloned().unwrap_or_default();
    let mut rules: Vec<(&Arc<str>, &(u64, f64))> = tally.rules.iter().collect();
    rules.sort_by(|(one, (_, a)), (other, (_, b))| b.total_cmp(a).then_with(|| one.cmp(other)));
    let top: Vec<String> = rules.iter().take(TOP_RULES).map(|(rule, (count, _))| format!("{rule} {count}")).collect();
    let models: Vec<String> = tally.models.iter().map(ToString::to_string).collect();
    let fund = in_yuan(tally.counted.fund_fen);
    let mut reason = match lang {
        Lang::Zh => format!("疑点 {} 条（{}），涉及基金 {fund:.2} 元", tally.findings, top.join("、")),
        Lang::En => format!("{} indications ({}), {fund:.2} yuan of fund money", tally.findings, top.join(", ")),
    };
    if let Some(share) = share {
        let share = percent(share);
        reason += &match lang {
            Lang::Zh => format!("，占其同期基金支付 {share}%"),
            Lang::En => format!(", {share} % of its own fund money in the period"),
        };
    }
    if let Some(ratio) = peer_ratio {
        reason += &match lang {
            Lang::Zh => format!("，为同类中位数的 {ratio:.1} 倍"),
            Lang::En => format!(", {ratio:.1} times the median of its peers"),
        };
    }
    reason += lang.pick("，需核实", ": to verify");
    let points = tally.points.filter(|_| kind == SuspectKind::Practitioner);
    if let Some(points) = points {
        reason += &points.sentence(lang);
    }
    Suspect {
        kind,
        rank: 0,
        code: named.code.to_string(),
        name: named.name.map(|name| name.to_string()),
        findings: i64::try_from(tally.findings).unwrap_or(i64::MAX),
        models: models.join(" "),
        counted: tally.counted,
        share,
        peer_ratio,
        score: tally.score,
        top_rules: top.join("; "),
        points: points.map(|points| points.cell(lang)),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(members: &[(i64, i64)]) -> HashMap<i64, Total> {
        let total = |fund_fen| Total { fund_fen, peer_group: "hospital 3".into() };
        members.iter().map(|(key, fund_fen)| (*key, total(*fund_fen))).collect()
    }

    fn counted(fund_fen: i64) -> Tally {
        Tally { counted: Money { fund_fen, ..Money::default() }, ..Tally::default() }
    }

    #[test]
    fn a_small_denominator_is_drawn_to_what_is_common() {
        let totals = totals(&[(1, 1_000_000), (2, 1_000_000), (3, 1_000_000), (4, 1_000)]);
        let tallies: BTreeMap<_, _> = [(1, counted(50_000)), (2, counted(50_000)), (4, counted(1_000))].into();
        let peers = &peers(&tallies, &totals)["hospital 3"];
        // 101 000 of 3 001 000 in common, weighing as much as 100 000 fen.
        assert!((peers.common_share - 0.033_655).abs() < 1e-6);
        assert!((peers.shrunk(50_000, 1_000_000) - 0.048_514).abs() < 1e-6);
        assert!((peers.shrunk(1_000, 1_000) - 0.043_223).abs() < 1e-6, "not 100 %");
        assert!(peers.median > 0.0, "members without findings do not make everybody incomparable");
    }

    #[test]
    fn many_peers_are_compared_within_their_size() {
        let mut few = totals(&[(1, 1), (2, 2), (3, 3)]);
        split_by_size(&mut few);
        assert!(few.values().all(|total| total.peer_group == "hospital 3"));
        let members: Vec<(i64, i64)> = (1..=8).map(|key| (key, key * 100)).collect();
        let mut many = totals(&members);
        split_by_size(&mut many);
        assert_eq!(
            (many[&4].peer_group.as_str(), many[&5].peer_group.as_str()),
            ("hospital 3 small", "hospital 3 large")
        );
    }
}
