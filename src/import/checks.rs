//! The acceptance checks of the 2024 collection list, and the like for the bureau's tables.
//!
//! Settling adds up what they compare, bucket by bucket; [`CheckInputs::evaluate`] judges it. Limits are those of the collection list:
//! totals within 0.5 %, unmatched and duplicate bills at most 0.1 %.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::summary::{Check, CheckResult, Skipped, SkippedFile};
use crate::calendar;
use crate::casestore::store::ImportedFile;
use crate::format::scaled;
use crate::lang::{Label, Lang, Text};
use crate::sql::engine::Workbench;

/// Greatest difference between masters and details, per ten thousand of the masters' total.
const TOTAL_LIMIT_BP: i128 = 50;

/// Greatest share of unmatched or duplicate bills, per ten thousand.
const COUNT_LIMIT_BP: i128 = 10;

/// Who brought the data: the checks differ in what is a master row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Side {
    family: &'static str,
    name: Label,
    /// Master files and their detail files.
    pairs: &'static [(&'static str, &'static str)],
}

const SIDES: &[Side] = &[
    Side { family: "bureau", name: Label::new("经办端", "bureau"), pairs: &[("setl_d", "fee_list_d")] },
    Side {
        family: "hospital",
        name: Label::new("医院端", "hospital"),
        pairs: &[("SETTLE_ZY", "SETTLE_ZY_DETAIL"), ("SETTLE_MZ", "SETTLE_MZ_DETAIL")],
    },
];

/// Sums per file layout.
#[derive(Debug, Clone, Default)]
struct LayoutSums {
    rows: u64,
    /// Of settlements that were not taken back whole, fen.
    gross_fen: i128,
    negative: u64,
    /// Settlements (masters) or the settlements that lines name (details).
    settlements: u64,
    /// Of those, the ones that the other side does not have. Nobody misses the lines of a settlement of
    /// nothing, or of one that was taken back whole.
    unmatched: u64,
}

/// What the checks compare, added up over the buckets.
#[derive(Debug, Clone, Default)]
pub struct CheckInputs {
    masters: BTreeMap<String, LayoutSums>,
    details: BTreeMap<String, LayoutSums>,
    /// Settlements per layout and day of settlement.
    days: BTreeMap<String, BTreeMap<i32, u64>>,
}

impl CheckInputs {
    /// Adds the rows of one bucket: `setl_row`, `fee_row` and `source_file` of `frames`, and what became of the settlements.
    ///
    /// # Errors
    /// If a statement fails.
    pub fn add(&mut self, frames: &Workbench) -> PolarsResult<()> {
        // Platforms export the lines of a settlement that was taken back, and not always the lines that take them back: such settlements
        // are left out of the totals on both sides, and need no lines.
        let masters = "SELECT f.layout, COUNT(*) AS row_count,
                              SUM(CASE WHEN n.state = 'reversed' THEN 0 ELSE s.gross_fen END) AS gross_fen,
                              SUM(CASE WHEN s.gross_fen < 0 AND COALESCE(s.refund, 0) = 0 AND s.init_setl_key IS NULL
                                       THEN 1 ELSE 0 END) AS negative,
                              COUNT(DISTINCT s.setl_key) AS settlements,
                              COUNT(DISTINCT CASE WHEN l.setl_key IS NULL AND s.gross_fen <> 0 AND n.state <> 'reversed'
                                                  THEN s.setl_key END) AS unmatched
                       FROM setl_row AS s
                       JOIN setl_paired AS p ON s.setl_key = p.setl_key
                       JOIN setl_state AS n ON p.root_key = n.setl_key
                       JOIN source_file AS f ON s.file_id = f.file_id
                       LEFT JOIN (SELECT DISTINCT setl_key FROM fee_row WHERE setl_key IS NOT NULL) AS l ON s.setl_key = l.setl_key
                       GROUP BY f.layout";
        let details = "SELECT f.layout, COUNT(*) AS row_count,
                              SUM(CASE WHEN s.state = 'reversed' THEN 0 ELSE l.gross_fen END) AS gross_fen,
                              SUM(CASE WHEN l.gross_fen < 0 AND COALESCE(l.refund, 0) = 0 AND l.init_fee_key IS NULL
                                       THEN 1 ELSE 0 END) AS negative,
                              COUNT(DISTINCT l.setl_key) AS settlements,
                              COUNT(DISTINCT CASE WHEN s.setl_key IS NULL THEN l.setl_key END) AS unmatched
                       FROM fee_row AS l
                       JOIN source_file AS f ON l.file_id = f.file_id
                       LEFT JOIN (SELECT p.setl_key, n.state FROM setl_paired AS p
                                  JOIN setl_state AS n ON p.root_key = n.setl_key) AS s ON l.setl_key = s.setl_key
                       GROUP BY f.layout";
        for (sums, sql) in [(&mut self.masters, masters), (&mut self.details, details)] {
            let rows = frames.run(sql)?;
            for row in 0..rows.height() {
                let number = |name: &str| -> PolarsResult<i64> {
                    Ok(rows.column(name)?.get(row)?.extract::<i64>().unwrap_or_default())
                };
                let layout = rows.column("layout")?.str()?.get(row).unwrap_or_default().to_owned();
                let sum = sums.entry(layout).or_default();
                sum.rows += number("row_count")?.unsigned_abs();
                sum.gross_fen += i128::from(number("gross_fen")?);
                sum.negative += number("negative")?.unsigned_abs();
                sum.settlements += number("settlements")?.unsigned_abs();
                sum.unmatched += number("unmatched")?.unsigned_abs();
            }
        }
        let days = "SELECT f.layout, s.setl_day, COUNT(*) AS row_count
                    FROM setl_row AS s JOIN source_file AS f ON s.file_id = f.file_id
                    WHERE s.setl_day IS NOT NULL GROUP BY f.layout, s.setl_day";
        let rows = frames.run(days)?;
        let (layouts, setl_days) = (rows.column("layout")?.str()?, rows.column("setl_day")?.i32()?);
        let counts = rows.column("row_count")?.cast(&DataType::UInt64)?;
        for ((layout, day), count) in layouts.iter().zip(setl_days.iter()).zip(counts.u64()?.iter()) {
            if let (Some(layout), Some(day), Some(count)) = (layout, day, count) {
                *self.days.entry(layout.to_owned()).or_default().entry(day).or_insert(0) += count;
            }
        }
        Ok(())
    }

