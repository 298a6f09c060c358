//! Finds the tables of an export: in folders, in archives, in workbooks. What is not read is named, with the reason.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use encoding_rs::GB18030;
use walkdir::WalkDir;
use zip::ZipArchive;

use super::selection::Selection;
use super::sniff::{self, Kind};
use super::{Content, Packing, Source, delta, stray};
use crate::explained::Explained;
use crate::import::error::{ImportError, ReadError};
use crate::import::identify::known_columns;
use crate::import::layout::Layouts;
use crate::import::sheets::workbook::{self, Book};
use crate::import::sheets::{html, spreadsheetml};
use crate::import::summary::{Skipped, SkippedFile};
use crate::knowledge;
use crate::lang::{Label, Text};

/// Archives within archives are opened to this depth.
const DEEPEST: usize = 2;

/// Known columns that a file has to name to be taken for claims.
pub const SPEAKING_COLUMNS: usize = 3;

const KNOWLEDGE: Label = Label::new(
    "知识点文件，请用 --knowledge 指定其目录",
    "knowledge points, not an export: give their folder with --knowledge",
);
const EMPTY: Label = Label::new("空文件", "an empty file");
const MARKUP: Label = Label::new("JSON 或 XML，不是导出数据", "JSON or XML, not an export");
const NO_CELLS: Label = Label::new("图表或宏，没有单元格", "a chart or macro, without cells");
const NO_TABLE: Label = Label::new("网页，其中没有表格", "a web page without a table");
const OFFICE: Label = Label::new("文档，不是导出数据表", "a document, not a table of an export");
const TOO_DEEP: Label =
    Label::new("压缩包套压缩包超过两层，请先解压", "an archive within an archive within an archive: unpack it first");
const NUMBERS: Label = Label::new("苹果 Numbers 文件，请导出为 .xlsx", "a file of Apple's Numbers: export it as .xlsx");
const NO_FILE: Label = Label::new("不是普通文件", "no ordinary file");

/// What was found.
#[derive(Debug, Default)]
pub struct Discovery {
    /// To be read, sorted by name.
    pub sources: Vec<Source>,
    /// Not to be read.
    pub skipped: Vec<SkippedFile>,
    /// What is wrong with the first of the files the user named itself that cannot be read.
    pub failure: Option<ReadError>,
}

/// How exports are looked for.
pub struct Search<'a> {
    /// What the user leaves out.
    pub selection: Selection,
    /// The tables that are known: what speaks of their columns and is not read may be claims.
    pub layouts: &'a Layouts,
    /// The folder where what is packed in archives may be unpacked.
    pub workroom: &'a Path,
}

