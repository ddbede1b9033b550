//! One trajectory being played: what to ask next, and what an event does to it.

use std::sync::Arc;

use crate::domain::{
    Answer, AnswerStyle, Condition, ConditionNo, Dialogue, Gives, Item, JobEvent, JobId, Round,
    RoundNo, Sampling, Spoken, Step, StopReason, Trajectory, Voice, parse_answer,
};

use super::focus::Fork;
use super::order::{Stamp, Take};
use super::settings::{Answers, Column, Settings};

/// A job before it has a number.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub voice: Voice,
    pub dialogue: Dialogue,
    pub options: Vec<Vec<String>>,
    pub sampling: Option<Sampling>,
}

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

    /// The same, asked for nothing until somebody chooses it.
    pub(super) fn resting(mut self) -> Play {
        self.paused = true;
        self
    }

    /// The same up to a fork, where it goes on with the fork's words. `None` where the place does not
    /// exist, or another one's words end within a character there.
    pub(super) fn branch(&self, fork: &Fork, salt: u64) -> Option<Play> {
        let mut play = self.clone();
        let no = usize::from(fork.round.0);
        let rounds = &mut play.trajectory.rounds;
        rounds.truncate(no + 1);
        let round = rounds.get_mut(no)?;
        // A belief belongs to the step that answers; an earlier step is followed by a new one.
        if fork.step + 1 < round.steps.len() {
            (round.belief, round.belief_mass, round.option_scores) = (None, None, None);
        }
        (round.answer, round.verdict, round.failed) = (None, None, None);
        round.steps.truncate(fork.step + 1);
        let spoken = round.steps.get_mut(fork.step)?;
        let kept = spoken.tokens.get(..fork.kept_tokens)?;
        let end = kept.last().map_or(0, |t| t.end);
        spoken.text.get(..end)?;
        spoken.tokens.truncate(fork.kept_tokens);
        spoken.text.truncate(end);
        if !fork.words.is_empty() {
            let (logprob, detail) = match &fork.token {
                Some(token) => (token.logprob, token.detail.clone()),
                // Nobody drew these words: they have no probability.
                None => (f32::NAN, None),
            };
            spoken.push(&fork.words, logprob, detail);
        }
        spoken.ended = None;
        play.pulses.resize(no + 1, Pulse::default());
        play.pulses[no] = Pulse::default();
        play.prompt_tokens.resize(no + 1, (0, 0));
        play.prompt_tokens[no] = (0, 0);
        (play.job, play.asked, play.cut, play.salt) = (None, false, true, salt);
        (play.paused, play.read) = (false, (0, 0));
        play.recorded = play.recorded.min(no);
        play.last = fork.is_sample.then_some(fork.round);
        Some(play)
    }

    /// The same question asked in another way. What was said before the first difference stays said.
    pub(super) fn changed(&self, to: &Column, settings: &Settings) -> Play {
        let mut play = self.clone();
        let same = match (self.recipe(settings), &self.own) {
            (Some(old), Some(own)) if own.draws_as(to) => first_change(old, &to.condition),
            _ => Some((0, 0)),
        };
        if let Some((round, step)) = same {
            let rounds = &mut play.trajectory.rounds;
            rounds.truncate(round + 1);
            if let Some(cut) = rounds.get_mut(round) {
                cut.steps.truncate(step);
                (cut.belief, cut.belief_mass, cut.option_scores) = (None, None, None);
                (cut.answer, cut.verdict) = (None, None);
            }
        }
        play.drop_unfinished();
        (play.job, play.asked, play.cut, play.paused) = (None, false, false, false);
        (play.last, play.read) = (None, (0, 0));
        play.recorded = play.recorded.min(play.trajectory.rounds_done());
        play.own = Some(to.clone());
        play
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

    /// What to ask now; `None` while a job is running or when nothing is left. Whoever takes it must
    /// start it: the play counts as asked from here on.
    pub(super) fn next(&mut self, settings: &Settings) -> Option<Wanted> {
        let frozen = self.own.as_ref().is_some_and(|o| o.frozen.is_some());
        if self.asked || self.paused || frozen || self.is_over(settings) {
            return None;
        }
        let condition = &*self.recipe(settings)?.clone();
        let round = RoundNo(u16::try_from(self.trajectory.rounds_done()).ok()?);
        if std::mem::take(&mut self.cut)
            && let Some(wanted) = self.rest_of_cut(settings, condition, round)
        {
            self.asked = true;
            return Some(wanted);
        }
        let (step, recipe, dialogue) = loop {
            let begun = self.trajectory.rounds.get(usize::from(round.0));
            let step = begun.map_or(0, |r| r.steps.len());
            let recipe = condition.steps(round).get(step)?;
            let trajectory = &self.trajectory;
            let dialogue = trajectory.dialogue(&self.item, condition, round, step)?;
            let spoken = trajectory.opening(&self.item, condition, round, step)?;
            if step == 0 {
                self.trajectory.rounds.push(Round::default());
                self.pulses.push(Pulse::default());
                self.prompt_tokens.push((0, 0));
            }
            // What the prompt file gives is said already; nobody is asked.
            let given = spoken.ended.is_some();
            if let Some(now) = self.trajectory.rounds.last_mut() {
                now.steps.push(spoken);
            }
            if !given {
                break (step, recipe, dialogue);
            }
        };
        let sampling = self.sampling(settings, condition, round, step, recipe);
        self.asked = true;
        let answers = recipe.gives == Gives::Answer && !self.item.options.is_empty();
        let scored = answers && settings.plan.answers == Answers::Options;
        Some(Wanted {
            voice: recipe.voice,
            options: if scored || (answers && settings.belief) {
                forms_after(
                    style(condition, &self.item).forms(&self.item),
                    &dialogue.prefill,
                )
            } else {
                Vec::new()
            },
            sampling: (!scored).then_some(sampling),
            dialogue,
        })
    }

    /// What goes on from the step that a fork cut; `None` where it cut before everything.
    fn rest_of_cut(
        &self,
        settings: &Settings,
        condition: &Condition,
        round: RoundNo,
    ) -> Option<Wanted> {
        let begun = self.trajectory.rounds.get(usize::from(round.0))?;
        let (step, now) = (begun.steps.len().checked_sub(1)?, begun.steps.last()?);
        let recipe = condition.steps(round).get(step)?;
        let mut dialogue = self
            .trajectory
            .dialogue(&self.item, condition, round, step)?;
        dialogue.prefill.push_str(&now.text);
        let mut sampling = self.sampling(settings, condition, round, step, recipe);
        let said = u32::try_from(now.tokens.len()).unwrap_or(u32::MAX);
        sampling.max_tokens = sampling.max_tokens.saturating_sub(said).max(1);
        Some(Wanted {
            voice: recipe.voice,
            dialogue,
            options: Vec::new(),
            sampling: Some(sampling),
        })
    }

    /// How a step's tokens are drawn. Branches of one answer draw apart.
    fn sampling(
        &self,
        settings: &Settings,
        condition: &Condition,
        round: RoundNo,
        step: usize,
        recipe: &Step,
    ) -> Sampling {
        let own = self.own.as_ref();
        // Locked, all columns draw with the same numbers.
        let name: &str = match own {
            Some(own) if own.is_locked => "",
            Some(_) | None => &condition.name,
        };
        let seed = own.and_then(|o| o.seed).unwrap_or(settings.seed);
        let mut sampling =
            settings.sampling_with(seed, &self.item.id, self.take, name, round, step, recipe);
        if let Some(decoding) = own.and_then(|o| o.decoding) {
            sampling.decoding = decoding;
        }
        // splitmix64's step: neighbouring salts give unrelated seeds.
        sampling.seed ^= self.salt.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        sampling
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
            } => {
                round.belief = Some(probabilities.clone());
                round.belief_mass = Some(*mass);
                round.option_scores = Some(scores.clone());
            }
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

/// (round, step) from which on two conditions do not say the same; round 1 stands for every review.
/// `None`: nowhere.
fn first_change(old: &Condition, new: &Condition) -> Option<(usize, usize)> {
    if old.system != new.system || old.style != new.style {
        return Some((0, 0));
    }
    let differ = |old: &[Step], new: &[Step]| {
        let most = old.len().max(new.len());
        (0..most).find(|no| old.get(*no) != new.get(*no))
    };
    let first = differ(&old.first, &new.first).map(|step| (0, step));
    first.or_else(|| differ(&old.review, &new.review).map(|step| (1, step)))
}

/// How an answer to this item looks: where options have no letters, by their words.
pub(super) fn style(condition: &Condition, item: &Item) -> AnswerStyle {
    match item.rule.has_letters() {
        true => condition.style,
        false => AnswerStyle::Text,
    }
}

/// The continuations as they follow these words: after an open quote or a new line there is no
/// space before them.
fn forms_after(mut forms: Vec<Vec<String>>, prefill: &str) -> Vec<Vec<String>> {
    if prefill.ends_with(['"', '\u{201c}', '\n']) {
        for form in forms.iter_mut().flatten() {
            *form = form.trim_start().to_owned();
        }
    }
    forms
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
