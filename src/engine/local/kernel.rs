//! The arithmetic that takes the time: rows times a packed matrix.
//!
//! Invariant: **one output element is one chain of fused multiply-adds over the inner dimension, in
//! order**, whatever the number of rows, the block it falls into and the number of threads. So a token
//! gets bit for bit the same numbers alone or in a batch, in one chunk or in many, from a reused prefix
//! or a fresh one; "the same seed gives the same text whatever else runs" rests on that. A general
//! matrix library chooses its algorithm by the number of rows, and packs the weights on every call,
//! which costs more than the product itself at the few rows a decoding step has.
//!
//! Knows nothing of models. AVX2+FMA and NEON are found at run time; elsewhere plain Rust.

use pulp::{Arch, Simd, WithSimd};

/// Columns per panel of a packed matrix.
pub const PANEL: usize = 16;

/// Most rows that share one pass over a panel: with two vectors per panel, 12 accumulators.
pub const BLOCK: usize = 6;

/// A matrix as the kernel reads it: `[panel][inner][PANEL]`, the last panel padded with zeros.
#[derive(Clone, Copy)]
pub struct Panels<'a> {
    /// `panels * inner * PANEL` numbers.
    pub data: &'a [f32],
    /// Length of the inner dimension.
    pub inner: usize,
}

impl Panels<'_> {
    /// How many panels there are.
    pub fn count(&self) -> usize {
        self.data.len() / (self.inner * PANEL).max(1)
    }
}

/// Rows as the kernel reads them: blocks of up to [`BLOCK`] rows, each `[inner][rows of the block]`.
#[derive(Default)]
pub struct Interleaved {
    data: Vec<f32>,
    blocks: Vec<usize>,
    inner: usize,
}

impl Interleaved {
    /// Takes `rows` rows of `inner` numbers; `row(i)` gives the i-th.
    pub fn fill<'a>(&mut self, rows: usize, inner: usize, row: impl Fn(usize) -> &'a [f32]) {
        self.data.clear();
        self.data.resize(rows * inner, 0.0);
        self.blocks.clear();
        self.inner = inner;
        // Even blocks: 8 rows are 4 + 4, not 6 + 2.
        let blocks = rows.div_ceil(BLOCK).max(1);
        let size = rows.div_ceil(blocks);
        let mut at = 0;
        while at < rows {
            let n = size.min(rows - at);
            let block = &mut self.data[at * inner..(at + n) * inner];
            if n == 1 {
                block.copy_from_slice(&row(at)[..inner]);
            } else {
                for r in 0..n {
                    let from = &row(at + r)[..inner];
                    for (to, x) in block.iter_mut().skip(r).step_by(n).zip(from) {
                        *to = *x;
                    }
                }
            }
            self.blocks.push(n);
            at += n;
        }
    }
}

impl Interleaved {
    /// All rows, over the whole inner dimension.
    pub fn rows(&self) -> Rows<'_> {
        Rows {
            data: &self.data,
            blocks: &self.blocks,
            inner: self.inner,
        }
    }

    /// All rows, over a part of the inner dimension. Only for at most [`BLOCK`] rows.
    pub fn part(&self, inner: std::ops::Range<usize>) -> Rows<'_> {
        debug_assert!(self.blocks.len() <= 1);
        let rows = self.blocks.first().copied().unwrap_or(0);
        Rows {
            data: &self.data[inner.start * rows..inner.end * rows],
            blocks: &self.blocks,
            inner: inner.len(),
        }
    }
}

/// A view of [`Interleaved`] rows.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    data: &'a [f32],
    blocks: &'a [usize],
    inner: usize,
}

