//! The sheet 异地就医: what the fund paid and what is in question, by insured division and place of care.

use rust_xlsxwriter::XlsxError;

use super::sheet::{Book, Cell, Column, Table};
use super::text;
use crate::lang::{Label, Lang};
use crate::ranking::elsewhere::{Elsewhere, Relation};

const COLUMNS: [Column; 10] = [
    Column::new(text::INSURED_PLACE, 14.0),
    Column::new(text::CARE_PLACE, 14.0),
    Column::new(text::ELSEWHERE, 14.0),
    Column::new(text::VISITS, 10.0),
    Column::new(text::FUND_PAID, 16.0),
    Column::new(text::FINDINGS, 9.0),
    Column::new(text::GROSS_ONCE, 14.0),
    Column::new(text::INSCP_ONCE, 14.0),
    Column::new(text::FUND_ONCE_SUM, 14.0),
    Column::new(text::SHARE_OF_PAID, 15.0),
];

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
    let mut table = Table::open(book, text::SHEET_ELSEWHERE.pick(lang), &COLUMNS, 2)?;
    for row in rows {
        let mark = relation(row.relation).pick(lang);
        let elsewhere = matches!(row.relation, Relation::SameProvince | Relation::OtherProvince);
        table.push(
            book,
            &[
                Cell::text(row.insured.as_deref()),
                Cell::text(row.care.as_deref()),
                if elsewhere { Cell::Notable(mark) } else { Cell::Text(mark) },
                Cell::Int(row.visits),
                Cell::Fen(row.fund_fen),
                Cell::Int(row.findings),
                Cell::Fen(row.counted.gross_fen),
                Cell::Fen(row.counted.inscp_fen),
                Cell::Fen(row.counted.fund_fen),
                row.share().map_or(Cell::Empty, Cell::Ratio),
            ],
        )?;
    }
    table.finish(book)
}
