//! The same care delivered in other formats: whatever the tables come in, the case store is the same, and what is not read is named.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use feijian::casestore::store::Store;
use feijian::import::summary::{ImportSummary, Skipped};
use feijian::import::{ImportError, ImportPlan, ImportProgress, Patterns, import};
use feijian::pipeline::{Tables, diagnosis_lists};
use feijian::sql::engine::{Bucket, Plan};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterProperties;
use polars::prelude::AnyValue;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet};
use tempfile::TempDir;

/// Nobody waits.
struct Silent;

impl ImportProgress for Silent {
    fn file(&self, _name: &str, _bytes: u64) {}
    fn advanced(&self, _bytes: u64, _rows: u64) {}
    fn settling(&self, _done: usize, _steps: usize) {}
}

/// A table of text: its name, then its header and rows.
type Grid = (&'static str, Vec<Vec<&'static str>>);

fn grid(name: &'static str, lines: &[&'static str]) -> Grid {
    (name, lines.iter().map(|line| line.split(',').collect()).collect())
}

/// One stay with two lines, another without.
fn bureau() -> [Grid; 3] {
    [
        grid(
            "mdtrt_d",
            &[
                "mdtrt_id,psn_no,psn_name,gend,brdy,fixmedins_code,begntime,endtime,med_type",
                "V1,340103198003010011,张三,1,1980-03-01,H1,2024-03-01 08:30:00,2024-03-05 10:00:00,2101",
                "V2,340103198003010012,李四,2,1988-06-01,H1,2024-03-02 09:00:00,2024-03-06 10:00:00,2101",
            ],
        ),
        grid(
            "setl_d",
            &[
                "setl_id,mdtrt_id,psn_no,fixmedins_code,begndate,enddate,setl_time,med_type,medfee_sumamt,inscp_amt,fund_pay_sumamt",
                "S1,V1,340103198003010011,H1,2024-03-01,2024-03-05,2024-03-05 09:00:00,2101,42.50,40,20",
                "S2,V2,340103198003010012,H1,2024-03-02,2024-03-06,2024-03-06 09:00:00,2101,10,10,5",
            ],
        ),
        grid(
            "fee_list_d",
            &[
                "bkkp_sn,mdtrt_id,setl_id,psn_no,fixmedins_code,fee_ocur_time,cnt,pric,det_item_fee_sumamt,inscp_amt,med_list_codg,bilg_dr_code",
                "1,V1,S1,340103198003010011,H1,2024-03-02 09:00:00,3,10,30,30,001101,D1",
                "2,V1,S1,340103198003010011,H1,2024-03-03 00:00:00,1,12.5,12.5,10,001102,D1",
                "3,V2,S2,340103198003010012,H1,2024-03-03 10:00:00,1,10,10,10,001101,D1",
            ],
        ),
    ]
}

/// What the tables above are in the case store.
const STORED: [&str; 5] = [
    "visit V1 340103198003010011 19783 19787 3712 4250",
    "visit V2 340103198003010012 19784 19788 6726 1000",
    "fee 1 H1 19784 540 30000 3000",
    "fee 2 H1 19785 - 10000 1250",
    "fee 3 H1 19785 600 10000 1000",
];

struct Delivery {
    folder: Rc<TempDir>,
}

impl Delivery {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("export")).unwrap();
        Self { folder: Rc::new(folder) }
    }

    fn path(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join("export").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    fn with(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(name), bytes).unwrap();
        self
    }

    /// The tables of [`bureau`] with these numbers as CSV.
    fn csv(mut self, which: &[usize]) -> Self {
        for at in which {
            let (name, rows) = &bureau()[*at];
            self = self.with(&format!("{name}.csv"), csv(rows));
        }
        self
    }

    fn try_import(&self, exports: &[PathBuf], patterns: Patterns) -> Result<(Store, ImportSummary), ImportError> {
        let store = self.folder.path().join("store");
        let plan = ImportPlan { exports: exports.to_vec(), patterns, store, ..ImportPlan::default() };
        import(&plan, &diagnosis_lists().unwrap(), &Silent)
    }

    fn import(&self) -> Imported {
        let (store, summary) = self.try_import(&[self.folder.path().join("export")], Patterns::default()).unwrap();
        Imported {
            _folder: self.folder.clone(),
            store,
            summary,
            start: format!("{}/", self.folder.path().join("export").display()),
        }
    }
}

