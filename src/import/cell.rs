//! One cell of an export, from text to a typed value, or to the reason why it has none.
//!
//! Money never passes through a float. Nothing here allocates on the common path.

use std::borrow::Cow;

use chrono::NaiveDate;
use unicode_normalization::UnicodeNormalization;

use super::reject::Reason;
use crate::spelling::normalise;

/// Marks that a date has no time of day.
pub const NO_MINUTE: i64 = i64::MIN;

/// Excel's day numbers of 2000-01-01 and 2036-01-01; five-digit numbers outside are no plausible dates.
const EXCEL_PLAUSIBLE: std::ops::Range<i64> = 36_526..49_675;
/// Whether a date may be of a year: the Buddhist calendar and slips of the pen are beyond, 2999 and 9999 stand for an open end.
pub(super) const fn is_year(year: i64) -> bool {
    matches!(year, 1850..=2199 | 2999 | 9999)
}

/// Excel's day number of 1970-01-01.
pub(super) const EXCEL_EPOCH: i64 = 25_569;

/// The cell without surrounding white space (full-width included), byte order marks and Excel's `="…"`.
pub fn trim(text: &str) -> &str {
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    match trimmed.strip_prefix("=\"").and_then(|inner| inner.strip_suffix('"')) {
        Some(inner) => inner.trim(),
        None => trimmed,
    }
}

/// Whether a cell has something around it that nobody sees and that is no plain blank: a tab, a no-break space.
pub fn is_wrapped(raw: &str) -> bool {
    raw.starts_with("=\"") || raw.trim_matches(' ').len() != raw.trim().len()
}

/// Whether a trimmed cell is empty or one of the words that mean "nothing"; `extra` are the layout's own.
pub fn is_null(text: &str, extra: &[String]) -> bool {
    match text.len() {
        0 => true,
        2..=4 => {
            ["nan", "null", "na", "n/a", "none", "nat"].iter().any(|word| text.eq_ignore_ascii_case(word))
                || text == "\\N"
                || text == "<NA>"
                || extra.iter().any(|word| word == text)
        }
        // As database tools show a missing value: `(null)`, `[NULL]`, `<null>`, `{null}`.
        6 if text.get(1..5).is_some_and(|word| word.eq_ignore_ascii_case("null")) => {
            ["()", "[]", "<>", "{}"].iter().any(|marks| text.starts_with(&marks[..1]) && text.ends_with(&marks[1..]))
        }
        _ => !extra.is_empty() && extra.iter().any(|word| word == text),
    }
}

/// What an identifier cell turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Id<'a> {
    /// Usable, normalised as keys are.
    Usable(Cow<'a, str>),
    /// Partly hidden behind asterisks or a run of X: may stand for many.
    Masked,
    /// A word that stands for "nobody" or "nothing".
    Placeholder,
}

/// A trimmed, non-null identifier. `placeholders` holds normalised words.
///
/// # Errors
/// [`Reason::ScientificId`] when a spreadsheet has turned the digits into a float.
pub fn id<'a>(text: &'a str, placeholders: &[String]) -> Result<Id<'a>, Reason> {
    if is_scientific(text) {
        return Err(Reason::ScientificId);
    }
    let normal = code(text);
    if is_placeholder(&normal, placeholders) {
        return Ok(Id::Placeholder);
    }
    if is_masked(&normal) {
        return Ok(Id::Masked);
    }
    Ok(Id::Usable(normal))
}

/// A trimmed code as keys see it.
pub fn code(text: &str) -> Cow<'_, str> {
    // Capitals, digits and common ideographs are what normalising leaves alone; nearly every code and name is made of them.
    let stable = |c: char| matches!(c, '\u{4e00}'..='\u{9fff}') || (c.is_ascii() && !c.is_ascii_lowercase());
    if text.chars().all(stable) {
        return Cow::Borrowed(text);
    }
    normalise(text)
}

/// Whether a normalised text stands for "nobody" or "nothing": a listed word, or nothing but zeros and dashes.
pub fn is_placeholder(normal: &str, placeholders: &[String]) -> bool {
    normal.bytes().all(|byte| matches!(byte, b'0' | b'-' | b'/' | b'.' | b'_'))
        || (normal.len() <= 24 && placeholders.iter().any(|word| word == normal))
}

/// Two asterisks, one in a name (`张*`), or a run of X, hide what would tell two persons apart.
fn is_masked(normal: &str) -> bool {
    normal.contains("**") || normal.contains("XXXX") || (!normal.is_ascii() && normal.contains('*'))
}

