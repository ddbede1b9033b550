//! The models of a session. Each has an experiment of its own, and so a scoreboard of its own: answers
//! of two models never meet in one number.
//!
//! Invariant: `App::run` and `View::model` are those of the model that keys act on (`App::at`); its seat
//! is empty, all others hold theirs. Nothing is asked of a model before it is ready.

use crate::domain::{ConditionNo, JobEvent, JobReport, ModelNo};
use crate::run::{Order, Run, Stamp};

use super::App;
use super::axis::Axis;
use super::event::{Effect, ModelLine};
use super::transcript::Safe;
use super::view::Model;

/// Most models of a session.
pub const MODELS_MAX: usize = 8;

/// A model that keys do not act on now.
#[derive(Debug)]
pub struct Seat {
    pub(super) run: Run,
    pub(super) model: Model,
}

/// The last part of a name, with all that is said behind it.
pub fn short_name(name: &Safe) -> Safe {
    let (path, rest) = match name.as_str().split_once(", ") {
        Some((path, rest)) => (path, format!(", {rest}")),
        None => (name.as_str(), String::new()),
    };
    let last = path.trim_end_matches('/').rsplit('/').next();
    Safe::line(&format!("{}{rest}", last.unwrap_or_default()))
}

/// A model's run, where it is the one that keys act on or has a seat.
pub(super) fn run_among<'a>(
    (at, run): (ModelNo, &'a Run),
    seats: &'a [Option<Seat>],
    model: ModelNo,
) -> Option<&'a Run> {
    if model == at {
        return Some(run);
    }
    let seat = seats.get(usize::from(model.0))?;
    seat.as_ref().map(|s| &s.run)
}

impl App {
    /// How many models there are, those that are being loaded included.
    pub fn models(&self) -> usize {
        self.all_models().count()
    }

    /// The model that keys act on.
    pub fn model_no(&self) -> ModelNo {
        self.at
    }

    /// A model's experiment.
    pub fn run_of(&self, model: ModelNo) -> Option<&Run> {
        run_among((self.at, &self.run), &self.seats, model)
    }

    /// The same, to put back what an earlier session had.
    pub fn run_of_mut(&mut self, model: ModelNo) -> Option<&mut Run> {
        if model == self.at {
            return Some(&mut self.run);
        }
        let seat = self.seats.get_mut(usize::from(model.0))?;
        seat.as_mut().map(|s| &mut s.run)
    }

    /// Whether there is a model to ask, and which.
    pub fn model_of(&self, model: ModelNo) -> Option<&Model> {
        if model == self.at {
            return Some(&self.view.model);
        }
        let seat = self.seats.get(usize::from(model.0))?;
        seat.as_ref().map(|s| &s.model)
    }

    /// All models, first asked for first.
    pub fn all_models(&self) -> impl Iterator<Item = (ModelNo, &Model)> {
        let numbers = (0..self.seats.len()).filter_map(|no| u16::try_from(no).ok());
        numbers.filter_map(|no| Some((ModelNo(no), self.model_of(ModelNo(no))?)))
    }

    /// The last part of a model's name; with its number where another one has the same.
    pub fn model_name(&self, model: ModelNo) -> Safe {
        let last = |model: &Model| {
            let name = match model {
                Model::Ready { name, .. } | Model::Loading(name) => name.as_str(),
                Model::Failed(_) => "no model",
            };
            let name = name.trim_end_matches('/');
            // What is being loaded tells how far it is, behind a comma.
            let name = name.split(", ").next().unwrap_or_default();
            let name = name.rsplit('/').next().unwrap_or_default();
            Safe::line(name.trim_end_matches(".gguf"))
        };
        let Some(name) = self.model_of(model).map(last) else {
            return Safe::default();
        };
        let same = self.all_models().filter(|(_, m)| last(m) == name).count();
        match same {
            0 | 1 => name,
            _ => Safe::from(format!("{}:", model.0 + 1)).join(&name),
        }
    }

    /// What has to be read beside numbers: the label of the model that keys act on, else of any other.
    pub fn warning(&self) -> Option<&Safe> {
        let others = || self.all_models().find_map(|(_, m)| m.warning());
        self.view.model.warning().or_else(others)
    }

