//! What people read about a rule: `feijian rule ID`, the list of rules, and the pages under docs/rules.
//!
//! Terminal text and Markdown are two renderings of the same sections, so they cannot disagree.

use std::fmt::Write;

use super::catalog::{Catalog, Rule};
use super::models::{self, MODELS, REGULATION_EN};
use super::params::Values;
use super::spec::{Param, Scope};
use crate::casestore::schema;
use crate::lang::{Lang, Text};
use crate::model::Grade;
use crate::sql::portable::ALLOWED_FUNCTIONS;

/// Units that parameters are declared in, and their Chinese words.
const UNITS: &[(&str, &str)] = &[
    ("%", "%"),
    ("percent", "%"),
    ("days", "天"),
    ("day", "（1970-01-01 起的天数）"),
    ("nights", "晚"),
    ("hours", "小时"),
    ("minutes", "分钟"),
    ("periods", "个周期"),
    ("months", "个月"),
    ("years", "岁"),
    ("fen", "分"),
    ("times", "次"),
    ("stays", "次住院"),
    ("visits", "次就诊"),
    ("operations", "台次"),
    ("lines", "条明细"),
    ("items", "个项目"),
    ("units", "个计价单位"),
    ("persons", "人"),
    ("institutions", "家机构"),
    ("practitioners", "名医师"),
    ("ratio", "倍"),
    ("flag", "（0 否 1 是）"),
    ("points", "分值"),
    ("sigma", "个标准差"),
    ("digits", "位"),
    ("-log10 p", "（−log10 p）"),
];

/// The word for a parameter's unit in both languages.
pub fn unit(unit: &str) -> Text {
    Text::new(unit_zh(unit).unwrap_or(unit), unit)
}

/// The units that parameters may be declared in.
pub(super) fn units() -> impl Iterator<Item = &'static str> {
    UNITS.iter().map(|(unit, _)| *unit)
}

/// The Chinese word for a unit.
pub(super) fn unit_zh(unit: &str) -> Option<&'static str> {
    UNITS.iter().find(|(name, _)| *name == unit).map(|(_, zh)| *zh)
}

/// One row of the list of rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRule<'a> {
    /// 1–9.
    pub model: u8,
    /// Name.
    pub id: &'a str,
    /// Title.
    pub title: &'a str,
    /// Grade, as a word of the output contract.
    pub grade: &'static str,
    /// Status in words.
    pub status: &'static str,
    /// Tables without which it does not apply.
    pub tables: Vec<&'a str>,
}

/// The list of these rules, in their order.
pub fn list<'a>(rules: &[&'a Rule], lang: Lang) -> Vec<ListedRule<'a>> {
    let listed = rules.iter().map(|rule| ListedRule {
        model: rule.spec.model,
        id: &rule.spec.id,
        title: rule.spec.title.pick(lang),
        grade: rule.spec.grade.as_str(),
        status: rule.spec.status.word(lang),
        tables: rule.spec.tables.iter().chain(&rule.spec.any_tables).map(String::as_str).collect(),
    });
    listed.collect()
}

/// A rule explained to an inspector, as plain text for a terminal. `values` are those of the run.
pub fn text(rule: &Rule, values: &Values, lang: Lang) -> String {
    let mut text = format!("{}  {}\n{}\n", rule.spec.id, rule.spec.title.pick(lang), summary(rule, lang));
    for section in sections(rule, values, lang) {
        let _ = write!(text, "\n{}\n", section.heading);
        for line in section.lines() {
            let _ = writeln!(text, "{}", format!("  {line}").trim_end());
        }
    }
    text
}

/// The page of a rule under docs/rules: both languages and the SQL, as Markdown.
pub fn page(rule: &Rule) -> String {
    let values = Values::defaults(&rule.spec.params);
    let mut page = format!("# {}\n\n{GENERATED}\n", rule.spec.id);
    for lang in [Lang::Zh, Lang::En] {
        let _ = write!(page, "\n## {}\n\n{}\n", rule.spec.title.pick(lang), summary(rule, lang));
        for section in sections(rule, &values, lang) {
            let _ = write!(page, "\n### {}\n\n{}\n", section.heading, section.lines().join("\n"));
        }
    }
    if rule.is_ring() {
        page.push_str("\n## Search\n\nNo SQL of its own: the search for rings, [how it works](../rings.md).\n");
    } else {
        let _ = write!(page, "\n## SQL\n\n```sql\n{}\n```\n", rule.sql().trim_end());
    }
    page
}

