//! The scheduler: which rows go through the model in each step.
//!
//! Every step reads the next token of every streaming sequence, and a bounded number of rows of prompts
//! and option forms. Panes come first: a pane's token is in every step; the background gets rows that
//! are left under a cap while any pane is at work, and everything when none is.
//!
//! Invariant: every job taken in ends in exactly one `Finished` or `Failed`, or was cancelled. First come,
//! first served within a priority. Knows no thread, channel or clock: `step` is called, and reports.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::kv::KvShape;
use super::model::{Decoder, Scratch, Segment, Wanted};
use super::prefixes::{Prefixes, common};
use super::score::{Forms, encode_prompt, plan};
use super::sequence::Sequence;
use super::speak::{Ends, Speaker};
use super::template::ChatTemplate;
use super::tokens::Tokens;
use super::weights::hex;
use crate::domain::{Job, JobEvent, JobId, JobReport, Priority, Prompt};

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
    in_hand: Option<JobId>,
    steps: u64,
    rows: u64,
    held_until: Option<Instant>,
}

/// A share of one sequence in a step.
struct Share {
    sequence: usize,
    what: What,
}

enum What {
    /// Prompt or generated tokens at these positions.
    Trunk(Range<usize>),
    /// Tokens of a branch.
    Branch(usize, Range<usize>),
}

