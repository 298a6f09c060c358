//! A problem list and its groups as written: `queries/problems/*.toml`, and the same files in a knowledge folder.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lang::Text;
use crate::model::Grade;

/// How far claims can show an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Claims show all of it.
    Evaluated,
    /// Claims show a part of it; the item says which they do not.
    Partly,
    /// No claim shows it; the item says which record would.
    NotInClaims,
    /// Nobody has written down yet how it is looked for: an item of a list that came as words only.
    NotEncoded,
}

impl Status {
    /// The word of the output contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Evaluated => "evaluated",
            Self::Partly => "partly",
            Self::NotInClaims => "not-in-claims",
            Self::NotEncoded => "not-encoded",
        }
    }
}

/// The shapes that checks have; each is a rule that looks for all checks of its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// `b` charged together with `a`.
    Together,
    /// `a` charged without `b`.
    Without,
    /// More of `a` than a limit.
    MoreThan,
    /// `a` charged apart at all.
    Never,
    /// `a` without a diagnosis that asks for it.
    Unindicated,
    /// `a` for a trivial diagnosis.
    DiagnosisOperation,
    /// `a` at a place that has not what it takes.
    Place,
    /// Hours of `a` beyond the hours there were.
    HoursWithin,
    /// Too large a share of those with `b` have `a`.
    Ratio,
}

impl Shape {
    /// Its word in lists and in `problem_check`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Together => "together",
            Self::Without => "without",
            Self::MoreThan => "more-than",
            Self::Never => "never",
            Self::Unindicated => "unindicated",
            Self::DiagnosisOperation => "diagnosis-operation",
            Self::Place => "place",
            Self::HoursWithin => "hours-within",
            Self::Ratio => "ratio",
        }
    }

    /// The rule that looks for it.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Together => "listed-together",
            Self::Without => "listed-without",
            Self::MoreThan => "listed-more-than",
            Self::Never => "listed-never-apart",
            Self::Unindicated => "listed-unindicated",
            Self::DiagnosisOperation => "listed-trivial-operation",
            Self::Place => "listed-wrong-place",
            Self::HoursWithin => "listed-hours-within",
            Self::Ratio => "listed-ratio",
        }
    }
}

/// Declares an enum of words that `problem_check` holds as they are written.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$of])* #[serde(rename = $word)] $variant,)*
        }
        impl $name {
            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

words! {
    /// What counts as together.
    Window {
        /// One day of one person.
        Day = "day",
        /// One visit.
        Visit = "visit",
        /// So many hours of one person.
        Hours = "hours",
        /// One operation, else its day.
        Operation = "operation",
    }
}

words! {
    /// What a limit holds for.
    Per {
        /// A day of a person.
        Day = "day",
        /// A visit.
        Visit = "visit",
        /// An operation.
        Operation = "operation",
        /// So many days of a person.
        PersonDays = "person-days",
    }
}

words! {
    /// Whether anything explains two items together, as NCCI tells it of its pairs.
    Indicator {
        /// Nothing does.
        Never = "never",
        /// Another session or side does.
        UnlessOtherSession = "unless-other-session",
    }
}

words! {
    /// Whether anybody can have more than a limit, as the MUE tell it of theirs.
    Kind {
        /// Nobody can.
        Absolute = "absolute",
        /// Few have.
        Clinical = "clinical",
    }
}

words! {
    /// What has to have the departments of a check of places.
    Place {
        /// The institution.
        Institution = "institution",
        /// The line itself.
        Department = "department",
    }
}

words! {
    /// What gives the hours that there were.
    TimeFrom {
        /// Records of anaesthesia.
        Anaesthesia = "anaesthesia",
        /// Records of operations.
        Operation = "operation",
        /// The stay.
        Stay = "stay",
        /// Units of the items of side `b`.
        Items = "items",
    }
}

words! {
    /// Kinds of visits, as the case store names them.
    Setting {
        /// A stay.
        Inpatient = "inpatient",
        /// An outpatient contact.
        Outpatient = "outpatient",
        /// A purchase at a pharmacy.
        Pharmacy = "pharmacy",
        /// A bed at home.
        HomeBed = "home_bed",
        /// Not told by the export.
        Unknown = "unknown",
    }
}

words! {
    /// Sex of a person.
    Sex {
        /// Men.
        Male = "male",
        /// Women.
        Female = "female",
    }
}

impl Sex {
    /// Its code in visits.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Male => "1",
            Self::Female => "2",
        }
    }
}

/// The provision that an item breaches, of 医疗保障基金使用监督管理条例.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Article.
    pub article: u16,
    /// Item within the article; none where the article as a whole is meant.
    pub item: Option<u16>,
}

