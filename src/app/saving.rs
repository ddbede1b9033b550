//! A prompt from the editor into a file.

use std::sync::Arc;

use super::App;
use super::editor::{Asks, Editor, Subject};
use super::event::Effect;
use super::overlay::{Overlay, Typed};

impl App {
    /// Saves the prompt as a file of this name, and asks it.
    pub(super) fn save_prompt(
        &mut self,
        mut editor: Box<Editor>,
        name: Typed,
        out: &mut Vec<Effect>,
    ) {
        let named = name.text().trim().to_owned();
        let mut lines: Vec<String> = editor.text().text().lines().map(str::to_owned).collect();
        if let Some(line) = lines.iter_mut().find(|l| l.starts_with("name:")) {
            *line = format!("name: {named}");
        }
        let text = lines.join("\n") + "\n";
        let read = self.scribe.map(|s| (s.read)(&text));
        let is_file = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        let names_file = named.chars().all(is_file) && !named.starts_with('.');
        match read {
            Some(Ok(condition)) if *condition.name == *named && names_file => {
                self.view.saved.insert(named.clone());
                out.push(Effect::Save { name: named, text });
                if let Subject::Prompt(at) = editor.subject() {
                    self.ask_prompt(at, Arc::new(condition), out);
                }
            }
            _ => {
                let said = "a name is one word of letters, digits, - _ and .";
                self.view.notice = Some(said.into());
                editor.asks = Asks::Name(name);
                self.view.overlay = Overlay::Editor(editor);
            }
        }
    }
}
