//! Recordings: what a headless run leaves on disk, and how it is read again.
//!
//! A run is a folder: `run.json` says under which settings it was made, `answers.jsonl` holds one
//! line per finished round and is only ever appended to. An answer is finished when its line is
//! on the disk. A line that a crash tore is moved to `answers.jsonl.torn` when the run goes on.

mod catalogue;
mod folder;
mod line;
mod manifest;
mod writer;

pub use catalogue::{Catalogue, Entry};
pub use folder::{Opened, SessionError, Stored, open};
pub use line::{
    AdmissionLine, AnswerLine, MadeWith, PronounLine, ScoreLine, ScoredLine, StepLine, TokenLine,
    item_digest,
};
pub use manifest::{Digest, Manifest};
pub use writer::Writer;
