//! The parts of a decoder, built from named tensors.
//!
//! Invariant: every linear layer is made in [`linear`], and every tensor is asked for by the name its
//! family gives it and by the shape its config gives it. Does not compute.

use pulp::Arch;

use super::accelerator::Accelerator;
use super::config::names::{Names, QkNorms, Qkv};
use super::config::{DecoderConfig, NormKind};
use super::kernel::run;
use super::linear::{Forms, Linear};
use super::quant::Matrix;
use super::rowwise::{LayerNorm, RmsNorm};
use super::weights::Weights;
use crate::engine::EngineError;

/// A norm of whole rows, with its weights.
pub enum Norm {
    /// By the root mean square.
    Rms {
        /// Scale per element.
        weight: Vec<f32>,
        /// Keeps the root away from zero.
        eps: f32,
    },
    /// To mean 0 and variance 1.
    Layer {
        /// Scale per element.
        weight: Vec<f32>,
        /// Added per element.
        bias: Vec<f32>,
        /// Keeps the root away from zero.
        eps: f32,
    },
}

impl Norm {
    /// The norm of one row.
    #[inline]
    pub fn apply(&self, arch: Arch, x: &[f32], out: &mut [f32]) {
        match self {
            Norm::Rms { weight, eps } => {
                let eps = *eps;
                run(
                    arch,
                    RmsNorm {
                        x,
                        weight,
                        eps,
                        out,
                    },
                );
            }
            Norm::Layer { weight, bias, eps } => {
                let job = LayerNorm {
                    x,
                    weight,
                    bias,
                    eps: *eps,
                    out,
                };
                run(arch, job);
            }
        }
    }
}

/// One block.
pub struct Layer {
    /// Before the attention; `None`: it reads the residual stream as it is.
    pub before_attention: Option<Norm>,
    /// Queries, keys and values, in this order.
    pub qkv: Linear,
    /// Scales of the norms of queries and keys, as long as one head or as all of them.
    pub qk_norms: Option<[Vec<f32>; 2]>,
    /// The attention's output projection.
    pub out: Linear,
    /// After the attention, before its result is added.
    pub after_attention: Option<Norm>,
    /// Before the MLP.
    pub before_mlp: Option<Norm>,
    /// Gate and up, or up alone.
    pub up: Linear,
    /// Back to the residual stream.
    pub down: Linear,
    /// After the MLP, before its result is added.
    pub after_mlp: Option<Norm>,
}

impl Layer {
    /// The forms of rows that its products read.
    pub fn forms(&self) -> Forms {
        let linears = [&self.qkv, &self.out, &self.up, &self.down];
        let forms = linears.iter().map(|l| l.forms());
        forms.fold(Forms::default(), Forms::and)
    }

    /// Bytes of its matrices in memory.
    pub fn bytes(&self) -> usize {
        let linears = [&self.qkv, &self.out, &self.up, &self.down];
        linears.iter().map(|l| l.bytes()).sum()
    }

    /// Takes the tensors of the `i`-th block.
    pub fn new(
        config: &DecoderConfig,
        weights: &mut Weights,
        accelerator: Option<&Accelerator>,
        i: usize,
    ) -> Result<Layer, EngineError> {
        let names = config.family.names;
        let name = |rest: &str| format!("{}{i}.{rest}", names.layer);
        let norms = names.norms.map(|n| n.map(name));
        let mut norms = norms.iter().map(|name| match name {
            Some(name) => norm(config, weights, name).map(Some),
            None => Ok(None),
        });
        let mut next = || norms.next().unwrap_or(Ok(None));
        let (before_attention, after_attention) = (next()?, next()?);
        let (before_mlp, after_mlp) = (next()?, next()?);
        let (q, kv) = (
            config.heads * config.head_dim,
            config.kv_heads * config.head_dim,
        );
        let (hidden, inner) = (config.hidden, config.intermediate);
        let up = inner * if config.family.gated { 2 } else { 1 };
        let usual = usual(names);
        let fused = match names.qkv {
            Qkv::ByHead(_) => Lie::ByHead {
                heads: config.heads,
                width: config.head_dim,
            },
            Qkv::Three(_) | Qkv::One(_) => usual,
        };
        let qkv: Vec<(String, usize)> = match names.qkv {
            Qkv::Three(three) => three.map(name).into_iter().zip([q, kv, kv]).collect(),
            Qkv::One(one) | Qkv::ByHead(one) => vec![(name(one), q + 2 * kv)],
        };
        let ups = names.up.len();
        let ups: Vec<(String, usize)> = names.up.iter().map(|n| (name(n), up / ups)).collect();
        let (out, down) = ([(name(names.out), hidden)], [(name(names.down), hidden)]);
        Ok(Layer {
            before_attention,
            qkv: linear(weights, accelerator, &qkv, hidden, config.qkv_bias, fused)?,
            qk_norms: match names.qk_norms {
                None => None,
                Some(QkNorms { names, by_head }) => {
                    let [q, kv] = if by_head {
                        [config.head_dim; 2]
                    } else {
                        [q, kv]
                    };
                    let mut take =
                        |rest, width| weights.take(&name(&format!("{rest}.weight")), &[width]);
                    Some([take(names[0], q)?, take(names[1], kv)?])
                }
            },
            out: linear(weights, accelerator, &out, q, config.out_bias, usual)?,
            after_attention,
            before_mlp,
            up: linear(weights, accelerator, &ups, hidden, config.mlp_bias, usual)?,
            down: linear(weights, accelerator, &down, inner, config.mlp_bias, usual)?,
            after_mlp,
        })
    }
}

