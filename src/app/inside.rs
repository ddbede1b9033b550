//! What keys do inside an answer.

use crate::domain::{Round, RoundNo};
use crate::run::{Neighbours, Play, PlayNo, Watched};

use super::App;
use super::event::Effect;
use super::inspect::{self, Heat, Inspect};
use super::layout::{PaneNo, Screen};
use super::overlay::Overlay;
use super::view::Model;

/// Where the cursor inside an answer is, and what it stands on.
#[derive(Clone, Copy, Debug)]
pub struct Inside<'a> {
    /// Which play.
    pub no: PlayNo,
    /// The play.
    pub play: &'a Play,
    /// Which of its rounds.
    pub round_no: RoundNo,
    /// The round.
    pub round: &'a Round,
    /// Step of the round.
    pub step: usize,
    /// Token of the step.
    pub token: usize,
    /// Which candidate is chosen.
    pub choice: usize,
}

impl App {
    /// Whether an answer is looked into.
    pub fn is_inside(&self) -> bool {
        self.view.inspect.is_some() && self.view.screen.has_panes()
    }

    /// Which play is looked into, if one is.
    pub(super) fn inside_no(&self) -> Option<PlayNo> {
        if !self.is_inside() {
            return None;
        }
        self.run.focus().shown_no(self.view.cursor.condition)
    }

