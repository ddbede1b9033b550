//! Tiles of a product: a few rows times a few columns, in vectors of whatever machine.
//!
//! All functions here are unsafe for the same two reasons: the machine must have the instructions of
//! `I`, and pointers must lead to as much as is read or written there. `sweep` sees to both.

use super::super::kernel::PANEL;
use super::super::packed::{Line, PANELS};
use super::super::quant::BLOCK;
use super::super::rounded::{Facts, MAGIC};

/// Most blocks in a tile: the longest run of blocks with a common scale.
pub const STRETCH: usize = 8;

/// Columns that are prepared at once.
const COLUMNS: usize = PANELS * PANEL;

/// Vectors of one kind of machine.
pub trait Isa {
    /// 32-bit numbers in a vector.
    const LANES: usize;
    /// There are 32 registers, not 16.
    const ROOMY: bool;
    /// `dot` takes the offset of 128 off 8-bit weights itself.
    const SIGNED: bool;
    type Int: Copy;
    type Float: Copy;
    /// [`tile`], compiled for the instructions.
    unsafe fn tile<const W: u32, const H: bool, const M: bool, const R: usize, const V: usize>(
        t: &Tile,
    );
    /// [`prepare`], compiled for the instructions.
    unsafe fn prepare<const W: u32, const H: bool, const M: bool>(p: &Prepare, to: *mut Strip);
    /// [`dots`], compiled for the instructions.
    unsafe fn dots(times: usize) -> usize;
    unsafe fn splat(x: i32) -> Self::Int;
    unsafe fn splat_float(x: f32) -> Self::Float;
    /// `4 * LANES` bytes, aligned.
    unsafe fn bytes(at: *const u8) -> Self::Int;
    unsafe fn store_bytes(at: *mut u8, x: Self::Int);
    unsafe fn prefetch(at: *const u8);
    /// The same four bytes in every lane.
    unsafe fn four(at: *const i8) -> Self::Int;
    unsafe fn floats(at: *const f32) -> Self::Float;
    unsafe fn store(at: *mut f32, x: Self::Float);
    /// `LANES` f16 numbers, aligned.
    unsafe fn halves(at: *const u8) -> Self::Float;
    /// `LANES` signed bytes, aligned.
    unsafe fn factors(at: *const u8) -> Self::Float;
    /// Bits moved within words of 16: what crosses into a byte must be masked away.
    unsafe fn down(x: Self::Int, bits: i32) -> Self::Int;
    unsafe fn up(x: Self::Int, bits: i32) -> Self::Int;
    /// With the same mask for each byte.
    unsafe fn and(x: Self::Int, mask: u8) -> Self::Int;
    unsafe fn or(x: Self::Int, y: Self::Int) -> Self::Int;
    /// `sum += Σ w·a` over four unsigned and four signed bytes per lane. `ABOVE`: weights above 127.
    unsafe fn dot<const ABOVE: bool>(sum: Self::Int, w: Self::Int, a: Self::Int) -> Self::Int;
    /// The same bits.
    unsafe fn as_float(x: Self::Int) -> Self::Float;
    unsafe fn mul(x: Self::Float, y: Self::Float) -> Self::Float;
    unsafe fn fma(x: Self::Float, y: Self::Float, z: Self::Float) -> Self::Float;
}

// What a block format is to the vector code: `W`, the bits of a weight in memory (7: a byte of its own,
// though below 128); `H`, whether half blocks have scales of their own; `M`, whether there are minima.

/// Scales of some blocks of four panels in f32 and, where many rows need them, the weights as bytes.
#[repr(C, align(64))]
pub struct Strip {
    /// `[block][half][column]`
    pub scales: [[[f32; COLUMNS]; 2]; STRETCH],
    /// `[block][column]`
    pub mins: [[f32; COLUMNS]; STRETCH],
    /// `[panel][block][line]`
    pub lines: [[[Line; 8]; STRETCH]; PANELS],
}

