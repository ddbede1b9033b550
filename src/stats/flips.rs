//! What became of answers from one round to the next, or from one condition to another, on the
//! same items.

use crate::domain::Verdict;

use super::scoreboard::Graded;

/// The flip ledger of one cell: answers that changed since the round before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flips {
    /// Items graded in both rounds.
    pub pairs: u64,
    /// The verdict changed.
    pub changed: u64,
    /// Wrong before, right now.
    pub corrected: u64,
    /// Right before, wrong now.
    pub spoiled: u64,
    /// Wrong in both.
    pub stayed_wrong: u64,
    /// Right in both.
    pub stayed_right: u64,
    /// Items by [verdict before][verdict now], in the order of [`Verdict::ALL`].
    verdicts: [[u64; 5]; 5],
}

/// Position of a verdict in [`Verdict::ALL`].
pub(super) fn verdict_no(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Stereotyped => 0,
        Verdict::Counter => 1,
        Verdict::Abstains => 2,
        Verdict::Ungraded => 3,
        Verdict::Unparsed => 4,
    }
}

/// Verdicts that name somebody.
const COMMITTED: [Verdict; 3] = [Verdict::Stereotyped, Verdict::Counter, Verdict::Ungraded];

impl Flips {
    /// Adds one item.
    pub fn add(&mut self, before: Graded, now: Graded) {
        self.pairs += 1;
        self.changed += u64::from(before.verdict != now.verdict);
        match (before.correct, now.correct) {
            (Some(false), Some(true)) => self.corrected += 1,
            (Some(true), Some(false)) => self.spoiled += 1,
            (Some(false), Some(false)) => self.stayed_wrong += 1,
            (Some(true), Some(true)) => self.stayed_right += 1,
            (None, _) | (_, None) => {}
        }
        self.verdicts[verdict_no(before.verdict)][verdict_no(now.verdict)] += 1;
    }

    /// Adds another ledger's items.
    pub fn merge(&mut self, other: &Flips) {
        self.pairs += other.pairs;
        self.changed += other.changed;
        self.corrected += other.corrected;
        self.spoiled += other.spoiled;
        self.stayed_wrong += other.stayed_wrong;
        self.stayed_right += other.stayed_right;
        for (mine, theirs) in self.verdicts.iter_mut().zip(&other.verdicts) {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                *mine += theirs;
            }
        }
    }

    /// Items that went from one verdict to another.
    pub fn of(&self, before: Verdict, now: Verdict) -> u64 {
        self.verdicts[verdict_no(before)][verdict_no(now)]
    }

    /// Abstained before, names somebody now.
    pub fn committed(&self) -> u64 {
        COMMITTED
            .iter()
            .map(|v| self.of(Verdict::Abstains, *v))
            .sum()
    }

    /// Named somebody before, abstains now.
    pub fn withdrawn(&self) -> u64 {
        COMMITTED
            .iter()
            .map(|v| self.of(*v, Verdict::Abstains))
            .sum()
    }

    /// Stereotyped before, counter-stereotyped now.
    pub fn to_counter(&self) -> u64 {
        self.of(Verdict::Stereotyped, Verdict::Counter)
    }

    /// Counter-stereotyped before, stereotyped now.
    pub fn to_stereotyped(&self) -> u64 {
        self.of(Verdict::Counter, Verdict::Stereotyped)
    }

    /// Could be read before, not now; and the other way round.
    pub fn lost_and_found(&self) -> (u64, u64) {
        let readable = [
            Verdict::Stereotyped,
            Verdict::Counter,
            Verdict::Abstains,
            Verdict::Ungraded,
        ];
        (
            readable
                .iter()
                .map(|v| self.of(*v, Verdict::Unparsed))
                .sum(),
            readable
                .iter()
                .map(|v| self.of(Verdict::Unparsed, *v))
                .sum(),
        )
    }
}
