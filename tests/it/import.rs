//! What an import means: small exports in, the rows of the case store out.
//!
//! Each test writes the few lines it is about as an export of the bureau (family A) or of a hospital (family B), imports them with
//! the library and reads the canonical tables with SQL.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use feijian::casestore::source::empty;
use feijian::casestore::store::Store;
use feijian::frames::Columns;
use feijian::import::summary::{Check, CheckResult, ImportSummary};
use feijian::import::{ImportPlan, ImportProgress, for_each_reject, import};
use feijian::pipeline::{Tables, diagnosis_lists};
use feijian::sql::engine::{Bucket, Plan};
use polars::prelude::*;
use tempfile::TempDir;

/// Nobody waits.
pub(super) struct Silent;

impl ImportProgress for Silent {
    fn file(&self, _name: &str, _bytes: u64) {}
    fn advanced(&self, _bytes: u64, _rows: u64) {}
    fn settling(&self, _done: usize, _steps: usize) {}
}

/// A folder of exports in the making.
struct Export {
    folder: TempDir,
}

impl Export {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join("export").join(file)
    }

    /// Writes a CSV file of the given header.
    fn with(self, file: &str, header: &str, rows: &[String]) -> Self {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, csv(header, rows)).unwrap();
        self
    }

    /// Writes the bureau's tables; those without rows are left out.
    fn bureau(mut self, visits: &[String], settlements: &[String], lines: &[String]) -> Self {
        for (file, header, rows) in
            [("mdtrt_d.csv", MDTRT, visits), ("setl_d.csv", SETL, settlements), ("fee_list_d.csv", FEE, lines)]
        {
            if !rows.is_empty() {
                self = self.with(file, header, rows);
            }
        }
        self
    }

    /// Imports the folder into a new store of one bucket.
    fn import(self) -> Imported {
        self.import_with(1, None)
    }

    fn import_with(self, buckets: usize, period: Option<(i32, i32)>) -> Imported {
        let exports = vec![self.folder.path().join("export")];
        let store = self.folder.path().join("store");
        let (store, summary) = import_into(&store, buckets, exports, period);
        Imported { _folder: self.folder, store, summary }
    }
}

fn csv(header: &str, rows: &[String]) -> String {
    let mut text = format!("{header}\n");
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text
}

fn import_into(
    store: &Path,
    buckets: usize,
    exports: Vec<PathBuf>,
    period: Option<(i32, i32)>,
) -> (Store, ImportSummary) {
    Store::open_or_create(store, buckets).unwrap();
    let plan = ImportPlan { exports, store: store.to_path_buf(), period, ..ImportPlan::default() };
    import(&plan, &diagnosis_lists().unwrap(), &Silent).unwrap()
}

/// What an import left.
struct Imported {
    _folder: TempDir,
    store: Store,
    summary: ImportSummary,
}

impl Imported {
    /// The rows of a statement over the canonical tables, cells separated by a blank; nulls are `-`.
    fn rows(&self, sql: &str) -> Vec<String> {
        rows(&self.store, sql)
    }

    fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        for_each_reject(&self.store, |reject| {
            reasons.push(format!("{} {} {}", reject.line, reject.column, reject.reason));
            Ok::<(), feijian::import::ImportError>(())
        })
        .unwrap();
        reasons
    }

    fn check(&self, id: &str) -> &Check {
        self.summary.checks.iter().find(|check| check.id == id).unwrap_or_else(|| panic!("no check {id}"))
    }

    /// Unpaired reversals of a staged table: rows and fen.
    fn unpaired(&self, table: &str) -> (u64, i64) {
        let of = self.summary.reversals.iter().find(|reversals| reversals.table == table).unwrap();
        (of.unpaired, of.unpaired_gross_fen)
    }
}

pub(super) fn rows(store: &Store, sql: &str) -> Vec<String> {
    let tables = Tables::open(store, None).unwrap();
    texts(&Bucket::open(&tables, None).rows(&Plan::parse(sql).unwrap()).unwrap())
}

fn texts(frame: &DataFrame) -> Vec<String> {
    let cell = |column: &Column, row: usize| match column.get(row).unwrap() {
        AnyValue::Null => "-".to_owned(),
        AnyValue::String(text) => text.to_owned(),
        AnyValue::StringOwned(text) => text.to_string(),
        other => other.to_string(),
    };
    let line = |row| frame.columns().iter().map(|column| cell(column, row)).collect::<Vec<_>>().join(" ");
    (0..frame.height()).map(line).collect()
}

/// All rows of every canonical table, sorted: what two stores are compared by. Where a row came from is left out, because files are
/// numbered as they are imported.
fn contents(store: &Store) -> BTreeMap<String, Vec<String>> {
    let names = store.index.rows.keys().filter(|name| *name != "source_file");
    let sorted = |name: &String| {
        let frame = store.read(name, None, Columns::All).unwrap().unwrap_or_else(|| empty(name));
        let mut rows = texts(&frame.drop_many(["file_id", "source_line", "other_file_id", "other_source_line"]));
        rows.sort_unstable();
        (name.clone(), rows)
    };
    names.map(sorted).collect()
}

// Family A: one line each, short enough to be read in a test.

const MDTRT: &str = "mdtrt_id,psn_no,gend,brdy,fixmedins_code,hosp_lv,begntime,endtime,med_type,chfpdr_code,vali_flag";
const SETL: &str = "setl_id,init_setl_id,mdtrt_id,psn_no,fixmedins_code,begndate,enddate,setl_time,med_type,medfee_sumamt,inscp_amt,fund_pay_sumamt,refd_setl_flag,vali_flag";
const FEE: &str = "bkkp_sn,init_feedetl_sn,mdtrt_id,setl_id,psn_no,fixmedins_code,fee_ocur_time,cnt,pric,det_item_fee_sumamt,inscp_amt,med_list_codg,bilg_dr_code,vali_flag";

/// A stay of person P1 from 1 to 5 March 2024.
fn stay(id: &str) -> String {
    format!("{id},P1,1,1980-03-01,H34150100001,2,2024-03-01 08:30:00,2024-03-05 10:00:00,2101,D1,1")
}

/// A settlement of a stay: number, the one it takes back, amounts (gross, in scope, fund) in yuan, refund flag.
fn setl(id: &str, takes_back: &str, visit: &str, amounts: [&str; 3], flag: &str) -> String {
    let [gross, scope, fund] = amounts;
    format!(
        "{id},{takes_back},{visit},P1,H34150100001,2024-03-01,2024-03-05,2024-03-05 09:00:00,2101,{gross},{scope},{fund},{flag},1"
    )
}

/// A line of 10 yuan a piece: number, the line it takes back, quantity.
fn line(id: &str, takes_back: &str, visit: &str, settlement: &str, quantity: i64) -> String {
    priced(id, takes_back, visit, settlement, quantity, "001")
}

