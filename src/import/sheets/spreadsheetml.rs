//! The XML that Excel 2003 and many report tools write, mostly under the name .xls.
//!
//! Read by the tokenizer of web pages: such files are often no sound XML, and a stray character must not cost a table.

use std::io::Read;

use html5gum::{IoReader, StartTag, Token, Tokenizer};

use super::cells::{write_float, write_iso};
use super::{RowText, Rows, Utf8};
use crate::import::error::ReadError;

/// The names of the sheets.
///
/// # Errors
/// The file cannot be read.
pub fn sheets(source_name: &str, bytes: impl Read) -> Result<Vec<String>, ReadError> {
    let mut names = Vec::new();
    for token in Tokenizer::new(IoReader::new(Utf8::new(bytes))) {
        let token = token.map_err(|error| ReadError::Io { source_name: source_name.to_owned(), error })?;
        if let Token::StartTag(tag) = token
            && local(tag.name.as_slice()) == b"worksheet"
        {
            names.push(attribute(&tag, b"name").unwrap_or_else(|| format!("Sheet{}", names.len() + 1)));
        }
    }
    Ok(names)
}

/// The rows of one sheet.
pub struct SpreadsheetMl<R: Read> {
    source_name: String,
    tokens: Tokenizer<IoReader<Utf8<R>>>,
    /// Sheets that have yet to begin, the wanted one included.
    ahead: usize,
    row: usize,
    column: usize,
    /// What `ss:MergeAcross` adds to the cell begun.
    across: usize,
    /// Type and text of the data begun.
    data: Option<(String, String)>,
}

impl<R: Read> SpreadsheetMl<R> {
    /// The rows of the sheet with this position.
    pub fn new(source_name: String, bytes: R, sheet: usize) -> Self {
        let tokens = Tokenizer::new(IoReader::new(Utf8::new(bytes)));
        Self { source_name, tokens, ahead: sheet + 1, row: 0, column: 0, across: 0, data: None }
    }

    fn start(&mut self, tag: &StartTag<()>, text: &mut RowText) {
        let number = |name: &[u8]| attribute(tag, name)?.parse::<usize>().ok();
        match local(tag.name.as_slice()) {
            b"row" => {
                self.row = number(b"index").map_or(self.row + 1, |at| at.max(self.row + 1));
                self.column = 0;
                if tag.self_closing {
                    self.across = 0;
                }
            }
            b"cell" => {
                self.column = number(b"index").map_or(self.column + 1, |at| at.max(self.column + 1));
                self.across = number(b"mergeacross").unwrap_or(0);
                if tag.self_closing {
                    self.column += self.across;
                }
            }
            b"data" if !tag.self_closing => {
                self.data = Some((attribute(tag, b"type").unwrap_or_default(), String::new()));
            }
            _ => {}
        }
        // A row that begins ends the one before it.
        while text.rows + 1 < self.row {
            text.end_row();
        }
    }

    fn end(&mut self, name: &[u8], text: &mut RowText) {
        match local(name) {
            b"data" => {
                if let Some((kind, value)) = self.data.take()
                    && self.row > 0
                    && self.column > 0
                {
                    text.put(self.row - 1, self.column - 1, &shown(&kind, value));
                }
            }
            b"cell" => self.column += std::mem::take(&mut self.across),
            _ => {}
        }
    }
}

