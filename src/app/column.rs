//! What one column asks and how it draws, changed key by key: clauses, sampling, rounds.
//!
//! Invariant: a change asks again in its own column only, from the first step that differs on (see
//! [`crate::run::Run::change`]).

use std::cell::Cell;

use crate::domain::ConditionNo;
use crate::run::Column;

use super::draws::{self, Draws};
use super::event::Effect;
use super::layout::PaneNo;
use super::overlay::Overlay;
use super::transcript::Safe;
use super::{Action, App};

/// Columns that a knob's name and its value take in a list.
pub const VALUE: usize = 12;

/// Most rounds that a key asks for.
pub const ROUNDS_MAX: u16 = 32;

/// What can be turned in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knob {
    /// A clause of its condition, counted from 0.
    Clause(usize),
    /// How all its rounds draw.
    Column(Draws),
    /// How the round under the cursor draws.
    Pane(Draws),
    /// Whether all columns draw with the same random numbers.
    Locked,
    /// Rounds of all columns.
    Rounds,
    /// Which of the prompts that there are.
    Prompt,
}

/// A knob, as shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The key that steps it, if it has one.
    pub key: String,
    /// What it is.
    pub name: Safe,
    /// How it stands.
    pub value: Safe,
    /// Whether it stands as it does by default.
    pub is_plain: bool,
    /// What else it could be, or what it means.
    pub about: Safe,
}

/// A knob in one sentence: `instruction = s1 (2 of 17: the moral instruction)`.
pub fn told(setting: &Setting) -> Safe {
    let Setting {
        name, value, about, ..
    } = setting;
    Safe::from(format!("{name} = {value} ({about})"))
}

impl App {
    /// What can be turned in the column under the cursor.
    pub fn knobs(&self) -> Vec<Knob> {
        let draws = Draws::ALL.map(Knob::Column).into_iter();
        let draws = draws.chain(Draws::ALL.map(Knob::Pane));
        let all = self.clause_knobs(self.view.cursor).into_iter().chain(draws);
        all.chain([Knob::Locked, Knob::Rounds, Knob::Prompt])
            .collect()
    }

    /// How a knob of a pane's column stands.
    pub fn setting(&self, pane: PaneNo, knob: Knob) -> Option<Setting> {
        let focus = self.run_of(pane.model)?.focus();
        let settings = focus.settings();
        let own = pane.play.and_then(|no| focus.play(no)?.own());
        let here = own.or_else(|| focus.column(pane.condition))?;
        let plain = |name: &str, value: String, is_plain, about: &str| Setting {
            key: String::new(),
            name: name.into(),
            value: value.into(),
            is_plain,
            about: about.into(),
        };
        Some(match knob {
            Knob::Clause(no) => {
                let at = here.condition.clauses().nth(no)?;
                let digit = at.clause.digit.and_then(|d| d.checked_sub(1));
                let action = digit.and_then(|d| super::action::CLAUSES.get(usize::from(d)));
                let key = action.and_then(|a| self.keymap.key_name(*a));
                Setting {
                    key: key.unwrap_or_default(),
                    name: Safe::line(&at.clause.name),
                    value: Safe::line(at.level_name()),
                    is_plain: at.level == 0,
                    about: Safe::from(format!(
                        "{} of {}: {}",
                        at.level + 1,
                        at.clause.levels.len(),
                        Safe::line(&at.clause.title)
                    )),
                }
            }
            Knob::Column(draws) => draws::of_column(here, draws, settings),
            Knob::Pane(draws) => draws::of_pane(here, pane.round, draws, settings),
            Knob::Locked => {
                let about = "all columns draw with the same random numbers, whatever they ask";
                let value = if here.is_locked { "yes" } else { "no" };
                // The header tells what is so in all columns.
                let as_all = here.is_locked == settings.lock_seeds;
                let mut all = plain("lock seeds", value.to_owned(), as_all, about);
                all.key = self.keymap.key_name(Action::LockSeeds).unwrap_or_default();
                all
            }
            Knob::Rounds => {
                let mut all = plain(
                    "rounds",
                    settings.rounds.to_string(),
                    true,
                    "in all columns",
                );
                all.key = self.keymap.key_name(Action::MoreRounds).unwrap_or_default();
                all
            }
            Knob::Prompt => {
                let name = here.condition.name.to_string();
                let of = self.shelf().count();
                let about = match (self.shelved(&here.condition), of) {
                    (Some(no), _) => format!("{} of {of} that suit this question", no + 1),
                    (None, 0) => "the only prompt there is for this question".to_owned(),
                    (None, 1) => "a prompt of its own; 1 other suits this question".to_owned(),
                    (None, _) => format!("a prompt of its own; {of} others suit this question"),
                };
                plain("prompt", name, true, &about)
            }
        })
    }

