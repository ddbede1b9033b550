//! What a recorded run asked, and how: conditions whose words are here as they were, and those that are
//! not.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::domain::{
    AnswerStyle, Condition, Decoding, Gives, Item, Kind, Quoted, Role, Source, Step, Template,
    Voice,
};
use crate::run::{Answers, Plan, Settings};
use crate::session::Stored;

use super::super::cli::OpenArgs;
use super::super::failure::Failure;
use super::super::setup;
use super::{number, text};

type Asked = (Settings, Vec<Option<Arc<str>>>);

/// What the run asked and how; what cannot be asked again says why.
pub(super) fn settings(
    args: &OpenArgs,
    stored: &Stored,
    items: &[Arc<Item>],
    notes: &mut Vec<String>,
) -> Result<Asked, Failure> {
    let set = &stored.manifest.settings;
    let found = set.get("found_at").and_then(|f| f.get("prompts"));
    let recorded = found.and_then(Value::as_str).map(PathBuf::from);
    let all = match (&args.prompts, recorded) {
        (Some(folder), _) => setup::all_conditions(Some(folder))?,
        (None, Some(folder)) => match setup::all_conditions(Some(&folder)) {
            Ok(all) => all,
            Err(why) => {
                notes.push(format!("{why} (--prompts FOLDER names the run's prompts)"));
                setup::all_conditions(None)?
            }
        },
        (None, None) => setup::all_conditions(None)?,
    };
    let names = set.get("conditions").and_then(Value::as_array);
    let names: Vec<&str> = names
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if names.is_empty() {
        return Err(Failure::usage(format!(
            "{}: its run.json names no conditions; nothing to show",
            args.folder.display()
        )));
    }
    let (mut conditions, mut frozen) = (Vec::new(), Vec::new());
    for name in names {
        let hash = text(stored, &format!("prompt_sha256.{name}"));
        let same = |c: &&Arc<Condition>| {
            let fits = items.iter().all(|i| c.unsuited(i).is_none());
            *c.name == *name && fits && hash.as_ref().is_some_and(|h| *h == setup::prompt_digest(c))
        };
        match (all.iter().find(same), &hash) {
            (Some(condition), _) => {
                conditions.push(condition.clone());
                frozen.push(None);
            }
            (None, hash) => {
                let why: Arc<str> = match hash {
                    Some(_) => format!(
                        "the words of prompt {name} are not here as they were (--prompts FOLDER)"
                    ),
                    None => format!("the record does not say with which words {name} asked"),
                }
                .into();
                notes.push(why.to_string());
                conditions.push(Arc::new(unknown(name)));
                frozen.push(Some(why));
            }
        }
    }
    let decimal = |name: &str, usual: f64| set.get(name).and_then(Value::as_f64).unwrap_or(usual);
    let whole = |name: &str| number(stored, name);
    let usual = Decoding::default();
    let rounds = whole("rounds")
        .and_then(|n| u16::try_from(n).ok())
        .unwrap_or(1);
    let settings = Settings {
        conditions,
        rounds: rounds.max(1),
        seed: whole("seed").unwrap_or(0),
        decoding: Decoding {
            temperature: decimal("temperature", usual.temperature),
            top_k: whole("top_k")
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or(usual.top_k),
            top_p: decimal("top_p", usual.top_p),
            min_p: decimal("min_p", usual.min_p),
            repetition_penalty: decimal("repetition_penalty", usual.repetition_penalty),
        },
        lock_seeds: set.get("lock_seeds").and_then(Value::as_bool) == Some(true),
        // Whatever the run did: what is asked here shows it.
        belief: true,
        plan: Plan {
            samples: whole("samples")
                .and_then(|n| u16::try_from(n).ok())
                .unwrap_or(1)
                .max(1),
            all_rotations: set.get("repeat_orders").and_then(Value::as_bool) == Some(true),
            answers: match text(stored, "answers").as_deref() {
                Some("options") => Answers::Options,
                Some(_) | None => Answers::Generate,
            },
        },
    };
    Ok((settings, frozen))
}

/// Stands for a condition whose words nobody has; nothing is ever asked under it.
fn unknown(name: &str) -> Condition {
    let step = Step {
        voice: Voice::Model,
        instructions: None,
        role: Role::User,
        says: Template::default(),
        prefill: Template::default(),
        reply: None,
        max_tokens: 1,
        stop: Vec::new(),
        gives: Gives::Answer,
    };
    Condition {
        name: name.into(),
        title: "its words are not here; the panes show what was said".to_owned(),
        source: Source {
            quoted: Quoted::Ours,
            place: "unknown: a record without its prompts".to_owned(),
        },
        fits: Kind::ALL.to_vec(),
        groups: Vec::new(),
        system: None,
        style: AnswerStyle::Both,
        first: vec![step.clone()],
        review: vec![step],
        made_of: None,
    }
}
