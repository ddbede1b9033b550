//! The tensors of a model's files, widened to f32 and checked against what is expected.
//!
//! Invariant: nothing is allocated for a tensor before its shape was compared with the config's and its
//! bytes are known to be in the file. Errors name the tensor and the file. Of a file only the header is
//! read at first, and then one tensor at a time, in pieces; mapping would be faster, but a file cut off
//! while mapped kills the process.

use std::sync::Arc;
use std::thread::JoinHandle;

use super::files::{WeightsFile, unreadable};
use super::gguf::{Blocks, Gguf};
use super::quant::Matrix;
use super::safetensors::Safetensors;
use super::source::{PIECE_BYTES, Source};
use crate::engine::{EngineError, Gauge};

/// The prefixes that models with a language-model head put before the decoder's tensors; files of the
/// decoder alone leave them out.
const PREFIXES: [&str; 3] = ["model.", "transformer.", "gpt_neox."];

/// All tensors, by Hugging Face's names and in its layouts, wherever they come from.
pub struct Weights {
    stores: Vec<Store>,
    files: String,
    gauge: Gauge,
}

enum Store {
    Safetensors(Safetensors),
    Gguf(Arc<Gguf>),
}

impl Weights {
    /// Reads the headers of all files.
    pub fn read(files: &[WeightsFile]) -> Result<Weights, EngineError> {
        let stores: Result<Vec<Store>, EngineError> = files
            .iter()
            .map(|file| match file {
                WeightsFile::Gguf(gguf) => Ok(Store::Gguf(gguf.clone())),
                WeightsFile::Path(_) | WeightsFile::Static(..) => {
                    Safetensors::read(file.open()?).map(Store::Safetensors)
                }
            })
            .collect();
        let names: Vec<String> = files.iter().map(WeightsFile::name).collect();
        Ok(Weights {
            stores: stores?,
            files: names.join(", "),
            gauge: Gauge::default(),
        })
    }

    /// Tells how far reading has come from now on.
    pub fn tell(mut self, gauge: &Gauge) -> Weights {
        gauge.expect(self.parameters());
        self.gauge = gauge.clone();
        self
    }

    /// How many numbers the files hold.
    pub fn parameters(&self) -> u64 {
        let of = |store: &Store| match store {
            Store::Safetensors(file) => file.parameters(),
            Store::Gguf(gguf) => gguf.parameters(),
        };
        self.stores.iter().map(of).fold(0, u64::saturating_add)
    }

    /// Whether there is a tensor of this name (with or without the usual prefix).
    pub fn has(&self, name: &str) -> bool {
        self.stores.iter().any(|store| match store {
            Store::Safetensors(file) => {
                file.tensors.contains_key(name) || file.tensors.contains_key(bare(name))
            }
            Store::Gguf(gguf) => gguf.has(name),
        })
    }

