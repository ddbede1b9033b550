//! A GGUF's list of tokens: what each is written as, and what it is for.
//!
//! Invariant: every token has a text, no two have the same, and every id asked for by name exists.

use std::borrow::Cow;
use std::collections::HashMap;

use super::metadata::Metadata;
use crate::engine::EngineError;

const TOKENS: &str = "tokenizer.ggml.tokens";
const TYPES: &str = "tokenizer.ggml.token_type";
const SCORES: &str = "tokenizer.ggml.scores";

/// The largest published vocabularies have half as many. What is made of a token takes more memory than it
/// does in the file.
const TOKENS_MAX: usize = 1 << 19;

/// Tokens that end a turn in chat models. Hugging Face lists them in `generation_config.json`; a GGUF
/// has no such list, and llama.cpp goes by these texts too.
const END_TEXTS: [&str; 9] = [
    "<|eot_id|>",
    "<|eom_id|>",
    "<|im_end|>",
    "<|end|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<EOT>",
    "<｜end▁of▁sentence｜>",
];

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Normal,
    /// What cannot be written otherwise.
    Unknown,
    /// Turns, beginnings and ends: no text.
    Control,
    /// Text that is always one token.
    UserDefined,
    /// A number without a token.
    Unused,
    /// A byte, written `<0x0A>`.
    Byte,
}

/// All tokens, by id.
pub struct Vocabulary<'a> {
    /// How each is written.
    pub texts: Vec<Cow<'a, str>>,
    /// What each is for.
    pub kinds: Vec<Kind>,
    ids: HashMap<Cow<'a, str>, usize>,
}

impl<'a> Vocabulary<'a> {
    /// The file's tokens. `rename` may give a token another text.
    pub fn read(
        metadata: &'a Metadata,
        rename: impl Fn(&'a str, Kind) -> Cow<'a, str>,
    ) -> Result<Vocabulary<'a>, EngineError> {
        let list = metadata.texts(TOKENS)?;
        let list = list.ok_or_else(|| metadata.wrong(TOKENS, "is missing"))?;
        if list.len() > TOKENS_MAX {
            let why = format!("{} tokens; at most {TOKENS_MAX} are supported", list.len());
            return Err(metadata.wrong(TOKENS, why));
        }
        let kinds = kinds(metadata, list.len())?;
        let mut texts = Vec::with_capacity(list.len());
        let mut ids = HashMap::with_capacity(list.len());
        for (id, kind) in kinds.iter().enumerate() {
            let text = str::from_utf8(list.get(id).unwrap_or_default());
            let text = text.map_err(|_| metadata.wrong(TOKENS, format!("{id} is not UTF-8")))?;
            let text = match text {
                "" => Cow::Owned(format!("[EMPTY_{id}]")),
                text => rename(text, *kind),
            };
            if let Some(first) = ids.insert(text.clone(), id) {
                let why = format!("{first} and {id} are the same, {text:?}");
                return Err(metadata.wrong(TOKENS, why));
            }
            texts.push(text);
        }
        Ok(Vocabulary { texts, kinds, ids })
    }

    /// The id of the token written `text`.
    pub fn id(&self, text: &str) -> Option<usize> {
        self.ids.get(text).copied()
    }

    /// The text of the token whose id is at `key`.
    pub fn named(&self, metadata: &Metadata, key: &str) -> Result<Option<&str>, EngineError> {
        let default = match (key, metadata.text("tokenizer.ggml.model")?) {
            (BOS, Some("llama")) => Some(1),
            (EOS, Some("llama")) => Some(2),
            _ => None,
        };
        let Some(id) = metadata.count(key)?.or(default) else {
            return Ok(None);
        };
        let text = usize::try_from(id).ok().and_then(|id| self.texts.get(id));
        match text {
            Some(text) => Ok(Some(text)),
            None => {
                let why = format!("there is no token {id}, only {}", self.texts.len());
                Err(metadata.wrong(key, why))
            }
        }
    }
}

/// The key of the token that begins a text.
pub const BOS: &str = "tokenizer.ggml.bos_token_id";
/// The key of the token that ends a text.
pub const EOS: &str = "tokenizer.ggml.eos_token_id";

/// The tokens' scores, which SentencePiece merges by.
pub fn scores(metadata: &Metadata, count: usize) -> Result<Vec<f64>, EngineError> {
    let scores = metadata.numbers(SCORES)?;
    let scores = scores.ok_or_else(|| metadata.wrong(SCORES, "is missing"))?;
    if scores.len() != count {
        let why = format!("has {} scores for {count} tokens", scores.len());
        return Err(metadata.wrong(SCORES, why));
    }
    match scores.iter().all(|s| s.is_finite()) {
        true => Ok(scores),
        false => Err(metadata.wrong(SCORES, "holds a number that is not finite")),
    }
}

/// The ids of tokens that end a turn.
pub fn ends_of_turn(metadata: &Metadata) -> Result<Vec<u64>, EngineError> {
    let mut ids = Vec::new();
    for key in [
        EOS,
        "tokenizer.ggml.eot_token_id",
        "tokenizer.ggml.eom_token_id",
    ] {
        ids.extend(metadata.count(key)?);
    }
    if let Some(list) = metadata.texts(TOKENS)? {
        let is_end = |id: &usize| {
            let text = list.get(*id).unwrap_or_default();
            END_TEXTS.iter().any(|end| end.as_bytes() == text)
        };
        ids.extend((0..list.len()).filter(is_end).map(|id| id as u64));
    }
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

fn kinds(metadata: &Metadata, count: usize) -> Result<Vec<Kind>, EngineError> {
    let mut kinds = match metadata.numbers(TYPES)? {
        None => vec![Kind::Normal; count],
        Some(types) if types.len() == count => types.into_iter().map(kind).collect(),
        Some(types) => {
            let why = format!("has {} types for {count} tokens", types.len());
            return Err(metadata.wrong(TYPES, why));
        }
    };
    // Some converters call these text; shown on screen they are not.
    for id in ends_of_turn(metadata)?
        .into_iter()
        .chain(metadata.count(BOS)?)
    {
        let kind = usize::try_from(id).ok().and_then(|id| kinds.get_mut(id));
        if let Some(kind @ (Kind::Normal | Kind::UserDefined)) = kind {
            *kind = Kind::Control;
        }
    }
    Ok(kinds)
}

/// By the numbers of SentencePiece.
fn kind(number: f64) -> Kind {
    match number as i64 {
        2 => Kind::Unknown,
        3 => Kind::Control,
        4 => Kind::UserDefined,
        5 => Kind::Unused,
        6 => Kind::Byte,
        _ => Kind::Normal,
    }
}
