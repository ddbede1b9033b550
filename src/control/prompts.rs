//! The conditions the control model is trained on, read from the repository's own prompt files.
//!
//! Only what training needs, and only these four files; reading prompts written by users, with
//! errors that carry a line, is not done here.

use serde::Deserialize;

use crate::domain::{AnswerStyle, Condition, Gives, Quoted, Source, Step, Template, UnknownSlot};

/// The prompt files, in the order the conditions are shown.
const FILES: [&str; 4] = [
    include_str!("../../prompts/q.yaml"),
    include_str!("../../prompts/if.yaml"),
    include_str!("../../prompts/if-cot.yaml"),
    include_str!("../../prompts/unethical.yaml"),
];

#[derive(Deserialize)]
struct File {
    name: String,
    title: String,
    first: Vec<StepLine>,
    review: Vec<StepLine>,
}

#[derive(Deserialize)]
struct StepLine {
    user: String,
    prefill: String,
    max_tokens: u32,
    gives: String,
}

/// What is wrong with a prompt file.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// Not YAML, or not of this shape.
    #[error("prompt file: {0}")]
    Shape(#[from] serde_yaml::Error),
    /// A name in braces that is no slot.
    #[error("prompt file: {0}")]
    Slot(#[from] UnknownSlot),
}

impl StepLine {
    fn step(&self) -> Result<Step, UnknownSlot> {
        Ok(Step {
            user: Template::parse(&self.user)?,
            prefill: Template::parse(&self.prefill)?,
            max_tokens: self.max_tokens,
            stop: Vec::new(),
            gives: match self.gives.as_str() {
                "reasoning" => Gives::Reasoning,
                _ => Gives::Answer,
            },
        })
    }
}

/// The conditions q, if, if-cot and unethical.
///
/// # Errors
/// Never with the files as committed: a test reads them.
pub fn conditions() -> Result<Vec<Condition>, PromptError> {
    FILES.iter().map(|text| condition(text)).collect()
}

fn condition(text: &str) -> Result<Condition, PromptError> {
    let file: File = serde_yaml::from_str(text)?;
    let steps = |lines: &[StepLine]| -> Result<Vec<Step>, UnknownSlot> {
        lines.iter().map(StepLine::step).collect()
    };
    Ok(Condition {
        name: file.name.into(),
        title: file.title,
        source: Source {
            quoted: Quoted::Verbatim,
            place: String::new(),
        },
        system: None,
        style: AnswerStyle::Both,
        first: steps(&file.first).map_err(PromptError::Slot)?,
        review: steps(&file.review).map_err(PromptError::Slot)?,
    })
}

/// Every text of the prompt files without its slots: words that the vocabulary must hold.
pub fn texts() -> Result<Vec<String>, PromptError> {
    let mut texts = Vec::new();
    for text in FILES {
        let file: File = serde_yaml::from_str(text)?;
        for line in file.first.iter().chain(&file.review) {
            texts.push(line.user.clone());
            texts.push(line.prefill.clone());
        }
    }
    Ok(texts)
}
