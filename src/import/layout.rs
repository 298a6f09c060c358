//! Layouts: which columns an export has and how they become staged columns. Data, not code.
//!
//! The built-in ones are `layouts/*.toml`; `--map FILE.toml` brings more in the same format, which docs/map-format.md explains.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use super::dictionary::Dictionary;
use super::error::LayoutError;
use super::staged::{STAGED, staged_index};
use crate::casestore::key::Namespace;
use crate::explained::io_zh;
use crate::lang::Text;

pub(super) const BUILT_IN: [(&str, &str); 3] = [
    ("dictionaries.toml", include_str!("layouts/dictionaries.toml")),
    ("bureau.toml", include_str!("layouts/bureau.toml")),
    ("hospital.toml", include_str!("layouts/hospital.toml")),
];

/// Which side an export comes from; decides how reversals are paired and which acceptance checks apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// The insurance bureau's platform tables.
    Bureau,
    /// One hospital's tables of the 2024 collection list.
    Hospital,
    /// Read through a user's map.
    Other,
}

impl Family {
    /// The word of the store's index: `bureau`, `hospital` or `map`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Bureau => "bureau",
            Self::Hospital => "hospital",
            Self::Other => "map",
        }
    }
}

/// How a value is made from the columns of one source row.
#[derive(Debug, Clone)]
pub enum Expr {
    /// A column of the export.
    Column(String),
    /// A fixed text.
    Const(String),
    /// The first that is usable.
    First(Vec<Expr>),
    /// The usable ones, joined.
    Join(Vec<Expr>, String),
    /// Looked up in a dictionary.
    Map(Box<Expr>, String),
    /// The hash of the parts.
    Key {
        /// What the key names.
        namespace: Namespace,
        /// The parts; the key is null when one is, unless `gaps`.
        parts: Vec<Expr>,
        /// Missing parts count as empty text; the key is null only when the first one is missing or all others are.
        gaps: bool,
        /// The content of the row is a further part.
        content: bool,
    },
    /// The day of a date column as a part of a key.
    Day(String),
    /// The sum of those that are usable.
    Sum(Vec<Expr>),
    /// Counts the parts of a split list from this number.
    Position(i64),
}

/// A source row becomes several: one per part of a joined list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// What joins the parts.
    pub by: String,
    /// The columns split; parts with the same position belong together.
    pub columns: Vec<String>,
}

/// What a source row yields in one staged table.
#[derive(Debug, Clone)]
pub struct RowSpec {
    /// Position of the table in [`STAGED`].
    pub table: usize,
    /// The row is staged only if this column is filled.
    pub when: Option<String>,
    /// Fans the row out.
    pub split: Option<Split>,
    /// Staged column (by position) and where its value comes from.
    pub set: Vec<(usize, Expr)>,
}

/// One kind of export file.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Name of the table as the standard has it.
    pub name: String,
    /// Where it comes from.
    pub family: Family,
    /// What inspectors call it.
    pub zh: String,
    /// Parts of a file name that speak for this layout when headers do not decide.
    pub file_words: Vec<String>,
    /// Further words that mean "nothing".
    pub null_words: Vec<String>,
    /// Columns without which a file is not of this layout.
    pub identify: Vec<String>,
    /// Columns that the standard requires to be filled; their fill rates are counted.
    pub required: Vec<String>,
    /// Columns beyond the standard that some exports carry: nobody misses them.
    pub optional: Vec<String>,
    /// Column and its other spellings, in the order in which they are looked for.
    pub columns: BTreeMap<String, Vec<String>>,
    /// What a row yields.
    pub rows: Vec<RowSpec>,
    /// Every column with its spellings as headers are compared: they are looked for in each header of an import.
    spellings: BTreeMap<String, Vec<String>>,
}

impl Layout {
    /// The layout, with the spellings of its columns made ready.
    fn with_spellings(mut self) -> Self {
        let spelt = |name: &str| {
            let others = self.columns.get(name).into_iter().flatten().map(String::as_str);
            (name.to_owned(), std::iter::once(name).chain(others).map(header_name).collect())
        };
        self.spellings = self.used_columns().into_iter().map(spelt).collect();
        self
    }

    /// Every spelling of every column, as headers are compared.
    pub fn spellings(&self) -> impl Iterator<Item = &str> {
        self.spellings.values().flatten().map(String::as_str)
    }

