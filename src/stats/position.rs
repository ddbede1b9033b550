//! Which letters are chosen, beside where the right answers stand: a model that likes (a) for being
//! (a) shows here.

use super::interval::Estimate;
use super::ledger::Facts;
use super::scoreboard::Graded;

/// Letters that are counted apart.
pub const LETTERS: usize = 15;

/// Choices by letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Positions {
    chosen: [u64; LETTERS],
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
            all.chosen[option] += 1;
            if let Some(gold) = facts.gold.and_then(|g| all.gold.get_mut(usize::from(g))) {
                *gold += 1;
            }
            for offered in all.offered.iter_mut().take(usize::from(facts.options)) {
                *offered += 1;
            }
        }
        all
    }

    /// Letters that any item offers.
    pub fn letters(&self) -> usize {
        self.offered.iter().take_while(|n| **n > 0).count()
    }

    /// Share of answers that chose this letter, among those to items that have it.
    pub fn chosen(&self, letter: usize) -> Estimate {
        let at = |all: &[u64; LETTERS]| all.get(letter).copied().unwrap_or(0);
        Estimate::proportion(at(&self.chosen), at(&self.offered))
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
