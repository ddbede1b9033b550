//! From logits to the next token, reproducibly.
//!
//! Invariant: a job's draws depend on its seed and its own logits only: one random number per token, from
//! the job's own generator. candle-transformers' `LogitsProcessor` builds tensors, sorts the vocabulary
//! and gives no log-probability; these few lines do neither.

use std::collections::HashSet;

use super::distribution::{Sums, Weights, above, highest, largest};
use crate::domain::{Decoding, Sampling};

/// Up to this many tokens are found by insertion; more of them by sorting.
const FEW: usize = 128;

/// Draws a job's tokens.
pub struct Sampler {
    decoding: Decoding,
    state: u64,
    weights: Weights,
    few: Vec<(f32, u32)>,
    /// The tokens that the repetition penalty falls on, and how many of the text they were taken from.
    said: HashSet<u32>,
    read: usize,
    penalised: Vec<f32>,
}

/// A drawn token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawn {
    /// Which.
    pub token: u32,
    /// Natural log of its probability at temperature 1, before everything else in [`Decoding`].
    pub logprob: f32,
}

impl Sampler {
    /// What is not a number counts as "off"; what is out of range as the nearer bound.
    pub fn new(sampling: &Sampling) -> Sampler {
        let within = |x: f64, low: f64, high: f64, off: f64| match x.is_nan() {
            true => off,
            false => x.clamp(low, high),
        };
        let wanted = sampling.decoding;
        Sampler {
            decoding: Decoding {
                temperature: wanted.temperature.max(0.0),
                top_k: wanted.top_k,
                top_p: within(wanted.top_p, 0.0, 1.0, 1.0),
                min_p: within(wanted.min_p, 0.0, 1.0, 0.0),
                repetition_penalty: within(wanted.repetition_penalty, 1e-3, 1e3, 1.0),
            },
            state: sampling.seed,
            weights: Weights::default(),
            few: Vec::new(),
            said: HashSet::new(),
            read: 0,
            penalised: Vec::new(),
        }
    }

    /// The next token. `logits` has one number per token of the vocabulary, at least one; `text` is
    /// everything before it, prompt and answer, and only ever grows.
    pub fn draw(&mut self, logits: &[f32], text: &[u32]) -> Drawn {
        let token = if self.decoding.repetition_penalty == 1.0 {
            self.pick(logits)
        } else {
            let mut penalised = std::mem::take(&mut self.penalised);
            penalised.clear();
            penalised.extend_from_slice(logits);
            self.penalise(&mut penalised, text);
            let token = self.pick(&penalised);
            self.penalised = penalised;
            token
        };
        Drawn {
            token,
            logprob: logprob(logits, token) as f32,
        }
    }

    fn penalise(&mut self, logits: &mut [f32], text: &[u32]) {
        self.said.extend(text.iter().skip(self.read));
        self.read = text.len();
        let by = self.decoding.repetition_penalty as f32;
        for token in &self.said {
            if let Some(x) = logits.get_mut(*token as usize) {
                *x = if *x > 0.0 { *x / by } else { *x * by };
            }
        }
    }

    fn pick(&mut self, logits: &[f32]) -> u32 {
        let (best, top) = highest(logits);
        // Below this, dividing by the temperature overflows; the limit is the arg-max.
        if self.decoding.temperature < 1e-4 {
            best
        } else {
            self.at_random(logits, top)
        }
    }

    fn at_random(&mut self, logits: &[f32], top: f32) -> u32 {
        let cold = (1.0 / self.decoding.temperature) as f32;
        self.weights.fill(logits, top, cold);
        let Decoding {
            top_k,
            top_p,
            min_p,
            ..
        } = self.decoding;
        if top_k == 0 && top_p >= 1.0 && min_p <= 0.0 {
            let at = self.uniform() * self.weights.total();
            return self.weights.at(at);
        }
        self.choose_few(top_k as usize, top_p, min_p);
        let total: f64 = self.few.iter().map(|(w, _)| f64::from(*w)).sum();
        let mut left = self.uniform() * total;
        let mut last = 0;
        for (weight, token) in &self.few {
            last = *token;
            left -= f64::from(*weight);
            if left < 0.0 {
                break;
            }
        }
        last
    }

