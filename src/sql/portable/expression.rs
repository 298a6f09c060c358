//! What may stand in an expression: operators, functions, casts, windows and literals.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, CastKind, CeilFloorKind, DataType, DateTimeField, DuplicateTreatment, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, Spanned, TypedString, UnaryOperator, Value,
    ValueWithSpan, Visit, Visitor, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowSpec, WindowType,
};
use sqlparser::tokenizer::{Span, Token};

use super::super::reads::plain;
use super::super::statement::{Place, parameter};
use super::{ALLOWED_FUNCTIONS, Judge, UNTRIED, function_instead};

/// Functions that make one value of a group.
const AGGREGATES: [&str; 6] = ["SUM", "COUNT", "MIN", "MAX", "AVG", "MEDIAN"];

const UNTRIED_FUNCTION: &str = "it is not among the functions tried on every engine (docs/rules/README.md lists them)";
const SAME_ROWS: &str = "a rule returns the same rows on every run: take the value from the data or a parameter";
const WHOLE_DIVISION: &str = "write CAST(FLOOR(CAST(a AS DOUBLE) / b) AS BIGINT)";

impl Judge<'_> {
    pub(super) fn expression(&mut self, expression: &Expr) {
        let place = self.start(expression.span());
        match expression {
            Expr::Identifier(name) => self.name(name),
            Expr::CompoundIdentifier(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::InList { .. }
            | Expr::Between { .. }
            | Expr::Like { any: false, .. }
            | Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::Minus | UnaryOperator::Plus, .. }
            | Expr::Substring { shorthand: true, .. }
            | Expr::Nested(_)
            | Expr::Value(_)
            | Expr::Case { .. } => {}
            Expr::BinaryOp { left, op, right } => self.operator(left, op, right),
            Expr::Function(function) => self.call(function),
            Expr::Cast { kind, expr, data_type, array, format } => {
                self.cast(kind, expr, data_type);
                if *array || format.is_some() {
                    self.refuse(self.word_before(place, "CAST"), "a CAST with a format", "write CAST(a AS type)");
                }
            }
            Expr::Ceil { expr: _, field } | Expr::Floor { expr: _, field } => {
                let name = if matches!(expression, Expr::Ceil { .. }) { "CEIL" } else { "FLOOR" };
                if *field != CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) {
                    let construct = format!("{name} with a second argument");
                    self.refuse(self.word_before(place, name), construct, "multiply before and divide after");
                }
            }
            Expr::Interval(interval) => {
                let place = self.word_before(self.start(interval.value.span()), "INTERVAL");
                self.refuse_word(place, "INTERVAL");
            }
            Expr::TypedString(TypedString { data_type, value, .. }) => {
                let place = self.before(self.start(value.span), |token| matches!(token, Token::Word(_)));
                self.refuse(place, format!("a {data_type} literal"), "days and minutes are integers: use a parameter");
            }
            Expr::Exists { subquery, .. } => {
                self.refuse_word(self.word_before(self.start(subquery.span()), "EXISTS"), "EXISTS");
            }
            Expr::InSubquery { subquery, .. } => {
                let place = self.word_before(self.start(subquery.span()), "IN");
                self.refuse(
                    place,
                    "IN (SELECT …)",
                    "it takes all memory on large tables: use SEMI JOIN, or ANTI JOIN for NOT IN",
                );
            }
            Expr::Subquery(query) => self.subquery(self.start(query.span())),
            Expr::ILike { expr, .. } => self.refuse_word(self.word_after(expr.span(), "ILIKE"), "ILIKE"),
            Expr::RLike { expr, regexp, .. } => {
                let word = if *regexp { "REGEXP" } else { "RLIKE" };
                let place = self.word_after(expr.span(), word);
                self.refuse(place, word, super::word_instead("RLIKE").unwrap_or(UNTRIED));
            }
            Expr::Substring { .. } => self.other_function(place, "SUBSTRING"),
            Expr::Extract { .. } => self.other_function(place, "EXTRACT"),
            Expr::Position { .. } => self.other_function(place, "POSITION"),
            Expr::Trim { .. } => self.other_function(place, "TRIM"),
            Expr::Overlay { .. } => self.other_function(place, "OVERLAY"),
            Expr::Convert { is_try, .. } => self.other_function(place, if *is_try { "TRY_CONVERT" } else { "CONVERT" }),
            Expr::GroupingSets(_) => self.other_function(place, "GROUPING SETS"),
            Expr::Cube(_) => self.other_function(place, "CUBE"),
            Expr::Rollup(_) => self.other_function(place, "ROLLUP"),
            other => self.refuse(place, beginning(&other.to_string()), UNTRIED),
        }
    }

    /// A function that sqlparser has a node of its own for and that is not allowed.
    fn other_function(&mut self, place: Place, name: &str) {
        let place = self.word_before(place, name.split(' ').next().unwrap_or_default());
        self.refuse(place, format!("{name}()"), function_instead(name).unwrap_or(UNTRIED_FUNCTION));
    }

    fn subquery(&mut self, place: Place) {
        self.refuse(
            place,
            "a subquery in an expression",
            "aggregate in a CTE and join it (on a key, or CROSS JOIN for a single row)",
        );
    }

    fn operator(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) {
        use BinaryOperator as Op;
        let span = left.span();
        match op {
            Op::Plus
            | Op::Minus
            | Op::Multiply
            | Op::Gt
            | Op::Lt
            | Op::GtEq
            | Op::LtEq
            | Op::Eq
            | Op::NotEq
            | Op::And
            | Op::Or
            | Op::StringConcat => {}
            Op::Divide if chain_holds_double(left) || is_double(right) => {}
            Op::Divide => self.refuse(
                self.after(span, |token| *token == Token::Div),
                "/ between integers",
                "engines differ in whether it drops the fraction: write CAST(a AS DOUBLE) / b, with FLOOR around it for whole numbers",
            ),
            Op::DuckIntegerDivide => self.refuse(self.after(span, |token| *token == Token::DuckIntDiv), "//", WHOLE_DIVISION),
            Op::MyIntegerDivide => self.refuse_word(self.word_after(span, "DIV"), "DIV"),
            Op::Modulo => self.refuse(
                self.after(span, |token| *token == Token::Mod),
                "%",
                "engines differ for negative numbers: write a - b * CAST(FLOOR(CAST(a AS DOUBLE) / b) AS BIGINT)",
            ),
            other => {
                let written = other.to_string();
                let place = self.after(span, |token| token.to_string().eq_ignore_ascii_case(&written));
                self.refuse(place, written, "it is not among the operators tried on every engine");
            }
        }
    }

    fn cast(&mut self, kind: &CastKind, value: &Expr, data_type: &DataType) {
        let place = self.word_before(self.start(value.span()), "CAST");
        match kind {
            CastKind::Cast => {}
            CastKind::DoubleColon => {
                let place = self.after(value.span(), |token| *token == Token::DoubleColon);
                self.refuse(place, "::", "write CAST(a AS type)");
            }
            CastKind::TryCast => self.other_function(self.start(value.span()), "TRY_CAST"),
            CastKind::SafeCast => self.other_function(self.start(value.span()), "SAFE_CAST"),
        }
        match data_type {
            DataType::BigInt(None) | DataType::Int(None) | DataType::Integer(None) | DataType::SmallInt(None)
                if holds_double(value) && !is_rounded(value) =>
            {
                self.refuse(
                    place,
                    "CAST of a decimal number to a whole one",
                    "engines round or cut: write CAST(FLOOR(…) AS BIGINT) or CAST(CEIL(…) AS BIGINT)",
                );
            }
            DataType::Date
            | DataType::Date32
            | DataType::Time(..)
            | DataType::Datetime(_)
            | DataType::Datetime64(..)
            | DataType::Timestamp(..)
            | DataType::TimestampNtz(_) => {
                let instead = function_instead("DATE").unwrap_or(UNTRIED);
                self.refuse(place, format!("CAST to {data_type}"), instead);
            }
            _ => {}
        }
    }

    fn call(&mut self, function: &Function) {
        let Function { name, uses_odbc_syntax, parameters, args, filter, null_treatment, over, within_group } =
            function;
        let place = self.start(name.span());
        let upper = self.single_name(name);
        let list = match args {
            FunctionArguments::None => {
                let instead = if upper.starts_with("CURRENT_") { Some(SAME_ROWS) } else { function_instead(&upper) };
                self.refuse(place, upper, instead.unwrap_or(UNTRIED_FUNCTION));
                return;
            }
            FunctionArguments::Subquery(query) => {
                self.subquery(self.start(query.span()));
                return;
            }
            FunctionArguments::List(list) => list,
        };
        if matches!(upper.as_str(), "LAG" | "LEAD") && list.args.len() > 2 {
            let construct = format!("{upper} with a default");
            self.refuse(place, construct, "write COALESCE(LAG(a) OVER (…), default)");
        } else if over.is_some() && has_aggregate(list) {
            self.refuse(
                place,
                "a window over an aggregate",
                "aggregate in a CTE and use the window function in the next one",
            );
        } else if let Some(instead) = function_instead(&upper) {
            self.refuse(place, format!("{upper}()"), instead);
        } else if !ALLOWED_FUNCTIONS.contains(&upper.as_str()) {
            self.refuse(place, format!("{upper}()"), UNTRIED_FUNCTION);
        }
        let plain_arguments = list.args.iter().all(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(_)) => true,
            FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => upper == "COUNT",
            _ => false,
        });
        let simple = plain_arguments
            && list.clauses.is_empty()
            && !uses_odbc_syntax
            && *parameters == FunctionArguments::None
            && null_treatment.is_none()
            && within_group.is_empty();
        if !simple {
            self.refuse(place, format!("{upper}() with more than plain arguments"), UNTRIED);
        }
        if list.duplicate_treatment == Some(DuplicateTreatment::Distinct) && list.args.len() > 1 {
            let instead = "group by them in a CTE and count its rows";
            self.refuse(place, format!("{upper}(DISTINCT …) of several columns"), instead);
        }
        if filter.is_some() && over.is_some() {
            self.refuse(place, "FILTER and OVER in one call", "write SUM(CASE WHEN … THEN … ELSE 0 END) OVER (…)");
        }
        if let Some(WindowType::WindowSpec(window)) = over {
            self.window(window, name.span());
        }
    }

    /// A window; `span` is that of the name before it.
    pub(super) fn window(&mut self, window: &WindowSpec, span: Span) {
        let WindowSpec { window_name, partition_by, order_by, window_frame } = window;
        if let Some(Ident { span, .. }) = window_name {
            self.refuse(self.start(*span), "a window based on another one", "write it out");
        }
        let down = order_by.iter().filter(|column| column.options.asc == Some(false)).count();
        if down > 0 && down < order_by.len() {
            let first = partition_by.first().map_or_else(|| order_by[0].expr.span(), Spanned::span);
            self.refuse(
                self.word_before(self.start(first), "OVER"),
                "ASC and DESC in one window",
                "order by the negative of a number instead of DESC, so that all go one way",
            );
        }
        if let Some(frame) = window_frame {
            let before = order_by.iter().map(Spanned::span).chain(partition_by.iter().map(Spanned::span));
            self.frame(frame, before.fold(span, |all, part| all.union(&part)));
        }
    }

    fn frame(&mut self, frame: &WindowFrame, before: Span) {
        let WindowFrame { units, start_bound, end_bound } = frame;
        let place = self.word_after(before, &units.to_string());
        match units {
            WindowFrameUnits::Range | WindowFrameUnits::Groups => self.refuse(
                place,
                format!("a {units} frame"),
                "use LAG and LEAD, or a running SUM, MIN or MAX over a unique order; a join with range predicates for day windows",
            ),
            WindowFrameUnits::Rows => {
                let running = matches!(start_bound, WindowFrameBound::Preceding(None))
                    && matches!(end_bound, None | Some(WindowFrameBound::CurrentRow));
                if !running {
                    self.refuse(
                        place,
                        "a ROWS frame other than UNBOUNDED PRECEDING AND CURRENT ROW",
                        "use LAG and LEAD, or a running SUM, MIN or MAX",
                    );
                }
            }
        }
    }

    pub(super) fn value(&mut self, value: &ValueWithSpan) {
        let place = self.start(value.span);
        match &value.value {
            Value::SingleQuotedString(text) if text.contains('\\') => {
                self.refuse(place, "a backslash in a text", "Spark reads it as an escape: leave it out");
            }
            Value::Number(_, false) | Value::SingleQuotedString(_) | Value::Boolean(_) | Value::Null => {}
            Value::Placeholder(_) if parameter(&value.value).is_some() => {}
            Value::Placeholder(written) => self.refuse(place, written.clone(), "write a parameter as :name"),
            other => self.refuse(place, beginning(&other.to_string()), "write a number, or a text in single quotes"),
        }
    }
}

