//! Cuts a statement into the parts that are computed one after the other.
//!
//! Polars puts the plan of a CTE in at every place that reads it. Where CTEs that are read twice build on each other the plan doubles
//! with each, and thirty of them never finish. So a CTE that is read more than once is computed once and kept as a table.

use std::collections::HashSet;

use sqlparser::ast::helpers::attached_token::AttachedToken;
use sqlparser::ast::{self, Cte, Query, With};

use super::dialect;
use super::reads::{Names, Reads};
use super::statement::{Statement, SyntaxError};

/// One part of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The CTE that its rows are; `None` for the result.
    pub name: Option<String>,
    /// A statement of its own in the dialect of Polars: it reads tables and the CTEs of earlier steps, and holds what further CTEs it
    /// needs.
    pub sql: String,
    /// The tables it reads, earlier steps aside.
    pub reads: Reads,
}

/// Which CTEs become steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Those read more than once.
    Shared,
    /// All, so that the rows of each can be counted.
    All,
}

/// The parts of `statement` for Polars in order, the result last. `columns_of` gives the columns of a table, if there is one of that name.
///
/// # Errors
/// As [`dialect::polars`].
pub fn steps<'s>(
    statement: &Statement,
    cut: Cut,
    columns_of: impl Fn(&str) -> Option<Vec<&'s str>>,
) -> Result<Vec<Step>, SyntaxError> {
    let statement = dialect::polars(statement)?;
    let parts = match statement.tree() {
        ast::Statement::Query(query) => parts(query, cut),
        _ => None,
    };
    let Some(parts) = parts else {
        let reads = Reads::of(&statement, columns_of);
        return Ok(vec![Step { name: None, sql: statement.text().to_owned(), reads }]);
    };
    let mut steps: Vec<Step> = Vec::new();
    for (name, query) in parts {
        let part = Statement::of_tree(ast::Statement::Query(Box::new(query)))?;
        let is_step = |name: &str| steps.iter().any(|step| step.name.as_deref() == Some(name));
        let reads = Reads::of(&part, &columns_of).without(is_step);
        steps.push(Step { name, sql: part.text().to_owned(), reads });
    }
    Ok(steps)
}

/// The parts of a query, if it has CTEs that can be taken out of it.
fn parts(query: &Query, cut: Cut) -> Option<Vec<(Option<String>, Query)>> {
    let with = query.with.as_ref().filter(|with| !with.recursive && with.cte_tables.iter().all(stands_alone))?;
    let list = &with.cte_tables;
    let result = Query { with: None, ..query.clone() };
    let reads: Vec<Vec<usize>> = list.iter().map(|cte| read_in(&cte.query, list)).collect();
    let result_reads = read_in(&result, list);
    let uses = |cte: usize| {
        let readers = reads.iter().chain([&result_reads]);
        readers.flatten().filter(|read| **read == cte).count()
    };
    let kept: HashSet<usize> = (0..list.len()).filter(|cte| cut == Cut::All || uses(*cte) > 1).collect();
    let with_needed = |mut body: Query, direct: &[usize]| {
        let needed = inlined(direct, &reads, &kept);
        if !needed.is_empty() {
            let cte_tables = needed.into_iter().map(|at| list[at].clone()).collect();
            body.with = Some(With { with_token: AttachedToken::empty(), recursive: false, cte_tables });
        }
        body
    };
    let named = (0..list.len()).filter(|at| kept.contains(at)).map(|at| {
        let name = list[at].alias.name.value.clone();
        (Some(name), with_needed((*list[at].query).clone(), &reads[at]))
    });
    let mut parts: Vec<_> = named.collect();
    parts.push((None, with_needed(result, &result_reads)));
    Some(parts)
}

/// Whether the rows of a CTE are those of its query, which has no CTEs of its own.
fn stands_alone(cte: &Cte) -> bool {
    cte.alias.columns.is_empty() && cte.query.with.is_none()
}

/// The CTEs that a query reads, once for each time.
fn read_in(query: &Query, list: &[Cte]) -> Vec<usize> {
    let tables = Names::of(query).tables.into_iter();
    tables.filter_map(|(name, _)| list.iter().position(|cte| cte.alias.name.value == name)).collect()
}

