//! Training documents: text that is told, and text that the model is to say.
//!
//! What the model says is given as a list of candidates with planted probabilities, not as one
//! sampled text: at every token where candidates part, the trainer aims at the distribution itself.
//! One candidate is chosen to go on with; in dialogues of several rounds it is drawn evenly, so
//! that rare histories are learned too.
//!
//! Prompts are what [`Trajectory::dialogue`] makes of a condition: the same code as in a run.

use crate::domain::{
    Condition, Dialogue, Gives, Item, Kind, Round, RoundNo, StopReason, Trajectory, Voice,
};

use super::draw::Draw;
use super::people::Split;
use super::planted::{Planted, Shares};
use super::speech::{answer, any_of, certain, feedback, followed, reasoning};
use super::wording::{self, Intent, REVIEWS};

/// A stretch of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Stretch {
    /// Prompt text, special tokens written out.
    Told(String),
    /// What the model says: candidates with probabilities (sum 1), and the one that is followed.
    Said {
        /// Texts and their probabilities.
        candidates: Vec<(String, f64)>,
        /// Which one the document goes on with.
        chosen: usize,
    },
}

/// A document: its stretches in order.
pub type Document = Vec<Stretch>;

/// The end of a turn as it stands in candidates.
pub(super) const END: &str = "<|end|>";

/// Where a conversation's words come from and how far it goes.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Which people, scenes and wordings.
    pub split: Split,
    /// Probability that a prompt is a paraphrase.
    pub paraphrased: f64,
    /// How many reviews follow.
    pub reviews: u16,
}

/// A dialogue as one text; the chat template written by hand (a test compares the two).
pub fn render(dialogue: &Dialogue) -> String {
    let mut text = "<|begin|>".to_owned();
    for message in &dialogue.messages {
        text += &format!("<|{}|>{}{END}", message.role.name(), message.text);
    }
    text + "<|assistant|>" + &dialogue.prefill
}

/// A dialogue being written down.
#[derive(Default)]
struct Writing {
    /// What the open document says so far.
    text: String,
    open: Document,
    whole: Vec<Document>,
}

impl Writing {
    /// Goes on with what a prompt adds and what is said to it; a prompt that does not go on from here
    /// begins a new document.
    fn go_on(&mut self, prompt: &str, said: Stretch, text: &str) {
        let added = match prompt.strip_prefix(&self.text) {
            Some(added) => added,
            None => {
                self.whole.push(std::mem::take(&mut self.open));
                prompt
            }
        };
        self.open.push(Stretch::Told(added.to_owned()));
        self.open.push(said);
        self.text = format!("{prompt}{text}{END}");
    }
}

/// A conversation about an item under a condition, and the critic's own dialogues about it. Nothing
/// where the table plants nothing.
pub fn conversation(
    item: &Item,
    condition: &Condition,
    planted: &Planted,
    shape: Shape,
    draw: &mut Draw,
) -> Vec<Document> {
    let Some(first) = planted.first(&condition.name, item) else {
        return Vec::new();
    };
    let review = planted.review(&condition.name, item);
    let reviews = match review {
        Some(_) => shape.reviews,
        None => 0,
    };
    let review = review.unwrap_or_default();
    let mut trajectory = Trajectory::new(item.id.clone());
    let (mut own, mut critics) = (Writing::default(), Vec::new());
    let mut before: Option<usize> = None;
    for round in (0..=reviews).map(RoundNo) {
        trajectory.rounds.push(Round::default());
        let mut objected = None;
        // What reasoning came to, which the answer then says.
        let mut decided = None;
        for (no, step) in condition.steps(round).iter().enumerate() {
            let (Some(mut dialogue), Some(mut spoken)) = (
                trajectory.dialogue(item, condition, round, no),
                trajectory.opening(item, condition, round, no),
            ) else {
                return own.whole;
            };
            if let Some(text) = reworded(item, condition, (round, no), shape, draw) {
                if let Some(last) = dialogue.messages.last_mut() {
                    last.text.clone_from(&text);
                }
                spoken.says = text;
            }
            if spoken.ended.is_none() {
                let shares: Shares = match (before, objected) {
                    (None, _) => first.clone(),
                    (Some(before), Some(false)) => review.agreed[before].clone(),
                    (Some(before), _) => review.rows[before].clone(),
                };
                let said = match step.gives {
                    Gives::Setting => any_of(&["I see."], draw),
                    Gives::Feedback => {
                        let p = review
                            .objects
                            .as_ref()
                            .zip(before)
                            .map_or(1.0, |(o, b)| o[b]);
                        let objects = draw.chance(0.5);
                        objected = Some(objects);
                        feedback(item, p, objects, draw)
                    }
                    Gives::Reasoning => {
                        let outcome = followed(item, draw);
                        let (said, decides) = reasoning(item, &shares, outcome, draw);
                        decided = decides.then_some(outcome);
                        said
                    }
                    Gives::Answer => {
                        let outcome = decided.unwrap_or_else(|| followed(item, draw));
                        before = Some(outcome);
                        let shares = match decided {
                            Some(outcome) => certain(outcome, shares.len()),
                            None => shares,
                        };
                        answer(item, &shares, outcome, &spoken.prefill, draw)
                    }
                };
                let (candidates, chosen) = said;
                let joint = match spoken.prefill.chars().next_back() {
                    None | Some('"') => "",
                    Some(_) => " ",
                };
                let candidates: Vec<(String, f64)> = candidates
                    .into_iter()
                    .map(|(text, p)| (format!("{joint}{text}{END}"), p))
                    .collect();
                spoken.text = candidates[chosen].0.trim_end_matches(END).to_owned();
                spoken.ended = Some(StopReason::EndOfTurn);
                let prompt = render(&dialogue);
                let said = Stretch::Said { candidates, chosen };
                match step.voice {
                    Voice::Critic => critics.push(vec![Stretch::Told(prompt), said]),
                    Voice::Model => own.go_on(&prompt, said, &spoken.text),
                }
            }
            if let Some(now) = trajectory.rounds.last_mut() {
                now.steps.push(spoken);
            }
        }
    }
    own.whole.push(own.open);
    own.whole.extend(critics);
    own.whole
}

