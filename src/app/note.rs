//! Notes on questions.
//!
//! Invariant: a question has one note at most; an empty one is none.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::App;
use super::event::{Effect, Key, KeyCode};
use super::layout::Screen;
use super::overlay::{Overlay, Typed};
use super::transcript::Safe;

impl App {
    /// The question that a note would be on: that of the chosen row of a list, else the one that the
    /// panes show, which the scoreboard has no other of.
    fn noted(&self) -> Option<usize> {
        let listed = match (self.view.screen, &self.view.items) {
            (Screen::Items, Some(list)) => list.rows.get(list.selected).map(|row| row.item_no),
            _ => None,
        };
        listed.or_else(|| self.item().map(|_| self.view.item_no))
    }

    /// Whether there is a question to note on.
    pub(super) fn can_note(&self) -> bool {
        self.noted().is_some()
    }

    /// The note on a question.
    pub fn note(&self, item_no: usize) -> Option<&str> {
        let item = self.run.items().get(item_no)?;
        self.notes.get(&item.id.0).map(String::as_str)
    }

    /// All notes, by the questions' names.
    pub fn notes(&self) -> &BTreeMap<Arc<str>, String> {
        &self.notes
    }

    /// The same, with the notes that an earlier session left.
    pub fn with_notes(self, notes: impl IntoIterator<Item = (Arc<str>, String)>) -> App {
        App {
            notes: notes.into_iter().collect(),
            ..self
        }
    }

    pub(super) fn open_note(&mut self) {
        let Some(item_no) = self.noted() else { return };
        let mut typed = Typed::default();
        typed.paste(self.note(item_no).unwrap_or_default());
        self.view.overlay = Overlay::Note(item_no, typed);
    }

    pub(super) fn on_note_key(
        &mut self,
        item_no: usize,
        mut typed: Typed,
        key: Key,
        out: &mut Vec<Effect>,
    ) {
        match key.code {
            KeyCode::Esc => return,
            KeyCode::Enter => return self.take_note(item_no, typed.text().trim(), out),
            _ if self.is_leaving(key, out) => {}
            _ => {
                typed.on_key(key);
            }
        }
        self.view.overlay = Overlay::Note(item_no, typed);
    }

    fn take_note(&mut self, item_no: usize, text: &str, out: &mut Vec<Effect>) {
        let Some(item) = self.run.items().get(item_no) else {
            return;
        };
        let before = match text.is_empty() {
            true => self.notes.remove(&item.id.0),
            false => self.notes.insert(item.id.0.clone(), text.to_owned()),
        };
        if before.as_deref().unwrap_or_default() != text {
            out.push(Effect::Note {
                item_no,
                text: text.to_owned(),
            });
            let name = Safe::line(&item.id.0);
            self.view.notice = Some(match text.is_empty() {
                true => format!("the note on {name} is gone").into(),
                false => format!("noted on {name}: in its list, and on its whole question").into(),
            });
        }
    }
}
