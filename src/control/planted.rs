//! The planted table: what the control model was trained to answer, and what follows from it.
//!
//! Round 0 is planted directly. Later rounds are a Markov chain: the answer of a round depends on
//! the answer before it, by the review table of the condition's family. So the expected answers
//! of round k are the first ones times the transitions, k times.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A distribution over three outcomes. In ambiguous contexts: stereotyped, counter, abstain. In
/// disambiguated ones: right, other, abstain.
pub type Shares = [f64; 3];

/// The text of the table that the weights in the repository were trained on.
pub const PLANTED_YAML: &str = include_str!("../../fixtures/control/planted.yaml");

/// The review family of conditions that instruct the model to be biased.
const BIASED_FAMILY: &str = "unethical";

/// What a question's context tells, as far as the table distinguishes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Truth {
    /// Nothing.
    Ambiguous,
    /// The answer, and it agrees with the stereotype.
    Aligned,
    /// The answer, and it goes against the stereotype.
    Against,
}

impl Truth {
    /// All, in display order.
    pub const ALL: [Truth; 3] = [Truth::Ambiguous, Truth::Aligned, Truth::Against];

    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Truth::Ambiguous => "ambiguous",
            Truth::Aligned => "aligned",
            Truth::Against => "against",
        }
    }

    /// The names of the three outcomes.
    pub fn outcomes(self) -> [&'static str; 3] {
        match self {
            Truth::Ambiguous => ["stereotyped", "counter", "abstain"],
            Truth::Aligned | Truth::Against => ["right", "other", "abstain"],
        }
    }
}

/// The first answers of one condition.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct First {
    /// Which review table follows.
    pub family: String,
    /// Stereotyped, counter, abstain where the text does not answer.
    pub ambiguous: Shares,
    /// Right, other, abstain where the truth agrees with the stereotype.
    pub aligned: Shares,
    /// Right, other, abstain where the truth goes against it.
    pub against: Shares,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct FromVerdict {
    stereotyped: Shares,
    counter: Shares,
    abstain: Shares,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct FromRight {
    right: Shares,
    other: Shares,
    abstain: Shares,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Review {
    ambiguous: FromVerdict,
    disambiguated: FromRight,
}

/// The whole table; every row in it is a distribution.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planted {
    first: BTreeMap<String, First>,
    review: BTreeMap<String, Review>,
}

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
    /// A condition names a family that has no review table.
    #[error(
        "planted table: condition {condition} has family {family}, but review has no such entry"
    )]
    Family {
        /// The condition.
        condition: String,
        /// Its family.
        family: String,
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
        let table: Planted = serde_yaml::from_str(text)?;
        for (row, shares) in table.rows() {
            let inside = shares.iter().all(|p| (0.0..=1.0).contains(p));
            if !inside || (shares.iter().sum::<f64>() - 1.0).abs() > 1e-9 {
                return Err(PlantedError::Row { row, shares });
            }
        }
        for (condition, first) in &table.first {
            if !table.review.contains_key(&first.family) {
                return Err(PlantedError::Family {
                    condition: condition.clone(),
                    family: first.family.clone(),
                });
            }
        }
        Ok(table)
    }

    /// Every row with its place in the file.
    pub fn rows(&self) -> Vec<(String, Shares)> {
        let mut rows = Vec::new();
        for (name, first) in &self.first {
            rows.push((format!("first.{name}.ambiguous"), first.ambiguous));
            rows.push((format!("first.{name}.aligned"), first.aligned));
            rows.push((format!("first.{name}.against"), first.against));
        }
        for (name, review) in &self.review {
            let Review {
                ambiguous: a,
                disambiguated: d,
            } = review;
            for (kind, from, shares) in [
                ("ambiguous", "stereotyped", a.stereotyped),
                ("ambiguous", "counter", a.counter),
                ("ambiguous", "abstain", a.abstain),
                ("disambiguated", "right", d.right),
                ("disambiguated", "other", d.other),
                ("disambiguated", "abstain", d.abstain),
            ] {
                rows.push((format!("review.{name}.{kind}.{from}"), shares));
            }
        }
        rows
    }

    /// The conditions it covers.
    pub fn conditions(&self) -> impl Iterator<Item = &str> {
        self.first.keys().map(String::as_str)
    }

    /// Whether a condition instructs the model to be biased: then accuracy is not asked of it.
    pub fn asks_for_bias(&self, condition: &str) -> bool {
        self.first
            .get(condition)
            .is_some_and(|f| f.family == BIASED_FAMILY)
    }

    /// P(outcome) of the first answer; `None` for a condition it does not cover.
    pub fn first(&self, condition: &str, truth: Truth) -> Option<Shares> {
        let first = self.first.get(condition)?;
        Some(match truth {
            Truth::Ambiguous => first.ambiguous,
            Truth::Aligned => first.aligned,
            Truth::Against => first.against,
        })
    }

    /// P(outcome | outcome before) of a review: row `i` is the distribution after outcome `i`.
    pub fn transition(&self, condition: &str, truth: Truth) -> Option<[Shares; 3]> {
        let review = self.review.get(&self.first.get(condition)?.family)?;
        let (a, d) = (&review.ambiguous, &review.disambiguated);
        Some(match truth {
            Truth::Ambiguous => [a.stereotyped, a.counter, a.abstain],
            Truth::Aligned | Truth::Against => [d.right, d.other, d.abstain],
        })
    }

    /// Expected P(outcome) of a round, every earlier answer as the model gave it.
    pub fn marginal(&self, condition: &str, truth: Truth, round: u16) -> Option<Shares> {
        let mut shares = self.first(condition, truth)?;
        let transition = self.transition(condition, truth)?;
        for _ in 0..round {
            shares = step(shares, &transition);
        }
        Some(shares)
    }
}

/// One round further: `next[j] = sum over i of now[i] * transition[i][j]`.
pub fn step(now: Shares, transition: &[Shares; 3]) -> Shares {
    let mut next = [0.0; 3];
    for (share, row) in now.iter().zip(transition) {
        for (sum, p) in next.iter_mut().zip(row) {
            *sum += share * p;
        }
    }
    next
}
