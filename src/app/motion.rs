//! Where keys move the cursor, and what they scroll.

use super::event::Effect;
use super::layout::{self, Arrangement, PaneNo, Screen};
use super::overlay::Overlay;
use super::{App, example, help, prompt};

impl App {
    /// Columns and rounds there are.
    fn extent(&self) -> (u16, u16) {
        let shape = self.shape();
        (shape.columns.max(1), shape.rounds.max(1))
    }

    /// How many columns stand beside each other, where one round's stand in several rows; else 0.
    fn columns_in_row(&self) -> u16 {
        let Some(areas) = self.areas().filter(|a| a.rows.end - a.rows.first == 1) else {
            return 0;
        };
        let at = |pane: &PaneNo| {
            areas
                .panes
                .iter()
                .find(|(p, _)| p == pane)
                .map(|(_, r)| r.y)
        };
        let Some(row) = at(&self.view.cursor) else {
            return 0;
        };
        let beside = areas.panes.iter().filter(|(_, r)| r.y == row).count();
        match beside == areas.panes.len() || self.view.arrangement == Arrangement::Rounds {
            true => 0,
            false => u16::try_from(beside).unwrap_or(0),
        }
    }

    pub(super) fn go(&mut self, dx: i32, dy: i32, out: &mut Vec<Effect>) {
        if let (Overlay::Column(row), true) = (&self.view.overlay, dx != 0) {
            return self.turn_row(*row, isize::try_from(dx).unwrap_or(0), out);
        }
        if !matches!(self.view.overlay, Overlay::None) {
            return self.scroll_overlay(isize::try_from(dy).unwrap_or(0));
        }
        if self.is_inside() {
            return self.go_inside(dx, dy);
        }
        match self.view.screen {
            Screen::Zoom if dy != 0 => self.scroll(isize::try_from(dy).unwrap_or(0)),
            Screen::Items if dx != 0 => self.filter_items(isize::try_from(dx).unwrap_or(0)),
            Screen::Items => self.step_items(isize::try_from(dy).unwrap_or(0)),
            Screen::Compare if dx != 0 => self.step_side(isize::try_from(dx).unwrap_or(0), false),
            Screen::Compare => self.scroll_comparison(isize::try_from(dy).unwrap_or(0)),
            Screen::Board if dx != 0 => {
                let first = self
                    .view
                    .board_first
                    .saturating_add_signed(isize::try_from(dx).unwrap_or(0));
                self.view.board_first = first.min(self.metrics().len());
            }
            Screen::Board => self.step(dy, out),
            Screen::Panes | Screen::Zoom => {
                let arrangement = self.view.arrangement;
                let (x, y) = arrangement.place(self.place_of(self.view.cursor));
                let (conditions, rounds) = self.extent();
                let (across, down) = match arrangement {
                    Arrangement::Grid | Arrangement::Conditions => (conditions, rounds),
                    Arrangement::Rounds => (rounds, conditions),
                };
                let moved = |at: u16, by: i32, of: u16| {
                    u16::try_from((i32::from(at) + by).clamp(0, i32::from(of) - 1)).unwrap_or(at)
                };
                // Where one round's columns stand in several rows, the row below comes before the round below.
                let below = i32::from(x) + dy * i32::from(self.columns_in_row());
                let (x, y) = match u16::try_from(below) {
                    Ok(below) if dy != 0 && below != x && below < across => (below, y),
                    _ => (moved(x, dx, across), moved(y, dy, down)),
                };
                let place = arrangement.pane((x, y));
                self.go_to_place(place, out);
            }
        }
    }

    /// To the next or previous pane: in the board by its rows, elsewhere in reading order.
    pub(super) fn step(&mut self, by: i32, out: &mut Vec<Effect>) {
        if self.view.screen == Screen::Compare {
            return self.step_side(isize::try_from(by).unwrap_or(0), true);
        }
        if self.view.screen == Screen::Items {
            return self.step_items(isize::try_from(by).unwrap_or(0));
        }
        let (conditions, rounds) = self.extent();
        let place = self.place_of(self.view.cursor);
        let (condition, round) = (place.condition.0, place.round.0);
        let by_condition =
            self.view.screen == Screen::Board || self.view.arrangement == Arrangement::Rounds;
        let (major, minor, minors, majors) = match by_condition {
            true => (condition, round, rounds, conditions),
            false => (round, condition, conditions, rounds),
        };
        let all = i32::from(minors) * i32::from(majors);
        let at = i32::from(major) * i32::from(minors) + i32::from(minor);
        let to = match self.view.screen {
            Screen::Board => (at + by).clamp(0, all - 1),
            Screen::Panes | Screen::Zoom | Screen::Compare | Screen::Items => {
                (at + by).rem_euclid(all.max(1))
            }
        };
        let part = |n: i32| u16::try_from(n).unwrap_or(0);
        let (major, minor) = (part(to / i32::from(minors)), part(to % i32::from(minors)));
        let place = match by_condition {
            true => PaneNo::new(major, minor),
            false => PaneNo::new(minor, major),
        };
        self.go_to_place(place, out);
    }

