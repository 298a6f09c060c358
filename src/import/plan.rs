//! A layout applied to one file's header: everything that can be decided before the first row is read.

use std::collections::HashMap;
use std::sync::Arc;

use super::cell;
use super::decisions::Decisions;
use super::dictionary::{Dictionary, Meaning};
use super::facts::{self, Facts, Shape};
use super::layout::{Expr, Family, Layout, Layouts, RowSpec, columns_of, header_name, no_dictionary};
use super::reject::Reason;
use super::staged::{STAGED, StagedType};
use crate::lang::{Lang, Text};

/// Where the text of a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the block of records.
    Block,
    /// Among the pieces that had to be rewritten: unquoted, folded, joined.
    Arena,
    /// Among the plan's constants.
    Constants,
}

/// A typed value; text is a reference, so that values can be copied about freely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Empty or unusable.
    Null,
    /// Any number.
    Int(i64),
    /// A date: day, and minute or [`cell::NO_MINUTE`].
    When(i64, i64),
    /// A stretch of text.
    Text {
        /// Where it stands.
        place: Place,
        /// First byte.
        start: usize,
        /// Length in bytes.
        len: usize,
    },
}

/// How a source cell is read. One cell may be read in several ways, each once per row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As a typed value.
    Typed(StagedType),
    /// As a date with time.
    When,
}

impl Reading {
    const fn of(kind: StagedType) -> Self {
        match kind {
            StagedType::Day | StagedType::Minute => Self::When,
            kind => Self::Typed(kind),
        }
    }
}

/// A source cell and how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// Position among the plan's columns.
    pub column: usize,
    /// How.
    pub reading: Reading,
    /// The first reading of its column, by which the column's cells are counted.
    pub counted: bool,
}

impl Slot {
    /// Whether `other` reads the same cell in the same way.
    fn reads_as(&self, other: &Self) -> bool {
        self.column == other.column && self.reading == other.reading
    }
}

/// A dictionary with its values typed for one staged column.
#[derive(Debug)]
pub struct Typed {
    dictionary: Dictionary,
    values: HashMap<String, Value>,
    /// What an empty cell becomes.
    pub empty: Value,
}

impl Typed {
    /// The value of a normalised word; [`Reason::UnknownCode`] where the dictionary should know it.
    ///
    /// # Errors
    /// The word is unknown.
    pub fn look_up(&self, word: &str) -> Result<Looked, Reason> {
        match self.dictionary.look_up(word) {
            Meaning::Value(value) => Ok(Looked::Value(self.values.get(value).copied().unwrap_or(Value::Null))),
            Meaning::Kept(word) => Ok(Looked::Kept(word)),
            Meaning::Nothing => Ok(Looked::Value(Value::Null)),
            Meaning::Unknown => Err(Reason::UnknownCode),
        }
    }
}

/// What a typed dictionary gives.
#[derive(Debug)]
pub enum Looked {
    /// A typed value.
    Value(Value),
    /// The word itself.
    Kept(String),
}

/// An expression with names resolved.
#[derive(Debug)]
pub enum Step {
    /// Always this.
    Fixed(Value),
    /// A slot, by number.
    Slot(usize),
    /// The first that is not null.
    First(Vec<Step>),
    /// Joined texts.
    Join(Vec<Step>, String),
    /// A dictionary.
    Map {
        /// Slot or further step that gives the word.
        from: Box<Step>,
        /// The dictionary.
        typed: Typed,
        /// Column to name when the word is unknown.
        column: Option<usize>,
    },
    /// A key; the row's content is a further part where the column is among [`RowPlan::from_content`].
    Key {
        /// The namespace's prefix.
        prefix: &'static str,
        /// Parts.
        parts: Vec<Step>,
        /// Missing parts count as empty text.
        gaps: bool,
    },
    /// The day of a date slot, as text.
    DayText(usize),
    /// A sum.
    Sum(Vec<Step>),
    /// The position in a split list, counted from this.
    Position(i64),
}

