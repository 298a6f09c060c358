//! The sheets of workbooks, by calamine.
//!
//! .xlsx, .xlsm and .xlsb are read cell by cell: of such a workbook only the texts that its cells share are in memory. Of .xls, whose
//! sheets have at most 65,536 rows, and of .ods the whole sheet is.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufReader, Read};

use calamine::{
    Data, DataRef, Dimensions, Ods, OdsError, Reader, SheetType, Xls, XlsError, Xlsb, XlsbError, Xlsx,
    XlsxCellFormulaMetadataRecord, XlsxError, XlsxFormulaMetadata,
};

use super::{RowText, Rows, TableText, cells};
use crate::import::error::ReadError;
use crate::lang::Text;

/// Kinds of workbooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Book {
    /// .xlsx and .xlsm.
    Xlsx,
    /// .xlsb.
    Xlsb,
    /// .xls.
    Xls,
    /// .ods.
    Ods,
}

impl Book {
    /// The usual extension, as the kind is named.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Xlsb => "xlsb",
            Self::Xls => "xls",
            Self::Ods => "ods",
        }
    }
}

/// A sheet's name, and whether it has cells: a chart has none.
pub type Listed = (String, bool);

/// The sheets of a workbook, hidden ones too.
///
/// # Errors
/// It is damaged, has a password, or is another kind of file.
pub fn sheets(source_name: &str, file: File, book: Book) -> Result<Vec<Listed>, ReadError> {
    fn listed<R: Reader<BufReader<File>>>(book: &R) -> Vec<Listed> {
        let sheets = book.sheets_metadata().iter();
        sheets.map(|sheet| (sheet.name.clone(), sheet.typ == SheetType::WorkSheet)).collect()
    }
    let file = BufReader::new(file);
    match book {
        Book::Xlsx => Xlsx::new(file).map(|book| listed(&book)).map_err(|error| xlsx(source_name, error)),
        Book::Xlsb => Xlsb::new(file).map(|book| listed(&book)).map_err(|error| xlsb(source_name, error)),
        Book::Xls => Xls::new(file).map(|book| listed(&book)).map_err(|error| xls(source_name, error)),
        Book::Ods => Ods::new(file).map(|book| listed(&book)).map_err(|error| ods(source_name, error)),
    }
}

/// Lets `read` read one sheet of a workbook as text.
///
/// # Errors
/// The workbook is damaged, or what `read` says.
pub fn with_sheet<T>(
    source_name: &str,
    file: File,
    book: Book,
    sheet: &str,
    read: impl FnOnce(&mut dyn Read) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let file = BufReader::new(file);
    match book {
        Book::Xlsx => {
            let mut book = Xlsx::new(file).map_err(|error| xlsx(source_name, error))?;
            // What is wrong with the sheet, the reading of its cells tells.
            let merged = book.merge_cells_by_sheet_name(sheet).unwrap_or_default();
            let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| xlsx(source_name, error))?;
            let next = || {
                let cell = cells.next_cell_with_formula_metadata().map_err(|error| xlsx(source_name, error))?;
                cell.map(|cell| computed(source_name, cell)).transpose()
            };
            through(Cells::new(source_name, &merged, next), read)
        }
        Book::Xlsb => {
            let mut book = Xlsb::new(file).map_err(|error| xlsb(source_name, error))?;
            let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| xlsb(source_name, error))?;
            let next = || Ok(cells.next_cell().map_err(|error| xlsb(source_name, error))?.map(placed));
            through(Cells::new(source_name, &[], next), read)
        }
        Book::Xls => {
            let mut book = Xls::new(file).map_err(|error| xls(source_name, error))?;
            let range = book.worksheet_range(sheet).map_err(|error| xls(source_name, error))?;
            let merged = book.merge_cells_by_sheet_name(sheet).unwrap_or_default();
            drop(book);
            through(Cells::new(source_name, &merged, of_range(&range)), read)
        }
        Book::Ods => {
            let mut book = Ods::new(file).map_err(|error| ods(source_name, error))?;
            let range = book.worksheet_range(sheet).map_err(|error| ods(source_name, error))?;
            drop(book);
            through(Cells::new(source_name, &[], of_range(&range)), read)
        }
    }
}

