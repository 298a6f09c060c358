//! What a run of sample-data writes: the files and columns of the output contract, and the planted cases found.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::{self, File};
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::SchemaRef;
use feijian::evaluate::evaluate;
use insta::assert_snapshot;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::support::{Row, done, ended, feijian, fen, files, header, placeless, project, rows, sample_run};

const FINDINGS: &str = "finding_id,model,rule_id,grade,psn_no,fixmedins_code,dr_code,mdtrt_id,first_day,last_day,records,\
                        gross_amount,inscp_amount,fund_amount,measure,threshold,confidence,score,rank,situation,problem";
const EVIDENCE: &str = "finding_id,rule_id,role,mdtrt_id,setl_id,bkkp_sn,psn_no,fixmedins_code,dr_code,event_time,\
                        item_code,item_name,cnt,pric,gross_amount,inscp_amount,fund_amount,ring_id,source_file,source_line,problem";
const SUSPECTS: &str = "kind,rank,code,name,findings,models,gross_amount,inscp_amount,fund_amount,share,peer_ratio,score,\
                        top_rules,points,reason";
const MONEY: [&str; 3] = ["gross_amount", "inscp_amount", "fund_amount"];

#[test]
fn sample_data_is_what_synth_makes() {
    let folder = tempfile::tempdir().expect("a folder");
    done(folder.path(), "synth made --sample --quiet");
    let (made, mut kept) = (files(&folder.path().join("made")), files(&project("sample-data")));
    // The page that says how the folder was made.
    kept.remove("README.md");
    assert_eq!(made.keys().collect::<Vec<_>>(), kept.keys().collect::<Vec<_>>());
    for (name, path) in &made {
        assert!(fs::read(path).expect("readable") == fs::read(&kept[name]).expect("readable"), "{name} differs");
    }
}

#[test]
fn messages_go_to_stderr() {
    let run = &sample_run().ended;
    assert_eq!(run.stdout, "");
    assert_snapshot!("run_zh", placeless(&run.stderr));
}

#[test]
fn every_output_is_there_with_the_columns_of_the_contract() {
    let run = sample_run();
    let names: BTreeSet<String> = files(&run.folder.join("report")).into_keys().collect();
    for name in [
        "_SUCCESS",
        "evidence.csv",
        "evidence.parquet",
        "findings.csv",
        "findings.parquet",
        "manifest.json",
        "rejects.csv",
        "report.html",
        "report.xlsx",
        "suspects.csv",
    ] {
        assert!(names.contains(name), "{name} is missing among {names:?}");
    }
    for (name, columns) in [
        ("findings.csv", FINDINGS),
        ("evidence.csv", EVIDENCE),
        ("suspects.csv", SUSPECTS),
        ("rejects.csv", "file,line,column,value,reason"),
    ] {
        assert_eq!(header(&run.report(name)).join(","), columns, "{name}");
    }
    for (name, columns) in [("findings.parquet", FINDINGS), ("evidence.parquet", EVIDENCE)] {
        let schema = parquet_schema(&run.report(name));
        let found: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(found.join(","), columns, "{name}");
    }
    // Spreadsheet programs take a CSV file for UTF-8 only with a byte-order mark.
    let suspects = fs::read(run.report("suspects.csv")).expect("readable");
    assert!(suspects.starts_with("\u{feff}".as_bytes()));
}

fn parquet_schema(path: &Path) -> SchemaRef {
    let file = File::open(path).expect("there");
    ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").schema().clone()
}

#[test]
fn the_manifest_names_every_output_with_its_size() {
    let run = sample_run();
    let text = fs::read_to_string(run.report("manifest.json")).expect("readable");
    let manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let listed: BTreeMap<String, u64> = manifest["outputs"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|output| (output["name"].as_str().expect("a name").to_owned(), output["bytes"].as_u64().expect("a size")))
        .collect();
    let written: BTreeMap<String, u64> = files(&run.folder.join("report"))
        .into_iter()
        .filter(|(name, _)| name != "_SUCCESS" && name != "manifest.json")
        .map(|(name, path)| (name, fs::metadata(path).expect("readable").len()))
        .collect();
    assert_eq!(listed, written);
    // Only what rests on notices that the sample has no like of.
    let skipped = manifest["rules_skipped"].as_array().expect("a list");
    let skipped: Vec<&str> = skipped.iter().filter_map(|rule| rule["rule_id"].as_str()).collect();
    let unknown =
        ["herb-alone", "indication-limited", "internet-barred", "second-line", "supply-limited", "unpaid-herb"];
    assert_eq!(skipped, unknown);
}

