//! Refuses SQL that not all three engines (Polars, DuckDB, Spark) run with the same result, and names the replacement.
//!
//! A function, operator or clause is allowed when the tests ran it on the Polars crate and on DuckDB; everything else is refused, so that
//! a rule that works on one laptop does not fail on the cluster. `query` judges the clauses of a query, `expression` what stands in them.

mod expression;
mod query;

use std::ops::ControlFlow;

use sqlparser::ast::{
    self, Expr, Ident, ObjectName, Query, Select, Spanned, TableFactor, ValueWithSpan, Visit, Visitor,
};
use sqlparser::tokenizer::{Span, Token, TokenWithSpan};

use super::statement::{Place, Statement, SyntaxError, tokens};

/// A construct that is not portable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {construct} is not portable: {instead}")]
pub struct Refusal {
    /// Where it stands.
    pub place: Place,
    /// The construct, as written.
    pub construct: String,
    /// What to write instead.
    pub instead: &'static str,
}

/// Keywords of clauses and operators that are refused.
const WORDS: [(&str, &str); 17] = [
    ("INTERVAL", "days and minutes are integers in the case store: add and compare them as numbers"),
    ("EXISTS", "use SEMI JOIN, or ANTI JOIN for NOT EXISTS"),
    ("QUALIFY", "compute the window function in a CTE and filter it in the next one with WHERE"),
    ("DIV", "write CAST(FLOOR(CAST(a AS DOUBLE) / b) AS BIGINT)"),
    ("RECURSIVE", "use a window function for runs; rings are found outside SQL"),
    ("LATERAL", "use an equi-join with range predicates beside it"),
    ("LIMIT", "number the rows with ROW_NUMBER() OVER (… ORDER BY a unique key) and filter on the number"),
    ("FETCH", "number the rows with ROW_NUMBER() OVER (… ORDER BY a unique key) and filter on the number"),
    ("OFFSET", "number the rows with ROW_NUMBER() OVER (… ORDER BY a unique key) and filter on the number"),
    ("TABLESAMPLE", "rules read all rows: leave it out"),
    ("PIVOT", "write one SUM(CASE WHEN …) per column"),
    ("UNPIVOT", "write one SELECT per column with UNION ALL"),
    ("NATURAL", "name the join keys with ON"),
    ("ILIKE", "use code lists: words match inside other words"),
    ("GLOB", "use code lists: words match inside other words"),
    ("RLIKE", "use code lists: words match inside other words"),
    ("EXCLUDE", "name the columns"),
];

/// Functions that are refused with a replacement of their own.
const FUNCTIONS: [(&[&str], &str); 6] = [
    (
        &[
            "DATE",
            "TIMESTAMP",
            "DATE_TRUNC",
            "DATE_DIFF",
            "DATEDIFF",
            "DATE_ADD",
            "DATEADD",
            "DATE_SUB",
            "DATE_PART",
            "DATEPART",
            "EXTRACT",
            "STRFTIME",
            "STRPTIME",
            "TO_DATE",
            "TO_TIMESTAMP",
            "YEAR",
            "MONTH",
            "DAY",
            "HOUR",
            "MINUTE",
            "DAYOFWEEK",
            "AGE",
            "MAKE_DATE",
            "DATETIME",
            "TIME",
            "LAST_DAY",
            "ADD_MONTHS",
            "MONTHS_BETWEEN",
        ],
        "the case store carries days and minutes as integers (…_day, …_min): add and compare them as numbers",
    ),
    (
        &["STRING_AGG", "LISTAGG", "GROUP_CONCAT", "ARRAY_AGG", "LIST", "COLLECT_LIST", "COLLECT_SET"],
        "return one evidence row per record; for one value of a group use MIN or MAX",
    ),
    (
        &["HASH", "MD5", "SHA", "SHA1", "SHA2", "SHA256", "XXHASH64", "CRC32", "MURMUR_HASH"],
        "engines hash differently: use a key of the data, such as MIN(fee_key)",
    ),
    (
        &["RANDOM", "RAND", "UUID", "GEN_RANDOM_UUID", "NOW", "TODAY", "GETDATE", "LOCALTIME", "LOCALTIMESTAMP"],
        "a rule returns the same rows on every run: take the value from the data or from a parameter",
    ),
    (
        &["FIRST", "LAST", "ANY_VALUE", "ARBITRARY", "MODE"],
        "the result depends on the order of rows: use MIN, MAX, or ROW_NUMBER() with a unique order",
    ),
    (&["ROUND"], "engines round halves differently: use FLOOR (rounding down is in favour of the suspect) or CEIL"),
];