impl Search<'_> {
    /// Finds the tables among files and folders, recursively. What a file is, its content tells; in folders, some are left alone by
    /// their name.
    ///
    /// # Errors
    /// A path does not exist, or a `.feijianignore` cannot be read.
    pub fn discover(mut self, paths: &[PathBuf]) -> Result<Discovery, ImportError> {
        let workroom: Arc<Path> = Arc::from(self.workroom);
        let mut found = Discovery::default();
        let mut seen = HashSet::new();
        for path in paths {
            let fail = |error: io::Error| ReadError::Io { source_name: path.display().to_string(), error };
            let own = path.canonicalize().map_err(fail)?;
            if !own.is_dir() {
                self.selection.enter(Path::new("/nowhere"))?;
                if seen.insert(own) {
                    let name = file_name(path);
                    self.file(&mut found, Source::on_disk(path, Vec::new(), true, workroom.clone()), &name);
                }
                continue;
            }
            self.selection.enter(path)?;
            let above = file_name(&own);
            let mut deltas: Vec<delta::Table> = Vec::new();
            let mut walk = WalkDir::new(path).follow_links(true).sort_by_file_name().into_iter();
            while let Some(entry) = walk.next() {
                let entry = match entry {
                    Ok(entry) => entry,
                    Err(error) => {
                        let name = error.path().unwrap_or(path).display().to_string();
                        let text = Text::new(format!("打不开（{error}）"), format!("cannot be opened: {error}"));
                        skip(&mut found, name, text, Skipped::Refused);
                        continue;
                    }
                };
                let inner =
                    entry.path().strip_prefix(path).unwrap_or(entry.path()).to_string_lossy().replace('\\', "/");
                if entry.file_type().is_dir() {
                    if let Some(reason) = self.folder(entry.path(), &inner) {
                        skip(&mut found, format!("{}/", entry.path().display()), reason.into(), Skipped::Stray);
                        walk.skip_current_dir();
                    }
                    deltas.extend(delta::Table::at(entry.path()));
                    continue;
                }
                if !entry.file_type().is_file() {
                    skip(&mut found, entry.path().display().to_string(), NO_FILE.into(), Skipped::Stray);
                    continue;
                }
                if entry.path().canonicalize().is_ok_and(|own| !seen.insert(own)) {
                    continue;
                }
                if let Some((reason, kind)) = deltas.iter().find_map(|table| table.leaves_out(entry.path())) {
                    skip(&mut found, entry.path().display().to_string(), reason.into(), kind);
                    continue;
                }
                let mut folders = vec![above.clone()];
                folders.extend(inner.split('/').map(str::to_owned));
                folders.pop();
                self.file(&mut found, Source::on_disk(entry.path(), folders, false, workroom.clone()), &inner);
            }
        }
        found.sources.sort_by_key(Source::name);
        Ok(found)
    }

    /// Why a folder is left alone.
    fn folder(&self, path: &Path, inner: &str) -> Option<Label> {
        if inner.is_empty() {
            return None;
        }
        let own = || stray::own(|name| path.join(name).exists());
        self.selection.leaves_out(inner, true).or_else(|| stray::folder(&file_name(path))).or_else(own)
    }

    /// A file on disk. `inner` is its path within the export given.
    fn file(&self, found: &mut Discovery, source: Source, inner: &str) {
        let left_alone = (!source.named).then(|| stray::file(&source.own_name())).flatten();
        if let Some(reason) = self.selection.leaves_out(inner, false).or(left_alone) {
            skip(found, source.name(), reason.into(), Skipped::Stray);
            return;
        }
        if let Some((original, part)) = stray::original(&source.own_name()).filter(|_| !source.named) {
            let beside = source.path.with_file_name(original).is_file();
            if beside || part {
                let (label, kind) =
                    if beside { (stray::COPY, Skipped::Stray) } else { (stray::PART, Skipped::Refused) };
                skip(found, source.name(), label.into(), kind);
                return;
            }
        }
        self.look(found, source, inner, 0);
    }

    /// Looks into a source that is no more than a name yet.
    fn look(&self, found: &mut Discovery, source: Source, inner: &str, depth: usize) {
        match source.head(sniff::HEAD) {
            Ok(head) => self.told(found, source, inner, &head, depth),
            Err(error) => refuse(found, &source, error),
        }
    }

    /// Adds what a source holds, by its first bytes.
    fn told(&self, found: &mut Discovery, source: Source, inner: &str, head: &[u8], depth: usize) {
        let name = source.own_name();
        match sniff::kind(name.strip_suffix(".gz").unwrap_or(&name), head) {
            // Whoever names a file wants it read: why it cannot be is an error.
            Kind::Empty if source.named && source.member.is_none() => self.table(found, source, inner),
            Kind::Empty => skip(found, source.name(), EMPTY.into(), Skipped::Stray),
            Kind::Text if !source.named && is_knowledge(head) => {
                skip(found, source.name(), KNOWLEDGE.into(), Skipped::Stray);
            }
            Kind::Text if !source.named && stray::template(&name) && is_bare(head) => {
                skip(found, source.name(), stray::TEMPLATE.into(), Skipped::Stray);
            }
            Kind::Text => self.table(found, source, inner),
            Kind::Parquet => self.table(found, Source { content: Content::Parquet, ..source }, inner),
            Kind::Dbf => self.table(found, Source { content: Content::Dbf, ..source }, inner),
            Kind::Html => self.page(found, source, inner),
            Kind::SpreadsheetMl => self.spreadsheetml(found, source, inner),
            Kind::Gzip => self.gzip(found, source, inner, depth),
            Kind::Zip => match source.unpack() {
                Ok(source) => self.zip(found, source, inner, depth),
                Err(error) => refuse(found, &source, error),
            },
            Kind::Ole => match source.unpack() {
                Ok(source) => self.ole(found, source, inner),
                Err(error) => refuse(found, &source, error),
            },
            Kind::Sql => match source.unpacking(None, |bytes| Ok(sniff::sql(bytes))) {
                Ok((Some(text), _)) => skip(found, source.name(), text, Skipped::Refused),
                Ok((None, _)) => skip(found, source.name(), sniff::STATEMENTS.into(), Skipped::Stray),
                Err(error) => refuse(found, &source, error),
            },
            Kind::Markup if self.speaks(&sniff::decoded(head)) => {
                skip(found, source.name(), sniff::markup_refused(), Skipped::Refused);
            }
            Kind::Markup => skip(found, source.name(), MARKUP.into(), Skipped::Stray),
            Kind::Other(kind, text) => skip(found, source.name(), text, kind),
        }
    }

    /// Whether a text names columns of known tables.
    fn speaks(&self, text: &str) -> bool {
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| word.chars().count() > 1);
        let words: HashSet<String> = words.map(str::to_owned).collect();
        known_columns(self.layouts, &words.into_iter().collect::<Vec<_>>()) >= SPEAKING_COLUMNS
    }

    /// Adds a table, unless the user leaves it out.
    fn table(&self, found: &mut Discovery, source: Source, inner: &str) {
        let inner = match &source.sheet {
            Some(sheet) => format!("{inner}!{sheet}"),
            None => inner.to_owned(),
        };
        match self.selection.leaves_out_table(&inner) {
            Some(reason) => skip(found, source.name(), reason.into(), Skipped::Stray),
            // Tables of one file bring up different things.
            None => found.sources.push(Source { notes: Arc::default(), ..source }),
        }
    }

    fn gzip(&self, found: &mut Discovery, source: Source, inner: &str, depth: usize) {
        let packing = match source.packing {
            Packing::Plain => Packing::Gzip,
            Packing::Zip { index, gzip: false } => Packing::Zip { index, gzip: true },
            Packing::Gzip | Packing::Zip { .. } => {
                skip(found, source.name(), TOO_DEEP.into(), Skipped::Refused);
                return;
            }
        };
        self.look(found, Source { packing, ..source }, inner, depth);
    }

    fn page(&self, found: &mut Discovery, source: Source, inner: &str) {
        let shapes = source.unpacking(None, |bytes| html::shapes(&source.name(), bytes));
        let ranges = match shapes {
            Ok((shapes, _)) => html::ranges(&shapes),
            Err(error) => return refuse(found, &source, error),
        };
        let several = ranges.len() > 1;
        if ranges.is_empty() {
            // A page that asks to log in, saved in place of the export, has its name.
            let in_place = self.layouts.named(&source.file_name().to_lowercase());
            let kind = if in_place { Skipped::Refused } else { Skipped::Stray };
            skip(found, source.name(), NO_TABLE.into(), kind);
        }
        for (number, range) in ranges.into_iter().enumerate() {
            let sheet = several.then(|| format!("table{}", number + 1));
            self.table(found, Source { content: Content::Html(range), sheet, ..source.clone() }, inner);
        }
    }

    fn spreadsheetml(&self, found: &mut Discovery, source: Source, inner: &str) {
        match source.unpacking(None, |bytes| spreadsheetml::sheets(&source.name(), bytes)) {
            Err(error) => refuse(found, &source, error),
            Ok((sheets, _)) => {
                for (at, sheet) in sheets.into_iter().enumerate() {
                    let content = Content::SpreadsheetMl(at);
                    self.table(found, Source { content, sheet: Some(sheet), ..source.clone() }, inner);
                }
            }
        }
    }

    /// A workbook that lies open, its sheets as tables.
    fn book(&self, found: &mut Discovery, source: &Source, inner: &str, book: Book) {
        match source.file().and_then(|file| workbook::sheets(&source.name(), file, book)) {
            Err(error) => refuse(found, source, error),
            Ok(sheets) => {
                for (sheet, has_cells) in sheets {
                    let table = Source { content: Content::Sheet(book), sheet: Some(sheet), ..source.clone() };
                    match has_cells {
                        true => self.table(found, table, inner),
                        false => skip(found, table.name(), NO_CELLS.into(), Skipped::Stray),
                    }
                }
            }
        }
    }

    /// A workbook of Excel 97, another old office file, or a new one with a password.
    fn ole(&self, found: &mut Discovery, source: Source, inner: &str) {
        let streams = match source.file().and_then(|file| ole_streams(&source, file)) {
            Ok(streams) => streams,
            Err(error) => return refuse(found, &source, error),
        };
        let has = |name: &str| streams.iter().any(|stream| stream == name);
        if has("EncryptedPackage") {
            refuse(found, &source, ReadError::Locked { source_name: source.name() });
        } else if has("Workbook") || has("Book") {
            self.book(found, &source, inner, Book::Xls);
        } else if has("WordDocument") || has("PowerPoint Document") || has("VisioDocument") {
            skip(found, source.name(), OFFICE.into(), Skipped::Stray);
        } else {
            // Whatever is wrong, calamine has words for it.
            self.book(found, &source, inner, Book::Xls);
        }
    }

    fn zip(&self, found: &mut Discovery, source: Source, inner: &str, depth: usize) {
        let broken = |error| ReadError::Zip { source_name: source.name(), error };
        let opened = source.base().and_then(|file| ZipArchive::new(BufReader::new(file)).map_err(broken));
        let mut archive = match opened {
            Ok(archive) => archive,
            Err(error) => return refuse(found, &source, error),
        };
        let holds = |name: &str| archive.index_for_name(name).is_some();
        if holds("xl/workbook.bin") {
            return self.book(found, &source, inner, Book::Xlsb);
        }
        if holds("xl/workbook.xml") || (holds("[Content_Types].xml") && holds("xl/styles.xml")) {
            return self.book(found, &source, inner, Book::Xlsx);
        }
        if holds("word/document.xml") || holds("ppt/presentation.xml") || holds("visio/document.xml") {
            return skip(found, source.name(), OFFICE.into(), Skipped::Stray);
        }
        if holds("mimetype") && holds("content.xml") {
            let mut kind = String::new();
            // Not even a kind: then no kind of ours.
            let _ = archive.by_name("mimetype").map(|mut member| member.read_to_string(&mut kind));
            return match kind.contains("spreadsheet") {
                true => self.book(found, &source, inner, Book::Ods),
                false => skip(found, source.name(), OFFICE.into(), Skipped::Stray),
            };
        }
        if holds("Index/Document.iwa") {
            return skip(found, source.name(), NUMBERS.into(), Skipped::Refused);
        }
        if depth >= DEEPEST {
            return skip(found, source.name(), TOO_DEEP.into(), Skipped::Refused);
        }
        for index in 0..archive.len() {
            self.member(found, &source, inner, &mut archive, index, depth);
        }
    }

    fn member(
        &self,
        found: &mut Discovery,
        archive_source: &Source,
        inner: &str,
        archive: &mut ZipArchive<BufReader<File>>,
        index: usize,
        depth: usize,
    ) {
        let (name, bytes) = match archive.by_index_raw(index) {
            Ok(member) if !member.is_file() => return,
            Ok(member) => {
                let raw = member.name_raw();
                // Archives made on Chinese Windows carry GBK names without saying so.
                let name = std::str::from_utf8(raw).map_or_else(|_| GB18030.decode(raw).0.into_owned(), str::to_owned);
                (name.replace('\\', "/"), member.size())
            }
            Err(error) => {
                return refuse(found, archive_source, ReadError::Zip { source_name: archive_source.name(), error });
            }
        };
        let member = match &archive_source.member {
            Some(outer) => format!("{outer}!{name}"),
            None => name.clone(),
        };
        let inner = format!("{inner}!{name}");
        let packing = Packing::Zip { index, gzip: false };
        let source = Source { member: Some(member), packing, bytes, named: false, ..archive_source.clone() };
        let mut folders = name.split('/').rev();
        let left_alone = stray::file(folders.next().unwrap_or_default()).or_else(|| folders.find_map(stray::folder));
        if let Some(reason) = self.selection.leaves_out(&inner, false).or(left_alone) {
            return skip(found, source.name(), reason.into(), Skipped::Stray);
        }
        let head = archive.by_index(index).map_err(|error| ReadError::Zip { source_name: source.name(), error });
        let head = head.and_then(|member| {
            let mut head = Vec::new();
            let read = member.take(sniff::HEAD as u64).read_to_end(&mut head);
            read.map_err(|error| ReadError::Io { source_name: source.name(), error })?;
            Ok(head)
        });
        match head {
            Ok(head) => self.told(found, source, &inner, &head, depth + 1),
            Err(error) => refuse(found, &source, error),
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn skip(found: &mut Discovery, name: String, reason: Text, kind: Skipped) {
    found.skipped.push(SkippedFile { name, reason, kind });
}

fn refuse(found: &mut Discovery, source: &Source, error: ReadError) {
    skip(found, source.name(), reason(&error, &source.name()), Skipped::Refused);
    if source.named {
        found.failure.get_or_insert(error);
    }
}

/// What an error says, without the name of the file that it begins with.
pub fn reason(error: &ReadError, name: &str) -> Text {
    let without = |text: String| {
        let rest = text.strip_prefix(name).unwrap_or(&text);
        rest.trim_start_matches(['：', ':', ' ']).lines().map(str::trim).collect::<Vec<_>>().join(" ")
    };
    Text::new(without(error.told().zh), without(error.to_string()))
}

/// The names of the streams in a container of old office files, as far as its first block of names has them, and those after it.
fn ole_streams(source: &Source, mut file: File) -> Result<Vec<String>, ReadError> {
    /// More blocks of names than any workbook has.
    const MOST: usize = 64 << 10;
    use std::io::{Seek, SeekFrom};

    let fail = |error: io::Error| ReadError::Io { source_name: source.name(), error };
    let mut head = [0; 512];
    file.read_exact(&mut head).map_err(fail)?;
    let shift = u32::from(u16::from_le_bytes([head[30], head[31]])).clamp(9, 12);
    let first = u64::from(u32::from_le_bytes([head[48], head[49], head[50], head[51]]));
    // The blocks of the folder follow each other in files that were written at one go.
    file.seek(SeekFrom::Start((first + 1) << shift)).map_err(fail)?;
    let mut names = Vec::new();
    file.take(MOST as u64).read_to_end(&mut names).map_err(fail)?;
    let entries = names.chunks_exact(128).map_while(|entry| {
        let length = usize::from(u16::from_le_bytes([entry[64], entry[65]]));
        if length > 64 || entry[66] > 5 {
            return None;
        }
        let units: Vec<u16> = entry[..length.saturating_sub(2)]
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        Some(String::from_utf16_lossy(&units))
    });
    Ok(entries.collect())
}

/// Whether a text holds a header and hardly more.
fn is_bare(head: &[u8]) -> bool {
    const LINES: usize = 4;
    head.len() < sniff::HEAD && sniff::decoded(head).lines().filter(|line| !line.trim().is_empty()).count() <= LINES
}

/// Whether a text file has the columns of a file of a knowledge folder, which may lie beside the exports.
fn is_knowledge(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    // No header of such a file is longer.
    let columns = std::str::from_utf8(&line[..line.len().min(1 << 10)]).unwrap_or_default();
    knowledge::is_stored_header(&columns.split(',').collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::atomic::AtomicU64;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::import::source::selection::Patterns;

    fn discover(paths: &[PathBuf], patterns: &Patterns) -> Discovery {
        let layouts = Layouts::built_in().expect("layouts");
        let selection = Selection::new(patterns).expect("patterns");
        let workroom = std::env::temp_dir();
        Search { selection, layouts: &layouts, workroom: &workroom }.discover(paths).expect("found")
    }

    fn text(source: &Source) -> (String, String) {
        let read = |bytes: &mut dyn Read| {
            let mut text = String::new();
            bytes.read_to_string(&mut text).map_err(|error| ReadError::Io { source_name: String::new(), error })?;
            Ok(text)
        };
        source.with_bytes(&AtomicU64::new(0), read).expect("readable")
    }

    fn zipped(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, content) in members {
            archive.start_file(*name, SimpleFileOptions::default()).expect("zip");
            archive.write_all(content).expect("zip");
        }
        archive.finish().expect("zip").into_inner()
    }

    fn gzipped(parts: &[&str]) -> Vec<u8> {
        let mut packed = Vec::new();
        for part in parts {
            let mut encoder = GzEncoder::new(&mut packed, Compression::fast());
            encoder.write_all(part.as_bytes()).expect("gzip");
            encoder.finish().expect("gzip");
        }
        packed
    }

    fn names(found: &Discovery, folder: &Path) -> (Vec<String>, Vec<(String, Skipped)>) {
        let start = format!("{}/", folder.display());
        let short = |name: &str| name.strip_prefix(&start).unwrap_or(name).to_owned();
        let sources = found.sources.iter().map(|source| short(&source.name())).collect();
        let mut skipped: Vec<_> = found.skipped.iter().map(|file| (short(&file.name), file.kind)).collect();
        skipped.sort_by(|one, other| one.0.cmp(&other.0));
        (sources, skipped)
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
        std::fs::write(at("a.csv.gz"), gzipped(&["one,", "two"])).expect("write");
        let inner = zipped(&[("deep.txt", b"d,e"), ("deeper.zip", &zipped(&[("x.csv", b"x,y")]))]);
        let packed = gzipped(&["p,q"]);
        let members: [(&str, &[u8]); 5] = [
            ("in/x.csv", b"x"),
            ("notes.docx", b"n"),
            ("__MACOSX/in/._x.csv", b"m"),
            ("inner.zip", &inner),
            ("p.csv.gz", &packed),
        ];
        std::fs::write(at("c.zip"), zipped(&members)).expect("write");

        let found = discover(&[folder.path().to_owned(), at("b.csv")], &Patterns::default());
        let (sources, skipped) = names(&found, folder.path());
        assert_eq!(sources, ["a.csv.gz", "b.csv", "c.zip!in/x.csv", "c.zip!inner.zip!deep.txt", "c.zip!p.csv.gz"]);
        let stray = |name: &str| (name.to_owned(), Skipped::Stray);
        assert_eq!(
            skipped,
            [
                stray("README.md"),
                stray("c.zip!__MACOSX/in/._x.csv"),
                ("c.zip!inner.zip!deeper.zip".to_owned(), Skipped::Refused),
                stray("c.zip!notes.docx"),
                stray("knowledge/sex_limit.csv"),
                stray("truth.csv"),
            ]
        );
        let texts: Vec<String> = found.sources.iter().map(|source| text(source).0).collect();
        assert_eq!(texts, ["one,two", "b", "x", "d,e", "p,q"]);
        let sha = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";
        assert_eq!(text(&found.sources[1]), ("b".to_owned(), sha.to_owned()));
    }

    #[test]
    fn broken_files_stop_nobody() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a.csv"), "a,b").expect("write");
        let archive = zipped(&[("x.csv", b"x,y")]);
        std::fs::write(at("cut.zip"), &archive[..archive.len() - 10]).expect("write");
        std::fs::write(at("cut.csv.gz"), &gzipped(&["one,two,three"])[..12]).expect("write");
        std::fs::write(at("x.7z"), b"7z\xbc\xaf\x27\x1c\0\x04").expect("write");
        std::fs::write(at("empty.csv"), b"\xef\xbb\xbf\r\n").expect("write");
        std::fs::write(at("no.xlsx"), archive).expect("write");
        let found = discover(&[folder.path().to_owned()], &Patterns::default());
        let (sources, skipped) = names(&found, folder.path());
        // A zip archive is one whatever it is called.
        assert_eq!(sources, ["a.csv", "no.xlsx!x.csv"]);
        let refused = |name: &str| (name.to_owned(), Skipped::Refused);
        assert_eq!(
            skipped,
            [refused("cut.csv.gz"), refused("cut.zip"), ("empty.csv".to_owned(), Skipped::Stray), refused("x.7z")]
        );
        assert!(found.failure.is_none());
        let found = discover(&[at("cut.zip")], &Patterns::default());
        assert!(matches!(found.failure, Some(ReadError::Zip { .. })));
    }

    #[test]
    fn copies_beside_a_file_are_none_of_it() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in
            ["a.csv", "a.csv.bak", "a.csv~", "a.csv.part", "b.csv.bak", "c.csv.crdownload", "d模板.csv", "e模板.csv"]
        {
            let lines = if name.starts_with('e') { 9 } else { 2 };
            std::fs::write(folder.path().join(name), "a,b\n".repeat(lines)).expect("write");
        }
        let found = discover(&[folder.path().to_owned()], &Patterns::default());
        let (sources, skipped) = names(&found, folder.path());
        assert_eq!(sources, ["a.csv", "b.csv.bak", "e模板.csv"]);
        let refused: Vec<_> = skipped.iter().filter(|(_, kind)| *kind == Skipped::Refused).collect();
        assert_eq!((skipped.len(), refused), (5, vec![&("c.csv.crdownload".to_owned(), Skipped::Refused)]));
    }

    #[test]
    fn what_the_user_leaves_out_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for sub in ["old", "new", "store/staged"] {
            std::fs::create_dir_all(at(sub)).expect("a folder");
        }
        for name in ["old/a.csv", "new/a.csv", "new/b.csv", "new/c备份.csv", "store/staged/x.csv", "store/store.json"]
        {
            std::fs::write(at(name), "a,b").expect("write");
        }
        std::fs::write(at("z.zip"), zipped(&[("a.csv", b"a,b"), ("b.csv", b"a,b")])).expect("write");
        std::fs::write(at(".feijianignore"), "*备份*\n").expect("write");
        let patterns = Patterns { include: vec!["a.csv".to_owned()], exclude: vec!["old/".to_owned()] };
        let (sources, skipped) = names(&discover(&[folder.path().to_owned()], &patterns), folder.path());
        assert_eq!(sources, ["new/a.csv", "z.zip!a.csv"]);
        let skipped: Vec<String> = skipped.into_iter().map(|(name, _)| name).collect();
        assert_eq!(skipped, [".feijianignore", "new/b.csv", "new/c备份.csv", "old/", "store/", "z.zip!b.csv"]);
    }

    #[test]
    fn folders_speak_for_tables_and_columns() {
        let folder = tempfile::tempdir().expect("a folder");
        let part = folder.path().join("fee_list_d.parquet/fixmedins_code=H1/part-00000");
        std::fs::create_dir_all(part.parent().expect("a folder")).expect("a folder");
        std::fs::write(&part, "PAR1").expect("write");
        let found = discover(&[folder.path().to_owned()], &Patterns::default());
        assert_eq!(found.sources[0].file_name(), "fee_list_d.parquet/part-00000");
        assert_eq!(found.sources[0].partitions(), [("fixmedins_code".to_owned(), Some("H1".to_owned()))]);
        assert_eq!(found.sources[0].content, Content::Parquet);
        // The folder itself may be given.
        let found = discover(&[folder.path().join("fee_list_d.parquet/fixmedins_code=H1")], &Patterns::default());
        assert_eq!(found.sources[0].partitions().len(), 1);
    }
}
