//! A recorded run as the explorer needs it: its questions, what was asked, its answers by question, and
//! what was added by hand.
//!
//! Invariant: the record itself is only read. What it does not hold (a question's text, a prompt's words)
//! is taken from where the run had it, after comparing hashes; where that is not to be had, the record
//! still opens, and says why nothing more can be asked.

mod asked;
mod found;
mod questions;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::app::label::Choice;
use crate::app::saying::Saying;
use crate::domain::{Answer, Condition, ConditionNo, RoundNo, Voice};
use crate::run::{Labels, Recalled, Run, Seat, Settings, Take};
use crate::session::{AnswerLine, Hand, HandLine, HandWriter, Label, LineAt, SessionError, Stored};

use super::cli::OpenArgs;
use super::failure::Failure;
use super::report::runs_in;
use super::restored::Restored;
use super::sayings;
use super::setup;
pub use found::found_at;
use questions::Items;

/// An opened record.
pub struct Recorded {
    /// Its folder.
    pub folder: PathBuf,
    stored: Stored,
    /// The questions, in the set's order.
    pub items: Items,
    /// Their numbers in the record, in the same order.
    numbers: Vec<usize>,
    /// What was asked, and how.
    pub settings: Settings,
    /// For each condition, why nothing can be asked under it.
    frozen: Vec<Option<Arc<str>>>,
    /// Why nothing can be asked at all.
    pub silent: Option<String>,
    /// What people added.
    pub hand: Hand,
    writer: HandWriter,
    index: HashMap<usize, Vec<LineAt>>,
    /// For people: what is not as it was.
    pub notes: Vec<String>,
}

impl Recorded {
    /// Looks at a record without reading its answers.
    ///
    /// # Errors
    /// No run there; options that name other things than the run was made with.
    pub fn at(args: &OpenArgs) -> Result<Recorded, Failure> {
        let folder = args.folder.clone();
        let inside = runs_in(&folder);
        if !inside.is_empty() {
            let names: Vec<String> = inside.iter().map(|p| p.display().to_string()).collect();
            return Err(Failure::usage(format!(
                "{} holds several runs; open one of them: {}",
                folder.display(),
                names.join(", ")
            )));
        }
        let stored = Stored::at(&folder).map_err(Failure::usage)?;
        let hand = Hand::read(&folder).map_err(Failure::usage)?;
        let mut notes = Vec::new();
        let found = questions::questions(args, &stored)?;
        let (items, numbers, silent) = match found {
            Ok(items) => {
                let numbers = (0..items.len()).collect();
                (items, numbers, None)
            }
            Err(why) => {
                let (items, numbers) = questions::bare(&stored)?;
                notes.push(format!("{why}; questions are shown as they were asked"));
                let silent =
                    format!("{why}; nothing can be asked about questions without their text");
                (items, numbers, Some(silent))
            }
        };
        let (settings, frozen) = asked::settings(args, &stored, &items, &mut notes)?;
        Ok(Recorded {
            writer: HandWriter::new(&folder),
            folder,
            stored,
            items,
            numbers,
            settings,
            frozen,
            silent,
            hand,
            index: HashMap::new(),
            notes,
        })
    }

    /// Nothing can be asked under conditions with a critic.
    pub fn freeze_critics(&mut self, why: &str) {
        for (condition, frozen) in self.settings.conditions.iter().zip(&mut self.frozen) {
            let mut steps = condition.first.iter().chain(&condition.review);
            if steps.any(|s| s.voice == Voice::Critic) {
                frozen.get_or_insert_with(|| why.into());
            }
        }
    }

    /// The prompts there are for these questions: the program's own, and those where the run had its own.
    pub fn conditions(&self, args: &OpenArgs) -> Vec<Arc<Condition>> {
        let folder = args.prompts.clone().or_else(|| self.found("prompts"));
        let all = setup::all_conditions(folder.as_deref());
        let all = all
            .or_else(|_| setup::all_conditions(None))
            .unwrap_or_default();
        let suits = |c: &Arc<Condition>| self.items.iter().all(|i| c.unsuited(i).is_none());
        all.into_iter().filter(suits).collect()
    }

    /// A setting of the run as text; empty where it has none.
    pub fn setting(&self, name: &str) -> String {
        text(&self.stored, name).unwrap_or_default()
    }

    /// Where the run found something, if it says so.
    pub fn found(&self, what: &str) -> Option<PathBuf> {
        let all = self.stored.manifest.settings.get("found_at")?;
        Some(PathBuf::from(all.get(what)?.as_str()?))
    }

