//! Prompt files that may change while the explorer runs.
//!
//! Invariant: a look at an unchanged folder reads no file; what is told is always the whole of all files,
//! so that what one look missed the next one brings. A file that is written just then is read again at
//! the next look.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::config::prompts::{self, EMBEDDED};
use crate::domain::Condition;

/// How often the folder is looked at.
pub const EVERY: Duration = Duration::from_secs(1);

/// Larger files are no prompts.
const LARGEST_BYTES: u64 = 4 << 20;

/// When a file was changed and how long it is.
type Stamp = (Option<SystemTime>, u64);

/// A file as it was last read.
struct Seen {
    stamp: Stamp,
    text: Arc<str>,
}

/// The files that are watched.
pub struct Watch {
    folder: Option<PathBuf>,
    /// Files outside the folder: what was saved in this session.
    files: Vec<PathBuf>,
    seen: BTreeMap<PathBuf, Seen>,
}

/// What a look found.
pub enum Found {
    /// All conditions, as the files have them now.
    Conditions(Vec<Arc<Condition>>),
    /// What is wrong, file and line first.
    Mistakes(String),
}

impl Watch {
    /// Takes note of the files as they are.
    pub fn new(folder: Option<&Path>) -> Watch {
        let mut watch = Watch {
            folder: folder.map(Path::to_owned),
            files: Vec::new(),
            seen: BTreeMap::new(),
        };
        watch.look();
        watch
    }

    /// Watches one more file, as it is: one that was saved just now is no news.
    pub fn add(&mut self, path: PathBuf) {
        if self.folder.as_deref() != path.parent() && !self.files.contains(&path) {
            self.files.push(path.clone());
        }
        self.take(path);
    }

    /// Reads a file that is new or newer; returns whether its text is another one.
    fn take(&mut self, path: PathBuf) -> bool {
        let Some(stamp) = stamp(&path) else {
            return false;
        };
        let before = self.seen.get(&path);
        if before.is_some_and(|s| s.stamp == stamp) {
            return false;
        }
        let Ok(text) = std::fs::read_to_string(&path) else {
            return false;
        };
        let is_other = before.is_none_or(|s| *s.text != *text);
        let text = text.into();
        self.seen.insert(path, Seen { stamp, text });
        is_other
    }

    /// The text of a file as it was last read.
    pub fn text(&self, path: &Path) -> Option<&str> {
        self.seen.get(path).map(|s| &*s.text)
    }

    /// Whether there is anything to look at.
    pub fn is_idle(&self) -> bool {
        self.folder.is_none() && self.files.is_empty()
    }

    /// What changed since the last look.
    pub fn look(&mut self) -> Option<Found> {
        let mut changed = false;
        let paths = self.paths();
        let gone = |path: &PathBuf| !paths.contains(path);
        let left: Vec<PathBuf> = self.seen.keys().filter(|p| gone(p)).cloned().collect();
        for path in left {
            self.seen.remove(&path);
            changed = true;
        }
        for path in paths {
            changed |= self.take(path);
        }
        changed.then(|| self.read())
    }

    fn paths(&self) -> Vec<PathBuf> {
        let entries = self.folder.as_ref().and_then(|f| std::fs::read_dir(f).ok());
        let found = entries.into_iter().flatten().filter_map(Result::ok);
        let is_prompt = |p: &PathBuf| p.extension().is_some_and(|e| e == "yaml" || e == "yml");
        let mut paths: Vec<PathBuf> = found.map(|e| e.path()).filter(is_prompt).collect();
        paths.sort();
        // Later files replace earlier ones.
        paths.extend(self.files.iter().cloned());
        paths
    }

    /// All of it, as it was last read.
    pub fn read(&self) -> Found {
        let embedded = EMBEDDED
            .iter()
            .map(|(name, text)| ((*name).to_owned(), *text));
        let own = self.paths().into_iter().filter_map(|path| {
            let text = &self.seen.get(&path)?.text;
            Some((path.display().to_string(), &**text))
        });
        let files: Vec<(String, &str)> = embedded.chain(own).collect();
        let files = files.iter().map(|(name, text)| (name.as_str(), *text));
        match prompts::parse_files(files) {
            Ok(all) => Found::Conditions(all),
            Err(mistakes) => {
                let said: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
                Found::Mistakes(said.join("; "))
            }
        }
    }
}

/// `None` for what is no file, and for what is too large to be a prompt.
fn stamp(path: &Path) -> Option<Stamp> {
    let about = std::fs::metadata(path).ok()?;
    let fits = about.is_file() && about.len() <= LARGEST_BYTES;
    fits.then(|| (about.modified().ok(), about.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINE: &str = "name: mine\ntitle: t\nsource: {quoted: ours, place: p}\nanswer: both\n\
        first: [{user: \"{context} {question} {options}\", max_tokens: 9, gives: answer}]\n\
        review: [{user: Again., max_tokens: 9, gives: answer}]\n";

    fn review(found: Option<Found>) -> String {
        let Some(Found::Conditions(all)) = found else {
            panic!("no conditions");
        };
        let mine = all.iter().find(|c| &*c.name == "mine").unwrap();
        mine.review[0].says.to_string()
    }

    #[test]
    fn a_change_is_told_once_and_a_mistake_with_its_line() {
        let folder = std::env::temp_dir().join(format!("recant-watch-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("mine.yaml");
        std::fs::write(&path, MINE).unwrap();
        std::fs::write(folder.join("notes.txt"), "no prompt").unwrap();
        let mut watch = Watch::new(Some(&folder));
        assert!(!watch.is_idle() && watch.look().is_none());
        std::fs::write(&path, MINE.replace("Again.", "Once more.")).unwrap();
        assert_eq!(review(watch.look()), "Once more.");
        assert!(watch.look().is_none());
        // The same words under another time are no change.
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text).unwrap();
        assert!(watch.look().is_none());
        std::fs::write(&path, MINE.replace("{options}", "{optoins}")).unwrap();
        let Some(Found::Mistakes(said)) = watch.look() else {
            panic!("no mistake");
        };
        assert!(said.contains("mine.yaml:5:"), "{said}");
        std::fs::write(&path, MINE).unwrap();
        assert_eq!(review(watch.look()), "Again.");
        // One that is saved elsewhere is watched from then on.
        let elsewhere = folder.join("x");
        std::fs::create_dir_all(&elsewhere).unwrap();
        let saved = elsewhere.join("mine.yaml");
        std::fs::write(&saved, MINE).unwrap();
        watch.add(saved.clone());
        std::fs::write(&saved, MINE.replace("Again.", "Really?")).unwrap();
        assert_eq!(review(watch.look()), "Really?");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
