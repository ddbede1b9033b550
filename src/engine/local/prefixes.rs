//! What was computed before: token sequences and their keys and values, for later prompts that begin alike.
//!
//! The sequences lie in lexicographic order, which is the order in which a depth-first walk of their trie
//! meets them: what has the longest beginning in common with a prompt stands right before or right after
//! its place, and none is a beginning of another. So finding takes a walk down one path, however many
//! sequences there are, and a fork at any token is found without nodes to split and join.
//!
//! Invariant: memory stays under the bound (pages that entries share count once); the entry unused for
//! longest goes first. Sharing is exact: a reused prefix gives the same bits as reading it again.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::Arc;

use super::kv::{Kv, KvShape, Page};

struct Entry {
    kv: Kv,
    used: u64,
}

/// Known beginnings.
pub struct Prefixes {
    /// No key is a beginning of another.
    entries: BTreeMap<Arc<[u32]>, Entry>,
    /// The same keys by when they were used last; no two at the same time.
    by_use: BTreeMap<u64, Arc<[u32]>>,
    holders: HashMap<usize, usize>,
    pages_max: usize,
    clock: u64,
}

impl Prefixes {
    /// Nothing known yet; at most `bytes` of keys and values.
    pub fn new(shape: KvShape, bytes: usize) -> Prefixes {
        Prefixes {
            entries: BTreeMap::new(),
            by_use: BTreeMap::new(),
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
        let (key, len) = self.best(tokens)?;
        self.touch(&key);
        Some(self.entries.get(&key)?.kv.fork(len))
    }

    fn best(&self, tokens: &[u32]) -> Option<(Arc<[u32]>, usize)> {
        let before = self
            .entries
            .range::<[u32], _>((Unbounded, Included(tokens)));
        let after = self
            .entries
            .range::<[u32], _>((Excluded(tokens), Unbounded));
        let neighbours = before.rev().take(1).chain(after.take(1));
        let best = neighbours
            .map(|(key, _)| (key, common(key, tokens)))
            .max_by_key(|(_, len)| *len)?;
        (best.1 > 0).then(|| (best.0.clone(), best.1))
    }

    /// Remembers the keys and values of `tokens` (`kv` must hold at least as many).
    pub fn keep(&mut self, tokens: &[u32], kv: &Kv) {
        let len = tokens.len().min(kv.len());
        let tokens = &tokens[..len];
        if len == 0 {
            return;
        }
        match self.best(tokens) {
            // It is known, or the beginning of what is.
            Some((key, common)) if common == len => return self.touch(&key),
            // It goes on from what was known.
            Some((key, common)) if common == key.len() => self.remove(&key),
            _ => {}
        }
        let kv = kv.fork(len);
        for page in kv.pages() {
            *self.holders.entry(address(page)).or_default() += 1;
        }
        let key: Arc<[u32]> = tokens.into();
        self.clock += 1;
        self.by_use.insert(self.clock, key.clone());
        let used = self.clock;
        self.entries.insert(key, Entry { kv, used });
        while self.holders.len() > self.pages_max {
            let Some((_, oldest)) = self.by_use.first_key_value() else {
                break;
            };
            self.remove(&oldest.clone());
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.by_use.clear();
        self.holders.clear();
    }

    fn touch(&mut self, key: &Arc<[u32]>) {
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        self.clock += 1;
        self.by_use.remove(&entry.used);
        self.by_use.insert(self.clock, key.clone());
        entry.used = self.clock;
    }

    fn remove(&mut self, key: &[u32]) {
        let Some(entry) = self.entries.remove(key) else {
            return;
        };
        self.by_use.remove(&entry.used);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::kv::{PAGE, Spare};
    use super::*;

    const SHAPE: KvShape = KvShape::smallest();

    fn kv_of(tokens: &[u32]) -> Kv {
        let mut kv = Kv::new(SHAPE, &Spare::default());
        kv.grow(tokens);
        kv
    }

    proptest! {
        /// Few different tokens, so that sequences branch at every depth.
        #[test]
        fn what_is_known_is_what_a_search_of_everything_kept_would_find(
            kept in proptest::collection::vec(proptest::collection::vec(0u32..3, 0..9), 0..40),
            asked in proptest::collection::vec(proptest::collection::vec(0u32..3, 0..12), 1..20),
        ) {
            let mut prefixes = Prefixes::new(SHAPE, usize::MAX / 2);
            for tokens in &kept {
                prefixes.keep(tokens, &kv_of(tokens));
            }
            for tokens in &asked {
                let best = kept.iter().map(|k| common(k, tokens)).max().unwrap_or(0);
                prop_assert_eq!(prefixes.known(tokens), best);
                prop_assert_eq!(prefixes.longest(tokens).map_or(0, |kv| kv.len()), best);
            }
            prop_assert_eq!(prefixes.entries.len(), prefixes.by_use.len());
        }

        #[test]
        fn memory_stays_under_the_bound_and_what_was_used_last_stays(
            kept in proptest::collection::vec(proptest::collection::vec(0u32..4, 1..3 * PAGE), 1..30),
        ) {
            let pages = 6;
            let mut prefixes = Prefixes::new(SHAPE, pages * SHAPE.page_bytes());
            for tokens in &kept {
                prefixes.keep(tokens, &kv_of(tokens));
                prop_assert!(prefixes.holders.len() <= pages);
                prop_assert_eq!(prefixes.known(tokens), tokens.len());
                let held: usize = prefixes.entries.values().map(|e| e.kv.pages().count()).sum();
                let counted: usize = prefixes.holders.values().sum();
                prop_assert_eq!(held, counted);
            }
            prefixes.clear();
            prop_assert_eq!(prefixes.known(&kept[0]), 0);
        }
    }
}
