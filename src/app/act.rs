//! What keys, pasted text and the mouse do.

use crate::run::Settings;

use super::App;
use super::action::Action;
use super::column;
use super::compare::{Side, What};
use super::event::{Effect, Key, KeyCode, Mouse, MouseKind};
use super::layout::Screen;
use super::overlay::{Overlay, Typed};
use super::palette::{Offer, Palette, Pick, Scope};
use super::pane_text::Turns;
use super::transcript::Safe;
use super::view::Model;

impl App {
    pub(super) fn on_key(&mut self, key: Key, out: &mut Vec<Effect>) {
        self.view.notice = None;
        let action = self.keymap.action(key);
        match std::mem::take(&mut self.view.overlay) {
            // A prompt line takes text; only keys that type nothing can be actions.
            Overlay::Palette(palette) => self.on_palette_key(palette, key, out),
            Overlay::Jump(typed) => self.on_jump_key(typed, key, out),
            Overlay::Words(typed) => self.on_words_key(typed, key, out),
            Overlay::Editor(editor) => self.on_editor_key(editor, key, out),
            Overlay::Label(open) => self.on_label_key(open, key, out),
            Overlay::Note(item_no, typed) => self.on_note_key(item_no, typed, key, out),
            overlay @ (Overlay::None
            | Overlay::Help(_)
            | Overlay::Example(_)
            | Overlay::Prompt(_)
            | Overlay::Samples(_)
            | Overlay::Column(_)
            | Overlay::Branches(_)) => {
                self.view.overlay = overlay;
                if let Some(action) = action {
                    self.act(action, out);
                }
            }
        }
    }

    /// Returns whether the picture changed.
    pub(super) fn on_paste(&mut self, text: &str) -> bool {
        let offer = Offer {
            items: self.run.items(),
            themes: &self.view.themes,
        };
        match &mut self.view.overlay {
            Overlay::Palette(palette) => palette.edit(&offer, |typed| typed.paste(text)),
            Overlay::Jump(typed) | Overlay::Words(typed) | Overlay::Note(_, typed) => {
                return typed.paste(text);
            }
            Overlay::Editor(_) => return self.paste_into_editor(text),
            Overlay::None
            | Overlay::Help(_)
            | Overlay::Example(_)
            | Overlay::Prompt(_)
            | Overlay::Samples(_)
            | Overlay::Column(_)
            | Overlay::Label(_)
            | Overlay::Branches(_) => return false,
        }
        true
    }

    /// Returns whether the picture changed.
    pub(super) fn on_mouse(&mut self, mouse: Mouse) -> bool {
        let rows = match mouse.kind {
            MouseKind::ScrollUp => -3,
            MouseKind::ScrollDown => 3,
            MouseKind::Press => 0,
        };
        if !matches!(self.view.overlay, Overlay::None) {
            self.scroll_overlay(rows);
            return rows != 0;
        }
        if !self.view.screen.has_panes() {
            self.scroll(rows);
            return rows != 0;
        }
        let at = (mouse.column, mouse.row);
        let panes = self.areas().map(|a| a.panes).unwrap_or_default();
        let Some((pane, _)) = panes
            .into_iter()
            .find(|(_, rect)| super::layout::holds(*rect, at))
        else {
            return false;
        };
        match mouse.kind {
            MouseKind::Press => {
                let moved = self.view.cursor != pane;
                self.view.cursor = pane;
                moved
            }
            MouseKind::ScrollUp | MouseKind::ScrollDown => self
                .view
                .texts
                .get_mut(&pane)
                .is_some_and(|t| t.scroll(rows)),
        }
    }

    fn on_palette_key(&mut self, mut palette: Palette, key: Key, out: &mut Vec<Effect>) {
        let offer = Offer {
            items: self.run.items(),
            themes: &self.view.themes,
        };
        let ctrl = |c| key.ctrl && key.code == KeyCode::Char(c);
        match key.code {
            KeyCode::Esc => return,
            KeyCode::Enter => {
                if let Some(pick) = palette.pick().cloned() {
                    self.take(pick, out);
                }
                return;
            }
            KeyCode::Up => palette.step(-1),
            KeyCode::Down => palette.step(1),
            KeyCode::PageUp => palette.step(-10),
            KeyCode::PageDown => palette.step(10),
            _ if ctrl('p') => palette.step(-1),
            _ if ctrl('n') => palette.step(1),
            _ if self.is_leaving(key, out) => {}
            _ => palette.edit(&offer, |typed| typed.on_key(key)),
        }
        self.view.overlay = Overlay::Palette(palette);
    }

