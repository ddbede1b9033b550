//! A text opened in place: the prompt of one column, or a question of one's own.
//!
//! Invariant: what was read from the text belongs to the text as it stands; nothing is asked of a model
//! before the text is whole and somebody says so.

use std::sync::Arc;

use crate::domain::{Condition, ConditionNo, Item};
use crate::run::Column;

use super::event::{Effect, Key, KeyCode};
use super::overlay::{Overlay, Typed};
use super::own;
use super::text_box::TextBox;
use super::{App, Safe, layout};

/// What is wrong in a text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Its line, counted from 1, where it can be told.
    pub line: Option<usize>,
    /// For people.
    pub what: String,
}

impl Mistake {
    /// `line 3: …`.
    pub fn told(&self) -> Safe {
        let place = self.line.map_or(String::new(), |l| format!("line {l}: "));
        Safe::from(place).join(&Safe::line(&self.what))
    }
}

/// How conditions are written and read as texts; the program's file format is not known here.
#[derive(Clone, Copy, Debug)]
pub struct Scribe {
    /// The text of a condition, as it is said.
    pub write: fn(&Condition) -> String,
    /// The same with its clauses and their levels; `None` where it has none.
    pub write_whole: fn(&Condition) -> Option<String>,
    /// The condition that a text holds.
    pub read: fn(&str) -> Result<Condition, Mistake>,
}

/// What is edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// What a column asks.
    Prompt(ConditionNo),
    /// A question.
    Question,
}

/// What a text turned out to be.
#[derive(Clone, Debug)]
pub enum Reading {
    /// A whole prompt.
    Prompt(Arc<Condition>),
    /// A whole question.
    Question(Arc<Item>),
    /// Neither.
    Wrong(Mistake),
}

/// What the last line asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Asks {
    /// Nothing.
    #[default]
    Nothing,
    /// Under which name to save.
    Name(Typed),
    /// Whether to throw changes away.
    Discard,
}

/// A text opened in place.
#[derive(Clone, Debug)]
pub struct Editor {
    subject: Subject,
    text: TextBox,
    /// The text as it was opened.
    opened: String,
    reading: Reading,
    /// What it last was, while it is neither.
    whole: Option<Reading>,
    /// Rows of what it comes to that are scrolled away.
    pub(super) preview_top: usize,
    /// Whether the prompt's clauses stand in it.
    pub(super) has_clauses: bool,
    pub(super) asks: Asks,
}

impl Editor {
    pub(super) fn new(subject: Subject, text: &str, app: &App) -> Editor {
        let text = TextBox::new(text);
        let mut editor = Editor {
            subject,
            opened: text.text().to_owned(),
            text,
            reading: Reading::Wrong(Mistake {
                line: None,
                what: String::new(),
            }),
            whole: None,
            preview_top: 0,
            has_clauses: false,
            asks: Asks::Nothing,
        };
        editor.read(app);
        editor
    }

    /// What it is, or was when it was last whole.
    pub fn whole(&self) -> Option<&Reading> {
        self.whole.as_ref()
    }

    /// Rows of what it comes to that are scrolled away.
    pub fn preview_top(&self) -> usize {
        self.preview_top
    }

    /// Whether the prompt's clauses stand in it.
    pub fn has_clauses(&self) -> bool {
        self.has_clauses
    }

    /// Whether nothing was changed yet.
    pub fn is_as_opened(&self) -> bool {
        self.text.text() == self.opened
    }

    /// What is edited.
    pub fn subject(&self) -> Subject {
        self.subject
    }

    /// The text.
    pub fn text(&self) -> &TextBox {
        &self.text
    }

    /// What it is.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// What the last line asks.
    pub fn asks(&self) -> &Asks {
        &self.asks
    }

    fn read(&mut self, app: &App) {
        self.reading = match self.subject {
            Subject::Question => match own::read(self.text.text(), app.own_count()) {
                Ok(item) => Reading::Question(Arc::new(item)),
                Err(mistake) => Reading::Wrong(mistake),
            },
            Subject::Prompt(_) => match app.scribe.map(|s| (s.read)(self.text.text())) {
                Some(Ok(condition)) => match app.item().and_then(|i| condition.unsuited(i)) {
                    None => Reading::Prompt(Arc::new(condition)),
                    Some(why) => Reading::Wrong(Mistake {
                        line: None,
                        what: format!("it {why}"),
                    }),
                },
                Some(Err(mistake)) => Reading::Wrong(mistake),
                None => return,
            },
        };
        if !matches!(self.reading, Reading::Wrong(_)) {
            self.whole = Some(self.reading.clone());
        }
    }

