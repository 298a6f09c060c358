//! Shared steps: queries with a name that several rules read as if they were CTEs of their own. They come from `queries/steps/` and from
//! the `steps/` of a user's folder, one file each; the loader puts those that a rule names, and those that they read, before its CTEs.

use std::collections::{BTreeMap, BTreeSet};

use super::error::RuleError;
use super::spec::RuleSpec;
use super::text::{Mistake, portable};
use crate::casestore::schema;
use crate::spelling::nearest;
use crate::sql::{Place, Reads, Statement, compose};

/// Folder of the steps, beside those of the rules.
pub(super) const STEPS_FOLDER: &str = "steps";

/// A file of that folder.
pub(super) struct StepFile {
    /// Its name without `.sql`, which is the step's.
    pub name: String,
    /// Its text.
    pub sql: String,
    /// Its path, for messages.
    pub file: String,
}

/// One step.
#[derive(Debug, Clone)]
struct SharedStep {
    name: String,
    file: String,
    statement: Statement,
    /// The steps it reads.
    steps: Vec<String>,
    /// The tables it reads.
    tables: Vec<String>,
}

/// All steps, each after those it reads.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedSteps(Vec<SharedStep>);

impl SharedSteps {
    /// Number of steps.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds the steps of a folder.
    ///
    /// # Errors
    /// If a text is not well formed, a name is taken, or steps read each other in a circle.
    pub fn add(&mut self, files: Vec<StepFile>) -> Result<(), RuleError> {
        let mut names: BTreeMap<String, String> =
            self.0.iter().map(|step| (step.name.clone(), step.file.clone())).collect();
        for StepFile { name, file, .. } in &files {
            let fail = |problem: String, remedy: &str| RuleError::Invalid {
                file: file.clone(),
                field: "name".to_owned(),
                problem,
                remedy: remedy.to_owned(),
            };
            let well_formed = name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            if !well_formed {
                let remedy = "use lower-case words with underscores, after what its rows are";
                return Err(fail(format!("{name:?} is no name of a step"), remedy));
            }
            if schema::table(name).is_some() {
                return Err(fail(format!("a table is called {name}"), "name the step after what its rows are"));
            }
            if let Some(other) = names.insert(name.clone(), file.clone()) {
                return Err(fail(format!("{name} is already the step in {other}"), "give it another name"));
            }
        }
        let mut waiting = Vec::new();
        for StepFile { name, sql, file } in files {
            let (statement, read) = step(&sql, &names).map_err(|mistake| mistake.in_file(&file))?;
            let (steps, tables) = read.into_iter().partition(|read| names.contains_key(read));
            waiting.push(SharedStep { name, file, statement, steps, tables });
        }
        while !waiting.is_empty() {
            let known: BTreeSet<String> = self.0.iter().map(|step| step.name.clone()).collect();
            let (ready, rest): (Vec<_>, Vec<_>) =
                waiting.into_iter().partition(|step| step.steps.iter().all(|read| known.contains(read)));
            if ready.is_empty() {
                return Err(circle(&rest));
            }
            self.0.extend(ready);
            waiting = rest;
        }
        Ok(())
    }

