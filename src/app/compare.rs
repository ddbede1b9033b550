//! Two answers (or their prompts) side by side.
//!
//! Invariant: a comparison is between plays that exist; its rows are up to date after every update.

use crate::domain::{ConditionNo, ModelNo, Round, RoundNo};
use crate::run::{Play, PlayNo};

use super::App;
use super::axis::Axis;
use super::diff::{SideBySide, side_by_side};
use super::layout::{self, PaneNo, Screen};

/// One side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// Whose answer.
    pub model: ModelNo,
    /// Which play.
    pub play: PlayNo,
    /// Which of its rounds.
    pub round: RoundNo,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// What the model said.
    Answers,
    /// What exactly it read before it began to.
    Prompts,
}

/// A comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The side that keys change.
    pub left: Side,
    /// The pane that keys act on elsewhere.
    pub right: Side,
    /// What is compared.
    pub what: What,
    /// The first row in sight.
    pub top: usize,
    /// Which difference was gone to.
    pub difference: Option<usize>,
    /// Where it was opened from.
    pub from: Screen,
    texts: (String, String),
    columns: usize,
    shown: SideBySide,
}

impl Comparison {
    /// Both texts in rows.
    pub fn shown(&self) -> &SideBySide {
        &self.shown
    }

    /// Both texts whole, left and right.
    pub(super) fn texts(&self) -> (&str, &str) {
        (&self.texts.0, &self.texts.1)
    }

    fn text(&self, app: &App, side: Side) -> String {
        let round = app.play_of_side(side).and_then(|p| p.round(side.round));
        round.map_or_else(String::new, |r| match self.what {
            What::Answers => answer(r),
            What::Prompts => prompt(r),
        })
    }
}

/// All that stands in the model's turns of a round.
pub(super) fn answer(round: &Round) -> String {
    let steps = round.steps.iter();
    let texts: Vec<String> = steps.map(|s| format!("{}{}", s.prefill, s.text)).collect();
    texts.join("\n")
}

/// What the model read before it answered: earlier steps are part of it.
pub(super) fn prompt(round: &Round) -> String {
    let last = round.steps.iter().rev().find_map(|s| s.prompt.as_ref());
    last.map_or_else(String::new, |p| p.text.clone())
}

impl App {
    /// Compares the pane that keys act on with what it most likely is to be compared with: the play
    /// it branched off, the round before, or the condition to the left (to the right of the first).
    pub(super) fn open_comparison(&mut self, what: What) {
        let cursor = self.view.cursor;
        let Some(no) = self.run.focus().shown_no(cursor.condition) else {
            return;
        };
        let right = Side {
            model: self.at,
            play: no,
            round: cursor.round,
        };
        let focus = self.run.focus();
        let differs = focus.fork(no).is_none_or(|f| f.round <= cursor.round);
        // What was let go of before it said anything is nothing to compare with.
        let said = |no: &PlayNo| {
            let round = focus.play(*no).and_then(|p| p.round(cursor.round));
            round.is_some_and(|r| r.steps.iter().any(|s| !s.text.is_empty()))
        };
        let mut before = std::iter::successors(focus.parent(no), |no| focus.parent(*no));
        let parent = before.find(said).filter(|_| differs);
        let left = match (parent, cursor.round.0.checked_sub(1)) {
            _ if self.axis() == Axis::Models => self.side_beside(right),
            (Some(parent), _) => Side {
                play: parent,
                ..right
            },
            (None, Some(before)) if what == What::Answers => Side {
                round: RoundNo(before),
                ..right
            },
            // As they stand on the screen.
            (None, _) if self.place_of(cursor).condition.0 == 0 => {
                return self.compare(right, self.side_beside(right), what);
            }
            (None, _) => self.side_beside(right),
        };
        self.compare(left, right, what);
    }

    /// The same round of the column to the left, or to the right of the first one.
    fn side_beside(&self, side: Side) -> Side {
        let at = self.place_of(self.view.cursor).condition.0;
        let beside = match at.checked_sub(1) {
            Some(left) => left,
            None => 1.min(self.shape().columns.saturating_sub(1)),
        };
        let pane = self.pane_at(PaneNo::new(beside, side.round.0));
        let found = pane.and_then(|p| Some((p.model, self.play_in(p)?.1)));
        found.map_or(side, |(model, play)| Side {
            model,
            play,
            ..side
        })
    }

    /// The play of a side.
    pub fn play_of_side(&self, side: Side) -> Option<&Play> {
        self.run_of(side.model)?.focus().play(side.play)
    }

