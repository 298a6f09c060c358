//! What stops an import or a load of knowledge as a whole; single unusable notice rows are rejects, not errors.

use std::path::{Path, PathBuf};

use crate::explained::{Explained, Told, csv_zh, io_zh};
use crate::lang::Text;

/// An error names the file, the place and the value it concerns, and what to do.
#[expect(missing_docs, reason = "the fields are what the messages name")]
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    /// Neither a workbook nor a CSV file.
    #[error("{0}: notices are read from .xlsx and .csv files")]
    Extension(PathBuf),
    /// A folder without notices.
    #[error("{0}: no .xlsx or .csv file in this folder")]
    NoNotices(PathBuf),
    /// calamine cannot read the workbook.
    #[error("{path}: not a readable .xlsx workbook ({source})")]
    Workbook { path: PathBuf, source: calamine::XlsxError },
    /// Neither UTF-8 nor GB18030.
    #[error("{0}: neither UTF-8 nor GB18030 text")]
    Encoding(PathBuf),
    /// The csv crate cannot read or write a record.
    #[error("{path}: {source}")]
    Csv { path: PathBuf, source: csv::Error },
    /// No sheet of a notice has a known header.
    #[error("{path}: no sheet has the header of a known notice; first row of {sheet}: {seen}. Known headers: {known}")]
    Notice { path: PathBuf, sheet: String, seen: String, known: String },
    /// A CSV file of the folder has columns that belong to no stored file.
    #[error("{path}: the columns ({seen}) are those of no knowledge file. Known headers: {known}")]
    StoredHeader { path: PathBuf, seen: String, known: String },
    /// A file bears the name under which an import writes another kind.
    #[error("{path} has the columns of {holds}")]
    Misnamed { path: PathBuf, holds: String },
    /// A cell of a stored file cannot be used.
    #[error("{path}, line {line}, column {column}: \"{value}\" {}", .problem.en)]
    Cell { path: PathBuf, line: u64, column: String, value: String, problem: Box<Text> },
    /// Two stored rows say different things about the same item.
    #[error("{first} and {second} say different things about {what}: {one} / {other}")]
    Contradiction { what: String, first: String, one: String, second: String, other: String },
    /// Another import is writing to the folder.
    #[error("{0} is being written to by another import")]
    Busy(PathBuf),
    /// Rows in are not rows stored, repeated and rejected: a fault of this program.
    #[error("{what}: {rows_in} rows in, but {accounted} accounted for; nothing was written")]
    Unbalanced { what: String, rows_in: usize, accounted: usize },
    /// A table does not fit its definition: a fault of this program.
    #[error("knowledge table {table}: {source}")]
    Table { table: String, source: arrow::error::ArrowError },
}

impl Explained for KnowledgeError {
    fn told(&self) -> Told {
        match self {
            Self::Io { path, source } => Told::new("FJ-401", format!("{}：{}", path.display(), io_zh(source))),
            Self::Extension(path) => {
                Told::new("FJ-402", format!("{}：知识点只能从 .xlsx 和 .csv 导入", path.display()))
            }
            Self::NoNotices(path) => {
                Told::new("FJ-414", format!("{}：文件夹里没有 .xlsx 或 .csv 文件", path.display()))
            }
            Self::Workbook { path, source } => {
                Told::new("FJ-403", format!("{} 不是完好的 .xlsx 工作簿（{source}）", path.display()))
            }
            Self::Encoding(path) => {
                Told::new("FJ-404", format!("{} 既不是 UTF-8，也不是 GB18030 编码", path.display()))
            }
            Self::Csv { path, source } => Told::new("FJ-405", format!("{}：{}", path.display(), csv_zh(source))),
            Self::Notice { path, sheet, seen, known } => Told::new(
                "FJ-406",
                format!(
                    "{} 中没有一张表的表头是已知的公布格式；{sheet} 的第一行：{seen}。已知的表头：{known}",
                    path.display()
                ),
            ),
            Self::StoredHeader { path, seen, known } => Told::new(
                "FJ-407",
                format!("{} 的列（{seen}）不是任何一种知识点文件的列。已知的表头：{known}", path.display()),
            ),
            Self::Misnamed { path, holds } => {
                Told::new("FJ-408", format!("{} 里装的却是 {holds} 的列", path.display()))
            }
            Self::Cell { path, line, column, value, problem } => {
                Told::new("FJ-409", format!("{} 第 {line} 行 {column} 列：“{value}”{}", path.display(), problem.zh))
            }
            Self::Contradiction { what, first, one, second, other } => {
                Told::new("FJ-410", format!("{first} 与 {second} 对 {what} 的说法不一致：{one} / {other}"))
            }
            Self::Busy(path) => Told::new("FJ-411", format!("另一次导入正在写 {}", path.display())),
            Self::Unbalanced { what, rows_in, accounted } => {
                Told::new("FJ-412", format!("{what}：读入 {rows_in} 行，只对上 {accounted} 行；什么都没有写入"))
            }
            Self::Table { table, source } => Told::new("FJ-413", format!("知识点表 {table} 与定义不符（{source}）")),
        }
    }
}

impl KnowledgeError {
    /// Names the file that an input or output error concerns.
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_path_buf(), source }
    }

    /// Names the file that a CSV error concerns.
    pub(super) fn csv(path: &Path) -> impl FnOnce(csv::Error) -> Self + '_ {
        move |source| Self::Csv { path: path.to_path_buf(), source }
    }

    /// Names the workbook that cannot be read.
    pub(super) fn workbook(path: &Path) -> impl FnOnce(calamine::XlsxError) -> Self + '_ {
        move |source| Self::Workbook { path: path.to_path_buf(), source }
    }
}