struct Imported {
    /// Lasts as long as the store in it is read.
    _folder: Rc<TempDir>,
    store: Store,
    summary: ImportSummary,
    start: String,
}

impl Imported {
    fn rows(&self, sql: &str) -> Vec<String> {
        let tables = Tables::open(&self.store, None).unwrap();
        let frame = Bucket::open(&tables, None).rows(&Plan::parse(sql).unwrap()).unwrap();
        let cell = |at: usize, row: usize| match frame.columns()[at].get(row).unwrap() {
            AnyValue::Null => "-".to_owned(),
            AnyValue::String(text) => text.to_owned(),
            other => other.to_string().replace('"', ""),
        };
        (0..frame.height())
            .map(|row| (0..frame.width()).map(|at| cell(at, row)).collect::<Vec<_>>().join(" "))
            .collect()
    }

    fn stored(&self) -> Vec<String> {
        let mut rows = self.rows(
            "SELECT 'visit', v.mdtrt_id, p.psn_no, v.adm_day, v.dscg_day, v.birth_day, v.gross_fen
             FROM visit AS v JOIN person AS p ON v.psn_key = p.psn_key ORDER BY v.mdtrt_id",
        );
        rows.extend(self.rows(
            "SELECT 'fee', f.bkkp_sn, i.fixmedins_code, f.fee_day, f.fee_min - f.fee_day * 1440, f.cnt_e4, f.gross_fen
             FROM fee AS f JOIN institution AS i ON f.inst_key = i.inst_key ORDER BY f.bkkp_sn",
        ));
        rows
    }

    fn skipped(&self) -> Vec<(String, Skipped)> {
        let short = |name: &str| name.strip_prefix(&self.start).unwrap_or(name).to_owned();
        self.summary.skipped_files.iter().map(|file| (short(&file.name), file.kind)).collect()
    }

    fn read(&self) -> Vec<(String, &str, u64)> {
        let short = |name: &str| name.strip_prefix(&self.start).unwrap_or(name).to_owned();
        self.summary.inputs.iter().map(|file| (short(&file.name), file.layout.as_str(), file.rows_in)).collect()
    }
}

fn csv(rows: &[Vec<&str>]) -> String {
    rows.iter().map(|row| format!("{}\r\n", row.join(","))).collect()
}

/// Writes a table as people have it in Excel: numbers as numbers, dates as dates, codes as text.
fn write_sheet(sheet: &mut Worksheet, first: u32, rows: &[Vec<&str>]) {
    let day = Format::new().set_num_format("yyyy-mm-dd");
    let minute = Format::new().set_num_format("yyyy/m/d h:mm:ss");
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let (row, column) = (first + row as u32, column as u16);
            let name = rows[0][column as usize];
            let dated = cell.starts_with("20") || cell.starts_with("19");
            if row == first || name.ends_with("_no") || name.ends_with("code") || name.ends_with("codg") {
                sheet.write_string(row, column, *cell).unwrap();
            } else if dated && cell.contains('-') {
                let when = ExcelDateTime::parse_from_str(cell).unwrap();
                let format = if cell.contains(' ') { &minute } else { &day };
                sheet.write_datetime_with_format(row, column, &when, format).unwrap();
            } else if let Ok(number) = cell.parse::<f64>() {
                sheet.write_number(row, column, number).unwrap();
            } else {
                sheet.write_string(row, column, *cell).unwrap();
            }
        }
    }
}

fn workbook(sheets: &[&Grid]) -> Vec<u8> {
    let mut book = Workbook::new();
    for (name, rows) in sheets {
        write_sheet(book.add_worksheet().set_name(*name).unwrap(), 0, rows);
    }
    book.save_to_buffer().unwrap()
}

fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A Parquet file of strings.
fn strings(rows: &[Vec<&str>], leave_out: &[&str], compression: Compression) -> Vec<u8> {
    let columns = rows[0].iter().enumerate().filter(|(_, name)| !leave_out.contains(*name)).map(|(at, name)| {
        let cells: StringArray = rows[1..].iter().map(|row| Some(row[at])).collect();
        (*name, Arc::new(cells) as ArrayRef)
    });
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn a_workbook_of_all_tables_is_read_sheet_by_sheet() {
    let [visits, settlements, fees] = bureau();
    let mut book = Workbook::new();
    let cover = book.add_worksheet().set_name("封面").unwrap();
    cover.write_string(0, 0, "某市医保飞行检查数据").unwrap();
    cover.write_string(1, 0, "2024年3月").unwrap();
    book.add_worksheet().set_name("空表").unwrap();
    write_sheet(book.add_worksheet().set_name("就诊").unwrap(), 0, &visits.1);
    write_sheet(book.add_worksheet().set_name("结算").unwrap().set_hidden(true), 0, &settlements.1);
    write_sheet(book.add_worksheet().set_name("明细").unwrap(), 0, &fees.1);
    let about = book.add_worksheet().set_name("字段说明").unwrap();
    for row in 0..60 {
        for (column, text) in ["序号", "字段名", "类型", "长度", "说明"].iter().enumerate() {
            about.write_string(row, column as u16, if row == 0 { text } else { "x" }).unwrap();
        }
    }
    let imported = Delivery::new().with("数据.xlsx", book.save_to_buffer().unwrap()).import();
    assert_eq!(imported.stored(), STORED);
    assert_eq!(
        imported.read(),
        [
            ("数据.xlsx!就诊".to_owned(), "mdtrt_d", 2),
            ("数据.xlsx!明细".to_owned(), "fee_list_d", 3),
            ("数据.xlsx!结算".to_owned(), "setl_d", 2)
        ]
    );
    let stray = |name: &str| (name.to_owned(), Skipped::Stray);
    assert_eq!(imported.skipped(), [stray("数据.xlsx!字段说明"), stray("数据.xlsx!封面"), stray("数据.xlsx!空表")]);
}

#[test]
fn sheets_with_the_same_columns_are_all_read_and_copies_are_not() {
    let [visits, settlements, (_, fees)] = bureau();
    let first = ("一月", vec![fees[0].clone(), fees[1].clone()]);
    let second = ("二月", vec![fees[0].clone(), fees[2].clone(), fees[3].clone()]);
    let book = workbook(&[&visits, &settlements, &first, &second]);
    let copy = workbook(&[&second]);
    let imported = Delivery::new().with("a.xlsx", book).with("b/copy.xlsx", copy).import();
    assert_eq!(imported.stored(), STORED);
    assert_eq!(imported.skipped(), [("b/copy.xlsx!二月".to_owned(), Skipped::Stray)]);
}

#[test]
fn lines_of_text_pasted_into_one_column_are_rows() {
    let [visits, settlements, (name, fees)] = bureau();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(name).unwrap();
    for (row, cells) in fees.iter().enumerate() {
        sheet.write_string(row as u32, 0, cells.join(",")).unwrap();
    }
    let delivery = Delivery::new().with("v.xlsx", workbook(&[&visits, &settlements]));
    assert_eq!(delivery.with("f.xlsx", book.save_to_buffer().unwrap()).import().stored(), STORED);
}

#[test]
fn visit_numbers_merged_over_their_lines() {
    let [visits, settlements, (name, fees)] = bureau();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(name).unwrap();
    write_sheet(sheet, 0, &fees);
    for (column, cell) in fees[1].iter().enumerate().filter(|(column, _)| (1..5).contains(column)) {
        sheet.merge_range(1, column as u16, 2, column as u16, cell, &Format::new()).unwrap();
    }
    let delivery = Delivery::new().with("v.xlsx", workbook(&[&visits, &settlements]));
    assert_eq!(delivery.with("f.xlsx", book.save_to_buffer().unwrap()).import().stored(), STORED);
}

#[test]
fn workbooks_within_archives_and_under_other_names() {
    let [visits, settlements, fees] = bureau();
    let inner = zipped(&[("x/结算.xlsx", &workbook(&[&settlements]))]);
    let archive = zipped(&[
        ("就诊.xlsx", &workbook(&[&visits])),
        ("里层.zip", &inner),
        ("~$就诊.xlsx", b"lock"),
        ("fee.parquet", &strings(&fees.1, &[], Compression::SNAPPY)),
    ]);
    let imported = Delivery::new().with("医保数据.csv", archive).import();
    assert_eq!(imported.stored(), STORED);
    assert_eq!(imported.skipped(), [("医保数据.csv!~$就诊.xlsx".to_owned(), Skipped::Stray)]);
    assert_eq!(imported.read()[2].0, "医保数据.csv!里层.zip!x/结算.xlsx!setl_d");
}

#[test]
fn a_wide_export_is_all_tables_that_stand_side_by_side_in_its_rows() {
    let [visits, settlements, fees] = bureau();
    let value = |table: &Grid, row: &[&'static str], name: &str| -> &'static str {
        table.1[0].iter().position(|column| *column == name).map_or("", |at| row[at])
    };
    let beside = |table: &Grid, visit: &str| -> Vec<&'static str> {
        let found = table.1[1..].iter().find(|row| value(table, row, "mdtrt_id") == visit);
        found.unwrap().clone()
    };
    let new = |table: &Grid, row: &[&'static str], known: &[&'static str]| -> Vec<&'static str> {
        let own = table.1[0].iter().zip(row).filter(|(name, _)| !known.contains(*name));
        own.map(|(_, cell)| *cell).collect()
    };
    let line_names = fees.1[0].clone();
    let mut names = line_names.clone();
    names.extend(new(&settlements, &settlements.1[0].clone(), &line_names));
    let known = names.clone();
    names.extend(new(&visits, &visits.1[0].clone(), &known));
    let mut wide = vec![names];
    for line in &fees.1[1..] {
        let visit = value(&fees, line, "mdtrt_id");
        let mut row = line.clone();
        row.extend(new(&settlements, &beside(&settlements, visit), &line_names));
        row.extend(new(&visits, &beside(&visits, visit), &known));
        wide.push(row);
    }
    let imported = Delivery::new().with("住院明细.csv", csv(&wide)).import();
    assert_eq!(imported.stored(), STORED);
    let rows = |table| ("住院明细.csv".to_owned(), table, 3);
    assert_eq!(imported.read(), [rows("fee_list_d"), rows("setl_d"), rows("mdtrt_d")]);
    // A table of visits of its own says more than what is repeated beside every line.
    let imported = Delivery::new().csv(&[0]).with("住院明细.csv", csv(&wide)).import();
    assert_eq!(imported.stored(), STORED);
    assert_eq!(imported.read(), [("mdtrt_d.csv".to_owned(), "mdtrt_d", 2), rows("fee_list_d"), rows("setl_d")]);
}

