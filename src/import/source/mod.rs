//! The files of an export: found in folders, told by their content, unpacked while they are read, hashed on the way.
//!
//! - this file: one source and how its bytes, or the text of its table, are read
//! - `discover`: what is in folders, archives and workbooks; `sniff`: what a file is, by its first bytes; `stray`: what is left alone by its
//!   name; `selection`: what the user leaves out; `hive`: columns that stand in the names of folders; `delta`:
//!   which files of a Delta table are its present ones

mod delta;
mod discover;
pub mod hive;
pub mod selection;
mod sniff;
mod stray;

pub use discover::{Discovery, SPEAKING_COLUMNS, Search, reason};

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use super::error::ReadError;
use super::records::Dialect;
use super::sheets;
use super::sheets::dbf::Dbf;
use super::sheets::html::Html;
use super::sheets::spreadsheetml::SpreadsheetMl;
use super::sheets::workbook::{Book, through, with_sheet};
use crate::format::hex;
use crate::lang::Text;

/// How the bytes of a source are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// In gzip.
    Gzip,
    /// A member of a zip archive.
    Zip {
        /// Its position there.
        index: usize,
        /// The member is gzip itself.
        gzip: bool,
    },
}

/// What the unpacked bytes of a source are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Delimited text.
    Text,
    /// Parquet.
    Parquet,
    /// A sheet of a workbook, by the source's [`Source::sheet`].
    Sheet(Book),
    /// Tables of a web page, by their order there.
    Html(Range<usize>),
    /// A sheet of Excel 2003's XML, by its position.
    SpreadsheetMl(usize),
    /// A dBASE table.
    Dbf,
}

/// One table: a file, a member of an archive, a sheet of a workbook.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file of the export it lies in.
    pub path: PathBuf,
    /// Name within the archive; of archives within archives, both joined by `!`.
    pub member: Option<String>,
    /// Name of the sheet, or which tables of a page.
    pub sheet: Option<String>,
    /// How it is packed.
    pub packing: Packing,
    /// What it is.
    pub content: Content,
    /// Bytes of the file; of a member, its unpacked bytes.
    pub bytes: u64,
    /// The user named the file itself, not a folder it is in.
    pub named: bool,
    /// Folders between the export given and the file, the export's own first.
    folders: Vec<String>,
    /// What had to be unpacked already: `packing` begins from here instead of from `path`.
    unpacked: Option<Arc<File>>,
    /// Where more may be unpacked.
    workroom: Arc<Path>,
    /// What its reading brought up.
    notes: Arc<Mutex<Vec<Text>>>,
}

impl Source {
    /// A file on disk that has yet to be looked at.
    fn on_disk(path: &Path, folders: Vec<String>, named: bool, workroom: Arc<Path>) -> Self {
        Self {
            path: path.to_owned(),
            member: None,
            sheet: None,
            packing: Packing::Plain,
            content: Content::Text,
            bytes: std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
            named,
            folders,
            unpacked: None,
            workroom,
            notes: Arc::default(),
        }
    }

    /// `path`, `path!member`, `path!sheet` or `path!member!sheet`.
    pub fn name(&self) -> String {
        let parts = [&self.member, &self.sheet].into_iter().flatten();
        parts.fold(self.path.display().to_string(), |name, part| format!("{name}!{part}"))
    }

    /// The last part of the path or of the member's name.
    fn own_name(&self) -> String {
        match &self.member {
            Some(member) => member.rsplit(['/', '!']).next().unwrap_or(member).to_owned(),
            None => self.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        }
    }

    /// The parts of the name that may speak for a table: the file's and the sheet's, and of a part of a data set the folder's.
    pub fn file_name(&self) -> String {
        let mut names = Vec::new();
        let own = self.own_name();
        let folders = self.all_folders();
        let partitioned = folders.iter().any(|folder| hive::is_partition(folder));
        let is_part = |name: &str| {
            let name = name.to_lowercase();
            name.starts_with("part-") || name.starts_with("data_") || name.starts_with("00000")
        };
        let data_set = folders.iter().rev().find(|folder| !hive::is_partition(folder));
        if let Some(folder) = data_set
            && (partitioned || is_part(&own) || folder.contains('.'))
        {
            names.push(folder.clone());
        }
        names.push(own);
        names.extend(self.sheet.clone());
        names.join("/")
    }

