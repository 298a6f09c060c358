//! The folder a run fills: written beside its final place, put there in one step at the end, one run at a time.
//!
//! For `--out report` three siblings are used: `.report.lock` (held while a run lasts, left behind empty because removing
//! a lock file is a race), `.report.new` (being filled) and `.report.old` (the one before, for the moment of the swap).
//! Whatever moment a run is killed at, `report` holds the last good result, or the next run puts it back first.
//!
//! Inspectors work in that folder: their own files, and outputs they edited since, survive the swap.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::manifest;
use crate::explained::{Explained, Told, io_zh};
use crate::files::{self, Readers};

/// Marks a complete folder; empty, written last.
pub const SUCCESS: &str = "_SUCCESS";

/// Why an output folder cannot be opened or put in place.
#[derive(Debug, thiserror::Error)]
pub enum OutDirError {
    /// Another run fills the same folder. The command line turns this one into exit code 75.
    #[error("another run is writing to {}", .0.display())]
    Locked(PathBuf),
    /// The folder holds something else than a report.
    #[error("{} is not empty and not a report of this program, so it is not replaced", .0.display())]
    NotOurs(PathBuf),
    /// A file stands where the folder should be, or the path has no last part.
    #[error("{} cannot be an output folder", .0.display())]
    NotAFolder(PathBuf),
    /// The results are complete but another program keeps the old ones open.
    #[error("the results are complete in {} but cannot be moved to {}", .new.display(), .target.display())]
    Swap {
        /// Where the complete results are.
        new: PathBuf,
        /// Where they should be.
        target: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system refused.
    #[error("cannot write to {}", .path.display())]
    Io {
        /// What could not be written.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Explained for OutDirError {
    fn told(&self) -> Told {
        match self {
            Self::Locked(path) => Told::new("FJ-601", format!("另一次运行正在写 {}", path.display())),
            Self::NotOurs(path) => {
                Told::new("FJ-602", format!("{} 不是空的，也不是本程序的报告，所以没有替换它", path.display()))
            }
            Self::NotAFolder(path) => Told::new("FJ-603", format!("{} 不能作为输出文件夹", path.display())),
            Self::Swap { new, target, source } => {
                let (new, target) = (new.display(), target.display());
                Told::new("FJ-604", format!("结果已完整写在 {new}，但换不到 {target}：{}", io_zh(source)))
            }
            Self::Io { path, source } => Told::new("FJ-605", format!("无法写入 {}：{}", path.display(), io_zh(source))),
        }
    }
}

/// Adds the path to an I/O error.
fn at(path: &Path) -> impl FnOnce(io::Error) -> OutDirError + '_ {
    move |source| OutDirError::Io { path: path.to_owned(), source }
}

/// An output folder being filled. Dropped without [`commit`](Self::commit), it leaves no trace.
#[derive(Debug)]
pub struct OutDir {
    target: PathBuf,
    new: PathBuf,
    old: PathBuf,
    /// Locked until dropped.
    _lock: File,
}

impl OutDir {
    /// Takes the lock on `target`, recovers what a killed run left, and opens an empty folder beside it.
    ///
    /// # Errors
    /// [`OutDirError::Locked`] while another run holds the folder; [`OutDirError::NotOurs`] when it holds something else
    /// than a report.
    pub fn create(target: &Path) -> Result<Self, OutDirError> {
        let target = resolve(target)?;
        let lock = sibling(&target, "lock")?;
        let held = files::lock(&lock).map_err(at(&lock))?;
        let out = Self {
            _lock: held.ok_or_else(|| OutDirError::Locked(target.clone()))?,
            new: sibling(&target, "new")?,
            old: sibling(&target, "old")?,
            target,
        };
        out.recover()?;
        if !replaceable(&out.target)? {
            return Err(OutDirError::NotOurs(out.target.clone()));
        }
        files::create_private_dir(&out.new).map_err(at(&out.new))?;
        Ok(out)
    }

    /// The folder to write into.
    pub fn path(&self) -> &Path {
        &self.new
    }

    /// Marks the folder complete and puts it in place of the one before.
    ///
    /// # Errors
    /// [`OutDirError::Swap`] when the folder before it cannot be moved away; the complete one then stays beside it and is
    /// put in place by the next run.
    pub fn commit(self) -> Result<(), OutDirError> {
        seal_files(&self.new)?;
        let success = self.new.join(SUCCESS);
        files::create(&success, Readers::Owner).and_then(|file| file.sync_all()).map_err(at(&success))?;
        self.swap()
    }

    /// Brings the siblings that a killed run left back to one folder.
    fn recover(&self) -> Result<(), OutDirError> {
        if self.new.join(SUCCESS).exists() {
            return self.swap();
        }
        remove_dir(&self.new)?;
        if self.old.exists() {
            if self.target.exists() {
                self.retire_old()?;
            } else {
                fs::rename(&self.old, &self.target).map_err(at(&self.target))?;
            }
        }
        Ok(())
    }

