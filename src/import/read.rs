//! Reads one export: bytes → text → records → typed batches, in bounded memory.
//!
//! One thread unpacks, decodes and splits; the pool types several blocks at a time; the caller's thread hands the results on in the
//! order of the file, so nothing depends on the number of threads.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use arrow::array::RecordBatch;
use rayon::prelude::*;

use super::cell::{self, Id};
use super::columnar;
use super::decisions::Decisions;
use super::decode::TextReader;
use super::dialect;
use super::error::{LINE_LIMIT, ReadError, SinkError};
use super::evidence::FileEvidence;
use super::heading::{self, Heading};
use super::identify::Unknown;
use super::layout::{Layouts, header_name};
use super::plan::{Plan, PlanError, plan_for, unmerged};
use super::records::Block;
use super::reject::{Reason, Reject, RejectSink};
use super::source::{Content, Source, hive};
use super::splitter::Splitter;
use super::staged::{STAGED, StagedTable};
use super::typing::{TypedBlock, type_block};
use crate::casestore::store::{ColumnAccount, Example, ImportedFile, LostRows, MASKED_KEY, TextLines};
use crate::lang::Text;
use crate::privacy;

/// Blocks that wait between the thread that splits and the pool that types.
const WAITING: usize = 2;

/// Takes typed batches in the order of the file.
pub trait StageSink: Send {
    /// Takes one batch of a table.
    ///
    /// # Errors
    /// Whatever keeps the sink from storing it.
    fn push(&mut self, table: &'static StagedTable, batch: RecordBatch) -> Result<(), SinkError>;
}

/// What is entered in the store's index before the first row: everything that the header says.
fn entry(source: &Source, file_id: i32, plan: &Plan, opened: Opened) -> ImportedFile {
    ImportedFile {
        file_id,
        source: source.name(),
        family: plan.family.id().to_owned(),
        layout: plan.layout.clone(),
        beside: plan.beside.clone(),
        counted_table: plan.rows.first().map(|row| STAGED[row.table].name.clone()).unwrap_or_default(),
        sha256: String::new(),
        bytes: source.bytes,
        rows_in: 0,
        rows_rejected: 0,
        lost_rows: BTreeMap::new(),
        cells_rejected: 0,
        columns: plan.columns.iter().map(|column| (column.to_string(), ColumnAccount::default())).collect(),
        feeds: plan
            .columns
            .iter()
            .zip(&plan.feeds)
            .map(|(column, feeds)| (column.to_string(), feeds.clone()))
            .collect(),
        masked: BTreeMap::new(),
        placeholders: BTreeMap::new(),
        missing_columns: plan.missing.clone(),
        ignored_columns: plan.ignored.clone(),
        encoding: opened.encoding,
        delimiter: opened.delimiter,
        required_filled: plan.required.iter().map(|(column, _)| (column.clone(), 0)).collect(),
        notes: Vec::new(),
        lines: opened.lines,
    }
}

/// Adds what a block held.
fn add(file: &mut ImportedFile, plan: &Plan, typed: &TypedBlock) {
    file.rows_in += typed.rows_in;
    file.rows_rejected += typed.rows_rejected;
    file.cells_rejected += typed.cells_rejected;
    file.lines.add(typed.lines);
    for reject in typed.rejects.iter().filter(|reject| reject.row_dropped) {
        add_lost_row(file, plan, reject);
    }
    for (sums, counts) in [(&mut file.masked, &typed.masked), (&mut file.placeholders, &typed.placeholders)] {
        for (column, count) in plan.columns.iter().zip(counts).filter(|(_, count)| **count > 0) {
            *sums.entry(column.to_string()).or_default() += count;
        }
    }
    for (column, of_block) in plan.columns.iter().zip(&typed.columns) {
        let account = file.columns.entry(column.to_string()).or_default();
        account.filled += of_block.filled;
        for (reason, count) in &of_block.unusable {
            *account.unusable.entry(reason.clone()).or_default() += count;
        }
        for (mend, count) in &of_block.mended {
            *account.mended.entry(mend.clone()).or_default() += count;
        }
        if account.example.is_none() {
            account.example.clone_from(&of_block.example);
        }
    }
    for ((column, _), count) in plan.required.iter().zip(&typed.filled) {
        *file.required_filled.entry(column.clone()).or_default() += count;
    }
}

/// Adds what the cells of a block say about the columns.
fn add_evidence(evidence: &mut FileEvidence, plan: &Plan, typed: &TypedBlock) {
    for (((facts, column), of_block), account) in
        plan.facts.iter().zip(&plan.columns).zip(&typed.evidence).zip(&typed.columns)
    {
        let known = evidence.columns.entry(facts.name.clone()).or_default();
        if known.0.is_empty() {
            known.0 = column.to_string();
        }
        known.1 += account.filled;
        known.2.merge(of_block);
        if facts.line_number {
            evidence.number_columns.insert(facts.name.clone());
        }
        if facts.person {
            evidence.person_columns.insert(facts.name.clone());
        }
    }
    evidence.rows += typed.rows_in;
    evidence.persons.merge(&typed.persons);
    evidence.people.merge(&typed.people);
}

/// Counts a row that could not be used. A key that was masked or a placeholder was read well: whoever delivered the file left it out.
fn add_lost_row(file: &mut ImportedFile, plan: &Plan, reject: &Reject) {
    let left_out =
        || matches!(cell::id(cell::trim(&reject.value), &plan.placeholders), Ok(Id::Masked | Id::Placeholder));
    let reason = match reject.reason {
        Reason::MissingKey if !reject.value.is_empty() && left_out() => MASKED_KEY,
        reason => reason.id(),
    };
    if !file.lost_rows.contains_key(reason) {
        let example = Example { line: reject.line, shape: privacy::shape(&reject.value) };
        let lost = LostRows { rows: 0, column: reject.column.to_string(), example };
        file.lost_rows.insert(reason.to_owned(), lost);
    }
    if let Some(lost) = file.lost_rows.get_mut(reason) {
        lost.rows += 1;
    }
}

/// What is known once a file has been opened.
struct Opened {
    encoding: String,
    delimiter: String,
    lines: TextLines,
}

/// A file that was read.
#[derive(Debug)]
pub struct Read {
    /// Its entry for the store's index: its `rows_in` are the rows that were staged in at least one table and those rejected.
    pub file: ImportedFile,
    /// What its values say about its columns.
    pub evidence: FileEvidence,
    /// Its header, for parts that have none.
    pub header: Header,
}

/// The header of a file, as its further parts are read by it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// The file that has it.
    pub source: String,
    /// The columns' names; none where the file is no text.
    pub names: Vec<String>,
}

