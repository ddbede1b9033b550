//! How probable the options were together: numbers that are made of their probabilities say little where the model
//! was about to say something else.

use std::collections::BTreeMap;

use crate::domain::{ConditionNo, MASS_ENOUGH, RoundNo};

/// The options' share of all that could have come, over the answers of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mass {
    /// Answers of which it was recorded.
    pub n: u64,
    /// Those in which it was below [`MASS_ENOUGH`].
    pub low: u64,
    /// In units of [`GRAIN`]: whole numbers add up to the same in any order.
    sum: u64,
}

/// Finer than any mass that matters; a thousand million answers fit.
const GRAIN: f64 = 1e-9;

fn grains(mass: f64) -> u64 {
    (mass / GRAIN).round() as u64
}

impl Mass {
    /// Of `n` answers, `low` of them too low, with this mean.
    pub fn new(n: u64, low: u64, mean: f64) -> Mass {
        Mass {
            n,
            low,
            sum: grains(mean * n as f64),
        }
    }

    /// The mean.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum as f64 * GRAIN / self.n as f64)
    }
}

/// By condition and round.
#[derive(Clone, Debug, Default)]
pub struct Masses(BTreeMap<(ConditionNo, RoundNo), Mass>);

impl Masses {
    /// Adds an answer.
    pub fn add(&mut self, condition: ConditionNo, round: RoundNo, mass: f64) {
        let cell = self.0.entry((condition, round)).or_default();
        cell.n += 1;
        cell.low += u64::from(mass < MASS_ENOUGH);
        cell.sum += grains(mass);
    }

    /// That of a cell.
    pub fn of(&self, condition: ConditionNo, round: RoundNo) -> Mass {
        let found = self.0.get(&(condition, round));
        found.copied().unwrap_or_default()
    }
}

/// The warning about cells of which each has a name; `None` where all options were likely enough.
pub fn warning<'a>(cells: impl Iterator<Item = (String, Mass)> + 'a) -> Option<String> {
    let low = cells.filter(|(_, mass)| mass.low > 0);
    let each: Vec<String> = low
        .map(|(name, mass)| {
            let mean = mass.mean().unwrap_or_default();
            format!(
                "{name} {} of {} answers (mean {mean:.2e})",
                mass.low, mass.n
            )
        })
        .collect();
    (!each.is_empty()).then(|| {
        format!(
            "Unlikely options: together below {:.0} % of the model's probability in {}: numbers made of their \
             probabilities say little there",
            MASS_ENOUGH * 100.0,
            each.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_with_unlikely_options_are_named() {
        let mut all = Masses::default();
        let (q, r0) = (ConditionNo(0), RoundNo(0));
        for mass in [0.5, 0.002, 0.001] {
            all.add(q, r0, mass);
        }
        let cell = all.of(q, r0);
        assert_eq!((cell.n, cell.low), (3, 2));
        assert!((cell.mean().unwrap() - 0.503 / 3.0).abs() < 1e-7);
        let said = warning([("q r0".to_owned(), cell)].into_iter()).unwrap();
        assert!(
            said.contains("q r0 2 of 3 answers (mean 1.68e-1)"),
            "{said}"
        );
        let likely = all.of(q, RoundNo(1));
        assert_eq!(warning([("q r1".to_owned(), likely)].into_iter()), None);
    }
}
