//! Which actions would do something now: for the footer, the help and the answer to a key.

use super::App;
use super::action::Action;
use super::axis::Axis;
use super::column;
use super::layout::Screen;
use super::overlay::Overlay;
use super::view::Model;

impl App {
    /// Whether an action would do something now.
    pub fn applies(&self, action: Action) -> bool {
        let screen = self.view.screen;
        match action {
            Action::Close => {
                !matches!(self.view.overlay, Overlay::None)
                    || self.is_inside()
                    || screen != Screen::Panes
                    || self.view.strips
                    || self.is_searching()
                    || self.is_touring()
                    || matches!(self.view.axis, Axis::Branches | Axis::Pairs)
                    || self.is_from_list()
            }
            Action::NextWord | Action::PreviousWord | Action::Words => self.is_inside(),
            Action::Open => screen != Screen::Compare,
            Action::Heat => screen.has_panes(),
            Action::Undo => {
                let shown = self.run.focus().shown_no(self.view.cursor.condition);
                screen.has_panes() && shown.is_some_and(|no| self.run.focus().parent(no).is_some())
            }
            Action::Redo => {
                let branch = self.run.focus().redo_no(self.view.cursor.condition);
                screen.has_panes() && branch.is_some()
            }
            Action::Samples => {
                let asks = matches!(self.view.model, Model::Ready { .. });
                screen.has_panes() && (asks || self.run.is_of_record())
            }
            Action::Branches => screen.has_panes() && self.tree().0.len() > 1,
            Action::Compare if screen == Screen::Items => true,
            Action::Compare | Action::Prompt | Action::Pairs => {
                let began = !self.run.focus().plays().is_empty();
                (screen.has_panes() || screen == Screen::Compare) && began
            }
            Action::NextMetric => {
                (screen == Screen::Panes && !self.is_inside()) || screen == Screen::Items
            }
            Action::NextLayout => screen == Screen::Panes,
            Action::Axis => screen != Screen::Compare && screen != Screen::Items,
            Action::OpenModel => self.models() < super::models::MODELS_MAX,
            Action::UnloadModel => self.can_unload(),
            Action::Turns => screen.has_panes(),
            Action::PageUp | Action::PageDown | Action::Top | Action::Bottom => {
                screen != Screen::Board || !matches!(self.view.overlay, Overlay::None)
            }
            Action::Label => self.can_label(),
            Action::Note => self.can_note(),
            Action::PauseSweep if self.record.is_some() => false,
            Action::RestartSweep if self.record.is_some() => !self.run.asks_as_recorded(),
            Action::Rerun | Action::RestartSweep | Action::PauseSweep => {
                matches!(self.view.model, Model::Ready { .. })
            }
            Action::Copy | Action::CopyAll => self.has_asked() || screen == Screen::Board,
            Action::Search => screen.has_panes() && self.has_asked(),
            Action::NextItem | Action::PreviousItem if self.is_searching() => true,
            Action::NextItem | Action::PreviousItem | Action::RandomItem | Action::JumpToItem => {
                self.run.items().len() > 1
            }
            Action::ShowItem => self.item().is_some(),
            Action::NextTheme => self.view.themes.len() > 1,
            Action::Edit | Action::EditOutside => screen.has_panes() && self.scribe.is_some(),
            Action::OwnQuestion => screen.has_panes(),
            Action::Column => screen.has_panes(),
            Action::LevelBefore => screen.has_panes() && self.clause(self.last_clause()).is_some(),
            Action::FewerRounds => screen.has_panes() && self.settings().rounds > 1,
            Action::MoreRounds => screen.has_panes() && self.settings().rounds < column::ROUNDS_MAX,
            Action::Clause1
            | Action::Clause2
            | Action::Clause3
            | Action::Clause4
            | Action::Clause5
            | Action::Clause6
            | Action::Clause7
            | Action::Clause8
            | Action::Clause9 => {
                let clause = self.clause_of(action).and_then(|no| self.clause(no));
                screen.has_panes() && clause.is_some_and(|c| c.clause.levels.len() > 1)
            }
            Action::Instruct | Action::Negate => {
                screen.has_panes() && self.switched(action).is_some()
            }
            Action::Left
            | Action::Right
            | Action::Up
            | Action::Down
            | Action::NextPane
            | Action::PreviousPane
            | Action::Zoom
            | Action::Board
            | Action::Category
            | Action::NewSeed
            | Action::LockSeeds
            | Action::Hotter
            | Action::Cooler
            | Action::Palette
            | Action::Help
            | Action::Tour
            | Action::Mouse
            | Action::Repaint
            | Action::Suspend
            | Action::Quit => true,
        }
    }
}
