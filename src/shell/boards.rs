//! What the scoreboards of an explorer's session have counted: one file a model, beside the session.
//!
//! Invariant: the first model's is `board.jsonl`, the second one's `board-2.jsonl`, …, as models are numbered
//! on screen; which model's answers a file holds, its first line says, and no other model gets them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::app::App;
use crate::domain::ModelNo;
use crate::run::{Finished, Settings};

use super::counted::Counted;

/// All of them.
pub struct Boards {
    /// Where the first model's is.
    path: PathBuf,
    session: String,
    /// What the questions hash to.
    items: String,
    /// The session is an earlier one, gone on with.
    goes_on: bool,
    open: BTreeMap<ModelNo, Counted>,
}

impl Boards {
    /// For a session of this name, the first model's kept in this file.
    pub fn new(path: PathBuf, session: &str, items: &str, goes_on: bool) -> Boards {
        Boards {
            path,
            session: session.to_owned(),
            items: items.to_owned(),
            goes_on,
            open: BTreeMap::new(),
        }
    }

    fn file(&self, no: ModelNo) -> PathBuf {
        match no.0 {
            0 => self.path.clone(),
            no => self.path.with_file_name(format!("board-{}.jsonl", no + 1)),
        }
    }

    /// Once a model is there and before it is asked: puts back what the session had counted of it. Returns
    /// what to tell.
    pub fn open(&mut self, no: ModelNo, weights: &str, app: &mut App) -> Option<String> {
        let path = self.file(no);
        // A model that was opened while the session ran is no part of how it was started.
        let goes_on = self.goes_on && (no == ModelNo::default() || path.is_file());
        let mut counted = Counted::new(path, &self.session, &self.items, goes_on);
        let said = counted.open(no, weights, app);
        self.open.insert(no, counted);
        match (no == ModelNo::default(), said) {
            (false, Some(said)) => Some(format!("{}: {said}", app.model_name(no).as_str())),
            (_, said) => said,
        }
    }

    /// Writes down a finished round of a model, as far as the disk lets.
    pub fn keep(&mut self, no: ModelNo, finished: &Finished, settings: &Settings) {
        if let Some(counted) = self.open.get_mut(&no) {
            counted.keep(finished, settings);
        }
    }

    /// Hands what waits to the system.
    pub fn flush(&mut self) {
        self.open.values_mut().for_each(Counted::flush);
    }
}
