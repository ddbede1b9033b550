//! Exact tests for two answers to the same items: only the items that changed tell. McNemar's for
//! yes and no, and its like for steps of one and two.

/// p values of McNemar's test, two-sided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct McNemar {
    /// Exact conditional test: never too small, usually too large.
    pub exact: f64,
    /// Mid-p version (Fagerland, Lydersen & Laake 2013, BMC Med Res Methodol 13:91): close to its
    /// nominal level.
    pub mid: f64,
}

/// McNemar's test for `gained` items that went from no to yes and `lost` ones that went from yes
/// to no. 1 where no item changed.
pub fn mcnemar(gained: u64, lost: u64) -> McNemar {
    let n = gained + lost;
    if n == 0 {
        return McNemar {
            exact: 1.0,
            mid: 1.0,
        };
    }
    let few = gained.min(lost);
    // P(X = few) for X ~ Binomial(n, 1/2), by logarithms: n may be in the ten thousands.
    let mut ln = -(n as f64) * std::f64::consts::LN_2;
    for i in 0..few {
        ln += ((n - i) as f64 / (i + 1) as f64).ln();
    }
    let point = ln.exp();
    // P(X <= few): from the largest term down.
    let (mut term, mut tail) = (point, point);
    for i in (1..=few).rev() {
        term *= i as f64 / (n - i + 1) as f64;
        if term < tail * 1e-18 {
            break;
        }
        tail += term;
    }
    let exact = (2.0 * tail).min(1.0);
    let mid = match gained == lost {
        true => 1.0 - 0.5 * point,
        false => exact - point,
    };
    McNemar {
        exact,
        mid: mid.clamp(0.0, 1.0),
    }
}

/// Exact paired permutation test of a mean step: under "no difference" every step could as well
/// have gone the other way. Two-sided mid-p; for steps of one it is McNemar's.
///
/// Steps are rounded to whole numbers from −2 to 2, as differences of +1 (stereotyped), −1 (counter)
/// and 0 (abstains) are.
pub fn sign_flip(steps: &[f64]) -> f64 {
    let size = |wanted: f64| steps.iter().filter(|s| s.abs().round() == wanted).count();
    let (ones, twos) = (size(1.0), size(2.0));
    if ones + twos == 0 {
        return 1.0;
    }
    let sum: f64 = steps.iter().map(|s| s.round()).sum();
    let seen = sum.abs() as i64;
    let (of_ones, of_twos) = (halves(ones), halves(twos));
    // P(steps of one add up to at least k), k from −ones upwards in steps of two.
    let mut tail = of_ones.clone();
    for i in (0..tail.len().saturating_sub(1)).rev() {
        tail[i] += tail[i + 1];
    }
    let mut p = 0.0;
    for (heads, weight) in of_twos.iter().enumerate() {
        let two = 2 * (2 * heads as i64 - twos as i64);
        // The smallest number of heads among the ones that brings the sum to `seen` or beyond.
        let missing = seen - two + ones as i64;
        let least = (missing + missing.rem_euclid(2)).max(0) / 2;
        let at = usize::try_from(least).unwrap_or(0);
        let beyond = tail.get(at).copied().unwrap_or(0.0);
        let exactly = match missing >= 0 && missing % 2 == 0 {
            true => of_ones.get(at).copied().unwrap_or(0.0),
            false => 0.0,
        };
        // Both sides of the distribution, the observed sum by half.
        p += weight * (2.0 * beyond - exactly);
    }
    match seen {
        // Both sides hold 0.
        0 => 1.0 - 0.5 * zero(&of_ones, &of_twos),
        _ => p.clamp(0.0, 1.0),
    }
}

/// P(a sum of `ones` steps of one and `twos` steps of two is 0).
fn zero(of_ones: &[f64], of_twos: &[f64]) -> f64 {
    let (ones, twos) = (of_ones.len() as i64 - 1, of_twos.len() as i64 - 1);
    let mut p = 0.0;
    for (heads, weight) in of_twos.iter().enumerate() {
        let missing = ones - 2 * (2 * heads as i64 - twos);
        if missing >= 0
            && missing % 2 == 0
            && let Some(one) = usize::try_from(missing / 2)
                .ok()
                .and_then(|at| of_ones.get(at))
        {
            p += weight * one;
        }
    }
    p
}

/// Binomial(n, 1/2): P(k) for k from 0 to n.
fn halves(n: usize) -> Vec<f64> {
    let mut ln = -(n as f64) * std::f64::consts::LN_2;
    let mut all = Vec::with_capacity(n + 1);
    for k in 0..=n {
        all.push(ln.exp());
        ln += ((n - k) as f64 / (k + 1) as f64).ln();
    }
    all
}

