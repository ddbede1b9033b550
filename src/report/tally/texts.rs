//! Texts that answer one prompt, gathered until a model judges which of them mean the same.

use std::collections::BTreeMap;

use super::{ReportError, Tally};
use crate::domain::{ConditionNo, RoundNo};
use crate::session::AnswerLine;
use crate::stats::{CellKey, Meaning};

/// Somebody who says which texts mean the same.
pub trait Judging {
    /// Who, and by which rule.
    fn name(&self) -> String;

    /// The number of each answer's cluster; `beginning` is what they all go on from.
    ///
    /// # Errors
    /// Why it could not be judged.
    fn clusters(&mut self, beginning: &str, answers: &[&str]) -> Result<Vec<usize>, String>;
}

/// Whose answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asked {
    pub condition: String,
    pub round: u16,
    pub item: u32,
    pub rotation: u16,
}

/// The answers to one prompt.
#[derive(Clone, Debug, Default)]
pub(super) struct Prompt {
    pub category: String,
    pub beginning: String,
    pub answers: Vec<String>,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Texts(pub BTreeMap<Asked, Prompt>);

impl Texts {
    /// Adds a line's text, if it is one that was generated.
    pub fn add(&mut self, line: &AnswerLine) {
        let generated = line.steps.iter().any(|step| !step.tokens.is_empty());
        let (true, true, Some(last)) = (generated, line.roles.is_empty(), line.steps.last()) else {
            return;
        };
        let place = Asked {
            condition: line.condition.clone(),
            round: line.round,
            item: u32::try_from(line.item_no).unwrap_or(u32::MAX),
            rotation: line.rotation,
        };
        let prompt = self.0.entry(place).or_default();
        if prompt.answers.is_empty() {
            prompt.category = line.category.clone();
            prompt.beginning = line.beginning.clone().unwrap_or_default();
        }
        prompt.answers.push(last.text.clone());
    }
}

impl Tally {
    /// Clusters the texts that were gathered.
    pub(super) fn judge(
        &mut self,
        texts: Texts,
        judge: &mut dyn Judging,
    ) -> Result<(), ReportError> {
        for (place, prompt) in texts.0 {
            let found = self.conditions.iter().position(|c| *c == place.condition);
            let no = u16::try_from(found.unwrap_or(0)).unwrap_or(u16::MAX);
            let answers: Vec<&str> = prompt.answers.iter().map(String::as_str).collect();
            let clusters = judge.clusters(&prompt.beginning, &answers);
            let clusters = clusters.map_err(ReportError::Judge)?;
            let key = CellKey {
                condition: ConditionNo(no),
                round: RoundNo(place.round),
                category: prompt.category.as_str().into(),
            };
            let cell = self.meanings.entry(key).or_default();
            for cluster in clusters {
                cell.add(place.item, place.rotation, Meaning::of_cluster(cluster));
            }
        }
        self.judged = Some(judge.name());
        Ok(())
    }

    /// The model that judged which texts mean the same; `None` where none did.
    pub fn judged(&self) -> Option<&str> {
        self.judged.as_deref()
    }
}
