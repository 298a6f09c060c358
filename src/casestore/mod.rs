//! The case store: the netted, typed, keyed tables that every rule reads, as plain Parquet.
//!
//! `schema` is the definition of the tables, `key` the stateless keys that join them, `store` the folder they live in.

pub mod docs;
pub mod frame;
pub mod key;
pub mod schema;
pub mod store;
