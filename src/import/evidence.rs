//! What the values of a file say about its columns: in which order dates stand, whether long codes lost their digits.
//!
//! It is gathered while the cells are typed and added up over blocks and files; sums, minima and sets of bounded size only, so that it is the
//! same however a table was cut. `decisions` draws the conclusions.

use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh3::xxh3_64;

use super::dates::{Order, Style};
use crate::calendar;
use crate::casestore::store::Example;

/// Digits that spreadsheets keep.
const KEPT_DIGITS: usize = 15;
/// Part of a column that was rounded, in percent; below, serial numbers in round steps look so.
const ROUNDED_PART: u64 = 15;
/// Distinct values that are told apart.
const DISTINCT: usize = 64;
/// Dates, of those that a spreadsheet read and of those that it left as text each, that show which it could read: twenty dates of a month all
/// fall on its first twelve days by chance once in a hundred million.
const SWAPPED_DATES: u64 = 20;
/// Persons with rounded numbers that are looked at.
const PERSONS: usize = 1_024;
/// A file with so many codes that went through no float is not looked at further for those that did.
const ENOUGH_ODD: u64 = 64;

/// The smallest hashes of a set of values: the same whatever the order they come in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Distinct(BTreeSet<u64>);

impl Distinct {
    fn insert(&mut self, hash: u64) {
        if self.0.len() >= DISTINCT && self.0.last().is_some_and(|last| hash >= *last) {
            return;
        }
        self.0.insert(hash);
        if self.0.len() > DISTINCT {
            self.0.pop_last();
        }
    }

    /// Distinct values, at most [`DISTINCT`].
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Dates of one style that only their order explains.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Orders {
    /// Cells by the set of orders that the calendar allows.
    pub by_set: [u64; 8],
    /// The first of them.
    pub example: Option<Example>,
}

/// What the long numbers of a column of codes look like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LongCodes {
    /// Codes of more than fifteen digits and nothing else.
    pub cells: u64,
    /// By their length from sixteen digits on, longer ones in the last.
    pub by_length: [u64; 6],
    /// Those with nothing but zeros behind the fifteenth digit.
    pub rounded: u64,
    /// Distinct ones among those.
    pub rounded_distinct: Distinct,
    /// Those that end in an odd digit: no float of this size does.
    pub odd: u64,
    /// Those that are just what a float of 53 bits holds.
    pub float: u64,
    /// Distinct ones among those.
    pub float_distinct: Distinct,
    /// Of the distinct ones, those that are no multiple of twice the float's step.
    pub float_finest: Distinct,
}

/// What the cells of one column say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnEvidence {
    /// Dates that only their order explains, by their style.
    pub orders: BTreeMap<Style, Orders>,
    /// Dates with the year in front, or kept as dates by a spreadsheet.
    pub plain_dates: u64,
    /// One of those is after the twelfth of its month.
    pub late_day: bool,
    /// Times said to be Greenwich's.
    pub greenwich: u64,
    /// Of those, at times of day that a hospital has when the clock is Beijing's.
    pub beijing_clock: u64,
    /// Of those, at times of day that a hospital has when the clock is Greenwich's.
    pub greenwich_clock: u64,
    /// Long codes.
    pub long: LongCodes,
    /// Numbers with a decimal comma for certain.
    pub commas: u64,
    /// Of a column that numbers fee lines, some of its distinct values: one, if there is only one.
    pub numbers: Distinct,
}

/// What a file says.
#[derive(Debug, Clone, Default)]
pub struct FileEvidence {
    /// The file.
    pub source: String,
    /// Its layout.
    pub layout: String,
    /// By the layout's name of the column: the header in the file, the cells filled, and what they say.
    pub columns: BTreeMap<String, (String, u64, ColumnEvidence)>,
    /// Rows read.
    pub rows: u64,
    /// The columns that number its fee lines.
    pub number_columns: BTreeSet<String>,
    /// Column names whose role is to number persons.
    pub person_columns: BTreeSet<String>,
    /// Rounded person numbers and who has them.
    pub persons: Persons,
    /// Of all person numbers, some, and the days of birth on the cards of who has them.
    pub people: Persons,
}