    /// Reads all answers, counts them, and remembers where each question's lie.
    ///
    /// # Errors
    /// A file or line that cannot be read.
    pub fn run(&mut self) -> Result<Run, Failure> {
        let settings = self.settings.clone();
        let mut run = Run::of_record(self.items.clone(), settings.clone(), self.frozen.clone());
        run.sweep_mut().set_labels(self.labels());
        let position: HashMap<usize, usize> = self
            .numbers
            .iter()
            .enumerate()
            .map(|(at, no)| (*no, at))
            .collect();
        let mut restored = Restored::new(&settings);
        let (mut index, mut strange) = (HashMap::<usize, Vec<LineAt>>::new(), 0);
        let read = self.stored.each_at(|at, mut line: AnswerLine| {
            let known = position.get(&line.item_no).copied();
            let mine = known.filter(|at| *self.items[*at].id.0 == *line.item);
            let Some(item_no) = mine else {
                strange += 1;
                return;
            };
            line.item_no = item_no;
            match restored.take(line, &mut run) {
                true => index.entry(item_no).or_default().push(at),
                false => strange += 1,
            }
        });
        read.map_err(Failure::usage)?;
        restored.finish(&mut run);
        self.index = index;
        if strange > 0 {
            self.notes.push(format!(
                "{strange} lines were left out: there twice, out of turn, or of questions or conditions that the run does not have"
            ));
        }
        Ok(run)
    }

    fn labels(&self) -> Labels {
        let mut labels = Labels::new();
        let position: HashMap<usize, usize> = self
            .numbers
            .iter()
            .enumerate()
            .map(|(at, no)| (*no, at))
            .collect();
        for (place, (name, label)) in &self.hand.labels {
            let (item_no, condition, sample, rotation, round) = place;
            let mut conditions = self.settings.conditions.iter();
            let at = position.get(item_no).copied();
            let Some((at, no)) = at.zip(conditions.position(|c| *c.name == **condition)) else {
                continue;
            };
            let item = &self.items[at];
            if *item.id.0 != **name {
                continue;
            }
            if let Some(answer) = label.answer(&item.rotated(*rotation)) {
                let seat = Seat {
                    item_no: at,
                    condition: ConditionNo(u16::try_from(no).unwrap_or(u16::MAX)),
                    take: Take {
                        sample: *sample,
                        rotation: *rotation,
                    },
                    round: RoundNo(*round),
                };
                labels.insert(seat, answer);
            }
        }
        labels
    }

    /// What the record holds of a question.
    ///
    /// # Errors
    /// A file that cannot be read any more.
    pub fn recall(&self, item_no: usize) -> Result<Vec<Recalled>, SessionError> {
        let Some(at) = self.index.get(&item_no) else {
            return Ok(Vec::new());
        };
        let mut all: Vec<Recalled> = Vec::new();
        for line in self.stored.at_lines(at)? {
            let mut conditions = self.settings.conditions.iter();
            let Some(no) = conditions.position(|c| *c.name == *line.condition) else {
                continue;
            };
            let condition = ConditionNo(u16::try_from(no).unwrap_or(u16::MAX));
            let take = Take {
                sample: line.sample,
                rotation: line.rotation,
            };
            let Some(round) = line.round() else { continue };
            let same = |r: &&mut Recalled| r.condition == condition && r.take == take;
            match all.iter_mut().find(same) {
                Some(one) => one.rounds.push(round),
                None => all.push(Recalled {
                    condition,
                    take,
                    rounds: vec![round],
                }),
            }
        }
        all.sort_by_key(|one| (one.take, one.condition));
        Ok(all)
    }

    /// Keeps a label beside the record; it is on the disk when this returns.
    ///
    /// # Errors
    /// The disk, or another process that writes there.
    pub fn keep_label(&mut self, seat: &Seat, answer: Option<Answer>) -> Result<(), SessionError> {
        let condition = self.settings.condition(seat.condition);
        let (Some(item), Some(item_no), Some(condition)) = (
            self.items.get(seat.item_no),
            self.numbers.get(seat.item_no),
            condition,
        ) else {
            return Ok(());
        };
        let item = item.rotated(seat.take.rotation);
        let label = Label::of(answer, &item);
        self.writer.write(&HandLine::Label {
            item: item.id.to_string(),
            item_no: *item_no,
            condition: condition.name.to_string(),
            sample: seat.take.sample,
            rotation: seat.take.rotation,
            round: seat.round.0,
            means: match label {
                Label::Option(no) => item.options.get(no).cloned(),
                Label::Declines | Label::Unparsed => None,
            },
            label,
            unix_s: unix_s(),
            recant: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// Keeps a label beside the record of an answer that the record does not count.
    ///
    /// # Errors
    /// As for [`Recorded::keep_label`].
    pub fn keep_saying(
        &mut self,
        saying: &Saying,
        label: Option<Choice>,
    ) -> Result<(), SessionError> {
        self.writer.write(&sayings::line(saying, label, unix_s()))
    }

    /// Keeps a note beside the record.
    ///
    /// # Errors
    /// As for [`Recorded::keep_label`].
    pub fn keep_note(&mut self, item_no: usize, note: String) -> Result<(), SessionError> {
        let item = self.items.get(item_no).zip(self.numbers.get(item_no));
        let Some((item, item_no)) = item else {
            return Ok(());
        };
        self.writer.write(&HandLine::Note {
            item: item.id.to_string(),
            item_no: *item_no,
            note,
            unix_s: unix_s(),
            recant: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }
}

/// Seconds since 1970; 0 on a machine whose clock says otherwise.
pub fn unix_s() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |d| d.as_secs())
}

fn text(stored: &Stored, name: &str) -> Option<String> {
    match stored.manifest.settings.get(name)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn number(stored: &Stored, name: &str) -> Option<u64> {
    stored.manifest.settings.get(name)?.as_u64()
}
