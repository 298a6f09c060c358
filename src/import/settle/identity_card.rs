//! What an 18-character resident identity number says: whether it can exist, and whose birth day and sex it carries.

use chrono::NaiveDate;

/// Weights of the first 17 digits, GB 11643-1999.
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Check characters by the weighted sum modulo 11, GB 11643-1999.
const CHECKS: [u8; 11] = *b"10X98765432";

/// A well-formed identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IdentityCard {
    /// Day of birth, days since 1970-01-01.
    pub birth_day: i32,
    /// `1` male, `2` female.
    pub gend: &'static str,
}

/// Reads an identity number: `None` when `certno` is another document, which says nothing, and `Some(None)` when it has the form
/// of an identity number but none such can exist, because its check character or its date of birth is wrong.
pub(super) fn read(certno: &str) -> Option<Option<IdentityCard>> {
    let bytes: &[u8; 18] = certno.as_bytes().try_into().ok()?;
    let (body, check) = bytes.split_at(17);
    if !body.iter().all(u8::is_ascii_digit) || !(check[0].is_ascii_digit() || check[0] == b'X') {
        return None;
    }
    let digit = |at: usize| u32::from(body[at] - b'0');
    let sum: u32 = WEIGHTS.iter().enumerate().map(|(at, weight)| weight * digit(at)).sum();
    let number = |from: usize, to: usize| (from..to).fold(0, |number, at| number * 10 + digit(at));
    let birth = i32::try_from(number(6, 10))
        .ok()
        .and_then(|year| NaiveDate::from_ymd_opt(year, number(10, 12), number(12, 14)));
    let card = birth.filter(|_| CHECKS[(sum % 11) as usize] == check[0]).map(|birth| IdentityCard {
        birth_day: birth.to_epoch_days(),
        gend: if digit(16) % 2 == 1 { "1" } else { "2" },
    });
    Some(card)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar;

    #[test]
    fn the_standard_s_own_example_is_valid() {
        // GB 11643-1999, 4.3: 11010519491231002X and 440524188001010014.
        let card = read("11010519491231002X").flatten().expect("valid");
        assert_eq!((calendar::iso(card.birth_day).as_str(), card.gend), ("1949-12-31", "2"));
        let card = read("440524188001010014").flatten().expect("valid");
        assert_eq!((calendar::iso(card.birth_day).as_str(), card.gend), ("1880-01-01", "1"));
    }

    #[test]
    fn wrong_checks_and_dates_are_impossible_and_other_documents_say_nothing() {
        assert_eq!(read("110105194912310021"), Some(None));
        assert_eq!(read("11010519491331002X"), Some(None));
        for other in ["", "E12345678", "130503670401001", "1101051949123100XX", "３４0103"] {
            assert_eq!(read(other), None, "{other}");
        }
    }
}