/// Rounded person numbers, each with what tells the persons apart that have it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Persons(BTreeMap<u64, BTreeSet<u64>>);

impl Persons {
    /// Notes that whoever has this number is `who`.
    pub fn note(&mut self, number: &str, who: &str) {
        self.add(xxh3_64(number.as_bytes()), [xxh3_64(who.as_bytes())]);
    }

    fn add(&mut self, number: u64, who: impl IntoIterator<Item = u64>) {
        if self.0.len() >= PERSONS && self.0.last_key_value().is_some_and(|(last, _)| number > *last) {
            return;
        }
        let known = self.0.entry(number).or_default();
        known.extend(who);
        // Three are many; the smallest three are the same in whatever order they come.
        while known.len() > 3 {
            known.pop_last();
        }
        if self.0.len() > PERSONS {
            self.0.pop_last();
        }
    }

    /// Adds those of another block or file.
    pub fn merge(&mut self, other: &Self) {
        for (number, who) in &other.0 {
            self.add(*number, who.iter().copied());
        }
    }

    /// Whether numbers name nobody: a fifth of them and more belong to persons of different birth. A card that was mistyped once, or changed,
    /// is far rarer.
    pub fn name_nobody(&self) -> bool {
        self.shared() >= 5 && self.shared() * 5 >= self.0.len()
    }

    /// Numbers that several persons have.
    pub fn shared(&self) -> usize {
        self.0.values().filter(|who| who.len() > 1).count()
    }
}

/// Whether a number of more than fifteen digits has only zeros behind them: what a spreadsheet makes of any.
///
/// A moment to the second with zeros behind it is a serial number as it was given.
pub fn looks_rounded(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    bytes.len() > KEPT_DIGITS
        && bytes.last() == Some(&b'0')
        && bytes[KEPT_DIGITS..].iter().all(|byte| *byte == b'0')
        && bytes.iter().all(u8::is_ascii_digit)
        && bytes.first() != Some(&b'0')
        && !(bytes[14..].iter().all(|byte| *byte == b'0') && is_moment(&bytes[..14]))
}

/// `20240301081000`.
fn is_moment(digits: &[u8]) -> bool {
    let number = |range: std::ops::Range<usize>| {
        digits[range].iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    };
    (1990..=2099).contains(&number(0..4))
        && (1..=12).contains(&number(4..6))
        && (1..=31).contains(&number(6..8))
        && number(8..10) < 24
        && number(10..12) < 60
        && number(12..14) < 60
}

/// The distance between neighbouring floats at this number, if the number is one of them. Floats below 2^54 are too close to each other to
/// tell anything.
pub fn float_step(digits: &str) -> Option<u128> {
    let value: u128 = digits.parse().ok()?;
    #[expect(clippy::cast_precision_loss, reason = "that the digits are lost is what is looked for")]
    let float = value as f64;
    let bits = 128 - value.leading_zeros();
    let step = 1_u128.checked_shl(bits.checked_sub(53)?)?;
    if step < 4 {
        return None;
    }
    // As an exact number, or in the fewest digits that name the float, which end in zeros then.
    let exact = value.is_multiple_of(step);
    let shortest = || digits.ends_with('0') && format!("{float}") == digits;
    (exact || shortest()).then_some(step)
}

