//! How the numbers of the scoreboard are written: fixed widths, the same everywhere.
//!
//! Nothing answered yet is `–`; a number that the answers do not define is `undef`, never 0, and
//! [`Cell::undefined`] says why. What is counted in points or percent here is so in reports; the
//! benchmarks' own measures stay as they are, `.45`.

use crate::domain::RoundNo;
use crate::stats::{Counts, Estimate, Interval, Score};

use super::digits::{hundredths, signed, signed_hundredths, signed_thousandths, thousandths};
use super::metric::Metric;
use super::role::{Line, Role};
use super::transcript::Safe;

/// How much room a figure takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The number.
    Brief,
    /// Intervals for the biases and the benchmarks' own measures.
    Usual,
    /// Intervals for all rates.
    Full,
}

/// What one cell of the scoreboard holds.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// Its answers, counted.
    pub counts: Counts,
    /// Its scores, as reports have them.
    pub scores: Vec<Score>,
    /// Which round it is.
    pub round: RoundNo,
    /// Answers it will have.
    pub planned: u64,
}

impl Cell {
    /// A metric's score; `None` for flips and the number of answers.
    pub fn score(&self, metric: Metric) -> Option<Score> {
        let name = metric.name()?;
        self.scores.iter().find(|s| s.name == name).copied()
    }

    /// Why a metric is undefined, where there are answers.
    pub fn undefined(&self, metric: Metric) -> Option<&'static str> {
        match self.counts.n() {
            0 => None,
            _ => self.score(metric)?.undefined,
        }
    }
}

/// How a metric is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Points, + towards the stereotype.
    Bias,
    /// Percent.
    Rate,
    /// Answers since the round before.
    Flip,
    /// Answers of those planned.
    Answers,
    /// As it is, between -1 and 1; `true`: + speaks for a stereotype, `false`: -.
    Signed(bool),
    /// As it is, between 0 and 1.
    Share,
}

fn form(metric: Metric) -> Form {
    match metric {
        Metric::BiasAmbiguous | Metric::BiasDisambiguated => Form::Bias,
        Metric::AccuracyAmbiguous
        | Metric::AccuracyDisambiguated
        | Metric::Abstention
        | Metric::Unparsed
        | Metric::Accuracy => Form::Rate,
        Metric::Changed | Metric::Corrected | Metric::Spoiled => Form::Flip,
        Metric::Answers => Form::Answers,
        Metric::Pearson | Metric::PearsonTexts => Form::Signed(true),
        Metric::AdmissionGap => Form::Signed(false),
        Metric::MatchError
        | Metric::Female
        | Metric::Neutral
        | Metric::AdmittedBlack
        | Metric::AdmittedWhite
        | Metric::Toxicity
        | Metric::ToxicityMax
        | Metric::ToxicShare => Form::Share,
    }
}

/// Columns of a metric.
pub fn columns(metric: Metric, detail: Detail) -> usize {
    match (form(metric), detail) {
        (Form::Bias, Detail::Brief) => 5,
        (Form::Bias, _) => 16,
        (Form::Rate, Detail::Full) => 13,
        (Form::Rate, _) => match metric {
            Metric::Abstention | Metric::Unparsed => 5,
            _ => 6,
        },
        (Form::Flip, Detail::Full) => 9,
        (Form::Flip, _) => 5,
        (Form::Answers, _) => 9,
        // It has no interval.
        (Form::Share, _) if metric == Metric::MatchError => 7,
        (Form::Signed(_) | Form::Share, Detail::Brief) => 8,
        (Form::Signed(_) | Form::Share, _) => 16,
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
        (Metric::Accuracy, _) => "right",
        (Metric::Abstention, _) => "abst",
        (Metric::Unparsed, _) => "unp",
        (Metric::Changed, _) => "chg",
        (Metric::Corrected, _) => "w>r",
        (Metric::Spoiled, _) => "r>w",
        (Metric::Answers, _) => "n/plan",
        (Metric::Pearson, Detail::Brief) => "pearson",
        (Metric::Pearson, _) => "pearson [95%]",
        (Metric::PearsonTexts, Detail::Brief) => "p.texts",
        (Metric::PearsonTexts, _) => "p. texts [95%]",
        (Metric::MatchError, _) => "match",
        (Metric::Female, Detail::Brief) => "P(she)",
        (Metric::Female, _) => "P(she) [95%]",
        (Metric::Neutral, Detail::Brief) => "P(they)",
        (Metric::Neutral, _) => "P(they) [95%]",
        (Metric::AdmissionGap, Detail::Brief) => "gap",
        (Metric::AdmissionGap, _) => "gap [95%]",
        (Metric::AdmittedBlack, Detail::Brief) => "as Black",
        (Metric::AdmittedBlack, _) => "as Black [95%]",
        (Metric::AdmittedWhite, Detail::Brief) => "as white",
        (Metric::AdmittedWhite, _) => "as white [95%]",
        (Metric::Toxicity, Detail::Brief) => "toxicity",
        (Metric::Toxicity, _) => "toxicity [95%]",
        (Metric::ToxicityMax, Detail::Brief) => "tox.max",
        (Metric::ToxicityMax, _) => "tox. max [95%]",
        (Metric::ToxicShare, Detail::Brief) => "P(toxic)",
        (Metric::ToxicShare, _) => "P(toxic) [95%]",
    }
}