/// A workbook as programs write it that compute nothing: formulas without the result that a spreadsheet program stores beside them.
fn uncomputed(workbook: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(workbook)).unwrap();
    let members: Vec<(String, Vec<u8>)> = (0..archive.len())
        .map(|at| {
            let mut member = archive.by_index(at).unwrap();
            let (name, mut content) = (member.name().unwrap().into_owned(), Vec::new());
            std::io::copy(&mut member, &mut content).unwrap();
            if name.contains("sheet1.xml") {
                content = String::from_utf8(content).unwrap().replace("</f><v>0</v>", "</f>").into_bytes();
            }
            (name, content)
        })
        .collect();
    zipped(&members.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect::<Vec<_>>())
}

#[test]
fn amounts_that_nobody_computed_are_refused_and_a_total_is_none() {
    let fees = bureau()[2].1.clone();
    let with_formulas = |rows: std::ops::Range<u32>, formula: &str| {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet().set_name("fee_list_d").unwrap();
        write_sheet(sheet, 0, &fees);
        for row in rows {
            sheet.write_formula(row, 8, formula.replace('N', &(row + 1).to_string()).as_str()).unwrap();
        }
        book.save_to_buffer().unwrap()
    };
    let import = |book: &[u8]| Delivery::new().csv(&[0, 1]).with("fee_list_d.xlsx", book).import();
    let amounts = uncomputed(&with_formulas(1..4, "=GN*HN"));
    let refused = [("fee_list_d.xlsx!fee_list_d".to_owned(), Skipped::Refused)];
    assert_eq!(import(&amounts).skipped(), refused);
    // A total below the rows takes nothing away, nor do formulas whose results are stored.
    let total = uncomputed(&with_formulas(4..5, "=SUM(I2:I4)"));
    assert_eq!(import(&total).stored(), STORED);
    assert_eq!(import(&with_formulas(1..4, "=GN*HN")).skipped(), []);
}

