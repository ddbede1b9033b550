//! What every answer of the benchmark was, small enough to keep for all of them: the way from a
//! number on the scoreboard back to its questions.

use std::collections::BTreeMap;

use crate::domain::{Answer, ConditionNo, Item, OptionRole, Round, RoundNo};

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// What was chosen.
    pub answer: Answer,
    /// P(stereotyped), P(counter), P(abstain) before the answer began, where the data tell which
    /// options these are.
    pub belief: Option<[f32; 3]>,
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
        })
    }
}

/// All of them, by item, condition and round.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Register {
    entries: BTreeMap<(usize, ConditionNo), Vec<Entry>>,
}

impl Register {
    /// Takes note of a round; rounds of one trajectory come in order.
    pub(super) fn add(&mut self, item_no: usize, condition: ConditionNo, entry: Entry) {
        let rounds = self.entries.entry((item_no, condition)).or_default();
        rounds.push(entry);
    }

    /// One answer.
    pub fn entry(&self, item_no: usize, condition: ConditionNo, round: RoundNo) -> Option<&Entry> {
        let rounds = self.entries.get(&(item_no, condition))?;
        rounds.get(usize::from(round.0))
    }
}
