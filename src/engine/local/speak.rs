//! One sequence's own words: draws tokens, turns them into text, and knows when to end.
//!
//! Invariant: the text given out never contains a stop string, nor the beginning of one that could still
//! be completed; every drawn token is exactly one `Token` event.

use super::detokenize::Detokenizer;
use super::sample::Sampler;
use super::tokens::Tokens;
use crate::domain::{JobEvent, Sampling, StopReason};

/// Generation of one job.
pub struct Speaker {
    sampler: Sampler,
    detokenizer: Detokenizer,
    stops: Vec<(String, StopReason)>,
    held: String,
    drawn: u32,
    tokens_max: u32,
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
    /// Speaks after `prompt`. `turn_end`: a text that ends the turn although it is not a token.
    pub fn new(
        sampling: &Sampling,
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
        }
    }

    /// Draws the next token. `room`: how many more tokens the context can hold.
    /// `text`: all tokens before it.
    pub fn draw(
        &mut self,
        logits: &[f32],
        text: &[u32],
        tokens: &Tokens,
        eos: &[u32],
        room: usize,
    ) -> Said {
        let drawn = self.sampler.draw(logits, text);
        self.drawn += 1;
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
            },
            next: ended.is_none().then_some(drawn.token),
            ended,
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
