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
use super::kernel::run;
use super::kv::{Kv, KvShape};
use super::linear::{Compute, Forms, Left, Linear};
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
pub type Tap<'a> = &'a mut (dyn FnMut(usize, &[f32]) + Send);

/// Space of a pass, kept between passes.
#[derive(Default)]
pub struct Scratch {
    x: Vec<f32>,
    normed: Vec<f32>,
    wide: Vec<f32>,
    /// Apart from `wide`: growing and shrinking one buffer would clear it in each layer.
    hidden: Vec<f32>,
    mixed: Vec<f32>,
    back: Vec<f32>,
    angles: Vec<(f32, f32)>,
    left: Left,
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
    embedding: Option<Linear>,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    head: Linear,
    /// What any layer reads.
    forms: Forms,
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
        let embedding = weights.take_matrix("model.embed_tokens.weight", &[vocab, hidden])?;
        let embedding = Linear::of_parts(vec![embedding], hidden, None);
        let mut layers = Vec::new();
        for i in 0..config.layers {
            layers.push(layer(&config, &mut weights, i)?);
        }
        let norm = weights.take("model.norm.weight", &[hidden])?;
        let (embedding, head) = match config.tied {
            true => (None, embedding),
            false => {
                let head = weights.take_matrix("lm_head.weight", &[vocab, hidden])?;
                (Some(embedding), Linear::of_parts(vec![head], hidden, None))
            }
        };
        let linears = |l: &Layer| [&l.qkv, &l.out, &l.gate_up, &l.down].map(Linear::forms);
        let forms = layers.iter().flat_map(linears);
        let forms = forms.fold(head.forms(), Forms::and);
        Ok(Decoder {
            embedding,
            layers,
            norm,
            head,
            forms,
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
        tap: Option<Tap<'_>>,
    ) -> &'s [f32] {
        scratch.left.forms = self.forms;
        self.compute.pass(|| self.pass(segments, scratch, tap))
    }

    fn pass<'s>(
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
                .forward(&self.compute, &scratch.left, rows, &mut scratch.hidden);
            let inner = config.intermediate;
            for row in scratch.hidden.chunks_exact_mut(2 * inner) {
                let (gate, up) = row.split_at_mut(inner);
                run(self.compute.arch, GatedSilu { gate, up });
            }
            let wide = &scratch.hidden;
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
            Some(embedding) => embedding.weight_row(token, out),
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
        let (mut matrices, mut biases) = (Vec::new(), Vec::new());
        for (part, rows) in parts {
            let part_name = name(&format!("{part}.weight"));
            matrices.push(weights.take_matrix(&part_name, &[*rows, inputs])?);
            let own = weights.take_if(bias, &name(&format!("{part}.bias")), &[*rows])?;
            biases.extend(own.into_iter().flatten());
        }
        let biases = bias.then_some(biases);
        Ok::<_, EngineError>(Linear::of_parts(matrices, inputs, biases))
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
    let scaled = |frequency: f64| match rope.scaling {
        RopeScaling::None => frequency,
        RopeScaling::Linear { factor } => frequency / factor,
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
    base.map(|f| scaled(f) as f32).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use candle_core::quantized::{GgmlDType, QTensor};
    use candle_core::{Device, Tensor};

    use super::*;
    use crate::engine::local::files::{Part, WeightsFile};
    use crate::engine::local::quant::Matrix;

    const CONFIG: &str = r#"{
        "model_type": "llama", "hidden_size": 256, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 512,
        "vocab_size": 300, "max_position_embeddings": 128, "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0, "tie_word_embeddings": true, "hidden_act": "silu",
        "bos_token_id": 1, "eos_token_id": 2
    }"#;