    pub(super) fn compare(&mut self, left: Side, right: Side, what: What) {
        let from = match (self.view.screen, &self.view.comparison) {
            (Screen::Compare, Some(open)) => open.from,
            (Screen::Compare, None) => Screen::Panes,
            (other, _) => other,
        };
        self.view.comparison = Some(Comparison {
            left,
            right,
            what,
            top: 0,
            difference: None,
            from,
            texts: (String::new(), String::new()),
            columns: 0,
            shown: SideBySide::default(),
        });
        self.view.screen = Screen::Compare;
    }

    /// Another question, or other settings: branches are gone, and with them their comparison.
    pub(super) fn leave_comparison(&mut self) {
        self.view.covered = super::Overlay::None;
        if let Some(comparison) = self.view.comparison.take()
            && self.view.screen == Screen::Compare
        {
            self.view.screen = comparison.from;
        }
        if let super::Overlay::Branches(_) | super::Overlay::Words(_) | super::Overlay::Samples(_) =
            self.view.overlay
        {
            self.view.overlay = super::Overlay::None;
        }
    }

    /// The sides there are: all rounds of all plays, by model and condition, branches after what they
    /// left.
    fn sides(&self) -> Vec<Side> {
        let shape = self.shape();
        let mut sides = Vec::new();
        for (model, _) in self.all_models() {
            let Some(focus) = self.run_of(model).map(crate::run::Run::focus) else {
                continue;
            };
            let conditions = focus.settings().conditions.len();
            for condition in (0..conditions).filter_map(|no| u16::try_from(no).ok()) {
                for (_, play) in focus.tree(ConditionNo(condition)) {
                    sides.extend((0..shape.rounds).map(|round| Side {
                        model,
                        play,
                        round: RoundNo(round),
                    }));
                }
            }
        }
        sides
    }

    /// Another left side, or another right one.
    pub(super) fn step_side(&mut self, by: isize, right: bool) {
        let sides = self.sides();
        let Some(comparison) = &mut self.view.comparison else {
            return;
        };
        let now = match right {
            true => comparison.right,
            false => comparison.left,
        };
        let Ok(n) = isize::try_from(sides.len()) else {
            return;
        };
        if n == 0 {
            return;
        }
        let at = sides.iter().position(|s| *s == now).unwrap_or(0);
        let at = isize::try_from(at).unwrap_or(0);
        let to = usize::try_from((at + by).rem_euclid(n)).unwrap_or(0);
        let side = sides[to];
        match right {
            true => comparison.right = side,
            false => comparison.left = side,
        }
        (comparison.top, comparison.difference) = (0, None);
        let condition = self.play_of_side(side).map(Play::condition);
        if let (true, Some(condition)) = (right, condition) {
            self.turn_to(side.model);
            self.view.cursor = PaneNo::new(condition.0, side.round.0);
            self.settle_cursor();
        }
    }

    /// To the next or previous difference.
    pub(super) fn step_difference(&mut self, forward: bool) {
        let Some(comparison) = &mut self.view.comparison else {
            return;
        };
        let all = &comparison.shown.differences;
        let to = match (comparison.difference, forward) {
            (None, true) => 0,
            (None, false) => all.len().saturating_sub(1),
            (Some(at), true) => (at + 1).min(all.len().saturating_sub(1)),
            (Some(at), false) => at.saturating_sub(1),
        };
        if let Some(row) = all.get(to) {
            comparison.difference = Some(to);
            comparison.top = row.saturating_sub(2);
        }
    }

    pub(super) fn scroll_comparison(&mut self, rows: isize) {
        if let Some(comparison) = &mut self.view.comparison {
            comparison.top = comparison.top.saturating_add_signed(rows);
        }
    }

    pub(super) fn change_compared(&mut self) {
        if let Some(comparison) = &mut self.view.comparison {
            comparison.what = match comparison.what {
                What::Answers => What::Prompts,
                What::Prompts => What::Answers,
            };
            (comparison.top, comparison.difference) = (0, None);
        }
    }

    /// After a change: rows up to date, and the first one in sight among them.
    pub(super) fn sync_comparison(&mut self) {
        let (Some(mut comparison), Some(areas)) = (self.view.comparison.take(), self.areas())
        else {
            return;
        };
        if let (Screen::Compare, Some(page)) = (self.view.screen, areas.page) {
            let text = layout::comparison(page);
            let texts = (
                comparison.text(self, comparison.left),
                comparison.text(self, comparison.right),
            );
            let columns = usize::from(text[0].width);
            if comparison.texts != texts || comparison.columns != columns {
                comparison.shown = side_by_side(&texts.0, &texts.1, columns);
                (comparison.texts, comparison.columns) = (texts, columns);
            }
            let high = usize::from(text[0].height);
            let last = comparison.shown.rows.len().saturating_sub(high);
            comparison.top = comparison.top.min(last);
            let differences = comparison.shown.differences.len();
            comparison.difference = comparison.difference.filter(|d| *d < differences);
        }
        self.view.comparison = Some(comparison);
    }
}
