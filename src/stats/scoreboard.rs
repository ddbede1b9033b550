//! Counts per (condition, round, category), fed one answer at a time, mergeable in any order.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{Answer, ConditionNo, ContextKind, Item, RoundNo, Verdict};

use super::counts::Counts;

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
}

impl Graded {
    /// Grades an answer to an item.
    pub fn new(answer: Answer, item: &Item) -> Graded {
        Graded {
            verdict: answer.verdict(item),
            correct: answer.is_correct(item),
        }
    }
}

/// The live board.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scoreboard {
    cells: BTreeMap<CellKey, Counts>,
}

impl Scoreboard {
    /// Adds the answer of one round; `before` is the same item's answer in the round before.
    pub fn add(
        &mut self,
        condition: ConditionNo,
        round: RoundNo,
        item: &Item,
        now: Graded,
        before: Option<Graded>,
    ) {
        let key = CellKey {
            condition,
            round,
            category: item.category.clone(),
        };
        self.add_to(key, item.kind(), item.gold_is_stereotyped(), now, before);
    }

    /// The same for an item of which only this is known: its cell, its kind of context and, in
    /// disambiguated ones, whether the truth agrees with the stereotype.
    pub fn add_to(
        &mut self,
        key: CellKey,
        kind: ContextKind,
        aligned: Option<bool>,
        now: Graded,
        before: Option<Graded>,
    ) {
        let cell = self.cells.entry(key).or_default();
        cell.add(kind, now.verdict, now.correct, aligned);
        if let Some(before) = before {
            cell.add_flip((before.verdict, before.correct), (now.verdict, now.correct));
        }
    }

    /// Adds another board's counts.
    pub fn merge(&mut self, other: &Scoreboard) {
        for (key, counts) in &other.cells {
            self.cells.entry(key.clone()).or_default().merge(counts);
        }
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
