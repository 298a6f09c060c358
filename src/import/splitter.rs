//! Cuts a growing text into blocks of records, and puts right what is certain: rows without their empty end, rows torn by a line break, marks
//! inside texts. Lines that are no rows are counted by what they are.

use super::facts::{Expect, Shape};
use super::heading;
use super::records::{Block, Broken, Dialect, Field, Fields, Outcome, REWRITTEN, next_record, record_with_marks};
use super::reject::{Reason, excerpt};

/// Lines right below a header that may belong to it.
const HEADER_LINES: u32 = 3;

/// Cuts a growing text into blocks.
pub struct Splitter {
    dialect: Dialect,
    /// For each column of the header, its place among the wanted ones.
    wanted: Vec<Option<usize>>,
    nameless: usize,
    width: usize,
    shape: Shape,
    line: u64,
    /// The header's fields as they stand, to know it again.
    header: Option<Vec<String>>,
    /// Lines above the header, to know them again.
    titles: Vec<String>,
    /// Lines that may still belong to the header.
    below: u32,
    /// Names that a layout knows.
    known: Vec<String>,
    /// Rows were completed before: the file leaves empty ends out.
    padding: bool,
    /// Places among the wanted columns that have the same value in every row.
    constants: Vec<(usize, String)>,
    fields: Fields,
    /// Text not yet made into records.
    pub buffer: String,
}

