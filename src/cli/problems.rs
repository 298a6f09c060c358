//! `feijian problems`: the problem lists counted and listed, or one item explained with the groups it names and what of a store falls into them.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::args::{ProblemsArgs, RuleFormat};
use super::exit::{Failure, Status};
use super::plan;
use super::print::{json, print, table};
use super::session::Session;
use crate::casestore::store::Store;
use crate::lang::{Lang, Text};
use crate::pipeline::{PipelineError, Tables};
use crate::problems::{self, Basis, Check, List, Problem, ProblemFilter, Problems, Resolved, RuleLink};
use crate::report::problems as words;
use crate::rules::Catalog;

/// Prints the lists, or the items asked for.
///
/// # Errors
/// If a list cannot be used, there is no such item, or the store cannot be read.
pub fn run(session: &Session, args: &ProblemsArgs) -> Result<Status, Failure> {
    let catalog = Catalog::with_folder(args.own.rules_dir.as_deref())?;
    let problems = plan::lists(args.known.knowledge.as_deref(), &catalog)?;
    let filter = ProblemFilter::parse(&args.lists, &args.numbers).map_err(PipelineError::from)?;
    filter.known_to(&problems).map_err(PipelineError::from)?;
    let wanted: Vec<(&List, &Problem)> =
        problems.all().filter(|(list, problem)| filter.holds(&list.id_of(problem))).collect();
    let store = args.store.as_deref().map(Store::open).transpose()?;
    let tables = store.as_ref().map(|store| Tables::open(store, args.known.knowledge.as_deref())).transpose()?;
    let resolved = tables.as_ref().map(Tables::resolved).transpose().map_err(PipelineError::from)?;
    print(&match args.format {
        RuleFormat::Json => json(&wanted.iter().map(|(list, problem)| described(list, problem)).collect::<Vec<_>>())?,
        RuleFormat::Text if args.numbers.is_empty() => listed(&wanted, session.lang),
        RuleFormat::Text => {
            let explained =
                wanted.iter().map(|(list, problem)| explained(list, problem, &problems, resolved, session.lang));
            explained.collect::<Vec<_>>().join("\n\n")
        }
    })?;
    Ok(Status::Done)
}

/// All that is known of an item.
#[derive(Serialize)]
struct Described<'a> {
    list: &'a str,
    list_title: &'a Text,
    number: u32,
    field: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    title: Option<&'a Text>,
    text: Option<&'a str>,
    basis: Option<Basis>,
    status: problems::Status,
    limits: Option<&'a Text>,
    ask: Option<&'a Text>,
    checks: &'a [Check],
    rules: &'a [RuleLink],
}

fn described<'a>(list: &'a List, problem: &'a Problem) -> Described<'a> {
    Described {
        list: &list.id,
        list_title: &list.title,
        number: problem.number,
        field: &problem.field,
        kind: &problem.kind,
        title: problem.title.as_ref(),
        text: problem.official.as_deref(),
        basis: problem.basis,
        status: problem.status,
        limits: problem.limits.as_ref(),
        ask: problem.ask.as_ref(),
        checks: &problem.checks,
        rules: &problem.rules,
    }
}

/// For each list how many items of each field are how far evaluated, and the items.
fn listed(wanted: &[(&List, &Problem)], lang: Lang) -> String {
    let mut text = String::new();
    for of_list in wanted.chunk_by(|(one, _), (other, _)| one.id == other.id) {
        let Some((list, _)) = of_list.first() else { continue };
        let _ = writeln!(text, "{}  {}\n", list.id, list.title.pick(lang));
        let _ = writeln!(text, "{}\n", counted(of_list, lang));
        let header =
            [words::NUMBER, words::FIELD, words::TYPE, words::STATUS, words::SHORT].map(|label| label.pick(lang));
        let rows = of_list.iter().map(|(_, problem)| {
            vec![
                problem.number.to_string(),
                problem.field.clone(),
                problem.kind.clone(),
                words::status(problem.status).pick(lang).to_owned(),
                problem.name(lang).to_owned(),
            ]
        });
        let _ = writeln!(text, "{}\n", table(&header, &[0], rows));
    }
    text
}

/// How far claims show an item, the farthest first.
const STATUSES: [problems::Status; 4] = [
    problems::Status::Evaluated,
    problems::Status::Partly,
    problems::Status::NotInClaims,
    problems::Status::NotEncoded,
];

/// Fields in the order of the list, with the number of items of each status.
fn counted(items: &[(&List, &Problem)], lang: Lang) -> String {
    let mut fields: Vec<&str> = Vec::new();
    let mut counts: BTreeMap<(&str, problems::Status), usize> = BTreeMap::new();
    for (_, problem) in items {
        if !fields.contains(&problem.field.as_str()) {
            fields.push(&problem.field);
        }
        *counts.entry((&problem.field, problem.status)).or_default() += 1;
    }
    let known: Vec<problems::Status> =
        STATUSES.into_iter().filter(|status| counts.keys().any(|(_, of)| of == status)).collect();
    let mut header = vec![words::FIELD.pick(lang), lang.pick("项数", "items")];
    header.extend(known.iter().map(|status| words::status(*status).pick(lang)));
    let row = |name: &str, of: &dyn Fn(problems::Status) -> usize| {
        let cells: Vec<usize> = known.iter().map(|status| of(*status)).collect();
        let sum: usize = cells.iter().sum();
        [name.to_owned(), sum.to_string()].into_iter().chain(cells.iter().map(ToString::to_string)).collect::<Vec<_>>()
    };
    let of_field = |field: &&str| {
        let field = *field;
        row(field, &|status| counts.get(&(field, status)).copied().unwrap_or_default())
    };
    let of_all =
        row(lang.pick("合计", "all"), &|status| items.iter().filter(|(_, problem)| problem.status == status).count());
    let numbers: Vec<usize> = (1..header.len()).collect();
    table(&header, &numbers, fields.iter().map(of_field).chain([of_all]))
}

