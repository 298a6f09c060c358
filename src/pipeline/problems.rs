//! The problem lists after a run: for each item what was found, that it was looked for and not found, or why it could not be looked for.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::error::PipelineError;
use super::rules::RulesRun;
use super::tables::Tables;
use crate::casestore::source::TableSource;
use crate::findings::build::Findings;
use crate::findings::model::Finding;
use crate::findings::records::NameAt;
use crate::frames::Columns;
use crate::lang::{Lang, Text};
use crate::model::Money;
use crate::problems::{Check, Groups, List, Problem, ProblemFilter, Resolved, Setting, Shape, Status, TimeFrom, id};
use crate::report::problems::{Outcome, ProblemRow};
use crate::rules::models::{REGULATION_EN, REGULATION_ZH};

/// Every item that is wanted, in the order of the lists.
///
/// # Errors
/// If a table of the store cannot be read.
pub(super) fn rows(
    tables: &Tables<'_>,
    rules: &RulesRun,
    findings: &Findings,
    wanted: &ProblemFilter,
    lang: Lang,
) -> Result<Vec<ProblemRow>, PipelineError> {
    let problems = tables.problems();
    let view = View { resolved: tables.resolved()?, groups: &problems.groups, rules, settings: settings(tables)? };
    let tallies = tallies(findings);
    let mut rows = Vec::new();
    for (list, problem) in problems.all().filter(|(list, problem)| wanted.holds(&list.id_of(problem))) {
        let id = list.id_of(problem);
        let tally = tallies.get(id.to_string().as_str());
        let looked = view.looked(list, problem);
        let outcome = match problem.status {
            _ if tally.is_some() => Outcome::Hits,
            Status::NotInClaims => Outcome::NotInClaims,
            Status::NotEncoded => Outcome::NotEncoded,
            _ if looked.done => Outcome::Nothing,
            _ => Outcome::NotEvaluated,
        };
        let mut notes: Vec<&str> = problem.limits.iter().map(|limits| limits.pick(lang)).collect();
        notes.extend(looked.missing.iter().map(|missing| missing.pick(lang)));
        rows.push(ProblemRow {
            list: list.title.clone(),
            field: problem.field.clone(),
            kind: problem.kind.clone(),
            title: problem.title.as_ref().map(|title| title.pick(lang).to_owned()),
            official: problem.official.clone(),
            basis: problem.basis.map(|basis| provision(basis.article, basis.item, lang)),
            status: problem.status,
            outcome,
            findings: tally.map_or(0, |tally| tally.findings),
            persons: tally.map_or(0, |tally| tally.persons.len() as u64),
            institutions: tally.map_or(0, |tally| tally.institutions.len() as u64),
            money: tally.map(Tally::money).unwrap_or_default(),
            note: notes.join(lang.pick("；", "; ")),
            ask: problem.ask.as_ref().map(|ask| ask.pick(lang).to_owned()),
            rules: looked.rules.join(" "),
            first_finding: tally.map(|tally| tally.first.clone()),
            id,
        });
    }
    Ok(rows)
}

/// Article and item of the regulation, readable.
fn provision(article: u16, item: Option<u16>, lang: Lang) -> String {
    match (lang, item) {
        (Lang::Zh, Some(item)) => format!("《{REGULATION_ZH}》第{article}条第{item}项"),
        (Lang::Zh, None) => format!("《{REGULATION_ZH}》第{article}条"),
        (Lang::En, Some(item)) => format!("{REGULATION_EN}, article {article}, item {item}"),
        (Lang::En, None) => format!("{REGULATION_EN}, article {article}"),
    }
}

/// The kinds of visits that the store has.
fn settings(tables: &Tables<'_>) -> Result<HashSet<String>, PipelineError> {
    let mut settings = HashSet::new();
    for bucket in 0..tables.buckets() {
        let Some(visits) = tables.read("visit", Some(bucket), Columns::Named(&["care_setting"]))? else { continue };
        for setting in visits.column("care_setting")?.str()?.iter().flatten() {
            if !settings.contains(setting) {
                settings.insert(setting.to_owned());
            }
        }
    }
    Ok(settings)
}

/// What decides whether an item was looked for.
struct View<'a> {
    resolved: &'a Resolved,
    groups: &'a Groups,
    rules: &'a RulesRun,
    settings: HashSet<String>,
}

/// Whether an item was looked for, by what, and what of it was not.
#[derive(Default)]
struct Looked<'a> {
    /// By one check or rule at least.
    done: bool,
    rules: Vec<&'a str>,
    missing: Vec<Text>,
}

impl<'a> Looked<'a> {
    fn add(&mut self, rule: &'a str, part: Option<&Text>, missing: Option<Text>) {
        if !self.rules.contains(&rule) {
            self.rules.push(rule);
        }
        match missing {
            None => self.done = true,
            Some(why) => {
                let said = part.map_or(why.clone(), |part| {
                    Text::new(format!("{}：{}", part.zh, why.zh), format!("{}: {}", part.en, why.en))
                });
                if !self.missing.contains(&said) {
                    self.missing.push(said);
                }
            }
        }
    }
}

