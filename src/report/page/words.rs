//! Every label of the page in both languages.

use super::super::text::labels;
use crate::format::grouped;
use crate::lang::Lang;

labels! {
    TITLE: "医保基金飞行检查疑点简报", "Medical-insurance inspection: indications at a glance";
    NOTICE: "本页所列均为数据筛查得到的疑点，须经调阅病历、票据和现场核实后方可认定，不作为处理依据。",
        "Everything listed here is an indication to verify against records and on site; nothing here is a finding of fact.";
    MASKED: "人员以代号表示，姓名已遮盖；同一数据仓中同一人代号不变。",
        "Persons appear under pseudonyms and covered names; within one case store a person keeps the same one.";
    REVEALED: "本页含个人信息（运行时使用了 --reveal），请按规定保管。",
        "This page holds personal data (--reveal was given): keep it accordingly.";
    CONTENTS: "目录", "Contents";
    NEW: "较上次新增", "New since the last run";
    KEY_FIGURES: "主要数字", "Key figures";
    WHERE: "资金在哪里：机构 × 模型", "Where the money is: institution × model";
    TREND: "按月趋势", "Trend by month";
    RANKING: "排名与理由", "Ranking, with reasons";
    RINGS: "关联群组", "Rings";
    TOP: "重点疑点", "Top findings";
    LISTS: "问题清单逐项", "Problem lists, item by item";
    LISTS_NOTE: "按清单的顺序和原文。金额为该项疑点的基金支付，一项内同一记录只计一次，各项之间可能重复。“已查，未发现”只对本次数据成立；空白为没有查。",
        "In the order and words of the lists. Amounts are yuan paid by the fund, each record once within an item; two items may share records. Nothing found holds for these data only; blank means nobody has looked.";
    PROBLEM: "典型问题", "Problem";
    NOT_RUN: "未运行的规则", "Rules that did not run";
    QUALITY: "未通过的数据验收检查", "Acceptance checks that failed";
    FINDINGS: "疑点", "indications";
    FUND: "涉及基金（元，去重）", "fund money in question (yuan, counted once)";
    SHARE_OF_FUND: "占同期基金支付", "of the fund money in the period";
    INSTITUTIONS: "涉及机构", "institutions concerned";
    PERSONS: "涉及人员", "persons concerned";
    RULES_RUN: "运行规则", "rules that ran";
    INSTITUTION: "机构", "Institution";
    ALL_MODELS: "合计", "Total";
    OTHERS: "其余机构", "Other institutions";
    ALL_PLACES: "合计", "Total";
    WHERE_NOTE: "单位：元，基金支付，同一记录只计一次；底色越深金额越大；“·”表示没有疑点。",
        "Yuan paid by the fund, each record counted once; the darker the cell the larger the amount; · means no indication.";
    WHERE_NOT_RUN: "未运行、因而不能视为没有问题的模型：", "Models that did not run, which is not to say that they are clean: ";
    TREND_NOTE: "按疑点记录发生月份，基金支付（元），同一记录只计一次；各小图纵轴相同。",
        "By month of the record, yuan paid by the fund, each record counted once; the small charts share one scale.";
    ALL: "全部模型", "All models";
    RANK_NOTE: "按疑点得分（可信度 × 去重后基金）排序，只用于安排核查先后。占比、同类倍数用来排除“大医院金额自然大”的影响。",
        "Ordered by score (confidence × fund money counted once), which only orders the work. Share and times-its-peers keep big hospitals from leading for being big.";
    RANK: "排名", "Rank";
    WHO: "对象", "Who";
    FUND_COLUMN: "基金（元）", "Fund (yuan)";
    SHARE: "占自身基金支付", "Share of own fund total";
    PEERS: "同类倍数", "Times its peers";
    SCORE: "得分", "Score";
    WHY: "主要理由", "Main reasons";
    POINTS: "建议记分", "Suggested points";
    TOP_NOTE: "按排名取前列，同一规则最多三条。时间轴：实心为疑点涉及的住院或就诊，空心为同期其他就诊，圆点为门诊或购药，竖线为疑点费用明细。",
        "The first by rank, at most three of one rule. Timeline: solid marks are in question, hollow ones are other visits of the time; bars are stays, dots are outpatient visits or purchases, ticks are fee lines in question.";
    BASIS: "依据", "Basis";
    PERIOD: "期间", "Period";
    RECORDS: "记录", "Records";
    MONEY: "总额 / 范围内 / 基金（元）", "Billed / in scope / fund (yuan)";
    CONFIDENCE: "可信度", "Confidence";
    RULE: "规则", "Rule";
    MODEL: "模型", "Model";
    WHY_NOT_RUN: "原因", "Why";
    CHECK: "检查项", "Check";
    FIGURE: "实测", "Found";
    LIMIT: "允许", "Allowed";
    DETAIL: "说明", "Details";
    NOTHING: "没有疑点。没有运行的规则不等于没有问题。", "No indications. Rules that did not run are not clean.";
    UNKNOWN: "（不详）", "(unknown)";
    LEGEND_SUSPECT: "疑点涉及", "in question";
    LEGEND_OTHER: "其他就诊", "other visits";
    LEGEND_LINES: "疑点明细", "fee lines in question";
}

/// Grades in one line.
pub fn grades(clear: u64, leads: u64, lang: Lang) -> String {
    let [clear, leads] = [clear, leads].map(grouped);
    match lang {
        Lang::Zh => format!("较明确 {clear}，线索 {leads}"),
        Lang::En => format!("{clear} clear, {leads} leads"),
    }
}

/// Rules that did not run, under the number of those that did.
pub fn not_run(skipped: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("未运行 {skipped} 条"),
        Lang::En => format!("{skipped} did not run"),
    }
}

/// How many suspects a ranking leaves out, and where they are.
pub fn others_ranked(count: usize, lang: Lang) -> String {
    let count = grouped(count as u64);
    match lang {
        Lang::Zh => format!("其余 {count} 个见 suspects.csv 和工作簿。"),
        Lang::En => format!("{count} more in suspects.csv and the workbook."),
    }
}

/// Lanes of a timeline left out.
pub fn more_lanes(count: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("另有 {count} 行未画出"),
        Lang::En => format!("{count} more rows not drawn"),
    }
}

/// What a screen reader says of a timeline.
pub fn timeline_label(first: &str, last: &str, lanes: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{first} 至 {last} 的就诊时间轴，{lanes} 行"),
        Lang::En => format!("Timeline of visits from {first} to {last}, {lanes} rows"),
    }
}

/// What a screen reader says of a chart of months.
pub fn months_label(title: &str, first: &str, last: &str, highest: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{title}：{first} 至 {last}，最高月 {highest} 元"),
        Lang::En => format!("{title}: {first} to {last}, highest month {highest} yuan"),
    }
}

/// A stay or visit in words, for the pointer.
pub fn contact(days: &str, stay: bool, fund: &str, mdtrt_id: &str, lang: Lang) -> String {
    let kind = if stay { lang.pick("住院", "stay") } else { lang.pick("门诊或购药", "visit") };
    match lang {
        Lang::Zh => format!("{kind} {days}，基金 {fund} 元，就诊 {mdtrt_id}"),
        Lang::En => format!("{kind} {days}, fund {fund} yuan, visit {mdtrt_id}"),
    }
}

/// Fee lines of a day in words, for the pointer.
pub fn fee_lines(day: &str, count: u64, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{day} 疑点明细 {count} 条"),
        Lang::En => format!("{day}: {count} fee lines in question"),
    }
}
