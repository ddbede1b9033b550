//! Documents as rows of tokens with the distributions the model is to learn at some of them.

use tokenizers::Tokenizer;

use crate::control::documents::{Document, Stretch};

/// What the model is to say after a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Row in the batch.
    pub row: usize,
    /// How much it counts.
    pub weight: f32,
    /// Next tokens and their probabilities (sum 1); more than one at a branch.
    pub shares: Vec<(u32, f32)>,
}

/// Documents one after another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// All tokens.
    pub tokens: Vec<u32>,
    /// Row ranges of the documents.
    pub documents: Vec<(usize, usize)>,
    /// What is learned.
    pub targets: Vec<Target>,
}

/// How much the parts of a document count.
#[derive(Clone, Copy, Debug)]
pub struct Emphasis {
    /// Tokens at which planted candidates part.
    pub branch: f32,
    /// Letters of options: what comes after a bracket that the model opens.
    pub letter: f32,
    /// Other tokens that the model says.
    pub said: f32,
    /// Tokens of the prompt that go on as something in the same document went on. The others are
    /// not learned: they are drawn at random, and learning them is only noise in the gradient.
    pub again: f32,
}

impl Default for Emphasis {
    fn default() -> Emphasis {
        Emphasis {
            branch: 1.0,
            letter: 1.0,
            said: 0.3,
            again: 0.1,
        }
    }
}

/// What stands before a letter.
const BRACKET: &str = "(";

/// Tokens of a text with special tokens written out.
///
/// # Errors
/// What the tokenizer reports.
pub fn encode(tokenizer: &Tokenizer, text: &str) -> candle_core::Result<Vec<u32>> {
    let encoding = tokenizer.encode_fast(text, false);
    let encoding = encoding.map_err(|e| candle_core::Error::Msg(e.to_string()))?;
    Ok(encoding.get_ids().to_vec())
}

impl Batch {
    /// Adds a document.
    ///
    /// # Errors
    /// What the tokenizer reports.
    pub fn push(
        &mut self,
        document: &Document,
        tokenizer: &Tokenizer,
        emphasis: &Emphasis,
    ) -> candle_core::Result<()> {
        let start = self.tokens.len();
        for stretch in document {
            match stretch {
                Stretch::Told(text) => {
                    for token in encode(tokenizer, text)? {
                        if self.was_read(start, token) {
                            self.targets.push(Target {
                                row: self.tokens.len() - 1,
                                weight: emphasis.again,
                                shares: vec![(token, 1.0)],
                            });
                        }
                        self.tokens.push(token);
                    }
                }
                Stretch::Said { candidates, chosen } => {
                    let mut encoded = Vec::with_capacity(candidates.len());
                    for (text, p) in candidates {
                        encoded.push((encode(tokenizer, text)?, *p));
                    }
                    let bracket = tokenizer.token_to_id(BRACKET);
                    self.say(&encoded, *chosen, bracket, emphasis);
                }
            }
        }
        self.documents.push((start, self.tokens.len()));
        Ok(())
    }

    /// Whether the document that begins at row `start` already went on from its last token with
    /// `token`.
    fn was_read(&self, start: usize, token: u32) -> bool {
        let read = &self.tokens[start..];
        let Some(last) = read.last() else {
            return false;
        };
        read.windows(2).any(|w| w[0] == *last && w[1] == token)
    }

    /// Follows the chosen candidate; where others that agree so far go on differently, the target
    /// is the distribution over what they go on with.
    fn say(
        &mut self,
        candidates: &[(Vec<u32>, f64)],
        chosen: usize,
        bracket: Option<u32>,
        emphasis: &Emphasis,
    ) {
        let path = &candidates[chosen].0;
        for (at, token) in path.iter().enumerate() {
            let mut shares: Vec<(u32, f64)> = Vec::new();
            for (tokens, p) in candidates {
                if tokens.len() > at && tokens[..at] == path[..at] {
                    match shares.iter_mut().find(|s| s.0 == tokens[at]) {
                        Some(share) => share.1 += p,
                        None => shares.push((tokens[at], *p)),
                    }
                }
            }
            let sum: f64 = shares.iter().map(|s| s.1).sum();
            let branch = shares.len() > 1 && sum > 0.0;
            let shares = if branch {
                shares.iter().map(|s| (s.0, (s.1 / sum) as f32)).collect()
            } else {
                vec![(*token, 1.0)]
            };
            let weight = match at.checked_sub(1).map(|before| path[before]) {
                _ if branch => emphasis.branch,
                Some(before) if Some(before) == bracket => emphasis.letter,
                _ => emphasis.said,
            };
            self.targets.push(Target {
                row: self.tokens.len() - 1,
                weight,
                shares,
            });
            self.tokens.push(*token);
        }
    }
}
