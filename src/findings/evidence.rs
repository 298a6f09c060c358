//! Evidence laid out for people: codes instead of keys, and the line of the export each record comes from.

use super::build::{EvidenceRow, Findings};
use super::maybe::Maybe;
use super::model::Finding;
use super::records::{NameAt, Names, Record, TextAt};
use crate::model::Money;

/// One claim record behind a finding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClaimRecord<'a> {
    /// The finding it belongs to.
    pub finding_id: &'a str,
    /// The rule that found it.
    pub rule_id: &'a str,
    /// Counted, not merely compared with.
    pub suspect: bool,
    /// Visit.
    pub mdtrt_id: Option<&'a str>,
    /// Settlement.
    pub setl_id: Option<&'a str>,
    /// Fee line; none where the evidence is a visit.
    pub bkkp_sn: Option<&'a str>,
    /// Person.
    pub psn_no: Option<&'a str>,
    /// Institution.
    pub fixmedins_code: Option<&'a str>,
    /// Practitioner.
    pub dr_code: Option<&'a str>,
    /// Day, since 1970-01-01.
    pub day: Option<i32>,
    /// Minute, since 1970-01-01; none where the export holds only a date.
    pub minute: Option<i64>,
    /// Insured item.
    pub item_code: Option<&'a str>,
    /// Its name.
    pub item_name: Option<&'a str>,
    /// Quantity, ten-thousandths.
    pub cnt_e4: Option<i64>,
    /// Unit price, millionths of a yuan.
    pub pric_e6: Option<i64>,
    /// At risk by this record.
    pub at_risk: Money,
    /// Ring the finding is about.
    pub ring_id: Option<&'a str>,
    /// File of the export.
    pub source_file: Option<&'a str>,
    /// Line of that file.
    pub source_line: Option<i64>,
    /// Items of problem lists that the finding counts for.
    pub problem: Option<&'a str>,
}

impl ClaimRecord<'_> {
    /// The word of the output contract for what it is to its finding.
    pub const fn role(&self) -> &'static str {
        if self.suspect { "suspect" } else { "basis" }
    }
}

/// The evidence of all findings in the order of their rank, counted rows first.
pub fn records(all: &Findings) -> impl Iterator<Item = ClaimRecord<'_>> {
    let of_each = move |finding| all.evidence(finding).iter().map(move |row| record(all, finding, row));
    all.findings.iter().flat_map(of_each)
}

/// The record of an evidence row of `finding`.
pub fn record<'a>(all: &'a Findings, finding: &'a Finding, row: &EvidenceRow) -> ClaimRecord<'a> {
    let records = &all.records;
    // Building refused rows without a record, so there is one; an unknown one would show as blanks, not as another record.
    let record = records.record(row.visit_key, row.fee_key);
    let text = |at: fn(&Record) -> Option<TextAt>| record.and_then(|record| records.text(at(record)));
    let number = |of: fn(&Record) -> Maybe| record.and_then(|record| of(record).get());
    let named = |at: fn(&Record) -> Option<NameAt>, names: &'a Names| names.get(at(record?)?);
    let code = |at, names| named(at, names).map(|named| &*named.code);
    let settlement = number(|record| record.setl_key).and_then(|key| records.setl_ids.get(key));
    let item = named(|record| record.item, &records.items);
    ClaimRecord {
        finding_id: &finding.finding_id,
        rule_id: &finding.rule_id,
        suspect: row.suspect,
        mdtrt_id: records.visits.get(row.visit_key).and_then(|visit| records.text(visit.number)),
        setl_id: records.text(settlement.copied().flatten()),
        // A visit's own number is in mdtrt_id.
        bkkp_sn: row.fee_key.get().and_then(|_| text(|record| record.number)),
        psn_no: code(|record| record.person, &records.persons),
        fixmedins_code: code(|record| record.institution, &records.institutions),
        dr_code: code(|record| record.practitioner, &records.practitioners),
        day: record.map(|record| record.first_day),
        minute: number(|record| record.minute),
        item_code: item.map(|item| &*item.code),
        item_name: item.and_then(|item| item.name.as_deref()),
        cnt_e4: number(|record| record.cnt_e4),
        pric_e6: number(|record| record.pric_e6),
        at_risk: row.at_risk,
        ring_id: all.rings.get(&finding.finding_id).map(String::as_str),
        source_file: record.and_then(|record| records.files.get(&record.file_id)).map(String::as_str),
        source_line: record.map(|record| record.source_line),
        problem: finding.problem.as_deref(),
    }
}
