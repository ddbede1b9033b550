//! An explorer's session as it is written when somebody leaves, and read by `recant --continue`.
//!
//! Invariant: the file is there whole or not at all; one that cannot be read, or that another version
//! wrote, is moved aside before a new one takes its place.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::{Answer, Decoding, Item, Round};

use super::hand::HandLine;
use super::line::{ScoreLine, StepLine};

/// Version of the file's format.
pub const EXPLORER_FORMAT: u32 = 1;

/// How tokens are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as in `Decoding`
pub struct DecodingLine {
    pub temperature: f64,
    pub top_k: u32,
    pub top_p: f64,
    pub min_p: f64,
    pub repetition_penalty: f64,
}

impl DecodingLine {
    /// As it is written.
    pub fn of(d: Decoding) -> DecodingLine {
        DecodingLine {
            temperature: d.temperature,
            top_k: d.top_k,
            top_p: d.top_p,
            min_p: d.min_p,
            repetition_penalty: d.repetition_penalty,
        }
    }

    /// As it is used.
    pub fn decoding(self) -> Decoding {
        Decoding {
            temperature: self.temperature,
            top_k: self.top_k,
            top_p: self.top_p,
            min_p: self.min_p,
            repetition_penalty: self.repetition_penalty,
        }
    }
}

/// What a column asks with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnLine {
    /// The condition's name.
    pub condition: String,
    /// Its clauses' levels, by name; empty where it stands alone.
    pub levels: Vec<(String, String)>,
    /// Its text, as a prompt file has it.
    pub text: String,
    /// How tokens are drawn, where not as everywhere.
    pub decoding: Option<DecodingLine>,
    /// Its seed, where not as everywhere.
    pub seed: Option<u64>,
    /// Whether it draws with the same random numbers as all others.
    pub locked: bool,
    /// Rounds that draw in a way of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<PaneDrawLine>,
}

/// How one round of a column draws, where not as its column does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as in `PaneDraw`
pub struct PaneDrawLine {
    pub round: u16,
    pub temperature: Option<f64>,
    pub top_p: Option<f64>,
    pub seed: Option<u64>,
}

/// Where an answer comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[allow(missing_docs)] // as in `run::Fork`
pub enum OriginLine {
    Own,
    Fork {
        parent: usize,
        round: u16,
        step: usize,
        kept_tokens: usize,
        words: String,
        /// ln P of the words, where the model gave them one.
        logprob: Option<f32>,
        sample: bool,
    },
    Variant {
        parent: usize,
        name: String,
    },
    Change {
        parent: usize,
    },
}

/// A finished round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoundLine {
    /// The exchanges.
    pub steps: Vec<StepLine>,
    /// P(option) where the answer begins.
    pub belief: Option<Vec<f64>>,
    /// What they are shares of.
    pub belief_mass: Option<f64>,
    /// The options' scores.
    pub option_scores: Option<Vec<ScoreLine>>,
    /// `choice`, `abstain`, `free` or `unparsed`.
    pub answer: String,
    /// The option that was chosen.
    pub option: Option<usize>,
}

impl RoundLine {
    /// As it is written; `None` while it has no answer.
    pub fn of(round: &Round) -> Option<RoundLine> {
        let (answer, option) = match round.answer? {
            Answer::Choice(option) => ("choice", Some(option)),
            Answer::Abstain => ("abstain", None),
            Answer::Free => ("free", None),
            Answer::Unparsed => ("unparsed", None),
        };
        let scores = round.option_scores.as_ref();
        Some(RoundLine {
            steps: round.steps.iter().map(StepLine::of).collect(),
            belief: round.belief.clone(),
            belief_mass: round.belief_mass,
            option_scores: scores.map(|all| all.iter().map(super::line::score_line).collect()),
            answer: answer.to_owned(),
            option,
        })
    }

    /// The round of an item again. `None` where it does not fit itself.
    pub fn round(&self, item: &Item) -> Option<Round> {
        let answer = match (self.answer.as_str(), self.option) {
            ("choice", Some(option)) => Answer::Choice(option),
            ("abstain", _) => Answer::Abstain,
            ("free", _) => Answer::Free,
            ("unparsed", _) => Answer::Unparsed,
            _ => return None,
        };
        let scores = self.option_scores.as_ref();
        Some(Round {
            steps: self
                .steps
                .iter()
                .map(StepLine::spoken)
                .collect::<Option<_>>()?,
            belief: self.belief.clone(),
            belief_mass: self.belief_mass,
            option_scores: scores.map(|all| all.iter().map(super::line::score_of).collect()),
            answer: Some(answer),
            verdict: Some(answer.verdict(item)),
            failed: None,
        })
    }
}

