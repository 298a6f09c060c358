//! `feijian man`: the manual page.

use super::exit::{Failure, Status};
use super::help;
use super::print::print;
use super::session::Session;

/// Prints the page in roff.
///
/// # Errors
/// If stdout cannot be written.
pub fn run(session: &Session) -> Result<Status, Failure> {
    print(&help::manual(session.lang)?)?;
    Ok(Status::Done)
}
