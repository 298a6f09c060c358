//! What programs read about a rule: `feijian rule ID --format json`. docs/rules-json.md describes the shape and promises that it stays.
//!
//! Names are those of rule.toml; what rule.toml only points at (model, provision, inspection fields, units) is spelt out here.

use std::collections::BTreeMap;

use serde::Serialize;

use super::catalog::Rule;
use super::explain;
use super::models::{self, REGULATION_EN};
use super::spec::{Number, Param, ParamType, RuleText, Scope, Search, Status};
use crate::fields;
use crate::lang::{Bilingual, Label, Text};
use crate::model::Grade;

/// All that is known of a rule.
#[derive(Debug, Clone, Serialize)]
pub struct RuleDescription<'a> {
    id: &'a str,
    title: Text,
    model: Model,
    since: &'a str,
    status: Status,
    grade: Grade,
    confidence: f64,
    concerns: Vec<&'static str>,
    fields: Vec<Text>,
    scope: Scope,
    search: Search,
    tables: &'a [String],
    any_tables: &'a [String],
    optional_tables: &'a [String],
    columns: &'a [String],
    steps: &'a [String],
    basis: Basis,
    population: Population<'a>,
    situation: Text,
    params: BTreeMap<&'a str, Parameter>,
    exclusions: BTreeMap<&'a str, Text>,
    text: &'a Bilingual<RuleText>,
    sql: Option<&'a str>,
    place: &'a str,
}

#[derive(Debug, Clone, Serialize)]
struct Model {
    number: u8,
    title: Text,
}

#[derive(Debug, Clone, Serialize)]
struct Basis {
    regulation: Text,
    article: u16,
    item: u16,
    provision: Text,
}

#[derive(Debug, Clone, Serialize)]
struct Population<'a> {
    from: &'a str,
    zh: &'a str,
    en: &'a str,
}

#[derive(Debug, Clone, Serialize)]
struct Parameter {
    #[serde(rename = "type")]
    kind: ParamType,
    default: Number,
    range: [Number; 2],
    unit: Text,
    why: Text,
    edge: bool,
}

impl<'a> RuleDescription<'a> {
    /// The description of a rule, its parameters at their defaults.
    pub fn of(rule: &'a Rule) -> Self {
        let spec = &rule.spec;
        // Loading has checked that there is such a model.
        let model = models::model(spec.model);
        let of_model = |said: fn(&models::Model) -> Label| model.map(|model| said(model).into()).unwrap_or_default();
        Self {
            id: &spec.id,
            title: spec.title.clone(),
            model: Model { number: spec.model, title: of_model(|model| model.title) },
            since: &spec.since,
            status: spec.status,
            grade: spec.grade,
            confidence: spec.confidence,
            concerns: spec.concerns.iter().map(|kind| kind.as_str()).collect(),
            fields: spec.fields.iter().filter_map(|tag| fields::field(tag).ok()).map(|field| field.title()).collect(),
            scope: spec.scope,
            search: spec.search,
            tables: &spec.tables,
            any_tables: &spec.any_tables,
            optional_tables: &spec.optional_tables,
            columns: &spec.columns,
            steps: &spec.steps,
            basis: Basis {
                regulation: Text::new(spec.basis.regulation.clone(), REGULATION_EN),
                article: spec.basis.article,
                item: spec.basis.item,
                provision: of_model(|model| model.provision),
            },
            population: Population { from: &spec.population.from, zh: &spec.population.zh, en: &spec.population.en },
            situation: spec.situation.clone(),
            params: spec.params.iter().map(|(name, param)| (name.as_str(), parameter(param))).collect(),
            exclusions: spec.exclusions.iter().map(|(name, text)| (name.as_str(), text.clone())).collect(),
            text: &spec.text,
            sql: (!rule.is_ring()).then(|| rule.sql()),
            place: &rule.place,
        }
    }
}

fn parameter(param: &Param) -> Parameter {
    Parameter {
        kind: param.kind,
        default: param.default,
        range: param.range,
        unit: explain::unit(&param.unit),
        why: Text::new(param.why_zh.clone(), param.why.clone()),
        edge: param.edge,
    }
}
