//! Recipes' figures from small reports, read back from their SVG.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::super::findings::Findings;
use super::super::super::scale::Scale as Models;
use super::*;
use crate::domain::{CellName, ConditionNo, Evidence, Kind, Plot, Reference};
use crate::session::Manifest;
use crate::stats::{CellKey, Observation, Resampling, Scoreboard};

fn recipe(metrics: &[&str], drawing: Drawing, references: Vec<Reference>) -> Recipe {
    Recipe {
        name: "p".into(),
        title: "P, a title".into(),
        paper: "a paper".into(),
        question: "what?".into(),
        kind: Kind::Bbq,
        items: Vec::new(),
        context: None,
        only: Vec::new(),
        paper_items: String::new(),
        conditions: Vec::new(),
        rounds: 1,
        samples: 1,
        by_options: false,
        belief: false,
        temperature: 0.0,
        metrics: metrics.iter().map(|m| (*m).to_owned()).collect(),
        plot: Plot {
            metrics: metrics.iter().map(|m| (*m).to_owned()).collect(),
            drawing,
        },
        references,
        apart: Vec::new(),
        apart_builtin: Vec::new(),
        missing: Vec::new(),
    }
}

fn cell(condition: &str, round: u16) -> CellName {
    let condition = condition.to_owned();
    CellName { condition, round }
}

fn reference(at: CellName, metric: &str, quantity: Quantity, value: f64, of: &str) -> Reference {
    Reference {
        cell: at,
        metric: metric.to_owned(),
        quantity,
        category: None,
        value,
        of: of.to_owned(),
        place: None,
        evidence: Evidence::Paper,
        apart: None,
    }
}

fn one(condition: &str, round: u16, category: &str, metric: &str, value: Value) -> Value {
    json!({"condition": condition, "round": round, "category": category, "unparsed": 0.2,
        "metrics": {metric: {"value": value, "low": 0.0, "high": 0.5, "n": 9, "undefined": "nobody commits"}}})
}

fn tally(conditions: &[&str]) -> Tally {
    let conditions = conditions.iter().map(|c| (*c).to_owned()).collect();
    let items = vec![Arc::from("item")];
    let board = Scoreboard::default();
    Tally::stored(
        Manifest::new(Default::default()),
        conditions,
        1,
        items,
        board,
    )
}

/// The heights at which markers of this class stand, in the order in which they are drawn.
fn heights(svg: &str, class: &str) -> Vec<f64> {
    let begin = format!("<circle class=\"{class}\" ");
    let lines = svg.lines().filter(|l| l.starts_with(&begin));
    let after = |l: &str| l.split("cy=\"").nth(1)?.split('"').next()?.parse().ok();
    lines.filter_map(after).collect()
}

/// How many markers there are, whatever their shape.
fn markers(svg: &str, end: &str) -> usize {
    let marker = |l: &&str| l.starts_with("<circle") || l.starts_with("<path");
    let ends = format!(" {end}\"");
    svg.lines()
        .filter(marker)
        .filter(|l| l.contains(&ends))
        .count()
}

#[test]
fn conditions_stand_side_by_side_and_the_papers_numbers_open_beside_them() {
    let metric = "bias_ambiguous";
    let relative = Quantity::Relative(cell("q", 0));
    let recipe = recipe(
        &[metric],
        Drawing::Conditions,
        vec![
            reference(cell("q", 0), metric, Quantity::Value, 0.4, "large"),
            reference(cell("if", 0), metric, relative, -0.5, "larger"),
            reference(cell("gone", 0), metric, Quantity::Value, 0.3, "other"),
        ],
    );
    let cells = [("q", json!(0.2)), ("if", json!(0.1)), ("cot", Value::Null)]
        .map(|(c, v)| one(c, 0, "all", metric, v));
    let report = json!({"cells": cells});
    let svg = asked_figure(&recipe, &report, &tally(&[])).unwrap().svg();
    // One marker a condition that is defined, one a number of the paper's that has a place.
    assert_eq!(
        (markers(&svg, "mk"), markers(&svg, "mk em")),
        (2, 2),
        "{svg}"
    );
    // 0.4 stands as far above 0.2 as 0.2 above 0.
    let (ours, theirs) = (heights(&svg, "s0 mk")[0], heights(&svg, "s0 mk em")[0]);
    assert!(theirs < ours, "{svg}");
    for words in [
        ">q</text>",
        ">if</text>",
        ">cot</text>",
        ">undefined</text>",
        ">condition, n = 9 each where defined</text>",
        ">a: large (paper)</text>",
        ">b: larger (paper); if 50 % below q's 40 = 20</text>",
        "Undefined: bias_ambiguous of cot (nobody commits)",
        "points, + stereotyped",
        "not in these numbers: up to 20 % (cot round 0).",
    ] {
        assert!(svg.contains(words), "{words}: {svg}");
    }
    assert!(
        !svg.contains("other (paper)"),
        "not asked, not drawn: {svg}"
    );
}

