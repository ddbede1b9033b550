//! The distribution that logits stand for, in vector code: a vocabulary has so many entries that a plain
//! loop over exponentials costs as much as a small model's forward pass.
//!
//! Every pass is a sum over 16 lanes in a fixed order, so that all machines get the same bits. What is
//! not a number has no probability; a logit 87 below the highest has none either (e^-87 is 1.6e-38).

use pulp::{Arch, Simd, WithSimd};

use super::activation::exp;

const LANES: usize = 16;

/// Exponents below this count as probability 0.
const LEAST: f32 = -87.0;

/// Entries of a [`Weights`] that are summed up together.
pub const BLOCK: usize = 256;

/// The first of the largest logits, and what it is; `(0, -∞)` where none is a number.
pub fn highest(logits: &[f32]) -> (u32, f32) {
    let top = Arch::new().dispatch(Highest(logits));
    let at = logits.iter().position(|x| *x == top);
    // A vocabulary is far below 2^32.
    (at.map_or(0, |at| at as u32), top)
}

struct Highest<'a>(&'a [f32]);

impl WithSimd for Highest<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f32 {
        let larger = |a: f32, b: f32| if b > a { b } else { a };
        let mut tops = [f32::NEG_INFINITY; LANES];
        let (chunks, rest) = self.0.as_chunks::<LANES>();
        for chunk in chunks {
            for (top, x) in tops.iter_mut().zip(chunk) {
                *top = larger(*top, *x);
            }
        }
        let all = tops.iter().chain(rest).copied();
        all.fold(f32::NEG_INFINITY, larger)
    }
}

/// What the logits sum up to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sums {
    /// The highest logit.
    pub top: f32,
    /// ln Σ e^x.
    pub norm: f64,
    /// Entropy, in nats.
    pub entropy: f64,
}

impl Sums {
    /// Of these logits.
    pub fn of(logits: &[f32]) -> Sums {
        let (_, top) = highest(logits);
        let (sum, product) = Arch::new().dispatch(Moments { logits, top });
        // H = -Σ p ln p with p = e^d / sum and ln p = d - ln sum, where d = x - top.
        Sums {
            top,
            norm: f64::from(top) + sum.ln(),
            entropy: (sum.ln() - product / sum).max(0.0),
        }
    }

    /// Natural log of the probability of a logit.
    pub fn logprob(&self, logit: f32) -> f64 {
        f64::from(logit) - self.norm
    }
}

/// Σ e^d and Σ d·e^d, d = x − top.
struct Moments<'a> {
    logits: &'a [f32],
    top: f32,
}

impl WithSimd for Moments<'_> {
    type Output = (f64, f64);

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> (f64, f64) {
        let top = self.top;
        let (mut sum, mut product) = (0.0, 0.0);
        // Short sums in f32, long ones in f64: as exact as the terms are, at the speed of f32.
        for block in self.logits.chunks(BLOCK) {
            let (mut sums, mut products) = ([0f32; LANES], [0f32; LANES]);
            let (chunks, rest) = block.as_chunks::<LANES>();
            for chunk in chunks {
                for ((x, s), p) in chunk.iter().zip(&mut sums).zip(&mut products) {
                    let (e, d) = term(*x - top);
                    *s += e;
                    *p += e * d;
                }
            }
            for ((x, s), p) in rest.iter().zip(&mut sums).zip(&mut products) {
                let (e, d) = term(*x - top);
                *s += e;
                *p += e * d;
            }
            sum += sums.iter().map(|x| f64::from(*x)).sum::<f64>();
            product += products.iter().map(|x| f64::from(*x)).sum::<f64>();
        }
        (sum, product)
    }
}

/// e^d and d; both 0 where it has no probability.
#[inline(always)]
fn term(d: f32) -> (f32, f32) {
    let is_some = d >= LEAST;
    let e = exp(d);
    (if is_some { e } else { 0.0 }, if is_some { d } else { 0.0 })
}

/// Weights of all tokens, e^((x − top)·cold), with sums that make drawing one a short walk.
#[derive(Default)]
pub struct Weights {
    all: Vec<f32>,
    /// Of each [`BLOCK`].
    sums: Vec<f64>,
}

impl Weights {
    /// Weighs all tokens. `cold` is 1 / temperature.
    pub fn fill(&mut self, logits: &[f32], top: f32, cold: f32) {
        self.all.resize(logits.len(), 0.0);
        self.sums.resize(logits.len().div_ceil(BLOCK), 0.0);
        Arch::new().dispatch(Weigh {
            logits,
            top,
            cold,
            weights: self,
        });
    }

    /// The weights, by token.
    pub fn all(&self) -> &[f32] {
        &self.all
    }

    /// All together.
    pub fn total(&self) -> f64 {
        self.sums.iter().sum()
    }

    /// The token where a walk over all weights has covered `left` of their total.
    pub fn at(&self, mut left: f64) -> u32 {
        let mut last = 0;
        for ((weights, sum), block) in self.all.chunks(BLOCK).zip(&self.sums).zip(0u32..) {
            if *sum == 0.0 {
                continue;
            }
            if left >= *sum {
                left -= sum;
                last = block * BLOCK as u32 + last_above_zero(weights);
                continue;
            }
            for (weight, token) in weights.iter().zip(block * BLOCK as u32..) {
                if *weight > 0.0 {
                    last = token;
                    left -= f64::from(*weight);
                    if left < 0.0 {
                        return last;
                    }
                }
            }
        }
        last
    }
}

