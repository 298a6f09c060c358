//! Splits text into records and fields.
//!
//! Our own splitter rather than the csv crate: the standard's delimiter `|@|` has three characters, a stray quotation mark must cost
//! one line and not the rest of the file, and every record must know its physical line.

use std::borrow::Cow;

use super::reject::Reason;
use crate::casestore::store::TextLines;

/// Longest record with a quoted line break. A quotation mark that is not closed within it is a stray one.
const RECORD_LIMIT: usize = 1 << 20;

/// Marks spans that point into [`Block::rewritten`].
pub(super) const REWRITTEN: u32 = 1 << 31;

/// Separator and quotation mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// `,`, TAB, `|` or `|@|`.
    pub delimiter: &'static str,
    /// `"` or `'`.
    pub quote: u8,
    /// A backslash takes the meaning off the sign behind it.
    pub escapes: bool,
}

/// One field of a record, without its quotation marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Holds doubled quotation marks or escaped signs.
    pub(super) rewrite: bool,
}

impl Field {
    /// The field's text, doubled quotation marks made single, backslashes taken off.
    pub fn text<'a>(&self, text: &'a str, dialect: &Dialect) -> Cow<'a, str> {
        let raw = &text[self.start..self.end];
        if !self.rewrite {
            return Cow::Borrowed(raw);
        }
        let mark = char::from(dialect.quote);
        let plain = raw.replace(&format!("{mark}{mark}"), &mark.to_string());
        // `\N` is the empty value, not an N.
        if !dialect.escapes || plain == "\\N" {
            return Cow::Owned(plain);
        }
        let mut meant = String::with_capacity(plain.len());
        let mut signs = plain.chars();
        while let Some(sign) = signs.next() {
            match (sign, sign == '\\') {
                (_, true) => meant.push(match signs.next() {
                    Some('n') => '\n',
                    Some('t') => '\t',
                    Some('r') => '\r',
                    Some(other) => other,
                    None => '\\',
                }),
                (sign, false) => meant.push(sign),
            }
        }
        Cow::Owned(meant)
    }
}

/// The fields of one record.
pub type Fields = Vec<Field>;

/// What [`next_record`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A record; the next one begins at `next`.
    Complete {
        /// First byte after the record's line break.
        next: usize,
        /// Line breaks in it, its own included.
        lines: u64,
    },
    /// The text ends before the record does.
    Incomplete,
    /// A quotation mark is not closed.
    OpenQuote,
}

/// Reads the record that begins at `start`. `ended` says that nothing follows the text.
///
/// A quoted field ends at a mark that is followed by a delimiter or a line break. Marks elsewhere are ordinary characters.
pub fn next_record(text: &[u8], start: usize, ended: bool, dialect: &Dialect, fields: &mut Fields) -> Outcome {
    fields.clear();
    let delimiter = dialect.delimiter.as_bytes();
    let mut lines = 1;
    let mut at = start;
    loop {
        if text.get(at) == Some(&dialect.quote) {
            match quoted(text, at, ended, dialect, None) {
                Quoted::Field { field, then } => {
                    lines += text[field.start..field.end].iter().filter(|byte| **byte == b'\n').count() as u64;
                    fields.push(field);
                    match text.get(then) {
                        Some(b'\n') => return Outcome::Complete { next: then + 1, lines },
                        Some(_) => {
                            at = then + delimiter.len();
                            continue;
                        }
                        None => return Outcome::Complete { next: then, lines },
                    }
                }
                Quoted::Stray => {}
                Quoted::Open if ended || text.len() - start > RECORD_LIMIT => return Outcome::OpenQuote,
                Quoted::Open => return Outcome::Incomplete,
            }
        }
        let first = at;
        let mut rewrite = false;
        loop {
            let found = if dialect.escapes {
                text[at..].iter().position(|byte| *byte == delimiter[0] || matches!(*byte, b'\n' | b'\\'))
            } else {
                text[at..].iter().position(|byte| *byte == delimiter[0] || *byte == b'\n')
            };
            match found {
                None if ended => {
                    fields.push(Field { start: first, end: text.len(), rewrite });
                    return Outcome::Complete { next: text.len(), lines };
                }
                None => return Outcome::Incomplete,
                Some(ahead) => at += ahead,
            }
            if dialect.escapes && text[at] == b'\\' {
                rewrite = true;
                lines += u64::from(text.get(at + 1) == Some(&b'\n'));
                match text.get(at + 1) {
                    Some(_) => at += 2,
                    None if ended => at += 1,
                    None => return Outcome::Incomplete,
                }
                continue;
            }
            if text[at] == b'\n' {
                let end = if at > first && text[at - 1] == b'\r' { at - 1 } else { at };
                fields.push(Field { start: first, end, rewrite });
                return Outcome::Complete { next: at + 1, lines };
            }
            if text[at..].starts_with(delimiter) {
                fields.push(Field { start: first, end: at, rewrite });
                at += delimiter.len();
                break;
            }
            // The first character of a longer delimiter, alone.
            at += 1;
        }
    }
}

enum Quoted {
    /// A field, and where the delimiter, the line break or the end of the text is.
    Field { field: Field, then: usize },
    /// The mark opens nothing.
    Stray,
    /// No closing mark in sight.
    Open,
}

