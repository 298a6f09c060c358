//! From exports to the case store: reading, typing, netting.
//!
//! Reading one file: `source` finds it, `decode` and `dialect` say how it is written, `records` and `columnar` split it, `identify` and
//! `layout` say which table it is, `plan` and `typing` make typed rows of it, `stage` puts them on disk. `settle` then nets everything
//! that is staged into the canonical tables, `checks` judges what was delivered.

mod cell;
pub mod checks;
mod columnar;
mod decode;
mod dialect;
mod dictionary;
mod identify;
pub mod layout;
mod plan;
pub mod read;
mod records;
pub mod reject;
pub mod settle;
pub mod similarity;
pub mod source;
pub mod stage;
pub mod staged;
pub mod summary;
mod typing;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;

use self::layout::{Family, LayoutError, Layouts};
use self::read::{FileReport, ReadError, read_source};
use self::reject::{Reject, RejectSink};
use self::settle::{DiagnosisLists, SettleError, Settled, settle};
use self::source::{Container, Discovery, Source, discover};
use self::stage::StageWriter;
use self::staged::STAGED;
use self::summary::{Conflicts, ImportSummary, InputFile, Reversals, SkippedFile};
use crate::casestore::store::{ImportedFile, Store, StoreError, owner_only};
use crate::explained::{Explained, Told, csv_zh, io_zh};
use crate::lang::{Lang, Text};

/// What can go wrong between exports and case store.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A map does not parse.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// A file cannot be read or told apart.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Netting failed.
    #[error(transparent)]
    Settle(#[from] SettleError),
    /// The store cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rejects cannot be written.
    #[error("{path}: {source}")]
    Rejects { path: PathBuf, source: csv::Error },
    /// The system grants no thread.
    #[error("no thread to settle on: {0}")]
    Thread(std::io::Error),
    /// The summary cannot be written or read.
    #[error("{path}: {source}")]
    Summary { path: PathBuf, source: serde_json::Error },
    /// Nothing to read.
    #[error("no export among the files given: {skipped} file(s) skipped")]
    NothingToRead { skipped: usize },
    /// The program's own accounts do not balance: a defect, reported rather than hidden.
    #[error("{file}: {rows_in} rows in, but {stored} stored + {repeats} repeats + {rejected} rejected")]
    Unbalanced { file: String, rows_in: u64, stored: u64, repeats: u64, rejected: u64 },
}

impl Explained for ImportError {
    fn told(&self) -> Told {
        match self {
            Self::Layout(error) => error.told(),
            Self::Read(error) => error.told(),
            Self::Settle(error) => error.told(),
            Self::Store(error) => error.told(),
            Self::Rejects { path, source } => Told::new("FJ-312", format!("{}：{}", path.display(), csv_zh(source))),
            Self::Thread(error) => Told::new("FJ-313", format!("系统没有给出导入所需的线程：{}", io_zh(error))),
            Self::Summary { path, source } => Told::new("FJ-314", format!("{} 无法读写（{source}）", path.display())),
            Self::NothingToRead { skipped } => {
                Told::new("FJ-311", format!("给出的文件里没有可以导入的数据，未读取的文件 {skipped} 个"))
            }
            Self::Unbalanced { file, rows_in, stored, repeats, rejected } => Told::new(
                "FJ-315",
                format!("{file}：读入 {rows_in} 行，而入库 {stored} + 重复 {repeats} + 拒收 {rejected}，对不上"),
            ),
        }
    }
}

/// What to import and how.
#[derive(Debug, Clone)]
pub struct ImportPlan {
    /// Files and folders.
    pub exports: Vec<PathBuf>,
    /// Map files for other columns, tried before the built-in layouts.
    pub maps: Vec<PathBuf>,
    /// The store; made where there is none.
    pub store: PathBuf,
    /// Days asked for, for the acceptance checks.
    pub period: Option<(i32, i32)>,
}

/// What an import tells whoever waits for it.
pub trait ImportProgress: Sync {
    /// A file begins.
    fn file(&self, name: &str, bytes: u64);
    /// Bytes and rows of the current file so far.
    fn advanced(&self, bytes: u64, rows: u64);
    /// Netting: steps done and their number.
    fn settling(&self, done: usize, steps: usize);
}

