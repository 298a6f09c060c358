//! The command line: what is typed becomes a resolved plan, the plan is carried out, errors become one message and an exit code.

mod args;
mod case;
mod commands;
mod evaluate;
mod exit;
mod findings;
mod learn;
mod log;
mod plan;
mod progress;
mod reward;
mod rings;
mod sweep;
mod table;
mod usage;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use self::args::{Cli, LogFormat};
use self::exit::{Failure, Status};
use crate::lang::Lang;

/// Runs the program on the arguments of the process.
pub fn main() -> ExitCode {
    let matches = match Cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            // A closed pipe while help is printed is no failure.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { Status::Done.into() };
        }
    };
    let cli = Cli::from_arg_matches(&matches).map_err(|error| Failure::usage(error.to_string()));
    let format = cli.as_ref().map_or(LogFormat::Text, |cli| cli.log_format);
    let lang = cli.as_ref().map_or_else(|_| Lang::default(), |cli| cli.lang.into());
    let outcome = cli.and_then(commands::run);
    match outcome {
        Ok(status) => status.into(),
        Err(failure) if failure.is_closed_pipe() => Status::Done.into(),
        Err(failure) => {
            failure.report(format, lang);
            failure.exit_code()
        }
    }
}
