//! Reads a `.xlsx` or `.csv` file into sheets of trimmed text cells that remember their line.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Seek};
use std::path::Path;

use calamine::{Data, Reader, Xlsx, XlsxError, open_workbook};
use encoding_rs::GB18030;

use super::error::KnowledgeError;

/// One sheet of a workbook, or a whole CSV file.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Name of the sheet; none for CSV.
    pub name: Option<String>,
    /// Rows that hold anything.
    pub rows: Vec<SheetRow>,
}

/// A row with at least one filled cell.
#[derive(Debug)]
pub(super) struct SheetRow {
    /// Line (CSV) or row (workbook), 1 is the first of the file.
    pub line: u64,
    /// Cells, trimmed.
    pub cells: Vec<String>,
}

/// All sheets of a notice.
///
/// # Errors
/// When the file is of another kind, cannot be read, or is neither UTF-8 nor GB18030.
pub(super) fn read(path: &Path) -> Result<Vec<Sheet>, KnowledgeError> {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match extension.as_str() {
        "csv" => {
            let bytes = fs::read(path).map_err(KnowledgeError::io(path))?;
            Ok(vec![Sheet { name: None, rows: csv_rows(path, &bytes)? }])
        }
        "xlsx" => workbook(path),
        _ => Err(KnowledgeError::Extension(path.to_path_buf())),
    }
}

/// The rows of a CSV file; `path` is only for messages.
///
/// # Errors
/// When the bytes are neither UTF-8 nor GB18030, or quoting is broken.
pub(super) fn csv_rows(path: &Path, bytes: &[u8]) -> Result<Vec<SheetRow>, KnowledgeError> {
    let text = decode(bytes).ok_or_else(|| KnowledgeError::Encoding(path.to_path_buf()))?;
    // Remark lines under a table are shorter than its header, so the width may vary.
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut line = 1;
    let mut counted = 0;
    for record in reader.records() {
        let record = record.map_err(KnowledgeError::csv(path))?;
        // The reader says where it began to look, which is before the line ends it skipped, so lines are counted here.
        let begin = record.position().map_or(counted, |position| position.byte() as usize);
        let rest = text.get(begin..).unwrap_or_default();
        let start = begin + rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        line += text.get(counted..start).unwrap_or_default().matches('\n').count() as u64;
        counted = start;
        push_filled(&mut rows, line, record.iter().map(|cell| cell.trim().to_owned()).collect());
    }
    Ok(rows)
}

/// UTF-8 with or without BOM, else GB18030, which is what spreadsheet programs in China save.
fn decode(bytes: &[u8]) -> Option<String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(_) => GB18030.decode_without_bom_handling_and_without_replacement(bytes).map(String::from),
    }
}

fn workbook(path: &Path) -> Result<Vec<Sheet>, KnowledgeError> {
    let mut workbook: Xlsx<_> = open_workbook(path).map_err(KnowledgeError::workbook(path))?;
    let mut sheets = Vec::new();
    for name in workbook.sheet_names() {
        let merged = workbook.merge_cells_by_sheet_name(&name).map_err(KnowledgeError::workbook(path))?;
        let mut cells = filled_cells(&mut workbook, &name).map_err(KnowledgeError::workbook(path))?;
        for region in merged.iter().filter(|region| region.end.0 > region.start.0) {
            // A name merged over several rows holds for each of them. Across, it would fill columns it does not belong to.
            let (top, column) = region.start;
            let Some(value) = cells.get(&top).and_then(|row| row.get(&column)).cloned() else { continue };
            // Only rows that hold something else too: a region drawn to the bottom of the sheet makes no rows.
            for (_, row) in cells.range_mut(top + 1..=region.end.0) {
                row.insert(column, value.clone());
            }
        }
        let mut rows = Vec::new();
        for (row, mut filled) in cells {
            let width = filled.last_key_value().map_or(0, |(column, _)| column + 1);
            let cells = (0..width).map(|column| filled.remove(&column).unwrap_or_default()).collect();
            push_filled(&mut rows, u64::from(row) + 1, cells);
        }
        sheets.push(Sheet { name: Some(name), rows });
    }
    Ok(sheets)
}

