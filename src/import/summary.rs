//! What an import did, as plain data: printed, kept in the store, and shown in the report.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::ImportError;
use super::layout::Layouts;
use super::loss_text;
use super::losses::{Judging, Losses, judge};
use crate::casestore::store::{ColumnAccount, Store, StoreError};
use crate::lang::{Lang, Text};

/// Everything an import found out about its inputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSummary {
    /// Files in the store, in the order they were imported.
    pub inputs: Vec<InputFile>,
    /// Files found beside them and not read.
    pub skipped_files: Vec<SkippedFile>,
    /// Days asked for, which the checks compare with.
    pub period: Option<(i32, i32)>,
    /// Acceptance checks.
    pub checks: Vec<Check>,
    /// Same key, different content.
    pub conflicts: Vec<Conflicts>,
    /// Refunds and reversals.
    pub reversals: Vec<Reversals>,
    /// What became of the rows that were stored.
    pub waterfall: Waterfall,
    /// First and last day of settlement.
    pub span: Option<(i32, i32)>,
    /// What was lost beyond the limits.
    #[serde(default)]
    pub losses: Losses,
    /// What the bureau and hospitals delivered both; `None` where no institution came from both.
    #[serde(default)]
    pub two_sources: Option<TwoSources>,
    /// What the codes of items in fee lines are.
    #[serde(default)]
    pub item_codes: ItemCodes,
}

/// One file read. `rows_in = rows_stored + rows_repeated + rows_rejected`, exactly.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Path as given, `archive!member` for a file inside a zip.
    pub name: String,
    /// Size on disk, bytes.
    pub bytes: u64,
    /// SHA-256 of the file's bytes, hex.
    pub sha256: String,
    /// Which layout it was read with, such as `fee_list_d`.
    pub layout: String,
    /// What that layout holds.
    pub layout_title: Text,
    /// Such as `GB18030`; empty for Parquet.
    pub encoding: String,
    /// Such as `|@|`; empty for Parquet.
    pub delimiter: String,
    /// Rows read.
    pub rows_in: u64,
    /// Rows kept.
    pub rows_stored: u64,
    /// Whole rows already read from this or another file.
    pub rows_repeated: u64,
    /// Rows dropped for a reason listed in rejects.csv.
    pub rows_rejected: u64,
    /// Cells emptied for a reason listed in rejects.csv; their rows stay.
    pub cells_rejected: u64,
    /// What became of the cells of each column read.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnAccount>,
    /// Expected columns that the file lacks.
    pub missing_columns: Vec<String>,
    /// Columns the layout has no use for.
    pub ignored_columns: Vec<String>,
    /// What its reader should know about how it was read.
    #[serde(default)]
    pub notes: Vec<Text>,
}

/// One file found beside the inputs and not read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedFile {
    /// Path as found.
    pub name: String,
    /// Why it was not read.
    pub reason: Text,
    /// Whether data may be lost with it.
    #[serde(default)]
    pub kind: Skipped,
}

/// What it means that a file was not read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skipped {
    /// No data of ours: a note, a picture, a second copy, knowledge.
    #[default]
    Stray,
    /// It may hold claims that are now missing: a damaged or locked file, a kind that is not read, a table that cannot be told.
    Refused,
}

/// The three results of an acceptance check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// Within the limit.
    Passed,
    /// Beyond the limit.
    Failed,
    /// The inputs do not hold what the check compares.
    #[default]
    NotApplicable,
}

/// One acceptance check with its figures.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Stable name, such as `master-detail-total`.
    pub id: String,
    /// What was compared with what.
    pub title: Text,
    /// Passed, failed or not applicable.
    pub result: CheckResult,
    /// What was found, such as `0.12 %`.
    pub figure: Text,
    /// What is allowed, such as `≤ 0.5 %`.
    pub limit: Text,
    /// The numbers behind the figure, or why the check does not apply.
    pub detail: Text,
}

/// Keys of one staged table that came with more than one content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflicts {
    /// Staged table, such as `setl`.
    pub table: String,
    /// Rows under those keys that were not kept.
    pub rows: u64,
}

/// Refunds of one staged table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversals {
    /// Staged table, such as `fee`.
    pub table: String,
    /// Refund rows that found their original and were netted.
    pub paired: u64,
    /// Refund rows whose original is not in the inputs.
    pub unpaired: u64,
    /// Billed amount of the unpaired rows, fen, positive.
    pub unpaired_gross_fen: i64,
}

