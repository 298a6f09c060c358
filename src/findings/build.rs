//! Groups evidence rows to findings, counts their money once and ranks them.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use polars::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use super::maybe::Maybe;
use super::model::Finding;
use super::records::{NameAt, Record, Records};
use super::sentence::{self, Named};
use crate::casestore::source::TableSource;
use crate::explained::{Explained, Told};
use crate::fields::{Field, Traits};
use crate::lang::Lang;
use crate::model::{Grade, Money, in_yuan};
use crate::privacy::Disguise;
use crate::problems::{Claim, Links, ProblemFilter, Problems};
use crate::rules::catalog::Rule;

/// What can go wrong between evidence and findings.
#[expect(missing_docs, reason = "the fields are what the messages name")]
#[derive(Debug, thiserror::Error)]
pub enum FindingsError {
    /// A table of the store cannot be read.
    #[error("the records behind the findings cannot be looked up: {0}")]
    Lookup(#[from] PolarsError),
    /// A rule returned a key that is not in the store.
    #[error("rule {rule}: the {table} record with key {key} is not in the case store")]
    UnknownRecord { rule: String, table: &'static str, key: i64 },
}

impl Explained for FindingsError {
    fn told(&self) -> Told {
        match self {
            Self::Lookup(error) => Told::new("FJ-627", format!("疑点背后的记录查不出来：{error}")),
            Self::UnknownRecord { rule, table, key } => {
                Told::new("FJ-628", format!("规则 {rule} 的证据指向表 {table} 中键为 {key} 的记录，数据仓里没有"))
            }
        }
    }
}

/// Whose findings are wanted; the rules themselves always see everything, because peers and other institutions matter to them.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// First and last day; a finding is kept when a counted record lies in between.
    pub period: Option<(i32, i32)>,
    /// Institution codes as exported; empty for all.
    pub institutions: Vec<String>,
    /// Inspection fields; a finding is kept when its rule is tagged with one or a counted record belongs to one. Empty for all.
    pub fields: Vec<&'static Field>,
    /// Items of problem lists; a finding is kept when it counts for one of them. Empty for all.
    pub problems: ProblemFilter,
}

impl Wanted {
    fn wants(&self, rule: &Rule, row: &EvidenceRow, record: &Record, records: &Records) -> bool {
        let in_period = self.period.is_none_or(|(first, last)| record.last_day >= first && record.first_day <= last);
        let at_one = self.institutions.is_empty()
            || record
                .institution
                .and_then(|at| records.institutions.get(at))
                .is_some_and(|named| self.institutions.iter().any(|code| **code == *named.code));
        in_period && at_one && self.in_a_field(rule, row, record, records)
    }

    fn in_a_field(&self, rule: &Rule, row: &EvidenceRow, record: &Record, records: &Records) -> bool {
        if self.fields.is_empty()
            || self.fields.iter().any(|field| rule.spec.fields.iter().any(|tag| tag == field.tag()))
        {
            return true;
        }
        let department = |at: Option<NameAt>| {
            let named = records.departments.get(at?)?;
            Some((&*named.code, named.name.as_deref()))
        };
        let item = record.item.and_then(|at| records.items.get(at));
        let visit = records.visits.get(row.visit_key);
        let traits = Traits {
            item_code: item.map(|named| &*named.code),
            charge_type: records.text(record.charge_type),
            departments: [department(record.department), department(record.exec_department)],
            main_dx3: visit.and_then(|visit| records.text(visit.main_dx3)),
        };
        self.fields.iter().any(|field| field.holds(&traits))
    }
}

/// One evidence row of a finding.
#[derive(Debug, Clone, Copy)]
pub struct EvidenceRow {
    /// Counted, not merely compared with.
    pub suspect: bool,
    /// Visit.
    pub visit_key: i64,
    /// Line, when the evidence is a line.
    pub fee_key: Maybe,
    /// At risk by this row.
    pub at_risk: Money,
    /// The part of it that this finding counts.
    pub counted: Money,
}

/// Findings with their evidence, ranked.
#[derive(Debug, Default)]
pub struct Findings {
    /// Findings, rank 1 first.
    pub findings: Vec<Finding>,
    /// Evidence rows of all findings, see [`Self::evidence`].
    pub rows: Vec<EvidenceRow>,
    /// The records they point at.
    pub records: Records,
    /// Ring by finding id, for findings about rings.
    pub rings: HashMap<String, String>,
}

impl Findings {
    /// The evidence of a finding, counted rows first.
    pub fn evidence(&self, finding: &Finding) -> &[EvidenceRow] {
        &self.rows[finding.rows.clone()]
    }
}

/// A finding before ranking.
struct Draft<'a> {
    rule: &'a Rule,
    rule_id: Arc<str>,
    rows: Range<usize>,
    measure: Option<f64>,
    threshold: Option<f64>,
    finding_id: String,
    at_risk: Money,
    confidence: f64,
    /// Item of a problem list and grade, where the rule's evidence names them.
    problem: Option<Arc<str>>,
    grade: Option<Grade>,
}

