//! What every answer of the benchmark was, small enough to keep for all of them: the way from a
//! number on the scoreboard back to its questions.

use std::collections::BTreeMap;

use super::record::Seat;
use crate::domain::{Answer, ConditionNo, Item, OptionRole, Round, RoundNo};

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// What was chosen.
    pub answer: Answer,
    /// P(stereotyped), P(counter), P(abstain) before the answer began, where the data tell which
    /// options these are.
    pub belief: Option<[f32; 3]>,
    /// Somebody read it where the parser could not.
    pub by_hand: bool,
}

impl Entry {
    /// A finished round's answer.
    pub fn of(item: &Item, round: &Round) -> Option<Entry> {
        let roles = [
            OptionRole::Stereotyped,
            OptionRole::Counter,
            OptionRole::Unknown,
        ];
        let share = |role| {
            let at = item.option_with(role)?;
            // Single precision is more than a screen shows.
            Some(*round.belief.as_ref()?.get(at)? as f32)
        };
        let belief = match roles.map(share) {
            [Some(s), Some(c), Some(a)] => Some([s, c, a]),
            _ => None,
        };
        Some(Entry {
            answer: round.answer?,
            belief,
            by_hand: false,
        })
    }
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
