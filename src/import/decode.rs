//! From bytes to text, piece by piece: which encoding a file has, and what to do when it lies.
//!
//! Text is decoded before it is split, because a trail byte of GB18030 can equal `|` or a letter. UTF-8 is only checked, not copied
//! twice. Bytes that an encoding does not know become U+FFFD, and cells that hold one are rejected later: no guess, no mojibake.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, GB18030, UTF_16BE, UTF_16LE};

/// What stands for bytes that could not be decoded.
pub const REPLACEMENT: char = '\u{fffd}';

/// Bytes read at a time.
const PIECE: usize = 4 << 20;

/// What a run of bytes looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    Ascii,
    Utf8,
    Gb18030,
}

/// Damaged UTF-8 still has many more good characters than bad places; GB18030 read as UTF-8 has hardly any.
fn looks(bytes: &[u8]) -> Looks {
    // A piece may end within a character; a line does not.
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes[..end].utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    match (good, bad) {
        (0, 0) => Looks::Ascii,
        (good, bad) if good > 10 * bad => Looks::Utf8,
        _ => Looks::Gb18030,
    }
}

/// UTF-16 without a mark: every other byte of what is ASCII in it is zero, always the same one.
fn looks_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(1 << 16) & !1];
    let zeros = |first: usize| sample.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = sample.len() / 10;
    if odd > many && odd > 8 * even {
        Some(UTF_16LE)
    } else if even > many && even > 8 * odd {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Ideographs of several lines by which text in the other encoding is known for certain.
const CERTAIN: usize = 8;

/// What one line of a file is, read as UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Either.
    Ascii,
    /// Whole characters only; so many ideographs.
    Utf8(usize),
    /// So many bad places, and so many whole ideographs.
    Broken(usize, usize),
}

