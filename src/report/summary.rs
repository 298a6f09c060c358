//! What a run did, as plain data: the workbook's sheets about the run and manifest.json are both written from it, the one by
//! `workbook`, the other by `manifest`.
//!
//! Everything here but `clock` is the same on every run over the same inputs, whatever the machine or thread count.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dispositions::Learnt;
use super::text;
use crate::import::loss_text;
use crate::import::summary::ImportSummary;
use crate::lang::{Lang, Text};
use crate::rings::model::Account;

/// Everything a reader of the report needs to know about the run itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunSummary {
    /// Version of the program.
    pub version: String,
    /// The command as typed, program name first.
    pub command_line: Vec<String>,
    /// `--reveal`: persons appear as in the export.
    pub revealed: bool,
    /// Tells the key of the pseudonyms: reports with the same one name the same persons alike.
    pub pseudonym_key: Option<String>,
    /// What is known of rules by verified findings; empty without `--dispositions`.
    pub learnt: BTreeMap<String, Learnt>,
    /// What was looked at.
    pub scope: Scope,
    /// What the import found out about the exports.
    pub imported: ImportSummary,
    /// `--accept-losses`: a run over damaged data ends as one over whole data.
    pub losses_accepted: bool,
    /// Rows of each canonical table, by name.
    pub tables: BTreeMap<String, u64>,
    /// The models the program knows, run or not, ascending.
    pub models: Vec<ModelTitle>,
    /// Rules that ran, in the order of the catalog.
    pub rules_run: Vec<RuleRun>,
    /// Findings of each of them, by its id.
    pub findings: BTreeMap<String, u64>,
    /// Rules that did not run; not applicable is never clean.
    pub rules_skipped: Vec<RuleSkipped>,
    /// How much of what the knowledge tables speak of occurs in this export.
    pub knowledge: Vec<Coverage>,
    /// What the ring search looked at and left out; none when it did not run.
    pub rings: Option<Account>,
    /// Time and speed: the only part that differs between two runs over the same inputs.
    pub clock: Clock,
}

impl RunSummary {
    /// What stands first wherever the run is told: that data were lost, with the figures. None where all is within the limits.
    pub fn headline(&self, lang: Lang) -> Option<String> {
        let headline = loss_text::headline(&self.imported.losses)?;
        let accepted = self.losses_accepted && self.imported.losses.are_missing();
        let said = if accepted {
            lang.pick("（已用 --accept-losses 接受）", " (Taken as it is: --accept-losses.)")
        } else {
            ""
        };
        Some(format!("{}{said}", headline.pick(lang)))
    }

    /// Rules that ran on data of which too much was lost.
    pub fn damaged(&self) -> impl Iterator<Item = &RuleRun> {
        self.rules_run.iter().filter(|rule| !rule.damage.is_empty())
    }

    /// Number and title of a model.
    pub fn model_name(&self, model: i32, lang: Lang) -> String {
        model_name(&self.models, model, lang)
    }
}

/// Number and title of one of these models.
pub fn model_name(models: &[ModelTitle], model: i32, lang: Lang) -> String {
    let title = models.iter().find(|known| known.model == model).map(|known| known.title.pick(lang));
    match (model, title) {
        (0, Some(title)) => title.to_owned(),
        (_, Some(title)) => format!("{model} {title}"),
        (_, None) => format!("{} {model}", text::MODEL.pick(lang)),
    }
}

/// What the rules looked at: the filters and the size of what passed them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// First day of the data, days since 1970-01-01; `--period` narrows it.
    pub first_day: Option<i32>,
    /// Last day of the data, days since 1970-01-01; `--period` narrows it.
    pub last_day: Option<i32>,
    /// `--institution`, empty for all.
    pub only_institutions: Vec<String>,
    /// Inspection fields that findings were limited to; empty for all.
    #[serde(default)]
    pub only_fields: Vec<Text>,
    /// Problem lists and items that findings were limited to, as typed; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_problems: Vec<String>,
    /// Known persons.
    pub persons: u64,
    /// Hospitals and pharmacies.
    pub institutions: u64,
    /// Visits.
    pub visits: u64,
    /// Fee lines after netting.
    pub fee_lines: u64,
    /// Billed, fen.
    pub gross_fen: i64,
    /// Within the fund's scope, fen.
    pub inscp_fen: i64,
    /// Paid by the fund, fen.
    pub fund_fen: i64,
}

