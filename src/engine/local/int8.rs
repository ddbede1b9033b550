//! The arithmetic of quantised models: rows of 8-bit activations times packed 8- to 4-bit weights.
//!
//! Invariant: **one output element is one sum over blocks of 32, in order**, whatever the number of rows,
//! the group they fall into, the number of threads and the instructions found. A block adds
//!
//! ```text
//! n   = Σ q·a                           exact, in integers
//! sum = fma(n · scale, scale_a, sum)    for each half block where the halves have scales of their own
//! sum = fma(min, -Σa · scale_a, sum)    where the format has minima
//! ```
//!
//! so every path gives the same bits. Two tricks do not change them. Weights are unsigned in memory (the
//! instructions multiply unsigned by signed bytes); their offset is taken off by starting `n` at
//! `-offset · Σa`. And `n` starts at the bits of the float 1.5·2²³ on top of that, so that its own bits
//! are those of 1.5·2²³ + n: `n · scale` is then one fused multiply-add, exact before its rounding
//! because a scale has at most 19 bits.
//!
//! The one module with unsafe code: vector loads through pointers, calls of functions for instructions
//! found at run time, and threads that fill columns of one matrix. Here is what can be called and the
//! plain path; `sweep` and `tile` are the vector code for any instructions, `x86` the instructions. Knows
//! nothing of models or files.

#![allow(unsafe_code)]

mod sweep;
mod tile;
#[cfg(target_arch = "x86_64")]
mod x86;

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use pulp::{Arch, Simd, WithSimd};

use super::kernel::PANEL;
use super::packed::{PANELS, Packed, Plain};
use super::quant::{BLOCK, Layout};
use super::rounded::{Group, Rounded};

/// Into how many pieces a thread's share is cut, so that others can help with it.
const PIECES: usize = 8;

/// Rows that go through all panels before the next rows do: their bytes stay in the second cache.
const TILE_BYTES: usize = 1 << 19;

/// The instructions that compute; only those this machine has can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
enum Kind {
    Avx512Vnni,
    AvxVnni,
    Avx2,
    Portable,
}

impl Path {
    /// All that this machine has, the fastest first.
    pub fn available() -> Vec<Path> {
        let mut paths = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let has_avx2 = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
                && is_x86_feature_detected!("f16c");
            let has_avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vnni");
            if has_avx2 && has_avx512 {
                paths.push(Path(Kind::Avx512Vnni));
            }
            if has_avx2 && is_x86_feature_detected!("avxvnni") {
                paths.push(Path(Kind::AvxVnni));
            }
            if has_avx2 {
                paths.push(Path(Kind::Avx2));
            }
        }
        paths.push(Path(Kind::Portable));
        paths
    }

    /// The fastest.
    pub fn best() -> Path {
        let portable = Path(Kind::Portable);
        Path::available().first().copied().unwrap_or(portable)
    }

    /// Its name, for reports.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Avx512Vnni => "AVX512-VNNI",
            Kind::AvxVnni => "AVX-VNNI",
            Kind::Avx2 => "AVX2",
            Kind::Portable => "portable",
        }
    }
}

/// Matrices that multiply the same rows, each with its first column in the output.
pub struct Product<'a> {
    /// The matrices.
    pub parts: &'a [(usize, &'a Packed)],
    /// Left side, as long as the matrices' rows.
    pub rows: &'a Rounded,
    /// `[rows, stride]`
    pub out: &'a mut [f32],
    /// Length of an output row.
    pub stride: usize,
}

