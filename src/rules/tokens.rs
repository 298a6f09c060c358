//! Cuts SQL text into tokens, so that parameters and forbidden constructs are found in code and not in comments or texts.
//!
//! This is no parser: engines parse. It only has to agree with them on where comments, texts and names begin and end.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A keyword or a name.
    Word,
    /// A name in double quotes or backticks.
    QuotedName,
    /// A number.
    Number,
    /// A text in single quotes.
    Text,
    /// `:name`; the token's text is the name without the colon.
    Parameter,
    /// An operator or a bracket.
    Symbol,
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// Its text.
    pub text: &'a str,
    /// Byte at which it begins in the SQL text, colon and quotes included.
    pub start: usize,
    /// Byte after its last one.
    pub end: usize,
    /// Line, from 1.
    pub line: usize,
}

impl Token<'_> {
    /// Whether this is the keyword or name `word`, in any case.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether this is the operator or bracket `symbol`.
    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.text == symbol
    }
}

/// A text, comment or quoted name that does not end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: the {what} that begins here does not end")]
pub struct UnendedError {
    /// Line on which it begins, from 1.
    pub line: usize,
    /// What does not end.
    pub what: &'static str,
}

/// Operators of two characters; every other symbol is one character.
const TWO_CHARACTER_SYMBOLS: [&str; 9] = ["::", "<=", ">=", "<>", "!=", "||", "//", "==", "->"];

/// The tokens of `sql` in order, comments left out.
///
/// # Errors
/// If a comment, a text or a quoted name does not end.
pub fn tokenise(sql: &str) -> Result<Vec<Token<'_>>, UnendedError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut line = 1;
    while let Some(first) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let (kind, length, text) = if first.is_whitespace() {
            line += usize::from(first == '\n');
            at += first.len_utf8();
            continue;
        } else if rest.starts_with("--") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if rest.starts_with("/*") {
            let length = rest.find("*/").ok_or(UnendedError { line, what: "comment" })? + "*/".len();
            line += newlines(&rest[..length]);
            at += length;
            continue;
        } else if first == '\'' {
            let length = quoted_length(rest, '\'').ok_or(UnendedError { line, what: "text" })?;
            (TokenKind::Text, length, &rest[..length])
        } else if first == '"' || first == '`' {
            let length = quoted_length(rest, first).ok_or(UnendedError { line, what: "quoted name" })?;
            (TokenKind::QuotedName, length, &rest[..length])
        } else if first == ':' && rest[1..].starts_with(begins_name) {
            let length = 1 + length_while(&rest[1..], continues_name);
            (TokenKind::Parameter, length, &rest[1..length])
        } else if begins_name(first) {
            let length = length_while(rest, continues_name);
            (TokenKind::Word, length, &rest[..length])
        } else if first.is_ascii_digit() {
            let length = length_while(rest, |c| c.is_ascii_alphanumeric() || c == '.');
            (TokenKind::Number, length, &rest[..length])
        } else {
            let pair = TWO_CHARACTER_SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
            let length = pair.map_or(first.len_utf8(), |symbol| symbol.len());
            (TokenKind::Symbol, length, &rest[..length])
        };
        tokens.push(Token { kind, text, start: at, end: at + length, line });
        line += newlines(&rest[..length]);
        at += length;
    }
    Ok(tokens)
}

/// One named step of a `WITH` list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cte<'a> {
    /// The name token.
    pub name: Token<'a>,
    /// Index of the opening bracket of its body.
    pub open: usize,
    /// Index of the closing bracket of its body.
    pub close: usize,
}

/// The steps of the `WITH` list at the head of a statement, in order; none when there is no such list.
pub fn ctes<'a>(tokens: &[Token<'a>]) -> Vec<Cte<'a>> {
    let mut steps = Vec::new();
    let mut at = 1;
    if !tokens.first().is_some_and(|token| token.is_word("WITH")) {
        return steps;
    }
    while let (Some(name), Some(keyword), Some(open)) = (tokens.get(at), tokens.get(at + 1), tokens.get(at + 2)) {
        if name.kind != TokenKind::Word || !keyword.is_word("AS") || !open.is_symbol("(") {
            break;
        }
        let Some(close) = closing(tokens, at + 2) else { break };
        steps.push(Cte { name: *name, open: at + 2, close });
        if !tokens.get(close + 1).is_some_and(|token| token.is_symbol(",")) {
            break;
        }
        at = close + 2;
    }
    steps
}

