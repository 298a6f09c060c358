//! A SQL text that was read once: its tree, to judge, cut and rewrite, and its tokens, to say where things stand.

use std::fmt;
use std::ops::ControlFlow;

use polars::prelude::{PolarsError, polars_err};
use sqlparser::ast::{self, Expr, UnaryOperator, Value, ValueWithSpan, Visit, VisitMut, Visitor, VisitorMut};
use sqlparser::dialect::GenericDialect;
use sqlparser::parser::{Parser, ParserOptions};
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer};

use super::reads::Names;

/// Where something stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: u64,
    /// Character of the line, from 1.
    pub column: u64,
}

impl Place {
    /// Where a text begins.
    pub const START: Self = Self { line: 1, column: 1 };

    /// Where a span begins, if the parser kept it.
    pub(super) fn of(span: Span) -> Option<Self> {
        (span.start != Location::empty()).then(|| Self::from(span.start))
    }
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        Self { line: location.line, column: location.column }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// A text that is no single statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct SyntaxError {
    /// Where it stops being one.
    pub place: Place,
    /// What was found there.
    pub problem: String,
}

impl From<SyntaxError> for PolarsError {
    fn from(error: SyntaxError) -> Self {
        polars_err!(SQLSyntax: "{error}")
    }
}

/// What a parameter stands for.
///
/// It goes into the text with its type, so that engines agree on the type of what is computed with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Literal {
    /// A whole number, BIGINT.
    Int(i64),
    /// A decimal number, DOUBLE.
    Double(f64),
}

/// One statement.
#[derive(Debug, Clone)]
pub struct Statement {
    text: String,
    tokens: Vec<TokenWithSpan>,
    tree: ast::Statement,
}

impl Statement {
    /// Reads a text as Polars reads it; a semicolon may end it.
    ///
    /// # Errors
    /// If it does not parse, or holds no statement or several.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let all = tokens(text)?;
        let tokens: Vec<_> = all.iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).cloned().collect();
        let options = ParserOptions { trailing_commas: true, ..ParserOptions::default() };
        let mut parser = Parser::new(&GenericDialect).with_options(options).with_tokens_with_locations(all);
        let mut statements = parser.parse_statements().map_err(|error| located(&error.to_string(), &tokens))?;
        match (statements.pop(), statements.is_empty()) {
            (Some(tree), true) => Ok(Self { text: text.to_owned(), tokens, tree }),
            (None, _) => Err(SyntaxError { place: Place::START, problem: "there is no statement".to_owned() }),
            (Some(_), false) => {
                let end = tokens.iter().find(|token| token.token == Token::SemiColon);
                let place = end.map_or(Place::START, |token| token.span.start.into());
                Err(SyntaxError { place, problem: "a second statement begins after the semicolon".to_owned() })
            }
        }
    }

    /// The text as it was read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of its parameters (`:name`, without the colon) and where each stands, in the order of the text.
    pub fn parameters(&self) -> Vec<(String, Place)> {
        struct Parameters(Vec<(String, Place)>);
        impl Visitor for Parameters {
            type Break = ();
            fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
                if let Some(name) = parameter(&value.value) {
                    self.0.push((name.to_owned(), value.span.start.into()));
                }
                ControlFlow::Continue(())
            }
        }
        let mut parameters = Parameters(Vec::new());
        let _ = Visit::visit(&self.tree, &mut parameters);
        parameters.0.sort_by_key(|(_, place)| *place);
        parameters.0
    }

    /// The names of its CTEs and where each is given, in the order of the text.
    pub fn ctes(&self) -> Vec<(String, Place)> {
        Names::of(&self.tree).ctes
    }

    /// The statement with every parameter that `value` knows replaced by its value.
    ///
    /// # Errors
    /// As [`Self::of_tree`].
    pub fn with_parameters(&self, value: impl Fn(&str) -> Option<Literal>) -> Result<Self, SyntaxError> {
        struct Put<F>(F);
        impl<F: Fn(&str) -> Option<Literal>> VisitorMut for Put<F> {
            type Break = ();
            fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
                if let Expr::Value(written) = expression
                    && let Some(literal) = parameter(&written.value).and_then(&self.0)
                {
                    *expression = typed(literal);
                }
                ControlFlow::Continue(())
            }
        }
        let mut tree = self.tree.clone();
        let _ = VisitMut::visit(&mut tree, &mut Put(value));
        Self::of_tree(tree)
    }

    /// Whether it asks which tables there are.
    pub const fn shows_tables(&self) -> bool {
        matches!(self.tree, ast::Statement::ShowTables { .. })
    }

    pub(super) fn tree(&self) -> &ast::Statement {
        &self.tree
    }

    /// Its tokens in order, without blanks and comments.
    pub(super) fn tokens(&self) -> &[TokenWithSpan] {
        &self.tokens
    }

    /// The statement of a tree that was changed.
    ///
    /// # Errors
    /// If sqlparser does not write the tree as it reads it: better no answer than that to another question.
    pub(super) fn of_tree(tree: ast::Statement) -> Result<Self, SyntaxError> {
        let statement = Self::parse(&written(&tree))?;
        if statement.tree == tree {
            return Ok(statement);
        }
        let problem = "the parser writes this statement otherwise than it reads it: write it more plainly".to_owned();
        Err(SyntaxError { place: Place::START, problem })
    }
}

/// The name of a parameter, without its colon.
pub(super) fn parameter(value: &Value) -> Option<&str> {
    match value {
        Value::Placeholder(text) => text.strip_prefix(':'),
        _ => None,
    }
}

