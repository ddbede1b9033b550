//! What the mouse does: what is under the pointer is chosen, and what is chosen already is opened.
//!
//! Invariant: nothing can be done with the mouse alone; every press and every step of the wheel does
//! what some key does. Places come from [`super::layout`], as for drawing.

use crate::domain::RoundNo;
use crate::run::Stamp;

use super::action::Action;
use super::column::Knob;
use super::event::{Effect, Mouse, MouseKind};
use super::inspect::{self, Inspect};
use super::layout::{self, BoardForm, PaneNo, Screen};
use super::overlay::Overlay;
use super::palette::Palette;
use super::{App, PlayNo};

/// Two presses at one place within this many milliseconds are one double press.
const DOUBLE_MS: u64 = 400;
/// Rows of a text that one step of the wheel moves.
const WHEEL: isize = 3;

type Cell = (u16, u16);

impl App {
    /// Returns whether the picture changed.
    pub(super) fn on_mouse(&mut self, mouse: Mouse, now: Stamp, out: &mut Vec<Effect>) -> bool {
        let at = (mouse.column, mouse.row);
        match mouse.kind {
            MouseKind::Press => {
                let is_second = |(when, place): (Stamp, Cell)| {
                    place == at && now.0.saturating_sub(when.0) <= DOUBLE_MS
                };
                let is_double = self.view.pressed.is_some_and(is_second);
                self.view.pressed = (!is_double).then_some((now, at));
                self.view.leaving = false;
                // Before the notice goes: where it is, no keys are named.
                let told = self.view.notice.take().is_some();
                self.press(at, is_double, out) | told
            }
            MouseKind::ScrollUp => self.wheel(at, -1, out),
            MouseKind::ScrollDown => self.wheel(at, 1, out),
        }
    }

    fn press(&mut self, at: Cell, is_double: bool, out: &mut Vec<Effect>) -> bool {
        if let Some(key) = self.hint_at(at) {
            self.on_key(key, out);
            return true;
        }
        if matches!(self.view.overlay, Overlay::None) {
            return self.press_page(at, is_double, out);
        }
        self.press_overlay(at, out)
    }

    /// The key that the bottom line names at a cell.
    fn hint_at(&self, (column, row): Cell) -> Option<super::Key> {
        let footer = self.areas()?.footer;
        let x = usize::from(column.checked_sub(footer.x + 1)?);
        let hints = self.hints(usize::from(footer.width.saturating_sub(2)));
        let hints = hints.filter(|_| row == footer.y)?;
        let under = |h: &super::hints::Hint| (h.x..h.x + h.width()).contains(&x);
        hints.keys.into_iter().find(under)?.key
    }

    fn press_overlay(&mut self, at: Cell, out: &mut Vec<Effect>) -> bool {
        if let Some(listed) = self.listed() {
            let Some(row) = listed.row_at(at) else {
                let is_outside = !layout::holds(listed.area, at);
                if is_outside {
                    self.view.overlay = Overlay::None;
                }
                return is_outside;
            };
            self.press_row(row, out);
            return true;
        }
        match &self.view.overlay {
            Overlay::Help(_) | Overlay::Example(_) | Overlay::Prompt(_) => {
                let is_outside = !layout::holds(layout::reading_box(self.view.size), at);
                if is_outside {
                    self.act(Action::Close, out);
                }
                is_outside
            }
            Overlay::Editor(_) => self.press_editor(at),
            Overlay::Label(open) => {
                let Some(row) = self.label_row_at(open, at) else {
                    return false;
                };
                let is_chosen = open.row == row;
                if let Overlay::Label(open) = &mut self.view.overlay {
                    open.row = row;
                }
                if is_chosen {
                    self.on_key(super::Key::plain(super::KeyCode::Enter), out);
                }
                true
            }
            Overlay::None
            | Overlay::Palette(_)
            | Overlay::Samples(_)
            | Overlay::Branches(_)
            | Overlay::Column(_)
            | Overlay::Jump(_)
            | Overlay::Words(_)
            | Overlay::Search
            | Overlay::Note(..) => false,
        }
    }

