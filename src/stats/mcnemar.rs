//! McNemar's test for two answers to the same items: only the items that changed tell.

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
    fn holm_by_hand() {
        let close = |a: Vec<f64>, b: &[f64]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(close(
            holm(&[0.01, 0.04, 0.03, 0.005]),
            &[0.03, 0.06, 0.06, 0.02]
        ));
        assert!(holm(&[]).is_empty());
    }
}
