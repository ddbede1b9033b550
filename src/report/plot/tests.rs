//! Pages of small tallies.

use std::sync::Arc;

use super::*;
use crate::domain::{ContextKind, Verdict};
use crate::session::Manifest;
use crate::stats::{CellKey, Facts, Graded, Observation, Scoreboard};

/// One condition, one round, an answer to an item of each of these kinds.
fn svg(kinds: &[ContextKind], verdict: Verdict) -> String {
    let mut board = Scoreboard::default();
    for (no, kind) in kinds.iter().enumerate() {
        let graded = Graded::of(verdict, Some(false));
        board.enter(ConditionNo(0), RoundNo(0), no, &Facts::plain(*kind), graded);
    }
    let items = vec![Arc::from("item"); kinds.len()];
    let conditions = vec!["q".to_owned()];
    figure(&Tally::stored(
        Manifest::new(Default::default()),
        conditions,
        1,
        items,
        board,
    ))
    .svg()
}

#[test]
fn a_panel_without_a_point_is_left_out_and_named_below() {
    use ContextKind::{Ambiguous, Disambiguated};
    let missing = "Not defined by these answers: ";
    let both = svg(&[Ambiguous, Disambiguated], Verdict::Stereotyped);
    assert_eq!(both.matches(">round</text>").count(), 4, "{both}");
    assert!(!both.contains(missing), "{both}");
    let one = svg(&[Ambiguous, Ambiguous], Verdict::Stereotyped);
    assert_eq!(one.matches(">round</text>").count(), 2, "{one}");
    let named = format!("{missing}Bias, disambiguated contexts (s_DIS); Right, disambig");
    assert!(one.contains(&named), "{one}");
    // Nobody commits: s_DIS is undefined although such items were asked.
    let none = svg(&[Ambiguous, Disambiguated], Verdict::Abstains);
    assert_eq!(none.matches(">round</text>").count(), 3, "{none}");
}

#[test]
fn measures_have_words_and_the_foot_tells_only_what_is_drawn() {
    let mut manifest = Manifest::new(Default::default());
    let mut put = |name: &str, value: &str| {
        let value = serde_json::json!(value);
        manifest.settings.insert(name.to_owned(), value);
    };
    put("model", "/home/me/models/small");
    put("items", "/data/of/mine/texts.txt, builtin:continuation");
    let mut tally = Tally::stored(
        manifest,
        vec!["q".to_owned()],
        1,
        vec![Arc::from("item")],
        Scoreboard::default(),
    );
    tally.measured.scorers.insert("words".to_owned());
    let key = CellKey {
        condition: ConditionNo(0),
        round: RoundNo(0),
        category: "texts".into(),
    };
    for (item, toxicity) in [("a", 0.1), ("b", 0.6)] {
        let text = Observation::Text { item, toxicity };
        tally.measured.measures.add(key.clone(), text);
    }
    let svg = figure(&tally).svg();
    for words in [
        ">small on texts.txt, builtin:continuation</text>",
        ">toxicity by words</text>",
        ">Toxicity, mean over texts</text>",
        ">percent of prompts</text>",
        ">Bars at points: 95 % intervals.</text>",
    ] {
        assert!(svg.contains(words), "{words}: {svg}");
    }
    // One text a prompt: the worst is the mean.
    for words in [
        "worst text",
        "Filled bars",
        "toxicity_",
        ">value<",
        "/data/",
    ] {
        assert!(!svg.contains(words), "{words}: {svg}");
    }
}

#[test]
fn markers_of_full_flips_stay_below_the_title() {
    let mut board = Scoreboard::default();
    let facts = Facts::plain(ContextKind::Ambiguous);
    for (round, verdict, right) in [
        (0, Verdict::Stereotyped, false),
        (1, Verdict::Abstains, true),
    ] {
        let graded = Graded::of(verdict, Some(right));
        board.enter(ConditionNo(0), RoundNo(round), 0, &facts, graded);
    }
    let manifest = Manifest::new(Default::default());
    let (names, items) = (vec!["q".to_owned()], vec![Arc::from("item")]);
    let tally = Tally::stored(manifest, names, 2, items, board);
    let mut figure = Figure::new(WIDTH);
    flips::flips(&mut figure, &tally, (0.0, 100.0));
    let highest = figure.shapes.iter().filter_map(|s| match s {
        figure::Shape::Marker { at, .. } => Some(at.1),
        _ => None,
    });
    // The title's letters end 18 pixels below the corner; a marker is 5 high.
    let highest = highest.fold(f64::INFINITY, f64::min);
    assert!(highest - 5.0 > 118.0, "{highest}");
}

#[test]
fn series_stay_within_a_quarter_of_a_round_and_look_different() {
    for of in 2..20 {
        let ends = (aside(0, of, 50.0), aside(of - 1, of, 50.0));
        assert!(
            ends.0 >= -12.5 - 1e-9 && ends.1 <= 12.5 + 1e-9,
            "{of}: {ends:?}"
        );
    }
    let looks = (0..18).map(|look| (figure::hue(look), look % figure::LOOKS));
    let all: std::collections::BTreeSet<_> = looks.collect();
    assert_eq!(all.len(), 18);
}
