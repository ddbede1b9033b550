//! Byte-level tokens with merges (`tokenizer.ggml.model` = `gpt2`) as a `tokenizer.json`.
//!
//! Normal tokens are written in GPT-2's printable stand-ins for bytes, control and user-defined ones as
//! they are, and merges as two texts with a space between: as in the files they were converted from.

use std::borrow::Cow;

use serde_json::json;

use super::family::Family;
use super::splits::Splits;
use super::tokenizer::{HINT, Merges, Recipe, wrong};
use super::value::Texts;
use super::vocabulary::Vocabulary;
use super::{Gguf, metadata::Metadata};
use crate::engine::EngineError;

const PRE: &str = "tokenizer.ggml.pre";
const MERGES: &str = "tokenizer.ggml.merges";

/// What the `tokenizer.json` is made of.
pub fn recipe(gguf: &Gguf) -> Result<Recipe<'_>, EngineError> {
    let metadata = &gguf.header.metadata;
    let name = match (metadata.text(PRE)?, gguf.family) {
        (Some(name), _) => name,
        // GPT-2 itself has only one way.
        (None, Family::Gpt2) => "gpt-2",
        (None, _) => {
            let why = format!("the file does not say how to cut words ({PRE} is missing); {HINT}");
            return Err(wrong(metadata, why));
        }
    };
    let splits = Splits::of(name).ok_or_else(|| {
        let known = Splits::known();
        let why = format!("{PRE} {name:?} is not known; {HINT} (known: {known})");
        wrong(metadata, why)
    })?;
    let vocabulary = Vocabulary::read(metadata, |text, _| Cow::Borrowed(text))?;
    Ok(Recipe {
        merges: merges(metadata)?,
        vocabulary,
        normalizer: splits.normalizer(),
        pre_tokenizer: splits.pre_tokenizer(),
        decoder: json!({
            "type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true,
        }),
        unknown: None,
        byte_fallback: false,
        ignore_merges: splits.ignore_merges,
        add_bos: splits.add_bos,
        strips: false,
    })
}

/// The merges, every one checked.
fn merges(metadata: &Metadata) -> Result<Merges<'_>, EngineError> {
    let list = metadata.texts(MERGES)?;
    let list = list.ok_or_else(|| metadata.wrong(MERGES, "is missing"))?;
    match (0..list.len()).find(|i| pair(list, *i).is_none()) {
        None => Ok(Merges::Written(list)),
        Some(i) => {
            let why = format!("{i} must be two texts with a space between");
            Err(metadata.wrong(MERGES, why))
        }
    }
}

/// The two texts of the `i`-th merge.
pub fn pair(list: &Texts, i: usize) -> Option<(&str, &str)> {
    let text = str::from_utf8(list.get(i)?).ok()?;
    let pair = text.split_once(' ');
    pair.filter(|(left, right)| !left.is_empty() && !right.is_empty())
}
