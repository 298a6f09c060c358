//! The command line: what is typed becomes a resolved plan, the plan is carried out, errors become one message and an exit code.
//!
//! `args` is what can be typed. Each command has a file, which knows no other command's: it takes the arguments, makes a plan of them (`plan`),
//! has it carried out and prints. Around them: `session` is what every command knows, `intake` reads exports and accounts for them, `outcome`
//! and `log` tell what came of a run, `print` writes to stdout, `progress` draws bars, `exit` turns errors into exit codes.

mod args;
mod case;
mod completions;
mod evaluate;
mod exit;
mod findings;
mod import;
mod intake;
mod knowledge;
mod learn;
mod log;
mod man;
mod outcome;
mod plan;
mod print;
mod progress;
mod report;
mod reward;
mod rings;
mod rule;
mod rules;
mod run;
mod session;
mod sql;
mod sweep;
mod synth;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use self::args::{Cli, Command, LogFormat};
use self::exit::{Failure, Status};
use self::session::Session;

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
    let cli = Cli::from_arg_matches(&matches).map_err(|error| Failure::usage(error.to_string()));
    let format = cli.as_ref().map_or(LogFormat::Text, |cli| cli.log_format);
    let outcome = cli.and_then(carry_out);
    match outcome {
        Ok(status) => status.into(),
        Err(failure) if failure.is_closed_pipe() => Status::Done.into(),
        Err(failure) => {
            failure.report(format);
            failure.status().into()
        }
    }
}

/// Carries out what was typed.
fn carry_out(cli: Cli) -> Result<Status, Failure> {
    let session = Session::new(&cli)?;
    match cli.command {
        Command::Run(args) => run::run(&session, args),
        Command::Import(args) => import::run(&session, args),
        Command::Report(args) => report::run(&session, args),
        Command::Learn(args) => learn::run(&session, &args),
        Command::Case(args) => case::run(&session, &args),
        Command::Findings(args) => findings::run(&session, &args),
        Command::Rules(args) => rules::run(&session, &args),
        Command::Rule(args) => rule::run(&session, &args),
        Command::Sql(args) => sql::run(args),
        Command::Rings(args) => rings::run(&session, &args),
        Command::Sweep(args) => sweep::run(&session, &args),
        Command::Knowledge(command) => knowledge::run(&session, &command),
        Command::Synth(args) => synth::run(&session, &args),
        Command::Evaluate(args) => evaluate::run(&session, &args),
        Command::Reward(args) => reward::run(&session, &args),
        Command::Completions { shell } => completions::run(shell, Cli::command()),
        Command::Man => man::run(Cli::command()),
    }
}