impl View<'_> {
    fn looked<'p>(&self, list: &List, problem: &'p Problem) -> Looked<'p> {
        let mut looked = Looked::default();
        for check in &problem.checks {
            let settings = if check.settings.is_empty() { &list.settings } else { &check.settings };
            let missing = self.rule(check.shape.rule()).or_else(|| self.sides(check)).or_else(|| self.visits(settings));
            looked.add(check.shape.rule(), check.part.as_ref(), missing);
        }
        for link in &problem.rules {
            let items = || self.items(&link.items).filter(|_| !link.items.is_empty());
            let missing = self.rule(&link.id).or_else(items).or_else(|| self.visits(&list.settings));
            looked.add(&link.id, link.part.as_ref(), missing);
        }
        for rule in &looked.rules {
            let ran = self.rules.run.iter().find(|ran| ran.rule_id == *rule).filter(|ran| !ran.damage.is_empty());
            if let Some(damaged) = ran {
                let told = |lang: Lang| damaged.damaged(lang).unwrap_or_default();
                looked.missing.push(Text::new(
                    format!("规则 {rule} 在带损数据上运行：{}", told(Lang::Zh)),
                    format!("rule {rule} ran on damaged data: {}", told(Lang::En)),
                ));
            }
        }
        looked
    }

    /// Why a rule says nothing, if it does not.
    fn rule(&self, rule: &str) -> Option<Text> {
        if self.rules.run.iter().any(|ran| ran.rule_id == rule) {
            return None;
        }
        let skipped = self.rules.skipped.iter().find(|skipped| skipped.rule_id == rule);
        Some(match skipped {
            Some(skipped) => Text::new(
                format!("规则 {rule} 未运行：{}", skipped.reason.zh),
                format!("rule {rule} did not run: {}", skipped.reason.en),
            ),
            None => Text::new(
                format!("规则 {rule} 不在本次运行之列"),
                format!("rule {rule} was not among those of this run"),
            ),
        })
    }

    /// Why a check finds nothing for lack of items, if it does.
    fn sides(&self, check: &Check) -> Option<Text> {
        let needs_b = match check.shape {
            Shape::Together | Shape::Without => true,
            Shape::HoursWithin => check.time_from == Some(TimeFrom::Items),
            Shape::Ratio => !check.b.is_empty(),
            Shape::MoreThan | Shape::Never | Shape::Unindicated | Shape::DiagnosisOperation | Shape::Place => false,
        };
        self.items(&check.a).or_else(|| self.items(&check.b).filter(|_| needs_b))
    }

    /// That none of these groups has an item in the store, if so.
    fn items(&self, groups: &[String]) -> Option<Text> {
        if groups.iter().any(|group| !self.resolved.items(group).is_empty()) {
            return None;
        }
        let titles: Vec<Text> = groups.iter().map(|group| self.groups.item_title(group)).collect();
        let named = |lang: Lang, gap: &str| titles.iter().map(|title| title.pick(lang)).collect::<Vec<_>>().join(gap);
        Some(Text::new(
            format!("本次数据中没有此类项目：{}", named(Lang::Zh, "、")),
            format!("no such item in this export: {}", named(Lang::En, ", ")),
        ))
    }

    /// That the store has no visits of these kinds, if so; none named means all.
    fn visits(&self, settings: &[Setting]) -> Option<Text> {
        if settings.is_empty() || settings.iter().any(|setting| self.settings.contains(setting.as_str())) {
            return None;
        }
        let words: Vec<&str> = settings.iter().map(|setting| setting.as_str()).collect();
        Some(Text::new(
            format!("本次数据中没有此类就诊：{}", words.join("、")),
            format!("no visits of this kind in this export: {}", words.join(", ")),
        ))
    }
}

/// The findings of one item, added up.
struct Tally {
    findings: u64,
    /// The finding that is ranked first.
    first: String,
    persons: HashSet<NameAt>,
    institutions: HashSet<NameAt>,
    /// By visit: what its lines put at risk, each once, and what the whole visit does.
    visits: HashMap<i64, (HashMap<i64, Money>, Money)>,
}

impl Tally {
    fn of(finding: &Finding) -> Self {
        Self {
            findings: 0,
            first: finding.finding_id.clone(),
            persons: HashSet::new(),
            institutions: HashSet::new(),
            visits: HashMap::new(),
        }
    }

    fn add(&mut self, all: &Findings, finding: &Finding) {
        self.findings += 1;
        for row in all.evidence(finding).iter().filter(|row| row.suspect) {
            if let Some(record) = all.records.record(row.visit_key, row.fee_key) {
                self.persons.extend(record.person);
                self.institutions.extend(record.institution);
            }
            let (lines, visit) = self.visits.entry(row.visit_key).or_default();
            let known = row.fee_key.get().map_or(visit, |key| lines.entry(key).or_default());
            *known = most(*known, row.at_risk);
        }
    }

    /// Each record's money once; of a visit and its lines, whichever is more.
    fn money(&self) -> Money {
        let mut sum = Money::default();
        for (lines, visit) in self.visits.values() {
            let mut of_lines = Money::default();
            for line in lines.values() {
                of_lines += *line;
            }
            sum += most(of_lines, *visit);
        }
        sum
    }
}

fn most(one: Money, other: Money) -> Money {
    Money {
        gross_fen: one.gross_fen.max(other.gross_fen),
        inscp_fen: one.inscp_fen.max(other.inscp_fen),
        fund_fen: one.fund_fen.max(other.fund_fen),
    }
}

/// The findings by the item they count for, which may be several.
fn tallies(all: &Findings) -> BTreeMap<&str, Tally> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for finding in &all.findings {
        let named = finding.problem.as_deref().unwrap_or_default();
        for word in named.split(' ').filter(|word| id(word).is_some()) {
            // Findings come by rank, so the first is the one ranked first.
            tallies.entry(word).or_insert_with(|| Tally::of(finding)).add(all, finding);
        }
    }
    tallies
}
