//! Recordings: what a headless run leaves on disk, and how it is read again.
//!
//! A run is a folder: `run.json` says under which settings it was made, `answers.jsonl` holds one
//! line per finished round and is only ever appended to. An answer is finished when its line is
//! on the disk. A line that a crash tore is moved to `answers.jsonl.torn` when the run goes on. What people
//! add by hand (labels, notes) is a file of its own, `hand.jsonl`.

mod bare;
mod board;
mod catalogue;
mod explorer;
mod folder;
mod hand;
mod line;
mod manifest;
mod step;
mod writer;

pub use board::{BOARD_FORMAT, BoardHead, BoardLine, json_line};
pub use catalogue::{Catalogue, Entry};
pub use explorer::{
    ColumnLine, DecodingLine, EXPLORER_FORMAT, ExplorerSession, ListLine, OriginLine, PaneDrawLine,
    PlayLine, RoundLine, ViewLine, set_aside,
};
pub use folder::{LineAt, Opened, SessionError, Stored, open};
pub use hand::{AnswerPlace, HAND_FILE, Hand, HandLine, HandWriter, Label, SayingLine};
pub use line::{
    AdmissionLine, AnswerLine, MadeWith, PronounLine, ScoreLine, ScoredLine, StepLine, TokenLine,
    item_digest,
};
pub use manifest::{Digest, Manifest, OTHER_WORDS};
pub use writer::Writer;
