//! A run's answers, counted.

use std::collections::HashMap;

use serde_json::Value;

use crate::domain::{ConditionNo, RoundNo};
use crate::session::{AnswerLine, Manifest};
use crate::stats::{CellKey, Graded, Scoreboard};

use super::measured::Measured;

/// Why a run cannot be reported.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A line holds words this program does not know.
    #[error("answers.jsonl, item {item}, condition {condition}: {what}")]
    Line {
        /// The item.
        item: String,
        /// The condition.
        condition: String,
        /// What is wrong.
        what: String,
    },
}

/// A run's answers, counted.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Under which settings.
    pub manifest: Manifest,
    /// The conditions' names; a [`ConditionNo`] of the board is a position here.
    pub conditions: Vec<String>,
    /// Rounds that occur.
    pub rounds: u16,
    /// The counts.
    pub board: Scoreboard,
    /// What other benchmarks than BBQ measure.
    pub measured: Measured,
}

impl Tally {
    /// Counts a run.
    ///
    /// # Errors
    /// A line with an unknown verdict or kind of context.
    pub fn new(manifest: Manifest, answers: &[AnswerLine]) -> Result<Tally, ReportError> {
        let mut conditions: Vec<String> = manifest
            .settings
            .get("conditions")
            .and_then(Value::as_array)
            .map(|all| {
                all.iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect()
            })
            .unwrap_or_default();
        let wrong = |line: &AnswerLine, what: String| ReportError::Line {
            item: line.item.clone(),
            condition: line.condition.clone(),
            what,
        };
        let mut graded = HashMap::new();
        for line in answers {
            let verdict = line
                .verdict()
                .ok_or_else(|| wrong(line, format!("unknown verdict {:?}", line.verdict)))?;
            let now = Graded {
                verdict,
                correct: line.correct,
            };
            graded.insert(line.place(), now);
        }
        let mut board = Scoreboard::default();
        let mut measured = Measured::default();
        let mut rounds = 0;
        for line in answers {
            let kind = line
                .kind()
                .ok_or_else(|| wrong(line, format!("unknown context {:?}", line.context)))?;
            let no = match conditions.iter().position(|c| *c == line.condition) {
                Some(no) => no,
                None => {
                    conditions.push(line.condition.clone());
                    conditions.len() - 1
                }
            };
            let key = CellKey {
                condition: ConditionNo(u16::try_from(no).unwrap_or(u16::MAX)),
                round: RoundNo(line.round),
                category: line.category.as_str().into(),
            };
            let at = |round| {
                let (item, condition, sample, rotation, _) = line.place();
                let place = (item, condition, sample, rotation, round);
                graded.get(&place).copied()
            };
            measured.add(key.condition, line);
            let before = line.round.checked_sub(1).and_then(at);
            if let Some(now) = at(line.round) {
                board.add_to(key, kind, line.gold_is_stereotyped(), now, before);
            }
            rounds = rounds.max(line.round + 1);
        }
        Ok(Tally {
            manifest,
            conditions,
            rounds,
            board,
            measured,
        })
    }

    /// Answers there will be once the run is over; 0 where the manifest does not tell.
    pub fn planned(&self) -> u64 {
        let number = |name: &str| self.manifest.settings.get(name).and_then(Value::as_u64);
        let conditions = self.conditions.len() as u64;
        if let Some(planned) = number("answers_planned") {
            return planned;
        }
        number("item_count").unwrap_or(0) * number("rounds").unwrap_or(0) * conditions
    }

    /// A setting as text; empty where the run has none of this name.
    pub fn setting(&self, name: &str) -> String {
        match self.manifest.settings.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// Every (condition, round) that has answers, in order.
    pub fn cells(&self) -> impl Iterator<Item = (ConditionNo, &str, RoundNo)> + '_ {
        let conditions = self.conditions.iter().enumerate();
        conditions.flat_map(move |(no, name)| {
            let no = ConditionNo(u16::try_from(no).unwrap_or(u16::MAX));
            (0..self.rounds).map(move |round| (no, name.as_str(), RoundNo(round)))
        })
    }
}
