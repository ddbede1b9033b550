//! From arguments to the experiment: items, conditions, settings.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use crate::benchmarks::{BUILTIN, Loaded, bbq};
use crate::config::did_you_mean;
use crate::config::prompts::{self, EMBEDDED};
use crate::domain::{Condition, Decoding, Item};
use crate::run::Settings;
use crate::session::Digest;

use super::cli::ExperimentArgs;
use super::failure::Failure;

/// Items and where they came from.
pub struct ItemSet {
    /// For people and for the record: `builtin`, or the file names.
    pub name: String,
    /// The items.
    pub items: Arc<[Arc<Item>]>,
    /// SHA-256 over the files' bytes, one after the other.
    pub sha256: String,
    /// What was wrong with the files, one sentence each.
    pub warnings: Vec<String>,
}

/// At most this many bad rows are named one by one.
const NAMED_ROWS: usize = 5;

/// Reads the items.
///
/// # Errors
/// A file that cannot be read; no usable item at all.
pub fn items(args: &ExperimentArgs) -> Result<ItemSet, Failure> {
    let mut items = Vec::new();
    let mut warnings = Vec::new();
    let mut names = Vec::new();
    let mut digest = Digest::default();
    for path in &args.items {
        let name = path.display().to_string();
        let loaded = if path == Path::new("builtin") {
            digest.add(BUILTIN);
            bbq::read(BUILTIN)
        } else {
            let hint = "--items takes BBQ jsonl files, or builtin";
            let file =
                File::open(path).map_err(|e| Failure::usage(format!("{name}: {e}; {hint}")))?;
            bbq::read(BufReader::new(digest.through(file)))
        };
        let loaded = loaded.map_err(|e| Failure::usage(format!("{name}: {e}")))?;
        warn(&name, &loaded, &mut warnings);
        if loaded.items.is_empty() {
            let why = warnings
                .first()
                .cloned()
                .unwrap_or_else(|| "it is empty".to_owned());
            return Err(Failure::usage(format!(
                "{name}: no usable item; expected BBQ's jsonl format, one item a line ({why})"
            )));
        }
        items.extend(loaded.items);
        names.push(name);
    }
    Ok(ItemSet {
        name: names.join(", "),
        items: items.into(),
        sha256: digest.finish(),
        warnings,
    })
}

fn warn(name: &str, loaded: &Loaded, warnings: &mut Vec<String>) {
    for row in loaded.skipped.iter().take(NAMED_ROWS) {
        warnings.push(format!("{name}:{}: skipped: {}", row.line, row.reason));
    }
    if loaded.skipped.len() > NAMED_ROWS {
        let more = loaded.skipped.len() - NAMED_ROWS;
        warnings.push(format!("{name}: {more} more rows skipped"));
    }
    if loaded.ungraded > 0 {
        warnings.push(format!(
            "{name}: {} items have no bias grade (the row does not say who is stereotyped)",
            loaded.ungraded
        ));
    }
}

/// The chosen conditions, in the order asked for.
///
/// # Errors
/// A mistake in a prompt file; an unknown name.
pub fn conditions(args: &ExperimentArgs) -> Result<Vec<Arc<Condition>>, Failure> {
    let mut files: Vec<(String, String)> = EMBEDDED
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    if let Some(folder) = &args.prompts {
        files.extend(prompt_files(folder)?);
    }
    let files = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    let all = prompts::parse_all(files).map_err(Failure::usage)?;
    if args.conditions.is_empty() {
        return Ok(all);
    }
    let mut chosen: Vec<Arc<Condition>> = Vec::new();
    for name in &args.conditions {
        let Some(found) = all.iter().find(|c| *c.name == **name) else {
            let hint = did_you_mean(name, all.iter().map(|c| &*c.name));
            return Err(Failure::usage(format!("unknown condition {name:?}{hint}")));
        };
        if chosen.iter().any(|c| c.name == found.name) {
            return Err(Failure::usage(format!("condition {name} is named twice")));
        }
        chosen.push(found.clone());
    }
    Ok(chosen)
}

fn prompt_files(folder: &Path) -> Result<Vec<(String, String)>, Failure> {
    let told = |e: std::io::Error| Failure::usage(format!("{}: {e}", folder.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(told)? {
        let path = entry.map_err(told)?.path();
        if path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        return Err(Failure::usage(format!(
            "{}: no *.yaml file here; see the repository's prompts folder for examples",
            folder.display()
        )));
    }
    paths
        .into_iter()
        .map(|path| {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(&path)
                .map_err(|e| Failure::usage(format!("{name}: {e}")))?;
            Ok((name, text))
        })
        .collect()
}

/// The settings of an experiment.
///
/// # Errors
/// As [`conditions`].
pub fn settings(args: &ExperimentArgs, belief: bool) -> Result<Settings, Failure> {
    Ok(Settings {
        conditions: conditions(args)?,
        rounds: args.rounds,
        seed: args.seed,
        decoding: Decoding {
            temperature: args.temperature,
            top_k: args.top_k,
            top_p: args.top_p,
            min_p: args.min_p,
            repetition_penalty: args.repetition_penalty,
        },
        belief,
    })
}

/// SHA-256 of everything in a condition that a model gets to see or that decides how it is read.
pub fn prompt_digest(condition: &Condition) -> String {
    let mut digest = Digest::default();
    let mut step = |steps: &[crate::domain::Step]| {
        for step in steps {
            digest.add(step.user.to_string().as_bytes());
            digest.add(b"\0");
            digest.add(step.prefill.to_string().as_bytes());
            digest.add(format!("\0{}\0{:?}\0", step.max_tokens, step.gives).as_bytes());
            for stop in &step.stop {
                digest.add(format!("{stop}\0").as_bytes());
            }
        }
        digest.add(b"\x01");
    };
    step(&condition.first);
    step(&condition.review);
    if let Some(system) = &condition.system {
        digest.add(system.to_string().as_bytes());
    }
    digest.add(format!("\x01{:?}", condition.style).as_bytes());
    digest.finish()
}
