//! What every item was answered in every condition and round: two bytes each. Everything that pairs
//! answers (flips, tests between conditions and rounds, chains, stabilisation) reads this.
//!
//! A row is an item as it was asked: where items are asked several times (samples, turned options),
//! each repeat has a row of its own, and [`Facts::item`] says which rows are repeats of one item.
//!
//! Invariant: [`Ledger::merge`] is commutative, associative and idempotent. A place that two
//! ledgers fill differently, which one run never does, keeps the larger mark, so that even then the
//! order does not matter.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{ConditionNo, ContextKind, Item, OptionRole, RoundNo, Verdict};

use super::scoreboard::Graded;

/// What is known about an item itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Facts {
    /// Number of the item; rows with the same one repeat it, and are not independent.
    pub item: u32,
    /// Category of the benchmark.
    pub category: Arc<str>,
    /// Whether the context answers.
    pub kind: ContextKind,
    /// Disambiguated: whether the truth agrees with the stereotype.
    pub aligned: Option<bool>,
    /// How many options there are.
    pub options: u8,
    /// The right one, where one is right.
    pub gold: Option<u8>,
    /// The one that declines, if there is exactly one.
    pub unknown: Option<u8>,
    /// Whether the data tell the stereotyped and the counter-stereotyped option.
    pub graded: bool,
}

impl Facts {
    /// An item of three options whose last one declines, and is right.
    pub fn plain(kind: ContextKind) -> Facts {
        Facts {
            item: 0,
            category: Arc::from(""),
            kind,
            aligned: None,
            options: 3,
            gold: Some(2),
            unknown: Some(2),
            graded: true,
        }
    }

    /// The facts of the item with this number.
    pub fn of(item_no: usize, item: &Item) -> Facts {
        let small = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
        Facts {
            item: u32::try_from(item_no).unwrap_or(u32::MAX),
            category: item.category.clone(),
            kind: item.kind(),
            aligned: item.gold_is_stereotyped(),
            options: small(item.options.len()),
            gold: item.gold.map(small),
            unknown: item.option_with(OptionRole::Unknown).map(small),
            graded: item.has_bias_grade(),
        }
    }
}

/// One graded answer in two bytes; 0 is "not answered". Verdict in bits 0-2, right or wrong in bits
/// 3-4, the option in bits 5-8, lm-eval's "biased" in bit 9.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(u16);

/// Options beyond this one are not kept in a mark.
const OPTIONS_KEPT: usize = 15;

impl Mark {
    /// The mark of a graded answer.
    pub fn new(graded: Graded) -> Mark {
        let verdict = Verdict::ALL.iter().position(|v| *v == graded.verdict);
        let verdict = verdict.map_or(0, |at| at as u16 + 1);
        let right = match graded.correct {
            None => 0,
            Some(false) => 1,
            Some(true) => 2,
        };
        let option = match graded.option {
            Some(option) if option < OPTIONS_KEPT => option as u16 + 1,
            Some(_) | None => 0,
        };
        Mark(verdict | right << 3 | option << 5 | u16::from(graded.lm_eval_biased) << 9)
    }

    /// The grade again; `None` where nothing was answered.
    pub fn graded(self) -> Option<Graded> {
        let verdict = usize::from(self.0 & 7).checked_sub(1)?;
        Some(Graded {
            verdict: *Verdict::ALL.get(verdict)?,
            correct: match self.0 >> 3 & 3 {
                0 => None,
                right => Some(right == 2),
            },
            option: usize::from(self.0 >> 5 & 15).checked_sub(1),
            lm_eval_biased: self.0 >> 9 & 1 == 1,
        })
    }
}

/// What entering an answer did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// It is there now.
    New,
    /// It was there already.
    Known,
    /// Something else was there.
    Replaced,
}

/// What was answered to which item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    rows: Vec<Option<Facts>>,
    marks: BTreeMap<(ConditionNo, RoundNo), Vec<Mark>>,
}

/// One column of a ledger: a condition's round.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    ledger: &'a Ledger,
    marks: &'a [Mark],
}

impl Ledger {
    /// Enters an answer; `row` counts from 0 without large gaps.
    pub fn enter(
        &mut self,
        row: usize,
        facts: &Facts,
        condition: ConditionNo,
        round: RoundNo,
        graded: Graded,
    ) -> Entry {
        if self.rows.len() <= row {
            self.rows.resize(row + 1, None);
        }
        let known = &mut self.rows[row];
        let mut replaced = false;
        if known.as_ref().is_none_or(|k| k < facts) {
            replaced = known.is_some();
            *known = Some(facts.clone());
        }
        let marks = self.marks.entry((condition, round)).or_default();
        if marks.len() <= row {
            marks.resize(row + 1, Mark::default());
        }
        let place = &mut marks[row];
        let (before, now) = (*place, Mark::new(graded));
        *place = now.max(before);
        if replaced || (before != Mark::default() && now > before) {
            Entry::Replaced
        } else if before == Mark::default() {
            Entry::New
        } else {
            Entry::Known
        }
    }

