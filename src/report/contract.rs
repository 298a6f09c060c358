//! The tables that programs read, by row and column: names, order and types are the contract of a run's folder. Further columns come at the end
//! of a table.

use super::columns::Column;
use super::text;
use super::two_sources::TwoSourcesRow;
use crate::findings::evidence::ClaimRecord;
use crate::findings::model::{Finding, Suspect};
use crate::lang::{Label, Lang};
use crate::ranking::elsewhere::Elsewhere;
use crate::rings::Ring;
use crate::rings::model::Member;

/// findings.parquet and findings.csv, a row for each finding.
pub fn findings() -> [Column<Finding>; 21] {
    type Col = Column<Finding>;
    [
        Col::text("finding_id", |finding| Some(&finding.finding_id)).filled().shown(text::FINDING_ID, 38.0),
        Col::small("model", |finding| Some(finding.model)).filled().shown(text::MODEL, 8.0),
        Col::text("rule_id", |finding| Some(&finding.rule_id)).filled().shown(text::RULE_ID, 24.0),
        Col::text("grade", |finding| Some(finding.grade.as_str())).filled().shown(text::GRADE, 11.0),
        Col::text("psn_no", |finding| finding.psn_no.as_deref()).shown(text::PERSON, 28.0),
        Col::text("fixmedins_code", |finding| finding.fixmedins_code.as_deref()).shown(text::INST_CODE, 17.0),
        Col::text("dr_code", |finding| finding.dr_code.as_deref()).shown(text::DOCTOR_CODE, 18.0),
        Col::text("mdtrt_id", |finding| finding.mdtrt_id.as_deref()).shown(text::VISIT, 28.0),
        Col::day("first_day", |finding| finding.first_day).shown(text::FIRST_DAY, 12.0),
        Col::day("last_day", |finding| finding.last_day).shown(text::LAST_DAY, 12.0),
        Col::int("records", |finding| Some(finding.records)).filled().shown(text::RECORDS, 9.0),
        Col::money("gross_amount", |finding| finding.at_risk.gross_fen).shown(text::GROSS, 14.0),
        Col::money("inscp_amount", |finding| finding.at_risk.inscp_fen).shown(text::INSCP, 14.0),
        Col::money("fund_amount", |finding| finding.at_risk.fund_fen).shown(text::FUND, 14.0),
        Col::float("measure", |finding| finding.measure).shown(text::MEASURE, 10.0),
        Col::float("threshold", |finding| finding.threshold).shown(text::THRESHOLD, 10.0),
        Col::float("confidence", |finding| Some(finding.confidence)).filled().shown(text::CONFIDENCE, 10.0),
        Col::float("score", |finding| Some(finding.score)).filled().shown(text::SCORE, 12.0),
        Col::int("rank", |finding| Some(finding.rank)).filled().shown(text::RANK, 8.0),
        Col::text("situation", |finding| Some(&finding.situation)).filled().shown(text::SITUATION, 50.0),
        Col::text("problem", |finding| finding.problem.as_deref()).shown(text::PROBLEM, 18.0),
    ]
}

/// evidence.parquet and evidence.csv, a row for each record behind a finding.
pub fn evidence<'a>() -> [Column<ClaimRecord<'a>>; 21] {
    type Col<'a> = Column<ClaimRecord<'a>>;
    [
        Col::text("finding_id", |record| Some(record.finding_id)).filled().shown(text::FINDING_ID, 38.0),
        Col::text("rule_id", |record| Some(record.rule_id)).filled().shown(text::RULE_ID, 24.0),
        Col::text("role", |record| Some(record.role())).filled().shown(text::ROLE, 11.0),
        Col::text("mdtrt_id", |record| record.mdtrt_id).shown(text::VISIT, 28.0),
        Col::text("setl_id", |record| record.setl_id).shown(text::SETTLEMENT, 28.0),
        Col::text("bkkp_sn", |record| record.bkkp_sn).shown(text::FEE_LINE, 28.0),
        Col::text("psn_no", |record| record.psn_no).shown(text::PERSON, 28.0),
        Col::text("fixmedins_code", |record| record.fixmedins_code).shown(text::INST_CODE, 17.0),
        Col::text("dr_code", |record| record.dr_code).shown(text::DOCTOR_CODE, 18.0),
        Col::time("event_time", |record| (record.day, record.minute)).shown(text::TIME, 17.0),
        Col::text("item_code", |record| record.item_code).shown(text::ITEM_CODE, 28.0),
        Col::text("item_name", |record| record.item_name).shown(text::ITEM_NAME, 30.0),
        Col::decimal("cnt", 16, 4, |record| record.cnt_e4).shown(text::COUNT, 9.0),
        Col::decimal("pric", 16, 6, |record| record.pric_e6).shown(text::PRICE, 11.0),
        Col::money("gross_amount", |record| record.at_risk.gross_fen).shown(text::GROSS, 14.0),
        Col::money("inscp_amount", |record| record.at_risk.inscp_fen).shown(text::INSCP, 14.0),
        Col::money("fund_amount", |record| record.at_risk.fund_fen).shown(text::FUND, 14.0),
        Col::text("ring_id", |record| record.ring_id).shown(text::RING_ID, 20.0),
        Col::text("source_file", |record| record.source_file).shown(text::SOURCE_FILE, 40.0),
        Col::int("source_line", |record| record.source_line).shown(text::SOURCE_LINE, 10.0),
        Col::text("problem", |record| record.problem).shown(text::PROBLEM, 18.0),
    ]
}

