//! How numbers lie in files of weights, and the way from there to f32.
//!
//! Plain formats are converted here; quantised blocks by candle, a bounded piece at a time, so that no
//! copy of a whole tensor is made on the way. Knows nothing of files or tensors.

use std::borrow::Cow;

use candle_core::Device;
use candle_core::quantized::{GgmlDType, QStorage, QTensor};

/// A format of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// IEEE single precision.
    F32,
    /// IEEE half precision.
    F16,
    /// The upper half of an f32.
    BF16,
    /// Blocks of quantised numbers along a row.
    Blocks(GgmlDType),
}

impl Format {
    /// Numbers that stand or fall together: a row is a whole number of blocks.
    pub fn block_numbers(self) -> usize {
        match self {
            Format::F32 | Format::F16 | Format::BF16 => 1,
            Format::Blocks(kind) => kind.block_size(),
        }
    }

    /// Bytes of a block.
    pub fn block_bytes(self) -> usize {
        match self {
            Format::F32 => 4,
            Format::F16 | Format::BF16 => 2,
            Format::Blocks(kind) => kind.type_size(),
        }
    }

    /// Bytes of a row of `numbers` numbers; `None` if that is no whole number of blocks, or too many.
    pub fn bytes_of(self, numbers: u64) -> Option<u64> {
        let block = self.block_numbers() as u64;
        match numbers % block {
            0 => (numbers / block).checked_mul(self.block_bytes() as u64),
            _ => None,
        }
    }

    /// Appends the numbers in `bytes`, a whole number of blocks.
    ///
    /// # Errors
    /// What candle says of the blocks.
    pub fn decode(self, bytes: &[u8], out: &mut Vec<f32>) -> Result<(), String> {
        match self {
            Format::F32 => out.extend(bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b))),
            Format::F16 => {
                let halves = bytes.as_chunks().0.iter();
                out.extend(halves.map(|b| f16_to_f32(u16::from_le_bytes(*b))));
            }
            Format::BF16 => {
                let halves = bytes.as_chunks().0.iter();
                out.extend(halves.map(|b| f32::from_bits(u32::from(u16::from_le_bytes(*b)) << 16)));
            }
            Format::Blocks(kind) => {
                blocks(kind, bytes, out).map_err(|e| e.to_string())?;
            }
        }
        Ok(())
    }
}

fn blocks(kind: GgmlDType, bytes: &[u8], out: &mut Vec<f32>) -> candle_core::Result<()> {
    let numbers = bytes.len() / kind.type_size() * kind.block_size();
    // candle reads the blocks in place and panics where their alignment is not given.
    let mut room = Vec::new();
    let aligned = match bytes.as_ptr().align_offset(ALIGNMENT) {
        0 => bytes,
        _ => {
            room.resize(bytes.len() + ALIGNMENT, 0u8);
            let skip = room.as_ptr().align_offset(ALIGNMENT).min(ALIGNMENT);
            let place = &mut room[skip..skip + bytes.len()];
            place.copy_from_slice(bytes);
            place
        }
    };
    let storage = QStorage::from_data(Cow::Borrowed(aligned), &Device::Cpu, kind)?;
    let tensor = QTensor::new(storage, numbers)?.dequantize(&Device::Cpu)?;
    out.extend(tensor.to_vec1::<f32>()?);
    Ok(())
}

/// No block's field is wider than an f32.
const ALIGNMENT: usize = 4;

fn f16_to_f32(bits: u16) -> f32 {
    let bits = u32::from(bits);
    let sign = (bits & 0x8000) << 16;
    let (exponent, fraction) = ((bits >> 10) & 0x1f, bits & 0x3ff);
    match exponent {
        // Subnormal: units of 2^-24, exact in f32.
        0 => f32::from_bits(sign | (fraction as f32 / 16_777_216.0).to_bits()),
        31 => f32::from_bits(sign | 0x7f80_0000 | (fraction << 13)),
        _ => f32::from_bits(sign | ((exponent + 112) << 23) | (fraction << 13)),
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Tensor};

    use super::*;

    #[test]
    fn every_half_becomes_what_candle_makes_of_it() {
        let bytes: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
        for (format, kind) in [(Format::F16, DType::F16), (Format::BF16, DType::BF16)] {
            let mut ours = Vec::new();
            format.decode(&bytes, &mut ours).unwrap();
            let theirs = Tensor::from_raw_buffer(&bytes, kind, &[1 << 16], &Device::Cpu).unwrap();
            let theirs = theirs.to_dtype(DType::F32).unwrap().to_vec1().unwrap();
            for (a, b) in ours.iter().zip::<Vec<f32>>(theirs) {
                assert!(a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan());
            }
        }
    }

    #[test]
    fn blocks_need_no_alignment_of_the_caller() {
        let numbers: Vec<f32> = (0..512).map(|i| (i as f32 * 0.37).sin()).collect();
        let tensor = Tensor::from_vec(numbers, 512, &Device::Cpu).unwrap();
        for kind in [GgmlDType::Q8_0, GgmlDType::Q4_0, GgmlDType::Q6K] {
            let bytes = QTensor::quantize(&tensor, kind)
                .unwrap()
                .data()
                .unwrap()
                .to_vec();
            let mut shifted = vec![0u8; 8 + bytes.len()];
            let mut whole = Vec::new();
            Format::Blocks(kind).decode(&bytes, &mut whole).unwrap();
            for at in 0..8 {
                shifted[at..at + bytes.len()].copy_from_slice(&bytes);
                let mut again = Vec::new();
                let format = Format::Blocks(kind);
                format
                    .decode(&shifted[at..at + bytes.len()], &mut again)
                    .unwrap();
                assert_eq!(again, whole);
            }
        }
    }
}