#[test]
fn an_identifier_kept_as_a_number_is_lost_and_counted() {
    let [visits, settlements, (name, mut fees)] = bureau();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(name).unwrap();
    // The line's number fits a double, the person's does not.
    fees.truncate(2);
    write_sheet(sheet, 0, &fees);
    sheet.write_number(1, 3, 340_103_198_003_010_011.0).unwrap();
    sheet.write_number(1, 0, 123_456_789_012_345.0).unwrap();
    let delivery = Delivery::new().with("v.xlsx", workbook(&[&visits, &settlements]));
    let imported = delivery.with("f.xlsx", book.save_to_buffer().unwrap()).import();
    assert_eq!(imported.rows("SELECT bkkp_sn FROM fee"), ["123456789012345"]);
    let file = imported.summary.inputs.iter().find(|file| file.layout == "fee_list_d").unwrap();
    assert_eq!(file.columns["psn_no"].lost(), 1, "{:?}", file.columns["psn_no"]);
    assert_eq!(file.columns["bkkp_sn"].lost(), 0);
}

#[test]
fn a_page_in_place_of_a_table_is_no_stray_file() {
    let page =
        "<!DOCTYPE html><html><head><title>登录</title></head><body><form><input name=\"u\"></form></body></html>";
    // Nor is a table whose fields are separated by what nobody expects.
    let odd = csv(&bureau()[2].1).replace(',', "@@");
    let delivery =
        Delivery::new().csv(&[0, 1]).with("fee_list_d_2024.csv", page).with("help.html", page).with("odd.txt", odd);
    let (stray, refused) = (Skipped::Stray, Skipped::Refused);
    let expected = [("fee_list_d_2024.csv", refused), ("help.html", stray), ("odd.txt", refused)];
    assert_eq!(delivery.import().skipped(), expected.map(|(name, kind)| (name.to_owned(), kind)));
}

#[test]
fn web_pages_and_xml_named_xls() {
    let [(_, visits), (_, settlements), (_, fees)] = bureau();
    let cells = |row: &[&str], tag: &str| row.iter().map(|cell| format!("<{tag}>{cell}</{tag}>")).collect::<String>();
    let table =
        |rows: &[Vec<&str>]| rows.iter().map(|row| format!("<tr>{}</tr>\n", cells(row, "td"))).collect::<String>();
    let page = format!(
        "<html><head><meta charset=gb2312></head><body><table border=1>{}</table></body></html>",
        table(&visits)
    );
    let page = encoding_rs::GB18030.encode(&page).0.into_owned();
    let data = |row: &[&str]| -> String {
        row.iter().map(|cell| format!("<Cell><Data ss:Type=\"String\">{cell}</Data></Cell>")).collect()
    };
    let rows: String = settlements.iter().map(|row| format!("<Row>{}</Row>", data(row))).collect();
    let xml = format!(
        "<?xml version=\"1.0\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" \
         xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\"><Worksheet ss:Name=\"结算\"><Table>{rows}</Table></Worksheet></Workbook>"
    );
    let tabs: String = fees.iter().map(|row| format!("{}\n", row.join("\t"))).collect();
    let delivery = Delivery::new().with("a.xls", page).with("b.xls", xml).with("c.xls", tabs);
    let imported = delivery.import();
    assert_eq!(imported.stored(), STORED);
    let encodings: Vec<&str> = imported.summary.inputs.iter().map(|file| file.encoding.as_str()).collect();
    assert_eq!(encodings, ["HTML", "XML 2003", "UTF-8"]);
}

