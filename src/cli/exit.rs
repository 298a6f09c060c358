//! Exit codes, and how an error is told.

use std::error::Error;
use std::io::ErrorKind;
use std::process::ExitCode;

use super::args::LogFormat;
use super::log;
use crate::evaluate::EvaluateError;
use crate::import::ImportError;
use crate::knowledge::KnowledgeError;
use crate::pipeline::PipelineError;
use crate::privacy::KeyError;
use crate::report::dispositions::DispositionsError;
use crate::report::dossier::DossierError;
use crate::report::export::ExportError;
use crate::report::outdir::OutDirError;
use crate::report::stored::StoredError;
use crate::reward::RewardError;
use crate::rules::RuleError;
use crate::synth::SynthError;

/// The exit codes of the output contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The run completed, findings or not.
    Done = 0,
    /// `--fail-on`: findings reach the level.
    Found = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// An input cannot be read or breaks its contract.
    Input = 3,
    /// Completed, but rules failed, or were skipped for missing tables under `--strict`.
    Skipped = 4,
    /// Another run holds the lock.
    Locked = 75,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// An error on its way to the user.
#[derive(Debug)]
pub struct Failure {
    status: Status,
    error: Box<dyn Error>,
}

impl Failure {
    /// Something typed or configured that cannot be.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { status: Status::Usage, error: message.into().into() }
    }

    /// Its exit code.
    pub const fn status(&self) -> Status {
        self.status
    }

    /// Whether whoever read our output has stopped reading, as `head` does: a success.
    pub fn is_closed_pipe(&self) -> bool {
        let mut cause: Option<&(dyn Error + 'static)> = Some(self.error.as_ref());
        while let Some(error) = cause {
            if error.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::BrokenPipe) {
                return true;
            }
            cause = error.source();
        }
        false
    }

    /// Tells the error and its causes on stderr, each once.
    pub fn report(&self, format: LogFormat) {
        let mut message = self.error.to_string();
        let mut cause = self.error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !message.contains(&text) {
                message = format!("{message}\n  {text}");
            }
            cause = error.source();
        }
        // Messages quote what files hold, and a damaged one may hold what a terminal takes for commands.
        let message = message.replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "\u{fffd}");
        match format {
            LogFormat::Json => eprintln!("{}", log::error(&message, self.status)),
            LogFormat::Text | LogFormat::Short => eprintln!("feijian: {message}"),
        }
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        let status = match &error {
            PipelineError::OutDir(OutDirError::Locked(_)) => Status::Locked,
            PipelineError::Import(ImportError::Layout(_) | ImportError::NothingToRead { .. })
            | PipelineError::OutDir(_)
            | PipelineError::Rule(_)
            | PipelineError::NoSuchRule(_)
            | PipelineError::Query(_)
            | PipelineError::Earlier(StoredError::NotAReport(_))
            | PipelineError::NoEvidence(_) => Status::Usage,
            _ => Status::Input,
        };
        Self { status, error: Box::new(error) }
    }
}

impl From<RuleError> for Failure {
    fn from(error: RuleError) -> Self {
        PipelineError::from(error).into()
    }
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        PipelineError::from(error).into()
    }
}

impl From<OutDirError> for Failure {
    fn from(error: OutDirError) -> Self {
        PipelineError::from(error).into()
    }
}

impl From<crate::casestore::store::StoreError> for Failure {
    fn from(error: crate::casestore::store::StoreError) -> Self {
        PipelineError::from(error).into()
    }
}

impl From<StoredError> for Failure {
    fn from(error: StoredError) -> Self {
        let status = if matches!(error, StoredError::NotAReport(_)) { Status::Usage } else { Status::Input };
        Self { status, error: Box::new(error) }
    }
}

impl From<DossierError> for Failure {
    fn from(error: DossierError) -> Self {
        match error {
            DossierError::Stored(error) => error.into(),
            other => Self { status: Status::Usage, error: Box::new(other) },
        }
    }
}

impl From<ExportError> for Failure {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Io(error) => error.into(),
            other => Self { status: Status::Input, error: Box::new(other) },
        }
    }
}

impl From<DispositionsError> for Failure {
    fn from(error: DispositionsError) -> Self {
        let status = match error {
            DispositionsError::NotAReport(_) | DispositionsError::UnknownResult { .. } => Status::Usage,
            _ => Status::Input,
        };
        Self { status, error: Box::new(error) }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        Self { status: Status::Usage, error: Box::new(error) }
    }
}

impl From<KnowledgeError> for Failure {
    fn from(error: KnowledgeError) -> Self {
        Self { status: Status::Input, error: Box::new(error) }
    }
}

impl From<SynthError> for Failure {
    fn from(error: SynthError) -> Self {
        Self { status: Status::Usage, error: Box::new(error) }
    }
}

impl From<EvaluateError> for Failure {
    fn from(error: EvaluateError) -> Self {
        let status = if matches!(error, EvaluateError::NoTruth(_)) { Status::Usage } else { Status::Input };
        Self { status, error: Box::new(error) }
    }
}

impl From<RewardError> for Failure {
    fn from(error: RewardError) -> Self {
        Self { status: Status::Usage, error: Box::new(error) }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self { status: Status::Input, error: Box::new(error) }
    }
}

impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => error.into(),
            kind => Self { status: Status::Input, error: format!("{kind:?}").into() },
        }
    }
}
