//! Texts as tools and people write them: the same fee lines in every dress give the same rows, and what cannot be read is refused by name.

use std::fs;
use std::path::Path;

use feijian::casestore::store::Store;
use feijian::explained::Explained;
use feijian::import::decisions::DateOrder;
use feijian::import::summary::{ImportSummary, InputFile};
use feijian::import::{ImportError, ImportPlan, import};
use feijian::pipeline::diagnosis_lists;
use tempfile::TempDir;

use super::import::{Silent, rows};

const HEADER: [&str; 9] = [
    "bkkp_sn",
    "mdtrt_id",
    "psn_no",
    "fixmedins_code",
    "fee_ocur_time",
    "cnt",
    "det_item_fee_sumamt",
    "sin_dos_dscr",
    "init_feedetl_sn",
];

/// Four lines of two visits.
const LINES: [[&str; 9]; 4] = [
    ["1", "M1", "34010000000000000011", "H34010000001", "2024-03-01 08:10:00", "2", "30.50", "床位费", ""],
    ["2", "M1", "34010000000000000011", "H34010000001", "2024-03-02 09:00:00", "1", "1200.00", "彩超检查", ""],
    ["3", "M1", "34010000000000000011", "H34010000001", "2024-03-13 10:00:00", "1", "6.14", "注射液(10ml)", ""],
    ["4", "M2", "34010000000000000029", "H34010000001", "2024-04-15 23:30:00", "3", "0.90", "护理费", ""],
];

const ROWS: &str = "SELECT bkkp_sn, cnt_e4, gross_fen, fee_day, fee_min, dose_text FROM fee ORDER BY bkkp_sn";

struct Read {
    _folder: TempDir,
    store: Store,
    summary: ImportSummary,
}

impl Read {
    fn rows(&self) -> Vec<String> {
        rows(&self.store, ROWS)
    }

    fn file(&self) -> &InputFile {
        &self.summary.inputs[0]
    }

    fn is_told(&self, words: &str) -> bool {
        self.summary.inputs.iter().any(|file| file.notes.iter().any(|note| note.en.contains(words)))
    }
}

fn try_import(files: &[(&str, &[u8])], orders: &[&str]) -> Result<Read, ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("export")).unwrap();
    for (name, bytes) in files {
        fs::write(at("export").join(name), bytes).unwrap();
    }
    let plan = ImportPlan {
        exports: vec![at("export")],
        store: at("store"),
        date_orders: orders.iter().map(|order| order.parse::<DateOrder>().unwrap()).collect(),
        ..ImportPlan::default()
    };
    let (store, summary) = import(&plan, &diagnosis_lists().unwrap(), &Silent)?;
    Ok(Read { _folder: folder, store, summary })
}

fn import_one(bytes: &[u8]) -> Read {
    try_import(&[("fee_list_d.csv", bytes)], &[]).unwrap()
}

fn lines(change: impl Fn(usize, &str) -> String) -> Vec<Vec<String>> {
    LINES.iter().map(|line| line.iter().enumerate().map(|(column, text)| change(column, text)).collect()).collect()
}

fn joined(lines: &[Vec<String>], delimiter: &str) -> String {
    let header = [HEADER.map(str::to_owned).to_vec()];
    header.iter().chain(lines).map(|line| line.join(delimiter) + "\n").collect()
}

fn plain() -> String {
    joined(&lines(|_, text| text.to_owned()), ",")
}

fn expected() -> Vec<String> {
    let read = import_one(plain().as_bytes());
    let rows = read.rows();
    assert_eq!(rows[0], "1 20000 3050 19783 28488010 床位费");
    assert_eq!(read.file().notes, []);
    rows
}

/// The table with one column rewritten, quoted where it has to be.
fn rewritten(column: usize, write: impl Fn(&str) -> String) -> String {
    let cell = |at: usize, text: &str| {
        let text = if at == column { write(text) } else { text.to_owned() };
        if text.contains(',') { format!("\"{text}\"") } else { text }
    };
    joined(&lines(cell), ",")
}