/// The index of docs/rules, as Markdown.
pub fn index(catalog: &Catalog) -> String {
    let mut page = format!("# 规则 · Rules\n\n{GENERATED}\n");
    for model in &MODELS {
        let mut rules = catalog.rules().iter().filter(|rule| rule.spec.model == model.number).peekable();
        if rules.peek().is_none() {
            continue;
        }
        let _ = write!(page, "\n## {} {} · {}\n\n", model.number, model.title.zh, model.title.en);
        page.push_str("| rule | 标题 | title | grade |\n| --- | --- | --- | --- |\n");
        for rule in rules {
            let (id, title) = (&rule.spec.id, &rule.spec.title);
            let _ = writeln!(page, "| [{id}]({id}.md) | {} | {} | {} |", title.zh, title.en, rule.spec.grade.as_str());
        }
    }
    let _ = write!(
        page,
        "\n## Functions that rule.sql may call\n\nTried on Polars and DuckDB by the tests: {}.\n",
        ALLOWED_FUNCTIONS.join(", ")
    );
    page
}

/// Head of every generated page.
const GENERATED: &str =
    "<!-- Generated from queries/ by `FEIJIAN_BLESS=1 cargo test --test it docs`: edit rule.toml, not this page. -->";

/// A heading and what stands below it.
struct Section {
    heading: &'static str,
    body: Body,
}

enum Body {
    Paragraphs(Vec<String>),
    List(Vec<String>),
}

impl Section {
    fn lines(&self) -> Vec<String> {
        match &self.body {
            Body::Paragraphs(paragraphs) => {
                let mut lines = Vec::new();
                for paragraph in paragraphs {
                    if !lines.is_empty() {
                        lines.push(String::new());
                    }
                    lines.push(paragraph.clone());
                }
                lines
            }
            Body::List(items) => items.iter().map(|item| format!("- {item}")).collect(),
        }
    }
}

/// Everything about a rule, in the order an inspector asks. Sections without content are left out.
fn sections(rule: &Rule, values: &Values, lang: Lang) -> Vec<Section> {
    let spec = &rule.spec;
    let text = spec.text.pick(lang);
    let params = spec.params.iter().map(|(name, param)| parameter(name, param, values, lang)).collect();
    let exclusions = spec.exclusions.values().map(|exclusion| exclusion.pick(lang).to_owned()).collect();
    let paragraphs = |heading, paragraphs| Section { heading, body: Body::Paragraphs(paragraphs) };
    let listed = |heading, items| Section { heading, body: Body::List(items) };
    let all = [
        paragraphs(lang.pick("查什么", "What it finds"), vec![text.finds.clone()]),
        paragraphs(lang.pick("为何可疑", "Why it matters"), vec![text.breaks.clone(), provision(rule, lang)]),
        listed(lang.pick("参数", "Parameters"), params),
        listed(lang.pick("已排除的合理情形", "Left out as legitimate"), exclusions),
        listed(lang.pick("需人工排除的正当解释", "Innocent explanations to check"), text.innocent.clone()),
        listed(lang.pick("向机构调取", "Records to ask for"), text.ask_for.clone()),
        listed(lang.pick("所需数据", "Data needed"), needs(rule, lang)),
        listed(lang.pick("出处", "References"), text.references.clone()),
    ];
    all.into_iter()
        .filter(|section| match &section.body {
            Body::Paragraphs(paragraphs) => !paragraphs.is_empty(),
            Body::List(items) => !items.is_empty(),
        })
        .collect()
}

