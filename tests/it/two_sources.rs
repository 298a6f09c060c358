//! One visit, delivered twice: the bureau's tables beside a hospital's own files of the same care.
//!
//! Each test writes the few rows it is about, imports them and reads the store with SQL. Whatever is recognised, no money counts twice.

#![expect(clippy::too_many_arguments, reason = "each argument is a cell of a row")]

use std::fs;
use std::path::Path;

use feijian::casestore::store::Store;
use tempfile::TempDir;

use crate::support::{Row, done, ended, feijian, rows};

const MDTRT: &str = "mdtrt_id,psn_no,certno,fixmedins_code,fixmedins_name,begntime,endtime,med_type,ipt_otp_no,dscg_maindiag_code,otp_diag_info,dise_no,dise_name,emp_name,mdtrt_cert_type,insutype";
const SETL: &str = "setl_id,init_setl_id,mdtrt_id,psn_no,certno,fixmedins_code,begndate,enddate,setl_time,med_type,medfee_sumamt,inscp_amt,hifp_pay,fund_pay_sumamt,refd_setl_flag,mid_setl_flag,insutype";
const FEE: &str = "bkkp_sn,mdtrt_id,setl_id,psn_no,fixmedins_code,fee_ocur_time,cnt,pric,det_item_fee_sumamt,inscp_amt,med_list_codg,hilist_code,hilist_name,medins_list_codg,medins_list_name,bilg_dr_code,list_type";
const ZY: &str = "HOSPITAL_ID,HOSPITAL_NAME,BRIDGE_ID,HISID,BILL_DATE,ZYH,PATIENT_ID,ID_CARD,DOCTOR_NAME,PATIENT_GENDER,CLAIM_TYPE,IF_LOCAL_FLAG,ADMISSION_DATE,DISCHARGE_DATE,TOTAL_AMOUNT,BMI_PAY_AMOUNT,BMI_CONVERED_AMOUNT,MEDICAL_INSURANCE_FLAG,REFUND_FLAG_TYPE,REFUND_HISID";
const MZ: &str = "HOSPITAL_ID,HOSPITAL_NAME,HISID,BILL_DATE,MZH,PATIENT_ID,ID_CARD,DOCTOR_NAME,PATIENT_GENDER,CLAIM_TYPE,IF_LOCAL_FLAG,ADMISSION_DATE,OUTPATIENT_DISEASE_ID,ADMISSION_DISEASE_NAME,TOTAL_AMOUNT,BMI_PAY_AMOUNT,BMI_CONVERED_AMOUNT,MEDICAL_INSURANCE_FLAG,REFUND_FLAG_TYPE,REFUND_HISID";
const MZ_LINES: &str = "HOSPITAL_ID,HOSPITAL_NAME,HISID,PATIENT_ID,USAGE_DATE,DOCTOR_ID,DOCTOR_NAME,DISCHARGE_DEPT_ID,DISCHARGE_DEPT_NAME,P_CATEGORY,ITEM_ID_HOSP,ITEM_NAME_HOSP,ITEM_ID,ITEM_NAME,UNIT_PRICE,NUM,COST,BMI_CONVERED_AMOUNT,REFUND_FLAG_TYPE";
const EXAM: &str = "HOSPITAL_ID,HOSPITAL_NAME,HISID,PATIENT_ID,APPY_NO,APPY_DR_NAME,EXAM_DATE,EXAM_ITEM_CODE,EXAM_ITEM_NAME,EXAM_PART,VALI_FLAG";

/// A hospital of the area and the person number and identity number of a patient.
const HOSPITAL: &str = "H99010200001";

fn person(n: u32) -> (String, String) {
    (format!("9901000000000000000{n}"), format!("99010219700101{n:03}X"))
}

/// What both sides deliver.
#[derive(Default)]
struct Delivery {
    files: Vec<(&'static str, &'static str, Vec<String>)>,
}

impl Delivery {
    fn add(&mut self, file: &'static str, header: &'static str, row: String) {
        match self.files.iter_mut().find(|(name, _, _)| *name == file) {
            Some((_, _, rows)) => rows.push(row),
            None => self.files.push((file, header, vec![row])),
        }
    }

