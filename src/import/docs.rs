//! docs/import.md, written from the layouts: where each column of the standards goes, or why it is dropped, and which spellings are known.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::Deserialize;

use super::error::LayoutError;
use super::layout::{Family, Layout, Layouts, columns_of};
use super::staged::STAGED;
use crate::casestore::schema;
use crate::lang::Text;

const STANDARD: &str = include_str!("layouts/standard.toml");
const DROPPED: &str = include_str!("layouts/dropped.toml");

#[derive(Deserialize)]
struct Standard {
    table: Vec<StandardTable>,
}

#[derive(Deserialize)]
struct StandardTable {
    name: String,
    columns: Vec<String>,
}

/// Reasons by table and column.
type Dropped = BTreeMap<String, BTreeMap<String, Text>>;

/// Where the columns of a standard table go.
struct Account {
    table: String,
    zh: String,
    family: Family,
    columns: Vec<(String, Fate)>,
}

/// What becomes of a column.
enum Fate {
    /// Staged columns and, where rules read them, columns of the case store.
    Kept(Vec<String>),
    /// Only checked to be filled.
    Checked,
    /// Dropped for a reason.
    Dropped(Text),
    /// Nobody says: a test refuses it.
    Unknown,
}

/// The canonical table that a staged one becomes.
fn canonical(staged: &str) -> &str {
    match staged {
        "mdtrt" => "visit",
        "setl" => "settlement",
        "diag" => "diagnosis",
        "oprn" => "operation",
        "psn" => "person",
        "inst" => "institution",
        "lmtpric" => "price_limit",
        other => other,
    }
}

/// Columns that have another name in the case store.
fn canonical_column(column: &str) -> &str {
    match column {
        "age" => "age_years",
        "brdy_day" => "birth_day",
        other => other,
    }
}

fn accounts() -> Result<Vec<Account>, LayoutError> {
    let layouts = Layouts::built_in()?;
    // The embedded files parse, which a test holds.
    let standard: Standard = toml::from_str(STANDARD).unwrap_or(Standard { table: Vec::new() });
    let dropped: Dropped = toml::from_str(DROPPED).unwrap_or_default();
    let mut accounts = Vec::new();
    for table in standard.table {
        let Some(layout) = layouts.built_in.iter().find(|layout| layout.name == table.name) else { continue };
        let reasons = dropped.get(&table.name);
        let fate = |column: &String| {
            let kept = places(layout, column);
            if !kept.is_empty() {
                return Fate::Kept(kept);
            }
            if let Some(reason) = reasons.and_then(|reasons| reasons.get(column)) {
                return Fate::Dropped(reason.clone());
            }
            if layout.required.contains(column) { Fate::Checked } else { Fate::Unknown }
        };
        let columns = table.columns.iter().map(|column| (column.clone(), fate(column))).collect();
        accounts.push(Account { table: table.name, zh: layout.zh.clone(), family: layout.family, columns });
    }
    Ok(accounts)
}

/// Staged columns whose texts are read for diagnoses.
const SAID: &[&str] = &["otp_diag_info", "dise_no", "dise_name"];

/// `mdtrt.adm_day → visit.adm_day` for every staged column that a column fills.
fn places(layout: &Layout, column: &str) -> Vec<String> {
    let mut places: BTreeSet<String> = BTreeSet::new();
    for row in &layout.rows {
        let staged = &STAGED[row.table];
        for (place, expr) in &row.set {
            let mut used = Vec::new();
            columns_of(expr, &mut used);
            if !used.contains(&column) {
                continue;
            }
            let name = &staged.columns[*place].name;
            let (table, stored) = (canonical(&staged.name), canonical_column(name));
            let known = schema::table(table).and_then(|table| table.column(stored)).is_some();
            if SAID.contains(&name.as_str()) {
                places.insert("`diagnosis`, `visit.main_dx`, `visit.main_dx_name`".to_owned());
            }
            places.insert(if known {
                format!("`{}.{name}` → `{table}.{stored}`", staged.name)
            } else {
                format!("`{}.{name}`", staged.name)
            });
        }
    }
    places.into_iter().collect()
}

