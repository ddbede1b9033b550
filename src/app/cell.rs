//! Which numbers the scoreboard shows, and what each of its cells holds.

use crate::domain::{ModelNo, RoundNo};
use crate::run::{PlayNo, Run};
use crate::stats::{Pace, Scope};

use super::App;
use super::figures::Cell;
use super::layout::PaneNo;
use super::metric::Metric;
use super::transcript::Safe;

impl App {
    /// By what the questions of the chosen category (or all of them) can be measured.
    pub fn scope(&self) -> &Scope {
        self.run.sweep().scope(self.view.category_name())
    }

    /// The numbers these questions have, the main one first.
    pub fn metrics(&self) -> Vec<Metric> {
        let samples = self.run.sweep().settings().plan.samples;
        Metric::of(self.scope(), samples)
    }

    /// The number that the small scoreboard shows: the chosen one where these questions have it, else
    /// their main one.
    pub fn metric(&self) -> Metric {
        let all = self.metrics();
        let chosen = self.view.metric.filter(|m| all.contains(m));
        chosen
            .or(all.first().copied())
            .unwrap_or(Metric::BiasAmbiguous)
    }

    /// To the next number.
    pub(super) fn next_metric(&mut self) {
        let (all, now) = (self.metrics(), self.metric());
        let at = all.iter().position(|m| *m == now).map_or(0, |at| at + 1);
        self.view.metric = all.get(at % all.len().max(1)).copied();
    }

    /// What one model's answers under one condition in one round come to.
    pub fn cell(&self, pane: PaneNo, round: RoundNo) -> Cell {
        match self.run_of(pane.model) {
            Some(run) => self.cell_of(run, pane, round),
            None => Cell {
                round,
                planned: self.planned(),
                ..Cell::default()
            },
        }
    }

    fn cell_of(&self, run: &Run, pane: PaneNo, round: RoundNo) -> Cell {
        let sweep = run.sweep();
        let category = self.view.category_name();
        let place = (pane.condition, round);
        let plan = &sweep.settings().plan;
        // A record may hold repeats that its plan does not tell of.
        let repeats = match run.is_of_record() {
            true => None,
            false => Some(plan.samples > 1 || plan.all_rotations),
        };
        let pace = match sweep.is_running() && !sweep.is_over() {
            true => Pace::Lately,
            false => Pace::Exact,
        };
        let mut scores = sweep.board().scores(place, category, repeats, pace);
        let own = self.metrics().into_iter().filter(|m| m.is_measure());
        let names = own.filter_map(Metric::name);
        let measures = sweep.measures();
        scores.extend(names.filter_map(|name| measures.score(place, category, name, pace)));
        Cell {
            counts: sweep.board().cell(pane.condition, round, category),
            scores,
            round,
            planned: self.planned(),
        }
    }

    /// A finished text's toxicity, where the board's scorer has scored it or can be asked here, and the scorer's
    /// short name.
    pub fn toxicity(&self, model: ModelNo, play: PlayNo, round: RoundNo) -> Option<(f64, Safe)> {
        let (score, by) = self.run_of(model)?.toxicity(play, round)?;
        let short = by.split(" (").next().unwrap_or(by);
        Some((score, Safe::line(short)))
    }

    /// Answers that a cell will have.
    fn planned(&self) -> u64 {
        let plan = &self.run.sweep().settings().plan;
        let repeats = |no: usize| {
            let item = self.run.items().get(no);
            let rotations = item.map_or(1, |i| u64::from(plan.rotations(i)));
            rotations * u64::from(plan.samples.max(1))
        };
        match (&self.view.category, plan.all_rotations) {
            (Some((_, members)), true) => members.iter().map(|no| repeats(*no)).sum(),
            (None, true) => (0..self.run.set_len()).map(repeats).sum(),
            (Some((_, members)), false) => members.len() as u64 * u64::from(plan.samples.max(1)),
            (None, false) => self.run.set_len() as u64 * u64::from(plan.samples.max(1)),
        }
    }
}
