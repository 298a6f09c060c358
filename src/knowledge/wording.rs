//! What the words of a notice mean as numbers and codes, and why a row cannot be used.
//!
//! The notices limit by words: 儿童, 14天, 二级. Their meaning is decided here, once, and where a word leaves room the
//! bound **in favour of the one examined** is taken, so that nobody is pointed at over a question of definition:
//!
//! | word | taken as | why |
//! | --- | --- | --- |
//! | 新生儿 | at most 0 full years | 28 days after birth; visits carry full years only |
//! | 婴幼儿 | at most 3 full years | 国办发〔2019〕15号 speaks of 3岁以下, and 以下 includes the number |
//! | 儿童 | at most 17 full years | 未成年人保护法: under 18; paediatrics often ends at 14, which would flag more |
//! | 法定就业年龄 | 16 to 63 full years | 劳动法 art. 15; 63 is the highest retirement age of the 2024 decision, whoever it applies to |
//! | 一年 | 366 days | the longest year |
//! | 住院, explained as 急诊或住院 | `inpatient_or_emergency` | the notice's own explanation is wider than its value |
//! | 三级, explained with 二级及以上专科 | from level 2 | likewise: an eye hospital of level 2 may prescribe |
//! | 24 小时 | 24 units a day | the item is charged by the hour, and a day has no more |
//! | 12 个月 | 365 days | as the retyped notices take it; other months at 31 days |
//! | several lengths in one text | the longest | the text does not say which of them a claim is under |

use unicode_normalization::UnicodeNormalization;

use crate::lang::Lang;
use crate::spelling::normalise;

/// Why a row of a notice is not stored. Every such row is counted and listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejectReason {
    /// A total or a remark below the table.
    NoKnowledge,
    /// The cell is needed and empty.
    Empty,
    /// More cells than the header has.
    TooWide,
    /// Not the shape of a national code.
    NotACode,
    /// The kind of limit is unknown.
    UnknownLimitType,
    /// The wording is unknown.
    UnknownWording,
    /// The folder already says something else about the item.
    Contradicts {
        /// What the folder says.
        stored: String,
        /// The notice or file it is from.
        source: String,
    },
    /// The whole sheet has no known header.
    UnknownSheet,
}

impl RejectReason {
    /// The reason and what to do, for people.
    pub fn text(&self, lang: Lang) -> String {
        let fixed = match self {
            Self::NoKnowledge => lang.pick("合计或备注行，不是知识点", "a total or a remark, no knowledge point"),
            Self::Empty => lang.pick("缺少必填内容", "needed, but empty"),
            Self::TooWide => lang.pick(
                "单元格多于表头，请检查逗号和引号",
                "more cells than the header has: check commas and quotes",
            ),
            Self::NotACode => lang.pick(
                "不是国家编码（诊疗项目15位、药品耗材20位以上、中药饮片T加9位）；若前导零丢失，请将该列设为文本格式",
                "not a national code (15 digits, 20 and more for drugs and consumables, T and 9 digits for decoction pieces); if leading zeros were lost, format the column as text",
            ),
            Self::UnknownLimitType => lang.pick("未知的限定类型，未入库", "unknown kind of limit, not stored"),
            Self::UnknownWording => lang.pick(
                "无法确定其含义，未入库；可按知识目录中同类文件的格式手工补录",
                "its meaning is not known, not stored; add it by hand in the format of that kind's file in the folder",
            ),
            Self::UnknownSheet => lang.pick("整张表的表头无法识别", "the sheet has no known header"),
            Self::Contradicts { stored, source } => {
                return match lang {
                    Lang::Zh => format!("与已入库的内容（{stored}，来源：{source}）不一致；若以新公告为准，请删除该行后重新导入"),
                    Lang::En => format!(
                        "the folder says {stored} ({source}); if the new notice holds, delete that row and import again"
                    ),
                };
            }
        };
        fixed.to_owned()
    }
}

/// One knowledge point: which kind of limit, and its columns in the stored form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    /// Name of the stored kind, such as `sex_limit`.
    pub kind: &'static str,
    /// Column and value pairs of the kind.
    pub values: Vec<(&'static str, String)>,
}

impl Fact {
    fn new<const N: usize>(kind: &'static str, values: [(&'static str, &str); N]) -> Self {
        Self { kind, values: values.into_iter().map(|(column, value)| (column, value.to_owned())).collect() }
    }
}

