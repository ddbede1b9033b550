//! inspect_ai's logs, version 2: one JSON object, or its parts as an archive holds them. Of a sample
//! only what an answer needs is kept: its events, most of a log's bytes, are passed over.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Foreign, Record, Said, dialogue, letter_of, name_of, named, option_of, own, text_of};

/// What a log says of all its samples.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct InspectHead {
    /// The evaluation.
    #[serde(default)]
    pub eval: InspectEval,
}

/// The evaluation.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct InspectEval {
    /// The model.
    #[serde(default)]
    pub model: String,
    /// The task.
    #[serde(default)]
    pub task: String,
}

/// A sample as it is kept.
#[derive(Clone, Debug, Deserialize)]
struct Sample {
    id: Value,
    #[serde(default)]
    epoch: Value,
    #[serde(default)]
    input: Value,
    #[serde(default)]
    choices: Option<Vec<String>>,
    #[serde(default)]
    target: Value,
    #[serde(default)]
    messages: Vec<Value>,
    #[serde(default)]
    output: Value,
    #[serde(default)]
    scores: Option<Map<String, Value>>,
    #[serde(default)]
    metadata: Value,
    #[serde(default)]
    attachments: Map<String, Value>,
    #[serde(default)]
    error: Value,
}

/// One sample's JSON.
///
/// # Errors
/// Not a sample; one that failed before it had an answer.
pub fn from_inspect(bytes: &[u8]) -> Result<Record, String> {
    record(super::tolerant(bytes)?)
}

fn record(sample: Sample) -> Result<Record, String> {
    if let Some(own) = own(&sample.metadata) {
        return own;
    }
    let sample = resolved(sample);
    let said = sample.output.get("completion").and_then(Value::as_str);
    let completion = match said.filter(|text| !text.is_empty()) {
        Some(text) => Some(text.to_owned()),
        None => sample
            .output
            .pointer("/choices/0/message/content")
            .and_then(text_of),
    };
    let Some(completion) = completion else {
        let why = sample.error.get("message").and_then(Value::as_str);
        return Err(match why {
            Some(why) => format!("the sample failed: {}", crate::report::shortened(why)),
            None => "the sample has no output".to_owned(),
        });
    };
    if completion.starts_with("attachment://") {
        return Err(
            "its text stands elsewhere in the log; convert it: inspect log convert --to json"
                .to_owned(),
        );
    }
    let options = sample.choices.clone().unwrap_or_default();
    let target = match &sample.target {
        Value::Array(all) if all.len() == 1 => name_of(&all[0]),
        other => name_of(other),
    };
    // Targets are letters where there are choices; "A" as a choice's text would be odd.
    let option = |text: &str| {
        let by_letter = letter_of(text).filter(|no| *no < options.len());
        by_letter.or_else(|| option_of(text, &options))
    };
    let mut answers = sample.scores.iter().flat_map(|all| all.values());
    let answered = answers.find_map(|score| option(score.get("answer")?.as_str()?));
    let (system, exchanges) = match dialogue(&sample.messages) {
        Ok(dialogue) => dialogue,
        Err(_) => {
            let asked = text_of(&sample.input).unwrap_or_default();
            (None, vec![(asked, completion.clone())])
        }
    };
    let epoch = sample.epoch.as_u64().unwrap_or(1).max(1) - 1;
    let metadata = &sample.metadata;
    Ok(Record::Theirs(Box::new(Foreign {
        item: name_of(&sample.id),
        order: None,
        category: named(metadata, &["category"]),
        row: row(&sample),
        gold: target.and_then(|t| option(&t)),
        system,
        exchanges,
        said: answered.map_or(Said::Text(completion), Said::Option),
        options,
        condition: named(metadata, &["condition"]),
        round: 0,
        sample: u16::try_from(epoch).map_err(|_| format!("epoch {epoch} is too large"))?,
    })))
}

/// Long texts stand apart in a log; here they are put back where they are asked for.
fn resolved(mut sample: Sample) -> Sample {
    let attachments = std::mem::take(&mut sample.attachments);
    if attachments.is_empty() {
        return sample;
    }
    let put_back = |value: &mut Value| {
        let name = value.as_str().and_then(|t| t.strip_prefix("attachment://"));
        if let Some(text) = name.and_then(|name| attachments.get(name)) {
            *value = text.clone();
        }
    };
    for message in &mut sample.messages {
        if let Some(content) = message.get_mut("content") {
            put_back(content);
        }
    }
    put_back(&mut sample.input);
    for place in ["/completion", "/choices/0/message/content"] {
        if let Some(value) = sample.output.pointer_mut(place) {
            put_back(value);
        }
    }
    sample
}

/// The BBQ row of a sample whose metadata has what a row has beside its texts.
fn row(sample: &Sample) -> Option<Value> {
    let metadata = sample.metadata.as_object()?;
    metadata.get("answer_info")?;
    let mut row = metadata.clone();
    let choices = sample.choices.as_deref().unwrap_or_default();
    for (no, choice) in choices.iter().enumerate() {
        row.entry(format!("ans{no}")).or_insert(json!(choice));
    }
    let asked = text_of(&sample.input).unwrap_or_default();
    row.entry("context").or_insert(json!(asked));
    row.entry("question").or_insert(json!(""));
    if !row.contains_key("example_id") {
        row.insert("example_id".to_owned(), sample.id.clone());
    }
    if !row.contains_key("label") {
        let target = match &sample.target {
            Value::Array(all) => all.first().and_then(name_of),
            other => name_of(other),
        };
        let label = target.and_then(|t| letter_of(&t).or_else(|| option_of(&t, choices)));
        row.insert("label".to_owned(), json!(label?));
    }
    Some(Value::Object(row))
}
