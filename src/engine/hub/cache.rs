//! The Hugging Face cache on the disk: `models--org--name/{blobs,refs,snapshots}`.
//!
//! A blob is named by its ETag; `refs/main` holds a commit; `snapshots/COMMIT/FILE` is a link to a blob
//! (a copy where the system has no links). Written so that other programs find it, and theirs is found
//! here. Makes paths only from checked names.

use std::io;
use std::path::{Path, PathBuf};

use super::name::{Commit, ModelName, RepoId};
use super::parts::missing_in;

/// The branch that a name without a version means.
pub(super) const MAIN: &str = "main";

/// What the cache has of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// All that is needed: a folder, or a GGUF file.
    Complete(PathBuf),
    /// Some of it; these files are missing.
    Incomplete(Vec<String>),
    /// Nothing.
    Absent,
}

/// One version of a model in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cached {
    /// Whose.
    pub repo: RepoId,
    /// Its folder.
    pub folder: PathBuf,
    /// Whether its bare name means this version.
    pub is_main: bool,
}

/// The cache folder.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// At a folder that need not exist.
    pub fn new(root: PathBuf) -> Cache {
        Cache { root }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn repo(&self, repo: &RepoId) -> PathBuf {
        self.root.join(repo.folder())
    }

    pub(super) fn snapshot(&self, repo: &RepoId, commit: &Commit) -> PathBuf {
        self.repo(repo).join("snapshots").join(commit.as_str())
    }

    fn main(&self, repo: &RepoId) -> Option<Commit> {
        let text = std::fs::read_to_string(self.repo(repo).join("refs").join(MAIN)).ok()?;
        Commit::parse(text.trim()).ok()
    }

    /// What is there of a model.
    pub fn find(&self, name: &ModelName) -> Lookup {
        let Some(commit) = self.main(&name.repo) else {
            return Lookup::Absent;
        };
        let folder = self.snapshot(&name.repo, &commit);
        match &name.file {
            Some(file) => {
                let path = folder.join(file.path());
                match path.is_file() {
                    true => Lookup::Complete(path),
                    false => Lookup::Incomplete(vec![file.to_string()]),
                }
            }
            None => {
                let missing = missing_in(&folder);
                match missing.is_empty() {
                    true => Lookup::Complete(folder),
                    false => Lookup::Incomplete(missing),
                }
            }
        }
    }

    /// All versions of all models, by name. A cache that is not there is empty.
    ///
    /// # Errors
    /// A cache folder that cannot be read.
    pub fn all(&self) -> io::Result<Vec<Cached>> {
        let entries = match std::fs::read_dir(&self.root) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut all = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let Some(repo) = name.to_str().and_then(RepoId::of_folder) else {
                continue;
            };
            let main = self.main(&repo);
            // A repository whose download was cut off before its first file has no snapshots.
            let Ok(snapshots) = std::fs::read_dir(self.repo(&repo).join("snapshots")) else {
                continue;
            };
            for snapshot in snapshots.filter_map(Result::ok) {
                let commit = snapshot
                    .file_name()
                    .to_str()
                    .and_then(|n| Commit::parse(n).ok());
                let Some(commit) = commit else { continue };
                all.push(Cached {
                    is_main: main.as_ref() == Some(&commit),
                    folder: self.snapshot(&repo, &commit),
                    repo: repo.clone(),
                });
            }
        }
        all.sort_by(|a, b| (&a.repo, !a.is_main, &a.folder).cmp(&(&b.repo, !b.is_main, &b.folder)));
        Ok(all)
    }
}

/// Bytes that may still be written below a folder, or below the nearest one above it that exists.
/// `None`: the system does not say.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let existing = folder.ancestors().find(|f| f.exists())?;
    free(existing)
}

#[cfg(unix)]
fn free(folder: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free(_folder: &Path) -> Option<u64> {
    None
}