    /// A visit of the bureau with one settlement; days are of May 2024, `stay` its last day where it is one.
    fn bureau(&mut self, id: &str, setl: &str, n: u32, day: u32, stay: Option<u32>, yuan: f64) {
        self.bureau_visit(id, n, day, stay, "");
        self.settlement(setl, "", id, n, (day, stay.unwrap_or(day)), yuan, stay.is_some());
    }

    fn bureau_visit(&mut self, id: &str, n: u32, day: u32, stay: Option<u32>, otp_no: &str) {
        let (psn, cert) = person(n);
        let (last, kind) = (stay.unwrap_or(day), if stay.is_some() { "21" } else { "11" });
        self.add("mdtrt_d.csv", MDTRT, format!("{id},{psn},{cert},{HOSPITAL},一院,2024-05-{day:02} 08:00:00,2024-05-{last:02} 09:00:00,{kind},{otp_no},,,,,,,390"));
    }

    fn settlement(&mut self, setl: &str, init: &str, id: &str, n: u32, days: (u32, u32), yuan: f64, stay: bool) {
        let (psn, cert) = person(n);
        let (kind, fund) = (if stay { "21" } else { "11" }, yuan / 2.0);
        self.add("setl_d.csv", SETL, format!(
            "{setl},{init},{id},{psn},{cert},{HOSPITAL},2024-05-{:02},2024-05-{:02},2024-05-{:02} 10:00:00,{kind},{yuan:.2},{yuan:.2},{fund:.2},{fund:.2},{},0,390",
            days.0, days.1, days.1, u8::from(yuan < 0.0)
        ));
    }

    fn bureau_line(&mut self, sn: &str, id: &str, setl: &str, n: u32, day: u32, item: &str, cnt: f64, yuan: f64) {
        let (psn, _) = person(n);
        let price = yuan / cnt;
        self.add("fee_list_d.csv", FEE, format!("{sn},{id},{setl},{psn},{HOSPITAL},2024-05-{day:02} 08:30:00,{cnt},{price},{yuan:.2},{yuan:.2},{item},{item},某项目,,,,201"));
    }

    /// An outpatient bill of the hospital.
    fn outpatient(&mut self, bill: &str, n: u32, day: u32, yuan: f64) {
        let (psn, cert) = person(n);
        self.outpatient_of(bill, &psn, &cert, day, yuan, "0", "0");
    }

    fn outpatient_of(
        &mut self,
        bill: &str,
        patient: &str,
        cert: &str,
        day: u32,
        yuan: f64,
        self_paid: &str,
        elsewhere: &str,
    ) {
        let fund = yuan / 2.0;
        self.add("SETTLE_MZ.csv", MZ, format!("{HOSPITAL},一院,{bill},2024-05-{day:02} 10:00:00,,{patient},{cert},王医生,1,11,{elsewhere},2024-05-{day:02} 08:00:00,J06.900,感冒,{yuan:.2},{fund:.2},{yuan:.2},{self_paid},0,"));
    }

    /// A bill of a stay.
    fn stay(&mut self, bill: &str, zyh: &str, bridge: &str, n: u32, days: (u32, u32), yuan: f64) {
        let (psn, cert) = person(n);
        let fund = yuan / 2.0;
        self.add("SETTLE_ZY.csv", ZY, format!(
            "{HOSPITAL},一院,{bridge},{bill},2024-05-{:02} 10:00:00,{zyh},{psn},{cert},王医生,1,21,0,2024-05-{:02} 08:00:00,2024-05-{:02} 09:00:00,{yuan:.2},{fund:.2},{yuan:.2},0,0,",
            days.1, days.0, days.1
        ));
    }

    fn hospital_line(&mut self, bill: &str, n: u32, day: u32, item: &str, cnt: f64, yuan: f64) {
        let (psn, _) = person(n);
        let price = yuan / cnt;
        self.add("SETTLE_MZ_DETAIL.csv", MZ_LINES, format!("{HOSPITAL},一院,{bill},{psn},2024-05-{day:02} 08:45:00,D0001,王医生,K01,内科,05,HI{item},院内项目,{item},某项目,{price},{cnt},{yuan:.2},{yuan:.2},0"));
    }

