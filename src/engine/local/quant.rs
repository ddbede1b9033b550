//! Weight matrices as files hold them: f32, or blocks of small integers with a scale (ggml's formats).
//!
//! Invariant: a [`Blocks`] has exactly the bytes its shape asks for, and no scale in it is infinite or
//! NaN; whoever reads it need not check again. Block formats that the integer kernel does not read are
//! widened to f32 here, by candle. Knows the file's layouts, not the kernel's (see `packed`).

use std::borrow::Cow;

use candle_core::Device;
use candle_core::quantized::{GgmlDType, QStorage, QTensor};

/// Weights that share a scale, in every format.
pub const BLOCK: usize = 32;

/// A weight matrix `[rows, columns]`, row by row.
pub enum Matrix {
    /// Plain numbers.
    F32(Vec<f32>),
    /// Numbers in blocks.
    Blocks(Blocks),
}

impl Matrix {
    /// From a file's bytes. The error says what is wrong with them.
    pub fn read(
        kind: GgmlDType,
        rows: usize,
        columns: usize,
        bytes: Vec<u8>,
    ) -> Result<Matrix, String> {
        let numbers: Vec<f32> = match (kind, Layout::of(kind)) {
            (_, Some(layout)) => {
                return Blocks::new(kind, layout, rows, columns, bytes).map(Matrix::Blocks);
            }
            (GgmlDType::F32, None) => {
                check_size(kind, rows, columns, bytes.len())?;
                let (words, _) = bytes.as_chunks::<4>();
                words.iter().map(|w| f32::from_le_bytes(*w)).collect()
            }
            (GgmlDType::BF16, None) => {
                check_size(kind, rows, columns, bytes.len())?;
                let (words, _) = bytes.as_chunks::<2>();
                let widen = |w: &[u8; 2]| f32::from_bits(u32::from(u16::from_le_bytes(*w)) << 16);
                words.iter().map(widen).collect()
            }
            (GgmlDType::F16, None) => {
                check_size(kind, rows, columns, bytes.len())?;
                let (words, _) = bytes.as_chunks::<2>();
                let widen = |w: &[u8; 2]| half(u16::from_le_bytes(*w));
                words.iter().map(widen).collect()
            }
            _ => {
                check_size(kind, rows, columns, bytes.len())?;
                dequantise(kind, rows, columns, &bytes)?
            }
        };
        match numbers.iter().all(|x| x.is_finite()) {
            true => Ok(Matrix::F32(numbers)),
            false => Err("holds a number that is not finite".into()),
        }
    }

    /// How many rows, where each has `columns` numbers.
    pub fn rows(&self, columns: usize) -> usize {
        match self {
            Matrix::F32(numbers) => numbers.len() / columns.max(1),
            Matrix::Blocks(blocks) => blocks.rows,
        }
    }

    /// All numbers in f32.
    pub fn numbers(self) -> Result<Vec<f32>, String> {
        match self {
            Matrix::F32(numbers) => Ok(numbers),
            Matrix::Blocks(blocks) => blocks.dequantise(),
        }
    }
}

/// How the integer kernel sees a block format: a weight is `(q - offset) · scale`, or `q · scale - min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// 8 bits, one f16 scale per block.
    Q8_0,
    /// 4 bits, one f16 scale per block.
    Q4_0,
    /// 5 bits, one f16 scale per block.
    Q5_0,
    /// 4 bits; a 6-bit scale and minimum per block, times two f16 per 8 blocks.
    Q4K,
    /// The same with 5 bits.
    Q5K,
    /// 6 bits; an 8-bit scale per half block, times an f16 per 8 blocks.
    Q6K,
}

impl Layout {
    /// `None`: not for the integer kernel.
    pub fn of(kind: GgmlDType) -> Option<Layout> {
        match kind {
            GgmlDType::Q8_0 => Some(Layout::Q8_0),
            GgmlDType::Q4_0 => Some(Layout::Q4_0),
            GgmlDType::Q5_0 => Some(Layout::Q5_0),
            GgmlDType::Q4K => Some(Layout::Q4K),
            GgmlDType::Q5K => Some(Layout::Q5K),
            GgmlDType::Q6K => Some(Layout::Q6K),
            _ => None,
        }
    }

