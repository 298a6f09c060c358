//! The same visits with item codes as systems write them give the same findings: bare, with a local part, in lower case, local alone beside a
//! table of both, with the zeros that a spreadsheet drops.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{done, files, header, rows};

/// A delivery of two visits: a stay in which electrocardiograms are charged beside intensive care, twice on one day, above the ceiling of its
/// local code, and an item for women billed for a man. `{0}` to `{2}` in the fee lines are the codes.
const VISITS: [(&str, &str); 5] = [
    (
        "mdtrt_d.csv",
        "mdtrt_id,psn_no,certno,psn_name,gend,brdy,age,insutype,insu_admdvs,fixmedins_code,fixmedins_name,begntime,endtime,med_type,dscg_maindiag_code,dscg_maindiag_name,vali_flag\n\
      88001,7001,990101197001011231,甲,1,1970-01-01,54,390,990101,H99010100001,医院,2024-02-01 08:00:00,2024-02-06 10:00:00,21,I21.900,急性心肌梗死,1\n\
      88002,7002,990101197001011258,乙,1,1970-01-01,54,390,990101,H99010100001,医院,2024-03-01 08:00:00,2024-03-01 10:00:00,11,R10.400,腹痛,1\n",
    ),
    (
        "setl_d.csv",
        "setl_id,mdtrt_id,psn_no,fixmedins_code,insutype,begndate,enddate,setl_time,med_type,medfee_sumamt,inscp_amt,fund_pay_sumamt,refd_setl_flag,vali_flag\n\
      99001,88001,7001,H99010100001,390,2024-02-01,2024-02-06,2024-02-06 10:00:00,21,380.00,380.00,266.00,0,1\n\
      99002,88002,7002,H99010100001,390,2024-03-01,2024-03-01,2024-03-01 10:00:00,11,180.00,180.00,126.00,0,1\n",
    ),
    (
        "setl_list_diag_d.csv",
        "setl_id,mdtrt_id,psn_no,maindiag_flag,inout_diag_type,diag_srt_no,diag_code,diag_name\n\
      99001,88001,7001,1,2,1,I21.900,急性心肌梗死\n99002,88002,7002,1,2,1,R10.400,腹痛\n",
    ),
    (
        "fixmedins_b.csv",
        "fixmedins_code,fixmedins_name,uscc,fix_blng_admdvs,fixmedins_type,hosp_lv,lmtpric_hosp_lv,aprv_bed_cnt\nH99010100001,医院,910000000000000004,990101,1,05,05,100\n",
    ),
    (
        "hilist_lmtpric_d.csv",
        "hilist_code,hilist_lmtpric_type,insu_admdvs,lmtpric_hosp_lv,begndate,enddate,hilist_pric_uplmt_amt\n003107010220000,01,990101,,2020-01-01,,50\n",
    ),
];

/// What it is judged by: few rules, since it is run often.
const JUDGED: &str = "--knowledge knowledge --rule included-item,sex-limited,price-over-cap,level-limited";

/// National codes of intensive care, of watching the heart, of looking into the womb.
const CODES: [&str; 3] = ["001201000010000", "003107010220000", "003112010300000"];

/// Writes the delivery into `folder` with each code as `spelt` writes it into the two columns of a line.
fn deliver(folder: &Path, spelt: &dyn Fn(&str, usize) -> [String; 2]) {
    fs::create_dir_all(folder).expect("writable");
    for (file, text) in VISITS {
        fs::write(folder.join(file), text).expect("writable");
    }
    let mut fees = "bkkp_sn,mdtrt_id,setl_id,psn_no,fixmedins_code,fee_ocur_time,cnt,pric,det_item_fee_sumamt,inscp_amt,chrgitm_lv,hilist_code,hilist_name,list_type,med_list_codg,medins_list_codg,medins_list_name,med_chrgitm_type,bilg_dr_code,bilg_dr_name,vali_flag\n".to_owned();
    let lines = [
        (0, "88001,99001,7001", "2024-02-02 09:00:00", "180.00", "重症监护", "07"),
        (1, "88001,99001,7001", "2024-02-02 09:30:00", "60.00", "心电监测", "03"),
        (1, "88001,99001,7001", "2024-02-02 16:30:00", "60.00", "心电监测", "03"),
        (1, "88001,99001,7001", "2024-02-04 09:30:00", "80.00", "心电监测", "03"),
        (2, "88002,99002,7002", "2024-03-01 09:00:00", "180.00", "宫腔镜检查", "03"),
    ];
    for (place, (code, visit, time, amount, name, charge)) in lines.into_iter().enumerate() {
        let [national, listed] = spelt(CODES[code], place);
        fees.push_str(&format!(
            "{:05},{visit},H99010100001,{time},1,{amount},{amount},{amount},01,{listed},{name},201,{national},H{code:04},{name},{charge},D1,张,1\n",
            place + 1
        ));
    }
    fs::write(folder.join("fee_list_d.csv"), fees).expect("writable");
}

/// The local code of an area for a national one.
fn local(code: &str) -> String {
    format!("{}-17", &code[2..11])
}

/// Runs the delivery and gives what was found: findings with their evidence, and the manifest.
fn found(folder: &Path, name: &str) -> (Vec<String>, Value) {
    done(folder, &format!("run {name} {JUDGED} --out {name}-report --lang en --quiet"));
    let report = folder.join(format!("{name}-report"));
    let mut found = Vec::new();
    for table in ["findings.csv", "evidence.csv"] {
        let columns = header(&report.join(table));
        // Where a record stands is the only thing that may differ.
        let told = columns.iter().filter(|column| *column != "source_file");
        let told: Vec<&String> = told.collect();
        found.extend(
            rows(&report.join(table))
                .iter()
                .map(|row| format!("{table} {:?}", told.iter().map(|column| &row[*column]).collect::<Vec<_>>())),
        );
    }
    found.sort();
    let manifest = fs::read(report.join("manifest.json")).expect("a manifest");
    (found, serde_json::from_slice(&manifest).expect("JSON"))
}

