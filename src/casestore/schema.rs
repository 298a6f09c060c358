//! The canonical tables, read from `tables.toml`, which is also what their documentation is generated from.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use serde::Deserialize;

/// The definition itself; kept as data so that analysts, docs and tests in other languages read the same text.
pub const TABLES_TOML: &str = include_str!("tables.toml");

/// The day that stands for "no end" in columns such as `end_day`.
pub const OPEN_END_DAY: i32 = 99_999;

/// The three column types of the case store. Money, quantities, prices, days and minutes are scaled integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// 64-bit integer: keys, fen, ten-thousandths, millionths, minutes.
    Bigint,
    /// 32-bit integer: days, counts, flags.
    Int,
    /// UTF-8 text.
    Text,
}

impl ColumnType {
    /// The Arrow type the column is stored as.
    pub const fn arrow(self) -> DataType {
        match self {
            Self::Bigint => DataType::Int64,
            Self::Int => DataType::Int32,
            Self::Text => DataType::Utf8,
        }
    }
}

/// How a table is laid out on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// Split by person key; everything about one person is in one bucket.
    Bucketed,
    /// One file.
    Small,
    /// Not in the store: brought by the knowledge folder, put beside the store's tables at run time.
    Knowledge,
    /// Not in the store: the problem lists, resolved against the store's own items, diagnoses and departments at run time.
    Problem,
}

/// One column of a canonical table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Name, as in rules.
    pub name: String,
    /// Stored type.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Whether the column can be empty.
    #[serde(default)]
    pub null: bool,
    /// What a case of a rule gets when it leaves the column out, where that is not null, 0 or "".
    #[serde(default)]
    pub case: Option<toml::Value>,
    /// Staged columns, `table.column`, that its values come from; without it those of its own name in the table's staged tables.
    #[serde(default)]
    from: Vec<String>,
    /// Meaning, Chinese.
    pub zh: String,
    /// Meaning, English, with unit.
    pub en: String,
}

/// One canonical table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Name, as in rules.
    pub name: String,
    /// Layout on disk.
    pub layout: Layout,
    /// Staged tables that its rows are made of; none for what is put beside the store at run time.
    #[serde(default)]
    pub from: Vec<String>,
    /// What a row is, Chinese.
    pub zh: String,
    /// What a row is, English.
    pub en: String,
    /// Columns in stored order.
    pub columns: Vec<Column>,
}

impl Table {
    /// The Arrow schema of the table.
    pub fn arrow(&self) -> SchemaRef {
        let fields = self.columns.iter().map(|column| Field::new(&column.name, column.kind.arrow(), column.null));
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// The staged columns, `table.column`, that the values of a column come from. A staged table that has no column of that name is named
    /// all the same: no export can fill what is not there.
    pub fn staged(&self, name: &str) -> Vec<String> {
        match self.column(name) {
            Some(column) if !column.from.is_empty() => column.from.clone(),
            Some(_) => self.from.iter().map(|staged| format!("{staged}.{name}")).collect(),
            None => Vec::new(),
        }
    }

    /// The column called `name`.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

#[derive(Deserialize)]
struct Document {
    table: Vec<Table>,
}

/// All canonical tables in the order of the definition.
///
/// # Panics
/// If the embedded definition does not parse, which the tests rule out.
pub static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| {
    let document: Document = toml::from_str(TABLES_TOML).expect("src/casestore/tables.toml parses");
    document.table
});

/// The table called `name`.
pub fn table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

/// The names of the columns of the table called `name`, in order.
pub fn column_names(name: &str) -> Option<Vec<&'static str>> {
    Some(table(name)?.columns.iter().map(|column| column.name.as_str()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::PERSONAL_COLUMNS;

    #[test]
    fn definition_parses_and_names_are_unique() {
        let mut names: Vec<_> = TABLES.iter().map(|table| table.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TABLES.len());
        for table in TABLES.iter() {
            let mut columns: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
            columns.sort_unstable();
            columns.dedup();
            assert_eq!(columns.len(), table.columns.len(), "{} names a column twice", table.name);
        }
    }

    #[test]
    fn personal_columns_are_texts_of_the_case_store() {
        for (name, _) in PERSONAL_COLUMNS {
            let columns: Vec<_> =
                TABLES.iter().flat_map(|table| &table.columns).filter(|column| column.name == name).collect();
            assert!(!columns.is_empty(), "{name}");
            assert!(columns.iter().all(|column| column.kind == ColumnType::Text), "{name}");
        }
    }
}
