//! The palette: one line of typing finds any action, category, theme or question.
//!
//! Holds positions, not texts: names are looked up (and gated) when they are shown.

use std::sync::Arc;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::domain::Item;

use super::action::Action;
use super::overlay::Typed;
use super::transcript::Safe;

/// Something the palette can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Do this.
    Do(Action),
    /// Only this category, or all.
    Category(Option<Arc<str>>),
    /// This theme.
    Theme(usize),
    /// This question.
    Item(usize),
}

/// What a palette offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything.
    All,
    /// Categories only.
    Categories,
}

/// An open palette.
#[derive(Clone, Debug)]
pub struct Palette {
    scope: Scope,
    typed: Typed,
    found: Vec<Pick>,
    selected: usize,
}

/// What picks refer to.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The questions.
    pub items: &'a [Arc<Item>],
    /// The themes' names.
    pub themes: &'a [Safe],
}

impl Offer<'_> {
    /// The categories of the questions, sorted.
    pub fn categories(&self) -> Vec<Arc<str>> {
        let mut all: Vec<Arc<str>> = self.items.iter().map(|i| i.category.clone()).collect();
        all.sort();
        all.dedup();
        all
    }

    fn picks(&self, scope: Scope) -> Vec<Pick> {
        let categories = std::iter::once(None).chain(self.categories().into_iter().map(Some));
        let categories = categories.map(Pick::Category);
        match scope {
            Scope::Categories => categories.collect(),
            Scope::All => Action::ALL
                .into_iter()
                .map(Pick::Do)
                .chain(categories)
                .chain((0..self.themes.len()).map(Pick::Theme))
                .chain((0..self.items.len()).map(Pick::Item))
                .collect(),
        }
    }

    /// The words a pick is found by, as raw text.
    fn words(&self, pick: &Pick) -> String {
        match pick {
            Pick::Do(action) => format!("{} {}", action.name(), action.about()),
            Pick::Category(Some(name)) => format!("category {name}"),
            Pick::Category(None) => "category all".to_owned(),
            Pick::Theme(no) => format!("theme {}", self.themes.get(*no).map_or("", Safe::as_str)),
            Pick::Item(no) => self.items.get(*no).map_or_else(String::new, |i| {
                format!("{} {} {}", no + 1, i.id, i.question)
            }),
        }
    }

    /// What a row says: kind, name, note.
    pub fn row(&self, pick: &Pick) -> (&'static str, Safe, Safe) {
        match pick {
            Pick::Do(action) => ("action", action.name().into(), action.about().into()),
            Pick::Category(Some(name)) => {
                ("category", Safe::line(name), "only this category".into())
            }
            Pick::Category(None) => ("category", "all".into(), "all categories".into()),
            Pick::Theme(no) => (
                "theme",
                self.themes.get(*no).cloned().unwrap_or_default(),
                "how it looks".into(),
            ),
            Pick::Item(no) => match self.items.get(*no) {
                Some(item) => (
                    "question",
                    Safe::line(&item.id.0),
                    Safe::line(&item.question),
                ),
                None => ("question", Safe::default(), Safe::default()),
            },
        }
    }
}

impl Palette {
    /// Opens with everything in its own order.
    pub fn open(scope: Scope, offer: &Offer<'_>) -> Palette {
        Palette {
            scope,
            typed: Typed::default(),
            found: offer.picks(scope),
            selected: 0,
        }
    }

    /// What it offers.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// What was typed.
    pub fn typed(&self) -> &Typed {
        &self.typed
    }

    /// What was found, best first.
    pub fn found(&self) -> &[Pick] {
        &self.found
    }

    /// Position of the chosen one; within `found` unless that is empty.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// The chosen one.
    pub fn pick(&self) -> Option<&Pick> {
        self.found.get(self.selected)
    }

    /// Moves the choice.
    pub fn step(&mut self, by: isize) {
        let last = self.found.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
    }

    /// Edits the line.
    pub fn edit(&mut self, offer: &Offer<'_>, change: impl FnOnce(&mut Typed) -> bool) {
        if change(&mut self.typed) {
            self.search(offer);
        }
    }

    /// Equal scores keep their own order, so that the list does not jump.
    fn search(&mut self, offer: &Offer<'_>) {
        self.selected = 0;
        let picks = offer.picks(self.scope);
        if self.typed.text().trim().is_empty() {
            self.found = picks;
            return;
        }
        let pattern = Pattern::parse(
            self.typed.text(),
            CaseMatching::Ignore,
            Normalization::Smart,
        );
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut scored = Vec::new();
        for pick in picks {
            let words = offer.words(&pick);
            if let Some(score) = pattern.score(Utf32Str::new(&words, &mut buffer), &mut matcher) {
                scored.push((score, pick));
            }
        }
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        self.found = scored.into_iter().map(|(_, pick)| pick).collect();
    }

    /// The first row in sight so that the choice is among `rows` of them.
    pub fn first(&self, rows: usize) -> usize {
        (self.selected + 1).saturating_sub(rows.max(1))
    }
}
