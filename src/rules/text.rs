//! A SQL text of a rule or step, read and judged, and what to say when it does not pass.

use super::error::RuleError;
use crate::casestore::schema;
use crate::sql::portable::{self, Refusal};
use crate::sql::{Place, Statement};

/// What is wrong in a text, and where.
#[derive(Debug)]
pub(super) struct Mistake {
    pub place: Place,
    pub problem: String,
    pub remedy: String,
}

impl Mistake {
    /// The same as an error of a file.
    pub fn in_file(self, file: &str) -> RuleError {
        let field = self.place.to_string();
        RuleError::Invalid { file: file.to_owned(), field, problem: self.problem, remedy: self.remedy }
    }
}

impl From<Refusal> for Mistake {
    fn from(refusal: Refusal) -> Self {
        let problem = format!("{} is not portable", refusal.construct);
        Self { place: refusal.place, problem, remedy: refusal.instead.to_owned() }
    }
}

/// A text as a statement that all engines run with the same result.
pub(super) fn portable(sql: &str) -> Result<Statement, Mistake> {
    let statement = Statement::parse(sql).map_err(|error| match portable::unparsed(sql, &error) {
        Some(refusal) => refusal.into(),
        None => Mistake { place: error.place, problem: error.problem, remedy: "correct the text there".to_owned() },
    })?;
    let refusals = portable::refusals(&statement, |name| schema::table(name).is_some());
    refusals.into_iter().next().map_or(Ok(statement), |refusal| Err(refusal.into()))
}
