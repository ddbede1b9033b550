//! One job inside the batch: its prompt, how far it was read, its branches (option forms), its words.
//!
//! Invariant: `kv` holds exactly the tokens `spoken[..kv.len()]`; a job ends only when its belief (if
//! asked) was sent. Decides nothing about order; that is the batch's.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::kv::Kv;
use super::sample::logprob;
use super::score::{Forms, Scored, belief};
use super::speak::{Ends, Speaker};
use crate::domain::{Job, JobEvent, Prompt, StopReason};

/// One form being scored.
pub struct Branch {
    /// Which option.
    pub option: usize,
    /// Its tokens; the last one is only predicted, never read.
    pub tokens: Vec<u32>,
    /// What was read; `None` before the prompt is.
    pub kv: Option<Kv>,
    /// How many of its tokens were read.
    pub read: usize,
    /// Sum of log-probabilities so far.
    pub logprob: f64,
}

impl Branch {
    /// Tokens that must still be read before the form is scored.
    pub fn left(&self) -> usize {
        self.tokens.len() - 1 - self.read
    }
}

/// One job in work.
pub struct Sequence {
    /// What was asked.
    pub job: Job,
    /// Set when nobody wants the result any more.
    pub cancelled: Arc<AtomicBool>,
    /// What exactly is asked.
    pub exact: Arc<Prompt>,
    /// The prompt's tokens, then the generated ones.
    pub spoken: Vec<u32>,
    /// How many of them are the prompt's.
    pub prompt: usize,
    /// When reading began (the prefix was looked up and reported).
    pub begun: Option<Instant>,
    /// What was read.
    pub kv: Kv,
    /// After how many tokens the branches leave.
    pub fork_at: usize,
    /// Forms being scored.
    pub branches: Vec<Branch>,
    /// `None` where only options are scored.
    pub speaker: Option<Speaker>,
    /// Generation has ended.
    pub ended: Option<StopReason>,
    /// The belief was sent, or is not asked for.
    pub believed: bool,
    /// Held back until then.
    pub not_before: Option<Instant>,
}

impl Sequence {
    /// A prepared job.
    pub fn new(
        job: Job,
        cancelled: Arc<AtomicBool>,
        exact: Arc<Prompt>,
        forms: Forms,
        speaker: Option<Speaker>,
        kv: Kv,
    ) -> Sequence {
        let branch = |form: super::score::Form| Branch {
            option: form.option,
            tokens: form.tokens,
            kv: None,
            read: 0,
            logprob: 0.0,
        };
        let branches: Vec<Branch> = forms.forms.into_iter().map(branch).collect();
        let ended = match &job.sampling {
            None => Some(StopReason::ScoredOnly),
            Some(sampling) if sampling.max_tokens == 0 => Some(StopReason::MaxTokens),
            Some(_) => None,
        };
        Sequence {
            prompt: exact.tokens.len(),
            spoken: exact.tokens.clone(),
            exact,
            begun: None,
            fork_at: forms.shared,
            believed: branches.is_empty(),
            not_before: None,
            branches,
            speaker,
            ended,
            cancelled,
            kv,
            job,
        }
    }

    /// Whether nobody wants it any more.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Prompt tokens not read yet.
    pub fn unread(&self) -> usize {
        self.prompt.saturating_sub(self.kv.len())
    }

    /// Whether a generated token waits to be read, and may be.
    pub fn has_next_at(&self, now: Instant) -> bool {
        self.unread() == 0 && self.ended.is_none() && self.not_before.is_none_or(|t| t <= now)
    }

    /// Whether nothing is left to do.
    pub fn is_done(&self) -> bool {
        self.unread() == 0 && self.ended.is_some() && self.believed
    }

    /// The first prompt position whose logits are needed.
    pub fn needed_from(&self) -> usize {
        let last = self.prompt - 1;
        match self.branches.is_empty() {
            true => last,
            false => last.min(self.fork_at - 1),
        }
    }

    /// The logits after the prompt token at `position` have come.
    pub fn read_prompt(
        &mut self,
        position: usize,
        logits: &[f32],
        ends: &Ends<'_>,
        out: &mut Vec<JobEvent>,
    ) {
        if position + 1 == self.fork_at && !self.believed {
            for branch in &mut self.branches {
                branch.logprob = logprob(logits, branch.tokens[0]);
                branch.kv = Some(self.kv.fork(self.fork_at));
            }
            self.believe(out);
        }
        if position + 1 == self.prompt && self.ended.is_none() {
            self.speak(logits, ends, out);
        }
    }

    /// The logits after a generated token have come.
    pub fn speak(&mut self, logits: &[f32], ends: &Ends<'_>, out: &mut Vec<JobEvent>) {
        let Some(speaker) = &mut self.speaker else {
            return;
        };
        let room = ends.context.saturating_sub(self.kv.len());
        let elapsed = self.begun.map_or(Duration::ZERO, |t| t.elapsed());
        let said = speaker.draw(
            logits,
            &self.spoken,
            ends,
            room,
            elapsed.as_secs_f32() * 1e3,
        );
        out.push(said.event);
        self.spoken.extend(said.next);
        self.ended = said.ended;
    }

    /// Logits after `count` tokens of a branch have come, row by row.
    pub fn read_branch<'l>(&mut self, no: usize, rows: impl Iterator<Item = &'l [f32]>) {
        let branch = &mut self.branches[no];
        for logits in rows {
            branch.read += 1;
            branch.logprob += logprob(logits, branch.tokens[branch.read]);
        }
        if branch.left() == 0 {
            branch.kv = None;
        }
    }

    /// Sends the belief once all branches are scored.
    pub fn believe(&mut self, out: &mut Vec<JobEvent>) {
        let is_scored = |b: &Branch| b.left() == 0;
        if self.believed || !self.branches.iter().all(is_scored) {
            return;
        }
        self.believed = true;
        let scored = self.branches.iter().map(|b| Scored {
            option: b.option,
            tokens: b.tokens.len(),
            logprob: b.logprob,
        });
        if let Some(belief) = belief(self.job.options.len(), scored) {
            out.push(JobEvent::Belief {
                probabilities: belief.probabilities,
                mass: belief.mass,
                scores: belief.scores,
            });
        }
    }
}
