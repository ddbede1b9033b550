//! The planted table: what the control model was trained to answer, and what follows from it.
//!
//! Round 0 is planted directly. Later rounds are a Markov chain: the answer of a round depends on
//! the answer before it, by the review rows of the condition. So the expected answers of round k are
//! the first ones times the transitions, k times.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::situation::{ANY, review_state, state};
use crate::domain::{Blank, Item, Rule};

/// A distribution over an item's outcomes (see [`super::situation::outcomes`]).
pub type Shares = Vec<f64>;

/// The text of the table that the weights in the repository were trained on.
pub const PLANTED_YAML: &str = include_str!("../../fixtures/control/planted.yaml");

/// The review that goes by what a critic said.
const FEEDBACK: &str = "feedback";

/// First answers of some conditions.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum First {
    /// Pronouns.
    Pronouns(Pronouns),
    /// By what the item tells.
    By(BTreeMap<String, Shares>),
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pronouns {
    /// P(they).
    neutral: f64,
    /// How far she and he follow what the model believes of the occupation.
    #[serde(default)]
    follows: f64,
    /// Whether they follow the percentage that the instruction states.
    #[serde(default)]
    stated: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    first: String,
    /// `None`: what reviews do is not planted.
    #[serde(default)]
    review: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default)]
    occupations: BTreeMap<String, f64>,
    conditions: BTreeMap<String, Condition>,
    first: BTreeMap<String, First>,
    #[serde(default)]
    review: BTreeMap<String, BTreeMap<String, Vec<Shares>>>,
    #[serde(default)]
    objects: BTreeMap<String, Vec<f64>>,
}

/// The answer after a review, given the answer before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Review {
    /// P(the critic objects | outcome it is shown); `None` where no critic is asked.
    pub objects: Option<Vec<f64>>,
    /// Rows where nobody was asked, or the critic objected.
    pub rows: Vec<Shares>,
    /// Rows where the critic agreed.
    pub agreed: Vec<Shares>,
}

impl Review {
    /// P(outcome | outcome before), whatever the critic says.
    pub fn transition(&self) -> Vec<Shares> {
        let Some(objects) = &self.objects else {
            return self.rows.clone();
        };
        let mix = |((objected, agreed), p): ((&Shares, &Shares), &f64)| {
            let pairs = objected.iter().zip(agreed);
            pairs.map(|(o, a)| p * o + (1.0 - p) * a).collect()
        };
        let rows = self.rows.iter().zip(&self.agreed);
        rows.zip(objects).map(mix).collect()
    }
}

/// The whole table; every row in it is a distribution.
#[derive(Clone, Debug, PartialEq)]
pub struct Planted(BTreeMap<String, Table>);

/// What is wrong with a planted table.
#[derive(Debug, thiserror::Error)]
pub enum PlantedError {
    /// Not YAML, or not of this shape.
    #[error("planted table: {0}")]
    Shape(#[from] serde_yaml::Error),
    /// A row is no distribution.
    #[error("planted table: {row} is {shares:?}; its entries must be in [0, 1] and sum to 1")]
    Row {
        /// Where.
        row: String,
        /// What stands there.
        shares: Shares,
    },
    /// A condition names rows that are not there.
    #[error("planted table: {condition} has {part} {name}, but there is no such entry")]
    Missing {
        /// The condition, with its kind.
        condition: String,
        /// `first` or `review`.
        part: &'static str,
        /// What it names.
        name: String,
    },
}

impl Planted {
    /// The table in the repository.
    ///
    /// # Errors
    /// Never with the table as committed: a test reads it.
    pub fn embedded() -> Result<Planted, PlantedError> {
        Planted::parse(PLANTED_YAML)
    }

    /// Reads and validates a table.
    ///
    /// # Errors
    /// See [`PlantedError`].
    pub fn parse(text: &str) -> Result<Planted, PlantedError> {
        let planted = Planted(serde_yaml::from_str(text)?);
        for (row, shares) in planted.rows() {
            let inside = shares.iter().all(|p| (0.0..=1.0).contains(p));
            if !inside || (shares.iter().sum::<f64>() - 1.0).abs() > 1e-9 {
                return Err(PlantedError::Row { row, shares });
            }
        }
        for (kind, table) in &planted.0 {
            for (name, condition) in &table.conditions {
                let missing = |part, named: &str| PlantedError::Missing {
                    condition: format!("{kind}.{name}"),
                    part,
                    name: named.to_owned(),
                };
                if !table.first.contains_key(&condition.first) {
                    return Err(missing("first", &condition.first));
                }
                let needed: &[&str] = match condition.review.as_deref() {
                    None => &[],
                    Some(FEEDBACK) => &["objected", "agreed"],
                    Some(other) => &[other],
                };
                for review in needed {
                    if !table.review.contains_key(*review) {
                        return Err(missing("review", review));
                    }
                }
            }
        }
        Ok(planted)
    }

