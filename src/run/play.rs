//! One trajectory being played: what it holds, and what an event does to it.

mod asking;
mod leave;

use std::sync::Arc;

use crate::domain::{
    Answer, Condition, ConditionNo, Item, JobEvent, JobId, Round, RoundNo, Spoken, StopReason,
    Trajectory, parse_answer,
};

use super::column::Column;
use super::order::{Stamp, Take};
use super::settings::Settings;
use asking::forms_after;
pub(super) use asking::{Wanted, style};

/// What one round of a trajectory is doing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PaneState {
    /// Its turn has not come.
    Waiting,
    /// The model reads the prompt.
    Reading,
    /// Tokens are coming, at this rate (tokens/s; `None` before the second token).
    Streaming(Option<f64>),
    /// It has its answer.
    Done,
    /// It cannot be finished.
    Failed,
}

/// When the present (or last) job of a round showed signs of life.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Pulse {
    first_token: Option<Stamp>,
    last_token: Stamp,
    tokens: u32,
}

/// A trajectory on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Play {
    item: Arc<Item>,
    condition: ConditionNo,
    take: Take,
    trajectory: Trajectory,
    /// The job now at the model.
    job: Option<JobId>,
    asked: bool,
    /// The last step was cut by a fork and is to be gone on with.
    cut: bool,
    /// 0, or what makes a branch draw other tokens than its parent.
    salt: u64,
    /// It is over with this round.
    last: Option<RoundNo>,
    pulses: Vec<Pulse>,
    prompt_tokens: Vec<(u32, u32)>,
    /// What its column asked with when it began; `None` asks with the settings.
    own: Option<Column>,
    /// Another play stands in its column: nothing is asked for it.
    paused: bool,
    /// Prompt tokens of all its jobs: already computed before, computed for it.
    read: (u64, u64),
    /// Its first rounds that were read from a record; the others were asked for here.
    recorded: usize,
}

impl Play {
    /// Nothing asked yet.
    pub fn new(item: Arc<Item>, condition: ConditionNo) -> Play {
        Play {
            trajectory: Trajectory::new(item.id.clone()),
            item,
            condition,
            take: Take::default(),
            job: None,
            asked: false,
            cut: false,
            salt: 0,
            last: None,
            pulses: Vec::new(),
            prompt_tokens: Vec::new(),
            own: None,
            paused: false,
            read: (0, 0),
            recorded: 0,
        }
    }

    /// The same, asked as its column does.
    pub(super) fn under(mut self, own: Column) -> Play {
        self.own = Some(own);
        self
    }

    /// The same as one of several repeats; `item` is turned already.
    pub(super) fn with_take(mut self, take: Take) -> Play {
        self.take = take;
        self
    }

    /// Which repeat of its question.
    pub fn take(&self) -> Take {
        self.take
    }

    /// Goes on after rounds that are finished already.
    pub(super) fn resume(item: Arc<Item>, condition: ConditionNo, rounds: Vec<Round>) -> Play {
        let mut play = Play::new(item, condition);
        play.pulses = vec![Pulse::default(); rounds.len()];
        play.prompt_tokens = vec![(0, 0); rounds.len()];
        play.recorded = rounds.len();
        play.trajectory.rounds = rounds;
        play
    }

    /// Whether a round is as it was read from a record.
    pub fn is_recorded(&self, round: RoundNo) -> bool {
        usize::from(round.0) < self.recorded
    }

    /// Adds what a record does not hold of a step: what the model read, and what else could have come
    /// instead of a token. What was said never changes; what is known already stays.
    pub(super) fn complete(
        &mut self,
        (round, step): (RoundNo, usize),
        with: impl FnOnce(&mut Spoken),
    ) {
        let round = self.trajectory.rounds.get_mut(usize::from(round.0));
        if let Some(spoken) = round.and_then(|r| r.steps.get_mut(step)) {
            with(spoken);
        }
    }

    /// The same, of whose rounds only the first few are a record's.
    pub(super) fn recorded_up_to(mut self, rounds: usize) -> Play {
        self.recorded = rounds.min(self.recorded);
        self
    }