/// Lets `read` read a table as text; why the table could not be read goes before what `read` makes of it.
pub fn through<R: Rows, T>(rows: R, read: impl FnOnce(&mut dyn Read) -> Result<T, ReadError>) -> Result<T, ReadError> {
    let mut text = TableText::new(rows);
    let value = read(&mut text);
    match text.failure() {
        Some(failure) => Err(failure),
        None => value,
    }
}

/// A cell's row and column, from 0, and its value.
type Placed<'a> = ((u32, u32), DataRef<'a>);

fn placed<'a>(cell: calamine::Cell<DataRef<'a>>) -> Placed<'a> {
    (cell.get_position(), cell.get_value().clone())
}

/// A cell of a formula holds what was computed last. A program that writes formulas and computes nothing leaves them without, and an amount
/// would be missing in every row: such a sheet is refused. Totals at its foot are no rows, and may be.
fn computed<'a>(source_name: &str, cell: XlsxCellFormulaMetadataRecord<'a>) -> Result<Placed<'a>, ReadError> {
    let place = cell.pos;
    let empty = matches!(cell.value, DataRef::Empty);
    let of_a_row = match &cell.formula {
        None => false,
        Some(XlsxFormulaMetadata::Normal { formula }) => !is_total(formula),
        Some(_) => true,
    };
    if empty && of_a_row {
        let (row, column) = (place.0 + 1, place.1 + 1);
        return Err(ReadError::Damaged {
            source_name: source_name.to_owned(),
            message: Text::new(
                format!("第 {row} 行第 {column} 列是公式，却没有存下计算结果；请用表格软件打开并保存后重新提供"),
                format!(
                    "the formula in row {row}, column {column} has no stored result: open and save the workbook in a spreadsheet program, and deliver it again"
                ),
            ),
        });
    }
    Ok((place, cell.value))
}

fn is_total(formula: &str) -> bool {
    ["SUM(", "SUBTOTAL(", "COUNT(", "COUNTA("].iter().any(|function| formula.starts_with(function))
}

/// The cells of a sheet that is in memory, row by row.
fn of_range<'a>(range: &'a calamine::Range<Data>) -> impl FnMut() -> Result<Option<Placed<'a>>, ReadError> {
    let (top, left) = range.start().unwrap_or_default();
    let mut cells = range.used_cells();
    move || {
        Ok(cells.next().map(|(row, column, value)| ((top + row as u32, left + column as u32), cells::borrowed(value))))
    }
}

/// The cells of a sheet as rows. A text that is merged over several rows stands in each of them: a visit's number beside its lines. A number
/// does not, for it may be the amount of them all.
struct Cells<'a, F> {
    source_name: &'a str,
    next: F,
    /// Where the last cell stood.
    last: Option<(u32, u32)>,
    value: String,
    /// Last rows of the cells that reach down, by where they begin.
    merged: HashMap<(u32, u32), u32>,
    /// Last row and text of those that reach into the row begun, by column.
    reaching: BTreeMap<u32, (u32, String)>,
    /// The row begun, and the column from which it has to be filled.
    at: (u32, u32),
}

impl<'a, F> Cells<'a, F> {
    fn new(source_name: &'a str, merged: &[Dimensions], next: F) -> Self {
        let down = merged.iter().filter(|region| region.end.0 > region.start.0);
        let merged = down.map(|region| (region.start, region.end.0)).collect();
        let (value, reaching) = (String::new(), BTreeMap::new());
        Self { source_name, next, last: None, value, merged, reaching, at: (0, 0) }
    }

    /// Puts the texts that reach down to everything before this place.
    fn fill(&mut self, text: &mut RowText, row: u32, column: u32) {
        while !self.reaching.is_empty() && self.at < (row, column) {
            let (here, from) = self.at;
            let to = if here == row { column } else { u32::MAX };
            for (column, (_, value)) in self.reaching.range(from..to) {
                text.put(here as usize, *column as usize, value);
            }
            if here == row {
                break;
            }
            self.reaching.retain(|_, (last, _)| *last > here);
            self.at = (here + 1, 0);
        }
        self.at = (row, column);
    }
}