impl Batch {
    /// An idle batch.
    pub fn new(model: Decoder, speech: Speech, limits: Limits) -> Batch {
        Batch {
            prefixes: Prefixes::new(KvShape::of(model.config()), limits.prefix_bytes),
            model,
            speech,
            limits,
            waiting: [VecDeque::new(), VecDeque::new()],
            active: Vec::new(),
            scratch: Scratch::default(),
            in_hand: None,
            steps: 0,
            rows: 0,
            held_until: None,
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
        let shares = self.share_out(out);
        self.held_until = None;
        if !shares.is_empty() {
            self.pass(&shares, out);
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
        let ids: Vec<JobId> = active.chain(self.in_hand.take()).collect();
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

    fn admit(&mut self, out: &mut Vec<JobReport>) {
        let mut left = self.limits.admissions;
        for (priority, most) in [
            (Priority::Pane, self.limits.panes),
            (Priority::Background, self.limits.background),
        ] {
            let mut room = most.saturating_sub(self.in_work(priority));
            while left > 0 && room > 0 {
                let Some(pending) = self.waiting[queue(priority)].pop_front() else {
                    break;
                };
                self.in_hand = Some(pending.job.id);
                match self.prepare(pending) {
                    Ok(sequence) => self.active.push(sequence),
                    Err((id, message)) => out.push(failed(id, message)),
                }
                self.in_hand = None;
                left -= 1;
                room -= 1;
            }
        }
    }

    fn prepare(&self, pending: Pending) -> Result<Sequence, (JobId, String)> {
        let Pending { job, cancelled } = pending;
        let fail = |message| (job.id, message);
        let Speech {
            tokens, template, ..
        } = &self.speech;
        let prompt = template.render(&job.dialogue).map_err(fail)?;
        let ids = encode_prompt(tokens, &prompt.text, prompt.add_special).map_err(fail)?;
        let context = self.model.config().context;
        if ids.len() > context {
            let length = ids.len();
            return Err(fail(format!(
                "the prompt has {length} tokens, but the model's context holds {context}; \
                 use fewer rounds or a model with a longer context"
            )));
        }
        if ids.is_empty() {
            return Err(fail(
                "the prompt is empty: the condition has no words".into(),
            ));
        }
        let mut forms = match job.options.is_empty() {
            true => Forms::default(),
            false => {
                plan(tokens, &prompt.text, prompt.add_special, &ids, &job.options).map_err(fail)?
            }
        };
        // A form that does not fit would be cut, and a cut form scores too well.
        forms
            .forms
            .retain(|f| forms.shared + f.tokens.len() <= context + 1);
        let speaker = job
            .sampling
            .as_ref()
            .map(|s| Speaker::new(s, job.alternatives, tokens, &ids, template.turn_end()));
        let exact = Prompt {
            sha256: hex(&Sha256::digest(prompt.text.as_bytes())),
            text: prompt.text,
            tokens: ids,
            template_sha256: template.sha256(),
        };
        Ok(Sequence::new(
            job,
            cancelled,
            Arc::new(exact),
            forms,
            speaker,
            self.model.start(),
        ))
    }

    /// Decides the rows of this step.
    fn share_out(&mut self, out: &mut Vec<JobReport>) -> Vec<Share> {
        let watched = self.in_work(Priority::Pane) > 0 || !self.waiting[0].is_empty();
        let mut shares = Vec::new();
        let mut rows = 0;
        let mut prompt_rows = self.limits.prompt_rows;
        let mut reading: Vec<usize> = Vec::new();
        let now = Instant::now();
        for priority in [Priority::Pane, Priority::Background] {
            let mine: Vec<usize> = (0..self.active.len())
                .filter(|i| self.active[*i].job.priority == priority)
                .collect();
            let capped = watched && priority == Priority::Background;
            let cap = if capped {
                self.limits.watched_rows
            } else {
                usize::MAX
            };
            for i in mine.iter().copied() {
                if rows < cap && self.active[i].has_next_at(now) {
                    let at = self.active[i].kv.len();
                    shares.push(Share {
                        sequence: i,
                        what: What::Trunk(at..at + 1),
                    });
                    rows += 1;
                }
            }
            for i in mine {
                let budget = prompt_rows.min(cap.saturating_sub(rows));
                if budget == 0 {
                    break;
                }
                let used = self.share_reading(i, budget, &mut reading, &mut shares, out);
                prompt_rows -= used;
                rows += used;
            }
        }
        shares.sort_by_key(|s| s.sequence);
        self.rows += rows as u64;
        shares
    }

    /// Prompt rows and branch rows of one sequence, at most `budget`.
    fn share_reading(
        &mut self,
        i: usize,
        budget: usize,
        reading: &mut Vec<usize>,
        shares: &mut Vec<Share>,
        out: &mut Vec<JobReport>,
    ) -> usize {
        if self.active[i].begun.is_none() && !self.begin(i, reading, out) {
            return 0;
        }
        let sequence = &self.active[i];
        let at = sequence.kv.len();
        let mut used = sequence.unread().min(budget);
        if used > 0 {
            reading.push(i);
            shares.push(Share {
                sequence: i,
                what: What::Trunk(at..at + used),
            });
        }
        for (no, branch) in sequence.branches.iter().enumerate() {
            let count = match &branch.kv {
                Some(_) => branch.left().min(budget - used),
                None => 0,
            };
            if count > 0 {
                shares.push(Share {
                    sequence: i,
                    what: What::Branch(no, branch.read..branch.read + count),
                });
                used += count;
            }
        }
        used
    }

    /// Looks the prompt up; `false` if another prompt being read now will soon give more of it.
    fn begin(&mut self, i: usize, reading: &[usize], out: &mut Vec<JobReport>) -> bool {
        let sequence = &self.active[i];
        let reusable = &sequence.spoken[..sequence.needed_from().min(sequence.prompt - 1)];
        let known = self.prefixes.known(reusable);
        let soon = reading.iter().map(|r| {
            let other = &self.active[*r];
            common(&other.spoken[..other.prompt], reusable)
        });
        if soon.max().unwrap_or(0) > known + super::kv::PAGE / 2 {
            return false;
        }
        let kv = self.prefixes.longest(reusable);
        let sequence = &mut self.active[i];
        if let Some(kv) = kv {
            sequence.kv = kv;
        }
        sequence.begun = Some(Instant::now());
        out.push(JobReport {
            id: sequence.job.id,
            event: JobEvent::Reading {
                prompt: sequence.exact.clone(),
                reused_tokens: sequence.kv.len() as u32,
            },
        });
        true
    }

    fn pass(&mut self, shares: &[Share], out: &mut Vec<JobReport>) {
        self.steps += 1;
        let mut segments = Vec::with_capacity(shares.len());
        let mut todo = shares.iter().peekable();
        for (i, sequence) in self.active.iter_mut().enumerate() {
            let needed_from = sequence.needed_from();
            let (mut trunk, mut branches) = (Some(&mut sequence.kv), sequence.branches.iter_mut());
            let mut branch_no = 0;
            while let Some(share) = todo.next_if(|s| s.sequence == i) {
                match &share.what {
                    What::Trunk(positions) => {
                        let Some(kv) = trunk.take() else { continue };
                        let wanted = match positions.end > needed_from {
                            true => Wanted::From(needed_from.saturating_sub(positions.start)),
                            false => Wanted::Nothing,
                        };
                        let tokens = &sequence.spoken[positions.clone()];
                        segments.push(Segment { tokens, kv, wanted });
                    }
                    What::Branch(no, range) => {
                        let branch = branches.nth(no - branch_no);
                        branch_no = no + 1;
                        if let Some(branch) = branch
                            && let Some(kv) = &mut branch.kv
                        {
                            segments.push(Segment {
                                tokens: &branch.tokens[range.clone()],
                                kv,
                                wanted: Wanted::From(0),
                            });
                        }
                    }
                }
            }
        }
        let logits = self.model.forward(&mut segments, &mut self.scratch, None);
        drop(segments);
        let mut rows = logits.chunks_exact(self.model.config().vocab);
        let ends = Ends {
            tokens: &self.speech.tokens,
            eos: &self.speech.eos,
            context: self.model.config().context,
        };
        let mut events = Vec::new();
        let pause = self.limits.pane_tokens_per_s;
        let pause = pause.map(|n| Duration::from_secs(1) / n.get());
        for share in shares {
            let sequence = &mut self.active[share.sequence];
            match &share.what {
                What::Trunk(positions) => {
                    let from = positions.start.max(sequence.needed_from());
                    for position in from..positions.end {
                        let Some(logits) = rows.next() else { break };
                        if position < sequence.prompt {
                            sequence.read_prompt(position, logits, &ends, &mut events);
                        } else {
                            sequence.speak(logits, &ends, &mut events);
                        }
                    }
                    if positions.start < sequence.prompt && positions.end == sequence.prompt {
                        let prompt = &sequence.spoken[..sequence.prompt];
                        self.prefixes.keep(prompt, &sequence.kv);
                    }
                }
                What::Branch(no, range) => {
                    sequence.read_branch(*no, rows.by_ref().take(range.len()));
                    sequence.believe(&mut events);
                }
            }
            let spoke = |e: &JobEvent| matches!(e, JobEvent::Token { .. });
            if let (Some(pause), Priority::Pane) = (pause, sequence.job.priority)
                && events.iter().any(spoke)
            {
                sequence.not_before = Some(Instant::now() + pause);
            }
            let id = sequence.job.id;
            out.extend(events.drain(..).map(|event| JobReport { id, event }));
        }
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
