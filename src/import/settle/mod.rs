//! Settling: staged rows become the canonical tables.
//!
//! Bucket by bucket, repeats collapse, reversals are paired and netted, money is shared out and every line finds its visit; what is
//! left is written by person. Then the parts of each visit are joined, and the small tables are written. The statements are the
//! `.sql` files beside this one, in the order of [`UNIT_STEPS`].

mod dimensions;
mod identity_card;
mod repeats;
mod sql;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use polars::prelude::*;

use self::dimensions::Dimensions;
use self::repeats::Kept;
pub use self::sql::Frames;
use self::sql::collect;
use super::checks::CheckInputs;
use super::similarity::similarity_pct;
use super::staged::{self, StagedTable};
use crate::calendar;
use crate::casestore::key::normalise;
use crate::casestore::schema::{self, ColumnType, Layout};
use crate::casestore::store::{Store, StoreError, bucket_dir, parquet_files, scan_parquet_files};
use crate::explained::{Explained, Told};

/// What can go wrong while settling.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// A statement failed on the data.
    #[error("settling failed at '{step}': {source}")]
    Step { step: String, source: Box<PolarsError> },
    /// Two codes have the same 64-bit key.
    #[error("table {table}: the codes {one} and {other} have the same key {key}")]
    Collision { table: &'static str, key: String, one: String, other: String },
    /// The store's folder.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Explained for SettleError {
    fn told(&self) -> Told {
        match self {
            Self::Step { step, source } => {
                Told::new("FJ-316", format!("冲销退费、合并重复时，“{step}”一步出错：{source}"))
            }
            Self::Collision { table, key, one, other } => {
                Told::new("FJ-317", format!("表 {table} 的两个编码 {one} 和 {other} 算出了同一个键 {key}"))
            }
            Self::Store(error) => error.told(),
        }
    }
}

impl SettleError {
    /// Names the step that a Polars error concerns.
    fn step(step: &str) -> impl Fn(PolarsError) -> Self + '_ {
        move |source| Self::Step { step: step.to_owned(), source: Box::new(source) }
    }
}

/// Statements of a unit bucket, in order: name of the result and text.
const UNIT_STEPS: &[(&str, &str)] = &[
    ("setl_paired", include_str!("setl_paired.sql")),
    ("setl_state", include_str!("setl_state.sql")),
    ("setl_live", include_str!("setl_live.sql")),
    ("unit_state", include_str!("unit_state.sql")),
    ("fee_refund", include_str!("fee_refund.sql")),
    ("fee_named", include_str!("fee_named.sql")),
    ("fee_blind", include_str!("fee_blind.sql")),
    ("fee_taken", include_str!("fee_taken.sql")),
    ("fee_net", include_str!("fee_net.sql")),
    ("fee_visit", include_str!("fee_visit.sql")),
    ("visit_part", include_str!("visit_part.sql")),
    ("fee_share", include_str!("fee_share.sql")),
    ("fee", include_str!("fee.sql")),
    ("settlement", include_str!("settlement.sql")),
    ("diagnosis_part", include_str!("diagnosis_part.sql")),
    ("operation_part", include_str!("operation_part.sql")),
];

/// Statements of a person bucket: what the parts of a visit have in common is said once.
const DIAGNOSIS: &str = include_str!("diagnosis.sql");
const OPERATION: &str = include_str!("operation.sql");
const VISIT: &str = include_str!("visit.sql");

/// Claims staged per unit; everything else is staged by its own key.
const CLAIM_TABLES: &[&str] = &["mdtrt", "setl", "fee", "diag", "oprn"];

/// Diagnosis prefixes that mark a visit.
#[derive(Debug, Clone, Default)]
pub struct DiagnosisLists {
    /// Chemotherapy, radiotherapy, dialysis, rehabilitation.
    pub planned_cycle: Vec<String>,
    /// Deliveries and newborns.
    pub birth: Vec<String>,
}

/// What became of the staged rows, for the waterfall that a report shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
    /// Lines without a usable date in any table.
    pub fee_lines_undated: u64,
    /// Visits without a usable date in any table.
    pub visits_undated: u64,
    /// Visits whose institution is not named anywhere.
    pub visits_without_institution: u64,
}

