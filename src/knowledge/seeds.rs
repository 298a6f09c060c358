//! The seeds: `queries/knowledge/`, embedded when the program is built.

use include_dir::{Dir, include_dir};

/// Knowledge written from general facts, embedded so that the rules work before any notice is imported.
pub static SEEDS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/queries/knowledge");
