//! What happens to one row at a time: softmax, soft caps, norms. Each row gets the same bits whatever
//! stands beside it.

use pulp::{Simd, WithSimd};

use super::activation::{exp, tanh};

/// Softmax of `scores[from..to]` in place; everything outside becomes 0.
pub struct Softmax<'a> {
    /// Scores before, probabilities after.
    pub scores: &'a mut [f32],
    /// First score that counts.
    pub from: usize,
    /// One past the last.
    pub to: usize,
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        const LANES: usize = 16;
        let Softmax { scores, from, to } = self;
        scores[..from].fill(f32::NEG_INFINITY);
        scores[to..].fill(f32::NEG_INFINITY);
        let mut tops = [f32::NEG_INFINITY; LANES];
        let mut sums = [0f32; LANES];
        let (chunks, rest) = scores.as_chunks_mut::<LANES>();
        for chunk in chunks.iter() {
            for (top, x) in tops.iter_mut().zip(chunk) {
                *top = if *x > *top { *x } else { *top };
            }
        }
        let top = tops
            .iter()
            .chain(rest.iter())
            .fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        for chunk in chunks.iter_mut() {
            for (x, sum) in chunk.iter_mut().zip(&mut sums) {
                let e = if *x == f32::NEG_INFINITY {
                    0.0
                } else {
                    exp(*x - top)
                };
                *sum += e;
                *x = e;
            }
        }
        let mut sum = sums.iter().sum::<f32>();
        for x in rest.iter_mut() {
            *x = if *x == f32::NEG_INFINITY {
                0.0
            } else {
                exp(*x - top)
            };
            sum += *x;
        }
        let scale = 1.0 / sum;
        for x in scores.iter_mut() {
            *x *= scale;
        }
    }
}

/// `x = cap · tanh(x / cap)`.
pub struct SoftCap<'a> {
    /// Numbers before and after.
    pub x: &'a mut [f32],
    /// The bound.
    pub cap: f32,
}

impl WithSimd for SoftCap<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for x in self.x {
            *x = tanh(*x / self.cap) * self.cap;
        }
    }
}

/// Σ f(x), in 16 sums: the same order whatever the instructions.
#[inline(always)]
fn sum(x: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    const LANES: usize = 16;
    let mut sums = [0f32; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += f(*x);
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|x| f(*x)).sum::<f32>()
}

/// 1 / sqrt(mean(x²) + eps)
#[inline(always)]
fn inverse_rms(x: &[f32], eps: f32) -> f32 {
    1.0 / (sum(x, |x| x * x) / x.len() as f32 + eps).sqrt()
}

/// `out = x / sqrt(mean(x²) + eps) · weight`, one row.
pub struct RmsNorm<'a> {
    /// The row.
    pub x: &'a [f32],
    /// Scale per element.
    pub weight: &'a [f32],
    /// Keeps the root away from zero.
    pub eps: f32,
    /// Result.
    pub out: &'a mut [f32],
}

impl WithSimd for RmsNorm<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let scale = inverse_rms(self.x, self.eps);
        for ((out, x), w) in self.out.iter_mut().zip(self.x).zip(self.weight) {
            *out = x * scale * w;
        }
    }
}

/// [`RmsNorm`] of each piece of `x` as long as the weight, in place.
pub struct RmsNormPieces<'a> {
    /// The pieces, one after the other.
    pub x: &'a mut [f32],
    /// Scale per element of a piece.
    pub weight: &'a [f32],
    /// Keeps the root away from zero.
    pub eps: f32,
}

impl WithSimd for RmsNormPieces<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for piece in self.x.chunks_exact_mut(self.weight.len()) {
            let scale = inverse_rms(piece, self.eps);
            for (x, w) in piece.iter_mut().zip(self.weight) {
                *x = *x * scale * w;
            }
        }
    }
}

