//! The claim records behind evidence rows: visits, fee lines, and who and what they name.

use std::collections::HashMap;

use polars::prelude::*;

use super::model::Money;
use crate::privacy::Disguise;
use crate::rules::runner::TableSource;

/// A visit or a fee line as a finding needs it.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Key of the visit.
    pub visit_key: i64,
    /// Key of the fee line; null for a visit.
    pub fee_key: Option<i64>,
    /// Key of the settlement, fee lines only.
    pub setl_key: Option<i64>,
    /// Key of the person.
    pub psn_key: Option<i64>,
    /// Key of the institution.
    pub inst_key: Option<i64>,
    /// Key of the practitioner: who ordered the line, or attended the visit.
    pub dr_key: Option<i64>,
    /// Key of the insured item, fee lines only.
    pub item_key: Option<i64>,
    /// Key of the department that ordered the line, or that the visit was to.
    pub dept_key: Option<i64>,
    /// Key of the department that carried it out, fee lines only.
    pub exec_dept_key: Option<i64>,
    /// Charge category 01–14, fee lines only.
    pub charge_type: Option<String>,
    /// First three characters of the main diagnosis, visits only.
    pub main_dx3: Option<String>,
    /// Line number of the export, fee lines only.
    pub bkkp_sn: Option<String>,
    /// Division where the person is insured, visits only.
    pub insu_admdvs: Option<String>,
    /// First day: admission, contact or use.
    pub first_day: i32,
    /// Last day: discharge, contact or use.
    pub last_day: i32,
    /// Minute of admission, contact or use.
    pub minute: Option<i64>,
    /// Quantity × 10 000, fee lines only.
    pub cnt_e4: Option<i64>,
    /// Price in yuan × 1 000 000, fee lines only.
    pub pric_e6: Option<i64>,
    /// The record's whole money.
    pub money: Money,
    /// Source file.
    pub file_id: i32,
    /// Line in it.
    pub source_line: i64,
}

/// A code and a name.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// Code of the export.
    pub code: String,
    /// Name, where known.
    pub name: Option<String>,
}

/// Everything that evidence rows point at.
#[derive(Debug, Default)]
pub struct Records {
    /// Visits by key.
    pub visits: HashMap<i64, Record>,
    /// Number of the visit by key.
    pub mdtrt_ids: HashMap<i64, String>,
    /// Fee lines by key.
    pub fees: HashMap<i64, Record>,
    /// Settlement numbers by key.
    pub setl_ids: HashMap<i64, String>,
    /// Persons by key; the name is the person's.
    pub persons: HashMap<i64, Named>,
    /// Institutions by key.
    pub institutions: HashMap<i64, Named>,
    /// Practitioners by key.
    pub practitioners: HashMap<i64, Named>,
    /// Departments by key.
    pub departments: HashMap<i64, Named>,
    /// Insured items by key.
    pub items: HashMap<i64, Named>,
    /// Paths of source files by number.
    pub files: HashMap<i32, String>,
}

