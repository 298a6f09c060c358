//! What stops an import or a load of knowledge as a whole; single unusable notice rows are rejects, not errors.

use std::path::{Path, PathBuf};

/// An error names the file, the place and the value it concerns, and what to do.
#[expect(missing_docs, reason = "the fields are what the messages name")]
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    /// Neither a workbook nor a CSV file.
    #[error("{0}: notices are read from .xlsx and .csv files; save it as one of them")]
    Extension(PathBuf),
    /// calamine cannot read the workbook.
    #[error("{path}: not a readable .xlsx workbook ({source}); open it in a spreadsheet program and save it again")]
    Workbook { path: PathBuf, source: calamine::XlsxError },
    /// Neither UTF-8 nor GB18030.
    #[error("{0}: neither UTF-8 nor GB18030 text; save it as \"CSV UTF-8\"")]
    Encoding(PathBuf),
    /// The csv crate cannot read or write a record.
    #[error("{path}: {source}")]
    Csv { path: PathBuf, source: csv::Error },
    /// No sheet of a notice has a known header.
    #[error("{path}: no sheet has the header of a known notice; first row of {sheet}: {seen}. Known headers: {known}")]
    Notice { path: PathBuf, sheet: String, seen: String, known: String },
    /// A CSV file of the folder has columns that belong to no stored file.
    #[error("{path}: the columns ({seen}) are those of no knowledge file; use one of these headers: {known}")]
    StoredHeader { path: PathBuf, seen: String, known: String },
    /// A file bears the name under which an import writes another kind.
    #[error("{path} has the columns of {holds}; give it another name, an import writes other rows under this one")]
    Misnamed { path: PathBuf, holds: String },
    /// A cell of a stored file cannot be used.
    #[error("{path}, line {line}, column {column}: \"{value}\" {problem}")]
    Cell { path: PathBuf, line: u64, column: String, value: String, problem: String },
    /// Two stored rows say different things about the same item.
    #[error("{first} and {second} say different things about {what}: {one} / {other}. Keep one of the two rows")]
    Contradiction { what: String, first: String, one: String, second: String, other: String },
    /// Another import is writing to the folder.
    #[error("{0} is being written to by another import; try again when it has ended")]
    Busy(PathBuf),
    /// Rows in are not rows stored, repeated and rejected: a fault of this program.
    #[error("{what}: {rows_in} rows in, but {accounted} accounted for; nothing was written. Please report this fault")]
    Unbalanced { what: String, rows_in: usize, accounted: usize },
    /// A table does not fit its definition: a fault of this program.
    #[error("knowledge table {table}: {source}")]
    Table { table: String, source: arrow::error::ArrowError },
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
