//! Worksheets as this program lays them out: a long table that continues on further sheets, and a page of short blocks.
//!
//! Strings are only ever written as strings, never as formulas, so data cannot be evaluated. Codes keep every digit.

use std::borrow::Borrow;
use std::path::Path;

use rust_xlsxwriter::{
    Chart, ChartFormat, ChartLegendPosition, ChartSolidFill, ChartType, Color, DataValidation, DocProperties,
    ExcelDateTime, Format, FormatAlign, FormatBorder, FormatUnderline, IgnoreError, Url, Workbook, Worksheet,
    XlsxError,
};
use unicode_width::UnicodeWidthStr;

use super::text;
use crate::calendar;
use crate::lang::{Label, Lang};
use crate::model::in_yuan;

/// Rows of one sheet under its header, by the file format.
pub const ROWS_PER_SHEET: u32 = 1_048_575;
/// Characters of one cell, by the file format.
const CELL_CHARS: usize = 32_767;
/// Height of one line, and the greatest height of a row by the file format, in points.
const LINE_POINTS: f64 = 16.5;
const MAX_POINTS: f64 = 409.0;
/// Width lost to the indent and the cell's edges, in digits.
const INSET: f64 = 2.0;
/// Day 0 of the data, 1970-01-01, in the spreadsheet's count of days.
const EPOCH_SERIAL: f64 = 25_569.0;
/// Lines left empty for writing by hand.
const ROOM_LINES: f64 = 3.0;
/// Size of a chart in pixels, and the rows it covers.
const CHART_WIDTH: u32 = 900;
const CHART_HEIGHT: u32 = 300;
const CHART_ROWS: u32 = 15;
/// Colour of a chart's only series.
const CHART_COLOR: Color = Color::RGB(0x001F_4E78);
/// Effort of compressing, 1–9. The usual 6 took twice as long to find repetitions in two million rows, and the file was no smaller.
const COMPRESSION: u8 = 5;
/// A4 in the file format's list of papers.
const A4: u8 = 9;

