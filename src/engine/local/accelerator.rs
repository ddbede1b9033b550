//! Products on a graphics processor, through candle: the weights lie there, the rows go there and back.
//!
//! Only linear layers: they are nearly all of the arithmetic and all of the memory traffic. Attention and
//! what happens row by row stay where keys and values are shared between sequences, on the CPU. So the
//! scheduler, prefixes and forks are the same for every device.
//!
//! Invariant: a device that fails makes zeros and leaves a [fault](Accelerator::fault) to be asked for;
//! it never ends the program. Rounding is that of the device and of [`Precision`], so a row's bits may
//! depend on the other rows there.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use candle_core::quantized::{QMatMul, QStorage, QTensor};
use candle_core::{DType, Device, Module, Tensor};

use super::quant::Matrix;
use crate::engine::EngineError;

/// Where to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Place {
    /// On a graphics processor if this build knows one and the machine has it, on the CPU otherwise.
    #[default]
    Auto,
    /// On the CPU, with this program's own kernels.
    Cpu,
    /// On an NVIDIA card, by number.
    Cuda(usize),
    /// On Apple's graphics processor.
    Metal,
}

/// How weights that are not quantised are kept on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Precision {
    /// 16 bits with the range of f32.
    #[default]
    Bf16,
    /// 16 bits with more digits and less range.
    F16,
    /// As exact as on the CPU.
    F32,
}

impl Precision {
    fn dtype(self) -> DType {
        match self {
            Precision::Bf16 => DType::BF16,
            Precision::F16 => DType::F16,
            Precision::F32 => DType::F32,
        }
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Precision::Bf16 => "bf16",
            Precision::F16 => "f16",
            Precision::F32 => "f32",
        }
    }
}

/// A device that computes products.
pub struct Accelerator {
    device: Device,
    precision: Precision,
    fault: Mutex<Option<String>>,
}

impl Accelerator {
    /// The device at this place; `None` is the CPU with this program's own kernels.
    ///
    /// # Errors
    /// A device that was asked for by name and is not there, or not in this build.
    pub fn find(place: Place, precision: Precision) -> Result<Option<Accelerator>, EngineError> {
        let failed = |name: &str, why: &dyn std::fmt::Display| {
            Err(EngineError::Device(format!(
                "{name}: {why}; --device cpu computes without it"
            )))
        };
        let missing = |name: &str| {
            let why =
                format!("this build does not have it (cargo build --release --features {name})");
            failed(name, &why)
        };
        let device = match place {
            Place::Cpu => return Ok(None),
            Place::Auto if candle_core::utils::cuda_is_available() => Device::new_cuda(0).ok(),
            Place::Auto if candle_core::utils::metal_is_available() => Device::new_metal(0).ok(),
            Place::Auto => None,
            Place::Cuda(_) if !candle_core::utils::cuda_is_available() => return missing("cuda"),
            Place::Metal if !candle_core::utils::metal_is_available() => return missing("metal"),
            Place::Cuda(no) => match Device::new_cuda(no) {
                Ok(device) => Some(device),
                Err(why) => return failed(&format!("cuda:{no}"), &why),
            },
            Place::Metal => match Device::new_metal(0) {
                Ok(device) => Some(device),
                Err(why) => return failed("metal", &why),
            },
        };
        Ok(device.map(|device| Accelerator::on(device, precision)))
    }

    /// Whether this build knows any.
    pub fn is_built_in() -> bool {
        candle_core::utils::cuda_is_available() || candle_core::utils::metal_is_available()
    }

    /// candle's own CPU kernels in place of a graphics processor: slow, but the same code.
    pub fn on_cpu(precision: Precision) -> Accelerator {
        Accelerator::on(Device::Cpu, precision)
    }

    fn on(device: Device, precision: Precision) -> Accelerator {
        Accelerator {
            device,
            precision,
            fault: Mutex::new(None),
        }
    }