/// Bytes of CSV that one bucket is planned for; a bucket is netted in memory at a multiple of this.
const BYTES_PER_BUCKET: u64 = 64 << 20;

/// Most buckets: beyond this, open files cost more than smaller buckets save.
const MOST_BUCKETS: u64 = 256;

/// Imports exports into a store, which is made or added to, and nets everything in it anew.
///
/// # Errors
/// If a file cannot be read or told apart, the store not be written, or the accounts do not balance.
pub fn import(
    plan: &ImportPlan,
    lists: &DiagnosisLists,
    progress: &dyn ImportProgress,
) -> Result<(Store, ImportSummary), ImportError> {
    let mut layouts = Layouts::built_in()?;
    for map in &plan.maps {
        layouts.add_map(map)?;
    }
    let Discovery { sources, skipped } = discover(&plan.exports)?;
    if sources.is_empty() {
        return Err(ImportError::NothingToRead { skipped: skipped.len() });
    }
    let mut store = Store::open_or_create(&plan.store, buckets_for(&sources))?;
    let mut skipped: Vec<SkippedFile> = skipped
        .into_iter()
        .map(|skipped| SkippedFile { name: skipped.name, reason: Text::new(skipped.zh, skipped.en) })
        .collect();
    let known_files = store.index.files.len();
    for source in &sources {
        progress.file(&source.name(), source.bytes);
        // A map of the user's may read the same bytes otherwise, so only without maps do the bytes alone decide.
        if plan.maps.is_empty()
            && let Some(known) = same_bytes(&store, source)?
        {
            skipped.push(SkippedFile { name: source.name(), reason: imported_already(known) });
            continue;
        }
        let file_id = next_file_id(&store);
        let report = read_one(&store, source, file_id, &layouts, progress)?;
        let known = store.index.files.iter().find(|file| file.sha256 == report.sha256 && file.layout == report.layout);
        if let Some(known) = known {
            discard(&store, file_id)?;
            skipped.push(SkippedFile { name: report.source, reason: imported_already(known) });
            continue;
        }
        store.index.files.push(imported_file(file_id, report));
    }
    if store.index.files.len() == known_files
        && let Some(mut summary) = settled_before(&store, plan.period)
    {
        summary.skipped_files = skipped;
        write_summary(&store, &summary)?;
        return Ok((store, summary));
    }
    let settled = settle_on_deep_stack(&mut store, lists, progress)?;
    let summary = summarise(&store, &settled, skipped, &layouts, plan.period)?;
    write_conflicts(&store, &settled)?;
    write_summary(&store, &summary)?;
    Ok((store, summary))
}

/// The imported file with the bytes of `source`, if there is one. Nothing is hashed unless the size is that of a known file.
fn same_bytes<'a>(store: &'a Store, source: &Source) -> Result<Option<&'a ImportedFile>, ImportError> {
    if !store.index.files.iter().any(|file| file.bytes == source.bytes) {
        return Ok(None);
    }
    let ((), sha256) = source.with_bytes(&AtomicU64::new(0), |_| Ok(()))?;
    Ok(store.index.files.iter().find(|file| file.sha256 == sha256))
}

fn imported_already(known: &ImportedFile) -> Text {
    Text::new(
        format!("与已导入的 {} 内容完全相同", known.source),
        format!("has the same bytes as {}, which is imported already", known.source),
    )
}

/// The summary of the last settling, where it was made of the same files for the same period: netting again would change nothing.
fn settled_before(store: &Store, period: Option<(i32, i32)>) -> Option<ImportSummary> {
    let summary = read_summary(store).ok()?;
    let same =
        store.tables_dir().exists() && summary.period == period && summary.inputs.len() == store.index.files.len();
    same.then_some(summary)
}

fn write_summary(store: &Store, summary: &ImportSummary) -> Result<(), ImportError> {
    let path = summary_path(store);
    let text =
        serde_json::to_vec_pretty(summary).map_err(|source| ImportError::Summary { path: path.clone(), source })?;
    fs::write(&path, text).map_err(StoreError::io(&path))?;
    Ok(())
}

