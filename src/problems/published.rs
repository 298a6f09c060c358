//! Lists as published: a CSV file or workbook of number, field, type and text, read, told apart from other files, and kept word for word in a
//! knowledge folder.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::ProblemsError;
use super::groups::folded;
use super::lists::{self, FOLDER};
use crate::files::{self, Readers};
use crate::knowledge::{self, SheetText};
use crate::lang::Text;

/// Titles stand above the header in published workbooks.
const HEADER_WITHIN_ROWS: usize = 10;

/// Words of the headers, folded; a header holds one of them.
const NUMBER: [&str; 3] = ["序号", "编号", "项次"];
const FIELD: [&str; 4] = ["领域", "科室", "专业", "范围"];
const KIND: [&str; 4] = ["类型", "分类", "类别", "性质"];
const TEXT: [&str; 8] =
    ["典型问题", "问题描述", "问题内容", "具体问题", "问题表现", "具体表现", "违规情形", "违规行为"];

/// Characters of a header at most; a sentence that holds one of the words is none.
const HEADER_CHARS: usize = 24;

/// Columns of a stored list.
const STORED: [&str; 5] = ["number", "field", "type", "text", "source"];

/// An item in the list's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Number; its place where the list has none, or one of them twice.
    pub number: u32,
    /// Field.
    pub field: String,
    /// Type.
    pub kind: String,
    /// The words.
    pub text: String,
    /// The file it came from.
    pub source: String,
}

/// What became of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListImport {
    /// The file.
    pub file: PathBuf,
    /// The sheet; none for CSV.
    pub sheet: Option<String>,
    /// Id under which it is kept.
    pub list: String,
    /// Title of the encoded list that it was recognised as; none for a list that came as words only.
    pub known_as: Option<Text>,
    /// Rows below the header that hold anything.
    pub rows_in: usize,
    /// Items among them.
    pub items: usize,
    /// Whether the folder held the same already.
    pub repeated: bool,
    /// Whether numbers were missing or stood there twice, so that items are numbered by their place.
    pub renumbered: bool,
    /// Rows that are no item: line and first text.
    pub rejected: Vec<(u64, String)>,
}

/// Whether a file is a published list; one that cannot be read is none.
fn is_list(path: &Path) -> bool {
    knowledge::read_sheets(path).is_ok_and(|sheets| sheets.iter().any(|sheet| columns(sheet).is_some()))
}

/// The published lists among these files and those of these folders, and the rest.
pub fn told_apart(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<PathBuf>) {
    // A folder that cannot be listed is left to whoever takes the rest.
    let files = paths.iter().flat_map(|path| knowledge::notice_files(path).unwrap_or_else(|_| vec![path.clone()]));
    files.partition(|file| is_list(file))
}

/// Reads published lists and keeps their words in a knowledge folder, which is made when missing. A list that is there already is replaced.
///
/// # Errors
/// If a file cannot be read, another import is writing, or the folder cannot be written.
pub fn import_lists(files: &[PathBuf], knowledge_dir: &Path) -> Result<Vec<ListImport>, ProblemsError> {
    let _lock = knowledge::lock_folder(knowledge_dir).map_err(Box::new)?;
    let folder = knowledge_dir.join(FOLDER);
    let mut done = Vec::new();
    for path in files {
        let sheets = knowledge::read_sheets(path).map_err(Box::new)?;
        let listed: Vec<(&SheetText, Columns)> =
            sheets.iter().filter_map(|sheet| Some((sheet, columns(sheet)?))).collect();
        for (sheet, columns) in &listed {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let read = items(sheet, columns, &stem);
            let known = lists::embedded_as(&read.items)?;
            let own = match &sheet.name {
                Some(name) if listed.len() > 1 => format!("{stem}-{name}"),
                _ => stem,
            };
            let (list, known_as) = known.map_or_else(|| (id_of(&own), None), |(id, title)| (id, Some(title)));
            let target = folder.join(format!("{list}.csv"));
            let text = stored_text(&target, &read.items)?;
            let repeated = fs::read(&target).is_ok_and(|before| before == text);
            if !repeated {
                fs::create_dir_all(&folder).map_err(ProblemsError::io(&folder))?;
                files::replace(&target, Readers::Folder, |file| file.write_all(&text))
                    .map_err(ProblemsError::io(&target))?;
            }
            done.push(ListImport {
                file: path.clone(),
                sheet: sheet.name.clone(),
                list,
                known_as,
                rows_in: read.rows_in,
                items: read.items.len(),
                repeated,
                renumbered: read.renumbered,
                rejected: read.rejected,
            });
        }
    }
    Ok(done)
}

