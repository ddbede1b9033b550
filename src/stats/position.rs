//! Which letters are chosen, beside where the right answers stand: a model that likes (a) for being
//! (a) shows here.

use super::by_item::proportion_by_item;
use super::interval::Estimate;
use super::ledger::Facts;
use super::scoreboard::Graded;

/// Letters that are counted apart.
pub const LETTERS: usize = 15;

/// Choices by letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Positions {
    /// Item, letter chosen, letters offered; in order of the items.
    answers: Vec<(u32, u8, u8)>,
    gold: [u64; LETTERS],
    offered: [u64; LETTERS],
    n: u64,
}

impl Positions {
    /// Counts answers that name an option; others leave no letter.
    pub fn of<'a>(answers: impl Iterator<Item = (&'a Facts, Graded)>) -> Positions {
        let mut all = Positions::default();
        for (facts, graded) in answers {
            let Some(option) = graded.option.filter(|o| *o < LETTERS) else {
                continue;
            };
            all.n += 1;
            let letter = u8::try_from(option).unwrap_or(u8::MAX);
            all.answers.push((facts.item, letter, facts.options));
            if let Some(gold) = facts.gold.and_then(|g| all.gold.get_mut(usize::from(g))) {
                *gold += 1;
            }
            for offered in all.offered.iter_mut().take(usize::from(facts.options)) {
                *offered += 1;
            }
        }
        all.answers.sort_unstable();
        all
    }

    /// Letters that any item offers.
    pub fn letters(&self) -> usize {
        self.offered.iter().take_while(|n| **n > 0).count()
    }

    /// Share of answers that chose this letter, among those to items that have it; the interval counts items where
    /// these were asked more than once.
    pub fn chosen(&self, letter: usize) -> Estimate {
        let items = self.answers.chunk_by(|a, b| a.0 == b.0).map(|item| {
            let offer = |a: &&(u32, u8, u8)| usize::from(a.2) > letter;
            let hits = item.iter().filter(|a| usize::from(a.1) == letter);
            (
                hits.count() as u64,
                item.iter().filter(offer).count() as u64,
            )
        });
        proportion_by_item(items.filter(|(_, offered)| *offered > 0))
    }

    /// Share of the same items whose right answer has this letter.
    pub fn gold(&self, letter: usize) -> Option<f64> {
        let at = |all: &[u64; LETTERS]| all.get(letter).copied().unwrap_or(0);
        let offered = at(&self.offered);
        (offered > 0).then(|| at(&self.gold) as f64 / offered as f64)
    }

    /// Answers counted.
    pub fn n(&self) -> u64 {
        self.n
    }
}

#[cfg(test)]
mod tests {
    use super::super::interval::wilson;
    use super::*;
    use crate::domain::{ContextKind, Verdict};

    #[test]
    fn letters_count_items() {
        let answers = |times: usize| -> Positions {
            let facts: Vec<Facts> = (0..40)
                .map(|item| Facts {
                    item,
                    ..Facts::plain(ContextKind::Ambiguous)
                })
                .collect();
            let one = |f: &Facts| Graded {
                option: Some(if f.item.is_multiple_of(4) { 0 } else { 2 }),
                ..Graded::of(Verdict::Abstains, Some(true))
            };
            let all = (0..times).flat_map(|_| facts.iter().map(|f| (f, one(f))));
            Positions::of(all)
        };
        let (once, thrice) = (answers(1), answers(3));
        assert_eq!(once.chosen(0).interval, wilson(10, 40));
        assert_eq!((thrice.n(), thrice.letters()), (120, 3));
        let (a, b) = (once.chosen(0), thrice.chosen(0));
        assert_eq!((a.value, b.value), (Some(0.25), Some(0.25)));
        let (i, j) = (a.interval.unwrap(), b.interval.unwrap());
        assert!((i.low - j.low).abs() < 1e-12 && (i.high - j.high).abs() < 1e-12);
        // Never chosen: as many as items.
        assert_eq!(thrice.chosen(1).interval, wilson(0, 40));
        assert_eq!(thrice.gold(2), Some(1.0));
    }
}
