//! What the two sides have in common, and the hospital's rows under the bureau's keys.

use std::collections::{BTreeMap, HashMap, HashSet};

use polars::prelude::*;

use super::Sources;
use super::differences::{self, differences};
use super::gather::Reader;
use super::pairing::{self, By, Paired};
use super::visits::{Bill, Visit};
use crate::casestore::key::{Namespace, key};

/// The shortest code of a practitioner that says the same at the bureau and in a hospital.
const PRACTITIONER_CODE: usize = 6;

/// Visits recognised as one, and the keys that follow from it.
#[derive(Debug, Default)]
pub struct Met {
    bureau: Vec<Visit>,
    hospital: Vec<Visit>,
    paired: Paired,
    /// The bureau's visit and its person for each visit of the hospital that is one with it.
    visits: HashMap<i64, (i64, Option<i64>)>,
    /// The leading visit of the pair for each of the bureau's visits in pairs.
    groups: HashMap<i64, i64>,
    /// The bureau's settlements of the visit for each bill of the hospital.
    bills: HashMap<i64, Vec<Bill>>,
    persons: HashMap<i64, i64>,
    institutions: BTreeMap<i64, i64>,
    /// The bureau's keys of the institutions that both delivered.
    compared: HashSet<i64>,
    practitioners: HashMap<i64, i64>,
}

/// Numbers of a comparison, for the accounts.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Hospital visits recognised, by what.
    pub paired: BTreeMap<&'static str, u64>,
    /// Hospital visits with a partner that could not be told apart.
    pub ambiguous: u64,
    /// Visits of the bureau in institutions that both delivered.
    pub bureau: u64,
    /// Visits of the hospital.
    pub hospital: u64,
    /// Rows of `two_sources` by kind: number and money, fen.
    pub differences: BTreeMap<&'static str, (u64, i64)>,
}

impl Sources {
    /// Recognises the visits of both sides. `order_links` are further numbers by the hospital's bills; `persons` the bureau's persons by identity
    /// number; `practitioners` keys and codes of all practitioners.
    pub fn meet(
        mut self,
        order_links: HashMap<i64, Vec<String>>,
        persons: impl Fn(&HashSet<&str>, &HashSet<i64>) -> Vec<(String, i64)>,
        practitioners: &[(i64, String)],
    ) -> Met {
        let sorted = |visits: HashMap<i64, Visit>| {
            let mut visits: Vec<Visit> = visits.into_values().collect();
            visits.sort_by_key(|visit| visit.key);
            for visit in &mut visits {
                visit.bills.sort_by_key(|bill| (bill.day, bill.key));
                for numbers in [&mut visit.numbers, &mut visit.bill_links, &mut visit.visit_links] {
                    numbers.sort_unstable();
                    numbers.dedup();
                }
            }
            visits
        };
        for visit in self.hospital.values_mut() {
            let links: Vec<String> =
                visit.bills.iter().filter_map(|bill| order_links.get(&bill.key)).flatten().cloned().collect();
            visit.visit_links.extend(links);
        }
        let (bureau, hospital) = (sorted(self.bureau), sorted(self.hospital));
        let elsewhere = {
            let certnos: HashSet<&str> = hospital.iter().filter_map(|visit| visit.certno.as_deref()).collect();
            let theirs: HashSet<i64> = hospital.iter().filter_map(|visit| visit.person).collect();
            persons(&certnos, &theirs)
        };
        let paired = pairing::pair(&bureau, &hospital, &elsewhere);
        let mut met = Met { institutions: self.sides.institutions, ..Met::default() };
        // An institution that only its name or its owner gave away, and no visit of it: it is another one.
        let meeting: HashSet<i64> =
            paired.pairs.iter().filter_map(|pair| pair.bureau.first()).map(|at| bureau[*at].institution).collect();
        met.institutions.retain(|own, ours| own == ours || meeting.contains(ours));
        let compared: HashSet<i64> = met.institutions.values().copied().collect();
        for pair in &paired.pairs {
            let Some(lead) = pair.bureau.first().map(|at| &bureau[*at]) else { continue };
            met.groups.extend(pair.bureau.iter().map(|at| (bureau[*at].key, lead.key)));
            let ours: Vec<Bill> = pair.bureau.iter().flat_map(|at| bureau[*at].bills.iter().cloned()).collect();
            for visit in pair.hospital.iter().map(|at| &hospital[*at]) {
                met.visits.insert(visit.key, (lead.key, lead.person));
                for bill in &visit.bills {
                    let same = |one: &&Bill| one.number.is_some() && one.number == bill.number;
                    let direct =
                        ours.iter().find(same).filter(|one| one.gross_fen == bill.gross_fen || ours.len() == 1);
                    met.bills.insert(bill.key, direct.map_or_else(|| ours.clone(), |one| vec![one.clone()]));
                }
            }
        }
        met.persons = paired.persons.clone();
        for (person, certno) in &paired.strangers {
            met.persons.insert(*person, key(Namespace::Person, &[certno]));
        }
        let known: HashSet<i64> = practitioners.iter().map(|(key, _)| *key).collect();
        for (own, code) in
            practitioners.iter().filter(|(_, code)| code.len() >= PRACTITIONER_CODE && !code.contains(':'))
        {
            let theirs = key(Namespace::Practitioner, &[code]);
            if theirs != *own && known.contains(&theirs) {
                met.practitioners.insert(*own, theirs);
            }
        }
        met.compared = compared;
        (met.bureau, met.hospital, met.paired) = (bureau, hospital, paired);
        met
    }
}

