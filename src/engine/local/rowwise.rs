//! What happens to one row at a time: exponentials, softmax, gates, norms. Each row gets the same
//! bits whatever stands beside it.

use pulp::{Simd, WithSimd};

/// e^x to about 1e-7 relative, without branches so that loops over it become vector code.
/// Below -87 it gives (almost) 0, above 88 a large finite number. NaN stays NaN.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23: adding it rounds to an integer in the low bits
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, so that the reduction is exact.
    let r = x - n * 0.693_359_4;
    let r = r - n * -2.121_944_4e-4;
    let mut poly = 1.987_569_1e-4;
    poly = poly * r + 1.398_199_9e-3;
    poly = poly * r + 8.333_452e-3;
    poly = poly * r + 4.166_579_6e-2;
    poly = poly * r + 1.666_666_5e-1;
    poly = poly * r + 5e-1;
    let value = poly * r * r + r + 1.0;
    let scale = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    value * scale
}

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

/// `out[i] = silu(gate[i]) · up[i]`, where silu(x) = x / (1 + e^-x).
pub struct GatedSilu<'a> {
    /// Gate projections, and the result.
    pub gate: &'a mut [f32],
    /// Up projections.
    pub up: &'a [f32],
}

impl WithSimd for GatedSilu<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for (gate, up) in self.gate.iter_mut().zip(self.up) {
            *gate = *gate / (1.0 + exp(-*gate)) * up;
        }
    }
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
        const LANES: usize = 16;
        let mut sums = [0f32; LANES];
        let (chunks, rest) = self.x.as_chunks::<LANES>();
        for chunk in chunks {
            for (sum, x) in sums.iter_mut().zip(chunk) {
                *sum += x * x;
            }
        }
        let sum = sums.iter().sum::<f32>() + rest.iter().map(|x| x * x).sum::<f32>();
        let scale = 1.0 / (sum / self.x.len() as f32 + self.eps).sqrt();
        for ((out, x), w) in self.out.iter_mut().zip(self.x).zip(self.weight) {
            *out = x * scale * w;
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::Arch;

    use super::super::kernel::run;
    use super::*;

    #[test]
    fn exp_is_close_everywhere_and_total() {
        for i in -8700..8800 {
            let x = i as f32 / 100.0;
            let (a, b) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((a / b - 1.0).abs() < 4e-7, "{x}: {a} {b}");
        }
        assert!(exp(-1e30) < 1e-37);
        assert!(exp(f32::INFINITY).is_finite());
        assert!(exp(f32::NAN).is_nan());
    }

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
}
