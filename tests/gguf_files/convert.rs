//! What llama.cpp's converter makes of a model: the names, the metadata, and what it does to tensors,
//! after `convert_hf_to_gguf.py`.

use std::collections::HashMap;

use candle_core::Tensor;
use serde_json::Value;

use super::{F32, Writer};

/// What `convert_hf_to_gguf.py` would make of a `config.json` and its tensors; matrices as `kind`.
pub fn convert(config: &Value, tensors: &HashMap<String, Tensor>, kind: u32) -> Writer {
    let family = config["model_type"].as_str().unwrap();
    let architecture = match family {
        "mistral" => "llama",
        "gpt_neox" => "gptneox",
        other => other,
    };
    let mut writer = Writer::new(architecture);
    writer.text("general.type", "model");
    let count = |names: [&str; 2]| {
        let value = names.iter().find_map(|n| config.get(n)?.as_u64());
        value.map(|v| v as u32)
    };
    let rope = match config.get("rope_parameters") {
        Some(rope) => rope.clone(),
        None => config.get("rope_scaling").cloned().unwrap_or_default(),
    };
    let key = |rest: &str| format!("{architecture}.{rest}");
    let heads = count(["num_attention_heads", "n_head"]).unwrap();
    let kv_heads = count(["num_key_value_heads", ""]).unwrap_or(heads);
    let width = count(["hidden_size", "n_embd"]).unwrap();
    let head_dim = count(["head_dim", ""]).unwrap_or(width / heads);
    for (rest, value) in [
        ("block_count", count(["num_hidden_layers", "n_layer"])),
        (
            "context_length",
            count(["max_position_embeddings", "n_positions"]),
        ),
        ("embedding_length", Some(width)),
        (
            "feed_forward_length",
            Some(count(["intermediate_size", "n_inner"]).unwrap_or(4 * width)),
        ),
        ("attention.head_count", Some(heads)),
        (
            "attention.head_count_kv",
            count(["num_key_value_heads", ""]),
        ),
        ("attention.key_length", count(["head_dim", ""])),
        ("attention.value_length", count(["head_dim", ""])),
    ] {
        if let Some(value) = value {
            writer.count(&key(rest), value);
        }
    }
    let real = |value: &Value| value.as_f64().map(|x| x as f32);
    let theta = real(&rope["rope_theta"]).or(real(&config["rope_theta"]));
    if let Some(theta) = theta.or(real(&config["rotary_emb_base"])) {
        writer.real(&key("rope.freq_base"), theta);
    }
    if let Some(eps) = real(&config["rms_norm_eps"]) {
        writer.real(&key("attention.layer_norm_rms_epsilon"), eps);
    }
    let norms = ["layer_norm_eps", "layer_norm_epsilon"];
    let eps = norms.iter().find_map(|n| real(&config[*n]));
    if let Some(eps) = eps.or((family == "olmo").then_some(1e-5)) {
        writer.real(&key("attention.layer_norm_epsilon"), eps);
    }
    match family {
        "llama" | "mistral" => {
            writer.count("llama.rope.dimension_count", head_dim);
            writer.count("llama.vocab_size", count(["vocab_size", ""]).unwrap());
        }
        "phi3" => {
            writer.count("phi3.rope.dimension_count", head_dim);
            let original = count(["original_max_position_embeddings", ""]).unwrap();
            writer.count("phi3.rope.scaling.original_context_length", original);
            let window = count(["sliding_window", ""]).unwrap_or(0);
            writer.count("phi3.attention.sliding_window", window);
        }
        "gemma2" => {
            let window = count(["sliding_window", ""]).unwrap();
            writer.count("gemma2.attention.sliding_window", window);
            for name in ["attn_logit_softcapping", "final_logit_softcapping"] {
                writer.real(&key(name), real(&config[name]).unwrap());
            }
        }
        "gpt_neox" => {
            let share = real(&rope["partial_rotary_factor"]).or(real(&config["rotary_pct"]));
            let turned = (share.unwrap() * head_dim as f32) as u32;
            writer.count("gptneox.rope.dimension_count", turned);
            let parallel = config["use_parallel_residual"].as_bool().unwrap();
            writer.flag("gptneox.use_parallel_residual", parallel);
        }
        _ => {}
    }
    match rope["rope_type"].as_str() {
        Some("linear") => {
            writer.text(&key("rope.scaling.type"), "linear");
            writer.real(&key("rope.scaling.factor"), real(&rope["factor"]).unwrap());
        }
        Some("llama3") => {
            let factors = llama3_factors(&rope, f64::from(theta.unwrap()), head_dim as usize);
            writer.tensor("rope_freqs.weight", &[factors.len()], F32, &factors);
        }
        _ => {}
    }
    for (name, tensor) in tensors {
        let (new, numbers, shape) = changed(family, name, tensor, heads, kv_heads);
        let kind = if shape.len() > 1 { kind } else { F32 };
        writer.tensor(&new, &shape, kind, &numbers);
    }
    writer.tensors.sort_by(|a, b| a.name.cmp(&b.name));
    for (name, key) in [("bos_token_id", "bos"), ("eos_token_id", "eos")] {
        if let Some(id) = count([name, ""]) {
            writer.count(&format!("tokenizer.ggml.{key}_token_id"), id);
        }
    }
    writer
}

