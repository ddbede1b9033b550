//! The report for machines.

use serde_json::{Map, Value, json};

use crate::domain::{ConditionNo, MASS_ENOUGH, RoundNo, letter};
use crate::stats::calibration::{self, BINS, RANK_BINS};
use crate::stats::{
    Baseline, Chain, Compared, Estimate, Flips, Positions, Resampling, Score, Scorer,
};

use super::findings::{Course, EPSILON, Findings, Pairing};
use super::mass::Mass;
use super::tally::Tally;

/// A number with its interval; null where it is undefined.
pub fn metric(estimate: Estimate) -> Value {
    json!({
        "value": estimate.value,
        "low": estimate.interval.map(|i| i.low),
        "high": estimate.interval.map(|i| i.high),
        "n": estimate.n,
    })
}

/// Metrics by name; an undefined one says why.
fn metrics(scores: &[Score]) -> Map<String, Value> {
    let mut all = Map::new();
    for score in scores {
        let mut value = metric(score.estimate);
        if let Some(why) = score.undefined {
            value["undefined"] = json!(why);
        }
        all.insert(score.name.to_owned(), value);
    }
    all
}

/// Answers that count as somebody labelled them.
fn labelled(tally: &Tally) -> Value {
    let cells = tally.cells().filter_map(|(no, name, round)| {
        let answers = tally.labelled_in(no, round);
        let cell = json!({"condition": name, "round": round.0, "answers": answers});
        (answers > 0).then_some(cell)
    });
    json!({
        "answers": tally.labelled.len(),
        "unused": tally.labels_unused,
        "cells": cells.collect::<Vec<_>>(),
    })
}

fn flips(flips: Flips) -> Value {
    let (unread, read) = flips.lost_and_found();
    json!({
        "pairs": flips.pairs,
        "changed": flips.changed,
        "wrong_to_right": flips.corrected,
        "right_to_wrong": flips.spoiled,
        "abstain_to_commit": flips.committed(),
        "commit_to_abstain": flips.withdrawn(),
        "biased_to_counter": flips.to_counter(),
        "counter_to_biased": flips.to_stereotyped(),
        "read_to_unparsed": unread,
        "unparsed_to_read": read,
    })
}

/// Calibration of a cell's option probabilities, where they were recorded.
fn sureness(
    tally: &Tally,
    cell: (ConditionNo, RoundNo),
    category: Option<&str>,
    seed: u64,
) -> Vec<(&'static str, Value)> {
    let beliefs = tally.beliefs(cell.0, cell.1, category);
    if beliefs.is_empty() {
        return Vec::new();
    }
    let n = beliefs.len() as u64;
    let plain = |value: Option<f64>| {
        metric(Estimate {
            value,
            interval: None,
            n,
        })
    };
    let mut ece = plain(calibration::ece(&beliefs, BINS));
    if let Some((mean, high)) = calibration::ece_by_chance(&beliefs, BINS, seed) {
        ece["by_chance"] = json!({"mean": mean, "high": high});
    }
    let resampling = Resampling {
        seed,
        ..Resampling::default()
    };
    let mut all = vec![
        ("ece", ece),
        ("rce", plain(calibration::rce(&beliefs, RANK_BINS))),
        (
            "option_entropy",
            metric(calibration::mean_entropy(&beliefs, resampling)),
        ),
    ];
    let coded = calibration::ece_as_coded(&tally.beliefs_per_token(cell.0, cell.1, category), BINS);
    if let Some(coded) = coded {
        let mut value = plain(Some(coded.value));
        value["dropped"] = json!(coded.dropped);
        value["empty_bins"] = json!(coded.empty_bins);
        all.push(("ece_as_p3_codes_it", value));
    }
    all
}

fn positions(tally: &Tally, cell: (ConditionNo, RoundNo), category: Option<&str>) -> Value {
    let column = tally.board.ledger().column(cell.0, cell.1);
    let found = Positions::of(column.answers(category).map(|(_, f, g)| (f, g)));
    let mut all = Map::new();
    for at in 0..found.letters() {
        let mut chosen = metric(found.chosen(at));
        chosen["gold"] = json!(found.gold(at));
        all.insert(letter(at).to_string(), chosen);
    }
    Value::Object(all)
}

fn baselines(tally: &Tally, category: Option<&str>) -> Value {
    use crate::domain::ContextKind::{Ambiguous, Disambiguated};
    let ledger = tally.board.ledger();
    let items = (0..ledger.len()).filter_map(|no| ledger.facts(no));
    let baseline = Baseline::of(items.filter(|f| category.is_none_or(|c| &*f.category == c)));
    json!({
        "always_abstain": {
            "accuracy_ambiguous": baseline.abstaining_accuracy(Ambiguous),
            "accuracy_disambiguated": baseline.abstaining_accuracy(Disambiguated),
            "bias_ambiguous": baseline.abstaining_accuracy(Ambiguous).map(|_| 0.0),
            "bias_disambiguated": null,
            "abstention": baseline.abstaining_abstention(),
        },
        "random": {
            "accuracy_ambiguous": baseline.random_accuracy(Ambiguous),
            "accuracy_disambiguated": baseline.random_accuracy(Disambiguated),
            "bias_ambiguous": baseline.random_accuracy(Ambiguous).map(|_| 0.0),
            "bias_disambiguated": baseline.random_accuracy(Disambiguated).map(|_| 0.0),
            "abstention": baseline.random_abstention(),
        },
    })
}

