//! Collects what is compared of the visits of both sides, bucket by bucket, and takes the hospital's rows apart from the bureau's.

use std::collections::{HashMap, HashSet};

use polars::prelude::*;

use super::Sources;
use super::visits::{Bill, Visit};
use crate::sql::engine::Workbench;

/// The rows of one unit bucket, settled.
pub struct Settled {
    /// Canonical fee lines.
    pub fee: DataFrame,
    /// Canonical settlements.
    pub settlement: DataFrame,
    /// Parts of visits.
    pub visit: DataFrame,
    /// Their diagnoses.
    pub diagnosis: DataFrame,
    /// Their operations.
    pub operation: DataFrame,
}

impl Settled {
    /// The tables with their names.
    pub fn tables(self) -> [(&'static str, DataFrame); 5] {
        [
            ("fee", self.fee),
            ("settlement", self.settlement),
            ("visit_part", self.visit),
            ("diagnosis_part", self.diagnosis),
            ("operation_part", self.operation),
        ]
    }
}

/// Columns of a frame by name, with the types they are read as.
pub struct Reader<'a>(pub &'a DataFrame);

impl Reader<'_> {
    /// A column of keys, amounts or minutes.
    pub fn longs(&self, name: &str) -> PolarsResult<Int64Chunked> {
        Ok(self.0.column(name)?.cast(&DataType::Int64)?.i64()?.clone())
    }

    /// A column of days or small numbers.
    pub fn ints(&self, name: &str) -> PolarsResult<Int32Chunked> {
        Ok(self.0.column(name)?.cast(&DataType::Int32)?.i32()?.clone())
    }

    /// A column of texts.
    pub fn texts(&self, name: &str) -> PolarsResult<StringChunked> {
        Ok(self.0.column(name)?.cast(&DataType::String)?.str()?.clone())
    }
}

impl Sources {
    /// Notes the visits of both sides in a unit bucket and splits its rows: the hospital's, and all others.
    ///
    /// # Errors
    /// If a column is missing: a bug.
    pub fn take_apart(&mut self, rows: Settled, context: &Workbench) -> PolarsResult<(Settled, Settled)> {
        let theirs = self.note_visits(&rows, context)?;
        let by_visit = |frame: &DataFrame| -> PolarsResult<BooleanChunked> {
            let keys = Reader(frame).longs("visit_key")?;
            Ok(keys.iter().map(|key| Some(key.is_some_and(|key| theirs.contains(&key)))).collect())
        };
        let split = |frame: DataFrame| -> PolarsResult<(DataFrame, DataFrame)> {
            let mask = by_visit(&frame)?;
            Ok((frame.filter(&!&mask)?, frame.filter(&mask)?))
        };
        let (fee, settlement) = (split(rows.fee)?, split(rows.settlement)?);
        let (visit, diagnosis, operation) = (split(rows.visit)?, split(rows.diagnosis)?, split(rows.operation)?);
        Ok((
            Settled {
                fee: fee.0,
                settlement: settlement.0,
                visit: visit.0,
                diagnosis: diagnosis.0,
                operation: operation.0,
            },
            Settled {
                fee: fee.1,
                settlement: settlement.1,
                visit: visit.1,
                diagnosis: diagnosis.1,
                operation: operation.1,
            },
        ))
    }

