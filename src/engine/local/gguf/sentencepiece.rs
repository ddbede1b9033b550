//! SentencePiece tokens with scores (`tokenizer.ggml.model` = `llama`) as a `tokenizer.json`.
//!
//! SentencePiece merges, again and again, the neighbours whose union has the best score, the leftmost
//! first. As a list of merges, that is every way to cut a token in two tokens, best score first; this is
//! also how Hugging Face converts these models, and the order of equal scores is taken from there.
//! Control, unknown and byte tokens never come out of a merge, and user-defined ones are found before.

use std::borrow::Cow;

use serde_json::json;

use super::Gguf;
use super::family::Family;
use super::metadata::Metadata;
use super::tokenizer::{HINT, Merges, Recipe, wrong};
use super::vocabulary::{Kind, Vocabulary, scores};
use crate::engine::EngineError;

/// What stands for a space.
const SPACE: char = '▁';

/// SentencePiece's own limit is 16 characters where nobody raises it. Looking for the ways to make a token
/// takes time by the square of its length.
const TOKEN_MAX_BYTES: usize = 512;

/// Gemma, with the most published tokens, has 600,000.
const MERGES_MAX: usize = 1 << 21;

/// What the `tokenizer.json` is made of.
pub fn recipe(gguf: &Gguf) -> Result<Recipe<'_>, EngineError> {
    let metadata = &gguf.header.metadata;
    // User-defined tokens are looked for before spaces are replaced.
    let rename = |text, kind| match kind {
        Kind::UserDefined => Cow::Owned(str::replace(text, SPACE, " ")),
        _ => Cow::Borrowed(text),
    };
    let vocabulary = Vocabulary::read(metadata, rename)?;
    let scores = scores(metadata, vocabulary.texts.len())?;
    let bytes = (0..=u8::MAX).all(|b| vocabulary.id(&format!("<0x{b:02X}>")).is_some());
    let unknown = vocabulary.kinds.iter().position(|k| *k == Kind::Unknown);
    let unknown = unknown.map(|id| vocabulary.texts[id].to_string());
    if !bytes && unknown.is_none() {
        let why =
            format!("there are neither tokens for all bytes nor one for what is unknown; {HINT}");
        return Err(wrong(metadata, why));
    }
    let key = "tokenizer.ggml.add_space_prefix";
    let prefix = metadata.flag(key)?.unwrap_or(true);
    let space = SPACE.to_string();
    let mut normalizers = vec![];
    let mut decoders = vec![
        json!({"type": "Replace", "pattern": {"String": space}, "content": " "}),
        json!({"type": "ByteFallback"}),
        json!({"type": "Fuse"}),
    ];
    if prefix {
        normalizers.push(json!({"type": "Prepend", "prepend": space}));
        decoders.push(json!({"type": "Strip", "content": " ", "start": 1, "stop": 0}));
    }
    normalizers.push(json!({"type": "Replace", "pattern": {"String": " "}, "content": space}));
    Ok(Recipe {
        merges: merges(metadata, &vocabulary, &scores)?,
        vocabulary,
        normalizer: json!({"type": "Sequence", "normalizers": normalizers}),
        pre_tokenizer: serde_json::Value::Null,
        decoder: json!({"type": "Sequence", "decoders": decoders}),
        unknown,
        byte_fallback: bytes,
        ignore_merges: false,
        add_bos: true,
        // Phi-3's do; nothing in the file says so.
        strips: gguf.family == Family::Phi3,
    })
}

/// A way to make a token of two.
struct Way {
    token: u32,
    /// Byte at which the token is cut.
    at: u32,
    left_chars: u32,
    right_chars: u32,
}

fn merges(
    metadata: &Metadata,
    vocabulary: &Vocabulary<'_>,
    scores: &[f64],
) -> Result<Merges<'static>, EngineError> {
    let is_part = |text: &str| {
        let id = vocabulary.id(text);
        id.filter(|id| matches!(vocabulary.kinds[*id], Kind::Normal | Kind::Unused))
    };
    let mut all: Vec<Way> = Vec::new();
    for (token, text) in vocabulary.texts.iter().enumerate() {
        if vocabulary.kinds[token] != Kind::Normal {
            continue;
        }
        if text.len() > TOKEN_MAX_BYTES {
            let why = format!("token {token} is longer than {TOKEN_MAX_BYTES} bytes; {HINT}");
            return Err(wrong(metadata, why));
        }
        let chars = text.chars().count();
        let cuts = text.char_indices().skip(1).enumerate();
        let mut ways: Vec<(usize, usize, Way)> = cuts
            .filter_map(|(i, (at, _))| {
                let (left, right) = (is_part(&text[..at])?, is_part(&text[at..])?);
                let way = Way {
                    token: token as u32,
                    at: at as u32,
                    left_chars: i as u32 + 1,
                    right_chars: (chars - i) as u32 - 1,
                };
                Some((left, right, way))
            })
            .collect();
        ways.sort_by_key(|(left, right, _)| (*left, *right));
        all.extend(ways.into_iter().map(|(_, _, way)| way));
        if all.len() > MERGES_MAX {
            let why = format!("its tokens need more than {MERGES_MAX} merges; {HINT}");
            return Err(wrong(metadata, why));
        }
    }
    all.sort_by(|a, b| {
        let by_score = scores[b.token as usize].total_cmp(&scores[a.token as usize]);
        let by_left = b.left_chars.cmp(&a.left_chars);
        by_score
            .then(by_left)
            .then(b.right_chars.cmp(&a.right_chars))
    });
    Ok(Merges::Cuts(
        all.iter().map(|way| (way.token, way.at)).collect(),
    ))
}