    /// First and last day of settlement over all files.
    pub fn span(&self) -> Option<(i32, i32)> {
        let first = self.days.values().filter_map(|days| days.keys().next()).min()?;
        let last = self.days.values().filter_map(|days| days.keys().next_back()).max()?;
        Some((*first, *last))
    }

    /// Judges what was added up. `skipped` are the files that were not read, `duplicates` are repeated or conflicting rows per layout, `period` the days that were asked for.
    pub fn evaluate(
        &self,
        files: &[ImportedFile],
        skipped: &[SkippedFile],
        duplicates: &BTreeMap<String, u64>,
        period: Option<(i32, i32)>,
    ) -> Vec<Check> {
        let mut checks = Vec::new();
        for side in SIDES {
            for (master, detail) in side.pairs {
                let subject = Subject {
                    side,
                    master,
                    why_not: why_not(&[master, detail], files, skipped),
                    masters: self.masters.get(*master),
                    details: self.details.get(*detail),
                };
                checks.push(subject.totals());
                checks.push(subject.unmatched());
                checks.push(subject.duplicates(duplicates.get(*master).copied().unwrap_or(0)));
                checks.push(subject.negatives());
                checks.push(subject.in_period(self.days.get(*master), period));
                checks.push(subject.every_month(self.days.get(*master), period));
            }
            checks.push(required_filled(side, files, skipped));
        }
        checks
    }
}

struct Subject<'a> {
    side: &'static Side,
    master: &'static str,
    /// Why there may be nothing to compare.
    why_not: Text,
    masters: Option<&'a LayoutSums>,
    details: Option<&'a LayoutSums>,
}

