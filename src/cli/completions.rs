//! `feijian completions`: a completion script for a shell.

use std::io::Write;

use clap::Command;
use clap_complete::Shell;

use super::exit::{Failure, Status};

/// Prints the script for `command`.
///
/// # Errors
/// If stdout cannot be written.
pub fn run(shell: Shell, mut command: Command) -> Result<Status, Failure> {
    // Through memory: clap_complete panics when whoever reads the script stops reading.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "feijian", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(Status::Done)
}