    /// Makes room for another model, which is loading from now on. `None` where there are too many.
    pub fn add_model(&mut self, name: &str) -> Option<ModelNo> {
        let loading = Model::Loading(Safe::line(name));
        // One that could not be loaded has no answers: its place is free.
        let all = self.all_models().map(|(no, _)| no);
        let free = all
            .into_iter()
            .find(|no| *no != self.at && self.never_came(*no));
        let no = match free.or_else(|| self.unloaded()) {
            Some(no) => no,
            None if self.seats.len() >= MODELS_MAX => return None,
            None => {
                let no = ModelNo(u16::try_from(self.seats.len()).ok()?);
                self.seats.push(None);
                no
            }
        };
        let set = self.run.items().iter().take(self.run.set_len()).cloned();
        let mut run = Run::new(set.collect(), self.settings().clone()).of_model(no);
        for own in self.run.items().iter().skip(self.run.set_len()) {
            run.add_own(own.clone());
        }
        // It is asked as the columns stand now.
        let columns = (0u16..).zip(&self.settings().conditions);
        for (condition, _) in columns {
            let condition = ConditionNo(condition);
            if let Some(column) = self.run.focus().column(condition).cloned() {
                run.change(condition, column, &mut Vec::new());
            }
        }
        if let Some(seat) = self.seats.get_mut(usize::from(no.0)) {
            *seat = Some(Seat {
                run,
                model: loading,
            });
        }
        Some(no)
    }

    /// Begins with a column for every model: for somebody who asked for several.
    pub fn begin_with_models(&mut self) {
        self.view.axis = Axis::Models;
    }

    /// Lets keys act on another model; returns whether there is such a one.
    pub(super) fn turn_to(&mut self, model: ModelNo) -> bool {
        if model == self.at {
            return true;
        }
        let Some(seat) = self.seats.get_mut(usize::from(model.0)) else {
            return false;
        };
        let Some(next) = seat.take() else {
            return false;
        };
        let before = Seat {
            run: std::mem::replace(&mut self.run, next.run),
            model: std::mem::replace(&mut self.view.model, next.model),
        };
        if let Some(seat) = self.seats.get_mut(usize::from(self.at.0)) {
            *seat = Some(before);
        }
        self.at = model;
        self.settle_cursor();
        true
    }

    /// Whether a model could not be loaded and so never answered anything.
    fn never_came(&self, model: ModelNo) -> bool {
        let run = self.run_of(model);
        // A record is worth looking at without its model.
        let unused = run.is_some_and(|r| r.focus().item_no().is_none() && !r.is_of_record());
        unused && matches!(self.model_of(model), Some(Model::Failed(_)))
    }

    /// Lets go of models that could not be loaded: nothing of them is worth looking at.
    pub(super) fn forget_failed(&mut self) {
        let all = self.all_models().map(|(no, _)| no);
        let others: Vec<ModelNo> = all.filter(|no| !self.never_came(*no)).collect();
        if let (true, Some(first)) = (self.never_came(self.at), others.first()) {
            self.turn_to(*first);
        }
        // Numbers of models stay: only those behind all others can go.
        let last = |app: &App| u16::try_from(app.seats.len().saturating_sub(1)).map(ModelNo);
        while let Ok(no) = last(self)
            && no != self.at
            && (self.never_came(no) || self.model_of(no).is_none())
        {
            self.seats.pop();
        }
    }

    fn model_mut(&mut self, model: ModelNo) -> Option<&mut Model> {
        if model == self.at {
            return Some(&mut self.view.model);
        }
        let seat = self.seats.get_mut(usize::from(model.0))?;
        seat.as_mut().map(|s| &mut s.model)
    }

    /// Lets one model's run plan something and passes its orders on.
    pub(super) fn ask_of(
        &mut self,
        model: ModelNo,
        out: &mut Vec<Effect>,
        plan: impl FnOnce(&mut Run, &mut Vec<Order>),
    ) {
        if model == self.at {
            return self.ask(out, plan);
        }
        let seat = self.seats.get_mut(usize::from(model.0));
        if let Some(seat) = seat.and_then(Option::as_mut) {
            let mut orders = Vec::new();
            plan(&mut seat.run, &mut orders);
            super::pass_on(orders, model, out);
        }
    }

