//! Branches: going on from another token or from one's own words, undoing, redoing, the tree.

use crate::domain::{ConditionNo, Token, TokenDetail};
use crate::run::{Focus, Fork, Order, PLAYS_MAX, PlayNo, Run};
use std::sync::Arc;

use super::App;
use super::axis::Axis;
use super::compare::{Side, What};
use super::event::Effect;
use super::inspect;
use super::layout::{PaneNo, Screen};
use super::overlay::{Overlay, Typed};
use super::transcript::Safe;

/// Columns of a model's name before a condition's.
const MODEL: usize = 14;

/// A play's name: its condition's, with `~` and a number where it is a branch.
fn name_in(focus: &Focus, no: PlayNo) -> Safe {
    let Some(play) = focus.play(no) else {
        return Safe::default();
    };
    let condition = play.recipe(focus.settings());
    let name = condition.map_or_else(Safe::default, |c| Safe::line(&c.name));
    if let Some(change) = focus.variant(no) {
        return name.join(&Safe::from(format!("*{change}")));
    }
    match focus.fork(no) {
        None => name,
        Some(_) => {
            let nth = no.0 + 1 - focus.settings().conditions.len().min(no.0);
            name.join(&Safe::from(format!("~{nth}")))
        }
    }
}

impl App {
    /// A play's name: its condition's, with `~` and a number where it is a branch.
    pub fn play_name(&self, no: PlayNo) -> Safe {
        name_in(self.run.focus(), no)
    }

    /// The name of a comparison's side; with its model's where there are several.
    pub fn side_name(&self, side: Side) -> Safe {
        let focus = self.run_of(side.model).map(crate::run::Run::focus);
        let name = focus.map_or_else(Safe::default, |f| name_in(f, side.play));
        match self.models() {
            0 | 1 => name,
            _ => self.model_name(side.model).join(&"·".into()).join(&name),
        }
    }

    /// What stands in a pane: its model's name where columns are models.
    pub fn pane_name(&self, pane: PaneNo) -> Safe {
        let condition = self.settings().condition(pane.condition);
        let name = match self.play_in(pane) {
            Some((run, no)) => name_in(run.focus(), no),
            None => condition.map_or_else(Safe::default, |c| Safe::line(&c.name)),
        };
        match self.axis() {
            Axis::Models => {
                let model = self.model_name(pane.model).fit(MODEL);
                model.join(&"·".into()).join(&name)
            }
            Axis::Pairs => match self.play_in(pane).and_then(|(r, no)| r.focus().variant(no)) {
                Some(change) => Safe::from("*").join(&change.into()),
                None => name,
            },
            Axis::Conditions | Axis::Branches => name,
        }
    }

    /// Goes on from the chosen candidate.
    pub(super) fn fork_here(&mut self, out: &mut Vec<Effect>) {
        let Some(at) = self.inside() else { return };
        let spoken = &at.round.steps[at.step];
        let all = inspect::candidates(spoken, at.token);
        let Some(candidate) = all.get(at.choice) else {
            return;
        };
        let words = candidate.text.to_owned();
        let is_mark = words.len() > 2 && words.starts_with('<') && words.ends_with('>');
        if words.is_empty() || words.contains('\u{fffd}') || is_mark {
            let why = "no text (end of a turn, part of a character): take another, or own words";
            self.view.notice = Some(why.into());
            return;
        }
        let before = spoken.tokens.get(at.token).and_then(|t| t.detail.clone());
        let detail = before.zip(candidate.id).map(|(detail, token)| {
            Arc::new(TokenDetail {
                token,
                rank: candidate.rank.unwrap_or(detail.rank),
                ..(*detail).clone()
            })
        });
        let fork = Fork {
            parent: at.no,
            round: at.round_no,
            step: at.step,
            kept_tokens: at.token,
            token: Some(Token {
                end: 0,
                logprob: candidate.logprob,
                detail,
            }),
            words,
            is_sample: false,
        };
        self.begin(fork, out);
    }

    /// Asks for the words to go on with instead of the token under the cursor.
    pub(super) fn ask_words(&mut self) {
        if self.inside().is_some() {
            self.view.overlay = Overlay::Words(Typed::default());
        }
    }

    /// What was said before the cursor: the words that one's own will follow.
    pub fn said_before(&self) -> Safe {
        let text = self.inside().map(|at| {
            let spoken = &at.round.steps[at.step];
            let end = inspect::begin(spoken, at.token);
            format!(
                "{}{}",
                spoken.prefill,
                spoken.text.get(..end).unwrap_or_default()
            )
        });
        Safe::line(&text.unwrap_or_default())
    }

