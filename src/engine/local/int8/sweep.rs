//! The order in which tiles go over a product.
//!
//! Four panels at a time go through all groups of rows for eight blocks of the inner dimension, then for
//! the next eight: what is read from memory once stays in the first cache until the last group has used
//! it, and the next piece is fetched meanwhile. Sums wait in the output.

use std::mem::MaybeUninit;

use super::super::kernel::PANEL;
use super::super::packed::{PANELS, sides_per_group};
use super::super::quant::{BLOCK, Layout};
use super::Sweep;
use super::tile::{Isa, Next, Prepare, STRETCH, Strip, Tile, lines_per_block};

/// From this many groups of rows on, weights of fewer than 8 bits are unpacked once for all of them.
const WORTH_UNPACKING: usize = 3;

impl Sweep<'_> {
    /// The machine must have the instructions of `I`.
    pub unsafe fn vectors<I: Isa>(&self) {
        // SAFETY: the caller's.
        unsafe {
            match self.weights.layout() {
                Layout::Q8_0 => self.tiles::<I, 8, 8, false, false>([0, 0]),
                Layout::Q4_0 => self.tiles::<I, 4, 7, false, false>([1, 1]),
                Layout::Q5_0 => self.tiles::<I, 5, 7, false, false>([2, 2]),
                Layout::Q4K => self.tiles::<I, 4, 7, false, true>([5, 5]),
                Layout::Q5K => self.tiles::<I, 5, 7, false, true>([5, 5]),
                Layout::Q6K => self.tiles::<I, 6, 7, true, false>([3, 4]),
            }
        }
    }

    /// `starts`: which of the groups' starts fit the offset.
    unsafe fn tiles<I: Isa, const W: u32, const U: u32, const H: bool, const M: bool>(
        &self,
        starts: [usize; 2],
    ) {
        let weights = self.weights;
        let blocks = weights.inner() / BLOCK;
        let block_bytes = lines_per_block(W) * 64;
        let lines_step = blocks * block_bytes;
        let (outer, factors) = sides_per_group(weights.layout());
        let group = weights.layout().group();
        let side_bytes = (outer + factors) * 32;
        let sides_step = blocks / group * side_bytes;
        let unpack = W != U && self.groups.len() >= WORTH_UNPACKING;
        let mut strip = MaybeUninit::<Strip>::uninit();
        // Even stretches, where there may be others than of 8.
        let stretch = match group {
            1 => blocks.div_ceil(blocks.div_ceil(STRETCH).max(1)),
            _ => STRETCH,
        };
        for panel in self.panels.clone().step_by(PANELS) {
            for from in (0..blocks).step_by(stretch.max(1)) {
                // SAFETY: all offsets lie within the weights, the group and the output: `Product::run`
                // checked the shapes, panels are padded to a multiple of `PANELS`, columns that do not
                // exist are not written. Of the strip, what is read was written.
                unsafe {
                    let lines = weights.lines().as_ptr().cast::<u8>();
                    let lines = lines.add(panel * lines_step + from * block_bytes);
                    let sides = weights.sides().as_ptr().cast::<u8>();
                    let sides = sides.add(panel * sides_step + from / group * side_bytes);
                    // The next stretch, in these panels or the next ones.
                    let (next, next_sides) = match from + stretch < blocks {
                        true => (
                            lines.wrapping_add(stretch * block_bytes),
                            sides.wrapping_add(stretch / group * side_bytes),
                        ),
                        false => (
                            lines.wrapping_add(PANELS * lines_step - from * block_bytes),
                            sides.wrapping_add(PANELS * sides_step - from / group * side_bytes),
                        ),
                    };
                    let source = Prepare {
                        lines,
                        lines_step,
                        sides,
                        sides_step,
                        next_sides,
                        group,
                        blocks: stretch.min(blocks - from),
                        unpack,
                    };
                    let strip = strip.as_mut_ptr();
                    I::prepare::<W, H, M>(&source, strip);
                    for (no, group) in self.groups.iter().enumerate() {
                        let x = from * group.rows;
                        let mut step = 0;
                        while step < PANELS {
                            let column = (panel + step) * PANEL;
                            let to = group.first * self.out.stride + self.column + column;
                            let mut t = Tile {
                                lines: lines.add(step * lines_step),
                                lines_step,
                                next: Next {
                                    lines: next.wrapping_add(step * lines_step),
                                    steps: [lines_step, block_bytes],
                                    first: no,
                                    of: self.groups.len().min(STRETCH),
                                },
                                scales: (&raw const (*strip).scales[0][0][step * PANEL]),
                                mins: (&raw const (*strip).mins[0][step * PANEL]),
                                blocks: source.blocks,
                                bytes: group.bytes.as_ptr().add(x).cast(),
                                facts: group.facts.as_ptr().add(x),
                                starts,
                                out: self.out.at.wrapping_add(to),
                                stride: self.out.stride,
                                columns: weights.outputs().saturating_sub(column),
                                goes_on: from > 0,
                            };
                            let vectors = match unpack {
                                true => {
                                    t.lines = (&raw const (*strip).lines[step]).cast();
                                    t.lines_step = STRETCH * 8 * 64;
                                    of_rows::<I, U, H, M>(group.rows, &t)
                                }
                                false => of_rows::<I, W, H, M>(group.rows, &t),
                            };
                            step += vectors * I::LANES / PANEL;
                        }
                    }
                }
            }
        }
    }
}

/// The tile for a number of rows; says how many vectors of columns it did.
unsafe fn of_rows<I: Isa, const W: u32, const H: bool, const M: bool>(
    rows: usize,
    t: &Tile,
) -> usize {
    macro_rules! with {
        ($rows:literal, $vectors:literal) => {{
            // SAFETY: the caller's.
            unsafe { I::tile::<W, H, M, $rows, $vectors>(t) };
            $vectors
        }};
    }
    match (rows, I::ROOMY) {
        (0, _) => 4,
        (1, _) => with!(1, 4),
        (2, _) => with!(2, 4),
        (3, true) => with!(3, 4),
        (3, false) => with!(3, 2),
        (4, _) => with!(4, 2),
        (5, _) => with!(5, 2),
        _ => with!(6, 2),
    }
}
