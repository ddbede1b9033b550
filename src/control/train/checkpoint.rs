//! Checkpoints, and the files of the finished model.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Error, Result, Tensor};
use serde_json::json;

use super::course::Course;
use super::network::floats;
use super::weights::{EMBEDDING, THETA};
use crate::control::vocabulary::{
    BEGIN, END, MAX_POSITIONS, tokenizer_config_json, tokenizer_json,
};

/// Writes weights, optimizer memory and the step.
///
/// # Errors
/// What the disk reports.
pub fn save(course: &Course) -> Result<()> {
    let mut all = HashMap::new();
    let mut put = |name: String, values: &[f32]| -> Result<()> {
        all.insert(
            name,
            Tensor::from_slice(values, values.len(), &Device::Cpu)?,
        );
        Ok(())
    };
    for (i, (weight, memory)) in course.weights.iter().zip(&course.memory).enumerate() {
        put(format!("weight.{i}"), &weight.values)?;
        put(format!("mean.{i}"), &memory.mean)?;
        if !memory.square.is_empty() {
            put(format!("square.{i}"), &memory.square)?;
        }
    }
    put("step".to_owned(), &[course.step as f32])?;
    let path = &course.settings.checkpoint;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Error::wrap)?;
    }
    // A rename is whole or not at all: an interrupted run keeps its last checkpoint.
    let part = path.with_extension("part");
    candle_core::safetensors::save(&all, &part)?;
    std::fs::rename(&part, path).map_err(Error::wrap)
}

/// Takes up a checkpoint.
///
/// # Errors
/// What the disk reports, and where the file is of another model.
pub fn load(course: &mut Course) -> Result<()> {
    let all = candle_core::safetensors::load(&course.settings.checkpoint, &Device::Cpu)?;
    let take = |name: String, to: &mut Vec<f32>| -> Result<()> {
        let tensor = all.get(&name);
        let tensor = tensor.ok_or_else(|| Error::Msg(format!("checkpoint lacks {name}")))?;
        let (storage, _) = tensor.storage_and_layout();
        let values = floats(&storage)?;
        if values.len() != to.len() {
            return Err(Error::Msg(format!("checkpoint: {name} is of another size")));
        }
        to.copy_from_slice(values);
        Ok(())
    };
    for (i, weight) in course.weights.iter_mut().enumerate() {
        take(format!("weight.{i}"), &mut weight.values)?;
        take(format!("mean.{i}"), &mut course.memory[i].mean)?;
        if !course.memory[i].square.is_empty() {
            take(format!("square.{i}"), &mut course.memory[i].square)?;
        }
    }
    let mut step = vec![0.0];
    take("step".to_owned(), &mut step)?;
    course.step = step[0] as usize;
    Ok(())
}

/// Begins with the weights of a finished model. Its tokens are found again by their text; tokens that
/// it does not have keep their fresh rows. Returns how many it has and how many it has not.
///
/// # Errors
/// What the disk reports, and where the files are of another model.
pub fn take_over(course: &mut Course, folder: &Path) -> Result<(usize, usize)> {
    let all = candle_core::safetensors::load(folder.join("model.safetensors"), &Device::Cpu)?;
    let tokenizer = tokenizers::Tokenizer::from_file(folder.join("tokenizer.json"));
    let tokenizer = tokenizer.map_err(|e| Error::Msg(e.to_string()))?;
    let width = course.sizes.model;
    let (mut known, mut new) = (0, 0);
    for (no, weight) in course.weights.iter_mut().enumerate() {
        let size = weight.values.len() / weight.stacked;
        for (name, to) in weight.names.iter().zip(weight.values.chunks_mut(size)) {
            let tensor = all.get(name);
            let tensor = tensor.ok_or_else(|| Error::Msg(format!("{name} is missing")))?;
            let tensor = tensor.to_dtype(DType::F32)?;
            let (storage, _) = tensor.storage_and_layout();
            let values = floats(&storage)?;
            if no == EMBEDDING {
                for (id, row) in to.chunks_mut(width).enumerate() {
                    let piece = course.tokenizer.id_to_token(id as u32);
                    let before = piece.and_then(|piece| tokenizer.token_to_id(&piece));
                    match before.and_then(|b| values.get(b as usize * width..)?.get(..width)) {
                        Some(values) => {
                            row.copy_from_slice(values);
                            known += 1;
                        }
                        None => new += 1,
                    }
                }
            } else if values.len() == to.len() {
                to.copy_from_slice(values);
            } else {
                return Err(Error::Msg(format!("{name} is of another size")));
            }
        }
    }
    Ok((known, new))
}

/// Rounds the weights to half precision, as the files hold them.
///
/// # Errors
/// Where a tensor cannot be converted.
pub fn halve(course: &mut Course) -> Result<()> {
    for weight in &mut course.weights {
        let tensor = Tensor::from_slice(&weight.values, weight.values.len(), &Device::Cpu)?;
        let tensor = tensor.to_dtype(DType::F16)?.to_dtype(DType::F32)?;
        let (storage, _) = tensor.storage_and_layout();
        weight.values.copy_from_slice(floats(&storage)?);
    }
    Ok(())
}

/// Writes `model.safetensors` in half precision with Hugging Face names, and `config.json`.
///
/// # Errors
/// What the disk reports.
pub fn export(course: &Course, folder: &Path) -> Result<()> {
    let mut all = HashMap::new();
    for weight in &course.weights {
        let rows = weight.rows / weight.stacked;
        let size = rows * weight.columns;
        for (name, values) in weight.names.iter().zip(weight.values.chunks(size)) {
            let tensor = Tensor::from_slice(values, size, &Device::Cpu)?.to_dtype(DType::F16)?;
            let tensor = if weight.rows == 1 {
                tensor
            } else {
                tensor.reshape((rows, weight.columns))?
            };
            all.insert(name.clone(), tensor);
        }
    }
    std::fs::create_dir_all(folder).map_err(Error::wrap)?;
    candle_core::safetensors::save(&all, folder.join("model.safetensors"))?;
    let sizes = &course.sizes;
    let config = json!({
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": sizes.vocabulary,
        "hidden_size": sizes.model,
        "intermediate_size": sizes.hidden,
        "num_hidden_layers": sizes.layers,
        "num_attention_heads": sizes.heads,
        "num_key_value_heads": sizes.heads,
        "head_dim": sizes.model / sizes.heads,
        "hidden_act": "silu",
        "max_position_embeddings": MAX_POSITIONS,
        "rms_norm_eps": 1e-5,
        "rope_theta": f64::from(THETA),
        "rope_scaling": null,
        "attention_bias": false,
        "mlp_bias": false,
        "tie_word_embeddings": true,
        "bos_token_id": BEGIN,
        "eos_token_id": END,
        "torch_dtype": "float16"
    });
    write_json(&folder.join("config.json"), &config)
}

/// Writes `tokenizer.json` and `tokenizer_config.json`.
///
/// # Errors
/// What the disk reports.
pub fn export_tokenizer(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(Error::wrap)?;
    let tokenizer = tokenizer_json().map_err(Error::wrap)?;
    write_json(&folder.join("tokenizer.json"), &tokenizer)?;
    write_json(
        &folder.join("tokenizer_config.json"),
        &tokenizer_config_json(),
    )
}

fn write_json(path: &Path, value: &serde_json::Value) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(Error::wrap)?;
    std::fs::write(path, text + "\n").map_err(Error::wrap)
}
