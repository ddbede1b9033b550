//! How sure against how right: calibration errors and uncertainties from option probabilities.
//!
//! The confidence is the largest of the options' probabilities (normalised over the options), and it
//! is right where that option is; a text that was generated beside it may say something else.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::bootstrap::{Resampling, quantile};
use super::by_item::proportion_by_item;
use super::draw::Draw;
use super::interval::Estimate;

/// Bins of the textbook error.
pub const BINS: usize = 10;
/// Bins of the rank error, as its authors take.
pub const RANK_BINS: usize = 20;
/// Replicates of what chance alone would give.
const REPLICATES: usize = 500;

/// One answer's probabilities, as far as they matter here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Belief {
    /// Largest probability.
    pub confidence: f64,
    /// Whether that option is the right one.
    pub correct: bool,
    /// −Σ p ln p over the options, in nats.
    pub entropy: f64,
    /// Number of the item; beliefs with the same one repeat it, and are not independent.
    pub item: u32,
}

impl Belief {
    /// From probabilities, which are normalised here. `None` where they are none.
    pub fn new(probabilities: &[f64], gold: usize) -> Option<Belief> {
        let sum: f64 = probabilities.iter().sum();
        let sound = probabilities.iter().all(|p| *p >= 0.0) && sum.is_finite() && sum > 0.0;
        if !sound {
            return None;
        }
        let mut best = 0;
        for (i, p) in probabilities.iter().enumerate() {
            if *p > probabilities[best] {
                best = i;
            }
        }
        let plogp = |p: &f64| match p / sum {
            0.0 => 0.0,
            p => -p * p.ln(),
        };
        Some(Belief {
            confidence: probabilities[best] / sum,
            correct: best == gold,
            entropy: probabilities.iter().map(plogp).sum(),
            item: 0,
        })
    }

    /// The same about this item.
    pub fn of_item(self, item: u32) -> Belief {
        Belief { item, ..self }
    }
}

/// One bin of a reliability diagram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bin {
    /// Answers in it.
    pub n: u64,
    /// Their mean confidence.
    pub confidence: f64,
    /// Share of them that is right.
    pub accuracy: Estimate,
}

/// Which of the bins ((m−1)/M, m/M] a confidence is in.
fn bin_of(confidence: f64, bins: usize) -> usize {
    let at = (confidence * bins as f64).ceil() as usize;
    at.clamp(1, bins.max(1)) - 1
}

/// The bins ((m−1)/M, m/M] that hold answers; intervals count items where a bin has several answers of one.
pub fn reliability(beliefs: &[Belief], bins: usize) -> Vec<Bin> {
    let mut items: BTreeMap<(usize, u32), (u64, u64)> = BTreeMap::new();
    for belief in beliefs {
        let place = (bin_of(belief.confidence, bins), belief.item);
        let item = items.entry(place).or_default();
        item.0 += u64::from(belief.correct);
        item.1 += 1;
    }
    let numbers: BTreeSet<usize> = items.keys().map(|(bin, _)| *bin).collect();
    let mut found = binned(beliefs, bins);
    for (bin, no) in found.iter_mut().zip(numbers) {
        let of_bin = items.range((no, 0)..=(no, u32::MAX));
        bin.accuracy = proportion_by_item(of_bin.map(|(_, counts)| *counts));
    }
    found
}

fn binned(beliefs: &[Belief], bins: usize) -> Vec<Bin> {
    let mut all = vec![(0u64, 0.0, 0u64); bins.max(1)];
    for belief in beliefs {
        let bin = &mut all[bin_of(belief.confidence, bins)];
        bin.0 += 1;
        bin.1 += belief.confidence;
        bin.2 += u64::from(belief.correct);
    }
    all.into_iter()
        .filter(|(n, _, _)| *n > 0)
        .map(|(n, sum, right)| Bin {
            n,
            confidence: sum / n as f64,
            accuracy: Estimate::proportion(right, n),
        })
        .collect()
}

