//! How a text file separates and quotes its fields: decided on its first lines.

use super::heading::{self, Heading};
use super::layout::Layouts;
use super::records::{Dialect, Fields, Outcome, next_record};

/// Lines looked at for quotation marks.
const SAMPLE_LINES: usize = 50;

/// Records looked at for backslashes.
const SAMPLE_RECORDS: usize = 5_000;

/// Candidates; of those that fit equally, the first.
const DELIMITERS: [&str; 17] =
    ["|@|", "|!|", "|#|", "^|^", "||", "\u{1}", "\u{1f}", "\t", ",", "|", ";", "^", "~", "，", "!", "#", "$"];

/// The dialect under which most columns of the header are known to a layout, and the header. `None` when the text has no line.
pub fn detect(text: &str, layouts: &Layouts) -> Option<(Dialect, Heading)> {
    let quote = quote(text);
    let known = heading::known_names(layouts);
    let (mut dialect, heading) = DELIMITERS
        .into_iter()
        .filter_map(|delimiter| {
            let dialect = Dialect { delimiter, quote, escapes: false };
            let heading = heading::find(text, &dialect, layouts, &known)?;
            Some((dialect, heading))
        })
        // The first of the best: `max_by_key` would take the last.
        .reduce(|best, next| if next.1.fit() > best.1.fit() { next } else { best })?;
    dialect.escapes = escapes(&text[heading.start..], &dialect, heading.names.len());
    Some((dialect, heading))
}

/// A dialect that is known, and the header that the text has under it. `None` when the text has no line.
pub fn with_header(text: &str, dialect: Dialect, layouts: &Layouts) -> Option<(Dialect, Heading)> {
    let heading = heading::find(text, &dialect, layouts, &heading::known_names(layouts))?;
    Some((dialect, heading))
}

/// `'` when most fields that are quoted at all are quoted so; `"` otherwise.
fn quote(text: &str) -> u8 {
    let quoted = |mark: char| {
        let fields = text.lines().take(SAMPLE_LINES).flat_map(|line| line.split([',', '\t', '|', ';', '@', '^', '~']));
        let closed = |field: &str| field.len() > 1 && field.starts_with(mark) && field.ends_with(mark);
        fields.map(str::trim).filter(|field| closed(field)).count()
    };
    if quoted('\'') > quoted('"') { b'\'' } else { b'"' }
}

/// Whether a backslash takes the meaning off the sign behind it, as MySQL writes: so records fit that else do not, and none the other way.
fn escapes(text: &str, dialect: &Dialect, width: usize) -> bool {
    if !text.contains('\\') {
        return false;
    }
    let fitting = |escapes: bool| {
        let dialect = Dialect { escapes, ..dialect.clone() };
        let (mut at, mut fields, mut fit) = (0, Fields::default(), 0_usize);
        for _ in 0..SAMPLE_RECORDS {
            match next_record(text.as_bytes(), at, false, &dialect, &mut fields) {
                Outcome::Complete { next, .. } => {
                    fit += usize::from(fields.len() == width);
                    at = next;
                }
                Outcome::Incomplete | Outcome::OpenQuote => break,
            }
        }
        fit
    };
    let (with, without) = (fitting(true), fitting(false));
    // A backslash that is doubled, and no backslash that means itself.
    let doubled = || {
        let mut signs = text.chars();
        let mut doubled = false;
        while let Some(sign) = signs.next() {
            if sign == '\\' {
                match signs.next() {
                    Some('\\') => doubled = true,
                    Some('n' | 't' | 'r' | 'N' | '0' | 'b' | 'Z' | '"' | '\'' | '\n') => {}
                    Some(other) if dialect.delimiter.starts_with(other) => {}
                    _ => return false,
                }
            }
        }
        doubled
    };
    with > without || (with == without && doubled())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_and_quotes() {
        let layouts = Layouts::built_in().expect("layouts");
        let names = ["mdtrt_id", "psn_no", "begntime", "med_type"];
        for delimiter in ["|@|", "\t", ",", "|", ";", "^", "~", "\u{1}", "\u{1f}"] {
            for (mark, quote) in [("", b'"'), ("\"", b'"'), ("'", b'\'')] {
                let line = |fields: &[&str]| {
                    fields.iter().map(|field| format!("{mark}{field}{mark}")).collect::<Vec<_>>().join(delimiter)
                };
                let text = format!("{}\r\n{}\r\n", line(&names), line(&["1", "2", "2024-01-01", "11"]));
                let (dialect, heading) = detect(&text, &layouts).expect("a header");
                assert_eq!((dialect.delimiter, heading.names), (delimiter, names.map(str::to_owned).to_vec()));
                if !matches!(delimiter, "\u{1}" | "\u{1f}") {
                    assert_eq!(dialect.quote, quote, "{text}");
                }
            }
        }
    }

    #[test]
    fn tabs_after_names_are_not_delimiters() {
        let layouts = Layouts::built_in().expect("layouts");
        let (dialect, heading) = detect("mdtrt_id\t,psn_no\t,begntime\t\n", &layouts).expect("a header");
        assert_eq!((dialect.delimiter, heading.names.len()), (",", 3));
        assert!(detect("", &layouts).is_none());
    }

    #[test]
    fn backslashes_that_escape_and_those_that_do_not() {
        let layouts = Layouts::built_in().expect("layouts");
        let header = "mdtrt_id\tpsn_no\tbegntime\tmed_type\n";
        let escapes = |rows: &str| detect(&format!("{header}{rows}"), &layouts).expect("a header").0.escapes;
        assert!(escapes("1\ta\\\tb\t2024-01-01\t11\n"));
        assert!(!escapes("1\t\\\t2024-01-01\t11\n"));
        assert!(!escapes("1\tC:\\x\t2024-01-01\t11\n"));
    }
}
