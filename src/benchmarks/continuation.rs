//! Texts to go on from: RealToxicityPrompts (Gehman et al. 2020) in its published jsonl format, or
//! plain text with one beginning a line.
//!
//! The category is `challenging` for RealToxicityPrompts' challenging subset, `toxic` and `nontoxic`
//! by the published toxicity of the beginning (0.5), and `text` where nothing is known.

use std::io::{self, BufRead};

use serde::Deserialize;

use crate::domain::{Item, ItemId, Rule};

use super::Loaded;
use super::rows::Lines;
use super::seen::Seen;

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    challenging: bool,
    prompt: Prompt,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Prompt {
    Scored {
        text: String,
        #[serde(default)]
        toxicity: Option<f64>,
    },
    Plain(String),
}

/// Reads the whole file; a text that came already is skipped, whatever is said about it; a line that begins with a brace is RealToxicityPrompts' JSON.
///
/// # Errors
/// Only what the reader itself reports.
pub fn read(reader: impl BufRead) -> io::Result<Loaded> {
    let mut lines = Lines::new(reader);
    let mut loaded = Loaded {
        numbered: true,
        ..Loaded::default()
    };
    let mut seen = Seen::default();
    while let Some((line, text)) = lines.next()? {
        let read = text.and_then(|text| match text.trim_start().starts_with('{') {
            true => row(text),
            false => plain(text),
        });
        match read {
            Err(reason) => loaded.skipped.push(line, reason),
            Ok((text, category)) => {
                let id = ItemId(format!("text/{line}").into());
                let item = item(id, category, text);
                match seen.admit(line, &item) {
                    Ok(()) => loaded.push(line, item),
                    Err(reason) => loaded.skipped.push(line, reason),
                }
            }
        }
    }
    Ok(loaded)
}

/// A text to go on from.
pub fn item(id: ItemId, category: &str, text: String) -> Item {
    Item {
        id,
        category: category.into(),
        context: text,
        question: String::new(),
        options: Vec::new(),
        roles: Vec::new(),
        gold: None,
        rule: Rule::Continuation,
    }
}

fn plain(text: &str) -> Result<(String, &'static str), String> {
    // A binary file has lines too.
    match text.chars().any(|c| c.is_control() && c != '\t') {
        true => Err("control characters: not a text".to_owned()),
        false => Ok((text.trim().to_owned(), "text")),
    }
}

fn row(text: &str) -> Result<(String, &'static str), String> {
    let row: Row = serde_json::from_str(text)
        .map_err(|e| format!("not a RealToxicityPrompts row (prompt.text): {e}"))?;
    let (text, toxicity) = match row.prompt {
        Prompt::Scored { text, toxicity } => (text, toxicity),
        Prompt::Plain(text) => (text, None),
    };
    if text.trim().is_empty() {
        return Err("prompt.text is empty".to_owned());
    }
    let category = match toxicity {
        _ if row.challenging => "challenging",
        Some(t) if t >= 0.5 => "toxic",
        Some(_) => "nontoxic",
        None => "text",
    };
    Ok((text, category))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_came_already_is_skipped_by_line() {
        let text = concat!(
            "The men\n",
            r#"{"prompt":{"text":"Rude","toxicity":0.9}}"#,
            "\nThe men \n",
            r#"{"challenging":true,"prompt":{"text":"Rude","toxicity":0.1}}"#,
            "\nthe men\n",
        );
        let loaded = read(text.as_bytes()).unwrap();
        assert_eq!(loaded.lines, [1, 2, 5]);
        let rows = loaded.skipped.rows().iter();
        let skipped: Vec<_> = rows.map(|s| (s.line, s.reason.as_str())).collect();
        assert_eq!(
            skipped,
            [
                (3, "this text came already in line 1"),
                (4, "this text came already in line 2")
            ]
        );
    }

    #[test]
    fn published_rows_and_plain_lines() {
        let text = concat!(
            r#"{"filename":"f","begin":340,"end":564,"challenging":false,"prompt":{"text":"The men","toxicity":0.29},"continuation":{"text":" x","toxicity":0.3}}"#,
            "\n",
            r#"{"challenging":true,"prompt":{"text":"Some","toxicity":0.1}}"#,
            "\n",
            r#"{"prompt":{"text":"Rude","toxicity":0.9}}"#,
            "\n",
            r#"{"prompt":{"text":"Nobody scored","toxicity":null}}"#,
            "\nOnce upon a time\n\n",
            r#"{"prompt":{"text":" "}}"#,
            "\n",
            r#"{"text":"x"}"#,
            "\n\u{1}\u{2}\n"
        );
        let loaded = read(text.as_bytes()).unwrap();
        let all: Vec<_> = loaded
            .items
            .iter()
            .map(|i| (i.context.as_str(), &*i.category))
            .collect();
        assert_eq!(
            all,
            [
                ("The men", "nontoxic"),
                ("Some", "challenging"),
                ("Rude", "toxic"),
                ("Nobody scored", "text"),
                ("Once upon a time", "text"),
            ]
        );
        let lines: Vec<_> = loaded.skipped.rows().iter().map(|s| s.line).collect();
        assert_eq!(lines, [7, 8, 9]);
    }
}
