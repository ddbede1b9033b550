//! The header of a GGUF file, versions 2 and 3: its metadata, and where its tensors are.
//!
//! Invariant: a header that was read is safe to rely on: keys and tensor names are unique, every tensor
//! of a type this engine reads lies inside the file, aligned, with a size that follows from its shape.
//! A tensor of another type is only listed: it may be one that nobody asks for.

use super::super::numbers::Format;
use super::super::source::Source;
use super::cursor::{Cursor, Fault};
use super::kind;
use super::metadata::Metadata;
use super::value::{Number, Value};
use crate::engine::EngineError;

const MAGIC: [u8; 4] = *b"GGUF";
const ALIGNMENT_KEY: &str = "general.alignment";
const ALIGNMENT: u64 = 32;
const DIMENSIONS_MAX: usize = 4;

/// Bytes of the shortest key with its value: length, a letter, type, one byte.
const ENTRY_BYTES: u64 = 8 + 1 + 4 + 1;
/// Bytes of the shortest entry of a tensor: length, a letter, one dimension, type, offset.
const TENSOR_BYTES: u64 = 8 + 1 + 4 + 8 + 4 + 8;

/// A tensor of the file.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// As llama.cpp names it.
    pub name: String,
    /// The type's id in the file.
    pub kind: u32,
    /// How to read its numbers; `None` for types that this engine does not read.
    pub format: Option<Format>,
    /// Slowest dimension first, as everywhere else (the file has it the other way round).
    pub shape: Vec<usize>,
    /// Byte of the file at which it begins.
    pub at: u64,
}

/// A file's header.
#[derive(Clone, Debug)]
pub struct Header {
    /// Keys and values.
    pub metadata: Metadata,
    /// By name.
    tensors: Vec<Tensor>,
}

impl Header {
    /// Reads and checks the header of `source`.
    pub fn read(source: &Source) -> Result<Header, EngineError> {
        read(source).map_err(|fault| fault.of(source.name()))
    }

    /// The tensor that llama.cpp names so.
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        let at = self.tensors.binary_search_by(|t| t.name.as_str().cmp(name));
        at.ok().map(|at| &self.tensors[at])
    }

    /// All tensors, in the order in which they lie in the file.
    pub fn in_file_order(&self) -> Vec<&Tensor> {
        let mut all: Vec<&Tensor> = self.tensors.iter().collect();
        all.sort_by_key(|t| t.at);
        all
    }
}

fn read(source: &Source) -> Result<Header, Fault> {
    let mut cursor = Cursor::new(source);
    version(&mut cursor)?;
    // Both counts come first; the second is checked first, for the first needs room after it.
    let at = cursor.at();
    let tensors = cursor.u64()?;
    let keys = cursor.count("keys", ENTRY_BYTES, size_of::<(u64, String, Value)>())?;
    if tensors > cursor.left() / TENSOR_BYTES {
        let why = format!("{tensors} tensors cannot follow; the file is damaged or cut off");
        return Err(Fault::new(at, why));
    }
    let tensors = usize::try_from(tensors).unwrap_or(usize::MAX);
    cursor.charge(tensors.saturating_mul(size_of::<(u64, Tensor)>() + size_of::<[usize; 4]>()))?;

    let mut entries = Vec::with_capacity(keys);
    for i in 0..keys {
        let at = cursor.at();
        let key = name(&mut cursor).map_err(|f| f.within(format_args!("key {i} of {keys}")))?;
        let value = Value::read(&mut cursor);
        let value = value.map_err(|f| f.within(format_args!("key {key:?}")))?;
        entries.push((at, key, value));
    }
    entries.sort_unstable_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
    if let Some(pair) = entries.windows(2).find(|pair| pair[0].1 == pair[1].1) {
        let fault = Fault::new(pair[1].0, "is there twice");
        return Err(fault.within(format_args!("key {:?}", pair[1].1)));
    }
    let alignment = alignment(&entries)?;

    let mut found = Vec::with_capacity(tensors);
    for i in 0..tensors {
        let at = cursor.at();
        let name = name(&mut cursor);
        let name = name.map_err(|f| f.within(format_args!("tensor {i} of {tensors}")))?;
        let tensor = tensor(&mut cursor);
        let tensor = tensor.map_err(|f| f.within(format_args!("tensor {name:?}")))?;
        found.push((at, Tensor { name, ..tensor }));
    }
    let length = source.length();
    let begin = cursor.at().next_multiple_of(alignment);
    for (at, tensor) in &mut found {
        place(tensor, begin, alignment, length)
            .map_err(|why| Fault::new(*at, why).within(format_args!("tensor {:?}", tensor.name)))?;
    }
    found.sort_unstable_by(|a, b| a.1.name.cmp(&b.1.name).then(a.0.cmp(&b.0)));
    let same = |pair: &&[(u64, Tensor)]| pair[0].1.name == pair[1].1.name;
    if let Some(pair) = found.windows(2).find(same) {
        let fault = Fault::new(pair[1].0, "is there twice");
        return Err(fault.within(format_args!("tensor {:?}", pair[1].1.name)));
    }
    let entries = entries.into_iter().map(|(_, k, v)| (k, v)).collect();
    Ok(Header {
        metadata: Metadata::new(source.name(), entries),
        tensors: found.into_iter().map(|(_, t)| t).collect(),
    })
}

