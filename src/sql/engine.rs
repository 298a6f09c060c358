//! The one door to Polars' SQL: statements go in over tables, frames come out.
//!
//! A caller opens the tables of a bucket, or all of them, once ([`Bucket`]) and runs as many statements over them as it has. A column is read
//! when the first statement needs it and kept for the others.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::thread;

use polars::prelude::*;
use polars::sql::SQLContext;
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::spread::{Spread, spread};
use super::{Cut, Literal, Read, Statement, Step, SyntaxError, steps};
use crate::casestore::schema::{self, Layout};
use crate::casestore::source::{TableSource, empty};
use crate::frames::Columns;

/// Whether a canonical table is split by person.
fn is_split(table: &str) -> bool {
    schema::table(table).is_some_and(|table| table.layout == Layout::Bucketed)
}

/// Most bytes of split tables that one statement reads at once if it can also run bucket by bucket.
const WHOLE_BYTES: u64 = 256 << 20;

/// Bytes of a value in memory, about: keys and amounts have eight.
const VALUE_BYTES: u64 = 8;

/// Stack for planning a statement; only what is used takes memory.
const PLAN_STACK_BYTES: usize = 256 << 20;

/// Most bytes of columns that are kept for later statements where a table is read whole: an area of years has more than a laptop.
const KEPT_BYTES: usize = 1 << 30;

/// A statement as Polars computes it: one part after the other.
#[derive(Debug, Clone)]
pub struct Plan {
    steps: Vec<(Step, Option<Spread>)>,
}

impl Plan {
    /// The plan of a statement whose parameters are put in.
    ///
    /// # Errors
    /// If the statement cannot be put into Polars' dialect.
    pub fn of(statement: &Statement, cut: Cut) -> PolarsResult<Self> {
        let spreading = |step: Step| {
            let spread = spread(&Statement::parse(&step.sql)?, is_split);
            Ok((step, spread))
        };
        let steps = steps(statement, cut, schema::column_names)?;
        Ok(Self { steps: steps.into_iter().map(spreading).collect::<Result<_, SyntaxError>>()? })
    }

    /// The plan of a text of this program.
    ///
    /// # Errors
    /// If it does not parse.
    pub fn parse(sql: &str) -> PolarsResult<Self> {
        Self::of(&Statement::parse(sql)?, Cut::Shared)
    }

    /// The plan of a text of this program with values for its parameters.
    ///
    /// # Errors
    /// If it does not parse.
    pub fn parse_with(sql: &str, values: &[(&str, i64)]) -> PolarsResult<Self> {
        let value = |name: &str| values.iter().find(|(known, _)| *known == name).map(|(_, value)| Literal::Int(*value));
        Self::of(&Statement::parse(sql)?.with_parameters(value)?, Cut::Shared)
    }

    /// Names of the steps that come before the result.
    pub fn step_names(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|(step, _)| step.name.as_deref())
    }
}

/// What a plan came to.
#[derive(Debug)]
pub struct Computed {
    /// The result.
    pub rows: DataFrame,
    /// Rows of each step before it, in the order of [`Plan::step_names`].
    pub step_rows: Vec<u64>,
}

/// The tables of one bucket, or of all, opened for statements.
pub struct Bucket<'a> {
    source: &'a dyn TableSource,
    bucket: Option<usize>,
    /// Most bytes of a table that is read whole for a statement which can do without.
    most_bytes: u64,
    /// Columns read so far, by table.
    held: Mutex<BTreeMap<String, DataFrame>>,
}

impl<'a> Bucket<'a> {
    /// The tables of bucket number `bucket`, all buckets without a number. Nothing is read yet.
    pub fn open(source: &'a dyn TableSource, bucket: Option<usize>) -> Self {
        Self { source, bucket, most_bytes: WHOLE_BYTES, held: Mutex::default() }
    }

    /// These tables, of which no more than `bytes` are read whole for a statement that can run bucket by bucket.
    #[must_use]
    pub const fn within(mut self, bytes: u64) -> Self {
        self.most_bytes = bytes;
        self
    }