/// Two-sided p of a standard normal `z`.
pub fn normal_p(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// Complementary error function for x ≥ 0, relative error below 1.2e-7 (Numerical Recipes, 6.2).
fn erfc(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.5 * x);
    let terms = [
        0.170_872_77,
        -0.822_152_23,
        1.488_515_87,
        -1.135_203_98,
        0.278_868_07,
        -0.186_288_06,
        0.096_784_18,
        0.374_091_96,
        1.000_023_68,
        -1.265_512_23,
    ];
    let sum = terms.iter().fold(0.0, |sum, term| sum * t + term);
    t * (sum - x * x).exp()
}

/// p values adjusted for how many there are (Holm 1979): each is compared as if the tests had been
/// made in order of their p. In the order given.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut largest: f64 = 0.0;
    for (rank, i) in order.into_iter().enumerate() {
        largest = largest.max(p[i] * (p.len() - rank) as f64).min(1.0);
        adjusted[i] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        // Fagerland et al. 2013, table 1 (airway hyper-responsiveness: 7 and 1) and table 2
        // (complete response before and after: 6 and 16 of 161).
        let t = mcnemar(1, 7);
        assert!((t.exact - 0.0703).abs() < 5e-5, "{t:?}");
        assert!((t.mid - 0.0391).abs() < 5e-5, "{t:?}");
        assert_eq!(t, mcnemar(7, 1));
        let t = mcnemar(6, 16);
        assert!((t.exact - 0.0525).abs() < 5e-5, "{t:?}");
        assert!((t.mid - 0.0347).abs() < 5e-5, "{t:?}");
    }

    #[test]
    fn corners() {
        assert_eq!(mcnemar(0, 0).exact, 1.0);
        // 5 and 0: 2 / 2^5; the mid-p halves it.
        assert!((mcnemar(5, 0).exact - 0.0625).abs() < 1e-15);
        assert!((mcnemar(5, 0).mid - 0.03125).abs() < 1e-15);
        // Equal numbers: P(X = 2) of 4 is 6/16.
        assert_eq!(mcnemar(2, 2).exact, 1.0);
        assert!((mcnemar(2, 2).mid - (1.0 - 3.0 / 16.0)).abs() < 1e-12);
        // Tens of thousands do not underflow to nonsense: normal approximation within 2 %.
        let z: f64 = (15_200.0 - 14_800.0) / (30_000f64).sqrt();
        let p = mcnemar(14_800, 15_200).mid;
        assert!((p - 0.02092).abs() < 0.0005, "z {z} p {p}");
        assert!(mcnemar(0, 40_000).exact < 1e-300);
    }

    #[test]
    fn sign_flips_by_hand_and_by_enumeration() {
        // Steps of one are McNemar's test.
        for (up, down) in [(1, 7), (6, 16), (5, 0), (2, 2), (0, 0)] {
            let steps: Vec<f64> = [vec![1.0; up], vec![-1.0; down], vec![0.0; 9]].concat();
            let ours = sign_flip(&steps);
            let theirs = mcnemar(up as u64, down as u64).mid;
            assert!(
                (ours - theirs).abs() < 1e-12,
                "{up} {down}: {ours} {theirs}"
            );
        }
        // All 2^n signs, counted.
        for steps in [
            vec![2.0, 1.0, -1.0, 1.0, 2.0, 0.0],
            vec![-2.0, -2.0, 1.0],
            vec![2.0, -2.0, 1.0, -1.0],
            vec![2.0; 5],
        ] {
            let seen: f64 = steps.iter().sum::<f64>().abs();
            let (mut beyond, mut equal) = (0.0, 0.0);
            for signs in 0..1u32 << steps.len() {
                let flip = |(i, s): (usize, &f64)| if signs >> i & 1 == 1 { -s } else { *s };
                let sum: f64 = steps.iter().enumerate().map(flip).sum::<f64>().abs();
                beyond += f64::from(u8::from(sum > seen));
                equal += f64::from(u8::from(sum == seen));
            }
            let expected = (beyond + 0.5 * equal) / f64::from(1u32 << steps.len());
            assert!((sign_flip(&steps) - expected).abs() < 1e-12, "{steps:?}");
        }
        assert!(sign_flip(&vec![-1.0; 20_000]) < 1e-300);
        assert!((normal_p(1.959_964) - 0.05).abs() < 1e-6 && (normal_p(0.0) - 1.0).abs() < 1e-6);
        assert!((normal_p(5.0) / 5.733e-7 - 1.0).abs() < 1e-3);
    }

    #[test]
    fn holm_by_hand() {
        let close = |a: Vec<f64>, b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close(
            holm(&[0.01, 0.04, 0.03, 0.005]),
            &[0.03, 0.06, 0.06, 0.02]
        ));
        assert!(holm(&[]).is_empty());
    }
}
