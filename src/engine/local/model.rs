//! The decoder: tokens of many sequences in, logits out, in one pass.
//!
//! Invariant: **rows are tokens**. All matrix products see all rows of all sequences at once; only
//! attention looks at one sequence at a time. A row's numbers do not depend, bit for bit, on which other
//! rows are there (see `kernel`), nor on how its sequence was cut into passes.
//!
//! Computes on the CPU in f32 over plain slices: at the sizes of a few decoding rows, a tensor library's
//! own cost per operation exceeds that of the arithmetic. Does not sample, schedule or know of text.

use super::attention::{Attention, Scratch as AttentionScratch};
use super::config::{DecoderConfig, Rope, RopeScaling};
use super::kernel::{Interleaved, run};
use super::kv::{Kv, KvShape};
use super::linear::{Compute, Linear};
use super::rowwise::{GatedSilu, RmsNorm};
use super::weights::Weights;
use crate::engine::EngineError;

/// Which rows of a segment need logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// None: the sequence goes on in a later pass.
    Nothing,
    /// Those from this row of the segment on.
    From(usize),
}

/// New tokens of one sequence.
pub struct Segment<'a> {
    /// At least one; each below the vocabulary's size.
    pub tokens: &'a [u32],
    /// What was read before; the new tokens are added.
    pub kv: &'a mut Kv,
    /// Where logits are needed.
    pub wanted: Wanted,
}

/// Sees the rows (`[rows, hidden]`) after the embedding (0), after each block (1..), the last one after
/// the final norm.
pub type Tap<'a> = &'a mut dyn FnMut(usize, &[f32]);

/// Space of a pass, kept between passes.
#[derive(Default)]
pub struct Scratch {
    x: Vec<f32>,
    normed: Vec<f32>,
    wide: Vec<f32>,
    mixed: Vec<f32>,
    back: Vec<f32>,
    angles: Vec<(f32, f32)>,
    left: Interleaved,
    attention: AttentionScratch,
    logits: Vec<f32>,
}

struct Layer {
    attention_norm: Vec<f32>,
    qkv: Linear,
    out: Linear,
    mlp_norm: Vec<f32>,
    gate_up: Linear,
    down: Linear,
}

/// A model's weights, ready to compute.
pub struct Decoder {
    config: DecoderConfig,
    /// `None`: the head's rows are the embeddings.
    embedding: Option<Vec<f32>>,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    head: Linear,
    frequencies: Vec<f32>,
    compute: Compute,
}

impl Decoder {
    /// Takes the tensors that `config` asks for. Errors name the tensor that is missing or misshapen.
    pub fn new(
        config: DecoderConfig,
        mut weights: Weights,
        compute: Compute,
    ) -> Result<Decoder, EngineError> {
        let (hidden, vocab) = (config.hidden, config.vocab);
        let embedding = weights.take("model.embed_tokens.weight", &[vocab, hidden])?;
        let mut layers = Vec::new();
        for i in 0..config.layers {
            layers.push(layer(&config, &mut weights, i)?);
        }
        let norm = weights.take("model.norm.weight", &[hidden])?;
        let (embedding, head) = match config.tied {
            true => (None, embedding),
            false => (
                Some(embedding),
                weights.take("lm_head.weight", &[vocab, hidden])?,
            ),
        };
        Ok(Decoder {
            embedding,
            layers,
            norm,
            head: Linear::new(&head, hidden, vocab, None),
            frequencies: frequencies(&config.rope, config.head_dim),
            config,
            compute,
        })
    }

    /// What it is.
    pub fn config(&self) -> &DecoderConfig {
        &self.config
    }

    /// An empty sequence.
    pub fn start(&self) -> Kv {
        Kv::new(KvShape::of(&self.config))
    }

