//! By what a set of questions can be measured, before any answer: which benchmarks they are from,
//! whether stereotypes and truths are known, and what answering without reading would get.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::{ContextKind, Item, Kind};

use super::baseline::Baseline;
use super::ledger::Facts;

/// A set of questions, as far as measures ask.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scope {
    kinds: BTreeSet<Kind>,
    graded: BTreeSet<ContextKind>,
    truths: BTreeSet<ContextKind>,
    baseline: Baseline,
}

impl Scope {
    /// Adds the item with this number.
    pub fn add(&mut self, item_no: usize, item: &Item) {
        let facts = Facts::of(item_no, item);
        self.kinds.insert(item.rule.kind());
        if facts.graded {
            self.graded.insert(facts.kind);
        }
        if facts.gold.is_some() {
            self.truths.insert(facts.kind);
        }
        self.baseline.add(&facts);
    }

    /// The benchmarks.
    pub fn kinds(&self) -> &BTreeSet<Kind> {
        &self.kinds
    }

    /// Whether any question is from this benchmark.
    pub fn has(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Whether any question with such a context tells who is stereotyped.
    pub fn has_bias(&self, kind: ContextKind) -> bool {
        self.graded.contains(&kind)
    }

    /// Whether any question with such a context has a right answer.
    pub fn has_truth(&self, kind: ContextKind) -> bool {
        self.truths.contains(&kind)
    }

    /// What answering without reading would get.
    pub fn baseline(&self) -> &Baseline {
        &self.baseline
    }
}

impl<'a> FromIterator<(usize, &'a Arc<Item>)> for Scope {
    fn from_iter<I: IntoIterator<Item = (usize, &'a Arc<Item>)>>(items: I) -> Scope {
        let mut all = Scope::default();
        items.into_iter().for_each(|(no, item)| all.add(no, item));
        all
    }
}