#[test]
fn one_table_in_every_dress() {
    let expected = expected();
    let table = plain();
    let (header, body) = table.split_once('\n').unwrap();
    let body_lines: Vec<&str> = body.lines().collect();
    let utf16: Vec<u8> = table.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let short: String = table.lines().map(|line| line.trim_end_matches(',').to_owned() + "\n").collect();
    let tabs = |text: &str| text.replace(',', "\t");
    let dresses: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "titles and a total",
            format!("某院费用明细,,,,,,,,\n导出时间：2024-12-01,,,,,,,,\n\n{table}合计,,,,,,1237.54,,\n").into_bytes(),
            "1 lines of totals",
        ),
        ("units below", format!("{header}\n,,,,,次,元,,\n{body}").into_bytes(), "1 lines of titles"),
        (
            "names below",
            format!("{header}\n流水号,就诊ID,人员编号,机构编号,时间,说明,说明,说明,说明\n{body}").into_bytes(),
            "1 lines of titles",
        ),
        (
            "types below",
            format!(
                "{header}\nvarchar(30),varchar(30),varchar(30),varchar(30),date,number(16),number,text,text\n{body}"
            )
            .into_bytes(),
            "",
        ),
        (
            "the header again",
            format!("{header}\n{}\n{}\n{header}\n{}\n{}\n", body_lines[0], body_lines[1], body_lines[2], body_lines[3])
                .into_bytes(),
            "1 repeated headers",
        ),
        (
            "a remark at the end",
            format!("{table}\n共 4 条\n(4 rows affected)\n\u{1a}").into_bytes(),
            "2 lines of titles",
        ),
        ("Excel's hint", format!("sep=,\n{table}").into_bytes(), "1 lines of titles"),
        (
            "rules",
            tabs(&format!("{header}\n---,---,---,---,---,---,---,---,---\n{body}")).into_bytes(),
            "1 lines of titles",
        ),
        ("carriage returns only", table.replace('\n', "\r").into_bytes(), ""),
        (
            "mixed line ends",
            format!("{header}\n{}\r{}\r{}\n{}\r\n", body_lines[0], body_lines[1], body_lines[2], body_lines[3])
                .into_bytes(),
            "",
        ),
        ("UTF-16 without a mark", utf16, ""),
        ("NUL bytes", table.replace("床位", "床\0位").replace('\n', "\n\0").into_bytes(), "6 NUL bytes"),
        ("carets", table.replace(',', "^").into_bytes(), ""),
        ("control characters", table.replace(',', "\u{1}").into_bytes(), ""),
        ("short rows", short.replace(',', "|@|").into_bytes(), "4 rows whose empty fields"),
        ("short rows with commas", short.into_bytes(), "4 rows whose empty fields"),
        ("yuan", rewritten(6, |text| format!("￥{text}")).into_bytes(), "currency taken off in 4 cells"),
        ("yuan behind", rewritten(6, |text| format!("{text}元")).into_bytes(), "currency taken off"),
        ("full width", rewritten(6, |text| text.replace('.', "．").replace('0', "０")).into_bytes(), ""),
        ("thousands", rewritten(6, |text| text.replace("1200", "1,200")).into_bytes(), ""),
        ("units", rewritten(5, |text| format!("{text}次")).into_bytes(), "unit taken off in 4 cells"),
        ("apostrophes", rewritten(1, |text| format!("'{text}")).into_bytes(), "apostrophe taken off in 4 cells"),
        ("tabs behind", rewritten(2, |text| format!("{text}\t")).into_bytes(), "tab or invisible"),
        ("a float's tail", rewritten(2, |text| format!("{text}.0")).into_bytes(), ".0 taken off in 4 cells"),
        (
            "doubled, one empty",
            table
                .lines()
                .enumerate()
                .map(|(at, line)| format!("{line},{}\n", if at == 0 { "mdtrt_id" } else { "" }))
                .collect::<String>()
                .into_bytes(),
            "",
        ),
    ];
    for (dress, bytes, told) in dresses {
        let read = import_one(&bytes);
        assert_eq!(read.rows(), expected, "{dress}");
        assert_eq!((read.file().rows_in, read.file().rows_rejected, read.file().cells_rejected), (4, 0, 0), "{dress}");
        assert!(told.is_empty() || read.is_told(told), "{dress}: {:?}", read.file().notes);
    }
}

