//! The two languages people read: Chinese by default, English on request.

use serde::{Deserialize, Serialize};

/// Language of everything an inspector reads; data columns and codes do not change with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// Simplified Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// One of two texts.
    pub const fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

/// A count with its English noun, whose plural ends in s: `1 day`, `2 days`.
pub fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Something people read, in both languages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual<T> {
    /// Simplified Chinese.
    pub zh: T,
    /// English.
    pub en: T,
}

/// A text that came with data, or was put together.
pub type Text = Bilingual<String>;

/// A text of the program itself.
pub type Label = Bilingual<&'static str>;

impl Text {
    /// Both languages at once.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// The text in one language.
    pub fn pick(&self, lang: Lang) -> &str {
        lang.pick(&self.zh, &self.en)
    }

    /// The text behind the place that it is about, whose name is the same in both languages.
    #[must_use]
    pub fn at(self, place: &str) -> Self {
        Self { zh: format!("{place}：{}", self.zh), en: format!("{place}: {}", self.en) }
    }
}

impl Label {
    /// Both languages at once.
    pub const fn new(zh: &'static str, en: &'static str) -> Self {
        Self { zh, en }
    }

    /// The text in one language.
    pub const fn pick(self, lang: Lang) -> &'static str {
        lang.pick(self.zh, self.en)
    }
}

impl From<Label> for Text {
    fn from(label: Label) -> Self {
        Self::new(label.zh, label.en)
    }
}