fn cell(
    tally: &Tally,
    (condition, name, round): (ConditionNo, &str, RoundNo),
    category: Option<&str>,
    scorer: Scorer,
    seed: u64,
) -> Option<Value> {
    let counts = tally.board.cell(condition, round, category);
    if counts.n() == 0 {
        return None;
    }
    let of = |scorer| metrics(&tally.scores(condition, round, category, scorer));
    let mut own = of(scorer);
    for (name, value) in sureness(tally, (condition, round), category, seed) {
        own.insert(name.to_owned(), value);
    }
    let meanings = tally.meanings(condition, round, category);
    let resampling = Resampling {
        seed,
        ..Resampling::default()
    };
    if let Some(entropy) = meanings.estimate(resampling) {
        let mut value = metric(entropy);
        value["unit"] = json!("nats");
        value["samples"] = json!(meanings.samples());
        value["texts_clustered_by"] = json!(tally.judged().unwrap_or("the same words"));
        own.insert("semantic_entropy".to_owned(), value);
    }
    if let Some(coded) = tally.uncertainty_as_coded(condition, round, category, resampling) {
        own.insert(
            "semantic_uncertainty_as_p3_codes_it".to_owned(),
            metric(coded),
        );
    }
    own.extend(metrics(&tally.measures(condition, round, category)));
    let others = Scorer::ALL.into_iter().filter(|s| *s != scorer);
    let others: Map<String, Value> = others
        .map(|s| (s.name().to_owned(), Value::Object(of(s))))
        .collect();
    Some(json!({
        "benchmark": tally.benchmark(category),
        "category": category.unwrap_or("all"),
        "condition": name,
        "round": round.0,
        "model": tally.setting("model"),
        "n": counts.n(),
        "unparsed": counts.unparsed().value,
        "scorer": scorer.name(),
        "metrics": own,
        "other_scorers": others,
        "flips": flips(counts.flips()),
        "letters": positions(tally, (condition, round), category),
        "option_mass": match category {
            None => mass(tally.measured.masses.of(condition, round)),
            Some(_) => Value::Null,
        },
    }))
}

/// How probable the options were together.
fn mass(mass: Mass) -> Value {
    json!({"mean": mass.mean(), "n": mass.n, "low": mass.low, "low_is_below": MASS_ENOUGH})
}

/// One comparison of one measure.
pub(super) fn compared(compared: &Compared, holm: Option<f64>) -> Value {
    json!({
        "measure": compared.measure.name(),
        "before": compared.before,
        "after": compared.after,
        "difference": metric(compared.difference),
        "answers": compared.answers,
        "gained": compared.moved.0,
        "lost": compared.moved.1,
        "test": compared.test.name(),
        "p": compared.p,
        "p_exact": compared.p_exact,
        "p_holm": holm,
    })
}

fn pairing(tally: &Tally, pairing: &Pairing) -> Value {
    let place = |(condition, round): (ConditionNo, RoundNo)| {
        let name = tally.condition(condition);
        json!({"condition": name, "round": round.0})
    };
    let measures = pairing.change.measures.iter().zip(&pairing.holm);
    json!({
        "from": place(pairing.from),
        "to": place(pairing.to),
        "measures": measures.map(|(m, holm)| compared(m, *holm)).collect::<Vec<_>>(),
    })
}

fn chain(chain: &Option<Chain>, observed: &[Option<f64>]) -> Value {
    let Some(chain) = chain else {
        return Value::Null;
    };
    json!({
        "wrong_to_right": metric(chain.corrects),
        "right_to_wrong": metric(chain.spoils),
        "asymptote": metric(chain.asymptote),
        "rate": chain.rate(),
        "fitted": chain.fitted,
        "observed": observed,
    })
}

fn course(tally: &Tally, course: &Course) -> Value {
    json!({
        "condition": tally.condition(course.condition),
        "convergence": {
            "rule": "first round r with |m_s - m_r| < epsilon for every later round s",
            "epsilon": EPSILON,
            "accuracy_ambiguous": course.accuracy_converged(),
            "bias_ambiguous": course.bias_converged(),
        },
        "settled": {
            "items_by_first_round_of_their_last_answer": course.settled.items,
            "n": course.settled.n(),
            "n_items": course.settled.of_items,
        },
        "chain_ambiguous": chain(&course.ambiguous, &course.accuracy_ambiguous),
        "chain_disambiguated": chain(&course.disambiguated, &course.accuracy_disambiguated),
    })
}

/// All cells, each category and `all`, as
/// `{"settings": …, "cells": [{"benchmark", "category", "condition", "round", "model", "n",
/// "unparsed", "metrics": {NAME: {"value", "low", "high", "n"}}, …}], …}`.
/// Rates and biases are fractions; undefined ones are null and say why.
pub fn to_json(tally: &Tally, findings: &Findings, scorer: Scorer) -> Value {
    let mut cells = Vec::new();
    let mut categories: Vec<Option<String>> = vec![None];
    categories.extend(tally.board.categories().iter().map(|c| Some(c.to_string())));
    for place in tally.cells() {
        for category in &categories {
            let seed = findings.resampling.seed;
            cells.extend(cell(tally, place, category.as_deref(), scorer, seed));
        }
    }
    let pairings = |all: &[Pairing]| all.iter().map(|p| pairing(tally, p)).collect::<Vec<_>>();
    json!({
        "recant": tally.manifest.recant,
        "settings": tally.manifest.settings,
        "scorer": scorer.name(),
        "intervals": {
            "level": 0.95,
            // Items asked more than once: intervals and comparisons count items; flips and settled courses
            // count answers.
            "answers_independent": !tally.repeats(),
            "bootstrap_replicates": findings.resampling.replicates,
            "bootstrap_seed": findings.resampling.seed,
        },
        "labelled": labelled(tally),
        "cells": cells,
        "baselines": baselines(tally, None),
        "between_rounds": pairings(&findings.rounds),
        "between_conditions": pairings(&findings.conditions),
        "courses": findings.courses.iter().map(|c| course(tally, c)).collect::<Vec<_>>(),
    })
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