/// What a strip is made of.
pub struct Prepare {
    pub lines: *const u8,
    pub lines_step: usize,
    pub sides: *const u8,
    pub sides_step: usize,
    /// The sides that are needed next, to be fetched meanwhile.
    pub next_sides: *const u8,
    /// Blocks with a common outer scale.
    pub group: usize,
    pub blocks: usize,
    /// Whether the weights are wanted as bytes.
    pub unpack: bool,
}

/// The weights that are needed next: they are fetched while this tile computes.
#[derive(Clone, Copy)]
pub struct Next {
    pub lines: *const u8,
    /// Bytes from panel to panel, and from block to block.
    pub steps: [usize; 2],
    /// Groups of rows share the task: each takes one block of so many, from its first on.
    pub first: usize,
    pub of: usize,
}

/// Where a tile lies: one group of rows, some panels, some blocks.
pub struct Tile {
    pub lines: *const u8,
    /// Bytes from panel to panel.
    pub lines_step: usize,
    pub next: Next,
    pub scales: *const f32,
    pub mins: *const f32,
    pub blocks: usize,
    pub bytes: *const i8,
    pub facts: *const Facts,
    /// Which of the facts' starts fit the offset, for both half blocks.
    pub starts: [usize; 2],
    pub out: *mut f32,
    /// Distance between rows of the output.
    pub stride: usize,
    /// How many columns there are from `out` on.
    pub columns: usize,
    /// Go on from what is in `out`.
    pub goes_on: bool,
}

pub const fn lines_per_block(bits: u32) -> usize {
    match bits {
        7 => 8,
        bits => bits as usize,
    }
}

/// Weights `4J..4J+4` of a half block, for a vector of columns.
#[inline(always)]
unsafe fn weights<I: Isa, const W: u32, const HALF: usize, const J: usize>(
    block: *const u8,
) -> I::Int {
    // SAFETY: the caller's; a block has that many lines.
    unsafe {
        let line = |no: usize| I::bytes(block.add(no * 64));
        if lines_per_block(W) == 8 {
            return line(HALF * 4 + J);
        }
        let low = match HALF {
            0 => I::and(line(J), 15),
            _ => I::and(I::down(line(J), 4), 15),
        };
        let moved = |x: I::Int, up: i32| match up {
            0 => x,
            1.. => I::up(x, up),
            _ => I::down(x, -up),
        };
        match W {
            5 => {
                let bit = moved(line(4), 4 - (HALF * 4 + J) as i32);
                I::or(low, I::and(bit, 16))
            }
            6 => {
                let bits = moved(line(4 + HALF), 4 - 2 * J as i32);
                I::or(low, I::and(bits, 48))
            }
            _ => low,
        }
    }
}

#[inline(always)]
pub unsafe fn prepare<I: Isa, const W: u32, const H: bool, const M: bool>(
    p: &Prepare,
    to: *mut Strip,
) {
    // SAFETY: the caller's.
    unsafe {
        let outer = 1 + usize::from(M);
        let step = match p.group {
            1 => 1,
            n => outer + n,
        };
        for panel in 0..PANELS {
            let sides = p.sides.add(panel * p.sides_step);
            let lines = p.lines.add(panel * p.lines_step);
            for line in (0..p.blocks / p.group * step * 32).step_by(64) {
                I::prefetch(p.next_sides.wrapping_add(panel * p.sides_step + line));
            }
            for no in 0..p.blocks {
                let group = sides.add(no / p.group * step * 32);
                let factors = group.add((outer + no % p.group) * 32);
                for lane in (0..PANEL).step_by(I::LANES) {
                    let column = panel * PANEL + lane;
                    let mut scale = I::halves(group.add(lane * 2));
                    if H {
                        let second = I::mul(scale, I::factors(factors.add(PANEL + lane)));
                        I::store((&raw mut (*to).scales[no][1][column]), second);
                    }
                    if H || M {
                        scale = I::mul(scale, I::factors(factors.add(lane)));
                    }
                    I::store((&raw mut (*to).scales[no][0][column]), scale);
                    if M {
                        let min = I::halves(group.add(32 + lane * 2));
                        let min = I::mul(min, I::factors(factors.add(PANEL + lane)));
                        I::store((&raw mut (*to).mins[no][column]), min);
                    }
                    if p.unpack {
                        let block = lines.add(no * lines_per_block(W) * 64 + lane * 4);
                        let line =
                            |no: usize, i: usize| (&raw mut (*to).lines[panel][no][i].0[lane * 4]);
                        I::store_bytes(line(no, 0), weights::<I, W, 0, 0>(block));
                        I::store_bytes(line(no, 1), weights::<I, W, 0, 1>(block));
                        I::store_bytes(line(no, 2), weights::<I, W, 0, 2>(block));
                        I::store_bytes(line(no, 3), weights::<I, W, 0, 3>(block));
                        I::store_bytes(line(no, 4), weights::<I, W, 1, 0>(block));
                        I::store_bytes(line(no, 5), weights::<I, W, 1, 1>(block));
                        I::store_bytes(line(no, 6), weights::<I, W, 1, 2>(block));
                        I::store_bytes(line(no, 7), weights::<I, W, 1, 3>(block));
                    }
                }
            }
        }
    }
}

