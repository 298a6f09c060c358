//! `feijian case`: the dossier of one finding, for the terminal or as Markdown.

use std::fmt::Write;

use super::args::{CaseArgs, CaseFormat};
use super::exit::{Failure, Status};
use super::print::{print, table};
use super::session::Session;
use crate::report::dossier::{Dossier, Part, dossier};
use crate::report::stored::StoredReport;
use crate::rules::Catalog;

/// Prints the dossier.
///
/// # Errors
/// If there is no such report or finding.
pub fn run(session: &Session, args: &CaseArgs) -> Result<Status, Failure> {
    let catalog = Catalog::with_folder(args.own.rules_dir.as_deref())?;
    let report = StoredReport::open(&args.from.report)?;
    let dossier = dossier(&report, &args.finding, |id| catalog.rule(id), session.lang)?;
    print(&match args.format {
        CaseFormat::Text => text(&dossier),
        CaseFormat::Md => markdown(&dossier),
    })?;
    Ok(Status::Done)
}

// Writing to a String cannot fail, here and below.
fn text(dossier: &Dossier) -> String {
    let mut out = format!("{}\n", dossier.title);
    for (heading, part) in &dossier.sections {
        let _ = if heading.is_empty() { writeln!(out) } else { writeln!(out, "\n{heading}") };
        match part {
            Part::Facts(facts) => {
                let rows = facts.iter().map(|(label, value)| vec![(*label).to_owned(), value.clone()]);
                let _ = writeln!(out, "{}", indented(&table(&[], &[], rows)));
            }
            Part::Paragraphs(lines) => {
                let _ = writeln!(out, "{}", indented(&lines.join("\n")));
            }
            Part::List(lines) => {
                for line in lines {
                    let _ = writeln!(out, "  - {line}");
                }
            }
            Part::Table(header, numbers, rows) => {
                let _ = writeln!(out, "{}", indented(&table(header, numbers, rows.iter().cloned())));
            }
        }
    }
    out
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn markdown(dossier: &Dossier) -> String {
    let mut out = format!("# {}\n", escaped(&dossier.title));
    for (heading, part) in &dossier.sections {
        let _ = if heading.is_empty() { writeln!(out) } else { writeln!(out, "\n## {heading}\n") };
        match part {
            Part::Facts(facts) => {
                for (label, value) in facts {
                    let _ = writeln!(out, "- **{label}** {}", escaped(value));
                }
            }
            Part::Paragraphs(lines) => {
                let _ = writeln!(out, "{}", lines.iter().map(|line| escaped(line)).collect::<Vec<_>>().join("\n\n"));
            }
            Part::List(lines) => {
                for line in lines {
                    let _ = writeln!(out, "- {}", escaped(line));
                }
            }
            Part::Table(header, numbers, rows) => {
                let rule = (0..header.len()).map(|at| if numbers.contains(&at) { "---:" } else { "---" });
                let _ = writeln!(out, "| {} |\n| {} |", header.join(" | "), rule.collect::<Vec<_>>().join(" | "));
                for row in rows {
                    let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
                    let _ = writeln!(out, "| {} |", cells.join(" | "));
                }
            }
        }
    }
    out
}

/// Text from the data, so that it is shown and not taken for marks.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '`' | '[' | ']' | '<' | '>' | '#' | '\\' => out.extend(['\\', c]),
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
