//! Splits text into records and fields.
//!
//! Our own splitter rather than the csv crate: the standard's delimiter `|@|` has three characters, a stray quotation mark must cost
//! one line and not the rest of the file, and every record must know its physical line.

use std::borrow::Cow;

use super::reject::{Reason, excerpt};

/// Longest record with a quoted line break. A quotation mark that is not closed within it is a stray one.
const RECORD_LIMIT: usize = 1 << 20;

/// Marks spans that point into [`Block::rewritten`].
const REWRITTEN: u32 = 1 << 31;

/// Separator and quotation mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// `,`, TAB, `|` or `|@|`.
    pub delimiter: &'static str,
    /// `"` or `'`.
    pub quote: u8,
}

/// One field of a record, without its quotation marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    start: usize,
    end: usize,
    /// Holds doubled quotation marks.
    doubled: bool,
}

impl Field {
    /// The field's text, doubled quotation marks made single.
    pub fn text<'a>(&self, text: &'a str, quote: u8) -> Cow<'a, str> {
        let raw = &text[self.start..self.end];
        if !self.doubled {
            return Cow::Borrowed(raw);
        }
        let mark = char::from(quote);
        Cow::Owned(raw.replace(&format!("{mark}{mark}"), &mark.to_string()))
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
            match quoted(text, at, ended, dialect) {
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
        loop {
            match text[at..].iter().position(|byte| *byte == delimiter[0] || *byte == b'\n') {
                None if ended => {
                    fields.push(Field { start: first, end: text.len(), doubled: false });
                    return Outcome::Complete { next: text.len(), lines };
                }
                None => return Outcome::Incomplete,
                Some(ahead) => at += ahead,
            }
            if text[at] == b'\n' {
                let end = if at > first && text[at - 1] == b'\r' { at - 1 } else { at };
                fields.push(Field { start: first, end, doubled: false });
                return Outcome::Complete { next: at + 1, lines };
            }
            if text[at..].starts_with(delimiter) {
                fields.push(Field { start: first, end: at, doubled: false });
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

fn quoted(text: &[u8], start: usize, ended: bool, dialect: &Dialect) -> Quoted {
    let delimiter = dialect.delimiter.as_bytes();
    let mut doubled = false;
    let mut at = start + 1;
    loop {
        let Some(ahead) = text[at..].iter().position(|byte| *byte == dialect.quote) else { return Quoted::Open };
        at += ahead;
        if text.get(at + 1) == Some(&dialect.quote) {
            doubled = true;
            at += 2;
            continue;
        }
        let field = Field { start: start + 1, end: at, doubled };
        let mut then = at + 1;
        loop {
            let rest = &text[then..];
            if rest.starts_with(delimiter) || rest.first() == Some(&b'\n') || (rest.is_empty() && ended) {
                return Quoted::Field { field, then };
            }
            match rest.first() {
                // Blanks, the Excel TAB and a carriage return may stand between the mark and the delimiter.
                Some(b' ' | b'\t' | b'\r') => then += 1,
                // The delimiter may be cut off.
                _ if !ended && rest.len() < delimiter.len() && delimiter.starts_with(rest) => return Quoted::Open,
                _ => return Quoted::Stray,
            }
        }
    }
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

/// Cuts a growing text into blocks.
pub struct Splitter {
    dialect: Dialect,
    /// For each column of the header, its place among the wanted ones.
    wanted: Vec<Option<usize>>,
    nameless: usize,
    width: usize,
    line: u64,
    header_seen: bool,
    fields: Fields,
    /// Text not yet made into records.
    pub buffer: String,
}

impl Splitter {
    /// A splitter for a file whose header has `wanted.len()` columns, the last `nameless` of them empty. Its text begins with the
    /// header.
    pub fn new(dialect: Dialect, wanted: Vec<Option<usize>>, nameless: usize) -> Self {
        let width = wanted.iter().flatten().count();
        Self {
            dialect,
            wanted,
            nameless,
            width,
            line: 1,
            header_seen: false,
            fields: Fields::new(),
            buffer: String::new(),
        }
    }

    /// Makes the whole records of the buffer into a block and leaves the rest.
    pub fn block(&mut self, ended: bool, damaged: bool) -> Block {
        let mut block = Block { damaged, ..Block::new(self.width) };
        let mut fields = std::mem::take(&mut self.fields);
        let mut at = 0;
        while at < self.buffer.len() {
            let bytes = self.buffer.as_bytes();
            let outcome = next_record(bytes, at, ended, &self.dialect, &mut fields);
            let (next, lines) = match outcome {
                Outcome::Incomplete => break,
                Outcome::Complete { next, lines } => (next, lines),
                Outcome::OpenQuote => (bytes.len(), u64::MAX),
            };
            let fits = outcome != Outcome::OpenQuote && self.fits(&fields);
            if fits || lines == 1 {
                self.take(&mut block, &fields, at..next, fits);
                self.line += lines;
                at = next;
            } else {
                // A stray mark has swallowed line breaks: give up its line only.
                let end =
                    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |ahead| at + ahead + 1);
                let text = excerpt(self.buffer[at..end].trim_end());
                block.broken.push(Broken { line: self.line, text, reason: Reason::OpenQuote });
                self.line += 1;
                at = end;
            }
        }
        let rest = self.buffer.split_off(at);
        block.text = std::mem::replace(&mut self.buffer, rest);
        self.fields = fields;
        block
    }

    /// Whether the record has the header's fields; a trailing delimiter more or less does not matter.
    fn fits(&self, fields: &[Field]) -> bool {
        let width = self.wanted.len();
        let blank = |field: &Field| self.buffer[field.start..field.end].trim().is_empty();
        match fields.len() {
            count if count > width => fields[width..].iter().all(blank),
            count => width - count <= self.nameless,
        }
    }

    fn take(&mut self, block: &mut Block, fields: &[Field], record: std::ops::Range<usize>, fits: bool) {
        let blank = |text: &str| text.trim().is_empty();
        if fields.len() == 1 && blank(&self.buffer[record.clone()]) {
            return;
        }
        if !self.header_seen {
            self.header_seen = true;
            return;
        }
        if !fits {
            let text = excerpt(self.buffer[record].trim_end());
            block.broken.push(Broken { line: self.line, text, reason: Reason::FieldCount });
            return;
        }
        let first = block.spans.len();
        block.spans.resize(first + self.width, (0, 0));
        for (field, wanted) in fields.iter().zip(&self.wanted) {
            let Some(place) = wanted else { continue };
            block.spans[first + place] = if field.doubled {
                let start = block.rewritten.len() as u32;
                block.rewritten.push_str(&field.text(&self.buffer, self.dialect.quote));
                (start | REWRITTEN, block.rewritten.len() as u32 - start)
            } else {
                (field.start as u32, (field.end - field.start) as u32)
            };
        }
        block.lines.push(self.line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(
        text: &str,
        delimiter: &'static str,
        quote: u8,
        width: usize,
        nameless: usize,
    ) -> (Vec<Vec<String>>, Vec<u64>, Vec<Broken>) {
        let mut results = Vec::new();
        // Whatever the pieces, the records are the same.
        for piece in [1, 3, 7, text.len().max(1)] {
            let wanted = (0..width).map(Some).collect();
            let mut splitter = Splitter::new(Dialect { delimiter, quote }, wanted, nameless);
            let (mut rows, mut lines, mut broken) = (Vec::new(), Vec::new(), Vec::new());
            let characters: Vec<char> = text.chars().collect();
            let count = characters.chunks(piece).count();
            for (number, part) in characters.chunks(piece).enumerate() {
                splitter.buffer.extend(part);
                let block = splitter.block(number + 1 == count, false);
                for row in 0..block.rows() {
                    rows.push((0..width).map(|column| block.cell(row, column).to_owned()).collect());
                }
                lines.extend(&block.lines);
                broken.extend(block.broken);
            }
            results.push((rows, lines, broken));
        }
        let first = results.swap_remove(0);
        assert!(results.iter().all(|result| *result == first), "pieces matter: {first:?} {results:?}");
        first
    }

    #[test]
    fn quotes_line_breaks_and_physical_lines() {
        let (rows, lines, broken) =
            split("a,b\r\n1,\"x\ny\"\r\n2,\"he said \"\"hi\"\"\"\t\r\n\r\n3,z", ",", b'"', 2, 0);
        assert_eq!(rows, [["1", "x\ny"], ["2", "he said \"hi\""], ["3", "z"]]);
        assert_eq!(lines, [2, 4, 6]);
        assert_eq!(broken, []);
        let (rows, ..) = split("a,b\n'1','x,y'\n", ",", b'\'', 2, 0);
        assert_eq!(rows, [["1", "x,y"]]);
    }

    #[test]
    fn delimiters_of_three_characters() {
        let (rows, ..) = split("a|@|b|@|c\n1|2|@|x,y|@||\n|||@||@|z@|\n", "|@|", b'"', 3, 0);
        assert_eq!(rows, [["1|2", "x,y", "|"], ["||", "", "z@|"]]);
    }

    #[test]
    fn ragged_rows_are_rejected_not_shifted() {
        let (rows, lines, broken) = split("a,b\n1\n1,2,3\n1,2,\n1,2\n", ",", b'"', 2, 0);
        assert_eq!(rows, [["1", "2"], ["1", "2"]]);
        assert_eq!(lines, [4, 5]);
        let reasons: Vec<_> = broken.iter().map(|broken| (broken.line, broken.reason)).collect();
        assert_eq!(reasons, [(2, Reason::FieldCount), (3, Reason::FieldCount)]);
        // A header with a trailing delimiter: the rows may have it or not.
        let (rows, ..) = split("a,b,\n1,2,\n1,2\n", ",", b'"', 3, 1);
        assert_eq!(rows, [["1", "2", ""], ["1", "2", ""]]);
    }

    #[test]
    fn a_stray_quote_costs_one_line() {
        let (rows, lines, broken) = split("a,b\n1,\"oops\n2,x\n3,y\n4,5\" tube\n5,\"特制\"药膏\n", ",", b'"', 2, 0);
        assert_eq!(rows, [["1", "\"oops"], ["2", "x"], ["3", "y"], ["4", "5\" tube"], ["5", "\"特制\"药膏"]]);
        assert_eq!((lines, broken), (vec![2, 3, 4, 5, 6], Vec::new()));
        let (rows, lines, broken) = split("a,b\n1,\"oops\n2,x\n3,y\n", ",", b'"', 2, 0);
        assert_eq!(rows, [["2", "x"], ["3", "y"]]);
        assert_eq!(lines, [3, 4]);
        assert_eq!(broken, [Broken { line: 2, text: "1,\"oops".to_owned(), reason: Reason::OpenQuote }]);
    }
}
