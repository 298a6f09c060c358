//! Problem lists: every item has its row, the official words stand beside ours, and a delivery is told item by item.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use calamine::{Reader, Xlsx, open_workbook};
use feijian::problems::{ProblemId, Problems, Status};
use feijian::rules::Catalog;
use rust_xlsxwriter::Workbook;
use tempfile::TempDir;

use crate::support::{Row, done, ended, feijian, project, rows, run};

/// Items of the embedded lists, and how many of them claims have to show at least in part.
const LISTS: [(&str, u32, usize); 2] = [("2025-hospital", 183, 130), ("2025-pharmacy", 19, 10)];

#[test]
fn every_item_of_the_embedded_lists_has_a_status() {
    let problems = Problems::load(None).expect("the embedded lists load");
    for (id, items, least) in LISTS {
        let list = problems.list(id).expect("a list");
        let numbers: Vec<u32> = list.problems.iter().map(|problem| problem.number).collect();
        assert_eq!(numbers, (1..=items).collect::<Vec<_>>(), "{id}: every number once, in order");
        let count = |wanted: &[Status]| list.problems.iter().filter(|problem| wanted.contains(&problem.status)).count();
        let shown = count(&[Status::Evaluated, Status::Partly]);
        println!("{id}: {shown} of {items} in claims, {} not", count(&[Status::NotInClaims]));
        assert!(shown >= least, "{id}: {shown}");
        assert_eq!(count(&[Status::NotEncoded]), 0, "{id}");
        for problem in &list.problems {
            let title = problem.title.as_ref().expect("a title");
            assert!(
                !title.zh.is_empty() && !title.en.is_empty() && !problem.field.is_empty(),
                "{id}:{}",
                problem.number
            );
            assert!(problem.official.is_none(), "the official words are not the program's to carry");
        }
    }
    let catalog = Catalog::embedded().expect("rules");
    problems.know_rules(catalog.rules().iter().map(|rule| rule.spec.id.as_str())).expect("every rule is there");
}

#[test]
#[ignore = "needs ../shared: the lists as published are no part of the project"]
fn the_published_lists_are_the_encoded_ones_item_by_item() {
    let folder = tempfile::tempdir().expect("a folder");
    let published = project("../shared/knowledge/problem-lists");
    for (id, items, _) in LISTS {
        let file = published.join(format!("{id}.csv"));
        // Under another name, and as a workbook too: a list is known by what it holds.
        let workbook = folder.path().join(format!("自查清单{items}.xlsx"));
        as_workbook(&file, &workbook);
        let printed = done(folder.path(), &format!("knowledge import {} --knowledge known", workbook.display())).stdout;
        assert!(printed.contains(id) && printed.contains(&items.to_string()), "{printed}");
        let again = done(folder.path(), &format!("knowledge import {} --knowledge direct", file.display())).stdout;
        assert!(again.contains(id), "{again}");
    }
    for known in ["known", "direct"] {
        let problems = Problems::load(Some(&folder.path().join(known))).expect("loads");
        let mut compared = 0;
        for (id, ..) in LISTS {
            for row in rows(&published.join(format!("{id}.csv"))) {
                let number = row["序号"].parse().expect("a number");
                let (_, problem) = problems.get(&ProblemId { list: id.to_owned(), number }).expect("an item");
                let words = &row["违法违规使用医保基金典型问题"];
                assert_eq!(problem.official.as_deref(), Some(words.trim()), "{id}:{number}");
                assert_eq!((&problem.field, &problem.kind), (&row["领域"], &row["问题类型"]), "{id}:{number}");
                assert_ne!(problem.status, Status::NotEncoded, "{id}:{number}");
                compared += 1;
            }
        }
        assert_eq!(compared, 202);
    }
}

/// A CSV file as a workbook with a title line above its header.
fn as_workbook(csv: &Path, target: &Path) {
    let text = fs::read_to_string(csv).expect("readable");
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_string(0, 0, "附件：自查自纠问题清单").expect("written");
    for (row, record) in (1..).zip(reader.records()) {
        for (column, cell) in (0..).zip(record.expect("a row").iter()) {
            sheet.write_string(row, column, cell).expect("written");
        }
    }
    workbook.save(target).expect("saved");
}

