//! report.html: one page that says where to look first. Self-contained: styles and drawings are in the file, nothing is fetched
//! and nothing runs, so it opens offline, prints, and is safe to hand on.

mod chart;
mod problems;
pub mod ring;
mod timeline;
mod words;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::chart::Size;
use super::Report;
use super::figures::{Month, Place};
use super::ranking_sheets::rule_counts;
use super::summary::{ModelTitle, RuleRun, RunSummary};
use super::text;
use crate::calendar;
use crate::findings::history::History;
use crate::findings::model::{Finding, Suspect};
use crate::format::{grouped, percent, whole_yuan, yuan};
use crate::import::summary::CheckResult;
use crate::lang::{Label, Lang};
use crate::model::{Grade, SuspectKind};

/// Institutions with a row of their own in the table of money.
const PLACES: usize = 20;
/// Rows of each ranking.
const RANKED: usize = 15;
/// Findings with a timeline, and how many of them one rule may have.
const TOP: usize = 12;
const TOP_OF_ONE_RULE: usize = 3;

/// Rings drawn.
const TOP_RINGS: usize = 10;

/// Places in `findings` of those the page shows with a timeline: by rank, few of each rule, so that one rule does not fill the page.
pub fn shown(findings: &[Finding]) -> Vec<usize> {
    let mut of_rule: HashMap<&str, usize> = HashMap::new();
    let mut places = Vec::new();
    for (at, finding) in findings.iter().enumerate() {
        let count = of_rule.entry(&finding.rule_id).or_default();
        *count += 1;
        if *count <= TOP_OF_ONE_RULE && places.len() < TOP {
            places.push(at);
        }
    }
    places
}

/// The whole page.
pub fn page(report: &Report<'_>) -> String {
    let lang = report.lang;
    let summary = report.summary;
    let failed: Vec<_> = summary.imported.checks.iter().filter(|check| check.result == CheckResult::Failed).collect();
    let sections = [
        ("new", words::NEW, report.changes.is_some()),
        ("figures", words::KEY_FIGURES, true),
        ("where", words::WHERE, !report.figures.places.is_empty()),
        ("trend", words::TREND, !report.figures.months.is_empty()),
        ("ranking", words::RANKING, !report.suspects.is_empty()),
        ("rings", words::RINGS, !report.rings.is_empty()),
        ("top", words::TOP, !report.findings.is_empty()),
        ("lists", words::LISTS, !report.problems.is_empty()),
        ("damaged", text::SECTION_DAMAGED, summary.damaged().next().is_some()),
        ("not-run", words::NOT_RUN, !summary.rules_skipped.is_empty()),
        ("knowledge", text::SECTION_KNOWLEDGE, !summary.knowledge.is_empty()),
        ("quality", words::QUALITY, !failed.is_empty()),
    ];
    let title = words::TITLE.pick(lang);
    let page = html! {
        (DOCTYPE)
        html lang=(lang.pick("zh-CN", "en")) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // Whatever stands in the data, this page loads and runs nothing.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                header {
                    h1 { (title) }
                    @if let Some(headline) = summary.headline(lang) { p class="alert" role="alert" { (headline) } }
                    p class="scope" { (scope(summary, lang)) }
                    p class="notice" { (words::NOTICE.pick(lang)) " " ((if summary.revealed { words::REVEALED } else { words::MASKED }).pick(lang)) }
                    nav aria-label=(words::CONTENTS.pick(lang)) {
                        ul { @for (id, label, _) in sections.iter().filter(|section| section.2) { li { a href={"#" (id)} { (label.pick(lang)) } } } }
                    }
                }
                main {
                    @for (id, label, _) in sections.iter().filter(|section| section.2) {
                        section id=(id) {
                            h2 { (label.pick(lang)) }
                            @match *id {
                                "new" => (new_ones(report)),
                                "figures" => (key_figures(report)),
                                "where" => (money_table(report)),
                                "trend" => (trend(report)),
                                "ranking" => (rankings(report)),
                                "rings" => (rings(report)),
                                "top" => (top(report)),
                                "lists" => (problems::problems(report)),
                                "damaged" => (damaged(summary, lang)),
                                "not-run" => (not_run(summary, lang)),
                                "knowledge" => (knowledge(summary, lang)),
                                _ => (failed_checks(summary, lang)),
                            }
                        }
                    }
                }
                footer {
                    p { "feijian " (summary.version) " · " code { (summary.command_line.join(" ")) } }
                    p { (text::PROVENANCE.pick(lang)) }
                }
            }
        }
    };
    page.into_string()
}

