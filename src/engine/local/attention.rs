//! Attention of each sequence's new tokens over its own keys and values.
//!
//! Invariant: a token's result depends only on the tokens before it and itself, bit for bit: pages lie at
//! absolute positions, and what a token may not see has probability 0, which adds nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};

use pulp::{Simd, WithSimd};

use super::compute::Compute;
use super::config::DecoderConfig;
use super::kernel::{BLOCK, Interleaved, Multiply, PANEL, Panels, run};
use super::kv::{Kv, PAGE};
use super::model::Segment;
use super::rowwise::{SoftCap, Softmax};

/// One thread's space.
#[derive(Default)]
struct Scratch {
    queries: Interleaved,
    weights: Interleaved,
    scores: Vec<f32>,
    sums: Vec<f32>,
}

/// New tokens that one thread works on at a time; whole blocks of the kernel with any number of heads.
const ROWS: usize = 4 * BLOCK;

/// Multiplications that are worth another thread's attention.
const WORTH_SHARING: usize = 300_000;

/// The attention of all rows of a pass, in one layer.
pub struct Attention<'a> {
    /// Sizes.
    pub config: &'a DecoderConfig,
    /// Which layer.
    pub layer: usize,
    /// The sequences; their keys and values hold the new tokens already.
    pub segments: &'a [Segment<'a>],
    /// Queries, turned and scaled: rows of `width`, the first `heads * head_dim` of which count.
    pub rows: &'a [f32],
    /// Distance between rows.
    pub width: usize,
    /// Result, `[rows, heads * head_dim]`.
    pub out: &'a mut [f32],
    /// Space.
    pub space: &'a mut Space,
}

/// Space used during one call, kept between calls.
#[derive(Default)]
pub struct Space {
    /// The result in the order in which it is computed.
    results: Vec<f32>,
    /// One for each thread.
    scratches: Mutex<Vec<Scratch>>,
}

impl Attention<'_> {
    /// Computes it. Threads take places as they find the time; what a place computes hangs on nothing else.
    pub fn run(self, compute: &Compute) {
        let (config, segments) = (self.config, self.segments);
        let (dim, group) = (config.head_dim, config.heads / config.kv_heads);
        let Space { results, scratches } = self.space;
        // Every number of it is written.
        results.resize(self.out.len(), 0.0);
        let mut rest = results.as_mut_slice();
        let tasks = places(config, segments).map(|place| {
            let (out, others) = std::mem::take(&mut rest).split_at_mut(place.rows * group * dim);
            rest = others;
            (place, out)
        });
        let tasks = Mutex::new(tasks);
        let work = || {
            let mut scratch = lock(scratches).pop().unwrap_or_default();
            loop {
                let Some((place, out)) = lock(&tasks).next() else {
                    break;
                };
                let task = Task {
                    config,
                    layer: self.layer,
                    rows: &self.rows[place.row * self.width..],
                    width: self.width,
                    place,
                    out,
                    scratch: &mut scratch,
                };
                run(compute.arch, task);
            }
            lock(scratches).push(scratch);
        };
        let products = segments.iter().map(|s| s.tokens.len() * s.kv.len());
        match products.sum::<usize>() * config.heads * dim * 2 >= WORTH_SHARING {
            true => compute.share(&work),
            false => work(),
        }
        let row_len = config.heads * dim;
        let mut results = results.chunks_exact(group * dim);
        for place in places(config, segments) {
            let rows = self.out.chunks_exact_mut(row_len).skip(place.row);
            for (row, result) in rows.zip(results.by_ref().take(place.rows)) {
                row[place.kv_head * group * dim..][..group * dim].copy_from_slice(result);
            }
        }
    }
}

/// Neighbouring new tokens of one sequence and the heads that share one head's keys.
struct Place<'a> {
    kv: &'a Kv,
    /// Position of the first token. All of them lie on the same side of the sequence's edge.
    first: usize,
    /// Its row in the pass.
    row: usize,
    /// How many tokens.
    rows: usize,
    kv_head: usize,
}

/// All places of a pass.
fn places<'a>(
    config: &DecoderConfig,
    segments: &'a [Segment<'a>],
) -> impl Iterator<Item = Place<'a>> {
    let kv_heads = config.kv_heads;
    let mut row = 0;
    segments.iter().flat_map(move |segment| {
        let count = segment.tokens.len();
        let (kv, begin) = (&*segment.kv, row);
        row += count;
        let first = kv.len() - count;
        // Rows on both sides of an edge see different keys.
        let edge = kv.edge().saturating_sub(first).min(count);
        let parts = [0..edge, edge..count].into_iter();
        let pieces = parts.flat_map(|part| {
            let end = part.end;
            part.step_by(ROWS).map(move |at| (at, ROWS.min(end - at)))
        });
        pieces.flat_map(move |(at, rows)| {
            (0..kv_heads).map(move |kv_head| Place {
                kv,
                first: first + at,
                row: begin + at,
                rows,
                kv_head,
            })
        })
    })
}

/// A panic elsewhere leaves nothing half done in what is locked here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One place's work.
struct Task<'a> {
    config: &'a DecoderConfig,
    layer: usize,
    /// From the first token's row on.
    rows: &'a [f32],
    width: usize,
    place: Place<'a>,
    /// Result, `[tokens, heads of the group, head_dim]`.
    out: &'a mut [f32],
    scratch: &'a mut Scratch,
}

impl WithSimd for Task<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Task {
            config,
            layer,
            rows,
            width,
            place: Place {
                kv, first, kv_head, ..
            },
            out,
            scratch,
        } = self;
        let dim = config.head_dim;
        let padded = dim.next_multiple_of(PANEL);
        let group = config.heads / config.kv_heads;
        let queries = out.len() / dim;
        let window = config.windows[layer];
        let is_beyond = first >= kv.edge();
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
                out[(at + i) * dim..][..dim].copy_from_slice(&sums[..dim]);
            }
            at += count;
        }
    }
}
