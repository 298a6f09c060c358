//! What spreadsheets, drivers and people wrap around identifiers and numbers, taken off where it is certain what stood there before.
//!
//! Every mended cell is counted per column and kind, so that nobody is surprised by a value that is not in the file.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::reject::Reason;

/// What was taken off a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mend {
    /// The apostrophe by which a spreadsheet marks text, other quotation marks, brackets around the whole, a plus sign.
    Apostrophe,
    /// A tab, a no-break space or a character without width.
    Blank,
    /// The `.0` of a float.
    FloatTail,
    /// Thousands separators in a code.
    Separators,
    /// Full-width digits and letters.
    FullWidth,
    /// A small check letter of an identity number.
    CheckLetter,
    /// A currency: ￥, 元.
    Currency,
    /// 万.
    TenThousand,
    /// Brackets or a sign behind, which mean less than nothing.
    Negative,
    /// A unit behind a quantity.
    Unit,
    /// A decimal comma.
    DecimalComma,
}

impl Mend {
    /// Stable identifier, for data files.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Apostrophe => "apostrophe",
            Self::Blank => "blank",
            Self::FloatTail => "float-tail",
            Self::Separators => "separators",
            Self::FullWidth => "full-width",
            Self::CheckLetter => "check-letter",
            Self::Currency => "currency",
            Self::TenThousand => "ten-thousand",
            Self::Negative => "negative",
            Self::Unit => "unit",
            Self::DecimalComma => "decimal-comma",
        }
    }
}

/// Marks of quotation and apostrophes that stand in front of codes.
const APOSTROPHES: [char; 8] = ['\'', '\u{2018}', '\u{2019}', '`', '\u{ff07}', '\u{201c}', '\u{201d}', '"'];

/// Brackets that may stand around a whole code.
const BRACKETS: [(char, char); 4] = [('[', ']'), ('(', ')'), ('【', '】'), ('（', '）')];

/// Whether a character shows nothing.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}' | '\0'..='\u{1f}')
}

/// Whether a trimmed code may be wrapped in something. Most are not; this looks at few bytes of them.
#[inline]
pub fn may_need_mending(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    !first.is_ascii_alphanumeric()
        || (*last == b'0' && bytes.contains(&b'.'))
        || !last.is_ascii_alphanumeric()
        || bytes.iter().any(|byte| matches!(byte, b',' | 0xe2 | 0..=0x1f))
}

/// A number of an identity card as it is printed in groups, or with × for its check letter, in plain form.
pub fn identity_card(text: &str) -> Option<String> {
    if !text.contains([' ', '-', '×', '\u{a0}']) {
        return None;
    }
    let plain: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let plain = plain.replace('×', "X");
    let digits = plain.strip_suffix(['X', 'x']).unwrap_or(&plain);
    ((plain.len() == 18 && digits.len() >= 17) && all_digits(digits)).then_some(plain)
}