impl<'c, F: FnMut() -> Result<Option<Placed<'c>>, ReadError>> Rows for Cells<'_, F> {
    fn rows(&mut self, text: &mut RowText) -> Result<bool, ReadError> {
        while !text.is_full() {
            let Some((place, value)) = (self.next)()? else {
                self.fill(text, self.at.0, u32::MAX);
                text.end();
                return Ok(false);
            };
            self.value.clear();
            cells::write(&value, &mut self.value);
            if self.value.is_empty() {
                continue;
            }
            // No spreadsheet program writes cells otherwise; read so, some would be lost.
            if self.last.is_some_and(|last| last >= place) {
                return Err(ReadError::Damaged {
                    source_name: self.source_name.to_owned(),
                    message: Text::new("单元格的次序错乱", "its cells are out of order"),
                });
            }
            self.last = Some(place);
            self.fill(text, place.0, place.1);
            text.put(place.0 as usize, place.1 as usize, &self.value);
            self.at = (place.0, place.1 + 1);
            if let Some(last) = self.merged.get(&place)
                && matches!(value, DataRef::String(_) | DataRef::SharedString(_))
            {
                self.reaching.insert(place.1, (*last, self.value.clone()));
            }
        }
        Ok(true)
    }
}

fn damaged(source_name: &str, error: &dyn std::fmt::Display) -> ReadError {
    ReadError::Damaged {
        source_name: source_name.to_owned(),
        message: Text::new(format!("工作簿已损坏（{error}）"), format!("the workbook is damaged: {error}")),
    }
}

fn locked(source_name: &str) -> ReadError {
    ReadError::Locked { source_name: source_name.to_owned() }
}

fn xlsx(source_name: &str, error: XlsxError) -> ReadError {
    match error {
        XlsxError::Password => locked(source_name),
        error => damaged(source_name, &error),
    }
}

fn xlsb(source_name: &str, error: XlsbError) -> ReadError {
    match error {
        XlsbError::Password => locked(source_name),
        error => damaged(source_name, &error),
    }
}

fn xls(source_name: &str, error: XlsError) -> ReadError {
    match error {
        XlsError::Password => locked(source_name),
        error => damaged(source_name, &error),
    }
}

fn ods(source_name: &str, error: OdsError) -> ReadError {
    match error {
        OdsError::Password => locked(source_name),
        error => damaged(source_name, &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_merged_over_rows_stand_in_each_of_them() {
        let cell = |row, column, value: &'static str| ((row, column), DataRef::SharedString(value));
        let number = |row, column, value| ((row, column), DataRef::Float(value));
        let given = [
            cell(0, 0, "住院号"),
            cell(0, 1, "项目"),
            cell(0, 2, "总额"),
            cell(0, 3, "科室"),
            cell(1, 0, "Z1"),
            cell(1, 1, "a"),
            number(1, 2, 30.5),
            cell(1, 3, "内科"),
            cell(2, 1, "b"),
            cell(3, 1, "c"),
            cell(4, 0, "Z2"),
            cell(4, 1, "d"),
            cell(6, 0, "end"),
        ];
        let region = |start, end| Dimensions::new(start, end);
        let merged = [
            region((1, 0), (3, 0)),
            region((1, 2), (3, 2)),
            region((1, 3), (2, 4)),
            region((4, 0), (4, 3)),
            region((6, 0), (9, 0)),
        ];
        let mut cells = given.into_iter();
        let next = || Ok(cells.next());
        let mut text = String::new();
        TableText::new(Cells::new("x", &merged, next)).read_to_string(&mut text).expect("readable");
        let text = text.replace('\u{1f}', "|");
        assert_eq!(text, "住院号|项目|总额|科室\nZ1|a|30.5|内科\nZ1|b||内科\nZ1|c||\nZ2|d||\n\nend|||\n");
    }

    #[test]
    fn cells_out_of_order_are_no_sheet() {
        let mut cells = [((1, 0), DataRef::Int(1)), ((0, 0), DataRef::Int(2))].into_iter();
        let mut text = TableText::new(Cells::new("x", &[], || Ok(cells.next())));
        assert!(text.read_to_string(&mut String::new()).is_err());
        assert!(matches!(text.failure(), Some(ReadError::Damaged { .. })));
    }
}
