//! Visits, diagnoses and operations that both sides delivered, put together: the bureau's stand, the hospital's fill what they leave empty.

use std::collections::HashMap;

use polars::prelude::*;

use super::gather::Reader;

/// Columns of a visit that the hospital's row fills where the bureau's is empty.
const VISIT_DETAILS: &[&str] = &[
    "dr_key",
    "dept_key",
    "care_setting",
    "med_type",
    "insutype",
    "adm_min",
    "dscg_min",
    "main_dx",
    "main_dx_name",
    "dscg_way",
    "gend",
    "birth_day",
    "age",
    "bed_no",
    "ipt_otp_no",
    "medrcdno",
    "insu_admdvs",
];

/// Columns of an operation that the hospital's row fills.
const OPERATION_DETAILS: &[&str] = &[
    "oprn_name",
    "oprn_day",
    "oprn_begin_min",
    "oprn_end_min",
    "anst_way",
    "anst_begin_min",
    "anst_end_min",
    "oper_dr_key",
    "anst_dr_key",
];

/// `rows` with the empty cells of `columns` filled from the row of `others` at the same place in `from`.
pub fn fill(rows: &DataFrame, others: &DataFrame, from: &[Option<usize>], columns: &[&str]) -> PolarsResult<DataFrame> {
    let places: IdxCa = from.iter().map(|at| at.and_then(|at| IdxSize::try_from(at).ok())).collect();
    let mut filled = rows.clone();
    for name in columns {
        let own = rows.column(name)?.as_materialized_series().clone();
        let other = others.column(name)?.as_materialized_series().cast(own.dtype())?.take(&places)?;
        let series = own.zip_with(&own.is_not_null(), &other)?;
        filled.with_column(series.with_name((*name).into()).into_column())?;
    }
    Ok(filled)
}

/// Parts of visits of a person bucket; `met` are the hospital's parts of the same visits, whose money is not added.
///
/// # Errors
/// If a column is missing: a bug.
pub fn merge_visits(parts: &DataFrame, met: &DataFrame) -> PolarsResult<DataFrame> {
    let mut of_visit: HashMap<i64, usize> = HashMap::new();
    let theirs = Reader(met);
    // By the unit, which the order of rows and files does not change: the bill with the latest discharge tells the stay, as in a store of one side.
    let (keys, days, units) = (theirs.longs("visit_key")?, theirs.ints("dscg_day")?, theirs.longs("unit_key")?);
    for (at, key) in keys.iter().enumerate() {
        let Some(key) = key else { continue };
        let known = of_visit.entry(key).or_insert(at);
        if (days.get(at), units.get(at)) > (days.get(*known), units.get(*known)) {
            *known = at;
        }
    }
    let from: Vec<Option<usize>> =
        Reader(parts).longs("visit_key")?.iter().map(|key| key.and_then(|key| of_visit.get(&key).copied())).collect();
    let mut merged = fill(parts, met, &from, VISIT_DETAILS)?;
    let both: Int32Chunked = from.iter().map(|at| Some(i32::from(at.is_some()))).collect();
    merged
        .with_column(both.with_name("two_sources".into()).into_column().cast(parts.column("two_sources")?.dtype())?)?;
    Ok(merged)
}

