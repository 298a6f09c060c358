//! A case store on disk: where its files are, how it is opened, and how its tables are read.
//!
//! ```text
//! STORE/
//!   store.json                       format, buckets, imported files, rows per table
//!   staged/<table>/f0001-b000.parquet   typed rows as read, kept so that later imports can net against them
//!   tables/<table>/bucket=000/part.parquet   canonical tables split by person
//!   tables/<table>/part.parquet              small tables
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use serde::{Deserialize, Serialize};

use super::schema::{self, Layout};
use crate::explained::{Explained, Told, io_zh};
use crate::files::{self, Readers};
use crate::frames::{self, Columns};
use crate::lang::Text;

/// Written into store.json; a store of another format is refused rather than misread.
const FORMAT: u32 = 1;

/// What can go wrong with a store as a whole.
#[expect(missing_docs, reason = "the fields are what the messages name")]
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No store there.
    #[error("{0} is no case store: it has no store.json")]
    Missing(PathBuf),
    /// Written by another version.
    #[error("{path} is a case store of format {found}, this program reads format {FORMAT}")]
    Format { path: PathBuf, found: u32 },
    /// A file of the store cannot be read or written.
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    /// store.json does not parse.
    #[error("{path}: {source}")]
    Json { path: PathBuf, source: serde_json::Error },
}

impl Explained for StoreError {
    fn told(&self) -> Told {
        match self {
            Self::Missing(path) => Told::new("FJ-201", format!("{} 不是数据仓：里面没有 store.json", path.display())),
            Self::Format { path, found } => {
                let path = path.display();
                Told::new("FJ-202", format!("{path} 是格式 {found} 的数据仓，本程序读取格式 {FORMAT}"))
            }
            Self::Io { path, source } => Told::new("FJ-203", format!("{}：{}", path.display(), io_zh(source))),
            Self::Json { path, source } => Told::new("FJ-204", format!("{} 已损坏（{source}）", path.display())),
        }
    }
}

impl StoreError {
    /// Names the file that an input or output error concerns.
    pub fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_path_buf(), source }
    }
}

/// One imported file, as the store remembers it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportedFile {
    /// Number within the store, from 1.
    pub file_id: i32,
    /// Path as given; `archive.zip!member.csv` inside archives.
    pub source: String,
    /// `bureau`, `hospital` or the name of a user's map.
    pub family: String,
    /// Layout the header matched.
    pub layout: String,
    /// Further tables that the file holds in the same rows, each with an entry of its own: what is coarser than the finest repeats by nature.
    #[serde(default)]
    pub beside: Vec<String>,
    /// Staged table in which the file's rows are counted, the first its layout fills.
    pub counted_table: String,
    /// SHA-256 of the file's bytes, lower-case hex.
    pub sha256: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Data rows in the file.
    pub rows_in: u64,
    /// Data rows that could not be used at all while reading.
    pub rows_rejected: u64,
    /// Rows that could not be used at all, by reason, as in rejects.csv; [`MASKED_KEY`] is told apart from keys that are simply not there.
    #[serde(default)]
    pub lost_rows: BTreeMap<String, LostRows>,
    /// Cells that could not be used.
    pub cells_rejected: u64,
    /// What became of the cells of each column that the layout reads, by its header in the file.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnAccount>,
    /// The staged columns, as `table.column`, that each of these columns is read for.
    #[serde(default)]
    pub feeds: BTreeMap<String, Vec<String>>,
    /// Identifiers that were masked, per column.
    pub masked: BTreeMap<String, u64>,
    /// Identifiers that were placeholders such as a dash, per column.
    pub placeholders: BTreeMap<String, u64>,
    /// Columns the layout expects and the file lacks.
    pub missing_columns: Vec<String>,
    /// Columns the layout has no use for.
    pub ignored_columns: Vec<String>,
    /// Encoding found.
    pub encoding: String,
    /// Delimiter found, as a word.
    pub delimiter: String,
    /// Filled cells of every column the standard requires, for the acceptance check.
    pub required_filled: BTreeMap<String, u64>,
    /// What its reader should know about how it was read.
    #[serde(default)]
    pub notes: Vec<Text>,
    /// Lines of the text that hold no data, and those that were put right.
    #[serde(default)]
    pub lines: TextLines,
}