fn priced(id: &str, takes_back: &str, visit: &str, settlement: &str, quantity: i64, item: &str) -> String {
    let amount = quantity * 10;
    format!(
        "{id},{takes_back},{visit},{settlement},P1,H34150100001,2024-03-02 09:00:00,{quantity},10,{amount},{amount},{item},D1,1"
    )
}

fn replaced(row: &str, at: usize, value: &str) -> String {
    row.split(',')
        .enumerate()
        .map(|(number, cell)| if number == at { value } else { cell })
        .collect::<Vec<_>>()
        .join(",")
}

const FEES: &str = "SELECT bkkp_sn, cnt_e4, gross_fen, inscp_fen, fund_fen FROM fee ORDER BY bkkp_sn";
const VISITS: &str = "SELECT mdtrt_id, settlements, gross_fen, inscp_fen, fund_fen FROM visit ORDER BY mdtrt_id";
const SETTLEMENTS: &str = "SELECT setl_id, gross_fen, inscp_fen, fund_fen FROM settlement ORDER BY setl_id";

#[test]
fn a_row_in_two_files_is_counted_once() {
    let export = Export::new()
        .bureau(&[stay("V1")], &[setl("S1", "", "V1", ["30", "30", "15"], "0")], &[line("1", "", "V1", "S1", 3)])
        .with("fee_list_d_2.csv", FEE, &[line("1", "", "V1", "S1", 3), line("2", "", "V1", "", 1)])
        .import();
    assert_eq!(export.rows(FEES), ["1 30000 3000 3000 1500", "2 10000 1000 1000 0"]);
    let repeated: Vec<_> =
        export.summary.inputs.iter().map(|file| (file.rows_in, file.rows_stored, file.rows_repeated)).collect();
    assert_eq!(repeated, [(1, 1, 0), (2, 1, 1), (1, 1, 0), (1, 1, 0)], "files in the order of their names");
}

#[test]
fn a_row_that_contradicts_another_loses_if_it_is_dearer() {
    let export = Export::new()
        .bureau(
            &[stay("V1")],
            &[],
            &[line("1", "", "V1", "", 3), line("1", "", "V1", "", 2), line("1", "", "V1", "", 5)],
        )
        .import();
    assert_eq!(export.rows(FEES), ["1 20000 2000 2000 0"]);
    assert_eq!(export.reasons(), ["2  conflict", "4  conflict"]);
    let file = &export.summary.inputs[0];
    assert_eq!((file.rows_in, file.rows_stored, file.rows_repeated, file.rows_rejected), (3, 1, 0, 2));
    assert_eq!(export.summary.conflicts.iter().map(|table| table.rows).sum::<u64>(), 2);
}

/// How platforms write the reversal of a whole settlement: original row, reversing row.
#[test]
fn a_settlement_taken_back_is_gone_with_its_visit_and_lines() {
    let all = ["100", "80", "40"];
    let negative = ["-100", "-80", "-40"];
    let spellings = [
        ("named, negative", setl("S1", "", "V1", all, "0"), setl("R1", "S1", "V1", negative, "1")),
        ("named, flag on both", setl("S1", "", "V1", all, "1"), setl("R1", "S1", "V1", negative, "1")),
        ("named, positive", setl("S1", "", "V1", all, "0"), setl("R1", "S1", "V1", all, "1")),
        ("named, positive, flag on both", setl("S1", "", "V1", all, "1"), setl("R1", "S1", "V1", all, "1")),
        ("opposite amount", setl("S1", "", "V1", all, "0"), setl("R1", "", "V1", negative, "1")),
        ("opposite amount, flag on both", setl("S1", "", "V1", all, "1"), setl("R1", "", "V1", negative, "1")),
        ("own number as pointer", setl("S1", "S1", "V1", all, "0"), setl("R1", "S1", "V1", negative, "1")),
    ];
    for (name, original, reversal) in spellings {
        let lines = [line("1", "", "V1", "S1", 10), line("2", "1", "V1", "R1", -10)];
        let export = Export::new()
            .bureau(&[stay("V1"), stay("V2")], &[original, reversal, setl("S2", "", "V2", all, "0")], &lines)
            .import();
        assert_eq!(export.rows(VISITS), ["V2 1 10000 8000 4000"], "{name}");
        assert_eq!(export.rows(SETTLEMENTS), ["S2 10000 8000 4000"], "{name}");
        assert!(export.rows(FEES).is_empty(), "{name}: {:?}", export.rows(FEES));
        assert_eq!(export.summary.waterfall.settlements_reversed, 2, "{name}");
        assert_eq!(export.unpaired("setl"), (0, 0), "{name}");
        assert_eq!(export.unpaired("fee"), (0, 0), "{name}");
    }
}

#[test]
fn lines_of_a_reversing_settlement_are_refunds_even_when_positive() {
    let lines = [line("1", "", "V1", "S1", 10), line("2", "1", "V1", "R1", 4), line("3", "", "V1", "S1", 1)];
    let settlements =
        [setl("S1", "", "V1", ["110", "110", "55"], "0"), setl("R1", "S1", "V1", ["40", "40", "20"], "1")];
    let export = Export::new().bureau(&[stay("V1")], &settlements, &lines).import();
    assert_eq!(export.rows(VISITS), ["V1 1 7000 7000 3500"]);
    assert_eq!(export.rows(FEES), ["1 60000 6000 6000 3000", "3 10000 1000 1000 500"]);
}

#[test]
fn a_partial_reversal_leaves_the_rest() {
    let settlements =
        [setl("S1", "", "V1", ["100", "80", "40"], "0"), setl("R1", "S1", "V1", ["-30", "-20", "-10"], "1")];
    let lines = [line("1", "", "V1", "S1", 10), line("2", "1", "V1", "R1", -3)];
    let export = Export::new().bureau(&[stay("V1")], &settlements, &lines).import();
    assert_eq!(export.rows(VISITS), ["V1 1 7000 6000 3000"]);
    assert_eq!(export.rows(FEES), ["1 70000 7000 7000 3000"]);
    assert_eq!(export.unpaired("setl"), (0, 0));
}

#[test]
fn reversals_without_an_original_and_the_other_way_round_are_counted_and_accuse_nobody() {
    let settlements = [
        setl("R1", "S1", "V1", ["-100", "-80", "-40"], "1"),
        setl("S2", "", "V2", ["50", "50", "25"], "1"),
        setl("R3", "", "V3", ["-70", "-70", "-35"], "1"),
    ];
    let lines = [line("1", "", "V1", "S1", 10), line("2", "", "V2", "S2", 5)];
    let export = Export::new().bureau(&[stay("V1"), stay("V2"), stay("V3")], &settlements, &lines).import();
    assert!(export.rows(VISITS).is_empty());
    assert!(export.rows(FEES).is_empty());
    assert_eq!(export.unpaired("setl"), (3, 22_000));
}