/// What a cell holds; it decides the cell's format too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// Nothing, framed.
    Empty,
    /// A code or a short text on one line.
    Text(&'a str),
    /// Prose that wraps.
    Prose(&'a str),
    /// Prose to be noticed, such as a parameter that differs from its default.
    Notable(&'a str),
    /// A place in a ranking.
    Rank(i64),
    /// A count.
    Int(i64),
    /// Money in fen, shown in yuan.
    Fen(i64),
    /// A number with two decimals.
    Decimal(f64),
    /// A number as it is.
    Number(f64),
    /// A share, shown in percent.
    Ratio(f64),
    /// A day since 1970-01-01.
    Day(i32),
    /// A minute since 1970-01-01.
    Minute(i64),
    /// Prose that leads to a sheet, by its name.
    Link {
        /// The sheet.
        sheet: &'a str,
        /// What is shown.
        text: &'a str,
    },
    /// A text that leads to a row of a sheet.
    LinkTo {
        /// The sheet.
        sheet: &'a str,
        /// Row, counted from 1.
        row: u32,
        /// What is shown.
        text: &'a str,
    },
    /// A file in the same folder, by its name.
    File(&'a str),
}

impl<'a> Cell<'a> {
    /// A code or short text, if there is one.
    pub fn text(value: Option<&'a str>) -> Self {
        value.map_or(Self::Empty, Self::Text)
    }

    /// A name or a sentence, if there is one.
    pub fn prose(value: Option<&'a str>) -> Self {
        value.map_or(Self::Empty, Self::Prose)
    }

    /// A day, if it is known.
    pub fn day(value: Option<i32>) -> Self {
        value.map_or(Self::Empty, Self::Day)
    }

    /// A number of `units` of 10 to the power of minus `places`, if there is one.
    pub fn scaled(units: Option<i64>, places: i32) -> Self {
        units.map_or(Self::Empty, |units| Self::Number(units as f64 / 10_f64.powi(places)))
    }

    /// A count that came unsigned.
    pub fn count(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

/// The formats of a workbook.
struct Styles {
    title: Format,
    section: Format,
    note: Format,
    head: Format,
    rank: Format,
    text: Format,
    prose: Format,
    notable: Format,
    link: Format,
    head_link: Format,
    int: Format,
    money: Format,
    number: Format,
    ratio: Format,
    day: Format,
    minute: Format,
}

impl Styles {
    fn new() -> Self {
        let base = base_format();
        let cell = base.clone().set_border(FormatBorder::Thin).set_border_color(Color::RGB(0x00D9_D9D9));
        let number = |format: &str| cell.clone().set_num_format(format);
        let head = cell
            .clone()
            .set_bold()
            .set_font_color(Color::White)
            .set_background_color(Color::RGB(0x001F_4E78))
            .set_align(FormatAlign::Center)
            .set_text_wrap();
        let link_color = Color::RGB(0x0005_63C1);
        Self {
            title: base.clone().set_font_size(16).set_bold(),
            section: base.clone().set_font_size(12).set_bold().set_font_color(Color::RGB(0x001F_4E78)),
            note: base.clone().set_text_wrap(),
            // Some programs paint links blue whatever the format says, which nobody can read on the dark header.
            head_link: head
                .clone()
                .set_background_color(Color::RGB(0x00DD_EBF7))
                .set_font_color(link_color)
                .set_underline(FormatUnderline::Single),
            head,
            rank: cell.clone().set_align(FormatAlign::Center),
            text: number("@").set_indent(1),
            prose: number("@").set_text_wrap().set_indent(1),
            notable: number("@").set_text_wrap().set_indent(1).set_bold().set_background_color(Color::RGB(0x00FF_F2CC)),
            link: number("@")
                .set_text_wrap()
                .set_indent(1)
                .set_font_color(link_color)
                .set_underline(FormatUnderline::Single),
            int: number("#,##0"),
            money: number("#,##0.00"),
            number: cell.clone().set_align(FormatAlign::Right),
            ratio: number("0.0%"),
            day: number("yyyy-mm-dd").set_align(FormatAlign::Center),
            minute: number("yyyy-mm-dd hh:mm").set_align(FormatAlign::Center),
        }
    }
}

/// Font and alignment of every cell.
fn base_format() -> Format {
    Format::new().set_font_name("Microsoft YaHei").set_font_size(10).set_align(FormatAlign::VerticalCenter)
}

/// A workbook under construction.
pub struct Book {
    workbook: Workbook,
    styles: Styles,
    lang: Lang,
    sheets: usize,
    rows_per_sheet: u32,
    /// Whether tables lead back to a summary.
    has_summary: bool,
}

impl Book {
    /// An empty workbook whose rows wait in `temp_dir`, which is as private as the folder it is.
    ///
    /// # Errors
    /// When the folder is not writable.
    pub fn new(temp_dir: &Path, title: &str, lang: Lang, rows_per_sheet: u32) -> Result<Self, XlsxError> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(temp_dir)?;
        workbook.set_zip_compression_level(COMPRESSION);
        // The same data give the same bytes, so the file carries no time of its own; manifest.json has it.
        let no_time = ExcelDateTime::from_ymd(1980, 1, 1)?;
        workbook.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&no_time));
        Ok(Self { workbook, styles: Styles::new(), lang, sheets: 0, rows_per_sheet, has_summary: false })
    }

    /// Has the tables added from now on lead back to the summary sheet.
    pub const fn lead_back(&mut self) {
        self.has_summary = true;
    }

    /// The file's bytes.
    ///
    /// # Errors
    /// When a row cannot be read back from the folder it waits in.
    pub fn into_bytes(mut self) -> Result<Vec<u8>, XlsxError> {
        self.workbook.save_to_buffer()
    }

    /// Language of its labels.
    pub const fn lang(&self) -> Lang {
        self.lang
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When the file is not writable.
    pub fn save(mut self, path: &Path) -> Result<(), XlsxError> {
        self.workbook.save(path)?;
        Ok(())
    }

    /// The sheet added as number `index`.
    fn sheet(&mut self, index: usize) -> Result<(&mut Worksheet, &Styles), XlsxError> {
        Ok((self.workbook.worksheet_from_index(index)?, &self.styles))
    }
}

/// Print set-up that all sheets share.
fn set_up_page(sheet: &mut Worksheet) {
    sheet.set_default_row_height(LINE_POINTS);
    sheet.set_landscape();
    sheet.set_paper_size(A4);
    sheet.set_margins(0.4, 0.4, 0.5, 0.6, 0.3, 0.3);
    sheet.set_footer("&L&A&R&P / &N");
}

/// A sheet name without what the file format refuses, short enough for a continuation mark.
pub fn sheet_name(wanted: &str) -> String {
    let allowed: String = wanted.chars().filter(|c| !"[]:*?/\\'".contains(*c) && !c.is_control()).collect();
    clipped(&allowed, 24).to_owned()
}

/// As much of a text as fits into `chars` UTF-16 units.
fn clipped(text: &str, chars: usize) -> &str {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        units += c.len_utf16();
        if units > chars {
            return &text[..at];
        }
    }
    text
}

/// Writes one cell.
fn put(sheet: &mut Worksheet, styles: &Styles, row: u32, col: u16, cell: Cell<'_>) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => sheet.write_blank(row, col, &styles.prose)?,
        Cell::Text(text) => sheet.write_string_with_format(row, col, clipped(text, CELL_CHARS), &styles.text)?,
        Cell::Prose(text) => sheet.write_string_with_format(row, col, clipped(text, CELL_CHARS), &styles.prose)?,
        Cell::Notable(text) => sheet.write_string_with_format(row, col, clipped(text, CELL_CHARS), &styles.notable)?,
        Cell::Rank(rank) => sheet.write_number_with_format(row, col, rank as f64, &styles.rank)?,
        Cell::Int(value) => sheet.write_number_with_format(row, col, value as f64, &styles.int)?,
        Cell::Fen(fen) => sheet.write_number_with_format(row, col, in_yuan(fen), &styles.money)?,
        Cell::Decimal(value) => sheet.write_number_with_format(row, col, value, &styles.money)?,
        Cell::Number(value) => sheet.write_number_with_format(row, col, value, &styles.number)?,
        Cell::Ratio(value) => sheet.write_number_with_format(row, col, value, &styles.ratio)?,
        Cell::Day(day) => sheet.write_number_with_format(row, col, f64::from(day) + EPOCH_SERIAL, &styles.day)?,
        Cell::Minute(minute) => sheet.write_number_with_format(
            row,
            col,
            minute as f64 / calendar::DAY_MINUTES as f64 + EPOCH_SERIAL,
            &styles.minute,
        )?,
        Cell::Link { sheet: to, text } => {
            let url = Url::new(format!("internal:'{to}'!A1")).set_text(clipped(text, CELL_CHARS));
            sheet.write_url_with_format(row, col, url, &styles.link)?
        }
        Cell::LinkTo { sheet: to, row: at, text } => {
            let url = Url::new(format!("internal:'{to}'!A{at}")).set_text(clipped(text, CELL_CHARS));
            sheet.write_url_with_format(row, col, url, &styles.link)?
        }
        Cell::File(name) => {
            let url = Url::new(format!("file:///{name}")).set_text(name);
            sheet.write_url_with_format(row, col, url, &styles.link)?
        }
    };
    Ok(())
}

/// Height of a text in a column of that width (in digits; a Chinese character is two), in lines.
fn lines(text: &str, width: f64) -> f64 {
    text.lines().map(|line| (line.width() as f64 / (width - INSET)).ceil().max(1.0)).sum::<f64>().max(1.0)
}

/// Makes a row as high as its wrapped texts: spreadsheet programs disagree on doing that themselves.
fn fit_row(sheet: &mut Worksheet, row: u32, needed: f64) -> Result<(), XlsxError> {
    sheet.set_row_height(row, (needed * LINE_POINTS).min(MAX_POINTS))?;
    Ok(())
}

/// What a column of a long table shows of a row.
type Show<R> = Box<dyn for<'a> Fn(&'a R, Lang) -> Cell<'a>>;