/// The first words of a piece of text, for constructs without a name.
fn beginning(text: &str) -> String {
    const LONGEST: usize = 40;
    let mut characters = text.chars();
    let start: String = characters.by_ref().take(LONGEST).collect();
    if characters.next().is_some() { format!("{start}…") } else { start }
}

pub(super) fn is_aggregate(function: &Function) -> bool {
    plain(&function.name).is_some_and(|name| AGGREGATES.iter().any(|aggregate| name.eq_ignore_ascii_case(aggregate)))
}

/// Whether any expression in `node` is as wanted.
fn any(node: &impl Visit, wanted: impl Fn(&Expr) -> bool) -> bool {
    struct Any<F>(F);
    impl<F: Fn(&Expr) -> bool> Visitor for Any<F> {
        type Break = ();
        fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
            if (self.0)(expression) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    node.visit(&mut Any(wanted)).is_break()
}

fn has_aggregate(arguments: &FunctionArgumentList) -> bool {
    any(arguments, |expression| matches!(expression, Expr::Function(function) if is_aggregate(function)))
}

/// Whether an expression is visibly made of decimal numbers. A double that is rounded further inside, as in
/// `CAST(3 * CAST(FLOOR(…) AS BIGINT) AS BIGINT)`, counts: the outer cast is not needed there.
fn holds_double(expression: &Expr) -> bool {
    any(expression, |inner| match inner {
        Expr::BinaryOp { op, .. } => *op == BinaryOperator::Divide,
        Expr::Cast { data_type, .. } => matches!(data_type, DataType::Double(_)),
        Expr::Function(function) => plain(&function.name)
            .is_some_and(|name| ["MEDIAN", "AVG"].iter().any(|other| name.eq_ignore_ascii_case(other))),
        Expr::Value(value) => matches!(&value.value, Value::Number(number, _) if number.contains('.')),
        _ => false,
    })
}

fn is_rounded(expression: &Expr) -> bool {
    match expression {
        Expr::Nested(inner) => is_rounded(inner),
        _ => matches!(expression, Expr::Ceil { .. } | Expr::Floor { .. }),
    }
}

/// Whether what stands left of a `/` is a double: it, or a factor or divisor before.
fn chain_holds_double(left: &Expr) -> bool {
    match left {
        Expr::BinaryOp { left, op: BinaryOperator::Multiply | BinaryOperator::Divide, right } => {
            chain_holds_double(left) || is_double(right)
        }
        _ => is_double(left),
    }
}

/// Whether an operand is a double: `CAST(… AS DOUBLE)`, or a bracket that holds one.
fn is_double(operand: &Expr) -> bool {
    let casts = |expression: &Expr| matches!(expression, Expr::Cast { data_type: DataType::Double(_), .. });
    match operand {
        Expr::Nested(inner) => any(inner.as_ref(), casts),
        Expr::UnaryOp { expr, .. } => is_double(expr),
        _ => casts(operand),
    }
}
