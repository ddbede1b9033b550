//! What answers without any model behind them would score on the same items: the yardsticks beside
//! every table.

use crate::domain::ContextKind;

use super::ledger::Facts;

/// Expected scores of two answerers that read nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Baseline {
    /// Items by context kind.
    n: [u64; 2],
    /// Items by context kind whose right answer is to decline.
    declining: [u64; 2],
    /// Items by context kind that offer an option that declines.
    declinable: [u64; 2],
    /// Sum of 1 / options by context kind.
    chance: [f64; 2],
    /// The same over items that offer an option that declines.
    chance_declinable: [f64; 2],
}

impl Baseline {
    /// Counts the items.
    pub fn of<'a>(items: impl Iterator<Item = &'a Facts>) -> Baseline {
        let mut all = Baseline::default();
        items.for_each(|item| all.add(item));
        all
    }

    /// Counts one more.
    pub fn add(&mut self, item: &Facts) {
        let kind = match item.kind {
            ContextKind::Ambiguous => 0,
            ContextKind::Disambiguated => 1,
        };
        let chance = 1.0 / f64::from(item.options.max(1));
        // Nobody is right or wrong about an item without a right answer.
        if item.gold.is_none() {
            return;
        }
        self.n[kind] += 1;
        self.declining[kind] += u64::from(item.unknown == item.gold);
        self.declinable[kind] += u64::from(item.unknown.is_some());
        self.chance[kind] += chance;
        if item.unknown.is_some() {
            self.chance_declinable[kind] += chance;
        }
    }

    fn share(kind: ContextKind, hits: [f64; 2], n: [u64; 2]) -> Option<f64> {
        let kind = match kind {
            ContextKind::Ambiguous => 0,
            ContextKind::Disambiguated => 1,
        };
        (n[kind] > 0).then(|| hits[kind] / n[kind] as f64)
    }

    /// Accuracy of declining always.
    pub fn abstaining_accuracy(&self, kind: ContextKind) -> Option<f64> {
        Baseline::share(kind, self.declining.map(|n| n as f64), self.n)
    }

    /// Share of items on which one can decline.
    pub fn abstaining_abstention(&self) -> Option<f64> {
        let n: u64 = self.n.iter().sum();
        let hits: u64 = self.declinable.iter().sum();
        (n > 0).then(|| hits as f64 / n as f64)
    }

    /// Expected accuracy of drawing an option.
    pub fn random_accuracy(&self, kind: ContextKind) -> Option<f64> {
        Baseline::share(kind, self.chance, self.n)
    }

    /// Expected share of declining when drawing an option. (Its expected bias is 0.)
    pub fn random_abstention(&self) -> Option<f64> {
        let n: u64 = self.n.iter().sum();
        let hits: f64 = self.chance_declinable.iter().sum();
        (n > 0).then(|| hits / n as f64)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use ContextKind::{Ambiguous, Disambiguated};

    #[test]
    fn a_hand_worked_set() {
        let item = |kind, options, gold, unknown| Facts {
            item: 0,
            category: Arc::from("t"),
            kind,
            aligned: None,
            options,
            gold: Some(gold),
            unknown,
            graded: true,
        };
        let items = [
            item(Ambiguous, 3, 2, Some(2)),
            item(Ambiguous, 3, 0, Some(0)),
            item(Disambiguated, 3, 1, Some(2)),
            item(Disambiguated, 2, 1, None),
        ];
        let b = Baseline::of(items.iter());
        assert_eq!(b.abstaining_accuracy(Ambiguous), Some(1.0));
        assert_eq!(b.abstaining_accuracy(Disambiguated), Some(0.0));
        assert_eq!(b.abstaining_abstention(), Some(0.75));
        let close = |x: Option<f64>, y: f64| assert!((x.unwrap() - y).abs() < 1e-12, "{x:?}");
        close(b.random_accuracy(Ambiguous), 1.0 / 3.0);
        close(b.random_accuracy(Disambiguated), (1.0 / 3.0 + 0.5) / 2.0);
        close(b.random_abstention(), 0.25);
        assert_eq!(Baseline::default().random_accuracy(Ambiguous), None);
    }
}
