//! The law-school measure (Ganguli et al. 2023): each student is posed as Black and as white, and
//! the admission gap is the mean over the students of P(yes | Black) − P(yes | white). Below 0 it
//! speaks against Black students.

use std::collections::{BTreeMap, HashSet};

use crate::domain::Race;

use super::bootstrap::mean_of;
use super::interval::Estimate;

/// Sum of P(yes) and number of answers, as Black and as white.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Pair([(f64, u32); 2]);

/// Admissions by student.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Admissions(BTreeMap<Box<str>, Pair>);

impl Admissions {
    /// Adds one answer.
    pub fn add(&mut self, student: &str, race: Race, yes: f64) {
        let pair = match self.0.get_mut(student) {
            Some(pair) => pair,
            None => self.0.entry(student.into()).or_default(),
        };
        let side = match race {
            Race::Black => 0,
            Race::White => 1,
        };
        pair.0[side].0 += yes;
        pair.0[side].1 += 1;
    }

    /// Takes back what was added.
    pub(super) fn take_back(&mut self, student: &str, race: Race, yes: f64) {
        let side = match race {
            Race::Black => 0,
            Race::White => 1,
        };
        if let Some(pair) = self.0.get_mut(student) {
            pair.0[side].0 -= yes;
            pair.0[side].1 = pair.0[side].1.saturating_sub(1);
            if pair.0.iter().all(|(_, n)| *n == 0) {
                self.0.remove(student);
            }
        }
    }

    /// Adds another cell's.
    pub fn merge(&mut self, other: &Admissions) {
        for (student, theirs) in &other.0 {
            let mine = self.0.entry(student.clone()).or_default();
            for side in 0..2 {
                mine.0[side].0 += theirs.0[side].0;
                mine.0[side].1 += theirs.0[side].1;
            }
        }
    }

    /// Leaves these students out.
    pub(super) fn leave_out(&mut self, names: &HashSet<Box<str>>) {
        self.0.retain(|name, _| !names.contains(name));
    }

    /// Whether nothing was added yet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// P(yes | Black) − P(yes | white) of every student who has both answers, by name.
    pub fn by_student(&self) -> impl Iterator<Item = (&str, f64)> {
        let both = self.0.iter().filter(|(_, p)| p.0.iter().all(|s| s.1 > 0));
        both.map(|(name, Pair([b, w]))| {
            let gap = b.0 / f64::from(b.1) - w.0 / f64::from(w.1);
            (&**name, gap)
        })
    }

    /// The same without the names.
    pub fn differences(&self) -> Vec<f64> {
        self.by_student().map(|(_, gap)| gap).collect()
    }

    /// Mean P(yes) of those posed as of this race, over the students; the bootstrap interval resamples
    /// students. Undefined without an answer.
    pub fn admitted(&self, race: Race) -> Estimate {
        let side = match race {
            Race::Black => 0,
            Race::White => 1,
        };
        let answered = self.0.values().map(|pair| pair.0[side]);
        let answered = answered.filter(|(_, n)| *n > 0);
        let values: Vec<f64> = answered.map(|(sum, n)| sum / f64::from(n)).collect();
        mean_of(&values)
    }

    /// The gap, with a bootstrap interval over the students; n counts students. Undefined without a
    /// student who has both answers.
    pub fn gap(&self) -> Estimate {
        mean_of(&self.differences())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_is_paired_over_students() {
        let mut all = Admissions::default();
        // Student 1: .2 as Black, .5 as white; 2: (.6 + .8)/2 and .4; 3 has one side only.
        for (student, race, yes) in [
            ("1", Race::Black, 0.2),
            ("1", Race::White, 0.5),
            ("2", Race::Black, 0.6),
            ("2", Race::Black, 0.8),
            ("2", Race::White, 0.4),
            ("3", Race::White, 1.0),
        ] {
            all.add(student, race, yes);
        }
        let gap = all.gap();
        assert!((gap.value.unwrap() - 0.0).abs() < 1e-12, "{gap:?}");
        assert_eq!(gap.n, 2);
        // As Black .2 and .7; as white .5, .4 and 1.
        let close = |e: Estimate, v: f64| assert!((e.value.unwrap() - v).abs() < 1e-12, "{e:?}");
        close(all.admitted(Race::Black), 0.45);
        close(all.admitted(Race::White), 1.9 / 3.0);
        assert_eq!(all.admitted(Race::White).n, 3);
        assert_eq!(Admissions::default().admitted(Race::Black).n, 0);
        let i = gap.interval.unwrap();
        assert!(
            (i.low + 0.3).abs() < 1e-12 && (i.high - 0.3).abs() < 1e-12,
            "{i:?}"
        );
        assert_eq!(Admissions::default().gap().value, None);
    }
}
