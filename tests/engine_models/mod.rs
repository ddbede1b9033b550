//! Tiny models and tokenizers, made when a test needs them.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, missing_docs)]

pub mod families;
pub mod plain;

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use serde_json::{Value, json};

pub const TEMPLATE: &str = "{{ bos_token }}{% for m in messages %}<|{{ m.role }}|> {{ m.content }}\
    {% if m.role == 'assistant' %}{{ eos_token }}{% endif %}\n{% endfor %}\
    {% if add_generation_prompt %}<|assistant|>{% endif %}";

/// The sizes of a random model.
#[derive(Clone, Copy)]
pub struct Size {
    pub hidden: usize,
    pub layers: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub inner: usize,
    pub vocab: usize,
    pub context: usize,
}

pub const TINY: Size = Size {
    hidden: 32,
    layers: 2,
    heads: 4,
    kv_heads: 2,
    inner: 48,
    vocab: 400,
    context: 512,
};

/// The size of a control model.
pub const SMALL: Size = Size {
    hidden: 128,
    layers: 4,
    heads: 4,
    kv_heads: 4,
    inner: 352,
    vocab: 1300,
    context: 1024,
};

pub fn config(size: Size) -> Value {
    json!({
        "model_type": "llama", "hidden_size": size.hidden, "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads, "num_key_value_heads": size.kv_heads,
        "intermediate_size": size.inner, "vocab_size": size.vocab,
        "max_position_embeddings": size.context, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "tie_word_embeddings": true, "hidden_act": "silu", "bos_token_id": 1, "eos_token_id": 2,
    })
}

/// Deterministic noise in [-1, 1).
pub fn noise(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2654435761).wrapping_add(12345);
    let mut next = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..n).map(|_| next()).collect()
}

pub fn tensors(size: Size) -> HashMap<String, Tensor> {
    let dim = size.hidden / size.heads;
    let (q, kv) = (size.hidden, size.kv_heads * dim);
    let mut all = HashMap::new();
    let mut add = |name: String, shape: &[usize], scale: f32| {
        let n = shape.iter().product();
        let values: Vec<f32> = match shape.len() {
            1 => noise(n, name.len() as u64)
                .iter()
                .map(|x| 1.0 + 0.1 * x)
                .collect(),
            _ => {
                let seed = name
                    .bytes()
                    .fold(7u64, |h, b| h.wrapping_mul(31) + u64::from(b));
                noise(n, seed).iter().map(|x| x * scale).collect()
            }
        };
        all.insert(name, Tensor::from_vec(values, shape, &Device::Cpu).unwrap());
    };
    let by = |n: usize| 1.7 / (n as f32).sqrt();
    add(
        "model.embed_tokens.weight".into(),
        &[size.vocab, size.hidden],
        0.6,
    );
    add("model.norm.weight".into(), &[size.hidden], 1.0);
    for i in 0..size.layers {
        let name = |rest: &str| format!("model.layers.{i}.{rest}.weight");
        add(name("self_attn.q_proj"), &[q, size.hidden], by(size.hidden));
        add(
            name("self_attn.k_proj"),
            &[kv, size.hidden],
            by(size.hidden),
        );
        add(
            name("self_attn.v_proj"),
            &[kv, size.hidden],
            by(size.hidden),
        );
        add(name("self_attn.o_proj"), &[size.hidden, q], by(q));
        add(
            name("mlp.gate_proj"),
            &[size.inner, size.hidden],
            by(size.hidden),
        );
        add(
            name("mlp.up_proj"),
            &[size.inner, size.hidden],
            by(size.hidden),
        );
        add(
            name("mlp.down_proj"),
            &[size.hidden, size.inner],
            by(size.inner),
        );
        add(name("input_layernorm"), &[size.hidden], 1.0);
        add(name("post_attention_layernorm"), &[size.hidden], 1.0);
    }
    all
}

fn special(id: usize, text: &str) -> Value {
    json!({"id": id, "content": text, "special": true, "single_word": false, "lstrip": false,
        "rstrip": false, "normalized": false})
}