fn line_looks(bytes: &[u8]) -> Line {
    if bytes.is_ascii() {
        return Line::Ascii;
    }
    let (mut ideographs, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        ideographs +=
            chunk.valid().chars().filter(|c| matches!(c, '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    if bad == 0 { Line::Utf8(ideographs) } else { Line::Broken(bad, ideographs) }
}

/// The encodings of lines, when a file changes its encoding midway: `false` is UTF-8, `true` GB18030. `state` is the encoding of the line
/// before. A run of lines is of the other encoding only if it has enough that only that explains; the rest stays, and is marked as damaged.
fn runs(lines: &[Line], mut state: bool) -> Vec<bool> {
    let mut encodings = Vec::with_capacity(lines.len());
    let mut at = 0;
    while at < lines.len() {
        // The lines from here on that the other encoding explains, up to the first that this one does.
        let other = |line: &Line| match (state, line) {
            (_, Line::Ascii) => true,
            (false, Line::Broken(bad, ideographs)) => bad > ideographs,
            (true, Line::Utf8(ideographs)) => *ideographs > 0,
            _ => false,
        };
        let run = lines[at..].iter().take_while(|line| other(line)).count();
        let weight: usize = lines[at..at + run]
            .iter()
            .map(|line| match line {
                Line::Ascii => 0,
                Line::Utf8(ideographs) => *ideographs,
                Line::Broken(bad, _) => *bad,
            })
            .sum();
        let first = lines[at..at + run].iter().position(|line| *line != Line::Ascii);
        if let Some(first) = first
            && weight >= CERTAIN
        {
            encodings.extend(std::iter::repeat_n(state, first));
            encodings.extend(std::iter::repeat_n(!state, run - first));
            state = !state;
            at += run;
        } else {
            let stay = run.max(1);
            encodings.extend(std::iter::repeat_n(state, stay));
            at += stay;
        }
    }
    encodings
}

enum Mode {
    /// Nothing but ASCII so far: either encoding may follow.
    Undecided,
    /// UTF-8 or GB18030, line by line where they are mixed; whether the last line was GB18030.
    Lines(bool),
    /// One decoder from the beginning to the end.
    Other(Decoder),
}

/// Reads a byte stream as text.
pub struct TextReader<R> {
    inner: R,
    mode: Mode,
    encoding: &'static str,
    /// Whether the file as a whole is GB18030.
    gb: bool,
    /// Bytes read and not yet decoded.
    raw: Vec<u8>,
    /// Bytes read at a time.
    piece: usize,
    ended: bool,
    /// Lines end with a carriage return only; known once there is text.
    returns: Option<bool>,
}

impl<R: Read> TextReader<R> {
    /// Reads the first piece and judges by it.
    ///
    /// # Errors
    /// The stream cannot be read.
    pub fn new(inner: R) -> io::Result<Self> {
        Self::with_pieces(inner, PIECE)
    }

    fn with_pieces(inner: R, piece: usize) -> io::Result<Self> {
        let mut reader = Self {
            inner,
            mode: Mode::Undecided,
            encoding: "UTF-8",
            gb: false,
            raw: Vec::new(),
            piece,
            ended: false,
            returns: None,
        };
        reader.read_piece()?;
        match Encoding::for_bom(&reader.raw) {
            Some((encoding, length)) if encoding == UTF_16LE || encoding == UTF_16BE => {
                reader.raw.drain(..length);
                reader.switch(encoding);
            }
            Some((_, length)) => {
                reader.raw.drain(..length);
                reader.mode = Mode::Lines(false);
                reader.encoding = "UTF-8 BOM";
            }
            None => match looks_utf16(&reader.raw) {
                Some(encoding) => reader.switch(encoding),
                None => reader.decide(),
            },
        }
        Ok(reader)
    }

    /// Name of the encoding decided on; a file of pure ASCII counts as UTF-8.
    pub const fn encoding(&self) -> &'static str {
        self.encoding
    }

    fn switch(&mut self, encoding: &'static Encoding) {
        self.mode = Mode::Other(encoding.new_decoder_without_bom_handling());
        self.encoding = encoding.name();
    }

    fn decide(&mut self) {
        match looks(&self.raw) {
            Looks::Ascii => {}
            Looks::Utf8 => self.mode = Mode::Lines(false),
            Looks::Gb18030 => {
                self.mode = Mode::Lines(true);
                self.gb = true;
                self.encoding = GB18030.name();
            }
        }
        // A piece may begin in the one and go on in the other: the first line that is not ASCII says which comes first.
        if let Mode::Lines(gb) = &mut self.mode {
            let first =
                self.raw.split_inclusive(|byte| *byte == b'\n').map(line_looks).find(|line| *line != Line::Ascii);
            match first {
                Some(Line::Utf8(ideographs)) if ideographs >= CERTAIN => *gb = false,
                Some(Line::Broken(bad, ideographs)) if bad >= CERTAIN && bad > ideographs => *gb = true,
                _ => {}
            }
        }
    }

    fn read_piece(&mut self) -> io::Result<()> {
        let read = (&mut self.inner).take(self.piece as u64).read_to_end(&mut self.raw)?;
        self.ended = read < self.piece;
        Ok(())
    }

    /// Appends the next piece of text. Returns whether there was any, and what is to be known of it.
    ///
    /// # Errors
    /// The stream cannot be read.
    pub fn append(&mut self, text: &mut String) -> io::Result<Option<Piece>> {
        let before = text.len();
        let mut piece = Piece::default();
        // Whole lines only, so that each can be judged; a line longer than a piece is read on.
        loop {
            if self.raw.is_empty() && self.ended {
                return Ok(None);
            }
            let whole = self.raw.iter().rposition(|byte| matches!(*byte, b'\n' | b'\r')).is_some();
            if self.ended || (whole && !self.raw.is_empty()) || self.raw.len() > LONGEST {
                break;
            }
            self.read_piece()?;
        }
        if matches!(self.mode, Mode::Undecided) {
            self.decide();
        }
        match &mut self.mode {
            Mode::Undecided | Mode::Lines(_) => self.append_lines(text, &mut piece),
            Mode::Other(decoder) => {
                let room = decoder.max_utf8_buffer_length(self.raw.len());
                text.reserve(room.ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))?);
                let (_, _, damaged) = decoder.decode_to_string(&self.raw, text, self.ended);
                self.raw.clear();
                piece.damaged = damaged;
            }
        }
        if !self.ended && self.raw.len() < self.piece {
            self.read_piece()?;
        }
        let appended = &text[before..];
        let returns = *self.returns.get_or_insert_with(|| !appended.contains('\n') && appended.contains('\r'));
        piece.nul_bytes = if appended.contains('\0') { appended.matches('\0').count() as u64 } else { 0 };
        if returns || piece.nul_bytes > 0 {
            let tail = text.split_off(before);
            text.extend(tail.chars().filter(|c| *c != '\0').map(|c| if returns && c == '\r' { '\n' } else { c }));
        }
        Ok(Some(piece))
    }

    /// Decodes the whole lines of what was read; all of it where nothing follows.
    fn append_lines(&mut self, text: &mut String, piece: &mut Piece) {
        let end = if self.ended {
            self.raw.len()
        } else {
            self.raw.iter().rposition(|byte| matches!(*byte, b'\n' | b'\r')).map_or(self.raw.len(), |at| at + 1)
        };
        let rest = self.raw.split_off(end);
        let raw = std::mem::replace(&mut self.raw, rest);
        let state = matches!(self.mode, Mode::Lines(true));
        if state {
            // Nearly every GB18030 file: no line of it is whole UTF-8.
            let other = |line: &[u8]| !line.is_ascii() && std::str::from_utf8(line).is_ok();
            if !raw.split(|byte| *byte == b'\n').any(other) {
                let (decoded, damaged) = GB18030.decode_without_bom_handling(&raw);
                text.push_str(&decoded);
                piece.damaged |= damaged;
                piece.other_encoding += if self.gb { 0 } else { beyond_ascii(&raw) };
                return;
            }
        } else if let Ok(good) = std::str::from_utf8(&raw) {
            // Nearly every file: checked, not copied twice.
            text.push_str(good);
            piece.other_encoding += if self.gb { beyond_ascii(&raw) } else { 0 };
            return;
        }
        let lines: Vec<&[u8]> = raw.split_inclusive(|byte| *byte == b'\n').collect();
        let mut looks: Vec<Line> = lines.iter().map(|line| line_looks(line)).collect();
        let mut encodings = runs(&looks, state);
        // The first lines of another encoding, too few to say so: seen again with what follows.
        if !self.ended && encodings.last() == Some(&true) {
            let tail = looks.iter().rev().take_while(|line| !matches!(line, Line::Broken(..))).count();
            let first = looks[looks.len() - tail..].iter().position(|line| *line != Line::Ascii);
            let keep = first.map_or(looks.len(), |first| looks.len() - tail + first);
            if keep > 0 && keep < looks.len() {
                let held: usize = lines[keep..].iter().map(|line| line.len()).sum();
                self.raw.splice(..0, raw[raw.len() - held..].iter().copied());
                looks.truncate(keep);
                encodings.truncate(keep);
            }
        }
        let lines = &lines[..looks.len()];
        let mut start = 0;
        let mut at = 0;
        while at < lines.len() {
            let run = encodings[at..].iter().take_while(|gb| **gb == encodings[at]).count();
            let length: usize = lines[at..at + run].iter().map(|line| line.len()).sum();
            let bytes = &raw[start..start + length];
            if encodings[at] {
                let (decoded, damaged) = GB18030.decode_without_bom_handling(bytes);
                text.push_str(&decoded);
                piece.damaged |= damaged;
            } else {
                let decoded = String::from_utf8_lossy(bytes);
                piece.damaged |= matches!(decoded, std::borrow::Cow::Owned(_));
                text.push_str(&decoded);
            }
            if encodings[at] != self.gb {
                piece.other_encoding += looks[at..at + run].iter().filter(|line| **line != Line::Ascii).count() as u64;
            }
            start += length;
            at += run;
        }
        if let (Mode::Lines(state), Some(last)) = (&mut self.mode, encodings.last()) {
            *state = *last;
        }
    }
}

