//! Columns that stand in the names of folders: `fixmedins_code=H123/part-0.parquet`, as Hive and Spark partition tables.

use crate::import::layout::header_name;

/// A column and its value; `None` for the null that Hive spells out.
pub type Partition = (String, Option<String>);

/// How Hive names the folder of rows without a value.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// The column and value that a folder's name tells.
pub fn partition(folder: &str) -> Option<Partition> {
    let (column, value) = folder.split_once('=')?;
    let column = unescaped(column);
    let sound = column.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '));
    if column.trim().is_empty() || !sound {
        return None;
    }
    Some((column, (value != NULL).then(|| unescaped(value))))
}

/// Whether a folder's name tells a column.
pub fn is_partition(folder: &str) -> bool {
    partition(folder).is_some()
}

/// The partitions whose columns a table does not have itself.
pub fn lacking(mut partitions: Vec<Partition>, names: &[String]) -> Vec<Partition> {
    let own: Vec<String> = names.iter().map(|name| header_name(name)).collect();
    partitions.retain(|(column, _)| !own.contains(&header_name(column)));
    partitions
}

/// The partitions that stand in the name of a source.
pub fn of_name(name: &str) -> Vec<Partition> {
    name.split(['/', '\\', '!']).filter_map(partition).collect()
}

/// `%3A` and the like replaced; what is no such escape stays.
pub fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape = (*first == b'%').then(|| tail.get(..2)).flatten();
        let escape = escape.and_then(|digits| std::str::from_utf8(digits).ok());
        match escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders_tell_columns() {
        let told = |folder: &str| partition(folder).map(|(column, value)| (column, value.unwrap_or("null".to_owned())));
        let some = |column: &str, value: &str| Some((column.to_owned(), value.to_owned()));
        assert_eq!(told("fixmedins_code=H99"), some("fixmedins_code", "H99"));
        assert_eq!(told("day=2024-01-05%2008%3A30%3a00"), some("day", "2024-01-05 08:30:00"));
        assert_eq!(told("机构=%E4%B8%80%E9%99%A2"), some("机构", "一院"));
        assert_eq!(told("a=b=c"), some("a", "b=c"));
        assert_eq!(told("share=100%"), some("share", "100%"));
        assert_eq!(told("year=__HIVE_DEFAULT_PARTITION__"), some("year", "null"));
        assert_eq!(told("=x"), None);
        assert_eq!(told("mdtrt_d"), None);
        assert_eq!(of_name("/x/fee/a=1/b=2/part-0.parquet").len(), 2);
    }
}
