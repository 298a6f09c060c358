//! What inspectors open: the page, the workbook and what is made from a report folder, all from runs of the real binary.

use std::collections::BTreeSet;
use std::fs;

use crate::support::{rows, sample_run};

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
