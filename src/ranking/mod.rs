//! Suspects: findings added up per institution, practitioner and person, compared with peers and ranked. `points` suggests a range of
//! 支付资格记分 for practitioners, `elsewhere` adds up by insured place and place of care.
//!
//! Only counted money is added up, so a record that several findings name weighs once, whoever it is held against.

pub mod elsewhere;
pub mod points;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;
use polars::sql::SQLContext;

use crate::findings::build::Findings;
use crate::findings::model::{Money, Suspect, SuspectKind};
use crate::lang::Lang;
use crate::rules::runner::TableSource;

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
    rules: BTreeMap<String, (u64, f64)>,
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
    tables: &'static [&'static str],
}

const KINDS: [Kind; 3] = [
    Kind {
        kind: SuspectKind::Institution,
        totals: "SELECT v.inst_key AS suspect_key, v.fund_fen, CONCAT(i.inst_type, ' ', CAST(COALESCE(i.level, -1) AS VARCHAR)) AS peer_group
                 FROM (SELECT inst_key, SUM(fund_fen) AS fund_fen FROM visit
                       WHERE adm_day <= :last_day AND dscg_day >= :first_day GROUP BY inst_key) AS v
                 JOIN institution AS i ON v.inst_key = i.inst_key",
        tables: &["visit", "institution"],
    },
    Kind {
        kind: SuspectKind::Practitioner,
        totals: "SELECT dr_key AS suspect_key, SUM(fund_fen) AS fund_fen, 'practitioner' AS peer_group FROM fee
                 WHERE dr_key IS NOT NULL AND fee_day BETWEEN :first_day AND :last_day GROUP BY dr_key",
        tables: &["fee"],
    },
    Kind {
        kind: SuspectKind::Person,
        totals: "SELECT psn_key AS suspect_key, SUM(fund_fen) AS fund_fen, 'person' AS peer_group FROM visit
                 WHERE psn_key IS NOT NULL AND adm_day <= :last_day AND dscg_day >= :first_day GROUP BY psn_key",
        tables: &["visit"],
    },
];

/// Ranks everybody that a finding counts money or records against. `period` is first and last day; all days without it.
///
/// # Errors
/// If a table of `source` cannot be read.
pub fn suspects(
    findings: &Findings,
    source: &dyn TableSource,
    period: Option<(i32, i32)>,
    lang: Lang,
) -> PolarsResult<Vec<Suspect>> {
    let mut all = Vec::new();
    for kind in &KINDS {
        let tallies = tally(findings, kind.kind);
        if tallies.is_empty() {
            continue;
        }
        let totals = totals(kind, source, period)?;
        let medians = peer_medians(&tallies, &totals);
        let mut ranked: Vec<Suspect> = tallies
            .iter()
            .map(|(key, tally)| {
                let total = totals.get(key);
                let share = total.and_then(|total| share(tally.counted.fund_fen, total.fund_fen));
                let peer =
                    total.and_then(|total| medians.get(&total.peer_group)).copied().filter(|median| *median > 0.0);
                suspect(
                    findings,
                    kind.kind,
                    *key,
                    tally,
                    share,
                    share.zip(peer).map(|(share, peer)| share / peer),
                    lang,
                )
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

fn tally(findings: &Findings, kind: SuspectKind) -> BTreeMap<i64, Tally> {
    let mut tallies: BTreeMap<i64, Tally> = BTreeMap::new();
    for (finding, rows) in findings.findings.iter().zip(&findings.evidence) {
        let mut concerned: BTreeMap<i64, Money> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.suspect) {
            let Some(record) = findings.records.record(row.visit_key, row.fee_key) else { continue };
            let key = match kind {
                SuspectKind::Institution => record.inst_key,
                SuspectKind::Practitioner => record.dr_key,
                SuspectKind::Person => record.psn_key,
                SuspectKind::Ring => None,
            };
            if let Some(key) = key {
                *concerned.entry(key).or_default() += row.counted;
            }
        }
        for (key, counted) in concerned {
            let tally = tallies.entry(key).or_default();
            let score = finding.confidence * crate::findings::build::yuan(counted.fund_fen);
            tally.counted += counted;
            tally.score += score;
            tally.findings += 1;
            tally.models.insert(finding.model);
            tally.points = tally.points.max(points::range(&finding.rule_id, finding.model, finding.grade));
            let rule = tally.rules.entry(finding.rule_id.clone()).or_default();
            rule.0 += 1;
            rule.1 += score;
        }
    }
    tallies
}

fn totals(kind: &Kind, source: &dyn TableSource, period: Option<(i32, i32)>) -> PolarsResult<HashMap<i64, Total>> {
    let (first, last) = period.unwrap_or((i32::MIN, i32::MAX));
    let sql = kind.totals.replace(":first_day", &first.to_string()).replace(":last_day", &last.to_string());
    let mut context = SQLContext::new();
    for table in kind.tables {
        match source.scan(table, None)? {
            Some(rows) => context.register(table, rows),
            None => return Ok(HashMap::new()),
        }
    }
    let rows = context.execute(&sql)?.collect_with_engine(Engine::Streaming)?.unwrap_single();
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

/// Median share of each peer group; members without findings count with a share of 0.
fn peer_medians(tallies: &BTreeMap<i64, Tally>, totals: &HashMap<i64, Total>) -> HashMap<String, f64> {
    let mut shares: HashMap<&str, Vec<f64>> = HashMap::new();
    for (key, total) in totals {
        let counted = tallies.get(key).map_or(0, |tally| tally.counted.fund_fen);
        if let Some(share) = share(counted, total.fund_fen) {
            shares.entry(&total.peer_group).or_default().push(share);
        }
    }
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) }
    };
    shares.into_iter().map(|(group, values)| (group.to_owned(), median(values))).collect()
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
    let names = match kind {
        SuspectKind::Institution => &findings.records.institutions,
        SuspectKind::Practitioner => &findings.records.practitioners,
        SuspectKind::Person | SuspectKind::Ring => &findings.records.persons,
    };
    let named = names.get(&key).cloned().unwrap_or_default();
    let mut rules: Vec<(&String, &(u64, f64))> = tally.rules.iter().collect();
    rules.sort_by(|(one, (_, a)), (other, (_, b))| b.total_cmp(a).then_with(|| one.cmp(other)));
    let top: Vec<String> = rules.iter().take(TOP_RULES).map(|(rule, (count, _))| format!("{rule} {count}")).collect();
    let models: Vec<String> = tally.models.iter().map(ToString::to_string).collect();
    let fund = crate::findings::build::yuan(tally.counted.fund_fen);
    let mut reason = match lang {
        Lang::Zh => format!("疑点 {} 条（{}），涉及基金 {fund:.2} 元", tally.findings, top.join("、")),
        Lang::En => format!("{} indications ({}), {fund:.2} yuan of fund money", tally.findings, top.join(", ")),
    };
    if let Some(share) = share {
        let share = share * 100.0;
        reason += &match lang {
            Lang::Zh => format!("，占其同期基金支付 {share:.1}%"),
            Lang::En => format!(", {share:.1} % of its own fund money in the period"),
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
        code: named.code,
        name: named.name,
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
