//! Codes and names as systems and people spell them: one spelling to compare codes by, and the known name that a mistyped one means.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfkc};

/// A code as keys of the case store see it: compatibility forms folded (full-width digits and letters), trimmed, upper case.
///
/// Leading zeros stay: `1` and `01` are different person numbers, and only a dictionary may say otherwise.
pub fn normalise(code: &str) -> Cow<'_, str> {
    let trimmed = code.trim();
    if is_nfkc(trimmed) && !trimmed.chars().any(char::is_lowercase) {
        return Cow::Borrowed(trimmed);
    }
    Cow::Owned(trimmed.nfkc().collect::<String>().to_uppercase())
}

/// The candidate nearest to a mistyped name, if one is near.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const NEAR: f64 = 0.75;
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_compared_without_their_typography() {
        assert_eq!([" ＸＡ０１ ", "xa01", "XA01", "01"].map(normalise), ["XA01", "XA01", "XA01", "01"]);
        assert!(matches!(normalise("XA01"), Cow::Borrowed(_)), "nothing is copied that need not be");
    }

    #[test]
    fn a_name_that_is_near_is_meant() {
        let known = ["split-stay", "split-stays", "rotation-ring"];
        assert_eq!(nearest("splitstay", known), Some("split-stay"));
        assert_eq!(nearest("dialysis", known), None);
    }
}
