//! What the columns of an unknown table probably mean: by their names beside the known spellings, and by what their values look like.
//!
//! A guess is never used by itself: `guess_map` writes it down, for somebody to correct.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::cell;
use super::layout::{Expr, Layout, Layouts, header_name};
use super::records::Block;
use super::staged::{STAGED, StagedType};
use crate::casestore::key::Namespace;
use crate::lang::Text;
use crate::privacy;

/// Rows looked at.
const ROWS: usize = 2_000;
/// Shapes shown of a column.
const SHAPES: usize = 3;
/// Characters of a shape.
const SHAPE_CHARS: usize = 32;
/// Least likeness of a column and a meaning, in hundredths.
const LEAST: u32 = 62;

/// Other words for staged columns.
static WORDS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    let words: BTreeMap<String, Vec<String>> =
        toml::from_str(include_str!("guess.toml")).expect("src/import/guess.toml parses");
    words.into_iter().map(|(column, words)| (column, words.iter().map(|word| header_name(word)).collect())).collect()
});

/// What the values of a column look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// Nothing in it.
    Empty,
    /// An identity-card number: 18 characters, the date of birth inside.
    IdentityCard,
    /// A national item code.
    ItemCode,
    /// An institution's code: H or P and eleven digits.
    Institution,
    /// An ICD-10 code.
    Diagnosis,
    /// Days or times.
    Date,
    /// Numbers with decimals.
    Decimal,
    /// Whole numbers.
    Whole,
    /// Words.
    Words,
    /// Codes.
    Codes,
}

impl Looks {
    /// In words.
    pub const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::Empty => ("没有内容", "nothing"),
            Self::IdentityCard => ("身份证号", "identity-card numbers"),
            Self::ItemCode => ("国家医保项目编码", "national item codes"),
            Self::Institution => ("定点机构编码", "institution codes"),
            Self::Diagnosis => ("ICD-10 诊断编码", "ICD-10 codes"),
            Self::Date => ("日期", "dates"),
            Self::Decimal => ("带小数的数字", "numbers with decimals"),
            Self::Whole => ("整数", "whole numbers"),
            Self::Words => ("文字", "words"),
            Self::Codes => ("编码", "codes"),
        }
    }

    /// How well such values fit a staged column, in hundredths: 0 where they cannot be it.
    fn fits(self, column: &str, kind: StagedType) -> u32 {
        use StagedType::{Age, Code, Day, E4, E6, Id, Int, Key, Minute, Money, Name, Text};
        match (self, kind) {
            (Self::Empty, _) => 50,
            (Self::IdentityCard, _) => {
                if column == "certno" {
                    100
                } else {
                    10
                }
            }
            (Self::ItemCode, Id) => {
                if ["item_code", "hilist_code"].contains(&column) {
                    100
                } else {
                    30
                }
            }
            (Self::Institution, Id) => {
                if column == "fixmedins_code" {
                    100
                } else {
                    20
                }
            }
            (Self::Diagnosis, Id) => {
                if column.contains("dx") {
                    100
                } else {
                    30
                }
            }
            (Self::Date, Day | Minute) => 100,
            (Self::Decimal, Money | E4 | E6) => 90,
            (Self::Whole, Money | E4 | E6 | Int | Age) => 60,
            (Self::Whole, Id | Code) | (Self::Codes, Id | Code) | (Self::Words, Name | Text) => 60,
            (Self::Words, Code | Id) | (Self::Codes, Name | Text) => 40,
            (_, Key) => 40,
            _ => 0,
        }
    }
}

/// A column of an unknown table.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its header.
    pub name: String,
    /// Filled cells of the rows looked at, in percent.
    pub filled_pct: u32,
    /// Its commonest shapes.
    pub shapes: Vec<String>,
    /// What its values look like.
    pub looks: Looks,
}

