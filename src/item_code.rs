//! Codes of insured items: which part of a code is national, which is the area's own, and what slips of pens and spreadsheets are mended.
//!
//! Claims write `001109000010000-110900001-17` or `001204000060000 120400006h` for what notices and other tables call `001109000010000`:
//! the national code comes first and is what tables are joined by; the rest is the local code, by which an area's price list knows the
//! item. What has no national form is left as it stands: only a table of local and national codes may say what it means.

use crate::spelling::normalise;

/// A code of an insured item, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemCode {
    /// The national code, upper case; none where the code has no national form.
    pub national: Option<String>,
    /// What stands beside it, or the whole of a code without a national form.
    pub local: Option<String>,
    /// What was mended to find the national code.
    pub slip: Option<Slip>,
}

/// What was mended in a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slip {
    /// The two zeros in front of a service code, which a spreadsheet drops from a number.
    Zeros,
    /// The letter O in place of a zero.
    Letter,
}

/// National forms: `d` is a digit, `L` a letter, everything else itself. What may follow without a mark between is told beside it.
///
/// Services have 15 digits (项目分类与代码), western drugs 23 characters, Chinese patent drugs 20, herbal pieces a T and nine digits.
const FORMS: [(&str, Tail); 5] = [
    ("00ddddddddddddd", Tail::Any),
    ("XLddLLLdddLdddddddddddd", Tail::Any),
    ("ZLddLLLddddddddddddd", Tail::Any),
    ("Tddddddddd", Tail::Letter),
    // Service codes of later editions.
    ("0dddddddddddddd", Tail::Marked),
];

/// First letters of the codes of goods: western drugs, Chinese patent drugs, herbal pieces, consumables.
const GOODS: [char; 4] = ['X', 'Z', 'T', 'C'];

/// Characters from which a run of letters and digits behind one of [`GOODS`] is a national code, whatever its form: consumables have 20,
/// and 27 where the single product is told.
const GOODS_LENGTH: usize = 20;

/// What may follow a national code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tail {
    /// Anything: the form is too long to be the beginning of another code by chance.
    Any,
    /// Something that is neither letter nor digit, or one letter that ends the code.
    Letter,
    /// Something that is neither letter nor digit.
    Marked,
}

/// Chapters of the national list of services: general care, diagnostics, clinical care and operations, Chinese medicine. By them a number
/// that lost its zeros is told from a moment in milliseconds (15…, 16…, 17…) or a bar code (69…).
const CHAPTERS: [(u8, std::ops::RangeInclusive<u8>); 4] =
    [(b'1', b'1'..=b'4'), (b'2', b'1'..=b'7'), (b'3', b'1'..=b'9'), (b'4', b'1'..=b'8')];

/// Length of a service code without its two leading zeros.
const WITHOUT_ZEROS: usize = 13;

/// Length of the codes of the 2001 and 2007 editions, from which the national codes were made: `00`, these nine digits, four more.
const EDITION: usize = 9;

impl ItemCode {
    /// Takes a code apart.
    pub fn parse(code: &str) -> Self {
        let code = normalise(code);
        if let Some(end) = form_length(&code) {
            return Self::of(&code[..end], &code[end..], None);
        }
        if let Some((national, rest)) = standing_apart(&code) {
            return Self::of(&national, &rest, None);
        }
        let dense: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        if let Some(end) = form_length(&dense) {
            return Self::of(&dense[..end], &dense[end..], None);
        }
        if let Some(mended) = with_zeros_for_letters(&dense) {
            return Self::of(&mended, &dense[mended.len()..], Some(Slip::Letter));
        }
        let digits = dense.bytes().take_while(u8::is_ascii_digit).count();
        let marked = !dense[digits..].starts_with(|c: char| c.is_alphanumeric());
        if digits == WITHOUT_ZEROS && marked && is_service_number(&dense[..digits]) {
            return Self::of(&format!("00{}", &dense[..digits]), &dense[digits..], Some(Slip::Zeros));
        }
        if let Some(end) = goods_length(&dense) {
            return Self::of(&dense[..end], &dense[end..], None);
        }
        Self { national: None, local: local_form(&code), slip: None }
    }

    fn of(national: &str, rest: &str, slip: Option<Slip>) -> Self {
        let local = local_form(rest).filter(|local| local != national);
        Self { national: Some(national.to_owned()), local, slip }
    }

    /// Both parts in the one way in which they are compared; empty where there is neither.
    pub fn full(&self) -> String {
        full(self.national.as_deref(), self.local.as_deref())
    }
}

/// A national code and a local one in the one way in which they are compared.
pub fn full(national: Option<&str>, local: Option<&str>) -> String {
    match (national, local) {
        (Some(national), Some(local)) => format!("{national}-{local}"),
        (one, other) => one.or(other).unwrap_or_default().to_owned(),
    }
}

