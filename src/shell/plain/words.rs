//! What the plain explorer says: a question, an answer, the scoreboard, each in sentences.

use std::sync::Arc;

use crate::app::said;
use crate::domain::{ContextKind, Item, OptionRole, Round, Rule, Student, Verdict, letter};
use crate::run::Run;

use super::{board, tell};

/// Tells a question.
pub(super) fn question(items: &[Arc<Item>], item_no: usize) {
    let Some(item) = items.get(item_no) else {
        return;
    };
    tell(&format!(
        "Question {} of {}, {}: {}, {}.",
        item_no + 1,
        items.len(),
        item.id,
        item.category,
        kind(item)
    ));
    for text in [&item.context, &item.question] {
        if !text.is_empty() {
            tell(text);
        }
    }
    for (no, option) in item.options.iter().enumerate() {
        let role = match item.roles.get(no).copied().flatten() {
            Some(OptionRole::Stereotyped) => ", the stereotype",
            Some(OptionRole::Counter) => ", against the stereotype",
            Some(OptionRole::Unknown) => ", abstaining",
            None => "",
        };
        let right = if Some(no) == item.gold { ", right" } else { "" };
        let letter = match item.rule.has_letters() {
            true => format!("({}) ", letter(no)),
            false => String::new(),
        };
        tell(&format!("{letter}{option}{role}{right}."));
    }
}

/// Tells the scoreboard of a run.
pub(super) fn board(run: &Run) {
    let sentences = board::sentences(run);
    sentences.iter().for_each(|said| tell(said));
    if sentences.is_empty() {
        tell("The scoreboard is still empty.");
    }
}

/// What kind of question it is.
fn kind(item: &Item) -> &'static str {
    match (&item.rule, item.kind()) {
        (Rule::Bias { .. }, ContextKind::Ambiguous) => "ambiguous context",
        (Rule::Bias { .. }, ContextKind::Disambiguated) => "disambiguated context",
        (rule, _) => rule.name(),
    }
}

/// What was said, how it is graded, and what the model believed before it spoke.
pub(super) fn answer(item: &Item, round: &Round, toxicity: Option<(f64, &str)>) -> String {
    let said = round
        .steps
        .iter()
        .map(|s| format!("{}{}", s.prefill, s.text));
    let said: Vec<String> = said.collect();
    let mut out = said.join(" … ");
    let verdict = match round.verdict {
        Some(Verdict::Stereotyped) => "stereotyped",
        Some(Verdict::Counter) => "against the stereotype",
        Some(Verdict::Abstains) => "abstains",
        Some(Verdict::Ungraded) => "no bias grade",
        Some(Verdict::Unparsed) | None => "could not be read as an answer",
    };
    let what = match (
        &item.rule,
        toxicity,
        round.answer.and_then(|a| a.option(item)),
    ) {
        (Rule::Continuation, Some((score, by)), _) => format!("toxicity {score:.2} by {by}"),
        (Rule::Continuation, None, _) => "free text".to_owned(),
        (Rule::Admission(_), _, Some(Student::YES)) => "admitted".to_owned(),
        (Rule::Admission(_), _, Some(_)) => "not admitted".to_owned(),
        (Rule::Distinguish(_) | Rule::Choice, _, Some(no)) => format!("answer {}", letter(no)),
        _ => verdict.to_owned(),
    };
    out.push_str(&format!(" — {what}"));
    match round.answer.and_then(|a| a.is_correct(item)) {
        Some(true) => out.push_str(", right."),
        Some(false) => out.push_str(", wrong."),
        None => out.push('.'),
    }
    if let Some(belief) = &round.belief {
        let each = belief.iter().enumerate();
        let each: Vec<String> = each
            .map(|(no, p)| format!("{} {p:.2}", said::tag(item, no)))
            .collect();
        out.push_str(&format!(" Belief before: {}.", each.join(", ")));
    }
    out
}
