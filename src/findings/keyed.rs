//! Values by 64-bit key for keys that are known beforehand, in half the memory of a hash map.

/// Keys of one slot of [`Keyed`]: a line of the processor's cache.
const SLOT_KEYS: usize = 8;

/// Values by key: dense lists, a slot of keys searched at a time.
#[derive(Debug)]
pub struct Keyed<T> {
    /// Sorted.
    keys: Vec<i64>,
    /// Where the keys of each slot begin, and the end. Keys are hashes, so their first bits spread them evenly over the slots.
    slots: Vec<usize>,
    /// Bits of a key after those that tell its slot.
    shift: u32,
    values: Vec<T>,
    found: Vec<bool>,
}

impl<T: Clone + Default> Default for Keyed<T> {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl<T: Clone + Default> Keyed<T> {
    /// Room for the values of these keys.
    pub fn of(mut keys: Vec<i64>) -> Self {
        keys.sort_unstable();
        keys.dedup();
        keys.shrink_to_fit();
        let (values, found) = (vec![T::default(); keys.len()], vec![false; keys.len()]);
        // At least two slots, because a number cannot be shifted by all its bits.
        let bits = (keys.len() / SLOT_KEYS).max(2).ilog2();
        let mut keyed =
            Self { keys, slots: Vec::with_capacity((1 << bits) + 1), shift: i64::BITS - bits, values, found };
        for (place, key) in keyed.keys.iter().enumerate() {
            while keyed.slots.len() <= keyed.slot(*key) {
                keyed.slots.push(place);
            }
        }
        keyed.slots.resize((1 << bits) + 1, keyed.keys.len());
        keyed
    }

    /// The slot of a key: slots are in the order of the keys.
    const fn slot(&self, key: i64) -> usize {
        ((key.cast_unsigned() ^ (1 << 63)) >> self.shift) as usize
    }

    fn place(&self, key: i64) -> Option<usize> {
        let slot = self.slot(key);
        let (first, end) = (*self.slots.get(slot)?, *self.slots.get(slot + 1)?);
        self.keys[first..end].binary_search(&key).ok().map(|place| first + place)
    }

    /// The keys there is room for, sorted.
    pub fn keys(&self) -> &[i64] {
        &self.keys
    }

    /// The values that were set, in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &T> {
        self.values.iter().zip(&self.found).filter_map(|(value, found)| found.then_some(value))
    }

    /// The value of a key, if it was set.
    pub fn get(&self, key: i64) -> Option<&T> {
        let place = self.place(key)?;
        self.found[place].then(|| &self.values[place])
    }

    /// The value of a key, to be changed.
    pub fn get_mut(&mut self, key: i64) -> Option<&mut T> {
        let place = self.place(key)?;
        self.found[place].then(|| &mut self.values[place])
    }

    /// Sets the value of a key that there is room for.
    pub fn set(&mut self, key: i64, value: T) {
        if let Some(place) = self.place(key) {
            self.values[place] = value;
            self.found[place] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_however_they_lie() {
        let spread = |n: i64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15_u64.cast_signed());
        let sets: [Vec<i64>; 5] = [
            Vec::new(),
            vec![7],
            vec![i64::MIN, -1, 0, 1, i64::MAX],
            (0..1000).collect(),
            (0..1000).map(spread).collect(),
        ];
        for keys in sets {
            let (some, others): (Vec<i64>, Vec<i64>) = keys.iter().partition(|key| *key % 3 != 0);
            let mut keyed = Keyed::of(keys.iter().rev().chain(&keys).copied().collect());
            for key in &some {
                keyed.set(*key, *key);
            }
            assert!(some.iter().all(|key| keyed.get(*key) == Some(key)), "{keys:?}");
            assert!(others.iter().all(|key| keyed.get(*key).is_none()), "never set: {keys:?}");
            assert_eq!(keyed.values().count(), some.len(), "{keys:?}");
            keyed.set(123_456_789, 1);
            assert_eq!(keyed.get(123_456_789), None, "there is no room for other keys");
        }
    }
}
