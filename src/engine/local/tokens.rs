//! Text to tokens and back, with a tokenizer file that nobody vouches for.
//!
//! Invariant: no panic of the tokenizer library leaves this module, and every id it gives is in the
//! model's vocabulary.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokenizers::{Tokenizer, TruncationParams, TruncationStrategy};

use super::files::Part;
use crate::engine::EngineError;

/// A model's tokenizer.
pub struct Tokens {
    tokenizer: Tokenizer,
    special: HashSet<u32>,
    vocab: usize,
    file: String,
}

impl Tokens {
    /// Reads a `tokenizer.json` for a model with `vocab` tokens.
    pub fn read(part: &Part, vocab: usize) -> Result<Tokens, EngineError> {
        let wrong = |why: String| EngineError::Tokenizer {
            file: part.name.clone(),
            why,
        };
        let mut tokenizer = guarded(|| Tokenizer::from_bytes(&part.bytes)).map_err(wrong)?;
        // Lengths are the scheduler's business, and their settings can make the library panic.
        tokenizer.with_padding(None);
        let _ = tokenizer.with_truncation(None);
        let added = tokenizer.get_added_tokens_decoder();
        let special = added
            .iter()
            .filter(|(_, t)| t.special)
            .map(|(id, _)| *id)
            .collect();
        let tokens = Tokens {
            tokenizer,
            special,
            vocab,
            file: part.name.clone(),
        };
        tokens.encode("A first word (a).", true).map_err(wrong)?;
        Ok(tokens)
    }

    /// The ids of `text`. `add_special` lets the tokenizer add its own beginning and end.
    pub fn encode(&self, text: &str, add_special: bool) -> Result<Vec<u32>, String> {
        let encoding = guarded(|| self.tokenizer.encode_fast(text, add_special))?;
        self.within(encoding.get_ids())
    }

    fn within(&self, ids: &[u32]) -> Result<Vec<u32>, String> {
        match ids.iter().find(|id| **id as usize >= self.vocab) {
            None => Ok(ids.to_vec()),
            Some(id) => Err(format!(
                "{}: gives token {id}, but the model has only {} tokens; the files do not belong together",
                self.file, self.vocab
            )),
        }
    }

    /// From here on, texts are cut to this many tokens, marks included; of a pair the longer one first.
    pub fn cut_at(&mut self, tokens: usize) -> Result<(), String> {
        let params = TruncationParams {
            max_length: tokens,
            strategy: TruncationStrategy::LongestFirst,
            ..TruncationParams::default()
        };
        guarded(|| self.tokenizer.with_truncation(Some(params)).map(|_| ()))
    }

    /// The ids of a text, or of a pair, with the marks of the tokenizer, and which of the two each
    /// belongs to.
    pub fn encode_pair(
        &self,
        text: &str,
        second: Option<&str>,
    ) -> Result<(Vec<u32>, Vec<u32>), String> {
        let encoding = guarded(|| match second {
            None => self.tokenizer.encode_fast(text, true),
            Some(second) => self.tokenizer.encode_fast((text, second), true),
        })?;
        let ids = self.within(encoding.get_ids())?;
        Ok((ids, encoding.get_type_ids().to_vec()))
    }

    /// The text of `ids`; special tokens are written out.
    pub fn decode(&self, ids: &[u32]) -> Result<String, String> {
        guarded(|| self.tokenizer.decode(ids, false))
    }

    /// Whether `id` stands for no text (turn marks, padding).
    pub fn is_special(&self, id: u32) -> bool {
        self.special.contains(&id)
    }

    /// The id of a token written `text`.
    pub fn id(&self, text: &str) -> Option<u32> {
        let id = self.tokenizer.token_to_id(text);
        id.filter(|id| (*id as usize) < self.vocab)
    }
}

fn guarded<T>(f: impl FnOnce() -> tokenizers::Result<T>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(e)) => Err(e.to_string()),
        Err(_) => Err("the tokenizer library failed on this file or text".into()),
    }
}
