//! What can go wrong between exports and case store: while a map is read, a file is read, its rows are stored, and all rows are netted.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use arrow::error::ArrowError;
use parquet::errors::ParquetError;
use polars::prelude::PolarsError;
use zip::result::ZipError;

use crate::casestore::store::StoreError;
use crate::explained::{Explained, Told, csv_zh, io_zh};
use crate::frames::FrameError;
use crate::lang::Text;

/// What can go wrong between exports and case store.
#[expect(missing_docs, reason = "the fields are what the messages name")]
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
    Thread(io::Error),
    /// The summary cannot be written or read.
    #[error("{path}: {source}")]
    Summary { path: PathBuf, source: serde_json::Error },
    /// Nothing to read.
    #[error("no export among the files given: {skipped} file(s) skipped: {}", .files.en)]
    NothingToRead { skipped: usize, files: Text },
    /// Files that may hold claims, and none could be read.
    #[error("none of the files given could be read: {}", .files.en)]
    NothingReadable { files: Text },
    /// A pattern of files is none.
    #[error("{pattern}: {message}")]
    Pattern { pattern: String, message: String },
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
            Self::NothingToRead { skipped, files } => {
                Told::new("FJ-311", format!("给出的文件里没有可以导入的数据，未读取的文件 {skipped} 个：{}", files.zh))
            }
            Self::NothingReadable { files } => Told::new("FJ-324", format!("给出的文件都没能读入：{}", files.zh)),
            Self::Pattern { pattern, message } => {
                Told::new("FJ-322", format!("文件名模式 {pattern} 有误（{message}）"))
            }
            Self::Unbalanced { file, rows_in, stored, repeats, rejected } => Told::new(
                "FJ-315",
                format!("{file}：读入 {rows_in} 行，而入库 {stored} + 重复 {repeats} + 拒收 {rejected}，对不上"),
            ),
        }
    }
}

/// What is wrong with a layout file.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {}", .message.en)]
pub struct LayoutError {
    /// The file.
    pub file: String,
    /// Where in it and what.
    pub message: Text,
}

impl Explained for LayoutError {
    fn told(&self) -> Told {
        Told::new("FJ-310", format!("{} 有误：{}", self.file, self.message.zh))
    }
}

/// Longest line that is still believed to be one.
pub(super) const LINE_LIMIT: usize = 64 << 20;

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be opened or read.
    #[error("{source_name}: {error}")]
    Io {
        /// The file.
        source_name: String,
        /// What the system says.
        error: io::Error,
    },
    /// A zip archive is broken or encrypted.
    #[error("{source_name}: {error}")]
    Zip {
        /// The archive.
        source_name: String,
        /// What is wrong with it.
        error: ZipError,
    },
    /// A Parquet file is broken.
    #[error("{source_name}: {error}")]
    Parquet {
        /// The file.
        source_name: String,
        /// What is wrong with it.
        error: ParquetError,
    },
    /// A column of a Parquet file holds something that is no cell: a list, a structure.
    #[error("{source_name}: {error}")]
    Arrow {
        /// The file.
        source_name: String,
        /// What Arrow says.
        error: ArrowError,
    },
    /// A needed column of a Parquet file is no plain column.
    #[error("{source_name}: column {column} holds lists or structures, and is needed")]
    Nested {
        /// The file.
        source_name: String,
        /// The column.
        column: String,
    },
    /// A workbook, a dBASE table or the like is broken.
    #[error("{source_name}: {}", .message.en)]
    Damaged {
        /// The file.
        source_name: String,
        /// What is wrong with it.
        message: Text,
    },
    /// A workbook has a password.
    #[error("{source_name}: the workbook has a password")]
    Locked {
        /// The workbook.
        source_name: String,
    },
    /// Nothing in the file.
    #[error("{source_name}: the file is empty, there is not even a header")]
    Empty {
        /// The file.
        source_name: String,
    },
    /// No line break for a long while.
    #[error("{source_name}: no line break within {} MiB", LINE_LIMIT >> 20)]
    NoLines {
        /// The file.
        source_name: String,
    },
    /// The header fits no known table.
    #[error("{source_name}: which table this is cannot be told from its columns: {columns}\n  {}", .hint.en)]
    UnknownTable {
        /// The file.
        source_name: String,
        /// The columns seen.
        columns: String,
        /// The nearest table and what it lacks.
        hint: Text,
    },
    /// Day and month of a column's dates cannot be told apart by any value.
    #[error(
        "{source_name}: whether the day or the month comes first in column {column} cannot be told from its values (such as {shape}, line \
         {line}): say it with --date-order dmy, mdy or ymd, or --date-order {column}=dmy"
    )]
    DateOrder {
        /// The first file with such a column.
        source_name: String,
        /// The column's header.
        column: String,
        /// Line of an example.
        line: u64,
        /// The example's shape.
        shape: String,
    },
    /// A column stands twice in the header and its copies differ.
    #[error(
        "{source_name}: the header names {column} twice, and in line {line} both hold something else: leave one of them out, or rename it"
    )]
    Doubled {
        /// The file.
        source_name: String,
        /// The column's header.
        column: String,
        /// The first line in which they differ.
        line: u64,
    },
    /// The map that fits the file cannot be applied to it.
    #[error("{source_name}: {}", .message.en)]
    Layout {
        /// The file.
        source_name: String,
        /// What is wrong.
        message: Text,
    },
    /// The caller could not store what was read.
    #[error("{source_name}: {error}")]
    Sink {
        /// The file.
        source_name: String,
        /// What the caller says.
        error: SinkError,
    },
}

