//! The one place where a statement is adapted to an engine: Polars counts, ranks and measures texts in unsigned 32-bit numbers, so that
//! `COUNT(*) - 9` would be four thousand million, and takes parts of days in 8-bit ones; the other engines use signed 64-bit numbers.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, DataType, DateTimeField, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    UnaryOperator, Value, ValueWithSpan, VisitMut, VisitorMut,
};

use super::reads::{Names, plain};
use super::statement::{Statement, SyntaxError, cast};

/// Functions whose result is an unsigned number on Polars.
const UNSIGNED: [&str; 11] = [
    "ARRAY_LENGTH",
    "BIT_LENGTH",
    "CHARACTER_LENGTH",
    "CHAR_LENGTH",
    "COUNT",
    "DENSE_RANK",
    "LENGTH",
    "OCTET_LENGTH",
    "RANK",
    "ROW_NUMBER",
    "STRPOS",
];

/// `statement` for Polars: every number of the functions above cast to BIGINT, wherever it stands.
///
/// Polars names a result without an alias after what is inside a cast, so columns keep their names.
///
/// # Errors
/// If a CTE has the name of a table that the statement reads: Polars would read the table in place of the CTE.
/// As [`Statement::of_tree`].
pub fn polars(statement: &Statement) -> Result<Statement, SyntaxError> {
    let names = Names::of(statement.tree());
    let hidden = names.ctes.iter().find(|(cte, _)| names.tables.iter().any(|(table, _)| table == cte));
    if let Some((name, place)) = hidden {
        let problem = format!("{name} is a CTE and a table that is read: name the CTE after what its rows are");
        return Err(SyntaxError { place: *place, problem });
    }
    let mut tree = statement.tree().clone();
    let _ = tree.visit(&mut Signed);
    Statement::of_tree(tree)
}

/// Casts what is unsigned or small.
struct Signed;

impl VisitorMut for Signed {
    type Break = ();

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        let narrow = match expression {
            Expr::Function(function) => is_narrow(function),
            Expr::Position { .. } => true,
            Expr::Extract { field, .. } => is_small(field),
            _ => false,
        };
        if narrow {
            let inner = std::mem::replace(expression, Expr::value(Value::Null));
            *expression = cast(inner, DataType::BigInt(None));
        }
        ControlFlow::Continue(())
    }
}

fn is_narrow(function: &Function) -> bool {
    let name = plain(&function.name).unwrap_or_default().to_ascii_uppercase();
    match (name.as_str(), arguments(function).as_slice()) {
        ("DATE_PART", [Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(part), .. }), _]) => {
            is_small(&DateTimeField::Custom(part.as_str().into()))
        }
        // Polars adds truth values up in an unsigned number too.
        ("SUM" | "TOTAL", [argument]) => is_condition(argument),
        _ => UNSIGNED.contains(&name.as_str()),
    }
}

fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let expression = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expression)) => Some(expression),
        _ => None,
    };
    list.args.iter().filter_map(expression).collect()
}

/// Whether Polars takes this part of a day or time as a whole number; it takes pieces of a second as decimal ones.
fn is_small(field: &DateTimeField) -> bool {
    const WIDE: [&str; 11] = [
        "epoch",
        "time",
        "millisecond",
        "milliseconds",
        "ms",
        "microsecond",
        "microseconds",
        "us",
        "nanosecond",
        "nanoseconds",
        "ns",
    ];
    !WIDE.contains(&field.to_string().to_lowercase().as_str())
}

