//! What inspectors open: the page, the workbook and what is made from a report folder, all from runs of the real binary.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::Path;

use calamine::{Data, DataType, Reader, Xlsx, open_workbook};

use crate::support::{Ended, Row, done, ended, feijian, fen, files, project, rows, run, sample_run};

#[test]
fn the_page_shows_every_model_and_institution_and_loads_nothing() {
    let run = sample_run();
    // The drawings of rings stand alone too: they name their namespace, which nothing fetches, and have a title instead of a label.
    let page = fs::read_to_string(run.report("report.html")).expect("UTF-8");
    let ring = "<svg xmlns=\"http://www.w3.org/2000/svg\"";
    let rings = page.matches(ring).count();
    let page = page.replace(ring, "<svg");
    for word in ["<script", "http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(word), "{word} in the page");
    }
    let suspects = rows(&run.report("suspects.csv"));
    for suspect in suspects.iter().filter(|suspect| suspect["kind"] == "institution") {
        assert!(page.contains(&suspect["code"]), "{suspect:?}");
    }
    let findings = rows(&run.report("findings.csv"));
    assert!(page.contains(&findings[0]["finding_id"]) && page.contains(&findings[0]["situation"]));
    // Each finding on the page has its timeline, and each chart a description for those who do not see it.
    let timelines = page.matches("<svg class=\"timeline\"").count();
    assert_eq!(timelines + rings, page.matches("<article class=\"finding\"").count());
    assert_eq!(page.matches("<svg ").count() - rings, page.matches("aria-label=").count() - regions(&page));
    let models: BTreeSet<&str> = findings.iter().map(|finding| finding["model"].as_str()).collect();
    assert_eq!(page.matches("<figure>").count(), models.len() + 1, "a chart of all and of each model");
}

/// Labels that belong to other elements than drawings.
fn regions(page: &str) -> usize {
    page.matches("role=\"region\"").count() + page.matches("<nav ").count()
}

/// The cells of a sheet below its header, by header.
fn table(workbook: &mut Xlsx<std::io::BufReader<fs::File>>, name: &str) -> Vec<HashMap<String, Data>> {
    let range = workbook.worksheet_range(name).unwrap_or_else(|error| panic!("{name}: {error}"));
    let mut rows = range.rows();
    let header: Vec<String> = rows.next().expect("a header").iter().map(ToString::to_string).collect();
    rows.map(|row| header.iter().cloned().zip(row.iter().cloned()).collect()).collect()
}

/// Yuan of a cell in fen; the workbook stores amounts as numbers.
fn cell_fen(cell: &Data) -> i64 {
    match cell {
        Data::Float(yuan) => (yuan * 100.0).round() as i64,
        other => panic!("{other:?} is no amount"),
    }
}

#[test]
fn the_workbook_holds_the_findings_cell_by_cell() {
    let run = sample_run();
    let mut workbook: Xlsx<_> = open_workbook(run.report("report.xlsx")).expect("a workbook");
    let names = workbook.sheet_names();
    for name in
        ["说明", "汇总", "问题项目汇总", "机构排名", "医师排名", "人员排名", "未运行规则及原因", "数据质量", "费用明细"]
    {
        assert!(names.iter().any(|sheet| sheet == name), "{name} is missing among {names:?}");
    }

    let mut detailed: HashMap<String, HashMap<String, Data>> = HashMap::new();
    for name in names.iter().filter(|name| name.starts_with(|c: char| c.is_ascii_digit())) {
        detailed.extend(table(&mut workbook, name).into_iter().map(|row| (row["疑点编号"].to_string(), row)));
    }
    let findings = rows(&run.report("findings.csv"));
    assert_eq!(detailed.len(), findings.len());
    let mut counted = 0;
    for finding in &findings {
        let row = &detailed[&finding["finding_id"]];
        // Codes are text, so that every digit and leading zero stays.
        for (label, column) in [("人员编号", "psn_no"), ("机构编码", "fixmedins_code"), ("就诊编号", "mdtrt_id")]
        {
            let expected = Some(&finding[column]).filter(|code| !code.is_empty());
            assert_eq!(row[label].as_string(), expected.cloned(), "{label} of {finding:?}");
        }
        for (label, column) in
            [("总额（元）", "gross_amount"), ("范围内（元）", "inscp_amount"), ("基金（元）", "fund_amount")]
        {
            assert_eq!(cell_fen(&row[label]), fen(&finding[column]), "{label} of {finding:?}");
        }
        assert_eq!(row["问题情形"].to_string(), finding["situation"]);
        assert!(row["依据"].to_string().contains("条例"), "{row:?}");
        for blank in ["核查结果", "核查人", "备注"] {
            assert_eq!(row[blank], Data::Empty, "{blank} is for the inspector");
        }
        counted += cell_fen(&row["去重后基金（元）"]);
    }
    let items = table(&mut workbook, "问题项目汇总");
    let itemised: i64 = items.iter().map(|row| cell_fen(&row["基金（元）"])).sum();
    assert_eq!(itemised, counted, "the level between summary and findings adds up to them");
    assert_eq!(table(&mut workbook, "费用明细").len(), rows(&run.report("evidence.csv")).len());
}

