//! 异地就医: visits and findings by where the person is insured and where the care was given.
//!
//! A person's insured division is that of the visit (`insu_admdvs`), the place of care that of the institution (`admdvs`). Divisions are
//! six digits: two for the province, two for the city, two for the county. Funds are pooled by city, so care in another county of the same
//! city is local. A division `xx00` or `xx99` is a scheme of the province itself, whose persons are local in the whole province.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;

use crate::casestore::source::TableSource;
use crate::findings::build::{Findings, Wanted};
use crate::frames::Columns;
use crate::model::Money;
use crate::sql::engine::{Bucket, Plan};

/// How the place of care lies to the insured place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// The same pool.
    Local,
    /// Another pool of the same province.
    SameProvince,
    /// Another province.
    OtherProvince,
    /// One of the two is not known.
    Unknown,
}

impl Relation {
    /// The word in elsewhere.csv.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::SameProvince => "same_province",
            Self::OtherProvince => "other_province",
            Self::Unknown => "unknown",
        }
    }

    /// Between two divisions.
    pub fn of(insured: Option<&str>, care: Option<&str>) -> Self {
        let parts = |division: Option<&str>| {
            let digits = division?.get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))?;
            Some((digits[..2].to_owned(), digits[2..].to_owned()))
        };
        match (parts(insured), parts(care)) {
            (Some((home, _)), Some((there, _))) if home != there => Self::OtherProvince,
            (Some((_, home)), Some((_, there))) if home == there || home == "00" || home == "99" => Self::Local,
            (Some(_), Some(_)) => Self::SameProvince,
            _ => Self::Unknown,
        }
    }
}

/// One insured division and one place of care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// Division where the persons are insured; `None` when not known.
    pub insured: Option<String>,
    /// Division where they were treated; `None` when not known.
    pub care: Option<String>,
    /// How the two lie to each other.
    pub relation: Relation,
    /// Visits settled with the fund, in the period and at the institutions asked for.
    pub visits: i64,
    /// What the fund paid for them, fen.
    pub fund_fen: i64,
    /// Findings with a counted record here; a finding with records in several cells is in each.
    pub findings: i64,
    /// Their money here, each record once.
    pub counted: Money,
}

impl Elsewhere {
    /// Counted fund amount ÷ what the fund paid, 0–1; nothing without payments.
    pub fn share(&self) -> Option<f64> {
        super::share(self.counted.fund_fen, self.fund_fen)
    }
}

/// Insured division and place of care.
type Cell = (Option<String>, Option<String>);

#[derive(Default)]
struct Sums {
    visits: i64,
    fund_fen: i64,
    findings: BTreeSet<usize>,
    counted: Money,
}

/// All cells with visits or findings: those with the most counted fund money first, then by divisions.
///
/// # Errors
/// If a table of `source` cannot be read.
pub fn elsewhere(findings: &Findings, source: &dyn TableSource, wanted: &Wanted) -> PolarsResult<Vec<Elsewhere>> {
    let mut cells: BTreeMap<Cell, Sums> = BTreeMap::new();
    let columns = Columns::Named(&["inst_key", "fixmedins_code", "admdvs"]);
    let Some(institutions) = source.read("institution", None, columns)? else { return Ok(Vec::new()) };
    let places = places(&institutions)?;
    add_visits(&mut cells, source, &places, wanted)?;
    for (number, finding) in findings.findings.iter().enumerate() {
        for row in findings.evidence(finding).iter().filter(|row| row.suspect) {
            // The division is the visit's, also where the evidence is one of its lines.
            let Some(visit) = findings.records.visits.get(row.visit_key) else { continue };
            let institution = visit.institution.map(|at| findings.records.institutions.key(at));
            let care = institution.and_then(|key| places.get(&key)).and_then(|place| place.division.clone());
            let insured = findings.records.text(visit.insu_admdvs).map(str::to_owned);
            let sums = cells.entry((insured, care)).or_default();
            sums.findings.insert(number);
            sums.counted += row.counted;
        }
    }
    let mut all: Vec<Elsewhere> = cells
        .into_iter()
        .map(|((insured, care), sums)| Elsewhere {
            relation: Relation::of(insured.as_deref(), care.as_deref()),
            insured,
            care,
            visits: sums.visits,
            fund_fen: sums.fund_fen,
            findings: i64::try_from(sums.findings.len()).unwrap_or(i64::MAX),
            counted: sums.counted,
        })
        .collect();
    // Stable: cells with equal money stay ordered by their divisions.
    all.sort_by_key(|cell| std::cmp::Reverse((cell.counted.fund_fen, cell.findings)));
    Ok(all)
}