/// A trimmed code without what is wrapped around it. `tails` says that the `.0` of a float may be taken off: codes of diseases and
/// operations end so by themselves.
pub fn code(text: &str, tails: bool) -> (Cow<'_, str>, Option<Mend>) {
    let mut mend = None;
    let mut code = Cow::Borrowed(text);
    if text.contains(is_invisible) {
        code = Cow::Owned(text.chars().filter(|c| !is_invisible(*c)).collect());
        mend = Some(Mend::Blank);
    }
    let inner = BRACKETS.iter().find_map(|(open, close)| code.strip_prefix(*open)?.strip_suffix(*close));
    if let Some(inner) =
        inner.map(str::trim).filter(|inner| inner.len() > 4 && inner.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    {
        code = Cow::Owned(inner.to_owned());
        mend = Some(Mend::Apostrophe);
    }
    // `="3401` that lost its other mark, and the plus sign of a number.
    let after = code.strip_prefix("=\"").or_else(|| code.strip_prefix('+')).map(|rest| rest.trim_end_matches('"'));
    if let Some(rest) = after.filter(|rest| all_digits(rest)) {
        code = Cow::Owned(rest.to_owned());
        mend = Some(Mend::Apostrophe);
    }
    let unwrapped = code.trim_start_matches(APOSTROPHES);
    if unwrapped.len() < code.len() && !unwrapped.is_empty() {
        let unwrapped = unwrapped.trim_end_matches(APOSTROPHES).trim();
        code = Cow::Owned(unwrapped.to_owned());
        mend = Some(Mend::Apostrophe);
    }
    if tails && let Some(whole) = without_tail(&code) {
        code = Cow::Owned(whole.to_owned());
        mend = Some(Mend::FloatTail);
    } else if let Some(plain) = without_separators(&code) {
        code = Cow::Owned(plain);
        mend = Some(Mend::Separators);
    }
    (code, mend)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `34010319.0` without its tail. Two digits and a zero may be the code of an operation.
fn without_tail(text: &str) -> Option<&str> {
    let (whole, tail) = text.split_once('.')?;
    let zeros = !tail.is_empty() && tail.bytes().all(|byte| byte == b'0');
    (zeros && whole.len() >= 3 && all_digits(whole)).then_some(whole)
}

/// `340,103,198` in whole groups of three.
fn without_separators(text: &str) -> Option<String> {
    let mut groups = text.split(',');
    let first = groups.next()?;
    let mut count = 0;
    for group in groups {
        if group.len() != 3 || !all_digits(group) {
            return None;
        }
        count += 1;
    }
    (count > 0 && (1..=3).contains(&first.len()) && all_digits(first) && !first.starts_with('0'))
        .then(|| text.replace(',', ""))
}

/// Whether a cell is an error message of a spreadsheet.
pub fn is_spreadsheet_error(text: &str) -> bool {
    text.starts_with('#')
        && (text.bytes().all(|byte| byte == b'#')
            || ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#VALOR!"]
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word)))
}

/// What kind of number a cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An amount or a price: a currency may stand beside it.
    Money,
    /// A quantity: a unit may stand behind it.
    Quantity,
}

/// A number as `cell::decimal` reads it, and the power of ten that it is to be multiplied by.
#[derive(Debug, PartialEq, Eq)]
pub struct Plain {
    /// Digits, a sign, a point.
    pub text: String,
    /// 4 for 万.
    pub power: i32,
    /// What was taken off.
    pub mend: Mend,
}

/// Currencies that stand in front of a number or behind it, without their ￥.
const CURRENCIES: [&str; 9] = ["人民币", "RMB", "CNY", "CN¥", "¥", "元", "圆", "块钱", "块"];