    fn on_jump_key(&mut self, mut typed: Typed, key: Key, out: &mut Vec<Effect>) {
        match key.code {
            KeyCode::Esc => return,
            KeyCode::Enter => match self.find_item(typed.text()) {
                Some(item_no) => return self.show(item_no, out),
                None => {
                    let n = self.run.items().len();
                    let said = format!("no {:?}; 1 to {n}, or a name", typed.text());
                    self.view.notice = Some(Safe::from(said));
                }
            },
            _ if self.is_leaving(key, out) => {}
            _ => {
                typed.on_key(key);
            }
        }
        self.view.overlay = Overlay::Jump(typed);
    }

    fn on_words_key(&mut self, mut typed: Typed, key: Key, out: &mut Vec<Effect>) {
        match key.code {
            KeyCode::Esc => return,
            KeyCode::Enter => return self.fork_words(typed.text(), out),
            _ if self.is_leaving(key, out) => {}
            _ => {
                typed.on_key(key);
            }
        }
        self.view.overlay = Overlay::Words(typed);
    }

    /// Leaving and suspending work everywhere, with the keys that type nothing.
    pub(super) fn is_leaving(&self, key: Key, out: &mut Vec<Effect>) -> bool {
        let effect = match self.keymap.action(key) {
            Some(Action::Quit) => Effect::Quit,
            Some(Action::Suspend) => Effect::Suspend,
            Some(Action::Repaint) => Effect::Repaint,
            _ => return false,
        };
        let leaves = key.typed().is_none();
        if leaves {
            out.push(effect);
        }
        leaves
    }

    fn find_item(&self, text: &str) -> Option<usize> {
        let items = self.run.items();
        let text = text.trim().trim_start_matches('#');
        if let Ok(no) = text.parse::<usize>() {
            return no.checked_sub(1).filter(|no| *no < items.len());
        }
        items.iter().position(|i| &*i.id.0 == text).or_else(|| {
            items
                .iter()
                .position(|i| !text.is_empty() && i.id.0.contains(text))
        })
    }

    fn take(&mut self, pick: Pick, out: &mut Vec<Effect>) {
        match pick {
            Pick::Do(action) => self.act(action, out),
            Pick::Theme(no) => self.view.theme = no,
            Pick::Item(no) => self.show(no, out),
            Pick::Category(None) => self.view.category = None,
            Pick::Category(Some(name)) => {
                let items = self.run.items();
                let members: Vec<usize> = (0..items.len())
                    .filter(|no| items[*no].category == name)
                    .collect();
                let first = members.first().copied();
                let inside = members.binary_search(&self.view.item_no).is_ok();
                self.view.category = Some((name, members));
                if let (false, Some(first)) = (inside, first) {
                    self.show(first, out);
                }
            }
        }
    }

