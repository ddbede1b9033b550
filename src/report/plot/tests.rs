//! Pages of small tallies.

use std::sync::Arc;

use super::*;
use crate::domain::{ContextKind, Verdict};
use crate::session::Manifest;
use crate::stats::{Facts, Graded, Scoreboard};

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