    /// What the cursor inside an answer stands on; `None` where none is looked into, or it has no
    /// token yet.
    pub fn inside(&self) -> Option<Inside<'_>> {
        let at = self.view.inspect?;
        let no = self.inside_no()?;
        let play = self.run.focus().play(no)?;
        let round_no = self.view.cursor.round;
        let round = play.round(round_no)?;
        let (step, token) = inspect::locate(round, at.token)?;
        let candidates = inspect::candidates(round.steps.get(step)?, token);
        let came = candidates.iter().position(|c| c.came).unwrap_or(0);
        let choice = at.choice.map_or(came, |c| c.min(candidates.len() - 1));
        Some(Inside {
            no,
            play,
            round_no,
            round,
            step,
            token,
            choice,
        })
    }

    fn round_inside(&self) -> Option<&Round> {
        let play = self.run.focus().play(self.inside_no()?)?;
        play.round(self.view.cursor.round)
    }

    /// Goes one step further in: from a pane into its answer, from there on as a branch, from a list
    /// to what it lists.
    pub(super) fn open_next(&mut self, out: &mut Vec<Effect>) {
        match self.view.overlay {
            Overlay::Branches(row) => self.show_branch(row, out),
            Overlay::Samples(row) => self.show_sample(row, out),
            Overlay::Column(row) => self.turn_row(row, 1, out),
            Overlay::None if self.view.screen == Screen::Board => self.open_items(),
            Overlay::None if self.view.screen == Screen::Items => self.enter_item(out),
            _ if self.is_inside() => self.fork_here(out),
            _ => self.open_inside(),
        }
    }

    /// Looks inside the pane's answer.
    fn open_inside(&mut self) {
        if self.view.inspect.is_some() || !self.view.screen.has_panes() {
            return;
        }
        self.view.inspect = Some(Inspect::default());
        let token = self.round_inside().map_or(0, inspect::last_step);
        self.view.inspect = Some(Inspect {
            token,
            choice: None,
        });
    }

    pub(super) fn close_inside(&mut self) {
        if self.view.inspect.take().is_some()
            && let Some(text) = self.view.texts.get_mut(&self.view.cursor)
        {
            text.follow();
        }
    }

    pub(super) fn go_inside(&mut self, dx: i32, dy: i32) {
        let by = |n: i32| isize::try_from(n).unwrap_or(0);
        if dx != 0 {
            self.step_token(by(dx));
        }
        if dy == 0 {
            return;
        }
        let last = self.inside().map(|i| {
            let all = inspect::candidates(&i.round.steps[i.step], i.token).len();
            (i.choice, all.saturating_sub(1))
        });
        if let (Some((choice, last)), Some(at)) = (last, &mut self.view.inspect) {
            at.choice = Some(choice.saturating_add_signed(by(dy)).min(last));
        }
    }

    pub(super) fn step_token(&mut self, by: isize) {
        let last = self.round_inside().map_or(0, inspect::count);
        if let Some(at) = &mut self.view.inspect {
            let token = at.token.saturating_add_signed(by);
            at.token = token.min(last.saturating_sub(1));
            at.choice = None;
        }
    }

    pub(super) fn step_word(&mut self, forward: bool) {
        let Some(at) = self.view.inspect else { return };
        let to = self
            .round_inside()
            .map(|r| inspect::word(r, at.token, forward));
        if let Some(token) = to {
            self.view.inspect = Some(Inspect {
                token,
                choice: None,
            });
        }
    }

    /// After a change: the cursor on a token.
    pub(super) fn clamp_inspect(&mut self) {
        let Some(at) = self.view.inspect else { return };
        let last = self.round_inside().map_or(0, inspect::count);
        if at.token > 0 && at.token >= last {
            self.view.inspect = Some(Inspect {
                token: last.saturating_sub(1),
                choice: None,
            });
        }
    }

    /// After a change: the token under the cursor in sight.
    pub(super) fn reveal_token(&mut self) {
        let place = self.inside().map(|i| {
            let spoken = &i.round.steps[i.step];
            (i.step, inspect::begin(spoken, i.token))
        });
        if let (Some((step, byte)), Some(text)) =
            (place, self.view.texts.get_mut(&self.view.cursor))
        {
            text.reveal(step, byte);
        }
    }

    /// Asks for the beliefs between the tokens that are looked at, and for no others.
    pub(super) fn watch(&mut self, out: &mut Vec<Effect>) {
        let ready = matches!(self.view.model, Model::Ready { .. });
        let belief = self.inside_no().filter(|_| ready);
        let belief = belief.map(|no| (no, self.view.cursor.round));
        let wants = ready && self.view.heat == Heat::Surprise && self.view.screen.has_panes();
        let panes = wants.then(|| self.areas()).flatten().map(|a| a.panes);
        let surprise = panes
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(pane, _)| self.neighbours(pane))
            .collect();
        let token = self.inside().map_or((0, 0), |at| (at.step, at.token));
        let prompts = match ready {
            true => self.prompts_in_sight(),
            false => Vec::new(),
        };
        let watched = Watched {
            belief,
            surprise,
            token,
            prompts,
        };
        self.ask(out, |run, orders| run.watch(watched, orders));
    }

    /// Whose exact prompts are on screen.
    fn prompts_in_sight(&self) -> Vec<(PlayNo, RoundNo)> {
        let cursor = self.view.cursor;
        let comparison = self.view.comparison.as_ref();
        match (&self.view.overlay, self.view.screen, comparison) {
            (Overlay::Prompt(_), ..) => {
                let no = self.run.focus().shown_no(cursor.condition);
                no.map(|no| (no, cursor.round)).into_iter().collect()
            }
            (_, Screen::Compare, Some(c)) if c.what == super::compare::What::Prompts => {
                let side = |s: &super::compare::Side| (s.play, s.round);
                vec![side(&c.left), side(&c.right)]
            }
            _ => Vec::new(),
        }
    }

    /// A pane and what stands to its left, as panes are arranged now.
    pub fn neighbours(&self, pane: PaneNo) -> Option<Neighbours> {
        let arrangement = self.view.arrangement;
        let (x, y) = arrangement.place(self.place_of(pane));
        let left = self.pane_at(arrangement.pane((x.checked_sub(1)?, y)))?;
        // Another model's tokens are other tokens.
        if pane.model != self.at || left.model != self.at {
            return None;
        }
        Some(Neighbours {
            play: self.play_in(pane)?.1,
            round: pane.round,
            left: self.play_in(left)?.1,
            left_round: left.round,
        })
    }
}
