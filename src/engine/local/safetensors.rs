//! A safetensors file: where its tensors are.
//!
//! Invariant: every tensor listed lies inside the file, and its size is what its shape and type say.
//! Only the header is read here; numbers are read when a tensor is taken.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

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

/// A header's entry.
#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

/// A header: its first malformed entry ends the reading.
struct Entries(Vec<(String, Entry)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Entries, D::Error> {
        struct Header;

        impl<'de> Visitor<'de> for Header {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tensors by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    // What people wrote beside the tensors.
                    if name == "__metadata__" {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        entries.push((name, map.next_value()?));
                    }
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Header)
    }
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
        let Entries(entries) = serde_json::from_slice(&header)
            .map_err(|e| wrong("header", format!("not a safetensors header: {e}")))?;
        let (begin, room) = (8 + size, room - size);
        let mut tensors = HashMap::new();
        for (name, entry) in entries {
            let Entry {
                dtype,
                shape,
                data_offsets: (from, to),
            } = entry;
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
                    let place = Place { format, shape, at };
                    if tensors.insert(name.clone(), place).is_some() {
                        return Err(wrong(&name, "is there twice".into()));
                    }
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