/// Diagnoses of a person bucket: a code that the bureau's row has is not told twice, and a visit has the main one of the bureau.
///
/// # Errors
/// If a column is missing: a bug.
pub fn merge_diagnoses(parts: DataFrame, visits: &DataFrame, met: &DataFrame) -> PolarsResult<DataFrame> {
    let mut known: std::collections::HashSet<(i64, String)> = std::collections::HashSet::new();
    let mut mains: std::collections::HashSet<i64> = std::collections::HashSet::new();
    {
        let ours = Reader(&parts);
        let (keys, codes, is_main) = (ours.longs("visit_key")?, ours.texts("dx_code")?, ours.ints("is_main")?);
        for ((key, code), main) in keys.iter().zip(codes.iter()).zip(is_main.iter()) {
            let (Some(key), Some(code)) = (key, code) else { continue };
            known.insert((key, code.to_owned()));
            if main == Some(1) {
                mains.insert(key);
            }
        }
        let visits = Reader(visits);
        let (keys, codes) = (visits.longs("visit_key")?, visits.texts("main_dx")?);
        mains.extend(keys.iter().zip(codes.iter()).filter_map(|(key, code)| code.and(key)));
    }
    let theirs = Reader(met);
    let (keys, codes, is_main) = (theirs.longs("visit_key")?, theirs.texts("dx_code")?, theirs.ints("is_main")?);
    let fresh: BooleanChunked = keys
        .iter()
        .zip(codes.iter())
        .map(|(key, code)| Some(key.zip(code).is_some_and(|(key, code)| !known.contains(&(key, code.to_owned())))))
        .collect();
    let main: Int32Chunked = keys
        .iter()
        .zip(is_main.iter())
        .map(|(key, main)| if key.is_some_and(|key| mains.contains(&key)) { Some(0) } else { main })
        .collect();
    let mut added = met.clone();
    added.with_column(main.with_name("is_main".into()).into_column())?;
    stacked(parts, added.filter(&fresh)?)
}

/// Operations of a person bucket: one of the same code on the same day is the same, and gets the times that only the hospital wrote down.
///
/// # Errors
/// If a column is missing: a bug.
pub fn merge_operations(parts: DataFrame, met: &DataFrame) -> PolarsResult<DataFrame> {
    let mut open: HashMap<(i64, String), Vec<usize>> = HashMap::new();
    let theirs = Reader(met);
    let (keys, codes, days) = (theirs.longs("visit_key")?, theirs.texts("oprn_code")?, theirs.ints("oprn_day")?);
    for (at, (key, code)) in keys.iter().zip(codes.iter()).enumerate() {
        if let (Some(key), Some(code)) = (key, code) {
            open.entry((key, code.to_owned())).or_default().push(at);
        }
    }
    // The order of rows says nothing: the earliest operation, then by what else is known of it.
    let details = ["oprn_begin_min", "oprn_end_min", "anst_begin_min", "anst_end_min", "oper_dr_key", "anst_dr_key"];
    let details = details.iter().map(|name| theirs.longs(name)).collect::<PolarsResult<Vec<_>>>()?;
    for places in open.values_mut() {
        places.sort_by_cached_key(|at| {
            let of_row: Vec<Option<i64>> = details.iter().map(|column| column.get(*at)).collect();
            (days.get(*at), of_row)
        });
    }
    let ours = Reader(&parts);
    let (our_keys, our_codes, our_days) = (ours.longs("visit_key")?, ours.texts("oprn_code")?, ours.ints("oprn_day")?);
    let mut from: Vec<Option<usize>> = Vec::with_capacity(parts.height());
    let mut used = vec![false; met.height()];
    for at in 0..parts.height() {
        let (Some(key), Some(code)) = (our_keys.get(at), our_codes.get(at)) else {
            from.push(None);
            continue;
        };
        let same_day = |other: &usize| match (our_days.get(at), days.get(*other)) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        let found =
            open.get(&(key, code.to_owned())).and_then(|others| others.iter().find(|other| same_day(other)).copied());
        // The bills of one stay name the same operation each.
        for other in open.get(&(key, code.to_owned())).into_iter().flatten().filter(|other| same_day(other)) {
            used[*other] = true;
        }
        from.push(found);
    }
    let filled = fill(&parts, met, &from, OPERATION_DETAILS)?;
    let fresh: BooleanChunked = used.iter().map(|used| Some(!used)).collect();
    stacked(filled, met.filter(&fresh)?)
}

/// `more` below `rows`, in the types of `rows`.
pub fn stacked(rows: DataFrame, more: DataFrame) -> PolarsResult<DataFrame> {
    let columns: Vec<Expr> =
        rows.columns().iter().map(|column| col(column.name().clone()).cast(column.dtype().clone())).collect();
    rows.vstack(&more.lazy().select(columns).collect()?)
}