/// The columns of the first rows.
pub fn columns(names: &[String], block: &Block) -> Vec<Column> {
    let rows = block.rows().min(ROWS);
    let column = |(at, name): (usize, &String)| {
        let cells: Vec<&str> = (0..rows).map(|row| cell::trim(block.cell(row, at))).collect();
        let filled: Vec<&str> = cells.into_iter().filter(|text| !cell::is_null(text, &[])).collect();
        let mut shapes: BTreeMap<String, usize> = BTreeMap::new();
        for text in &filled {
            let shape: String =
                privacy::shape(text).chars().take(SHAPE_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
            *shapes.entry(shape).or_default() += 1;
        }
        let mut shapes: Vec<(String, usize)> = shapes.into_iter().collect();
        shapes.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
        Column {
            name: cell::trim(name).to_owned(),
            filled_pct: u32::try_from(filled.len() * 100 / rows.max(1)).unwrap_or(100),
            shapes: shapes.into_iter().take(SHAPES).map(|(shape, _)| shape).collect(),
            looks: looks(&filled),
        }
    };
    names.iter().enumerate().map(column).collect()
}

/// Whether a cell is of a kind.
type Test = fn(&str) -> bool;

/// What most of these cells look like: nine of ten have to.
fn looks(cells: &[&str]) -> Looks {
    if cells.is_empty() {
        return Looks::Empty;
    }
    let most = |is: Test| cells.iter().filter(|text| is(text)).count() * 10 >= cells.len() * 9;
    let kinds: [(Looks, Test); 8] = [
        (Looks::IdentityCard, is_identity_card),
        (Looks::Institution, is_institution),
        (Looks::ItemCode, is_item_code),
        (Looks::Date, is_date),
        (Looks::Whole, |text| text.bytes().all(|byte| byte.is_ascii_digit())),
        (Looks::Decimal, |text| text.contains('.') && cell::number(text, 6).is_ok()),
        (Looks::Diagnosis, is_diagnosis),
        (Looks::Words, |text| text.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}'))),
    ];
    let found = kinds.into_iter().find(|(_, is)| most(*is)).map(|(looks, _)| looks);
    found.unwrap_or_else(|| if most(|text| cell::number(text, 6).is_ok()) { Looks::Decimal } else { Looks::Codes })
}

fn is_identity_card(text: &str) -> bool {
    let bytes = text.as_bytes();
    let year = text.get(6..10).and_then(|year| year.parse::<u32>().ok());
    bytes.len() == 18
        && bytes[..17].iter().all(u8::is_ascii_digit)
        && year.is_some_and(|year| (1900..2100).contains(&year))
}

fn is_institution(text: &str) -> bool {
    let mut chars = text.chars();
    matches!(chars.next(), Some('H' | 'P')) && text.len() >= 10 && text.len() <= 13 && chars.all(|c| c.is_ascii_digit())
}

fn is_item_code(text: &str) -> bool {
    let known = text.starts_with("00") || text.starts_with(['X', 'Z', 'T', 'C']);
    known && (15..=30).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// A letter and two digits, with what may follow them.
fn is_diagnosis(text: &str) -> bool {
    let bytes = text.as_bytes();
    (3..=12).contains(&bytes.len())
        && bytes[0].is_ascii_uppercase()
        && bytes[1..3].iter().all(u8::is_ascii_digit)
        && (bytes.len() == 3 || matches!(bytes[3], b'.' | b'x' | b'0'..=b'9'))
}

/// A date with separators, or eight or fourteen digits that begin with a year: a bare number of days may be anything.
fn is_date(text: &str) -> bool {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let stamped = [8, 14].contains(&text.len()) && (text.starts_with("19") || text.starts_with("20"));
    if digits {
        return stamped && cell::when(text).is_ok();
    }
    let separated = text.contains(['-', '/', '年', ':']) && text.bytes().filter(u8::is_ascii_digit).count() >= 4;
    separated && !text.bytes().any(|byte| byte == b'.') && (cell::when(text).is_ok() || text.len() <= 24)
}

/// The meaning of one column of a file.
#[derive(Debug, Clone)]
pub struct Meaning {
    /// Column of the layout.
    pub column: String,
    /// Likeness in hundredths.
    pub likeness: u32,
    /// Why.
    pub why: Text,
}

/// What a file probably is.
#[derive(Debug)]
pub struct Guess<'a> {
    /// The layout.
    pub layout: &'a Layout,
    /// For each column of the file its meaning, if any.
    pub meanings: Vec<Option<Meaning>>,
    /// Identifying columns of the layout that no column of the file seems to be.
    pub lacking: Vec<String>,
}

/// The built-in layout that a file with these columns most probably is; none when no column is like any.
pub fn guess<'a>(layouts: &'a Layouts, columns: &[Column], file_name: &str) -> Option<Guess<'a>> {
    let file_name = file_name.to_lowercase();
    let guesses = layouts.built_in.iter().enumerate().map(|(order, layout)| {
        let guess = of_layout(layout, columns);
        let found = layout.identify.len() - guess.lacking.len();
        let named = layout.file_words.iter().any(|word| file_name.contains(word));
        let likeness: u32 = guess.meanings.iter().flatten().map(|meaning| meaning.likeness).sum();
        // Columns that no other table has together weigh most, then the name of the file, then how much is known.
        let share = found * 300 / layout.identify.len().max(1);
        let score = share as u64 + u64::from(named) * 150 + u64::from(likeness);
        ((score, std::cmp::Reverse(order)), guess)
    });
    let best = guesses.max_by_key(|(score, _)| *score).map(|(_, guess)| guess)?;
    best.meanings.iter().any(Option::is_some).then_some(best)
}

