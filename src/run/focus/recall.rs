//! Answers of a record in the place of answers that are asked for.
//!
//! Invariant: a column that asks in another way than the record did keeps of it only what was said
//! before the first difference; what a record does not hold is asked for, or stays empty, and
//! [`Play::is_recorded`] tells which is which.

use std::sync::Arc;

use crate::domain::{ConditionNo, Item, Round, RoundNo};

use super::super::column::Column;
use super::super::order::Take;
use super::super::play::Play;
use super::super::settings::Settings;
use super::super::variant::variants;
use super::{Focus, Fork, Origin, PLAYS_MAX, PlayNo};

/// What a record holds of one item under one condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Recalled {
    /// Under which condition.
    pub condition: ConditionNo,
    /// Which repeat of the question.
    pub take: Take,
    /// Its finished rounds, from the first one on.
    pub rounds: Vec<Round>,
}

/// What a record was made under.
#[derive(Clone, Copy, Debug)]
pub(in crate::run) struct Under<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// What each column asked with.
    pub columns: &'a [Column],
}

impl Focus {
    /// Shows an item with what a record holds of it: its answers in the columns, further samples as
    /// draws of the first round, turned options as variants of the question.
    pub(in crate::run) fn recall(
        &mut self,
        item_no: usize,
        item: &Arc<Item>,
        under: Under<'_>,
        all: Vec<Recalled>,
    ) {
        self.show(item_no, item.clone());
        let draws = |s: &Settings| (s.seed, s.decoding, s.lock_seeds, s.plan);
        if draws(&self.settings) != draws(under.settings) {
            return;
        }
        let (base, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|one| one.take == Take::default());
        for one in base {
            let no = usize::from(one.condition.0);
            let (Some(was), Some(is)) = (under.columns.get(no), self.columns.get(no)) else {
                continue;
            };
            let play = Play::resume(item.clone(), one.condition, one.rounds).under(was.clone());
            let play = match was == is {
                true => play,
                false => play.changed(is, &self.settings),
            };
            if let Some(place) = self.plays.get_mut(no) {
                *place = play;
            }
        }
        for one in others {
            let no = usize::from(one.condition.0);
            let as_recorded = under.columns.get(no) == self.columns.get(no);
            if as_recorded && self.plays.len() < PLAYS_MAX {
                self.add_repeat(PlayNo(no), item, one);
            }
        }
    }

    fn add_repeat(&mut self, base: PlayNo, item: &Arc<Item>, one: Recalled) {
        let Some(own) = self.columns.get(base.0).cloned() else {
            return;
        };
        let (turned, origin) = match (one.take.rotation, one.take.sample) {
            (0, _) => {
                let draw = Fork {
                    parent: base,
                    round: RoundNo(0),
                    step: 0,
                    kept_tokens: 0,
                    words: String::new(),
                    token: None,
                    is_sample: true,
                };
                (item.clone(), Origin::Fork(draw))
            }
            // Samples of turned questions stay in the scoreboard and in reports.
            (turns, 0) => {
                let turned = item.rotated(turns);
                let Some(variant) = variants(item, &[]).into_iter().find(|v| v.item == turned)
                else {
                    return;
                };
                (Arc::new(turned), Origin::Variant(base, variant.name))
            }
            _ => return,
        };
        let play = Play::resume(turned, one.condition, one.rounds);
        self.plays
            .push(play.with_take(one.take).under(own).resting());
        self.origins.push(origin);
        self.undone.push(None);
    }
}
