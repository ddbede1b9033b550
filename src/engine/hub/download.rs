//! Fetching a model: which files, one after the other, each checked before it gets its name.
//!
//! Small files first, weights last: a folder that has its weights has everything. A file grows as
//! `blobs/ETAG.incomplete` and is gone on with after a cut, in this run or a later one; it becomes a blob
//! only at the promised size and hash. One process at a time fetches a blob; others wait for it.

use std::io::{self, Read};
use std::path::Path;

use serde_json::Value;

use super::Progress;
use super::cache::{Cache, free_bytes};
use super::client::{Client, Meta, Reply};
use super::error::HubError;
use super::name::{Commit, FileName, ModelName, RepoId};
use super::partial::{Partial, lock};
use super::parts::{INDEX, OPTIONAL, REQUIRED, SINGLE, shard_names};
use crate::engine::size_text;

/// Read and written at once.
const BUFFER_BYTES: usize = 1 << 18;
/// Kept free beyond what is fetched: a disk filled to the last byte stops other programs too.
const SPARE_BYTES: u64 = 64 << 20;
/// No configuration or tokenizer is larger.
const SMALL_FILE_MAX_BYTES: u64 = 128 << 20;

type Tell<'t> = &'t mut dyn FnMut(Progress<'_>);

/// Fetches what is missing of a model; the folder, or the one file.
pub(super) fn model(
    client: &Client<'_>,
    cache: &Cache,
    name: &ModelName,
    tell: Tell<'_>,
) -> Result<std::path::PathBuf, HubError> {
    let repo = &name.repo;
    let listing = client.listing(repo)?;
    let commit = listing
        .get("sha")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let fetch = Fetch {
        client,
        cache,
        repo,
        commit: Commit::parse(commit)?,
    };
    let there: Vec<&str> = listing
        .get("siblings")
        .and_then(Value::as_array)
        .map(|files| {
            files
                .iter()
                .filter_map(|f| f.get("rfilename")?.as_str())
                .collect()
        })
        .unwrap_or_default();
    let weights = match &name.file {
        Some(file) => vec![fetch.listed(&there, file.as_str())?],
        None => fetch.small_files(&there, tell)?,
    };
    fetch.weights(&weights, tell)?;
    let folder = cache.snapshot(repo, &fetch.commit);
    cache
        .set_main(repo, &fetch.commit)
        .map_err(|e| disk(&folder, &e))?;
    Ok(match &name.file {
        Some(file) => folder.join(file.path()),
        None => folder,
    })
}

/// One model being fetched.
struct Fetch<'a> {
    client: &'a Client<'a>,
    cache: &'a Cache,
    repo: &'a RepoId,
    commit: Commit,
}

