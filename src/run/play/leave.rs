//! Plays that leave another: branches at a token, the same question under a changed condition.

use crate::domain::{Condition, Step};

use super::super::column::Column;
use super::super::focus::Fork;
use super::super::settings::Settings;
use super::{Play, Pulse};

impl Play {
    /// The same up to a fork, where it goes on with the fork's words. `None` where the place does not
    /// exist, or another one's words end within a character there.
    pub(in crate::run) fn branch(&self, fork: &Fork, salt: u64) -> Option<Play> {
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
    pub(in crate::run) fn changed(&self, to: &Column, settings: &Settings) -> Play {
        let mut play = self.clone();
        let first = match (self.recipe(settings), &self.own) {
            (Some(old), Some(own)) => {
                let drawn = own.first_drawn_apart(to, settings);
                let drawn = drawn.map(|round| (usize::from(round.0), 0));
                first_change(old, &to.condition)
                    .into_iter()
                    .chain(drawn)
                    .min()
            }
            _ => Some((0, 0)),
        };
        if let Some((round, step)) = first {
            let rounds = &mut play.trajectory.rounds;
            rounds.truncate(round + 1);
            if let Some(cut) = rounds.get_mut(round) {
                cut.steps.truncate(step);
                (cut.belief, cut.belief_mass, cut.option_scores) = (None, None, None);
                (cut.answer, cut.verdict) = (None, None);
            }
        }
        if first == Some((0, 0)) {
            // Nothing of a branch is left in it.
            play.salt = 0;
        }
        play.drop_unfinished();
        (play.job, play.asked, play.cut, play.paused) = (None, false, false, false);
        (play.last, play.read) = (None, (0, 0));
        play.recorded = play.recorded.min(play.trajectory.rounds_done());
        play.own = Some(to.clone());
        play
    }
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
