//! Passes whose threads do not wait for each other: each takes some of the sequences through the whole
//! model, for small models.
//!
//! Where all weights fit into a thread's caches, sharing every product costs more than it brings: the
//! products are short, and what lies between them waits for one thread. Rows do not depend on which
//! other rows are there, so this changes no number.

use super::{Decoder, Scratch, Segment};
use crate::engine::local::kernel::BLOCK;

/// Larger models share their products: each thread would read all weights from memory.
const WEIGHTS_MAX_BYTES: usize = 16 << 20;

/// Rows that are worth a thread.
const WORTH_ROWS: usize = BLOCK;

impl Decoder {
    /// Where to cut a pass into threads' shares; `None`: not at all.
    pub(super) fn cuts(&self, segments: &[Segment<'_>]) -> Option<Vec<usize>> {
        let rows: usize = segments.iter().map(|s| s.tokens.len()).sum();
        let shares = self.compute.threads().min(rows / WORTH_ROWS);
        let is_small = self.bytes_per_token() <= WEIGHTS_MAX_BYTES;
        if shares < 2 || !is_small || self.compute.accelerator.is_some() {
            return None;
        }
        let cuts = cuts(segments.iter().map(|s| s.tokens.len()), rows, shares);
        (!cuts.is_empty()).then_some(cuts)
    }

    /// `forward`, every share on its own.
    pub(super) fn forward_apart<'s>(
        &self,
        segments: &mut [Segment<'_>],
        cuts: &[usize],
        scratch: &'s mut Scratch,
    ) -> &'s [f32] {
        let mut others = std::mem::take(&mut scratch.others);
        others.resize_with(cuts.len(), Scratch::default);
        let (mut rest, mut done) = (segments, 0);
        let mut shares = Vec::with_capacity(cuts.len() + 1);
        for cut in cuts {
            let (share, later) = rest.split_at_mut(cut - done);
            shares.push(share);
            (rest, done) = (later, *cut);
        }
        let all = || {
            rayon::scope(|scope| {
                for (share, scratch) in shares.into_iter().zip(&mut others) {
                    scope.spawn(|_| {
                        self.whole_pass(&self.alone, share, scratch, None);
                    });
                }
                self.whole_pass(&self.alone, rest, scratch, None);
            });
        };
        match &self.compute.pool {
            Some(pool) => pool.install(all),
            None => all(),
        }
        // The first shares' logits go before the last one's.
        let last = std::mem::take(&mut scratch.logits);
        for other in &others {
            scratch.logits.extend_from_slice(&other.logits);
        }
        scratch.logits.extend_from_slice(&last);
        scratch.others = others;
        &scratch.logits
    }
}

/// Numbers of sequences, in order, before which a new share begins: shares of about as many rows.
fn cuts(rows: impl Iterator<Item = usize>, all: usize, shares: usize) -> Vec<usize> {
    let mut cuts = Vec::new();
    let mut before = 0;
    for (no, rows) in rows.enumerate() {
        // Where a share should end: before this one, if that is nearer than after it.
        let end = (cuts.len() + 1) * all / shares;
        if no > 0 && cuts.len() + 1 < shares && before + rows / 2 >= end {
            cuts.push(no);
        }
        before += rows;
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::cuts;

    #[test]
    fn shares_are_about_alike() {
        let table: [(&[usize], usize, &[usize]); 5] = [
            (&[1, 1, 1, 1], 2, &[2]),
            (&[80, 80, 10, 10, 10], 2, &[1]),
            (&[190, 1, 1], 2, &[1]),
            (&[5, 5, 5, 5, 5, 5], 3, &[2, 4]),
            (&[50], 2, &[]),
        ];
        for (rows, shares, expected) in table {
            let found = cuts(rows.iter().copied(), rows.iter().sum(), shares);
            assert_eq!(found, expected, "{rows:?} on {shares}");
        }
    }
}
