//! rule.toml as written: the one source of everything people read about a rule.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lang::{Bilingual, Lang, Text};
use crate::model::{Grade, SuspectKind};

/// How settled a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// New: its findings need more checking than usual.
    Preview,
    /// In use.
    Stable,
    /// Kept for old command lines; another rule replaces it.
    Deprecated,
}

impl Status {
    /// The word in `lang`.
    pub const fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Preview => lang.pick("试行", "preview"),
            Self::Stable => lang.pick("正式", "stable"),
            Self::Deprecated => lang.pick("停用", "deprecated"),
        }
    }
}

/// What a rule has to see at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Everything about one person: runs bucket by bucket, in bounded memory.
    Person,
    /// All persons.
    Area,
}

/// Who looks for what a rule describes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Search {
    /// Its own rule.sql.
    #[default]
    Sql,
    /// The search for rings (`src/rings`), which serves several rules at once and takes its limits from their parameters.
    Rings,
}

/// The provision that the pattern would breach.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Name of the regulation, Chinese.
    pub regulation: String,
    /// Article.
    pub article: u16,
    /// Item within the article.
    pub item: u16,
}

/// The rows a rule looked at: the denominator of its findings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// SQL after FROM, such as `visit WHERE care_setting = 'inpatient'`.
    pub from: String,
    /// What such a row is, Chinese.
    pub zh: String,
    /// What such rows are, English.
    pub en: String,
}

/// Type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamType {
    /// Whole number.
    Int,
    /// Decimal number.
    Float,
}

/// A number of rule.toml, kept as written: `3` or `0.5`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Number {
    /// Whole number.
    Int(i64),
    /// Decimal number.
    Float(f64),
}

impl Number {
    /// As a double; whole numbers of rules are far below 2⁵³.
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
        }
    }
}

/// A parameter that users may set.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// Type.
    #[serde(rename = "type")]
    pub kind: ParamType,
    /// Value unless set.
    pub default: Number,
    /// Least and greatest value.
    pub range: [Number; 2],
    /// What it counts, such as `days` or `fen`.
    pub unit: String,
    /// Where the default comes from, English.
    pub why: String,
    /// Where the default comes from, Chinese.
    pub why_zh: String,
    /// False when neither direction fires more (a convention rather than a limit): cases then need no "over" and "under".
    #[serde(default = "yes")]
    pub edge: bool,
}

const fn yes() -> bool {
    true
}

/// What an inspector reads about a rule, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// What the rule finds.
    pub finds: String,
    /// Why that would breach the provision.
    pub breaks: String,
    /// Innocent explanations that the data cannot rule out.
    pub innocent: Vec<String>,
    /// Records to ask the hospital for.
    pub ask_for: Vec<String>,
    /// Sources.
    #[serde(default)]
    pub references: Vec<String>,
}

impl Bilingual<RuleText> {
    /// The text in `lang`.
    pub const fn pick(&self, lang: Lang) -> &RuleText {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// rule.toml.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// Name of the rule and of its folder.
    pub id: String,
    /// 1–9.
    pub model: u8,
    /// First version that had it.
    pub since: String,
    /// How settled it is.
    pub status: Status,
    /// Whether the record itself shows it or somebody has to look.
    pub grade: Grade,
    /// What it has to see at once.
    pub scope: Scope,
    /// Who looks for it.
    #[serde(default)]
    pub search: Search,
    /// Prior share of its findings that an inspection confirms, 0–1.
    pub confidence: f64,
    /// Whose conduct the pattern can be, the likeliest first: its findings count in the rankings of these kinds only, so that nobody is
    /// listed for what somebody else does.
    pub concerns: Vec<SuspectKind>,
    /// Inspection fields it belongs to, such as 血液净化.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Tables without which it says nothing.
    pub tables: Vec<String>,
    /// Tables of which it needs at least one.
    #[serde(default)]
    pub any_tables: Vec<String>,
    /// Tables it reads where there are any.
    #[serde(default)]
    pub optional_tables: Vec<String>,
    /// Shared steps that rule.sql reads: files of `queries/steps/`, or of `steps/` in the user's folder, without `.sql`.
    #[serde(default)]
    pub steps: Vec<String>,
    /// Columns, as `table.column`, without which it says nothing.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Provision.
    pub basis: Basis,
    /// Title.
    pub title: Text,
    /// Denominator.
    pub population: Population,
    /// One sentence per finding; names in braces are filled in.
    pub situation: Text,
    /// Parameters by name.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    /// Legitimate look-alikes that the SQL leaves out, by id.
    #[serde(default)]
    pub exclusions: BTreeMap<String, Text>,
    /// Texts for inspectors.
    pub text: Bilingual<RuleText>,
}

impl RuleSpec {
    /// All tables it may read, the needed ones first.
    pub fn all_tables(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().chain(&self.any_tables).chain(&self.optional_tables).map(String::as_str)
    }
}

/// Names that the sentence of a finding may hold in braces.
pub const SITUATION_FIELDS: [&str; 16] = [
    "measure",
    "threshold",
    "psn_no",
    "fixmedins_name",
    "fixmedins_code",
    "dr_name",
    "item_name",
    "limit",
    "problem",
    "mdtrt_id",
    "first_day",
    "last_day",
    "records",
    "gross_amount",
    "inscp_amount",
    "fund_amount",
];

#[cfg(test)]
mod tests {
    use crate::fields::field;
    use crate::rules::Catalog;

    #[test]
    fn rules_carry_known_tags() {
        let catalog = Catalog::embedded().unwrap();
        assert!(catalog.rules().iter().any(|rule| !rule.spec.fields.is_empty()));
        for rule in catalog.rules() {
            for tag in &rule.spec.fields {
                assert_eq!(field(tag).unwrap().tag(), tag, "{}", rule.spec.id);
            }
        }
    }
}