/// What tables of items are joined by: the national code where there is one, else the code as it stands.
pub fn joined_by(code: &str) -> String {
    let parsed = ItemCode::parse(code);
    parsed.national.or(parsed.local).unwrap_or_else(|| normalise(code).into_owned())
}

/// The national codes that a code of an older edition, or one with a digit too few or too many, may stand for: certain only where
/// exactly one of them occurs elsewhere in the same export.
pub fn near(code: &str) -> Vec<String> {
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    match code.len() {
        EDITION if is_chapter(code.as_bytes()) => vec![format!("00{code}0000")],
        // One zero of the two is lost, or one too many stands in front.
        14 if code.starts_with('0') => vec![format!("0{code}")],
        16 if code.starts_with("000") => vec![code[1..].to_owned()],
        _ => Vec::new(),
    }
}

/// Whether a local code repeats the nine digits of the national code it stands beside, as the areas' own codes do: then it means that
/// national code wherever it stands alone.
pub fn is_of(local: &str, national: &str) -> bool {
    national.starts_with("00") && national.get(2..2 + EDITION).is_some_and(|core| local.starts_with(core))
}

/// Characters that stand between the parts of a code or around one.
fn is_mark(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '_' | '#' | '/' | '|' | ':' | ';' | ',' | '.' | '~' | '+' | '*' | '(' | ')' | '[' | ']')
        || is_dash(c)
}

/// Dashes that are no hyphen: the fonts of typists and programs have several.
const fn is_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{30fc}')
}

/// A local code as it is compared: no blanks, one kind of dash, no marks around it. None where nothing is left but zeros.
fn local_form(text: &str) -> Option<String> {
    let trimmed = text.trim_matches(is_mark);
    let local: String =
        trimmed.chars().filter(|c| !c.is_whitespace()).map(|c| if is_dash(c) { '-' } else { c }).collect();
    local.chars().any(|c| c.is_alphanumeric() && c != '0').then_some(local)
}

/// Bytes of the national code of a known form that a text begins with.
fn form_length(text: &str) -> Option<usize> {
    FORMS.iter().find_map(|(form, tail)| {
        let bytes = text.as_bytes().get(..form.len())?;
        let fits = form.bytes().zip(bytes).all(|(form, byte)| match form {
            b'd' => byte.is_ascii_digit(),
            b'L' => byte.is_ascii_uppercase(),
            form => form == *byte,
        });
        // Three zeros in front are a slip, not a chapter.
        let whole = fits && !text.starts_with("000");
        let rest = text.get(form.len()..)?;
        let one_letter = || rest.starts_with(char::is_alphabetic) && !rest.chars().skip(1).any(char::is_alphanumeric);
        let open = match tail {
            Tail::Any => true,
            Tail::Letter => !rest.starts_with(char::is_alphanumeric) || one_letter(),
            Tail::Marked => !rest.starts_with(char::is_alphanumeric),
        };
        (whole && open).then_some(form.len())
    })
}

/// Bytes of the national code of goods of whatever form that a text begins with.
fn goods_length(text: &str) -> Option<usize> {
    let run = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let marked = !text[run..].starts_with(char::is_alphanumeric);
    (text.starts_with(GOODS) && run >= GOODS_LENGTH && marked).then_some(run)
}

/// The one part of a code of several that is a national code, and the others: `110900001-17|001109000010000`.
fn standing_apart(code: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = code.split(is_mark).filter(|part| !part.is_empty()).collect();
    let is_whole = |part: &&str| form_length(part) == Some(part.len());
    let national = *parts.iter().find(|part| is_whole(part))?;
    let others: Vec<&str> = parts.iter().copied().filter(|part| *part != national).collect();
    (!others.iter().any(is_whole)).then(|| (national.to_owned(), others.join("-")))
}

/// The national code at the beginning of a text in which the letter O stands for zeros; none where no letter does.
fn with_zeros_for_letters(text: &str) -> Option<String> {
    if !text.is_ascii() {
        return None;
    }
    FORMS.iter().find_map(|(form, _)| {
        let bytes = text.as_bytes().get(..form.len())?;
        let mended: String = form
            .bytes()
            .zip(bytes)
            .map(|(form, byte)| char::from(if matches!(form, b'd' | b'0') && *byte == b'O' { b'0' } else { *byte }))
            .collect();
        (mended.as_bytes() != bytes && form_length(&format!("{mended}{}", &text[form.len()..])) == Some(form.len()))
            .then_some(mended)
    })
}

/// Whether thirteen digits are a service code without its zeros: a chapter in front, and behind one of the few numbers of parts.
fn is_service_number(digits: &str) -> bool {
    is_chapter(digits.as_bytes()) && digits.as_bytes().get(WITHOUT_ZEROS - 2) == Some(&b'0')
}

