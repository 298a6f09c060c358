//! dBASE tables (.dbf) of FoxPro and its kin, read record by record.
//!
//! A reader of our own: the `dbase` crate turns every number into a double, and a number field may hold the eighteen digits of an
//! identifier. Here the digits stay as they stand in the file. Records marked as deleted are left out and counted.

use std::io::{self, Read};

use encoding_rs::{Encoding, GB18030, UTF_8};

use super::{RowText, Rows};
use crate::calendar;
use crate::import::decode::REPLACEMENT;
use crate::import::error::ReadError;
use crate::lang::Text;

/// Bytes of the file's header and of each field's description.
const DESCRIPTION: usize = 32;

/// Days from the beginning of the Julian calendar to 1970-01-01.
const JULIAN_1970: i32 = 2_440_588;

/// A field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FieldOf {
    name: String,
    kind: u8,
    start: usize,
    len: usize,
}

/// What the header of a dBASE table says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    records: u32,
    record_bytes: usize,
    header_bytes: usize,
    fields: Vec<FieldOf>,
    encoding: &'static Encoding,
}

impl Header {
    /// Reads the header at the beginning of `bytes`. `None` where they are no dBASE table, or more bytes are needed.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let known =
            matches!(bytes.first()?, 0x02 | 0x03 | 0x30..=0x32 | 0x43 | 0x63 | 0x83 | 0x8b | 0x8e | 0xcb | 0xf5 | 0xfb);
        let (month, day) = (*bytes.get(2)?, *bytes.get(3)?);
        let header_bytes = usize::from(u16::from_le_bytes([*bytes.get(8)?, *bytes.get(9)?]));
        let record_bytes = usize::from(u16::from_le_bytes([*bytes.get(10)?, *bytes.get(11)?]));
        if !known || month > 12 || day > 31 || header_bytes < 2 * DESCRIPTION + 1 || record_bytes < 2 {
            return None;
        }
        let records = u32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
        let language = *bytes.get(29)?;
        let mut descriptions = Vec::new();
        let mut at = DESCRIPTION;
        loop {
            // A carriage return ends the fields.
            if *bytes.get(at)? == b'\r' {
                break;
            }
            descriptions.push(bytes.get(at..at + DESCRIPTION)?);
            at += DESCRIPTION;
        }
        if at >= header_bytes {
            return None;
        }
        let names: Vec<&[u8]> = descriptions
            .iter()
            .map(|description| description[..11].split(|byte| *byte == 0).next().unwrap_or_default())
            .collect();
        let encoding = encoding(language, &names.concat());
        let mut fields = Vec::new();
        let mut start = 1;
        for (description, name) in descriptions.iter().zip(names) {
            let kind = description[11].to_ascii_uppercase();
            if !kind.is_ascii_alphabetic() && !matches!(kind, b'0' | b'@' | b'+') {
                return None;
            }
            // Long character fields keep the upper byte of their length where numbers have their decimals.
            let len = match kind {
                b'C' => usize::from(u16::from_le_bytes([description[16], description[17]])),
                _ => usize::from(description[16]),
            };
            let name = encoding.decode_without_bom_handling(name).0.trim().to_owned();
            fields.push(FieldOf { name, kind, start, len });
            start += len;
        }
        (start <= record_bytes).then_some(Self { records, record_bytes, header_bytes, fields, encoding })
    }
}

/// The encoding that the language driver names; files of Chinese programs mostly say nothing or something else, and are GBK.
fn encoding(language: u8, names: &[u8]) -> &'static Encoding {
    match language {
        0x78 | 0x4f => encoding_rs::BIG5,
        _ if !names.is_ascii() && std::str::from_utf8(names).is_ok() => UTF_8,
        _ => GB18030,
    }
}

/// The rows of a dBASE table, the names of its fields first.
pub struct Dbf<R> {
    source_name: String,
    bytes: R,
    header: Option<Header>,
    done: u32,
    deleted: u32,
    record: Vec<u8>,
    value: String,
}

impl<R: Read> Dbf<R> {
    /// Nothing is read yet.
    pub const fn new(source_name: String, bytes: R) -> Self {
        Self { source_name, bytes, header: None, done: 0, deleted: 0, record: Vec::new(), value: String::new() }
    }

    /// Records marked as deleted so far.
    pub const fn deleted(&self) -> u32 {
        self.deleted
    }

    fn damaged(&self, zh: &str, en: &str) -> ReadError {
        ReadError::Damaged { source_name: self.source_name.clone(), message: Text::new(zh, en) }
    }

