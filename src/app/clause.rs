//! Clauses of the column under the cursor, switched and stepped by key.
//!
//! Invariant: a level whose words the question cannot fill is passed over, and a switch that does
//! nothing says why.

use std::sync::Arc;

use crate::domain::{ClauseAt, Condition};

use super::column::Knob;
use super::event::Effect;
use super::layout::PaneNo;
use super::overlay::Overlay;
use super::transcript::Safe;
use super::{Action, App};

/// The clause that is switched on and off, and turned into its opposite, by keys of their own.
const INSTRUCTION: &str = "instruction";

impl App {
    /// A clause of the condition under the cursor.
    pub(super) fn clause(&self, no: usize) -> Option<ClauseAt<'_>> {
        let condition = self.settings().condition(self.view.cursor.condition)?;
        condition.clauses().nth(no)
    }

    /// The clauses of a pane's column, in the order of their keys.
    pub fn clause_knobs(&self, pane: PaneNo) -> Vec<Knob> {
        let Some(condition) = self.asked_by(pane) else {
            return Vec::new();
        };
        let digits = condition.clauses().map(|at| at.clause.digit);
        let mut digits: Vec<_> = digits.enumerate().collect();
        // Clauses beyond the ninth have no key and come last.
        digits.sort_by_key(|(no, digit)| (digit.unwrap_or(u8::MAX), *no));
        digits.into_iter().map(|(no, _)| Knob::Clause(no)).collect()
    }

    /// The condition that a pane's column, or branch, asks by.
    fn asked_by(&self, pane: PaneNo) -> Option<&Condition> {
        let focus = self.run_of(pane.model)?.focus();
        let own = pane.play.and_then(|no| focus.play(no)?.own());
        let here = own.or_else(|| focus.column(pane.condition))?;
        Some(&here.condition)
    }

    /// The clause that an action turns in the column under the cursor.
    pub(super) fn clause_of(&self, action: Action) -> Option<usize> {
        let condition = self.settings().condition(self.view.cursor.condition)?;
        let mut clauses = condition.clauses();
        match action {
            Action::Instruct | Action::Negate => {
                clauses.position(|at| at.clause.name == INSTRUCTION)
            }
            _ => {
                let digit = action.digit()?;
                clauses.position(|at| at.clause.digit == Some(digit))
            }
        }
    }

    /// The clause that was turned last; before that, the one with the first key.
    pub(super) fn last_clause(&self) -> usize {
        let first = || match self.clause_knobs(self.view.cursor).first() {
            Some(Knob::Clause(no)) => *no,
            _ => 0,
        };
        self.view.last_clause.unwrap_or_else(first)
    }

    /// The level to which an action that goes between two levels would go.
    pub(super) fn switched(&self, action: Action) -> Option<(usize, usize)> {
        let no = self.clause_of(action)?;
        let ClauseAt { clause, level } = self.clause(no)?;
        let before = self.view.level_before.filter(|(at, was)| {
            *at == no && *was < clause.levels.len() && Some(*was) != clause.silent()
        });
        let before = before.map(|(_, was)| was);
        let plain = || clause.plain();
        let to = match action {
            Action::Instruct => {
                let silent = clause.silent()?;
                match level == silent {
                    true => before.or_else(plain)?,
                    false => silent,
                }
            }
            Action::Negate => {
                let negation = clause.negation?;
                match level == negation {
                    true => before.filter(|was| *was != negation).or_else(plain)?,
                    false => negation,
                }
            }
            _ => return None,
        };
        (to != level).then_some((no, to))
    }

    /// Why a switch does nothing in this column.
    pub(super) fn unswitched(&self, action: Action) -> Option<Safe> {
        let said = match action {
            Action::Instruct => "this prompt has no instruction that could be left out".to_owned(),
            Action::Negate => "this prompt has no instruction whose opposite is known".to_owned(),
            _ => {
                let digit = action.digit()?;
                format!("this prompt has no clause {digit} with other levels")
            }
        };
        Some(Safe::from(said))
    }

    /// Steps a clause to the next level that makes a whole prompt.
    pub(super) fn step_clause(&mut self, no: usize, by: isize, out: &mut Vec<Effect>) {
        let Some(next) = self.stepped(no, by) else {
            self.view.last_clause = Some(no);
            self.view.notice = Some("no other level makes a whole prompt here".into());
            return;
        };
        self.take_clause(no, next, out);
    }

    /// Puts a clause at a level.
    pub(super) fn set_clause(&mut self, no: usize, level: usize, out: &mut Vec<Effect>) {
        if let Some(next) = self.at_level(no, level) {
            self.take_clause(no, next, out);
        }
    }

    fn take_clause(&mut self, no: usize, condition: Condition, out: &mut Vec<Effect>) {
        let at = self.view.cursor.condition;
        let Some(mut column) = self.run.focus().column(at).cloned() else {
            return;
        };
        self.view.last_clause = Some(no);
        if let Some(here) = self.clause(no) {
            self.view.level_before = Some((no, here.level));
        }
        let says_the_same = condition.says_as(&column.condition);
        let said = said_of(&condition, no, says_the_same);
        column.condition = Arc::new(condition);
        let row = self.knob_row(Knob::Clause(no));
        if let Overlay::Column(chosen) = &mut self.view.overlay {
            *chosen = row;
        }
        let changed = self.change_column(at, column, out);
        if changed && (says_the_same || matches!(self.view.overlay, Overlay::None)) {
            self.view.notice = said;
        }
    }

    /// The column's condition with a clause one level on or back.
    fn stepped(&self, no: usize, by: isize) -> Option<Condition> {
        let condition = self.settings().condition(self.view.cursor.condition)?;
        let ClauseAt { clause, .. } = condition.clauses().nth(no)?;
        (1..=clause.levels.len()).find_map(|steps| {
            let steps = isize::try_from(steps).ok()? * by.signum();
            let next = condition.stepped(&clause.name, steps)?;
            self.suits(&next).then_some(next)
        })
    }

    /// The column's condition with a clause at a level.
    fn at_level(&self, no: usize, level: usize) -> Option<Condition> {
        let condition = self.settings().condition(self.view.cursor.condition)?;
        let ClauseAt { clause, .. } = condition.clauses().nth(no)?;
        let next = condition.with(&clause.name, &clause.levels.get(level)?.name)?;
        self.suits(&next).then_some(next)
    }

    /// Whether the question on screen can be asked so.
    fn suits(&self, condition: &Condition) -> bool {
        let item = self.item();
        item.is_none_or(|i| condition.unsuited(i).is_none())
    }
}

/// `cot=p2  2 of 3: chain of thought`.
fn said_of(condition: &Condition, no: usize, says_the_same: bool) -> Option<Safe> {
    let at = condition.clauses().nth(no)?;
    let level = format!("{}={}", at.clause.name, at.level_name());
    let said = match says_the_same {
        true => format!("{level} changes no word of this prompt as it stands"),
        false => {
            let of = at.clause.levels.len();
            format!("{level}  {} of {of}: {}", at.level + 1, at.clause.title)
        }
    };
    Some(Safe::line(&said))
}
