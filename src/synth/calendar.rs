//! Day numbers as the parts of a date, for writing them cell by cell without a text in between.

use chrono::{Datelike, NaiveDate};

use crate::calendar::date;

/// Minutes of a day.
pub(super) const DAY_MINUTES: i64 = 1440;

/// Year, month and day of a day number; 1970-01-01 outside the calendar.
pub(super) fn date_of(day: i64) -> (i64, i64, i64) {
    let date = civil(day);
    (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()))
}

/// Full years from a birth to a day; negative before the birth.
pub(super) fn full_years(birth_day: i64, day: i64) -> i64 {
    civil(day).years_since(civil(birth_day)).map_or(-1, i64::from)
}

fn civil(day: i64) -> NaiveDate {
    i32::try_from(day).ok().and_then(date).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{date_of, full_years};

    #[test]
    fn parts_of_dates() {
        assert_eq!(date_of(0), (1970, 1, 1));
        assert_eq!(date_of(19_782), (2024, 2, 29));
        assert_eq!(date_of(-7306), (1949, 12, 31));
    }

    #[test]
    fn a_birthday_adds_a_year() {
        assert_eq!(full_years(0, 364), 0);
        assert_eq!(full_years(0, 365), 1);
        assert_eq!(full_years(365, 0), -1);
    }
}
