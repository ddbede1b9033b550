//! The question on screen asked in another way: one column's words and draws, all columns' rounds and seeds.
//!
//! Invariant: a change asks again from the first difference on; what was said in a way that was asked before
//! is there again when it is asked so again.

use std::sync::Arc;

use crate::domain::{ConditionNo, JobId};

use super::super::column::Column;
use super::{Focus, Origin, PLAYS_MAX, PlayNo};

impl Focus {
    /// How many rounds there are.
    pub(in crate::run) fn set_rounds(&mut self, rounds: u16) {
        self.settings.rounds = rounds.max(1);
    }

    pub(super) fn set_column(&mut self, condition: ConditionNo, column: Column) {
        let no = usize::from(condition.0);
        if let (Some(asked), Some(here)) = (
            self.settings.conditions.get_mut(no),
            self.columns.get_mut(no),
        ) {
            *asked = column.condition.clone();
            *here = column;
        }
    }

    /// Asks in another way in a column: there stands, from here on, the play that did so before, or a
    /// new one that begins where the difference begins. False where there is no room for another one.
    pub(in crate::run) fn change(&mut self, condition: ConditionNo, to: Column) -> bool {
        let Some(from) = self.shown_no(condition) else {
            self.set_column(condition, to);
            return true;
        };
        let Some(item) = self.play(from).map(|p| p.item().clone()) else {
            return false;
        };
        let did_so = |no: &usize| {
            let play = &self.plays[*no];
            let asks_so = matches!(self.origins[*no], Origin::Own | Origin::Change(_));
            asks_so
                && play.condition() == condition
                && Arc::ptr_eq(play.item(), &item)
                && play.own() == Some(&to)
        };
        let no = match (0..self.plays.len()).find(did_so) {
            Some(no) => {
                if no != from.0 {
                    self.undone[no] = Some(from);
                }
                PlayNo(no)
            }
            None if self.plays.len() >= PLAYS_MAX => return false,
            None => {
                let play = self.plays[from.0].changed(&to, &self.settings);
                self.plays.push(play);
                self.origins.push(Origin::Change(from));
                self.undone.push(None);
                PlayNo(self.plays.len() - 1)
            }
        };
        self.set_shown(no);
        true
    }

    /// Lets all columns draw with the same random numbers, or each with its own. What they said so before is
    /// there again. False where there is no room for their plays.
    pub(in crate::run) fn lock_seeds(&mut self, locked: bool) -> bool {
        // Some may be there already; what is certain is enough.
        let room = PLAYS_MAX.saturating_sub(self.plays.len());
        if room < self.columns.len() && !self.plays.is_empty() {
            return false;
        }
        self.settings.lock_seeds = locked;
        for no in (0..self.columns.len()).filter_map(|no| u16::try_from(no).ok()) {
            let at = ConditionNo(no);
            let differs = |c: &&Column| c.is_locked != locked;
            if let Some(column) = self.column(at).filter(differs).cloned() {
                let to = Column {
                    is_locked: locked,
                    ..column
                };
                self.change(at, to);
            }
        }
        true
    }

    /// Puts another description of the same question into a column: nothing that a model reads is another,
    /// and so nothing is asked, and all that was said stays. The caller has compared them.
    pub(in crate::run) fn refit(&mut self, condition: ConditionNo, to: Column) {
        let before = self.column(condition).cloned();
        for play in &mut self.plays {
            if play.condition() == condition && play.own() == before.as_ref() {
                play.refit(to.clone());
            }
        }
        self.set_column(condition, to);
    }

    /// Stops what asks in another way than its column does by now; returns the jobs nobody waits for.
    pub(in crate::run) fn let_go(&mut self) -> Vec<JobId> {
        let mut jobs = Vec::new();
        for no in 0..self.plays.len() {
            let play = &self.plays[no];
            let shown = self.shown(play.condition());
            let stands = shown.is_some_and(|s| s.own() == play.own());
            // A branch, and what a branch holds the beginning of, are gone on with.
            let left = |o: &Origin| matches!(o, Origin::Fork(f) if f.parent.0 == no);
            let stays = matches!(self.origins[no], Origin::Fork(_) | Origin::Variant(..))
                || self.origins.iter().any(left);
            if !stands && !stays {
                jobs.extend(self.plays[no].pause());
            }
        }
        jobs
    }
}
