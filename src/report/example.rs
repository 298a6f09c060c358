//! A made-up report: what the tests of the whole folder read back, and something to look at.
//!
//! `FEIJIAN_EXAMPLE_DIR=DIR cargo test report::example` keeps it in DIR, in both languages.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, TimestampMillisecondType};
use calamine::{Data, Reader, Xlsx, open_workbook};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::contract::RejectRow;
use super::dispositions::Dispositions;
use super::figures::{Figures, Item, Month, Place, Reach};
use super::outdir::OutDir;
use super::problems::{Outcome, ProblemRow};
use super::summary::{Clock, Coverage, ModelTitle, ParamUsed, RuleRun, RuleSkipped, RunSummary, Scope};
use super::tables::RejectsCsv;
use super::workbook::ReportWorkbook;
use super::{Report, manifest, page, write};
use crate::findings::evidence::ClaimRecord;
use crate::findings::history::{Contact, History, Lane};
use crate::findings::model::{Finding, Suspect};
use crate::import::summary::{
    Check, CheckResult, Conflicts, ImportSummary, InputFile, Reversals, Skipped, SkippedFile, Waterfall,
};
use crate::lang::{Lang, Text};
use crate::model::{Grade, Money, SuspectKind};
use crate::problems::{ProblemId, Status};
use crate::ranking::elsewhere::{Elsewhere, Relation};

/// 2024-01-01.
const FIRST_DAY: i32 = 19_723;
/// A person number longer than any float can hold.
const PERSON: &str = "34010000000000000123456789";
/// An item name that a careless writer would let Excel run.
const EVIL_ITEM: &str = "=HYPERLINK(\"http://example.org\",\"点我\")";

fn summary() -> RunSummary {
    let model = |model, zh: &str, en: &str| ModelTitle { model, title: Text::new(zh, en) };
    let rule = |rule_id: &str, model, zh: &str, en: &str, population, label: (&str, &str)| RuleRun {
        rule_id: rule_id.into(),
        model,
        title: Text::new(zh, en),
        basis: Text::new(
            format!("《医疗保障基金使用监督管理条例》第三十八条第{}项", if model == 1 { "一" } else { "三" }),
            format!("Regulation on the use of the medical-security fund, article 38, item {model}"),
        ),
        population,
        population_label: Text::new(label.0, label.1),
        params: vec![ParamUsed {
            name: "max_gap_days".into(),
            value: if model == 1 { "7" } else { "15" }.into(),
            default: "15".into(),
            unit: Text::new("天", "days"),
            why: Text::new(
                "多数公开模型对同一疾病再入院采用的窗口；同一疾病指主诊断编码前三位相同",
                "the window most published models use for the same disease",
            ),
        }],
        damage: Vec::new(),
        absent: Vec::new(),
    };
    let absent = Coverage {
        table: "k_price_cap".into(),
        title: Text::new("限价知识点", "One row per price"),
        unit: Text::new("个编码", "codes"),
        known: 12,
        here: 0,
    };
    let resting = |rule: RuleRun| RuleRun { absent: vec![absent.clone()], ..rule };
    RunSummary {
        version: "0.1.0".into(),
        command_line: ["feijian", "run", "exports", "--out", "report"].map(Into::into).to_vec(),
        revealed: false,
        pseudonym_key: Some("0badcafe".into()),
        learnt: BTreeMap::new(),
        scope: Scope {
            first_day: Some(FIRST_DAY),
            last_day: Some(FIRST_DAY + 365),
            only_institutions: Vec::new(),
            only_fields: Vec::new(),
            only_problems: Vec::new(),
            persons: 48_210,
            institutions: 37,
            visits: 210_456,
            fee_lines: 3_456_789,
            gross_fen: 9_876_543_210,
            inscp_fen: 8_765_432_100,
            fund_fen: 6_543_210_987,
        },
        imported: imported(),
        losses_accepted: false,
        knowledge: vec![
            Coverage {
                table: "k_included_item".into(),
                title: Text::new("重复收费知识点", "One row per pair"),
                unit: Text::new("对编码", "pairs"),
                known: 900,
                here: 214,
            },
            absent.clone(),
        ],
        rings: None,
        tables: [("visit".to_owned(), 210_456), ("fee".to_owned(), 3_456_789)].into(),
        models: vec![
            model(1, "分解住院、挂床住院", "Split and idle stays"),
            model(2, "过度诊疗", "Over-treatment"),
            model(3, "重复收费、超标准收费", "Duplicate billing"),
            model(4, "串换项目", "Item swapping"),
        ],
        rules_run: vec![
            rule(
                "split-stay",
                1,
                "出院后短期内再入同一机构",
                "Readmitted to the same institution within days",
                20_311,
                ("住院人次", "stays"),
            ),
            rule(
                "duplicate-line",
                3,
                "同一时刻同一项目重复收费",
                "The same item billed twice at the same minute",
                3_456_789,
                ("费用明细", "fee lines"),
            ),
            resting(rule(
                "price-over-cap",
                3,
                "超过最高限价收费",
                "Priced above the cap",
                3_456_789,
                ("费用明细", "fee lines"),
            )),
        ],
        findings: [("split-stay", 2), ("duplicate-line", 1), ("price-over-cap", 0)]
            .map(|(rule, findings)| (rule.to_owned(), findings))
            .into(),
        rules_skipped: vec![RuleSkipped {
            rule_id: "known-swap".into(),
            model: 4,
            title: Text::new("已知串换对照", "Known swaps"),
            reason: Text::new(
                "缺少知识表 k_known_swap，请用 feijian knowledge import 导入",
                "knowledge table k_known_swap is missing; bring it with feijian knowledge import",
            ),
        }],
        clock: Clock { started: "2025-01-05T08:30:00Z".into(), seconds: 63.5, threads: 2, ..Clock::default() },
    }
}