struct Place {
    code: String,
    division: Option<String>,
}

fn places(rows: &DataFrame) -> PolarsResult<HashMap<i64, Place>> {
    let keys = rows.column("inst_key")?.i64()?;
    let (codes, divisions) = (rows.column("fixmedins_code")?.str()?, rows.column("admdvs")?.str()?);
    let mut places = HashMap::with_capacity(rows.height());
    for ((key, code), division) in keys.iter().zip(codes.iter()).zip(divisions.iter()) {
        if let Some(key) = key {
            let place = Place { code: code.unwrap_or_default().to_owned(), division: division.map(str::to_owned) };
            places.insert(key, place);
        }
    }
    Ok(places)
}

/// Adds the visits of the period at the institutions asked for.
fn add_visits(
    cells: &mut BTreeMap<Cell, Sums>,
    source: &dyn TableSource,
    places: &HashMap<i64, Place>,
    wanted: &Wanted,
) -> PolarsResult<()> {
    let (first, last) = wanted.period.unwrap_or((i32::MIN, i32::MAX));
    let sql = "SELECT insu_admdvs, inst_key, COUNT(*) AS visits, SUM(fund_fen) AS fund_fen FROM visit
               WHERE insured = 1 AND adm_day <= :last_day AND dscg_day >= :first_day GROUP BY insu_admdvs, inst_key";
    let period = [("first_day", first.into()), ("last_day", last.into())];
    let rows = Bucket::open(source, None).rows(&Plan::parse_with(sql, &period)?)?;
    let (counts, funds) = (rows.column("visits")?.i64()?, rows.column("fund_fen")?.i64()?);
    let (insured, institutions) = (rows.column("insu_admdvs")?.str()?, rows.column("inst_key")?.i64()?);
    for row in 0..rows.height() {
        let place = institutions.get(row).and_then(|key| places.get(&key));
        let asked =
            wanted.institutions.is_empty() || place.is_some_and(|place| wanted.institutions.contains(&place.code));
        if !asked {
            continue;
        }
        let cell = (insured.get(row).map(str::to_owned), place.and_then(|place| place.division.clone()));
        let sums = cells.entry(cell).or_default();
        sums.visits += counts.get(row).unwrap_or_default();
        sums.fund_fen += funds.get(row).unwrap_or_default();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Relation::{self, Local, OtherProvince, SameProvince, Unknown};

    #[test]
    fn pools_are_cities_and_provinces_are_told_by_two_digits() {
        for (insured, care, relation) in [
            (Some("340103"), Some("340104"), Local),
            (Some("340100"), Some("340181"), Local),
            (Some("341522"), Some("340104"), SameProvince),
            (Some("320102"), Some("340104"), OtherProvince),
            // The province's own schemes.
            (Some("340000"), Some("340104"), Local),
            (Some("349900"), Some("341502"), Local),
            (Some("349900"), Some("320102"), OtherProvince),
            // A province's institution treats persons of a city.
            (Some("341522"), Some("340000"), SameProvince),
            (None, Some("340104"), Unknown),
            (Some("340104"), None, Unknown),
            (Some("未知"), Some("340104"), Unknown),
            (Some("34"), Some("340104"), Unknown),
        ] {
            assert_eq!(Relation::of(insured, care), relation, "{insured:?} {care:?}");
        }
    }
}
