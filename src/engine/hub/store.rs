//! Filling the cache: names of blobs, links to them, what a bare name means.

use std::io;
use std::path::{Path, PathBuf};

use super::cache::{Cache, MAIN};
use super::name::{Commit, FileName, RepoId};

/// The name of a blob: an ETag, made sure to be a plain word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Etag(String);

impl Etag {
    /// As a header holds it, quoted or not. `None`: not a plain word.
    pub fn parse(header: &str) -> Option<Etag> {
        let word = header.trim().trim_start_matches("W/").trim_matches('"');
        let is_plain = (1..=128).contains(&word.len())
            && word
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        is_plain.then(|| Etag(word.to_owned()))
    }

    /// The hash that it is, for files kept in large-file storage.
    pub fn sha256(&self) -> Option<&str> {
        let is_hash = self.0.len() == 64
            && self
                .0
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        is_hash.then_some(&*self.0)
    }
}

impl Cache {
    /// Where a file's content goes.
    pub fn blob(&self, repo: &RepoId, etag: &Etag) -> PathBuf {
        self.repo(repo).join("blobs").join(&etag.0)
    }

    /// Where its content grows: the name that other programs give it too.
    pub fn partial(&self, repo: &RepoId, etag: &Etag) -> PathBuf {
        let name = format!("{}.incomplete", etag.0);
        self.repo(repo).join("blobs").join(name)
    }

    /// Held by whoever fetches a blob.
    pub fn lock(&self, repo: &RepoId, etag: &Etag) -> PathBuf {
        let name = format!("{}.lock", etag.0);
        self.root().join(".locks").join(repo.folder()).join(name)
    }

    /// Gives a blob its name in a version.
    pub fn link(
        &self,
        repo: &RepoId,
        commit: &Commit,
        file: &FileName,
        etag: &Etag,
    ) -> io::Result<()> {
        let place = self.snapshot(repo, commit).join(file.path());
        if let Some(folder) = place.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let up = "../".repeat(file.depth() + 2);
        let target = format!("{up}blobs/{}", etag.0);
        // Made aside and moved: whoever looks finds the old link or the new one.
        let aside = place.with_extension(format!("{}.link", unique()));
        let _ = std::fs::remove_file(&aside);
        link(&target, &self.blob(repo, etag), &aside)?;
        std::fs::rename(&aside, &place)
    }

    /// The bare name means this version from now on.
    pub fn set_main(&self, repo: &RepoId, commit: &Commit) -> io::Result<()> {
        let folder = self.repo(repo).join("refs");
        std::fs::create_dir_all(&folder)?;
        let aside = folder.join(format!("{MAIN}.{}.new", unique()));
        std::fs::write(&aside, commit.as_str())?;
        std::fs::rename(&aside, folder.join(MAIN))
    }
}

/// A word that no other process or thread uses at the same time.
fn unique() -> String {
    let thread = format!("{:?}", std::thread::current().id());
    let digits: String = thread.chars().filter(char::is_ascii_digit).collect();
    format!("{}-{digits}", std::process::id())
}

#[cfg(unix)]
fn link(target: &str, _blob: &Path, at: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, at)
}

#[cfg(not(unix))]
fn link(_target: &str, blob: &Path, at: &Path) -> io::Result<()> {
    std::fs::hard_link(blob, at).or_else(|_| std::fs::copy(blob, at).map(|_| ()))
}