/// Functions tried on every engine (tests/it/rules.rs and tests/it/duckdb.rs run each of them).
pub const ALLOWED_FUNCTIONS: [&str; 24] = [
    "ABS",
    "AVG",
    "CAST",
    "CEIL",
    "COALESCE",
    "COUNT",
    "DENSE_RANK",
    "FIRST_VALUE",
    "FLOOR",
    "GREATEST",
    "LAG",
    "LEAD",
    "LEAST",
    "LENGTH",
    "LOWER",
    "MAX",
    "MEDIAN",
    "MIN",
    "NULLIF",
    "RANK",
    "ROW_NUMBER",
    "SUBSTR",
    "SUM",
    "UPPER",
];

/// For what no list names.
const UNTRIED: &str =
    "it is not among what the tests run on every engine: write it with what docs/writing-rules.md lists";

const ONE_STATEMENT: &str = "a rule is one statement without a semicolon";

/// Everything in a statement that is not portable, in the order of the text; nothing when it is portable. `is_table` knows the tables
/// that rules read.
pub fn refusals(statement: &Statement, is_table: impl Fn(&str) -> bool) -> Vec<Refusal> {
    let mut judge = Judge { statement, near: Place::START, depth: 0, found: Vec::new() };
    if let Some(refusal) = beginning(statement.tokens()) {
        judge.found.push(refusal);
    }
    judge.letters();
    judge.names_of_ctes(is_table);
    if let ast::Statement::Query(query) = statement.tree() {
        let _ = query.visit(&mut judge);
    }
    judge.found.sort_by_key(|refusal| refusal.place);
    judge.found
}

/// The construct that keeps a text from parsing, where it is one that has a replacement.
pub fn unparsed(text: &str, error: &SyntaxError) -> Option<Refusal> {
    let tokens: Vec<_> = tokens(text).ok()?.into_iter().filter(|token| !is_blank(token)).collect();
    if let Some(refusal) = beginning(&tokens) {
        return Some(refusal);
    }
    // The parser takes a word that it does not know for an alias and stumbles over the next one.
    let met = tokens.iter().rposition(|token| Place::from(token.span.start) <= error.place)?;
    [Some(met), met.checked_sub(1)].into_iter().flatten().find_map(|at| {
        let place = tokens[at].span.start.into();
        match &tokens[at].token {
            Token::SemiColon => Some(Refusal { place, construct: ";".to_owned(), instead: ONE_STATEMENT }),
            Token::Word(word) if word.quote_style.is_none() => {
                let construct = word.value.to_ascii_uppercase();
                word_instead(&construct).map(|instead| Refusal { place, construct, instead })
            }
            _ => None,
        }
    })
}

/// The refusal of a text that is no query, by its first token.
fn beginning(tokens: &[TokenWithSpan]) -> Option<Refusal> {
    let first = tokens.first();
    if first.is_some_and(|token| is_word(&token.token, "WITH") || is_word(&token.token, "SELECT")) {
        return None;
    }
    Some(Refusal {
        place: first.map_or(Place::START, |token| token.span.start.into()),
        construct: "a text that begins with neither WITH nor SELECT".to_owned(),
        instead: "write one SELECT statement, with its steps as CTEs before it",
    })
}

fn word_instead(word: &str) -> Option<&'static str> {
    WORDS.iter().find(|(name, _)| *name == word).map(|(_, instead)| *instead)
}

fn function_instead(name: &str) -> Option<&'static str> {
    FUNCTIONS.iter().find(|(names, _)| names.contains(&name)).map(|(_, instead)| *instead)
}

fn is_blank(token: &TokenWithSpan) -> bool {
    matches!(token.token, Token::Whitespace(_))
}

fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

