//! Student's t, for what a few units cannot know.

use std::f64::consts::{FRAC_PI_2, PI};

use super::mcnemar::normal_p;

/// The probability that a t variable with `df` degrees of freedom stays within `t` of 0 (Abramowitz &
/// Stegun 1964, 26.7.3 and 26.7.4: finite sums for whole degrees).
fn within(t: f64, df: u64) -> f64 {
    let angle = (t / (df as f64).sqrt()).atan();
    let (sin, cos) = angle.sin_cos();
    // 1 + 1/2 cos² + (1·3)/(2·4) cos⁴ + …, or 1 + 2/3 cos² + (2·4)/(3·5) cos⁴ + …
    let (mut term, mut sum) = (1.0, 0.0);
    let first = 2 - df % 2;
    let terms = match df % 2 {
        0 => df / 2,
        _ => (df - 1) / 2,
    };
    for no in 0..terms {
        if no > 0 {
            let over = (2 * no + 1 - first) as f64;
            term *= over / (over + 1.0) * cos * cos;
        }
        sum += term;
        if term < 1e-18 {
            break;
        }
    }
    match df % 2 {
        0 => sin * sum,
        _ => (angle + sin * cos * sum) / FRAC_PI_2,
    }
}

/// The 0.975 quantile of Student's t with `df` > 0 degrees of freedom.
fn t_975(df: u64) -> f64 {
    if df == 1 {
        return (PI * 0.475).tan();
    }
    let (mut low, mut high) = (1.9, 4.4);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        match within(middle, df) < 0.95 {
            true => low = middle,
            false => high = middle,
        }
    }
    low
}

/// Which part of the replicates to leave out at each end for a 95 % interval over `n` units: less than 0.025, for
/// a bootstrap of few units varies too little (Hesterberg 2015, The American Statistician 69:371, "expanded
/// percentile"). 0 for one unit.
pub(super) fn tail(n: usize) -> f64 {
    match n {
        0 | 1 => 0.0,
        // As good as the plain percentiles: 0.0248.
        2_000.. => 0.025,
        _ => {
            let n = n as f64;
            normal_p((n / (n - 1.0)).sqrt() * t_975(n as u64 - 1)) / 2.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (df, t) in [
            (1, 12.7062),
            (2, 4.3027),
            (3, 3.1824),
            (4, 2.7764),
            (9, 2.2622),
            (10, 2.2281),
            (29, 2.0452),
            (120, 1.9799),
            (1000, 1.9623),
        ] {
            assert!((t_975(df) - t).abs() < 6e-5, "{df}: {}", t_975(df));
        }
    }

    #[test]
    fn few_units_leave_out_less() {
        // n = 10: sqrt(10/9) 2.2622 = 2.3845, whose tail is 0.00855.
        assert!((tail(10) - 0.008_55).abs() < 2e-5, "{}", tail(10));
        assert!((tail(30) - 0.0188).abs() < 1e-3, "{}", tail(30));
        assert!((tail(1999) - 0.025).abs() < 1e-4);
        let all: Vec<f64> = (2..400).map(tail).collect();
        assert!(all.windows(2).all(|w| w[0] < w[1]));
    }
}
