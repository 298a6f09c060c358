//! What one side alone has of the visits that both should have, and what differs in money.

use std::collections::{BTreeMap, HashSet};

use polars::prelude::*;

use super::pairing::{By, Paired};
use super::visits::Visit;
use crate::calendar;

/// Visits beyond the first or last one of the other side in its outermost month from which on that side is taken to end there.
const BEYOND_EDGE: usize = 3;

/// A visit of one side only, or of both with other money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<'a> {
    /// Of the bureau.
    pub bureau: Vec<&'a Visit>,
    /// Of the hospital.
    pub hospital: Vec<&'a Visit>,
    /// By what both were recognised.
    pub by: Option<By>,
}

impl Difference<'_> {
    /// The word in `two_sources.kind`.
    pub fn kind(&self) -> &'static str {
        match (self.bureau.is_empty(), self.hospital.is_empty()) {
            (false, true) => "bureau-only",
            (true, _) => "hospital-only",
            (false, false) => "amount-differs",
        }
    }

    /// Key of the institution.
    pub fn institution(&self) -> Option<i64> {
        self.bureau.first().or(self.hospital.first()).map(|visit| visit.institution)
    }

    fn gross(visits: &[&Visit]) -> Option<i64> {
        (!visits.is_empty()).then(|| visits.iter().map(|visit| visit.gross_fen).sum())
    }

    fn fund(visits: &[&Visit]) -> Option<i64> {
        (!visits.is_empty()).then(|| visits.iter().map(|visit| visit.fund_fen).sum())
    }

    /// Bureau − hospital, fen.
    pub fn difference_fen(&self) -> i64 {
        Self::gross(&self.bureau).unwrap_or(0) - Self::gross(&self.hospital).unwrap_or(0)
    }
}

/// The differences between both sides, within what both delivered.
///
/// A month, a kind of care and an institution that one side did not deliver say nothing about the other.
pub fn differences<'a>(bureau: &'a [Visit], hospital: &'a [Visit], paired: &Paired) -> Vec<Difference<'a>> {
    let mut found = Vec::new();
    let (mut ours, mut theirs) = (HashSet::new(), HashSet::new());
    for pair in &paired.pairs {
        ours.extend(pair.bureau.iter().copied());
        theirs.extend(pair.hospital.iter().copied());
        let difference = Difference {
            bureau: pair.bureau.iter().map(|at| &bureau[*at]).collect(),
            hospital: pair.hospital.iter().map(|at| &hospital[*at]).collect(),
            by: Some(pair.by),
        };
        if difference.difference_fen() != 0 || !same_fund(&difference) {
            found.push(difference);
        }
    }
    let delivered = Overlap::of(bureau, hospital);
    for (at, visit) in bureau.iter().enumerate() {
        // Billed to the fund: settled, and of more than nothing.
        if !ours.contains(&at) && !visit.bills.is_empty() && visit.gross_fen > 0 && delivered.holds(visit) {
            found.push(Difference { bureau: vec![visit], hospital: Vec::new(), by: None });
        }
    }
    for (at, visit) in hospital.iter().enumerate() {
        let expected = visit.insured && !visit.elsewhere && !visit.bills.is_empty() && visit.gross_fen > 0;
        if !theirs.contains(&at) && expected && delivered.holds(visit) {
            found.push(Difference { bureau: Vec::new(), hospital: vec![visit], by: None });
        }
    }
    let key = |difference: &Difference<'_>| {
        let first = difference.bureau.first().or(difference.hospital.first());
        (std::cmp::Reverse(difference.difference_fen().abs()), difference.kind(), first.map(|visit| visit.key))
    };
    found.sort_by_key(key);
    found
}

/// A hospital books what the pooled fund paid, or what all funds paid.
fn same_fund(difference: &Difference<'_>) -> bool {
    let theirs = Difference::fund(&difference.hospital).unwrap_or(0);
    let pooled: Option<i64> = difference.bureau.iter().map(|visit| visit.pooled_fen()).sum();
    // Nothing booked: many exports leave the column empty.
    theirs == 0 || Some(theirs) == Difference::fund(&difference.bureau) || Some(theirs) == pooled
}

/// Of one institution and kind of care: days of settlement by month.
type Days = BTreeMap<(i64, bool), BTreeMap<i32, Vec<i32>>>;

/// What both sides delivered.
struct Overlap {
    bureau: Days,
    hospital: Days,
}

impl Overlap {
    fn of(bureau: &[Visit], hospital: &[Visit]) -> Self {
        let days = |visits: &[Visit]| {
            let mut days = Days::new();
            for visit in visits {
                if let Some(day) = visit.settled_day()
                    && let Some(month) = calendar::month(day)
                {
                    days.entry((visit.institution, visit.inpatient)).or_default().entry(month).or_default().push(day);
                }
            }
            days
        };
        Self { bureau: days(bureau), hospital: days(hospital) }
    }

    fn holds(&self, visit: &Visit) -> bool {
        let kind = (visit.institution, visit.inpatient);
        let (Some(ours), Some(theirs)) = (self.bureau.get(&kind), self.hospital.get(&kind)) else { return false };
        let Some(day) = visit.settled_day() else { return false };
        delivered(ours, theirs, day) && delivered(theirs, ours, day)
    }
}

