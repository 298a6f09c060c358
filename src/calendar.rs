//! Days since 1970-01-01 and the calendar, by way of chrono.

use chrono::{Datelike, NaiveDate};

/// Minutes of a day.
pub const DAY_MINUTES: i64 = 24 * 60;

/// The calendar date of a day number; `None` outside chrono's range.
pub fn date(day: i32) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(day)
}

/// Year, month and day of the month of a day number; those of 1970-01-01 outside the calendar.
pub fn parts(day: i64) -> (i64, i64, i64) {
    let date = i32::try_from(day).ok().and_then(date).unwrap_or_default();
    (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()))
}

/// The day number of `2024-01-05`; `None` for any other text.
pub fn parse_iso(text: &str) -> Option<i32> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().map(|date| date.to_epoch_days())
}

/// `2024-01-05`, or an empty text outside the calendar.
pub fn iso(day: i32) -> String {
    date(day).map(|date| date.format("%Y-%m-%d").to_string()).unwrap_or_default()
}

/// Months since year 0, so that consecutive months are consecutive numbers.
pub fn month(day: i32) -> Option<i32> {
    date(day).map(|date| date.year() * 12 + date.month0().cast_signed())
}

/// `2024-01` for a month number of [`month`].
pub fn month_name(month: i32) -> String {
    format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

/// First and last day of a month number of [`month`].
pub fn month_days(month: i32) -> Option<(i32, i32)> {
    let first = |month: i32| {
        let month0 = month.rem_euclid(12).cast_unsigned();
        NaiveDate::from_ymd_opt(month.div_euclid(12), month0 + 1, 1).map(|date| date.to_epoch_days())
    };
    Some((first(month)?, first(month + 1)? - 1))
}

/// Full years between birth and another day; `None` where it is no human age (0–130).
pub fn age_years(birth_day: i32, day: i32) -> Option<i32> {
    let years = date(day)?.years_since(date(birth_day)?)?;
    i32::try_from(years).ok().filter(|years| *years <= 130)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> i32 {
        NaiveDate::from_ymd_opt(year, month, day).unwrap().to_epoch_days()
    }

    #[test]
    fn ages_turn_on_the_birthday() {
        let birth = day(2000, 2, 29);
        assert_eq!(age_years(birth, day(2001, 2, 28)), Some(0));
        assert_eq!(age_years(birth, day(2001, 3, 1)), Some(1));
        assert_eq!(age_years(birth, day(1999, 1, 1)), None);
        assert_eq!(age_years(birth, day(2850, 1, 1)), None);
    }

    #[test]
    fn parts_of_dates() {
        assert_eq!(parts(0), (1970, 1, 1));
        assert_eq!(parts(19_782), (2024, 2, 29));
        assert_eq!(parts(-7306), (1949, 12, 31));
        assert_eq!(parts(i64::MAX), (1970, 1, 1));
    }

    #[test]
    fn months_count_on_across_years() {
        let december = month(day(2023, 12, 31)).unwrap();
        assert_eq!(month(day(2024, 1, 1)), Some(december + 1));
        assert_eq!(month_name(december), "2023-12");
        assert_eq!(month_days(december), Some((day(2023, 12, 1), day(2023, 12, 31))));
    }
}