/// A model's number and title.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelTitle {
    /// 1–9, the Lu'an item; 0 for data quality.
    pub model: i32,
    /// Short enough for a sheet name, such as 分解住院、挂床住院.
    pub title: Text,
}

/// A rule that ran.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRun {
    /// Such as `split-stay`.
    pub rule_id: String,
    /// 1–9, the Lu'an item; 0 for data quality.
    pub model: i32,
    /// Title of the rule.
    pub title: Text,
    /// Law, article and item, readable.
    pub basis: Text,
    /// Rows the rule looked at: the denominator of its findings.
    pub population: u64,
    /// What those rows are, such as 住院人次.
    pub population_label: Text,
    /// Every parameter with the value it ran with.
    pub params: Vec<ParamUsed>,
    /// What was lost beyond the limits of the tables and columns it needs: with any, finding nothing does not mean nothing is there.
    #[serde(default)]
    pub damage: Vec<Damage>,
    /// Knowledge tables it reads of which nothing occurs in this export: by them nothing can be found.
    #[serde(default)]
    pub absent: Vec<Coverage>,
}

/// How much of what a knowledge table speaks of occurs in an export.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Such as `k_sex_limit`.
    pub table: String,
    /// What it holds.
    pub title: Text,
    /// What is counted, such as 个编码.
    pub unit: Text,
    /// So many are in the table.
    pub known: u64,
    /// So many of them are in the export.
    pub here: u64,
}

impl Coverage {
    /// The figures with the table's name.
    pub fn told(&self) -> Text {
        let Self { table, unit, known, here, .. } = self;
        Text::new(
            // The measure word of 对编码, 种药品, 人.
            format!("{table}：{known} {}中出现 {here} {}", unit.zh, unit.zh.chars().take(1).collect::<String>()),
            match unit.en.as_str() {
                "pairs" => format!("{table}: {here} of {known} pairs possible here"),
                unit => format!("{table}: {here} of {known} {unit} occur"),
            },
        )
    }
}

/// A loss in the data that a rule ran on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// What was lost, with its figures.
    pub what: Text,
    /// Layout of the table, such as `fee_list_d`; empty where it cannot be told.
    pub layout: String,
    /// Header of the column; empty where rows or a file were lost.
    pub column: String,
    /// The file that lost most.
    pub file: String,
    /// Rows or cells lost.
    pub lost: u64,
    /// Of so many.
    pub of: u64,
}

impl RuleRun {
    /// What was lost of the data it ran on, in one text; none where the data was whole.
    pub fn damaged(&self, lang: Lang) -> Option<String> {
        let told: Vec<&str> = self.damage.iter().map(|damage| damage.what.pick(lang)).collect();
        (!told.is_empty()).then(|| told.join(lang.pick("；", "; ")))
    }

    /// That nothing of the knowledge it rests on occurs in this export, to stand beside its findings; none where something does.
    pub fn absent(&self, lang: Lang) -> Option<String> {
        let told: Vec<String> = self.absent.iter().map(|table| table.told().pick(lang).to_owned()).collect();
        (!told.is_empty()).then(|| told.join(lang.pick("；", "; ")))
    }
}

/// A parameter and the value a rule ran with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParamUsed {
    /// Name, as in `--set rule.name=value`.
    pub name: String,
    /// Value as typed.
    pub value: String,
    /// The rule's default.
    pub default: String,
    /// Such as 天.
    pub unit: Text,
    /// Where the default comes from.
    pub why: Text,
}

/// A rule that did not run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSkipped {
    /// Such as `split-stay`.
    pub rule_id: String,
    /// 1–9, the Lu'an item; 0 for data quality.
    pub model: i32,
    /// Title of the rule.
    pub title: Text,
    /// Which table, column or choice is missing.
    pub reason: Text,
}

/// Time and speed of one run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Clock {
    /// Start, UTC, `2024-01-05T08:30:00Z`.
    pub started: String,
    /// Seconds of the whole run.
    pub seconds: f64,
    /// Seconds of each stage, such as `import`.
    pub stage_seconds: BTreeMap<String, f64>,
    /// Seconds of each rule.
    pub rule_seconds: BTreeMap<String, f64>,
    /// Threads used.
    pub threads: usize,
}
