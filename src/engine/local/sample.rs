//! From logits to the next token, reproducibly.
//!
//! Invariant: a job's draws depend on its seed and its own logits only: one random number per token, from
//! the job's own generator. candle-transformers' `LogitsProcessor` builds tensors, sorts the vocabulary
//! and gives no log-probability; these few lines do neither.

use std::collections::HashSet;

use crate::domain::{Decoding, Sampling};

/// Draws a job's tokens.
pub struct Sampler {
    decoding: Decoding,
    state: u64,
    weights: Vec<(f64, u32)>,
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
            weights: Vec::new(),
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
        let (best, top) = best(logits);
        // Below this, dividing by the temperature overflows; the limit is the arg-max.
        if self.decoding.temperature < 1e-4 {
            best
        } else {
            self.at_random(logits, top)
        }
    }

    fn at_random(&mut self, logits: &[f32], top: f32) -> u32 {
        let cold = 1.0 / self.decoding.temperature;
        let weight = |x: f32| ((f64::from(x) - f64::from(top)) * cold).exp();
        self.weights.clear();
        let tokens = logits.iter().zip(0u32..);
        self.weights
            .extend(tokens.map(|(x, token)| (weight(*x), token)));
        let k = self.decoding.top_k as usize;
        if k > 0 && k < self.weights.len() {
            self.weights.select_nth_unstable_by(k - 1, more_probable);
            self.weights.truncate(k);
        }
        if self.decoding.top_p < 1.0 {
            self.keep_nucleus();
        }
        if self.decoding.min_p > 0.0 {
            // The largest weight is 1.
            let floor = self.decoding.min_p;
            self.weights.retain(|(w, _)| *w >= floor);
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
    fn keep_nucleus(&mut self) {
        let top_p = self.decoding.top_p;
        let total: f64 = self.weights.iter().map(|(w, _)| w).sum();
        // Tokens this improbable cannot matter together: leaving them out makes sorting cheap.
        let floor = (1.0 - top_p) * total / self.weights.len() as f64;
        self.weights.retain(|(w, _)| *w >= floor);
        self.weights.sort_by(more_probable);
        let mut sum = 0.0;
        let reached = self.weights.iter().position(|(w, _)| {
            sum += w;
            sum >= top_p * total
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

/// Most probable first; of equals the one with the smaller id.
fn more_probable(a: &(f64, u32), b: &(f64, u32)) -> std::cmp::Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

/// Natural log of the probability of `token` after `logits`.
pub fn logprob(logits: &[f32], token: u32) -> f64 {
    let (_, top) = best(logits);
    match logits.get(token as usize) {
        Some(x) => f64::from(*x) - log_sum_exp(logits, top),
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
    let (_, highest) = best(logits);
    let own = logits.get(token as usize).copied();
    let own = own.unwrap_or(f32::NEG_INFINITY);
    // One pass with one exponential a token: this is done for every token that a pane shows.
    let (mut rank, mut sum, mut weighted) = (0, 0.0, 0.0);
    let mut all: Vec<(f64, u32)> = Vec::with_capacity(top + 1);
    let mut least = f32::NEG_INFINITY;
    for (x, no) in logits.iter().zip(0u32..) {
        rank += u32::from(*x > own);
        let below = x - highest;
        let weight = f64::from(below.exp());
        sum += weight;
        // 0 ln 0 is 0.
        if weight > 0.0 {
            weighted += weight * f64::from(below);
        }
        if *x > least || (all.len() < top && !x.is_nan()) {
            let one = (f64::from(*x), no);
            let at = all.partition_point(|other| more_probable(other, &one).is_lt());
            all.insert(at, one);
            all.truncate(top);
            if all.len() == top {
                least = all.last().map_or(f32::INFINITY, |(x, _)| *x as f32);
            }
        }
    }
    let norm = f64::from(highest) + sum.ln();
    Summary {
        rank,
        entropy: (sum.ln() - weighted / sum) as f32,
        top: all
            .into_iter()
            .map(|(x, token)| (token, (x - norm) as f32))
            .collect(),
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
    fn the_top_is_that_of_a_full_sort() {
        let logits: Vec<f32> = (0..500).map(|i| (i * 7919 % 101) as f32 / 9.0).collect();
        let mut all: Vec<(f64, u32)> = logits.iter().map(|x| f64::from(*x)).zip(0..).collect();
        all.sort_by(more_probable);
        for top in [0, 1, 8, 600] {
            let found: Vec<u32> = summary(&logits, 3, top).top.iter().map(|t| t.0).collect();
            let sorted: Vec<u32> = all.iter().take(top).map(|t| t.1).collect();
            assert_eq!(found, sorted);
        }
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
