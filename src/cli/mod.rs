//! The command line: what is typed becomes a resolved plan, the plan is carried out, errors become one message and an exit code.

mod args;
mod case;
mod commands;
mod evaluate;
mod exit;
mod findings;
mod plan;
mod progress;
mod reward;
mod rings;
mod sweep;
mod table;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use self::args::Cli;
use self::exit::{Failure, Status};

/// Runs the program on the arguments of the process.
pub fn main() -> ExitCode {
    let matches = match Cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => {
            // A closed pipe while help is printed is no failure.
            let _ = error.print();
            return if error.use_stderr() { Status::Usage.into() } else { Status::Done.into() };
        }
    };
    let outcome =
        Cli::from_arg_matches(&matches).map_err(|error| Failure::usage(error.to_string())).and_then(commands::run);
    match outcome {
        Ok(status) => status.into(),
        Err(failure) if failure.is_closed_pipe() => Status::Done.into(),
        Err(failure) => {
            failure.report();
            failure.status().into()
        }
    }
}