fn is_chapter(digits: &[u8]) -> bool {
    let [first, second, ..] = digits else { return false };
    CHAPTERS.iter().any(|(chapter, sections)| first == chapter && sections.contains(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(code: &str) -> (String, String) {
        let code = ItemCode::parse(code);
        (code.national.unwrap_or_default(), code.local.unwrap_or_default())
    }

    #[test]
    fn the_national_code_and_what_stands_beside_it() {
        let service = "001109000010000";
        for (code, national, local) in [
            ("001109000010000", service, ""),
            ("001109000010000-110900001-17", service, "110900001-17"),
            ("001204000060000-120400006h", "001204000060000", "120400006H"),
            ("001204000060000120400006h", "001204000060000", "120400006H"),
            ("００１１０９００００１００００－110900001－17", service, "110900001-17"),
            ("001109000010000—110900001–17", service, "110900001-17"),
            ("001109000010000_17", service, "17"),
            ("001109000010000#A", service, "A"),
            ("001109000010000a", service, "A"),
            ("001109000010000 110900001-17", service, "110900001-17"),
            ("001109000010000(110900001)", service, "110900001"),
            ("0011 0900 0010 000", service, ""),
            ("110900001-17|001109000010000", service, "110900001-17"),
            ("001109000010000-", service, ""),
            ("001109000010000-0", service, ""),
            ("001109000010000-001109000010000", service, ""),
            ("xa02bca122e003010104512", "XA02BCA122E003010104512", ""),
            ("XA02BCA122E003010104512-02", "XA02BCA122E003010104512", "02"),
            ("XA02BCA122E003010104512*24", "XA02BCA122E003010104512", "24"),
            ("XA02BCA122E003010104512 ", "XA02BCA122E003010104512", ""),
            ("ZA04CAL0143010101245_1", "ZA04CAL0143010101245", "1"),
            ("C01010104200001010120000006", "C01010104200001010120000006", ""),
            ("C0101010420000101012", "C0101010420000101012", ""),
            ("C0101010420000101012 ", "C0101010420000101012", ""),
            ("C010101042000010101", "", "C010101042000010101"),
            ("c0101010420000101012-X9", "C0101010420000101012", "X9"),
            ("T000700200-1", "T000700200", "1"),
            ("T001700233b", "T001700233", "B"),
            ("T001700233B1", "", "T001700233B1"),
            ("110900001-17", "", "110900001-17"),
            ("110900001", "", "110900001"),
            ("120400006h", "", "120400006H"),
            ("A1", "", "A1"),
            ("2024010112345", "", "2024010112345"),
            ("1704067200000", "", "1704067200000"),
            ("6901234567892", "", "6901234567892"),
            ("0001109000010000", "", "0001109000010000"),
        ] {
            assert_eq!(parts(code), (national.to_owned(), local.to_owned()), "{code}");
        }
    }

    #[test]
    fn slips_are_mended_where_only_one_code_can_be_meant() {
        for (code, national, slip) in [
            ("1109000010000", "001109000010000", Slip::Zeros),
            ("3310030080001", "003310030080001", Slip::Zeros),
            ("1109000010000-110900001-17", "001109000010000", Slip::Zeros),
            ("OO11O9OOOO1OOOO", "001109000010000", Slip::Letter),
            ("0o1109000010000-17", "001109000010000", Slip::Letter),
            ("XAO2BCA122E003010104512", "XA02BCA122E003010104512", Slip::Letter),
        ] {
            let parsed = ItemCode::parse(code);
            assert_eq!((parsed.national.as_deref(), parsed.slip), (Some(national), Some(slip)), "{code}");
        }
        assert_eq!(near("110900001"), ["001109000010000"]);
        assert_eq!(near("01109000010000"), ["001109000010000"]);
        assert_eq!(near("0001109000010000"), ["001109000010000"]);
        assert!(near("110900001A").is_empty() && near("990900001").is_empty() && near("12345678901234").is_empty());
    }

    #[test]
    fn a_local_code_that_repeats_the_national_digits_belongs_to_it() {
        assert!(is_of("110900001-17", "001109000010000") && is_of("120400006H", "001204000060000"));
        assert!(!is_of("17", "001109000010000") && !is_of("110900001-17", "001204000060000"));
        assert!(!is_of("A02BCA122", "XA02BCA122E003010104512"));
    }

    #[test]
    fn one_spelling_for_both_parts() {
        assert_eq!(ItemCode::parse("001109000010000 —110900001-17").full(), "001109000010000-110900001-17");
        assert_eq!([ItemCode::parse("a1").full(), ItemCode::parse("").full()], ["A1", ""]);
        assert_eq!(joined_by("xa02bca122e003010104512-2"), "XA02BCA122E003010104512");
        assert_eq!(joined_by(" a1 "), "A1");
    }
}