/// `3.40103E+17`, also with full-width digits: the form in which spreadsheets lose digits. `3E10` may be a code and is left alone.
fn is_scientific(text: &str) -> bool {
    let Some(at) = text.find(['E', 'e']) else { return false };
    let (mantissa, exponent) = (&text[..at], &text[at + 1..]);
    let signed = exponent.starts_with('+');
    let exponent = exponent.trim_start_matches('+');
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let Some((whole, fraction)) = mantissa.split_once('.') else {
        return signed && digits(mantissa) && digits(exponent);
    };
    digits(exponent) && whole.len() == 1 && digits(whole) && digits(fraction)
}

/// A decimal number as an exact mantissa and the power of ten it is divided by.
struct Decimal {
    mantissa: i128,
    decimals: i32,
}

/// Reads `-1,234.50`, `+3`, `.5`, `1.2E+3`; thousands separators only in groups of three.
fn decimal(text: &str) -> Result<Decimal, Reason> {
    let mut bytes = text.as_bytes();
    let mut negative = false;
    if let [sign @ (b'+' | b'-'), rest @ ..] = bytes {
        negative = *sign == b'-';
        bytes = rest;
    }
    let (mut mantissa, mut decimals, mut digits) = (0_i128, 0_i32, 0_u32);
    let (mut point, mut group) = (false, None::<u32>);
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            byte @ b'0'..=b'9' => {
                if digits >= 36 {
                    return Err(Reason::OutOfRange);
                }
                mantissa = mantissa * 10 + i128::from(byte - b'0');
                digits += u32::from(mantissa != 0);
                decimals += i32::from(point);
                group = group.map(|count| count + u32::from(!point));
            }
            b'.' if !point => point = true,
            b',' if !point && at > 0 && group.is_none_or(|count| count == 3) => group = Some(0),
            b'e' | b'E' if at > 0 => break,
            _ => return Err(Reason::NotNumber),
        }
        at += 1;
    }
    let seen = bytes[..at].iter().any(u8::is_ascii_digit);
    if !seen || group.is_some_and(|count| count != 3) {
        return Err(Reason::NotNumber);
    }
    if at < bytes.len() {
        let exponent = std::str::from_utf8(&bytes[at + 1..]).map_err(|_| Reason::NotNumber)?;
        let exponent: i32 = exponent.parse().map_err(|_| Reason::NotNumber)?;
        if exponent.abs() > 40 {
            return Err(Reason::OutOfRange);
        }
        decimals -= exponent;
    }
    Ok(Decimal { mantissa: if negative { -mantissa } else { mantissa }, decimals })
}

/// Folds full-width digits and signs so that `１２．５０` reads as 12.50.
fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) }
}

/// `value / 10^(decimals - scale)`, rounded half away from zero, with the remainder in units of the last place dropped.
fn scaled(value: &Decimal, scale: i32) -> Result<(i64, i128, i128), Reason> {
    let drop = value.decimals - scale;
    let (quotient, remainder, unit) = if drop <= 0 {
        let factor = 10_i128.checked_pow(drop.unsigned_abs()).ok_or(Reason::OutOfRange)?;
        (value.mantissa.checked_mul(factor).ok_or(Reason::OutOfRange)?, 0, 1)
    } else {
        // Past 10^38 only the zero before the point is left.
        let unit = 10_i128.checked_pow(drop.unsigned_abs()).ok_or(Reason::OutOfRange)?;
        (value.mantissa / unit, value.mantissa % unit, unit)
    };
    let rounded = quotient + if remainder.abs() * 2 >= unit && remainder != 0 { remainder.signum() } else { 0 };
    Ok((i64::try_from(rounded).map_err(|_| Reason::OutOfRange)?, remainder, unit))
}

/// An amount in yuan, as fen.
///
/// Up to four digits beyond the fen are rounded half away from zero (unit price × quantity leaves them); more are taken for the
/// noise of a float when they change the amount by less than a millionth of a yuan.
///
/// # Errors
/// Not a number, too large, or more decimals than either explains.
pub fn money(text: &str) -> Result<i64, Reason> {
    let value = decimal(&folded(text))?;
    let (fen, remainder, unit) = scaled(&value, 2)?;
    let extra = value.decimals - 2;
    if extra > 4 {
        let distance = remainder.abs().min(unit - remainder.abs());
        // A millionth of a yuan is a ten-thousandth of a fen.
        if distance.checked_mul(10_000).is_none_or(|parts| parts >= unit) {
            return Err(Reason::TooPrecise);
        }
    }
    Ok(fen)
}

