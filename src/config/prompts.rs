//! `prompts/*.yaml` → conditions.

use std::sync::Arc;

use serde::Deserialize;

use crate::domain::{self, AnswerStyle, Condition, Gives, Quoted, Slot, Step, Template};

use super::yaml::{Mistake, Source, did_you_mean};

/// The conditions compiled into the program: (file name, text), in column order.
pub const EMBEDDED: [(&str, &str); 4] = [
    ("prompts/q.yaml", include_str!("../../prompts/q.yaml")),
    ("prompts/if.yaml", include_str!("../../prompts/if.yaml")),
    (
        "prompts/if-cot.yaml",
        include_str!("../../prompts/if-cot.yaml"),
    ),
    (
        "prompts/unethical.yaml",
        include_str!("../../prompts/unethical.yaml"),
    ),
];

/// The longest generation a prompt file may ask for.
const MAX_TOKENS: u32 = 8192;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: String,
    source: FileSource,
    #[serde(default)]
    system: Option<String>,
    answer: FileStyle,
    first: Vec<FileStep>,
    review: Vec<FileStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSource {
    quoted: FileQuoted,
    place: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileQuoted {
    Verbatim,
    Reconstruction,
    Ours,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileStyle {
    Letter,
    Text,
    Both,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileGives {
    Reasoning,
    Answer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileStep {
    user: String,
    #[serde(default)]
    prefill: String,
    max_tokens: u32,
    #[serde(default)]
    stop: Vec<String>,
    gives: FileGives,
}

/// Reads one condition.
///
/// # Errors
/// The first mistake, with its line.
pub fn parse(file: &str, text: &str) -> Result<Condition, Mistake> {
    let source = Source { file, text };
    let raw: File = source.value()?;
    if raw.name.is_empty() || raw.name.chars().any(|c| c.is_whitespace() || c == ',') {
        let what = "a name is one word without commas, like if-cot";
        return Err(source.mistake_at("name:", what));
    }
    let first = steps(&source, "first", raw.first)?;
    let review = steps(&source, "review", raw.review)?;
    if !first
        .iter()
        .any(|s| s.user.slots().any(|slot| slot == Slot::Question))
    {
        let what = "round 0 never asks: no user turn of first holds {question}";
        return Err(source.mistake_at("first:", what));
    }
    let system = raw.system.map(|s| template(&source, &s)).transpose()?;
    Ok(Condition {
        name: raw.name.into(),
        title: raw.title,
        source: domain::Source {
            quoted: match raw.source.quoted {
                FileQuoted::Verbatim => Quoted::Verbatim,
                FileQuoted::Reconstruction => Quoted::Reconstruction,
                FileQuoted::Ours => Quoted::Ours,
            },
            place: raw.source.place,
        },
        system,
        style: match raw.answer {
            FileStyle::Letter => AnswerStyle::Letter,
            FileStyle::Text => AnswerStyle::Text,
            FileStyle::Both => AnswerStyle::Both,
        },
        first,
        review,
    })
}

fn steps(source: &Source<'_>, key: &str, raw: Vec<FileStep>) -> Result<Vec<Step>, Mistake> {
    let mut steps = Vec::new();
    for step in raw {
        if step.max_tokens == 0 || step.max_tokens > MAX_TOKENS {
            let needle = format!("max_tokens: {}", step.max_tokens);
            let what = format!(
                "max_tokens is {}; expected 1 to {MAX_TOKENS}",
                step.max_tokens
            );
            return Err(source.mistake_at(&needle, what));
        }
        if step.stop.iter().any(String::is_empty) {
            let what = "an empty stop string would end every answer before its first word";
            return Err(source.mistake_at("stop:", what));
        }
        steps.push(Step {
            user: template(source, &step.user)?,
            prefill: template(source, &step.prefill)?,
            max_tokens: step.max_tokens,
            stop: step.stop,
            gives: match step.gives {
                FileGives::Reasoning => Gives::Reasoning,
                FileGives::Answer => Gives::Answer,
            },
        });
    }
    let answers = steps.iter().filter(|s| s.gives == Gives::Answer).count();
    let last_answers = steps.last().is_some_and(|s| s.gives == Gives::Answer);
    if answers != 1 || !last_answers {
        let what = format!("{key} needs steps of which the last, and only the last, gives: answer");
        return Err(source.mistake_at(&format!("{key}:"), what));
    }
    Ok(steps)
}

fn template(source: &Source<'_>, written: &str) -> Result<Template, Mistake> {
    Template::parse(written).map_err(|unknown| {
        let hint = if unknown.name.is_empty() {
            String::new()
        } else {
            did_you_mean(&unknown.name, Slot::ALL.iter().map(|s| s.name()))
        };
        // Where YAML folded the text, the brace is still on a line of its own spelling.
        let needle = if unknown.name.is_empty() {
            written[unknown.at..].chars().take(12).collect()
        } else {
            format!("{{{}}}", unknown.name)
        };
        source.mistake_at(&needle, format!("{unknown}{hint}"))
    })
}

/// The conditions of a set of files, in their order; a later file replaces an earlier one of the
/// same name.
///
/// # Errors
/// The first mistake of any file.
pub fn parse_all<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<Arc<Condition>>, Mistake> {
    let mut all: Vec<Arc<Condition>> = Vec::new();
    for (file, text) in files {
        let condition = Arc::new(parse(file, text)?);
        match all.iter_mut().find(|c| c.name == condition.name) {
            Some(old) => *old = condition,
            None => all.push(condition),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_prompts_are_right() {
        let all = parse_all(EMBEDDED.into_iter()).unwrap();
        let names: Vec<_> = all.iter().map(|c| c.name.to_string()).collect();
        assert_eq!(names, ["q", "if", "if-cot", "unethical"]);
        assert_eq!(all[2].first.len(), 2);
    }

    #[test]
    fn mistakes_are_named_with_file_line_and_remedy() {
        let good = EMBEDDED[0].1;
        let table = [
            (
                good.replace("{context}", "{contxt}"),
                "p.yaml:10: unknown slot {contxt}; did you mean context?",
            ),
            (
                good.replace("answer: both", "answer: bth"),
                "unknown variant `bth`",
            ),
            (good.replace("title:", "titel:"), "unknown field `titel`"),
            (
                good.replace("gives: answer", "gives: reasoning"),
                "first needs steps of which the last",
            ),
            (
                good.replacen("max_tokens: 24", "max_tokens: 0", 1),
                "p.yaml:12: max_tokens is 0",
            ),
            (
                good.replacen("max_tokens: 24", "max_tokens: 24\n    stop: ['']", 1),
                "p.yaml:13: an empty stop string",
            ),
            (good.replace("{question}", "Who?"), "round 0 never asks"),
            (
                good.replace("{options}", "{options"),
                "a brace without its partner",
            ),
            (
                good.replace("name: q", "name: 'q q'"),
                "p.yaml:3: a name is one word",
            ),
            ("- nothing".to_owned(), "p.yaml:1: invalid type"),
        ];
        for (text, expected) in table {
            let error = parse("p.yaml", &text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error:?} lacks {expected:?}");
            assert!(error.starts_with("p.yaml"), "{error}");
        }
    }
}
