//! Tables of Delta Lake: a folder of Parquet files, of which its log says which are the present ones. The others were replaced, and read
//! with them would double the claims.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::hive;
use crate::import::summary::Skipped;
use crate::lang::Label;

const REPLACED: Label =
    Label::new("Delta 表中已被替换的旧文件", "a file of a Delta table that the table no longer has");
const UNKNOWN: Label = Label::new(
    "Delta 表的日志不完整，不知道哪些文件有效，请改存为普通的 Parquet 或 CSV",
    "which files of this Delta table are its present ones cannot be told from its log: have it stored as plain Parquet or CSV",
);

/// A Delta table.
#[derive(Debug)]
pub struct Table {
    folder: PathBuf,
    /// Its present files; `None` where the log does not tell.
    present: Option<HashSet<PathBuf>>,
}

impl Table {
    /// The table that a folder is, if it is one.
    pub fn at(folder: &Path) -> Option<Self> {
        let log = folder.join("_delta_log");
        log.is_dir().then(|| Self { folder: folder.to_owned(), present: present(folder, &log).ok().flatten() })
    }

    /// Why a file is left out, and whether claims may be lost with it.
    pub fn leaves_out(&self, file: &Path) -> Option<(Label, Skipped)> {
        let inner = file.strip_prefix(&self.folder).ok()?;
        let data = file.extension().is_some_and(|extension| extension == "parquet") && !inner.starts_with("_delta_log");
        match &self.present {
            _ if !data => None,
            None => Some((UNKNOWN, Skipped::Refused)),
            Some(present) => (!present.contains(file)).then_some((REPLACED, Skipped::Stray)),
        }
    }
}

/// Plays the log from its first version.
fn present(folder: &Path, log: &Path) -> io::Result<Option<HashSet<PathBuf>>> {
    let mut versions: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(log)? {
        let path = entry?.path();
        let number =
            path.file_stem().is_some_and(|stem| stem.to_string_lossy().bytes().all(|byte| byte.is_ascii_digit()));
        if number && path.extension().is_some_and(|extension| extension == "json") {
            versions.push(path);
        }
    }
    versions.sort();
    let complete = versions
        .iter()
        .enumerate()
        .all(|(at, path)| path.file_stem().and_then(|stem| stem.to_string_lossy().parse::<usize>().ok()) == Some(at));
    if versions.is_empty() || !complete {
        return Ok(None);
    }
    let mut present = HashSet::new();
    for version in versions {
        for line in fs::read_to_string(version)?.lines().filter(|line| !line.trim().is_empty()) {
            let action: Value = serde_json::from_str(line)?;
            let path = |what: &str| Some(folder.join(hive::unescaped(action.get(what)?.get("path")?.as_str()?)));
            present.extend(path("add"));
            if let Some(gone) = path("remove") {
                present.remove(&gone);
            }
        }
    }
    Ok(Some(present))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_tells_which_files_are_present() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(Table::at(folder.path()).is_none());
        let log = folder.path().join("_delta_log");
        fs::create_dir(&log).expect("a folder");
        let write =
            |version: usize, text: &str| fs::write(log.join(format!("{version:020}.json")), text).expect("write");
        write(0, "{\"protocol\":{}}\n{\"add\":{\"path\":\"a.parquet\"}}\n{\"add\":{\"path\":\"d%20x=1/b.parquet\"}}\n");
        write(1, "{\"remove\":{\"path\":\"a.parquet\"}}\n{\"add\":{\"path\":\"c.parquet\"}}\n");
        let left_out = |name: &str| {
            let table = Table::at(folder.path()).expect("a table");
            table.leaves_out(&folder.path().join(name)).map(|(_, kind)| kind)
        };
        assert_eq!(left_out("a.parquet"), Some(Skipped::Stray));
        assert_eq!(left_out("c.parquet"), None);
        assert_eq!(left_out("d x=1/b.parquet"), None);
        assert_eq!(left_out("note.txt"), None);
        // The log's beginning was cleared away.
        fs::remove_file(log.join(format!("{:020}.json", 0))).expect("removed");
        assert_eq!(left_out("c.parquet"), Some(Skipped::Refused));
    }
}
