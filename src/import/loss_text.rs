//! What is lost, in words: the acceptance checks over losses, the sentence on each, and the one that stands first wherever a run is told.

use super::losses::{Loss, LossKind, Losses, MASKED_PERSONS_PPM};
use super::rejected::reason_text;
use super::summary::{Check, CheckResult};
use crate::casestore::store::MASKED_KEY;
use crate::format::{scaled, trimmed};
use crate::lang::{Lang, Text, counted};

/// Losses that a headline names; the checks name all.
const NAMED: usize = 3;

/// Columns that a file lacks that a sentence names.
const LACKING: usize = 8;

/// A share of `of`, with two decimals and never 0 for something: `98.25 %`.
pub fn share(lost: u64, of: u64) -> String {
    let (lost, of) = (u128::from(lost), u128::from(of.max(1)));
    let hundredths = (lost * 10_000 + of / 2) / of;
    if hundredths == 0 && lost > 0 {
        return "< 0.01 %".to_owned();
    }
    format!("{} %", scaled(i128::try_from(hundredths).unwrap_or(i128::MAX), 2))
}

/// A limit in millionths as a percentage: `0.1 %`.
pub fn limit(ppm: u32) -> String {
    format!("{} %", trimmed(ppm, 4))
}

/// The last part of a path, as people name a file; of a member of an archive both.
fn short(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file)
}

/// Why something could not be used, in words.
fn reason(id: &str, lang: Lang) -> &'static str {
    if id == MASKED_KEY {
        return lang.pick("主键被掩码或为占位值", "the key is masked or a placeholder");
    }
    reason_text(id, lang)
}

impl Loss {
    /// Table, or table and column, as it is called.
    pub fn subject(&self, lang: Lang) -> String {
        let title = self.title.pick(lang);
        let table = match (title, self.layout.as_str()) {
            ("", layout) => layout.to_owned(),
            (title, "") => title.to_owned(),
            (title, layout) if title == layout => title.to_owned(),
            (title, layout) => match lang {
                Lang::Zh => format!("{title}（{layout}）"),
                Lang::En => format!("{layout} ({title})"),
            },
        };
        match (self.kind, self.column.as_str()) {
            (LossKind::File, _) => match (lang, table.as_str()) {
                (Lang::Zh, "") => format!("文件 {}（是哪张表未知）", short(&self.file)),
                (Lang::En, "") => format!("file {} (which table it is cannot be told)", short(&self.file)),
                (Lang::Zh, table) => format!("文件 {}（可能是{table}）", short(&self.file)),
                (Lang::En, table) => format!("file {} (it may be {table})", short(&self.file)),
            },
            (_, "") => table,
            (_, column) => match lang {
                Lang::Zh => format!("{table}的 {column} 列"),
                Lang::En => format!("column {column} of {table}"),
            },
        }
    }

    /// What happened to it, with the figures: half a sentence.
    pub fn brief(&self, lang: Lang) -> String {
        let (subject, share) = (self.subject(lang), share(self.lost, self.of));
        let (lost, of) = (self.lost, self.of);
        match (self.kind, lang) {
            (LossKind::File, Lang::Zh) => format!("{subject}没有读入"),
            (LossKind::File, Lang::En) => format!("{subject} was not read"),
            (LossKind::Rows, Lang::Zh) => format!("{subject} {of} 行中有 {lost} 行不能用（{share}）"),
            (LossKind::Rows, Lang::En) => {
                format!("{lost} of {} of {subject} cannot be used ({share})", counted(of, "row"))
            }
            (LossKind::Cells, Lang::Zh) => format!("{subject}有 {lost} 个值不能用（占已填的 {share}）"),
            (LossKind::Cells, Lang::En) => {
                format!("{} of {subject} cannot be used ({share} of those filled)", counted(lost, "value"))
            }
            (LossKind::Unplaced, Lang::Zh) => {
                format!("{subject}有 {lost} 行没有日期、就诊或机构，无法核查（{share}）")
            }
            (LossKind::Unplaced, Lang::En) => {
                format!(
                    "{} of {subject} without a date, visit or institution, which cannot be looked at ({share})",
                    counted(lost, "row")
                )
            }
            (LossKind::MaskedKeys, Lang::Zh) => format!("{subject}有 {lost} 行的主键被掩码，无法使用（{share}）"),
            (LossKind::MaskedKeys, Lang::En) => {
                format!("{} of {subject} whose key was delivered masked ({share})", counted(lost, "row"))
            }
            (LossKind::MaskedPersons, Lang::Zh) => {
                format!("{subject}有 {share} 被掩码，认不出同一个人，无法按人核查")
            }
            (LossKind::MaskedPersons, Lang::En) => {
                format!("{share} of {subject} is masked: nobody can be told apart")
            }
        }
    }

