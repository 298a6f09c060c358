//! Evidence as it arrives: batches of claim records behind findings, read by the writers row by row or column by column.

use arrow::array::{Array, AsArray, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Int32Type, Int64Type};

use crate::explained::{Explained, Told};

/// The evidence handed over is not what the contract says: a bug in the step before, not in the data.
#[derive(Debug, thiserror::Error)]
#[error("evidence column {column} is missing or not of type {expected}")]
pub struct EvidenceSchemaError {
    column: String,
    expected: DataType,
}

impl Explained for EvidenceSchemaError {
    fn told(&self) -> Told {
        Told::new("FJ-626", format!("证据缺少列 {}，或其类型不是 {}", self.column, self.expected))
    }
}

/// One batch with its columns at hand.
pub struct EvidenceBatch<'a> {
    /// Rows in the batch.
    pub rows: usize,
    /// The finding it belongs to.
    pub finding_id: &'a StringArray,
    /// The rule that found it.
    pub rule_id: &'a StringArray,
    /// `suspect` or `basis`.
    pub role: &'a StringArray,
    /// Visit.
    pub mdtrt_id: &'a StringArray,
    /// Settlement.
    pub setl_id: &'a StringArray,
    /// Fee line.
    pub bkkp_sn: &'a StringArray,
    /// Person.
    pub psn_no: &'a StringArray,
    /// Institution.
    pub fixmedins_code: &'a StringArray,
    /// Practitioner.
    pub dr_code: &'a StringArray,
    /// Day, since 1970-01-01.
    pub event_day: &'a Int32Array,
    /// Minute, since 1970-01-01; null where the export holds only a date.
    pub event_min: &'a Int64Array,
    /// Insured item.
    pub item_code: &'a StringArray,
    /// Its name.
    pub item_name: &'a StringArray,
    /// Quantity, ten-thousandths.
    pub cnt_e4: &'a Int64Array,
    /// Unit price, millionths of a yuan.
    pub pric_e6: &'a Int64Array,
    /// Billed, fen at risk.
    pub gross_fen: &'a Int64Array,
    /// Within the fund's scope, fen at risk.
    pub inscp_fen: &'a Int64Array,
    /// Paid by the fund, fen at risk.
    pub fund_fen: &'a Int64Array,
    /// Ring it belongs to.
    pub ring_id: &'a StringArray,
    /// File of the export.
    pub source_file: &'a StringArray,
    /// Line of that file.
    pub source_line: &'a Int64Array,
}

impl<'a> EvidenceBatch<'a> {
    /// Finds the columns of a batch by name.
    ///
    /// # Errors
    /// When a column of [`crate::findings::evidence::SCHEMA`] is missing or of another type.
    pub fn new(batch: &'a RecordBatch) -> Result<Self, EvidenceSchemaError> {
        let column = |name: &str, expected: DataType| {
            batch
                .column_by_name(name)
                .filter(|column| *column.data_type() == expected)
                .ok_or_else(|| EvidenceSchemaError { column: name.to_owned(), expected })
        };
        let text = |name| column(name, DataType::Utf8).map(|array| array.as_string::<i32>());
        let bigint = |name| column(name, DataType::Int64).map(|array| array.as_primitive::<Int64Type>());
        Ok(Self {
            rows: batch.num_rows(),
            finding_id: text("finding_id")?,
            rule_id: text("rule_id")?,
            role: text("role")?,
            mdtrt_id: text("mdtrt_id")?,
            setl_id: text("setl_id")?,
            bkkp_sn: text("bkkp_sn")?,
            psn_no: text("psn_no")?,
            fixmedins_code: text("fixmedins_code")?,
            dr_code: text("dr_code")?,
            event_day: column("event_day", DataType::Int32)?.as_primitive::<Int32Type>(),
            event_min: bigint("event_min")?,
            item_code: text("item_code")?,
            item_name: text("item_name")?,
            cnt_e4: bigint("cnt_e4")?,
            pric_e6: bigint("pric_e6")?,
            gross_fen: bigint("gross_fen")?,
            inscp_fen: bigint("inscp_fen")?,
            fund_fen: bigint("fund_fen")?,
            ring_id: text("ring_id")?,
            source_file: text("source_file")?,
            source_line: bigint("source_line")?,
        })
    }
}

/// The text of a cell, if it holds one.
pub fn text_at(column: &StringArray, row: usize) -> Option<&str> {
    column.is_valid(row).then(|| column.value(row))
}

/// The integer of a cell, if it holds one.
pub fn int_at(column: &Int64Array, row: usize) -> Option<i64> {
    column.is_valid(row).then(|| column.value(row))
}

/// The day of a cell, if it holds one.
pub fn day_at(column: &Int32Array, row: usize) -> Option<i32> {
    column.is_valid(row).then(|| column.value(row))
}