    /// Target to old, new to target, then old away; can be taken up again after any step.
    fn swap(&self) -> Result<(), OutDirError> {
        let refused = |source| OutDirError::Swap { new: self.new.clone(), target: self.target.clone(), source };
        if self.target.exists() {
            if self.old.exists() {
                self.retire_old()?;
            }
            fs::rename(&self.target, &self.old).map_err(refused)?;
        }
        fs::rename(&self.new, &self.target).map_err(refused)?;
        if self.old.exists() { self.retire_old() } else { Ok(()) }
    }

    /// Moves what people put into the old folder, or edited there, to the target and removes the rest.
    ///
    /// A folder without a manifest was already being removed: all that mattered has been moved before.
    fn retire_old(&self) -> Result<(), OutDirError> {
        if let Some(outputs) = manifest::outputs_of(&self.old) {
            let complete = modified(&self.old.join(SUCCESS));
            let mut edited = Vec::new();
            for (name, path) in manifest::files_below(&self.old).map_err(at(&self.old))? {
                if outputs.contains(&name) {
                    // Outputs are older than the mark; what is younger was saved by somebody since.
                    if complete.is_some() && modified(&path) > complete {
                        edited.push((path, name));
                    }
                } else if name != SUCCESS && name != manifest::FILE_NAME {
                    self.keep(&path, &name)?;
                }
            }
            // After the files that keep their names, or one of those could find its name taken.
            for (path, name) in edited {
                self.keep(&path, &name)?;
            }
        }
        remove_dir(&self.old)
    }

    /// Moves one file to the target, under another name if its own is taken.
    fn keep(&self, path: &Path, name: &str) -> Result<(), OutDirError> {
        let kept = free_name(&self.target, name);
        if let Some(folder) = kept.parent() {
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        fs::rename(path, &kept).map_err(at(&kept))
    }
}

impl Drop for OutDir {
    fn drop(&mut self) {
        // Complete results that could not be put in place stay for the next run.
        if !self.new.join(SUCCESS).exists() {
            // Nothing useful can be done about a failure here: the next run removes the folder first.
            let _ = remove_dir(&self.new);
        }
    }
}

/// The real path of the folder, so that its siblings lie on the same disk; makes its parents.
fn resolve(target: &Path) -> Result<PathBuf, OutDirError> {
    if target.exists() {
        let real = fs::canonicalize(target).map_err(at(target))?;
        return if real.is_dir() { Ok(real) } else { Err(OutDirError::NotAFolder(target.to_owned())) };
    }
    let name = target.file_name().ok_or_else(|| OutDirError::NotAFolder(target.to_owned()))?;
    let parent = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(at(parent))?;
    Ok(fs::canonicalize(parent).map_err(at(parent))?.join(name))
}

/// `.report.KIND` beside `report`.
fn sibling(target: &Path, kind: &str) -> Result<PathBuf, OutDirError> {
    let name = target.file_name().ok_or_else(|| OutDirError::NotAFolder(target.to_owned()))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(".");
    hidden.push(kind);
    Ok(target.with_file_name(hidden))
}

/// Whether the folder is missing, empty or one of our reports.
fn replaceable(target: &Path) -> Result<bool, OutDirError> {
    if !target.exists() || manifest::outputs_of(target).is_some() {
        return Ok(true);
    }
    Ok(fs::read_dir(target).map_err(at(target))?.next().is_none())
}

/// Makes every file in `dir` and its subfolders durable and readable by its owner only.
fn seal_files(dir: &Path) -> Result<(), OutDirError> {
    for (_, path) in manifest::files_below(dir).map_err(at(dir))? {
        // Windows flushes only through a handle that may write.
        File::options().write(true).open(&path).and_then(|file| file.sync_all()).map_err(at(&path))?;
        files::restrict(&path).map_err(at(&path))?;
    }
    Ok(())
}

/// Removes a folder with what is in it, if it is there.
fn remove_dir(path: &Path) -> Result<(), OutDirError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

/// When a file was last written, if the system tells.
fn modified(path: &Path) -> Option<std::time::SystemTime> {
    fs::metadata(path).and_then(|meta| meta.modified()).ok()
}

/// `name` in `dir`, or `stem.edited.ext`, `stem.edited-2.ext` … when that is taken.
fn free_name(dir: &Path, name: &str) -> PathBuf {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    std::iter::once(dir.join(name))
        .chain(std::iter::once(dir.join(format!("{stem}.edited{extension}"))))
        .chain((2..u32::MAX).map(|n| dir.join(format!("{stem}.edited-{n}{extension}"))))
        .find(|path| !path.exists())
        .unwrap_or_else(|| dir.join(name))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::report::summary::RunSummary;

    /// Fills and commits one folder whose only output says `text`.
    fn run(target: &Path, text: &str) {
        let out = OutDir::create(target).expect("free");
        fs::write(out.path().join("report.xlsx"), text).expect("writable");
        manifest::write(&out, &RunSummary::default()).expect("writable");
        out.commit().expect("swaps");
    }

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap_or_default()
    }

