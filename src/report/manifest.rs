//! manifest.json: what was run on what, and the SHA-256 of everything it wrote.
//!
//! All of it but the object `clock` is the same on every run over the same inputs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::dispositions::Learnt;
use super::outdir::OutDir;
use super::summary::{Clock, Coverage, ModelTitle, RuleRun, RuleSkipped, RunSummary, Scope};
use crate::format::hex;
use crate::import::losses::Losses;
use crate::import::summary::{Check, Conflicts, InputFile, ItemCodes, Reversals, SkippedFile, Waterfall};
use crate::rings::model::Account;

/// Name of the file.
pub const FILE_NAME: &str = "manifest.json";
/// Tells our manifest from anybody else's file of that name.
const PROGRAM: &str = "feijian";

/// The file's content: its names are what other programs read.
#[derive(Serialize)]
struct Manifest<'a> {
    program: &'static str,
    version: &'a str,
    command_line: &'a [String],
    revealed: bool,
    pseudonym_key: Option<&'a str>,
    learnt: &'a BTreeMap<String, Learnt>,
    scope: &'a Scope,
    inputs: &'a [InputFile],
    skipped_files: &'a [SkippedFile],
    tables: &'a BTreeMap<String, u64>,
    models: &'a [ModelTitle],
    rules_run: Vec<Ran<'a>>,
    rules_skipped: &'a [RuleSkipped],
    knowledge: &'a [Coverage],
    item_codes: &'a ItemCodes,
    #[serde(skip_serializing_if = "Option::is_none")]
    rings: Option<&'a Account>,
    checks: &'a [Check],
    conflicts: &'a [Conflicts],
    reversals: &'a [Reversals],
    waterfall: &'a Waterfall,
    clock: &'a Clock,
    outputs: Vec<Output>,
    losses: Lost<'a>,
}

/// What was lost beyond the limits, and whether that was taken as it is.
#[derive(Serialize)]
struct Lost<'a> {
    accepted: bool,
    #[serde(flatten)]
    losses: &'a Losses,
}

/// A rule that ran, and how many findings it has.
#[derive(Serialize)]
struct Ran<'a> {
    #[serde(flatten)]
    rule: &'a RuleRun,
    findings: u64,
}

impl<'a> Manifest<'a> {
    fn new(summary: &'a RunSummary, outputs: Vec<Output>) -> Self {
        let imported = &summary.imported;
        let findings = |rule: &RuleRun| summary.findings.get(&rule.rule_id).copied().unwrap_or_default();
        Self {
            program: PROGRAM,
            version: &summary.version,
            command_line: &summary.command_line,
            revealed: summary.revealed,
            pseudonym_key: summary.pseudonym_key.as_deref(),
            learnt: &summary.learnt,
            scope: &summary.scope,
            inputs: &imported.inputs,
            skipped_files: &imported.skipped_files,
            tables: &summary.tables,
            models: &summary.models,
            rules_run: summary.rules_run.iter().map(|rule| Ran { rule, findings: findings(rule) }).collect(),
            rules_skipped: &summary.rules_skipped,
            knowledge: &summary.knowledge,
            item_codes: &imported.item_codes,
            rings: summary.rings.as_ref(),
            checks: &imported.checks,
            conflicts: &imported.conflicts,
            reversals: &imported.reversals,
            waterfall: &imported.waterfall,
            clock: &summary.clock,
            outputs,
            losses: Lost { accepted: summary.losses_accepted, losses: &imported.losses },
        }
    }
}

/// One file of the output folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Output {
    name: String,
    bytes: u64,
    sha256: String,
}

/// The part of a manifest needed to know whether a folder is ours.
#[derive(Deserialize)]
struct Known {
    program: String,
    outputs: Vec<Output>,
}

/// Writes the manifest over everything in the folder: call it after all other outputs.
///
/// # Errors
/// When an output cannot be read or the manifest not be written.
pub fn write(out: &OutDir, summary: &RunSummary) -> io::Result<()> {
    let manifest = Manifest::new(summary, outputs_in(out.path())?);
    let mut text = serde_json::to_vec_pretty(&manifest)?;
    text.push(b'\n');
    fs::write(out.path().join(FILE_NAME), text)
}

/// Names of the outputs listed in a folder's manifest; none when the folder holds no manifest of this program.
pub fn outputs_of(dir: &Path) -> Option<BTreeSet<String>> {
    let text = fs::read(dir.join(FILE_NAME)).ok()?;
    let known: Known = serde_json::from_slice(&text).ok()?;
    (known.program == PROGRAM).then(|| known.outputs.into_iter().map(|output| output.name).collect())
}

/// Every file of the folder and its subfolders with size and hash, by name.
fn outputs_in(dir: &Path) -> io::Result<Vec<Output>> {
    let mut outputs = Vec::new();
    for (name, path) in files_below(dir)? {
        outputs.push(Output { name, bytes: fs::metadata(&path)?.len(), sha256: sha256(&path)? });
    }
    Ok(outputs)
}

/// Every file in a folder and its subfolders, sorted by its name from there, with `/` between folders on every system.
///
/// # Errors
/// When a folder cannot be listed.
pub fn files_below(dir: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(dir).min_depth(1) {
        let entry = entry?;
        if entry.file_type().is_dir() {
            continue;
        }
        let below = entry.path().strip_prefix(dir).map_err(io::Error::other)?;
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        files.push((parts.join("/"), entry.into_path()));
    }
    files.sort();
    Ok(files)
}

/// SHA-256 of a file, lower-case hex.
fn sha256(path: &Path) -> io::Result<String> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let mut hasher = Sha256::new();
    loop {
        let block = file.fill_buf()?;
        if block.is_empty() {
            break;
        }
        hasher.update(block);
        let read = block.len();
        file.consume(read);
    }
    Ok(hex(&hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_outputs_and_differs_only_in_the_clock() {
        let dir = tempfile::tempdir().expect("temp");
        let written = |seconds: f64| {
            let out = OutDir::create(&dir.path().join("report")).expect("free");
            fs::write(out.path().join("suspects.csv"), "abc").expect("writable");
            let clock = Clock { seconds, ..Clock::default() };
            let summary = RunSummary { version: "0.1.0".into(), clock, ..RunSummary::default() };
            write(&out, &summary).expect("writable");
            let text = fs::read(out.path().join(FILE_NAME)).expect("there");
            assert!(outputs_of(out.path()).expect("ours").contains("suspects.csv"));
            serde_json::from_slice::<serde_json::Value>(&text).expect("JSON")
        };
        let (mut first, mut second) = (written(1.0), written(2.0));
        assert_ne!(first, second);
        assert_eq!(first["outputs"][0]["sha256"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        for manifest in [&mut first, &mut second] {
            assert!(manifest.as_object_mut().expect("an object").remove("clock").is_some());
        }
        assert_eq!(first, second);
    }
}