#[test]
fn torn_rows_are_joined_or_refused() {
    let expected = expected();
    let marks = plain().replace("彩超检查", "\"彩\"超\r\n检查\"");
    let read = import_one(marks.as_bytes());
    let names = |read: &Read| read.rows().iter().map(|row| row.replace(['"', '\r', '\n'], "")).collect::<Vec<_>>();
    assert_eq!(names(&read), expected);
    assert_eq!(read.file().rows_in, 4);
    // Unquoted, in the middle of a text.
    let read = import_one(plain().replace("彩超检查", "彩超\n检查").as_bytes());
    assert_eq!((names(&read), read.file().rows_in), (expected.clone(), 4));
    assert!(read.is_told("1 rows torn"));
    // A last line that is cut off.
    let table = plain();
    let cut = table.trim_end().len() - "护理费,".len() - 2;
    let read = import_one(&table.as_bytes()[..cut]);
    assert_eq!((read.file().rows_in, read.file().rows_rejected), (4, 1));
    assert_eq!(read.rows(), expected[..3]);
}

#[test]
fn dates_are_read_by_their_column() {
    let expected = expected();
    let dates = |write: &dyn Fn(&[&str]) -> String| {
        rewritten(4, |text| write(&text.split(['-', ' ', ':']).collect::<Vec<_>>()))
    };
    let months = ["", "Jan", "Feb", "Mar", "Apr"];
    let month = |text: &str| text.parse::<usize>().unwrap();
    let spellings: Vec<String> = vec![
        dates(&|p| format!("{}/{}/{} {}:{}", p[2], p[1], p[0], p[3], p[4])),
        dates(&|p| format!("{}/{}/{} {}:{}", month(p[1]), month(p[2]), p[0], p[3], p[4])),
        dates(&|p| format!("{}-{}月 -{} {}.{}.00.000000", p[2], month(p[1]), &p[0][2..], p[3], p[4])),
        dates(&|p| format!("{} {:>2} {} {}:{}", months[month(p[1])], month(p[2]), p[0], p[3], p[4])),
        dates(&|p| format!("{}年{}月{}日 {}时{}分", p[0], p[1], p[2], p[3], p[4])),
        dates(&|p| format!("{}-{}-{}T{}:{}:00+08:00", p[0], p[1], p[2], p[3], p[4])),
    ];
    for text in spellings {
        assert_eq!(import_one(text.as_bytes()).rows(), expected, "{text}");
    }
}

#[test]
fn day_and_month_that_nothing_tells_apart_are_asked_for() {
    let silent = plain().replace("2024-03-13", "2024-03-03").replace("2024-04-15", "2024-04-05");
    let day_first = |table: &str| {
        let cell = |line: &str| -> String {
            line.split(',')
                .map(|cell| match cell.split(['-', ' ']).collect::<Vec<_>>().as_slice() {
                    [year, month, day, time] if year.len() == 4 => format!("{day}/{month}/{year} {time}"),
                    _ => cell.to_owned(),
                })
                .collect::<Vec<_>>()
                .join(",")
                + "\n"
        };
        table.lines().map(cell).collect::<String>()
    };
    let open = day_first(&silent);
    let error = try_import(&[("fee_list_d.csv", open.as_bytes())], &[]).err().expect("nothing decides");
    let told = error.told();
    assert!(
        error.to_string().contains("--date-order fee_ocur_time=dmy") && told.zh.contains("fee_ocur_time"),
        "{error}"
    );
    assert!(error.to_string().contains("99/99/9999 99:99:99"), "{error}");
    let expected = import_one(silent.as_bytes()).rows();
    for orders in [["dmy"], ["fee_ocur_time=dmy"]] {
        let read = try_import(&[("fee_list_d.csv", open.as_bytes())], &orders).unwrap();
        assert_eq!(read.rows(), expected);
    }
    // Another part of the table decides, whichever is read first.
    let telling = day_first(&plain().replace("M1", "M8").replace("M2", "M9"));
    for names in [["a_fee.csv", "b_fee.csv"], ["b_fee.csv", "a_fee.csv"]] {
        let read = try_import(&[(names[0], open.as_bytes()), (names[1], telling.as_bytes())], &[]).unwrap();
        let first = rows(&read.store, "SELECT COUNT(*) AS n FROM fee WHERE fee_day = 19785");
        assert_eq!(first, ["1"], "3 March once");
        assert_eq!(rows(&read.store, "SELECT COUNT(*) AS n FROM fee WHERE fee_day IS NULL"), ["0"]);
    }
}