#[test]
fn findings_and_evidence_belong_together() {
    let run = sample_run();
    let findings = rows(&run.report("findings.csv"));
    let ranks: Vec<usize> = findings.iter().map(|finding| finding["rank"].parse().expect("a number")).collect();
    assert_eq!(ranks, (1..=findings.len()).collect::<Vec<_>>());
    let ids: HashSet<&str> = findings.iter().map(|finding| finding["finding_id"].as_str()).collect();
    assert_eq!(ids.len(), findings.len(), "finding_id is unique");

    let evidence = rows(&run.report("evidence.csv"));
    let mut behind: HashMap<&str, Vec<&Row>> = HashMap::new();
    for row in &evidence {
        behind.entry(&row["finding_id"]).or_default().push(row);
    }
    assert!(behind.keys().all(|id| ids.contains(id)), "evidence without a finding");
    for finding in &findings {
        let records = behind.get(finding["finding_id"].as_str()).map_or(&[][..], Vec::as_slice);
        assert_eq!(finding["records"], records.len().to_string(), "{finding:?}");
        assert!(records.iter().any(|row| row["role"] == "suspect"), "{finding:?}");
        for column in MONEY {
            let sum: i64 = records.iter().map(|row| fen(&row[column])).sum();
            assert_eq!(sum, fen(&finding[column]), "{column} of {finding:?}");
        }
        assert!(finding["first_day"] <= finding["last_day"], "{finding:?}");
        assert!(finding["situation"].contains("核实"), "a finding is to verify: {finding:?}");
    }
}

#[test]
fn the_money_of_a_record_is_counted_once_for_a_suspect() {
    let run = sample_run();
    let findings = rows(&run.report("findings.csv"));
    let suspects = rows(&run.report("suspects.csv"));
    let kinds: BTreeSet<&str> = suspects.iter().map(|suspect| suspect["kind"].as_str()).collect();
    assert!(["institution", "person", "practitioner"].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    for kind in kinds {
        let of_kind: Vec<&Row> = suspects.iter().filter(|suspect| suspect["kind"] == kind).collect();
        let ranks: Vec<usize> = of_kind.iter().map(|suspect| suspect["rank"].parse().expect("a number")).collect();
        assert_eq!(ranks, (1..=of_kind.len()).collect::<Vec<_>>(), "{kind}");
        for column in MONEY {
            let all: i64 = findings.iter().map(|finding| fen(&finding[column])).sum();
            let counted: i64 = of_kind.iter().map(|suspect| fen(&suspect[column])).sum();
            assert!(counted <= all, "{column} of {kind}: {counted} of {all}");
        }
        for suspect in of_kind {
            let share: f64 = suspect["share"].parse().unwrap_or(0.0);
            assert!((0.0..=1.0).contains(&share), "{suspect:?}");
        }
    }
}

/// The lines of an export, or of a Parquet file the identifiers of each row; evidence counts from 1, the header.
fn records(path: &Path) -> Vec<Vec<u8>> {
    if path.extension().is_none_or(|extension| extension != "parquet") {
        return fs::read(path).expect("readable").split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    }
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).expect("there")).expect("Parquet");
    // Parquet rows are numbered as if a header stood above them.
    let mut records = vec![Vec::new()];
    for batch in builder.build().expect("readable") {
        let batch = batch.expect("a batch");
        let column = |name: &str| batch.column_by_name(name).expect("a column").as_string::<i32>();
        for (visit, line) in column("mdtrt_id").iter().zip(column("bkkp_sn")) {
            records.push([visit.unwrap_or_default(), line.unwrap_or_default()].join(",").into_bytes());
        }
    }
    records
}

