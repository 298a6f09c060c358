//! Rings: groups of persons, institutions and practitioners that share more than chance explains. No rule about single claims sees them.
//!
//! ```text
//! store ─presence.sql─▶ events ─sweep─▶ pairs ─surprise, benign─▶ edges ─groups (petgraph, leiden)─▶ groups ─confirm, score─▶ rings ─files─▶ CSV, GraphML
//!                          └─────blocks: bursts, (α,β)-core ────────▲                                       └─indications─▶ findings
//! ```
//!
//! - `settings`: every limit, from the rules' parameters; `query`: SQL over the store
//! - `events`: who was where and when, as sorted integers; `sweep`: persons who keep meeting; `edges.sql`: the same for a cluster
//! - `surprise`: how unlikely a meeting count is; `benign`: pairs that a household, a home or a course of treatment explains; `courses`: which
//!   visits were treatment
//! - `blocks`: dense blocks of persons and bursts, which camouflage does not hide
//! - `groups`: components, communities (`leiden`) and cores; `confirm`: these n cards on these m days
//! - `institutions`: institutions and practitioners that share patients; `overlap`: what hospitals share anyway; `rotation`: cycles of stays
//! - `model`: what a ring is; `score`: its parts and its rank; `find`: the steps in order; `edge_list`: from edges made elsewhere
//! - `files`: rings.csv, ring_members.csv, rings.graphml; `indications`: rings as findings and suspects; `picture`: one ring drawn
//!
//! Results depend on neither row order, threads nor the names of persons and places: every order that an algorithm follows comes from
//! when and where the records are, see [`events::Events::signature`].

pub mod benign;
pub mod blocks;
pub mod confirm;
mod courses;
pub mod edge_list;
pub mod events;
pub mod files;
mod find;
pub mod groups;
pub mod indications;
pub mod institutions;
pub mod leiden;
pub mod model;
mod overlap;
pub mod picture;
mod query;
pub mod rotation;
mod score;
pub mod settings;
pub mod surprise;
pub mod sweep;

pub use edge_list::from_edges;
pub use find::find;
pub use model::{Ring, RingKind, Rings};
pub use settings::Settings;

use polars::prelude::PolarsError;

use self::model::MemberKind;
use crate::explained::{Explained, Told, io_zh};
use crate::knowledge::KnowledgeError;
use crate::lang::Text;

/// What can go wrong while rings are looked for.
#[derive(Debug, thiserror::Error)]
pub enum RingsError {
    /// A table of the store cannot be read.
    #[error("the records that rings are found in cannot be read: {0}")]
    Query(#[from] PolarsError),
    /// More persons or places than 32-bit numbers can count.
    #[error("there are more {}s than this program can number", .0.as_str())]
    TooMany(MemberKind),
    /// An edge list that is none.
    #[error("{path}: {}", .reason.en)]
    EdgeList { path: std::path::PathBuf, reason: Text },
    /// The list of what courses of treatment bill.
    #[error(transparent)]
    Knowledge(#[from] Box<KnowledgeError>),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io { path: std::path::PathBuf, source: std::io::Error },
}

impl Explained for RingsError {
    fn told(&self) -> Told {
        match self {
            Self::Query(error) => Told::new("FJ-801", format!("查找团伙时数据读不出来：{error}")),
            Self::TooMany(kind) => {
                let kind = match kind {
                    MemberKind::Person => "人员",
                    MemberKind::Institution => "机构",
                    MemberKind::Practitioner => "医务人员",
                };
                Told::new("FJ-802", format!("{kind}的数目超过了程序能编号的上限"))
            }
            Self::EdgeList { path, reason } => Told::new("FJ-803", format!("{}：{}", path.display(), reason.zh)),
            Self::Knowledge(error) => error.told(),
            Self::Io { path, source } => Told::new("FJ-804", format!("{}：{}", path.display(), io_zh(source))),
        }
    }
}
