//! What can happen to the app, and what it can ask of the world. Own types: no terminal library here.

use std::fmt;
use std::sync::Arc;

use crate::domain::{Answer, Condition, Job, JobId, JobReport, ModelNo};
use crate::run::{Finished, Recalled, Seat};

use super::label::Choice;
use super::opening::Openable;
use super::saying::Saying;

/// Something happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted; it never triggers keys.
    Paste(String),
    /// The mouse did something; only while it is switched on.
    Mouse(Mouse),
    /// The terminal has a new size.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// A job reports.
    Job(JobReport),
    /// What a program of one's own made of the prompt it was given, or why it could not.
    Edited(Result<String, String>),
    /// Prompt files were changed; these are all conditions as they are now.
    Prompts(Vec<Arc<Condition>>),
    /// What a record holds of a question, or why it cannot be read.
    Recalled(usize, Result<Vec<Recalled>, String>),
    /// Something that was asked of the world is done, or is not; for people.
    Told(String),
    /// Models that can be loaded: of the cache where the text is empty, else where that path leads.
    ModelsFound(String, Vec<Openable>),
    /// A model is being loaded; the text says which, and how far it is.
    ModelLoading(ModelNo, String),
    /// The model answers from now on.
    ModelReady(ModelNo, ModelLine),
    /// The model could not be loaded; the text says why and what to do.
    ModelFailed(ModelNo, String),
}

/// Something only the outside world can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Give this job to the model.
    Start(Job),
    /// Nobody waits for this job any more.
    Cancel(JobId),
    /// Give this prompt to the editor that the environment names, and tell what became of it.
    Edit(String),
    /// Load the model that a person named so, and tell what becomes of it.
    OpenModel(ModelNo, String),
    /// Tell which models can be loaded: of the cache where the text is empty, else where that path leads.
    FindModels(String),
    /// Let go of a model, also of one that is being loaded, and of its memory.
    Unload(ModelNo),
    /// Save a prompt file, and tell where.
    Save {
        /// Its name, a plain word.
        name: String,
        /// Its text.
        text: String,
    },
    /// Copy a text to the clipboard and into a file, and tell where.
    Copy {
        /// What the file is to be called, roughly.
        name: String,
        /// The exact text.
        text: String,
    },
    /// Tell what the record holds of the question at this position.
    Recall(usize),
    /// A round of a model's background benchmark is finished: keep it for later sessions.
    Counted(ModelNo, Box<Finished>),
    /// Keep a label given by hand; none takes an earlier one back.
    Label {
        /// Of which answer.
        seat: Seat,
        /// What was read.
        label: Option<Answer>,
    },
    /// Keep a label of an answer that the scoreboard does not count; none takes an earlier one back.
    LabelSaying {
        /// Which answer.
        saying: Box<Saying>,
        /// What was read.
        label: Option<Choice>,
    },
    /// Keep a note; an empty one takes an earlier one back.
    Note {
        /// On which question.
        item_no: usize,
        /// What it says.
        text: String,
    },
    /// Leave.
    Quit,
    /// Hand the terminal back to the shell until resumed.
    Suspend,
    /// Capture the mouse, or stop it.
    SetMouse(bool),
    /// Clear the terminal and draw everything.
    Repaint,
}

/// How the model is introduced on screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelLine {
    /// Its name.
    pub name: String,
    /// Size, precision, device.
    pub detail: String,
    /// What must be read beside every number it gives.
    pub warning: Option<String>,
    /// Whether the critic of all models came with it.
    pub has_critic: bool,
}

/// A key with its modifiers. Shift is only kept where the code does not tell (`shift-left`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// Control was held.
    pub ctrl: bool,
    /// Alt was held.
    pub alt: bool,
    /// Shift was held.
    pub shift: bool,
}

/// Which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum KeyCode {
    Char(char),
    Enter,
    Esc,
    Tab,
    Backspace,
    Delete,
    Insert,
    Left,
    Right,
    Up,
    Down,
    Home,
    End,
    PageUp,
    PageDown,
    F(u8),
}

/// Names of the keys that are not one character.
const NAMES: [(&str, KeyCode); 16] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("minus", KeyCode::Char('-')),
];

impl Key {
    /// A key without modifiers.
    pub fn plain(code: KeyCode) -> Key {
        Key {
            code,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// A key with modifiers, in the one form that the keymap knows: `Shift` is dropped where the
    /// character already tells, letters under `Ctrl` are lower case.
    pub fn new(code: KeyCode, ctrl: bool, alt: bool, shift: bool) -> Key {
        match code {
            KeyCode::Char(c) if ctrl => Key {
                code: KeyCode::Char(c.to_ascii_lowercase()),
                ctrl,
                alt,
                shift: false,
            },
            KeyCode::Char(_) => Key {
                code,
                ctrl,
                alt,
                shift: false,
            },
            _ => Key {
                code,
                ctrl,
                alt,
                shift,
            },
        }
    }

    /// Reads `q`, `?`, `ctrl-c`, `shift-tab`, `f1`.
    ///
    /// # Errors
    /// `None` where no key has this name.
    pub fn parse(name: &str) -> Option<Key> {
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut rest = name;
        while rest.chars().count() > 1 {
            let (word, tail) = rest
                .split_once('-')
                .filter(|(_, t)| !t.is_empty())
                .unwrap_or((rest, ""));
            match word {
                "ctrl" => ctrl = true,
                "alt" => alt = true,
                "shift" => shift = true,
                _ => break,
            }
            rest = tail;
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (None, _) => return None,
            (Some(c), None) if !c.is_control() && c != ' ' => KeyCode::Char(c),
            _ => {
                let named = NAMES
                    .iter()
                    .find(|(n, _)| *n == rest)
                    .map(|(_, code)| *code);
                let f = rest
                    .strip_prefix('f')
                    .and_then(|n| n.parse().ok())
                    .filter(|n| (1..=24).contains(n));
                named.or(f.map(KeyCode::F))?
            }
        };
        Some(Key::new(code, ctrl, alt, shift))
    }

    /// The names a key file may use, single characters and f1 to f24 aside.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMES.iter().map(|(name, _)| *name)
    }

    /// The text it types into a prompt line.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.ctrl && !self.alt && !c.is_control() => Some(c),
            _ => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [
            (self.ctrl, "ctrl-"),
            (self.alt, "alt-"),
            (self.shift, "shift-"),
        ] {
            if held {
                f.write_str(name)?;
            }
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("space"),
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::Left => f.write_str("←"),
            KeyCode::Right => f.write_str("→"),
            KeyCode::Up => f.write_str("↑"),
            KeyCode::Down => f.write_str("↓"),
            KeyCode::F(n) => write!(f, "f{n}"),
            code => f.write_str(
                NAMES
                    .iter()
                    .find(|(_, c)| *c == code)
                    .map_or("?", |(n, _)| n),
            ),
        }
    }
}

/// What the mouse did, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// What.
    pub kind: MouseKind,
    /// Column, 0-based.
    pub column: u16,
    /// Row, 0-based.
    pub row: u16,
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MouseKind {
    /// The main button went down.
    Press,
    /// One step of the wheel towards older text.
    ScrollUp,
    /// One step of the wheel towards newer text.
    ScrollDown,
}
