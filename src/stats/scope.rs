//! By what a set of questions can be measured, before any answer: which benchmarks they are from,
//! whether stereotypes and truths are known, and what answering without reading would get.

use std::collections::BTreeSet;

use crate::domain::{ContextKind, Item, Kind};

use super::baseline::Baseline;
use super::ledger::Facts;

/// A set of questions, as far as measures ask. Mergeable in any order.
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

    /// Adds another set's.
    pub fn merge(&mut self, other: &Scope) {
        self.kinds.extend(&other.kinds);
        self.graded.extend(&other.graded);
        self.truths.extend(&other.truths);
        self.baseline.merge(&other.baseline);
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
