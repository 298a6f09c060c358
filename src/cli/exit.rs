//! Exit codes, and how an error is told.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

use super::args::LogFormat;
use super::log;
use crate::explained::{Entry, Explained};
use crate::lang::Lang;

/// How a command ends that did its work; the exit codes of errors are in `src/errors.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The run completed, findings or not.
    Done = 0,
    /// `--fail-on`: findings reach the level.
    Found = 1,
    /// Completed, but rules failed, or were skipped for missing tables under `--strict`.
    Skipped = 4,
    /// Completed, but data were lost beyond the limits and nobody accepted that. It goes before the others: over damaged data neither
    /// "nothing found" nor "found" nor "all ran" says what a job asked for.
    Lost = 5,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// An error on its way to the user.
#[derive(Debug)]
pub struct Failure(Box<dyn Explained>);

impl<E: Explained + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl Failure {
    /// Its exit code.
    pub fn exit_code(&self) -> ExitCode {
        self.0.told().entry().exit.into()
    }

    /// Whether whoever read our output has stopped reading, as `head` does: a success.
    pub fn is_closed_pipe(&self) -> bool {
        let mut cause: Option<&(dyn Error + 'static)> = Some(self.0.as_ref());
        while let Some(error) = cause {
            if system_error(error).is_some_and(|io| io.kind() == ErrorKind::BrokenPipe) {
                return true;
            }
            cause = error.source();
        }
        false
    }

    /// Tells the error on stderr: what happened, with its causes, and what to do.
    pub fn report(&self, format: LogFormat, lang: Lang) {
        let told = self.0.told();
        let Entry { exit, remedy, .. } = told.entry();
        let message = printable(match lang {
            Lang::Zh => told.zh,
            Lang::En => self.english(),
        });
        let remedy = remedy.pick(lang);
        match format {
            LogFormat::Json => eprintln!("{}", log::error(told.id, *exit, &message, remedy)),
            LogFormat::Text | LogFormat::Short => {
                let to_do = lang.pick("怎么办：", "What to do: ");
                eprintln!("feijian: [{}] {message}\n  {to_do}{remedy}", told.id);
            }
        }
    }

    /// The error and its causes, each once.
    fn english(&self) -> String {
        let mut message = self.0.to_string();
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !message.contains(&text) {
                message = format!("{message}\n  {text}");
            }
            cause = error.source();
        }
        message
    }
}

/// What the system said, if that is what the error is. A CSV error does not name it as its source.
fn system_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e io::Error> {
    let of_csv = |error: &'e csv::Error| match error.kind() {
        csv::ErrorKind::Io(error) => Some(error),
        _ => None,
    };
    error.downcast_ref().or_else(|| error.downcast_ref().and_then(of_csv))
}

/// Messages quote what files hold, and a damaged one may hold what a terminal takes for commands.
fn printable(message: String) -> String {
    message.replace(|c: char| c.is_control() && !matches!(c, '\n' | '\t'), "\u{fffd}")
}