impl Records {
    /// Looks up the visits and fee lines of these keys, and what they name.
    ///
    /// The store is read bucket by bucket with a semi-join, so memory holds the records behind findings and one bucket at most.
    ///
    /// # Errors
    /// If a table cannot be read.
    pub fn look_up(source: &dyn TableSource, visits: &[i64], fees: &[i64]) -> PolarsResult<Self> {
        let mut records = Self::default();
        for bucket in 0..source.buckets() {
            if let Some(rows) = matching(source, "fee", Some(bucket), "fee_key", fees)? {
                records.add_fees(&rows)?;
            }
            if let Some(rows) = matching(source, "visit", Some(bucket), "visit_key", visits)? {
                records.add_visits(&rows)?;
            }
        }
        let of = |get: fn(&Record) -> Option<i64>| {
            let mut keys: Vec<i64> = records.visits.values().chain(records.fees.values()).filter_map(get).collect();
            keys.sort_unstable();
            keys.dedup();
            keys
        };
        let (settlements, items) = (of(|record| record.setl_key), of(|record| record.item_key));
        let (ordering, executing) = (of(|record| record.dept_key), of(|record| record.exec_dept_key));
        let (persons, institutions, practitioners) =
            (of(|record| record.psn_key), of(|record| record.inst_key), of(|record| record.dr_key));
        for bucket in 0..source.buckets() {
            if let Some(rows) = matching(source, "settlement", Some(bucket), "setl_key", &settlements)? {
                for row in named(&rows, "setl_key", "setl_id", "setl_id")? {
                    records.setl_ids.insert(row.0, row.1.code);
                }
            }
        }
        let small = |table: &str,
                     key: &str,
                     code: &str,
                     name: &str,
                     keys: &[i64]|
         -> PolarsResult<HashMap<i64, Named>> {
            let rows = matching(source, table, None, key, keys)?;
            Ok(rows.map(|rows| named(&rows, key, code, name)).transpose()?.unwrap_or_default().into_iter().collect())
        };
        records.persons = small("person", "psn_key", "psn_no", "psn_name", &persons)?;
        records.institutions = small("institution", "inst_key", "fixmedins_code", "fixmedins_name", &institutions)?;
        records.practitioners = small("practitioner", "dr_key", "dr_code", "dr_name", &practitioners)?;
        records.departments = small("department", "dept_key", "dept_code", "dept_name", &ordering)?;
        records.departments.extend(small("department", "dept_key", "dept_code", "dept_name", &executing)?);
        records.items = small("item", "item_key", "item_code", "item_name", &items)?;
        if let Some(files) = source.scan("source_file", None)? {
            let files = files.collect()?;
            let (ids, names) = (files.column("file_id")?.i32()?, files.column("source_file")?.str()?);
            records.files =
                ids.iter().zip(names.iter()).filter_map(|(id, name)| Some((id?, name?.to_owned()))).collect();
        }
        Ok(records)
    }

    /// The record of an evidence row: the line where there is one, else the visit.
    pub fn record(&self, visit_key: i64, fee_key: Option<i64>) -> Option<&Record> {
        match fee_key {
            Some(key) => self.fees.get(&key),
            None => self.visits.get(&visit_key),
        }
    }

    /// Puts pseudonyms and covered names in place of persons' own.
    pub fn disguise_persons(&mut self, disguise: &Disguise) {
        for person in self.persons.values_mut() {
            person.code = disguise.number(std::mem::take(&mut person.code));
            person.name = person.name.take().map(|name| disguise.name(name));
        }
    }

    fn add_fees(&mut self, rows: &DataFrame) -> PolarsResult<()> {
        let big = |name: &str| rows.column(name).and_then(|column| column.i64().cloned());
        let int = |name: &str| rows.column(name).and_then(|column| column.i32().cloned());
        let (keys, visits, settlements) = (big("fee_key")?, big("visit_key")?, big("setl_key")?);
        let (persons, institutions, practitioners) = (big("psn_key")?, big("inst_key")?, big("dr_key")?);
        let (departments, executing) = (big("dept_key")?, big("exec_dept_key")?);
        let charges = rows.column("charge_type")?.str()?.clone();
        let (items, numbers) = (big("item_key")?, rows.column("bkkp_sn")?.str()?.clone());
        let (days, minutes) = (int("fee_day")?, big("fee_min")?);
        let (quantities, prices) = (big("cnt_e4")?, big("pric_e6")?);
        let (gross, inscp, fund) = (big("gross_fen")?, big("inscp_fen")?, big("fund_fen")?);
        let (files, lines) = (int("file_id")?, big("source_line")?);
        for row in 0..rows.height() {
            let Some(key) = keys.get(row) else { continue };
            let day = days.get(row).unwrap_or_default();
            let record = Record {
                visit_key: visits.get(row).unwrap_or_default(),
                fee_key: Some(key),
                setl_key: settlements.get(row),
                psn_key: persons.get(row),
                inst_key: institutions.get(row),
                dr_key: practitioners.get(row),
                item_key: items.get(row),
                insu_admdvs: None,
                dept_key: departments.get(row),
                exec_dept_key: executing.get(row),
                charge_type: charges.get(row).map(str::to_owned),
                main_dx3: None,
                bkkp_sn: numbers.get(row).map(str::to_owned),
                first_day: day,
                last_day: day,
                minute: minutes.get(row),
                cnt_e4: quantities.get(row),
                pric_e6: prices.get(row),
                money: money(gross.get(row), inscp.get(row), fund.get(row)),
                file_id: files.get(row).unwrap_or_default(),
                source_line: lines.get(row).unwrap_or_default(),
            };
            self.fees.insert(key, record);
        }
        Ok(())
    }