/// Takes off a number what stands around it. `None` means that the cell is empty: a dash in an accountant's column.
///
/// # Errors
/// What stands around the number is not certain: a percentage, a range, a numeral in words.
pub fn number(text: &str, kind: Kind, decimal_comma: bool) -> Result<Option<Plain>, Reason> {
    let folded: String = text
        .nfkc()
        .filter(|c| !is_invisible(*c))
        .collect::<String>()
        .to_uppercase()
        .replace(['\u{2212}', '\u{2013}'], "-");
    let mut rest = folded.trim();
    if !rest.is_empty()
        && rest.chars().all(|c| matches!(c, '-' | '—' | '–' | '―' | '一' | '/' | ' '))
        && !rest.contains('一')
    {
        return Ok(None);
    }
    if matches!(rest, "无" | "空" | "暂无") {
        return Ok(None);
    }
    if is_spreadsheet_error(rest) {
        return Err(Reason::SpreadsheetError);
    }
    let (mut negative, mut mend) = (false, None);
    let mut power = 0;
    // Sign, brackets and currency may stand in any order around the number.
    loop {
        let before = rest;
        if let Some(inner) = rest.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
            (rest, negative, mend) = (inner.trim(), !negative, Some(Mend::Negative));
        }
        if let Some(inner) = rest.strip_suffix('-') {
            (rest, negative, mend) = (inner.trim(), !negative, Some(Mend::Negative));
        }
        if let Some(inner) = rest.strip_prefix('-') {
            (rest, negative) = (inner.trim(), !negative);
        } else if let Some(inner) = rest.strip_prefix('+') {
            rest = inner.trim();
        }
        if let Some(inner) = rest.strip_prefix('\'') {
            (rest, mend) = (inner, Some(Mend::Apostrophe));
        }
        if kind == Kind::Money {
            for currency in CURRENCIES {
                if let Some(inner) = rest.strip_suffix(currency) {
                    (rest, mend) = (inner.trim(), Some(Mend::Currency));
                } else if !matches!(currency, "元" | "圆" | "块" | "块钱")
                    && let Some(inner) = rest.strip_prefix(currency)
                {
                    (rest, mend) = (inner.trim(), Some(Mend::Currency));
                }
            }
            if power == 0
                && let Some(inner) = rest.strip_suffix('万')
            {
                (rest, power, mend) = (inner.trim(), 4, Some(Mend::TenThousand));
            }
        }
        if rest == before {
            break;
        }
    }
    // `1'234.50`, as Swiss settings group.
    let grouped = rest.replace('\'', ",");
    if grouped != rest {
        (rest, mend) = (&grouped, mend.or(Some(Mend::Separators)));
    }
    let end = rest.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',' | ' ')).unwrap_or(rest.len());
    let (digits, behind) = (rest[..end].trim_end(), rest[end..].trim());
    if !behind.is_empty() {
        if let Some(exponent) =
            behind.strip_prefix('E').filter(|exponent| all_digits(exponent.trim_start_matches(['+', '-'])))
        {
            return Ok(Some(Plain {
                text: format!("{}{digits}E{exponent}", sign(negative)),
                power,
                mend: mend.unwrap_or(Mend::Blank),
            }));
        }
        if !is_unit(behind, kind) {
            return Err(Reason::NotNumber);
        }
        mend = Some(Mend::Unit);
    }
    let mut plain = digits.replace(' ', "");
    if plain.len() < digits.len() {
        // Blanks between digits are thousands separators or two numbers.
        let mut groups = digits.split(' ');
        let first = groups.next().unwrap_or_default();
        if !(1..=3).contains(&first.len())
            || !groups.all(|group| group.split(['.', ',']).next().is_some_and(|whole| whole.len() == 3))
        {
            return Err(Reason::NotNumber);
        }
        mend = mend.or(Some(Mend::Separators));
    }
    if decimal_comma && plain.contains(',') {
        plain = plain.replace('.', "").replace(',', ".");
        mend = Some(Mend::DecimalComma);
    }
    let mend = match mend {
        Some(mend) => mend,
        None if !text.is_ascii() => Mend::FullWidth,
        // Nothing was taken off: there is nothing to read anew.
        None if !negative => return Err(Reason::NotNumber),
        None => Mend::Negative,
    };
    Ok(Some(Plain { text: format!("{}{plain}", sign(negative)), power, mend }))
}

const fn sign(negative: bool) -> &'static str {
    if negative { "-" } else { "" }
}

/// Whether what stands behind a number is a unit, such as 次 or ml. Digits, signs and multiples are none.
fn is_unit(text: &str, kind: Kind) -> bool {
    let text = match kind {
        // `30元/次`.
        Kind::Money => match text.strip_prefix("元/").or_else(|| text.strip_prefix('/')) {
            Some(unit) => unit,
            None => return false,
        },
        Kind::Quantity => text,
    };
    // `10(盒)`.
    let text = text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(text);
    let first = text.chars().next().unwrap_or(' ');
    !text.is_empty()
        && text.chars().count() <= 6
        && !matches!(first, '万' | '千' | '百' | '十' | '亿' | '半' | '成' | '折' | 'E')
        && text.chars().all(|c| c.is_alphabetic() || matches!(c, '/' | '.' | '(' | ')'))
        && first.is_alphabetic()
}

