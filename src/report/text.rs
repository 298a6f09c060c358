//! Every label of the workbook in both languages, and the words for the contract's codes.

use crate::format::grouped;
use crate::import::summary::CheckResult;
use crate::lang::{Label, Lang};
use crate::model::Grade;
use crate::rings::model::{MemberKind, RingKind, Role};

/// Declares labels one a line, so that both languages stay side by side.
macro_rules! labels {
    ($($name:ident: $zh:literal, $en:literal;)*) => {
        $(#[doc = $en] pub const $name: $crate::lang::Label = $crate::lang::Label::new($zh, $en);)*
    };
}
pub(super) use labels;

labels! {
    // Sheets.
    SHEET_GUIDE: "说明", "Guide";
    SHEET_SUMMARY: "汇总", "Summary";
    SHEET_ITEMS: "问题项目汇总", "Items";
    SHEET_DETAILS: "问题明细", "Findings";
    SHEET_PROBLEMS: "问题清单", "Problem lists";
    SHEET_INSTITUTIONS: "机构排名", "Institutions";
    SHEET_PRACTITIONERS: "医师排名", "Practitioners";
    SHEET_PERSONS: "人员排名", "Persons";
    SHEET_RINGS: "团伙", "Rings";
    SHEET_RING_MEMBERS: "团伙成员", "Ring members";
    SHEET_ELSEWHERE: "异地就医", "Care elsewhere";
    SHEET_TWO_SOURCES: "两来源比对", "Two sources";
    SHEET_NOT_RUN: "未运行规则及原因", "Rules not run";
    SHEET_QUALITY: "数据质量", "Data quality";
    SHEET_EVIDENCE: "费用明细", "Evidence";
    MODEL: "模型", "Model";

    // Guide.
    TITLE: "医保基金飞行检查疑点报告", "Medical-insurance inspection: indications to verify";
    NOTICE: "本表所列均为数据筛查得到的疑点，须经调阅病历、票据和现场核实后方可认定，不作为处理依据。",
        "Everything listed here is an indication to verify against records and on site; nothing here is a finding of fact.";
    MASKED: "人员以代号表示，姓名已遮盖；同一数据仓中同一人代号不变，凭就诊编号或来源文件的行可查到本人。仍请按规定保管。",
        "Persons appear under pseudonyms and covered names; within one case store a person keeps the same one, and the visit number or the line of the export leads to the person. Keep the workbook accordingly.";
    REVEALED: "本表含个人信息（运行时使用了 --reveal），请按规定保管。",
        "The workbook holds personal data (--reveal was given): keep it accordingly.";
    SECTION_SCOPE: "检查范围", "Scope";
    PERIOD: "数据期间", "Period of the data";
    ONLY_INSTITUTIONS: "限定机构", "Limited to institutions";
    ONLY_FIELDS: "限定检查领域", "Limited to inspection fields";
    ONLY_PROBLEMS: "限定问题清单", "Limited to problem lists";
    VOLUME: "数据规模", "Size";
    FUND_TOTAL: "期间费用（元）", "Amounts in the period (yuan)";
    INPUTS: "数据文件", "Input files";
    RULES: "规则", "Rules";
    SECTION_SHEETS: "各工作表", "Sheets";
    ABOUT_SUMMARY: "各模型、各规则的疑点数量和金额", "Findings and amounts of each model and rule";
    ABOUT_MODEL: "逐条疑点，按疑点得分排序；“核查结果”“核查人”“备注”三列留给检查人员填写",
        "Findings, ranked; the last columns are for the inspector to fill in";
    ABOUT_PROBLEMS: "逐项：清单原文、疑点数、人数、金额；已查而未发现；或未能查的原因。金额在一项内同一记录只计一次，各项之间可能重复",
        "Item by item: findings, persons and money; checked and nothing found; or why it could not be. Within an item each record counts once; two items may share records";
    ABOUT_ITEMS: "各规则在各机构涉及的项目、数量和金额", "What was billed where under which rule: items, quantities, amounts";
    ABOUT_INSTITUTIONS: "定点机构两种排名：按得分（金额），按同类倍数（同类型、同级别、同规模比较，小基数已收缩）", "Institutions, ranked twice: by score, which follows money, and by times their peers (same type, level and size; small totals drawn to what is common)";
    ABOUT_PRACTITIONERS: "医务人员排名", "Practitioners, ranked";
    ABOUT_PERSONS: "参保人排名", "Insured persons, ranked";
    ABOUT_RINGS: "关联群组排名（疑点，须核实）", "Groups found by shared visits, ranked; to verify";
    ABOUT_RING_MEMBERS: "各群组的人员、机构和医师", "Persons, institutions and practitioners of each group";
    ABOUT_ELSEWHERE: "按参保地和就医地汇总的就诊、基金支付和疑点；“异地”指不在同一统筹区（地市）",
        "Visits, payments and findings by insured place and place of care; elsewhere means outside the pool, which is the city";
    ABOUT_TWO_SOURCES: "同一机构经办端与医院端两份数据的差异：仅一方有、金额不一致（待核实）",
        "Visits that only the bureau or only the hospital has, or whose amounts differ; to verify";
    ABOUT_NOT_RUN: "没有运行的规则；没有运行不等于没有问题", "Rules that did not run; not run does not mean clean";
    ABOUT_QUALITY: "各文件的读取情况、验收检查、冲突与未配对的冲销", "What became of each file's rows, acceptance checks, conflicts, unpaired refunds";
    ABOUT_EVIDENCE: "每条疑点背后的记录，可追溯到原始文件的行", "The records behind each finding, with file and line of the export";
    SECTION_READING: "如何阅读", "How to read";
    READ_LEVELS: "四级明细", "Four levels";
    READ_LEVELS_TEXT: "问题汇总（汇总表）→ 问题项目汇总 → 问题明细（各模型工作表）→ 费用明细。明细凭“疑点编号”或“疑点排名”对应；各表左上角单元格返回汇总。",
        "Problems (summary) → items → findings (a sheet for each model) → evidence. The finding id, or its rank, links them; the top left cell of each sheet leads back to the summary.";
    READ_VERDICT: "填写核查结果", "What to fill in";
    READ_VERDICT_TEXT: "各模型工作表的“核查结果”列从下拉框选择：属实、不属实、待查；“核查人”“备注”自由填写。",
        "In each model's sheet choose confirmed, not confirmed or pending under \"Verified\"; inspector and remarks are free.";
    READ_GRADE: "疑点等级", "Grade";
    READ_GRADE_TEXT: "疑点（较明确）：记录本身即显示不符合规定；线索：需结合病历等资料判断。",
        "Clear indication: the record itself shows the breach. Lead: other records are needed to tell.";
    READ_MONEY: "金额", "Amounts";
    READ_MONEY_TEXT: "总额为收费金额，范围内为医保范围内金额，基金为基金支付金额，只计疑点涉及的部分。“去重后基金”对同一记录只计一次，归入排名靠前的疑点；汇总、问题项目汇总和各排名表均为去重后金额。",
        "Billed, within the fund's scope, paid by the fund; only the part in question. In \"fund, once\" each record counts once, with the finding ranked first; the summary and the suspects use these amounts.";
    READ_SCORE: "得分", "Score";
    READ_SCORE_TEXT: "得分 = 可信度 × 去重后基金（元），只用于安排核查先后。",
        "Confidence × fund amount counted once, in yuan; it only orders the work.";
    READ_ROLE: "记录角色", "Role of a record";
    READ_ROLE_TEXT: "疑点记录：计入金额；对照记录：用于比较，不计金额。",
        "Suspect records carry the amounts; basis records are what they are compared with.";
    SECTION_BASIS: "规则依据", "Legal basis of the rules";
    SECTION_PARAMS: "规则参数", "Parameters";
    PARAM: "参数", "Parameter";
    VALUE: "取值", "Value";
    DEFAULT: "默认值", "Default";
    UNIT: "单位", "Unit";
    WHY: "默认值依据", "Source of the default";
    SECTION_RUN: "运行信息", "The run";
    VERSION: "程序版本", "Version";
    COMMAND: "命令", "Command";
    PROVENANCE: "文件校验值、耗时等见同一文件夹的 manifest.json；完整数据见 findings.csv、evidence.csv。",
        "Hashes and timings are in manifest.json beside this file; the complete data are in findings.csv and evidence.csv.";

    // Summary.
    SECTION_MODELS: "按模型", "By model";
    SECTION_RULES: "按规则", "By rule";
    SECTION_MONTHS: "按月（疑点记录发生月份，基金支付，元）", "By month of the record (yuan paid by the fund)";
    MONTH: "月份", "Month";
    CHART_MONTHS: "按月疑点基金（元）", "Fund in question by month (yuan)";
    CHART_TOP: "去重后基金前十位机构（元）", "Highest fund amounts (yuan)";
    BACK: "返回汇总", "Back to the summary";
    WHOLE_VISITS: "（整次就诊）", "(whole visits)";
    SECTION_TOP: "去重后基金前十位机构", "Ten institutions with the highest fund amount";
    STATUS: "运行情况", "Status";
    STATUS_NOT_RUN: "未运行", "not run";
    STATUS_CLEAN: "已运行，未发现疑点", "ran, no findings";
    STATUS_PART: "部分规则未运行", "some rules not run";
    STATUS_RAN: "已运行", "ran";
    STATUS_DAMAGED: "带损数据上运行", "ran on damaged data";
    STATUS_ABSENT: "部分规则所依据的知识在数据中没有出现", "knowledge of some rules does not occur here";
    SECTION_KNOWLEDGE: "知识表与本次数据", "Knowledge tables and this export";
    ABOUT_KNOWLEDGE: "各知识表的内容有多少出现在本次数据中。一个也没有出现的，依据它的规则没有可查的内容，没有查出不等于没有问题", "How much of what each knowledge table speaks of occurs in this export. Where nothing does, the rules that rest on it had nothing to look at, which is no clean result";
    KNOWLEDGE_TABLE: "知识表", "Knowledge table";
    TABLE_NAME: "表名", "Name";
    KNOWN: "表中", "In the table";
    HERE: "本次出现", "In this export";
    COUNTED: "单位", "Counted";
    RULES_ON_IT: "无可查内容的规则", "Rules with nothing to look at";
    SECTION_DAMAGED: "带损数据上运行的规则", "Rules that ran on damaged data";
    ABOUT_DAMAGED: "这些规则所需的表或列有数据丢失，超过了限值；没有查出不等于没有问题", "Of the tables or columns that these rules need, more was lost than may be; nothing found does not mean nothing there";
    WHAT_WAS_LOST: "丢失了什么", "What was lost";
    PERSONS: "涉及人数", "Persons";
    INSTITUTIONS: "涉及机构", "Institutions";
    CLEAR: "较明确", "Clear";
    LEADS: "线索", "Leads";
    GROSS_ONCE: "总额（元）", "Billed (yuan)";
    INSCP_ONCE: "范围内（元）", "In scope (yuan)";
    FUND_ONCE_SUM: "基金（元）", "Fund (yuan)";
    TOTAL: "合计", "Total";
    ONCE_NOTE: "金额均为去重后：同一记录无论被几条规则指出，只计一次。",
        "Each record's money counts once, however many rules point at it.";
    POPULATION: "检查数量", "Looked at";
    BASIS: "依据", "Legal basis";

    // Findings.
    RANK: "排名", "Rank";
    SITUATION: "问题情形", "Situation";
    RULE: "规则名称", "Rule";
    RULE_ID: "规则编号", "Rule id";
    PROBLEM: "清单问题", "Problem list";
    GRADE: "疑点等级", "Grade";
    INST_NAME: "机构名称", "Institution";
    INST_CODE: "机构编码", "Institution code";
    DOCTOR: "医师姓名", "Practitioner";
    DOCTOR_CODE: "医师编码", "Practitioner code";
    PERSON: "人员编号", "Person";
    VISIT: "就诊编号", "Visit";
    FIRST_DAY: "起始日期", "From";
    LAST_DAY: "截止日期", "To";
    RECORDS: "记录数", "Records";
    MEASURE: "观测值", "Observed";
    THRESHOLD: "限值", "Limit";
    GROSS: "总额（元）", "Billed (yuan)";
    INSCP: "范围内（元）", "In scope (yuan)";
    FUND: "基金（元）", "Fund (yuan)";
    FUND_ONCE: "去重后基金（元）", "Fund, once (yuan)";
    CONFIDENCE: "可信度", "Confidence";
    SCORE: "得分", "Score";
    VERDICT: "核查结果", "Verified";
    INSPECTOR: "核查人", "Inspector";
    REMARK: "备注", "Remarks";
    FINDING_ID: "疑点编号", "Finding id";
    CONFIRMED: "属实", "confirmed";
    UNFOUNDED: "不属实", "not confirmed";
    PENDING: "待查", "pending";

    // Suspects.
    CODE: "编码", "Code";
    NAME: "名称", "Name";
    FINDINGS: "疑点数", "Findings";
    CHANGE: "较上次", "Since last";
    SECTION_NEW: "较上次新增的疑点（按排名取前列）", "New since the last run (the first by rank)";
    SECTION_LEARNT: "核查结果与可信度", "What was verified, and the confidence by that";
    LEARNT_NOTE: "可信度 =（10 × 先验 + 属实）÷（10 + 属实 + 不属实）；待查不计。", "Confidence = (10 × prior + confirmed) ÷ (10 + confirmed + not confirmed); pending ones do not count.";
    PRIOR: "先验", "Prior";
    MODELS: "涉及模型", "Models";
    SHARE: "占其基金支付", "Share of own total";
    PEER_RATIO: "同类倍数", "Times its peers";
    PEER_RANK: "同类倍数排名", "Rank by peers";
    TOP_RULES: "主要规则", "Main rules";
    POINTS: "建议记分区间", "Suggested points";
    REASON: "说明", "Reason";

    // Exports of single tables.
    SHEET_FINDINGS: "疑点", "Findings";
    OTHER_COLUMN: "其他", "other";
    // Care elsewhere.
    INSURED_PLACE: "参保地区划", "Insured in";
    CARE_PLACE: "就医地区划", "Treated in";
    ELSEWHERE: "是否异地", "Elsewhere";
    LOCAL: "本地", "local";
    SAME_PROVINCE: "省内异地", "same province";
    OTHER_PROVINCE: "跨省异地", "other province";
    UNKNOWN_PLACE: "不详", "unknown";
    VISITS: "就诊人次", "Visits";
    FUND_PAID: "基金支付（元）", "Paid by the fund (yuan)";
    SHARE_OF_PAID: "疑点占基金支付", "Share in question";

    // Two sources.
    VISITS_OF_BOTH: "经办端与医院端均有、已合并的就诊", "visits that both the bureau and the hospital delivered, merged";
    VISITS_AMBIGUOUS: "两方就诊对应关系不能确定（未合并）", "visits whose counterpart could not be told (not merged)";
    STOCK_UNIT_UNCLEAR: "库存单位无法由账面判定、不作比较的物资", "stock items whose unit the books do not decide, not compared";
    BUREAU_ONLY: "仅经办端有", "at the bureau only";
    HOSPITAL_ONLY: "仅医院端有", "in the hospital's books only";
    AMOUNT_DIFFERS: "两方金额不一致", "amounts differ";
    VERIFY_BUREAU_ONLY: "疑点：医保已结算，医院提供的数据中未见，待核实", "to verify: settled with the fund, not found in what the hospital delivered";
    VERIFY_HOSPITAL_ONLY: "疑点：医院记为医保结算，经办端数据中未见，待核实", "to verify: insured according to the hospital, not found in what the bureau delivered";
    VERIFY_AMOUNT_DIFFERS: "疑点：同一就诊两方金额不一致，待核实", "to verify: the same visit with different amounts";
    HOSPITAL_BILL: "医院结算单据号", "Hospital bill";
    BUREAU_AMOUNT: "经办端总额（元）", "Bureau: billed (yuan)";
    HOSPITAL_AMOUNT: "医院端总额（元）", "Hospital: billed (yuan)";
    DIFFERENCE: "差额（元）", "Difference (yuan)";
    BUREAU_FUND: "经办端基金支付（元）", "Bureau: fund (yuan)";
    HOSPITAL_FUND: "医院端基金支付（元）", "Hospital: fund (yuan)";
    TO_VERIFY: "待核实", "To verify";

    // Rings.
    RING_ID: "团伙编号", "Ring";
    RING_RANK: "团伙排名", "Ring rank";
    KIND: "类别", "Kind";
    MEMBERS: "成员数", "Members";
    CO_EVENTS: "共同事件", "Events together";
    EXCLUSIVITY: "专属度", "Exclusivity";
    SURPRISE: "意外度（−log10 p）", "Surprise (−log10 p)";
    ROLE_IN_RING: "角色", "Role";
    DEGREE: "关联数", "Links";
    EVENTS: "事件数", "Events";

    // Evidence.
    FINDING_RANK: "疑点排名", "Finding rank";
    ROLE: "记录角色", "Role";
    ROLE_SUSPECT: "疑点记录", "suspect";
    ROLE_BASIS: "对照记录", "basis";
    SETTLEMENT: "结算编号", "Settlement";
    FEE_LINE: "明细流水号", "Fee line";
    TIME: "时间", "Time";
    ITEM_CODE: "项目编码", "Item code";
    ITEM_NAME: "项目名称", "Item";
    COUNT: "数量", "Quantity";
    PRICE: "单价", "Unit price";
    SOURCE_FILE: "来源文件", "Source file";
    SOURCE_LINE: "来源行", "Source line";

    // Rules not run, data quality.
    WHY_NOT_RUN: "未运行原因", "Why";
    ALL_RAN: "所有规则均已运行。", "Every rule ran.";
    SECTION_CHECKS: "验收检查", "Acceptance checks";
    CHECK: "检查项", "Check";
    RESULT: "结果", "Result";
    FIGURE: "实测", "Found";
    LIMIT: "允许", "Allowed";
    DETAIL: "说明", "Details";
    PASSED: "通过", "passed";
    FAILED: "未通过", "failed";
    NOT_APPLICABLE: "不适用", "not applicable";
    SECTION_FILES: "文件读取情况（读入 = 入库 + 重复 + 拒收）", "Files (read = stored + repeated + rejected)";
    FILE: "文件", "File";
    LAYOUT: "表", "Table";
    ENCODING: "编码", "Encoding";
    DELIMITER: "分隔符", "Delimiter";
    ROWS_IN: "读入行", "Rows read";
    ROWS_STORED: "入库行", "Stored";
    ROWS_REPEATED: "重复行", "Repeated";
    ROWS_REJECTED: "拒收行", "Rejected";
    CELLS_REJECTED: "置空单元格", "Cells emptied";
    MISSING_COLUMNS: "缺少的列", "Missing columns";
    SECTION_SKIPPED: "未读取的文件", "Files not read";
    SECTION_WATERFALL: "入库后的剔除与冲抵", "Set aside or netted after storing";
    WHAT: "情形", "What";
    ROWS: "行数", "Rows";
    SETTLEMENTS_REVERSED: "冲销的结算及其冲销记录", "Settlements taken back and their reversals";
    FEE_REFUNDS: "冲抵原明细的退费行", "Refund lines taken off their lines";
    FEE_LINES_REVERSED: "退费后归零、或所属结算已冲销的明细", "Lines with nothing left after refunds, or in settlements taken back";
    FEE_LINES_WITHOUT_VISIT: "找不到就诊记录的明细", "Fee lines whose visit is not in the inputs";
    FEE_LINES_UNPLACED: "没有就诊或机构的明细行", "Fee lines without a visit or an institution";
    FEE_LINES_UNDATED: "没有可用日期的明细", "Fee lines without a usable date";
    VISITS_UNDATED: "没有可用日期的就诊", "Visits without a usable date";
    VISITS_WITHOUT_INSTITUTION: "没有机构的就诊", "Visits without an institution";
    SECTION_CONFLICTS: "主键相同而内容不同的记录", "Same key, different content";
    CONFLICT_ROWS: "未采用行", "Rows not kept";
    SECTION_REVERSALS: "退费与冲销", "Refunds and reversals";
    PAIRED: "已配对冲抵", "Paired and netted";
    UNPAIRED: "未找到原记录", "Original not found";
    UNPAIRED_GROSS: "未配对金额（元）", "Unpaired amount (yuan)";
    NONE: "无", "none";
}

/// The word for a grade: never more than an indication.
pub const fn grade(grade: Grade) -> Label {
    match grade {
        Grade::Violation => Label::new("疑点（较明确）", "clear indication"),
        Grade::Lead => Label::new("线索", "lead"),
    }
}

/// The word for a kind of ring.
pub const fn ring_kind(kind: RingKind) -> Label {
    match kind {
        RingKind::Patients => Label::new("同行就诊人员", "patients"),
        RingKind::Institutions => Label::new("共享病人机构", "institutions"),
        RingKind::Rotation => Label::new("机构间轮转", "rotation"),
    }
}

/// The word for what a member of a ring is.
pub const fn member_kind(kind: MemberKind) -> Label {
    match kind {
        MemberKind::Person => Label::new("参保人", "person"),
        MemberKind::Institution => Label::new("定点机构", "institution"),
        MemberKind::Practitioner => Label::new("医务人员", "practitioner"),
    }
}

/// The word for a member's part in a ring.
pub const fn ring_role(role: Role) -> Label {
    match role {
        Role::Core => Label::new("核心", "core"),
        Role::Member => Label::new("成员", "member"),
        Role::Place => Label::new("地点", "place"),
        Role::Patient => Label::new("病人", "patient"),
    }
}

/// The word for the result of a check.
pub const fn check_result(result: CheckResult) -> Label {
    match result {
        CheckResult::Passed => PASSED,
        CheckResult::Failed => FAILED,
        CheckResult::NotApplicable => NOT_APPLICABLE,
    }
}

/// The word for a record's role.
pub fn role(role: &str) -> Label {
    if role == "suspect" { ROLE_SUSPECT } else { ROLE_BASIS }
}

/// Size of the area in one line.
pub fn volume(persons: u64, institutions: u64, visits: u64, fee_lines: u64, lang: Lang) -> String {
    let [persons, institutions, visits, fee_lines] = [persons, institutions, visits, fee_lines].map(grouped);
    match lang {
        Lang::Zh => {
            format!("参保人 {persons} 人，定点机构 {institutions} 家，就诊 {visits} 人次，费用明细 {fee_lines} 条")
        }
        Lang::En => {
            format!("{persons} persons, {institutions} institutions, {visits} visits, {fee_lines} fee lines")
        }
    }
}

/// Billed, in-scope and fund totals in one line; arguments are yuan, already formatted.
pub fn amounts(gross: &str, inscp: &str, fund: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("总额 {gross}，范围内 {inscp}，基金 {fund}"),
        Lang::En => format!("billed {gross}, in scope {inscp}, fund {fund}"),
    }
}