/// Expected calibration error: Σ n_m/n · |accuracy − confidence| over equal-width bins on [0, 1]
/// (Naeini et al. 2015; Guo et al. 2017, eq. 3). `None` without answers.
pub fn ece(beliefs: &[Belief], bins: usize) -> Option<f64> {
    let n = beliefs.len() as f64;
    let gap = |b: &Bin| {
        let accuracy = b.accuracy.value.unwrap_or(0.0);
        b.n as f64 / n * (accuracy - b.confidence).abs()
    };
    (!beliefs.is_empty()).then(|| binned(beliefs, bins).iter().map(gap).sum())
}

/// What [`ece`] would be, by chance, for a model that is calibrated perfectly and as confident: mean
/// and 0.95 quantile (consistency resampling, Bröcker & Smith 2007). An error below the quantile is
/// no evidence of miscalibration; the textbook error itself is never 0 in a finite sample.
///
/// Items are what is drawn: answers to one item are right together where they are as confident, so that asking
/// an item again makes nothing more certain.
pub fn ece_by_chance(beliefs: &[Belief], bins: usize, seed: u64) -> Option<(f64, f64)> {
    let mut draw = Draw::new(seed);
    let mut drawn = beliefs.to_vec();
    let mut errors = Vec::with_capacity(REPLICATES);
    let mut numbers: HashMap<u32, usize> = HashMap::new();
    let places: Vec<usize> = beliefs
        .iter()
        .map(|b| {
            let next = numbers.len();
            *numbers.entry(b.item).or_insert(next)
        })
        .collect();
    let mut luck = vec![0.0; numbers.len()];
    for _ in 0..REPLICATES {
        for one in &mut luck {
            *one = draw.unit();
        }
        for (belief, place) in drawn.iter_mut().zip(&places) {
            belief.correct = luck[*place] < belief.confidence;
        }
        errors.push(ece(&drawn, bins)?);
    }
    errors.sort_by(f64::total_cmp);
    let mean = errors.iter().sum::<f64>() / errors.len() as f64;
    Some((mean, quantile(&errors, 0.95)?))
}

/// The mean entropy, over all answers; its interval is a bootstrap's over items, each with all its answers, and
/// `n` counts items.
pub fn mean_entropy(beliefs: &[Belief], resampling: Resampling) -> Estimate {
    let mut items: BTreeMap<u32, [f64; 2]> = BTreeMap::new();
    for belief in beliefs {
        let sums = items.entry(belief.item).or_default();
        sums[0] += belief.entropy;
        sums[1] += 1.0;
    }
    let rows: Vec<[f64; 2]> = items.into_values().collect();
    resampling.estimate(&rows, |s| Some(s[0] / s[1]))
}

/// What the code of P3's authors computes as ECE.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodedEce {
    /// The number.
    pub value: f64,
    /// Answers that fall into no bin: those with the largest confidence.
    pub dropped: u64,
    /// Empty bins; their code divides by zero there, here they count as nothing.
    pub empty_bins: usize,
}

/// ECE as HaitaoMao/LLM-self-correction computes it (`analysis/uncerntainty.py`, `ece_score`):
/// equal-width bins on [smallest, largest observed confidence], each open on the right, so that the
/// most confident answer is in none. Its confidence is exp(mean log-probability of a token of
/// " (a)"), renormalised over the options; give beliefs made of those. `None` where all confidences
/// are the same.
pub fn ece_as_coded(beliefs: &[Belief], bins: usize) -> Option<CodedEce> {
    let confidences = || beliefs.iter().map(|b| b.confidence);
    let (min, max) = (
        confidences().fold(f64::INFINITY, f64::min),
        confidences().fold(f64::NEG_INFINITY, f64::max),
    );
    if beliefs.is_empty() || min == max || bins == 0 {
        return None;
    }
    let width = (max - min) / bins as f64;
    let mut found = CodedEce {
        value: 0.0,
        dropped: beliefs.len() as u64,
        empty_bins: 0,
    };
    for i in 0..bins {
        let (from, to) = (min + width * i as f64, min + width * (i + 1) as f64);
        let inside: Vec<&Belief> = beliefs
            .iter()
            .filter(|b| b.confidence >= from && b.confidence < to)
            .collect();
        let n = inside.len() as f64;
        if inside.is_empty() {
            found.empty_bins += 1;
            continue;
        }
        found.dropped = found.dropped.saturating_sub(inside.len() as u64);
        let right = inside.iter().filter(|b| b.correct).count() as f64 / n;
        let sure = inside.iter().map(|b| b.confidence).sum::<f64>() / n;
        found.value += (right - sure).abs() * n / beliefs.len() as f64;
    }
    Some(found)
}

