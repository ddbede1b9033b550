//! The decoder: tokens of many sequences in, logits out, in one pass.
//!
//! Invariant: **rows are tokens**. All matrix products see all rows of all sequences at once; only
//! attention looks at one sequence at a time. A row's numbers do not depend, bit for bit, on which other
//! rows are there (see `kernel`), nor on how its sequence was cut into passes.
//!
//! One model with a LongRoPE edge computes a sequence longer than the edge differently from its first
//! token on, and so does this one: what a row gives is what the model gives for the sequence that ends
//! there. Crossing the edge reads the sequence once more.
//!
//! Computes on the CPU in f32 over plain slices: at the sizes of a few decoding rows, a tensor library's
//! own cost per operation exceeds that of the arithmetic. Does not sample, schedule or know of text.

use super::block::Block;
pub use super::block::Scratch;
use super::compute::Compute;
use super::config::DecoderConfig;
use super::kernel::run;
use super::kv::{Kv, KvShape};
use super::layers::{Layer, Norm, ends, norm};
use super::linear::{Forms, Linear};
use super::rope::Turns;
use super::rowwise::SoftCap;
use super::weights::Weights;
use crate::engine::EngineError;

/// Rows per pass when a sequence is read once more: bounds the space that takes.
const AGAIN: usize = 256;

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
    /// At least one; each below the vocabulary's size. With what was read before, at most as many as
    /// the model's context.
    pub tokens: &'a [u32],
    /// What was read before; the new tokens are added.
    pub kv: &'a mut Kv,
    /// Where logits are needed.
    pub wanted: Wanted,
}

/// Sees the rows (`[rows, hidden]`) after the embedding (0), after each block (1..), the last one after
/// the final norm.
pub type Tap<'a> = &'a mut (dyn FnMut(usize, &[f32]) + Send);

/// A model's weights, ready to compute.
pub struct Decoder {
    config: DecoderConfig,
    /// `None`: the head's rows are the embeddings.
    embedding: Option<Linear>,
    /// Learned positions, `[context, hidden]`.
    positions: Option<Vec<f32>>,
    turns: Option<Turns>,
    layers: Vec<Layer>,
    norm: Norm,
    head: Linear,
    /// What any layer reads.
    forms: Forms,
    compute: Compute,
}

impl Decoder {
    /// Takes the tensors that `config` asks for. Errors name the tensor that is missing or misshapen.
    pub fn new(
        config: DecoderConfig,
        mut weights: Weights,
        compute: Compute,
    ) -> Result<Decoder, EngineError> {
        let names = config.family.names;
        let (embedding, head) = ends(&config, &mut weights, compute.accelerator.as_ref())?;
        let positions = weights.take_if(
            config.rope.is_none(),
            &format!("{}.weight", names.positions),
            &[config.context, config.hidden],
        )?;
        let mut layers = Vec::new();
        for i in 0..config.layers {
            let accelerator = compute.accelerator.as_ref();
            layers.push(Layer::new(&config, &mut weights, accelerator, i)?);
        }
        let forms = layers.iter().map(Layer::forms);
        let forms = forms.fold(head.forms(), Forms::and);
        Ok(Decoder {
            embedding,
            positions,
            turns: config.rope.as_ref().map(Turns::new),
            layers,
            norm: norm(&config, &mut weights, names.norm)?,
            head,
            forms,
            config,
            compute,
        })
    }

    /// What it is.
    pub fn config(&self) -> &DecoderConfig {
        &self.config
    }

    /// Threads that compute at the same time.
    pub fn threads(&self) -> usize {
        self.compute.threads()
    }

    /// Bytes of weights that one token's pass reads: all but the embeddings of other tokens.
    pub fn bytes_per_token(&self) -> usize {
        let layers: usize = self.layers.iter().map(Layer::bytes).sum();
        layers + self.head.bytes()
    }

    /// The instructions that the products run on.
    pub fn kernel(&self) -> String {
        match (&self.compute.accelerator, self.forms) {
            (Some(device), _) => format!("{} {}", device.name(), device.precision().name()),
            (
                None,
                Forms {
                    bytes: true,
                    floats: true,
                    ..
                },
            ) => "int8 and f32".into(),
            (None, Forms { bytes: true, .. }) => "int8".into(),
            (None, _) => "f32".into(),
        }
    }

    /// What went wrong on an accelerator since it was last asked for; logits since are worth nothing then.
    pub fn fault(&self) -> Option<String> {
        self.compute.accelerator.as_ref()?.fault()
    }

    /// An empty sequence.
    pub fn start(&self) -> Kv {
        Kv::new(KvShape::of(&self.config))
    }

