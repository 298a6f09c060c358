//! The command line as people and scripts meet it: help, exit codes, messages, and each subcommand once.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use flate2::write::GzEncoder;
use insta::assert_snapshot;
use tempfile::TempDir;

use crate::support::{
    Ended, Row, done, ended, example_rule, feijian, files, hospital_run, placeless, project, rows, run, sample_run,
};

fn temp() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// The name of the program carries an extension on Windows.
fn help(folder: &Path, line: &str) -> String {
    done(folder, line).stdout.replace("feijian.exe", "feijian")
}

#[track_caller]
fn assert_fails(ended: &Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    assert_eq!(ended.stdout, "", "a failure prints no data");
    for word in words {
        assert!(ended.stderr.contains(word), "{word:?} is not in: {}", ended.stderr);
    }
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
}

#[test]
fn help_of_the_program_and_of_run() {
    let folder = temp();
    assert_snapshot!("help", help(folder.path(), "--help --lang en"));
    assert_snapshot!("help_run", help(folder.path(), "run --help --lang en"));
    assert_snapshot!("help_zh", help(folder.path(), "--help"));
    assert_snapshot!("help_run_zh", help(folder.path(), "run --help"));
    assert_snapshot!("help_run_short_zh", help(folder.path(), "run -h"));
}

#[test]
fn rules_are_listed_and_explained() {
    let folder = temp();
    assert_snapshot!("rules", done(folder.path(), "rules").stdout);
    assert_snapshot!("rule_split_stay_zh", done(folder.path(), "rule split-stay").stdout);
    assert_snapshot!("rule_split_stay_en", done(folder.path(), "rule split-stay --lang en").stdout);
    let with_sql = done(folder.path(), "rule split-stay --sql").stdout;
    assert!(with_sql.contains("SELECT") && with_sql.contains(":max_gap_days"), "{with_sql}");
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_is_right() {
    let folder = temp();
    for (line, words) in [
        ("", &["用法：feijian", "FJ-106"][..]),
        ("run", &["<EXPORT>..."]),
        ("runn @", &["run"]),
        ("rule split-sta", &["FJ-505", "是不是 split-stay？"]),
        ("run @ --rule split-stya", &["FJ-505", "是不是 split-stay？"]),
        ("run @ --model 10", &["FJ-103", "应为 1 到 9"]),
        ("run @ --set split-stay.max_gap=3", &["FJ-504", "是不是 max_gap_days？"]),
        ("run @ --set split-stay.max_gap_days=300000", &["FJ-504", "300000 超出范围，应为 0 到 90（天）"]),
        ("run @ --set max_gap_days=3", &["FJ-504", "规则.参数=数值"]),
        ("run @ --period 2024-13", &["FJ-110"]),
        ("run @ --period 2024-05..2024-01", &["FJ-111"]),
        ("run @ --threads 0", &["FJ-103", "应为 1 到 1024"]),
    ] {
        let ended = run(folder.path(), line);
        println!("feijian {line}\n{}", ended.stderr);
        assert_fails(&ended, 2, words);
    }
    let left: Vec<_> = fs::read_dir(folder.path()).expect("readable").collect();
    assert!(left.is_empty(), "wrong usage leaves nothing behind: {left:?}");
}

#[test]
fn a_folder_without_exports_is_wrong_usage() {
    let folder = temp();
    fs::create_dir(folder.path().join("empty")).expect("writable");
    assert_fails(&run(folder.path(), "run empty"), 2, &["FJ-311"]);
}

#[test]
fn inputs_that_cannot_be_read_end_with_3() {
    let folder = temp();
    let sample = fs::read(project("sample-data/hospital/SETTLE_ZY.csv")).expect("readable");
    let mut gz = GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(&sample).expect("packed");
    let gz = gz.finish().expect("packed");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("SETTLE_ZY.csv", zip::write::SimpleFileOptions::default()).expect("packed");
    zip.write_all(&sample).expect("packed");
    let zip = zip.finish().expect("packed").into_inner();
    // Any bytes will do, these are the same every time; with control characters that no terminal may be sent.
    let garbage: Vec<u8> = (0_u32..5000).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert!(garbage.contains(&0x1b));

    for (name, bytes, words) in [
        ("whole.csv.gz", gz.as_slice(), None),
        ("whole.zip", &zip, None),
        ("cut.csv.gz", &gz[..gz.len() / 2], Some(&["FJ-301", "cut.csv.gz"][..])),
        ("cut.zip", &zip[..zip.len() / 2], Some(&["FJ-302", "cut.zip"])),
        ("garbage.csv", &garbage, Some(&["FJ-324", "garbage.csv"])),
        ("cut.parquet", b"PAR1 and no more", Some(&["FJ-303", "cut.parquet"])),
        ("no_header.csv", b"", Some(&["FJ-305", "no_header.csv"])),
        ("strange.csv", b"a,b,c\n1,2,3\n", Some(&["strange.csv", "a, b, c", "--map FILE.toml"])),
        (
            "near.csv",
            b"mdtrt_id,colour,psn_no,med_type\n1,2,3,4\n",
            Some(&["mdtrt_id, colour", "最接近的是 mdtrt_d", "begntime", "--map FILE.toml"]),
        ),
    ] {
        fs::write(folder.path().join(name), bytes).expect("writable");
        let ended = run(folder.path(), &format!("run {name} --rule split-stay --out report"));
        println!("{name}: {}", ended.stderr);
        match words {
            Some(words) => {
                assert_fails(&ended, 3, words);
                assert!(!ended.stderr.contains('\u{1b}'), "control characters reach the terminal");
            }
            None => assert_eq!(ended.code, Some(0), "{}", ended.stderr),
        }
    }
    assert_fails(&run(folder.path(), "run not-there.csv"), 3, &["not-there.csv"]);
    assert_fails(&run(folder.path(), "report not-there"), 3, &["FJ-201", "not-there"]);
    // The report of the archive read before is still there: a failed run replaces nothing.
    assert!(folder.path().join("report/_SUCCESS").exists());
}

#[test]
fn fail_on_and_strict_choose_the_exit_code() {
    let folder = temp();
    hospital_run().copy_store(folder.path());
    for (line, code) in [
        ("run --store store --rule split-stay --fail-on lead", 1),
        // The rule gives leads only.
        ("run --store store --rule split-stay --fail-on violation", 0),
        ("run @/hospital/SETTLE_ZY.csv --store bills --rule split-stay,duplicate-line", 0),
        ("run --store bills --rule split-stay,duplicate-line --strict", 4),
        ("run --store bills --rule split-stay --strict", 0),
    ] {
        let ended = run(folder.path(), line);
        assert_eq!(ended.code, Some(code), "{line}\n{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        assert!(folder.path().join("report/_SUCCESS").exists(), "{line}");
    }
}

#[test]
fn a_second_run_into_one_folder_ends_with_75() {
    let folder = temp();
    hospital_run().copy_store(folder.path());
    let lock = File::create(folder.path().join(".report.lock")).expect("writable");
    lock.lock().expect("free");
    let line = "run --store store --rule split-stay --quiet";
    assert_fails(&run(folder.path(), line), 75, &["FJ-601"]);
    drop(lock);
    done(folder.path(), line);
}

#[test]
fn a_folder_of_somebody_else_is_not_replaced() {
    let folder = temp();
    let thesis = folder.path().join("mine/thesis.docx");
    fs::create_dir(folder.path().join("mine")).expect("writable");
    fs::write(&thesis, "years of work").expect("writable");
    assert_fails(&run(folder.path(), "run @/hospital --out mine"), 2, &["FJ-602"]);
    assert_eq!(fs::read_to_string(thesis).expect("still there"), "years of work");
}

#[test]
fn output_nobody_reads_is_no_failure() {
    let folder = temp();
    let store = sample_run().store();
    let sql = ["sql", store.to_str().expect("UTF-8"), "--format", "csv", "SELECT * FROM visit"];
    for args in [
        &["rules"][..],
        &["rule", "split-stay"],
        &["man"],
        &["completions", "bash"],
        &["--help"],
        &["knowledge", "list"],
        &sql,
    ] {
        // As `feijian … | head -0`: the reader is gone before the first byte.
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = feijian(folder.path(), args);
        let output = command.stdout(writer).stderr(Stdio::piped()).output().expect("the program starts");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn quiet_prints_nothing() {
    let folder = temp();
    for line in [
        "import @/hospital/SETTLE_ZY.csv --store store --quiet",
        "run @/hospital/SETTLE_MZ.csv --store store --rule split-stay --quiet",
        "report store --quiet",
    ] {
        let ended = done(folder.path(), line);
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""), "{line}");
    }
}

#[test]
fn completions_and_man_know_every_command() {
    let folder = temp();
    for line in ["completions bash", "completions powershell", "man"] {
        let text = done(folder.path(), line).stdout;
        for command in ["run", "import", "report", "rules", "sql", "knowledge", "synth", "completions"] {
            assert!(text.contains(command), "{command} is not in {line}");
        }
    }
}

#[test]
fn sql_prints_a_table_or_csv() {
    let folder = temp();
    let store = sample_run().store();
    let store = store.to_str().expect("UTF-8");
    let statement = "SELECT care_setting, COUNT(*) AS visits FROM visit GROUP BY care_setting ORDER BY care_setting";
    assert_snapshot!("sql_table", ended(&mut feijian(folder.path(), ["sql", store, statement])).stdout);

    let mut command = feijian(folder.path(), ["sql", store, "--format", "csv", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    child.stdin.take().expect("piped").write_all(statement.as_bytes()).expect("read");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_snapshot!("sql_csv", String::from_utf8(output.stdout).expect("UTF-8"));

    let failed = ended(&mut feijian(folder.path(), ["sql", store, "SELECT no_such FROM visit"]));
    assert_fails(&failed, 2, &["no_such", "visit_key"]);
    assert_fails(&ended(&mut feijian(folder.path(), ["sql", store, "SELEC"])), 2, &["SELEC"]);
}

#[test]
fn sql_counts_in_signed_numbers_and_reads_nothing_but_the_store() {
    let folder = temp();
    let store = hospital_run().store();
    let store = store.to_str().expect("UTF-8");
    let asked = |statement: &str| ended(&mut feijian(folder.path(), ["sql", store, "--format", "csv", statement]));
    let rows = |statement: &str| asked(statement).stdout.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    let visits: i64 = rows("SELECT COUNT(*) AS n FROM visit")[0].parse().expect("a number");
    assert!(visits > 10);
    assert_eq!(rows("SELECT COUNT(*) - 999999 AS n FROM visit"), [(visits - 999_999).to_string()]);
    let unpaid = rows("SELECT COUNT(*) AS n FROM visit WHERE fund_fen = 0")[0].clone();
    assert_eq!(
        rows("SELECT (COUNT(*) FILTER (WHERE fund_fen <> 0)) - COUNT(*) AS n FROM visit"),
        [format!("-{unpaid}")]
    );
    assert_eq!(rows("SELECT * FROM visit LIMIT 3").len(), 3);
    assert!(rows("SHOW TABLES").contains(&"visit".to_owned()));
    let file = hospital_run().store().join("tables/visit/bucket=000/part.parquet");
    for function in ["read_parquet", "scan_parquet", "read_csv", "read_ipc", "read_json"] {
        let statement = format!("SELECT * FROM {function}('{}')", file.display());
        assert_fails(&asked(&statement), 2, &[function, "is not a supported table function"]);
    }
}

#[test]
fn a_notice_becomes_knowledge_once() {
    let folder = temp();
    let notice = "项目名称,国标代码,限定类型,限定对象\n某项检查,009900000000001,限定性别,男\n合计,,,\n";
    fs::write(folder.path().join("notice.csv"), notice).expect("writable");
    let first = done(folder.path(), "knowledge import notice.csv --lang en");
    assert_snapshot!("knowledge_import", first.stdout + &first.stderr);
    let listed = done(folder.path(), "knowledge list --knowledge knowledge --lang en").stdout;
    let own: Vec<&str> = listed.lines().filter(|line| line.contains("notice")).map(str::trim).collect();
    assert_eq!(own.len(), 1, "{listed}");
    assert!(own[0].starts_with("k_sex_limit") && own[0].ends_with('1'), "{listed}");

    let again = done(folder.path(), "knowledge import notice.csv --lang en");
    assert_snapshot!("knowledge_import_again", again.stdout);
    assert_fails(&run(folder.path(), "knowledge import not-there.csv"), 3, &["not-there.csv"]);
}

#[test]
fn rules_of_ones_own_run_beside_the_others() {
    let folder = temp();
    hospital_run().copy_store(folder.path());
    example_rule(folder.path(), str::to_owned);
    let listed = done(folder.path(), "rules --rules-dir own").stdout;
    done(folder.path(), "rules high-outpatient-bill --rules-dir own --test");
    assert!(listed.contains("high-outpatient-bill") && listed.contains("split-stay"), "{listed}");
    let count = |line: &str| {
        done(folder.path(), line);
        rows(&folder.path().join("report/findings.csv")).len()
    };
    let own = "run --store store --rule high-outpatient-bill --rules-dir own";
    let high = count(&format!("{own} --set high-outpatient-bill.bill_fen=20000"));
    let all = count(&format!("{own} --set high-outpatient-bill.bill_fen=10000"));
    assert!(0 < high && high < all, "{high} of {all}");

    example_rule(folder.path(), |sql| sql.replacen("'suspect' AS role", "CURRENT_DATE AS today, 'suspect' AS role", 1));
    let refused = run(folder.path(), "run @/hospital --rule high-outpatient-bill --rules-dir own");
    assert_fails(&refused, 2, &["high-outpatient-bill", "rule.sql", "CURRENT_DATE"]);
    assert_fails(&run(folder.path(), "rules --rules-dir ."), 2, &["CURRENT_DATE"]);
}

/// Findings of a report made from the kept store of sample-data.
fn reported(folder: &Path, options: &str) -> Vec<Row> {
    let store = sample_run().store();
    let words = options.split_whitespace();
    let mut command = feijian(folder, ["report", store.to_str().expect("UTF-8")].into_iter().chain(words));
    let ended = ended(&mut command);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    rows(&folder.join("report/findings.csv"))
}

#[test]
fn a_kept_store_gives_the_same_report_again() {
    let folder = temp();
    reported(folder.path(), "");
    for file in ["findings.csv", "suspects.csv", "evidence.csv", "rejects.csv"] {
        let before = fs::read(sample_run().report(file)).expect("readable");
        assert!(before == fs::read(folder.path().join("report").join(file)).expect("readable"), "{file} differs");
    }
}

#[test]
fn period_and_institution_choose_findings() {
    let folder = temp();
    let all = rows(&sample_run().report("findings.csv"));
    let code = all[0]["fixmedins_code"].clone();
    let ids = |rows: Vec<Row>| rows.into_iter().map(|row| row["finding_id"].clone()).collect::<BTreeSet<String>>();
    let mut there = rows(&sample_run().report("evidence.csv"));
    there.retain(|row| row["role"] == "suspect" && row["fixmedins_code"] == code);
    let there = ids(there);
    assert!(there.len() < all.len());
    assert_eq!(ids(reported(folder.path(), &format!("--institution {code}"))), there);
    assert_eq!(reported(folder.path(), "--institution NOBODY"), Vec::<Row>::new());

    let in_may = reported(folder.path(), "--period 2025-05");
    assert!(!in_may.is_empty() && in_may.len() < all.len(), "{} of {}", in_may.len(), all.len());
    for row in &in_may {
        assert!(row["first_day"].as_str() <= "2025-05-31" && row["last_day"].as_str() >= "2025-05-01", "{row:?}");
    }
}

#[test]
fn english_is_english() {
    let run = hospital_run();
    assert_eq!(run.ended.stdout, "");
    assert_snapshot!("run_en", placeless(&run.ended.stderr));
    let findings = rows(&run.report("findings.csv"));
    assert!(findings.iter().all(|row| row["situation"].contains("verify")), "{findings:?}");
    let suspects = rows(&run.report("suspects.csv"));
    assert!(suspects.iter().all(|row| row["reason"].contains("verify")), "{suspects:?}");
}

#[test]
fn a_store_takes_a_file_once_and_runs_again_with_other_settings() {
    let folder = temp();
    hospital_run().copy_store(folder.path());
    done(folder.path(), "run --store store --rule split-stay --lang en");
    let findings = fs::read(folder.path().join("report/findings.csv")).expect("readable");

    let again = done(folder.path(), "run @/hospital --store store --rule split-stay --lang en --verbose");
    let repeated = again.stderr.lines().filter(|line| line.contains("which is imported already")).count();
    let exports = files(&project("sample-data/hospital")).into_keys().filter(|name| name != "truth.csv").count();
    assert_eq!(repeated, exports, "{}", again.stderr);
    assert!(findings == fs::read(folder.path().join("report/findings.csv")).expect("readable"));

    let all = rows(&folder.path().join("report/findings.csv")).len();
    done(folder.path(), "run --store store --rule split-stay --lang en --set split-stay.max_gap_days=0");
    let closer = rows(&folder.path().join("report/findings.csv")).len();
    assert!(closer < all, "{closer} of {all}: a setting changes findings");
}
