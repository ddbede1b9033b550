//! OpenAI's chat lines.

use serde_json::Value;

use super::{Foreign, Record, Said, dialogue, named, own};

/// One line: `{"messages":[…]}`, the item named by `item`, `item_id`, `id`, `example_id` or `custom_id`
/// there or in its `metadata`, or by nothing.
///
/// # Errors
/// No dialogue that ends with an answer.
pub fn from_chat(record: &Value) -> Result<Record, String> {
    if let Some(own) = own(record) {
        return own;
    }
    let messages = record.get("messages").and_then(Value::as_array);
    let messages = messages.ok_or("no list of messages")?;
    let (system, exchanges) = dialogue(messages)?;
    let metadata = record.get("metadata").unwrap_or(&Value::Null);
    let find = |fields: &[&str]| named(record, fields).or_else(|| named(metadata, fields));
    let answer = exchanges.last().map_or("", |(_, said)| said).to_owned();
    let small = |field: &str| match find(&[field]) {
        None => Ok(0),
        Some(text) => text
            .parse()
            .ok()
            .filter(|n| *n < u16::MAX)
            .ok_or_else(|| format!("{field} is {text}; expected a whole number from 0")),
    };
    Ok(Record::Theirs(Box::new(Foreign {
        item: find(&["item", "item_id", "id", "example_id", "custom_id"]),
        order: None,
        category: find(&["category"]),
        row: None,
        options: Vec::new(),
        gold: None,
        system,
        exchanges,
        said: Said::Text(answer),
        condition: find(&["condition"]),
        round: small("round")?,
        sample: small("sample")?,
    })))
}