/// Evidence on its way to findings.
pub struct Build<'a> {
    source: &'a dyn TableSource,
    wanted: Wanted,
    lang: Lang,
    disguise: Disguise,
    confidences: BTreeMap<String, f64>,
    lists: Option<(&'a Problems, Links)>,
    drafts: Vec<Draft<'a>>,
    rows: Vec<EvidenceRow>,
}

impl<'a> Build<'a> {
    /// Findings from `source`, as wanted, with sentences in `lang`. Persons appear as in the export.
    pub const fn new(source: &'a dyn TableSource, wanted: Wanted, lang: Lang) -> Self {
        Self {
            source,
            wanted,
            lang,
            disguise: Disguise::Reveal,
            confidences: BTreeMap::new(),
            lists: None,
            drafts: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Persons appear in the findings, their sentences and their records as `disguise` says: everything written later takes them from here.
    pub fn disguised(self, disguise: Disguise) -> Self {
        Self { disguise, ..self }
    }

    /// These rules have another prior confidence than their own, by what was verified.
    pub fn confident(self, confidences: BTreeMap<String, f64>) -> Self {
        Self { confidences, ..self }
    }

    /// Findings count for the items of these lists whose rules they are of.
    pub fn listed(self, problems: &'a Problems, links: Links) -> Self {
        Self { lists: Some((problems, links)), ..self }
    }

    /// Takes the evidence of one rule. Nothing refers to the frame afterwards, so that one rule's is in memory at a time.
    ///
    /// # Errors
    /// If the frame lacks an evidence column.
    pub fn add(&mut self, rule: &'a Rule, evidence: &DataFrame) -> PolarsResult<()> {
        let prior = self.confidences.get(&rule.spec.id).copied().unwrap_or(rule.spec.confidence);
        self.drafts.append(&mut group(rule, evidence, prior, &mut self.rows)?);
        Ok(())
    }

    /// Findings of the evidence of all rules.
    ///
    /// # Errors
    /// If a table cannot be read or a rule returned the key of no record.
    pub fn findings(self) -> Result<Findings, FindingsError> {
        let Self { source, wanted, lang, disguise, lists, mut drafts, mut rows, .. } = self;
        let visits = rows.iter().map(|row| row.visit_key).collect();
        let fees = rows.iter().filter_map(|row| row.fee_key.get()).collect();
        let mut records = Records::look_up(source, visits, fees)?;
        records.disguise_persons(&disguise);
        for draft in &drafts {
            known(draft, &rows, &records)?;
        }
        if let Some((_, links)) = &lists {
            for draft in drafts.iter_mut().filter(|draft| draft.problem.is_none()) {
                draft.problem = linked(draft, &rows, &records, links);
            }
        }
        drafts.retain(|draft| {
            if !wanted.problems.holds_any(draft.problem.as_deref().unwrap_or_default()) {
                return false;
            }
            let mut suspects = rows[draft.rows.clone()].iter().filter(|row| row.suspect);
            suspects.any(|row| {
                let record = records.record(row.visit_key, row.fee_key);
                record.is_some_and(|record| wanted.wants(draft.rule, row, record, &records))
            })
        });

        // Served in this order, so that the finding with the most at stake explains the money.
        drafts.sort_by(|one, other| {
            let stake = |draft: &Draft<'_>| draft.confidence * in_yuan(draft.at_risk.fund_fen);
            stake(other).total_cmp(&stake(one)).then_with(|| one.finding_id.cmp(&other.finding_id))
        });
        let mut ledger = std::mem::take(&mut records.ledger);
        let mut findings = Vec::with_capacity(drafts.len());
        for draft in drafts {
            for row in rows[draft.rows.clone()].iter_mut().filter(|row| row.suspect) {
                row.counted = ledger.take(row.visit_key, row.fee_key, row.at_risk);
            }
            let problem = lists.as_ref().and_then(|(problems, _)| problems.said(draft.problem.as_deref()?, lang));
            findings.push(finding(draft, &rows, &records, problem.as_deref(), lang));
        }
        drop(ledger);
        findings.sort_by(|one: &Finding, other: &Finding| {
            other.score.total_cmp(&one.score).then_with(|| one.finding_id.cmp(&other.finding_id))
        });
        for (rank, finding) in (1..).zip(&mut findings) {
            finding.rank = rank;
        }
        Ok(Findings { findings, rows, records, rings: HashMap::new() })
    }
}

/// The items of problem lists whose rule a finding is of, as a finding names them.
fn linked(draft: &Draft<'_>, rows: &[EvidenceRow], records: &Records, links: &Links) -> Option<Arc<str>> {
    let claims = || {
        rows[draft.rows.clone()].iter().filter(|row| row.suspect).filter_map(|row| {
            let record = records.record(row.visit_key, row.fee_key)?;
            let setting = records.visits.get(row.visit_key).and_then(|visit| records.text(visit.care_setting));
            let item_key = record.item.map(|at| records.items.key(at));
            Some(Claim { item_key, setting, first_day: record.first_day, last_day: record.last_day })
        })
    };
    links.problems(&draft.rule_id, claims)
}

fn finding(draft: Draft<'_>, rows: &[EvidenceRow], records: &Records, problem: Option<&str>, lang: Lang) -> Finding {
    let rows = &rows[draft.rows.clone()];
    let suspects = || rows.iter().filter(|row| row.suspect);
    let all = || rows.iter().filter_map(|row| records.record(row.visit_key, row.fee_key));
    let one = |of: fn(&Record) -> Option<NameAt>| {
        let records = suspects().filter_map(|row| records.record(row.visit_key, row.fee_key));
        shared(records.map(of))
    };
    let mut counted = Money::default();
    for row in rows {
        counted += row.counted;
    }
    let person = one(|record| record.person).and_then(|at| records.persons.get(at));
    let institution = one(|record| record.institution).and_then(|at| records.institutions.get(at));
    let practitioner = one(|record| record.practitioner).and_then(|at| records.practitioners.get(at));
    let visit = shared(suspects().map(|row| Some(row.visit_key))).and_then(|key| records.visits.get(key));
    let item = one(|record| record.item).and_then(|at| records.items.get(at));
    let spec = &draft.rule.spec;
    let mut finding = Finding {
        finding_id: draft.finding_id,
        model: i32::from(spec.model),
        rule_id: draft.rule_id,
        grade: draft.grade.unwrap_or(spec.grade),
        problem: draft.problem,
        psn_no: person.map(|named| Arc::clone(&named.code)),
        fixmedins_code: institution.map(|named| Arc::clone(&named.code)),
        fixmedins_name: institution.and_then(|named| named.name.clone()),
        dr_code: practitioner.map(|named| Arc::clone(&named.code)),
        dr_name: practitioner.and_then(|named| named.name.clone()),
        mdtrt_id: visit.and_then(|visit| records.text(visit.number)).map(Into::into),
        first_day: all().map(|record| record.first_day).min(),
        last_day: all().map(|record| record.last_day).max(),
        records: i64::try_from(rows.len()).unwrap_or(i64::MAX),
        rows: draft.rows,
        at_risk: draft.at_risk,
        counted,
        measure: draft.measure,
        threshold: draft.threshold,
        confidence: draft.confidence,
        score: draft.confidence * in_yuan(counted.fund_fen),
        rank: 0,
        situation: Box::default(),
    };
    let item_name = item.map(|named| named.name.as_deref().unwrap_or(&named.code));
    finding.situation =
        sentence::fill(spec.situation.pick(lang), &finding, Named { item: item_name, problem }, lang).into();
    finding
}

/// The one value that all have, or none.
fn shared<T: PartialEq + Copy>(mut values: impl Iterator<Item = Option<T>>) -> Option<T> {
    let first = values.next()??;
    values.all(|value| value == Some(first)).then_some(first)
}

/// Evidence rows with the same case key are one finding. The rows are appended to `rows`, finding by finding.
fn group<'a>(
    rule: &'a Rule,
    evidence: &DataFrame,
    prior: f64,
    rows: &mut Vec<EvidenceRow>,
) -> PolarsResult<Vec<Draft<'a>>> {
    let big = |name: &str| evidence.column(name).and_then(|column| column.i64().cloned());
    let (cases, visits, fees) = (big("case_key")?, big("visit_key")?, big("fee_key")?);
    let (gross, inscp, fund) = (big("gross_fen")?, big("inscp_fen")?, big("fund_fen")?);
    let roles = evidence.column("role")?.str()?.clone();
    let (measures, thresholds) =
        (evidence.column("measure")?.f64()?.clone(), evidence.column("threshold")?.f64()?.clone());
    let rule_id: Arc<str> = rule.spec.id.as_str().into();
    // A cluster's evidence of before problem lists has no such columns.
    let texts = |name: &str| evidence.column(name).ok().map(|column| column.str().cloned()).transpose();
    let (problems, grades) = (texts("problem")?, texts("grade")?);
    let mut known: HashMap<String, Arc<str>> = HashMap::new();
    let mut drafts: Vec<Draft<'a>> = Vec::new();
    let mut places: HashMap<i64, usize> = HashMap::new();
    let mut placed: Vec<(usize, EvidenceRow)> = Vec::with_capacity(evidence.height());
    for row in 0..evidence.height() {
        let (Some(case), Some(visit_key)) = (cases.get(row), visits.get(row)) else { continue };
        let place = *places.entry(case).or_insert_with(|| {
            let problem = problems.as_ref().and_then(|problems| problems.get(row));
            let grade = grades.as_ref().and_then(|grades| grades.get(row));
            drafts.push(Draft {
                problem: problem
                    .map(|problem| Arc::clone(known.entry(problem.to_owned()).or_insert_with(|| problem.into()))),
                grade: grade.map(|word| if word == Grade::Violation.as_str() { Grade::Violation } else { Grade::Lead }),
                rule,
                rule_id: Arc::clone(&rule_id),
                rows: 0..0,
                measure: None,
                threshold: None,
                finding_id: String::new(),
                at_risk: Money::default(),
                confidence: 0.0,
            });
            drafts.len() - 1
        });
        let draft = &mut drafts[place];
        let suspect = roles.get(row) == Some("suspect");
        let at_risk = Money {
            gross_fen: gross.get(row).unwrap_or_default(),
            inscp_fen: inscp.get(row).unwrap_or_default(),
            fund_fen: fund.get(row).unwrap_or_default(),
        };
        if suspect {
            draft.at_risk += at_risk;
        }
        draft.measure = larger(draft.measure, measures.get(row));
        draft.threshold = larger(draft.threshold, thresholds.get(row));
        let fee_key = fees.get(row).into();
        placed.push((place, EvidenceRow { suspect, visit_key, fee_key, at_risk, counted: Money::default() }));
    }
    placed.sort_by_key(|(place, row)| (*place, !row.suspect, row.visit_key, row.fee_key));
    rows.reserve_exact(placed.len());
    for of_one in placed.chunk_by(|(one, _), (other, _)| one == other) {
        let Some(draft) = of_one.first().and_then(|(place, _)| drafts.get_mut(*place)) else { continue };
        let first = rows.len();
        rows.extend(of_one.iter().map(|(_, row)| *row));
        draft.rows = first..rows.len();
        draft.finding_id = finding_id(&rule.spec.id, draft.problem.as_deref(), &rows[first..]);
        draft.confidence = confidence(prior, draft.measure, draft.threshold);
    }
    Ok(drafts)
}

