//! What an experiment is made of, apart from its items.

use std::sync::Arc;

use crate::domain::{Condition, ConditionNo, Decoding, Item};

use super::draw::Draw;

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
    /// Whether all conditions draw with the same random numbers.
    pub lock_seeds: bool,
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

    /// How everything draws that has no way of its own.
    pub fn draw(&self) -> Draw {
        Draw {
            decoding: self.decoding,
            seed: self.seed,
            is_locked: self.lock_seeds,
        }
    }
}