/// One patient whose stomach was washed and who was billed the tube beside it, one billed the wash alone.
fn delivery(folder: &Path) {
    let export = folder.join("export");
    fs::create_dir(&export).expect("a folder");
    let write = |name: &str, text: &str| fs::write(export.join(name), text).expect("written");
    write(
        "mdtrt_d.csv",
        "mdtrt_id,psn_no,fixmedins_code,begntime,endtime,med_type\n\
         M1,P1,H34010000001,2024-01-05 08:00:00,2024-01-05 08:00:00,11\n\
         M2,P2,H34010000001,2024-01-06 08:00:00,2024-01-06 08:00:00,11\n",
    );
    write(
        "fee_list_d.csv",
        "bkkp_sn,mdtrt_id,psn_no,fixmedins_code,fee_ocur_time,cnt,pric,det_item_fee_sumamt,inscp_amt,hilist_code,hilist_name,list_type,med_list_codg,med_chrgitm_type\n\
         1,M1,P1,H34010000001,2024-01-05 08:10:00,1,50,50.00,50.00,001210000010000,洗胃,201,001210000010000,05\n\
         2,M1,P1,H34010000001,2024-01-05 08:12:00,1,10,10.00,10.00,001208000010000,插胃管,201,001208000010000,05\n\
         3,M2,P2,H34010000001,2024-01-06 08:10:00,1,50,50.00,50.00,001210000010000,洗胃,201,001210000010000,05\n",
    );
}

fn item<'r>(report: &'r [Row], list: &str, number: &str) -> &'r Row {
    report.iter().find(|row| row["list"] == list && row["number"] == number).expect("a row")
}

/// The run of [`delivery`] with a list of the team's own: one item with its own encoding, one without.
fn told() -> (TempDir, Vec<Row>) {
    let folder = tempfile::tempdir().expect("a folder");
    delivery(folder.path());
    fs::write(
        folder.path().join("某省清单.csv"),
        "\u{feff}编号,科室,违规类型,问题描述\n1,急诊,重复收费,洗胃的同时收取插胃管费用\n2,,过度检查,普遍开展无指征检查\n合计,,,\n",
    )
    .expect("written");
    let printed = done(folder.path(), "knowledge import 某省清单.csv --knowledge known");
    assert!(printed.stdout.contains("某省清单") && printed.stderr.contains("尚未编码"), "{printed:?}");
    fs::write(
        folder.path().join("known/problem-lists/某省清单.toml"),
        "list = \"某省清单\"\nzh = \"某省自查清单\"\nen = \"A province's list\"\nsource = \"某省\"\n\
         [[problem]]\nnumber = 1\nfield = \"急诊\"\ntype = \"重复收费\"\ntitle = { zh = \"洗胃插管\", en = \"Lavage and tube\" }\nstatus = \"evaluated\"\n\
         [[problem.check]]\nshape = \"together\"\na = [\"gastric-lavage\"]\nb = [\"gastric-tube-insertion\"]\nwindow = \"day\"\nindicator = \"never\"\n",
    )
    .expect("written");
    done(
        folder.path(),
        "run export --knowledge known --list 2025-hospital,某省清单 --store store --out report --quiet",
    );
    let report = rows(&folder.path().join("report/problems.csv"));
    (folder, report)
}

#[test]
fn a_delivery_is_told_item_by_item() {
    let (folder, report) = told();
    assert_eq!(report.len(), 183 + 2, "nothing on the inspector's lists is missing");
    let numbers: Vec<&str> = report.iter().map(|row| row["number"].as_str()).take(183).collect();
    assert_eq!(numbers, (1..=183).map(|number: u32| number.to_string()).collect::<Vec<_>>());
    let hit = item(&report, "2025-hospital", "11");
    assert_eq!((hit["outcome"].as_str(), hit["findings"].as_str(), hit["persons"].as_str()), ("hits", "1", "1"));
    assert_eq!((hit["gross_amount"].as_str(), hit["rules"].as_str()), ("10.00", "listed-together"));
    let absent = item(&report, "2025-hospital", "16");
    assert_eq!(absent["outcome"], "not-evaluated");
    assert!(absent["note"].contains("本次数据中没有此类项目"), "{absent:?}");
    let own = item(&report, "某省清单", "1");
    assert_eq!((own["outcome"].as_str(), own["text"].as_str()), ("hits", "洗胃的同时收取插胃管费用"));
    let words = item(&report, "某省清单", "2");
    assert_eq!((words["outcome"].as_str(), words["field"].as_str()), ("not-encoded", "急诊"));

    let findings = rows(&folder.path().join("report/findings.csv"));
    let listed: BTreeSet<&str> = findings.iter().map(|finding| finding["problem"].as_str()).collect();
    assert!(listed.contains("2025-hospital:11") && listed.contains("某省清单:1"), "{listed:?}");
    assert!(!listed.contains(""), "--list keeps what counts for the lists");
    let ids: BTreeSet<&str> = findings.iter().map(|finding| finding["finding_id"].as_str()).collect();
    assert_eq!(ids.len(), findings.len(), "the same lines under two items are two findings");
    let evidence = rows(&folder.path().join("report/evidence.csv"));
    assert!(evidence.iter().any(|row| row["problem"] == "2025-hospital:11" && row["bkkp_sn"] == "2"));
    assert_eq!(
        hit["first_finding"],
        findings.iter().find(|finding| finding["problem"] == "2025-hospital:11").expect("one")["finding_id"]
    );

    let mut book: Xlsx<_> = open_workbook(folder.path().join("report/report.xlsx")).expect("a workbook");
    let sheet = book.worksheet_range("问题清单").expect("the sheet");
    assert_eq!(sheet.height(), report.len() + 1);
    let cells: BTreeSet<String> = sheet.rows().flatten().map(ToString::to_string).collect();
    for words in ["洗胃的同时收取插胃管费用", "普遍开展无指征检查", "尚未编码", "有疑点", "本次未能查"]
    {
        assert!(cells.contains(words), "{words}");
    }
    let page = fs::read_to_string(folder.path().join("report/report.html")).expect("readable");
    assert!(page.contains("problem-2025-hospital-11") && page.contains("普遍开展无指征检查"));
}