/// As `LlamaModel.generate_extra_tensors`.
fn llama3_factors(rope: &Value, theta: f64, dim: usize) -> Vec<f32> {
    let get = |name: &str| rope[name].as_f64().unwrap();
    let (factor, low, high) = (
        get("factor"),
        get("low_freq_factor"),
        get("high_freq_factor"),
    );
    let context = get("original_max_position_embeddings");
    let frequencies = (0..dim / 2).map(|i| theta.powf(-2.0 * i as f64 / dim as f64));
    let factors = frequencies.map(|frequency| {
        let length = 2.0 * std::f64::consts::PI / frequency;
        if length < context / high {
            1.0
        } else if length > context / low {
            factor
        } else {
            let smooth = (context / length - low) / (high - low);
            1.0 / ((1.0 - smooth) / factor + smooth)
        }
    });
    factors.map(|f| f as f32).collect()
}

/// The file's name, numbers and shape of Hugging Face's tensor.
pub fn changed(
    family: &str,
    name: &str,
    tensor: &Tensor,
    heads: u32,
    kv_heads: u32,
) -> (String, Vec<f32>, Vec<usize>) {
    let new = renamed(family, name);
    let mut tensor = tensor.clone();
    let permutes = matches!(family, "llama" | "mistral" | "olmo");
    if permutes && name.contains("q_proj") {
        tensor = permute(&tensor, heads as usize);
    } else if permutes && name.contains("k_proj") {
        tensor = permute(&tensor, kv_heads as usize);
    } else if family == "gemma2" && name.ends_with("norm.weight") {
        tensor = (tensor + 1.0).unwrap();
    } else if family == "gpt2" {
        let convolutions = [".c_attn.weight", ".c_proj.weight", ".c_fc.weight"];
        if convolutions.iter().any(|end| name.ends_with(end)) {
            tensor = tensor.t().unwrap().contiguous().unwrap();
        }
    } else if name.contains("query_key_value") {
        // [head, part, dim, ..] -> [part, head, dim, ..]
        let shape = tensor.dims().to_vec();
        let rest: usize = shape[1..].iter().product();
        let heads = heads as usize;
        let apart = tensor
            .reshape((heads, 3, shape[0] / heads / 3, rest))
            .unwrap();
        tensor = apart.transpose(0, 1).unwrap().contiguous().unwrap();
        tensor = tensor.reshape(shape).unwrap();
    }
    let shape = tensor.dims().to_vec();
    let numbers = tensor.flatten_all().unwrap().to_vec1().unwrap();
    (new, numbers, shape)
}

/// `LlamaModel.permute`: reshape(heads, 2, half, ..).swapaxes(1, 2).
fn permute(tensor: &Tensor, heads: usize) -> Tensor {
    let shape = tensor.dims().to_vec();
    let rest: usize = shape[1..].iter().product();
    let halves = tensor
        .reshape((heads, 2, shape[0] / heads / 2, rest))
        .unwrap();
    let alternating = halves.transpose(1, 2).unwrap().contiguous().unwrap();
    alternating.reshape(shape).unwrap()
}

/// As gguf-py's tensor map gives it.
fn renamed(family: &str, name: &str) -> String {
    let (stem, suffix) = name.rsplit_once('.').unwrap();
    let whole = match stem {
        "model.embed_tokens" | "transformer.wte" | "gpt_neox.embed_in" => "token_embd",
        "transformer.wpe" => "position_embd",
        "model.norm" | "transformer.ln_f" | "gpt_neox.final_layer_norm" => "output_norm",
        "lm_head" | "embed_out" => "output",
        _ => "",
    };
    if !whole.is_empty() {
        return format!("{whole}.{suffix}");
    }
    let mut parts = stem.splitn(4, '.');
    let (_, _, layer, part) = (
        parts.next().unwrap(),
        parts.next().unwrap(),
        parts.next().unwrap(),
        parts.next().unwrap(),
    );
    let part = match (family, part) {
        ("gemma2" | "olmo2", "post_attention_layernorm") => "post_attention_norm",
        ("gemma2" | "olmo2", "post_feedforward_layernorm") => "post_ffw_norm",
        ("gemma2", "pre_feedforward_layernorm") => "ffn_norm",
        (_, "input_layernorm" | "ln_1") => "attn_norm",
        (_, "post_attention_layernorm" | "ln_2") => "ffn_norm",
        (_, "self_attn.q_proj") => "attn_q",
        (_, "self_attn.k_proj") => "attn_k",
        (_, "self_attn.v_proj") => "attn_v",
        (_, "self_attn.q_norm") => "attn_q_norm",
        (_, "self_attn.k_norm") => "attn_k_norm",
        (_, "self_attn.o_proj" | "attn.c_proj" | "attention.dense") => "attn_output",
        (_, "self_attn.qkv_proj" | "attn.c_attn" | "attention.query_key_value") => "attn_qkv",
        (_, "mlp.gate_proj") => "ffn_gate",
        (_, "mlp.up_proj" | "mlp.gate_up_proj" | "mlp.c_fc" | "mlp.dense_h_to_4h") => "ffn_up",
        (_, "mlp.down_proj" | "mlp.c_proj" | "mlp.dense_4h_to_h") => "ffn_down",
        (_, other) => panic!("no name for {other}"),
    };
    format!("blk.{layer}.{part}.{suffix}")
}