    /// Leaves those tokens in `few` that the decoding does not cut off, the most probable first.
    fn choose_few(&mut self, top_k: usize, top_p: f64, min_p: f64) {
        let all = self.weights.all();
        let mut total = self.weights.total();
        self.few.clear();
        let is_cut = top_k > 0 && top_k < all.len();
        if is_cut && top_k <= FEW {
            self.few.extend(largest(all.iter().copied(), top_k));
        } else {
            // Tokens this improbable cannot matter together: leaving them out makes sorting cheap.
            let nucleus = (1.0 - top_p) * total / all.len() as f64;
            let floor = if is_cut { 0.0 } else { nucleus };
            let floor = floor.max(f64::from(f32::MIN_POSITIVE));
            let tokens = all.iter().copied().zip(0u32..);
            self.few
                .extend(tokens.filter(|(w, _)| f64::from(*w) >= floor));
            self.few.sort_unstable_by(more_probable);
        }
        if is_cut {
            self.few.truncate(top_k);
            total = self.few.iter().map(|(w, _)| f64::from(*w)).sum();
        }
        if top_p < 1.0 {
            // The smallest set whose probability reaches top_p, at least one.
            let mut sum = 0.0;
            let reached = self.few.iter().position(|(w, _)| {
                sum += f64::from(*w);
                sum >= top_p * total
            });
            self.few.truncate(reached.map_or(usize::MAX, |i| i + 1));
        }
        // The largest weight is 1.
        self.few.retain(|(w, _)| f64::from(*w) >= min_p);
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

/// Most probable first; of equals the one with the smaller id.
fn more_probable(a: &(f32, u32), b: &(f32, u32)) -> std::cmp::Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

/// Natural log of the probability of `token` after `logits`.
pub fn logprob(logits: &[f32], token: u32) -> f64 {
    match logits.get(token as usize) {
        Some(x) => Sums::of(logits).logprob(*x),
        None => f64::NEG_INFINITY,
    }
}

/// A distribution in a few numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// How many tokens are more probable than the one asked about.
    pub rank: u32,
    /// Entropy over the vocabulary, in nats.
    pub entropy: f32,
    /// The most probable tokens with the natural logs of their probabilities, most probable first.
    pub top: Vec<(u32, f32)>,
}

/// Sums up the distribution of `logits`, asked about `token`.
pub fn summary(logits: &[f32], token: u32, top: usize) -> Summary {
    let sums = Sums::of(logits);
    let own = logits.get(token as usize).copied();
    let top = largest(logits.iter().copied(), top).into_iter();
    Summary {
        rank: above(logits, own.unwrap_or(f32::NEG_INFINITY)),
        entropy: sums.entropy as f32,
        top: top
            .map(|(x, token)| (token, sums.logprob(x) as f32))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampler(decoding: Decoding, seed: u64) -> Sampler {
        Sampler::new(&Sampling {
            decoding,
            seed,
            max_tokens: 1,
            stop: Vec::new(),
        })
    }

    const PLAIN: Decoding = Decoding {
        temperature: 1.0,
        top_k: 0,
        top_p: 1.0,
        min_p: 0.0,
        repetition_penalty: 1.0,
    };

    /// 0.5, 0.25, 0.15, 0.1
    fn four() -> Vec<f32> {
        let p = [0.5f32, 0.25, 0.15, 0.1];
        p.iter().map(|p| p.ln() + 3.0).collect()
    }

    fn frequencies(decoding: Decoding, text: &[u32]) -> [f64; 4] {
        let logits = four();
        let mut counts = [0usize; 4];
        let mut sampler = sampler(decoding, 7);
        for _ in 0..40_000 {
            counts[sampler.draw(&logits, text).token as usize] += 1;
        }
        counts.map(|c| c as f64 / 40_000.0)
    }

    #[test]
    fn frequencies_are_the_probabilities() {
        let close = |decoding, text: &[u32], want: [f64; 4]| {
            let got = frequencies(decoding, text);
            let near = got.iter().zip(want).all(|(g, w)| (g - w).abs() < 0.01);
            assert!(near, "{decoding:?}: {got:?}, not {want:?}");
            // What is cut off never comes, not just rarely.
            assert!(got.iter().zip(want).all(|(g, w)| w > 0.0 || *g == 0.0));
        };
        let p = [0.5, 0.25, 0.15, 0.1];
        close(PLAIN, &[], p);
        let (third, two_thirds) = (1.0 / 3.0, 2.0 / 3.0);
        let temperature = |temperature| Decoding {
            temperature,
            ..PLAIN
        };
        // 0.5 + 0.25 reach 0.7.
        let top_p = |top_p| Decoding { top_p, ..PLAIN };
        close(top_p(0.7), &[], [two_thirds, third, 0.0, 0.0]);
        close(top_p(0.0), &[], [1.0, 0.0, 0.0, 0.0]);
        let top_k = |top_k| Decoding { top_k, ..PLAIN };
        close(top_k(1), &[], [1.0, 0.0, 0.0, 0.0]);
        close(top_k(2), &[], [two_thirds, third, 0.0, 0.0]);
        close(top_k(9), &[], p);
        // 0.15 is 0.3 of 0.5.
        let min_p = |min_p| Decoding { min_p, ..PLAIN };
        close(min_p(0.31), &[], [two_thirds, third, 0.0, 0.0]);
        close(min_p(0.29), &[], [0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9, 0.0]);
        close(min_p(1.0), &[], [1.0, 0.0, 0.0, 0.0]);
        close(temperature(0.0), &[], [1.0, 0.0, 0.0, 0.0]);
        close(temperature(1e9), &[], [0.25; 4]);
        // All logits are positive; that of token 0 is divided by 2, once however often it was said.
        let penalty = Decoding {
            repetition_penalty: 2.0,
            ..PLAIN
        };
        let zero = (f64::from(four()[0]) / 2.0).exp();
        let others = [0.25, 0.15, 0.1].map(|p: f64| p * 3f64.exp());
        let sum = zero + others.iter().sum::<f64>();
        let want = [
            zero / sum,
            others[0] / sum,
            others[1] / sum,
            others[2] / sum,
        ];
        close(penalty, &[0, 0, 0], want);
        close(penalty, &[], p);
    }

    #[test]
    fn a_negative_logit_is_multiplied_by_the_penalty() {
        let greedy = Decoding {
            temperature: 0.0,
            repetition_penalty: 3.0,
            ..PLAIN
        };
        let drawn = sampler(greedy, 0).draw(&[-1.0, -2.0], &[0]);
        assert_eq!(drawn.token, 1);
        // The reported probability is the model's own.
        let norm = ((-1f64).exp() + (-2f64).exp()).ln();
        assert!((f64::from(drawn.logprob) - (-2.0 - norm)).abs() < 1e-6);
    }

    #[test]
    fn a_summary_tells_rank_entropy_and_the_top() {
        let of = summary(&four(), 2, 2);
        assert_eq!(of.rank, 2);
        let entropy: f64 = [0.5f64, 0.25, 0.15, 0.1].iter().map(|p| -p * p.ln()).sum();
        assert!((f64::from(of.entropy) - entropy).abs() < 1e-6);
        assert_eq!(of.top.iter().map(|t| t.0).collect::<Vec<_>>(), [0, 1]);
        assert!((of.top[1].1 - 0.25f32.ln()).abs() < 1e-6);
        let sure = summary(&[f32::NEG_INFINITY, 0.0], 0, 9);
        assert_eq!((sure.rank, sure.entropy, sure.top.len()), (1, 0.0, 2));
        assert_eq!(summary(&[0.0], 7, 0).rank, 1);
    }

    #[test]
    fn the_logprob_is_that_of_temperature_one() {
        let logits = [0.0f32, 1.0, 2.0];
        let norm = (1.0 + 1f64.exp() + 2f64.exp()).ln();
        let greedy = Decoding {
            temperature: 0.0,
            top_p: 0.1,
            ..PLAIN
        };
        let drawn = sampler(greedy, 0).draw(&logits, &[]);
        assert_eq!(drawn.token, 2);
        assert!((f64::from(drawn.logprob) - (2.0 - norm)).abs() < 1e-6);
        assert!((logprob(&logits, 0) + norm).abs() < 1e-6);
    }

    #[test]
    fn strange_settings_and_logits_do_not_panic() {
        let strange = [-1.0, 0.0, 1e-300, 0.5, 1.0, 2.0, f64::INFINITY, f64::NAN];
        for x in strange {
            for y in strange {
                let decoding = Decoding {
                    temperature: x,
                    top_k: if y > 1.0 { 2 } else { 0 },
                    top_p: y,
                    min_p: y,
                    repetition_penalty: y,
                };
                let mut sampler = sampler(decoding, 3);
                for logits in [
                    &[0.0f32][..],
                    &[f32::NEG_INFINITY, 1e30, -1e30],
                    &[-1e38, 1e38],
                ] {
                    let token = sampler.draw(logits, &[0, 1, 7]).token as usize;
                    assert!(token < logits.len());
                }
            }
        }
    }
}
