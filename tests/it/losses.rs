//! What was delivered is what is judged: losses beyond the limits, exit code 5, rules on damaged data, `check` and `map`, from files to report.

use std::fs;
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::Value;

use crate::support::{done, run};

const FEE: &str = "bkkp_sn,mdtrt_id,setl_id,psn_no,fixmedins_code,fee_ocur_time,cnt,pric,det_item_fee_sumamt,inscp_amt,med_list_codg,\
                   medins_list_name,med_chrgitm_type";
const VISIT: &str = "mdtrt_id,psn_no,fixmedins_code,begntime,endtime,med_type,gend,age";

/// Writes `name` with a header and rows.
fn write(folder: &Path, name: &str, header: &str, rows: impl IntoIterator<Item = String>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
    let rows: Vec<String> = rows.into_iter().collect();
    fs::write(path, format!("{header}\n{}\n", rows.join("\n"))).expect("writable");
}

/// A hundred visits, and a thousand fee lines of which `odd(line)` says how the date is written; none for as usual.
fn area(folder: &Path, odd: impl Fn(usize) -> Option<&'static str>) {
    let visit = |n: usize| format!("M{n},P{n},H34010300001,2024-01-05,2024-01-09,21,1,40");
    write(folder, "in/mdtrt_d.csv", VISIT, (0..100).map(visit));
    write(folder, "in/fee_list_d.csv", FEE, (0..1_000).map(|n| line(n, odd(n).unwrap_or("2024-01-06"))));
}

fn line(n: usize, day: &str) -> String {
    let visit = n % 100;
    format!("F{n},M{visit},S{visit},P{visit},H34010300001,{day},1,2.00,2.00,2.00,003301000010000,血常规,04")
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).expect("readable")).expect("JSON")
}

fn last_line(text: &str) -> &str {
    text.trim_end().lines().last().unwrap_or_default()
}

#[test]
fn a_damaged_column_ends_the_run_with_5_and_is_told_first() {
    let folder = tempfile::tempdir().expect("a folder");
    area(folder.path(), |n| (n < 11).then_some("early in May"));
    let ended = run(folder.path(), "run in --rule duplicate-line,split-stay --out report --lang en");
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.starts_with("Data were lost beyond the limits"), "{}", ended.stderr);
    assert!(ended.stderr.contains("[FJ-350]"), "{}", ended.stderr);
    let last = last_line(&ended.stderr);
    assert!(last.starts_with("Data were lost") && last.contains("fee_ocur_time") && last.contains("1.10 %"), "{last}");
    assert!(ended.stderr.contains("such as line 2, of the shape \"aaaaa aa Aaa\""), "{}", ended.stderr);

    let manifest = json(&folder.path().join("report/manifest.json"));
    let losses = &manifest["losses"];
    assert_eq!(losses["accepted"], false);
    assert_eq!(losses["limits"]["cells_ppm"], 10_000);
    let cells =
        losses["beyond"].as_array().expect("a list").iter().find(|loss| loss["kind"] == "cells").expect("cells");
    assert_eq!((&cells["column"], &cells["lost"], &cells["of"]), (&"fee_ocur_time".into(), &11.into(), &1_000.into()));
    let damage = |rule: &str| {
        let ran = manifest["rules_run"].as_array().expect("a list").iter().find(|ran| ran["rule_id"] == rule);
        ran.unwrap_or_else(|| panic!("{rule} ran"))["damage"].as_array().expect("a list").len()
    };
    assert!(damage("duplicate-line") > 0, "it reads the day of fee lines");
    assert_eq!(damage("split-stay"), 0, "it reads no fee line");

    let page = fs::read_to_string(folder.path().join("report/report.html")).expect("a page");
    let (banner, notice) =
        (page.find("class=\"alert\"").expect("a banner"), page.find("class=\"notice\"").expect("it"));
    assert!(banner < notice && page.contains("id=\"damaged\""));
    let mut book: Xlsx<_> = open_workbook(folder.path().join("report/report.xlsx")).expect("a workbook");
    let first = book.worksheet_range_at(0).expect("a sheet").expect("readable");
    let second_row = first.get((1, 0)).map(Data::to_string).unwrap_or_default();
    assert!(second_row.starts_with("Data were lost beyond the limits"), "{second_row}");
}

#[test]
fn at_the_limit_nothing_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    // Ten dates of a thousand are 1 %; each line takes no other date, as its visit has several days, so the lines are a row loss: allow it.
    area(folder.path(), |n| (n < 10).then_some("early in May"));
    let ended = run(folder.path(), "run in --rule duplicate-line --out report --lang en --max-lost-rows 1");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("Data were lost"), "{}", ended.stderr);
    // A lower limit, and the same data are too damaged.
    let ended =
        run(folder.path(), "run in --rule duplicate-line --out next --lang en --max-lost-rows 1 --max-lost-cells 0.9");
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
}