impl Subject<'_> {
    fn check(&self, id: &str, title: (&str, &str)) -> Check {
        Check {
            id: format!("{}/{id}/{}", self.side.family, self.master),
            title: Text::new(
                format!("{}（{}）：{}", self.side.name.zh, self.master, title.0),
                format!("{} ({}): {}", self.side.name.en, self.master, title.1),
            ),
            result: CheckResult::NotApplicable,
            figure: Text::default(),
            limit: Text::default(),
            detail: self.why_not.clone(),
        }
    }

    fn totals(&self) -> Check {
        let mut check =
            self.check("master-detail-total", ("主单总额与明细总额一致", "master total equals detail total"));
        check.limit = both("≤ 0.5 %");
        let (Some(masters), Some(details)) = (self.masters, self.details) else { return check };
        let difference = (masters.gross_fen - details.gross_fen).abs();
        check.result = judged(difference * 10_000 <= TOTAL_LIMIT_BP * masters.gross_fen.abs());
        check.figure = both(percent(difference, masters.gross_fen.abs()));
        check.detail = Text::new(
            format!("主单 {} 元，明细 {} 元", scaled(masters.gross_fen, 2), scaled(details.gross_fen, 2)),
            format!("masters {} yuan, details {} yuan", scaled(masters.gross_fen, 2), scaled(details.gross_fen, 2)),
        );
        check
    }

    fn unmatched(&self) -> Check {
        let mut check =
            self.check("unmatched-bills", ("主单与明细的单据号互相匹配", "bill numbers of masters and details match"));
        check.limit = both("≤ 0.1 %");
        let (Some(masters), Some(details)) = (self.masters, self.details) else { return check };
        let unmatched = i128::from(masters.unmatched + details.unmatched);
        let all = i128::from(masters.settlements + details.unmatched);
        check.result = judged(unmatched * 10_000 <= COUNT_LIMIT_BP * all);
        check.figure = both(percent(unmatched, all));
        check.detail = Text::new(
            format!(
                "主单 {} 个，明细涉及 {} 个；有主单无明细 {} 个，有明细无主单 {} 个",
                masters.settlements, details.settlements, masters.unmatched, details.unmatched
            ),
            format!(
                "{} in masters, {} in details; {} without details, {} without a master",
                masters.settlements, details.settlements, masters.unmatched, details.unmatched
            ),
        );
        check
    }

    fn duplicates(&self, duplicates: u64) -> Check {
        let mut check = self.check("duplicate-bills", ("主单单据号不重复", "no bill number twice among the masters"));
        check.limit = both("≤ 0.1 %");
        let Some(masters) = self.masters else { return check };
        let all = i128::from(masters.rows + duplicates);
        check.result = judged(i128::from(duplicates) * 10_000 <= COUNT_LIMIT_BP * all);
        check.figure = both(percent(i128::from(duplicates), all));
        check.detail = Text::new(
            format!("重复或矛盾 {duplicates} 行，共 {all} 行"),
            format!("{duplicates} repeated or conflicting rows of {all}"),
        );
        check
    }

    fn negatives(&self) -> Check {
        let mut check = self.check("negative-amounts", ("退费以外无负数金额", "no negative amounts except refunds"));
        check.limit = both("0");
        let Some(masters) = self.masters else { return check };
        let negative = masters.negative + self.details.map_or(0, |details| details.negative);
        check.result = judged(negative == 0);
        check.figure = both(negative.to_string());
        check.detail = Text::new(
            "未标退费、未指明原单的负数行",
            "negative rows that neither are marked as refunds nor name an original",
        );
        check
    }

    fn in_period(&self, days: Option<&BTreeMap<i32, u64>>, period: Option<(i32, i32)>) -> Check {
        let mut check =
            self.check("settled-in-period", ("结算日期在要求的期间内", "settlement dates lie in the requested period"));
        check.limit = both("0");
        let Some(days) = days else { return check };
        let Some((first, last)) = period else {
            check.detail = Text::new("未用 --period 指明要求的期间", "no --period was asked for");
            return check;
        };
        let outside: u64 = days.iter().filter(|(day, _)| **day < first || **day > last).map(|(_, rows)| rows).sum();
        check.result = judged(outside == 0);
        check.figure = both(outside.to_string());
        check.detail = span_text(days);
        check
    }

    fn every_month(&self, days: Option<&BTreeMap<i32, u64>>, period: Option<(i32, i32)>) -> Check {
        let mut check = self.check("every-month", ("每个月都有数据", "every month is present"));
        check.limit = both("0");
        let Some(days) = days else { return check };
        let present: BTreeSet<i32> = days.keys().filter_map(|day| calendar::month(*day)).collect();
        let asked = period.and_then(|(first, last)| Some((calendar::month(first)?, calendar::month(last)?)));
        let seen = present.first().copied().zip(present.last().copied());
        let Some((first, last)) = asked.or(seen) else { return check };
        let missing: Vec<String> =
            (first..=last).filter(|month| !present.contains(month)).map(calendar::month_name).collect();
        check.result = judged(missing.is_empty());
        check.figure = both(missing.len().to_string());
        check.detail = if missing.is_empty() {
            span_text(days)
        } else {
            Text::new(format!("缺 {}", missing.join("、")), format!("missing {}", missing.join(", ")))
        };
        check
    }
}