/// What settling did.
#[derive(Debug, Default)]
pub struct Settled {
    /// Stored rows per input file.
    pub stored: BTreeMap<i32, u64>,
    /// Repeated rows per input file.
    pub repeats: BTreeMap<i32, u64>,
    /// Rows that contradict a kept row: file, line, staged table.
    pub conflicts: Vec<(i32, i64, &'static str)>,
    /// What became of the rest.
    pub waterfall: Waterfall,
    /// Rows per canonical table.
    pub rows: BTreeMap<String, u64>,
    /// Sums and counts that the acceptance checks compare.
    pub checks: CheckInputs,
}

/// Builds the canonical tables of `store` from all its staged rows and puts them in place of the old ones.
///
/// `progress` is called with the buckets done and their number.
///
/// # Errors
/// If the store cannot be read or written, a statement fails, or two codes meet in one key.
pub fn settle(
    store: &mut Store,
    lists: &DiagnosisLists,
    progress: &dyn Fn(usize, usize),
) -> Result<Settled, SettleError> {
    let fresh = store.tables_new_dir();
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(StoreError::io(&fresh))?;
    }
    fs::create_dir_all(&fresh).map_err(StoreError::io(&fresh))?;
    let mut work = Settling {
        store,
        writers: Writers { folder: fresh.clone(), open: BTreeMap::new() },
        dimensions: Dimensions::default(),
        settled: Settled::default(),
    };
    let buckets = work.store.index.buckets;
    for bucket in 0..buckets {
        work.settle_units(bucket)?;
        progress(bucket + 1, 2 * buckets);
    }
    work.writers.close()?;
    let register = work.dimensions.register()?;
    for bucket in 0..buckets {
        work.join_visit_parts(bucket, lists, &register)?;
        progress(buckets + bucket + 1, 2 * buckets);
    }
    work.write_small_tables()?;
    let Settling { settled, mut writers, .. } = work;
    writers.close()?;
    for parts in PARTS.map(|parts| fresh.join(parts)) {
        if parts.exists() {
            fs::remove_dir_all(&parts).map_err(StoreError::io(&parts))?;
        }
    }
    let tables = store.tables_dir();
    if tables.exists() {
        fs::remove_dir_all(&tables).map_err(StoreError::io(&tables))?;
    }
    fs::rename(&fresh, &tables).map_err(StoreError::io(&tables))?;
    store.index.rows.clone_from(&settled.rows);
    store.save()?;
    Ok(settled)
}

/// Folders of what the parts of visits hold, between the two passes.
const PARTS: [&str; 3] = [VISIT_PARTS, DIAGNOSIS_PARTS, OPERATION_PARTS];
const VISIT_PARTS: &str = "visit_part";
const DIAGNOSIS_PARTS: &str = "diagnosis_part";
const OPERATION_PARTS: &str = "operation_part";

struct Settling<'a> {
    store: &'a Store,
    writers: Writers,
    dimensions: Dimensions,
    settled: Settled,
}

