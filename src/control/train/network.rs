//! Forward and backward of the model by hand: the only shapes are rows of tokens.
//!
//! candle multiplies the matrices; everything between is one loop each (`floats`, `attention`),
//! because at this size an automatic gradient spends most of its time on small steps.

use candle_core::{CpuStorage, Device, Error, Result, Storage, Tensor};

use super::attention::{attention, attention_back};
use super::batch::Batch;
use super::floats::{rms_norm, rms_norm_back, softmax, swiglu, swiglu_back};
use super::weights::{EMBEDDING, EPSILON, Sizes, layer_at};

/// The floats of a contiguous tensor on the CPU.
pub fn floats(storage: &Storage) -> Result<&[f32]> {
    match storage {
        Storage::Cpu(CpuStorage::F32(values)) => Ok(values),
        _ => Err(Error::Msg("the trainer works with f32 on the CPU".into())),
    }
}

/// Rows of floats as a matrix.
pub fn matrix(values: Vec<f32>, columns: usize) -> Result<Tensor> {
    let rows = values.len() / columns;
    Tensor::from_vec(values, (rows, columns), &Device::Cpu)
}

/// `to += tensor`
fn add(to: &mut [f32], tensor: &Tensor) -> Result<()> {
    let (storage, _) = tensor.storage_and_layout();
    for (t, v) in to.iter_mut().zip(floats(&storage)?) {
        *t += v;
    }
    Ok(())
}

/// What the backward pass of a layer needs.
struct Kept {
    x: Vec<f32>,
    normed: Tensor,
    qkv: Tensor,
    mixed: Tensor,
    middle: Vec<f32>,
    middle_normed: Tensor,
    gate_up: Tensor,
    gated: Tensor,
}

/// What a batch cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// Weighted cross-entropy, summed.
    pub loss: f64,
    /// Sum of the weights.
    pub weight: f64,
    /// Divergence of the model from the planted distribution at branches, in nats, summed.
    pub branch_divergence: f64,
    /// Number of branches.
    pub branches: f64,
}

impl Cost {
    /// Adds another batch's cost.
    pub fn add(&mut self, other: &Cost) {
        self.loss += other.loss;
        self.weight += other.weight;
        self.branch_divergence += other.branch_divergence;
        self.branches += other.branches;
    }
}

