//! Pearson's correlation, with Fisher's interval. (Winogender: over occupations, P(female) against
//! the share of women in the occupation.)

use super::interval::{Estimate, Interval, Z};

/// r of pairs (x, y), with Fisher's z interval at 95 %, which needs at least four pairs. Undefined
/// where x or y does not vary: a model that always says "they" has no correlation, not one of 0.
pub fn pearson(pairs: &[(f64, f64)]) -> Estimate {
    let count = pairs.len() as u64;
    let n = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        xx += (x - mx) * (x - mx);
        yy += (y - my) * (y - my);
        xy += (x - mx) * (y - my);
    }
    // Equal values can leave a rest of rounding behind.
    let flat = |sum: f64, mean: f64| sum <= n * (1e-12 * mean).powi(2) || !sum.is_finite();
    if pairs.len() < 2 || flat(xx, mx) || flat(yy, my) {
        return Estimate::undefined(count);
    }
    let r = (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0);
    let interval = (pairs.len() > 3).then(|| {
        let half = Z / (n - 3.0).sqrt();
        Interval {
            low: (r.atanh() - half).tanh(),
            high: (r.atanh() + half).tanh(),
        }
    });
    Estimate {
        value: Some(r),
        interval,
        n: count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hand_worked_table() {
        // x 1..5, y 2 1 4 3 5: Sxx = Syy = 10, Sxy = 8.
        let pairs = [(1.0, 2.0), (2.0, 1.0), (3.0, 4.0), (4.0, 3.0), (5.0, 5.0)];
        let e = pearson(&pairs);
        assert!((e.value.unwrap() - 0.8).abs() < 1e-12);
        // atanh 0.8 = 1.0986, half = 1.96/sqrt 2 = 1.3859.
        let i = e.interval.unwrap();
        assert!((i.low - -0.2796).abs() < 5e-4, "{i:?}");
        assert!((i.high - 0.9862).abs() < 5e-4, "{i:?}");
    }

    #[test]
    fn sixty_occupations_leave_a_quarter_to_either_side() {
        // r = 0 over 60 pairs: tanh(1.96 / sqrt 57) = 0.254.
        let pairs: Vec<(f64, f64)> = (0..60)
            .map(|i| (f64::from(i / 2 % 2), f64::from(i % 2)))
            .collect();
        let e = pearson(&pairs);
        assert!(e.value.unwrap().abs() < 1e-12);
        let i = e.interval.unwrap();
        assert!((i.high - 0.254).abs() < 5e-4 && (i.low + 0.254).abs() < 5e-4);
    }

    #[test]
    fn no_variance_is_undefined_not_zero() {
        let same: Vec<(f64, f64)> = (0..120).map(|i| (0.1, f64::from(i))).collect();
        assert_eq!(pearson(&same).value, None);
        assert_eq!(pearson(&[]).value, None);
        assert_eq!(pearson(&[(1.0, 2.0)]).value, None);
        let line = [(0.0, 1.0), (1.0, 3.0), (2.0, 5.0), (3.0, 7.0)];
        assert_eq!(pearson(&line).value, Some(1.0));
        assert_eq!(pearson(&line).interval.unwrap().high, 1.0);
    }
}
