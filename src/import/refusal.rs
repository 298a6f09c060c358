//! What it means that a file cannot be read: claims may be missing, or it never held any.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::sync::atomic::AtomicU64;

use super::columnar;
use super::error::ReadError;
use super::identify::known_columns;
use super::layout::{Layouts, header_name};
use super::sheets::{SEPARATOR, Utf8};
use super::source::{Content, SPEAKING_COLUMNS, Source, reason};
use super::summary::{Skipped, SkippedFile};
use crate::lang::{Label, Text};

const EMPTY: Label = Label::new("空文件", "an empty file");
const EMPTY_SHEET: Label = Label::new("空工作表", "an empty sheet");
const DICTIONARY: Label = Label::new("字段说明，不是导出数据", "a description of columns, not an export");
const NOTE: Label = Label::new("不是已知的数据表", "no table that is known");

/// Lines in which a header is looked for.
const HEADER_LINES: usize = 40;

/// Cells of a row, and such rows, from which a file looks like a table of data.
const WIDE: usize = 5;
const MANY: usize = 50;

/// Separators of fields.
const SEPARATORS: [&str; 7] = ["\u{1f}", "|@|", "\t", ",", "|", ";", "\u{1}"];

/// Words of the header of a description of columns.
const ABOUT_COLUMNS: [&str; 22] = [
    "字段",
    "字段名",
    "字段名称",
    "字段代码",
    "字段类型",
    "列名",
    "类型",
    "数据类型",
    "长度",
    "说明",
    "描述",
    "备注",
    "注释",
    "含义",
    "序号",
    "是否必填",
    "column_name",
    "data_type",
    "comment",
    "description",
    "field",
    "type",
];

/// Whether an import goes on without a file that this is wrong with. What is wrong with the store or a map, and a table that the user named
/// and that cannot be told, stop it.
pub fn passes(source: &Source, error: &ReadError) -> bool {
    match error {
        ReadError::Layout { .. } | ReadError::Sink { .. } => false,
        ReadError::UnknownTable { .. } => !source.named || source.sheet.is_some(),
        _ => true,
    }
}

/// A file that cannot be read, as the accounts name it.
pub fn of(source: &Source, error: &ReadError, layouts: &Layouts) -> SkippedFile {
    let name = source.name();
    let told = reason(error, &name);
    let (kind, reason) = match error {
        ReadError::Empty { .. } => (Skipped::Stray, if source.sheet.is_some() { EMPTY_SHEET } else { EMPTY }.into()),
        ReadError::UnknownTable { .. } => match look(source, layouts) {
            Ok(look) => look.judge(source, layouts, told),
            Err(_) => (Skipped::Refused, told),
        },
        _ => (Skipped::Refused, told),
    };
    SkippedFile { name, reason, kind }
}

/// What a table that cannot be told looks like.
#[derive(Debug, Default)]
struct Look {
    /// Most columns of one line that a layout knows.
    known: usize,
    /// Most words of one line that head descriptions of columns.
    about_columns: usize,
    /// Rows of at least [`WIDE`] cells.
    wide: usize,
    /// Rows of at least three cells.
    rows: usize,
}

impl Look {
    fn judge(&self, source: &Source, layouts: &Layouts, told: Text) -> (Skipped, Text) {
        let name = source.file_name().to_lowercase();
        let named = layouts.named(&name);
        if self.known >= SPEAKING_COLUMNS {
            (Skipped::Refused, told)
        } else if self.about_columns > 1 {
            (Skipped::Stray, DICTIONARY.into())
        } else if (named && self.rows > 1) || self.wide >= MANY {
            (Skipped::Refused, told)
        } else {
            (Skipped::Stray, NOTE.into())
        }
    }

    /// Takes one line of a header.
    fn header(&mut self, names: &[String], layouts: &Layouts) {
        self.known = self.known.max(known_columns(layouts, names));
        let about = names.iter().filter(|name| ABOUT_COLUMNS.contains(&header_name(name).as_str())).count();
        self.about_columns = self.about_columns.max(about);
    }
}

fn look(source: &Source, layouts: &Layouts) -> Result<Look, ReadError> {
    if source.content == Content::Parquet {
        let names = columnar::open(source)?.names();
        let mut look = Look { wide: if names.len() >= WIDE { MANY } else { 0 }, rows: MANY, ..Look::default() };
        look.header(&names, layouts);
        return Ok(look);
    }
    let (look, _) = source.with_bytes(&AtomicU64::new(0), |bytes| {
        let mut look = Look::default();
        let mut lines = BTreeMap::new();
        for (number, line) in BufReader::new(Utf8::new(bytes)).lines().enumerate() {
            let line = line.map_err(|error| ReadError::Io { source_name: source.name(), error })?;
            let line = line.trim_end_matches(['\r', SEPARATOR]);
            if number < HEADER_LINES {
                // Names of columns speak whatever stands between them: `@@`, `!^`.
                let words = line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
                look.known = look.known.max(known_columns(layouts, &words.map(str::to_owned).collect::<Vec<_>>()));
            }
            for separator in SEPARATORS {
                let cells = line.split(separator).count();
                let (rows, wide) = lines.entry(separator).or_insert((0, 0));
                *rows += usize::from(cells > 2);
                *wide += usize::from(cells >= WIDE);
                if number < HEADER_LINES && cells > 1 {
                    let names: Vec<String> =
                        line.split(separator).map(|name| name.trim_matches('"').to_owned()).collect();
                    look.header(&names, layouts);
                }
            }
        }
        look.rows = lines.values().map(|(rows, _)| *rows).max().unwrap_or(0);
        look.wide = lines.values().map(|(_, wide)| *wide).max().unwrap_or(0);
        Ok(look)
    })?;
    Ok(look)
}