impl Met {
    /// The leading visit for each of the bureau's visits that a hospital delivered too.
    pub fn groups(&self) -> &HashMap<i64, i64> {
        &self.groups
    }

    /// Persons and institutions of the hospital that go by the bureau's keys now, and practitioners.
    pub fn replaced(&self) -> [(&'static str, HashSet<i64>); 3] {
        let strangers = &self.paired.strangers;
        let persons = self.persons.keys().filter(|key| !strangers.contains_key(key)).copied().collect();
        let institutions = self.institutions.iter().filter(|(own, ours)| own != ours).map(|(own, _)| *own).collect();
        [
            ("person", persons),
            ("institution", institutions),
            ("practitioner", self.practitioners.keys().copied().collect()),
        ]
    }

    /// Persons under a number that is another's at the bureau: their new keys and identity numbers.
    pub fn strangers(&self) -> Vec<(i64, String)> {
        let mut strangers: Vec<(i64, String)> =
            self.paired.strangers.values().map(|certno| (key(Namespace::Person, &[certno]), certno.clone())).collect();
        strangers.sort();
        strangers.dedup();
        strangers
    }

    /// The hospital's rows under the bureau's keys: those of visits that both have, and the others.
    ///
    /// # Errors
    /// If a column is missing: a bug.
    pub fn redirect(&self, rows: DataFrame) -> PolarsResult<(DataFrame, DataFrame)> {
        let visits = Reader(&rows).longs("visit_key")?;
        let mut persons = Reader(&rows).longs("psn_key")?;
        let both: BooleanChunked =
            visits.iter().map(|visit| Some(visit.is_some_and(|visit| self.visits.contains_key(&visit)))).collect();
        let found = |visit: Option<i64>| visit.and_then(|visit| self.visits.get(&visit));
        persons = visits
            .iter()
            .zip(persons.iter())
            .map(|(visit, person)| {
                found(visit).map_or_else(|| person.map(|person| self.person(person)), |(_, person)| *person)
            })
            .collect();
        let visits: Int64Chunked =
            visits.iter().map(|visit| found(visit).map_or(visit, |(ours, _)| Some(*ours))).collect();
        let mut rows = rows;
        rows.with_column(visits.with_name("visit_key".into()).into_column())?;
        rows.with_column(persons.with_name("psn_key".into()).into_column())?;
        self.rename_places(&mut rows)?;
        Ok((rows.filter(&both)?, rows.filter(&!&both)?))
    }

    /// Puts the bureau's keys of institutions and practitioners into whatever columns there are.
    fn rename_places(&self, rows: &mut DataFrame) -> PolarsResult<()> {
        let practitioner = |key: i64| self.practitioners.get(&key).copied().unwrap_or(key);
        if rows.column("inst_key").is_ok() {
            let keys = Reader(rows).longs("inst_key")?;
            let keys: Int64Chunked = keys.iter().map(|key| key.map(|key| self.institution(key))).collect();
            rows.with_column(keys.with_name("inst_key".into()).into_column())?;
        }
        for name in ["dr_key", "exec_dr_key", "oper_dr_key", "anst_dr_key"] {
            if rows.column(name).is_ok() && !self.practitioners.is_empty() {
                let keys: Int64Chunked = Reader(rows).longs(name)?.iter().map(|key| key.map(practitioner)).collect();
                rows.with_column(keys.with_name(name.into()).into_column())?;
            }
        }
        Ok(())
    }

    fn institution(&self, key: i64) -> i64 {
        self.institutions.get(&key).copied().unwrap_or(key)
    }

    fn person(&self, key: i64) -> i64 {
        self.persons.get(&key).copied().unwrap_or(key)
    }

    /// The bureau's settlement that a bill of the hospital is, or is a part of: of several the one that covers `day`.
    fn bill(&self, own: i64, day: Option<i32>) -> i64 {
        let Some(bills) = self.bills.get(&own) else { return own };
        let covers = |bill: &&Bill| {
            day.zip(bill.begin).is_some_and(|(day, begin)| day >= begin && day <= bill.end.unwrap_or(begin))
        };
        let settled_later = |bill: &&Bill| day.zip(bill.day).is_some_and(|(day, settled)| day <= settled);
        let found = bills.iter().find(covers).or_else(|| bills.iter().find(settled_later)).or_else(|| bills.last());
        found.map_or(own, |bill| bill.key)
    }

    /// Puts the bureau's settlement into the `setl_key` of hospital rows; `day` is the column of the day by which one of several is told.
    ///
    /// # Errors
    /// If a column is missing: a bug.
    pub fn settle_rows(&self, rows: &mut DataFrame, day: &str) -> PolarsResult<()> {
        let keys: Int64Chunked = {
            let reader = Reader(rows);
            let (keys, days) = (reader.longs("setl_key")?, reader.ints(day)?);
            keys.iter().zip(days.iter()).map(|(key, day)| key.map(|key| self.bill(key, day))).collect()
        };
        rows.with_column(keys.with_name("setl_key".into()).into_column())?;
        Ok(())
    }

    /// Records of a hospital (examinations, tests, orders, stock) under the bureau's keys; rows of other hospitals stay as they are.
    ///
    /// # Errors
    /// If a column is missing: a bug.
    pub fn redirect_records(&self, table: &str, rows: DataFrame) -> PolarsResult<DataFrame> {
        let day = match table {
            "exam" => "exam_day",
            "lab" => "machine_day",
            "order_execute" => "order_day",
            "stock_item_map" | "stock_balance" | "stock_in" | "stock_out" | "unit_convert" | "order_package" => "",
            _ => return Ok(rows),
        };
        let of_hospital: BooleanChunked = {
            let keys = Reader(&rows).longs("inst_key")?;
            keys.iter().map(|key| Some(key.is_some_and(|key| self.institutions.contains_key(&key)))).collect()
        };
        let mut theirs = rows.filter(&of_hospital)?;
        if theirs.height() == 0 {
            return Ok(rows);
        }
        let others = rows.filter(&!&of_hospital)?;
        if !day.is_empty() {
            self.settle_rows(&mut theirs, day)?;
            let persons = Reader(&theirs).longs("psn_key")?;
            let persons: Int64Chunked = persons.iter().map(|key| key.map(|key| self.person(key))).collect();
            theirs.with_column(persons.with_name("psn_key".into()).into_column())?;
        }
        self.rename_places(&mut theirs)?;
        others.vstack(&theirs)
    }

    /// The table `two_sources` and what the accounts say of the comparison.
    ///
    /// # Errors
    /// If columns are of unequal length: a bug.
    pub fn two_sources(&self) -> PolarsResult<(DataFrame, Counts)> {
        let mut found = differences(&self.bureau, &self.hospital, &self.paired);
        found.retain(|difference| difference.institution().is_some_and(|key| self.compared.contains(&key)));
        let mut counts = Counts {
            ambiguous: self.paired.ambiguous,
            bureau: self.bureau.len() as u64,
            hospital: self.hospital.len() as u64,
            ..Counts::default()
        };
        for by in [By::Number, By::Bridge, By::Claim, By::Likeness, By::Days, By::Near, By::Unsure] {
            let of_kind = self.paired.pairs.iter().filter(|pair| pair.by == by);
            counts.paired.insert(by.id(), of_kind.map(|pair| pair.hospital.len() as u64).sum());
        }
        for difference in &found {
            let (rows, fen) = counts.differences.entry(difference.kind()).or_default();
            *rows += 1;
            *fen += difference.difference_fen().abs();
        }
        let visit_of = |visit: &Visit| self.visits.get(&visit.key).map_or(visit.key, |(ours, _)| *ours);
        let theirs: HashSet<i64> = self.hospital.iter().map(|visit| visit.key).collect();
        let person_of = |visit: &Visit| {
            if theirs.contains(&visit.key) { visit.person.map(|person| self.person(person)) } else { visit.person }
        };
        Ok((differences::table(&found, visit_of, person_of)?, counts))
    }
}