    /// The same for all models.
    pub(super) fn ask_all(
        &mut self,
        out: &mut Vec<Effect>,
        plan: impl Fn(&mut Run, &mut Vec<Order>),
    ) {
        let all: Vec<ModelNo> = self.all_models().map(|(no, _)| no).collect();
        for no in all {
            self.ask_of(no, out, &plan);
        }
    }

    /// The same for all models whose columns a key changes: where columns are models, for all of them,
    /// since the question there is what else but the model differs: nothing.
    pub(super) fn ask_columns(
        &mut self,
        out: &mut Vec<Effect>,
        plan: impl Fn(&mut Run, &mut Vec<Order>),
    ) {
        match self.view.axis {
            Axis::Models => self.ask_all(out, plan),
            Axis::Conditions | Axis::Branches | Axis::Pairs => self.ask(out, plan),
        }
    }

    pub(super) fn on_model_loading(&mut self, model: ModelNo, name: &str) {
        if let Some(now) = self.model_mut(model) {
            *now = Model::Loading(Safe::line(name));
        }
    }

    pub(super) fn on_model_failed(&mut self, model: ModelNo, why: &str) {
        if let Some(now) = self.model_mut(model) {
            *now = Model::Failed(Safe::text(why));
        }
        if self.is_recorded_model(model) {
            let said = format!("only the record can be shown: {why}");
            self.view.notice = Some(Safe::line(&said));
        } else if self.view.axis != Axis::Models && model != self.at {
            self.view.notice = Some(Safe::line(why));
        }
    }

    pub(super) fn on_model_ready(&mut self, no: ModelNo, line: &ModelLine, out: &mut Vec<Effect>) {
        let ready = Model::Ready {
            name: Safe::line(&line.name),
            detail: Safe::line(&line.detail),
            warning: line.warning.as_deref().map(Safe::line),
        };
        let Some(now) = self.model_mut(no) else {
            return;
        };
        *now = ready;
        if line.has_critic {
            self.view.critic_at = Some(no);
        }
        let item_no = self.view.item_no;
        let others = self.run.sweep().is_running();
        let sweeps = match no == self.at {
            true => std::mem::take(&mut self.sweep_at_start),
            false => others || self.sweep_at_start,
        };
        let is_asked = no == self.at;
        self.ask_of(no, out, |run, orders| {
            // What a record holds, or an earlier session left, is there already.
            let is_there = run.is_of_record() || run.focus().item_no() == Some(item_no);
            let stale = !is_there
                && run.board().is_empty()
                && run.sweep().settings() != run.focus().settings();
            if is_asked {
                run.attend(crate::run::Attention::All, orders);
            }
            if is_asked && !is_there {
                run.show(item_no, orders);
            }
            if stale {
                run.restart_sweep(orders);
            }
            if sweeps {
                run.set_sweeping(true, orders);
            }
        });
        self.view.showing += 1;
        if no != self.at && self.view.axis != Axis::Models {
            let key = self
                .keymap
                .key_name(super::Action::Axis)
                .unwrap_or_default();
            let said = format!(" is loaded: {key} shows models side by side");
            self.view.notice = Some(self.model_name(no).join(&said.into()));
        }
    }

    /// A report for a model that keys do not act on; returns whether the picture changed.
    pub(super) fn on_other_job(
        &mut self,
        report: &JobReport,
        now: Stamp,
        out: &mut Vec<Effect>,
    ) -> bool {
        let model = report.id.model();
        let done = |app: &App| app.run_of(model).map(|r| r.sweep().rounds_done());
        let play = self.run_of(model).and_then(|r| r.play_of(report.id));
        let before = done(self);
        self.ask_of(model, out, |run, orders| run.on_report(report, now, orders));
        if self.axis() != Axis::Models {
            // A comparison may still show an answer of another model.
            return play.is_some() && self.view.comparison.is_some();
        }
        let failed = matches!(report.event, JobEvent::Failed { .. });
        before != done(self) || failed || play.is_some()
    }
}
