//! What can be open on top of the picture: at most one thing.

use unicode_segmentation::UnicodeSegmentation;

use super::editor::Editor;
use super::event::{Key, KeyCode};
use super::label::Labelling;
use super::palette::Palette;
use super::transcript::Safe;

/// What is open on top.
#[derive(Clone, Debug, Default)]
pub enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// The keys, scrolled by this many rows.
    Help(usize),
    /// The whole question, scrolled by this many rows.
    Example(usize),
    /// What exactly the model read, scrolled by this many rows.
    Prompt(usize),
    /// The branches of the pane's condition; the row that is chosen.
    Branches(usize),
    /// All draws of the pane's round; the group that is chosen.
    Samples(usize),
    /// What the pane's column asks and how it draws; the row that is chosen.
    Column(usize),
    /// The line that asks for the words to go on with.
    Words(Typed),
    /// The line that asks what to look for in the panes.
    Search,
    /// An answer being labelled by hand.
    Label(Box<Labelling>),
    /// The line that asks for a note on the question at this position.
    Note(usize, Typed),
    /// A prompt or a question being edited.
    Editor(Box<Editor>),
    /// The palette.
    Palette(Palette),
    /// The line that asks for a question's number.
    Jump(Typed),
}

/// A line being typed. Edited at its end only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    text: String,
}

/// Longest line that can be typed, in characters.
const LONGEST: usize = 200;

impl Typed {
    /// What was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// As shown; its end, where it is wider than `columns`.
    pub fn shown(&self, columns: usize) -> Safe {
        let mut start = 0;
        let all = Safe::line(&self.text);
        while Safe::line(&self.text[start..]).width() > columns {
            let step = self.text[start..]
                .graphemes(true)
                .next()
                .map_or(0, str::len);
            if step == 0 {
                return Safe::default();
            }
            start += step;
        }
        if start == 0 {
            all
        } else {
            Safe::line(&self.text[start..])
        }
    }

    /// Another text; returns whether it changed.
    pub fn set(&mut self, text: &str) -> bool {
        let before = std::mem::take(&mut self.text);
        self.paste(text);
        self.text != before
    }

    /// Takes a key; returns whether the text changed.
    pub fn on_key(&mut self, key: Key) -> bool {
        match (key.code, key.typed()) {
            (_, Some(c)) => self.paste(c.encode_utf8(&mut [0; 4])),
            (KeyCode::Backspace, None) => {
                // One letter with all its marks, one emoji of several.
                let last = self.text.grapheme_indices(true).next_back();
                let had = last.is_some();
                let kept = last.map_or(0, |(at, _)| at);
                self.text.truncate(kept);
                had
            }
            (KeyCode::Char('u'), None) if key.ctrl => {
                let had = !self.text.is_empty();
                self.text.clear();
                had
            }
            (KeyCode::Char('w'), None) if key.ctrl => {
                let kept = self.text.trim_end().rfind(' ').map_or(0, |at| at + 1);
                let had = kept < self.text.len();
                self.text.truncate(kept);
                had
            }
            _ => false,
        }
    }

    /// Adds pasted text, without control characters; returns whether the text changed.
    pub fn paste(&mut self, text: &str) -> bool {
        let room = LONGEST.saturating_sub(self.text.chars().count());
        let before = self.text.len();
        self.text
            .extend(text.chars().filter(|c| !c.is_control()).take(room));
        self.text.len() != before
    }
}
