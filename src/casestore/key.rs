//! Stateless 64-bit keys for codes, so that files can be imported independently, on many machines.
//!
//! A key is the xxh3 hash of a namespace and the normalised parts of a code. Nothing is looked up, so nightly increments
//! need no shared dictionary; that two codes meet in one key is checked when the dimension tables are written.

use xxhash_rust::xxh3::xxh3_64;

use crate::spelling::normalise;

/// Separates the namespace and the parts, so that `("AB", "C")` and `("A", "BC")` differ.
pub const SEPARATOR: char = '\u{1f}';

/// What a key names. Two namespaces never share a key for the same code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Namespace {
    /// A stay, an outpatient contact or a pharmacy purchase.
    Visit,
    /// The records within which reversals are paired.
    Unit,
    /// A person.
    Person,
    /// A medical institution or pharmacy.
    Institution,
    /// A practitioner.
    Practitioner,
    /// A department of an institution.
    Department,
    /// A settlement.
    Settlement,
    /// A fee line.
    Fee,
    /// A prescription or order.
    Prescription,
    /// An insured item.
    Item,
    /// An item of a hospital's own price list.
    HospitalItem,
    /// A hospital item together with the insured item it was billed as.
    ItemPair,
}

impl Namespace {
    /// The text hashed in front of the code; changing one changes every key, so these never change.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Visit => "visit",
            Self::Unit => "unit",
            Self::Person => "psn",
            Self::Institution => "inst",
            Self::Practitioner => "dr",
            Self::Department => "dept",
            Self::Settlement => "setl",
            Self::Fee => "fee",
            Self::Prescription => "rx",
            Self::Item => "item",
            Self::HospitalItem => "hosp_item",
            Self::ItemPair => "pair",
        }
    }

    /// The namespace with this prefix, if there is one.
    pub fn from_prefix(prefix: &str) -> Option<Self> {
        [
            Self::Visit,
            Self::Unit,
            Self::Person,
            Self::Institution,
            Self::Practitioner,
            Self::Department,
            Self::Settlement,
            Self::Fee,
            Self::Prescription,
            Self::Item,
            Self::HospitalItem,
            Self::ItemPair,
        ]
        .into_iter()
        .find(|namespace| namespace.prefix() == prefix)
    }
}

/// The key of a code made of `parts` in `namespace`.
pub fn key(namespace: Namespace, parts: &[&str]) -> i64 {
    let mut text = String::with_capacity(64);
    text.push_str(namespace.prefix());
    for part in parts {
        text.push(SEPARATOR);
        text.push_str(&normalise(part));
    }
    xxh3_64(text.as_bytes()).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_stable_across_versions() {
        // Written stores hold these numbers: a change here makes them unreadable.
        assert_eq!(key(Namespace::Item, &["001103000010000"]), key(Namespace::Item, &[" 001103000010000 "]));
        assert_eq!(key(Namespace::Item, &["xa01"]), key(Namespace::Item, &["ＸＡ０１"]));
        assert_ne!(key(Namespace::Fee, &["AB", "C"]), key(Namespace::Fee, &["A", "BC"]));
        assert_ne!(key(Namespace::Visit, &["1"]), key(Namespace::Unit, &["1"]));
        assert_ne!(key(Namespace::Person, &["1"]), key(Namespace::Person, &["01"]));
    }
}
