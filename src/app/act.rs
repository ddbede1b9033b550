//! What an action does: to the view here, to questions and settings in [`super::asking`].

use crate::run::Settings;

use super::App;
use super::action::Action;
use super::axis::Axis;
use super::compare::{Side, What};
use super::event::Effect;
use super::layout::Screen;
use super::overlay::{Overlay, Typed};
use super::palette::{Offer, Palette, Scope};
use super::pane_text::Turns;
use super::transcript::Safe;
use super::view::Model;

impl App {
    /// Does what was asked for.
    pub(super) fn act(&mut self, action: Action, out: &mut Vec<Effect>) {
        match action {
            Action::Left => self.go(-1, 0, out),
            Action::Right => self.go(1, 0, out),
            Action::Up => self.go(0, -1, out),
            Action::Down => self.go(0, 1, out),
            Action::NextPane | Action::PreviousPane
                if matches!(self.view.overlay, Overlay::Help(_)) =>
            {
                self.view.help_all = !self.view.help_all;
                self.view.overlay = Overlay::Help(0);
            }
            Action::NextPane => self.step(1, out),
            Action::PreviousPane => self.step(-1, out),
            Action::Open => self.open_next(out),
            Action::Words => self.ask_words(),
            Action::Undo if self.view.screen.has_panes() => self.undo(out),
            Action::Redo if self.view.screen.has_panes() => self.redo(out),
            Action::Undo | Action::Redo => {}
            Action::Branches => self.open_tree(),
            Action::Compare if self.view.screen == Screen::Items => self.compare_list(),
            Action::Compare => self.compare_now(),
            Action::Prompt => self.show_prompt(),
            Action::Samples => self.draw_samples(out),
            Action::Pairs if self.view.screen == Screen::Compare => self.compare_variants(out),
            Action::Pairs => self.toggle_pairs(out),
            Action::Axis if self.applies(action) => self.next_axis(out),
            Action::Axis => {}
            Action::OpenModel => self.ask_model(out),
            Action::UnloadModel => self.unload(None, out),
            Action::NextWord => self.step_word(true),
            Action::PreviousWord => self.step_word(false),
            Action::Heat => {
                self.view.heat = self.view.heat.next();
                self.view.notice = Some(self.view.heat.name().into());
            }
            Action::Zoom => {
                self.view.screen = match self.view.screen {
                    Screen::Panes | Screen::Board | Screen::Compare | Screen::Items => Screen::Zoom,
                    Screen::Zoom => Screen::Panes,
                }
            }
            Action::NextLayout => self.next_layout(),
            Action::Board => {
                self.view.screen = match self.view.screen {
                    Screen::Panes | Screen::Zoom | Screen::Compare | Screen::Items => Screen::Board,
                    Screen::Board => Screen::Panes,
                };
                self.close_inside();
                self.view.board_first = 0;
            }
            Action::NextMetric if self.view.screen == Screen::Items => self.sort_items(),
            Action::NextMetric => self.next_metric(),
            Action::PageUp => self.page(-1),
            Action::PageDown => self.page(1),
            Action::Top => self.scroll(isize::MIN / 2),
            Action::Bottom => self.scroll(isize::MAX / 2),
            Action::Turns => {
                let turns = match self.view.screen {
                    Screen::Zoom => &mut self.view.turns_in_zoom,
                    Screen::Panes | Screen::Board | Screen::Compare | Screen::Items => {
                        &mut self.view.turns_in_panes
                    }
                };
                *turns = match turns {
                    Turns::Brief => Turns::Full,
                    Turns::Full => Turns::Brief,
                };
            }
            Action::Search => self.open_search(),
            Action::Copy => self.copy(false, out),
            Action::CopyAll => self.copy(true, out),
            Action::NextItem | Action::PreviousItem if self.is_searching() => {
                self.step_hit(action == Action::NextItem, out);
            }
            Action::NextItem | Action::PreviousItem
                if self.view.screen == Screen::Items || self.is_from_list() =>
            {
                if self.step_flip(action == Action::NextItem) && self.is_from_list() {
                    self.enter_item(out);
                }
            }
            Action::NextItem if self.view.screen == Screen::Compare => self.step_difference(true),
            Action::PreviousItem if self.view.screen == Screen::Compare => {
                self.step_difference(false);
            }
            Action::NextItem => self.next_item(1, out),
            Action::PreviousItem => self.next_item(-1, out),
            Action::RandomItem => self.random_item(out),
            Action::JumpToItem => self.view.overlay = Overlay::Jump(Typed::default()),
            Action::ShowItem => {
                self.view.overlay = match self.view.overlay {
                    Overlay::Example(_) => Overlay::None,
                    _ => Overlay::Example(0),
                }
            }
            Action::Label => self.open_label(),
            Action::Note => self.open_note(),
            Action::Category => self.open(Scope::Categories),
            Action::Palette => {
                out.push(Effect::FindModels(String::new()));
                self.view.places.clear();
                self.open(Scope::All);
            }
            Action::Rerun => self.rerun(out),
            Action::NewSeed => self.resettle(out, |s| s.seed = s.seed.wrapping_add(1)),
            Action::LockSeeds => self.lock_seeds(!self.settings().lock_seeds, out),
            Action::Hotter => self.warm(1.0, out),
            Action::Cooler => self.warm(-1.0, out),
            Action::PauseSweep => self.pause(out),
            Action::RestartSweep if self.record.is_some() => self.back_to_record(out),
            Action::RestartSweep => {
                if matches!(self.view.model, Model::Ready { .. }) {
                    self.ask_columns(out, |run, orders| run.restart_sweep(orders));
                }
            }
            Action::Help => {
                let covered = std::mem::take(&mut self.view.covered);
                match std::mem::take(&mut self.view.overlay) {
                    Overlay::Help(_) => self.view.overlay = covered,
                    open => {
                        self.view.covered = open;
                        self.view.overlay = Overlay::Help(0);
                    }
                }
            }
            Action::Tour => self.toggle_tour(),
            Action::NextTheme => {
                self.view.theme = (self.view.theme + 1) % self.view.themes.len().max(1);
                let name = self.view.themes.get(self.view.theme);
                self.view.notice = name.map(|n| Safe::from(format!("theme {n}")));
            }
            Action::Mouse => self.set_mouse(!self.view.mouse, out),
            Action::Repaint => out.push(Effect::Repaint),
            Action::Close => match self.view.overlay {
                Overlay::None if self.is_searching() => self.end_search(),
                Overlay::None if self.is_inside() => self.close_inside(),
                Overlay::None if self.is_from_list() => self.back_to_items(),
                Overlay::None if self.view.screen == Screen::Items => {
                    let from = self.view.items.take().map(|l| l.from);
                    self.view.screen = from.unwrap_or(Screen::Board);
                }
                Overlay::None if self.view.screen == Screen::Compare => {
                    let from = self.view.comparison.take().map(|c| c.from);
                    self.view.screen = from.unwrap_or(Screen::Panes);
                }
                Overlay::None
                    if self.view.screen == Screen::Panes
                        && matches!(self.view.axis, Axis::Branches | Axis::Pairs) =>
                {
                    self.set_axis(Axis::Conditions, out);
                }
                Overlay::None if self.view.screen == Screen::Panes => self.view.strips = false,
                Overlay::None => self.view.screen = Screen::Panes,
                Overlay::Help(_) => self.view.overlay = std::mem::take(&mut self.view.covered),
                _ => self.view.overlay = Overlay::None,
            },
            Action::Suspend => out.push(Effect::Suspend),
            Action::Quit => self.leave(false, out),
            Action::Column
            | Action::Edit
            | Action::EditOutside
            | Action::OwnQuestion
            | Action::LevelBefore
            | Action::FewerRounds
            | Action::MoreRounds
            | Action::Clause1
            | Action::Clause2
            | Action::Clause3
            | Action::Clause4
            | Action::Clause5
            | Action::Clause6
            | Action::Clause7
            | Action::Clause8
            | Action::Clause9
            | Action::Instruct
            | Action::Negate => self.tweak(action, out),
        }
    }

