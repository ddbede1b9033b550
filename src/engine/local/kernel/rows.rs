//! The left side of a product.

use rayon::prelude::*;

use super::BLOCK;

/// Fewer numbers than this are not worth waking another thread for.
const WORTH_SHARING: usize = 1 << 14;

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
        let size = self.cut(rows, inner);
        for (no, block) in self.data.chunks_mut((size * inner).max(1)).enumerate() {
            interleave(block, inner, |r| row(no * size + r));
        }
    }

    /// The same; called on a pool's thread, it lets the pool share the work.
    pub fn fill_shared<'a>(
        &mut self,
        rows: usize,
        inner: usize,
        row: impl Fn(usize) -> &'a [f32] + Sync,
    ) {
        if rows * inner < WORTH_SHARING || rayon::current_thread_index().is_none() {
            return self.fill(rows, inner, row);
        }
        let size = self.cut(rows, inner);
        let blocks = self.data.par_chunks_mut((size * inner).max(1)).enumerate();
        blocks.for_each(|(no, block)| interleave(block, inner, |r| row(no * size + r)));
    }

    /// Makes room; returns the number of rows per block.
    fn cut(&mut self, rows: usize, inner: usize) -> usize {
        // Every number of it is written.
        self.data.resize(rows * inner, 0.0);
        self.inner = inner;
        // Even blocks: 8 rows are 4 + 4, not 6 + 2.
        let size = rows.div_ceil(rows.div_ceil(BLOCK).max(1)).max(1);
        self.blocks.clear();
        let sizes = (0..rows).step_by(size).map(|at| size.min(rows - at));
        self.blocks.extend(sizes);
        size
    }

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

/// Fills a block with its rows, in the order of the block.
fn interleave<'a>(block: &mut [f32], inner: usize, row: impl Fn(usize) -> &'a [f32]) {
    match block.len() / inner.max(1) {
        1 => block.copy_from_slice(&row(0)[..inner]),
        2 => weave::<2>(block, inner, row),
        3 => weave::<3>(block, inner, row),
        4 => weave::<4>(block, inner, row),
        5 => weave::<5>(block, inner, row),
        _ => weave::<BLOCK>(block, inner, row),
    }
}

fn weave<'a, const R: usize>(block: &mut [f32], inner: usize, row: impl Fn(usize) -> &'a [f32]) {
    let (steps, _) = block.as_chunks_mut::<R>();
    for r in 0..R {
        for (to, x) in steps.iter_mut().zip(&row(r)[..inner]) {
            to[r] = *x;
        }
    }
}

/// A view of [`Interleaved`] rows.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub(super) data: &'a [f32],
    pub(super) blocks: &'a [usize],
    pub(super) inner: usize,
}