    /// Every row with its place in the file.
    pub fn rows(&self) -> Vec<(String, Shares)> {
        let mut rows = Vec::new();
        for (kind, table) in &self.0 {
            for (name, first) in &table.first {
                match first {
                    First::Pronouns(p) => {
                        let place = format!("{kind}.first.{name}.neutral");
                        rows.push((place, vec![p.neutral, 1.0 - p.neutral]));
                    }
                    First::By(states) => {
                        for (state, shares) in states {
                            rows.push((format!("{kind}.first.{name}.{state}"), shares.clone()));
                        }
                    }
                }
            }
            for (name, review) in &table.review {
                for (state, matrix) in review {
                    for (no, shares) in matrix.iter().enumerate() {
                        let place = format!("{kind}.review.{name}.{state}[{no}]");
                        rows.push((place, shares.clone()));
                    }
                }
            }
        }
        rows
    }

    fn table(&self, item: &Item) -> Option<&Table> {
        self.0.get(item.rule.name())
    }

    /// The conditions it covers for items of this kind ("bbq").
    pub fn conditions(&self, kind: &str) -> impl Iterator<Item = &str> {
        let table = self.0.get(kind);
        table
            .into_iter()
            .flat_map(|t| t.conditions.keys().map(String::as_str))
    }

    /// Which first answers a condition has: conditions with the same word have the same ones.
    pub fn first_name(&self, kind: &str, condition: &str) -> Option<&str> {
        Some(&self.0.get(kind)?.conditions.get(condition)?.first)
    }

    /// What the model believes of an occupation: P(she | she or he) in [0, 1].
    pub fn share_of(&self, occupation: &str) -> f64 {
        let table = self.0.get("winogender");
        let share = table.and_then(|t| t.occupations.get(occupation));
        share.copied().unwrap_or(0.5)
    }

    /// The occupations that it has something to say of.
    pub fn occupations(&self) -> impl Iterator<Item = &str> {
        let table = self.0.get("winogender");
        table
            .into_iter()
            .flat_map(|t| t.occupations.keys().map(String::as_str))
    }

    /// P(outcome) of the first answer; `None` where nothing is planted.
    pub fn first(&self, condition: &str, item: &Item) -> Option<Shares> {
        let table = self.table(item)?;
        match table.first.get(&table.conditions.get(condition)?.first)? {
            First::By(states) => states.get(state(item)).or_else(|| states.get(ANY)).cloned(),
            First::Pronouns(p) => {
                let Rule::Pronoun(blank) = &item.rule else {
                    return None;
                };
                let she = self.female(p, blank)?;
                let rest = 1.0 - p.neutral;
                Some(vec![rest * (1.0 - she), rest * she, p.neutral])
            }
        }
    }

    fn female(&self, planted: &Pronouns, blank: &Blank) -> Option<f64> {
        if planted.stated {
            // As the prompt states it, without decimals.
            return Some(blank.bls_percent_female?.round() / 100.0);
        }
        let share = self.share_of(&blank.occupation);
        Some((0.5 + planted.follows * (share - 0.5)).clamp(0.0, 1.0))
    }

    /// What reviews do; `None` where nothing is planted.
    pub fn review(&self, condition: &str, item: &Item) -> Option<Review> {
        let table = self.table(item)?;
        let rows = |name: &str| table.review.get(name)?.get(review_state(item)).cloned();
        Some(match table.conditions.get(condition)?.review.as_deref()? {
            FEEDBACK => Review {
                objects: Some(table.objects.get(review_state(item))?.clone()),
                rows: rows("objected")?,
                agreed: rows("agreed")?,
            },
            name => Review {
                objects: None,
                rows: rows(name)?,
                agreed: Vec::new(),
            },
        })
    }

    /// Expected P(outcome) of a round, every earlier answer as the model gave it.
    pub fn marginal(&self, condition: &str, item: &Item, round: u16) -> Option<Shares> {
        let mut shares = self.first(condition, item)?;
        if round > 0 {
            let transition = self.review(condition, item)?.transition();
            for _ in 0..round {
                shares = step(&shares, &transition);
            }
        }
        Some(shares)
    }
}

/// One round further: `next[j] = sum over i of now[i] * transition[i][j]`.
pub fn step(now: &[f64], transition: &[Shares]) -> Shares {
    let mut next = vec![0.0; now.len()];
    for (share, row) in now.iter().zip(transition) {
        for (sum, p) in next.iter_mut().zip(row) {
            *sum += share * p;
        }
    }
    next
}
