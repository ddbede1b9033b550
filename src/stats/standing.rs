//! What follows from a cell's answers, computed once until more come in: a screen asks for it sixty
//! times a second, and a bootstrap over thousands of items takes longer than a picture may.
//!
//! Invariant: what [`Pace::Exact`] gives is computed from all answers; [`Pace::Lately`] may leave out
//! the newest, at most one in [`SHARE`].

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::domain::{ConditionNo, RoundNo};

use super::scoreboard::CellKey;
use super::scorer::Score;

/// Up to this many answers, numbers are always exact.
const FEW: u64 = 512;
/// Beyond, while a benchmark runs, numbers may be this much behind: one answer in 32.
const SHARE: u64 = 32;

/// How new numbers have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// From all answers.
    Exact,
    /// From nearly all, where there are many: while more come in.
    Lately,
}

/// The scores of one cell, as far as somebody asked for them.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    answers: u64,
    exact: OnceLock<Vec<Score>>,
    lately: OnceLock<(u64, Vec<Score>)>,
}

/// What was computed before is no part of what a board holds.
impl PartialEq for Standing {
    fn eq(&self, other: &Standing) -> bool {
        self.answers == other.answers
    }
}

impl Standing {
    /// So many answers came in.
    pub fn grow(&mut self, by: u64) {
        self.answers += by;
        self.exact.take();
        let behind = |at: u64| (self.answers - at) * SHARE > at;
        if self.answers <= FEW || self.lately.get().is_some_and(|(at, _)| behind(*at)) {
            self.lately.take();
        }
    }

    /// An answer is another one.
    fn changed(&mut self) {
        self.exact.take();
        self.lately.take();
    }

    /// How many came in.
    pub fn answers(&self) -> u64 {
        self.answers
    }

    /// The scores; `of` computes them from all answers.
    pub fn scores(&self, pace: Pace, of: impl FnOnce() -> Vec<Score>) -> &[Score] {
        match (pace, self.exact.get()) {
            (_, Some(exact)) => exact,
            (Pace::Exact, None) => self.exact.get_or_init(of),
            (Pace::Lately, None) => &self.lately.get_or_init(|| (self.answers, of())).1,
        }
    }
}

/// Those of a condition and round.
#[derive(Clone, Debug, Default, PartialEq)]
struct Place {
    all: Standing,
    of: BTreeMap<Arc<str>, Standing>,
}

/// Those of a board: of every condition and round, over each category and over all of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Standings(BTreeMap<(ConditionNo, RoundNo), Place>);

impl Standings {
    /// So many answers came into a cell.
    pub fn grow(&mut self, key: &CellKey, by: u64) {
        let place = self.0.entry((key.condition, key.round)).or_default();
        place.all.grow(by);
        match place.of.get_mut(&key.category) {
            Some(standing) => standing.grow(by),
            None => {
                let of = place.of.entry(key.category.clone()).or_default();
                of.grow(by);
            }
        }
    }

    /// An answer of a cell is another one than it was.
    pub fn changed(&mut self, key: &CellKey) {
        if let Some(place) = self.0.get_mut(&(key.condition, key.round)) {
            place.all.changed();
            place.of.values_mut().for_each(Standing::changed);
        }
    }

    /// A cell's; `None` where nothing came in.
    pub fn of(&self, place: (ConditionNo, RoundNo), category: Option<&str>) -> Option<&Standing> {
        let place = self.0.get(&place)?;
        match category {
            None => Some(&place.all),
            Some(category) => place.of.get(category),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::interval::Estimate;
    use super::*;

    #[test]
    fn few_answers_are_exact_and_many_at_most_a_32nd_behind() {
        let score = |n: u64| {
            vec![Score {
                name: "n",
                estimate: Estimate::undefined(n),
                undefined: None,
            }]
        };
        let mut standing = Standing::default();
        let mut redone = 0;
        for n in 1..=4096u64 {
            standing.grow(1);
            let mut computed = false;
            let lately = standing.scores(Pace::Lately, || {
                computed = true;
                score(n)
            });
            let at = lately[0].estimate.n;
            assert!(
                at == n || (n > FEW && (n - at) * SHARE <= at),
                "{at} of {n}"
            );
            redone += u64::from(computed);
        }
        assert!(redone < FEW + 100, "{redone}");
        assert_eq!(
            standing.scores(Pace::Exact, || score(4096))[0].estimate.n,
            4096
        );
        assert_eq!(
            standing.scores(Pace::Lately, || score(0))[0].estimate.n,
            4096
        );
    }
}
