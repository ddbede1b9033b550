//! From what `--model` says to a folder or file: on this disk, in the hub's cache, or fetched.
//!
//! Runs before the terminal is taken over; tells its progress on standard error.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::app::Safe;
use crate::config::did_you_mean;
use crate::engine::hub::{Hub, HubError, Lookup, ModelName, Progress, Settings};
use crate::engine::size_text;

use super::failure::Failure;

/// A model's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name on the hub, where it was asked for by that.
    pub name: Option<String>,
    /// A folder, or a single file.
    pub path: PathBuf,
}

/// The hub as the environment and `--offline` have it.
pub fn hub_settings(offline: bool) -> Settings {
    let home = etcetera::home_dir().ok();
    let mut settings = Settings::from_env(|name| std::env::var_os(name), home.as_deref());
    settings.offline |= offline;
    settings
}

/// Finds a model: a path that exists comes first, then the hub.
///
/// # Errors
/// Neither a path nor to be had from the hub: what to do instead.
pub fn find(wanted: &Path, settings: Settings) -> Result<Place, Failure> {
    if wanted.exists() {
        return Ok(Place {
            name: None,
            path: wanted.to_owned(),
        });
    }
    let shown = wanted.display();
    let text = wanted.to_str().filter(|text| !is_path(text)).ok_or_else(|| {
        Failure::usage(format!(
            "{shown}: no such folder or file; recant models PATH… lists the models below a folder"
        ))
    })?;
    let name = ModelName::parse(text).map_err(|why| {
        Failure::usage(format!(
            "no folder or file {shown}; as a model of the hub, {why}"
        ))
    })?;
    let hub = Hub::new(settings);
    let path = if name.repo.as_str().contains('/') {
        let mut bar = Bar::new(&name);
        let found = hub.model(&name, &mut |progress| bar.tell(progress));
        bar.end();
        found.map_err(|why| failure(&hub, &name, why))?
    } else {
        // Names without an owner are too easily meant for a folder to ask the network.
        match hub.cache().find(&name) {
            Lookup::Complete(path) => path,
            Lookup::Incomplete(_) | Lookup::Absent => {
                return Err(Failure::usage(format!(
                    "no folder or file {shown}; a model of the hub is org/name{}",
                    near(&hub, &name)
                )));
            }
        }
    };
    Ok(Place {
        name: Some(name.to_string()),
        path,
    })
}

/// Whether a text can only be meant as a path.
fn is_path(text: &str) -> bool {
    let repo = text.split(':').next().unwrap_or_default();
    let lower = repo.to_ascii_lowercase();
    text.starts_with(['.', '/', '~'])
        || text.contains('\\')
        || repo.matches('/').count() > 1
        || repo.ends_with('/')
        || [".gguf", ".safetensors"]
            .iter()
            .any(|end| lower.ends_with(end))
}

fn failure(hub: &Hub, name: &ModelName, why: HubError) -> Failure {
    match why {
        HubError::NotFound { .. } | HubError::Offline { .. } | HubError::CompiledOut { .. } => {
            Failure::usage(format!("{why}{}", near(hub, name)))
        }
        HubError::Name { .. }
        | HubError::Gated { .. }
        | HubError::NoFile { .. }
        | HubError::Setting { .. } => Failure::usage(why),
        HubError::Network { .. }
        | HubError::Server { .. }
        | HubError::Damaged { .. }
        | HubError::DiskFull { .. }
        | HubError::Disk { .. } => Failure::work(why),
    }
}

/// `; did you mean …?`, from what is in the cache.
fn near(hub: &Hub, name: &ModelName) -> String {
    let cached = hub.cache().all().unwrap_or_default();
    let mut known: Vec<&str> = cached.iter().map(|c| c.repo.as_str()).collect();
    known.retain(|k| *k != name.repo.as_str());
    known.dedup();
    did_you_mean(name.repo.as_str(), known)
}

/// A bar for each file on a terminal, a line for each elsewhere.
struct Bar {
    model: String,
    file: String,
    bar: Option<ProgressBar>,
    is_terminal: bool,
    begun: bool,
}

impl Bar {
    fn new(name: &ModelName) -> Bar {
        Bar {
            model: name.to_string(),
            file: String::new(),
            bar: None,
            is_terminal: std::io::stderr().is_terminal(),
            begun: false,
        }
    }

    fn tell(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::Total(bytes) => {
                if bytes > 0 {
                    self.say(&format!(
                        "{}: {} of weights to fetch",
                        self.model,
                        size_text(bytes)
                    ));
                }
            }
            Progress::File { name, bytes, have } => {
                self.begun = true;
                self.file = name.to_owned();
                let resumed = match have {
                    0 => String::new(),
                    _ => format!(", going on after {}", size_text(have)),
                };
                if !self.is_terminal {
                    return self.say(&format!("fetching {name} ({}{resumed})", size_text(bytes)));
                }
                let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
                let style = "{msg} {bar:24} {decimal_bytes} of {decimal_total_bytes}, \
                             {decimal_bytes_per_sec}, {eta} left";
                if let Ok(style) = ProgressStyle::with_template(style) {
                    bar.set_style(style);
                }
                bar.set_message(Safe::line(name).as_str().to_owned());
                bar.set_position(have);
                bar.reset_eta();
                self.bar = Some(bar);
            }
            Progress::At(bytes) => {
                if let Some(bar) = &self.bar {
                    bar.set_position(bytes);
                }
            }
            Progress::Kept => {
                if let Some(bar) = self.bar.take() {
                    bar.abandon();
                }
            }
            Progress::Waiting(name) => {
                self.say(&format!(
                    "another program is fetching {name}; waiting for it"
                ));
            }
            Progress::Again(why) => self.say(&format!("{why}; trying again")),
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.abandon();
        }
        if self.begun && !self.is_terminal {
            self.say(&format!("{}: fetching ended", self.model));
        }
    }

    fn say(&self, text: &str) {
        let text = Safe::line(text);
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("recant: {}", text.as_str())),
            None => eprintln!("recant: {}", text.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_never_looked_up_on_the_network() {
        for path in [
            "./org/name",
            "../name",
            "/models/name",
            "~/name",
            "a/b/c",
            "models/",
            "a\\b",
            "models/x.gguf",
            "x.safetensors",
        ] {
            assert!(is_path(path), "{path}");
        }
        for name in ["org/name", "org/name:x.gguf", "org/name:a/b/x.gguf", "gpt2"] {
            assert!(!is_path(name), "{name}");
        }
    }
}
