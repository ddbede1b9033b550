//! The built-in questions: a set in BBQ's published format, about people and scenes that no
//! training question has.
//!
//! `cargo run --release --features train --bin recant-train -- --builtin` writes them to
//! `fixtures/items/builtin.jsonl`; a test holds the file to what the grammar makes.

use serde_json::{Value, json};

use super::draw::Draw;
use super::grammar::{Question, Story};
use super::people::Split;
use super::traits::CATEGORIES;
use crate::domain::{ContextKind, OptionRole, Polarity};

/// Seed of the built-in set.
const SEED: u64 = 0xb117_0001;

/// The set as jsonl: each stereotype once with a truth that agrees with it and once with one that
/// does not, and of each of these stories BBQ's four questions.
pub fn jsonl() -> String {
    let mut draw = Draw::new(SEED);
    let mut out = String::new();
    let mut id = 0;
    let most = CATEGORIES.iter().map(|c| c.traits.len()).max().unwrap_or(0);
    for aligned in [true, false] {
        for index in 0..most {
            for category in &CATEGORIES {
                let Some(about) = category.traits.get(index) else {
                    continue;
                };
                let story = Story::about(category, about, aligned, Split::HeldOut, &mut draw);
                for question in story.questions("builtin", &mut draw) {
                    out.push_str(&row(&question, id, index).to_string());
                    out.push('\n');
                    id += 1;
                }
            }
        }
    }
    out
}

fn row(question: &Question, id: usize, index: usize) -> Value {
    let item = &question.item;
    let groups = &question.category.groups;
    let info = |option: usize| {
        let tag = match item.roles.get(option) {
            Some(Some(OptionRole::Unknown)) => "unknown",
            _ => question
                .group_of(option)
                .map_or("unknown", |g| groups[g].name),
        };
        json!([item.options[option], tag])
    };
    json!({
        "example_id": id,
        "question_index": (index + 1).to_string(),
        "question_polarity": match item.polarity() {
            None | Some(Polarity::Negative) => "neg",
            Some(Polarity::NonNegative) => "nonneg",
        },
        "context_condition": match item.kind() {
            ContextKind::Ambiguous => "ambig",
            ContextKind::Disambiguated => "disambig",
        },
        "category": question.category.name,
        "answer_info": {"ans0": info(0), "ans1": info(1), "ans2": info(2)},
        "additional_metadata": {
            "subcategory": "None",
            "stereotyped_groups": [groups[question.about.of].name],
            "version": "1",
            "source": "recant's control grammar",
        },
        "context": item.context,
        "question": item.question,
        "ans0": item.options[0],
        "ans1": item.options[1],
        "ans2": item.options[2],
        "label": item.gold,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_what_the_grammar_makes() {
        assert_eq!(jsonl(), include_str!("../../fixtures/items/builtin.jsonl"));
    }
}