/// When a source row yields a staged row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// With every source row.
    Always,
    /// When this slot is filled.
    Filled(usize),
    /// The file lacks the column that would have to be filled.
    Never,
}

/// One row in one staged table.
#[derive(Debug)]
pub struct RowPlan {
    /// Position of the table in [`STAGED`].
    pub table: usize,
    /// Whether a source row yields this one.
    pub when: Condition,
    /// The list that fans the row out: what joins its parts, and the columns split.
    pub split: Option<(String, Vec<usize>)>,
    /// Slots that are read from the parts of the list: (number, position among the split columns).
    pub part_slots: Vec<(usize, usize)>,
    /// One step per column of the table.
    pub steps: Vec<Step>,
    /// Columns that must not be null, each with the source columns it is made from.
    pub required: Vec<(usize, Vec<usize>)>,
    /// Columns made from the row's content.
    pub from_content: Vec<usize>,
}

/// Everything known about a file before its rows.
#[derive(Debug)]
pub struct Plan {
    /// The layout's name.
    pub layout: String,
    /// Further tables that the file holds in the same rows.
    pub beside: Vec<String>,
    /// The side it comes from.
    pub family: Family,
    /// Number of columns at the end of the header that have no name, as a trailing delimiter leaves them.
    pub nameless: usize,
    /// For each column of the header, its position among [`Plan::columns`].
    pub wanted: Vec<Option<usize>>,
    /// Headers of the columns in use.
    pub columns: Vec<Arc<str>>,
    /// For each of these columns the staged columns made from it, as `table.column`.
    pub feeds: Vec<Vec<String>>,
    /// Every reading of every cell, those of list parts last.
    pub slots: Vec<Slot>,
    /// How many slots are read from the row itself.
    pub row_slots: usize,
    /// What a row yields.
    pub rows: Vec<RowPlan>,
    /// Text of constants.
    pub constants: String,
    /// Required columns by the standard's name, with their place among [`Plan::columns`] if the file has them.
    pub required: Vec<(String, Option<usize>)>,
    /// Columns of the layout that the file lacks.
    pub missing: Vec<String>,
    /// Columns of the file that nobody reads.
    pub ignored: Vec<String>,
    /// The layout's words for "nothing".
    pub null_words: Vec<String>,
    /// Words for "nobody".
    pub placeholders: Vec<String>,
    /// Columns that stand twice in the header: the one read, and the place in the block of its other copy.
    pub doubled: Vec<(usize, usize)>,
    /// The columns that number persons and that tell them apart.
    pub person: Option<(usize, usize)>,
    /// What else is known about each of the columns in use.
    pub facts: Vec<Facts>,
    /// What the splitter must know to put a torn row together.
    pub shape: Shape,
    /// Fee lines are numbered by nothing: the content is their identity.
    pub unnumbered: bool,
}

struct Compiler<'a> {
    layout: &'a Layout,
    layouts: &'a Layouts,
    header: Vec<String>,
    names: &'a [String],
    plan: Plan,
    /// Columns split in the row at hand, and the slots of their parts.
    split: Vec<usize>,
    part_slots: Vec<(usize, usize)>,
    parts: Vec<Slot>,
}