    /// Every column of the export that the layout uses, sorted.
    pub fn used_columns(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for row in &self.rows {
            names.extend(row.when.as_deref());
            names.extend(row.split.iter().flat_map(|split| split.columns.iter().map(String::as_str)));
            row.set.iter().for_each(|(_, expr)| columns_of(expr, &mut names));
        }
        names.extend(self.required.iter().chain(&self.identify).chain(self.columns.keys()).map(String::as_str));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Position in `header` (normalised names) of the column called `name` here.
    pub fn find(&self, name: &str, header: &[String]) -> Option<usize> {
        self.spellings.get(name)?.iter().find_map(|spelling| header.iter().position(|seen| seen == spelling))
    }
}

/// Adds the export columns that `expr` reads.
pub fn columns_of<'a>(expr: &'a Expr, names: &mut Vec<&'a str>) {
    match expr {
        Expr::Column(name) | Expr::Day(name) => names.push(name),
        Expr::Const(_) | Expr::Position(_) => {}
        Expr::First(parts) | Expr::Join(parts, _) | Expr::Sum(parts) | Expr::Key { parts, .. } => {
            parts.iter().for_each(|part| columns_of(part, names));
        }
        Expr::Map(inner, _) => columns_of(inner, names),
    }
}

/// A header as it is compared: compatibility forms folded, lower case, without white space, byte order marks, quotes, remarks in
/// brackets and the table name in front of a dot.
pub fn header_name(text: &str) -> String {
    let folded: String = text
        .nfkc()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{feff}' | '"' | '\'' | '`'))
        .flat_map(char::to_lowercase)
        .collect();
    let folded = folded.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(&folded);
    let plain = match folded.find(['(', '【']) {
        Some(at) if at > 0 => &folded[..at],
        _ => folded,
    };
    let plain = both_names(plain);
    plain.rsplit('.').next().unwrap_or(plain).to_owned()
}

/// Of a header that writes a column's code beside what it means, the code: `记账流水号_bkkp_sn`, `bkkp_sn记账流水号`.
fn both_names(name: &str) -> &str {
    let code = name.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let beside = name.len() > code.len() && name.chars().any(|c| matches!(c, '\u{4e00}'..='\u{9fff}'));
    let is_code = code.is_ascii()
        && (code.contains('_') || code.len() >= 5)
        && !code.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    if beside && is_code { code } else { name }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    layout: Vec<RawLayout>,
    #[serde(default)]
    dictionary: BTreeMap<String, toml::Value>,
    #[serde(default)]
    placeholders: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLayout {
    name: String,
    #[serde(default)]
    family: Option<Family>,
    #[serde(default)]
    zh: String,
    #[serde(default)]
    file_words: Vec<String>,
    #[serde(default)]
    null_words: Vec<String>,
    identify: Vec<String>,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default)]
    optional: Vec<String>,
    #[serde(default)]
    columns: BTreeMap<String, toml::Value>,
    rows: Vec<RawRow>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct RawRow {
    table: String,
    when: Option<String>,
    split: Option<Split>,
    repeat: Option<[i64; 2]>,
    set: toml::Table,
}

/// All layouts and dictionaries, the user's first.
#[derive(Debug, Clone, Default)]
pub struct Layouts {
    /// Layouts of `--map` files.
    pub own: Vec<Layout>,
    /// Built-in layouts.
    pub built_in: Vec<Layout>,
    /// Normalised words that stand for "nobody" and "nothing".
    pub placeholders: Vec<String>,
    /// Files are not read as tables: their columns are listed as they stand.
    pub listing: bool,
    dictionaries: BTreeMap<String, Dictionary>,
}

impl Layouts {
    /// The layouts that come with the program.
    ///
    /// # Errors
    /// Never with the embedded files, which the tests rule out.
    pub fn built_in() -> Result<Self, LayoutError> {
        let mut layouts = Self::default();
        for (file, text) in BUILT_IN {
            let read = layouts.read(file, text)?;
            layouts.built_in.extend(read);
        }
        Ok(layouts)
    }

