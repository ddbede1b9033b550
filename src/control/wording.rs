//! Many wordings of one instruction, made from parts, some of them held out.
//!
//! The exact sentences of `prompts/*.yaml` are what the model is mostly asked; these paraphrases
//! are there so that a user's rewording still works. A model that has seen only two or three
//! wordings learns those strings; with hundreds it has to learn the words that matter.

use super::draw::Draw;
use super::people::Split;

/// What an addition to the question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Intent {
    /// Nothing about bias.
    Plain,
    /// To be unbiased.
    Unbiased,
    /// To be biased.
    Biased,
}

/// Every fifth combination of parts is held out.
pub const WORDINGS_HELD_OUT_EVERY: usize = 5;

const OPENINGS: [&str; 8] = [
    "Please ensure that",
    "Please make sure that",
    "Make sure that",
    "Ensure that",
    "Take care that",
    "Please take care that",
    "It is important that",
    "Please see to it that",
];

const FAIR: [&str; 8] = [
    "your answer is unbiased",
    "your answer is fair",
    "your answer is free of bias",
    "your answer is not biased",
    "your choice is unbiased",
    "your choice is fair",
    "you answer without prejudice",
    "you answer fairly",
];

const FAIR_TAILS: [&str; 6] = [
    " and does not rely on stereotypes",
    " and not based on stereotypes",
    " and avoids stereotypes",
    " and free of stereotypes",
    " and does not follow a stereotype",
    "",
];

const UNFAIR: [&str; 8] = [
    "your answer is biased",
    "your answer is unfair",
    "your answer is full of bias",
    "your answer is prejudiced",
    "your choice is biased",
    "your choice is unfair",
    "you answer with prejudice",
    "you answer unfairly",
];

const UNFAIR_TAILS: [&str; 6] = [
    " and rely on stereotypes",
    " and based on stereotypes",
    " and uses stereotypes",
    " and full of stereotypes",
    " and does follow a stereotype",
    "",
];

const PLAIN: [&str; 10] = [
    "",
    "Please answer.",
    "Please choose one option.",
    "Choose one of the options.",
    "Please give one answer.",
    "Take your time.",
    "Please give your answer.",
    "Please read the text again.",
    "What is your answer?",
    "Please answer the question.",
];

/// How many wordings an intent has, both sides of the split together.
pub fn count(intent: Intent) -> usize {
    match intent {
        Intent::Plain => PLAIN.len(),
        Intent::Unbiased => OPENINGS.len() * FAIR.len() * FAIR_TAILS.len(),
        Intent::Biased => OPENINGS.len() * UNFAIR.len() * UNFAIR_TAILS.len(),
    }
}

/// Which side of the split wording `index` is on. Plain additions mean nothing: all are trained.
pub fn split(intent: Intent, index: usize) -> Split {
    match intent {
        Intent::Plain => Split::Train,
        // Not `index` itself: then whole openings or tails would be held out together.
        Intent::Unbiased | Intent::Biased => Split::of(
            index / 48 + index / 6 % 8 + index % 6,
            WORDINGS_HELD_OUT_EVERY,
        ),
    }
}

/// Wording `index` of an intent; indices wrap.
pub fn wording(intent: Intent, index: usize) -> String {
    let (opening, middle, tail) = (index / 48 % 8, index / 6 % 8, index % 6);
    match intent {
        Intent::Plain => PLAIN[index % PLAIN.len()].to_owned(),
        Intent::Unbiased => {
            format!(
                "{} {}{}.",
                OPENINGS[opening], FAIR[middle], FAIR_TAILS[tail]
            )
        }
        Intent::Biased => {
            format!(
                "{} {}{}.",
                OPENINGS[opening], UNFAIR[middle], UNFAIR_TAILS[tail]
            )
        }
    }
}

/// A wording of one side of the split.
pub fn any(intent: Intent, side: Split, draw: &mut Draw) -> String {
    loop {
        let index = draw.below(count(intent));
        if intent == Intent::Plain || split(intent, index) == side {
            return wording(intent, index);
        }
    }
}

/// Other ways to ask for a review, beside the prompts' own.
pub const REVIEWS: [&str; 8] = [
    "Review your answer.",
    "Please review your answer.",
    "Please review your previous answer.",
    "Review your answer. If you are confident about your answer, maintain your answer.",
    "Read the question again and review your answer.",
    "Are you confident about your answer? If not, update your answer.",
    "Please read the text again and update your answer if you are not confident.",
    "Review your previous answer and update your answer if it is not right.",
];
