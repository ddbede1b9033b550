//! A whole model, as small as they get.

use std::collections::HashMap;

use candle_core::{Device, Tensor};
use serde_json::json;

use super::convert::convert;
use super::{Q8_0, Writer};

/// Every kind of value, tensor and token.
pub fn seed() -> Writer {
    let config = json!({
        "model_type": "llama", "hidden_size": 32, "num_hidden_layers": 1,
        "num_attention_heads": 2, "num_key_value_heads": 1, "intermediate_size": 32,
        "vocab_size": 12, "max_position_embeddings": 64, "rms_norm_eps": 1e-5,
        "rope_parameters": {"rope_theta": 1e4, "rope_type": "llama3", "factor": 4.0,
            "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 16},
        "bos_token_id": 1, "eos_token_id": 2,
    });
    let mut tensors = HashMap::new();
    let mut add = |name: &str, shape: &[usize]| {
        let count: usize = shape.iter().product();
        let numbers: Vec<f32> = (0..count).map(|i| (i as f32 * 0.7).sin()).collect();
        let tensor = Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap();
        tensors.insert(name.to_owned(), tensor);
    };
    for (name, shape) in TENSORS {
        add(name, shape);
    }
    let mut writer = convert(&config, &tensors, Q8_0);
    let tokens = [
        "<unk>", "<s>", "</s>", "<0x41>", "▁", "a", "b", "ab", "▁a", "<t>", "x", "",
    ];
    writer.text("tokenizer.ggml.model", "llama");
    writer.texts("tokenizer.ggml.tokens", &tokens);
    writer.integers(
        "tokenizer.ggml.token_type",
        &[2, 3, 3, 6, 1, 1, 1, 1, 1, 4, 5, 1],
    );
    let scores: Vec<f32> = (0..12).map(|i| -(i as f32)).collect();
    writer.reals("tokenizer.ggml.scores", &scores);
    writer.texts("tokenizer.ggml.merges", &["a b"]);
    writer.flag("tokenizer.ggml.add_bos_token", true);
    writer.text("tokenizer.chat_template", "{{ messages }}");
    writer.count("general.alignment", 32);
    for (key, kind, value) in [
        ("a.u8", 0, &[1u8][..]),
        ("a.i8", 1, &[255]),
        ("a.u16", 2, &[1, 2]),
        ("a.i16", 3, &[1, 2]),
        ("a.u64", 10, &[1, 2, 3, 4, 5, 6, 7, 8]),
        ("a.i64", 11, &[1, 2, 3, 4, 5, 6, 7, 8]),
        ("a.f64", 12, &[0, 0, 0, 0, 0, 0, 0xf0, 0x3f]),
    ] {
        writer.raw(key, kind, value);
    }
    let inner = [
        &9u32.to_le_bytes()[..],
        &1u64.to_le_bytes(),
        &0u32.to_le_bytes(),
    ]
    .concat();
    let inner = [&inner[..], &1u64.to_le_bytes(), &[7]].concat();
    writer.array("a.nested", 9, 1, &inner);
    writer
}

/// Its tensors, as Hugging Face names and shapes them.
pub const TENSORS: [(&str, &[usize]); 12] = [
    ("model.embed_tokens.weight", &[12, 32]),
    ("model.norm.weight", &[32]),
    ("lm_head.weight", &[12, 32]),
    ("model.layers.0.input_layernorm.weight", &[32]),
    ("model.layers.0.post_attention_layernorm.weight", &[32]),
    ("model.layers.0.self_attn.q_proj.weight", &[32, 32]),
    ("model.layers.0.self_attn.k_proj.weight", &[16, 32]),
    ("model.layers.0.self_attn.v_proj.weight", &[16, 32]),
    ("model.layers.0.self_attn.o_proj.weight", &[32, 32]),
    ("model.layers.0.mlp.gate_proj.weight", &[32, 32]),
    ("model.layers.0.mlp.up_proj.weight", &[32, 32]),
    ("model.layers.0.mlp.down_proj.weight", &[32, 32]),
];
