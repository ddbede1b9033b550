//! The experiment: what to ask next, and what an answer does to what is known.
//!
//! A [`Run`] holds the item on screen under every condition (the *focus*) and the benchmark being
//! worked through in the background (the *sweep*). It is pure: it is told what happened and when,
//! and says what it wants done as [`Order`]s. Live, headless and replayed sessions share it, so they
//! give the same numbers.

mod focus;
mod order;
mod play;
mod settings;
mod sweep;

pub use focus::Focus;
pub use order::{Finished, Order, Stamp, Take};
pub use play::{PaneState, Play};
pub use settings::{Answers, Plan, Settings};
pub use sweep::Sweep;

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{ConditionNo, Item, Job, JobEvent, JobId, JobReport, Priority, Round};
use crate::stats::Scoreboard;

/// Who waits for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Focus(ConditionNo),
    Sweep(u64),
}

/// The experiment. See the module.
#[derive(Debug)]
pub struct Run {
    items: Arc<[Arc<Item>]>,
    focus: Focus,
    sweep: Sweep,
    owners: HashMap<JobId, Owner>,
    next_job: u64,
    strays: u64,
}

impl Run {
    /// A run over `items`; nothing starts before it is asked for.
    pub fn new(items: Arc<[Arc<Item>]>, settings: Settings) -> Run {
        Run {
            focus: Focus::new(settings.clone()),
            sweep: Sweep::new(items.clone(), settings),
            items,
            owners: HashMap::new(),
            next_job: 0,
            strays: 0,
        }
    }

    /// All items of the set.
    pub fn items(&self) -> &Arc<[Arc<Item>]> {
        &self.items
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

    /// The pane that waits for a job, if one does; background jobs have none.
    pub fn pane_of(&self, job: JobId) -> Option<ConditionNo> {
        match self.owners.get(&job)? {
            Owner::Focus(condition) => Some(*condition),
            Owner::Sweep(_) => None,
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
        self.sweep = Sweep::new(self.items.clone(), self.focus.settings().clone());
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
            Owner::Focus(condition) => self.focus.on_event(condition, &report.event, now),
            Owner::Sweep(play) => self.sweep.on_event(play, &report.event, now, out),
        }
        if ended {
            self.plan(out);
        }
    }

    /// Asks for every job that can start now.
    pub fn plan(&mut self, out: &mut Vec<Order>) {
        let conditions = self.focus.plays().len();
        for no in 0..conditions {
            let condition = ConditionNo(u16::try_from(no).unwrap_or(u16::MAX));
            if let Some(wanted) = self.focus.next(condition) {
                let id = self.start(wanted, Priority::Pane, Owner::Focus(condition), out);
                self.focus.started(condition, id);
            }
        }
        while let Some((play, wanted)) = self.sweep.next() {
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
        let id = JobId(self.next_job);
        self.next_job += 1;
        self.owners.insert(id, owner);
        out.push(Order::Start(Job {
            id,
            priority,
            voice: wanted.voice,
            dialogue: wanted.dialogue,
            options: wanted.options,
            sampling: wanted.sampling,
            alternatives: 0,
        }));
        id
    }

    fn cancel_focus(&mut self, out: &mut Vec<Order>) {
        let mut cancelled: Vec<JobId> = self
            .owners
            .iter()
            .filter(|(_, owner)| matches!(owner, Owner::Focus(_)))
            .map(|(id, _)| *id)
            .collect();
        cancelled.sort();
        for id in cancelled {
            self.owners.remove(&id);
            out.push(Order::Cancel(id));
        }
    }
}