impl LongCodes {
    /// Notes a code of digits only.
    pub fn note(&mut self, digits: &str) {
        let length = digits.len();
        if length <= KEPT_DIGITS {
            return;
        }
        self.cells += 1;
        self.by_length[(length - KEPT_DIGITS - 1).min(5)] += 1;
        let last = digits.as_bytes()[length - 1];
        if last % 2 == 1 {
            self.odd += 1;
        } else if looks_rounded(digits) {
            self.rounded += 1;
            self.rounded_distinct.insert(xxh3_64(digits.as_bytes()));
        } else if self.odd < ENOUGH_ODD
            && let Some(step) = float_step(digits)
        {
            self.float += 1;
            let hash = xxh3_64(digits.as_bytes());
            self.float_distinct.insert(hash);
            if digits.parse::<u128>().is_ok_and(|value| (value / step) % 2 == 1) {
                self.float_finest.insert(hash);
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        self.cells += other.cells;
        for (sum, count) in self.by_length.iter_mut().zip(other.by_length) {
            *sum += count;
        }
        self.rounded += other.rounded;
        self.odd += other.odd;
        self.float += other.float;
        for (sum, other) in [
            (&mut self.rounded_distinct, &other.rounded_distinct),
            (&mut self.float_distinct, &other.float_distinct),
            (&mut self.float_finest, &other.float_finest),
        ] {
            other.0.iter().for_each(|hash| sum.insert(*hash));
        }
    }

    /// Whether so many of them end in zeros that they were rounded to fifteen digits: eight times as many as chance would have it.
    pub fn are_rounded(&self) -> bool {
        // Hundred-millionths of a cell.
        let chance: u64 =
            (1_u32..).zip(self.by_length).map(|(digits, count)| count * 10_u64.pow(8 - digits.min(6))).sum();
        let beyond_chance = self.rounded.saturating_mul(100_000_000) > chance.saturating_mul(8);
        let nearly_all = self.rounded * 10 >= self.cells * 9;
        self.rounded_distinct.len() >= 5
            && (nearly_all || (beyond_chance && self.rounded * 100 >= self.cells * ROUNDED_PART))
    }

    /// Whether they all went through a float: all are floats, and of these not only every second one.
    pub fn went_through_float(&self) -> bool {
        let plain = self.cells - self.rounded;
        self.float_distinct.len() >= 8
            && self.float * 100 >= plain * 95
            && self.float_finest.len() * 4 >= self.float_distinct.len()
    }
}

impl ColumnEvidence {
    /// Adds what another block or file says.
    pub fn merge(&mut self, other: &Self) {
        for (style, orders) in &other.orders {
            let known = self.orders.entry(*style).or_default();
            for (sum, count) in known.by_set.iter_mut().zip(orders.by_set) {
                *sum += count;
            }
            if known.example.is_none() {
                known.example.clone_from(&orders.example);
            }
        }
        self.plain_dates += other.plain_dates;
        self.late_day |= other.late_day;
        self.greenwich += other.greenwich;
        self.beijing_clock += other.beijing_clock;
        self.greenwich_clock += other.greenwich_clock;
        self.commas += other.commas;
        other.numbers.0.iter().for_each(|hash| self.numbers.insert(*hash));
        self.long.merge(&other.long);
    }

    /// Notes a date that its spelling leaves no doubt about.
    pub fn note_plain_date(&mut self, day: i64) {
        self.plain_dates += 1;
        if !self.late_day {
            self.late_day = calendar::parts(day).2 > 12;
        }
    }

    /// Whether a spreadsheet took the days of a column for months wherever it could: what it read as dates is never after the twelfth, and what
    /// it left as text always is. The dates it read are wrong then.
    pub fn has_swapped_dates(&self) -> bool {
        let texts = |sets: &[usize]| -> u64 {
            self.orders.values().flat_map(|orders| sets.iter().map(|set| orders.by_set[*set])).sum()
        };
        let (day_first, month_first) = (Order::Dmy.bit(), Order::Mdy.bit());
        let told = texts(&[day_first, month_first]);
        let either = texts(&[day_first | month_first, day_first | month_first | Order::Ymd.bit()]);
        self.plain_dates >= SWAPPED_DATES && !self.late_day && told >= SWAPPED_DATES && either == 0
    }

    /// Notes the number of a fee line.
    pub fn note_number(&mut self, number: &str) {
        if self.numbers.len() < 2 {
            self.numbers.insert(xxh3_64(number.as_bytes()));
        }
    }

    /// Notes a time of day, in seconds, said to be Greenwich's.
    pub fn note_greenwich(&mut self, second: i64) {
        self.greenwich += 1;
        match second {
            // Midnight is what a mere date becomes: of Beijing's clock, or 16 o'clock of Greenwich's. Otherwise the hours in which the one
            // is day and the other night.
            0 | 39_600..57_600 => self.beijing_clock += 1,
            57_600 | 79_200.. | 1..10_800 => self.greenwich_clock += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(values: impl IntoIterator<Item = u128>) -> LongCodes {
        let mut codes = LongCodes::default();
        values.into_iter().for_each(|value| codes.note(&value.to_string()));
        codes
    }

    /// Numbers of twenty digits without any order.
    fn random(number: u128) -> u128 {
        let hash = u128::from(xxh3_64(&number.to_le_bytes()));
        34_010_000_000_000_000_000 + hash % 1_000_000_000_000_000_000
    }

    #[test]
    fn numbers_rounded_by_a_spreadsheet_are_known_by_their_zeros() {
        let rounded = |value: u128| value / 100_000 * 100_000;
        assert!(codes((0..5).map(|number| rounded(random(number)))).are_rounded());
        // Too few to say.
        assert!(!codes((0..4).map(|number| rounded(random(number)))).are_rounded());
        assert!(!codes((0..10_000).map(random)).are_rounded());
        // Half of a table.
        assert!(
            codes((0..100).map(|number| if number < 50 { rounded(random(number)) } else { random(number) }))
                .are_rounded()
        );
        // Serial numbers in steps of a hundred and of a thousand, and whole ones.
        assert!(!codes((0..10_000).map(|number| 34_010_000_000_000_000 + number)).are_rounded());
        assert!(!codes((0..1_000).map(|number| 34_010_000_000_000_000_000 + number * 1_000)).are_rounded());
        // A moment and three zeros.
        assert!(!codes((0..60).map(|number| (20_240_301_081_000 + number) * 1_000)).are_rounded());
    }

    #[test]
    fn numbers_that_went_through_a_float_are_known_by_its_steps() {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "on purpose"
        )]
        let through = |value: u128| value as f64 as u128;
        assert!(codes((0..40).map(|number| through(random(number)))).went_through_float());
        assert!(!codes((0..40).map(random)).went_through_float());
        // Serial numbers that snowflakes give one per millisecond: multiples of 4096, twice the step and more.
        assert!(
            !codes((0..40).map(|number| 1_700_000_000_000_000_000 / 4_096 * 4_096 + number * 4_096 * 7))
                .went_through_float()
        );
        assert!(!codes((0..7).map(|number| through(random(number)))).went_through_float());
        // As JavaScript writes them.
        let mut codes = LongCodes::default();
        for number in 0..40 {
            #[expect(clippy::cast_precision_loss, reason = "on purpose")]
            codes.note(&format!("{}", random(number) as f64));
        }
        assert!(codes.went_through_float() || codes.are_rounded());
    }

    #[test]
    fn evidence_is_the_same_however_it_is_cut() {
        let values: Vec<u128> = (0..500).map(|number| random(number) / 100_000 * 100_000).collect();
        let whole = codes(values.clone());
        let mut parts = codes(values[300..].iter().copied());
        parts.merge(&codes(values[..300].iter().copied()));
        assert_eq!(whole, parts);
        let mut persons = Persons::default();
        persons.note("34010000000000000000", "19500101");
        assert_eq!(persons.shared(), 0);
        let mut other = Persons::default();
        other.note("34010000000000000000", "19510101");
        persons.merge(&other);
        assert_eq!(persons.shared(), 1);
        // Few mistyped cards among many persons, and a column that numbers households.
        let people = |shared: u32, all: u32| {
            let mut people = Persons::default();
            for number in 0..all {
                people.note(&number.to_string(), "19500101");
                if number < shared {
                    people.note(&number.to_string(), "19800101");
                }
            }
            people.name_nobody()
        };
        assert!(!people(5, 100) && !people(4, 4) && people(5, 25) && people(900, 5_000 / 5) && !people(5, 26));
    }
}
