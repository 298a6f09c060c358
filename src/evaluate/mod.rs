//! A run's report against the truth that `feijian synth` writes beside its exports: which planted cases were found, which look-alikes
//! stayed silent, per rule.
//!
//! `truth` reads what was planted and says which record an evidence row is. What comes out is a measure to notice regressions by, on
//! invented data: it is no accuracy on real claims.

mod truth;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use self::truth::Truth;
pub use self::truth::{Case, Expected};
use crate::explained::{Explained, Told, csv_zh, io_zh};

/// Why a report cannot be compared with its truth.
#[expect(missing_docs, reason = "the fields are what the messages name")]
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A file cannot be opened.
    #[error("cannot read {}", .0.display())]
    Io(PathBuf, #[source] std::io::Error),
    /// A file has other columns than agreed, or a row that is not one.
    #[error("{}: {source}", path.display())]
    Csv { path: PathBuf, source: csv::Error },
    /// manifest.json is not what a run writes.
    #[error("{}: {source}", path.display())]
    Manifest { path: PathBuf, source: serde_json::Error },
    /// A folder without a truth file.
    #[error("{} holds no truth.csv", .0.display())]
    NoTruth(PathBuf),
}

impl Explained for EvaluateError {
    fn told(&self) -> Told {
        match self {
            Self::Io(path, error) => Told::new("FJ-821", format!("无法读取 {}：{}", path.display(), io_zh(error))),
            Self::Csv { path, source } => Told::new("FJ-822", format!("{}：{}", path.display(), csv_zh(source))),
            Self::Manifest { path, source } => Told::new("FJ-823", format!("{} 已损坏（{source}）", path.display())),
            Self::NoTruth(path) => Told::new("FJ-824", format!("{} 里没有 truth.csv", path.display())),
        }
    }
}

/// How one rule did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Planted cases.
    pub planted: u64,
    /// Those with a record that the rule pointed at.
    pub found: u64,
    /// Findings of the rule.
    pub findings: u64,
    /// Those that point at a record of a planted case.
    pub at_planted: u64,
    /// Legitimate look-alikes.
    pub look_alikes: u64,
    /// Those that the rule pointed at.
    pub fired: u64,
}

impl Score {
    /// Share of planted cases found; nothing without planted cases.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.found, self.planted)
    }

    /// Share of findings at planted cases; nothing without findings.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.at_planted, self.findings)
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl std::ops::AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        self.planted += other.planted;
        self.found += other.found;
        self.findings += other.findings;
        self.at_planted += other.at_planted;
        self.look_alikes += other.look_alikes;
        self.fired += other.fired;
    }
}

/// A report against its truth.
#[derive(Debug)]
pub struct Evaluation {
    /// Each rule that ran, by id.
    pub rules: BTreeMap<String, Score>,
    /// Rules with planted cases or look-alikes that did not run: nobody has looked, so nothing was missed.
    pub not_run: BTreeSet<String>,
    /// Cases of the rules that ran, in the order of the truth files, with whether the rule pointed at them.
    pub cases: Vec<(Case, bool)>,
}

impl Evaluation {
    /// All rules together.
    pub fn total(&self) -> Score {
        let mut total = Score::default();
        self.rules.values().for_each(|score| total += *score);
        total
    }

    /// Cases that ended otherwise than planted: missed ones and look-alikes pointed at.
    pub fn surprises(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|(case, pointed)| *pointed != (case.expected == Expected::Hit)).map(|(case, _)| case)
    }
}

