//! The command line: what is typed becomes a resolved plan, the plan is carried out, errors become one message and an exit code.
//!
//! `args` is what can be typed. Each command has a file, which knows no other command's: it takes the arguments, makes a plan of them (`plan`),
//! has it carried out and prints. Around them: `session` is what every command knows, `intake` reads exports and accounts for them, `outcome`
//! and `log` tell what came of a run, `print` writes to stdout, `progress` draws bars, `exit` turns errors into exit codes.

mod args;
mod case;
mod check;
mod completions;
mod evaluate;
mod exit;
mod findings;
mod help;
mod import;
mod intake;
mod knowledge;
mod learn;
mod log;
mod man;
mod map;
mod outcome;
mod plan;
mod print;
mod problems;
mod progress;
mod refused;
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
mod unread;
mod usage;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{FromArgMatches, ValueEnum};

use self::args::{Cli, Command, LangArg, LogFormat};
use self::exit::{Failure, Status};
use self::refused::Refused;
use self::session::Session;
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
        Ok(cli) => carry_out(cli),
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

/// Carries out what was typed.
fn carry_out(cli: Cli) -> Result<Status, Failure> {
    let session = Session::new(&cli)?;
    match cli.command {
        Command::Run(args) => run::run(&session, args),
        Command::Import(args) => import::run(&session, args),
        Command::Check(args) => check::run(&session, args),
        Command::Map(args) => map::run(&session, &args),
        Command::Report(args) => report::run(&session, args),
        Command::Learn(args) => learn::run(&session, &args),
        Command::Case(args) => case::run(&session, &args),
        Command::Findings(args) => findings::run(&session, &args),
        Command::Rules(args) => rules::run(&session, &args),
        Command::Rule(args) => rule::run(&session, &args),
        Command::Problems(args) => problems::run(&session, &args),
        Command::Sql(args) => sql::run(args),
        Command::Rings(args) => rings::run(&session, &args),
        Command::Sweep(args) => sweep::run(&session, &args),
        Command::Knowledge(command) => knowledge::run(&session, &command),
        Command::Synth(args) => synth::run(&session, &args),
        Command::Evaluate(args) => evaluate::run(&session, &args),
        Command::Reward(args) => reward::run(&session, &args),
        Command::Completions { shell } => completions::run(&session, shell),
        Command::Man => man::run(&session),
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