/// Header for people, and width in digits, of a column of findings or evidence by its name in the contract; a column of later versions
/// is shown too.
pub fn shown(name: &str) -> (Label, f64) {
    let columns = findings().map(|column| (column.name, column.shown));
    let mut columns = columns.into_iter().chain(evidence().map(|column| (column.name, column.shown)));
    columns.find(|(known, _)| *known == name).and_then(|(_, shown)| shown).unwrap_or((text::OTHER_COLUMN, 16.0))
}

/// suspects.csv, a row for each suspect of any kind.
pub fn suspects() -> [Column<Suspect>; 15] {
    type Col = Column<Suspect>;
    [
        Col::text("kind", |suspect| Some(suspect.kind.as_str())),
        Col::int("rank", |suspect| Some(suspect.rank)),
        Col::text("code", |suspect| Some(&suspect.code)),
        Col::text("name", |suspect| suspect.name.as_deref()),
        Col::int("findings", |suspect| Some(suspect.findings)),
        Col::text("models", |suspect| Some(&suspect.models)),
        Col::money("gross_amount", |suspect| suspect.counted.gross_fen),
        Col::money("inscp_amount", |suspect| suspect.counted.inscp_fen),
        Col::money("fund_amount", |suspect| suspect.counted.fund_fen),
        Col::float("share", |suspect| suspect.share),
        Col::float("peer_ratio", |suspect| suspect.peer_ratio),
        Col::float("score", |suspect| Some(suspect.score)),
        Col::text("top_rules", |suspect| Some(&suspect.top_rules)),
        Col::text("points", |suspect| suspect.points.as_deref()),
        Col::text("reason", |suspect| Some(&suspect.reason)),
    ]
}

/// elsewhere.csv, a row for each insured division and place of care.
pub fn elsewhere() -> [Column<Elsewhere>; 10] {
    type Col = Column<Elsewhere>;
    [
        Col::text("insu_admdvs", |cell| cell.insured.as_deref()),
        Col::text("care_admdvs", |cell| cell.care.as_deref()),
        Col::text("relation", |cell| Some(cell.relation.as_str())),
        Col::int("visits", |cell| Some(cell.visits)),
        Col::money("fund_paid", |cell| cell.fund_fen),
        Col::int("findings", |cell| Some(cell.findings)),
        Col::money("gross_amount", |cell| cell.counted.gross_fen),
        Col::money("inscp_amount", |cell| cell.counted.inscp_fen),
        Col::money("fund_amount", |cell| cell.counted.fund_fen),
        Col::float("share", Elsewhere::share),
    ]
}

/// two-sources.csv, a row for each visit that one of two sources alone has or whose amounts differ.
pub fn two_sources() -> [Column<TwoSourcesRow>; 23] {
    type Col = Column<TwoSourcesRow>;
    [
        Col::text("kind", |row| Some(&row.kind)),
        Col::text("fixmedins_code", |row| Some(&row.fixmedins_code)),
        Col::text("fixmedins_name", |row| row.fixmedins_name.as_deref()),
        Col::text("psn_no", |row| row.psn_no.as_deref()),
        Col::text("care_setting", |row| Some(&row.care_setting)),
        Col::text("mdtrt_id", |row| row.mdtrt_id.as_deref()),
        Col::text("setl_ids", |row| row.setl_ids.as_deref()),
        Col::text("hospital_bills", |row| row.hospital_bills.as_deref()),
        Col::text("ipt_otp_no", |row| row.ipt_otp_no.as_deref()),
        Col::day("adm_day", |row| row.adm_day),
        Col::day("dscg_day", |row| row.dscg_day),
        Col::day("setl_day", |row| row.setl_day),
        Col::decimal("bureau_gross_amount", 18, 2, |row| row.bureau_gross_fen),
        Col::decimal("hospital_gross_amount", 18, 2, |row| row.hospital_gross_fen),
        Col::money("difference", |row| row.difference_fen),
        Col::decimal("bureau_fund_amount", 18, 2, |row| row.bureau_fund_fen),
        Col::decimal("hospital_fund_amount", 18, 2, |row| row.hospital_fund_fen),
        Col::text("paired_by", |row| row.paired_by.as_deref()),
        Col::text("note", |row| Some(&row.note)),
        Col::text("source_file", |row| row.source_file.as_deref()),
        Col::int("source_line", |row| row.source_line),
        Col::text("other_source_file", |row| row.other_source_file.as_deref()),
        Col::int("other_source_line", |row| row.other_source_line),
    ]
}

