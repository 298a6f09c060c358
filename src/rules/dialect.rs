//! The one place where the common SQL text is adapted to an engine: Polars counts in unsigned 32-bit numbers, so that
//! `COUNT(*) - 9` would be four thousand million; the other engines count in signed 64-bit ones.

use super::tokens::{end_of_call, tokenise};

/// Functions whose result Polars returns as an unsigned number.
const UNSIGNED: [&str; 4] = ["COUNT", "ROW_NUMBER", "RANK", "DENSE_RANK"];

/// `sql` for Polars: every count and rank cast to BIGINT.
pub fn polars(sql: &str) -> String {
    // Texts come from a checked rule, whose tokens end; an unended one would be refused by Polars as well.
    let tokens = tokenise(sql).unwrap_or_default();
    let mut insertions = Vec::new();
    for at in 0..tokens.len() {
        if UNSIGNED.iter().any(|name| tokens[at].is_word(name))
            && let Some(last) = end_of_call(&tokens, at)
        {
            insertions.push((tokens[at].start, "CAST("));
            insertions.push((tokens[last].end, " AS BIGINT)"));
        }
    }
    insertions.sort_by_key(|(position, _)| *position);
    let mut text = String::with_capacity(sql.len() + 16 * insertions.len());
    let mut copied = 0;
    for (position, inserted) in insertions {
        text.push_str(&sql[copied..position]);
        text.push_str(inserted);
        copied = position;
    }
    text.push_str(&sql[copied..]);
    text
}

#[cfg(test)]
mod tests {
    use super::polars;

    #[test]
    fn counts_and_ranks_are_signed() {
        for (sql, expected) in [
            ("SELECT COUNT(*) - 9 FROM t", "SELECT CAST(COUNT(*) AS BIGINT) - 9 FROM t"),
            (
                "SELECT count(DISTINCT a) FILTER (WHERE (b)) FROM t -- COUNT(*)",
                "SELECT CAST(count(DISTINCT a) FILTER (WHERE (b)) AS BIGINT) FROM t -- COUNT(*)",
            ),
            (
                "SELECT RANK() OVER (ORDER BY COUNT(*)) FROM t",
                "SELECT CAST(RANK() OVER (ORDER BY CAST(COUNT(*) AS BIGINT)) AS BIGINT) FROM t",
            ),
            ("SELECT rank FROM t", "SELECT rank FROM t"),
        ] {
            assert_eq!(polars(sql), expected);
        }
    }
}
