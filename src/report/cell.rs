//! How single values are written as text: exact money, scaled numbers, days, and text that no spreadsheet evaluates.

use std::borrow::Cow;
use std::fmt::Write;

use crate::calendar;

/// Minutes of a day.
const DAY_MINUTES: i64 = 24 * 60;

/// Text as a CSV cell that a spreadsheet shows and never evaluates.
///
/// Follows the OWASP advice on CSV injection: a cell whose first visible character could start a formula (in a Chinese
/// Excel the full-width forms do too), or that starts with a control character, gets a leading apostrophe.
pub fn safe_text(text: &str) -> Cow<'_, str> {
    let starts_formula = |c| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠');
    let control_first = text.starts_with(['\t', '\r', '\n', '\0']);
    if control_first || text.trim_start().starts_with(starts_formula) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Appends `value` ÷ 10^`places` with exactly `places` decimals.
pub fn push_scaled(out: &mut String, value: i64, places: u32) {
    let scale = 10_u64.pow(places);
    let magnitude = value.unsigned_abs();
    let sign = if value < 0 { "-" } else { "" };
    let width = places as usize;
    // Writing to a String cannot fail.
    let _ = write!(out, "{sign}{}.{:0width$}", magnitude / scale, magnitude % scale);
}

/// Appends a day as `2024-01-05`; nothing for a day outside the calendar.
pub fn push_day(out: &mut String, day: i32) {
    if let Some(date) = calendar::date(day) {
        // Writing to a String cannot fail.
        let _ = write!(out, "{date}");
    }
}

/// Appends a minute as `2024-01-05 08:30`; nothing for a minute outside the calendar.
pub fn push_minute(out: &mut String, minute: i64) {
    let date = i32::try_from(minute.div_euclid(DAY_MINUTES)).ok().and_then(calendar::date);
    if let Some(date) = date {
        let of_day = minute.rem_euclid(DAY_MINUTES);
        let _ = write!(out, "{date} {:02}:{:02}", of_day / 60, of_day % 60);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for evil in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "－1", "  =1", "=cmd|' /C calc'!A0"]
        {
            assert_eq!(safe_text(evil), format!("'{evil}"));
        }
        for plain in ["", "阿莫西林(0.25g)", "34010019400101001X", "a=b", "0012", "'x"] {
            assert_eq!(safe_text(plain), plain);
        }
    }

    #[test]
    fn scaled_numbers_are_exact() {
        let scaled = |value, places| {
            let mut out = String::new();
            push_scaled(&mut out, value, places);
            out
        };
        assert_eq!(scaled(0, 2), "0.00");
        assert_eq!(scaled(-5, 2), "-0.05");
        assert_eq!(scaled(123_456, 2), "1234.56");
        assert_eq!(scaled(15_000, 4), "1.5000");
        assert_eq!(scaled(i64::MIN, 6), "-9223372036854.775808");
    }

    #[test]
    fn days_and_minutes() {
        let day = |day| {
            let mut out = String::new();
            push_day(&mut out, day);
            out
        };
        let minute = |minute| {
            let mut out = String::new();
            push_minute(&mut out, minute);
            out
        };
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(19_727), "2024-01-05");
        assert_eq!(day(i32::MAX), "");
        assert_eq!(minute(19_727 * DAY_MINUTES + 510), "2024-01-05 08:30");
        assert_eq!(minute(-1), "1969-12-31 23:59");
        assert_eq!(minute(i64::MAX), "");
    }
}
