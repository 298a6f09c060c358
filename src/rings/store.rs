//! What the search reads of a store besides who was where: institutions, names, and the records of some persons' visits.

use std::collections::HashMap;

use polars::prelude::*;

use super::error::RingsError;
use super::events::{PRESENCE_SQL, Place};
use super::model::RingVisit;
use super::query;
use crate::casestore::source::{TableSource, matching};
use crate::frames::Columns;

/// Institutions by key: small, and needed everywhere.
#[derive(Debug, Default)]
pub struct Directory {
    institutions: HashMap<i64, Institution>,
}

/// What is known of an institution.
#[derive(Debug, Clone, Default)]
pub struct Institution {
    /// Code of the export.
    pub code: String,
    /// Name.
    pub name: Option<String>,
    /// Whether it is a pharmacy.
    pub pharmacy: bool,
    /// 3, 2, 1; 0 without a level, −1 unknown.
    pub level: i64,
    /// Division.
    pub admdvs: Option<String>,
}

impl Directory {
    /// All institutions of a store.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn read(source: &dyn TableSource) -> Result<Self, RingsError> {
        let columns = ["inst_key", "fixmedins_code", "fixmedins_name", "inst_type", "level", "admdvs"];
        let Some(rows) = source.read("institution", None, Columns::Named(&columns))? else {
            return Ok(Self::default());
        };
        let keys = query::integers(&rows, "inst_key", 0)?;
        let levels = query::integers(&rows, "level", -1)?;
        let (codes, names) = (query::texts(&rows, "fixmedins_code")?, query::texts(&rows, "fixmedins_name")?);
        let (kinds, divisions) = (query::texts(&rows, "inst_type")?, query::texts(&rows, "admdvs")?);
        let institutions = (0..keys.len()).map(|row| {
            let institution = Institution {
                code: codes[row].clone().unwrap_or_default(),
                name: names[row].clone(),
                pharmacy: kinds[row].as_deref() == Some("pharmacy"),
                level: levels[row],
                admdvs: divisions[row].clone(),
            };
            (keys[row], institution)
        });
        Ok(Self { institutions: institutions.collect() })
    }

    /// The institution with this key; one that no table names has its key for a code.
    pub fn institution(&self, key: i64) -> Institution {
        self.institutions.get(&key).cloned().unwrap_or_else(|| Institution {
            code: key.to_string(),
            level: -1,
            ..Institution::default()
        })
    }
}

/// Visits that are planned cycles of treatment or births, which form no rings.
///
/// # Errors
/// If the table cannot be read.
pub fn planned_visits(source: &dyn TableSource) -> Result<u64, RingsError> {
    let sql = "SELECT COUNT(*) AS visits FROM visit WHERE planned_cycle = 1 OR birth = 1";
    let rows = query::rows(source, None, sql)?;
    Ok(query::integers(&rows, "visits", 0)?.first().and_then(|visits| u64::try_from(*visits).ok()).unwrap_or(0))
}

/// Codes and names of some persons or practitioners, by key.
#[derive(Debug)]
pub struct Names(HashMap<i64, (String, Option<String>)>);

impl Names {
    /// Those of the persons with these keys.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn of_persons(source: &dyn TableSource, keys: &[i64]) -> Result<Self, RingsError> {
        Self::read(source, "person", ["psn_key", "psn_no", "psn_name"], keys)
    }

    /// Those of the practitioners with these keys.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub fn of_practitioners(source: &dyn TableSource, keys: &[i64]) -> Result<Self, RingsError> {
        Self::read(source, "practitioner", ["dr_key", "dr_code", "dr_name"], keys)
    }

    fn read(source: &dyn TableSource, table: &str, columns: [&str; 3], keys: &[i64]) -> Result<Self, RingsError> {
        let [key, code, name] = columns;
        let Some(rows) = matching(source, table, None, &columns, keys)? else {
            return Ok(Self(HashMap::new()));
        };
        let (codes, names) = (query::texts(&rows, code)?, query::texts(&rows, name)?);
        let keys = query::integers(&rows, key, 0)?;
        Ok(Self(keys.into_iter().zip(codes.into_iter().map(Option::unwrap_or_default).zip(names)).collect()))
    }

    /// Code and name; who is in no table has the key for a code.
    pub fn of(&self, key: i64) -> (String, Option<String>) {
        self.0.get(&key).cloned().unwrap_or_else(|| (key.to_string(), None))
    }
}