    /// A llama with random weights.
    fn random(threads: usize) -> Decoder {
        let part = Part {
            name: "config.json".into(),
            bytes: CONFIG.as_bytes().into(),
        };
        let config = DecoderConfig::read(&part).unwrap();
        let mut state = 7u64;
        let mut tensors = HashMap::new();
        let mut add = |name: String, shape: &[usize]| {
            let scale = 1.7 / (shape[shape.len() - 1] as f32).sqrt();
            let mut next = || {
                state = state
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                let x = (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0;
                if shape.len() == 1 {
                    1.0 + 0.1 * x
                } else {
                    x * scale
                }
            };
            let numbers: Vec<f32> = (0..shape.iter().product()).map(|_| next()).collect();
            let tensor = Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap();
            tensors.insert(name, tensor);
        };
        add("model.embed_tokens.weight".into(), &[300, 256]);
        add("model.norm.weight".into(), &[256]);
        for i in 0..2 {
            for (name, shape) in [
                ("self_attn.q_proj", &[256, 256][..]),
                ("self_attn.k_proj", &[128, 256]),
                ("self_attn.v_proj", &[128, 256]),
                ("self_attn.o_proj", &[256, 256]),
                ("mlp.gate_proj", &[512, 256]),
                ("mlp.up_proj", &[512, 256]),
                ("mlp.down_proj", &[256, 512]),
                ("input_layernorm", &[256]),
                ("post_attention_layernorm", &[256]),
            ] {
                add(format!("model.layers.{i}.{name}.weight"), shape);
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.safetensors");
        candle_core::safetensors::save(&tensors, &path).unwrap();
        let weights = Weights::read(&[WeightsFile::Path(path)]).unwrap();
        Decoder::new(config, weights, Compute::new(threads)).unwrap()
    }

    /// With all matrices in blocks of `kind`; or with the values of such blocks, in f32.
    fn requantise(model: &mut Decoder, kind: GgmlDType, in_f32: bool) {
        let blocks = |linear: &Linear, inputs: usize| {
            let mut rows = vec![0f32; linear.outputs() * inputs];
            for (i, row) in rows.chunks_exact_mut(inputs).enumerate() {
                linear.weight_row(i, row);
            }
            let shape = (linear.outputs(), inputs);
            let rows = Tensor::from_vec(rows, shape, &Device::Cpu).unwrap();
            let bytes = QTensor::quantize(&rows, kind).unwrap();
            let bytes = bytes.data().unwrap().into_owned();
            let mut matrix = Matrix::read(kind, shape.0, inputs, bytes).unwrap();
            if in_f32 {
                matrix = Matrix::F32(matrix.numbers().unwrap());
            }
            Linear::of_parts(vec![matrix], inputs, None)
        };
        for layer in &mut model.layers {
            layer.qkv = blocks(&layer.qkv, 256);
            layer.out = blocks(&layer.out, 256);
            layer.gate_up = blocks(&layer.gate_up, 256);
            layer.down = blocks(&layer.down, 512);
        }
        model.head = blocks(&model.head, 256);
        model.forms = model.head.forms();
    }

    fn logits(model: &Decoder, tokens: &[u32], chunk: usize) -> Vec<f32> {
        let mut kv = model.start();
        let mut scratch = Scratch::default();
        let mut all = Vec::new();
        for tokens in tokens.chunks(chunk) {
            let segment = Segment {
                tokens,
                kv: &mut kv,
                wanted: Wanted::From(0),
            };
            all.extend_from_slice(model.forward(&mut [segment], &mut scratch, None));
        }
        all
    }

    /// Root mean square of the difference, in units of that of `b`.
    fn apart(a: &[f32], b: &[f32]) -> f64 {
        let square = |x: f32| f64::from(x) * f64::from(x);
        let off: f64 = a.iter().zip(b).map(|(a, b)| square(a - b)).sum();
        (off / b.iter().map(|b| square(*b)).sum::<f64>()).sqrt()
    }

    #[test]
    fn a_quantised_model_computes_what_its_weights_say_in_any_chunks_on_any_threads() {
        let tokens: Vec<u32> = (0..40).map(|i| i * 37 % 300).collect();
        let plain = logits(&random(1), &tokens, 40);
        for (kind, to_plain) in [(GgmlDType::Q8_0, 0.04), (GgmlDType::Q4K, 0.3)] {
            let [mut blocks, mut values, mut shared] = [random(1), random(1), random(2)];
            requantise(&mut blocks, kind, false);
            requantise(&mut values, kind, true);
            requantise(&mut shared, kind, false);
            let all = logits(&blocks, &tokens, 40);
            let values = logits(&values, &tokens, 40);
            // What is left is the rounding of the rows to 8 bits.
            assert!(
                apart(&all, &values) < 0.03,
                "{kind:?}: {}",
                apart(&all, &values)
            );
            assert!(
                apart(&all, &plain) < to_plain,
                "{kind:?}: {}",
                apart(&all, &plain)
            );
            for chunk in [1, 7] {
                assert_eq!(all, logits(&blocks, &tokens, chunk), "{kind:?}, {chunk}");
                assert_eq!(all, logits(&shared, &tokens, chunk), "{kind:?}, {chunk}");
            }
        }
    }
}
