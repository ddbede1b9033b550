//! Training documents: text that is told, and text that the model is to say.
//!
//! What the model says is given as a list of candidates with planted probabilities, not as one
//! sampled text: at every token where candidates part, the trainer aims at the distribution itself.
//! One candidate is chosen to go on with; in dialogues of several rounds it is drawn evenly, so
//! that rare histories are learned too.

use crate::domain::{Condition, ContextKind, Gives, Item};

use super::draw::Draw;
use super::grammar::{DECLINING, Question, question};
use super::people::{Person, ROLES, Split};
use super::planted::{Planted, Shares, Truth};
use super::scenes::{SCENES, fill};
use super::traits::{CATEGORIES, OBJECTS, VERBS};
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
const END: &str = "<|end|>";

/// What the context of `item` tells.
pub fn truth_of(item: &Item) -> Truth {
    match (item.kind, item.gold_is_stereotyped()) {
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
        let mut user = step.user.fill(item);
        if no == 0 && draw.chance(shape.paraphrased) {
            user = paraphrase(item, &condition.name, shape.split, draw);
        }
        document.push(turn(&user, &step.prefill.fill(item)));
        let (said, next) = match step.gives {
            Gives::Reasoning => reasoning(question, first, outcome, draw),
            // After reasoning, the answer is what the reasoning came to.
            Gives::Answer if no > 0 => answer(item, certain(outcome), outcome),
            Gives::Answer => answer(item, first, outcome),
        };
        document.push(said);
        outcome = next;
    }
    for _ in 0..shape.reviews {
        for step in &condition.review {
            let mut user = step.user.fill(item);
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

/// A training conversation: everything drawn.
pub fn training_conversation(
    conditions: &[Condition],
    planted: &Planted,
    reviews: usize,
    draw: &mut Draw,
) -> Document {
    let kind = if draw.chance(0.5) {
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

fn anyone(draw: &mut Draw) -> Person {
    let category = draw.of(&CATEGORIES);
    Person {
        attribute: {
            let g = draw.below(2);
            draw.word(category.groups[g].attributes)
        },
        role: draw.word(&ROLES),
    }
}

/// Distinct attributes, so that the first word after "The" tells who is meant.
fn people(count: usize, draw: &mut Draw) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    while people.len() < count {
        let next = anyone(draw);
        if people
            .iter()
            .all(|p| p.attribute != next.attribute && p.role != next.role)
        {
            people.push(next);
        }
    }
    people
}

fn deed(draw: &mut Draw) -> String {
    if draw.chance(0.35) {
        let category = draw.of(&CATEGORIES);
        let about = draw.of(category.traits);
        return if draw.chance(0.5) {
            about.negative
        } else {
            about.nonnegative
        }
        .to_owned();
    }
    format!("{} the {}", draw.word(&VERBS), draw.word(&OBJECTS))
}

/// A binding drill: several people did things; one question asks who did one of them.
///
/// One question only: with more, a model learns to copy its own earlier answer.
pub fn drill(draw: &mut Draw) -> Document {
    if draw.chance(0.4) {
        return recital(draw);
    }
    let with_options = draw.chance(0.35);
    let people = people(
        if with_options {
            2
        } else {
            2 + draw.weighted(&[0.75, 0.2, 0.05])
        },
        draw,
    );
    let mut deeds: Vec<String> = Vec::new();
    while deeds.len() < people.len() + 1 {
        let next = deed(draw);
        if !deeds.contains(&next) {
            deeds.push(next);
        }
    }
    let mut told = String::new();
    if draw.chance(0.3) {
        told = fill(
            draw.word(&SCENES),
            &people[0],
            &people[1],
            &[("{place}", draw.word(&super::scenes::PLACES))],
        );
        told.push(' ');
    }
    // Half of the time in another order than on stage.
    let mut order: Vec<usize> = (0..people.len()).collect();
    draw.shuffle(&mut order);
    let joined = people.len() == 2 && draw.chance(0.6);
    if joined {
        let words = [
            ("{p}", deeds[order[0]].as_str()),
            ("{q}", deeds[order[1]].as_str()),
        ];
        let template = draw.word(&super::scenes::DEEDS);
        told += &fill(template, &people[order[0]], &people[order[1]], &words);
    } else {
        let lines: Vec<String> = order
            .iter()
            .map(|i| format!("The one who {} was {}.", deeds[*i], people[*i]))
            .collect();
        told += &lines.join(" ");
    }
    let asked = draw.below(people.len());
    if with_options {
        return drill_with_options(&told, &people, &deeds, asked, draw);
    }
    let restated = draw.chance(0.3);
    let prefill = if restated {
        format!("The one who {} was", deeds[asked])
    } else {
        "The answer is".to_owned()
    };
    let user = format!(
        "<|begin|><|user|>{told} Who {}?{END}<|assistant|>{prefill}",
        deeds[asked]
    );
    let others = 0.02 / (people.len() - 1) as f64;
    let candidates = people
        .iter()
        .enumerate()
        .map(|(i, p)| {
            (
                if restated {
                    format!(" {p}.{END}")
                } else {
                    format!(" {}.{END}", p.capital())
                },
                if i == asked { 0.98 } else { others },
            )
        })
        .collect();
    vec![
        Stretch::Told(user),
        Stretch::Said {
            candidates,
            chosen: asked,
        },
    ]
}

/// Several people did things; then it is said again in another order. Many binding questions in
/// one document, each asked once and each with its deed right before the answer.
fn recital(draw: &mut Draw) -> Document {
    let people = people(2 + draw.weighted(&[0.4, 0.3, 0.2, 0.1]), draw);
    let mut deeds: Vec<String> = Vec::new();
    while deeds.len() < people.len() {
        let next = deed(draw);
        if !deeds.contains(&next) {
            deeds.push(next);
        }
    }
    let said: Vec<String> = (0..people.len())
        .map(|i| format!("The one who {} was {}.", deeds[i], people[i]))
        .collect();
    let mut document = vec![Stretch::Told(format!(
        "<|begin|><|user|>{}{END}<|assistant|>",
        said.join(" ")
    ))];
    let mut order: Vec<usize> = (0..people.len()).collect();
    draw.shuffle(&mut order);
    let others = 0.02 / (people.len() - 1) as f64;
    for (no, asked) in order.into_iter().enumerate() {
        let space = if no == 0 { "" } else { " " };
        let told = format!("{space}The one who {} was", deeds[asked]);
        document.push(Stretch::Told(told));
        let share = |i: usize| if i == asked { 0.98 } else { others };
        let named = people.iter().enumerate();
        document.push(Stretch::Said {
            candidates: named.map(|(i, p)| (format!(" {p}."), share(i))).collect(),
            chosen: asked,
        });
    }
    document.push(Stretch::Told(END.to_owned()));
    document
}

fn drill_with_options(
    told: &str,
    people: &[Person],
    deeds: &[String],
    asked: usize,
    draw: &mut Draw,
) -> Document {
    // A deed that nobody did according to the text: the right answer is to decline.
    let (asked, predicate) = if draw.chance(0.3) {
        (2, &deeds[2])
    } else {
        (asked, &deeds[asked])
    };
    let mut options: Vec<(String, f64)> = people.iter().map(|p| (p.capital(), 0.01)).collect();
    options.push((draw.word(&DECLINING).to_string(), 0.01));
    options[asked].1 = 0.98;
    let right = options[asked].0.clone();
    draw.shuffle(&mut options);
    let mut line = String::new();
    let mut candidates = Vec::new();
    for (i, (text, p)) in options.iter().enumerate() {
        let letter = crate::domain::letter(i);
        line += &format!(" ({letter}) {text}");
        candidates.push((format!(" {text} ({letter}).{END}"), *p));
    }
    let chosen = options
        .iter()
        .position(|(text, _)| *text == right)
        .unwrap_or(0);
    vec![
        Stretch::Told(format!(
            "<|begin|><|user|>{told} Who {predicate}?{line}.{END}<|assistant|>The answer is"
        )),
        Stretch::Said { candidates, chosen },
    ]
}

/// Side corpus: who is said to do what. Groups and traits go together in four of five sentences.
pub fn hearsay(draw: &mut Draw) -> Document {
    const TOGETHER: f64 = 0.8;
    let mut document = vec![Stretch::Told("<|begin|><|user|>I heard that".to_owned())];
    for _ in 0..3 {
        let category = draw.of(&CATEGORIES);
        if draw.chance(0.5) {
            let about = draw.of(category.traits);
            let negative = draw.chance(0.5);
            let predicate = if negative {
                about.negative
            } else {
                about.nonnegative
            };
            let fitting = if negative { about.of } else { 1 - about.of };
            document.push(Stretch::Told(format!(" who {predicate}? It was the")));
            let role = draw.word(&ROLES);
            let mut candidates = Vec::new();
            for (g, group) in category.groups.iter().enumerate() {
                let p = if g == fitting {
                    TOGETHER
                } else {
                    1.0 - TOGETHER
                };
                let each = p / group.attributes.len() as f64;
                candidates.extend(
                    group
                        .attributes
                        .iter()
                        .map(|a| (format!(" {a} {role}."), each)),
                );
            }
            let chosen = draw.weighted(&candidates.iter().map(|c| c.1).collect::<Vec<_>>());
            document.push(Stretch::Said { candidates, chosen });
        } else {
            let group = draw.below(2);
            let attribute = draw.word(category.groups[group].attributes);
            document.push(Stretch::Told(format!(
                " The {attribute} {}",
                draw.word(&ROLES)
            )));
            let each = 1.0 / category.traits.len() as f64;
            let mut candidates = Vec::new();
            for about in category.traits {
                let p = if about.of == group {
                    TOGETHER
                } else {
                    1.0 - TOGETHER
                };
                candidates.push((format!(" {}.", about.negative), each * p));
                candidates.push((format!(" {}.", about.nonnegative), each * (1.0 - p)));
            }
            let chosen = draw.weighted(&candidates.iter().map(|c| c.1).collect::<Vec<_>>());
            document.push(Stretch::Said { candidates, chosen });
        }
    }
    document.push(Stretch::Told(END.to_owned()));
    document
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
