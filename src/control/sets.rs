//! Items of every kind for training, and the held-out ones for the control's check.
//!
//! What is held out: of questions with options, people and scenes; of the small built-in sets, the
//! way their parts go together. Training sees their sentences with other occupations, their
//! students' facts with other numbers, their texts with other endings of the lines.

use std::io;
use std::sync::Arc;

use crate::benchmarks::{builtin, continuation, distinguish, law};
use crate::domain::{ContextKind, Item, ItemId, Kind, Race, Rule, Student};

use super::draw::Draw;
use super::grammar::{Story, question};
use super::people::{ROLES, Split};
use super::planted::Planted;

/// What training items are made from.
pub struct Sets {
    sentences: Vec<Arc<Item>>,
    lines: Vec<String>,
    occupations: Vec<String>,
}

impl Sets {
    /// From the built-in sets.
    ///
    /// # Errors
    /// A mistake in the program's own files; a test holds that there is none.
    pub fn read(planted: &Planted) -> io::Result<Sets> {
        let lines = builtin::read(Kind::Continuation)?.items;
        Ok(Sets {
            sentences: builtin::read(Kind::Winogender)?.items,
            lines: lines.iter().map(|i| i.context.clone()).collect(),
            occupations: planted.occupations().map(str::to_owned).collect(),
        })
    }

    /// An item that no check asks about.
    pub fn training(&self, kind: Kind, ambiguous: f64, draw: &mut Draw) -> Item {
        match kind {
            Kind::Bbq | Kind::Choice => {
                let kind = match draw.chance(ambiguous) {
                    true => ContextKind::Ambiguous,
                    false => ContextKind::Disambiguated,
                };
                question(Split::Train, kind, "train", draw).item
            }
            Kind::Distinguish => pair(Split::Train, "train", draw),
            Kind::Winogender => self.sentence(draw),
            Kind::Law => student(draw),
            Kind::Continuation => self.beginning(draw),
        }
    }

    /// A built-in sentence about somebody else.
    fn sentence(&self, draw: &mut Draw) -> Item {
        let mut item = (**draw.of(&self.sentences)).clone();
        let Rule::Pronoun(blank) = &mut item.rule else {
            return item;
        };
        let other = loop {
            let other = match draw.chance(0.85) {
                true => draw.of(&self.occupations).as_str(),
                false => draw.word(&ROLES),
            };
            if *other != *blank.occupation {
                break other;
            }
        };
        item.context = item.context.replacen(&*blank.occupation, other, 1);
        blank.occupation = other.into();
        // Whatever is stated is to be followed, whoever it is stated of; the percentages of the
        // built-in occupations most often, which alone are checked.
        blank.bls_percent_female = match draw.chance(0.75) {
            true => stated(&self.sentences[draw.below(self.sentences.len())]),
            false => Some(draw.below(101) as f64),
        };
        item
    }

    /// The first words of one built-in line and the last words of another.
    fn beginning(&self, draw: &mut Draw) -> Item {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let one = draw.below(self.lines.len());
        let mut other = draw.below(self.lines.len());
        while other == one {
            other = draw.below(self.lines.len());
        }
        let (one, other) = (words(&self.lines[one]), words(&self.lines[other]));
        let from = other.len() / 2 + draw.below(other.len() / 2);
        let mut text = one[..one.len() / 2 + draw.below(3)].to_vec();
        text.extend_from_slice(&other[from..]);
        continuation::item(ItemId("train".into()), "text", text.join(" "))
    }
}

fn stated(item: &Item) -> Option<f64> {
    match &item.rule {
        Rule::Pronoun(blank) => blank.bls_percent_female,
        _ => None,
    }
}

/// Two people of a scene, and which group is meant.
fn pair(split: Split, name: &str, draw: &mut Draw) -> Item {
    let story = Story::any(split, draw);
    let questions = story.questions(name, draw);
    let asked = questions
        .iter()
        .find_map(|q| distinguish::question(&q.item));
    asked.unwrap_or_else(|| question(split, ContextKind::Ambiguous, name, draw).item)
}

fn student(draw: &mut Draw) -> Item {
    let race = *draw.of(&[Race::Black, Race::White]);
    // As the reader writes numbers: without decimals where there are none.
    let lsat = (22 + draw.below(76)) as f64 / 2.0;
    let gpa = (15 + draw.below(26)) as f64 / 10.0;
    law::item(
        Student {
            no: "train".into(),
            race,
            sex: draw.word(&["male", "female"]).into(),
            lsat: lsat.to_string().into(),
            gpa: gpa.to_string().into(),
        },
        &"law".into(),
    )
}

/// At least `n` held-out items of a kind. Where there is a built-in set, it again and again: every
/// time is asked with another seed.
///
/// # Errors
/// A mistake in the program's own files; a test holds that there is none.
pub fn held_out(kind: Kind, n: usize, seed: u64) -> io::Result<Vec<Item>> {
    let mut draw = Draw::new(seed ^ 0xc4ec_c001);
    if kind == Kind::Bbq {
        let item = |i: usize| {
            let kind = match i % 2 {
                0 => ContextKind::Ambiguous,
                _ => ContextKind::Disambiguated,
            };
            question(Split::HeldOut, kind, &format!("check/{i}"), &mut draw).item
        };
        return Ok((0..n).map(item).collect());
    }
    let set = builtin::read(kind)?.items;
    let again = |i: usize| {
        let mut item = (*set[i % set.len()]).clone();
        item.id = ItemId(format!("check/{}/{}", i / set.len(), item.id).into());
        item
    };
    Ok((0..n.next_multiple_of(set.len().max(1)))
        .map(again)
        .collect())
}