/// Lines of a text file that are no data rows, or were put right. Those that are no rows are not among its `rows_in`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextLines {
    /// Titles, units and rules above or below the header, remarks at the end.
    pub heading: u64,
    /// Totals.
    pub totals: u64,
    /// The header again.
    pub repeated_headers: u64,
    /// Rows whose empty fields at the end were left out.
    pub padded: u64,
    /// Rows put together from lines that a line break in a text had cut, or with quotation marks inside a text.
    pub joined: u64,
    /// Lines in another encoding than the rest of the file.
    pub other_encoding: u64,
    /// NUL bytes dropped.
    pub nul_bytes: u64,
}

impl TextLines {
    /// Adds those of another part of the file.
    pub const fn add(&mut self, other: Self) {
        self.heading += other.heading;
        self.totals += other.totals;
        self.repeated_headers += other.repeated_headers;
        self.padded += other.padded;
        self.joined += other.joined;
        self.other_encoding += other.other_encoding;
        self.nul_bytes += other.nul_bytes;
    }
}

/// Reason of rows without a key because whoever delivered the file masked it or wrote a placeholder such as a dash: nothing was misread.
pub const MASKED_KEY: &str = "masked-key";

/// Rows of a file that could not be used for one reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LostRows {
    /// How many.
    pub rows: u64,
    /// Header of the column that the first of them was rejected for; empty when the whole row is meant.
    pub column: String,
    /// The first of them in the file.
    pub example: Example,
}

/// What became of the cells of one column of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnAccount {
    /// Cells that hold something; of a column that holds lists, their parts.
    pub filled: u64,
    /// Of those, the ones that could not be used: by reason, as in rejects.csv.
    pub unusable: BTreeMap<String, u64>,
    /// The first of the unusable ones in the file.
    pub example: Option<Example>,
    /// Cells that were used once something was taken off them, by what it was.
    #[serde(default)]
    pub mended: BTreeMap<String, u64>,
}

impl ColumnAccount {
    /// Cells that could not be used, whatever the reason.
    pub fn lost(&self) -> u64 {
        self.unusable.values().sum()
    }
}

/// A cell that could not be used, as it may be shown: its shape tells no person's data.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Line in the file.
    pub line: u64,
    /// What stood there, each digit a 9, each letter an a or A, each ideograph 字.
    pub shape: String,
}

/// store.json.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StoreIndex {
    format: u32,
    /// Buckets of the person-keyed tables.
    pub buckets: usize,
    /// Files in the order of their numbers.
    pub files: Vec<ImportedFile>,
    /// Rows per canonical table.
    pub rows: BTreeMap<String, u64>,
}

/// An open case store.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    /// Contents of store.json.
    pub index: StoreIndex,
}

impl Store {
    /// Opens the store at `root`, or makes an empty one with `buckets` buckets where there is nothing yet.
    ///
    /// # Errors
    /// If the folder cannot be written or holds a store of another format.
    pub fn open_or_create(root: &Path, buckets: usize) -> Result<Self, StoreError> {
        match Self::open(root) {
            Err(StoreError::Missing(_)) => {
                fs::create_dir_all(root).map_err(StoreError::io(root))?;
                // Claims name patients.
                files::restrict(root).map_err(StoreError::io(root))?;
                let index = StoreIndex { format: FORMAT, buckets, files: Vec::new(), rows: BTreeMap::new() };
                let store = Self { root: root.to_path_buf(), index };
                store.save()?;
                Ok(store)
            }
            other => other,
        }
    }

