//! One small config of every family, and random tensors that fit it.

use std::collections::HashMap;

use candle_core::{Device, Tensor};
use recant::engine::local::config::DecoderConfig;
use recant::engine::local::config::names::Qkv;
use serde_json::{Value, json};

use super::noise;

/// Every family's config in the spelling of most published models; small, and no two sizes alike.
pub fn configs() -> Vec<Value> {
    let usual = |more: Value| {
        let mut config = json!({
            "hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
            "num_key_value_heads": 2, "intermediate_size": 80, "vocab_size": 101,
            "max_position_embeddings": 96, "hidden_act": "silu", "rms_norm_eps": 1e-5,
            "rope_theta": 10000.0, "rope_scaling": null, "tie_word_embeddings": false,
            "bos_token_id": 1, "eos_token_id": [2, 3], "torch_dtype": "float32",
        });
        let map = config.as_object_mut().unwrap();
        map.extend(more.as_object().unwrap().clone());
        config
    };
    let llama3 = json!({
        "rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 32,
    });
    let long = json!({
        "type": "longrope", "short_factor": [1.0, 1.5, 2.0], "long_factor": [2.0, 4.0, 8.0],
    });
    let half = "partial_rotary_factor";
    vec![
        usual(json!({
            "model_type": "llama", "attention_bias": true, "mlp_bias": true, "head_dim": 16,
            "rope_scaling": llama3, "pretraining_tp": 1,
        })),
        usual(json!({"model_type": "mistral", "sliding_window": 9, "tie_word_embeddings": true})),
        usual(json!({
            "model_type": "phi3", "rope_scaling": long, "original_max_position_embeddings": 24,
            half: 0.5, "sliding_window": 20,
        })),
        usual(json!({
            "model_type": "gemma2", "head_dim": 10, "hidden_activation": "gelu_pytorch_tanh",
            "query_pre_attn_scalar": 20, "attn_logit_softcapping": 5.0,
            "final_logit_softcapping": 3.0, "sliding_window": 7, "attention_bias": true,
        })),
        usual(json!({
            "model_type": "qwen2", "use_sliding_window": true, "sliding_window": 6,
            "max_window_layers": 1,
        })),
        usual(json!({
            "model_type": "qwen3", "head_dim": 14, "attention_bias": false,
            "layer_types": ["full_attention", "full_attention", "full_attention"],
            "rope_parameters": {"rope_theta": 1e6, "rope_type": "default"},
        })),
        usual(json!({"model_type": "olmo", "clip_qkv": 0.7})),
        usual(json!({"model_type": "olmo2", "num_key_value_heads": 4})),
        json!({
            "model_type": "gpt2", "n_embd": 48, "n_layer": 3, "n_head": 4, "n_inner": 80,
            "n_positions": 96, "vocab_size": 101, "activation_function": "gelu_new",
            "layer_norm_epsilon": 1e-5, "scale_attn_weights": true, "eos_token_id": 2,
            "scale_attn_by_inverse_layer_idx": true, "add_cross_attention": false,
        }),
        usual(json!({
            "model_type": "gpt_neox", "hidden_act": "gelu", "layer_norm_eps": 1e-5,
            "rotary_pct": 0.5, "rotary_emb_base": 10000, "use_parallel_residual": false,
            "attention_bias": true,
        })),
    ]
}

/// The shapes of all tensors that a config asks for, weights as `[outputs, inputs]`.
pub fn shapes(config: &DecoderConfig) -> Vec<(String, Vec<usize>)> {
    let names = config.family.names;
    let (hidden, inner) = (config.hidden, config.intermediate);
    let (q, kv) = (
        config.heads * config.head_dim,
        config.kv_heads * config.head_dim,
    );
    let mut all = Vec::new();
    let has_tensors = config.family.name != "olmo";
    let has_bias = ["gpt2", "gpt_neox"].contains(&config.family.name);
    let norm = |all: &mut Vec<(String, Vec<usize>)>, name: String| {
        if has_tensors {
            all.push((format!("{name}.weight"), vec![hidden]));
        }
        if has_bias {
            all.push((format!("{name}.bias"), vec![hidden]));
        }
    };
    let mut embeddings = vec![names.embedding];
    if !config.tied {
        embeddings.push(names.head[0]);
    }
    for name in embeddings {
        all.push((format!("{name}.weight"), vec![config.vocab, hidden]));
    }
    if config.rope.is_none() {
        let name = format!("{}.weight", names.positions);
        all.push((name, vec![config.context, hidden]));
    }
    norm(&mut all, names.norm.to_owned());
    for i in 0..config.layers {
        let name = |rest: &str| format!("{}{i}.{rest}", names.layer);
        let mut linears = match names.qkv {
            Qkv::Three([a, b, c]) => vec![
                (a, q, hidden, config.qkv_bias),
                (b, kv, hidden, config.qkv_bias),
                (c, kv, hidden, config.qkv_bias),
            ],
            Qkv::One(one) | Qkv::ByHead(one) => vec![(one, q + 2 * kv, hidden, config.qkv_bias)],
        };
        linears.push((names.out, hidden, q, config.out_bias));
        let up = if config.family.gated { 2 } else { 1 } * inner / names.up.len();
        for part in names.up {
            linears.push((part, up, hidden, config.mlp_bias));
        }
        linears.push((names.down, hidden, inner, config.mlp_bias));
        for (part, outputs, inputs, bias) in linears {
            let shape = match names.transposed {
                true => vec![inputs, outputs],
                false => vec![outputs, inputs],
            };
            all.push((name(&format!("{part}.weight")), shape));
            if bias {
                all.push((name(&format!("{part}.bias")), vec![outputs]));
            }
        }
        for part in names.norms.into_iter().flatten() {
            norm(&mut all, name(part));
        }
        if let Some(norms) = names.qk_norms {
            let [a, b] = if norms.by_head {
                [config.head_dim; 2]
            } else {
                [q, kv]
            };
            all.push((name(&format!("{}.weight", norms.names[0])), vec![a]));
            all.push((name(&format!("{}.weight", norms.names[1])), vec![b]));
        }
    }
    all
}

/// Random tensors of these shapes: vectors around 0.3, matrices that keep a row's size.
pub fn tensors(shapes: &[(String, Vec<usize>)]) -> HashMap<String, Tensor> {
    let one = |(name, shape): &(String, Vec<usize>)| {
        let seed = name
            .bytes()
            .fold(7u64, |h, b| h.wrapping_mul(31) + u64::from(b));
        let noise = noise(shape.iter().product(), seed);
        let numbers: Vec<f32> = match shape[..] {
            [_] => noise.iter().map(|x| 0.3 + 0.5 * x).collect(),
            _ => {
                let by = 2.0 / (*shape.iter().min().unwrap() as f32).sqrt();
                noise.iter().map(|x| x * by).collect()
            }
        };
        let tensor = Tensor::from_vec(numbers, shape.as_slice(), &Device::Cpu).unwrap();
        (name.clone(), tensor)
    };
    shapes.iter().map(one).collect()
}
