//! Which institutions both the bureau and a hospital delivered: by code, by name or legal person, else by the mass of equal claims.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use polars::prelude::*;

use super::super::super::error::SettleError;
use super::super::super::stage;
use crate::casestore::store::Store;
use crate::frames::{self, Columns};
use crate::spelling::normalise;

/// Bills that must be found at the bureau to tell an institution by them, and their share of all insured bills, per cent.
const FEWEST_EQUAL: usize = 3;
const EQUAL_PCT: usize = 60;

/// The institutions that both sides delivered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sides {
    /// Input files of hospitals.
    pub hospital_files: BTreeSet<i32>,
    /// The bureau's key of each institution of a hospital.
    pub institutions: BTreeMap<i64, i64>,
}

/// How the exports of one side name an institution.
#[derive(Default)]
struct Named {
    codes: BTreeSet<String>,
    names: BTreeSet<String>,
    owners: BTreeSet<String>,
}

impl Sides {
    /// The institutions of `store` that both sides delivered; `None` where there are none, which costs next to nothing.
    ///
    /// # Errors
    /// If the staged rows cannot be read.
    pub fn of(store: &Store) -> Result<Option<Self>, SettleError> {
        let of_family = |family: &str| -> BTreeSet<i32> {
            store.index.files.iter().filter(|file| file.family == family).map(|file| file.file_id).collect()
        };
        let (bureau, hospital) = (of_family("bureau"), of_family("hospital"));
        if bureau.is_empty() || hospital.is_empty() {
            return Ok(None);
        }
        let theirs = named(store, &hospital, &["mdtrt", "setl"])?;
        if theirs.is_empty() {
            return Ok(None);
        }
        let ours = keys(store, &bureau)?;
        if ours.is_empty() {
            return Ok(None);
        }
        let mut institutions: BTreeMap<i64, i64> =
            theirs.keys().filter(|key| ours.contains(*key)).map(|key| (*key, *key)).collect();
        let unknown: Vec<i64> = theirs.keys().filter(|key| !ours.contains(*key)).copied().collect();
        if !unknown.is_empty() {
            let known = named(store, &bureau, &["mdtrt", "setl", "inst"])?;
            let by_claims = equal_claims(store, &bureau, &hospital, &unknown)?;
            for key in unknown {
                let found = by_name(&theirs[&key], &known).filter(|found| ours.contains(found));
                if let Some(found) = found.or_else(|| by_claims.get(&key).copied()) {
                    institutions.insert(key, found);
                }
            }
        }
        Ok((!institutions.is_empty()).then_some(Self { hospital_files: hospital, institutions }))
    }
}

fn column_texts(rows: &DataFrame, name: &str) -> Option<StringChunked> {
    rows.column(name).ok().and_then(|column| column.str().ok().cloned())
}

/// Keys of the institutions that claims of these files name.
fn keys(store: &Store, files: &BTreeSet<i32>) -> Result<HashSet<i64>, SettleError> {
    let mut keys = HashSet::new();
    for table in ["mdtrt", "setl"] {
        for file in stage::files_from(store, table, files)? {
            let Some(rows) = frames::read(&[file], Columns::Named(&["inst_key"]))? else { continue };
            let column = rows.column("inst_key").and_then(|column| column.i64().cloned());
            keys.extend(column.map_err(SettleError::step("two sources"))?.iter().flatten());
        }
    }
    Ok(keys)
}

/// The institutions that these files name, with how they name them.
fn named(store: &Store, files: &BTreeSet<i32>, tables: &[&str]) -> Result<BTreeMap<i64, Named>, SettleError> {
    let step = SettleError::step("two sources");
    let mut known: BTreeMap<i64, Named> = BTreeMap::new();
    for table in tables {
        for file in stage::files_from(store, table, files)? {
            let columns = Columns::Named(&["inst_key", "fixmedins_code", "fixmedins_name", "uscc"]);
            let Some(rows) = frames::read(&[file], columns)? else { continue };
            let rows = rows.unique::<String, String>(None, UniqueKeepStrategy::Any, None).map_err(&step)?;
            let keys = rows.column("inst_key").and_then(|column| column.i64().cloned()).map_err(&step)?;
            let (codes, names) = (column_texts(&rows, "fixmedins_code"), column_texts(&rows, "fixmedins_name"));
            let owners = column_texts(&rows, "uscc");
            for (at, key) in keys.iter().enumerate() {
                let Some(key) = key else { continue };
                let named = known.entry(key).or_default();
                let text = |column: &Option<StringChunked>| {
                    column.as_ref().and_then(|column| column.get(at).map(plain)).filter(|text| !text.is_empty())
                };
                named.codes.extend(text(&codes));
                named.names.extend(text(&names));
                named.owners.extend(text(&owners));
            }
        }
    }
    Ok(known)
}

