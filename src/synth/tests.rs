//! What an area promises: the same bytes for the same plan, money that adds up, truth about records that exist.

use std::collections::{HashMap, HashSet};
use std::fs;

use super::*;
use crate::item_code::ItemCode;

fn plan(out: &Path) -> SynthPlan {
    SynthPlan {
        out: out.to_owned(),
        seed: 7,
        first_day: NaiveDate::from_ymd_opt(2023, 1, 1).expect("a date"),
        months: 12,
        persons: 400,
        institutions: 24,
        family: Family::Bureau { encoding: Encoding::Utf8, parquet: ParquetTables::None },
        plants: Some(Plants { violations: true, each: 2 }),
        local_codes: false,
    }
}

fn written(plan: &SynthPlan) -> SynthSummary {
    write_area(plan, &|_, _| {}).expect("an area")
}

/// The rows of a UTF-8 file as maps from column to cell.
fn rows(folder: &Path, file: &str, delimiter: &str) -> Vec<HashMap<String, String>> {
    let text = fs::read_to_string(folder.join(file)).expect("a UTF-8 file");
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().expect("a header").split(delimiter).collect();
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split(delimiter).collect();
            assert_eq!(cells.len(), names.len(), "{file}: {line}");
            names.iter().zip(cells).map(|(name, cell)| ((*name).to_owned(), cell.to_owned())).collect()
        })
        .collect()
}

fn fen(cell: &str) -> i64 {
    cell.replace('.', "").parse().expect("money")
}

#[test]
fn the_same_plan_gives_the_same_bytes_with_any_number_of_threads() {
    let folder = tempfile::tempdir().expect("a folder");
    for parquet in [ParquetTables::None, ParquetTables::All] {
        let family = Family::Bureau { encoding: Encoding::Gb18030, parquet };
        let [first, second] = [1, 3].map(|threads| {
            let plan = SynthPlan { family, persons: 900, ..plan(&folder.path().join(threads.to_string())) };
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| written(&plan))
        });
        for (one, other) in first.files.iter().zip(&second.files) {
            assert!(fs::read(&one.path).ok() == fs::read(&other.path).ok(), "{} differs", one.path.display());
        }
    }
}

#[test]
fn local_codes_stand_behind_the_national_ones_at_some_institutions_and_change_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let [bare, local] = [false, true].map(|local_codes| {
        let plan = SynthPlan { local_codes, ..plan(&folder.path().join(local_codes.to_string())) };
        written(&plan);
        rows(&plan.out, "fee_list_d.csv", ",")
    });
    let mut written: HashMap<&str, HashSet<bool>> = HashMap::new();
    assert_eq!(bare.len(), local.len());
    for (bare, local) in bare.iter().zip(&local) {
        let parsed = ItemCode::parse(&local["hilist_code"]);
        let national = parsed.national.as_ref().unwrap_or(&local["hilist_code"]);
        assert_eq!(*national, bare["hilist_code"]);
        written.entry(&bare["fixmedins_code"]).or_default().insert(parsed.local.is_some() && parsed.national.is_some());
        let others = |row: &HashMap<String, String>| {
            let mut row = row.clone();
            row.retain(|column, _| !["hilist_code", "med_list_codg"].contains(&column.as_str()));
            row
        };
        assert_eq!(others(bare), others(local));
    }
    let of = |kinds: &[bool]| written.values().filter(|seen| kinds.iter().all(|kind| seen.contains(kind))).count();
    assert!(of(&[true]) > 3 && of(&[true]) < written.len() / 2, "{written:?}");
}

#[test]
fn another_seed_gives_another_area() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = written(&plan(&folder.path().join("1")));
    let second = written(&SynthPlan { seed: 8, ..plan(&folder.path().join("2")) });
    assert_ne!(fs::read(&first.files[0].path).ok(), fs::read(&second.files[0].path).ok());
}

#[test]
fn settlements_are_the_sums_of_their_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    written(&plan(folder.path()));
    let mut lines: HashMap<String, (i64, i64)> = HashMap::new();
    let mut seen = HashSet::new();
    for row in rows(folder.path(), "fee_list_d.csv", ",") {
        if seen.insert((row["mdtrt_id"].clone(), row["bkkp_sn"].clone())) && !row["setl_id"].is_empty() {
            let sums = lines.entry(row["mdtrt_id"].clone()).or_default();
            sums.0 += fen(&row["det_item_fee_sumamt"]);
            sums.1 += fen(&row["inscp_amt"]);
        }
    }
    let mut settled: HashMap<String, (i64, i64)> = HashMap::new();
    let mut flags = HashSet::new();
    for row in rows(folder.path(), "setl_d.csv", ",") {
        let sums = settled.entry(row["mdtrt_id"].clone()).or_default();
        sums.0 += fen(&row["medfee_sumamt"]);
        sums.1 += fen(&row["inscp_amt"]);
        assert_eq!(fen(&row["medfee_sumamt"]), fen(&row["fund_pay_sumamt"]) + fen(&row["psn_pay"]));
        assert_eq!(fen(&row["psn_pay"]), fen(&row["acct_pay"]) + fen(&row["cash_payamt"]));
        flags.insert((row["refd_setl_flag"].clone(), row["mid_setl_flag"].clone()));
    }
    assert_eq!(lines, settled);
    assert!(flags.contains(&("1".into(), "0".into())) && flags.contains(&("0".into(), "1".into())));
}

