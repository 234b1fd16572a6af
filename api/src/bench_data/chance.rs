//! Keys and numbers that follow from a seed.

use chrono::{DateTime, Utc};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use uuid::Uuid;

use crate::world::{Clock, World};

/// The moment from which all keys are made, so that they are the same at every call.
struct Beginning;

impl Clock for Beginning {
    fn now(&self) -> DateTime<Utc> {
        const BEGINNING: i64 = 1_735_689_600;
        DateTime::from_timestamp(BEGINNING, 0).unwrap_or_default()
    }
}

pub(super) struct Chance {
    keys: World,
    numbers: ChaCha8Rng,
}

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        let mut whole = [0; 32];
        whole[..8].copy_from_slice(&seed.to_le_bytes());
        Self { keys: World::new(Beginning, whole), numbers: ChaCha8Rng::from_seed(whole) }
    }

    /// The next key.
    pub(super) fn key(&self) -> Uuid {
        self.keys.uuid()
    }

    /// A number from 0 up to and without `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        const BITS: u32 = 32;
        let number = u128::from(self.numbers.next_u64() >> BITS);
        usize::try_from((number * end as u128) >> BITS).unwrap_or_default()
    }

    /// One of a list that is not empty.
    pub(super) fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// Whether something happens that happens once in `times`.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A number from 0 to 1 in steps of a ten-thousandth.
    pub(super) fn share(&mut self) -> f64 {
        const STEPS: usize = 10_000;
        self.below(STEPS + 1) as f64 / STEPS as f64
    }
}
