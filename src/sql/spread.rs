//! Statements that give the same rows bucket by bucket as over all buckets at once.
//!
//! A table split by person can be larger than memory. A statement that only filters and computes its rows, or groups them by something that
//! belongs to one person, need not see it whole: its rows over each bucket, one after the other, are its rows.

use std::ops::ControlFlow;

use sqlparser::ast::{
    self, Expr, GroupByExpr, Ident, JoinOperator, LimitClause, Query, Select, SetExpr, TableFactor, Value, Visit,
    Visitor,
};

use super::statement::Statement;

/// Columns whose rows are in one bucket for each of their values.
const OF_ONE_PERSON: [&str; 3] = ["psn_key", "visit_key", "fee_key"];

/// Functions of one row. What is not among them is taken for an aggregate.
const OF_ONE_ROW: [&str; 9] = ["ABS", "COALESCE", "CONCAT", "GREATEST", "LEAST", "LENGTH", "LOWER", "NULLIF", "UPPER"];

/// How a statement can be spread over buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// Rows that are enough; all without a number.
    pub limit: Option<usize>,
}

/// How `statement` can be spread, if it can. `is_split` tells which tables are split by person; every other one is whole in each bucket.
pub fn spread(statement: &Statement, is_split: impl Fn(&str) -> bool) -> Option<Spread> {
    let ast::Statement::Query(query) = statement.tree() else { return None };
    let Query { with: None, order_by: None, fetch: None, .. } = &**query else { return None };
    let SetExpr::Select(select) = &*query.body else { return None };
    let limit = match &query.limit_clause {
        None => None,
        Some(LimitClause::LimitOffset { limit: Some(limit), offset: None, limit_by }) if limit_by.is_empty() => {
            Some(whole_number(limit)?)
        }
        Some(_) => return None,
    };
    let plain = select.distinct.is_none() && select.top.is_none() && select.qualify.is_none();
    let [from] = select.from.as_slice() else { return None };
    let base = Table::of(&from.relation)?;
    let beside = from.joins.iter().all(|join| {
        let keeps_left = matches!(
            join.join_operator,
            JoinOperator::Join(_)
                | JoinOperator::Inner(_)
                | JoinOperator::Left(_)
                | JoinOperator::LeftOuter(_)
                | JoinOperator::Semi(_)
                | JoinOperator::LeftSemi(_)
                | JoinOperator::Anti(_)
                | JoinOperator::LeftAnti(_)
        );
        keeps_left && Table::of(&join.relation).is_some_and(|table| !is_split(&table.name))
    });
    let grouped = groups_by_person(select, &base, from.joins.is_empty());
    let of_rows = grouped || (groups_nothing(select) && select.having.is_none());
    // A limit on groups is no limit on rows read; leave it to the engine.
    let spreads = plain && beside && of_rows && is_split(&base.name) && !(grouped && limit.is_some());
    (spreads && Parts { grouped }.allow(select)).then_some(Spread { limit })
}

/// A table that a statement reads by its name.
struct Table {
    name: String,
    /// What columns are qualified with.
    called: String,
}

impl Table {
    fn of(factor: &TableFactor) -> Option<Self> {
        let TableFactor::Table { name, alias, args: None, sample: None, .. } = factor else { return None };
        let [part] = name.0.as_slice() else { return None };
        let name = part.as_ident()?.value.clone();
        let called = alias.as_ref().map_or_else(|| name.clone(), |alias| alias.name.value.clone());
        Some(Self { name, called })
    }
}