fn version(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    let mut magic = [0; 4];
    cursor.fill(&mut magic)?;
    if magic != MAGIC {
        let why = "not a GGUF file (it does not begin with GGUF); a model in Hugging Face's format is \
                   opened by its folder";
        return Err(Fault::new(0, why));
    }
    let version = cursor.u32()?;
    let why = match version {
        2 | 3 => return Ok(()),
        1 => "GGUF version 1, of 2023; convert the model again with llama.cpp".to_owned(),
        _ if matches!(version.swap_bytes(), 1..=3) => {
            "a big-endian GGUF; convert the model again for little-endian machines".to_owned()
        }
        other => format!("GGUF version {other}; this program reads versions 2 and 3"),
    };
    Err(Fault::new(4, why))
}

/// A key's or a tensor's name.
fn name(cursor: &mut Cursor<'_>) -> Result<String, Fault> {
    let at = cursor.at();
    let name = String::from_utf8(cursor.text()?);
    let name = name.map_err(|_| Fault::new(at, "the name is not UTF-8"))?;
    match name.is_empty() {
        true => Err(Fault::new(at, "the name is empty")),
        false => Ok(name),
    }
}

fn alignment(entries: &[(u64, String, Value)]) -> Result<u64, Fault> {
    let Ok(i) = entries.binary_search_by(|e| e.1.as_str().cmp(ALIGNMENT_KEY)) else {
        return Ok(ALIGNMENT);
    };
    let (at, key, value) = &entries[i];
    let number = match value {
        Value::Number(Number::Whole(n)) => u32::try_from(*n).ok(),
        _ => None,
    };
    match number.filter(|n| n.is_power_of_two()) {
        Some(n) => Ok(u64::from(n)),
        None => {
            let fault = Fault::new(*at, "must be a power of two");
            Err(fault.within(format_args!("key {key:?}")))
        }
    }
}

/// A tensor still without its name, and with `at` counted from where the data begins.
fn tensor(cursor: &mut Cursor<'_>) -> Result<Tensor, Fault> {
    let at = cursor.at();
    let dimensions = cursor.u32()? as usize;
    if dimensions == 0 || dimensions > DIMENSIONS_MAX {
        let why = format!("has {dimensions} dimensions; 1 to {DIMENSIONS_MAX} are possible");
        return Err(Fault::new(at, why));
    }
    let mut shape = vec![0; dimensions];
    for size in shape.iter_mut().rev() {
        let at = cursor.at();
        let read = cursor.u64()?;
        *size = usize::try_from(read).unwrap_or(0);
        if *size == 0 {
            return Err(Fault::new(at, format!("a dimension cannot be {read}")));
        }
    }
    let kind = cursor.u32()?;
    Ok(Tensor {
        name: String::new(),
        kind,
        format: kind::format(kind),
        shape,
        at: cursor.u64()?,
    })
}

/// Checks where the tensor lies, and makes its place one in the file.
fn place(tensor: &mut Tensor, begin: u64, alignment: u64, length: u64) -> Result<(), String> {
    let offset = tensor.at;
    if !offset.is_multiple_of(alignment) {
        return Err(format!(
            "its offset {offset} is not a multiple of the alignment, {alignment}"
        ));
    }
    let mut sizes = tensor.shape.iter().map(|d| *d as u64);
    let numbers = sizes.try_fold(1u64, u64::checked_mul);
    let Some(numbers) = numbers.filter(|n| *n <= i64::MAX as u64) else {
        return Err(format!("its shape {:?} is too large", tensor.shape));
    };
    let bytes = match tensor.format {
        None => 0,
        Some(format) => {
            let row = tensor.shape.last().copied().unwrap_or(0) as u64;
            let bytes = format
                .bytes_of(row)
                .and_then(|b| b.checked_mul(numbers / row));
            bytes.ok_or_else(|| {
                let block = format.block_numbers();
                format!("its rows of {row} numbers are not made of blocks of {block}")
            })?
        }
    };
    let from = begin.checked_add(offset);
    let to = from.and_then(|from| from.checked_add(bytes));
    match (from, to) {
        (Some(from), Some(to)) if to <= length => {
            tensor.at = from;
            Ok(())
        }
        _ => Err(format!(
            "its {bytes} bytes would begin {offset} bytes after byte {begin}, but the file has only \
             {length} bytes; it is damaged or cut off"
        )),
    }
}