    /// Whether a key ends a field of a question. With alt it breaks the line.
    fn is_at_field(&self, key: Key) -> bool {
        key.code == KeyCode::Enter && !key.alt && self.subject == Subject::Question
    }

    /// Puts the cursor where a cell of the text, wrapped to `columns`, is: (column, row).
    pub(super) fn go_to_cell(&mut self, cell: (usize, usize), columns: usize) {
        if self.asks == Asks::Nothing {
            self.text.go_to_cell(cell, columns);
        }
    }

    /// The cursor so many rows up or down.
    pub(super) fn go_rows(&mut self, by: isize, columns: usize) {
        if self.asks == Asks::Nothing {
            self.text.go_rows(by, columns);
        }
    }

    /// First row in sight, so that the cursor is among `rows` of them.
    pub fn first(&self, columns: usize, rows: usize) -> usize {
        let all = self.text.rows(columns);
        let at = self.text.row_of_cursor(&all);
        // The cursor stays in the middle, where there is anything to scroll.
        let last = all.len().saturating_sub(rows);
        at.saturating_sub(rows / 2).min(last)
    }
}

impl App {
    /// Opens the prompt of the column under the cursor.
    pub(super) fn edit_prompt(&mut self) {
        let at = self.view.cursor.condition;
        let (Some(scribe), Some(condition)) = (self.scribe, self.settings().condition(at)) else {
            return;
        };
        let text = (scribe.write)(condition);
        self.open_editor(Subject::Prompt(at), &text);
    }

    /// The text of the prompt under the cursor, for a program of one's own to edit.
    pub(super) fn prompt_for_editor(&mut self, out: &mut Vec<Effect>) {
        let at = self.view.cursor.condition;
        if let (Some(scribe), Some(condition)) = (self.scribe, self.settings().condition(at)) {
            out.push(Effect::Edit((scribe.write)(condition)));
        }
    }

    /// Opens an empty question.
    pub(super) fn edit_question(&mut self) {
        self.open_editor(Subject::Question, own::FORM);
    }

    fn open_editor(&mut self, subject: Subject, text: &str) {
        let mut editor = Editor::new(subject, text, self);
        if subject == Subject::Question {
            // Behind `context: `, where one begins to type.
            editor.text.end();
        }
        self.view.overlay = Overlay::Editor(Box::new(editor));
    }

    /// What a program of one's own made of a prompt: asked at once where it is whole, opened in place
    /// with what is wrong otherwise.
    pub(super) fn on_edited(&mut self, edited: &Result<String, String>, out: &mut Vec<Effect>) {
        let text = match edited {
            Ok(text) => text,
            Err(why) => {
                self.view.notice = Some(Safe::line(why));
                return;
            }
        };
        let at = self.view.cursor.condition;
        let unchanged = match (self.scribe, self.settings().condition(at)) {
            (Some(scribe), Some(condition)) => (scribe.write)(condition) == *text,
            _ => return,
        };
        if unchanged {
            self.view.notice = Some("nothing was changed".into());
            return;
        }
        let editor = Editor::new(Subject::Prompt(at), text, self);
        if let Reading::Prompt(condition) = &editor.reading {
            let condition = condition.clone();
            return self.ask_prompt(at, condition, out);
        }
        self.view.overlay = Overlay::Editor(Box::new(editor));
    }

    /// Where the text goes, and where what it comes to is shown.
    pub fn editor_areas(&self) -> [layout::Area; 2] {
        layout::editor(layout::inside(layout::editor_box(self.view.size)))
    }