/// The reversal takes back the first settlement, whether or not it says so; the visit is then settled again.
#[test]
fn a_visit_settled_again_keeps_the_second_settlement() {
    for (pointer, line_pointers) in [("S1", ["1", "2"]), ("", ["1", "2"]), ("S1", ["", ""]), ("", ["", ""])] {
        let at = |row: String, time: &str| replaced(&row, 7, time);
        let settlements = [
            at(setl("S1", "", "V1", ["50", "50", "10"], "0"), "2024-03-05 09:00:00"),
            at(setl("R1", pointer, "V1", ["-50", "-50", "-10"], "1"), "2024-03-05 10:00:00"),
            at(setl("S2", "", "V1", ["50", "50", "25"], "0"), "2024-03-05 11:00:00"),
        ];
        let lines = [
            priced("1", "", "V1", "S1", 3, "001"),
            priced("2", "", "V1", "S1", 2, "002"),
            priced("3", line_pointers[0], "V1", "R1", -3, "001"),
            priced("4", line_pointers[1], "V1", "R1", -2, "002"),
            priced("5", "", "V1", "S2", 3, "001"),
            priced("6", "", "V1", "S2", 2, "002"),
        ];
        let export = Export::new().bureau(&[stay("V1")], &settlements, &lines).import();
        let name = format!("pointers {pointer:?} {line_pointers:?}");
        assert_eq!(export.rows(VISITS), ["V1 1 5000 5000 2500"], "{name}");
        assert_eq!(export.rows(SETTLEMENTS), ["S2 5000 5000 2500"], "{name}");
        assert_eq!(export.rows(FEES), ["5 30000 3000 3000 1500", "6 20000 2000 2000 1000"], "{name}");
        assert_eq!((export.unpaired("setl"), export.unpaired("fee")), ((0, 0), (0, 0)), "{name}");
    }
}

/// Some platforms name the settlement that a new one replaces, which makes the new one no reversal.
#[test]
fn a_settlement_that_names_the_one_it_replaces_is_no_reversal() {
    let settlements = [
        setl("S1", "", "V1", ["100", "80", "40"], "0"),
        setl("R1", "S1", "V1", ["-100", "-80", "-40"], "1"),
        setl("S2", "S1", "V1", ["90", "60", "30"], "0"),
    ];
    let lines = [line("1", "", "V1", "S1", 10), line("2", "1", "V1", "R1", -10), line("3", "", "V1", "S2", 9)];
    let export = Export::new().bureau(&[stay("V1")], &settlements, &lines).import();
    assert_eq!(export.rows(VISITS), ["V1 1 9000 6000 3000"]);
    assert_eq!(export.rows(SETTLEMENTS), ["S2 9000 6000 3000"]);
    assert_eq!(export.rows(FEES), ["3 90000 9000 9000 3000"]);
}

#[test]
fn refunds_are_taken_off_the_lines_they_name() {
    let lines = [
        line("1", "", "V1", "", 10),
        line("2", "1", "V1", "", -10),
        line("3", "", "V1", "", 10),
        line("4", "3", "V1", "", -4),
        line("5", "3", "V1", "", -1),
        line("6", "", "V1", "", 2),
        line("7", "6", "V1", "", -3),
        line("8", "99", "V1", "", -7),
    ];
    let export = Export::new().bureau(&[stay("V1")], &[], &lines).import();
    assert_eq!(export.rows(FEES), ["3 50000 5000 5000 0"]);
    // One line taken back more often than billed (10 yuan), one refund of a line that is not there (70 yuan).
    assert_eq!(export.unpaired("fee"), (2, 8_000));
    assert_eq!(export.summary.waterfall.fee_refunds, 5);
    assert_eq!(export.summary.waterfall.fee_lines_reversed, 2);
}

#[test]
fn refunds_that_name_nothing_are_spread_over_the_lines_of_the_item() {
    let lines = [
        line("1", "", "V1", "", 3),
        line("2", "", "V1", "", 4),
        line("3", "", "V1", "", -5),
        priced("4", "", "V1", "", 2, "002"),
        priced("5", "", "V1", "", -6, "002"),
        priced("6", "", "V2", "", 8, "002"),
    ];
    let export = Export::new().bureau(&[stay("V1"), stay("V2")], &[], &lines).import();
    let left = export.rows("SELECT SUM(cnt_e4) AS cnt, SUM(gross_fen) AS gross FROM fee WHERE bkkp_sn <> '6'");
    assert_eq!(left, ["20000 2000"], "7 billed, 5 taken back");
    assert_eq!(export.rows("SELECT cnt_e4, gross_fen FROM fee WHERE bkkp_sn = '6'"), ["80000 8000"]);
    assert_eq!(export.unpaired("fee"), (1, 4_000), "2 billed, 6 taken back");
}

#[test]
fn void_rows_are_no_rows() {
    let lines = [line("1", "", "V1", "", 3), replaced(&line("2", "", "V1", "", 4), 13, "0")];
    let void = replaced(&setl("S2", "", "V1", ["500", "500", "500"], "0"), 13, "0");
    let export = Export::new()
        .bureau(
            &[stay("V1"), replaced(&stay("V2"), 10, "0")],
            &[setl("S1", "", "V1", ["30", "30", "3"], "0"), void],
            &lines,
        )
        .import();
    assert_eq!(export.rows(VISITS), ["V1 1 3000 3000 300"]);
    assert_eq!(export.rows(FEES).len(), 1);
    let void: Vec<_> = export.summary.waterfall.void.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
    assert_eq!(void, ["fee 1", "mdtrt 1", "setl 1"]);
}

/// A line that says nothing about quantity is still money, and a line of no money is still a quantity.
#[test]
fn lines_without_quantity_or_price_stay() {
    let lines = [
        replaced(&line("1", "", "V1", "", 3), 7, ""),
        replaced(&replaced(&line("2", "", "V1", "", 3), 9, "0"), 10, "0"),
        replaced(&line("3", "", "V1", "", 3), 7, "0"),
        replaced(&replaced(&line("4", "", "V1", "", 3), 9, "0"), 7, "0"),
        line("5", "", "V1", "", 2),
        replaced(&line("6", "5", "V1", "", -2), 7, ""),
    ];
    let export = Export::new().bureau(&[stay("V1")], &[], &lines).import();
    assert_eq!(
        export.rows("SELECT bkkp_sn, cnt_e4, gross_fen FROM fee ORDER BY bkkp_sn"),
        ["1 0 3000", "2 30000 0", "3 0 3000"],
        "a line of neither and a line whose money was all refunded are gone"
    );
}

/// A small generator of numbers, so that amounts are awkward and every run is the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn yuan(fen: i128) -> String {
    format!("{}{}.{:02}", if fen < 0 { "-" } else { "" }, fen.abs() / 100, fen.abs() % 100)
}

