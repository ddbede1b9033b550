//! What the model would say next, and what each layer would say if it were the last (the logit lens,
//! nostalgebraist 2020): one sequence, read once, nothing sampled.
//!
//! Invariant: tokens are in the vocabulary and fit the context before they reach the decoder. Keeps no
//! more logits than it is asked for: those of all positions go to the caller piece by piece.

use super::Options;
use super::compute::Compute;
use super::config::DecoderConfig;
use super::detokenize::Detokenizer;
use super::files::BareFiles;
use super::model::{Decoder, Scratch, Segment, Tap, Wanted};
use super::tokens::Tokens;
use super::weights::Weights;
use crate::engine::EngineError;

/// Positions read at once: bounds the space for a long text.
const ROWS: usize = 128;

/// A model to look into.
pub struct Lens {
    name: String,
    decoder: Decoder,
    tokens: Option<Tokens>,
    scratch: Scratch,
}

/// What was seen at the last position.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Logits of what comes next.
    pub next: Vec<f32>,
    /// The same from the embedding, from each block's output, and from the last block's; empty where
    /// layers were not asked for.
    pub layers: Vec<Vec<f32>>,
}

/// A distribution over the next token, summed up.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// In nats.
    pub entropy: f64,
    /// The most probable tokens, most probable first; of equals the lower id.
    pub top: Vec<Candidate>,
}

/// A token that may come next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// Which.
    pub id: u32,
    /// Natural log of its probability.
    pub logprob: f64,
}

/// Takes the logits of some positions, `[positions, vocab]`, in order; an error ends the reading.
pub type Take<'a, E> = &'a mut dyn FnMut(&[f32]) -> Result<(), E>;

impl Lens {
    /// Loads a model. Takes as long as reading its files. Where [`Options`] leave the number of threads
    /// open it takes all cores: nothing else is going on.
    pub fn open(files: &BareFiles, options: &Options) -> Result<Lens, EngineError> {
        let config = DecoderConfig::read(&files.config)?;
        let tokens = match &files.tokenizer {
            Some(part) => Some(Tokens::read(part, config.vocab)?),
            None => None,
        };
        let weights = Weights::read(&files.weights)?;
        let threads = options.threads.unwrap_or_else(super::machine::cores);
        let compute = Compute::new(threads.max(1)).with(options.accelerator(&files.weights)?);
        Ok(Lens {
            name: files.name.clone(),
            decoder: Decoder::new(config, weights, compute)?,
            tokens,
            scratch: Scratch::default(),
        })
    }

    /// What the model is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the model is.
    pub fn config(&self) -> &DecoderConfig {
        self.decoder.config()
    }

    /// The ids of a raw text, as the tokenizer itself begins and ends it; no chat template.
    pub fn ids(&self, text: &str) -> Result<Vec<u32>, EngineError> {
        let Some(tokens) = &self.tokens else {
            let why = "the model has no tokenizer.json; give token ids instead of text";
            return Err(EngineError::Prompt(why.into()));
        };
        tokens.encode(text, true).map_err(EngineError::Prompt)
    }

    /// What `id` adds to the text of `before`; special tokens are written out. `None` without a
    /// tokenizer.
    pub fn text(&self, before: &[u32], id: u32) -> Option<String> {
        let tokens = self.tokens.as_ref()?;
        if tokens.is_special(id) {
            return tokens.decode(&[id]).ok();
        }
        let mut text = Detokenizer::new(tokens, before);
        let begun = text.push(tokens, id);
        Some(begun + &text.rest(tokens))
    }

    /// Whether these tokens can be read.
    ///
    /// # Errors
    /// None, too many, or one that is not in the vocabulary.
    pub fn check(&self, ids: &[u32]) -> Result<(), EngineError> {
        let DecoderConfig { vocab, context, .. } = *self.config();
        let why = if ids.is_empty() {
            "there are no tokens to go on from; give at least one".to_owned()
        } else if ids.len() > context {
            format!(
                "{} tokens do not fit the model's context of {context}",
                ids.len()
            )
        } else if let Some(id) = ids.iter().find(|id| **id as usize >= vocab) {
            format!("token {id} is not in the model's vocabulary of {vocab}")
        } else {
            return Ok(());
        };
        Err(EngineError::Prompt(why))
    }

