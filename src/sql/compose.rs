//! Puts named statements in front of another one as CTEs, as text: comments and layout stay, so that people can read the whole.

use sqlparser::ast;
use sqlparser::tokenizer::{Location, Token};

use super::statement::{Place, Statement, SyntaxError};

/// `statement` with `steps` (name and statement, each after those it reads) before its own CTEs. The CTEs of a step come before it.
///
/// # Errors
/// If one of them is no query.
pub fn with_steps(steps: &[(&str, &Statement)], statement: &Statement) -> Result<Statement, SyntaxError> {
    let mut ctes = Vec::new();
    for (name, step) in steps {
        let parts = Parts::of(step)?;
        ctes.extend(parts.ctes.map(str::to_owned));
        let body = format!("{}{}", parts.head, parts.body);
        ctes.push(format!("{name} AS (\n{}\n)", indented(&body, step)));
    }
    let parts = Parts::of(statement)?;
    ctes.extend(parts.ctes.map(str::to_owned));
    Statement::parse(&format!("{}WITH {}\n\n{}", parts.head, ctes.join(",\n\n"), parts.body))
}

/// The pieces of a query's text.
struct Parts<'t> {
    /// What stands before it: comments.
    head: &'t str,
    /// The WITH list, without its keyword.
    ctes: Option<&'t str>,
    /// The rest.
    body: &'t str,
}

impl<'t> Parts<'t> {
    fn of(statement: &'t Statement) -> Result<Self, SyntaxError> {
        let text = statement.text();
        let ast::Statement::Query(query) = statement.tree() else {
            return Err(SyntaxError { place: Place::START, problem: "it is no query".to_owned() });
        };
        let first = statement.tokens().first().map_or(0, |token| offset(text, token.span.start));
        let head = &text[..first];
        match query.with.as_ref().and_then(|with| Some((with, with.cte_tables.last()?))) {
            Some((with, last)) => {
                let begin = offset(text, with.with_token.0.span.end);
                let end = offset(text, last.closing_paren_token.0.span.end);
                Ok(Self { head, ctes: Some(text[begin..end].trim()), body: text[end..].trim() })
            }
            None => Ok(Self { head, ctes: None, body: text[first..].trim() }),
        }
    }
}

/// Byte at which a place of the text is.
fn offset(text: &str, place: Location) -> usize {
    let line = usize::try_from(place.line).unwrap_or(usize::MAX).saturating_sub(1);
    let column = usize::try_from(place.column).unwrap_or(usize::MAX).saturating_sub(1);
    let start = line
        .checked_sub(1)
        .map_or(0, |breaks| text.match_indices('\n').nth(breaks).map_or(text.len(), |(at, _)| at + 1));
    text[start..].char_indices().nth(column).map_or(text.len(), |(at, _)| start + at)
}

/// `body` four places to the right, where no text of `statement` goes over several lines.
fn indented(body: &str, statement: &Statement) -> String {
    let over_lines = |token: &Token| matches!(token, Token::SingleQuotedString(text) if text.contains('\n'));
    if statement.tokens().iter().any(|token| over_lines(&token.token)) {
        return body.to_owned();
    }
    let lines = body.lines().map(|line| if line.is_empty() { String::new() } else { format!("    {line}") });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(sql: &str) -> Statement {
        Statement::parse(sql).unwrap()
    }

    #[test]
    fn steps_stand_before_the_statements_own_ctes() {
        let stay = parse("-- Stays.\nSELECT a\nFROM t -- all of them\n");
        let day = parse("-- Days, 每日.\n\nWITH long AS ( -- 长\n    SELECT a FROM stay\n)\n\nSELECT a FROM long");
        let steps = [("stay", &stay), ("day", &day)];
        let whole = with_steps(
            &steps,
            &parse("-- A rule.\n\nWITH own AS (  -- mine\n    SELECT a FROM day\n)\nSELECT a FROM own\n"),
        )
        .unwrap();
        let expected = "\
-- A rule.

WITH stay AS (
    -- Stays.
    SELECT a
    FROM t -- all of them
),

long AS ( -- 长
    SELECT a FROM stay
),

day AS (
    -- Days, 每日.

    SELECT a FROM long
),

own AS (  -- mine
    SELECT a FROM day
)

SELECT a FROM own";
        assert_eq!(whole.text(), expected);
        let short = with_steps(&steps[..1], &parse("SELECT a FROM stay")).unwrap();
        assert!(short.text().ends_with(")\n\nSELECT a FROM stay"), "{}", short.text());
    }

    #[test]
    fn a_text_over_several_lines_stays_as_it_is() {
        let step = parse("SELECT 'a\nb' AS c FROM t");
        let whole = with_steps(&[("s", &step)], &parse("SELECT c FROM s")).unwrap();
        assert!(whole.text().contains("'a\nb'"), "{}", whole.text());
    }
}
