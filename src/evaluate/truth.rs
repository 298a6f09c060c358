//! truth.csv read back, and which planted record an evidence row is. `synth::truth` writes the file.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::{EvaluateError, EvidenceRow, read_csv};

/// Name of the file in a folder of exports.
const FILE_NAME: &str = "truth.csv";

/// What a planted case should lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expected {
    /// The rule should point at one of its records at least.
    Hit,
    /// The rule should point at none.
    Silent,
}

/// A planted case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Folder of the exports it is planted in.
    pub folder: PathBuf,
    /// Its name, unique within the folder.
    pub case_id: String,
    /// The rule it is planted for.
    pub rule_id: String,
    /// What it should lead to.
    pub expected: Expected,
    /// What it is about.
    pub note: String,
}

/// Whether a record of a case is a visit or a line of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Visit,
    Fee,
}

/// One row of truth.csv: a record of a planted case.
#[derive(Debug, Deserialize)]
struct Row {
    case_id: String,
    rule_id: String,
    expected: Expected,
    kind: Kind,
    mdtrt_id: String,
    bkkp_sn: String,
    item_code: String,
    fee_ocur_time: String,
    note: String,
}

/// A record of a case.
struct Record {
    /// Place among the cases.
    case: usize,
    kind: Kind,
    bkkp_sn: String,
    item_code: String,
    fee_ocur_time: String,
}

impl Record {
    /// Whether an evidence row of the same rule and visit is this record. A row about a visit stands for all its lines. Lines of the
    /// hospital's side have no numbers: they are known by item and time, or the day where the evidence knows no more.
    fn is(&self, row: &EvidenceRow) -> bool {
        if self.kind == Kind::Visit || row.item_code.is_empty() {
            return true;
        }
        if !self.bkkp_sn.is_empty() {
            return self.bkkp_sn == row.bkkp_sn;
        }
        self.item_code == row.item_code && self.fee_ocur_time.starts_with(&row.event_time)
    }
}

/// What was planted.
pub(super) struct Truth {
    /// The cases of all files.
    pub(super) cases: Vec<Case>,
    /// By rule and visit.
    records: HashMap<(String, String), Vec<Record>>,
    /// Whether an evidence row has to come from the folder of its case.
    several: bool,
}

impl Truth {
    /// Reads truth files, and those below folders.
    pub(super) fn read(paths: &[PathBuf]) -> Result<Self, EvaluateError> {
        let files = files(paths)?;
        let mut truth = Self { cases: Vec::new(), records: HashMap::new(), several: files.len() > 1 };
        for file in files {
            // Whole, so that a relative path in the evidence can be its end.
            let file = file.canonicalize().map_err(|error| EvaluateError::Io(file, error))?;
            let folder = file.parent().unwrap_or(&file).to_path_buf();
            let mut places: HashMap<String, usize> = HashMap::new();
            read_csv(&file, |row: Row| truth.add(&folder, &mut places, row))?;
        }
        Ok(truth)
    }

    fn add(&mut self, folder: &Path, places: &mut HashMap<String, usize>, row: Row) {
        let case = *places.entry(row.case_id.clone()).or_insert(self.cases.len());
        let record = Record {
            case,
            kind: row.kind,
            bkkp_sn: row.bkkp_sn,
            item_code: row.item_code,
            fee_ocur_time: row.fee_ocur_time,
        };
        self.records.entry((row.rule_id.clone(), row.mdtrt_id)).or_default().push(record);
        if case == self.cases.len() {
            self.cases.push(Case {
                folder: folder.to_path_buf(),
                case_id: row.case_id,
                rule_id: row.rule_id,
                expected: row.expected,
                note: row.note,
            });
        }
    }

    /// Places of the cases that a suspect row points at.
    pub(super) fn cases_at(&self, row: &EvidenceRow) -> impl Iterator<Item = usize> {
        // A tuple of borrowed text cannot look up one of owned text.
        let key = (row.rule_id.clone(), row.mdtrt_id.clone());
        let records = self.records.get(&key).map_or(&[][..], Vec::as_slice);
        records
            .iter()
            .filter(|record| record.is(row))
            .filter(|record| !self.several || is_from(&row.source_file, &self.cases[record.case].folder))
            .map(|record| record.case)
    }
}

fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, EvaluateError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        for entry in walkdir::WalkDir::new(path).sort_by_file_name() {
            let entry = entry.map_err(|error| EvaluateError::Io(path.clone(), error.into()))?;
            if entry.file_name() == FILE_NAME {
                files.push(entry.into_path());
            }
        }
        if files.len() == before {
            return Err(EvaluateError::NoTruth(path.clone()));
        }
    }
    Ok(files)
}

/// Whether an export, as the run was given it (`area/fee_list_d.csv`, perhaps from another folder), lies in `folder`.
fn is_from(source_file: &str, folder: &Path) -> bool {
    // The member of an archive stands behind an exclamation mark.
    let file = source_file.split_once('!').map_or(source_file, |(archive, _)| archive);
    let parent = Path::new(file).parent().unwrap_or_else(|| Path::new(""));
    if parent.is_absolute() {
        return parent.canonicalize().is_ok_and(|parent| parent == folder) || parent == folder;
    }
    let named: PathBuf = parent.components().filter(|part| matches!(part, Component::Normal(_))).collect();
    folder.ends_with(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_export_is_known_by_the_end_of_its_folder() {
        let folder = Path::new("/data/sample/area");
        for (source, from) in [
            ("area/fee.csv", true),
            ("./area/fee.csv", true),
            ("../sample/area/fee.csv", true),
            ("/data/sample/area/fee.csv", true),
            ("fee.csv", true),
            ("area/all.zip!2024/fee.csv", true),
            ("rea/fee.csv", false),
            ("hospital/fee.csv", false),
            ("/data/sample/hospital/fee.csv", false),
        ] {
            assert_eq!(is_from(source, folder), from, "{source}");
        }
    }
}
