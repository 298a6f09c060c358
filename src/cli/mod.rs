//! The command line: what is typed becomes a resolved plan, the plan is carried out, errors become one message and an exit code.

mod args;
mod case;
mod commands;
mod evaluate;
mod exit;
mod findings;
mod help;
mod learn;
mod log;
mod plan;
mod progress;
mod refused;
mod reward;
mod rings;
mod sweep;
mod table;
mod usage;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{FromArgMatches, ValueEnum};

use self::args::{Cli, LangArg, LogFormat};
use self::exit::Status;
use self::refused::Refused;
use crate::lang::Lang;

/// Runs the program on the arguments of the process.
pub fn main() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().collect();
    // Known before the command line is understood, and when it is not.
    let lang = option(&typed, "--lang").or_else(|| value(&std::env::var("FEIJIAN_LANG").ok()?));
    let lang = lang.map_or_else(Lang::default, LangArg::into);
    let format = option(&typed, "--log-format").unwrap_or(LogFormat::Text);
    let parsed = help::command(lang).try_get_matches_from(typed).and_then(|found| Cli::from_arg_matches(&found));
    let outcome = match parsed {
        Ok(cli) => commands::run(cli),
        Err(error) if !error.use_stderr() => {
            // Help or the version. A closed pipe while it is printed is no failure.
            let _ = error.print();
            Ok(Status::Done)
        }
        Err(error) => {
            if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && format != LogFormat::Json {
                let _ = error.print();
            }
            Err(Refused::new(error).into())
        }
    };
    match outcome {
        Ok(status) => status.into(),
        Err(failure) if failure.is_closed_pipe() => Status::Done.into(),
        Err(failure) => {
            failure.report(format, lang);
            failure.exit_code()
        }
    }
}

/// The last value that was typed for an option of this name, if it is one of those to choose from.
fn option<T: ValueEnum>(typed: &[OsString], name: &str) -> Option<T> {
    let mut found = None;
    let mut words = typed.iter().map(|word| word.to_string_lossy()).take_while(|word| word != "--");
    while let Some(word) = words.next() {
        if word == name {
            found = words.next().and_then(|word| value(&word));
        } else if let Some(word) = word.strip_prefix(name).and_then(|rest| rest.strip_prefix('=')) {
            found = value(word);
        }
    }
    found
}

fn value<T: ValueEnum>(word: &str) -> Option<T> {
    T::from_str(word, false).ok()
}