/// Compares the report in `report` with truth files, or those below folders.
///
/// With several truth files a record is known by the folder of its export too, because the exports may hold the same numbers; findings
/// from exports without truth count against precision.
///
/// # Errors
/// If a file of the truth or of the report cannot be read.
pub fn evaluate(truths: &[PathBuf], report: &Path) -> Result<Evaluation, EvaluateError> {
    let truth = Truth::read(truths)?;
    let ran = rules_run(&report.join("manifest.json"))?;
    let mut rules: BTreeMap<String, Score> = ran.iter().map(|rule| (rule.clone(), Score::default())).collect();
    read_csv(&report.join("findings.csv"), |row: FindingRow| {
        rules.entry(row.rule_id).or_default().findings += 1;
    })?;

    let mut pointed = vec![false; truth.cases.len()];
    let mut at_planted: HashMap<String, HashSet<String>> = HashMap::new();
    read_csv(&report.join("evidence.csv"), |row: EvidenceRow| {
        if row.role != "suspect" {
            return;
        }
        for place in truth.cases_at(&row) {
            pointed[place] = true;
            if truth.cases[place].expected == Expected::Hit {
                at_planted.entry(row.rule_id.clone()).or_default().insert(row.finding_id.clone());
            }
        }
    })?;
    for (rule, findings) in at_planted {
        rules.entry(rule).or_default().at_planted = findings.len() as u64;
    }

    let mut evaluation = Evaluation { rules, not_run: BTreeSet::new(), cases: Vec::new() };
    for (case, pointed) in truth.cases.into_iter().zip(pointed) {
        let Some(score) = evaluation.rules.get_mut(&case.rule_id) else {
            evaluation.not_run.insert(case.rule_id);
            continue;
        };
        match case.expected {
            Expected::Hit => {
                score.planted += 1;
                score.found += u64::from(pointed);
            }
            Expected::Silent => {
                score.look_alikes += 1;
                score.fired += u64::from(pointed);
            }
        }
        evaluation.cases.push((case, pointed));
    }
    Ok(evaluation)
}

/// The columns of findings.csv that matter here.
#[derive(Deserialize)]
struct FindingRow {
    rule_id: String,
}

/// The columns of evidence.csv that matter here.
#[derive(Debug, Deserialize)]
struct EvidenceRow {
    finding_id: String,
    rule_id: String,
    role: String,
    mdtrt_id: String,
    bkkp_sn: String,
    event_time: String,
    item_code: String,
    source_file: String,
}

/// Ids of the rules that ran.
fn rules_run(path: &Path) -> Result<BTreeSet<String>, EvaluateError> {
    #[derive(Deserialize)]
    struct Ran {
        rule_id: String,
    }
    #[derive(Deserialize)]
    struct Manifest {
        rules_run: Vec<Ran>,
    }
    let file = File::open(path).map_err(|error| EvaluateError::Io(path.to_path_buf(), error))?;
    let manifest: Manifest = serde_json::from_reader(BufReader::new(file))
        .map_err(|source| EvaluateError::Manifest { path: path.to_path_buf(), source })?;
    Ok(manifest.rules_run.into_iter().map(|ran| ran.rule_id).collect())
}

