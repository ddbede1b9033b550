//! Why a model could not be had by name, and what to do. No message holds a token.

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Not a name of the kind asked for; from a person, a server or an index file.
    #[error("{text:?}: {why}")]
    Name {
        /// As it came.
        text: String,
        /// The rule it breaks.
        why: String,
    },
    /// The network must not be used, and the cache does not have all of it.
    #[error(
        "{name} is not {in_cache}; without --offline (or HF_HUB_OFFLINE) it would be fetched, or give the path of its folder",
        in_cache = in_cache(cache, missing)
    )]
    Offline {
        /// The model.
        name: String,
        /// The cache folder.
        cache: String,
        /// Files of it that are missing; empty: all are.
        missing: Vec<String>,
    },
    /// The program was built without the network.
    #[error(
        "{name} is not in {cache}, and this program was built without downloads (cargo feature hub); put the model's folder on this machine and give its path"
    )]
    CompiledOut {
        /// The model.
        name: String,
        /// The cache folder.
        cache: String,
    },
    /// The hub knows no such repository, or hides it.
    #[error("{name} is not on {hub}, or it is private or gated: {token}")]
    NotFound {
        /// The model.
        name: String,
        /// The hub's address.
        hub: String,
        /// What about the token.
        token: String,
    },
    /// The hub has it, but not for everybody.
    #[error("{name} is gated: accept its terms on {hub}/{repo} while signed in, then: {token}")]
    Gated {
        /// The model or file.
        name: String,
        /// Its repository.
        repo: String,
        /// The hub's address.
        hub: String,
        /// What about the token.
        token: String,
    },
    /// The repository lacks a file that is needed.
    #[error("{repo} has no {wanted}{there}")]
    NoFile {
        /// The repository.
        repo: String,
        /// What was looked for.
        wanted: String,
        /// `; it has …`, or what to do.
        there: String,
    },
    /// The network failed.
    #[error(
        "{url}: {why}; without a network give --offline (only what is in the cache), or the path of a model's folder"
    )]
    Network {
        /// Where to, without query.
        url: String,
        /// What happened.
        why: String,
    },
    /// The server answered with something that cannot be used.
    #[error("{url}: {why}")]
    Server {
        /// Where to, without query.
        url: String,
        /// What it said.
        why: String,
    },
    /// What arrived is not what was promised.
    #[error("{file}: {why}; try again, or fetch it by other means")]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// The disk has not enough room.
    #[error(
        "{folder}: {need} are needed and {free} are free; make room, or set HF_HUB_CACHE to a folder on another disk{kept}"
    )]
    DiskFull {
        /// Where.
        folder: String,
        /// For people.
        need: String,
        /// For people.
        free: String,
        /// What became of the part already there.
        kept: String,
    },
    /// The disk failed otherwise.
    #[error("{path}: {why}; HF_HUB_CACHE sets another folder")]
    Disk {
        /// Which file or folder.
        path: String,
        /// The system's reason.
        why: String,
    },
    /// An environment variable or the token file cannot be used. Never holds the value of a token.
    #[error("{name}: {why}")]
    Setting {
        /// The variable or file.
        name: String,
        /// What is wrong, what would be right.
        why: String,
    },
}

fn in_cache(cache: &str, missing: &[String]) -> String {
    match missing {
        [] => format!("in the cache ({cache})"),
        _ => format!(
            "complete in the cache ({cache}): {} missing",
            missing.join(", ")
        ),
    }
}
