//! Evidence rows laid out for people: codes instead of keys, and the line of the export each one comes from.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, Int32Builder, Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use super::build::{EvidenceRow, Findings};
use super::model::Finding;
use super::records::{Maybe, NameAt, Names, Record, TextAt};

/// Rows per batch handed to the report.
const BATCH_ROWS: usize = 1 << 16;

/// Columns of an evidence batch: codes and names resolved, amounts in fen, quantities × 10 000, prices × 1 000 000.
pub static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let text = |name: &str, null: bool| Field::new(name, DataType::Utf8, null);
    let bigint = |name: &str, null: bool| Field::new(name, DataType::Int64, null);
    Arc::new(Schema::new(vec![
        text("finding_id", false),
        text("rule_id", false),
        text("role", false),
        text("mdtrt_id", true),
        text("setl_id", true),
        text("bkkp_sn", true),
        text("psn_no", true),
        text("fixmedins_code", true),
        text("dr_code", true),
        Field::new("event_day", DataType::Int32, true),
        bigint("event_min", true),
        text("item_code", true),
        text("item_name", true),
        bigint("cnt_e4", true),
        bigint("pric_e6", true),
        bigint("gross_fen", false),
        bigint("inscp_fen", false),
        bigint("fund_fen", false),
        text("ring_id", true),
        text("source_file", true),
        bigint("source_line", true),
    ]))
});

/// The evidence of all findings in the order of their rank, counted rows first.
pub fn batches(findings: &Findings) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> + '_ {
    let of_each = |finding| findings.evidence(finding).iter().map(move |row| (finding, row));
    batches_of(findings, findings.findings.iter().flat_map(of_each))
}

/// These rows of these findings, in the order given.
pub fn batches_of<'a>(
    findings: &'a Findings,
    rows: impl Iterator<Item = (&'a Finding, &'a EvidenceRow)> + 'a,
) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> + 'a {
    let mut rows = rows.peekable();
    std::iter::from_fn(move || {
        rows.peek()?;
        let mut columns = Columns::default();
        for (finding, row) in rows.by_ref().take(BATCH_ROWS) {
            columns.push(findings, finding, row);
        }
        Some(columns.finish())
    })
}

#[derive(Default)]
struct Columns {
    finding_id: StringBuilder,
    rule_id: StringBuilder,
    role: StringBuilder,
    mdtrt_id: StringBuilder,
    setl_id: StringBuilder,
    bkkp_sn: StringBuilder,
    psn_no: StringBuilder,
    fixmedins_code: StringBuilder,
    dr_code: StringBuilder,
    event_day: Int32Builder,
    event_min: Int64Builder,
    item_code: StringBuilder,
    item_name: StringBuilder,
    cnt_e4: Int64Builder,
    pric_e6: Int64Builder,
    gross_fen: Int64Builder,
    inscp_fen: Int64Builder,
    fund_fen: Int64Builder,
    ring_id: StringBuilder,
    source_file: StringBuilder,
    source_line: Int64Builder,
}

impl Columns {
    fn push<'a>(&mut self, all: &'a Findings, finding: &Finding, row: &EvidenceRow) {
        let records = &all.records;
        // Building refused rows without a record, so there is one; an unknown one would show as blanks, not as another record.
        let record = records.record(row.visit_key, row.fee_key);
        let text = |at: fn(&Record) -> Option<TextAt>| record.and_then(|record| records.text(at(record)));
        let number = |of: fn(&Record) -> Maybe| record.and_then(|record| of(record).get());
        let named = |at: fn(&Record) -> Option<NameAt>, names: &'a Names| names.get(at(record?)?);
        let code = |at, names| named(at, names).map(|named| &*named.code);
        self.finding_id.append_value(&finding.finding_id);
        self.rule_id.append_value(&finding.rule_id);
        self.role.append_value(if row.suspect { "suspect" } else { "basis" });
        self.mdtrt_id.append_option(records.visits.get(row.visit_key).and_then(|visit| records.text(visit.number)));
        let settlement = number(|record| record.setl_key).and_then(|key| records.setl_ids.get(key));
        self.setl_id.append_option(records.text(settlement.copied().flatten()));
        // A visit's own number is in mdtrt_id.
        self.bkkp_sn.append_option(row.fee_key.get().and_then(|_| text(|record| record.number)));
        self.psn_no.append_option(code(|record| record.person, &records.persons));
        self.fixmedins_code.append_option(code(|record| record.institution, &records.institutions));
        self.dr_code.append_option(code(|record| record.practitioner, &records.practitioners));
        self.event_day.append_option(record.map(|record| record.first_day));
        self.event_min.append_option(number(|record| record.minute));
        let item = named(|record| record.item, &records.items);
        self.item_code.append_option(item.map(|item| &*item.code));
        self.item_name.append_option(item.and_then(|item| item.name.as_deref()));
        self.cnt_e4.append_option(number(|record| record.cnt_e4));
        self.pric_e6.append_option(number(|record| record.pric_e6));
        self.gross_fen.append_value(row.at_risk.gross_fen);
        self.inscp_fen.append_value(row.at_risk.inscp_fen);
        self.fund_fen.append_value(row.at_risk.fund_fen);
        self.ring_id.append_option(all.rings.get(&finding.finding_id));
        self.source_file.append_option(record.and_then(|record| records.files.get(&record.file_id)));
        self.source_line.append_option(record.map(|record| record.source_line));
    }

    fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.finding_id.finish()),
            Arc::new(self.rule_id.finish()),
            Arc::new(self.role.finish()),
            Arc::new(self.mdtrt_id.finish()),
            Arc::new(self.setl_id.finish()),
            Arc::new(self.bkkp_sn.finish()),
            Arc::new(self.psn_no.finish()),
            Arc::new(self.fixmedins_code.finish()),
            Arc::new(self.dr_code.finish()),
            Arc::new(self.event_day.finish()),
            Arc::new(self.event_min.finish()),
            Arc::new(self.item_code.finish()),
            Arc::new(self.item_name.finish()),
            Arc::new(self.cnt_e4.finish()),
            Arc::new(self.pric_e6.finish()),
            Arc::new(self.gross_fen.finish()),
            Arc::new(self.inscp_fen.finish()),
            Arc::new(self.fund_fen.finish()),
            Arc::new(self.ring_id.finish()),
            Arc::new(self.source_file.finish()),
            Arc::new(self.source_line.finish()),
        ];
        RecordBatch::try_new(SCHEMA.clone(), columns)
    }
}