/// Why what two tables hold cannot be compared: a file that was there and lost is never called missing.
fn why_not(tables: &[&str], files: &[ImportedFile], skipped: &[SkippedFile]) -> Text {
    let mut all: Vec<Text> = Vec::new();
    for table in tables {
        let of_table: Vec<&ImportedFile> = files.iter().filter(|file| file.layout == *table).collect();
        let (rows_in, rejected) =
            of_table.iter().fold((0, 0), |(rows, lost), file| (rows + file.rows_in, lost + file.rows_rejected));
        if of_table.is_empty() {
            all.push(Text::new(format!("没有读到 {table}"), format!("no {table} was read")));
        } else if rows_in == 0 {
            all.push(Text::new(format!("{table} 的文件里没有行"), format!("the files of {table} hold no rows")));
        } else if rejected >= rows_in {
            all.push(Text::new(
                format!("{table} 的文件已提供，但 {rows_in} 行都不能用"),
                format!("the files of {table} are there, but none of their {rows_in} rows can be used"),
            ));
        }
    }
    if all.is_empty() {
        all.push(Text::new(format!("需要 {}", tables.join(" 与 ")), format!("needs {}", tables.join(" and "))));
    }
    let join = |lang: Lang, gap: &str| all.iter().map(|why| why.pick(lang)).collect::<Vec<_>>().join(gap);
    refused_too(Text::new(join(Lang::Zh, "；"), join(Lang::En, "; ")), skipped)
}

/// `why`, with a word on files that were there and could not be read: what is missing may be in them.
fn refused_too(mut why: Text, skipped: &[SkippedFile]) -> Text {
    let refused = skipped.iter().filter(|file| file.kind == Skipped::Refused).count();
    if refused > 0 {
        why.zh += &format!("；有 {refused} 个已提供的文件未能读取，可能就在其中");
        why.en += &format!("; it may be among the {refused} that were delivered and could not be read");
    }
    why
}

fn required_filled(side: &Side, files: &[ImportedFile], skipped: &[SkippedFile]) -> Check {
    let mut check = Check {
        id: format!("{}/required-filled", side.family),
        title: Text::new(
            format!("{}：必填字段均已填写", side.name.zh),
            format!("{}: required columns are filled", side.name.en),
        ),
        result: CheckResult::NotApplicable,
        figure: Text::default(),
        limit: both("0"),
        detail: refused_too(Text::new("没有读到此类文件", "no such files were read"), skipped),
    };
    let files: Vec<&ImportedFile> = files.iter().filter(|file| file.family == side.family).collect();
    if files.is_empty() {
        return check;
    }
    let mut gaps: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for file in files {
        for (column, filled) in &file.required_filled {
            let gap = gaps.entry((file.layout.as_str(), column.as_str())).or_default();
            gap.0 += file.rows_in - (*filled).min(file.rows_in);
            gap.1 += file.rows_in;
        }
    }
    gaps.retain(|_, (empty, _)| *empty > 0);
    check.result = judged(gaps.is_empty());
    check.figure = both(gaps.len().to_string());
    let list = |separator: &str| {
        let each = |((layout, column), (empty, rows)): (&(&str, &str), &(u64, u64))| {
            format!("{layout}.{column} {}", percent(i128::from(*empty), i128::from(*rows)))
        };
        gaps.iter().map(each).collect::<Vec<_>>().join(separator)
    };
    check.detail = if gaps.is_empty() {
        Text::new("无空缺", "none empty")
    } else {
        Text::new(format!("有空缺的字段及比例：{}", list("；")), format!("columns with gaps: {}", list("; ")))
    };
    check
}

const fn judged(passed: bool) -> CheckResult {
    if passed { CheckResult::Passed } else { CheckResult::Failed }
}

fn both(text: impl Into<String>) -> Text {
    let text = text.into();
    Text { zh: text.clone(), en: text }
}

fn span_text(days: &BTreeMap<i32, u64>) -> Text {
    let ends = days.keys().next().zip(days.keys().next_back());
    both(ends.map(|(first, last)| format!("{} … {}", calendar::iso(*first), calendar::iso(*last))).unwrap_or_default())
}

/// A share with two decimals, `0.00 %` of nothing.
fn percent(part: i128, whole: i128) -> String {
    let hundredths = if whole == 0 { 0 } else { (part * 10_000 + whole / 2) / whole };
    format!("{} %", scaled(hundredths, 2))
}
