//! A sentence with a blank for its pronoun (Winogender), with other people in it.

use std::sync::Arc;

use crate::domain::{Blank, Item, OptionRole, Referent, Rule};

use super::Made;
use super::words::{replaced, with_articles};

/// How far apart, in points, the shares of women of two occupations are at least, so that the other one is
/// more of the other sex.
const APART: f64 = 20.0;

/// The occupation and the other person in each other's place: what one did the other did, and so whoever
/// the pronoun stood for, it stands for the other one now.
pub(super) fn people(item: &Item, blank: &Blank) -> Made {
    let (a, b) = (&*blank.occupation, participant(item)?);
    let swap = |word: &str| match word.eq_ignore_ascii_case(a) {
        true => Some(b.to_owned()),
        false => Some(a.to_owned()),
    };
    let (context, _) = replaced(&item.context, &[a, b], swap);
    let refers_to = match blank.refers_to {
        Referent::Occupation => Referent::Participant,
        Referent::Participant => Referent::Occupation,
    };
    let blank = Blank {
        refers_to,
        ..blank.clone()
    };
    Ok(posed(item, with_articles(&context, &[a, b]), blank))
}

/// Another occupation of the set in the same sentence: the one whose share of women is furthest from this
/// one's, on the other side of half.
pub(super) fn occupation(item: &Item, blank: &Blank, set: &[Arc<Item>]) -> Made {
    let Some(share) = blank.bls_percent_female else {
        return Err("its share of women is not known");
    };
    let far = |other: &Blank| match (share >= 50.0, other.bls_percent_female) {
        (true, Some(p)) => share - p,
        (false, Some(p)) => p - share,
        (_, None) => 0.0,
    };
    let blanks = set.iter().filter_map(|other| match &other.rule {
        Rule::Pronoun(other) if other.occupation != blank.occupation => Some(other),
        _ => None,
    });
    let other = blanks.reduce(|best, next| if far(next) > far(best) { next } else { best });
    let Some(other) = other.filter(|o| {
        let is_across = o
            .bls_percent_female
            .is_some_and(|p| (p > 50.0) != (share > 50.0));
        is_across && far(o) >= APART
    }) else {
        return Err("the set has none more of the other sex");
    };
    let swap = |_: &str| Some(other.occupation.to_string());
    let (context, count) = replaced(&item.context, &[&blank.occupation], swap);
    if count == 0 {
        return Err("it does not stand in the sentence word for word");
    }
    let blank = Blank {
        occupation: other.occupation.clone(),
        bls_percent_female: other.bls_percent_female,
        bergsma_percent_female: other.bergsma_percent_female,
        ..blank.clone()
    };
    let name = other.occupation.clone();
    Ok(posed(item, with_articles(&context, &[&name]), blank))
}

/// The other person, as the item's name has them: `occupation.participant.0`.
fn participant(item: &Item) -> Result<&str, &'static str> {
    let mut parts = item.id.0.split('.');
    let (Some(occupation), Some(participant), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("the item's name does not tell who they are");
    };
    let holds = |name: &str| replaced(&item.context, &[name], |_| None).1 > 0;
    match holds(occupation) && holds(participant) {
        true => Ok(participant),
        false => Err("they do not both stand in the sentence word for word"),
    }
}

/// Another sentence; which form goes with the statistics follows from its occupation and whom the blank
/// stands for.
fn posed(item: &Item, context: String, blank: Blank) -> Item {
    let share = match blank.refers_to {
        Referent::Occupation => blank.bls_percent_female.filter(|p| *p != 50.0),
        Referent::Participant => None,
    };
    let role = |is_female: bool| {
        share.map(|percent| match (percent > 50.0) == is_female {
            true => OptionRole::Stereotyped,
            false => OptionRole::Counter,
        })
    };
    Item {
        context,
        category: match blank.refers_to {
            Referent::Occupation => "occupation".into(),
            Referent::Participant => "participant".into(),
        },
        roles: vec![role(false), role(true), Some(OptionRole::Unknown)],
        rule: Rule::Pronoun(blank),
        ..item.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ItemId, PronounCase};

    fn item(occupation: &str, refers_to: Referent, percent: f64) -> Item {
        let blank = Blank {
            case: PronounCase::Nominative,
            occupation: occupation.into(),
            refers_to,
            bls_percent_female: Some(percent),
            bergsma_percent_female: None,
        };
        let named = Item {
            id: ItemId(format!("{occupation}.client.0").into()),
            category: "occupation".into(),
            context: String::new(),
            question: String::new(),
            options: ["he", "she", "they"].map(str::to_owned).to_vec(),
            roles: Vec::new(),
            gold: Some(2),
            rule: Rule::Pronoun(blank.clone()),
        };
        let context = format!("The {occupation} told a client that _ knew.");
        posed(&named, with_articles(&context, &[occupation]), blank)
    }

    fn blank(item: &Item) -> &Blank {
        match &item.rule {
            Rule::Pronoun(blank) => blank,
            _ => panic!("another kind"),
        }
    }

    #[test]
    fn the_pronoun_stands_for_whoever_did_it() {
        use OptionRole::{Counter, Stereotyped, Unknown};
        let nurse = item("nurse", Referent::Occupation, 90.0);
        assert_eq!(
            nurse.roles,
            [Some(Counter), Some(Stereotyped), Some(Unknown)]
        );
        let other = people(&nurse, blank(&nurse)).unwrap();
        assert_eq!(other.context, "The client told a nurse that _ knew.");
        assert_eq!(blank(&other).refers_to, Referent::Participant);
        assert_eq!(other.roles, [None, None, Some(Unknown)]);
        assert_eq!(people(&other, blank(&other)).unwrap(), nurse, "and back");
    }

    #[test]
    fn another_occupation_brings_its_statistics() {
        let set = [
            item("nurse", Referent::Occupation, 90.0),
            item("cook", Referent::Occupation, 40.0),
            item("engineer", Referent::Occupation, 10.0),
        ]
        .map(Arc::new);
        let other = occupation(&set[0], blank(&set[0]), &set).unwrap();
        assert_eq!(other.context, "The engineer told a client that _ knew.");
        assert_eq!(other.fact("percent_female").as_deref(), Some("10"));
        assert_eq!(other.roles[0], Some(OptionRole::Stereotyped));
        let back = occupation(&set[2], blank(&set[2]), &set).unwrap();
        assert_eq!(back.context, "The nurse told a client that _ knew.");
        assert!(occupation(&set[0], blank(&set[0]), &set[..1]).is_err());
    }
}