    /// A row of the list that is open on top.
    fn press_row(&mut self, row: usize, out: &mut Vec<Effect>) {
        match &mut self.view.overlay {
            Overlay::Palette(palette) => {
                palette.choose(row);
                let mut palette = std::mem::replace(palette, Palette::nothing());
                let enter = super::Key::plain(super::KeyCode::Enter);
                if self.on_models_key(&mut palette, enter, out) {
                    self.view.overlay = Overlay::Palette(palette);
                    return;
                }
                self.view.overlay = Overlay::None;
                if let Some(pick) = palette.pick().cloned() {
                    self.take(pick, out);
                }
            }
            Overlay::Samples(chosen) | Overlay::Branches(chosen) | Overlay::Column(chosen) => {
                let is_chosen = *chosen == row;
                *chosen = row;
                if is_chosen {
                    self.open_next(out);
                }
            }
            Overlay::None
            | Overlay::Help(_)
            | Overlay::Example(_)
            | Overlay::Prompt(_)
            | Overlay::Editor(_)
            | Overlay::Label(_)
            | Overlay::Jump(_)
            | Overlay::Words(_)
            | Overlay::Search
            | Overlay::Note(..) => {}
        }
    }

    fn press_page(&mut self, at: Cell, is_double: bool, out: &mut Vec<Effect>) -> bool {
        let Some(areas) = self.areas() else {
            return false;
        };
        let here = |(_, rect): &&(PaneNo, layout::Area)| layout::holds(*rect, at);
        if let Some((pane, rect)) = areas.panes.iter().find(here).copied() {
            if is_double {
                self.act(Action::Zoom, out);
                return true;
            }
            let moved = self.view.cursor != pane;
            self.go_to(pane, out);
            return self.press_token(pane, rect, at) | moved;
        }
        if let Some((column, _)) = areas.strips.iter().find(here).copied() {
            let round = self.view.cursor.round;
            self.go_to(PaneNo { round, ..column }, out);
            self.view.overlay = Overlay::Column(self.knob_row(Knob::Clause(self.last_clause())));
            return true;
        }
        if areas.item.is_some_and(|rect| layout::holds(rect, at)) {
            self.act(Action::ShowItem, out);
            return true;
        }
        if let Some(panel) = areas.panel.filter(|rect| layout::holds(*rect, at)) {
            return self.press_panel(panel, at, out);
        }
        match areas.board.filter(|(rect, _)| layout::holds(*rect, at)) {
            Some((rect, BoardForm::Table)) if self.view.screen == Screen::Board => {
                return self.press_board(rect, at, out);
            }
            Some(_) => {
                self.act(Action::Board, out);
                return true;
            }
            None => {}
        }
        match (areas.page, self.view.screen, &mut self.view.items) {
            (Some(page), Screen::Items, Some(list)) => {
                let rows = layout::list(page);
                let first = list.first(usize::from(rows.height));
                let row = first + usize::from(at.1.saturating_sub(rows.y));
                if !layout::holds(rows, at) || row >= list.rows.len() {
                    return false;
                }
                let is_chosen = list.selected == row;
                list.selected = row;
                if is_chosen {
                    self.enter_item(out);
                }
                true
            }
            _ => false,
        }
    }

    /// A token of the answer that is looked into.
    fn press_token(&mut self, pane: PaneNo, rect: layout::Area, at: Cell) -> bool {
        let text = layout::pane_text(rect);
        if !self.is_inside() || !layout::holds(text, at) {
            return false;
        }
        let (row, column) = (usize::from(at.1 - text.y), usize::from(at.0 - text.x));
        let found = self.spans_in(pane).and_then(|(round, spans)| {
            let under = |s: &&super::pane_text::Span| {
                s.row == row && (s.column..s.column + s.columns).contains(&column)
            };
            let span = spans.iter().find(under)?;
            Some(inspect::counted(round, span.step, span.token))
        });
        let Some(token) = found else { return false };
        self.view.inspect = Some(Inspect {
            token,
            choice: None,
        });
        true
    }