    /// Adds the visits of the compared institutions; returns the keys of the hospital's.
    fn note_visits(&mut self, rows: &Settled, context: &Workbench) -> PolarsResult<HashSet<i64>> {
        let visits = Reader(&rows.visit);
        let (keys, files, institutions) =
            (visits.longs("visit_key")?, visits.ints("file_id")?, visits.longs("inst_key")?);
        let (persons, gross, funds) = (visits.longs("psn_key")?, visits.longs("gross_fen")?, visits.longs("fund_fen")?);
        let (settings, insured) = (visits.texts("care_setting")?, visits.ints("insured")?);
        let (begins, ends, minutes) = (visits.ints("adm_day")?, visits.ints("dscg_day")?, visits.longs("adm_min")?);
        let (practitioners, departments) = (visits.longs("dr_key")?, visits.longs("dept_key")?);
        let (mdtrt_ids, otp_nos, records) =
            (visits.texts("mdtrt_id")?, visits.texts("ipt_otp_no")?, visits.texts("medrcdno")?);
        let lines = visits.longs("source_line")?;
        let (births, genders) = (visits.ints("birth_day")?, visits.texts("gend")?);
        let ours: HashSet<i64> = self.sides.institutions.values().copied().collect();
        // A stay of a hospital has a part for each bill, some of them in other buckets.
        let mut bureau: HashMap<i64, Visit> = HashMap::new();
        let mut hospital: HashMap<i64, Visit> = HashMap::new();
        for at in 0..rows.visit.height() {
            let (Some(key), Some(file), Some(institution)) = (keys.get(at), files.get(at), institutions.get(at)) else {
                continue;
            };
            let of_hospital = self.sides.hospital_files.contains(&file);
            let institution = match self.sides.institutions.get(&institution) {
                Some(ours) if of_hospital => *ours,
                _ if !of_hospital && ours.contains(&institution) => institution,
                _ => continue,
            };
            let text = |column: &StringChunked| column.get(at).map(str::to_owned);
            let part = Visit {
                key,
                person: persons.get(at),
                institution,
                inpatient: settings.get(at) == Some("inpatient"),
                insured: insured.get(at) != Some(0),
                birth_day: births.get(at),
                gend: text(&genders),
                begin_day: begins.get(at),
                end_day: ends.get(at),
                begin_min: minutes.get(at),
                gross_fen: gross.get(at).unwrap_or(0),
                fund_fen: funds.get(at).unwrap_or(0),
                practitioner: practitioners.get(at),
                department: departments.get(at),
                visit_links: [text(&otp_nos), text(&records)].into_iter().flatten().collect(),
                mdtrt_id: text(&mdtrt_ids),
                otp_no: text(&otp_nos),
                file_id: file,
                source_line: lines.get(at).unwrap_or(0),
                ..Visit::default()
            };
            merge(if of_hospital { &mut hospital } else { &mut bureau }, part);
        }
        let theirs: HashSet<i64> = hospital.keys().copied().collect();
        note_masters(context, &mut bureau, &mut hospital)?;
        note_bills(&rows.settlement, context, &mut bureau, &mut hospital)?;
        for (all, found) in [(&mut self.bureau, bureau), (&mut self.hospital, hospital)] {
            for visit in found.into_values() {
                merge(all, visit);
            }
        }
        Ok(theirs)
    }
}

/// Adds a part to the visit it belongs to.
fn merge(visits: &mut HashMap<i64, Visit>, part: Visit) {
    let Some(known) = visits.get_mut(&part.key) else {
        visits.insert(part.key, part);
        return;
    };
    let first = (part.file_id, part.source_line) < (known.file_id, known.source_line);
    known.birth_day = [known.birth_day, part.birth_day].into_iter().flatten().min();
    known.gend = [known.gend.take(), part.gend].into_iter().flatten().min();
    known.begin_day = [known.begin_day, part.begin_day].into_iter().flatten().min();
    known.end_day = [known.end_day, part.end_day].into_iter().flatten().max();
    known.begin_min = [known.begin_min, part.begin_min].into_iter().flatten().min();
    known.gross_fen += part.gross_fen;
    known.fund_fen += part.fund_fen;
    known.insured |= part.insured;
    known.elsewhere |= part.elsewhere;
    if first {
        (known.file_id, known.source_line) = (part.file_id, part.source_line);
    }
    // The smallest of each: nothing here may depend on the order of rows.
    known.practitioner = [known.practitioner, part.practitioner].into_iter().flatten().min();
    known.department = [known.department, part.department].into_iter().flatten().min();
    known.person = [known.person, part.person].into_iter().flatten().min();
    known.certno = [known.certno.take(), part.certno].into_iter().flatten().min();
    known.mdtrt_id = [known.mdtrt_id.take(), part.mdtrt_id].into_iter().flatten().min();
    known.otp_no = [known.otp_no.take(), part.otp_no].into_iter().flatten().min();
    known.bills.extend(part.bills);
    known.numbers.extend(part.numbers);
    known.bill_links.extend(part.bill_links);
    known.visit_links.extend(part.visit_links);
}

