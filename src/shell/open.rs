//! `recant open`: the explorer over a recorded run.
//!
//! The record is read before the screen is touched; the run's model is loaded beside it, and only if it
//! is the run's own: what is computed about a stored answer must be what its model would have said.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::session::ExplorerSession;

use super::cli::{ComputeArgs, ModelArgs, OpenArgs};
use super::explore::{self, Asked, Shown};
use super::failure::Failure;
use super::look;
use super::model::Chosen;
use super::recorded::Recorded;
use super::sayings;
use super::watch::Watch;

/// Opens the explorer over a record.
///
/// # Errors
/// No run there, or one that cannot be read; a mistake in the options; a terminal that fails.
pub fn run(args: &OpenArgs) -> Result<ExitCode, Failure> {
    again(args, None)
}

/// Opens it with what an earlier session had on screen.
///
/// # Errors
/// As for [`run`].
pub fn again(args: &OpenArgs, session: Option<&ExplorerSession>) -> Result<ExitCode, Failure> {
    let look = look::look(&args.look)?;
    let keymap = look::keymap(&args.look)?;
    let mut recorded = Recorded::at(args)?;
    explore::has_terminal(
        "recant open FOLDER --plain tells it in lines, recant report FOLDER prints its scores",
    )?;
    let chosen = model(args, &mut recorded);
    let run = recorded.run()?;
    let folder = args.prompts.clone().filter(|p| p.is_dir());
    let name = recorded
        .folder
        .file_name()
        .unwrap_or(recorded.folder.as_os_str());
    let name = name.to_string_lossy().into_owned();
    let notes = recorded.hand.notes.clone();
    let notes = notes.into_iter().map(|(name, note)| (name.into(), note));
    let sayings = sayings::all(&recorded.hand.sayings);
    let (items, settings) = (recorded.items.clone(), recorded.settings.clone());
    let pace = args.look.pace;
    let shelf = recorded.conditions(args);
    explore::show(Shown {
        app: Box::new(|look, size| {
            let app = look::app(items, settings, look, keymap, size);
            app.with_record(run, &name)
                .with_notes(notes)
                .with_sayings(sayings)
                .with_shelf(shelf)
        }),
        look,
        watch: Watch::new(folder.as_deref()),
        folder: folder.unwrap_or_else(|| PathBuf::from(".")),
        asked: Asked {
            how: model_args(args, None, None),
            pace,
            weights: chosen.as_ref().ok().and_then(|c| c.weights.clone()),
            models: chosen.map(|found| (vec![found.chosen], found.critic)),
        },
        session: session.map(|s| (s, recorded.conditions(args))),
        recorded: Some(recorded),
        questions: None,
    })
}

/// The run's model, found.
struct Found {
    chosen: Chosen,
    critic: Option<Chosen>,
    /// The hash that its weights must have.
    weights: Option<String>,
}

/// The run's model; `Err` says why it is not to be had, and what to do.
fn model(args: &OpenArgs, recorded: &mut Recorded) -> Result<Found, String> {
    if let Some(why) = &recorded.silent {
        return Err(why.clone());
    }
    let weights = recorded.setting("weights_sha256");
    if weights.is_empty() {
        let from = recorded.setting("imported");
        return Err(match from.as_str() {
            "" => "the record does not say which model answered".to_owned(),
            tool => format!(
                "these answers were imported ({tool}): no model is recorded that could be asked"
            ),
        });
    }
    let name = recorded.setting("model");
    let recorded_at = recorded.found("model").or_else(|| match name.as_str() {
        "control" => None,
        name => Some(PathBuf::from(name)),
    });
    let chosen = find(args, args.model.as_deref(), recorded_at.as_deref())
        .map_err(|why| format!("{why} (--model PATH|ORG/NAME names the run's model, {name})"))?;
    let critic = match recorded.setting("critic").as_str() {
        "" => None,
        name => {
            let at = recorded
                .found("critic")
                .unwrap_or_else(|| PathBuf::from(name));
            match find(args, args.critic.as_deref(), Some(&at)) {
                Ok(critic) => Some(critic),
                Err(why) => {
                    let why = format!("its critic {name} is not here: {why} (--critic)");
                    recorded.freeze_critics(&why);
                    None
                }
            }
        }
    };
    Ok(Found {
        chosen,
        critic,
        weights: Some(weights),
    })
}

fn model_args(args: &OpenArgs, named: Option<&Path>, recorded: Option<&Path>) -> ModelArgs {
    ModelArgs {
        model: named.or(recorded).map(Path::to_owned),
        // Opening a record is no reason to fetch gigabytes.
        compute: ComputeArgs {
            offline: args.compute.offline || named.is_none(),
            ..args.compute
        },
    }
}

fn find(args: &OpenArgs, named: Option<&Path>, recorded: Option<&Path>) -> Result<Chosen, String> {
    let model = model_args(args, named, recorded);
    let told = |why: &dyn Display| why.to_string();
    Chosen::from(&model).map_err(|why| told(&why))
}
