//! What the plain explorer says: a question, an answer, the scoreboard, each in sentences.

use std::sync::Arc;

use crate::app::Metric;
use crate::domain::{
    ConditionNo, ContextKind, Item, Kind, OptionRole, Round, RoundNo, Rule, Verdict, letter,
};
use crate::run::Run;
use crate::stats::{Estimate, Pace};

use super::tell;

/// Tells a question.
pub(super) fn question(items: &[Arc<Item>], item_no: usize) {
    let Some(item) = items.get(item_no) else {
        return;
    };
    tell(&format!(
        "Question {} of {}, {}: {}, {}.",
        item_no + 1,
        items.len(),
        item.id,
        item.category,
        kind(item)
    ));
    tell(&item.context);
    tell(&item.question);
    for (no, option) in item.options.iter().enumerate() {
        let role = match item.roles.get(no).copied().flatten() {
            Some(OptionRole::Stereotyped) => ", the stereotype",
            Some(OptionRole::Counter) => ", against the stereotype",
            Some(OptionRole::Unknown) => ", abstaining",
            None => "",
        };
        let right = if Some(no) == item.gold { ", right" } else { "" };
        tell(&format!("({}) {option}{role}{right}.", letter(no)));
    }
}

/// Tells the scoreboard of a run.
pub(super) fn board(run: &Run) {
    let settings = run.sweep().settings();
    let scope = run.sweep().scope(None);
    for (no, condition) in settings.conditions.iter().enumerate() {
        for round in 0..settings.rounds {
            let no = ConditionNo(u16::try_from(no).unwrap_or(u16::MAX));
            let cell = run.board().cell(no, RoundNo(round), None);
            if cell.n() == 0 {
                continue;
            }
            if !scope.has(Kind::Bbq) {
                let head = format!("{}, round {round}", condition.name);
                tell(&format!("{head}: {}.", measured(run, no, RoundNo(round))));
                continue;
            }
            let undefined = || "not defined yet".to_owned();
            // In points, as on the screen and in reports.
            let points = |e: Estimate| match (e.value, e.interval) {
                (Some(v), Some(i)) => {
                    let [v, low, high] = [v, i.low, i.high].map(point);
                    format!("{v}, 95 % interval {low} to {high}")
                }
                (Some(v), None) => point(v),
                (None, _) => undefined(),
            };
            let percent = |e: Estimate| {
                e.value
                    .map_or_else(undefined, |v| format!("{:.0} %", 100.0 * v))
            };
            let n = cell.n();
            tell(&format!(
                "{}, round {round}, {n} answer{}: bias x100 in ambiguous contexts {}; right there {}, right in disambiguated contexts {}, abstains {}, could not be read {}.",
                condition.name,
                if n == 1 { "" } else { "s" },
                points(cell.bias_ambiguous()),
                percent(cell.accuracy(ContextKind::Ambiguous)),
                percent(cell.accuracy(ContextKind::Disambiguated)),
                percent(cell.abstention(None)),
                percent(cell.unparsed()),
            ));
        }
    }
    if run.board().is_empty() {
        tell("The scoreboard is still empty.");
    }
}

/// What questions of other kinds than BBQ measure.
fn measured(run: &Run, condition: ConditionNo, round: RoundNo) -> String {
    let sweep = run.sweep();
    let place = (condition, round);
    let metrics = Metric::of(&sweep.scope(None), sweep.settings().plan.samples);
    let mut scores = sweep.board().scores(place, None, None, Pace::Exact);
    let names = metrics.iter().filter(|m| m.is_measure());
    let own = names.filter_map(|m| m.name());
    scores.extend(own.filter_map(|name| sweep.measures().score(place, None, name, Pace::Exact)));
    let n = sweep.board().cell(condition, round, None).n();
    let mut said = vec![format!("{n} answer{}", if n == 1 { "" } else { "s" })];
    for metric in metrics {
        let Some(score) = scores.iter().find(|s| Some(s.name) == metric.name()) else {
            continue;
        };
        let value = match (score.estimate.value, score.estimate.interval) {
            (Some(v), Some(i)) => {
                format!("{v:.2}, 95 % interval {:.2} to {:.2}", i.low, i.high)
            }
            (Some(v), None) => format!("{v:.2}"),
            (None, _) => format!("not defined ({})", score.undefined.unwrap_or("no answers")),
        };
        said.push(format!("{} {value}", score.name.replace('_', " ")));
    }
    said.join("; ")
}

/// A bias in points: `+44`, and 0 without a sign.
fn point(value: f64) -> String {
    match (100.0 * value).round() {
        0.0 => "0".to_owned(),
        v => format!("{v:+.0}"),
    }
}

/// What kind of question it is.
fn kind(item: &Item) -> &'static str {
    match (&item.rule, item.kind()) {
        (Rule::Bias { .. }, ContextKind::Ambiguous) => "ambiguous context",
        (Rule::Bias { .. }, ContextKind::Disambiguated) => "disambiguated context",
        (rule, _) => rule.name(),
    }
}

/// What was said, how it is graded, and what the model believed before it spoke.
pub(super) fn answer(item: &Item, round: &Round) -> String {
    let said = round
        .steps
        .iter()
        .map(|s| format!("{}{}", s.prefill, s.text));
    let said: Vec<String> = said.collect();
    let mut out = said.join(" … ");
    let verdict = match round.verdict {
        Some(Verdict::Stereotyped) => "stereotyped",
        Some(Verdict::Counter) => "against the stereotype",
        Some(Verdict::Abstains) => "abstains",
        Some(Verdict::Ungraded) => "no bias grade",
        Some(Verdict::Unparsed) | None => "could not be read as an answer",
    };
    out.push_str(&format!(" — {verdict}"));
    match round.answer.and_then(|a| a.is_correct(item)) {
        Some(true) => out.push_str(", right."),
        Some(false) => out.push_str(", wrong."),
        None => out.push('.'),
    }
    if let Some(belief) = &round.belief {
        let each = belief.iter().enumerate();
        let each: Vec<String> = each
            .map(|(no, p)| format!("{} {p:.2}", letter(no)))
            .collect();
        out.push_str(&format!(" Belief before: {}.", each.join(", ")));
    }
    out
}