/// Every text of a report folder that holds text, and every cell of its workbook.
fn texts(report: &Path) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for (name, path) in files(report) {
        if let Ok(mut workbook) = open_workbook::<Xlsx<_>, _>(&path) {
            for (sheet, range) in workbook.worksheets() {
                let cells: Vec<String> = range.used_cells().map(|(_, _, cell)| cell.to_string()).collect();
                texts.push((format!("{name} {sheet}"), cells.join("\n")));
            }
        } else if !name.ends_with(".parquet") {
            texts.push((name, fs::read_to_string(path).expect("UTF-8")));
        }
    }
    texts
}

#[test]
fn evidence_shows_every_record_as_the_store_has_it() {
    let folder = tempfile::tempdir().expect("temp");
    let rules = project("tests/bench/rules");
    let rules = rules.to_str().expect("UTF-8");
    sample_run().copy_store(folder.path());
    let line = ["run", "--store", "store", "--out", "report", "--rules-dir", rules, "--rule", "every-line", "--reveal"];
    let ran = ended(&mut feijian(folder.path(), line));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);

    let statement =
        "SELECT v.mdtrt_id, s.setl_id, f.bkkp_sn, p.psn_no, i.fixmedins_code, d.dr_code, t.item_code, t.item_name,
                            f.cnt_e4, f.pric_e6, f.gross_fen, f.inscp_fen, f.fund_fen, x.source_file, f.source_line
                     FROM fee AS f JOIN visit AS v ON f.visit_key = v.visit_key
                     LEFT JOIN settlement AS s ON f.setl_key = s.setl_key
                     LEFT JOIN person AS p ON f.psn_key = p.psn_key
                     LEFT JOIN institution AS i ON f.inst_key = i.inst_key
                     LEFT JOIN practitioner AS d ON f.dr_key = d.dr_key
                     LEFT JOIN item AS t ON f.item_key = t.item_key
                     LEFT JOIN source_file AS x ON f.file_id = x.file_id";
    let stored = ended(&mut feijian(folder.path(), ["sql", "store", statement, "--format", "csv", "--reveal"]));
    assert_eq!(stored.code, Some(0), "{}", stored.stderr);
    let mut reader = csv::Reader::from_reader(stored.stdout.as_bytes());
    let mut expected: Vec<Vec<String>> =
        reader.records().map(|row| row.expect("a row").iter().map(str::to_owned).collect()).collect();

    let report = folder.path().join("report");
    let texts = ["mdtrt_id", "setl_id", "bkkp_sn", "psn_no", "fixmedins_code", "dr_code", "item_code", "item_name"];
    let numbers = ["cnt", "pric", "gross_amount", "inscp_amount", "fund_amount"];
    // The store's whole numbers are the digits of the decimals.
    let digits = |decimal: &str| match decimal.replace('.', "").trim_start_matches('0') {
        "" if decimal.is_empty() => String::new(),
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    };
    let evidence = rows(&report.join("evidence.csv"));
    let mut shown: Vec<Vec<String>> = evidence
        .iter()
        .map(|row| {
            let texts = texts.iter().map(|column| row[*column].clone());
            let numbers = numbers.iter().map(|column| digits(&row[*column]));
            let source = [row["source_file"].clone(), row["source_line"].clone()];
            texts.chain(numbers).chain(source).collect()
        })
        .collect();
    assert!(shown.len() > 10_000, "{} fee lines in sample-data", shown.len());
    assert!((0..15).all(|column| shown.iter().filter(|row| !row[column].is_empty()).count() > 1000));
    expected.sort();
    shown.sort();
    assert_eq!(shown.len(), expected.len());
    for (shown, expected) in shown.iter().zip(&expected) {
        assert_eq!(shown, expected);
    }

    // A finding for each visit, its rows together and in the order of the findings.
    let findings = rows(&report.join("findings.csv"));
    let mut order: Vec<&str> = evidence.iter().map(|row| row["finding_id"].as_str()).collect();
    order.dedup();
    assert_eq!(order, findings.iter().map(|finding| finding["finding_id"].as_str()).collect::<Vec<_>>());
}