/// A number times 10^`scale`, rounded half away from zero.
///
/// # Errors
/// Not a number or too large.
pub fn number(text: &str, scale: i32) -> Result<i64, Reason> {
    Ok(scaled(&decimal(&folded(text))?, scale)?.0)
}

/// A whole number; `3.0` is one.
///
/// # Errors
/// Not a number, not whole or too large.
pub fn int(text: &str) -> Result<i64, Reason> {
    let (whole, remainder, _) = scaled(&decimal(&folded(text))?, 0)?;
    if remainder != 0 {
        return Err(Reason::NotWhole);
    }
    i32::try_from(whole).map(i64::from).map_err(|_| Reason::OutOfRange)
}

/// An age in full years: `45`, `45.00`, `0.5`, `45岁`.
///
/// # Errors
/// Not a number, or outside 0–130.
pub fn age(text: &str) -> Result<i64, Reason> {
    let text = text.strip_suffix('岁').map_or(text, str::trim_end);
    let value = decimal(&folded(text))?;
    if value.mantissa < 0 {
        return Err(Reason::Age);
    }
    let (rounded, remainder, unit) = scaled(&value, 0)?;
    // An age is full years: undo the rounding up.
    let years = if remainder * 2 >= unit && remainder != 0 { rounded - 1 } else { rounded };
    if (0..=130).contains(&years) { Ok(years) } else { Err(Reason::Age) }
}

/// A run of digits in front of `text` and what follows; at most `most` digits.
fn digits(text: &[u8], most: usize) -> Option<(i64, &[u8])> {
    let count = text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let value = text[..count].iter().fold(0_i64, |value, byte| value * 10 + i64::from(byte - b'0'));
    Some((value, &text[count..]))
}

/// Minutes of `H:M`, `H:M:S`, `H:M:S.f`, optionally with the zone `+08:00`; and whether it is midnight sharp.
fn time_of_day(text: &[u8]) -> Option<(i64, bool)> {
    let (hour, rest) = digits(text, 2)?;
    let (minute, mut rest) = digits(rest.strip_prefix(b":")?, 2)?;
    let mut second = 0;
    if let Some(after) = rest.strip_prefix(b":") {
        (second, rest) = digits(after, 2)?;
    }
    if let Some(after) = rest.strip_prefix(b".") {
        rest = &after[after.iter().take_while(|byte| byte.is_ascii_digit()).count()..];
    }
    // Clock times are Beijing times; another zone would need a guess.
    let zone = rest.is_empty() || rest == b"+08:00" || rest == b"+0800" || rest == b"+08";
    if !zone || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((hour * 60 + minute, hour == 0 && minute == 0 && second == 0))
}

/// A date with or without time: (day, minute), the minute [`NO_MINUTE`] when there is only a date.
///
/// Midnight sharp counts as "only a date": that is how exports write a date into a column made for times.
///
/// # Errors
/// No date in a known form, a time without a date, or a year nobody means.
pub fn when(text: &str) -> Result<(i64, i64), Reason> {
    let text = folded(text);
    let bytes = text.as_bytes();
    if let Some((_, rest)) = digits(bytes, 2)
        && rest.first() == Some(&b':')
    {
        return Err(if time_of_day(bytes).is_some() { Reason::TimeOnly } else { Reason::NotDate });
    }
    let (first, rest) = digits(bytes, 14).ok_or(Reason::NotDate)?;
    let (year, month, day, clock) = match bytes.len() - rest.len() {
        4 => separated(first, rest)?,
        5 => return excel_serial(first, rest),
        8 => (first / 10_000, first / 100 % 100, first % 100, clock_after(rest)?),
        length @ (12 | 14) => {
            if !rest.is_empty() && !is_zero_fraction(rest) {
                return Err(Reason::NotDate);
            }
            let first = if length == 12 { first * 100 } else { first };
            let (date, time) = (first / 1_000_000, first % 1_000_000);
            // `240301081000` is no minute of the year 2403.
            if !matches!(date / 10_000, 1900..=2099 | 2999 | 9999) {
                return Err(Reason::DateRange);
            }
            let (hour, minute, second) = (time / 10_000, time / 100 % 100, time % 100);
            if hour > 23 || minute > 59 || second > 59 {
                return Err(Reason::NotDate);
            }
            (date / 10_000, date / 100 % 100, date % 100, Some((hour * 60 + minute, time == 0)))
        }
        _ => return Err(Reason::NotDate),
    };
    let days = day_number(year, month, day).ok_or(Reason::NotDate)?;
    if !is_year(year) {
        return Err(Reason::DateRange);
    }
    match clock {
        Some((minute, false)) => Ok((days, days * 1_440 + minute)),
        _ => Ok((days, NO_MINUTE)),
    }
}

