//! From exports to the case store: reading, typing, netting.
//!
//! ```text
//! files ─source─▶ bytes ─decode, dialect─▶ text ─records─▶ cells ─plan, typing─▶ typed rows ─stage─▶ staged Parquet ─settle─▶ canonical tables
//!                   └───────columnar (Parquet)──────────────▲  └─reject─▶ rejected                                 └─checks, accounts─▶ summary
//! ```
//!
//! - `run`: one import, step by step; `intake`: one file of it, unless the store has it; `read`: the reading of one file, on several threads
//! - `source`: finds, tells apart, unpacks and hashes files; `sheets`: tables that are no text, as text; `decode`: encodings; `dialect`:
//!   delimiter and quotes; `records`: splits text, `columnar` Parquet, `zone`: the clock of its instants; `refusal`: what it means that a file
//!   cannot be read
//! - `staged`: the typed columns that a layout can fill (`staged.toml`); `layout`: which columns an export has, as data; `dictionary`: its words;
//!   `identify`: which layout a header fits; `plan`: a layout applied to a header
//! - `heading`: which line of a text is its header, and which lines are no data; `facts`: what a plan knows about a column beyond its type
//! - `dates`: every other spelling of a date; `mending`: what is taken off identifiers and numbers; `evidence`: what the values of a column
//!   say about it; `decisions`: what follows for all files of an import
//! - `cell`: one cell from text to value; `typing`: all cells of a block; `stage`: typed rows on disk, by bucket
//! - `reject`: what cannot be used and why; `rejected`: the rejects of a store, written and read
//! - `settle`: nets everything that is staged into the canonical tables; `similarity`: how alike two names of one item are
//! - `docs`: docs/import.md, written from the layouts
//! - `losses`: what was lost beyond the limits; `loss_text`: that in words, and the checks over it
//! - `checks`: judges what was delivered; `accounts`: every row in is a row stored, repeated or rejected; `summary`: what an import found out
//! - `guess`: what columns of an unknown table probably mean; `guess_map`: that as a first map
//! - `error`: what can go wrong

mod accounts;
mod cell;
pub mod checks;
mod columnar;
pub mod dates;
pub mod decisions;
mod decode;
mod dialect;
mod dictionary;
pub mod docs;
mod error;
mod evidence;
mod facts;
mod guess;
pub mod guess_map;
mod heading;
mod identify;
mod intake;
pub mod layout;
pub mod loss_text;
pub mod losses;
mod mending;
mod notes;
mod plan;
pub mod read;
mod records;
mod refusal;
pub mod reject;
mod rejected;
mod run;
pub mod settle;
mod sheets;
pub mod similarity;
pub mod source;
mod splitter;
pub mod stage;
pub mod staged;
pub mod summary;
mod typing;
mod zone;

pub use error::{ImportError, LayoutError, ReadError, SettleError, SinkError};
pub use rejected::{CONFLICT, RejectedRow, for_each_reject, reason_text};
pub use run::{ImportPlan, ImportProgress, guess, import, rejudge};
pub use source::selection::Patterns;
pub use summary::read_summary;
