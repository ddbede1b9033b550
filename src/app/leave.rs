//! Leaving, and keys that do nothing: what a hand that is used to other programs presses.
//!
//! Invariant: the key that quits closes what is open first, and names what becomes of branches; a key
//! that types nothing (Ctrl-C) leaves at once, everywhere.

use crate::run::{PlayNo, Run};

use super::App;
use super::action::Action;
use super::axis::Axis;
use super::event::{Effect, Key};
use super::layout::Screen;
use super::overlay::Overlay;
use super::transcript::Safe;

impl App {
    /// Does what a key of the table stands for, or says why nothing happens. `leaving`: the key before
    /// it was told what would be lost.
    pub(super) fn on_action(
        &mut self,
        action: Action,
        key: Key,
        leaving: bool,
        out: &mut Vec<Effect>,
    ) {
        match action {
            Action::Close if self.is_touring() => self.end_tour(),
            Action::Quit if key.typed().is_none() => out.push(Effect::Quit),
            Action::Quit if leaving => self.leave(true, out),
            Action::Quit if self.is_within() => self.act(Action::Close, out),
            Action::Quit => self.leave(false, out),
            _ if self.is_idle(action) => {
                let said = self.idle_here(action).unwrap_or_else(|| self.idle(key));
                self.view.notice = Some(said);
            }
            _ => self.act(action, out),
        }
        self.follow_tour(action);
    }

    /// Leaves, unless there is something of one's own that was not named yet.
    pub(super) fn leave(&mut self, named: bool, out: &mut Vec<Effect>) {
        match self.made() {
            Some(what) if !named => {
                let key = self.keymap.key_name(Action::Quit).unwrap_or_default();
                self.view.leaving = true;
                self.view.notice = Some(Safe::from(format!("{key} again leaves; {what}")));
            }
            Some(_) | None => out.push(Effect::Quit),
        }
    }

    /// Whether something is open that is left before the program is.
    pub(super) fn is_within(&self) -> bool {
        !matches!(self.view.overlay, Overlay::None)
            || self.is_searching()
            || self.is_inside()
            || self.is_from_list()
            || self.view.screen != Screen::Panes
            || matches!(self.view.axis, Axis::Branches | Axis::Pairs)
    }

    /// What of somebody's work is only on screen, and what becomes of it.
    fn made(&self) -> Option<String> {
        let branches = |run: &Run| {
            let focus = run.focus();
            let numbers = (0..focus.plays().len()).map(PlayNo);
            numbers
                .filter(|no| focus.fork(*no).is_some_and(|f| !f.is_sample))
                .count()
        };
        let others = self.all_models().filter(|(no, _)| *no != self.model_no());
        let others = others.filter_map(|(no, _)| self.run_of(no));
        match (branches(&self.run), others.map(branches).sum::<usize>()) {
            (0, 0) => None,
            (1, 0) => Some("recant --continue brings this question's branch back".to_owned()),
            (n, 0) => Some(format!(
                "recant --continue brings this question's {n} branches back"
            )),
            (_, n) => Some(format!("{n} branches of other models are not kept")),
        }
    }

    /// Whether an action does nothing here. Some say themselves why.
    fn is_idle(&self, action: Action) -> bool {
        let speaks = match action {
            Action::Undo | Action::Redo => self.view.screen.has_panes(),
            Action::PauseSweep | Action::Label => true,
            Action::Rerun => self.record.is_some(),
            _ => action.is_clause() && self.view.screen.has_panes(),
        };
        !speaks && !self.applies(action)
    }

    /// Why some actions do nothing here.
    fn idle_here(&self, action: Action) -> Option<Safe> {
        let key = |action| self.keymap.key_name(action).unwrap_or_default();
        let said = match action {
            Action::Close => format!("nothing is open; {} leaves", key(Action::Quit)),
            Action::Branches => format!(
                "no branches yet: {} on an alternative inside an answer makes one",
                key(Action::Open)
            ),
            Action::NextMetric if self.view.screen == Screen::Board => {
                "all numbers are in this table; left and right where not all fit".to_owned()
            }
            Action::FewerRounds | Action::MoreRounds if !self.view.screen.has_panes() => {
                "rounds are set in the panes".to_owned()
            }
            Action::FewerRounds => "one round is the least".to_owned(),
            Action::MoreRounds => format!("{} rounds are the most", super::column::ROUNDS_MAX),
            Action::RestartSweep if self.record.is_some() => {
                "the panes show the record's answers already".to_owned()
            }
            Action::Samples if !self.view.screen.has_panes() => return None,
            Action::Rerun | Action::RestartSweep | Action::Samples => "no model to ask".to_owned(),
            Action::NextItem | Action::PreviousItem => "there is one question only".to_owned(),
            _ => return None,
        };
        Some(said.into())
    }

    /// That a key does nothing, and where to find those that do.
    pub(super) fn idle(&self, key: Key) -> Safe {
        let help = self.keymap.key_name(Action::Help).unwrap_or_default();
        Safe::from(format!("{key} does nothing here; {help} lists the keys"))
    }
}
