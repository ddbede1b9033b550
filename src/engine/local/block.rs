//! One block of the decoder at work: attention and MLP over all rows, added to the residual stream.
//!
//! Invariant: as the decoder's, row by row the same bits whatever stands beside. Allocates nothing once
//! [`Scratch`] has grown to the pass.

use pulp::Arch;

use super::activation::Activate;
use super::attention::{Attention, Space as AttentionSpace};
use super::compute::{Compute, WORTH_SHARING, each_row};
use super::config::DecoderConfig;
use super::kernel::run;
use super::layers::{Layer, Norm};
use super::linear::Left;
use super::model::{Segment, keep_wanted};
use super::rope::{Angles, Turn, Turns};
use super::rowwise::RmsNormPieces;

/// A block and what it needs besides its weights.
pub struct Block<'a> {
    /// Sizes and switches.
    pub config: &'a DecoderConfig,
    /// `None` where positions are learned.
    pub turns: Option<&'a Turns>,
    /// How to compute.
    pub compute: &'a Compute,
    /// The weights.
    pub layer: &'a Layer,
    /// Which block.
    pub no: usize,
}

impl Block<'_> {
    /// Adds what the block says to the rows of `x`.
    pub fn run(&self, segments: &mut [Segment<'_>], scratch: &mut Scratch) {
        self.listen(segments, scratch);
        self.attend(segments, scratch);
        self.feed(scratch);
    }

    /// The same, for the last block: keys and values of all rows, but `x` becomes those only that are
    /// wanted.
    pub fn run_wanted(&self, segments: &mut [Segment<'_>], scratch: &mut Scratch) {
        self.listen(segments, scratch);
        keep_wanted(&mut scratch.x, self.config.hidden, segments);
        keep_wanted(&mut scratch.wide, self.layer.qkv.outputs(), segments);
        let wanted = segments.iter_mut().filter_map(|segment| {
            let tokens = &segment.tokens[segment.wanted_from()..];
            (!tokens.is_empty()).then_some(Segment {
                tokens,
                kv: &mut *segment.kv,
                wanted: segment.wanted,
            })
        });
        let wanted: Vec<Segment<'_>> = wanted.collect();
        if !wanted.is_empty() {
            self.attend(&wanted, scratch);
            self.feed(scratch);
        }
    }

    /// Queries, keys and values of all rows; the latter two go where they are kept.
    fn listen(&self, segments: &mut [Segment<'_>], scratch: &mut Scratch) {
        let (config, layer, arch) = (self.config, self.layer, self.compute.arch);
        let q_width = config.heads * config.head_dim;
        let kv_width = config.kv_heads * config.head_dim;
        let rows = scratch.x.len() / config.hidden;
        scratch.read(layer.before_attention.as_ref(), config, arch);
        layer
            .qkv
            .forward(self.compute, &scratch.left, rows, &mut scratch.wide);
        self.ready(scratch);
        let width = layer.qkv.outputs();
        let mut rest = scratch.wide.as_slice();
        let parts = segments.iter_mut().map(|segment| {
            let (mine, others) = rest.split_at(segment.tokens.len() * width);
            rest = others;
            (segment, mine)
        });
        let write = |(segment, rows): (&mut Segment<'_>, &[f32])| {
            let first = segment.kv.len() - segment.tokens.len();
            for (i, row) in rows.chunks_exact(width).enumerate() {
                let (keys, values) = row[q_width..].split_at(kv_width);
                segment.kv.write(self.no, first + i, keys, values);
            }
        };
        match rows * kv_width >= WORTH_SHARING {
            true => drop(self.compute.map(parts.collect(), write)),
            false => parts.for_each(write),
        }
    }

    /// What each row takes from those before it; `left` becomes what the MLP reads.
    fn attend(&self, segments: &[Segment<'_>], scratch: &mut Scratch) {
        let (config, layer, arch) = (self.config, self.layer, self.compute.arch);
        let q_width = config.heads * config.head_dim;
        let rows = scratch.x.len() / config.hidden;
        scratch.mixed.resize(rows * q_width, 0.0);
        let attention = Attention {
            config,
            layer: self.no,
            segments,
            rows: &scratch.wide,
            width: layer.qkv.outputs(),
            out: &mut scratch.mixed,
            space: &mut scratch.attention,
        };
        attention.run(self.compute);
        let mixed = &scratch.mixed;
        scratch.left.fill(rows, q_width, |r| &mixed[r * q_width..]);
        layer
            .out
            .forward(self.compute, &scratch.left, rows, &mut scratch.back);
        if config.parallel {
            scratch.read(layer.before_mlp.as_ref(), config, arch);
            scratch.join(layer.after_attention.as_ref(), config, arch);
        } else {
            scratch.join(layer.after_attention.as_ref(), config, arch);
            scratch.read(layer.before_mlp.as_ref(), config, arch);
        }
    }

    /// Queries and keys in `wide` become what attention takes: cut, normalised, turned, scaled.
    fn ready(&self, scratch: &mut Scratch) {
        let (config, layer, arch) = (self.config, self.layer, self.compute.arch);
        let (width, eps) = (config.head_dim, config.norm_eps);
        let (q_width, kv_width) = (config.heads * width, config.kv_heads * width);
        if let Some(clip) = config.clip {
            for x in &mut scratch.wide {
                *x = x.clamp(-clip, clip);
            }
        }
        let pairs = self.turns.map_or(0, |turns| turns.width() / 2);
        let angles = &scratch.angles;
        each_row(&mut scratch.wide, layer.qkv.outputs(), |i, row| {
            let of_row = i * pairs..(i + 1) * pairs;
            let (queries, rest) = row.split_at_mut(q_width);
            let keys = &mut rest[..kv_width];
            if let Some(weights) = &layer.qk_norms {
                for (x, weight) in [&mut *queries, &mut *keys].into_iter().zip(weights) {
                    run(arch, RmsNormPieces { x, weight, eps });
                }
            }
            for (heads, scale) in [(queries, config.scales[self.no]), (keys, 1.0)] {
                let job = Turn {
                    heads,
                    width,
                    sines: &angles.sines[of_row.clone()],
                    cosines: &angles.cosines[of_row.clone()],
                    scale,
                };
                run(arch, job);
            }
        });
    }

    /// The MLP of one block, from `left`.
    fn feed(&self, scratch: &mut Scratch) {
        let (config, layer, arch) = (self.config, self.layer, self.compute.arch);
        let rows = scratch.x.len() / config.hidden;
        let (inner, width) = (config.intermediate, layer.up.outputs());
        layer
            .up
            .forward(self.compute, &scratch.left, rows, &mut scratch.inner);
        each_row(&mut scratch.inner, width, |_, row| {
            let (x, up) = row.split_at_mut(inner);
            let job = Activate {
                activation: config.activation,
                x,
                up: config.family.gated.then_some(&*up),
            };
            run(arch, job);
        });
        let inner_rows = &scratch.inner;
        scratch.left.fill(rows, inner, |r| &inner_rows[r * width..]);
        layer
            .down
            .forward(self.compute, &scratch.left, rows, &mut scratch.back);
        scratch.join(layer.after_mlp.as_ref(), config, arch);
    }
}

/// Space of a pass, kept between passes.
#[derive(Default)]
pub struct Scratch {
    /// The residual stream, `[rows, hidden]`.
    pub(super) x: Vec<f32>,
    /// Its normalised rows.
    pub(super) normed: Vec<f32>,
    wide: Vec<f32>,
    /// Apart from `wide`: growing and shrinking one buffer would clear it in each layer.
    inner: Vec<f32>,
    mixed: Vec<f32>,
    back: Vec<f32>,
    /// Sines and cosines of each row's position.
    pub(super) angles: Angles,
    /// What the next linear layer reads.
    pub(super) left: Left,
    attention: AttentionSpace,
    pub(super) logits: Vec<f32>,
    /// Of shares of a pass that are computed apart.
    pub(super) others: Vec<Scratch>,
}

impl Scratch {
    /// `left` becomes the rows of `x`, normalised if there is a norm; so does `normed` then.
    pub(super) fn read(&mut self, norm: Option<&Norm>, config: &DecoderConfig, arch: Arch) {
        let hidden = config.hidden;
        let rows = match norm {
            Some(norm) => {
                normalise(norm, hidden, arch, &self.x, &mut self.normed);
                &self.normed
            }
            None => &self.x,
        };
        let count = rows.len() / hidden;
        self.left.fill(count, hidden, |r| &rows[r * hidden..]);
    }

    /// `back`, normalised if there is a norm, is added to `x`.
    fn join(&mut self, norm: Option<&Norm>, config: &DecoderConfig, arch: Arch) {
        let rows = match norm {
            Some(norm) => {
                normalise(norm, config.hidden, arch, &self.back, &mut self.normed);
                &self.normed
            }
            None => &self.back,
        };
        for (x, y) in self.x.iter_mut().zip(rows) {
            *x += y;
        }
    }
}

fn normalise(norm: &Norm, hidden: usize, arch: Arch, from: &[f32], to: &mut Vec<f32>) {
    // Every number of it is written.
    to.resize(from.len(), 0.0);
    each_row(to, hidden, |i, out| {
        norm.apply(arch, &from[i * hidden..][..hidden], out);
    });
}