#[test]
fn nobody_is_named_unless_asked_for() {
    let folder = tempfile::tempdir().expect("temp");
    let store = sample_run().store();
    let store = store.to_str().expect("UTF-8");
    let query = |reveal: &[&str]| {
        let statement = "SELECT psn_no, certno, tel, addr FROM person ORDER BY psn_key";
        let args = ["sql", store, statement, "--format", "csv"].into_iter().chain(reveal.iter().copied());
        let ended = ended(&mut feijian(folder.path(), args));
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout
    };
    let (shown, masked) = (query(&["--reveal"]), query(&[]));
    let identifiers: HashSet<&str> =
        shown.lines().skip(1).flat_map(|line| line.split(',')).filter(|cell| cell.len() >= 8).collect();
    assert!(identifiers.len() > 400, "{} identifiers in sample-data", identifiers.len());

    let run = sample_run();
    let mut outputs = texts(&run.folder.join("report"));
    outputs.push(("messages".to_owned(), run.ended.stderr.clone()));
    outputs.push(("sql".to_owned(), masked));
    for (name, text) in &outputs {
        let named: Vec<&&str> = identifiers.iter().filter(|identifier| text.contains(**identifier)).collect();
        assert!(named.is_empty(), "{name} holds {named:?}");
    }
    for suspect in rows(&run.report("suspects.csv")).iter().filter(|suspect| suspect["kind"] == "person") {
        assert!(suspect["name"].is_empty() || suspect["name"].ends_with("**"), "{suspect:?}");
    }

    // The same persons, joinable: as many as there are, and in the same findings.
    let line = format!("report {store} --out shown --reveal --quiet");
    assert_eq!(ended(&mut feijian(folder.path(), line.split(' '))).code, Some(0));
    let shown = rows(&folder.path().join("shown/findings.csv"));
    let mut pairs: BTreeSet<(String, String)> = BTreeSet::new();
    for (one, other) in rows(&run.report("findings.csv")).iter().zip(&shown) {
        assert_eq!(one["finding_id"], other["finding_id"]);
        assert!(other["psn_no"].is_empty() || identifiers.contains(other["psn_no"].as_str()), "{other:?}");
        pairs.insert((one["psn_no"].clone(), other["psn_no"].clone()));
    }
    let pseudonyms: HashSet<&String> = pairs.iter().map(|(pseudonym, _)| pseudonym).collect();
    let persons: HashSet<&String> = pairs.iter().map(|(_, person)| person).collect();
    assert_eq!((pseudonyms.len(), persons.len()), (pairs.len(), pairs.len()));

    let revealed = |report: &Path| {
        let text = fs::read_to_string(report.join("manifest.json")).expect("readable");
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["revealed"].as_bool()
    };
    assert_eq!(revealed(&run.folder.join("report")), Some(false));
    assert_eq!(revealed(&folder.path().join("shown")), Some(true));
}

