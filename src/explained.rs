//! Errors in the reader's language. Beside its English `Display` every error has an id and a sentence in Chinese; `errors.toml` says for
//! each id why it happens, what to do, and with which code the program ends. docs/errors.md is written from that file.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::io::{self, ErrorKind};
use std::sync::LazyLock;

use serde::Deserialize;

use crate::lang::{Lang, Text};

/// An error that whoever uses the program can meet. Its `Display` is the English of what [`Explained::told`] says in Chinese.
pub trait Explained: Error {
    /// Its id, and in Chinese what happened, causes included.
    fn told(&self) -> Told;
}

/// An error by its id and in Chinese.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Such as `FJ-201`; an entry of `errors.toml`.
    pub id: &'static str,
    /// What happened.
    pub zh: String,
}

impl Told {
    /// Both at once.
    pub fn new(id: &'static str, zh: impl Into<String>) -> Self {
        Self { id, zh: zh.into() }
    }

    /// What `errors.toml` says about it.
    ///
    /// # Panics
    /// If it has no entry of this id; a test holds that every id has one.
    pub fn entry(&self) -> &'static Entry {
        ENTRIES.get(self.id).expect("tests/it/errors.rs holds that every id has an entry")
    }
}

/// What is said about every error of one id, whatever its values.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The code the program ends with.
    pub exit: u8,
    /// What happened.
    pub what: Text,
    /// How it comes about.
    pub why: Text,
    /// What to do next.
    pub remedy: Text,
}

static ENTRIES: LazyLock<BTreeMap<String, Entry>> =
    LazyLock::new(|| toml::from_str(include_str!("errors.toml")).expect("src/errors.toml parses"));

/// All ids with what is said about them, in their order.
pub fn entries() -> &'static BTreeMap<String, Entry> {
    &ENTRIES
}

impl Explained for io::Error {
    fn told(&self) -> Told {
        Told::new("FJ-901", format!("系统拒绝读写：{}", io_zh(self)))
    }
}

impl Explained for csv::Error {
    fn told(&self) -> Told {
        match self.kind() {
            csv::ErrorKind::Io(error) => error.told(),
            _ => Told::new("FJ-902", format!("CSV 无法读写：{}", csv_zh(self))),
        }
    }
}

/// What the system says, in Chinese where the kind of the error is a common one.
pub fn io_zh(error: &io::Error) -> String {
    let words = match error.kind() {
        ErrorKind::NotFound => "找不到文件或文件夹",
        ErrorKind::PermissionDenied => "没有权限",
        ErrorKind::AlreadyExists => "已经存在",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "磁盘空间不足",
        ErrorKind::ReadOnlyFilesystem => "磁盘是只读的",
        ErrorKind::FileTooLarge => "文件太大，磁盘格式不允许",
        ErrorKind::IsADirectory => "这是文件夹，不是文件",
        ErrorKind::NotADirectory => "路径中有一级不是文件夹",
        ErrorKind::DirectoryNotEmpty => "文件夹不是空的",
        ErrorKind::InvalidFilename => "文件名不能用",
        ErrorKind::ResourceBusy => "正被其他程序占用",
        ErrorKind::InvalidData | ErrorKind::InvalidInput => "内容已损坏或格式不对",
        ErrorKind::UnexpectedEof => "文件不完整，中途断了",
        ErrorKind::BrokenPipe => "接收数据的程序已经退出",
        ErrorKind::OutOfMemory => "内存不足",
        ErrorKind::TimedOut => "等待超时",
        _ => return error.to_string(),
    };
    match error.get_ref() {
        Some(detail) => format!("{words}（{detail}）"),
        None => words.to_owned(),
    }
}

/// What is wrong with a CSV file, in Chinese.
pub fn csv_zh(error: &csv::Error) -> String {
    let line = error.position().map(|position| format!("第 {} 行", position.line())).unwrap_or_default();
    match error.kind() {
        csv::ErrorKind::Io(error) => io_zh(error),
        csv::ErrorKind::Utf8 { .. } => format!("{line}不是 UTF-8 文本"),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{line}有 {len} 列，表头有 {expected_len} 列")
        }
        csv::ErrorKind::Deserialize { err, .. } => format!("{line}不合要求（{err}）"),
        _ => error.to_string(),
    }
}