    /// The same as a branch that has finished the round in which it left.
    pub(super) fn left(mut self, fork: &super::focus::Fork, salt: u64) -> Play {
        self.salt = salt;
        self.last = fork.is_sample.then_some(fork.round);
        self
    }

    /// The same, asked for nothing until somebody chooses it.
    pub(super) fn resting(mut self) -> Play {
        self.paused = true;
        self
    }

    /// Forgets the step that nobody finished, so that it is asked again as if for the first time.
    fn drop_unfinished(&mut self) {
        let rounds = &mut self.trajectory.rounds;
        if let Some(last) = rounds.last_mut() {
            let whole = last.steps.iter().take_while(|s| s.ended.is_some()).count();
            let cut = whole < last.steps.len();
            last.steps.truncate(whole);
            if cut {
                (last.belief, last.belief_mass, last.option_scores) = (None, None, None);
                (last.answer, last.verdict, last.failed) = (None, None, None);
            }
            if whole == 0 {
                rounds.pop();
            }
        }
        self.pulses.resize(rounds.len(), Pulse::default());
        self.prompt_tokens.resize(rounds.len(), (0, 0));
    }

    /// Stops asking; returns the job that nobody waits for any more. A branch that has not begun its
    /// own words keeps them.
    pub(super) fn pause(&mut self) -> Option<JobId> {
        self.paused = true;
        let job = self.job.take()?;
        self.asked = false;
        self.drop_unfinished();
        Some(job)
    }

    /// Whether nothing is asked for it.
    pub(super) fn is_paused(&self) -> bool {
        self.paused
    }

    /// The same question in another description; see [`super::Focus`].
    pub(super) fn refit(&mut self, own: Column) {
        self.own = Some(own);
    }

    /// What its column asked with when it began.
    pub fn own(&self) -> Option<&Column> {
        self.own.as_ref()
    }

    /// What it asks.
    pub fn recipe<'a>(&'a self, settings: &'a Settings) -> Option<&'a Arc<Condition>> {
        recipe(self.own.as_ref(), self.condition, settings)
    }

    /// Prompt tokens of all its jobs: (already computed for another, computed for it).
    pub fn read(&self) -> (u64, u64) {
        self.read
    }

    /// Whose question.
    pub fn item(&self) -> &Arc<Item> {
        &self.item
    }

    /// Under which condition.
    pub fn condition(&self) -> ConditionNo {
        self.condition
    }

    /// What was said so far.
    pub fn trajectory(&self) -> &Trajectory {
        &self.trajectory
    }

    /// A round, once it has begun.
    pub fn round(&self, round: RoundNo) -> Option<&Round> {
        self.trajectory.rounds.get(usize::from(round.0))
    }

    /// Prompt tokens of a round's present job: (all, already computed for an earlier job).
    pub fn prompt_tokens(&self, round: RoundNo) -> Option<(u32, u32)> {
        self.prompt_tokens.get(usize::from(round.0)).copied()
    }

    /// What a round is doing.
    pub fn state(&self, round: RoundNo) -> PaneState {
        let no = usize::from(round.0);
        let Some(now) = self.trajectory.rounds.get(no) else {
            return PaneState::Waiting;
        };
        if now.failed.is_some() {
            return PaneState::Failed;
        }
        if now.is_done() {
            return PaneState::Done;
        }
        if self.job.is_none() && !self.asked {
            return PaneState::Waiting;
        }
        let pulse = self.pulses.get(no).copied().unwrap_or_default();
        match pulse.first_token {
            None => PaneState::Reading,
            Some(first) => {
                let ms = pulse.last_token.0.saturating_sub(first.0);
                let rate = (pulse.tokens > 1 && ms > 0)
                    .then(|| f64::from(pulse.tokens - 1) * 1000.0 / ms as f64);
                PaneState::Streaming(rate)
            }
        }
    }