    /// A pane's round, and which cells show which of its tokens.
    fn spans_in(
        &self,
        pane: PaneNo,
    ) -> Option<(&crate::domain::Round, Vec<super::pane_text::Span>)> {
        let (run, no) = self.play_in(pane)?;
        let round = run.focus().play(no)?.round(pane.round)?;
        let text = self.view.text(pane).filter(|t| !t.is_held())?;
        Some((round, text.spans(round)))
    }

    /// A candidate, or a column of the belief trace.
    fn press_panel(&mut self, panel: layout::Area, at: Cell, out: &mut Vec<Effect>) -> bool {
        if let Some((round, step, token)) = self.trace_at(at) {
            let no = self.inside_no().unwrap_or(PlayNo(0));
            let cursor = PaneNo {
                round,
                ..self.view.cursor
            };
            self.go_to(cursor, out);
            let play = self.run.focus().play(no);
            let found = play.and_then(|p| p.round(round));
            if let Some(round) = found {
                self.view.inspect = Some(Inspect {
                    token: inspect::counted(round, step, token),
                    choice: None,
                });
            }
            return true;
        }
        let list = layout::panel_body(layout::panel_parts(panel).0);
        if !layout::holds(list, at) || at.1 == list.y {
            return false;
        }
        let Some((now, all)) = self.inside().map(|i| {
            let all = inspect::candidates(&i.round.steps[i.step], i.token).len();
            (i.choice, all)
        }) else {
            return false;
        };
        let rows = usize::from(list.height.saturating_sub(1)).max(1);
        let row = (now + 1).saturating_sub(rows) + usize::from(at.1 - list.y - 1);
        if row >= all {
            return false;
        }
        if let Some(inside) = &mut self.view.inspect {
            inside.choice = Some(row);
        }
        if row == now {
            self.open_next(out);
        }
        true
    }

    /// A row of the whole scoreboard.
    fn press_board(&mut self, board: layout::Area, at: Cell, out: &mut Vec<Effect>) -> bool {
        let Some(pane) = self.board_row_at(board, at) else {
            return false;
        };
        let is_chosen = pane == self.view.cursor;
        self.go_to(pane, out);
        if is_chosen {
            self.open_items();
        }
        true
    }

    /// The pane whose figures stand at a cell of the whole scoreboard: below its title and its heading
    /// a row for each name and round, those up to the cursor's where not all have room.
    fn board_row_at(&self, board: layout::Area, at: Cell) -> Option<PaneNo> {
        let rounds = self.run.sweep().settings().rounds;
        let count = usize::from(self.shape().names) * usize::from(rounds);
        let rows = layout::board_list(board);
        let place = self.place_of(self.view.cursor);
        let now = usize::from(place.condition.0) * usize::from(rounds) + usize::from(place.round.0);
        let first = (now + 1).saturating_sub(usize::from(rows.height).max(1));
        let row = first + usize::from(at.1.checked_sub(rows.y)?);
        if !layout::holds(rows, at) || row >= count {
            return None;
        }
        let part = |n: usize| u16::try_from(n).unwrap_or(0);
        let rounds = usize::from(rounds);
        let place = PaneNo::new(part(row / rounds), 0);
        let pane = self.pane_at(place)?;
        Some(PaneNo {
            round: RoundNo(part(row % rounds)),
            ..pane
        })
    }

