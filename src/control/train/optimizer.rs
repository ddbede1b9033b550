//! Muon for the inner matrices, AdamW (without decay) for embedding and gains.
//!
//! Muon (Jordan et al. 2024): momentum, then the update is made orthogonal by five Newton-Schulz
//! steps, so that every direction of a matrix learns at the same pace.

use candle_core::{Result, Tensor};

use super::network::{floats, matrix};
use super::weights::Weight;

const MOMENTUM: f32 = 0.95;
const BETAS: (f32, f32) = (0.9, 0.95);

/// Learning rates of a step.
#[derive(Clone, Copy, Debug)]
pub struct Rates {
    /// For inner matrices.
    pub muon: f32,
    /// For everything else.
    pub adam: f32,
}

/// What the optimizer remembers of one weight.
#[derive(Clone, Debug)]
pub struct Memory {
    /// Running mean of gradients.
    pub mean: Vec<f32>,
    /// Running mean of squared gradients; empty for inner matrices.
    pub square: Vec<f32>,
}

impl Memory {
    /// Nothing remembered.
    pub fn new(weight: &Weight) -> Memory {
        let count = weight.values.len();
        Memory {
            mean: vec![0.0; count],
            square: vec![0.0; if weight.is_inner_matrix() { 0 } else { count }],
        }
    }
}

/// One step for one weight. `step` counts from 1.
///
/// # Errors
/// Where a matrix product fails.
pub fn update(
    weight: &mut Weight,
    memory: &mut Memory,
    gradient: &[f32],
    rates: &Rates,
    step: usize,
) -> Result<()> {
    if !weight.is_inner_matrix() {
        adam(weight, memory, gradient, rates.adam, step);
        return Ok(());
    }
    let mut wanted = Vec::with_capacity(gradient.len());
    for (m, g) in memory.mean.iter_mut().zip(gradient) {
        *m = MOMENTUM * *m + (1.0 - MOMENTUM) * g;
        wanted.push((1.0 - MOMENTUM) * g + MOMENTUM * *m);
    }
    let rows = weight.rows / weight.stacked;
    let size = rows * weight.columns;
    let stretch = (rows as f32 / weight.columns as f32).max(1.0).sqrt();
    for (values, wanted) in weight.values.chunks_mut(size).zip(wanted.chunks(size)) {
        let direction = orthogonal(wanted, weight.columns)?;
        for (v, d) in values.iter_mut().zip(direction) {
            *v -= rates.muon * stretch * d;
        }
    }
    Ok(())
}

#[allow(clippy::needless_range_loop)] // four arrays at once
fn adam(weight: &mut Weight, memory: &mut Memory, gradient: &[f32], rate: f32, step: usize) {
    let step = i32::try_from(step).unwrap_or(i32::MAX);
    let (fix1, fix2) = (1.0 - BETAS.0.powi(step), 1.0 - BETAS.1.powi(step));
    for i in 0..gradient.len() {
        let g = gradient[i];
        memory.mean[i] = BETAS.0 * memory.mean[i] + (1.0 - BETAS.0) * g;
        memory.square[i] = BETAS.1 * memory.square[i] + (1.0 - BETAS.1) * g * g;
        let scale = (memory.square[i] / fix2).sqrt() + 1e-8;
        weight.values[i] -= rate * (memory.mean[i] / fix1) / scale;
    }
}

/// The nearest orthogonal matrix, roughly: singular values end between about 0.7 and 1.2.
fn orthogonal(values: &[f32], columns: usize) -> Result<Vec<f32>> {
    const A: f64 = 3.4445;
    const B: f64 = -4.7750;
    const C: f64 = 2.0315;
    let norm = super::floats::dot(values, values).sqrt() + 1e-12;
    let mut x = matrix(values.iter().map(|v| v / norm).collect(), columns)?;
    let tall = x.dim(0)? > x.dim(1)?;
    if tall {
        x = x.t()?.contiguous()?;
    }
    for _ in 0..5 {
        let square = x.matmul(&x.t()?)?;
        let mix = ((&square * B)? + (square.matmul(&square)? * C)?)?;
        x = ((&x * A)? + mix.matmul(&x)?)?;
    }
    if tall {
        x = x.t()?.contiguous()?;
    }
    values_of(&x)
}

/// A copy of a contiguous tensor's values.
fn values_of(x: &Tensor) -> Result<Vec<f32>> {
    let (storage, _) = x.storage_and_layout();
    Ok(floats(&storage)?.to_vec())
}