/// Index of the bracket that closes the one at `open`.
pub fn closing(tokens: &[Token<'_>], open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(index);
            }
        }
    }
    None
}

/// Index of the bracket that opens the one closed at `close`.
pub fn opening(tokens: &[Token<'_>], close: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for index in (0..=close).rev() {
        if tokens[index].is_symbol(")") {
            depth += 1;
        } else if tokens[index].is_symbol("(") {
            depth = depth.checked_sub(1)?;
            if depth == 0 {
                return Some(index);
            }
        }
    }
    None
}

/// Index of the last bracket of the function call at `at`, with the FILTER and OVER that belong to it.
pub fn end_of_call(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let bracket = |index: usize| tokens.get(index).filter(|token| token.is_symbol("(")).map(|_| index);
    let mut last = closing(tokens, bracket(at + 1)?)?;
    for suffix in ["FILTER", "OVER"] {
        if tokens.get(last + 1).is_some_and(|token| token.is_word(suffix)) {
            last = closing(tokens, bracket(last + 2)?)?;
        }
    }
    Some(last)
}

fn begins_name(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn continues_name(c: char) -> bool {
    begins_name(c) || c.is_ascii_digit()
}

fn newlines(text: &str) -> usize {
    text.matches('\n').count()
}

fn length_while(text: &str, mut accept: impl FnMut(char) -> bool) -> usize {
    text.find(|c| !accept(c)).unwrap_or(text.len())
}

/// Bytes of the quoted piece at the head of `text`; a doubled quote stands for one.
fn quoted_length(text: &str, quote: char) -> Option<usize> {
    let mut at = 1;
    loop {
        at += text[at..].find(quote)? + 1;
        if !text[at..].starts_with(quote) {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        tokenise(sql).unwrap().iter().map(|token| token.text).collect()
    }

    #[test]
    fn comments_and_texts_hide_what_is_in_them() {
        let sql = "SELECT a -- :no 'quote\n/* :no\n */ , 'it''s :no' AS b, :yes FROM t";
        let tokens = tokenise(sql).unwrap();
        let parameters: Vec<_> = tokens.iter().filter(|token| token.kind == TokenKind::Parameter).collect();
        assert_eq!(parameters.len(), 1);
        assert_eq!(parameters[0].text, "yes");
        assert_eq!(&sql[parameters[0].start..parameters[0].end], ":yes");
        assert_eq!(parameters[0].line, 3);
        assert!(tokens.iter().any(|token| token.kind == TokenKind::Text && token.text == "'it''s :no'"));
    }

    #[test]
    fn a_double_colon_is_no_parameter() {
        assert_eq!(texts("a::BIGINT<=:limit"), ["a", "::", "BIGINT", "<=", "limit"]);
    }

    #[test]
    fn what_does_not_end_is_an_error() {
        assert_eq!(tokenise("SELECT\n'a").unwrap_err(), UnendedError { line: 2, what: "text" });
        assert_eq!(tokenise("/* a").unwrap_err(), UnendedError { line: 1, what: "comment" });
    }

    #[test]
    fn steps_of_a_with_list_are_found() {
        let tokens = tokenise("WITH a AS (SELECT (1) AS x FROM t), b AS (SELECT x FROM a) SELECT x FROM b").unwrap();
        let steps = ctes(&tokens);
        assert_eq!(steps.iter().map(|step| step.name.text).collect::<Vec<_>>(), ["a", "b"]);
        assert!(steps.iter().all(|step| tokens[step.close].is_symbol(")")));
        assert_eq!(opening(&tokens, steps[1].close), Some(steps[1].open));
    }
}
