//! In which unit a store counts: the books decide, since opening + received − issued is closing in one unit only.
//!
//! A balance may be in packs or in smallest units, whatever its conversion ratio says. Receipts and issues name their unit. An item whose books
//! add up in neither unit follows the other items of its house; where those do not agree, its balance is left out and counted.

use std::collections::{BTreeMap, HashMap};

use polars::prelude::*;

use super::sources::Reader;
use crate::spelling::normalise;

/// One, as ratios are stored.
const ONE_E4: i64 = 10_000;

/// Share of what went through a store by which its books may be off, per cent: breakage, counting.
const OFF_PCT: i128 = 2;

/// How many times worse the other unit must fit.
const CLEARLY: i128 = 5;

/// Decided items of a house that others follow, and the share of them that agree, per cent.
const FEWEST_DECIDED: usize = 3;
const AGREEING_PCT: usize = 80;

/// The three stock tables of a bucket, which holds institutions whole.
pub struct Stock {
    /// Opening and closing balances.
    pub balance: DataFrame,
    /// Receipts.
    pub received: DataFrame,
    /// Issues.
    pub issued: DataFrame,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    Pack,
    Smallest,
}

/// Institution and store item.
type Item = (i64, String);

/// What went through one store: in the unit named, and in none.
#[derive(Debug, Clone, Copy, Default)]
struct Moved {
    /// Smallest units.
    known_e4: i128,
    /// In whatever unit.
    unknown_e4: i128,
}

#[derive(Debug, Default)]
struct Book {
    open_e4: i128,
    close_e4: i128,
    gaps: bool,
    received: Moved,
    issued: Moved,
}

impl Stock {
    /// Puts the ratio of the unit that holds into every row; returns how many items were left out.
    ///
    /// # Errors
    /// If a column is missing: a bug.
    pub fn settle(&mut self) -> PolarsResult<u64> {
        let ratios = self.ratios()?;
        if ratios.is_empty() {
            return Ok(0);
        }
        self.received = with_unit_ratio(&self.received)?;
        self.issued = with_unit_ratio(&self.issued)?;
        let books = self.books(&ratios)?;
        let mut decided: BTreeMap<Item, Option<Unit>> = BTreeMap::new();
        for (item, ratio) in &ratios {
            if let Some(of_stores) = books.get(item) {
                decided.insert(item.clone(), unit_of(of_stores, *ratio));
            }
        }
        let mut votes: HashMap<i64, (usize, usize)> = HashMap::new();
        for ((institution, code), unit) in &decided {
            // Books without a change in stock fit both units.
            let idle = books
                .get(&(*institution, code.clone()))
                .is_some_and(|stores| stores.iter().all(|book| book.open_e4 == book.close_e4));
            let vote = votes.entry(*institution).or_default();
            match unit.filter(|_| !idle) {
                Some(Unit::Pack) => vote.0 += 1,
                Some(Unit::Smallest) => vote.1 += 1,
                None => {}
            }
        }
        let majority = |institution: i64| {
            let (packs, smallest) = votes.get(&institution).copied().unwrap_or_default();
            let (most, unit) = if packs >= smallest { (packs, Unit::Pack) } else { (smallest, Unit::Smallest) };
            (most >= FEWEST_DECIDED && most * 100 >= (packs + smallest) * AGREEING_PCT).then_some(unit)
        };
        let units: HashMap<Item, Option<Unit>> =
            decided.into_iter().map(|(item, unit)| (item.clone(), unit.or_else(|| majority(item.0)))).collect();
        let unclear = units.values().filter(|unit| unit.is_none()).count() as u64;
        let items = items(&self.balance)?;
        let unit = |item: &Option<Item>| item.as_ref().and_then(|item| units.get(item));
        let old = Reader(&self.balance).longs("pack_ratio_e4")?;
        let new: Int64Chunked = items
            .iter()
            .zip(old.iter())
            .map(|(item, ratio)| if unit(item) == Some(&Some(Unit::Smallest)) { Some(ONE_E4) } else { ratio })
            .collect();
        let kept: BooleanChunked = items.iter().map(|item| Some(unit(item) != Some(&None))).collect();
        self.balance.with_column(new.with_name("pack_ratio_e4".into()).into_column())?;
        self.balance = self.balance.filter(&kept)?;
        Ok(unclear)
    }

