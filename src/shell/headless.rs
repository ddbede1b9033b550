//! `recant run`: the experiment over a whole set, crash-safe and resumable.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::domain::{Item, Round, Rule};
use crate::engine::About;
use crate::run::{Answers, Finished, Plan, Run, Settings};
use crate::session::{self, AnswerLine, MadeWith, Manifest, Opened, ScoredLine, Writer};

use super::cli::{AnswerMode, ModelArgs, RunArgs};
use super::drive::{Halt, drive};
use super::failure::Failure;
use super::items::{self, ItemSet};
use super::model::Chosen;
use super::progress::{Progress, event};
use super::recorded;
use super::restored::Restored;
use super::scorer::Scorer;
use super::setup;
use super::signals::{Ended, Signals};
use super::{model, print};

/// Trajectories at the model at once: fills the engine's batch.
pub const IN_FLIGHT: usize = 32;

/// Memory for prompts that were read already. What is in work shares its own; nobody goes back to an
/// item that is done, as people in the explorer do.
const PREFIX_BYTES: usize = 128 << 20;

/// The list of bad rows in a run's folder.
const BAD_ROWS: &str = "skipped.txt";

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
    let mut failed = None;
    let models = models(args);
    let several = models.len() > 1;
    for (model, folder) in models {
        let one = One {
            args,
            set: &set,
            settings: &settings,
            scorer: scorer.as_ref(),
            folder,
            model: model.model.clone(),
        };
        match one.run(&model) {
            Ok(None) => {}
            Ok(Some(ended)) => return Ok(ended.code()),
            Err(failure) if several => {
                // The other models do not suffer for it.
                eprintln!("recant: {failure}");
                failed = Some(failure);
            }
            Err(failure) => return Err(failure),
        }
    }
    if several && !args.json && !args.quiet {
        let out = args.out.display();
        print(&format!(
            "recant report {out} prints all of them together\n"
        ))?;
    }
    Ok(failed.map_or(ExitCode::SUCCESS, |failure| failure.code()))
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
        set.items = items::sample(&set.items, count, args.experiment.seed).into();
    }
    Ok(())
}

