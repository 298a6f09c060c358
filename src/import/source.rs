//! The files of an export: found in folders, unpacked while they are read, hashed on the way.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::GB18030;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;
use zip::ZipArchive;

use super::error::ReadError;
use super::summary::{Skipped, SkippedFile};
use crate::format::hex;
use crate::knowledge;
use crate::lang::Label;

/// How the rows of a source are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Container {
    /// Delimited text.
    Text,
    /// Delimited text in gzip.
    Gzip,
    /// Delimited text in a member of a zip archive, by its position there.
    ZipMember(usize),
    /// Parquet.
    Parquet,
}

/// One file, or one member of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub path: PathBuf,
    /// Name within the archive.
    pub member: Option<String>,
    /// How it is stored.
    pub container: Container,
    /// Bytes of the file; of a member, its unpacked bytes.
    pub bytes: u64,
}

impl Source {
    /// `path`, or `path!member`.
    pub fn name(&self) -> String {
        match &self.member {
            Some(member) => format!("{}!{member}", self.path.display()),
            None => self.path.display().to_string(),
        }
    }

    /// The part of the name that may speak for a table.
    pub fn file_name(&self) -> String {
        match &self.member {
            Some(member) => member.rsplit('/').next().unwrap_or(member).to_owned(),
            None => self.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }

    /// Lets `read` read the unpacked bytes. Returns what it returns, and the SHA-256 of the file's bytes (of a member's unpacked
    /// bytes) in hexadecimal. `done` counts the bytes of [`Source::bytes`] that have been read.
    ///
    /// # Errors
    /// The file cannot be opened, unpacked or read, or what `read` says.
    pub fn with_bytes<T>(
        &self,
        done: &AtomicU64,
        read: impl FnOnce(&mut dyn Read) -> Result<T, ReadError>,
    ) -> Result<(T, String), ReadError> {
        let fail = |error: io::Error| ReadError::Io { source_name: self.name(), error };
        let file = File::open(&self.path).map_err(fail)?;
        match &self.container {
            Container::Text | Container::Parquet => {
                let mut bytes = Hashing::new(file, done);
                let value = read(&mut bytes)?;
                Ok((value, bytes.finish().map_err(fail)?))
            }
            Container::Gzip => {
                let mut bytes = Hashing::new(file, done);
                let value = read(&mut MultiGzDecoder::new(BufReader::with_capacity(1 << 17, &mut bytes)))?;
                Ok((value, bytes.finish().map_err(fail)?))
            }
            Container::ZipMember(index) => {
                let broken = |error| ReadError::Zip { source_name: self.name(), error };
                let mut archive = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
                let member = archive.by_index(*index).map_err(broken)?;
                let mut bytes = Hashing::new(member, done);
                let value = read(&mut bytes)?;
                Ok((value, bytes.finish().map_err(fail)?))
            }
        }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Discovery {
    /// To be read, sorted by name.
    pub sources: Vec<Source>,
    /// Not to be read.
    pub skipped: Vec<SkippedFile>,
}

const NO_EXPORT: Label = Label::new("不是导出数据文件", "not an export: neither CSV, text, Parquet, gzip nor zip");
const TRUTH: Label =
    Label::new("合成样例的标准答案，不是导出数据", "the planted truth of a synthetic area, not an export");
const KNOWLEDGE: Label = Label::new(
    "知识点文件，请用 --knowledge 指定其目录",
    "knowledge points, not an export: give their folder with --knowledge",
);
const PACKED_PARQUET: Label = Label::new("压缩包内的Parquet请先解压", "Parquet inside an archive: unpack it first");

/// Finds the exports among files and folders, recursively. A file that is named itself is read whatever its extension; in a folder
/// or an archive only known extensions are.
///
/// # Errors
/// A path does not exist, a folder cannot be listed, or an archive cannot be opened.
pub fn discover(paths: &[PathBuf]) -> Result<Discovery, ReadError> {
    let mut found = Discovery::default();
    let mut seen = HashSet::new();
    for path in paths {
        let fail = |error: io::Error| ReadError::Io { source_name: path.display().to_string(), error };
        if !std::fs::metadata(path).map_err(fail)?.is_dir() {
            add(&mut found, &mut seen, path, true)?;
            continue;
        }
        for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
            let entry = entry.map_err(|error| fail(error.into()))?;
            if entry.file_type().is_file() {
                add(&mut found, &mut seen, entry.path(), false)?;
            }
        }
    }
    found.sources.sort_by_key(Source::name);
    Ok(found)
}

fn add(found: &mut Discovery, seen: &mut HashSet<PathBuf>, path: &Path, named: bool) -> Result<(), ReadError> {
    let fail = |error: io::Error| ReadError::Io { source_name: path.display().to_string(), error };
    if !seen.insert(path.canonicalize().map_err(fail)?) {
        return Ok(());
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if has_extension(&name, "zip") {
        return add_members(found, path);
    }
    let container = match container(&name) {
        Ok(container) => container,
        // Whoever names a file wants it read, whatever it is called.
        Err(_) if named => Container::Text,
        Err(reason) => {
            found.skipped.push(SkippedFile {
                name: path.display().to_string(),
                reason: reason.into(),
                kind: Skipped::Stray,
            });
            return Ok(());
        }
    };
    if !named && container == Container::Text && is_knowledge(path).map_err(fail)? {
        found.skipped.push(SkippedFile {
            name: path.display().to_string(),
            reason: KNOWLEDGE.into(),
            kind: Skipped::Stray,
        });
        return Ok(());
    }
    let bytes = std::fs::metadata(path).map_err(fail)?.len();
    found.sources.push(Source { path: path.to_owned(), member: None, container, bytes });
    Ok(())
}

fn add_members(found: &mut Discovery, path: &Path) -> Result<(), ReadError> {
    let source_name = path.display().to_string();
    let file = File::open(path).map_err(|error| ReadError::Io { source_name: source_name.clone(), error })?;
    let broken = |error| ReadError::Zip { source_name: source_name.clone(), error };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(broken)?;
        if !member.is_file() {
            continue;
        }
        let raw = member.name_raw();
        // Archives made on Chinese Windows carry GBK names without saying so.
        let name = std::str::from_utf8(raw).map_or_else(|_| GB18030.decode(raw).0.into_owned(), str::to_owned);
        let kind = match container(name.rsplit('/').next().unwrap_or(&name)) {
            Ok(Container::Text) => Ok(Container::ZipMember(index)),
            Ok(_) => Err(PACKED_PARQUET),
            Err(reason) => Err(reason),
        };
        match kind {
            Ok(container) => {
                let bytes = member.size();
                found.sources.push(Source { path: path.to_owned(), member: Some(name), container, bytes });
            }
            Err(reason) => {
                let name = format!("{source_name}!{name}");
                found.skipped.push(SkippedFile { name, reason: reason.into(), kind: Skipped::Stray });
            }
        }
    }
    Ok(())
}

/// Whether a text file has the columns of a file of a knowledge folder, which may lie beside the exports.
fn is_knowledge(path: &Path) -> io::Result<bool> {
    // No header of such a file is longer.
    let mut head = Vec::new();
    File::open(path)?.take(1 << 10).read_to_end(&mut head)?;
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let columns = std::str::from_utf8(line).unwrap_or_default();
    Ok(knowledge::is_stored_header(&columns.split(',').collect::<Vec<_>>()))
}

fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|seen| seen.eq_ignore_ascii_case(extension))
}