#[test]
fn master_and_detail_agree_on_the_hospital_side() {
    let folder = tempfile::tempdir().expect("a folder");
    written(&SynthPlan { family: Family::Hospital, persons: 2000, ..plan(folder.path()) });
    for (master, detail) in [("SETTLE_ZY.csv", "SETTLE_ZY_DETAIL.csv"), ("SETTLE_MZ.csv", "SETTLE_MZ_DETAIL.csv")] {
        let mut sums: HashMap<String, i64> = HashMap::new();
        for row in rows(folder.path(), detail, "|@|") {
            *sums.entry(row["HISID"].clone()).or_default() += fen(&row["COST"]);
        }
        let masters = rows(folder.path(), master, "|@|");
        assert!(masters.iter().any(|row| row["REFUND_FLAG_TYPE"] == "1"), "{master} has no reversal");
        let totals: HashMap<String, i64> =
            masters.iter().map(|row| (row["HISID"].clone(), fen(&row["TOTAL_AMOUNT"]))).collect();
        assert_eq!(totals.len(), masters.len(), "HISID is unique in {master}");
        assert_eq!(totals, sums);
    }
}

#[test]
fn truth_names_records_that_exist_for_every_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    let summary = written(&plan(folder.path()));
    let visits: HashSet<String> =
        rows(folder.path(), "mdtrt_d.csv", ",").into_iter().map(|row| row["mdtrt_id"].clone()).collect();
    let lines: HashMap<(String, String), (String, String)> = rows(folder.path(), "fee_list_d.csv", ",")
        .into_iter()
        .map(|row| {
            let record = (row["mdtrt_id"].clone(), row["bkkp_sn"].clone());
            (record, (row["med_list_codg"].clone(), row["fee_ocur_time"].clone()))
        })
        .collect();
    let mut cases = HashSet::new();
    for row in rows(folder.path(), "truth.csv", ",") {
        cases.insert((row["case_id"].clone(), row["expected"].clone()));
        if row["kind"] == "visit" {
            assert!(visits.contains(&row["mdtrt_id"]), "{row:?}");
        } else {
            let line = &lines[&(row["mdtrt_id"].clone(), row["bkkp_sn"].clone())];
            assert_eq!(*line, (row["item_code"].clone(), row["fee_ocur_time"].clone()));
        }
    }
    let count = |word: &str| cases.iter().filter(|(_, expected)| expected == word).count() as u64;
    assert_eq!((count("hit"), count("silent")), (summary.planted, summary.look_alikes));
}

#[test]
fn truth_on_the_hospital_side_names_settlements() {
    let folder = tempfile::tempdir().expect("a folder");
    written(&SynthPlan { family: Family::Hospital, ..plan(folder.path()) });
    let mut known: HashSet<String> = HashSet::new();
    for file in ["SETTLE_ZY.csv", "SETTLE_MZ.csv"] {
        known.extend(rows(folder.path(), file, "|@|").into_iter().map(|row| row["HISID"].clone()));
    }
    assert!(rows(folder.path(), "truth.csv", ",").iter().all(|row| known.contains(&row["mdtrt_id"])));
}

#[test]
fn a_benign_area_plants_no_violation() {
    let folder = tempfile::tempdir().expect("a folder");
    let benign = SynthPlan { plants: Some(Plants { violations: false, each: 1 }), ..plan(folder.path()) };
    let summary = written(&benign);
    assert_eq!(summary.planted, 0);
    assert!(rows(folder.path(), "truth.csv", ",").iter().all(|row| row["expected"] == "silent"));
}

#[test]
fn the_noise_of_exports_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    written(&SynthPlan { persons: 6000, ..plan(folder.path()) });
    let fees = fs::read_to_string(folder.path().join("fee_list_d.csv")).expect("fees");
    assert!(fees.contains(",admin,") && fees.contains(",NULL,") && fees.contains(",-1.0000,"));
    let visits = fs::read_to_string(folder.path().join("mdtrt_d.csv")).expect("visits");
    assert!(visits.contains("********") && visits.contains(",850,"));
    let distinct: HashSet<&str> = fees.lines().collect();
    assert!(distinct.len() < fees.lines().count(), "some rows are there twice");
}

#[test]
fn sample_data_stays_small() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes: u64 = sample(folder.path()).iter().flat_map(|plan| written(plan).files).map(|file| file.bytes).sum();
    assert!(bytes < 11_700_000, "{bytes} bytes");
}

#[test]
fn impossible_plans_are_refused() {
    let refused = |plan: SynthPlan| matches!(write_area(&plan, &|_, _| {}), Err(SynthError::Plan(_)));
    let folder = tempfile::tempdir().expect("a folder");
    assert!(refused(SynthPlan { months: 3, ..plan(folder.path()) }));
    assert!(refused(SynthPlan { institutions: 3, ..plan(folder.path()) }));
}