#[test]
fn losses_can_be_accepted_and_are_told_all_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    area(folder.path(), |n| (n < 500).then_some("early in May"));
    let ended = run(folder.path(), "run in --rule duplicate-line --out report --accept-losses");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let last = last_line(&ended.stderr);
    assert!(
        last.starts_with("数据有丢失，超过限值") && last.contains("50.00 %") && last.contains("--accept-losses"),
        "{last}"
    );
    assert_eq!(json(&folder.path().join("report/manifest.json"))["losses"]["accepted"], true);
    // It is no finding that --fail-on waits for, and no clean run either: 5 goes first.
    let ended = run(folder.path(), "run in --rule duplicate-line --out next --fail-on lead --strict");
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    // One object for a program, with the losses in it.
    let ended = run(folder.path(), "run in --rule duplicate-line --out next --log-format json");
    let told: Value = serde_json::from_str(last_line(&ended.stderr)).expect("JSON");
    assert_eq!((ended.code, &told["exit_code"], &told["id"]), (Some(5), &5.into(), &"FJ-350".into()));
    assert_eq!(told["losses"]["beyond_limits"], true);
    // An import says so as well, and the store keeps it for later runs.
    let ended = run(folder.path(), "import in --store store --quiet");
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    let ended = run(folder.path(), "run --store store --rule duplicate-line --out again --quiet");
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    let ended = run(
        folder.path(),
        "run --store store --rule duplicate-line --out again --quiet --max-lost-cells 60 --max-lost-rows 60",
    );
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn a_small_damaged_file_does_not_hide_in_a_large_table() {
    let folder = tempfile::tempdir().expect("a folder");
    area(folder.path(), |_| None);
    // 57 lines of one hospital beside 20 000 others: 0.3 % of the table's dates, nearly all of the file's.
    let lines = |from: usize, to: usize, day: &'static str| (from..to).map(move |n| line(n, day));
    write(folder.path(), "in/fee_list_d_2.csv", FEE, lines(1_000, 21_000, "2024-01-06"));
    write(folder.path(), "in/fee_list_d_3.csv", FEE, lines(30_000, 30_057, "early in May"));
    let ended = run(folder.path(), "import in --store store --lang en --max-lost-rows 1");
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(last_line(&ended.stderr).contains("57 values of column fee_ocur_time"), "{}", ended.stderr);
    // One bad line of three is what happens.
    write(
        folder.path(),
        "in/fee_list_d_3.csv",
        FEE,
        lines(30_000, 30_001, "early in May").chain(lines(30_001, 30_003, "2024-01-06")),
    );
    let ended = run(folder.path(), "import in --store other --lang en");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn rows_without_a_key_column_are_never_called_missing() {
    let folder = tempfile::tempdir().expect("a folder");
    let fee = FEE.replace("fixmedins_code", "branch");
    write(folder.path(), "in/fee_list_d.csv", &fee, (0..50).map(|n| line(n, "2024-01-06")));
    let setl = "setl_id,mdtrt_id,psn_no,fixmedins_code,begndate,enddate,setl_time,medfee_sumamt,fund_pay_sumamt,inscp_amt,med_type";
    write(
        folder.path(),
        "in/setl_d.csv",
        setl,
        (0..50)
            .map(|n| format!("S{n},3.40103E+17,P{n},H34010300001,2024-01-05,2024-01-09,2024-01-09,2.00,1.00,2.00,21")),
    );
    let ended = run(folder.path(), "import in --store store --lang en");
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(ended.stderr.contains("50 of 50 rows of setl_d"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("their files are not there"), "{}", ended.stderr);
    let summary = json(&folder.path().join("store/import.json"));
    let totals = summary["checks"]
        .as_array()
        .expect("checks")
        .iter()
        .find(|check| check["id"] == "bureau/master-detail-total/setl_d");
    let detail = totals.expect("the check")["detail"]["en"].as_str().expect("text").to_owned();
    assert!(detail.contains("the files of setl_d are there, but none of their 50 rows can be used"), "{detail}");
}

#[test]
fn masked_persons_blind_the_rules_that_need_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let visit = |masked: bool| {
        move |n: usize| {
            let person = if masked { format!("340103********{n:04}") } else { format!("P{n}") };
            format!("M{n},{person},H34010300001,2024-01-05,2024-01-09,21,1,40")
        }
    };
    write(folder.path(), "all/mdtrt_d.csv", VISIT, (0..100).map(visit(true)));
    let ended = run(folder.path(), "run all --rule split-stay --out report --lang en");
    assert_eq!(ended.code, Some(0), "nothing was misread\n{}", ended.stderr);
    assert!(last_line(&ended.stderr).contains("masked: nobody can be told apart"), "{}", ended.stderr);
    let manifest = json(&folder.path().join("report/manifest.json"));
    let reason = manifest["rules_skipped"][0]["reason"]["en"].as_str().expect("a reason").to_owned();
    assert!(reason.contains("nobody can be told apart"), "{reason}");
    // A few masked ones are common.
    write(folder.path(), "few/mdtrt_d.csv", VISIT, (0..10).map(visit(true)).chain((10..100).map(visit(false))));
    let ended = run(folder.path(), "run few --rule split-stay --out next --lang en");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("told apart"), "{}", ended.stderr);
}

