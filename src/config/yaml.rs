//! What all YAML files share: mistakes with their line, and the nearest right word.

use std::fmt;

use serde_path_to_error::Segment;

use super::told::told;

/// What is wrong in a file, where, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file's name as given.
    pub file: String,
    /// The line, 1-based; `None` where it cannot be told.
    pub line: Option<usize>,
    /// For people.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

impl std::error::Error for Mistake {}

/// A file being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Source<'_> {
    pub fn mistake(&self, line: impl Into<Option<usize>>, what: impl Into<String>) -> Mistake {
        Mistake {
            file: self.file.to_owned(),
            line: line.into(),
            what: what.into(),
        }
    }

    /// A mistake on the first line, comments apart, that holds `needle`.
    pub fn mistake_at(&self, needle: &str, what: impl Into<String>) -> Mistake {
        let holds = |line: &str| !line.trim_start().starts_with('#') && line.contains(needle);
        let line = self.text.lines().position(holds).map(|no| no + 1);
        self.mistake(line, what)
    }

    /// The file as a value.
    pub fn value<T: serde::de::DeserializeOwned>(&self) -> Result<T, Mistake> {
        let read = serde_yaml::Deserializer::from_str(self.text);
        serde_path_to_error::deserialize(read).map_err(|e| {
            let key = last_key(e.path());
            let e = e.into_inner();
            let line = e.location().map(|l| l.line());
            // Some mistakes are told as if they stood at the very beginning.
            let line = match (line, &key) {
                (None | Some(1), Some(key)) => Some(self.line_of(key, 0)),
                _ => line,
            };
            self.mistake(line, at_key(key.as_deref(), &told(&e.to_string())))
        })
    }

    /// The line that holds `key:`, the first one after line `after` (0: from the start).
    pub fn line_of(&self, key: &str, after: usize) -> usize {
        let holds = |line: &str| {
            let line = line.trim_start().trim_start_matches("- ");
            let line = line.trim_start_matches(['"', '\'']);
            line.strip_prefix(key).is_some_and(|rest| {
                rest.trim_start_matches(['"', '\''])
                    .trim_start()
                    .starts_with(':')
            })
        };
        let mut lines = self.text.lines().enumerate().skip(after);
        lines
            .find(|(_, line)| holds(line))
            .map_or(after.max(1), |(no, _)| no + 1)
    }

    /// The line where `word` stands, at or after the line `from`.
    pub fn line_with(&self, word: &str, from: usize) -> usize {
        let mut lines = self.text.lines().enumerate().skip(from.saturating_sub(1));
        lines
            .find(|(_, line)| line.contains(word))
            .map_or(from.max(1), |(no, _)| no + 1)
    }
}

/// The last key on the way to a mistake.
pub(super) fn last_key(path: &serde_path_to_error::Path) -> Option<String> {
    let mut keys = path.iter().filter_map(|segment| match segment {
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { variant } => Some(variant.clone()),
        Segment::Seq { .. } | Segment::Unknown => None,
    });
    keys.next_back()
}

/// `max_tokens: expected a whole number, found "lots"`; what is no YAML at all belongs to no key.
pub(super) fn at_key(key: Option<&str>, what: &str) -> String {
    match key {
        Some(key) if what.starts_with("expected ") || what.starts_with("unknown word") => {
            format!("{key}: {what}")
        }
        _ => what.to_owned(),
    }
}

/// `; did you mean X?` where something is near enough.
pub fn near<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let scored = known
        .into_iter()
        .map(|k| (strsim::damerau_levenshtein(word, k), k));
    match scored.min_by_key(|(distance, _)| *distance) {
        Some((distance, known)) if distance <= 1 + word.chars().count() / 3 => {
            format!("; did you mean {known}?")
        }
        _ => String::new(),
    }
}

/// `; did you mean X?` where something known is near enough, else what is known.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    let hint = near(word, known.iter().copied());
    if hint.is_empty() && !known.is_empty() {
        return format!("; known: {}", known.join(", "));
    }
    hint
}