    /// Bits per weight, scales apart.
    pub fn bits(self) -> usize {
        match self {
            Layout::Q8_0 => 8,
            Layout::Q4_0 | Layout::Q4K => 4,
            Layout::Q5_0 | Layout::Q5K => 5,
            Layout::Q6K => 6,
        }
    }

    /// What is stored for a weight of zero.
    pub fn offset(self) -> i32 {
        match self {
            Layout::Q8_0 => 128,
            Layout::Q4_0 => 8,
            Layout::Q5_0 => 16,
            Layout::Q4K | Layout::Q5K => 0,
            Layout::Q6K => 32,
        }
    }

    /// Blocks of 32 that share the outer scale, and are one piece of the file.
    pub fn group(self) -> usize {
        match self {
            Layout::Q8_0 | Layout::Q4_0 | Layout::Q5_0 => 1,
            Layout::Q4K | Layout::Q5K | Layout::Q6K => 8,
        }
    }

    /// Bytes of such a piece in the file.
    fn group_bytes(self) -> usize {
        match self {
            Layout::Q8_0 => 34,
            Layout::Q4_0 => 18,
            Layout::Q5_0 => 22,
            Layout::Q4K => 144,
            Layout::Q5K => 176,
            Layout::Q6K => 210,
        }
    }
}

/// One block of 32 weights, taken out of the file's packing.
pub struct Block {
    /// Unsigned, the offset included.
    pub quants: [u8; BLOCK],
    /// The outer scale, f16.
    pub scale: u16,
    /// The outer scale of the minimum, f16.
    pub min_scale: u16,
    /// Factors of the outer scale, one per half block.
    pub factors: [i8; 2],
    /// Factor of the minimum's outer scale.
    pub min: i8,
}

/// A matrix in blocks, with the bytes of a file.
pub struct Blocks {
    kind: GgmlDType,
    layout: Layout,
    rows: usize,
    columns: usize,
    bytes: Vec<u8>,
}

impl Blocks {
    fn new(
        kind: GgmlDType,
        layout: Layout,
        rows: usize,
        columns: usize,
        bytes: Vec<u8>,
    ) -> Result<Blocks, String> {
        check_size(kind, rows, columns, bytes.len())?;
        let pieces = bytes.chunks_exact(layout.group_bytes());
        let scales: &[usize] = match layout {
            Layout::Q8_0 | Layout::Q4_0 | Layout::Q5_0 => &[0],
            Layout::Q4K | Layout::Q5K => &[0, 2],
            Layout::Q6K => &[208],
        };
        for piece in pieces {
            if !scales.iter().all(|at| half(word(piece, *at)).is_finite()) {
                return Err("holds a scale that is not finite".into());
            }
        }
        Ok(Blocks {
            kind,
            layout,
            rows,
            columns,
            bytes,
        })
    }