/// The page, as Markdown.
///
/// # Errors
/// If a built-in layout is not in order, which the tests rule out.
pub fn page() -> Result<String, LayoutError> {
    let mut page = [HEAD, FORMATS, "\n", TEXTS, COLUMNS].concat();
    for account in accounts()? {
        let side = match account.family {
            Family::Bureau => "bureau · 经办端",
            _ => "hospital · 医院端",
        };
        let _ = write!(
            page,
            "\n### {} {} ({side})\n\n| column | goes to · 去向 | dropped because · 不读的原因 |\n| --- | --- | --- |\n",
            account.table, account.zh
        );
        for (column, fate) in account.columns {
            let (kept, reason) = match fate {
                Fate::Kept(places) => (places.join("<br>"), String::new()),
                Fate::Checked => (String::new(), "only checked to be filled · 只检查是否填写".to_owned()),
                Fate::Dropped(reason) => (String::new(), format!("{} · {}", reason.en, reason.zh)),
                Fate::Unknown => (String::new(), "?".to_owned()),
            };
            let _ = writeln!(page, "| {column} | {kept} | {reason} |");
        }
    }
    page.push_str(SPELLINGS);
    for layout in &Layouts::built_in()?.built_in {
        let _ = write!(page, "\n### {} {}\n\n| column | also as · 其他写法 |\n| --- | --- |\n", layout.name, layout.zh);
        for (column, others) in &layout.columns {
            let beyond = if layout.optional.contains(column) { " (beyond the standard · 标准以外)" } else { "" };
            let _ = writeln!(page, "| {column}{beyond} | {} |", others.join("; "));
        }
    }
    Ok(page)
}

const HEAD: &str = "# What is read of an export · 导出文件读取说明

<!-- Generated from src/import/layouts/*.toml and src/import/docs/*.md by `just docs`: edit those files, not this page. -->

What becomes of every column of the national platform's tables and of the hospital list of 2024, and which spellings of a header are known. Staged
columns (`mdtrt.adm_day`) are what reading yields; those after an arrow are what rules read, see [case-store.md](case-store.md). Other columns can be
mapped: [map-format.md](map-format.md).

";

/// Which files are read and which are refused; edited by hand.
const FORMATS: &str = include_str!("docs/formats.md");

/// How texts are read: lines, dates, numbers, identifiers; edited by hand.
const TEXTS: &str = include_str!("docs/texts.md");

const COLUMNS: &str = "
## One visit, delivered twice · 同一就诊的两份数据

The bureau's tables and a hospital's own files describe the same visits. Where an institution is in both (by code, legal person, name, or most of
its claims), its visits are recognised as one, the surest sign first:

1. `number`: the number of settlement, bill or invoice, and the person, a day or the amount as a second witness (of a short number two of them);
2. `bridge`: a column that carries the other side's number (BRIDGE_ID, VISIT_ID, ipt_otp_no, medrcdno, ZYH, MZH), with a witness;
3. `claim`: person, days and amount; of equal ones as many as both sides have; visits of one day that add up to the same;
4. `likeness`: where a side names no person (masked, or numbers of the hospital's own): day of birth, sex, days and amount, as many as both sides
   have alike;
5. `days`: stays of one person that begin or end on the same day; `near`: the only two contacts of a day, with the minute, practitioner, department
   or fund amount the same.

A visit of both is one row, with the bureau's money; what the bureau leaves empty comes from the hospital. Fee lines pair by item, day, quantity and
amount, then by sums of the day and of the visit; lines of the hospital without a partner are in `two_sources_line` and in no sum. Where the bureau
delivered no lines of a visit, the hospital's are its lines. Records, orders and self-paid visits of the hospital hang on the bureau's visits and
persons. What one side alone has, or differs in money, is in `two-sources.csv`, within the months and the kind of care that both delivered: to verify,
not a verdict.

两份数据中同一机构的同一就诊合并为一次，金额取经办端；仅一方有或金额不一致的列入 `two-sources.csv`（疑点，待核实）。

## Columns of the standards · 标准字段去向
";

const SPELLINGS: &str = "
## Known spellings of headers · 已知的表头写法

Compared without regard to case, blanks, width, quotes and remarks in brackets.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_the_standards_goes_somewhere_or_is_dropped_for_a_reason() {
        let standard: Standard = toml::from_str(STANDARD).expect("standard.toml parses");
        let _: Dropped = toml::from_str(DROPPED).expect("dropped.toml parses");
        let accounts = accounts().expect("in order");
        assert_eq!(accounts.len(), standard.table.len(), "every table of the standards has a layout");
        for account in &accounts {
            for (column, fate) in &account.columns {
                assert!(
                    !matches!(fate, Fate::Unknown),
                    "{}.{column}: read it, or say why not in dropped.toml",
                    account.table
                );
            }
        }
    }

    #[test]
    fn no_reason_is_given_for_a_column_that_is_read() {
        let dropped: Dropped = toml::from_str(DROPPED).expect("dropped.toml parses");
        let layouts = Layouts::built_in().expect("in order");
        for layout in &layouts.built_in {
            for column in dropped.get(&layout.name).into_iter().flat_map(BTreeMap::keys) {
                assert!(places(layout, column).is_empty(), "{}.{column} is read", layout.name);
            }
        }
    }

    #[test]
    fn every_column_of_a_layout_is_on_the_page() {
        let page = page().expect("in order");
        for layout in &Layouts::built_in().expect("in order").built_in {
            for column in layout.used_columns() {
                assert!(page.contains(&format!("| {column} ")), "{}.{column}", layout.name);
            }
        }
    }
}
