//! What a play asks next: the dialogue so far, the options to score, how tokens are drawn.

use crate::domain::{
    AnswerStyle, Condition, Dialogue, Gives, Item, Round, RoundNo, Sampling, Step, Voice,
};

use super::super::draw::StepAt;
use super::super::settings::{Answers, Settings};
use super::{Play, Pulse};

/// A job before it has a number.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::run) struct Wanted {
    pub voice: Voice,
    pub dialogue: Dialogue,
    pub options: Vec<Vec<String>>,
    pub sampling: Option<Sampling>,
}

impl Play {
    /// What to ask now; `None` while a job is running or when nothing is left. Whoever takes it must
    /// start it: the play counts as asked from here on.
    pub(in crate::run) fn next(&mut self, settings: &Settings) -> Option<Wanted> {
        let frozen = self.own.as_ref().is_some_and(|o| o.frozen.is_some());
        if self.asked || self.paused || frozen || self.is_over(settings) {
            return None;
        }
        let condition = &*self.recipe(settings)?.clone();
        let round = RoundNo(u16::try_from(self.trajectory.rounds_done()).ok()?);
        if std::mem::take(&mut self.cut)
            && let Some(wanted) = self.rest_of_cut(settings, condition, round)
        {
            self.asked = true;
            return Some(wanted);
        }
        let (step, recipe, dialogue) = loop {
            let begun = self.trajectory.rounds.get(usize::from(round.0));
            let step = begun.map_or(0, |r| r.steps.len());
            let recipe = condition.steps(round).get(step)?;
            let trajectory = &self.trajectory;
            let dialogue = trajectory.dialogue(&self.item, condition, round, step)?;
            let spoken = trajectory.opening(&self.item, condition, round, step)?;
            if step == 0 {
                self.trajectory.rounds.push(Round::default());
                self.pulses.push(Pulse::default());
                self.prompt_tokens.push((0, 0));
            }
            // What the prompt file gives is said already; nobody is asked.
            let given = spoken.ended.is_some();
            if let Some(now) = self.trajectory.rounds.last_mut() {
                now.steps.push(spoken);
            }
            if !given {
                break (step, recipe, dialogue);
            }
        };
        let sampling = self.sampling(settings, condition, round, step, recipe);
        self.asked = true;
        let answers = recipe.gives == Gives::Answer && !self.item.options.is_empty();
        let scored = answers && settings.plan.answers == Answers::Options;
        Some(Wanted {
            voice: recipe.voice,
            options: if scored || (answers && settings.belief) {
                forms_after(
                    style(condition, &self.item).forms(&self.item),
                    &dialogue.prefill,
                )
            } else {
                Vec::new()
            },
            sampling: (!scored).then_some(sampling),
            dialogue,
        })
    }

    /// What goes on from the step that a fork cut; `None` where it cut before everything.
    fn rest_of_cut(
        &self,
        settings: &Settings,
        condition: &Condition,
        round: RoundNo,
    ) -> Option<Wanted> {
        let begun = self.trajectory.rounds.get(usize::from(round.0))?;
        let (step, now) = (begun.steps.len().checked_sub(1)?, begun.steps.last()?);
        let recipe = condition.steps(round).get(step)?;
        let mut dialogue = self
            .trajectory
            .dialogue(&self.item, condition, round, step)?;
        dialogue.prefill.push_str(&now.text);
        let mut sampling = self.sampling(settings, condition, round, step, recipe);
        let said = u32::try_from(now.tokens.len()).unwrap_or(u32::MAX);
        sampling.max_tokens = sampling.max_tokens.saturating_sub(said).max(1);
        Some(Wanted {
            voice: recipe.voice,
            dialogue,
            options: Vec::new(),
            sampling: Some(sampling),
        })
    }

    /// How a step's tokens are drawn. Branches of one answer draw apart.
    fn sampling(
        &self,
        settings: &Settings,
        condition: &Condition,
        round: RoundNo,
        step: usize,
        recipe: &Step,
    ) -> Sampling {
        let draw = match &self.own {
            Some(own) => own.draw_of(round, settings),
            None => settings.draw(),
        };
        let at = StepAt {
            item: &self.item.id,
            take: self.take,
            condition: &condition.name,
            round,
            step,
        };
        let mut sampling = draw.sampling(at, recipe);
        // splitmix64's step: neighbouring salts give unrelated seeds.
        sampling.seed ^= self.salt.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        sampling
    }
}

/// How an answer to this item looks: where options have no letters, by their words.
pub(in crate::run) fn style(condition: &Condition, item: &Item) -> AnswerStyle {
    match item.rule.has_letters() {
        true => condition.style,
        false => AnswerStyle::Text,
    }
}

/// The continuations as they follow these words: after an open quote or a new line there is no
/// space before them.
pub(super) fn forms_after(mut forms: Vec<Vec<String>>, prefill: &str) -> Vec<Vec<String>> {
    if prefill.ends_with(['"', '\u{201c}', '\n']) {
        for form in forms.iter_mut().flatten() {
            *form = form.trim_start().to_owned();
        }
    }
    forms
}
