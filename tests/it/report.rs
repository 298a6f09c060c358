//! What inspectors open: the page, the workbook and what is made from a report folder, all from runs of the real binary.

use std::collections::{BTreeSet, HashMap};
use std::fs;

use calamine::{Data, DataType, Reader, Xlsx, open_workbook};

use crate::support::{fen, rows, sample_run};

#[test]
fn the_page_shows_every_model_and_institution_and_loads_nothing() {
    let run = sample_run();
    let page = fs::read_to_string(run.report("report.html")).expect("UTF-8");
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
    assert_eq!(timelines, page.matches("<article class=\"finding\"").count());
    assert_eq!(page.matches("<svg ").count(), page.matches("aria-label=").count() - regions(&page));
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
