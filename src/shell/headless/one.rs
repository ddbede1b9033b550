//! One model's run: opened, driven, written, and what is said at its end.

use std::path::PathBuf;

use serde_json::json;

use crate::domain::CONTEXT_TOO_SHORT;
use crate::run::{Run, Seat, Settings};
use crate::session::{self, OTHER_WORDS, Opened, SessionError, Writer};

use super::super::cli::RunArgs;
use super::super::drive::{Halt, drive};
use super::super::failure::Failure;
use super::super::items::ItemSet;
use super::super::model::{self, Chosen};
use super::super::progress::{Progress, event};
use super::super::restored::Restored;
use super::super::scorer::Scorer;
use super::super::signals::{Ended, Signals};
use super::super::{print, runtime, setup};
use super::made::Made;

/// Trajectories at the model at once: fills the engine's batch.
pub const IN_FLIGHT: usize = 32;

/// Rows per step: nobody waits for a single one, and the more there are, the less often the weights
/// are read.
const PROMPT_ROWS: usize = 384;

/// Jobs made ready per step, about as many as a step's rows finish.
const ADMISSIONS: usize = 8;

/// Memory for prompts that were read already. What is in work shares its own; nobody goes back to an
/// item that is done, as people in the explorer do.
const PREFIX_BYTES: usize = 128 << 20;

/// The list of bad rows in a run's folder.
const BAD_ROWS: &str = "skipped.txt";

/// One model's run.
pub(super) struct One<'a> {
    pub(super) args: &'a RunArgs,
    pub(super) set: &'a ItemSet,
    pub(super) settings: &'a Settings,
    pub(super) scorer: Option<&'a Scorer>,
    pub(super) folder: PathBuf,
    /// What was asked for as the model.
    pub(super) model: Option<PathBuf>,
}

impl One<'_> {
    pub(super) fn run(
        &self,
        mut model: Chosen,
        critic: Option<&Chosen>,
    ) -> Result<Option<Ended>, Failure> {
        let limits = &mut model.options.limits;
        limits.prefix_bytes = PREFIX_BYTES;
        limits.prompt_rows = PROMPT_ROWS;
        limits.background = IN_FLIGHT;
        limits.admissions = ADMISSIONS;
        model.options.threads = self.args.threads.map(|n| n.get().into());
        self.go(model::open_with(&model, critic, None)?)
    }

    /// With the files of the words that differ, where they are known.
    fn placed(&self, mut why: SessionError) -> SessionError {
        if let SessionError::Differs { differences, .. } = &mut why {
            for said in differences {
                let Some(names) = said.strip_prefix(OTHER_WORDS) else {
                    continue;
                };
                let folder = self.args.experiment.prompts.as_deref();
                let placed = names
                    .split(", ")
                    .map(|name| match setup::place_of(folder, name) {
                        Some(place) => format!("{name} (this command's: {place})"),
                        None => name.to_owned(),
                    });
                *said = format!("{OTHER_WORDS}{}", placed.collect::<Vec<_>>().join(", "));
            }
        }
        why
    }

    pub(super) fn go(
        &self,
        (engine, mut reports): model::Opened,
    ) -> Result<Option<Ended>, Failure> {
        let about = engine.about().clone();
        let manifest = self.manifest(&about, engine.critic());
        let mut run = Run::new(self.set.items.clone(), self.settings.clone());
        run.sweep_mut().set_limits(IN_FLIGHT);
        run.sweep_mut().keep_no_register();
        run.sweep_mut().score_texts_elsewhere();
        let mut restored = Restored::new(self.settings);
        let opened = session::open(&self.folder, &manifest, |line| {
            restored.take(line, &mut run);
        });
        let Opened { file, torn_bytes } = opened.map_err(|why| Failure::usage(self.placed(why)))?;
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
        let runtime = runtime()?;
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
                            let seat = Seat {
                                item_no: finished.item_no,
                                condition: finished.condition,
                                take: finished.take,
                                round: finished.round_no,
                            };
                            let (item, by) = (&finished.item, &scored.scorer);
                            let sweep = run.sweep_mut();
                            sweep.add_toxicity(seat, item, scored.toxicity, by);
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
            let next = match why.ends_with(CONTEXT_TOO_SHORT) {
                true => {
                    "the same command would fail again: ask fewer --rounds or shorter --conditions into another --out, or give a model with a longer context"
                }
                false => "the same command tries again",
            };
            return Err(Failure::work(format!(
                "{failed} of {planned} answers could not be made ({why}); the other {done} are in {folder}; {next}"
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
}