    pub(super) fn scroll(&mut self, rows: isize) {
        if !matches!(self.view.overlay, Overlay::None) {
            return self.scroll_overlay(rows);
        }
        if self.is_inside() {
            return self.step_token(rows);
        }
        if self.view.screen == Screen::Compare {
            return self.scroll_comparison(rows);
        }
        if self.view.screen == Screen::Items {
            return self.step_items(rows);
        }
        if let Some(text) = self.view.texts.get_mut(&self.view.cursor) {
            text.scroll(rows);
        }
    }

    pub(super) fn page(&mut self, by: isize) {
        if self.is_inside() && matches!(self.view.overlay, Overlay::None) {
            return self.step_token(by * 10);
        }
        let height = match self.view.overlay {
            Overlay::None if self.view.screen == Screen::Items => self.items_height(),
            Overlay::None if self.view.screen == Screen::Compare => {
                let page = self.areas().and_then(|a| a.page);
                page.map_or(1, |p| usize::from(layout::comparison(p)[0].height))
            }
            Overlay::None => self.view.text(self.view.cursor).map_or(1, |t| t.height()),
            _ => usize::from(layout::inside(layout::reading_box(self.view.size)).height),
        };
        let rows = isize::try_from(height.saturating_sub(1).max(1)).unwrap_or(1);
        self.scroll(by * rows);
    }

    pub(super) fn scroll_overlay(&mut self, rows: isize) {
        match &mut self.view.overlay {
            Overlay::Help(top)
            | Overlay::Example(top)
            | Overlay::Prompt(top)
            | Overlay::Samples(top)
            | Overlay::Column(top)
            | Overlay::Branches(top) => *top = top.saturating_add_signed(rows),
            Overlay::Palette(palette) => palette.step(rows.signum()),
            Overlay::Jump(_)
            | Overlay::Words(_)
            | Overlay::Search
            | Overlay::Label(_)
            | Overlay::Note(..)
            | Overlay::Editor(_)
            | Overlay::None => {}
        }
        self.clamp_overlay();
    }

    /// Keeps what is scrolled within its text.
    pub(super) fn clamp_overlay(&mut self) {
        let inner = layout::inside(layout::reading_box(self.view.size));
        let rows = match &self.view.overlay {
            Overlay::Help(_) => help::lines(self, inner.width).len(),
            Overlay::Example(_) => example::noted_lines(self, inner.width).len(),
            Overlay::Label(_) | Overlay::Note(..) => return,
            Overlay::Prompt(_) => prompt::lines(self, inner.width).len(),
            Overlay::Samples(_) => {
                let last = self.samples().groups.len().saturating_sub(1);
                if let Overlay::Samples(row) = &mut self.view.overlay {
                    *row = (*row).min(last);
                }
                return;
            }
            Overlay::Branches(_) => {
                let last = self.tree().0.len().saturating_sub(1);
                if let Overlay::Branches(row) = &mut self.view.overlay {
                    *row = (*row).min(last);
                }
                return;
            }
            Overlay::Column(_) => {
                let last = self.knobs().len().saturating_sub(1);
                if let Overlay::Column(row) = &mut self.view.overlay {
                    *row = (*row).min(last);
                }
                return;
            }
            Overlay::None
            | Overlay::Palette(_)
            | Overlay::Jump(_)
            | Overlay::Words(_)
            | Overlay::Search
            | Overlay::Editor(_) => return,
        };
        let last = rows.saturating_sub(usize::from(inner.height));
        if let Overlay::Help(top) | Overlay::Example(top) | Overlay::Prompt(top) =
            &mut self.view.overlay
        {
            *top = (*top).min(last);
        }
    }
}
