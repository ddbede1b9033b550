//! Texts that answer one prompt, gathered until a model judges which of them mean the same.

use std::collections::BTreeMap;

use super::{ReportError, Tally};
use crate::domain::{ConditionNo, RoundNo};
use crate::session::AnswerLine;
use crate::stats::{CellKey, Estimate, Meaning, Resampling};

/// Somebody who says which texts mean the same.
pub trait Judging {
    /// Who, and by which rule.
    fn name(&self) -> String;

    /// The clusters of the answers; `beginning` is what they all go on from.
    ///
    /// # Errors
    /// Why it could not be judged.
    fn clusters(&mut self, beginning: &str, answers: &[&str]) -> Result<Judged, String>;
}

/// The number of each answer's cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// Answers that mean the same.
    pub same: Vec<usize>,
    /// Answers that do not contradict each other, where that can be told.
    pub unless_contradiction: Option<Vec<usize>>,
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
    /// Each one's mean negative log-probability of a token, in nats.
    pub surprise: Vec<f64>,
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
        let tokens = last.tokens.len().max(1) as f64;
        let sum: f64 = last.tokens.iter().map(|t| -f64::from(t.1)).sum();
        prompt.answers.push(last.text.clone());
        prompt.surprise.push(sum / tokens);
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
            let judged = judge.clusters(&prompt.beginning, &answers);
            let judged = judged.map_err(ReportError::Judge)?;
            let key = CellKey {
                condition: ConditionNo(no),
                round: RoundNo(place.round),
                category: prompt.category.as_str().into(),
            };
            if let Some(clusters) = &judged.unless_contradiction
                && let Some(value) = as_coded(clusters, &prompt.surprise)
            {
                let cell = self.coded.entry(key.clone()).or_default();
                cell.entry(place.item).or_default().push(value);
            }
            let cell = self.meanings.entry(key).or_default();
            for cluster in judged.same {
                cell.add(place.item, place.rotation, Meaning::of_cluster(cluster));
            }
        }
        self.judged = Some(judge.name());
        Ok(())
    }

    /// P3's semantic uncertainty as its code has it, in nats: answers cluster unless one contradicts the
    /// other, and the mean negative log-probabilities of the clusters are averaged. No entropy. `None`
    /// where no model judged, or one that knows no contradiction.
    pub fn uncertainty_as_coded(
        &self,
        condition: ConditionNo,
        round: RoundNo,
        category: Option<&str>,
        resampling: Resampling,
    ) -> Option<Estimate> {
        let mut items: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for (key, cell) in &self.coded {
            let wanted = category.is_none_or(|c| &*key.category == c);
            if key.condition == condition && key.round == round && wanted {
                for (item, values) in cell {
                    items.entry(*item).or_default().extend(values);
                }
            }
        }
        let mean = |values: &Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
        let values: Vec<f64> = items.values().map(mean).collect();
        (!values.is_empty()).then(|| resampling.mean(&values))
    }

    /// The model that judged which texts mean the same; `None` where none did.
    pub fn judged(&self) -> Option<&str> {
        self.judged.as_deref()
    }
}

/// The mean over clusters of the mean surprise of their answers; `None` for fewer than two answers, which
/// say nothing about each other.
fn as_coded(clusters: &[usize], surprise: &[f64]) -> Option<f64> {
    if clusters.len() < 2 {
        return None;
    }
    let mut sums: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    for (cluster, value) in clusters.iter().zip(surprise) {
        let sum = sums.entry(*cluster).or_default();
        sum.0 += value;
        sum.1 += 1.0;
    }
    let means: f64 = sums.values().map(|(sum, n)| sum / n).sum();
    Some(means / sums.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p3s_uncertainty_is_a_mean_of_clusters_means() {
        // Clusters {1, 3} and {8}: means 2 and 8.
        let found = as_coded(&[0, 0, 1], &[1.0, 3.0, 8.0]);
        assert_eq!(found, Some(5.0));
        assert_eq!(as_coded(&[0], &[1.0]), None);
    }
}