/// How many rows a rule looked at, and of what.
pub fn population(rows: u64, label: &str) -> String {
    format!("{} {label}", grouped(rows))
}

/// A rule and how many findings it adds to a suspect.
pub fn rule_count(title: &str, count: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{title}（{count} 条）"),
        Lang::En => format!("{title} ({count})"),
    }
}

/// What changed since an earlier run, in one sentence.
pub fn changed(since: &str, new: usize, continued: usize, gone: usize, not_checked: usize, lang: Lang) -> String {
    let [new, continued, gone, not_checked] = [new, continued, gone, not_checked].map(|n| grouped(n as u64));
    match lang {
        Lang::Zh => format!(
            "与 {since} 相比：新增 {new} 条，延续 {continued} 条，消失 {gone} 条，规则本次未运行而未复查 {not_checked} 条（逐条见 changes.csv）。"
        ),
        Lang::En => format!(
            "Against {since}: {new} new, {continued} continued, {gone} gone, {not_checked} not checked because their rule did not run (each in changes.csv)."
        ),
    }
}

/// What a staged table holds; the name itself where it is none of the platform's.
pub fn table(name: &str, lang: Lang) -> &str {
    match name {
        "mdtrt" => lang.pick("就诊", "visits"),
        "setl" => lang.pick("结算", "settlements"),
        "fee" => lang.pick("费用明细", "fee lines"),
        "diag" => lang.pick("诊断", "diagnoses"),
        "oprn" => lang.pick("手术", "operations"),
        "psn" => lang.pick("人员", "persons"),
        "inst" => lang.pick("定点机构", "institutions"),
        _ => name,
    }
}

