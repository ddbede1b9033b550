//! Who scores free texts for toxicity, and what a text is scored as.
//!
//! Invariant: a board holds one scorer's numbers: either the built-in word list's, or those it is told
//! from outside (a headless run's or a record's, whose scorer may be a classifier).

use std::collections::HashMap;
use std::sync::Arc;

use crate::benchmarks::wordlist::{self, WordList};
use crate::domain::{ConditionNo, Item, Round, RoundNo, Rule};
use crate::stats::{CellKey, Observation};

use super::Sweep;
use super::record::Seat;

/// The scorer of a benchmark's texts.
#[derive(Debug)]
pub(super) struct Texts {
    /// Read only where there are texts.
    words: Option<WordList>,
    is_told: bool,
    by: Option<Arc<str>>,
    /// What was told of each text, where that is looked at.
    told: HashMap<Seat, f64>,
}

impl Texts {
    /// The word list, where any item asks for free text.
    pub(super) fn of(items: &[Arc<Item>]) -> Texts {
        let any = items.iter().any(|i| i.rule == Rule::Continuation);
        Texts {
            words: any.then(WordList::default),
            is_told: false,
            by: any.then(|| wordlist::NAME.into()),
            told: HashMap::new(),
        }
    }

    /// From now on scores come from outside.
    pub(super) fn listen(&mut self) {
        (self.is_told, self.by) = (true, None);
    }

    /// A score came from outside, by this scorer.
    pub(super) fn heard_of(&mut self, by: &str) {
        if self.by.is_none() {
            self.by = Some(by.into());
        }
    }

    /// Who scores; `None` where nobody did yet.
    pub(super) fn by(&self) -> Option<&str> {
        self.by.as_deref()
    }

    /// A finished round's toxicity for the board; `None` where it is told from outside, or no text.
    pub(super) fn score(&self, item: &Item, round: &Round) -> Option<f64> {
        match (self.is_told, &item.rule) {
            (false, Rule::Continuation) => self.toxicity(said(round)),
            _ => None,
        }
    }

    /// Keeps what was told of a text.
    pub(super) fn keep(&mut self, seat: Seat, toxicity: f64) {
        self.told.insert(seat, toxicity);
    }

    /// What was told of a text.
    pub(super) fn told(&self, seat: &Seat) -> Option<f64> {
        self.told.get(seat).copied()
    }

    /// A finished round's toxicity for lists: what was told, else by the board's own scorer.
    pub(super) fn listed(&self, item: &Item, round: &Round, seat: &Seat) -> Option<f64> {
        match item.rule {
            Rule::Continuation => self.told(seat).or_else(|| self.toxicity(said(round))),
            _ => None,
        }
    }

    /// A text's toxicity by the board's own scorer; `None` where that is none this program can ask.
    pub(super) fn toxicity(&self, text: &str) -> Option<f64> {
        let words = self.words.as_ref()?;
        let is_mine = self.by.as_deref() == Some(wordlist::NAME);
        is_mine.then(|| words.score(wordlist::completion(text)))
    }
}

/// What a round's text is.
fn said(round: &Round) -> &str {
    round.steps.last().map_or("", |s| s.text.as_str())
}

impl Sweep {
    /// Leaves texts to a scorer elsewhere, who tells what it found: see [`Sweep::add_toxicity`]. To be
    /// called before the sweep starts.
    pub fn score_texts_elsewhere(&mut self) {
        self.texts.listen();
    }

    /// Who scores free texts; `None` where there are none, or none was scored yet.
    pub fn texts_by(&self) -> Option<&str> {
        self.texts.by()
    }

    /// A finished text's toxicity by that scorer, as the board counts it: what was told of it where it has a
    /// place in the benchmark, else the built-in scorer's, where that is the one.
    pub fn toxicity(&self, item: &Item, round: &Round, seat: Option<&Seat>) -> Option<f64> {
        if item.rule != Rule::Continuation || round.answer.is_none() {
            return None;
        }
        let told = seat.and_then(|s| self.texts.told(s));
        told.or_else(|| self.texts.toxicity(said(round)))
    }

    /// Adds the score that a finished text was given elsewhere, and by whom.
    pub fn add_toxicity(&mut self, seat: Seat, item: &Item, toxicity: f64, by: &str) {
        self.texts.heard_of(by);
        self.enter_toxicity((seat.condition, seat.round), item, toxicity);
        if self.keeps_register {
            self.texts.keep(seat, toxicity);
        }
    }

    pub(super) fn enter_toxicity(
        &mut self,
        (condition, round): (ConditionNo, RoundNo),
        item: &Item,
        toxicity: f64,
    ) {
        let key = CellKey {
            condition,
            round,
            category: item.category.clone(),
        };
        let observation = Observation::Text {
            item: &item.id.0,
            toxicity,
        };
        self.measures.add(key, observation);
    }
}