    /// The whole: figures, file, line and shape of an example, reasons.
    pub fn sentence(&self, lang: Lang) -> String {
        let mut text = self.brief(lang);
        if self.kind == LossKind::File {
            return match lang {
                Lang::Zh => format!("{text}：{}", self.why.zh),
                Lang::En => format!("{text}: {}", self.why.en),
            };
        }
        let reasons: Vec<String> = self
            .reasons
            .iter()
            .map(|(id, count)| match lang {
                Lang::Zh => format!("{} {count}", reason(id, lang)),
                Lang::En => format!("{}: {count}", reason(id, lang)),
            })
            .collect();
        if !self.file.is_empty() {
            let others = self.files.saturating_sub(1);
            text.push_str(&match (lang, others) {
                (Lang::Zh, 0) => format!("；文件 {}", short(&self.file)),
                (Lang::En, 0) => format!("; file {}", short(&self.file)),
                (Lang::Zh, others) => format!("；文件 {} 等 {} 个", short(&self.file), others + 1),
                (Lang::En, others) => format!("; file {} and {}", short(&self.file), counted(others, "other")),
            });
        }
        if let Some(example) = &self.example {
            text.push_str(&match (lang, example.shape.trim()) {
                (Lang::Zh, "") => format!("，如第 {} 行（空）", example.line),
                (Lang::En, "") => format!(", such as line {} (empty)", example.line),
                (Lang::Zh, shape) => format!("，如第 {} 行，形如“{shape}”", example.line),
                (Lang::En, shape) => format!(", such as line {}, of the shape \"{shape}\"", example.line),
            });
        }
        if !self.because_of.is_empty() {
            text.push_str(&match lang {
                Lang::Zh => format!("（{} 列）", self.because_of),
                Lang::En => format!(" (column {})", self.because_of),
            });
        }
        if !self.lacking.is_empty() {
            let named = self.lacking.iter().take(LACKING).cloned().collect::<Vec<_>>().join(lang.pick("、", ", "));
            let more = if self.lacking.len() > LACKING { lang.pick(" 等", " and others") } else { "" };
            text.push_str(&match lang {
                Lang::Zh => format!("；文件没有 {named}{more} 列"),
                Lang::En => format!("; the file has no column {named}{more}"),
            });
        }
        if !reasons.is_empty() {
            text.push_str(&match lang {
                Lang::Zh => format!("；原因：{}", reasons.join("，")),
                Lang::En => format!("; why: {}", reasons.join(", ")),
            });
        }
        text
    }
}