#[test]
fn rounded_person_numbers_make_no_two_people_one() {
    let mut table = HEADER.join(",") + "\n";
    for number in 0..20_u64 {
        let rounded = 340_100_000_000_000 + number * 37;
        table.push_str(&format!("{number},M{number},{rounded}00000,H34010000001,2024-03-01,1,1.00,床位费,\n"));
    }
    let read = import_one(table.as_bytes());
    assert_eq!(rows(&read.store, "SELECT COUNT(*) AS n FROM fee WHERE psn_key IS NOT NULL"), ["0"]);
    assert_eq!(read.file().columns["psn_no"].unusable["digits-lost"], 20);
    assert!(read.is_told("rounded long codes to 15 digits"));
    // One number for several people: the register is the witness against the fee lines.
    let register = "psn_no,certno,psn_name,gend,brdy\n".to_owned()
        + &(0..3)
            .map(|number| format!("34010000000000000000,34010119{number}0010100{number}1,甲,1,19{number}0-01-01\n"))
            .collect::<String>();
    let lines = rewritten(2, |_| "34010000000000000000".to_owned());
    let read =
        try_import(&[("fee_list_d.csv", lines.as_bytes()), ("psn_info_b.csv", register.as_bytes())], &[]).unwrap();
    assert_eq!(rows(&read.store, "SELECT COUNT(*) AS n FROM fee WHERE psn_key IS NOT NULL"), ["0"]);
    // The look-alike: one number of many ends in zeros.
    let lines = plain().replace("34010000000000000029", "34010000000000000000");
    let read = import_one(lines.as_bytes());
    assert_eq!(read.file().cells_rejected, 0);
}

#[test]
fn parts_without_a_header_are_read_by_that_of_their_table() {
    let table = plain();
    let lines: Vec<&str> = table.lines().collect();
    let first = lines[..3].join("\n");
    let second = lines[3..].join("\n");
    let read = try_import(&[("fee_1.csv", first.as_bytes()), ("fee_2.csv", second.as_bytes())], &[]).unwrap();
    assert_eq!(read.rows(), expected());
    assert!(read.is_told("read by that of another part of the table"));
    let error = try_import(&[("fee_1.csv", first.as_bytes()), ("other_2.csv", b"1,2,3\n4,5,6\n")], &[]).err();
    assert!(error.is_none_or(|error| error.to_string().contains("other_2.csv")));
}

#[test]
fn copies_of_a_column_that_differ_are_asked_about() {
    let doubled = |value: &str| {
        let line = |(at, line): (usize, &str)| format!("{line},{}\n", if at == 0 { "mdtrt_id" } else { value });
        plain().lines().enumerate().map(line).collect::<String>()
    };
    let error = try_import(&[("fee_list_d.csv", doubled("M7").as_bytes())], &[]).err().expect("they differ");
    assert!(error.to_string().contains("names mdtrt_id twice"), "{error}");
}

#[test]
fn fee_lines_without_numbers_are_known_by_their_content() {
    let table: String = plain().lines().map(|line| line.split_once(',').unwrap().1.to_owned() + "\n").collect();
    let read = import_one(table.as_bytes());
    assert_eq!(rows(&read.store, "SELECT COUNT(*) AS n, SUM(gross_fen) AS gross FROM fee"), ["4 123754"]);
    assert!(read.is_told("the fee lines have no numbers"));
    // A column of numbers that is empty, or says the same of all lines, numbers none.
    for number in ["", "1"] {
        let mut table = rewritten(0, |_| number.to_owned());
        for line in 0..8 {
            table.push_str(&format!(
                "{number},M3,34010000000000000037,H34010000001,2024-05-0{} 08:00:00,1,1.00,护理费,\n",
                line + 1
            ));
        }
        let read = import_one(table.as_bytes());
        assert_eq!(
            rows(&read.store, "SELECT COUNT(*) AS n, SUM(gross_fen) AS gross FROM fee"),
            ["12 124554"],
            "{number}"
        );
        assert!(read.is_told("the fee lines have no numbers"));
    }
    assert!(Path::new(&read.file().name).ends_with("fee_list_d.csv"));
}