impl Product<'_> {
    /// Computes all columns of all parts. `share` calls the work it is given on up to `threads` threads,
    /// at least once.
    ///
    /// # Panics
    /// If the sizes do not fit, or columns of two parts are the same.
    pub fn run(self, path: Path, threads: usize, share: impl FnOnce(&(dyn Fn() + Sync))) {
        let rows: usize = self.rows.groups().iter().map(|g| g.rows).sum();
        let mut free = 0;
        for (column, part) in self.parts {
            assert!(free <= *column && part.inner() == self.rows.inner());
            free = column + part.outputs();
        }
        assert!(free <= self.stride && self.out.len() >= rows * self.stride);
        let panels: usize = self.parts.iter().map(|(_, p)| p.panels()).sum();
        let threads = threads.max(1);
        let size = match threads {
            1 => panels,
            _ => panels.div_ceil(threads * PIECES),
        };
        let size = size.next_multiple_of(PANELS).max(PANELS);
        let mut jobs = Vec::new();
        for (column, part) in self.parts {
            for from in (0..part.panels()).step_by(size) {
                jobs.push((*column, *part, from..(from + size).min(part.panels())));
            }
        }
        let out = Out {
            at: self.out.as_mut_ptr(),
            stride: self.stride,
            lifetime: PhantomData,
        };
        // Each thread has a row of jobs of its own, and helps with the others' when that is done:
        // neighbouring columns share cache lines, which should not go to and fro.
        let first = |no: usize| no * jobs.len() / threads;
        let next: Vec<AtomicUsize> = (0..threads).map(|no| first(no).into()).collect();
        let arrived = AtomicUsize::new(0);
        share(&|| {
            let mine = arrived.fetch_add(1, Ordering::Relaxed);
            for no in (mine..mine + threads).map(|no| no % threads) {
                // Each job is taken once, and no two write the same columns.
                let take = || {
                    let job = next[no].fetch_add(1, Ordering::Relaxed);
                    jobs[..first(no + 1)].get(job)
                };
                while let Some((column, weights, panels)) = take() {
                    let sweep = Sweep {
                        weights,
                        panels: panels.clone(),
                        groups: self.rows.groups(),
                        out: &out,
                        column: *column,
                    };
                    sweep.run(path);
                }
            }
        });
    }
}

/// Does `times` rounds of nothing but dot products, on numbers in registers, and returns how many
/// operations those were: a bench finds the peak of the instructions with it. `None` without any.
pub fn spin(path: Path, times: usize) -> Option<usize> {
    // SAFETY: a `Path` of a kind exists only where `Path::available` found the instructions.
    match path.0 {
        #[cfg(target_arch = "x86_64")]
        Kind::Avx512Vnni => Some(unsafe { tile::spin::<x86::Avx512Vnni>(times) }),
        #[cfg(target_arch = "x86_64")]
        Kind::AvxVnni => Some(unsafe { tile::spin::<x86::AvxVnni>(times) }),
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 => Some(unsafe { tile::spin::<x86::Avx2>(times) }),
        _ => None,
    }
}

/// The output, of which each job writes its own columns.
struct Out<'a> {
    at: *mut f32,
    stride: usize,
    lifetime: PhantomData<&'a mut [f32]>,
}

// SAFETY: the pointer is only written through, by jobs that have no column in common (`Product::run`).
unsafe impl Sync for Out<'_> {}

/// Some rows times some panels.
struct Sweep<'a> {
    weights: &'a Packed,
    panels: Range<usize>,
    groups: &'a [Group],
    out: &'a Out<'a>,
    column: usize,
}

impl Sweep<'_> {
    fn run(self, path: Path) {
        let first = self.groups.first().map_or(1, |g| g.rows);
        let most = TILE_BYTES / (self.weights.inner() * first).max(1);
        let tiles = self.groups.len().div_ceil(most.max(4)).max(1);
        for groups in self.groups.chunks(self.groups.len().div_ceil(tiles).max(1)) {
            let sweep = Sweep {
                groups,
                panels: self.panels.clone(),
                ..self
            };
            match path.0 {
                // SAFETY: a `Path` of a kind exists only where `Path::available` found the instructions.
                #[cfg(target_arch = "x86_64")]
                Kind::Avx512Vnni => unsafe { sweep.vectors::<x86::Avx512Vnni>() },
                #[cfg(target_arch = "x86_64")]
                Kind::AvxVnni => unsafe { sweep.vectors::<x86::AvxVnni>() },
                #[cfg(target_arch = "x86_64")]
                Kind::Avx2 => unsafe { sweep.vectors::<x86::Avx2>() },
                _ => Arch::new().dispatch(&sweep),
            }
        }
    }
}

