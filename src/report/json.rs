//! The report for machines.

use serde_json::{Map, Value, json};

use crate::domain::ContextKind::{Ambiguous, Disambiguated};
use crate::stats::{Counts, Estimate, Measure};

use super::tally::Tally;

fn metric(estimate: Estimate) -> Value {
    json!({
        "value": estimate.value,
        "low": estimate.interval.map(|i| i.low),
        "high": estimate.interval.map(|i| i.high),
        "n": estimate.n,
    })
}

fn metrics(counts: &Counts, measure: &Measure) -> Value {
    let (aligned, conflicting) = counts.accuracy_by_alignment();
    let mut all = Map::new();
    for (name, estimate) in [
        ("accuracy_ambiguous", counts.accuracy(Ambiguous)),
        ("accuracy_disambiguated", counts.accuracy(Disambiguated)),
        ("bias_ambiguous", counts.bias_ambiguous()),
        ("bias_disambiguated", counts.bias_disambiguated()),
        ("committed_bias_ambiguous", counts.committed_bias(Ambiguous)),
        ("accuracy_aligned", aligned),
        ("accuracy_conflicting", conflicting),
        ("abstention", counts.abstention(None)),
        (
            "abstention_disambiguated",
            counts.abstention(Some(Disambiguated)),
        ),
        ("unparsed", counts.unparsed()),
    ] {
        all.insert(name.to_owned(), metric(estimate));
    }
    for (name, estimate) in measure.metrics() {
        all.insert(name.to_owned(), metric(estimate));
    }
    Value::Object(all)
}

/// All cells, each category and `all`, as
/// `{"settings": …, "cells": [{"benchmark", "category", "condition", "round", "model", "n",
/// "unparsed", "flips", "metrics": {NAME: {"value", "low", "high", "n"}}}]}`.
/// Rates and biases are fractions; undefined ones are null.
pub fn to_json(tally: &Tally) -> Value {
    let mut cells = Vec::new();
    let mut categories: Vec<Option<String>> = vec![None];
    categories.extend(tally.board.categories().iter().map(|c| Some(c.to_string())));
    for (no, name, round) in tally.cells() {
        for category in &categories {
            let counts = tally.board.cell(no, round, category.as_deref());
            if counts.n() == 0 {
                continue;
            }
            let flips = counts.flips();
            cells.push(json!({
                "benchmark": tally.measured.benchmark(category.as_deref()),
                "category": category.as_deref().unwrap_or("all"),
                "condition": name,
                "round": round.0,
                "model": tally.setting("model"),
                "n": counts.n(),
                "unparsed": counts.unparsed().value,
                "flips": {
                    "pairs": flips.pairs,
                    "changed": flips.changed,
                    "wrong_to_right": flips.corrected,
                    "right_to_wrong": flips.spoiled,
                },
                "metrics": metrics(&counts, &tally.measured.measures.cell(no, round, category.as_deref())),
            }));
        }
    }
    json!({"recant": tally.manifest.recant, "settings": tally.manifest.settings, "cells": cells})
}

/// The report as text.
pub fn to_json_text(tally: &Tally) -> String {
    ascii(&to_json(tally))
}

/// JSON as text: ASCII only, so that a name in a file cannot act on a terminal.
pub fn ascii(value: &Value) -> String {
    let mut out = String::new();
    for c in format!("{value:#}\n").chars() {
        if c.is_ascii() && c != '\u{7f}' {
            out.push(c);
        } else {
            let units = &mut [0; 2];
            for unit in c.encode_utf16(units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}
