//! Refuses SQL that not all three engines (Polars, DuckDB, Spark) run with the same result, and names the replacement.
//!
//! A function is allowed when the tests ran it on the Polars crate and on DuckDB; everything else is refused, so that a
//! rule that works on one laptop does not fail on the cluster.

use super::tokens::{Cte, Token, TokenKind, closing, ctes, end_of_call, opening};
use crate::casestore::schema;

/// A construct that is not portable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {construct} is not portable: {instead}")]
pub struct Refusal {
    /// Line of the SQL text, from 1.
    pub line: usize,
    /// The construct, as written.
    pub construct: String,
    /// What to write instead.
    pub instead: &'static str,
}

/// Words that are refused wherever they stand, unless they name a column (`t.limit`).
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

/// Keywords that a bracket can follow without making them a function.
const KEYWORDS_BEFORE_BRACKETS: [&str; 26] = [
    "ALL", "AND", "AS", "BETWEEN", "BY", "CASE", "DISTINCT", "ELSE", "FILTER", "FROM", "HAVING", "IN", "IS", "JOIN",
    "LIKE", "NOT", "ON", "OR", "OVER", "SELECT", "THEN", "UNION", "USING", "WHEN", "WHERE", "WITH",
];

/// Everything in a statement that is not portable, in the order of the text; nothing when it is portable.
pub fn refusals(tokens: &[Token<'_>]) -> Vec<Refusal> {
    let steps = ctes(tokens);
    let mut found = Vec::new();
    if !tokens.first().is_some_and(|token| token.is_word("WITH") || token.is_word("SELECT")) {
        let line = tokens.first().map_or(1, |token| token.line);
        found.push(Refusal {
            line,
            construct: "a text that begins with neither WITH nor SELECT".to_owned(),
            instead: "write one SELECT statement, with its steps as CTEs before it",
        });
    }
    names_of_steps(&steps, &mut found);
    for at in 0..tokens.len() {
        if let Some((construct, instead)) = refused_at(tokens, at) {
            found.push(Refusal { line: tokens[at].line, construct, instead });
        }
    }
    found.sort_by_key(|refusal| refusal.line);
    found
}

/// Polars looks a name up among the tables before the CTEs, the other engines the other way round.
fn names_of_steps(steps: &[Cte<'_>], found: &mut Vec<Refusal>) {
    for (index, step) in steps.iter().enumerate() {
        let name = step.name.text;
        let instead = if schema::TABLES.iter().any(|table| table.name.eq_ignore_ascii_case(name)) {
            "a table has that name and engines differ in which one they read: name the CTE after what its rows are"
        } else if steps[..index].iter().any(|earlier| earlier.name.text.eq_ignore_ascii_case(name)) {
            "an earlier CTE has that name: give each its own"
        } else {
            continue;
        };
        found.push(Refusal { line: step.name.line, construct: format!("the CTE name {name}"), instead });
    }
}

/// The construct that begins at token `at` and its replacement, if it is not portable.
fn refused_at(tokens: &[Token<'_>], at: usize) -> Option<(String, &'static str)> {
    let token = tokens[at];
    let next = tokens.get(at + 1);
    let before = at.checked_sub(1).and_then(|index| tokens.get(index));
    let refuse = |construct: &str, instead| Some((construct.to_owned(), instead));
    match token.kind {
        TokenKind::QuotedName => {
            refuse(token.text, "Spark reads double quotes as a text: write plain lower-case names")
        }
        TokenKind::Text if token.text.contains('\\') => {
            refuse("a backslash in a text", "Spark reads it as an escape: leave it out")
        }
        TokenKind::Symbol => match token.text {
            "//" => refuse("//", "write CAST(FLOOR(CAST(a AS DOUBLE) / b) AS BIGINT)"),
            "::" => refuse("::", "write CAST(a AS type)"),
            "==" => refuse("==", "write ="),
            "%" => refuse(
                "%",
                "engines differ for negative numbers: write a - b * CAST(FLOOR(CAST(a AS DOUBLE) / b) AS BIGINT)",
            ),
            ";" => refuse(";", "a rule is one statement without a semicolon"),
            "/" if !divides_doubles(tokens, at) => refuse(
                "/ between integers",
                "engines differ in whether it drops the fraction: write CAST(a AS DOUBLE) / b, with FLOOR around it for whole numbers",
            ),
            "(" if next.is_some_and(|token| token.is_word("SELECT") || token.is_word("WITH")) => subquery(tokens, at),
            _ => None,
        },
        TokenKind::Word if before.is_some_and(|token| token.is_symbol(".")) => None,
        TokenKind::Word => refused_word(tokens, at),
        _ => None,
    }
}

fn refused_word(tokens: &[Token<'_>], at: usize) -> Option<(String, &'static str)> {
    let token = tokens[at];
    let upper = token.text.to_ascii_uppercase();
    let next = tokens.get(at + 1);
    if let Some((_, instead)) = WORDS.iter().find(|(word, _)| *word == upper) {
        return Some((upper, instead));
    }
    match upper.as_str() {
        "RANGE" | "GROUPS" if next.is_some_and(begins_frame) => {
            return Some((
                format!("a {upper} frame"),
                "use LAG and LEAD, or a running SUM, MIN or MAX over a unique order; a join with range predicates for day windows",
            ));
        }
        "ROWS" if next.is_some_and(begins_frame) && !is_running_frame(&tokens[at + 1..]) => {
            return Some((
                "a ROWS frame other than UNBOUNDED PRECEDING AND CURRENT ROW".to_owned(),
                "use LAG and LEAD, or a running SUM, MIN or MAX",
            ));
        }
        "DATE" | "TIMESTAMP" | "TIME" if next.is_some_and(|token| token.kind == TokenKind::Text) => {
            return Some((format!("a {upper} literal"), "days and minutes are integers: use a parameter"));
        }
        "WITH" if at > 0 => {
            return Some(("WITH inside a statement".to_owned(), "list all CTEs at the head of the statement"));
        }
        "ON" if at > 0 && tokens[at - 1].is_word("DISTINCT") => {
            return Some((
                "DISTINCT ON".to_owned(),
                "number the rows with ROW_NUMBER() OVER (… ORDER BY a unique key) and keep number 1",
            ));
        }
        "SELECT" if !has_from(&tokens[at + 1..]) => {
            return Some(("SELECT without FROM".to_owned(), "read from a table or a CTE"));
        }
        "ON" if !joins_by_equalities(&tokens[at + 1..]) => {
            return Some((
                "a join condition other than equalities joined by AND".to_owned(),
                "put the rest into WHERE; for LEFT, SEMI and ANTI JOIN make the pairs in a CTE and join on their key (Polars reads it otherwise)",
            ));
        }
        "OVER" if next.is_some_and(|token| token.is_symbol("(")) && mixes_directions(tokens, at + 1) => {
            return Some((
                "ASC and DESC in one window".to_owned(),
                "order by the negative of a number instead of DESC, so that all go one way",
            ));
        }
        "SELECT" if computes_from_group_keys(&tokens[at + 1..]) => {
            return Some((
                "an expression of group keys beside GROUP BY".to_owned(),
                "compute it in a CTE before or after (Polars makes a list of it)",
            ));
        }
        _ if upper.starts_with("CURRENT_") => {
            return Some((
                upper,
                "a rule returns the same rows on every run: take the value from the data or a parameter",
            ));
        }
        _ => {}
    }
    if !next.is_some_and(|token| token.is_symbol("(")) || KEYWORDS_BEFORE_BRACKETS.contains(&upper.as_str()) {
        return None;
    }
    if let Some(refused) = refused_call(tokens, at, &upper) {
        return Some(refused);
    }
    if let Some((_, instead)) = FUNCTIONS.iter().find(|(names, _)| names.contains(&upper.as_str())) {
        return Some((format!("{upper}()"), instead));
    }
    let instead = "it is not among the functions tried on every engine (docs/rules/README.md lists them)";
    (!ALLOWED_FUNCTIONS.contains(&upper.as_str())).then(|| (format!("{upper}()"), instead))
}

/// A call of an allowed function in a way that engines do not share.
fn refused_call(tokens: &[Token<'_>], at: usize, name: &str) -> Option<(String, &'static str)> {
    let close = closing(tokens, at + 1)?;
    let arguments = &tokens[at + 2..close];
    match name {
        "LAG" | "LEAD" if split_at_commas(arguments).len() > 2 => {
            Some((format!("{name} with a default"), "write COALESCE(LAG(a) OVER (…), default)"))
        }
        "CAST" if casts_double_to_integer(arguments) => Some((
            "CAST of a decimal number to a whole one".to_owned(),
            "engines round or cut: write CAST(FLOOR(…) AS BIGINT) or CAST(CEIL(…) AS BIGINT)",
        )),
        _ if tokens.get(close + 1).is_some_and(|token| token.is_word("OVER")) && has_aggregate(arguments) => Some((
            "a window over an aggregate".to_owned(),
            "aggregate in a CTE and use the window function in the next one",
        )),
        _ => None,
    }
}

/// The pieces between the commas outside brackets.
fn split_at_commas<'a, 'b>(tokens: &'b [Token<'a>]) -> Vec<&'b [Token<'a>]> {
    split_outside_brackets(tokens, |token| token.is_symbol(","))
}

fn split_outside_brackets<'a, 'b>(
    tokens: &'b [Token<'a>],
    separates: impl Fn(&Token<'a>) -> bool,
) -> Vec<&'b [Token<'a>]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            if token.is_symbol("(") {
                depth += 1;
            } else if token.is_symbol(")") {
                depth = depth.saturating_sub(1);
            }
            depth == 0 && separates(token)
        })
        .collect()
}

