//! Writes GGUF files as llama.cpp does, when a test needs them. Nothing is shared with what reads them.
#![allow(clippy::unwrap_used, clippy::expect_used, dead_code, missing_docs)]

pub mod convert;
pub mod seed;

use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};

/// A file in the making.
#[derive(Clone)]
pub struct Writer {
    pub version: u32,
    pub alignment: u64,
    pub entries: Vec<(String, Vec<u8>)>,
    pub tensors: Vec<Stored>,
}

/// A tensor as it is stored.
#[derive(Clone)]
pub struct Stored {
    pub name: String,
    /// Fastest dimension first, as the file has it.
    pub dimensions: Vec<u64>,
    pub kind: u32,
    pub bytes: Vec<u8>,
}

pub const F32: u32 = 0;
pub const F16: u32 = 1;
pub const BF16: u32 = 30;
pub const Q4_0: u32 = 2;
pub const Q8_0: u32 = 8;

/// All quantised types, with candle's names for them.
pub const QUANTISED: [(u32, GgmlDType); 10] = [
    (Q4_0, GgmlDType::Q4_0),
    (3, GgmlDType::Q4_1),
    (6, GgmlDType::Q5_0),
    (7, GgmlDType::Q5_1),
    (Q8_0, GgmlDType::Q8_0),
    (10, GgmlDType::Q2K),
    (11, GgmlDType::Q3K),
    (12, GgmlDType::Q4K),
    (13, GgmlDType::Q5K),
    (14, GgmlDType::Q6K),
];

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

impl Writer {
    pub fn new(architecture: &str) -> Writer {
        let mut writer = Writer {
            version: 3,
            alignment: 32,
            entries: Vec::new(),
            tensors: Vec::new(),
        };
        writer.text("general.architecture", architecture);
        writer
    }

    pub fn raw(&mut self, key: &str, kind: u32, value: &[u8]) {
        let mut bytes = kind.to_le_bytes().to_vec();
        bytes.extend(value);
        self.entries.retain(|(k, _)| k != key);
        self.entries.push((key.to_owned(), bytes));
    }

    pub fn text(&mut self, key: &str, value: &str) {
        let mut bytes = Vec::new();
        text(&mut bytes, value);
        self.raw(key, 8, &bytes);
    }

    pub fn count(&mut self, key: &str, value: u32) {
        self.raw(key, 4, &value.to_le_bytes());
    }

    pub fn real(&mut self, key: &str, value: f32) {
        self.raw(key, 6, &value.to_le_bytes());
    }

    pub fn flag(&mut self, key: &str, value: bool) {
        self.raw(key, 7, &[u8::from(value)]);
    }

    pub fn array(&mut self, key: &str, kind: u32, count: usize, values: &[u8]) {
        let mut bytes = kind.to_le_bytes().to_vec();
        bytes.extend((count as u64).to_le_bytes());
        bytes.extend(values);
        self.raw(key, 9, &bytes);
    }

    pub fn texts<S: AsRef<str>>(&mut self, key: &str, values: &[S]) {
        let mut bytes = Vec::new();
        values.iter().for_each(|v| text(&mut bytes, v.as_ref()));
        self.array(key, 8, values.len(), &bytes);
    }

    pub fn integers(&mut self, key: &str, values: &[i32]) {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.array(key, 5, values.len(), &bytes);
    }

    pub fn reals(&mut self, key: &str, values: &[f32]) {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.array(key, 6, values.len(), &bytes);
    }

    /// `shape` with the slowest dimension first.
    pub fn tensor(&mut self, name: &str, shape: &[usize], kind: u32, numbers: &[f32]) {
        self.tensors.push(Stored {
            name: name.to_owned(),
            dimensions: shape.iter().rev().map(|d| *d as u64).collect(),
            kind,
            bytes: encode(kind, numbers),
        });
    }

    /// The whole file.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(self.version.to_le_bytes());
        out.extend((self.tensors.len() as u64).to_le_bytes());
        out.extend((self.entries.len() as u64).to_le_bytes());
        for (key, value) in &self.entries {
            text(&mut out, key);
            out.extend(value);
        }
        let mut offset = 0u64;
        for tensor in &self.tensors {
            text(&mut out, &tensor.name);
            out.extend((tensor.dimensions.len() as u32).to_le_bytes());
            tensor
                .dimensions
                .iter()
                .for_each(|d| out.extend(d.to_le_bytes()));
            out.extend(tensor.kind.to_le_bytes());
            out.extend(offset.to_le_bytes());
            offset = (offset + tensor.bytes.len() as u64).next_multiple_of(self.alignment);
        }
        for tensor in &self.tensors {
            out.resize(out.len().next_multiple_of(self.alignment as usize), 0);
            out.extend(&tensor.bytes);
        }
        out.resize(out.len().next_multiple_of(self.alignment as usize), 0);
        out
    }
}

pub fn encode(kind: u32, numbers: &[f32]) -> Vec<u8> {
    if kind == F32 {
        return numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    }
    let kind = match kind {
        F16 => GgmlDType::F16,
        BF16 => GgmlDType::BF16,
        kind => QUANTISED.iter().find(|(id, _)| *id == kind).unwrap().1,
    };
    let tensor = Tensor::from_slice(numbers, numbers.len(), &Device::Cpu).unwrap();
    let quantised = QTensor::quantize(&tensor, kind).unwrap();
    quantised.data().unwrap().to_vec()
}

/// What candle makes of numbers that were stored as `kind`.
pub fn stored(kind: u32, numbers: &[f32]) -> Vec<f32> {
    if kind == F32 {
        return numbers.to_vec();
    }
    let kind = match kind {
        F16 => GgmlDType::F16,
        BF16 => GgmlDType::BF16,
        kind => QUANTISED.iter().find(|(id, _)| *id == kind).unwrap().1,
    };
    let tensor = Tensor::from_slice(numbers, numbers.len(), &Device::Cpu).unwrap();
    let quantised = QTensor::quantize(&tensor, kind).unwrap();
    let tensor = quantised.dequantize(&Device::Cpu).unwrap();
    tensor.to_vec1().unwrap()
}
