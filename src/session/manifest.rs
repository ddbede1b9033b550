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
        let set = |v: &&Value| !v.is_null();
        let show = |v: Option<&Value>| v.filter(set).map_or("none".to_owned(), Value::to_string);
        names
            .into_iter()
            .filter(|name| !DESCRIBING.contains(&name.as_str()))
            .filter(|name| self.settings.get(*name) != other.settings.get(*name))
            .map(|name| {
                let (mine, theirs) = (self.settings.get(name), other.settings.get(name));
                format!(
                    "{name}: the run has {}, this command {}",
                    show(mine),
                    show(theirs)
                )
            })
            .collect()
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
