//! Every limit of the search, as the ring rules' parameters have it.
//!
//! The defaults, their units, ranges and reasons stand in `queries/*/*-ring/rule.toml` and nowhere else. A limit that several ring rules share
//! belongs to `patient-ring`, but for the share of false discoveries, which each rule that tests for chance has for itself.

use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::rules::error::RuleError;
use crate::rules::spec::Number;
use crate::rules::{self, Catalog, Values};

/// Id of the rule of persons together, which holds the limits that all groups are made with.
pub const PATIENT_RING: &str = "patient-ring";
/// Id of the rule of those of them who buy drugs known to be resold.
pub const RESALE_RING: &str = "resale-ring";
/// Id of the rule of institutions and practitioners that share patients.
pub const SHARED_PATIENTS_RING: &str = "shared-patients-ring";
/// Id of the rule of cycles of stays.
pub const ROTATION_RING: &str = "rotation-ring";

/// Seed of the order in which communities are visited: any number, the same for all runs.
pub const SEED: u64 = 20_240_105;

/// Minutes of a place's habit.
pub const BIN_MINUTES: i32 = 30;

/// Limits of the search, by the rule whose parameters they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Of [`PATIENT_RING`]: persons together, and what several ring rules share.
    pub patients: Patients,
    /// Of [`RESALE_RING`].
    pub resale: Resale,
    /// Of [`SHARED_PATIENTS_RING`].
    pub shared: SharedPatients,
    /// Of [`ROTATION_RING`].
    pub rotation: Rotation,
}

/// Parameters of [`PATIENT_RING`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patients {
    /// Two contacts this many minutes apart or less are together.
    pub minutes: i32,
    /// Days that two persons have to be together on.
    pub min_days: u32,
    /// Persons in one time slot of one place beyond which the slot forms no pairs.
    pub max_crowd: u32,
    /// Persons at one place on one day from which the day can be a mass day.
    pub mass_persons: u32,
    /// A mass day also has at least this many times the place's median day.
    pub mass_times: u32,
    /// Of the days that two persons were at one place, this share has to be together, percent.
    pub min_together_pct: u32,
    /// Expected share of chance pairs of persons among those kept, percent.
    pub false_discovery_pct: f64,
    /// Smallest ring.
    pub min_members: usize,
    /// A member is linked with at least this share of the others, percent.
    pub core_pct: usize,
    /// Internal density below which a community is split, percent of the component's mean link.
    pub resolution_pct: u32,
    /// Persons with one telephone, or one address, that still are a household.
    pub household: u32,
    /// Adults of an older generation who come with one minor, at most.
    pub elders: u32,
    /// Persons with one address beyond which it explains nothing.
    pub crowded_address: u32,
    /// Visits at one hospital from which a person's calendar can be a course of treatment.
    pub course_visits: usize,
    /// Longest median gap of such a course, days.
    pub course_gap_days: i32,
    /// Share of gaps within a day of the median that makes a calendar regular, percent.
    pub course_regular_pct: usize,
    /// Share of the visits of a calendar with a line of treatment that makes it a course, percent.
    pub course_treated_pct: usize,
    /// Persons at a place within `minutes` that make a burst, at least.
    pub burst_persons: usize,
    /// −log10 of the chance of a burst at that time of day.
    pub burst_surprise: f64,
}

/// Parameters of [`RESALE_RING`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resale {
    /// Share of a ring's money in drugs known to be resold from which it is held under model 5, percent.
    pub resale_pct: i64,
}

/// Parameters of [`SHARED_PATIENTS_RING`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedPatients {
    /// Persons that two institutions, or a practitioner and a pharmacy, share at least.
    pub min_shared: u32,
    /// Shared persons as a share of the smaller one's, at least, percent.
    pub min_shared_pct: u32,
    /// Times the expected number of shared persons.
    pub min_lift: f64,
    /// Expected share of chance among the pairs of institutions and practitioners kept, percent.
    pub false_discovery_pct: f64,
}

/// Parameters of [`ROTATION_RING`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotation {
    /// Persons who walk one cycle of institutions, at least.
    pub min_walkers: u32,
    /// Days between two stays beyond which they are not consecutive.
    pub walk_gap_days: i32,
    /// Institutions in a cycle, at most.
    pub max_cycle: usize,
    /// Expected share of chance among the cycles kept, percent.
    pub false_discovery_pct: f64,
}

/// As the embedded rules have it.
///
/// # Panics
/// If an embedded rule lacks a parameter, which the tests rule out.
impl Default for Settings {
    fn default() -> Self {
        static DEFAULTS: LazyLock<Settings> = LazyLock::new(|| {
            let catalog = Catalog::embedded().expect("the embedded rules load");
            Settings::new(&catalog, &rules::Settings::default()).expect("the ring rules have all parameters")
        });
        DEFAULTS.clone()
    }
}

/// Days of a place differ in size, and two presences are on a large day rather than on a small one: by how much, generously.
const UNEVEN_DAYS: i64 = 2;