    /// Reads all segments' tokens. Returns the wanted rows' logits, `[wanted rows, vocab]`, in order.
    ///
    /// # Panics
    /// If a token is not in the vocabulary.
    pub fn forward<'s>(
        &self,
        segments: &mut [Segment<'_>],
        scratch: &'s mut Scratch,
        mut tap: Option<Tap<'_>>,
    ) -> &'s [f32] {
        let config = &self.config;
        let (hidden, dim) = (config.hidden, config.head_dim);
        let (q_width, kv_width) = (config.heads * dim, config.kv_heads * dim);
        let rows: usize = segments.iter().map(|s| s.tokens.len()).sum();
        scratch.x.clear();
        scratch.x.resize(rows * hidden, 0.0);
        scratch.angles.clear();
        let mut at = 0;
        for segment in segments.iter_mut() {
            for (i, token) in segment.tokens.iter().enumerate() {
                self.embed(*token, &mut scratch.x[at * hidden..(at + 1) * hidden]);
                let position = (segment.kv.len() + i) as f32;
                let angle = |f: &f32| (position * f).sin_cos();
                scratch.angles.extend(self.frequencies.iter().map(angle));
                at += 1;
            }
            segment.kv.grow(segment.tokens.len());
        }
        if let Some(tap) = tap.as_mut() {
            tap(0, &scratch.x);
        }
        for (no, layer) in self.layers.iter().enumerate() {
            self.norm(&layer.attention_norm, scratch);
            layer
                .qkv
                .forward(&self.compute, &scratch.left, rows, &mut scratch.wide);
            let width = layer.qkv.outputs();
            for (row, angles) in scratch
                .wide
                .chunks_exact_mut(width)
                .zip(scratch.angles.chunks_exact(dim / 2))
            {
                let (queries, rest) = row.split_at_mut(q_width);
                let scale = 1.0 / (dim as f32).sqrt();
                queries
                    .chunks_exact_mut(dim)
                    .for_each(|head| turn(head, angles, scale));
                let keys = &mut rest[..kv_width];
                keys.chunks_exact_mut(dim)
                    .for_each(|head| turn(head, angles, 1.0));
            }
            scratch.mixed.clear();
            scratch.mixed.resize(rows * q_width, 0.0);
            let mut at = 0;
            for segment in segments.iter_mut() {
                let count = segment.tokens.len();
                let first = segment.kv.len() - count;
                let mine = &scratch.wide[at * width..(at + count) * width];
                for (i, row) in mine.chunks_exact(width).enumerate() {
                    let (keys, values) = row[q_width..].split_at(kv_width);
                    segment.kv.write(no, first + i, keys, values);
                }
                let attention = Attention {
                    config,
                    kv: segment.kv,
                    layer: no,
                    first,
                    rows: mine,
                    width,
                    out: &mut scratch.mixed[at * q_width..(at + count) * q_width],
                    scratch: &mut scratch.attention,
                };
                attention.run(self.compute.arch);
                at += count;
            }
            let mixed = &scratch.mixed;
            scratch.left.fill(rows, q_width, |r| &mixed[r * q_width..]);
            layer
                .out
                .forward(&self.compute, &scratch.left, rows, &mut scratch.back);
            add(&mut scratch.x, &scratch.back);

            self.norm(&layer.mlp_norm, scratch);
            layer
                .gate_up
                .forward(&self.compute, &scratch.left, rows, &mut scratch.wide);
            let inner = config.intermediate;
            for row in scratch.wide.chunks_exact_mut(2 * inner) {
                let (gate, up) = row.split_at_mut(inner);
                run(self.compute.arch, GatedSilu { gate, up });
            }
            let wide = &scratch.wide;
            scratch.left.fill(rows, inner, |r| &wide[r * 2 * inner..]);
            layer
                .down
                .forward(&self.compute, &scratch.left, rows, &mut scratch.back);
            add(&mut scratch.x, &scratch.back);
            if let Some(tap) = tap.as_mut() {
                if no + 1 < self.layers.len() {
                    tap(no + 1, &scratch.x);
                } else {
                    self.norm(&self.norm, scratch);
                    tap(no + 1, &scratch.normed);
                }
            }
        }
        self.logits(segments, scratch)
    }

    fn logits<'s>(&self, segments: &[Segment<'_>], scratch: &'s mut Scratch) -> &'s [f32] {
        let hidden = self.config.hidden;
        let mut wanted = 0;
        let mut at = 0;
        for segment in segments {
            let count = segment.tokens.len();
            if let Wanted::From(from) = segment.wanted {
                let from = from.min(count);
                scratch
                    .x
                    .copy_within((at + from) * hidden..(at + count) * hidden, wanted * hidden);
                wanted += count - from;
            }
            at += count;
        }
        scratch.x.truncate(wanted * hidden);
        scratch.logits.clear();
        if wanted > 0 {
            self.norm(&self.norm, scratch);
            self.head
                .forward(&self.compute, &scratch.left, wanted, &mut scratch.logits);
        }
        &scratch.logits
    }

    /// `left` and `normed` become the normalised rows of `x`.
    fn norm(&self, weight: &[f32], scratch: &mut Scratch) {
        let hidden = self.config.hidden;
        scratch.normed.clear();
        scratch.normed.resize(scratch.x.len(), 0.0);
        let rows = scratch.x.chunks_exact(hidden);
        for (x, out) in rows.zip(scratch.normed.chunks_exact_mut(hidden)) {
            let norm = RmsNorm {
                x,
                weight,
                eps: self.config.norm_eps,
                out,
            };
            run(self.compute.arch, norm);
        }
        let normed = &scratch.normed;
        let count = normed.len() / hidden;
        scratch.left.fill(count, hidden, |r| &normed[r * hidden..]);
    }

    fn embed(&self, token: u32, out: &mut [f32]) {
        let token = token as usize;
        assert!(
            token < self.config.vocab,
            "token {token} is not in the vocabulary"
        );
        match &self.embedding {
            Some(embedding) => {
                out.copy_from_slice(&embedding[token * out.len()..(token + 1) * out.len()]);
            }
            None => self.head.weight_row(token, out),
        }
    }
}