    /// Computes a plan over these tables. A canonical table that is not there is one without rows.
    ///
    /// # Errors
    /// If a table cannot be read, or the engine refuses the statement or fails in it.
    pub fn run(&self, plan: &Plan) -> PolarsResult<Computed> {
        compute(plan, |tables, step, spread| match spread {
            Some(spread) if self.is_too_large(step)? => self.spread(tables, step, spread),
            _ => execute(tables, step, |read| self.table(read)),
        })
    }

    /// Whether what a step reads of split tables is more than should be in memory at once.
    fn is_too_large(&self, step: &Step) -> PolarsResult<bool> {
        if self.bucket.is_some() || self.source.buckets() == 1 {
            return Ok(false);
        }
        let mut bytes = 0;
        for read in step.reads.iter().filter(|read| is_split(&read.table)) {
            let columns = read.columns.as_ref().map_or(0, Vec::len) as u64;
            bytes += self.source.rows(&read.table)?.saturating_mul(columns * VALUE_BYTES);
        }
        Ok(bytes > self.most_bytes)
    }

    /// The rows of a step, bucket by bucket, until there are enough.
    fn spread(&self, tables: &[(&str, DataFrame)], step: &Step, spread: &Spread) -> PolarsResult<DataFrame> {
        let over = |number: usize| {
            let bucket = Self::open(self.source, Some(number));
            execute(tables, step, |read| bucket.table(read))
        };
        let mut all = over(0)?;
        for number in 1..self.source.buckets() {
            if spread.limit.is_some_and(|limit| all.height() >= limit) {
                break;
            }
            all.vstack_mut_owned(over(number)?)?;
        }
        Ok(spread.limit.map_or_else(|| all.clone(), |limit| all.head(Some(limit))))
    }

    /// The rows of the result of [`Self::run`].
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn rows(&self, plan: &Plan) -> PolarsResult<DataFrame> {
        Ok(self.run(plan)?.rows)
    }

    /// A table with at least the columns asked for; `None` for one that the case store does not have.
    fn table(&self, read: &Read) -> PolarsResult<Option<DataFrame>> {
        let (Some(table), Some(columns)) = (schema::table(&read.table), &read.columns) else { return Ok(None) };
        let name = &table.name;
        // A count of all rows names no column and needs one.
        let first = std::slice::from_ref(&table.columns[0].name);
        let wanted = if columns.is_empty() { first } else { columns };
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned();
        let lacks = |column: &&str| held.as_ref().is_none_or(|held| held.column(column).is_err());
        let lacking: Vec<&str> = wanted.iter().map(String::as_str).filter(lacks).collect();
        let rows = match held {
            Some(held) if lacking.is_empty() => held,
            held => {
                let read = self.source.read(name, self.bucket, Columns::Named(&lacking))?;
                let read = match read {
                    Some(read) => read,
                    None => Columns::Named(&lacking).of(&empty(name))?,
                };
                match held {
                    Some(held) => held.hstack(read.columns())?,
                    None => read,
                }
            }
        };
        self.keep(name, &rows);
        Ok(Some(rows))
    }

    fn keep(&self, name: &str, rows: &DataFrame) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(name.to_owned(), rows.clone());
        let kept: usize = held.values().map(DataFrame::estimated_size).sum();
        if self.bucket.is_none() && kept > KEPT_BYTES {
            held.clear();
        }
    }
}

/// Tables in the making, by name: what the steps of an import leave for each other.
#[derive(Debug, Default)]
pub struct Workbench {
    tables: BTreeMap<String, DataFrame>,
}

impl Workbench {
    /// Makes `rows` known as `name`.
    pub fn put(&mut self, name: &str, rows: DataFrame) {
        self.tables.insert(name.to_owned(), rows);
    }

    /// Takes the table called `name` away.
    pub fn take(&mut self, name: &str) -> Option<DataFrame> {
        self.tables.remove(name)
    }

    /// Runs one statement over the tables.
    ///
    /// # Errors
    /// If the engine refuses the statement or fails in it.
    pub fn run(&self, sql: &str) -> PolarsResult<DataFrame> {
        let table = |read: &Read| Ok(self.tables.get(&read.table).cloned());
        Ok(compute(&Plan::parse(sql)?, |tables, step, _| execute(tables, step, table))?.rows)
    }
}

