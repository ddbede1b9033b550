//! Another model, asked for by name or path.

use super::App;
use super::axis::Axis;
use super::event::{Effect, Key, KeyCode};
use super::models::MODELS_MAX;
use super::overlay::{Overlay, Typed};

impl App {
    /// Asks for the place of another model.
    pub(super) fn ask_model(&mut self) {
        self.view.overlay = Overlay::Model(Typed::default());
    }

    pub(super) fn on_model_key(&mut self, mut typed: Typed, key: Key, out: &mut Vec<Effect>) {
        match key.code {
            KeyCode::Esc => return,
            KeyCode::Enter => {
                let named = typed.text().trim().to_owned();
                if named.is_empty() {
                    return;
                }
                match self.add_model(&named) {
                    Some(no) => {
                        out.push(Effect::OpenModel(no, named));
                        self.set_axis(Axis::Models, out);
                    }
                    None => {
                        let said = format!("{MODELS_MAX} models at a time are the most");
                        self.view.notice = Some(said.into());
                    }
                }
                return;
            }
            _ if self.is_leaving(key, out) => {}
            _ => {
                typed.on_key(key);
            }
        }
        self.view.overlay = Overlay::Model(typed);
    }
}
