//! Quantised weights: every block format and every set of instructions against candle's numbers, against
//! one another, and against themselves in other company.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::borrow::Cow;

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{Device, Tensor};
use recant::engine::local::compute::Compute;
use recant::engine::local::int8::Path;
use recant::engine::local::linear::{Left, Linear};
use recant::engine::local::quant::{Matrix, half};

const KINDS: [GgmlDType; 6] = [
    GgmlDType::Q8_0,
    GgmlDType::Q4_0,
    GgmlDType::Q5_0,
    GgmlDType::Q4K,
    GgmlDType::Q5K,
    GgmlDType::Q6K,
];

fn bytes(n: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2654435761).wrapping_add(99);
    let mut next = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 40) as u8
    };
    (0..n).map(|_| next()).collect()
}

fn noise(n: usize, seed: u64) -> Vec<f32> {
    let bytes = bytes(3 * n, seed);
    let number = |b: &[u8]| {
        let n = u32::from_le_bytes([b[0], b[1], b[2], 0]);
        n as f32 / (1 << 23) as f32 - 1.0
    };
    bytes.chunks_exact(3).map(number).collect()
}

/// Where the f16 scales of a piece of `kind` lie.
fn scales(kind: GgmlDType) -> &'static [usize] {
    match kind {
        GgmlDType::Q4K | GgmlDType::Q5K => &[0, 2],
        GgmlDType::Q6K => &[208],
        _ => &[0],
    }
}

/// Blocks of random bits: every quant, factor and sign occurs. Only the scales are sane.
fn random(kind: GgmlDType, rows: usize, columns: usize, seed: u64) -> Vec<u8> {
    let count = rows * columns / kind.block_size();
    let mut all = bytes(count * kind.type_size(), seed);
    for (i, piece) in all.chunks_exact_mut(kind.type_size()).enumerate() {
        for at in scales(kind) {
            // 2^-7 to 2^-4, either sign.
            let word = 0x2000 + (i * 613 + at * 77) as u16 % 0x0c00 + (i as u16 % 2) * 0x8000;
            piece[*at..at + 2].copy_from_slice(&word.to_le_bytes());
        }
    }
    all
}

