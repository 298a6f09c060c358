//! The rule classes of the two libraries (两库), 2025 edition: which rule evaluates each, with which knowledge, or why none does yet.

use std::fmt::Write;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::lang::{Lang, Text};

/// One rule class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleClass {
    /// Number in the edition, from 1.
    pub number: u16,
    /// Its short name.
    pub name: String,
    /// The rules that evaluate it; none when it is not evaluated yet.
    pub rules: Vec<String>,
    /// The knowledge tables that they judge it by; none where they need no knowledge.
    pub tables: Vec<String>,
    /// What limits the evaluation, or why there is none; may be empty for evaluated ones.
    pub note: Text,
}

/// A line of `classes.csv`.
#[derive(Deserialize)]
struct Line {
    number: u16,
    name: String,
    rules: String,
    tables: String,
    zh: String,
    en: String,
}

/// All rule classes in the order of the edition. The embedded file is read by the tests, so no line of it is lost here.
pub static RULE_CLASSES: LazyLock<Vec<RuleClass>> = LazyLock::new(|| {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
    let mut reader = csv::Reader::from_reader(include_str!("classes.csv").as_bytes());
    let lines = reader.deserialize().filter_map(Result::ok);
    let classes = lines.map(|line: Line| RuleClass {
        number: line.number,
        name: line.name,
        rules: words(&line.rules),
        tables: words(&line.tables),
        note: Text::new(line.zh, line.en),
    });
    classes.collect()
});

impl RuleClass {
    /// What becomes of the class in one line: its rules and what they are judged by, or why there is none.
    pub fn state(&self, lang: Lang) -> String {
        let mut parts = Vec::new();
        if self.rules.is_empty() {
            parts.push(lang.pick("尚未评估", "not evaluated yet").to_owned());
        }
        parts.extend(Some(self.note.pick(lang).to_owned()).filter(|note| !note.is_empty()));
        parts.join(lang.pick("：", ": "))
    }
}

/// docs/knowledge.md: the classes, as Markdown.
pub fn page() -> String {
    let evaluated = RULE_CLASSES.iter().filter(|class| !class.rules.is_empty()).count();
    let mut page = HEAD.to_owned();
    let _ = writeln!(
        page,
        "{evaluated} of the {} classes are evaluated, wholly or in part. 下列 {} 类中 {evaluated} 类全部或部分评估。\n",
        RULE_CLASSES.len(),
        RULE_CLASSES.len()
    );
    page.push_str(
        "| 序号 | 规则类 | 规则 rules | 知识点表 tables | 说明 | note |\n| ---: | --- | --- | --- | --- | --- |\n",
    );
    for class in RULE_CLASSES.iter() {
        let linked: Vec<String> = class.rules.iter().map(|id| format!("[{id}](rules/{id}.md)")).collect();
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} |",
            class.number,
            class.name,
            linked.join(" "),
            class.tables.join(" "),
            class.state(Lang::Zh),
            class.state(Lang::En)
        );
    }
    page
}

const HEAD: &str = "# Knowledge · 知识点

<!-- Generated from src/knowledge/classes.csv and classes.rs by `FEIJIAN_BLESS=1 cargo test --test it docs`: edit those, not this page. -->

`feijian knowledge import` reads the bureau's notices (智能监管规则和知识点) as published, workbooks or CSV files, or whole folders of them. Each row is
stored, a repeat, or rejected with its reason; a file that cannot be read is told and stops no other, and the exit code is then 3. `feijian knowledge
list` shows what is known.

`feijian knowledge import` 按公布原样读入国家医保局的智能监管规则和知识点（工作簿、CSV 或整个文件夹）。每一行都有去向：入库、重复或拒收（附原因）；
个别文件读不了不影响其他文件，退出码为 3。`feijian knowledge list` 列出现有知识点。

## Days · 起止日

A row holds from its first to its last day, and no rule lets it say anything about a claim of another day. The first day is the latest that is known:
the batch's, or that of what the notice rests on (the 2024 edition of the drug catalogue holds from 2025-01-01 to 2025-12-31; a document binds from
the year after its own). `--valid-from` goes before all of them. A newer edition ends the older rows of its rule for later claims only, and a row about
the same thing that begins later holds from its first day on. Built-in facts and rows without days always hold.

知识点自起效日起、至失效日止有效，任何规则都不以知识点评判起止日以外的费用。起效日取已知的最晚一日：批次的，或所依据的目录、文件的（2024 版药品目录
2025-01-01 至 2025-12-31 有效；文件自次年起）；`--valid-from` 优先。新版只取代此后费用所用的旧版知识点。内置常识和未写日期的知识点一直有效。

## Indications · 药品限适应症

The words of a limit are kept as they are and cut when rules read them, by a table of terms: each term stands for three-character categories of ICD-10,
widely meant, and `-` marks words that name no disease. A limit of which any phrase is not understood decides nothing; `feijian knowledge list` counts
those and names the phrases. A file with the columns `term,dx3` in the knowledge folder adds terms (`实体瘤,C00 C01 …`) and goes before the built-in ones.

限定原文照存，规则读取时按病名词表切分：每个词对应诊断编码前三位（取最宽口径），`-` 表示不是病名。有任何词句不能对应的限定不参与判断，`feijian knowledge
list` 给出数量和词句。在知识点文件夹中放一个含 `term,dx3` 两列的 CSV 即可补充，并优先于内置词表。

## The 88 rule classes of the 2025 edition · 2025 年版 88 个规则类

";

#[cfg(test)]
mod tests {
    use super::super::notice::NOTICE_RULES;
    use super::*;
    use crate::casestore::schema;

    #[test]
    fn every_class_is_there_once_with_its_tables_or_a_reason() {
        assert_eq!(RULE_CLASSES.len(), include_str!("classes.csv").lines().count() - 1);
        assert_eq!(RULE_CLASSES.iter().map(|class| class.number).collect::<Vec<_>>(), (1..=88).collect::<Vec<_>>());
        for class in RULE_CLASSES.iter() {
            assert!(class.tables.iter().all(|table| schema::table(table).is_some()), "{}", class.name);
            assert!(
                !class.rules.is_empty() || !class.note.zh.is_empty(),
                "{} has neither a rule nor a reason",
                class.name
            );
        }
    }

    #[test]
    fn what_a_notice_may_bring_belongs_to_an_evaluated_class() {
        for rule in NOTICE_RULES {
            let class = RULE_CLASSES.iter().find(|class| class.name.starts_with(rule.name));
            assert!(class.is_some_and(|class| !class.rules.is_empty()), "{}", rule.name);
        }
    }
}
