//! What keys and pasted text do: to a line that is typed into, else by the key table.

use super::App;
use super::action::Action;
use super::editor::Asks;
use super::event::{Effect, Key, KeyCode};
use super::layout::{PaneNo, Screen};
use super::overlay::{Overlay, Typed};
use super::palette::{Palette, Pick};
use super::transcript::Safe;

impl App {
    pub(super) fn on_key(&mut self, key: Key, out: &mut Vec<Effect>) {
        if let Some(next) = self.after_esc(key) {
            self.on_key(Key::plain(KeyCode::Esc), out);
            return self.on_key(next, out);
        }
        self.view.notice = None;
        let leaving = std::mem::take(&mut self.view.leaving);
        let unloading = self.view.unloading.take();
        if let Some(search) = &mut self.view.search {
            search.held = false;
        }
        let action = self.keymap.action(key);
        match std::mem::take(&mut self.view.overlay) {
            // A prompt line takes text; only keys that type nothing can be actions.
            Overlay::Palette(palette) => self.on_palette_key(palette, key, out),
            Overlay::Jump(typed) => self.on_jump_key(typed, key, out),
            Overlay::Words(typed) => self.on_words_key(typed, key, out),
            Overlay::Search => self.on_search_key(key, out),
            Overlay::Editor(editor) => self.on_editor_key(editor, key, out),
            Overlay::Label(open) => self.on_label_key(open, key, out),
            Overlay::Note(item_no, typed) => self.on_note_key(item_no, typed, key, out),
            overlay @ (Overlay::None
            | Overlay::Help(_)
            | Overlay::Example(_)
            | Overlay::Prompt(_)
            | Overlay::Samples(_)
            | Overlay::Column(_)
            | Overlay::Branches(_)) => {
                self.view.overlay = overlay;
                match action {
                    Some(Action::UnloadModel) => self.unload(unloading, out),
                    Some(action) => self.on_action(action, key, leaving, out),
                    None => self.view.notice = Some(self.idle(key)),
                }
            }
        }
    }

    /// The second key, where two came as one: terminals send esc and what is pressed right after it as they
    /// send alt with it. Only where that loses nothing that was typed, and where alt does nothing else.
    fn after_esc(&self, key: Key) -> Option<Key> {
        let next = Key { alt: false, ..key };
        let is_two = key.alt && !matches!(key.code, KeyCode::Left | KeyCode::Right);
        let loses_nothing = match &self.view.overlay {
            Overlay::Words(typed) | Overlay::Note(_, typed) => typed.text().is_empty(),
            Overlay::Editor(editor) => editor.is_as_opened() && *editor.asks() == Asks::Nothing,
            Overlay::None
            | Overlay::Palette(_)
            | Overlay::Jump(_)
            | Overlay::Search
            | Overlay::Label(_)
            | Overlay::Help(_)
            | Overlay::Example(_)
            | Overlay::Prompt(_)
            | Overlay::Samples(_)
            | Overlay::Column(_)
            | Overlay::Branches(_) => true,
        };
        let is_bound = self.keymap.action(key).is_some();
        (is_two && loses_nothing && !is_bound).then_some(next)
    }

    /// Returns whether the picture changed.
    pub(super) fn on_paste(&mut self, text: &str, out: &mut Vec<Effect>) -> bool {
        match &mut self.view.overlay {
            Overlay::Palette(palette) => {
                let mut palette = std::mem::replace(palette, Palette::nothing());
                let changed = palette.edit(&self.offer(), |typed| typed.paste(text));
                self.look_up_path(&palette, out);
                self.view.overlay = Overlay::Palette(palette);
                changed
            }
            Overlay::Jump(typed) | Overlay::Words(typed) | Overlay::Note(_, typed) => {
                typed.paste(text)
            }
            Overlay::Editor(_) => self.paste_into_editor(text),
            Overlay::Search => self.edit_search(|typed| typed.paste(text)),
            Overlay::None
            | Overlay::Help(_)
            | Overlay::Example(_)
            | Overlay::Prompt(_)
            | Overlay::Samples(_)
            | Overlay::Column(_)
            | Overlay::Label(_)
            | Overlay::Branches(_) => false,
        }
    }

