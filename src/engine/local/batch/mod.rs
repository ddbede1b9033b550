//! The scheduler: which rows go through the model in each step.
//!
//! Every step reads the next token of every streaming sequence, and a bounded number of rows of prompts
//! and option forms. Panes come first: a pane's token is in every step; the background gets rows that
//! are left under a cap while any pane is at work, and everything when none is. How many rows may join
//! the panes' own is watched (`slice`): a new prompt may make a step about three times as long, the
//! background half as long again.
//!
//! Invariant: every job taken in ends in exactly one `Finished` or `Failed`, or was cancelled. First come,
//! first served within a priority. Knows no thread and no channel: `step` is called, and reports.

mod admit;
mod pass;
mod share;
mod slice;

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::kv::KvShape;
use super::model::{Decoder, Scratch};
use super::prefixes::Prefixes;
use super::sequence::Sequence;
use super::template::ChatTemplate;
use super::tokens::Tokens;
use crate::domain::{Job, JobEvent, JobId, JobReport, Priority};
use slice::{Plain, Slice};

/// How much at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most panes in work; more wait.
    pub panes: usize,
    /// Most background jobs in work.
    pub background: usize,
    /// Rows of prompts and option forms per step.
    pub prompt_rows: usize,
    /// Rows per step, all together, that the background may fill up to while panes are at work.
    pub watched_rows: usize,
    /// Jobs made ready (rendered, tokenised) per step.
    pub admissions: usize,
    /// Memory for prefixes of earlier jobs.
    pub prefix_bytes: usize,
    /// Panes are held back to so many tokens a second each, so that people can read along.
    pub pane_tokens_per_s: Option<NonZeroU32>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            panes: 32,
            background: 16,
            prompt_rows: 192,
            watched_rows: 32,
            admissions: 4,
            prefix_bytes: 256 << 20,
            pane_tokens_per_s: None,
        }
    }
}

/// Most memory for a step's logits, however many of its rows want them: of large vocabularies, fewer rows
/// go into a step.
const LOGITS_MAX_BYTES: usize = 96 << 20;

/// A job not yet begun.
pub struct Pending {
    /// What is asked.
    pub job: Job,
    /// Set when nobody wants the result any more.
    pub cancelled: Arc<AtomicBool>,
}

/// What a model needs besides its decoder.
pub struct Speech {
    /// The tokenizer.
    pub tokens: Tokens,
    /// How dialogues are written.
    pub template: ChatTemplate,
    /// Tokens that end a turn.
    pub eos: Vec<u32>,
}

/// All jobs of one model.
pub struct Batch {
    model: Decoder,
    speech: Speech,
    limits: Limits,
    waiting: [VecDeque<Pending>; 2],
    active: Vec<Sequence>,
    prefixes: Prefixes,
    scratch: Scratch,
    /// Jobs being made ready.
    in_hand: Vec<JobId>,
    steps: u64,
    rows: u64,
    held_until: Option<Instant>,
    plain: Plain,
    reading: Slice,
    background: Slice,
}

impl Batch {
    /// An idle batch.
    pub fn new(model: Decoder, speech: Speech, mut limits: Limits) -> Batch {
        let logits_bytes = model.config().vocab * size_of::<f32>();
        let most = LOGITS_MAX_BYTES / logits_bytes.max(1);
        limits.prompt_rows = limits.prompt_rows.min(most).max(1);
        Batch {
            prefixes: Prefixes::new(KvShape::of(model.config()), limits.prefix_bytes),
            model,
            speech,
            limits,
            waiting: [VecDeque::new(), VecDeque::new()],
            active: Vec::new(),
            scratch: Scratch::default(),
            in_hand: Vec::new(),
            steps: 0,
            rows: 0,
            held_until: None,
            plain: Plain::default(),
            reading: Slice::new(32, 3.0),
            background: Slice::new(8, 1.5),
        }
    }

    /// Takes a job in.
    pub fn add(&mut self, pending: Pending) {
        self.waiting[queue(pending.job.priority)].push_back(pending);
    }

    /// Whether there is nothing to do.
    pub fn is_idle(&self) -> bool {
        self.active.is_empty() && self.waiting.iter().all(VecDeque::is_empty)
    }

    /// Passes through the model so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Rows computed so far, in all passes.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Jobs in work now.
    pub fn active(&self) -> usize {
        self.active.len()
    }

    /// Until when there is nothing to compute because all that is in work is held back; `None`
    /// where the next step has something to do.
    pub fn held_until(&self) -> Option<Instant> {
        self.held_until
    }

    /// One pass; what happened is added to `out`.
    pub fn step(&mut self, out: &mut Vec<JobReport>) {
        self.drop_cancelled();
        self.admit(out);
        let work = self.share_out(out);
        self.held_until = None;
        if !work.shares.is_empty() {
            let begun = Instant::now();
            self.pass(&work.shares, out);
            self.learn(&work, begun.elapsed());
        } else if self.waiting.iter().all(VecDeque::is_empty) {
            self.held_until = self.active.iter().filter_map(|s| s.not_before).min();
        }
        self.retire(out);
    }

    /// Ends all jobs in work: something that should not happen did. Waiting jobs stay.
    pub fn fail_active(&mut self, message: &str, out: &mut Vec<JobReport>) {
        let active = self
            .active
            .drain(..)
            .filter(|s| !s.is_cancelled())
            .map(|s| s.job.id);
        let ids: Vec<JobId> = active.chain(self.in_hand.drain(..)).collect();
        out.extend(ids.into_iter().map(|id| failed(id, message.to_owned())));
        self.prefixes.clear();
        self.scratch = Scratch::default();
    }

    fn drop_cancelled(&mut self) {
        for queue in &mut self.waiting {
            queue.retain(|p| !p.cancelled.load(Ordering::Relaxed));
        }
        let prefixes = &mut self.prefixes;
        self.active.retain(|s| {
            if s.is_cancelled() {
                prefixes.keep(&s.spoken, &s.kv);
            }
            !s.is_cancelled()
        });
    }

    fn in_work(&self, priority: Priority) -> usize {
        self.active
            .iter()
            .filter(|s| s.job.priority == priority)
            .count()
    }

    fn retire(&mut self, out: &mut Vec<JobReport>) {
        let prefixes = &mut self.prefixes;
        self.active.retain(|sequence| {
            let Some(reason) = sequence.ended.filter(|_| sequence.is_done()) else {
                return true;
            };
            if sequence.kv.len() > sequence.prompt {
                prefixes.keep(&sequence.spoken, &sequence.kv);
            }
            out.push(JobReport {
                id: sequence.job.id,
                event: JobEvent::Finished { reason },
            });
            false
        });
    }
}

fn queue(priority: Priority) -> usize {
    match priority {
        Priority::Pane => 0,
        Priority::Background => 1,
    }
}

fn failed(id: JobId, message: String) -> JobReport {
    JobReport {
        id,
        event: JobEvent::Failed { message },
    }
}