/// Compatibility forms folded, trimmed: what wordings are compared as.
fn plain(text: &str) -> String {
    text.nfkc().collect::<String>().trim().to_owned()
}

/// The stored kind that a 限定类型 speaks of.
///
/// # Errors
/// When the kind of limit is unknown.
pub(super) fn kind(limit_type: &str) -> Result<&'static str, RejectReason> {
    match plain(limit_type).as_str() {
        "限定年龄对象" | "限定年龄" => Ok("age_limit"),
        "限定性别对象" | "限定性别" => Ok("sex_limit"),
        "限定保险类型" => Ok("insurance_limit"),
        "限定就医方式" => Ok("setting_limit"),
        "限定机构等级" => Ok("level_limit"),
        "限定支付疗程" | "限定疗程" => Ok("course_limit"),
        "限定主次操作" => Ok("second_operation"),
        "" => Err(RejectReason::Empty),
        _ => Err(RejectReason::UnknownLimitType),
    }
}

/// What a limit of `kind` means; `explanation` is the notice's own, which widens some of its values.
///
/// # Errors
/// When the wording is empty or unknown.
pub(super) fn limit(kind: &'static str, wording: &str, explanation: &str) -> Result<Fact, RejectReason> {
    let wording = plain(wording);
    let explanation = plain(explanation);
    match (kind, wording.as_str()) {
        (_, "") => Err(RejectReason::Empty),
        ("age_limit", "新生儿") => Ok(age(&wording, "", "0")),
        ("age_limit", "婴幼儿") => Ok(age(&wording, "", "3")),
        ("age_limit", "儿童") => Ok(age(&wording, "", "17")),
        ("sex_limit", "男") => Ok(Fact::new(kind, [("gend", "1")])),
        ("sex_limit", "女") => Ok(Fact::new(kind, [("gend", "2")])),
        ("insurance_limit", "工伤" | "生育") => Ok(Fact::new(kind, [("insurance", &wording)])),
        ("setting_limit", "住院") if explanation.contains("急诊") => {
            Ok(Fact::new(kind, [("setting", "inpatient_or_emergency")]))
        }
        ("setting_limit", "住院") => Ok(Fact::new(kind, [("setting", "inpatient")])),
        ("setting_limit", "急诊" | "急诊抢救") => Ok(Fact::new(kind, [("setting", "emergency")])),
        ("setting_limit", "门诊") => Ok(Fact::new(kind, [("setting", "outpatient")])),
        ("level_limit", "三级") if explanation.contains("二级及以上") => {
            Ok(Fact::new(kind, [("min_level", "2")]))
        }
        ("level_limit", "三级") => Ok(Fact::new(kind, [("min_level", "3")])),
        ("level_limit", "二级") => Ok(Fact::new(kind, [("min_level", "2")])),
        ("level_limit", "一级") => Ok(Fact::new(kind, [("min_level", "1")])),
        ("course_limit", wording) => {
            let days = days(wording).ok_or(RejectReason::UnknownWording)?;
            Ok(Fact::new(kind, [("max_days", &days.to_string())]))
        }
        ("second_operation", group) => Ok(Fact::new(kind, [("operation_group", group)])),
        _ => Err(RejectReason::UnknownWording),
    }
}

/// What a limit stated only in words means: a course or an age.
///
/// # Errors
/// When a clause is unknown: half-understood remarks are not stored.
pub(super) fn remark(text: &str) -> Result<Fact, RejectReason> {
    let text = plain(text);
    if text.is_empty() {
        return Err(RejectReason::Empty);
    }
    if text == "参保人年龄超出法定就业年龄限制" {
        return Ok(age("法定就业年龄", "16", "63"));
    }
    let mut max_days = None;
    let mut min_gap_days = None;
    for clause in text.split([',', ';', '。']).map(str::trim).filter(|clause| !clause.is_empty()) {
        if let Some((subject, duration)) = clause.split_once("不超过") {
            if !matches!(subject, "支付" | "总时间" | "一个疾病过程支付") || max_days.is_some() {
                return Err(RejectReason::UnknownWording);
            }
            max_days = Some(days(duration).ok_or(RejectReason::UnknownWording)?);
        } else if let Some((subject, duration)) = clause.split_once("不短于") {
            if !matches!(subject, "评定间隔时间" | "两次评定间隔时间") || min_gap_days.is_some() {
                return Err(RejectReason::UnknownWording);
            }
            min_gap_days = Some(days(duration).ok_or(RejectReason::UnknownWording)?);
        } else if clause != "每周最多支付一次" {
            // Once a week is a limit per period, which the notice of period limits states for the same items.
            return Err(RejectReason::UnknownWording);
        }
    }
    let max_days = max_days.ok_or(RejectReason::UnknownWording)?.to_string();
    let min_gap_days = min_gap_days.map_or_else(String::new, |days| days.to_string());
    Ok(Fact::new("course_limit", [("max_days", &max_days), ("min_gap_days", &min_gap_days)]))
}

