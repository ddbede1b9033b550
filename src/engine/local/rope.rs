//! Rotary positions: how far each pair of a head's elements is turned.
//!
//! Invariant: frequencies are rounded to f32 where Hugging Face transformers rounds them (its
//! `modeling_rope_utils`), so that far positions, where an angle's rounding shows, agree with it.

use pulp::{Simd, WithSimd};

use super::config::{Rope, RopeScaling};

/// Frequencies of a model, ready to use.
pub struct Turns {
    /// Radians per position, `width / 2` of them.
    frequencies: Vec<f32>,
    /// Those of positions at or beyond the sequence's edge, where they differ.
    beyond: Option<Vec<f32>>,
    /// Sines and cosines are multiplied by it.
    scale: f32,
}

impl Turns {
    /// Those of a model.
    pub fn new(rope: &Rope) -> Turns {
        let base = || (0..rope.width / 2).map(|i| power(rope.theta, 2 * i, rope.width));
        let (frequencies, beyond, scale) = match &rope.scaling {
            RopeScaling::None => (base().map(|p| 1.0 / p).collect(), None, 1.0),
            RopeScaling::Linear { factor } => {
                let factor = *factor as f32;
                (base().map(|p| 1.0 / p / factor).collect(), None, 1.0)
            }
            RopeScaling::Each { factors } => {
                let both = base().zip(factors);
                (
                    both.map(|(p, factor)| 1.0 / p / factor).collect(),
                    None,
                    1.0,
                )
            }
            RopeScaling::Llama3 {
                factor,
                low,
                high,
                original_context,
            } => {
                let [factor, low, high, context] =
                    [*factor, *low, *high, *original_context].map(|x| x as f32);
                let scaled = |p: f32| {
                    let frequency = 1.0 / p;
                    let wavelength = 2.0 * std::f32::consts::PI / frequency;
                    if wavelength < context / high {
                        frequency
                    } else if wavelength > context / low {
                        frequency / factor
                    } else {
                        let keep = (context / wavelength - low) / (high - low);
                        (1.0 - keep) * frequency / factor + keep * frequency
                    }
                };
                (base().map(scaled).collect(), None, 1.0)
            }
            RopeScaling::Long {
                short,
                long,
                original_context: _,
                attention,
            } => {
                let by = |factors: &[f32]| -> Vec<f32> {
                    let both = base().zip(factors);
                    both.map(|(p, factor)| 1.0 / (factor * p)).collect()
                };
                (by(short), Some(by(long)), *attention)
            }
        };
        Turns {
            frequencies,
            beyond,
            scale,
        }
    }

    /// How many elements of a head are turned.
    pub fn width(&self) -> usize {
        2 * self.frequencies.len()
    }

    /// Adds the sines and cosines of a position.
    pub fn angles(&self, position: usize, is_beyond: bool, out: &mut Angles) {
        let frequencies = match &self.beyond {
            Some(beyond) if is_beyond => beyond,
            _ => &self.frequencies,
        };
        for frequency in frequencies {
            let (sin, cos) = (position as f32 * frequency).sin_cos();
            out.sines.push(sin * self.scale);
            out.cosines.push(cos * self.scale);
        }
    }
}

/// Sines and cosines of many positions, one position after the other.
#[derive(Default)]
pub struct Angles {
    /// Sines.
    pub sines: Vec<f32>,
    /// Cosines.
    pub cosines: Vec<f32>,
}

impl Angles {
    /// Forgets all positions.
    pub fn clear(&mut self) {
        self.sines.clear();
        self.cosines.clear();
    }
}

/// `theta^(i / width)`, correctly rounded from the rounded exponent.
fn power(theta: f64, i: usize, width: usize) -> f32 {
    let exponent = i as f32 / width as f32;
    theta.powf(f64::from(exponent)) as f32
}

/// Turns the two halves of each head's first elements, as many as there are sines and cosines, and
/// multiplies all of it by `scale`.
pub struct Turn<'a> {
    /// The heads, one after the other.
    pub heads: &'a mut [f32],
    /// Width of a head.
    pub width: usize,
    /// Of the position.
    pub sines: &'a [f32],
    /// Of the position.
    pub cosines: &'a [f32],
    /// Factor.
    pub scale: f32,
}

