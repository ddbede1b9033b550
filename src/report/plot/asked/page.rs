//! The page around a recipe's panels: its title above, what letters mean and what is left out below.

use crate::domain::{Recipe, Reference};

use super::super::super::tally::Tally;
use super::super::figure::{Anchor, Figure, Voice};
use super::super::lanes::Lanes;
use super::super::{WIDTH, entries_in_rows, foot_lines};

/// A share of answers that need not be mentioned when it cannot be read.
const FEW: f64 = 0.01;

/// A page under way.
pub struct Page {
    /// What is on it.
    pub figure: Figure,
    below: f64,
    panels: usize,
    undefined: Vec<(String, Vec<String>)>,
    missing: Vec<String>,
    metrics: String,
}

impl Page {
    /// A panel's width.
    pub const WIDE: f64 = WIDTH - 20.0;

    /// The page with its title: the recipe's, then which model on which items.
    pub fn new(recipe: &Recipe, (model, items): &(String, String), warning: &str) -> Page {
        let mut figure = Figure::new(WIDTH);
        let at = |y: f64| (16.0, y);
        figure.text(Voice::Head, Anchor::Start, at(24.0), &recipe.title);
        let ran = format!("{model} on {items}");
        figure.text(Voice::Muted, Anchor::Start, at(42.0), &ran);
        figure.text(Voice::Muted, Anchor::Start, at(58.0), warning);
        figure.title = format!("{}: {ran}", recipe.title);
        figure.about = recipe.question.clone();
        let below = if warning.is_empty() { 56.0 } else { 72.0 };
        Page {
            figure,
            below,
            panels: 0,
            undefined: Vec::new(),
            missing: Vec::new(),
            metrics: recipe.plot.metrics.join(", "),
        }
    }

    /// Where the next panel may begin.
    pub fn below(&self) -> f64 {
        match self.panels {
            0 => self.below,
            _ => self.figure.lowest() + 16.0,
        }
    }

    /// The series' names.
    pub fn legend(&mut self, lined: bool, names: impl Iterator<Item = String>) {
        let names = names.map(|name| name.chars().take(40).collect());
        let first = self.below + 8.0;
        self.below = entries_in_rows(&mut self.figure, first, lined, names);
    }

    /// Draws a panel below the others, if anything of ours is on it.
    pub fn panel(&mut self, panel: &Lanes<'_>) {
        if !panel.is_empty() {
            let corner = (10.0, self.below());
            panel.draw(&mut self.figure, corner, Page::WIDE);
            self.panels += 1;
        }
    }

    /// Panels that somebody else drew.
    pub fn drawn(&mut self, panels: usize) {
        self.panels += panels;
    }

    /// A number that is not there, and why.
    pub fn undefined(&mut self, name: &str, why: &str) {
        match self.undefined.iter_mut().find(|(known, _)| known == why) {
            Some((_, names)) if names.iter().any(|n| n == name) => {}
            Some((_, names)) => names.push(name.to_owned()),
            None => {
                let names = vec![name.to_owned()];
                self.undefined.push((why.to_owned(), names));
            }
        }
    }

    /// That answers could not be read, where it is more than a few; panels leave them out.
    pub fn unread(&mut self, worst: Option<(f64, String)>) {
        if let Some((share, place)) = worst.filter(|(share, _)| *share > FEW) {
            let percent = 100.0 * share;
            let line = format!(
                "Answers that could not be read are not in these numbers: up to {percent:.0} % ({place})."
            );
            self.missing.push(line);
        }
    }

    /// That the paper's numbers and a scorer's are not on one scale.
    pub fn apart(&mut self, recipe: &Recipe, tally: &Tally) {
        let toxic = |r: &Reference| r.metric.starts_with("toxicity");
        if let Some(scorer) = tally.text_scorer()
            && recipe.references.iter().any(toxic)
        {
            self.missing.insert(0, format!(
                "Not on one scale: the paper's toxicity is the Perspective API's, this run's is scored by {scorer}; compare courses over rounds, not heights."
            ));
        }
    }

    /// Something that is not drawn.
    pub fn missing(&mut self, what: &str) {
        let what = format!("Not drawn: {what}");
        if !self.missing.contains(&what) {
            self.missing.push(what);
        }
    }

    /// The figure with its notes.
    ///
    /// # Errors
    /// Nothing is on it; says why.
    pub fn finish(mut self, foot: &str, notes: Vec<String>) -> Result<Figure, String> {
        if self.panels == 0 {
            let why: Vec<&str> = self.undefined.iter().map(|(why, _)| &**why).collect();
            let why = match why.is_empty() {
                true => "no answer is finished yet".to_owned(),
                false => why.join("; "),
            };
            return Err(format!("no {} to draw: {why}", self.metrics));
        }
        let undefined = self.undefined.iter();
        let undefined = undefined.map(|(why, of)| format!("Undefined: {} ({why})", of.join("; ")));
        let lines = [foot.to_owned()].into_iter().chain(notes);
        let lines: Vec<String> = lines.chain(self.missing).chain(undefined).collect();
        foot_lines(&mut self.figure, &lines);
        Ok(self.figure)
    }
}
