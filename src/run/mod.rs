//! The experiment: what to ask next, and what an answer does to what is known.
//!
//! A [`Run`] holds the item on screen under every condition (the *focus*) and the benchmark being
//! worked through in the background (the *sweep*). It is pure: it is told what happened and when,
//! and says what it wants done as [`Order`]s. Live, headless and replayed sessions share it, so they
//! give the same numbers.

mod change;
mod column;
mod detail;
mod draw;
mod focus;
mod order;
mod play;
mod record;
mod register;
mod settings;
mod sweep;
mod texts;
mod trace;
mod variant;

pub use column::{Column, PaneDraw};
pub use detail::TokenAt;
pub use draw::Draw;
pub use focus::{Focus, Fork, Kept, KeptPlay, Origin, PLAYS_MAX, PlayNo, Recalled};
pub use order::{Finished, Order, Stamp, Take};
pub use play::{PaneState, Play};
pub use record::{Labels, Seat};
pub use register::{Entry, Lead, Register, lead};
pub use settings::{Answers, Plan, Settings};
pub use sweep::Sweep;
pub use trace::{Asked, Neighbours, Place, Point, Trace, Watched, stations};
pub use variant::{describe, unchanged, variant_name, variants};

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{ConditionNo, Item, Job, JobEvent, JobId, JobReport, ModelNo, Priority, Round};
use crate::stats::Scoreboard;

/// Who waits for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Focus(PlayNo),
    Sweep(u64),
    Trace(Asked),
}

/// Whose panes a run asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attention {
    /// Nobody looks: neither panes nor the benchmark go on.
    Nobody,
    /// One condition's panes, and the benchmark.
    Column(ConditionNo),
    /// All of them.
    #[default]
    All,
}

/// How many of the most probable tokens are reported beside every one that a pane shows.
const ALTERNATIVES: u8 = 8;

/// The experiment. See the module.
#[derive(Debug)]
pub struct Run {
    /// The set, then questions of one's own.
    items: Arc<[Arc<Item>]>,
    set: Arc<[Arc<Item>]>,
    focus: Focus,
    sweep: Sweep,
    trace: Trace,
    owners: HashMap<JobId, Owner>,
    attention: Attention,
    next_job: JobId,
    strays: u64,
    /// What the record that the scoreboard is of asked with.
    recorded: Option<Vec<Column>>,
}

impl Run {
    /// A run over `items`; nothing starts before it is asked for.
    pub fn new(items: Arc<[Arc<Item>]>, settings: Settings) -> Run {
        Run {
            focus: Focus::new(settings.clone()),
            sweep: Sweep::new(items.clone(), settings),
            set: items.clone(),
            items,
            trace: Trace::default(),
            owners: HashMap::new(),
            attention: Attention::All,
            next_job: JobId::first(ModelNo::default()),
            strays: 0,
            recorded: None,
        }
    }

    /// The same for another model than the first: it names its jobs so. Before anything starts.
    pub fn of_model(self, model: ModelNo) -> Run {
        Run {
            next_job: JobId::first(model),
            ..self
        }
    }

    /// All items of the set, then one's own.
    pub fn items(&self) -> &Arc<[Arc<Item>]> {
        &self.items
    }

    /// How many of them are the set's; the others are somebody's own, and never in the scoreboard.
    pub fn set_len(&self) -> usize {
        self.set.len()
    }

    /// Whose panes are asked for.
    pub fn attention(&self) -> Attention {
        self.attention
    }

    /// Asks only for what somebody looks at. What a model is saying it says to its end.
    pub fn attend(&mut self, attention: Attention, out: &mut Vec<Order>) {
        if self.attention != attention {
            self.attention = attention;
            self.plan(out);
        }
    }

    /// Adds a question of one's own; returns its position.
    pub fn add_own(&mut self, item: Arc<Item>) -> usize {
        self.items = self.items.iter().cloned().chain([item]).collect();
        self.items.len() - 1
    }

    /// The item on screen, under every condition.
    pub fn focus(&self) -> &Focus {
        &self.focus
    }

    /// The background work and its scoreboard.
    pub fn sweep(&self) -> &Sweep {
        &self.sweep
    }

    /// The scoreboard.
    pub fn board(&self) -> &Scoreboard {
        self.sweep.board()
    }

    /// Reports that came for jobs nobody waits for any more; ignored, counted.
    pub fn strays(&self) -> u64 {
        self.strays
    }

    /// Jobs a model is working on or about to.
    pub fn jobs_in_flight(&self) -> usize {
        self.owners.len()
    }

    /// The play that waits for a job, if one does; background jobs have none.
    pub fn play_of(&self, job: JobId) -> Option<PlayNo> {
        match self.owners.get(&job)? {
            Owner::Focus(play) => Some(*play),
            Owner::Sweep(_) | Owner::Trace(_) => None,
        }
    }

    /// The place of the belief trace that a job scores, if it does.
    pub fn place_of(&self, job: JobId) -> Option<Asked> {
        match self.owners.get(&job)? {
            Owner::Trace(asked) => Some(*asked),
            Owner::Sweep(_) | Owner::Focus(_) => None,
        }
    }

    /// Beliefs between tokens.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Asks for what is looked at between tokens, and for no more than that. Points once known stay known while the item is on screen.
    pub fn watch(&mut self, what: Watched, out: &mut Vec<Order>) {
        if *self.trace.watched() != what {
            self.trace.watch(what);
            self.plan(out);
        }
    }

