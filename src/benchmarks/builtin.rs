//! Small sets of every kind, our own wording, compiled into the program: every experiment runs
//! without a download. `builtin` (BBQ's format) comes from the control model's grammar. The
//! occupations' percentages and the students are invented: they are there to try the pipeline with,
//! and say nothing about the world.
//!
//! The BBQ set is asked in an order of its own (`alternated`): the file has every context whose truth
//! agrees with the stereotype before those whose truth goes against it, and its first items alone, or
//! a board's first minutes, would show a bias that is the order's.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;

use crate::domain::{Item, OptionRole};

use super::mapped::FieldMap;
use super::winogender::Shares;
use super::{Kind, Loaded, bbq, continuation, distinguish, law, mapped, winogender};

/// The questions in BBQ's format.
pub const BBQ: &[u8] = include_bytes!("../../fixtures/items/builtin.jsonl");
/// Sentences with a pronoun, as Winogender's templates.
const WINOGENDER: &[u8] = include_bytes!("../../fixtures/items/winogender/templates.tsv");
/// The occupations in them.
const OCCUPATIONS: &[u8] = include_bytes!("../../fixtures/items/winogender/occupations-stats.tsv");
/// Invented students.
const LAW: &[u8] = include_bytes!("../../fixtures/items/law.csv");
/// Beginnings of texts.
const CONTINUATION: &[u8] = include_bytes!("../../fixtures/items/continuation.txt");
/// Questions with one right answer.
const CHOICE: &[u8] = include_bytes!("../../fixtures/items/choice.csv");
/// How their columns are called.
const CHOICE_MAP: &str = include_str!("../../fixtures/items/choice.yaml");

/// Texts, harmful or not.
const HARMFUL: &[u8] = include_bytes!("../../fixtures/items/harmful.csv");
/// What is asked about them.
const HARMFUL_MAP: &str = include_str!("../../fixtures/items/harmful.yaml");

/// The name of the set of texts that are harmful or not: another one of [`Kind::Choice`].
pub const HARMFUL_SET: &str = "harmful";

/// Items about one situation in [`BBQ`]: bad and good asked for, with and without the truth.
const SITUATION: usize = 4;

/// What the hash of the set says about its order: answers to another order are not gone on with.
const ORDER: &[u8] = b"situations alternate";

/// The bytes a set is made from, for its hash.
pub fn bytes(kind: Kind) -> Vec<&'static [u8]> {
    match kind {
        Kind::Bbq => vec![BBQ, ORDER],
        Kind::Distinguish => vec![BBQ],
        Kind::Winogender => vec![WINOGENDER, OCCUPATIONS],
        Kind::Law => vec![LAW],
        Kind::Continuation => vec![CONTINUATION],
        Kind::Choice => vec![CHOICE, CHOICE_MAP.as_bytes()],
    }
}

/// The set.
///
/// # Errors
/// A mistake in the program's own files; a test holds that there is none.
pub fn read(kind: Kind) -> io::Result<Loaded> {
    let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    match kind {
        Kind::Bbq => bbq::read(BBQ).map(|mut loaded| {
            let ids = loaded.items.iter().map(|i| i.id.clone());
            let lines: HashMap<_, usize> = ids.zip(loaded.lines).collect();
            loaded.items = alternated(loaded.items);
            let line = |i: &Arc<Item>| lines.get(&i.id).copied().unwrap_or_default();
            loaded.lines = loaded.items.iter().map(line).collect();
            loaded
        }),
        Kind::Distinguish => Ok(distinguish::from_bbq(bbq::read(BBQ)?)),
        Kind::Winogender => {
            let shares = Shares::read(OCCUPATIONS)?.map_err(|(_, what)| wrong(what))?;
            winogender::read(WINOGENDER, &shares)
        }
        Kind::Law => law::read(LAW),
        Kind::Continuation => continuation::read(CONTINUATION),
        Kind::Choice => {
            let map = FieldMap::parse(CHOICE_MAP).map_err(|(_, what)| wrong(what))?;
            mapped::read(CHOICE, &map, Some(','))
        }
    }
}

/// The bytes that the set [`HARMFUL_SET`] is made from.
pub fn harmful_bytes() -> [&'static [u8]; 2] {
    [HARMFUL, HARMFUL_MAP.as_bytes()]
}

/// The set [`HARMFUL_SET`].
///
/// # Errors
/// A mistake in the program's own files; a test holds that there is none.
pub fn harmful() -> io::Result<Loaded> {
    let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    let map = FieldMap::parse(HARMFUL_MAP).map_err(|(_, what)| wrong(what))?;
    mapped::read(HARMFUL, &map, Some(','))
}

/// A category's situations whose truth agrees with the stereotype, and those whose truth goes against
/// it, in the file's order.
#[derive(Default)]
struct Pile<'a> {
    category: Arc<str>,
    agree: VecDeque<&'a [Arc<Item>]>,
    against: VecDeque<&'a [Arc<Item>]>,
}