/// `out = (x - mean) / sqrt(variance + eps) · weight + bias`, one row.
pub struct LayerNorm<'a> {
    /// The row.
    pub x: &'a [f32],
    /// Scale per element.
    pub weight: &'a [f32],
    /// Added per element.
    pub bias: &'a [f32],
    /// Keeps the root away from zero.
    pub eps: f32,
    /// Result.
    pub out: &'a mut [f32],
}

impl WithSimd for LayerNorm<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let count = self.x.len() as f32;
        let mean = sum(self.x, |x| x) / count;
        let variance = sum(self.x, |x| (x - mean) * (x - mean)) / count;
        let scale = 1.0 / (variance + self.eps).sqrt();
        let params = self.weight.iter().zip(self.bias);
        for ((out, x), (w, b)) in self.out.iter_mut().zip(self.x).zip(params) {
            *out = (x - mean) * scale * w + b;
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::Arch;

    use super::super::kernel::run;
    use super::*;

    #[test]
    fn softmax_counts_only_its_range() {
        let mut scores: Vec<f32> = (0..40).map(|i| (i * 7 % 11) as f32 / 11.0 - 0.5).collect();
        let expected: Vec<f64> = scores[3..37].iter().map(|x| f64::from(*x).exp()).collect();
        let sum: f64 = expected.iter().sum();
        run(
            Arch::new(),
            Softmax {
                scores: &mut scores,
                from: 3,
                to: 37,
            },
        );
        assert!(scores[..3].iter().chain(&scores[37..]).all(|x| *x == 0.0));
        for (x, e) in scores[3..37].iter().zip(&expected) {
            assert!((f64::from(*x) - e / sum).abs() < 1e-6);
        }
    }

    #[test]
    fn norms_are_what_they_say() {
        let x: Vec<f32> = (0..37).map(|i| (i * 13 % 37) as f32 / 9.0 - 1.5).collect();
        let weight: Vec<f32> = (0..37).map(|i| 0.5 + i as f32 / 37.0).collect();
        let bias: Vec<f32> = (0..37).map(|i| i as f32 / 10.0 - 2.0).collect();
        let wide: Vec<f64> = x.iter().map(|x| f64::from(*x)).collect();
        let mean = wide.iter().sum::<f64>() / 37.0;
        let square = wide.iter().map(|x| x * x).sum::<f64>() / 37.0;
        let (mut rms, mut layer, mut pieces) = (vec![0f32; 37], vec![0f32; 37], x.clone());
        let (x, weight, eps) = (&*x, &*weight, 1e-5);
        let arch = Arch::new();
        let out = &mut *rms;
        run(
            arch,
            RmsNorm {
                x,
                weight,
                eps,
                out,
            },
        );
        let (bias, out) = (&*bias, &mut *layer);
        run(
            arch,
            LayerNorm {
                x,
                weight,
                bias,
                eps,
                out,
            },
        );
        let both = &mut *pieces;
        run(
            arch,
            RmsNormPieces {
                x: both,
                weight,
                eps,
            },
        );
        assert_eq!(pieces, rms);
        for i in 0..37 {
            let (x, w) = (wide[i], f64::from(weight[i]));
            let by_rms = x / (square + 1e-5).sqrt() * w;
            let by_layer =
                (x - mean) / (square - mean * mean + 1e-5).sqrt() * w + f64::from(bias[i]);
            assert!((f64::from(rms[i]) - by_rms).abs() < 1e-5);
            assert!((f64::from(layer[i]) - by_layer).abs() < 1e-5);
        }
    }

    #[test]
    fn a_soft_cap_bends_and_never_passes() {
        let mut x = [-1e9, -60.0, -1.0, 0.0, 1e-3, 25.0, f32::MAX];
        let before = x;
        run(
            Arch::new(),
            SoftCap {
                x: &mut x,
                cap: 50.0,
            },
        );
        for (x, before) in x.iter().zip(before) {
            let exact = 50.0 * (f64::from(before) / 50.0).tanh();
            assert!(
                (f64::from(*x) - exact).abs() < 2e-5,
                "{before}: {x} {exact}"
            );
        }
    }
}
