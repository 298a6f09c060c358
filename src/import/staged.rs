//! The staged tables, read from `staged.toml`: what reading an export yields, typed but not yet netted.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use serde::Deserialize;

/// The definition itself.
pub const STAGED_TOML: &str = include_str!("staged.toml");

/// Columns that every staged table carries after its own.
pub const ROW_HASH: &str = "row_hash";
/// Number of the source file, given by the caller.
pub const FILE_ID: &str = "file_id";
/// Line in the source file; 1 is the header.
pub const SOURCE_LINE: &str = "source_line";

/// The types of `staged.toml`, which explains them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StagedType {
    /// Hash of normalised codes.
    Key,
    /// Code that names a person, a thing or a record.
    Id,
    /// Code of a dictionary.
    Code,
    /// Text in which placeholders are null.
    Name,
    /// Any other text.
    Text,
    /// Fen.
    Money,
    /// Scaled by 10 000.
    E4,
    /// Scaled by 1 000 000.
    E6,
    /// Days since 1970-01-01.
    Day,
    /// Minutes since 1970-01-01 00:00.
    Minute,
    /// Whole number.
    Int,
    /// Full years, 0–130.
    Age,
}

impl StagedType {
    /// The Arrow type of the column.
    pub const fn arrow(self) -> DataType {
        match self {
            Self::Key | Self::Money | Self::E4 | Self::E6 | Self::Minute => DataType::Int64,
            Self::Day | Self::Int | Self::Age => DataType::Int32,
            Self::Id | Self::Code | Self::Name | Self::Text => DataType::Utf8,
        }
    }
}

/// One column of a staged table.
#[derive(Debug, Clone)]
pub struct StagedColumn {
    /// Name.
    pub name: String,
    /// Type.
    pub kind: StagedType,
}

/// One staged table.
#[derive(Debug)]
pub struct StagedTable {
    /// Name.
    pub name: String,
    /// Columns that identify a record; empty where equal rows are the only repeats.
    pub record: Vec<String>,
    /// Columns without which no row is staged.
    pub required: Vec<String>,
    /// Stored as read once repeats are dropped.
    pub passthrough: bool,
    /// Columns in staged order, without the three that every table carries.
    pub columns: Vec<StagedColumn>,
    schema: SchemaRef,
}

impl StagedTable {
    /// The Arrow schema: the table's columns, then `row_hash`, `file_id`, `source_line`.
    pub fn arrow(&self) -> SchemaRef {
        self.schema.clone()
    }

    /// Position of the column called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    name: String,
    record: Vec<String>,
    required: Vec<String>,
    #[serde(default)]
    passthrough: bool,
    columns: toml::Table,
}

#[derive(Deserialize)]
struct Document {
    table: Vec<RawTable>,
}

fn table(raw: RawTable) -> Result<StagedTable, toml::de::Error> {
    let columns = raw
        .columns
        .into_iter()
        .map(|(name, kind)| Ok(StagedColumn { name, kind: kind.try_into()? }))
        .collect::<Result<Vec<_>, toml::de::Error>>()?;
    let mut fields: Vec<Field> = columns
        .iter()
        .map(|column| Field::new(&column.name, column.kind.arrow(), !raw.required.contains(&column.name)))
        .collect();
    fields.push(Field::new(ROW_HASH, DataType::Int64, false));
    fields.push(Field::new(FILE_ID, DataType::Int32, false));
    fields.push(Field::new(SOURCE_LINE, DataType::Int64, false));
    Ok(StagedTable {
        name: raw.name,
        record: raw.record,
        required: raw.required,
        passthrough: raw.passthrough,
        columns,
        schema: Arc::new(Schema::new(fields)),
    })
}

/// All staged tables in the order of the definition.
///
/// # Panics
/// If the embedded definition does not parse, which the tests rule out.
pub static STAGED: LazyLock<Vec<StagedTable>> = LazyLock::new(|| {
    let document: Document = toml::from_str(STAGED_TOML).expect("src/import/staged.toml parses");
    let tables: Result<Vec<_>, _> = document.table.into_iter().map(table).collect();
    tables.expect("src/import/staged.toml names known types")
});

/// Position of the staged table called `name` in [`STAGED`].
pub fn staged_index(name: &str) -> Option<usize> {
    STAGED.iter().position(|table| table.name == name)
}

/// The staged table called `name`.
pub fn staged(name: &str) -> Option<&'static StagedTable> {
    STAGED.iter().find(|table| table.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_required_columns_exist() {
        for table in STAGED.iter() {
            for name in table.record.iter().chain(&table.required) {
                assert!(table.position(name).is_some(), "{} has no column {name}", table.name);
            }
        }
        assert_eq!(staged("fee").map(|table| table.arrow().fields().len()), Some(57));
    }
}