impl Settling<'_> {
    /// First pass: everything of one unit bucket, written by person.
    fn settle_units(&mut self, bucket: usize) -> Result<(), SettleError> {
        let mut context = Frames::default();
        for name in CLAIM_TABLES {
            let rows = self.kept(name, bucket)?;
            context.register(&format!("{name}_row"), rows.lazy());
        }
        for name in ["psn", "inst"] {
            let rows = self.kept(name, bucket)?;
            context.register(&format!("{name}_row"), rows.lazy());
        }
        context.register("source_file", self.files()?.lazy());
        for (name, statement) in UNIT_STEPS {
            let rows = step(&context, name, statement)?;
            context.register(name, rows.lazy());
        }
        self.count_waterfall(&context)?;
        self.settled.checks.add(&context).map_err(SettleError::step("acceptance checks"))?;
        self.dimensions.add(&context)?;

        let fee = self.usable_lines(step(&context, "fee", "SELECT * FROM fee")?)?;
        self.write_by_person("fee", fee)?;
        let settlements = step(&context, "settlement", "SELECT * FROM settlement")?;
        self.write_by_person("settlement", conform("settlement", settlements.lazy())?)?;
        for parts in PARTS {
            let rows = step(&context, parts, &format!("SELECT * FROM {parts}"))?;
            self.write_by_person(parts, rows)?;
        }
        Ok(())
    }

    /// The rows of a staged table in a bucket without repeats, conflicts and void rows.
    fn kept(&mut self, name: &str, bucket: usize) -> Result<DataFrame, SettleError> {
        let Some(table) = staged::staged(name) else {
            return Err(SettleError::step(name)(polars_err!(ComputeError: "no staged table is called {name}")));
        };
        let staged = scan_staged(self.store, table, bucket)?;
        let numbered = if table.position("no_line_no").is_some() {
            staged.clone().filter(col("no_line_no").fill_null(lit(0)).eq(lit(0)))
        } else {
            staged.clone()
        };
        let mut rows = self.note(table, repeats::keep_one(table, numbered)?)?;
        if table.position("no_line_no").is_some() {
            let unnumbered = collect(staged.filter(col("no_line_no").eq(lit(1)))).map_err(SettleError::step(name))?;
            if unnumbered.height() > 0 {
                let bills = collect(scan_staged_named(self.store, "setl", bucket)?).map_err(SettleError::step(name))?;
                let kept = self.note(table, repeats::keep_by_bill(unnumbered, &bills)?)?;
                rows = rows.vstack(&kept).map_err(SettleError::step(name))?;
            }
        }
        if table.position("vali_flag").is_none() {
            return Ok(rows);
        }
        let before = rows.height();
        let valid = rows.lazy().filter(col("vali_flag").is_null().or(col("vali_flag").neq(lit("0"))));
        let valid = collect(valid).map_err(SettleError::step(name))?;
        if valid.height() < before {
            *self.settled.waterfall.void.entry(name.to_owned()).or_insert(0) += (before - valid.height()) as u64;
        }
        Ok(valid)
    }

    /// Writes down repeats and conflicts and hands out the rest.
    fn note(&mut self, table: &'static StagedTable, kept: Kept) -> Result<DataFrame, SettleError> {
        let stored = repeats::counts_by_file(&kept.rows).map_err(SettleError::step(&table.name))?;
        for (counts, sums) in [(kept.repeats, &mut self.settled.repeats), (stored, &mut self.settled.stored)] {
            for (file, rows) in counts {
                if counted_in(self.store, file, table) {
                    *sums.entry(file).or_insert(0) += rows;
                }
            }
        }
        let step = SettleError::step(&table.name);
        let files = kept.conflicts.column("file_id").and_then(|column| column.i32().cloned()).map_err(&step)?;
        let lines = kept.conflicts.column("source_line").and_then(|column| column.i64().cloned()).map_err(&step)?;
        for (file, line) in files.iter().zip(lines.iter()) {
            if let (Some(file), Some(line)) = (file, line)
                && counted_in(self.store, file, table)
            {
                self.settled.conflicts.push((file, line, table.name.as_str()));
            }
        }
        Ok(kept.rows)
    }

    fn count_waterfall(&mut self, context: &Frames) -> Result<(), SettleError> {
        let waterfall = &mut self.settled.waterfall;
        let count = |sql: &str| -> Result<u64, SettleError> {
            let value = step(context, "waterfall", sql)?;
            let value = value.select_at_idx(0).and_then(|column| column.get(0).ok()?.extract::<i64>()).unwrap_or(0);
            Ok(value.unsigned_abs())
        };
        waterfall.settlements_reversed += count("SELECT SUM(row_count) FROM setl_state WHERE state = 'reversed'")?;
        waterfall.settlements_unpaired += count("SELECT SUM(row_count) FROM setl_state WHERE state = 'unpaired'")?;
        waterfall.settlements_unpaired_fen +=
            count("SELECT SUM(ABS(gross_fen)) FROM setl_state WHERE state = 'unpaired'")?;
        waterfall.fee_refunds += count("SELECT COUNT(*) FROM fee_refund")?;
        let billed = count("SELECT COUNT(*) FROM fee_named")?;
        waterfall.fee_lines_reversed += billed - count("SELECT COUNT(*) FROM fee_net")?;
        // What was named but is not there, or was taken back more often than billed; and blind refunds beyond the lines they match.
        let named_missing = "FROM (SELECT named_key, SUM(ABS(gross_fen)) AS gross_fen FROM fee_refund
                                   WHERE named_key IS NOT NULL GROUP BY named_key) AS r
                             ANTI JOIN fee_named AS f ON r.named_key = f.fee_key";
        let beyond = "FROM fee_named WHERE left_gross_fen < 0";
        let blind_left = "FROM (SELECT b.refund_gross_fen - COALESCE(t.gross_fen, 0) AS gross_fen
                                FROM fee_blind AS b
                                LEFT JOIN (SELECT f.unit_key, f.match_item, f.match_hosp_item, f.match_pric,
                                                  SUM(k.gross_fen) AS gross_fen
                                           FROM fee_named AS f JOIN fee_taken AS k ON f.fee_key = k.fee_key
                                           GROUP BY f.unit_key, f.match_item, f.match_hosp_item, f.match_pric) AS t
                                  ON b.unit_key = t.unit_key AND b.match_item = t.match_item
                                 AND b.match_hosp_item = t.match_hosp_item AND b.match_pric = t.match_pric) AS rest
                          WHERE gross_fen > 0";
        for (amount, rows) in [("gross_fen", named_missing), ("left_gross_fen", beyond), ("gross_fen", blind_left)] {
            waterfall.fee_refunds_unpaired += count(&format!("SELECT COUNT(*) {rows}"))?;
            waterfall.fee_refunds_unpaired_fen += count(&format!("SELECT SUM(ABS({amount})) {rows}"))?;
        }
        Ok(())
    }

    /// The imported files with what they are, for the acceptance checks.
    fn files(&self) -> Result<DataFrame, SettleError> {
        let files = &self.store.index.files;
        df![
            "file_id" => files.iter().map(|file| file.file_id).collect::<Vec<_>>(),
            "family" => files.iter().map(|file| file.family.as_str()).collect::<Vec<_>>(),
            "layout" => files.iter().map(|file| file.layout.as_str()).collect::<Vec<_>>(),
        ]
        .map_err(SettleError::step("source_file"))
    }

    /// Lines with the number of a visit, an institution and a date; the others are counted, and so are those whose visit is not there.
    fn usable_lines(&mut self, fee: DataFrame) -> Result<DataFrame, SettleError> {
        let step = SettleError::step("fee");
        let total = fee.height();
        let placed = fee.lazy().filter(col("visit_key").is_not_null().and(col("inst_key").is_not_null()));
        let placed = collect(placed).map_err(&step)?;
        let numbered = placed.height();
        let known = placed.column("visit_known").and_then(|column| column.cast(&DataType::Int64)).map_err(&step)?;
        let known = known.i64().map_err(&step)?.sum().unwrap_or(0).unsigned_abs();
        let dated = conform("fee", placed.lazy().filter(col("fee_day").is_not_null()))?;
        self.settled.waterfall.fee_lines_without_visit += total as u64 - known;
        self.settled.waterfall.fee_lines_undated += (numbered - dated.height()) as u64;
        Ok(dated)
    }

    /// Second pass: the visits of one person bucket.
    fn join_visit_parts(
        &mut self,
        bucket: usize,
        lists: &DiagnosisLists,
        register: &DataFrame,
    ) -> Result<(), SettleError> {
        let step = SettleError::step("visit");
        let Some(parts) = self.parts(VISIT_PARTS, bucket)? else { return Ok(()) };
        if let Some(operations) = self.joined(OPERATION_PARTS, OPERATION, bucket)? {
            self.write_by_person("operation", conform("operation", operations.lazy())?)?;
        }
        let diagnoses = match self.joined(DIAGNOSIS_PARTS, DIAGNOSIS, bucket)? {
            Some(diagnoses) => conform("diagnosis", diagnoses.lazy())?,
            None => empty("diagnosis"),
        };
        self.write_by_person("diagnosis", diagnoses.clone())?;
        let flags = diagnosis_flags(&parts, &diagnoses, lists).map_err(&step)?;
        let mut context = Frames::default();
        context.register(VISIT_PARTS, parts.lazy());
        context.register("diagnosis", diagnoses.lazy());
        context.register("dx_flag", flags.lazy());
        context.register("register", register.clone().lazy());
        let visits = context.run(VISIT).map_err(&step)?;
        let total = visits.height();
        let dated = visits.lazy().filter(col("adm_day").is_not_null());
        let dated = collect(dated).map_err(&step)?;
        let with_day = dated.height();
        let placed = collect(dated.lazy().filter(col("inst_key").is_not_null())).map_err(&step)?;
        self.settled.waterfall.visits_undated += (total - with_day) as u64;
        self.settled.waterfall.visits_without_institution += (with_day - placed.height()) as u64;
        let aged = with_exact_ages(placed).map_err(&step)?;
        let visits = conform("visit", aged.lazy())?;
        self.write_by_person("visit", visits)
    }

    /// What the first pass wrote of `table` for a person bucket.
    fn parts(&self, table: &str, bucket: usize) -> Result<Option<DataFrame>, SettleError> {
        let files = parquet_files(&self.writers.folder.join(table).join(bucket_dir(bucket)))?;
        let parts = scan_parquet_files(&files).map_err(SettleError::step(table))?;
        parts.map(collect).transpose().map_err(SettleError::step(table))
    }

    /// The parts of `table` in a person bucket, put together by `statement`.
    fn joined(&self, table: &str, statement: &str, bucket: usize) -> Result<Option<DataFrame>, SettleError> {
        let Some(parts) = self.parts(table, bucket)? else { return Ok(None) };
        let mut context = Frames::default();
        context.register(table, parts.lazy());
        step(&context, table, statement).map(Some)
    }

    fn write_small_tables(&mut self) -> Result<(), SettleError> {
        let dimensions = std::mem::take(&mut self.dimensions);
        for (table, rows) in dimensions.finish()? {
            let rows = match table {
                "item_pair" => with_similarity(rows),
                "person" => with_identity_cards(rows),
                _ => Ok(rows),
            };
            let rows = rows.map_err(SettleError::step(table))?;
            self.write_small(table, conform(table, rows.lazy())?)?;
        }
        let mut limits = Vec::new();
        for bucket in 0..self.store.index.buckets {
            limits.push(self.kept("lmtpric", bucket)?);
        }
        let limits = vstack(limits).map_err(SettleError::step("price_limit"))?;
        let limits = limits
            .lazy()
            .filter(col("hilist_key").is_not_null().and(col("cap_e6").is_not_null()))
            .with_columns([
                col("begn_day").fill_null(lit(0)).alias("begin_day"),
                col("end_day").fill_null(lit(schema::OPEN_END_DAY)).alias("end_day"),
            ])
            .unique_stable(
                Some(by_name(
                    ["hilist_key", "lmtpric_type", "lmtpric_hosp_lv", "insu_admdvs", "begin_day", "end_day", "cap_e6"],
                    true,
                    false,
                )),
                UniqueKeepStrategy::First,
            );
        let limits = conform("price_limit", limits)?;
        self.write_small("price_limit", limits)?;
        for table in staged::STAGED.iter().filter(|table| table.passthrough) {
            for bucket in 0..self.store.index.buckets {
                let rows = self.kept(&table.name, bucket)?;
                self.write_small(&table.name, conform(&table.name, rows.lazy())?)?;
            }
        }
        let ids: Vec<i32> = self.store.index.files.iter().map(|file| file.file_id).collect();
        let names: Vec<&str> = self.store.index.files.iter().map(|file| file.source.as_str()).collect();
        let files = df!["file_id" => ids, "source_file" => names].map_err(SettleError::step("source_file"))?;
        self.write_small("source_file", conform("source_file", files.lazy())?)
    }

    fn write_small(&mut self, table: &str, rows: DataFrame) -> Result<(), SettleError> {
        *self.settled.rows.entry(table.to_owned()).or_insert(0) += rows.height() as u64;
        self.writers.write(&Path::new(table).join("part.parquet"), rows)
    }

    /// Splits rows by person and appends them to the bucket files.
    fn write_by_person(&mut self, table: &str, rows: DataFrame) -> Result<(), SettleError> {
        if !PARTS.contains(&table) {
            *self.settled.rows.entry(table.to_owned()).or_insert(0) += rows.height() as u64;
        }
        let step = SettleError::step(table);
        let buckets = self.store.index.buckets;
        let file = |bucket: usize| Path::new(table).join(bucket_dir(bucket)).join("part.parquet");
        if buckets == 1 {
            return self.writers.write(&file(0), rows);
        }
        let mut members: Vec<Vec<IdxSize>> = vec![Vec::new(); buckets];
        let persons = rows.column("psn_key").and_then(|column| column.i64().cloned()).map_err(&step)?;
        for (row, person) in (0..).zip(persons.iter()) {
            members[self.store.bucket_of(person)].push(row);
        }
        for (bucket, members) in members.into_iter().enumerate() {
            if !members.is_empty() {
                let part = rows.take(&IdxCa::from_vec("rows".into(), members)).map_err(&step)?;
                self.writers.write(&file(bucket), part)?;
            }
        }
        Ok(())
    }
}