/// Applies a layout to the columns of a file.
///
/// # Errors
/// In words, when a constant or a dictionary value does not fit the staged column it is meant for.
pub fn compile(layout: &Layout, layouts: &Layouts, names: &[String]) -> Result<Plan, Text> {
    let header: Vec<String> = names.iter().map(|name| header_name(name)).collect();
    let plan = Plan {
        layout: layout.name.clone(),
        null_words: layout.null_words.clone(),
        placeholders: layouts.placeholders.clone(),
        ..bare(layout.family, names)
    };
    let mut compiler =
        Compiler { layout, layouts, header, names, plan, split: Vec::new(), part_slots: Vec::new(), parts: Vec::new() };
    let mut rows = Vec::new();
    for row in &layout.rows {
        rows.push(compiler.row(row)?);
    }
    for name in &layout.required {
        let column = compiler.column(name);
        compiler.plan.required.push((name.clone(), column));
    }
    let used = layout.used_columns();
    let optional = |name: &str| layout.optional.iter().any(|optional| optional == name);
    let lacks = |name: &&str| !optional(name) && layout.find(name, &compiler.header).is_none();
    let missing: Vec<String> = used.into_iter().filter(lacks).map(str::to_owned).collect();
    let mut plan = compiler.plan;
    plan.missing = missing;
    let unread =
        names.iter().zip(&plan.wanted).filter(|(name, wanted)| wanted.is_none() && !cell::trim(name).is_empty());
    plan.ignored = unread.map(|(name, _)| cell::trim(name).to_owned()).collect();
    // Slots of list parts were numbered as they came; they follow the row's own.
    plan.row_slots = plan.slots.len();
    for row in &mut rows {
        for (slot, _) in &mut row.part_slots {
            *slot += plan.row_slots;
        }
        row.steps.iter_mut().for_each(|step| renumber(step, plan.row_slots));
        if let Condition::Filled(slot) = &mut row.when {
            *slot = renumbered(*slot, plan.row_slots);
        }
    }
    plan.slots.extend(compiler.parts);
    plan.rows = rows;
    double(&mut plan, names);
    Ok(plan)
}

/// Notes the columns that stand in the header more than once, as joins leave them: `mdtrt_id`, `mdtrt_id.1`, `b.mdtrt_id`.
fn double(plan: &mut Plan, names: &[String]) {
    let copies: Vec<String> = names.iter().map(|name| copied_name(name)).collect();
    let mut place = plan.columns.len();
    for first in 0..names.len() {
        let Some(column) = plan.wanted[first].filter(|column| *column < plan.columns.len()) else { continue };
        for other in 0..names.len() {
            if other != first
                && plan.wanted[other].is_none()
                && !copies[other].is_empty()
                && copies[other] == copies[first]
            {
                plan.wanted[other] = Some(place);
                plan.doubled.push((column, place));
                place += 1;
            }
        }
    }
}

/// The name of a column without the number that tools add to a name that is there already.
fn copied_name(name: &str) -> String {
    let name = name.trim();
    let number = |tail: &str| !tail.is_empty() && tail.len() < 3 && tail.bytes().all(|byte| byte.is_ascii_digit());
    match name.rsplit_once(['.', ':']) {
        Some((plain, tail)) if number(tail) => header_name(plain),
        _ => header_name(name),
    }
}

/// The columns of a header without the `_x` and `_y` that a merge adds to a name of both sides.
pub fn unmerged(names: Vec<String>) -> Vec<String> {
    let suffixed = |suffix: &str| -> Vec<String> {
        names.iter().filter_map(|name| name.strip_suffix(suffix)).map(str::to_owned).collect()
    };
    let (left, right) = (suffixed("_x"), suffixed("_y"));
    let merged: Vec<String> = left.into_iter().filter(|name| right.contains(name) && !names.contains(name)).collect();
    let plain = |name: &String| {
        let plain = name.strip_suffix("_x").or_else(|| name.strip_suffix("_y"));
        plain.filter(|plain| merged.iter().any(|merged| merged == plain)).map(str::to_owned)
    };
    names.iter().map(|name| plain(name).unwrap_or_else(|| name.clone())).collect()
}

/// Marks a slot of a list part until the number of the row's own slots is known.
const PART: usize = 1 << 32;

const fn renumbered(slot: usize, row_slots: usize) -> usize {
    if slot >= PART { slot - PART + row_slots } else { slot }
}

fn renumber(step: &mut Step, row_slots: usize) {
    match step {
        Step::Slot(slot) | Step::DayText(slot) => *slot = renumbered(*slot, row_slots),
        Step::First(parts) | Step::Join(parts, _) | Step::Sum(parts) | Step::Key { parts, .. } => {
            parts.iter_mut().for_each(|part| renumber(part, row_slots));
        }
        Step::Map { from, .. } => renumber(from, row_slots),
        Step::Fixed(_) | Step::Position(_) => {}
    }
}

