//! Seeded drawing: one small generator, so that the same seed gives the same text everywhere.
//!
//! It is not for secrets. It exists because the grammar must give the same items on every machine
//! and with every version of any crate of random numbers.

use crate::stats;

/// The program's generator, with what a grammar draws.
#[derive(Clone, Debug)]
pub struct Draw(stats::Draw);

impl Draw {
    /// A generator that depends on nothing but `seed`.
    pub fn new(seed: u64) -> Draw {
        Draw(stats::Draw::new(seed))
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.bits()
    }

    /// A number in [0, 1).
    pub fn unit(&mut self) -> f64 {
        self.0.unit()
    }

    /// A number in `0..count`; 0 where `count` is 0.
    pub fn below(&mut self, count: usize) -> usize {
        if count == 0 {
            return 0;
        }
        // By modulus, as the committed items were drawn; its bias is below 2^-50 for the list lengths here.
        (self.bits() % count as u64) as usize
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One element of a list that is never empty.
    pub fn of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    /// One word of a list that is never empty.
    pub fn word(&mut self, list: &[&'static str]) -> &'static str {
        list[self.below(list.len())]
    }

    /// A position drawn with the given weights; the last one where rounding leaves nothing.
    pub fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut left = self.unit() * weights.iter().sum::<f64>();
        for (i, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return i;
            }
        }
        weights.len().saturating_sub(1)
    }

    /// Puts a list in random order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for i in (1..list.len()).rev() {
            list.swap(i, self.below(i + 1));
        }
    }

    /// A number from the standard normal distribution.
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (1.0 - self.unit(), self.unit());
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    }
}
