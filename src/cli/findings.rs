//! `feijian findings`: the findings of a report, or the records behind them, for a pipe or a file.

use std::collections::HashSet;
use std::io::{IsTerminal, Write};

use super::args::{FindingsArgs, RowsFormat};
use super::exit::{Failure, Status};
use super::session::Session;
use super::usage::UsageError;
use crate::files::{self, Readers};
use crate::model::Grade;
use crate::pipeline::PipelineError;
use crate::problems::ProblemFilter;
use crate::report::columns::Value;
use crate::report::export;
use crate::report::stored::{StoredReport, StoredTable};

/// Writes the rows asked for.
///
/// # Errors
/// If there is no such report or the rows cannot be written.
pub fn run(session: &Session, args: &FindingsArgs) -> Result<Status, Failure> {
    let report = StoredReport::open(&args.from.report)?;
    let listed = ProblemFilter::parse(&args.listed.lists, &args.listed.problems).map_err(PipelineError::from)?;
    let mut rows = report.findings(|table, row| wanted(args, &listed, table, row))?;
    rows.rows.truncate(args.top.unwrap_or(usize::MAX));
    if args.records {
        let ids: HashSet<String> = rows.rows.iter().map(|row| rows.text(row, "finding_id")).collect();
        rows = report.evidence(|table, row| ids.contains(&table.text(row, "finding_id")))?;
    }
    if args.out.as_os_str() == "-" {
        if matches!(args.format, RowsFormat::Xlsx) && std::io::stdout().is_terminal() {
            return Err(UsageError::WorkbookOnTerminal.into());
        }
        write(session, args, &rows, std::io::stdout().lock())?;
    } else {
        let refused = |source| UsageError::Output { path: args.out.clone(), source };
        write(session, args, &rows, files::create(&args.out, Readers::Owner).map_err(refused)?)?;
    }
    Ok(Status::Done)
}

fn write(session: &Session, args: &FindingsArgs, rows: &StoredTable, out: impl Write) -> Result<(), Failure> {
    match args.format {
        RowsFormat::Csv => export::separated(rows, b',', args.bom, out)?,
        RowsFormat::Tsv => export::separated(rows, b'\t', args.bom, out)?,
        RowsFormat::Json => export::json(rows, out)?,
        RowsFormat::Xlsx => export::xlsx(rows, session.lang, out)?,
    }
    Ok(())
}

/// Whether a finding is among those asked for.
fn wanted(args: &FindingsArgs, listed: &ProblemFilter, table: &StoredTable, row: &[Value<'_>]) -> bool {
    let one_of = |column: &str, wanted: &[String]| wanted.is_empty() || wanted.contains(&table.text(row, column));
    let models: Vec<String> = args.models.iter().map(ToString::to_string).collect();
    let grade = args.grade.is_none_or(|grade| table.text(row, "grade") == Grade::from(grade).as_str());
    grade
        && listed.holds_any(&table.text(row, "problem"))
        && one_of("model", &models)
        && one_of("rule_id", &args.rules)
        && one_of("fixmedins_code", &args.institutions)
        && one_of("psn_no", &args.persons)
}
