//! What conversations are about: kinds of items, conditions, and how often each comes.

use crate::config::Mistake;
use crate::control::documents::{Document, Shape, conversation};
use crate::control::draw::Draw;
use crate::control::people::Split;
use crate::control::planted::Planted;
use crate::control::prompts::{conditions, planted_conditions};
use crate::control::sets::Sets;
use crate::domain::{Condition, Kind};

/// The kinds with how often they come once all kinds come.
const KINDS: [(Kind, f64); 5] = [
    (Kind::Bbq, 0.54),
    (Kind::Winogender, 0.12),
    (Kind::Law, 0.12),
    (Kind::Distinguish, 0.08),
    (Kind::Continuation, 0.14),
];

/// Longer conversations than this are not learned: every condition has been seen whole by then.
const LONGEST: u16 = 3;

/// Conversations to draw from.
pub struct Lessons {
    /// The distributions to learn.
    pub planted: Planted,
    sets: Sets,
    first: [(Kind, Vec<Condition>); 1],
    all: Vec<(Kind, Vec<Condition>)>,
    /// By kind, a weight for each of its conditions.
    weights: Vec<Vec<f64>>,
}

impl Lessons {
    /// Everything that is planted.
    ///
    /// # Errors
    /// A mistake in the program's own files; a test holds that there is none.
    pub fn new(planted: Planted) -> Result<Lessons, Mistake> {
        let mut all = Vec::new();
        for (kind, _) in KINDS {
            all.push((kind, planted_conditions(kind, &planted)?));
        }
        let weights =
            |(_, conditions): &(Kind, Vec<Condition>)| conditions.iter().map(weight).collect();
        Ok(Lessons {
            sets: Sets::read(&planted).map_err(|error| Mistake {
                file: "built-in items".to_owned(),
                line: None,
                what: error.to_string(),
            })?,
            first: [(Kind::Bbq, conditions()?)],
            weights: all.iter().map(weights).collect(),
            all,
            planted,
        })
    }

    /// The kinds and conditions: the four everyday ones, or all.
    pub fn conditions(&self, all: bool) -> &[(Kind, Vec<Condition>)] {
        match all {
            true => &self.all,
            false => &self.first,
        }
    }

    /// A conversation about a training item, with P(its context does not answer) = `ambiguous`.
    pub fn conversation(
        &self,
        all: bool,
        reviews: u16,
        ambiguous: f64,
        draw: &mut Draw,
    ) -> Vec<Document> {
        let shape = |reviews| Shape {
            split: Split::Train,
            paraphrased: 0.4,
            reviews,
        };
        if !all {
            let [(kind, conditions)] = &self.first;
            let item = self.sets.training(*kind, ambiguous, draw);
            let condition = draw.of(conditions);
            return conversation(&item, condition, &self.planted, shape(reviews), draw);
        }
        let at = draw.weighted(&KINDS.map(|(_, weight)| weight));
        let (kind, conditions) = &self.all[at];
        let condition = &conditions[draw.weighted(&self.weights[at])];
        let item = self.sets.training(*kind, ambiguous, draw);
        // A review of a long condition is as much text as two of a short one.
        let most = match condition.review.len() {
            1 => LONGEST,
            _ => 2,
        };
        let reviews = reviews.min(most);
        conversation(&item, condition, &self.planted, shape(reviews), draw)
    }
}

/// How often a condition comes beside the others of its kind.
fn weight(condition: &Condition) -> f64 {
    let paraphrase = |name: &str| {
        name.strip_prefix('w')
            .is_some_and(|n| n.parse::<u8>().is_ok())
    };
    match &*condition.name {
        "q" | "if" | "if-cot" | "unethical" => 3.0,
        // Every percentage has to be learned.
        "match-stats" => 4.0,
        // Reviews that hang on reasoning, or on what a critic says of a text, are learned last.
        "int-cot" | "int-ext-cot" | "ext-cot" => 2.5,
        "ext" | "int-ext" | "plain" => 2.0,
        // A table of reviews that few conditions share.
        "attack" | "negate" | "repeat" | "continue" | "fixed" => 1.8,
        name if paraphrase(name) => 0.3,
        "hitler" | "stalin" | "pol-pot" | "if-again" => 0.5,
        "ext-assistant" | "ext-tool" | "s3-must" => 0.6,
        _ => 1.0,
    }
}
