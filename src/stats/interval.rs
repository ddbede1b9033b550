//! 95 % intervals for proportions and for differences of two classes of one multinomial sample.

/// The 0.975 quantile of the standard normal distribution.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// A closed range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A number computed from `n` observations; `None` where it is not defined for them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The point estimate.
    pub value: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<Interval>,
    /// Observations it rests on.
    pub n: u64,
}

impl Estimate {
    /// A number that these data do not define.
    pub fn undefined(n: u64) -> Estimate {
        Estimate {
            value: None,
            interval: None,
            n,
        }
    }

    /// `hits` of `n`, with Wilson's interval. Undefined for `n` = 0.
    pub fn proportion(hits: u64, n: u64) -> Estimate {
        match wilson(hits, n) {
            None => Estimate::undefined(n),
            Some(interval) => Estimate {
                value: Some(hits as f64 / n as f64),
                interval: Some(interval),
                n,
            },
        }
    }

    /// The same estimate under an increasing linear map.
    pub fn map(self, f: impl Fn(f64) -> f64) -> Estimate {
        Estimate {
            value: self.value.map(&f),
            interval: self.interval.map(|i| Interval {
                low: f(i.low),
                high: f(i.high),
            }),
            n: self.n,
        }
    }
}

/// Wilson's score interval (Wilson 1927) for `hits` of `n` at 95 %. `None` for `n` = 0.
pub fn wilson(hits: u64, n: u64) -> Option<Interval> {
    wilson_at(hits, n, Z)
}

/// Wilson's score interval for `hits` of `n`, `z` standard errors to either side. `None` for
/// `n` = 0.
pub fn wilson_at(hits: u64, n: u64, z: f64) -> Option<Interval> {
    (n > 0).then(|| wilson_share(hits as f64 / n as f64, n as f64, z))
}

/// The same for a share `p` of `n` > 0 observations, which need not be whole.
pub fn wilson_share(p: f64, n: f64, z: f64) -> Interval {
    let z2 = z * z;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // At a bound the interval ends there; rounding would put its end just inside.
    Interval {
        low: (centre - half).min(p).max(0.0),
        high: (centre + half).max(p).min(1.0),
    }
}

/// (`plus` − `minus`) / `n` for two exclusive classes of one sample, with the adjusted Wald interval
/// of Agresti & Min (2005, Statistics in Medicine 24:729): half an observation is added to each of
/// the two classes and one to the rest, so that small samples keep an honest width.
/// Undefined for `n` = 0.
pub fn multinomial_difference(plus: u64, minus: u64, n: u64) -> Estimate {
    if n == 0 {
        return Estimate::undefined(0);
    }
    Estimate {
        value: Some((plus as f64 - minus as f64) / n as f64),
        interval: Some(multinomial_interval(plus as f64, minus as f64, n as f64)),
        n,
    }
}

/// Its interval, for counts that need not be whole.
pub(super) fn multinomial_interval(plus: f64, minus: f64, n: f64) -> Interval {
    let (b, c, total) = (plus + 0.5, minus + 0.5, n + 2.0);
    let centre = (b - c) / total;
    let variance = ((b + c) / total - centre * centre) / total;
    let half = Z * variance.max(0.0).sqrt();
    Interval {
        low: (centre - half).max(-1.0),
        high: (centre + half).min(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_matches_published_values() {
        // Newcombe 1998 (Statistics in Medicine 17:857), table I, method 3 (score).
        for (hits, n, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let i = wilson(hits, n).unwrap();
            assert!((i.low - low).abs() < 5e-5, "{hits}/{n}: {i:?}");
            assert!((i.high - high).abs() < 5e-5, "{hits}/{n}: {i:?}");
        }
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn an_interval_holds_its_share_to_the_last_bit() {
        for n in 1..400 {
            let (none, all) = (wilson(0, n).unwrap(), wilson(n, n).unwrap());
            assert_eq!((none.low, all.high), (0.0, 1.0), "{n}");
            for hits in 0..=n {
                let (p, i) = (hits as f64 / n as f64, wilson(hits, n).unwrap());
                assert!(i.low <= p && p <= i.high, "{hits}/{n}: {i:?}");
            }
        }
    }

    #[test]
    fn a_difference_of_classes_has_width_even_for_one_observation() {
        let one = multinomial_difference(1, 0, 1);
        assert_eq!(one.value, Some(1.0));
        let i = one.interval.unwrap();
        assert!(i.low < 0.5 && i.high == 1.0, "{i:?}");
        assert_eq!(multinomial_difference(0, 0, 0).value, None);
    }
}