/// What the import found out about two files.
fn imported() -> ImportSummary {
    ImportSummary {
        inputs: vec![
            InputFile {
                name: "exports/ODS_FEE_LIST_D_202403.csv.gz".into(),
                bytes: 812_345_678,
                sha256: "ab".repeat(32),
                layout: "fee_list_d".into(),
                layout_title: Text::new("费用明细", "fee lines"),
                encoding: "GB18030".into(),
                delimiter: "|@|".into(),
                rows_in: 3_460_000,
                rows_stored: 3_456_789,
                rows_repeated: 3_200,
                rows_rejected: 11,
                cells_rejected: 204,
                columns: BTreeMap::new(),
                missing_columns: vec!["acord_dr_code".into()],
                notes: Vec::new(),
                ignored_columns: vec!["memo".into()],
            },
            InputFile {
                name: "exports/mdtrt_d.parquet".into(),
                layout: "mdtrt_d".into(),
                layout_title: Text::new("就诊", "visits"),
                rows_in: 210_456,
                rows_stored: 210_456,
                ..InputFile::default()
            },
        ],
        skipped_files: vec![SkippedFile {
            name: "exports/说明.docx".into(),
            reason: Text::new("不是数据文件", "not a data file"),
            kind: Skipped::Stray,
        }],
        checks: vec![
            Check {
                id: "master-detail-total".into(),
                title: Text::new("结算总额与明细合计之差", "Settlement totals against the sum of their lines"),
                result: CheckResult::Failed,
                figure: Text::new("0.82 %", "0.82 %"),
                limit: Text::new("≤ 0.5 %", "≤ 0.5 %"),
                detail: Text::new(
                    "结算总额 98,765,432.10 元，明细合计 97,955,555.56 元；多为明细缺失，请医院补提",
                    "settlements 98,765,432.10, lines 97,955,555.56: ask for the missing lines",
                ),
            },
            Check {
                id: "months-present".into(),
                title: Text::new("期间内每月均有数据", "Every month of the period is present"),
                result: CheckResult::Passed,
                figure: Text::new("12 个月", "12 months"),
                limit: Text::new("12 个月", "12 months"),
                detail: Text::default(),
            },
            Check {
                id: "duplicate-hisid".into(),
                title: Text::new("结算主单 HISID 重复", "HISID repeated in the master"),
                result: CheckResult::NotApplicable,
                detail: Text::new("没有医院端结算主单", "no hospital master in the inputs"),
                ..Check::default()
            },
        ],
        conflicts: vec![Conflicts { table: "setl".into(), rows: 4 }],
        reversals: vec![Reversals { table: "fee".into(), paired: 1_204, unpaired: 17, unpaired_gross_fen: 123_456 }],
        waterfall: Waterfall {
            void: [("setl".to_owned(), 12)].into(),
            settlements_reversed: 40,
            fee_refunds: 1_204,
            fee_lines_reversed: 310,
            fee_lines_without_visit: 25,
            visits_undated: 2,
            ..Waterfall::default()
        },
        ..ImportSummary::default()
    }
}