/// The plain path, which the others must equal: products of whole numbers in f32, where all sums of a
/// block are exact, whatever the order.
impl WithSimd for &Sweep<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            4 => self.plain::<S, 4>(simd),
            8 => self.plain::<S, 2>(simd),
            16 => self.plain::<S, 1>(simd),
            _ => self.plain::<pulp::Scalar, PANEL>(pulp::Scalar),
        }
    }
}

impl Sweep<'_> {
    /// `V` vectors to a panel.
    #[inline(always)]
    fn plain<S: Simd, const V: usize>(&self, simd: S) {
        for panel in self.panels.clone() {
            for no in 0..self.weights.inner() / BLOCK {
                let block = self.weights.plain(panel, no);
                for group in self.groups {
                    match group.rows {
                        1 => self.add::<S, V, 1>(simd, panel, no, &block, group),
                        2 => self.add::<S, V, 2>(simd, panel, no, &block, group),
                        3 => self.add::<S, V, 3>(simd, panel, no, &block, group),
                        4 => self.add::<S, V, 4>(simd, panel, no, &block, group),
                        5 => self.add::<S, V, 5>(simd, panel, no, &block, group),
                        _ => self.add::<S, V, 6>(simd, panel, no, &block, group),
                    }
                }
            }
        }
    }

    /// Adds the products of one block with `R` rows to the output.
    #[inline(always)]
    #[allow(clippy::needless_range_loop)] // rows and vectors index several arrays at once
    fn add<S: Simd, const V: usize, const R: usize>(
        &self,
        simd: S,
        panel: usize,
        no: usize,
        block: &Plain,
        group: &Group,
    ) {
        let layout = self.weights.layout();
        let column = panel * PANEL;
        let width = PANEL.min(self.weights.outputs().saturating_sub(column));
        let first = no * R;
        let rows = &group.bytes[first..first + R];
        let at = |r: usize| (group.first + r) * self.out.stride + self.column + column;
        let mut edges = [[0f32; PANEL]; R];
        if no > 0 {
            for r in 0..R {
                // SAFETY: `Product::run` checked that all rows and columns lie in the output, and no
                // other thread has these columns.
                let sums = unsafe { std::slice::from_raw_parts(self.out.at.add(at(r)), width) };
                edges[r][..width].copy_from_slice(sums);
            }
        }
        let mut n = [[simd.splat_f32s(0.0); V]; R];
        for half in 0..2 {
            for k in half * (BLOCK / 2)..(half + 1) * (BLOCK / 2) {
                let weights = S::as_simd_f32s(&block.quants[k]).0;
                for r in 0..R {
                    let a = simd.splat_f32s(f32::from(rows[r][k]));
                    for v in 0..V {
                        // Exact either way; without vectors, fusing is a slow function call.
                        n[r][v] = match V {
                            PANEL => simd.add_f32s(simd.mul_f32s(weights[v], a), n[r][v]),
                            _ => simd.mul_add_f32s(weights[v], a, n[r][v]),
                        };
                    }
                }
            }
            if half == 0 && layout != Layout::Q6K {
                continue;
            }
            let scales = S::as_simd_f32s(&block.scales[half]).0;
            for r in 0..R {
                let by = simd.splat_f32s(group.facts[first + r].scale);
                let sums = S::as_mut_simd_f32s(&mut edges[r]).0;
                for v in 0..V {
                    let p = simd.mul_f32s(n[r][v], scales[v]);
                    sums[v] = simd.mul_add_f32s(p, by, sums[v]);
                    n[r][v] = simd.splat_f32s(0.0);
                }
            }
        }
        for r in 0..R {
            if let Layout::Q4K | Layout::Q5K = layout {
                let mins = S::as_simd_f32s(&block.mins).0;
                let by = simd.splat_f32s(group.facts[first + r].sum);
                let sums = S::as_mut_simd_f32s(&mut edges[r]).0;
                for v in 0..V {
                    sums[v] = simd.mul_add_f32s(mins[v], by, sums[v]);
                }
            }
            // SAFETY: as above.
            let sums = unsafe { std::slice::from_raw_parts_mut(self.out.at.add(at(r)), width) };
            sums.copy_from_slice(&edges[r][..width]);
        }
    }
}
