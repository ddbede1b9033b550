//! Other tools' logs → answers: lm-evaluation-harness' samples, inspect_ai's logs, OpenAI's chat lines.
//! Values in, [`Foreign`] out; opens nothing, and knows no benchmark: which item a record answers, and
//! how it is graded, the caller finds out.
//!
//! A record that this program exported holds its own line (`recant`), and that line is what counts.

mod chat;
mod inspect;
mod json;
mod lm_eval;
mod stream;

use serde_json::Value;

use super::exports::OURS;
use crate::session::AnswerLine;

pub use chat::from_chat;
pub use inspect::{InspectHead, from_inspect};
pub use json::tolerant;
pub use lm_eval::from_lm_eval;
pub use stream::InspectLog;

/// What another tool recorded as the answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// Free text, to be parsed.
    Text(String),
    /// The option of this number among [`Foreign::options`].
    Option(usize),
    /// The log-probability of each of [`Foreign::options`]; the first of the largest counts.
    Scores(Vec<f64>),
}

/// The user's and the model's turns, in pairs.
pub type Exchanges = Vec<(String, String)>;

/// One record of another tool.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// The name of its item, where it gives one.
    pub item: Option<String>,
    /// The item's position in its set, where that is what the record gives.
    pub order: Option<usize>,
    /// Its category.
    pub category: Option<String>,
    /// The item as its benchmark's file has it, where the record holds it.
    pub row: Option<Value>,
    /// The options' texts; none where the record does not say.
    pub options: Vec<String>,
    /// The right one of them.
    pub gold: Option<usize>,
    /// The standing instructions.
    pub system: Option<String>,
    /// What was said: the user's and the model's turns.
    pub exchanges: Exchanges,
    /// The answer.
    pub said: Said,
    /// The condition, where the record names one.
    pub condition: Option<String>,
    /// The round, from 0.
    pub round: u16,
    /// Which of several independent answers, from 0.
    pub sample: u16,
}

/// A record.
#[derive(Clone, Debug)]
pub enum Record {
    /// This program's own answers.
    Ours(Vec<AnswerLine>),
    /// Another tool's.
    Theirs(Box<Foreign>),
}

/// This program's own lines in a record or in its metadata; `None` where there are none.
fn own(holder: &Value) -> Option<Result<Record, String>> {
    let value = holder.get(OURS)?;
    let one = |value: &Value| {
        let line: AnswerLine =
            serde_json::from_value(value.clone()).map_err(|e| format!("{OURS}: {e}"))?;
        let fits = line.kind().is_some()
            && line.round().is_some()
            && line.option.is_none_or(|option| option < line.roles.len())
            && line.gold.is_none_or(|gold| gold < line.roles.len());
        match fits {
            true => Ok(line),
            false => Err(format!("{OURS}: the answer does not fit itself")),
        }
    };
    let lines = match value {
        Value::Array(all) if all.is_empty() => Err(format!("{OURS}: no answer")),
        Value::Array(all) => all.iter().map(one).collect(),
        // Settings in a log's metadata are no answer.
        Value::Object(all) if !all.contains_key("verdict") => return None,
        value => one(value).map(|line| vec![line]),
    };
    Some(lines.map(Record::Ours))
}

/// A message's text: itself, or its parts that are text.
fn text_of(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let texts: Vec<&str> = parts
                .iter()
                .filter_map(|part| part.get("text").unwrap_or(part).as_str())
                .collect();
            (!texts.is_empty()).then(|| texts.join("\n"))
        }
        _ => None,
    }
}

/// A name or a number as a name.
fn name_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The first of these fields that holds a name.
fn named(record: &Value, fields: &[&str]) -> Option<String> {
    fields
        .iter()
        .find_map(|field| record.get(field).and_then(name_of))
}

/// A list of texts, or no texts.
fn texts(value: Option<&Value>) -> Vec<String> {
    let all = value.and_then(Value::as_array);
    let texts = all.map(|all| all.iter().map(|v| v.as_str().map(str::to_owned)));
    texts
        .and_then(Iterator::collect::<Option<_>>)
        .unwrap_or_default()
}

/// The option that a target names: its number, its letter, or its text.
fn option_of(target: &str, options: &[String]) -> Option<usize> {
    let target = target.trim();
    let by_text = options.iter().position(|o| o.trim() == target);
    let by_number = target.parse().ok().filter(|no| *no < options.len());
    by_text
        .or(by_number)
        .or_else(|| letter_of(target).filter(|no| *no < options.len()))
}

/// 0 for `A`, `a`, `(a)`, `a.`.
fn letter_of(text: &str) -> Option<usize> {
    let letter = text.trim().trim_matches(['(', ')', '.', ':']);
    match letter.as_bytes() {
        [one] if one.is_ascii_alphabetic() => Some(usize::from(one.to_ascii_lowercase() - b'a')),
        _ => None,
    }
}

/// A dialogue's messages as its system turn and its exchanges. Turns of one speaker in a row are one;
/// tools' turns count as the user's.
fn dialogue(messages: &[Value]) -> Result<(Option<String>, Exchanges), String> {
    let mut system: Option<String> = None;
    let mut exchanges: Exchanges = Vec::new();
    let mut asked = String::new();
    let mut answering = false;
    for (no, message) in messages.iter().enumerate() {
        let role = message.get("role").and_then(Value::as_str);
        let role = role.ok_or_else(|| format!("message {} has no role", no + 1))?;
        let text = message.get("content").and_then(text_of).unwrap_or_default();
        let join = |to: &mut String, text: &str| {
            if !to.is_empty() {
                to.push('\n');
            }
            to.push_str(text);
        };
        match role {
            "system" | "developer" => join(system.get_or_insert_default(), &text),
            "assistant" => {
                match exchanges.last_mut() {
                    Some((_, said)) if answering => join(said, &text),
                    _ => exchanges.push((std::mem::take(&mut asked), text)),
                }
                answering = true;
            }
            "user" | "tool" | "function" => {
                join(&mut asked, &text);
                answering = false;
            }
            other => return Err(format!("message {} has the role {other:?}", no + 1)),
        }
    }
    match (exchanges.is_empty(), answering) {
        (true, _) => Err("no message of the assistant: there is no answer".to_owned()),
        (false, false) => Err("the last message is not the assistant's".to_owned()),
        (false, true) => Ok((system, exchanges)),
    }
}

#[cfg(test)]
mod tests;
