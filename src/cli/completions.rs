//! `feijian completions`: a completion script for a shell.

use std::io::Write;

use clap_complete::Shell;

use super::exit::{Failure, Status};
use super::help;
use super::session::Session;

/// Prints the script.
///
/// # Errors
/// If stdout cannot be written.
pub fn run(session: &Session, shell: Shell) -> Result<Status, Failure> {
    std::io::stdout().write_all(&help::completions(shell, session.lang))?;
    Ok(Status::Done)
}