    /// Opens an existing store.
    ///
    /// # Errors
    /// If there is none at `root`, or it is of another format or unreadable.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        let path = root.join("store.json");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(StoreError::Missing(root.to_path_buf()));
            }
            Err(error) => return Err(StoreError::Io { path, source: error }),
        };
        let index: StoreIndex = serde_json::from_str(&text).map_err(|source| StoreError::Json { path, source })?;
        if index.format != FORMAT {
            return Err(StoreError::Format { path: root.to_path_buf(), found: index.format });
        }
        Ok(Self { root: root.to_path_buf(), index })
    }

    /// Writes store.json, in one step.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn save(&self) -> Result<(), StoreError> {
        let path = self.root.join("store.json");
        let text = serde_json::to_string_pretty(&self.index)
            .map_err(|source| StoreError::Json { path: path.clone(), source })?;
        files::replace(&path, Readers::Owner, |file| file.write_all(text.as_bytes())).map_err(StoreError::io(&path))
    }

    /// Folder of the store.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Folder of the typed rows as read.
    pub fn staged_dir(&self, table: &str) -> PathBuf {
        self.root.join("staged").join(table)
    }

    /// Folder of the canonical tables.
    pub fn tables_dir(&self) -> PathBuf {
        self.root.join("tables")
    }

    /// Folder the canonical tables are built in before they replace the old ones.
    pub fn tables_new_dir(&self) -> PathBuf {
        self.root.join("tables.new")
    }

    /// The bucket that everything about a person is in; unknown persons are in bucket 0.
    pub fn bucket_of(&self, person: Option<i64>) -> usize {
        person.map_or(0, |key| bucket_of(key, self.index.buckets))
    }

    /// Rows of a canonical table.
    pub fn rows(&self, table: &str) -> u64 {
        self.index.rows.get(table).copied().unwrap_or(0)
    }

    /// Parquet files of a canonical table, of one bucket or of all, sorted.
    ///
    /// # Errors
    /// If the folder cannot be listed.
    pub fn files(&self, table: &str, bucket: Option<usize>) -> Result<Vec<PathBuf>, StoreError> {
        let folder = self.tables_dir().join(table);
        let bucketed = schema::table(table).is_none_or(|table| table.layout == Layout::Bucketed);
        match bucket.filter(|_| bucketed) {
            Some(bucket) => parquet_files(&folder.join(bucket_dir(bucket))),
            None => parquet_files(&folder),
        }
    }

    /// Rows of a canonical table, of one bucket or whole; `None` when the store has none of it.
    ///
    /// # Errors
    /// If the files cannot be listed or read.
    pub fn read(&self, table: &str, bucket: Option<usize>, columns: Columns<'_>) -> PolarsResult<Option<DataFrame>> {
        if self.rows(table) == 0 {
            return Ok(None);
        }
        let folder = self.tables_dir().join(table);
        // A store whose files were taken away would look like one that holds nothing.
        if !folder.exists() {
            polars_bail!(ComputeError: "{}: {} rows of the store were here and are gone", folder.display(), self.rows(table));
        }
        let files = self.files(table, bucket).map_err(|error| polars_err!(ComputeError: "{error}"))?;
        Ok(frames::read(&files, columns)?)
    }
}

/// Name of a bucket's folder; Hive style, so that Spark and DuckDB see a partition.
pub fn bucket_dir(bucket: usize) -> String {
    format!("bucket={bucket:03}")
}

/// Keys are hashes, so their remainder spreads evenly.
pub fn bucket_of(key: i64, buckets: usize) -> usize {
    usize::try_from(key.cast_unsigned() % buckets.max(1) as u64).unwrap_or(0)
}

/// All .parquet files below `folder`, sorted by path; none when the folder does not exist.
///
/// # Errors
/// If a folder cannot be listed.
pub fn parquet_files(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.path().extension().is_some_and(|extension| extension == "parquet") => {
                files.push(entry.into_path());
            }
            Ok(_) => {}
            Err(error) if error.io_error().is_some_and(|io| io.kind() == std::io::ErrorKind::NotFound) => {}
            Err(error) => return Err(StoreError::Io { path: folder.to_path_buf(), source: error.into() }),
        }
    }
    Ok(files)
}
