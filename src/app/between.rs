//! What lies between the two sides of a comparison, and the way from one such kind to the next.
//!
//! Invariant: a key goes through those kinds only of which there is something to compare with; the pane
//! under the cursor stays one of the sides; what is earlier, or further left, stands on the left.

use crate::domain::RoundNo;
use crate::run::PlayNo;

use super::App;
use super::compare::Side;

/// What lies between two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Between {
    /// The same answer's rounds.
    Rounds,
    /// The same question under two conditions.
    Conditions,
    /// An answer and a branch of it, or two branches; another prompt in the same column among them.
    Branches,
    /// A question and the same with something swapped.
    Pairs,
    /// Two models.
    Models,
    /// Nothing: both sides are the same.
    Nothing,
}

impl Between {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Between::Rounds => "between rounds",
            Between::Conditions => "between conditions",
            Between::Branches => "between branches",
            Between::Pairs => "between minimal pairs",
            Between::Models => "between models",
            Between::Nothing => "with itself",
        }
    }

    /// In one or two words.
    pub fn short(self) -> &'static str {
        match self {
            Between::Rounds => "rounds",
            Between::Conditions => "conditions",
            Between::Branches => "branches",
            Between::Pairs => "pairs",
            Between::Models => "models",
            Between::Nothing => "compare",
        }
    }
}

/// Those that a key goes through, in its order.
const KINDS: [Between; 4] = [
    Between::Rounds,
    Between::Conditions,
    Between::Branches,
    Between::Models,
];

impl App {
    /// What lies between two sides.
    pub fn between(&self, left: Side, right: Side) -> Between {
        let focus = self.run.focus();
        let condition = |side: Side| self.play_of_side(side).map(|p| p.condition());
        let is_pair = focus.variant(left.play).is_some() || focus.variant(right.play).is_some();
        match () {
            () if left == right => Between::Nothing,
            () if left.model != right.model => Between::Models,
            () if left.play == right.play => Between::Rounds,
            () if condition(left) != condition(right) => Between::Conditions,
            () if is_pair => Between::Pairs,
            () => Between::Branches,
        }
    }

    /// What the open comparison would show next, and with which left side.
    pub(super) fn next_between(&self) -> Option<(Between, Side)> {
        let comparison = self.view.comparison.as_ref()?;
        let now = self.between(comparison.left, comparison.right);
        let here = self.side_here()?;
        let at = KINDS.iter().position(|k| *k == now);
        let from = at.map_or(0, |at| at + 1);
        let order = (0..KINDS.len()).map(|step| KINDS[(from + step) % KINDS.len()]);
        let mut others = order.filter(|kind| *kind != now);
        others.find_map(|kind| Some((kind, self.other_side(kind, here)?)))
    }

    /// The side of the open comparison that keys act on elsewhere.
    fn side_here(&self) -> Option<Side> {
        let comparison = self.view.comparison.as_ref()?;
        let cursor = self.view.cursor;
        let here = self.play_in(cursor).map(|(_, no)| no);
        let is_here = |s: &Side| Some(s.play) == here && s.round == cursor.round;
        Some(match is_here(&comparison.left) {
            true => comparison.left,
            false => comparison.right,
        })
    }

    /// Two sides as they stand on the screen: earlier rounds and columns further left first.
    fn in_order(&self, one: Side, other: Side) -> (Side, Side) {
        let place = |s: Side| {
            let condition = self.play_of_side(s).map(|p| p.condition());
            (s.model, condition, s.round, s.play)
        };
        match place(one) <= place(other) {
            true => (one, other),
            false => (other, one),
        }
    }

    /// What lies between two sides, in words; rounds are named beside anything else.
    pub fn between_name(&self, left: Side, right: Side) -> String {
        let between = self.between(left, right);
        let also = between != Between::Rounds && left.round != right.round;
        let rounds = if also { " and rounds" } else { "" };
        format!("{}{rounds}", between.name())
    }

    /// What a side is compared with, so that this lies between them.
    fn other_side(&self, kind: Between, right: Side) -> Option<Side> {
        let focus = self.run_of(right.model)?.focus();
        let condition = focus.play(right.play)?.condition();
        let has_said = |play: PlayNo| {
            let round = focus.play(play).and_then(|p| p.round(right.round));
            round.is_some_and(|r| r.steps.iter().any(|s| !s.text.is_empty()))
        };
        match kind {
            Between::Rounds => {
                let round = match right.round.0.checked_sub(1) {
                    Some(before) => RoundNo(before),
                    None => RoundNo(1),
                };
                let is_there = focus.play(right.play)?.round(round).is_some();
                is_there.then_some(Side { round, ..right })
            }
            Between::Conditions => {
                let count = u16::try_from(focus.settings().conditions.len()).ok()?;
                let beside = condition.0.checked_sub(1).unwrap_or(1);
                let others = (0..count).filter(|no| *no != beside && *no != condition.0);
                let mut others = std::iter::once(beside).chain(others);
                others.find_map(|no| {
                    let play = focus.shown_no(crate::domain::ConditionNo(no))?;
                    has_said(play).then_some(Side { play, ..right })
                })
            }
            Between::Branches => {
                let tree = focus.tree(condition).into_iter().map(|(_, no)| no);
                let is_other = |no: &PlayNo| {
                    *no != right.play && focus.variant(*no).is_none() && has_said(*no)
                };
                let parent = focus.parent(right.play).filter(is_other);
                let play = parent.or_else(|| tree.into_iter().find(is_other))?;
                Some(Side { play, ..right })
            }
            Between::Models => self.all_models().find_map(|(model, _)| {
                if model == right.model {
                    return None;
                }
                let play = self.run_of(model)?.focus().shown_no(condition)?;
                let side = Side {
                    model,
                    play,
                    ..right
                };
                self.play_of_side(side)?.round(right.round)?;
                Some(side)
            }),
            Between::Pairs | Between::Nothing => None,
        }
    }

    /// Compares the right side with what another kind of difference lies between.
    pub(super) fn step_between(&mut self) {
        let (Some(here), Some((_, other))) = (self.side_here(), self.next_between()) else {
            let said =
                "nothing else to compare with yet: no other round, condition, branch or model";
            self.view.notice = Some(said.into());
            return;
        };
        let (left, right) = self.in_order(other, here);
        if let Some(comparison) = &mut self.view.comparison {
            (comparison.left, comparison.right) = (left, right);
            (comparison.top, comparison.difference) = (0, None);
        }
    }
}
