//! The part of the page that goes through the problem lists, item by item.

use maud::{Markup, html};

use super::words;
use crate::format::{grouped, yuan};
use crate::lang::Lang;
use crate::report::problems::{Outcome, ProblemRow, counts};
use crate::report::{Report, problems, text};

/// A table for each list, in its order and words.
pub(super) fn problems(report: &Report<'_>) -> Markup {
    let lang = report.lang;
    html! {
        p class="note" { (words::LISTS_NOTE.pick(lang)) }
        @for of_list in report.problems.chunk_by(|one, other| one.id.list == other.id.list) {
            @if let Some(first) = of_list.first() {
                h3 { (first.list.pick(lang)) }
                p { (counts(of_list, lang)) }
                div class="scroll" tabindex="0" role="region" aria-label=(first.list.pick(lang)) { (table(of_list, lang)) }
            }
        }
    }
}

fn table(rows: &[ProblemRow], lang: Lang) -> Markup {
    html! {
        table {
            thead { tr {
                th class="n" scope="col" { (problems::NUMBER.pick(lang)) }
                th scope="col" { (problems::FIELD.pick(lang)) }
                th class="grow" scope="col" { (words::PROBLEM.pick(lang)) }
                th scope="col" { (problems::OUTCOME.pick(lang)) }
                th class="n" scope="col" { (text::FINDINGS.pick(lang)) }
                th class="n" scope="col" { (text::PERSONS.pick(lang)) }
                th class="n" scope="col" { (words::FUND_COLUMN.pick(lang)) }
                th class="grow" scope="col" { (problems::NOTE.pick(lang)) }
            } }
            tbody {
                @for row in rows {
                    @let looked = matches!(row.outcome, Outcome::Hits | Outcome::Nothing);
                    tr id={"problem-" (row.id.list) "-" (row.id.number)} {
                        td class="n" { (row.id.number) }
                        td { (row.field) }
                        th scope="row" {
                            (row.words())
                            @if let (Some(title), true) = (&row.title, row.official.is_some()) { span class="code" { (title) } }
                        }
                        td { @if row.outcome == Outcome::Hits { b { (row.outcome.label().pick(lang)) } } @else { (row.outcome.label().pick(lang)) } }
                        td class="n" { @if looked { (grouped(row.findings)) } }
                        td class="n" { @if looked { (grouped(row.persons)) } }
                        td class="n" { @if looked { (yuan(row.money.fund_fen)) } }
                        td {
                            (row.note)
                            @if let Some(finding) = &row.first_finding { @if !row.note.is_empty() { " · " } code { (finding) } }
                            @if let (Some(ask), false) = (&row.ask, looked) { " " (problems::ASK.pick(lang)) (lang.pick("：", ": ")) (ask) }
                        }
                    }
                }
            }
        }
    }
}