    fn wheel(&mut self, at: Cell, by: isize, out: &mut Vec<Effect>) -> bool {
        match &self.view.overlay {
            Overlay::None => self.wheel_page(at, by, out),
            Overlay::Help(_) | Overlay::Example(_) | Overlay::Prompt(_) => {
                self.scroll_overlay(WHEEL * by);
                true
            }
            Overlay::Editor(_) => self.wheel_editor(at, by),
            Overlay::Label(_) => {
                let code = match by < 0 {
                    true => super::KeyCode::Up,
                    false => super::KeyCode::Down,
                };
                self.on_key(super::Key::plain(code), out);
                true
            }
            Overlay::Palette(_)
            | Overlay::Samples(_)
            | Overlay::Branches(_)
            | Overlay::Column(_) => {
                self.scroll_overlay(by);
                true
            }
            Overlay::Jump(_) | Overlay::Words(_) | Overlay::Search | Overlay::Note(..) => false,
        }
    }

    fn wheel_page(&mut self, at: Cell, by: isize, out: &mut Vec<Effect>) -> bool {
        let step = if by < 0 { -1 } else { 1 };
        match self.view.screen {
            Screen::Board => {
                self.step(step, out);
                return true;
            }
            Screen::Items => {
                self.step_items(by);
                return true;
            }
            Screen::Compare => {
                self.scroll_comparison(WHEEL * by);
                return true;
            }
            Screen::Panes | Screen::Zoom => {}
        }
        let Some(areas) = self.areas() else {
            return false;
        };
        if let Some(panel) = areas.panel.filter(|rect| layout::holds(*rect, at)) {
            let (token, _) = layout::panel_parts(panel);
            match layout::holds(token, at) {
                true => self.go_inside(0, step),
                false => self.step_token(by),
            }
            return true;
        }
        let here = |(_, rect): &&(PaneNo, layout::Area)| layout::holds(*rect, at);
        let Some((pane, _)) = areas.panes.iter().find(here).copied() else {
            return false;
        };
        let text = self.view.texts.get_mut(&pane);
        let moved = text.is_some_and(|t| t.scroll(WHEEL * by));
        if moved && self.is_inside() && pane == self.view.cursor {
            self.keep_in_sight(pane, by);
        }
        moved
    }

    /// The cursor inside an answer goes along where its token was scrolled out of sight.
    fn keep_in_sight(&mut self, pane: PaneNo, by: isize) {
        let Some(now) = self.view.inspect else { return };
        let to = self.spans_in(pane).and_then(|(round, spans)| {
            let counted = |s: &super::pane_text::Span| inspect::counted(round, s.step, s.token);
            let (first, last) = (spans.first().map(counted)?, spans.last().map(counted)?);
            let is_in = (first..=last).contains(&now.token);
            (!is_in).then_some(if by < 0 { last } else { first })
        });
        if let Some(token) = to {
            self.view.inspect = Some(Inspect {
                token,
                choice: None,
            });
        }
    }

    fn press_editor(&mut self, at: Cell) -> bool {
        let [area, _] = self.editor_areas();
        let Overlay::Editor(editor) = &mut self.view.overlay else {
            return false;
        };
        if !layout::holds(area, at) {
            return false;
        }
        let columns = usize::from(area.width.saturating_sub(super::editor::GUTTER));
        let first = editor.first(columns, usize::from(area.height));
        let row = first + usize::from(at.1 - area.y);
        let column = usize::from(at.0.saturating_sub(area.x + super::editor::GUTTER));
        editor.go_to_cell((column, row), columns);
        true
    }

    fn wheel_editor(&mut self, at: Cell, by: isize) -> bool {
        let [area, _] = self.editor_areas();
        let Overlay::Editor(mut editor) = std::mem::take(&mut self.view.overlay) else {
            return false;
        };
        if layout::holds(area, at) {
            let columns = usize::from(area.width.saturating_sub(super::editor::GUTTER));
            editor.go_rows(WHEEL * by, columns);
        } else {
            editor.preview_top = editor.preview_top.saturating_add_signed(by);
            self.clamp_preview(&mut editor);
        }
        self.view.overlay = Overlay::Editor(editor);
        true
    }
}