/// What is known about a file before it is read.
#[derive(Debug, Default)]
pub struct Guidance<'a> {
    /// What the values of all files decided.
    pub decisions: Decisions,
    /// The header of another part of the table, for a file that has none.
    pub header: Option<&'a Header>,
    /// The table to read, of a file that holds several in each row.
    pub table: Option<&'a str>,
}

/// What the splitting thread sends: first how the file is to be read, then its blocks.
enum Message {
    Plan(Box<Plan>, Opened, Vec<String>),
    Block(Block),
}

/// Sends to the typing side; `None` once that side has given up, which is no error of this one.
pub(super) struct Outlet(SyncSender<Message>);

impl Outlet {
    /// Whether somebody still listens.
    pub(super) fn block(&self, block: Block) -> bool {
        block.rows() + block.broken.len() == 0 && block.told == TextLines::default()
            || self.0.send(Message::Block(block)).is_ok()
    }

    fn plan(&self, plan: Plan, opened: Opened, names: Vec<String>) -> bool {
        self.0.send(Message::Plan(Box::new(plan), opened, names)).is_ok()
    }
}

/// Reads a source into typed batches and rejects, which arrive in the order of the file. `progress` is told the bytes and the rows done so far.
///
/// # Errors
/// The file cannot be read, its header fits no layout, or a sink fails.
pub fn read_source(
    source: &Source,
    file_id: i32,
    layouts: &Layouts,
    guidance: &Guidance<'_>,
    stage: &mut dyn StageSink,
    rejects: &mut dyn RejectSink,
    progress: &dyn Fn(u64, u64),
) -> Result<Read, ReadError> {
    let done = AtomicU64::new(0);
    let (sender, receiver) = sync_channel(WAITING);
    std::thread::scope(|scope| {
        let splitting = scope.spawn(|| split(source, layouts, guidance, &done, &Outlet(sender)));
        let file = type_blocks(source, file_id, &receiver, stage, rejects, &|rows| {
            progress(done.load(Ordering::Relaxed), rows);
        });
        // A thread that still splits must not wait for somebody who has given up.
        drop(receiver);
        let sha256 = splitting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match (file?, sha256?) {
            (Some(mut read), sha256) => {
                read.file.sha256 = sha256;
                read.file.notes.extend(source.notes());
                Ok(read)
            }
            (None, _) => Err(ReadError::Empty { source_name: source.name() }),
        }
    })
}