fn last_above_zero(weights: &[f32]) -> u32 {
    weights.iter().rposition(|w| *w > 0.0).unwrap_or(0) as u32
}

struct Weigh<'a> {
    logits: &'a [f32],
    top: f32,
    cold: f32,
    weights: &'a mut Weights,
}

impl WithSimd for Weigh<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (top, cold) = (self.top, self.cold);
        let blocks = self.logits.chunks(BLOCK);
        let out = self.weights.all.chunks_mut(BLOCK);
        for ((logits, weights), sum) in blocks.zip(out).zip(&mut self.weights.sums) {
            let mut sums = [0f64; LANES];
            for (x, weight) in logits.iter().zip(weights.iter_mut()) {
                *weight = term((*x - top) * cold).0;
            }
            let (chunks, rest) = weights.as_chunks::<LANES>();
            for weights in chunks {
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += f64::from(*weight);
                }
            }
            let rest = rest.iter().map(|w| f64::from(*w)).sum::<f64>();
            *sum = sums.iter().sum::<f64>() + rest;
        }
    }
}

/// How many logits are above this one.
pub fn above(logits: &[f32], own: f32) -> u32 {
    Arch::new().dispatch(Above(logits, own))
}

struct Above<'a>(&'a [f32], f32);

impl WithSimd for Above<'_> {
    type Output = u32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> u32 {
        self.0.iter().map(|x| u32::from(*x > self.1)).sum()
    }
}

/// The `count` largest entries, largest first; of equals the one with the smaller token.
pub fn largest(entries: impl Iterator<Item = f32>, count: usize) -> Vec<(f32, u32)> {
    let mut found: Vec<(f32, u32)> = Vec::with_capacity(count.min(1 << 16) + 1);
    if count == 0 {
        return found;
    }
    for (x, token) in entries.zip(0u32..) {
        // Almost always the end of it.
        if found.len() == count && found.last().is_none_or(|last| x <= last.0) {
            continue;
        }
        if x.is_nan() {
            continue;
        }
        let at = found.partition_point(|(y, _)| *y >= x);
        found.insert(at, (x, token));
        found.truncate(count);
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Long enough for whole blocks, whole lanes and rests.
    fn logits() -> impl Strategy<Value = Vec<f32>> {
        proptest::collection::vec(-30f32..30.0, 1..900)
    }

    proptest! {
        #[test]
        fn sums_are_those_of_plain_arithmetic(logits in logits()) {
            let exact: Vec<f64> = logits.iter().map(|x| f64::from(*x).exp()).collect();
            let sum: f64 = exact.iter().sum();
            let entropy: f64 = exact.iter().map(|e| e / sum).map(|p| -p * p.ln()).sum();
            let sums = Sums::of(&logits);
            prop_assert!((sums.norm - sum.ln()).abs() < 1e-6, "{} {}", sums.norm, sum.ln());
            prop_assert!((sums.entropy - entropy).abs() < 1e-5, "{} {entropy}", sums.entropy);
            let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let first = logits.iter().position(|x| *x == top).unwrap();
            prop_assert_eq!(highest(&logits), (first as u32, top));
            let rank = logits.iter().filter(|x| **x > logits[0]).count();
            prop_assert_eq!(above(&logits, logits[0]) as usize, rank);
        }

        #[test]
        fn a_walk_ends_where_the_weights_before_it_say(logits in logits(), at in 0f64..1.0) {
            let (_, top) = highest(&logits);
            let mut weights = Weights::default();
            weights.fill(&vec![1.0; 1000], 1.0, 1.0);
            weights.fill(&logits, top, 0.5);
            let plain: f64 = weights.all().iter().map(|w| f64::from(*w)).sum();
            prop_assert!((weights.total() - plain).abs() <= 1e-12 * plain);
            let left = at * weights.total();
            let token = weights.at(left) as usize;
            let before: f64 = weights.all()[..token].iter().map(|w| f64::from(*w)).sum();
            let with = before + f64::from(weights.all()[token]);
            let slack = 1e-9 * plain;
            prop_assert!(before <= left + slack && left <= with + slack, "{before} {left} {with}");
        }

        #[test]
        fn the_largest_are_those_of_a_sort(logits in logits(), count in 0usize..20) {
            let mut sorted: Vec<(f32, u32)> = logits.iter().copied().zip(0u32..).collect();
            sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            sorted.truncate(count);
            prop_assert_eq!(largest(logits.iter().copied(), count), sorted);
        }
    }

    #[test]
    fn what_is_no_number_has_no_probability() {
        let logits = [f32::NAN, 1.0, f32::NEG_INFINITY, 1.0];
        assert_eq!(highest(&logits), (1, 1.0));
        let sums = Sums::of(&logits);
        assert!((sums.entropy - 2f64.ln()).abs() < 1e-6);
        let mut weights = Weights::default();
        weights.fill(&logits, 1.0, 1.0);
        assert_eq!(weights.all(), [0.0, 1.0, 0.0, 1.0]);
        assert_eq!(
            (weights.at(0.5), weights.at(1.5), weights.at(9.0)),
            (1, 3, 3)
        );
        assert_eq!(highest(&[f32::NAN]), (0, f32::NEG_INFINITY));
        assert_eq!(largest(logits.into_iter(), 2), [(1.0, 1), (1.0, 3)]);
    }
}
