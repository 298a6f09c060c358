//! Rings from an edge list made elsewhere: what `feijian rings --edges` reads.
//!
//! CSV or Parquet with a header. `low` and `high` (also `low_key` and `high_key`, as edges.sql names them) are the persons, as codes or
//! keys; `days` the days they were together. Optional: `expected_e9`, `common_days`, `meetings`, `crowd`, `first_day`, `last_day` (days since 1970-01-01).
//! Without expectations every edge is taken as already tested. Benign pairs have to be taken out by whoever made the list: it holds no persons.

use std::collections::BTreeMap;
use std::path::Path;

use polars::prelude::*;

use super::assemble::Draft;
use super::error::RingsError;
use super::groups::{self, Edge};
use super::model::{Account, Link, Member, MemberKind, Ring, RingKind, Rings, Role};
use super::settings::Settings;
use super::sweep::pairs_of;
use super::{score, surprise};
use crate::explained::csv_zh;
use crate::frames::{self, FrameError};
use crate::lang::Text;

/// One edge as read.
struct Row {
    low: String,
    high: String,
    days: u64,
    meetings: u64,
    common_days: Option<u64>,
    crowd: u64,
    expected_e9: Option<i64>,
    first_day: Option<i32>,
    last_day: Option<i32>,
}

/// Rings of the edges in `path`.
///
/// # Errors
/// If the file cannot be read, lacks a column or holds something else than whole numbers where they belong.
pub fn from_edges(path: &Path, settings: &Settings) -> Result<Rings, RingsError> {
    let mut rows = if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet")) {
        read_parquet(path)?
    } else {
        read_csv(path)?
    };
    rows.retain(|row| row.low != row.high && row.days >= u64::from(settings.patients.min_days));
    for row in &mut rows {
        if row.low > row.high {
            std::mem::swap(&mut row.low, &mut row.high);
        }
    }
    rows.sort_by(|one, other| (&one.low, &one.high).cmp(&(&other.low, &other.high)));
    rows.dedup_by(|next, kept| (&next.low, &next.high) == (&kept.low, &kept.high));
    let numbers = numbered(&rows);
    let tested = pairs_of(numbers.len() as u64).max(1);
    let mut account = Account { persons: numbers.len() as u64, tested, pairs: rows.len() as u64, ..Account::default() };
    let surprises: Vec<Option<f64>> = rows
        .iter()
        .map(|row| row.expected_e9.map(|expected| surprise::poisson(row.days, expected.max(1) as f64 / 1e9)))
        .collect();
    let cutoff = surprise::cutoff(
        surprises.iter().flatten().copied().collect(),
        tested,
        settings.patients.false_discovery_pct / 100.0,
    );
    account.cutoff = cutoff.is_finite().then_some(cutoff);
    let kept: Vec<(&Row, f64)> = rows
        .iter()
        .zip(&surprises)
        .filter(|(row, surprise)| {
            let together = row
                .common_days
                .is_none_or(|common| row.meetings * 100 >= u64::from(settings.patients.min_together_pct) * common);
            together && surprise.is_none_or(|surprise| surprise >= cutoff)
        })
        .map(|(row, surprise)| (row, surprise.unwrap_or(0.0)))
        .collect();
    account.surprising = kept.len() as u64;
    let edges: Vec<Edge> = kept
        .iter()
        .map(|(row, _)| {
            let (one, other) = (numbers[row.low.as_str()], numbers[row.high.as_str()]);
            Edge::new(one, other, groups::weight_e3(row.crowd, row.meetings))
        })
        .collect();
    let mut rings: Vec<Ring> =
        groups::groups(numbers.len(), &edges, settings).iter().map(|group| ring(group, &numbers, &kept)).collect();
    score::rank(&mut rings);
    Ok(Rings { rings, account })
}

/// Codes numbered in their order. An edge list has no times to order persons by, so here renaming may change ties.
fn numbered(rows: &[Row]) -> BTreeMap<&str, usize> {
    let mut codes: Vec<&str> = rows.iter().flat_map(|row| [row.low.as_str(), row.high.as_str()]).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.into_iter().enumerate().map(|(number, code)| (code, number)).collect()
}

fn ring(group: &[usize], numbers: &BTreeMap<&str, usize>, kept: &[(&Row, f64)]) -> Ring {
    // Numbers follow codes, so positions in the sorted group are in the order of codes.
    let position = |code: &str| numbers.get(code).and_then(|number| group.binary_search(number).ok());
    let inside: Vec<(usize, usize, &Row, f64)> = kept
        .iter()
        .filter_map(|(row, surprise)| Some((position(&row.low)?, position(&row.high)?, *row, *surprise)))
        .collect();
    let links: Vec<Link> = inside
        .iter()
        .map(|(one, other, row, surprise)| Link { one: *one, other: *other, count: row.days, surprise: *surprise })
        .collect();
    let member = |(place, (code, _)): (usize, (&&str, &usize))| {
        let touching = links.iter().filter(|link| link.one == place || link.other == place);
        Member {
            key: 0,
            kind: MemberKind::Person,
            code: (*code).to_owned(),
            name: None,
            role: Role::Member,
            degree: 0,
            events: touching.map(|link| link.count).max().unwrap_or(0),
            fund_fen: 0,
        }
    };
    let members: Vec<Member> =
        numbers.iter().filter(|(_, number)| group.binary_search(number).is_ok()).enumerate().map(member).collect();
    let draft = Draft {
        co_events: inside.iter().map(|(_, _, row, _)| row.meetings).sum(),
        first_day: inside.iter().filter_map(|(_, _, row, _)| row.first_day).min(),
        last_day: inside.iter().filter_map(|(_, _, row, _)| row.last_day).max(),
        ..Draft::new(RingKind::Patients, members, links)
    };
    Ring::assemble(draft, explanation)
}

