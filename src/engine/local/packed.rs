//! Quantised weights as the integer kernel reads them.
//!
//! Invariant: the values are exactly the file's, in about the file's number of bits, and they are kept
//! once; only the order differs. Sixteen rows of the matrix (a panel) go through the kernel side by side,
//! so a block of 32 weights of each lies as `[4 weights][row]` groups in lines of 64 bytes:
//!
//! ```text
//! 8 bits   line g, byte 4r+i: weight 4g+i of row r
//! 4 bits   line g, byte 4r+i: weight 4g+i in the low half, 16+4g+i in the high half
//! 5 bits   ... and a fifth line: bit g of byte 4r+i belongs to weight 4g+i
//! 6 bits   ... and two lines, one per half block: bits 2g and 2g+1 of byte 4r+i
//! scales   per block: 16 f16; or per 8 blocks: 16 f16 (twice with minima), then 2 × 16 factors per block
//! ```
//!
//! Does not compute (see `int8`).

use super::kernel::PANEL;
use super::quant::{BLOCK, Block, Blocks, Layout, half};

/// The kernel goes through this many panels at once; the last ones may be empty.
pub const PANELS: usize = 4;

/// What one load takes: aligned, so that no load touches two cache lines.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub struct Line(pub [u8; 64]);

/// 16 f16 numbers, or 2 × 16 factors.
#[derive(Clone, Copy)]
#[repr(C, align(32))]
pub struct Side(pub [u8; 32]);

/// A matrix in panels of 16 rows.
pub struct Packed {
    layout: Layout,
    /// `[panel][block][line]`
    lines: Vec<Line>,
    /// `[panel][side]`
    sides: Vec<Side>,
    inner: usize,
    outputs: usize,
}

/// One block of a panel, taken apart.
pub struct Plain {
    /// `[weight][row]`, the offset taken off.
    pub quants: [[f32; PANEL]; BLOCK],
    /// Scales of both half blocks.
    pub scales: [[f32; PANEL]; 2],
    /// Minima.
    pub mins: [f32; PANEL],
}

/// What the lines of a block hold for a weight of group `group`, at byte `at` of a line of bytes.
#[inline(always)]
fn stored<const BITS: usize>(lines: &[Line], group: usize, at: usize) -> u8 {
    if BITS == 8 {
        return lines[group].0[at];
    }
    let half = group / 4;
    let low = lines[group % 4].0[at] >> (4 * half) & 15;
    let high = match BITS {
        5 => lines[4].0[at] >> group & 1,
        6 => lines[4 + half].0[at] >> (group % 4 * 2) & 3,
        _ => 0,
    };
    low | high << 4
}

/// Sides of a group of blocks: those of the outer scales, then one of factors per block or none.
pub fn sides_per_group(layout: Layout) -> (usize, usize) {
    match layout {
        Layout::Q8_0 | Layout::Q4_0 | Layout::Q5_0 => (1, 0),
        Layout::Q4K | Layout::Q5K => (2, 8),
        Layout::Q6K => (1, 8),
    }
}

impl Packed {
    /// Packs; the bytes of `blocks` are given back when this returns.
    pub fn new(blocks: Blocks) -> Packed {
        let layout = blocks.layout();
        let (inner, outputs) = (blocks.columns(), blocks.rows());
        let panels = outputs.div_ceil(PANEL).next_multiple_of(PANELS);
        let count = inner / BLOCK;
        let (outer, factors) = sides_per_group(layout);
        let sides = count / layout.group() * (outer + factors);
        let mut packed = Packed {
            layout,
            lines: vec![Line([0; 64]); panels * count * layout.bits()],
            sides: vec![Side([0; 32]); panels * sides],
            inner,
            outputs,
        };
        // Rows that fill up the last panel have scales of zero.
        for row in 0..outputs {
            for no in 0..count {
                packed.set(row, no, &blocks.block(row, no));
            }
        }
        packed
    }

    fn set(&mut self, row: usize, no: usize, block: &Block) {
        let (layout, lane) = (self.layout, row % PANEL);
        let count = self.inner / BLOCK;
        let at = (row / PANEL * count + no) * layout.bits();
        let lines = &mut self.lines[at..at + layout.bits()];
        let (groups, _) = block.quants.as_chunks::<4>();
        let (low, high) = groups.split_at(groups.len() / 2);
        if layout.bits() == 8 {
            for (line, group) in lines.iter_mut().zip(groups) {
                line.0[lane * 4..lane * 4 + 4].copy_from_slice(group);
            }
        } else {
            let (nibbles, above) = lines.split_at_mut(4);
            for (g, (low, high)) in low.iter().zip(high).enumerate() {
                for i in 0..4 {
                    let at = lane * 4 + i;
                    nibbles[g].0[at] = low[i] & 15 | high[i] << 4;
                    let (low, high) = (low[i] >> 4, high[i] >> 4);
                    match above {
                        [bits] => bits.0[at] |= low << g | high << (g + 4),
                        [first, second] => {
                            first.0[at] |= low << (2 * g);
                            second.0[at] |= high << (2 * g);
                        }
                        _ => {}
                    }
                }
            }
        }
        let (outer, factors) = self.side_places(row / PANEL, no);
        self.sides[outer].0[lane * 2..lane * 2 + 2].copy_from_slice(&block.scale.to_le_bytes());
        if let Some(factors) = factors {
            let both = match layout {
                Layout::Q6K => block.factors,
                _ => {
                    let min = block.min_scale.to_le_bytes();
                    self.sides[outer + 1].0[lane * 2..lane * 2 + 2].copy_from_slice(&min);
                    [block.factors[0], block.min]
                }
            };
            self.sides[factors].0[lane] = both[0] as u8;
            self.sides[factors].0[PANEL + lane] = both[1] as u8;
        }
    }

