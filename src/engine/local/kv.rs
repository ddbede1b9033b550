//! The keys and values of one sequence, in pages that sequences share.
//!
//! Invariant: a page that more than one sequence holds is never written; writing copies it first. So a
//! fork, a reused prefix and a cut cost one reference per page, and nothing they do is seen elsewhere.
//!
//! Some models (LongRoPE) compute all of a sequence differently once it is longer than an edge. Such a
//! sequence has two sets of pages: what it was up to the edge, which a fork before the edge goes on
//! from, and all of it as it is beyond. A position at or after the edge lies in the second set only.
//!
//! A new page may hold anything: what was not written is never read, or has no weight.
//!
//! Within a page, keys lie `[layer][kv head][half][head_dim][16 tokens]` and values
//! `[layer][kv head][16 columns of head_dim][32 tokens][16]`: both as the kernel's panels.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::config::{DecoderConfig, RopeScaling};
use super::kernel::{Line, PANEL};

/// Tokens per page.
pub const PAGE: usize = 2 * PANEL;

/// The edge of models that compute all sequences alike.
const NO_EDGE: usize = usize::MAX;

/// The sizes that pages depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KvShape {
    layers: usize,
    kv_heads: usize,
    head_dim: usize,
    /// First position that belongs to the second set of pages.
    edge: usize,
}

impl KvShape {
    /// That of a model.
    pub fn of(config: &DecoderConfig) -> KvShape {
        KvShape {
            layers: config.layers,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
            edge: config
                .rope
                .as_ref()
                .map_or(NO_EDGE, |rope| match rope.scaling {
                    RopeScaling::Long {
                        original_context, ..
                    } => original_context,
                    RopeScaling::None
                    | RopeScaling::Linear { .. }
                    | RopeScaling::Each { .. }
                    | RopeScaling::Llama3 { .. } => NO_EDGE,
                }),
        }
    }

    /// The smallest there is.
    #[cfg(test)]
    pub const fn smallest() -> KvShape {
        KvShape {
            layers: 1,
            kv_heads: 1,
            head_dim: 2,
            edge: NO_EDGE,
        }
    }

    /// `head_dim` rounded up to whole panels.
    fn padded(self) -> usize {
        self.head_dim.next_multiple_of(PANEL)
    }

    /// Lines of one head's keys.
    fn key_len(self) -> usize {
        PAGE / PANEL * self.head_dim
    }

    /// Lines of one head's values.
    fn value_len(self) -> usize {
        PAGE * self.padded() / PANEL
    }

    fn layer_len(self) -> usize {
        self.kv_heads * (self.key_len() + self.value_len())
    }

    /// Memory of one page.
    pub fn page_bytes(self) -> usize {
        self.layers * self.layer_len() * size_of::<Line>()
    }
}

/// Pages that nobody holds any more, for the next ones who need some: fresh memory would have to be
/// cleared by the system, page by page, which costs small models as much as computing does.
#[derive(Clone, Default)]
pub struct Spare(Arc<Mutex<Vec<Vec<Line>>>>);

/// Most memory that is kept for pages to come.
const SPARE_MAX_BYTES: usize = 32 << 20;

impl Spare {
    fn lock(&self) -> MutexGuard<'_, Vec<Vec<Line>>> {
        // A panic elsewhere leaves nothing half done here.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Some page; what is in it means nothing.
    fn page(&self, lines: usize) -> Page {
        let used = self.lock().pop();
        Page {
            lines: used.unwrap_or_else(|| vec![Line::ZERO; lines]),
            spare: self.clone(),
        }
    }
}

/// 32 tokens of all layers.
pub struct Page {
    lines: Vec<Line>,
    spare: Spare,
}

impl Clone for Page {
    fn clone(&self) -> Page {
        let mut page = self.spare.page(self.lines.len());
        page.lines.copy_from_slice(&self.lines);
        page
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let mut spare = self.spare.lock();
        if (spare.len() + 1) * size_of_val(&self.lines[..]) <= SPARE_MAX_BYTES {
            spare.push(std::mem::take(&mut self.lines));
        }
    }
}

/// One sequence's keys and values.
#[derive(Clone)]
pub struct Kv {
    shape: KvShape,
    spare: Spare,
    pages: Vec<Arc<Page>>,
    /// The second set, of sequences beyond the edge.
    beyond: Vec<Arc<Page>>,
    /// What was read, in models with an edge: to read it again there.
    tokens: Vec<u32>,
    len: usize,
}

impl Kv {
    /// Of a sequence without tokens. All pages that use what is spare must have one shape.
    pub fn new(shape: KvShape, spare: &Spare) -> Kv {
        Kv {
            shape,
            spare: spare.clone(),
            pages: Vec::new(),
            beyond: Vec::new(),
            tokens: Vec::new(),
            len: 0,
        }
    }

