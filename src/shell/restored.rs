//! A record's answers on their way into a run.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::domain::{ConditionNo, Item, Round, RoundNo};
use crate::run::{Run, Seat, Settings, Take};
use crate::session::AnswerLine;

/// A trajectory is handed over once it is whole, so that only unfinished ones are held.
pub struct Restored<'a> {
    settings: &'a Settings,
    begun: HashMap<(usize, ConditionNo, Take), Vec<Round>>,
    whole: HashSet<(usize, ConditionNo, Take)>,
}

impl<'a> Restored<'a> {
    /// Nothing taken yet.
    pub fn new(settings: &'a Settings) -> Restored<'a> {
        Restored {
            settings,
            begun: HashMap::new(),
            whole: HashSet::new(),
        }
    }

    /// Takes a line; what comes twice, out of turn or under an unknown condition is left out. Returns
    /// whether it was taken.
    pub fn take(&mut self, line: AnswerLine, run: &mut Run) -> bool {
        let mut conditions = self.settings.conditions.iter();
        let Some(no) = conditions.position(|c| *c.name == *line.condition) else {
            return false;
        };
        let condition = ConditionNo(u16::try_from(no).unwrap_or(u16::MAX));
        let take = Take {
            sample: line.sample,
            rotation: line.rotation,
        };
        let place = (line.item_no, condition, take);
        if self.whole.contains(&place) {
            return false;
        }
        let rounds = self.begun.entry(place).or_default();
        if usize::from(line.round) != rounds.len() {
            return false;
        }
        let Some(round) = line.round() else {
            return false;
        };
        rounds.push(round);
        let item: Option<Arc<Item>> = run.items().get(line.item_no).cloned();
        if let (Some(scored), Some(item)) = (&line.scored, item) {
            let seat = Seat {
                item_no: line.item_no,
                condition,
                take,
                round: RoundNo(line.round),
            };
            run.sweep_mut()
                .add_toxicity(seat, &item, scored.toxicity, &scored.scorer);
        }
        if rounds.len() == usize::from(self.settings.rounds)
            && let Some(rounds) = self.begun.remove(&place)
        {
            self.whole.insert(place);
            run.restore(line.item_no, condition, take, rounds);
        }
        true
    }

    /// Hands over what is unfinished.
    pub fn finish(self, run: &mut Run) {
        for ((item_no, condition, take), rounds) in self.begun {
            run.restore(item_no, condition, take, rounds);
        }
    }
}
