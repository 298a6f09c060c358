//! The sheet 异地就医: what the fund paid and what is in question, by insured division and place of care.

use rust_xlsxwriter::XlsxError;

use super::sheet::{Book, Cell, Column, write_table};
use super::text;
use crate::lang::{Label, Lang};
use crate::ranking::elsewhere::{Elsewhere, Relation};

fn columns() -> Vec<Column<Elsewhere>> {
    type Col = Column<Elsewhere>;
    vec![
        Col::new(text::INSURED_PLACE, 14.0, |row, _| Cell::text(row.insured.as_deref())),
        Col::new(text::CARE_PLACE, 14.0, |row, _| Cell::text(row.care.as_deref())),
        Col::new(text::ELSEWHERE, 14.0, |row, lang| {
            let mark = relation(row.relation).pick(lang);
            match row.relation {
                Relation::SameProvince | Relation::OtherProvince => Cell::Notable(mark),
                Relation::Local | Relation::Unknown => Cell::Text(mark),
            }
        }),
        Col::new(text::VISITS, 10.0, |row, _| Cell::Int(row.visits)),
        Col::new(text::FUND_PAID, 16.0, |row, _| Cell::Fen(row.fund_fen)),
        Col::new(text::FINDINGS, 9.0, |row, _| Cell::Int(row.findings)),
        Col::new(text::GROSS_ONCE, 14.0, |row, _| Cell::Fen(row.counted.gross_fen)),
        Col::new(text::INSCP_ONCE, 14.0, |row, _| Cell::Fen(row.counted.inscp_fen)),
        Col::new(text::FUND_ONCE_SUM, 14.0, |row, _| Cell::Fen(row.counted.fund_fen)),
        Col::new(text::SHARE_OF_PAID, 15.0, |row, _| row.share().map_or(Cell::Empty, Cell::Ratio)),
    ]
}

/// The word for a relation.
const fn relation(relation: Relation) -> Label {
    match relation {
        Relation::Local => text::LOCAL,
        Relation::SameProvince => text::SAME_PROVINCE,
        Relation::OtherProvince => text::OTHER_PROVINCE,
        Relation::Unknown => text::UNKNOWN_PLACE,
    }
}

/// Writes the sheet, a row for each insured division and place of care.
pub(super) fn write(book: &mut Book, rows: &[Elsewhere], lang: Lang) -> Result<(), XlsxError> {
    write_table(book, text::SHEET_ELSEWHERE.pick(lang), columns(), 2, rows)
}
