//! Which staged columns rules need: a rule's SQL names columns of canonical tables, and `tables.toml` says which staged columns those come
//! from. Layouts and maps say which columns of a file fill them, so a loss in a file is led to the rules it blinds, with no list kept by hand.

use std::collections::{BTreeMap, BTreeSet};

use crate::casestore::schema;
use crate::import::staged::staged;
use crate::rules::catalog::Rule;
use crate::rules::{Catalog, Values};
use crate::sql::Reads;

/// The staged columns, `table.column`, that each rule needs, by the rule's id.
#[derive(Debug, Clone, Default)]
pub struct Needs(BTreeMap<String, BTreeSet<String>>);

impl Needs {
    /// What the rules of `catalog` need.
    pub fn of(catalog: &Catalog) -> Self {
        Self(catalog.rules().iter().map(|rule| (rule.spec.id.clone(), needed(rule))).collect())
    }

    /// What one of them needs.
    pub fn rule(&self, id: &str) -> BTreeSet<String> {
        self.0.get(id).cloned().unwrap_or_default()
    }

    /// What any of them needs.
    pub fn all(&self) -> BTreeSet<String> {
        self.0.values().flatten().cloned().collect()
    }
}

/// The staged columns that a rule needs.
fn needed(rule: &Rule) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut add = |table: &str, column: &str| {
        let from = schema::table(table).map(|known| known.staged(column)).unwrap_or_default();
        found.extend(from.into_iter().filter(|column| is_staged(column)));
    };
    let values = Values::defaults(&rule.spec.params);
    let statements = [rule.statement(&values), rule.population(&values)];
    for statement in statements.iter().flatten() {
        for read in Reads::of(statement, schema::column_names).iter() {
            // A table of which only rows are counted is needed by its keys.
            let columns = read.columns.iter().flatten().map(String::as_str);
            columns.for_each(|column| add(&read.table, column));
        }
    }
    for column in &rule.spec.columns {
        if let Some((table, column)) = column.split_once('.') {
            add(table, column);
        }
    }
    if rule.is_ring() {
        // The search reads who, where and when of the tables it cannot do without.
        for table in &rule.spec.tables {
            let columns = schema::column_names(table).unwrap_or_default();
            let telling = |column: &&str| ["_key", "_day", "_min"].iter().any(|end| column.ends_with(end));
            columns.into_iter().filter(telling).for_each(|column| add(table, column));
        }
    }
    found
}

fn is_staged(column: &str) -> bool {
    column
        .split_once('.')
        .is_some_and(|(table, column)| staged(table).is_some_and(|table| table.position(column).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casestore::schema::{Layout, TABLES};

    #[test]
    fn every_column_of_the_store_is_led_back_to_a_staged_one() {
        let stored = |layout| matches!(layout, Layout::Bucketed | Layout::Small);
        for table in TABLES.iter().filter(|table| stored(table.layout) && table.name != "source_file") {
            for column in &table.columns {
                let from = table.staged(&column.name);
                let of_the_program = column.name.ends_with("file_id") || column.name.ends_with("source_line");
                assert!(
                    of_the_program || from.iter().any(|column| is_staged(column)),
                    "{}.{}",
                    table.name,
                    column.name
                );
                // What is written out has to be there; only what follows from the tables' names may not be.
                let written = from.iter().filter(|staged| !staged.ends_with(&format!(".{}", column.name)));
                written.for_each(|column| assert!(is_staged(column), "{column} of {}", table.name));
            }
        }
    }

    #[test]
    fn rules_need_what_their_columns_come_from() {
        let needs = Needs::of(&Catalog::embedded().expect("rules"));
        let has = |rule: &str, column: &str| needs.rule(rule).contains(column);
        assert!(has("duplicate-line", "fee.fee_day") && has("duplicate-line", "fee.cnt_e4"));
        assert!(has("split-stay", "mdtrt.adm_day") && has("split-stay", "mdtrt.psn_key"));
        assert!(!has("split-stay", "fee.cnt_e4"));
        assert!(has("patient-ring", "mdtrt.psn_key"));
        let all = needs.all();
        assert!(all.contains("diag.dx_code") && !all.contains("lab.reference_range"));
    }
}
