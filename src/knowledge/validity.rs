//! On which days the rows of a table hold beside each other: newer ones supersede older ones for later claims only.
//!
//! - A row holds from its first to its last day; a row without days always holds.
//! - Where a newer edition of a notice's rule is there, what an older edition says ends the day before, also about what the newer one no longer
//!   names. Batches of one edition stand beside each other.
//! - Of two rows about the same thing the one that begins later holds from its first day on. A row without days, a general fact, holds again
//!   where none with days does.
//! - Rows of one item are cut so that the days of any two of them are the same or do not overlap: a rule may then group by item and days.

use std::collections::{BTreeMap, BTreeSet};

use super::stored::{StoredFile, StoredRow};
use crate::calendar;
use crate::casestore::schema::OPEN_END_DAY;

/// First and last day.
type Days = (i32, i32);

/// The days on which each row holds, in the order of `rows`; a row may hold on several stretches of days, or on none.
pub(super) fn stretches(file: &StoredFile, rows: &[&StoredRow]) -> Vec<Vec<Days>> {
    let days: Vec<Days> = within_editions(file, rows);
    let mut held: Vec<Vec<Days>> = days.iter().map(|days| vec![*days]).collect();
    let mut by_subject: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        by_subject.entry(file.subject(row)).or_default().push(place);
    }
    for places in by_subject.values().filter(|places| places.len() > 1) {
        for &place in places {
            for &other in places.iter().filter(|other| days[**other].0 > days[place].0) {
                let (first, last) = days[other];
                let general = file.cell(rows[place], "begin_date").is_empty();
                held[place] = without(&held[place], (first, if general { last } else { OPEN_END_DAY }));
            }
        }
    }
    cut_alike(file, rows, &mut held);
    held
}

/// First and last day of each row, where newer editions of its rule end it.
fn within_editions(file: &StoredFile, rows: &[&StoredRow]) -> Vec<Days> {
    let stated = |row: &StoredRow| {
        let day = |name| calendar::parse_iso(file.cell(row, name));
        (day("begin_date").unwrap_or(0), day("end_date").unwrap_or(OPEN_END_DAY))
    };
    let edition = |row: &StoredRow| file.cell(row, "edition").parse::<u16>().ok();
    let mut begins: BTreeMap<(&str, u16), i32> = BTreeMap::new();
    for row in rows {
        if let Some(edition) = edition(row) {
            let first = stated(row).0;
            let begin = begins.entry((file.cell(row, "rule"), edition)).or_insert(first);
            *begin = first.min(*begin);
        }
    }
    let end = |row: &StoredRow| {
        let own = edition(row)?;
        let newer = begins.range((file.cell(row, "rule"), own + 1)..=(file.cell(row, "rule"), u16::MAX));
        newer.map(|(_, first)| first - 1).min()
    };
    rows.iter().map(|row| (stated(row).0, stated(row).1.min(end(row).unwrap_or(OPEN_END_DAY)))).collect()
}

/// Stretches without the days taken away.
fn without(stretches: &[Days], (first, last): Days) -> Vec<Days> {
    let parts = stretches.iter().flat_map(|&(begin, end)| [(begin, end.min(first - 1)), (begin.max(last + 1), end)]);
    // Where nothing is taken away, both parts are the whole.
    let parts: BTreeSet<Days> = parts.filter(|(begin, end)| begin <= end).collect();
    parts.into_iter().collect()
}

/// Cuts the stretches of all rows of an item where any of them begins or ends.
fn cut_alike(file: &StoredFile, rows: &[&StoredRow], held: &mut [Vec<Days>]) {
    let mut by_item: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        by_item.entry(file.subject(row).into_iter().next().unwrap_or_default()).or_default().push(place);
    }
    for places in by_item.values() {
        let all: BTreeSet<Days> = places.iter().flat_map(|place| held[*place].iter().copied()).collect();
        if all.len() < 2 {
            continue;
        }
        let begins: BTreeSet<i32> = all.iter().flat_map(|(begin, end)| [*begin, end + 1]).collect();
        for &place in places {
            held[place] = held[place].iter().flat_map(|days| pieces(*days, &begins)).collect();
        }
    }
}