/// Stack of the thread that settles: Polars plans by recursion, and a chain of joins overflows the 1 MiB of a Windows main thread.
const SETTLE_STACK: usize = 64 << 20;

fn settle_on_deep_stack(
    store: &mut Store,
    lists: &DiagnosisLists,
    progress: &dyn ImportProgress,
) -> Result<Settled, ImportError> {
    std::thread::scope(|scope| {
        let settling = std::thread::Builder::new()
            .name("settle".to_owned())
            .stack_size(SETTLE_STACK)
            .spawn_scoped(scope, || settle(store, lists, &|done, steps| progress.settling(done, steps)))
            .map_err(ImportError::Thread)?;
        let settled = settling.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        settled.map_err(ImportError::from)
    })
}

/// The summary that the last import into `store` wrote.
///
/// # Errors
/// If it cannot be read.
pub fn read_summary(store: &Store) -> Result<ImportSummary, ImportError> {
    let path = summary_path(store);
    let text = fs::read(&path).map_err(StoreError::io(&path))?;
    serde_json::from_slice(&text).map_err(|source| ImportError::Summary { path, source })
}

fn summary_path(store: &Store) -> PathBuf {
    store.root().join("import.json")
}

/// Bucket count for new stores, from what the files would be as plain CSV.
fn buckets_for(sources: &[Source]) -> usize {
    let plain: u64 = sources
        .iter()
        .map(|source| match source.container {
            Container::Text => source.bytes,
            // Claims compress about eightfold; too many buckets are cheaper than too few.
            _ => source.bytes.saturating_mul(8),
        })
        .sum();
    usize::try_from((plain / BYTES_PER_BUCKET).clamp(1, MOST_BUCKETS)).unwrap_or(1)
}

fn next_file_id(store: &Store) -> i32 {
    store.index.files.iter().map(|file| file.file_id).max().unwrap_or(0) + 1
}

fn read_one(
    store: &Store,
    source: &Source,
    file_id: i32,
    layouts: &Layouts,
    progress: &dyn ImportProgress,
) -> Result<FileReport, ImportError> {
    // What a killed import left under this number.
    discard(store, file_id)?;
    let mut stage = StageWriter::new(store, file_id);
    let mut rejects = RejectFile::create(&rejects_path(store, file_id))?;
    let report = read_source(source, file_id, layouts, &mut stage, &mut rejects, &|bytes, rows| {
        progress.advanced(bytes, rows);
    })?;
    stage.finish().map_err(|error| ReadError::Sink { source_name: source.name(), error })?;
    rejects.finish()?;
    Ok(report)
}

/// Removes the staged rows and rejects of a file number.
fn discard(store: &Store, file_id: i32) -> Result<(), ImportError> {
    let prefix = format!("f{file_id:05}-");
    for table in STAGED.iter() {
        for file in crate::casestore::store::parquet_files(&store.staged_dir(&table.name))? {
            if file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&prefix)) {
                fs::remove_file(&file).map_err(StoreError::io(&file))?;
            }
        }
    }
    let rejects = rejects_path(store, file_id);
    if rejects.exists() {
        fs::remove_file(&rejects).map_err(StoreError::io(&rejects))?;
    }
    Ok(())
}

fn imported_file(file_id: i32, report: FileReport) -> ImportedFile {
    let family = match report.family {
        Family::Bureau => "bureau",
        Family::Hospital => "hospital",
        Family::Other => "map",
    };
    ImportedFile {
        file_id,
        source: report.source,
        family: family.to_owned(),
        layout: report.layout,
        counted_table: report.counted_table,
        sha256: report.sha256,
        bytes: report.bytes,
        rows_in: report.rows_in,
        rows_rejected: report.rows_rejected,
        cells_rejected: report.cells_rejected,
        masked: report.masked,
        placeholders: report.placeholders,
        missing_columns: report.missing,
        ignored_columns: report.ignored,
        encoding: report.encoding,
        delimiter: report.delimiter,
        required_filled: report.required.into_iter().map(|fill| (fill.column, fill.filled)).collect(),
    }
}

