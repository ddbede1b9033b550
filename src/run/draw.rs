//! How tokens are drawn, and where the random numbers of one step come from.
//!
//! Invariant: a step's seed hangs on what is asked, never on when or beside what: the same run gives the same
//! text after an interruption, and in any order.

use crate::domain::{Decoding, ItemId, RoundNo, Sampling, Step};

use super::order::Take;

/// How a round's tokens are drawn, and from which random numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// How tokens are drawn from the model's distribution.
    pub decoding: Decoding,
    /// What all random numbers come from.
    pub seed: u64,
    /// Whether they are the same under every condition.
    pub is_locked: bool,
}

/// The place of a step among all that is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct StepAt<'a> {
    pub item: &'a ItemId,
    pub take: Take,
    pub condition: &'a str,
    pub round: RoundNo,
    pub step: usize,
}

impl Draw {
    /// How one step is sampled. Its seed depends on what is asked, not on when or beside what: the
    /// same run gives the same text after an interruption, and in any order. Locked, the condition does not
    /// count: what the same step of the same round of a question is drawn with is then the same in all
    /// columns, and of all models.
    pub(super) fn sampling(self, at: StepAt<'_>, recipe: &Step) -> Sampling {
        let StepAt {
            item,
            take,
            round,
            step,
            ..
        } = at;
        let condition = match self.is_locked {
            true => "",
            false => at.condition,
        };
        let mut hash = Fnv::new();
        hash.write(&self.seed.to_le_bytes());
        hash.write(item.0.as_bytes());
        hash.write(&[0xff]);
        hash.write(condition.as_bytes());
        hash.write(&[0xff]);
        hash.write(&round.0.to_le_bytes());
        hash.write(&(step as u64).to_le_bytes());
        if take != Take::default() {
            hash.write(&take.sample.to_le_bytes());
            hash.write(&take.rotation.to_le_bytes());
        }
        Sampling {
            decoding: self.decoding,
            seed: hash.finish(),
            max_tokens: recipe.max_tokens,
            stop: recipe.stop.clone(),
        }
    }
}

/// FNV-1a with a final mix: stable across versions and platforms, which `std`'s hasher is not.
struct Fnv(u64);

impl Fnv {
    fn new() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