/// Three findings of two models, and as many more of the first as asked for.
fn findings(more: usize) -> Vec<Finding> {
    let finding = |rank: i64, model, rule_id: &str, grade, situation: &str| Finding {
        finding_id: format!("{rank:032x}"),
        model,
        rule_id: rule_id.into(),
        grade,
        problem: (model == 3).then(|| "2025-hospital:11".into()),
        psn_no: Some(PERSON.into()),
        fixmedins_code: Some("H34010000001".into()),
        fixmedins_name: Some("示例市第一人民医院".into()),
        dr_code: Some("D340100000001".into()),
        dr_name: Some("张示例".into()),
        mdtrt_id: Some("0034000000000000000042".into()),
        first_day: Some(FIRST_DAY + 4),
        last_day: Some(FIRST_DAY + 12),
        records: 2,
        rows: 0..0,
        at_risk: Money { gross_fen: 1_234_567, inscp_fen: 1_000_000, fund_fen: 750_005 },
        counted: Money { gross_fen: 1_234_567, inscp_fen: 1_000_000, fund_fen: 750_005 },
        measure: Some(2.0),
        threshold: Some(15.0),
        confidence: 0.6,
        score: 4500.03,
        rank,
        situation: situation.into(),
    };
    let split = "出院 2 天后再次入住同一机构，疑似分解住院，需核实两次住院是否为同一疾病的连续治疗";
    let mut findings = vec![
        finding(1, 1, "split-stay", Grade::Lead, split),
        Finding {
            psn_no: None,
            dr_code: None,
            dr_name: None,
            ..finding(
                2,
                3,
                "duplicate-line",
                Grade::Violation,
                "2024-01-05 08:30 同一项目收费 2 次，需核实是否重复收费",
            )
        },
        Finding { measure: None, threshold: None, ..finding(3, 1, "split-stay", Grade::Lead, "=1+1") },
    ];
    findings.extend((4..).take(more).map(|rank| finding(rank, 1, "split-stay", Grade::Lead, split)));
    findings
}

/// Three items of a list: one with a finding, one with none, one that no claim shows.
fn problems() -> Vec<ProblemRow> {
    let row = |number, field: &str, words: &str, status, outcome| ProblemRow {
        id: ProblemId { list: "2025-hospital".into(), number },
        list: Text::new("定点医疗机构典型问题清单", "Typical problems of hospitals"),
        field: field.into(),
        kind: "重复收费".into(),
        title: Some(words.into()),
        official: None,
        basis: None,
        status,
        outcome,
        findings: 0,
        persons: 0,
        institutions: 0,
        money: Money::default(),
        note: String::new(),
        ask: None,
        rules: "listed-together".into(),
        first_finding: None,
    };
    vec![
        ProblemRow {
            findings: 1,
            persons: 1,
            institutions: 1,
            money: Money { gross_fen: 1_234_567, inscp_fen: 1_000_000, fund_fen: 750_005 },
            first_finding: Some(format!("{:032x}", 2)),
            official: Some("开展洗胃，同时收取“插胃管”费用。".into()),
            ..row(11, "各科室通用类", "洗胃另收插胃管", Status::Evaluated, Outcome::Hits)
        },
        row(16, "心血管内科", "冠脉介入另收冠状动脉造影", Status::Evaluated, Outcome::Nothing),
        ProblemRow {
            note: "费用数据只有登记的医师".into(),
            ask: Some("执业证、排班表".into()),
            ..row(5, "各科室通用类", "无资质人员冒名诊疗", Status::NotInClaims, Outcome::NotInClaims)
        },
    ]
}