/// Puts the accounts together and checks that they balance for every file.
fn summarise(
    store: &Store,
    settled: &Settled,
    skipped_files: Vec<SkippedFile>,
    layouts: &Layouts,
    period: Option<(i32, i32)>,
) -> Result<ImportSummary, ImportError> {
    let mut conflicts_by_file: BTreeMap<i32, u64> = BTreeMap::new();
    let mut conflicts_by_table: BTreeMap<&str, u64> = BTreeMap::new();
    for (file, _, table) in &settled.conflicts {
        *conflicts_by_file.entry(*file).or_insert(0) += 1;
        *conflicts_by_table.entry(table).or_insert(0) += 1;
    }
    let mut inputs = Vec::new();
    let mut duplicates: BTreeMap<String, u64> = BTreeMap::new();
    for file in &store.index.files {
        let of = |counts: &BTreeMap<i32, u64>| counts.get(&file.file_id).copied().unwrap_or(0);
        let (stored, repeats) = (of(&settled.stored), of(&settled.repeats));
        let conflicts = of(&conflicts_by_file);
        let rejected = file.rows_rejected + conflicts;
        if file.rows_in != stored + repeats + rejected {
            return Err(ImportError::Unbalanced {
                file: file.source.clone(),
                rows_in: file.rows_in,
                stored,
                repeats,
                rejected,
            });
        }
        *duplicates.entry(file.layout.clone()).or_insert(0) += repeats + conflicts;
        let title = layouts.own.iter().chain(&layouts.built_in).find(|layout| layout.name == file.layout);
        inputs.push(InputFile {
            name: file.source.clone(),
            bytes: file.bytes,
            sha256: file.sha256.clone(),
            layout: file.layout.clone(),
            layout_title: title.map(|layout| Text::new(layout.zh.clone(), layout.name.clone())).unwrap_or_default(),
            encoding: file.encoding.clone(),
            delimiter: file.delimiter.clone(),
            rows_in: file.rows_in,
            rows_stored: stored,
            rows_repeated: repeats,
            rows_rejected: rejected,
            cells_rejected: file.cells_rejected,
            missing_columns: file.missing_columns.clone(),
            ignored_columns: file.ignored_columns.clone(),
        });
    }
    let waterfall = &settled.waterfall;
    let fen = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
    Ok(ImportSummary {
        inputs,
        skipped_files,
        period,
        checks: settled.checks.evaluate(&store.index.files, &duplicates, period),
        conflicts: conflicts_by_table
            .into_iter()
            .map(|(table, rows)| Conflicts { table: table.to_owned(), rows })
            .collect(),
        reversals: vec![
            Reversals {
                table: "setl".to_owned(),
                paired: waterfall.settlements_reversed,
                unpaired: waterfall.settlements_unpaired,
                unpaired_gross_fen: fen(waterfall.settlements_unpaired_fen),
            },
            Reversals {
                table: "fee".to_owned(),
                paired: waterfall.fee_refunds.saturating_sub(waterfall.fee_refunds_unpaired),
                unpaired: waterfall.fee_refunds_unpaired,
                unpaired_gross_fen: fen(waterfall.fee_refunds_unpaired_fen),
            },
        ],
        waterfall: waterfall.clone(),
        span: settled.checks.span(),
    })
}

/// Folder of what could not be used, one file per input.
pub fn rejects_dir(store: &Store) -> PathBuf {
    store.root().join("rejects")
}

fn rejects_path(store: &Store, file_id: i32) -> PathBuf {
    rejects_dir(store).join(format!("f{file_id:05}.csv"))
}

/// Columns of a stored rejects file.
const REJECT_COLUMNS: [&str; 5] = ["line", "column", "value", "reason", "row_dropped"];

/// Reason of rows that contradict a kept one; found while netting, not while reading.
pub const CONFLICT: &str = "conflict";

/// Rejects of one input file, on disk as they come.
struct RejectFile {
    path: PathBuf,
    writer: csv::Writer<File>,
}

