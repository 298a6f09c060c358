//! From a block of records to typed batches: the inner loop of the import.
//!
//! A block is typed by itself, so that blocks can be typed on several threads; the result depends on nothing but the block.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Builder, Int64Builder, RecordBatch, StringBuilder};
use arrow::error::ArrowError;
use xxhash_rust::xxh3::xxh3_64;

use super::cell::{self, Id, NO_MINUTE};
use super::dates::{self, Spelled};
use super::decisions::{Lost, Reads};
use super::decode::REPLACEMENT;
use super::evidence::{self, ColumnEvidence, Persons};
use super::heading;
use super::mending::{self, Kind, Mend};
use super::plan::{Condition, Looked, Place, Plan, Reading, RowPlan, Slot, Step, Value};
use super::records::Block;
use super::reject::{Reason, Reject, excerpt};
use super::staged::{STAGED, StagedType};
use crate::casestore::key;
use crate::casestore::store::{ColumnAccount, Example, TextLines};
use crate::privacy;

/// As a byte.
const KEY_SEPARATOR: u8 = key::SEPARATOR as u8;

/// What a block yields.
#[derive(Debug)]
pub struct TypedBlock {
    /// Batches with the position of their table in [`STAGED`], one per table that got rows.
    pub batches: Vec<(usize, RecordBatch)>,
    /// In the order of the rows.
    pub rejects: Vec<Reject>,
    /// Rows of the block, broken ones included.
    pub rows_in: u64,
    /// Rows that yielded nothing.
    pub rows_rejected: u64,
    /// Cells that could not be used.
    pub cells_rejected: u64,
    /// What became of the cells of each of the plan's columns.
    pub columns: Vec<ColumnAccount>,
    /// For each of the plan's columns, identifiers that were masked.
    pub masked: Vec<u64>,
    /// For each of the plan's columns, identifiers that were placeholders.
    pub placeholders: Vec<u64>,
    /// For each of the plan's required columns, cells that were filled.
    pub filled: Vec<u64>,
    /// What the cells of each of the plan's columns say about it.
    pub evidence: Vec<ColumnEvidence>,
    /// Rounded person numbers and who has them.
    pub persons: Persons,
    /// Some of all person numbers and who has them.
    pub people: Persons,
    /// Lines that are no rows.
    pub lines: TextLines,
    /// The first row in which both copies of a doubled column hold something, and not the same: the column and the line.
    pub contradiction: Option<(usize, u64)>,
}

/// Types a block.
///
/// # Errors
/// Arrow refuses a batch, which means that a required column got past the checks.
pub fn type_block(plan: &Plan, block: &Block, file_id: i32) -> Result<TypedBlock, ArrowError> {
    let mut typer = Typer {
        plan,
        block,
        file_id,
        cells: vec![Value::Null; plan.slots.len()],
        arena: String::new(),
        bytes: Vec::new(),
        builders: plan.rows.iter().map(|row| Builders::new(row.table)).collect(),
        line: 0,
        row_start: 0,
        values: Vec::new(),
        out: TypedBlock {
            batches: Vec::new(),
            rejects: Vec::new(),
            rows_in: (block.rows() + block.broken.len()) as u64,
            rows_rejected: block.broken.len() as u64,
            cells_rejected: 0,
            columns: vec![ColumnAccount::default(); plan.columns.len()],
            masked: vec![0; plan.columns.len()],
            placeholders: vec![0; plan.columns.len()],
            filled: vec![0; plan.required.len()],
            evidence: vec![ColumnEvidence::default(); plan.columns.len()],
            persons: Persons::default(),
            people: Persons::default(),
            lines: block.told,
            contradiction: None,
        },
    };
    let whole_row: Arc<str> = Arc::from("");
    let mut broken = block.broken.iter().peekable();
    for row in 0..=block.rows() {
        let line = block.lines.get(row).copied().unwrap_or(u64::MAX);
        while let Some(record) = broken.next_if(|record| record.line < line) {
            typer.out.rejects.push(Reject {
                file_id,
                line: record.line,
                column: whole_row.clone(),
                value: record.text.clone(),
                reason: record.reason,
                row_dropped: true,
            });
        }
        if row < block.rows() {
            if typer.is_total(row) {
                typer.out.lines.totals += 1;
                typer.out.rows_in -= 1;
            } else {
                typer.row(row, &whole_row);
            }
        }
    }
    // Several rows of a layout may fill one table: its batches follow one another.
    for (row, builders) in plan.rows.iter().zip(typer.builders) {
        if builders.rows() > 0 {
            typer.out.batches.push((row.table, builders.finish()?));
        }
    }
    Ok(typer.out)
}

