//! Which question is on screen, with which seed and temperature, and whether the scoreboard runs.

use crate::run::Settings;

use super::App;
use super::event::Effect;
use super::view::Model;

impl App {
    pub(super) fn next_item(&mut self, by: isize, out: &mut Vec<Effect>) {
        let (at, n) = match &self.view.category {
            None => (self.view.item_no, self.run.items().len()),
            Some((_, members)) => (
                members.partition_point(|no| *no < self.view.item_no),
                members.len(),
            ),
        };
        let (Ok(at), Ok(n)) = (isize::try_from(at), isize::try_from(n)) else {
            return;
        };
        if n == 0 {
            return;
        }
        let to = usize::try_from((at + by).rem_euclid(n)).unwrap_or(0);
        let item_no = match &self.view.category {
            None => Some(to),
            Some((_, members)) => members.get(to).copied(),
        };
        if let Some(item_no) = item_no {
            self.show(item_no, out);
        }
    }

    /// Another question, by a sequence that depends on seed and count only.
    pub(super) fn random_item(&mut self, out: &mut Vec<Effect>) {
        let n = self
            .view
            .category
            .as_ref()
            .map_or(self.run.items().len(), |(_, m)| m.len());
        let Ok(n) = u64::try_from(n) else { return };
        if n < 2 {
            return;
        }
        self.view.draws += 1;
        let drawn = mixed(self.settings().seed ^ self.view.draws.rotate_left(32));
        // Never the same one again: a step of 1 to n - 1.
        let step = isize::try_from(1 + drawn % (n - 1)).unwrap_or(1);
        self.next_item(step, out);
    }

    pub(super) fn show(&mut self, item_no: usize, out: &mut Vec<Effect>) {
        let outside = |(_, members): &(_, Vec<usize>)| members.binary_search(&item_no).is_err();
        if self.view.category.as_ref().is_some_and(outside) {
            self.view.category = None;
        }
        self.view.item_no = item_no;
        self.leave_comparison();
        if self.record.is_some() && !self.is_own(item_no) {
            out.push(Effect::Recall(item_no));
            return self.ask_all(out, |run, orders| {
                if !run.is_of_record() && run.focus().item_no().is_some() {
                    run.show(item_no, orders);
                }
            });
        }
        self.view.showing += 1;
        // What was never asked begins when somebody looks at it.
        self.ask_all(out, |run, orders| {
            if run.focus().item_no().is_some() {
                run.show(item_no, orders);
            }
        });
    }

    pub(super) fn rerun(&mut self, out: &mut Vec<Effect>) {
        if !self.can_ask() {
            return;
        }
        if self.record.is_some() {
            self.leave_comparison();
            self.view.showing += 1;
            return self.ask(out, |run, orders| run.rerun(orders));
        }
        self.show(self.view.item_no, out);
    }

    /// New settings for the panes; the scoreboard keeps its own and says so.
    pub(super) fn resettle(&mut self, out: &mut Vec<Effect>, change: impl Fn(&mut Settings)) {
        let mut settings = self.settings().clone();
        change(&mut settings);
        if settings == *self.settings() || !self.can_ask() {
            return;
        }
        self.leave_comparison();
        self.view.showing += 1;
        self.ask_all(out, |run, orders| {
            let mut settings = run.focus().settings().clone();
            change(&mut settings);
            run.set_focus_settings(settings, orders);
        });
    }

    pub(super) fn warm(&mut self, by: f64, out: &mut Vec<Effect>) {
        self.resettle(out, |s| {
            let temperature = &mut s.decoding.temperature;
            *temperature = tenth(*temperature, by);
        });
    }

    pub(super) fn pause(&mut self, out: &mut Vec<Effect>) {
        if self.record.is_some() {
            let said =
                "this scoreboard is the record's; the command that began the run goes on with it";
            self.view.notice = Some(said.into());
            return;
        }
        let is_ready = |(_, model): (_, &Model)| matches!(model, Model::Ready { .. });
        if !self.all_models().any(is_ready) {
            self.sweep_at_start = !self.sweep_at_start;
            return;
        }
        let runs = self.all_models().filter_map(|(no, _)| self.run_of(no));
        let on = !runs.into_iter().any(|r| r.sweep().is_running());
        self.ask_all(out, |run, orders| run.set_sweeping(on, orders));
    }
}

/// A tenth more or less, within 0 and 2, without drifting.
pub(super) fn tenth(temperature: f64, by: f64) -> f64 {
    (((temperature * 10.0).round() + by) / 10.0).clamp(0.0, 2.0)
}

/// splitmix64's finish.
fn mixed(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
