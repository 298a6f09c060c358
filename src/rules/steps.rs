//! Cuts a statement into the parts that are computed one after the other.
//!
//! Polars puts the plan of a CTE in at every place that reads it. Where CTEs that are read twice build on each other the plan doubles
//! with each, and thirty of them never finish. So a CTE that is read more than once is computed once and kept as a table.

use std::collections::HashSet;

use super::tokens::{Cte, Token, TokenKind, ctes, tokenise};

/// One part of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The CTE that its rows are; `None` for the result.
    pub name: Option<String>,
    /// A statement of its own: it reads tables and the CTEs of earlier steps, and holds what further CTEs it needs.
    pub sql: String,
}

/// Which CTEs become steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Those read more than once.
    Shared,
    /// All, so that the rows of each can be counted.
    All,
}

/// The parts of `sql` in order, the result last. Text that does not tokenise is one part, for the engine to refuse.
pub fn steps(sql: &str, cut: Cut) -> Vec<Step> {
    let tokens = tokenise(sql).unwrap_or_default();
    let list = ctes(&tokens);
    let Some(last) = list.last() else { return vec![Step { name: None, sql: sql.to_owned() }] };
    let result = last.close + 1..tokens.len();
    let reads: Vec<Vec<usize>> = list.iter().map(|cte| read_in(&tokens[cte.open..cte.close], &list)).collect();
    let result_reads = read_in(&tokens[result.clone()], &list);
    let uses = |cte: usize| {
        let readers = reads.iter().chain([&result_reads]);
        readers.flatten().filter(|read| **read == cte).count()
    };
    let kept: HashSet<usize> = (0..list.len()).filter(|cte| cut == Cut::All || uses(*cte) > 1).collect();

    let mut parts: Vec<Step> = Vec::new();
    for at in (0..list.len()).filter(|at| kept.contains(at)) {
        let body = &sql[tokens[list[at].open].end..tokens[list[at].close].start];
        let needed = inlined(&reads[at], &reads, &kept);
        parts.push(Step { name: Some(list[at].name.text.to_owned()), sql: with(sql, &tokens, &list, &needed, body) });
    }
    let body = tokens.get(result.start).map_or("", |first| &sql[first.start..]);
    let needed = inlined(&result_reads, &reads, &kept);
    parts.push(Step { name: None, sql: with(sql, &tokens, &list, &needed, body) });
    parts
}

/// The CTEs that a stretch of a statement reads, once for each time.
fn read_in(tokens: &[Token<'_>], list: &[Cte<'_>]) -> Vec<usize> {
    let read = |pair: &[Token<'_>]| {
        let table = (pair[0].is_word("FROM") || pair[0].is_word("JOIN")) && pair[1].kind == TokenKind::Word;
        list.iter().position(|cte| table && pair[1].is_word(cte.name.text))
    };
    tokens.windows(2).filter_map(read).collect()
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

fn with(sql: &str, tokens: &[Token<'_>], list: &[Cte<'_>], needed: &[usize], body: &str) -> String {
    if needed.is_empty() {
        return body.to_owned();
    }
    let texts: Vec<&str> = needed.iter().map(|at| &sql[list[*at].name.start..tokens[list[*at].close].end]).collect();
    format!("WITH {}\n{body}", texts.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQL: &str = "WITH a AS (SELECT x FROM t), -- read by b only
        b AS (SELECT x FROM a JOIN u ON a.x = u.x),
        c AS (SELECT x FROM b),
        d AS (SELECT x FROM b SEMI JOIN c ON b.x = c.x)
        SELECT d.x, 'FROM b' AS y FROM d JOIN t ON d.x = t.x";

    fn names(parts: &[Step]) -> Vec<Option<&str>> {
        parts.iter().map(|step| step.name.as_deref()).collect()
    }

    #[test]
    fn what_is_read_twice_is_a_step_and_takes_what_it_needs_with_it() {
        let parts = steps(SQL, Cut::Shared);
        assert_eq!(names(&parts), [Some("b"), None]);
        assert_eq!(parts[0].sql, "WITH a AS (SELECT x FROM t)\nSELECT x FROM a JOIN u ON a.x = u.x");
        assert!(
            parts[1].sql.starts_with("WITH c AS (SELECT x FROM b),\nd AS (SELECT x FROM b SEMI JOIN c"),
            "{}",
            parts[1].sql
        );
        assert!(parts[1].sql.ends_with("SELECT d.x, 'FROM b' AS y FROM d JOIN t ON d.x = t.x"));
    }

    #[test]
    fn every_cte_is_a_step_where_rows_are_counted() {
        let parts = steps(SQL, Cut::All);
        assert_eq!(names(&parts), [Some("a"), Some("b"), Some("c"), Some("d"), None]);
        assert!(parts.iter().all(|step| step.sql.starts_with("SELECT")));
    }

    #[test]
    fn a_statement_without_ctes_is_one_part() {
        let one = Step { name: None, sql: "SELECT 1 AS x FROM t".to_owned() };
        assert_eq!(steps(&one.sql, Cut::Shared), [one]);
    }
}
