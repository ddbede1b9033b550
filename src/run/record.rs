//! A run over a record: answers that are there already in the place of answers that are asked for, and
//! labels given by hand to answers that could not be read.
//!
//! Invariant: a label counts in the scoreboard in the place of the answer that could not be read, and in
//! that place only; what the parser made of the text is never changed, so that taking the label back
//! brings it back.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{Answer, ConditionNo, Item, RoundNo, Verdict};
use crate::stats::{CellKey, Observation};

use super::column::Column;
use super::focus::{Kept, Recalled, Under};
use super::order::{Order, Take};
use super::settings::Settings;
use super::{Attention, PlayNo, Run, Sweep};

/// One answer's place among all answers of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seat {
    /// Position of the item in the set.
    pub item_no: usize,
    /// Under which condition.
    pub condition: ConditionNo,
    /// Which repeat of the question.
    pub take: Take,
    /// Which round.
    pub round: RoundNo,
}

/// Labels by hand: what somebody read where the parser could not.
pub type Labels = BTreeMap<Seat, Answer>;

impl Run {
    /// A run over a record: nothing is asked for before somebody attends to it (see [`Run::attend`]).
    /// `frozen` says for each condition why nothing can be asked under it.
    pub fn of_record(
        items: Arc<[Arc<Item>]>,
        settings: Settings,
        frozen: Vec<Option<Arc<str>>>,
    ) -> Run {
        let mut run = Run::new(items, settings);
        run.attention = Attention::Nobody;
        run.sweep.score_texts_elsewhere();
        run.focus.freeze(frozen);
        run.recorded = Some(run.focus.columns().to_vec());
        run
    }

    /// Whether its scoreboard is a record's.
    pub fn is_of_record(&self) -> bool {
        self.recorded.is_some()
    }

    /// What the record's columns ask with; empty without a record.
    pub fn recorded_columns(&self) -> &[Column] {
        self.recorded.as_deref().unwrap_or_default()
    }

    /// Whether the panes ask exactly as the record did.
    pub fn asks_as_recorded(&self) -> bool {
        let same = self.focus.settings() == self.sweep.settings();
        same && self.focus.columns() == self.recorded_columns()
    }

    /// Lets the panes ask as the record did again; the item has to be recalled after it.
    pub fn ask_as_recorded(&mut self, out: &mut Vec<Order>) {
        let Some(columns) = self.recorded.clone() else {
            return;
        };
        self.cancel_focus(out);
        self.focus.set_settings(self.sweep.settings().clone());
        self.focus.set_columns(columns);
    }

    /// Puts an item on screen with what the record holds of it. What it does not hold is asked for,
    /// where there is a model.
    pub fn recall(&mut self, item_no: usize, all: Vec<Recalled>, out: &mut Vec<Order>) {
        let Some(item) = self.items.get(item_no).cloned() else {
            return;
        };
        self.cancel_focus(out);
        let under = Under {
            settings: self.sweep.settings(),
            columns: self.recorded.as_deref().unwrap_or_default(),
        };
        self.focus.recall(item_no, &item, under, all);
        self.plan(out);
    }

    /// Puts back what an earlier session had on screen; nothing is asked for before somebody attends to it
    /// (see [`Run::attend`]). Returns whether there is such a question.
    pub fn put_back(&mut self, kept: Kept) -> bool {
        self.focus.restore(kept, &self.items)
    }

    /// The toxicity of a finished text on screen, as the board counts it, and by whom.
    pub fn toxicity(&self, no: PlayNo, round_no: RoundNo) -> Option<(f64, &str)> {
        let play = self.focus.play(no)?;
        let seat = self.focus.item_no().map(|item_no| Seat {
            item_no,
            condition: play.condition(),
            take: play.take(),
            round: round_no,
        });
        let seat = seat.filter(|_| play.is_recorded(round_no));
        let round = play.round(round_no)?;
        let score = self.sweep.toxicity(play.item(), round, seat.as_ref())?;
        Some((score, self.sweep.texts_by()?))
    }

    /// Labels an answer that the parser could not read, or takes the label back (`None`). Returns
    /// whether there is such an answer.
    pub fn label(&mut self, seat: Seat, label: Option<Answer>) -> bool {
        self.sweep.label(seat, label)
    }
}

impl Sweep {
    /// Labels of answers that are still to come: from a record, before its answers are taken over.
    pub fn set_labels(&mut self, labels: Labels) {
        self.labels = labels;
    }

    /// All labels.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// What somebody read in an answer that the parser could not read.
    pub fn label_of(&self, seat: &Seat) -> Option<Answer> {
        self.labels.get(seat).copied()
    }

    /// Whether there is an answer that the parser could not read.
    pub fn is_unparsed(&self, seat: &Seat) -> bool {
        if self.labels.contains_key(seat) {
            return true;
        }
        let row = self.seat(seat.item_no, seat.take);
        let graded = self.board.ledger().at(row, seat.condition, seat.round);
        graded.is_some_and(|g| g.verdict == Verdict::Unparsed)
    }

    /// What counts: the label where the parser could not read the answer.
    pub(super) fn counted(&self, seat: &Seat, parsed: Answer) -> Answer {
        match parsed {
            Answer::Unparsed => self.label_of(seat).unwrap_or(parsed),
            Answer::Choice(_) | Answer::Abstain | Answer::Free => parsed,
        }
    }

    /// What a label tells of an answer's pronoun or admission, where its probabilities do not.
    fn measure_label(
        &mut self,
        seat: &Seat,
        item: &Item,
        before: Option<Answer>,
        now: Option<Answer>,
    ) {
        if !self.unbelieved.contains(seat) {
            return;
        }
        let key = CellKey {
            condition: seat.condition,
            round: seat.round,
            category: item.category.clone(),
        };
        if let Some(observation) = before.and_then(|a| Observation::of(item, a, None)) {
            self.measures.take_back(&key, observation);
        }
        if let Some(observation) = now.and_then(|a| Observation::of(item, a, None)) {
            self.measures.add(key, observation);
        }
    }

    fn label(&mut self, seat: Seat, label: Option<Answer>) -> bool {
        let Some(item) = self.item(seat.item_no, seat.take) else {
            return false;
        };
        if !self.is_unparsed(&seat) {
            return false;
        }
        let before = match label {
            Some(answer) => self.labels.insert(seat, answer),
            None => self.labels.remove(&seat),
        };
        self.measure_label(&seat, &item, before, label);
        let counted = label.unwrap_or(Answer::Unparsed);
        let row = self.seat(seat.item_no, seat.take);
        self.board.replace(
            seat.condition,
            seat.round,
            row,
            crate::stats::Graded::new(counted, &item),
        );
        if seat.take == Take::default() {
            self.register.relabel(&seat, counted, label.is_some());
        }
        true
    }
}