impl Explained for ReadError {
    fn told(&self) -> Told {
        match self {
            Self::Io { source_name, error } => Told::new("FJ-301", format!("{source_name}：{}", io_zh(error))),
            Self::Zip { source_name, error } => Told::new("FJ-302", format!("{source_name} 无法解压（{error}）")),
            Self::Parquet { source_name, error } => {
                Told::new("FJ-303", format!("{source_name} 不是完好的 Parquet 文件（{error}）"))
            }
            Self::Arrow { source_name, error } => {
                Told::new("FJ-304", format!("{source_name} 中有不能用的列（{error}）"))
            }
            Self::Nested { source_name, column } => {
                Told::new("FJ-323", format!("{source_name}：要用的列 {column} 装的是列表或嵌套结构，不是单个的值"))
            }
            Self::Damaged { source_name, message } => Told::new("FJ-320", format!("{source_name}：{}", message.zh)),
            Self::Locked { source_name } => {
                Told::new("FJ-321", format!("{source_name}：工作簿设有打开密码，请取消密码后另存"))
            }
            Self::Empty { source_name } => Told::new("FJ-305", format!("{source_name} 是空文件，连表头都没有")),
            Self::NoLines { source_name } => {
                Told::new("FJ-306", format!("{source_name} 中 {} MiB 的内容没有一处换行", LINE_LIMIT >> 20))
            }
            Self::UnknownTable { source_name, columns, hint } => {
                Told::new("FJ-307", format!("{source_name}：从列名认不出是哪张表：{columns}\n  {}", hint.zh))
            }
            Self::DateOrder { source_name, column, line, shape } => Told::new(
                "FJ-335",
                format!(
                    "{source_name}：列 {column} 的日期（如第 {line} 行的 {shape}）日在前还是月在前，任何一个取值都分不出来；请用 --date-order dmy、mdy \
                     或 ymd 指明，也可只指这一列：--date-order {column}=dmy"
                ),
            ),
            Self::Doubled { source_name, column, line } => Told::new(
                "FJ-336",
                format!(
                    "{source_name}：表头里有两个 {column}，而第 {line} 行两处都有内容且不相同；请删去或改名其中一列"
                ),
            ),
            Self::Layout { source_name, message } => {
                Told::new("FJ-308", format!("{source_name}：对应文件用不上：{}", message.zh))
            }
            Self::Sink { source_name, error } => {
                Told::new("FJ-309", format!("{source_name}：读到的内容存不进数据仓（{error}）"))
            }
        }
    }
}

/// What a sink says when it fails.
pub type SinkError = Box<dyn Error + Send + Sync>;

/// What can go wrong while settling.
#[expect(missing_docs, reason = "the fields are what the messages name")]
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
    /// A Parquet file of the store.
    #[error(transparent)]
    Frame(#[from] FrameError),
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
            Self::Frame(error) => error.told(),
        }
    }
}

impl SettleError {
    /// Names the step that a Polars error concerns.
    pub(super) fn step(step: &str) -> impl Fn(PolarsError) -> Self + '_ {
        move |source| Self::Step { step: step.to_owned(), source: Box::new(source) }
    }
}