/// Whether the arguments of a CAST turn what is visibly a double into a whole number without saying how.
fn casts_double_to_integer(arguments: &[Token<'_>]) -> bool {
    let [value @ .., keyword, target] = arguments else { return false };
    let whole = ["BIGINT", "INT", "INTEGER", "SMALLINT"].iter().any(|name| target.is_word(name));
    let rounded = value.first().is_some_and(|token| token.is_word("FLOOR") || token.is_word("CEIL"))
        && closing(value, 1) == Some(value.len() - 1);
    let double = value.iter().any(|token| {
        token.is_symbol("/")
            || ["DOUBLE", "MEDIAN", "AVG"].iter().any(|word| token.is_word(word))
            || (token.kind == TokenKind::Number && token.text.contains('.'))
    });
    // A double that is rounded further inside, as in CAST(3 * CAST(FLOOR(…) AS BIGINT) AS BIGINT), needs no cast here.
    keyword.is_word("AS") && whole && double && !rounded
}

fn has_aggregate(arguments: &[Token<'_>]) -> bool {
    arguments.windows(2).any(|pair| pair[1].is_symbol("(") && AGGREGATES.iter().any(|name| pair[0].is_word(name)))
}

/// Whether the SELECT before `rest` groups and computes a column from group keys, alone or beside an aggregate.
fn computes_from_group_keys(rest: &[Token<'_>]) -> bool {
    let mut depth = 0_usize;
    let mut end = rest.len();
    let (mut from, mut group, mut after) = (None, None, None);
    for (index, token) in rest.iter().enumerate() {
        if token.is_symbol("(") {
            depth += 1;
        } else if depth == 0 && (token.is_symbol(")") || token.is_word("UNION")) {
            end = index;
            break;
        } else if token.is_symbol(")") {
            depth -= 1;
        } else if depth == 0 && token.is_word("FROM") {
            from = from.or(Some(index));
        } else if depth == 0 && token.is_word("GROUP") {
            group = group.or(Some(index));
        } else if depth == 0 && (token.is_word("HAVING") || token.is_word("ORDER")) {
            after = after.or(Some(index));
        }
    }
    let (Some(from), Some(group)) = (from, group) else { return false };
    let texts = |tokens: &[Token<'_>]| tokens.iter().map(|token| token.text.to_ascii_lowercase()).collect::<Vec<_>>();
    let list = rest.get(group + 2..after.unwrap_or(end)).unwrap_or_default();
    let keys: Vec<_> = split_at_commas(list).into_iter().map(texts).collect();
    split_at_commas(&rest[..from]).into_iter().any(|item| {
        let (expression, alias) = match item {
            [expression @ .., keyword, alias] if keyword.is_word("AS") => (expression, std::slice::from_ref(alias)),
            _ => (item, &[][..]),
        };
        let plain_column = expression.len() == 1 || (expression.len() == 3 && expression[1].is_symbol("."));
        let is_key = keys.contains(&texts(expression)) || keys.contains(&texts(alias));
        !plain_column && !is_key && names_column_outside_aggregates(expression)
    })
}

/// Whether an expression names a column other than within an aggregate.
fn names_column_outside_aggregates(expression: &[Token<'_>]) -> bool {
    const NO_COLUMNS: [&str; 21] = [
        "CASE", "WHEN", "THEN", "ELSE", "END", "AND", "OR", "NOT", "IS", "NULL", "IN", "BETWEEN", "LIKE", "AS",
        "BIGINT", "INT", "INTEGER", "DOUBLE", "VARCHAR", "TRUE", "FALSE",
    ];
    let mut at = 0;
    while let Some(token) = expression.get(at) {
        let calls = expression.get(at + 1).is_some_and(|next| next.is_symbol("("));
        if AGGREGATES.iter().any(|name| token.is_word(name))
            && let Some(last) = end_of_call(expression, at)
        {
            at = last + 1;
            continue;
        }
        if token.kind == TokenKind::Word && !calls && !NO_COLUMNS.iter().any(|word| token.is_word(word)) {
            return true;
        }
        at += 1;
    }
    false
}

/// Functions that make one value of a group.
const AGGREGATES: [&str; 6] = ["SUM", "COUNT", "MIN", "MAX", "AVG", "MEDIAN"];

/// Whether the window in the bracket at `open` orders by some columns upwards and by others downwards.
fn mixes_directions(tokens: &[Token<'_>], open: usize) -> bool {
    let Some(close) = closing(tokens, open) else { return false };
    let window = &tokens[open + 1..close];
    let Some(order) = window.windows(2).position(|pair| pair[0].is_word("ORDER") && pair[1].is_word("BY")) else {
        return false;
    };
    let columns = split_at_commas(&window[order + 2..]);
    let down = columns.iter().filter(|column| column.iter().any(|token| token.is_word("DESC"))).count();
    down > 0 && down < columns.len()
}

/// Whether the condition that begins with `rest` is `a.x = b.y AND …` and nothing else.
///
/// Polars turns any further condition of a LEFT, SEMI or ANTI JOIN into a filter after the join, and reads
/// `b.day - a.day` as `a.day - a.day` where both tables have the column, without an error in either case.
fn joins_by_equalities(rest: &[Token<'_>]) -> bool {
    const ENDS: [&str; 15] = [
        "JOIN",
        "LEFT",
        "RIGHT",
        "FULL",
        "INNER",
        "CROSS",
        "SEMI",
        "ANTI",
        "WHERE",
        "GROUP",
        "HAVING",
        "ORDER",
        "UNION",
        "INTERSECT",
        "EXCEPT",
    ];
    let mut depth = 0_usize;
    let end = rest.iter().position(|token| {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            if depth == 0 {
                return true;
            }
            depth -= 1;
        }
        depth == 0 && ENDS.iter().any(|word| token.is_word(word))
    });
    let condition = &rest[..end.unwrap_or(rest.len())];
    split_outside_brackets(condition, |token| token.is_word("AND")).into_iter().all(|part| {
        let sides = split_outside_brackets(part, |token| token.is_symbol("="));
        let names_column = |side: &&[Token<'_>]| side.iter().any(|token| token.is_symbol("."));
        let compares = |token: &Token<'_>| {
            ["<", ">", "<=", ">=", "<>", "!="].iter().any(|symbol| token.is_symbol(symbol))
                || ["OR", "NOT", "IS", "IN", "BETWEEN", "LIKE", "CASE"].iter().any(|word| token.is_word(word))
        };
        sides.len() == 2 && sides.iter().all(names_column) && !part.iter().any(compares)
    })
}

/// A bracketed SELECT is the body of a CTE, a derived table or an arm of UNION; anything else is a subquery in an expression.
fn subquery(tokens: &[Token<'_>], open: usize) -> Option<(String, &'static str)> {
    let before = |steps: usize| open.checked_sub(steps).and_then(|index| tokens.get(index));
    let after_union = |steps| before(steps).is_some_and(|token| token.is_word("UNION"));
    match before(1) {
        None => None,
        Some(token) if ["AS", "FROM", "JOIN", "UNION"].iter().any(|word| token.is_word(word)) => None,
        Some(token) if token.is_symbol(")") => None,
        Some(token) if token.is_word("ALL") && after_union(2) => None,
        Some(token) if token.is_word("IN") => Some((
            "IN (SELECT …)".to_owned(),
            "it takes all memory on large tables: use SEMI JOIN, or ANTI JOIN for NOT IN",
        )),
        Some(token) if token.is_word("EXISTS") => None,
        Some(_) => Some((
            "a subquery in an expression".to_owned(),
            "aggregate in a CTE and join it (on a key, or CROSS JOIN for a single row)",
        )),
    }
}

fn begins_frame(token: &Token<'_>) -> bool {
    matches!(token.kind, TokenKind::Number | TokenKind::Parameter)
        || ["BETWEEN", "UNBOUNDED", "CURRENT"].iter().any(|word| token.is_word(word))
}

fn is_running_frame(rest: &[Token<'_>]) -> bool {
    const FULL: [&str; 6] = ["BETWEEN", "UNBOUNDED", "PRECEDING", "AND", "CURRENT", "ROW"];
    let matches = |words: &[&str]| {
        words.iter().enumerate().all(|(index, word)| rest.get(index).is_some_and(|token| token.is_word(word)))
    };
    matches(&FULL) || matches(&["UNBOUNDED", "PRECEDING"])
}

/// Whether the SELECT before `rest` has a FROM of its own.
fn has_from(rest: &[Token<'_>]) -> bool {
    let mut depth = 0_usize;
    for token in rest {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            let Some(outer) = depth.checked_sub(1) else { return false };
            depth = outer;
        } else if depth == 0 && token.is_word("FROM") {
            return true;
        } else if depth == 0 && token.is_word("UNION") {
            return false;
        }
    }
    false
}

/// Whether one side of the `/` at `at` is a double: `CAST(… AS DOUBLE)`, or a product or bracket that holds one.
fn divides_doubles(tokens: &[Token<'_>], at: usize) -> bool {
    let mut end = at;
    while let Some(last) = end.checked_sub(1) {
        let (start, double) = operand_before(tokens, last);
        if double {
            return true;
        }
        match start.checked_sub(1) {
            Some(operator) if tokens[operator].is_symbol("*") || tokens[operator].is_symbol("/") => end = operator,
            _ => break,
        }
    }
    let right = at + 1;
    match tokens.get(right) {
        Some(token) if token.is_word("CAST") => {
            closing(tokens, right + 1).is_some_and(|close| is_double_cast(tokens, right, close))
        }
        Some(token) if token.is_symbol("(") => {
            closing(tokens, right).is_some_and(|close| holds_double(tokens, right, close))
        }
        _ => false,
    }
}

/// Where the operand that ends at `last` begins, and whether it is a double.
fn operand_before(tokens: &[Token<'_>], last: usize) -> (usize, bool) {
    if tokens[last].is_symbol(")") {
        let Some(open) = opening(tokens, last) else { return (last, false) };
        let function = open.checked_sub(1).filter(|index| {
            tokens[*index].kind == TokenKind::Word
                && !KEYWORDS_BEFORE_BRACKETS.contains(&tokens[*index].text.to_ascii_uppercase().as_str())
        });
        return match function {
            Some(name) => (name, is_double_cast(tokens, name, last)),
            None => (open, holds_double(tokens, open, last)),
        };
    }
    let mut start = last;
    while start >= 2 && tokens[start - 1].is_symbol(".") {
        start -= 2;
    }
    (start, false)
}

fn is_double_cast(tokens: &[Token<'_>], name: usize, close: usize) -> bool {
    tokens[name].is_word("CAST") && tokens[close - 1].is_word("DOUBLE") && tokens[close - 2].is_word("AS")
}

fn holds_double(tokens: &[Token<'_>], open: usize, close: usize) -> bool {
    (open..close).any(|index| tokens[index].is_word("AS") && tokens[index + 1].is_word("DOUBLE"))
}

#[cfg(test)]
mod tests {
    use super::super::tokens::tokenise;
    use super::*;

    fn constructs(sql: &str) -> Vec<String> {
        refusals(&tokenise(sql).unwrap()).into_iter().map(|refusal| refusal.construct).collect()
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
        ] {
            assert_eq!(constructs(sql), [""; 0], "{sql}");
        }
    }

    #[test]
    fn a_refusal_names_line_and_replacement() {
        let text = refusals(&tokenise("SELECT a\nFROM t\nQUALIFY a = 1").unwrap())[0].to_string();
        assert_eq!(
            text,
            "line 3: QUALIFY is not portable: compute the window function in a CTE and filter it in the next one with WHERE"
        );
    }
}
