//! What a column asks with, and where the random numbers of its panes come from.
//!
//! Invariant: what a pane draws hangs on its column, its round and the settings, never on what stands beside
//! it. Locked, it does not hang on the condition's name either: then columns that ask the same say the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{Condition, Decoding, RoundNo};

use super::draw::Draw;
use super::settings::Settings;

/// How one round of a column draws, where not as its column does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PaneDraw {
    /// Its temperature.
    pub temperature: Option<f64>,
    /// Its nucleus.
    pub top_p: Option<f64>,
    /// Its seed.
    pub seed: Option<u64>,
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
    /// Rounds that draw in another way than the column; none of them is empty.
    pub rounds: BTreeMap<RoundNo, PaneDraw>,
    /// Why nothing can be asked so: a record's words that nobody has any more. `None`: it can.
    pub frozen: Option<Arc<str>>,
}

impl Column {
    /// The condition, everything else as in the settings.
    pub fn new(condition: Arc<Condition>, settings: &Settings) -> Column {
        Column {
            condition,
            decoding: None,
            seed: None,
            is_locked: settings.lock_seeds,
            rounds: BTreeMap::new(),
            frozen: None,
        }
    }

    /// How all its rounds draw that have no way of their own.
    pub fn draw(&self, settings: &Settings) -> Draw {
        Draw {
            decoding: self.decoding.unwrap_or(settings.decoding),
            seed: self.seed.unwrap_or(settings.seed),
            is_locked: self.is_locked,
        }
    }

    /// How one of its rounds draws.
    pub fn draw_of(&self, round: RoundNo, settings: &Settings) -> Draw {
        let column = self.draw(settings);
        let Some(own) = self.rounds.get(&round) else {
            return column;
        };
        Draw {
            decoding: Decoding {
                temperature: own.temperature.unwrap_or(column.decoding.temperature),
                top_p: own.top_p.unwrap_or(column.decoding.top_p),
                ..column.decoding
            },
            seed: own.seed.unwrap_or(column.seed),
            is_locked: column.is_locked,
        }
    }

    /// Lets one round draw in its own way; what its column does anyway is not its own.
    pub fn set_round(&mut self, round: RoundNo, own: PaneDraw, settings: &Settings) {
        let column = self.draw(settings);
        let decoding = column.decoding;
        let own = PaneDraw {
            temperature: own.temperature.filter(|t| *t != decoding.temperature),
            top_p: own.top_p.filter(|p| *p != decoding.top_p),
            seed: own.seed.filter(|s| *s != column.seed),
        };
        match own == PaneDraw::default() {
            true => self.rounds.remove(&round),
            false => self.rounds.insert(round, own),
        };
    }

    /// Whether it draws as the settings say, in every round.
    pub fn draws_as_set(&self, settings: &Settings) -> bool {
        let column = (self.decoding, self.seed, self.is_locked);
        column == (None, None, settings.lock_seeds) && self.rounds.is_empty()
    }

    /// The first round in which another column draws in another way.
    pub(super) fn first_drawn_apart(&self, other: &Column, settings: &Settings) -> Option<RoundNo> {
        let own = self.rounds.keys().chain(other.rounds.keys());
        // Behind those that draw in their own way, all do as the column.
        let last = own.map(|r| r.0.saturating_add(1)).max().unwrap_or(0);
        let differs = |r: &RoundNo| self.draw_of(*r, settings) != other.draw_of(*r, settings);
        (0..=last).map(RoundNo).find(differs)
    }
}