    /// For people.
    pub fn name(&self) -> &'static str {
        match &self.device {
            Device::Cpu => "candle on the CPU",
            Device::Cuda(_) => "cuda",
            Device::Metal(_) => "metal",
        }
    }

    /// How it keeps weights that are not quantised.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// What went wrong since it was last asked for; what was computed since is worth nothing then.
    pub fn fault(&self) -> Option<String> {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.take()
    }

    /// Puts a matrix with rows of `inputs` numbers onto the device.
    pub fn keep(&self, matrix: Matrix, inputs: usize) -> Result<Kept, EngineError> {
        let outputs = matrix.rows(inputs);
        let kept = match matrix {
            Matrix::F32(numbers) => Tensor::from_vec(numbers, (outputs, inputs), &Device::Cpu)
                .and_then(|t| t.to_dtype(self.precision.dtype()))
                .and_then(|t| t.to_device(&self.device))
                .map(|t| {
                    let bytes = t.elem_count() * t.dtype().size_in_bytes();
                    (Form::Plain(t), bytes)
                }),
            Matrix::Blocks(blocks) => {
                let (kind, bytes) = (blocks.kind(), blocks.bytes());
                QStorage::from_data(Cow::Borrowed(bytes), &self.device, kind)
                    .and_then(|storage| QTensor::new(storage, (outputs, inputs)))
                    .and_then(|t| QMatMul::from_arc(t.into()))
                    .map(|t| (Form::Blocks(t), bytes.len()))
            }
        };
        let (form, bytes) = kept.map_err(|why| {
            EngineError::Device(format!(
                "{}: {why}; --device cpu, or a smaller model, may help",
                self.name()
            ))
        })?;
        Ok(Kept {
            form,
            outputs,
            bytes,
        })
    }

    /// Rows, `[rows, inputs]`, on the device.
    pub fn send(&self, rows: &[f32], inputs: usize) -> Sent {
        let count = rows.len() / inputs.max(1);
        let sent = Tensor::from_slice(rows, (count, inputs), &self.device);
        Sent(self.noted(sent))
    }

    /// Fills the columns of `out` from `first` on with the product; its rows are `stride` long.
    pub fn multiply(&self, sent: &Sent, kept: &Kept, out: &mut [f32], stride: usize, first: usize) {
        let Some(rows) = &sent.0 else { return };
        let product = || {
            let product = match &kept.form {
                Form::Plain(weight) => rows.to_dtype(weight.dtype())?.matmul(&weight.t()?)?,
                Form::Blocks(weight) => weight.forward(rows)?,
            };
            let product = product.to_dtype(DType::F32)?.to_device(&Device::Cpu)?;
            product.flatten_all()?.to_vec1::<f32>()
        };
        let Some(product) = self.noted(product()) else {
            return;
        };
        let rows = out.chunks_exact_mut(stride);
        for (to, from) in rows.zip(product.chunks_exact(kept.outputs.max(1))) {
            to[first..first + kept.outputs].copy_from_slice(from);
        }
    }

    fn noted<T>(&self, result: candle_core::Result<T>) -> Option<T> {
        result
            .map_err(|why| {
                let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
                fault.get_or_insert_with(|| format!("{}: {why}", self.name()));
            })
            .ok()
    }
}

/// Rows on the device; nothing where sending them failed.
pub struct Sent(Option<Tensor>);

/// A matrix on the device.
pub struct Kept {
    form: Form,
    outputs: usize,
    bytes: usize,
}

enum Form {
    Plain(Tensor),
    Blocks(QMatMul),
}

impl Kept {
    /// How many rows it has.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Memory on the device.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_build_does_not_have_is_refused_by_name() {
        assert!(
            Accelerator::find(Place::Cpu, Precision::Bf16)
                .unwrap()
                .is_none()
        );
        if !candle_core::utils::cuda_is_available() {
            let why = Accelerator::find(Place::Cuda(1), Precision::Bf16)
                .err()
                .unwrap();
            assert!(why.to_string().contains("--features cuda"), "{why}");
        }
    }

    #[test]
    fn a_fault_is_kept_until_it_is_asked_for() {
        let accelerator = Accelerator::on_cpu(Precision::F32);
        let kept = accelerator.keep(Matrix::F32(vec![1.0; 6]), 3).unwrap();
        assert_eq!((kept.outputs(), kept.bytes()), (2, 24));
        let mut out = [9.0; 4];
        accelerator.multiply(
            &accelerator.send(&[1.0, 2.0, 3.0], 3),
            &kept,
            &mut out,
            4,
            1,
        );
        assert_eq!(out, [9.0, 6.0, 6.0, 9.0]);
        assert_eq!(accelerator.fault(), None);
        // Rows of another length.
        accelerator.multiply(&accelerator.send(&[1.0, 2.0], 2), &kept, &mut out, 4, 1);
        assert!(accelerator.fault().is_some());
        assert_eq!(accelerator.fault(), None);
    }
}