    /// Puts another answer in the place of one that is there; returns whether one was.
    pub fn replace(
        &mut self,
        row: usize,
        condition: ConditionNo,
        round: RoundNo,
        graded: Graded,
    ) -> bool {
        let marks = self.marks.get_mut(&(condition, round));
        match marks.and_then(|m| m.get_mut(row)) {
            Some(mark) if *mark != Mark::default() => {
                *mark = Mark::new(graded);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Enters all that another ledger of the same items holds.
    pub fn merge(&mut self, other: &Ledger) {
        for (row, facts, condition, round, graded) in other.entries() {
            self.enter(row, facts, condition, round, graded);
        }
    }

    /// Everything, in order of condition, round and row.
    pub fn entries(
        &self,
    ) -> impl Iterator<Item = (usize, &Facts, ConditionNo, RoundNo, Graded)> + '_ {
        self.marks
            .iter()
            .flat_map(move |((condition, round), marks)| {
                marks.iter().enumerate().filter_map(move |(no, mark)| {
                    let facts = self.rows[no].as_ref()?;
                    Some((no, facts, *condition, *round, mark.graded()?))
                })
            })
    }

    /// What was answered in one row.
    pub fn at(&self, row: usize, condition: ConditionNo, round: RoundNo) -> Option<Graded> {
        self.marks.get(&(condition, round))?.get(row)?.graded()
    }

    /// What is known about a row's item.
    pub fn facts(&self, row: usize) -> Option<&Facts> {
        self.rows.get(row)?.as_ref()
    }

    /// Rows there are, up to the last one seen.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether items were asked more than once: then answers are not independent, and what counts
    /// them as if they were is too sure.
    pub fn repeats(&self) -> bool {
        let mut seen = std::collections::HashSet::new();
        let items = self.rows.iter().flatten().map(|f| f.item);
        items.into_iter().any(|item| !seen.insert(item))
    }

    /// Whether nothing was entered yet.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// The (condition, round) pairs that occur, in order.
    pub fn columns(&self) -> impl Iterator<Item = (ConditionNo, RoundNo)> + '_ {
        self.marks.keys().copied()
    }

    /// One column; empty where nothing was answered.
    pub fn column(&self, condition: ConditionNo, round: RoundNo) -> Column<'_> {
        Column {
            ledger: self,
            marks: self
                .marks
                .get(&(condition, round))
                .map_or(&[], Vec::as_slice),
        }
    }

    /// The rounds of a condition that occur, from 0 up to the first that is missing.
    pub fn rounds(&self, condition: ConditionNo) -> u16 {
        let has = |r: &u16| self.marks.contains_key(&(condition, RoundNo(*r)));
        (0..u16::MAX).take_while(has).count() as u16
    }
}

impl<'a> Column<'a> {
    /// The answered rows of one category, or of all: (row, facts, grade).
    pub fn answers(
        self,
        category: Option<&'a str>,
    ) -> impl Iterator<Item = (usize, &'a Facts, Graded)> + 'a {
        self.marks
            .iter()
            .enumerate()
            .filter_map(move |(no, mark)| Some((no, self.ledger.facts(no)?, mark.graded()?)))
            .filter(move |(_, facts, _)| category.is_none_or(|c| &*facts.category == c))
    }

    /// Items answered here and in another column of the same items: (facts, here, there).
    pub fn beside(
        self,
        other: Column<'a>,
        category: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a Facts, Graded, Graded)> + 'a {
        self.answers(category).filter_map(move |(no, facts, here)| {
            Some((facts, here, other.marks.get(no)?.graded()?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_holds_every_grade() {
        for verdict in Verdict::ALL {
            for correct in [None, Some(false), Some(true)] {
                for option in [None, Some(0), Some(2), Some(14)] {
                    for lm_eval_biased in [false, true] {
                        let graded = Graded {
                            verdict,
                            correct,
                            option,
                            lm_eval_biased,
                        };
                        let mark = Mark::new(graded);
                        assert_ne!(mark, Mark::default());
                        assert_eq!(mark.graded(), Some(graded));
                    }
                }
            }
        }
        assert_eq!(Mark::default().graded(), None);
        assert_eq!(std::mem::size_of::<Mark>(), 2);
    }
}
