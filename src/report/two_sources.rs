//! 两来源比对: visits that only the bureau or only the hospital has, or whose amounts differ; the file two-sources.csv and its sheet.
//!
//! What is listed is to be verified, and says nothing by itself: a settlement may be filed late, a bill corrected afterwards.

use std::collections::HashMap;

use polars::prelude::*;
use rust_xlsxwriter::XlsxError;

use super::sheet::{Book, Cell, Column, write_table};
use super::text;
use crate::casestore::source::TableSource;
use crate::findings::build::Wanted;
use crate::frames::Columns;
use crate::lang::{Label, Lang};
use crate::privacy::Disguise;

/// A visit of one source only, or of both with other money.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TwoSourcesRow {
    /// `bureau-only`, `hospital-only` or `amount-differs`.
    pub kind: String,
    /// Institution code.
    pub fixmedins_code: String,
    /// Its name.
    pub fixmedins_name: Option<String>,
    /// Person, disguised.
    pub psn_no: Option<String>,
    /// As in `visit`.
    pub care_setting: String,
    /// The bureau's visit numbers.
    pub mdtrt_id: Option<String>,
    /// The bureau's settlement numbers.
    pub setl_ids: Option<String>,
    /// The hospital's bill numbers.
    pub hospital_bills: Option<String>,
    /// Admission or outpatient number, disguised.
    pub ipt_otp_no: Option<String>,
    /// First day.
    pub adm_day: Option<i32>,
    /// Last day.
    pub dscg_day: Option<i32>,
    /// Day of settlement.
    pub setl_day: Option<i32>,
    /// Billed according to the bureau, fen.
    pub bureau_gross_fen: Option<i64>,
    /// Billed according to the hospital, fen.
    pub hospital_gross_fen: Option<i64>,
    /// Bureau − hospital, fen.
    pub difference_fen: i64,
    /// Paid by the fund according to the bureau, fen.
    pub bureau_fund_fen: Option<i64>,
    /// Paid by the fund according to the hospital, fen.
    pub hospital_fund_fen: Option<i64>,
    /// What both were recognised by.
    pub paired_by: Option<String>,
    /// What to verify, in the report's language.
    pub note: String,
    /// File of the bureau's row, else of the hospital's.
    pub source_file: Option<String>,
    /// Line in it.
    pub source_line: Option<i64>,
    /// File of the hospital's row where the bureau has one too.
    pub other_source_file: Option<String>,
    /// Line in it.
    pub other_source_line: Option<i64>,
}

/// What a kind means, for people.
pub fn kind(kind: &str) -> Label {
    match kind {
        "bureau-only" => text::BUREAU_ONLY,
        "hospital-only" => text::HOSPITAL_ONLY,
        _ => text::AMOUNT_DIFFERS,
    }
}

fn note(kind: &str) -> Label {
    match kind {
        "bureau-only" => text::VERIFY_BUREAU_ONLY,
        "hospital-only" => text::VERIFY_HOSPITAL_ONLY,
        _ => text::VERIFY_AMOUNT_DIFFERS,
    }
}

/// The rows of `source` at the institutions and in the days asked for, those with the most money first.
///
/// # Errors
/// If a table cannot be read.
pub fn rows(
    source: &dyn TableSource,
    wanted: &Wanted,
    disguise: &Disguise,
    lang: Lang,
) -> PolarsResult<Vec<TwoSourcesRow>> {
    let Some(rows) = source.read("two_sources", None, Columns::All)? else { return Ok(Vec::new()) };
    let institutions = names(source, "institution", "inst_key", &["fixmedins_code", "fixmedins_name"])?;
    let persons = names(source, "person", "psn_key", &["psn_no"])?;
    let files = names(source, "source_file", "file_id", &["source_file"])?;
    let text_of = |name: &str, at: usize| -> PolarsResult<Option<String>> {
        Ok(rows.column(name)?.str()?.get(at).map(str::to_owned))
    };
    let number =
        |name: &str, at: usize| -> PolarsResult<Option<i64>> { Ok(rows.column(name)?.get(at)?.extract::<i64>()) };
    let named = |names: &HashMap<i64, Vec<Option<String>>>, key: Option<i64>, place: usize| {
        names.get(&key?).and_then(|names| names.get(place).cloned().flatten())
    };
    let mut all = Vec::with_capacity(rows.height());
    for at in 0..rows.height() {
        let day =
            |name: &str| -> PolarsResult<Option<i32>> { Ok(number(name, at)?.and_then(|day| i32::try_from(day).ok())) };
        let institution = number("inst_key", at)?;
        let code = named(&institutions, institution, 0).unwrap_or_default();
        let (first, last, settled) = (day("adm_day")?, day("dscg_day")?, day("setl_day")?);
        let in_period = wanted.period.is_none_or(|(from, to)| {
            last.or(settled).is_none_or(|last| last >= from) && first.or(settled).is_none_or(|first| first <= to)
        });
        if !in_period || !(wanted.institutions.is_empty() || wanted.institutions.contains(&code)) {
            continue;
        }
        let of_kind = text_of("kind", at)?.unwrap_or_default();
        all.push(TwoSourcesRow {
            note: note(&of_kind).pick(lang).to_owned(),
            kind: of_kind,
            fixmedins_code: code,
            fixmedins_name: named(&institutions, institution, 1),
            psn_no: named(&persons, number("psn_key", at)?, 0).map(|number| disguise.number(number)),
            care_setting: text_of("care_setting", at)?.unwrap_or_default(),
            mdtrt_id: text_of("bureau_mdtrt_id", at)?,
            setl_ids: text_of("bureau_setl_ids", at)?,
            hospital_bills: text_of("hospital_bills", at)?,
            ipt_otp_no: text_of("ipt_otp_no", at)?.map(|number| disguise.value("ipt_otp_no", number)),
            adm_day: first,
            dscg_day: last,
            setl_day: settled,
            bureau_gross_fen: number("bureau_gross_fen", at)?,
            hospital_gross_fen: number("hospital_gross_fen", at)?,
            difference_fen: number("difference_fen", at)?.unwrap_or(0),
            bureau_fund_fen: number("bureau_fund_fen", at)?,
            hospital_fund_fen: number("hospital_fund_fen", at)?,
            paired_by: text_of("paired_by", at)?,
            source_file: named(&files, number("file_id", at)?, 0),
            source_line: number("source_line", at)?,
            other_source_file: named(&files, number("other_file_id", at)?, 0),
            other_source_line: number("other_source_line", at)?,
        });
    }
    Ok(all)
}

