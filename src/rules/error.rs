//! What is wrong with a rule or a setting, in words that say what to change.

use std::path::PathBuf;

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
    #[error("--set {setting}: {problem}")]
    Setting {
        /// As given.
        setting: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}