fn whole_number(expression: &Expr) -> Option<usize> {
    match expression {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

fn groups_nothing(select: &Select) -> bool {
    matches!(&select.group_by, GroupByExpr::Expressions(keys, modifiers) if keys.is_empty() && modifiers.is_empty())
}

/// Whether one of the keys is the base table's own and belongs to one person.
fn groups_by_person(select: &Select, base: &Table, alone: bool) -> bool {
    let GroupByExpr::Expressions(keys, modifiers) = &select.group_by else { return false };
    let is_key = |name: &Ident| OF_ONE_PERSON.contains(&name.value.as_str());
    modifiers.is_empty()
        && keys.iter().any(|key| match key {
            Expr::Identifier(name) => alone && is_key(name),
            Expr::CompoundIdentifier(parts) => {
                matches!(parts.as_slice(), [table, name] if table.value == base.called && is_key(name))
            }
            _ => false,
        })
}

/// Looks for what would need other rows.
struct Parts {
    /// Aggregates are those of groups that are whole in a bucket.
    grouped: bool,
}

impl Parts {
    fn allow(mut self, select: &Select) -> bool {
        Visit::visit(select, &mut self).is_continue()
    }
}

impl Visitor for Parts {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        ControlFlow::Break(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        match expression {
            Expr::Function(call) if call.over.is_some() => ControlFlow::Break(()),
            Expr::Function(call) if !self.grouped => {
                let name = call.name.to_string().to_uppercase();
                if OF_ONE_ROW.contains(&name.as_str()) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spreads(sql: &str) -> Option<Spread> {
        spread(&Statement::parse(sql).unwrap(), |table| matches!(table, "fee" | "visit"))
    }

    #[test]
    fn rows_that_need_no_other_rows_are_spread() {
        for sql in [
            "SELECT * FROM fee",
            "SELECT f.fee_key, COALESCE(f.cnt_e4, 0) AS cnt FROM fee AS f WHERE f.gross_fen > 0",
            "SELECT f.fee_key FROM fee AS f JOIN item AS i ON f.item_key = i.item_key WHERE i.item_kind = 'drug'",
            "SELECT f.fee_key FROM fee AS f ANTI JOIN seen AS s ON f.fee_key = s.fee_key",
            "SELECT psn_key, fee_day, SUM(gross_fen) AS gross_fen FROM fee GROUP BY psn_key, fee_day HAVING COUNT(*) > 1",
            "SELECT f.visit_key, i.item_kind, COUNT(*) AS n FROM fee AS f JOIN item AS i ON f.item_key = i.item_key
             GROUP BY f.visit_key, i.item_kind",
        ] {
            assert_eq!(spreads(sql), Some(Spread { limit: None }), "{sql}");
        }
        assert_eq!(spreads("SELECT * FROM visit LIMIT 5"), Some(Spread { limit: Some(5) }));
    }

    #[test]
    fn rows_that_need_others_are_not() {
        for sql in [
            "SELECT * FROM item",
            "SELECT COUNT(*) AS n FROM fee",
            "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM fee",
            "SELECT inst_key, SUM(gross_fen) AS n FROM fee GROUP BY inst_key",
            "SELECT DISTINCT inst_key FROM fee",
            "SELECT fee_key, ROW_NUMBER() OVER (PARTITION BY psn_key ORDER BY fee_key) AS n FROM fee",
            "SELECT * FROM fee ORDER BY fee_day LIMIT 5",
            "SELECT * FROM fee LIMIT 5 OFFSET 5",
            "SELECT f.fee_key FROM fee AS f JOIN visit AS v ON f.inst_key = v.inst_key",
            "SELECT f.fee_key FROM item AS i JOIN fee AS f ON f.item_key = i.item_key",
            "SELECT f.fee_key FROM fee AS f RIGHT JOIN item AS i ON f.item_key = i.item_key",
            "SELECT p.psn_key, COUNT(*) AS n FROM fee AS f JOIN person AS p ON f.tel = p.tel GROUP BY p.psn_key",
            "SELECT fee_key FROM fee WHERE gross_fen > (SELECT MAX(gross_fen) FROM fee)",
            "SELECT fee_key FROM fee UNION ALL SELECT visit_key FROM visit",
            "WITH a AS (SELECT * FROM fee) SELECT * FROM a",
            "SELECT psn_key, COUNT(*) AS n FROM fee GROUP BY psn_key LIMIT 5",
        ] {
            assert_eq!(spreads(sql), None, "{sql}");
        }
    }
}