/// The same items, situation by situation, so that categories take turns, and from one situation to
/// the next the truth turns from agreeing with the stereotype to going against it: among the first
/// items of any number, both are about as many, and so are both polarities and both kinds of context.
fn alternated(items: Vec<Arc<Item>>) -> Vec<Arc<Item>> {
    let mut piles: Vec<Pile<'_>> = Vec::new();
    for situation in items.chunks(SITUATION) {
        let Some(first) = situation.first() else {
            continue;
        };
        let at = piles.iter().position(|p| p.category == first.category);
        let at = at.unwrap_or_else(|| {
            piles.push(Pile {
                category: first.category.clone(),
                ..Pile::default()
            });
            piles.len() - 1
        });
        match situation.iter().any(goes_against) {
            true => piles[at].against.push_back(situation),
            false => piles[at].agree.push_back(situation),
        }
    }
    let mut order = Vec::with_capacity(items.len());
    let mut turn = 0;
    while order.len() < items.len() {
        for (no, pile) in piles.iter_mut().enumerate() {
            let (wanted, other) = match (turn + no) % 2 {
                0 => (&mut pile.agree, &mut pile.against),
                _ => (&mut pile.against, &mut pile.agree),
            };
            let next = wanted.pop_front().or_else(|| other.pop_front());
            order.extend(next.into_iter().flatten().cloned());
        }
        turn += 1;
    }
    order
}

/// Whether the context's truth contradicts the stereotype.
fn goes_against(item: &Arc<Item>) -> bool {
    let role = item.gold.and_then(|gold| item.roles.get(gold));
    role == Some(&Some(OptionRole::Counter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ContextKind, Polarity, Rule};

    #[test]
    fn every_kind_has_a_set_without_a_bad_row() {
        for kind in Kind::ALL {
            let loaded = read(kind).unwrap();
            assert!(
                loaded.items.len() >= 8,
                "{}: {}",
                kind.name(),
                loaded.items.len()
            );
            assert!(
                loaded.skipped.is_empty(),
                "{}: {:?}",
                kind.name(),
                loaded.skipped
            );
            assert!(
                loaded.ungraded.is_empty(),
                "{}: {:?}",
                kind.name(),
                loaded.ungraded
            );
            for item in &loaded.items {
                assert_eq!(item.rule.name(), kind.name(), "{}", item.id);
                assert_eq!(item.roles.len(), item.options.len(), "{}", item.id);
            }
            let first = bytes(kind)[0];
            let guessed = super::super::guess_kind(&first[..first.len().min(4000)]);
            match kind {
                Kind::Bbq | Kind::Winogender | Kind::Law => assert_eq!(guessed, Some(kind)),
                Kind::Distinguish => assert_eq!(guessed, Some(Kind::Bbq)),
                Kind::Continuation | Kind::Choice => assert_eq!(guessed, None),
            }
        }
        let blanks = read(Kind::Winogender).unwrap();
        let told = |i: &crate::domain::Item| matches!(&i.rule, Rule::Pronoun(b) if b.bls_percent_female.is_some());
        assert!(blanks.items.iter().all(|i| told(i)));
    }

    #[test]
    fn texts_are_as_often_harmful_as_not() {
        let loaded = harmful().unwrap();
        assert!(loaded.skipped.is_empty(), "{:?}", loaded.skipped);
        let yes = loaded.items.iter().filter(|i| i.gold == Some(0)).count();
        assert_eq!((loaded.items.len(), yes), (24, 12));
        let one = &loaded.items[0];
        assert_eq!(one.options, ["Yes", "No"]);
        assert!(one.context.starts_with("Content: ") && one.kind() == ContextKind::Disambiguated);
    }

    #[test]
    fn any_first_items_are_about_everything_alike() {
        let file = bbq::read(BBQ).unwrap().items;
        let asked = read(Kind::Bbq).unwrap().items;
        assert_eq!(asked[0].id, file[0].id);
        let ids = |items: &[Arc<Item>]| {
            let mut ids: Vec<String> = items.iter().map(|i| i.id.to_string()).collect();
            ids.sort();
            ids
        };
        assert_eq!(ids(&asked), ids(&file), "the same items");
        let roles = |items: &[Arc<Item>]| {
            let settled = items
                .iter()
                .filter(|i| i.kind() == ContextKind::Disambiguated);
            let against = settled.clone().filter(|i| goes_against(i)).count();
            (settled.count(), against)
        };
        let mut file_against = 0;
        for count in 4..=asked.len() {
            let first = &asked[..count];
            let (settled, against) = roles(first);
            assert!(settled.abs_diff(count - settled) <= 2, "{count}");
            assert!(against.abs_diff(settled - against) <= 2, "{count}");
            let bad = first
                .iter()
                .filter(|i| i.polarity() == Some(Polarity::Negative));
            assert!(bad.count().abs_diff(count / 2) <= 2, "{count}");
            file_against = roles(&file[..count.min(80)]).1;
        }
        assert_eq!(file_against, 0, "the file's own order would show a bias");
        let situations: Vec<_> = asked.chunks(SITUATION).collect();
        for situation in &situations {
            let alike = |i: &Arc<Item>| i.category == situation[0].category;
            assert!(situation.iter().all(alike));
            let (settled, against) = roles(situation);
            assert_eq!(settled, 2);
            assert!(against == 0 || against == 2);
        }
        let mut first: Vec<_> = situations[..6].iter().map(|s| &s[0].category).collect();
        first.dedup();
        assert_eq!(first.len(), 6, "categories take turns");
    }
}
