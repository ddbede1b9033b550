//! The arithmetic that takes the time: rows times a packed matrix.
//!
//! Invariant: **one output element is one chain of fused multiply-adds over the inner dimension, in
//! order**, whatever the number of rows, the block it falls into, the instructions and the number of
//! threads. So a token gets bit for bit the same numbers alone or in a batch, in one chunk or in many,
//! from a reused prefix or a fresh one; "the same seed gives the same text whatever else runs" rests on
//! that. A general matrix library chooses its algorithm by the number of rows, and packs the weights on
//! every call, which costs more than the product itself at the few rows a decoding step has.
//!
//! Knows nothing of models. AVX-512, AVX2+FMA and NEON are found at run time; elsewhere plain Rust. Here is
//! what can be called, `rows` are the left side, and `sweep` computes.

use std::sync::atomic::{AtomicUsize, Ordering};

use pulp::{Arch, Simd, WithSimd};

mod rows;
mod sweep;
#[cfg(test)]
mod tests;

pub use rows::{Interleaved, Rows};
use sweep::{Out, Sweep, WIDE};

/// Columns per panel of a packed matrix.
pub const PANEL: usize = 16;

/// Most rows that share one pass over a panel: with AVX2's two vectors per panel, 12 accumulators.
pub const BLOCK: usize = 6;

/// Into how many pieces a thread's share is cut, so that others can help with it.
const PIECES: usize = 8;

/// A step along a panel: aligned, so that no load touches two cache lines.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub struct Line(pub [f32; PANEL]);

impl Line {
    /// Nothing in it.
    pub const ZERO: Line = Line([0.0; PANEL]);
}

/// A matrix as the kernel reads it: `[panel][inner]`, the last panel padded with zeros.
#[derive(Clone, Copy)]
pub struct Panels<'a> {
    /// `panels * inner` lines.
    pub data: &'a [Line],
    /// Length of the inner dimension.
    pub inner: usize,
}

impl Panels<'_> {
    /// How many panels there are.
    pub fn count(&self) -> usize {
        self.data.len() / self.inner.max(1)
    }
}

/// `out[row][column] (+)= Σ rows[row][i] · panels[i][column]`, whole panels, on the caller's thread.
pub struct Multiply<'a> {
    /// Left side.
    pub rows: Rows<'a>,
    /// Right side; its inner length may exceed that of the rows (the rest is not read).
    pub panels: Panels<'a>,
    /// Result, row by row, `stride` apart.
    pub out: &'a mut [f32],
    /// Distance between rows of `out`; at least as long as all panels together.
    pub stride: usize,
    /// Start from what is in `out` instead of zero.
    pub accumulate: bool,
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let columns = self.panels.count() * PANEL;
        debug_assert!(columns <= self.stride);
        let sweep = Sweep {
            rows: self.rows,
            panels: self.panels,
            range: 0..self.panels.count(),
            out: &Out::new(self.out),
            first: 0,
            columns,
            stride: self.stride,
            accumulate: self.accumulate,
        };
        // A call of its own: the same code as everybody's.
        simd.vectorize(sweep);
    }
}

/// `out[row][first + column] = Σ rows[row][i] · panels[i][column]`, shared by threads.
pub struct Product<'a> {
    /// Left side.
    pub rows: Rows<'a>,
    /// Right side, of the same inner length.
    pub panels: Panels<'a>,
    /// Result, row by row, `stride` apart.
    pub out: &'a mut [f32],
    /// Distance between rows of `out`.
    pub stride: usize,
    /// Where in a row of `out` the first column goes.
    pub first: usize,
    /// How many columns there are; the last panel may have room for more.
    pub columns: usize,
}

impl Product<'_> {
    /// Computes it. `share` calls the work it is given on up to `threads` threads, at least once.
    ///
    /// # Panics
    /// If the sizes do not fit.
    pub fn run(self, arch: Arch, threads: usize, share: impl FnOnce(&(dyn Fn() + Sync))) {
        let panels = self.panels.count();
        assert!(self.columns <= panels * PANEL && self.first + self.columns <= self.stride);
        let size = match threads.max(1) {
            1 => panels,
            threads => panels.div_ceil(threads * PIECES).next_multiple_of(WIDE),
        };
        let out = Out::new(self.out);
        let next = AtomicUsize::new(0);
        share(&|| {
            loop {
                // Each piece is taken once, and no two write the same columns.
                let from = next.fetch_add(1, Ordering::Relaxed) * size;
                if from >= panels {
                    break;
                }
                let sweep = Sweep {
                    rows: self.rows,
                    panels: self.panels,
                    range: from..(from + size).min(panels),
                    out: &out,
                    first: self.first,
                    columns: self.columns,
                    stride: self.stride,
                    accumulate: false,
                };
                run(arch, sweep);
            }
        });
    }
}

/// All instructions that this machine has, the fastest first; the last ones are plain Rust.
pub fn available() -> Vec<Arch> {
    let mut all = vec![Arch::new()];
    #[cfg(target_arch = "x86_64")]
    all.extend(pulp::x86::V3::try_new().map(Arch::V3));
    all.push(Arch::Scalar);
    all
}

/// Runs an operation with these instructions.
#[inline]
pub fn run<K: WithSimd>(arch: Arch, kernel: K) -> K::Output {
    arch.dispatch(kernel)
}