    /// Adds a user's map file, whose layouts and dictionaries go before the built-in ones.
    ///
    /// # Errors
    /// The file cannot be read, or says something that makes no sense.
    pub fn add_map(&mut self, path: &Path) -> Result<(), LayoutError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| LayoutError {
            file: file.clone(),
            message: Text::new(io_zh(&error), error.to_string()),
        })?;
        let read = self.read(&file, &text)?;
        self.own.extend(read);
        Ok(())
    }

    /// Whether a file of this name, in lower case, is called as one of the tables is.
    pub fn named(&self, file_name: &str) -> bool {
        let mut words = self.own.iter().chain(&self.built_in).flat_map(|layout| &layout.file_words);
        words.any(|word| file_name.contains(word.as_str()))
    }

    /// The dictionary called `name`.
    pub fn dictionary(&self, name: &str) -> Option<&Dictionary> {
        self.dictionaries.get(name)
    }

    fn read(&mut self, file: &str, text: &str) -> Result<Vec<Layout>, LayoutError> {
        let fail = |message: Text| LayoutError { file: file.to_owned(), message };
        let raw: RawFile =
            toml::from_str(text).map_err(|error| fail(Text::new(format!("写法有误\n{error}"), error.to_string())))?;
        for (name, value) in raw.dictionary {
            let dictionary = Dictionary::parse(value).map_err(|why| fail(why.at(&format!("dictionary {name}"))))?;
            self.dictionaries.insert(name, dictionary);
        }
        self.placeholders.extend(raw.placeholders.iter().map(|word| super::cell::code(word).into_owned()));
        let mut layouts = Vec::new();
        for layout in raw.layout {
            let name = layout.name.clone();
            layouts.push(self.layout(layout).map_err(|why| fail(why.at(&format!("layout {name}"))))?);
        }
        Ok(layouts)
    }

    fn layout(&self, raw: RawLayout) -> Result<Layout, Text> {
        if raw.identify.is_empty() {
            return Err(Text::new("identify 没有写列名", "identify names no column"));
        }
        let mut columns = BTreeMap::new();
        for (name, spellings) in raw.columns {
            let spellings = match spellings {
                toml::Value::String(one) => vec![one],
                other => texts(&other).ok_or_else(|| {
                    Text::new("应当是文字，或文字的列表", "no text and no list of texts").at(&format!("columns.{name}"))
                })?,
            };
            columns.insert(name, spellings);
        }
        let mut rows = Vec::new();
        for row in raw.rows {
            let table = staged_index(&row.table).ok_or_else(|| {
                let known: Vec<_> = STAGED.iter().map(|table| table.name.as_str()).collect();
                let (table, known) = (&row.table, known.join(", "));
                Text::new(
                    format!("没有名为 {table} 的目标表；可用的有 {known}"),
                    format!("there is no staged table {table}; there are {known}"),
                )
            })?;
            let repeat = row.repeat.map_or(0..=0, |[from, to]| from..=to);
            for n in repeat {
                let spec = self.row(&row, table, n).map_err(|why| why.at(&format!("table {}", row.table)))?;
                rows.push(spec);
            }
        }
        Ok(Layout {
            name: raw.name,
            family: raw.family.unwrap_or(Family::Other),
            zh: raw.zh,
            file_words: raw.file_words.iter().map(|word| word.to_lowercase()).collect(),
            null_words: raw.null_words,
            identify: raw.identify,
            required: raw.required,
            optional: raw.optional,
            columns,
            rows,
            spellings: BTreeMap::new(),
        }
        .with_spellings())
    }

    fn row(&self, raw: &RawRow, table: usize, n: i64) -> Result<RowSpec, Text> {
        let mut set = Vec::new();
        for (column, value) in &raw.set {
            let position = STAGED[table]
                .position(column)
                .ok_or_else(|| Text::new(format!("这张表没有列 {column}"), format!("it has no column {column}")))?;
            let expr = self.expr(value, n).map_err(|why| why.at(&format!("column {column}")))?;
            set.push((position, expr));
        }
        for required in &STAGED[table].required {
            if !raw.set.contains_key(required) {
                return Err(Text::new(
                    format!("没有给必需的列 {required} 赋值"),
                    format!("the required column {required} is not set"),
                ));
            }
        }
        set.sort_by_key(|(position, _)| *position);
        Ok(RowSpec { table, when: raw.when.as_deref().map(|name| numbered(name, n)), split: raw.split.clone(), set })
    }

    fn expr(&self, value: &toml::Value, n: i64) -> Result<Expr, Text> {
        let table = match value {
            toml::Value::String(name) => return Ok(Expr::Column(numbered(name, n))),
            toml::Value::Table(table) => table,
            other => {
                return Err(Text::new(
                    format!("{other} 既不是列名，也不是 {{ … }}"),
                    format!("{other} is neither a column name nor a table"),
                ));
            }
        };
        let text = |name: &str| table.get(name).and_then(toml::Value::as_str);
        let flag = |name: &str| table.get(name).and_then(toml::Value::as_bool).unwrap_or(false);
        let list = |name: &str| -> Result<Vec<Expr>, Text> {
            let items = table.get(name).and_then(toml::Value::as_array);
            let items = items.ok_or_else(|| Text::new("应当是列表", "no list").at(name))?;
            items.iter().map(|item| self.expr(item, n)).collect()
        };
        let only = |known: &[&str]| match table.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(Text::new(
                format!("{key} 不能与 {} 写在一起", known[0]),
                format!("{key} does not belong beside {}", known[0]),
            )),
            None => Ok(()),
        };
        if let Some(constant) = text("const") {
            only(&["const"])?;
            return Ok(Expr::Const(numbered(constant, n)));
        }
        if let Some(from) = table.get("from") {
            only(&["from", "map"])?;
            let name = text("map").ok_or_else(|| {
                Text::new("from 还需要 map，即词典的名称", "from needs map, the name of a dictionary")
            })?;
            if self.dictionary(name).is_none() {
                return Err(no_dictionary(name));
            }
            return Ok(Expr::Map(Box::new(self.expr(from, n)?), name.to_owned()));
        }
        if let Some(prefix) = text("key") {
            only(&["key", "of", "gaps", "content"])?;
            let namespace = Namespace::from_prefix(prefix)
                .ok_or_else(|| Text::new(format!("没有名为 {prefix} 的键"), format!("there is no key {prefix}")))?;
            return Ok(Expr::Key { namespace, parts: list("of")?, gaps: flag("gaps"), content: flag("content") });
        }
        if table.contains_key("first") {
            only(&["first"])?;
            return Ok(Expr::First(list("first")?));
        }
        if table.contains_key("join") {
            only(&["join", "by"])?;
            return Ok(Expr::Join(list("join")?, text("by").unwrap_or_default().to_owned()));
        }
        if table.contains_key("sum") {
            only(&["sum"])?;
            return Ok(Expr::Sum(list("sum")?));
        }
        if let Some(column) = text("day") {
            only(&["day"])?;
            return Ok(Expr::Day(numbered(column, n)));
        }
        if let Some(start) = table.get("position").and_then(toml::Value::as_integer) {
            only(&["position"])?;
            return Ok(Expr::Position(start));
        }
        let known = "const, from, key, first, join, sum, day, position";
        Err(Text::new(format!("其中没有 {known} 中的任何一个"), format!("it has none of {known}")))
    }
}