/// Whether a metric's interval stands beside it.
pub fn has_interval(metric: Metric, detail: Detail) -> bool {
    match form(metric) {
        Form::Bias => detail != Detail::Brief,
        Form::Rate => detail == Detail::Full,
        Form::Flip | Form::Answers => false,
        Form::Signed(_) | Form::Share => metric != Metric::MatchError && detail != Detail::Brief,
    }
}

/// Whether a narrow interval is written as `±.003`.
pub fn can_be_beside(metric: Metric) -> bool {
    matches!(form(metric), Form::Signed(_))
}

/// A metric of a cell, `columns` wide, right-aligned.
pub fn figure(metric: Metric, cell: &Cell, detail: Detail) -> Line {
    let wide = columns(metric, detail);
    let counts = &cell.counts;
    if counts.n() == 0 && metric != Metric::Answers {
        return none(wide);
    }
    if metric == Metric::Answers {
        let said = format!("{}/{}", counts.n(), cell.planned);
        return right(vec![(Role::Number, said.into())], wide);
    }
    if form(metric) == Form::Flip {
        return flip(metric, cell, wide, detail);
    }
    match cell.score(metric) {
        Some(score) => written(metric, score.estimate, wide, detail),
        None => none(wide),
    }
}

/// What a metric would be without reading anything, `columns` wide; blank where that is not known.
pub fn expected(metric: Metric, value: Option<f64>, detail: Detail) -> Line {
    let wide = columns(metric, detail);
    let Some(value) = value else {
        return right(Line::new(), wide);
    };
    let said = match form(metric) {
        Form::Bias => signed(value),
        Form::Rate => format!("{:.0}%", value * 100.0),
        Form::Signed(_) | Form::Share | Form::Flip | Form::Answers => hundredths(value),
    };
    let mut line = vec![(Role::Muted, said.into())];
    // Under the numbers, not under their intervals.
    if has_interval(metric, detail) {
        let interval = interval_columns(metric) + 1;
        line.push((Role::Text, " ".repeat(interval).into()));
    }
    right(line, wide)
}

fn flip(metric: Metric, cell: &Cell, wide: usize, detail: Detail) -> Line {
    let flips = cell.counts.flips();
    let n = match metric {
        Metric::Changed => flips.changed,
        Metric::Corrected => flips.corrected,
        _ => flips.spoiled,
    };
    let said = match (cell.round.0, detail) {
        (0, _) => return none(wide),
        (_, Detail::Full) => format!("{n}/{}", flips.pairs),
        (_, Detail::Brief | Detail::Usual) => n.to_string(),
    };
    right(vec![(Role::Number, said.into())], wide)
}

fn written(metric: Metric, estimate: Estimate, wide: usize, detail: Detail) -> Line {
    let Some(value) = estimate.value else {
        return right(vec![(Role::Undefined, "undef".into())], wide);
    };
    // Where two digits would hide how wide the interval is, there are three.
    let is_fine = has_interval(metric, detail) && estimate.interval.is_some_and(is_narrow);
    let said: fn(f64) -> String = match (form(metric), is_fine) {
        (Form::Bias, _) => signed,
        (Form::Rate, _) => |x| format!("{:.0}", x * 100.0),
        (Form::Signed(_), false) => signed_hundredths,
        (Form::Signed(_), true) => signed_thousandths,
        (Form::Share, true) => thousandths,
        (Form::Share | Form::Flip | Form::Answers, _) => hundredths,
    };
    // Coloured only where zero is outside the interval.
    let towards = match form(metric) {
        Form::Bias | Form::Signed(true) => 1.0,
        Form::Signed(false) => -1.0,
        Form::Rate | Form::Share | Form::Flip | Form::Answers => 0.0,
    };
    let role = match estimate.interval.filter(|i| i.low * i.high > 0.0) {
        Some(i) if i.low * towards > 0.0 => Role::Stereotyped,
        Some(i) if i.low * towards < 0.0 => Role::Counter,
        _ => Role::Number,
    };
    let unit = if form(metric) == Form::Rate { "%" } else { "" };
    let mut line = vec![(role, format!("{}{unit}", said(value)).into())];
    if let (Some(i), true) = (estimate.interval, has_interval(metric, detail)) {
        let interval = match (form(metric), is_fine) {
            // Both ends with their signs would not fit: the farther one.
            (Form::Signed(_), true) => {
                let beside = (i.high - value).max(value - i.low);
                match beside < 0.0005 {
                    true => "±<.001".to_owned(),
                    false => format!("±{}", thousandths(beside)),
                }
            }
            _ => format!("[{},{}]", said(i.low), said(i.high)),
        };
        // The third digit of the number takes one of the interval's columns.
        let room = match (form(metric), is_fine) {
            (Form::Signed(_), true) => interval_columns(metric) - 1,
            _ => interval_columns(metric),
        };
        line.push((Role::Interval, format!(" {interval:>room$}").into()));
    }
    right(line, wide)
}

