//! The palette: one line of typing finds any action, condition, prompt, setting, category, theme or question.
//!
//! Holds positions, not texts: names are looked up (and gated) when they are shown. A name that is what
//! was typed comes first, names before what is said about them, and questions last: there are many.

mod judge;

use std::sync::Arc;

use crate::domain::{Condition, ConditionNo, Item, ModelNo};

use super::action::Action;
use super::choice::Choice;
use super::metric::Metric;
use super::opening::{self, Openable};
use super::overlay::Typed;
use super::transcript::Safe;
use judge::Judge;

/// Something the palette can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// Do this.
    Do(Action),
    /// To this condition's column.
    Condition(ConditionNo),
    /// Puts this prompt into the column.
    Prompt(Arc<str>),
    /// To this model.
    Model(ModelNo),
    /// Load this model of those that are offered.
    Open(usize),
    /// Load the model that is named so.
    Named(String),
    /// Set something to a value.
    Set(Choice),
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
    /// Models that can be loaded.
    Models,
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
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    /// The questions.
    pub items: &'a [Arc<Item>],
    /// The themes' names.
    pub themes: &'a [Safe],
    /// The conditions.
    pub conditions: &'a [Arc<Condition>],
    /// The prompts that can be put into a column.
    pub prompts: Vec<&'a Arc<Condition>>,
    /// The models, where there are several.
    pub models: Vec<(ModelNo, Safe)>,
    /// The models that can be loaded: those of the cache, then what lies where a path was typed.
    pub openable: Vec<&'a Openable>,
    /// The numbers of the scoreboard.
    pub metrics: Vec<Metric>,
}

/// What a pick is found by: its kind, its name, and what is said about it, as raw text.
struct Words {
    kind: &'static str,
    name: String,
    about: String,
}