/// Adds the products of weights `4J..4J+4` of a half block.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // rows and vectors index several arrays at once
unsafe fn step<
    I: Isa,
    const W: u32,
    const R: usize,
    const V: usize,
    const HALF: usize,
    const J: usize,
>(
    n: &mut [[I::Int; V]; R],
    blocks: &[*const u8; V],
    bytes: *const i8,
) {
    // SAFETY: the caller's.
    unsafe {
        let mut w = [I::splat(0); V];
        for v in 0..V {
            w[v] = weights::<I, W, HALF, J>(blocks[v]);
        }
        for r in 0..R {
            let a = I::four(bytes.add(r * BLOCK + HALF * 16 + J * 4));
            for v in 0..V {
                n[r][v] = match W {
                    8 => I::dot::<true>(n[r][v], w[v], a),
                    _ => I::dot::<false>(n[r][v], w[v], a),
                };
            }
        }
    }
}

/// Adds integer sums times their scales.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // rows and vectors index several arrays at once
unsafe fn finish<I: Isa, const R: usize, const V: usize>(
    sums: &mut [[I::Float; V]; R],
    n: &[[I::Int; V]; R],
    scales: *const f32,
    facts: *const Facts,
) {
    // SAFETY: the caller's.
    unsafe {
        for v in 0..V {
            let scale = I::floats(scales.add(v * I::LANES));
            let less = I::mul(scale, I::splat_float(-f32::from_bits(MAGIC as u32)));
            for r in 0..R {
                let p = I::fma(I::as_float(n[r][v]), scale, less);
                sums[r][v] = I::fma(p, I::splat_float((*facts.add(r)).scale), sums[r][v]);
            }
        }
    }
}

/// `R` rows times `V` vectors of columns.
#[inline(always)]
#[allow(clippy::needless_range_loop)] // rows and vectors index several arrays at once
pub unsafe fn tile<
    I: Isa,
    const W: u32,
    const H: bool,
    const M: bool,
    const R: usize,
    const V: usize,