    /// Smallest units in a pack of every item of which a pack is more than one, where all tables say the same.
    fn ratios(&self) -> PolarsResult<BTreeMap<Item, i64>> {
        let mut ratios: BTreeMap<Item, Option<i64>> = BTreeMap::new();
        for table in [&self.balance, &self.received, &self.issued] {
            for (item, ratio) in items(table)?.into_iter().zip(Reader(table).longs("pack_ratio_e4")?.iter()) {
                let (Some(item), Some(ratio)) = (item, ratio.filter(|ratio| *ratio > 0 && *ratio != ONE_E4)) else {
                    continue;
                };
                let known = ratios.entry(item).or_insert(Some(ratio));
                if *known != Some(ratio) {
                    *known = None;
                }
            }
        }
        // 0: a pack that is told in several ways fits no book.
        Ok(ratios.into_iter().map(|(item, ratio)| (item, ratio.unwrap_or(0))).collect())
    }

    /// The books of each store of an item.
    fn books(&self, ratios: &BTreeMap<Item, i64>) -> PolarsResult<HashMap<Item, Vec<Book>>> {
        let mut books: BTreeMap<(Item, String), Book> = BTreeMap::new();
        let (opened, closed) =
            (Reader(&self.balance).longs("open_cnt_e4")?, Reader(&self.balance).longs("close_cnt_e4")?);
        for (at, (item, store)) in items(&self.balance)?.into_iter().zip(stores(&self.balance)?).enumerate() {
            let Some(item) = item.filter(|item| ratios.contains_key(item)) else { continue };
            let book = books.entry((item, store)).or_default();
            book.gaps |= opened.get(at).is_none() || closed.get(at).is_none();
            book.open_e4 += i128::from(opened.get(at).unwrap_or(0));
            book.close_e4 += i128::from(closed.get(at).unwrap_or(0));
        }
        for (table, receipts) in [(&self.received, true), (&self.issued, false)] {
            let (counts, own) = (Reader(table).longs("cnt_e4")?, Reader(table).longs("pack_ratio_e4")?);
            let (units, smallest) = (Reader(table).texts("unit")?, Reader(table).texts("smallest_unit")?);
            for (at, (item, store)) in items(table)?.into_iter().zip(stores(table)?).enumerate() {
                let Some(item) = item else { continue };
                let Some(ratio) = ratios.get(&item).copied() else { continue };
                let Some(book) = books.get_mut(&(item, store)) else { continue };
                let moved = if receipts { &mut book.received } else { &mut book.issued };
                let count = i128::from(counts.get(at).unwrap_or(0));
                match (units.get(at), smallest.get(at)) {
                    (Some(_), Some(_)) if own.get(at) == Some(ONE_E4) => moved.known_e4 += count,
                    (Some(_), Some(_)) => moved.known_e4 += count * i128::from(ratio) / i128::from(ONE_E4),
                    _ => moved.unknown_e4 += count,
                }
            }
        }
        let mut of_item: HashMap<Item, Vec<Book>> = HashMap::new();
        for ((item, _), book) in books {
            of_item.entry(item).or_default().push(book);
        }
        Ok(of_item)
    }
}