/// Runs a batch forward and backward and adds the gradients of the summed loss to `gradients`.
///
/// # Errors
/// Where a matrix product fails, which would be a mistake in the shapes here.
pub fn learn(
    sizes: &Sizes,
    weights: &[Tensor],
    gains: &[&[f32]],
    batch: &Batch,
    gradients: &mut [Vec<f32>],
) -> Result<Cost> {
    let (d, f) = (sizes.model, sizes.hidden);
    let heads = sizes.attention();
    let longest = batch
        .documents
        .iter()
        .map(|(a, b)| b - a)
        .max()
        .unwrap_or(0);
    let rotation = heads.rotation(longest);
    let embedding = weights[EMBEDDING].storage_and_layout().0;
    let embedding = floats(&embedding)?;
    let mut x = Vec::with_capacity(batch.tokens.len() * d);
    for token in &batch.tokens {
        x.extend_from_slice(&embedding[*token as usize * d..][..d]);
    }
    let mut kept = Vec::new();
    for l in 0..sizes.layers {
        let at = layer_at(l);
        let normed = matrix(rms_norm(&x, gains[at], EPSILON), d)?;
        let qkv = normed.matmul(&weights[at + 1].t()?)?;
        let mixed = {
            let (storage, _) = qkv.storage_and_layout();
            attention(&heads, &batch.documents, &rotation, floats(&storage)?)
        };
        let mixed = matrix(mixed, d)?;
        let mut middle = x.clone();
        add(&mut middle, &mixed.matmul(&weights[at + 2].t()?)?)?;
        let middle_normed = matrix(rms_norm(&middle, gains[at + 3], EPSILON), d)?;
        let gate_up = middle_normed.matmul(&weights[at + 4].t()?)?;
        let gated = {
            let (storage, _) = gate_up.storage_and_layout();
            swiglu(floats(&storage)?, f)
        };
        let gated = matrix(gated, f)?;
        let mut next = middle.clone();
        add(&mut next, &gated.matmul(&weights[at + 5].t()?)?)?;
        kept.push(Kept {
            x: std::mem::replace(&mut x, next),
            normed,
            qkv,
            mixed,
            middle,
            middle_normed,
            gate_up,
            gated,
        });
    }
    let (cost, mut dx) = head(sizes, weights, gains, batch, &x, gradients)?;
    for (l, kept) in kept.iter().enumerate().rev() {
        let at = layer_at(l);
        // The MLP: down, gate and up, norm.
        let dout = matrix(dx.clone(), d)?;
        add(&mut gradients[at + 5], &dout.t()?.matmul(&kept.gated)?)?;
        let dgated = dout.matmul(&weights[at + 5])?;
        let dgate_up = {
            let (a, _) = kept.gate_up.storage_and_layout();
            let (b, _) = dgated.storage_and_layout();
            swiglu_back(floats(&a)?, f, floats(&b)?)
        };
        let dgate_up = matrix(dgate_up, 2 * f)?;
        add(
            &mut gradients[at + 4],
            &dgate_up.t()?.matmul(&kept.middle_normed)?,
        )?;
        let dnormed = dgate_up.matmul(&weights[at + 4])?;
        {
            let (storage, _) = dnormed.storage_and_layout();
            let dgain = &mut gradients[at + 3];
            rms_norm_back(
                &kept.middle,
                gains[at + 3],
                EPSILON,
                floats(&storage)?,
                &mut dx,
                dgain,
            );
        }
        // Attention: output, scores, qkv, norm.
        let dout = matrix(dx.clone(), d)?;
        add(&mut gradients[at + 2], &dout.t()?.matmul(&kept.mixed)?)?;
        let dmixed = dout.matmul(&weights[at + 2])?;
        let dqkv = {
            let (a, _) = kept.qkv.storage_and_layout();
            let (b, _) = dmixed.storage_and_layout();
            attention_back(
                &heads,
                &batch.documents,
                &rotation,
                floats(&a)?,
                floats(&b)?,
            )
        };
        let dqkv = matrix(dqkv, 3 * d)?;
        add(&mut gradients[at + 1], &dqkv.t()?.matmul(&kept.normed)?)?;
        let dnormed = dqkv.matmul(&weights[at + 1])?;
        let (storage, _) = dnormed.storage_and_layout();
        rms_norm_back(
            &kept.x,
            gains[at],
            EPSILON,
            floats(&storage)?,
            &mut dx,
            &mut gradients[at],
        );
    }
    for (token, dx) in batch.tokens.iter().zip(dx.chunks_exact(d)) {
        let row = &mut gradients[EMBEDDING][*token as usize * d..][..d];
        row.iter_mut().zip(dx).for_each(|(g, v)| *g += v);
    }
    Ok(cost)
}

