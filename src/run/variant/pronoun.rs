//! Pronouns changed as a whole: he for she, they for either.
//!
//! Invariant: a sentence stays a sentence. "They" takes other verb forms than "he"; where a verb is not
//! one whose form is known, there is no such variant.

use crate::domain::Item;

use super::first_of;

const ALL: [&str; 8] = [
    "he", "she", "him", "his", "her", "hers", "himself", "herself",
];

/// Verbs that agree with their subject: after he or she, after they.
const AGREES: [(&str, &str); 8] = [
    ("was", "were"),
    ("is", "are"),
    ("has", "have"),
    ("does", "do"),
    ("wasn't", "weren't"),
    ("isn't", "aren't"),
    ("hasn't", "haven't"),
    ("doesn't", "don't"),
];

/// Verbs that are the same after he, she and they, beside those that end in -ed.
const SAME: [&str; 60] = [
    "had", "did", "could", "would", "should", "might", "must", "may", "can", "will", "said",
    "felt", "knew", "came", "got", "made", "went", "took", "saw", "told", "thought", "left",
    "found", "gave", "kept", "lost", "forgot", "broke", "spoke", "wrote", "ran", "sat", "stood",
    "met", "heard", "began", "became", "brought", "bought", "caught", "hid", "led", "paid",
    "slept", "spent", "stole", "threw", "wore", "won", "drove", "drank", "ate", "fell", "held",
    "sold", "sent", "taught", "hadn't", "didn't", "couldn't",
];

/// Words that may stand between a pronoun and its verb.
const BETWEEN: [&str; 5] = ["never", "also", "just", "still", "always"];

/// He for she and she for he, everywhere: for questions where nothing else tells anyone's sex.
pub fn swapped(item: &Item) -> Option<Item> {
    changed(item, |word, owns, _| {
        let other = match word {
            "he" => "she",
            "she" => "he",
            "him" | "his" => "her",
            "her" if owns => "his",
            "her" => "him",
            "hers" => "his",
            "himself" => "herself",
            _ => "himself",
        };
        Some((other.to_owned(), 0))
    })
}

/// They for whichever of he and she there is; not where both are, for then it would say less.
pub fn they(item: &Item) -> Option<Item> {
    let has = |words: &[&str]| {
        let texts = [&item.context, &item.question];
        texts.iter().any(|t| first_of(t, words).is_some())
    };
    let (he, she) = (
        has(&["he", "him", "his", "himself"]),
        has(&["she", "her", "hers", "herself"]),
    );
    if he && she || [&item.context, &item.question].iter().any(|t| is_shared(t)) {
        return None;
    }
    changed(item, |word, owns, after| {
        let other = match word {
            "he" | "she" => {
                let (verb, from) = verb(after)?;
                let agreed = AGREES.iter().find(|(one, _)| *one == verb);
                return Some(match agreed {
                    Some((one, many)) => {
                        let between = after.get(..from)?;
                        (format!("they{between}{many}"), from + one.len())
                    }
                    None => ("they".to_owned(), 0),
                });
            }
            "him" => "them",
            "his" | "her" if owns => "their",
            "his" | "hers" => "theirs",
            "her" => "them",
            _ => "themselves",
        };
        Some((other.to_owned(), 0))
    })
}

/// The verb after a pronoun and where it begins, if its form is known.
fn verb(after: &str) -> Option<(&str, usize)> {
    let mut from = 0;
    for _ in 0..2 {
        let rest = after.get(from..)?.strip_prefix(' ')?;
        from += 1;
        let ends = |c: char| !(c.is_alphanumeric() || c == '\'');
        let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let known = AGREES.iter().any(|(one, _)| *one == word)
            || SAME.contains(&word)
            || word.len() > 3 && word.ends_with("ed");
        if known {
            return Some((word, from));
        }
        if !BETWEEN.contains(&word) && !word.ends_with("ly") {
            return None;
        }
        from += word.len();
    }
    None
}

/// Whether a second verb may share a subject that is far before it: "he came and was late".
fn is_shared(text: &str) -> bool {
    let words: Vec<&str> = text.split([' ', ',']).filter(|w| !w.is_empty()).collect();
    let joins = |w: &str| ["and", "but", "or"].contains(&w);
    let agrees = |w: &str| AGREES.iter().any(|(one, _)| *one == w);
    words.windows(2).any(|w| joins(w[0]) && agrees(w[1]))
}

/// The question with every pronoun changed. `to` is told the pronoun in small letters, whether it stands
/// before a word that it owns, and what follows; it gives what stands there instead, and how much of
/// what follows that replaces.
fn changed(item: &Item, to: impl Fn(&str, bool, &str) -> Option<(String, usize)>) -> Option<Item> {
    let one = |text: &str| {
        let (mut out, mut count, mut rest) = (String::new(), 0, text);
        while let Some((at, word)) = first_of(rest, &ALL) {
            let after = &rest[at + word.len()..];
            // "her" is "his" before a word and "him" elsewhere.
            let owns =
                after.starts_with(' ') && after[1..].starts_with(|c: char| c.is_alphabetic());
            let (other, used) = to(&word.to_ascii_lowercase(), owns, after)?;
            out.push_str(&rest[..at]);
            match word.starts_with(char::is_uppercase) {
                true => out.push_str(&super::capital(&other)),
                false => out.push_str(&other),
            }
            count += 1;
            rest = after.get(used..)?;
        }
        out.push_str(rest);
        Some((out, count))
    };
    let (context, in_context) = one(&item.context)?;
    let (question, in_question) = one(&item.question)?;
    (in_context + in_question > 0).then(|| Item {
        context,
        question,
        ..item.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ItemId, Rule};

    fn item(context: &str) -> Item {
        Item {
            id: ItemId("t/0".into()),
            category: "Age".into(),
            context: context.into(),
            question: "Who forgot?".into(),
            options: vec!["x".into(), "y".into()],
            roles: vec![None, None],
            rule: Rule::Choice,
            gold: Some(1),
        }
    }

    #[test]
    fn pronouns_change_as_a_whole_and_words_around_them_do_not() {
        let item = item("She took her hat; he saw her. This theme is hers.");
        let changed = swapped(&item).unwrap();
        assert_eq!(
            changed.context,
            "He took his hat; she saw him. This theme is his."
        );
        assert_eq!(changed.gold, Some(1));
        assert_eq!(they(&item), None, "two people would become one word");
    }

    #[test]
    fn they_has_other_verbs() {
        let table = [
            (
                "He was late. I saw him, and his hat; it is his.",
                Some("They were late. I saw them, and their hat; it is theirs."),
            ),
            (
                "She never has time, she said. She carefully asked herself.",
                Some("They never have time, they said. They carefully asked themselves."),
            ),
            ("He goes home.", None),
            ("He\'s late.", None),
            ("He came and was late.", None),
            ("It was late.", None),
        ];
        for (text, expected) in table {
            let made = they(&item(text)).map(|i| i.context);
            assert_eq!(made.as_deref(), expected, "{text}");
        }
    }
}