    fn on_palette_key(&mut self, mut palette: Palette, key: Key, out: &mut Vec<Effect>) {
        let ctrl = |c| key.ctrl && key.code == KeyCode::Char(c);
        match key.code {
            KeyCode::Esc => return,
            _ if self.on_models_key(&mut palette, key, out) => {}
            KeyCode::Enter => {
                if let Some(pick) = palette.pick().cloned() {
                    self.take(pick, out);
                }
                return;
            }
            KeyCode::Up => palette.step(-1),
            KeyCode::Down => palette.step(1),
            KeyCode::PageUp => palette.step(-10),
            KeyCode::PageDown => palette.step(10),
            _ if ctrl('p') => palette.step(-1),
            _ if ctrl('n') => palette.step(1),
            _ if self.is_leaving(key, out) => {}
            _ => {
                if palette.edit(&self.offer(), |typed| typed.on_key(key)) {
                    self.look_up_path(&palette, out);
                }
            }
        }
        self.view.overlay = Overlay::Palette(palette);
    }

    fn on_jump_key(&mut self, mut typed: Typed, key: Key, out: &mut Vec<Effect>) {
        match key.code {
            KeyCode::Esc => return,
            KeyCode::Enter => match self.find_item(typed.text()) {
                Some(item_no) => return self.show(item_no, out),
                None => {
                    let n = self.run.items().len();
                    let said = format!("no {:?}; 1 to {n}, or a name", typed.text());
                    self.view.notice = Some(Safe::from(said));
                }
            },
            _ if self.is_leaving(key, out) => {}
            _ => {
                typed.on_key(key);
            }
        }
        self.view.overlay = Overlay::Jump(typed);
    }

    fn on_words_key(&mut self, mut typed: Typed, key: Key, out: &mut Vec<Effect>) {
        match key.code {
            KeyCode::Esc => return,
            KeyCode::Enter => return self.fork_words(typed.text(), out),
            _ if self.is_leaving(key, out) => {}
            _ => {
                typed.on_key(key);
            }
        }
        self.view.overlay = Overlay::Words(typed);
    }

    /// Leaving and suspending work everywhere, with the keys that type nothing.
    pub(super) fn is_leaving(&self, key: Key, out: &mut Vec<Effect>) -> bool {
        let effect = match self.keymap.action(key) {
            Some(Action::Quit) => Effect::Quit,
            Some(Action::Suspend) => Effect::Suspend,
            Some(Action::Repaint) => Effect::Repaint,
            _ => return false,
        };
        let leaves = key.typed().is_none();
        if leaves {
            out.push(effect);
        }
        leaves
    }

    fn find_item(&self, text: &str) -> Option<usize> {
        let items = self.run.items();
        let text = text.trim().trim_start_matches('#');
        if let Ok(no) = text.parse::<usize>() {
            return no.checked_sub(1).filter(|no| *no < items.len());
        }
        items.iter().position(|i| &*i.id.0 == text).or_else(|| {
            items
                .iter()
                .position(|i| !text.is_empty() && i.id.0.contains(text))
        })
    }

    pub(super) fn take(&mut self, pick: Pick, out: &mut Vec<Effect>) {
        match pick {
            Pick::Do(action) => {
                self.act(action, out);
                self.follow_tour(action);
            }
            Pick::Set(choice) => self.choose(choice, out),
            Pick::Open(no) => {
                let name = self.openable().get(no).map(|open| open.name.clone());
                if let Some(name) = name {
                    self.open_named(&name, out);
                }
            }
            Pick::Named(name) => self.open_named(&name, out),
            Pick::Model(model) => {
                let cursor = self.view.cursor;
                let play = None;
                self.go_to(
                    PaneNo {
                        model,
                        play,
                        ..cursor
                    },
                    out,
                );
            }
            Pick::Condition(no) => {
                if !self.view.screen.has_panes() {
                    self.view.screen = Screen::Panes;
                }
                self.view.cursor.condition = no;
            }
            Pick::Prompt(name) => self.take_prompt(&name, out),
            Pick::Theme(no) => self.view.theme = no,
            Pick::Item(no) => self.show(no, out),
            Pick::Category(None) => self.view.category = None,
            Pick::Category(Some(name)) => {
                let items = self.run.items();
                let members: Vec<usize> = (0..items.len())
                    .filter(|no| items[*no].category == name)
                    .collect();
                let first = members.first().copied();
                let inside = members.binary_search(&self.view.item_no).is_ok();
                self.view.category = Some((name, members));
                if let (false, Some(first)) = (inside, first) {
                    self.show(first, out);
                }
            }
        }
    }
}
