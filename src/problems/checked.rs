//! What of a list its types do not say: each item has what its status asks for, each check what its shape asks for, each group is there.

use std::collections::{BTreeMap, BTreeSet};

use super::error::ProblemsError;
use super::groups::{Groups, unknown};
use super::spec::{Check, Indicator, Kind, ListSpec, Per, ProblemSpec, Shape, Status, TimeFrom, Window};
use crate::calendar;
use crate::lang::Text;
use crate::model::Grade;
use crate::spelling::nearest;

/// The place of what a list says of itself.
pub(super) const OF_THE_LIST: &str = "list";

/// Where in a list something stands.
pub(super) fn place(number: u32, check: Option<usize>) -> String {
    check.map_or_else(|| format!("problem {number}"), |at| format!("problem {number}, check {}", at + 1))
}

/// That a text is no day.
pub(super) fn no_day(file: &str, place: &str, text: &str) -> ProblemsError {
    let said = Text::new(format!("{text} 不是日期，应写作 2024-01-05"), format!("{text} is no day: write 2024-01-05"));
    ProblemsError::Invalid { file: file.to_owned(), place: place.to_owned(), problem: Box::new(said) }
}

/// Something that a list says and that cannot be.
type Problem = (String, Text);

/// Checks a list.
///
/// # Errors
/// The first thing in it that cannot be.
pub(super) fn list(file: &str, spec: &ListSpec, groups: &Groups) -> Result<(), ProblemsError> {
    let wrong =
        |(place, said): Problem| ProblemsError::Invalid { file: file.to_owned(), place, problem: Box::new(said) };
    if spec.list.is_empty() || spec.list.chars().any(|c| c.is_whitespace() || ":,/\\".contains(c)) {
        let said = Text::new(
            format!("清单编号 {:?} 不能为空，也不能含空格、冒号、逗号和斜杠", spec.list),
            format!(
                "{:?} is no id of a list: it may be neither empty nor hold blanks, colons, commas and slashes",
                spec.list
            ),
        );
        return Err(wrong((OF_THE_LIST.to_owned(), said)));
    }
    let mut numbers = BTreeSet::new();
    for problem in &spec.problems {
        if !numbers.insert(problem.number) {
            let said = Text::new("序号重复", "its number stands there twice");
            return Err(wrong((place(problem.number, None), said)));
        }
        item(problem, groups).map_err(wrong)?;
        for (at, check) in problem.check.iter().enumerate() {
            self::check(check, groups).map_err(|said| wrong((place(problem.number, Some(at)), said)))?;
            for text in [&check.first_day, &check.last_day].into_iter().flatten() {
                calendar::parse_iso(text).ok_or_else(|| no_day(file, &place(problem.number, Some(at)), text))?;
            }
        }
    }
    Ok(())
}

fn item(problem: &ProblemSpec, groups: &Groups) -> Result<(), Problem> {
    let wrong = |zh: &str, en: &str| Err((place(problem.number, None), Text::new(zh, en)));
    let looked_for = !problem.check.is_empty() || !problem.rule.is_empty();
    match problem.status {
        Status::Evaluated | Status::Partly if !looked_for => {
            return wrong(
                "写为可查，却没有 check 也没有 rule",
                "it is evaluated or partly so, but has neither check nor rule",
            );
        }
        Status::NotInClaims | Status::NotEncoded if looked_for => {
            return wrong("写为不可查，却有 check 或 rule", "it is not evaluated, but has a check or a rule");
        }
        Status::Partly | Status::NotInClaims if problem.limits.is_none() => {
            return wrong(
                "没有写 limits：哪些没有查、为什么",
                "limits is missing: say what is not looked at, or why nothing is",
            );
        }
        Status::NotInClaims if problem.ask.is_none() => {
            return wrong("没有写 ask：应调取什么材料", "ask is missing: say which record to ask for");
        }
        _ => {}
    }
    for link in &problem.rule {
        known("item", &groups.items, &link.items).map_err(|said| (place(problem.number, None), said))?;
    }
    Ok(())
}

/// Checks that groups are there.
fn known<T>(kind: &str, groups: &BTreeMap<String, T>, used: &[String]) -> Result<(), Text> {
    let Some(name) = unknown(groups, used).into_iter().next() else { return Ok(()) };
    let mut said = Text::new(format!("没有组 [{kind}.{name}]"), format!("there is no group [{kind}.{name}]"));
    if let Some(near) = nearest(name, groups.keys().map(String::as_str)) {
        said.zh.push_str(&format!("，是不是 {near}？"));
        said.en.push_str(&format!(": did you mean {near}?"));
    }
    Err(said)
}

/// Checks that a check has what its shape asks for.
fn check(check: &Check, groups: &Groups) -> Result<(), Text> {
    for side in [&check.a, &check.b, &check.unless] {
        known("item", &groups.items, side)?;
    }
    for side in [&check.dx_in, &check.dx_not_in] {
        known("dx", &groups.dx, side)?;
    }
    for side in [&check.departments, &check.b_departments] {
        known("department", &groups.departments, side)?;
    }
    let needs = |what: &str, there: bool| {
        if there {
            return Ok(());
        }
        let shape = check.shape.as_str();
        Err(Text::new(format!("查法 {shape} 需要 {what}"), format!("shape {shape} needs {what}")))
    };
    needs("a", !check.a.is_empty())?;
    match check.shape {
        Shape::Together => {
            needs("b", !check.b.is_empty())?;
            needs("window", check.window.is_some())?;
            needs(
                "indicator = \"never\" for grade = \"violation\"",
                check.grade == Grade::Lead || check.indicator == Some(Indicator::Never),
            )?;
        }
        Shape::Without => {
            needs("b", !check.b.is_empty())?;
            needs("window", check.window.is_some())?;
        }
        Shape::MoreThan => {
            needs("limit", check.limit.is_some_and(|limit| limit >= 0.0))?;
            needs("per", check.per.is_some())?;
            needs("days for per = \"person-days\"", check.per != Some(Per::PersonDays) || check.days.is_some())?;
            needs(
                "kind = \"absolute\" for grade = \"violation\"",
                check.grade == Grade::Lead || check.kind == Some(Kind::Absolute),
            )?;
        }
        Shape::Unindicated | Shape::DiagnosisOperation => needs("dx_in", !check.dx_in.is_empty())?,
        Shape::Place => needs("departments or b", !check.departments.is_empty() || !check.b.is_empty())?,
        Shape::HoursWithin => {
            needs("time_from", check.time_from.is_some())?;
            needs("b for time_from = \"items\"", check.time_from != Some(TimeFrom::Items) || !check.b.is_empty())?;
        }
        Shape::Never | Shape::Ratio => {}
    }
    needs("hours for window = \"hours\"", check.window != Some(Window::Hours) || check.hours.is_some())
}
