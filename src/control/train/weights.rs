//! The model's sizes and weights, and their names in Hugging Face files.

use candle_core::{Device, Result, Tensor};

use super::attention::Heads;
use crate::control::draw::Draw;

/// Sizes of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Tokens in the vocabulary.
    pub vocabulary: usize,
    /// Width of the hidden state.
    pub model: usize,
    /// Decoder layers.
    pub layers: usize,
    /// Attention heads, each with its own keys and values.
    pub heads: usize,
    /// Width of the gated MLP.
    pub hidden: usize,
}

/// Epsilon of every norm.
pub const EPSILON: f32 = 1e-5;
/// Base of the rotary frequencies.
pub const THETA: f32 = 10_000.0;

impl Sizes {
    /// The sizes of the model in the repository.
    pub fn standard(vocabulary: usize) -> Sizes {
        Sizes {
            vocabulary,
            model: 128,
            layers: 4,
            heads: 4,
            hidden: 352,
        }
    }

    /// What attention needs to know.
    pub fn attention(&self) -> Heads {
        Heads {
            count: self.heads,
            width: self.model / self.heads,
            theta: THETA,
        }
    }
}

/// One matrix or gain vector.
#[derive(Clone, Debug)]
pub struct Weight {
    /// Rows (outputs); 1 for gains.
    pub rows: usize,
    /// Columns (inputs).
    pub columns: usize,
    /// How many matrices of equal size stand on top of one another (3 for q, k, v).
    pub stacked: usize,
    /// Row-major values.
    pub values: Vec<f32>,
    /// Names in the file, one per stacked matrix.
    pub names: Vec<String>,
}

impl Weight {
    /// Whether it is a matrix between hidden states, which Muon trains.
    pub fn is_inner_matrix(&self) -> bool {
        self.rows > 1 && !self.names[0].contains("embed")
    }
}

/// Position of the embedding in the list of weights.
pub const EMBEDDING: usize = 0;
/// Weights per layer: gain, qkv, output, gain, gate and up, down.
pub const PER_LAYER: usize = 6;

/// Position of layer `l`'s first weight.
pub fn layer_at(l: usize) -> usize {
    1 + l * PER_LAYER
}

/// Fresh weights: normal, outputs of blocks zero so that every layer begins as the identity.
pub fn fresh(sizes: &Sizes, seed: u64) -> Vec<Weight> {
    let mut draw = Draw::new(seed);
    let (d, f) = (sizes.model, sizes.hidden);
    let mut weight = |rows: usize, columns: usize, scale: f64, names: &[String]| Weight {
        rows,
        columns,
        stacked: names.len(),
        values: match scale {
            // Gains start at one.
            s if s < 0.0 => vec![1.0; rows * columns],
            s => (0..rows * columns)
                .map(|_| (draw.normal() * s) as f32)
                .collect(),
        },
        names: names.to_vec(),
    };
    let mut all = vec![weight(
        sizes.vocabulary,
        d,
        0.05,
        &["model.embed_tokens.weight".into()],
    )];
    // Small: with 1/sqrt(d) attention begins peaked at random places, and no reading is learned.
    let inner = 0.02;
    for l in 0..sizes.layers {
        let name = |n: &str| format!("model.layers.{l}.{n}.weight");
        all.push(weight(1, d, -1.0, &[name("input_layernorm")]));
        let qkv = ["q", "k", "v"].map(|p| name(&format!("self_attn.{p}_proj")));
        all.push(weight(3 * d, d, inner, &qkv));
        all.push(weight(d, d, 0.0, &[name("self_attn.o_proj")]));
        all.push(weight(1, d, -1.0, &[name("post_attention_layernorm")]));
        let gate_up = ["gate", "up"].map(|p| name(&format!("mlp.{p}_proj")));
        all.push(weight(2 * f, d, inner, &gate_up));
        all.push(weight(d, f, 0.0, &[name("mlp.down_proj")]));
    }
    all.push(weight(1, d, -1.0, &["model.norm.weight".into()]));
    all
}

/// The weights as tensors, for matrix products; cheap to share between threads.
///
/// # Errors
/// Where a weight's size does not fit its shape.
pub fn tensors(weights: &[Weight]) -> Result<Vec<Tensor>> {
    weights
        .iter()
        .map(|w| Tensor::from_vec(w.values.clone(), (w.rows, w.columns), &Device::Cpu))
        .collect()
}