#[test]
fn check_tells_what_is_there_and_keeps_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    area(folder.path(), |n| (n < 500).then_some("early in May"));
    let before = fs::read_dir(folder.path()).expect("listed").count();
    let ended = run(folder.path(), "check in --lang en --period 2024-01..2024-02");
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    for said in ["H34010300001", "Please deliver again", "2024-02", "would run on damaged data", "fee_ocur_time"] {
        assert!(ended.stdout.contains(said), "{said}: {}", ended.stdout);
    }
    let ended = run(folder.path(), "check in --format json --quiet");
    let told: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    assert_eq!(told["institutions"][0]["visits"], 100);
    assert_eq!(told["tables"]["visit"], 100);
    let state = |rule: &str| {
        let rules = told["rules"].as_array().expect("rules");
        rules.iter().find(|known| known["rule_id"] == rule).expect("the rule")["state"]
            .as_str()
            .expect("text")
            .to_owned()
    };
    assert_eq!((state("duplicate-line").as_str(), state("split-stay").as_str()), ("damaged", "ready"));
    assert_eq!(state("trace-code-reuse"), "missing");

    let ended = run(folder.path(), "check in --format html --out letter.html --quiet --accept-losses");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let letter = fs::read_to_string(folder.path().join("letter.html")).expect("a letter");
    assert!(letter.contains("请重新提供") && letter.contains("aaaaa aa Aaa"), "{letter}");
    assert!(
        !letter.contains("early in May") && !letter.contains("duplicate-line"),
        "shapes only, nothing of the rules"
    );
    run(folder.path(), "check in --format xlsx --out check.xlsx --quiet");
    let book: Xlsx<_> = open_workbook(folder.path().join("check.xlsx")).expect("a workbook");
    assert_eq!(book.sheet_names(), ["请重新提供", "文件", "期间", "机构", "验收检查", "规则"]);
    assert_eq!(
        fs::read_dir(folder.path()).expect("listed").count(),
        before + 2,
        "the letter and the workbook, no store"
    );
}

#[test]
fn a_map_is_written_that_reads_a_renamed_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let odd = "病人ID,就诊流水号,收费流水号,结算流水号,医院代码,收费时间,项目编码,项目名称,单价,数量,金额";
    let row =
        |n: usize| format!("P{n},M{n},F{n},S{n},H34010300001,2024-01-05 08:30:00,003301000010000,血常规,12.50,2,25.00");
    write(folder.path(), "odd.csv", odd, (0..20).map(row));
    assert_ne!(
        run(folder.path(), "import odd.csv --store no").code,
        Some(0),
        "its visit numbers are not known by themselves"
    );
    done(folder.path(), "map odd.csv --out map.toml");
    let map = fs::read_to_string(folder.path().join("map.toml")).expect("a map");
    assert!(map.contains("99.99") && !map.contains("血常规"), "{map}");
    let ended = done(folder.path(), "import odd.csv --map map.toml --store store --lang en");
    assert!(ended.stderr.contains("fee_list_d"), "{}", ended.stderr);
    let sql = "SELECT SUM(gross_fen) AS fen, SUM(cnt_e4) AS cnt, COUNT(*) AS n, MIN(fee_day) AS day FROM fee";
    let mut command = crate::support::feijian(folder.path(), ["sql", "store", sql, "--format", "csv"]);
    let rows = crate::support::ended(&mut command);
    assert_eq!(rows.stdout, "fen,cnt,n,day\n50000,400000,20,19727\n", "{}", rows.stderr);
}

#[test]
fn lines_whose_visits_are_spelt_otherwise_are_no_clean_delivery() {
    let folder = tempfile::tempdir().expect("a folder");
    let stray = |count: usize| {
        area(folder.path(), |_| None);
        let spelt =
            |n: usize| if n < count { line(n, "2024-01-06").replace(",M", ",0M") } else { line(n, "2024-01-06") };
        write(folder.path(), "in/fee_list_d.csv", FEE, (0..1_000).map(spelt));
        run(folder.path(), "run in --rule split-stay --out report --lang en")
    };
    let ended = stray(11);
    assert_eq!(ended.code, Some(5), "{}", ended.stderr);
    assert!(last_line(&ended.stderr).contains("1.10 %"), "{}", ended.stderr);
    // Lines at the ends of an export belong to visits of other months.
    assert_eq!(stray(10).code, Some(0));
    // Without a table of visits none is spelt otherwise.
    fs::remove_file(folder.path().join("in/mdtrt_d.csv")).expect("there");
    let ended = run(folder.path(), "import in --store store --lang en");
    assert!(!ended.stderr.contains("Data were lost"), "{}", ended.stderr);
}