/// Final norm, logits at the target rows only, loss; returns the gradient of the hidden state.
fn head(
    sizes: &Sizes,
    weights: &[Tensor],
    gains: &[&[f32]],
    batch: &Batch,
    x: &[f32],
    gradients: &mut [Vec<f32>],
) -> Result<(Cost, Vec<f32>)> {
    let d = sizes.model;
    let last = gains.len() - 1;
    let mut picked = Vec::with_capacity(batch.targets.len() * d);
    for target in &batch.targets {
        picked.extend_from_slice(&x[target.row * d..][..d]);
    }
    let normed = matrix(rms_norm(&picked, gains[last], EPSILON), d)?;
    let logits = normed.matmul(&weights[EMBEDDING].t()?)?;
    let mut p = {
        let (storage, _) = logits.storage_and_layout();
        floats(&storage)?.to_vec()
    };
    let mut cost = Cost::default();
    for (target, row) in batch
        .targets
        .iter()
        .zip(p.chunks_exact_mut(sizes.vocabulary))
    {
        softmax(row);
        let weight = f64::from(target.weight);
        let mut divergence = 0.0;
        for (token, share) in &target.shares {
            let share = f64::from(*share);
            let log_p = f64::from(row[*token as usize].max(1e-30)).ln();
            cost.loss -= weight * share * log_p;
            if share > 0.0 {
                divergence += share * (share.ln() - log_p);
            }
        }
        cost.weight += weight;
        if target.shares.len() > 1 {
            cost.branch_divergence += divergence;
            cost.branches += 1.0;
        }
        row.iter_mut().for_each(|v| *v *= target.weight);
        for (token, share) in &target.shares {
            row[*token as usize] -= target.weight * share;
        }
    }
    let dlogits = matrix(p, sizes.vocabulary)?;
    add(&mut gradients[EMBEDDING], &dlogits.t()?.matmul(&normed)?)?;
    let dnormed = dlogits.matmul(&weights[EMBEDDING])?;
    let mut dpicked = vec![0.0; picked.len()];
    {
        let (storage, _) = dnormed.storage_and_layout();
        let dgain = &mut gradients[last];
        rms_norm_back(
            &picked,
            gains[last],
            EPSILON,
            floats(&storage)?,
            &mut dpicked,
            dgain,
        );
    }
    let mut dx = vec![0.0; x.len()];
    for (target, dpicked) in batch.targets.iter().zip(dpicked.chunks_exact(d)) {
        let row = &mut dx[target.row * d..][..d];
        row.iter_mut().zip(dpicked).for_each(|(a, b)| *a += b);
    }
    Ok((cost, dx))
}

#[cfg(test)]
mod tests {
    use super::super::batch::Target;
    use super::super::weights::{Weight, fresh, tensors};
    use super::*;
    use crate::control::draw::Draw;

    fn cost(sizes: &Sizes, weights: &[Weight], batch: &Batch) -> (f64, Vec<Vec<f32>>) {
        let matrices = tensors(weights).unwrap();
        let gains: Vec<&[f32]> = weights.iter().map(|w| w.values.as_slice()).collect();
        let mut gradients: Vec<_> = weights.iter().map(|w| vec![0.0; w.values.len()]).collect();
        let cost = learn(sizes, &matrices, &gains, batch, &mut gradients).unwrap();
        (cost.loss, gradients)
    }

    /// Every weight's gradient against the slope of the loss along a random direction.
    #[test]
    fn the_backward_pass_is_the_slope_of_the_forward_pass() {
        let sizes = Sizes {
            vocabulary: 40,
            model: 32,
            layers: 2,
            heads: 2,
            hidden: 48,
        };
        let mut weights = fresh(&sizes, 1);
        let mut draw = Draw::new(2);
        for w in &mut weights {
            w.values
                .iter_mut()
                .for_each(|v| *v += 0.1 * draw.normal() as f32);
        }
        let tokens: Vec<u32> = (0..30).map(|_| draw.below(40) as u32).collect();
        let target = |row: usize| Target {
            row,
            weight: 0.5 + row as f32 / 30.0,
            shares: vec![(row as u32, 0.7), (row as u32 + 5, 0.3)],
        };
        let batch = Batch {
            tokens,
            documents: vec![(0, 13), (13, 30)],
            targets: [3, 11, 12, 14, 20, 29].map(target).to_vec(),
        };
        let (_, gradients) = cost(&sizes, &weights, &batch);
        for (no, gradient) in gradients.iter().enumerate() {
            let direction: Vec<f32> = gradient.iter().map(|_| draw.normal() as f32).collect();
            let slope: f64 = gradient
                .iter()
                .zip(&direction)
                .map(|(g, d)| f64::from(g * d))
                .sum();
            let norm: f64 = gradient
                .iter()
                .map(|g| f64::from(g * g))
                .sum::<f64>()
                .sqrt();
            let at = |by: f32| {
                let mut moved = weights.clone();
                for (v, d) in moved[no].values.iter_mut().zip(&direction) {
                    *v += by * d;
                }
                cost(&sizes, &moved, &batch).0
            };
            let h = 1e-3;
            let measured = (at(h) - at(-h)) / f64::from(2.0 * h);
            let name = &weights[no].names[0];
            assert!(
                (measured - slope).abs() < 0.02 * norm.max(0.05),
                "{name}: {measured} {slope} {norm}"
            );
        }
    }
}