impl Compiler<'_> {
    /// Position among the plan's columns of the export column called `name` in the layout.
    fn column(&mut self, name: &str) -> Option<usize> {
        let at = self.layout.find(name, &self.header)?;
        if let Some(known) = self.plan.wanted[at] {
            return Some(known);
        }
        self.plan.columns.push(Arc::from(cell::trim(&self.names[at])));
        self.plan.feeds.push(Vec::new());
        self.plan.wanted[at] = Some(self.plan.columns.len() - 1);
        self.plan.wanted[at]
    }

    fn slot(&mut self, name: &str, reading: Reading) -> Option<usize> {
        let column = self.column(name)?;
        let read = |slots: &[Slot]| slots.iter().any(|known| known.column == column && known.reading != reading);
        let slot = Slot { column, reading, counted: !read(&self.plan.slots) && !read(&self.parts) };
        if let Some(part) = self.split.iter().position(|column| *column == slot.column) {
            if let Some((number, _)) = self.part_slots.iter().find(|(number, _)| self.parts[*number].reads_as(&slot)) {
                return Some(PART + number);
            }
            self.parts.push(slot);
            self.part_slots.push((self.parts.len() - 1, part));
            return Some(PART + self.parts.len() - 1);
        }
        if let Some(number) = self.plan.slots.iter().position(|known| known.reads_as(&slot)) {
            return Some(number);
        }
        self.plan.slots.push(slot);
        Some(self.plan.slots.len() - 1)
    }

    fn row(&mut self, spec: &RowSpec) -> Result<RowPlan, Text> {
        self.part_slots.clear();
        self.split.clear();
        let split = match &spec.split {
            Some(split) => {
                let columns: Vec<Option<usize>> = split.columns.iter().map(|name| self.column(name)).collect();
                self.split = columns.into_iter().flatten().collect();
                Some((split.by.clone(), self.split.clone()))
            }
            None => None,
        };
        let table = &STAGED[spec.table];
        let mut steps: Vec<Step> = table.columns.iter().map(|_| Step::Fixed(Value::Null)).collect();
        let mut from_content = Vec::new();
        let mut unnumbered = None;
        let mut sources: HashMap<usize, Vec<usize>> = HashMap::new();
        for (position, expr) in &spec.set {
            let column = &table.columns[*position];
            let counted = table.position("no_line_no").is_some();
            let numberless = self.numberless(expr, &column.name).filter(|_| counted);
            let expr = numberless.as_ref().unwrap_or(expr);
            if numberless.is_some()
                && let Some(flag) = table.position("no_line_no")
            {
                self.plan.unnumbered = true;
                unnumbered = Some(flag);
            }
            steps[*position] = self
                .step(expr, column.kind)
                .map_err(|why| why.at(&format!("layout {}: {}.{}", self.layout.name, table.name, column.name)))?;
            if matches!(expr, Expr::Key { content: true, .. }) {
                from_content.push(*position);
            }
            let mut names = Vec::new();
            columns_of(expr, &mut names);
            let made_from: Vec<usize> = names.into_iter().filter_map(|name| self.column(name)).collect();
            let staged = format!("{}.{}", table.name, column.name);
            for source in &made_from {
                let feeds = &mut self.plan.feeds[*source];
                if !feeds.contains(&staged) {
                    feeds.push(staged.clone());
                }
            }
            sources.insert(*position, made_from);
        }
        if let Some(flag) = unnumbered {
            steps[flag] = Step::Fixed(Value::Int(1));
        }
        let required = table.required.iter().filter_map(|name| table.position(name));
        let required = required.map(|at| (at, sources.remove(&at).unwrap_or_default())).collect();
        let when = match &spec.when {
            Some(name) => self.slot(name, Reading::Typed(StagedType::Id)).map_or(Condition::Never, Condition::Filled),
            None => Condition::Always,
        };
        let part_slots = std::mem::take(&mut self.part_slots);
        Ok(RowPlan { table: spec.table, when, split, part_slots, steps, required, from_content })
    }

    /// The key of a fee line whose number the file does not have: the rest of it, and the line's content.
    fn numberless(&self, expr: &Expr, column: &str) -> Option<Expr> {
        let Expr::Key { namespace, parts, gaps: false, content: false } = expr else { return None };
        let lacks = |part: &Expr| matches!(part, Expr::Column(name) if self.layout.find(name, &self.header).is_none());
        if column != "fee_key" || !parts.iter().any(lacks) || parts.iter().all(lacks) {
            return None;
        }
        let parts = parts.iter().filter(|part| !lacks(part)).cloned().collect();
        Some(Expr::Key { namespace: *namespace, parts, gaps: false, content: true })
    }

    fn step(&mut self, expr: &Expr, kind: StagedType) -> Result<Step, Text> {
        Ok(match expr {
            Expr::Column(name) => match self.slot(name, Reading::of(kind)) {
                Some(slot) => Step::Slot(slot),
                None => Step::Fixed(Value::Null),
            },
            Expr::Const(text) => Step::Fixed(self.fixed(text, kind)?),
            Expr::First(parts) => Step::First(self.steps(parts, kind)?),
            Expr::Join(parts, by) => Step::Join(self.steps(parts, StagedType::Text)?, by.clone()),
            Expr::Sum(parts) => Step::Sum(self.steps(parts, kind)?),
            Expr::Position(start) => Step::Position(*start),
            Expr::Day(name) => match self.slot(name, Reading::When) {
                Some(slot) => Step::DayText(slot),
                None => Step::Fixed(Value::Null),
            },
            Expr::Key { namespace, parts, gaps, .. } => {
                Step::Key { prefix: namespace.prefix(), parts: self.steps(parts, StagedType::Id)?, gaps: *gaps }
            }
            Expr::Map(from, name) => {
                let dictionary = self.layouts.dictionary(name).ok_or_else(|| no_dictionary(name))?;
                let typed = self.typed(dictionary, kind)?;
                let mut names = Vec::new();
                columns_of(from, &mut names);
                let column = names.first().and_then(|name| self.column(name));
                Step::Map { from: Box::new(self.step(from, StagedType::Code)?), typed, column }
            }
        })
    }

    fn steps(&mut self, parts: &[Expr], kind: StagedType) -> Result<Vec<Step>, Text> {
        parts.iter().map(|part| self.step(part, kind)).collect()
    }

    fn typed(&mut self, dictionary: &Dictionary, kind: StagedType) -> Result<Typed, Text> {
        let text = matches!(kind, StagedType::Id | StagedType::Code | StagedType::Name | StagedType::Text);
        if dictionary.keeps() && !text {
            return Err(Text::new(
                "保留生词的词典（keep）不能用于数字列",
                "a dictionary that keeps unknown words cannot give a number",
            ));
        }
        let mut values = HashMap::new();
        let mut words: Vec<&str> = dictionary.values().collect();
        words.sort_unstable();
        for word in words {
            values.insert(word.to_owned(), self.fixed(word, kind)?);
        }
        let empty = match dictionary.empty() {
            Some(word) => self.fixed(word, kind)?,
            None => Value::Null,
        };
        Ok(Typed { dictionary: dictionary.clone(), values, empty })
    }

    /// A constant as the column's type.
    fn fixed(&mut self, text: &str, kind: StagedType) -> Result<Value, Text> {
        let unfit = |reason: Reason| Text::new(reason.text(Lang::Zh), reason.text(Lang::En)).at(&format!("\"{text}\""));
        Ok(match kind {
            StagedType::Key => return Err(Text::new("键不能是固定值", "a key cannot be a constant")),
            StagedType::Id | StagedType::Code | StagedType::Name | StagedType::Text => {
                let start = self.plan.constants.len();
                self.plan.constants.push_str(text);
                Value::Text { place: Place::Constants, start, len: text.len() }
            }
            StagedType::Money => Value::Int(cell::money(text).map_err(unfit)?),
            StagedType::E4 => Value::Int(cell::number(text, 4).map_err(unfit)?),
            StagedType::E6 => Value::Int(cell::number(text, 6).map_err(unfit)?),
            StagedType::Int => Value::Int(cell::int(text).map_err(unfit)?),
            StagedType::Age => Value::Int(cell::age(text).map_err(unfit)?),
            StagedType::Day | StagedType::Minute => {
                let (day, minute) = cell::when(text).map_err(unfit)?;
                Value::When(day, minute)
            }
        })
    }
}