/// Open Parquet files of the canonical tables; every write is a row group, so nothing is held back in memory.
struct Writers {
    folder: PathBuf,
    open: BTreeMap<PathBuf, polars::io::parquet::write::BatchedWriter<File>>,
}

impl Writers {
    fn write(&mut self, file: &Path, mut rows: DataFrame) -> Result<(), SettleError> {
        if rows.height() == 0 {
            return Ok(());
        }
        // A batch is written chunk by chunk, and all its columns have to be cut at the same rows.
        rows.rechunk_mut_par();
        let path = self.folder.join(file);
        let step = file.display().to_string();
        if !self.open.contains_key(file) {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(StoreError::io(parent))?;
            }
            let target = File::create(&path).map_err(StoreError::io(&path))?;
            let writer = ParquetWriter::new(target)
                .with_compression(ParquetCompression::Snappy)
                .batched(rows.schema())
                .map_err(SettleError::step(&step))?;
            self.open.insert(file.to_path_buf(), writer);
        }
        match self.open.get_mut(file) {
            Some(writer) => writer.write_batch(&rows).map_err(SettleError::step(&step)),
            None => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), SettleError> {
        for (file, writer) in std::mem::take(&mut self.open) {
            writer.finish().map_err(SettleError::step(&file.display().to_string()))?;
        }
        Ok(())
    }
}

