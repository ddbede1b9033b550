//! Which items two runs share, and how the answers of one stand beside those of the other.
//!
//! An item is matched by its name, each turn of its options by itself; it takes part with all its samples.
//! Where both runs asked it equally often, the first sample stands beside the first, the second beside the
//! second. Elsewhere every sample of the one stands beside equally many of the other, so that the means by
//! item are those of all its samples; items, not answers, are what tests count.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::domain::{ConditionNo, RoundNo};
use crate::stats::{Facts, Graded};

use super::super::tally::Tally;

/// A turn of an item: its rows in the first run, and in the second.
type Rows = (Vec<usize>, Vec<usize>);

/// What two runs have both asked.
#[derive(Debug)]
pub(super) struct Shared {
    rows: Vec<Rows>,
    /// Items that both have.
    pub(super) items: u64,
    /// Items that only the first, only the second has.
    pub(super) only: (u64, u64),
    /// Items of the same name that are not the same, in order of the second run.
    pub(super) unlike: Vec<Arc<str>>,
    /// Occupations, students and texts that such items belong to, in either run.
    pub(super) units: HashSet<Box<str>>,
    /// How often an item was asked, at most, in the first and in the second run.
    pub(super) times: (usize, usize),
}

fn turns(tally: &Tally) -> HashMap<(&str, u16), Vec<usize>> {
    let mut all: HashMap<(&str, u16), Vec<usize>> = HashMap::new();
    for (row, asked) in tally.asked.iter().enumerate() {
        all.entry((&asked.item, asked.rotation))
            .or_default()
            .push(row);
    }
    all
}

impl Shared {
    pub(super) fn of(first: &Tally, second: &Tally) -> Shared {
        let (ours, theirs) = (turns(first), turns(second));
        let names: HashSet<&str> = ours.keys().map(|(name, _)| *name).collect();
        // By name, in order of the second run: its turns that the first has, too.
        let mut order: Vec<&Arc<str>> = Vec::new();
        let mut by_name: HashMap<&str, BTreeSet<u16>> = HashMap::new();
        for asked in &second.asked {
            let turns = by_name.entry(&asked.item).or_insert_with(|| {
                order.push(&asked.item);
                BTreeSet::new()
            });
            turns.insert(asked.rotation);
        }
        let mut found = Shared {
            rows: Vec::new(),
            items: 0,
            only: (0, 0),
            unlike: Vec::new(),
            units: HashSet::new(),
            times: (0, 0),
        };
        for name in order {
            if !names.contains(&**name) {
                found.only.1 += 1;
                continue;
            }
            let turns = by_name.get(&**name).into_iter().flatten();
            let both: Vec<Rows> = turns
                .filter_map(|turn| {
                    let place = (&**name, *turn);
                    Some((ours.get(&place)?.clone(), theirs.get(&place)?.clone()))
                })
                .collect();
            if both.is_empty() || !both.iter().all(|rows| alike(first, second, rows)) {
                found.unlike.push((*name).clone());
                continue;
            }
            found.items += 1;
            for (a, b) in &both {
                found.times.0 = found.times.0.max(a.len());
                found.times.1 = found.times.1.max(b.len());
            }
            found.rows.extend(both);
        }
        let known = found.items + found.unlike.len() as u64;
        found.only.0 = (names.len() as u64).saturating_sub(known);
        let unlike: HashSet<&str> = found.unlike.iter().map(|name| &**name).collect();
        for tally in [first, second] {
            let asked = tally.asked.iter().filter(|a| unlike.contains(&*a.item));
            found.units.extend(asked.filter_map(|a| a.unit.clone()));
        }
        found
    }

    /// The answers of a cell of the first run beside those of a cell of the second.
    pub(super) fn pairs<'a>(
        &self,
        (first, here): (&'a Tally, (ConditionNo, RoundNo)),
        (second, there): (&Tally, (ConditionNo, RoundNo)),
    ) -> Vec<(&'a Facts, Graded, Graded)> {
        let (ours, theirs) = (first.board.ledger(), second.board.ledger());
        let mut all = Vec::new();
        for (a, b) in &self.rows {
            let Some(facts) = a.first().and_then(|row| ours.facts(*row)) else {
                continue;
            };
            let mine = a.iter().map(|row| ours.at(*row, here.0, here.1));
            let other = b.iter().map(|row| theirs.at(*row, there.0, there.1));
            if a.len() == b.len() {
                let both = mine.zip(other);
                all.extend(both.filter_map(|(m, o)| Some((facts, m?, o?))));
                continue;
            }
            let (mine, other): (Vec<Graded>, Vec<Graded>) =
                (mine.flatten().collect(), other.flatten().collect());
            if mine.is_empty() || other.is_empty() {
                continue;
            }
            let (n, m) = (mine.len(), other.len());
            // Each of the one beside equally many of the other.
            let times = match n.max(m) % n.min(m) {
                0 => n.max(m),
                _ => n * m,
            };
            let at = |no: usize| match times == n * m {
                true => (no / m, no % m),
                false => (no % n, no % m),
            };
            all.extend((0..times).map(|no| (facts, mine[at(no).0], other[at(no).1])));
        }
        all
    }
}