/// `out[row][column] (+)= Σ rows[row][i] · panels[i][column]`.
pub struct Multiply<'a> {
    /// Left side.
    pub rows: Rows<'a>,
    /// Right side; its inner length may exceed that of the rows (the rest is not read).
    pub panels: Panels<'a>,
    /// Result, row by row, `stride` apart.
    pub out: &'a mut [f32],
    /// Distance between rows of `out`; columns at and beyond it are not written.
    pub stride: usize,
    /// Start from what is in `out` instead of zero.
    pub accumulate: bool,
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            4 => multiply::<S, 4>(simd, self),
            8 => multiply::<S, 2>(simd, self),
            16 => multiply::<S, 1>(simd, self),
            _ => multiply_plain(self),
        }
    }
}

#[inline(always)]
fn multiply<S: Simd, const V: usize>(simd: S, job: Multiply<'_>) {
    let inner = job.rows.inner;
    let step = job.panels.inner * PANEL;
    let panel = |p: usize| &job.panels.data[p * step..p * step + inner * PANEL];
    let count = job.panels.count();
    let (stride, accumulate) = (job.stride, job.accumulate);
    let mut p = 0;
    while p < count {
        // Few rows leave registers free: several panels at once hide the latency of the adds.
        let most = job.rows.blocks.first().copied().unwrap_or(0);
        let group = match most {
            0 | 1 if p + 4 <= count => 4,
            0..=2 if p + 2 <= count => 2,
            _ => 1,
        };
        let mut at = 0;
        for &n in job.rows.blocks {
            let x = &job.rows.data[at * inner..(at + n) * inner];
            let place = Place {
                out: &mut *job.out,
                first: at * stride,
                column: p * PANEL,
                stride,
                accumulate,
            };
            match (n, group) {
                (1, 4) => {
                    let w = [panel(p), panel(p + 1), panel(p + 2), panel(p + 3)];
                    block::<S, 1, 4, V>(simd, x, w, place);
                }
                (1, 2) => block::<S, 1, 2, V>(simd, x, [panel(p), panel(p + 1)], place),
                (2, 2) => block::<S, 2, 2, V>(simd, x, [panel(p), panel(p + 1)], place),
                (1, _) => block::<S, 1, 1, V>(simd, x, [panel(p)], place),
                (2, _) => block::<S, 2, 1, V>(simd, x, [panel(p)], place),
                (3, _) => block::<S, 3, 1, V>(simd, x, [panel(p)], place),
                (4, _) => block::<S, 4, 1, V>(simd, x, [panel(p)], place),
                (5, _) => block::<S, 5, 1, V>(simd, x, [panel(p)], place),
                _ => block::<S, 6, 1, V>(simd, x, [panel(p)], place),
            }
            at += n;
        }
        p += group;
    }
}

struct Place<'a> {
    out: &'a mut [f32],
    first: usize,
    column: usize,
    stride: usize,
    accumulate: bool,
}

/// `R` rows times `P` panels of `V` vectors each.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // rows and panels index three arrays at once
fn block<S: Simd, const R: usize, const P: usize, const V: usize>(
    simd: S,
    x: &[f32],
    w: [&[f32]; P],
    place: Place<'_>,
) {
    let mut sums = [[[simd.splat_f32s(0.0); V]; P]; R];
    let mut edge = [0f32; PANEL];
    let bounds = |r: usize, p: usize| {
        let column = place.column + p * PANEL;
        let width = PANEL.min(place.stride.saturating_sub(column));
        let at = place.first + r * place.stride + column;
        (at, width)
    };
    if place.accumulate {
        for r in 0..R {
            for p in 0..P {
                let (at, width) = bounds(r, p);
                edge[..width].copy_from_slice(&place.out[at..at + width]);
                sums[r][p].copy_from_slice(&S::as_simd_f32s(&edge).0[..V]);
            }
        }
    }
    let w = w.map(|panel| S::as_simd_f32s(panel).0);
    let inner = x.len() / R;
    for panel in &w {
        assert!(panel.len() >= inner * V);
    }
    for (i, xs) in x.chunks_exact(R).enumerate() {
        let mut weights = [[simd.splat_f32s(0.0); V]; P];
        for p in 0..P {
            for v in 0..V {
                weights[p][v] = w[p][i * V + v];
            }
        }
        for r in 0..R {
            let x = simd.splat_f32s(xs[r]);
            for p in 0..P {
                for v in 0..V {
                    sums[r][p][v] = simd.mul_add_f32s(x, weights[p][v], sums[r][p][v]);
                }
            }
        }
    }
    for r in 0..R {
        for p in 0..P {
            let (at, width) = bounds(r, p);
            S::as_mut_simd_f32s(&mut edge)
                .0
                .copy_from_slice(&sums[r][p]);
            place.out[at..at + width].copy_from_slice(&edge[..width]);
        }
    }
}