/// Adds what only the master rows say: identity numbers, the other side's number of the visit, patients from elsewhere.
fn note_masters(
    context: &Workbench,
    bureau: &mut HashMap<i64, Visit>,
    hospital: &mut HashMap<i64, Visit>,
) -> PolarsResult<()> {
    let masters = context.run("SELECT visit_key, certno, other_mdtrt_id, mdtrt_id, elsewhere FROM mdtrt_row")?;
    let masters = Reader(&masters);
    let (keys, certnos, links) =
        (masters.longs("visit_key")?, masters.texts("certno")?, masters.texts("other_mdtrt_id")?);
    let (own, elsewhere) = (masters.texts("mdtrt_id")?, masters.ints("elsewhere")?);
    for at in 0..keys.len() {
        let Some(key) = keys.get(at) else { continue };
        let (of_bureau, visit) = match bureau.get_mut(&key) {
            Some(visit) => (true, visit),
            None => match hospital.get_mut(&key) {
                Some(visit) => (false, visit),
                None => continue,
            },
        };
        note_certno(visit, certnos.get(at));
        visit.visit_links.extend(links.get(at).map(str::to_owned));
        visit.elsewhere |= elsewhere.get(at) == Some(1);
        // A hospital's master row is a bill, whose number is taken from the bills that still stand.
        if of_bureau {
            visit.numbers.extend(own.get(at).map(str::to_owned));
        }
    }
    Ok(())
}

fn note_certno(visit: &mut Visit, certno: Option<&str>) {
    if let Some(certno) = certno
        && visit.certno.as_deref().is_none_or(|known| certno < known)
    {
        visit.certno = Some(certno.to_owned());
    }
}

/// Adds the live settlements or bills of the visits and what else their rows say.
fn note_bills(
    settlements: &DataFrame,
    context: &Workbench,
    bureau: &mut HashMap<i64, Visit>,
    hospital: &mut HashMap<i64, Visit>,
) -> PolarsResult<()> {
    let rows = context.run("SELECT setl_key, certno, other_setl_id, invoice_no FROM setl_row")?;
    let rows = Reader(&rows);
    let (keys, certnos) = (rows.longs("setl_key")?, rows.texts("certno")?);
    let (links, invoices) = (rows.texts("other_setl_id")?, rows.texts("invoice_no")?);
    let row_of: HashMap<i64, usize> = keys.iter().enumerate().filter_map(|(at, key)| Some((key?, at))).collect();
    let live = Reader(settlements);
    let (visits, keys, numbers) = (live.longs("visit_key")?, live.longs("setl_key")?, live.texts("setl_id")?);
    let (days, begins, ends) = (live.ints("setl_day")?, live.ints("begn_day")?, live.ints("end_day")?);
    let (gross, pooled) = (live.longs("gross_fen")?, live.longs("hifp_fen")?);
    for at in 0..settlements.height() {
        let (Some(visit), Some(key)) = (visits.get(at), keys.get(at)) else { continue };
        let visit = match bureau.get_mut(&visit) {
            Some(visit) => visit,
            None => match hospital.get_mut(&visit) {
                Some(visit) => visit,
                None => continue,
            },
        };
        let number = numbers.get(at).filter(|number| !number.is_empty()).map(str::to_owned);
        visit.numbers.extend(number.clone());
        if let Some(row) = row_of.get(&key) {
            note_certno(visit, certnos.get(*row));
            visit.bill_links.extend([links.get(*row), invoices.get(*row)].into_iter().flatten().map(str::to_owned));
        }
        visit.bills.push(Bill {
            key,
            number,
            day: days.get(at),
            begin: begins.get(at),
            end: ends.get(at),
            gross_fen: gross.get(at).unwrap_or(0),
            pooled_fen: pooled.get(at),
        });
    }
    Ok(())
}
