//! A safetensors file: where its tensors are.
//!
//! Invariant: every tensor listed lies inside the file, and its size is what its shape and type say.
//! Only the header is read here; numbers are read when a tensor is taken.

use std::collections::HashMap;

use serde::Deserialize;

use super::numbers::Format;
use super::source::Source;
use crate::engine::EngineError;

/// The format allows 100 MB; no published model comes near this.
const HEADER_MAX_BYTES: u64 = 16 << 20;

/// Where a tensor is.
#[derive(Clone, Debug)]
pub struct Place {
    /// Type of its numbers.
    pub format: Format,
    /// Slowest dimension first.
    pub shape: Vec<usize>,
    /// Byte of the file at which it begins.
    pub at: u64,
}

/// An open file and its tensors by name.
#[derive(Debug)]
pub struct Safetensors {
    /// The file.
    pub source: Source,
    /// Those whose numbers can be read; old checkpoints carry masks and such beside them.
    pub tensors: HashMap<String, Place>,
}

/// A header's entry. `__metadata__` has none of these.
#[derive(Deserialize)]
struct Entry {
    dtype: Option<String>,
    shape: Option<Vec<u64>>,
    data_offsets: Option<(u64, u64)>,
}

impl Safetensors {
    /// Reads and checks the header.
    pub fn read(source: Source) -> Result<Safetensors, EngineError> {
        let wrong = |tensor: &str, why: String| EngineError::Weights {
            file: source.name().to_owned(),
            tensor: tensor.to_owned(),
            why,
        };
        let cut = || {
            let why = "not a complete safetensors file; download it again";
            wrong("header", why.into())
        };
        let mut size = [0; 8];
        source.read_at(0, &mut size).map_err(|_| cut())?;
        let size = u64::from_le_bytes(size);
        let room = source.length().saturating_sub(8);
        if size > room || size > HEADER_MAX_BYTES {
            return Err(cut());
        }
        let mut header = vec![0; size as usize];
        source.read_at(8, &mut header).map_err(|_| cut())?;
        let entries: HashMap<String, Entry> = serde_json::from_slice(&header)
            .map_err(|e| wrong("header", format!("not a safetensors header: {e}")))?;
        let (begin, room) = (8 + size, room - size);
        let mut tensors = HashMap::new();
        for (name, entry) in entries {
            if name == "__metadata__" {
                continue;
            }
            let (Some(dtype), Some(shape), Some((from, to))) =
                (entry.dtype, entry.shape, entry.data_offsets)
            else {
                let why = "the header gives no dtype, shape or data_offsets";
                return Err(wrong(&name, why.into()));
            };
            if from > to || to > room {
                let why = format!(
                    "bytes {from}..{to} of {room}: the file ends before; download it again"
                );
                return Err(wrong(&name, why));
            }
            let format = match dtype.as_str() {
                "F32" => Format::F32,
                "F16" => Format::F16,
                "BF16" => Format::BF16,
                _ => continue,
            };
            let count = shape.iter().try_fold(1u64, |n, d| n.checked_mul(*d));
            let bytes = count.and_then(|n| format.bytes_of(n));
            let shape: Option<Vec<usize>> =
                shape.iter().map(|d| usize::try_from(*d).ok()).collect();
            match shape {
                Some(shape) if bytes == Some(to - from) => {
                    let at = begin + from;
                    tensors.insert(name, Place { format, shape, at });
                }
                _ => {
                    let why = "its shape does not fit its data_offsets; the file is damaged";
                    return Err(wrong(&name, why.into()));
                }
            }
        }
        Ok(Safetensors { source, tensors })
    }

    /// How many numbers its tensors hold.
    pub fn parameters(&self) -> u64 {
        let count = |place: &Place| place.shape.iter().map(|d| *d as u64).product::<u64>();
        self.tensors
            .values()
            .map(count)
            .fold(0, u64::saturating_add)
    }
}