/// Whether a side delivered `day`: its month is there, and in its outermost months the other side does not go on for long beyond it.
fn delivered(side: &BTreeMap<i32, Vec<i32>>, other: &BTreeMap<i32, Vec<i32>>, day: i32) -> bool {
    let Some(month) = calendar::month(day) else { return false };
    let Some(days) = side.get(&month) else { return false };
    let (first, last) = (days.iter().min().copied().unwrap_or(day), days.iter().max().copied().unwrap_or(day));
    let beyond =
        |far: &dyn Fn(i32) -> bool| other.get(&month).map_or(0, |days| days.iter().filter(|day| far(**day)).count());
    let begins = side.first_key_value().is_some_and(|(begin, _)| *begin == month);
    let ends = side.last_key_value().is_some_and(|(end, _)| *end == month);
    let before = begins && day < first && beyond(&|day| day < first) > BEYOND_EDGE;
    let after = ends && day > last && beyond(&|day| day > last) > BEYOND_EDGE;
    !before && !after
}

/// The rows of the table `two_sources`.
///
/// # Errors
/// If columns are of unequal length: a bug.
pub fn table(
    differences: &[Difference<'_>],
    visit_of: impl Fn(&Visit) -> i64,
    person_of: impl Fn(&Visit) -> Option<i64>,
) -> PolarsResult<DataFrame> {
    fn joined(words: impl Iterator<Item = String>) -> Option<String> {
        let words: Vec<String> = words.collect();
        (!words.is_empty()).then(|| words.join(" "))
    }
    let rows = differences;
    let lead: Vec<&Visit> =
        rows.iter().filter_map(|row| row.bureau.first().or(row.hospital.first()).copied()).collect();
    let bills = |visits: &[&Visit]| {
        let mut numbers: Vec<String> =
            visits.iter().flat_map(|visit| visit.bills.iter().filter_map(|bill| bill.number.clone())).collect();
        numbers.sort_unstable();
        numbers.dedup();
        joined(numbers.into_iter())
    };
    let other = |row: &Difference<'_>| {
        if row.bureau.is_empty() { None } else { row.hospital.first().map(|visit| (visit.file_id, visit.source_line)) }
    };
    df![
        "kind" => rows.iter().map(Difference::kind).collect::<Vec<_>>(),
        "paired_by" => rows.iter().map(|row| row.by.map(By::id)).collect::<Vec<_>>(),
        "inst_key" => lead.iter().map(|visit| visit.institution).collect::<Vec<_>>(),
        "psn_key" => lead.iter().map(|visit| person_of(visit)).collect::<Vec<_>>(),
        "visit_key" => lead.iter().map(|visit| visit_of(visit)).collect::<Vec<_>>(),
        "care_setting" => lead.iter().map(|visit| if visit.inpatient { "inpatient" } else { "outpatient" }).collect::<Vec<_>>(),
        "bureau_mdtrt_id" => rows.iter().map(|row| joined(row.bureau.iter().filter_map(|visit| visit.mdtrt_id.clone()))).collect::<Vec<_>>(),
        "bureau_setl_ids" => rows.iter().map(|row| bills(&row.bureau)).collect::<Vec<_>>(),
        "hospital_bills" => rows.iter().map(|row| bills(&row.hospital)).collect::<Vec<_>>(),
        "ipt_otp_no" => rows.iter().map(|row| row.bureau.iter().chain(&row.hospital).rev().find_map(|visit| visit.otp_no.clone())).collect::<Vec<_>>(),
        "adm_day" => rows.iter().map(|row| row.bureau.iter().chain(&row.hospital).filter_map(|visit| visit.begin_day).min()).collect::<Vec<_>>(),
        "dscg_day" => rows.iter().map(|row| row.bureau.iter().chain(&row.hospital).filter_map(|visit| visit.end_day).max()).collect::<Vec<_>>(),
        "setl_day" => lead.iter().map(|visit| visit.settled_day()).collect::<Vec<_>>(),
        "bureau_gross_fen" => rows.iter().map(|row| Difference::gross(&row.bureau)).collect::<Vec<_>>(),
        "hospital_gross_fen" => rows.iter().map(|row| Difference::gross(&row.hospital)).collect::<Vec<_>>(),
        "difference_fen" => rows.iter().map(Difference::difference_fen).collect::<Vec<_>>(),
        "bureau_fund_fen" => rows.iter().map(|row| Difference::fund(&row.bureau)).collect::<Vec<_>>(),
        "hospital_fund_fen" => rows.iter().map(|row| Difference::fund(&row.hospital)).collect::<Vec<_>>(),
        "file_id" => lead.iter().map(|visit| visit.file_id).collect::<Vec<_>>(),
        "source_line" => lead.iter().map(|visit| visit.source_line).collect::<Vec<_>>(),
        "other_file_id" => rows.iter().map(|row| other(row).map(|(file, _)| file)).collect::<Vec<_>>(),
        "other_source_line" => rows.iter().map(|row| other(row).map(|(_, line)| line)).collect::<Vec<_>>(),
    ]
}