fn explanation(ring: &Ring) -> Text {
    let size = ring.size();
    let most = ring.links.iter().map(|link| link.count).max().unwrap_or(0);
    Text::new(
        format!("{size} 人多次结伴就医，两两同行最多 {most} 天；由外部边表得出，需回到就诊记录核实"),
        format!(
            "{size} persons were together repeatedly, two of them on up to {most} days; from an outside edge list: to verify in the records"
        ),
    )
}

fn read_parquet(path: &Path) -> Result<Vec<Row>, RingsError> {
    let wrong = |reason: Text| RingsError::EdgeList { path: path.to_owned(), reason };
    let frame = frames::read_texts(path).map_err(|error| match error {
        FrameError::Io { path, source } => RingsError::Io { path, source },
        FrameError::Parquet { source, .. } => {
            wrong(Text::new(format!("不是完好的 Parquet 文件（{source}）"), source.to_string()))
        }
        FrameError::Frame { source, .. } => wrong(Text::new(format!("列不能用（{source}）"), source.to_string())),
    })?;
    let header: Vec<String> = frame.get_column_names().iter().map(|name| name.to_string()).collect();
    let columns = Columns::find(&header).map_err(wrong)?;
    let texts = frame.columns().iter().map(|column| Ok(column.str()?.clone())).collect::<PolarsResult<Vec<_>>>()?;
    (0..frame.height())
        .map(|row| {
            columns
                .row(|column| texts[column].get(row).unwrap_or_default())
                .map_err(|reason| wrong(at("row", row as u64 + 1, reason)))
        })
        .collect()
}

fn read_csv(path: &Path) -> Result<Vec<Row>, RingsError> {
    let wrong = |reason: Text| RingsError::EdgeList { path: path.to_owned(), reason };
    let damaged = |error: csv::Error| wrong(Text::new(csv_zh(&error), error.to_string()));
    let mut reader = csv::Reader::from_path(path).map_err(damaged)?;
    let header: Vec<String> = reader
        .headers()
        .map_err(damaged)?
        .iter()
        .map(|name| name.trim_start_matches('\u{feff}').trim().to_lowercase())
        .collect();
    let columns = Columns::find(&header).map_err(wrong)?;
    let mut rows = Vec::new();
    for (line, record) in (2_u64..).zip(reader.records()) {
        let record = record.map_err(damaged)?;
        let cell = |column: usize| record.get(column).unwrap_or_default().trim();
        rows.push(columns.row(cell).map_err(|reason| wrong(at("line", line, reason)))?);
    }
    Ok(rows)
}

/// What is wrong, after where it stands: the line of a text, the row of a table.
fn at(what: &str, number: u64, reason: Text) -> Text {
    Text::new(format!("第 {number} 行：{}", reason.zh), format!("{what} {number}: {}", reason.en))
}

/// Where the columns are.
struct Columns {
    low: usize,
    high: usize,
    days: usize,
    optional: [Option<usize>; 6],
}

/// Names of the optional columns.
const OPTIONAL: [&str; 6] = ["meetings", "common_days", "crowd", "expected_e9", "first_day", "last_day"];

impl Columns {
    fn find(header: &[String]) -> Result<Self, Text> {
        let place = |names: &[&str]| header.iter().position(|column| names.contains(&column.as_str()));
        let required = |names: &[&str]| {
            place(names).ok_or_else(|| {
                Text::new(
                    format!("没有列 {}", names.join(" 或 ")),
                    format!("there is no column {}", names.join(" or ")),
                )
            })
        };
        Ok(Self {
            low: required(&["low", "low_key"])?,
            high: required(&["high", "high_key"])?,
            days: required(&["days"])?,
            optional: OPTIONAL.map(|name| place(&[name])),
        })
    }

    fn row<'c>(&self, cell: impl Fn(usize) -> &'c str) -> Result<Row, Text> {
        let number = |column: usize, name: &str| {
            let text = cell(column);
            text.parse::<i64>().map_err(|_| {
                Text::new(format!("{name} 是“{text}”，不是整数"), format!("{name} is {text:?}, not a whole number"))
            })
        };
        let optional = |which: usize| -> Result<Option<i64>, Text> {
            match self.optional[which].filter(|column| !cell(*column).is_empty()) {
                Some(column) => number(column, OPTIONAL[which]).map(Some),
                None => Ok(None),
            }
        };
        let count = |value: i64| u64::try_from(value).unwrap_or(0);
        let day = |value: Option<i64>| value.and_then(|day| i32::try_from(day).ok());
        let days = count(number(self.days, "days")?);
        let (low, high) = (cell(self.low), cell(self.high));
        if low.is_empty() || high.is_empty() {
            return Err(Text::new("缺少一个人员编号", "a person is missing"));
        }
        Ok(Row {
            low: low.to_owned(),
            high: high.to_owned(),
            days,
            meetings: optional(0)?.map_or(days, count),
            common_days: optional(1)?.map(count),
            crowd: optional(2)?.map_or(days * 2, count),
            expected_e9: optional(3)?,
            first_day: day(optional(4)?),
            last_day: day(optional(5)?),
        })
    }
}
