//! Persons and places numbered by when and where their records are, so that what they are called changes no result.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// Things in an order that says nothing about names.
#[derive(Debug)]
pub struct Numbering<T> {
    things: Vec<T>,
    numbers: HashMap<T, usize>,
}

impl<T: Copy + Ord + Hash> Numbering<T> {
    /// Numbers `things`, each once, in the order of their signatures; a tie is left to the things themselves.
    pub fn new(things: impl IntoIterator<Item = T>, signature: impl Fn(T) -> u64) -> Self {
        let things: BTreeSet<T> = things.into_iter().collect();
        let mut order: Vec<(u64, T)> = things.into_iter().map(|thing| (signature(thing), thing)).collect();
        order.sort_unstable();
        let things: Vec<T> = order.into_iter().map(|(_, thing)| thing).collect();
        let numbers = things.iter().enumerate().map(|(number, thing)| (*thing, number)).collect();
        Self { things, numbers }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.things.len()
    }

    /// The number of a thing that is among them.
    pub fn number(&self, thing: T) -> usize {
        self.numbers[&thing]
    }

    /// The thing with a number.
    pub fn thing(&self, number: usize) -> T {
        self.things[number]
    }
}