    /// Names in a folder, sorted, the lock file left out.
    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .expect("readable")
            .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
            .filter(|name| !name.ends_with(".lock"))
            .collect();
        names.sort();
        names
    }

    #[test]
    fn replaces_the_one_before_and_leaves_no_siblings() {
        let dir = tempfile::tempdir().expect("temp");
        let target = dir.path().join("deep/report");
        run(&target, "one");
        run(&target, "two");
        assert_eq!(read(&target.join("report.xlsx")), "two");
        assert_eq!(names(&target), ["_SUCCESS", "manifest.json", "report.xlsx"]);
        assert_eq!(names(&dir.path().join("deep")), ["report"]);
    }

    #[test]
    fn a_dropped_run_leaves_the_last_good_one() {
        let dir = tempfile::tempdir().expect("temp");
        let target = dir.path().join("report");
        run(&target, "one");
        let out = OutDir::create(&target).expect("free");
        fs::write(out.path().join("report.xlsx"), "half").expect("writable");
        drop(out);
        assert_eq!(read(&target.join("report.xlsx")), "one");
        assert_eq!(names(dir.path()), ["report"]);
    }

    #[test]
    fn a_second_run_is_told_to_wait() {
        let dir = tempfile::tempdir().expect("temp");
        let target = dir.path().join("report");
        let out = OutDir::create(&target).expect("free");
        assert!(matches!(OutDir::create(&target), Err(OutDirError::Locked(_))));
        drop(out);
        assert!(OutDir::create(&target).is_ok());
    }

    #[test]
    fn other_folders_and_files_are_not_replaced() {
        let dir = tempfile::tempdir().expect("temp");
        let target = dir.path().join("thesis");
        fs::create_dir(&target).expect("writable");
        assert!(OutDir::create(&target).is_ok(), "an empty folder may be filled");
        fs::write(target.join("thesis.docx"), "years of work").expect("writable");
        assert!(matches!(OutDir::create(&target), Err(OutDirError::NotOurs(_))));
        fs::write(target.join("manifest.json"), r#"{"name": "a browser extension"}"#).expect("writable");
        assert!(matches!(OutDir::create(&target), Err(OutDirError::NotOurs(_))));
        assert!(matches!(OutDir::create(&target.join("thesis.docx")), Err(OutDirError::NotAFolder(_))));
    }

    #[test]
    fn a_run_killed_at_any_step_of_the_swap_is_recovered() {
        let dir = tempfile::tempdir().expect("temp");
        let target = dir.path().join("report");
        let (new, old) = (dir.path().join(".report.new"), dir.path().join(".report.old"));

        run(&target, "one");
        fs::create_dir(&new).expect("writable");
        fs::write(new.join("report.xlsx"), "half").expect("writable");
        drop(OutDir::create(&target).expect("recovers"));
        assert_eq!(read(&target.join("report.xlsx")), "one", "killed while writing");

        fs::rename(&target, &old).expect("movable");
        drop(OutDir::create(&target).expect("recovers"));
        assert_eq!(read(&target.join("report.xlsx")), "one", "the old one alone");

        run(&dir.path().join("other"), "two");
        fs::rename(&target, &old).expect("movable");
        fs::rename(dir.path().join("other"), &new).expect("movable");
        drop(OutDir::create(&target).expect("recovers"));
        assert_eq!(read(&target.join("report.xlsx")), "two", "killed between the two renames");

        run(&dir.path().join("other"), "three");
        fs::rename(&target, &old).expect("movable");
        fs::rename(dir.path().join("other"), &target).expect("movable");
        drop(OutDir::create(&target).expect("recovers"));
        assert_eq!(read(&target.join("report.xlsx")), "three", "killed before the old one was removed");
        assert_eq!(names(dir.path()), ["report"]);
    }

    #[test]
    fn what_inspectors_saved_there_survives() {
        let dir = tempfile::tempdir().expect("temp");
        let target = dir.path().join("report");
        run(&target, "one");
        fs::write(target.join("笔记.docx"), "notes").expect("writable");
        for (text, kept) in [("verified", "report.edited.xlsx"), ("verified again", "report.edited-2.xlsx")] {
            fs::write(target.join("report.xlsx"), text).expect("writable");
            let later = SystemTime::now() + Duration::from_secs(5);
            let file = File::options().write(true).open(target.join("report.xlsx")).expect("there");
            file.set_modified(later).expect("settable");
            drop(file);
            run(&target, "new");
            assert_eq!(read(&target.join("report.xlsx")), "new");
            assert_eq!(read(&target.join(kept)), text);
            assert_eq!(read(&target.join("笔记.docx")), "notes");
        }
        fs::create_dir_all(target.join("照片/门诊")).expect("writable");
        fs::write(target.join("照片/门诊/1.jpg"), "photograph").expect("writable");
        run(&target, "newer");
        assert_eq!(read(&target.join("照片/门诊/1.jpg")), "photograph");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("temp");
        let target = dir.path().join("report");
        run(&target, "one");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&target), 0o700);
        for name in names(&target) {
            assert_eq!(mode(&target.join(name)), 0o600);
        }
    }
}
