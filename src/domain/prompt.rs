//! What a model really reads: a dialogue after its chat template and its tokenizer.

use std::sync::Arc;

/// The exact prompt of one job.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Prompt {
    /// The rendered text, marks of turns included.
    pub text: String,
    /// Its token ids, those that the tokenizer adds by itself included.
    pub tokens: Vec<u32>,
    /// SHA-256 of the chat template that rendered it, in hexadecimal; `None`: the plain format for
    /// models without one.
    pub template_sha256: Option<Arc<str>>,
    /// SHA-256 of `text`, in hexadecimal.
    pub sha256: String,
}
