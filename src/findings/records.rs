//! The claim records behind evidence rows: visits, fee lines, and who and what they name.
//!
//! A run can have millions of them, and each is looked at many times until the last output is written. So they stay in memory, laid out
//! tightly: no allocation of their own, texts end to end, what is missing in the bytes of what it would be.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use polars::prelude::*;

use super::keyed::Keyed;
use super::maybe::Maybe;
use super::netting::Ledger;
use crate::casestore::source::{TableSource, matching};
use crate::frames::Columns;
use crate::model::Money;
use crate::privacy::Disguise;

/// Where a text stands among the texts of [`Records`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextAt(NonZeroU32);

/// Where somebody or something stands among [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameAt(NonZeroU32);

/// A visit or a fee line as a finding needs it.
#[derive(Debug, Clone, Default)]
pub struct Record {
    /// Key of the settlement, fee lines only.
    pub setl_key: Maybe,
    /// The person.
    pub person: Option<NameAt>,
    /// The institution.
    pub institution: Option<NameAt>,
    /// The practitioner: who ordered the line, or attended the visit.
    pub practitioner: Option<NameAt>,
    /// The insured item, fee lines only.
    pub item: Option<NameAt>,
    /// The department that ordered the line, or that the visit was to.
    pub department: Option<NameAt>,
    /// The department that carried it out, fee lines only.
    pub exec_department: Option<NameAt>,
    /// Charge category 01–14, fee lines only.
    pub charge_type: Option<TextAt>,
    /// First three characters of the main diagnosis, visits only.
    pub main_dx3: Option<TextAt>,
    /// Kind of visit, such as `inpatient`; visits only.
    pub care_setting: Option<TextAt>,
    /// Division where the person is insured, visits only.
    pub insu_admdvs: Option<TextAt>,
    /// The export's own number: of the line, or of the visit.
    pub number: Option<TextAt>,
    /// First day: admission, contact or use.
    pub first_day: i32,
    /// Last day: discharge, contact or use.
    pub last_day: i32,
    /// Minute of admission, contact or use.
    pub minute: Maybe,
    /// Quantity × 10 000, fee lines only.
    pub cnt_e4: Maybe,
    /// Price in yuan × 1 000 000, fee lines only.
    pub pric_e6: Maybe,
    /// Source file.
    pub file_id: i32,
    /// Line in it.
    pub source_line: i64,
}

/// A code and a name. Findings share them.
#[derive(Debug, Clone, Default)]
pub struct Named {
    /// Code of the export.
    pub code: Arc<str>,
    /// Name, where known.
    pub name: Option<Arc<str>>,
}

/// Whom or what records name, each once, numbered as they are met: a record holds the number.
#[derive(Debug, Default)]
pub struct Names {
    places: HashMap<i64, NameAt>,
    keys: Vec<i64>,
    named: Vec<Option<Named>>,
}

impl Names {
    /// The number of a key, a new one when it is first met; nothing for no key.
    fn meet(&mut self, key: Option<i64>) -> Option<NameAt> {
        let key = key?;
        if let Some(at) = self.places.get(&key) {
            return Some(*at);
        }
        let at = NameAt(u32::try_from(self.keys.len() + 1).ok().and_then(NonZeroU32::new)?);
        self.keys.push(key);
        self.named.push(None);
        self.places.insert(key, at);
        Some(at)
    }

    /// Looks up code and name of everybody met.
    fn look_up(&mut self, source: &dyn TableSource, table: &str, columns: &[&str; 3]) -> PolarsResult<()> {
        let Some(rows) = matching(source, table, None, columns, &self.keys)? else { return Ok(()) };
        for (key, named) in named(&rows, columns)? {
            if let Some(at) = self.places.get(&key) {
                self.named[at.0.get() as usize - 1] = Some(named);
            }
        }
        Ok(())
    }

    /// Code and name, if the store has them.
    pub fn get(&self, at: NameAt) -> Option<&Named> {
        self.named[at.0.get() as usize - 1].as_ref()
    }

    /// The key.
    pub fn key(&self, at: NameAt) -> i64 {
        self.keys[at.0.get() as usize - 1]
    }

    /// Code and name by key.
    pub fn of_key(&self, key: i64) -> Option<&Named> {
        self.get(*self.places.get(&key)?)
    }
}

/// Texts end to end.
#[derive(Debug, Default)]
struct Texts {
    all: String,
    /// End of each text in `all`.
    ends: Vec<usize>,
    /// Those that many records share.
    shared: HashMap<String, TextAt>,
}

impl Texts {
    /// Adds a text; nothing when there are 2³² already, far beyond what fits into memory.
    fn add(&mut self, text: &str) -> Option<TextAt> {
        self.all.push_str(text);
        self.ends.push(self.all.len());
        u32::try_from(self.ends.len()).ok().and_then(NonZeroU32::new).map(TextAt)
    }

    /// Adds a text once.
    fn share(&mut self, text: &str) -> Option<TextAt> {
        if let Some(at) = self.shared.get(text) {
            return Some(*at);
        }
        let at = self.add(text)?;
        self.shared.insert(text.to_owned(), at);
        Some(at)
    }