fn suspects() -> Vec<Suspect> {
    let suspect = |kind, rank, code: &str, name: Option<&str>, points: Option<&str>| Suspect {
        kind,
        rank,
        code: code.into(),
        name: name.map(Into::into),
        findings: 3,
        models: "1 3".into(),
        counted: Money { gross_fen: 3_703_701, inscp_fen: 3_000_000, fund_fen: 2_250_015 },
        share: Some(0.1234),
        peer_ratio: Some(4.2),
        score: 13_500.09,
        top_rules: "split-stay 2, duplicate-line 1".into(),
        points: points.map(Into::into),
        reason: "疑点金额占其基金支付的 12.3%，为同级机构中位数的 4.2 倍，主要为出院后短期内再入院".into(),
    };
    vec![
        suspect(SuspectKind::Institution, 1, "H34010000001", Some("示例市第一人民医院"), None),
        suspect(SuspectKind::Practitioner, 1, "D340100000001", Some("张示例"), Some("4–6")),
        Suspect { share: None, peer_ratio: None, ..suspect(SuspectKind::Person, 1, PERSON, None, None) },
    ]
}

/// Two institutions, three months, one item.
fn figures() -> Figures {
    let money = |fund_fen| Money { gross_fen: fund_fen * 2, inscp_fen: fund_fen, fund_fen };
    let place = |code: &str, name: Option<&str>, split: i64, repeated: i64| Place {
        code: code.into(),
        name: name.map(Into::into),
        total: money(split + repeated),
        models: [(1, money(split)), (3, money(repeated))].into(),
    };
    let month = |month, fund_fen: &[(i32, i64)]| Month { month, fund_fen: fund_fen.iter().copied().collect() };
    Figures {
        places: vec![
            place("H34010000001", Some("示例市第一人民医院"), 1_500_010, 750_005),
            place("P34010000002", None, 20_000, 0),
        ],
        months: vec![month(24_288, &[(1, 1_500_010)]), month(24_289, &[]), month(24_290, &[(1, 20_000), (3, 750_005)])],
        items: vec![Item {
            model: 3,
            rule_id: "duplicate-line".into(),
            fixmedins_code: "H34010000001".into(),
            fixmedins_name: Some("示例市第一人民医院".into()),
            item_code: Some("001102000010000".into()),
            item_name: Some(EVIL_ITEM.into()),
            findings: 1,
            records: 2,
            cnt_e4: 30_000,
            counted: money(750_005),
        }],
        reach: Reach { persons: 2, institutions: 2 },
        reach_of_models: [(1, Reach { persons: 2, institutions: 2 }), (3, Reach { persons: 1, institutions: 1 })]
            .into(),
        reach_of_rules: [("split-stay", 2, 2), ("duplicate-line", 1, 1)]
            .map(|(rule, persons, institutions)| (rule.to_owned(), Reach { persons, institutions }))
            .into(),
    }
}

/// What surrounds the first finding: two stays in question and a purchase.
fn histories() -> Vec<History> {
    let contact = |first, last, stay, suspect| Contact {
        first_day: FIRST_DAY + first,
        last_day: FIRST_DAY + last,
        stay,
        suspect,
        mdtrt_id: "0034000000000000000042".into(),
        fund_fen: 750_005,
    };
    vec![History {
        finding_id: format!("{:032x}", 1),
        first_day: FIRST_DAY - 26,
        last_day: FIRST_DAY + 42,
        lanes: vec![
            Lane {
                name: Some("示例市第一人民医院".into()),
                contacts: vec![contact(4, 9, true, true), contact(11, 12, true, true)],
                lines: [(FIRST_DAY + 5, 2)].into(),
            },
            Lane { name: None, contacts: vec![contact(20, 20, false, false)], ..Lane::default() },
        ],
        more: 1,
    }]
}

/// A local cell, one across provinces and one of unknown persons.
fn elsewhere() -> Vec<Elsewhere> {
    let cell = |insured: Option<&str>, fund_fen| Elsewhere {
        insured: insured.map(Into::into),
        care: Some("340104".into()),
        relation: Relation::of(insured, Some("340104")),
        visits: 120,
        fund_fen: fund_fen * 10,
        findings: 3,
        counted: Money { gross_fen: fund_fen * 2, inscp_fen: fund_fen, fund_fen },
    };
    vec![cell(Some("340103"), 1_500_010), cell(Some("320102"), 750_005), cell(None, 0)]
}

