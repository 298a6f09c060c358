//! What can go wrong while rings are looked for.

use std::io;
use std::path::PathBuf;

use polars::prelude::PolarsError;

use super::model::MemberKind;
use crate::explained::{Explained, Told, io_zh};
use crate::knowledge::KnowledgeError;
use crate::lang::Text;

/// What can go wrong while rings are looked for.
#[expect(missing_docs, reason = "the fields are what the messages name")]
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
    EdgeList { path: PathBuf, reason: Text },
    /// The list of what courses of treatment bill.
    #[error(transparent)]
    Knowledge(#[from] Box<KnowledgeError>),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    Io { path: PathBuf, source: io::Error },
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
