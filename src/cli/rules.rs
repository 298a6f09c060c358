//! `feijian rules`: the list of rules, for reading or for a program, and the run of their cases.

use rayon::prelude::*;

use super::args::{RuleFormat, RulesArgs};
use super::exit::{Failure, Status};
use super::print::{json, print, table};
use super::session::Session;
use super::usage::UsageError;
use crate::lang::Lang;
use crate::pipeline::PipelineError;
use crate::rules::description::RuleDescription;
use crate::rules::{Catalog, Rule, RuleError, cases, explain};

/// Prints the rules and, if asked for, runs their cases.
///
/// # Errors
/// If there is no such rule, or a case fails.
pub fn run(session: &Session, args: &RulesArgs) -> Result<Status, Failure> {
    let catalog = Catalog::with_folder(args.own.rules_dir.as_deref())?;
    if let Some(unknown) = args.rules.iter().find(|id| catalog.rule(id).is_none()) {
        return Err(PipelineError::NoSuchRule(catalog.unknown(unknown)).into());
    }
    let wanted = |id: &str| args.rules.is_empty() || args.rules.iter().any(|rule| rule == id);
    let rules: Vec<&Rule> = catalog.rules().iter().filter(|rule| wanted(&rule.spec.id)).collect();
    print(&match args.format {
        RuleFormat::Text => list(&rules, session.lang),
        RuleFormat::Json => json(&rules.iter().map(|rule| RuleDescription::of(rule)).collect::<Vec<_>>())?,
    })?;
    if !args.test {
        return Ok(Status::Done);
    }
    let failures = rules.par_iter().map(|rule| cases::problems(rule)).collect::<Result<Vec<_>, RuleError>>()?;
    let failures = failures.concat();
    if failures.is_empty() {
        return Ok(Status::Done);
    }
    Err(UsageError::Cases(failures).into())
}

fn list(rules: &[&Rule], lang: Lang) -> String {
    let header = match lang {
        Lang::Zh => ["模型", "规则", "名称", "等级", "状态", "所需表"],
        Lang::En => ["model", "rule", "title", "grade", "status", "tables"],
    };
    let rows = explain::list(rules, lang).into_iter().map(|rule| {
        vec![
            rule.model.to_string(),
            rule.id.to_owned(),
            rule.title.to_owned(),
            rule.grade.to_owned(),
            rule.status.to_owned(),
            rule.tables.join(" "),
        ]
    });
    table(&header, &[], rows)
}