    fn add_visits(&mut self, rows: &DataFrame) -> PolarsResult<()> {
        let big = |name: &str| rows.column(name).and_then(|column| column.i64().cloned());
        let int = |name: &str| rows.column(name).and_then(|column| column.i32().cloned());
        let (keys, numbers) = (big("visit_key")?, rows.column("mdtrt_id")?.str()?.clone());
        let (persons, institutions, practitioners) = (big("psn_key")?, big("inst_key")?, big("dr_key")?);
        let divisions = rows.column("insu_admdvs")?.str()?.clone();
        let (departments, diagnoses) = (big("dept_key")?, rows.column("main_dx3")?.str()?.clone());
        let (first, last, minutes) = (int("adm_day")?, int("dscg_day")?, big("adm_min")?);
        let (gross, inscp, fund) = (big("gross_fen")?, big("inscp_fen")?, big("fund_fen")?);
        let (files, lines) = (int("file_id")?, big("source_line")?);
        for row in 0..rows.height() {
            let Some(key) = keys.get(row) else { continue };
            self.mdtrt_ids.insert(key, numbers.get(row).unwrap_or_default().to_owned());
            let record = Record {
                visit_key: key,
                psn_key: persons.get(row),
                inst_key: institutions.get(row),
                dr_key: practitioners.get(row),
                insu_admdvs: divisions.get(row).map(str::to_owned),
                dept_key: departments.get(row),
                main_dx3: diagnoses.get(row).map(str::to_owned),
                first_day: first.get(row).unwrap_or_default(),
                last_day: last.get(row).unwrap_or_default(),
                minute: minutes.get(row),
                money: money(gross.get(row), inscp.get(row), fund.get(row)),
                file_id: files.get(row).unwrap_or_default(),
                source_line: lines.get(row).unwrap_or_default(),
                ..Record::default()
            };
            self.visits.insert(key, record);
        }
        Ok(())
    }
}

fn money(gross: Option<i64>, inscp: Option<i64>, fund: Option<i64>) -> Money {
    Money {
        gross_fen: gross.unwrap_or_default(),
        inscp_fen: inscp.unwrap_or_default(),
        fund_fen: fund.unwrap_or_default(),
    }
}

/// Rows of `table` whose `key` is among `keys`.
pub(super) fn matching(
    source: &dyn TableSource,
    table: &str,
    bucket: Option<usize>,
    key: &str,
    keys: &[i64],
) -> PolarsResult<Option<DataFrame>> {
    if keys.is_empty() {
        return Ok(None);
    }
    let Some(rows) = source.scan(table, bucket)? else { return Ok(None) };
    let wanted = df![key => keys]?.lazy();
    let found = rows.join(wanted, [col(key)], [col(key)], JoinArgs::new(JoinType::Semi));
    found.collect_with_engine(Engine::Streaming).map(|result| Some(result.unwrap_single()))
}

pub(super) fn named(rows: &DataFrame, key: &str, code: &str, name: &str) -> PolarsResult<Vec<(i64, Named)>> {
    let (keys, codes, names) = (rows.column(key)?.i64()?, rows.column(code)?.str()?, rows.column(name)?.str()?);
    let mut all = Vec::with_capacity(rows.height());
    for ((key, code), name) in keys.iter().zip(codes.iter()).zip(names.iter()) {
        if let Some(key) = key {
            let named = Named { code: code.unwrap_or_default().to_owned(), name: name.map(str::to_owned) };
            all.push((key, named));
        }
    }
    Ok(all)
}
