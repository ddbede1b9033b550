//! The benchmarks' own measures before and after, over what both have answers to: occupations,
//! students, beginnings of texts. What is resampled is one of these, with all its answers.

use std::collections::HashMap;

use super::super::bootstrap::Resampling;
use super::super::interval::Estimate;
use super::super::measures::Reading;
use super::super::pearson::pearson;
use super::super::swap::swap_p;
use super::{Compared, Quantity, Test, mean_step, resampled};

/// Those measures that both readings bear on.
pub(super) fn compared(before: &Reading, after: &Reading, resampling: Resampling) -> Vec<Compared> {
    let mut all = Vec::new();
    let later: HashMap<&str, f64> = after
        .pronouns
        .by_occupation()
        .map(|(name, _, p)| (name, p))
        .collect();
    let known = before.pronouns.by_occupation();
    let rows: Vec<[f64; 3]> = known
        .filter_map(|(name, share, p)| Some([share?, p, *later.get(name)?]))
        .collect();
    if !rows.is_empty() {
        all.push(correlations(&rows, resampling));
    }
    let (first, second) = (&before.admissions, &after.admissions);
    let pairs = both(first.by_student(), second.by_student());
    all.extend(means(Quantity::AdmissionGap, &pairs, resampling));
    let (first, second) = (&before.toxicity, &after.toxicity);
    let pairs = both(first.by_item(), second.by_item());
    all.extend(means(Quantity::Toxicity, &pairs, resampling));
    all
}