    fn get(&self, at: TextAt) -> &str {
        let last = at.0.get() as usize - 1;
        let first = last.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[first..self.ends[last]]
    }
}

/// Everything that evidence rows point at.
#[derive(Debug, Default)]
pub struct Records {
    /// Visits by key.
    pub visits: Keyed<Record>,
    /// Fee lines by key.
    pub fees: Keyed<Record>,
    /// Settlement numbers by key.
    pub setl_ids: Keyed<Option<TextAt>>,
    /// Persons; the name is the person's.
    pub persons: Names,
    /// Institutions.
    pub institutions: Names,
    /// Practitioners.
    pub practitioners: Names,
    /// Departments.
    pub departments: Names,
    /// Insured items.
    pub items: Names,
    /// The words of the limits on these items (药品限适应症), as their code; the newest where there are several.
    pub limits: Names,
    /// Paths of source files by number.
    pub files: HashMap<i32, String>,
    /// Their money, until netting takes it away.
    pub ledger: Ledger,
    texts: Texts,
}

impl Records {
    /// Looks up the visits and fee lines of these keys, and what they name.
    ///
    /// The store is read bucket by bucket with a semi-join, so memory holds the records behind findings and one bucket at most.
    ///
    /// # Errors
    /// If a table cannot be read.
    pub fn look_up(source: &dyn TableSource, visits: Vec<i64>, fees: Vec<i64>) -> PolarsResult<Self> {
        let (visits, fees) = (Keyed::of(visits), Keyed::of(fees));
        let ledger = Ledger { visits: Keyed::of(visits.keys().to_vec()), lines: Keyed::of(fees.keys().to_vec()) };
        let mut records = Self { visits, fees, ledger, ..Self::default() };
        for bucket in 0..source.buckets() {
            if let Some(rows) = matching(source, "fee", Some(bucket), &FEE_COLUMNS, records.fees.keys())? {
                records.add_fees(&rows)?;
            }
            if let Some(rows) = matching(source, "visit", Some(bucket), &VISIT_COLUMNS, records.visits.keys())? {
                records.add_visits(&rows)?;
            }
        }
        records.persons.look_up(source, "person", &["psn_key", "psn_no", "psn_name"])?;
        records.institutions.look_up(source, "institution", &INSTITUTION_COLUMNS)?;
        records.practitioners.look_up(source, "practitioner", &["dr_key", "dr_code", "dr_name"])?;
        records.departments.look_up(source, "department", &["dept_key", "dept_code", "dept_name"])?;
        records.items.look_up(source, "item", &["item_key", "item_code", "item_name"])?;
        for key in records.items.keys.clone() {
            records.limits.meet(Some(key));
        }
        records.limits.look_up(source, "k_indication_limit", &["item_key", "indication", "dx3"])?;
        records.setl_ids = Keyed::of(records.fees.values().filter_map(|line| line.setl_key.get()).collect());
        for bucket in 0..source.buckets() {
            let columns = ["setl_key", "setl_id"];
            let Some(rows) = matching(source, "settlement", Some(bucket), &columns, records.setl_ids.keys())? else {
                continue;
            };
            for (key, number) in rows.column("setl_key")?.i64()?.iter().zip(rows.column("setl_id")?.str()?.iter()) {
                if let Some(key) = key {
                    records.setl_ids.set(key, records.texts.add(number.unwrap_or_default()));
                }
            }
        }
        if let Some(files) = source.read("source_file", None, Columns::All)? {
            let (ids, names) = (files.column("file_id")?.i32()?, files.column("source_file")?.str()?);
            records.files =
                ids.iter().zip(names.iter()).filter_map(|(id, name)| Some((id?, name?.to_owned()))).collect();
        }
        Ok(records)
    }

    /// The record of an evidence row: the line where there is one, else the visit.
    pub fn record(&self, visit_key: i64, fee_key: Maybe) -> Option<&Record> {
        match fee_key.get() {
            Some(key) => self.fees.get(key),
            None => self.visits.get(visit_key),
        }
    }

    /// A text of one of these records.
    pub fn text(&self, at: Option<TextAt>) -> Option<&str> {
        at.map(|at| self.texts.get(at))
    }

    /// Puts pseudonyms and covered names in place of persons' own.
    pub fn disguise_persons(&mut self, disguise: &Disguise) {
        for person in self.persons.named.iter_mut().flatten() {
            person.code = disguise.number(person.code.to_string()).into();
            person.name = person.name.take().map(|name| disguise.name(name.to_string()).into());
        }
    }

