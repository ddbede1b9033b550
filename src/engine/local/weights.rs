//! The tensors of a model's safetensors files, widened to f32 and checked against what is expected.
//!
//! Invariant: nothing is allocated for a tensor before its shape was compared with the config's and its
//! bytes are known to be in the file. Errors name the tensor and the file. Files are read one at a time
//! and whole: mapping them would be faster, but a file cut off while mapped kills the process.

use std::collections::HashMap;

use candle_core::safetensors::SliceSafetensors;
use candle_core::{DType, Device, Tensor};
use sha2::{Digest, Sha256};

use super::files::WeightsFile;
use super::quant::Matrix;
use crate::engine::EngineError;

/// The prefixes that models with a language-model head put before the decoder's tensors; files of the
/// decoder alone leave them out.
const PREFIXES: [&str; 3] = ["model.", "transformer.", "gpt_neox."];

/// All tensors, by name, each taken out once.
pub struct Weights {
    tensors: HashMap<String, Loaded>,
    files: String,
    sha256: String,
    parameters: u64,
}

struct Loaded {
    file: String,
    tensor: Tensor,
}

impl Weights {
    /// Reads every file.
    pub fn read(files: &[WeightsFile]) -> Result<Weights, EngineError> {
        let mut tensors = HashMap::new();
        let mut parameters = 0;
        let mut digest = Sha256::new();
        for file in files {
            let name = file.name();
            let bytes = file.read()?;
            digest.update(&bytes);
            let wrong = |tensor: &str, why: String| EngineError::Weights {
                file: name.clone(),
                tensor: tensor.to_owned(),
                why,
            };
            let parsed = SliceSafetensors::new(&bytes).map_err(|e| {
                let why = format!("not a complete safetensors file ({e}); download it again");
                wrong("header", why)
            })?;
            for (tensor_name, view) in parsed.tensors() {
                let kind = DType::try_from(view.dtype());
                if !matches!(kind, Ok(DType::F32 | DType::F16 | DType::BF16)) {
                    // Old checkpoints carry masks and such; only what is asked for must be readable.
                    continue;
                }
                let tensor = parsed
                    .load(&tensor_name, &Device::Cpu)
                    .map_err(|e| wrong(&tensor_name, e.to_string()))?;
                parameters += tensor.elem_count() as u64;
                let loaded = Loaded {
                    file: name.clone(),
                    tensor,
                };
                tensors.insert(tensor_name, loaded);
            }
        }
        let names: Vec<String> = files.iter().map(WeightsFile::name).collect();
        Ok(Weights {
            tensors,
            files: names.join(", "),
            sha256: hex(&digest.finalize()),
            parameters,
        })
    }

    /// Hash of all files' bytes in order, in hexadecimal.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// How many numbers the files hold.
    pub fn parameters(&self) -> u64 {
        self.parameters
    }

    /// Whether there is a tensor of this name (with or without the usual prefix).
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name) || self.tensors.contains_key(bare(name))
    }

    /// Takes a tensor out, row by row in f32; `shape` must be its shape.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EngineError> {
        let loaded = self
            .tensors
            .remove(name)
            .or_else(|| self.tensors.remove(bare(name)));
        let Some(Loaded { file, tensor }) = loaded else {
            return Err(EngineError::Weights {
                file: self.files.clone(),
                tensor: name.to_owned(),
                why: "missing, or not f32, f16 or bf16".into(),
            });
        };
        let wrong = |why: String| EngineError::Weights {
            file: file.clone(),
            tensor: name.to_owned(),
            why,
        };
        if tensor.dims() != shape {
            let why = format!(
                "has shape {:?}; config.json asks for {shape:?}",
                tensor.dims()
            );
            return Err(wrong(why));
        }
        let numbers = tensor
            .to_dtype(DType::F32)
            .and_then(|t| t.flatten_all())
            .and_then(|t| t.to_vec1::<f32>())
            .map_err(|e| wrong(e.to_string()))?;
        match numbers.iter().all(|x| x.is_finite()) {
            true => Ok(numbers),
            false => Err(wrong("holds a number that is not finite".into())),
        }
    }

    /// Takes a weight matrix out, in whatever form the file has it; `shape` is `[rows, columns]`.
    pub fn take_matrix(&mut self, name: &str, shape: &[usize]) -> Result<Matrix, EngineError> {
        self.take(name, shape).map(Matrix::F32)
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
}

fn bare(name: &str) -> &str {
    let without = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix));
    without.unwrap_or(name)
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