/// A decimal comma for certain: `12,5`, `1.234,56`. `1,234` may be either.
pub fn has_decimal_comma(text: &str) -> bool {
    let Some((whole, decimals)) = text.trim().rsplit_once(',') else { return false };
    let whole = whole.trim_start_matches(['-', '+']);
    all_digits(decimals)
        && whole.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && (decimals.len() != 3 || whole.contains('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrapped_around_codes_comes_off() {
        for (text, plain, mend) in [
            ("'340103198001", "340103198001", Mend::Apostrophe),
            ("\u{2019}H340100", "H340100", Mend::Apostrophe),
            ("'340103'", "340103", Mend::Apostrophe),
            ("34010319800101.0", "34010319800101", Mend::FloatTail),
            ("1002.00", "1002", Mend::FloatTail),
            ("34\u{200b}01", "3401", Mend::Blank),
            ("340,103,198", "340103198", Mend::Separators),
            ("[340103198]", "340103198", Mend::Apostrophe),
            ("“340103198”", "340103198", Mend::Apostrophe),
            ("=\"340103198", "340103198", Mend::Apostrophe),
            ("+340103198", "340103198", Mend::Apostrophe),
        ] {
            assert!(may_need_mending(text), "{text}");
            assert_eq!(code(text, true), (plain.into(), Some(mend)), "{text}");
        }
        for text in ["47.0", "A.0", "I10.x00", "34,01", "0,123", "1.10", "H34-01", "O'NEIL"] {
            assert_eq!(code(text, true), (text.into(), None), "{text}");
        }
        assert_eq!(identity_card("340103 19800101 123×").as_deref(), Some("34010319800101123X"));
        assert_eq!([identity_card("340103 1980"), identity_card("34010319800101123X")], [None, None]);
        assert_eq!(code("0047.00", false), ("0047.00".into(), None));
        for text in ["34010319800101123X", "H34010000001", "XB05XAL213B002010100315"] {
            assert!(!may_need_mending(text), "{text}");
        }
    }

    #[test]
    fn money_and_quantities_as_people_write_them() {
        let read = |text, kind| number(text, kind, false).map(|plain| plain.map(|plain| (plain.text, plain.power)));
        for (text, plain, power) in [
            ("￥30.00", "30.00", 0),
            ("¥ 30,000.00", "30,000.00", 0),
            ("30.00元", "30.00", 0),
            ("-￥30.00", "-30.00", 0),
            ("￥-30.00", "-30.00", 0),
            ("(30.00)", "-30.00", 0),
            ("（￥30.00）", "-30.00", 0),
            ("30.00-", "-30.00", 0),
            ("\u{2212}30", "-30", 0),
            ("1.2万元", "1.2", 4),
            ("1.2万", "1.2", 4),
            ("RMB 30", "30", 0),
            ("1 234 567.50", "1234567.50", 0),
            ("30元/次", "30", 0),
            ("30块", "30", 0),
            ("1'234.50", "1,234.50", 0),
            ("\u{2013}30", "-30", 0),
        ] {
            assert_eq!(read(text, Kind::Money), Ok(Some((plain.to_owned(), power))), "{text}");
        }
        for text in ["-", "—", "--", "- -"] {
            assert_eq!(read(text, Kind::Money), Ok(None), "{text}");
        }
        for text in ["30%", "叁拾元", "30次", "1-2", "$30", "1 2", "12元5角", "3千元"] {
            assert_eq!(read(text, Kind::Money), Err(Reason::NotNumber), "{text}");
        }
        for (text, plain) in [("10次", "10"), ("2.5 ml", "2.5"), ("３盒", "3"), ("-1支", "-1"), ("10(盒)", "10")] {
            assert_eq!(read(text, Kind::Quantity), Ok(Some((plain.to_owned(), 0))), "{text}");
        }
        for text in ["10%", "1/2", "2*3", "10-20", "十次", "2盒3支", "3千", "1E"] {
            assert_eq!(read(text, Kind::Quantity), Err(Reason::NotNumber), "{text}");
        }
        assert_eq!(read("#N/A", Kind::Money), Err(Reason::SpreadsheetError));
        assert_eq!(read("#####", Kind::Money), Err(Reason::SpreadsheetError));
    }

    #[test]
    fn commas_that_divide_and_commas_that_group() {
        for text in ["12,5", "1.234,56", "-0,05", "1,2345"] {
            assert!(has_decimal_comma(text), "{text}");
        }
        for text in ["1,234", "1,234.50", "12.5", "1,234,567"] {
            assert!(!has_decimal_comma(text), "{text}");
        }
        let comma = number("1.234,56", Kind::Money, true).map(|plain| plain.map(|plain| plain.text));
        assert_eq!(comma, Ok(Some("1234.56".to_owned())));
    }
}
