//! Which line of a text is its header, and which lines around the rows are no data: titles, units, rules, totals, remarks of tools.

use std::collections::HashSet;

use super::facts::unit_power;
use super::identify::identify;
use super::layout::{Layout, Layouts, header_name};
use super::records::{Dialect, Fields, Outcome, next_record};

/// Records among which the header is looked for.
const LOOKED_AT: usize = 50;

/// A header and what stands above it.
#[derive(Debug, Clone)]
pub struct Heading {
    /// Its names.
    pub names: Vec<String>,
    /// First byte of it.
    pub start: usize,
    /// Lines above it, blank ones included.
    pub line_breaks: u64,
    /// Lines above it that are not blank.
    pub above: Vec<String>,
    /// Names that a layout knows.
    known: usize,
    /// A layout finds all that it needs.
    complete: bool,
}

impl Heading {
    /// The power of ten of a unit of money that a line above the header names for the whole table.
    pub fn power(&self) -> i32 {
        self.above
            .iter()
            .find_map(|line| line.split(['，', ',', '、', ' ', '\t', ';', '；', '|']).find_map(unit_power))
            .unwrap_or(0)
    }

    /// For choosing among several: greater fits better.
    pub const fn fit(&self) -> (bool, usize, bool) {
        (self.complete, self.known, self.names.len() > 1)
    }
}

/// Every name of a column that some layout knows, as names are compared.
pub fn known_names(layouts: &Layouts) -> HashSet<String> {
    let all = layouts.own.iter().chain(&layouts.built_in);
    all.flat_map(Layout::spellings).map(str::to_owned).collect()
}

/// The header of a text under a dialect: of the first records the one that fits a layout best, else the first that is not blank. `None` when
/// there is none.
pub fn find(text: &str, dialect: &Dialect, layouts: &Layouts, known: &HashSet<String>) -> Option<Heading> {
    let mut best: Option<Heading> = None;
    let mut above: Vec<String> = Vec::new();
    let (mut at, mut lines) = (0, 0);
    let mut fields = Fields::default();
    for _ in 0..LOOKED_AT {
        if at >= text.len() {
            break;
        }
        let Outcome::Complete { next, lines: taken } = next_record(text.as_bytes(), at, true, dialect, &mut fields)
        else {
            break;
        };
        let names: Vec<String> = fields.iter().map(|field| field.text(text, dialect).into_owned()).collect();
        if names.iter().any(|name| !name.trim().is_empty()) {
            let count = names
                .iter()
                .map(|name| header_name(name))
                .filter(|name| known.contains(name))
                .collect::<HashSet<_>>()
                .len();
            let candidate = || Heading {
                complete: count > 0 && identify(layouts, &names, "").is_ok(),
                known: count,
                start: at,
                line_breaks: lines,
                above: above.clone(),
                names: names.clone(),
            };
            // The first of the best; lines of data know no name.
            if best.as_ref().is_none_or(|best| count > 0 && count >= best.known.min(2)) {
                let candidate = candidate();
                if best.as_ref().is_none_or(|best| candidate.fit() > best.fit()) {
                    best = Some(candidate);
                }
            }
            above.push(text[at..next].trim().to_owned());
        }
        at = next;
        lines += taken;
    }
    best
}

/// Words with which a line of totals begins.
const TOTALS: [&str; 22] = [
    "合计",
    "总计",
    "小计",
    "累计",
    "共计",
    "总合计",
    "本页合计",
    "本页小计",
    "本月合计",
    "本年合计",
    "本日合计",
    "费用合计",
    "金额合计",
    "合计金额",
    "科室合计",
    "病人合计",
    "患者合计",
    "TOTAL",
    "GRANDTOTAL",
    "SUBTOTAL",
    "SUM",
    "TOTALS",
];

/// Whether a cell is a word for a total: `合 计：`, `Total`.
pub fn is_total_word(text: &str) -> bool {
    if text.len() > 48 {
        return false;
    }
    let plain: String =
        text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_' | '*')).collect::<String>().to_uppercase();
    let word = plain.split([':', '：', '(', '（']).next().unwrap_or_default();
    TOTALS.contains(&word)
}

/// Whether a text may be such a word, by its first letters: it is asked of every record that does not begin with a digit.
pub fn may_be_total(text: &str) -> bool {
    let words = ["TOT", "GRA", "SUB", "SUM"];
    let latin = text.get(..3).is_some_and(|first| words.iter().any(|word| first.eq_ignore_ascii_case(word)));
    latin || text.starts_with(['合', '总', '小', '累', '共', '本', '费', '金', '科', '病', '患', '*', '-'])
}

/// Whether the only text of a line is a remark of the tool that wrote the file, or of the people who printed it.
pub fn is_remark(text: &str) -> bool {
    let text = text.trim().trim_end_matches(['.', '。', ';']);
    let lower = text.to_lowercase();
    let inner = lower.trim_start_matches(['(', '（']).trim_end_matches([')', '）']);
    let digits = inner.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b',').count();
    let counted = digits > 0 && {
        let behind = inner[digits..].trim();
        ["row", "record", "行", "条", "笔"].iter().any(|word| behind.starts_with(word)) && behind.chars().count() < 40
    };
    let counting = ["共", "总共", "已选择", "查询到", "记录数", "总记录", "受影响", "影响了"]
        .iter()
        .any(|word| inner.starts_with(word))
        && inner.chars().any(|c| c.is_ascii_digit());
    let noted = [
        "制表",
        "打印",
        "导出时间",
        "导出日期",
        "填表",
        "审核",
        "复核",
        "注：",
        "注:",
        "备注：",
        "备注:",
        "说明：",
        "说明:",
        "单位：",
        "单位:",
        "统计时间",
        "数据来源",
        "sql>",
        "sep=",
        "completion time",
        "no rows selected",
        "未选定行",
        "table scanned",
        "disconnected from",
        "connected to",
        "spool off",
        "query ok",
        "statement processed",
        "完成时间",
        "已用时间",
        "用时",
        "耗时",
        "elapsed:",
        "-- ",
        "第 ",
        "page ",
    ]
    .iter()
    .any(|word| inner.starts_with(word));
    let page = inner.starts_with('第') && inner.contains('页');
    !text.is_empty() && (counted || counting || noted || page)
}

