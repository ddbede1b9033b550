//! From logits to the next token, reproducibly.
//!
//! Invariant: a job's draws depend on its seed and its own logits only: one random number per token, from
//! the job's own generator. candle-transformers' `LogitsProcessor` builds tensors, sorts the vocabulary
//! and gives no log-probability; these few lines do neither.

use crate::domain::Sampling;

/// Draws a job's tokens.
pub struct Sampler {
    temperature: f64,
    top_p: f64,
    state: u64,
    weights: Vec<(f64, u32)>,
}

/// A drawn token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    /// Which.
    pub token: u32,
    /// Natural log of its probability at temperature 1, before top-p.
    pub logprob: f32,
}

impl Sampler {
    /// Not-a-number and negative settings count as 0; `top_p` outside (0, 1] as the nearer bound.
    pub fn new(sampling: &Sampling) -> Sampler {
        let top_p = sampling.top_p;
        Sampler {
            temperature: sampling.temperature.max(0.0),
            top_p: if top_p.is_nan() {
                1.0
            } else {
                top_p.clamp(0.0, 1.0)
            },
            state: sampling.seed,
            weights: Vec::new(),
        }
    }

    /// The next token. `logits` has one number per token of the vocabulary, at least one.
    pub fn draw(&mut self, logits: &[f32]) -> Drawn {
        let (best, top) = best(logits);
        let norm = log_sum_exp(logits, top);
        // Below this, dividing by the temperature overflows; the limit is the arg-max.
        let token = if self.temperature < 1e-4 {
            best
        } else {
            self.at_random(logits, top)
        };
        let logit = logits
            .get(token as usize)
            .copied()
            .unwrap_or(f32::NEG_INFINITY);
        Drawn {
            token,
            logprob: (f64::from(logit) - norm) as f32,
        }
    }

    fn at_random(&mut self, logits: &[f32], top: f32) -> u32 {
        let cold = 1.0 / self.temperature;
        let weight = |x: f32| ((f64::from(x) - f64::from(top)) * cold).exp();
        self.weights.clear();
        let tokens = logits.iter().zip(0u32..);
        self.weights
            .extend(tokens.map(|(x, token)| (weight(*x), token)));
        if self.top_p < 1.0 {
            self.keep_top();
        }
        let total: f64 = self.weights.iter().map(|(w, _)| w).sum();
        let mut left = self.uniform() * total;
        let mut last = 0;
        for (weight, token) in &self.weights {
            if *weight > 0.0 {
                last = *token;
                left -= weight;
                if left < 0.0 {
                    break;
                }
            }
        }
        last
    }

    /// Leaves the smallest set of most probable tokens whose probability reaches `top_p`, at least one.
    fn keep_top(&mut self) {
        let total: f64 = self.weights.iter().map(|(w, _)| w).sum();
        // Tokens this improbable cannot matter together: leaving them out makes sorting cheap.
        let floor = (1.0 - self.top_p) * total / self.weights.len() as f64;
        self.weights.retain(|(w, _)| *w >= floor);
        self.weights
            .sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut sum = 0.0;
        let reached = self.weights.iter().position(|(w, _)| {
            sum += w;
            sum >= self.top_p * total
        });
        self.weights.truncate(reached.map_or(usize::MAX, |i| i + 1));
    }

    /// In [0, 1): SplitMix64 (Steele, Lea and Flood 2014), 53 bits.
    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Natural log of the probability of `token` after `logits`.
pub fn logprob(logits: &[f32], token: u32) -> f64 {
    let (_, top) = best(logits);
    match logits.get(token as usize) {
        Some(x) => f64::from(*x) - log_sum_exp(logits, top),
        None => f64::NEG_INFINITY,
    }
}

/// The first of the largest, and its logit.
fn best(logits: &[f32]) -> (u32, f32) {
    let mut best = (0, f32::NEG_INFINITY);
    for (token, x) in (0u32..).zip(logits) {
        if *x > best.1 {
            best = (token, *x);
        }
    }
    best
}

fn log_sum_exp(logits: &[f32], top: f32) -> f64 {
    let sum: f64 = logits.iter().map(|x| f64::from((x - top).exp())).sum();
    f64::from(top) + sum.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampling(temperature: f64, top_p: f64, seed: u64) -> Sampling {
        Sampling {
            temperature,
            top_p,
            seed,
            max_tokens: 1,
            stop: Vec::new(),
        }
    }

    #[test]
    fn frequencies_are_the_probabilities() {
        let p = [0.5f32, 0.25, 0.15, 0.1];
        let logits: Vec<f32> = p.iter().map(|p| p.ln() + 3.0).collect();
        let counts = |temperature, top_p| {
            let mut counts = [0usize; 4];
            let mut sampler = Sampler::new(&sampling(temperature, top_p, 7));
            for _ in 0..40_000 {
                counts[sampler.draw(&logits).token as usize] += 1;
            }
            counts.map(|c| c as f64 / 40_000.0)
        };
        for (got, want) in counts(1.0, 1.0).iter().zip(p) {
            assert!((got - f64::from(want)).abs() < 0.01);
        }
        // 0.5 + 0.25 reach 0.7.
        let top = counts(1.0, 0.7);
        assert!((top[0] - 2.0 / 3.0).abs() < 0.01 && top[2] == 0.0 && top[3] == 0.0);
        assert_eq!(counts(0.0, 1.0), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(counts(1.0, 0.0), [1.0, 0.0, 0.0, 0.0]);
        let hot = counts(1e9, 1.0);
        assert!(hot.iter().all(|x| (x - 0.25).abs() < 0.01));
    }

    #[test]
    fn the_logprob_is_that_of_temperature_one() {
        let logits = [0.0f32, 1.0, 2.0];
        let norm = (1.0 + 1f64.exp() + 2f64.exp()).ln();
        let drawn = Sampler::new(&sampling(0.0, 0.1, 0)).draw(&logits);
        assert_eq!(drawn.token, 2);
        assert!((f64::from(drawn.logprob) - (2.0 - norm)).abs() < 1e-6);
        assert!((logprob(&logits, 0) + norm).abs() < 1e-6);
    }

    #[test]
    fn strange_settings_and_logits_do_not_panic() {
        for temperature in [-1.0, 0.0, 1e-300, 1.0, f64::INFINITY, f64::NAN] {
            for top_p in [-1.0, 0.0, 0.5, 2.0, f64::NAN] {
                let mut sampler = Sampler::new(&sampling(temperature, top_p, 3));
                for logits in [
                    &[0.0f32][..],
                    &[f32::NEG_INFINITY, 1e30, -1e30],
                    &[-1e38, 1e38],
                ] {
                    let token = sampler.draw(logits).token as usize;
                    assert!(token < logits.len());
                }
            }
        }
    }
}