#[test]
fn shares_of_the_fund_add_up_to_the_fen() {
    let mut numbers = Numbers(7);
    let (mut visits, mut settlements, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let mut expected = Vec::new();
    for visit in 0..40u64 {
        let (id, settlement) = (format!("V{visit:02}"), format!("S{visit:02}"));
        let (mut gross, mut scope) = (0i128, 0i128);
        for number in 1..=1 + numbers.below(60) {
            let amount = i128::from(1 + numbers.below(1_000_000));
            let own = if numbers.below(4) == 0 { 0 } else { i128::from(numbers.below(u64::try_from(amount).unwrap())) };
            gross += amount;
            scope += own;
            // Every third visit's lines name no settlement at all.
            let named = if visit % 3 == 0 { "" } else { &settlement };
            lines.push(format!(
                "{number},,{id},{named},P1,H34150100001,2024-03-02,1,{0},{0},{1},001,D1,1",
                yuan(amount),
                yuan(own)
            ));
        }
        let fund = i128::from(numbers.below(u64::try_from(scope + 1).unwrap()));
        visits.push(stay(&id));
        settlements.push(setl(&settlement, "", &id, [&yuan(gross), &yuan(scope), &yuan(fund)], "0"));
        expected.push(format!("{id} {gross} {scope} {}", if scope == 0 { 0 } else { fund }));
    }
    let export = Export::new().bureau(&visits, &settlements, &lines).import();
    let sums = export.rows(
        "SELECT v.mdtrt_id, SUM(f.gross_fen) AS gross_fen, SUM(f.inscp_fen) AS inscp_fen, SUM(f.fund_fen) AS fund_fen
         FROM fee AS f JOIN visit AS v ON f.visit_key = v.visit_key GROUP BY v.mdtrt_id ORDER BY v.mdtrt_id",
    );
    assert_eq!(sums, expected);
    // No share is more than the line's own scope amount, none is negative.
    assert!(export.rows("SELECT bkkp_sn FROM fee WHERE fund_fen < 0 OR fund_fen > inscp_fen + 1").is_empty());
}

#[test]
fn an_unsettled_line_of_a_settled_visit_has_no_share() {
    let lines = [line("1", "", "V1", "S1", 10), line("2", "", "V1", "", 10)];
    let export =
        Export::new().bureau(&[stay("V1")], &[setl("S1", "", "V1", ["100", "100", "60"], "0")], &lines).import();
    assert_eq!(export.rows(FEES), ["1 100000 10000 10000 6000", "2 100000 10000 10000 0"]);
}

#[test]
fn a_settlement_with_nothing_in_scope_shares_out_nothing() {
    let lines = [replaced(&line("1", "", "V1", "S1", 10), 10, "0"), replaced(&line("2", "", "V2", "S2", 10), 10, "")];
    let settlements = [setl("S1", "", "V1", ["100", "0", "0"], "0"), setl("S2", "", "V2", ["0", "0", "0"], "0")];
    let export = Export::new().bureau(&[stay("V1"), stay("V2")], &settlements, &lines).import();
    assert_eq!(export.rows(FEES), ["1 100000 10000 0 0", "2 100000 10000 0 0"]);
}

#[test]
fn scope_amounts_missing_on_all_lines_are_shared_out_by_gross() {
    let lines = [1, 2, 4].map(|number| replaced(&line(&number.to_string(), "", "V1", "S1", number), 10, ""));
    let export = Export::new().bureau(&[stay("V1")], &[setl("S1", "", "V1", ["70", "50", "20"], "0")], &lines).import();
    assert_eq!(
        export.rows("SELECT SUM(gross_fen) AS g, SUM(inscp_fen) AS i, SUM(fund_fen) AS f FROM fee"),
        ["7000 5000 2000"]
    );
}

#[test]
fn joining_settlements_to_lines_multiplies_nothing() {
    let settlements = [setl("S1", "", "V1", ["30", "30", "3"], "0"), setl("S2", "", "V1", ["30", "20", "10"], "0")];
    let lines = [line("1", "", "V1", "S1", 3), line("2", "", "V1", "S2", 2), line("3", "", "V1", "S2", 1)];
    let export = Export::new().bureau(&[stay("V1")], &settlements, &lines).import();
    assert_eq!(export.rows(VISITS), ["V1 2 6000 5000 1300"]);
    assert_eq!(export.rows("SELECT SUM(gross_fen) AS g FROM fee"), ["6000"]);
    assert_eq!(export.rows("SELECT SUM(fund_fen) AS f FROM fee WHERE bkkp_sn = '1'"), ["300"]);
}

#[test]
fn a_visit_without_master_row_is_made_of_its_settlements() {
    let export = Export::new()
        .bureau(&[], &[setl("S1", "", "V1", ["30", "30", "3"], "0")], &[line("1", "", "V1", "S1", 3)])
        .import();
    assert_eq!(
        export.rows("SELECT mdtrt_id, adm_day, dscg_day, settlements, gross_fen, source_line FROM visit"),
        ["V1 19783 19787 1 3000 2"]
    );
    assert_eq!(export.rows("SELECT COUNT(*) AS n FROM fee JOIN visit ON fee.visit_key = visit.visit_key"), ["1"]);
}

#[test]
fn a_begin_that_is_only_a_clock_time_gives_way_to_the_settlement() {
    let visit = replaced(&replaced(&stay("V1"), 6, "08:30:00"), 7, "10:00:00");
    let export = Export::new().bureau(&[visit], &[setl("S1", "", "V1", ["30", "30", "3"], "0")], &[]).import();
    assert_eq!(export.rows("SELECT adm_day, dscg_day, adm_min FROM visit"), ["19783 19787 -"]);
    assert_eq!(export.reasons(), ["2 begntime time-only", "2 endtime time-only"]);
}

#[test]
fn what_cannot_be_placed_is_counted() {
    let undated = replaced(&replaced(&stay("V2"), 6, ""), 7, "");
    let lines = [replaced(&line("1", "", "V1", "", 1), 6, ""), line("2", "", "V1", "", 1), line("3", "", "V9", "", 1)];
    let export = Export::new().bureau(&[stay("V1"), undated], &[], &lines).import();
    let waterfall = &export.summary.waterfall;
    assert_eq!(waterfall.fee_lines_undated, 1);
    assert_eq!(waterfall.visits_undated, 1);
    assert_eq!(waterfall.fee_lines_without_visit, 1);
    assert_eq!(export.rows(VISITS), ["V1 0 2000 2000 0"]);
}

#[test]
fn an_undated_line_of_a_one_day_visit_is_of_that_day() {
    let visit = replaced(&replaced(&stay("V1"), 7, "2024-03-01 09:00:00"), 8, "11");
    let export = Export::new().bureau(&[visit], &[], &[replaced(&line("1", "", "V1", "", 1), 6, "")]).import();
    assert_eq!(export.rows("SELECT fee_day, fee_min FROM fee"), ["19783 -"]);
}

#[test]
fn masked_persons_and_placeholder_doctors_are_nobody() {
    let visits = [
        replaced(&replaced(&stay("V1"), 1, "340103********1234"), 9, "无"),
        replaced(&replaced(&stay("V2"), 1, "-"), 9, "admin"),
        replaced(&stay("V3"), 9, "0"),
    ];
    let lines =
        [replaced(&replaced(&line("1", "", "V1", "", 1), 4, "3401******"), 12, "未知"), line("2", "", "V3", "", 1)];
    let export = Export::new().bureau(&visits, &[], &lines).import();
    let nobody = "SELECT mdtrt_id, CASE WHEN psn_key IS NULL THEN 0 ELSE 1 END AS psn, CASE WHEN dr_key IS NULL THEN 0 ELSE 1 END AS dr FROM visit ORDER BY mdtrt_id";
    assert_eq!(export.rows(nobody), ["V1 0 0", "V2 0 0", "V3 1 0"]);
    assert_eq!(export.rows("SELECT bkkp_sn FROM fee WHERE dr_key IS NULL AND psn_key IS NULL"), ["1"]);
    assert_eq!(export.rows("SELECT psn_no FROM person"), ["P1"]);
    assert_eq!(export.rows("SELECT dr_code FROM practitioner"), ["D1"]);
}

/// The number of a visit's person may be masked in one table and whole in another: the visit has one person, and so have its lines.
#[test]
fn a_visit_and_its_lines_have_the_same_person() {
    let lines = [line("1", "", "V1", "", 1), replaced(&line("2", "", "V2", "", 1), 4, "P9")];
    let visits = [replaced(&stay("V1"), 1, "3401********1234"), stay("V2")];
    for buckets in [1, 7] {
        let export = Export::new().bureau(&visits, &[], &lines).import_with(buckets, None);
        let persons = "SELECT v.mdtrt_id, p.psn_no FROM fee AS f JOIN visit AS v ON f.visit_key = v.visit_key AND f.psn_key = v.psn_key
                       JOIN person AS p ON v.psn_key = p.psn_key ORDER BY v.mdtrt_id";
        let named = "SELECT mdtrt_id FROM visit WHERE psn_key IS NOT NULL ORDER BY mdtrt_id";
        assert_eq!(export.rows(named), ["V1", "V2"], "{buckets} buckets");
        assert_eq!(export.rows(persons).last().map(String::as_str), Some("V2 P1"), "{buckets} buckets");
    }
}

#[test]
fn codes_are_those_of_the_dictionary_and_ages_those_of_the_day() {
    let visits = [
        replaced(&stay("V1"), 5, "2"),
        replaced(&replaced(&stay("V2"), 5, "02"), 3, "1980-03-02"),
        replaced(&replaced(&replaced(&stay("V3"), 3, "1850-01-01"), 2, "女"), 5, "三级甲等"),
    ];
    let export = Export::new().bureau(&visits, &[], &[]).import();
    assert_eq!(
        export.rows("SELECT mdtrt_id, age_years, gend FROM visit ORDER BY mdtrt_id"),
        ["V1 44 1", "V2 43 1", "V3 - 2"]
    );
    assert_eq!(export.rows("SELECT hosp_lv, level FROM institution"), ["02 3"]);
}

/// What a claim says of its person is kept, also against the register; what it leaves out is the register's, and no other claim's.
#[test]
fn sex_and_age_that_a_claim_leaves_out_are_the_registers() {
    let of = |id: &str, person: &str, sex: &str, birth: &str| {
        let row = replaced(&replaced(&stay(id), 1, person), 2, sex);
        replaced(&row, 3, birth)
    };
    let visits = [
        of("V1", "P1", "", ""),
        of("V2", "P1", "1", "1990-03-01"),
        of("V3", "P2", "", ""),
        of("V4", "P2", "1", "1990-03-01"),
    ];
    let register = ["P1,2,1980-03-01".to_owned()];
    for buckets in [1, 7] {
        let export = Export::new()
            .bureau(&visits, &[], &[])
            .with("psn_info_b.csv", "psn_no,gend,brdy", &register)
            .import_with(buckets, None);
        assert_eq!(
            export.rows("SELECT mdtrt_id, age_years, gend FROM visit ORDER BY mdtrt_id"),
            ["V1 44 2", "V2 34 1", "V3 - -", "V4 34 1"],
            "{buckets} buckets"
        );
    }
}

// Family B.

const ZY: &str = "HOSPITAL_ID,HOSPITAL_NAME,BRIDGE_ID,HISID,BILL_DATE,ZYH,PATIENT_ID,ID_CARD,DOCTOR_NAME,PATIENT_GENDER,CLAIM_TYPE,ADMISSION_DATE,DISCHARGE_DATE,DISCHARGE_STATUS,TOTAL_AMOUNT,BMI_PAY_AMOUNT,BMI_CONVERED_AMOUNT,MEDICAL_INSURANCE_FLAG,REFUND_FLAG_TYPE,REFUND_HISID";
const ZY_DETAIL: &str = "HOSPITAL_ID,HISID,PATIENT_ID,DOCTOR_NAME,P_CATEGORY,BILL_DATE,USAGE_DATE,ITEM_ID_HOSP,ITEM_NAME_HOSP,ITEM_ID,ITEM_NAME,UNIT_PRICE,NUM,COST,BMI_CONVERED_AMOUNT,REFUND_FLAG_TYPE,REFUND_HISID";

/// A bill of the stay ZY1 (1 to 5 March 2024): number, the bill it takes back, amounts (gross, in scope, fund), refund flag.
fn bill(id: &str, takes_back: &str, amounts: [&str; 3], flag: &str) -> String {
    let [gross, scope, fund] = amounts;
    format!(
        "H34150100001,甲医院,B1,{id},2024-03-05,ZY1,P1,,王医生,男,普通住院,2024-03-01,2024-03-05,1,{gross},{fund},{scope},0,{flag},{takes_back}"
    )
}

/// A line of a bill at 10 yuan a piece: bill, the bill it takes back, hospital's item, quantity.
fn billed(bill: &str, takes_back: &str, item: &str, quantity: i64) -> String {
    let (amount, flag) = (quantity * 10, i32::from(quantity < 0));
    format!(
        "H34150100001,{bill},P1,王医生,05,2024-03-05,2024-03-02 09:00:00,{item},院内{item},00{item},项目{item},10,{quantity},{amount},{amount},{flag},{takes_back}"
    )
}

#[test]
fn interim_bills_of_a_stay_are_one_visit() {
    let bills = [bill("B1", "", ["30", "20", "10"], "0"), bill("B2", "", ["50", "40", "8"], "0")];
    let lines = [billed("B1", "", "A", 3), billed("B2", "", "A", 5)];
    let export =
        Export::new().with("SETTLE_ZY.csv", ZY, &bills).with("SETTLE_ZY_DETAIL.csv", ZY_DETAIL, &lines).import();
    assert_eq!(export.rows(VISITS), ["B1 2 8000 6000 1800"]);
    assert_eq!(export.rows(SETTLEMENTS), ["B1 3000 2000 1000", "B2 5000 4000 800"]);
    assert_eq!(
        export.rows("SELECT f.gross_fen, f.fund_fen, v.mdtrt_id FROM fee AS f JOIN visit AS v ON f.visit_key = v.visit_key ORDER BY f.gross_fen"),
        ["3000 1000 B1", "5000 800 B1"]
    );
}

#[test]
fn a_refund_bill_takes_its_original_back() {
    let bills = [
        bill("B1", "", ["30", "20", "10"], "0"),
        bill("R1", "B1", ["-30", "-20", "-10"], "1"),
        bill("B2", "", ["50", "40", "8"], "0"),
        bill("R2", "B2", ["-20", "-16", "-4"], "1"),
    ];
    let lines =
        [billed("B1", "", "A", 3), billed("R1", "B1", "A", -3), billed("B2", "", "A", 5), billed("R2", "B2", "A", -2)];
    let export =
        Export::new().with("SETTLE_ZY.csv", ZY, &bills).with("SETTLE_ZY_DETAIL.csv", ZY_DETAIL, &lines).import();
    assert_eq!(
        export.rows("SELECT mdtrt_id, settlements, care_setting, insured, gross_fen, inscp_fen, fund_fen FROM visit"),
        ["B2 1 inpatient 1 3000 2400 400"]
    );
    assert_eq!(export.rows(SETTLEMENTS), ["B2 3000 2400 400"]);
    assert_eq!(export.rows("SELECT cnt_e4, gross_fen FROM fee"), ["30000 3000"]);
    assert!(export.reasons().is_empty(), "a refund contradicts nothing: {:?}", export.reasons());
    assert_eq!((export.unpaired("setl"), export.unpaired("fee")), ((0, 0), (0, 0)));
}

/// Some hospitals mark the refunded bill as well, and write the refund with positive amounts.
#[test]
fn a_part_of_a_bill_taken_back_with_the_flag_on_both() {
    let bills = [bill("B1", "", ["30", "20", "10"], "1"), bill("R1", "B1", ["10", "8", "4"], "1")];
    let lines = [billed("B1", "", "A", 3), replaced(&billed("R1", "B1", "A", 1), 15, "1")];
    let export =
        Export::new().with("SETTLE_ZY.csv", ZY, &bills).with("SETTLE_ZY_DETAIL.csv", ZY_DETAIL, &lines).import();
    assert_eq!(
        export.rows("SELECT mdtrt_id, care_setting, gross_fen, inscp_fen, fund_fen FROM visit"),
        ["B1 inpatient 2000 1200 600"]
    );
    assert_eq!(export.rows("SELECT cnt_e4, gross_fen FROM fee"), ["20000 2000"]);
}

/// Lines of hospitals have no number: the bill's total tells a repeated extract from an item billed twice.
#[test]
fn equal_lines_are_kept_as_often_as_the_bill_says() {
    let bills = [bill("B1", "", ["80", "80", "8"], "0"), replaced(&bill("B2", "", ["50", "50", "5"], "0"), 5, "ZY2")];
    let twins =
        [billed("B1", "", "A", 3), billed("B1", "", "A", 3), billed("B1", "", "B", 2), billed("B2", "", "A", 5)];
    let export =
        Export::new().with("SETTLE_ZY.csv", ZY, &bills).with("SETTLE_ZY_DETAIL.csv", ZY_DETAIL, &twins).import();
    let sums =
        "SELECT v.mdtrt_id, COUNT(*) AS n, COUNT(DISTINCT f.fee_key) AS k, SUM(f.gross_fen) AS g, SUM(f.fund_fen) AS s
                FROM fee AS f JOIN visit AS v ON f.visit_key = v.visit_key GROUP BY v.mdtrt_id ORDER BY v.mdtrt_id";
    assert_eq!(export.rows(sums), ["B1 3 3 8000 800", "B2 1 1 5000 500"]);

    // The same lines once more, in a file of other bytes: an extract taken twice.
    let mut again = twins.to_vec();
    again.reverse();
    let export = Export::new()
        .with("SETTLE_ZY.csv", ZY, &bills)
        .with("SETTLE_ZY_DETAIL_1.csv", ZY_DETAIL, &twins)
        .with("SETTLE_ZY_DETAIL_2.csv", ZY_DETAIL, &again)
        .import();
    assert_eq!(export.rows(sums), ["B1 3 3 8000 800", "B2 1 1 5000 500"]);
    let counted: Vec<_> =
        export.summary.inputs.iter().map(|file| (file.rows_in, file.rows_stored + file.rows_repeated)).collect();
    assert_eq!(counted, [(2, 2), (4, 4), (4, 4)]);
    assert_eq!(export.summary.inputs.iter().map(|file| file.rows_repeated).sum::<u64>(), 4);
}

const ZY_DIAGNOSIS: &str = "HOSPITAL_ID,HISID,ZYH,PATIENT_ID,ADMISSION_DISEASE_ID,ADMISSION_DISEASE_NAME,DISCHARGE_DISEASE_ID_MAIN,DISCHARGE_DISEASE_NAME_MAIN,DISCHARGE_DISEASE_ID_OTHER1,DISCHARGE_DISEASE_NAME_OTHER1,DISCHARGE_DISEASE_ID_OTHER2,DISCHARGE_DISEASE_NAME_OTHER2";
const ZY_OPERATION: &str = "HOSPITAL_ID,HISID,ZYH,PATIENT_ID,ICD9_CODE_MAIN,ICD9_NAME_MAIN,ICD9_CODE_OTHER,ICD9_NAME_OTHER,OPRN_OPRT_DATE,ANST_WAY,OPER_BEGIN_TIME,OPER_DR_NAME";

#[test]
fn diagnoses_and_operations_in_columns_become_rows_of_the_stay() {
    let bills = [bill("B1", "", ["30", "20", "10"], "0"), bill("B2", "", ["50", "40", "8"], "0")];
    let diagnoses = ["B1", "B2"]
        .map(|bill| format!("H34150100001,{bill},ZY1,P1,I10,高血压,K35.9,急性阑尾炎,E11.9,糖尿病,J18.9,肺炎"));
    let operations = ["B1", "B2"].map(|bill| {
        format!("H34150100001,{bill},ZY1,P1,47.0100,腹腔镜下阑尾切除术,54.2100|54.5100,腹腔镜检查|肠粘连松解术,2024-03-02,1,2024-03-02 10:00:00,王医生")
    });
    for buckets in [1, 7] {
        let export = Export::new()
            .with("SETTLE_ZY.csv", ZY, &bills)
            .with("SETTLE_ZY_DIAGNOSIS.csv", ZY_DIAGNOSIS, &diagnoses)
            .with("MDCS_FUND_SETL_LIST_OPRN_D.csv", ZY_OPERATION, &operations)
            .import_with(buckets, None);
        assert_eq!(
            export.rows("SELECT dx_kind, seq, dx_code, dx3, dx_name, is_main FROM diagnosis ORDER BY dx_kind, seq"),
            [
                "admission 1 I10 I10 高血压 0",
                "discharge 1 K35.9 K35 急性阑尾炎 1",
                "discharge 2 E11.9 E11 糖尿病 0",
                "discharge 3 J18.9 J18 肺炎 0",
            ],
            "{buckets} buckets: both bills of the stay name the same diagnoses"
        );
        assert_eq!(
            export.rows("SELECT oprn_code, oprn_name, is_main, oprn_day FROM operation ORDER BY oprn_code"),
            ["47.0100 腹腔镜下阑尾切除术 1 19784", "54.2100 腹腔镜检查 0 19784", "54.5100 肠粘连松解术 0 19784"],
            "{buckets} buckets"
        );
        assert_eq!(export.rows("SELECT main_dx, main_dx3, main_dx_name FROM visit"), ["K35.9 K35 急性阑尾炎"]);
    }
}

#[test]
fn self_paid_patients_are_marked() {
    let bills = [
        bill("B1", "", ["30", "20", "10"], "0"),
        replaced(&replaced(&bill("B2", "", ["50", "0", "0"], "0"), 5, "ZY2"), 17, "1"),
    ];
    let lines = [billed("B1", "", "A", 3), billed("B2", "", "A", 5)];
    let export =
        Export::new().with("SETTLE_ZY.csv", ZY, &bills).with("SETTLE_ZY_DETAIL.csv", ZY_DETAIL, &lines).import();
    assert_eq!(export.rows("SELECT mdtrt_id, insured FROM visit ORDER BY mdtrt_id"), ["B1 1", "B2 0"]);
    assert_eq!(export.rows("SELECT gross_fen, insured FROM fee ORDER BY gross_fen"), ["3000 1", "5000 0"]);
}

// Both families.

/// Exports with every trouble at once, over persons enough to fill seven buckets.
fn troubled(seed: u64) -> [(&'static str, &'static str, Vec<String>); 5] {
    let mut numbers = Numbers(seed);
    let (mut visits, mut settlements, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    let (mut bills, mut details) = (Vec::new(), Vec::new());
    for number in 0..60u64 {
        let (visit, person) = (format!("V{number}"), format!("P{}", numbers.below(25)));
        let person = if number % 11 == 0 { "3401****".to_owned() } else { person };
        let settlement = format!("S{number}");
        let mut total = 0;
        let first = lines.len();
        for line_no in 1..=1 + numbers.below(6) {
            let quantity = 1 + i64::try_from(numbers.below(9)).unwrap();
            total += quantity * 10;
            let id = line_no.to_string();
            let named = if number % 4 == 0 { "" } else { settlement.as_str() };
            let item = format!("00{}", numbers.below(4));
            lines.push(replaced(&priced(&id, "", &visit, named, quantity, &item), 4, &person));
            if numbers.below(5) == 0 {
                let pointer = if numbers.below(2) == 0 { id.clone() } else { String::new() };
                total -= 10;
                lines.push(replaced(&priced(&format!("{id}R"), &pointer, &visit, named, -1, &item), 4, &person));
            }
        }
        if numbers.below(6) == 0 {
            lines.push(lines[first].clone());
        }
        if numbers.below(9) != 0 {
            visits.push(replaced(&stay(&visit), 1, &person));
        }
        let total_text = total.to_string();
        let fund = (total / 2).to_string();
        settlements.push(replaced(&setl(&settlement, "", &visit, [&total_text, &total_text, &fund], "0"), 3, &person));
        if numbers.below(7) == 0 {
            let back = [format!("-{total_text}"), format!("-{total_text}"), format!("-{fund}")];
            let row = setl(&format!("R{number}"), &settlement, &visit, [&back[0], &back[1], &back[2]], "1");
            settlements.push(replaced(&row, 3, &person));
        }
        let stay_no = format!("ZY{}", number / 2);
        let quantity = 1 + i64::try_from(numbers.below(9)).unwrap();
        let amount = (quantity * 20).to_string();
        let row = bill(&format!("B{number}"), "", [&amount, &amount, "5"], "0");
        bills.push(replaced(&replaced(&row, 5, &stay_no), 6, &format!("P{}", number / 2 % 20)));
        for _ in 0..2 {
            details.push(replaced(
                &billed(&format!("B{number}"), "", "A", quantity),
                2,
                &format!("P{}", number / 2 % 20),
            ));
        }
    }
    [
        ("mdtrt_d.csv", MDTRT, visits),
        ("setl_d.csv", SETL, settlements),
        ("fee_list_d.csv", FEE, lines),
        ("SETTLE_ZY.csv", ZY, bills),
        ("SETTLE_ZY_DETAIL.csv", ZY_DETAIL, details),
    ]
}

fn exported(tables: &[(&str, &str, Vec<String>)]) -> Export {
    tables.iter().fold(Export::new(), |export, (file, header, rows)| export.with(file, header, rows))
}

#[test]
fn many_buckets_hold_the_same_as_one() {
    for seed in [1, 2] {
        let tables = troubled(seed);
        let one = exported(&tables).import_with(1, None);
        let seven = exported(&tables).import_with(7, None);
        let (expected, found) = (contents(&one.store), contents(&seven.store));
        assert_eq!(expected.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
        for (table, rows) in &expected {
            assert_eq!(rows, &found[table], "{table}, seed {seed}");
        }
        assert!(expected["fee"].len() > 100 && expected["visit"].len() > 60, "{:?}", one.store.index.rows);
        assert_eq!(one.summary.waterfall, seven.summary.waterfall);
        assert_eq!(one.summary.checks, seven.summary.checks);
        assert_eq!(
            one.summary.inputs,
            seven
                .summary
                .inputs
                .iter()
                .map(|file| {
                    let original = one.summary.inputs.iter().find(|other| other.sha256 == file.sha256).unwrap();
                    feijian::import::summary::InputFile { name: original.name.clone(), ..file.clone() }
                })
                .collect::<Vec<_>>()
        );
    }
}

/// Neither the order of rows nor the way they are split into files matters, and files may come one after the other.
#[test]
fn rows_in_another_order_or_in_later_files_give_the_same() {
    let tables = troubled(3);
    let whole = exported(&tables).import();
    let expected = contents(&whole.store);

    let shuffled: Vec<_> = tables
        .iter()
        .map(|(file, header, rows)| (*file, *header, rows.iter().rev().cloned().collect::<Vec<_>>()))
        .collect();
    assert_eq!(contents(&exported(&shuffled).import().store), expected, "rows reversed");

    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let mut last = None;
    for part in 0..3 {
        let export = folder.path().join(format!("part{part}"));
        fs::create_dir_all(&export).unwrap();
        for (file, header, rows) in &tables {
            let rows: Vec<_> = rows.iter().skip(part).step_by(3).cloned().collect();
            fs::write(export.join(file), csv(header, &rows)).unwrap();
        }
        last = Some(import_into(&store, 3, vec![export], None));
    }
    let (store, summary) = last.unwrap();
    assert_eq!(contents(&store), expected, "three deliveries");
    assert_eq!(summary.waterfall, whole.summary.waterfall);
}

#[test]
fn packed_files_are_read_as_they_are() {
    let tables = troubled(4);
    let expected = contents(&exported(&tables).import().store);
    let folder = tempfile::tempdir().unwrap();
    let export = folder.path().join("export");
    fs::create_dir_all(&export).unwrap();
    let mut archive = ::zip::ZipWriter::new(File::create(export.join("医院端.zip")).unwrap());
    for (file, header, rows) in &tables {
        let text = csv(header, rows);
        if file.starts_with("SETTLE") {
            archive.start_file(*file, ::zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        } else {
            let packed = File::create(export.join(format!("{file}.gz"))).unwrap();
            let mut encoder = flate2::write::GzEncoder::new(packed, flate2::Compression::default());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap();
        }
    }
    archive.finish().unwrap();
    let (store, summary) = import_into(&folder.path().join("store"), 1, vec![export], None);
    assert_eq!(summary.inputs.len(), tables.len());
    assert_eq!(contents(&store), expected);
}

/// Without refunds and repeats nothing may be lost or gained: the store holds what the files add up to.
#[test]
fn money_is_exact() {
    let mut numbers = Numbers(11);
    let (mut visits, mut settlements, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for visit in 0..50 {
        let id = format!("V{visit}");
        visits.push(stay(&id));
        let mut amounts = [0i128; 3];
        for number in 1..=1 + numbers.below(20) {
            let gross = i128::from(numbers.below(90_000_000_000));
            let scope = gross / 2;
            amounts[0] += gross;
            amounts[1] += scope;
            let price = yuan(gross);
            lines.push(format!(
                "{number},,{id},S{visit},P1,H34150100001,2024-03-02,1,{price},{price},{},001,D1,1",
                yuan(scope)
            ));
        }
        amounts[2] = amounts[1] * 7 / 10;
        settlements.push(setl(
            &format!("S{visit}"),
            "",
            &id,
            [&yuan(amounts[0]), &yuan(amounts[1]), &yuan(amounts[2])],
            "0",
        ));
    }
    // Added up from the text of the files, with a reader of decimals of the test's own.
    let fen = |rows: &[String], at: usize| -> i128 {
        let decimal = |row: &String| row.split(',').nth(at).unwrap().replace('.', "").parse::<i128>().unwrap();
        rows.iter().map(decimal).sum()
    };
    let expected = format!("{} {} {}", fen(&settlements, 9), fen(&settlements, 10), fen(&settlements, 11));
    assert_eq!(fen(&lines, 9), fen(&settlements, 9));
    let export = Export::new().bureau(&visits, &settlements, &lines).import();
    for table in ["visit", "settlement", "fee"] {
        let sums = format!("SELECT SUM(gross_fen) AS g, SUM(inscp_fen) AS i, SUM(fund_fen) AS f FROM {table}");
        assert_eq!(export.rows(&sums), [expected.as_str()], "{table}");
    }
}

// Acceptance checks.

fn results(export: &Imported, ids: &[&str]) -> Vec<CheckResult> {
    ids.iter().map(|id| export.check(id).result).collect()
}

const BUREAU_CHECKS: [&str; 6] = [
    "bureau/master-detail-total/setl_d",
    "bureau/unmatched-bills/setl_d",
    "bureau/duplicate-bills/setl_d",
    "bureau/negative-amounts/setl_d",
    "bureau/settled-in-period/setl_d",
    "bureau/every-month/setl_d",
];

#[test]
fn acceptance_checks_pass_good_exports_and_fail_bad_ones() {
    use CheckResult::{Failed, NotApplicable, Passed};
    let march = Some((19_783, 19_813));
    let settlements = [setl("S1", "", "V1", ["1000", "1000", "60"], "0")];
    let lines = [line("1", "", "V1", "S1", 100)];
    let good = Export::new().bureau(&[stay("V1")], &settlements, &lines).import_with(1, march);
    assert_eq!(results(&good, &BUREAU_CHECKS), [Passed; 6]);

    // Just within 0.5 %: 1000 against 995.
    let near = [replaced(&replaced(&lines[0], 9, "995"), 10, "995")];
    let near = Export::new().bureau(&[stay("V1")], &settlements, &near).import_with(1, march);
    assert_eq!(results(&near, &BUREAU_CHECKS[..1]), [Passed]);

    let settlements = [
        settlements[0].clone(),
        // Settled in May, has no lines, and negative without a word why; then once more.
        replaced(&setl("S2", "", "V1", ["-5", "0", "0"], "0"), 7, "2024-05-05"),
        replaced(&setl("S3", "", "V1", ["7", "0", "0"], "0"), 7, "2024-05-05"),
        replaced(&setl("S3", "", "V1", ["7", "0", "0"], "0"), 7, "2024-05-05"),
    ];
    let to_may = Some((19_783, 19_843));
    let bad =
        Export::new().bureau(&[stay("V1")], &settlements, &[replaced(&lines[0], 9, "990")]).import_with(1, to_may);
    assert_eq!(results(&bad, &BUREAU_CHECKS), [Failed; 6]);
    assert_eq!(bad.check(BUREAU_CHECKS[5]).detail.en, "missing 2024-04");

    // A settlement that was taken back whole needs no lines, one that was taken back in part does.
    let taken_back = |amounts: [&str; 3]| {
        let settlements = [setl("S2", "", "V2", ["7", "0", "0"], "0"), setl("R2", "S2", "V2", amounts, "1")];
        let settlements = [&[setl("S1", "", "V1", ["1000", "1000", "60"], "0")], settlements.as_slice()].concat();
        let export = Export::new().bureau(&[stay("V1"), stay("V2")], &settlements, &lines).import();
        export.check(BUREAU_CHECKS[1]).result
    };
    assert_eq!((taken_back(["-7", "0", "0"]), taken_back(["-6", "0", "0"])), (Passed, Failed));

    let alone = Export::new().bureau(&[stay("V1")], &[], &lines).import();
    assert_eq!(results(&alone, &BUREAU_CHECKS), [NotApplicable; 6]);
}

#[test]
fn required_columns_are_checked_on_the_hospital_side() {
    let bills = [bill("B1", "", ["30", "20", "10"], "0")];
    let export = Export::new().with("SETTLE_ZY.csv", ZY, &bills).import();
    let check = export.check("hospital/required-filled");
    assert_eq!(check.result, CheckResult::Failed);
    assert!(check.detail.en.contains("SETTLE_ZY.ID_CARD 100.00 %"), "{}", check.detail.en);
    assert!(!check.detail.en.contains("SETTLE_ZY.ZYH"), "{}", check.detail.en);
    let bureau = Export::new().bureau(&[stay("V1")], &[], &[]).import();
    assert_eq!(bureau.check("bureau/required-filled").result, CheckResult::Passed);
    assert_eq!(bureau.check("hospital/required-filled").result, CheckResult::NotApplicable);
}