/// The items of a stored list.
///
/// # Errors
/// If the file cannot be read or is none that [`import_lists`] writes.
pub(super) fn stored(path: &Path) -> Result<Vec<Item>, ProblemsError> {
    let text = fs::read_to_string(path).map_err(ProblemsError::io(path))?;
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().map_err(ProblemsError::csv(path))?.clone();
    let wrong = |line: u64, said: Text| ProblemsError::Invalid {
        file: path.display().to_string(),
        place: format!("line {line}"),
        problem: Box::new(said),
    };
    let at = |name: &str| header.iter().position(|column| column.trim() == name);
    let (Some(number), Some(field), Some(kind), Some(words)) = (at("number"), at("field"), at("type"), at("text"))
    else {
        let columns = STORED.join(",");
        return Err(wrong(1, Text::new(format!("表头应为 {columns}"), format!("the header has to be {columns}"))));
    };
    let mut items = Vec::new();
    for record in reader.records() {
        let record = record.map_err(ProblemsError::csv(path))?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |column: usize| record.get(column).unwrap_or_default().trim().to_owned();
        let number = cell(number);
        let number = number.parse().map_err(|_| {
            wrong(line, Text::new(format!("序号 {number:?} 不是数字"), format!("number {number:?} is none")))
        })?;
        let source = at("source").map(cell).unwrap_or_default();
        items.push(Item { number, field: cell(field), kind: cell(kind), text: cell(words), source });
    }
    Ok(items)
}

fn stored_text(path: &Path, items: &[Item]) -> Result<Vec<u8>, ProblemsError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let failed = ProblemsError::csv;
    writer.write_record(STORED).map_err(failed(path))?;
    for item in items {
        let number = item.number.to_string();
        let cells = [&number, &item.field, &item.kind, &item.text, &item.source];
        writer.write_record(cells).map_err(failed(path))?;
    }
    writer.into_inner().map_err(|error| ProblemsError::io(path)(error.into_error()))
}

/// A name of a file as the id of a list.
fn id_of(name: &str) -> String {
    let mut id: String = name
        .trim()
        .to_lowercase()
        .chars()
        .map(|c| if c.is_whitespace() || ":,/\\".contains(c) { '-' } else { c })
        .collect();
    if id.is_empty() {
        id.push('-');
    }
    id
}

/// What a row of sums says in one of its cells.
const TOTALS: [&str; 3] = ["合计", "总计", "小计"];

/// Where the columns of a list stand.
struct Columns {
    header_row: usize,
    number: Option<usize>,
    field: Option<usize>,
    kind: Option<usize>,
    text: usize,
}

/// The columns of a sheet that is a list: words of the problem, and beside them its field or its type.
fn columns(sheet: &SheetText) -> Option<Columns> {
    sheet.rows.iter().take(HEADER_WITHIN_ROWS).enumerate().find_map(|(header_row, (_, cells))| {
        let cells: Vec<String> = cells.iter().map(|cell| folded(cell)).collect();
        let holds = |cell: &str, words: &[&str]| {
            cell.chars().count() <= HEADER_CHARS && words.iter().any(|word| cell.contains(word))
        };
        let text = cells.iter().position(|cell| holds(cell, &TEXT))?;
        let other = |words: &[&str]| cells.iter().enumerate().position(|(at, cell)| at != text && holds(cell, words));
        let (number, field, kind) = (other(&NUMBER), other(&FIELD), other(&KIND));
        (field.is_some() || kind.is_some()).then_some(Columns { header_row, number, field, kind, text })
    })
}

/// What the rows of a list are.
struct Rows {
    items: Vec<Item>,
    rows_in: usize,
    renumbered: bool,
    rejected: Vec<(u64, String)>,
}

