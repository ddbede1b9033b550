//! What people add to a run by hand: labels of answers that the parser could not read, and notes on
//! items. A file of its own beside the answers, `hand.jsonl`, only ever appended to: the last line about
//! a place or an item counts, and what the parser made of an answer stays in the answers as it was.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::{Answer, Item, OptionNo};

use super::folder::{SessionError, mend, read_lines};

/// The file's name in a run's folder.
pub const HAND_FILE: &str = "hand.jsonl";

/// Whose answer: position of the item, condition, sample, rotation, round, as in an answer's line.
pub type AnswerPlace = (usize, String, u16, u16, u16);

/// What somebody read in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// This option, counted from 0 in the order in which the answer's line has them.
    Option(OptionNo),
    /// That none is chosen.
    Declines,
    /// Nothing: an earlier label is taken back.
    Unparsed,
}

impl Label {
    /// The label that makes an answer of it; [`Label::Unparsed`] where there is none.
    pub fn of(answer: Option<Answer>, item: &Item) -> Label {
        match answer {
            None | Some(Answer::Unparsed | Answer::Free) => Label::Unparsed,
            Some(answer) => match answer.option(item) {
                Some(option) => Label::Option(option),
                None => Label::Declines,
            },
        }
    }

    /// The answer that it says was given; `None` where it takes a label back or names no option.
    pub fn answer(self, item: &Item) -> Option<Answer> {
        match self {
            Label::Unparsed => None,
            Label::Declines => Some(Answer::Abstain),
            Label::Option(option) if option < item.options.len().max(item.roles.len()) => {
                Some(Answer::of_option(item, option))
            }
            Label::Option(_) => None,
        }
    }
}

/// An answer that a run does not count, by what was asked and said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SayingLine {
    /// The item's name.
    pub item: String,
    /// Its options, in the order shown; a label counts them from 0.
    pub options: Vec<String>,
    /// The condition's name, changed clauses included.
    pub condition: String,
    /// Which round.
    pub round: u16,
    /// All that was said in it, a line a step.
    pub said: String,
}

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum HandLine {
    /// An answer was labelled.
    Label {
        /// The item's name.
        item: String,
        /// Its position in the set.
        item_no: usize,
        /// The condition's name.
        condition: String,
        /// Which independent sample.
        #[serde(default)]
        sample: u16,
        /// By how many places the options were turned.
        #[serde(default)]
        rotation: u16,
        /// Which round.
        round: u16,
        /// What was read.
        label: Label,
        /// The option's text, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        means: Option<String>,
        /// When, in seconds since 1970.
        unix_s: u64,
        /// The program's version.
        recant: String,
    },
    /// An answer was labelled that the run does not count: a branch, another prompt, or one that the
    /// parser read.
    Saying {
        /// Which answer.
        answer: SayingLine,
        /// What was read.
        label: Label,
        /// The option's text, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        means: Option<String>,
        /// When, in seconds since 1970.
        unix_s: u64,
        /// The program's version.
        recant: String,
    },
    /// An item was noted on.
    Note {
        /// The item's name.
        item: String,
        /// Its position in the set.
        item_no: usize,
        /// The note; empty takes it back.
        note: String,
        /// When, in seconds since 1970.
        unix_s: u64,
        /// The program's version.
        recant: String,
    },
}

/// What stands in a file, as far as it still counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hand {
    /// Labels that were not taken back, with the item's name.
    pub labels: BTreeMap<AnswerPlace, (String, Label)>,
    /// Labels of answers that the run does not count; no figure rests on them.
    pub sayings: BTreeMap<SayingLine, Label>,
    /// Notes that were not taken back, by the item's name.
    pub notes: BTreeMap<String, String>,
}

impl Hand {
    /// Reads what is beside a run's answers; nothing where nobody added anything. A torn last line is
    /// left out.
    ///
    /// # Errors
    /// A file or a line that cannot be read.
    pub fn read(folder: &Path) -> Result<Hand, SessionError> {
        let mut hand = Hand::default();
        read_lines(&folder.join(HAND_FILE), u64::MAX, |line| hand.take(line))?;
        Ok(hand)
    }

    /// Takes a line; it counts in the place of earlier ones about the same.
    pub fn take(&mut self, line: HandLine) {
        match line {
            HandLine::Label {
                item,
                item_no,
                condition,
                sample,
                rotation,
                round,
                label,
                ..
            } => {
                let place = (item_no, condition, sample, rotation, round);
                match label {
                    Label::Unparsed => self.labels.remove(&place),
                    Label::Option(_) | Label::Declines => self.labels.insert(place, (item, label)),
                };
            }
            HandLine::Saying { answer, label, .. } => {
                match label {
                    Label::Unparsed => self.sayings.remove(&answer),
                    Label::Option(_) | Label::Declines => self.sayings.insert(answer, label),
                };
            }
            HandLine::Note { item, note, .. } => {
                match note.is_empty() {
                    true => self.notes.remove(&item),
                    false => self.notes.insert(item, note),
                };
            }
        }
    }

