//! A test for few units: were before and after told apart by chance?
//!
//! If nothing differs, each unit's two sides could as well have been the other way round. So the
//! difference is held against those of all ways of swapping them (paired permutation test, Fisher 1935).
//! p is the mid-p, as in every exact test here: ways exactly as far as the observed one count by half, so that
//! a run of one sample and one of several are judged by one rule. With two units it never goes below 0.25:
//! where a normal approximation would be sure, this is not.

use super::draw::Draw;

/// Below so many units the bootstrap's normal approximation is not trusted.
pub const FEW: usize = 30;
/// Up to so many units that differ, every way of swapping is looked at; of more, as many ways at random, so
/// that a p cannot go below half of one in 4,096.
const EXACT: usize = 12;
/// The ways are the same ones each time.
const SEED: u64 = 0x5a;
/// Differences this close are the same, but for rounding.
const SAME: f64 = 1e-12;

/// Two-sided mid-p of the difference that `statistic` finds in `rows`, one a unit, over the ways of swapping;
/// the row as it is counts among them. Ways without a difference (a correlation of nothing) count as farther
/// than any. `None` where there is no difference to test; 1 where the difference is 0.
pub fn swap_p<const K: usize>(
    rows: &[[f64; K]],
    swapped: impl Fn(&[f64; K]) -> [f64; K],
    statistic: impl Fn(&[[f64; K]]) -> Option<f64>,
) -> Option<f64> {
    let observed = statistic(rows)?.abs();
    if observed <= SAME {
        return Some(1.0);
    }
    let others: Vec<[f64; K]> = rows.iter().map(swapped).collect();
    let differ: Vec<usize> = (0..rows.len()).filter(|i| rows[*i] != others[*i]).collect();
    let ways = 1usize << differ.len().min(EXACT);
    let mut draw = Draw::new(SEED);
    let mut drawn = rows.to_vec();
    let (mut beyond, mut level) = (0u32, 0u32);
    for way in 0..ways {
        let mut bits = match (way, differ.len() <= EXACT) {
            (0, _) => 0,
            (_, true) => way as u64,
            (_, false) => draw.bits(),
        };
        for i in &differ {
            drawn[*i] = if bits & 1 == 1 { others[*i] } else { rows[*i] };
            bits >>= 1;
        }
        let farther = statistic(&drawn).map_or(f64::INFINITY, |v| v.abs() - observed);
        beyond += u32::from(farther > SAME);
        level += u32::from(farther.abs() <= SAME);
    }
    Some((f64::from(beyond) + 0.5 * f64::from(level)) / ways as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(steps: &[f64]) -> f64 {
        let rows: Vec<[f64; 1]> = steps.iter().map(|s| [*s]).collect();
        let of = |r: &[[f64; 1]]| Some(r.iter().map(|r| r[0]).sum::<f64>() / r.len() as f64);
        swap_p(&rows, |r| [-r[0]], of).unwrap()
    }

    #[test]
    fn few_units_are_never_sure() {
        // All on one side: two of the 2^n ways are as far, none farther; half of them count.
        assert_eq!(mean(&[0.2, 0.3]), 0.25);
        assert_eq!(mean(&[0.2, 0.3, 0.1]), 0.125);
        assert_eq!(mean(&[1.0; 12]), 1.0 / 4096.0);
        // What does not differ says nothing.
        assert_eq!(mean(&[0.2, 0.0, 0.3, 0.0]), 0.25);
        assert_eq!(mean(&[0.0, 0.0]), 1.0);
        // Sums of ±1 ±2 ±3 as far as 1 + 2 - 3 = 0: all.
        assert_eq!(mean(&[1.0, 2.0, -3.0]), 1.0);
        // Of eight ways, +++ and --- are farther than 4, -++ and +-- as far.
        assert_eq!(mean(&[-1.0, 2.0, 3.0]), 3.0 / 8.0);
        // Steps of one: the same as McNemar's mid-p.
        let steps = [1.0, 1.0, 1.0, 1.0, 1.0, -1.0, -1.0];
        assert!((mean(&steps) - super::super::mcnemar::mcnemar(5, 2).mid).abs() < 1e-12);
    }

    #[test]
    fn more_units_are_drawn_and_stay_near_the_exact_p() {
        // 13 up, 5 down: the sign test's p, by the binomial tail 0.0963, less the probability of 13, 0.0327.
        let steps: Vec<f64> = (0..18).map(|i| if i < 13 { 1.0 } else { -1.0 }).collect();
        let p = mean(&steps);
        assert!((p - 0.0636).abs() < 0.012, "{p}");
        assert!(mean(&[1.0; 29]) < 0.001);
    }
}
