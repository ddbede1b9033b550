//! Right and wrong over rounds as a two-state chain: u = P(wrong → right), d = P(right → wrong).
//! If they are the same in every round, accuracy goes to u / (u + d), and what is missing shrinks
//! by the factor 1 − u − d a round. (The same form as Acc_t = Upp − α^t (Upp − Acc_0) in work on
//! self-correction; here with intervals, and with the observed accuracy beside it.)

use std::collections::BTreeMap;

use crate::domain::{ConditionNo, ContextKind, RoundNo};

use super::bootstrap::Resampling;
use super::by_item::proportion_by_item;
use super::interval::Estimate;
use super::ledger::Ledger;

/// The chain fitted to one condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// u: right after wrong, among the wrong ones; intervals count items where these have several steps.
    pub corrects: Estimate,
    /// d: wrong after right, among the right ones.
    pub spoils: Estimate,
    /// u / (u + d), with an interval from a bootstrap over items; undefined where nothing flips.
    pub asymptote: Estimate,
    /// Accuracy by round as the chain has it, from the observed round 0.
    pub fitted: Vec<f64>,
}

impl Chain {
    /// Fits it to all steps between neighbouring rounds of a condition, in one kind of context, over
    /// answers that could be read in both. `None` where there are no such steps.
    pub fn fit(
        ledger: &Ledger,
        condition: ConditionNo,
        kind: ContextKind,
        category: Option<&str>,
        resampling: Resampling,
    ) -> Option<Chain> {
        let rounds = ledger.rounds(condition);
        // Per item: wrong → right, wrong → anything, right → wrong, right → anything.
        let mut steps: BTreeMap<u32, [f64; 4]> = BTreeMap::new();
        let (mut first_right, mut first) = (0u64, 0u64);
        for round in 0..rounds {
            let column = ledger.column(condition, RoundNo(round));
            for (no, facts, now) in column.answers(category) {
                let (Some(right), true) = (now.correct, facts.kind == kind) else {
                    continue;
                };
                if round == 0 {
                    first += 1;
                    first_right += u64::from(right);
                    continue;
                }
                let before = ledger.at(no, condition, RoundNo(round - 1));
                let Some(was_right) = before.and_then(|b| b.correct) else {
                    continue;
                };
                let side = if was_right { 2 } else { 0 };
                let item = steps.entry(facts.item).or_default();
                item[side] += f64::from(u8::from(was_right != right));
                item[side + 1] += 1.0;
            }
        }
        let steps: Vec<[f64; 4]> = steps.into_values().collect();
        if steps.is_empty() || first == 0 {
            return None;
        }
        let share = |i: usize| {
            let items = steps.iter().map(|s| (s[i] as u64, s[i + 1] as u64));
            proportion_by_item(items)
        };
        let (corrects, spoils) = (share(0), share(2));
        let limit = |s: &[f64; 4]| {
            // A side that nobody was on says nothing about its rate.
            let u = (s[1] > 0.0).then(|| s[0] / s[1])?;
            let d = (s[3] > 0.0).then(|| s[2] / s[3])?;
            (u + d > 0.0).then(|| u / (u + d))
        };
        let asymptote = resampling.estimate(&steps, limit);
        let begun = first_right as f64 / first as f64;
        let (u, d) = (corrects.value.unwrap_or(0.0), spoils.value.unwrap_or(0.0));
        let mut fitted = vec![begun];
        for _ in 1..rounds {
            let last = fitted[fitted.len() - 1];
            fitted.push(last + (1.0 - last) * u - last * d);
        }
        Some(Chain {
            corrects,
            spoils,
            asymptote,
            fitted,
        })
    }