#[test]
fn refused_values_and_records_taken_for_headers_stay_out_of_files_and_messages() {
    let folder = tempfile::tempdir().expect("temp");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("writable");
    let header = "psn_no,psn_name,certno,gend,brdy\n";
    write("psn_info_b.csv", &format!("{header}3.40103E+17,赵示例,340103199001011234,1,1990-01-01\n"));
    write(
        "mdtrt_d.csv",
        "mdtrt_id,psn_no,fixmedins_code,begntime,endtime,med_type\nM1,P1,H34010000001,2024-01-05,2024-01-09,21\n",
    );
    done(folder.path(), "run psn_info_b.csv mdtrt_d.csv --rule split-stay --out report --quiet --accept-losses");
    let rejects = rows(&folder.path().join("report/rejects.csv"));
    let values: Vec<&str> = rejects.iter().map(|reject| reject["value"].as_str()).collect();
    assert!(values.contains(&"9.99999A+99"), "{rejects:?}");
    done(
        folder.path(),
        "run psn_info_b.csv mdtrt_d.csv --rule split-stay --out report --quiet --reveal --accept-losses",
    );
    let rejects = rows(&folder.path().join("report/rejects.csv"));
    assert!(rejects.iter().any(|reject| reject["value"] == "3.40103E+17"), "{rejects:?}");

    write("no_header.csv", "赵示例,340103199001011234,13800000000\n");
    let ended = run(folder.path(), "run no_header.csv");
    assert_eq!(ended.code, Some(3));
    for word in ["赵示例", "340103199001011234", "13800000000"] {
        assert!(!ended.stderr.contains(word), "{}", ended.stderr);
    }
    assert!(ended.stderr.contains("字字字, 999999999999999999, 99999999999"), "{}", ended.stderr);
}

/// `case` of the first finding of a rule in the kept report.
fn dossier(rule: &str, options: &[&str]) -> String {
    let run = sample_run();
    let findings = rows(&run.report("findings.csv"));
    let finding = findings.iter().find(|finding| finding["rule_id"] == rule).expect("a finding of the rule");
    let id = finding["finding_id"].as_str();
    let args = ["case", &id[..12], "--report", "report"].into_iter().chain(options.iter().copied());
    let ended = ended(&mut feijian(&run.folder, args));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    // Where the project lies differs from machine to machine.
    ended.stdout.replace(&project("sample-data").display().to_string(), "sample-data").replace('\\', "/")
}

#[test]
fn a_case_says_what_why_and_what_to_ask_for() {
    insta::assert_snapshot!("case_zh", dossier("split-stay", &[]));
    insta::assert_snapshot!("case_en_md", dossier("duplicate-line", &["--format", "md", "--lang", "en"]));
}

#[test]
fn a_case_is_found_by_rank_and_only_if_there_is_one() {
    let folder = &sample_run().folder;
    let first = done(folder, "case 1");
    assert!(first.stdout.starts_with("1. "), "{}", first.stdout);
    for (name, words) in [("no-such", "没有疑点 no-such"), ("99999", "没有疑点 99999"), ("", "FJ-613")] {
        let ended = ended(&mut feijian(folder, ["case", name]));
        assert_eq!(ended.code, Some(2));
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
    assert_eq!(run(folder, "case 1 --report store").code, Some(2), "a store is no report");
}

#[test]
fn findings_leave_by_pipe_in_every_form() {
    let run = sample_run();
    let findings = rows(&run.report("findings.csv"));
    let of_three: Vec<&Row> = findings.iter().filter(|finding| finding["model"] == "3").collect();

    let csv = done(&run.folder, "findings --model 3").stdout;
    assert!(!csv.starts_with('\u{feff}'), "a byte-order mark only when asked for");
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let read: Vec<Row> = reader.deserialize().map(|row| row.expect("a row")).collect();
    assert!(read.iter().eq(of_three.iter().copied()), "the same rows as in findings.csv");
    assert!(done(&run.folder, "findings --model 3 --bom").stdout.starts_with('\u{feff}'));

    let json = done(&run.folder, "findings --model 3 --format json").stdout;
    let json: Vec<serde_json::Value> = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json.len(), of_three.len());
    for (object, finding) in json.iter().zip(&of_three) {
        assert_eq!(object["finding_id"], finding["finding_id"].as_str());
        assert_eq!(
            object["fund_amount"].as_f64().map(|yuan| format!("{yuan:.2}")),
            Some(finding["fund_amount"].clone())
        );
    }

    let tsv = done(&run.folder, "findings --top 5 --records --format tsv").stdout;
    let ids: HashSet<&str> = tsv.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(ids.len(), 5);

    let folder = tempfile::tempdir().expect("temp");
    let path = folder.path().join("clear.xlsx");
    let path = path.to_str().expect("UTF-8");
    done(&run.folder, &format!("findings --grade violation --format xlsx --out {path}"));
    let mut workbook: Xlsx<_> = open_workbook(path).expect("a workbook");
    let clear = table(&mut workbook, "疑点");
    assert_eq!(clear.len(), findings.iter().filter(|finding| finding["grade"] == "violation").count());
    assert!(clear.iter().all(|row| row["疑点编号"].to_string().len() == 32));
}

