//! Pronouns changed as a whole: he for she, they for either.
//!
//! Invariant: a sentence stays a sentence. "They" takes other verb forms than "he"; where a verb is not
//! one whose form is known, there is no such variant.

use crate::domain::Item;

use super::words::{capital, first_of, replaced};
use super::{Made, Variant};

const NO_VERB: &str = "a verb would need another form";
const NO_PRONOUN: &str = "there is no he or she";

/// Words for men and for women that are each other's, with the same article before them.
const SEXES: [(&str, &str); 24] = [
    ("man", "woman"),
    ("men", "women"),
    ("boy", "girl"),
    ("boys", "girls"),
    ("male", "female"),
    ("males", "females"),
    ("father", "mother"),
    ("fathers", "mothers"),
    ("dad", "mum"),
    ("son", "daughter"),
    ("sons", "daughters"),
    ("brother", "sister"),
    ("brothers", "sisters"),
    ("husband", "wife"),
    ("husbands", "wives"),
    ("boyfriend", "girlfriend"),
    ("grandfather", "grandmother"),
    ("uncle", "aunt"),
    ("nephew", "niece"),
    ("gentleman", "lady"),
    ("gentlemen", "ladies"),
    ("Mr", "Mrs"),
    ("king", "queen"),
    ("guy", "gal"),
];

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

/// The word for the other sex, where a word tells one.
fn of_other_sex(word: &str) -> Option<&'static str> {
    SEXES.iter().find_map(|(he, she)| match () {
        () if word.eq_ignore_ascii_case(he) => Some(*she),
        () if word.eq_ignore_ascii_case(she) => Some(*he),
        () => None,
    })
}

fn nouns() -> Vec<&'static str> {
    SEXES.iter().flat_map(|(he, she)| [*he, *she]).collect()
}

/// Words for men and women for each other in a text to go on from, pronouns with them.
pub(super) fn sexes(item: &Item) -> Result<Vec<Variant>, &'static str> {
    let with = |word: &str| {
        let other = of_other_sex(word)?;
        Some(match word.starts_with(char::is_uppercase) {
            true => capital(other),
            false => other.to_owned(),
        })
    };
    let (context, count) = replaced(&item.context, &nouns(), with);
    if count == 0 {
        let item = swapped(item).map_err(|_| "the text has no words for them")?;
        return Ok(vec![Variant {
            name: "he-she",
            item,
        }]);
    }
    let turned = Item {
        context,
        ..item.clone()
    };
    let item = exchanged(&turned).unwrap_or(turned);
    Ok(vec![Variant {
        name: "sexes",
        item,
    }])
}

/// He for she and she for he, everywhere: for questions where nothing else tells anyone's sex.
pub(super) fn swapped(item: &Item) -> Made {
    let texts = [&item.context, &item.question];
    let mut texts = texts.into_iter().chain(&item.options);
    let made = exchanged(item).ok_or(NO_PRONOUN)?;
    match texts.any(|t| first_of(t, &nouns()).is_some()) {
        true => Err("other words tell the sex as well"),
        false => Ok(made),
    }
}

fn exchanged(item: &Item) -> Option<Item> {
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
pub(super) fn they(item: &Item) -> Made {
    let has = |words: &[&str]| {
        let texts = [&item.context, &item.question];
        texts.iter().any(|t| first_of(t, words).is_some())
    };
    let (he, she) = (
        has(&["he", "him", "his", "himself"]),
        has(&["she", "her", "hers", "herself"]),
    );
    match (he, she) {
        (false, false) => return Err(NO_PRONOUN),
        (true, true) => return Err("he and she would become one"),
        (true, false) | (false, true) => {}
    }
    if [&item.context, &item.question].iter().any(|t| is_shared(t)) {
        return Err(NO_VERB);
    }
    let they = changed(item, |word, owns, after| {
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
    });
    they.ok_or(NO_VERB)
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
                true => out.push_str(&capital(&other)),
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
        assert!(they(&item).is_err(), "two people would become one word");
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
            let made = they(&item(text)).ok().map(|i| i.context);
            assert_eq!(made.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn words_for_the_sexes_change_with_the_pronouns() {
        let table = [
            (
                "The man\'s daughter said he was late. Men!",
                "sexes",
                "The woman\'s son said she was late. Women!",
            ),
            ("When he came", "he-she", "When she came"),
        ];
        for (text, name, expected) in table {
            let made = sexes(&item(text)).unwrap().remove(0);
            assert_eq!((made.name, &*made.item.context), (name, expected));
        }
        assert!(sexes(&item("A manor, a human")).is_err());
        let both = item("The man said that he was late.");
        assert!(swapped(&both).is_err(), "the man would be a she");
        assert!(they(&both).is_ok());
    }
}
