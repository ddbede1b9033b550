//! Rows of activations rounded to 8 bits, one scale per 32 numbers: the left side of `int8`.
//!
//! Invariant: a row's bytes and scales depend on nothing but the row, and are the same on every machine.
//! A scale is the largest absolute value divided by 127, so no byte is -128, and no error exceeds half
//! a step. A block that holds NaN or infinity has a scale of NaN, and the row ends in NaN as in f32.

use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

use super::kernel::run;
use super::quant::BLOCK;

/// Kinds of beginnings for integer sums.
pub const STARTS: usize = 6;

/// The bits of 1.5 · 2^23. An integer below 2^22 added to them gives the bits of the sum as a float.
pub const MAGIC: i32 = 0x4b40_0000;

/// Most rows that go through the kernel side by side.
pub const GROUP: usize = 6;

/// Fewer numbers than this are not worth waking another thread for.
const WORTH_SHARING: usize = 1 << 14;

/// Rows as the kernel reads them.
#[derive(Default)]
pub struct Rounded {
    groups: Vec<Group>,
    count: usize,
    inner: usize,
}

/// Up to [`GROUP`] rows.
#[derive(Default)]
pub struct Group {
    /// How many rows.
    pub rows: usize,
    /// The number of the first.
    pub first: usize,
    /// `[block][row]`: 32 multiples of the block's scale.
    pub bytes: Vec<[i8; BLOCK]>,
    /// `[block][row]`
    pub facts: Vec<Facts>,
}

/// What products need to know of a block besides its bytes.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct Facts {
    /// The scale.
    pub scale: f32,
    /// The sum of the numbers, negated, to be multiplied with minima.
    pub sum: f32,
    /// Where integer sums begin: [`MAGIC`], and the sum of the bytes times -128, -8, -16, of the first
    /// half times -32, of the second half times -32, and nothing. That takes such an offset of the
    /// weights off again.
    pub starts: [i32; STARTS],
}

impl Rounded {
    /// Takes `rows` rows of `inner` numbers, a multiple of 32; `row(i)` gives the i-th. Called on a
    /// pool's thread, it lets the pool share the work.
    pub fn fill<'a>(&mut self, rows: usize, inner: usize, row: impl Fn(usize) -> &'a [f32] + Sync) {
        // Even groups: 8 rows are 4 + 4, not 6 + 2.
        (self.count, self.inner) = (rows.div_ceil(GROUP), inner);
        let size = rows.div_ceil(self.count.max(1));
        if self.groups.len() < self.count {
            self.groups.resize_with(self.count, Group::default);
        }
        let arch = Arch::new();
        let fill = |(no, group): (usize, &mut Group)| {
            let first = no * size;
            group.resize(size.min(rows - first), first, inner / BLOCK);
            for r in 0..group.rows {
                let x = &row(first + r)[..inner];
                run(arch, Round { x, group, row: r });
            }
        };
        let groups = &mut self.groups[..self.count];
        match rows * inner >= WORTH_SHARING && rayon::current_thread_index().is_some() {
            true => groups.par_iter_mut().enumerate().for_each(fill),
            false => groups.iter_mut().enumerate().for_each(fill),
        }
    }

    /// Length of a row.
    pub fn inner(&self) -> usize {
        self.inner
    }

    /// All groups, in order.
    pub fn groups(&self) -> &[Group] {
        &self.groups[..self.count]
    }
}

impl Group {
    fn resize(&mut self, rows: usize, first: usize, blocks: usize) {
        (self.rows, self.first) = (rows, first);
        self.bytes.resize(rows * blocks, [0; BLOCK]);
        self.facts.resize(rows * blocks, Facts::default());
    }
}

/// Rounds one row into its group.
struct Round<'a> {
    x: &'a [f32],
    group: &'a mut Group,
    row: usize,
}

impl WithSimd for Round<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Round { x, group, row } = self;
        let (blocks, _) = x.as_chunks::<BLOCK>();
        for (no, block) in blocks.iter().enumerate() {
            let at = no * group.rows + row;
            group.facts[at] = round(block, &mut group.bytes[at]);
        }
    }
}

#[inline(always)]
fn round(block: &[f32; BLOCK], out: &mut [i8; BLOCK]) -> Facts {
    let round = f32::from_bits(MAGIC as u32); // adding it rounds to an integer in the low bits
    // As integers, absolute values are in the same order, with infinity and then NaN above all.
    let mut tops = [0u32; 8];
    let (parts, _) = block.as_chunks::<8>();
    for part in parts {
        for (top, x) in tops.iter_mut().zip(part) {
            *top = (*top).max(x.to_bits() & 0x7fff_ffff);
        }
    }
    let top = f32::from_bits(tops.iter().fold(0, |a, b| a.max(*b)));
    if !top.is_finite() {
        *out = [0; BLOCK];
        return Facts {
            scale: f32::NAN,
            sum: f32::NAN,
            starts: [MAGIC; STARTS],
        };
    }
    let scale = top / 127.0;
    // Below this, the inverse would be infinite: nothing of such a block would be seen anyway.
    let inverse = match scale > 1e-36 {
        true => 1.0 / scale,
        false => 0.0,
    };
    let mut whole = [0i32; BLOCK];
    for (whole, x) in whole.iter_mut().zip(block) {
        *whole = (x * inverse + round).to_bits() as i32 - MAGIC;
    }
    for (out, whole) in out.iter_mut().zip(&whole) {
        *out = *whole as i8;
    }
    let (low, high) = whole.split_at(BLOCK / 2);
    let (low, high): (i32, i32) = (low.iter().sum(), high.iter().sum());
    let sum = low + high;
    let offs = [sum * 128, sum * 8, sum * 16, low * 32, high * 32, 0];
    Facts {
        scale,
        sum: -sum as f32 * scale,
        starts: offs.map(|off| MAGIC - off),
    }
}