    fn begin(&mut self, text: &mut RowText) -> Result<Header, ReadError> {
        let fail = |error| ReadError::Io { source_name: self.source_name.clone(), error };
        let mut head = vec![0; DESCRIPTION];
        self.bytes.read_exact(&mut head).map_err(fail)?;
        let length = usize::from(u16::from_le_bytes([head[8], head[9]]));
        head.resize(length.max(DESCRIPTION), 0);
        self.bytes.read_exact(&mut head[DESCRIPTION..]).map_err(fail)?;
        let header = Header::parse(&head)
            .filter(|header| header.header_bytes == head.len())
            .ok_or_else(|| self.damaged("dBASE 文件头已损坏", "the header of the dBASE table is damaged"))?;
        for (column, field) in header.fields.iter().enumerate() {
            text.cell(column, &field.name);
        }
        text.end_row();
        Ok(header)
    }
}

impl<R: Read> Rows for Dbf<R> {
    fn rows(&mut self, text: &mut RowText) -> Result<bool, ReadError> {
        let header = match self.header.take() {
            Some(header) => header,
            None => self.begin(text)?,
        };
        self.record.resize(header.record_bytes, 0);
        while !text.is_full() && self.done < header.records {
            match self.bytes.read_exact(&mut self.record) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(self.damaged(
                        &format!("文件头说有 {} 条记录，文件在第 {} 条处中断", header.records, self.done + 1),
                        &format!(
                            "its header tells of {} records, the file ends at number {}",
                            header.records,
                            self.done + 1
                        ),
                    ));
                }
                Err(error) => return Err(ReadError::Io { source_name: self.source_name.clone(), error }),
            }
            self.done += 1;
            if self.record[0] == b'*' {
                self.deleted += 1;
                // Its line stays, blank: lines are record numbers.
                text.end_row();
                continue;
            }
            for (column, field) in header.fields.iter().enumerate() {
                let raw = &self.record[field.start..field.start + field.len];
                self.value.clear();
                if write(field.kind, raw, header.encoding, &mut self.value).is_none() {
                    // Unusable where somebody needs it, of no account where nobody does.
                    self.value.push(REPLACEMENT);
                }
                text.cell(column, &self.value);
            }
            text.end_row();
        }
        let more = self.done < header.records;
        self.header = Some(header);
        Ok(more)
    }
}

