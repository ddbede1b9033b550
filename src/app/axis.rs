//! What columns are: the conditions of one model, one condition of all models, the branches of one
//! answer, or its minimal pairs.
//!
//! Invariant: the pane that keys act on stands in one of the columns, and the run that keys act on is
//! that of its model. The layout knows columns by their number only; here they get their meaning.

use crate::domain::ModelNo;
use crate::run::{Attention, PlayNo, Run, Watched};

use super::App;
use super::event::Effect;
use super::layout::{self, Areas, Arrangement, PaneNo, Screen};
use super::view::Model;

/// What columns are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Axis {
    /// The conditions of the model under the cursor.
    #[default]
    Conditions,
    /// The condition under the cursor, asked of every model.
    Models,
    /// What branched off the answer under the cursor, and the answer itself.
    Branches,
    /// The same question with one thing changed that should not matter.
    Pairs,
}

impl Axis {
    /// What its columns are called.
    pub fn name(self) -> &'static str {
        match self {
            Axis::Conditions => "conditions",
            Axis::Models => "models",
            Axis::Branches => "branches",
            Axis::Pairs => "minimal pairs",
        }
    }
}

/// Where a pane stands among these columns.
pub(super) fn place_among(columns: &[PaneNo], pane: PaneNo) -> PaneNo {
    let like =
        |c: &PaneNo| (c.model, c.condition, c.play) == (pane.model, pane.condition, pane.play);
    let at = columns.iter().position(like).unwrap_or(0);
    PaneNo::new(u16::try_from(at).unwrap_or(u16::MAX), pane.round.0)
}

impl App {
    /// What columns are on this screen: the scoreboard knows neither branches nor pairs.
    pub fn axis(&self) -> Axis {
        match (self.view.screen, self.view.axis) {
            (Screen::Board | Screen::Items, Axis::Branches | Axis::Pairs) => Axis::Conditions,
            (_, axis) => axis,
        }
    }

    /// The columns, each as its pane of round 0.
    pub fn columns(&self) -> Vec<PaneNo> {
        let cursor = self.view.cursor;
        let column = PaneNo {
            model: self.at,
            condition: cursor.condition,
            play: None,
            round: crate::domain::RoundNo(0),
        };
        let plays = |all: Vec<PlayNo>| {
            let pane = |play| PaneNo {
                play: Some(play),
                ..column
            };
            all.into_iter().map(pane).collect::<Vec<PaneNo>>()
        };
        let all = match self.axis() {
            Axis::Conditions => {
                let count = self.settings().conditions.len();
                let numbers = (0..count).filter_map(|no| u16::try_from(no).ok());
                let pane = |no| PaneNo {
                    condition: crate::domain::ConditionNo(no),
                    ..column
                };
                numbers.map(pane).collect()
            }
            Axis::Models => {
                let pane = |(model, _)| PaneNo { model, ..column };
                self.all_models().map(pane).collect()
            }
            Axis::Branches => plays(self.branches()),
            Axis::Pairs => plays(self.pairs()),
        };
        match all.is_empty() {
            true => vec![column],
            false => all,
        }
    }

    /// The answer under the cursor's condition and all that left it, variants apart.
    fn branches(&self) -> Vec<PlayNo> {
        let focus = self.run.focus();
        let condition = self.view.cursor.condition;
        let shown = focus.shown_no(condition);
        let tree = focus.tree(condition).into_iter().map(|(_, no)| no);
        tree.filter(|no| focus.variant(*no).is_none() || Some(*no) == shown)
            .collect()
    }

    /// The answer under the cursor, and the variants of its question.
    fn pairs(&self) -> Vec<PlayNo> {
        let focus = self.run.focus();
        let Some(base) = self.pairs_base() else {
            return Vec::new();
        };
        std::iter::once(base).chain(focus.variants(base)).collect()
    }

    /// The answer that variants are held against.
    pub fn pairs_base(&self) -> Option<PlayNo> {
        let focus = self.run.focus();
        let shown = focus.shown_no(self.view.cursor.condition)?;
        match focus.variant(shown) {
            Some(_) => focus.parent(shown),
            None => Some(shown),
        }
    }

    /// Where a pane stands: its column's number in place of its condition's.
    pub(super) fn place_of(&self, pane: PaneNo) -> PaneNo {
        let like =
            |c: &PaneNo| (c.model, c.condition, c.play) == (pane.model, pane.condition, pane.play);
        let at = self.columns().iter().position(like).unwrap_or(0);
        PaneNo::new(u16::try_from(at).unwrap_or(u16::MAX), pane.round.0)
    }

    /// The pane at a place.
    pub(super) fn pane_at(&self, place: PaneNo) -> Option<PaneNo> {
        let column = *self.columns().get(usize::from(place.condition.0))?;
        Some(PaneNo {
            round: place.round,
            ..column
        })
    }