#[test]
fn one_item_is_asked_for_and_explained() {
    let (folder, _) = told();
    let printed = done(folder.path(), "findings --problem 2025-hospital:11 --format csv").stdout;
    assert_eq!(printed.lines().count(), 2, "{printed}");
    done(folder.path(), "run --store store --problem 2025-hospital:11 --out one --quiet");
    let report = rows(&folder.path().join("one/problems.csv"));
    assert_eq!(report.iter().map(|row| row["number"].as_str()).collect::<Vec<_>>(), ["11"]);
    let told = done(folder.path(), "problems 11 --list 2025-hospital --store store").stdout;
    for words in ["2025-hospital:11", "listed-together", "[gastric-lavage]", "001210000010000", "洗胃"] {
        assert!(told.contains(words), "{words} is not in: {told}");
    }
    let mut asked =
        feijian(folder.path(), ["sql", "store", "SELECT group_name, item_code FROM item_group ORDER BY group_name"]);
    let groups = ended(&mut asked).stdout;
    assert!(groups.contains("gastric-lavage"), "{groups}");
    let counted = done(folder.path(), "problems --knowledge known").stdout;
    assert!(counted.contains("合计") && counted.contains("183") && counted.contains("尚未编码"), "{counted}");
    let json = done(folder.path(), "problems --knowledge known --list 某省清单 --format json").stdout;
    let items: Vec<BTreeMap<String, serde_json::Value>> = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        items.iter().map(|item| item["status"].as_str().expect("a word")).collect::<Vec<_>>(),
        ["evaluated", "not-encoded"]
    );
}

#[test]
fn what_is_not_there_or_cannot_be_is_refused() {
    let (folder, _) = told();
    for (line, words) in [
        ("run export --list 2025-hospitl", "FJ-425"),
        ("run export --problem 184", "FJ-425"),
        ("run export --problem sixteen", "FJ-425"),
        ("problems 9999", "FJ-425"),
    ] {
        let ended = run(folder.path(), line);
        assert_eq!(ended.code, Some(2), "{line}: {}", ended.stderr);
        assert!(ended.stderr.contains(words), "{line}: {}", ended.stderr);
    }
    let encoding = folder.path().join("known/problem-lists/某省清单.toml");
    let text = fs::read_to_string(&encoding).expect("readable");
    for (from, to, words) in [
        (
            "gastric-tube-insertion",
            "gastric-tub-insertion",
            "[item.gastric-tub-insertion]，是不是 gastric-tube-insertion？",
        ),
        ("window = \"day\"\n", "", "together 需要 window"),
        ("status = \"evaluated\"", "status = \"partly\"", "没有写 limits"),
        (
            "indicator = \"never\"\n",
            "indicator = \"never\"\n[[problem.rule]]\nid = \"split-sta\"\n",
            "没有规则 split-sta，是不是 split-stay？",
        ),
        ("number = 1\n", "number = 1\nnumbr = 1\n", "numbr"),
    ] {
        fs::write(&encoding, text.replace(from, to)).expect("written");
        let ended = run(folder.path(), "problems --knowledge known");
        assert_eq!(ended.code, Some(2), "{to}: {}", ended.stderr);
        assert!(ended.stderr.contains(words), "{words} is not in: {}", ended.stderr);
    }
}
