//! What of an export the user leaves out: `--include`, `--exclude` and `.feijianignore`, all written as in .gitignore.

use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::import::error::ImportError;
use crate::lang::Label;

/// The file in the folder of an export that names what is not to be read.
pub const IGNORE_FILE: &str = ".feijianignore";

const EXCLUDED: Label = Label::new("按 --exclude 不读取", "left out by --exclude");
const NOT_INCLUDED: Label = Label::new("不在 --include 的范围内", "not among what --include names");
const IGNORED: Label = Label::new("按 .feijianignore 不读取", "left out by .feijianignore");

/// Patterns as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patterns {
    /// Only what one of these names is read; everything where there is none.
    pub include: Vec<String>,
    /// What one of these names is not read.
    pub exclude: Vec<String>,
}

/// Decides what is read.
#[derive(Debug, Clone)]
pub struct Selection {
    include: Option<Gitignore>,
    exclude: Gitignore,
    /// Of the folder being walked.
    ignored: Gitignore,
}

impl Default for Selection {
    fn default() -> Self {
        Self { include: None, exclude: Gitignore::empty(), ignored: Gitignore::empty() }
    }
}

/// A member and a sheet are below their file, as if that were a folder.
fn as_path(text: &str) -> String {
    let text = text.replace('\\', "/");
    match text.strip_prefix('!') {
        Some(rest) => format!("!{}", rest.replace('!', "/")),
        None => text.replace('!', "/"),
    }
}

fn matcher(patterns: &[String]) -> Result<Gitignore, ImportError> {
    let mut builder = GitignoreBuilder::new("");
    for pattern in patterns {
        let wrong =
            |error: ignore::Error| ImportError::Pattern { pattern: pattern.clone(), message: error.to_string() };
        builder.add_line(None, &as_path(pattern)).map_err(wrong)?;
    }
    let wrong = |error: ignore::Error| ImportError::Pattern { pattern: patterns.join(" "), message: error.to_string() };
    builder.build().map_err(wrong)
}

impl Selection {
    /// # Errors
    /// A pattern is none.
    pub fn new(patterns: &Patterns) -> Result<Self, ImportError> {
        let include = (!patterns.include.is_empty()).then(|| matcher(&patterns.include)).transpose()?;
        Ok(Self { include, exclude: matcher(&patterns.exclude)?, ignored: Gitignore::empty() })
    }

    /// Takes over the `.feijianignore` of a folder of exports, or that there is none.
    ///
    /// # Errors
    /// It cannot be read, or one of its lines is no pattern.
    pub fn enter(&mut self, folder: &Path) -> Result<(), ImportError> {
        let path = folder.join(IGNORE_FILE);
        self.ignored = Gitignore::empty();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                return Err(ImportError::Pattern { pattern: path.display().to_string(), message: error.to_string() });
            }
        };
        let lines: Vec<String> = text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect();
        self.ignored = matcher(&lines)?;
        Ok(())
    }

    /// Why something is left out that is itself named, or lies in what is. `inner` is its path within the export given.
    pub fn leaves_out(&self, inner: &str, is_folder: bool) -> Option<Label> {
        let path = as_path(inner);
        let path = path.trim_start_matches('/');
        for (patterns, label) in [(&self.exclude, EXCLUDED), (&self.ignored, IGNORED)] {
            if patterns.matched_path_or_any_parents(path, is_folder).is_ignore() {
                return Some(label);
            }
        }
        None
    }

    /// Why a table is left out.
    pub fn leaves_out_table(&self, inner: &str) -> Option<Label> {
        let path = as_path(inner);
        let included = self
            .include
            .as_ref()
            .is_none_or(|include| include.matched_path_or_any_parents(path.trim_start_matches('/'), false).is_ignore());
        self.leaves_out(inner, false).or((!included).then_some(NOT_INCLUDED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(include: &[&str], exclude: &[&str]) -> Selection {
        let owned = |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        Selection::new(&Patterns { include: owned(include), exclude: owned(exclude) }).expect("patterns")
    }

    #[test]
    fn patterns_reach_files_members_and_sheets() {
        let chosen = selection(&["fee*.csv", "2024/"], &["*备份*", "book.xlsx!说明", "!a备份.csv"]);
        let read = |inner: &str| chosen.leaves_out_table(inner).is_none();
        assert!(read("fee_1.csv") && read("x/fee_1.csv") && read("a.zip!fee_1.csv") && read("2024/x.txt"));
        assert!(!read("mdtrt.csv") && !read("fee备份.csv") && !read("2023/x.txt"));
        let chosen = selection(&[], &["book.xlsx!说明", "sub/*.csv", "old/", "C.CSV"]);
        let read = |inner: &str| chosen.leaves_out_table(inner).is_none();
        assert!(!read("book.xlsx!说明") && read("book.xlsx!费用") && !read("sub/a.csv") && read("a.csv"));
        assert!(!read("old/a.csv") && !read("x/old/b/c.csv") && read("old") && read("c.csv"));
        assert!(chosen.leaves_out("old", true).is_some());
        assert!(read("sub\\deep\\a.csv") && !read("sub\\a.csv"));
    }

    #[test]
    fn a_file_of_patterns_counts_for_its_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut chosen = Selection::default();
        chosen.enter(folder.path()).expect("none there");
        assert_eq!(chosen.leaves_out("a.csv", false), None);
        std::fs::write(folder.path().join(IGNORE_FILE), "\u{feff}# 旧的\r\n*.csv\r\n!b.csv\r\n").expect("write");
        chosen.enter(folder.path()).expect("readable");
        assert_eq!(chosen.leaves_out("x/a.csv", false), Some(IGNORED));
        assert_eq!(chosen.leaves_out("b.csv", false), None);
    }

    #[test]
    fn what_is_no_pattern_is_said() {
        let patterns = Patterns { include: vec!["a[".to_owned()], exclude: Vec::new() };
        // An open bracket is taken as it stands; an open brace is not.
        assert!(Selection::new(&patterns).is_ok());
        let patterns = Patterns { include: vec!["a{b".to_owned()], exclude: Vec::new() };
        assert!(matches!(Selection::new(&patterns), Err(ImportError::Pattern { .. })));
    }
}