/// Lines that are not plain ASCII.
fn beyond_ascii(bytes: &[u8]) -> u64 {
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_ascii()).count() as u64
}

/// Longest run of bytes without a line break that is still read on.
const LONGEST: usize = 64 << 20;

/// A piece of text that was appended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Piece {
    /// Some bytes became U+FFFD.
    pub damaged: bool,
    /// Lines in another encoding than the file's.
    pub other_encoding: u64,
    /// NUL bytes dropped.
    pub nul_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So few bytes at a time that characters are cut often.
    const FEW: usize = 1 << 10;

    fn decode(bytes: &[u8]) -> (String, &'static str, bool) {
        let mut reader = TextReader::with_pieces(bytes, FEW).expect("readable");
        let (mut text, mut damaged) = (String::new(), false);
        while let Some(piece) = reader.append(&mut text).expect("readable") {
            damaged |= piece.damaged;
        }
        (text, reader.encoding(), damaged)
    }

    #[test]
    fn encodings_are_told_apart() {
        let text = "就诊ID|@|姓名\n1|@|张三\n2|@|李四\n3|@|王五\n";
        assert_eq!(decode(text.as_bytes()), (text.to_owned(), "UTF-8", false));
        assert_eq!(decode(format!("\u{feff}{text}").as_bytes()), (text.to_owned(), "UTF-8 BOM", false));
        assert_eq!(decode(&GB18030.encode(text).0), (text.to_owned(), "gb18030", false));
        assert_eq!(decode(b"a,b\n"), ("a,b\n".to_owned(), "UTF-8", false));
        let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(decode(&utf16), (text.to_owned(), "UTF-16LE", false));
    }

    #[test]
    fn chinese_after_megabytes_of_ascii_is_judged_when_it_comes() {
        let ascii = "0123456789,abcdef\n".repeat(FEW / 18 + 1);
        let text = format!("{ascii}甲,乙\n丙,丁\n");
        assert_eq!(decode(&GB18030.encode(&text).0), (text.clone(), "gb18030", false));
        assert_eq!(decode(text.as_bytes()), (text, "UTF-8", false));
    }

    #[test]
    fn characters_cut_between_pieces_survive() {
        for shift in 0..3 {
            let text = format!("{}{}\n", "x".repeat(shift), "医保飞检\n".repeat(FEW / 13 + 10));
            assert_eq!(decode(text.as_bytes()), (text.clone(), "UTF-8", false));
            assert_eq!(decode(&GB18030.encode(&text).0), (text, "gb18030", false));
        }
    }

    #[test]
    fn a_file_that_changes_its_encoding_is_read_line_by_line() {
        let (one, other) = ("姓名,医院科室,张三丰\n".repeat(90), "李四光,内科病房,甲\n".repeat(90));
        let gb = |text: &str| GB18030.encode(text).0.into_owned();
        for (first, second) in [(one.clone().into_bytes(), gb(&other)), (gb(&one), other.clone().into_bytes())] {
            let mut reader = TextReader::with_pieces(io::Cursor::new([first, second].concat()), FEW).expect("readable");
            let (mut text, mut lines, mut damaged) = (String::new(), 0, false);
            while let Some(piece) = reader.append(&mut text).expect("readable") {
                lines += piece.other_encoding;
                damaged |= piece.damaged;
            }
            assert!(text == format!("{one}{other}"), "{text}");
            assert_eq!((lines, damaged), (90, false));
        }
        // GB18030 that happens to be whole UTF-8, in a GB18030 file.
        let text = "张三,李四,男\n".repeat(50) + "联通,1\n" + &"王五\n".repeat(9);
        assert_eq!(decode(&gb(&text)), (text, "gb18030", false));
    }

    #[test]
    fn line_ends_zeros_and_marks_that_are_missing() {
        assert_eq!(decode(b"a,b\r1,2\r").0, "a,b\n1,2\n");
        assert_eq!(decode(b"a,b\r\n1,2\r\n").0, "a,b\r\n1,2\r\n");
        assert_eq!(decode(b"a,b\n\x001,\x002\n").0, "a,b\n1,2\n");
        let text = "mdtrt_id,姓名\n1,张三\n2,李四\n".repeat(40);
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&little), (text.clone(), "UTF-16LE", false));
        assert_eq!(decode(&big), (text, "UTF-16BE", false));
    }

    #[test]
    fn damage_is_marked_not_guessed() {
        let mut bytes = "姓名,医院,科室,医师\n".repeat(20).into_bytes();
        bytes.extend_from_slice(b"\xD5\xC5,x\n");
        let (text, encoding, damaged) = decode(&bytes);
        assert!(damaged && encoding == "UTF-8" && text.contains(REPLACEMENT));
    }
}