/// The columns of a source and its first rows as they stand, whatever table it is.
///
/// # Errors
/// The file cannot be read, or is empty.
pub fn first_rows(source: &Source, layouts: &Layouts) -> Result<(Vec<String>, Block), ReadError> {
    let mut layouts = layouts.clone();
    layouts.listing = true;
    let guidance = Guidance::default();
    let done = AtomicU64::new(0);
    let (sender, receiver) = sync_channel(WAITING);
    std::thread::scope(|scope| {
        let splitting = scope.spawn(|| split(source, &layouts, &guidance, &done, &Outlet(sender)));
        let first = match (receiver.recv(), receiver.recv()) {
            (Ok(Message::Plan(plan, ..)), Ok(Message::Block(block))) => Some((plan, block)),
            (Ok(Message::Plan(plan, ..)), _) => {
                let width = plan.columns.len();
                Some((plan, Block::new(width)))
            }
            _ => None,
        };
        // Nobody listens any more, so whoever splits stops.
        drop(receiver);
        let split = splitting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        match (first, split) {
            (Some((plan, block)), _) => Ok((plan.columns.iter().map(ToString::to_string).collect(), block)),
            (None, Err(error)) => Err(error),
            (None, Ok(_)) => Err(ReadError::Empty { source_name: source.name() }),
        }
    })
}

/// Splits a source into blocks, and returns the hash of its bytes.
fn split(
    source: &Source,
    layouts: &Layouts,
    guidance: &Guidance<'_>,
    done: &AtomicU64,
    outlet: &Outlet,
) -> Result<String, ReadError> {
    match source.content {
        Content::Parquet => split_parquet(source, layouts, guidance, done, outlet),
        _ => source
            .with_bytes(done, |bytes| split_text(source, layouts, guidance, bytes, outlet))
            .map(|((), sha256)| sha256),
    }
}

/// The first columns of a header, cut to a length that an error message can bear: a file of garbage has a header of kilobytes.
fn shortened(names: &[String]) -> String {
    const COLUMNS: usize = 60;
    const CHARACTERS: usize = 40;
    let cut = |name: String| name.chars().take(CHARACTERS).collect::<String>();
    let cells = privacy::header_cells(names.iter().take(COLUMNS).map(|name| name.trim()));
    cells.into_iter().map(cut).collect::<Vec<_>>().join(", ")
}

fn make_plan(
    source: &Source,
    layouts: &Layouts,
    names: &[String],
    guidance: &Guidance<'_>,
    power: i32,
) -> Result<Plan, ReadError> {
    let source_name = source.name();
    plan_for(layouts, names, &source.file_name(), guidance.table, &guidance.decisions, power).map_err(|error| {
        match error {
            PlanError::Layout(message) => ReadError::Layout { source_name, message },
            PlanError::Unknown(Unknown { nearest, lacking }) => ReadError::UnknownTable {
                source_name,
                columns: shortened(names),
                hint: match nearest {
                    Some(name) => {
                        let lacking = lacking.join(", ");
                        Text::new(
                            format!("最接近的是 {name}，但缺少它的列 {lacking}。"),
                            format!("The nearest table is {name}, but its columns {lacking} are not there."),
                        )
                    }
                    None => Text::new("没有一列属于已知的表。", "No column belongs to any known table."),
                },
            },
        }
    })
}

fn split_text(
    source: &Source,
    layouts: &Layouts,
    guidance: &Guidance<'_>,
    bytes: &mut dyn io::Read,
    outlet: &Outlet,
) -> Result<(), ReadError> {
    let fail = |error: io::Error| ReadError::Io { source_name: source.name(), error };
    let mut reader = TextReader::new(bytes).map_err(fail)?;
    let mut first = String::new();
    let Some(mut piece) = reader.append(&mut first).map_err(fail)? else { return Ok(()) };
    // A table that is no text says itself how it was laid out as text. One with a single column may hold lines of text in it, as a sheet
    // does that a CSV was pasted into.
    let given = source.dialect().and_then(|dialect| dialect::with_header(&first, dialect, layouts));
    let given = given.filter(|(_, heading)| heading.names.len() > 1);
    let Some((dialect, heading)) = given.or_else(|| dialect::detect(&first, layouts)) else { return Ok(()) };
    let Heading { names, start, line_breaks, above, .. } = &heading;
    let names = unmerged(guidance.header.map_or_else(|| names.clone(), |header| header.names.clone()));
    // Columns that only the names of folders tell are the same in every row.
    let mut all_names = names.clone();
    let folders = hive::lacking(source.partitions(), &names);
    all_names.extend(folders.iter().map(|(column, _)| column.clone()));
    let mut plan = make_plan(source, layouts, &all_names, guidance, heading.power())?;
    plan.shape.needed.retain(|column| *column < names.len());
    let told = plan.wanted.split_off(names.len());
    let constants = folders.iter().zip(told);
    let constants =
        constants.filter_map(|((_, value), place)| Some((place?, value.clone().unwrap_or_default()))).collect();
    if !folders.is_empty() {
        plan.nameless = names.iter().rev().take_while(|name| header_name(name).is_empty()).count();
    }
    let mut known: Vec<String> = heading::known_names(layouts).into_iter().collect();
    known.sort_unstable();
    let mut splitter = Splitter::new(dialect.clone(), plan.wanted.clone(), plan.nameless).constants(constants);
    splitter = if guidance.header.is_some() {
        splitter.told(plan.shape.clone(), 0, Vec::new(), known).headless(names.clone())
    } else {
        first.drain(..*start);
        splitter.told(plan.shape.clone(), *line_breaks, above.clone(), known)
    };
    splitter.buffer = first;
    let heading_lines = if guidance.header.is_some() { 0 } else { above.len() as u64 };
    let (encoding, delimiter) = match source.format() {
        Some(format) => (format.to_owned(), String::new()),
        None => (reader.encoding().to_owned(), dialect.delimiter.to_owned()),
    };
    let lines = TextLines { heading: heading_lines, ..TextLines::default() };
    let opened = Opened { encoding, delimiter, lines };
    if !outlet.plan(plan, opened, names) {
        return Ok(());
    }
    // Damage may be carried over in the beginning of a record. A table that is no text marks what cannot be used of it the same way.
    let mut damaged = source.dialect().is_some();
    loop {
        damaged |= piece.damaged;
        let mut block = splitter.block(false, damaged);
        block.told.other_encoding += piece.other_encoding;
        block.told.nul_bytes += piece.nul_bytes;
        if splitter.buffer.len() > LINE_LIMIT {
            return Err(ReadError::NoLines { source_name: source.name() });
        }
        if !outlet.block(block) {
            return Ok(());
        }
        match reader.append(&mut splitter.buffer).map_err(fail)? {
            Some(next) => piece = next,
            None => break,
        }
    }
    outlet.block(splitter.block(true, damaged));
    Ok(())
}

