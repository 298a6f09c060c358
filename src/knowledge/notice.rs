//! The notices in the bureau's own layout: the rule stands in a title line, the limit in a column of its own or only in words.
//!
//! A rule comes as one sheet of knowledge points, of items with their codes or of drugs by generic name, and for drugs a second sheet with the
//! codes of each name. What a rule's name means here is one row of [`NOTICE_RULES`].

use unicode_normalization::UnicodeNormalization;

use super::wording::{self, Fact, RejectReason};

/// How the knowledge points of a rule state their limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// Men or women, in a column of its own.
    Sex,
    /// Children, infants or newborns, by what the point rests on; the word to take where it names none of them.
    Young(&'static str),
    /// Persons of working age, in words.
    WorkingAge,
    /// One kind of insurance.
    Insurance(&'static str),
    /// A care setting, in words.
    Setting,
    /// A hospital level, in words.
    Level,
    /// A course of a drug, in words.
    DrugCourse,
    /// A course of a service, in words.
    ItemCourse,
    /// So many a day, with the unit as its basis.
    Frequency,
    /// So many in a period.
    Period,
    /// A pair of items within a window.
    Pair,
    /// The operations of a discount group.
    OperationGroup,
    /// Nothing but being listed: the column of the stored form and what stands in it.
    Listed(&'static str, &'static str),
    /// The diseases that a drug is paid for, in words: kept as they are, cut when rules read them (`indication`).
    Indication,
    /// The most days that a drug is supplied for at once, in words.
    SupplyDays,
}

/// A rule of the notices: its name in the two libraries, the kind of its knowledge points, and how they state their limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct NoticeRule {
    /// Name, as in the title of the notice.
    pub name: &'static str,
    /// Stored kind.
    pub kind: &'static str,
    /// How the limit is stated.
    pub reading: Reading,
}

const fn rule(name: &'static str, kind: &'static str, reading: Reading) -> NoticeRule {
    NoticeRule { name, kind, reading }
}

/// Every rule whose knowledge points are understood.
pub(super) const NOTICE_RULES: [NoticeRule; 33] = [
    rule("药品区分性别使用", "sex_limit", Reading::Sex),
    rule("医疗服务项目区分性别使用", "sex_limit", Reading::Sex),
    rule("医用耗材与性别不符", "sex_limit", Reading::Sex),
    rule("药品儿童专用", "age_limit", Reading::Young("儿童")),
    rule("药品限儿童使用", "age_limit", Reading::Young("儿童")),
    rule("药品限新生儿使用", "age_limit", Reading::Young("新生儿")),
    rule("医疗服务项目儿童专用", "age_limit", Reading::Young("儿童")),
    rule("医疗服务项目限儿童使用", "age_limit", Reading::Young("儿童")),
    rule("医疗服务项目限新生儿使用", "age_limit", Reading::Young("新生儿")),
    rule("耗材限儿童使用", "age_limit", Reading::Young("儿童")),
    rule("耗材限新生儿使用", "age_limit", Reading::Young("新生儿")),
    rule("医疗服务项目限年龄", "age_limit", Reading::WorkingAge),
    rule("药品限工伤保险", "insurance_limit", Reading::Insurance("工伤")),
    rule("药品限生育保险", "insurance_limit", Reading::Insurance("生育")),
    rule("医疗服务项目限工伤保险", "insurance_limit", Reading::Insurance("工伤")),
    rule("医疗服务项目限生育保险", "insurance_limit", Reading::Insurance("生育")),
    rule("药品限就医方式", "setting_limit", Reading::Setting),
    rule("医疗服务项目限就医方式", "setting_limit", Reading::Setting),
    rule("药品限医疗机构级别", "level_limit", Reading::Level),
    rule("医疗服务项目限医疗机构级别", "level_limit", Reading::Level),
    rule("药品限支付疗程", "course_limit", Reading::DrugCourse),
    rule("医疗服务项目限支付疗程", "course_limit", Reading::ItemCourse),
    rule("医疗服务项目限定频次", "frequency_limit", Reading::Frequency),
    rule("医疗服务项目周期超频次", "period_limit", Reading::Period),
    rule("医疗服务项目重复收费", "included_item", Reading::Pair),
    rule("手术项目未按规定折价收费", "second_operation", Reading::OperationGroup),
    rule("药品限二线使用", "second_line", Reading::Listed("treatment_line", "2")),
    rule("超互联网医院药品支付范围", "internet_limit", Reading::Listed("internet", "barred")),
    rule("中药饮片单复方均不予支付", "herb_limit", Reading::Listed("herb_use", "never")),
    rule("中药饮片单方使用不予支付", "herb_limit", Reading::Listed("herb_use", "alone")),
    rule("药品限适应症", "indication_limit", Reading::Indication),
    rule("药品限最大开药天数", "supply_limit", Reading::SupplyDays),
    rule("药品限最大开药天数/开药量", "supply_limit", Reading::SupplyDays),
];

/// The rule that a title line or the name of a sheet speaks of: `“药品限二线使用”规则对应知识点明细`.
pub(super) fn named_in(title: &str) -> Option<&'static NoticeRule> {
    let plain = title.nfkc().filter(|c| !c.is_whitespace() && !"“”\"'‘’《》〈〉".contains(*c)).collect::<String>();
    let end = ["规则", "知识点"].iter().filter_map(|mark| plain.find(mark)).min().unwrap_or(plain.len());
    let name = &plain[..end];
    NOTICE_RULES.iter().find(|rule| rule.name.nfkc().collect::<String>() == name)
}

