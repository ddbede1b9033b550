//! What one model's scoreboard of an explorer's session has counted, on disk beside the session, so that `recant --continue` goes on counting where it was left.
//!
//! Invariant: answers come back only under the very settings, questions and weights that they were given
//! under; a file that says otherwise, or that is another session's, is left alone and the reason told.
//! Nothing here is needed: what cannot be written or read is counted anew.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::PathBuf;

use crate::app::App;
use crate::domain::{ConditionNo, ModelNo, Round};
use crate::run::{Finished, Run, Settings, Take};
use crate::session::{BOARD_FORMAT, BoardHead, BoardLine, Digest, RoundLine, json_line};

use super::setup;

/// A file is not written beyond this length: what is missing is counted anew.
const LARGEST_BYTES: u64 = 128 << 20;
/// The file.
pub struct Counted {
    path: PathBuf,
    /// Which session.
    session: String,
    /// What the questions hash to.
    items: String,
    weights: String,
    /// The settings of what was written last.
    settings: Option<Settings>,
    /// None before the model is there, and where nothing more is written.
    file: Option<BufWriter<File>>,
    bytes: u64,
    /// The session is an earlier one, gone on with.
    goes_on: bool,
}

impl Counted {
    /// For a session of this name, kept in this file.
    pub fn new(path: PathBuf, session: &str, items: &str, goes_on: bool) -> Counted {
        Counted {
            path,
            session: session.to_owned(),
            items: items.to_owned(),
            weights: String::new(),
            settings: None,
            file: None,
            bytes: 0,
            goes_on,
        }
    }

    /// Once the model is there and before it is asked: puts back what the session had counted of it.
    /// Returns what to tell.
    pub fn open(&mut self, no: ModelNo, weights: &str, app: &mut App) -> Option<String> {
        self.weights = weights.to_owned();
        let told = match self.goes_on {
            false => None,
            true => Some(match self.put_back(no, app) {
                Ok(0) => return self.go_on(),
                Ok(n) => format!("the scoreboard goes on from {n} answers"),
                Err(why) => {
                    self.make_room();
                    return Some(format!("the scoreboard counts anew: {why}"));
                }
            }),
        };
        match told {
            None => self.make_room(),
            Some(_) => _ = self.go_on(),
        }
        told
    }

    fn go_on(&mut self) -> Option<String> {
        let file = OpenOptions::new().append(true).open(&self.path).ok()?;
        // What a crash tore is cut off, so that lines stay lines.
        file.set_len(self.bytes).ok()?;
        self.file = Some(BufWriter::new(file));
        None
    }

    /// Keeps what an earlier session left.
    fn make_room(&mut self) {
        // Where there is none, nothing is to be kept.
        let _ = std::fs::rename(&self.path, self.path.with_extension("before.jsonl"));
    }

    fn head(&self, settings: &Settings) -> BoardHead {
        BoardHead {
            format: BOARD_FORMAT,
            session: self.session.clone(),
            weights: self.weights.clone(),
            items: self.items.clone(),
            settings: fingerprint(settings),
        }
    }

    /// Writes down a finished round, as far as the disk lets.
    pub fn keep(&mut self, finished: &Finished, settings: &Settings) {
        if self.settings.as_ref() != Some(settings) {
            // Another scoreboard: the one before cannot be gone back to.
            self.settings = Some(settings.clone());
            self.begin(settings);
        }
        let Some(mut round) = RoundLine::of(&finished.round) else {
            return;
        };
        round.steps.iter_mut().for_each(|s| s.tokens.clear());
        let line = json_line(&BoardLine {
            item_no: finished.item_no,
            condition: finished.condition.0,
            sample: finished.take.sample,
            rotation: finished.take.rotation,
            round_no: finished.round_no.0,
            round,
        });
        self.write(line);
    }

    fn begin(&mut self, settings: &Settings) {
        let head = self.head(settings);
        let folder = self.path.parent().map(std::fs::create_dir_all);
        let file = match folder {
            Some(Err(_)) => None,
            Some(Ok(())) | None => File::create(&self.path).ok(),
        };
        self.file = file.map(BufWriter::new);
        self.bytes = 0;
        self.write(json_line(&head));
    }