/// A source row that fills several staged tables is counted in the first of its layout only.
fn counted_in(store: &Store, file: i32, table: &StagedTable) -> bool {
    store.index.files.iter().any(|known| known.file_id == file && known.counted_table == table.name)
}

/// Runs the statement of a step.
fn step(frames: &Frames, name: &str, statement: &str) -> Result<DataFrame, SettleError> {
    frames.run(statement).map_err(SettleError::step(name))
}

fn scan_staged_named(store: &Store, name: &str, bucket: usize) -> Result<LazyFrame, SettleError> {
    match staged::staged(name) {
        Some(table) => scan_staged(store, table, bucket),
        None => Err(SettleError::step(name)(polars_err!(ComputeError: "no staged table is called {name}"))),
    }
}

/// The staged rows of a table in a bucket, from all imported files; empty where there are none.
fn scan_staged(store: &Store, table: &StagedTable, bucket: usize) -> Result<LazyFrame, SettleError> {
    let suffix = format!("-b{bucket:03}.parquet");
    let mut files = parquet_files(&store.staged_dir(&table.name))?;
    files.retain(|file| file.to_string_lossy().ends_with(&suffix));
    let frame = scan_parquet_files(&files).map_err(SettleError::step(&table.name))?;
    Ok(frame.unwrap_or_else(|| DataFrame::empty_with_schema(&staged_schema(table)).lazy()))
}