/// Reads a CSV file in UTF-8, with or without a byte-order mark, row by row.
fn read_csv<T: DeserializeOwned>(path: &Path, mut each: impl FnMut(T)) -> Result<(), EvaluateError> {
    let io = |error| EvaluateError::Io(path.to_path_buf(), error);
    let csv = |source| EvaluateError::Csv { path: path.to_path_buf(), source };
    let mut file = BufReader::new(File::open(path).map_err(io)?);
    let mark = "\u{feff}".as_bytes();
    if file.fill_buf().map_err(io)?.starts_with(mark) {
        file.consume(mark.len());
    }
    for row in csv::Reader::from_reader(file).into_deserialize() {
        each(row.map_err(csv)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const TRUTH: &str =
        "case_id,rule_id,expected,kind,mdtrt_id,bkkp_sn,fixmedins_code,item_code,medins_list_name,fee_ocur_time,note\n";
    const EVIDENCE: &str = "finding_id,rule_id,role,mdtrt_id,bkkp_sn,event_time,item_code,source_file\n";

    fn folder(truth: &str, findings: &str, evidence: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for part in ["a", "b", "report"] {
            fs::create_dir(folder.path().join(part)).unwrap();
        }
        fs::write(folder.path().join("a/truth.csv"), format!("{TRUTH}{truth}")).unwrap();
        let report = folder.path().join("report");
        let manifest = r#"{"rules_run": [{"rule_id": "split"}, {"rule_id": "double"}, {"rule_id": "quiet"}]}"#;
        fs::write(report.join("manifest.json"), manifest).unwrap();
        fs::write(report.join("findings.csv"), format!("\u{feff}finding_id,rule_id\n{findings}")).unwrap();
        fs::write(report.join("evidence.csv"), format!("{EVIDENCE}{evidence}")).unwrap();
        folder
    }

    fn score(numbers: [u64; 6]) -> Score {
        let [planted, found, findings, at_planted, look_alikes, fired] = numbers;
        Score { planted, found, findings, at_planted, look_alikes, fired }
    }

    #[test]
    fn cases_and_findings_are_counted_per_rule() {
        let folder = folder(
            // Two records of one case, a case nobody finds, a look-alike by number, one by item and time, a rule that did not run.
            "s1,split,hit,visit,v1,,,,,,\ns1,split,hit,visit,v2,,,,,,\ns2,split,hit,visit,v9,,,,,,\ns3,split,silent,visit,v3,,,,,,\n\
             d1,double,hit,fee,v1,00002,,I1,,2024-01-05 08:30:00,\nd2,double,silent,fee,v4,,,I1,,2024-01-05 08:30:00,\n\
             o1,other,hit,visit,v1,,,,,,\n",
            "f1,split\nf2,split\nf3,split\nf4,double\nf5,double\n",
            "f1,split,suspect,v2,,2024-01-01,,a/x.csv\nf2,split,suspect,v3,,2024-01-01,,a/x.csv\nf3,split,suspect,v8,,2024-01-01,,a/x.csv\n\
             f3,split,basis,v9,,2024-01-01,,a/x.csv\nf4,double,suspect,v1,00001,2024-01-05 08:30,I1,a/x.csv\n\
             f4,double,suspect,v1,00002,2024-01-05 08:30,I1,a/x.csv\nf5,double,suspect,v4,77,2024-01-05,I1,a/x.csv\n",
        );
        let found = evaluate(&[folder.path().join("a/truth.csv")], &folder.path().join("report")).unwrap();
        assert_eq!(found.rules["split"], score([2, 1, 3, 1, 1, 1]));
        assert_eq!(found.rules["double"], score([1, 1, 2, 1, 1, 1]));
        assert_eq!(found.rules["quiet"], Score::default());
        assert_eq!(found.not_run, BTreeSet::from(["other".to_owned()]));
        assert_eq!(found.total(), score([3, 2, 5, 2, 2, 2]));
        assert_eq!((found.total().recall(), found.total().precision()), (Some(2.0 / 3.0), Some(0.4)));
        assert_eq!(found.rules["quiet"].recall(), None);
        let surprises: Vec<&str> = found.surprises().map(|case| case.case_id.as_str()).collect();
        assert_eq!(surprises, ["s2", "s3", "d2"]);
    }

    #[test]
    fn two_exports_with_the_same_numbers_are_told_apart_by_their_folders() {
        let folder =
            folder("s1,split,hit,visit,v1,,,,,,\n", "f1,split\n", "f1,split,suspect,v1,,2024-01-01,,b/x.csv\n");
        fs::write(folder.path().join("b/truth.csv"), format!("{TRUTH}s2,split,hit,visit,v1,,,,,,\n")).unwrap();
        let found = evaluate(&[folder.path().to_path_buf()], &folder.path().join("report")).unwrap();
        let pointed: Vec<(&str, bool)> = found.cases.iter().map(|(case, at)| (case.case_id.as_str(), *at)).collect();
        assert_eq!(pointed, [("s1", false), ("s2", true)]);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let folder = folder("s1,split,perhaps,visit,v1,,,,,,\n", "f1,split\n", "");
        let report = folder.path().join("report");
        let error = |truth: &Path, report: &Path| evaluate(&[truth.to_path_buf()], report).unwrap_err().to_string();
        let truth = folder.path().join("a/truth.csv");
        assert!(error(&truth, &report).contains("perhaps"), "{}", error(&truth, &report));
        assert!(error(&folder.path().join("b"), &report).contains("holds no truth.csv"));
        assert!(error(&report.join("findings.csv"), &report).contains("findings.csv"));
    }
}
