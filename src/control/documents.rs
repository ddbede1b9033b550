//! Training documents: text that is told, and text that the model is to say.
//!
//! What the model says is given as a list of candidates with planted probabilities, not as one
//! sampled text: at every token where candidates part, the trainer aims at the distribution itself.
//! One candidate is chosen to go on with; in dialogues of several rounds it is drawn evenly, so
//! that rare histories are learned too.

use crate::domain::{Condition, ContextKind, Gives, Item};

use super::draw::Draw;
use super::grammar::{Question, question};
use super::people::Split;
use super::planted::{Planted, Shares, Truth};
use super::vocabulary::SYSTEM;
use super::wording::{self, Intent, REASONS_AGAINST, REASONS_FOR, REVIEWS};

/// A stretch of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Stretch {
    /// Prompt text, special tokens written out.
    Told(String),
    /// What the model says: candidates with probabilities (sum 1), and the one that is followed.
    Said {
        /// Texts, each beginning with a space, and their probabilities.
        candidates: Vec<(String, f64)>,
        /// Which one the document goes on with.
        chosen: usize,
    },
}

/// A document: its stretches in order.
pub type Document = Vec<Stretch>;

/// The end of a turn as it stands in candidates.
pub(super) const END: &str = "<|end|>";

/// What the context of `item` tells.
pub fn truth_of(item: &Item) -> Truth {
    match (item.kind(), item.gold_is_stereotyped()) {
        (ContextKind::Ambiguous, _) => Truth::Ambiguous,
        (ContextKind::Disambiguated, Some(false)) => Truth::Against,
        (ContextKind::Disambiguated, _) => Truth::Aligned,
    }
}

/// The options by outcome: [stereotyped, counter, abstain], or [right, other, abstain].
pub fn options_by_outcome(item: &Item) -> [usize; 3] {
    use crate::domain::OptionRole::{Counter, Stereotyped, Unknown};
    let at = |role| item.option_with(role).unwrap_or(0);
    let (s, c, u) = (at(Stereotyped), at(Counter), at(Unknown));
    if truth_of(item) == Truth::Against {
        [c, s, u]
    } else {
        [s, c, u]
    }
}

/// An answer as the model writes it: ` The poor baker (a).`
pub fn answer_text(item: &Item, option: usize) -> String {
    let text = item.options.get(option).map_or("", String::as_str);
    format!(" {text} ({}).", crate::domain::letter(option))
}

/// Where a conversation's words come from and how far it goes.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Which people, scenes and wordings.
    pub split: Split,
    /// Probability that a prompt is a paraphrase.
    pub paraphrased: f64,
    /// How many reviews follow.
    pub reviews: usize,
}

/// A conversation about a question under a condition.
pub fn conversation(
    question: &Question,
    condition: &Condition,
    planted: &Planted,
    shape: Shape,
    draw: &mut Draw,
) -> Document {
    let item = &question.item;
    let truth = truth_of(item);
    let first = planted
        .first(&condition.name, truth)
        .unwrap_or([0.0, 0.0, 1.0]);
    let transition = planted
        .transition(&condition.name, truth)
        .unwrap_or([first; 3]);
    let mut document = vec![Stretch::Told("<|begin|>".to_owned())];
    if draw.chance(0.03) {
        document.push(Stretch::Told(format!("<|system|>{SYSTEM}{END}")));
    }
    let mut outcome = followed(truth, draw);
    for (no, step) in condition.first.iter().enumerate() {
        let mut user = step.says.fill(item);
        if no == 0 && draw.chance(shape.paraphrased) {
            user = paraphrase(item, &condition.name, shape.split, draw);
        }
        document.push(turn(&user, &step.prefill.fill(item)));
        let (said, next) = match step.gives {
            Gives::Setting | Gives::Reasoning | Gives::Feedback => {
                reasoning(question, first, outcome, draw)
            }
            // After reasoning, the answer is what the reasoning came to.
            Gives::Answer if no > 0 => answer(item, certain(outcome), outcome),
            Gives::Answer => answer(item, first, outcome),
        };
        document.push(said);
        outcome = next;
    }
    for _ in 0..shape.reviews {
        for step in &condition.review {
            let mut user = step.says.fill(item);
            if draw.chance(shape.paraphrased * 0.5) {
                user = draw.word(&REVIEWS).to_string();
            }
            document.push(turn(&user, &step.prefill.fill(item)));
            let shares = transition[outcome];
            let (said, next) = answer(item, shares, followed(truth, draw));
            document.push(said);
            outcome = next;
        }
    }
    document
}