    /// Whether an action would do something now.
    pub fn applies(&self, action: Action) -> bool {
        let screen = self.view.screen;
        match action {
            Action::Close => {
                !matches!(self.view.overlay, Overlay::None)
                    || self.is_inside()
                    || screen != Screen::Panes
                    || self.view.strips
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
            Action::Samples => screen.has_panes() && matches!(self.view.model, Model::Ready { .. }),
            Action::Branches => screen.has_panes() && self.tree().0.len() > 1,
            Action::Compare | Action::Prompt | Action::Pairs => {
                let began = !self.run.focus().plays().is_empty();
                (screen.has_panes() || screen == Screen::Compare) && began
            }
            Action::NextMetric => {
                (screen == Screen::Panes && !self.is_inside()) || screen == Screen::Items
            }
            Action::NextLayout => screen == Screen::Panes,
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
            Action::NextItem | Action::PreviousItem | Action::RandomItem | Action::JumpToItem => {
                self.run.items().len() > 1
            }
            Action::ShowItem => self.item().is_some(),
            Action::NextTheme => self.view.themes.len() > 1,
            Action::Edit | Action::EditOutside => screen.has_panes() && self.scribe.is_some(),
            Action::OwnQuestion => screen.has_panes(),
            Action::Column => screen.has_panes(),
            Action::LevelBefore => {
                screen.has_panes() && self.clause(self.view.last_clause).is_some()
            }
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
                let clause = action.clause().and_then(|no| self.clause(no));
                screen.has_panes() && clause.is_some_and(|c| c.clause.levels.len() > 1)
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
            | Action::Hotter
            | Action::Cooler
            | Action::Palette
            | Action::Help
            | Action::Mouse
            | Action::Repaint
            | Action::Suspend
            | Action::Quit => true,
        }
    }

    /// Does what was asked for.
    pub(super) fn act(&mut self, action: Action, out: &mut Vec<Effect>) {
        match action {
            Action::Left => self.go(-1, 0, out),
            Action::Right => self.go(1, 0, out),
            Action::Up => self.go(0, -1, out),
            Action::Down => self.go(0, 1, out),
            Action::NextPane => self.step(1),
            Action::PreviousPane => self.step(-1),
            Action::Open => self.open_next(out),
            Action::Words => self.ask_words(),
            Action::Undo if self.view.screen.has_panes() => self.undo(out),
            Action::Redo if self.view.screen.has_panes() => self.redo(out),
            Action::Undo | Action::Redo => {}
            Action::Branches => self.open_tree(),
            Action::Compare => self.compare_now(),
            Action::Prompt => self.show_prompt(),
            Action::Samples => self.draw_samples(out),
            Action::Pairs => self.compare_variants(out),
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
            Action::NextLayout => {
                self.view.screen = Screen::Panes;
                self.view.arrangement = self.view.arrangement.next();
                self.view.first = (0, 0);
            }
            Action::Board => {
                self.view.screen = match self.view.screen {
                    Screen::Panes | Screen::Zoom | Screen::Compare | Screen::Items => Screen::Board,
                    Screen::Board => Screen::Panes,
                };
                self.close_inside();
                self.view.board_first = 0;
            }
            Action::NextMetric if self.view.screen == Screen::Items => self.sort_items(),
            Action::NextMetric => self.view.metric = self.view.metric.next(),
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
            Action::Palette => self.open(Scope::All),
            Action::Rerun => self.rerun(out),
            Action::NewSeed => self.resettle(out, |s| s.seed = s.seed.wrapping_add(1)),
            Action::Hotter => self.warm(1.0, out),
            Action::Cooler => self.warm(-1.0, out),
            Action::PauseSweep => self.pause(out),
            Action::RestartSweep if self.record.is_some() => self.back_to_record(out),
            Action::RestartSweep => {
                if matches!(self.view.model, Model::Ready { .. }) {
                    self.ask(out, |run, orders| run.restart_sweep(orders));
                }
            }
            Action::Help => {
                self.view.overlay = match self.view.overlay {
                    Overlay::Help(_) => Overlay::None,
                    _ => Overlay::Help(0),
                }
            }
            Action::NextTheme => {
                self.view.theme = (self.view.theme + 1) % self.view.themes.len().max(1);
                let name = self.view.themes.get(self.view.theme);
                self.view.notice = name.map(|n| Safe::from(format!("theme {n}")));
            }
            Action::Mouse => {
                self.view.mouse = !self.view.mouse;
                out.push(Effect::SetMouse(self.view.mouse));
                self.view.notice = Some(Safe::from(match self.view.mouse {
                    true => "mouse on: click chooses a pane, the wheel scrolls it",
                    false => "mouse off: the terminal can select text",
                }));
            }
            Action::Repaint => out.push(Effect::Repaint),
            Action::Close => match self.view.overlay {
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
                Overlay::None if self.view.screen == Screen::Panes => self.view.strips = false,
                Overlay::None => self.view.screen = Screen::Panes,
                _ => self.view.overlay = Overlay::None,
            },
            Action::Suspend => out.push(Effect::Suspend),
            Action::Quit => out.push(Effect::Quit),
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
            | Action::Clause9 => self.tweak(action, out),
        }
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
                let side = |play: crate::run::PlayNo| Side { play, round };
                self.compare(side(*left), side(*right), What::Answers);
            }
            Overlay::Prompt(_) => self.open_comparison(What::Prompts),
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
        let offer = Offer {
            items: self.run.items(),
            themes: &self.view.themes,
        };
        self.view.overlay = Overlay::Palette(Palette::open(scope, &offer));
    }