/// A stretch cut before each of the days.
fn pieces((begin, end): Days, begins: &BTreeSet<i32>) -> Vec<Days> {
    let mut from = begin;
    let mut pieces = Vec::new();
    for next in begins.range(begin + 1..=end) {
        pieces.push((from, next - 1));
        from = *next;
    }
    pieces.push((from, end));
    pieces
}

#[cfg(test)]
mod tests {
    use super::super::stored::{Subject, stored_file};
    use super::*;

    /// Rows of sex limits: code, sex, first day, last day, edition.
    fn held(rows: &[(&str, &str, &str, &str, &str)]) -> Vec<Vec<Days>> {
        let file = stored_file("sex_limit", Subject::Item).expect("a kind");
        let rows: Vec<StoredRow> = rows
            .iter()
            .map(|(code, gend, begin, end, edition)| {
                let edition_rule = if edition.is_empty() { "" } else { "某规则" };
                let cells = [
                    ("item_code", *code),
                    ("gend", *gend),
                    ("begin_date", *begin),
                    ("end_date", *end),
                    ("edition", *edition),
                    ("rule", edition_rule),
                ];
                file.row(&cells.map(|(name, cell)| (name, cell.to_owned())))
            })
            .collect();
        stretches(file, &rows.iter().collect::<Vec<_>>())
    }

    const DAY: i32 = 20_089; // 2025-01-01

    #[test]
    fn rows_without_days_always_hold() {
        assert_eq!(
            held(&[("A1", "1", "", "", ""), ("A2", "1", "", "", "")]),
            [[(0, OPEN_END_DAY)], [(0, OPEN_END_DAY)]]
        );
    }

    #[test]
    fn a_later_row_holds_from_its_first_day_on() {
        let rows = [("A1", "1", "2024-01-01", "", ""), ("A1", "2", "2025-01-01", "2025-01-31", "")];
        assert_eq!(held(&rows), [[(DAY - 366, DAY - 1)], [(DAY, DAY + 30)]]);
        // A general fact holds again afterwards.
        let rows = [("A1", "1", "", "", ""), ("A1", "2", "2025-01-01", "2025-01-31", "")];
        assert_eq!(held(&rows), [vec![(0, DAY - 1), (DAY + 31, OPEN_END_DAY)], vec![(DAY, DAY + 30)]]);
    }

    #[test]
    fn a_newer_edition_ends_the_older_one_of_its_rule_also_where_it_is_silent() {
        let rows = [
            ("A1", "1", "2024-01-01", "", "2023"),
            ("A2", "1", "2024-01-01", "", "2023"),
            ("A3", "1", "2024-06-01", "", "2023"),
            ("A1", "1", "2025-01-01", "", "2024"),
        ];
        let held = held(&rows);
        assert_eq!(held[..2], [[(DAY - 366, DAY - 1)], [(DAY - 366, DAY - 1)]]);
        assert_eq!(held[3], [(DAY, OPEN_END_DAY)]);
        // Batches of one edition stand beside each other.
        assert_eq!(held[2][0].1, DAY - 1);
    }

    #[test]
    fn days_of_one_item_are_the_same_or_do_not_overlap() {
        let file = stored_file("second_operation", Subject::Item).expect("a kind");
        let row = |group: &str, begin: &str| {
            let cells = [("item_code", "A1"), ("operation_group", group), ("begin_date", begin)];
            file.row(&cells.map(|(name, cell)| (name, cell.to_owned())))
        };
        let rows = [row("甲", ""), row("乙", "2025-01-01")];
        let held = stretches(file, &rows.iter().collect::<Vec<_>>());
        assert_eq!(held, [vec![(0, DAY - 1), (DAY, OPEN_END_DAY)], vec![(DAY, OPEN_END_DAY)]]);
    }
}