/// Texts of the members of a small table by its key.
fn names(
    source: &dyn TableSource,
    table: &str,
    key: &str,
    columns: &[&str],
) -> PolarsResult<HashMap<i64, Vec<Option<String>>>> {
    let all: Vec<&str> = [key].into_iter().chain(columns.iter().copied()).collect();
    let Some(rows) = source.read(table, None, Columns::Named(&all))? else { return Ok(HashMap::new()) };
    let keys = rows.column(key)?.cast(&DataType::Int64)?;
    let mut names = HashMap::with_capacity(rows.height());
    for (at, key) in keys.i64()?.iter().enumerate() {
        let texts = columns.iter().map(|name| Ok(rows.column(name)?.str()?.get(at).map(str::to_owned)));
        if let Some(key) = key {
            names.insert(key, texts.collect::<PolarsResult<Vec<_>>>()?);
        }
    }
    Ok(names)
}

fn columns() -> Vec<Column<TwoSourcesRow>> {
    type Col = Column<TwoSourcesRow>;
    vec![
        Col::new(text::KIND, 18.0, |row, lang| Cell::Text(kind(&row.kind).pick(lang))),
        Col::new(text::INST_CODE, 17.0, |row, _| Cell::Text(&row.fixmedins_code)),
        Col::new(text::INST_NAME, 28.0, |row, _| Cell::text(row.fixmedins_name.as_deref())),
        Col::new(text::PERSON, 28.0, |row, _| Cell::text(row.psn_no.as_deref())),
        Col::new(text::VISIT, 28.0, |row, _| Cell::text(row.mdtrt_id.as_deref())),
        Col::new(text::SETTLEMENT, 28.0, |row, _| Cell::text(row.setl_ids.as_deref())),
        Col::new(text::HOSPITAL_BILL, 28.0, |row, _| Cell::text(row.hospital_bills.as_deref())),
        Col::new(text::FIRST_DAY, 12.0, |row, _| Cell::day(row.adm_day)),
        Col::new(text::LAST_DAY, 12.0, |row, _| Cell::day(row.dscg_day)),
        Col::new(text::BUREAU_AMOUNT, 16.0, |row, _| Cell::scaled(row.bureau_gross_fen, 2)),
        Col::new(text::HOSPITAL_AMOUNT, 16.0, |row, _| Cell::scaled(row.hospital_gross_fen, 2)),
        Col::new(text::DIFFERENCE, 14.0, |row, _| Cell::Fen(row.difference_fen)),
        Col::new(text::BUREAU_FUND, 16.0, |row, _| Cell::scaled(row.bureau_fund_fen, 2)),
        Col::new(text::HOSPITAL_FUND, 16.0, |row, _| Cell::scaled(row.hospital_fund_fen, 2)),
        Col::new(text::TO_VERIFY, 40.0, |row, _| Cell::Prose(&row.note)),
        Col::new(text::SOURCE_FILE, 40.0, |row, _| Cell::text(row.source_file.as_deref())),
        Col::new(text::SOURCE_LINE, 10.0, |row, _| row.source_line.map_or(Cell::Empty, Cell::Int)),
    ]
}

/// Writes the sheet.
pub(super) fn write(book: &mut Book, rows: &[TwoSourcesRow], lang: Lang) -> Result<(), XlsxError> {
    write_table(book, text::SHEET_TWO_SOURCES.pick(lang), columns(), 2, rows)
}