/// `last` says whether the field is the last of its record; where that is known, a mark before a line break closes no other.
fn quoted(text: &[u8], start: usize, ended: bool, dialect: &Dialect, last: Option<bool>) -> Quoted {
    let delimiter = dialect.delimiter.as_bytes();
    let mut rewrite = false;
    let mut at = start + 1;
    loop {
        let found = if dialect.escapes {
            text[at..].iter().position(|byte| *byte == dialect.quote || *byte == b'\\')
        } else {
            text[at..].iter().position(|byte| *byte == dialect.quote)
        };
        let Some(ahead) = found else { return Quoted::Open };
        at += ahead;
        if dialect.escapes && text[at] == b'\\' {
            rewrite = true;
            at = (at + 2).min(text.len());
            continue;
        }
        if text.get(at + 1) == Some(&dialect.quote) {
            rewrite = true;
            at += 2;
            continue;
        }
        let field = Field { start: start + 1, end: at, rewrite };
        let mut then = at + 1;
        loop {
            let rest = &text[then..];
            let line_ends = rest.first() == Some(&b'\n') || (rest.is_empty() && ended);
            if rest.starts_with(delimiter) || (line_ends && last != Some(false)) {
                return Quoted::Field { field, then };
            }
            match rest.first() {
                // Blanks, the Excel TAB and a carriage return may stand between the mark and the delimiter.
                Some(b' ' | b'\t' | b'\r') => then += 1,
                // The delimiter may be cut off.
                _ if !ended && rest.len() < delimiter.len() && delimiter.starts_with(rest) => return Quoted::Open,
                // A mark inside a text whose end is known to come later.
                _ if last.is_some() => {
                    at += 1;
                    break;
                }
                _ => return Quoted::Stray,
            }
        }
    }
}

/// Reads a record of `width` fields whose texts hold quotation marks that nobody doubled: a mark closes only before a delimiter, and before a
/// line break only in the last field.
pub(super) fn record_with_marks(
    text: &[u8],
    start: usize,
    ended: bool,
    dialect: &Dialect,
    width: usize,
    fields: &mut Fields,
) -> Outcome {
    fields.clear();
    let delimiter = dialect.delimiter.as_bytes();
    let mut at = start;
    loop {
        let last = fields.len() + 1 >= width;
        let (field, then) = if text.get(at) == Some(&dialect.quote) {
            match quoted(text, at, ended, dialect, Some(last)) {
                Quoted::Field { field, then } => (field, then),
                Quoted::Stray => return Outcome::OpenQuote,
                Quoted::Open if ended || text.len() - start > RECORD_LIMIT => return Outcome::OpenQuote,
                Quoted::Open => return Outcome::Incomplete,
            }
        } else {
            let end = (at..text.len()).find(|end| text[*end] == b'\n' || text[*end..].starts_with(delimiter));
            let end = match end {
                Some(end) => end,
                None if ended => text.len(),
                None => return Outcome::Incomplete,
            };
            let shown = if end > at && text[end - 1] == b'\r' && text.get(end) == Some(&b'\n') { end - 1 } else { end };
            (Field { start: at, end: shown, rewrite: false }, end)
        };
        fields.push(field);
        match text.get(then) {
            None => return Outcome::Complete { next: then, lines: line_breaks(&text[start..then]).max(1) },
            Some(b'\n') => return Outcome::Complete { next: then + 1, lines: line_breaks(&text[start..=then]) },
            Some(_) => at = then + delimiter.len(),
        }
    }
}

/// Line breaks in a stretch of text.
pub(super) fn line_breaks(text: &[u8]) -> u64 {
    text.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Records with the fields that somebody reads, in the order of the file.
#[derive(Debug, Default)]
pub struct Block {
    /// The text that the spans point into.
    pub text: String,
    /// Fields that had to be rewritten.
    pub rewritten: String,
    /// Start and length of the wanted fields, row by row.
    pub spans: Vec<(u32, u32)>,
    /// Line at which each record begins.
    pub lines: Vec<u64>,
    /// Wanted fields per row.
    pub width: usize,
    /// Some of the text could not be decoded.
    pub damaged: bool,
    /// Rows whose first text is a word for a total.
    pub totals: Vec<usize>,
    /// Lines that are no rows, and rows that were put right.
    pub told: TextLines,
    /// Records that could not be split.
    pub broken: Vec<Broken>,
}

/// A record that could not be split into the header's fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Line at which it begins.
    pub line: u64,
    /// Its beginning.
    pub text: String,
    /// What is wrong with it.
    pub reason: Reason,
}

impl Block {
    /// An empty block for rows of `width` wanted fields.
    pub fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.lines.len()
    }

    /// One field.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        let (start, len) = self.spans[row * self.width + column];
        let (text, start) = match start & REWRITTEN {
            0 => (&self.text, start as usize),
            _ => (&self.rewritten, (start & !REWRITTEN) as usize),
        };
        &text[start..start + len as usize]
    }

    /// Adds a field to the row that is being built, for sources that are not text.
    pub fn push(&mut self, field: &str) {
        self.spans.push((self.text.len() as u32, field.len() as u32));
        self.text.push_str(field);
    }
}
