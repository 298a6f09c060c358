//! How a text file separates and quotes its fields: decided on its first lines.

use super::identify::known_columns;
use super::layout::Layouts;
use super::records::{Dialect, Fields, Outcome, next_record};

/// Lines looked at.
const SAMPLE_LINES: usize = 50;

/// Candidates; of those that fit equally, the first.
const DELIMITERS: [&str; 5] = ["|@|", "\t", ",", "|", ";"];

/// The dialect under which most columns of the header are known to a layout, and the header. `None` when the text has no line.
pub fn detect(text: &str, layouts: &Layouts) -> Option<(Dialect, Vec<String>)> {
    let quote = quote(text);
    DELIMITERS
        .into_iter()
        .filter_map(|delimiter| {
            let dialect = Dialect { delimiter, quote };
            let header = header(text, &dialect)?;
            let fit = (known_columns(layouts, &header), header.len() > 1);
            Some((fit, dialect, header))
        })
        // The first of the best: `max_by_key` would take the last.
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .map(|(_, dialect, header)| (dialect, header))
}

/// A dialect that is known, and the header that the text has under it. `None` when the text has no line.
pub fn with_header(text: &str, dialect: Dialect) -> Option<(Dialect, Vec<String>)> {
    let header = header(text, &dialect)?;
    Some((dialect, header))
}

/// The fields of the first line that is not blank.
fn header(text: &str, dialect: &Dialect) -> Option<Vec<String>> {
    let start = text.len() - text.trim_start_matches(['\r', '\n']).len();
    let mut fields = Fields::default();
    match next_record(text.as_bytes(), start, true, dialect, &mut fields) {
        Outcome::Complete { .. } => {}
        Outcome::Incomplete | Outcome::OpenQuote => return None,
    }
    let names: Vec<String> = fields.iter().map(|field| field.text(text, dialect.quote).into_owned()).collect();
    let blank = names.iter().all(|name| name.trim().is_empty());
    (!blank).then_some(names)
}

/// `'` when most fields that are quoted at all are quoted so; `"` otherwise.
fn quote(text: &str) -> u8 {
    let quoted = |mark: char| {
        let fields = text.lines().take(SAMPLE_LINES).flat_map(|line| line.split([',', '\t', '|', ';', '@']));
        let closed = |field: &str| field.len() > 1 && field.starts_with(mark) && field.ends_with(mark);
        fields.map(str::trim).filter(|field| closed(field)).count()
    };
    if quoted('\'') > quoted('"') { b'\'' } else { b'"' }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_and_quotes() {
        let layouts = Layouts::built_in().expect("layouts");
        let names = ["mdtrt_id", "psn_no", "begntime", "med_type"];
        for delimiter in ["|@|", "\t", ",", "|"] {
            for (mark, quote) in [("", b'"'), ("\"", b'"'), ("'", b'\'')] {
                let line = |fields: &[&str]| {
                    fields.iter().map(|field| format!("{mark}{field}{mark}")).collect::<Vec<_>>().join(delimiter)
                };
                let text = format!("{}\r\n{}\r\n", line(&names), line(&["1", "2", "2024-01-01", "11"]));
                let (dialect, header) = detect(&text, &layouts).expect("a header");
                assert_eq!((dialect.delimiter, dialect.quote), (delimiter, quote), "{text}");
                assert_eq!(header, names);
            }
        }
    }

    #[test]
    fn tabs_after_names_are_not_delimiters() {
        let layouts = Layouts::built_in().expect("layouts");
        let (dialect, header) = detect("mdtrt_id\t,psn_no\t,begntime\t\n", &layouts).expect("a header");
        assert_eq!((dialect.delimiter, header.len()), (",", 3));
        assert_eq!(detect("", &layouts), None);
    }
}