/// All tokens of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<TokenWithSpan>, SyntaxError> {
    let mut tokens = Vec::new();
    match Tokenizer::new(&GenericDialect, text).tokenize_with_location_into_buf(&mut tokens) {
        Ok(()) => Ok(tokens),
        // What does not end begins where the last whole token ended; the tokeniser itself names the end of the text for a comment.
        Err(error) => {
            let place = tokens.last().map_or(Place::START, |token| token.span.end.into());
            Err(SyntaxError { place, problem: lower_first(&error.message) })
        }
    }
}

/// The parser's message, whose place is in its text. Without one it met the end of the text.
fn located(message: &str, tokens: &[TokenWithSpan]) -> SyntaxError {
    let message = message.trim_start_matches("sql parser error: ");
    let split = message.rsplit_once(" at Line: ").and_then(|(problem, place)| {
        let (line, column) = place.split_once(", Column: ")?;
        Some((problem, Place { line: line.parse().ok()?, column: column.parse().ok()? }))
    });
    let end = tokens.last().map_or(Place::START, |token| token.span.end.into());
    let (problem, place) = split.unwrap_or((message, end));
    SyntaxError { place, problem: lower_first(problem) }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

/// The text of a tree.
fn written(tree: &ast::Statement) -> String {
    /// sqlparser takes two quotes in a row inside a text for a quote that is doubled already, so all of them are doubled for it.
    struct DoubledQuotes;
    impl VisitorMut for DoubledQuotes {
        type Break = ();
        fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
            if let Value::SingleQuotedString(text) = &mut value.value {
                *text = text.replace('\'', "''");
            }
            ControlFlow::Continue(())
        }
    }
    let mut tree = tree.clone();
    let _ = VisitMut::visit(&mut tree, &mut DoubledQuotes);
    tree.to_string()
}

/// `CAST(… AS BIGINT)` or `CAST(… AS DOUBLE)`.
fn typed(literal: Literal) -> Expr {
    let (number, negative, data_type) = match literal {
        Literal::Int(value) => (value.unsigned_abs().to_string(), value < 0, ast::DataType::BigInt(None)),
        Literal::Double(value) => {
            (value.abs().to_string(), value < 0.0, ast::DataType::Double(ast::ExactNumberInfo::None))
        }
    };
    let number = Expr::value(Value::Number(number, false));
    let number = if negative { Expr::UnaryOp { op: UnaryOperator::Minus, expr: Box::new(number) } } else { number };
    cast(number, data_type)
}

/// `CAST(expression AS data_type)`.
pub(super) fn cast(expression: Expr, data_type: ast::DataType) -> Expr {
    Expr::Cast { kind: ast::CastKind::Cast, expr: Box::new(expression), data_type, array: false, format: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(sql: &str) -> String {
        Statement::parse(sql).unwrap_err().to_string()
    }

    #[test]
    fn comments_and_texts_hide_what_is_in_them() {
        let sql = "SELECT a -- :no 'quote\n/* :no\n */ , 'it''s :no' AS b, :yes FROM t";
        let parameters = Statement::parse(sql).unwrap().parameters();
        assert_eq!(parameters, [("yes".to_owned(), Place { line: 3, column: 25 })]);
    }

    #[test]
    fn a_double_colon_is_no_parameter() {
        let parameters = Statement::parse("SELECT a::BIGINT<=:limit FROM t").unwrap().parameters();
        assert_eq!(parameters, [("limit".to_owned(), Place { line: 1, column: 19 })]);
    }

    #[test]
    fn what_does_not_parse_is_an_error_with_its_place() {
        assert_eq!(problem("SELECT\n'a"), "line 2, column 1: unterminated string literal");
        assert_eq!(problem("/* a"), "line 1, column 1: unexpected EOF while in a multi-line comment");
        assert_eq!(problem("SELECT a\nFROM t WHERE b = = 1"), "line 2, column 18: expected: an expression, found: =");
        assert_eq!(problem("SELECT a FROM t WHERE"), "line 1, column 22: expected: an expression, found: EOF");
        assert_eq!(problem(" -- nothing"), "line 1, column 1: there is no statement");
        assert_eq!(
            problem("SELECT a FROM t;\nSELECT b FROM t"),
            "line 1, column 16: a second statement begins after the semicolon"
        );
        assert!(Statement::parse("SELECT a FROM t;").is_ok());
    }

    #[test]
    fn parameters_become_typed_literals_in_code_only() {
        let sql = "SELECT a -- :gap\nFROM t WHERE a-:gap < :share AND b = ':gap' AND c > :other AND d = :below";
        let value = |name: &str| match name {
            "gap" => Some(Literal::Int(15)),
            "share" => Some(Literal::Double(0.5)),
            "below" => Some(Literal::Int(-3)),
            _ => None,
        };
        let text = Statement::parse(sql).unwrap().with_parameters(value).unwrap();
        assert_eq!(
            text.text(),
            "SELECT a FROM t WHERE a - CAST(15 AS BIGINT) < CAST(0.5 AS DOUBLE) AND b = ':gap' AND c > :other AND d = CAST(-3 AS BIGINT)"
        );
    }

    #[test]
    fn a_changed_tree_says_what_it_said() {
        for text in ["'it''s'", "'it''''s'", "''''", "'\\'''", "''", "'a\nb'"] {
            let sql = format!("SELECT a FROM t WHERE b = {text}");
            let statement = Statement::parse(&sql).unwrap();
            assert_eq!(Statement::of_tree(statement.tree.clone()).unwrap().text(), sql);
        }
        // sqlparser writes two minus signs as the beginning of a comment.
        let minus = Statement::parse("SELECT 1 - (- -a) FROM t").unwrap();
        assert!(Statement::of_tree(minus.tree).is_err());
    }
}
