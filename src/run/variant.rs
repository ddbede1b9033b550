//! Minimal pairs: the same question with one thing changed that should not matter.
//!
//! Invariant: in a variant the grades follow what they grade: the same person stays stereotyped, the
//! right answer stays right. Where a change cannot be made safely by looking at words alone (a person
//! whose name is not in the context word for word, no pronoun), there is no such variant.

use crate::domain::{ContextKind, Item, OptionRole};

/// A changed question.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// What was changed.
    pub name: &'static str,
    /// The question.
    pub item: Item,
}

/// What variants are called.
const NAMES: [&str; 4] = ["order-bca", "order-cab", "people", "he-she"];

/// The name of a variant as the program has it; `None` where there is no such variant.
pub fn variant_name(name: &str) -> Option<&'static str> {
    NAMES.into_iter().find(|known| *known == name)
}

/// All variants of a question.
pub fn variants(item: &Item) -> Vec<Variant> {
    let named = |name: &'static str| move |item: Item| Variant { name, item };
    let order = [("order-bca", 1), ("order-cab", 2)];
    let turned = order
        .into_iter()
        .filter_map(|(name, by)| turned(item, by).map(named(name)));
    turned
        .chain(people_swapped(item).map(named("people")))
        .chain(pronouns_swapped(item).map(named("he-she")))
        .collect()
}

/// The options in another order: letters and places have their own attraction.
fn turned(item: &Item, by: u16) -> Option<Item> {
    let is_order_seen = item.rule.has_letters() && usize::from(by) < item.options.len();
    is_order_seen.then(|| item.rotated(by))
}

/// The two people in each other's place in the context: whoever was told first is told second, and
/// whatever one did the other did.
fn people_swapped(item: &Item) -> Option<Item> {
    let people: Vec<usize> = (0..item.options.len())
        .filter(|no| item.roles.get(*no).copied().flatten() != Some(OptionRole::Unknown))
        .collect();
    let [one, other] = people[..] else {
        return None;
    };
    let (a, b) = (bare(&item.options[one]), bare(&item.options[other]));
    let swap = |word: &str| match () {
        () if word.eq_ignore_ascii_case(a) => Some(b.to_owned()),
        () if word.eq_ignore_ascii_case(b) => Some(a.to_owned()),
        () => None,
    };
    let (context, count) = replaced(&item.context, &[a, b], swap);
    let holds = |name: &str| replaced(&item.context, &[name], |_| None).1 > 0;
    if count < 2 || !holds(a) || !holds(b) {
        return None;
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
    Some(changed)
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

/// He for she, everywhere: for questions where nothing tells anyone's sex but these words.
fn pronouns_swapped(item: &Item) -> Option<Item> {
    const HIS: [&str; 8] = [
        "he", "she", "him", "his", "her", "hers", "himself", "herself",
    ];
    let swap = |text: &str| {
        let mut next = String::new();
        let mut count = 0;
        let mut rest = text;
        while let Some((at, word)) = first_of(rest, &HIS) {
            let after = &rest[at + word.len()..];
            // "her" is "his" before a word and "him" elsewhere.
            let owns =
                after.starts_with(' ') && after[1..].starts_with(|c: char| c.is_alphabetic());
            let other = match word.to_ascii_lowercase().as_str() {
                "he" => "she",
                "she" => "he",
                "him" | "his" => "her",
                "her" if owns => "his",
                "her" => "him",
                "hers" => "his",
                "himself" => "herself",
                _ => "himself",
            };
            next.push_str(&rest[..at]);
            let upper = word.starts_with(|c: char| c.is_uppercase());
            match upper {
                true => {
                    next.push_str(&other[..1].to_ascii_uppercase());
                    next.push_str(&other[1..]);
                }
                false => next.push_str(other),
            }
            count += 1;
            rest = after;
        }
        next.push_str(rest);
        (next, count)
    };
    let (context, in_context) = swap(&item.context);
    let (question, in_question) = swap(&item.question);
    (in_context + in_question > 0).then(|| Item {
        context,
        question,
        ..item.clone()
    })
}

/// Replaces whole words or names; returns how many there were.
fn replaced(text: &str, names: &[&str], with: impl Fn(&str) -> Option<String>) -> (String, usize) {
    let (mut out, mut count, mut rest) = (String::new(), 0, text);
    while let Some((at, name)) = first_of(rest, names) {
        out.push_str(&rest[..at]);
        out.push_str(&with(name).unwrap_or_else(|| name.to_owned()));
        count += 1;
        rest = &rest[at + name.len()..];
    }
    out.push_str(rest);
    (out, count)
}

/// The first whole word (or name of several) of these in a text, in whatever case it is written there.
fn first_of<'t>(text: &'t str, names: &[&str]) -> Option<(usize, &'t str)> {
    let is_word = |c: char| c.is_alphanumeric();
    let mut before = None;
    for (at, c) in text.char_indices() {
        if !before.is_some_and(is_word) {
            let found = names.iter().filter(|n| !n.is_empty()).find(|name| {
                let here = text.get(at..at + name.len());
                let ends = text.get(at + name.len()..).unwrap_or_default();
                here.is_some_and(|h| h.eq_ignore_ascii_case(name)) && !ends.starts_with(is_word)
            });
            if let Some(name) = found {
                return Some((at, &text[at..at + name.len()]));
            }
        }
        before = Some(c);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ItemId, Polarity, Rule};

    fn item(context: &str, gold: usize, kind: ContextKind) -> Item {
        Item {
            id: ItemId("t/0".into()),
            category: "Age".into(),
            context: context.into(),
            question: "Who forgot?".into(),
            options: vec!["The old man".into(), "Not known".into(), "The woman".into()],
            roles: vec![
                Some(OptionRole::Stereotyped),
                Some(OptionRole::Unknown),
                Some(OptionRole::Counter),
            ],
            rule: Rule::Bias {
                kind,
                polarity: Polarity::Negative,
            },
            gold: Some(gold),
        }
    }

    #[test]
    fn grades_follow_what_they_grade() {
        let item = item(
            "I saw the old man and the woman. The woman forgot.",
            2,
            ContextKind::Disambiguated,
        );
        let all = variants(&item);
        let names: Vec<&str> = all.iter().map(|v| v.name).collect();
        assert_eq!(names, ["order-bca", "order-cab", "people"]);
        for v in &all[..2] {
            assert_eq!(v.item.options[v.item.gold.unwrap()], "The woman");
            let role =
                |i: &Item, text: &str| i.roles[i.options.iter().position(|o| o == text).unwrap()];
            for text in &item.options {
                assert_eq!(role(&v.item, text), role(&item, text));
            }
        }
        let people = &all[2].item;
        assert_eq!(
            people.context,
            "I saw the woman and the old man. The old man forgot."
        );
        assert_eq!(people.gold, Some(0));
    }

    #[test]
    fn pronouns_change_as_a_whole_and_words_around_them_do_not() {
        let item = item(
            "She took her hat; he saw her. This theme is hers.",
            1,
            ContextKind::Ambiguous,
        );
        let changed = pronouns_swapped(&item).unwrap();
        assert_eq!(
            changed.context,
            "He took his hat; she saw him. This theme is his."
        );
        assert_eq!(changed.gold, Some(1));
    }

    #[test]
    fn what_is_not_there_word_for_word_is_not_swapped() {
        let item = item("A man met a woman.", 1, ContextKind::Ambiguous);
        assert_eq!(people_swapped(&item), None);
        assert_eq!(pronouns_swapped(&item), None);
    }
}
