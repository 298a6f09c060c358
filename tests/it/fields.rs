//! `--field`: findings of one inspection field, by tags of rules and by what the records say; and the points of practitioners.

use std::collections::BTreeSet;

use feijian::rules::Catalog;

use crate::support::{done, rows, run, sample_run};

fn ids(report: &std::path::Path) -> BTreeSet<String> {
    rows(&report.join("findings.csv")).into_iter().map(|finding| finding["finding_id"].clone()).collect()
}

#[test]
fn a_field_keeps_what_belongs_to_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = sample_run().store();
    let all = ids(&sample_run().folder.join("report"));
    let report = |fields: &str| {
        done(folder.path(), &format!("report {} --field {fields} --out out", store.display()));
        let report = folder.path().join("out");
        (ids(&report), rows(&report.join("evidence.csv")), std::fs::read_to_string(report.join("manifest.json")))
    };
    let (dialysis, evidence, manifest) = report("血液透析");
    println!("{} of {} findings are of 血液净化", dialysis.len(), all.len());
    assert!(!dialysis.is_empty() && dialysis.len() < all.len());
    assert!(dialysis.is_subset(&all), "a filter finds nothing new");
    assert!(manifest.expect("readable").contains("血液净化"), "the report says what it was limited to");
    // Nothing here is tagged, so each finding has a dialysis item, or a visit for dialysis or kidney failure.
    let with_item: BTreeSet<&str> = evidence
        .iter()
        .filter(|row| row["role"] == "suspect" && row["item_code"].starts_with("0031100000"))
        .map(|row| row["finding_id"].as_str())
        .collect();
    assert!(!with_item.is_empty());

    // Every finding of a tagged rule is kept.
    let (intensive, ..) = report("重症医学");
    let hours: BTreeSet<String> = rows(&sample_run().report("findings.csv"))
        .into_iter()
        .filter(|finding| finding["rule_id"] == "hours-over-day")
        .map(|finding| finding["finding_id"].clone())
        .collect();
    assert!(!hours.is_empty() && hours.is_subset(&intensive));

    let (both, ..) = report("血液净化,ICU");
    assert_eq!(both, &dialysis | &intensive);
}

#[test]
fn an_unknown_field_is_wrong_usage() {
    let folder = tempfile::tempdir().expect("a folder");
    let ended = run(folder.path(), "run @ --field 眼科");
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("有 心血管内科 骨科"), "{}", ended.stderr);
}

#[test]
fn practitioners_have_a_suggested_range_of_points() {
    let suspects = rows(&sample_run().report("suspects.csv"));
    let ranges = ["1–3", "4–6", "7–9（含9分）", "10–12（含12分）"];
    let catalog = Catalog::embedded().expect("loads");
    for suspect in &suspects {
        for rule in suspect["top_rules"].split("; ").filter_map(|rule| catalog.rule(rule.split(' ').next()?)) {
            let concerned = rule.spec.concerns.iter().any(|kind| kind.as_str() == suspect["kind"]);
            assert!(concerned || suspect["kind"] == "ring", "listed for what somebody else does: {suspect:?}");
        }
        if suspect["kind"] == "practitioner" {
            assert!(ranges.contains(&suspect["points"].as_str()), "{suspect:?}");
            assert!(
                suspect["reason"].contains("建议记分区间") && suspect["reason"].ends_with("由医保部门认定"),
                "{suspect:?}"
            );
        } else {
            assert_eq!(suspect["points"], "", "{suspect:?}");
        }
    }
    assert!(suspects.iter().any(|suspect| suspect["points"] == "4–6"));
}