    /// Names of the folders the source is in, within archives too, the outermost first.
    fn all_folders(&self) -> Vec<String> {
        let mut folders = self.folders.clone();
        if let Some(member) = &self.member {
            let mut inner: Vec<String> = member.split(['/', '!']).map(str::to_owned).collect();
            inner.pop();
            folders.extend(inner);
        }
        folders
    }

    /// The columns that stand in the names of its folders, as Hive and Spark write them.
    pub fn partitions(&self) -> Vec<hive::Partition> {
        self.all_folders().iter().filter_map(|folder| hive::partition(folder)).collect()
    }

    /// How its text is split, where that is not to be found out.
    pub const fn dialect(&self) -> Option<Dialect> {
        match self.content {
            Content::Text | Content::Parquet => None,
            Content::Sheet(_) | Content::Html(_) | Content::SpreadsheetMl(_) | Content::Dbf => Some(sheets::DIALECT),
        }
    }

    /// What a table that is no text is called where texts name their encoding.
    pub const fn format(&self) -> Option<&'static str> {
        match &self.content {
            Content::Text => None,
            Content::Parquet => Some("Parquet"),
            Content::Sheet(book) => Some(book.name()),
            Content::Html(_) => Some("HTML"),
            Content::SpreadsheetMl(_) => Some("XML 2003"),
            Content::Dbf => Some("dbf"),
        }
    }

    /// Lets `read` read the unpacked bytes; of a table that is no text and no Parquet, its text. Returns what it returns, and a SHA-256
    /// in hexadecimal: of the file's bytes, of a member's unpacked bytes, of the text of one of several tables of a file. `done` counts
    /// the bytes that have been read.
    ///
    /// # Errors
    /// The file cannot be opened, unpacked or read, or what `read` says.
    pub fn with_bytes<T>(
        &self,
        done: &AtomicU64,
        read: impl FnOnce(&mut dyn Read) -> Result<T, ReadError>,
    ) -> Result<(T, String), ReadError> {
        let name = self.name();
        match &self.content {
            Content::Text | Content::Parquet => self.unpacking(Some(done), read),
            Content::Dbf => self.unpacking(Some(done), |bytes| {
                let mut table = Dbf::new(name, bytes);
                let value = through(&mut table, read)?;
                self.note(match table.deleted() {
                    0 => Vec::new(),
                    count => vec![Text::new(
                        format!("另有 {count} 条记录带有删除标记，未读取"),
                        format!("{count} further records are marked as deleted and were not read"),
                    )],
                });
                Ok(value)
            }),
            Content::Sheet(book) => {
                let sheet = self.sheet.as_deref().unwrap_or_default();
                with_sheet(&name, self.file()?, *book, sheet, hashed(&name, done, read))
            }
            Content::Html(tables) => {
                let of = |bytes: &mut dyn Read| {
                    through(Html::new(name.clone(), bytes, tables.clone()), hashed(&name, done, read))
                };
                self.unpacking(None, of).map(|(read, _)| read)
            }
            Content::SpreadsheetMl(sheet) => {
                let of = |bytes: &mut dyn Read| {
                    through(SpreadsheetMl::new(name.clone(), bytes, *sheet), hashed(&name, done, read))
                };
                self.unpacking(None, of).map(|(read, _)| read)
            }
        }
    }

    /// Lets `read` read the unpacked bytes. With `done`, which counts bytes, all bytes are read and hashed.
    fn unpacking<T>(
        &self,
        done: Option<&AtomicU64>,
        read: impl FnOnce(&mut dyn Read) -> Result<T, ReadError>,
    ) -> Result<(T, String), ReadError> {
        let fail = |error: io::Error| ReadError::Io { source_name: self.name(), error };
        let file = self.base()?;
        match self.packing {
            Packing::Plain => {
                let mut bytes = Hashing::new(file, done);
                let value = read(&mut bytes)?;
                Ok((value, bytes.finish().map_err(fail)?))
            }
            Packing::Gzip => {
                let mut bytes = Hashing::new(file, done);
                let value = read(&mut MultiGzDecoder::new(BufReader::with_capacity(1 << 17, &mut bytes)))?;
                Ok((value, bytes.finish().map_err(fail)?))
            }
            Packing::Zip { index, gzip } => {
                let broken = |error| ReadError::Zip { source_name: self.name(), error };
                let mut archive = ZipArchive::new(BufReader::new(file)).map_err(broken)?;
                let member = archive.by_index(index).map_err(broken)?;
                let mut bytes = Hashing::new(member, done);
                let value = match gzip {
                    false => read(&mut bytes)?,
                    true => read(&mut MultiGzDecoder::new(BufReader::with_capacity(1 << 17, &mut bytes)))?,
                };
                Ok((value, bytes.finish().map_err(fail)?))
            }
        }
    }

    /// Keeps what the reading of the source brought up and the accounts should tell, instead of what an earlier one did.
    pub fn note(&self, notes: Vec<Text>) {
        *self.notes.lock().unwrap_or_else(PoisonError::into_inner) = notes;
    }

    /// What the last reading brought up.
    pub fn notes(&self) -> Vec<Text> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The file that [`Source::packing`] begins from, at its beginning.
    fn base(&self) -> Result<File, ReadError> {
        let open = || match &self.unpacked {
            Some(file) => {
                let mut file = file.try_clone()?;
                file.rewind()?;
                Ok(file)
            }
            None => File::open(&self.path),
        };
        open().map_err(|error| ReadError::Io { source_name: self.name(), error })
    }

    /// The unpacked bytes as a file that can be read from anywhere. What has to be unpacked for it goes to a file without a name, which is
    /// gone with the process.
    ///
    /// # Errors
    /// The file cannot be opened or unpacked.
    pub fn file(&self) -> Result<File, ReadError> {
        if self.packing == Packing::Plain {
            return self.base();
        }
        let fail = |error: io::Error| ReadError::Io { source_name: self.name(), error };
        let mut file = tempfile::tempfile_in(&self.workroom).map_err(fail)?;
        self.unpacking(None, |bytes| io::copy(bytes, &mut file).map_err(fail))?;
        file.flush().and_then(|()| file.rewind()).map_err(fail)?;
        Ok(file)
    }

    /// The first unpacked bytes.
    fn head(&self, bytes: usize) -> Result<Vec<u8>, ReadError> {
        let fail = |error: io::Error| ReadError::Io { source_name: self.name(), error };
        let read = |from: &mut dyn Read| {
            let mut head = Vec::new();
            from.take(bytes as u64).read_to_end(&mut head).map_err(fail)?;
            Ok(head)
        };
        self.unpacking(None, read).map(|(head, _)| head)
    }

    /// The same file, unpacked, so that what is within it can be taken for sources.
    fn unpack(&self) -> Result<Self, ReadError> {
        if self.packing == Packing::Plain {
            return Ok(self.clone());
        }
        Ok(Self { packing: Packing::Plain, unpacked: Some(Arc::new(self.file()?)), ..self.clone() })
    }
}