/// A hash of the rule, the item of a problem list that its evidence names, and the records behind it; keys are hashes of the export's own
/// numbers, so every engine and machine gets the same.
pub fn finding_id(rule_id: &str, problem: Option<&str>, rows: &[EvidenceRow]) -> String {
    let mut hasher = Xxh3::new();
    hasher.update(rule_id.as_bytes());
    hasher.update(problem.unwrap_or_default().as_bytes());
    for row in rows {
        hasher.update(&[u8::from(row.suspect)]);
        hasher.update(&row.visit_key.to_le_bytes());
        let fee_key = row.fee_key.get();
        hasher.update(&[u8::from(fee_key.is_some())]);
        hasher.update(&fee_key.unwrap_or_default().to_le_bytes());
    }
    format!("{:032x}", hasher.digest128())
}

/// The finding ids of a rule's evidence, sorted: what engines are compared by.
///
/// # Errors
/// If the frame lacks an evidence column.
pub fn finding_ids(rule: &Rule, evidence: &DataFrame) -> PolarsResult<Vec<String>> {
    let drafts = group(rule, evidence, rule.spec.confidence, &mut Vec::new())?;
    let mut ids: Vec<String> = drafts.into_iter().map(|draft| draft.finding_id).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// The prior, moved towards certainty by how far the limit was broken.
///
/// With d = |measure − threshold| ÷ max(|threshold|, 1), capped at 1: confidence = 1 − (1 − prior) × (1 − d ÷ 2). A limit just broken leaves
/// the prior; twice the limit halves the doubt.
fn confidence(prior: f64, measure: Option<f64>, threshold: Option<f64>) -> f64 {
    let (Some(measure), Some(threshold)) = (measure, threshold) else { return prior };
    let distance = ((measure - threshold).abs() / threshold.abs().max(1.0)).min(1.0);
    1.0 - (1.0 - prior) * (1.0 - distance / 2.0)
}

fn larger(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}

fn known(draft: &Draft<'_>, rows: &[EvidenceRow], records: &Records) -> Result<(), FindingsError> {
    for row in &rows[draft.rows.clone()] {
        if records.record(row.visit_key, row.fee_key).is_none() {
            let rule = draft.rule.spec.id.clone();
            return Err(match row.fee_key.get() {
                Some(key) => FindingsError::UnknownRecord { rule, table: "fee", key },
                None => FindingsError::UnknownRecord { rule, table: "visit", key: row.visit_key },
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::confidence;

    #[test]
    fn confidence_rises_with_the_distance_from_the_limit() {
        assert!((confidence(0.6, Some(15.0), Some(15.0)) - 0.6).abs() < 1e-12);
        assert!((confidence(0.6, Some(30.0), Some(15.0)) - 0.8).abs() < 1e-12);
        assert!((confidence(0.6, Some(900.0), Some(15.0)) - 0.8).abs() < 1e-12);
        assert!((confidence(0.6, None, Some(15.0)) - 0.6).abs() < 1e-12);
    }
}
