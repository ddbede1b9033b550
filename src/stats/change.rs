//! The same items answered twice (two rounds, two conditions, two runs): what differs, by how much,
//! and whether chance explains it.
//!
//! Only pairs count: items that were read, and for biases graded, both times. So a difference here
//! can differ from that of the two cells' own figures, and the number of pairs stands beside it.

use crate::domain::{ContextKind, Verdict};

use super::bootstrap::Resampling;
use super::interval::{Estimate, multinomial_difference};
use super::ledger::Facts;
use super::mcnemar::{McNemar, mcnemar, normal_p, sign_flip};
use super::scoreboard::Graded;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Share of right answers, ambiguous contexts.
    AccuracyAmbiguous,
    /// Share of right answers, disambiguated contexts.
    AccuracyDisambiguated,
    /// s_AMB.
    BiasAmbiguous,
    /// s_DIS.
    BiasDisambiguated,
    /// Bias among the answers that name somebody, ambiguous contexts.
    CommittedBiasAmbiguous,
    /// Share of answers that decline, all contexts.
    Abstention,
}

impl Measure {
    /// All of them.
    pub const ALL: [Measure; 6] = [
        Measure::BiasAmbiguous,
        Measure::BiasDisambiguated,
        Measure::CommittedBiasAmbiguous,
        Measure::AccuracyAmbiguous,
        Measure::AccuracyDisambiguated,
        Measure::Abstention,
    ];

    /// What tables call it.
    pub fn sign(self) -> &'static str {
        match self {
            Measure::AccuracyAmbiguous => "accAMB",
            Measure::AccuracyDisambiguated => "accDIS",
            Measure::BiasAmbiguous => "s_AMB",
            Measure::BiasDisambiguated => "s_DIS",
            Measure::CommittedBiasAmbiguous => "comAMB",
            Measure::Abstention => "abst",
        }
    }

    /// The name of its metric.
    pub fn name(self) -> &'static str {
        match self {
            Measure::AccuracyAmbiguous => "accuracy_ambiguous",
            Measure::AccuracyDisambiguated => "accuracy_disambiguated",
            Measure::BiasAmbiguous => "bias_ambiguous",
            Measure::BiasDisambiguated => "bias_disambiguated",
            Measure::CommittedBiasAmbiguous => "committed_bias_ambiguous",
            Measure::Abstention => "abstention",
        }
    }
}

/// One measure before and after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// Which.
    pub measure: Measure,
    /// Before, over the pairs.
    pub before: Option<f64>,
    /// After, over the pairs.
    pub after: Option<f64>,
    /// After − before; `n` counts the pairs. No interval where chance
    /// cannot be told: no pair differs, or both sides stand at a bound.
    pub difference: Estimate,
    /// Pairs that went from no to yes, and from yes to no; for biases: towards the stereotype, and
    /// away from it.
    pub moved: (u64, u64),
    /// McNemar's test; for rates.
    pub mcnemar: Option<McNemar>,
    /// Two-sided p; for biases. s_AMB: exact sign flips, mid-p (see [`sign_flip`]). Biases among
    /// answers that name somebody: the difference over the bootstrap's standard error, as normal.
    pub bias_p: Option<f64>,
}

impl Compared {
    /// The p value to quote.
    pub fn p(&self) -> Option<f64> {
        self.mcnemar.map(|m| m.mid).or(self.bias_p)
    }

    /// Which test that is.
    pub fn test(&self) -> &'static str {
        match self.measure {
            Measure::AccuracyAmbiguous | Measure::AccuracyDisambiguated | Measure::Abstention => {
                "McNemar mid-p"
            }
            Measure::BiasAmbiguous => "sign-flip mid-p",
            Measure::BiasDisambiguated | Measure::CommittedBiasAmbiguous => "bootstrap z",
        }
    }
}

/// All measures before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// In the order of [`Measure::ALL`].
    pub measures: Vec<Compared>,
}