/// Period and size in one line.
fn scope(summary: &RunSummary, lang: Lang) -> String {
    let scope = &summary.scope;
    let days = [scope.first_day, scope.last_day].map(|day| day.map(calendar::iso).unwrap_or_default());
    let size = text::volume(scope.persons, scope.institutions, scope.visits, scope.fee_lines, lang);
    format!("{}{}{size}", days.join(lang.pick(" 至 ", " to ")), lang.pick("；", "; "))
}

/// What changed since the last run, the first new findings by name.
fn new_ones(report: &Report<'_>) -> Markup {
    let lang = report.lang;
    html! {
        @if let Some(changes) = report.changes {
            p { (changes.sentence(report.findings, lang)) }
            ol {
                @for finding in changes.new_ones(report.findings).take(TOP) {
                    li {
                        @if let Some(name) = &finding.fixmedins_name { (name) (lang.pick("：", ": ")) }
                        (finding.situation) " " code { (finding.finding_id) }
                    }
                }
            }
        }
    }
}

fn key_figures(report: &Report<'_>) -> Markup {
    let (summary, lang) = (report.summary, report.lang);
    let findings = report.findings;
    let clear = findings.iter().filter(|finding| finding.grade == Grade::Violation).count() as u64;
    let fund: i64 = findings.iter().map(|finding| finding.counted.fund_fen).sum();
    let share = (summary.scope.fund_fen > 0).then(|| fund as f64 / summary.scope.fund_fen as f64);
    let tile = |value: String, label: Label, below: String| {
        html! { div class="tile" { b { (value) } span { (label.pick(lang)) } @if !below.is_empty() { span { (below) } } } }
    };
    html! {
        div class="tiles" {
            (tile(grouped(findings.len() as u64), words::FINDINGS, words::grades(clear, findings.len() as u64 - clear, lang)))
            (tile(yuan(fund), words::FUND, String::new()))
            @if let Some(share) = share { (tile(format!("{}%", percent(share)), words::SHARE_OF_FUND, String::new())) }
            (tile(grouped(report.figures.reach.institutions), words::INSTITUTIONS, String::new()))
            (tile(grouped(report.figures.reach.persons), words::PERSONS, String::new()))
            (tile(grouped(summary.rules_run.len() as u64), words::RULES_RUN, words::not_run(summary.rules_skipped.len(), lang)))
        }
        @if findings.is_empty() { p { (words::NOTHING.pick(lang)) } }
    }
}

