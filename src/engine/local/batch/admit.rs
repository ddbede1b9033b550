//! From a waiting job to a sequence that can be read: rendered, tokenised, checked against the context.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::super::score::{Forms, encode_prompt, plan};
use super::super::sequence::Sequence;
use super::super::speak::Speaker;
use super::super::weights::hex;
use super::{Batch, Pending, Speech, failed, queue};
use crate::domain::{CONTEXT_TOO_SHORT, JobId, JobReport, Priority, Prompt};

impl Batch {
    /// Takes in what waits, as far as there is room; the model's threads make the jobs ready.
    pub(super) fn admit(&mut self, out: &mut Vec<JobReport>) {
        let mut left = self.limits.admissions;
        let mut taken = Vec::new();
        for (priority, most) in [
            (Priority::Pane, self.limits.panes),
            (Priority::Background, self.limits.background),
        ] {
            let room = most.saturating_sub(self.in_work(priority)).min(left);
            let waiting = &mut self.waiting[queue(priority)];
            let count = room.min(waiting.len());
            taken.extend(waiting.drain(..count));
            left -= count;
        }
        self.in_hand = taken.iter().map(|p| p.job.id).collect();
        let prepared = self
            .model
            .compute()
            .map(taken, |pending| self.prepare(pending));
        for prepared in prepared {
            match prepared {
                Ok(sequence) => self.active.push(sequence),
                Err((id, message)) => out.push(failed(id, message)),
            }
        }
        self.in_hand.clear();
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
                 {CONTEXT_TOO_SHORT}"
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
}
