//! The keys that the bottom line names: which, in which order, and where they stand.
//!
//! Invariant: a key that is named does something now. Drawing and the mouse use the same places.

use super::editor::{Asks, Editor, Subject};
use super::event::Key;
use super::layout::Screen;
use super::palette::Scope;
use super::role::Line;
use super::transcript::Safe;
use super::view::Model;
use super::{Action, App, Overlay, Role};

/// A key with one or two words for what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Hint {
    /// First column, from the line's first.
    pub x: usize,
    /// The key as written.
    pub name: String,
    /// What it does.
    pub label: &'static str,
    /// The key, where it is one.
    pub key: Option<Key>,
}

impl Hint {
    /// Columns it takes.
    pub fn width(&self) -> usize {
        Safe::line(&self.name).width() + 1 + self.label.len()
    }
}

/// What the bottom line says, where it asks and tells nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hints {
    /// What stands before the keys.
    pub before: Line,
    /// The keys.
    pub keys: Vec<Hint>,
}

impl App {
    /// The keys that the bottom line names in so many columns; `None` where it says something else.
    pub fn hints(&self, columns: usize) -> Option<Hints> {
        if self.view.notice.is_some() {
            return None;
        }
        let fixed = |keys: &[(&str, &'static str)]| Hints {
            before: Line::new(),
            keys: fixed(keys, columns),
        };
        match &self.view.overlay {
            Overlay::Editor(open) => return Some(fixed(&editing(open))),
            Overlay::Label(_) => return Some(fixed(&LABELLING)),
            Overlay::Palette(open) => {
                return Some(fixed(match open.scope() {
                    Scope::Models => &TYPING,
                    Scope::All | Scope::Categories => &TYPING[..4],
                }));
            }
            Overlay::Jump(_) | Overlay::Words(_) | Overlay::Search | Overlay::Note(..) => {
                return None;
            }
            Overlay::None
            | Overlay::Help(_)
            | Overlay::Example(_)
            | Overlay::Prompt(_)
            | Overlay::Samples(_)
            | Overlay::Column(_)
            | Overlay::Branches(_) => {}
        }
        if matches!(self.view.model, Model::Failed(_)) && self.has_asked() {
            return None;
        }
        let (first, last) = actions(self);
        let mut last = self.placed(last, 0, columns);
        let wide = last.last().map_or(0, |h| h.x + h.width());
        last.iter_mut().for_each(|h| h.x += columns - wide);
        let room = columns.saturating_sub(wide + 2);
        let mut before = Line::new();
        if let Some(search) = self.view.search.as_ref().filter(|_| self.is_searching()) {
            let n = search.hits().len();
            let at = search.at().map_or(0, |at| at + 1);
            let typed = Safe::line(search.typed().text()).fit(room / 3);
            before.push((Role::Key, Safe::from("/").join(&typed)));
            before.push((Role::Notice, Safe::from(format!(" {at} of {n}  "))));
        }
        let from: usize = before.iter().map(|(_, text)| text.width()).sum();
        let mut keys = self.placed(first, from, room);
        keys.extend(last);
        Some(Hints { before, keys })
    }

    /// As many of some actions' keys as fit, those that do something here, from a column on.
    fn placed(&self, actions: &[Action], from: usize, room: usize) -> Vec<Hint> {
        let mut placed = Vec::new();
        let mut x = from;
        // What the parser read can be labelled as well, but seldom is.
        let is_wanted = |a: &Action| *a != Action::Label || self.is_unread_here();
        for action in actions.iter().filter(|a| self.applies(**a) && is_wanted(a)) {
            let Some(key) = self.keymap.keys(*action).first() else {
                continue;
            };
            let hint = Hint {
                x,
                name: key.to_string(),
                label: self.label(*action),
                key: Some(*key),
            };
            let end = x + hint.width();
            if end > room {
                break;
            }
            placed.push(hint);
            x = end + GAP;
        }
        placed
    }
}

/// Columns between two keys.
const GAP: usize = 2;

/// As many of some keys as fit.
fn fixed(keys: &[(&str, &'static str)], room: usize) -> Vec<Hint> {
    let mut placed = Vec::new();
    let mut x = 0;
    for (name, label) in keys {
        let hint = Hint {
            x,
            name: (*name).to_owned(),
            label,
            key: Key::parse(&name.replace('↓', "down")),
        };
        let end = x + hint.width();
        if end > room {
            break;
        }
        placed.push(hint);
        x = end + GAP;
    }
    placed
}

/// The keys of a text that is edited: not in the table, for they cannot be changed.
fn editing(open: &Editor) -> Vec<(&'static str, &'static str)> {
    match open.asks() {
        Asks::Name(_) => return vec![("enter", "save"), ("esc", "back to the text")],
        Asks::Discard => return vec![("y", "throw away"), ("n", "back to the text")],
        Asks::Nothing => {}
    }
    let clauses = match open.has_clauses() {
        true => "as said",
        false => "with clauses",
    };
    let keys = [
        ("esc", "close"),
        ("ctrl-s", "ask"),
        ("enter", "next line"),
        ("ctrl-o", "save as"),
        ("ctrl-t", clauses),
        ("ctrl-u", "undo"),
        ("ctrl-r", "redo"),
        ("ctrl-k", "cut line"),
        ("ctrl-↓", "scroll what it comes to"),
    ];
    let is_question = matches!(open.subject(), Subject::Question);
    let others: &[&str] = match is_question {
        true => &["ctrl-o", "ctrl-t"],
        false => &["enter"],
    };
    let for_it = |(key, _): &(&str, &str)| !others.contains(key);
    keys.into_iter().filter(for_it).collect()
}

/// The keys of the choices of a label.
const LABELLING: [(&str, &str); 4] = [
    ("enter", "choose"),
    ("↑ ↓", "move"),
    ("esc", "close"),
    ("a - ?", "choose at once"),
];

/// The keys of a list that is chosen from by typing: not in the table either.
const TYPING: [(&str, &str); 5] = [
    ("enter", "choose"),
    ("↑ ↓", "move"),
    ("esc", "close"),
    ("type", "to find"),
    ("tab", "complete"),
];

/// What the keys on the left and on the right do; the first ones stay longest.
fn actions(app: &App) -> (&'static [Action], &'static [Action]) {
    let always: &[Action] = &[Action::Palette, Action::Help, Action::Quit];
    let reading: &[Action] = &[
        Action::Close,
        Action::Down,
        Action::Up,
        Action::PageDown,
        Action::PageUp,
        Action::Top,
        Action::Bottom,
    ];
    match app.view.overlay {
        Overlay::Help(_) => return (reading, &[Action::Help, Action::Quit]),
        Overlay::Example(_) => return (reading, always),
        Overlay::Prompt(_) => {
            return (
                &[
                    Action::Close,
                    Action::Down,
                    Action::Up,
                    Action::Compare,
                    Action::Copy,
                    Action::PageDown,
                    Action::PageUp,
                    Action::NextPane,
                ],
                always,
            );
        }
        Overlay::Samples(_) => {
            return (
                &[
                    Action::Close,
                    Action::Down,
                    Action::Up,
                    Action::Open,
                    Action::Samples,
                ],
                always,
            );
        }
        Overlay::Column(_) => {
            return (
                &[
                    Action::Close,
                    Action::Down,
                    Action::Right,
                    Action::Left,
                    Action::LevelBefore,
                    Action::Undo,
                    Action::Redo,
                    Action::NextPane,
                    Action::FewerRounds,
                    Action::MoreRounds,
                ],
                always,
            );
        }
        Overlay::Branches(_) => {
            return (
                &[
                    Action::Close,
                    Action::Down,
                    Action::Up,
                    Action::Open,
                    Action::Compare,
                ],
                always,
            );
        }
        Overlay::Label(_) => return (&[], always),
        Overlay::None
        | Overlay::Note(..)
        | Overlay::Palette(_)
        | Overlay::Jump(_)
        | Overlay::Words(_)
        | Overlay::Search
        | Overlay::Editor(_) => {}
    }
    if app.is_searching() {
        let found: &[Action] = &[
            Action::NextItem,
            Action::PreviousItem,
            Action::Close,
            Action::Search,
            Action::Zoom,
            Action::Open,
        ];
        return (found, always);
    }
    if app.is_inside() {
        return (
            &[
                Action::Close,
                Action::Right,
                Action::Down,
                Action::Open,
                Action::Words,
                Action::Undo,
                Action::Redo,
                Action::NextWord,
                Action::Heat,
                Action::Compare,
                Action::Branches,
                Action::Prompt,
                Action::NextPane,
                Action::Zoom,
                Action::Left,
                Action::PreviousWord,
                Action::Up,
                Action::Top,
                Action::Bottom,
                Action::Turns,
            ],
            always,
        );
    }
    let first: &[Action] = match app.view.screen {
        Screen::Panes => &[
            Action::Close,
            Action::NextItem,
            Action::Open,
            Action::Label,
            Action::Column,
            Action::Edit,
            Action::Compare,
            Action::Samples,
            Action::Pairs,
            Action::Search,
            Action::Copy,
            Action::Zoom,
            Action::NextLayout,
            Action::Axis,
            Action::Board,
            Action::PauseSweep,
            Action::Rerun,
            Action::NewSeed,
            Action::Hotter,
            Action::Cooler,
            Action::NextMetric,
            Action::OwnQuestion,
            Action::Note,
            Action::ShowItem,
            Action::Category,
            Action::Turns,
            Action::RandomItem,
            Action::JumpToItem,
            Action::NextTheme,
        ],
        Screen::Zoom => &[
            Action::Close,
            Action::Up,
            Action::Down,
            Action::Open,
            Action::Label,
            Action::Compare,
            Action::Prompt,
            Action::Samples,
            Action::NextPane,
            Action::NextItem,
            Action::Turns,
            Action::Heat,
            Action::Rerun,
            Action::NewSeed,
            Action::ShowItem,
        ],
        Screen::Items => &[
            Action::Close,
            Action::Open,
            Action::Label,
            Action::NextItem,
            Action::Right,
            Action::Compare,
            Action::NextMetric,
            Action::Note,
            Action::Down,
            Action::Up,
            Action::PreviousItem,
            Action::CopyAll,
        ],
        Screen::Compare => &[
            Action::Close,
            Action::Compare,
            Action::NextItem,
            Action::Left,
            Action::NextPane,
            Action::PreviousItem,
            Action::Right,
            Action::Prompt,
            Action::Pairs,
            Action::Down,
            Action::Up,
        ],
        Screen::Board => &[
            Action::Close,
            Action::Open,
            Action::Zoom,
            Action::Up,
            Action::Down,
            Action::Right,
            Action::Category,
            Action::PauseSweep,
            Action::RestartSweep,
            Action::Copy,
            Action::CopyAll,
            Action::Note,
        ],
    };
    (first, always)
}