    /// An empty sequence computed from its beginning as if it were beyond the edge.
    pub fn new_beyond(&self) -> Kv {
        let shape = KvShape {
            edge: 0,
            ..self.shape
        };
        Kv::new(shape, &self.spare)
    }

    /// Takes over what was read [so](Kv::new_beyond): the same tokens, as they are beyond the edge.
    pub fn cross(&mut self, read_again: Kv) {
        self.beyond = read_again.beyond;
    }

    /// First position that is computed with the second set of pages.
    pub fn edge(&self) -> usize {
        self.shape.edge
    }

    /// The tokens read so far. Only kept in models with an edge.
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was read yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The first `len` tokens (at most all), shared.
    pub fn fork(&self, len: usize) -> Kv {
        let len = len.min(self.len);
        let before = len.min(self.shape.edge).div_ceil(PAGE);
        let beyond = match len > self.shape.edge {
            true => len.div_ceil(PAGE),
            false => 0,
        };
        Kv {
            shape: self.shape,
            spare: self.spare.clone(),
            pages: self.pages[..before].to_vec(),
            beyond: self.beyond[..beyond].to_vec(),
            tokens: self.tokens[..len.min(self.tokens.len())].to_vec(),
            len,
        }
    }

    /// Its pages, for counting memory.
    pub fn pages(&self) -> impl Iterator<Item = &Arc<Page>> {
        self.pages.iter().chain(&self.beyond)
    }

    /// Makes room for more tokens; they count once their layers are written.
    pub fn grow(&mut self, tokens: &[u32]) {
        self.len += tokens.len();
        let shape = self.shape;
        if shape.edge != NO_EDGE {
            self.tokens.extend(tokens);
        }
        let spare = &self.spare;
        let fill = |pages: &mut Vec<Arc<Page>>, len: usize| {
            let lines = shape.layers * shape.layer_len();
            while pages.len() * PAGE < len {
                pages.push(Arc::new(spare.page(lines)));
            }
        };
        fill(&mut self.pages, self.len.min(shape.edge));
        if self.len > shape.edge {
            fill(&mut self.beyond, self.len);
        }
    }

    /// Writes the token at `position` in one layer: `[kv_heads * head_dim]` each.
    pub fn write(&mut self, layer: usize, position: usize, keys: &[f32], values: &[f32]) {
        let shape = self.shape;
        let pages = match position < shape.edge {
            true => &mut self.pages,
            false => &mut self.beyond,
        };
        let page = &mut Arc::make_mut(&mut pages[position / PAGE]).lines;
        let layer = &mut page[layer * shape.layer_len()..][..shape.layer_len()];
        let (all_keys, all_values) = layer.split_at_mut(shape.kv_heads * shape.key_len());
        let (half, lane) = (position % PAGE / PANEL, position % PANEL);
        for head in 0..shape.kv_heads {
            let from = head * shape.head_dim..(head + 1) * shape.head_dim;
            let to = &mut all_keys[head * shape.key_len() + half * shape.head_dim..];
            for (line, key) in to.iter_mut().zip(&keys[from.clone()]) {
                line.0[lane] = *key;
            }
            let to = &mut all_values[head * shape.value_len()..][..shape.value_len()];
            for (panel, columns) in values[from].chunks(PANEL).enumerate() {
                let line = &mut to[panel * PAGE + position % PAGE];
                line.0[..columns.len()].copy_from_slice(columns);
            }
        }
    }

    /// The keys (2 panels over `head_dim`) and values (panels over 32 tokens) of a page, as the tokens
    /// at or beyond the edge see them, or those before it.
    pub fn read(
        &self,
        is_beyond: bool,
        page: usize,
        layer: usize,
        head: usize,
    ) -> (&[Line], &[Line]) {
        let shape = self.shape;
        let pages = if is_beyond { &self.beyond } else { &self.pages };
        let layer = &pages[page].lines[layer * shape.layer_len()..][..shape.layer_len()];
        let (keys, values) = layer.split_at(shape.kv_heads * shape.key_len());
        (
            &keys[head * shape.key_len()..][..shape.key_len()],
            &values[head * shape.value_len()..][..shape.value_len()],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_does_not_see_what_the_other_writes() {
        let mut one = Kv::new(KvShape::smallest(), &Spare::default());
        one.grow(&[0; 40]);
        for t in 0..40 {
            one.write(0, t, &[t as f32, 1.0], &[0.0, t as f32]);
        }
        let mut two = one.fork(33);
        assert_eq!(two.len(), 33);
        assert!(Arc::ptr_eq(&one.pages[0], &two.pages[0]));
        two.grow(&[0]);
        two.write(0, 33, &[-1.0, -1.0], &[-1.0, -1.0]);
        assert_eq!(one.read(false, 1, 0, 0).0[0].0[1], 33.0);
        assert_eq!(two.read(false, 1, 0, 0).0[0].0[1], -1.0);
        assert!(
            Arc::ptr_eq(&one.pages[0], &two.pages[0]),
            "full pages stay shared"
        );
    }
}