    /// Visits beyond those a test is about, so that both sides deliver the whole month.
    fn import(self) -> Imported {
        self.import_changed(1, |_| {})
    }

    fn import_changed(self, buckets: usize, change: impl Fn(&Path)) -> Imported {
        let folder = tempfile::tempdir().expect("a folder");
        let export = folder.path().join("export");
        fs::create_dir_all(&export).expect("writable");
        for (file, header, rows) in &self.files {
            fs::write(export.join(file), format!("{header}\n{}\n", rows.join("\n"))).expect("writable");
        }
        change(&export);
        Store::open_or_create(&folder.path().join("store"), buckets).expect("a store");
        done(folder.path(), "import export --store store --quiet");
        Imported { folder }
    }
}

struct Imported {
    folder: TempDir,
}

impl Imported {
    fn sql(&self, statement: &str) -> Vec<Vec<String>> {
        let ended = ended(&mut feijian(self.folder.path(), ["sql", "store", statement, "--format", "csv", "--quiet"]));
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended
            .stdout
            .trim_start_matches('\u{feff}')
            .lines()
            .skip(1)
            .map(|line| line.split(',').map(str::to_owned).collect())
            .collect()
    }

    fn one(&self, statement: &str) -> String {
        self.sql(statement).first().map(|row| row.join(",")).unwrap_or_default()
    }

    /// Visits, their gross amount and the fund's, both in fen.
    fn money(&self) -> String {
        self.one("SELECT COUNT(*) AS visits, SUM(gross_fen) AS gross_fen, SUM(fund_fen) AS fund_fen FROM visit")
    }

    fn settled(&self) -> String {
        self.one("SELECT COUNT(*) AS settlements, SUM(gross_fen) AS gross_fen, SUM(inscp_fen) AS inscp_fen, SUM(fund_fen) AS fund_fen FROM settlement")
    }

    /// The rows of two_sources: kind, by what, difference.
    fn differences(&self) -> Vec<String> {
        let rows = self.sql("SELECT kind, COALESCE(paired_by, '-') AS paired_by, difference_fen FROM two_sources ORDER BY kind, difference_fen");
        rows.iter().map(|row| row.join(" ")).collect()
    }
}

#[test]
fn a_number_a_bridge_or_the_claim_itself_makes_them_one() {
    let mut both = Delivery::default();
    // By the settlement number.
    both.bureau("M240500000001", "S240500000001", 1, 3, None, 100.0);
    both.outpatient("S240500000001", 1, 3, 100.0);
    // By the platform's visit number in the hospital's bridge column; the bill has a number of its own and the patient too.
    both.bureau("M240500000002", "S240500000002", 2, 4, Some(9), 2000.0);
    both.stay("ZY0001", "Z0001", "M240500000002", 2, (4, 9), 2000.0);
    // By the hospital's admission number at the bureau.
    both.bureau_visit("M240500000003", 3, 5, Some(12), "Z20240503");
    both.settlement("S240500000003", "", "M240500000003", 3, (5, 12), 3000.0, true);
    both.stay("ZY0003", "Z20240503", "", 3, (5, 12), 3000.0);
    // By person, day and amount alone.
    both.bureau("M240500000004", "S240500000004", 4, 6, None, 55.5);
    both.outpatient("MZ0004", 4, 6, 55.5);
    // A patient number of the hospital's own: the identity number tells who it is.
    both.bureau("M240500000005", "S240500000005", 5, 7, None, 66.0);
    both.outpatient_of("MZ0005", "B000005", &person(5).1, 7, 66.0, "0", "0");
    let store = both.import();
    assert_eq!(store.money(), "5,522150,261075");
    assert_eq!(store.settled(), "5,522150,522150,261075");
    assert_eq!(store.differences(), Vec::<String>::new());
    assert_eq!(store.one("SELECT SUM(two_sources) AS both FROM visit"), "5");
    assert_eq!(store.one("SELECT COUNT(*) AS persons FROM person"), "5");
    // What the bureau's tables leave open comes from the hospital: the main diagnosis of the outpatient visits.
    assert_eq!(store.one("SELECT COUNT(*) AS visits FROM visit WHERE main_dx = 'J06.900'"), "3");
}

