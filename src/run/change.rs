//! What a person changes about the question on screen: branches, variants, columns, rounds, seeds.

use crate::domain::ConditionNo;

use super::Run;
use super::column::Column;
use super::focus::{Fork, PlayNo};
use super::order::Order;

impl Run {
    /// Begins a branch, shows it in its column and lets it go on to the last round. `None` where the
    /// place does not exist, or the item has [`super::PLAYS_MAX`] plays.
    pub fn branch(&mut self, fork: Fork, out: &mut Vec<Order>) -> Option<PlayNo> {
        let no = self.focus.branch(fork)?;
        self.plan(out);
        Some(no)
    }

    /// Asks a play's question with one thing changed that should not matter, once for each such change;
    /// returns the plays, none where there is nothing to change.
    pub fn vary(&mut self, no: PlayNo, out: &mut Vec<Order>) -> Vec<PlayNo> {
        let made = self.focus.vary(no, &self.items);
        self.plan(out);
        made
    }

    /// Shows another play in its condition's column, and lets it go on to the last round; returns
    /// whether that changed anything.
    pub fn show_play(&mut self, no: PlayNo, out: &mut Vec<Order>) -> bool {
        let changed = self.focus.set_shown(no);
        self.let_go(out);
        changed
    }

    /// Asks in another way in one column, from the first difference on; other columns stay as they are.
    /// Returns whether there was room for another play.
    pub fn change(&mut self, condition: ConditionNo, to: Column, out: &mut Vec<Order>) -> bool {
        let changed = self.focus.change(condition, to);
        self.let_go(out);
        changed
    }

    /// Another description of what a column asks, none of whose words are others; nothing is asked.
    pub fn refit(&mut self, condition: ConditionNo, to: Column) {
        self.focus.refit(condition, to);
    }

    /// Another number of rounds; all that was said stays said.
    pub fn set_rounds(&mut self, rounds: u16, out: &mut Vec<Order>) {
        self.focus.set_rounds(rounds);
        self.plan(out);
    }

    /// All columns draw with the same random numbers, or each with its own. Returns whether there was room.
    pub fn lock_seeds(&mut self, locked: bool, out: &mut Vec<Order>) -> bool {
        let changed = self.focus.lock_seeds(locked);
        self.let_go(out);
        changed
    }

    /// What is undone in one column of a change of all columns is undone in all.
    fn follow_lock(&mut self, condition: ConditionNo) {
        let column = self.focus.column(condition);
        let locked = column.map(|c| c.is_locked);
        if let Some(locked) = locked.filter(|l| *l != self.focus.settings().lock_seeds) {
            self.focus.lock_seeds(locked);
        }
    }

    fn let_go(&mut self, out: &mut Vec<Order>) {
        for job in self.focus.let_go() {
            self.owners.remove(&job);
            out.push(Order::Cancel(job));
        }
        self.plan(out);
    }

    /// Shows what the branch in a column left; returns whether there was one.
    pub fn undo(&mut self, condition: ConditionNo, out: &mut Vec<Order>) -> bool {
        let changed = self.focus.undo(condition);
        self.follow_lock(condition);
        self.let_go(out);
        changed
    }

    /// Shows the branch that was last undone there; returns whether there was one.
    pub fn redo(&mut self, condition: ConditionNo, out: &mut Vec<Order>) -> bool {
        let changed = self.focus.redo(condition);
        self.follow_lock(condition);
        self.let_go(out);
        changed
    }
}