impl RejectFile {
    fn create(path: &Path) -> Result<Self, ImportError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(StoreError::io(folder))?;
            owner_only(folder)?;
        }
        let fail = |source| ImportError::Rejects { path: path.to_path_buf(), source };
        let mut writer = csv::Writer::from_path(path).map_err(fail)?;
        writer.write_record(REJECT_COLUMNS).map_err(fail)?;
        Ok(Self { path: path.to_path_buf(), writer })
    }

    fn finish(mut self) -> Result<(), ImportError> {
        self.writer.flush().map_err(StoreError::io(&self.path)).map_err(ImportError::from)
    }
}

impl RejectSink for RejectFile {
    fn push(&mut self, reject: Reject) -> Result<(), Box<dyn Error + Send + Sync>> {
        let line = reject.line.to_string();
        let dropped = if reject.row_dropped { "1" } else { "0" };
        self.writer.write_record([line.as_str(), &reject.column, &reject.value, reject.reason.id(), dropped])?;
        Ok(())
    }
}

/// Conflicts of the whole store, rewritten at every import because each nets everything anew.
fn write_conflicts(store: &Store, settled: &Settled) -> Result<(), ImportError> {
    let path = rejects_dir(store).join("conflicts.csv");
    let fail = |source| ImportError::Rejects { path: path.clone(), source };
    let mut writer = csv::Writer::from_path(&path).map_err(fail)?;
    writer.write_record(["file_id", "line", "table"]).map_err(fail)?;
    let mut conflicts = settled.conflicts.clone();
    conflicts.sort_unstable();
    for (file, line, table) in conflicts {
        writer.write_record([&file.to_string(), &line.to_string(), table]).map_err(fail)?;
    }
    writer.flush().map_err(StoreError::io(&path)).map_err(ImportError::from)
}

/// One row of rejects.csv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Path of the export.
    pub file: String,
    /// Line in it.
    pub line: u64,
    /// Column; empty when the whole row is meant.
    pub column: String,
    /// What stood there.
    pub value: String,
    /// Reason, as an id of [`reject::Reason`] or [`CONFLICT`].
    pub reason: String,
}

/// The sentence for the reason of a [`RejectedRow`].
pub fn reason_text(id: &str, lang: Lang) -> &'static str {
    match reject::Reason::from_id(id) {
        Some(reason) => reason.text(lang),
        None => lang.pick(
            "与另一行主键相同而内容不同，采用金额较低的一行",
            "same key as another row, other content: the row with the lower amount is kept",
        ),
    }
}

/// Hands every reject of `store` to `each`, by file and line.
///
/// # Errors
/// If a rejects file cannot be read, or `each` fails.
pub fn for_each_reject<E: From<ImportError>>(
    store: &Store,
    mut each: impl FnMut(&RejectedRow) -> Result<(), E>,
) -> Result<(), E> {
    let name = |file_id: i32| {
        let file = store.index.files.iter().find(|file| file.file_id == file_id);
        file.map(|file| file.source.clone()).unwrap_or_default()
    };
    for file in &store.index.files {
        let path = rejects_path(store, file.file_id);
        let fail = |source| ImportError::Rejects { path: path.clone(), source };
        let mut reader = csv::Reader::from_path(&path).map_err(fail)?;
        for record in reader.records() {
            let record = record.map_err(fail)?;
            let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
            each(&RejectedRow {
                file: file.source.clone(),
                line: cell(0).parse().unwrap_or_default(),
                column: cell(1),
                value: cell(2),
                reason: cell(3),
            })?;
        }
    }
    let path = rejects_dir(store).join("conflicts.csv");
    let fail = |source| ImportError::Rejects { path: path.clone(), source };
    let mut reader = csv::Reader::from_path(&path).map_err(fail)?;
    for record in reader.records() {
        let record = record.map_err(fail)?;
        let cell = |at: usize| record.get(at).unwrap_or_default();
        each(&RejectedRow {
            file: name(cell(0).parse().unwrap_or_default()),
            line: cell(1).parse().unwrap_or_default(),
            column: String::new(),
            value: cell(2).to_owned(),
            reason: CONFLICT.to_owned(),
        })?;
    }
    Ok(())
}