/// What is said of a dictionary that nobody wrote.
pub(super) fn no_dictionary(name: &str) -> Text {
    Text::new(format!("没有名为 {name} 的词典"), format!("there is no dictionary {name}"))
}

/// Puts the number of a repeated block into a name.
fn numbered(text: &str, n: i64) -> String {
    text.replace("{n}", &n.to_string()).replace("{n+1}", &(n + 1).to_string())
}

fn texts(value: &toml::Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn built_in_layouts_read() {
        let layouts = Layouts::built_in().expect("the embedded layouts read");
        let of = |family| layouts.built_in.iter().filter(|layout| layout.family == family).count();
        assert_eq!((of(Family::Bureau), of(Family::Hospital)), (10, 15));
    }

    #[test]
    fn headers_are_compared_without_noise() {
        for text in ["\u{feff}\"MDTRT_ID\"\t", "mdtrt_id ", "ＭＤＴＲＴ＿ＩＤ", "t.mdtrt_id", "'mdtrt_id'"] {
            assert_eq!(header_name(text), "mdtrt_id", "{text}");
        }
        for text in ["[mdtrt_id]", "mdtrt_id【就诊】", "就诊_mdtrt_id", "mdtrt_id 就诊", "mdtrt_id(就诊)"] {
            assert_eq!(header_name(text), "mdtrt_id", "{text}");
        }
        assert_eq!([header_name("就诊ID"), header_name("住院/门诊号")], ["就诊id", "住院/门诊号"]);
        assert_eq!(header_name("医疗目录编码（国家码）"), "医疗目录编码");
    }

    #[test]
    fn a_map_says_what_is_wrong_with_it() {
        let mut layouts = Layouts::built_in().expect("layouts");
        let text = "[[layout]]\nname = \"x\"\nidentify = [\"a\"]\n[[layout.rows]]\ntable = \"psn\"\nset = { psn_key = { key = \"nobody\", of = [\"a\"] } }";
        let error = layouts.read("m.toml", text).expect_err("an unknown key").to_string();
        assert_eq!(error, "m.toml: layout x: table psn: column psn_key: there is no key nobody");
    }
}