/// The Polars schema of a staged table.
fn staged_schema(table: &StagedTable) -> Schema {
    let field = |field: &arrow::datatypes::Field| {
        let dtype = match field.data_type() {
            arrow::datatypes::DataType::Int64 => DataType::Int64,
            arrow::datatypes::DataType::Int32 => DataType::Int32,
            _ => DataType::String,
        };
        Field::new(field.name().as_str().into(), dtype)
    };
    table.arrow().fields().iter().map(|arrow| field(arrow)).collect()
}

/// An empty frame of a canonical table.
fn empty(table: &str) -> DataFrame {
    let columns = schema::table(table).map(|table| table.columns.as_slice()).unwrap_or_default();
    DataFrame::empty_with_schema(
        &columns.iter().map(|column| Field::new(column.name.as_str().into(), dtype(column.kind))).collect(),
    )
}

const fn dtype(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Bigint => DataType::Int64,
        ColumnType::Int => DataType::Int32,
        ColumnType::Text => DataType::String,
    }
}

/// Columns, types and order of a canonical table; columns that cannot be empty get 0 or an empty text where the export has nothing.
fn conform(table: &str, rows: LazyFrame) -> Result<DataFrame, SettleError> {
    let Some(definition) = schema::table(table) else {
        return collect(rows).map_err(SettleError::step(table));
    };
    debug_assert!(definition.layout != Layout::Knowledge, "{table} is not in the store");
    let columns: Vec<Expr> = definition
        .columns
        .iter()
        .map(|column| {
            let value = col(column.name.as_str()).cast(dtype(column.kind));
            match (column.null, column.kind) {
                (true, _) => value,
                (false, ColumnType::Text) => value.fill_null(lit("")),
                (false, ColumnType::Int | ColumnType::Bigint) => value.fill_null(lit(0).cast(dtype(column.kind))),
            }
        })
        .collect();
    collect(rows.select(columns)).map_err(SettleError::step(table))
}

