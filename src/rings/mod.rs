//! Rings: groups of persons, institutions and practitioners that share more than chance explains. No rule about single claims sees them.
//!
//! ```text
//! store ─presence.sql─▶ events ─sweep─▶ pairs ─surprise, benign─▶ edges ─groups (petgraph, leiden)─▶ groups ─confirm, assemble─▶ rings ─report─▶ CSV, GraphML
//!                          └─────blocks: bursts, (α,β)-core ────────▲                                       └─indications─▶ findings
//! ```
//!
//! - `settings`: every limit, from the rules' parameters; `query`: SQL over the store; `store`: institutions, names and visits of it
//! - `events`: who was where and when, as sorted integers; `sweep`: persons who keep meeting; `edges.sql`: the same for a cluster
//! - `blocks`: dense blocks of persons and bursts, which camouflage does not hide
//! - `pairs`: those of them that neither chance (`surprise`) nor everyday life (`benign`: a household, a home, a course of treatment) explains;
//!   `courses`: which visits were treatment
//! - `numbering`: persons and places in an order that says nothing about names; `groups`: components, communities (`leiden`) and cores;
//!   `confirm`: these n cards on these m days
//! - `persons`, `institutions`, `rotation`: rings of persons, of institutions and practitioners that share patients (`overlap`: what hospitals
//!   share anyway), and of cycles of stays; `edge_list`: from edges made elsewhere; `purchases`: what a ring's visits were for
//! - `model`: what a ring is; `assemble`: a ring put together from what was found of it; `score`: its parts and its rank; `find`: the steps in
//!   order; `error`: what can go wrong
//! - `indications`: rings as evidence of the ring rules; rings as suspects are in `ranking`, their files and their picture in `report`
//!
//! Results depend on neither row order, threads nor the names of persons and places: every order that an algorithm follows comes from
//! when and where the records are, see [`events::Events::signature`].

mod assemble;
pub mod benign;
pub mod blocks;
pub mod confirm;
mod courses;
pub mod edge_list;
mod error;
pub mod events;
mod find;
pub mod groups;
pub mod indications;
pub mod institutions;
pub mod leiden;
pub mod model;
mod numbering;
mod overlap;
mod pairs;
mod persons;
mod purchases;
mod query;
pub mod rotation;
mod score;
pub mod settings;
mod store;
pub mod surprise;
pub mod sweep;

pub use edge_list::from_edges;
pub use error::RingsError;
pub use find::find;
pub use model::{Ring, RingKind, Rings};
pub use settings::Settings;