/// A visit of a person: where, when, and the record.
pub struct MemberVisit {
    /// Key of the person.
    pub person: i64,
    /// Where.
    pub place: Place,
    /// When, days since 1970-01-01.
    pub day: i32,
    /// The record.
    pub visit: RingVisit,
}

/// All visits of some persons, as presence.sql sees them.
///
/// # Errors
/// If a table cannot be read.
pub fn member_visits(source: &dyn TableSource, persons: &[i64]) -> Result<Vec<MemberVisit>, RingsError> {
    let sql = format!(
        "{PRESENCE_SQL}SELECT p.psn_key, p.inst_key, p.stay, p.day_no, v.visit_key, v.gross_fen, v.inscp_fen, v.fund_fen
         FROM present AS p JOIN visit AS v ON p.visit_key = v.visit_key"
    );
    let some = OfPersons { source, persons };
    let mut visits = Vec::new();
    for bucket in 0..source.buckets() {
        let rows = query::rows(&some, Some(bucket), &sql)?;
        let column = |name: &str| query::integers(&rows, name, 0);
        let (persons, institutions, stays, days) =
            (column("psn_key")?, column("inst_key")?, column("stay")?, column("day_no")?);
        let records = records(&rows)?;
        for (row, visit) in records.into_iter().enumerate() {
            let Ok(day) = i32::try_from(days[row]) else { continue };
            visits.push(MemberVisit {
                person: persons[row],
                place: Place { inst_key: institutions[row], stay: stays[row] == 1 },
                day,
                visit,
            });
        }
    }
    Ok(visits)
}

/// A store cut down to some persons, so that a statement costs what they cost.
struct OfPersons<'a> {
    /// The whole store.
    source: &'a dyn TableSource,
    /// Keys of the persons.
    persons: &'a [i64],
}

impl TableSource for OfPersons<'_> {
    fn buckets(&self) -> usize {
        self.source.buckets()
    }

    fn read(&self, table: &str, bucket: Option<usize>, columns: Columns<'_>) -> PolarsResult<Option<DataFrame>> {
        let with_person = match columns {
            Columns::Named(names) if !names.contains(&"psn_key") => [names, &["psn_key"]].concat(),
            Columns::Named(_) | Columns::All => Vec::new(),
        };
        let read = if with_person.is_empty() { columns } else { Columns::Named(&with_person) };
        let Some(rows) = self.source.read(table, bucket, read)? else { return Ok(None) };
        let wanted = df!["psn_key" => self.persons]?.lazy();
        let of_persons = rows.lazy().join(wanted, [col("psn_key")], [col("psn_key")], JoinArgs::new(JoinType::Semi));
        columns.of(&of_persons.collect()?).map(Some)
    }

    fn rows(&self, table: &str) -> PolarsResult<u64> {
        self.source.rows(table)
    }
}

/// The visits of `rows`, one each: key and money.
///
/// # Errors
/// If `rows` lack `visit_key`, `gross_fen`, `inscp_fen` or `fund_fen`.
pub fn records(rows: &DataFrame) -> Result<Vec<RingVisit>, RingsError> {
    let column = |name: &str| query::integers(rows, name, 0);
    let (keys, gross) = (column("visit_key")?, column("gross_fen")?);
    let (inscp, fund) = (column("inscp_fen")?, column("fund_fen")?);
    let record = |row: usize| RingVisit {
        visit_key: keys[row],
        gross_fen: gross[row],
        inscp_fen: inscp[row],
        fund_fen: fund[row],
    };
    Ok((0..keys.len()).map(record).collect())
}
