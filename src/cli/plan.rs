//! From what was typed to what is done: periods and paths resolved, nothing of the command line left.

use chrono::{Datelike, NaiveDate};

use super::usage::UsageError;
use crate::calendar;

/// First and last day of `2023-01..2024-12`, `2024-03` or `2024-01-15..2024-02-14`, both ends included.
///
/// # Errors
/// If an end is neither a month nor a day, or the last comes before the first.
pub fn period(text: &str) -> Result<(i32, i32), UsageError> {
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    let (first, _) = days(from.trim()).ok_or_else(|| not_a_period(text, from))?;
    let (_, last) = days(to.trim()).ok_or_else(|| not_a_period(text, to))?;
    if last < first {
        return Err(UsageError::Backwards(text.to_owned()));
    }
    Ok((first, last))
}

fn not_a_period(text: &str, end: &str) -> UsageError {
    UsageError::Period { period: text.to_owned(), end: end.to_owned() }
}

fn days(end: &str) -> Option<(i32, i32)> {
    if let Ok(day) = NaiveDate::parse_from_str(end, "%Y-%m-%d") {
        return Some((day.to_epoch_days(), day.to_epoch_days()));
    }
    let first = NaiveDate::parse_from_str(&format!("{end}-01"), "%Y-%m-%d").ok()?;
    calendar::month_days(first.year() * 12 + first.month0().cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> i32 {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap().to_epoch_days()
    }

    #[test]
    fn periods_include_both_ends() {
        assert_eq!(period("2023-01..2024-12").unwrap(), (day("2023-01-01"), day("2024-12-31")));
        assert_eq!(period("2024-02").unwrap(), (day("2024-02-01"), day("2024-02-29")));
        assert_eq!(period("2024-01-15..2024-02").unwrap(), (day("2024-01-15"), day("2024-02-29")));
        assert!(period("2024-13").is_err());
        assert!(period("2024-05..2024-01").is_err());
    }
}
