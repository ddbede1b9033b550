//! Another model: chosen among those of the cache, or named by a path that is completed as it is typed.
//!
//! Invariant: what is offered is what the world last told; nothing here looks at a disk.

use super::App;
use super::axis::Axis;
use super::event::{Effect, Key, KeyCode};
use super::models::MODELS_MAX;
use super::overlay::Overlay;
use super::palette::{Palette, Pick, Scope};

/// A model that can be loaded, or a folder in which there may be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Openable {
    /// What `--model` takes.
    pub name: String,
    /// Family, size, whether it fits.
    pub about: String,
    /// It is a folder to look into, no model.
    pub is_folder: bool,
}

/// Whether a text can only be meant as a path.
pub(super) fn is_path(text: &str) -> bool {
    text.starts_with(['/', '.', '~']) || text.ends_with(".gguf") || text.contains('\\')
}

impl App {
    /// Asks for another model.
    pub(super) fn ask_model(&mut self, out: &mut Vec<Effect>) {
        self.view.places.clear();
        out.push(Effect::FindModels(String::new()));
        self.view.overlay = Overlay::Palette(Palette::open(Scope::Models, &self.offer()));
    }

    /// The models that can be loaded, as far as they are known.
    pub(super) fn openable(&self) -> Vec<&Openable> {
        let cached = self.view.cached.iter().flatten();
        cached.chain(&self.view.places).collect()
    }

    /// Whether it is known what the cache holds.
    pub fn knows_cache(&self) -> bool {
        self.view.cached.is_some()
    }

    /// What can be loaded, as the world tells: of the cache, or where a path was typed.
    pub(super) fn on_models_found(&mut self, of: &str, found: Vec<Openable>) -> bool {
        match of.is_empty() {
            true => self.view.cached = Some(found),
            false => self.view.places = found,
        }
        let Overlay::Palette(palette) = &mut self.view.overlay else {
            return false;
        };
        let mut palette = std::mem::replace(palette, Palette::nothing());
        palette.refresh(&self.offer());
        self.view.overlay = Overlay::Palette(palette);
        true
    }

    /// After the line of a palette of models changed: a path is looked up.
    pub(super) fn look_up_path(&mut self, palette: &Palette, out: &mut Vec<Effect>) {
        let typed = palette.typed().text();
        if palette.scope() == Scope::Models && is_path(typed.trim()) {
            out.push(Effect::FindModels(typed.trim().to_owned()));
        }
    }

    /// Keys that only models have: tab writes the chosen name into the line, enter looks into a folder.
    /// Returns whether it was one.
    pub(super) fn on_models_key(
        &mut self,
        palette: &mut Palette,
        key: Key,
        out: &mut Vec<Effect>,
    ) -> bool {
        let chosen = match palette.pick() {
            Some(Pick::Open(no)) => self.openable().get(*no).map(|open| (*open).clone()),
            _ => None,
        };
        let Some(open) = chosen.filter(|_| palette.scope() == Scope::Models) else {
            return false;
        };
        match key.code {
            KeyCode::Tab => {}
            KeyCode::Enter if open.is_folder => {}
            _ => return false,
        }
        let end = match open.is_folder {
            true => "/",
            false => "",
        };
        palette.edit(&self.offer(), |line| {
            line.set(&format!("{}{end}", open.name.trim_end_matches('/')))
        });
        self.look_up_path(palette, out);
        true
    }

    /// Loads a model by what a person would type.
    pub(super) fn open_named(&mut self, named: &str, out: &mut Vec<Effect>) {
        match self.add_model(named) {
            Some(no) => {
                out.push(Effect::OpenModel(no, named.to_owned()));
                self.set_axis(Axis::Models, out);
            }
            None => {
                let said = format!("{MODELS_MAX} models at a time are the most");
                self.view.notice = Some(said.into());
            }
        }
    }
}