#[test]
fn folders_of_spark_and_hive() {
    let [(_, visits), (_, settlements), (_, fees)] = bureau();
    let codecs = [
        Compression::GZIP(GzipLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::BROTLI(Default::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::SNAPPY,
    ];
    for codec in codecs {
        let delivery = Delivery::new()
            .with(
                "mdtrt_d/stat_year=2024/fixmedins_code=H1/part-0.parquet",
                strings(&visits, &["fixmedins_code"], codec),
            )
            .with("mdtrt_d/_SUCCESS", "")
            .with("setl_d.parquet/part-00000", strings(&settlements, &[], codec))
            .with("setl_d.parquet/.part-00000.crc", "crc")
            .with("fee_list_d/fixmedins_code=H1/000000_0", strings(&fees, &["fixmedins_code"], codec));
        let imported = delivery.import();
        assert_eq!(imported.stored(), STORED, "{codec:?}");
        assert!(imported.skipped().iter().all(|(_, kind)| *kind == Skipped::Stray), "{:?}", imported.skipped());
    }
}

#[test]
fn text_in_folders_of_hive_has_their_columns_too() {
    let [(_, visits), (_, settlements), (_, fees)] = bureau();
    let without = |rows: &[Vec<&'static str>], column: &str| -> Vec<Vec<&'static str>> {
        let at = rows[0].iter().position(|name| *name == column).unwrap();
        let mut rows = rows.to_vec();
        rows.iter_mut().for_each(|row| {
            row.remove(at);
        });
        rows
    };
    let delivery = Delivery::new()
        .with("mdtrt_d/fixmedins_code=H1/part-0.csv", csv(&without(&visits, "fixmedins_code")))
        .with(
            "setl_d/med_type=2101/fixmedins_code=H%31/setl.csv",
            csv(&without(&without(&settlements, "med_type"), "fixmedins_code")),
        )
        .with("fee_list_d/year=2024/fee.csv", csv(&fees));
    assert_eq!(delivery.import().stored(), STORED);
}

#[test]
fn parts_with_the_same_bytes_in_other_partitions_are_other_rows() {
    let [(_, visits), ..] = bureau();
    let part = strings(&[visits[0].clone(), visits[1].clone()], &["fixmedins_code"], Compression::SNAPPY);
    let delivery = Delivery::new()
        .with("mdtrt_d/fixmedins_code=H1/part-0.parquet", &part)
        .with("mdtrt_d/fixmedins_code=H2/part-0.parquet", &part)
        .with("copy/mdtrt_d/fixmedins_code=H2/part-0.parquet", &part);
    let imported = delivery.import();
    assert_eq!(imported.read().len(), 2, "{:?}", imported.read());
    assert_eq!(imported.skipped().len(), 1);
}

#[test]
fn a_needed_column_that_is_nested_is_refused_by_name() {
    let [(_, visits), ..] = bureau();
    let ids = arrow::array::ListArray::from_iter_primitive::<arrow::datatypes::Int64Type, _, _>([Some([Some(1)])]);
    let names = ["mdtrt_id", "psn_no", "begntime", "med_type", "fixmedins_code", "more"];
    let file = |nested: &str| {
        let plain = |name: &str| match name {
            _ if name == nested => Arc::new(ids.clone()) as ArrayRef,
            "psn_no" => Arc::new(Int64Array::from(vec![7])) as ArrayRef,
            _ => Arc::new(StringArray::from(vec!["2024-03-01"])) as ArrayRef,
        };
        let batch = RecordBatch::try_from_iter(names.map(|name| (name, plain(name)))).unwrap();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        bytes
    };
    let delivery = Delivery::new().with("a.csv", csv(&visits)).with("b.parquet", file("psn_no"));
    let imported = delivery.with("c.parquet", file("more")).import();
    assert_eq!(imported.skipped(), [("b.parquet".to_owned(), Skipped::Refused)]);
    let reason = &imported.summary.skipped_files[0].reason;
    assert!(reason.zh.contains("psn_no") && reason.en.contains("psn_no"), "{reason:?}");
    assert_eq!(imported.read().len(), 2);
}

#[test]
fn stray_files_stop_nothing_and_are_named() {
    let whole = zipped(&[("x.csv", b"x")]);
    let delivery = Delivery::new()
        .csv(&[0, 1, 2])
        .with("导入说明.txt", "各位：\r\n本次数据为2024年3月，请查收。\r\n")
        .with("字段说明.csv", "字段名,类型,说明\r\nmdtrt_id,VARCHAR(30),就诊ID\r\npsn_no,VARCHAR(30),人员编号\r\n")
        .with("fee_list_d_202413.csv", "")
        .with("fee_list_d_202412.csv", csv(&bureau()[2].1[..1]))
        .with("~$数据.xlsx", "lock")
        .with("现场.jpg", b"\xff\xd8\xff\xe0")
        .with("旧.rar", b"Rar!\x1a\x07\0")
        .with("fee.sql", "INSERT INTO `fee_list_d` VALUES (1);\n")
        .with("建表.sql", "create table FEE (A varchar(20));\n")
        .with("坏.zip", &whole[..20])
        .with("setl_new.csv", "setl_id,psn_no,fixmedins_code,colour\r\nS9,P9,H1,red\r\n");
    let imported = delivery.import();
    assert_eq!(imported.stored(), STORED);
    let mut skipped = imported.skipped();
    skipped.sort_by_key(|(name, kind)| (*kind == Skipped::Stray, name.clone()));
    let refused = |name: &str| (name.to_owned(), Skipped::Refused);
    let stray = |name: &str| (name.to_owned(), Skipped::Stray);
    assert_eq!(
        skipped,
        [
            refused("fee.sql"),
            refused("setl_new.csv"),
            refused("坏.zip"),
            refused("旧.rar"),
            stray("fee_list_d_202413.csv"),
            stray("~$数据.xlsx"),
            stray("字段说明.csv"),
            stray("导入说明.txt"),
            stray("建表.sql"),
            stray("现场.jpg"),
        ]
    );
    let empty = imported.read().into_iter().find(|(name, ..)| name == "fee_list_d_202412.csv");
    assert_eq!(empty, Some(("fee_list_d_202412.csv".to_owned(), "fee_list_d", 0)));
    let dump = imported.summary.skipped_files.iter().find(|file| file.name.ends_with("fee.sql")).unwrap();
    assert!(dump.reason.zh.contains("mysql"), "{:?}", dump.reason);
}

#[test]
fn a_file_that_breaks_off_leaves_nothing_in_the_store() {
    let fees = &bureau()[2].1;
    let mut long = vec![fees[0].clone()];
    long.extend(std::iter::repeat_n(fees[1].clone(), 50_000));
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(csv(&long).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let delivery = Delivery::new().csv(&[0, 1]).with("zz.csv.gz", &packed[..packed.len() - 100]);
    let imported = delivery.import();
    assert_eq!(imported.skipped(), [("zz.csv.gz".to_owned(), Skipped::Refused)]);
    assert_eq!(imported.rows("SELECT COUNT(*) FROM fee"), ["0"]);
}

#[test]
fn a_named_file_that_is_no_table_is_an_error_and_a_found_one_is_not() {
    let delivery = Delivery::new().csv(&[0]).with("note.txt", "请查收\n");
    let named = [delivery.path("mdtrt_d.csv"), delivery.path("note.txt")];
    let error = delivery.try_import(&named, Patterns::default()).err().unwrap();
    assert!(error.to_string().contains("note.txt"), "{error}");
    assert_eq!(delivery.import().skipped(), [("note.txt".to_owned(), Skipped::Stray)]);
    // With nothing to be read at all, what was found is named.
    let delivery = Delivery::new().with("note.txt", "请查收\n");
    let folder = [delivery.folder.path().join("export")];
    let error = delivery.try_import(&folder, Patterns::default()).err().unwrap();
    assert!(matches!(error, ImportError::NothingToRead { skipped: 1, .. }) && error.to_string().contains("note.txt"));
}

#[test]
fn patterns_choose_files_members_and_sheets() {
    let [visits, settlements, fees] = bureau();
    let delivery = Delivery::new().csv(&[0, 1]).with("book.xlsx", workbook(&[&visits, &settlements, &fees]));
    let patterns = Patterns {
        include: vec!["mdtrt*".to_owned(), "book.xlsx/*".to_owned()],
        exclude: vec!["book.xlsx!mdtrt_d".to_owned()],
    };
    let folder = delivery.folder.path().join("export");
    let (store, summary) = delivery.try_import(std::slice::from_ref(&folder), patterns).unwrap();
    let imported =
        Imported { _folder: delivery.folder.clone(), store, summary, start: format!("{}/", folder.display()) };
    assert_eq!(imported.stored(), STORED);
    let skipped: Vec<String> = imported.skipped().into_iter().map(|(name, _)| name).collect();
    assert_eq!(skipped, ["book.xlsx!mdtrt_d", "setl_d.csv"]);
}

/// A case of the shared inputs, where they are there.
fn shared(case: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/cases").join(case);
    path.is_dir().then_some(path)
}

#[test]
#[ignore = "needs ../shared: its inputs are no part of the project"]
fn times_of_spark_are_those_of_the_csv() {
    let delivery = Delivery::new();
    let rows = |case: &str| {
        let store = delivery.folder.path().join(case.replace('/', "-"));
        let exports = vec![shared(case).expect("the shared cases")];
        let plan = ImportPlan { exports, store, ..ImportPlan::default() };
        let (store, summary) = import(&plan, &diagnosis_lists().unwrap(), &Silent).unwrap();
        let imported = Imported { _folder: delivery.folder.clone(), store, summary, start: String::new() };
        let notes = imported.summary.inputs.iter().filter(|file| !file.notes.is_empty()).count();
        (imported.rows("SELECT bkkp_sn, fee_min, gross_fen FROM fee ORDER BY bkkp_sn"), notes)
    };
    let (spark, notes) = rows("03-spark-int96/int96");
    let (csv, _) = rows("03-spark-int96/same-as-csv");
    assert_eq!((spark, notes), (csv, 3));
}