impl WithSimd for Turn<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let pairs = self.sines.len();
        for head in self.heads.chunks_exact_mut(self.width) {
            let (turned, rest) = head.split_at_mut(2 * pairs);
            let (low, high) = turned.split_at_mut(pairs);
            let angles = self.sines.iter().zip(self.cosines);
            for ((a, b), (sin, cos)) in low.iter_mut().zip(high).zip(angles) {
                let (x, y) = (*a, *b);
                *a = (x * cos - y * sin) * self.scale;
                *b = (y * cos + x * sin) * self.scale;
            }
            for x in rest {
                *x *= self.scale;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::Arch;

    use super::super::kernel::run;
    use super::*;

    fn turns(theta: f64, width: usize, scaling: RopeScaling) -> Turns {
        Turns::new(&Rope {
            theta,
            width,
            scaling,
        })
    }

    fn close(ours: &[f32], by_hand: &[f64]) {
        assert_eq!(ours.len(), by_hand.len());
        for (a, b) in ours.iter().zip(by_hand) {
            assert!(
                (f64::from(*a) / b - 1.0).abs() < 3e-7,
                "{ours:?} {by_hand:?}"
            );
        }
    }

    /// `_compute_longrope_parameters` of transformers by hand: theta 10000 and width 8 give
    /// 1, 1/10, 1/100, 1/1000, each divided by its factor.
    #[test]
    fn longrope_divides_by_the_short_factors_and_beyond_the_edge_by_the_long_ones() {
        let attention = (1.0f64 + (32.0f64).ln() / (4096.0f64).ln()).sqrt();
        assert!((attention - 1.190_238).abs() < 1e-6); // √(1 + 5/12)
        let scaling = RopeScaling::Long {
            short: vec![1.0, 1.25, 2.0, 4.0],
            long: vec![1.0, 4.0, 25.0, 64.0],
            original_context: 4096,
            attention: attention as f32,
        };
        let turns = turns(10_000.0, 8, scaling);
        assert_eq!(turns.width(), 8);
        close(&turns.frequencies, &[1.0, 0.08, 0.005, 0.000_25]);
        close(
            turns.beyond.as_deref().unwrap(),
            &[1.0, 0.025, 0.000_4, 0.000_015_625],
        );
        for (is_beyond, radians) in [(false, 3.0 * 0.08), (true, 3.0 * 0.025)] {
            let mut angles = Angles::default();
            turns.angles(3, is_beyond, &mut angles);
            let (sin, cos) = (angles.sines[1], angles.cosines[1]);
            assert!((f64::from(sin) - f64::sin(radians) * attention).abs() < 1e-6);
            assert!((f64::from(cos) - f64::cos(radians) * attention).abs() < 1e-6);
        }
    }

    #[test]
    fn llama3_stretches_long_wavelengths_only() {
        let scaling = RopeScaling::Llama3 {
            factor: 8.0,
            low: 1.0,
            high: 4.0,
            original_context: 80.0,
        };
        // Wavelengths 2π · (1, 10, 100, 1000): below 20, between 20 and 80, above 80 twice.
        let keep = (80.0 / (20.0 * std::f64::consts::PI) - 1.0) / 3.0;
        let middle = (1.0 - keep) * 0.1 / 8.0 + keep * 0.1;
        close(
            &turns(10_000.0, 8, scaling).frequencies,
            &[1.0, middle, 0.01 / 8.0, 0.001 / 8.0],
        );
        let linear = RopeScaling::Linear { factor: 2.0 };
        close(&turns(10_000.0, 4, linear).frequencies, &[0.5, 0.005]);
    }

    #[test]
    fn what_is_not_turned_is_still_scaled() {
        let mut heads = [1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 20.0, 30.0, 40.0, 50.0];
        let job = Turn {
            heads: &mut heads,
            width: 5,
            sines: &[1.0, 0.0],
            cosines: &[0.0, 1.0],
            scale: 0.5,
        };
        run(Arch::new(), job);
        let one = [-1.5, 1.0, 0.5, 2.0, 2.5];
        assert_eq!(heads[..5], one);
        assert_eq!(heads[5..], one.map(|x| 10.0 * x));
    }
}