    /// Checks that `rules` use every step from the `first` on.
    ///
    /// # Errors
    /// If they do not.
    pub fn all_used<'r>(&self, first: usize, rules: impl Iterator<Item = &'r RuleSpec>) -> Result<(), RuleError> {
        let used: BTreeSet<&str> = rules.flat_map(|rule| self.needed(rule)).map(|step| step.name.as_str()).collect();
        match self.0.iter().skip(first).find(|step| !used.contains(step.name.as_str())) {
            Some(step) => Err(RuleError::Invalid {
                file: step.file.clone(),
                field: "name".to_owned(),
                problem: format!("no rule uses the step {}", step.name),
                remedy: "name it in steps of a rule.toml, or take the file away".to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// The steps that a rule names and those that these read, each after those it reads.
    fn needed(&self, spec: &RuleSpec) -> Vec<&SharedStep> {
        let mut wanted: BTreeSet<&str> = spec.steps.iter().map(String::as_str).collect();
        for step in self.0.iter().rev() {
            if wanted.contains(step.name.as_str()) {
                wanted.extend(step.steps.iter().map(String::as_str));
            }
        }
        self.0.iter().filter(|step| wanted.contains(step.name.as_str())).collect()
    }

    /// `statement`, a rule's own text, with the steps that it needs before it.
    ///
    /// # Errors
    /// What is wrong between them: in rule.toml, or in the text at a place.
    pub fn put_before(&self, spec: &RuleSpec, statement: Statement) -> Result<Statement, Wrong> {
        let reads = Reads::of(&statement, schema::column_names);
        let known = |name: &str| self.0.iter().any(|step| step.name == name);
        for name in &spec.steps {
            if !known(name) {
                let near = nearest(name, self.0.iter().map(|step| step.name.as_str()));
                let hint = near.map_or_else(String::new, |near| format!("did you mean {near}? "));
                let remedy = format!("{hint}queries/steps and steps of your folder hold them, a file NAME.sql each");
                return Err(Wrong::spec("steps", format!("there is no step {name}"), remedy));
            }
            if !reads.iter().any(|read| read.table == *name) {
                return Err(Wrong::spec("steps", format!("rule.sql does not read {name}"), "take it out"));
            }
        }
        for read in reads.iter() {
            let name = &read.table;
            if spec.steps.contains(name) || spec.all_tables().any(|table| table == name) {
                continue;
            }
            let problem = format!("{name} is neither a CTE nor a table that rule.toml names");
            let remedy =
                if known(name) { "add it to steps" } else { "add it to tables, any_tables or optional_tables" };
            return Err(Wrong::Text(Mistake { place: read.place, problem, remedy: remedy.to_owned() }));
        }
        let needed = self.needed(spec);
        if needed.is_empty() {
            return Ok(statement);
        }
        for step in &needed {
            step.fits(spec)?;
        }
        names_differ(&needed, &statement)?;
        let steps: Vec<_> = needed.iter().map(|step| (step.name.as_str(), &step.statement)).collect();
        compose::with_steps(&steps, &statement).map_err(|error| {
            let problem = format!("with its steps before it, {}: {}", error.place, error.problem);
            let remedy = "write it more plainly".to_owned();
            Wrong::Text(Mistake { place: Place::START, problem, remedy })
        })
    }
}

/// What is wrong between a rule's text, its rule.toml and the steps.
pub(super) enum Wrong {
    /// In the text.
    Text(Mistake),
    /// In a field of rule.toml.
    Spec { field: &'static str, problem: String, remedy: String },
}

impl Wrong {
    fn spec(field: &'static str, problem: String, remedy: impl Into<String>) -> Self {
        Self::Spec { field, problem, remedy: remedy.into() }
    }
}

impl SharedStep {
    /// Checks that a rule declares what the step needs.
    fn fits(&self, spec: &RuleSpec) -> Result<(), Wrong> {
        if let Some(table) = self.tables.iter().find(|table| !spec.all_tables().any(|name| name == *table)) {
            let problem = format!("the step {} reads {table}, which is not named", self.name);
            return Err(Wrong::spec("tables", problem, "add it to tables, any_tables or optional_tables"));
        }
        let parameters = self.statement.parameters();
        if let Some((name, _)) = parameters.iter().find(|(name, _)| !spec.params.contains_key(name)) {
            let problem = format!("the step {} takes :{name}, which is not declared", self.name);
            return Err(Wrong::spec("params", problem, format!("add [params.{name}]")));
        }
        Ok(())
    }

    /// The names it brings into a statement: its CTEs' and its own.
    fn names(&self) -> impl Iterator<Item = String> {
        self.statement.ctes().into_iter().map(|(name, _)| name).chain([self.name.clone()])
    }
}

/// A step's text, and what it reads: steps among `names` and tables.
fn step(sql: &str, names: &BTreeMap<String, String>) -> Result<(Statement, Vec<String>), Mistake> {
    if !sql.trim_start().starts_with("--") {
        return Err(Mistake {
            place: Place::START,
            problem: "it does not begin with a comment".to_owned(),
            remedy: "begin with -- and what its rows are".to_owned(),
        });
    }
    let statement = portable(sql)?;
    let reads = Reads::of(&statement, schema::column_names);
    if let Some(read) = reads.iter().find(|read| read.columns.is_none() && !names.contains_key(&read.table)) {
        return Err(Mistake {
            place: read.place,
            problem: format!("{} is neither a CTE nor a step nor a table", read.table),
            remedy: "docs/case-store.md lists the tables".to_owned(),
        });
    }
    Ok((statement, reads.iter().map(|read| read.table.clone()).collect()))
}

/// Steps none of which can come first.
fn circle(steps: &[SharedStep]) -> RuleError {
    let start = &steps[0];
    let mut names = vec![start.name.as_str()];
    // Every one of them reads another one of them, so going on comes back to one that was met.
    let mut at = start;
    while let Some(next) = steps.iter().find(|step| at.steps.contains(&step.name)) {
        let met = names.contains(&next.name.as_str());
        names.push(&next.name);
        if met {
            break;
        }
        at = next;
    }
    RuleError::Invalid {
        file: start.file.clone(),
        field: "steps".to_owned(),
        problem: format!("steps read each other in a circle: {}", names.join(" reads ")),
        remedy: "move what both need into a step that reads neither".to_owned(),
    }
}

/// Checks that the CTEs of all differ.
fn names_differ(steps: &[&SharedStep], statement: &Statement) -> Result<(), Wrong> {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for step in steps {
        for name in step.names() {
            if let Some(other) = taken.insert(name.to_ascii_lowercase(), &step.name) {
                let problem = format!("the steps {other} and {} both have a CTE {name}", step.name);
                return Err(Wrong::spec("steps", problem, "rename it in one of them"));
            }
        }
    }
    for (name, place) in statement.ctes() {
        if let Some(step) = taken.get(&name.to_ascii_lowercase()) {
            let problem = format!("the CTE name {name} is taken by the step {step}");
            return Err(Wrong::Text(Mistake {
                place,
                problem,
                remedy: "name the CTE after what its rows are".to_owned(),
            }));
        }
    }
    Ok(())
}
