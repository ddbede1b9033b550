//! What an experiment is made of, apart from its items.

use std::sync::Arc;

use crate::domain::{Condition, ConditionNo, Decoding, Item, ItemId, RoundNo, Sampling, Step};

use super::order::Take;

/// How an answer is had.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// The model speaks, and what it says is parsed.
    #[default]
    Generate,
    /// The most probable option counts; nothing is generated where options can be scored. Steps of
    /// reasoning and free text are still spoken.
    Options,
}

impl Answers {
    /// The word used on the command line and in records.
    pub fn name(self) -> &'static str {
        match self {
            Answers::Generate => "generate",
            Answers::Options => "options",
        }
    }
}

/// How often each question is asked, and how its answer is had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Independent trajectories per item and condition; at least 1.
    pub samples: u16,
    /// Whether every order that turning the options gives is asked, instead of the written one.
    pub all_rotations: bool,
    /// How an answer is had.
    pub answers: Answers,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            samples: 1,
            all_rotations: false,
            answers: Answers::Generate,
        }
    }
}

impl Plan {
    /// In how many orders an item's options are shown.
    pub fn rotations(&self, item: &Item) -> u16 {
        match self.all_rotations {
            true => item.rotations(),
            false => 1,
        }
    }
}

/// The settings that its numbers depend on.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The conditions, in column order.
    pub conditions: Vec<Arc<Condition>>,
    /// Rounds per trajectory, the first answer included; at least 1.
    pub rounds: u16,
    /// Seed of all random numbers of this run.
    pub seed: u64,
    /// How tokens are drawn.
    pub decoding: Decoding,
    /// Whether P(option) is computed before every answer.
    pub belief: bool,
    /// How often each question is asked in the background, and how its answer is had.
    pub plan: Plan,
}

impl Settings {
    /// The condition in a column.
    pub fn condition(&self, no: ConditionNo) -> Option<&Arc<Condition>> {
        self.conditions.get(usize::from(no.0))
    }

    /// How one step is sampled. Its seed depends on what is asked, not on when or beside what: the
    /// same run gives the same text after an interruption, and in any order.
    pub fn sampling(
        &self,
        item: &ItemId,
        take: Take,
        condition: &str,
        round: RoundNo,
        step: usize,
        recipe: &Step,
    ) -> Sampling {
        self.sampling_with(self.seed, item, take, condition, round, step, recipe)
    }

    /// The same from another seed than the run's.
    #[allow(clippy::too_many_arguments)] // all that a seed depends on, and nothing else
    pub(super) fn sampling_with(
        &self,
        seed: u64,
        item: &ItemId,
        take: Take,
        condition: &str,
        round: RoundNo,
        step: usize,
        recipe: &Step,
    ) -> Sampling {
        let mut hash = Fnv::new();
        hash.write(&seed.to_le_bytes());
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

/// What a column asks with, and how its tokens are drawn where that is not as everywhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// What is asked.
    pub condition: Arc<Condition>,
    /// How tokens are drawn; `None` as in the settings.
    pub decoding: Option<Decoding>,
    /// Its seed; `None` as in the settings.
    pub seed: Option<u64>,
    /// Whether it draws with the same random numbers as all other locked columns.
    pub is_locked: bool,
    /// Why nothing can be asked so: a record's words that nobody has any more. `None`: it can.
    pub frozen: Option<Arc<str>>,
}

impl Column {
    /// The condition, everything else as in the settings.
    pub fn new(condition: Arc<Condition>) -> Column {
        Column {
            condition,
            decoding: None,
            seed: None,
            is_locked: false,
            frozen: None,
        }
    }

    /// Whether its tokens are drawn in the same way.
    pub(super) fn draws_as(&self, other: &Column) -> bool {
        let how = |c: &Column| (c.decoding, c.seed, c.is_locked);
        how(self) == how(other)
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
