//! The benchmark in the background: every item in every order of its options, under every condition,
//! as often as the plan says, and the scoreboard they feed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::{Answer, ConditionNo, Item, JobEvent, Round, RoundNo};
use crate::stats::{CellKey, Graded, Measures, Observation, Scope, Scoreboard};

use super::order::{Finished, Order, Stamp, Take};
use super::play::{Play, Wanted};
use super::record::{Labels, Seat};
use super::register::{Entry, Register};
use super::settings::Settings;
use super::texts::Texts;

/// How many trajectories the sweep keeps at the model at once, if nobody says otherwise.
const IN_FLIGHT: usize = 8;

/// One trajectory's place in the work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Place {
    item_no: usize,
    condition: ConditionNo,
    take: Take,
}

/// What an earlier session left of a trajectory.
#[derive(Debug)]
enum Restored {
    /// All of it: nothing is to be asked.
    Whole,
    /// Its first rounds.
    Begun(Vec<Round>),
}

/// Works through items × orders × conditions × samples in order. Finished trajectories leave memory:
/// what stays is the scoreboard.
#[derive(Debug)]
pub struct Sweep {
    items: Arc<[Arc<Item>]>,
    settings: Settings,
    running: bool,
    in_flight: usize,
    /// Orders of the item that has most.
    most_rotations: usize,
    /// The next trajectory to begin; past the last item when all have begun.
    cursor: Place,
    begun: u64,
    plays: BTreeMap<u64, (usize, Play)>,
    restored: HashMap<Place, Restored>,
    pub(super) labels: Labels,
    pub(super) board: Scoreboard,
    pub(super) measures: Measures,
    pub(super) texts: Texts,
    /// Answers that could not be read, and of which nothing else is known: a label is all they are.
    pub(super) unbelieved: BTreeSet<Seat>,
    /// Of all questions, and of each category's.
    scope: Scope,
    scopes: BTreeMap<Arc<str>, Scope>,
    pub(super) register: Register,
    pub(super) keeps_register: bool,
    rounds_done: u64,
    rounds_failed: u64,
    last_failure: Option<String>,
}