impl Fetch<'_> {
    /// A file that must be in the listing.
    fn listed(&self, there: &[&str], wanted: &str) -> Result<FileName, HubError> {
        if there.contains(&wanted) {
            return FileName::parse(wanted);
        }
        Err(HubError::NoFile {
            repo: self.repo.to_string(),
            wanted: wanted.to_owned(),
            there: instead(self.repo, there),
        })
    }

    /// Fetches configuration and tokenizer; the names of the weights' files.
    fn small_files(&self, there: &[&str], tell: Tell<'_>) -> Result<Vec<FileName>, HubError> {
        let mut names = Vec::new();
        for name in REQUIRED {
            names.push(self.listed(there, name)?);
        }
        for name in OPTIONAL.into_iter().filter(|name| there.contains(name)) {
            names.push(FileName::parse(name)?);
        }
        let is_sharded = there.contains(&INDEX);
        names.push(match is_sharded {
            true => FileName::parse(INDEX)?,
            false => self.listed(there, SINGLE)?,
        });
        let weights = if is_sharded { None } else { names.pop() };
        for name in &names {
            let meta = self.meta(name)?;
            if meta.bytes > SMALL_FILE_MAX_BYTES {
                return Err(HubError::Damaged {
                    file: format!("{}/{name}", self.repo),
                    why: format!("{} are too many for such a file", size_text(meta.bytes)),
                });
            }
            self.file(name, &meta, tell)?;
        }
        if let Some(single) = weights {
            return Ok(vec![single]);
        }
        let index = self.cache.snapshot(self.repo, &self.commit).join(INDEX);
        let bytes = std::fs::read(&index).map_err(|e| disk(&index, &e))?;
        let text = self.client.scrub(&String::from_utf8_lossy(&bytes));
        let shards = shard_names(text.as_bytes(), &format!("{}/{INDEX}", self.repo))?;
        for shard in &shards {
            self.listed(there, shard.as_str())?;
        }
        Ok(shards)
    }

    /// Fetches the large files, if the disk has room for all of them.
    fn weights(&self, names: &[FileName], tell: Tell<'_>) -> Result<(), HubError> {
        let mut files = Vec::new();
        let mut total: u64 = 0;
        for name in names {
            let meta = self.meta(name)?;
            total = total.saturating_add(self.left(&meta));
            files.push((name, meta));
        }
        let folder = self.cache.repo(self.repo);
        std::fs::create_dir_all(&folder).map_err(|e| disk(&folder, &e))?;
        // What cannot be asked for is found out by writing.
        if let Some(free) = free_bytes(&folder)
            && total > 0
            && total.saturating_add(SPARE_BYTES) > free
        {
            return Err(HubError::DiskFull {
                folder: folder.display().to_string(),
                need: size_text(total),
                free: size_text(free),
                kept: String::new(),
            });
        }
        tell(Progress::Total(total));
        for (name, meta) in &files {
            self.file(name, meta, tell)?;
        }
        Ok(())
    }

    fn path(&self, name: &FileName) -> String {
        format!("/{}/resolve/{}/{name}", self.repo, self.commit.as_str())
    }

    fn meta(&self, name: &FileName) -> Result<Meta, HubError> {
        let mut attempts = Attempts::new(self.client);
        loop {
            match self.client.meta(&self.path(name), self.repo, name.as_str()) {
                Err(error @ HubError::Network { .. }) => attempts.failed(error, &mut |_| {})?,
                other => return other,
            }
        }
    }

    /// Bytes that are not on the disk yet.
    fn left(&self, meta: &Meta) -> u64 {
        let length = |path: &Path| std::fs::metadata(path).map_or(0, |m| m.len());
        if length(&self.cache.blob(self.repo, &meta.etag)) == meta.bytes {
            return 0;
        }
        let have = length(&self.cache.partial(self.repo, &meta.etag));
        meta.bytes - have.min(meta.bytes)
    }

    /// Makes sure that a file is there, whole.
    fn file(&self, name: &FileName, meta: &Meta, tell: Tell<'_>) -> Result<(), HubError> {
        let blob = self.cache.blob(self.repo, &meta.etag);
        let is_whole = || std::fs::metadata(&blob).is_ok_and(|m| m.len() == meta.bytes);
        if !is_whole() {
            let path = self.cache.lock(self.repo, &meta.etag);
            let _lock = lock(&path, || tell(Progress::Waiting(name.as_str())))
                .map_err(|e| disk(&path, &e))?;
            // Whoever held the lock before may have fetched it.
            if !is_whole() {
                self.grow(name, meta, tell)?;
            }
        }
        let linked = self.cache.link(self.repo, &self.commit, name, &meta.etag);
        linked.map_err(|e| disk(&blob, &e))
    }

    /// Fetches a blob, going on with what is there of it.
    fn grow(&self, name: &FileName, meta: &Meta, tell: Tell<'_>) -> Result<(), HubError> {
        let path = self.cache.partial(self.repo, &meta.etag);
        let folder = path.parent().unwrap_or(self.cache.root());
        std::fs::create_dir_all(folder).map_err(|e| disk(folder, &e))?;
        let mut partial = Partial::open(&path, meta).map_err(|e| disk(&path, &e))?;
        tell(Progress::File {
            name: name.as_str(),
            bytes: meta.bytes,
            have: partial.have,
        });
        let began_with = partial.have;
        let mut attempts = Attempts::new(self.client);
        let mut began_anew = false;
        loop {
            while partial.have < meta.bytes {
                let before = partial.have;
                match self.piece(name, meta, &mut partial, tell) {
                    Ok(()) => {}
                    Err(error @ HubError::Network { .. }) => {
                        if partial.have > before {
                            attempts = Attempts::new(self.client);
                        }
                        attempts.failed(error, tell)?;
                    }
                    Err(error) => return Err(error),
                }
            }
            match partial.is_right(meta) {
                true => break,
                // The beginning may be another program's: once, everything is fetched afresh.
                false if began_with > 0 && !began_anew => {
                    began_anew = true;
                    partial.clear().map_err(|e| disk(&path, &e))?;
                }
                false => {
                    drop(partial);
                    let _ = std::fs::remove_file(&path);
                    return Err(HubError::Damaged {
                        file: format!("{}/{name}", self.repo),
                        why: "the content does not have the SHA-256 that the hub gives".to_owned(),
                    });
                }
            }
        }
        partial.file.sync_all().map_err(|e| disk(&path, &e))?;
        drop(partial);
        let blob = self.cache.blob(self.repo, &meta.etag);
        std::fs::rename(&path, &blob).map_err(|e| disk(&blob, &e))?;
        tell(Progress::Kept);
        Ok(())
    }

    /// One request: as much as comes.
    fn piece(
        &self,
        name: &FileName,
        meta: &Meta,
        partial: &mut Partial,
        tell: Tell<'_>,
    ) -> Result<(), HubError> {
        let asked = partial.have;
        let reply = self.client.content(&self.path(name), asked)?;
        let url = reply.url.clone();
        let cut = |why: String| HubError::Network {
            url: url.clone(),
            why,
        };
        let from = match reply.status.as_u16() {
            200 => 0,
            206 if range_start(&reply) == Some(asked) => asked,
            206 => return Err(cut("the server sent another part than asked for".to_owned())),
            _ => return Err(self.client.refusal(&reply, self.repo, name.as_str())),
        };
        let promised = reply
            .own("content-length")
            .and_then(|n| n.trim().parse::<u64>().ok());
        if let Some(promised) = promised
            && promised.saturating_add(from) != meta.bytes
        {
            return Err(HubError::Damaged {
                file: format!("{}/{name}", self.repo),
                why: format!(
                    "the server sends {} bytes where the hub says {}",
                    promised.saturating_add(from),
                    meta.bytes
                ),
            });
        }
        if from == 0 && asked > 0 {
            // The server does not know how to go on.
            partial.clear().map_err(|e| disk(&partial.path, &e))?;
        }
        let mut body = reply.body.into_with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; BUFFER_BYTES];
        while partial.have < meta.bytes {
            let room = usize::try_from(meta.bytes - partial.have).unwrap_or(usize::MAX);
            let room = room.min(BUFFER_BYTES);
            match body.read(&mut buffer[..room]) {
                Ok(0) => return Err(cut("the connection was cut".to_owned())),
                Ok(n) => partial
                    .add(&buffer[..n])
                    .map_err(|e| disk(&partial.path, &e))?,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(cut(format!("the connection was cut ({e})"))),
            }
            tell(Progress::At(partial.have));
        }
        // One byte more than promised, where no length was said, is not this file.
        if promised.is_none() && matches!(body.read(&mut buffer[..1]), Ok(1)) {
            partial.clear().map_err(|e| disk(&partial.path, &e))?;
            return Err(HubError::Damaged {
                file: format!("{}/{name}", self.repo),
                why: format!(
                    "the server sends more than the {} bytes of the hub",
                    meta.bytes
                ),
            });
        }
        Ok(())
    }
}