    fn add_fees(&mut self, rows: &DataFrame) -> PolarsResult<()> {
        let big = |name: &str| rows.column(name).and_then(|column| column.i64().cloned());
        let int = |name: &str| rows.column(name).and_then(|column| column.i32().cloned());
        let (keys, settlements) = (big("fee_key")?, big("setl_key")?);
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
                setl_key: settlements.get(row).into(),
                person: self.persons.meet(persons.get(row)),
                institution: self.institutions.meet(institutions.get(row)),
                practitioner: self.practitioners.meet(practitioners.get(row)),
                item: self.items.meet(items.get(row)),
                department: self.departments.meet(departments.get(row)),
                exec_department: self.departments.meet(executing.get(row)),
                charge_type: charges.get(row).and_then(|charge| self.texts.share(charge)),
                number: numbers.get(row).and_then(|number| self.texts.add(number)),
                first_day: day,
                last_day: day,
                minute: minutes.get(row).into(),
                cnt_e4: quantities.get(row).into(),
                pric_e6: prices.get(row).into(),
                file_id: files.get(row).unwrap_or_default(),
                source_line: lines.get(row).unwrap_or_default(),
                ..Record::default()
            };
            self.fees.set(key, record);
            self.ledger.lines.set(key, money(gross.get(row), inscp.get(row), fund.get(row)));
        }
        Ok(())
    }

    fn add_visits(&mut self, rows: &DataFrame) -> PolarsResult<()> {
        let big = |name: &str| rows.column(name).and_then(|column| column.i64().cloned());
        let int = |name: &str| rows.column(name).and_then(|column| column.i32().cloned());
        let (keys, numbers) = (big("visit_key")?, rows.column("mdtrt_id")?.str()?.clone());
        let (persons, institutions, practitioners) = (big("psn_key")?, big("inst_key")?, big("dr_key")?);
        let divisions = rows.column("insu_admdvs")?.str()?.clone();
        let settings = rows.column("care_setting")?.str()?.clone();
        let (departments, diagnoses) = (big("dept_key")?, rows.column("main_dx3")?.str()?.clone());
        let (first, last, minutes) = (int("adm_day")?, int("dscg_day")?, big("adm_min")?);
        let (gross, inscp, fund) = (big("gross_fen")?, big("inscp_fen")?, big("fund_fen")?);
        let (files, lines) = (int("file_id")?, big("source_line")?);
        for row in 0..rows.height() {
            let Some(key) = keys.get(row) else { continue };
            let record = Record {
                person: self.persons.meet(persons.get(row)),
                institution: self.institutions.meet(institutions.get(row)),
                practitioner: self.practitioners.meet(practitioners.get(row)),
                care_setting: settings.get(row).and_then(|setting| self.texts.share(setting)),
                insu_admdvs: divisions.get(row).and_then(|division| self.texts.share(division)),
                department: self.departments.meet(departments.get(row)),
                main_dx3: diagnoses.get(row).and_then(|diagnosis| self.texts.share(diagnosis)),
                number: self.texts.add(numbers.get(row).unwrap_or_default()),
                first_day: first.get(row).unwrap_or_default(),
                last_day: last.get(row).unwrap_or_default(),
                minute: minutes.get(row).into(),
                file_id: files.get(row).unwrap_or_default(),
                source_line: lines.get(row).unwrap_or_default(),
                ..Record::default()
            };
            self.visits.set(key, record);
            self.ledger.visits.set(key, money(gross.get(row), inscp.get(row), fund.get(row)));
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

/// Columns of the tables that are looked up, the key first.
const FEE_COLUMNS: [&str; 19] = [
    "fee_key",
    "setl_key",
    "psn_key",
    "inst_key",
    "dr_key",
    "item_key",
    "dept_key",
    "exec_dept_key",
    "charge_type",
    "bkkp_sn",
    "fee_day",
    "fee_min",
    "cnt_e4",
    "pric_e6",
    "gross_fen",
    "inscp_fen",
    "fund_fen",
    "file_id",
    "source_line",
];
const VISIT_COLUMNS: [&str; 17] = [
    "visit_key",
    "mdtrt_id",
    "psn_key",
    "inst_key",
    "dr_key",
    "care_setting",
    "insu_admdvs",
    "dept_key",
    "main_dx3",
    "adm_day",
    "dscg_day",
    "adm_min",
    "gross_fen",
    "inscp_fen",
    "fund_fen",
    "file_id",
    "source_line",
];
pub(super) const INSTITUTION_COLUMNS: [&str; 3] = ["inst_key", "fixmedins_code", "fixmedins_name"];

/// Rows of a key, a code and a name, in columns of these names.
pub(super) fn named(rows: &DataFrame, [key, code, name]: &[&str; 3]) -> PolarsResult<Vec<(i64, Named)>> {
    let (keys, codes, names) = (rows.column(key)?.i64()?, rows.column(code)?.str()?, rows.column(name)?.str()?);
    let mut all = Vec::with_capacity(rows.height());
    for ((key, code), name) in keys.iter().zip(codes.iter()).zip(names.iter()) {
        if let Some(key) = key {
            all.push((key, Named { code: code.unwrap_or_default().into(), name: name.map(Into::into) }));
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_apart() {
        let mut texts = Texts::default();
        let at = ["", "甲乙", "", "c"].map(|text| texts.add(text).unwrap());
        assert_eq!(at.map(|at| texts.get(at).to_owned()), ["", "甲乙", "", "c"]);
        assert_eq!(texts.share("丙"), texts.share("丙"));
        assert_ne!(texts.share("丙"), texts.share("丁"));
    }
}