struct Typer<'a> {
    plan: &'a Plan,
    block: &'a Block,
    file_id: i32,
    /// Values of the slots in the row at hand.
    cells: Vec<Value>,
    /// Text made for the row at hand.
    arena: String,
    /// What is hashed.
    bytes: Vec<u8>,
    builders: Vec<Builders>,
    line: u64,
    /// Number of rejects before the row at hand.
    row_start: usize,
    /// Values of the staged row at hand.
    values: Vec<Value>,
    out: TypedBlock,
}

impl<'a> Typer<'a> {
    /// Whether a row that begins with a word for a total is one: what would be its key is empty, or that word.
    fn is_total(&self, row: usize) -> bool {
        let (plan, block) = (self.plan, self.block);
        if block.totals.binary_search(&row).is_err() {
            return false;
        }
        let keys = plan.rows.iter().flat_map(|row| row.required.iter().flat_map(|(_, columns)| columns));
        let mut keys = keys.map(|column| cell::trim(block.cell(row, *column)));
        keys.all(|text| {
            cell::is_null(text, &plan.null_words) || heading::is_total_word(text) || cell::is_placeholder(text, &[])
        })
    }

    /// The text of a column: of a doubled one, of the copy that holds something.
    fn text_of(&mut self, row: usize, column: usize) -> &'a str {
        let (plan, block) = (self.plan, self.block);
        let mut text = block.cell(row, column);
        for (doubled, place) in &plan.doubled {
            let copy = block.cell(row, *place);
            if *doubled != column || cell::is_null(cell::trim(copy), &plan.null_words) {
                continue;
            }
            if cell::is_null(cell::trim(text), &plan.null_words) {
                text = copy;
            } else if cell::code(cell::trim(text)) != cell::code(cell::trim(copy)) {
                self.out.contradiction.get_or_insert((column, block.lines[row]));
            }
        }
        text
    }

    /// Notes who has a person number, by what tells persons apart: the day of birth of the card, else the card as it is.
    fn note_person(&mut self, row: usize) {
        let (plan, block) = (self.plan, self.block);
        let Some((number, who)) = plan.person else { return };
        let number = cell::trim(block.cell(row, number));
        let who = cell::trim(block.cell(row, who));
        let birth = who.get(6..14).filter(|birth| who.len() == 18 && birth.bytes().all(|byte| byte.is_ascii_digit()));
        if let Some(birth) = birth
            && !number.is_empty()
        {
            self.out.people.note(number, birth);
        }
        let rounded = number.len() > 15 && number.ends_with('0') && evidence::looks_rounded(number);
        if rounded && !cell::is_null(who, &plan.null_words) && !who.contains('*') {
            self.out.persons.note(number, birth.unwrap_or(who));
        }
    }

    fn row(&mut self, row: usize, whole_row: &Arc<str>) {
        let (plan, block) = (self.plan, self.block);
        self.arena.clear();
        self.line = block.lines[row];
        self.row_start = self.out.rejects.len();
        for (filled, (_, column)) in self.out.filled.iter_mut().zip(&plan.required) {
            let is_filled = |column: usize| !cell::is_null(cell::trim(block.cell(row, column)), &plan.null_words);
            *filled += u64::from(column.is_some_and(is_filled));
        }
        for (number, slot) in plan.slots[..plan.row_slots].iter().enumerate() {
            let text =
                if plan.doubled.is_empty() { block.cell(row, slot.column) } else { self.text_of(row, slot.column) };
            self.cells[number] = self.read(text, *slot);
        }
        self.note_person(row);
        let mut staged = false;
        let mut failed: Option<&'a [usize]> = None;
        for (number, spec) in plan.rows.iter().enumerate() {
            let Some((by, columns)) = &spec.split else {
                if self.holds(spec.when) {
                    self.stage(number, spec, 0, &mut staged, &mut failed);
                }
                continue;
            };
            let Some(first) = columns.first() else { continue };
            let count = block.cell(row, *first).split(by.as_str()).count();
            for position in 0..count {
                for (slot, part) in &spec.part_slots {
                    let list = block.cell(row, columns[*part]);
                    // A list of another length says nothing about this one.
                    let same = list.split(by.as_str()).count() == count;
                    let text = if same { list.split(by.as_str()).nth(position).unwrap_or("") } else { "" };
                    self.cells[*slot] = self.read(text, plan.slots[*slot]);
                }
                if self.holds(spec.when) {
                    self.stage(number, spec, position, &mut staged, &mut failed);
                }
            }
        }
        if let Some(columns) = failed {
            self.missing_key(row, columns, !staged, whole_row);
        } else if !staged {
            let reject = self.reject(whole_row.clone(), "", Reason::NothingUsable, true);
            self.out.rejects.push(reject);
        }
        self.out.rows_rejected += u64::from(!staged);
    }

    fn holds(&self, condition: Condition) -> bool {
        match condition {
            Condition::Always => true,
            Condition::Filled(slot) => self.cells[slot] != Value::Null,
            Condition::Never => false,
        }
    }

    fn reject(&self, column: Arc<str>, value: &str, reason: Reason, row_dropped: bool) -> Reject {
        Reject { file_id: self.file_id, line: self.line, column, value: excerpt(value), reason, row_dropped }
    }

    /// Notes an unusable cell, once per row however often it is read.
    fn reject_cell(&mut self, column: usize, value: &str, reason: Reason) {
        let name = &self.plan.columns[column];
        if self.out.rejects[self.row_start..].iter().any(|reject| Arc::ptr_eq(&reject.column, name)) {
            return;
        }
        let reject = self.reject(name.clone(), value, reason, false);
        self.out.rejects.push(reject);
        self.out.cells_rejected += 1;
        let line = self.line;
        let account = &mut self.out.columns[column];
        *account.unusable.entry(reason.id().to_owned()).or_default() += 1;
        account.example.get_or_insert_with(|| Example { line, shape: privacy::shape(&excerpt(value)) });
    }

    /// Notes that a key made from `columns` is missing: on the reject of one of its cells if there is one.
    fn missing_key(&mut self, row: usize, columns: &[usize], dropped: bool, whole_row: &Arc<str>) {
        let names = || columns.iter().map(|column| &self.plan.columns[*column]);
        let known = self.out.rejects[self.row_start..]
            .iter()
            .position(|reject| names().any(|name| Arc::ptr_eq(name, &reject.column)));
        if let Some(known) = known {
            self.out.rejects[self.row_start + known].row_dropped = dropped;
            return;
        }
        let unusable = |column: &&usize| {
            let text = cell::trim(self.block.cell(row, **column));
            let usable = matches!(cell::id(text, &self.plan.placeholders), Ok(Id::Usable(_)));
            !usable || cell::is_null(text, &self.plan.null_words)
        };
        let (name, value) = match columns.iter().find(unusable).or(columns.first()) {
            Some(column) => (self.plan.columns[*column].clone(), self.block.cell(row, *column)),
            None => (whole_row.clone(), ""),
        };
        let reject = self.reject(name, value, Reason::MissingKey, dropped);
        self.out.rejects.push(reject);
    }

    /// The value of a source cell.
    fn read(&mut self, raw: &'a str, slot: Slot) -> Value {
        let text = cell::trim(raw);
        if cell::is_null(text, &self.plan.null_words) {
            return Value::Null;
        }
        self.out.columns[slot.column].filled += u64::from(slot.counted);
        if raw.len() != text.len() && slot.reading == Reading::Typed(StagedType::Id) && cell::is_wrapped(raw) {
            self.mended(slot, Some(Mend::Blank));
        }
        let result = if self.block.damaged && text.contains(REPLACEMENT) {
            Err(Reason::Encoding)
        } else {
            self.read_as(text, slot)
        };
        result.unwrap_or_else(|reason| {
            // A word for "nothing" where a date or a number belongs is an empty cell.
            if matches!(reason, Reason::NotDate | Reason::NotNumber)
                && cell::is_placeholder(&cell::code(text), &self.plan.placeholders)
            {
                self.out.placeholders[slot.column] += 1;
                return Value::Null;
            }
            self.reject_cell(slot.column, raw, reason);
            Value::Null
        })
    }

    fn read_as(&mut self, text: &'a str, slot: Slot) -> Result<Value, Reason> {
        let kind = match slot.reading {
            Reading::When => return self.read_date(text, slot),
            Reading::Typed(kind) => kind,
        };
        Ok(match kind {
            StagedType::Id => return self.read_id(text, slot),
            StagedType::Code if mending::may_need_mending(text) => {
                if mending::is_spreadsheet_error(text) {
                    return Err(Reason::SpreadsheetError);
                }
                let (plain, mend) = mending::code(text, false);
                self.mended(slot, mend);
                self.keep(text, &cell::code(&plain))
            }
            StagedType::Code => self.keep(text, &cell::code(text)),
            StagedType::Name if cell::is_placeholder(text, &self.plan.placeholders) => Value::Null,
            StagedType::Name if mending::is_spreadsheet_error(text) => return Err(Reason::SpreadsheetError),
            StagedType::Name if text.starts_with('\'') => self.keep(text, text.trim_start_matches('\'')),
            StagedType::Name | StagedType::Text => self.keep(text, text),
            StagedType::Money => return self.read_number(text, slot, Kind::Money, cell::money),
            StagedType::E4 => return self.read_number(text, slot, Kind::Quantity, |text| cell::number(text, 4)),
            StagedType::E6 => return self.read_number(text, slot, Kind::Money, |text| cell::number(text, 6)),
            StagedType::Int => return self.read_number(text, slot, Kind::Quantity, cell::int),
            StagedType::Age => Value::Int(cell::age(text)?),
            // Dates are read by `Reading::When`, keys are never read.
            StagedType::Day | StagedType::Minute | StagedType::Key => Value::Null,
        })
    }

    /// Counts a cell from which something was taken off.
    fn mended(&mut self, slot: Slot, mend: Option<Mend>) {
        let Some(mend) = mend else { return };
        let counts = &mut self.out.columns[slot.column].mended;
        match counts.get_mut(mend.id()) {
            Some(count) => *count += 1,
            None => {
                counts.insert(mend.id().to_owned(), 1);
            }
        }
    }

    fn read_id(&mut self, text: &'a str, slot: Slot) -> Result<Value, Reason> {
        let facts = &self.plan.facts[slot.column];
        let mut code = Cow::Borrowed(text);
        if mending::may_need_mending(text) {
            if mending::is_spreadsheet_error(text) {
                return Err(Reason::SpreadsheetError);
            }
            let (plain, mend) = mending::code(text, facts.tails);
            self.mended(slot, mend);
            code = plain;
        }
        if facts.identity_card
            && let Some(plain) = mending::identity_card(&code)
        {
            self.mended(slot, Some(Mend::Separators));
            code = Cow::Owned(plain);
        }
        if facts.decided.lost == Some(Lost::Shared) {
            return Err(Reason::SharedNumber);
        }
        if code.len() > 15 && code.bytes().all(|byte| byte.is_ascii_digit()) {
            let lost = match facts.decided.lost {
                Some(Lost::Rounded) => evidence::looks_rounded(&code),
                Some(Lost::Float) => evidence::looks_rounded(&code) || evidence::float_step(&code).is_some(),
                Some(Lost::Shared) | None => false,
            };
            self.out.evidence[slot.column].long.note(&code);
            if lost {
                return Err(Reason::DigitsLost);
            }
        }
        Ok(match cell::id(&code, &self.plan.placeholders)? {
            Id::Usable(normal) => {
                if facts.line_number {
                    self.out.evidence[slot.column].note_number(&normal);
                }
                if facts.identity_card && code.ends_with('x') {
                    self.mended(slot, Some(Mend::CheckLetter));
                } else if !code.is_ascii() && normal.is_ascii() {
                    self.mended(slot, Some(Mend::FullWidth));
                }
                self.keep(text, &normal)
            }
            Id::Masked => {
                self.out.masked[slot.column] += 1;
                Value::Null
            }
            Id::Placeholder => {
                self.out.placeholders[slot.column] += 1;
                Value::Null
            }
        })
    }

    fn read_date(&mut self, text: &'a str, slot: Slot) -> Result<Value, Reason> {
        match cell::when(text) {
            Ok((day, minute)) => {
                let value = dates::or_nothing(day, minute);
                if value != Value::Null {
                    self.out.evidence[slot.column].note_plain_date(day);
                    if self.plan.facts[slot.column].decided.swapped {
                        return Err(Reason::MixedDateOrder);
                    }
                }
                return Ok(value);
            }
            // `240301081005` and the like have no plausible year at a glance.
            Err(Reason::NotDate) => {}
            // The first day that .NET knows.
            Err(Reason::DateRange) if text.starts_with("0001-01-01") || text.starts_with("0001/1/1") => {
                return Ok(Value::Null);
            }
            Err(reason) => return Err(reason),
        }
        if dates::is_nothing(text) {
            return Ok(Value::Null);
        }
        let decided = &self.plan.facts[slot.column].decided;
        match dates::spelled(text, decided)? {
            Spelled::At(day, minute) => Ok(dates::or_nothing(day, minute)),
            Spelled::Greenwich(day, second, moved) => {
                self.out.evidence[slot.column].note_greenwich(second);
                match dates::at(day, moved) {
                    Spelled::At(day, minute) => Ok(Value::When(day, minute)),
                    _ => Err(Reason::NotDate),
                }
            }
            Spelled::Ordered(style, set) => {
                let line = self.line;
                let orders = self.out.evidence[slot.column].orders.entry(style).or_default();
                orders.by_set[set] += 1;
                orders.example.get_or_insert_with(|| Example { line, shape: privacy::shape(&excerpt(text)) });
                match decided.orders.get(&style) {
                    // Left for the second reading.
                    None => Ok(Value::Null),
                    Some(Reads::Mixed | Reads::As(_)) => Err(Reason::MixedDateOrder),
                }
            }
        }
    }

    fn read_number(
        &mut self,
        text: &'a str,
        slot: Slot,
        kind: Kind,
        exact: impl Fn(&str) -> Result<i64, Reason>,
    ) -> Result<Value, Reason> {
        let facts = &self.plan.facts[slot.column];
        let power = if kind == Kind::Money { facts.power } else { 0 };
        let comma = facts.decided.comma && text.contains(',');
        if power == 0 && !comma {
            match exact(text) {
                Err(Reason::NotNumber) => {}
                result => return result.map(Value::Int),
            }
        }
        if mending::has_decimal_comma(text) {
            self.out.evidence[slot.column].commas += 1;
        }
        let scaled = |text: &str, power: i32| if power == 0 { exact(text) } else { exact(&format!("{text}E{power}")) };
        if !comma && let Ok(number) = scaled(text, power) {
            return Ok(Value::Int(number));
        }
        let Some(plain) = mending::number(text, kind, comma)? else { return Ok(Value::Null) };
        // An amount that says 万 itself is not multiplied twice.
        let number = scaled(&plain.text, if plain.power == 0 { power } else { plain.power })?;
        self.mended(slot, Some(plain.mend));
        Ok(Value::Int(number))
    }

    /// A reference to `normal`: into the block where it is unchanged text of it, else to a copy.
    fn keep(&mut self, text: &str, normal: &str) -> Value {
        let base = self.block.text.as_ptr().addr();
        let start = text.as_ptr().addr().wrapping_sub(base);
        if normal.as_ptr() == text.as_ptr() && start < self.block.text.len() {
            return Value::Text { place: Place::Block, start, len: normal.len() };
        }
        self.store(normal)
    }

    fn store(&mut self, text: &str) -> Value {
        let start = self.arena.len();
        self.arena.push_str(text);
        Value::Text { place: Place::Arena, start, len: text.len() }
    }

    fn text(&self, place: Place, start: usize, len: usize) -> &str {
        self.texts().get(place, start, len)
    }

    fn texts(&self) -> Texts<'_> {
        Texts { block: &self.block.text, arena: &self.arena, constants: &self.plan.constants }
    }

    /// Makes one row of a staged table.
    fn stage(
        &mut self,
        number: usize,
        spec: &'a RowPlan,
        position: usize,
        staged: &mut bool,
        failed: &mut Option<&'a [usize]>,
    ) {
        let mut values = std::mem::take(&mut self.values);
        values.clear();
        for (column, step) in spec.steps.iter().enumerate() {
            let made_later = spec.from_content.contains(&column);
            values.push(if made_later { Value::Null } else { self.step(step, position, None) });
        }
        let hash = self.row_hash(spec, &values);
        for column in &spec.from_content {
            values[*column] = self.step(&spec.steps[*column], position, Some(hash));
        }
        match spec.required.iter().find(|(column, _)| values[*column] == Value::Null) {
            Some((_, columns)) => *failed = failed.or(Some(columns)),
            None => {
                *staged = true;
                self.append(number, spec, &values, hash);
            }
        }
        self.values = values;
    }

    fn step(&mut self, step: &'a Step, position: usize, content: Option<i64>) -> Value {
        match step {
            Step::Fixed(value) => *value,
            Step::Slot(slot) => self.cells[*slot],
            Step::Position(start) => Value::Int(start + position as i64),
            Step::First(steps) => steps
                .iter()
                .map(|step| self.step(step, position, content))
                .find(|value| *value != Value::Null)
                .unwrap_or(Value::Null),
            Step::Sum(steps) => {
                steps.iter().fold(Value::Null, |sum, step| match (sum, self.step(step, position, content)) {
                    (Value::Int(sum), Value::Int(next)) => Value::Int(sum.saturating_add(next)),
                    (Value::Null, Value::Int(next)) => Value::Int(next),
                    (sum, _) => sum,
                })
            }
            Step::Join(steps, by) => {
                let parts: Vec<Value> = steps.iter().map(|step| self.step(step, position, content)).collect();
                let mut joined = String::new();
                for part in parts {
                    if let Value::Text { place, start, len } = part {
                        if !joined.is_empty() {
                            joined.push_str(by);
                        }
                        joined.push_str(self.text(place, start, len));
                    }
                }
                if joined.is_empty() { Value::Null } else { self.store(&joined) }
            }
            Step::DayText(slot) => match self.cells[*slot] {
                Value::When(day, _) => self.store(&day.to_string()),
                _ => Value::Null,
            },
            Step::Map { from, typed, column } => {
                let word = match self.step(from, position, content) {
                    Value::Int(number) => self.store(&number.to_string()),
                    word => word,
                };
                let Value::Text { place, start, len } = word else { return typed.empty };
                match typed.look_up(self.text(place, start, len)) {
                    Ok(Looked::Value(value)) => value,
                    Ok(Looked::Kept(word)) => self.store(&word),
                    Err(reason) => {
                        let word = self.text(place, start, len).to_owned();
                        if let Some(column) = column {
                            self.reject_cell(*column, &word, reason);
                        }
                        Value::Null
                    }
                }
            }
            Step::Key { prefix, parts, gaps } => self.key(prefix, parts, *gaps, position, content),
        }
    }

    /// The hash that [`crate::casestore::key::key`] gives, without its allocations.
    fn key(&mut self, prefix: &str, parts: &'a [Step], gaps: bool, position: usize, content: Option<i64>) -> Value {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        bytes.extend_from_slice(prefix.as_bytes());
        let (mut first, mut others) = (false, parts.len() < 2);
        let mut complete = true;
        for (number, part) in parts.iter().enumerate() {
            bytes.push(KEY_SEPARATOR);
            match self.step(part, position, content) {
                Value::Text { place, start, len } => {
                    bytes.extend_from_slice(cell::code(self.text(place, start, len)).as_bytes());
                    first |= number == 0;
                    others |= number > 0;
                }
                _ => complete = false,
            }
        }
        if let Some(hash) = content {
            bytes.push(KEY_SEPARATOR);
            bytes.extend_from_slice(format!("{hash:016X}").as_bytes());
        }
        let usable = complete || (gaps && first && others);
        let value = if usable { Value::Int(xxh3_64(&bytes).cast_signed()) } else { Value::Null };
        self.bytes = bytes;
        value
    }

    /// The hash of the row's typed content; columns made from it are left out.
    fn row_hash(&mut self, spec: &RowPlan, values: &[Value]) -> i64 {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        for (column, value) in STAGED[spec.table].columns.iter().zip(values) {
            match (*value, stored(*value, column.kind)) {
                (Value::Text { place, start, len }, _) => {
                    bytes.push(2);
                    bytes.extend_from_slice(self.text(place, start, len).as_bytes());
                }
                (_, Some(number)) => {
                    bytes.push(1);
                    bytes.extend_from_slice(&number.to_le_bytes());
                }
                (_, None) => bytes.push(0),
            }
            bytes.push(KEY_SEPARATOR);
        }
        let hash = xxh3_64(&bytes).cast_signed();
        self.bytes = bytes;
        hash
    }

    fn append(&mut self, number: usize, spec: &RowPlan, values: &[Value], hash: i64) {
        let texts = Texts { block: &self.block.text, arena: &self.arena, constants: &self.plan.constants };
        let builders = &mut self.builders[number];
        let columns = &STAGED[spec.table].columns;
        for ((builder, value), column) in builders.columns.iter_mut().zip(values).zip(columns) {
            match builder {
                Builder::Text(builder) => match *value {
                    Value::Text { place, start, len } => builder.append_value(texts.get(place, start, len)),
                    _ => builder.append_null(),
                },
                Builder::Long(builder) => builder.append_option(stored(*value, column.kind)),
                // Days, ages and flags are checked to fit when they are read.
                Builder::Int(builder) => {
                    builder.append_option(stored(*value, column.kind).and_then(|number| i32::try_from(number).ok()));
                }
            }
        }
        builders.hash.append_value(hash);
        builders.file_id.append_value(self.file_id);
        builders.line.append_value(self.line.cast_signed());
    }
}

