//! One visit, delivered twice: the bureau's tables and a hospital's own files describe the same care.
//!
//! Both sides are netted apart, each by its own numbers. Then their visits are recognised as one ([`pairing`]) over all buckets, the hospital's
//! rows get the keys of the bureau's visits, persons and institutions, and what both have is merged: money is the bureau's, details come from
//! where they are. What one side alone has, or what differs in money, is the table `two_sources` ([`differences`]).
//!
//! - `sides`: which institutions both delivered; without any the rest costs nothing
//! - `visits`, `gather`: what is compared, collected while the buckets are settled
//! - `met`: the result, and the hospital's rows under the bureau's keys; `merge`: visits, diagnoses and operations put together
//! - `lines`: the same for fee lines

mod differences;
mod gather;
mod lines;
mod merge;
mod met;
mod pairing;
mod sides;
mod visits;

use std::collections::HashMap;

pub use self::gather::{Reader, Settled};
pub use self::lines::merge_lines;
pub use self::merge::{merge_diagnoses, merge_operations, merge_visits};
pub use self::met::Met;
use self::sides::Sides;
use self::visits::Visit;
use super::super::error::SettleError;
use crate::casestore::store::Store;

/// The visits of institutions that both sides delivered, while they are collected.
#[derive(Debug)]
pub struct Sources {
    sides: Sides,
    bureau: HashMap<i64, Visit>,
    hospital: HashMap<i64, Visit>,
}

impl Sources {
    /// For a store that holds an institution of both sides; `None` for any other.
    ///
    /// # Errors
    /// If the staged rows cannot be read.
    pub fn of(store: &Store) -> Result<Option<Self>, SettleError> {
        let sides = Sides::of(store)?;
        Ok(sides.map(|sides| Self { sides, bureau: HashMap::new(), hospital: HashMap::new() }))
    }
}
