//! An experiment of a paper as data: what to ask, what to measure, and what the paper measured.

use super::condition::Kind;
use super::item::ContextKind;

/// How a reference number was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The paper's own text.
    Paper,
    /// The authors' released code or logs.
    Code,
    /// Computed from released data.
    Computed,
    /// A third party's digest or reproduction.
    ThirdParty,
}

impl Evidence {
    /// All of them.
    pub const ALL: [Evidence; 4] = [
        Evidence::Paper,
        Evidence::Code,
        Evidence::Computed,
        Evidence::ThirdParty,
    ];

    /// The word in recipes and tables.
    pub fn name(self) -> &'static str {
        match self {
            Evidence::Paper => "paper",
            Evidence::Code => "code",
            Evidence::Computed => "computed",
            Evidence::ThirdParty => "third-party",
        }
    }
}

/// One cell of a run: a condition's answers in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellName {
    /// The condition.
    pub condition: String,
    /// The round.
    pub round: u16,
}

/// What is made of a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// The metric itself.
    Value,
    /// The metric less that of another cell.
    Difference(CellName),
    /// The metric over that of another cell, less 1.
    Relative(CellName),
}

/// A number that a paper reports, and where ours stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// Which of ours it is to be held against.
    pub cell: CellName,
    /// The metric's name in reports.
    pub metric: String,
    /// What is made of it.
    pub quantity: Quantity,
    /// Only this category; `None`: the pool.
    pub category: Option<String>,
    /// The paper's number: a fraction where the metric is one.
    pub value: f64,
    /// Model, size, data.
    pub of: String,
    /// Where among those it stands, in the paper's own words.
    pub place: Option<String>,
    /// How it was come by.
    pub evidence: Evidence,
    /// What keeps it from being compared, beside what holds for the whole recipe.
    pub apart: Option<String>,
}

/// What a figure has across and up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawing {
    /// Conditions across, the metric up, each round beside the one before.
    Conditions,
    /// Rounds across, the metric up, a line a condition.
    Rounds,
    /// The share of women in an occupation across, the probability of a female pronoun up.
    Scatter,
}

impl Drawing {
    /// All of them.
    pub const ALL: [Drawing; 3] = [Drawing::Conditions, Drawing::Rounds, Drawing::Scatter];

    /// The word in recipes.
    pub fn name(self) -> &'static str {
        match self {
            Drawing::Conditions => "conditions",
            Drawing::Rounds => "rounds",
            Drawing::Scatter => "scatter",
        }
    }
}

/// The figure that a recipe asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plot {
    /// The metrics, a panel each.
    pub metrics: Vec<String>,
    /// How they are drawn.
    pub drawing: Drawing,
}

impl Reference {
    /// Of what it is, and where there.
    pub fn source(&self) -> String {
        match &self.place {
            Some(place) => format!("{}, {place}", self.of),
            None => self.of.clone(),
        }
    }
}

/// An experiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    /// As typed: `p1-specificity`.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// Which paper; empty for none.
    pub paper: String,
    /// What it asks.
    pub question: String,
    /// The kind of items it is made for.
    pub kind: Kind,
    /// What is asked where nobody names items.
    pub items: Vec<String>,
    /// Only items whose context is of this kind.
    pub context: Option<ContextKind>,
    /// Only items of these categories; none named: all.
    pub only: Vec<String>,
    /// What the paper asked, and where to have it; empty for no paper.
    pub paper_items: String,
    /// Names or groups of conditions.
    pub conditions: Vec<String>,
    /// Rounds, the first answer included.
    pub rounds: u16,
    /// Independent answers per item and condition.
    pub samples: u16,
    /// Whether the most probable option counts, instead of what is said.
    pub by_options: bool,
    /// Whether P(option) is computed too.
    pub belief: bool,
    /// Sampling temperature.
    pub temperature: f64,
    /// The metrics of the table, in order.
    pub metrics: Vec<String>,
    /// The figure to draw first.
    pub plot: Plot,
    /// The paper's numbers.
    pub references: Vec<Reference>,
    /// What keeps all of ours from being the paper's.
    pub apart: Vec<String>,
    /// The same for the items in the program only; not for items of one's own.
    pub apart_builtin: Vec<String>,
    /// What the paper did that this version does not do.
    pub missing: Vec<String>,
}