fn items(sheet: &SheetText, columns: &Columns, source: &str) -> Rows {
    let rows = sheet.rows.get(columns.header_row + 1..).unwrap_or_default();
    let mut read = Rows { items: Vec::new(), rows_in: rows.len(), renumbered: false, rejected: Vec::new() };
    let mut numbers = Vec::new();
    let mut above = (String::new(), String::new());
    for (line, cells) in rows {
        let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).map(|cell| cell.trim()).unwrap_or_default();
        let text = cell(Some(columns.text));
        let alone = cells.iter().filter(|cell| !cell.is_empty()).count() < 2;
        let header = sheet.rows.get(columns.header_row).is_some_and(|(_, header)| header == cells);
        let total = cells.iter().any(|cell| TOTALS.contains(&folded(cell).as_str()));
        if text.is_empty() || alone || header || total {
            let first = cells.iter().find(|cell| !cell.is_empty()).cloned().unwrap_or_default();
            read.rejected.push((*line, first));
            continue;
        }
        // A field merged over several rows stands in the first of them.
        for (seen, at) in [(&mut above.0, columns.field), (&mut above.1, columns.kind)] {
            if !cell(at).is_empty() {
                cell(at).clone_into(seen);
            }
        }
        numbers.push(whole(cell(columns.number)));
        read.items.push(Item {
            number: 0,
            field: above.0.clone(),
            kind: above.1.clone(),
            text: text.to_owned(),
            source: source.to_owned(),
        });
    }
    let different: BTreeSet<u32> = numbers.iter().flatten().copied().collect();
    read.renumbered = different.len() < numbers.len();
    for ((place, item), number) in (1..).zip(&mut read.items).zip(numbers) {
        item.number = number.filter(|_| !read.renumbered).unwrap_or(place);
    }
    read
}

/// A number as sheets write it: `16`, `16.` or `16.0`.
fn whole(text: &str) -> Option<u32> {
    let text = text.trim().trim_end_matches(['.', '、', '．']);
    text.strip_suffix(".0").unwrap_or(text).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(rows: &[&[&str]]) -> SheetText {
        let rows = (1..).zip(rows).map(|(line, row)| (line, row.iter().map(|cell| (*cell).to_owned()).collect()));
        SheetText { name: None, rows: rows.collect() }
    }

    fn read(rows: &[&[&str]]) -> Option<Rows> {
        let sheet = sheet(rows);
        let columns = columns(&sheet)?;
        Some(items(&sheet, &columns, "清单"))
    }

    #[test]
    fn headers_vary_and_titles_stand_above() {
        for header in [
            ["序号", "领域", "问题类型", "违法违规使用医保基金典型问题"],
            ["编号", "科室", "违规类型", "问题描述"],
            ["项次", "检查领域", "问题分类", "具体问题"],
        ] {
            let read = read(&[
                &["附件 1"],
                &header,
                &["1", "骨科", "重复收费", "甲"],
                &["2.0", "", "超标准收费", "乙"],
                &["注：……"],
            ]);
            let read = read.unwrap();
            let items: Vec<_> = read
                .items
                .iter()
                .map(|item| (item.number, item.field.as_str(), item.kind.as_str(), item.text.as_str()))
                .collect();
            assert_eq!(items, [(1, "骨科", "重复收费", "甲"), (2, "骨科", "超标准收费", "乙")], "{header:?}");
            assert_eq!((read.rows_in, read.rejected.len(), read.renumbered), (3, 1, false));
        }
    }

    #[test]
    fn notices_are_no_lists() {
        for header in [
            &["序号", "项目名称", "备注", "项目代码"][..],
            &["药品通用名", "药品说明", "限定类型", "限定对象"],
            &["序号", "频度", "主项名称", "主项编码", "从项名称", "从项编码", "备注"],
        ] {
            assert!(read(&[header, &["1", "2", "3", "4"]]).is_none(), "{header:?}");
        }
    }

    #[test]
    fn numbers_that_repeat_give_way_to_places() {
        let read =
            read(&[&["序号", "领域", "典型问题"], &["1", "骨科", "甲"], &["1", "康复", "乙"], &["", "康复", "丙"]])
                .unwrap();
        assert!(read.renumbered);
        assert_eq!(read.items.iter().map(|item| item.number).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_row_of_sums_is_no_item_and_takes_no_number() {
        let read =
            read(&[&["序号", "领域", "典型问题"], &["11", "骨科", "甲"], &["2", "", "乙"], &["合计", "", "2 条"]])
                .unwrap();
        assert!(!read.renumbered);
        assert_eq!(read.items.iter().map(|item| item.number).collect::<Vec<_>>(), [11, 2]);
        assert_eq!(read.rejected.len(), 1);
    }

    #[test]
    fn ids_can_be_typed() {
        assert_eq!([" 湖南 2026:清单", "A,B", ""].map(id_of), ["湖南-2026-清单", "a-b", "-"]);
    }
}
