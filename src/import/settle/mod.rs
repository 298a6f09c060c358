//! Settling: staged rows become the canonical tables.
//!
//! Bucket by bucket, repeats collapse, reversals are paired and netted, money is shared out and every line finds its visit; what is
//! left is written by person. Then the parts of each visit are joined, and the small tables are written. The statements are the
//! `.sql` files beside this one, in the order of [`UNIT_STEPS`].

mod derived;
mod dimensions;
mod identity_card;
mod items;
mod meeting;
mod repeats;
mod said;
mod sources;
mod stock;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::path::{Path, PathBuf};

use polars::prelude::*;

pub use self::derived::DiagnosisLists;
use self::derived::{diagnosis_flags, with_exact_ages, with_identity_cards, with_similarity};
use self::dimensions::Dimensions;
use self::items::Items;
use self::repeats::Kept;
use self::sources::{Met, Sources};
use self::stock::Stock;
use super::checks::CheckInputs;
use super::error::SettleError;
use super::stage;
use super::staged::{self, StagedTable};
use super::summary::{ItemCodes, TwoSources, Waterfall};
use crate::casestore::schema::{self, ColumnType, Layout};
use crate::casestore::source::{empty, polars_type};
use crate::casestore::store::{Store, StoreError, bucket_dir, parquet_files};
use crate::frames::{self, Columns, FrameWriter};
use crate::sql::engine::Workbench;

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
    /// What the bureau and hospitals delivered both; `None` where no institution came from both.
    pub two_sources: Option<TwoSources>,
    /// What the codes of items in fee lines are.
    pub item_codes: ItemCodes,
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
    let sources = Sources::of(store)?;
    let items = Items::survey(store)?;
    let mut work = Settling {
        store,
        items,
        sources,
        met: None,
        theirs: Writers { folder: fresh.join(HOSPITAL_ROWS), open: BTreeMap::new() },
        writers: Writers { folder: fresh.clone(), open: BTreeMap::new() },
        dimensions: Dimensions::default(),
        settled: Settled::default(),
    };
    let buckets = work.store.index.buckets;
    for bucket in 0..buckets {
        work.settle_units(bucket)?;
        progress(bucket + 1, 2 * buckets);
    }
    work.meet()?;
    work.writers.close()?;
    let register = work.dimensions.register()?;
    for bucket in 0..buckets {
        work.join_visit_parts(bucket, lists, &register)?;
        progress(buckets + bucket + 1, 2 * buckets);
    }
    work.write_small_tables()?;
    let Settling { mut settled, mut writers, items, .. } = work;
    settled.item_codes = items.counts;
    writers.close()?;
    for parts in PARTS.into_iter().chain([HOSPITAL_ROWS, MET_ROWS]).map(|parts| fresh.join(parts)) {
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

/// Rows of hospitals that the bureau has too: by unit bucket until their visits are recognised, then by person under the bureau's keys.
const HOSPITAL_ROWS: &str = "hospital_rows";
const MET_ROWS: &str = "met_rows";

struct Settling<'a> {
    store: &'a Store,
    /// What the codes of items mean.
    items: Items,
    /// What is collected of visits that two sources may have delivered.
    sources: Option<Sources>,
    /// What came of it.
    met: Option<Met>,
    /// The rows of those hospitals.
    theirs: Writers,
    writers: Writers,
    dimensions: Dimensions,
    settled: Settled,
}