impl Settings {
    /// The limits that the ring rules of `catalog` have with what users set.
    ///
    /// # Errors
    /// If the catalog lacks a ring rule, a ring rule lacks a parameter, or has one that the search does not know.
    pub fn new(catalog: &Catalog, set: &rules::Settings) -> Result<Self, RuleError> {
        Ok(Self {
            patients: of_rule(PATIENT_RING, catalog, set)?,
            resale: of_rule(RESALE_RING, catalog, set)?,
            shared: of_rule(SHARED_PATIENTS_RING, catalog, set)?,
            rotation: of_rule(ROTATION_RING, catalog, set)?,
        })
    }

    /// Of two contacts in one half hour of one day, the share that is within reach, thousand-millionths, for uneven days.
    pub fn contact_e9(&self) -> i64 {
        UNEVEN_DAYS * 1_000_000_000 * i64::from(2 * self.patients.minutes + 1) / i64::from(BIN_MINUTES)
    }

    /// The same of two stays of as many nights that begin on one day.
    pub const fn stay_e9(&self) -> i64 {
        UNEVEN_DAYS * 1_000_000_000
    }

    /// The limits that the SQL texts name, by name.
    pub fn sql_values(&self) -> [(&'static str, i64); 7] {
        [
            ("max_crowd", self.patients.max_crowd.into()),
            ("mass_persons", self.patients.mass_persons.into()),
            ("mass_times", self.patients.mass_times.into()),
            ("minutes", self.patients.minutes.into()),
            ("contact_e9", self.contact_e9()),
            ("stay_e9", self.stay_e9()),
            ("min_days", self.patients.min_days.into()),
        ]
    }
}

/// The parameters of the ring rule called `id` with what users set.
fn of_rule<T: DeserializeOwned>(id: &str, catalog: &Catalog, set: &rules::Settings) -> Result<T, RuleError> {
    let rule = catalog.rule(id).ok_or_else(|| RuleError::Invalid {
        file: id.to_owned(),
        field: "id".to_owned(),
        problem: "there is no such rule".to_owned(),
        remedy: "the search for rings needs it".to_owned(),
    })?;
    limits(id, &set.of(rule))
}

/// Parameter values as the search holds them: every one that it knows, and no other.
fn limits<T: DeserializeOwned>(rule: &str, values: &Values) -> Result<T, RuleError> {
    let value = |number| match number {
        Number::Int(value) => toml::Value::Integer(value),
        Number::Float(value) => toml::Value::Float(value),
    };
    let params: toml::Table = values.iter().map(|(name, number)| (name.to_owned(), value(number))).collect();
    params.try_into().map_err(|source| RuleError::Toml { file: format!("{rule}/rule.toml"), source: Box::new(source) })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::rules::spec::Param;

    #[test]
    fn every_parameter_of_the_ring_rules_reaches_the_search() {
        let catalog = Catalog::embedded().unwrap();
        let mut reached = 0;
        for rule in catalog.rules().iter().filter(|rule| rule.is_ring()) {
            for (name, param) in &rule.spec.params {
                let other = param.range.into_iter().find(|end| end.as_f64() != param.default.as_f64()).unwrap();
                let set = rules::Settings::parse(&[format!("{}.{name}={other}", rule.spec.id)], &catalog).unwrap();
                assert_ne!(Settings::new(&catalog, &set).unwrap(), Settings::default(), "{} {name}", rule.spec.id);
                reached += 1;
            }
        }
        assert_eq!(reached, 28, "every field of Settings has its parameter");
    }

    #[test]
    fn a_parameter_that_the_search_does_not_know_is_an_error_and_so_is_one_that_is_missing() {
        let catalog = Catalog::embedded().unwrap();
        let declared = &catalog.rule(ROTATION_RING).unwrap().spec.params;
        let with = |change: &dyn Fn(&mut BTreeMap<String, Param>)| {
            let mut params = declared.clone();
            change(&mut params);
            limits::<Rotation>(ROTATION_RING, &Values::defaults(&params))
        };
        assert_eq!(with(&|_| ()).unwrap(), Settings::default().rotation);
        let problem = |change: &dyn Fn(&mut BTreeMap<String, Param>)| with(change).unwrap_err().to_string();
        let missing = problem(&|params| params.retain(|name, _| name != "max_cycle"));
        assert!(missing.starts_with("rotation-ring/rule.toml: missing field `max_cycle`"), "{missing}");
        let unknown = problem(&|params| {
            let one = params["max_cycle"].clone();
            params.insert("least_cycle".to_owned(), one);
        });
        assert!(unknown.contains("unknown field `least_cycle`"), "{unknown}");
        let set = |params: &mut BTreeMap<String, Param>, default| {
            params.entry("max_cycle".to_owned()).and_modify(|param| param.default = default);
        };
        for wrong in
            [problem(&|params| set(params, Number::Float(1.5))), problem(&|params| set(params, Number::Int(-1)))]
        {
            assert!(wrong.contains("expected usize") && wrong.contains("in `max_cycle`"), "{wrong}");
        }
    }
}