fn of_layout<'a>(layout: &'a Layout, columns: &[Column]) -> Guess<'a> {
    let fed = fed(layout);
    let mut likes: Vec<(u32, usize, &str, Text)> = Vec::new();
    for name in layout.used_columns() {
        let none = Vec::new();
        let staged = fed.get(name).unwrap_or(&none);
        for (at, column) in columns.iter().enumerate() {
            let (likeness, why) = likeness(layout, name, staged, column);
            if likeness >= LEAST {
                likes.push((likeness, at, name, why));
            }
        }
    }
    // The likest pair first; each column means one thing, and each thing is meant by one column.
    likes.sort_by(|one, other| (other.0, one.1, one.2).cmp(&(one.0, other.1, other.2)));
    let mut meanings: Vec<Option<Meaning>> = vec![None; columns.len()];
    let mut taken: Vec<&str> = Vec::new();
    for (likeness, at, name, why) in likes {
        if meanings[at].is_none() && !taken.contains(&name) {
            taken.push(name);
            meanings[at] = Some(Meaning { column: name.to_owned(), likeness, why });
        }
    }
    let lacking = layout.identify.iter().filter(|name| !taken.contains(&name.as_str())).cloned().collect();
    Guess { layout, meanings, lacking }
}

/// The staged columns that each column of a layout fills; a column that is only a part of keys counts as the number that the key is made of.
fn fed(layout: &Layout) -> BTreeMap<&str, Vec<(&'static str, StagedType)>> {
    let mut fed: BTreeMap<&str, Vec<(&'static str, StagedType)>> = BTreeMap::new();
    for row in &layout.rows {
        for (position, expr) in &row.set {
            let column = &STAGED[row.table].columns[*position];
            // The numbers of originals are called like those of what refunds them.
            if !column.name.starts_with("init_") {
                add_fed(expr, &column.name, column.kind, &mut fed);
            }
        }
    }
    fed
}

fn add_fed<'a>(
    expr: &'a Expr,
    staged: &'static str,
    kind: StagedType,
    fed: &mut BTreeMap<&'a str, Vec<(&'static str, StagedType)>>,
) {
    match expr {
        Expr::Column(name) => fed.entry(name).or_default().push((staged, kind)),
        Expr::Map(inner, _) => add_fed(inner, staged, kind, fed),
        Expr::First(parts) | Expr::Sum(parts) => parts.iter().for_each(|part| add_fed(part, staged, kind, fed)),
        // The last part of a key is what tells one thing from the next; those before it say whose it is.
        Expr::Key { namespace, parts, .. } => {
            let number = match namespace {
                Namespace::Visit => "mdtrt_id",
                Namespace::Settlement => "setl_id",
                Namespace::Fee => "bkkp_sn",
                Namespace::Person => "psn_no",
                Namespace::Institution => "fixmedins_code",
                _ => return,
            };
            if let Some(part) = parts.last() {
                add_fed(part, number, StagedType::Id, fed);
            }
        }
        Expr::Const(_) | Expr::Join(..) | Expr::Day(_) | Expr::Position(_) => {}
    }
}

