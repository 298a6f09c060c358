//! Why problem lists cannot be used.

use std::path::{Path, PathBuf};

use crate::explained::{Explained, Told, csv_zh, io_zh};
use crate::knowledge::KnowledgeError;
use crate::lang::Text;

/// What can go wrong with lists; each names the file and the place.
#[expect(missing_docs, reason = "the fields are what the messages name")]
#[derive(Debug, thiserror::Error)]
pub enum ProblemsError {
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: std::io::Error },
    /// A stored list is no CSV.
    #[error("{path}: {source}")]
    Csv { path: PathBuf, source: csv::Error },
    /// A file of groups or of a list is no TOML, or has other fields than it should.
    #[error("{file}: {source}")]
    Toml { file: String, source: Box<toml::de::Error> },
    /// A list or a group says something that cannot be.
    #[error("{file}: {place}: {}", .problem.en)]
    Invalid { file: String, place: String, problem: Box<Text> },
    /// There is no such list or item.
    #[error("{}", .0.en)]
    Unknown(Box<Text>),
    /// A file to import, or the lock of the folder.
    #[error(transparent)]
    Knowledge(#[from] Box<KnowledgeError>),
}

impl Explained for ProblemsError {
    fn told(&self) -> Told {
        match self {
            Self::Io { path, source } => Told::new("FJ-421", format!("{}：{}", path.display(), io_zh(source))),
            Self::Csv { path, source } => Told::new("FJ-422", format!("{}：{}", path.display(), csv_zh(source))),
            Self::Toml { file, source } => Told::new("FJ-423", format!("{file} 不是正确的 TOML：{source}")),
            Self::Invalid { file, place, problem } => Told::new("FJ-424", format!("{file}：{place}：{}", problem.zh)),
            Self::Unknown(problem) => Told::new("FJ-425", problem.zh.clone()),
            Self::Knowledge(error) => error.told(),
        }
    }
}

impl ProblemsError {
    /// Names the file that an input or output error concerns.
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_path_buf(), source }
    }

    /// Names the file that a CSV error concerns.
    pub(super) fn csv(path: &Path) -> impl FnOnce(csv::Error) -> Self + '_ {
        move |source| Self::Csv { path: path.to_path_buf(), source }
    }
}
