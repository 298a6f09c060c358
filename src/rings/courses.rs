//! Which visits were treatment: the lines that a course of dialysis, chemotherapy, injections, rehabilitation or Chinese medicine bills.
//!
//! A regular calendar alone is no course: somebody who swipes other people's cards every Tuesday keeps one as well.

use std::collections::{BTreeSet, HashMap};

use polars::prelude::*;

use super::error::RingsError;
use super::query;
use crate::casestore::source::TableSource;
use crate::frames::Columns;
use crate::knowledge;
use crate::spelling::normalise;

/// Charge category of treatment: what tells where an item has no national code.
const TREATMENT: &str = "05";
/// Digits of a national service code, and how it begins.
const NATIONAL: (usize, &str) = (15, "00");

/// Whether each of the visits named billed treatment of these kinds, of any kind where none is named; visits without any line are not among
/// them.
///
/// # Errors
/// If a table cannot be read.
pub fn treated(source: &dyn TableSource, visits: &[i64], kinds: &[&str]) -> Result<HashMap<i64, bool>, RingsError> {
    let items = classed_items(source, kinds)?;
    let mut treated = HashMap::new();
    for bucket in 0..source.buckets() {
        let columns = Columns::Named(&["visit_key", "item_key", "charge_type"]);
        let Some(lines) = source.read("fee", Some(bucket), columns)? else { continue };
        let wanted = df!["visit_key" => visits]?.lazy();
        // Where nothing is known of the item, the hospital's own word that it is treatment counts, in favour of the patient; of which kind it
        // does not say.
        let unknown =
            if kinds.is_empty() { col("charge_type").eq(lit(TREATMENT)).cast(DataType::Int64) } else { lit(0_i64) };
        let course = col("course").fill_null(unknown);
        let found = lines
            .lazy()
            .join(wanted, [col("visit_key")], [col("visit_key")], JoinArgs::new(JoinType::Semi))
            .join(items.clone().lazy(), [col("item_key")], [col("item_key")], JoinArgs::new(JoinType::Left))
            .select([col("visit_key"), course.alias("course")])
            .group_by([col("visit_key")])
            .agg([col("course").max()])
            .collect()?;
        let (keys, course) = (query::integers(&found, "visit_key", 0)?, query::integers(&found, "course", 0)?);
        treated.extend(keys.into_iter().zip(course.into_iter().map(|course| course == 1)));
    }
    Ok(treated)
}

/// Items with a national code or of drugs and materials, with `course` 1 where a course of treatment of these kinds bills them, else 0.
fn classed_items(source: &dyn TableSource, kinds: &[&str]) -> Result<DataFrame, RingsError> {
    let mut prefixes = knowledge::course_item_prefixes().map_err(Box::new)?;
    prefixes.retain(|entry| kinds.is_empty() || kinds.contains(&entry.kind.as_str()));
    let (mut keys, mut course) = (Vec::new(), Vec::new());
    if let Some(items) = source.read("item", None, Columns::Named(&["item_key", "item_code", "item_kind"]))? {
        let (codes, kinds) = (query::texts(&items, "item_code")?, query::texts(&items, "item_kind")?);
        let mut seen = BTreeSet::new();
        for ((key, code), kind) in query::integers(&items, "item_key", 0)?.into_iter().zip(codes).zip(kinds) {
            let code = code.map(|code| normalise(&code).into_owned()).unwrap_or_default();
            let national = code.len() == NATIONAL.0 && code.starts_with(NATIONAL.1);
            if (national || kind.as_deref() != Some("service")) && seen.insert(key) {
                keys.push(key);
                course.push(i64::from(national && prefixes.iter().any(|entry| code.starts_with(&entry.prefix))));
            }
        }
    }
    Ok(df!["item_key" => keys, "course" => course]?)
}