fn split_parquet(
    source: &Source,
    layouts: &Layouts,
    guidance: &Guidance<'_>,
    done: &AtomicU64,
    outlet: &Outlet,
) -> Result<String, ReadError> {
    // Parquet is read from its end, so its bytes are hashed in a pass of their own.
    let ((), sha256) = source.with_bytes(done, |_| Ok(()))?;
    let parquet = columnar::open(source)?;
    let plan = make_plan(source, layouts, &parquet.names(), guidance, 0)?;
    let wanted = plan.wanted.clone();
    let opened = Opened { encoding: "Parquet".to_owned(), delimiter: String::new(), lines: TextLines::default() };
    if outlet.plan(plan, opened, Vec::new()) {
        parquet.blocks(source, &wanted, |block| outlet.block(block))?;
    }
    Ok(sha256)
}

/// Types blocks as they come and hands the results on. `None` when the file had no header.
fn type_blocks(
    source: &Source,
    file_id: i32,
    receiver: &Receiver<Message>,
    stage: &mut dyn StageSink,
    rejects: &mut dyn RejectSink,
    progress: &dyn Fn(u64),
) -> Result<Option<Read>, ReadError> {
    let Ok(Message::Plan(plan, opened, names)) = receiver.recv() else { return Ok(None) };
    let sink = |error| ReadError::Sink { source_name: source.name(), error };
    let mut file = entry(source, file_id, &plan, opened);
    if plan.unnumbered {
        file.notes.push(Text::new(
            "费用明细没有行号，以整行内容识别",
            "the fee lines have no numbers: each is known by its content",
        ));
    }
    let mut evidence = FileEvidence { source: source.name(), layout: plan.layout.clone(), ..FileEvidence::default() };
    let at_once = rayon::current_num_threads();
    loop {
        let blocks: Vec<Block> = receiver
            .iter()
            .take(at_once)
            .filter_map(|message| match message {
                Message::Block(block) => Some(block),
                Message::Plan(..) => None,
            })
            .collect();
        if blocks.is_empty() {
            let header = Header { source: source.name(), names };
            return Ok(Some(Read { file, evidence, header }));
        }
        let typed: Vec<_> = blocks.par_iter().map(|block| type_block(&plan, block, file_id)).collect();
        drop(blocks);
        for typed in typed {
            let typed = typed.map_err(|error| ReadError::Arrow { source_name: source.name(), error })?;
            if let Some((column, line)) = typed.contradiction {
                return Err(ReadError::Doubled {
                    source_name: source.name(),
                    column: plan.columns[column].to_string(),
                    line,
                });
            }
            add(&mut file, &plan, &typed);
            add_evidence(&mut evidence, &plan, &typed);
            for (table, batch) in typed.batches {
                stage.push(&STAGED[table], batch).map_err(sink)?;
            }
            for reject in typed.rejects {
                rejects.push(reject).map_err(sink)?;
            }
        }
        progress(file.rows_in);
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, AsArray, Date32Array, Decimal128Array, Float64Array, StringArray, TimestampMicrosecondArray,
    };
    use arrow::compute::concat_batches;
    use arrow::datatypes::{Int32Type, Int64Type};
    use parquet::arrow::ArrowWriter;

    use super::*;
    use crate::casestore::key::{Namespace, key};
    use crate::explained::Explained;
    use crate::import::error::ImportError;
    use crate::import::reject::{Reason, Reject};
    use crate::import::source::selection::Selection;
    use crate::import::source::{Discovery, Search};
    use crate::import::staged::staged;

    /// Keeps everything in memory.
    #[derive(Default)]
    struct Kept {
        batches: BTreeMap<String, Vec<RecordBatch>>,
    }

    impl StageSink for Kept {
        fn push(&mut self, table: &'static StagedTable, batch: RecordBatch) -> Result<(), SinkError> {
            self.batches.entry(table.name.clone()).or_default().push(batch);
            Ok(())
        }
    }

    impl Kept {
        fn table(&self, name: &str) -> RecordBatch {
            let schema = staged(name).expect("a staged table").arrow();
            concat_batches(&schema, self.batches.get(name).map(Vec::as_slice).unwrap_or_default()).expect("one schema")
        }

        fn rows(&self, table: &str) -> u64 {
            self.table(table).num_rows() as u64
        }

        fn column(&self, table: &str, column: &str) -> ArrayRef {
            self.table(table).column_by_name(column).expect("a column").clone()
        }

        fn text(&self, table: &str, column: &str) -> Vec<Option<String>> {
            self.column(table, column).as_string::<i32>().iter().map(|value| value.map(str::to_owned)).collect()
        }

        fn long(&self, table: &str, column: &str) -> Vec<Option<i64>> {
            self.column(table, column).as_primitive::<Int64Type>().iter().collect()
        }

        fn int(&self, table: &str, column: &str) -> Vec<Option<i32>> {
            self.column(table, column).as_primitive::<Int32Type>().iter().collect()
        }
    }

    #[derive(Default)]
    struct Rejected(Vec<Reject>);

    impl RejectSink for Rejected {
        fn push(&mut self, reject: Reject) -> Result<(), SinkError> {
            self.0.push(reject);
            Ok(())
        }
    }

    impl Rejected {
        fn brief(&self) -> Vec<(u64, &str, Reason, bool)> {
            self.0.iter().map(|reject| (reject.line, &*reject.column, reject.reason, reject.row_dropped)).collect()
        }
    }

    fn discover(path: &Path, layouts: &Layouts) -> Result<Discovery, ReadError> {
        let search = Search { selection: Selection::default(), layouts, workroom: Path::new(".") };
        search.discover(&[path.to_owned()]).map_err(|error| match error {
            ImportError::Read(error) => error,
            error => panic!("{error}"),
        })
    }

    fn read_file(path: &Path, layouts: &Layouts) -> Result<(ImportedFile, Kept, Rejected), ReadError> {
        let (mut kept, mut rejected) = (Kept::default(), Rejected::default());
        let found = discover(path, layouts)?;
        let guidance = Guidance::default();
        let file = read_source(&found.sources[0], 7, layouts, &guidance, &mut kept, &mut rejected, &|_, _| ())?.file;
        let dropped = rejected.0.iter().filter(|reject| reject.row_dropped).count() as u64;
        assert_eq!(dropped, file.rows_rejected, "one marked reject per dropped row");
        Ok((file, kept, rejected))
    }

    fn read_bytes(name: &str, bytes: &[u8]) -> (ImportedFile, Kept, Rejected) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("write");
        read_file(&path, &Layouts::built_in().expect("layouts")).expect("readable")
    }

    const FEE: &str = "bkkp_sn\t,mdtrt_id\t,setl_id,psn_no,fixmedins_code,fee_ocur_time,cnt,pric,det_item_fee_sumamt,bilg_dr_code,\
                       bilg_dr_name,med_list_codg,med_chrgitm_type\r\n";

    #[test]
    fn a_fee_line_is_typed_and_keyed() {
        let line = "F1\t,M1,S1,P1,H340100,2024-01-05 08:30:00,2,1.255,2.51,,张三,XA01,3\r\n";
        let (file, kept, rejected) = read_bytes("fee.csv", format!("{FEE}{line}").as_bytes());
        assert_eq!((file.layout.as_str(), file.delimiter.as_str()), ("fee_list_d", ","));
        assert_eq!((file.rows_in, file.rows_rejected, kept.rows("fee")), (1, 0, 1));
        assert_eq!(rejected.brief(), []);
        assert_eq!(kept.long("fee", "fee_key"), [Some(key(Namespace::Fee, &["M1", "F1"]))]);
        assert_eq!(kept.long("fee", "unit_key"), [Some(key(Namespace::Unit, &["M1"]))]);
        assert_eq!(kept.long("fee", "dr_key"), [Some(key(Namespace::Practitioner, &["H340100", "张三"]))]);
        assert_eq!(kept.long("fee", "init_fee_key"), [None]);
        assert_eq!(kept.long("fee", "pric_e6"), [Some(1_255_000)]);
        assert_eq!(kept.long("fee", "gross_fen"), [Some(251)]);
        assert_eq!(kept.int("fee", "fee_day"), [Some(19_727)]);
        assert_eq!(kept.long("fee", "fee_min"), [Some(19_727 * 1_440 + 510)]);
        assert_eq!(kept.text("fee", "charge_type"), [Some("03".to_owned())]);
        assert_eq!(kept.long("fee", "source_line"), [Some(2)]);
        assert_eq!(kept.int("fee", "file_id"), [Some(7)]);
    }

    #[test]
    fn unusable_cells_and_rows_are_listed_with_their_reason() {
        let lines = [
            "F1,M1,S1,3.40103E+17,H1,08:30:00,x,1,1.00,0,无,XA01,3",
            "F2,3.1E+17,S1,P1,H1,20240105,1,1,1.00,D1,,XA01,3",
            "-,M1,S1,P1,H1,20240105,1,1,1.00,D1,,XA01,3",
            "F4,M1,S1,P1",
            "F5,M1,\\N,340103********1234,H1,45296,1,1,nan,D1,,XA01,3",
        ];
        let (file, kept, rejected) = read_bytes("fee.csv", format!("{FEE}{}", lines.join("\n")).as_bytes());
        assert_eq!((file.rows_in, file.rows_rejected, kept.rows("fee")), (5, 3, 2));
        assert_eq!(
            rejected.brief(),
            [
                (2, "psn_no", Reason::ScientificId, false),
                (2, "fee_ocur_time", Reason::TimeOnly, false),
                (2, "cnt", Reason::NotNumber, false),
                (3, "mdtrt_id", Reason::ScientificId, true),
                (4, "bkkp_sn", Reason::MissingKey, true),
                (5, "", Reason::FieldCount, true),
            ]
        );
        assert_eq!(file.cells_rejected, 4);
        assert_eq!(kept.long("fee", "psn_key"), [None, None]);
        assert_eq!(kept.long("fee", "gross_fen"), [Some(100), None]);
        assert_eq!(kept.int("fee", "fee_day"), [None, Some(19_727)]);
        assert_eq!(file.masked.get("psn_no"), Some(&1));
        assert_eq!(file.placeholders.get("bilg_dr_code"), Some(&1));
        assert!(file.missing_columns.contains(&"inscp_amt".to_owned()));
    }

    #[test]
    fn the_same_rows_in_any_dress_give_the_same_hashes() {
        let rows =
            [["M1", "张三", "2024-01-05 08:30:00", "21", "H1"], ["M2", "李|四", "2024-01-06 00:00:00", "11", "P2"]];
        let header = ["就诊ID", "姓名", "开始时间(入院/就诊)", "医疗类别", "定点医药机构编号"];
        let dress = |delimiter: &str, mark: &str, tab: &str| {
            let line = |fields: &[&str]| {
                let fields: Vec<String> = fields.iter().map(|field| format!("{mark}{field}{tab}{mark}")).collect();
                format!("{}\r\n", fields.join(delimiter))
            };
            format!("{}{}", line(&header), rows.iter().map(|row| line(row)).collect::<String>())
        };
        let (_, plain, _) = read_bytes("a.csv", dress(",", "", "").as_bytes());
        assert_eq!(plain.text("mdtrt", "care_setting"), [Some("inpatient".to_owned()), Some("pharmacy".to_owned())]);
        let hashes = plain.long("mdtrt", "row_hash");
        for (delimiter, mark, tab) in
            [("|@|", "", ""), ("\t", "", ""), ("|", "'", ""), (",", "\"", "\t"), (",", "", "\t")]
        {
            let text = dress(delimiter, mark, tab);
            for bytes in [text.as_bytes().to_vec(), encoding_rs::GB18030.encode(&text).0.into_owned()] {
                let (file, kept, rejected) = read_bytes("a.txt", &bytes);
                assert_eq!(rejected.brief(), [], "{text}");
                assert_eq!(file.delimiter, delimiter);
                assert_eq!(kept.long("mdtrt", "row_hash"), hashes, "{text}");
            }
        }
    }

    #[test]
    fn damaged_bytes_reject_the_cell_not_the_file() {
        let mut bytes = "mdtrt_id,psn_name,begntime,med_type,fixmedins_code\n".as_bytes().to_vec();
        for number in 0..20 {
            bytes.extend_from_slice(format!("M{number},张三丰,2024-01-05,21,H1\n").as_bytes());
        }
        bytes.extend_from_slice(b"M20,\xD5\xC5,2024-01-05,21,H1\nM2\xFF,x,2024-01-05,21,H1\n");
        let (file, _, rejected) = read_bytes("m.csv", &bytes);
        let expected = [(22, "psn_name", Reason::Encoding, false), (23, "mdtrt_id", Reason::Encoding, true)];
        assert_eq!(rejected.brief(), expected);
        assert_eq!((file.rows_in, file.rows_rejected), (22, 1));
    }

    #[test]
    fn hospital_masters_yield_visits_settlements_and_diagnoses() {
        let text = "HOSPITAL_ID|@|HISID|@|ZYH|@|PATIENT_ID|@|ADMISSION_DATE|@|DISCHARGE_DATE|@|TOTAL_AMOUNT|@|BMI_PAY_AMOUNT|@|\
                    MEDICAL_INSURANCE_FLAG|@|REFUND_FLAG_TYPE|@|REFUND_HISID\n\
                    H1|@|J1|@|Z1|@|P1|@|2024-01-05 08:30:00|@|2024-01-09|@|100.00|@|80.00|@|0|@|0|@|-\n\
                    H1|@|J2|@|Z1|@|P1|@|2024-01-05|@|2024-01-12|@|50|@|40|@|0|@|0|@|\n\
                    H1|@|J3|@|Z1|@|P1|@|2024-01-05|@|2024-01-09|@|-100|@|-80|@|1|@|1|@|J1\n";
        let (file, kept, rejected) = read_bytes("SETTLE_ZY.csv", text.as_bytes());
        assert_eq!(rejected.brief(), []);
        assert_eq!((kept.rows("mdtrt"), kept.rows("setl")), (3, 3));
        let stay = key(Namespace::Visit, &["H1", "Z1", "19727"]);
        assert_eq!(kept.long("mdtrt", "visit_key"), [Some(stay); 3]);
        let unit = |id: &str| Some(key(Namespace::Unit, &["H1", id]));
        assert_eq!(kept.long("mdtrt", "unit_key"), [unit("J1"), unit("J2"), unit("J1")]);
        assert_eq!(kept.int("mdtrt", "insured"), [Some(1), Some(1), Some(0)]);
        assert_eq!(kept.int("setl", "refund"), [Some(0), Some(0), Some(1)]);
        assert_eq!(kept.long("setl", "init_setl_key")[2], Some(key(Namespace::Settlement, &["H1", "J1"])));
        assert_eq!((file.required_filled["HISID"], file.required_filled["BILL_DATE"]), (3, 0));
        assert!(file.missing_columns.contains(&"BILL_DATE".to_owned()));

        let text = "HOSPITAL_ID,HISID,ADMISSION_DISEASE_ID,ADMISSION_DISEASE_NAME,DISCHARGE_DISEASE_ID_MAIN,DISCHARGE_DISEASE_ID_OTHER1,\
                    DISCHARGE_DISEASE_ID_OTHER2\nH1,J1,I10.x00|E11.900,高血压|糖尿病,I10.x00,-,E11.900\nH1,J2,,,,,\n";
        let (_, kept, rejected) = read_bytes("d.csv", text.as_bytes());
        assert_eq!(kept.rows("diag"), 4);
        assert_eq!(rejected.brief(), [(3, "", Reason::NothingUsable, true)]);
        let mut rows: Vec<_> = kept
            .text("diag", "dx_code")
            .into_iter()
            .zip(kept.text("diag", "dx_kind"))
            .zip(kept.int("diag", "seq"))
            .collect();
        rows.sort();
        let row = |code: &str, kind: &str, seq| ((Some(code.to_owned()), Some(kind.to_owned())), Some(seq));
        assert_eq!(
            rows,
            [
                row("E11.900", "admission", 2),
                row("E11.900", "discharge", 3),
                row("I10.X00", "admission", 1),
                row("I10.X00", "discharge", 1)
            ]
        );
    }

    #[test]
    fn hospital_lines_are_known_by_their_content() {
        let text = "HOSPITAL_ID,HISID,ZYH,ITEM_ID_HOSP,ITEM_ID,NUM,UNIT_PRICE,COST,P_CATEGORY,USAGE_DATE,BILLING_TIME\n\
                    H1,J1,Z1,A,X1,1,2.5,2.5,西药费,,2024-01-05\nH1,J1,Z1,A,X1,1,2.50,2.50,西药费,,2024/1/5\nH1,J1,Z1,B,X1,1,2.5,2.5,9,2024-01-06,\n";
        let (_, kept, rejected) = read_bytes("d.csv", text.as_bytes());
        assert_eq!(rejected.brief(), []);
        let keys = kept.long("fee", "fee_key");
        assert!(keys[0].is_some() && keys[0] == keys[1] && keys[0] != keys[2]);
        assert_eq!(kept.int("fee", "no_line_no"), [Some(1); 3]);
        assert_eq!(kept.int("fee", "fee_day"), [Some(19_727), Some(19_727), Some(19_728)]);
        assert_eq!(
            kept.text("fee", "charge_type"),
            [Some("09".to_owned()), Some("09".to_owned()), Some("09".to_owned())]
        );
    }

    #[test]
    fn parquet_of_any_types_reads_like_text() {
        let ids: ArrayRef = Arc::new(StringArray::from(vec![Some("M1"), Some("M2"), None]));
        let people: ArrayRef = Arc::new(Float64Array::from(vec![34_010_319_800_101.0, 2.0, 3.0]));
        let money = Decimal128Array::from(vec![12_345, -5, 0]).with_precision_and_scale(18, 2).expect("decimal");
        let days: ArrayRef = Arc::new(Date32Array::from(vec![19_727, 19_728, 19_729]));
        // 2024-01-05 00:30 UTC is half past eight in Beijing.
        let minute = (19_727 * 1_440 + 30) * 60_000_000;
        let times = TimestampMicrosecondArray::from(vec![Some(minute), None, None]).with_timezone("UTC");
        let batch = RecordBatch::try_from_iter([
            ("setl_id", ids.clone()),
            ("mdtrt_id", ids),
            ("psn_no", people),
            ("medfee_sumamt", Arc::new(money) as ArrayRef),
            ("begndate", days),
            ("setl_time", Arc::new(times) as ArrayRef),
        ])
        .expect("a batch");
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("write");
        writer.close().expect("close");

        let (file, kept, rejected) = read_bytes("x.parquet", &bytes);
        assert_eq!((file.layout.as_str(), file.rows_in, file.rows_rejected), ("setl_d", 3, 1));
        assert_eq!(rejected.brief(), [(4, "mdtrt_id", Reason::MissingKey, true)]);
        assert_eq!(kept.text("setl", "psn_no"), [Some("34010319800101".to_owned()), Some("2".to_owned())]);
        assert_eq!(kept.long("setl", "gross_fen"), [Some(12_345), Some(-5)]);
        assert_eq!(kept.int("setl", "begn_day"), [Some(19_727), Some(19_728)]);
        assert_eq!(kept.long("setl", "setl_min"), [Some(19_727 * 1_440 + 510), None]);
    }

    #[test]
    fn threads_and_pieces_change_nothing() {
        // Long lines, so that few rows make several pieces.
        let remark = "x".repeat(2_000);
        let mut text = "mdtrt_id,begntime,med_type,fixmedins_code,remark\n".to_owned();
        for number in 0..6_000 {
            let code = if number % 500 == 0 { "-" } else { "H1" };
            text.push_str(&format!("M{number},2024-01-05,21,{code},{remark}\n"));
        }
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| read_bytes("m.csv", text.as_bytes()))
        };
        let (file, kept, rejected) = run(1);
        assert_eq!((file.rows_in, file.rows_rejected, file.ignored_columns), (6_000, 12, vec!["remark".to_owned()]));
        let (_, kept_by_three, rejected_by_three) = run(3);
        assert_eq!(kept.table("mdtrt"), kept_by_three.table("mdtrt"));
        assert_eq!(rejected.0, rejected_by_three.0);
        assert!(kept.long("mdtrt", "source_line").is_sorted());
    }

    #[test]
    fn an_unknown_file_says_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("odd.csv");
        std::fs::write(&path, "colour,psn_no,size\n1,2,3\n").expect("write");
        let layouts = Layouts::built_in().expect("layouts");
        let error = read_file(&path, &layouts).err().expect("no known table");
        let (told, message) = (error.told(), error.to_string());
        assert!(told.entry().remedy.en.contains("--map") && told.zh.contains("colour, psn_no, size"), "{told:?}");
        assert!(message.contains("colour, psn_no, size"), "{message}");
        std::fs::write(&path, "").expect("write");
        assert!(matches!(read_file(&path, &layouts), Err(ReadError::Empty { .. })));
    }

    #[test]
    #[ignore = "needs ../shared: real claims of another country are no part of the project"]
    fn real_claims_of_another_country_load_through_a_map() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let data = root.join("../shared/data/provider-claims-us");
        let mut layouts = Layouts::built_in().expect("layouts");
        layouts.add_map(&root.join("docs/maps/provider-claims-us.toml")).expect("the map reads");
        let expected = [("us_beneficiary", 63_968), ("us_inpatient", 9_551), ("us_outpatient", 125_841)];
        let found = discover(&data, &layouts).expect("found");
        assert_eq!(found.sources.len(), expected.len());
        for (source, (layout, rows)) in found.sources.iter().zip(expected) {
            let (mut kept, mut rejected) = (Kept::default(), Rejected::default());
            let guidance = Guidance::default();
            let file = read_source(source, 1, &layouts, &guidance, &mut kept, &mut rejected, &|_, _| ())
                .expect("readable")
                .file;
            assert_eq!((file.layout.as_str(), file.rows_in, file.rows_rejected), (layout, rows, 0));
            println!("{layout}: cells rejected {}", file.cells_rejected);
            for table in ["psn", "mdtrt", "setl"] {
                assert!([0, rows].contains(&kept.rows(table)), "{layout} {table}: {}", kept.rows(table));
            }
        }
    }
}