    /// The label of an answer to this item; one about another item that had its number counts nothing.
    pub fn label(&self, place: &AnswerPlace, item: &str) -> Option<Label> {
        let (of, label) = self.labels.get(place)?;
        (of == item).then_some(*label)
    }
}

/// Appends to a run's file. Nothing is touched before the first line.
#[derive(Debug)]
pub struct HandWriter {
    folder: PathBuf,
    file: Option<File>,
}

impl HandWriter {
    /// For the run in a folder.
    pub fn new(folder: &Path) -> HandWriter {
        HandWriter {
            folder: folder.to_owned(),
            file: None,
        }
    }

    /// Appends a line; it is on the disk when this returns. What a crash left of an earlier line is
    /// moved aside first.
    ///
    /// # Errors
    /// The disk, or another process that writes to it. The lines before stay whole.
    pub fn write(&mut self, line: &HandLine) -> Result<(), SessionError> {
        let path = self.folder.join(HAND_FILE);
        let told = |error| SessionError::Io {
            path: path.clone(),
            error,
        };
        let mut bytes = serde_json::to_vec(line).map_err(|e| told(e.into()))?;
        bytes.push(b'\n');
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(open(&self.folder, &path)?),
        };
        append(file, &bytes).map_err(told)
    }
}

fn open(folder: &Path, path: &Path) -> Result<File, SessionError> {
    let told = |error| SessionError::Io {
        path: path.to_owned(),
        error,
    };
    let mut options = OpenOptions::new();
    let file = options.read(true).append(true).create(true).open(path);
    let file = file.map_err(told)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(SessionError::Busy {
                path: folder.to_owned(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(told(error)),
    }
    let (whole, torn) = read_lines(path, u64::MAX, |_: HandLine| ())?;
    mend(&file, path, whole, &torn)?;
    Ok(file)
}

fn append(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    let end = file.seek(SeekFrom::End(0))?;
    if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_data()) {
        file.set_len(end)?;
        file.sync_data()?;
        return Err(error);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(round: u16, label: Label) -> HandLine {
        HandLine::Label {
            item: "Äge/1".into(),
            item_no: 1,
            condition: "q".into(),
            sample: 0,
            rotation: 0,
            round,
            label,
            means: None,
            unix_s: 7,
            recant: "0".into(),
        }
    }

    fn note(text: &str) -> HandLine {
        HandLine::Note {
            item: "Äge/1".into(),
            item_no: 1,
            note: text.into(),
            unix_s: 8,
            recant: "0".into(),
        }
    }

    #[test]
    fn the_last_line_about_a_place_counts_whatever_a_crash_left_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let lines = [
            label(0, Label::Option(1)),
            label(1, Label::Declines),
            note("odd"),
            label(0, Label::Option(2)),
            label(1, Label::Unparsed),
        ];
        for line in &lines {
            // Another writer each time: the file is opened and locked anew.
            HandWriter::new(folder.path()).write(line).unwrap();
        }
        let whole = std::fs::read(folder.path().join(HAND_FILE)).unwrap();
        let place = |round| (1, "q".to_owned(), 0, 0, round);
        let hand = Hand::read(folder.path()).unwrap();
        assert_eq!(hand.label(&place(0), "Äge/1"), Some(Label::Option(2)));
        assert_eq!(hand.label(&place(0), "Age/1"), None);
        assert_eq!(hand.label(&place(1), "Äge/1"), None);
        assert_eq!(hand.notes["Äge/1"], "odd");
        for cut in 0..whole.len() {
            std::fs::write(folder.path().join(HAND_FILE), &whole[..cut]).unwrap();
            let kept = whole[..cut].iter().filter(|b| **b == b'\n').count();
            let mut expected = Hand::default();
            for line in &lines[..kept] {
                expected.take(line.clone());
            }
            assert_eq!(Hand::read(folder.path()).unwrap(), expected, "cut at {cut}");
        }
        HandWriter::new(folder.path()).write(&note("")).unwrap();
        assert!(Hand::read(folder.path()).unwrap().notes.is_empty());
        let torn = std::fs::read(folder.path().join("hand.jsonl.torn")).unwrap();
        assert!(!torn.is_empty(), "the torn line is kept");
    }

    #[test]
    fn one_writer_at_a_time_and_a_wrong_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = HandWriter::new(folder.path());
        first.write(&note("a")).unwrap();
        let busy = HandWriter::new(folder.path()).write(&note("b"));
        assert!(matches!(busy, Err(SessionError::Busy { .. })), "{busy:?}");
        drop(first);
        let path = folder.path().join(HAND_FILE);
        std::fs::write(&path, "{\"kind\":\"label\"}\n{}\n").unwrap();
        let why = Hand::read(folder.path()).unwrap_err().to_string();
        assert!(why.contains("hand.jsonl:1: "), "{why}");
    }
}