/// What became of the staged rows, for the waterfall that a report shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waterfall {
    /// Rows marked invalid by the platform (`vali_flag` 0), per staged table.
    pub void: BTreeMap<String, u64>,
    /// Settlements taken back together with their reversals: rows.
    pub settlements_reversed: u64,
    /// Reversals without an original, or originals marked as reversed without a reversal: rows.
    pub settlements_unpaired: u64,
    /// Their gross amount, fen, absolute.
    pub settlements_unpaired_fen: u64,
    /// Refund lines taken off other lines.
    pub fee_refunds: u64,
    /// Refunded quantity amounts that found no line, fen, absolute.
    pub fee_refunds_unpaired_fen: u64,
    /// Refund lines, or groups of them, that found no line or too little of it.
    pub fee_refunds_unpaired: u64,
    /// Lines left with nothing after refunds, or in settlements taken back.
    pub fee_lines_reversed: u64,
    /// Lines whose visit is not in the export.
    pub fee_lines_without_visit: u64,
    /// Lines without a visit or an institution.
    #[serde(default)]
    pub fee_lines_unplaced: u64,
    /// Lines without a usable date in any table.
    pub fee_lines_undated: u64,
    /// Visits without a usable date in any table.
    pub visits_undated: u64,
    /// Visits whose institution is not named anywhere.
    pub visits_without_institution: u64,
    /// Items of stores whose balances are in a unit that the books do not decide: they are left out of the stock tables.
    #[serde(default)]
    pub stock_items_unclear: u64,
}

/// What the item codes of fee lines are: `lines` is the sum of all others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemCodes {
    /// Fee lines, repeats and void rows aside.
    pub lines: u64,
    /// With a national code that stands alone.
    pub bare: u64,
    /// With a national code and a local one beside it.
    pub beside: u64,
    /// With a slip in the national code that was mended: zeros that a spreadsheet dropped, O for 0.
    pub mended: u64,
    /// With a local code that a table of local and national codes explains.
    pub mapped: u64,
    /// With a local code that stands beside its national one elsewhere in the export.
    pub learnt: u64,
    /// With the national code in the column of the hospital's own.
    pub own_code: u64,
    /// With a code that has no national form and that nothing explains: no knowledge of items applies to them.
    pub unknown: u64,
    /// Without any code.
    pub without_code: u64,
    /// Local codes for which a table names several national ones: they explain nothing.
    pub ambiguous: u64,
}

/// Lines with a code of their own for every hundred of which this many may have no national one.
const MOST_UNKNOWN_PCT: u64 = 5;

impl ItemCodes {
    /// The acceptance check over them.
    pub fn check(&self) -> Check {
        let coded = self.lines - self.without_code;
        let limit = format!("≤ {MOST_UNKNOWN_PCT} %");
        let mut check = Check {
            id: "item-codes".to_owned(),
            title: Text::new("费用明细的医保项目编码为国家编码", "item codes of fee lines are national codes"),
            result: CheckResult::NotApplicable,
            figure: Text::default(),
            limit: Text { zh: limit.clone(), en: limit },
            detail: Text::new("费用明细没有医保项目编码", "no fee line has an item code"),
        };
        if coded == 0 {
            return check;
        }
        let passed = self.unknown * 100 <= coded * MOST_UNKNOWN_PCT;
        check.result = if passed { CheckResult::Passed } else { CheckResult::Failed };
        let tenths = (u128::from(self.unknown) * 1000 + u128::from(coded) / 2) / u128::from(coded);
        check.figure = Text::new(
            format!("{}.{} % 认不出", tenths / 10, tenths % 10),
            format!("{}.{} % unknown", tenths / 10, tenths % 10),
        );
        check.detail = self.told();
        if self.unknown > 0 {
            check.detail.zh += "。认不出国家编码的明细用不上任何知识点：请提供地方编码与国家编码对照表（列名 地方编码、国家编码），与导出数据一起给出";
            check.detail.en += ". No knowledge applies to lines without a national code: give a table of local and national codes (columns local_code, national_code) together with the exports";
        }
        check
    }

    /// The figures in one line; kinds that do not occur are left out.
    pub fn told(&self) -> Text {
        let kinds = [
            (self.bare, "国家编码", "national code"),
            (self.beside, "国家编码另带地方编码", "national code with a local one"),
            (
                self.mended,
                "修补后认出（丢失前导零、字母 O 代替零等）",
                "mended (zeros dropped in front, O for 0 and the like)",
            ),
            (self.mapped, "按对照表认出", "by the table of codes"),
            (self.learnt, "按本次数据中的对应关系认出", "by the same local code elsewhere in the export"),
            (self.own_code, "国家编码在院内编码列", "national code in the hospital's own column"),
            (self.unknown, "认不出国家编码", "without a national code"),
            (self.without_code, "无医保项目编码", "without any code"),
        ];
        let list = |lang: Lang| {
            let told = kinds.iter().filter(|(lines, ..)| *lines > 0);
            told.map(|(lines, zh, en)| match lang {
                Lang::Zh => format!("{zh} {lines} 行"),
                Lang::En => format!("{lines} lines: {en}"),
            })
            .collect::<Vec<_>>()
            .join(lang.pick("；", "; "))
        };
        let mut told = Text::new(list(Lang::Zh), list(Lang::En));
        if self.ambiguous > 0 {
            told.zh += &format!("；对照表中一个地方编码对应多个国家编码的 {} 个，未采用", self.ambiguous);
            told.en += &format!(
                "; {} local codes have several national ones in the table and explain nothing",
                self.ambiguous
            );
        }
        told
    }
}