impl Sweep {
    pub(super) fn new(items: Arc<[Arc<Item>]>, settings: Settings) -> Sweep {
        let rotations = items.iter().map(|i| settings.plan.rotations(i));
        let most_rotations = usize::from(rotations.max().unwrap_or(1));
        Sweep {
            most_rotations,
            texts: Texts::of(&items),
            unbelieved: BTreeSet::new(),
            scope: items.iter().enumerate().collect(),
            scopes: scopes(&items),
            items,
            settings,
            running: false,
            in_flight: IN_FLIGHT,
            cursor: Place::default(),
            begun: 0,
            plays: BTreeMap::new(),
            restored: HashMap::new(),
            labels: Labels::new(),
            board: Scoreboard::default(),
            measures: Measures::default(),
            register: Register::default(),
            keeps_register: true,
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

    /// What benchmarks other than BBQ measure.
    pub fn measures(&self) -> &Measures {
        &self.measures
    }

    /// By what the questions of a category (or all of them) can be measured.
    pub fn scope(&self, category: Option<&str>) -> &Scope {
        let of = category.and_then(|name| self.scopes.get(name));
        of.unwrap_or(&self.scope)
    }

    /// What every answer was.
    pub fn register(&self) -> &Register {
        &self.register
    }

    /// Takes no note of single answers: for runs whose answers are kept elsewhere, and whose memory
    /// must not grow with them. To be called before the sweep starts.
    pub fn keep_no_register(&mut self) {
        self.keeps_register = false;
    }

    /// Whether new work is begun.
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// Answers there will be: items × orders × conditions × samples × rounds.
    pub fn rounds_planned(&self) -> u64 {
        let plan = &self.settings.plan;
        let shown: u64 = match plan.all_rotations {
            true => self.items.iter().map(|i| u64::from(i.rotations())).sum(),
            false => self.items.len() as u64,
        };
        shown
            * self.settings.conditions.len() as u64
            * u64::from(plan.samples)
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
        self.all_begun() && self.plays.is_empty()
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
    pub fn restore(
        &mut self,
        item_no: usize,
        condition: ConditionNo,
        take: Take,
        mut rounds: Vec<Round>,
    ) {
        let Some(item) = self.item(item_no, take) else {
            return;
        };
        let whole = rounds.iter().take_while(|r| r.is_done()).count();
        rounds.truncate(whole.min(usize::from(self.settings.rounds)));
        for no in 0..rounds.len() {
            self.score((item_no, take), &item, condition, no, &rounds);
        }
        self.rounds_done += rounds.len() as u64;
        let place = Place {
            item_no,
            condition,
            take,
        };
        let restored = match rounds.len() >= usize::from(self.settings.rounds) {
            true => Restored::Whole,
            false => Restored::Begun(rounds),
        };
        self.restored.insert(place, restored);
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
        while self.plays.len() < self.in_flight && !self.all_begun() {
            let place = self.cursor;
            let key = self.begun;
            self.advance();
            let item = self.item(place.item_no, place.take)?;
            let play = match self.restored.remove(&place) {
                Some(Restored::Whole) => continue,
                Some(Restored::Begun(rounds)) => Play::resume(item, place.condition, rounds),
                None => Play::new(item, place.condition),
            };
            let mut play = play.with_take(place.take);
            if let Some(wanted) = play.next(&self.settings) {
                self.plays.insert(key, (place.item_no, play));
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
        let take = play.take();
        if let JobEvent::Failed { message } = event {
            let lost = usize::from(self.settings.rounds) - play.trajectory().rounds_done();
            self.rounds_failed += lost as u64;
            self.last_failure = Some(message.clone());
        }
        if let Some(round_no) = finished {
            let rounds = play.trajectory().rounds.clone();
            let no = usize::from(round_no.0);
            self.rounds_done += 1;
            self.score((item_no, take), &item, condition, no, &rounds);
            out.push(Order::Keep(Box::new(Finished {
                item_no,
                item,
                take,
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
        (item_no, take): (usize, Take),
        item: &Item,
        condition: ConditionNo,
        no: usize,
        rounds: &[Round],
    ) {
        let Some(answer) = rounds.get(no).and_then(|r| r.answer) else {
            return;
        };
        let round = RoundNo(u16::try_from(no).unwrap_or(u16::MAX));
        let seat = Seat {
            item_no,
            condition,
            take,
            round,
        };
        let parsed = answer;
        let answer = self.counted(&seat, parsed);
        let graded = Graded::new(answer, item);
        let row = self.seat(item_no, take);
        self.board.add(condition, round, row, item_no, item, graded);
        // Lists show each question once, as it was first asked.
        if self.keeps_register
            && take == Take::default()
            && let Some(done) = rounds.get(no)
            && let Some(entry) = Entry::of(item, done, self.texts.listed(item, done, &seat))
        {
            let entry = Entry {
                answer,
                by_hand: answer != parsed,
                ..entry
            };
            self.register.add(item_no, condition, entry);
            if parsed == Answer::Unparsed {
                let said = done.steps.last().map_or("", |s| s.text.as_str());
                self.register.add_unread(&seat, said);
            }
        }
        if let Some(toxicity) = rounds.get(no).and_then(|r| self.texts.score(item, r)) {
            self.enter_toxicity((condition, round), item, toxicity);
        }
        let belief = rounds.get(no).and_then(|r| r.belief.as_deref());
        if parsed == Answer::Unparsed && belief.is_none() {
            self.unbelieved.insert(seat);
        }
        if let Some(observation) = Observation::of(item, answer, belief) {
            let key = CellKey {
                condition,
                round,
                category: item.category.clone(),
            };
            self.measures.add(key, observation);
        }
    }

    /// Where the board keeps this repeat of an item: each has a place of its own, so that rounds are
    /// paired within one repeat.
    pub(super) fn seat(&self, item_no: usize, take: Take) -> usize {
        let samples = usize::from(self.settings.plan.samples.max(1));
        let repeats = samples * self.most_rotations;
        let repeat = usize::from(take.rotation) * samples + usize::from(take.sample);
        item_no * repeats + repeat
    }

    /// The item as it is shown in this repeat.
    pub(super) fn item(&self, item_no: usize, take: Take) -> Option<Arc<Item>> {
        let item = self.items.get(item_no)?;
        Some(match take.rotation {
            0 => item.clone(),
            turns => Arc::new(item.rotated(turns)),
        })
    }

    fn all_begun(&self) -> bool {
        self.cursor.item_no >= self.items.len() || self.settings.conditions.is_empty()
    }

    /// On to the next trajectory. An item's conditions share its tokens, and the samples of one
    /// condition its whole prompt: they follow one another.
    fn advance(&mut self) {
        self.begun += 1;
        let Some(item) = self.items.get(self.cursor.item_no) else {
            return;
        };
        let plan = &self.settings.plan;
        let at = &mut self.cursor;
        at.take.sample += 1;
        if at.take.sample < plan.samples.max(1) {
            return;
        }
        at.take.sample = 0;
        at.condition.0 += 1;
        if usize::from(at.condition.0) < self.settings.conditions.len() {
            return;
        }
        at.condition.0 = 0;
        at.take.rotation += 1;
        if at.take.rotation < plan.rotations(item) {
            return;
        }
        at.take.rotation = 0;
        at.item_no += 1;
    }
}

/// By what each category's questions can be measured.
fn scopes(items: &[Arc<Item>]) -> BTreeMap<Arc<str>, Scope> {
    let mut all: BTreeMap<Arc<str>, Scope> = BTreeMap::new();
    for (no, item) in items.iter().enumerate() {
        let of = all.entry(item.category.clone()).or_default();
        of.add(no, item);
    }
    all
}