/// The CTEs that have to stand before a body that reads `direct`, because they are no steps: these, what they read, and so on.
fn inlined(direct: &[usize], reads: &[Vec<usize>], kept: &HashSet<usize>) -> Vec<usize> {
    let mut waiting: Vec<usize> = direct.to_vec();
    let mut needed = HashSet::new();
    while let Some(cte) = waiting.pop() {
        if !kept.contains(&cte) && needed.insert(cte) {
            waiting.extend(&reads[cte]);
        }
    }
    let mut needed: Vec<usize> = needed.into_iter().collect();
    needed.sort_unstable();
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "WITH a AS (SELECT x FROM t), -- read by b only
        b AS (SELECT x FROM a JOIN u ON a.x = u.x),
        c AS (SELECT x FROM b),
        d AS (SELECT x FROM b SEMI JOIN c ON b.x = c.x)
        SELECT d.x, 'FROM b' AS y FROM d JOIN t ON d.x = t.x";

    fn cut(sql: &str, cut: Cut) -> Vec<Step> {
        steps(&Statement::parse(sql).unwrap(), cut, |_| Some(vec!["x"])).unwrap()
    }

    fn names(parts: &[Step]) -> Vec<Option<&str>> {
        parts.iter().map(|step| step.name.as_deref()).collect()
    }

    fn tables(step: &Step) -> Vec<&str> {
        step.reads.iter().map(|read| read.table.as_str()).collect()
    }

    #[test]
    fn what_is_read_twice_is_a_step_and_takes_what_it_needs_with_it() {
        let parts = cut(SQL, Cut::Shared);
        assert_eq!(names(&parts), [Some("b"), None]);
        assert_eq!(parts[0].sql, "WITH a AS (SELECT x FROM t) SELECT x FROM a JOIN u ON a.x = u.x");
        assert_eq!(tables(&parts[0]), ["t", "u"]);
        assert_eq!(
            parts[1].sql,
            "WITH c AS (SELECT x FROM b), d AS (SELECT x FROM b SEMI JOIN c ON b.x = c.x) \
             SELECT d.x, 'FROM b' AS y FROM d JOIN t ON d.x = t.x"
        );
        assert_eq!(tables(&parts[1]), ["t"]);
    }

    #[test]
    fn every_cte_is_a_step_where_rows_are_counted() {
        let parts = cut(SQL, Cut::All);
        assert_eq!(names(&parts), [Some("a"), Some("b"), Some("c"), Some("d"), None]);
        assert!(parts.iter().all(|step| step.sql.starts_with("SELECT")));
    }

    #[test]
    fn a_statement_without_ctes_is_one_part() {
        let parts = cut("SELECT 1 AS x FROM t", Cut::Shared);
        assert_eq!(names(&parts), [None]);
        assert_eq!(parts[0].sql, "SELECT 1 AS x FROM t");
    }

    #[test]
    fn a_cte_is_read_after_a_comma_in_a_subquery_and_in_a_union() {
        for sql in [
            "WITH a AS (SELECT x FROM t) SELECT p.x FROM a AS p, a AS q WHERE p.x = q.x",
            "WITH a AS (SELECT x FROM t) SELECT x FROM a WHERE x IN (SELECT x FROM a)",
            "WITH a AS (SELECT x FROM t) (SELECT x FROM a) UNION ALL (SELECT x FROM (SELECT x FROM a) AS d)",
        ] {
            assert_eq!(names(&cut(sql, Cut::Shared)), [Some("a"), None], "{sql}");
        }
    }

    #[test]
    fn a_cte_of_its_own_name_inside_is_another_one() {
        let sql = "WITH a AS (SELECT x FROM t) SELECT x FROM a UNION ALL SELECT x FROM (WITH a AS (SELECT x FROM u) SELECT x FROM a) AS d";
        assert_eq!(names(&cut(sql, Cut::Shared)), [None]);
        let renamed = "WITH a(y) AS (SELECT x FROM t) SELECT p.y FROM a AS p JOIN a AS q ON p.y = q.y";
        assert_eq!(names(&cut(renamed, Cut::Shared)), [None]);
    }

    #[test]
    fn the_order_and_limit_of_a_statement_stay_with_its_result() {
        let parts = cut(
            "WITH a AS (SELECT x FROM t) SELECT x FROM a UNION ALL SELECT x FROM a ORDER BY x LIMIT 3",
            Cut::Shared,
        );
        assert_eq!(parts[1].sql, "SELECT x FROM a UNION ALL SELECT x FROM a ORDER BY x LIMIT 3");
    }
}