/// One way of looking for an item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// How.
    pub shape: Shape,
    /// Main items: groups, united.
    pub a: Vec<String>,
    /// Items they are set against: groups, united.
    #[serde(default)]
    pub b: Vec<String>,
    /// Items that explain it where they stand in the same window.
    #[serde(default)]
    pub unless: Vec<String>,
    /// What counts as together.
    pub window: Option<Window>,
    /// Length of a window in hours.
    pub hours: Option<u32>,
    /// Most that may be charged.
    pub limit: Option<f64>,
    /// What the limit holds for.
    pub per: Option<Per>,
    /// Days of `person-days`; how far from the visit a diagnosis counts.
    pub days: Option<u32>,
    /// Kind of the limit.
    pub kind: Option<Kind>,
    /// Whether each item of `a` is counted by itself.
    #[serde(default)]
    pub each: bool,
    /// Greatest share in percent; without it peers are the measure.
    pub share_pct: Option<u32>,
    /// Whether anything explains the two together.
    pub indicator: Option<Indicator>,
    /// What has to have the departments.
    pub place: Option<Place>,
    /// What gives the hours.
    pub time_from: Option<TimeFrom>,
    /// Minutes of one unit of `a`.
    pub unit_minutes: Option<u32>,
    /// Minutes that another item covers already.
    pub base_minutes: Option<u32>,
    /// Minutes of one unit of `b`.
    pub b_unit_minutes: Option<u32>,
    /// Diagnoses that count: groups.
    #[serde(default)]
    pub dx_in: Vec<String>,
    /// Diagnoses that excuse: groups.
    #[serde(default)]
    pub dx_not_in: Vec<String>,
    /// Departments: groups.
    #[serde(default)]
    pub departments: Vec<String>,
    /// Departments of the items of `b`: groups.
    #[serde(default)]
    pub b_departments: Vec<String>,
    /// Kinds of visits looked at; none for all.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// The sex looked at; none for both.
    pub sex: Option<Sex>,
    /// The most a finding of it is.
    #[serde(default = "lead")]
    pub grade: Grade,
    /// First day looked at, where it is not the list's.
    pub first_day: Option<String>,
    /// Last day looked at, where it is not the list's.
    pub last_day: Option<String>,
    /// The part of the item it covers, where there are several checks.
    pub part: Option<Text>,
}

const fn lead() -> Grade {
    Grade::Lead
}

/// An existing rule that evaluates an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleLink {
    /// Its id.
    pub id: String,
    /// Only its findings with a suspect record of these groups count; none for all.
    #[serde(default)]
    pub items: Vec<String>,
    /// The part of the item it covers.
    pub part: Option<Text>,
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProblemSpec {
    pub number: u32,
    pub field: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub title: Text,
    pub basis: Option<Basis>,
    pub status: Status,
    pub limits: Option<Text>,
    pub ask: Option<Text>,
    #[serde(default)]
    pub check: Vec<Check>,
    #[serde(default)]
    pub rule: Vec<RuleLink>,
}

/// A list.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListSpec {
    pub list: String,
    pub zh: String,
    pub en: String,
    pub source: String,
    pub first_day: Option<String>,
    pub last_day: Option<String>,
    #[serde(default)]
    pub settings: Vec<Setting>,
    #[serde(rename = "problem", default)]
    pub problems: Vec<ProblemSpec>,
}

/// A group of items.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemGroupSpec {
    pub zh: String,
    pub en: String,
    #[serde(default)]
    pub codes: Vec<String>,
    #[serde(default)]
    pub names: Vec<String>,
    #[serde(default)]
    pub without: Vec<String>,
    #[serde(default)]
    pub kinds: Vec<String>,
    #[serde(default)]
    pub charge_types: Vec<String>,
}

/// A group of diagnoses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DxGroupSpec {
    pub zh: String,
    pub en: String,
    #[serde(default)]
    pub codes: Vec<String>,
    #[serde(default)]
    pub names: Vec<String>,
    #[serde(default)]
    pub without: Vec<String>,
}

/// A group of departments.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DepartmentGroupSpec {
    pub zh: String,
    pub en: String,
    #[serde(default)]
    pub names: Vec<String>,
    #[serde(default)]
    pub without: Vec<String>,
    #[serde(default)]
    pub codes: Vec<String>,
}

/// groups.toml.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupsSpec {
    #[serde(default)]
    pub item: BTreeMap<String, ItemGroupSpec>,
    #[serde(default)]
    pub dx: BTreeMap<String, DxGroupSpec>,
    #[serde(default)]
    pub department: BTreeMap<String, DepartmentGroupSpec>,
}
