//! A stream of tokens as a stream of text.
//!
//! Invariant: what was given out never changes, is never half a character, and together equals what the
//! tokens decode to after the prompt. Special tokens have no text. Where a tokenizer's decoding of a text
//! contradicts its decoding of the beginning of that text (broken byte sequences), what was given out
//! stands and the rest follows.

use super::tokens::Tokens;

/// Most tokens of the prompt to look back at for a whole character.
const LOOK_BACK: usize = 8;

/// No character has more bytes; a longer run of broken ones is given out as it is.
const PATIENCE: usize = 8;

/// What decoders write for bytes that are no character.
const BROKEN: char = '\u{fffd}';

/// One sequence's text.
pub struct Detokenizer {
    /// The tokens last given out (decoders look one word back for its space, and decode a run of byte
    /// tokens as one), then those not yet given out.
    window: Vec<u32>,
    context: usize,
}

impl Detokenizer {
    /// Text that follows `prompt`.
    pub fn new(tokens: &Tokens, prompt: &[u32]) -> Detokenizer {
        let last = |n: usize| &prompt[prompt.len().saturating_sub(n)..];
        let whole = |n: &usize| tokens.decode(last(*n)).is_ok_and(|t| !t.contains(BROKEN));
        let window = last((1..=LOOK_BACK).find(whole).unwrap_or(1)).to_vec();
        Detokenizer {
            context: window.len(),
            window,
        }
    }

    /// Adds a token; returns the text that is complete now, often all of it, sometimes nothing.
    pub fn push(&mut self, tokens: &Tokens, token: u32) -> String {
        if tokens.is_special(token) {
            return self.rest(tokens);
        }
        self.window.push(token);
        let patient = self.window.len() - self.context < PATIENCE;
        self.take(tokens, patient)
    }

    /// The text that `token` would add now, if it came; for people to look at, so broken characters
    /// are shown as such. Special tokens are written out.
    pub fn peek(&self, tokens: &Tokens, token: u32) -> String {
        let mut window = self.window.clone();
        let before = tokens.decode(&window).unwrap_or_default();
        window.push(token);
        let text = tokens.decode(&window).unwrap_or_default();
        let new = text.strip_prefix(before.as_str());
        new.map_or_else(
            || tokens.decode(&[token]).unwrap_or_default(),
            str::to_owned,
        )
    }

    /// What is still held back; the sequence has ended.
    pub fn rest(&mut self, tokens: &Tokens) -> String {
        self.take(tokens, false)
    }

    fn take(&mut self, tokens: &Tokens, patient: bool) -> String {
        if self.window.len() == self.context {
            return String::new();
        }
        // A decoder that fails loses the text of its tokens, not the stream.
        let text = tokens.decode(&self.window).unwrap_or_default();
        if patient && text.ends_with(BROKEN) {
            return String::new();
        }
        let before = tokens
            .decode(&self.window[..self.context])
            .unwrap_or_default();
        let new = match text.strip_prefix(before.as_str()) {
            Some(new) => new.to_owned(),
            None => {
                let same = text.chars().zip(before.chars()).take_while(|(a, b)| a == b);
                text[same.map(|(c, _)| c.len_utf8()).sum::<usize>()..].to_owned()
            }
        };
        self.window.drain(..self.context);
        self.context = self.window.len();
        new
    }
}