>(
    t: &Tile,
) {
    // SAFETY: the caller's.
    unsafe {
        let mut sums = [[I::splat_float(0.0); V]; R];
        if t.goes_on {
            for r in 0..R {
                for v in 0..V {
                    sums[r][v] = edge_load::<I>(t, r, v);
                }
            }
        }
        let per_panel = PANEL / I::LANES;
        let mut blocks: [*const u8; V] = std::array::from_fn(|v| {
            let lane = v % per_panel * I::LANES;
            t.lines.add(v / per_panel * t.lines_step + lane * 4)
        });
        let start = |half: usize, at: usize| match W {
            8 if I::SIGNED => I::splat(MAGIC),
            _ => I::splat(
                *(&raw const (*t.facts.add(at)).starts)
                    .cast::<i32>()
                    .add(t.starts[half]),
            ),
        };
        let mut turn = t.next.first;
        for no in 0..t.blocks {
            let at = no * R;
            let bytes = t.bytes.add(at * BLOCK);
            let scales = t.scales.add(no * 2 * COLUMNS);
            let mut n: [[I::Int; V]; R] = std::array::from_fn(|r| [start(0, at + r); V]);
            step::<I, W, R, V, 0, 0>(&mut n, &blocks, bytes);
            step::<I, W, R, V, 0, 1>(&mut n, &blocks, bytes);
            step::<I, W, R, V, 0, 2>(&mut n, &blocks, bytes);
            step::<I, W, R, V, 0, 3>(&mut n, &blocks, bytes);
            if H {
                finish::<I, R, V>(&mut sums, &n, scales, t.facts.add(at));
                n = std::array::from_fn(|r| [start(1, at + r); V]);
            }
            step::<I, W, R, V, 1, 0>(&mut n, &blocks, bytes);
            step::<I, W, R, V, 1, 1>(&mut n, &blocks, bytes);
            step::<I, W, R, V, 1, 2>(&mut n, &blocks, bytes);
            step::<I, W, R, V, 1, 3>(&mut n, &blocks, bytes);
            let half = if H { COLUMNS } else { 0 };
            finish::<I, R, V>(&mut sums, &n, scales.add(half), t.facts.add(at));
            if M {
                for v in 0..V {
                    let min = I::floats(t.mins.add(no * COLUMNS + v * I::LANES));
                    for r in 0..R {
                        let by = I::splat_float((*t.facts.add(at + r)).sum);
                        sums[r][v] = I::fma(min, by, sums[r][v]);
                    }
                }
            }
            if no == turn {
                turn += t.next.of;
                let [panel_step, block_step] = t.next.steps;
                for panel in 0..V.div_ceil(per_panel) {
                    let block = t
                        .next
                        .lines
                        .wrapping_add(panel * panel_step + no * block_step);
                    for line in (0..block_step).step_by(64) {
                        I::prefetch(block.wrapping_add(line));
                    }
                }
            }
            for block in &mut blocks {
                *block = block.add(lines_per_block(W) * 64);
            }
        }
        for r in 0..R {
            for v in 0..V {
                edge_store::<I>(t, r, v, sums[r][v]);
            }
        }
    }
}

/// See `int8::spin`.
pub unsafe fn spin<I: Isa>(times: usize) -> usize {
    // SAFETY: the caller's.
    unsafe { I::dots(times) }
}

#[inline(always)]
pub unsafe fn dots<I: Isa>(times: usize) -> usize {
    const CHAINS: usize = 12;
    let input = std::hint::black_box(1);
    // SAFETY: the caller's.
    unsafe {
        let (w, a) = (I::splat(input), I::splat(input));
        let mut n = [w; CHAINS];
        for _ in 0..times {
            for n in &mut n {
                *n = I::dot::<false>(*n, w, a);
            }
        }
        for n in n {
            let mut out = Line([0; 64]);
            I::store_bytes(out.0.as_mut_ptr(), n);
            std::hint::black_box(out);
        }
    }
    times * CHAINS * I::LANES * 4 * 2
}

/// Of a vector of columns, those that exist; the others are 0.
#[inline(always)]
unsafe fn edge_load<I: Isa>(t: &Tile, r: usize, v: usize) -> I::Float {
    // SAFETY: the caller's; columns that do not exist are not touched.
    unsafe {
        let count = t.columns.saturating_sub(v * I::LANES);
        let from = t.out.wrapping_add(r * t.stride + v * I::LANES);
        if count >= I::LANES {
            return I::floats(from);
        }
        let mut edge = [0f32; PANEL];
        std::ptr::copy_nonoverlapping(from, edge.as_mut_ptr(), count);
        I::floats(edge.as_ptr())
    }
}

#[inline(always)]
unsafe fn edge_store<I: Isa>(t: &Tile, r: usize, v: usize, x: I::Float) {
    // SAFETY: the caller's; columns that do not exist are not touched.
    unsafe {
        let count = t.columns.saturating_sub(v * I::LANES);
        let to = t.out.wrapping_add(r * t.stride + v * I::LANES);
        if count >= I::LANES {
            return I::store(to, x);
        }
        let mut edge = [0f32; PANEL];
        I::store(edge.as_mut_ptr(), x);
        std::ptr::copy_nonoverlapping(edge.as_ptr(), to, count);
    }
}
