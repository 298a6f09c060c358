//! What a plan knows about each column of a file beyond its type: its name in the layout, its role, the unit that its header names, and what
//! the values of all files decided about it.

use super::decisions::{Decided, Decisions};
use super::layout::{Expr, Layout, header_name};
use super::plan::{Plan, Reading};
use super::staged::{STAGED, StagedType};

/// Roles whose codes end in a zero behind a point by themselves: diseases and operations.
const WITH_TAILS: [&str; 4] = ["dx_code", "main_dx", "oprn_code", "otp_diag_info"];

/// What is known about one column of a plan.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The layout's name of the column.
    pub name: String,
    /// It numbers persons.
    pub person: bool,
    /// It numbers the fee lines of a visit.
    pub line_number: bool,
    /// It holds numbers of identity cards.
    pub identity_card: bool,
    /// The `.0` of a float may be taken off its codes.
    pub tails: bool,
    /// Power of ten that its amounts are multiplied by: 4 where the header says 万元.
    pub power: i32,
    /// What was decided about it.
    pub decided: Decided,
}

/// What the splitter may expect in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Anything.
    Any,
    /// A number, or nothing.
    Number,
    /// A date, or nothing.
    Date,
}

/// What the splitter must know to put a torn row together.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// For each column of the header.
    pub expects: Vec<Expect>,
    /// Columns of the header that no row lacks: those of its key and those by which the layout is told.
    pub needed: Vec<usize>,
}

/// Units of money in headers and titles, with their power of ten.
const UNITS: [(&str, i32); 5] = [("万元", 4), ("千元", 3), ("百元", 2), ("角", -1), ("分", -2)];

/// The power of ten of a unit in brackets or behind a dash: `金额（万元）`, `单位：万元`.
pub fn unit_power(text: &str) -> Option<i32> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (_, unit) = text.rsplit_once(['(', '（', '：', ':', '/', '_', '[', '【'])?;
    let unit = unit.trim_end_matches([')', '）', ']', '】']);
    UNITS.iter().find(|(name, _)| unit == *name).map(|(_, power)| *power)
}

/// Gathers what is known about the columns of `plan`, which was made from a header of these names.
pub fn gather(plan: &mut Plan, layout: &Layout, names: &[String], decisions: &Decisions, title_power: i32) {
    let header: Vec<String> = names.iter().map(|name| header_name(name)).collect();
    let mut facts = vec![Facts { tails: true, power: title_power, ..Facts::default() }; plan.columns.len()];
    let mut births = vec![false; plan.columns.len()];
    let column_of = |name: &str| {
        layout.find(name, &header).and_then(|at| plan.wanted[at]).filter(|column| *column < plan.columns.len())
    };
    for name in layout.used_columns() {
        if let Some(column) = column_of(name)
            && facts[column].name.is_empty()
        {
            facts[column].name = name.to_owned();
        }
    }
    for row in &layout.rows {
        let table = &STAGED[row.table];
        for (position, expr) in &row.set {
            let (Expr::Column(name), staged) = (expr, table.columns[*position].name.as_str()) else { continue };
            let Some(column) = column_of(name) else { continue };
            facts[column].person |= staged == "psn_no";
            facts[column].identity_card |= staged == "certno";
            facts[column].tails &= !WITH_TAILS.contains(&staged);
            births[column] |= staged == "brdy_day";
        }
    }
    for row in &layout.rows {
        let table = &STAGED[row.table];
        let key_of = |name: &str| {
            row.set.iter().find(|(position, _)| table.columns[*position].name == name).map(|(_, expr)| expr)
        };
        if let (Some(Expr::Key { parts, content: false, .. }), Some(_)) =
            (key_of("fee_key"), table.position("no_line_no"))
        {
            for part in parts.iter().skip(1) {
                if let Expr::Column(name) = part
                    && let Some(column) = column_of(name)
                {
                    facts[column].line_number = true;
                }
            }
        }
    }
    // A hospital's persons are known by their cards where they have no number.
    for (column, name) in plan.columns.iter().enumerate() {
        facts[column].identity_card |= matches!(header_name(name).as_str(), "id_card" | "身份证号" | "certno");
    }
    for (at, name) in names.iter().enumerate() {
        if let Some(column) = plan.wanted[at].filter(|column| *column < facts.len())
            && let Some(power) = unit_power(name)
        {
            facts[column].power = power;
        }
    }
    for (facts, birth) in facts.iter_mut().zip(births) {
        facts.decided = Decided { birth, ..decisions.about(&layout.name, &facts.name, facts.person) };
    }
    // Columns without which the layout's first row has no key; one of several that may do is not needed.
    let mut keyed: Vec<String> = Vec::new();
    for (row, (position, expr)) in layout.rows.iter().take(1).flat_map(|row| row.set.iter().map(move |set| (row, set)))
    {
        let table = &STAGED[row.table];
        let parts = match expr {
            Expr::Key { parts, gaps: false, .. } => parts.as_slice(),
            expr => std::slice::from_ref(expr),
        };
        if table.required.contains(&table.columns[*position].name) {
            keyed.extend(parts.iter().filter_map(|part| match part {
                Expr::Column(name) => Some(name.clone()),
                _ => None,
            }));
        }
    }
    plan.shape = Shape { expects: vec![Expect::Any; names.len()], needed: Vec::new() };
    for (at, wanted) in plan.wanted.iter().enumerate() {
        let readings = |column: usize| plan.slots[..plan.row_slots].iter().filter(move |slot| slot.column == column);
        let Some(column) = *wanted else { continue };
        for slot in readings(column) {
            match slot.reading {
                Reading::When => plan.shape.expects[at] = Expect::Date,
                Reading::Typed(StagedType::Money | StagedType::E4 | StagedType::E6 | StagedType::Int) => {
                    plan.shape.expects[at] = Expect::Number;
                }
                Reading::Typed(_) => {}
            }
        }
        if layout.identify.iter().chain(&keyed).any(|name| layout.find(name, &header) == Some(at)) {
            plan.shape.needed.push(at);
        }
    }
    let card = facts.iter().position(|facts| facts.identity_card && !facts.person);
    let person = facts.iter().position(|facts| facts.person);
    plan.person = person.zip(card);
    plan.facts = facts;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_headers_and_titles() {
        for (text, power) in [
            ("医疗费总额（万元）", Some(4)),
            ("金额(元)", None),
            ("单位：万元", Some(4)),
            ("amount", None),
            ("总额_千元", Some(3)),
            ("金额（分）", Some(-2)),
            ("部分", None),
        ] {
            assert_eq!(unit_power(text), power, "{text}");
        }
    }
}