/// Institutions in rows, models in columns.
fn money_table(report: &Report<'_>) -> Markup {
    let (summary, figures, lang) = (report.summary, report.figures, report.lang);
    let ran: BTreeSet<i32> = summary.rules_run.iter().map(|rule| rule.model).collect();
    let found = |model: i32| figures.places.iter().any(|place| place.models.contains_key(&model));
    let (shown, idle): (Vec<&ModelTitle>, Vec<&ModelTitle>) =
        summary.models.iter().partition(|model| ran.contains(&model.model) || found(model.model));
    let models: Vec<i32> = shown.iter().map(|model| model.model).collect();
    let idle: Vec<String> = idle.iter().map(|model| summary.model_name(model.model, lang)).collect();
    let most = figures.places.iter().flat_map(|place| place.models.values()).map(|money| money.fund_fen).max();
    let (named, others) = figures.places.split_at(figures.places.len().min(PLACES));
    let cell = |fen: i64, shaded: bool| {
        // The root keeps small amounts visible beside a large one; half strength keeps the digits readable.
        let strength =
            most.filter(|most| shaded && *most > 0).map_or(0.0, |most| (fen.max(0) as f64 / most as f64).sqrt() * 0.5);
        html! {
            @if fen != 0 { td class="n" style=[(strength > 0.0).then(|| format!("background:rgba(180,83,9,{strength:.2})"))] { (whole_yuan(fen)) } }
            @else { td class="n idle" { "·" } }
        }
    };
    let sum = |places: &[Place], model: i32| -> i64 {
        places.iter().filter_map(|place| place.models.get(&model)).map(|money| money.fund_fen).sum()
    };
    let total = |places: &[Place]| -> i64 { places.iter().map(|place| place.total.fund_fen).sum() };
    html! {
        p class="note" { (words::WHERE_NOTE.pick(lang)) }
        @if !idle.is_empty() { p class="note" { (words::WHERE_NOT_RUN.pick(lang)) (idle.join(lang.pick("、", ", "))) } }
        div class="scroll" tabindex="0" role="region" aria-label=(words::WHERE.pick(lang)) {
            table class="money" {
                thead { tr {
                    th scope="col" { (words::INSTITUTION.pick(lang)) }
                    th class="n" scope="col" { (words::ALL_MODELS.pick(lang)) }
                    @for model in &shown { th class="n" scope="col" { (model.model) " " (model.title.pick(lang)) } }
                } }
                tbody {
                    @for place in named {
                        tr {
                            th scope="row" { (place.name.as_deref().unwrap_or(&place.code)) span class="code" { (place.code) } }
                            td class="n" { b { (whole_yuan(place.total.fund_fen)) } }
                            @for model in &models { (cell(sum(std::slice::from_ref(place), *model), true)) }
                        }
                    }
                    @if !others.is_empty() {
                        tr {
                            th scope="row" { (words::OTHERS.pick(lang)) " " (others.len()) }
                            td class="n" { b { (whole_yuan(total(others))) } }
                            @for model in &models { (cell(sum(others, *model), false)) }
                        }
                    }
                    tr class="total" {
                        th scope="row" { (words::ALL_PLACES.pick(lang)) }
                        td class="n" { (whole_yuan(total(&figures.places))) }
                        @for model in &models { (cell(sum(&figures.places, *model), false)) }
                    }
                }
            }
        }
    }
}

/// All models in one chart, each model in a small one beside it.
fn trend(report: &Report<'_>) -> Markup {
    let (figures, lang) = (report.figures, report.lang);
    let all = |month: &Month| -> i64 { month.fund_fen.values().sum() };
    let of = |model: i32| move |month: &Month| month.fund_fen.get(&model).copied().unwrap_or_default();
    let models: BTreeSet<i32> = figures.months.iter().flat_map(|month| month.fund_fen.keys().copied()).collect();
    let highest = |value: &dyn Fn(&Month) -> i64| figures.months.iter().map(value).max().unwrap_or_default();
    let highest_of_one = models.iter().map(|model| highest(&of(*model))).max().unwrap_or_default();
    let small = Size { width: 360.0, height: 90.0 };
    html! {
        p class="note" { (words::TREND_NOTE.pick(lang)) }
        figure {
            figcaption { (words::ALL.pick(lang)) }
            (chart::months(words::ALL.pick(lang), &figures.months, all, highest(&all), Size { width: 1080.0, height: 150.0 }, lang))
        }
        div class="charts" {
            @for model in &models {
                @let name = report.summary.model_name(*model, lang);
                figure {
                    figcaption { (name) }
                    (chart::months(&name, &figures.months, of(*model), highest_of_one, small, lang))
                }
            }
        }
    }
}