/// Two records for each finding: a fee line, and what it is compared with, known by its day only.
fn evidence(findings: &[Finding]) -> impl Iterator<Item = ClaimRecord<'_>> {
    let with = |finding| {
        let line = ClaimRecord {
            suspect: true,
            bkkp_sn: Some("000123456789012345678901"),
            minute: Some(i64::from(FIRST_DAY + 4) * 1_440 + 510),
            item_code: Some("001102000010000"),
            item_name: Some(EVIL_ITEM),
            cnt_e4: Some(15_000),
            pric_e6: Some(12_345_678),
            at_risk: Money { gross_fen: 1_234_567, inscp_fen: 1_000_000, fund_fen: -5 },
            ..basis(finding)
        };
        [line, basis(finding)]
    };
    findings.iter().flat_map(with)
}

fn basis(finding: &Finding) -> ClaimRecord<'_> {
    ClaimRecord {
        finding_id: &finding.finding_id,
        rule_id: &finding.rule_id,
        mdtrt_id: finding.mdtrt_id.as_deref(),
        setl_id: Some("0034000000000000000077"),
        psn_no: finding.psn_no.as_deref(),
        fixmedins_code: finding.fixmedins_code.as_deref(),
        dr_code: finding.dr_code.as_deref(),
        day: Some(FIRST_DAY + 4),
        source_file: Some("exports/ODS_FEE_LIST_D_202403.csv.gz"),
        source_line: Some(1_048_577),
        ..ClaimRecord::default()
    }
}

/// Everything a report is made of.
struct Made {
    summary: RunSummary,
    findings: Vec<Finding>,
    suspects: Vec<Suspect>,
    figures: Figures,
    histories: Vec<History>,
    elsewhere: Vec<Elsewhere>,
    problems: Vec<ProblemRow>,
    dispositions: Dispositions,
}

impl Made {
    fn new(more: usize) -> Self {
        Self {
            summary: summary(),
            findings: findings(more),
            suspects: suspects(),
            figures: figures(),
            histories: histories(),
            elsewhere: elsewhere(),
            problems: problems(),
            dispositions: Dispositions::default(),
        }
    }

    fn report(&self, lang: Lang) -> Report<'_> {
        Report {
            summary: &self.summary,
            findings: &self.findings,
            suspects: &self.suspects,
            figures: &self.figures,
            problems: &self.problems,
            histories: &self.histories,
            rings: &[],
            elsewhere: &self.elsewhere,
            two_sources: None,
            dispositions: &self.dispositions,
            changes: None,
            lang,
        }
    }
}

/// Writes the whole folder.
fn write_example(target: &Path, lang: Lang, more: usize) {
    let made = Made::new(more);
    let report = made.report(lang);
    let out = OutDir::create(target).expect("free");
    let mut rejects = RejectsCsv::create(&out.path().join("rejects.csv")).expect("writable");
    let reject =
        RejectRow { file: "a.csv", line: 7, column: "psn_no", value: "-3.40103E+17", reason: "科学计数法" };
    rejects.push(&reject).expect("writable");
    rejects.finish().expect("writable");
    write(&out, &report, evidence(&made.findings)).expect("writable");
    manifest::write(&out, &made.summary).expect("writable");
    out.commit().expect("swaps");
}

/// Sheet names and the cells of one sheet.
fn sheet(path: &Path, name: &str) -> Vec<Vec<Data>> {
    let mut workbook: Xlsx<_> = open_workbook(path).expect("a workbook");
    workbook.worksheet_range(name).expect("the sheet").rows().map(<[Data]>::to_vec).collect()
}

fn text(data: &Data) -> &str {
    match data {
        Data::String(text) => text,
        _ => "",
    }
}

