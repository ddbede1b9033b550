//! Letting go of a model: its thread ends and its memory is given back, its answers and its scoreboard go.
//!
//! Invariant: one model always stays, and the one whose critic the others need; a number that a model had is
//! only given to another one after everybody has forgotten it.

use crate::domain::ModelNo;

use super::App;
use super::action::Action;
use super::axis::Axis;
use super::event::Effect;
use super::transcript::Safe;
use super::view::Model;

impl App {
    /// Lets go of the model under the cursor, once it was said what goes with it. `named`: it was.
    pub(super) fn unload(&mut self, named: Option<ModelNo>, out: &mut Vec<Effect>) {
        let no = self.at;
        let name = self.model_name(no);
        let key = |app: &App, action| app.keymap.key_name(action).unwrap_or_default();
        if let Some(why) = self.cannot_unload(no) {
            self.view.notice = Some(why);
            return;
        }
        if named != Some(no) {
            let said = format!(
                " again unloads {name}: its answers and its scoreboard go, its memory is given back"
            );
            self.view.unloading = Some(no);
            self.view.notice =
                Some(Safe::from(key(self, Action::UnloadModel)).join(&Safe::line(&said)));
            return;
        }
        self.let_go_of(no, out);
        out.push(Effect::Unload(no));
        let said = format!(
            "{name} is unloaded; {} loads another model",
            key(self, Action::OpenModel)
        );
        self.view.notice = Some(Safe::line(&said));
    }

    fn cannot_unload(&self, no: ModelNo) -> Option<Safe> {
        let key = self.keymap.key_name(Action::OpenModel).unwrap_or_default();
        let name = self.model_name(no);
        let said = match () {
            () if self.models() < 2 => {
                format!("{name} is the only model, it stays: {key} loads another one beside it")
            }
            () if self.view.critic_at == Some(no) => {
                format!("{name} stays: the critic of all models came with it")
            }
            () if self.is_recorded_model(no) => format!("{name} stays: the record is its own"),
            () => return None,
        };
        Some(Safe::line(&said))
    }

    fn let_go_of(&mut self, no: ModelNo, out: &mut Vec<Effect>) {
        let all: Vec<ModelNo> = self.all_models().map(|(other, _)| other).collect();
        // The one beside it: to the left, as closing a column does.
        let left = all.iter().rev().find(|other| **other < no);
        let Some(next) = left.or_else(|| all.iter().find(|other| **other > no)) else {
            return;
        };
        self.leave_comparison();
        self.end_search();
        self.close_inside();
        self.turn_to(*next);
        if let Some(seat) = self.seats.get_mut(usize::from(no.0)) {
            *seat = None;
        }
        self.forget_failed();
        self.view.texts.retain(|pane, _| pane.model != no);
        self.view.paired = None;
        if self.models() < 2 && self.view.axis == Axis::Models {
            self.set_axis(Axis::Conditions, out);
        }
        // Who was not looked at may never have been asked.
        self.view.showing += 1;
    }

    /// A number that nobody has any more.
    pub(super) fn unloaded(&self) -> Option<ModelNo> {
        let numbers = (0..self.seats.len()).filter_map(|no| u16::try_from(no).ok());
        let mut numbers = numbers.map(ModelNo);
        numbers.find(|no| self.model_of(*no).is_none())
    }

    /// Whether a model can be let go of.
    pub(super) fn can_unload(&self) -> bool {
        self.models() > 1 && !matches!(self.view.model, Model::Loading(ref name) if name.is_empty())
    }
}
