//! Where things go within a pane, a page and what opens on top.

use ratatui::layout::{Position, Rect};

use super::Areas;

/// Rows above the texts of a comparison.
const COMPARISON_HEAD: u16 = 3;

/// Where a pane's text goes: below its title, right of its border, above its belief.
pub fn pane_text(pane: Rect) -> Rect {
    Rect {
        x: pane.x + 2.min(pane.width),
        y: pane.y + 1.min(pane.height),
        width: pane.width.saturating_sub(3),
        height: pane.height.saturating_sub(2),
    }
}

/// Where the two texts of a comparison go: below their heads, with a line between them.
pub fn comparison(page: Rect) -> [Rect; 2] {
    let half = page.width.saturating_sub(1) / 2;
    let text = |x: u16| Rect {
        x: x + 1.min(half),
        y: page.y + COMPARISON_HEAD.min(page.height),
        width: half.saturating_sub(2),
        height: page.height.saturating_sub(COMPARISON_HEAD),
    };
    [text(page.x), text(page.x + half + 1)]
}

/// Where the rows of a list go: below its title, what its keys do, and its heading.
pub fn list(page: Rect) -> Rect {
    below(page, 3)
}

fn below(page: Rect, rows: u16) -> Rect {
    Rect {
        x: page.x + 1.min(page.width),
        y: page.y + rows.min(page.height),
        width: page.width.saturating_sub(2),
        height: page.height.saturating_sub(rows),
    }
}

/// Where the rows of the whole scoreboard go: below its title and heading.
pub fn board_list(board: Rect) -> Rect {
    below(board, 2)
}

/// A box in the middle for what opens on top; its border included.
pub fn overlay((width, height): (u16, u16), wanted: (u16, u16)) -> Rect {
    let (w, h) = (wanted.0.min(width), wanted.1.min(height.saturating_sub(2)));
    Rect::new((width - w) / 2, (height - h) / 2, w, h)
}

/// What is within a box.
pub fn inside(area: Rect) -> Rect {
    Rect {
        x: area.x + 2.min(area.width),
        y: area.y + 1.min(area.height),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    }
}

/// Size of the help and of the example, border included.
pub fn reading_box(size: (u16, u16)) -> Rect {
    overlay(size, (92, size.1.saturating_sub(2)))
}

/// Size of what a column asks and of what is told below it, at the lower end, so that answers above it
/// stay in sight.
pub fn column_box((width, height): (u16, u16), rows: u16, foot: u16) -> Rect {
    let wanted = rows.saturating_add(foot).saturating_add(2);
    let high = wanted.min(height.saturating_sub(1) / 2);
    let area = overlay((width, height), (108, high));
    Rect {
        y: height.saturating_sub(1 + high),
        ..area
    }
}

/// A rectangle of the screen.
pub type Area = Rect;

/// Where a text is edited, border included: all but the first and the last line.
pub fn editor_box((width, height): (u16, u16)) -> Rect {
    Rect::new(0, 1.min(height), width, height.saturating_sub(2))
}

/// Within that: the text, and what it comes to beside it, or below it where there is little room.
pub fn editor(inner: Rect) -> [Rect; 2] {
    if inner.width >= 110 {
        let half = inner.width / 2;
        let left = Rect {
            width: half - 2,
            ..inner
        };
        let right = Rect {
            x: inner.x + half + 1,
            width: inner.width - half - 1,
            ..inner
        };
        return [left, right];
    }
    let above = inner.height - inner.height * 2 / 5;
    let text = Rect {
        height: above,
        ..inner
    };
    let below = Rect {
        y: inner.y + above + 1,
        height: (inner.height - above).saturating_sub(1),
        ..inner
    };
    [text, below]
}

/// A small box for the tour: over the scoreboard beside panes, over the question, at the end of a page;
/// never over panes. `None` where there is no room beside them.
pub fn tour_box(areas: &Areas) -> Option<Rect> {
    let beside = areas.board.map(|(area, _)| area);
    let area = beside.or(areas.page).or(areas.item)?;
    let (wide, high) = (area.width.min(80), area.height.min(4));
    (high >= 3 && wide >= 40).then(|| Rect {
        x: area.right() - wide,
        y: area.bottom() - high,
        width: wide,
        height: high,
    })
}

/// Size of the palette, border included.
pub fn palette_box(size: (u16, u16)) -> Rect {
    overlay(size, (84, 22))
}

/// Whether a rectangle holds a cell, (column, row).
pub fn holds(rect: Rect, cell: (u16, u16)) -> bool {
    rect.contains(Position::from(cell))
}

/// From this height on the trace stands below the token, not beside it.
const STACKED_FROM: u16 = 18;
/// Rows of the token where the trace stands below it.
const STACKED: u16 = 12;

/// What is inside an answer: the token, and beside or below it the belief trace.
pub fn panel_parts(area: Rect) -> (Rect, Rect) {
    if area.height >= STACKED_FROM {
        let token = Rect {
            height: STACKED,
            ..area
        };
        let chart = Rect {
            y: area.y + STACKED,
            height: area.height - STACKED,
            ..area
        };
        return (token, chart);
    }
    let left = (area.width * 2 / 5).clamp(34.min(area.width), 60);
    let token = Rect {
        width: left,
        ..area
    };
    let chart = Rect {
        x: area.x + left,
        width: area.width - left,
        ..area
    };
    (token, chart)
}

/// The part of a panel below its title.
pub fn panel_body(area: Rect) -> Rect {
    Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(1),
    }
}
