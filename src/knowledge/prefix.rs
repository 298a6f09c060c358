//! Lists of code prefixes: diagnoses that the importer marks visits with (planned cycles, births), and items that a course of treatment bills.

use std::path::Path;

use super::error::KnowledgeError;
use super::seeds::SEEDS;
use super::sheets::csv_rows;
use crate::lang::Text;
use crate::spelling::normalise;

/// A prefix of a seed list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prefix {
    /// Beginning of the ICD-10 or item code, upper case; a code is on the list when it starts with it.
    pub prefix: String,
    /// Such as `chemotherapy`, `delivery` or `injection`.
    pub kind: String,
}

/// Diagnoses of planned cycles: chemotherapy, radiotherapy, dialysis, rehabilitation. Sorted.
///
/// # Errors
/// When the embedded list is unreadable, which the tests rule out.
pub fn planned_cycle_prefixes() -> Result<Vec<Prefix>, KnowledgeError> {
    prefixes(PLANNED_CYCLE_FILE, "dx_prefix")
}

/// Diagnoses of deliveries and newborns. Sorted.
///
/// # Errors
/// When the embedded list is unreadable, which the tests rule out.
pub fn birth_prefixes() -> Result<Vec<Prefix>, KnowledgeError> {
    prefixes(BIRTH_FILE, "dx_prefix")
}

/// Items that a course of treatment bills at its visits, by national service code. Sorted.
///
/// # Errors
/// When the embedded list is unreadable, which the tests rule out.
pub fn course_item_prefixes() -> Result<Vec<Prefix>, KnowledgeError> {
    prefixes(COURSE_ITEM_FILE, "item_prefix")
}

const PLANNED_CYCLE_FILE: &str = "planned_cycle_dx.csv";
const BIRTH_FILE: &str = "birth_dx.csv";
const COURSE_ITEM_FILE: &str = "course_item.csv";

/// Whether a seed is one of these lists, and so no `k_*` table.
pub(super) fn is_prefix_list(file_name: &Path) -> bool {
    [PLANNED_CYCLE_FILE, BIRTH_FILE, COURSE_ITEM_FILE].iter().any(|name| file_name == Path::new(name))
}

fn prefixes(file_name: &str, prefix_column: &str) -> Result<Vec<Prefix>, KnowledgeError> {
    let path = Path::new(file_name);
    let file = SEEDS
        .get_file(file_name)
        .ok_or_else(|| KnowledgeError::io(path)(std::io::Error::from(std::io::ErrorKind::NotFound)))?;
    let mut rows = csv_rows(path, file.contents())?.into_iter();
    let header = rows.next().map_or_else(Vec::new, |row| row.cells);
    let column = |name: &str| header.iter().position(|cell| cell == name);
    let (Some(prefix), Some(kind)) = (column(prefix_column), column("kind")) else {
        return Err(KnowledgeError::StoredHeader {
            path: path.to_path_buf(),
            seen: header.join(","),
            known: format!("{prefix_column},kind,name,source"),
        });
    };
    let mut prefixes = Vec::new();
    for row in rows {
        let (Some(prefix), Some(kind)) = (row.cells.get(prefix), row.cells.get(kind)) else {
            return Err(KnowledgeError::Cell {
                path: path.to_path_buf(),
                line: row.line,
                column: prefix_column.to_owned(),
                value: row.cells.join(","),
                problem: Box::new(Text::new("列数太少", "has too few cells")),
            });
        };
        prefixes.push(Prefix { prefix: normalise(prefix).into_owned(), kind: kind.clone() });
    }
    prefixes.sort();
    prefixes.dedup();
    Ok(prefixes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_lists_are_readable_and_without_empty_prefixes() {
        for list in [planned_cycle_prefixes(), birth_prefixes(), course_item_prefixes()] {
            let list = list.expect("readable");
            assert!(!list.is_empty());
            // An empty prefix would mark every visit.
            assert!(list.iter().all(|entry| !entry.prefix.is_empty() && !entry.kind.is_empty()), "{list:?}");
        }
    }
}