/// A column of a long table with rows of `R`: its header, and the cell of a row.
pub struct Column<R> {
    label: Label,
    /// In digits.
    width: f64,
    /// Words to choose from, for a column that people fill in.
    choices: &'static [Label],
    cell: Show<R>,
}

impl<R> Column<R> {
    /// A column of this width in digits.
    pub fn new(label: Label, width: f64, cell: impl for<'a> Fn(&'a R, Lang) -> Cell<'a> + 'static) -> Self {
        Self { label, width, choices: &[], cell: Box::new(cell) }
    }

    /// People choose one of these words.
    pub fn choices(self, choices: &'static [Label]) -> Self {
        Self { choices, ..self }
    }
}

/// A long table: written row by row in constant memory, with filter and frozen header, continued on further sheets.
pub struct Table<R> {
    name: String,
    columns: Vec<Column<R>>,
    print_pages_wide: u16,
    part: u32,
    index: usize,
    row: u32,
}

/// Writes a whole table.
///
/// # Errors
/// When it cannot be written.
pub fn write_table<R>(
    book: &mut Book,
    name: &str,
    columns: Vec<Column<R>>,
    print_pages_wide: u16,
    rows: impl IntoIterator<Item = impl Borrow<R>>,
) -> Result<(), XlsxError> {
    let mut table = Table::open(book, name, columns, print_pages_wide)?;
    for row in rows {
        table.push(book, row.borrow())?;
    }
    table.finish(book)
}