    /// A tensor, row by row in f32; `shape` must be its shape.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EngineError> {
        for store in &self.stores {
            let (file, numbers) = match store {
                Store::Safetensors(file) => (&file.source, take(file, name, shape)?),
                Store::Gguf(gguf) => (gguf.source(), gguf.take(name, shape)?),
            };
            let Some(numbers) = numbers else { continue };
            self.gauge.add(numbers.len() as u64);
            return match numbers.iter().all(|x| x.is_finite()) {
                true => Ok(numbers),
                false => Err(EngineError::Weights {
                    file: file.name().to_owned(),
                    tensor: name.to_owned(),
                    why: "holds a number that is not finite".into(),
                }),
            };
        }
        Err(EngineError::Weights {
            file: self.files.clone(),
            tensor: name.to_owned(),
            why: "missing, or not f32, f16 or bf16".into(),
        })
    }

    /// The weight of a linear layer, quantised if it is so in the file; `shape` is `[rows, columns]`.
    pub fn take_matrix(&mut self, name: &str, shape: [usize; 2]) -> Result<Matrix, EngineError> {
        let Some(blocks) = self.take_blocks(name, &shape)? else {
            return self.take(name, &shape).map(Matrix::F32);
        };
        let [rows, columns] = shape;
        Matrix::read(blocks.kind, rows, columns, blocks.bytes).map_err(|why| EngineError::Weights {
            file: self.files.clone(),
            tensor: name.to_owned(),
            why,
        })
    }

    /// [`Weights::take`] for a matrix that lies `[columns, rows]` in the file: given out `[rows, columns]`,
    /// row by row.
    pub fn take_transposed(
        &mut self,
        name: &str,
        [rows, columns]: [usize; 2],
    ) -> Result<Vec<f32>, EngineError> {
        let lying = self.take(name, &[columns, rows])?;
        let mut numbers = Vec::with_capacity(lying.len());
        for row in 0..rows {
            numbers.extend(lying.iter().skip(row).step_by(rows));
        }
        Ok(numbers)
    }

    /// [`Weights::take`] where `wanted`, otherwise nothing.
    pub fn take_if(
        &mut self,
        wanted: bool,
        name: &str,
        shape: &[usize],
    ) -> Result<Option<Vec<f32>>, EngineError> {
        match wanted {
            true => self.take(name, shape).map(Some),
            false => Ok(None),
        }
    }

    /// The weight of a linear layer as it is quantised in the file; `None` if it is not quantised there
    /// (or not there: [`Weights::take`] says so). Whether scales are finite is the caller's to check.
    pub fn take_blocks(
        &mut self,
        name: &str,
        shape: &[usize],
    ) -> Result<Option<Blocks>, EngineError> {
        for store in &self.stores {
            if let Store::Gguf(gguf) = store
                && let Some(blocks) = gguf.take_blocks(name, shape)?
            {
                let numbers: usize = shape.iter().product();
                self.gauge.add(numbers as u64);
                return Ok(Some(blocks));
            }
        }
        Ok(None)
    }
}

fn take(file: &Safetensors, name: &str, shape: &[usize]) -> Result<Option<Vec<f32>>, EngineError> {
    let tensors = &file.tensors;
    let Some(place) = tensors.get(name).or_else(|| tensors.get(bare(name))) else {
        return Ok(None);
    };
    let wrong = |why: String| EngineError::Weights {
        file: file.source.name().to_owned(),
        tensor: name.to_owned(),
        why,
    };
    if place.shape != shape {
        let why = format!(
            "has shape {:?}; config.json asks for {shape:?}",
            place.shape
        );
        return Err(wrong(why));
    }
    let count: usize = shape.iter().product();
    let mut numbers = Vec::with_capacity(count);
    let mut left = count * place.format.block_bytes();
    let mut at = place.at;
    let mut piece = Vec::new();
    while left > 0 {
        piece.resize(left.min(PIECE_BYTES), 0);
        let read = file.source.read_at(at, &mut piece);
        read.map_err(|e| unreadable(file.source.name().as_ref(), e))?;
        place.format.decode(&piece, &mut numbers).map_err(wrong)?;
        at += piece.len() as u64;
        left -= piece.len();
    }
    Ok(Some(numbers))
}

/// A hash that a thread of its own computes while the model is built.
pub struct Digest(JoinHandle<Result<String, EngineError>>);

impl Digest {
    /// Begins to hash the files' bytes.
    pub fn begin(files: &[WeightsFile]) -> Result<Digest, EngineError> {
        let sources: Result<Vec<Source>, EngineError> =
            files.iter().map(WeightsFile::open).collect();
        let sources = sources?;
        std::thread::Builder::new()
            .name("recant-digest".into())
            .spawn(move || Source::sha256(&sources))
            .map(Digest)
            .map_err(|e| EngineError::Thread(e.to_string()))
    }

    /// The hash over all files' bytes in order, in hexadecimal. Waits for it.
    pub fn finish(self) -> Result<String, EngineError> {
        let ended = |_| EngineError::Thread("the thread that hashes the weights failed".into());
        self.0.join().map_err(ended)?
    }
}

fn bare(name: &str) -> &str {
    let without = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix));
    without.unwrap_or(name)
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
