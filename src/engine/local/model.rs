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
use super::config::DecoderConfig;
use super::kernel::run;
use super::kv::{Kv, KvShape};
use super::layers::{Layer, Norm, ends, norm};
use super::linear::{Compute, Linear};
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
pub type Tap<'a> = &'a mut dyn FnMut(usize, &[f32]);

/// A model's weights, ready to compute.
pub struct Decoder {
    config: DecoderConfig,
    /// `None`: the head's rows are the embeddings.
    embedding: Option<Vec<f32>>,
    /// Learned positions, `[context, hidden]`.
    positions: Option<Vec<f32>>,
    turns: Option<Turns>,
    layers: Vec<Layer>,
    norm: Norm,
    head: Linear,
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
        let (embedding, head) = ends(&config, &mut weights)?;
        let positions = weights.take_if(
            config.rope.is_none(),
            &format!("{}.weight", names.positions),
            &[config.context, config.hidden],
        )?;
        let mut layers = Vec::new();
        for i in 0..config.layers {
            layers.push(Layer::new(&config, &mut weights, i)?);
        }
        Ok(Decoder {
            embedding,
            positions,
            turns: config.rope.as_ref().map(Turns::new),
            layers,
            norm: norm(&config, &mut weights, names.norm)?,
            head,
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
    pub fn kernel(&self) -> &'static str {
        self.compute.name()
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
        for segment in segments.iter_mut() {
            self.cross(segment, scratch);
        }
        self.pass(segments, scratch, tap);
        self.wanted_logits(segments, scratch)
    }

    /// What any rows of the residual stream (`[rows, hidden]`) would say if they were the last block's:
    /// through the last norm and the head, `[rows, vocab]`. Rows that are `normed` go through the head
    /// only.
    pub fn read_out<'s>(&self, rows: &[f32], normed: bool, scratch: &'s mut Scratch) -> &'s [f32] {
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
            Some(embedding) => {
                out.copy_from_slice(&embedding[token * out.len()..(token + 1) * out.len()]);
            }
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