#[test]
fn small_numbers_that_happen_to_be_equal_join_nothing() {
    let mut both = Delivery::default();
    // Bill 17 on either side: other persons, other amounts; one of them on the same day.
    both.bureau("17", "17", 1, 3, None, 100.0);
    both.outpatient("17", 2, 3, 40.0);
    both.bureau("18", "18", 3, 4, None, 70.0);
    both.outpatient("18", 4, 9, 70.0);
    let store = both.import();
    assert_eq!(store.money(), "4,28000,14000");
    assert_eq!(
        store.differences(),
        ["bureau-only - 7000", "bureau-only - 10000", "hospital-only - -7000", "hospital-only - -4000"]
    );
}

#[test]
fn equal_claims_pair_one_by_one_and_the_rest_is_told() {
    let mut both = Delivery::default();
    for (id, setl, bill) in [("M240500000001", "S1", "A1"), ("M240500000002", "S2", "A2")] {
        both.bureau(id, setl, 1, 3, None, 10.0);
        both.outpatient(bill, 1, 3, 10.0);
    }
    // Three bills here, two settlements there: two are the same, one is in the hospital's books only.
    both.bureau("M240500000003", "S3", 2, 4, None, 20.0);
    both.bureau("M240500000004", "S4", 2, 4, None, 20.0);
    for bill in ["B1", "B2", "B3"] {
        both.outpatient(bill, 2, 4, 20.0);
    }
    let store = both.import();
    assert_eq!(store.money(), "5,8000,4000");
    assert_eq!(store.differences(), ["hospital-only - -2000"]);
}

#[test]
fn a_stay_settled_in_parts_is_one_bill_of_the_hospital() {
    let mut both = Delivery::default();
    both.bureau_visit("M240500000001", 1, 1, Some(20), "");
    both.settlement("S240500000001", "", "M240500000001", 1, (1, 10), 1000.0, true);
    both.settlement("S240500000002", "", "M240500000001", 1, (11, 20), 500.0, true);
    both.stay("S240500000002", "Z1", "", 1, (1, 20), 1500.0);
    // Two visits of the platform for one stay of the hospital.
    both.bureau("M240500000005", "S240500000005", 2, 2, Some(8), 800.0);
    both.bureau("M240500000006", "S240500000006", 2, 8, Some(15), 700.0);
    both.stay("ZY2", "Z2", "", 2, (2, 15), 1500.0);
    let store = both.import();
    assert_eq!(store.money(), "3,300000,150000");
    assert_eq!(store.settled(), "4,300000,300000,150000");
    assert_eq!(store.differences(), Vec::<String>::new());
}

#[test]
fn refunds_are_netted_on_either_side_first() {
    let mut both = Delivery::default();
    // Settled, taken back and settled again at the bureau; the hospital delivered what stands.
    both.bureau_visit("M240500000001", 1, 3, None, "");
    both.settlement("S240500000001", "", "M240500000001", 1, (3, 3), 100.0, false);
    both.settlement("S240500000002", "S240500000001", "M240500000001", 1, (3, 3), -100.0, false);
    both.settlement("S240500000003", "", "M240500000001", 1, (3, 3), 90.0, false);
    both.outpatient("S240500000003", 1, 3, 90.0);
    // Taken back at the bureau, and still in the hospital's books.
    both.bureau_visit("M240500000004", 2, 4, None, "");
    both.settlement("S240500000004", "", "M240500000004", 2, (4, 4), 60.0, false);
    both.settlement("S240500000005", "S240500000004", "M240500000004", 2, (4, 4), -60.0, false);
    both.outpatient("S240500000004", 2, 4, 60.0);
    let store = both.import();
    assert_eq!(store.money(), "2,15000,7500");
    assert_eq!(store.differences(), ["hospital-only - -6000"]);
}

