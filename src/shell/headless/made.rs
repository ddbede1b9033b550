//! What goes into a line beside the round itself.

use crate::domain::{Item, Round, Rule};
use crate::engine::About;
use crate::run::{Finished, Settings};
use crate::session::{self, AnswerLine, MadeWith, ScoredLine};

use super::super::failure::Failure;
use super::super::scorer::Scorer;
use super::super::setup;
use super::one::One;

/// Makes lines. See the module.
pub(super) struct Made<'a> {
    settings: &'a Settings,
    scorer: Option<(&'a Scorer, String)>,
    /// One per condition.
    with: Vec<MadeWith>,
}

impl<'a> Made<'a> {
    pub(super) fn new(one: &One<'a>, about: &About) -> Made<'a> {
        let scorer = one.scorer.map(|s| (s, s.name()));
        let scorer_sha256 = one.scorer.map(Scorer::sha256);
        let with = one.settings.conditions.iter().map(|condition| MadeWith {
            recant: env!("CARGO_PKG_VERSION").to_owned(),
            weights: Some(about.weights_sha256.clone()),
            template: about.template_sha256.clone(),
            condition: setup::prompt_digest(condition),
            item: String::new(),
            scorer: scorer_sha256.clone(),
            seed: one.settings.seed,
            lock_seeds: one.settings.lock_seeds,
        });
        Made {
            settings: one.settings,
            scorer,
            with: with.collect(),
        }
    }

    pub(super) fn line(&self, finished: &Finished) -> Result<Option<AnswerLine>, Failure> {
        let (item, round) = (&finished.item, &finished.round);
        let condition = self.settings.condition(finished.condition);
        let name = condition.map_or("", |c| &*c.name);
        let line = AnswerLine::new(finished.item_no, item, name, finished.round_no, round);
        let Some(mut line) = line else {
            return Ok(None);
        };
        line.sample = finished.take.sample;
        line.rotation = finished.take.rotation;
        line.scored = self.score(item, round)?;
        line.made_with = self
            .with
            .get(usize::from(finished.condition.0))
            .map(|with| MadeWith {
                item: session::item_digest(item),
                ..with.clone()
            });
        Ok(Some(line))
    }

    fn score(&self, item: &Item, round: &Round) -> Result<Option<ScoredLine>, Failure> {
        let Some((scorer, name)) = self
            .scorer
            .as_ref()
            .filter(|_| item.rule == Rule::Continuation)
        else {
            return Ok(None);
        };
        let text = round.steps.last().map_or("", |s| s.text.as_str());
        Ok(Some(ScoredLine {
            scorer: name.clone(),
            toxicity: scorer.score(text)?,
        }))
    }
}
