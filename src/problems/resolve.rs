//! What the checks of all lists come to in one store: groups matched once against its own items, diagnoses and departments, so that rules join
//! keys only. The tables are those of the layout `problem` in `src/casestore/tables.toml`.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use polars::prelude::*;

use super::groups::{Groups, ItemTraits, folded};
use super::lists::{List, Problems};
use super::spec::{Check, Place, Setting, Sex, Shape, TimeFrom};
use crate::calendar;
use crate::casestore::source::TableSource;
use crate::frames::Columns;
use crate::spelling::normalise;

/// Minutes of an hour, of one unit of a service billed by the hour.
const HOUR: u32 = 60;
/// Minutes of a day, of one unit of a service billed by the day.
const DAY: u32 = 24 * HOUR;
/// Quantities are in ten-thousandths.
const QUANTITY: f64 = 10_000.0;

/// The lists in one store.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    tables: HashMap<&'static str, DataFrame>,
    items: BTreeMap<String, Vec<i64>>,
    names: BTreeMap<String, Vec<(String, Option<String>)>>,
    dx: BTreeMap<String, usize>,
    departments: BTreeMap<String, usize>,
}

impl Resolved {
    /// Matches the groups of `problems` against the items, diagnoses and departments of a store.
    ///
    /// # Errors
    /// If a table of the store cannot be read.
    pub fn of(problems: &Problems, source: &dyn TableSource) -> PolarsResult<Self> {
        let groups = &problems.groups;
        let items = item_groups(groups, source)?;
        let dx = dx_groups(groups, source)?;
        let departments = department_groups(groups, source)?;
        let mut rows = CheckRows::default();
        for (list, problem) in problems.all() {
            for check in &problem.checks {
                rows.push(&list.id_of(problem).to_string(), list, check, &items, &dx, &departments);
            }
        }
        let mut tables = rows.frames()?;
        tables.insert("item_group", items.frame()?);
        tables.insert("dx_group", dx.frame()?);
        tables.insert("department_group", departments.frame()?);
        Ok(Self {
            items: items.of.iter().map(|(name, rows)| (name.clone(), rows.iter().map(|row| row.0).collect())).collect(),
            names: items
                .of
                .iter()
                .map(|(group, rows)| (group.clone(), rows.iter().map(|row| (row.1.clone(), row.2.clone())).collect()))
                .collect(),
            dx: dx.of.iter().map(|(name, rows)| (name.clone(), rows.len())).collect(),
            departments: departments.of.iter().map(|(name, rows)| (name.clone(), rows.len())).collect(),
            tables,
        })
    }

    /// A table; none for a name that is none of these.
    pub fn table(&self, name: &str) -> Option<&DataFrame> {
        self.tables.get(name)
    }

    /// Keys of the store's items in a group.
    pub fn items(&self, group: &str) -> &[i64] {
        self.items.get(group).map_or(&[], Vec::as_slice)
    }

    /// Code and name of the store's items in a group.
    pub fn named(&self, group: &str) -> &[(String, Option<String>)] {
        self.names.get(group).map_or(&[], Vec::as_slice)
    }

    /// How many of the store's diagnosis codes are in a group.
    pub fn dx(&self, group: &str) -> usize {
        self.dx.get(group).copied().unwrap_or_default()
    }

    /// How many of the store's departments are in a group.
    pub fn departments(&self, group: &str) -> usize {
        self.departments.get(group).copied().unwrap_or_default()
    }
}

/// Items of each group: key, code, name.
struct ItemRows {
    of: BTreeMap<String, Vec<(i64, String, Option<String>)>>,
}

/// Diagnoses of each group: code, name.
struct DxRows {
    of: BTreeMap<String, Vec<(String, Option<String>)>>,
}

/// A department: key, code, name.
type Department = (i64, Option<String>, Option<String>);

/// Departments of each group.
struct DepartmentRows {
    of: BTreeMap<String, Vec<Department>>,
}

/// A text of a column.
fn text(rows: &DataFrame, column: &str, row: usize) -> PolarsResult<Option<String>> {
    Ok(rows.column(column)?.str()?.get(row).map(str::to_owned))
}