impl<'a> Offer<'a> {
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
        let conditions = (0..self.conditions.len()).filter_map(|no| u16::try_from(no).ok());
        let openable = (0..self.openable.len()).map(Pick::Open);
        match scope {
            Scope::Categories => categories.collect(),
            Scope::Models => openable.collect(),
            Scope::All => Action::ALL
                .into_iter()
                .map(Pick::Do)
                .chain(conditions.map(ConditionNo).map(Pick::Condition))
                .chain(self.models.iter().map(|(no, _)| Pick::Model(*no)))
                .chain(openable)
                .chain(self.prompts.iter().map(|c| Pick::Prompt(c.name.clone())))
                .chain(Choice::all(&self.metrics).into_iter().map(Pick::Set))
                .chain(categories)
                .chain((0..self.themes.len()).map(Pick::Theme))
                .chain((0..self.items.len()).map(Pick::Item))
                .collect(),
        }
    }

    fn condition(&self, no: ConditionNo) -> Option<&'a Condition> {
        self.conditions.get(usize::from(no.0)).map(Arc::as_ref)
    }

    fn words(&self, pick: &Pick) -> Words {
        let words = |kind, name: &str, about: &str| Words {
            kind,
            name: name.to_owned(),
            about: about.to_owned(),
        };
        match pick {
            Pick::Do(action) => words("action", action.name(), action.about()),
            Pick::Condition(no) => self.condition(*no).map_or_else(
                || words("condition", "", ""),
                |c| words("condition", &c.name, &c.title),
            ),
            Pick::Prompt(name) => {
                let found = self.prompts.iter().find(|c| c.name == *name);
                let title = found.map_or("", |c| &*c.title);
                words("prompt", name, &format!("into this column: {title}"))
            }
            Pick::Model(no) => {
                let name = self.models.iter().find(|(at, _)| at == no);
                let name = name.map_or("", |(_, name)| name.as_str());
                words("model", name, "its answers; columns and scoreboard")
            }
            Pick::Open(no) => match self.openable.get(*no) {
                Some(open) => words("load", &open.name, &open.about),
                None => words("load", "", ""),
            },
            Pick::Named(name) => words(
                "load",
                name,
                "what is typed: a path, or a name in the cache",
            ),
            Pick::Set(choice) => Words {
                kind: "setting",
                name: format!("{} {}", choice.name(), choice.value()),
                about: choice.about().to_owned(),
            },
            Pick::Category(Some(name)) => words("category", name, "only this category"),
            Pick::Category(None) => words("category", "all", "all categories"),
            Pick::Theme(no) => {
                let name = self.themes.get(*no).map_or("", Safe::as_str);
                words("theme", name, "how it looks")
            }
            Pick::Item(no) => match self.items.get(*no) {
                Some(item) => Words {
                    kind: "question",
                    name: format!("{} {}", no + 1, item.id),
                    // What is asked, and of whom: both are remembered.
                    about: format!("{} {}", item.question, item.context),
                },
                None => words("question", "", ""),
            },
        }
    }

    /// What a row says: kind, name, note.
    pub fn row(&self, pick: &Pick) -> (&'static str, Safe, Safe) {
        match pick {
            Pick::Item(no) => match self.items.get(*no) {
                Some(item) => (
                    "question",
                    Safe::line(&item.id.0),
                    Safe::line(&format!("{} {}", item.question, item.context)),
                ),
                None => ("question", Safe::default(), Safe::default()),
            },
            Pick::Do(_)
            | Pick::Condition(_)
            | Pick::Prompt(_)
            | Pick::Model(_)
            | Pick::Open(_)
            | Pick::Named(_)
            | Pick::Set(_)
            | Pick::Category(_)
            | Pick::Theme(_) => {
                let words = self.words(pick);
                (
                    words.kind,
                    Safe::line(&words.name),
                    Safe::line(&words.about),
                )
            }
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

    /// Offers nothing.
    pub(super) fn nothing() -> Palette {
        Palette {
            scope: Scope::All,
            typed: Typed::default(),
            found: Vec::new(),
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

    /// Chooses a row.
    pub(super) fn choose(&mut self, row: usize) {
        self.selected = row.min(self.found.len().saturating_sub(1));
    }

    /// Moves the choice.
    pub fn step(&mut self, by: isize) {
        let last = self.found.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by).min(last);
    }

    /// Edits the line; returns whether it changed.
    pub fn edit(&mut self, offer: &Offer<'_>, change: impl FnOnce(&mut Typed) -> bool) -> bool {
        let changed = change(&mut self.typed);
        if changed {
            self.search(offer);
        }
        changed
    }

    /// Equal scores keep their own order, so that the list does not jump.
    fn search(&mut self, offer: &Offer<'_>) {
        self.selected = 0;
        let picks = offer.picks(self.scope);
        let typed = self.typed.text().trim();
        if typed.is_empty() {
            self.found = picks;
            return;
        }
        let mut judge = Judge::new(typed);
        let mut scored: Vec<(u32, Pick)> = picks
            .into_iter()
            .filter_map(|pick| Some((judge.score(&offer.words(&pick))?, pick)))
            .collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        self.found = scored.into_iter().map(|(_, pick)| pick).collect();
        if self.scope == Scope::Models {
            // What was typed is what is meant, where it is a path and no beginning of one; a few letters mean
            // one of the list.
            let known = |pick: &Pick| offer.words(pick).name == typed;
            let begins = |pick: &Pick| offer.words(pick).name.starts_with(typed);
            let at = match self.found.iter().any(begins) || !opening::is_path(typed) {
                true => self.found.len(),
                false => 0,
            };
            if !self.found.iter().any(known) {
                self.found.insert(at, Pick::Named(typed.to_owned()));
            }
        }
    }

    /// Looks again: what is offered is another now. The choice stays where it is still there.
    pub(super) fn refresh(&mut self, offer: &Offer<'_>) {
        let chosen = self.pick().cloned();
        let moved = self.selected > 0;
        self.search(offer);
        let at = chosen.and_then(|pick| self.found.iter().position(|p| *p == pick));
        self.selected = at.filter(|_| moved).unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(typed: &str) -> Vec<String> {
        let items = crate::benchmarks::bbq::read(crate::benchmarks::BUILTIN)
            .unwrap()
            .items;
        let themes: Vec<Safe> = ["dark", "light"].map(Safe::from).to_vec();
        let offer = Offer {
            items: &items,
            themes: &themes,
            conditions: &[],
            prompts: Vec::new(),
            models: vec![(ModelNo(0), "control".into()), (ModelNo(1), "tiny".into())],
            openable: Vec::new(),
            metrics: vec![Metric::BiasAmbiguous, Metric::Unparsed],
        };
        let mut palette = Palette::open(Scope::All, &offer);
        palette.edit(&offer, |line| line.paste(typed));
        let row = |pick: &Pick| {
            let (kind, name, _) = offer.row(pick);
            format!("{kind} {name}")
        };
        palette.found().iter().map(row).collect()
    }

    #[test]
    fn what_was_meant_stands_first() {
        for (typed, first) in [
            ("board", "action board"),
            ("category", "action category"),
            ("dark", "theme dark"),
            ("theme light", "theme light"),
            ("age", "category Age"),
            ("age/3", "question Age/3"),
            ("tiny", "model tiny"),
            ("17", "question Education/16"),
            ("temperature 0.7", "setting temperature 0.7"),
            ("entropy", "setting heat entropy"),
            ("rst", "action restart-board"),
        ] {
            assert_eq!(
                found(typed).first().map(String::as_str),
                Some(first),
                "{typed}"
            );
        }
    }

    #[test]
    fn words_of_a_kind_find_all_of_it_and_strewn_letters_find_nothing() {
        let all = found("theme");
        assert!(all.contains(&"theme dark".to_owned()) && all.contains(&"theme light".to_owned()));
        assert!(found("qqqq").is_empty());
        let sco = found("sco");
        assert!(sco.len() < 20, "{sco:?}");
    }
}
