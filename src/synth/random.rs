//! Dice: reproducible draws, integers only, so that an area is the same on every machine.

use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::{Rng, SeedableRng};

/// A stream of draws that depends on nothing but its seed and number.
#[derive(Debug, Clone)]
pub(super) struct Dice(Pcg64Mcg);

impl Dice {
    /// The stream with `number` under `seed`; each person has one of their own, so that threads change nothing.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        // Both are spread over all bits first: neighbouring persons must not have neighbouring streams.
        let mut bytes = [0_u8; 16];
        bytes[..8].copy_from_slice(&spread(seed ^ spread(number)).to_le_bytes());
        bytes[8..].copy_from_slice(&spread(number.wrapping_add(seed.rotate_left(32))).to_le_bytes());
        Self(Pcg64Mcg::from_seed(bytes))
    }

    /// A number from 0 to `bound` − 1; 0 when `bound` is 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        // The high half of the product is uniform to within 2⁻⁶⁴ × bound, far finer than anything here needs.
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1).max(1).cast_unsigned()).cast_signed()
    }

    /// An index into something of `length`; 0 when it is empty.
    pub(super) fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// True `parts` times in ten thousand.
    pub(super) fn chance(&mut self, parts: u64) -> bool {
        self.below(10_000) < parts
    }

    /// One of `choices`.
    pub(super) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.index(choices.len())]
    }
}

/// Spreads a number over all 64 bits (the finaliser of SplitMix64).
pub(super) const fn spread(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::Dice;

    #[test]
    fn a_stream_depends_on_its_seed_and_number_only() {
        let draw = |seed, number| Dice::new(seed, number).below(1 << 40);
        assert_eq!(draw(7, 3), draw(7, 3));
        assert_ne!(draw(7, 3), draw(7, 4));
        assert_ne!(draw(7, 3), draw(8, 3));
    }

    #[test]
    fn draws_stay_within_their_bounds() {
        let mut dice = Dice::new(1, 1);
        assert!((0..1000).all(|_| (3..=5).contains(&dice.between(3, 5))));
        assert_eq!(dice.below(0), 0);
    }
}