/// The longest time for which a drug is paid, of all that a text states: `支付不超过14天`, `单次住院最多支付14天`, `支付不超过12个月`.
///
/// # Errors
/// When the text states none.
pub(super) fn stated_course(text: &str) -> Result<Fact, RejectReason> {
    let days = longest(text, &["支付不超过", "最多支付", "使用不超过"]).ok_or(RejectReason::UnknownWording)?;
    Ok(Fact::new("course_limit", [("max_days", &days.to_string())]))
}

/// The most days that may be supplied at once: `单次处方不超过7天`, `每次开药最多30天`.
///
/// # Errors
/// When the text states none.
pub(super) fn stated_supply(text: &str) -> Result<Fact, RejectReason> {
    let days = longest(text, &["不超过", "不得超过", "最多"]).ok_or(RejectReason::UnknownWording)?;
    Ok(Fact::new("supply_limit", [("max_supply_days", &days.to_string())]))
}

/// The longest duration that follows one of the words.
fn longest(text: &str, words: &[&str]) -> Option<u32> {
    let text = plain(text);
    let after = words.iter().flat_map(|word| text.match_indices(word).map(|(at, word)| &text[at + word.len()..]));
    after.filter_map(leading_days).max()
}

/// The duration that a text begins with.
fn leading_days(text: &str) -> Option<u32> {
    const MONTH_DAYS: u32 = 31;
    let digits = text.find(|c: char| !c.is_ascii_digit()).map_or(text, |end| &text[..end]);
    let number = count(digits)?;
    let unit = &text[digits.len()..];
    match unit {
        _ if unit.starts_with(['天', '日']) => Some(number),
        _ if unit.starts_with("个月") && number == 12 => Some(365),
        _ if unit.starts_with("个月") => Some(number * MONTH_DAYS),
        _ => None,
    }
}

/// The window within which a pair excludes each other.
///
/// # Errors
/// When the wording is empty or unknown.
pub(super) fn window(text: &str) -> Result<Fact, RejectReason> {
    let text = plain(text);
    let (window, minutes) = match text.as_str() {
        "" => return Err(RejectReason::Empty),
        "单日" => ("day", String::new()),
        "单次就诊" => ("visit", String::new()),
        "同一小时" => ("hours", "60".to_owned()),
        text => {
            let hours = text.strip_suffix("小时").and_then(count).ok_or(RejectReason::UnknownWording)?;
            ("hours", (hours * 60).to_string())
        }
    };
    Ok(Fact::new("included_item", [("time_window", window), ("window_minutes", &minutes)]))
}

/// At most so many in a day.
///
/// # Errors
/// When number or unit are unknown. Hours are understood only as the 24 of a day: for others the notice names no day.
pub(super) fn frequency(max: &str, unit: &str) -> Result<Fact, RejectReason> {
    let max = count(&plain(max)).ok_or(RejectReason::UnknownWording)?;
    match plain(unit).as_str() {
        "日" | "天" => {}
        "小时" if max == 24 => {}
        _ => return Err(RejectReason::UnknownWording),
    }
    Ok(Fact::new("frequency_limit", [("max_cnt", &max.to_string()), ("per", "day")]))
}

/// At most so many within a number of days.
///
/// # Errors
/// When a number is none.
pub(super) fn period(max: &str, length: &str) -> Result<Fact, RejectReason> {
    let max = count(&plain(max)).ok_or(RejectReason::UnknownWording)?;
    let length = plain(length);
    let length = count(&length).or_else(|| days(&length)).ok_or(RejectReason::UnknownWording)?;
    Ok(Fact::new("period_limit", [("max_cnt", &max.to_string()), ("period_days", &length.to_string())]))
}