/// A table of the first of each kind.
fn rankings(report: &Report<'_>) -> Markup {
    let lang = report.lang;
    let titles: HashMap<&str, &str> =
        report.summary.rules_run.iter().map(|rule| (rule.rule_id.as_str(), rule.title.pick(lang))).collect();
    let mut kinds: BTreeMap<SuspectKind, Vec<&Suspect>> = BTreeMap::new();
    for suspect in report.suspects {
        kinds.entry(suspect.kind).or_default().push(suspect);
    }
    html! {
        p class="note" { (words::RANK_NOTE.pick(lang)) }
        @for (kind, suspects) in &kinds {
            @let with_share = suspects.iter().any(|suspect| suspect.share.is_some());
            @let with_peers = suspects.iter().any(|suspect| suspect.peer_ratio.is_some());
            @let with_points = suspects.iter().any(|suspect| suspect.points.is_some());
            h3 { (kind.several(lang)) }
            div class="scroll" tabindex="0" role="region" aria-label=(kind.several(lang)) {
                table {
                    thead { tr {
                        th class="n" scope="col" { (words::RANK.pick(lang)) }
                        th scope="col" { (words::WHO.pick(lang)) }
                        th class="n" scope="col" { (text::FINDINGS.pick(lang)) }
                        th class="n" scope="col" { (words::FUND_COLUMN.pick(lang)) }
                        @if with_share { th class="n" scope="col" { (words::SHARE.pick(lang)) } }
                        @if with_peers { th class="n" scope="col" { (words::PEERS.pick(lang)) } }
                        th class="n" scope="col" { (words::SCORE.pick(lang)) }
                        @if with_points { th scope="col" { (words::POINTS.pick(lang)) } }
                        th class="grow" scope="col" { (words::WHY.pick(lang)) }
                    } }
                    tbody {
                        @for suspect in suspects.iter().take(RANKED) {
                            tr {
                                td class="n" { (suspect.rank) }
                                th scope="row" {
                                    @match &suspect.name { Some(name) => { (name) span class="code" { (suspect.code) } } None => (suspect.code) }
                                }
                                td class="n" { (suspect.findings) }
                                td class="n" { (yuan(suspect.counted.fund_fen)) }
                                @if with_share { td class="n" { @if let Some(share) = suspect.share { (percent(share)) "%" } } }
                                @if with_peers { td class="n" { (suspect.peer_ratio.map(|ratio| format!("{ratio:.1}")).unwrap_or_default()) } }
                                td class="n" { (format!("{:.0}", suspect.score)) }
                                @if with_points { td { (suspect.points.as_deref().unwrap_or_default()) } }
                                td { (reasons(suspect, &titles, lang)) }
                            }
                        }
                    }
                }
            }
            @if suspects.len() > RANKED { p class="note" { (words::others_ranked(suspects.len() - RANKED, lang)) } }
        }
    }
}

/// The rules with the highest scores, by title; the row's sentence where there are none, as for rings.
fn reasons(suspect: &Suspect, titles: &HashMap<&str, &str>, lang: Lang) -> String {
    let rules = rule_counts(suspect, titles, lang);
    if rules.is_empty() { suspect.reason.clone() } else { rules }
}

/// The first rings, each with its members, places and days.
fn rings(report: &Report<'_>) -> Markup {
    html! {
        @for ring in report.rings.iter().take(TOP_RINGS) {
            article class="finding" {
                h3 { (ring.rank) " · " (ring.ring_id) }
                p class="said" { (ring.explained(report.lang)) }
                (PreEscaped(ring::svg(ring, report.lang)))
            }
        }
    }
}

/// The first findings, each with its timeline.
fn top(report: &Report<'_>) -> Markup {
    let lang = report.lang;
    let rules: HashMap<&str, &RuleRun> =
        report.summary.rules_run.iter().map(|rule| (rule.rule_id.as_str(), rule)).collect();
    let histories: HashMap<&str, &History> =
        report.histories.iter().map(|history| (history.finding_id.as_str(), history)).collect();
    html! {
        p class="note" { (words::TOP_NOTE.pick(lang)) }
        (timeline::legend(lang))
        @for at in shown(report.findings) {
            @let finding = &report.findings[at];
            (card(finding, rules.get(&*finding.rule_id).copied(), histories.get(finding.finding_id.as_str()).copied(), lang))
        }
    }
}

fn card(finding: &Finding, rule: Option<&RuleRun>, history: Option<&History>, lang: Lang) -> Markup {
    let badge = match finding.grade {
        Grade::Violation => "badge clear",
        Grade::Lead => "badge lead",
    };
    let days = [finding.first_day, finding.last_day].map(|day| day.map(calendar::iso).unwrap_or_default());
    let money = [finding.at_risk.gross_fen, finding.at_risk.inscp_fen, finding.at_risk.fund_fen].map(yuan);
    let fact = |label: Label, value: &str| html! { div { dt { (label.pick(lang)) } dd { (value) } } };
    html! {
        article class="finding" {
            h3 {
                (finding.rank) ". " (rule.map_or(&*finding.rule_id, |rule| rule.title.pick(lang))) " "
                span class=(badge) { (text::grade(finding.grade).pick(lang)) }
            }
            p class="said" { (finding.situation) }
            dl class="facts" {
                @if let Some(name) = finding.fixmedins_name.as_deref().or(finding.fixmedins_code.as_deref()) { (fact(words::INSTITUTION, name)) }
                @if let Some(person) = &finding.psn_no { (fact(text::PERSON, person)) }
                @if let Some(doctor) = finding.dr_name.as_deref().or(finding.dr_code.as_deref()) { (fact(text::DOCTOR, doctor)) }
                (fact(words::PERIOD, &days.join(lang.pick(" 至 ", " to "))))
                (fact(words::MONEY, &money.join(" / ")))
                (fact(words::CONFIDENCE, &format!("{:.2}", finding.confidence)))
                (fact(words::RECORDS, &finding.records.to_string()))
            }
            @if let Some(history) = history { (timeline::timeline(history, lang)) }
            p class="note" {
                @if let Some(rule) = rule { (words::BASIS.pick(lang)) (lang.pick("：", ": ")) (rule.basis.pick(lang)) " · " }
                (text::FINDING_ID.pick(lang)) " " code { (finding.finding_id) }
            }
        }
    }
}

