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

enum Mode {
    /// Nothing but ASCII so far: either encoding may follow.
    Undecided,
    Utf8,
    Other(Decoder),
}

/// Reads a byte stream as text.
pub struct TextReader<R> {
    inner: R,
    mode: Mode,
    encoding: &'static str,
    /// Bytes read and not yet decoded.
    raw: Vec<u8>,
    /// Bytes read at a time.
    piece: usize,
    ended: bool,
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
        let mut reader = Self { inner, mode: Mode::Undecided, encoding: "UTF-8", raw: Vec::new(), piece, ended: false };
        reader.read_piece()?;
        match Encoding::for_bom(&reader.raw) {
            Some((encoding, length)) if encoding == UTF_16LE || encoding == UTF_16BE => {
                reader.raw.drain(..length);
                reader.switch(encoding);
            }
            Some((_, length)) => {
                reader.raw.drain(..length);
                reader.mode = Mode::Utf8;
                reader.encoding = "UTF-8 BOM";
            }
            None => reader.decide(),
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
            Looks::Utf8 => self.mode = Mode::Utf8,
            Looks::Gb18030 => self.switch(GB18030),
        }
    }

    fn read_piece(&mut self) -> io::Result<()> {
        let read = (&mut self.inner).take(self.piece as u64).read_to_end(&mut self.raw)?;
        self.ended = read < self.piece;
        Ok(())
    }

    /// Appends the next piece of text. Returns whether there was any, and whether some of it could not be decoded.
    ///
    /// # Errors
    /// The stream cannot be read.
    pub fn append(&mut self, text: &mut String) -> io::Result<Option<Piece>> {
        if self.raw.len() < 4 && !self.ended {
            self.read_piece()?;
        }
        if self.raw.is_empty() {
            return Ok(None);
        }
        if matches!(self.mode, Mode::Undecided) {
            self.decide();
        }
        let damaged = match &mut self.mode {
            Mode::Undecided | Mode::Utf8 => append_utf8(&mut self.raw, text, self.ended),
            Mode::Other(decoder) => {
                let room = decoder.max_utf8_buffer_length(self.raw.len());
                text.reserve(room.ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))?);
                let (_, _, damaged) = decoder.decode_to_string(&self.raw, text, self.ended);
                self.raw.clear();
                damaged
            }
        };
        Ok(Some(Piece { damaged }))
    }
}

/// A piece of text that was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Some bytes became U+FFFD.
    pub damaged: bool,
}

/// Moves whole characters from `raw` to `text`; a character cut at the end stays, unless nothing follows.
fn append_utf8(raw: &mut Vec<u8>, text: &mut String, ended: bool) -> bool {
    let error = match std::str::from_utf8(raw) {
        Ok(good) => {
            text.push_str(good);
            raw.clear();
            return false;
        }
        Err(error) => error,
    };
    let cut_at_end = error.error_len().is_none() && !ended;
    if cut_at_end {
        let rest = raw.split_off(error.valid_up_to());
        text.push_str(&String::from_utf8_lossy(raw));
        *raw = rest;
        return false;
    }
    let tail = if ended { Vec::new() } else { incomplete_tail(raw) };
    raw.truncate(raw.len() - tail.len());
    text.push_str(&String::from_utf8_lossy(raw));
    *raw = tail;
    true
}

/// The bytes of a character that is cut at the end of `raw`.
fn incomplete_tail(raw: &[u8]) -> Vec<u8> {
    let last = raw.len().saturating_sub(3);
    match raw[last..].iter().position(|byte| *byte >= 0xC0) {
        Some(at) => match std::str::from_utf8(&raw[last + at..]) {
            Err(error) if error.error_len().is_none() => raw[last + at..].to_vec(),
            _ => Vec::new(),
        },
        None => Vec::new(),
    }
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
    fn damage_is_marked_not_guessed() {
        let mut bytes = "姓名,医院,科室,医师\n".repeat(20).into_bytes();
        bytes.extend_from_slice(b"\xD5\xC5,x\n");
        let (text, encoding, damaged) = decode(&bytes);
        assert!(damaged && encoding == "UTF-8" && text.contains(REPLACEMENT));
    }
}
