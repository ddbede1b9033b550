//! The files of a Hugging Face tokenizer, written from a GGUF's metadata.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::Serializer;
use serde_json::{Value, json};

use super::metadata::Metadata;
use super::vocabulary::{BOS, EOS, Kind, Vocabulary};
use super::{Gguf, byte_pairs, sentencepiece};
use crate::engine::EngineError;

/// The way out of every error here.
pub const HINT: &str = "put the model's tokenizer.json beside the file";

const MODEL: &str = "tokenizer.ggml.model";
const CHAT_TEMPLATE: &str = "tokenizer.chat_template";
const WHOLE: &str = "tokenizer.huggingface.json";

/// Two texts that become one.
pub type Merge<'a> = (Cow<'a, str>, Cow<'a, str>);

/// What makes one kind of tokenizer different from another.
pub struct Recipe<'a> {
    /// The tokens.
    pub vocabulary: Vocabulary<'a>,
    /// Pairs that become one, first come first.
    pub merges: Vec<Merge<'a>>,
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
        normalizer: recipe.normalizer,
        pre_tokenizer: recipe.pre_tokenizer,
        decoder: recipe.decoder,
        model: Model {
            kind: "BPE",
            dropout: (),
            unk_token: recipe.unknown,
            continuing_subword_prefix: (),
            end_of_word_suffix: (),
            fuse_unk: recipe.byte_fallback,
            byte_fallback: recipe.byte_fallback,
            ignore_merges: recipe.ignore_merges,
            vocab: Ids(&recipe.vocabulary.texts),
            merges: &recipe.merges,
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
fn added(recipe: &Recipe<'_>) -> Vec<Value> {
    let vocabulary = &recipe.vocabulary;
    let tokens = vocabulary.texts.iter().zip(&vocabulary.kinds).enumerate();
    tokens
        .filter_map(|(id, (text, kind))| {
            let special = match kind {
                Kind::Control | Kind::Unknown => true,
                Kind::UserDefined => false,
                Kind::Normal | Kind::Unused | Kind::Byte => return None,
            };
            Some(json!({
                "id": id, "content": text, "special": special, "single_word": false,
                "lstrip": false, "rstrip": recipe.strips && !STRIPS_NOT.contains(&text.as_ref()),
                "normalized": false,
            }))
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
    added_tokens: Vec<Value>,
    normalizer: Value,
    pre_tokenizer: Value,
    post_processor: Value,
    decoder: Value,
    model: Model<'a>,
}

#[derive(Serialize)]
struct Model<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    dropout: (),
    unk_token: Option<String>,
    continuing_subword_prefix: (),
    end_of_word_suffix: (),
    fuse_unk: bool,
    byte_fallback: bool,
    ignore_merges: bool,
    #[serde(serialize_with = "ids")]
    vocab: Ids<'a>,
    merges: &'a [Merge<'a>],
}

/// Texts by id, written as ids by text.
struct Ids<'a>(&'a [Cow<'a, str>]);

fn ids<S: Serializer>(ids: &Ids<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(ids.0.iter().enumerate().map(|(id, text)| (text, id)))
}
