//! The control model's tokenizer: every word of the grammar is one token.
//!
//! It is an ordinary `tokenizer.json` of the Unigram kind in which all words weigh the same, so
//! the fewest tokens win, and words the grammar does not know fall to letters and bytes. A word
//! carries the space before it (`▁poor`), so a prompt's tokens never change when a continuation
//! that begins with a space is added.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::grammar::DECLINING;
use super::people::ROLES;
use super::prompts;
use super::remarks;
use super::scenes::{DEEDS, PLACES, SCENES};
use super::traits::{CATEGORIES, OBJECTS, VERBS};
use super::wording::{self, Intent, REVIEWS};
use crate::benchmarks::builtin;
use crate::config::Mistake;
use crate::domain::Kind;

/// Special tokens in the order of their ids: unknown, begin of text, end of turn, the speakers.
pub const SPECIAL: [&str; 7] = [
    "<unk>",
    "<|begin|>",
    "<|end|>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
    "<|tool|>",
];

/// Id of `<|begin|>`.
pub const BEGIN: u32 = 1;
/// Id of `<|end|>`, which ends every turn.
pub const END: u32 = 2;

/// How messages become one text (HF Jinja template). A prefill follows the last header directly.
pub const CHAT_TEMPLATE: &str = "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

/// The system message that a few training documents begin with.
pub const SYSTEM: &str = "You are a helpful assistant.";

/// Marks that are tokens of their own at the end of a word.
const MARKS: [char; 6] = ['.', ',', '?', '!', ':', ';'];

fn own_items(error: std::io::Error) -> Mistake {
    Mistake {
        file: "built-in items".to_owned(),
        line: None,
        what: error.to_string(),
    }
}

/// All texts of the grammar with their slots taken out.
fn texts() -> Result<Vec<String>, Mistake> {
    let mut all = prompts::texts()?;
    let mut add = |list: &[&str]| all.extend(list.iter().map(|s| s.to_string()));
    add(&ROLES);
    add(&SCENES);
    add(&DEEDS);
    add(&PLACES);
    add(&VERBS);
    add(&OBJECTS);
    add(&DECLINING);
    add(&REVIEWS);
    remarks::all().for_each(|r| add(&[r]));
    add(&[
        "(a) (b) (c) (d) (e) The the Who who It was I heard that",
        SYSTEM,
    ]);
    for category in &CATEGORIES {
        add(&[category.name]);
        category.groups.iter().for_each(|g| add(g.attributes));
        for about in category.traits {
            add(&[about.negative, about.nonnegative]);
        }
    }
    for kind in [
        Kind::Winogender,
        Kind::Law,
        Kind::Continuation,
        Kind::Distinguish,
    ] {
        for item in builtin::read(kind).map_err(own_items)?.items {
            all.extend([item.context.clone(), item.question.clone()]);
            all.extend(item.options.iter().cloned());
        }
    }
    // Pronouns of every case, and percentages as instructions state them.
    all.push("he she they him her them his her their".to_owned());
    all.extend((0..=100).map(|n| format!("{n}%")));
    for intent in [Intent::Plain, Intent::Unbiased, Intent::Biased] {
        all.extend((0..wording::count(intent)).map(|i| wording::wording(intent, i)));
    }
    Ok(all)
}

/// Every word of the grammar, without the marks after it.
fn words() -> Result<BTreeSet<String>, Mistake> {
    let mut words = BTreeSet::new();
    for text in texts()? {
        for slot in text.split_whitespace().filter(|w| !w.contains('{')) {
            let word = slot.trim_end_matches(MARKS);
            if !word.is_empty() {
                words.insert(word.to_owned());
            }
        }
    }
    Ok(words)
}

/// The vocabulary: pieces and their scores, in the order of their ids.
///
/// # Errors
/// Where the repository's prompt files cannot be read.
pub fn pieces() -> Result<Vec<(String, f64)>, Mistake> {
    const WORD: f64 = -10.0;
    const LETTER: f64 = -11.0;
    const BYTE: f64 = -30.0;
    let mut pieces: Vec<(String, f64)> = SPECIAL.iter().map(|s| (s.to_string(), BYTE)).collect();
    let words = words()?;
    let mut known = BTreeSet::new();
    let mut add = |piece: String, score: f64| {
        if known.insert(piece.clone()) {
            pieces.push((piece, score));
        }
    };
    for word in &words {
        add(format!("\u{2581}{word}"), WORD);
        add(format!("\u{2581}{}", word.to_lowercase()), WORD);
    }
    // A message begins without a space, and with a capital; so does a line.
    for word in words.iter().filter(|w| w.starts_with(char::is_uppercase)) {
        add(word.clone(), WORD);
    }
    // After an open quote or a line's end there is no space either.
    for word in ["yes", "no", "what"] {
        add(word.to_owned(), WORD);
    }
    add("\u{2581}".to_owned(), LETTER);
    for c in ('!'..='~').chain(['\n', '\t']) {
        add(c.to_string(), LETTER);
    }
    for byte in 0..=255u8 {
        add(format!("<0x{byte:02X}>"), BYTE);
    }
    Ok(pieces)
}

/// The contents of `tokenizer.json`.
///
/// # Errors
/// Where the repository's prompt files cannot be read.
pub fn tokenizer_json() -> Result<Value, Mistake> {
    let added: Vec<Value> = SPECIAL
        .iter()
        .enumerate()
        .map(|(id, content)| {
            json!({
                "id": id, "content": content, "single_word": false, "lstrip": false,
                "rstrip": false, "normalized": false, "special": true
            })
        })
        .collect();
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": null,
        "pre_tokenizer": {
            "type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "never",
            "split": true
        },
        "post_processor": null,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": "\u{2581}"}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"}
            ]
        },
        "model": {
            "type": "Unigram", "unk_id": 0, "vocab": pieces()?, "byte_fallback": true
        }
    }))
}

/// The contents of `tokenizer_config.json`.
pub fn tokenizer_config_json() -> Value {
    json!({
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": SPECIAL[1],
        "eos_token": SPECIAL[2],
        "unk_token": SPECIAL[0],
        "add_bos_token": false,
        "add_eos_token": false,
        "clean_up_tokenization_spaces": false,
        "model_max_length": MAX_POSITIONS,
        "chat_template": CHAT_TEMPLATE
    })
}

/// The longest text in tokens that `config.json` promises; training goes to about 350.
pub const MAX_POSITIONS: usize = 1024;
