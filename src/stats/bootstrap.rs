//! The paired bootstrap (Efron 1979): items are drawn with replacement, with everything that is
//! known about them, and the statistic is computed again.
//!
//! Intervals are expanded percentile intervals (Hesterberg 2015): those of few items are as wide as Student's t
//! asks for, those of many are the middle 95 % of the replicates. Of four or fewer items no replicate is far
//! enough out, and the interval is still too narrow. Items count as independent: BBQ's come in groups
//! from one template, which no interval here takes into account.

use super::draw::Draw;
use super::interval::{Estimate, Interval};
use super::student::tail;

/// Draws in all replicates together: what bounds the time for large sets.
const DRAWS: usize = 20_000_000;
/// At least this share of the replicates must define the statistic.
const DEFINED: f64 = 0.95;

/// How often to draw, and from which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resampling {
    /// Replicates; fewer for sets beyond 10,000 items, never fewer than 500.
    pub replicates: usize,
    /// Seed.
    pub seed: u64,
}

impl Default for Resampling {
    fn default() -> Resampling {
        Resampling {
            replicates: 2000,
            seed: 0,
        }
    }
}

/// What a bootstrap found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The middle 95 % of the replicates, and more of them for few items (Hesterberg 2015).
    pub interval: Interval,
    /// Standard deviation of the replicates.
    pub error: f64,
}

impl Resampling {
    /// The spread of `statistic` over replicates; it gets the positions of the drawn items, each
    /// below `n`. `None` where too few replicates define it.
    pub fn spread(
        &self,
        n: usize,
        mut statistic: impl FnMut(&mut dyn Iterator<Item = usize>) -> Option<f64>,
    ) -> Option<Spread> {
        if n == 0 {
            return None;
        }
        let replicates = self.replicates.min((DRAWS / n).max(500));
        let mut draw = Draw::new(self.seed);
        let mut values: Vec<f64> = (0..replicates)
            .filter_map(|_| statistic(&mut (0..n).map(|_| draw.below(n))))
            .filter(|v| v.is_finite())
            .collect();
        if (values.len() as f64) < DEFINED * replicates as f64 {
            return None;
        }
        values.sort_by(f64::total_cmp);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let tail = tail(n);
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        Some(Spread {
            interval: Interval {
                low: quantile(&values, tail)?,
                high: quantile(&values, 1.0 - tail)?,
            },
            error: (squares / (values.len() as f64 - 1.0).max(1.0)).sqrt(),
        })
    }

    /// The same for a statistic of sums over items: `rows` holds what each item adds to them.
    pub fn spread_of_sums<const K: usize>(
        &self,
        rows: &[[f64; K]],
        statistic: impl Fn(&[f64; K]) -> Option<f64>,
    ) -> Option<Spread> {
        self.spread(rows.len(), |drawn| {
            let mut sums = [0.0; K];
            for i in drawn {
                for (sum, part) in sums.iter_mut().zip(&rows[i]) {
                    *sum += part;
                }
            }
            statistic(&sums)
        })
    }

    /// A statistic of sums with its bootstrap interval.
    pub fn estimate<const K: usize>(
        &self,
        rows: &[[f64; K]],
        statistic: impl Fn(&[f64; K]) -> Option<f64>,
    ) -> Estimate {
        let mut sums = [0.0; K];
        for row in rows {
            for (sum, part) in sums.iter_mut().zip(row) {
                *sum += part;
            }
        }
        let value = (!rows.is_empty()).then(|| statistic(&sums)).flatten();
        Estimate {
            value,
            interval: value
                .and_then(|_| self.spread_of_sums(rows, statistic))
                .map(|s| s.interval)
                // Where all items are alike, every replicate is: that is not certainty.
                .filter(|i| i.high - i.low > 1e-9),
            n: rows.len() as u64,
        }
    }

