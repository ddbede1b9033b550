//! Consistency: the same round drawn several times, identical texts together, and how often each answer
//! came.
//!
//! Identical are texts that are so from the first step to the last: the same answer after another
//! reasoning is another text.
//!
//! Invariant: groups stand in the order in which their first answer was drawn, so that they do not
//! move while others come in.

use crate::domain::{Answer, Item, Round, Verdict};
use crate::run::{Fork, PlayNo};

use super::App;
use super::event::Effect;
use super::overlay::Overlay;
use super::said;
use super::view::Model;

/// Draws at one press of the key.
pub const AT_ONCE: usize = 8;

/// Identical texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What was said, step by step.
    pub steps: Vec<String>,
    /// What was chosen.
    pub answer: Answer,
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
    /// How often each answer came, in the order drawn; none of free texts.
    pub answers: Vec<(Answer, usize)>,
    /// How many are not finished.
    pub under_way: usize,
    /// How many failed.
    pub failed: usize,
}

impl Group {
    /// All that was said, a line a step.
    pub fn text(&self) -> String {
        self.steps.join("\n")
    }
}

impl Samples {
    /// How many are finished.
    pub fn finished(&self) -> usize {
        self.groups.iter().map(|g| g.plays.len()).sum()
    }

    /// `9 draws: 3 different texts; answers A (c) 7, S (a) 2`.
    pub fn told(&self, item: &Item) -> String {
        let draws = match self.finished() {
            1 => "1 draw".to_owned(),
            n => format!("{n} draws"),
        };
        let others = [(self.under_way, "under way"), (self.failed, "failed")];
        let others = others.into_iter().filter(|(n, _)| *n > 0);
        let others: String = others.map(|(n, how)| format!(", {n} {how}")).collect();
        let texts = match (self.finished(), self.groups.len()) {
            (0 | 1, _) => String::new(),
            (2, 1) => ": both the same text".to_owned(),
            (_, 1) => ": all the same text".to_owned(),
            (_, n) => format!(": {n} different texts"),
        };
        let said = |answer: Answer| {
            let (short, long) = said::answer(item, answer, None);
            if answer == Answer::Unparsed {
                long
            } else {
                short
            }
        };
        let answers = match self.answers.as_slice() {
            [] => String::new(),
            [(answer, 1)] => format!("; answer {}", said(*answer)),
            [(answer, _)] => format!("; one answer: {}", said(*answer)),
            several => {
                let all = several.iter();
                let all: Vec<String> = all.map(|(a, n)| format!("{} {n}x", said(*a))).collect();
                format!("; answers {}", all.join(", "))
            }
        };
        format!("{draws}{others}{texts}{answers}")
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
                    answer: Some(answer),
                    steps,
                    verdict,
                    ..
                }) => {
                    let steps: Vec<String> =
                        steps.iter().map(|s| s.text.trim().to_owned()).collect();
                    match samples.groups.iter_mut().find(|g| g.steps == steps) {
                        Some(group) => group.plays.push(no),
                        None => samples.groups.push(Group {
                            steps,
                            answer: *answer,
                            verdict: *verdict,
                            plays: vec![no],
                        }),
                    }
                    match samples.answers.iter_mut().find(|(a, _)| a == answer) {
                        Some((_, count)) => *count += 1,
                        None if *answer == Answer::Free => {}
                        None => samples.answers.push((*answer, 1)),
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