    /// Where everything goes; `None` where the terminal is too small.
    pub fn areas(&self) -> Option<Areas> {
        let columns = self.columns();
        let mut areas = layout::areas(self.view.size, &self.shape_with(&columns))?;
        let named = |place: &mut PaneNo| {
            if let Some(column) = columns.get(usize::from(place.condition.0)) {
                *place = PaneNo {
                    round: place.round,
                    ..*column
                };
            }
        };
        areas.panes.iter_mut().for_each(|(pane, _)| named(pane));
        areas.strips.iter_mut().for_each(|(pane, _)| named(pane));
        Some(areas)
    }

    /// A pane's run and play, once it has one.
    pub fn play_in(&self, pane: PaneNo) -> Option<(&Run, PlayNo)> {
        let run = self.run_of(pane.model)?;
        let shown = || run.focus().shown_no(pane.condition);
        Some((run, pane.play.or_else(shown)?))
    }

    /// Lets keys act on a pane: on its model, and on its branch.
    pub(super) fn go_to(&mut self, pane: PaneNo, out: &mut Vec<Effect>) {
        self.turn_to(pane.model);
        self.view.cursor = pane;
        let shown = self.run.focus().shown_no(pane.condition);
        if let Some(play) = pane.play.filter(|p| Some(*p) != shown) {
            self.ask(out, |run, orders| {
                run.show_play(play, orders);
            });
        }
    }

    /// Lets keys act on the pane at a place.
    pub(super) fn go_to_place(&mut self, place: PaneNo, out: &mut Vec<Effect>) {
        if let Some(pane) = self.pane_at(place) {
            self.go_to(pane, out);
        }
    }

    /// After a change: the cursor is that of the model and the branch that keys act on.
    pub(super) fn settle_cursor(&mut self) {
        self.view.cursor.model = self.at;
        let shown = self.run.focus().shown_no(self.view.cursor.condition);
        self.view.cursor.play = match self.axis() {
            Axis::Conditions | Axis::Models => None,
            Axis::Branches | Axis::Pairs => shown,
        };
    }

    /// The next thing that columns can be.
    pub(super) fn next_axis(&mut self, out: &mut Vec<Effect>) {
        let models = self.models() > 1;
        let branches = self.branches().len() > 1 && self.view.screen.has_panes();
        let next = match self.view.axis {
            Axis::Conditions if models => Axis::Models,
            Axis::Conditions | Axis::Models if branches => Axis::Branches,
            Axis::Conditions | Axis::Models | Axis::Branches | Axis::Pairs => Axis::Conditions,
        };
        if next == self.view.axis {
            let key = |action| self.keymap.key_name(action).unwrap_or_default();
            let (open, pairs) = (key(super::Action::OpenModel), key(super::Action::Pairs));
            let said = format!(
                "one model, no branches: {open} opens another model, {pairs} minimal pairs"
            );
            self.view.notice = Some(said.into());
            return;
        }
        self.set_axis(next, out);
        let said = match next {
            Axis::Conditions => "columns are conditions",
            Axis::Models => "columns are models: one condition, asked of each",
            Axis::Branches => "columns are the branches of this condition's answer",
            Axis::Pairs => "columns are minimal pairs",
        };
        self.view.notice = Some(said.into());
    }

    /// Another meaning of columns. The variant that was looked at gives its place back.
    pub(super) fn set_axis(&mut self, axis: Axis, out: &mut Vec<Effect>) {
        if (self.view.axis, axis) != (Axis::Pairs, Axis::Pairs) && self.view.axis == Axis::Pairs {
            self.leave_pairs(out);
        }
        if self.view.axis == Axis::Models && axis != Axis::Models {
            self.forget_failed();
        }
        self.view.axis = axis;
        self.view.first = (0, 0);
        if !self.view.screen.has_panes() && self.view.screen != Screen::Board {
            self.view.screen = Screen::Panes;
        }
        if self.view.arrangement == Arrangement::Rounds && axis != Axis::Conditions {
            self.view.arrangement = Arrangement::Grid;
        }
        self.settle_cursor();
    }

    /// Asks only for what is looked at: of all models where they are the columns, else of the one under
    /// the cursor.
    pub(super) fn attend(&mut self, out: &mut Vec<Effect>) {
        let column = self.view.cursor.condition;
        let axis = self.view.axis;
        let item_no = self.view.item_no;
        let all: Vec<ModelNo> = self.all_models().map(|(no, _)| no).collect();
        for model in all {
            let is_ready = matches!(self.model_of(model), Some(Model::Ready { .. }));
            let attention = match axis {
                _ if !is_ready => Attention::Nobody,
                Axis::Models => Attention::Column(column),
                _ if model == self.at => Attention::All,
                Axis::Conditions | Axis::Branches | Axis::Pairs => Attention::Nobody,
            };
            let is_elsewhere = model != self.at;
            self.ask_of(model, out, |run, orders| {
                run.attend(attention, orders);
                // What a record holds comes when it has been read.
                let is_recalled = run.is_of_record() && item_no < run.set_len();
                let is_shown = run.focus().item_no() == Some(item_no) || is_recalled;
                if attention != Attention::Nobody && !is_shown {
                    run.show(item_no, orders);
                }
                if is_elsewhere {
                    run.watch(Watched::default(), orders);
                }
            });
        }
        if self.view.axis == Axis::Pairs {
            self.make_pairs(out);
        }
    }
}