/// The knowledge that the delivery is judged by.
fn knowledge(folder: &Path) {
    let place = folder.join("knowledge");
    fs::create_dir_all(&place).expect("writable");
    let [care, heart, womb] = CODES;
    let pairs = format!(
        "main_item_code,part_item_code,time_window,window_minutes\n{care},{heart},day,\n{care},001299000010000,day,\n"
    );
    fs::write(place.join("included_item.csv"), pairs).expect("writable");
    fs::write(place.join("sex_limit.csv"), format!("item_code,gend\n{womb},2\n")).expect("writable");
    fs::write(place.join("level_limit.csv"), "item_code,min_level\nXL03AXX102B001010100618,3\n").expect("writable");
}

#[test]
fn however_the_codes_are_written_the_findings_are_the_same() {
    let temp = tempfile::tempdir().expect("a folder");
    let folder = temp.path();
    knowledge(folder);
    let both = |code: String| [code.clone(), code];
    deliver(&folder.join("bare"), &|code, _| both(code.to_owned()));
    let (expected, manifest) = found(folder, "bare");
    for rule in ["included-item", "sex-limited", "price-over-cap"] {
        assert!(
            expected.iter().any(|row| row.starts_with("findings.csv") && row.contains(rule)),
            "{rule}: {expected:#?}"
        );
    }
    assert_eq!(manifest["item_codes"]["bare"], 5);

    type Spelling = fn(&str, usize) -> [String; 2];
    let spellings: [(&str, Spelling, &str); 8] = [
        ("suffixed", |code, _| [format!("{code}-{}", local(code)), format!("{code}-{}", local(code))], "beside"),
        ("lower", |code, _| [format!("{code}-{}h", &code[2..11]), format!("{code}-{}H", &code[2..11])], "beside"),
        (
            "marks",
            |code, place| {
                let mark = ["_", "#", " ", "—", "－"][place % 5];
                [format!("{code}{mark}{}", local(code)), format!("{code}{}", local(code))]
            },
            "beside",
        ),
        ("other", |code, _| [local(code), code.to_owned()], "beside"),
        ("swapped", |code, _| [code.to_owned(), local(code)], "beside"),
        ("zeros", |code, _| [code[2..].to_owned(), code[2..].to_owned()], "mended"),
        ("letters", |code, _| [code.replace('0', "O"), code.to_owned()], "mended"),
        ("local", |code, _| [local(code), local(code)], "mapped"),
    ];
    for (name, spelling, kind) in spellings {
        deliver(&folder.join(name), &|code, place| spelling(code, place));
        if kind == "mapped" {
            let map: String = CODES.iter().map(|code| format!("{},{code}\n", local(code))).collect();
            fs::write(folder.join(name).join("codes.csv"), format!("地方编码,国家编码\n{map}")).expect("writable");
        }
        let (seen, manifest) = found(folder, name);
        assert_eq!(seen, expected, "{name}");
        assert_eq!(manifest["item_codes"][kind], 5, "{name}: {}", manifest["item_codes"]);
    }
}

#[test]
fn knowledge_that_does_not_occur_is_no_clean_result() {
    let temp = tempfile::tempdir().expect("a folder");
    let folder = temp.path();
    knowledge(folder);
    // Codes of an area that nobody explains.
    deliver(&folder.join("local"), &|code, _| [local(code), local(code)]);
    let (seen, manifest) = found(folder, "local");
    assert!(!seen.iter().any(|row| row.contains("sex-limited")), "{seen:?}");
    let known = manifest["knowledge"].as_array().expect("a list");
    let of = |table: &str| known.iter().find(|known| known["table"] == table).expect("told");
    assert_eq!((&of("k_included_item")["here"], &of("k_sex_limit")["known"]), (&Value::from(0), &Value::from(1)));
    let checks = manifest["checks"].as_array().expect("a list");
    let failed = |id: &str| checks.iter().find(|check| check["id"] == id).expect("a check")["result"] == "failed";
    assert!(failed("knowledge/k_included_item") && failed("knowledge/k_sex_limit") && failed("item-codes"));
    let rules = manifest["rules_run"].as_array().expect("a list");
    let absent = |id: &str| rules.iter().find(|rule| rule["rule_id"] == id).expect("ran")["absent"].clone();
    assert_eq!(absent("sex-limited")[0]["table"], "k_sex_limit");
    let told = done(folder, &format!("run local {JUDGED} --out again --lang en")).stderr;
    assert!(told.contains("k_sex_limit: 0 of 1 codes occur"), "{told}");
    let page = fs::read_to_string(folder.join("again/report.html")).expect("a page");
    assert!(page.contains("k_sex_limit: 0 of 1 codes occur"));

    deliver(&folder.join("bare"), &|code, _| [code.to_owned(), code.to_owned()]);
    let (_, manifest) = found(folder, "bare");
    let checks = manifest["checks"].as_array().expect("a list");
    let result = |id: &str| checks.iter().find(|check| check["id"] == id).expect("a check").clone();
    assert_eq!(result("knowledge/k_sex_limit")["result"], "passed");
    assert_eq!(result("knowledge/k_level_limit")["result"], "failed");
    let told = result("knowledge/k_included_item")["figure"]["en"].clone();
    assert!(
        told.as_str()
            .is_some_and(|told| told.starts_with("k_included_item: 1 of ") && told.ends_with("pairs possible here")),
        "{told}"
    );
    assert!(files(&folder.join("again")).contains_key("report.xlsx"));
}