/// Rules that ran on data of which too much was lost, each with its number of findings, which may be none for that alone.
fn damaged(summary: &RunSummary, lang: Lang) -> Markup {
    html! {
        p class="note" { (text::ABOUT_DAMAGED.pick(lang)) }
        table {
            thead { tr { @for label in [words::MODEL, words::RULE, words::FINDINGS, text::WHAT_WAS_LOST] { th scope="col" { (label.pick(lang)) } } } }
            tbody {
                @for rule in summary.damaged() {
                    tr {
                        td { (rule.model) }
                        th scope="row" { (rule.title.pick(lang)) span class="code" { (rule.rule_id) } }
                        td class="n" { (summary.findings.get(&rule.rule_id).copied().unwrap_or_default()) }
                        td { (rule.damaged(lang).unwrap_or_default()) }
                    }
                }
            }
        }
    }
}

fn not_run(summary: &RunSummary, lang: Lang) -> Markup {
    html! {
        p class="note" { (text::ABOUT_NOT_RUN.pick(lang)) }
        table {
            thead { tr { @for label in [words::MODEL, words::RULE, words::WHY_NOT_RUN] { th scope="col" { (label.pick(lang)) } } } }
            tbody {
                @for rule in &summary.rules_skipped {
                    tr { td { (rule.model) } th scope="row" { (rule.title.pick(lang)) span class="code" { (rule.rule_id) } } td { (rule.reason.pick(lang)) } }
                }
            }
        }
    }
}

/// How much of each knowledge table occurs, and beside a table of which nothing does, the rules that rest on it.
fn knowledge(summary: &RunSummary, lang: Lang) -> Markup {
    let resting = |table: &str| {
        let rules = summary.rules_run.iter().filter(|rule| rule.absent.iter().any(|absent| absent.table == table));
        rules.map(|rule| rule.title.pick(lang)).collect::<Vec<_>>().join(lang.pick("；", "; "))
    };
    html! {
        p class="note" { (text::ABOUT_KNOWLEDGE.pick(lang)) }
        table {
            thead { tr { @for label in [text::KNOWLEDGE_TABLE, text::KNOWN, text::HERE, text::COUNTED, text::RULES_ON_IT] { th scope="col" { (label.pick(lang)) } } } }
            tbody {
                @for known in &summary.knowledge {
                    tr {
                        th scope="row" { (known.title.pick(lang)) span class="code" { (known.table) } }
                        td class="n" { (grouped(known.known)) }
                        td class="n" { (grouped(known.here)) }
                        td { (known.unit.pick(lang)) }
                        td { (resting(&known.table)) }
                    }
                }
            }
        }
    }
}

fn failed_checks(summary: &RunSummary, lang: Lang) -> Markup {
    html! {
        table {
            thead { tr { @for label in [words::CHECK, words::FIGURE, words::LIMIT, words::DETAIL] { th scope="col" { (label.pick(lang)) } } } }
            tbody {
                @for check in summary.imported.checks.iter().filter(|check| check.result == CheckResult::Failed) {
                    tr {
                        th scope="row" { (check.title.pick(lang)) }
                        td { (check.figure.pick(lang)) }
                        td { (check.limit.pick(lang)) }
                        td { (check.detail.pick(lang)) }
                    }
                }
            }
        }
    }
}