fn vstack(frames: Vec<DataFrame>) -> PolarsResult<DataFrame> {
    let mut frames = frames.into_iter();
    let Some(mut all) = frames.next() else { return Ok(DataFrame::empty()) };
    for frame in frames {
        all.vstack_mut(&frame)?;
    }
    Ok(all)
}

/// Which diagnosis codes of a bucket are on the lists.
fn diagnosis_flags(parts: &DataFrame, diagnoses: &DataFrame, lists: &DiagnosisLists) -> PolarsResult<DataFrame> {
    let mut codes: Vec<String> = Vec::new();
    for column in [diagnoses.column("dx_code")?, parts.column("main_dx")?] {
        codes.extend(column.unique()?.str()?.iter().flatten().map(str::to_owned));
    }
    codes.sort_unstable();
    codes.dedup();
    let on = |list: &[String], code: &str| i32::from(list.iter().any(|prefix| code.starts_with(prefix.as_str())));
    codes.retain(|code| on(&lists.planned_cycle, code) + on(&lists.birth, code) > 0);
    let planned: Vec<i32> = codes.iter().map(|code| on(&lists.planned_cycle, code)).collect();
    let birth: Vec<i32> = codes.iter().map(|code| on(&lists.birth, code)).collect();
    df!["dx_code" => codes, "planned_cycle" => planned, "birth" => birth]
}

/// Full years at admission from the date of birth; the export's own age where there is no date of birth.
fn with_exact_ages(mut visits: DataFrame) -> PolarsResult<DataFrame> {
    let ages: Int32Chunked = {
        let births = visits.column("birth_day")?.cast(&DataType::Int32)?;
        let days = visits.column("adm_day")?.cast(&DataType::Int32)?;
        let stated = visits.column("age_years")?.cast(&DataType::Int32)?;
        births
            .i32()?
            .iter()
            .zip(days.i32()?.iter())
            .zip(stated.i32()?.iter())
            .map(|((birth, day), stated)| match (birth, day) {
                (Some(birth), Some(day)) => calendar::age_years(birth, day),
                _ => stated,
            })
            .collect()
    };
    visits.with_column(ages.with_name("age_years".into()).into_column())?;
    Ok(visits)
}

/// How alike the two names of every billed pair are, and the hospital's name as lists of known names spell it: half-width, upper case.
fn with_similarity(mut pairs: DataFrame) -> PolarsResult<DataFrame> {
    let (similarity, names): (Int32Chunked, StringChunked) = {
        let hospital = pairs.column("medins_list_name")?.str()?;
        let insured = pairs.column("item_name")?.str()?;
        let similarity = hospital
            .iter()
            .zip(insured.iter())
            .map(|(hospital, insured)| Some(similarity_pct(hospital?, insured?)))
            .collect();
        (similarity, hospital.iter().map(|name| name.map(normalise)).collect())
    };
    pairs.with_column(similarity.with_name("similarity_pct".into()).into_column())?;
    pairs.with_column(names.with_name("medins_list_name".into()).into_column())?;
    Ok(pairs)
}

/// What the identity numbers of persons say.
fn with_identity_cards(mut persons: DataFrame) -> PolarsResult<DataFrame> {
    let read: Vec<_> =
        persons.column("certno")?.str()?.iter().map(|certno| certno.and_then(identity_card::read)).collect();
    let valid: Int32Chunked = read.iter().map(|read| read.map(|card| i32::from(card.is_some()))).collect();
    let births: Int32Chunked = read.iter().map(|read| read.flatten().map(|card| card.birth_day)).collect();
    let genders: StringChunked = read.iter().map(|read| read.flatten().map(|card| card.gend)).collect();
    persons.with_column(valid.with_name("certno_valid".into()).into_column())?;
    persons.with_column(births.with_name("certno_birth_day".into()).into_column())?;
    persons.with_column(genders.with_name("certno_gend".into()).into_column())?;
    Ok(persons)
}