    pub(super) fn settings(&self) -> &Settings {
        self.run.focus().settings()
    }

    fn next_item(&mut self, by: isize, out: &mut Vec<Effect>) {
        let (at, n) = match &self.view.category {
            None => (self.view.item_no, self.run.items().len()),
            Some((_, members)) => (
                members.partition_point(|no| *no < self.view.item_no),
                members.len(),
            ),
        };
        let (Ok(at), Ok(n)) = (isize::try_from(at), isize::try_from(n)) else {
            return;
        };
        if n == 0 {
            return;
        }
        let to = usize::try_from((at + by).rem_euclid(n)).unwrap_or(0);
        let item_no = match &self.view.category {
            None => Some(to),
            Some((_, members)) => members.get(to).copied(),
        };
        if let Some(item_no) = item_no {
            self.show(item_no, out);
        }
    }

    /// Another question, by a sequence that depends on seed and count only.
    fn random_item(&mut self, out: &mut Vec<Effect>) {
        let n = self
            .view
            .category
            .as_ref()
            .map_or(self.run.items().len(), |(_, m)| m.len());
        let Ok(n) = u64::try_from(n) else { return };
        if n < 2 {
            return;
        }
        self.view.draws += 1;
        let drawn = mixed(self.settings().seed ^ self.view.draws.rotate_left(32));
        // Never the same one again: a step of 1 to n - 1.
        let step = isize::try_from(1 + drawn % (n - 1)).unwrap_or(1);
        self.next_item(step, out);
    }

    pub(super) fn show(&mut self, item_no: usize, out: &mut Vec<Effect>) {
        let outside = |(_, members): &(_, Vec<usize>)| members.binary_search(&item_no).is_err();
        if self.view.category.as_ref().is_some_and(outside) {
            self.view.category = None;
        }
        self.view.item_no = item_no;
        self.leave_comparison();
        if self.record.is_some() && !self.is_own(item_no) {
            return out.push(Effect::Recall(item_no));
        }
        self.view.showing += 1;
        if self.record.is_some() || matches!(self.view.model, Model::Ready { .. }) {
            self.ask(out, |run, orders| run.show(item_no, orders));
        }
    }

    fn rerun(&mut self, out: &mut Vec<Effect>) {
        if !self.can_ask() {
            return;
        }
        if self.record.is_some() {
            self.leave_comparison();
            self.view.showing += 1;
            return self.ask(out, |run, orders| run.rerun(orders));
        }
        self.show(self.view.item_no, out);
    }

    /// New settings for the panes; the scoreboard keeps its own and says so.
    fn resettle(&mut self, out: &mut Vec<Effect>, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.settings().clone();
        change(&mut settings);
        if settings == *self.settings() || !self.can_ask() {
            return;
        }
        self.leave_comparison();
        self.view.showing += 1;
        self.ask(out, |run, orders| run.set_focus_settings(settings, orders));
    }

    fn warm(&mut self, by: f64, out: &mut Vec<Effect>) {
        self.resettle(out, |s| {
            let temperature = &mut s.decoding.temperature;
            *temperature = tenth(*temperature, by);
        });
    }

    fn pause(&mut self, out: &mut Vec<Effect>) {
        if self.record.is_some() {
            let said =
                "this scoreboard is the record's; the command that began the run goes on with it";
            self.view.notice = Some(said.into());
            return;
        }
        if !matches!(self.view.model, Model::Ready { .. }) {
            self.sweep_at_start = !self.sweep_at_start;
            return;
        }
        let on = !self.run.sweep().is_running();
        self.ask(out, |run, orders| run.set_sweeping(on, orders));
    }
}

/// A tenth more or less, within 0 and 2, without drifting.
pub(super) fn tenth(temperature: f64, by: f64) -> f64 {
    (((temperature * 10.0).round() + by) / 10.0).clamp(0.0, 2.0)
}

/// splitmix64's finish.
fn mixed(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
