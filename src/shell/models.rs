//! `recant models`: what is on this machine.

use std::process::ExitCode;

use comfy_table::{CellAlignment, Table, presets};
use serde_json::{Value, json};

use crate::engine::hub::Cache;
use crate::engine::inventory::{self, Entry, Facts};
use crate::engine::{count_text, size_text};
use crate::report::ascii;

use super::cli::{Format, ModelsArgs};
use super::failure::Failure;
use super::find::hub_settings;
use super::memory::Memory;

/// Ungated, small, of the supported family: what to begin with.
const EXAMPLE: &str = "HuggingFaceTB/SmolLM2-135M-Instruct";

/// Lists the cache, then what lies below the paths.
///
/// # Errors
/// A path that is not there; a standard output that cannot be written.
pub fn run(args: &ModelsArgs) -> Result<ExitCode, Failure> {
    let cache = Cache::new(hub_settings(true).cache);
    let mut entries = inventory::in_cache(&cache);
    entries.extend(args.paths.iter().flat_map(|path| inventory::below(path)));
    let memory = Memory::now();
    super::print(&match args.format {
        Format::Json => ascii(&to_json(&cache, &entries, memory)),
        Format::Table => to_table(&cache, &entries, memory),
    })?;
    // What was named must be there; the list says why it is not.
    match args.paths.iter().find(|path| !path.exists()) {
        None => Ok(ExitCode::SUCCESS),
        Some(path) => Err(Failure::usage(format!(
            "{}: no such file or folder",
            path.display()
        ))),
    }
}

/// Whether a model fits now: `yes`, `no`, only by pushing other programs out, or unknown.
pub(super) fn fits(facts: &Facts, memory: Option<Memory>) -> &'static str {
    let need = facts.need.bytes();
    match memory {
        None => "unknown",
        Some(memory) if need <= memory.available => "yes",
        Some(memory) if need <= memory.most() => "swapping",
        Some(_) => "no",
    }
}

fn to_table(cache: &Cache, entries: &[Entry], memory: Option<Memory>) -> String {
    let mut out = String::new();
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header([
        "--model", "family", "params", "format", "context", "chat", "disk", "memory", "fits",
    ]);
    let mut usable = 0;
    for entry in entries {
        let Ok(facts) = &entry.facts else { continue };
        usable += 1;
        table.add_row([
            quoted(&entry.name),
            facts.family.clone(),
            count_text(facts.parameters),
            facts.format.clone(),
            facts.context.to_string(),
            (if facts.has_template { "yes" } else { "no" }).to_owned(),
            size_text(entry.disk_bytes),
            size_text(facts.need.bytes()),
            fits(facts, memory).to_owned(),
        ]);
    }
    for column in [2, 4, 6, 7] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    if usable > 0 {
        out.push_str(&format!("{table}\n"));
        out.push_str("memory: at least so much while it runs; chat: has a chat template\n");
        out.push_str("use one: recant --model NAME, or recant run --model NAME --out FOLDER\n");
    } else {
        out.push_str(&format!("no models in {}\n", cache.root().display()));
        if cfg!(feature = "hub") {
            out.push_str(&format!("recant --model {EXAMPLE} fetches a small one\n"));
        }
        out.push_str("recant models PATH searches a folder\n");
    }
    let mut is_first = true;
    for entry in entries {
        let Err(why) = &entry.facts else { continue };
        if is_first {
            out.push_str("\nnot usable:\n");
            is_first = false;
        }
        let why = why.replace('\n', " ");
        // Most errors name the file already.
        let line = match why.starts_with(&entry.name) {
            true => why,
            false => format!("{}: {why}", entry.name),
        };
        out.push_str(&format!("  {line}\n"));
    }
    out
}

fn to_json(cache: &Cache, entries: &[Entry], memory: Option<Memory>) -> Value {
    let models: Vec<Value> = entries.iter().map(|entry| one(entry, memory)).collect();
    json!({
        "recant": env!("CARGO_PKG_VERSION"),
        "cache": cache.root().display().to_string(),
        "memory_available_bytes": memory.map(|m| m.available),
        "models": models,
    })
}

fn one(entry: &Entry, memory: Option<Memory>) -> Value {
    let mut value = json!({
        "name": entry.name,
        "path": entry.path.display().to_string(),
        "disk_bytes": entry.disk_bytes,
    });
    let mut put = |name: &str, it: Value| value[name] = it;
    match &entry.facts {
        Err(why) => put("problem", json!(why)),
        Ok(facts) => {
            put("family", json!(facts.family));
            put("parameters", json!(facts.parameters));
            put("format", json!(facts.format));
            put("context_tokens", json!(facts.context));
            put("chat_template", json!(facts.has_template));
            put("memory_bytes", json!(facts.need.bytes()));
            put("fits", json!(fits(facts, memory)));
            put(
                "use",
                json!(format!("recant --model {}", quoted(&entry.name))),
            );
        }
    }
    value
}

/// As a shell takes it for one word.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-=+@,:".contains(c);
    match !name.is_empty() && name.chars().all(plain) {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_typed_as_it_is_shown() {
        for (name, shown) in [
            ("org/name:x.gguf", "org/name:x.gguf"),
            ("/my models/x", "'/my models/x'"),
            ("it's", r"'it'\''s'"),
            ("$(reboot)", "'$(reboot)'"),
        ] {
            assert_eq!(quoted(name), shown);
        }
    }
}
