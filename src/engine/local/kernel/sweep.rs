//! The order in which blocks of rows meet panels.
//!
//! Some panels at once go through all blocks of rows for a stretch of the inner dimension, then for the
//! next one. What is read from memory once stays in the first cache until the last block has used it, and
//! the next stretch is fetched meanwhile. Sums wait in the output.
//!
//! Unsafe is only that threads write different columns of one matrix, and a hint to the cache.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::{Line, PANEL, Panels, Rows};

/// Lines of a matrix that are used by all blocks of rows before the next ones are: most of a first cache.
const STRIP: usize = 512;

/// Most panels at once: with AVX-512's one vector per panel and six rows, 24 accumulators.
pub(super) const WIDE: usize = 4;

/// Numbers that several threads write, each its own.
pub(super) struct Out<'a> {
    at: *mut f32,
    len: usize,
    lifetime: PhantomData<&'a mut [f32]>,
}

// SAFETY: the pointer is only used in `span`, whose callers see to it that spans do not overlap.
unsafe impl Sync for Out<'_> {}

impl<'a> Out<'a> {
    pub(super) fn new(out: &'a mut [f32]) -> Out<'a> {
        Out {
            at: out.as_mut_ptr(),
            len: out.len(),
            lifetime: PhantomData,
        }
    }

    /// # Safety
    /// No other span with one of these numbers may be alive, on any thread.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)] // that is what the type is for
    unsafe fn span(&self, from: usize, len: usize) -> &mut [f32] {
        assert!(from <= self.len && len <= self.len - from);
        // SAFETY: within the slice it was made of; the rest is the caller's.
        unsafe { std::slice::from_raw_parts_mut(self.at.add(from), len) }
    }
}

/// All rows times some panels.
pub(super) struct Sweep<'a> {
    pub rows: Rows<'a>,
    pub panels: Panels<'a>,
    /// Which panels. Nobody else writes their columns while this one does.
    pub range: Range<usize>,
    pub out: &'a Out<'a>,
    pub first: usize,
    pub columns: usize,
    pub stride: usize,
    pub accumulate: bool,
}

impl WithSimd for Sweep<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            4 => self.vectors::<S, 4>(simd),
            8 => self.vectors::<S, 2>(simd),
            16 => self.vectors::<S, 1>(simd),
            _ => self.plain(),
        }
    }
}

