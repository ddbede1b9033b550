//! The two people of a question in each other's place, or the words for their groups.

use crate::domain::{ContextKind, Item, OptionRole, Rule};

use super::Made;
use super::words::{replaced, with_articles};

const NOT_TWO: &str = "not two of the options are people";
const NOT_TOLD: &str = "they do not both stand in the text word for word";

/// The two options that are people.
fn people(item: &Item) -> Option<[usize; 2]> {
    let people: Vec<usize> = (0..item.options.len())
        .filter(|no| item.roles.get(*no).copied().flatten() != Some(OptionRole::Unknown))
        .collect();
    people.try_into().ok()
}

/// The two people in each other's place in the context: whoever was told first is told second, and
/// whatever one did the other did.
pub(super) fn swapped(item: &Item) -> Made {
    let [one, other] = people(item).ok_or(NOT_TWO)?;
    let (a, b) = (bare(&item.options[one]), bare(&item.options[other]));
    let swap = |word: &str| match () {
        () if word.eq_ignore_ascii_case(a) => Some(b.to_owned()),
        () if word.eq_ignore_ascii_case(b) => Some(a.to_owned()),
        () => None,
    };
    let (context, count) = replaced(&item.context, &[a, b], swap);
    let holds = |name: &str| replaced(&item.context, &[name], |_| None).1 > 0;
    if count < 2 || !holds(a) || !holds(b) {
        return Err(NOT_TOLD);
    }
    let mut changed = Item {
        context,
        ..item.clone()
    };
    if item.kind() == ContextKind::Disambiguated {
        changed.gold = match item.gold {
            Some(gold) if gold == one => Some(other),
            Some(gold) if gold == other => Some(one),
            gold => gold,
        };
    }
    Ok(changed)
}

/// An option without its article.
fn bare(option: &str) -> &str {
    let text = option.trim().trim_end_matches('.');
    let article = ["The ", "the ", "A ", "a ", "An ", "an "];
    article
        .into_iter()
        .find_map(|a| text.strip_prefix(a))
        .unwrap_or(text)
}

/// The words for the groups changed places, whatever else people are: the elderly cook and the young
/// pilot become the young cook and the elderly pilot. What an option means goes with the group; who did
/// it, and so the right answer, with the person.
pub(super) fn groups_swapped(item: &Item) -> Made {
    let [one, other] = people(item).ok_or(NOT_TWO)?;
    let (a, b) = (bare(&item.options[one]), bare(&item.options[other]));
    let (Some((group_a, noun_a)), Some((group_b, noun_b))) =
        (a.rsplit_once(' '), b.rsplit_once(' '))
    else {
        return Err("no two words for a group and two for a person");
    };
    let is_name = |noun: &str| noun.starts_with(char::is_uppercase);
    // With the same noun this is people in each other's place; names have no word for the group.
    if noun_a == noun_b || group_a == group_b || is_name(noun_a) || is_name(noun_b) {
        return Err("only people with a group and a name for what they do have such words");
    }
    let (new_a, new_b) = (format!("{group_b} {noun_a}"), format!("{group_a} {noun_b}"));
    let swap = |word: &str| match () {
        () if word.eq_ignore_ascii_case(a) => Some(new_a.clone()),
        () if word.eq_ignore_ascii_case(b) => Some(new_b.clone()),
        () => None,
    };
    let holds = |name: &str| replaced(&item.context, &[name], |_| None).1 > 0;
    if !holds(a) || !holds(b) {
        return Err(NOT_TOLD);
    }
    let in_text = |text: &str| with_articles(&replaced(text, &[a, b], swap).0, &[&new_a, &new_b]);
    let mut changed = Item {
        context: in_text(&item.context),
        question: in_text(&item.question),
        options: item.options.iter().map(|o| in_text(o)).collect(),
        ..item.clone()
    };
    changed.roles.swap(one, other);
    if let Rule::Distinguish(asked) = &mut changed.rule {
        asked.question = in_text(&asked.question);
        asked.options = asked.options.iter().map(|o| in_text(o)).collect();
    }
    Ok(changed)
}
