//! One sequence's own words: draws tokens, turns them into text, and knows when to end.
//!
//! Invariant: the text given out never contains a stop string, nor the beginning of one that could still
//! be completed; every drawn token is exactly one `Token` event.

use std::sync::Arc;

use super::detokenize::Detokenizer;
use super::sample::{Sampler, summary};
use super::tokens::Tokens;
use crate::domain::{Alternative, JobEvent, Sampling, StopReason, TokenDetail};

/// What ends a text, and what is needed to say it.
pub struct Ends<'a> {
    /// The tokenizer.
    pub tokens: &'a Tokens,
    /// Tokens that end a turn.
    pub eos: &'a [u32],
    /// Most tokens of a sequence.
    pub context: usize,
}

/// Generation of one job.
pub struct Speaker {
    sampler: Sampler,
    detokenizer: Detokenizer,
    stops: Vec<(String, StopReason)>,
    held: String,
    drawn: u32,
    tokens_max: u32,
    alternatives: usize,
}

/// What a drawn token led to.
pub struct Said {
    /// To be reported.
    pub event: JobEvent,
    /// The token, to be read next; `None` if the text has ended.
    pub next: Option<u32>,
    /// Why it ended.
    pub ended: Option<StopReason>,
}

impl Speaker {
    /// Speaks after `prompt`. `alternatives`: how many to report per token. `turn_end`: a text that ends the turn although it is not a token.
    pub fn new(
        sampling: &Sampling,
        alternatives: u8,
        tokens: &Tokens,
        prompt: &[u32],
        turn_end: Option<&str>,
    ) -> Speaker {
        let own = sampling
            .stop
            .iter()
            .map(|s| (s.clone(), StopReason::StopString));
        let end = turn_end.map(|s| (s.to_owned(), StopReason::EndOfTurn));
        Speaker {
            sampler: Sampler::new(sampling),
            detokenizer: Detokenizer::new(tokens, prompt),
            stops: own.chain(end).filter(|(s, _)| !s.is_empty()).collect(),
            held: String::new(),
            drawn: 0,
            tokens_max: sampling.max_tokens,
            alternatives: usize::from(alternatives),
        }
    }

    /// Draws the token that follows `text`, which is everything before it. `room`: how many more tokens
    /// the context can hold. `elapsed_ms`: since the prompt began to be read.
    pub fn draw(
        &mut self,
        logits: &[f32],
        text: &[u32],
        ends: &Ends<'_>,
        room: usize,
        elapsed_ms: f32,
    ) -> Said {
        let (tokens, eos) = (ends.tokens, ends.eos);
        let drawn = self.sampler.draw(logits, text);
        self.drawn += 1;
        let detail = (self.alternatives > 0)
            .then(|| Arc::new(self.detail(logits, drawn.token, tokens, elapsed_ms)));
        let end_of_turn = eos.contains(&drawn.token);
        let mut ended = match () {
            () if end_of_turn => Some(StopReason::EndOfTurn),
            () if self.drawn >= self.tokens_max => Some(StopReason::MaxTokens),
            () if room == 0 => Some(StopReason::ContextFull),
            () => None,
        };
        if !end_of_turn {
            self.held += &self.detokenizer.push(tokens, drawn.token);
        }
        if ended.is_some() {
            self.held += &self.detokenizer.rest(tokens);
        }
        let stop = self
            .stops
            .iter()
            .filter_map(|(s, why)| Some((self.held.find(s)?, *why)));
        let text = match stop.min_by_key(|(at, _)| *at) {
            Some((at, why)) => {
                ended = Some(why);
                self.held.truncate(at);
                std::mem::take(&mut self.held)
            }
            None if ended.is_some() => std::mem::take(&mut self.held),
            None => {
                let keep = self.could_begin_a_stop();
                let rest = self.held.split_off(keep);
                std::mem::replace(&mut self.held, rest)
            }
        };
        Said {
            event: JobEvent::Token {
                text,
                logprob: drawn.logprob,
                detail,
            },
            next: ended.is_none().then_some(drawn.token),
            ended,
        }
    }

    fn detail(&self, logits: &[f32], token: u32, tokens: &Tokens, elapsed_ms: f32) -> TokenDetail {
        let summary = summary(logits, token, self.alternatives);
        let alternative = |(token, logprob): (u32, f32)| Alternative {
            token,
            text: self.detokenizer.peek(tokens, token),
            logprob,
        };
        TokenDetail {
            token,
            rank: summary.rank,
            entropy: summary.entropy,
            alternatives: summary.top.into_iter().map(alternative).collect(),
            elapsed_ms,
        }
    }

    /// Where the held text's longest end begins that is the beginning of a stop string.
    fn could_begin_a_stop(&self) -> usize {
        let begins = |at: &usize| {
            let end = &self.held[*at..];
            self.stops.iter().any(|(s, _)| s.starts_with(end))
        };
        let places = self.held.char_indices().map(|(at, _)| at);
        let longest = self.stops.iter().map(|(s, _)| s.len()).max().unwrap_or(0);
        let from = self.held.len().saturating_sub(longest);
        places
            .filter(|at| *at >= from)
            .find(begins)
            .unwrap_or(self.held.len())
    }
}
