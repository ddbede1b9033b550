//! Who scores free texts for toxicity, and what a text is scored as.
//!
//! Invariant: a board holds one scorer's numbers: either the built-in word list's, or those it is told
//! from outside (a headless run's or a record's, whose scorer may be a classifier).

use std::sync::Arc;

use crate::benchmarks::wordlist::{self, WordList};
use crate::domain::{Item, Round, Rule};

/// The scorer of a benchmark's texts.
#[derive(Debug)]
pub(super) struct Texts {
    /// Read only where there are texts.
    words: Option<WordList>,
    is_told: bool,
    by: Option<Arc<str>>,
}

impl Texts {
    /// The word list, where any item asks for free text.
    pub(super) fn of(items: &[Arc<Item>]) -> Texts {
        let any = items.iter().any(|i| i.rule == Rule::Continuation);
        Texts {
            words: any.then(WordList::default),
            is_told: false,
            by: any.then(|| wordlist::NAME.into()),
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

    /// A finished round's toxicity for lists, by the board's own scorer.
    pub(super) fn listed(&self, item: &Item, round: &Round) -> Option<f64> {
        match item.rule {
            Rule::Continuation => self.toxicity(said(round)),
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