/// Visits of one institution that the bureau and the hospital delivered both: recognised, they are one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwoSources {
    /// The hospital's visits that the bureau has too, by what they were recognised by (`two_sources.paired_by`).
    pub paired: BTreeMap<String, u64>,
    /// The hospital's visits that had a partner, yet could not be told which.
    pub ambiguous: u64,
    /// Visits of the bureau in the institutions that both delivered.
    pub bureau_visits: u64,
    /// Visits of the hospitals.
    pub hospital_visits: u64,
    /// Rows of `two_sources` by kind: their number and the sum of their differences, fen.
    pub differences: BTreeMap<String, (u64, i64)>,
    /// Fee lines of the hospital in visits that both have.
    pub hospital_lines: u64,
    /// Of them, the lines of visits of which the bureau delivered none: they are the visit's lines.
    pub lines_of_hospital_alone: u64,
    /// Lines of visits of which both delivered lines that only one has: number and billed, fen, by kind.
    pub lines_alone: BTreeMap<String, (u64, i64)>,
}

impl TwoSources {
    /// Visits of both.
    pub fn both(&self) -> u64 {
        self.paired.values().sum()
    }

    /// What came of the comparison, in one line.
    pub fn told(&self) -> Text {
        let of = |kind: &str| self.differences.get(kind).map_or(0, |(rows, _)| *rows);
        let (bureau, hospital, amounts) = (of("bureau-only"), of("hospital-only"), of("amount-differs"));
        let (both, ambiguous) = (self.both(), self.ambiguous);
        Text::new(
            format!(
                "经办端与医院端均有的就诊 {both} 次，已合并，金额只计一次；仅经办端 {bureau} 次，仅医院端（医保）{hospital} 次，金额不一致 {amounts} 次，对应关系不能确定 {ambiguous} 次（待核实，见 two-sources.csv）"
            ),
            format!(
                "{both} visits delivered by both the bureau and the hospital are one, their money counted once; {bureau} at the bureau only, {hospital} insured in the hospital's books only, {amounts} with different amounts, {ambiguous} that could not be told apart (to verify: two-sources.csv)"
            ),
        )
    }

    /// Adds the lines of a bucket: the hospital's, those kept of them, and those `alone`.
    ///
    /// # Errors
    /// If a column is missing: a bug.
    pub fn count_lines(&mut self, theirs: u64, kept: u64, alone: &DataFrame) -> PolarsResult<()> {
        self.hospital_lines += theirs;
        self.lines_of_hospital_alone += kept;
        let (kinds, amounts) = (alone.column("kind")?.str()?, alone.column("gross_fen")?.i64()?);
        for (kind, amount) in kinds.iter().zip(amounts.iter()) {
            let (lines, fen) = self.lines_alone.entry(kind.unwrap_or_default().to_owned()).or_default();
            *lines += 1;
            *fen += amount.unwrap_or(0);
        }
        Ok(())
    }
}

/// The summary that the last import into `store` wrote.
///
/// # Errors
/// If it cannot be read.
pub fn read_summary(store: &Store) -> Result<ImportSummary, ImportError> {
    let path = path_in(store);
    let text = fs::read(&path).map_err(StoreError::io(&path))?;
    serde_json::from_slice(&text).map_err(|source| ImportError::Summary { path, source })
}

fn path_in(store: &Store) -> PathBuf {
    store.root().join("import.json")
}

impl ImportSummary {
    /// The summary of the last settling, where it was made of the same files for the same period: netting again would change nothing.
    pub fn kept(store: &Store, period: Option<(i32, i32)>) -> Option<Self> {
        let summary = read_summary(store).ok()?;
        let same =
            store.tables_dir().exists() && summary.period == period && summary.inputs.len() == store.index.files.len();
        same.then_some(summary)
    }

    /// Judges the losses of everything in `store`, and puts the checks over them before the others.
    pub fn judge(&mut self, store: &Store, judging: &Judging, layouts: &Layouts) {
        let index = &store.index;
        self.losses = judge(&index.files, &self.skipped_files, &self.waterfall, &index.rows, judging, layouts);
        self.checks.retain(|check| !check.id.starts_with(loss_text::CHECKS));
        self.checks.splice(0..0, loss_text::checks(&self.losses));
    }

    /// The files that this import did not read, with those refused by earlier imports into the store that are still missing from it.
    pub fn not_read(store: &Store, mut skipped: Vec<SkippedFile>) -> Vec<SkippedFile> {
        let earlier = read_summary(store).map(|summary| summary.skipped_files).unwrap_or_default();
        let read = |name: &str| store.index.files.iter().any(|file| file.source == name);
        for file in earlier {
            let known = skipped.iter().any(|skipped| skipped.name == file.name);
            if file.kind == Skipped::Refused && !known && !read(&file.name) {
                skipped.push(file);
            }
        }
        skipped
    }

    /// Writes the summary into `store`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, store: &Store) -> Result<(), ImportError> {
        let path = path_in(store);
        let text =
            serde_json::to_vec_pretty(self).map_err(|source| ImportError::Summary { path: path.clone(), source })?;
        fs::write(&path, text).map_err(StoreError::io(&path))?;
        Ok(())
    }
}
