//! What is wrong in a recipe of one's own, before anything runs: keys that are missing, metrics that no such
//! items have, numbers that no such metric can be, and references to what is not asked.

use serde_yaml::Mapping;

use crate::domain::{Kind, Quantity, Recipe, Reference};

use super::super::yaml::{Mistake, Source, did_you_mean};

/// Keys without which a recipe is none.
const NEEDED: [&str; 10] = [
    "name",
    "title",
    "question",
    "kind",
    "items",
    "conditions",
    "rounds",
    "answers",
    "temperature",
    "metrics",
];

/// Where a key is missing, all that are: one mistake, not one a run.
pub fn all_missing(source: &Source<'_>, mistake: Mistake) -> Mistake {
    if !mistake.what.ends_with("is missing") {
        return mistake;
    }
    let Ok(lines) = serde_yaml::from_str::<Mapping>(source.text) else {
        return mistake;
    };
    let needed = NEEDED.into_iter().chain(["plot"]);
    let missing: Vec<&str> = needed.filter(|key| !lines.contains_key(key)).collect();
    match missing.as_slice() {
        [] | [_] => mistake,
        [all @ .., last] => {
            let all = all.join(", ");
            source.mistake(1, format!("{all} and {last} are missing"))
        }
    }
}

/// What is measured of questions with a right answer or a stereotyped one.
const SCORES: [&str; 10] = [
    "accuracy_ambiguous",
    "accuracy_disambiguated",
    "accuracy_aligned",
    "accuracy_conflicting",
    "abstention",
    "abstention_disambiguated",
    "bias_ambiguous",
    "bias_disambiguated",
    "committed_bias_ambiguous",
    "unparsed",
];

/// What is measured of probabilities and of repeated answers.
const SURENESS: [&str; 6] = [
    "ece",
    "ece_as_p3_codes_it",
    "rce",
    "option_entropy",
    "semantic_entropy",
    "semantic_uncertainty_as_p3_codes_it",
];

/// The metrics that items of a kind have.
pub fn metrics_of(kind: Kind) -> Vec<&'static str> {
    let scores = match kind {
        Kind::Bbq | Kind::Distinguish => &SCORES[..],
        Kind::Winogender | Kind::Choice => &SCORES[..6],
        Kind::Law | Kind::Continuation => &[],
    };
    // Free text has no options to be sure of.
    let sureness = match kind {
        Kind::Continuation => &SURENESS[4..],
        _ => &SURENESS[..],
    };
    let mut all = [kind.measures(), scores, sureness].concat();
    if !all.contains(&"unparsed") {
        all.push("unparsed");
    }
    all
}

/// Whether items of this kind have these metrics.
pub fn metrics(source: &Source<'_>, kind: Kind, named: &[String]) -> Result<(), Mistake> {
    let known = metrics_of(kind);
    for name in named {
        if !known.contains(&name.as_str()) {
            let hint = did_you_mean(name, known.iter().copied());
            let what = format!("metrics: {} items have no {name}{hint}", kind.name());
            let line = source.line_with(name, source.line_of("metrics", 0));
            return Err(source.mistake(line, what));
        }
    }
    Ok(())
}

/// What a metric lies between.
fn range(metric: &str) -> (f64, f64) {
    match metric {
        "option_entropy" | "semantic_entropy" | "semantic_uncertainty_as_p3_codes_it" => {
            (0.0, f64::INFINITY)
        }
        "admission_gap" => (-1.0, 1.0),
        m if m.contains("bias") || m.starts_with("pearson") => (-1.0, 1.0),
        _ => (0.0, 1.0),
    }
}

/// Whether a reference's number can be one of its metric.
pub fn value(source: &Source<'_>, kind: Kind, reference: &Reference) -> Result<(), Mistake> {
    let metric = &reference.metric;
    let known = metrics_of(kind);
    let from = source.line_of("references", 0);
    if !known.contains(&metric.as_str()) {
        let hint = did_you_mean(metric, known.iter().copied());
        let what = format!("references: {} items have no {metric}{hint}", kind.name());
        return Err(source.mistake(source.line_with(metric, from), what));
    }
    let (low, high) = range(metric);
    let (low, high, what) = match reference.quantity {
        Quantity::Value => (low, high, metric.clone()),
        Quantity::Difference(_) => (low - high, high - low, format!("a difference of {metric}")),
        Quantity::Relative(_) => (-10.0, 10.0, format!("a change relative to {metric}")),
    };
    let given = reference.value;
    if given.is_finite() && (low..=high).contains(&given) {
        return Ok(());
    }
    let hint = match (2.0..=100.0).contains(&given.abs()) {
        true => format!("; {} for {given} %", given / 100.0),
        false => String::new(),
    };
    let what = format!("references: value {given}: {what} lies between {low} and {high}{hint}");
    let line = source.line_with(&format!("value: {given}"), from);
    Err(source.mistake(line, what))
}

/// Whether every reference is to a condition that is asked; `asked` are their names.
///
/// # Errors
/// The first that is not, with its line.
pub fn references_asked(
    (file, text): (&str, &str),
    recipe: &Recipe,
    asked: &[&str],
) -> Result<(), Mistake> {
    let source = Source { file, text };
    for reference in &recipe.references {
        let other = match &reference.quantity {
            Quantity::Value => None,
            Quantity::Difference(other) | Quantity::Relative(other) => Some(other),
        };
        for cell in [Some(&reference.cell), other].into_iter().flatten() {
            let name = &cell.condition;
            if !asked.contains(&name.as_str()) {
                let hint = did_you_mean(name, asked.iter().copied());
                let what = format!("references: {name} is not among the conditions{hint}");
                let line = source.line_with(name, source.line_of("references", 0));
                return Err(source.mistake(line, what));
            }
        }
    }
    Ok(())
}
