//! Labels of answers that the scoreboard does not count, or counts as the parser read them: branches,
//! changed columns, questions of one's own.
//!
//! Such a label belongs to what was said: the same words to the same question, under the same condition
//! and in the same round, have it wherever they come again, in this session or a later one. Invariant: it
//! is shown and kept, and changes no figure.

use std::collections::BTreeMap;

use super::App;
use super::compare::answer;
use super::label::Choice;
use super::layout::PaneNo;

/// An answer, by what was asked and what was said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Saying {
    /// The question's name.
    pub item: String,
    /// Its options, in the order shown.
    pub options: Vec<String>,
    /// The condition's name, changed clauses included.
    pub condition: String,
    /// Which round.
    pub round: u16,
    /// All that was said in it, a line a step.
    pub said: String,
}

/// What somebody read in them.
pub type Sayings = BTreeMap<Saying, Choice>;

impl App {
    /// The finished answer in a pane; `None` before that, and of texts without options.
    pub(super) fn saying(&self, pane: PaneNo) -> Option<Saying> {
        let (run, no) = self.play_in(pane)?;
        let play = run.focus().play(no)?;
        let round = play.round(pane.round).filter(|r| r.is_done())?;
        let item = play.item();
        let condition = play.recipe(run.focus().settings())?;
        (!item.options.is_empty()).then(|| Saying {
            item: item.id.to_string(),
            options: item.options.clone(),
            condition: condition.name.to_string(),
            round: pane.round.0,
            said: answer(round),
        })
    }

    /// All such labels.
    pub fn sayings(&self) -> &Sayings {
        &self.sayings
    }

    /// The same, with those that an earlier session left.
    pub fn with_sayings(self, sayings: Sayings) -> App {
        App { sayings, ..self }
    }

    /// Puts back those that an earlier session left.
    pub fn put_back_sayings(&mut self, sayings: Sayings) {
        self.sayings = sayings;
    }

    /// Keeps a label, or takes it back (`None`); returns whether that changes anything.
    pub(super) fn label_saying(&mut self, saying: &Saying, label: Option<Choice>) -> bool {
        match label {
            Some(label) => self.sayings.insert(saying.clone(), label) != Some(label),
            None => self.sayings.remove(saying).is_some(),
        }
    }
}
