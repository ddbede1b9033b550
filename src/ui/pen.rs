//! The only place that writes into the buffer: text by role, gated, clipped to its rectangle.
//!
//! Invariant: what is written is [`Safe`], so no sink can forget the gate. A test looks for other
//! ways into the buffer within `ui`.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use crate::app::wrap::Wrapped;
use crate::app::{Line, Role, Safe};

use super::theme::Theme;

/// Writes with a theme into a buffer.
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
}

/// Columns a line takes.
pub fn width(line: &Line) -> usize {
    line.iter().map(|(_, text)| text.width()).sum()
}

/// Rows a line takes as a paragraph of so many columns.
pub fn rows(line: &Line, columns: u16) -> u16 {
    let pieces: Vec<(Role, &str)> = line.iter().map(|(r, t)| (*r, t.as_str())).collect();
    let wrapped = Wrapped::paragraph(&pieces, usize::from(columns));
    u16::try_from(wrapped.rows().len()).unwrap_or(u16::MAX)
}

impl<'a> Pen<'a> {
    /// A pen on a clean page.
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Pen<'a> {
        let mut pen = Pen { buffer, theme };
        let page = pen.buffer.area;
        pen.clear(page);
        pen
    }

    /// Empties an area.
    pub fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buffer.area);
        Clear.render(area, self.buffer);
        self.buffer.set_style(area, self.theme.style(Role::Text));
    }

    /// Gives an area the look of a role, whatever is written there.
    pub fn tint(&mut self, area: Rect, role: Role) {
        self.buffer
            .set_style(area.intersection(self.buffer.area), self.theme.style(role));
    }

    /// Writes at most `columns` from (x, y) on; returns the column after it.
    pub fn put(&mut self, x: u16, y: u16, columns: u16, text: &Safe, role: Role) -> u16 {
        if !self.buffer.area.contains((x, y).into()) {
            return x;
        }
        let style = self.theme.style(role);
        self.buffer
            .set_stringn(x, y, text.as_str(), usize::from(columns), style)
            .0
    }

    /// Writes a line within the first row of an area; what does not fit ends in `…`.
    pub fn line(&mut self, area: Rect, line: &Line) {
        if area.height == 0 {
            return;
        }
        let whole = width(line) <= usize::from(area.width);
        let end = area.right();
        let mut x = area.x;
        for (role, text) in line {
            let room = end.saturating_sub(x);
            let fits = whole || text.width() < usize::from(room);
            if fits {
                x = self.put(x, area.y, room, text, *role);
            } else {
                self.put(
                    x,
                    area.y,
                    room,
                    &text.clone().join(&"…".into()).fit(usize::from(room)),
                    *role,
                );
                return;
            }
        }
    }

    /// Writes a line at the right end of the first row of an area.
    pub fn line_right(&mut self, area: Rect, line: &Line) {
        let wide = u16::try_from(width(line))
            .unwrap_or(u16::MAX)
            .min(area.width);
        self.line(
            Rect {
                x: area.right() - wide,
                width: wide,
                ..area
            },
            line,
        );
    }

    /// A text in full below a list, with a rule above it; what does not fit ends in `…`.
    pub fn foot(&mut self, area: Rect, line: &Line) {
        if area.height < 2 {
            return;
        }
        self.rule(area, "─", Role::Border);
        let below = Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        };
        self.wrapped(below, line);
    }

    /// A line as a paragraph within an area; what does not fit ends in `…`.
    pub fn wrapped(&mut self, area: Rect, line: &Line) {
        let pieces: Vec<(Role, &str)> = line.iter().map(|(r, t)| (*r, t.as_str())).collect();
        let wrapped = Wrapped::paragraph(&pieces, usize::from(area.width));
        let high = usize::from(area.height);
        for (no, (y, row)) in (area.y..area.bottom()).zip(wrapped.rows()).enumerate() {
            let mut runs = row.runs.clone();
            if no + 1 == high && wrapped.rows().len() > high {
                let cut = Safe::from(" …");
                let role = runs.last().map_or(Role::Muted, |(role, _)| *role);
                runs.push((role, cut));
            }
            let place = Rect {
                y,
                height: 1,
                ..area
            };
            self.line(place, &runs);
        }
    }

    /// A line of `─` (or another sign) across the first row of an area.
    pub fn rule(&mut self, area: Rect, sign: &'static str, role: Role) {
        if area.height > 0 {
            let text = Safe::from(sign.repeat(usize::from(area.width)));
            self.put(area.x, area.y, area.width, &text, role);
        }
    }

    /// A rule with words on it, left and right. The right ones go where both do not fit.
    pub fn titled_rule(&mut self, area: Rect, left: &Line, right: &Line) {
        self.rule(area, "─", Role::Border);
        let inner = Rect {
            x: area.x + 2.min(area.width),
            width: area.width.saturating_sub(4),
            ..area
        };
        let (l, r) = (width(left), width(right));
        self.line(inner, left);
        if r > 0 && l + r + 2 <= usize::from(inner.width) {
            self.line_right(inner, right);
        }
    }

    /// A column of `│` (or another sign).
    pub fn post(&mut self, area: Rect, sign: &'static str, role: Role) {
        for y in area.y..area.bottom() {
            self.put(area.x, y, 1, &sign.into(), role);
        }
    }

    /// An empty box with a title, over whatever was there; returns what is within.
    pub fn popup(&mut self, area: Rect, title: &Safe) -> Rect {
        self.clear(area);
        if area.width < 4 || area.height < 2 {
            return Rect {
                width: 0,
                height: 0,
                ..area
            };
        }
        let role = Role::BorderFocused;
        let bottom = Rect {
            y: area.bottom() - 1,
            height: 1,
            ..area
        };
        self.rule(Rect { height: 1, ..area }, "─", role);
        self.rule(bottom, "─", role);
        self.post(Rect { width: 1, ..area }, "│", role);
        self.post(
            Rect {
                x: area.right() - 1,
                width: 1,
                ..area
            },
            "│",
            role,
        );
        for (x, y, sign) in [
            (area.x, area.y, "┌"),
            (area.right() - 1, area.y, "┐"),
            (area.x, area.bottom() - 1, "└"),
            (area.right() - 1, area.bottom() - 1, "┘"),
        ] {
            self.put(x, y, 1, &sign.into(), role);
        }
        let room = area.width - 4;
        let title = title.fit(usize::from(room.saturating_sub(2)));
        let title = Safe::from(" ").join(&title).join(&" ".into());
        self.put(area.x + 2, area.y, room, &title, Role::Heading);
        crate::app::layout::inside(area)
    }
}
