//! A number that may be missing, in no more room than the number.

/// A whole number that may be missing, in eight bytes. The least number stands for nothing: no amount is it, and a key once in 2⁶⁴.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Maybe(i64);

impl Maybe {
    const NOTHING: Self = Self(i64::MIN);

    /// The number, if there is one.
    pub fn get(self) -> Option<i64> {
        (self != Self::NOTHING).then_some(self.0)
    }
}

impl From<Option<i64>> for Maybe {
    fn from(value: Option<i64>) -> Self {
        value.map_or(Self::NOTHING, Self)
    }
}

impl Default for Maybe {
    fn default() -> Self {
        Self::NOTHING
    }
}
