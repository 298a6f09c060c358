//! Dictionaries of layouts: from what an export writes to what the case store holds.

use std::collections::HashMap;

use serde::Deserialize;

use super::cell;
use crate::lang::Text;

/// As written in a layout file; docs/map-format.md explains the fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[serde(default)]
    pad: usize,
    #[serde(default)]
    keep: bool,
    default: Option<String>,
    empty: Option<String>,
    values: HashMap<String, Vec<String>>,
}

/// A value map with exact words and prefixes.
#[derive(Debug, Clone)]
pub struct Dictionary {
    pad: usize,
    keep: bool,
    default: Option<String>,
    empty: Option<String>,
    exact: HashMap<String, String>,
    /// Longest first.
    prefixes: Vec<(String, String)>,
}

/// What a dictionary makes of a word.
#[derive(Debug, PartialEq, Eq)]
pub enum Meaning<'a> {
    /// A value of the dictionary.
    Value(&'a str),
    /// The normalised word itself.
    Kept(String),
    /// No value, and none is wanted.
    Nothing,
    /// A word that the dictionary should know.
    Unknown,
}

impl Dictionary {
    /// Reads one `[dictionary.NAME]`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(value: toml::Value) -> Result<Self, Text> {
        let raw: Raw =
            value.try_into().map_err(|error: toml::de::Error| Text::new(error.message(), error.message()))?;
        let mut exact = HashMap::new();
        let mut prefixes = Vec::new();
        for (value, words) in raw.values {
            for word in words {
                let normal = cell::code(&word).into_owned();
                let earlier = match normal.strip_suffix('*') {
                    Some(prefix) => {
                        prefixes.push((prefix.to_owned(), value.clone()));
                        None
                    }
                    None => exact.insert(padded(&normal, raw.pad), value.clone()),
                };
                if let Some(earlier) = earlier.filter(|earlier| *earlier != value) {
                    return Err(Text::new(
                        format!("“{word}”既表示“{earlier}”，又表示“{value}”"),
                        format!("\"{word}\" means both \"{earlier}\" and \"{value}\""),
                    ));
                }
            }
        }
        prefixes.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        Ok(Self { pad: raw.pad, keep: raw.keep, default: raw.default, empty: raw.empty, exact, prefixes })
    }

    /// The value of an empty cell, where the dictionary gives it one.
    pub fn empty(&self) -> Option<&str> {
        self.empty.as_deref()
    }

    /// Every value that a look-up can give, kept words aside.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        let listed = self.exact.values().chain(self.prefixes.iter().map(|(_, value)| value));
        listed.chain(&self.default).chain(&self.empty).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether unknown words are kept.
    pub const fn keeps(&self) -> bool {
        self.keep
    }

    /// Looks up a normalised, non-empty word.
    pub fn look_up(&self, word: &str) -> Meaning<'_> {
        if let Some(value) = self.exact.get(word) {
            return Meaning::Value(value);
        }
        let word = padded(word, self.pad);
        if let Some(value) = self.exact.get(&word) {
            return Meaning::Value(value);
        }
        if let Some((_, value)) = self.prefixes.iter().find(|(prefix, _)| word.starts_with(prefix)) {
            return Meaning::Value(value);
        }
        match &self.default {
            Some(value) if value.is_empty() => Meaning::Nothing,
            Some(value) => Meaning::Value(value),
            None if self.keep => Meaning::Kept(word),
            None => Meaning::Unknown,
        }
    }
}

/// The word as the dictionary lists it: a whole number without the `.0` of a float, padded with zeros to `width`.
fn padded(word: &str, width: usize) -> String {
    let whole = match word.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => word,
    };
    if whole.is_empty() || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return word.to_owned();
    }
    if width == 0 { whole.to_owned() } else { format!("{:0>width$}", whole.trim_start_matches('0')) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary(text: &str) -> Dictionary {
        let table: toml::Table = toml::from_str(text).expect("TOML");
        Dictionary::parse(toml::Value::Table(table)).expect("a dictionary")
    }

    #[test]
    fn prefixes_padding_and_defaults() {
        let setting = dictionary("default = \"outpatient\"\nvalues = { inpatient = [\"21*\"], home_bed = [\"71\"] }");
        assert_eq!(setting.look_up("210104"), Meaning::Value("inpatient"));
        assert_eq!(setting.look_up("71"), Meaning::Value("home_bed"));
        assert_eq!(setting.look_up("11"), Meaning::Value("outpatient"));
        let charge = dictionary("pad = 2\nkeep = true\nvalues = { \"01\" = [\"床位费\"] }");
        assert_eq!(charge.look_up("1"), Meaning::Kept("01".to_owned()));
        assert_eq!(charge.look_up("01"), Meaning::Kept("01".to_owned()));
        assert_eq!(charge.look_up("1.0"), Meaning::Kept("01".to_owned()));
        assert_eq!(charge.look_up("床位费"), Meaning::Value("01"));
        let strict = dictionary("values = { \"1\" = [\"男\"] }");
        assert_eq!(strict.look_up("?"), Meaning::Unknown);
    }
}
