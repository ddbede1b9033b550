//! The files of a Hugging Face tokenizer, written from a GGUF's metadata.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::Serializer;
use serde_json::{Value, json};

use super::metadata::Metadata;
use super::value::Texts;
use super::vocabulary::{BOS, EOS, Kind, Vocabulary};
use super::{Gguf, byte_pairs, sentencepiece};
use crate::engine::EngineError;

/// The way out of every error here.
pub const HINT: &str = "put the model's tokenizer.json beside the file";

const MODEL: &str = "tokenizer.ggml.model";
const CHAT_TEMPLATE: &str = "tokenizer.chat_template";
const WHOLE: &str = "tokenizer.huggingface.json";

/// Pairs of texts that become one, first come first.
pub enum Merges<'a> {
    /// As the file has them, with a space between.
    Written(&'a Texts),
    /// Tokens, each cut in two at a byte.
    Cuts(Vec<(u32, u32)>),
}

/// What makes one kind of tokenizer different from another.
pub struct Recipe<'a> {
    /// The tokens.
    pub vocabulary: Vocabulary<'a>,
    /// What becomes of neighbours.
    pub merges: Merges<'a>,
    /// As in the file.
    pub normalizer: Value,
    /// As in the file.
    pub pre_tokenizer: Value,
    /// As in the file.
    pub decoder: Value,
    /// The token of what cannot be written.
    pub unknown: Option<String>,
    /// What has no token is written in bytes.
    pub byte_fallback: bool,
    /// A word that is a token is never taken apart.
    pub ignore_merges: bool,
    /// A text begins with the beginning's token, where the file does not say.
    pub add_bos: bool,
    /// Marks take the white space after them away.
    pub strips: bool,
}

/// Marks that never do.
const STRIPS_NOT: [&str; 3] = ["<unk>", "<s>", "<|endoftext|>"];

/// An error about the tokenizer.
pub fn wrong(metadata: &Metadata, why: String) -> EngineError {
    EngineError::Tokenizer {
        file: metadata.file().to_owned(),
        why,
    }
}

/// The bytes of the `tokenizer.json`.
pub fn tokenizer(gguf: &Gguf) -> Result<Vec<u8>, EngineError> {
    let metadata = &gguf.header.metadata;
    if let Some(whole) = metadata.text(WHOLE)? {
        return Ok(whole.as_bytes().to_vec());
    }
    let recipe = match metadata.text(MODEL)? {
        Some("gpt2") => byte_pairs::recipe(gguf)?,
        Some("llama") => sentencepiece::recipe(gguf)?,
        other => {
            let kind = other.unwrap_or("(none)");
            let why = format!("{MODEL} {kind:?} is not supported (gpt2 and llama are); {HINT}");
            return Err(wrong(metadata, why));
        }
    };
    let file = File {
        version: "1.0",
        truncation: (),
        padding: (),
        added_tokens: added(&recipe),
        post_processor: post_processor(metadata, &recipe)?,
        normalizer: &recipe.normalizer,
        pre_tokenizer: &recipe.pre_tokenizer,
        decoder: &recipe.decoder,
        model: Model {
            kind: "BPE",
            dropout: (),
            unk_token: recipe.unknown.as_deref(),
            continuing_subword_prefix: (),
            end_of_word_suffix: (),
            fuse_unk: recipe.byte_fallback,
            byte_fallback: recipe.byte_fallback,
            ignore_merges: recipe.ignore_merges,
            vocab: Ids(&recipe.vocabulary.texts),
            merges: Pairs(&recipe.merges, &recipe.vocabulary.texts),
        },
    };
    serde_json::to_vec(&file).map_err(|e| wrong(metadata, e.to_string()))
}

/// The value of the `tokenizer_config.json`.
pub fn settings(gguf: &Gguf) -> Result<Value, EngineError> {
    let metadata = &gguf.header.metadata;
    let mut settings = json!({});
    if metadata.get("tokenizer.ggml.tokens").is_some() {
        let vocabulary = Vocabulary::read(metadata, |text, _| Cow::Borrowed(text))?;
        for (name, key) in [("bos_token", BOS), ("eos_token", EOS)] {
            if let Some(text) = vocabulary.named(metadata, key)? {
                settings[name] = json!(text);
            }
        }
    }
    if let Some(template) = metadata.text(CHAT_TEMPLATE)? {
        settings["chat_template"] = json!(template);
    }
    Ok(settings)
}