/// Computes the steps of a plan in order; `run` computes one over the steps before it.
fn compute<'p>(
    plan: &'p Plan,
    run: impl Fn(&[(&'p str, DataFrame)], &Step, Option<&Spread>) -> PolarsResult<DataFrame>,
) -> PolarsResult<Computed> {
    let mut computed: Vec<(&str, DataFrame)> = Vec::new();
    for (step, spread) in &plan.steps {
        let rows = run(&computed, step, spread.as_ref())?;
        match &step.name {
            Some(name) => computed.push((name, rows)),
            None => {
                let step_rows = computed.iter().map(|(_, rows)| rows.height() as u64).collect();
                return Ok(Computed { rows, step_rows });
            }
        }
    }
    Err(polars_err!(ComputeError: "a statement without a result"))
}

/// Computes one step over those before it and the tables that `table` gives.
fn execute(
    computed: &[(&str, DataFrame)],
    step: &Step,
    table: impl Fn(&Read) -> PolarsResult<Option<DataFrame>>,
) -> PolarsResult<DataFrame> {
    // A context of its own for each: Polars remembers aliases between the statements of one.
    let context = SQLContext::new();
    for (name, rows) in computed {
        context.register(name, rows.clone().lazy());
    }
    for read in step.reads.iter() {
        if let Some(rows) = table(read)? {
            context.register(&read.table, rows.lazy());
        }
    }
    collect(context, &step.sql)
}

/// The result of one statement over the tables of `context`.
///
/// It is computed on the threads of [`POOL`], whoever asks: Polars splits its work over the pool it finds itself in. In the pool that all share
/// it would wait for threads that wait for it, when those are the ones that ask. A panic of the engine comes back as an error.
fn collect(mut context: SQLContext, sql: &str) -> PolarsResult<DataFrame> {
    let pool = POOL.as_ref().map_err(|error| polars_err!(ComputeError: "no threads to compute on: {error}"))?;
    let computed = pool.install(|| catch_unwind(AssertUnwindSafe(|| context.execute(sql)?.collect())));
    computed.unwrap_or_else(|_| Err(polars_err!(ComputeError: "the engine failed (its message is on stderr)")))
}

/// The threads that statements are computed on, as many as the program may use.
///
/// Polars walks the plan of a statement recursively, and a chain of CTEs is a deep plan: a thread's usual stack is not enough for it, and an
/// overflow would end the process.
static POOL: LazyLock<Result<ThreadPool, ThreadPoolBuildError>> = LazyLock::new(|| {
    let threads = ThreadPoolBuilder::new().num_threads(rayon::current_num_threads());
    threads.thread_name(|number| format!("sql-{number}")).stack_size(PLAN_STACK_BYTES).build()
});

/// What `work` makes of each bucket, in their order. As many buckets are worked on at once as the program may use threads, and no more are in
/// memory.
pub fn each_bucket<T: Send>(buckets: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut done = Vec::new();
        loop {
            let bucket = next.fetch_add(1, Ordering::Relaxed);
            if bucket >= buckets {
                return done;
            }
            done.push((bucket, work(bucket)));
        }
    };
    // Threads of their own: one of a pool would begin another bucket while it waits for a statement of the first.
    let threads = rayon::current_num_threads().min(buckets);
    let mut all: Vec<(usize, T)> = if threads < 2 {
        take()
    } else {
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        })
    };
    all.sort_by_key(|(bucket, _)| *bucket);
    all.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;
    use crate::casestore::source::FrameTables;

    /// The tables of a test in as many buckets as asked for.
    struct Split(FrameTables, usize);

    impl TableSource for Split {
        fn buckets(&self) -> usize {
            self.1
        }

        fn read(&self, table: &str, bucket: Option<usize>, columns: Columns<'_>) -> PolarsResult<Option<DataFrame>> {
            let Some(rows) = self.0.read(table, None, Columns::All)? else { return Ok(None) };
            let Some(bucket) = bucket.filter(|_| is_split(table)) else { return columns.of(&rows).map(Some) };
            let persons = rows.column("psn_key")?.i64()?;
            let inside: BooleanChunked =
                persons.iter().map(|person| Some(person.unwrap_or(0) as usize % self.1 == bucket)).collect();
            columns.of(&rows.filter(&inside)?).map(Some)
        }

        fn rows(&self, table: &str) -> PolarsResult<u64> {
            self.0.rows(table)
        }
    }

    fn area(buckets: usize) -> Split {
        let visit = df![
            "visit_key" => (0..40_i64).collect::<Vec<_>>(),
            "psn_key" => (0..40_i64).map(|key| key / 4).collect::<Vec<_>>(),
            "inst_key" => (0..40_i64).map(|key| key % 3).collect::<Vec<_>>(),
            "gross_fen" => (0..40_i64).map(|key| key * 100).collect::<Vec<_>>(),
        ];
        Split(FrameTables([("visit".to_owned(), visit.unwrap())].into()), buckets)
    }

    const SQL: &str = "WITH dear AS (SELECT visit_key, psn_key, inst_key, gross_fen FROM visit WHERE gross_fen >= 500),
        person AS (SELECT psn_key, COUNT(*) AS visits, MAX(gross_fen) AS most FROM visit GROUP BY psn_key),
        house AS (SELECT inst_key, COUNT(*) AS visits FROM dear GROUP BY inst_key)
        SELECT d.visit_key, d.gross_fen, p.most, h.visits FROM dear AS d
        JOIN person AS p ON d.psn_key = p.psn_key JOIN house AS h ON d.inst_key = h.inst_key ORDER BY d.visit_key";

    #[test]
    fn bucket_by_bucket_gives_what_the_whole_gives() {
        let whole = Bucket::open(&area(1), None).rows(&Plan::parse(SQL).unwrap()).unwrap();
        assert_eq!(whole.height(), 35);
        for buckets in [2, 3, 7] {
            let area = area(buckets);
            let plan = Plan::of(&Statement::parse(SQL).unwrap(), Cut::All).unwrap();
            let spread = Bucket::open(&area, None).within(0).run(&plan).unwrap();
            assert!(spread.rows.equals_missing(&whole), "{buckets}: {}", spread.rows);
            assert_eq!(spread.step_rows, [35, 10, 3]);
        }
    }

    /// Threads that wait for a statement are not those that compute it, wherever they come from.
    #[test]
    fn many_buckets_are_worked_on_at_once_and_from_within_a_pool() {
        let plan = Plan::parse(SQL).unwrap();
        let area = area(7);
        let heights = |_| -> Vec<usize> {
            each_bucket(7, |bucket| Bucket::open(&area, Some(bucket)).rows(&plan).unwrap().height())
        };
        let expected = heights(0);
        assert_eq!(expected.iter().sum::<usize>(), 35);
        let asked: Vec<_> = (0..4 * rayon::current_num_threads()).into_par_iter().map(heights).collect();
        assert!(asked.iter().all(|heights| *heights == expected));
    }

    #[test]
    fn enough_rows_are_enough() {
        let area = area(7);
        let plan = Plan::parse("SELECT visit_key FROM visit LIMIT 5").unwrap();
        assert_eq!(Bucket::open(&area, None).within(0).rows(&plan).unwrap().height(), 5);
    }

    #[test]
    fn columns_are_read_once_and_tables_without_rows_have_theirs() {
        let area = area(1);
        let bucket = Bucket::open(&area, None);
        for (sql, rows) in [
            ("SELECT inst_key FROM visit", 40),
            ("SELECT gross_fen, inst_key FROM visit WHERE psn_key = 1", 4),
            ("SELECT COUNT(*) AS n FROM visit", 1),
            ("SELECT fee_key FROM fee", 0),
        ] {
            assert_eq!(bucket.rows(&Plan::parse(sql).unwrap()).unwrap().height(), rows, "{sql}");
        }
        let nowhere = bucket.rows(&Plan::parse("SELECT x FROM nowhere").unwrap()).unwrap_err().to_string();
        assert!(nowhere.contains("nowhere"), "{nowhere}");
    }
}
