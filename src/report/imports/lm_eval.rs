//! lm-evaluation-harness' samples, one a line (as version 0.4.13 writes them, and older ones whose
//! `arguments` are a list).

use serde_json::Value;

use super::{Foreign, Record, Said, named, option_of, own, texts};

/// One line.
///
/// # Errors
/// No document or no response in it.
pub fn from_lm_eval(record: &Value) -> Result<Record, String> {
    if let Some(own) = own(record) {
        return own;
    }
    let doc = record
        .get("doc")
        .ok_or("no doc: not a sample of lm-evaluation-harness")?;
    let filtered = record.get("filtered_resps").or_else(|| record.get("resps"));
    let filtered = filtered
        .and_then(Value::as_array)
        .filter(|all| !all.is_empty())
        .ok_or("no filtered_resps: run lm_eval with --log_samples")?;
    let arguments = arguments(record.get("arguments"));
    let prompt = arguments.first().and_then(|one| one.first());
    let prompt = prompt.and_then(Value::as_str).unwrap_or_default();
    let scores: Option<Vec<f64>> = filtered.iter().map(score).collect();
    let (options, said) = match scores {
        Some(scores) => {
            let options: Option<Vec<String>> = arguments
                .iter()
                .map(|one| Some(one.get(1)?.as_str()?.trim().to_owned()))
                .collect();
            let options = options.filter(|o| o.len() == scores.len());
            let options = options.ok_or_else(|| {
                format!("{} responses to {} requests", scores.len(), arguments.len())
            })?;
            // Tasks like MMLU score letters; the document has the texts.
            let named = choices(doc);
            let is_letter = |(no, o): (usize, &String)| super::letter_of(o) == Some(no);
            let lettered = options.iter().enumerate().all(is_letter);
            let options = match lettered && named.len() == options.len() {
                true => named,
                false => options,
            };
            if scores.iter().all(|s| *s == f64::NEG_INFINITY) {
                return Err("no option has a log-probability".to_owned());
            }
            (options, Said::Scores(scores))
        }
        None => {
            let text = first_text(&filtered[0]).ok_or("filtered_resps holds no text")?;
            (choices(doc), Said::Text(text.to_owned()))
        }
    };
    let target = record.get("target").map(|t| match t {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let small = |field: &str| -> u16 {
        let found = record.get(field).and_then(Value::as_u64);
        found.and_then(|n| u16::try_from(n).ok()).unwrap_or(0)
    };
    let answer = match &said {
        Said::Text(text) => text.clone(),
        Said::Option(_) | Said::Scores(_) => String::new(),
    };
    let order = record.get("doc_id").and_then(Value::as_u64);
    Ok(Record::Theirs(Box::new(Foreign {
        item: named(doc, &["item", "item_id", "id", "example_id", "question_id"]),
        order: order.and_then(|n| usize::try_from(n).ok()),
        category: named(doc, &["category", "subject"]),
        row: doc.get("answer_info").is_some().then(|| doc.clone()),
        gold: target.and_then(|t| option_of(&t, &options)),
        options,
        system: None,
        exchanges: vec![(prompt.to_owned(), answer)],
        said,
        condition: named(record, &["condition"]),
        round: small("round").min(u16::MAX - 1),
        sample: 0,
    })))
}

/// The requests' arguments: `{"gen_args_0": {"arg_0": …}}`, or lists of lists.
fn arguments(value: Option<&Value>) -> Vec<Vec<Value>> {
    // "arg_10" comes after "arg_9".
    let number = |key: &str| key.rsplit('_').next().and_then(|n| n.parse::<u32>().ok());
    let inside = |value: &Value| -> Vec<Value> {
        match value {
            Value::Array(all) => all.clone(),
            Value::Object(all) => {
                let mut all: Vec<_> = all.iter().collect();
                all.sort_by_key(|(key, _)| number(key));
                all.into_iter().map(|(_, value)| value.clone()).collect()
            }
            other => vec![other.clone()],
        }
    };
    let outer = value.map(inside).unwrap_or_default();
    outer.iter().map(inside).collect()
}

/// A log-probability: `[-1.5, false]`, also with texts in the place of both; NaN counts as impossible.
fn score(response: &Value) -> Option<f64> {
    let Value::Array(pair) = response else {
        return None;
    };
    match pair.as_slice() {
        // Older versions keep a list of the one response.
        [one @ Value::Array(_)] => score(one),
        [value, greedy] => {
            let is_flag = match greedy {
                Value::Bool(_) | Value::Null => true,
                Value::String(text) => matches!(text.as_str(), "True" | "False" | "None"),
                _ => false,
            };
            let number = match value {
                Value::Number(number) => number.as_f64(),
                Value::String(text) => text.trim().parse().ok(),
                Value::Null => Some(f64::NEG_INFINITY),
                _ => None,
            };
            let number = number.filter(|_| is_flag)?;
            Some(if number.is_nan() {
                f64::NEG_INFINITY
            } else {
                number
            })
        }
        _ => None,
    }
}

fn first_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(all) => first_text(all.first()?),
        _ => None,
    }
}

/// The options that a document names.
fn choices(doc: &Value) -> Vec<String> {
    let found = texts(doc.get("choices"));
    match found.is_empty() {
        // ARC and its like.
        true => texts(doc.get("choices").and_then(|c| c.get("text"))),
        false => found,
    }
}
