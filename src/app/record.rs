//! A recorded run on screen: its answers in the place of answers that are asked for.
//!
//! Invariant: what stands in a pane is the record's, or marked as asked now; nothing is asked in the
//! place of an answer that the record holds unless somebody asks for it.

use crate::domain::ModelNo;
use crate::run::{Recalled, Run};

use super::App;
use super::event::Effect;
use super::layout::PaneNo;
use super::transcript::Safe;
use super::view::Model;

/// Which record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its folder's name.
    pub name: Safe,
}

impl App {
    /// The same over a recorded run.
    pub fn with_record(self, run: Run, name: &str) -> App {
        App {
            run,
            record: Some(Record {
                name: Safe::line(name),
            }),
            sweep_at_start: false,
            ..self
        }
    }

    /// The record that is explored, if one is.
    pub fn record(&self) -> Option<&Record> {
        self.record.as_ref()
    }

    /// Whether a pane's round was asked for now, beside a record that does not hold it.
    pub fn is_live(&self, pane: PaneNo) -> bool {
        let Some((run, no)) = self.play_in(pane).filter(|(run, _)| run.is_of_record()) else {
            return false;
        };
        let begun = run
            .focus()
            .play(no)
            .filter(|p| p.round(pane.round).is_some());
        begun.is_some_and(|p| !p.is_recorded(pane.round))
    }

    /// Why nothing can be asked in a column, ever.
    pub fn frozen(&self, pane: PaneNo) -> Option<Safe> {
        let run = self.run_of(pane.model)?;
        let column = run.focus().column(pane.condition)?;
        Some(Safe::line(column.frozen.as_deref()?))
    }

    /// Whether a model is the record's own.
    pub fn is_recorded_model(&self, model: ModelNo) -> bool {
        self.run_of(model).is_some_and(Run::is_of_record)
    }

    /// Begins with what the record holds of the question on screen.
    pub fn open_record(&mut self, out: &mut Vec<Effect>) {
        let is_there = self.run.focus().item_no().is_some();
        if self.record.is_some() && !is_there {
            out.push(Effect::Recall(self.view.item_no));
        }
    }

    /// Takes what the record holds of a question; returns whether the picture changed.
    pub(super) fn on_recalled(
        &mut self,
        item_no: usize,
        recalled: &Result<Vec<Recalled>, String>,
        out: &mut Vec<Effect>,
    ) -> bool {
        if self.record.is_none() || item_no != self.view.item_no {
            return false;
        }
        let all = match recalled {
            Ok(all) => all.clone(),
            Err(why) => {
                self.view.notice = Some(Safe::line(why));
                Vec::new()
            }
        };
        // The record is the first model's.
        let model = ModelNo::default();
        self.ask_of(model, out, |run, orders| run.recall(item_no, all, orders));
        self.view.showing += 1;
        true
    }

    /// Whether a change of what is asked can be answered; says why not.
    pub(super) fn can_ask(&mut self) -> bool {
        if !self.run.is_of_record() {
            return true;
        }
        let said = match &self.view.model {
            Model::Ready { .. } => return true,
            Model::Loading(_) => {
                "the model is still being loaded: the record's answers stay".into()
            }
            Model::Failed(why) => Safe::line("no model to ask: ").join(&Safe::line(why.as_str())),
        };
        self.view.notice = Some(said);
        false
    }

    /// Whether more can be asked in the column under the cursor as it stands; says why not.
    pub(super) fn can_go_on(&mut self) -> bool {
        if let Some(why) = self.frozen(self.view.cursor) {
            self.view.notice = Some(Safe::line("not asked: ").join(&why));
            return false;
        }
        self.can_ask()
    }

    /// The panes ask as the record did again, and show its answers.
    pub(super) fn back_to_record(&mut self, out: &mut Vec<Effect>) {
        self.leave_comparison();
        self.ask(out, |run, orders| run.ask_as_recorded(orders));
        let rounds = self.settings().rounds;
        self.view.cursor.round.0 = self.view.cursor.round.0.min(rounds.saturating_sub(1));
        out.push(Effect::Recall(self.view.item_no));
        self.view.notice = Some("the record's answers".into());
    }
}
