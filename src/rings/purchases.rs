//! What the visits of a ring were for: how many members got the same item, and how much of the money went for drugs known to be resold.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::error::RingsError;
use super::model::RingVisit;
use super::query;
use crate::casestore::source::{TableSource, matching};
use crate::frames::Columns;
use crate::spelling::normalise;

/// A fee line with an item.
#[derive(Debug, Clone, Copy)]
struct Line {
    person: i64,
    item: i64,
    day: i64,
    /// Paid by the fund, fen.
    fund_fen: i64,
}

/// The fee lines of some visits, by visit; none where the store has no lines.
#[derive(Debug, Default)]
pub struct Purchases {
    lines: HashMap<i64, Vec<Line>>,
    /// Items that are drugs known to be resold, with the first and last days of the knowledge.
    resold: BTreeMap<i64, Vec<(i64, i64)>>,
}

impl Purchases {
    /// The lines of the visits with these keys.
    ///
    /// # Errors
    /// If a table cannot be read.
    pub fn read(source: &dyn TableSource, visits: &[i64]) -> Result<Self, RingsError> {
        let mut lines: HashMap<i64, Vec<Line>> = HashMap::new();
        let columns = ["visit_key", "psn_key", "item_key", "fee_day", "fund_fen"];
        for bucket in 0..source.buckets() {
            let Some(rows) = matching(source, "fee", Some(bucket), &columns, visits)? else {
                continue;
            };
            let (visits, persons) = (query::integers(&rows, "visit_key", 0)?, query::integers(&rows, "psn_key", 0)?);
            let (items, funds) = (query::optional(&rows, "item_key")?, query::integers(&rows, "fund_fen", 0)?);
            let days = query::integers(&rows, "fee_day", 0)?;
            for row in 0..visits.len() {
                if let Some(item) = items[row] {
                    let line = Line { person: persons[row], item, day: days[row], fund_fen: funds[row] };
                    lines.entry(visits[row]).or_default().push(line);
                }
            }
        }
        if lines.is_empty() {
            return Ok(Self::default());
        }
        let items: BTreeSet<i64> = lines.values().flatten().map(|line| line.item).collect();
        let resold = resold(source, &items.into_iter().collect::<Vec<_>>())?;
        Ok(Self { lines, resold })
    }

    fn of<'a>(&'a self, visits: &'a [RingVisit]) -> impl Iterator<Item = &'a Line> {
        visits.iter().filter_map(|visit| self.lines.get(&visit.visit_key)).flatten()
    }

    /// Persons who got the item that most of them got at these visits.
    pub fn most_buyers(&self, visits: &[RingVisit]) -> usize {
        let mut buyers: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
        for line in self.of(visits) {
            buyers.entry(line.item).or_default().insert(line.person);
        }
        buyers.values().map(BTreeSet::len).max().unwrap_or(0)
    }

    /// Share of the fund money of these visits' lines that went for drugs known to be resold, percent; none without such money.
    pub fn resale_pct(&self, visits: &[RingVisit]) -> Option<i64> {
        let (mut drugs, mut all) = (0_i64, 0_i64);
        for line in self.of(visits) {
            all += line.fund_fen;
            let spans = self.resold.get(&line.item);
            let known = spans.is_some_and(|spans| spans.iter().any(|(begin, end)| (*begin..=*end).contains(&line.day)));
            drugs += if known { line.fund_fen } else { 0 };
        }
        (all > 0).then(|| drugs * 100 / all)
    }
}

/// Those of `items` that the knowledge folder lists as resold, with the first and last days on which its rows hold.
fn resold(source: &dyn TableSource, items: &[i64]) -> Result<BTreeMap<i64, Vec<(i64, i64)>>, RingsError> {
    let columns = Columns::Named(&["resale_drug_name", "begin_day", "end_day"]);
    let Some(rows) = source.read("k_resale_drug", None, columns)? else { return Ok(BTreeMap::new()) };
    let spans = query::integers(&rows, "begin_day", 0)?.into_iter().zip(query::integers(&rows, "end_day", 0)?);
    let mut known: BTreeMap<String, Vec<(i64, i64)>> = BTreeMap::new();
    for (name, span) in query::texts(&rows, "resale_drug_name")?.into_iter().zip(spans) {
        if let Some(name) = name {
            known.entry(normalise(&name).into_owned()).or_default().push(span);
        }
    }
    let Some(rows) = matching(source, "item", None, &["item_key", "item_name"], items)? else {
        return Ok(BTreeMap::new());
    };
    let (keys, names) = (query::integers(&rows, "item_key", 0)?, query::texts(&rows, "item_name")?);
    let spans_of = |name: Option<String>| known.get(normalise(&name?).as_ref()).cloned();
    Ok(keys.into_iter().zip(names).filter_map(|(key, name)| Some((key, spans_of(name)?))).collect())
}