    /// Whether all rounds are finished, or one failed.
    pub fn is_over(&self, settings: &Settings) -> bool {
        let rounds = match self.last {
            Some(last) => settings.rounds.min(last.0.saturating_add(1)),
            None => settings.rounds,
        };
        self.trajectory.has_failed() || self.trajectory.rounds_done() >= usize::from(rounds)
    }

    /// Lets a play that was to end with its round go on to the last one.
    pub(super) fn go_on(&mut self) {
        self.last = None;
        self.paused = false;
    }

    /// The job that `next` asked for has been given to the model.
    pub(super) fn started(&mut self, job: JobId) {
        self.job = Some(job);
    }

    /// Takes an event of the running job. Returns the round it finished, if it did.
    pub(super) fn on_event(
        &mut self,
        event: &JobEvent,
        now: Stamp,
        settings: &Settings,
    ) -> Option<RoundNo> {
        let no = self.trajectory.rounds.len().checked_sub(1)?;
        let round = self.trajectory.rounds.get_mut(no)?;
        match event {
            JobEvent::Reading {
                prompt,
                reused_tokens,
            } => {
                let all = u32::try_from(prompt.tokens.len()).unwrap_or(u32::MAX);
                self.prompt_tokens[no] = (all, *reused_tokens);
                let reused = (*reused_tokens).min(all);
                self.read.0 += u64::from(reused);
                self.read.1 += u64::from(all - reused);
                round.steps.last_mut()?.prompt = Some(prompt.clone());
            }
            JobEvent::Belief {
                probabilities,
                mass,
                scores,
            } if probabilities.len() == self.item.options.len() => {
                round.belief = Some(probabilities.clone());
                round.belief_mass = Some(*mass);
                round.option_scores = Some(scores.clone());
            }
            // Not of this question's options.
            JobEvent::Belief { .. } => {}
            JobEvent::Token {
                text,
                logprob,
                detail,
            } => {
                let pulse = &mut self.pulses[no];
                pulse.first_token.get_or_insert(now);
                pulse.last_token = now;
                pulse.tokens += 1;
                round.steps.last_mut()?.push(text, *logprob, detail.clone());
            }
            JobEvent::Failed { message } => {
                round.failed = Some(message.clone());
                self.job = None;
                self.asked = false;
            }
            JobEvent::Finished { reason } => {
                let condition = recipe(self.own.as_ref(), self.condition, settings)?;
                let round_no = RoundNo(u16::try_from(no).ok()?);
                let last = round.steps.last_mut()?;
                last.ended = Some(*reason);
                let chosen = match reason {
                    StopReason::ScoredOnly => round.belief.as_deref().and_then(most_probable),
                    _ => None,
                };
                if let Some(option) = chosen {
                    // Later rounds read what was chosen as if it had been said.
                    let forms = forms_after(
                        style(condition, &self.item).forms(&self.item),
                        &last.prefill,
                    );
                    let form = forms.get(option).and_then(|forms| forms.first());
                    last.text = form.cloned().unwrap_or_default();
                }
                self.job = None;
                self.asked = false;
                if round.steps.len() == condition.steps(round_no).len() {
                    let text = round.steps.last().map(|s| s.text.as_str()).unwrap_or("");
                    let answer = match chosen {
                        Some(option) => Answer::of_option(&self.item, option),
                        None => parse_answer(text, &self.item),
                    };
                    round.verdict = Some(answer.verdict(&self.item));
                    round.answer = Some(answer);
                    return Some(round_no);
                }
            }
        }
        None
    }
}

fn recipe<'a>(
    own: Option<&'a Column>,
    condition: ConditionNo,
    settings: &'a Settings,
) -> Option<&'a Arc<Condition>> {
    own.map(|o| &o.condition)
        .or_else(|| settings.condition(condition))
}

/// The most probable option, the first of equals; `None` where no option is possible.
fn most_probable(belief: &[f64]) -> Option<usize> {
    let mut best = None;
    for (no, p) in belief.iter().enumerate() {
        if *p > best.map_or(0.0, |(_, most)| most) {
            best = Some((no, *p));
        }
    }
    best.map(|(no, _)| no)
}