/// A code or name without what typists add: blanks, brackets, width and case.
fn plain(text: &str) -> String {
    normalise(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The one institution of the bureau with the same code but for letters in front, the same legal person, or the same name.
fn by_name(theirs: &Named, known: &BTreeMap<i64, Named>) -> Option<i64> {
    let digits = |code: &String| {
        let digits = code.trim_start_matches(|c: char| !c.is_ascii_digit()).to_owned();
        (digits.len() >= 8).then_some(digits)
    };
    let codes: BTreeSet<String> = theirs.codes.iter().filter_map(digits).collect();
    let same_code = |ours: &Named| ours.codes.iter().filter_map(digits).any(|code| codes.contains(&code));
    let same_owner =
        |ours: &Named| ours.owners.iter().any(|owner| theirs.codes.contains(owner) || theirs.owners.contains(owner));
    let same_name = |ours: &Named| ours.names.iter().any(|name| theirs.names.contains(name));
    let one = |same: &dyn Fn(&Named) -> bool| {
        let mut found = known.iter().filter(|(_, ours)| same(ours)).map(|(key, _)| *key);
        found.next().filter(|_| found.next().is_none())
    };
    one(&same_code).or_else(|| one(&same_owner)).or_else(|| one(&same_name))
}

/// A claim as both sides would have it: person, day of settlement, amount.
type Claim = (i64, i32, i64);

/// For each of the `unknown` institutions the one at which the bureau settled most of the same claims.
fn equal_claims(
    store: &Store,
    bureau: &BTreeSet<i32>,
    hospital: &BTreeSet<i32>,
    unknown: &[i64],
) -> Result<HashMap<i64, i64>, SettleError> {
    let wanted: HashSet<i64> = unknown.iter().copied().collect();
    let mut by_claim: HashMap<(bool, Claim), BTreeSet<i64>> = HashMap::new();
    let mut bills: BTreeMap<i64, usize> = BTreeMap::new();
    claims(store, hospital, |institution, fund, claim| {
        if wanted.contains(&institution) {
            let with_fund = fund > 0;
            by_claim.entry(claim).or_default().insert(institution);
            // The person's number and the identity number give two claims of one bill.
            *bills.entry(institution).or_default() += usize::from(with_fund && !claim.0);
        }
    })?;
    let mut equal: BTreeMap<i64, BTreeMap<i64, HashSet<(i32, i64)>>> = BTreeMap::new();
    claims(store, bureau, |institution, _, claim| {
        for theirs in by_claim.get(&claim).into_iter().flatten() {
            let (_, day, gross) = claim.1;
            equal.entry(*theirs).or_default().entry(institution).or_default().insert((day, gross));
        }
    })?;
    let mut found = HashMap::new();
    for (theirs, of_bureau) in equal {
        let all: usize = of_bureau.values().map(HashSet::len).sum();
        let most = of_bureau.iter().max_by_key(|(key, claims)| (claims.len(), std::cmp::Reverse(**key)));
        if let Some((ours, claims)) = most {
            let count = claims.len();
            let of_bills = bills.get(&theirs).copied().unwrap_or(0);
            if count >= FEWEST_EQUAL && count * 100 >= of_bills * EQUAL_PCT && count * 10 >= all * 9 {
                found.insert(theirs, *ours);
            }
        }
    }
    Ok(found)
}

/// Calls `each` with the institution, the fund's money and the claim of every settlement: by the person's number, and by the identity number.
fn claims(
    store: &Store,
    files: &BTreeSet<i32>,
    mut each: impl FnMut(i64, i64, (bool, Claim)),
) -> Result<(), SettleError> {
    let step = SettleError::step("two sources");
    for file in stage::files_from(store, "setl", files)? {
        let columns = ["psn_key", "inst_key", "certno", "setl_day", "gross_fen", "fund_fen"];
        let Some(rows) = frames::read(&[file], Columns::Named(&columns))? else { continue };
        let key = |name: &str| rows.column(name).and_then(|column| column.i64().cloned()).map_err(&step);
        let (persons, institutions, gross, funds) =
            (key("psn_key")?, key("inst_key")?, key("gross_fen")?, key("fund_fen")?);
        let days = rows.column("setl_day").and_then(|column| column.i32().cloned()).map_err(&step)?;
        let certnos = rows.column("certno").and_then(|column| column.str().cloned()).map_err(&step)?;
        for at in 0..rows.height() {
            let (Some(institution), Some(day), Some(amount)) = (institutions.get(at), days.get(at), gross.get(at))
            else {
                continue;
            };
            if amount <= 0 {
                continue;
            }
            let fund = funds.get(at).unwrap_or(0);
            if let Some(person) = persons.get(at) {
                each(institution, fund, (false, (person, day, amount)));
            }
            if let Some(certno) = certnos.get(at) {
                let person = crate::casestore::key::key(crate::casestore::key::Namespace::Person, &[certno]);
                each(institution, fund, (true, (person, day, amount)));
            }
        }
    }
    Ok(())
}
