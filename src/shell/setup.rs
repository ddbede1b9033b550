//! From arguments to the experiment: conditions, settings.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::config::prompts::{self, DEFAULT_GROUP, EMBEDDED};
use crate::domain::{Condition, Decoding, Item, Kind, Role, Step, Voice};
use crate::run::{Plan, Settings};
use crate::session::Digest;

use super::cli::ExperimentArgs;
use super::failure::Failure;

/// All conditions there are: the program's own, and those of a folder, which replace some of them.
///
/// # Errors
/// The mistakes of every prompt file.
pub fn all_conditions(folder: Option<&Path>) -> Result<Vec<Arc<Condition>>, Failure> {
    let files = condition_files(folder)?;
    let files = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    prompts::parse_files(files).map_err(|mistakes| {
        let said: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        Failure::usage(said.join("\n        "))
    })
}

/// Prompt files, the program's own first: (name, text).
///
/// # Errors
/// A folder or file that cannot be read.
pub fn condition_files(folder: Option<&Path>) -> Result<Vec<(String, String)>, Failure> {
    let mut files: Vec<(String, String)> = EMBEDDED
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    if let Some(folder) = folder {
        files.extend(prompt_files(folder)?);
    }
    Ok(files)
}

/// The chosen conditions, in the order asked for. Where nobody chose: the default ones, and those of
/// the folder, as far as they suit the items.
///
/// # Errors
/// A mistake in a prompt file; an unknown name; one that does not suit an item.
pub fn conditions(
    args: &ExperimentArgs,
    items: &[Arc<Item>],
) -> Result<Vec<Arc<Condition>>, Failure> {
    let all = all_conditions(args.prompts.as_deref())?;
    if !args.conditions.is_empty() {
        return chosen(&all, &args.conditions, items);
    }
    let own = all_conditions(None)?;
    let default = |c: &Arc<Condition>| c.groups.iter().any(|g| g == DEFAULT_GROUP);
    let suits = |c: &Arc<Condition>| items.iter().all(|i| c.unsuited(i).is_none());
    let chosen: Vec<Arc<Condition>> = all
        .into_iter()
        .filter(|c| (default(c) || !own.contains(c)) && suits(c))
        .collect();
    if chosen.is_empty() {
        return Err(Failure::usage(
            "no condition suits all of these items; name some with --conditions, or give items of one kind",
        ));
    }
    Ok(chosen)
}

/// Where a condition's words stand, as far as one file tells it alone.
pub fn place_of(folder: Option<&Path>, condition: &str) -> Option<String> {
    let files = condition_files(folder).ok()?;
    let holds = |(name, text): &&(String, String)| {
        let alone = prompts::parse_files(std::iter::once((name.as_str(), text.as_str())));
        alone.is_ok_and(|all| all.iter().any(|c| *c.name == *condition))
    };
    // A later file replaces an earlier one's.
    let at = files.iter().rposition(|file| holds(&file))?;
    match at < EMBEDDED.len() {
        true => Some("built in".to_owned()),
        false => files.get(at).map(|(name, _)| name.clone()),
    }
}

/// The conditions that these names mean for these items: one name can mean different prompts for
/// different kinds of items.
///
/// # Errors
/// An unknown name; one that means nothing for an item.
pub fn chosen(
    all: &[Arc<Condition>],
    names: &[String],
    items: &[Arc<Item>],
) -> Result<Vec<Arc<Condition>>, Failure> {
    let kinds: BTreeSet<Kind> = items.iter().map(|i| i.rule.kind()).collect();
    let fits = |c: &&Arc<Condition>| kinds.iter().all(|k| c.fits.contains(k));
    let fitting: Vec<Arc<Condition>> = all.iter().filter(fits).cloned().collect();
    let kinds: Vec<&str> = kinds.iter().map(|k| k.name()).collect();
    let kinds = kinds.join(" and ");
    let chosen = prompts::choose(&fitting, names).map_err(|why| {
        let known = |name: &String| {
            let one = std::slice::from_ref(name);
            prompts::choose(&fitting, one).is_err() && prompts::choose(all, one).is_ok()
        };
        match names.iter().find(|n| known(n)) {
            None => Failure::usage(why),
            Some(name) => {
                let these: Vec<&str> = fitting.iter().map(|c| &*c.name).collect();
                Failure::usage(format!(
                    "condition {name} is not made for {kinds} items; these are: {}",
                    these.join(", ")
                ))
            }
        }
    })?;
    for condition in &chosen {
        for item in items {
            if let Some(why) = condition.unsuited(item) {
                let name = &condition.name;
                return Err(Failure::usage(format!(
                    "condition {name} {why} ({}); leave one of them out",
                    item.id
                )));
            }
        }
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
    // An empty folder is one that prompts are going to be saved into.
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
pub fn settings(
    args: &ExperimentArgs,
    belief: bool,
    items: &[Arc<Item>],
) -> Result<Settings, Failure> {
    Ok(Settings {
        conditions: conditions(args, items)?,
        rounds: args.rounds,
        seed: args.seed,
        decoding: Decoding {
            temperature: args.temperature,
            top_k: args.top_k,
            top_p: args.top_p,
            min_p: args.min_p,
            repetition_penalty: args.repetition_penalty,
        },
        lock_seeds: args.lock_seeds,
        belief,
        plan: Plan::default(),
    })
}

/// SHA-256 of everything in a condition that a model gets to see or that decides how it is read.
pub fn prompt_digest(condition: &Condition) -> String {
    let mut digest = Digest::default();
    let mut step = |steps: &[Step]| {
        for step in steps {
            digest.add(step.says.to_string().as_bytes());
            digest.add(b"\0");
            digest.add(step.prefill.to_string().as_bytes());
            digest.add(format!("\0{}\0{:?}\0", step.max_tokens, step.gives).as_bytes());
            for stop in &step.stop {
                digest.add(format!("{stop}\0").as_bytes());
            }
            // Only where it is not what it always was: runs of earlier versions go on.
            if (step.voice, step.role) != (Voice::Model, Role::User) {
                digest.add(format!("{:?}\0{:?}\0", step.voice, step.role).as_bytes());
            }
            for text in step.instructions.iter().chain(&step.reply) {
                digest.add(format!("{text}\0").as_bytes());
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
