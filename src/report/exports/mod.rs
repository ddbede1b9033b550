//! A run's answers as other tools keep them: plain data → JSON values. Opens and writes nothing.
//!
//! Invariant: the answer's own line stands beside the other tool's fields (`recant`), so that
//! [`super::imports`] makes the same answers again. Fields that a run does not know are left out or
//! null, never made up.

mod chat;
mod inspect;
mod lm_eval;

use std::fmt::Write as _;

use serde_json::Value;

use crate::domain::letter;
use crate::session::AnswerLine;

pub use chat::conversation;
pub use inspect::InspectLog;
pub use lm_eval::{LmEvalTask, LmEvalTasks, lm_eval_samples};

/// The name under which a run's own data stands beside another tool's fields.
pub const OURS: &str = "recant";

/// The rounds of one item under one condition, in order.
#[derive(Clone, Debug)]
pub struct Course<'a> {
    /// At least one.
    pub rounds: Vec<&'a AnswerLine>,
}

/// One turn.
pub(super) struct Turn<'a> {
    role: &'a str,
    text: String,
    /// The answer whose words these are, where they are an answer's.
    said: Option<&'a AnswerLine>,
}

impl<'a> Course<'a> {
    /// The course that these lines make.
    pub fn of(lines: &'a [AnswerLine]) -> Course<'a> {
        let mut rounds: Vec<&AnswerLine> = lines.iter().collect();
        rounds.sort_by_key(|line| line.round);
        Course { rounds }
    }

    fn first(&self) -> Option<&'a AnswerLine> {
        self.rounds.first().copied()
    }

    /// The whole dialogue up to the end of round number `last` of the course.
    fn turns(&self, last: usize) -> Vec<Turn<'a>> {
        let mut turns = Vec::new();
        if let Some(system) = self.first().and_then(|line| line.system.clone()) {
            turns.push(Turn {
                role: "system",
                text: system,
                said: None,
            });
        }
        for line in self.rounds.iter().take(last + 1) {
            let steps = line.steps.len();
            for (no, step) in line.steps.iter().enumerate() {
                // A critic has a dialogue of its own; what came of it stands in the model's next turn.
                if step.voice != "model" {
                    continue;
                }
                if let Some(system) = &step.system {
                    turns.push(Turn {
                        role: "system",
                        text: system.clone(),
                        said: None,
                    });
                }
                turns.push(Turn {
                    role: &step.role,
                    text: step.user.clone(),
                    said: None,
                });
                turns.push(Turn {
                    role: "assistant",
                    text: format!("{}{}", step.prefill, step.text),
                    said: (no + 1 == steps).then_some(*line),
                });
            }
        }
        turns
    }

    /// What the model read before the answer of a round, in the plain format (that of models without a
    /// chat template), and whether that is what it really read: its hash is the recorded one.
    fn prompt(&self, round: usize) -> (String, bool) {
        let mut turns = self.turns(round);
        turns.pop();
        let step = self.rounds.get(round).and_then(|line| line.steps.last());
        let mut text = String::new();
        for turn in &turns {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            text.push_str(match turn.role {
                "user" => "Human: ",
                "assistant" => "Assistant: ",
                _ => "",
            });
            text.push_str(turn.text.trim());
        }
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str("Assistant:");
        let prefill = step.map_or("", |s| s.prefill.as_str());
        if !prefill.is_empty() && !prefill.starts_with(' ') {
            text.push(' ');
        }
        text.push_str(prefill);
        let recorded = step.and_then(|s| s.prompt_sha256.as_deref());
        let exact = recorded == Some(sha256(&text).as_str());
        (text, exact)
    }
}

/// SHA-256 of a text in hexadecimal digits.
fn sha256(text: &str) -> String {
    let mut digest = crate::session::Digest::default();
    digest.add(text.as_bytes());
    digest.finish()
}

/// The answer's line, for the way back.
fn ours(line: &AnswerLine) -> Value {
    serde_json::to_value(line).unwrap_or_default()
}

/// The options' texts; their letters where a run did not keep them.
fn options(line: &AnswerLine) -> Vec<String> {
    match line.options.is_empty() {
        false => line.options.clone(),
        true => (0..line.roles.len())
            .map(|no| format!("({})", letter(no)))
            .collect(),
    }
}

/// An item's name with what tells its repeats apart: `Age/12~order2`.
fn item_name(line: &AnswerLine) -> String {
    named(&line.item, line.rotation)
}

fn named(item: &str, rotation: u16) -> String {
    let mut name = item.to_owned();
    if rotation > 0 {
        // Writing to a string cannot fail.
        let _ = write!(name, "~order{rotation}");
    }
    name
}

#[cfg(test)]
mod tests;