impl Sweep<'_> {
    #[inline(always)]
    fn vectors<S: Simd, const V: usize>(&self, simd: S) {
        let (inner, blocks) = (self.rows.inner, self.rows.blocks);
        // Several panels at once hide the latency of the adds, as far as registers go.
        let most = match (V, blocks.first().copied().unwrap_or(0)) {
            (1, _) | (_, 0 | 1) => WIDE,
            (_, 2) => 2,
            _ => 1,
        };
        let stretch = match blocks.len() {
            0 | 1 => inner,
            // Even ones.
            _ => inner.div_ceil(inner.div_ceil(STRIP / most).max(1)),
        };
        let mut panel = self.range.start;
        while panel < self.range.end {
            let group = match self.range.end - panel {
                4.. if most >= 4 => 4,
                2.. if most >= 2 => 2,
                _ => 1,
            };
            for from in (0..inner).step_by(stretch.max(1)) {
                let to = (from + stretch).min(inner);
                let mut at = 0;
                for (no, &n) in blocks.iter().enumerate() {
                    let x = &self.rows.data[at * inner..][from * n..to * n];
                    let place = Place {
                        first: at,
                        panel,
                        from,
                        goes_on: self.accumulate || from > 0,
                    };
                    if blocks.len() > 1 {
                        self.fetch(panel, group, to, stretch, (no, blocks.len()));
                    }
                    macro_rules! with {
                        ($($rows:literal $panels:literal),*) => {
                            match (n, group) {
                                $(($rows, $panels) => self.block::<S, $rows, $panels, V>(simd, x, place),)*
                                _ => {}
                            }
                        };
                    }
                    match V {
                        1 => with!(
                            1 4, 2 4, 3 4, 4 4, 5 4, 6 4,
                            1 2, 2 2, 3 2, 4 2, 5 2, 6 2,
                            1 1, 2 1, 3 1, 4 1, 5 1, 6 1
                        ),
                        _ => with!(1 4, 1 2, 2 2, 1 1, 2 1, 3 1, 4 1, 5 1, 6 1),
                    }
                    at += n;
                }
            }
            panel += group;
        }
    }

    /// Asks for a part of the lines that will be read after these ones.
    #[inline(always)]
    fn fetch(&self, panel: usize, group: usize, to: usize, stretch: usize, part: (usize, usize)) {
        let inner = self.panels.inner;
        // The next stretch, in these panels or the next ones.
        let (panel, from) = match to < self.rows.inner {
            true => (panel, to),
            false => (panel + group, 0),
        };
        let lines = stretch.div_ceil(part.1);
        for p in panel..panel + group {
            let at = p * inner + from + part.0 * lines;
            let data = self.panels.data;
            for line in data.iter().skip(at).take(lines) {
                prefetch(line);
            }
        }
    }

    /// `R` rows times `P` panels of `V` vectors each, over a stretch of the inner dimension.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // rows and panels index three arrays at once
    fn block<S: Simd, const R: usize, const P: usize, const V: usize>(
        &self,
        simd: S,
        x: &[f32],
        place: Place,
    ) {
        let steps = x.len() / R;
        let panel = |p: usize| {
            let at = (place.panel + p) * self.panels.inner + place.from;
            &self.panels.data[at..at + steps]
        };
        let panels: [&[Line]; P] = std::array::from_fn(panel);
        // Sums begin and end in memory of their own, so that the loop between has them in registers.
        let mut edges = [[Line::ZERO; P]; R];
        if place.goes_on {
            for (r, edges) in edges.iter_mut().enumerate() {
                for (p, edge) in edges.iter_mut().enumerate() {
                    // SAFETY: columns of this sweep, and the span ends with the block.
                    let from = unsafe { self.span(&place, r, p) };
                    match <&[f32; PANEL]>::try_from(&*from) {
                        Ok(all) => edge.0 = *all,
                        Err(_) => edge.0[..from.len()].copy_from_slice(from),
                    }
                }
            }
        }
        let mut sums = [[[simd.splat_f32s(0.0); V]; P]; R];
        for r in 0..R {
            for p in 0..P {
                sums[r][p].copy_from_slice(&S::as_simd_f32s(&edges[r][p].0).0[..V]);
            }
        }
        for (i, xs) in x.as_chunks::<R>().0.iter().enumerate() {
            let mut weights = [[simd.splat_f32s(0.0); V]; P];
            for p in 0..P {
                let line = S::as_simd_f32s(&panels[p][i].0).0;
                weights[p].copy_from_slice(&line[..V]);
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
                let edge = S::as_mut_simd_f32s(&mut edges[r][p].0).0;
                edge.copy_from_slice(&sums[r][p]);
            }
        }
        for (r, edges) in edges.iter().enumerate() {
            for (p, edge) in edges.iter().enumerate() {
                // SAFETY: as above.
                let to = unsafe { self.span(&place, r, p) };
                match <&mut [f32; PANEL]>::try_from(&mut *to) {
                    Ok(all) => *all = edge.0,
                    Err(_) => {
                        let len = to.len();
                        to.copy_from_slice(&edge.0[..len]);
                    }
                }
            }
        }
    }

    /// One row of one panel in the output: those columns that exist.
    ///
    /// # Safety
    /// The panel must be one of this sweep, and no other span of it alive.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    unsafe fn span(&self, place: &Place, row: usize, panel: usize) -> &mut [f32] {
        let column = (place.panel + panel) * PANEL;
        let width = PANEL.min(self.columns.saturating_sub(column));
        let at = (place.first + row) * self.stride + self.first + column.min(self.columns);
        // SAFETY: the caller's.
        unsafe { self.out.span(at, width) }
    }

    /// The same where there are no vectors: separate multiply and add.
    fn plain(&self) {
        let inner = self.rows.inner;
        for panel in self.range.clone() {
            let lines = &self.panels.data[panel * self.panels.inner..][..inner];
            let mut at = 0;
            for &n in self.rows.blocks {
                let x = &self.rows.data[at * inner..][..n * inner];
                let place = Place {
                    first: at,
                    panel,
                    from: 0,
                    goes_on: self.accumulate,
                };
                for r in 0..n {
                    // SAFETY: columns of this sweep, and the only span.
                    let out = unsafe { self.span(&place, r, 0) };
                    let mut sums = [0f32; PANEL];
                    if place.goes_on {
                        sums[..out.len()].copy_from_slice(out);
                    }
                    for (xs, line) in x.chunks_exact(n).zip(lines) {
                        for (sum, w) in sums.iter_mut().zip(&line.0) {
                            *sum += xs[r] * w;
                        }
                    }
                    let len = out.len();
                    out.copy_from_slice(&sums[..len]);
                }
                at += n;
            }
        }
    }
}

/// Where a block lies.
#[derive(Clone, Copy)]
struct Place {
    /// The first row.
    first: usize,
    /// The first panel.
    panel: usize,
    /// Where in the inner dimension it begins.
    from: usize,
    /// Whether the output holds the sums so far.
    goes_on: bool,
}

#[inline(always)]
fn prefetch(line: &Line) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every such processor has it, and a hint does nothing but hint.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>((&raw const *line).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}