    /// The format in the file.
    pub fn kind(&self) -> GgmlDType {
        self.kind
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How to read them.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Length of a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All numbers, row by row.
    pub fn dequantise(&self) -> Result<Vec<f32>, String> {
        dequantise(self.kind, self.rows, self.columns, &self.bytes)
    }

    /// The `no`-th block of a row.
    pub fn block(&self, row: usize, no: usize) -> Block {
        let layout = self.layout;
        let size = layout.group_bytes();
        let pieces = self.columns / BLOCK / layout.group();
        let at = row * pieces + no / layout.group();
        unpack(
            layout,
            &self.bytes[at * size..(at + 1) * size],
            no % layout.group(),
        )
    }
}

/// Block `no` of a piece of a file.
fn unpack(layout: Layout, piece: &[u8], no: usize) -> Block {
    let mut quants = [0; BLOCK];
    let mut block = Block {
        quants,
        scale: word(piece, 0),
        min_scale: 0,
        factors: [1, 1],
        min: 0,
    };
    // Half of a byte for each weight: low halves first, or only the low or high ones.
    let halves = |quants: &mut [u8; BLOCK], bytes: &[u8]| {
        for (i, byte) in bytes.iter().enumerate() {
            quants[i] = byte & 15;
            quants[i + 16] = byte >> 4;
        }
    };
    match layout {
        Layout::Q8_0 => {
            for (to, from) in quants.iter_mut().zip(&piece[2..]) {
                *to = from ^ 0x80;
            }
        }
        Layout::Q4_0 => halves(&mut quants, &piece[2..18]),
        Layout::Q5_0 => {
            halves(&mut quants, &piece[6..22]);
            for (i, q) in quants.iter_mut().enumerate() {
                *q |= (piece[2 + i / 8] >> (i % 8) & 1) << 4;
            }
        }
        Layout::Q4K | Layout::Q5K => {
            block.min_scale = word(piece, 2);
            let (scale, min) = scale_and_min(&piece[4..16], no);
            (block.factors, block.min) = ([scale; 2], min);
            let nibbles = match layout {
                Layout::Q5K => 48,
                _ => 16,
            };
            let shift = no % 2 * 4;
            for (q, byte) in quants.iter_mut().zip(&piece[nibbles + no / 2 * 32..]) {
                *q = byte >> shift & 15;
            }
            if layout == Layout::Q5K {
                for (q, byte) in quants.iter_mut().zip(&piece[16..48]) {
                    *q |= (byte >> no & 1) << 4;
                }
            }
        }
        Layout::Q6K => {
            // Four blocks lie across 64 bytes of low and 32 bytes of high bits.
            let (side, part) = (no / 4, no % 4);
            let low = &piece[side * 64 + part % 2 * 32..][..32];
            let high = &piece[128 + side * 32..][..32];
            for ((q, low), high) in quants.iter_mut().zip(low).zip(high) {
                *q = low >> (part / 2 * 4) & 15 | (high >> (2 * part) & 3) << 4;
            }
            block.scale = word(piece, 208);
            let factor = |i: usize| piece[192 + side * 8 + part * 2 + i] as i8;
            block.factors = [factor(0), factor(1)];
        }
    }
    block.quants = quants;
    block
}

/// The 6-bit scale and minimum of block `no`, in ggml's packing of 8 pairs into 12 bytes.
fn scale_and_min(packed: &[u8], no: usize) -> (i8, i8) {
    let (scale, min) = match no {
        0..4 => (packed[no] & 63, packed[no + 4] & 63),
        _ => (
            packed[no + 4] & 15 | packed[no - 4] >> 6 << 4,
            packed[no + 4] >> 4 | packed[no] >> 6 << 4,
        ),
    };
    (scale as i8, min as i8)
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// The value of an f16.
pub fn half(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let (exponent, fraction) = (bits >> 10 & 31, u32::from(bits & 1023));
    match exponent {
        // A fraction of 2^-24 each: exact in f32.
        0 => f32::from_bits((fraction as f32 / 16_777_216.0).to_bits() | sign),
        31 => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (u32::from(exponent) + 112) << 23 | fraction << 13),
    }
}

fn check_size(kind: GgmlDType, rows: usize, columns: usize, bytes: usize) -> Result<(), String> {
    let block = kind.block_size();
    if !columns.is_multiple_of(block) {
        return Err(format!(
            "{kind:?} needs rows of a multiple of {block} numbers, not {columns}"
        ));
    }
    let expected = (columns / block)
        .checked_mul(rows)
        .and_then(|n| n.checked_mul(kind.type_size()));
    match expected == Some(bytes) {
        true => Ok(()),
        false => Err(format!(
            "{rows} rows of {columns} numbers in {kind:?} do not fit {bytes} bytes"
        )),
    }
}

fn dequantise(
    kind: GgmlDType,
    rows: usize,
    columns: usize,
    bytes: &[u8],
) -> Result<Vec<f32>, String> {
    if rows * columns == 0 {
        return Ok(Vec::new());
    }
    // Candle reads the bytes in place, and insists on an address that suits its blocks. A `Vec` of this
    // size has one from every allocator there is; were it otherwise, the file could still be refused.
    if !(bytes.as_ptr() as usize).is_multiple_of(align_of::<f32>()) {
        return Err("lies at an odd address; try again".into());
    }
    QStorage::from_data(Cow::Borrowed(bytes), &Device::Cpu, kind)
        .and_then(|storage| QTensor::new(storage, (rows, columns)))
        .and_then(|tensor| tensor.dequantize(&Device::Cpu))
        .and_then(|tensor| tensor.flatten_all()?.to_vec1())
        .map_err(|e| e.to_string())
}