/// Whether an expression is visibly true or false.
fn is_condition(expression: &Expr) -> bool {
    use BinaryOperator as Op;
    match expression {
        Expr::Nested(inner) => is_condition(inner),
        Expr::UnaryOp { op, .. } => *op == UnaryOperator::Not,
        Expr::BinaryOp { op, .. } => {
            matches!(op, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq | Op::And | Op::Or)
        }
        Expr::IsNull(_)
        | Expr::IsNotNull(_)
        | Expr::IsTrue(_)
        | Expr::IsNotTrue(_)
        | Expr::IsFalse(_)
        | Expr::IsNotFalse(_)
        | Expr::IsDistinctFrom(..)
        | Expr::IsNotDistinctFrom(..)
        | Expr::InList { .. }
        | Expr::Between { .. }
        | Expr::Like { .. }
        | Expr::ILike { .. }
        | Expr::RLike { .. } => true,
        Expr::Value(value) => matches!(value.value, Value::Boolean(_)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{IntoLazy, TimeUnit, col, df, lit};
    use polars::sql::SQLContext;

    use super::*;

    fn dialect(sql: &str) -> String {
        polars(&Statement::parse(sql).unwrap()).unwrap().text().to_owned()
    }

    /// The columns that Polars returns, as `name: value value`.
    fn returned(sql: &str) -> Vec<String> {
        let t = df!(
            "k" => [1_i64, 2, 3, 4],
            "g" => [1_i64, 1, 2, 2],
            "x" => [Some(10_i64), Some(-5), None, Some(7)],
            "name" => ["a", "bb", "ccc", "日本"],
        );
        let moment =
            (col("k") * lit(3_600_000_000_i64)).cast(polars::prelude::DataType::Datetime(TimeUnit::Microseconds, None));
        let mut context = SQLContext::new();
        context.register("t", t.unwrap().lazy().with_column(moment.alias("moment")));
        let result =
            context.execute(sql).and_then(|rows| rows.collect()).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let shown = result.columns().iter().map(|column| {
            let values = (0..column.len()).map(|row| column.get(row).unwrap().to_string());
            format!("{}: {}", column.name(), values.collect::<Vec<_>>().join(" "))
        });
        shown.collect()
    }

    #[test]
    fn counts_and_ranks_are_signed() {
        for (sql, expected) in [
            ("SELECT COUNT(*) - 9 FROM t", "SELECT CAST(COUNT(*) AS BIGINT) - 9 FROM t"),
            (
                "SELECT count(DISTINCT a) FILTER (WHERE (b)) FROM t -- COUNT(*)",
                "SELECT CAST(count(DISTINCT a) FILTER (WHERE (b)) AS BIGINT) FROM t",
            ),
            (
                "SELECT RANK() OVER (ORDER BY COUNT(*)) FROM t",
                "SELECT CAST(RANK() OVER (ORDER BY CAST(COUNT(*) AS BIGINT)) AS BIGINT) FROM t",
            ),
            ("SELECT rank FROM t", "SELECT rank FROM t"),
            (
                "SELECT SUM(count) AS count, 'COUNT(*)' AS n FROM t",
                "SELECT SUM(count) AS count, 'COUNT(*)' AS n FROM t",
            ),
        ] {
            assert_eq!(dialect(sql), expected);
        }
    }

    #[test]
    fn numbers_below_nothing_are_returned_as_such() {
        for (sql, expected) in [
            ("SELECT (COUNT(*) FILTER (WHERE x > 0)) - COUNT(*) FROM t", &["x: -2"][..]),
            ("SELECT COUNT(*) - 999999 FROM t", &["len: -999995"]),
            ("SELECT COUNT(*) * 1000000 * 1000000 AS n FROM t", &["n: 4000000000000"]),
            (
                "SELECT -COUNT(*) AS n, ABS(COUNT(x) - 9) AS a, COUNT(DISTINCT g) - 9 AS d FROM t",
                &["n: -4", "a: 6", "d: -7"],
            ),
            ("SELECT CASE WHEN COUNT(*) > 1 THEN ((COUNT(*))) - 10 ELSE 0 END AS n FROM t", &["n: -6"]),
            ("SELECT k FROM t ORDER BY LENGTH(name) - 5, ROW_NUMBER() OVER (ORDER BY k) * -1", &["k: 1 4 2 3"]),
            ("SELECT g FROM t GROUP BY g HAVING COUNT(x) - 2 < 0", &["g: 2"]),
            ("SELECT k FROM t WHERE LENGTH(name) - 3 < 0 AND k IN (SELECT COUNT(*) - 2 FROM t)", &["k: 2"]),
            ("SELECT COUNT(*) OVER (PARTITION BY g) - 5 AS n FROM t", &["n: -3 -3 -3 -3"]),
            ("SELECT COUNT(x) OVER (PARTITION BY g ORDER BY k) - 5 AS n FROM t", &["n: -4 -3 -5 -4"]),
            ("SELECT SUM(n) - 99 AS n FROM (SELECT COUNT(*) OVER (PARTITION BY g) AS n FROM t) AS d", &["n: -91"]),
            ("SELECT RANK() OVER (ORDER BY g) - DENSE_RANK() OVER (ORDER BY k) AS r FROM t", &["r: 0 -1 0 -1"]),
            ("SELECT LAG(ROW_NUMBER() OVER (ORDER BY k)) OVER (ORDER BY k) - 3 AS r FROM t", &["r: null -2 -1 0"]),
            (
                "SELECT OCTET_LENGTH(name) - 9 AS o, BIT_LENGTH(name) - 99 AS b, CHAR_LENGTH(name) - 9 AS c FROM t WHERE k = 4",
                &["o: -3", "b: -51", "c: -7"],
            ),
            (
                "SELECT STRPOS(name, 'b') - 3 AS s, POSITION('b' IN name) - 3 AS p FROM t WHERE k = 1",
                &["s: -3", "p: -3"],
            ),
            ("SELECT ARRAY_LENGTH(ARRAY_AGG(k)) - 5 AS a FROM t", &["a: -1"]),
            ("SELECT SUM(x > 0) - 5 AS s, TOTAL((x IS NULL)) - 5 AS t FROM t", &["s: -3", "t: -4"]),
            (
                "SELECT EXTRACT(HOUR FROM moment) * 100 AS h, DATE_PART('year', moment) * 1000000000 AS y FROM t WHERE k = 4",
                &["h: 400", "y: 1970000000000"],
            ),
            (
                "SELECT EXTRACT(EPOCH FROM moment) + 0.5 AS e, EXTRACT(ms FROM moment) + 0.5 AS m FROM t WHERE k = 1",
                &["e: 3600.5", "m: 0.5"],
            ),
        ] {
            assert_eq!(returned(&dialect(sql)), expected, "{sql}");
        }
    }

    #[test]
    fn columns_without_an_alias_keep_the_names_that_polars_gives() {
        for sql in [
            "SELECT COUNT(*), COUNT(x), COUNT(DISTINCT g) FROM t",
            "SELECT COUNT(*) FILTER (WHERE x > 0), 9 - COUNT(*) FROM t",
            "SELECT g, COUNT(*) FROM t GROUP BY ALL",
            "SELECT k, ROW_NUMBER() OVER (ORDER BY k), RANK() OVER (ORDER BY g) FROM t",
            "SELECT LENGTH(name), EXTRACT(DAY FROM moment), SUM(x > 0) FROM t",
            "SELECT CASE WHEN LENGTH(name) > 1 THEN 1 ELSE LENGTH(name) END, POSITION('b' IN name) FROM t",
        ] {
            let names = |sql: &str| -> Vec<String> {
                returned(sql).iter().filter_map(|column| Some(column.split_once(':')?.0.to_owned())).collect()
            };
            assert_eq!(names(&dialect(sql)), names(sql), "{sql}");
        }
    }

    #[test]
    fn a_cte_that_polars_would_not_read_is_an_error() {
        let shadowing =
            Statement::parse("WITH visit AS (SELECT k FROM visit WHERE k > 2)\nSELECT COUNT(*) FROM visit").unwrap();
        assert_eq!(
            polars(&shadowing).unwrap_err().to_string(),
            "line 1, column 6: visit is a CTE and a table that is read: name the CTE after what its rows are"
        );
        assert!(polars(&Statement::parse("WITH visit AS (SELECT k FROM fee) SELECT k FROM visit").unwrap()).is_ok());
    }
}
