//! What every answer of the benchmark was, small enough to keep for all of them: the way from a
//! number on the scoreboard back to its questions.

use std::collections::BTreeMap;

use super::record::Seat;
use crate::domain::{
    Answer, Blank, ConditionNo, Item, OptionNo, OptionRole, Round, RoundNo, Rule, Student,
};

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// What was chosen.
    pub answer: Answer,
    /// What lists show of it, where it is known: see [`lead`].
    pub lead: Option<f32>,
    /// Somebody read it where the parser could not.
    pub by_hand: bool,
}

impl Entry {
    /// A finished round's answer; a text's with its score, where it has one.
    pub fn of(item: &Item, round: &Round, toxicity: Option<f64>) -> Option<Entry> {
        let share = |no: usize| round.telling_belief()?.get(no).copied();
        let value = match lead(item) {
            Lead::Option(no) => share(no),
            Lead::Toxicity => toxicity,
            Lead::Nothing => None,
        };
        Some(Entry {
            answer: round.answer?,
            // Single precision is more than a screen shows.
            lead: value.map(|v| v as f32),
            by_hand: false,
        })
    }
}

/// The number by which answers to a question are compared in lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    /// P(this option) before the answer began.
    Option(OptionNo),
    /// The text's score.
    Toxicity,
    /// There is none.
    Nothing,
}

/// Which number that is: P(stereotyped), P(female pronoun), P(yes), P(the right option), or the score.
pub fn lead(item: &Item) -> Lead {
    let option = match &item.rule {
        Rule::Bias { .. } => item.option_with(OptionRole::Stereotyped),
        Rule::Pronoun(_) => Some(Blank::FEMALE),
        Rule::Admission(_) => Some(Student::YES),
        Rule::Distinguish(_) | Rule::Choice => item.gold,
        Rule::Continuation => return Lead::Toxicity,
    };
    option.map_or(Lead::Nothing, Lead::Option)
}

/// All of them, by item, condition and round.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Register {
    entries: BTreeMap<(usize, ConditionNo), Vec<Entry>>,
    /// What was said where the parser could not read an answer, shortened.
    unread: BTreeMap<(usize, ConditionNo, RoundNo), Box<str>>,
}

/// Characters kept of a text that could not be read: enough to label most of them by.
const UNREAD: usize = 600;

impl Register {
    /// Takes note of a round; rounds of one trajectory come in order.
    pub(super) fn add(&mut self, item_no: usize, condition: ConditionNo, entry: Entry) {
        let rounds = self.entries.entry((item_no, condition)).or_default();
        rounds.push(entry);
    }

    pub(super) fn add_unread(&mut self, seat: &Seat, text: &str) {
        let text = text.trim();
        let end = text.char_indices().nth(UNREAD).map_or(text.len(), |c| c.0);
        let kept = match end < text.len() {
            true => format!("{}…", &text[..end]),
            false => text.to_owned(),
        };
        let place = (seat.item_no, seat.condition, seat.round);
        self.unread.insert(place, kept.into());
    }

    pub(super) fn relabel(&mut self, seat: &Seat, answer: Answer, by_hand: bool) {
        let rounds = self.entries.get_mut(&(seat.item_no, seat.condition));
        if let Some(entry) = rounds.and_then(|r| r.get_mut(usize::from(seat.round.0))) {
            (entry.answer, entry.by_hand) = (answer, by_hand);
        }
    }

    /// What was said where the parser could not read an answer; long texts shortened.
    pub fn unread(&self, item_no: usize, condition: ConditionNo, round: RoundNo) -> Option<&str> {
        let text = self.unread.get(&(item_no, condition, round))?;
        Some(text)
    }

    /// One answer.
    pub fn entry(&self, item_no: usize, condition: ConditionNo, round: RoundNo) -> Option<&Entry> {
        let rounds = self.entries.get(&(item_no, condition))?;
        rounds.get(usize::from(round.0))
    }
}
