//! OpenAI's chat lines: `{"messages":[…]}`, one dialogue a line.

use serde_json::{Map, Value, json};

use super::{Course, OURS, ours};

/// A course's dialogue through all its rounds. What was put in the model's mouth is part of its turn.
pub fn conversation(course: &Course<'_>) -> Value {
    let turns = course.turns(course.rounds.len());
    let messages = turns
        .iter()
        .map(|turn| json!({"role": turn.role, "content": turn.text}));
    let mut all = Map::new();
    all.insert("messages".to_owned(), messages.collect());
    if let Some(line) = course.first() {
        // OpenAI's metadata holds texts only.
        let metadata = json!({
            "item": super::item_name(line),
            "condition": line.condition,
            "sample": line.sample.to_string(),
        });
        all.insert("metadata".to_owned(), metadata);
    }
    all.insert(
        OURS.to_owned(),
        course.rounds.iter().map(|l| ours(l)).collect(),
    );
    Value::Object(all)
}