    fn write(&mut self, line: Option<Vec<u8>>) {
        let Some(file) = &mut self.file else { return };
        let written = line.and_then(|l| file.write_all(&l).ok().map(|()| l.len() as u64));
        match written {
            Some(bytes) if self.bytes + bytes <= LARGEST_BYTES => self.bytes += bytes,
            // What is missing is counted anew.
            Some(_) | None => self.file = None,
        }
    }

    /// Hands what waits to the system.
    pub fn flush(&mut self) {
        if self.file.as_mut().is_some_and(|f| f.flush().is_err()) {
            self.file = None;
        }
    }

    /// Returns how many answers were put back.
    fn put_back(&mut self, no: ModelNo, app: &mut App) -> Result<usize, String> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(_) => return Err("its answers were not kept".to_owned()),
        };
        let whole = file.metadata().map_or(0, |about| about.len());
        let mut lines = BufReader::new(file).split(b'\n');
        let first = lines.next().and_then(Result::ok).unwrap_or_default();
        let mut bytes = first.len() as u64 + 1;
        let Ok(head) = serde_json::from_slice::<BoardHead>(&first) else {
            return Err("its answers cannot be read".to_owned());
        };
        let differs = [
            (
                head.format != BOARD_FORMAT,
                "another version kept its answers",
            ),
            (
                head.session != self.session,
                "another session was left since",
            ),
            (
                head.weights != self.weights,
                "the model's weights are others",
            ),
            (head.items != self.items, "the questions are others"),
        ];
        if let Some((_, why)) = differs.iter().find(|(differs, _)| *differs) {
            return Err((*why).to_owned());
        }
        // Those of the session's start, and those of the panes where it had been restarted with them; of
        // models that came later, only the first one knows the start.
        let of = |run: &Run| {
            [
                run.sweep().settings().clone(),
                run.focus().settings().clone(),
            ]
        };
        let all = [no, ModelNo::default()].into_iter();
        let all = all.filter_map(|no| app.run_of(no)).flat_map(of);
        let Some(settings) = all.into_iter().find(|s| head.settings == fingerprint(s)) else {
            return Err("its answers were given under other settings".to_owned());
        };
        let Some(run) = app.run_of_mut(no) else {
            return Err("the model has gone".to_owned());
        };
        if *run.sweep().settings() != settings {
            let labels = run.sweep().labels().clone();
            run.restart_sweep_as(settings, &mut Vec::new());
            run.sweep_mut().set_labels(labels);
        }
        self.settings = Some(run.sweep().settings().clone());
        let mut begun: HashMap<(usize, ConditionNo, Take), Vec<Round>> = HashMap::new();
        let mut order = Vec::new();
        for line in lines.map_while(Result::ok) {
            // A line that a crash tore, and all after it.
            let end = bytes + line.len() as u64 + 1;
            let Ok(line) = serde_json::from_slice::<BoardLine>(&line) else {
                break;
            };
            if end > whole {
                break;
            }
            bytes = end;
            let take = Take {
                sample: line.sample,
                rotation: line.rotation,
            };
            let item = run
                .items()
                .get(line.item_no)
                .map(|i| i.rotated(take.rotation));
            let round = item.and_then(|item| line.round.round(&item));
            let place = (line.item_no, ConditionNo(line.condition), take);
            let rounds = begun.entry(place).or_insert_with(|| {
                order.push(place);
                Vec::new()
            });
            // What comes twice was counted again by a restart under the same settings.
            if let (Some(round), true) = (round, rounds.len() == usize::from(line.round_no)) {
                rounds.push(round);
            }
        }
        self.bytes = bytes;
        let mut count = 0;
        for place in order {
            let rounds = begun.remove(&place).unwrap_or_default();
            count += rounds.len();
            let (item_no, condition, take) = place;
            run.restore(item_no, condition, take, rounds);
        }
        app.after_counts();
        Ok(count)
    }
}

/// What the answers of a scoreboard depend on, hashed.
fn fingerprint(settings: &Settings) -> String {
    let mut digest = Digest::default();
    for condition in &settings.conditions {
        digest.add(condition.name.as_bytes());
        digest.add(b"\0");
        digest.add(setup::prompt_digest(condition).as_bytes());
    }
    let rest = format!(
        "{} {} {} {:?} {} {:?}",
        settings.rounds,
        settings.seed,
        settings.lock_seeds,
        settings.decoding,
        settings.belief,
        settings.plan
    );
    digest.add(rest.as_bytes());
    digest.finish()
}