/// What the first digit of an id says: digit, Chinese, English.
const ROOMS: [(char, &str, &str); 9] = [
    ('1', "命令行", "The command line"),
    ('2', "数据仓", "The case store"),
    ('3', "导入", "Import"),
    ('4', "知识点", "Knowledge"),
    ('5', "规则与 SQL", "Rules and SQL"),
    ('6', "报告与疑点", "Reports and findings"),
    ('7', "核查结果与代号", "Dispositions and pseudonyms"),
    ('8', "团伙、合成数据、评估、奖励", "Rings, synthetic data, evaluation, reward"),
    ('9', "系统", "The system"),
];

/// docs/errors.md: each error with what happened, why, and what to do.
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for (digit, zh, en) in ROOMS {
        let of_room = |id: &str| id.strip_prefix("FJ-").is_some_and(|number| number.starts_with(digit));
        let _ = write!(page, "\n## FJ-{digit}xx {zh} · {en}\n");
        for (id, entry) in entries().iter().filter(|(id, _)| of_room(id)) {
            let _ = write!(page, "\n### {id}\n");
            for lang in [Lang::Zh, Lang::En] {
                let (exit, why, remedy) =
                    (lang.pick("退出码", "exit"), lang.pick("原因：", "Why: "), lang.pick("怎么办：", "What to do: "));
                let _ = write!(
                    page,
                    "\n**{}** ({exit} {})\n\n- {why}{}\n- {remedy}{}\n",
                    entry.what.pick(lang),
                    entry.exit,
                    entry.why.pick(lang),
                    entry.remedy.pick(lang),
                );
            }
        }
    }
    page
}

const HEAD: &str = "# Errors · 报错

<!-- Generated from src/errors.toml by `FEIJIAN_BLESS=1 cargo test --test it docs`: edit that file, not this page. -->

出错时程序写明编号、发生了什么和怎么办，例如：

```text
feijian: [FJ-201] store 不是数据仓：里面没有 store.json
  怎么办：给出 `feijian import --store` 写出的文件夹；还没有导入过数据的，先导入。
```

编号不会改作他用，按编号在本页查找。`--lang en`（或环境变量 `FEIJIAN_LANG=en`）改用英文；`--log-format json` 输出一个 JSON 对象，供程序读取，
其中 `id` 是编号。文件、Parquet、SQL 等底层组件自己的说明保留英文原文，写在括号里或冒号后面。

An error is told by its id, what happened and what to do, in Chinese or with `--lang en` in English. An id is never given to another error.
With `--log-format json` it is one JSON object on stderr: `level`, `event`, `exit_code`, `id`, `message`, `remedy`. What Parquet, SQL, TOML
and other libraries say themselves stays in their own words, in brackets or after a colon.

| 退出码 exit | 含义 | meaning |
| --- | --- | --- |
| 0 | 完成，有无疑点均为 0 | done, findings or not |
| 1 | 有疑点达到 `--fail-on` 的等级 | findings reach `--fail-on` |
| 2 | 用法或配置有误 | wrong usage or configuration |
| 3 | 数据无法读取 | an input cannot be read |
| 4 | 有规则运行失败，或在 `--strict` 下因缺数据未运行 | rules failed, or were skipped under `--strict` |
| 5 | 完成，但丢失的数据超过限值且没有用 `--accept-losses` 接受；先于 1 和 4 | done, but data were lost beyond the limits and `--accept-losses` was not given; before 1 and 4 |
| 75 | 另一次运行正在使用同一文件夹 | another run holds the lock |
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_quoted_in_chinese() {
        assert_eq!(io_zh(&ErrorKind::NotFound.into()), "找不到文件或文件夹");
        let damaged = io::Error::new(ErrorKind::InvalidData, "corrupt deflate stream");
        assert_eq!(io_zh(&damaged), "内容已损坏或格式不对（corrupt deflate stream）");
        let text = "a,b\n1\n";
        let error = csv::Reader::from_reader(text.as_bytes()).records().find_map(Result::err).unwrap();
        assert_eq!(csv_zh(&error), "第 2 行有 1 列，表头有 2 列");
    }
}
