//! Prompts saved as files.
//!
//! Invariant: a file is written over only if this session saved it and it still holds what the session
//! last knew of it, or if somebody asked for it again after having been told that it is there: then what it
//! held is kept beside it. The old one is replaced whole, or stays.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Saves prompts into one folder.
pub struct Saves {
    folder: PathBuf,
    mine: BTreeSet<PathBuf>,
    /// What was refused last, because it was there before.
    refused: Option<PathBuf>,
}

/// What became of a prompt.
#[derive(Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is a new file.
    New(PathBuf),
    /// It took the place of what this session had saved there.
    Over(PathBuf),
    /// It took the place of what was there before this session, which is kept in the second one.
    Instead(PathBuf, PathBuf),
}

impl Saves {
    /// Nothing saved yet.
    pub fn new(folder: PathBuf) -> Saves {
        Saves {
            folder,
            mine: BTreeSet::new(),
            refused: None,
        }
    }

    /// Where prompts are saved.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Saves a prompt. `known` is the text that a file is known to hold.
    ///
    /// # Errors
    /// For people: what is there already, or what the system says.
    pub fn save<'a>(
        &mut self,
        name: &str,
        text: &str,
        known: impl Fn(&Path) -> Option<&'a str>,
    ) -> Result<Saved, String> {
        let path = self.folder.join(format!("{name}.yaml"));
        let failed = |e: std::io::Error| format!("not saved: {}: {e}", path.display());
        if self.mine.contains(&path) && path.exists() {
            let now = std::fs::read_to_string(&path).map_err(failed)?;
            if known(&path) != Some(now.as_str()) {
                return Err(format!(
                    "not saved: {} was changed by another program just now; take another name, or save again in a second",
                    path.display()
                ));
            }
            replace(&path, text).map_err(failed)?;
            return Ok(Saved::Over(path));
        }
        if self.refused.take().as_ref() == Some(&path) && path.is_file() {
            let before = path.with_extension("yaml.before");
            std::fs::copy(&path, &before).map_err(failed)?;
            replace(&path, text).map_err(failed)?;
            self.mine.insert(path.clone());
            return Ok(Saved::Instead(path, before));
        }
        let mut options = std::fs::OpenOptions::new();
        let written = options
            .write(true)
            .create_new(true)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()));
        match written {
            Ok(()) => {
                self.mine.insert(path.clone());
                Ok(Saved::New(path))
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                let said = format!(
                    "not saved: {} was there before this session; take another name, or save under this one again to replace it (what it holds is kept beside it)",
                    path.display()
                );
                self.refused = Some(path);
                Err(said)
            }
            Err(error) => Err(failed(error)),
        }
    }
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    // No `.yaml`: whoever watches the folder must not read half of it.
    let beside = path.with_extension("yaml.new");
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_this_session_saved_is_written_over() {
        let folder = std::env::temp_dir().join(format!("recant-save-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mine = folder.join("mine.yaml");
        let mut saves = Saves::new(folder.clone());
        let save = |saves: &mut Saves, name: &str, text: &str, known: &'static str| {
            saves.save(name, text, |_| Some(known))
        };
        assert_eq!(
            save(&mut saves, "mine", "one", ""),
            Ok(Saved::New(mine.clone()))
        );
        assert_eq!(
            save(&mut saves, "mine", "two", "one"),
            Ok(Saved::Over(mine.clone()))
        );
        assert_eq!(std::fs::read_to_string(&mine).unwrap(), "two");
        let unknown = save(&mut saves, "mine", "three", "one").unwrap_err();
        assert!(unknown.contains("another program"), "{unknown}");
        assert_eq!(std::fs::read_to_string(&mine).unwrap(), "two");
        // Somebody else's, and one of an earlier session.
        std::fs::write(folder.join("yours.yaml"), "kept").unwrap();
        let theirs = save(&mut saves, "yours", "x", "kept").unwrap_err();
        assert!(theirs.contains("take another name"), "{theirs}");
        let mut later = Saves::new(folder.clone());
        assert!(save(&mut later, "mine", "x", "two").is_err());
        // Only asked for again at once; and what it held is not lost.
        assert_eq!(
            save(&mut later, "other", "x", ""),
            Ok(Saved::New(folder.join("other.yaml")))
        );
        assert!(save(&mut later, "mine", "x", "two").is_err());
        let before = folder.join("mine.yaml.before");
        assert_eq!(
            save(&mut later, "mine", "four", "two"),
            Ok(Saved::Instead(mine.clone(), before.clone()))
        );
        let read = |path: &Path| std::fs::read_to_string(path).unwrap();
        assert_eq!((&*read(&mine), &*read(&before)), ("four", "two"));
        // Deleted in between: a new file.
        std::fs::remove_file(&mine).unwrap();
        assert_eq!(save(&mut saves, "mine", "x", ""), Ok(Saved::New(mine)));
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(save(&mut saves, "mine", "x", "").is_err());
    }
}
