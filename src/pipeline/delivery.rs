//! What is in a store, before rules run over it: months, institutions, losses, and which rules could run.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::error::PipelineError;
use super::needs::Needs;
use super::rules::{blind, damage};
use super::tables::Tables;
use crate::calendar;
use crate::casestore::schema;
use crate::casestore::source::TableSource;
use crate::import::loss_text;
use crate::import::summary::ImportSummary;
use crate::lang::{Lang, Text};
use crate::report::delivery::{Delivery, Period, Place, Readiness, State, asks};
use crate::rules::Catalog;
use crate::rules::catalog::Rule;
use crate::rules::runner;
use crate::sql::engine::{Bucket, Plan};

/// The canonical tables that have days, and the day that says when.
const DAYS: [(&str, &str); 9] = [
    ("visit", "adm_day"),
    ("settlement", "setl_day"),
    ("fee", "fee_day"),
    ("operation", "oprn_day"),
    ("exam", "exam_day"),
    ("lab", "machine_day"),
    ("order_execute", "order_day"),
    ("stock_in", "in_day"),
    ("stock_out", "out_day"),
];

/// Months that a table may span before a single mistyped year is taken for its end: sixty years.
const LONGEST: i32 = 720;

/// Looks at what was imported, for `rules` of `catalog`; `period` are the days that were asked for.
///
/// # Errors
/// If a table of the store cannot be read.
pub fn delivery(
    tables: &Tables<'_>,
    imported: ImportSummary,
    catalog: &Catalog,
    rules: &[&Rule],
) -> Result<Delivery, PipelineError> {
    let whole = Bucket::open(tables, None);
    let mut periods = Vec::new();
    for (table, day) in DAYS {
        periods.extend(period(&whole, tables, table, day, imported.period)?);
    }
    let needs = Needs::of(catalog);
    let blind = blind(rules, &needs, &imported.losses, tables)?;
    let mut readiness = Vec::new();
    for rule in rules {
        let missing = match blind.iter().find(|(blind, _)| blind.spec.id == rule.spec.id) {
            Some((_, why)) => Some(why.clone()),
            None => runner::missing(rule, tables)?.map(|(zh, en)| Text::new(zh, en)),
        };
        let damage = damage(&needs.rule(&rule.spec.id), &imported.losses);
        let told = |lang: Lang, gap: &str| damage.iter().map(|one| one.what.pick(lang)).collect::<Vec<_>>().join(gap);
        let (state, why) = match missing {
            Some(why) => (State::Missing, why),
            None if !damage.is_empty() => (State::Damaged, Text::new(told(Lang::Zh, "；"), told(Lang::En, "; "))),
            None => (State::Ready, Text::default()),
        };
        let title = rule.spec.title.clone();
        readiness.push(Readiness {
            rule_id: rule.spec.id.clone(),
            model: i32::from(rule.spec.model),
            title,
            state,
            why,
        });
    }
    Ok(Delivery {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        headline: loss_text::headline(&imported.losses),
        asks: asks(&imported, &periods),
        tables: tables.store().index.rows.clone(),
        institutions: institutions(&whole, tables)?,
        periods,
        rules: readiness,
        imported,
    })
}

/// The months of a table; none where it has no rows with a day.
fn period(
    whole: &Bucket<'_>,
    tables: &Tables<'_>,
    table: &str,
    day: &str,
    asked: Option<(i32, i32)>,
) -> Result<Option<Period>, PipelineError> {
    if tables.rows(table)? == 0 {
        return Ok(None);
    }
    let sql = format!("SELECT {day} AS day, COUNT(*) AS row_count FROM {table} WHERE {day} IS NOT NULL GROUP BY {day}");
    let days: BTreeMap<i32, u64> = pairs(&whole.rows(&Plan::parse(&sql)?)?, "day")?
        .into_iter()
        .filter_map(|(day, count)| Some((i32::try_from(day).ok()?, count)))
        .collect();
    let Some(((first, _), (last, _))) = days.first_key_value().zip(days.last_key_value()) else { return Ok(None) };
    let mut months: BTreeMap<i32, u64> = BTreeMap::new();
    for (day, count) in &days {
        if let Some(month) = calendar::month(*day) {
            *months.entry(month).or_default() += count;
        }
    }
    let ends = asked.unwrap_or((*first, *last));
    let missing = match (calendar::month(ends.0), calendar::month(ends.1)) {
        (Some(from), Some(to)) if to - from <= LONGEST => {
            (from..=to).filter(|month| !months.contains_key(month)).map(calendar::month_name).collect()
        }
        _ => Vec::new(),
    };
    let known = schema::table(table);
    let title =
        |text: Option<&str>, colon: char| text.and_then(|text| text.split(colon).next()).unwrap_or(table).to_owned();
    Ok(Some(Period {
        table: table.to_owned(),
        title: Text::new(title(known.map(|known| known.zh.as_str()), '：'), table),
        rows: days.values().sum(),
        first: calendar::iso(*first),
        last: calendar::iso(*last),
        months: months.into_iter().map(|(month, rows)| (calendar::month_name(month), rows)).collect(),
        missing,
    }))
}

/// Who is in it, those with most fee lines first.
fn institutions(whole: &Bucket<'_>, tables: &Tables<'_>) -> Result<Vec<Place>, PipelineError> {
    let mut counts: BTreeMap<i64, [u64; 2]> = BTreeMap::new();
    for (at, table) in ["visit", "fee"].into_iter().enumerate() {
        if tables.rows(table)? > 0 {
            let sql = format!("SELECT inst_key, COUNT(*) AS row_count FROM {table} GROUP BY inst_key");
            for (key, count) in pairs(&whole.rows(&Plan::parse(&sql)?)?, "inst_key")? {
                counts.entry(key).or_default()[at] += count;
            }
        }
    }
    if tables.rows("institution")? == 0 {
        return Ok(Vec::new());
    }
    let rows = whole.rows(&Plan::parse("SELECT inst_key, fixmedins_code, fixmedins_name FROM institution")?)?;
    let (keys, codes) = (rows.column("inst_key")?.i64()?, rows.column("fixmedins_code")?.str()?);
    let names = rows.column("fixmedins_name")?.str()?;
    let mut places: Vec<Place> = keys
        .iter()
        .zip(codes.iter())
        .zip(names.iter())
        .filter_map(|((key, code), name)| {
            let [visits, fee_lines] = counts.get(&key?).copied().unwrap_or_default();
            Some(Place { code: code.unwrap_or_default().to_owned(), name: name.map(str::to_owned), visits, fee_lines })
        })
        .collect();
    places.sort_by(|one, other| {
        (other.fee_lines, other.visits, &one.code).cmp(&(one.fee_lines, one.visits, &other.code))
    });
    Ok(places)
}

/// A column of whole numbers and the counts beside it.
fn pairs(rows: &DataFrame, column: &str) -> PolarsResult<Vec<(i64, u64)>> {
    let keys = rows.column(column)?.cast(&DataType::Int64)?;
    let counts = rows.column("row_count")?.cast(&DataType::UInt64)?;
    Ok(keys.i64()?.iter().zip(counts.u64()?.iter()).filter_map(|(key, count)| Some((key?, count?))).collect())
}