/// How a file of this name is stored, or why it is no export.
fn container(name: &str) -> Result<Container, Label> {
    let lower = name.to_lowercase();
    if lower.starts_with("truth") {
        return Err(TRUTH);
    }
    if lower.starts_with(['.', '_']) || lower.starts_with("readme") {
        return Err(NO_EXPORT);
    }
    let text = |name: &str| ["csv", "txt", "tsv"].iter().any(|extension| has_extension(name, extension));
    match lower.strip_suffix(".gz") {
        Some(inner) if text(inner) => Ok(Container::Gzip),
        Some(_) => Err(NO_EXPORT),
        None if text(&lower) => Ok(Container::Text),
        None if has_extension(&lower, "parquet") => Ok(Container::Parquet),
        None => Err(NO_EXPORT),
    }
}

/// Hashes and counts what is read through it.
struct Hashing<'a, R> {
    inner: R,
    hash: Sha256,
    done: &'a AtomicU64,
}

impl<'a, R: Read> Hashing<'a, R> {
    fn new(inner: R, done: &'a AtomicU64) -> Self {
        Self { inner, hash: Sha256::new(), done }
    }

    /// Reads what the consumer left over and gives the hash.
    fn finish(mut self) -> io::Result<String> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(hex(&self.hash.finalize()))
    }
}

impl<R: Read> Read for Hashing<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.done.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn text(source: &Source) -> (String, String) {
        let read = |bytes: &mut dyn Read| {
            let mut text = String::new();
            bytes.read_to_string(&mut text).map_err(|error| ReadError::Io { source_name: String::new(), error })?;
            Ok(text)
        };
        source.with_bytes(&AtomicU64::new(0), read).expect("readable")
    }

    #[test]
    fn folders_archives_and_what_is_left_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("b.csv"), "b").expect("write");
        std::fs::write(at("README.md"), "r").expect("write");
        std::fs::write(at("truth.csv"), "t").expect("write");
        std::fs::create_dir(at("knowledge")).expect("a folder");
        std::fs::write(at("knowledge/sex_limit.csv"), "item_code,item_name,gend,source\r\n").expect("write");
        // Two gzip members in one file, as `cat a.gz b.gz` makes them.
        let mut packed = Vec::new();
        for part in ["one,", "two"] {
            let mut encoder = GzEncoder::new(&mut packed, Compression::fast());
            encoder.write_all(part.as_bytes()).expect("gzip");
            encoder.finish().expect("gzip");
        }
        std::fs::write(at("a.csv.gz"), &packed).expect("write");
        let mut archive = ZipWriter::new(File::create(at("c.zip")).expect("create"));
        for (name, content) in [("in/x.csv", "x"), ("notes.docx", "n")] {
            archive.start_file(name, SimpleFileOptions::default()).expect("zip");
            archive.write_all(content.as_bytes()).expect("zip");
        }
        archive.finish().expect("zip");

        let found = discover(&[folder.path().to_owned(), at("b.csv")]).expect("found");
        let names: Vec<String> = found.sources.iter().map(Source::file_name).collect();
        assert_eq!(names, ["a.csv.gz", "b.csv", "x.csv"]);
        assert_eq!(found.skipped.len(), 4, "{:?}", found.skipped);
        assert_eq!(text(&found.sources[0]).0, "one,two");
        assert_eq!(text(&found.sources[2]).0, "x");
        let sha = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";
        assert_eq!(text(&found.sources[1]), ("b".to_owned(), sha.to_owned()));
    }
}
