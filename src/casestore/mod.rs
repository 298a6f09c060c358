//! The case store: the netted, typed, keyed tables that every rule reads, as plain Parquet.
//!
//! `schema` is the definition of the tables, `key` the stateless keys that join them, `store` the folder they live in, `source` what
//! everybody asks for their rows.

pub mod docs;
pub mod key;
pub mod schema;
pub mod source;
pub mod store;