/// Whether every field of a record is a rule: dashes under a header, a border.
pub fn is_rule<'a>(fields: impl Iterator<Item = &'a str>) -> bool {
    let mut strokes = 0;
    for field in fields {
        let field = field.trim();
        if !field.bytes().all(|byte| matches!(byte, b'-' | b'=' | b'+' | b'|')) {
            return false;
        }
        strokes += field.len();
    }
    // A row of single dashes is a row of placeholders.
    strokes >= 3
}

/// Types of databases, as a line below a header may name them.
const TYPES: [&str; 20] = [
    "varchar",
    "varchar2",
    "nvarchar",
    "nvarchar2",
    "char",
    "nchar",
    "text",
    "string",
    "number",
    "numeric",
    "decimal",
    "int",
    "integer",
    "bigint",
    "smallint",
    "float",
    "double",
    "date",
    "datetime",
    "timestamp",
];

/// Units as a line below a header names them.
const UNIT_WORDS: [&str; 14] = ["元", "万元", "次", "天", "日", "岁", "年", "个", "支", "盒", "片", "人次", "条", "%"];

/// Whether a record right below the header is one more line of it: other names, units, types, numbers of the columns. `worded` says that a
/// column of numbers or dates holds a word in it.
pub fn is_subheading(fields: &[&str], worded: bool, known: &dyn Fn(&str) -> bool) -> bool {
    let filled: Vec<&str> = fields.iter().map(|field| field.trim()).filter(|field| !field.is_empty()).collect();
    if filled.is_empty() {
        return false;
    }
    let is_type = |field: &&str| {
        let name = field.split('(').next().unwrap_or_default().trim().to_lowercase();
        TYPES.contains(&name.as_str())
    };
    if filled.iter().all(is_type) {
        return true;
    }
    let numbered = filled.len() > 2 && fields.iter().enumerate().all(|(at, field)| field.trim().parse() == Ok(at + 1));
    if numbered {
        return true;
    }
    // A row of data has a digit somewhere.
    let digits = filled.iter().any(|field| field.chars().any(|c| c.is_ascii_digit() || matches!(c, '０'..='９')));
    let told = filled.iter().filter(|field| UNIT_WORDS.contains(field) || known(field)).count();
    !digits && (worded || told * 2 >= filled.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heading(text: &str) -> Heading {
        let layouts = Layouts::built_in().expect("layouts");
        let known = known_names(&layouts);
        find(text, &Dialect { delimiter: ",", quote: b'"', escapes: false }, &layouts, &known).expect("a header")
    }

    #[test]
    fn the_header_stands_below_titles() {
        let text = "某院2024年明细,,\n导出时间：2024-12-01,,单位：万元\n\nmdtrt_id,psn_no,begntime,med_type\n1,2,2024-01-01,11\n";
        let found = heading(text);
        assert_eq!((found.names.len(), found.line_breaks, found.above.len(), found.power()), (4, 3, 2, 4));
        assert_eq!(&text[found.start..found.start + 8], "mdtrt_id");
        let found = heading("就诊ID,人员编号,a,b\nmdtrt_id,psn_no,begntime,med_type\n1,2,3,4\n");
        assert_eq!(found.names[0], "mdtrt_id");
        assert_eq!(heading("mdtrt_id,psn_no,begntime,med_type\n就诊ID,人员编号,a,b\n").names[0], "mdtrt_id");
        assert_eq!(heading("colour,size\n1,2\n").names, ["colour", "size"]);
    }

    #[test]
    fn totals_rules_and_remarks() {
        for text in ["合计", "合 计：", "总计", "本页合计", "Total", "GRAND TOTAL", "合计（元）", "小计:"]
        {
            assert!(is_total_word(text), "{text}");
        }
        for text in ["合计数", "张合计", "TOTALITY", "总院", "小计明"] {
            assert!(!is_total_word(text), "{text}");
        }
        for text in [
            "共 102 条",
            "102 rows selected.",
            "(102 rows affected)",
            "(102 行受影响)",
            "（102 行记录）",
            "已选择102行。",
            "制表人：张三",
            "第 1 页 共 3 页",
            "Completion time: 2024-01-01T00:00:00",
        ] {
            assert!(is_remark(text), "{text}");
        }
        for text in ["102", "共济医院", "H34010000001", "rows", "张三"] {
            assert!(!is_remark(text), "{text}");
        }
        assert!(is_rule(["-----", "---"].into_iter()) && is_rule(["", "----+----", ""].into_iter()));
        assert!(
            !is_rule(["-", "-"].into_iter()) && !is_rule(["-----", "1"].into_iter()) && !is_rule(["", ""].into_iter())
        );
    }

    #[test]
    fn lines_below_the_header() {
        let none = |_: &str| false;
        assert!(is_subheading(&["varchar(20)", "NUMBER(16,2)", "date"], false, &none));
        assert!(is_subheading(&["1", "2", "3"], false, &none));
        assert!(is_subheading(&["", "元", "次"], false, &none));
        assert!(is_subheading(&["流水号", "说明"], true, &none));
        for row in [["甲", "乙", "丙"], ["1", "元", "次"], ["2", "3", "4"]] {
            assert!(!is_subheading(&row, false, &none), "{row:?}");
        }
    }
}
