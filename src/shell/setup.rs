//! From arguments to the experiment: conditions, settings.

use std::path::Path;
use std::sync::Arc;

use crate::config::did_you_mean;
use crate::config::prompts::{self, EMBEDDED};
use crate::domain::{Condition, Decoding};
use crate::run::{Plan, Settings};
use crate::session::Digest;

use super::cli::ExperimentArgs;
use super::failure::Failure;

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
        plan: Plan::default(),
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
