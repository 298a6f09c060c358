//! 异地就医: the file and the sheet by insured place and place of care, on an area some of whose persons are insured elsewhere.

use std::fs;
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};

use crate::support::{Row, done, ended, feijian, fen, rows};

/// Gives the persons of a synthetic area, whose divisions are 9901xx, another insured place by the last digit but one of their number.
fn move_the_insured(visits: &Path) {
    let mut reader = csv::Reader::from_path(visits).expect("readable");
    let header = reader.headers().expect("a header").clone();
    let at = |name: &str| header.iter().position(|column| column == name).expect("a column");
    let (person, division) = (at("psn_no"), at("insu_admdvs"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).expect("written");
    for record in reader.records() {
        let record = record.expect("a row");
        let cells = record.iter().enumerate().map(|(place, cell)| match record[person].chars().rev().nth(1) {
            Some('1' | '2' | '3') if place == division => "990203",
            Some('4' | '5') if place == division => "110101",
            Some('6') if place == division => "",
            _ => cell,
        });
        writer.write_record(cells).expect("written");
    }
    fs::write(visits, writer.into_inner().expect("written")).expect("writable");
}

#[test]
fn visits_and_findings_are_added_up_by_insured_place_and_place_of_care() {
    let folder = tempfile::tempdir().expect("a folder");
    done(folder.path(), "synth area --persons 200 --institutions 12 --months 6 --quiet");
    // Both tables: a settlement fills in where the visit is silent.
    for table in ["mdtrt_d.csv", "setl_d.csv"] {
        move_the_insured(&folder.path().join("area").join(table));
    }
    done(folder.path(), "run area --store store --out report --model 1,3");

    let cells = rows(&folder.path().join("report/elsewhere.csv"));
    println!("{cells:#?}");
    for cell in &cells {
        let (insured, care) = (&cell["insu_admdvs"], &cell["care_admdvs"]);
        let expected = match (insured.get(..4), care.get(..4)) {
            (None, _) | (_, None) => "unknown",
            (Some(home), Some(there)) if home == there => "local",
            (Some(home), Some(there)) if home[..2] == there[..2] => "same_province",
            _ => "other_province",
        };
        assert_eq!(cell["relation"], expected, "{cell:?}");
    }
    for relation in ["local", "same_province", "other_province", "unknown"] {
        assert!(cells.iter().any(|cell| cell["relation"] == relation), "{relation}");
    }

    let statement = "SELECT COUNT(*) AS visits, SUM(fund_fen) AS fund_fen FROM visit WHERE insured = 1";
    let whole = ended(&mut feijian(folder.path(), ["sql", "store", statement, "--format", "csv"]));
    let sum = |column: &str, value: fn(&str) -> i64| cells.iter().map(|cell| value(&cell[column])).sum::<i64>();
    let number = |text: &str| text.parse::<i64>().expect("a number");
    assert_eq!(
        whole.stdout.lines().nth(1),
        Some(format!("{},{}", sum("visits", number), sum("fund_paid", fen)).as_str())
    );

    let suspects = rows(&folder.path().join("report/suspects.csv"));
    let institutions: Vec<&Row> = suspects.iter().filter(|suspect| suspect["kind"] == "institution").collect();
    for column in ["gross_amount", "inscp_amount", "fund_amount"] {
        let counted: i64 = institutions.iter().map(|suspect| fen(&suspect[column])).sum();
        assert_eq!(sum(column, fen), counted, "{column}");
    }

    let mut workbook: Xlsx<_> = open_workbook(folder.path().join("report/report.xlsx")).expect("a workbook");
    let sheet = workbook.worksheet_range("异地就医").expect("the sheet");
    assert_eq!(sheet.rows().count(), cells.len() + 1);
    let marks: Vec<String> = sheet.rows().skip(1).map(|row| row[2].to_string()).collect();
    assert!(marks.iter().any(|mark| mark == "跨省异地") && marks.iter().any(|mark| mark == "本地"), "{marks:?}");
    assert!(sheet.rows().skip(1).all(|row| matches!(row[3], Data::Float(_))), "visits are numbers");
}