/// Picks the layout of a file and applies it. `asked` names the table to read of a file that holds several, the finest if it is left open.
///
/// # Errors
/// See [`Layouts`] and [`compile`].
pub fn plan_for(
    layouts: &Layouts,
    names: &[String],
    file_name: &str,
    asked: Option<&str>,
    decisions: &Decisions,
    title_power: i32,
) -> Result<Plan, PlanError> {
    if layouts.listing {
        return Ok(listing(names));
    }
    let held = super::identify::tables(layouts, names, file_name).map_err(PlanError::Unknown)?;
    let at = held.iter().position(|held| Some(held.layout.name.as_str()) == asked).unwrap_or(0);
    let layout = held[at].layout;
    let mut names = names.to_vec();
    for &foreign in &held[at].foreign {
        names[foreign].clear();
    }
    // A column of line numbers that numbers nothing is as good as none.
    let header: Vec<String> = names.iter().map(|name| header_name(name)).collect();
    for at in decisions.numberless(&layout.name).filter_map(|column| layout.find(column, &header)) {
        names[at].clear();
    }
    let names = names.as_slice();
    let mut plan = compile(layout, layouts, names).map_err(PlanError::Layout)?;
    facts::gather(&mut plan, layout, names, decisions, title_power);
    plan.beside = held.iter().map(|held| held.layout.name.clone()).filter(|name| *name != plan.layout).collect();
    Ok(plan)
}