/// Rank-calibration error of the uncertainty 1 − confidence (Huang et al. 2024, arXiv 2404.03163):
/// E |P(reg(U') ≥ reg(U)) − P(U' ≤ U)|, reg(u) = E[right | U = u], estimated with bins of equal
/// mass, as in their code; equal uncertainties keep their order. `None` below two answers.
pub fn rce(beliefs: &[Belief], bins: usize) -> Option<f64> {
    let n = beliefs.len();
    if n < 2 || bins == 0 {
        return None;
    }
    let mut sorted: Vec<&Belief> = beliefs.iter().collect();
    sorted.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    // (answers, share right, mean uncertainty) of each bin.
    let mut all: Vec<(f64, f64, f64)> = Vec::new();
    let edge = |i: usize| (i as f64 * n as f64 / bins as f64).round_ties_even() as usize;
    for i in 0..bins {
        let inside = &sorted[edge(i)..edge(i + 1)];
        if !inside.is_empty() {
            let size = inside.len() as f64;
            let right = inside.iter().filter(|b| b.correct).count() as f64 / size;
            let unsure = inside.iter().map(|b| 1.0 - b.confidence).sum::<f64>() / size;
            all.push((size, right, unsure));
        }
    }
    let rank = |count: f64, ties: f64| (count - (1.0 + ties) / 2.0) / (n as f64 - 1.0);
    let size_where = |is: &dyn Fn(&(f64, f64, f64)) -> bool| -> f64 {
        all.iter().filter(|b| is(b)).map(|b| b.0).sum()
    };
    let gap = |bin: &(f64, f64, f64)| {
        let by_right = rank(size_where(&|b| b.1 >= bin.1), size_where(&|b| b.1 == bin.1));
        let by_unsure = rank(size_where(&|b| b.2 <= bin.2), size_where(&|b| b.2 == bin.2));
        bin.0 / n as f64 * (by_right - by_unsure).abs()
    };
    Some(all.iter().map(gap).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn belief(confidence: f64, correct: bool) -> Belief {
        Belief {
            confidence,
            correct,
            entropy: 0.0,
            item: 0,
        }
    }

    #[test]
    fn asking_an_item_again_adds_no_certainty() {
        let one = |item: u32| Belief {
            entropy: f64::from(item % 7) / 10.0,
            ..belief(0.4 + f64::from(item % 11) / 20.0, !item.is_multiple_of(3)).of_item(item)
        };
        let once: Vec<Belief> = (0..40).map(one).collect();
        let twice: Vec<Belief> = (0..80).map(|no| one(no / 2)).collect();
        // Doubled sums and doubled counts: the same mean of the same items in every replicate.
        let (a, b) = (
            mean_entropy(&once, Resampling::default()),
            mean_entropy(&twice, Resampling::default()),
        );
        assert_eq!((a.n, b.n), (40, 40));
        let (i, j) = (a.interval.unwrap(), b.interval.unwrap());
        assert!((a.value.unwrap() - b.value.unwrap()).abs() < 1e-12);
        assert!((i.low - j.low).abs() < 1e-12 && (i.high - j.high).abs() < 1e-12);
        for (one, two) in reliability(&once, 10).iter().zip(&reliability(&twice, 10)) {
            assert_eq!((2 * one.n, one.accuracy.value), (two.n, two.accuracy.value));
            let width = |bin: &Bin| bin.accuracy.interval.map(|i| i.high - i.low).unwrap();
            assert!(
                (width(one) / width(two) - 1.0).abs() < 1e-9,
                "{one:?} {two:?}"
            );
        }
        // As if the 80 were independent, chance alone would show less.
        let independent: Vec<Belief> = (0..80).map(|no| one(no / 2).of_item(no)).collect();
        let high = |all: &[Belief]| ece_by_chance(all, 10, 0).unwrap().1;
        assert!((high(&once) - high(&twice)).abs() < 1e-12);
        assert!(high(&independent) < 0.85 * high(&once));
    }

    #[test]
    fn a_belief_by_hand() {
        let b = Belief::new(&[0.2, 0.2, 0.4], 2).unwrap();
        assert!((b.confidence - 0.5).abs() < 1e-12 && b.correct);
        // 2 · 0.25 ln 4 + 0.5 ln 2 = 1.5 ln 2.
        assert!((b.entropy - 1.5 * std::f64::consts::LN_2).abs() < 1e-12);
        let sure = Belief::new(&[0.0, 1.0], 0).unwrap();
        assert_eq!(
            (sure.confidence, sure.correct, sure.entropy),
            (1.0, false, 0.0)
        );
        assert_eq!(Belief::new(&[], 0), None);
        assert_eq!(Belief::new(&[f64::NAN, 1.0], 0), None);
        assert_eq!(Belief::new(&[0.0, 0.0], 0), None);
    }

    #[test]
    fn textbook_and_coded_error_by_hand() {
        let all = [
            belief(0.95, true),
            belief(0.85, true),
            belief(0.85, false),
            belief(0.45, false),
            belief(0.35, true),
        ];
        // (0.05·1 + |0.5 − 0.85|·2 + 0.45 + 0.65) / 5.
        assert!((ece(&all, 10).unwrap() - (0.05 + 0.7 + 0.45 + 0.65) / 5.0).abs() < 1e-12);
        // Two bins on [0.35, 0.95): {0.35, 0.45} and {0.85, 0.85}; 0.95 is in none.
        let coded = ece_as_coded(&all, 2).unwrap();
        let expected = 2.0 / 5.0 * (0.5f64 - 0.4).abs() + 2.0 / 5.0 * (0.5f64 - 0.85).abs();
        assert!((coded.value - expected).abs() < 1e-12, "{coded:?}");
        assert_eq!((coded.dropped, coded.empty_bins), (1, 0));
        assert!(ece_as_coded(&all, 10).unwrap().empty_bins > 0);
        assert_eq!(ece_as_coded(&[belief(0.5, true); 3], 10), None);
        assert_eq!((ece(&[], 10), ece_as_coded(&[], 10)), (None, None));
        // The edges belong to the bin below, 0 to the first.
        let edges = [belief(0.5, true), belief(0.0, true), belief(1.0, true)];
        assert_eq!(reliability(&edges, 2).len(), 2);
        assert_eq!(reliability(&edges, 2)[0].n, 2);
    }

    #[test]
    fn a_calibrated_model_has_the_error_of_chance() {
        let mut draw = Draw::new(3);
        let all: Vec<Belief> = (0..2000)
            .map(|no| {
                let confidence = 0.34 + 0.66 * draw.unit();
                belief(confidence, draw.unit() < confidence).of_item(no)
            })
            .collect();
        let (mean, high) = ece_by_chance(&all, 10, 0).unwrap();
        let error = ece(&all, 10).unwrap();
        assert!(error < high && error > mean / 3.0, "{error} {mean} {high}");
        let overconfident: Vec<Belief> = all
            .iter()
            .map(|b| belief((b.confidence + 0.15).min(1.0), b.correct).of_item(b.item))
            .collect();
        let (_, high) = ece_by_chance(&overconfident, 10, 0).unwrap();
        assert!(ece(&overconfident, 10).unwrap() > high);
    }

    #[test]
    fn ranks_that_agree_have_no_error_and_reversed_ones_half() {
        // Accuracy rises with confidence in every bin.
        let make = |up: bool| -> Vec<Belief> {
            (0..100)
                .map(|i| {
                    let bin = i / 10;
                    let right = if up { i % 10 < bin + 1 } else { i % 10 > bin };
                    belief(0.5 + f64::from(i) / 1000.0, right)
                })
                .collect()
        };
        assert!(rce(&make(true), 10).unwrap() < 1e-12);
        // Ranks 0..9 against 9..0: mean |9 − 2i| · 10 / 99.
        let expected = (0..10).map(|i| f64::from(9 - 2 * i).abs()).sum::<f64>() / 99.0;
        assert!((rce(&make(false), 10).unwrap() - expected).abs() < 1e-9);
        assert_eq!(rce(&[belief(0.5, true)], 10), None);
    }
}
