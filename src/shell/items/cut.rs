//! What is taken of a set: categories, contexts, the first ones, some at random. The order stays the
//! set's own.

use std::collections::HashSet;
use std::sync::Arc;

use crate::config::did_you_mean;
use crate::domain::{Item, Rule};

use super::super::cli::ContextArg;
use super::super::failure::Failure;

/// The items of these categories; all of them where none are named.
pub(super) fn only(
    items: Vec<Arc<Item>>,
    categories: &[String],
) -> Result<Vec<Arc<Item>>, Failure> {
    if categories.is_empty() {
        return Ok(items);
    }
    let there: HashSet<&str> = items.iter().map(|i| &*i.category).collect();
    if let Some(unknown) = categories.iter().find(|c| !there.contains(c.as_str())) {
        let mut known: Vec<&str> = there.into_iter().collect();
        known.sort_unstable();
        let hint = did_you_mean(unknown, known);
        return Err(Failure::usage(format!(
            "--only {unknown}: no item of this category{hint}"
        )));
    }
    let mut items = items;
    items.retain(|i| categories.iter().any(|c| **c == *i.category));
    Ok(items)
}

/// The items whose context is of this kind; all of them where none is asked for.
pub(super) fn context(
    items: Vec<Arc<Item>>,
    wanted: ContextArg,
) -> Result<Vec<Arc<Item>>, Failure> {
    let Some(kind) = wanted.kind() else {
        return Ok(items);
    };
    let mut items = items;
    let is_bias = |i: &Arc<Item>| matches!(i.rule, Rule::Bias { .. });
    items.retain(|i| is_bias(i) && i.kind() == kind);
    match items.is_empty() {
        false => Ok(items),
        true => Err(Failure::usage(format!(
            "--context {}: no item has such a context (only BBQ's have ambiguous and disambiguated ones)",
            wanted.name()
        ))),
    }
}

/// How many units a set has: items, or students where each has two.
pub fn units(items: &[Arc<Item>]) -> usize {
    let units: HashSet<&str> = items.iter().map(|i| i.unit()).collect();
    units.len()
}

/// The first `count` units of a set: items, or students where each has two.
pub fn first(items: &[Arc<Item>], count: usize) -> Vec<Arc<Item>> {
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for item in items {
        if !seen.contains(item.unit()) {
            if seen.len() == count {
                break;
            }
            seen.insert(item.unit());
        }
        kept.push(item.clone());
    }
    kept
}

/// `count` units drawn at random by `seed`, each with the same chance, in the set's order.
pub fn sample(items: &[Arc<Item>], count: usize, seed: u64) -> Vec<Arc<Item>> {
    let mut seen = HashSet::new();
    let mut units: Vec<&str> = items
        .iter()
        .map(|i| i.unit())
        .filter(|unit| seen.insert(*unit))
        .collect();
    let mut state = seed ^ 0x5a3c_91e2;
    let mut next = || {
        // SplitMix64: the same on every platform and in every version.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let count = count.min(units.len());
    for at in 0..count {
        let left = (units.len() - at) as u128;
        let draw = usize::try_from((u128::from(next()) * left) >> 64).unwrap_or(0);
        units.swap(at, at + draw);
    }
    let chosen: HashSet<&str> = units.into_iter().take(count).collect();
    let kept = items.iter().filter(|i| chosen.contains(i.unit()));
    kept.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmarks::{Kind, builtin};

    #[test]
    fn samples_are_drawn_whole_evenly_and_in_order() {
        let all = builtin::read(Kind::Law).unwrap().items;
        let students = |items: &[Arc<Item>]| -> Vec<String> {
            items.iter().map(|i| i.unit().to_owned()).collect()
        };
        assert_eq!(first(&all, 3).len(), 6);
        assert_eq!(units(&all), 24);
        assert_eq!(first(&all, 1000).len(), all.len());
        let mut counts = std::collections::HashMap::new();
        for seed in 0..400 {
            let drawn = sample(&all, 5, seed);
            assert_eq!(drawn.len(), 10, "five students, each twice");
            let order = students(&drawn);
            let expected: Vec<String> = students(&all)
                .into_iter()
                .filter(|s| order.contains(s))
                .collect();
            assert_eq!(order, expected);
            for student in order.iter().step_by(2) {
                *counts.entry(student.clone()).or_insert(0) += 1;
            }
        }
        assert_eq!(sample(&all, 5, 7), sample(&all, 5, 7));
        assert_ne!(sample(&all, 5, 7), sample(&all, 5, 8));
        // 400 draws of 5 of 24: 83 each, standard deviation 8.
        assert_eq!(counts.len(), 24);
        assert!(
            counts.values().all(|n| (50..=120).contains(n)),
            "{counts:?}"
        );
    }
}