/// Appends the value of a field to `text`; `None` where it is kept in another file.
fn write(kind: u8, raw: &[u8], encoding: &'static Encoding, text: &mut String) -> Option<()> {
    use std::fmt::Write as _;

    let integer = |raw: &[u8]| raw.try_into().ok().map(i32::from_le_bytes);
    let long = |raw: &[u8]| raw.try_into().ok().map(i64::from_le_bytes);
    let day = |days: i32| calendar::iso(days);
    match kind {
        b'D' => {
            let digits = String::from_utf8_lossy(raw);
            text.push_str(if digits.trim_matches(['0', ' ', '\0']).is_empty() { "" } else { digits.trim() });
        }
        b'T' | b'@' => {
            let (days, milliseconds) = (integer(raw.get(..4)?)?, integer(raw.get(4..8)?)?);
            // Programs count milliseconds down from the second: 29999 is half past.
            let seconds = (i64::from(milliseconds) + 500) / 1_000;
            if days > 0 {
                text.push_str(&day(days.saturating_sub(JULIAN_1970)));
                let _ = write!(text, " {:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
            }
        }
        b'I' | b'+' => {
            let _ = write!(text, "{}", integer(raw)?);
        }
        b'Y' => {
            let value = long(raw)?;
            let sign = if value < 0 { "-" } else { "" };
            let value = value.unsigned_abs();
            let _ = write!(text, "{sign}{}.{:04}", value / 10_000, value % 10_000);
        }
        b'B' | b'O' if raw.len() == 8 => super::cells::write_float(f64::from_bits(long(raw)?.cast_unsigned()), text),
        b'L' => text.push_str(match raw.first() {
            Some(b'T' | b't' | b'Y' | b'y') => "TRUE",
            Some(b'F' | b'f' | b'N' | b'n') => "FALSE",
            _ => "",
        }),
        // The null flags of Visual FoxPro are no field of the user's.
        b'0' => {}
        b'M' | b'G' | b'P' | b'W' | b'B' => {
            // An empty memo points nowhere.
            let empty = raw.iter().all(|byte| matches!(byte, 0 | b' ' | b'0'));
            return empty.then_some(());
        }
        _ => {
            let raw = raw.split(|byte| *byte == 0).next().unwrap_or_default();
            text.push_str(encoding.decode_without_bom_handling(raw).0.trim());
        }
    }
    Some(())
}

#[cfg(test)]
pub mod tests {
    use super::super::TableText;
    use super::*;

    /// A table with these fields (name, kind, length) and records, the first byte of each its mark.
    pub fn table(fields: &[(&str, u8, usize)], records: &[Vec<u8>]) -> Vec<u8> {
        let header_bytes = DESCRIPTION * (fields.len() + 1) + 1;
        let record_bytes = 1 + fields.iter().map(|(.., len)| len).sum::<usize>();
        let mut bytes = vec![0x03, 124, 1, 5];
        bytes.extend((records.len() as u32).to_le_bytes());
        bytes.extend((header_bytes as u16).to_le_bytes());
        bytes.extend((record_bytes as u16).to_le_bytes());
        bytes.resize(DESCRIPTION, 0);
        for (name, kind, len) in fields {
            let start = bytes.len();
            bytes.extend(&*GB18030.encode(name).0);
            bytes.resize(start + 11, 0);
            bytes.push(*kind);
            bytes.extend([0; 4]);
            bytes.push(*len as u8);
            bytes.resize(start + DESCRIPTION, 0);
        }
        bytes.push(b'\r');
        bytes.extend(records.concat());
        bytes.push(0x1a);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<String, ReadError> {
        let mut rows = TableText::new(Dbf::new("x.dbf".to_owned(), bytes));
        let mut text = String::new();
        match rows.read_to_string(&mut text) {
            Ok(_) => Ok(text.replace('\u{1f}', "|")),
            Err(error) => Err(rows.failure().unwrap_or(ReadError::Io { source_name: String::new(), error })),
        }
    }

    #[test]
    fn digits_stay_and_deleted_records_do_not() {
        let fields = [("就诊号", b'C', 8), ("PSN", b'N', 18), ("JE", b'N', 8), ("RQ", b'D', 8), ("YB", b'L', 1)];
        let record =
            |mark: &str, name: &str, rest: &str| [mark.as_bytes(), &GB18030.encode(name).0, rest.as_bytes()].concat();
        let bytes = table(
            &fields,
            &[
                record(" ", "张三    ", "340103199001011234   12.5020240105T"),
                record("*", "李四    ", "340103199001011235   99.0020240105T"),
                record(" ", "王五    ", "                  -   0.01        ?"),
            ],
        );
        assert!(Header::parse(&bytes).is_some());
        assert_eq!(
            read(&bytes).expect("readable"),
            "就诊号|PSN|JE|RQ|YB\n张三|340103199001011234|12.50|20240105|TRUE\n\n王五||-   0.01||\n"
        );
    }

    #[test]
    fn binary_fields_of_visual_foxpro() {
        let value = |kind, raw: &[u8]| {
            let mut text = String::new();
            write(kind, raw, GB18030, &mut text).map(|()| text)
        };
        assert_eq!(value(b'I', &(-7_i32).to_le_bytes()), Some("-7".to_owned()));
        assert_eq!(value(b'Y', &(-12_345_i64).to_le_bytes()), Some("-1.2345".to_owned()));
        assert_eq!(value(b'B', &2.5_f64.to_le_bytes()), Some("2.5".to_owned()));
        let mut when = (JULIAN_1970 + 19_727).to_le_bytes().to_vec();
        when.extend(30_599_999_i32.to_le_bytes());
        assert_eq!(value(b'T', &when), Some("2024-01-05 08:30:00".to_owned()));
        assert_eq!(value(b'M', &[0; 4]), Some(String::new()));
        assert_eq!(value(b'M', &[1, 0, 0, 0]), None);
    }

    #[test]
    fn a_table_that_ends_too_early_is_damaged() {
        let bytes = table(&[("A", b'C', 4)], &[b" abcd".to_vec(), b" efgh".to_vec()]);
        assert!(matches!(read(&bytes[..bytes.len() - 4]), Err(ReadError::Damaged { .. })));
        assert_eq!(
            Header::parse(b"mdtrt_id,psn_no,begntime,med_type,fixmedins_code,fixmedins_name,\r\n1,2,3,4\r\n"),
            None
        );
        assert_eq!(Header::parse(&[3; 100]), None);
    }
}