#[test]
fn the_folder_holds_what_the_contract_lists() {
    let temp = tempfile::tempdir().expect("temp");
    let kept = std::env::var_os("FEIJIAN_EXAMPLE_DIR").map(Into::into);
    let dir = kept.unwrap_or_else(|| temp.path().to_owned());
    write_example(&dir.join("en"), Lang::En, 40);
    let zh = dir.join("zh");
    write_example(&zh, Lang::Zh, 40);
    let listed = manifest::outputs_of(&zh).expect("ours");
    let expected = [
        "elsewhere.csv",
        "evidence.csv",
        "evidence.parquet",
        "findings.csv",
        "findings.parquet",
        "problems.csv",
        "rejects.csv",
        "report.html",
        "report.xlsx",
        "ring_members.csv",
        "rings.csv",
        "rings.graphml",
        "suspects.csv",
    ];
    assert!(listed.iter().eq(expected), "{listed:?}");

    let first = fs::read(zh.join("manifest.json")).expect("there");
    write_example(&zh, Lang::Zh, 40);
    assert_eq!(first, fs::read(zh.join("manifest.json")).expect("there"), "same data, same hashes");
}

#[test]
fn csv_cells_are_exact_and_safe() {
    let dir = tempfile::tempdir().expect("temp");
    let target = dir.path().join("report");
    write_example(&target, Lang::Zh, 0);
    let read = |name: &str| fs::read_to_string(target.join(name)).expect("UTF-8");

    let findings = read("findings.csv");
    assert!(findings.starts_with("finding_id,model,rule_id,grade,psn_no,fixmedins_code,dr_code,mdtrt_id,first_day,last_day,records,gross_amount,inscp_amount,fund_amount,measure,threshold,confidence,score,rank,situation,problem\n"));
    assert!(findings.contains(&format!(
        "00000000000000000000000000000001,1,split-stay,lead,{PERSON},H34010000001,D340100000001,0034000000000000000042,2024-01-05,2024-01-13,2,12345.67,10000.00,7500.05,2,15,0.6,4500.03,1,出院"
    )));
    assert!(findings.ends_with(",12345.67,10000.00,7500.05,,,0.6,4500.03,3,'=1+1,\n"));

    let suspects = read("suspects.csv");
    assert!(suspects.starts_with("\u{feff}kind,rank,code,name,findings,models,gross_amount,inscp_amount,fund_amount,share,peer_ratio,score,top_rules,points,reason\n"));
    assert!(suspects.contains("practitioner,1,D340100000001,张示例,3,1 3,37037.01,30000.00,22500.15,0.1234,4.2,13500.09,\"split-stay 2, duplicate-line 1\",4–6,"));

    let evidence = read("evidence.csv");
    assert!(evidence.starts_with("finding_id,rule_id,role,mdtrt_id,setl_id,bkkp_sn,psn_no,fixmedins_code,dr_code,event_time,item_code,item_name,cnt,pric,gross_amount,inscp_amount,fund_amount,ring_id,source_file,source_line,problem\n"));
    assert!(evidence.contains(",2024-01-05 08:30,001102000010000,\"'=HYPERLINK(\"\"http://example.org\"\",\"\"点我\"\")\",1.5000,12.345678,12345.67,10000.00,-0.05,,exports/"));
    assert!(evidence.contains(",2024-01-05,,,,,0.00,0.00,0.00,,exports/"));

    assert_eq!(read("rejects.csv"), "file,line,column,value,reason\na.csv,7,psn_no,'-3.40103E+17,科学计数法\n");
}

#[test]
fn parquet_keeps_types() {
    let dir = tempfile::tempdir().expect("temp");
    let target = dir.path().join("report");
    write_example(&target, Lang::Zh, 0);
    let read = |name: &str| -> RecordBatch {
        let file = File::open(target.join(name)).expect("there");
        let mut reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build().expect("readable");
        reader.next().expect("a batch").expect("readable")
    };
    let findings = read("findings.parquet");
    let gross = findings.column_by_name("gross_amount").expect("there");
    assert_eq!(*gross.data_type(), DataType::Decimal128(18, 2));
    assert_eq!(gross.as_primitive::<Decimal128Type>().value(0), 1_234_567);
    let first_day = findings.column_by_name("first_day").expect("there").as_primitive::<Date32Type>();
    assert_eq!(first_day.value(0), FIRST_DAY + 4);

    let evidence = read("evidence.parquet");
    assert_eq!(*evidence.column_by_name("cnt").expect("there").data_type(), DataType::Decimal128(16, 4));
    assert_eq!(*evidence.column_by_name("pric").expect("there").data_type(), DataType::Decimal128(16, 6));
    let time = evidence.column_by_name("event_time").expect("there").as_primitive::<TimestampMillisecondType>();
    assert_eq!(time.value(0), i64::from(FIRST_DAY + 4) * 86_400_000 + 510 * 60_000);
    assert_eq!(time.value(1), i64::from(FIRST_DAY + 4) * 86_400_000);
}

