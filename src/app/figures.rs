//! How the numbers of the scoreboard are written: fixed widths, the same everywhere.
//!
//! Nothing answered yet is `–`; a number that the answers do not define is `undef`, never 0.

use crate::domain::{ContextKind, RoundNo};
use crate::stats::{Counts, Estimate};

use super::role::{Line, Role};
use super::transcript::Safe;
use super::view::Metric;

/// How much room a figure takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The number.
    Brief,
    /// Intervals for the biases.
    Usual,
    /// Intervals for all rates.
    Full,
}

/// Columns of a metric.
pub fn columns(metric: Metric, detail: Detail) -> usize {
    match (metric, detail) {
        (Metric::BiasAmbiguous | Metric::BiasDisambiguated, Detail::Brief) => 5,
        (Metric::BiasAmbiguous | Metric::BiasDisambiguated, _) => 16,
        (
            Metric::AccuracyAmbiguous
            | Metric::AccuracyDisambiguated
            | Metric::Abstention
            | Metric::Unparsed,
            Detail::Full,
        ) => 13,
        (Metric::AccuracyAmbiguous | Metric::AccuracyDisambiguated, _) => 6,
        (Metric::Abstention | Metric::Unparsed, _) => 5,
        (Metric::Changed | Metric::Corrected | Metric::Spoiled, Detail::Full) => 9,
        (Metric::Changed | Metric::Corrected | Metric::Spoiled, _) => 5,
        (Metric::Answers, _) => 9,
    }
}

/// A short heading.
pub fn heading(metric: Metric, detail: Detail) -> &'static str {
    match (metric, detail) {
        (Metric::BiasAmbiguous, Detail::Brief) => "s_AMB",
        (Metric::BiasAmbiguous, _) => "s_AMB [95%]",
        (Metric::BiasDisambiguated, Detail::Brief) => "s_DIS",
        (Metric::BiasDisambiguated, _) => "s_DIS [95%]",
        (Metric::AccuracyAmbiguous, _) => "accAMB",
        (Metric::AccuracyDisambiguated, _) => "accDIS",
        (Metric::Abstention, _) => "abst",
        (Metric::Unparsed, _) => "unp",
        (Metric::Changed, _) => "chg",
        (Metric::Corrected, _) => "w>r",
        (Metric::Spoiled, _) => "r>w",
        (Metric::Answers, _) => "n/plan",
    }
}

/// Whether a metric's interval stands beside it.
pub fn has_interval(metric: Metric, detail: Detail) -> bool {
    match metric {
        Metric::BiasAmbiguous | Metric::BiasDisambiguated => detail != Detail::Brief,
        Metric::AccuracyAmbiguous
        | Metric::AccuracyDisambiguated
        | Metric::Abstention
        | Metric::Unparsed => detail == Detail::Full,
        Metric::Changed | Metric::Corrected | Metric::Spoiled | Metric::Answers => false,
    }
}

/// What a metric is, in words.
pub fn about(metric: Metric) -> &'static str {
    match metric {
        Metric::BiasAmbiguous => "s_AMB: bias x100, ambiguous contexts",
        Metric::BiasDisambiguated => "s_DIS: bias x100, disambiguated contexts",
        Metric::AccuracyAmbiguous => "accuracy, ambiguous contexts",
        Metric::AccuracyDisambiguated => "accuracy, disambiguated contexts",
        Metric::Abstention => "answers that abstain",
        Metric::Unparsed => "answers that could not be read",
        Metric::Changed => "answers changed since the round before",
        Metric::Corrected => "wrong before, right now",
        Metric::Spoiled => "right before, wrong now",
        Metric::Answers => "answers, of planned",
    }
}