impl<R> Table<R> {
    /// Opens the first sheet. Printed, the table is `print_pages_wide` pages wide.
    ///
    /// # Errors
    /// When the sheet cannot be added.
    pub fn open(
        book: &mut Book,
        name: &str,
        columns: Vec<Column<R>>,
        print_pages_wide: u16,
    ) -> Result<Self, XlsxError> {
        let mut table = Self { name: sheet_name(name), columns, print_pages_wide, part: 0, index: 0, row: 0 };
        table.open_part(book)?;
        Ok(table)
    }

    /// Adds the next sheet with its header.
    fn open_part(&mut self, book: &mut Book) -> Result<(), XlsxError> {
        self.part += 1;
        self.index = book.sheets;
        self.row = 0;
        book.sheets += 1;
        let lang = book.lang;
        let name = if self.part == 1 { self.name.clone() } else { format!("{} ({})", self.name, self.part) };
        let sheet = book.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        set_up_page(sheet);
        sheet.set_print_fit_to_pages(self.print_pages_wide, 0);
        sheet.set_repeat_rows(0, 0)?;
        sheet.set_freeze_panes(1, 1)?;
        if self.print_pages_wide > 1 {
            sheet.set_repeat_columns(0, 0)?;
        }
        let labels = self.columns.iter().map(|column| (column.label.pick(lang), column.width));
        let height = labels.map(|(label, width)| lines(label, width - 2.0)).fold(1.0, f64::max);
        fit_row(sheet, 0, height + 0.3)?;
        for (col, column) in (0..).zip(&self.columns) {
            sheet.set_column_width(col, column.width)?;
            sheet.write_string_with_format(0, col, column.label.pick(lang), &book.styles.head)?;
        }
        // The header stays the first row, for programs that read the sheet; so the way back is in its first cell.
        if let Some(first) = self.columns.first().filter(|_| book.has_summary) {
            let back = Url::new(format!("internal:'{}'!A1", text::SHEET_SUMMARY.pick(lang)))
                .set_text(first.label.pick(lang))
                .set_tip(text::BACK.pick(lang));
            sheet.write_url_with_format(0, 0, back, &book.styles.head_link)?;
        }
        Ok(())
    }

    /// Appends a row, on a further sheet when this one is full.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub fn push(&mut self, book: &mut Book, row: &R) -> Result<(), XlsxError> {
        if self.row == book.rows_per_sheet {
            self.close_part(book)?;
            self.open_part(book)?;
        }
        self.row += 1;
        let lang = book.lang;
        let cells: Vec<Cell<'_>> = self.columns.iter().map(|column| (column.cell)(row, lang)).collect();
        let (sheet, styles) = book.sheet(self.index)?;
        let height = cells.iter().zip(&self.columns).map(|(cell, column)| match cell {
            Cell::Prose(text) | Cell::Link { text, .. } => lines(text, column.width),
            _ => 1.0,
        });
        let height = height.fold(1.0, f64::max);
        if height > 1.0 {
            fit_row(sheet, self.row, height)?;
        }
        for (col, cell) in (0..).zip(cells) {
            put(sheet, styles, self.row, col, cell)?;
        }
        Ok(())
    }

    /// Closes the last sheet.
    ///
    /// # Errors
    /// When the filter cannot be set.
    pub fn finish(self, book: &mut Book) -> Result<(), XlsxError> {
        self.close_part(book)
    }

    /// Filter and drop-downs over the rows written; no green corners on codes.
    fn close_part(&self, book: &mut Book) -> Result<(), XlsxError> {
        let lang = book.lang;
        let (sheet, _) = book.sheet(self.index)?;
        let last_col = column_number(self.columns.len().saturating_sub(1));
        sheet.autofilter(0, 0, self.row, last_col)?;
        if self.row == 0 {
            return Ok(());
        }
        sheet.ignore_error_range(1, 0, self.row, last_col, IgnoreError::NumberStoredAsText)?;
        for (col, column) in (0..).zip(&self.columns) {
            if !column.choices.is_empty() {
                let words: Vec<_> = column.choices.iter().map(|choice| choice.pick(lang)).collect();
                let choices = DataValidation::new().allow_list_strings(&words)?;
                sheet.add_data_validation(1, col, self.row, col, &choices)?;
            }
        }
        Ok(())
    }
}

