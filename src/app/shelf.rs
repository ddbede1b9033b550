//! The prompts there are besides those in the columns: the program's own and those of prompt files,
//! to be put into a column.
//!
//! Invariant: offered is only what suits the question on screen; putting one into a column is a change
//! like any other, which undo takes back.

use std::sync::Arc;

use crate::domain::{Condition, ConditionNo};
use crate::run::Column;

use super::App;
use super::event::Effect;

impl App {
    /// The same, with all prompts that there are.
    pub fn with_shelf(self, shelf: Vec<Arc<Condition>>) -> App {
        App { shelf, ..self }
    }

    /// Takes over all prompts as their files have them now; returns the names that are new.
    pub(super) fn restock(&mut self, all: &[Arc<Condition>]) -> Vec<Arc<str>> {
        let is_new = |c: &&Arc<Condition>| !self.shelf.iter().any(|s| s.name == c.name);
        let mut new: Vec<Arc<str>> = all.iter().filter(is_new).map(|c| c.name.clone()).collect();
        new.dedup();
        // Where nothing was known before, nothing is new.
        let is_first = self.shelf.is_empty();
        self.shelf = all.to_vec();
        if is_first { Vec::new() } else { new }
    }

    /// Those that suit the question on screen.
    pub fn shelf(&self) -> impl Iterator<Item = &Arc<Condition>> {
        let item = self.item();
        let suits = move |c: &&Arc<Condition>| item.is_none_or(|i| c.unsuited(i).is_none());
        self.shelf.iter().filter(suits)
    }

    /// Where a condition, its clauses apart, stands among them.
    pub(super) fn shelved(&self, condition: &Condition) -> Option<usize> {
        let named = |name: &str| self.shelf().position(|c| *c.name == *name);
        named(&condition.name).or_else(|| named(&condition.base_name()))
    }

    /// Puts the prompt of this name into the column under the cursor.
    pub(super) fn take_prompt(&mut self, name: &str, out: &mut Vec<Effect>) {
        let Some(condition) = self.shelf().find(|c| *c.name == *name).cloned() else {
            return;
        };
        if !self.view.screen.has_panes() {
            self.view.screen = super::layout::Screen::Panes;
        }
        self.put_prompt(self.view.cursor.condition, condition, out);
    }

    /// Puts the next prompt into a column, or the one before.
    pub(super) fn step_prompt(&mut self, at: ConditionNo, by: isize, out: &mut Vec<Effect>) {
        let Some(now) = self.settings().condition(at) else {
            return;
        };
        let all: Vec<&Arc<Condition>> = self.shelf().collect();
        let count = isize::try_from(all.len()).unwrap_or(0);
        if count == 0 {
            self.view.notice = Some("no other prompt suits this question".into());
            return;
        }
        let next = match self.shelved(now) {
            Some(no) => (isize::try_from(no).unwrap_or(0) + by).rem_euclid(count),
            None => 0,
        };
        let next = all.get(usize::try_from(next).unwrap_or(0));
        if let Some(condition) = next.map(|c| Arc::clone(c)) {
            self.put_prompt(at, condition, out);
        }
    }

    fn put_prompt(&mut self, at: ConditionNo, condition: Arc<Condition>, out: &mut Vec<Effect>) {
        let Some(column) = self.run.focus().column(at).cloned() else {
            return;
        };
        if column.condition == condition {
            self.view.notice = Some("that prompt is in this column".into());
            return;
        }
        let said = format!("{}: {}", condition.name, condition.title);
        let column = Column {
            condition,
            frozen: None,
            ..column
        };
        if self.change_column(at, column, out) {
            self.view.notice = Some(super::Safe::line(&said));
        }
    }
}
