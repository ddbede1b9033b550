//! The scoreboard in sentences, for `--plain`: one a condition and round, in what the questions'
//! benchmarks measure.

use crate::app::{Metric, Safe};
use crate::domain::{ConditionNo, RoundNo};
use crate::run::Run;
use crate::stats::{Pace, Score, Scorer};

/// A sentence for every cell that has answers.
pub(super) fn sentences(run: &Run) -> Vec<String> {
    let sweep = run.sweep();
    let settings = sweep.settings();
    let metrics = Metric::of(sweep.scope(None), settings.plan.samples);
    let mut all = Vec::new();
    for (no, condition) in settings.conditions.iter().enumerate() {
        let no = ConditionNo(u16::try_from(no).unwrap_or(u16::MAX));
        for round in (0..settings.rounds).map(RoundNo) {
            let counts = sweep.board().cell(no, round, None);
            let scores = Scorer::Paper.scores(&counts);
            let n = match counts.n() {
                0 => continue,
                1 => "1 answer".to_owned(),
                n => format!("{n} answers"),
            };
            let told = metrics.iter().filter_map(|metric| {
                let name = metric.name()?;
                let found = scores.iter().find(|s| s.name == name).copied();
                let measure = || {
                    let measures = sweep.measures();
                    measures.score((no, round), None, name, Pace::Exact)
                };
                Some(told(*metric, found.or_else(measure)?))
            });
            let told: Vec<String> = told.collect();
            let name = Safe::line(&condition.name);
            all.push(format!(
                "{name}, round {}, {n}: {}.",
                round.0,
                told.join("; ")
            ));
        }
    }
    if let (Some(by), false) = (sweep.texts_by(), all.is_empty()) {
        all.push(format!("Toxicity is scored by {}.", Safe::line(by)));
    }
    all
}

/// `bias x100 … +44, 95 % interval +30 to +57`.
fn told(metric: Metric, score: Score) -> String {
    let about = metric.about();
    let Some(value) = score.estimate.value else {
        let why = score.undefined.unwrap_or("no answer");
        return format!("{about} not defined: {why}");
    };
    // As on the screen and in reports.
    let is_bias = matches!(metric, Metric::BiasAmbiguous | Metric::BiasDisambiguated);
    let written = |value: f64| match (metric.is_measure(), is_bias) {
        (true, _) => format!("{value:.2}"),
        (false, true) => point(value),
        (false, false) => format!("{:.0} %", 100.0 * value),
    };
    match score
        .estimate
        .interval
        .filter(|_| metric.is_measure() || is_bias)
    {
        Some(i) => format!(
            "{about} {}, 95 % interval {} to {}",
            written(value),
            written(i.low),
            written(i.high)
        ),
        None => format!("{about} {}", written(value)),
    }
}

/// A bias in points: `+44`, and 0 without a sign.
fn point(value: f64) -> String {
    match (100.0 * value).round() {
        0.0 => "0".to_owned(),
        v => format!("{v:+.0}"),
    }
}
