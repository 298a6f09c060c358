//! `feijian man`: the manual page.

use clap::Command;

use super::exit::{Failure, Status};

/// Prints the page of `command` in roff.
///
/// # Errors
/// If stdout cannot be written.
pub fn run(command: Command) -> Result<Status, Failure> {
    clap_mangen::Man::new(command).render(&mut std::io::stdout())?;
    Ok(Status::Done)
}