#[test]
fn what_one_side_alone_has_is_told_within_what_both_delivered() {
    let mut both = Delivery::default();
    both.bureau("M240500000001", "S240500000001", 1, 3, None, 100.0);
    both.outpatient("S240500000001", 1, 3, 80.0);
    both.bureau("M240500000002", "S240500000002", 2, 8, None, 300.0);
    both.outpatient("S240500000003", 3, 9, 50.0);
    // Self-paid, insured elsewhere: the bureau cannot have them.
    both.outpatient_of("S240500000004", &person(4).0, &person(4).1, 9, 70.0, "1", "0");
    both.outpatient_of("S240500000005", &person(5).0, &person(5).1, 9, 90.0, "0", "1");
    // The hospital delivered no stays, so a stay of the bureau says nothing.
    both.bureau("M240500000006", "S240500000006", 6, 2, Some(9), 4000.0);
    let store = both.import();
    assert_eq!(store.differences(), ["amount-differs number 2000", "bureau-only - 30000", "hospital-only - -5000"]);
    // 100 + 300 + 4000 at the bureau, 50 + 70 + 90 in the hospital alone.
    assert_eq!(store.money(), "6,461000,230500");
}

#[test]
fn lines_pair_and_only_the_bureaus_count() {
    let mut both = Delivery::default();
    both.bureau("M240500000001", "S240500000001", 1, 3, None, 100.0);
    both.outpatient("S240500000001", 1, 3, 100.0);
    both.bureau_line("F1", "M240500000001", "S240500000001", 1, 3, "001102000010000", 1.0, 20.0);
    // The bureau has one line of 80 where the hospital has two of 40.
    both.bureau_line("F2", "M240500000001", "S240500000001", 1, 3, "002206000040000", 2.0, 80.0);
    both.hospital_line("S240500000001", 1, 3, "001102000010000", 1.0, 20.0);
    both.hospital_line("S240500000001", 1, 3, "002206000040000", 1.0, 40.0);
    both.hospital_line("S240500000001", 1, 3, "002206000040000", 1.0, 40.00);
    both.hospital_line("S240500000001", 1, 3, "003301000010000", 1.0, 7.0);
    // A visit of which the bureau delivered no lines: the hospital's are its lines, their shares what the bureau paid.
    both.bureau("M240500000002", "S240500000002", 2, 4, None, 60.0);
    both.outpatient("S240500000002", 2, 4, 60.0);
    both.hospital_line("S240500000002", 2, 4, "001102000010000", 1.0, 20.0);
    both.hospital_line("S240500000002", 2, 4, "003301000010000", 1.0, 40.0);
    both.add(
        "EXAMINFO.csv",
        EXAM,
        format!("{HOSPITAL},一院,S240500000001,{},SQ1,王医生,2024-05-03,HI1,超声,腹部,1", person(1).0),
    );
    let store = both.import();
    assert_eq!(store.money(), "2,16000,8000");
    assert_eq!(
        store.one("SELECT COUNT(*) AS lines, SUM(gross_fen) AS gross_fen, SUM(fund_fen) AS fund_fen FROM fee"),
        "4,16000,8000"
    );
    // Details that the bureau's lines leave open.
    assert_eq!(store.one("SELECT COUNT(*) AS lines FROM fee WHERE dr_key IS NOT NULL AND dept_key IS NOT NULL AND hosp_item_key IS NOT NULL"), "4");
    assert_eq!(store.one("SELECT kind, gross_fen FROM two_sources_line"), "hospital-only,700");
    // The record hangs on the bureau's settlement, and so on its visit.
    assert_eq!(store.one("SELECT v.mdtrt_id FROM exam AS e JOIN settlement AS s ON e.setl_key = s.setl_key JOIN visit AS v ON s.visit_key = v.visit_key"), "M240500000001");
}

/// Everything of every table that the two sources touch, in a fixed order.
fn everything(store: &Imported) -> Vec<Vec<String>> {
    [
        "SELECT * FROM visit ORDER BY visit_key",
        "SELECT * FROM settlement ORDER BY setl_key",
        "SELECT * FROM fee ORDER BY fee_key",
        "SELECT * FROM diagnosis ORDER BY visit_key, dx_code, dx_kind",
        "SELECT * FROM two_sources ORDER BY visit_key, kind",
        "SELECT * FROM two_sources_line ORDER BY fee_key",
        "SELECT * FROM person ORDER BY psn_key",
    ]
    .iter()
    .flat_map(|statement| store.sql(statement))
    .collect()
}

