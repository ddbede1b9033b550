//! What the answers of an open list are compared with, and what stands first in it.
//!
//! Invariant: a list keeps what it compares with in every order; round 0 is never compared with a round
//! before it, for there is none.

use crate::domain::{ConditionNo, RoundNo};

use super::App;
use super::items::{ItemList, Row};
use super::transcript::Safe;

/// What a list's answers are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// The same condition's answer in the round before.
    Before,
    /// Another condition's answer in the same round.
    Condition(ConditionNo),
    /// Nothing: round 0 of the only condition.
    Nothing,
}

/// What stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Answers that are other ones, then the others; both by how far the list's number moved.
    Changed,
    /// What moved furthest, whether the answer is another one or not.
    Moved,
    /// As in the benchmark.
    Benchmark,
}

impl Sort {
    /// All of them, in the order in which a key goes through them.
    pub const ALL: [Sort; 3] = [Sort::Changed, Sort::Moved, Sort::Benchmark];

    fn next(self) -> Sort {
        match self {
            Sort::Changed => Sort::Moved,
            Sort::Moved => Sort::Benchmark,
            Sort::Benchmark => Sort::Changed,
        }
    }

    /// What it does, in words: at length, and where there is little room.
    pub fn about(self) -> (&'static str, &'static str) {
        match self {
            Sort::Changed => ("changed first, then largest move", "changed first"),
            Sort::Moved => ("largest move first", "largest move"),
            Sort::Benchmark => ("in the benchmark's order", "benchmark's order"),
        }
    }

    /// Brings rows into its order; `changed` tells whether a row's answer is another one.
    pub(super) fn sort(self, rows: &mut [Row], changed: impl Fn(&Row) -> bool) {
        // What cannot be compared stands last.
        let moved = |r: &Row| r.moved().map_or(-1.0, f32::abs);
        match self {
            Sort::Changed => rows.sort_by(|a, b| {
                let by_flip = changed(b).cmp(&changed(a));
                by_flip.then(moved(b).total_cmp(&moved(a)))
            }),
            Sort::Moved => rows.sort_by(|a, b| moved(b).total_cmp(&moved(a))),
            Sort::Benchmark => {}
        }
    }
}

impl App {
    /// All that the answers of a cell of the scoreboard can be compared with: the usual one first.
    pub(super) fn comparable(&self, condition: ConditionNo, round: RoundNo) -> Vec<Against> {
        let count = self.run.sweep().settings().conditions.len();
        let at = usize::from(condition.0);
        // The neighbour to the left, of the first one that to the right, then the others.
        let beside = at.checked_sub(1).unwrap_or(1);
        let others = (0..count).filter(|no| *no != at && *no != beside);
        let others = std::iter::once(beside)
            .filter(|no| *no < count)
            .chain(others);
        let others = others.filter_map(|no| u16::try_from(no).ok());
        let before = (round.0 > 0).then_some(Against::Before);
        let conditions = others.map(|no| Against::Condition(ConditionNo(no)));
        let all: Vec<Against> = before.into_iter().chain(conditions).collect();
        match all.is_empty() {
            true => vec![Against::Nothing],
            false => all,
        }
    }

    /// What they are compared with when a list of them is opened.
    pub(super) fn usual_against(&self, condition: ConditionNo, round: RoundNo) -> Against {
        let all = self.comparable(condition, round);
        all.first().copied().unwrap_or(Against::Nothing)
    }

    /// The next order of the open list.
    pub(super) fn sort_items(&mut self) {
        if let Some(list) = &mut self.view.items {
            list.sort = list.sort.next();
        }
        self.list_items();
    }

    /// Compares the open list's answers with the next thing that they can be compared with.
    pub(super) fn compare_list(&mut self) {
        let Some(list) = &self.view.items else { return };
        let all = self.comparable(list.condition, list.round);
        let at = all.iter().position(|a| *a == list.against);
        let next = at.map_or(0, |at| (at + 1) % all.len());
        let (is_first, against) = (list.round.0 == 0, all.get(next).copied());
        let said = match (is_first, all.len(), against) {
            (_, _, Some(Against::Nothing)) => Some(
                "nothing to compare with: round 0 has nothing before it, and there is no other condition"
                    .into(),
            ),
            (true, 1, _) => Some("there is no other condition; round 0 has nothing before it".into()),
            (true, ..) => {
                let named = against.map(|against| self.against_name(list, against));
                named.map(|n| Safe::from(format!("what differs {n}; round 0 has nothing before it")))
            }
            (false, 1, _) => Some("only the round before: there is no other condition".into()),
            (false, ..) => None,
        };
        if let (Some(list), Some(against)) = (&mut self.view.items, against) {
            list.against = against;
        }
        self.list_items();
        self.view.notice = said;
    }

    /// `since r0`, `from if r0`.
    pub fn against_name(&self, list: &ItemList, against: Against) -> Safe {
        let settings = self.run.sweep().settings();
        match against {
            Against::Before => Safe::from(format!("since r{}", list.round.0.saturating_sub(1))),
            Against::Condition(no) => {
                let named = settings.condition(no);
                let name = named.map_or_else(Safe::default, |c| Safe::line(&c.name).fit(24));
                Safe::from(format!("from {name} r{}", list.round.0))
            }
            Against::Nothing => "nothing to compare with".into(),
        }
    }
}