/// Walks a query and collects what is refused.
struct Judge<'s> {
    statement: &'s Statement,
    /// The last place that a node on the way told: for nodes that tell none.
    near: Place,
    /// Number of queries around the place.
    depth: usize,
    found: Vec<Refusal>,
}

impl Judge<'_> {
    fn refuse(&mut self, place: Place, construct: impl Into<String>, instead: &'static str) {
        self.found.push(Refusal { place, construct: construct.into(), instead });
    }

    /// Refuses one of [`WORDS`].
    fn refuse_word(&mut self, place: Place, word: &str) {
        self.refuse(place, word, word_instead(word).unwrap_or(UNTRIED));
    }

    /// Where a node begins.
    fn start(&self, span: Span) -> Place {
        Place::of(span).unwrap_or(self.near)
    }

    /// Where the last `word` before a place stands.
    fn word_before(&self, place: Place, word: &str) -> Place {
        self.before(place, |token| is_word(token, word))
    }

    fn before(&self, place: Place, wanted: impl Fn(&Token) -> bool) -> Place {
        let before = self.statement.tokens().iter().take_while(|token| Place::from(token.span.start) < place);
        before.filter(|token| wanted(&token.token)).last().map_or(place, |token| token.span.start.into())
    }

    /// Where the first `word` after a node stands.
    fn word_after(&self, span: Span, word: &str) -> Place {
        self.after(span, |token| is_word(token, word))
    }

    fn after(&self, span: Span, wanted: impl Fn(&Token) -> bool) -> Place {
        let start = self.start(span);
        let end = Place::of(span).map_or(start, |_| span.end.into());
        let after = self.statement.tokens().iter().skip_while(|token| Place::from(token.span.start) < end);
        after.clone().find(|token| wanted(&token.token)).map_or(start, |token| token.span.start.into())
    }

    /// What the tree does not show: how names and operators are spelled, and how the statement ends.
    fn letters(&mut self) {
        for token in self.statement.tokens() {
            let place = token.span.start.into();
            match &token.token {
                Token::Word(word) if word.quote_style.is_some() => {
                    self.refuse(
                        place,
                        word.to_string(),
                        "Spark reads double quotes as a text: write plain lower-case names",
                    );
                }
                Token::DoubleEq => self.refuse(place, "==", "write ="),
                Token::SemiColon => self.refuse(place, ";", ONE_STATEMENT),
                _ => {}
            }
        }
        // Polars runs what is in such a comment, the other engines do not.
        if let Some(at) = self.statement.text().find("/*!") {
            let before = &self.statement.text()[..at];
            let line = before.matches('\n').count() as u64 + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u64 + 1;
            self.refuse(Place { line, column }, "/*!", "write comments without the exclamation mark");
        }
    }

    /// Polars looks a name up among the tables before the CTEs, the other engines the other way round.
    fn names_of_ctes(&mut self, is_table: impl Fn(&str) -> bool) {
        let ctes = self.statement.ctes();
        for (at, (name, place)) in ctes.iter().enumerate() {
            let instead = if is_table(&name.to_ascii_lowercase()) {
                "a table has that name and engines differ in which one they read: name the CTE after what its rows are"
            } else if ctes[..at].iter().any(|(earlier, _)| earlier.eq_ignore_ascii_case(name)) {
                "an earlier CTE has that name: give each its own"
            } else {
                continue;
            };
            self.refuse(*place, format!("the CTE name {name}"), instead);
        }
    }

    /// A name that is given or that stands alone. After a dot engines take any word for a name.
    fn name(&mut self, name: &Ident) {
        if name.quote_style.is_none() && word_instead(&name.value.to_ascii_uppercase()).is_some() {
            let place = self.start(name.span);
            self.refuse(place, format!("the name {}", name.value), "it is a keyword of an engine: choose another one");
        }
    }

    /// A table's or function's name of one part; others are refused.
    fn single_name(&mut self, name: &ObjectName) -> String {
        if name.0.len() > 1 {
            let place = self.start(name.span());
            self.refuse(place, format!("the name {name}"), "tables and functions have names without dots");
        }
        name.to_string().to_ascii_uppercase()
    }
}