/// The cells of a sheet that hold text, by row and column. They are read one by one: one formatted cell in the last of 16,384 columns
/// would make a sheet of a few thousand rows fill gigabytes otherwise.
fn filled_cells<R: Read + Seek>(workbook: &mut Xlsx<R>, sheet: &str) -> Result<FilledCells, XlsxError> {
    let mut filled = FilledCells::new();
    let mut cells = workbook.worksheet_cells_reader(sheet)?;
    while let Some(cell) = cells.next_cell()? {
        let value = text(&Data::from(cell.get_value().clone()));
        if !value.is_empty() {
            let (row, column) = cell.get_position();
            filled.entry(row).or_default().insert(column, value);
        }
    }
    Ok(filled)
}

type FilledCells = BTreeMap<u32, BTreeMap<u32, String>>;

/// A cell as text. A code kept as a number comes out without its leading zeros, and is refused by its shape later.
fn text(cell: &Data) -> String {
    cell.to_string().trim().to_owned()
}

fn push_filled(rows: &mut Vec<SheetRow>, line: u64, cells: Vec<String>) {
    if cells.iter().any(|cell| !cell.is_empty()) {
        rows.push(SheetRow { line, cells });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
        let rows = csv_rows(Path::new("notice.csv"), bytes).expect("readable");
        rows.into_iter().map(|row| (row.line, row.cells)).collect()
    }

    #[test]
    fn both_encodings_give_the_same_rows() {
        let text = "序号,项目名称\n\n1, 病房取暖费\t\n,\n合计\n";
        let expected = vec![
            (1, vec!["序号".to_owned(), "项目名称".to_owned()]),
            (3, vec!["1".to_owned(), "病房取暖费".to_owned()]),
            (5, vec!["合计".to_owned()]),
        ];
        assert_eq!(cells(text.as_bytes()), expected);
        assert_eq!(cells(format!("\u{feff}{text}").as_bytes()), expected);
        assert_eq!(cells(text.replace('\n', "\r\n").as_bytes()), expected);
        let (gb18030, _, _) = GB18030.encode(text);
        assert_eq!(cells(&gb18030), expected);
    }

    #[test]
    fn merged_names_hold_for_each_row_and_numbers_lose_their_zeros_visibly() {
        let temp = tempfile::tempdir().expect("temporary folder");
        let path = temp.path().join("notice.XLSX");
        let mut workbook = rust_xlsxwriter::Workbook::new();
        workbook.add_worksheet().set_name("空").expect("a name");
        let sheet = workbook.add_worksheet().set_name("编码").expect("a name");
        let plain = rust_xlsxwriter::Format::new();
        sheet.merge_range(1, 1, 2, 1, " 甲片 ", &plain).expect("merged");
        sheet.write_string(1, 2, "ZA04CAE0023010100166").expect("written");
        sheet.write_number(2, 2, 3_105_120_040_000_f64).expect("written");
        sheet.merge_range(4, 1, 4, 2, "合计", &plain).expect("merged");
        workbook.save(&path).expect("saved");

        let sheets = read(&path).expect("readable");
        let filled: Vec<_> = sheets.iter().filter(|sheet| !sheet.rows.is_empty()).collect();
        assert_eq!((filled.len(), filled[0].name.as_deref()), (1, Some("编码")));
        let rows: Vec<_> = filled[0].rows.iter().map(|row| (row.line, row.cells.join("|"))).collect();
        // Cells stand in their columns, of which the first is empty here; what is empty behind the last is left out.
        let expected = [(2, "|甲片|ZA04CAE0023010100166"), (3, "|甲片|3105120040000"), (5, "|合计")];
        assert_eq!(rows, expected.map(|(line, cells)| (line, cells.to_owned())));
    }

    #[test]
    fn bytes_of_no_known_encoding_are_an_error() {
        let result = csv_rows(Path::new("notice.csv"), b"\xff\xfe\x00");
        assert!(matches!(result, Err(KnowledgeError::Encoding(_))));
    }
}