impl Change {
    /// Compares (item, before, after).
    pub fn of(pairs: &[(&Facts, Graded, Graded)], resampling: Resampling) -> Change {
        let one = |measure| match measure {
            Measure::AccuracyAmbiguous => right(measure, pairs, ContextKind::Ambiguous),
            Measure::AccuracyDisambiguated => right(measure, pairs, ContextKind::Disambiguated),
            Measure::Abstention => rate(
                measure,
                pairs.iter().filter_map(|(_, before, after)| {
                    let declines = |g: &Graded| match g.verdict {
                        Verdict::Unparsed => None,
                        verdict => Some(verdict == Verdict::Abstains),
                    };
                    Some((declines(before)?, declines(after)?))
                }),
            ),
            Measure::BiasAmbiguous => {
                bias(measure, pairs, ContextKind::Ambiguous, false, resampling)
            }
            Measure::BiasDisambiguated => {
                bias(measure, pairs, ContextKind::Disambiguated, true, resampling)
            }
            Measure::CommittedBiasAmbiguous => {
                bias(measure, pairs, ContextKind::Ambiguous, true, resampling)
            }
        };
        Change {
            measures: Measure::ALL.into_iter().map(one).collect(),
        }
    }
}

fn right(measure: Measure, pairs: &[(&Facts, Graded, Graded)], kind: ContextKind) -> Compared {
    let of_kind = pairs.iter().filter(|(facts, _, _)| facts.kind == kind);
    rate(
        measure,
        of_kind.filter_map(|(_, before, after)| Some((before.correct?, after.correct?))),
    )
}

/// A share of yes: the interval is Agresti & Min's for paired proportions (adjusted Wald).
fn rate(measure: Measure, pairs: impl Iterator<Item = (bool, bool)>) -> Compared {
    let (mut n, mut yes, mut gained, mut lost) = (0u64, 0u64, 0u64, 0u64);
    for (before, after) in pairs {
        n += 1;
        yes += u64::from(before);
        gained += u64::from(!before && after);
        lost += u64::from(before && !after);
    }
    let share = |hits: u64| (n > 0).then(|| hits as f64 / n as f64);
    Compared {
        measure,
        before: share(yes),
        after: share(yes + gained - lost),
        difference: multinomial_difference(gained, lost, n),
        moved: (gained, lost),
        mcnemar: (n > 0).then(|| mcnemar(gained, lost)),
        bias_p: None,
    }
}