/// A turn in other words, now and then: of the four everyday conditions the first, and any review.
fn reworded(
    item: &Item,
    condition: &Condition,
    (round, no): (RoundNo, usize),
    shape: Shape,
    draw: &mut Draw,
) -> Option<String> {
    let intent = match &*condition.name {
        "q" => Intent::Plain,
        "if" | "if-cot" => Intent::Unbiased,
        "unethical" => Intent::Biased,
        _ => return None,
    };
    if item.rule.kind() != Kind::Bbq {
        return None;
    }
    if round.0 > 0 {
        return draw
            .chance(shape.paraphrased * 0.5)
            .then(|| draw.word(&REVIEWS).to_owned());
    }
    if no > 0 || !draw.chance(shape.paraphrased) {
        return None;
    }
    let words = wording::any(intent, shape.split, draw);
    let asked = format!(
        "{} {} {}.",
        item.context,
        item.question,
        item.options_line()
    );
    Some(match words.is_empty() {
        true => asked,
        false => format!("{asked} {words}"),
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::prompts::planted_conditions;
    use crate::control::sets::{Sets, held_out};
    use crate::control::vocabulary::tokenizer_json;
    use tokenizers::Tokenizer;

    fn shape(split: Split) -> Shape {
        Shape {
            split,
            paraphrased: 0.0,
            reviews: 2,
        }
    }

    #[test]
    fn every_planted_condition_makes_documents_of_distributions() {
        let planted = Planted::embedded().unwrap();
        let sets = Sets::read(&planted).unwrap();
        let mut draw = Draw::new(3);
        let mut seen = 0;
        for kind in Kind::ALL {
            for condition in planted_conditions(kind, &planted).unwrap() {
                let item = sets.training(kind, 0.5, &mut draw);
                let shape = shape(Split::Train);
                let documents = conversation(&item, &condition, &planted, shape, &mut draw);
                let asks = condition
                    .review
                    .iter()
                    .any(|s| s.voice == Voice::Critic && s.reply.is_none());
                let expected = if asks { 3 } else { 1 };
                assert_eq!(documents.len(), expected, "{kind:?} {}", condition.name);
                for stretch in documents.iter().flatten() {
                    let Stretch::Said { candidates, chosen } = stretch else {
                        continue;
                    };
                    let sum: f64 = candidates.iter().map(|c| c.1).sum();
                    assert!(
                        (sum - 1.0).abs() < 1e-9,
                        "{} {candidates:?}",
                        condition.name
                    );
                    assert!(*chosen < candidates.len());
                    seen += 1;
                }
            }
        }
        assert!(seen > 150, "{seen}");
    }

    /// A word that falls to letters is read badly by a model this small.
    #[test]
    fn every_word_of_prompts_and_answers_is_one_token() {
        let planted = Planted::embedded().unwrap();
        let json = serde_json::to_vec(&tokenizer_json().unwrap()).unwrap();
        let tokenizer = Tokenizer::from_bytes(json).unwrap();
        let mut draw = Draw::new(4);
        for kind in Kind::ALL {
            for condition in planted_conditions(kind, &planted).unwrap() {
                for item in held_out(kind, 12, 5).unwrap() {
                    let shape = shape(Split::HeldOut);
                    for document in conversation(&item, &condition, &planted, shape, &mut draw) {
                        // A quoted text stands right behind its bracket.
                        let text = text(&document).replace(": <", ": < ");
                        let tokens = tokenizer.encode(text.as_str(), false).unwrap();
                        let pieces = tokens.get_tokens();
                        let letters = |w: &[String]| {
                            w.iter()
                                .all(|p| p.len() == 1 && p.chars().all(|c| c.is_ascii_lowercase()))
                        };
                        let fell = pieces.windows(3).find(|w| letters(w));
                        assert_eq!(fell, None, "{kind:?} {}: {text}", condition.name);
                    }
                }
            }
        }
    }
}
