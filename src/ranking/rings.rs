//! Rings with findings as suspects.

use std::collections::HashMap;

use crate::findings::build::{EvidenceRow, Findings, finding_id};
use crate::findings::maybe::Maybe;
use crate::findings::model::{Finding, Suspect};
use crate::lang::Lang;
use crate::model::{Money, SuspectKind};
use crate::rings::indications::rules_of;
use crate::rings::institutions::parties;
use crate::rings::{Ring, RingKind, Rings};

/// The finding of each ring that has one, by finding id.
pub fn by_finding<'r>(findings: &Findings, rings: &'r Rings) -> HashMap<String, &'r Ring> {
    let ids = |ring: &'r Ring| rules_of(ring.kind).iter().map(move |rule| (finding_of(ring, rule), ring));
    let wanted: HashMap<String, &Ring> = rings.rings.iter().flat_map(ids).collect();
    let found = findings
        .findings
        .iter()
        .filter_map(|finding| Some((finding.finding_id.clone(), *wanted.get(&finding.finding_id)?)));
    found.collect()
}

/// The id that the finding of a ring has under a rule: `findings` gives the same to the same records.
fn finding_of(ring: &Ring, rule: &str) -> String {
    let row = |visit_key| EvidenceRow {
        suspect: true,
        visit_key,
        fee_key: Maybe::default(),
        at_risk: Money::default(),
        counted: Money::default(),
    };
    let mut rows: Vec<EvidenceRow> = ring.visits.iter().map(|visit| row(visit.visit_key)).collect();
    rows.sort_by_key(|row| row.visit_key);
    finding_id(rule, None, &rows)
}

/// The rings with findings as suspects, by score of the finding.
pub fn suspects(findings: &[Finding], by_finding: &HashMap<String, &Ring>, lang: Lang) -> Vec<Suspect> {
    let mut suspects: Vec<Suspect> = findings
        .iter()
        .filter_map(|finding| {
            let ring = by_finding.get(&finding.finding_id)?;
            let size = ring.size();
            let name = match (ring.kind, lang) {
                (RingKind::Patients, Lang::Zh) => format!("{size} 人"),
                (RingKind::Patients, Lang::En) => format!("{size} persons"),
                (RingKind::Institutions, _) => {
                    let practitioners = (size as u64).saturating_sub(ring.institutions);
                    parties(ring.institutions, practitioners).pick(lang).to_owned()
                }
                (RingKind::Rotation, Lang::Zh) => format!("{size} 家医院循环"),
                (RingKind::Rotation, Lang::En) => format!("circle of {size} hospitals"),
            };
            Some(Suspect {
                kind: SuspectKind::Ring,
                rank: 0,
                code: ring.ring_id.clone(),
                name: Some(name),
                findings: 1,
                models: finding.model.to_string(),
                counted: finding.counted,
                share: None,
                peer_ratio: None,
                score: finding.score,
                top_rules: format!("{} 1", finding.rule_id),
                points: None,
                reason: ring.explained(lang).to_owned(),
            })
        })
        .collect();
    suspects.sort_by(|one, other| other.score.total_cmp(&one.score).then_with(|| one.code.cmp(&other.code)));
    for (rank, suspect) in (1..).zip(&mut suspects) {
        suspect.rank = rank;
    }
    suspects
}