    pub(super) fn on_editor_key(
        &mut self,
        mut editor: Box<Editor>,
        key: Key,
        out: &mut Vec<Effect>,
    ) {
        if self.is_leaving(key, out) {
            self.view.overlay = Overlay::Editor(editor);
            return;
        }
        match std::mem::take(&mut editor.asks) {
            Asks::Discard => match key.typed() {
                Some('y' | 'Y') => return,
                Some('n' | 'N') => {}
                _ if key.code == KeyCode::Esc => {}
                _ => editor.asks = Asks::Discard,
            },
            Asks::Name(mut typed) => match key.code {
                KeyCode::Esc => {}
                KeyCode::Enter => return self.save_prompt(editor, typed, out),
                _ => {
                    typed.on_key(key);
                    editor.asks = Asks::Name(typed);
                }
            },
            Asks::Nothing => {
                let ctrl = |c| key.ctrl && key.code == KeyCode::Char(c);
                if key.code == KeyCode::Esc {
                    if editor.text.text() == editor.opened {
                        return;
                    }
                    editor.asks = Asks::Discard;
                } else if ctrl('t') {
                    self.switch_form(&mut editor);
                } else if key.ctrl && self.scroll_preview(&mut editor, key.code) {
                } else if ctrl('s') {
                    return self.take_edited(editor, out);
                } else if ctrl('o') {
                    match &editor.reading {
                        Reading::Prompt(condition) => {
                            let mut typed = Typed::default();
                            // What was saved in this session is saved again.
                            let before = condition.name.strip_suffix("-edited");
                            let saved = before.filter(|n| self.view.saved.contains(*n));
                            typed.paste(saved.unwrap_or(&condition.name));
                            editor.asks = Asks::Name(typed);
                        }
                        Reading::Question(_) => {
                            self.view.notice = Some("only prompts are saved as files".into());
                        }
                        Reading::Wrong(_) => self.view.notice = Some(WRONG.into()),
                    }
                } else {
                    let [area, _] = self.editor_areas();
                    let columns = usize::from(area.width.saturating_sub(GUTTER));
                    let rows = usize::from(area.height);
                    let changed = match editor.is_at_field(key) {
                        true => own::next_field(&mut editor.text),
                        false => editor.text.on_key(key, columns, rows),
                    };
                    if changed {
                        editor.read(self);
                        self.clamp_preview(&mut editor);
                    }
                }
            }
        }
        self.view.overlay = Overlay::Editor(editor);
    }

    /// Pasted text; returns whether anything changed.
    pub(super) fn paste_into_editor(&mut self, text: &str) -> bool {
        let Overlay::Editor(mut editor) = std::mem::take(&mut self.view.overlay) else {
            return false;
        };
        let changed = match &mut editor.asks {
            Asks::Nothing => {
                // A question pasted over the empty form stands in its place.
                let is_form =
                    text.trim().contains(['\n', '\r']) && own::is_blank(editor.text.text());
                if editor.subject == Subject::Question && is_form {
                    editor.text.clear();
                }
                editor.text.insert(text)
            }
            Asks::Name(typed) => typed.paste(text),
            Asks::Discard => false,
        };
        editor.read(self);
        self.view.overlay = Overlay::Editor(editor);
        changed
    }

    /// Asks what the text says.
    fn take_edited(&mut self, editor: Box<Editor>, out: &mut Vec<Effect>) {
        match (editor.reading.clone(), editor.subject) {
            (Reading::Prompt(condition), Subject::Prompt(at)) => {
                self.ask_prompt(at, condition, out);
            }
            (Reading::Question(item), _) => {
                if !self.ask_own(item, out) {
                    self.view.overlay = Overlay::Editor(editor);
                }
            }
            (Reading::Prompt(_) | Reading::Wrong(_), _) => {
                self.view.notice = Some(WRONG.into());
                self.view.overlay = Overlay::Editor(editor);
            }
        }
    }

    pub(super) fn ask_prompt(
        &mut self,
        at: ConditionNo,
        condition: Arc<Condition>,
        out: &mut Vec<Effect>,
    ) {
        let Some(column) = self.run.focus().column(at).cloned() else {
            return;
        };
        let column = Column {
            condition,
            frozen: None,
            ..column
        };
        self.change_column(at, column, out);
    }
}

/// Columns before the text: line numbers.
pub const GUTTER: u16 = 4;

const WRONG: &str = "not yet whole: what is wrong stands behind the x";
