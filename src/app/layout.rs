//! Where everything goes: a pure function of size and shape, used by update and draw alike.
//!
//! Invariant: every rectangle lies within the size given; the pane under the cursor is among the
//! panes; nothing here depends on what the model says, so nothing moves while it speaks.

mod boxes;
mod panes;
mod shape;

use ratatui::layout::Rect;

pub use boxes::{
    Area, board_list, column_box, comparison, editor, editor_box, holds, inside, list, overlay,
    palette_box, pane_text, panel_body, panel_parts, reading_box, tour_box,
};
use panes::place_panes;
pub use shape::{Arrangement, BoardForm, PaneNo, Screen, Shape};

/// Fewest columns and rows that make a picture.
pub const SMALLEST: (u16, u16) = (40, 10);
/// Fewest columns and rows that make a pane worth reading.
const PANE: (u16, u16) = (26, 6);
/// Fewest rows of what is inside an answer, and most below a zoomed pane.
const PANEL: (u16, u16) = (6, 16);
/// From this height of the panes on, a line above them may be spared.
const ROOMY: u16 = 20;
/// From this size on, question and scoreboard stand beside the panes.
const SIDEBAR_FROM: (u16, u16) = (170, 36);

/// Some of many, first to last, 0-based; `last` is one past the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Shown {
    /// The first one shown.
    pub first: u16,
    /// One past the last one shown.
    pub end: u16,
    /// How many there are.
    pub of: u16,
}

impl Shown {
    /// As many of `of` as `fit`, from `first` or so that `cursor` is among them.
    fn around(first: u16, cursor: u16, fit: u16, of: u16) -> Shown {
        let fit = fit.clamp(1, of.max(1));
        let cursor = cursor.min(of.saturating_sub(1));
        let low = (cursor + 1).saturating_sub(fit);
        let first = first.clamp(low, cursor).min(of.saturating_sub(fit));
        Shown {
            first,
            end: (first + fit).min(of),
            of,
        }
    }

    /// Whether all of them are shown.
    pub fn is_all(self) -> bool {
        self.first == 0 && self.end == self.of
    }
}

/// Where everything goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Areas {
    /// The top line.
    pub header: Rect,
    /// The model's label.
    pub warning: Option<Rect>,
    /// The question.
    pub item: Option<Rect>,
    /// A line for the clauses of each column on screen.
    pub strips: Vec<(PaneNo, Rect)>,
    /// The panes on screen.
    pub panes: Vec<(PaneNo, Rect)>,
    /// Columns of panes on screen.
    pub columns: Shown,
    /// Rows of panes on screen.
    pub rows: Shown,
    /// The scoreboard.
    pub board: Option<(Rect, BoardForm)>,
    /// All between the first lines and the last.
    pub page: Option<Rect>,
    /// What is inside an answer.
    pub panel: Option<Rect>,
    /// The bottom line.
    pub footer: Rect,
}

/// Where everything goes; `None` where the terminal is smaller than [`SMALLEST`].
pub fn areas((width, height): (u16, u16), shape: &Shape) -> Option<Areas> {
    if width < SMALLEST.0 || height < SMALLEST.1 {
        return None;
    }
    let line = |y| Rect::new(0, y, width, 1);
    let top = 1 + u16::from(shape.warned);
    let body = Rect::new(0, top, width, height - top - 1);
    let mut areas = Areas {
        header: line(0),
        warning: shape.warned.then(|| line(1)),
        item: None,
        strips: Vec::new(),
        panes: Vec::new(),
        columns: Shown::default(),
        rows: Shown::default(),
        board: None,
        page: None,
        panel: None,
        footer: line(height - 1),
    };
    let panes = match shape.screen {
        Screen::Board => {
            areas.board = Some((body, BoardForm::Table));
            return Some(areas);
        }
        Screen::Compare | Screen::Items => {
            areas.page = Some(body);
            return Some(areas);
        }
        Screen::Zoom => {
            let (item, rest) = split_top(body, item_rows(body.height));
            areas.item = item;
            let wanted = shape.strips || rest.height >= ROOMY;
            let (strip, rest) = split_top(rest, u16::from(wanted));
            let strip = strip.map(|area| (shape.cursor, area));
            areas.strips = strip.into_iter().collect();
            let (pane, panel) = match shape.inspecting {
                true => split_bottom(rest, (rest.height * 2 / 5).clamp(PANEL.0, PANEL.1)),
                false => (rest, None),
            };
            areas.panes = vec![(shape.cursor, pane)];
            areas.panel = panel;
            return Some(areas);
        }
        Screen::Panes if width >= SIDEBAR_FROM.0 && height >= SIDEBAR_FROM.1 => {
            let side = (width * 9 / 25).clamp(72, 96);
            // Two blocks of columns and what they mean; the question keeps a quarter.
            let table = (2 * table_rows(shape) + 8).min(body.height * 3 / 4);
            let x = width - side;
            areas.item = Some(Rect::new(x, body.y, side, body.height - table));
            areas.board = Some((
                Rect::new(x, body.bottom() - table, side, table),
                BoardForm::Table,
            ));
            if shape.inspecting {
                areas.panel = areas.board.take().map(|(area, _)| area);
            }
            Rect { width: x, ..body }
        }
        Screen::Panes => {
            let (item, rest) = split_top(body, item_rows(body.height));
            areas.item = item;
            let (rows, form) = board_rows(body.height, rest.height, shape);
            if shape.inspecting {
                // In the scoreboard's place, so that the panes stay where they are.
                let (panes, panel) = split_bottom(rest, rows.max(PANEL.0));
                areas.panel = panel;
                place_panes(&mut areas, panes, shape);
                return Some(areas);
            }
            let board = Rect::new(0, rest.bottom() - rows, width, rows);
            areas.board = (rows > 0).then_some((board, form));
            Rect {
                height: rest.height - rows,
                ..rest
            }
        }
    };
    place_panes(&mut areas, panes, shape);
    Some(areas)
}

fn split_top(area: Rect, rows: u16) -> (Option<Rect>, Rect) {
    let top = Rect {
        height: rows,
        ..area
    };
    let rest = Rect {
        y: area.y + rows,
        height: area.height - rows,
        ..area
    };
    ((rows > 0).then_some(top), rest)
}

fn split_bottom(area: Rect, rows: u16) -> (Rect, Option<Rect>) {
    // Where there is little room, the text keeps two fifths of it.
    let rows = rows.min(area.height - area.height * 2 / 5);
    let (above, below) = (
        Rect {
            height: area.height - rows,
            ..area
        },
        Rect {
            y: area.bottom() - rows,
            height: rows,
            ..area
        },
    );
    (above, (rows > 0).then_some(below))
}

fn item_rows(body: u16) -> u16 {
    match body {
        0..=9 => 0,
        10..=14 => 3,
        15..=24 => 5,
        25..=40 => 7,
        _ => 9,
    }
}

fn table_rows(shape: &Shape) -> u16 {
    shape.names.saturating_mul(shape.rounds).saturating_add(2)
}

fn board_rows(body: u16, rest: u16, shape: &Shape) -> (u16, BoardForm) {
    let table = table_rows(shape);
    let wanted = match shape.arrangement {
        Arrangement::Grid => shape.rounds.saturating_mul(PANE.1 + 1),
        Arrangement::Rounds | Arrangement::Conditions => 2 * PANE.1,
    };
    if rest >= table.saturating_add(wanted) {
        return (table, BoardForm::Table);
    }
    match body {
        0..=13 => (0, BoardForm::Matrix),
        _ => (shape.names.min(6) + 2, BoardForm::Matrix),
    }
}
