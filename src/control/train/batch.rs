//! Documents as rows of tokens with the distributions the model is to learn at some of them.

use tokenizers::Tokenizer;

use crate::control::documents::{Document, Stretch};
use crate::control::draw::Draw;

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
    /// Other tokens that the model says.
    pub said: f32,
    /// Tokens of the prompt.
    pub told: f32,
    /// Share of documents whose prompt is learned at all; their weight grows accordingly, so that
    /// the expectation stays and the costly logits are few.
    pub told_share: f64,
}

impl Default for Emphasis {
    fn default() -> Emphasis {
        Emphasis {
            branch: 1.0,
            said: 0.3,
            told: 0.03,
            told_share: 0.15,
        }
    }
}

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
        draw: &mut Draw,
    ) -> candle_core::Result<()> {
        let start = self.tokens.len();
        let told_weight = if draw.chance(emphasis.told_share) {
            emphasis.told / emphasis.told_share as f32
        } else {
            0.0
        };
        for stretch in document {
            match stretch {
                Stretch::Told(text) => {
                    for token in encode(tokenizer, text)? {
                        if told_weight > 0.0 && self.tokens.len() > start {
                            self.targets.push(Target {
                                row: self.tokens.len() - 1,
                                weight: told_weight,
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
                    self.say(&encoded, *chosen, emphasis);
                }
            }
        }
        self.documents.push((start, self.tokens.len()));
        Ok(())
    }

    /// Follows the chosen candidate; where others that agree so far go on differently, the target
    /// is the distribution over what they go on with.
    fn say(&mut self, candidates: &[(Vec<u32>, f64)], chosen: usize, emphasis: &Emphasis) {
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
            self.targets.push(Target {
                row: self.tokens.len() - 1,
                weight: if branch {
                    emphasis.branch
                } else {
                    emphasis.said
                },
                shares,
            });
            self.tokens.push(*token);
        }
    }
}
