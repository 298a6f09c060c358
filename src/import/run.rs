//! One import, step by step: every file that the store does not have yet is read, then everything in the store is netted anew.

use std::path::{Path, PathBuf};

use super::decisions::DateOrders;
use super::error::{ImportError, ReadError};
use super::guess_map::{FirstMap, first_map};
use super::layout::Layouts;
use super::losses::Judging;
use super::settle::{DiagnosisLists, Settled, settle};
use super::source::selection::{Patterns, Selection};
use super::source::{Content, Discovery, Packing, Search, Source};
use super::summary::{ImportSummary, Skipped, SkippedFile, read_summary};
use super::{accounts, intake, refusal, rejected};
use crate::casestore::store::Store;
use crate::lang::Text;

/// What to import and how.
#[derive(Debug, Clone, Default)]
pub struct ImportPlan {
    /// Files and folders.
    pub exports: Vec<PathBuf>,
    /// What of the exports is read.
    pub patterns: Patterns,
    /// Map files for other columns, tried before the built-in layouts.
    pub maps: Vec<PathBuf>,
    /// The store; made where there is none.
    pub store: PathBuf,
    /// Days asked for, for the acceptance checks.
    pub period: Option<(i32, i32)>,
    /// In which order dates stand where their values do not say it.
    pub date_orders: DateOrders,
    /// By what the losses are judged.
    pub judging: Judging,
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
    let selection = Selection::new(&plan.patterns)?;
    let search = Search { selection, layouts: &layouts, workroom: workroom(&plan.store) };
    let Discovery { sources, mut skipped, mut failure } = search.discover(&plan.exports)?;
    if sources.is_empty() {
        return Err(nothing_read(&skipped, failure));
    }
    let mut store = Store::open_or_create(&plan.store, buckets_for(&sources))?;
    let known_files = store.index.files.len();
    let mut gathered = intake::Gathered::default();
    let (mut headless, mut unread) = (Vec::new(), Vec::new());
    let advanced = |bytes, rows| progress.advanced(bytes, rows);
    for source in &sources {
        progress.file(&source.name(), source.bytes);
        match intake::take(&mut store, source, &layouts, !plan.maps.is_empty(), &mut gathered, &advanced) {
            Ok(None) => {}
            Ok(Some(reason)) => skipped.push(SkippedFile { name: source.name(), reason, kind: Skipped::Stray }),
            // It may be a further part of a table whose header is in another file.
            Err(ImportError::Read(error @ ReadError::UnknownTable { .. })) => headless.push((source, error)),
            Err(ImportError::Read(error)) if refusal::passes(source, &error) => unread.push((source, error)),
            Err(error) => return Err(error),
        }
    }
    for (source, error) in headless {
        progress.file(&source.name(), source.bytes);
        match intake::take_part(&mut store, source, &layouts, &mut gathered, &advanced)? {
            Some(None) => {}
            Some(Some(reason)) => skipped.push(SkippedFile { name: source.name(), reason, kind: Skipped::Stray }),
            None if refusal::passes(source, &error) => unread.push((source, error)),
            None => return Err(error.into()),
        }
    }
    intake::take_beside(&mut store, &layouts, &mut gathered, &advanced)?;
    for (source, error) in unread {
        skipped.push(refusal::of(source, &error, &layouts));
        if source.named {
            failure.get_or_insert(error);
        }
    }
    skipped.sort_by(|one, other| one.name.cmp(&other.name));
    if store.index.files.is_empty() {
        return Err(nothing_read(&skipped, failure));
    }
    intake::read_again(&mut store, &gathered, &layouts, &plan.date_orders, &|source, bytes, rows| {
        if bytes == 0 {
            progress.file(&source.name(), source.bytes);
        }
        progress.advanced(bytes, rows);
    })?;
    if store.index.files.len() == known_files
        && let Some(mut summary) = ImportSummary::kept(&store, plan.period)
    {
        summary.skipped_files = ImportSummary::not_read(&store, skipped);
        summary.judge(&store, &plan.judging, &layouts);
        summary.write(&store)?;
        return Ok((store, summary));
    }
    let settled = settle_on_deep_stack(&mut store, lists, progress)?;
    let summary = accounts::summarise(&store, &settled, skipped, &layouts, plan.period, &plan.judging)?;
    rejected::write_conflicts(&store, &settled.conflicts)?;
    summary.write(&store)?;
    Ok((store, summary))
}

/// A first map for the tables in files and folders.
///
/// # Errors
/// If there are none, or one cannot be read.
pub fn guess(exports: &[PathBuf]) -> Result<FirstMap, ImportError> {
    let layouts = Layouts::built_in()?;
    let search = Search { selection: Selection::default(), layouts: &layouts, workroom: Path::new(".") };
    let Discovery { sources, skipped, failure } = search.discover(exports)?;
    if sources.is_empty() {
        return Err(nothing_read(&skipped, failure));
    }
    Ok(first_map(&sources, &layouts)?)
}

/// The summary of what is in `store`, its losses judged anew.
///
/// # Errors
/// If the summary cannot be read or written.
pub fn rejudge(store: &Store, judging: &Judging) -> Result<ImportSummary, ImportError> {
    let mut summary = read_summary(store)?;
    summary.judge(store, judging, &Layouts::built_in()?);
    summary.write(store)?;
    Ok(summary)
}

/// What is wrong when no table was read at all: with the file that the user named, if that is known.
fn nothing_read(skipped: &[SkippedFile], failure: Option<ReadError>) -> ImportError {
    /// Files that the message names.
    const NAMED: usize = 5;
    if let Some(error) = failure {
        return ImportError::Read(error);
    }
    let refused: Vec<&SkippedFile> = skipped.iter().filter(|file| file.kind == Skipped::Refused).collect();
    let named = if refused.is_empty() { skipped.iter().collect() } else { refused.clone() };
    let list = |separator: &str, each: &dyn Fn(&SkippedFile) -> String| {
        named.iter().take(NAMED).map(|file| each(file)).collect::<Vec<_>>().join(separator)
    };
    let files = Text::new(
        list("；", &|file| format!("{}：{}", file.name, file.reason.zh)),
        list("; ", &|file| format!("{}: {}", file.name, file.reason.en)),
    );
    if refused.is_empty() {
        ImportError::NothingToRead { skipped: skipped.len(), files }
    } else {
        ImportError::NothingReadable { files }
    }
}

/// Where packed tables may be unpacked: beside the store, on whose disk there has to be room for claims anyway.
fn workroom(store: &Path) -> &Path {
    store.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(Path::new("."))
}

/// Bucket count for new stores, from what the files would be as plain CSV.
fn buckets_for(sources: &[Source]) -> usize {
    let plain: u64 = sources
        .iter()
        .map(|source| match (&source.content, source.packing) {
            (Content::Text | Content::Dbf | Content::Html(_), Packing::Plain | Packing::Zip { gzip: false, .. }) => {
                source.bytes
            }
            // Claims compress about eightfold; too many buckets are cheaper than too few.
            _ => source.bytes.saturating_mul(8),
        })
        .sum();
    usize::try_from((plain / BYTES_PER_BUCKET).clamp(1, MOST_BUCKETS)).unwrap_or(1)
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