/// A page of short blocks under each other: prose, small tables.
pub struct Page<'b> {
    book: &'b mut Book,
    index: usize,
    widths: &'static [f64],
    row: u32,
}

impl<'b> Page<'b> {
    /// Adds a sheet with columns of these widths, in digits.
    ///
    /// # Errors
    /// When the sheet cannot be added.
    pub fn open(book: &'b mut Book, name: &str, widths: &'static [f64]) -> Result<Self, XlsxError> {
        let index = book.sheets;
        book.sheets += 1;
        let sheet = book.workbook.add_worksheet();
        sheet.set_name(sheet_name(name))?;
        set_up_page(sheet);
        sheet.set_print_fit_to_pages(1, 0);
        sheet.set_screen_gridlines(false);
        for (col, width) in (0..).zip(widths) {
            sheet.set_column_width(col, *width)?;
        }
        Ok(Self { book, index, widths, row: 0 })
    }

    /// Number of the row to be written next, counted from 0.
    pub const fn next_row(&self) -> u32 {
        self.row
    }

    /// The large line at the top.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn title(&mut self, text: &str) -> Result<(), XlsxError> {
        let (sheet, styles) = self.book.sheet(self.index)?;
        sheet.set_row_height(self.row, 28)?;
        sheet.write_string_with_format(self.row, 0, text, &styles.title)?;
        self.row += 1;
        Ok(())
    }

    /// A heading, after an empty row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn section(&mut self, text: &str) -> Result<(), XlsxError> {
        self.row += 1;
        let (sheet, styles) = self.book.sheet(self.index)?;
        sheet.set_row_height(self.row, 20)?;
        sheet.write_string_with_format(self.row, 0, text, &styles.section)?;
        self.row += 1;
        Ok(())
    }

    /// A paragraph over the whole width.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note(&mut self, text: &str) -> Result<(), XlsxError> {
        self.spread(0, text, |styles| &styles.note)?;
        self.cells_in_row(&[], lines(text, self.widths.iter().sum()))
    }

    /// A paragraph that nobody must miss, over the whole width.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn alert(&mut self, text: &str) -> Result<(), XlsxError> {
        self.spread(0, text, |styles| &styles.notable)?;
        self.cells_in_row(&[], lines(text, self.widths.iter().sum()))
    }

    /// A label and what it says, over the rest of the width.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn entry(&mut self, label: &str, text: &str) -> Result<(), XlsxError> {
        self.wide(&[Cell::Prose(label)], text)
    }

    /// A label and empty room for what people write by hand.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn room(&mut self, label: &str) -> Result<(), XlsxError> {
        self.spread(1, "", |styles| &styles.prose)?;
        self.cells_in_row(&[Cell::Prose(label)], ROOM_LINES)
    }

    /// Cells, and a text over the rest of the width.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn wide(&mut self, cells: &[Cell<'_>], text: &str) -> Result<(), XlsxError> {
        self.spread(cells.len(), text, |styles| &styles.prose)?;
        self.cells_in_row(cells, lines(text, self.widths.iter().skip(cells.len()).sum()))
    }

    /// A link to another sheet and what it holds.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn link(&mut self, sheet: &str, about: &str) -> Result<(), XlsxError> {
        self.wide(&[Cell::Link { sheet, text: sheet }], about)
    }

    /// A text over the columns from number `from` on, in the current row.
    fn spread(&mut self, from: usize, text: &str, style: fn(&Styles) -> &Format) -> Result<(), XlsxError> {
        let (first, last) = (column_number(from), column_number(self.widths.len().saturating_sub(1)));
        let (sheet, styles) = self.book.sheet(self.index)?;
        sheet.merge_range(self.row, first, self.row, last, clipped(text, CELL_CHARS), style(styles))?;
        Ok(())
    }

    /// The header of a small table.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn header(&mut self, labels: &[Label]) -> Result<(), XlsxError> {
        let lang = self.book.lang;
        self.header_texts(&labels.iter().map(|label| label.pick(lang)).collect::<Vec<_>>())
    }

    /// The header of a small table whose columns depend on the data.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn header_texts(&mut self, texts: &[&str]) -> Result<(), XlsxError> {
        let (sheet, styles) = self.book.sheet(self.index)?;
        let height = texts.iter().zip(self.widths).map(|(text, width)| lines(text, *width));
        fit_row(sheet, self.row, height.fold(1.0, f64::max) + 0.3)?;
        for (col, text) in (0..).zip(texts) {
            sheet.write_string_with_format(self.row, col, *text, &styles.head)?;
        }
        self.row += 1;
        Ok(())
    }

    /// The header of a small table whose last column takes the rest of the width.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn header_wide(&mut self, labels: &[Label], last: Label) -> Result<(), XlsxError> {
        self.spread(labels.len(), last.pick(self.book.lang), |styles| &styles.head)?;
        self.header(labels)
    }

    /// A row of a small table.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn cells(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        self.cells_in_row(cells, 1.0)
    }

    /// Writes the current row, at least so many lines high, and goes on to the next.
    fn cells_in_row(&mut self, cells: &[Cell<'_>], least: f64) -> Result<(), XlsxError> {
        let (sheet, styles) = self.book.sheet(self.index)?;
        let height = cells.iter().zip(self.widths).map(|(cell, width)| match cell {
            Cell::Prose(text) | Cell::Notable(text) | Cell::Link { text, .. } => lines(text, *width),
            _ => 1.0,
        });
        fit_row(sheet, self.row, height.fold(least, f64::max))?;
        for (col, cell) in (0..).zip(cells) {
            put(sheet, styles, self.row, col, *cell)?;
        }
        self.row += 1;
        Ok(())
    }

    /// Bars behind the numbers of one column, over rows already written.
    ///
    /// # Errors
    /// When the rows are out of order.
    pub fn bars(&mut self, first_row: u32, last_row: u32, col: u16) -> Result<(), XlsxError> {
        let (sheet, _) = self.book.sheet(self.index)?;
        let bars = rust_xlsxwriter::ConditionalFormatDataBar::new()
            .set_fill_color(Color::RGB(0x00F4_B183))
            .set_solid_fill(true);
        sheet.add_conditional_format(first_row, col, last_row, col, &bars)?;
        Ok(())
    }

    /// A chart below what is written: one series for each column of `values`, named by the header above `rows`, stacked where there
    /// are several. `rows` are first and last, `categories` is the column with the names along the axis.
    ///
    /// # Errors
    /// When the chart cannot be placed.
    pub fn chart(
        &mut self,
        kind: ChartType,
        title: Label,
        rows: (u32, u32),
        categories: u16,
        values: std::ops::RangeInclusive<u16>,
    ) -> Result<(), XlsxError> {
        let lang = self.book.lang;
        let several = values.clone().count() > 1;
        let at = self.row + 1;
        let (sheet, _) = self.book.sheet(self.index)?;
        let name = sheet.name();
        let mut chart = Chart::new(kind);
        for value in values {
            let series = chart
                .add_series()
                .set_name((name.as_str(), rows.0.saturating_sub(1), value))
                .set_categories((name.as_str(), rows.0, categories, rows.1, categories))
                .set_values((name.as_str(), rows.0, value, rows.1, value))
                .set_gap(60);
            if !several {
                series.set_format(ChartFormat::new().set_solid_fill(ChartSolidFill::new().set_color(CHART_COLOR)));
            }
        }
        chart.title().set_name(title.pick(lang));
        if several {
            chart.legend().set_position(ChartLegendPosition::Bottom);
        } else {
            chart.legend().set_hidden();
        }
        if kind == ChartType::Bar {
            // The first row of the table at the top, as in the table.
            chart.y_axis().set_reverse();
        }
        chart.y_axis().set_num_format("#,##0");
        chart.set_width(CHART_WIDTH).set_height(CHART_HEIGHT);
        sheet.insert_chart(at, 0, &chart)?;
        self.row = at + CHART_ROWS;
        Ok(())
    }
}

/// A column's number as the file format counts.
fn column_number(column: usize) -> u16 {
    u16::try_from(column).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_names_are_accepted_by_the_file_format() {
        for wanted in ["1 分解住院/挂床[住院]", "'quoted'", "a:b*c?d\\e", &"很长的名字".repeat(20)] {
            let name = format!("{} (99)", sheet_name(wanted));
            assert!(rust_xlsxwriter::utility::check_sheet_name(&name).is_ok(), "{name}");
        }
    }

    #[test]
    fn wrapped_texts_are_measured_in_digits() {
        assert_eq!(lines("", 10.0), 1.0);
        assert_eq!(lines("12345678", 10.0), 1.0);
        assert_eq!(lines("123456789", 10.0), 2.0);
        assert_eq!(lines("出院后再次入住同一机构", 13.0), 2.0);
    }
}