    /// Prompt tokens of a pane's column since it last began to ask so: (reused, computed).
    pub fn column_tokens(&self, pane: PaneNo) -> (u64, u64) {
        let play = self
            .play_in(pane)
            .and_then(|(run, no)| run.focus().play(no));
        play.map_or((0, 0), |p| p.read())
    }

    /// Does what one of the actions for columns asks for.
    pub(super) fn tweak(&mut self, action: Action, out: &mut Vec<Effect>) {
        if !self.applies(action) {
            if self.view.screen.has_panes() {
                self.view.notice = self.unswitched(action);
            }
            return;
        }
        match action {
            Action::Column => {
                self.view.overlay = match self.view.overlay {
                    Overlay::Column(_) => Overlay::None,
                    _ => Overlay::Column(self.knob_row(Knob::Clause(self.last_clause()))),
                };
            }
            Action::Edit => self.edit_prompt(),
            Action::EditOutside => self.prompt_for_editor(out),
            Action::OwnQuestion => self.edit_question(),
            Action::LevelBefore => self.step_clause(self.last_clause(), -1, out),
            Action::FewerRounds => self.turn(Knob::Rounds, -1, out),
            Action::MoreRounds => self.turn(Knob::Rounds, 1, out),
            Action::Instruct | Action::Negate => {
                if let Some((no, level)) = self.switched(action) {
                    self.set_clause(no, level, out);
                }
            }
            _ => {
                if let Some(no) = self.clause_of(action) {
                    self.step_clause(no, 1, out);
                }
            }
        }
    }

    /// The row of a knob in the list of all of them.
    pub(super) fn knob_row(&self, knob: Knob) -> usize {
        let row = self.knobs().iter().position(|k| *k == knob);
        row.unwrap_or_default()
    }

    /// Turns the knob in a row of what is open.
    pub(super) fn turn_row(&mut self, row: usize, by: isize, out: &mut Vec<Effect>) {
        if let Some(knob) = self.knobs().get(row).copied() {
            self.turn(knob, by, out);
        }
    }

    fn turn(&mut self, knob: Knob, by: isize, out: &mut Vec<Effect>) {
        let at = self.view.cursor.condition;
        let Some(mut column) = self.run.focus().column(at).cloned() else {
            return;
        };
        match knob {
            Knob::Rounds => return self.turn_rounds(by, out),
            Knob::Prompt => return self.step_prompt(at, by, out),
            Knob::Locked => return self.lock_seeds(!self.settings().lock_seeds, out),
            Knob::Column(draws) => draws::turn_column(&mut column, draws, by, self.settings()),
            Knob::Pane(draws) => {
                let round = self.view.cursor.round;
                draws::turn_pane(&mut column, round, draws, by, self.settings());
            }
            Knob::Clause(no) => return self.step_clause(no, by, out),
        }
        self.change_column(at, column, out);
    }

    /// Lets a column ask in another way from here on.
    pub(super) fn change_column(
        &mut self,
        at: ConditionNo,
        column: Column,
        out: &mut Vec<Effect>,
    ) -> bool {
        if !self.can_ask() {
            return false;
        }
        let changed = Cell::new(true);
        self.leave_comparison();
        self.ask_columns(out, |run, orders| {
            changed.set(run.change(at, column.clone(), orders) && changed.get());
        });
        let changed = changed.get();
        self.view.strips = true;
        if !changed {
            let said = "a question holds 200 answers at most: another question, or r, begins anew";
            self.view.notice = Some(said.into());
        }
        changed
    }

    fn turn_rounds(&mut self, by: isize, out: &mut Vec<Effect>) {
        let rounds = i64::from(self.settings().rounds).saturating_add(by as i64);
        let rounds = u16::try_from(rounds.clamp(1, i64::from(ROUNDS_MAX))).unwrap_or(1);
        self.set_rounds(rounds, out);
    }

    /// Rounds of all columns, 1 to [`ROUNDS_MAX`].
    pub(super) fn set_rounds(&mut self, rounds: u16, out: &mut Vec<Effect>) {
        self.leave_comparison();
        self.ask_all(out, |run, orders| run.set_rounds(rounds, orders));
        let last = rounds - 1;
        self.view.cursor.round.0 = self.view.cursor.round.0.min(last);
        self.view.notice = Some(Safe::from(format!("{rounds} rounds in all columns")));
    }
}