const SPECIAL: [&str; 6] = [
    "<unk>",
    "<s>",
    "</s>",
    "<|system|>",
    "<|user|>",
    "<|assistant|>",
];

const WORDS: &str = "the The answer is a b c cook pilot who was late Review your previous Human \
    Assistant : ( ) . , ? not known Please ensure that option e t o n i s r h l d u";

/// Unigram with byte fallback, spaces as ▁: what the control model uses.
pub fn unigram() -> Value {
    let mut vocab: Vec<(String, f64)> = SPECIAL.iter().map(|s| ((*s).into(), 0.0)).collect();
    vocab.extend((0..=255).map(|b| (format!("<0x{b:02X}>"), -20.0)));
    vocab.push(("▁".into(), -5.0));
    for word in WORDS.split_whitespace() {
        for piece in [word.to_owned(), format!("▁{word}")] {
            if !vocab.iter().any(|(w, _)| *w == piece) {
                let score = -8.0 + 0.3 * piece.chars().count() as f64;
                vocab.push((piece, score));
            }
        }
    }
    vocab.push((".▁The".into(), -3.0));
    let added: Vec<Value> = SPECIAL
        .iter()
        .enumerate()
        .map(|(i, s)| special(i, s))
        .collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": null,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": false},
        "post_processor": null,
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
            {"type": "ByteFallback"}, {"type": "Fuse"}]},
        "model": {"type": "Unigram", "unk_id": 0, "vocab": vocab, "byte_fallback": true},
    })
}

/// Byte-level BPE without merges but one; every byte is a token.
pub fn byte_level() -> Value {
    // GPT-2's table of printable stand-ins for bytes.
    let mut vocab = serde_json::Map::new();
    let mut next = 256;
    let mut names = Vec::new();
    for b in 0u32..256 {
        let keeps = (33..=126).contains(&b) || (161..=172).contains(&b) || (174..=255).contains(&b);
        let c = if keeps { b } else { next };
        next += u32::from(!keeps);
        names.push(char::from_u32(c).unwrap().to_string());
    }
    for name in names {
        let id = vocab.len();
        vocab.insert(name, json!(id));
    }
    vocab.insert("Ġt".into(), json!(256));
    vocab.insert("Ġth".into(), json!(257));
    for (i, s) in SPECIAL.iter().enumerate() {
        vocab.insert((*s).into(), json!(258 + i));
    }
    let added: Vec<Value> = SPECIAL
        .iter()
        .enumerate()
        .map(|(i, s)| special(258 + i, s))
        .collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added,
        "normalizer": null,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        "post_processor": null,
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
            "vocab": vocab, "merges": [["Ġ", "t"], ["Ġt", "h"]]},
    })
}

/// SentencePiece BPE as Llama 2 has it: a space put before the text and taken away again.
pub fn sentencepiece() -> Value {
    let mut tokenizer = unigram();
    tokenizer["pre_tokenizer"] =
        json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false});
    tokenizer["decoder"]["decoders"]
        .as_array_mut()
        .unwrap()
        .push(json!({"type": "Strip", "content": " ", "start": 1, "stop": 0}));
    tokenizer
}

/// Writes a whole model folder.
pub fn write(folder: &Path, size: Size, tokenizer: &Value, template: Option<&str>) {
    let save = |name: &str, value: &Value| {
        std::fs::write(folder.join(name), serde_json::to_vec(value).unwrap()).unwrap();
    };
    save("config.json", &config(size));
    save("tokenizer.json", tokenizer);
    let mut settings = json!({"bos_token": "<s>", "eos_token": {"content": "</s>"}});
    if let Some(template) = template {
        settings["chat_template"] = json!(template);
    }
    save("tokenizer_config.json", &settings);
    candle_core::safetensors::save(&tensors(size), folder.join("model.safetensors")).unwrap();
}

/// The same tensors in another number format.
pub fn as_type(size: Size, kind: DType) -> HashMap<String, Tensor> {
    tensors(size)
        .into_iter()
        .map(|(n, t)| (n, t.to_dtype(kind).unwrap()))
        .collect()
}