/// Days since 1970-01-01; `None` when the calendar has no such day.
pub(super) fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
    let date = NaiveDate::from_ymd_opt(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?)?;
    Some(date.to_epoch_days().into())
}

type Clock = Option<(i64, bool)>;

/// What follows a four-digit year: `-1-5 8:30`, `/01/05`, `年1月5日`.
fn separated(year: i64, rest: &[u8]) -> Result<(i64, i64, i64, Clock), Reason> {
    let between = |rest: &[u8], signs: &[&str]| -> Option<usize> {
        signs.iter().find(|sign| rest.starts_with(sign.as_bytes())).map(|sign| sign.len())
    };
    let skip = between(rest, &["-", "/", ".", "年"]).ok_or(Reason::NotDate)?;
    let (month, rest) = digits(&rest[skip..], 2).ok_or(Reason::NotDate)?;
    let skip = between(rest, &["-", "/", ".", "月"]).ok_or(Reason::NotDate)?;
    let (day, rest) = digits(&rest[skip..], 2).ok_or(Reason::NotDate)?;
    let rest = rest.strip_prefix("日".as_bytes()).unwrap_or(rest);
    Ok((year, month, day, clock_after(rest)?))
}

/// The time after a date, behind blanks or a `T`; nothing, or the `.0` of a float, is no time.
fn clock_after(rest: &[u8]) -> Result<Clock, Reason> {
    if rest.is_empty() || is_zero_fraction(rest) {
        return Ok(None);
    }
    let time = rest.strip_prefix(b"T").unwrap_or_else(|| rest.trim_ascii_start());
    if time.len() == rest.len() {
        return Err(Reason::NotDate);
    }
    time_of_day(time).map(Some).ok_or(Reason::NotDate)
}

/// `.0`, `.000`: what a float or a fractional second of zero leaves behind.
fn is_zero_fraction(rest: &[u8]) -> bool {
    rest.len() > 1 && rest[0] == b'.' && rest[1..].iter().all(|byte| *byte == b'0')
}