#[test]
fn the_workbook_keeps_codes_and_runs_nothing() {
    let dir = tempfile::tempdir().expect("temp");
    let target = dir.path().join("report");
    write_example(&target, Lang::Zh, 0);
    let path = target.join("report.xlsx");
    let mut workbook: Xlsx<_> = open_workbook(&path).expect("a workbook");
    let names = [
        "说明",
        "汇总",
        "问题清单",
        "问题项目汇总",
        "1 分解住院、挂床住院",
        "3 重复收费、超标准收费",
        "机构排名",
        "医师排名",
        "人员排名",
        "异地就医",
        "未运行规则及原因",
        "数据质量",
        "费用明细",
    ];
    assert_eq!(workbook.sheet_names(), names);
    for name in names {
        assert!(workbook.worksheet_formula(name).expect("readable").is_empty(), "{name} holds a formula");
    }

    let rows = sheet(&path, names[4]);
    assert_eq!(rows.len(), 3);
    assert_eq!(text(&rows[1][9]), PERSON);
    assert_eq!(text(&rows[1][12]), "0034000000000000000042");
    assert_eq!(rows[1][18], Data::Float(12_345.67));
    assert_eq!(text(&rows[2][1]), "=1+1");
    let rows = sheet(&path, "费用明细");
    assert_eq!(text(&rows[1][11]), EVIL_ITEM);
    assert_eq!(rows.len(), 7);
}

#[test]
fn long_tables_continue_and_say_what_they_leave_out() {
    let dir = tempfile::tempdir().expect("temp");
    let path = dir.path().join("report.xlsx");
    let made = Made::new(7);
    let report = made.report(Lang::Zh);
    // Three rows to a sheet; evidence of four findings, two rows each.
    let mut workbook = ReportWorkbook::begin_with(dir.path(), &report, 3, 9).expect("writable");
    for record in evidence(&made.findings) {
        workbook.push_evidence(record).expect("writable");
    }
    workbook.finish(&path).expect("writable");

    let model: usize = (1..=3).map(|part| sheet(&path, &part_name("1 分解住院、挂床住院", part)).len() - 1).sum();
    assert_eq!(model, 9, "every finding of the model");
    let evidence: Vec<usize> = (1..=3).map(|part| sheet(&path, &part_name("费用明细", part)).len() - 1).collect();
    assert_eq!(evidence, [3, 3, 2]);
    let guide = sheet(&path, "说明");
    let said = guide.iter().flatten().any(|cell| text(cell).contains("排名前 4 条疑点的明细（共 10 条疑点）"));
    assert!(said, "the guide says what is left out");
}

fn part_name(name: &str, part: u32) -> String {
    if part == 1 { name.to_owned() } else { format!("{name} ({part})") }
}

#[test]
fn the_page_stands_alone_in_both_languages() {
    let mut made = Made::new(0);
    made.findings[0].situation = "<script>alert(1)</script>".into();
    for lang in [Lang::Zh, Lang::En] {
        let page = page::page(&made.report(lang));
        for word in ["<script", "http://", "https://", "src=", "@import", "url("] {
            assert!(!page.contains(word), "{word} in the page");
        }
        assert!(page.contains("&lt;script&gt;alert(1)"), "data are shown, not run");
        insta::assert_snapshot!(lang.pick("page_zh", "page_en"), readable(&page));
    }
}

/// A page without its style sheet, an element a line.
fn readable(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").expect("a style sheet");
    let (_, body) = rest.split_once("</style>").expect("an end");
    format!("{head}{body}").replace("><", ">\n<")
}