/// The unit in which the books of all stores of an item add up; `None` where neither or both do.
fn unit_of(books: &[Book], ratio: i64) -> Option<Unit> {
    if books.iter().any(|book| book.gaps) || ratio <= 0 {
        return None;
    }
    let in_smallest = |count: i128, unit: Unit| match unit {
        Unit::Pack => count * i128::from(ratio) / i128::from(ONE_E4),
        Unit::Smallest => count,
    };
    let both = [Unit::Pack, Unit::Smallest];
    // How far the books are off, with the units that receipts and issues do not name chosen best.
    let off = |balance: Unit| -> i128 {
        let of_choice = |received: Unit, issued: Unit| -> i128 {
            books
                .iter()
                .map(|book| {
                    let coming = book.received.known_e4 + in_smallest(book.received.unknown_e4, received);
                    let going = book.issued.known_e4 + in_smallest(book.issued.unknown_e4, issued);
                    (in_smallest(book.open_e4 - book.close_e4, balance) + coming - going).abs()
                })
                .sum()
        };
        both.iter()
            .flat_map(|received| both.iter().map(move |issued| (*received, *issued)))
            .map(|(one, other)| of_choice(one, other))
            .min()
            .unwrap_or(i128::MAX)
    };
    let through: i128 = books
        .iter()
        .map(|book| book.received.known_e4 + book.issued.known_e4 + book.received.unknown_e4 + book.issued.unknown_e4)
        .sum();
    let allowed = (through * OFF_PCT / 100).max(i128::from(ONE_E4) / 2);
    let (packs, smallest) = (off(Unit::Pack), off(Unit::Smallest));
    if books.iter().all(|book| book.open_e4 == book.close_e4) {
        return Some(Unit::Pack);
    }
    if packs <= allowed && packs * CLEARLY < smallest.max(1) {
        Some(Unit::Pack)
    } else if smallest <= allowed && smallest * CLEARLY < packs.max(1) {
        Some(Unit::Smallest)
    } else {
        None
    }
}

/// Institution and store item of each row.
fn items(table: &DataFrame) -> PolarsResult<Vec<Option<Item>>> {
    let (institutions, codes) = (Reader(table).longs("inst_key")?, Reader(table).texts("store_item_code")?);
    Ok(institutions
        .iter()
        .zip(codes.iter())
        .map(|(institution, code)| Some((institution?, code?.to_owned())))
        .collect())
}

/// Name of the store of each row.
fn stores(table: &DataFrame) -> PolarsResult<Vec<String>> {
    let (names, levels) = (Reader(table).texts("store_name")?, Reader(table).texts("store_level")?);
    Ok(names
        .iter()
        .zip(levels.iter())
        .map(|(name, level)| format!("{}|{}", name.unwrap_or_default(), level.unwrap_or_default()))
        .collect())
}

/// A slip that counts in smallest units has a ratio of one, whatever a pack holds.
fn with_unit_ratio(table: &DataFrame) -> PolarsResult<DataFrame> {
    let reader = Reader(table);
    let (units, smallest, ratios) =
        (reader.texts("unit")?, reader.texts("smallest_unit")?, reader.longs("pack_ratio_e4")?);
    let ratios: Int64Chunked = units
        .iter()
        .zip(smallest.iter())
        .zip(ratios.iter())
        .map(|((unit, smallest), ratio)| match unit.zip(smallest) {
            Some((unit, smallest)) if normalise(unit) == normalise(smallest) => Some(ONE_E4),
            _ => ratio,
        })
        .collect();
    let mut table = table.clone();
    table.with_column(ratios.with_name("pack_ratio_e4".into()).into_column())?;
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(open: i128, close: i128, received: i128, issued: i128) -> Vec<Book> {
        let moved = |known: i128| Moved { known_e4: known * 10_000, unknown_e4: 0 };
        vec![Book {
            open_e4: open * 10_000,
            close_e4: close * 10_000,
            gaps: false,
            received: moved(received),
            issued: moved(issued),
        }]
    }

    #[test]
    fn the_books_decide_the_unit() {
        // 21 packs of ten came, 197 pieces went: 10 + 210 − 197 = 23 pieces.
        assert_eq!(unit_of(&book(10, 23, 210, 197), 100_000), Some(Unit::Smallest));
        // 10 packs + 210 pieces − 180 pieces = 13 packs.
        assert_eq!(unit_of(&book(10, 13, 210, 180), 100_000), Some(Unit::Pack));
        // Two pieces broke.
        assert_eq!(unit_of(&book(10, 21, 210, 197), 100_000), Some(Unit::Smallest));
        // Neither fits, and a pack of unknown size fits nothing.
        assert_eq!(unit_of(&book(10, 90, 210, 197), 100_000), None);
        assert_eq!(unit_of(&book(10, 23, 210, 197), 0), None);
    }

    #[test]
    fn units_that_slips_do_not_name_are_tried() {
        let mut unnamed = book(10, 23, 0, 197);
        unnamed[0].received = Moved { known_e4: 0, unknown_e4: 210_000 };
        assert_eq!(unit_of(&unnamed, 100_000), Some(Unit::Smallest));
    }
}