impl Settling<'_> {
    /// First pass: everything of one unit bucket, written by person.
    fn settle_units(&mut self, bucket: usize) -> Result<(), SettleError> {
        let mut context = Workbench::default();
        for name in CLAIM_TABLES {
            let mut rows = self.kept(name, bucket)?;
            if *name == "fee" {
                rows = self.items.in_fees(rows).map_err(SettleError::step("item codes"))?;
            }
            context.put(&format!("{name}_row"), rows);
        }
        for name in ["psn", "inst"] {
            let rows = self.kept(name, bucket)?;
            context.put(&format!("{name}_row"), rows);
        }
        context.put("source_file", self.files()?);
        for (name, statement) in UNIT_STEPS {
            let rows = context.run(statement).map_err(SettleError::step(name))?;
            context.put(name, rows);
        }
        self.count_waterfall(&context)?;
        self.settled.checks.add(&context).map_err(SettleError::step("acceptance checks"))?;
        self.dimensions.add(&context)?;

        let mut settled = |name: &str| context.take(name).ok_or_else(|| missing_step(name));
        let (fee, settlements) = (settled("fee")?, settled("settlement")?);
        let [visits, diagnoses, operations] = PARTS.map(&mut settled);
        let (visits, diagnoses) = said::with_said(visits?, diagnoses?).map_err(SettleError::step("diagnosis"))?;
        let parts = [visits, diagnoses, operations?];
        let fee = self.usable_lines(fee)?;
        let settlements = conform("settlement", settlements.lazy())?;
        let [visit, diagnosis, operation] = parts;
        let mut rows = sources::Settled { fee, settlement: settlements, visit, diagnosis, operation };
        if let Some(sources) = &mut self.sources {
            let (others, theirs) = sources.take_apart(rows, &context).map_err(SettleError::step("two sources"))?;
            rows = others;
            for (table, part) in theirs.tables() {
                self.theirs.write(&Path::new(table).join(bucket_dir(bucket)).join("part.parquet"), part)?;
            }
        }
        for (table, part) in rows.tables() {
            self.write_by_person(table, part)?;
        }
        Ok(())
    }

    /// The rows of a staged table in a bucket without repeats, conflicts and void rows.
    fn kept(&mut self, name: &str, bucket: usize) -> Result<DataFrame, SettleError> {
        let Some(table) = staged::staged(name) else {
            return Err(SettleError::step(name)(polars_err!(ComputeError: "no staged table is called {name}")));
        };
        let staged = read_staged(self.store, table, bucket)?.lazy();
        let numbered = if table.position("no_line_no").is_some() {
            staged.clone().filter(col("no_line_no").fill_null(lit(0)).eq(lit(0)))
        } else {
            staged.clone()
        };
        let mut rows = self.note(table, repeats::keep_one(table, numbered)?)?;
        if table.position("no_line_no").is_some() {
            let unnumbered = staged.filter(col("no_line_no").eq(lit(1))).collect().map_err(SettleError::step(name))?;
            if unnumbered.height() > 0 {
                let bills = read_staged_named(self.store, "setl", bucket)?;
                let kept = self.note(table, repeats::keep_by_bill(unnumbered, &bills)?)?;
                rows = rows.vstack(&kept).map_err(SettleError::step(name))?;
            }
        }
        if table.position("vali_flag").is_none() {
            return Ok(rows);
        }
        let before = rows.height();
        let valid = rows.lazy().filter(col("vali_flag").is_null().or(col("vali_flag").neq(lit("0"))));
        let valid = valid.collect().map_err(SettleError::step(name))?;
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

    fn count_waterfall(&mut self, context: &Workbench) -> Result<(), SettleError> {
        let waterfall = &mut self.settled.waterfall;
        let count = |sql: &str| -> Result<u64, SettleError> {
            let value = context.run(sql).map_err(SettleError::step("waterfall"))?;
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
        let placed = placed.collect().map_err(&step)?;
        let numbered = placed.height();
        let known = placed.column("visit_known").and_then(|column| column.cast(&DataType::Int64)).map_err(&step)?;
        let known = known.i64().map_err(&step)?.sum().unwrap_or(0).unsigned_abs();
        let dated = conform("fee", placed.lazy().filter(col("fee_day").is_not_null()))?;
        self.settled.waterfall.fee_lines_without_visit += total as u64 - known;
        self.settled.waterfall.fee_lines_unplaced += (total - numbered) as u64;
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
        let Some(mut parts) = self.parts(VISIT_PARTS, bucket)? else { return Ok(()) };
        self.merge_fee(bucket, &parts)?;
        let mut operations = self.parts(OPERATION_PARTS, bucket)?;
        let mut diagnoses = self.parts(DIAGNOSIS_PARTS, bucket)?;
        if let Some(theirs) = self.met_rows(OPERATION_PARTS, bucket)? {
            let ours = operations.unwrap_or_else(|| theirs.clear());
            operations = Some(sources::merge_operations(ours, &theirs).map_err(&step)?);
        }
        if let Some(theirs) = self.met_rows(DIAGNOSIS_PARTS, bucket)? {
            let ours = diagnoses.unwrap_or_else(|| theirs.clear());
            diagnoses = Some(sources::merge_diagnoses(ours, &parts, &theirs).map_err(&step)?);
        }
        if let Some(theirs) = self.met_rows(VISIT_PARTS, bucket)? {
            parts = sources::merge_visits(&parts, &theirs).map_err(&step)?;
        }
        if let Some(operations) = joined(OPERATION_PARTS, OPERATION, operations)? {
            self.write_by_person("operation", conform("operation", operations.lazy())?)?;
        }
        let diagnoses = match joined(DIAGNOSIS_PARTS, DIAGNOSIS, diagnoses)? {
            Some(diagnoses) => conform("diagnosis", diagnoses.lazy())?,
            None => empty("diagnosis"),
        };
        self.write_by_person("diagnosis", diagnoses.clone())?;
        let flags = diagnosis_flags(&parts, &diagnoses, lists).map_err(&step)?;
        let mut context = Workbench::default();
        context.put(VISIT_PARTS, parts);
        context.put("diagnosis", diagnoses);
        context.put("dx_flag", flags);
        context.put("register", register.clone());
        let visits = context.run(VISIT).map_err(&step)?;
        let total = visits.height();
        let dated = visits.lazy().filter(col("adm_day").is_not_null());
        let dated = dated.collect().map_err(&step)?;
        let with_day = dated.height();
        let placed = dated.lazy().filter(col("inst_key").is_not_null()).collect().map_err(&step)?;
        self.settled.waterfall.visits_undated += (total - with_day) as u64;
        self.settled.waterfall.visits_without_institution += (with_day - placed.height()) as u64;
        let aged = with_exact_ages(placed).map_err(&step)?;
        let visits = conform("visit", aged.lazy())?;
        self.write_by_person("visit", visits)
    }

    /// What the first pass wrote of `table` for a person bucket.
    fn parts(&self, table: &str, bucket: usize) -> Result<Option<DataFrame>, SettleError> {
        let files = parquet_files(&self.writers.folder.join(table).join(bucket_dir(bucket)))?;
        Ok(frames::read(&files, Columns::All)?)
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
        let limits =
            vstack(limits).and_then(|rows| self.items.in_limits(rows)).map_err(SettleError::step("price_limit"))?;
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
        for bucket in 0..self.store.index.buckets {
            self.write_records(bucket)?;
        }
        let ids: Vec<i32> = self.store.index.files.iter().map(|file| file.file_id).collect();
        let names: Vec<&str> = self.store.index.files.iter().map(|file| file.source.as_str()).collect();
        let files = df!["file_id" => ids, "source_file" => names].map_err(SettleError::step("source_file"))?;
        self.write_small("source_file", conform("source_file", files.lazy())?)
    }

    /// The tables of a bucket that are stored as read, stock in the unit that its books show.
    fn write_records(&mut self, bucket: usize) -> Result<(), SettleError> {
        let mut tables: BTreeMap<&'static str, DataFrame> = BTreeMap::new();
        for table in staged::STAGED.iter().filter(|table| table.passthrough) {
            let mut rows = self.kept(&table.name, bucket)?;
            if let Some(met) = &self.met {
                rows = met.redirect_records(&table.name, rows).map_err(SettleError::step(&table.name))?;
            }
            if let Some((_, goods)) = items::RECORDS.iter().find(|(name, _)| *name == table.name) {
                rows = self.items.in_records(rows, *goods).map_err(SettleError::step(&table.name))?;
            }
            tables.insert(&table.name, rows);
        }
        let mut take = |name: &str| tables.remove(name).ok_or_else(|| missing_step(name));
        let mut stock =
            Stock { balance: take("stock_balance")?, received: take("stock_in")?, issued: take("stock_out")? };
        self.settled.waterfall.stock_items_unclear += stock.settle().map_err(SettleError::step("stock"))?;
        tables.extend([("stock_balance", stock.balance), ("stock_in", stock.received), ("stock_out", stock.issued)]);
        for (table, rows) in tables {
            self.write_small(table, conform(table, rows.lazy())?)?;
        }
        Ok(())
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
        self.write_split(table, rows)
    }

    /// Splits rows by person, without counting them.
    fn write_split(&mut self, table: &str, rows: DataFrame) -> Result<(), SettleError> {
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

/// The parts of `table` in a person bucket, put together by `statement`.
fn joined(table: &str, statement: &str, parts: Option<DataFrame>) -> Result<Option<DataFrame>, SettleError> {
    let Some(parts) = parts else { return Ok(None) };
    let mut context = Workbench::default();
    context.put(table, parts);
    context.run(statement).map(Some).map_err(SettleError::step(table))
}

/// Open Parquet files of the canonical tables; every write is a row group, so nothing is held back in memory.
struct Writers {
    folder: PathBuf,
    open: BTreeMap<PathBuf, FrameWriter>,
}

impl Writers {
    fn write(&mut self, file: &Path, rows: DataFrame) -> Result<(), SettleError> {
        if rows.height() == 0 {
            return Ok(());
        }
        let writer = match self.open.entry(file.to_path_buf()) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(new) => {
                let path = self.folder.join(file);
                if let Some(parent) = path.parent() {
                    fs::create_dir_all(parent).map_err(StoreError::io(parent))?;
                }
                new.insert(FrameWriter::create(&path, rows.schema())?)
            }
        };
        Ok(writer.write(&rows)?)
    }

    fn close(&mut self) -> Result<(), SettleError> {
        for writer in std::mem::take(&mut self.open).into_values() {
            writer.finish()?;
        }
        Ok(())
    }
}

/// A source row that fills several staged tables is counted in the first of its layout only.
fn counted_in(store: &Store, file: i32, table: &StagedTable) -> bool {
    store.index.files.iter().any(|known| known.file_id == file && known.counted_table == table.name)
}

fn missing_step(name: &str) -> SettleError {
    SettleError::step(name)(polars_err!(ComputeError: "no step is called {name}"))
}

fn read_staged_named(store: &Store, name: &str, bucket: usize) -> Result<DataFrame, SettleError> {
    match staged::staged(name) {
        Some(table) => read_staged(store, table, bucket),
        None => Err(SettleError::step(name)(polars_err!(ComputeError: "no staged table is called {name}"))),
    }
}

/// The staged rows of a table in a bucket, from all imported files; empty where there are none.
fn read_staged(store: &Store, table: &StagedTable, bucket: usize) -> Result<DataFrame, SettleError> {
    let rows = frames::read(&stage::files(store, &table.name, bucket)?, Columns::All)?;
    Ok(rows.unwrap_or_else(|| DataFrame::empty_with_schema(&staged_schema(table))))
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

/// Columns, types and order of a canonical table; columns that cannot be empty get 0 or an empty text where the export has nothing.
fn conform(table: &str, rows: LazyFrame) -> Result<DataFrame, SettleError> {
    let Some(definition) = schema::table(table) else {
        return rows.collect().map_err(SettleError::step(table));
    };
    debug_assert!(definition.layout != Layout::Knowledge, "{table} is not in the store");
    let columns: Vec<Expr> = definition
        .columns
        .iter()
        .map(|column| {
            let value = col(column.name.as_str()).cast(polars_type(column.kind));
            match (column.null, column.kind) {
                (true, _) => value,
                (false, ColumnType::Text) => value.fill_null(lit("")),
                (false, ColumnType::Int | ColumnType::Bigint) => value.fill_null(lit(0).cast(polars_type(column.kind))),
            }
        })
        .collect();
    rows.select(columns).collect().map_err(SettleError::step(table))
}

fn vstack(frames: Vec<DataFrame>) -> PolarsResult<DataFrame> {
    let mut frames = frames.into_iter();
    let Some(mut all) = frames.next() else { return Ok(DataFrame::empty()) };
    for frame in frames {
        all.vstack_mut(&frame)?;
    }
    Ok(all)
}