/// The texts that values point into.
struct Texts<'a> {
    block: &'a str,
    arena: &'a str,
    constants: &'a str,
}

impl<'a> Texts<'a> {
    fn get(&self, place: Place, start: usize, len: usize) -> &'a str {
        let text = match place {
            Place::Block => self.block,
            Place::Arena => self.arena,
            Place::Constants => self.constants,
        };
        &text[start..start + len]
    }
}

/// The number that a column of this type stores for a value.
const fn stored(value: Value, kind: StagedType) -> Option<i64> {
    match (value, kind) {
        (Value::When(_, NO_MINUTE), StagedType::Minute) => None,
        (Value::When(_, minute), StagedType::Minute) => Some(minute),
        (Value::When(day, _), _) => Some(day),
        (Value::Int(number), _) => Some(number),
        _ => None,
    }
}

enum Builder {
    Long(Int64Builder),
    Int(Int32Builder),
    Text(StringBuilder),
}

struct Builders {
    table: usize,
    columns: Vec<Builder>,
    hash: Int64Builder,
    file_id: Int32Builder,
    line: Int64Builder,
}

impl Builders {
    fn new(table: usize) -> Self {
        let columns = STAGED[table].columns.iter().map(|column| match column.kind {
            StagedType::Key | StagedType::Money | StagedType::E4 | StagedType::E6 | StagedType::Minute => {
                Builder::Long(Int64Builder::new())
            }
            StagedType::Day | StagedType::Int | StagedType::Age => Builder::Int(Int32Builder::new()),
            StagedType::Id | StagedType::Code | StagedType::Name | StagedType::Text => {
                Builder::Text(StringBuilder::new())
            }
        });
        Self {
            table,
            columns: columns.collect(),
            hash: Int64Builder::new(),
            file_id: Int32Builder::new(),
            line: Int64Builder::new(),
        }
    }

    fn rows(&self) -> usize {
        use arrow::array::ArrayBuilder;
        self.line.len()
    }

    fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len() + 3);
        for builder in &mut self.columns {
            arrays.push(match builder {
                Builder::Long(builder) => Arc::new(builder.finish()),
                Builder::Int(builder) => Arc::new(builder.finish()),
                Builder::Text(builder) => Arc::new(builder.finish()),
            });
        }
        arrays.push(Arc::new(self.hash.finish()));
        arrays.push(Arc::new(self.file_id.finish()));
        arrays.push(Arc::new(self.line.finish()));
        RecordBatch::try_new(STAGED[self.table].arrow(), arrays)
    }
}