    /// Puts an item on screen and asks it under every condition, from round 0.
    pub fn show(&mut self, item_no: usize, out: &mut Vec<Order>) {
        let Some(item) = self.items.get(item_no).cloned() else {
            return;
        };
        self.cancel_focus(out);
        self.focus.show(item_no, item);
        self.plan(out);
    }

    /// Asks the item on screen again, with the focus's present settings.
    pub fn rerun(&mut self, out: &mut Vec<Order>) {
        if let Some(item_no) = self.focus.item_no() {
            self.show(item_no, out);
        }
    }

    /// New settings for the panes; the item on screen is asked again. The scoreboard keeps its own
    /// settings until it is restarted, so that it never mixes two of them.
    pub fn set_focus_settings(&mut self, settings: Settings, out: &mut Vec<Order>) {
        self.focus.set_settings(settings);
        self.rerun(out);
    }

    /// Starts or pauses the background work. A paused sweep lets its running jobs end.
    pub fn set_sweeping(&mut self, on: bool, out: &mut Vec<Order>) {
        self.sweep.set_running(on);
        self.plan(out);
    }

    /// Empties the scoreboard and begins again with the panes' settings.
    pub fn restart_sweep(&mut self, out: &mut Vec<Order>) {
        self.restart_sweep_as(self.focus.settings().clone(), out);
    }

    /// Empties the scoreboard and begins again with these settings.
    pub fn restart_sweep_as(&mut self, settings: Settings, out: &mut Vec<Order>) {
        let mut cancelled: Vec<JobId> = self
            .owners
            .iter()
            .filter(|(_, owner)| matches!(owner, Owner::Sweep(_)))
            .map(|(id, _)| *id)
            .collect();
        cancelled.sort();
        for id in cancelled {
            self.owners.remove(&id);
            out.push(Order::Cancel(id));
        }
        let running = self.sweep.is_running();
        let limits = self.sweep.limits();
        self.sweep = Sweep::new(self.set.clone(), settings);
        self.sweep.set_limits(limits);
        self.sweep.set_running(running);
        self.plan(out);
    }

    /// How the sweep paces itself.
    pub fn sweep_mut(&mut self) -> &mut Sweep {
        &mut self.sweep
    }

    /// Takes over rounds that an earlier session finished (see [`Sweep::restore`]).
    pub fn restore(
        &mut self,
        item_no: usize,
        condition: ConditionNo,
        take: Take,
        rounds: Vec<Round>,
    ) {
        self.sweep.restore(item_no, condition, take, rounds);
    }

    /// Takes note of what happened to a job, and asks for what follows from it.
    pub fn on_report(&mut self, report: &JobReport, now: Stamp, out: &mut Vec<Order>) {
        let Some(owner) = self.owners.get(&report.id).copied() else {
            self.strays += 1;
            return;
        };
        let ended = matches!(
            report.event,
            JobEvent::Finished { .. } | JobEvent::Failed { .. }
        );
        if ended {
            self.owners.remove(&report.id);
        }
        match owner {
            Owner::Focus(play) => self.focus.on_event(play, &report.event, now),
            Owner::Trace(asked) => {
                if let Asked::Detail(place) = asked {
                    detail::complete(&mut self.focus, &place, &report.event);
                }
                self.trace.on_event(asked, &report.event);
            }
            Owner::Sweep(play) => self.sweep.on_event(play, &report.event, now, out),
        }
        if ended {
            self.plan(out);
        }
    }

    /// Asks for every job that can start now.
    pub fn plan(&mut self, out: &mut Vec<Order>) {
        for no in (0..self.focus.plays().len()).map(PlayNo) {
            let condition = self.focus.play(no).map(Play::condition);
            let is_attended = match self.attention {
                Attention::Nobody => false,
                Attention::Column(column) => condition == Some(column),
                Attention::All => true,
            };
            if is_attended && let Some(wanted) = self.focus.next(no) {
                let id = self.start(wanted, Priority::Pane, Owner::Focus(no), out);
                self.focus.started(no, id);
            }
        }
        while let Some((asked, wanted)) = self.trace.next(&self.focus) {
            self.start(wanted, Priority::Pane, Owner::Trace(asked), out);
        }
        while self.attention != Attention::Nobody
            && let Some((play, wanted)) = self.sweep.next()
        {
            self.start(wanted, Priority::Background, Owner::Sweep(play), out);
        }
    }

    fn start(
        &mut self,
        wanted: play::Wanted,
        priority: Priority,
        owner: Owner,
        out: &mut Vec<Order>,
    ) -> JobId {
        let id = self.next_job;
        self.next_job.0 += 1;
        self.owners.insert(id, owner);
        out.push(Order::Start(Job {
            id,
            priority,
            voice: wanted.voice,
            dialogue: wanted.dialogue,
            options: wanted.options,
            sampling: wanted.sampling,
            alternatives: match (owner, priority) {
                (Owner::Trace(Asked::Detail(_)), _) => detail::LOOKED_AT,
                (_, Priority::Pane) => ALTERNATIVES,
                (_, Priority::Background) => 0,
            },
        }));
        id
    }

    fn cancel_focus(&mut self, out: &mut Vec<Order>) {
        let mut cancelled: Vec<JobId> = self
            .owners
            .iter()
            .filter(|(_, owner)| matches!(owner, Owner::Focus(_) | Owner::Trace(_)))
            .map(|(id, _)| *id)
            .collect();
        self.trace.clear();
        cancelled.sort();
        for id in cancelled {
            self.owners.remove(&id);
            out.push(Order::Cancel(id));
        }
    }
}