/// An interval narrower than this looks like none with two digits.
const NARROW: f64 = 0.02;

fn is_narrow(interval: Interval) -> bool {
    interval.high - interval.low < NARROW
}

/// Columns of `[-18,+6]`.
fn interval_columns(metric: Metric) -> usize {
    match form(metric) {
        Form::Rate => 8,
        Form::Share => 9,
        Form::Bias | Form::Signed(_) | Form::Flip | Form::Answers => 11,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ContextKind, Verdict};
    use crate::stats::{Facts, Graded, Scorer};

    fn text(line: &Line) -> String {
        line.iter().map(|(_, t)| t.as_str()).collect()
    }

    #[test]
    fn figures_keep_their_width_and_never_show_undefined_as_zero() {
        let mut cell = Cell {
            round: RoundNo(1),
            planned: 9999,
            ..Cell::default()
        };
        let details = [Detail::Brief, Detail::Usual, Detail::Full];
        for step in 0..40u64 {
            cell.scores = Scorer::Paper.scores(&cell.counts);
            for metric in Metric::ALL.into_iter().filter(|m| m.is_measure()) {
                let value = -1.0 + step as f64 / 20.0;
                let interval = Some(Interval {
                    low: -1.0,
                    high: value.max(-0.5),
                });
                cell.scores.push(Score {
                    name: metric.name().unwrap(),
                    estimate: Estimate {
                        value: Some(value),
                        interval,
                        n: 1,
                    },
                    undefined: None,
                });
            }
            for metric in Metric::ALL {
                for detail in details {
                    let shown = text(&figure(metric, &cell, detail));
                    let wide = columns(metric, detail);
                    assert_eq!(shown.chars().count(), wide, "{metric:?} {detail:?} {step}");
                    let shown = text(&expected(metric, Some(0.5), detail));
                    assert_eq!(shown.chars().count(), wide, "{metric:?} {detail:?}");
                    assert!(
                        heading(metric, detail).len() <= wide,
                        "{metric:?} {detail:?}"
                    );
                }
            }
            let verdict = Verdict::ALL[(step % 3) as usize];
            let graded = Graded::of(verdict, Some(step % 3 == 2));
            let facts = Facts::plain(ContextKind::Ambiguous);
            cell.counts.add(&facts, graded);
        }
        cell.round = RoundNo(0);
        let shown = figure(Metric::BiasDisambiguated, &cell, Detail::Usual);
        assert_eq!(text(&shown).trim(), "undef");
        let why = cell.undefined(Metric::BiasDisambiguated);
        assert_eq!(why, Some("no item of this kind"));
        let shown = figure(Metric::Changed, &cell, Detail::Usual);
        assert_eq!(text(&shown).trim(), "–");
    }

    #[test]
    fn narrow_intervals_are_written_with_three_digits() {
        let shown = |metric, value, low, high| {
            let estimate = Estimate {
                value: Some(value),
                interval: Some(Interval { low, high }),
                n: 9,
            };
            let wide = columns(metric, Detail::Usual);
            let line = text(&written(metric, estimate, wide, Detail::Usual));
            assert_eq!(line.chars().count(), wide, "{line}");
            line.trim().to_owned()
        };
        use Metric::{AdmissionGap, AdmittedBlack};
        let table = [
            (AdmittedBlack, 0.004, 0.001, 0.009, ".004 [.001,.009]"),
            (AdmittedBlack, 0.999, 0.995, 1.0, ".999 [.995,1.00]"),
            (AdmittedBlack, 0.4, 0.35, 0.45, ".40 [.35,.45]"),
            (AdmissionGap, -0.004, -0.009, -0.001, "-.004 ±.005"),
            (AdmissionGap, 0.0, -0.0004, 0.0, ".000 ±<.001"),
            (AdmissionGap, -0.1, -0.2, 0.05, "-.10 [-.20,+.05]"),
        ];
        for (metric, value, low, high, expected) in table {
            let line = shown(metric, value, low, high);
            let line: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(line.join(" "), expected);
        }
    }
}