fn item_groups(groups: &Groups, source: &dyn TableSource) -> PolarsResult<ItemRows> {
    let mut of: BTreeMap<String, Vec<_>> = groups.items.keys().map(|name| (name.clone(), Vec::new())).collect();
    let columns = Columns::Named(&["item_key", "item_code", "item_name", "item_kind"]);
    let Some(items) = source.read("item", None, columns)? else { return Ok(ItemRows { of }) };
    let billed_as = if items.column("item_name")?.null_count() > 0 { hospital_names(source)? } else { HashMap::new() };
    let asked = groups.items.values().any(super::groups::ItemGroup::asks_charge_types);
    let charged = if asked { charge_types(source)? } else { HashMap::new() };
    let keys = items.column("item_key")?.i64()?.clone();
    for row in 0..items.height() {
        let Some(key) = keys.get(row) else { continue };
        let code = text(&items, "item_code", row)?.unwrap_or_default();
        let name = text(&items, "item_name", row)?;
        // What hospitals call it counts only where the insured item has no name: the two may differ because one was billed as the other.
        let names: Vec<String> = match &name {
            Some(name) => vec![folded(name)],
            None => {
                billed_as.get(&key).map(|names| names.iter().map(|name| folded(name)).collect()).unwrap_or_default()
            }
        };
        let kind = text(&items, "item_kind", row)?.unwrap_or_default();
        let normal = normalise(&code);
        let charge_types = charged.get(&key).map_or(&[][..], Vec::as_slice);
        let traits = ItemTraits { code: &normal, names: &names, kind: &kind, charge_types };
        for (group, rows) in groups.items.values().zip(of.values_mut()) {
            if group.holds(&traits) {
                rows.push((key, code.clone(), name.clone()));
            }
        }
    }
    for rows in of.values_mut() {
        rows.sort_by(|one, other| (&one.1, one.0).cmp(&(&other.1, other.0)));
    }
    Ok(ItemRows { of })
}

/// What hospitals call each insured item.
fn hospital_names(source: &dyn TableSource) -> PolarsResult<HashMap<i64, Vec<String>>> {
    let mut names: HashMap<i64, BTreeSet<String>> = HashMap::new();
    if let Some(pairs) = source.read("item_pair", None, Columns::Named(&["item_key", "medins_list_name"]))? {
        let (keys, called) = (pairs.column("item_key")?.i64()?, pairs.column("medins_list_name")?.str()?);
        for (key, name) in keys.iter().zip(called.iter()) {
            if let (Some(key), Some(name)) = (key, name) {
                names.entry(key).or_default().insert(name.to_owned());
            }
        }
    }
    Ok(names.into_iter().map(|(key, names)| (key, names.into_iter().collect())).collect())
}

/// The charge categories that each item was billed under.
fn charge_types(source: &dyn TableSource) -> PolarsResult<HashMap<i64, Vec<String>>> {
    let mut types: HashMap<i64, BTreeSet<String>> = HashMap::new();
    for bucket in 0..source.buckets() {
        let Some(lines) = source.read("fee", Some(bucket), Columns::Named(&["item_key", "charge_type"]))? else {
            continue;
        };
        let (keys, kinds) = (lines.column("item_key")?.i64()?, lines.column("charge_type")?.str()?);
        for (key, kind) in keys.iter().zip(kinds.iter()) {
            if let (Some(key), Some(kind)) = (key, kind)
                && types.get(&key).is_none_or(|known| !known.contains(kind))
            {
                types.entry(key).or_default().insert(kind.to_owned());
            }
        }
    }
    Ok(types.into_iter().map(|(key, kinds)| (key, kinds.into_iter().collect())).collect())
}

fn dx_groups(groups: &Groups, source: &dyn TableSource) -> PolarsResult<DxRows> {
    let mut of: BTreeMap<String, Vec<_>> = groups.dx.keys().map(|name| (name.clone(), Vec::new())).collect();
    if groups.dx.is_empty() {
        return Ok(DxRows { of });
    }
    // A code goes by the name it has most often: one hospital's odd name must not draw a code into a group.
    let mut names: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for (table, columns) in [("diagnosis", ["dx_code", "dx_name"]), ("visit", ["main_dx", "main_dx_name"])] {
        for bucket in 0..source.buckets() {
            let Some(rows) = source.read(table, Some(bucket), Columns::Named(&columns))? else { continue };
            let (codes, called) = (rows.column(columns[0])?.str()?, rows.column(columns[1])?.str()?);
            for (code, name) in codes.iter().zip(called.iter()) {
                let Some(code) = code.filter(|code| !code.is_empty()) else { continue };
                let known = match names.get_mut(code) {
                    Some(known) => known,
                    None => names.entry(code.to_owned()).or_default(),
                };
                if let Some(name) = name {
                    match known.get_mut(name) {
                        Some(count) => *count += 1,
                        None => {
                            known.insert(name.to_owned(), 1);
                        }
                    }
                }
            }
        }
    }
    for (code, called) in names {
        let most = called.values().max().copied();
        let name = called.into_iter().find(|(_, count)| Some(*count) == most).map(|(name, _)| name);
        let compared = name.as_deref().map(folded).unwrap_or_default();
        for (group, rows) in groups.dx.values().zip(of.values_mut()) {
            if group.holds(&code, &compared) {
                rows.push((code.clone(), name.clone()));
            }
        }
    }
    Ok(DxRows { of })
}