impl<R: Read> Rows for SpreadsheetMl<R> {
    fn rows(&mut self, text: &mut RowText) -> Result<bool, ReadError> {
        while !text.is_full() {
            let Some(token) = self.tokens.next() else {
                text.end();
                return Ok(false);
            };
            match token.map_err(|error| ReadError::Io { source_name: self.source_name.clone(), error })? {
                Token::StartTag(tag) if local(tag.name.as_slice()) == b"worksheet" => {
                    self.ahead = self.ahead.saturating_sub(1);
                }
                Token::EndTag(tag) if local(tag.name.as_slice()) == b"worksheet" && self.ahead == 0 => {
                    text.end();
                    return Ok(false);
                }
                _ if self.ahead > 0 => {}
                Token::StartTag(tag) => self.start(&tag, text),
                Token::EndTag(tag) => self.end(tag.name.as_slice(), text),
                Token::String(part) => self.push(&String::from_utf8_lossy(part.value.as_slice())),
                // To a reader of web pages `<![CDATA[…]]>` is a comment.
                Token::Comment(part) => {
                    let part = String::from_utf8_lossy(part.value.as_slice()).into_owned();
                    if let Some(part) = part.strip_prefix("[CDATA[") {
                        self.push(part.strip_suffix("]]").unwrap_or(part));
                    }
                }
                Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        Ok(true)
    }
}

impl<R: Read> SpreadsheetMl<R> {
    fn push(&mut self, part: &str) {
        if let Some((_, text)) = &mut self.data {
            text.push_str(part);
        }
    }
}

/// A name without its prefix, in small letters as the tokenizer gives it.
fn local(name: &[u8]) -> &[u8] {
    name.rsplit(|byte| *byte == b':').next().unwrap_or(name)
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    let (_, value) = tag.attributes.iter().find(|(key, _)| local(key.as_slice()) == name)?;
    Some(String::from_utf8_lossy(value.value.as_slice()).trim().to_owned())
}

/// The text of a value of this type.
fn shown(kind: &str, value: String) -> String {
    let mut text = String::new();
    match kind {
        "Number" => match value.trim().parse::<f64>() {
            // Digits that are written out are all there; only an exponent tells that some are lost.
            Ok(number) if value.contains(['e', 'E']) || value.contains('.') => write_float(number, &mut text),
            _ => text.push_str(value.trim()),
        },
        "DateTime" => write_iso(value.trim(), &mut text),
        "Boolean" => text.push_str(if value.trim() == "1" { "TRUE" } else { "FALSE" }),
        _ => return value,
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::TableText;
    use super::*;

    const BOOK: &str = r#"<?xml version="1.0" encoding="GB2312"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Styles><Style ss:ID="s1"><Font ss:FontName="宋体"/></Style></Styles>
<Worksheet ss:Name="说明"><Table><Row><Cell><Data ss:Type="String">导出说明</Data></Cell></Row></Table></Worksheet>
<Worksheet ss:Name="费用&amp;明细"><Table ss:ExpandedColumnCount="4">
<Column ss:Width="80"/>
<Row ss:Index="2"><Cell ss:MergeAcross="1"><Data ss:Type="String">标题</Data></Cell><Cell><Data ss:Type="String">单位：元</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">号&lt;1&gt;</Data></Cell><Cell ss:Index="3"><Data ss:Type="Number">12.50</Data></Cell></Row>
<Row/>
<Row><Cell/><Cell><Data ss:Type="DateTime">2024-01-05T08:30:00.000</Data></Cell><Cell><Data ss:Type="Number">3.40103199001011E+17</Data></Cell>
<Cell><Data ss:Type="Boolean">1</Data></Cell></Row>
</Table><WorksheetOptions/></Worksheet></Workbook>"#;

    fn read(sheet: usize) -> String {
        let mut text = String::new();
        let rows = SpreadsheetMl::new("x.xls".to_owned(), BOOK.as_bytes(), sheet);
        TableText::new(rows).read_to_string(&mut text).expect("readable");
        text.replace('\u{1f}', "|")
    }

    #[test]
    fn rows_and_cells_stand_where_their_index_says() {
        assert_eq!(sheets("x", BOOK.as_bytes()).expect("sheets"), ["说明", "费用&明细"]);
        assert_eq!(read(0), "导出说明\n");
        assert_eq!(read(1), "\n标题||单位：元\n号<1>||12.5\n\n|2024-01-05 08:30:00|3.40103199001011E+17|TRUE\n");
    }
}