#[test]
fn models_without_an_order_are_not_joined_and_the_papers_numbers_stand_open_beside_them() {
    let metric = "bias_ambiguous";
    let theirs = reference(cell("q", 0), metric, Quantity::Value, 0.4, "large");
    let recipe = recipe(&[metric], Drawing::Conditions, vec![theirs]);
    let run = |folder: &str| {
        let tally = tally(&["q"]);
        let findings = Findings::of(&tally, None, Resampling::default());
        (folder.to_owned(), tally, findings)
    };
    let models = Models::new(vec![run("x"), run("y")]);
    let cells = models.runs().iter().map(|ran| {
        let mut cell = one("q", 0, "all", metric, json!(0.2));
        cell["model"] = json!(ran.model);
        cell
    });
    let report = json!({"cells": cells.collect::<Vec<_>>()});
    let svg = asked_scale_figure(&recipe, &report, &models).unwrap().svg();
    // The legend's marker, one a model, one of the paper's.
    assert_eq!(
        (
            markers(&svg, "mk"),
            markers(&svg, "mk em"),
            svg.matches("<polyline").count()
        ),
        (3, 1, 0),
        "{svg}"
    );
    for words in [
        "Models have no order here",
        ">the paper's</text>",
        ">a: large (paper)</text>",
    ] {
        assert!(svg.contains(words), "{words}: {svg}");
    }
}

#[test]
fn rounds_are_joined_and_categories_have_panels_of_their_own() {
    let metric = "accuracy_ambiguous";
    let mut of = reference(cell("s1", 1), metric, Quantity::Value, 0.9, "a log");
    of.category = Some("Religion".into());
    let mut far = of.clone();
    far.category = Some("Age".into());
    let recipe = recipe(&[metric], Drawing::Rounds, vec![of, far]);
    let mut cells = Vec::new();
    for category in ["all", "Religion"] {
        for (condition, values) in [("s0", [0.1, 0.2, 0.3]), ("s1", [0.2, 0.4, 0.6])] {
            for (round, value) in (0..).zip(values) {
                cells.push(one(condition, round, category, metric, json!(value)));
            }
        }
    }
    let report = json!({ "cells": cells });
    let svg = asked_figure(&recipe, &report, &tally(&[])).unwrap().svg();
    // Two panels of two lines, two in the legend; three rounds of both, and the legend's markers.
    assert_eq!(svg.matches("<polyline").count(), 6, "{svg}");
    assert_eq!(
        (markers(&svg, "mk"), markers(&svg, "mk em")),
        (14, 1),
        "{svg}"
    );
    let s0 = heights(&svg, "s0 mk");
    assert!(s0[1] > s0[2] && s0[2] > s0[3], "what rises goes up: {s0:?}");
    assert!(svg.contains("contexts: Religion only</text>"), "{svg}");
    let missing = "Not drawn: the paper's numbers of Age: no such items in this run";
    assert!(svg.contains(missing), "{svg}");
}

#[test]
fn occupations_lie_where_their_shares_and_pronouns_are() {
    let metric = "pearson_female";
    let references = vec![reference(
        cell("q", 0),
        metric,
        Quantity::Value,
        0.6,
        "theirs",
    )];
    let recipe = recipe(&[metric], Drawing::Scatter, references);
    let mut tally = tally(&["q", "they", "silent"]);
    for (no, share) in [10.0, 40.0, 70.0, 90.0].into_iter().enumerate() {
        for (condition, female) in [(0, share / 100.0), (1, 0.0)] {
            let key = CellKey {
                condition: ConditionNo(condition),
                round: RoundNo(0),
                category: "occupation".into(),
            };
            let pronoun = Observation::Pronoun {
                occupation: &format!("o{no}"),
                bls_percent_female: Some(share),
                bergsma_percent_female: None,
                female,
                neutral: 0.0,
            };
            tally.measured.measures.add(key, pronoun);
        }
    }
    tally.rounds = 1;
    let svg = asked_figure(&recipe, &json!({}), &tally).unwrap().svg();
    assert_eq!(markers(&svg, "mk"), 8, "{svg}");
    let (q, they) = (
        heights(&svg, "s0 mk"),
        svg.matches("class=\"s1 mk\"").count(),
    );
    assert!(q.windows(2).all(|w| w[0] > w[1]) && they == 4, "{svg}");
    for words in [
        ">q: ρ = 1.00 [1.00, 1.00], 4 occupations</text>",
        ">theirs (paper) 0.60: theirs</text>",
        ">they: ρ undefined, 4 occupations</text>",
        "Undefined: silent (no pronoun of an occupation",
    ] {
        assert!(svg.contains(words), "{words}: {svg}");
    }
    // The run's own figure has it too, without the paper.
    let whole = super::super::figure(&tally).svg();
    assert!(whole.contains(">q round 0: ρ = 1.00"), "{whole}");
}

#[test]
fn a_figure_without_a_number_is_none_and_says_why() {
    let metric = "toxicity";
    let recipe = recipe(&[metric], Drawing::Conditions, Vec::new());
    let report = json!({"cells": [one("q", 0, "all", metric, Value::Null)]});
    let why = asked_figure(&recipe, &report, &tally(&[])).unwrap_err();
    assert_eq!(why, "no toxicity to draw: nobody commits");
    let why = asked_figure(&recipe, &json!({"cells": []}), &tally(&[])).unwrap_err();
    assert_eq!(why, "no toxicity to draw: no answer is finished yet");
}