#[test]
fn how_the_store_is_cut_changes_nothing() {
    let made = |buckets: usize| {
        let mut both = Delivery::default();
        for n in 1..=9 {
            let (id, setl) = (format!("M24050000000{n}"), format!("S24050000000{n}"));
            let yuan = 100.0 + f64::from(n);
            both.bureau(&id, &setl, n, n, None, yuan);
            both.bureau_line(&format!("F{n}"), &id, &setl, n, n, "001102000010000", 1.0, yuan);
            // The hospital's patients go by numbers of its own, so that their rows lie in other buckets.
            let bill = format!("MZ{n}");
            both.outpatient_of(&bill, &format!("B00000{n}"), &person(n).1, n, yuan, "0", "0");
            both.hospital_line(&bill, n, n, "001102000010000", 1.0, yuan);
        }
        both.import_changed(buckets, |_| {})
    };
    let (one, many) = (made(1), made(7));
    assert_eq!(one.money(), "9,94500,47250");
    assert_eq!(
        one.one("SELECT COUNT(*) AS lines, SUM(gross_fen) AS gross_fen, COUNT(dr_key) AS named FROM fee"),
        "9,94500,9"
    );
    assert_eq!(everything(&one), everything(&many));
}

#[test]
fn the_books_tell_the_unit_of_a_balance() {
    const BALANCE: &str = "HOSPITAL_ID,HOSPITAL_NAME,INVENTORY_NAME,INVENTORY_LEVEL,ITEM_ID_STORE,ITEM_NAME_STORE,OPENING_DATE,OPENING_PRICE,OPENING_BALANCE,CLOSING_DATE,CLOSING_PRICE,CLOSING_BALANCE,PROD_CONVRAT,MIN_PRCUNT";
    const RECEIPT: &str = "HOSPITAL_ID,HOSPITAL_NAME,INVENTORY_NAME,INVENTORY_LEVEL,STORE_CODE,STORE_DATE,UNT,IMPORT_PRIC,IMPORT_CNT,ITEM_ID_STORE,ITEM_NAME_STORE,PROD_CONVRAT,MIN_PRCUNT";
    const ISSUE: &str = "HOSPITAL_ID,HOSPITAL_NAME,INVENTORY_NAME,INVENTORY_LEVEL,DEL_CODE,DEL_DATE,UNT,EX_CNT,EX_PRICE,DELIVER_OBJECT,ITEM_ID_STORE,ITEM_NAME_STORE,PROD_CONVRAT,MIN_PRCUNT";
    let mut books = Delivery::default();
    // Opening, closing, received in packs of ten, issued in pieces.
    for (item, open, close, received, issued) in
        [("PIECES", 10, 23, 21, 197), ("PACKS", 10, 13, 21, 180), ("NEITHER", 10, 90, 21, 180), ("SINGLE", 5, 9, 20, 3)]
    {
        let ratio = if item == "SINGLE" { 1 } else { 10 };
        books.add(
            "HIS_VS_YB_STORE.csv",
            BALANCE,
            format!("{HOSPITAL},一院,总库,1,{item},药,2024-05-01,20,{open},2024-05-31,20,{close},{ratio},支"),
        );
        books.add(
            "HIS_VS_YB_INVENTORY.csv",
            RECEIPT,
            format!("{HOSPITAL},一院,总库,1,R{item},2024-05-03,盒,20,{received},{item},药,{ratio},支"),
        );
        books.add(
            "HIS_VS_YB_DELIVER.csv",
            ISSUE,
            format!("{HOSPITAL},一院,总库,1,C{item},2024-05-09,支,{issued},2,药房,{item},药,{ratio},支"),
        );
    }
    let store = books.import();
    let ratios = store.sql("SELECT store_item_code, pack_ratio_e4 FROM stock_balance ORDER BY store_item_code");
    assert_eq!(ratios, [["PACKS", "100000"], ["PIECES", "10000"], ["SINGLE", "10000"]]);
    // What was issued is in pieces, whatever a pack holds.
    assert_eq!(store.one("SELECT MAX(pack_ratio_e4) AS ratio FROM stock_out"), "10000");
    assert_eq!(store.one("SELECT MAX(pack_ratio_e4) AS ratio FROM stock_in"), "100000");
    let summary = fs::read_to_string(store.folder.path().join("store/import.json")).expect("readable");
    assert!(summary.contains("\"stock_items_unclear\": 1"), "{summary}");
}

