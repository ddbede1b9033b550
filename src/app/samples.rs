//! Consistency: the same round drawn several times, identical answers together.
//!
//! Invariant: groups stand in the order in which their first answer was drawn, so that they do not
//! move while others come in.

use crate::domain::{Round, Verdict};
use crate::run::{Fork, PlayNo};

use super::App;
use super::event::Effect;
use super::overlay::Overlay;
use super::view::Model;

/// Draws at one press of the key.
pub const AT_ONCE: usize = 8;

/// Identical answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What was said in the last step.
    pub text: String,
    /// Its grade.
    pub verdict: Option<Verdict>,
    /// Who said it, in the order drawn.
    pub plays: Vec<PlayNo>,
}

/// All draws of a round.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Finished ones.
    pub groups: Vec<Group>,
    /// How many are not finished.
    pub under_way: usize,
    /// How many failed.
    pub failed: usize,
}

impl Samples {
    /// How many are finished.
    pub fn finished(&self) -> usize {
        self.groups.iter().map(|g| g.plays.len()).sum()
    }
}

impl App {
    /// The draws of the pane's round.
    pub fn samples(&self) -> Samples {
        let cursor = self.view.cursor;
        let focus = self.run.focus();
        let mut samples = Samples::default();
        let Some(no) = focus.shown_no(cursor.condition) else {
            return samples;
        };
        for no in focus.draws(no, cursor.round) {
            let round = focus.play(no).and_then(|p| p.round(cursor.round));
            match round {
                Some(Round {
                    answer: Some(_),
                    steps,
                    verdict,
                    ..
                }) => {
                    let text = steps.last().map_or("", |s| s.text.trim());
                    match samples.groups.iter_mut().find(|g| g.text == text) {
                        Some(group) => group.plays.push(no),
                        None => samples.groups.push(Group {
                            text: text.to_owned(),
                            verdict: *verdict,
                            plays: vec![no],
                        }),
                    }
                }
                Some(Round {
                    failed: Some(_), ..
                }) => samples.failed += 1,
                Some(_) | None => samples.under_way += 1,
            }
        }
        samples
    }

    /// What a record holds of a round's draws is shown before more of them are asked for.
    fn shows_recorded_samples(&mut self) -> bool {
        let cursor = self.view.cursor;
        let focus = self.run.focus();
        let no = focus.shown_no(cursor.condition);
        let several = no.is_some_and(|no| focus.draws(no, cursor.round).len() > 1);
        let opens = !matches!(self.view.overlay, Overlay::Samples(_));
        let shows = self.run.is_of_record() && several && opens;
        if shows {
            self.view.overlay = Overlay::Samples(0);
        }
        shows
    }

    /// Draws the pane's round some times more and shows all draws.
    pub(super) fn draw_samples(&mut self, out: &mut Vec<Effect>) {
        if self.shows_recorded_samples() || !self.can_go_on() {
            return;
        }
        let cursor = self.view.cursor;
        let Some(no) = self.run.focus().shown_no(cursor.condition) else {
            return;
        };
        let ready = matches!(self.view.model, Model::Ready { .. });
        let base = self.run.focus().draws(no, cursor.round).first().copied();
        let begun = |no| {
            self.run
                .focus()
                .play(no)
                .and_then(|p| p.round(cursor.round))
        };
        let Some(base) = base.filter(|no| ready && begun(*no).is_some()) else {
            self.view.notice = Some("this round has not begun: nothing to draw again yet".into());
            return;
        };
        let mut drawn = 0;
        self.ask(out, |run, orders| {
            for _ in 0..AT_ONCE {
                let fork = Fork {
                    parent: base,
                    round: cursor.round,
                    step: 0,
                    kept_tokens: 0,
                    words: String::new(),
                    token: None,
                    is_sample: true,
                };
                drawn += usize::from(run.branch(fork, orders).is_some());
            }
        });
        if drawn < AT_ONCE {
            self.view.notice = Some("no more room: a question holds 200 answers at most".into());
        }
        if !matches!(self.view.overlay, Overlay::Samples(_)) {
            self.view.overlay = Overlay::Samples(0);
        }
    }

    /// Shows the next answer of the chosen group in its column.
    pub(super) fn show_sample(&mut self, row: usize, out: &mut Vec<Effect>) {
        let shown = self.run.focus().shown_no(self.view.cursor.condition);
        let samples = self.samples();
        let Some(group) = samples.groups.get(row) else {
            return;
        };
        let at = group.plays.iter().position(|no| Some(*no) == shown);
        let next = at.map_or(0, |at| (at + 1) % group.plays.len());
        if let Some(no) = group.plays.get(next).copied() {
            self.ask(out, |run, orders| {
                run.show_play(no, orders);
            });
        }
    }
}
