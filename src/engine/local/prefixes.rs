//! What was computed before: token sequences and their keys and values, for later prompts that begin alike.
//!
//! Invariant: memory stays under the bound (pages that entries share count once); the entry unused for
//! longest goes first. Sharing is exact: a reused prefix gives the same bits as reading it again.

use std::collections::HashMap;
use std::sync::Arc;

use super::kv::{Kv, KvShape, Page};

/// More entries than this make the search cost as much as it saves.
const ENTRIES_MAX: usize = 512;

struct Entry {
    tokens: Vec<u32>,
    kv: Kv,
    used: u64,
}

/// Known beginnings.
pub struct Prefixes {
    entries: Vec<Entry>,
    holders: HashMap<usize, usize>,
    pages_max: usize,
    clock: u64,
}

impl Prefixes {
    /// Nothing known yet; at most `bytes` of keys and values.
    pub fn new(shape: KvShape, bytes: usize) -> Prefixes {
        Prefixes {
            entries: Vec::new(),
            holders: HashMap::new(),
            pages_max: bytes / shape.page_bytes().max(1),
            clock: 0,
        }
    }

    /// How many of `tokens` are known from the beginning on.
    pub fn known(&self, tokens: &[u32]) -> usize {
        self.best(tokens).map_or(0, |(_, len)| len)
    }

    /// The keys and values of the longest known beginning of `tokens`, if there is one.
    pub fn longest(&mut self, tokens: &[u32]) -> Option<Kv> {
        let (entry, len) = self.best(tokens)?;
        self.clock += 1;
        let entry = &mut self.entries[entry];
        entry.used = self.clock;
        Some(entry.kv.fork(len))
    }

    fn best(&self, tokens: &[u32]) -> Option<(usize, usize)> {
        let lens = self.entries.iter().map(|e| common(&e.tokens, tokens));
        let best = lens.enumerate().max_by_key(|(_, len)| *len)?;
        (best.1 > 0).then_some(best)
    }

    /// Remembers the keys and values of `tokens` (`kv` must hold at least as many).
    pub fn keep(&mut self, tokens: &[u32], kv: &Kv) {
        let len = tokens.len().min(kv.len());
        let tokens = &tokens[..len];
        if len == 0 {
            return;
        }
        self.clock += 1;
        let clock = self.clock;
        if let Some(known) = self
            .entries
            .iter_mut()
            .find(|e| e.tokens.starts_with(tokens))
        {
            known.used = clock;
            return;
        }
        while let Some(part) = self
            .entries
            .iter()
            .position(|e| tokens.starts_with(&e.tokens))
        {
            self.remove(part);
        }
        let kv = kv.fork(len);
        for page in kv.pages() {
            *self.holders.entry(address(page)).or_default() += 1;
        }
        self.entries.push(Entry {
            tokens: tokens.to_vec(),
            kv,
            used: clock,
        });
        while self.holders.len() > self.pages_max || self.entries.len() > ENTRIES_MAX {
            let oldest = (0..self.entries.len()).min_by_key(|i| self.entries[*i].used);
            let Some(oldest) = oldest else { break };
            self.remove(oldest);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.holders.clear();
    }

    fn remove(&mut self, entry: usize) {
        let entry = self.entries.swap_remove(entry);
        for page in entry.kv.pages() {
            let page = address(page);
            if let Some(count) = self.holders.get_mut(&page) {
                *count -= 1;
                if *count == 0 {
                    self.holders.remove(&page);
                }
            }
        }
    }
}

/// Length of the common beginning.
pub fn common(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// Tells pages apart; never followed.
fn address(page: &Arc<Page>) -> usize {
    Arc::as_ptr(page).addr()
}