    /// Reads all segments' tokens. Returns the wanted rows' logits, `[wanted rows, vocab]`, in order.
    ///
    /// # Panics
    /// If a token is not in the vocabulary, or a learned position not in the context.
    pub fn forward<'s>(
        &self,
        segments: &mut [Segment<'_>],
        scratch: &'s mut Scratch,
        tap: Option<Tap<'_>>,
    ) -> &'s [f32] {
        scratch.left.forms = self.forms;
        self.compute.pass(|| {
            for segment in segments.iter_mut() {
                self.cross(segment, scratch);
            }
            self.pass(segments, scratch, tap);
            self.wanted_logits(segments, scratch)
        })
    }

    /// What any rows of the residual stream (`[rows, hidden]`) would say if they were the last block's:
    /// through the last norm and the head, `[rows, vocab]`. Rows that are `normed` go through the head
    /// only.
    pub fn read_out<'s>(&self, rows: &[f32], normed: bool, scratch: &'s mut Scratch) -> &'s [f32] {
        scratch.left.forms = self.forms;
        scratch.x.clear();
        scratch.x.extend_from_slice(rows);
        let norm = (!normed).then_some(&self.norm);
        scratch.read(norm, &self.config, self.compute.arch);
        self.logits(scratch)
    }

    /// A sequence that goes beyond its edge is read once more, as one that is beyond.
    fn cross(&self, segment: &mut Segment<'_>, scratch: &mut Scratch) {
        let kv = &mut *segment.kv;
        let (edge, known) = (kv.edge(), kv.len());
        if known > edge || known + segment.tokens.len() <= edge {
            return;
        }
        let mut again = kv.new_beyond();
        for tokens in [kv.tokens(), &segment.tokens[..edge - known]] {
            for tokens in tokens.chunks(AGAIN) {
                let segment = Segment {
                    tokens,
                    kv: &mut again,
                    wanted: Wanted::Nothing,
                };
                self.pass(&mut [segment], scratch, None);
            }
        }
        kv.cross(again);
    }

    /// Reads all segments' tokens; `x` becomes the last block's rows.
    fn pass(&self, segments: &mut [Segment<'_>], scratch: &mut Scratch, mut tap: Option<Tap<'_>>) {
        let hidden = self.config.hidden;
        let rows: usize = segments.iter().map(|s| s.tokens.len()).sum();
        scratch.x.clear();
        scratch.x.resize(rows * hidden, 0.0);
        scratch.angles.clear();
        let mut x = scratch.x.chunks_exact_mut(hidden);
        for segment in segments.iter_mut() {
            let (known, edge) = (segment.kv.len(), segment.kv.edge());
            let positions = known..known + segment.tokens.len();
            for ((token, position), x) in segment.tokens.iter().zip(positions).zip(&mut x) {
                self.embed(*token, position, x);
                if let Some(turns) = &self.turns {
                    turns.angles(position, position >= edge, &mut scratch.angles);
                }
            }
            segment.kv.grow(segment.tokens);
        }
        if let Some(tap) = tap.as_mut() {
            tap(0, &scratch.x);
        }
        for (no, layer) in self.layers.iter().enumerate() {
            let block = Block {
                config: &self.config,
                turns: self.turns.as_ref(),
                compute: &self.compute,
                layer,
                no,
            };
            block.run(segments, scratch);
            if let Some(tap) = tap.as_mut() {
                if no + 1 < self.layers.len() {
                    tap(no + 1, &scratch.x);
                } else {
                    scratch.read(Some(&self.norm), &self.config, self.compute.arch);
                    tap(no + 1, &scratch.normed);
                }
            }
        }
    }

    /// The logits of the wanted rows of `x`.
    fn wanted_logits<'s>(&self, segments: &[Segment<'_>], scratch: &'s mut Scratch) -> &'s [f32] {
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
            scratch.read(Some(&self.norm), &self.config, self.compute.arch);
            self.logits(scratch);
        }
        &scratch.logits
    }

    /// The head's answer to `left`.
    fn logits<'s>(&self, scratch: &'s mut Scratch) -> &'s [f32] {
        let rows = scratch.x.len() / self.config.hidden;
        self.head
            .forward(&self.compute, &scratch.left, rows, &mut scratch.logits);
        if let Some(cap) = self.config.logit_cap {
            let x = &mut scratch.logits;
            run(self.compute.arch, SoftCap { x, cap });
        }
        &scratch.logits
    }

    fn embed(&self, token: u32, position: usize, out: &mut [f32]) {
        let token = token as usize;
        assert!(
            token < self.config.vocab,
            "token {token} is not in the vocabulary"
        );
        match &self.embedding {
            Some(embedding) => embedding.weight_row(token, out),
            None => self.head.weight_row(token, out),
        }
        if let Some(scale) = self.config.embedding_scale {
            out.iter_mut().for_each(|x| *x *= scale);
        }
        if let Some(positions) = &self.positions {
            let own = &positions[position * out.len()..][..out.len()];
            out.iter_mut().zip(own).for_each(|(x, p)| *x += p);
        }
    }
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
            layer.up = blocks(&layer.up, 256);
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
