//! Which rows go through the model in a step, and for whom.

use std::ops::Range;
use std::time::{Duration, Instant};

use super::super::kv::PAGE;
use super::super::prefixes::common;
use super::Batch;
use crate::domain::{JobEvent, JobReport, Priority};

/// While panes stream, every so many steps carry nothing else: what they cost is what the other
/// steps are compared with.
const PLAIN_EVERY: u64 = 64;

/// A share of one sequence in a step.
pub(super) struct Share {
    pub sequence: usize,
    pub what: What,
}

pub(super) enum What {
    /// Prompt or generated tokens at these positions.
    Trunk(Range<usize>),
    /// Tokens of a branch.
    Branch(usize, Range<usize>),
}

/// What a step does.
#[derive(Default)]
pub(super) struct Work {
    pub shares: Vec<Share>,
    rows: usize,
    /// Some pane's next token is among them.
    streaming: bool,
    /// Rows of panes' prompts and option forms.
    reading: usize,
    /// Rows of the background.
    background: usize,
    /// Sequences whose prompts are being read.
    readers: Vec<usize>,
}

impl Batch {
    /// Decides the rows of this step.
    pub(super) fn share_out(&mut self, out: &mut Vec<JobReport>) -> Work {
        let now = Instant::now();
        let [panes, background] =
            [Priority::Pane, Priority::Background].map(|p| self.active_with(p));
        let mut work = Work::default();
        self.share_next(&panes, now, usize::MAX, &mut work);
        work.streaming = work.rows > 0;
        let plain = work.streaming && self.steps.is_multiple_of(PLAIN_EVERY);
        let most = self.limits.prompt_rows;
        let budget = match (plain, work.streaming) {
            (true, _) => 0,
            (false, true) => self.reading.rows().min(most),
            (false, false) => most,
        };
        work.reading = self.share_prompts(&panes, budget, &mut work, out);
        let watched = !panes.is_empty() || !self.waiting[0].is_empty();
        let room = if !watched {
            usize::MAX
        } else if plain || (work.streaming && work.reading > 0) {
            0
        } else {
            let room = self.limits.watched_rows.saturating_sub(work.rows);
            match work.streaming {
                true => room.min(self.background.rows()),
                false => room,
            }
        };
        let next = self.share_next(&background, now, room, &mut work);
        let budget = (room - next).min(most - work.reading.min(most));
        work.background = next + self.share_prompts(&background, budget, &mut work, out);
        work.shares.sort_by_key(|s| s.sequence);
        self.rows += work.rows as u64;
        work
    }

    /// Takes note of how long a step took, for the next ones.
    pub(super) fn learn(&mut self, work: &Work, took: Duration) {
        match (work.streaming, work.reading, work.background) {
            (false, _, _) => {}
            (true, 0, 0) => self.plain.observe(took),
            (true, 0, rows) => self.background.observe(rows, took, &self.plain),
            (true, rows, _) => self.reading.observe(rows, took, &self.plain),
        }
    }

    fn active_with(&self, priority: Priority) -> Vec<usize> {
        let all = self.active.iter().enumerate();
        all.filter(|(_, s)| s.job.priority == priority)
            .map(|(i, _)| i)
            .collect()
    }

    /// The next tokens of these sequences, at most `room`; returns how many.
    fn share_next(&self, mine: &[usize], now: Instant, room: usize, work: &mut Work) -> usize {
        let ready = mine.iter().filter(|i| self.active[**i].has_next_at(now));
        let mut count = 0;
        for i in ready.take(room) {
            let at = self.active[*i].kv.len();
            work.shares.push(Share {
                sequence: *i,
                what: What::Trunk(at..at + 1),
            });
            count += 1;
        }
        work.rows += count;
        count
    }

    /// Prompt rows and branch rows of these sequences, at most `budget`; returns how many.
    fn share_prompts(
        &mut self,
        mine: &[usize],
        budget: usize,
        work: &mut Work,
        out: &mut Vec<JobReport>,
    ) -> usize {
        let mut left = budget;
        for i in mine {
            if left == 0 {
                break;
            }
            left -= self.share_reading(*i, left, work, out);
        }
        work.rows += budget - left;
        budget - left
    }

    /// Prompt rows and branch rows of one sequence, at most `budget`.
    fn share_reading(
        &mut self,
        i: usize,
        budget: usize,
        work: &mut Work,
        out: &mut Vec<JobReport>,
    ) -> usize {
        if self.active[i].begun.is_none() && !self.begin(i, &work.readers, out) {
            return 0;
        }
        let sequence = &self.active[i];
        let at = sequence.kv.len();
        let mut used = sequence.unread().min(budget);
        if used > 0 {
            work.readers.push(i);
            work.shares.push(Share {
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
                work.shares.push(Share {
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
        if soon.max().unwrap_or(0) > known + PAGE / 2 {
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
}
