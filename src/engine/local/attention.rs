//! Attention of one sequence's new tokens over its own keys and values.
//!
//! Invariant: a token's result depends only on the tokens before it and itself, bit for bit: pages lie at
//! absolute positions, and what a token may not see has probability 0, which adds nothing.

use pulp::{Arch, Simd, WithSimd};

use super::config::DecoderConfig;
use super::kernel::{BLOCK, Interleaved, Multiply, PANEL, Panels, run};
use super::kv::{Kv, PAGE};
use super::rowwise::{SoftCap, Softmax};

/// Space used during one call, kept between calls.
#[derive(Default)]
pub struct Scratch {
    queries: Interleaved,
    weights: Interleaved,
    scores: Vec<f32>,
    sums: Vec<f32>,
}

/// The new tokens of one sequence in one layer.
pub struct Attention<'a> {
    /// Sizes.
    pub config: &'a DecoderConfig,
    /// Keys and values, those of the new tokens included.
    pub kv: &'a Kv,
    /// Which layer.
    pub layer: usize,
    /// Position of the first new token. All of them lie on the same side of the sequence's edge.
    pub first: usize,
    /// Queries, turned and scaled: rows of `width`, the first `heads * head_dim` of which count.
    pub rows: &'a [f32],
    /// Distance between rows.
    pub width: usize,
    /// Result, `[rows, heads * head_dim]`.
    pub out: &'a mut [f32],
    /// Space.
    pub scratch: &'a mut Scratch,
}

impl Attention<'_> {
    /// Computes it.
    pub fn run(self, arch: Arch) {
        run(arch, self);
    }
}

impl WithSimd for Attention<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Attention {
            config,
            kv,
            layer,
            first,
            rows,
            width,
            out,
            scratch,
        } = self;
        let dim = config.head_dim;
        let padded = dim.next_multiple_of(PANEL);
        let group = config.heads / config.kv_heads;
        let queries = rows.len() / width * group;
        let window = config.windows[layer];
        let is_beyond = first >= kv.edge();
        for kv_head in 0..config.kv_heads {
            // Heads that share keys go through them together, and so do neighbouring tokens.
            let mut at = 0;
            while at < queries {
                let count = BLOCK.min(queries - at);
                let place = |i: usize| ((at + i) / group, kv_head * group + (at + i) % group);
                let sees = |i: usize| {
                    let to = first + place(i).0 + 1;
                    (window.map_or(0, |w| to.saturating_sub(w)), to)
                };
                let base = sees(0).0 / PAGE * PAGE;
                let end = sees(count - 1).1;
                let pages = base / PAGE..end.div_ceil(PAGE);
                let span = pages.len() * PAGE;
                scratch.queries.fill(count, dim, |i| {
                    let (row, head) = place(i);
                    &rows[row * width + head * dim..]
                });
                scratch.scores.clear();
                scratch.scores.resize(count * span, 0.0);
                for page in pages.clone() {
                    let job = Multiply {
                        rows: scratch.queries.rows(),
                        panels: Panels {
                            data: kv.read(is_beyond, page, layer, kv_head).0,
                            inner: dim,
                        },
                        out: &mut scratch.scores[page * PAGE - base..],
                        stride: span,
                        accumulate: false,
                    };
                    job.with_simd(simd);
                }
                if let Some(cap) = config.score_cap {
                    // Those that are not seen too: they get no weight. A call of its own, for most
                    // models have no cap.
                    let x = &mut scratch.scores;
                    simd.vectorize(SoftCap { x, cap });
                }
                for (i, scores) in scratch.scores.chunks_exact_mut(span).enumerate() {
                    let (from, to) = sees(i);
                    let job = Softmax {
                        scores,
                        from: from - base,
                        to: to - base,
                    };
                    job.with_simd(simd);
                }
                let scores = &scratch.scores;
                scratch.weights.fill(count, span, |i| &scores[i * span..]);
                scratch.sums.clear();
                scratch.sums.resize(count * padded, 0.0);
                for page in pages {
                    let from = page * PAGE - base;
                    let to = (end - base).min(from + PAGE);
                    let job = Multiply {
                        rows: scratch.weights.part(from..to),
                        panels: Panels {
                            data: kv.read(is_beyond, page, layer, kv_head).1,
                            inner: PAGE,
                        },
                        out: &mut scratch.sums,
                        stride: padded,
                        accumulate: true,
                    };
                    job.with_simd(simd);
                }
                for (i, sums) in scratch.sums.chunks_exact(padded).enumerate() {
                    let (row, head) = place(i);
                    let to = (row * config.heads + head) * dim;
                    out[to..to + dim].copy_from_slice(&sums[..dim]);
                }
                at += count;
            }
        }
    }
}
