//! The functions inside the MLP, and the exponentials they are made of: no branches, so that loops over
//! them become vector code; the same bits on every machine.

use pulp::{Simd, WithSimd};

use super::config::Activation;

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

/// tanh x to 5e-7; ±1 beyond ±8.
/// A rational function, odd over even (the one of Eigen and XLA).
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    const LARGE: f32 = 7.905_311;
    let x = if x < -LARGE { -LARGE } else { x };
    let x = if x > LARGE { LARGE } else { x };
    let square = x * x;
    let mut over = -2.760_768_5e-16;
    over = over * square + 2.000_188e-13;
    over = over * square + -8.604_672e-11;
    over = over * square + 5.122_297e-8;
    over = over * square + 1.485_722_4e-5;
    over = over * square + 6.372_619e-4;
    over = over * square + 4.893_524_6e-3;
    let mut under = 1.198_258_4e-6;
    under = under * square + 1.185_347e-4;
    under = under * square + 2.268_434_6e-3;
    under = under * square + 4.893_525e-3;
    x * over / under
}

/// The error function to 6e-7 (the worst is near ±4); ±1 beyond ±4. A rational function, as above.
#[inline(always)]
pub fn erf(x: f32) -> f32 {
    let x = if x < -4.0 { -4.0 } else { x };
    let x = if x > 4.0 { 4.0 } else { x };
    let square = x * x;
    let mut over = -2.726_142_3e-10;
    over = over * square + 2.770_681_4e-8;
    over = over * square + -2.101_024e-6;
    over = over * square + -5.692_506_4e-5;
    over = over * square + -7.349_906_3e-4;
    over = over * square + -2.954_598e-3;
    over = over * square + -1.609_603_3e-2;
    let mut under = -1.456_607_2e-5;
    under = under * square + -2.133_740_6e-4;
    under = under * square + -1.682_827e-3;
    under = under * square + -7.373_329e-3;
    under = under * square + -1.426_473_9e-2;
    x * over / under
}

#[inline(always)]
fn silu(x: f32) -> f32 {
    x / (1.0 + exp(-x))
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

#[inline(always)]
fn gelu_tanh(x: f32) -> f32 {
    const ROOT: f32 = 0.797_884_6; // √(2/π)
    0.5 * x * (1.0 + tanh(ROOT * (x + 0.044_715 * (x * x * x))))
}

/// `x[i] = f(x[i])`, or `f(x[i]) · up[i]` in a gated MLP.
pub struct Activate<'a> {
    /// Which f.
    pub activation: Activation,
    /// Numbers before and after.
    pub x: &'a mut [f32],
    /// What gates.
    pub up: Option<&'a [f32]>,
}

impl WithSimd for Activate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        match self.activation {
            Activation::Silu => each(self.x, self.up, silu),
            Activation::Gelu => each(self.x, self.up, gelu),
            Activation::GeluTanh => each(self.x, self.up, gelu_tanh),
        }
    }
}

#[inline(always)]
fn each(x: &mut [f32], up: Option<&[f32]>, f: impl Fn(f32) -> f32) {
    match up {
        Some(up) => {
            for (x, up) in x.iter_mut().zip(up) {
                *x = f(*x) * up;
            }
        }
        None => {
            for x in x {
                *x = f(*x);
            }
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

    /// By its series (DLMF 7.6.2), where all terms have one sign.
    fn exact_erf(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= 2.0 * x * x / f64::from(2 * n + 1);
            sum += term;
        }
        sum * (-x * x).exp() * 2.0 / std::f64::consts::PI.sqrt()
    }

    #[test]
    fn tanh_and_erf_are_close_everywhere_and_total() {
        for i in -12_000..=12_000 {
            let x = i as f32 / 1000.0;
            let wide = f64::from(x);
            let off = (f64::from(tanh(x)) - wide.tanh()).abs();
            assert!(off < 5e-7, "tanh {x}: {off}");
            assert!(off <= 1e-6 * wide.abs(), "tanh {x}: {off}");
            if x.abs() < 6.0 {
                let off = (f64::from(erf(x)) - exact_erf(wide)).abs();
                assert!(off < 6e-7, "erf {x}: {off}");
            }
        }
        for f in [tanh as fn(f32) -> f32, erf] {
            assert!((f(1e30) - 1.0).abs() < 5e-7 && (f(f32::NEG_INFINITY) + 1.0).abs() < 5e-7);
            assert!(f(f32::NAN).is_nan());
        }
    }

    #[test]
    fn activations_are_what_they_say() {
        let x: Vec<f32> = (-80..80).map(|i| i as f32 / 10.0).collect();
        let up: Vec<f32> = (0..160).map(|i| i as f32 / 40.0 - 2.0).collect();
        let exact = |activation: Activation, x: f64| match activation {
            Activation::Silu => x / (1.0 + (-x).exp()),
            Activation::Gelu => 0.5 * x * (1.0 + exact_erf(x / 2f64.sqrt())),
            Activation::GeluTanh => {
                let root = (2.0 / std::f64::consts::PI).sqrt();
                0.5 * x * (1.0 + (root * (x + 0.044_715 * x.powi(3))).tanh())
            }
        };
        for activation in [Activation::Silu, Activation::Gelu, Activation::GeluTanh] {
            for up in [None, Some(&*up)] {
                let mut ours = x.clone();
                let job = Activate {
                    activation,
                    x: &mut ours,
                    up,
                };
                run(Arch::new(), job);
                for (i, ours) in ours.iter().enumerate() {
                    let gate = up.map_or(1.0, |up| f64::from(up[i]));
                    let exact = exact(activation, f64::from(x[i])) * gate;
                    let off = (f64::from(*ours) - exact).abs();
                    assert!(off < 5e-6, "{activation:?} {}: {off}", x[i]);
                }
            }
        }
    }
}
