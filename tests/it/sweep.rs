//! `feijian sweep`: one row per value, the same numbers as a run with that value, and no report.

use std::fs;

use crate::support::{Row, done, fen, hospital_run, rows, run, sample_run};

fn csv_rows(text: &str) -> Vec<Row> {
    csv::Reader::from_reader(text.as_bytes()).deserialize().map(|row| row.expect("a row")).collect()
}

#[test]
fn a_sweep_counts_as_a_run_with_each_value_would() {
    let folder = tempfile::tempdir().expect("a folder");
    hospital_run().copy_store(folder.path());
    let sweep = "sweep store split-stay.max_gap_days=3,15 days-over-stay.count_discharge_day=0,1 --format csv";
    let swept = csv_rows(&done(folder.path(), sweep).stdout);
    println!("{swept:#?}");
    assert_eq!(swept.len(), 4);
    assert!(!folder.path().join("report").exists(), "no report is written");
    let set = done(folder.path(), &format!("{sweep} --set days-over-stay.count_discharge_day=0"));
    assert_eq!(csv_rows(&set.stdout), swept, "a swept value takes the place of a set one");

    for row in &swept[..2] {
        let (value, rule) = (&row["value"], &row["rule_id"]);
        done(folder.path(), &format!("run --store store --rule {rule} --set {rule}.max_gap_days={value} --out report"));
        let findings = rows(&folder.path().join("report/findings.csv"));
        assert_eq!(row["findings"], findings.len().to_string(), "{value}");
        let suspects = rows(&folder.path().join("report/suspects.csv"));
        let institutions: Vec<&Row> = suspects.iter().filter(|suspect| suspect["kind"] == "institution").collect();
        assert_eq!(row["institutions"], institutions.len().to_string(), "{value}");
        for column in ["gross_amount", "inscp_amount", "fund_amount"] {
            let counted: i64 = institutions.iter().map(|suspect| fen(&suspect[column])).sum();
            assert_eq!(fen(&row[column]), counted, "{column} at {value}");
        }
    }
    assert_eq!(swept.iter().map(|row| row["default"].as_str()).collect::<Vec<_>>()[..2], ["0", "1"]);
}

#[test]
fn a_table_names_the_default() {
    let table = done(&sample_run().folder, "sweep store split-stay.max_gap_days=3,7,10,15");
    println!("{}", table.stdout);
    let lines: Vec<&str> = table.stdout.lines().collect();
    assert_eq!(lines.len(), 5);
    assert!(lines[4].contains("15") && lines[4].contains('是'), "{}", lines[4]);
}

#[test]
fn wrong_sweeps_are_refused_before_anything_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    for (line, code, words) in [
        ("sweep store split-stay.max_gap=3", 2, "是不是 max_gap_days？"),
        ("sweep store split-stay.max_gap_days", 2, "规则.参数=数值,数值"),
        ("sweep store split-stay.max_gap_days=3 --field 眼科", 2, "眼科"),
        ("sweep store", 2, "RULE.PARAM=VALUE"),
        // Exports are imported first: they would be read once for every sweep.
        ("sweep @ split-stay.max_gap_days=3", 3, "feijian import"),
    ] {
        let ended = run(folder.path(), line);
        assert_eq!(ended.code, Some(code), "{line}");
        assert!(ended.stderr.contains(words), "{line}: {}", ended.stderr);
    }
    assert!(fs::read_dir(folder.path()).expect("readable").next().is_none());
}

#[test]
fn a_rule_without_its_data_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    done(folder.path(), "import @/hospital/SETTLE_ZY.csv --store store");
    let line = "sweep store duplicate-line.day_copies=2,3";
    let ended = run(folder.path(), line);
    println!("{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("duplicate-line: 没有 fee"), "{}", ended.stderr);
    assert_eq!(run(folder.path(), &format!("{line} --strict")).code, Some(4));
}