    /// Where the outer scales and the factors of a block lie in `sides`.
    fn side_places(&self, panel: usize, no: usize) -> (usize, Option<usize>) {
        let group = self.layout.group();
        let (outer, factors) = sides_per_group(self.layout);
        let groups = self.inner / BLOCK / group;
        let first = (panel * groups + no / group) * (outer + factors);
        (first, (factors > 0).then_some(first + outer + no % group))
    }

    /// How the bytes are to be read.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Length of a row of the matrix.
    pub fn inner(&self) -> usize {
        self.inner
    }

    /// Rows of the matrix.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Panels, the last ones perhaps not full.
    pub fn panels(&self) -> usize {
        self.outputs.div_ceil(PANEL).next_multiple_of(PANELS)
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.lines[..]) + size_of_val(&self.sides[..])
    }

    /// The quants, `[panel][block][line]`.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The scales, `[panel][side]`.
    pub fn sides(&self) -> &[Side] {
        &self.sides
    }

    /// One row of the matrix in f32, to the bit what the file's format says.
    pub fn row(&self, row: usize, out: &mut [f32]) {
        match self.layout.bits() {
            8 => self.row_of::<8>(row, out),
            5 => self.row_of::<5>(row, out),
            6 => self.row_of::<6>(row, out),
            _ => self.row_of::<4>(row, out),
        }
    }

    fn row_of<const BITS: usize>(&self, row: usize, out: &mut [f32]) {
        let (panel, lane) = (row / PANEL, row % PANEL);
        let offset = self.layout.offset();
        let first = panel * (self.inner / BLOCK);
        let blocks = self.lines.chunks_exact(BITS).skip(first);
        for (no, (out, lines)) in out.chunks_exact_mut(BLOCK).zip(blocks).enumerate() {
            let scales = [0, 1].map(|half| self.scale(panel, no, half, lane));
            let min = self.min(panel, no, lane);
            for (k, x) in out.iter_mut().enumerate() {
                let stored = stored::<BITS>(lines, k / 4, lane * 4 + k % 4);
                let quant = (i32::from(stored) - offset) as f32;
                *x = scales[k / (BLOCK / 2)] * quant - min;
            }
        }
    }

    /// A block of a panel in plain numbers.
    #[inline(always)]
    pub fn plain(&self, panel: usize, no: usize) -> Plain {
        let mut plain = Plain {
            quants: match self.layout.bits() {
                8 => self.quants::<8>(panel, no),
                5 => self.quants::<5>(panel, no),
                6 => self.quants::<6>(panel, no),
                _ => self.quants::<4>(panel, no),
            },
            scales: [[0.0; PANEL]; 2],
            mins: [0.0; PANEL],
        };
        for lane in 0..PANEL {
            plain.scales[0][lane] = self.scale(panel, no, 0, lane);
            plain.scales[1][lane] = self.scale(panel, no, 1, lane);
            plain.mins[lane] = self.min(panel, no, lane);
        }
        plain
    }

    /// The weights of a block of a panel without their scales.
    #[inline(always)]
    fn quants<const BITS: usize>(&self, panel: usize, no: usize) -> [[f32; PANEL]; BLOCK] {
        let first = (panel * (self.inner / BLOCK) + no) * BITS;
        let lines = &self.lines[first..first + BITS];
        let offset = self.layout.offset();
        let mut quants = [[0.0; PANEL]; BLOCK];
        let (groups, _) = quants.as_chunks_mut::<4>();
        for (group, quants) in groups.iter_mut().enumerate() {
            for lane in 0..PANEL {
                for (i, quants) in quants.iter_mut().enumerate() {
                    let stored = stored::<BITS>(lines, group, lane * 4 + i);
                    quants[lane] = (i32::from(stored) - offset) as f32;
                }
            }
        }
        quants
    }

    /// The scale of a half block.
    fn scale(&self, panel: usize, no: usize, half: usize, lane: usize) -> f32 {
        let (outer, factors) = self.side_places(panel, no);
        // Only the 6-bit format has two.
        let half = if self.layout == Layout::Q6K { half } else { 0 };
        let factor = |at: usize| f32::from(self.sides[at].0[half * PANEL + lane] as i8);
        self.outer(outer, lane) * factors.map_or(1.0, factor)
    }

    /// The minimum of a block, zero in formats that have none.
    fn min(&self, panel: usize, no: usize, lane: usize) -> f32 {
        match (self.layout, self.side_places(panel, no)) {
            (Layout::Q4K | Layout::Q5K, (outer, Some(factors))) => {
                let factor = f32::from(self.sides[factors].0[PANEL + lane] as i8);
                self.outer(outer + 1, lane) * factor
            }
            _ => 0.0,
        }
    }

    fn outer(&self, at: usize, lane: usize) -> f32 {
        let side = &self.sides[at].0;
        half(u16::from_le_bytes([side[2 * lane], side[2 * lane + 1]]))
    }
}