/// How like a column of a file is to a column of a layout, and why.
fn likeness(layout: &Layout, name: &str, staged: &[(&'static str, StagedType)], column: &Column) -> (u32, Text) {
    let header = header_name(&column.name);
    let spellings = std::iter::once(name).chain(layout.columns.get(name).into_iter().flatten().map(String::as_str));
    let mut best = (0, Text::default());
    for spelling in spellings {
        let like = alike(&header, &header_name(spelling));
        if like > best.0 {
            let why = if like == 100 {
                Text::new(format!("列名就是 {spelling}"), format!("its name is {spelling}"))
            } else {
                Text::new(format!("列名像 {spelling}"), format!("its name is like {spelling}"))
            };
            best = (like, why);
        }
    }
    for (staged, _) in staged {
        for word in WORDS.get(*staged).into_iter().flatten() {
            // What is said elsewhere is less than what is said in the standard.
            let like = alike(&header, word) * 95 / 100;
            if like > best.0 {
                best = (like, Text::new(format!("列名像常见的 {word}"), format!("its name is like the common {word}")));
            }
        }
    }
    let fit = staged.iter().map(|(staged, kind)| column.looks.fits(staged, *kind)).max().unwrap_or(50);
    let (zh, en) = column.looks.label();
    if fit == 100 && best.0 < LEAST && column.looks != Looks::Date {
        // Values that can hardly be anything else say it whatever the column is called.
        return (LEAST + best.0 / 10, Text::new(format!("值是{zh}"), format!("its values are {en}")));
    }
    if best.0 < LEAST {
        return best;
    }
    let likeness = match fit {
        0 => best.0 * 60 / 100,
        fit if fit < 50 => best.0 * 85 / 100,
        fit => best.0 + fit / 20,
    };
    let also = |text: &str, zh: &str| if fit >= 60 { format!("{text}{zh}") } else { text.to_owned() };
    let why = Text::new(also(&best.1.zh, &format!("，值是{zh}")), also(&best.1.en, &format!(", its values are {en}")));
    (likeness, why)
}

/// Likeness of two normalised names in hundredths.
fn alike(one: &str, other: &str) -> u32 {
    if one.is_empty() || other.is_empty() {
        return 0;
    }
    if one == other {
        return 100;
    }
    let (shorter, longer) = if one.len() < other.len() { (one, other) } else { (other, one) };
    let contained = shorter.chars().count() >= 3 && longer.contains(shorter);
    // Edits suit words that lack some characters, pairs of characters those whose parts stand in another order.
    let edits = strsim::normalized_damerau_levenshtein(one, other);
    let like = if one.is_ascii() && other.is_ascii() { edits } else { edits.max(strsim::sorensen_dice(one, other)) };
    let like = if contained { like.max(0.8) } else { like };
    (like * 100.0).clamp(0.0, 99.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_by_their_looks() {
        let of = |cells: &[&str]| looks(cells);
        assert_eq!(of(&["340103198001011234", "34010319900101123X"]), Looks::IdentityCard);
        assert_eq!(of(&["XA01BA0010001234567", "003301000010000"]), Looks::ItemCode);
        assert_eq!(of(&["H34010300001", "P34010300002"]), Looks::Institution);
        assert_eq!(of(&["2024-01-05 08:00:00", "2024/1/5"]), Looks::Date);
        assert_eq!(of(&["20240105", "20241231"]), Looks::Date);
        assert_eq!(of(&["20240105", "12345678"]), Looks::Whole);
        assert_eq!(of(&["12.50", "3.00"]), Looks::Decimal);
        assert_eq!(of(&["I10.x00", "E11.900"]), Looks::Diagnosis);
        assert_eq!(of(&["血常规", "阿莫西林"]), Looks::Words);
        assert_eq!(of(&["",][..0]), Looks::Empty);
    }

    #[test]
    fn names_are_alike_in_either_script() {
        assert_eq!(alike("mdtrt_id", "mdtrt_id"), 100);
        assert!(alike("费用发生时间", "费用时间") >= LEAST);
        assert!(alike("patient_name", "patientname") >= 80);
        assert!(alike("colour", "mdtrt_id") < LEAST && alike("单价", "数量") < LEAST);
    }
}