    /// Reads the tokens, which must pass [`Lens::check`]; `take` gets the logits of every position.
    ///
    /// # Errors
    /// Those of [`Lens::check`], and of `take`.
    pub fn look<E: From<EngineError>>(
        &mut self,
        ids: &[u32],
        layers: bool,
        mut take: Option<Take<'_, E>>,
    ) -> Result<Seen, E> {
        self.check(ids)?;
        let DecoderConfig { vocab, hidden, .. } = *self.config();
        let mut kv = self.decoder.start();
        let mut next = Vec::new();
        let mut states: Vec<Vec<f32>> = Vec::new();
        let last = ids.len().div_ceil(ROWS) - 1;
        for (no, tokens) in ids.chunks(ROWS).enumerate() {
            let wanted = match (&take, no == last) {
                (Some(_), _) => Wanted::From(0),
                (None, true) => Wanted::From(tokens.len() - 1),
                (None, false) => Wanted::Nothing,
            };
            let mut keep =
                |_: usize, rows: &[f32]| states.push(rows[rows.len() - hidden..].to_vec());
            let tap: Option<Tap<'_>> = match layers && no == last {
                true => Some(&mut keep),
                false => None,
            };
            let kv = &mut kv;
            let mut segments = [Segment { tokens, kv, wanted }];
            let logits = self.decoder.forward(&mut segments, &mut self.scratch, tap);
            if let Some(why) = self.decoder.fault() {
                return Err(EngineError::Device(why).into());
            }
            if let Some(take) = &mut take {
                take(logits)?;
            }
            if no == last {
                next = logits[logits.len() - vocab..].to_vec();
            }
        }
        let (decoder, scratch) = (&self.decoder, &mut self.scratch);
        let deepest = states.len().saturating_sub(1);
        let read = |(no, state): (usize, &Vec<f32>)| {
            decoder.read_out(state, no == deepest, scratch).to_vec()
        };
        let layers = states.iter().enumerate().map(read).collect();
        Ok(Seen { next, layers })
    }
}

impl Outlook {
    /// Of the distribution that these logits give, with its `count` most probable tokens.
    pub fn new(logits: &[f32], count: usize) -> Outlook {
        let top = logits.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        let above = |x: f32| f64::from(x) - f64::from(top);
        let sum: f64 = logits.iter().map(|x| above(*x).exp()).sum();
        let logprob = |x: f32| above(x) - sum.ln();
        let entropy = logits.iter().map(|x| {
            let logprob = logprob(*x);
            match logprob.exp() {
                0.0 => 0.0,
                p => -p * logprob,
            }
        });
        let mut order: Vec<u32> = (0u32..).zip(logits).map(|(id, _)| id).collect();
        let by_logit = |a: &u32, b: &u32| {
            let (x, y) = (logits[*a as usize], logits[*b as usize]);
            y.total_cmp(&x).then(a.cmp(b))
        };
        let count = count.min(order.len());
        if count < order.len() {
            order.select_nth_unstable_by(count, by_logit);
            order.truncate(count);
        }
        order.sort_unstable_by(by_logit);
        let candidate = |id: u32| Candidate {
            id,
            logprob: logprob(logits[id as usize]),
        };
        Outlook {
            entropy: entropy.sum(),
            top: order.into_iter().map(candidate).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlook_is_the_distribution() {
        let p = [0.125f64, 0.5, 0.125, 0.25];
        let logits: Vec<f32> = p.iter().map(|p| p.ln() as f32 + 7.0).collect();
        let outlook = Outlook::new(&logits, 3);
        let ids: Vec<u32> = outlook.top.iter().map(|c| c.id).collect();
        assert_eq!(ids, [1, 3, 0]);
        for c in &outlook.top {
            assert!((c.logprob.exp() - p[c.id as usize]).abs() < 1e-6);
        }
        assert!((outlook.entropy - 1.75 * 2f64.ln()).abs() < 1e-6);
        assert_eq!(Outlook::new(&logits, 99).top.len(), 4);
    }

    #[test]
    fn one_certain_token_has_no_entropy() {
        let outlook = Outlook::new(&[-1e30, 1e30, -1e30], 1);
        assert_eq!((outlook.entropy, outlook.top[0].logprob), (0.0, 0.0));
    }
}
