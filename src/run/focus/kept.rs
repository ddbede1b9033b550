//! All answers of the question on screen, taken out of one session and put into another.
//!
//! Invariant: what was finished comes back as it was; what was not is asked again, and a branch that had
//! not finished its first round leaves its parent where it left it.

use std::sync::Arc;

use crate::domain::{ConditionNo, Item, Round, RoundNo};

use super::super::column::Column;
use super::super::order::Take;
use super::super::play::Play;
use super::super::settings::Settings;
use super::super::variant::variants;
use super::{Focus, Origin, PLAYS_MAX, PlayNo};

/// One answer with its rounds.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptPlay {
    /// Under which condition.
    pub condition: ConditionNo,
    /// Which repeat of the question.
    pub take: Take,
    /// What it asks with.
    pub column: Option<Column>,
    /// Where it comes from.
    pub origin: Origin,
    /// How many of its rounds are a record's.
    pub recorded: usize,
    /// Its finished rounds.
    pub rounds: Vec<Round>,
}

/// All of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Position of the question.
    pub item_no: usize,
    /// Rounds, seed, and what the columns ask with now.
    pub settings: Settings,
    /// All that each column asks with.
    pub columns: Vec<Column>,
    /// The answers, in the order of their numbers.
    pub plays: Vec<KeptPlay>,
    /// Which of them stands in each column.
    pub shown: Vec<PlayNo>,
}

impl Focus {
    /// All answers of the question on screen.
    pub fn kept(&self, item_no: usize) -> Kept {
        let plays = self.plays.iter().zip(&self.origins);
        let one = |(play, origin): (&Play, &Origin)| {
            let done = play.trajectory().rounds_done();
            let recorded = |n: &usize| play.is_recorded(RoundNo(u16::try_from(*n).unwrap_or(0)));
            KeptPlay {
                condition: play.condition(),
                take: play.take(),
                column: play.own().cloned(),
                origin: origin.clone(),
                recorded: (0..done).take_while(recorded).count(),
                rounds: play.trajectory().rounds[..done].to_vec(),
            }
        };
        let here = self.item_no == Some(item_no);
        Kept {
            item_no,
            settings: self.settings.clone(),
            columns: self.columns.clone(),
            plays: plays.filter(|_| here).map(one).collect(),
            shown: if here { self.shown.clone() } else { Vec::new() },
        }
    }

    /// Puts them back; returns whether there is such a question in the set. Those that do not fit (another
    /// question, a parent that is not there) are left out with all that left them.
    pub(in crate::run) fn restore(&mut self, kept: Kept, set: &[Arc<Item>]) -> bool {
        let Some(item) = &set.get(kept.item_no).cloned() else {
            return false;
        };
        self.settings = kept.settings;
        self.columns = kept.columns;
        self.show(kept.item_no, item.clone());
        let own = self.plays.len();
        for (no, one) in kept.plays.into_iter().enumerate().take(PLAYS_MAX) {
            let fits = match &one.origin {
                Origin::Own => no < own,
                Origin::Fork(fork) => no >= own && fork.parent.0 < no,
                Origin::Variant(parent, _) | Origin::Change(parent) => no >= own && parent.0 < no,
            };
            let play = fits.then(|| self.rebuilt(no, &one, item, set)).flatten();
            match (play, self.plays.get_mut(no)) {
                (Some(play), Some(place)) => *place = play,
                (Some(play), None) => {
                    self.plays.push(play);
                    self.origins.push(one.origin);
                    self.undone.push(None);
                }
                (None, Some(_)) => {}
                (None, None) => break,
            }
        }
        for (condition, no) in kept.shown.into_iter().enumerate() {
            let stands = self.plays.get(no.0);
            if let (Some(play), Some(shown)) = (stands, self.shown.get_mut(condition))
                && usize::from(play.condition().0) == condition
            {
                *shown = no;
            }
        }
        self.let_go();
        true
    }

    fn rebuilt(
        &self,
        no: usize,
        one: &KeptPlay,
        item: &Arc<Item>,
        set: &[Arc<Item>],
    ) -> Option<Play> {
        let item = match &one.origin {
            Origin::Variant(_, name) => {
                let all = variants(item, set);
                Arc::new(all.into_iter().find(|v| v.name == *name)?.item)
            }
            Origin::Own | Origin::Fork(_) | Origin::Change(_) => item.clone(),
        };
        if let Origin::Fork(fork) = &one.origin
            && one.rounds.len() <= usize::from(fork.round.0)
        {
            return self.play(fork.parent)?.branch(fork, no as u64);
        }
        let play = Play::resume(item, one.condition, one.rounds.clone());
        let mut play = play.with_take(one.take).recorded_up_to(one.recorded);
        if let Some(column) = &one.column {
            play = play.under(column.clone());
        }
        Some(match &one.origin {
            Origin::Fork(fork) => play.left(fork, no as u64),
            Origin::Own | Origin::Variant(..) | Origin::Change(_) => play,
        })
    }
}
