//! Tables of web pages: what many hospital systems and bureau sites save under the name .xls.
//!
//! Every table of the page gives its rows in the order of the page, tables within tables too. A cell over several rows stands in each of
//! them, unless it is an amount; of a cell over several columns, the first has the text.

use std::collections::VecDeque;
use std::io::Read;
use std::ops::Range;

use html5gum::{DefaultEmitter, HtmlString, IoReader, Spanned, Token, Tokenizer};

use super::{RowText, Rows, Utf8};
use crate::import::error::ReadError;

/// Most rows or columns that one cell is believed to cover.
const WIDEST_SPAN: usize = 1_000;

/// A table of a page, for the choice of what to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shape {
    /// Its rows.
    pub rows: usize,
    /// Cells of its widest row.
    pub columns: usize,
}

/// What stands next on the page.
enum Event {
    /// A table begins that is within no other.
    Table,
    /// A cell of the row begun, at this column.
    Cell(usize, String),
    /// The row ends.
    Row,
}

/// A cell that reaches into the rows below.
struct Reaching {
    rows: usize,
    text: String,
}

/// Reads a page on, event by event.
struct Page<R: Read> {
    source_name: String,
    tokens: Tokenizer<IoReader<Utf8<R>>>,
    depth: usize,
    in_row: bool,
    /// The text of the cell begun, with the columns and rows it covers.
    cell: Option<(String, usize, usize)>,
    column: usize,
    reaching: Vec<Option<Reaching>>,
    waiting: VecDeque<Event>,
}

impl<R: Read> Page<R> {
    fn new(source_name: String, bytes: R) -> Self {
        let mut emitter = DefaultEmitter::default();
        // Scripts and styles are no markup.
        emitter.naively_switch_states(true);
        Self {
            source_name,
            tokens: Tokenizer::new_with_emitter(IoReader::new(Utf8::new(bytes)), emitter),
            depth: 0,
            in_row: false,
            cell: None,
            column: 0,
            reaching: Vec::new(),
            waiting: VecDeque::new(),
        }
    }

    fn next(&mut self) -> Result<Option<Event>, ReadError> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Ok(Some(event));
            }
            match self.tokens.next() {
                None => {
                    self.end_row();
                    return Ok(self.waiting.pop_front());
                }
                Some(Err(error)) => return Err(ReadError::Io { source_name: self.source_name.clone(), error }),
                Some(Ok(token)) => self.take(token),
            }
        }
    }

    fn take(&mut self, token: Token) {
        match token {
            Token::StartTag(tag) => match tag.name.as_slice() {
                b"table" => {
                    // A table within a cell: what the outer row has so far is a row of its own.
                    self.end_row();
                    self.reaching.clear();
                    if self.depth == 0 {
                        self.waiting.push_back(Event::Table);
                    }
                    self.depth += 1;
                }
                b"tr" => {
                    self.end_row();
                    self.in_row = self.depth > 0;
                }
                b"td" | b"th" if self.depth > 0 => {
                    self.end_cell();
                    self.in_row = true;
                    let span = |name: &[u8]| {
                        let value = tag.attributes.iter().find(|(key, _)| key.as_slice() == name)?.1;
                        number(value).filter(|span| (1..=WIDEST_SPAN).contains(span))
                    };
                    self.cell = Some((String::new(), span(b"colspan").unwrap_or(1), span(b"rowspan").unwrap_or(1)));
                    if tag.self_closing {
                        self.end_cell();
                    }
                }
                b"br" | b"p" | b"div" | b"li" => self.text(" "),
                _ => {}
            },
            Token::EndTag(tag) => match tag.name.as_slice() {
                b"table" => {
                    self.end_row();
                    self.reaching.clear();
                    self.depth = self.depth.saturating_sub(1);
                }
                b"tr" => self.end_row(),
                b"td" | b"th" => self.end_cell(),
                _ => {}
            },
            Token::String(text) => self.text(&String::from_utf8_lossy(text.value.as_slice())),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }

    fn text(&mut self, text: &str) {
        if let Some((cell, ..)) = &mut self.cell {
            cell.push_str(text);
        }
    }

    /// Puts the cells that reach down from the rows above where the row has come to.
    fn pass_reaching(&mut self, to_the_end: bool) {
        while self.column < self.reaching.len() {
            let Some(above) = self.reaching.get_mut(self.column).and_then(Option::as_mut) else {
                match to_the_end {
                    true => self.column += 1,
                    false => return,
                }
                continue;
            };
            self.waiting.push_back(Event::Cell(self.column, above.text.clone()));
            above.rows -= 1;
            if above.rows == 0 {
                self.reaching[self.column] = None;
            }
            self.column += 1;
        }
    }

    fn end_cell(&mut self) {
        let Some((text, columns, rows)) = self.cell.take() else { return };
        self.pass_reaching(false);
        let text = text.trim().to_owned();
        if rows > 1 {
            if self.reaching.len() < self.column + columns {
                self.reaching.resize_with(self.column + columns, || None);
            }
            for more in 0..columns {
                // An amount over several rows is that of them all, not of each.
                let amount = text.contains('.') && text.replace(',', "").parse::<f64>().is_ok();
                let text = if more == 0 && !amount { text.clone() } else { String::new() };
                self.reaching[self.column + more] = Some(Reaching { rows: rows - 1, text });
            }
        }
        self.waiting.push_back(Event::Cell(self.column, text));
        self.column += columns;
    }

    fn end_row(&mut self) {
        self.end_cell();
        if self.in_row {
            self.pass_reaching(true);
            self.waiting.push_back(Event::Row);
        }
        self.in_row = false;
        self.column = 0;
    }
}

