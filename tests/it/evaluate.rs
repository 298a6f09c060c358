//! `feijian evaluate` on the run of sample-data: the table, CSV, exit codes.

use crate::support::{done, hospital_run, run, sample_run};

#[test]
fn the_sample_is_judged_rule_by_rule() {
    let folder = &sample_run().folder;
    let table = done(folder, "evaluate @ --report report");
    assert!(table.stdout.contains("召回率") && table.stdout.contains("合计"), "{}", table.stdout);
    assert!(table.stderr.contains("不代表对真实数据的准确率"), "{}", table.stderr);

    let csv = done(folder, "evaluate @/area @/hospital/truth.csv --report report --format csv --lang en").stdout;
    println!("{csv}");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<crate::support::Row> = reader.deserialize().map(|row| row.expect("a row")).collect();
    let (total, rules) = rows.split_last().expect("a total");
    assert_eq!(total["rule_id"], "total");
    for column in ["planted", "found", "missed", "findings", "at_planted", "look_alikes", "silent", "fired"] {
        let number = |row: &crate::support::Row| row[column].parse::<u64>().unwrap_or(0);
        assert_eq!(rules.iter().map(number).sum::<u64>(), number(total), "{column}");
    }
    let split = rules.iter().find(|row| row["rule_id"] == "split-stay").expect("planted");
    assert_eq!((split["ran"].as_str(), split["recall"].as_str(), split["fired"].as_str()), ("yes", "1.000", "0"));
}

#[test]
fn a_rule_that_did_not_run_has_missed_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    hospital_run().copy_store(folder.path());
    done(folder.path(), "run --store store --rule split-stay --out report");
    let csv = done(folder.path(), "evaluate @/hospital --report report --format csv --lang en --verbose");
    assert!(csv.stdout.contains("\nidle-stay-days,no,,,,"), "{}", csv.stdout);
    assert!(csv.stdout.contains("\ntotal,,2,2,0,1.000,"), "{}", csv.stdout);
    assert!(!csv.stderr.contains("idle-stay-days"), "{}", csv.stderr);
}

#[test]
fn what_is_not_there_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    for (line, code, words) in [
        ("evaluate . --report report", 2, "没有 truth.csv"),
        ("evaluate @ --report report", 3, "manifest.json"),
        ("evaluate nothing.csv --report report", 3, "nothing.csv"),
    ] {
        let ended = run(folder.path(), line);
        assert_eq!(ended.code, Some(code), "{line}: {}", ended.stderr);
        assert!(ended.stderr.contains(words), "{line}: {}", ended.stderr);
    }
}
