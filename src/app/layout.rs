//! Where everything goes: a pure function of size and shape, used by update and draw alike.
//!
//! Invariant: every rectangle lies within the size given; the pane under the cursor is among the
//! panes; nothing here depends on what the model says, so nothing moves while it speaks.

use ratatui::layout::{Position, Rect};

use crate::domain::{ConditionNo, RoundNo};

/// Fewest columns and rows that make a picture.
pub const SMALLEST: (u16, u16) = (40, 10);
/// Fewest columns and rows that make a pane worth reading.
const PANE: (u16, u16) = (26, 6);
/// Fewest rows of what is inside an answer, and most below a zoomed pane.
const PANEL: (u16, u16) = (6, 16);
/// Rows above the texts of a comparison.
const COMPARISON_HEAD: u16 = 3;
/// From this height of the panes on, a line above them may be spared.
const ROOMY: u16 = 20;
/// From this size on, question and scoreboard stand beside the panes.
const SIDEBAR_FROM: (u16, u16) = (170, 36);

/// Which pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaneNo {
    /// Its condition.
    pub condition: ConditionNo,
    /// Its round.
    pub round: RoundNo,
}

impl PaneNo {
    /// The pane of a condition and round.
    pub fn new(condition: u16, round: u16) -> PaneNo {
        PaneNo {
            condition: ConditionNo(condition),
            round: RoundNo(round),
        }
    }
}

/// How panes stand beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// Columns are conditions, rows are rounds.
    Grid,
    /// One condition's rounds side by side.
    Rounds,
    /// One round's conditions side by side.
    Conditions,
}

impl Arrangement {
    /// The next one.
    pub fn next(self) -> Arrangement {
        match self {
            Arrangement::Grid => Arrangement::Rounds,
            Arrangement::Rounds => Arrangement::Conditions,
            Arrangement::Conditions => Arrangement::Grid,
        }
    }

    /// (column, row) of a pane.
    pub fn place(self, pane: PaneNo) -> (u16, u16) {
        match self {
            Arrangement::Grid | Arrangement::Conditions => (pane.condition.0, pane.round.0),
            Arrangement::Rounds => (pane.round.0, pane.condition.0),
        }
    }

    /// The pane at (column, row).
    pub fn pane(self, (x, y): (u16, u16)) -> PaneNo {
        match self {
            Arrangement::Grid | Arrangement::Conditions => PaneNo::new(x, y),
            Arrangement::Rounds => PaneNo::new(y, x),
        }
    }

    fn rows_at_once(self) -> u16 {
        match self {
            Arrangement::Grid => u16::MAX,
            Arrangement::Rounds | Arrangement::Conditions => 1,
        }
    }
}

/// What fills the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Panes, question, small scoreboard.
    Panes,
    /// One pane and the question.
    Zoom,
    /// The whole scoreboard.
    Board,
    /// Two answers or prompts beside each other.
    Compare,
    /// The questions behind a number.
    Items,
}

impl Screen {
    /// Whether panes are on it.
    pub fn has_panes(self) -> bool {
        match self {
            Screen::Panes | Screen::Zoom => true,
            Screen::Board | Screen::Compare | Screen::Items => false,
        }
    }
}

/// How much of the scoreboard there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoardForm {
    /// One metric: a row per condition, a column per round.
    Matrix,
    /// A row per condition and round, a column per metric.
    Table,
}

/// What the layout depends on, besides the size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// How many conditions.
    pub conditions: u16,
    /// How many rounds.
    pub rounds: u16,
    /// The pane that keys act on.
    pub cursor: PaneNo,
    /// First column and row shown, if the cursor allows.
    pub first: (u16, u16),
    /// How panes stand.
    pub arrangement: Arrangement,
    /// What fills the screen.
    pub screen: Screen,
    /// Whether the model has a label that needs a line.
    pub warned: bool,
    /// Whether an answer is looked into: then what is found there takes the scoreboard's place.
    pub inspecting: bool,
    /// Whether the columns' clauses are shown even where that costs a row of the answers.
    pub strips: bool,
}

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
    pub strips: Vec<(ConditionNo, Rect)>,
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
            let strip = strip.map(|area| (shape.cursor.condition, area));
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
    shape
        .conditions
        .saturating_mul(shape.rounds)
        .saturating_add(2)
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
        _ => (shape.conditions.min(6) + 2, BoardForm::Matrix),
    }
}

fn place_panes(areas: &mut Areas, area: Rect, shape: &Shape) {
    let (across, down) = match shape.arrangement {
        Arrangement::Grid | Arrangement::Conditions => (shape.conditions, shape.rounds),
        Arrangement::Rounds => (shape.rounds, shape.conditions),
    };
    let (x, y) = shape.arrangement.place(shape.cursor);
    let fit = |height: u16| {
        (height / PANE.1)
            .min(shape.arrangement.rows_at_once())
            .min(down)
    };
    let free = area.height >= ROOMY && fit(area.height - 1) == fit(area.height);
    let (strip, area) = split_top(area, u16::from(shape.strips || free));
    let fit_down = (area.height / PANE.1).min(shape.arrangement.rows_at_once());
    areas.columns = Shown::around(shape.first.0, x, area.width / PANE.0, across);
    areas.rows = Shown::around(shape.first.1, y, fit_down, down);
    let (columns, rows) = (areas.columns, areas.rows);
    let (wide, high) = (columns.end - columns.first, rows.end - rows.first);
    match (strip, shape.arrangement) {
        (None, _) => {}
        (Some(strip), Arrangement::Rounds) => {
            areas.strips.push((shape.cursor.condition, strip));
        }
        (Some(strip), Arrangement::Grid | Arrangement::Conditions) => {
            for column in 0..wide {
                let left = share(strip.width, column, wide);
                let right = share(strip.width, column + 1, wide);
                let place = Rect::new(strip.x + left, strip.y, right - left, 1);
                areas
                    .strips
                    .push((ConditionNo(columns.first + column), place));
            }
        }
    }
    for row in 0..high {
        for column in 0..wide {
            let (left, right) = (
                share(area.width, column, wide),
                share(area.width, column + 1, wide),
            );
            let (top, bottom) = (
                share(area.height, row, high),
                share(area.height, row + 1, high),
            );
            let pane = shape
                .arrangement
                .pane((columns.first + column, rows.first + row));
            let rect = Rect::new(area.x + left, area.y + top, right - left, bottom - top);
            areas.panes.push((pane, rect));
        }
    }
}

/// Where part `no` of `parts` begins within `length`.
fn share(length: u16, no: u16, parts: u16) -> u16 {
    let at = u32::from(length) * u32::from(no) / u32::from(parts.max(1));
    u16::try_from(at).unwrap_or(length)
}

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

/// Where the rows of a list go: below its title and heading.
pub fn list(page: Rect) -> Rect {
    Rect {
        x: page.x + 1.min(page.width),
        y: page.y + 2.min(page.height),
        width: page.width.saturating_sub(2),
        height: page.height.saturating_sub(2),
    }
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

/// Size of what a column asks, at the lower end, so that answers above it stay in sight.
pub fn column_box((width, height): (u16, u16), rows: u16) -> Rect {
    let high = (rows + 2).min(height.saturating_sub(1) / 2);
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

/// Size of the palette, border included.
pub fn palette_box(size: (u16, u16)) -> Rect {
    overlay(size, (84, 22))
}

/// Whether a rectangle holds a cell, (column, row).
pub fn holds(rect: Rect, cell: (u16, u16)) -> bool {
    rect.contains(Position::from(cell))
}
