//! One pass through the model: rows in, logits back to the sequences they belong to.

use std::time::{Duration, Instant};

use super::super::model::{Segment, Wanted};
use super::super::speak::Ends;
use super::Batch;
use super::share::{Share, What};
use crate::domain::{JobEvent, JobReport, Priority};

impl Batch {
    pub(super) fn pass(&mut self, shares: &[Share], out: &mut Vec<JobReport>) {
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
        if let Some(why) = self.model.fault() {
            let message = format!("the model's device failed: {why}; later questions start afresh");
            return self.fail_active(&message, out);
        }
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
}
