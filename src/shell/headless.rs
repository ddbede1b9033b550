//! `recant run`: the experiment over a whole set, crash-safe and resumable.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{Map, Value, json};

use crate::domain::ConditionNo;
use crate::engine::About;
use crate::run::{Run, Settings};
use crate::session::{self, AnswerLine, Manifest, Opened, Writer};

use super::cli::RunArgs;
use super::drive::drive;
use super::failure::Failure;
use super::model::Chosen;
use super::setup::{self, ItemSet};
use super::signals::Signals;
use super::{model, print};

/// Trajectories at the model at once: fills the engine's batch.
pub const IN_FLIGHT: usize = 32;

/// Where there is no terminal, a line of progress this often.
const PLAIN_EVERY: Duration = Duration::from_secs(5);

/// Runs, or goes on with, an experiment.
///
/// # Errors
/// A mistake in the arguments or their files; a model that cannot be loaded or died; a full disk.
/// What was finished before is kept.
pub fn run(args: &RunArgs) -> Result<ExitCode, Failure> {
    let mut set = setup::items(&args.experiment)?;
    let settings = setup::settings(&args.experiment, args.belief)?;
    for warning in &set.warnings {
        eprintln!("recant: {}", Failure::usage(warning));
    }
    if let Some(limit) = args.limit {
        if limit == 0 {
            return Err(Failure::usage("--limit 0 leaves no item; give 1 or more"));
        }
        set.items = set.items.iter().take(limit).cloned().collect();
    }
    let (engine, mut reports) = model::open(&Chosen::from(&args.experiment.model)?, None)?;
    let manifest = manifest(args, &set, &settings, engine.about());
    let Opened {
        file,
        answers,
        torn_bytes,
    } = session::open(&args.out, &manifest).map_err(Failure::usage)?;
    if torn_bytes > 0 {
        eprintln!(
            "recant: a torn last line of {torn_bytes} bytes was moved to answers.jsonl.torn; its answer is asked again"
        );
    }
    let mut run = Run::new(set.items.clone(), settings.clone());
    run.sweep_mut().set_limits(IN_FLIGHT);
    restore(&mut run, &settings, &answers);
    let progress = Progress::new(run.sweep().rounds_planned(), run.sweep().rounds_done());
    let mut writer = Writer::new(file);
    let runtime = super::runtime()?;
    let ended = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let mut progress = progress;
        let ended = drive(
            &mut run,
            &*engine,
            &mut reports,
            &mut signals,
            |run, finished| {
                let condition = settings
                    .condition(finished.condition)
                    .map_or("", |c| &*c.name);
                let line = AnswerLine::new(
                    finished.item_no,
                    &finished.item,
                    condition,
                    finished.round_no,
                    &finished.round,
                );
                if let Some(line) = line {
                    writer.write(&line).map_err(|e| disk(args, &e))?;
                }
                progress.at(run.sweep().rounds_done());
                Ok(())
            },
        )
        .await;
        progress.end();
        ended
    })?;
    writer.finish().map_err(|e| disk(args, &e))?;
    let (done, planned) = (run.sweep().rounds_done(), run.sweep().rounds_planned());
    let folder = args.out.display();
    if let Some(ended) = ended {
        eprintln!(
            "recant: stopped by {}: {done} of {planned} answers are in {folder}; the same command goes on",
            ended.name
        );
        return Ok(ended.code());
    }
    let failed = run.sweep().rounds_failed();
    if failed > 0 {
        let why = run.sweep().last_failure().unwrap_or("no reason given");
        return Err(Failure::work(format!(
            "{failed} of {planned} answers could not be made ({why}); the other {done} are in {folder}; the same command tries again"
        )));
    }
    print(&format!(
        "{done} answers in {folder}; recant report {folder} prints the scores\n"
    ))
}

fn disk(args: &RunArgs, error: &std::io::Error) -> Failure {
    Failure::work(format!(
        "{}: {error}; the answers before are safe, and the same command goes on once there is room",
        args.out.join("answers.jsonl").display()
    ))
}

fn restore(run: &mut Run, settings: &Settings, answers: &[AnswerLine]) {
    let mut rounds: BTreeMap<(usize, u16), BTreeMap<u16, &AnswerLine>> = BTreeMap::new();
    for line in answers {
        let no = settings
            .conditions
            .iter()
            .position(|c| *c.name == *line.condition);
        if let Some(no) = no.and_then(|no| u16::try_from(no).ok()) {
            rounds
                .entry((line.item_no, no))
                .or_default()
                .insert(line.round, line);
        }
    }
    for ((item_no, condition), lines) in rounds {
        let consecutive = lines
            .iter()
            .zip(0_u16..)
            .take_while(|((round, _), no)| **round == *no);
        let rounds = consecutive
            .map_while(|((_, line), _)| line.round())
            .collect();
        run.restore(item_no, ConditionNo(condition), rounds);
    }
}

fn manifest(args: &RunArgs, set: &ItemSet, settings: &Settings, about: &About) -> Manifest {
    let names: Vec<&str> = settings.conditions.iter().map(|c| &*c.name).collect();
    let mut all = Map::new();
    let mut put = |name: &str, value: Value| all.insert(name.to_owned(), value);
    put("items", json!(set.name));
    put("items_sha256", json!(set.sha256));
    put("limit", json!(args.limit));
    put("item_count", json!(set.items.len()));
    put("model", json!(about.name));
    put(
        "model_warning",
        json!(about.is_control.then_some(crate::control::LABEL)),
    );
    put("weights_sha256", json!(about.weights_sha256));
    put("template_sha256", json!(about.template_sha256));
    put("conditions", json!(names));
    for condition in &settings.conditions {
        put(
            &format!("prompt_sha256.{}", condition.name),
            json!(setup::prompt_digest(condition)),
        );
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
    put("answers", json!("generate"));
    Manifest::new(all)
}

/// A bar on a terminal, a line now and then elsewhere.
pub enum Progress {
    Bar(ProgressBar),
    Plain {
        begun: Instant,
        begun_at: u64,
        told: Instant,
        planned: u64,
        done: u64,
    },
}

impl Progress {
    pub fn new(planned: u64, done: u64) -> Progress {
        if std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(Some(planned), ProgressDrawTarget::stderr());
            let style = "{bar:32} {pos} of {len} answers, {per_sec}, {eta} left";
            if let Ok(style) = ProgressStyle::with_template(style) {
                bar.set_style(style);
            }
            bar.set_position(done);
            bar.reset_eta();
            return Progress::Bar(bar);
        }
        let now = Instant::now();
        eprintln!("{done} of {planned} answers");
        Progress::Plain {
            begun: now,
            begun_at: done,
            told: now,
            planned,
            done,
        }
    }

    pub fn at(&mut self, now_done: u64) {
        match self {
            Progress::Bar(bar) => bar.set_position(now_done),
            Progress::Plain {
                begun,
                begun_at,
                told,
                planned,
                done,
            } => {
                *done = now_done;
                if told.elapsed() >= PLAIN_EVERY {
                    *told = Instant::now();
                    let rate = (now_done - *begun_at) as f64 / begun.elapsed().as_secs_f64();
                    let left = (*planned - now_done) as f64 / rate;
                    eprintln!("{now_done} of {planned} answers, {rate:.1}/s, {left:.0} s left");
                }
            }
        }
    }

    pub fn end(&mut self) {
        match self {
            Progress::Bar(bar) => bar.abandon(),
            Progress::Plain { planned, done, .. } => eprintln!("{done} of {planned} answers"),
        }
    }
}