/// What has a value both times.
fn both<'a>(
    before: impl Iterator<Item = (&'a str, f64)>,
    after: impl Iterator<Item = (&'a str, f64)>,
) -> Vec<(f64, f64)> {
    let after: HashMap<&str, f64> = after.collect();
    before
        .filter_map(|(name, value)| Some((value, *after.get(name)?)))
        .collect()
}

/// How many rose and fell.
fn moved(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> (u64, u64) {
    let rose = pairs.clone().filter(|(b, a)| a > b).count();
    let fell = pairs.filter(|(b, a)| a < b).count();
    (rose as u64, fell as u64)
}

fn means(measure: Quantity, pairs: &[(f64, f64)], resampling: Resampling) -> Option<Compared> {
    if pairs.is_empty() {
        return None;
    }
    let n = pairs.len() as f64;
    let (before, after) = pairs
        .iter()
        .fold((0.0, 0.0), |(b, a), pair| (b + pair.0, a + pair.1));
    let rows: Vec<[f64; 2]> = pairs.iter().map(|(b, a)| [a - b, 1.0]).collect();
    let moved = moved(pairs.iter().copied());
    let spread = (moved != (0, 0))
        .then(|| resampling.spread_of_sums(&rows, |s| Some(s[0] / s[1])))
        .flatten();
    let sides = (Some(before / n), Some(after / n));
    let value = match moved {
        (0, 0) => 0.0,
        _ => (after - before) / n,
    };
    let unsure = found(measure, sides, (Some(value), pairs.len()), moved);
    let swapped = || swap_p(&rows, |r| [-r[0], r[1]], mean_step);
    Some(resampled(unsure, spread, rows.len(), swapped))
}

/// Rows: share of women, P(female) before, after.
fn correlations(rows: &[[f64; 3]], resampling: Resampling) -> Compared {
    let of = |drawn: &[[f64; 3]], side: usize| {
        let pairs: Vec<(f64, f64)> = drawn.iter().map(|row| (row[0], row[side])).collect();
        pearson(&pairs).value
    };
    let difference = |drawn: &[[f64; 3]]| Some(of(drawn, 2)? - of(drawn, 1)?);
    let moved = moved(rows.iter().map(|row| (row[1], row[2])));
    let value = difference(rows);
    let spread = (value.is_some() && moved != (0, 0))
        .then(|| {
            resampling.spread(rows.len(), |drawn| {
                let drawn: Vec<[f64; 3]> = drawn.map(|at| rows[at]).collect();
                difference(&drawn)
            })
        })
        .flatten();
    let sides = (of(rows, 1), of(rows, 2));
    let unsure = found(Quantity::PearsonFemale, sides, (value, rows.len()), moved);
    let swapped = || swap_p(rows, |r| [r[0], r[2], r[1]], difference);
    resampled(unsure, spread, rows.len(), swapped)
}

fn found(
    measure: Quantity,
    (before, after): (Option<f64>, Option<f64>),
    (value, n): (Option<f64>, usize),
    moved: (u64, u64),
) -> Compared {
    Compared {
        measure,
        before,
        after,
        difference: Estimate {
            value,
            interval: None,
            n: n as u64,
        },
        answers: n as u64,
        moved,
        p: None,
        p_exact: None,
        test: Test::Bootstrap,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::measures::Observation;
    use super::*;
    use crate::domain::Race;

    fn one(before: &Reading, after: &Reading, measure: Quantity) -> Compared {
        let all = compared(before, after, Resampling::default());
        assert_eq!(all.len(), 1, "only what there is");
        assert_eq!(all[0].measure, measure);
        all[0]
    }

    #[test]
    fn gaps_are_compared_over_the_students_that_both_have() {
        let reading = |shift: f64, students: std::ops::Range<u32>| {
            let mut reading = Reading::default();
            for no in students {
                let student = no.to_string();
                // Students differ widely; every gap moves by the shift, half of them by 0.02 more.
                let yes = 0.3 + 0.01 * f64::from(no % 30);
                let own = if no % 2 == 0 {
                    0.0
                } else {
                    -0.02 * f64::from(u8::from(shift != 0.0))
                };
                for (race, yes) in [(Race::Black, yes + shift + own), (Race::White, 0.5)] {
                    let student = &student;
                    reading.add(Observation::Admission { student, race, yes });
                }
            }
            reading
        };
        let (before, after) = (reading(0.0, 0..100), reading(-0.1, 20..140));
        let gap = one(&before, &after, Quantity::AdmissionGap);
        assert_eq!((gap.difference.n, gap.moved), (80, (0, 80)));
        assert!(
            (gap.difference.value.unwrap() + 0.11).abs() < 1e-12,
            "{gap:?}"
        );
        // 80 steps of -0.10 or -0.12: standard error 0.01/sqrt 80.
        let i = gap.difference.interval.unwrap();
        assert!(i.high - i.low < 2.2 * 1.96 * 0.01 / 80f64.sqrt(), "{i:?}");
        assert!(gap.p.unwrap() < 1e-6);
        let same = one(&before, &before, Quantity::AdmissionGap);
        assert_eq!((same.difference.value, same.p), (Some(0.0), Some(1.0)));
        assert_eq!(same.difference.interval, None, "no change is no certainty");
    }

    #[test]
    fn correlations_are_compared_over_occupations() {
        let reading = |slope: f64| {
            let mut reading = Reading::default();
            for no in 0..60u32 {
                let percent = f64::from(no) * 100.0 / 60.0;
                let noise = f64::from(no * 37 % 11) / 20.0;
                let female = slope * percent / 100.0 + noise;
                reading.add(Observation::Pronoun {
                    occupation: &no.to_string(),
                    bls_percent_female: Some(percent),
                    bergsma_percent_female: None,
                    female,
                    neutral: 0.0,
                });
            }
            reading
        };
        let (steep, flat) = (reading(0.8), reading(0.0));
        let change = one(&steep, &flat, Quantity::PearsonFemale);
        assert_eq!(change.before, steep.pronouns.pearson_female().value);
        assert_eq!(change.after, flat.pronouns.pearson_female().value);
        let value = change.after.unwrap() - change.before.unwrap();
        assert_eq!(change.difference.value, Some(value));
        let i = change.difference.interval.unwrap();
        assert!(i.low < value && value < i.high && i.high < 0.0, "{i:?}");
        assert!(change.p.unwrap() < 0.001);
        let mut silent = Reading::default();
        for no in 0..60u32 {
            silent.add(Observation::Pronoun {
                occupation: &no.to_string(),
                bls_percent_female: Some(f64::from(no)),
                bergsma_percent_female: None,
                female: 0.0,
                neutral: 1.0,
            });
        }
        let none = one(&steep, &silent, Quantity::PearsonFemale);
        assert_eq!((none.difference.value, none.p), (None, None));
    }

    #[test]
    fn toxicity_is_compared_over_beginnings() {
        let reading = |scores: &[(&str, f64)]| {
            let mut reading = Reading::default();
            for (item, toxicity) in scores {
                let toxicity = *toxicity;
                reading.add(Observation::Text { item, toxicity });
            }
            reading
        };
        let before = reading(&[("a", 0.8), ("a", 0.4), ("b", 0.2), ("c", 0.1)]);
        let after = reading(&[("a", 0.3), ("b", 0.3), ("d", 0.9)]);
        let toxicity = one(&before, &after, Quantity::Toxicity);
        assert_eq!(toxicity.difference.n, 2);
        assert!((toxicity.before.unwrap() - 0.4).abs() < 1e-12);
        assert!((toxicity.difference.value.unwrap() + 0.1).abs() < 1e-12);
        assert_eq!(toxicity.moved, (1, 1));
        // Two texts: of four ways two are farther, two as far.
        assert_eq!((toxicity.p, toxicity.test), (Some(0.75), Test::Swap));
    }
}