/// Rows that the platform itself marks as not valid.
pub fn void(name: &str, lang: Lang) -> String {
    let table = table(name, lang);
    match lang {
        Lang::Zh => format!("平台标记为无效的{table}记录"),
        Lang::En => format!("Rows the platform marks as not valid: {table}"),
    }
}

/// How many rules ran.
pub fn rules_line(ran: usize, skipped: usize, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("运行 {ran} 条，未运行 {skipped} 条"),
        Lang::En => format!("{ran} ran, {skipped} did not"),
    }
}

/// How many files were read.
pub fn inputs_line(files: usize, rows: u64, rejected: u64, lang: Lang) -> String {
    let [rows, rejected] = [rows, rejected].map(grouped);
    match lang {
        Lang::Zh => format!("{files} 个文件，{rows} 行，拒收 {rejected} 行（见 rejects.csv）"),
        Lang::En => format!("{files} files, {rows} rows, {rejected} rejected (see rejects.csv)"),
    }
}

/// Said where the workbook does not hold the evidence of every finding.
pub fn evidence_note(shown: usize, findings: usize, lang: Lang) -> String {
    let [shown, findings] = [shown, findings].map(|n| grouped(n as u64));
    match lang {
        Lang::Zh => format!("本工作簿含排名前 {shown} 条疑点的明细（共 {findings} 条疑点）；全部明细见 evidence.csv。"),
        Lang::En => format!(
            "This workbook holds the records behind the first {shown} of {findings} findings; all of them are in evidence.csv."
        ),
    }
}
