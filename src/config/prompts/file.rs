//! A prompt file as written, before anything in it is checked.

use serde::Deserialize;
use serde_yaml::Mapping;

/// A file with one condition (`name`, `source`), or with a family of them (`family`, `conditions`).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub name: Option<String>,
    pub family: Option<String>,
    pub title: String,
    pub source: Option<FileSource>,
    #[serde(default)]
    pub fits: Vec<FileKind>,
    #[serde(default)]
    pub groups: Vec<String>,
    #[serde(default)]
    pub clauses: Vec<FileClause>,
    #[serde(default)]
    pub system: String,
    pub answer: FileStyle,
    pub first: Vec<FileStep>,
    pub review: Vec<FileStep>,
    pub conditions: Option<Vec<FileVariant>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileVariant {
    pub name: String,
    pub title: String,
    pub source: FileSource,
    #[serde(default)]
    pub groups: Vec<String>,
    #[serde(default)]
    pub set: Mapping,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileClause {
    pub name: String,
    pub title: String,
    #[serde(default)]
    pub digit: Option<u8>,
    #[serde(default)]
    pub negation: Option<String>,
    pub levels: Mapping,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSource {
    pub quoted: FileQuoted,
    pub place: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileQuoted {
    Verbatim,
    Reconstruction,
    Ours,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileKind {
    Bbq,
    Winogender,
    Law,
    Continuation,
    Distinguish,
    Choice,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileStyle {
    Letter,
    Text,
    Both,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileGives {
    Setting,
    Reasoning,
    Feedback,
    Answer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileStep {
    #[serde(default)]
    pub when: Mapping,
    pub user: Option<String>,
    pub system: Option<String>,
    pub assistant: Option<String>,
    pub tool: Option<String>,
    pub critic: Option<String>,
    pub instructions: Option<String>,
    #[serde(default)]
    pub prefill: String,
    pub reply: Option<String>,
    pub max_tokens: Option<u32>,
    #[serde(default)]
    pub stop: Vec<String>,
    pub gives: FileGives,
}
