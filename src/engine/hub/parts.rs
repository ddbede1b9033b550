//! Which files make a model, in a folder and in a repository's listing.

use std::path::Path;

use serde_json::Value;

use super::error::HubError;
use super::name::FileName;

/// Without these there is no model.
pub(super) const REQUIRED: [&str; 2] = ["config.json", "tokenizer.json"];
/// Used where they are.
#[cfg(feature = "hub")]
pub(super) const OPTIONAL: [&str; 3] = [
    "tokenizer_config.json",
    "chat_template.jinja",
    "generation_config.json",
];
/// Names the shards of weights that come in several files.
pub(super) const INDEX: &str = "model.safetensors.index.json";
/// Weights in one file.
pub(super) const SINGLE: &str = "model.safetensors";

/// The shards that an index names, each once, in order. `file` names the index for messages.
pub fn shard_names(index: &[u8], file: &str) -> Result<Vec<FileName>, HubError> {
    let wrong = |why: String| HubError::Damaged {
        file: file.to_owned(),
        why,
    };
    let value: Value = serde_json::from_slice(index).map_err(|e| wrong(e.to_string()))?;
    let map = value.get("weight_map").and_then(Value::as_object);
    let map = map.ok_or_else(|| wrong("weight_map must map tensors to files".to_owned()))?;
    let mut names = Vec::new();
    for name in map.values() {
        let name = name.as_str().unwrap_or_default();
        // The loader takes shards beside the index only.
        let shard = FileName::parse(name).ok().filter(|f| f.depth() == 0);
        match shard.filter(|f| f.as_str().ends_with(".safetensors")) {
            Some(shard) => names.push(shard),
            None => {
                let why = format!("{name:?} is not the plain name of a .safetensors file");
                return Err(wrong(why));
            }
        }
    }
    names.sort_unstable();
    names.dedup();
    match names.is_empty() {
        true => Err(wrong("weight_map names no files".to_owned())),
        false => Ok(names),
    }
}

/// What a model's folder lacks; empty: complete.
pub fn missing_in(folder: &Path) -> Vec<String> {
    let has = |name: &str| folder.join(name).is_file();
    let mut missing: Vec<String> = REQUIRED
        .iter()
        .filter(|name| !has(name))
        .map(|name| (*name).to_owned())
        .collect();
    match std::fs::read(folder.join(INDEX)) {
        Ok(index) => match shard_names(&index, INDEX) {
            Ok(shards) => {
                let gone = shards.iter().filter(|s| !has(s.as_str()));
                missing.extend(gone.map(ToString::to_string));
            }
            Err(_) => missing.push(INDEX.to_owned()),
        },
        Err(_) if !has(SINGLE) && !any_weights(folder) => missing.push(SINGLE.to_owned()),
        Err(_) => {}
    }
    missing
}

/// The loader also takes weights of other names.
fn any_weights(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries
        .filter_map(Result::ok)
        .map(|e| e.path())
        .any(|p| p.extension().is_some_and(|e| e == "safetensors") && p.is_file())
}
