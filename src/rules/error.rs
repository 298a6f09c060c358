//! What is wrong with a rule or a setting, in words that say what to change.

use std::path::PathBuf;

use crate::explained::{Explained, Told, io_zh};
use crate::lang::Text;

/// A rule that does not load, or a setting that does not fit one.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// A file does not say what it should.
    #[error("{file}: {field}: {problem}; {remedy}")]
    Invalid {
        /// File, as a path below `queries/` or as given by the user.
        file: String,
        /// Field of the file, such as `params.max_gap_days.default`.
        field: String,
        /// What is wrong, with the value.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// A TOML file does not parse or has unknown or missing fields.
    #[error("{file}: {source}")]
    Toml {
        /// File.
        file: String,
        /// Line, column and what was expected there.
        source: Box<toml::de::Error>,
    },
    /// A file cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Reason.
        source: std::io::Error,
    },
    /// A `--set` that does not fit.
    #[error("{setting}: {}", .problem.en)]
    Setting {
        /// As given.
        setting: String,
        /// What is wrong and what would be right.
        problem: Text,
    },
}

impl Explained for RuleError {
    /// What is wrong inside a rule's files stays English: rules are written in English words by analysts, and the text names those.
    fn told(&self) -> Told {
        match self {
            Self::Invalid { file, field, problem, remedy } => {
                Told::new("FJ-501", format!("规则文件 {file} 的 {field} 有误：{problem}; {remedy}"))
            }
            Self::Toml { file, source } => Told::new("FJ-502", format!("规则文件 {file} 写法有误\n{source}")),
            Self::Io { path, source } => {
                Told::new("FJ-503", format!("无法读取规则 {}：{}", path.display(), io_zh(source)))
            }
            Self::Setting { setting, problem } => Told::new("FJ-504", format!("{setting}：{}", problem.zh)),
        }
    }
}
