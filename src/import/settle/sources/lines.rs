//! Fee lines that both sides delivered: paired line by line, then by sums, so that no amount counts twice.

use std::collections::{BTreeMap, HashMap, HashSet};

use polars::prelude::*;

use super::gather::Reader;
use super::merge::{fill, stacked};

/// Columns of a line that the hospital's fills where the bureau's is empty.
const DETAILS: &[&str] = &[
    "dr_key",
    "exec_dr_key",
    "dept_key",
    "exec_dept_key",
    "rx_key",
    "item_key",
    "hilist_key",
    "item_local",
    "hosp_item_key",
    "pair_key",
    "chrgitm_lv",
    "prd_days",
    "dose_text",
    "freq_text",
];

/// What became of the lines of a bucket.
pub struct Lines {
    /// Canonical fee lines of both sides, each once.
    pub fee: DataFrame,
    /// Lines of either side that have no partner in a visit of which both sides have lines: `kind` and the columns of a line.
    pub alone: DataFrame,
}

/// One side's lines as they are compared.
struct Side {
    group: Vec<Option<i64>>,
    item: Int64Chunked,
    hosp_item: Int64Chunked,
    day: Int32Chunked,
    cnt: Int64Chunked,
    gross: Int64Chunked,
    /// Order among equal lines.
    order: Vec<(Option<i64>, i64)>,
    taken: Vec<bool>,
}

impl Side {
    fn of(rows: &DataFrame, group: impl Fn(i64) -> Option<i64>) -> PolarsResult<Self> {
        let reader = Reader(rows);
        let visits = reader.longs("visit_key")?;
        let (minutes, keys) = (reader.longs("fee_min")?, reader.longs("fee_key")?);
        Ok(Self {
            group: visits.iter().map(|visit| visit.and_then(&group)).collect(),
            item: reader.longs("item_key")?,
            hosp_item: reader.longs("hosp_item_key")?,
            day: reader.ints("fee_day")?,
            cnt: reader.longs("cnt_e4")?,
            gross: reader.longs("gross_fen")?,
            order: minutes.iter().zip(keys.iter()).map(|(minute, key)| (minute, key.unwrap_or(0))).collect(),
            taken: vec![false; rows.height()],
        })
    }

    /// What is left, grouped by the columns that `by` compares.
    fn left(&self, by: Compared) -> BTreeMap<[Option<i64>; 5], Vec<usize>> {
        let mut groups: BTreeMap<[Option<i64>; 5], Vec<usize>> = BTreeMap::new();
        for at in (0..self.taken.len()).filter(|at| !self.taken[*at]) {
            let item = if by.hosp_item { self.hosp_item.get(at) } else { self.item.get(at) };
            let (Some(group), Some(item)) = (self.group[at], item) else { continue };
            let day = if by.day { self.day.get(at).map(i64::from) } else { None };
            let (cnt, gross) = if by.sums { (None, None) } else { (self.cnt.get(at), self.gross.get(at)) };
            groups.entry([Some(group), Some(item), day, cnt, gross]).or_default().push(at);
        }
        for group in groups.values_mut() {
            group.sort_by_key(|at| self.order[*at]);
        }
        groups
    }

    fn sums(&self, lines: &[usize]) -> (i64, i64) {
        let sum = |column: &Int64Chunked| lines.iter().filter_map(|at| column.get(*at)).sum();
        (sum(&self.cnt), sum(&self.gross))
    }
}

/// What a round of pairing compares, besides the visit.
#[derive(Clone, Copy)]
struct Compared {
    hosp_item: bool,
    day: bool,
    sums: bool,
}