/// The cells of a knowledge point that its limit may stand in, as printed; empty where the sheet has no such column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point<'a> {
    /// 限定性别, 手术组.
    pub limit: &'a str,
    /// 检出逻辑.
    pub logic: &'a str,
    /// 逻辑依据.
    pub basis: &'a str,
    /// 时间区间.
    pub window: &'a str,
    /// 单日上限数量, 频次上限.
    pub max_count: &'a str,
    /// 周期（天）.
    pub period: &'a str,
}

/// What a knowledge point of a rule means.
///
/// # Errors
/// When its wording is empty or unknown.
pub(super) fn fact(rule: &NoticeRule, point: &Point<'_>) -> Result<Fact, RejectReason> {
    let basis: String = point.basis.nfkc().collect();
    let said = |word: &'static str| basis.contains(word).then_some(word);
    match rule.reading {
        Reading::Sex => wording::limit("sex_limit", point.limit, ""),
        Reading::Young(word) => {
            // The service items name whom they are for; a drug's limit may speak of several ages, and the widest holds.
            let of_item = if basis.contains("专用项目") {
                said("新生儿").or_else(|| (basis.contains("婴儿") || basis.contains("婴幼儿")).then_some("婴幼儿"))
            } else {
                None
            };
            wording::limit("age_limit", of_item.unwrap_or(word), "")
        }
        Reading::WorkingAge if basis.contains("法定就业年龄") => {
            wording::remark("参保人年龄超出法定就业年龄限制")
        }
        Reading::WorkingAge => wording::remark(point.logic),
        Reading::Insurance(insurance) => wording::limit("insurance_limit", insurance, ""),
        Reading::Setting => {
            let word = said("住院").or_else(|| said("急诊")).or_else(|| said("门诊")).unwrap_or_default();
            wording::limit("setting_limit", word, &basis)
        }
        Reading::Level => {
            let word = said("三级").or_else(|| said("二级")).or_else(|| said("一级")).unwrap_or_default();
            wording::limit("level_limit", word, &basis)
        }
        Reading::DrugCourse => wording::stated_course(&basis),
        Reading::ItemCourse => wording::remark(point.basis),
        Reading::Frequency => wording::frequency(point.max_count, point.basis),
        Reading::Period => wording::period(point.max_count, point.period),
        Reading::Pair => wording::window(point.window),
        Reading::OperationGroup => wording::limit("second_operation", point.limit, ""),
        Reading::Listed(column, value) => Ok(Fact { kind: rule.kind, values: vec![(column, value.to_owned())] }),
        Reading::Indication if basis.trim().is_empty() => Err(RejectReason::Empty),
        Reading::Indication => Ok(Fact { kind: rule.kind, values: vec![("indication", basis.trim().to_owned())] }),
        Reading::SupplyDays => wording::stated_supply(&basis),
    }
}

#[cfg(test)]
mod tests {
    use super::super::stored::{Subject, stored_file};
    use super::*;

    fn point(basis: &str) -> Point<'_> {
        Point { limit: "", logic: "", basis, window: "", max_count: "", period: "" }
    }

    fn said(rule: &str, basis: &str) -> Vec<String> {
        let rule = named_in(rule).expect("a known rule");
        fact(rule, &point(basis)).expect("known wording").values.into_iter().map(|(_, value)| value).collect()
    }

    #[test]
    fn every_rule_has_a_stored_form() {
        for rule in NOTICE_RULES {
            assert!(stored_file(rule.kind, Subject::Item).is_some(), "{}", rule.name);
        }
    }

    #[test]
    fn titles_name_their_rule_whatever_their_quotes() {
        let named = |title| named_in(title).map(|rule| rule.name);
        assert_eq!(named("“药品区分性别使用”规则对应知识点明细"), Some("药品区分性别使用"));
        assert_eq!(named("\"药品儿童专用“规则对应知识药品代码"), Some("药品儿童专用"));
        assert_eq!(named("“药品限二线使用”知识点对应药品代码"), Some("药品限二线使用"));
        assert_eq!(named("附件"), None);
    }

    #[test]
    fn limits_that_stand_in_words_only() {
        assert_eq!(said("医疗服务项目儿童专用", "婴儿专用项目")[1], "3");
        assert_eq!(said("医疗服务项目儿童专用", "新生儿专用项目")[1], "0");
        assert_eq!(said("药品限儿童使用", "限:1.1岁至14岁儿童哮喘;2.新生儿呼吸窘迫")[1], "17");
        assert_eq!(said("药品限就医方式", "限急诊或住院患者。"), ["inpatient_or_emergency"]);
        assert_eq!(said("药品限就医方式", "限缺血性心脑血管疾病急性期住院患者,支付不超过14天。"), ["inpatient"]);
        assert_eq!(said("药品限医疗机构级别", "需三级综合医院眼科或二级及以上眼科专科医院医师处方"), ["2"]);
        assert_eq!(said("药品限支付疗程", "单次住院最多支付14天。")[0], "14");
        assert_eq!(said("药品限支付疗程", "限以下情况方可支付,且支付不超过12个月:1.新辅助治疗")[0], "365");
        assert_eq!(said("中药饮片单方使用不予支付", ""), ["alone"]);
        let level = named_in("药品限医疗机构级别").expect("a known rule");
        assert_eq!(fact(level, &point("限专科医院")), Err(RejectReason::Empty));
    }
}