/// Lets `read` read a text and hashes it. Several tables of one file have its bytes in common: their texts tell them apart.
fn hashed<T>(
    name: &str,
    done: &AtomicU64,
    read: impl FnOnce(&mut dyn Read) -> Result<T, ReadError>,
) -> impl FnOnce(&mut dyn Read) -> Result<(T, String), ReadError> {
    move |text| {
        let mut text = Hashing::new(text, Some(done));
        let value = read(&mut text)?;
        let hash = text.finish().map_err(|error| ReadError::Io { source_name: name.to_owned(), error })?;
        Ok((value, hash))
    }
}

/// Hashes and counts what is read through it.
struct Hashing<'a, R> {
    inner: R,
    /// The hash and the count; without them bytes only pass.
    tally: Option<(Sha256, &'a AtomicU64)>,
}

impl<'a, R: Read> Hashing<'a, R> {
    fn new(inner: R, done: Option<&'a AtomicU64>) -> Self {
        Self { inner, tally: done.map(|done| (Sha256::new(), done)) }
    }

    /// Reads what the consumer left over and gives the hash; nothing without one.
    fn finish(mut self) -> io::Result<String> {
        if self.tally.is_some() {
            io::copy(&mut self, &mut io::sink())?;
        }
        Ok(self.tally.map(|(hash, _)| hex(&hash.finalize())).unwrap_or_default())
    }
}

impl<R: Read> Read for Hashing<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let Some((hash, done)) = &mut self.tally {
            hash.update(&buffer[..count]);
            done.fetch_add(count as u64, Ordering::Relaxed);
        }
        Ok(count)
    }
}