/// The models in the order asked for, each with its folder.
fn models(args: &RunArgs) -> Vec<(ModelArgs, PathBuf)> {
    let model = |model: Option<PathBuf>| ModelArgs {
        model,
        offline: args.offline,
        device: args.device,
        dtype: args.dtype,
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

/// One model's run.
struct One<'a> {
    args: &'a RunArgs,
    set: &'a ItemSet,
    settings: &'a Settings,
    scorer: Option<&'a Scorer>,
    folder: PathBuf,
    /// What was asked for as the model.
    model: Option<PathBuf>,
}

impl One<'_> {
    fn run(&self, model: &ModelArgs) -> Result<Option<Ended>, Failure> {
        let mut chosen = Chosen::from(model)?;
        chosen.options.limits.prefix_bytes = PREFIX_BYTES;
        chosen.options.threads = self.args.threads.map(|n| n.get().into());
        let critic = Chosen::critic(self.args.experiment.critic.as_deref(), model)?;
        self.go(model::open_with(&chosen, critic.as_ref(), None)?)
    }

    fn go(&self, (engine, mut reports): model::Opened) -> Result<Option<Ended>, Failure> {
        let about = engine.about().clone();
        let manifest = self.manifest(&about, engine.critic());
        let mut run = Run::new(self.set.items.clone(), self.settings.clone());
        run.sweep_mut().set_limits(IN_FLIGHT);
        run.sweep_mut().keep_no_register();
        let mut restored = Restored::new(self.settings);
        let opened = session::open(&self.folder, &manifest, |line| {
            restored.take(line, &mut run);
        });
        let Opened { file, torn_bytes } = opened.map_err(Failure::usage)?;
        restored.finish(&mut run);
        if torn_bytes > 0 {
            eprintln!(
                "recant: a torn last line of {torn_bytes} bytes was moved to answers.jsonl.torn; its answer is asked again"
            );
        }
        self.list_bad_rows()?;
        let (planned, done) = (run.sweep().rounds_planned(), run.sweep().rounds_done());
        let mut progress = match self.args.json {
            true => Progress::events(planned, done),
            false => Progress::new(planned, done),
        };
        if self.args.json {
            event(&json!({
                "event": "start",
                "model": about.name,
                "folder": self.folder.display().to_string(),
                "items": self.set.items.len(),
                "skipped_rows": self.set.rows.len(),
                "planned": planned,
                "done": done,
            }))?;
        }
        let mut writer = Writer::new(file);
        let made = Made::new(self, &about);
        let runtime = super::runtime()?;
        let ended = runtime.block_on(async {
            let mut signals = Signals::listen().map_err(Halt::Failure)?;
            let ended = drive(
                &mut run,
                &*engine,
                &mut reports,
                &mut signals,
                |run, finished| {
                    if let Some(line) = made.line(finished)? {
                        if let Some(scored) = &line.scored {
                            let (condition, round) = (finished.condition, finished.round_no);
                            let sweep = run.sweep_mut();
                            sweep.add_toxicity(condition, round, &finished.item, scored.toxicity);
                        }
                        writer.write(&line).map_err(|e| self.disk(&e))?;
                        progress.answer(run, &line)?;
                    }
                    Ok(())
                },
            )
            .await;
            progress.end();
            ended
        });
        // What was finished before a failure is on the disk before anybody hears of it.
        let written = writer.finish().map_err(|e| self.disk(&e));
        match ended {
            Err(Halt::Failure(failure)) => Err(failure),
            Err(Halt::Dead(what)) => {
                written?;
                self.dead(&run, what)
            }
            Ok(ended) => {
                written?;
                self.end(&run, ended)
            }
        }
    }

    /// Says that the model died, and what there is nevertheless.
    fn dead(&self, run: &Run, what: &str) -> Result<Option<Ended>, Failure> {
        let (done, planned) = (run.sweep().rounds_done(), run.sweep().rounds_planned());
        let folder = self.folder.display();
        if self.args.json {
            event(&json!({
                "event": "end",
                "folder": folder.to_string(),
                "done": done,
                "planned": planned,
                "failed": run.sweep().rounds_failed(),
                "stopped_by": what,
            }))?;
        }
        Err(Failure::work(format!(
            "{what} (a defect of this program, or too little memory): {done} of {planned} answers are in {folder}; the same command goes on"
        )))
    }

    fn end(&self, run: &Run, ended: Option<Ended>) -> Result<Option<Ended>, Failure> {
        let (done, planned) = (run.sweep().rounds_done(), run.sweep().rounds_planned());
        let failed = run.sweep().rounds_failed();
        let folder = self.folder.display();
        if self.args.json {
            event(&json!({
                "event": "end",
                "folder": folder.to_string(),
                "done": done,
                "planned": planned,
                "failed": failed,
                "stopped_by": ended.map(|e| e.name),
            }))?;
        }
        if let Some(ended) = ended {
            eprintln!(
                "recant: stopped by {}: {done} of {planned} answers are in {folder}; the same command goes on",
                ended.name
            );
            return Ok(Some(ended));
        }
        if failed > 0 {
            let why = run.sweep().last_failure().unwrap_or("no reason given");
            return Err(Failure::work(format!(
                "{failed} of {planned} answers could not be made ({why}); the other {done} are in {folder}; the same command tries again"
            )));
        }
        if !self.args.json && !self.args.quiet {
            print(&format!(
                "{done} answers in {folder}; recant report {folder} prints the scores\n"
            ))?;
        }
        Ok(None)
    }

    fn disk(&self, error: &std::io::Error) -> Failure {
        Failure::work(format!(
            "{}: {error}; the answers before are safe, and the same command goes on once there is room",
            self.folder.join("answers.jsonl").display()
        ))
    }

    /// Leaves the list of bad rows beside the answers.
    fn list_bad_rows(&self) -> Result<(), Failure> {
        if self.set.rows.is_empty() {
            return Ok(());
        }
        let path = self.folder.join(BAD_ROWS);
        let text = self.set.rows.join("\n") + "\n";
        let told = |e| Failure::work(format!("{}: {e}", path.display()));
        std::fs::write(&path, text).map_err(told)
    }

    fn manifest(&self, about: &About, critic: Option<&About>) -> Manifest {
        let (args, set, settings) = (self.args, self.set, self.settings);
        let names: Vec<&str> = settings.conditions.iter().map(|c| &*c.name).collect();
        let mut all = Map::new();
        let mut put = |name: &str, value: Value| all.insert(name.to_owned(), value);
        put("found_at", recorded::found_at(args, self.model.as_deref()));
        put("items", json!(set.name));
        put("items_sha256", json!(set.sha256));
        put("limit", json!(args.limit));
        put("item_count", json!(set.items.len()));
        put("model", json!(about.name));
        put(
            "model_warning",
            json!(about.is_control.then_some(crate::control::LABEL)),
        );
        put("parameters", json!(about.parameters));
        put("weights_sha256", json!(about.weights_sha256));
        put("template_sha256", json!(about.template_sha256));
        put("conditions", json!(names));
        for condition in &settings.conditions {
            put(
                &format!("prompt_sha256.{}", condition.name),
                json!(setup::prompt_digest(condition)),
            );
        }
        if let Some(critic) = critic {
            put("critic", json!(critic.name));
            put("critic_weights_sha256", json!(critic.weights_sha256));
            put("critic_template_sha256", json!(critic.template_sha256));
        }
        put("rounds", json!(settings.rounds));
        put("seed", json!(settings.seed));
        let decoding = settings.decoding;
        put("temperature", json!(decoding.temperature));
        put("top_k", json!(decoding.top_k));
        put("top_p", json!(decoding.top_p));
        put("min_p", json!(decoding.min_p));
        put("repetition_penalty", json!(decoding.repetition_penalty));
        put("belief", json!(settings.belief));
        put("answers", json!(settings.plan.answers.name()));
        // What is not used is not named: runs of earlier versions can be gone on with.
        if !args.experiment.items.only.is_empty() {
            put("only", json!(args.experiment.items.only));
        }
        if let Some(count) = args.sample {
            put("sample", json!(count));
        }
        if settings.plan.samples > 1 {
            put("samples", json!(settings.plan.samples));
        }
        if settings.plan.all_rotations {
            put("repeat_orders", json!(true));
        }
        if let Some(scorer) = self.scorer {
            put("scorer", json!(scorer.name()));
            put("scorer_sha256", json!(scorer.sha256()));
        }
        if settings.plan != Plan::default() {
            put("answers_planned", json!(planned(set, settings)));
        }
        Manifest::new(all)
    }
}