fn layer(config: &DecoderConfig, weights: &mut Weights, i: usize) -> Result<Layer, EngineError> {
    let (hidden, inner) = (config.hidden, config.intermediate);
    let q = config.heads * config.head_dim;
    let kv = config.kv_heads * config.head_dim;
    let name = |rest: &str| format!("model.layers.{i}.{rest}");
    let mut fused = |parts: &[(&str, usize)], inputs: usize, bias: bool| {
        let (mut weight, mut biases) = (Vec::new(), Vec::new());
        let mut outputs = 0;
        for (part, rows) in parts {
            weight.extend(weights.take(&name(&format!("{part}.weight")), &[*rows, inputs])?);
            let own = weights.take_if(bias, &name(&format!("{part}.bias")), &[*rows])?;
            biases.extend(own.into_iter().flatten());
            outputs += rows;
        }
        let biases = bias.then_some(biases);
        Ok::<_, EngineError>(Linear::new(&weight, inputs, outputs, biases))
    };
    let qkv = [
        ("self_attn.q_proj", q),
        ("self_attn.k_proj", kv),
        ("self_attn.v_proj", kv),
    ];
    let qkv = fused(&qkv, hidden, config.qkv_bias)?;
    let out = fused(&[("self_attn.o_proj", hidden)], q, config.out_bias)?;
    let gate_up = [("mlp.gate_proj", inner), ("mlp.up_proj", inner)];
    let gate_up = fused(&gate_up, hidden, config.mlp_bias)?;
    let down = fused(&[("mlp.down_proj", hidden)], inner, config.mlp_bias)?;
    Ok(Layer {
        attention_norm: weights.take(&name("input_layernorm.weight"), &[hidden])?,
        qkv,
        out,
        mlp_norm: weights.take(&name("post_attention_layernorm.weight"), &[hidden])?,
        gate_up,
        down,
    })
}

/// Rotates a head's two halves by the angles (sine, cosine) of its position, and scales it.
fn turn(head: &mut [f32], angles: &[(f32, f32)], scale: f32) {
    let (low, high) = head.split_at_mut(angles.len());
    for ((a, b), (sin, cos)) in low.iter_mut().zip(high).zip(angles) {
        let (x, y) = (*a, *b);
        *a = (x * cos - y * sin) * scale;
        *b = (y * cos + x * sin) * scale;
    }
}

fn add(x: &mut [f32], y: &[f32]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x += y;
    }
}

/// Radians per position of each pair of a head's elements.
fn frequencies(rope: &Rope, head_dim: usize) -> Vec<f32> {
    let base = (0..head_dim / 2).map(|i| rope.theta.powf(-2.0 * i as f64 / head_dim as f64));
    let scaled = |(i, frequency): (usize, f64)| match &rope.scaling {
        RopeScaling::None => frequency,
        RopeScaling::Linear { factor } => frequency / factor,
        RopeScaling::Each { factors } => frequency / factors.get(i).copied().unwrap_or(1.0),
        RopeScaling::Llama3 {
            factor,
            low,
            high,
            original_context,
        } => {
            let turns = original_context * frequency / (2.0 * std::f64::consts::PI);
            let keep = ((turns - low) / (high - low)).clamp(0.0, 1.0);
            (1.0 - keep) * frequency / factor + keep * frequency
        }
    };
    base.enumerate().map(|f| scaled(f) as f32).collect()
}