/// Tokens that are found in a text before anything else is done to it.
fn added<'a>(recipe: &'a Recipe<'_>) -> Vec<Added<'a>> {
    let vocabulary = &recipe.vocabulary;
    let tokens = vocabulary.texts.iter().zip(&vocabulary.kinds).enumerate();
    tokens
        .filter_map(|(id, (content, kind))| {
            let special = match kind {
                Kind::Control | Kind::Unknown => true,
                Kind::UserDefined => false,
                Kind::Normal | Kind::Unused | Kind::Byte => return None,
            };
            Some(Added {
                id,
                content,
                single_word: false,
                lstrip: false,
                rstrip: recipe.strips && !STRIPS_NOT.contains(&content.as_ref()),
                normalized: false,
                special,
            })
        })
        .collect()
}

/// Puts the beginning's and the end's tokens around a text.
fn post_processor(metadata: &Metadata, recipe: &Recipe<'_>) -> Result<Value, EngineError> {
    let wanted = |add: &str, default: bool, key: &str| {
        if !metadata.flag(add)?.unwrap_or(default) {
            return Ok(None);
        }
        match recipe.vocabulary.named(metadata, key)? {
            Some(text) => Ok(Some(text)),
            None => Err(metadata.wrong(key, format!("is missing, and {add} asks for it"))),
        }
    };
    let bos = wanted("tokenizer.ggml.add_bos_token", recipe.add_bos, BOS)?;
    let eos = wanted("tokenizer.ggml.add_eos_token", false, EOS)?;
    let special = |text: &str, part: usize| json!({"SpecialToken": {"id": text, "type_id": part}});
    let sequence = |name: &str, part: usize| json!({"Sequence": {"id": name, "type_id": part}});
    let around = |name: &str, part: usize| {
        let before = bos.map(|text| special(text, part));
        let after = eos.map(|text| special(text, part));
        before
            .into_iter()
            .chain([sequence(name, part)])
            .chain(after)
    };
    let mut tokens = json!({});
    for text in bos.into_iter().chain(eos) {
        let id = recipe.vocabulary.id(text);
        tokens[text] = json!({"id": text, "ids": [id], "tokens": [text]});
    }
    if bos.is_none() && eos.is_none() {
        return Ok(Value::Null);
    }
    let single: Vec<Value> = around("A", 0).collect();
    let pair: Vec<Value> = around("A", 0).chain(around("B", 1)).collect();
    Ok(json!({
        "type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": tokens,
    }))
}

/// Written as it goes: as a tree of values, 256,000 tokens would take a hundred megabytes.
#[derive(Serialize)]
struct File<'a> {
    version: &'static str,
    truncation: (),
    padding: (),
    added_tokens: Vec<Added<'a>>,
    normalizer: &'a Value,
    pre_tokenizer: &'a Value,
    post_processor: Value,
    decoder: &'a Value,
    model: Model<'a>,
}

#[derive(Serialize)]
struct Added<'a> {
    id: usize,
    content: &'a str,
    single_word: bool,
    lstrip: bool,
    rstrip: bool,
    normalized: bool,
    special: bool,
}

#[derive(Serialize)]
struct Model<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    dropout: (),
    unk_token: Option<&'a str>,
    continuing_subword_prefix: (),
    end_of_word_suffix: (),
    fuse_unk: bool,
    byte_fallback: bool,
    ignore_merges: bool,
    vocab: Ids<'a>,
    merges: Pairs<'a>,
}

/// Texts by id, written as ids by text.
struct Ids<'a>(&'a [Cow<'a, str>]);

impl Serialize for Ids<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().enumerate().map(|(id, text)| (text, id)))
    }
}

/// Merges of tokens with these texts, written as pairs of texts.
struct Pairs<'a>(&'a Merges<'a>, &'a [Cow<'a, str>]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Merges::Written(list) => {
                serializer.collect_seq((0..list.len()).filter_map(|i| byte_pairs::pair(list, i)))
            }
            Merges::Cuts(cuts) => serializer.collect_seq(
                cuts.iter()
                    .map(|(token, at)| self.1[*token as usize].split_at(*at as usize)),
            ),
        }
    }
}