/// One item: its words, how it is looked for, and what of a store falls into the groups it names.
fn explained(list: &List, problem: &Problem, problems: &Problems, resolved: Option<&Resolved>, lang: Lang) -> String {
    let colon = lang.pick("：", ": ");
    let mut text = format!("{}  {}\n", list.id_of(problem), problem.name(lang));
    let mut entry = |label: &str, said: &str| {
        if !said.is_empty() {
            let _ = writeln!(text, "  {label}{colon}{said}");
        }
    };
    entry(words::LIST.pick(lang), list.title.pick(lang));
    entry(words::FIELD.pick(lang), &problem.field);
    entry(words::TYPE.pick(lang), &problem.kind);
    entry(words::OFFICIAL.pick(lang), problem.official.as_deref().unwrap_or_default());
    entry(words::STATUS.pick(lang), words::status(problem.status).pick(lang));
    entry(words::NOTE.pick(lang), problem.limits.as_ref().map_or("", |limits| limits.pick(lang)));
    entry(words::ASK.pick(lang), problem.ask.as_ref().map_or("", |ask| ask.pick(lang)));
    for check in &problem.checks {
        let _ = writeln!(
            text,
            "\n  {} {} ({})",
            lang.pick("查法", "Looked for:"),
            check.shape.as_str(),
            check.shape.rule()
        );
        text.push_str(&of_check(check, problems, resolved, lang));
    }
    for link in &problem.rules {
        let _ = writeln!(text, "\n  {} {}", lang.pick("规则", "Rule"), link.id);
        if let Some(part) = &link.part {
            let _ = writeln!(text, "    {}", part.pick(lang));
        }
        for group in &link.items {
            text.push_str(&of_items(lang.pick("限于", "only"), group, problems, resolved, lang));
        }
    }
    text.trim_end().to_owned()
}

fn of_check(check: &Check, problems: &Problems, resolved: Option<&Resolved>, lang: Lang) -> String {
    let mut text = String::new();
    if let Some(part) = &check.part {
        let _ = writeln!(text, "    {}", part.pick(lang));
    }
    let params = params(check);
    if !params.is_empty() {
        let _ = writeln!(text, "    {params}");
    }
    for (side, groups) in [("a", &check.a), ("b", &check.b), ("unless", &check.unless)] {
        for group in groups {
            text.push_str(&of_items(side, group, problems, resolved, lang));
        }
    }
    let mut count = |side: &str, group: &str, title: Text, here: Option<usize>| {
        let here = here.map(|here| format!("  {here}")).unwrap_or_default();
        let _ = writeln!(text, "    {side}  {}  [{group}]{here}", title.pick(lang));
    };
    for (side, groups) in [("dx_in", &check.dx_in), ("dx_not_in", &check.dx_not_in)] {
        for group in groups {
            count(side, group, problems.groups.dx_title(group), resolved.map(|resolved| resolved.dx(group)));
        }
    }
    for (side, groups) in [("departments", &check.departments), ("b_departments", &check.b_departments)] {
        for group in groups {
            let here = resolved.map(|resolved| resolved.departments(group));
            count(side, group, problems.groups.department_title(group), here);
        }
    }
    text
}

/// The parameters of a check as they are written, those that say something.
fn params(check: &Check) -> String {
    let number = |value: Option<u32>| value.map(|value| value.to_string());
    let words = [
        ("window", check.window.map(|word| word.as_str().to_owned())),
        ("hours", number(check.hours)),
        ("limit", check.limit.map(|limit| limit.to_string())),
        ("per", check.per.map(|word| word.as_str().to_owned())),
        ("days", number(check.days)),
        ("kind", check.kind.map(|word| word.as_str().to_owned())),
        ("share_pct", number(check.share_pct)),
        ("indicator", check.indicator.map(|word| word.as_str().to_owned())),
        ("place", check.place.map(|word| word.as_str().to_owned())),
        ("time_from", check.time_from.map(|word| word.as_str().to_owned())),
        ("unit_minutes", number(check.unit_minutes)),
        ("base_minutes", number(check.base_minutes)),
        ("b_unit_minutes", number(check.b_unit_minutes)),
        ("sex", check.sex.map(|word| word.as_str().to_owned())),
        (
            "settings",
            (!check.settings.is_empty())
                .then(|| check.settings.iter().map(|setting| setting.as_str()).collect::<Vec<_>>().join(" ")),
        ),
        ("grade", Some(check.grade.as_str().to_owned())),
    ];
    let told = words.into_iter().filter_map(|(name, value)| Some(format!("{name} = {}", value?)));
    told.collect::<Vec<_>>().join(", ")
}

/// Items named of each group: as many as fit on a screen; the table item_group has all.
const NAMED: usize = 20;

/// A group of items, and which of the store's are in it.
fn of_items(side: &str, group: &str, problems: &Problems, resolved: Option<&Resolved>, lang: Lang) -> String {
    let mut text = format!("    {side}  {}  [{group}]", problems.groups.item_title(group).pick(lang));
    let Some(resolved) = resolved else { return text + "\n" };
    let count = resolved.items(group).len();
    let _ = writeln!(text, "  {count}");
    for (code, name) in resolved.named(group).iter().take(NAMED) {
        let _ = writeln!(text, "      {code}  {}", name.as_deref().unwrap_or_default());
    }
    if count > NAMED {
        let _ = writeln!(text, "      … item_group");
    }
    text
}