/// Merges the lines of a person bucket. `met` are the hospital's lines under the bureau's visits; `groups` the leading visit of each visit that
/// both sides have.
///
/// Where the bureau delivered no lines of a visit at all, the hospital's are the visit's lines, their shares scaled to what the fund paid.
///
/// # Errors
/// If a column is missing: a bug.
pub fn merge_lines(
    fee: DataFrame,
    met: &DataFrame,
    groups: &HashMap<i64, i64>,
    paid: &HashMap<i64, (i64, i64)>,
) -> PolarsResult<Lines> {
    let mut ours = Side::of(&fee, |visit| groups.get(&visit).copied())?;
    let mut theirs = Side::of(met, |visit| groups.get(&visit).copied().or(Some(visit)))?;
    let mut from: Vec<Option<usize>> = vec![None; fee.height()];
    let mut exact: Vec<Option<usize>> = vec![None; fee.height()];
    let has_lines: HashSet<i64> = ours.group.iter().flatten().copied().collect();
    for sums in [false, true] {
        for day in [true, false] {
            for hosp_item in [false, true] {
                if !sums && !day {
                    continue;
                }
                let by = Compared { hosp_item, day, sums };
                let (left, others) = (ours.left(by), theirs.left(by));
                for (key, lines) in left {
                    let Some(other_lines) = others.get(&key) else { continue };
                    if !sums {
                        for (one, other) in lines.iter().zip(other_lines) {
                            (ours.taken[*one], theirs.taken[*other]) = (true, true);
                            (from[*one], exact[*one]) = (Some(*other), Some(*other));
                        }
                    } else if ours.sums(&lines) == theirs.sums(other_lines) {
                        for one in &lines {
                            ours.taken[*one] = true;
                            from[*one] = other_lines.first().copied();
                        }
                        other_lines.iter().for_each(|other| theirs.taken[*other] = true);
                    }
                }
            }
        }
    }
    let filled = fill(&fee, met, &from, DETAILS)?;
    let mut filled = fill(&filled, met, &exact, &["fee_min"])?;
    for flag in ["take_home", "external_exam"] {
        let (own, other) = (Reader(&fee).ints(flag)?, Reader(met).ints(flag)?);
        let either = own.iter().zip(&exact).map(|(own, at)| own.max(at.and_then(|at| other.get(at))));
        let either: Int32Chunked = either.collect();
        filled.with_column(either.with_name(flag.into()).into_column().cast(fee.column(flag)?.dtype())?)?;
    }
    let sole: Vec<bool> =
        theirs.group.iter().map(|group| group.is_some_and(|group| !has_lines.contains(&group))).collect();
    let alone = alone(&fee, met, &ours, &theirs, &sole)?;
    let kept = scaled(met.filter(&BooleanChunked::from_slice("sole".into(), &sole))?, paid)?;
    Ok(Lines { fee: stacked(filled, kept)?, alone })
}

/// Lines without a partner, of visits of which both sides have lines.
fn alone(fee: &DataFrame, met: &DataFrame, ours: &Side, theirs: &Side, sole: &[bool]) -> PolarsResult<DataFrame> {
    let compared: HashSet<i64> = theirs.group.iter().flatten().copied().collect();
    let of_bureau: BooleanChunked = ours
        .group
        .iter()
        .zip(&ours.taken)
        .map(|(group, taken)| Some(!taken && group.is_some_and(|group| compared.contains(&group))))
        .collect();
    let of_hospital: BooleanChunked =
        theirs.taken.iter().zip(sole).map(|(taken, sole)| Some(!taken && !sole)).collect();
    let told = |rows: DataFrame, kind: &str| rows.lazy().with_column(lit(kind).alias("kind")).collect();
    let bureau = told(fee.filter(&of_bureau)?, "bureau-only")?;
    stacked(bureau, told(met.filter(&of_hospital)?, "hospital-only")?)
}

/// The hospital's lines of visits without any line of the bureau: their shares add up to what the bureau paid, `paid` by visit: scope and fund.
fn scaled(rows: DataFrame, paid: &HashMap<i64, (i64, i64)>) -> PolarsResult<DataFrame> {
    let reader = Reader(&rows);
    let (visits, keys) = (reader.longs("visit_key")?, reader.longs("fee_key")?);
    let mut order: Vec<usize> = (0..rows.height()).collect();
    order.sort_by_key(|at| keys.get(*at));
    let mut scaled = rows.clone();
    // By scope amounts; by what was billed in exports without any.
    let weights = reader.longs("inscp_fen")?;
    let weights =
        if weights.iter().flatten().any(|amount| amount > 0) { weights } else { reader.longs("gross_fen")? };
    for (name, of_pair) in [("inscp_fen", 0), ("fund_fen", 1)] {
        let own = reader.longs(name)?;
        let mut sums: HashMap<i64, i128> = HashMap::new();
        for (visit, amount) in visits.iter().zip(weights.iter()) {
            *sums.entry(visit.unwrap_or(0)).or_default() += i128::from(amount.unwrap_or(0));
        }
        let mut running: HashMap<i64, i128> = HashMap::new();
        let mut shares = vec![0i64; rows.height()];
        for &at in &order {
            let (visit, amount) = (visits.get(at).unwrap_or(0), weights.get(at).unwrap_or(0));
            let sum = sums.get(&visit).copied().unwrap_or(0);
            let whole = paid.get(&visit).map(|paid| if of_pair == 0 { paid.0 } else { paid.1 });
            shares[at] = match whole.filter(|_| sum > 0) {
                None => own.get(at).unwrap_or(0),
                Some(whole) => {
                    let before = running.entry(visit).or_default();
                    let share = |sum_to: i128| (sum_to * i128::from(whole) * 2 + sum) / (2 * sum);
                    let part = share(*before + i128::from(amount)) - share(*before);
                    *before += i128::from(amount);
                    i64::try_from(part).unwrap_or(0)
                }
            };
        }
        scaled.with_column(Column::new(name.into(), shares))?;
    }
    Ok(scaled)
}
