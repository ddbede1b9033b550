//! Files as written → checked values. Every error names the file, the line where it can, what is
//! wrong and what would be right.

pub mod keys;
pub mod prompts;
pub mod theme;
mod yaml;

pub use yaml::Mistake;

use std::fmt;

/// A mistake in a file that a person wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, as it was named.
    pub file: String,
    /// 1-based; `None` where no line can be told.
    pub line: Option<usize>,
    /// What is wrong and what to write instead.
    pub what: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

impl std::error::Error for ConfigError {}

impl ConfigError {
    /// From what the YAML reader says.
    pub fn yaml(file: &str, error: &serde_yaml::Error) -> ConfigError {
        let text = error.to_string();
        // The location is a field of the error, so the text need not repeat it.
        let what = text.split(" at line ").next().unwrap_or(&text);
        ConfigError {
            file: file.to_owned(),
            line: error.location().map(|l| l.line()),
            what: what.to_owned(),
        }
    }

    /// A mistake on the first line, comments apart, that holds `needle`.
    pub fn at(file: &str, text: &str, needle: &str, what: String) -> ConfigError {
        ConfigError {
            file: file.to_owned(),
            line: text
                .lines()
                .position(|l| !l.trim_start().starts_with('#') && l.contains(needle))
                .map(|no| no + 1),
            what,
        }
    }
}

/// `; did you mean X?` where something known is close to what was written, else the known ones.
pub fn did_you_mean<'a>(written: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    let best = known
        .iter()
        .map(|k| (strsim::jaro_winkler(written, k), *k))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((score, name)) if score > 0.8 => format!("; did you mean {name}?"),
        _ => format!("; known: {}", known.join(", ")),
    }
}
