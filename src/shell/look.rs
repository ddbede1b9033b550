//! How the explorer looks and what its keys do: themes, colours, key file.

use std::path::Path;
use std::sync::Arc;

use crate::app::Start;
use crate::app::{App, Keymap, ModelLine};
use crate::config::{did_you_mean, keys, prompts, theme};
use crate::control;
use crate::domain::Item;
use crate::engine::About;
use crate::run::Settings;
use crate::ui::theme::{ColourDepth, Theme};

use super::cli::LookArgs;
use super::failure::Failure;

/// The themes that can be chosen, and the one to begin with.
pub struct Look {
    themes: Vec<Theme>,
    first: usize,
}

impl Look {
    /// The theme at a position of the app's list.
    pub fn theme(&self, no: usize) -> &Theme {
        &self.themes[no.min(self.themes.len() - 1)]
    }
}

/// Reads the themes; `--theme` names one of them or a file.
///
/// # Errors
/// An unknown name, a mistake in the file.
pub fn look(args: &LookArgs) -> Result<Look, Failure> {
    let mut themes = theme::embedded().map_err(Failure::work)?;
    let wanted = &args.theme;
    let known = themes.iter().position(|t| t.name() == wanted);
    let first = match known {
        Some(no) => no,
        None => {
            if !Path::new(wanted).exists() {
                let hint = did_you_mean(wanted, themes.iter().map(Theme::name));
                return Err(Failure::usage(format!(
                    "no theme and no file {wanted}{hint}"
                )));
            }
            let text = read(Path::new(wanted))?;
            themes.push(theme::parse(wanted, &text).map_err(|e| {
                let names: Vec<&str> = themes.iter().map(Theme::name).collect();
                Failure::usage(format!(
                    "--theme: {e}; expected a theme file like those in themes/, or one of {}",
                    names.join(", ")
                ))
            })?);
            themes.len() - 1
        }
    };
    let depth = depth(|name| std::env::var(name).ok());
    let themes = themes.into_iter().map(|t| t.at_depth(depth)).collect();
    Ok(Look { themes, first })
}

/// How many colours the terminal says it has.
pub fn depth(variable: impl Fn(&str) -> Option<String>) -> ColourDepth {
    let term = variable("TERM").unwrap_or_default();
    let colour_term = variable("COLORTERM").unwrap_or_default();
    if variable("NO_COLOR").is_some_and(|v| !v.is_empty()) || term == "dumb" {
        ColourDepth::None
    } else if colour_term == "truecolor" || colour_term == "24bit" || term.ends_with("-direct") {
        ColourDepth::TrueColour
    } else if term.contains("256") {
        ColourDepth::Ansi256
    } else {
        ColourDepth::Ansi16
    }
}

/// Reads the key file, if one is given.
///
/// # Errors
/// A mistake in it.
pub fn keymap(args: &LookArgs) -> Result<Keymap, Failure> {
    match &args.keys {
        None => Ok(Keymap::default()),
        Some(path) => {
            keys::parse(&path.display().to_string(), &read(path)?).map_err(Failure::usage)
        }
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|e| Failure::usage(format!("{}: {e}", path.display())))
}

/// The app at its start.
pub fn app(
    items: Arc<[Arc<Item>]>,
    settings: Settings,
    look: &Look,
    keymap: Keymap,
    size: (u16, u16),
) -> App {
    App::new(Start {
        items,
        settings,
        keymap,
        themes: look.themes.iter().map(|t| t.name().to_owned()).collect(),
        theme: look.first,
        size,
        sweep: true,
    })
    .with_scribe(prompts::SCRIBE)
}

/// How a model is introduced on screen.
pub fn model_line(about: &About) -> ModelLine {
    let millions = about.parameters as f64 / 1e6;
    ModelLine {
        name: about.name.clone(),
        detail: format!("{} {millions:.1}M {}", about.family, about.arithmetic),
        warning: about.is_control.then(|| control::LABEL.to_owned()),
        has_critic: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_is_believed_about_its_colours() {
        let table = [
            (vec![("TERM", "xterm")], ColourDepth::Ansi16),
            (vec![("TERM", "xterm-256color")], ColourDepth::Ansi256),
            (
                vec![("TERM", "xterm-256color"), ("COLORTERM", "truecolor")],
                ColourDepth::TrueColour,
            ),
            (
                vec![("TERM", "xterm-256color"), ("NO_COLOR", "1")],
                ColourDepth::None,
            ),
            (vec![("TERM", "dumb")], ColourDepth::None),
            (vec![], ColourDepth::Ansi16),
        ];
        for (variables, expected) in table {
            let variable = |name: &str| {
                variables
                    .iter()
                    .find(|(n, _)| *n == name)
                    .map(|(_, v)| (*v).to_owned())
            };
            assert_eq!(depth(variable), expected, "{variables:?}");
        }
    }
}