#[test]
fn each_institution_gets_a_working_paper_of_its_own_records() {
    let folder = tempfile::tempdir().expect("temp");
    let store = sample_run().store();
    let report = |out: &str| {
        let args = ["report", store.to_str().expect("UTF-8"), "--split-by", "institution", "--quiet", "--out", out];
        let ended = ended(&mut feijian(folder.path(), args));
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    };
    report("report");
    let papers = folder.path().join("report/institutions");
    let mut index: Xlsx<_> = open_workbook(papers.join("index.xlsx")).expect("an index");
    let listed = table(&mut index, "目录");
    let suspects = rows(&sample_run().report("suspects.csv"));
    let institutions: HashMap<&str, &Row> = suspects
        .iter()
        .filter(|suspect| suspect["kind"] == "institution")
        .map(|suspect| (suspect["code"].as_str(), suspect))
        .collect();
    assert_eq!(listed.len(), institutions.len());
    for row in &listed {
        let code = row["机构编码"].to_string();
        let suspect = institutions[code.as_str()];
        assert_eq!(cell_fen(&row["基金（元）"]), fen(&suspect["fund_amount"]), "{row:?}");
        let mut paper: Xlsx<_> = open_workbook(papers.join(row["文件"].to_string())).expect("a working paper");
        assert_eq!(paper.sheet_names(), ["取证材料", "问题明细", "费用明细"]);
        assert_eq!(table(&mut paper, "问题明细").len().to_string(), suspect["findings"]);
        let records = table(&mut paper, "费用明细");
        assert!(!records.is_empty());
        for record in records {
            assert_eq!(record["机构编码"].to_string(), code, "another institution's record");
        }
    }
    let manifest = fs::read_to_string(folder.path().join("report/manifest.json")).expect("readable");
    assert!(manifest.contains("\"institutions/index.xlsx\""));

    // What was filled in survives the next run, under another name.
    let paper = papers.join(listed[0]["文件"].to_string());
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(5);
    fs::write(&paper, "filled in").expect("writable");
    fs::File::options().write(true).open(&paper).and_then(|file| file.set_modified(later)).expect("settable");
    report("report");
    let kept = paper.with_extension("edited.xlsx");
    assert_eq!(fs::read_to_string(kept).expect("kept"), "filled in");
    assert!(open_workbook::<Xlsx<_>, _>(&paper).is_ok(), "written anew");
}

/// `report` of the kept store into `out`, with these options.
fn report(folder: &Path, out: &str, options: &[&str]) -> Ended {
    let store = sample_run().store();
    let args = ["report", store.to_str().expect("UTF-8"), "--out", out].into_iter().chain(options.iter().copied());
    let ended = ended(&mut feijian(folder, args));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    ended
}