    /// What is left of the distance to the asymptote after a round: 1 − u − d.
    pub fn rate(&self) -> Option<f64> {
        Some(1.0 - self.corrects.value? - self.spoils.value?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::ledger::Facts;
    use super::super::scoreboard::Graded;
    use super::*;
    use crate::domain::Verdict;

    /// Items as rows of rounds: `R` right, `w` wrong, `?` unparsed.
    fn ledger(rows: &[(&str, usize)]) -> Ledger {
        let facts = Facts::plain(ContextKind::Ambiguous);
        let mut ledger = Ledger::default();
        let mut no = 0;
        for (row, times) in rows {
            for _ in 0..*times {
                for (round, sign) in (0u16..).zip(row.chars()) {
                    let graded = match sign {
                        'R' => Graded::of(Verdict::Abstains, Some(true)),
                        'w' => Graded::of(Verdict::Stereotyped, Some(false)),
                        _ => Graded::of(Verdict::Unparsed, None),
                    };
                    let facts = Facts {
                        item: no as u32,
                        ..facts.clone()
                    };
                    ledger.enter(no, &facts, ConditionNo(0), RoundNo(round), graded);
                }
                no += 1;
            }
        }
        ledger
    }

    fn fit(ledger: &Ledger) -> Option<Chain> {
        let kind = ContextKind::Ambiguous;
        Chain::fit(ledger, ConditionNo(0), kind, None, Resampling::default())
    }

    #[test]
    fn a_hand_worked_table() {
        // 100 items: 60 wrong of which 30 become right, 40 right of which 10 become wrong.
        // u = 1/2, d = 1/4, asymptote 2/3, rate 1/4.
        let rows = [("wR", 30), ("ww", 30), ("Rw", 10), ("RR", 30), ("?R", 7)];
        let chain = fit(&ledger(&rows)).unwrap();
        assert_eq!(chain.corrects.value, Some(0.5));
        assert_eq!(chain.spoils.value, Some(0.25));
        assert!((chain.asymptote.value.unwrap() - 2.0 / 3.0).abs() < 1e-12);
        assert!((chain.rate().unwrap() - 0.25).abs() < 1e-12);
        assert!((chain.fitted[0] - 0.4).abs() < 1e-12);
        assert!((chain.fitted[1] - 0.6).abs() < 1e-12, "{:?}", chain.fitted);
        let i = chain.asymptote.interval.unwrap();
        assert!(
            i.low > 0.5 && i.low < 0.62 && i.high > 0.7 && i.high < 0.85,
            "{i:?}"
        );
    }

    #[test]
    fn steps_of_one_item_are_not_independent() {
        use super::super::interval::{wilson, wilson_share};
        // Three steps each, all or none of them to the right: wwww and (once asked in threes) wR.
        let mut ledger = Ledger::default();
        let facts = Facts::plain(ContextKind::Ambiguous);
        let grade = |right: bool| Graded::of(Verdict::Abstains, Some(right));
        for row in 0..300usize {
            let item = row as u32 / 3;
            let facts = Facts {
                item,
                ..facts.clone()
            };
            ledger.enter(row, &facts, ConditionNo(0), RoundNo(0), grade(false));
            ledger.enter(
                row,
                &facts,
                ConditionNo(0),
                RoundNo(1),
                grade(item.is_multiple_of(4)),
            );
        }
        let chain = fit(&ledger).unwrap();
        assert_eq!((chain.corrects.value, chain.corrects.n), (Some(0.25), 300));
        // Items are worth one step each: jackknife 3 · 100 / 99 times the variance, held at 3.
        let (seen, once) = (chain.corrects.interval.unwrap(), wilson(25, 100).unwrap());
        let held = wilson_share(0.25, 100.0, super::super::interval::Z);
        assert!((seen.low - held.low).abs() < 1e-12 && (seen.high - once.high).abs() < 1e-12);
        assert_eq!(chain.spoils.value, None);
    }

    #[test]
    fn what_never_flips_has_no_asymptote() {
        let chain = fit(&ledger(&[("www", 5), ("RRR", 5)])).unwrap();
        assert_eq!(chain.asymptote.value, None);
        assert_eq!(chain.rate(), Some(1.0));
        assert_eq!(chain.fitted, [0.5, 0.5, 0.5]);
        assert_eq!(fit(&ledger(&[("R", 3)])), None);
        assert_eq!(fit(&Ledger::default()), None);
        // All right, always: nothing is known about what wrong ones would do.
        let chain = fit(&ledger(&[("RR", 5)])).unwrap();
        assert_eq!((chain.corrects.value, chain.asymptote.value), (None, None));
    }
}
