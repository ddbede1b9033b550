//! The belief before an answer began: what was measured then, else what the trace found afterwards.

use crate::domain::{MASS_ENOUGH, ModelNo, RoundNo};
use crate::run::{Place, PlayNo, Point};

use super::App;

impl App {
    /// P(option) in a play's round, and the options' share of all that could have come, where it is known.
    pub fn belief_of(
        &self,
        model: ModelNo,
        play: PlayNo,
        round_no: RoundNo,
    ) -> Option<(&[f64], Option<f64>)> {
        let run = self.run_of(model)?;
        let round = run.focus().play(play)?.round(round_no)?;
        if let Some(belief) = &round.belief {
            return Some((belief, round.belief_mass));
        }
        let place = Place {
            play,
            round: round_no,
            step: round.steps.len().checked_sub(1)?,
            tokens: 0,
        };
        match run.trace().point(&place)? {
            Point::Known {
                probabilities,
                mass,
            } => Some((probabilities, Some(*mass))),
            Point::Asked | Point::Failed(_) => None,
        }
    }

    /// The same, where the options are what comes next at all.
    pub fn telling_belief_of(
        &self,
        model: ModelNo,
        play: PlayNo,
        round_no: RoundNo,
    ) -> Option<&[f64]> {
        let (belief, mass) = self.belief_of(model, play, round_no)?;
        mass.is_none_or(|m| m >= MASS_ENOUGH).then_some(belief)
    }
}