/// A national code as stored: 15 digits for services, letters first and 20 or more for drugs and consumables, T and 9 digits for decoction pieces.
///
/// # Errors
/// When it has another shape, as codes that went through a spreadsheet's number format do.
pub(super) fn national_code(text: &str) -> Result<String, RejectReason> {
    let code = normalise(text);
    if code.is_empty() {
        return Err(RejectReason::Empty);
    }
    let service = code.len() == 15 && code.bytes().all(|byte| byte.is_ascii_digit());
    let goods = code.len() >= 20
        && code.starts_with(|first: char| first.is_ascii_uppercase())
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    // Decoction pieces: T and nine digits.
    let herb = code.len() == 10 && code.starts_with('T') && code.bytes().skip(1).all(|byte| byte.is_ascii_digit());
    if service || goods || herb { Ok(code.into_owned()) } else { Err(RejectReason::NotACode) }
}

fn age(label: &str, min: &str, max: &str) -> Fact {
    Fact::new("age_limit", [("min_age", min), ("max_age", max), ("label", label)])
}

/// A whole number from 1, in digits.
fn count(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| (1..=10_000).contains(number))
}

/// `14天`, `一年` in days.
fn days(text: &str) -> Option<u32> {
    if matches!(text, "一年" | "1年") {
        return Some(366);
    }
    text.strip_suffix(['天', '日']).and_then(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(fact: Result<Fact, RejectReason>) -> Vec<String> {
        fact.expect("known wording").values.into_iter().map(|(_, value)| value).collect()
    }

    #[test]
    fn remarks_become_courses_and_ages() {
        assert_eq!(values(remark("总时间不超过90天，评定间隔时间不短于14天。")), ["90", "14"]);
        assert_eq!(values(remark("支付不超过30天。")), ["30", ""]);
        assert_eq!(values(remark("一个疾病过程支付不超过90天。")), ["90", ""]);
        assert_eq!(values(remark("支付不超过一年，每周最多支付一次。")), ["366", ""]);
        assert_eq!(values(remark("参保人年龄超出法定就业年龄限制")), ["16", "63", "法定就业年龄"]);
    }

    #[test]
    fn half_understood_remarks_are_refused() {
        for text in ["单次住院支付不超过3天", "支付不超过两周", "支付不超过30天，限成人", "评定间隔时间不短于14天"]
        {
            assert_eq!(remark(text), Err(RejectReason::UnknownWording), "{text}");
        }
        assert_eq!(remark(" "), Err(RejectReason::Empty));
    }

    #[test]
    fn windows() {
        assert_eq!(values(window("单日")), ["day", ""]);
        assert_eq!(values(window("单次就诊")), ["visit", ""]);
        assert_eq!(values(window("６小时")), ["hours", "360"]);
        assert_eq!(values(window("同一小时")), ["hours", "60"]);
        assert_eq!(window("单次住院"), Err(RejectReason::UnknownWording));
        assert_eq!(window("0小时"), Err(RejectReason::UnknownWording));
    }

    #[test]
    fn a_wider_explanation_wins_over_the_value() {
        assert_eq!(values(limit("setting_limit", "住院", "限急诊或住院患者。")), ["inpatient_or_emergency"]);
        assert_eq!(values(limit("setting_limit", "住院", "住院患者方予支付。")), ["inpatient"]);
        assert_eq!(values(limit("level_limit", "三级", "三级综合医院眼科或二级及以上眼科专科医院")), ["2"]);
        assert_eq!(values(limit("level_limit", "三级", "")), ["3"]);
    }

    #[test]
    fn numbers_are_never_guessed() {
        assert_eq!(values(frequency("24", "小时")), ["24", "day"]);
        assert_eq!(frequency("6", "小时"), Err(RejectReason::UnknownWording));
        assert_eq!(frequency("1", "周"), Err(RejectReason::UnknownWording));
        assert_eq!(values(period("1", "15")), ["1", "15"]);
        assert_eq!(period("1", "孕期"), Err(RejectReason::UnknownWording));
        assert_eq!(limit("age_limit", "老年人", ""), Err(RejectReason::UnknownWording));
        assert_eq!(limit("course_limit", "半月", ""), Err(RejectReason::UnknownWording));
    }

    #[test]
    fn codes_that_lost_their_zeros_are_refused() {
        assert_eq!(national_code(" 001103000010000 ").as_deref(), Ok("001103000010000"));
        assert_eq!(national_code("ZA04CAE0023010100166").as_deref(), Ok("ZA04CAE0023010100166"));
        assert_eq!(national_code("1103000010000"), Err(RejectReason::NotACode));
        assert_eq!(national_code("1.103E+12"), Err(RejectReason::NotACode));
        assert_eq!(national_code("国标代码"), Err(RejectReason::NotACode));
    }
}
