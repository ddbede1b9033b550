//! Scores where items were asked more than once (samples, turned options): the same values, with
//! intervals that count items, not answers.
//!
//! Answers to one item are not independent. The variance of a score is taken by leaving out one item
//! after the other (jackknife), with all its answers; over the variance that as many independent
//! answers would have it is the design effect (Kish 1965), and the interval is that of n / effect
//! independent answers (for proportions Korn & Graubard 1998). The effect is held between 1 and the
//! most answers of one item: intervals never become narrower than the plain ones. At a bound, where
//! there is no variance to compare, as many answers count as there are items.

use std::collections::BTreeMap;

use crate::domain::{ContextKind, Verdict};

use super::counts::Counts;
use super::interval::{Estimate, Interval, Z, multinomial_interval, wilson_share};
use super::ledger::Facts;
use super::scoreboard::Graded;
use super::scorer::{Score, Scorer};

/// Leaving out one item after the other, for one score.
#[derive(Clone, Copy, Default)]
struct Jackknife {
    items: f64,
    sum: f64,
    squares: f64,
    most: u64,
}

impl Jackknife {
    fn add(&mut self, whole: Estimate, without: Estimate) {
        let answers = whole.n.saturating_sub(without.n);
        let (Some(all), true) = (whole.value, answers > 0) else {
            return;
        };
        // What only one item defines cannot be had without it.
        let step = without.value.map_or(0.0, |v| v - all);
        self.items += 1.0;
        self.sum += step;
        self.squares += step * step;
        self.most = self.most.max(answers);
    }

    fn variance(&self) -> f64 {
        let spread = self.squares - self.sum * self.sum / self.items;
        (self.items - 1.0) / self.items * spread.max(0.0)
    }

    /// By how many times fewer answers count than there are.
    fn effect(&self, n: u64, independent: f64) -> f64 {
        if self.items < 1.0 {
            return 1.0;
        }
        // Of one item nothing is known about how items differ.
        if independent <= 1e-12 || self.items < 2.0 {
            return (n as f64 / self.items).max(1.0);
        }
        let most = (self.most as f64).max(1.0);
        (self.variance() / independent).clamp(1.0, most)
    }
}

/// A share over answers of which items have some each: (hits, answers), one an item. Wilson's interval; where
/// any item has more than one answer, of as many answers as count beside independent ones.
pub(super) fn proportion_by_item(items: impl Iterator<Item = (u64, u64)> + Clone) -> Estimate {
    let sum = |(h, n): (u64, u64), (hits, all): (u64, u64)| (h + hits, n + all);
    let (hits, n) = items.clone().fold((0, 0), sum);
    let plain = Estimate::proportion(hits, n);
    let (Some(p), true) = (plain.value, items.clone().any(|(_, n)| n > 1)) else {
        return plain;
    };
    let mut knife = Jackknife::default();
    for (its, of) in items {
        knife.add(
            plain,
            Estimate::proportion(hits.saturating_sub(its), n.saturating_sub(of)),
        );
    }
    let all = n as f64;
    let effect = knife.effect(n, p * (1.0 - p) / all);
    Estimate {
        interval: Some(wilson_share(p, all / effect, Z)),
        ..plain
    }
}

/// The scores of these answers.
pub fn scores_by_item<'a>(
    scorer: Scorer,
    answers: impl Iterator<Item = (&'a Facts, Graded)>,
) -> Vec<Score> {
    let mut items: BTreeMap<u32, Counts> = BTreeMap::new();
    let mut whole = Counts::default();
    for (facts, graded) in answers {
        whole.add(facts, graded);
        items.entry(facts.item).or_default().add(facts, graded);
    }
    let mut scores = scorer.scores(&whole);
    let mut left_out = vec![Jackknife::default(); scores.len()];
    for item in items.values() {
        let without = scorer.scores(&whole.without(item));
        for ((knife, score), without) in left_out.iter_mut().zip(&scores).zip(&without) {
            knife.add(score.estimate, without.estimate);
        }
    }
    for (score, knife) in scores.iter_mut().zip(left_out) {
        score.estimate = widened(score, &knife, scorer, &whole);
    }
    scores
}

