//! Semantic uncertainty from repeated answers (Farquhar et al. 2024; the uncertainty of P3): answers
//! that mean the same form a cluster, and the entropy over clusters says how undecided a model is
//! about what to say, however it words it.
//!
//! Clusters: the same option for questions with options, whatever the words; for free text the same
//! words in the same order, letters' case and everything between words left aside ([`Meaning::of_text`]).
//! Then paraphrases count as different, and the entropy is an upper bound on the one over meanings;
//! where a model has judged which texts mean the same, its clusters are taken ([`Meaning::of_cluster`]).
//!
//! The estimate is the discrete one: shares of the k samples stand for probabilities. It is at most
//! ln k, and with few samples too small (by about (clusters − 1) / 2k). Samples are taken within one
//! prompt: turned options make another prompt, and an item's number is the mean over its prompts.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::bootstrap::Resampling;
use super::interval::Estimate;

/// What an answer says. Options by their number in the item's own order, texts by a hash of 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Meaning(u64);

impl Meaning {
    /// An option, by its number before the options were turned.
    pub fn of_option(option: usize) -> Meaning {
        Meaning(option as u64)
    }

    /// A text that a model has judged: by the number of its cluster.
    pub fn of_cluster(no: usize) -> Meaning {
        Meaning(no as u64)
    }

    /// A text, by its words.
    pub fn of_text(text: &str) -> Meaning {
        let mut hash = DefaultHasher::new();
        for word in text.split(|c: char| !c.is_alphanumeric()) {
            if !word.is_empty() {
                word.to_lowercase().hash(&mut hash);
            }
        }
        Meaning(hash.finish())
    }
}

/// Entropy over clusters in nats, from how many answers each has; `None` for fewer than two answers,
/// which say nothing about how others would differ.
pub fn entropy(clusters: &[u32]) -> Option<f64> {
    let n: u32 = clusters.iter().sum();
    if n < 2 {
        return None;
    }
    let part = |count: &u32| {
        let p = f64::from(*count) / f64::from(n);
        -p * p.ln()
    };
    // One cluster has an entropy of 0, not of −0.
    let sum: f64 = clusters.iter().filter(|c| **c > 0).map(part).sum();
    Some(sum.max(0.0))
}

/// A prompt's answers: meaning → how many.
type Clusters = Vec<(Meaning, u32)>;

/// Repeated answers of one condition and round, by item and prompt.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Semantic(BTreeMap<(u32, u16), Clusters>);

impl Semantic {
    /// Adds an answer to an item under a prompt of it (`turn`: by how many places its options were
    /// turned).
    pub fn add(&mut self, item: u32, turn: u16, meaning: Meaning) {
        self.put(item, turn, meaning, 1);
    }

    fn put(&mut self, item: u32, turn: u16, meaning: Meaning, times: u32) {
        let clusters = self.0.entry((item, turn)).or_default();
        match clusters.binary_search_by_key(&meaning, |c| c.0) {
            Ok(at) => clusters[at].1 += times,
            Err(at) => clusters.insert(at, (meaning, times)),
        }
    }

    /// Adds another cell's answers. Commutative and associative.
    pub fn merge(&mut self, other: &Semantic) {
        for ((item, turn), clusters) in &other.0 {
            for (meaning, times) in clusters {
                self.put(*item, *turn, *meaning, *times);
            }
        }
    }

    /// Most answers to one prompt: k.
    pub fn samples(&self) -> u32 {
        let of = |clusters: &Clusters| clusters.iter().map(|c| c.1).sum();
        self.0.values().map(of).max().unwrap_or(0)
    }

    /// Entropy of each item that was answered at least twice under a prompt, in order of the items.
    pub fn by_item(&self) -> Vec<f64> {
        let mut all: Vec<(u32, f64, u32)> = Vec::new();
        for ((item, _), clusters) in &self.0 {
            let counts: Vec<u32> = clusters.iter().map(|c| c.1).collect();
            let Some(value) = entropy(&counts) else {
                continue;
            };
            match all.last_mut() {
                Some((last, sum, n)) if last == item => {
                    *sum += value;
                    *n += 1;
                }
                _ => all.push((*item, value, 1)),
            }
        }
        all.into_iter()
            .map(|(_, sum, n)| sum / f64::from(n))
            .collect()
    }

    /// The mean over items, with the interval of drawing items; `None` where nothing was answered
    /// twice.
    pub fn estimate(&self, resampling: Resampling) -> Option<Estimate> {
        let values = self.by_item();
        (!values.is_empty()).then(|| resampling.mean(&values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entropy_is_that_of_the_shares() {
        let close = |counts: &[u32], expected: f64| {
            let found = entropy(counts).unwrap();
            assert!((found - expected).abs() < 1e-12, "{counts:?}: {found}");
        };
        // By hand: ln 2; -(3/4 ln 3/4 + 1/4 ln 1/4) = 0.562335...; ln 3; 2/5,2/5,1/5: 1.054920...
        close(&[1, 1], std::f64::consts::LN_2);
        close(&[3, 1], 0.562_335_144_618_808_3);
        close(&[2, 2, 2], 3f64.ln());
        close(&[2, 2, 1], 1.054_920_167_986_144);
        assert_eq!(entropy(&[5]).map(f64::to_bits), Some(0f64.to_bits()));
        assert_eq!((entropy(&[1]), entropy(&[])), (None, None));
    }

    #[test]
    fn texts_with_the_same_words_mean_the_same_and_others_do_not() {
        let same = [" Be kind, please.", "be kind please", "BE  KIND\n«please»!"];
        let first = Meaning::of_text(same[0]);
        assert!(same.iter().all(|t| Meaning::of_text(t) == first));
        for other in [
            "be kind",
            "please be kind",
            "bekind please",
            "",
            "be unkind please",
        ] {
            assert_ne!(Meaning::of_text(other), first, "{other}");
        }
        assert_eq!(Meaning::of_text("Ünï"), Meaning::of_text("üNÏ"));
    }

    #[test]
    fn samples_pair_within_a_prompt_and_items_count_once() {
        let mut all = Semantic::default();
        let mut say = |item, turn, options: &[usize]| {
            for option in options {
                all.add(item, turn, Meaning::of_option(*option));
            }
        };
        // Item 0: undecided under one order of its options, sure under the other: ln 2 / 2.
        say(0, 0, &[0, 1]);
        say(0, 1, &[2, 2]);
        // Item 1: sure. Item 2: answered once: not counted.
        say(1, 0, &[1, 1, 1]);
        say(2, 0, &[0]);
        assert_eq!(all.by_item(), [std::f64::consts::LN_2 / 2.0, 0.0]);
        let found = all.estimate(Resampling::default()).unwrap();
        assert_eq!(
            (found.value, found.n),
            (Some(std::f64::consts::LN_2 / 4.0), 2)
        );
        assert!(found.interval.is_some());
        assert_eq!(all.samples(), 3);
        assert_eq!(Semantic::default().estimate(Resampling::default()), None);
        // In two parts, in either order.
        let (mut a, mut b) = (Semantic::default(), Semantic::default());
        a.add(0, 0, Meaning::of_option(0));
        b.add(0, 0, Meaning::of_option(1));
        let (mut ab, mut ba) = (a.clone(), b.clone());
        ab.merge(&b);
        ba.merge(&a);
        assert_eq!(ab, ba);
        assert_eq!(ab.by_item(), [std::f64::consts::LN_2]);
    }
}