/// A metric of a cell, `columns` wide, right-aligned.
pub fn figure(
    metric: Metric,
    counts: &Counts,
    round: RoundNo,
    planned: u64,
    detail: Detail,
) -> Line {
    let wide = columns(metric, detail);
    let flips = counts.flips();
    let flip = |n: u64| match (round.0, detail) {
        (0, _) => none(wide),
        (_, Detail::Full) => right(
            vec![(Role::Number, format!("{n}/{}", flips.pairs).into())],
            wide,
        ),
        (_, Detail::Brief | Detail::Usual) => {
            right(vec![(Role::Number, format!("{n}").into())], wide)
        }
    };
    if counts.n() == 0 && metric != Metric::Answers {
        return none(wide);
    }
    match metric {
        Metric::BiasAmbiguous => bias(counts.bias_ambiguous(), wide, detail),
        Metric::BiasDisambiguated => bias(counts.bias_disambiguated(), wide, detail),
        Metric::AccuracyAmbiguous => rate(counts.accuracy(ContextKind::Ambiguous), wide, detail),
        Metric::AccuracyDisambiguated => {
            rate(counts.accuracy(ContextKind::Disambiguated), wide, detail)
        }
        Metric::Abstention => rate(counts.abstention(None), wide, detail),
        Metric::Unparsed => rate(counts.unparsed(), wide, detail),
        Metric::Changed => flip(flips.changed),
        Metric::Corrected => flip(flips.corrected),
        Metric::Spoiled => flip(flips.spoiled),
        Metric::Answers => right(
            vec![(Role::Number, format!("{}/{planned}", counts.n()).into())],
            wide,
        ),
    }
}

fn none(wide: usize) -> Line {
    right(vec![(Role::Muted, "–".into())], wide)
}

fn right(line: Line, wide: usize) -> Line {
    let used: usize = line.iter().map(|(_, t)| t.width()).sum();
    let mut padded = vec![(
        Role::Text,
        Safe::from(" ".repeat(wide.saturating_sub(used))),
    )];
    padded.extend(line);
    padded
}

fn bias(estimate: Estimate, wide: usize, detail: Detail) -> Line {
    let Some(value) = estimate.value else {
        return undefined(wide);
    };
    // Coloured only where zero is outside the interval.
    let role = match estimate.interval {
        Some(i) if i.low > 0.0 => Role::Stereotyped,
        Some(i) if i.high < 0.0 => Role::Counter,
        _ => Role::Number,
    };
    let mut line = vec![(role, signed(value).into())];
    if let (Some(i), true) = (estimate.interval, detail != Detail::Brief) {
        let interval = format!("[{},{}]", signed(i.low), signed(i.high));
        line.push((Role::Interval, format!(" {interval:>11}").into()));
    }
    right(line, wide)
}

fn rate(estimate: Estimate, wide: usize, detail: Detail) -> Line {
    let Some(value) = estimate.value else {
        return undefined(wide);
    };
    let percent = |x: f64| format!("{:.0}", x * 100.0);
    let mut line = vec![(Role::Number, format!("{}%", percent(value)).into())];
    if let (Some(i), Detail::Full) = (estimate.interval, detail) {
        let interval = format!("[{},{}]", percent(i.low), percent(i.high));
        line.push((Role::Interval, format!(" {interval:>8}").into()));
    }
    right(line, wide)
}

fn undefined(wide: usize) -> Line {
    right(vec![(Role::Undefined, "undef".into())], wide)
}

/// x100, with its sign, and a plain 0.
fn signed(value: f64) -> String {
    let rounded = (value * 100.0).round();
    if rounded == 0.0 {
        "0".to_owned()
    } else {
        format!("{rounded:+.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Verdict;
    use crate::stats::{Facts, Graded};

    fn text(line: &Line) -> String {
        line.iter().map(|(_, t)| t.as_str()).collect()
    }

    #[test]
    fn figures_keep_their_width_and_never_show_undefined_as_zero() {
        let mut counts = Counts::default();
        let details = [Detail::Brief, Detail::Usual, Detail::Full];
        for step in 0..40u64 {
            for metric in Metric::ALL {
                for detail in details {
                    let shown = figure(metric, &counts, RoundNo(1), 9999, detail);
                    let wide = columns(metric, detail);
                    assert_eq!(
                        text(&shown).chars().count(),
                        wide,
                        "{metric:?} {detail:?} {step}"
                    );
                }
            }
            let verdict = Verdict::ALL[(step % 3) as usize];
            let graded = Graded::of(verdict, Some(step % 3 == 2));
            counts.add(&Facts::plain(ContextKind::Ambiguous), graded);
        }
        let shown = figure(
            Metric::BiasDisambiguated,
            &counts,
            RoundNo(0),
            9,
            Detail::Usual,
        );
        assert_eq!(text(&shown).trim(), "undef");
        let shown = figure(Metric::Changed, &counts, RoundNo(0), 9, Detail::Usual);
        assert_eq!(text(&shown).trim(), "–");
    }
}