#[test]
fn what_inspectors_found_out_changes_the_next_ranking() {
    let folder = tempfile::tempdir().expect("temp");
    let before = rows(&sample_run().report("findings.csv"));
    // As an inspector fills it in: the sheets of the report with a word under 核查结果.
    let mut filled = rust_xlsxwriter::Workbook::new();
    let sheet = filled.add_worksheet();
    for (col, label) in (0..).zip(["疑点编号", "规则编号", "核查结果", "核查人", "备注"]) {
        sheet.write_string(0, col, label).expect("written");
    }
    for (row, finding) in (1..).zip(&before) {
        let result = if finding["rule_id"] == "split-stay" { "不属实" } else { "待查" };
        for (col, text) in (0..).zip([&finding["finding_id"], &finding["rule_id"], result, "李检查", "已调阅病历"])
        {
            sheet.write_string(row, col, text).expect("written");
        }
    }
    filled.save(folder.path().join("filled.xlsx")).expect("saved");
    let learnt = done(folder.path(), "learn filled.xlsx");
    insta::assert_snapshot!("learn_zh", learnt.stdout + &learnt.stderr);
    done(folder.path(), "learn filled.xlsx --quiet");
    let kept = rows(&folder.path().join("dispositions.csv"));
    assert_eq!(kept.len(), before.len(), "read twice, kept once");

    report(folder.path(), "after", &["--dispositions", "dispositions.csv", "--quiet"]);
    let after = rows(&folder.path().join("after/findings.csv"));
    let confidence = |rows: &[Row], id: &str| -> f64 {
        let finding = rows.iter().find(|finding| finding["finding_id"] == id).expect("still a finding");
        finding["confidence"].parse().expect("a number")
    };
    let places = |rows: &[Row]| -> usize {
        rows.iter()
            .filter(|finding| finding["rule_id"] == "split-stay")
            .map(|finding| finding["rank"].parse::<usize>().expect("a rank"))
            .sum()
    };
    for finding in &before {
        let (was, is) = (confidence(&before, &finding["finding_id"]), confidence(&after, &finding["finding_id"]));
        if finding["rule_id"] == "split-stay" {
            assert!(is < was, "{finding:?}: {is}");
        } else {
            assert!((is - was).abs() < 1e-12);
        }
    }
    assert!(places(&after) > places(&before), "findings of the rule fall back");
    let mut workbook: Xlsx<_> = open_workbook(folder.path().join("after/report.xlsx")).expect("a workbook");
    let settled = table(&mut workbook, "1 分解住院、挂床住院");
    for row in settled {
        let expected =
            if row["规则编号"].as_string().as_deref() == Some("split-stay") { "不属实" } else { "待查" };
        assert_eq!((row["核查结果"].to_string().as_str(), row["核查人"].to_string().as_str()), (expected, "李检查"));
    }

    let again = done(folder.path(), "learn after/report.xlsx --dispositions again.csv --lang en").stderr;
    assert!(again.contains(&format!("{} outcomes read", before.len())), "{again}");
    assert_eq!(rows(&folder.path().join("again.csv")), kept, "what the next report shows reads back the same");
    let wrong = run(folder.path(), "learn after/findings.csv");
    assert_eq!(wrong.code, Some(3), "{}", wrong.stderr);
}

#[test]
fn a_nightly_run_says_what_is_new_in_one_line() {
    let folder = tempfile::tempdir().expect("temp");
    report(folder.path(), "first", &["--period", "2024-05", "--quiet"]);
    let short = report(folder.path(), "second", &["--since", "first", "--log-format", "short"]).stderr;
    let all = rows(&folder.path().join("second/findings.csv"));
    let first: HashSet<String> =
        rows(&folder.path().join("first/findings.csv")).into_iter().map(|row| row["finding_id"].clone()).collect();
    let changes = rows(&folder.path().join("second/changes.csv"));
    assert_eq!(changes.len(), all.len());
    for change in &changes {
        let expected = if first.contains(&change["finding_id"]) { "continued" } else { "new" };
        assert_eq!(change["status"], expected, "{change:?}");
    }
    assert_eq!(short.lines().count(), 1, "{short}");
    let new = changes.iter().filter(|change| change["status"] == "new").count();
    assert!(new > 0 && short.contains(&format!("新增 {new}，延续 {}，消失 0", first.len())), "{short}");
    let page = fs::read_to_string(folder.path().join("second/report.html")).expect("UTF-8");
    let (new_ones, figures) = (page.find("<section id=\"new\">"), page.find("<section id=\"figures\">"));
    assert!(new_ones.is_some() && new_ones < figures, "the page begins with what is new");

    // The other way round, into the folder that is compared with: what is left out now is gone.
    let options = ["--since", "second", "--period", "2024-05", "--log-format", "json"];
    let json = report(folder.path(), "second", &options).stderr;
    let line: serde_json::Value = serde_json::from_str(&json).expect("one JSON object");
    assert_eq!(line["changes"]["gone"].as_u64(), u64::try_from(new).ok(), "{line}");
    assert_eq!((line["exit_code"].as_u64(), line["findings"].as_u64()), (Some(0), u64::try_from(first.len()).ok()));

    let failed = run(folder.path(), "report not-there --log-format json");
    let line: serde_json::Value = serde_json::from_str(&failed.stderr).expect("one JSON object");
    assert_eq!((failed.code, line["level"].as_str()), (Some(3), Some("error")));
    assert_eq!(run(folder.path(), "run first --since nowhere").code, Some(2), "told before the work begins");
}