fn dequantised(kind: GgmlDType, rows: usize, columns: usize, bytes: &[u8]) -> Vec<f32> {
    let storage = QStorage::from_data(Cow::Borrowed(bytes), &Device::Cpu, kind).unwrap();
    let tensor = QTensor::new(storage, (rows, columns)).unwrap();
    let tensor = tensor.dequantize(&Device::Cpu).unwrap();
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn matrix(kind: GgmlDType, rows: usize, columns: usize, bytes: &[u8]) -> Matrix {
    let matrix = Matrix::read(kind, rows, columns, bytes.to_vec()).unwrap();
    assert!(matches!(matrix, Matrix::Blocks(_)));
    matrix
}

fn on(path: Path, threads: usize) -> Compute {
    let mut compute = Compute::new(threads);
    compute.path = path;
    compute
}

fn product(linear: &Linear, compute: &Compute, x: &[f32], inputs: usize) -> Vec<f32> {
    let rows = x.len() / inputs;
    let mut left = Left::of(linear.forms());
    left.fill(rows, inputs, |r| &x[r * inputs..]);
    let mut out = Vec::new();
    linear.forward(compute, &left, rows, &mut out);
    out
}

/// x · Wᵀ in f64.
fn exact(weight: &[f32], x: &[f32], inputs: usize) -> Vec<f64> {
    let dot = |x: &[f32], w: &[f32]| -> f64 {
        let both = x.iter().zip(w);
        both.map(|(x, w)| f64::from(*x) * f64::from(*w)).sum()
    };
    let rows = x.chunks_exact(inputs);
    rows.flat_map(|x| weight.chunks_exact(inputs).map(move |w| dot(x, w)))
        .collect()
}

/// The sums of the products' sizes: what errors are measured against, since sums may cancel out.
fn sizes(weight: &[f32], x: &[f32], inputs: usize) -> Vec<f64> {
    let abs = |x: &[f32]| x.iter().map(|x| x.abs()).collect::<Vec<_>>();
    exact(&abs(weight), &abs(x), inputs)
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn every_path_gives_the_bits_of_the_portable_one_for_every_number_of_rows() {
    for kind in KINDS {
        for (outputs, pieces) in [(16, 1), (70, 3), (1, 2), (129, 5), (40, 19)] {
            let inputs = pieces * kind.block_size();
            let bytes = random(kind, outputs, inputs, outputs as u64);
            let matrix = matrix(kind, outputs, inputs, &bytes);
            let linear = Linear::of_parts(vec![matrix], inputs, None);
            let x = noise(20 * inputs, 5);
            let portable = *Path::available().last().unwrap();
            let alone: Vec<f32> = x
                .chunks_exact(inputs)
                .flat_map(|x| product(&linear, &on(portable, 1), x, inputs))
                .collect();
            for path in Path::available() {
                for rows in 1..=20 {
                    let all = product(&linear, &on(path, 1), &x[..rows * inputs], inputs);
                    let same = bits(&all) == bits(&alone[..rows * outputs]);
                    let path = path.name();
                    assert!(same, "{kind:?} {outputs}x{inputs}, {rows} rows, {path}");
                }
            }
        }
    }
}

#[test]
fn products_are_those_of_the_dequantised_weights_but_for_the_rounding_of_rows() {
    for kind in KINDS {
        let (outputs, inputs, rows) = (48, 1024, 7);
        let bytes = random(kind, outputs, inputs, 3);
        let weight = dequantised(kind, outputs, inputs, &bytes);
        let linear = Linear::of_parts(vec![matrix(kind, outputs, inputs, &bytes)], inputs, None);
        for (o, expected) in weight.chunks_exact(inputs).enumerate() {
            let mut row = vec![0f32; inputs];
            linear.weight_row(o, &mut row);
            assert_eq!(bits(&row), bits(expected), "{kind:?}, row {o}");
        }
        // Rows that 8 bits hold exactly: only the sums' own rounding is left.
        let whole: Vec<f32> = noise(rows * inputs, 8)
            .chunks_exact(32)
            .flat_map(|block| {
                let mut block: Vec<f32> = block.iter().map(|x| (x * 127.0).round()).collect();
                block[7] = 127.0;
                block.into_iter().map(|x| x / 16.0)
            })
            .collect();
        for (x, tolerance) in [(whole, 2e-7), (noise(rows * inputs, 9), 1e-3)] {
            let ours = product(&linear, &Compute::new(1), &x, inputs);
            let theirs = exact(&weight, &x, inputs);
            let sizes = sizes(&weight, &x, inputs);
            for ((ours, theirs), size) in ours.iter().zip(&theirs).zip(&sizes) {
                let off = (f64::from(*ours) - theirs).abs() / size;
                assert!(
                    off < tolerance,
                    "{kind:?}: {ours} for {theirs}, off by {off}"
                );
            }
        }
    }
}

#[test]
fn the_extremes_of_weights_and_rows_do_not_saturate() {
    for kind in KINDS {
        let (outputs, inputs) = (16, 256);
        let count = outputs * inputs / kind.block_size();
        for fill in [0x00, 0x7f, 0x80, 0xff] {
            let mut bytes = vec![fill; count * kind.type_size()];
            for piece in bytes.chunks_exact_mut(kind.type_size()) {
                for at in scales(kind) {
                    piece[*at..at + 2].copy_from_slice(&0x3c00u16.to_le_bytes());
                }
            }
            let weight = dequantised(kind, outputs, inputs, &bytes);
            let linear =
                Linear::of_parts(vec![matrix(kind, outputs, inputs, &bytes)], inputs, None);
            for x in [0.0, 127.0, -127.0] {
                let x = vec![x; inputs];
                let expected = exact(&weight, &x, inputs);
                for path in Path::available() {
                    let ours = product(&linear, &on(path, 1), &x, inputs);
                    for (ours, expected) in ours.iter().zip(&expected) {
                        let off = (f64::from(*ours) - expected).abs();
                        let path = path.name();
                        assert!(
                            off <= expected.abs() * 1e-6,
                            "{kind:?} {path}, {fill:x}: {ours} for {expected}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn stacked_matrices_of_all_kinds_and_threads_do_not_change_a_bit() {
    let inputs = 512;
    let mut weights = Vec::new();
    let stack = || -> Vec<Matrix> {
        let blocks = KINDS.iter().enumerate().map(|(i, kind)| {
            let outputs = 77 + 300 * i;
            let bytes = random(*kind, outputs, inputs, i as u64);
            matrix(*kind, outputs, inputs, &bytes)
        });
        let floats = |rows: usize, seed| Matrix::F32(noise(rows * inputs, seed));
        let mut all: Vec<Matrix> = blocks.collect();
        all.insert(2, floats(33, 1));
        all.push(floats(50, 2));
        all.push(floats(7, 3));
        all
    };
    for part in stack() {
        weights.extend(part.numbers().unwrap());
    }
    let outputs = weights.len() / inputs;
    let bias = noise(outputs, 4);
    let linear = Linear::of_parts(stack(), inputs, Some(bias.clone()));
    assert_eq!(linear.outputs(), outputs);
    let x = noise(13 * inputs, 6);
    let one = product(&linear, &Compute::new(1), &x, inputs);
    for threads in [2, 3] {
        let more = product(&linear, &Compute::new(threads), &x, inputs);
        assert_eq!(bits(&one), bits(&more), "{threads} threads");
    }
    let (exact, sizes) = (exact(&weights, &x, inputs), sizes(&weights, &x, inputs));
    for (i, ours) in one.iter().enumerate() {
        let off = f64::from(*ours) - exact[i] - f64::from(bias[i % outputs]);
        assert!(off.abs() / sizes[i] < 2e-3, "column {}", i % outputs);
    }
    for (o, expected) in weights.chunks_exact(inputs).enumerate() {
        let mut row = vec![0f32; inputs];
        linear.weight_row(o, &mut row);
        assert_eq!(row, expected, "row {o}");
    }
}

#[test]
fn rows_with_numbers_that_are_none_end_in_nan_and_leave_the_others_alone() {
    let (outputs, inputs) = (20, 64);
    let bytes = random(GgmlDType::Q8_0, outputs, inputs, 1);
    let linear = Linear::of_parts(
        vec![matrix(GgmlDType::Q8_0, outputs, inputs, &bytes)],
        inputs,
        None,
    );
    let clean = noise(3 * inputs, 2);
    let expected = product(&linear, &Compute::new(1), &clean, inputs);
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut x = clean.clone();
        x[inputs + 40] = bad;
        let out = product(&linear, &Compute::new(1), &x, inputs);
        assert!(out[outputs..2 * outputs].iter().all(|x| x.is_nan()));
        assert_eq!(out[..outputs], expected[..outputs]);
        assert_eq!(out[2 * outputs..], expected[2 * outputs..]);
    }
    // Numbers too small for f32 to invert are as good as zero.
    let tiny = product(&linear, &Compute::new(1), &vec![1e-38; inputs], inputs);
    assert!(tiny.iter().all(|x| x.abs() < 1e-30));
}

#[test]
fn bytes_that_do_not_fit_are_refused_with_the_reason() {
    let refused = |kind, rows, columns, bytes: Vec<u8>| {
        Matrix::read(kind, rows, columns, bytes)
            .err()
            .unwrap_or_default()
    };
    let message = refused(GgmlDType::Q4K, 2, 128, vec![0; 144]);
    assert!(
        message.contains("multiple of 256 numbers, not 128"),
        "{message}"
    );
    let message = refused(GgmlDType::Q8_0, 2, 64, vec![0; 100]);
    assert!(message.contains("do not fit 100 bytes"), "{message}");
    let message = refused(GgmlDType::Q8_0, usize::MAX / 8, 64, vec![0; 100]);
    assert!(message.contains("do not fit 100 bytes"), "{message}");
    for kind in KINDS {
        let columns = kind.block_size();
        for at in scales(kind) {
            let mut bytes = random(kind, 1, columns, 1);
            bytes[*at..at + 2].copy_from_slice(&0x7c00u16.to_le_bytes());
            let message = refused(kind, 1, columns, bytes);
            assert!(message.contains("not finite"), "{kind:?}: {message}");
        }
    }
    let message = refused(GgmlDType::BF16, 1, 1, vec![0xc0, 0x7f]);
    assert!(message.contains("not finite"), "{message}");
}

#[test]
fn kinds_without_a_kernel_become_f32() {
    let numbers = noise(2 * 256, 3);
    let tensor = Tensor::from_slice(&numbers, (2, 256), &Device::Cpu).unwrap();
    for kind in [
        GgmlDType::F32,
        GgmlDType::F16,
        GgmlDType::BF16,
        GgmlDType::Q4_1,
        GgmlDType::Q5_1,
        GgmlDType::Q2K,
        GgmlDType::Q3K,
    ] {
        let blocks = QTensor::quantize(&tensor, kind).unwrap();
        let expected = dequantised(kind, 2, 256, &blocks.data().unwrap());
        match Matrix::read(kind, 2, 256, blocks.data().unwrap().into_owned()).unwrap() {
            Matrix::F32(numbers) => assert_eq!(bits(&numbers), bits(&expected), "{kind:?}"),
            Matrix::Blocks(_) => panic!("{kind:?}"),
        }
    }
    for (word, value) in [
        (0x0001, 5.960_464_5e-8),
        (0x03ff, 6.097_555e-5),
        (0x0400, 6.103_515_6e-5),
        (0xbc00, -1.0),
        (0x7bff, 65504.0),
        (0x8000, -0.0),
    ] {
        assert_eq!(half(word).to_bits(), f32::to_bits(value));
    }
    assert!(half(0x7c01).is_nan() && half(0xfc00) == f32::NEG_INFINITY);
}