#[test]
fn a_hospital_under_another_code_is_known_by_its_claims() {
    let mut both = Delivery::default();
    for (n, day) in [(1, 3), (2, 4), (3, 5), (4, 6)] {
        both.bureau(&format!("M24050000000{n}"), &format!("S24050000000{n}"), n, day, None, 100.0 + f64::from(n));
        both.outpatient(&format!("S24050000000{n}"), n, day, 100.0 + f64::from(n));
    }
    let store = both.import_changed(1, |export| {
        let bills = export.join("SETTLE_MZ.csv");
        let text =
            fs::read_to_string(&bills).expect("readable").replace(HOSPITAL, "YY0001").replace("一院", "某某医院");
        fs::write(bills, text).expect("writable");
    });
    assert_eq!(store.money(), "4,41000,20500");
    assert_eq!(store.one("SELECT COUNT(*) AS institutions FROM institution"), "1");
}

#[test]
fn a_delivery_of_one_side_is_not_compared() {
    let mut one = Delivery::default();
    one.bureau("M240500000001", "S240500000001", 1, 3, None, 100.0);
    let store = one.import();
    assert_eq!(store.money(), "1,10000,5000");
    assert_eq!(store.differences(), Vec::<String>::new());
    let summary = fs::read_to_string(store.folder.path().join("store/import.json")).expect("readable");
    assert!(summary.contains("\"two_sources\": null"), "{summary}");
}

#[test]
fn the_report_lists_the_differences() {
    let mut both = Delivery::default();
    both.bureau("M240500000001", "S240500000001", 1, 3, None, 100.0);
    both.outpatient("S240500000001", 1, 3, 80.0);
    both.bureau("M240500000002", "S240500000002", 2, 8, None, 300.0);
    let store = both.import();
    let folder = store.folder.path();
    done(folder, "run export --out report --model 3 --lang zh --quiet");
    let listed: Vec<Row> = rows(&folder.join("report/two-sources.csv"));
    let cells = |name: &str| listed.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
    assert_eq!(cells("kind"), ["bureau-only", "amount-differs"]);
    assert_eq!(cells("difference"), ["300.00", "20.00"]);
    assert_eq!(cells("setl_ids"), ["S240500000002", "S240500000001"]);
    assert!(cells("note").iter().all(|note| note.contains("待核实")), "{listed:?}");
    assert!(cells("psn_no").iter().all(|number| !number.starts_with("9901")), "persons are disguised: {listed:?}");
    assert!(listed[1]["other_source_file"].ends_with("SETTLE_MZ.csv"));
}

#[test]
fn outpatient_diagnoses_reach_the_visit() {
    let mut one = Delivery::default();
    let (psn, cert) = person(1);
    for (n, text, disease) in [
        (1, "J06.900 急性上呼吸道感染;I10.x00 高血压", ""),
        (2, "", "N18.500"),
        (3, "特发性高血压", "M03906"),
        (4, "[{\"code\":\"E11.900\"}]", ""),
    ] {
        let quoted = text.replace('"', "\"\"");
        one.add("mdtrt_d.csv", MDTRT, format!("M24050000000{n},{psn},{cert},{HOSPITAL},一院,2024-05-0{n} 08:00:00,,1401,,,\"{quoted}\",{disease},某病,某公司,03,390"));
    }
    let store = one.import();
    let visits = store.sql("SELECT COALESCE(main_dx, '-') AS main_dx, COALESCE(main_dx_name, '-') AS main_dx_name, mdtrt_cert_type, emp_name FROM visit ORDER BY mdtrt_id");
    assert_eq!(
        visits.iter().map(|row| row.join(" ")).collect::<Vec<_>>(),
        [
            "J06.900 急性上呼吸道感染 03 某公司",
            "N18.500 某病 03 某公司",
            "- 特发性高血压 03 某公司",
            "E11.900 - 03 某公司"
        ]
    );
    assert_eq!(
        store.one("SELECT COUNT(*) AS diagnoses, SUM(is_main) AS main FROM diagnosis WHERE dx_kind = 'outpatient'"),
        "4,3"
    );
}