/// The token embeddings (`None`: they are the head's rows) and the head. Embeddings are looked up one by
/// one, and stay here where the head goes to an accelerator.
pub fn ends(
    config: &DecoderConfig,
    weights: &mut Weights,
    accelerator: Option<&Accelerator>,
) -> Result<(Option<Linear>, Linear), EngineError> {
    let names = config.family.names;
    let (hidden, vocab) = (config.hidden, config.vocab);
    let name = match config.tied {
        true => names.embedding,
        false => {
            let is_there = |name: &&&str| weights.has(&format!("{name}.weight"));
            let name = names.head.iter().find(is_there).or(names.head.first());
            name.copied().unwrap_or(names.embedding)
        }
    };
    let part = [(name.to_owned(), vocab)];
    let head = linear(weights, accelerator, &part, hidden, false, Lie::Rows)?;
    let part = [(names.embedding.to_owned(), vocab)];
    let embedding = match config.tied && accelerator.is_none() {
        true => None,
        false => Some(linear(weights, None, &part, hidden, false, Lie::Rows)?),
    };
    Ok((embedding, head))
}

/// A norm of the residual stream.
pub fn norm(
    config: &DecoderConfig,
    weights: &mut Weights,
    name: &str,
) -> Result<Norm, EngineError> {
    let (hidden, eps) = (config.hidden, config.norm_eps);
    let mut take = |what: &str| weights.take(&format!("{name}.{what}"), &[hidden]);
    Ok(match config.family.norm {
        NormKind::Rms => Norm::Rms {
            weight: take("weight")?,
            eps,
        },
        NormKind::RmsPlusOne => Norm::Rms {
            weight: take("weight")?.into_iter().map(|w| 1.0 + w).collect(),
            eps,
        },
        NormKind::Layer => Norm::Layer {
            weight: take("weight")?,
            bias: take("bias")?,
            eps,
        },
        NormKind::Plain => Norm::Layer {
            weight: vec![1.0; hidden],
            bias: vec![0.0; hidden],
            eps,
        },
    })
}

/// How a linear layer's weights lie in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lie {
    /// `[outputs, inputs]`.
    Rows,
    /// `[inputs, outputs]`.
    Columns,
    /// `[outputs, inputs]`, the outputs being query, key and value of the first head, of the second …
    ByHead {
        /// How many heads.
        heads: usize,
        /// Their width.
        width: usize,
    },
}

fn usual(names: &Names) -> Lie {
    match names.transposed {
        true => Lie::Columns,
        false => Lie::Rows,
    }
}

/// A linear layer whose outputs are those of the named parts (and how many outputs each has), one after
/// the other.
fn linear(
    weights: &mut Weights,
    accelerator: Option<&Accelerator>,
    parts: &[(String, usize)],
    inputs: usize,
    bias: bool,
    lie: Lie,
) -> Result<Linear, EngineError> {
    let (mut matrices, mut biases) = (Vec::new(), Vec::new());
    for (part, rows) in parts {
        let name = format!("{part}.weight");
        let own = match lie {
            Lie::Rows => weights.take_matrix(&name, [*rows, inputs])?,
            Lie::Columns => Matrix::F32(weights.take_transposed(&name, [*rows, inputs])?),
            Lie::ByHead { heads, width } => {
                let lying = weights.take(&name, &[*rows, inputs])?;
                Matrix::F32(by_kind(&lying, inputs, heads, width))
            }
        };
        matrices.push(own);
        let own_bias = weights.take_if(bias, &format!("{part}.bias"), &[*rows])?;
        let own_bias = own_bias.unwrap_or_default();
        match lie {
            Lie::Rows | Lie::Columns => biases.extend(own_bias),
            Lie::ByHead { heads, width } if bias => {
                biases.extend(by_kind(&own_bias, 1, heads, width));
            }
            Lie::ByHead { .. } => {}
        }
    }
    let biases = bias.then_some(biases);
    match accelerator {
        Some(accelerator) => Linear::on(accelerator, matrices, inputs, biases),
        None => Ok(Linear::of_parts(matrices, inputs, biases)),
    }
}

/// Rows of query, key and value head by head → all queries, all keys, all values.
fn by_kind(rows: &[f32], length: usize, heads: usize, width: usize) -> Vec<f32> {
    let piece = width * length;
    let mut sorted = Vec::with_capacity(rows.len());
    for kind in 0..3 {
        for head in 0..heads {
            sorted.extend_from_slice(&rows[(head * 3 + kind) * piece..][..piece]);
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_sorted_by_kind() {
        // Two heads of width 2, rows of length 1: q q k k v v, q q k k v v.
        let rows: Vec<f32> = (0..12).map(|i| i as f32).collect();
        let sorted = by_kind(&rows, 1, 2, 2);
        let want = [0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11].map(|i| i as f32);
        assert_eq!(sorted, want);
    }
}
