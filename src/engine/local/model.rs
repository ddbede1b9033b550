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

mod apart;

use super::block::Block;
pub use super::block::Scratch;
use super::compute::Compute;
use super::config::DecoderConfig;
use super::kernel::run;
use super::kv::{Kv, KvShape, Spare};
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

impl Segment<'_> {
    /// The first row whose logits are needed, or how many rows there are.
    pub(super) fn wanted_from(&self) -> usize {
        match self.wanted {
            Wanted::Nothing => self.tokens.len(),
            Wanted::From(from) => from.min(self.tokens.len()),
        }
    }
}

/// Of rows of `width` numbers, one for each token of the segments, keeps those that are wanted.
pub(super) fn keep_wanted(rows: &mut Vec<f32>, width: usize, segments: &[Segment<'_>]) {
    let (mut kept, mut at) = (0, 0);
    for segment in segments {
        let (from, count) = (segment.wanted_from(), segment.tokens.len());
        rows.copy_within((at + from) * width..(at + count) * width, kept * width);
        kept += count - from;
        at += count;
    }
    rows.truncate(kept * width);
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
    /// The same on one thread.
    alone: Compute,
    spare: Spare,
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
            alone: compute.alone(),
            spare: Spare::default(),
            compute,
        })
    }

    /// What it is.
    pub fn config(&self) -> &DecoderConfig {
        &self.config
    }

    /// How it computes.
    pub fn compute(&self) -> &Compute {
        &self.compute
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
        Kv::new(KvShape::of(&self.config), &self.spare)
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
        if tap.is_none()
            && let Some(cuts) = self.cuts(segments)
        {
            return self.forward_apart(segments, &cuts, scratch);
        }
        let compute = &self.compute;
        compute.pass(|| self.whole_pass(compute, segments, scratch, tap))
    }

    fn whole_pass<'s>(
        &self,
        compute: &Compute,
        segments: &mut [Segment<'_>],
        scratch: &'s mut Scratch,
        tap: Option<Tap<'_>>,
    ) -> &'s [f32] {
        scratch.left.forms = self.forms;
        for segment in segments.iter_mut() {
            self.cross(compute, segment, scratch);
        }
        self.pass(compute, segments, scratch, tap);
        scratch.logits.clear();
        if !scratch.x.is_empty() {
            scratch.read(Some(&self.norm), &self.config, compute.arch);
            self.logits(compute, scratch);
        }
        &scratch.logits
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
        self.logits(&self.compute, scratch)
    }

    /// A sequence that goes beyond its edge is read once more, as one that is beyond.
    fn cross(&self, compute: &Compute, segment: &mut Segment<'_>, scratch: &mut Scratch) {
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
                self.pass(compute, &mut [segment], scratch, None);
            }
        }
        kv.cross(again);
    }

    /// Reads all segments' tokens; `x` becomes the last block's rows, those that are wanted.
    fn pass(
        &self,
        compute: &Compute,
        segments: &mut [Segment<'_>],
        scratch: &mut Scratch,
        mut tap: Option<Tap<'_>>,
    ) {
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
                compute,
                layer,
                no,
            };
            let is_last = no + 1 == self.layers.len();
            match (tap.as_mut(), is_last) {
                (None, true) => block.run_wanted(segments, scratch),
                (None, false) => block.run(segments, scratch),
                (Some(tap), false) => {
                    block.run(segments, scratch);
                    tap(no + 1, &scratch.x);
                }
                (Some(tap), true) => {
                    block.run(segments, scratch);
                    scratch.read(Some(&self.norm), &self.config, compute.arch);
                    tap(no + 1, &scratch.normed);
                    keep_wanted(&mut scratch.x, hidden, segments);
                }
            }
        }
    }

    /// The head's answer to `left`.
    fn logits<'s>(&self, compute: &Compute, scratch: &'s mut Scratch) -> &'s [f32] {
        let rows = scratch.x.len() / self.config.hidden;
        self.head
            .forward(compute, &scratch.left, rows, &mut scratch.logits);
        if let Some(cap) = self.config.logit_cap {
            let x = &mut scratch.logits;
            run(compute.arch, SoftCap { x, cap });
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
mod tests;