/// A finding and what became of it since an earlier run: a row of changes.csv.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeRow<'a> {
    /// The finding.
    pub finding_id: &'a str,
    /// `new`, `continued`, `gone` or `not-checked`.
    pub status: &'static str,
    /// 1–9; 0 for data quality.
    pub model: i32,
    /// Such as `split-stay`.
    pub rule_id: &'a str,
    /// The institution, empty when there are several.
    pub fixmedins_code: &'a str,
    /// Paid by the fund, fen at risk.
    pub fund_fen: i64,
    /// Its sentence.
    pub situation: &'a str,
}

/// changes.csv, a row for each finding of this run and of an earlier one.
pub fn changes<'a>() -> [Column<ChangeRow<'a>>; 7] {
    type Col<'a> = Column<ChangeRow<'a>>;
    [
        Col::text("finding_id", |change| Some(change.finding_id)),
        Col::text("status", |change| Some(change.status)),
        Col::small("model", |change| Some(change.model)),
        Col::text("rule_id", |change| Some(change.rule_id)),
        Col::text("fixmedins_code", |change| Some(change.fixmedins_code)),
        Col::money("fund_amount", |change| change.fund_fen),
        Col::text("situation", |change| Some(change.situation)),
    ]
}

/// An input row or cell that could not be used: a row of rejects.csv.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RejectRow<'a> {
    /// File of the export.
    pub file: &'a str,
    /// Line of that file; the header is line 1.
    pub line: u64,
    /// Column, empty when the whole row is meant.
    pub column: &'a str,
    /// What stood there.
    pub value: &'a str,
    /// Why it could not be used.
    pub reason: &'a str,
}

/// rejects.csv, a row for each input row or cell that could not be used.
pub fn rejects<'a>() -> [Column<RejectRow<'a>>; 5] {
    type Col<'a> = Column<RejectRow<'a>>;
    [
        Col::text("file", |reject| Some(reject.file)),
        Col::count("line", |reject| reject.line),
        Col::text("column", |reject| Some(reject.column)),
        Col::text("value", |reject| Some(reject.value)),
        Col::text("reason", |reject| Some(reject.reason)),
    ]
}

/// A row of rings.csv.
#[derive(Debug, Clone, Copy)]
pub struct RingRow<'a> {
    /// The ring.
    pub ring: &'a Ring,
    /// Language of its explanation.
    pub lang: Lang,
}

/// rings.csv, a row for each ring; behind the explanation the further parts of the score.
pub fn rings<'a>() -> [Column<RingRow<'a>>; 18] {
    type Col<'a> = Column<RingRow<'a>>;
    [
        Col::text("ring_id", |row| Some(&row.ring.ring_id)),
        Col::text("kind", |row| Some(row.ring.kind.as_str())),
        Col::count("members", |row| row.ring.size() as u64),
        Col::count("institutions", |row| row.ring.institutions),
        Col::count("co_events", |row| row.ring.co_events),
        Col::day("first_day", |row| row.ring.first_day),
        Col::day("last_day", |row| row.ring.last_day),
        Col::money("fund_amount", |row| row.ring.fund_fen),
        Col::rounded("density", |row| row.ring.parts.density),
        Col::rounded("exclusivity", |row| row.ring.parts.exclusivity),
        Col::rounded("surprise", |row| row.ring.surprise),
        Col::rounded("score", |row| row.ring.score),
        Col::count("rank", |row| row.ring.rank),
        Col::text("explanation", |row| Some(row.ring.explained(row.lang))),
        Col::rounded("synchrony", |row| row.ring.parts.synchrony),
        Col::rounded("spread", |row| row.ring.parts.spread),
        Col::rounded("similarity", |row| row.ring.parts.similarity),
        Col::int("resale_pct", |row| row.ring.resale_pct),
    ]
}

/// A row of ring_members.csv, and of the workbook's sheet of members.
#[derive(Debug, Clone, Copy)]
pub struct MemberRow<'a> {
    /// The ring.
    pub ring: &'a Ring,
    /// One of its members.
    pub member: &'a Member,
}

/// ring_members.csv, a row for each member of a ring and each place it uses.
pub fn ring_members<'a>() -> [Column<MemberRow<'a>>; 7] {
    type Col<'a> = Column<MemberRow<'a>>;
    [
        Col::text("ring_id", |row| Some(&row.ring.ring_id)),
        Col::text("kind", |row| Some(row.member.kind.as_str())),
        Col::text("code", |row| Some(&row.member.code)),
        Col::text("role", |row| Some(row.member.role.as_str())),
        Col::count("degree", |row| row.member.degree),
        Col::count("events", |row| row.member.events),
        Col::money("fund_amount", |row| row.member.fund_fen),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stored_column_has_a_header_for_people() {
        let names = findings().map(|column| column.name).into_iter().chain(evidence().map(|column| column.name));
        for name in names {
            assert_ne!(shown(name).0, text::OTHER_COLUMN, "{name}");
        }
        assert_eq!(shown("of_another_version").0, text::OTHER_COLUMN);
    }
}