/// Every column of a file as it stands, for somebody who looks at what is in it; nothing is made of the rows.
fn listing(names: &[String]) -> Plan {
    Plan {
        wanted: (0..names.len()).map(Some).collect(),
        columns: names.iter().map(|name| Arc::from(cell::trim(name))).collect(),
        feeds: vec![Vec::new(); names.len()],
        facts: vec![Facts::default(); names.len()],
        ..bare(Family::Other, names)
    }
}

/// A plan that reads nothing of a file with these columns yet.
fn bare(family: Family, names: &[String]) -> Plan {
    Plan {
        layout: String::new(),
        beside: Vec::new(),
        family,
        nameless: names.iter().rev().take_while(|name| header_name(name).is_empty()).count(),
        wanted: vec![None; names.len()],
        columns: Vec::new(),
        feeds: Vec::new(),
        slots: Vec::new(),
        row_slots: 0,
        rows: Vec::new(),
        constants: String::new(),
        required: Vec::new(),
        missing: Vec::new(),
        ignored: Vec::new(),
        null_words: Vec::new(),
        placeholders: Vec::new(),
        doubled: Vec::new(),
        person: None,
        facts: Vec::new(),
        shape: Shape::default(),
        unnumbered: false,
    }
}

/// Why there is no plan for a file.
#[derive(Debug)]
pub enum PlanError {
    /// No layout fits its header.
    Unknown(super::identify::Unknown),
    /// The layout cannot be applied.
    Layout(Text),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_known_by_its_own_header_and_by_its_chinese_one() {
        let layouts = Layouts::built_in().expect("layouts");
        for layout in &layouts.built_in {
            let own: Vec<String> = layout.used_columns().into_iter().map(str::to_owned).collect();
            let chinese =
                own.iter().map(|name| layout.columns.get(name).and_then(|names| names.last()).unwrap_or(name));
            for header in
                [own.clone(), own.iter().map(|name| name.to_lowercase()).collect(), chinese.cloned().collect()]
            {
                let plan = plan_for(&layouts, &header, "", None, &Decisions::default(), 0).expect("a plan");
                assert_eq!((&plan.layout, plan.beside.len()), (&layout.name, 0), "{header:?}");
                assert_eq!((plan.missing, plan.ignored), (Vec::new(), Vec::new()), "{}", layout.name);
            }
        }
    }
}