    /// The mean of paired differences, `after` − `before`, with its interval.
    pub fn mean_difference(&self, pairs: &[(f64, f64)]) -> Estimate {
        let rows: Vec<[f64; 2]> = pairs.iter().map(|(b, a)| [a - b, 1.0]).collect();
        self.estimate(&rows, |s| Some(s[0] / s[1]))
    }

    /// The mean of some values, with its interval.
    pub fn mean(&self, values: &[f64]) -> Estimate {
        let rows: Vec<[f64; 2]> = values.iter().map(|v| [*v, 1.0]).collect();
        self.estimate(&rows, |s| Some(s[0] / s[1]))
    }
}

/// The mean of what independent units (students, occupations, texts) have, with its interval over them.
/// Undefined without a unit.
pub(super) fn mean_of(values: &[f64]) -> Estimate {
    Resampling::default().mean(values)
}

/// The `q` quantile of sorted values, linear between neighbours. `None` for none.
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = q.clamp(0.0, 1.0) * last as f64;
    let (low, high) = (at.floor() as usize, at.ceil() as usize);
    let (low_value, high_value) = (sorted[low], sorted[high]);
    Some(low_value + (at - at.floor()) * (high_value - low_value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_mean_is_that_of_theory() {
        // 400 values 0 and 1 in equal parts: standard error 0.025, interval 0.5 ± 0.049.
        let values: Vec<f64> = (0..400).map(|i| f64::from(i % 2)).collect();
        let e = Resampling::default().mean(&values);
        let i = e.interval.unwrap();
        assert_eq!((e.value, e.n), (Some(0.5), 400));
        assert!((i.low - 0.451).abs() < 0.005, "{i:?}");
        assert!((i.high - 0.549).abs() < 0.005, "{i:?}");
    }

    #[test]
    fn pairing_takes_out_what_items_have_in_common() {
        // Items differ widely, every pair differs by 0.1 ± 0.01.
        let pairs: Vec<(f64, f64)> = (0..100)
            .map(|i| {
                let easy = f64::from(i);
                (easy, easy + 0.1 + if i % 2 == 0 { 0.01 } else { -0.01 })
            })
            .collect();
        let i = Resampling::default()
            .mean_difference(&pairs)
            .interval
            .unwrap();
        assert!(i.low > 0.097 && i.high < 0.103, "{i:?}");
    }

    #[test]
    fn the_seed_decides_and_the_undefined_stays_undefined() {
        let rows: Vec<[f64; 1]> = (0..30).map(|i| [f64::from(i)]).collect();
        let of = |seed| {
            let how = Resampling {
                replicates: 300,
                seed,
            };
            how.spread_of_sums(&rows, |s| Some(s[0])).unwrap()
        };
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert_eq!(Resampling::default().spread_of_sums(&rows, |_| None), None);
        assert_eq!(Resampling::default().mean(&[]).value, None);
    }

    #[test]
    fn quantiles_are_linear_between_values() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(quantile(&values, 0.5), Some(3.0));
        assert_eq!(quantile(&values, 0.125), Some(1.5));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn the_interval_is_as_wide_as_theory_says() {
        // 400 differences of ±0.5 around 0.1: standard error 0.5/20, 1.96 of them 0.049.
        let values: Vec<f64> = (0..400)
            .map(|i| if i % 2 == 0 { 0.6 } else { -0.4 })
            .collect();
        let i = mean_of(&values).interval.unwrap();
        assert!((i.low - 0.051).abs() < 0.006, "{i:?}");
        assert!((i.high - 0.149).abs() < 0.006, "{i:?}");
    }

    #[test]
    fn what_is_alike_has_no_interval() {
        for values in [[0.0; 12].as_slice(), &[0.1; 7], &[0.4]] {
            let all = mean_of(values);
            assert!((all.value.unwrap() - values[0]).abs() < 1e-12);
            assert_eq!((all.interval, all.n), (None, values.len() as u64));
        }
        assert_eq!((mean_of(&[]).value, mean_of(&[]).n), (None, 0));
    }
}