fn department_groups(groups: &Groups, source: &dyn TableSource) -> PolarsResult<DepartmentRows> {
    let mut of: BTreeMap<String, Vec<_>> = groups.departments.keys().map(|name| (name.clone(), Vec::new())).collect();
    let columns = Columns::Named(&["dept_key", "dept_code", "dept_name"]);
    let Some(departments) = source.read("department", None, columns)? else { return Ok(DepartmentRows { of }) };
    let keys = departments.column("dept_key")?.i64()?.clone();
    for row in 0..departments.height() {
        let Some(key) = keys.get(row) else { continue };
        let (code, name) = (text(&departments, "dept_code", row)?, text(&departments, "dept_name", row)?);
        let compared = name.as_deref().map(folded);
        for (group, rows) in groups.departments.values().zip(of.values_mut()) {
            if group.holds(code.as_deref().unwrap_or_default(), compared.as_deref()) {
                rows.push((key, code.clone(), name.clone()));
            }
        }
    }
    for rows in of.values_mut() {
        rows.sort_by_key(|row| row.0);
    }
    Ok(DepartmentRows { of })
}

/// Names of groups, one for each of their rows.
fn repeated<T>(of: &BTreeMap<String, Vec<T>>) -> Vec<&str> {
    of.iter().flat_map(|(name, rows)| std::iter::repeat_n(name.as_str(), rows.len())).collect()
}

impl ItemRows {
    fn frame(&self) -> PolarsResult<DataFrame> {
        let rows = || self.of.values().flatten();
        df![
            "group_name" => repeated(&self.of),
            "item_key" => rows().map(|row| row.0).collect::<Vec<_>>(),
            "item_code" => rows().map(|row| row.1.as_str()).collect::<Vec<_>>(),
            "item_name" => rows().map(|row| row.2.as_deref()).collect::<Vec<_>>(),
        ]
    }

    /// Keys of several groups together.
    fn union(&self, groups: &[String]) -> BTreeSet<i64> {
        groups.iter().filter_map(|name| self.of.get(name)).flatten().map(|row| row.0).collect()
    }
}

impl DxRows {
    fn frame(&self) -> PolarsResult<DataFrame> {
        let rows = || self.of.values().flatten();
        df![
            "group_name" => repeated(&self.of),
            "dx_code" => rows().map(|row| row.0.as_str()).collect::<Vec<_>>(),
            "dx_name" => rows().map(|row| row.1.as_deref()).collect::<Vec<_>>(),
        ]
    }

    fn union(&self, groups: &[String]) -> BTreeSet<&str> {
        groups.iter().filter_map(|name| self.of.get(name)).flatten().map(|row| row.0.as_str()).collect()
    }
}

impl DepartmentRows {
    fn frame(&self) -> PolarsResult<DataFrame> {
        let rows = || self.of.values().flatten();
        df![
            "group_name" => repeated(&self.of),
            "dept_key" => rows().map(|row| row.0).collect::<Vec<_>>(),
            "dept_code" => rows().map(|row| row.1.as_deref()).collect::<Vec<_>>(),
            "dept_name" => rows().map(|row| row.2.as_deref()).collect::<Vec<_>>(),
        ]
    }

    fn union(&self, groups: &[String]) -> BTreeSet<i64> {
        groups.iter().filter_map(|name| self.of.get(name)).flatten().map(|row| row.0).collect()
    }
}

