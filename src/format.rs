//! How single values are written as text: exact money, scaled numbers, shares, days, hashes, and text that no spreadsheet evaluates.

use std::borrow::Cow;
use std::fmt::Write;

use crate::calendar::{self, DAY_MINUTES};

/// Appends `value` ÷ 10^`places` with exactly `places` decimals.
pub fn push_scaled(out: &mut String, value: impl Into<i128>, places: u32) {
    let value = value.into();
    let scale = 10_u128.pow(places);
    let magnitude = value.unsigned_abs();
    let sign = if value < 0 { "-" } else { "" };
    let width = places as usize;
    // Writing to a String cannot fail.
    let _ = write!(out, "{sign}{}.{:0width$}", magnitude / scale, magnitude % scale);
}

/// `value` ÷ 10^`places` with exactly `places` decimals: `1234.56` for 123456 fen.
pub fn scaled(value: impl Into<i128>, places: u32) -> String {
    let mut text = String::new();
    push_scaled(&mut text, value, places);
    text
}

/// The same without zeros at the end: `1.5` for 15000 ten-thousandths, `3` for 300 hundredths.
pub fn trimmed(value: impl Into<i128>, places: u32) -> String {
    without_zeros(&scaled(value, places))
}

/// A number as people write it: at most two decimals, none when it is whole.
pub fn plain(value: f64) -> String {
    without_zeros(&format!("{value:.2}"))
}

fn without_zeros(decimals: &str) -> String {
    decimals.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A whole number with separators of thousands: `1,234,567`.
pub fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Fen as yuan with separators of thousands: `1,234,567.89`.
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let magnitude = fen.unsigned_abs();
    format!("{sign}{}.{:02}", grouped(magnitude / 100), magnitude % 100)
}

/// Fen as whole yuan, half a yuan rounded away from zero, with separators of thousands: `1,234,568`.
pub fn whole_yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}", grouped((fen.unsigned_abs() + 50) / 100))
}

/// A share as a percentage with one decimal, without the sign, which Chinese and English set apart differently: `12.3` for 0.1234.
pub fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
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

/// Text of an XML element or attribute that cannot end it.
pub fn safe_xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // XML 1.0 has no other control characters.
            c if c.is_control() && !matches!(c, '\n' | '\t' | '\r') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
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
    fn markup_becomes_text() {
        assert_eq!(safe_xml("<a b=\"c\">&\u{1}\n"), "&lt;a b=&quot;c&quot;&gt;&amp;\u{fffd}\n");
    }

    #[test]
    fn scaled_numbers_are_exact() {
        assert_eq!(scaled(0, 2), "0.00");
        assert_eq!(scaled(-5, 2), "-0.05");
        assert_eq!(scaled(123_456, 2), "1234.56");
        assert_eq!(scaled(15_000, 4), "1.5000");
        assert_eq!(scaled(i64::MIN, 6), "-9223372036854.775808");
        assert_eq!([trimmed(15_000, 4), trimmed(300, 2), trimmed(0, 2), trimmed(12, 1)], ["1.5", "3", "0", "1.2"]);
    }

    #[test]
    fn numbers_have_no_needless_decimals() {
        assert_eq!([3.0, 0.5, 1.256, 120.0].map(plain), ["3", "0.5", "1.26", "120"]);
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!([0, 999, 1_234_567].map(grouped), ["0", "999", "1,234,567"]);
        assert_eq!([-123_456_789, 5, -5, 100_000].map(yuan), ["-1,234,567.89", "0.05", "-0.05", "1,000.00"]);
        assert_eq!([149, 150, -150, 123_456_789].map(whole_yuan), ["1", "2", "-2", "1,234,568"]);
    }

    #[test]
    fn shares_and_hashes() {
        assert_eq!([0.1234, 1.0, 0.0].map(percent), ["12.3", "100.0", "0.0"]);
        assert_eq!(hex(&[0, 0x0f, 0xa0, 255]), "000fa0ff");
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