impl Visitor for Judge<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        self.depth += 1;
        self.query(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        self.near = self.start(select.select_token.0.span);
        self.select(select);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        self.near = self.start(factor.span());
        self.table_factor(factor);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        self.near = self.start(expression.span());
        self.expression(expression);
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        self.value(value);
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sql: &str) -> Vec<Refusal> {
        let is_table = |name: &str| ["fee", "visit"].contains(&name);
        match Statement::parse(sql) {
            Ok(statement) => refusals(&statement, is_table),
            Err(error) => vec![unparsed(sql, &error).unwrap_or_else(|| panic!("{sql}: {error}"))],
        }
    }

    fn constructs(sql: &str) -> Vec<String> {
        found(sql).into_iter().map(|refusal| refusal.construct).collect()
    }

    #[test]
    fn each_construct_is_refused_by_name() {
        for (sql, construct) in [
            ("SELECT a FROM t WHERE d > e + INTERVAL 3 DAY", "INTERVAL"),
            ("SELECT DATE_DIFF('day', a, b) AS x FROM t", "DATE_DIFF()"),
            ("SELECT a FROM t WHERE d > DATE '2024-01-01'", "a DATE literal"),
            ("SELECT SUM(a) OVER (ORDER BY d RANGE BETWEEN 3 PRECEDING AND CURRENT ROW) AS x FROM t", "a RANGE frame"),
            ("SELECT SUM(a) OVER (ORDER BY d GROUPS 3 PRECEDING) AS x FROM t", "a GROUPS frame"),
            (
                "SELECT SUM(a) OVER (ORDER BY d ROWS BETWEEN 3 PRECEDING AND CURRENT ROW) AS x FROM t",
                "a ROWS frame other than UNBOUNDED PRECEDING AND CURRENT ROW",
            ),
            ("SELECT a FROM t WHERE EXISTS (SELECT b FROM u WHERE u.b = t.a)", "EXISTS"),
            ("SELECT a FROM t WHERE a IN (SELECT b FROM u)", "IN (SELECT …)"),
            ("SELECT a FROM t WHERE a > (SELECT MAX(b) FROM u)", "a subquery in an expression"),
            ("SELECT a FROM t QUALIFY a = 1", "QUALIFY"),
            ("SELECT STRING_AGG(a, ',') AS x FROM t", "STRING_AGG()"),
            ("SELECT MD5(a) AS x FROM t", "MD5()"),
            ("SELECT a // b AS x FROM t", "//"),
            ("SELECT a DIV b AS x FROM t", "DIV"),
            ("SELECT RANDOM() AS x FROM t", "RANDOM()"),
            ("SELECT NOW() AS x FROM t", "NOW()"),
            ("SELECT CURRENT_DATE AS x FROM t", "CURRENT_DATE"),
            ("SELECT 1 AS x UNION ALL SELECT a FROM t", "SELECT without FROM"),
            ("SELECT a / b AS x FROM t", "/ between integers"),
            ("SELECT FLOOR(CAST(a AS DOUBLE)) + b / c AS x FROM t", "/ between integers"),
            ("SELECT a FROM t LIMIT 3", "LIMIT"),
            ("SELECT DISTINCT ON (a) a FROM t", "DISTINCT ON"),
            ("SELECT a FROM t; SELECT b FROM t", ";"),
            ("SELECT a::BIGINT AS x FROM t", "::"),
            ("SELECT \"a\" FROM t", "\"a\""),
            ("SELECT REGEXP_REPLACE(a, 'x', 'y') AS x FROM t", "REGEXP_REPLACE()"),
            ("WITH fee AS (SELECT a FROM t) SELECT a FROM fee", "the CTE name fee"),
            ("SELECT a % 7 AS x FROM t", "%"),
            ("SELECT LAG(a, 1, 0) OVER (ORDER BY a) AS x FROM t", "LAG with a default"),
            ("SELECT RANK() OVER (PARTITION BY g ORDER BY a DESC, b) AS x FROM t", "ASC and DESC in one window"),
            ("SELECT CAST(CAST(a AS DOUBLE) / b AS BIGINT) AS x FROM t", "CAST of a decimal number to a whole one"),
            ("SELECT SUM(SUM(a)) OVER (PARTITION BY g) AS x FROM t GROUP BY g", "a window over an aggregate"),
            (
                "SELECT t.a FROM t LEFT JOIN u ON t.a = u.a AND u.b > 8 WHERE t.c > 1",
                "a join condition other than equalities joined by AND",
            ),
            (
                "SELECT t.a FROM t JOIN u ON t.a = u.a AND (t.b = u.b OR t.c = u.c)",
                "a join condition other than equalities joined by AND",
            ),
            ("SELECT t.a FROM t JOIN u ON t.a = 1", "a join condition other than equalities joined by AND"),
            (
                "SELECT CASE WHEN g = 1 THEN SUM(a) END AS s FROM t GROUP BY g",
                "an expression of group keys beside GROUP BY",
            ),
            ("SELECT g + 1 AS h, SUM(a) AS s FROM t GROUP BY g", "an expression of group keys beside GROUP BY"),
            ("DELETE FROM t", "a text that begins with neither WITH nor SELECT"),
        ] {
            assert_eq!(constructs(sql), [construct], "{sql}");
        }
    }

    /// Every word that is refused, as what it is, and as a name.
    #[test]
    fn each_word_is_refused() {
        for (sql, construct) in [
            ("WITH RECURSIVE a AS (SELECT b FROM t) SELECT b FROM a", "RECURSIVE"),
            ("SELECT a FROM t JOIN LATERAL (SELECT b FROM u) AS v ON t.a = v.b", "LATERAL"),
            ("SELECT a FROM t OFFSET 3", "OFFSET"),
            ("SELECT a FROM t ORDER BY a FETCH FIRST 3 ROWS ONLY", "FETCH"),
            ("SELECT a FROM t TABLESAMPLE (10 PERCENT)", "TABLESAMPLE"),
            ("SELECT x FROM t PIVOT (SUM(a) FOR m IN ('x', 'y')) AS p", "PIVOT"),
            ("SELECT x FROM t UNPIVOT (a FOR m IN (x, y)) AS p", "UNPIVOT"),
            ("SELECT a FROM t NATURAL JOIN u", "NATURAL"),
            ("SELECT a FROM t WHERE a ILIKE 'x%'", "ILIKE"),
            ("SELECT a FROM t WHERE a GLOB 'x*'", "GLOB"),
            ("SELECT a FROM t WHERE a RLIKE 'x'", "RLIKE"),
            ("SELECT * EXCLUDE (b) FROM t", "EXCLUDE"),
            ("SELECT a FROM t WHERE NOT EXISTS (SELECT b FROM u)", "EXISTS"),
            ("SELECT a AS interval FROM t", "the name interval"),
            ("SELECT glob.a FROM t AS glob", "the name glob"),
            ("WITH div AS (SELECT a FROM t) SELECT x.a FROM div AS x WHERE x.limit > 0", "the name div"),
        ] {
            assert_eq!(constructs(sql).first().map(String::as_str), Some(construct), "{sql}");
        }
    }

    /// What windows of tokens did not see, or took for something else.
    #[test]
    fn constructs_are_refused_wherever_they_hide() {
        for (sql, refused) in [
            ("SELECT v.a FROM visit AS v, w", &["a comma between tables"][..]),
            ("SELECT a FROM (SELECT b AS a FROM t, u) AS d", &["a comma between tables"]),
            ("SELECT CASE WHEN a > 0 THEN b / c ELSE ROUND(d) END AS x FROM t", &["/ between integers", "ROUND()"]),
            ("SELECT COUNT(*) FILTER (WHERE a % 2 = 0) AS n FROM t", &["%"]),
            ("SELECT SUM(a) OVER (PARTITION BY b / 2 ORDER BY NOW()) AS x FROM t", &["/ between integers", "NOW()"]),
            ("SELECT SUM(CASE WHEN a IN (SELECT b FROM u) THEN 1 ELSE 0 END) AS x FROM t", &["IN (SELECT …)"]),
            ("SELECT ((a)) / ((b)) AS x FROM t", &["/ between integers"]),
            ("SELECT COALESCE((SELECT MAX(b) FROM u), 0) AS x FROM t", &["a subquery in an expression"]),
            (
                "SELECT a FROM t WHERE a = ANY(SELECT b FROM u)",
                &["a = ANY(SELECT b FROM u)", "a subquery in an expression"],
            ),
            ("SELECT a FROM t GROUP BY a HAVING MEDIAN(b) / MAX(c) > 1", &["/ between integers"]),
            ("SELECT a FROM t ORDER BY RANDOM()", &["RANDOM()"]),
            ("SELECT SUM(a) OVER w AS x FROM t WINDOW w AS (ORDER BY b DESC, c)", &["ASC and DESC in one window"]),
            ("SELECT SUM(a) OVER w AS x FROM t WINDOW w AS (ORDER BY b RANGE 3 PRECEDING)", &["a RANGE frame"]),
            ("SELECT a FROM read_parquet('x')", &["READ_PARQUET()"]),
            ("SELECT x.MD5(a) AS b FROM t", &["the name x.MD5", "X.MD5()"]),
            ("SELECT a FROM other.t", &["the name other.t"]),
            ("SELECT t.a FROM t JOIN u", &["a JOIN without ON"]),
            ("SELECT t.a FROM t RIGHT SEMI JOIN u ON t.a = u.a", &["a join of this kind"]),
            ("SELECT a & b AS x FROM t", &["&"]),
            ("SELECT a IS NOT TRUE AS x FROM t", &["a IS NOT TRUE"]),
            ("SELECT EXTRACT(DAY FROM a) AS x FROM t", &["EXTRACT()"]),
            ("SELECT TRY_CAST(a AS BIGINT) AS x FROM t", &["TRY_CAST()"]),
            ("SELECT CAST(a AS DATE) AS x FROM t", &["CAST to DATE"]),
            ("SELECT FLOOR(a, 2) AS x FROM t", &["FLOOR with a second argument"]),
            ("SELECT SUM(a) FILTER (WHERE b > 1) OVER (ORDER BY c) AS x FROM t", &["FILTER and OVER in one call"]),
            ("SELECT COUNT(DISTINCT a, b) AS x FROM t", &["COUNT(DISTINCT …) of several columns"]),
            ("SELECT SUM(a ORDER BY b) AS x FROM t", &["SUM() with more than plain arguments"]),
            ("SELECT a == b AS x FROM t", &["=="]),
            ("SELECT a FROM t WHERE b = 'x\\'", &["a backslash in a text"]),
            ("SELECT a FROM t WHERE b = N'x'", &["N'x'"]),
            ("SELECT a FROM t WHERE b = ?", &["?"]),
            ("SELECT a /*! , b */ FROM t", &["/*!"]),
            ("SELECT a FROM t;", &[";"]),
            ("VALUES (1)", &["a text that begins with neither WITH nor SELECT", "VALUES"]),
            ("WITH a AS (SELECT b FROM t) INSERT INTO u SELECT b FROM a", &["a statement that changes data"]),
            ("WITH a AS (SELECT b FROM t), A AS (SELECT b FROM t) SELECT b FROM a", &["the CTE name A"]),
            ("WITH a(x) AS (SELECT b FROM t) SELECT x FROM a", &["a list of columns after a"]),
            ("SELECT a FROM (WITH b AS (SELECT a FROM t) SELECT a FROM b) AS c", &["WITH inside a statement"]),
            ("SELECT a FROM t UNION ALL BY NAME SELECT a FROM u", &["UNION ALL BY NAME"]),
            ("SELECT a, SUM(b) AS s FROM t GROUP BY ROLLUP(a)", &["ROLLUP()"]),
            ("FROM t SELECT a", &["a text that begins with neither WITH nor SELECT", "FROM"]),
        ] {
            assert_eq!(constructs(sql), refused, "{sql}");
        }
    }

    #[test]
    fn portable_text_passes() {
        for sql in [
            "SELECT a -- EXISTS in a comment\nFROM t WHERE b = 'INTERVAL; NOW()' /* LIMIT */",
            "SELECT CAST(FLOOR(CAST(a AS DOUBLE) * b / c) AS BIGINT) AS x FROM t",
            "SELECT (CAST(a AS DOUBLE) + b) / t.c AS x FROM t",
            "SELECT a / CAST(b AS DOUBLE) AS x FROM t",
            "SELECT SUM(a) OVER (PARTITION BY p ORDER BY d, k) AS x FROM t",
            "SELECT SUM(a) OVER (PARTITION BY p ORDER BY d ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS x FROM t",
            "SELECT t.limit, COUNT(*) FILTER (WHERE a IN (1, 2)) AS n FROM t GROUP BY t.limit",
            "WITH x AS (SELECT a FROM t) (SELECT a FROM x) UNION ALL (SELECT a FROM x)",
            "SELECT a FROM t SEMI JOIN u ON t.a = u.a AND UPPER(t.b) = u.b WHERE t.c > 1 OR t.d > 2",
            "SELECT CAST(FLOOR(CAST(a AS DOUBLE) / b) AS BIGINT) * 10 AS x FROM t",
            "SELECT RANK() OVER (PARTITION BY g ORDER BY a DESC, b DESC) AS x FROM t",
            "SELECT t.g, g + 1 AS h, CAST(1 AS BIGINT) AS one, SUM(a) - 1 AS s FROM t GROUP BY t.g, g + 1 HAVING SUM(a) > 1",
            // Names like those of functions and frames, which tokens alone took for them.
            "SELECT a AS date, b AS range, first, rank AS rows FROM t AS time WHERE current_stock > 0 AND time.list < :days",
            "SELECT (((a))) + (CASE WHEN (b IS NOT NULL AND NOT (c > -1)) THEN (1) ELSE +2 END) AS x FROM t",
            "SELECT t.a FROM (t JOIN u ON t.a = u.a + 1 AND LENGTH(SUBSTR(t.b, 1, 2)) = u.c) CROSS JOIN v JOIN w USING (a)",
            "SELECT a FROM t UNION SELECT a FROM u EXCEPT SELECT a FROM v ORDER BY a NULLS LAST",
            "SELECT (SUM(a) - (MAX(b))) AS x, COUNT(DISTINCT c) AS n FROM t WHERE d LIKE 'x%' AND e NOT BETWEEN 1 AND 2.5",
        ] {
            assert_eq!(constructs(sql), [""; 0], "{sql}");
        }
    }

    #[test]
    fn a_refusal_names_line_column_and_replacement() {
        let text = found("SELECT a\nFROM t\nQUALIFY a = 1")[0].to_string();
        assert_eq!(
            text,
            "line 3, column 1: QUALIFY is not portable: compute the window function in a CTE and filter it in the next one with WHERE"
        );
        for (sql, line, column) in [
            ("SELECT 住院 AS x,\n  b / c AS y FROM t", 2, 5),
            ("SELECT a FROM t\nWHERE NOT EXISTS (SELECT b FROM u)", 2, 11),
            ("SELECT a\nFROM t WHERE a NOT IN (SELECT b FROM u)", 2, 20),
            ("SELECT a FROM t\nJOIN u\n  ON t.a > u.a", 3, 3),
            ("SELECT SUM(a) OVER (PARTITION BY b\n  ORDER BY c ROWS 3 PRECEDING) AS x FROM t", 2, 14),
            ("SELECT SUM(a) OVER (PARTITION BY b\n  ORDER BY c DESC, d) AS x FROM t", 1, 15),
            ("SELECT (a + (SELECT b FROM u)) AS x FROM t", 1, 14),
            ("SELECT a FROM t ORDER BY a\nLIMIT 3", 2, 1),
            ("SELECT a FROM t WHERE b > e +\n INTERVAL '3' DAY", 2, 2),
            ("SELECT a FROM t WHERE b >\n DATE '2024-01-01'", 2, 2),
            ("SELECT CAST(\n  AVG(a) AS BIGINT) AS x FROM t", 1, 8),
            ("SELECT a FROM t\n, u", 2, 1),
            ("SELECT a FROM t WHERE EXTRACT(DAY FROM b) = 1 AND b ILIKE 'x'", 1, 23),
            ("SELECT a,\n a::BIGINT AS x FROM t", 2, 3),
            ("SELECT a FROM t WHERE a\n GLOB 'x'", 2, 2),
            ("SELECT a\nFROM t;\nSELECT b FROM t", 2, 7),
            ("SELECT a\n /*! b */ FROM t", 2, 2),
        ] {
            assert_eq!(found(sql)[0].place, Place { line, column }, "{sql}");
        }
    }
}
