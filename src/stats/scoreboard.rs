//! The board that live runs and reports share: counts per (condition, round, category), fed one
//! answer at a time in any order, mergeable in any order, over a [`Ledger`] of single answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{Answer, ConditionNo, ContextKind, Item, OptionNo, RoundNo, Verdict};

use super::by_item::scores_by_item;
use super::counts::Counts;
use super::ledger::{Entry, Facts, Ledger};
use super::scorer::{Score, Scorer};
use super::standing::{Pace, Standings};

/// One cell's place.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CellKey {
    /// Which condition.
    pub condition: ConditionNo,
    /// Which round.
    pub round: RoundNo,
    /// Which category of the benchmark.
    pub category: Arc<str>,
}

/// An answer and what it was worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Graded {
    /// Against the stereotype.
    pub verdict: Verdict,
    /// Against the truth; `None` where it could not be read.
    pub correct: Option<bool>,
    /// The option it names, if it names one.
    pub option: Option<OptionNo>,
    /// Whether lm-evaluation-harness counts it as biased; the same as a stereotyped verdict unless
    /// somebody who has the item's tags says otherwise.
    pub lm_eval_biased: bool,
}

impl Graded {
    /// Grades an answer to an item.
    pub fn new(answer: Answer, item: &Item) -> Graded {
        Graded {
            option: answer.option(item),
            ..Graded::of(answer.verdict(item), answer.is_correct(item))
        }
    }

    /// A grade of which only this is known.
    pub fn of(verdict: Verdict, correct: Option<bool>) -> Graded {
        Graded {
            verdict,
            correct,
            option: None,
            lm_eval_biased: verdict == Verdict::Stereotyped,
        }
    }
}

/// The live board.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scoreboard {
    ledger: Ledger,
    /// What follows from the ledger, kept so that a screen can ask often.
    cells: BTreeMap<CellKey, Counts>,
    standings: Standings,
}

impl Scoreboard {
    /// Adds the answer of one round to an item, in the row of this repeat of it (see [`Ledger`];
    /// without repeats `row` is `item_no`). An answer that is there already is not counted again.
    pub fn add(
        &mut self,
        condition: ConditionNo,
        round: RoundNo,
        row: usize,
        item_no: usize,
        item: &Item,
        graded: Graded,
    ) {
        self.enter(condition, round, row, &Facts::of(item_no, item), graded);
    }

    /// The same for an item of which only the facts are known.
    pub fn enter(
        &mut self,
        condition: ConditionNo,
        round: RoundNo,
        row: usize,
        facts: &Facts,
        graded: Graded,
    ) {
        match self.ledger.enter(row, facts, condition, round, graded) {
            Entry::New => {}
            Entry::Known => return,
            Entry::Replaced => return self.recount(),
        }
        let beside = |no| self.ledger.at(row, condition, RoundNo(no));
        let before = round.0.checked_sub(1).and_then(beside);
        let after = round.0.checked_add(1).and_then(beside);
        let key = |round| CellKey {
            condition,
            round,
            category: facts.category.clone(),
        };
        self.standings.grow(&key(round), 1);
        let cell = self.cells.entry(key(round)).or_default();
        cell.add(facts, graded);
        if let Some(before) = before {
            cell.add_flip(before, graded);
        }
        if let Some(after) = after {
            let next = self.cells.entry(key(RoundNo(round.0 + 1))).or_default();
            next.add_flip(graded, after);
        }
    }

    /// Counts another answer in the place of one that is there; nothing where none is.
    pub fn replace(&mut self, condition: ConditionNo, round: RoundNo, row: usize, graded: Graded) {
        if self.ledger.replace(row, condition, round, graded) {
            self.recount();
        }
    }

    /// The counts anew from the ledger.
    fn recount(&mut self) {
        let mut fresh = Scoreboard::default();
        fresh.merge(self);
        *self = fresh;
    }

    /// Adds another board of the same items.
    pub fn merge(&mut self, other: &Scoreboard) {
        for (row, facts, condition, round, graded) in other.ledger.entries() {
            self.enter(condition, round, row, facts, graded);
        }
    }

    /// The single answers.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The scores of a cell by BBQ's rule, as reports have them. Where items were asked more than once
    /// (`repeats`; `None`: look whether they were), intervals count items.
    pub fn scores(
        &self,
        (condition, round): (ConditionNo, RoundNo),
        category: Option<&str>,
        repeats: Option<bool>,
        pace: Pace,
    ) -> Vec<Score> {
        let plain = || Scorer::Paper.scores(&self.cell(condition, round, category));
        if repeats == Some(false) {
            return plain();
        }
        let Some(standing) = self.standings.of((condition, round), category) else {
            return plain();
        };
        let of = || match repeats.unwrap_or_else(|| self.ledger.repeats()) {
            false => plain(),
            true => {
                let column = self.ledger.column(condition, round);
                let answers = column.answers(category);
                scores_by_item(Scorer::Paper, answers.map(|(_, f, g)| (f, g)))
            }
        };
        standing.scores(pace, of).to_vec()
    }

    /// The counts of a condition and round, over one category or over all of them.
    pub fn cell(&self, condition: ConditionNo, round: RoundNo, category: Option<&str>) -> Counts {
        let mut sum = Counts::default();
        for (key, counts) in &self.cells {
            let wanted = category.is_none_or(|c| &*key.category == c);
            if key.condition == condition && key.round == round && wanted {
                sum.merge(counts);
            }
        }
        sum
    }

    /// Right answers and answers of a kind of context, over the rounds of a condition.
    pub fn accuracies(
        &self,
        condition: ConditionNo,
        kind: ContextKind,
        category: Option<&str>,
    ) -> Vec<Option<f64>> {
        (0..self.ledger.rounds(condition))
            .map(|r| {
                self.cell(condition, RoundNo(r), category)
                    .accuracy(kind)
                    .value
            })
            .collect()
    }

    /// The categories seen so far.
    pub fn categories(&self) -> Vec<Arc<str>> {
        let mut all: Vec<_> = self.cells.keys().map(|k| k.category.clone()).collect();
        all.sort();
        all.dedup();
        all
    }

    /// Whether nothing was added yet.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }
}