/// One answer of the question on screen, with its rounds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlayLine {
    /// Under which condition.
    pub condition: u16,
    /// Which independent sample.
    pub sample: u16,
    /// By how many places the options were turned.
    pub rotation: u16,
    /// What it asks with.
    pub column: Option<ColumnLine>,
    /// Where it comes from.
    pub origin: OriginLine,
    /// How many of its rounds are a record's.
    pub recorded: usize,
    /// Its finished rounds.
    pub rounds: Vec<RoundLine>,
}

/// Play and round of both sides that are compared, and whether it is their prompts.
pub type ComparedSides = ((usize, u16), (usize, u16), bool);

/// What was on screen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as in `app::View`
pub struct ViewLine {
    pub item: String,
    pub item_no: usize,
    pub screen: String,
    pub arrangement: String,
    pub condition: u16,
    pub round: u16,
    pub strips: bool,
    pub heat: String,
    pub metric: usize,
    pub category: Option<String>,
    pub turns_full: (bool, bool),
    pub theme: String,
    pub sweeping: bool,
    #[serde(default)]
    pub list: Option<ListLine>,
    /// Play and round of both sides, and whether prompts are compared.
    #[serde(default)]
    pub compared: Option<ComparedSides>,
    #[serde(default)]
    pub token: Option<usize>,
    /// What is open on top, and its row.
    #[serde(default)]
    pub open: Option<(String, usize)>,
}

/// A list of questions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)] // as in `app::place`
pub struct ListLine {
    pub condition: u16,
    pub round: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub against: Option<u16>,
    pub sort: usize,
    pub only: String,
    pub item_no: Option<usize>,
    pub entered: bool,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplorerSession {
    /// Version of the format.
    pub format: u32,
    /// Version of the program.
    pub recant: String,
    /// Names it; empty in files of earlier versions.
    #[serde(default)]
    pub name: String,
    /// When it was saved, in seconds since 1970.
    pub saved_unix_s: u64,
    /// The folder it was started in.
    pub folder: PathBuf,
    /// The words it was started with.
    pub arguments: Vec<String>,
    /// Rounds of all columns.
    pub rounds: u16,
    /// The seed.
    pub seed: u64,
    /// How tokens are drawn.
    pub decoding: DecodingLine,
    /// Whether all columns draw with the same random numbers; `None` where an earlier version wrote it.
    #[serde(default)]
    pub lock_seeds: Option<bool>,
    /// What each column asks with.
    pub columns: Vec<ColumnLine>,
    /// What was on screen.
    pub view: ViewLine,
    /// Questions of one's own, as the form has them.
    pub own: Vec<String>,
    /// All answers to the question on screen.
    pub plays: Vec<PlayLine>,
    /// Which of them stands in each column.
    pub shown: Vec<usize>,
    /// Labels that were given without a record to keep them beside.
    pub labels: Vec<HandLine>,
    /// Labels of answers that the scoreboard does not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sayings: Vec<HandLine>,
    /// Notes that were made without one, by the questions' names.
    pub notes: BTreeMap<String, String>,
}

impl ExplorerSession {
    /// Reads a file. `Ok(None)`: there is none.
    ///
    /// # Errors
    /// What is wrong, with file and line.
    pub fn read(path: &Path) -> Result<Option<ExplorerSession>, String> {
        let name = path.display();
        let bytes = match fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{name}: {error}")),
        };
        #[derive(Deserialize)]
        struct Version {
            format: u32,
            #[serde(default)]
            recant: String,
        }
        let wrong = |e: serde_json::Error| format!("{name}:{}:{}: {e}", e.line(), e.column());
        let version: Version = serde_json::from_slice(&bytes).map_err(wrong)?;
        if version.format != EXPLORER_FORMAT {
            return Err(format!(
                "{name}: format {} of recant {}; this one reads format {EXPLORER_FORMAT}",
                version.format, version.recant
            ));
        }
        serde_json::from_slice(&bytes).map(Some).map_err(wrong)
    }

    /// Writes it to a file, in the place of an earlier one.
    ///
    /// # Errors
    /// The disk; then the earlier one is still there.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        fs::create_dir_all(folder)?;
        let temporary = path.with_extension(format!("{}.new", std::process::id()));
        let written = File::create(&temporary).and_then(|mut file| {
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            fs::rename(&temporary, path)?;
            File::open(folder)?.sync_all()
        });
        if written.is_err() {
            // What is half there helps nobody.
            let _ = fs::remove_file(&temporary);
        }
        written
    }
}

/// Keeps what a file holds: moves it to a name beside it that is free.
///
/// # Errors
/// The disk.
pub fn set_aside(path: &Path) -> io::Result<Option<PathBuf>> {
    if !path.exists() {
        return Ok(None);
    }
    for no in 1_u32.. {
        let aside = path.with_extension(format!("{no}.json"));
        if !aside.exists() {
            fs::rename(path, &aside)?;
            return Ok(Some(aside));
        }
    }
    Ok(None)
}