/// What became of a record that does not fit.
enum Mended {
    /// Nothing can be made of it.
    No,
    /// What follows must be seen first.
    Wait,
    /// No row: counted, and where the next record begins.
    Line { next: usize, lines: u64 },
    /// A row, in the fields.
    Row { next: usize, lines: u64 },
    /// Records that lone carriage returns part, by their ends.
    Several { ends: Vec<usize>, next: usize },
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
            shape: Shape::default(),
            line: 1,
            header: None,
            titles: Vec::new(),
            below: HEADER_LINES,
            known: Vec::new(),
            padding: false,
            constants: Vec::new(),
            fields: Fields::new(),
            buffer: String::new(),
        }
    }

    /// Tells what the columns hold, what stands above the header and which names the layouts know.
    pub fn told(mut self, shape: Shape, line_breaks: u64, titles: Vec<String>, known: Vec<String>) -> Self {
        self.shape = shape;
        self.line += line_breaks;
        self.titles = titles;
        self.known = known;
        self
    }

    /// Wanted columns that the text does not have, by their places, with the value of every row.
    pub fn constants(mut self, constants: Vec<(usize, String)>) -> Self {
        self.width += constants.len();
        self.constants = constants;
        self
    }

    /// The text has no header: it is one of `names`.
    pub fn headless(mut self, names: Vec<String>) -> Self {
        self.header = Some(names.iter().map(|name| super::layout::header_name(name)).collect());
        self.below = 0;
        self
    }

    /// Makes the whole records of the buffer into a block and leaves the rest.
    pub fn block(&mut self, ended: bool, damaged: bool) -> Block {
        let mut block = Block { damaged, ..Block::new(self.width) };
        // They stand first in what was rewritten, one after the other.
        self.constants.iter().for_each(|(_, value)| block.rewritten.push_str(value));
        let mut fields = std::mem::take(&mut self.fields);
        let mut at = 0;
        while at < self.buffer.len() {
            let outcome = next_record(self.buffer.as_bytes(), at, ended, &self.dialect, &mut fields);
            let (next, lines) = match outcome {
                Outcome::Incomplete => break,
                Outcome::Complete { next, lines } => (next, lines),
                Outcome::OpenQuote => (self.buffer.len(), u64::MAX),
            };
            if outcome != Outcome::OpenQuote && (self.fits(&fields) || self.header.is_none()) {
                self.take(&mut block, &fields, at..next, true);
                self.line += lines;
                at = next;
                continue;
            }
            match self.mend(&mut block, at, outcome, ended, &mut fields) {
                Mended::Wait => break,
                Mended::Line { next, lines } => {
                    self.line += lines;
                    at = next;
                }
                Mended::Row { next, lines } => {
                    self.take(&mut block, &fields, at..next, true);
                    self.line += lines;
                    at = next;
                }
                Mended::Several { ends, next } => {
                    let mut start = at;
                    for end in ends {
                        next_record(&self.buffer.as_bytes()[..end], start, true, &self.dialect, &mut fields);
                        self.take(&mut block, &fields, start..end, true);
                        self.line += 1;
                        start = end + 1;
                    }
                    at = next;
                }
                Mended::No if lines == 1 => {
                    self.take(&mut block, &fields, at..next, false);
                    self.line += 1;
                    at = next;
                }
                Mended::No => {
                    // A stray mark has swallowed line breaks: give up its line only.
                    let end = self.line_end(at);
                    let text = excerpt(self.buffer[at..end].trim_end());
                    block.broken.push(Broken { line: self.line, text, reason: Reason::OpenQuote });
                    self.line += 1;
                    at = end;
                }
            }
        }
        let rest = self.buffer.split_off(at);
        block.text = std::mem::replace(&mut self.buffer, rest);
        self.fields = fields;
        block
    }

    fn line_end(&self, at: usize) -> usize {
        self.buffer.as_bytes()[at..]
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(self.buffer.len(), |ahead| at + ahead + 1)
    }

    fn text(&self, field: &Field) -> &str {
        self.buffer[field.start..field.end].trim()
    }

    fn is_blank(&self, field: &Field) -> bool {
        self.text(field).is_empty()
    }

    /// Whether the record has the header's fields; a trailing delimiter more or less does not matter.
    fn fits(&self, fields: &[Field]) -> bool {
        let width = self.wanted.len();
        match fields.len() {
            count if count > width => fields[width..].iter().all(|field| self.is_blank(field)),
            count => width - count <= self.nameless,
        }
    }

    /// Whether numbers and dates stand where numbers and dates belong.
    fn in_shape(&self, fields: &[Field]) -> bool {
        fields.iter().zip(&self.shape.expects).all(|(field, expect)| {
            let text = self.text(field);
            let digit = || text.bytes().any(|byte| byte.is_ascii_digit()) || !text.is_ascii();
            let null = || text.is_empty() || text.eq_ignore_ascii_case("null") || matches!(text, "\\N" | "-" | "nan");
            match expect {
                Expect::Any => true,
                Expect::Number => {
                    null() || (digit() && text.len() <= 32 && text.bytes().any(|byte| byte.is_ascii_digit()))
                }
                Expect::Date => null() || (digit() && text.len() <= 80),
            }
        })
    }

    /// Whether a record that is too short lacks nothing but empty fields at its end: all that every row has is there.
    fn may_be_padded(&self, fields: &[Field]) -> bool {
        let there = |column: &usize| fields.get(*column).is_some_and(|field| !self.is_blank(field));
        !self.shape.needed.is_empty() && self.shape.needed.iter().all(there) && self.in_shape(fields)
    }

    /// What can be made of a record that does not have the header's fields.
    fn mend(&mut self, block: &mut Block, at: usize, outcome: Outcome, ended: bool, fields: &mut Fields) -> Mended {
        let width = self.wanted.len();
        if let Outcome::Complete { next, lines } = outcome {
            let mut filled = fields.iter().filter(|field| !self.is_blank(field));
            let (first, more) = (filled.next(), filled.next());
            let line = self.buffer[at..next].trim();
            if let (Some(first), None) = (first, more) {
                let text = self.text(first);
                if text == "\u{1a}" {
                    return Mended::Line { next, lines };
                }
                if heading::is_remark(text) || self.titles.iter().any(|title| title == line) {
                    block.told.heading += 1;
                    return Mended::Line { next, lines };
                }
                if heading::is_total_word(text) {
                    block.told.totals += 1;
                    return Mended::Line { next, lines };
                }
            }
            // A short line of totals: no key could be in it.
            if let Some(first) = first
                && fields.len() < width
                && heading::is_total_word(self.text(first))
                && !self.may_be_padded(fields)
            {
                block.told.totals += 1;
                return Mended::Line { next, lines };
            }
            if heading::is_rule(fields.iter().map(|field| &self.buffer[field.start..field.end]))
                || heading::is_remark(line)
            {
                block.told.heading += 1;
                return Mended::Line { next, lines };
            }
            if lines == 1
                && fields.len() > width
                && let Some(ends) = self.returns(at, next)
            {
                return Mended::Several { ends, next };
            }
        }
        let end = self.line_end(at);
        let marked = self.buffer.as_bytes()[at..end].contains(&self.dialect.quote);
        if marked {
            let kept = std::mem::take(fields);
            match record_with_marks(self.buffer.as_bytes(), at, ended, &self.dialect, width, fields) {
                Outcome::Complete { next, lines } if fields.len() == width && self.in_shape(fields) => {
                    block.told.joined += 1;
                    return Mended::Row { next, lines };
                }
                Outcome::Incomplete if outcome != Outcome::OpenQuote && self.buffer.len() - at < JOIN_LIMIT => {
                    *fields = kept;
                    return Mended::Wait;
                }
                _ => *fields = kept,
            }
        }
        let Outcome::Complete { next, lines } = outcome else { return Mended::No };
        if fields.len() >= width {
            return Mended::No;
        }
        self.short(block, next, lines, ended, fields)
    }

    /// A record with too few fields: its empty end was left out, or a line break tore it.
    fn short(&mut self, block: &mut Block, next: usize, lines: u64, ended: bool, fields: &mut Fields) -> Mended {
        let whole = self.may_be_padded(fields);
        let bytes = self.buffer.as_bytes();
        if next >= bytes.len() {
            if !ended {
                return Mended::Wait;
            }
            // The last line without its line break may be cut off anywhere.
            let cut = bytes.last() != Some(&b'\n') && !self.padding;
            return if whole && !cut { self.pad(block, next, lines) } else { Mended::No };
        }
        let mut following = Fields::new();
        let (mut from, mut torn, mut taken) = (next, fields.clone(), lines);
        loop {
            let (to, more) = match next_record(bytes, from, ended, &self.dialect, &mut following) {
                Outcome::Incomplete => return Mended::Wait,
                Outcome::OpenQuote => break,
                Outcome::Complete { next, lines } => (next, lines),
            };
            let blank = following.iter().all(|field| self.is_blank(field));
            if self.fits(&following) || (from == next && whole && (blank || self.may_be_padded(&following))) {
                break;
            }
            let Some(last) = torn.last_mut() else { break };
            let Some(first) = following.first() else { break };
            last.end = first.end;
            last.rewrite |= first.rewrite;
            torn.extend_from_slice(&following[1..]);
            taken += more;
            if torn.len() > self.wanted.len() || taken > TORN_LINES {
                break;
            }
            if torn.len() == self.wanted.len() {
                if self.may_be_padded(&torn) {
                    *fields = torn;
                    block.told.joined += 1;
                    return Mended::Row { next: to, lines: taken };
                }
                break;
            }
            from = to;
            if from >= bytes.len() {
                if !ended {
                    return Mended::Wait;
                }
                break;
            }
        }
        // What follows is no row of its own and no part of this one: which of both is damaged cannot be told.
        let followed = match next_record(bytes, next, ended, &self.dialect, &mut following) {
            Outcome::Complete { next: to, .. } => {
                let line = self.buffer[next..to].trim();
                self.fits(&following)
                    || following.iter().all(|field| self.is_blank(field))
                    || self.may_be_padded(&following)
                    || heading::is_remark(line)
                    || following
                        .iter()
                        .find(|field| !self.is_blank(field))
                        .is_some_and(|field| heading::is_total_word(self.text(field)))
            }
            _ => false,
        };
        if whole && followed { self.pad(block, next, lines) } else { Mended::No }
    }

    fn pad(&mut self, block: &mut Block, next: usize, lines: u64) -> Mended {
        self.padding = true;
        block.told.padded += 1;
        Mended::Row { next, lines }
    }

    /// Where lone carriage returns part a record into rows that all fit.
    fn returns(&self, at: usize, next: usize) -> Option<Vec<usize>> {
        let record = self.buffer[at..next].trim_end_matches(['\r', '\n']);
        if !record.contains('\r') {
            return None;
        }
        let mut ends: Vec<usize> = record.match_indices('\r').map(|(found, _)| at + found).collect();
        ends.push(at + record.len());
        let mut fields = Fields::new();
        let mut start = at;
        for end in &ends {
            next_record(&self.buffer.as_bytes()[..*end], start, true, &self.dialect, &mut fields);
            if !self.fits(&fields) {
                return None;
            }
            start = end + 1;
        }
        Some(ends)
    }

    /// Whether a record that has the header's fields is no row: the header again, a line below it, a rule, a remark.
    fn is_no_row(&mut self, block: &mut Block, fields: &[Field], record: std::ops::Range<usize>) -> bool {
        // Nothing but delimiters: a blank line of a spreadsheet.
        let Some(first) = fields.iter().find(|field| !self.is_blank(field)) else { return true };
        let below = self.below > 0;
        self.below = self.below.saturating_sub(1);
        let byte = self.text(first).as_bytes()[0];
        if below {
            let texts: Vec<&str> = fields.iter().map(|field| self.text(field)).collect();
            let worded = texts.iter().zip(&self.shape.expects).any(|(text, expect)| {
                *expect != Expect::Any
                    && text.len() > 1
                    && !text.bytes().any(|byte| byte.is_ascii_digit())
                    && text.chars().all(char::is_alphabetic)
                    && !super::cell::is_null(text, &[])
            });
            let known = |text: &str| self.known.binary_search(&super::layout::header_name(text)).is_ok();
            if heading::is_subheading(&texts, worded, &known) {
                block.told.heading += 1;
                return true;
            }
            self.below = 0;
        }
        if byte.is_ascii_digit() {
            return false;
        }
        let text = self.text(first);
        let name = |field: &Field| super::layout::header_name(self.text(field));
        let again = |header: &Vec<String>| {
            // Names are compared only where the first may be the header's: codes have digits.
            let first = header.first().map_or("", String::as_str);
            let digits = |text: &str| text.bytes().any(|byte| byte.is_ascii_digit());
            header.len() <= fields.len()
                && digits(text) == digits(first)
                && header.iter().zip(fields).all(|(known, field)| *known == name(field))
        };
        if self.header.as_ref().is_some_and(again) {
            block.told.repeated_headers += 1;
            return true;
        }
        if matches!(byte, b'-' | b'=' | b'+')
            && heading::is_rule(fields.iter().map(|field| &self.buffer[field.start..field.end]))
        {
            block.told.heading += 1;
            return true;
        }
        let alone = || fields.iter().filter(|field| !self.is_blank(field)).count() == 1;
        if (byte >= 0x80 || byte == b'(') && alone() {
            let line = self.buffer[record].trim();
            if heading::is_remark(text) || self.titles.iter().any(|title| title == line) {
                block.told.heading += 1;
                return true;
            }
        }
        if heading::may_be_total(text) && heading::is_total_word(text) {
            block.totals.push(block.lines.len());
        }
        false
    }

    fn take(&mut self, block: &mut Block, fields: &[Field], record: std::ops::Range<usize>, fits: bool) {
        if fields.len() == 1
            && self.buffer[record.clone()].trim_matches(|c: char| c.is_whitespace() || c == '\u{1a}').is_empty()
        {
            return;
        }
        if self.header.is_none() {
            self.header = Some(fields.iter().map(|field| super::layout::header_name(self.text(field))).collect());
            return;
        }
        if !fits {
            let text = excerpt(self.buffer[record].trim_end());
            block.broken.push(Broken { line: self.line, text, reason: Reason::FieldCount });
            return;
        }
        if self.is_no_row(block, fields, record) {
            return;
        }
        let first = block.spans.len();
        block.spans.resize(first + self.width, (0, 0));
        let mut start = 0;
        for (place, value) in &self.constants {
            block.spans[first + place] = (start | REWRITTEN, value.len() as u32);
            start += value.len() as u32;
        }
        for (field, wanted) in fields.iter().zip(&self.wanted) {
            let Some(place) = wanted else { continue };
            block.spans[first + place] = if field.rewrite {
                let start = block.rewritten.len() as u32;
                block.rewritten.push_str(&field.text(&self.buffer, &self.dialect));
                (start | REWRITTEN, block.rewritten.len() as u32 - start)
            } else {
                (field.start as u32, (field.end - field.start) as u32)
            };
        }
        block.lines.push(self.line);
    }
}

/// Bytes within which a text with marks in it must end.
const JOIN_LIMIT: usize = 1 << 16;

/// Lines that one row may be torn into.
const TORN_LINES: u64 = 50;

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
            let mut splitter = Splitter::new(Dialect { delimiter, quote, escapes: false }, wanted, nameless);
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
