//! Where a run found what it was made with: written into its `run.json`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::super::cli::RunArgs;
use super::super::items;

/// Where a run found what it was made with: for the explorer, which looks there first. Files by their
/// whole paths, models of the hub by name.
pub fn found_at(args: &RunArgs, model: Option<&Path>) -> Value {
    let whole = |path: &Path| match path.exists() {
        true => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        false => path.to_owned(),
    };
    let text = |path: PathBuf| json!(path.display().to_string());
    let asked = &args.experiment;
    let files = asked.items.items.iter().map(|p| text(items::lasting(p)));
    let mut all = Map::new();
    all.insert("items".to_owned(), files.collect());
    for (name, path) in [
        ("model", model),
        ("map", asked.items.map.as_deref()),
        ("prompts", asked.prompts.as_deref()),
        ("critic", asked.critic.as_deref()),
    ] {
        if let Some(path) = path {
            all.insert(name.to_owned(), text(whole(path)));
        }
    }
    Value::Object(all)
}