    pub(super) fn set_mouse(&mut self, on: bool, out: &mut Vec<Effect>) {
        self.view.mouse = on;
        out.push(Effect::SetMouse(on));
        self.view.notice = Some(Safe::from(match on {
            true => "mouse on: a press chooses, once more opens; shift and drag select text",
            false => "mouse off: the terminal can select text",
        }));
    }

    /// The next layout that looks different at this size, by name.
    fn next_layout(&mut self) {
        let before = self.areas().map(|a| a.panes);
        let first = std::mem::take(&mut self.view.first);
        let from = self.view.arrangement;
        let others = std::iter::successors(Some(from.next()), |a| Some(a.next()));
        for other in others.take(2) {
            self.view.arrangement = other;
            if self.areas().map(|a| a.panes) != before {
                let said = format!("layout: {}", other.name());
                self.view.notice = Some(said.into());
                return;
            }
        }
        (self.view.arrangement, self.view.first) = (from, first);
        let said = format!(
            "layout: {}; the others look the same at this size",
            from.name()
        );
        self.view.notice = Some(said.into());
    }

    /// From the tree: the chosen branch beside the one in the column. From the prompt: prompts.
    fn compare_now(&mut self) {
        match std::mem::take(&mut self.view.overlay) {
            Overlay::Branches(row) => {
                let (tree, at) = self.tree();
                let (Some((_, left)), Some((_, right))) = (tree.get(row), tree.get(at)) else {
                    return;
                };
                let round = self.view.cursor.round;
                let model = self.at;
                let side = |play: crate::run::PlayNo| Side { model, play, round };
                self.compare(side(*left), side(*right), What::Answers);
            }
            Overlay::Prompt(_) => self.open_comparison(What::Prompts),
            Overlay::None if self.view.screen == Screen::Compare => self.step_between(),
            _ => self.open_comparison(What::Answers),
        }
    }

    fn show_prompt(&mut self) {
        if self.view.screen == Screen::Compare {
            return self.change_compared();
        }
        self.view.overlay = match self.view.overlay {
            Overlay::Prompt(_) => Overlay::None,
            _ => Overlay::Prompt(0),
        };
    }

    fn open(&mut self, scope: Scope) {
        self.view.overlay = Overlay::Palette(Palette::open(scope, &self.offer()));
    }

    /// What a palette chooses from.
    pub fn offer(&self) -> Offer<'_> {
        Offer {
            items: self.run.items(),
            themes: &self.view.themes,
            conditions: &self.settings().conditions,
            openable: self.openable(),
            prompts: self.shelf().collect(),
            models: match self.models() {
                0 | 1 => Vec::new(),
                _ => (self.all_models())
                    .map(|(no, _)| (no, self.model_name(no)))
                    .collect(),
            },
            metrics: self.metrics(),
        }
    }

    pub(super) fn settings(&self) -> &Settings {
        self.run.focus().settings()
    }
}