#[test]
fn every_evidence_row_leads_back_to_its_line_of_the_export() {
    let mut exports: HashMap<String, Vec<Vec<u8>>> = HashMap::new();
    let evidence = rows(&sample_run().report("evidence.csv"));
    assert!(!evidence.is_empty());
    for row in evidence {
        let lines = exports.entry(row["source_file"].clone()).or_insert_with_key(|path| records(Path::new(path)));
        let number: usize = row["source_line"].parse().expect("a line number");
        let line = String::from_utf8_lossy(&lines[number - 1]);
        assert!(line.contains(&row["mdtrt_id"]) && line.contains(&row["bkkp_sn"]), "{row:?} at {line}");
    }
}

/// Planted cases that end otherwise than truth.csv says, with the reason. Anything else that differs is a defect.
const KNOWN: [(&str, &str, &str); 0] = [];

#[test]
fn planted_cases_are_found_and_look_alikes_are_not() {
    let found = evaluate(&[project("sample-data")], &sample_run().folder.join("report")).expect("readable");
    let mut known: BTreeSet<(String, String)> = KNOWN.map(|(family, case, _)| (family.into(), case.into())).into();
    let mut problems = Vec::new();
    for case in found.surprises() {
        let family = case.folder.file_name().expect("a name").to_string_lossy().into_owned();
        if !known.remove(&(family.clone(), case.case_id.clone())) {
            problems.push(format!("{family} {}, {:?} expected: {}", case.case_id, case.expected, case.note));
        }
    }
    println!("{} planted cases, {} of them known to end otherwise", found.cases.len(), KNOWN.len());
    assert!(found.cases.len() > 500);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(known.is_empty(), "these end as planned by now, take them out of the list: {known:?}");
}

#[test]
fn findings_in_short() {
    let findings = rows(&sample_run().report("findings.csv"));
    let mut rules: BTreeMap<(&str, &str), (u64, i64)> = BTreeMap::new();
    for finding in &findings {
        let sum = rules.entry((&finding["model"], &finding["rule_id"])).or_default();
        sum.0 += 1;
        sum.1 += fen(&finding["fund_amount"]);
    }
    let mut text = String::from("model rule: findings, fund in fen\n");
    for ((model, rule), (count, fund)) in rules {
        text.push_str(&format!("{model} {rule}: {count}, {fund}\n"));
    }
    text.push_str("\nfirst sentences\n");
    for finding in findings.iter().take(15) {
        text.push_str(&format!("{} {}: {}\n", finding["rank"], finding["rule_id"], finding["situation"]));
    }
    assert_snapshot!("findings", text);
}

/// Only what visits alone can show.
#[test]
#[ignore = "needs ../shared: real claims of another country are no part of the project"]
fn foreign_claims_are_read_through_a_map() {
    let claims = project("../shared/data/provider-claims-us");
    let folder = tempfile::tempdir().expect("a folder");
    let map = project("docs/maps/provider-claims-us.toml");
    let mut command = feijian(folder.path(), ["run", "--lang", "en", "--map"]);
    let run = ended(command.arg(map).arg(claims));
    println!("{}", run.stderr);
    assert_eq!(run.code, Some(0));

    let report = folder.path().join("report");
    let text = fs::read_to_string(report.join("manifest.json")).expect("readable");
    let manifest: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let stored: BTreeMap<&str, u64> = manifest["inputs"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|input| (input["layout"].as_str().expect("a name"), input["rows_stored"].as_u64().expect("a count")))
        .collect();
    let expected = [("us_beneficiary", 63_968), ("us_inpatient", 9_551), ("us_outpatient", 125_841)];
    assert_eq!(stored, BTreeMap::from(expected));
    let ran: Vec<&str> =
        manifest["rules_run"].as_array().expect("a list").iter().filter_map(|rule| rule["rule_id"].as_str()).collect();
    for rule in ["chained-stays", "overlapping-stays", "split-stay", "visit-during-stay"] {
        assert!(ran.contains(&rule), "{rule} did not run");
    }
    let skipped = manifest["rules_skipped"].as_array().expect("a list");
    let without_fees = skipped.iter().filter(|rule| rule["reason"]["en"] == "table fee has no rows").count();
    assert!(without_fees > 0, "{skipped:?}");
    assert!(
        !skipped.iter().any(|rule| rule["reason"]["en"].as_str().is_some_and(|why| why.starts_with("failed"))),
        "{skipped:?}"
    );
    assert_eq!(rows(&report.join("rejects.csv")), Vec::<Row>::new());
}