/// Rows of the tables that rules read.
#[derive(Default)]
struct CheckRows {
    checks: Vec<CheckRow>,
    items: Vec<(i32, &'static str, i64)>,
    dx: Vec<(i32, &'static str, String)>,
    departments: Vec<(i32, &'static str, i64)>,
    settings: Vec<(i32, &'static str)>,
}

/// A row of `problem_check`.
struct CheckRow {
    problem: String,
    check: Check,
    settings: Vec<Setting>,
    first_day: i32,
    last_day: i32,
}

impl CheckRows {
    fn push(
        &mut self,
        problem: &str,
        list: &List,
        check: &Check,
        items: &ItemRows,
        dx: &DxRows,
        departments: &DepartmentRows,
    ) {
        let check_id = number(self.checks.len());
        for (side, groups) in [("a", &check.a), ("b", &check.b), ("unless", &check.unless)] {
            self.items.extend(items.union(groups).into_iter().map(|key| (check_id, side, key)));
        }
        for (side, groups) in [("in", &check.dx_in), ("not_in", &check.dx_not_in)] {
            self.dx.extend(dx.union(groups).into_iter().map(|code| (check_id, side, code.to_owned())));
        }
        for (side, groups) in [("a", &check.departments), ("b", &check.b_departments)] {
            self.departments.extend(departments.union(groups).into_iter().map(|key| (check_id, side, key)));
        }
        let settings = if check.settings.is_empty() { list.settings.clone() } else { check.settings.clone() };
        let words: HashSet<&str> = settings.iter().map(|setting| setting.as_str()).collect();
        let mut words: Vec<&str> = words.into_iter().collect();
        words.sort_unstable();
        self.settings.extend(words.into_iter().map(|word| (check_id, word)));
        // Loading has checked that these are days.
        let day = |text: &Option<String>| text.as_deref().and_then(calendar::parse_iso);
        self.checks.push(CheckRow {
            problem: problem.to_owned(),
            settings,
            first_day: day(&check.first_day).unwrap_or(list.first_day),
            last_day: day(&check.last_day).unwrap_or(list.last_day),
            check: check.clone(),
        });
    }

    fn frames(&self) -> PolarsResult<HashMap<&'static str, DataFrame>> {
        Ok(HashMap::from([
            ("problem_check", self.check_frame()?),
            (
                "problem_item",
                df![
                    "check_id" => self.items.iter().map(|row| row.0).collect::<Vec<_>>(),
                    "side" => self.items.iter().map(|row| row.1).collect::<Vec<_>>(),
                    "item_key" => self.items.iter().map(|row| row.2).collect::<Vec<_>>(),
                ]?,
            ),
            (
                "problem_dx",
                df![
                    "check_id" => self.dx.iter().map(|row| row.0).collect::<Vec<_>>(),
                    "side" => self.dx.iter().map(|row| row.1).collect::<Vec<_>>(),
                    "dx_code" => self.dx.iter().map(|row| row.2.as_str()).collect::<Vec<_>>(),
                ]?,
            ),
            (
                "problem_department",
                df![
                    "check_id" => self.departments.iter().map(|row| row.0).collect::<Vec<_>>(),
                    "side" => self.departments.iter().map(|row| row.1).collect::<Vec<_>>(),
                    "dept_key" => self.departments.iter().map(|row| row.2).collect::<Vec<_>>(),
                ]?,
            ),
            (
                "problem_setting",
                df![
                    "check_id" => self.settings.iter().map(|row| row.0).collect::<Vec<_>>(),
                    "care_setting" => self.settings.iter().map(|row| row.1).collect::<Vec<_>>(),
                ]?,
            ),
        ]))
    }

    fn check_frame(&self) -> PolarsResult<DataFrame> {
        let texts = |of: fn(&CheckRow) -> Option<&str>| self.checks.iter().map(of).collect::<Vec<_>>();
        let numbers = |of: fn(&Check) -> Option<u32>| {
            self.checks
                .iter()
                .map(|row| of(&row.check).map(|value| i32::try_from(value).unwrap_or(i32::MAX)))
                .collect::<Vec<_>>()
        };
        let flags = |of: fn(&CheckRow) -> bool| self.checks.iter().map(|row| i32::from(of(row))).collect::<Vec<_>>();
        df![
            "check_id" => (0..self.checks.len()).map(number).collect::<Vec<_>>(),
            "problem" => texts(|row| Some(&row.problem)),
            "shape" => texts(|row| Some(row.check.shape.as_str())),
            "grade" => texts(|row| Some(row.check.grade.as_str())),
            "indicator" => texts(|row| row.check.indicator.map(|word| word.as_str())),
            "kind" => texts(|row| row.check.kind.map(|word| word.as_str())),
            "time_window" => texts(|row| row.check.window.map(|word| word.as_str())),
            "window_minutes" => numbers(|check| check.hours.map(|hours| hours * HOUR)),
            "per" => texts(|row| row.check.per.map(|word| word.as_str())),
            "period_days" => numbers(|check| check.days),
            "limit_e4" => self.checks.iter().map(|row| row.check.limit.map(|limit| (limit * QUANTITY).round() as i64)).collect::<Vec<_>>(),
            "each_item" => flags(|row| row.check.each),
            "share_pct" => numbers(|check| check.share_pct),
            "place" => texts(|row| place(&row.check).map(Place::as_str)),
            "time_from" => texts(|row| row.check.time_from.map(|word| word.as_str())),
            "unit_minutes" => numbers(|check| (check.shape == Shape::HoursWithin).then(|| check.unit_minutes.unwrap_or(HOUR))),
            "base_minutes" => numbers(|check| check.base_minutes),
            "b_unit_minutes" => numbers(|check| {
                (check.time_from == Some(TimeFrom::Items)).then(|| check.b_unit_minutes.unwrap_or(DAY))
            }),
            "sex" => texts(|row| row.check.sex.map(Sex::code)),
            "by_b" => flags(|row| !row.check.b.is_empty()),
            "by_setting" => flags(|row| !row.settings.is_empty()),
            "by_department" => flags(|row| !row.check.departments.is_empty()),
            "by_b_department" => flags(|row| !row.check.b_departments.is_empty()),
            "by_dx_in" => flags(|row| !row.check.dx_in.is_empty()),
            "by_dx_not_in" => flags(|row| !row.check.dx_not_in.is_empty()),
            "first_day" => self.checks.iter().map(|row| row.first_day).collect::<Vec<_>>(),
            "last_day" => self.checks.iter().map(|row| row.last_day).collect::<Vec<_>>(),
        ]
    }
}

/// What has to have the departments of a check of places.
fn place(check: &Check) -> Option<Place> {
    (check.shape == Shape::Place).then(|| check.place.unwrap_or(Place::Institution))
}

/// Nobody writes 2³¹ checks.
fn number(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::casestore::schema::{Layout, TABLES};
    use crate::casestore::source::{FrameTables, polars_type};

    #[test]
    fn every_table_has_the_columns_of_its_definition() {
        let problems = Problems::load(None).expect("embedded lists");
        let resolved = Resolved::of(&problems, &FrameTables::default()).expect("an empty store");
        let mut tables = 0;
        for table in TABLES.iter().filter(|table| table.layout == Layout::Problem) {
            let frame = resolved.table(&table.name).unwrap_or_else(|| panic!("{} is missing", table.name));
            let found: Vec<_> =
                frame.columns().iter().map(|column| (column.name().to_string(), column.dtype().clone())).collect();
            let wanted: Vec<_> =
                table.columns.iter().map(|column| (column.name.clone(), polars_type(column.kind))).collect();
            assert_eq!(found, wanted, "{}", table.name);
            tables += 1;
        }
        assert_eq!(tables, resolved.tables.len());
    }

    #[test]
    fn a_group_holds_the_items_of_the_store() {
        let item = df![
            "item_key" => [1_i64, 2, 3, 4],
            "item_code" => ["003205000010000", "LOCAL9", "XA01", "L8"],
            "item_name" => [Some("冠状动脉造影术"), Some("肝素"), None, None],
            "item_kind" => ["service", "western", "western", "service"],
        ];
        let pair = df!["item_key" => [2_i64, 4], "medins_list_name" => ["冠脉造影", "冠脉造影"]];
        let source = FrameTables([("item".to_owned(), item.unwrap()), ("item_pair".to_owned(), pair.unwrap())].into());
        let mut groups = Groups::default();
        let spec = toml::from_str(
            "[item.angiography]\nzh = '造影'\nen = 'angiography'\ncodes = ['003205']\nnames = ['冠脉造影']\n",
        )
        .unwrap();
        groups.add("groups.toml", spec).unwrap();
        let resolved = Resolved::of(&Problems { lists: Vec::new(), groups }, &source).unwrap();
        // 2 is called so by a hospital that bills heparin for it: that is no coronary angiography of the insurance's.
        assert_eq!(resolved.items("angiography"), [1, 4]);
        assert_eq!(resolved.table("item_group").unwrap().height(), 2);
    }
}