/// Model, grade, whom it concerns, scope, status and confidence in one line.
fn summary(rule: &Rule, lang: Lang) -> String {
    let spec = &rule.spec;
    let model = models::model(spec.model).map_or("", |model| model.title.pick(lang));
    let grade = match spec.grade {
        Grade::Violation => lang.pick("违规疑点：记录本身可见", "violation: the record itself shows it"),
        Grade::Lead => lang.pick("线索：需核实", "lead: to verify"),
    };
    let scope = match spec.scope {
        Scope::Person => lang.pick("按人", "person by person"),
        Scope::Area => lang.pick("全域", "all persons at once"),
    };
    let concerns: Vec<&str> = spec.concerns.iter().map(|kind| kind.several(lang)).collect();
    let concerns = concerns.join(lang.pick("、", ", "));
    let fields = if spec.fields.is_empty() { String::new() } else { format!(" · {}", spec.fields.join(" ")) };
    let status = spec.status.word(lang);
    match lang {
        Lang::Zh => format!(
            "模型 {} {model} · {grade} · 涉及{concerns} · 先验可信度 {} · {scope} · {status}，自 {} 版起{fields}",
            spec.model, spec.confidence, spec.since
        ),
        Lang::En => format!(
            "Model {} {model} · {grade} · concerns {concerns} · prior confidence {} · {scope} · {status} since {}{fields}",
            spec.model, spec.confidence, spec.since
        ),
    }
}

fn provision(rule: &Rule, lang: Lang) -> String {
    let basis = &rule.spec.basis;
    let model = models::model(rule.spec.model);
    match lang {
        Lang::Zh => format!(
            "《{}》第{}条第（{}）项：{}。",
            basis.regulation,
            chinese_number(basis.article),
            chinese_number(basis.item),
            model.map_or("", |model| model.provision.zh)
        ),
        Lang::En => format!(
            "{REGULATION_EN} ({}), article {} item {}: {}.",
            basis.regulation,
            basis.article,
            basis.item,
            model.map_or("", |model| model.provision.en)
        ),
    }
}

fn parameter(name: &str, param: &Param, values: &Values, lang: Lang) -> String {
    let [least, greatest] = param.range;
    let value = values.get(name).unwrap_or(param.default);
    let unit = lang.pick(unit_zh(&param.unit).unwrap_or(&param.unit), &param.unit);
    let default = param.default;
    match lang {
        Lang::Zh => {
            let changed = if value == default { String::new() } else { format!("默认 {default}，") };
            format!("{name} = {value} {unit}（{changed}可设 {least}–{greatest}）：{}", param.why_zh)
        }
        Lang::En => {
            let changed = if value == default { String::new() } else { format!("default {default}, ") };
            format!("{name} = {value} {unit} ({changed}{least} to {greatest}): {}", param.why)
        }
    }
}

fn needs(rule: &Rule, lang: Lang) -> Vec<String> {
    let describe = |name: &str| schema::table(name).map_or("", |table| lang.pick(&table.zh, &table.en));
    let colon = lang.pick("：", ": ");
    let optional = lang.pick("（可缺）", " (optional)");
    let mut needs: Vec<_> = rule.spec.tables.iter().map(|name| format!("{name}{colon}{}", describe(name))).collect();
    let one_of = lang.pick("（几表至少有其一）", " (one of these at least)");
    needs.extend(rule.spec.any_tables.iter().map(|name| format!("{name}{one_of}{colon}{}", describe(name))));
    let extra = rule.spec.optional_tables.iter();
    needs.extend(extra.map(|name| format!("{name}{optional}{colon}{}", describe(name))));
    let filled = lang.pick("不得全部为空", "not empty in every row");
    needs.extend(rule.spec.columns.iter().map(|column| format!("{column}{colon}{filled}")));
    let population = lang.pick(&rule.spec.population.zh, &rule.spec.population.en);
    needs.push(format!("{}{colon}{population}", lang.pick("统计基数", "counted against")));
    needs
}

/// A number below 100 in Chinese, as articles are written.
fn chinese_number(number: u16) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |digit: u16| DIGITS[usize::from(digit % 10)];
    match number {
        0..=9 => digit(number).to_owned(),
        10..=19 => format!("十{}", digit(number)),
        20..=99 => format!("{}十{}", digit(number / 10), digit(number)),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_are_written_in_chinese() {
        assert_eq!(chinese_number(1), "一");
        assert_eq!(chinese_number(10), "十");
        assert_eq!(chinese_number(38), "三十八");
        assert_eq!(chinese_number(40), "四十");
    }
}
