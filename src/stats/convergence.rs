//! From which round on nothing changes any more: for a metric, and item by item.

use std::collections::BTreeSet;

use crate::domain::{ConditionNo, RoundNo};

use super::ledger::Ledger;

/// The first round r with |m_s − m_r| < `epsilon` for every later round s. `None` where only the
/// last round would do (nothing comes after it that could differ), or a later value is undefined.
///
/// The papers speak of convergence without giving a rule; this one is ours, and reports print it.
pub fn converged(values: &[Option<f64>], epsilon: f64) -> Option<usize> {
    (0..values.len().saturating_sub(1)).find(|r| {
        values[*r..].iter().all(|later| match (values[*r], later) {
            (Some(m), Some(later)) => (later - m).abs() < epsilon,
            (None, _) | (_, None) => false,
        })
    })
}

/// From which round on each item's answer stays the same, among items with an answer in every
/// round. Two unparsed answers count as the same. Where an item was asked more than once, each sample has its
/// own course and counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stabilisation {
    /// Items by the first round whose answer is also that of all later rounds. The last place holds
    /// items that changed in the last round: whether they have settled, nobody knows.
    pub items: Vec<u64>,
    /// Different items among them: fewer where items were asked more than once.
    pub of_items: u64,
}

impl Stabilisation {
    /// Counts one condition.
    pub fn of(ledger: &Ledger, condition: ConditionNo, category: Option<&str>) -> Stabilisation {
        let rounds = ledger.rounds(condition);
        let mut items = vec![0; usize::from(rounds)];
        let mut different = BTreeSet::new();
        for (no, facts, _) in ledger.column(condition, RoundNo(0)).answers(category) {
            let all: Option<Vec<_>> = (0..rounds)
                .map(|r| ledger.at(no, condition, RoundNo(r)))
                .collect();
            let Some(all) = all else { continue };
            let Some(last) = all.last() else { continue };
            let same = all
                .iter()
                .rev()
                .take_while(|g| (g.verdict, g.option) == (last.verdict, last.option))
                .count();
            items[all.len() - same] += 1;
            different.insert(facts.item);
        }
        Stabilisation {
            items,
            of_items: different.len() as u64,
        }
    }

    /// Courses counted: items, or where these were asked more than once their samples.
    pub fn n(&self) -> u64 {
        self.items.iter().sum()
    }

    /// Share of items that had settled at each round: their answer is the last one's from there on.
    pub fn settled(&self) -> Vec<f64> {
        let n = self.n().max(1) as f64;
        let mut sum = 0;
        let so_far = self.items.iter().map(|items| {
            sum += items;
            sum as f64 / n
        });
        so_far.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::ledger::Facts;
    use super::super::scoreboard::Graded;
    use super::*;
    use crate::domain::{ContextKind, Verdict};

    #[test]
    fn the_rule_by_hand() {
        let some = |values: &[f64]| values.iter().map(|v| Some(*v)).collect::<Vec<_>>();
        let table = [
            (some(&[0.1, 0.5, 0.505, 0.502]), Some(1)),
            (some(&[0.5, 0.5, 0.5]), Some(0)),
            // Drifting by less than epsilon a round is not convergence.
            (some(&[0.1, 0.108, 0.116, 0.124]), Some(2)),
            (some(&[0.1, 0.2, 0.3]), None),
            (some(&[0.1]), None),
            (vec![], None),
            (vec![None, Some(0.2), Some(0.2)], Some(1)),
            (vec![Some(0.2), Some(0.2), None], None),
        ];
        for (values, expected) in table {
            assert_eq!(converged(&values, 0.01), expected, "{values:?}");
        }
    }

    #[test]
    fn items_settle_where_their_last_answer_begins() {
        let facts = Facts::plain(ContextKind::Ambiguous);
        let mut ledger = Ledger::default();
        for (no, row) in ["aaa", "abb", "aba", "aab", "a", "bcc"].iter().enumerate() {
            // Two samples of each.
            let facts = Facts {
                item: no as u32 / 2,
                ..facts.clone()
            };
            for (round, sign) in (0u16..).zip(row.bytes()) {
                let graded = Graded {
                    option: Some(usize::from(sign - b'a')),
                    ..Graded::of(Verdict::Stereotyped, Some(false))
                };
                ledger.enter(no, &facts, ConditionNo(0), RoundNo(round), graded);
            }
        }
        let found = Stabilisation::of(&ledger, ConditionNo(0), None);
        assert_eq!((found.n(), found.of_items), (5, 3));
        assert_eq!(found.items, [1, 2, 2]);
        assert_eq!(found.settled(), [0.2, 0.6, 1.0]);
        assert_eq!(Stabilisation::of(&ledger, ConditionNo(1), None).n(), 0);
    }
}
