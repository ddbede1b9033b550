//! The settings a run was made under.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

/// Version of the files' format; readers refuse what they do not know.
pub const FORMAT: u32 = 1;

/// Settings that only describe: what the numbers depend on is named beside them, and runs of versions
/// that did not write them can be gone on with.
const DESCRIBING: [&str; 2] = ["parameters", "found_at"];

/// How the sentence about conditions of other words begins; their names follow, with commas.
pub const OTHER_WORDS: &str = "prompts: other words in ";

/// `run.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the files' format.
    pub format: u32,
    /// Version of the program that began the run.
    pub recant: String,
    /// Everything the numbers depend on, by name. A run goes on only under equal settings.
    pub settings: Map<String, Value>,
}

impl Manifest {
    /// A manifest of this program's version.
    pub fn new(settings: Map<String, Value>) -> Manifest {
        Manifest {
            format: FORMAT,
            recant: env!("CARGO_PKG_VERSION").to_owned(),
            settings,
        }
    }

    /// One sentence per setting that differs: `seed: the run has 0, this command 1`.
    pub fn differences(&self, other: &Manifest) -> Vec<String> {
        let mut names: Vec<&String> = self.settings.keys().collect();
        names.extend(
            other
                .settings
                .keys()
                .filter(|k| !self.settings.contains_key(*k)),
        );
        let differs = |name: &str| self.settings.get(name) != other.settings.get(name);
        let mut said = Vec::new();
        let mut words = Vec::new();
        for name in names {
            if DESCRIBING.contains(&name.as_str()) || !differs(name) {
                continue;
            }
            let (mine, theirs) = (self.settings.get(name), other.settings.get(name));
            match name.strip_prefix("prompt_sha256.") {
                // A condition that only one of them has is named among the conditions.
                Some(_) if differs("conditions") && (mine.is_none() || theirs.is_none()) => {}
                Some(condition) => words.push(condition),
                // What follows from another setting that is named.
                None if name == "item_count" && CUTS.iter().any(|cut| differs(cut)) => {}
                None => said.push(format!(
                    "{name}: the run has {}, this command {}",
                    shown(name, mine),
                    shown(name, theirs)
                )),
            }
        }
        if !words.is_empty() {
            said.push(format!("{OTHER_WORDS}{}", words.join(", ")));
        }
        said
    }
}

/// Settings that decide how many items there are.
const CUTS: [&str; 5] = ["limit", "sample", "items_sha256", "only", "context"];

/// A setting for people: of a hash the beginning.
fn shown(name: &str, value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "none".to_owned(),
        Some(Value::String(hash)) if name.ends_with("_sha256") && hash.len() > 12 => {
            format!("{}…", hash.chars().take(8).collect::<String>())
        }
        Some(value) => value.to_string(),
    }
}

/// SHA-256 of bytes as they come.
#[derive(Clone, Debug, Default)]
pub struct Digest(Sha256);

impl Digest {
    /// Takes note of these bytes.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Takes note of whatever is read through it.
    pub fn through<R: Read>(&mut self, reader: R) -> impl Read {
        Through {
            digest: self,
            reader,
        }
    }

    /// The digest in hexadecimal digits.
    pub fn finish(self) -> String {
        let mut hex = String::with_capacity(64);
        for byte in self.0.finalize() {
            hex.push_str(&format!("{byte:02x}"));
        }
        hex
    }
}

struct Through<'a, R> {
    digest: &'a mut Digest,
    reader: R,
}

impl<R: Read> Read for Through<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.digest.add(&buffer[..n]);
        Ok(n)
    }
}