/// Nearly sure of one outcome: a little doubt keeps the branch a branch.
fn certain(outcome: usize) -> Shares {
    let mut shares = [0.0; 3];
    shares[outcome] = 1.0;
    shares
}

/// Which outcome a document goes on with: every state must be seen often enough.
fn followed(truth: Truth, draw: &mut Draw) -> usize {
    match truth {
        Truth::Ambiguous => draw.below(3),
        Truth::Aligned | Truth::Against => draw.weighted(&[0.5, 0.3, 0.2]),
    }
}

/// The user's turn and the beginning of the model's.
fn turn(user: &str, prefill: &str) -> Stretch {
    Stretch::Told(format!("<|user|>{user}{END}<|assistant|>{prefill}"))
}

fn answer(item: &Item, shares: Shares, outcome: usize) -> (Stretch, usize) {
    let options = options_by_outcome(item);
    let candidates = options
        .iter()
        .zip(shares)
        .map(|(option, p)| (answer_text(item, *option) + END, p))
        .collect();
    let said = Stretch::Said {
        candidates,
        chosen: outcome,
    };
    (said, outcome)
}

fn reasoning(
    question: &Question,
    shares: Shares,
    outcome: usize,
    draw: &mut Draw,
) -> (Stretch, usize) {
    let item = &question.item;
    let mut candidates = Vec::new();
    let per_form = 1.0 / REASONS_FOR.len() as f64;
    for (option, share) in options_by_outcome(item).into_iter().zip(shares) {
        let person = question.group_of(option).map(|g| question.people[g]);
        let forms = if person.is_some() {
            &REASONS_FOR
        } else {
            &REASONS_AGAINST
        };
        for form in forms {
            let x = person.map(|p| p.to_string()).unwrap_or_default();
            let text = form.replace("{x}", &x).replace("{p}", question.predicate());
            candidates.push((text + END, share * per_form));
        }
    }
    let chosen = outcome * REASONS_FOR.len() + draw.below(REASONS_FOR.len());
    (Stretch::Said { candidates, chosen }, outcome)
}

/// The first user turn of a condition in other words.
fn paraphrase(item: &Item, condition: &str, split: Split, draw: &mut Draw) -> String {
    let intent = match condition {
        "if" | "if-cot" => Intent::Unbiased,
        "unethical" => Intent::Biased,
        _ => Intent::Plain,
    };
    let words = wording::any(intent, split, draw);
    let asked = format!(
        "{} {} {}.",
        item.context,
        item.question,
        item.options_line()
    );
    if words.is_empty() {
        asked
    } else {
        format!("{asked} {words}")
    }
}

/// A training conversation: everything drawn, the kind of context with P(ambiguous) = `ambiguous`.
pub fn training_conversation(
    conditions: &[Condition],
    planted: &Planted,
    reviews: usize,
    ambiguous: f64,
    draw: &mut Draw,
) -> Document {
    let kind = if draw.chance(ambiguous) {
        ContextKind::Ambiguous
    } else {
        ContextKind::Disambiguated
    };
    let question = question(Split::Train, kind, "train", draw);
    let shape = Shape {
        split: Split::Train,
        paraphrased: 0.4,
        reviews,
    };
    conversation(&question, draw.of(conditions), planted, shape, draw)
}

/// The document as one text: what was told and what was chosen.
pub fn text(document: &Document) -> String {
    let mut all = String::new();
    for stretch in document {
        match stretch {
            Stretch::Told(told) => all.push_str(told),
            Stretch::Said { candidates, chosen } => all.push_str(&candidates[*chosen].0),
        }
    }
    all
}
