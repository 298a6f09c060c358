//! SQL: the one place where a statement is read, judged, cut and put into the engine's dialect.
//!
//! text ─`statement`─▶ tree ─`portable`─▶ refusals, with line, column and remedy
//!                          ─`reads`────▶ tables and columns it needs
//!                          ─`steps`────▶ statements computed one after the other ─`dialect`─▶ for Polars
//!
//! `compose` puts named statements in front of another one.

pub mod compose;
pub mod dialect;
pub mod engine;
pub mod portable;
pub mod reads;
pub mod spread;
pub mod statement;
pub mod steps;

pub use reads::{Read, Reads};
pub use statement::{Literal, Place, Statement, SyntaxError};
pub use steps::{Cut, Step, steps};
