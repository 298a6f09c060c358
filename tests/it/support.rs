//! What the tests of the command line share: the program run in a folder, runs of sample-data kept for all tests, tables read back.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// A row of a CSV file: cell by column.
pub type Row = BTreeMap<String, String>;

/// What the program left behind.
#[derive(Debug)]
pub struct Ended {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Data.
    pub stdout: String,
    /// Messages.
    pub stderr: String,
}

/// A file or folder of the project.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Messages as snapshots keep them: the same wherever the checkout lies, and on Windows.
pub fn placeless(messages: &str) -> String {
    messages.replace(env!("CARGO_MANIFEST_DIR"), "[project]").replace('\\', "/")
}

/// The program, to be run in `folder`, with nothing set by the environment it is tested in but the key of pseudonyms: runs with stores
/// of their own are compared with each other.
pub fn feijian<S: AsRef<OsStr>>(folder: &Path, args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_feijian"));
    command.current_dir(folder).args(args).env_remove("FEIJIAN_LANG").stdin(Stdio::null());
    command.env("FEIJIAN_PSEUDONYM_KEY", project("tests/it/pseudonym.key"));
    command
}

/// Runs a command to its end.
pub fn ended(command: &mut Command) -> Ended {
    let output = command.output().expect("the program starts");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8 on stdout"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8 on stderr"),
    }
}

/// Runs the program with one argument per word of `line`; `@` stands for sample-data/ of the project.
pub fn run(folder: &Path, line: &str) -> Ended {
    let sample = project("sample-data");
    let words = line.split_whitespace().map(|word| match word.strip_prefix('@') {
        Some(rest) => sample.join(rest.trim_start_matches('/')).into_os_string(),
        None => word.into(),
    });
    ended(&mut feijian(folder, words))
}

/// As [`run`], for a command that has to succeed.
pub fn done(folder: &Path, line: &str) -> Ended {
    let ended = run(folder, line);
    assert_eq!(ended.code, Some(0), "feijian {line}\n{}", ended.stderr);
    ended
}

/// Writes the rule that docs/writing-rules.md goes through to `own` in `folder`, with its SQL changed by `edit`.
pub fn example_rule(folder: &Path, edit: impl Fn(&str) -> String) {
    let page = fs::read_to_string(project("docs/writing-rules.md")).expect("readable");
    let block = |fence: &str, nth: usize| {
        let block = page.split(fence).nth(nth).and_then(|block| block.split("```").next());
        block.unwrap_or_else(|| panic!("the page has {nth} blocks of {fence}")).to_owned()
    };
    let place = folder.join("own/high-outpatient-bill");
    fs::create_dir_all(&place).expect("writable");
    let sql = edit(&block("```sql\n", 1));
    for (file, text) in [("rule.toml", block("```toml\n", 1)), ("rule.sql", sql), ("cases.toml", block("```toml\n", 2))]
    {
        fs::write(place.join(file), text).expect("writable");
    }
}

/// A run made once and kept for the tests that read it.
pub struct SharedRun {
    /// The folder that holds `store` and `report`.
    pub folder: PathBuf,
    /// What it printed.
    pub ended: Ended,
}

impl SharedRun {
    /// Runs `line` below the target folder: a temporary folder in a static would never be removed.
    fn make(name: &str, line: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => panic!("{}: {error}", folder.display()),
            _ => fs::create_dir_all(&folder).expect("writable"),
        }
        let ended = done(&folder, line);
        Self { folder, ended }
    }

    /// A file of the report.
    pub fn report(&self, file: &str) -> PathBuf {
        self.folder.join("report").join(file)
    }

    /// The store, to read only.
    pub fn store(&self) -> PathBuf {
        self.folder.join("store")
    }

    /// Puts a copy of the store into `folder` as `store`, for a test that writes to one.
    pub fn copy_store(&self, folder: &Path) {
        for (name, path) in files(&self.store()) {
            let copy = folder.join("store").join(name);
            fs::create_dir_all(copy.parent().expect("a folder")).expect("writable");
            fs::copy(path, copy).expect("writable");
        }
    }
}

/// The run of sample-data that tests share, in Chinese: in the profile used for tests it takes longer than everything done with it.
/// Two threads, on machines of more processors too: tests/it/determinism.rs compares with one.
pub fn sample_run() -> &'static SharedRun {
    static SAMPLE: LazyLock<SharedRun> = LazyLock::new(|| {
        SharedRun::make("sample-run", "run @ --knowledge @/knowledge --store store --out report --threads 2")
    });
    &SAMPLE
}

/// The run of the hospital's files of sample-data, in English: for tests to which a small store is as good.
pub fn hospital_run() -> &'static SharedRun {
    static HOSPITAL: LazyLock<SharedRun> = LazyLock::new(|| {
        let line = "run @/hospital --lang en --set split-stay.max_gap_days=0 --store store --out report";
        SharedRun::make("hospital-run", line)
    });
    &HOSPITAL
}

/// The column names of a CSV file.
pub fn header(path: &Path) -> Vec<String> {
    let mut reader = reader(path);
    reader.headers().expect("a header").iter().map(str::to_owned).collect()
}

/// The rows of a CSV file in UTF-8, with or without a byte-order mark.
pub fn rows(path: &Path) -> Vec<Row> {
    reader(path).deserialize().map(|row| row.unwrap_or_else(|error| panic!("{}: {error}", path.display()))).collect()
}

fn reader(path: &Path) -> csv::Reader<io::Cursor<String>> {
    let mut text = String::new();
    let mut file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    file.read_to_string(&mut text).expect("UTF-8");
    csv::Reader::from_reader(io::Cursor::new(text.trim_start_matches('\u{feff}').to_owned()))
}

/// Yuan with two decimals as fen.
pub fn fen(yuan: &str) -> i64 {
    let (whole, cents) = yuan.split_once('.').unwrap_or_else(|| panic!("{yuan} has no decimals"));
    assert_eq!(cents.len(), 2, "{yuan}");
    format!("{whole}{cents}").parse().unwrap_or_else(|error| panic!("{yuan}: {error}"))
}

/// All files below a folder, by their path within it with `/` between the parts.
pub fn files(folder: &Path) -> BTreeMap<String, PathBuf> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.expect("readable"));
    let files = entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
    files
        .map(|path| {
            let inner = path.strip_prefix(folder).expect("below the folder").to_string_lossy().replace('\\', "/");
            (inner, path)
        })
        .collect()
}
