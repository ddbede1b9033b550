//! `recant run`: the experiment over a whole set, crash-safe and resumable.

mod made;
mod manifest;
mod one;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::domain::Rule;
use crate::run::{Answers, Plan};

use super::cli::{AnswerMode, ModelArgs, RunArgs};
use super::failure::Failure;
use super::items::{self, ItemSet};
use super::model::Chosen;
use super::print;
use super::scorer::Scorer;
use super::setup;
use super::signals::Ended;
pub use one::IN_FLIGHT;
use one::One;

/// Runs, or goes on with, an experiment, with one model after the other.
///
/// Each of several models gets a run's folder of its own below `--out`: it can be gone on with,
/// reported, compared and moved alone, one that fails leaves the others whole, and a model can be
/// added later without touching what is there.
///
/// # Errors
/// A mistake in the arguments or their files; a model that cannot be loaded or died; a full disk.
/// What was finished before is kept.
pub fn run(args: &RunArgs) -> Result<ExitCode, Failure> {
    let done = carry_out(args)?;
    if done.ended.is_none() && args.model.len() > 1 && !args.json {
        let out = args.out.display();
        let others = match done.failed.is_empty() {
            true => "all of them",
            false => "the others",
        };
        print(&format!(
            "{}recant report {out} prints {others} together\n",
            done.losses()
        ))?;
    }
    Ok(done.code())
}

/// A model that could not do its work.
pub struct Failed {
    /// Its name.
    pub name: String,
    /// Where what it did is.
    pub folder: PathBuf,
}

/// How runs ended.
#[derive(Default)]
pub struct Done {
    /// What stopped them before their end.
    pub ended: Option<Ended>,
    /// Models that could not do their work, where there were others.
    pub failed: Vec<Failed>,
}

impl Done {
    /// The process's exit code.
    pub fn code(&self) -> ExitCode {
        match (self.ended, self.failed.as_slice()) {
            (Some(ended), _) => ended.code(),
            (None, []) => ExitCode::SUCCESS,
            (None, [..]) => ExitCode::from(1),
        }
    }

    /// The models that are missing from what follows, a line each; why has been said.
    pub fn losses(&self) -> String {
        let line = |one: &Failed| {
            let (name, folder) = (&one.name, one.folder.display());
            format!("{name} failed (see above); what it answered before is in {folder}\n")
        };
        self.failed.iter().map(line).collect()
    }
}

/// The same without the last word, which whoever called has.
///
/// # Errors
/// As for [`run`].
pub fn carry_out(args: &RunArgs) -> Result<Done, Failure> {
    let mut set = items::items(&args.experiment.items)?;
    let mut settings = setup::settings(&args.experiment, args.belief, &set.items)?;
    settings.plan = Plan {
        samples: args.samples,
        all_rotations: args.repeat_orders,
        answers: match args.answers {
            AnswerMode::Generate => Answers::Generate,
            AnswerMode::Options => Answers::Options,
        },
    };
    for warning in &set.warnings {
        eprintln!("recant: {}", Failure::usage(warning));
    }
    cut(args, &mut set)?;
    let texts = set.items.iter().any(|i| i.rule == Rule::Continuation);
    let scorer = match (texts, &args.scorer) {
        (true, folder) => Some(Scorer::open(folder.as_deref())?),
        (false, None) => None,
        (false, Some(_)) => {
            return Err(Failure::usage(
                "--scorer scores texts, and these items have options; give texts (--items builtin:continuation) or leave it out",
            ));
        }
    };
    let mut chosen = Vec::new();
    // A model that is not there, or does not fit, is named before another one computes for hours.
    for (model, folder) in models(args) {
        let critic = Chosen::critic(args.experiment.critic.as_deref(), &model)?;
        chosen.push((Chosen::from(&model)?, critic, folder, model.model));
    }
    let several = chosen.len() > 1;
    let mut done = Done::default();
    for (model, critic, folder, named) in chosen {
        let name = model.files.name.clone();
        let one = One {
            args,
            set: &set,
            settings: &settings,
            scorer: scorer.as_ref(),
            folder: folder.clone(),
            model: named,
        };
        match one.run(model, critic.as_ref()) {
            Ok(None) => {}
            Ok(Some(ended)) => {
                done.ended = Some(ended);
                return Ok(done);
            }
            Err(failure) if several => {
                // The other models do not suffer for it.
                eprintln!("recant: {}", Failure::work(format!("{name}: {failure}")));
                done.failed.push(Failed { name, folder });
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(done)
}

/// Cuts the set to what is asked for.
fn cut(args: &RunArgs, set: &mut ItemSet) -> Result<(), Failure> {
    for (name, count) in [("--limit", args.limit), ("--sample", args.sample)] {
        if count == Some(0) {
            return Err(Failure::usage(format!(
                "{name} 0 leaves no item; give 1 or more"
            )));
        }
    }
    if let Some(limit) = args.limit {
        set.items = items::first(&set.items, limit).into();
    }
    if let Some(count) = args.sample {
        let all = items::units(&set.items);
        if count > all {
            let what = format!("--sample {count}: there are only {all}; all of them are asked");
            eprintln!("recant: {what}");
        }
        set.items = items::sample(&set.items, count, args.experiment.seed).into();
    }
    Ok(())
}

/// The models in the order asked for, each with its folder.
fn models(args: &RunArgs) -> Vec<(ModelArgs, PathBuf)> {
    let model = |model: Option<PathBuf>| ModelArgs {
        model,
        compute: args.compute,
    };
    if let [] | [_] = args.model.as_slice() {
        let one = args.model.first().cloned();
        return vec![(model(one), args.out.clone())];
    }
    let mut taken: Vec<String> = Vec::new();
    let with_folder = |path: &PathBuf| {
        let name = slug(path);
        let again = taken.iter().filter(|t| **t == name).count();
        taken.push(name.clone());
        let name = match again {
            0 => name,
            n => format!("{name}-{}", n + 1),
        };
        (model(Some(path.clone())), args.out.join(name))
    };
    args.model.iter().map(with_folder).collect()
}

/// A folder's name for a model: the last two parts of its path or its hub name.
fn slug(path: &Path) -> String {
    let parts: Vec<_> = path.components().collect();
    let last = parts.iter().rev().take(2).rev();
    let words: Vec<String> = last
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let plain = |c: char| match c {
        c if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') => c,
        _ => '-',
    };
    let name: String = words.join("--").chars().map(plain).collect();
    match name.trim_matches(['.', '-']) {
        "" => "model".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod death;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_after_their_models() {
        for (path, expected) in [
            ("org/name", "org--name"),
            ("/models/tiny.gguf", "models--tiny.gguf"),
            ("org/name:file Q8.gguf", "org--name-file-Q8.gguf"),
            ("..", "model"),
            ("./x\u{1b}[2J", "x--2J"),
        ] {
            assert_eq!(slug(Path::new(path)), expected, "{path}");
        }
    }
}
