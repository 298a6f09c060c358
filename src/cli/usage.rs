//! What is typed or configured and cannot be: everything that clap cannot know.

use std::path::PathBuf;

use crate::explained::{Explained, Told, io_zh};
use crate::lang::{Text, counted};

/// Something typed that the command cannot do, or did not do whole.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// `--period` is neither months nor days.
    #[error("--period {period}: {end:?} is neither a month nor a day")]
    Period {
        /// As typed.
        period: String,
        /// The end that is not understood.
        end: String,
    },
    /// `--period` runs backwards.
    #[error("--period {0}: the end comes before the beginning")]
    Backwards(String),
    /// `--field` names no inspection field.
    #[error("{}", .0.en)]
    Field(Text),
    /// The pool of threads cannot be made.
    #[error("--threads {threads}: {source}")]
    Threads {
        /// As typed.
        threads: u16,
        /// What is wrong.
        source: rayon::ThreadPoolBuildError,
    },
    /// A workbook asked for on a terminal.
    #[error("a workbook is nothing for a terminal")]
    WorkbookOnTerminal,
    /// Rings are looked for nowhere.
    #[error("neither a case store nor --edges is given")]
    NowhereToLook,
    /// The SQL of a rule that has none.
    #[error("{0} has no SQL of its own: the search for rings looks for it")]
    NoSql(String),
    /// Cases of rules that fail, a line each.
    #[error("{}", .0.join("\n"))]
    Cases(Vec<String>),
    /// The file of `--out` cannot be made.
    #[error("cannot write {}", .path.display())]
    Output {
        /// As typed.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A rule failed; the others ran.
    #[error("{rule}: {}", .reason.en)]
    RuleFailed {
        /// Its id.
        rule: String,
        /// Why.
        reason: Text,
    },
    /// Data were lost beyond the limits.
    #[error("data were lost beyond the limits in {} ({} of them whole files)", counted(*.places, "place"), .files)]
    Lost {
        /// Tables, columns and files that lost too much.
        places: u64,
        /// Files among them that were not read at all.
        files: u64,
    },
    /// `--strict`, and rules had no data.
    #[error("--strict: did not run for missing data: {}", .0.join(", "))]
    Skipped(Vec<String>),
    /// `--fail-on`, and findings reach it.
    #[error("--fail-on {level}: findings reach it: {findings}")]
    Found {
        /// The level asked for.
        level: &'static str,
        /// How many.
        findings: usize,
    },
}

impl Explained for UsageError {
    fn told(&self) -> Told {
        match self {
            Self::Period { period, end } => {
                Told::new("FJ-110", format!("--period {period}：“{end}”既不是月份，也不是日期"))
            }
            Self::Backwards(period) => Told::new("FJ-111", format!("--period {period}：止早于起")),
            Self::Field(problem) => Told::new("FJ-112", problem.zh.clone()),
            Self::Threads { threads, source } => {
                Told::new("FJ-113", format!("--threads {threads} 无法设定（{source}）"))
            }
            Self::WorkbookOnTerminal => Told::new("FJ-114", "工作簿不能显示在终端里"),
            Self::NowhereToLook => Told::new("FJ-115", "既没有给出数据仓，也没有给出 --edges"),
            Self::NoSql(rule) => Told::new("FJ-508", format!("规则 {rule} 没有自己的 SQL：它由团伙查找得出")),
            Self::Cases(problems) => Told::new("FJ-509", format!("规则的测试用例没有通过：\n{}", problems.join("\n"))),
            Self::Output { path, source } => {
                Told::new("FJ-606", format!("无法写入 {}：{}", path.display(), io_zh(source)))
            }
            Self::RuleFailed { rule, reason } => Told::new("FJ-510", format!("规则 {rule} {}", reason.zh)),
            Self::Lost { places, files } => {
                Told::new("FJ-350", format!("数据丢失超过限值，共 {places} 处（其中整个文件 {files} 个）"))
            }
            Self::Skipped(rules) => {
                Told::new("FJ-511", format!("--strict：因缺少数据没有运行的规则：{}", rules.join("、")))
            }
            Self::Found { level, findings } => {
                Told::new("FJ-630", format!("--fail-on {level}：达到这一等级的疑点 {findings} 条"))
            }
        }
    }
}