/// `45296` or `45296.354`: days since 1899-12-30, with the time as a fraction of a day.
fn excel_serial(serial: i64, rest: &[u8]) -> Result<(i64, i64), Reason> {
    if !EXCEL_PLAUSIBLE.contains(&serial) {
        return Err(Reason::NotDate);
    }
    let day = serial - EXCEL_EPOCH;
    if rest.is_empty() || is_zero_fraction(rest) {
        return Ok((day, NO_MINUTE));
    }
    let fraction = rest.strip_prefix(b".").ok_or(Reason::NotDate)?;
    let (parts, rest) = digits(fraction, 15).ok_or(Reason::NotDate)?;
    if !rest.iter().all(u8::is_ascii_digit) {
        return Err(Reason::NotDate);
    }
    // Excel stores 08:30 as 0.354166…: to the nearest second, then down to the minute.
    let unit = 10_i128.pow(u32::try_from(fraction.len() - rest.len()).map_err(|_| Reason::NotDate)?);
    let seconds = (i128::from(parts) * 86_400 * 2 + unit) / (2 * unit);
    let minute = i64::try_from(seconds / 60).map_err(|_| Reason::NotDate)?;
    Ok((day, if seconds == 0 { NO_MINUTE } else { day * 1_440 + minute }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_exact_to_the_fen() {
        for (text, fen) in [
            ("12.34", 1_234),
            ("-0.01", -1),
            (".5", 50),
            ("1,234,567.89", 123_456_789),
            ("12.345", 1_235),
            ("-12.345", -1_235),
            ("12.3449", 1_234),
            ("12.3400000001", 1_234),
            ("0.30000000000000004", 30),
            ("19.989999999999998", 1_999),
            ("1.2E+3", 120_000),
            ("1.005e2", 10_050),
            ("92233720368547.75", 9_223_372_036_854_775),
            ("１２．５０", 1_250),
        ] {
            assert_eq!(money(text), Ok(fen), "{text}");
        }
        assert_eq!(money("3.33333333"), Err(Reason::TooPrecise));
        for text in ["", "-", "12元", "1,23", "12,3456", "1.2.3", "abc", "1e", "--1"] {
            assert_eq!(money(text), Err(Reason::NotNumber), "{text}");
        }
        assert_eq!(money("1E+30"), Err(Reason::OutOfRange));
        assert_eq!(number("0.333333333", 6), Ok(333_333));
        assert_eq!(number("2", 4), Ok(20_000));
        assert_eq!(int("3.0"), Ok(3));
        assert_eq!(int("3.5"), Err(Reason::NotWhole));
    }

    #[test]
    fn ages_are_full_years_from_0_to_130() {
        assert_eq!(age("45.00"), Ok(45));
        assert_eq!(age("0.9"), Ok(0));
        assert_eq!(age("45岁"), Ok(45));
        assert_eq!(age("130"), Ok(130));
        assert_eq!(age("131"), Err(Reason::Age));
        assert_eq!(age("850"), Err(Reason::Age));
        assert_eq!(age("-1"), Err(Reason::Age));
    }

    #[test]
    fn dates_in_all_the_forms_seen() {
        let day = 19_727; // 2024-01-05
        let half_past_eight = day * 1_440 + 510;
        for text in [
            "2024-01-05",
            "2024/1/5",
            "20240105",
            "2024-01-05 00:00:00",
            "20240105000000",
            "45296",
            "45296.0",
            "20240105.0",
            "2024年1月5日",
            "2024.01.05",
            "2024-01-05 00:00:00.0",
            "2024-01-05T00:00:00",
        ] {
            assert_eq!(when(text), Ok((day, NO_MINUTE)), "{text}");
        }
        for text in [
            "2024-01-05 08:30:00",
            "2024/1/5 8:30",
            "20240105083000",
            "202401050830",
            "2024-01-05T08:30:00",
            "2024-01-05 08:30:00.123",
            "20240105083000.0",
            "45296.3541666667",
            "2024-01-05  08:30:59",
            "20240105 08:30:00",
            "2024-01-05T08:30:00+08:00",
        ] {
            assert_eq!(when(text), Ok((day, half_past_eight)), "{text}");
        }
        assert_eq!(when("9999-12-31"), Ok((2_932_896, NO_MINUTE)));
        assert_eq!(when("1970-01-01"), Ok((0, NO_MINUTE)));
        assert_eq!(when("2024-02-29"), Ok((19_782, NO_MINUTE)));
        assert_eq!(when("08:30:00"), Err(Reason::TimeOnly));
        assert_eq!(when("8:30"), Err(Reason::TimeOnly));
        assert_eq!(when("0001-01-01"), Err(Reason::DateRange));
        for text in
            ["2023-02-29", "2024-13-01", "20241301", "12345", "99999", "05-JAN-24", "2024-01-05 25:00", "2024", "x"]
        {
            assert_eq!(when(text), Err(Reason::NotDate), "{text}");
        }
        assert_eq!(when("2024-01-05T08:30:00Z"), Err(Reason::NotDate));
    }

    #[test]
    fn identifiers_lost_masked_or_empty_are_told_apart() {
        let words = ["无".to_owned(), "ADMIN".to_owned()];
        assert_eq!(id("3.40103E+17", &words), Err(Reason::ScientificId));
        assert_eq!(id("3E+17", &words), Err(Reason::ScientificId));
        assert_eq!(id("3E10", &words), Ok(Id::Usable("3E10".into())));
        assert_eq!(id("340103********1234", &words), Ok(Id::Masked));
        assert_eq!(id("张*", &words), Ok(Id::Masked));
        assert_eq!(id("0", &words), Ok(Id::Placeholder));
        assert_eq!(id("--", &words), Ok(Id::Placeholder));
        assert_eq!(id("无", &words), Ok(Id::Placeholder));
        assert_eq!(id("admin", &words), Ok(Id::Placeholder));
        assert_eq!(id("007", &words), Ok(Id::Usable("007".into())));
        assert_eq!(id("ａb1", &words), Ok(Id::Usable("AB1".into())));
        for ideograph in '\u{4e00}'..='\u{9fff}' {
            let text = String::from(ideograph);
            assert_eq!(code(&text), normalise(&text));
        }
    }

    #[test]
    fn nulls_and_blanks() {
        for text in ["", "nan", "NULL", "\\N", "NA", "N/A"] {
            assert!(is_null(text, &[]), "{text}");
        }
        for text in ["(null)", "[NULL]", "<null>", "{Null}"] {
            assert!(is_null(text, &[]), "{text}");
        }
        assert!(!is_null("0", &[]) && !is_null("(nuls)", &[]) && !is_null("(null]", &[]));
        assert!(is_null("空缺", &["空缺".to_owned()]));
        assert_eq!(trim("\u{feff} 0012\t"), "0012");
        assert_eq!(trim("　张三　"), "张三");
        assert_eq!(trim("=\"0012\""), "0012");
    }
}