fn number(value: &Spanned<HtmlString, ()>) -> Option<usize> {
    std::str::from_utf8(value.value.as_slice()).ok()?.trim().parse().ok()
}

/// The shapes of the tables of a page that are within no other.
///
/// # Errors
/// The page cannot be read.
pub fn shapes(source_name: &str, bytes: impl Read) -> Result<Vec<Shape>, ReadError> {
    let mut page = Page::new(source_name.to_owned(), bytes);
    let mut shapes: Vec<Shape> = Vec::new();
    let mut filled = 0;
    while let Some(event) = page.next()? {
        match event {
            Event::Table => shapes.push(Shape::default()),
            Event::Cell(column, text) if !text.is_empty() => filled = column + 1,
            Event::Cell(..) => {}
            Event::Row => {
                if let Some(shape) = shapes.last_mut() {
                    shape.rows += 1;
                    shape.columns = shape.columns.max(filled);
                }
                filled = 0;
            }
        }
    }
    Ok(shapes)
}

/// Which tables are read together, as ranges: parts of one table that the page repeats or cuts, and what stands before it, are. A table
/// begins a range of its own where one of at least two rows and columns before it has another number of columns.
pub fn ranges(shapes: &[Shape]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut columns = None;
    for (at, shape) in shapes.iter().enumerate() {
        let data = shape.rows > 1 && shape.columns > 1;
        match ranges.last_mut() {
            Some(last) if !data || columns.is_none_or(|columns| columns == shape.columns) => last.end = at + 1,
            _ => ranges.push(at..at + 1),
        }
        if data {
            columns = Some(shape.columns);
        }
    }
    ranges
}

/// The rows of some tables of a page.
pub struct Html<R: Read> {
    page: Page<R>,
    wanted: Range<usize>,
    /// Tables begun.
    begun: usize,
}

impl<R: Read> Html<R> {
    /// The rows of the tables `wanted`, by their order on the page.
    pub fn new(source_name: String, bytes: R, wanted: Range<usize>) -> Self {
        Self { page: Page::new(source_name, bytes), wanted, begun: 0 }
    }
}

impl<R: Read> Rows for Html<R> {
    fn rows(&mut self, text: &mut RowText) -> Result<bool, ReadError> {
        while !text.is_full() {
            let Some(event) = self.page.next()? else { return Ok(false) };
            let wanted = self.begun > 0 && self.wanted.contains(&(self.begun - 1));
            match event {
                Event::Table => {
                    self.begun += 1;
                    if self.begun > self.wanted.end {
                        return Ok(false);
                    }
                }
                Event::Cell(column, value) if wanted => text.cell(column, &value),
                Event::Row if wanted => text.end_row(),
                Event::Cell(..) | Event::Row => {}
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::super::TableText;
    use super::*;

    fn read(page: &str, wanted: Range<usize>) -> String {
        let mut text = String::new();
        TableText::new(Html::new("x.xls".to_owned(), page.as_bytes(), wanted))
            .read_to_string(&mut text)
            .expect("readable");
        text.replace('\u{1f}', "|")
    }

    #[test]
    fn rows_of_untidy_pages() {
        let page = "<html><style>td { a > b }</style><script>if (a<b) document.write('<table><tr><td>no</td></tr></table>')</script>\
                    <table border=1><TR><th>就诊ID<th>姓名&nbsp;<th>a&amp;b</tr>\n\
                    <tr><td>1</td>\n<td>\n 张<b>三</b>\n</td><td/></tr><tr><td>2<td>&#26446;<br>四<td>&lt;x&gt;</table>";
        assert_eq!(read(page, 0..1), "就诊ID|姓名|a&b\n1|张三|\n2|李 四|<x>\n");
        assert_eq!(shapes("x", page.as_bytes()).expect("shapes"), [Shape { rows: 3, columns: 3 }]);
    }

    #[test]
    fn cells_over_rows_and_columns() {
        let page = "<table><tr><td rowspan=2>住院号</td><td colspan=2>金额</td></tr><tr><td>总</td><td>自付</td></tr>\
                    <tr><td rowspan='2'>Z1</td><td>1</td><td rowspan=2>2.50</td></tr><tr><td>3</td></tr></table>";
        assert_eq!(read(page, 0..1), "住院号|金额\n住院号|总|自付\nZ1|1|2.50\nZ1|3|\n");
        let last = "<table><tr><td>a</td><td rowspan=2>b</td></tr><tr><td>c</td></tr></table>";
        assert_eq!(read(last, 0..1), "a|b\nc|b\n");
    }

    #[test]
    fn tables_of_a_page_are_told_apart_by_their_width() {
        let table = |rows: usize, columns: usize| {
            format!("<table>{}</table>", format!("<tr>{}</tr>", "<td>x</td>".repeat(columns)).repeat(rows))
        };
        let found = |tables: &[String]| ranges(&shapes("x", tables.concat().as_bytes()).expect("shapes"));
        assert_eq!(found(&[]), Vec::<Range<usize>>::new());
        assert_eq!(found(&[table(1, 1), table(5, 4), table(5, 4), table(1, 2)]), std::slice::from_ref(&(0..4)));
        assert_eq!(found(&[table(1, 1), table(5, 4), table(5, 3)]), [0..2, 2..3]);
        let page = [table(1, 1), table(2, 2), table(2, 3)].concat();
        assert_eq!(read(&page, 0..2), "x\nx|x\nx|x\n");
        assert_eq!(read(&page, 2..3), "x|x|x\nx|x|x\n");
    }

    #[test]
    fn a_table_within_a_cell_is_read_too() {
        let page = "<table><tr><td>标题<table><tr><td>a</td><td>b</td></tr></table></td></tr></table>";
        assert_eq!(read(page, 0..1), "标题\na|b\n");
    }
}