/// The same where there are no vectors: separate multiply and add.
fn multiply_plain(job: Multiply<'_>) {
    let inner = job.rows.inner;
    let step = job.panels.inner * PANEL;
    for p in 0..job.panels.count() {
        let panel = &job.panels.data[p * step..p * step + inner * PANEL];
        let width = PANEL.min(job.stride.saturating_sub(p * PANEL));
        let mut at = 0;
        for &n in job.rows.blocks {
            let x = &job.rows.data[at * inner..(at + n) * inner];
            for r in 0..n {
                let from = (at + r) * job.stride + p * PANEL;
                let out = &mut job.out[from..from + width];
                let mut sums = [0f32; PANEL];
                if job.accumulate {
                    sums[..width].copy_from_slice(out);
                }
                for (xs, ws) in x.chunks_exact(n).zip(panel.chunks_exact(PANEL)) {
                    for (sum, w) in sums.iter_mut().zip(ws) {
                        *sum += xs[r] * w;
                    }
                }
                out.copy_from_slice(&sums[..width]);
            }
            at += n;
        }
    }
}

/// Runs an operation with the best instructions this machine has.
#[inline]
pub fn run<K: WithSimd>(arch: Arch, kernel: K) -> K::Output {
    arch.dispatch(kernel)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize, seed: u64) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            ((state >> 40) as f32 / (1u64 << 24) as f32) - 0.5
        };
        (0..n).map(|_| next()).collect()
    }

    #[test]
    fn every_number_of_rows_gives_the_same_bits_as_one_row() {
        for (inner, columns) in [(7usize, 5usize), (64, 16), (33, 70), (128, 130), (1, 200)] {
            let panels = columns.div_ceil(PANEL);
            let weights = numbers(panels * inner * PANEL, 1);
            let panels = Panels {
                data: &weights,
                inner,
            };
            let x = numbers(20 * inner, 2);
            let product = |from: usize, rows: usize| {
                let mut left = Interleaved::default();
                left.fill(rows, inner, |r| &x[(from + r) * inner..]);
                let mut out = vec![0f32; rows * columns];
                let job = Multiply {
                    rows: left.rows(),
                    panels,
                    out: &mut out,
                    stride: columns,
                    accumulate: false,
                };
                run(Arch::new(), job);
                out
            };
            let alone: Vec<f32> = (0..20).flat_map(|r| product(r, 1)).collect();
            for rows in 1..=20 {
                assert_eq!(product(0, rows), alone[..rows * columns], "{rows} rows");
            }
            for (r, c) in [(0, 0), (3, columns - 1), (19, columns / 2)] {
                let exact: f64 = (0..inner)
                    .map(|i| {
                        let w = weights[(c / PANEL * inner + i) * PANEL + c % PANEL];
                        f64::from(x[r * inner + i]) * f64::from(w)
                    })
                    .sum();
                assert!((exact - f64::from(alone[r * columns + c])).abs() < 1e-5);
            }
            let mut left = Interleaved::default();
            left.fill(20, inner, |r| &x[r * inner..]);
            let mut plain = vec![0f32; 20 * columns];
            multiply_plain(Multiply {
                rows: left.rows(),
                panels,
                out: &mut plain,
                stride: columns,
                accumulate: false,
            });
            assert!(plain.iter().zip(&alone).all(|(a, b)| (a - b).abs() < 1e-5));
        }
    }
}
