//! The benchmark in the background: every item under every condition, and the scoreboard they feed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::domain::{ConditionNo, Item, JobEvent, Round, RoundNo};
use crate::stats::{Graded, Scoreboard};

use super::order::{Finished, Order, Stamp};
use super::play::{Play, Wanted};
use super::settings::Settings;

/// How many trajectories the sweep keeps at the model at once, if nobody says otherwise.
const IN_FLIGHT: usize = 8;

/// Works through items × conditions in order. Finished trajectories leave memory: what stays is
/// the scoreboard.
#[derive(Debug)]
pub struct Sweep {
    items: Arc<[Arc<Item>]>,
    settings: Settings,
    running: bool,
    in_flight: usize,
    /// Next (item × condition) to begin, counted through.
    cursor: usize,
    plays: BTreeMap<u64, (usize, Play)>,
    restored: HashMap<(usize, ConditionNo), Vec<Round>>,
    board: Scoreboard,
    rounds_done: u64,
    rounds_failed: u64,
    last_failure: Option<String>,
}

impl Sweep {
    pub(super) fn new(items: Arc<[Arc<Item>]>, settings: Settings) -> Sweep {
        Sweep {
            items,
            settings,
            running: false,
            in_flight: IN_FLIGHT,
            cursor: 0,
            plays: BTreeMap::new(),
            restored: HashMap::new(),
            board: Scoreboard::default(),
            rounds_done: 0,
            rounds_failed: 0,
            last_failure: None,
        }
    }

    /// The settings its numbers belong to.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The scoreboard.
    pub fn board(&self) -> &Scoreboard {
        &self.board
    }

    /// Whether new work is begun.
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// Answers there will be: items × conditions × rounds.
    pub fn rounds_planned(&self) -> u64 {
        self.items.len() as u64
            * self.settings.conditions.len() as u64
            * u64::from(self.settings.rounds)
    }

    /// Answers there are.
    pub fn rounds_done(&self) -> u64 {
        self.rounds_done
    }

    /// Answers that a failed job made impossible.
    pub fn rounds_failed(&self) -> u64 {
        self.rounds_failed
    }

    /// What the last failed job said.
    pub fn last_failure(&self) -> Option<&str> {
        self.last_failure.as_deref()
    }

    /// Whether nothing is left to do.
    pub fn is_over(&self) -> bool {
        self.cursor >= self.pairs() && self.plays.is_empty()
    }

    /// Trajectories at the model at once.
    pub fn limits(&self) -> usize {
        self.in_flight
    }

    /// Sets how many trajectories are at the model at once (at least 1).
    pub fn set_limits(&mut self, in_flight: usize) {
        self.in_flight = in_flight.max(1);
    }

    /// Takes over rounds that an earlier session finished: they count, and the trajectory goes on
    /// after them. Rounds must be consecutive from 0; what comes after a gap or beyond the planned
    /// number is dropped. To be called before the sweep starts.
    pub fn restore(&mut self, item_no: usize, condition: ConditionNo, mut rounds: Vec<Round>) {
        let Some(item) = self.items.get(item_no).cloned() else {
            return;
        };
        let whole = rounds.iter().take_while(|r| r.is_done()).count();
        rounds.truncate(whole.min(usize::from(self.settings.rounds)));
        for no in 0..rounds.len() {
            self.score(item_no, &item, condition, no, &rounds);
        }
        self.rounds_done += rounds.len() as u64;
        self.restored.insert((item_no, condition), rounds);
    }

    pub(super) fn set_running(&mut self, on: bool) {
        self.running = on;
    }

    /// The next job to start: trajectories under way first, then new ones up to the limit.
    pub(super) fn next(&mut self) -> Option<(u64, Wanted)> {
        if !self.running {
            return None;
        }
        for (key, (_, play)) in &mut self.plays {
            if let Some(wanted) = play.next(&self.settings) {
                return Some((*key, wanted));
            }
        }
        while self.plays.len() < self.in_flight && self.cursor < self.pairs() {
            let (item_no, condition) = self.pair(self.cursor)?;
            let key = self.cursor as u64;
            self.cursor += 1;
            let item = self.items.get(item_no)?.clone();
            let mut play = match self.restored.remove(&(item_no, condition)) {
                Some(rounds) => Play::resume(item, condition, rounds),
                None => Play::new(item, condition),
            };
            if let Some(wanted) = play.next(&self.settings) {
                self.plays.insert(key, (item_no, play));
                return Some((key, wanted));
            }
        }
        None
    }

    pub(super) fn on_event(
        &mut self,
        key: u64,
        event: &JobEvent,
        now: Stamp,
        out: &mut Vec<Order>,
    ) {
        let Some((item_no, play)) = self.plays.get_mut(&key) else {
            return;
        };
        let item_no = *item_no;
        let finished = play.on_event(event, now, &self.settings);
        let over = play.is_over(&self.settings);
        let item = play.item().clone();
        let condition = play.condition();
        if let JobEvent::Failed { message } = event {
            let lost = usize::from(self.settings.rounds) - play.trajectory().rounds_done();
            self.rounds_failed += lost as u64;
            self.last_failure = Some(message.clone());
        }
        if let Some(round_no) = finished {
            let rounds = play.trajectory().rounds.clone();
            let no = usize::from(round_no.0);
            self.rounds_done += 1;
            self.score(item_no, &item, condition, no, &rounds);
            out.push(Order::Keep(Box::new(Finished {
                item_no,
                item,
                condition,
                round_no,
                round: rounds[no].clone(),
            })));
        }
        if over {
            self.plays.remove(&key);
        }
    }

    fn score(
        &mut self,
        item_no: usize,
        item: &Item,
        condition: ConditionNo,
        no: usize,
        rounds: &[Round],
    ) {
        let Some(answer) = rounds.get(no).and_then(|r| r.answer) else {
            return;
        };
        let round = RoundNo(u16::try_from(no).unwrap_or(u16::MAX));
        let graded = Graded::new(answer, item);
        self.board
            .add(condition, round, item_no, item_no, item, graded);
    }

    fn pairs(&self) -> usize {
        self.items.len() * self.settings.conditions.len()
    }

    /// Item by item, all conditions of one before the next: the conditions share its tokens.
    fn pair(&self, at: usize) -> Option<(usize, ConditionNo)> {
        let conditions = self.settings.conditions.len();
        let condition = u16::try_from(at % conditions.max(1)).ok()?;
        Some((at / conditions.max(1), ConditionNo(condition)))
    }
}