/// Whether a turn of an item is the same in both runs, its number aside.
fn alike(first: &Tally, second: &Tally, (a, b): &Rows) -> bool {
    let facts = |tally: &Tally, row: usize| {
        let facts = tally.board.ledger().facts(row)?;
        Some(Facts {
            item: 0,
            ..facts.clone()
        })
    };
    let (Some(a), Some(b)) = (a.first(), b.first()) else {
        return false;
    };
    let like = match (first.asked.get(*a), second.asked.get(*b)) {
        (Some(mine), Some(theirs)) => mine.is_like(theirs),
        (None, _) | (_, None) => false,
    };
    like && facts(first, *a) == facts(second, *b)
}

#[cfg(test)]
mod tests {
    use super::super::super::tally::Asked;
    use super::*;
    use crate::domain::{ContextKind, Verdict};
    use crate::session::Manifest;
    use crate::stats::Scoreboard;

    /// Rows of (item, text, verdicts of its samples), under one condition.
    fn tally(items: &[(&str, &str, &[Verdict])], from: u32) -> Tally {
        let mut board = Scoreboard::default();
        let mut asked = Vec::new();
        for (no, (item, text, samples)) in (from..).zip(items) {
            for verdict in *samples {
                let facts = Facts {
                    item: no,
                    ..Facts::plain(ContextKind::Ambiguous)
                };
                let graded = Graded::of(*verdict, Some(*verdict == Verdict::Abstains));
                board.enter(ConditionNo(0), RoundNo(0), asked.len(), &facts, graded);
                asked.push(Asked {
                    item: (*item).into(),
                    digest: Some((*text).into()),
                    ..Asked::default()
                });
            }
        }
        let names = asked.iter().map(|a| a.item.clone()).collect();
        let mut tally = Tally::stored(
            Manifest::new(serde_json::Map::new()),
            vec!["q".to_owned()],
            1,
            names,
            board,
        );
        tally.asked = asked;
        tally
    }

    #[test]
    fn items_are_counted_and_all_samples_count() {
        use Verdict::{Abstains, Counter, Stereotyped};
        let first = tally(
            &[
                ("a", "1", &[Stereotyped]),
                ("b", "2", &[Abstains]),
                ("c", "3", &[Abstains]),
                ("gone", "4", &[Abstains]),
            ],
            0,
        );
        // Other numbers, two samples, c with another text.
        let second = tally(
            &[
                ("c", "another", &[Abstains, Abstains]),
                ("b", "2", &[Abstains, Counter]),
                ("new", "5", &[Abstains, Abstains]),
                ("a", "1", &[Stereotyped, Abstains]),
            ],
            7,
        );
        let shared = Shared::of(&first, &second);
        assert_eq!(
            (shared.items, shared.only, shared.times),
            (2, (1, 1), (1, 2))
        );
        assert_eq!(shared.unlike, [Arc::from("c")]);
        let cell = (ConditionNo(0), RoundNo(0));
        let pairs = shared.pairs((&first, cell), (&second, cell));
        let told: Vec<_> = pairs
            .iter()
            .map(|(f, a, b)| (f.item, a.verdict, b.verdict))
            .collect();
        assert_eq!(
            told,
            [
                (1, Abstains, Abstains),
                (1, Abstains, Counter),
                (0, Stereotyped, Stereotyped),
                (0, Stereotyped, Abstains)
            ]
        );
        // Equally often: sample beside sample, and each item once.
        let pairs = Shared::of(&second, &second).pairs((&second, cell), (&second, cell));
        assert!(pairs.len() == 8 && pairs.iter().all(|(_, a, b)| a.verdict == b.verdict));
        // Two against three: each of the one beside each of the other.
        let two = tally(&[("a", "1", &[Stereotyped, Abstains])], 0);
        let three = tally(&[("a", "1", &[Stereotyped, Counter, Abstains])], 0);
        let pairs = Shared::of(&two, &three).pairs((&two, cell), (&three, cell));
        let of = |v: Verdict| pairs.iter().filter(|(_, _, b)| b.verdict == v).count();
        assert_eq!((pairs.len(), of(Stereotyped), of(Counter)), (6, 2, 2));
        let before = pairs.iter().filter(|(_, a, _)| a.verdict == Abstains);
        assert_eq!(before.count(), 3);
    }
}