fn planned(set: &ItemSet, settings: &Settings) -> u64 {
    let shown: u64 = set
        .items
        .iter()
        .map(|i| u64::from(settings.plan.rotations(i)))
        .sum();
    shown
        * u64::from(settings.plan.samples)
        * settings.conditions.len() as u64
        * u64::from(settings.rounds)
}

/// What goes into a line beside the round itself.
struct Made<'a> {
    settings: &'a Settings,
    scorer: Option<(&'a Scorer, String)>,
    /// One per condition.
    with: Vec<MadeWith>,
}

impl<'a> Made<'a> {
    fn new(one: &One<'a>, about: &About) -> Made<'a> {
        let scorer = one.scorer.map(|s| (s, s.name()));
        let scorer_sha256 = one.scorer.map(Scorer::sha256);
        let with = one.settings.conditions.iter().map(|condition| MadeWith {
            recant: env!("CARGO_PKG_VERSION").to_owned(),
            weights: Some(about.weights_sha256.clone()),
            template: about.template_sha256.clone(),
            condition: setup::prompt_digest(condition),
            item: String::new(),
            scorer: scorer_sha256.clone(),
            seed: one.settings.seed,
        });
        Made {
            settings: one.settings,
            scorer,
            with: with.collect(),
        }
    }

    fn line(&self, finished: &Finished) -> Result<Option<AnswerLine>, Failure> {
        let (item, round) = (&finished.item, &finished.round);
        let condition = self.settings.condition(finished.condition);
        let name = condition.map_or("", |c| &*c.name);
        let line = AnswerLine::new(finished.item_no, item, name, finished.round_no, round);
        let Some(mut line) = line else {
            return Ok(None);
        };
        line.sample = finished.take.sample;
        line.rotation = finished.take.rotation;
        line.scored = self.score(item, round)?;
        line.made_with = self
            .with
            .get(usize::from(finished.condition.0))
            .map(|with| MadeWith {
                item: session::item_digest(item),
                ..with.clone()
            });
        Ok(Some(line))
    }

    fn score(&self, item: &Item, round: &Round) -> Result<Option<ScoredLine>, Failure> {
        let Some((scorer, name)) = self
            .scorer
            .as_ref()
            .filter(|_| item.rule == Rule::Continuation)
        else {
            return Ok(None);
        };
        let text = round.steps.last().map_or("", |s| s.text.as_str());
        Ok(Some(ScoredLine {
            scorer: name.clone(),
            toxicity: scorer.score(text)?,
        }))
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
