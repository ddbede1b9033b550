//! Models by name: what is in the Hugging Face cache, and what is fetched into it.
//!
//! Reading order: `name` (what may be asked for) → `settings` (what the environment says) → `cache` (the
//! folders on the disk) → `parts` (which files a model needs) → `origin`, `client`, `store`,
//! `partial`, `download` (the network).
//!
//! Invariants: nothing that a person or a server names leads outside the cache folder; a token goes to
//! the hub it was given for and nowhere else, never over plain HTTP except to this machine, and into no
//! message; a file stands under its final name only when its size, and where known its hash, are right.
//! What is in the cache is used as it is, without asking the network whether there is something newer.
//!
//! Why not the `hf-hub` crate: its version 0.5 ignores `HF_TOKEN`, `HF_HUB_CACHE` and `HF_HUB_OFFLINE`,
//! waits for ever on a silent server and panics on a redirect without a target; its version 1.0 brings
//! 235 crates. The protocol is a listing and a few file requests.

mod cache;
#[cfg(feature = "hub")]
mod client;
#[cfg(feature = "hub")]
mod download;
mod error;
mod name;
#[cfg(feature = "hub")]
mod origin;
#[cfg(feature = "hub")]
mod partial;
mod parts;
mod settings;
#[cfg(feature = "hub")]
mod store;

use std::path::PathBuf;

pub use self::cache::{Cache, Cached, Lookup, free_bytes};
pub use self::error::HubError;
pub use self::name::{Commit, FileName, ModelName, RepoId};
pub use self::parts::{missing_in, shard_names};
pub use self::settings::{Patience, Settings, Token};

/// What happens while a model is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// The sizes of the weights are known now: this many bytes are still to be fetched.
    Total(u64),
    /// A file begins.
    File {
        /// Its name in the repository.
        name: &'a str,
        /// Its size.
        bytes: u64,
        /// How much of it an earlier attempt left.
        have: u64,
    },
    /// So many bytes of the file are on the disk now.
    At(u64),
    /// The file is complete and checked.
    Kept,
    /// Another process is fetching this file; we wait for it.
    Waiting(&'a str),
    /// The connection failed; it is tried again.
    Again(&'a str),
}

/// The hub as this machine sees it.
#[derive(Debug)]
pub struct Hub {
    settings: Settings,
    cache: Cache,
}

impl Hub {
    /// Touches neither disk nor network.
    pub fn new(settings: Settings) -> Hub {
        Hub {
            cache: Cache::new(settings.cache.clone()),
            settings,
        }
    }

    /// Its folders on this disk.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// The folder (or the one file, where `name` names one) of a model: from the cache if it is complete
    /// there, otherwise fetched, unless the settings say offline. `tell` hears how far it is.
    ///
    /// # Errors
    /// Not there, not allowed, no network, no room, damaged: each with what to do.
    pub fn model(
        &self,
        name: &ModelName,
        tell: &mut dyn FnMut(Progress<'_>),
    ) -> Result<PathBuf, HubError> {
        let missing = match self.cache.find(name) {
            Lookup::Complete(path) => return Ok(path),
            Lookup::Incomplete(missing) => missing,
            Lookup::Absent => Vec::new(),
        };
        if self.settings.offline {
            return Err(HubError::Offline {
                name: name.to_string(),
                cache: self.cache.root().display().to_string(),
                missing,
            });
        }
        self.fetch(name, tell)
    }

    #[cfg(feature = "hub")]
    fn fetch(
        &self,
        name: &ModelName,
        tell: &mut dyn FnMut(Progress<'_>),
    ) -> Result<PathBuf, HubError> {
        let client = client::Client::new(&self.settings)?;
        download::model(&client, &self.cache, name, tell)
    }

    #[cfg(not(feature = "hub"))]
    fn fetch(
        &self,
        name: &ModelName,
        _tell: &mut dyn FnMut(Progress<'_>),
    ) -> Result<PathBuf, HubError> {
        Err(HubError::CompiledOut {
            name: name.to_string(),
            cache: self.cache.root().display().to_string(),
        })
    }
}