    /// Goes on with one's own words; none at all just draws again.
    pub(super) fn fork_words(&mut self, typed: &str, out: &mut Vec<Effect>) {
        if typed.trim().is_empty() {
            self.view.notice = Some("no words were typed: no branch".into());
            return;
        }
        let Some(at) = self.inside() else { return };
        let spoken = &at.round.steps[at.step];
        let spaced = inspect::text(spoken, at.token).starts_with(' ');
        let joined = typed.starts_with(|c: char| c.is_whitespace() || c.is_ascii_punctuation())
            && !typed.starts_with('(');
        let space = if spaced && !joined && !typed.is_empty() {
            " "
        } else {
            ""
        };
        let fork = Fork {
            parent: at.no,
            round: at.round_no,
            step: at.step,
            kept_tokens: at.token,
            words: format!("{space}{typed}"),
            token: None,
            is_sample: false,
        };
        self.begin(fork, out);
    }

    fn begin(&mut self, fork: Fork, out: &mut Vec<Effect>) {
        if !self.can_go_on() {
            return;
        }
        let mut made = None;
        self.ask(out, |run, orders| made = run.branch(fork, orders));
        self.view.notice = Some(match made {
            Some(no) => {
                let name = self.play_name(no);
                let key = |action| self.keymap.key_name(action).unwrap_or_default();
                let (undo, tree) = (key(super::Action::Undo), key(super::Action::Branches));
                Safe::from(format!(
                    "branch {name}: {undo} goes back to what it left, {tree} shows all branches"
                ))
            }
            None => Safe::from(format!(
                "not possible here; {PLAYS_MAX} branches of a question are the most"
            )),
        });
    }

    pub(super) fn undo(&mut self, out: &mut Vec<Effect>) {
        if !self.step_back(out, Run::undo) {
            self.view.notice = Some("nothing to undo: this is the condition's own answer".into());
        }
    }

    /// One step back or forth. Where columns are models, what a key changed in all of them goes back in all.
    fn step_back(
        &mut self,
        out: &mut Vec<Effect>,
        step: fn(&mut Run, ConditionNo, &mut Vec<Order>) -> bool,
    ) -> bool {
        let condition = self.view.cursor.condition;
        let column = |app: &App| app.run.focus().column(condition).cloned();
        let before = column(self);
        let mut stepped = false;
        self.ask(out, |run, orders| stepped = step(run, condition, orders));
        let now = column(self);
        if self.axis() == Axis::Models && before != now {
            let at = self.model_no();
            let models = self.all_models().map(|(no, _)| no);
            for other in models.filter(|no| *no != at).collect::<Vec<_>>() {
                self.ask_of(other, out, |run, orders| {
                    let focus = run.focus();
                    if focus.column(condition) == before.as_ref()
                        && let Some(now) = now.clone()
                    {
                        run.change(condition, now, orders);
                    }
                });
            }
        }
        self.lock_alike(out);
        stepped
    }

    pub(super) fn redo(&mut self, out: &mut Vec<Effect>) {
        if !self.step_back(out, Run::redo) {
            self.view.notice = Some("nothing to redo here".into());
        }
    }

    /// Compares the pane with its question's variants, one after the other.
    pub(super) fn compare_variants(&mut self, out: &mut Vec<Effect>) {
        if !self.can_go_on() {
            return;
        }
        let cursor = self.view.cursor;
        let Some(no) = self.run.focus().shown_no(cursor.condition) else {
            return;
        };
        let before = match (self.view.screen, &self.view.comparison) {
            (Screen::Compare, Some(comparison)) => Some(comparison.right.play),
            _ => None,
        };
        let what = self
            .view
            .comparison
            .as_ref()
            .map_or(What::Answers, |c| c.what);
        let mut made = Vec::new();
        self.ask(out, |run, orders| {
            made = run.vary(before.unwrap_or(no), orders)
        });
        let at = before.and_then(|b| made.iter().position(|m| *m == b));
        let next = at.map_or(0, |at| (at + 1) % made.len().max(1));
        let Some(right) = made.get(next).copied() else {
            self.view.notice = self.unvaried().1;
            return;
        };
        let left = self.run.focus().parent(right).unwrap_or(no);
        let model = self.at;
        let side = |play| Side {
            model,
            play,
            round: cursor.round,
        };
        self.compare(side(left), side(right), what);
    }

    /// The tree of the pane's condition, and which row of it is in the column.
    pub fn tree(&self) -> (Vec<(usize, PlayNo)>, usize) {
        let condition: ConditionNo = self.view.cursor.condition;
        let tree = self.run.focus().tree(condition);
        let shown = self.run.focus().shown_no(condition);
        let at = tree.iter().position(|(_, no)| Some(*no) == shown);
        (tree, at.unwrap_or(0))
    }

    pub(super) fn open_tree(&mut self) {
        let (_, at) = self.tree();
        self.view.overlay = match self.view.overlay {
            Overlay::Branches(_) => Overlay::None,
            _ => Overlay::Branches(at),
        };
    }

    /// Shows the chosen branch in its column.
    pub(super) fn show_branch(&mut self, row: usize, out: &mut Vec<Effect>) {
        if let Some((_, no)) = self.tree().0.get(row).copied() {
            self.ask(out, |run, orders| {
                run.show_play(no, orders);
            });
        }
        self.view.overlay = Overlay::None;
    }
}