/// How often something may still fail.
struct Attempts<'a> {
    client: &'a Client<'a>,
    failed: u32,
}

impl<'a> Attempts<'a> {
    fn new(client: &'a Client<'a>) -> Attempts<'a> {
        Attempts { client, failed: 0 }
    }

    /// Waits a little, or gives up with the error.
    fn failed(&mut self, error: HubError, tell: Tell<'_>) -> Result<(), HubError> {
        let patience = self.client.patience();
        self.failed += 1;
        if self.failed >= patience.tries {
            return Err(error);
        }
        tell(Progress::Again(&error.to_string()));
        std::thread::sleep(patience.pause * 2u32.pow((self.failed - 1).min(6)));
        Ok(())
    }
}

/// Where a `Content-Range: bytes 5-9/10` begins.
fn range_start(reply: &Reply) -> Option<u64> {
    let range = reply.own("content-range")?.trim().strip_prefix("bytes")?;
    range.trim().split('-').next()?.parse().ok()
}

/// What to say about a file that is not in the listing.
fn instead(repo: &RepoId, there: &[&str]) -> String {
    let gguf: Vec<&str> = there
        .iter()
        .filter(|name| FileName::parse(name).is_ok_and(|f| f.is_gguf()))
        .take(12)
        .copied()
        .collect();
    match gguf.is_empty() {
        true => {
            "; a model here is config.json, tokenizer.json and *.safetensors, or a .gguf file: \
                 look for another version of it"
                .to_owned()
        }
        false => format!(
            "; name one of its files, like {repo}:{}",
            gguf.join(", or ")
        ),
    }
}

fn disk(path: &Path, error: &io::Error) -> HubError {
    let full = matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    );
    let shown = path.display().to_string();
    match full {
        true => HubError::DiskFull {
            folder: shown,
            need: "more bytes".to_owned(),
            free: "none".to_owned(),
            kept: "; what came so far is kept, and the same command goes on".to_owned(),
        },
        false => HubError::Disk {
            path: shown,
            why: error.to_string(),
        },
    }
}