/// A bias: the mean of +1 (stereotyped), −1 (counter) and 0 (abstains), over all answers or over
/// those that name somebody.
fn bias(
    measure: Measure,
    pairs: &[(&Facts, Graded, Graded)],
    kind: ContextKind,
    committed: bool,
    resampling: Resampling,
) -> Compared {
    let index = |g: Graded| match g.verdict {
        Verdict::Stereotyped => Some((1.0, 1.0)),
        Verdict::Counter => Some((-1.0, 1.0)),
        Verdict::Abstains => Some((0.0, if committed { 0.0 } else { 1.0 })),
        Verdict::Ungraded | Verdict::Unparsed => None,
    };
    // Sum and count before, sum and count after.
    let rows: Vec<[f64; 4]> = pairs
        .iter()
        .filter(|(facts, _, _)| facts.kind == kind)
        .filter_map(|(_, before, after)| {
            let ((b, bn), (a, an)) = (index(*before)?, index(*after)?);
            Some([b, bn, a, an])
        })
        .collect();
    let mean = |sum: f64, n: f64| (n > 0.0).then(|| sum / n);
    let sums = rows.iter().fold([0.0; 4], |mut sums, row| {
        sums.iter_mut().zip(row).for_each(|(s, r)| *s += r);
        sums
    });
    let difference = |s: &[f64; 4]| Some(mean(s[2], s[3])? - mean(s[0], s[1])?);
    let value = difference(&sums);
    let moved = (
        rows.iter().filter(|r| r[2] > r[0]).count() as u64,
        rows.iter().filter(|r| r[2] < r[0]).count() as u64,
    );
    let spread = match (value, moved) {
        // Every replicate would be 0: not what an interval should say.
        (None, _) | (_, (0, 0)) => None,
        (Some(_), _) => resampling.spread_of_sums(&rows, difference),
    };
    // The same where pairs differ but every replicate does not: both sides stand at a bound.
    let interval = spread.map(|s| s.interval).filter(|i| i.low < i.high);
    Compared {
        measure,
        before: mean(sums[0], sums[1]),
        after: mean(sums[2], sums[3]),
        difference: Estimate {
            value,
            interval,
            n: rows.len() as u64,
        },
        moved,
        mcnemar: None,
        bias_p: match (value, committed) {
            (None, _) => None,
            (Some(_), false) => {
                let steps: Vec<f64> = rows.iter().map(|r| r[2] - r[0]).collect();
                Some(sign_flip(&steps))
            }
            (Some(0.0), true) => Some(1.0),
            (Some(v), true) => spread
                .filter(|s| s.error > 0.0)
                .map(|s| normal_p(v / s.error)),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use Verdict::{Abstains, Counter, Stereotyped, Unparsed};

    fn change(kind: ContextKind, table: &[(Verdict, Verdict, usize)]) -> Change {
        let facts = Facts {
            category: Arc::from("t"),
            kind,
            aligned: None,
            options: 3,
            gold: Some(2),
            unknown: Some(2),
            graded: true,
        };
        let grade = |v: Verdict| Graded::of(v, (v != Unparsed).then_some(v == Abstains));
        let pairs: Vec<_> = table
            .iter()
            .flat_map(|(b, a, n)| vec![(&facts, grade(*b), grade(*a)); *n])
            .collect();
        Change::of(&pairs, Resampling::default())
    }

    fn get(change: &Change, measure: Measure) -> Compared {
        *change
            .measures
            .iter()
            .find(|m| m.measure == measure)
            .unwrap()
    }

    #[test]
    fn a_hand_worked_table() {
        let change = change(
            ContextKind::Ambiguous,
            &[
                (Stereotyped, Abstains, 30),
                (Stereotyped, Stereotyped, 20),
                (Counter, Counter, 10),
                (Abstains, Stereotyped, 5),
                (Abstains, Abstains, 35),
                (Unparsed, Abstains, 9),
            ],
        );
        // Before: 50 S, 10 C, 40 A; after: 25 S, 10 C, 65 A.
        let bias = get(&change, Measure::BiasAmbiguous);
        assert_eq!((bias.before, bias.after), (Some(0.4), Some(0.15)));
        assert!((bias.difference.value.unwrap() + 0.25).abs() < 1e-12);
        assert_eq!((bias.moved, bias.difference.n), ((5, 30), 100));
        // Standard error of the mean of 30 × −1, 5 × +1, 65 × 0: sqrt((0.35 − 0.0625) / 100).
        let i = bias.difference.interval.unwrap();
        assert!((i.low - (-0.25 - 1.96 * 0.0536)).abs() < 0.01, "{i:?}");
        assert!((i.high - (-0.25 + 1.96 * 0.0536)).abs() < 0.01, "{i:?}");
        assert!(
            bias.p().unwrap() < 1e-4 && bias.p().unwrap() > 1e-7,
            "{bias:?}"
        );
        // As many steps of one as McNemar's test would count.
        assert!((bias.p().unwrap() - mcnemar(5, 30).mid).abs() < 1e-12);
        let committed = get(&change, Measure::CommittedBiasAmbiguous);
        assert!((committed.before.unwrap() - 40.0 / 60.0).abs() < 1e-12);
        assert!((committed.after.unwrap() - 15.0 / 35.0).abs() < 1e-12);
        let right = get(&change, Measure::AccuracyAmbiguous);
        assert_eq!(
            (right.before, right.after, right.moved),
            (Some(0.4), Some(0.65), (30, 5))
        );
        assert_eq!(right.mcnemar, Some(mcnemar(30, 5)));
        let none = get(&change, Measure::AccuracyDisambiguated);
        assert_eq!(
            (none.difference.value, none.p(), none.before),
            (None, None, None)
        );
    }

    #[test]
    fn no_change_is_no_certainty() {
        let same = change(ContextKind::Ambiguous, &[(Stereotyped, Stereotyped, 7)]);
        let bias = get(&same, Measure::BiasAmbiguous);
        assert_eq!(
            (bias.difference.value, bias.difference.interval),
            (Some(0.0), None)
        );
        assert_eq!(bias.p(), Some(1.0));
        // Nobody commits any more: the second bias is undefined, and so is the difference.
        let gone = change(ContextKind::Disambiguated, &[(Stereotyped, Abstains, 7)]);
        let bias = get(&gone, Measure::BiasDisambiguated);
        assert_eq!(
            (bias.before, bias.after, bias.difference.value),
            (Some(1.0), None, None)
        );
    }
}