/// The acceptance checks over losses. Kinds of which nothing was compared do not apply.
pub fn checks(losses: &Losses) -> Vec<Check> {
    let limits = losses.limits;
    let kinds = [
        (
            LossKind::File,
            "files",
            ("可能含数据的文件均已读入", "every file that may hold data was read"),
            "0".to_owned(),
        ),
        (
            LossKind::Rows,
            "rows",
            ("每张表、每个文件的行都能用", "the rows of every table and file can be used"),
            limit(limits.rows_ppm),
        ),
        (
            LossKind::Cells,
            "cells",
            ("规则所需各列的值都能用", "the values of every column that rules need can be used"),
            limit(limits.cells_ppm),
        ),
        (
            LossKind::Unplaced,
            "placed",
            ("就诊和费用明细都有日期、就诊和机构", "visits and fee lines have a date, a visit and an institution"),
            limit(limits.rows_ppm),
        ),
        (LossKind::MaskedKeys, "masked-keys", ("主键没有被掩码", "keys are not masked"), limit(limits.cells_ppm)),
        (
            LossKind::MaskedPersons,
            "masked-persons",
            ("人员编号多数没有被掩码", "most numbers of persons are not masked"),
            limit(MASKED_PERSONS_PPM),
        ),
    ];
    let check = |(kind, id, (zh, en), limit): (LossKind, &str, (&str, &str), String)| {
        let found: Vec<&Loss> = losses.of(kind).collect();
        let worst = losses.worst.get(&kind).filter(|worst| worst.of > 0);
        let applies = kind == LossKind::File || worst.is_some();
        let result = match (found.is_empty(), applies) {
            (false, _) => CheckResult::Failed,
            (true, true) => CheckResult::Passed,
            (true, false) => CheckResult::NotApplicable,
        };
        let figure = match (kind, worst) {
            (LossKind::File, _) => found.len().to_string(),
            (_, Some(worst)) => share(worst.lost, worst.of),
            (_, None) => String::new(),
        };
        let detail = if found.is_empty() {
            match worst.filter(|worst| worst.lost > 0) {
                Some(worst) => Text::new(
                    format!("最多的是 {}：{} / {}", worst.name, worst.lost, worst.of),
                    format!("most in {}: {} of {}", worst.name, worst.lost, worst.of),
                ),
                None => Text::new("无", "none"),
            }
        } else {
            let all = |lang: Lang| found.iter().map(|loss| loss.sentence(lang)).collect::<Vec<_>>();
            Text::new(all(Lang::Zh).join("。"), all(Lang::En).join(". "))
        };
        let limit = if kind == LossKind::File { limit } else { format!("≤ {limit}") };
        Check {
            id: format!("{CHECKS}{id}"),
            title: Text::new(zh, en),
            result,
            figure: Text::new(figure.clone(), figure),
            limit: Text::new(limit.clone(), limit),
            detail,
        }
    };
    kinds.into_iter().map(check).collect()
}

/// How the ids of these checks begin.
pub const CHECKS: &str = "loss/";

/// The sentence that stands first wherever a run over these data is told; none where nothing is beyond its limit.
pub fn headline(losses: &Losses) -> Option<Text> {
    let beyond = &losses.beyond;
    if beyond.is_empty() {
        return None;
    }
    let told = |lang: Lang| beyond.iter().take(NAMED).map(|loss| loss.brief(lang)).collect::<Vec<_>>();
    let more = beyond.len().saturating_sub(NAMED);
    let (zh, en) = (told(Lang::Zh).join("；"), told(Lang::En).join("; "));
    let (zh_more, en_more) = if more > 0 {
        (format!("；另有 {more} 处"), format!("; and {more} more"))
    } else {
        (String::new(), String::new())
    };
    Some(if losses.are_missing() {
        Text::new(
            format!("数据有丢失，超过限值：{zh}{zh_more}。没有查出疑点不等于没有问题，请先补齐数据再下结论。"),
            format!(
                "Data were lost beyond the limits: {en}{en_more}. Nothing found does not mean nothing there: have them delivered again before concluding anything."
            ),
        )
    } else {
        Text::new(
            format!("数据有缺陷：{zh}{zh_more}。没有查出疑点不等于没有问题。"),
            format!("The data have a defect: {en}{en_more}. Nothing found does not mean nothing there."),
        )
    })
}