fn widened(score: &Score, knife: &Jackknife, scorer: Scorer, whole: &Counts) -> Estimate {
    let found = score.estimate;
    let (Some(value), Some(plain)) = (found.value, found.interval) else {
        return found;
    };
    let n = found.n as f64;
    let interval = match (score.name, scorer) {
        ("bias_ambiguous", Scorer::LmEval) => {
            let half = (plain.high - plain.low) / 2.0;
            let effect = knife.effect(found.n, (half / Z).powi(2));
            let half = half * effect.sqrt();
            Some(Interval {
                low: (value - half).max(-1.0),
                high: (value + half).min(1.0),
            })
        }
        ("bias_ambiguous", _) => {
            let of = |verdict| whole.of(ContextKind::Ambiguous, verdict) as f64;
            let (plus, minus) = (of(Verdict::Stereotyped), of(Verdict::Counter));
            let variance = ((plus + minus) / n - value * value) / n;
            let effect = knife.effect(found.n, variance);
            Some(multinomial_interval(
                plus / effect,
                minus / effect,
                n / effect,
            ))
        }
        (name, _) => {
            // A bias among those that name somebody is 2p - 1.
            let is_bias = name.contains("bias");
            let p = if is_bias { (value + 1.0) / 2.0 } else { value };
            let scale = if is_bias { 4.0 } else { 1.0 };
            let effect = knife.effect(found.n, scale * p * (1.0 - p) / n);
            let share = wilson_share(p, n / effect, Z);
            match is_bias {
                true => Some(Interval {
                    low: 2.0 * share.low - 1.0,
                    high: 2.0 * share.high - 1.0,
                }),
                false => Some(share),
            }
        }
    };
    Estimate { interval, ..found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ContextKind::{Ambiguous, Disambiguated};
    use Verdict::{Abstains, Counter, Stereotyped};

    fn graded(verdict: Verdict) -> Graded {
        Graded::of(verdict, Some(verdict == Abstains))
    }

    /// Every item so many times, the same answer each time.
    fn answers(times: usize) -> Vec<(Facts, Graded)> {
        let kinds = [Ambiguous, Disambiguated];
        let verdicts = [Stereotyped, Stereotyped, Counter, Abstains, Abstains];
        let one = |item: u32| {
            let facts = Facts {
                item,
                ..Facts::plain(kinds[item as usize % 2])
            };
            (facts, graded(verdicts[item as usize * 7 % 5]))
        };
        let mut all = Vec::new();
        for _ in 0..times {
            all.extend((0..200).map(one));
        }
        all
    }

    fn of(scorer: Scorer, answers: &[(Facts, Graded)]) -> Vec<Score> {
        scores_by_item(scorer, answers.iter().map(|(f, g)| (f, *g)))
    }

    #[test]
    fn the_same_answer_again_adds_no_certainty() {
        for scorer in Scorer::ALL {
            let (once, thrice) = (of(scorer, &answers(1)), of(scorer, &answers(3)));
            let mut plain = Counts::default();
            answers(1).iter().for_each(|(f, g)| plain.add(f, *g));
            for ((one, three), plain) in once.iter().zip(&thrice).zip(scorer.scores(&plain)) {
                let what = format!("{} {}", scorer.name(), one.name);
                assert_eq!(one.name, plain.name);
                let same = |a: Option<f64>, b: Option<f64>| {
                    assert!(
                        a.zip(b).is_none_or(|(a, b)| (a - b).abs() < 1e-12),
                        "{what}"
                    );
                };
                same(one.estimate.value, three.estimate.value);
                same(one.estimate.value, plain.estimate.value);
                let width = |s: &Score| s.estimate.interval.map(|i| i.high - i.low);
                let (Some(w1), Some(w3), Some(wide)) = (width(one), width(three), width(&plain))
                else {
                    continue;
                };
                assert!((w3 / w1 - 1.0).abs() < 0.02, "{what}: {w1} {w3}");
                assert!((w1 / wide - 1.0).abs() < 0.02, "{what}: {w1} {wide}");
            }
        }
    }

    #[test]
    fn a_share_counts_items() {
        use super::super::interval::wilson;
        let found = |items: &[(u64, u64)]| proportion_by_item(items.iter().copied());
        // One answer an item: Wilson's, 2 of 4.
        let once = found(&[(1, 1), (0, 1), (1, 1), (0, 1)]);
        assert_eq!((once.interval, once.n), (wilson(2, 4), 4));
        // Three of three or none of three: 100 items, as if each were asked once (but for n / (n - 1)).
        let items: Vec<(u64, u64)> = (0..100).map(|no| (3 * (no % 2), 3)).collect();
        let (thrice, one) = (found(&items), wilson(50, 100).unwrap());
        let i = thrice.interval.unwrap();
        assert!(thrice.value == Some(0.5) && thrice.n == 300);
        assert!(
            (i.low - one.low).abs() < 1e-3 && (i.high - one.high).abs() < 1e-3,
            "{i:?} {one:?}"
        );
        // All hits, and one item alone: as many as items.
        assert_eq!(found(&[(3, 3), (3, 3)]).interval, wilson(2, 2));
        let alone = found(&[(2, 4)]).interval.unwrap();
        assert!((alone.low - wilson_share(0.5, 1.0, Z).low).abs() < 1e-12);
        // Items that are all alike inside: as many as answers.
        assert_eq!(found(&[(1, 2); 10]).interval, wilson(10, 20));
        assert_eq!(found(&[]).value, None);
    }

    #[test]
    fn independent_repeats_count_as_they_are_and_bounds_stay_wide() {
        // Every item once each way: no item differs from another.
        let mut all = Vec::new();
        for item in 0..100 {
            for verdict in [Stereotyped, Counter, Abstains] {
                let facts = Facts {
                    item,
                    ..Facts::plain(Ambiguous)
                };
                all.push((facts, graded(verdict)));
            }
        }
        let mut plain = Counts::default();
        all.iter().for_each(|(f, g)| plain.add(f, *g));
        let name = |scores: Vec<Score>, name: &str| {
            let found = scores.into_iter().find(|s| s.name == name).unwrap();
            found.estimate.interval.unwrap()
        };
        let paper = Scorer::Paper;
        for metric in ["accuracy_ambiguous", "bias_ambiguous"] {
            let (held, independent) = (
                name(of(paper, &all), metric),
                name(paper.scores(&plain), metric),
            );
            assert!((held.low - independent.low).abs() < 1e-12, "never narrower");
        }
        // 20 items, each abstained from five times: Wilson's interval of 20 of 20.
        let always: Vec<_> = (0..100)
            .map(|no| {
                let facts = Facts {
                    item: no % 20,
                    ..Facts::plain(Ambiguous)
                };
                (facts, graded(Abstains))
            })
            .collect();
        let found = name(of(paper, &always), "accuracy_ambiguous");
        let expected = super::super::interval::wilson(20, 20).unwrap();
        assert!((found.low - expected.low).abs() < 1e-12, "{found:?}");
    }
}
